"""Numbers typed by the team or written by another tool, beside the rows and instead of them."""

import json
from pathlib import Path

import pandas as pd
import pytest
from scopeline import typed_counts
from scopeline.errors import DataError
from scopeline.flow import FlowException, count
from scopeline.flow_data import as_json, as_template, reason_numbers, refusal
from scopeline.screening import screen
from screening_frames import both, records, reports, table, votes
from test_flow import small
from test_flow_arms import review, two_arms

DATA = Path(__file__).parent / "data"


def typed(*rows):
    frame = table("box source_type source_name reason n why", *[(*row, *[None] * (6 - len(row))) for row in rows])
    return typed_counts.read(frame, [f"raw/flow.csv › flow!E{number + 2}" for number in range(len(frame))])


def numbers(*given, **more):
    return count(pd.DataFrame(), screen(None, None, None, None), typed=typed(*given), **more)


def failed(flow):
    return [each.id for each in flow.identities if not each.holds]


class TestBesideRows:
    """Where there are rows, a typed number must be theirs."""

    def test_equal_numbers_hold(self):
        """Boxes, sources and reasons are held against the rows, each at its cell."""
        flow = count(*small(), typed=typed(
            ("records_screened", None, None, None, "7"), ("identified", "database", "PubMed", None, "7"),
            ("dbr_excluded", None, None, None, "wrong population, 1"), ("included_studies", None, None, None, "1"),
        ))  # fmt: skip
        assert flow.proved
        assert [each.cells for each in flow.identities if each.id == "typed"] == [
            (f"raw/flow.csv › flow!E{row}",) for row in (2, 3, 4, 5)
        ]

    def test_another_number_fails_with_its_cell_and_the_rows(self):
        """Both sides, the cell and the ids of the rows stand in the refusal; no figure is proved."""
        flow = count(*small(), typed=typed(("dbr_assessed", None, None, None, "4")))
        wrong = next(each for each in flow.identities if not each.holds)
        assert (wrong.left, wrong.right) == ("assessed 3", "4 typed at raw/flow.csv › flow!E2")
        assert wrong.ids == ("P4", "P5", "P6")
        assert "raw/flow.csv › flow!E2" in refusal(flow)
        assert "P4, P5, P6" in refusal(flow)

    def test_removed_before_import_is_added(self):
        """Rows cannot exist of it: identified and duplicates grow, and the exception says number, why and cell."""
        flow = count(*small(), typed=typed(
            ("removed_before_import", "database", "PubMed", "duplicates", "512", "removed in EndNote"),
            ("identified", None, None, None, "522"), ("duplicates", None, None, None, "514"),
        ))  # fmt: skip
        assert (flow.boxes["identified"].n, flow.boxes["duplicates"].n, flow.boxes["screened"].n) == (522, 514, 7)
        assert flow.sources["database"].names == {"PubMed": 519}
        assert flow.proved
        told = next(each for each in flow.exceptions if each.name == "removed_before_import")
        assert told.n == 512
        assert "E2" in told.why
        assert "EndNote" in told.why
        assert as_json(flow)["boxes"]["identified"]["typed"] == 512

    def test_a_box_without_rows_takes_the_number(self):
        """Nobody listed studies, so the typed number of studies is the box."""
        found = records(["R1"])
        screening = screen(found, votes(*both("R1", "ta", "include"), *both("R1", "ft", "include")), None, None)
        flow = count(found, screening, typed=typed(("new_studies", None, None, None, "1")))
        assert (flow.boxes["included_studies"].n, flow.boxes["included_studies"].typed) == (1, 1)


class TestNumbersAlone:
    """A flow without rows is proved as far as totals allow."""

    def test_a_real_template_is_read(self):
        """The csv of a published living review (galenos LSR3): all sums hold, one report came by other methods."""
        frame = pd.read_csv(DATA / "lsr3_prisma.csv", dtype="string", keep_default_na=False)
        flow = count(pd.DataFrame(), screen(None, None, None, None), typed=typed_counts.read(frame))
        n = {name: box.n for name, box in flow.boxes.items()}
        assert (n["identified"], n["screened"], n["included_reports"], n["other_included_reports"]) == (
            6473,
            3962,
            124,
            1,
        )
        assert flow.proved
        assert flow.sources["database"].names["EMBASE"] == 1332
        assert reason_numbers(flow, "reports_excluded") == {"Study design": 26, "Intervention": 16}
        assert "total_reports" not in n

    def test_sums_that_fail_are_shown(self):
        """A lost report fails F4; a database that does not sum fails F1."""
        flow = numbers(("dbr_sought_reports", None, None, None, "90"), ("dbr_assessed", None, None, None, "85"))
        assert failed(flow) == ["F4"]
        flow = numbers(
            ("database_results", None, None, None, "10"), ("database_specific_results", None, None, None, "A, 4; B, 5")
        )
        assert failed(flow) == ["F1"]

    def test_an_update_is_reckoned(self):
        """F11 from totals: studies in both are what remains; reports must sum."""
        rows = [("previous_studies", None, None, None, "5"), ("previous_reports", None, None, None, "6"),
                ("new_studies", None, None, None, "3"), ("new_reports", None, None, None, "4"),
                ("total_studies", None, None, None, "7")]  # fmt: skip
        assert failed(numbers(*rows, ("total_reports", None, None, None, "10"))) == []
        assert failed(numbers(*rows, ("total_reports", None, None, None, "9"))) == ["F11"]
        named = FlowException("update_dropped_previous", "too old", n=1)
        assert failed(numbers(*rows, ("total_reports", None, None, None, "9"), exceptions=[named])) == []

    def test_removed_before_import_alone(self):
        """Numbers alone can be removed before the import too."""
        flow = numbers(
            ("database_results", None, None, None, "10"), ("records_screened", None, None, None, "10"),
            ("removed_before_import", None, None, None, "5"),
        )  # fmt: skip
        assert (flow.boxes["identified"].n, flow.boxes["duplicates"].n) == (15, 5)
        assert flow.proved


class TestReading:
    """What may stand in the table."""

    @pytest.mark.parametrize(
        ("row", "said"),
        [
            (("screend", None, None, None, "3"), "Did you mean screened"),
            (("screened", None, None, None, "many"), "Write a whole number"),
            (("screened", None, None, None, "-3"), "Write a whole number"),
            (("dbr_excluded", None, None, None, "a, 3; b, c"), "Write a whole number"),
            (("identified", "databse", None, None, "3"), "Did you mean database"),
        ],
    )
    def test_what_cannot_be_used_is_named_at_its_cell(self, row, said):
        """Unknown boxes and sources and what is no number are told with the cell."""
        with pytest.raises(DataError, match=said) as told:
            typed(row)
        assert "flow!E2" in str(told.value)

    def test_a_number_typed_twice_is_refused(self):
        """Nobody knows which of two counts."""
        with pytest.raises(DataError, match="typed twice"):
            typed(("screened", None, None, None, "3"), ("records_screened", None, None, None, "3"))

    def test_nothing_is_nothing(self):
        """Empty tables, blanks and the template's placeholders give no number."""
        assert typed_counts.read(None) == typed_counts.read(pd.DataFrame()) == ()
        assert typed(("screened", None, None, None, None), ("dbr_excluded", None, None, None, "Reason1, xxx")) == ()


@pytest.mark.parametrize("arms", ["one", "two"])
@pytest.mark.parametrize("updated", [False, True])
def test_each_template_reads_back_equal(arms, updated):
    """Whatever of the four templates is written, its numbers, reasons and sources come back, and are proved."""
    more = {"previous": table("report_id study_id", ("P0", "S0"))} if updated else {}
    found, cast, ruled, listed = review()
    flow = two_arms(review(), **more) if arms == "two" else count(
        found, screen(found, cast, ruled, listed, other_methods="apart"), listed, **more
    )  # fmt: skip
    written = as_template(flow)
    again = count(pd.DataFrame(), screen(None, None, None, None), typed=typed_counts.read(written))
    n = {name: box.n for name, box in flow.boxes.items()}
    assert {name: again.boxes[name].n for name in n if name in again.boxes and not name.endswith("identified")} == {
        name: size for name, size in n.items() if name in again.boxes and not name.endswith("identified")
    }
    assert set(n) - set(again.boxes) <= {"other_automation", "other_removed_other", "other_records_excluded"}
    assert reason_numbers(again, "reports_excluded") == reason_numbers(flow, "reports_excluded")
    assert as_json(flow)["template"] == {"previous": updated, "other": arms == "two"}
    assert json.dumps(as_json(again))


def test_charted_studies_are_those_included():
    """F14: a study charted but not included, or included and not charted, fails with its id."""
    found, screening, listed = small()
    charted = count(found, screening, listed, studies=table("study_id", ("S1",)))
    assert charted.proved
    flow = count(found, screening, listed, studies=table("study_id", ("S2",)))
    wrong = next(each for each in flow.identities if each.id == "F14")
    assert (wrong.holds, wrong.only_left, wrong.only_right) == (False, ("S2",), ("S1",))


def test_reports_are_needed_for_nothing_here():
    """A table of reports without rows changes nothing."""
    found, screening, _ = small()
    assert count(found, screening, reports()).boxes["sought"].n == 4
