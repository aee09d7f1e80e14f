"""Conflicts of screening: listed for an adjudicator, filled in, and read back as decisions."""

import csv
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import settings as effort
from hypothesis import strategies as st
from scopeline import cells, codebook, evidence, flow, settings
from scopeline.review import Place, Review
from scopeline.screening import screen
from scopeline.screening_list import CHOICES, HEADERS, SHEETS, is_list, lists, sheets
from scopeline.tables import screening_conflicts as worklist
from scopeline.terms import Stage
from screening_frames import REASONS, both, records, reports, votes
from small_review import SmallReview, told

FULL_TEXT, TITLES = Stage.FULL_TEXT, Stage.TITLE_ABSTRACT
SETTLED = {"decision": "include", "adjudicator": "C"}
#: What is told of R2 while its conflict is open: its study is charted, and not included yet.
WAITS = ("raw/charting.xlsx › studies!A3", "charted_before_included")


def in_conflict(folder: Path) -> SmallReview:
    """The small review where A includes R2 on its full text and B excludes it."""
    review = SmallReview(folder)
    review.put("votes", "D11", "exclude")
    review.put("votes", "E11", "wrong people")
    return review


def listed(review: SmallReview, stage: Stage = FULL_TEXT) -> pd.DataFrame:
    found = review.judge(review.folder / "raw")
    return worklist.listed(found.review, found.screening, stage)


def book_of(review: SmallReview) -> codebook.Codebook:
    return codebook.load(review.folder / "config" / "codebook.yaml")


def fill(review: SmallReview, *said: dict[str, str], stage: Stage = FULL_TEXT, name: str = "settled.xlsx") -> Path:
    """Write the list of a stage, fill its lines in as a person would, and put it into raw/."""
    path = review.folder / "raw" / name
    worklist.write(path, listed(review, stage), book_of(review), stage)
    workbook = openpyxl.load_workbook(path)
    sheet = workbook[SHEETS[stage]]
    headers = [cell.value for cell in sheet[3]]
    for row, line in enumerate(said, start=4):
        for header, value in line.items():
            sheet.cell(row, headers.index(header) + 1).value = value
    workbook.save(path)
    return path


def cell_of(path: Path, stage: Stage, header: str, row: int = 4) -> str:
    headers = [cell.value for cell in openpyxl.load_workbook(path)[SHEETS[stage]][3]]
    return f"raw/{path.name} › {SHEETS[stage]}!{cells.letter(headers.index(header))}{row}"


def states(found) -> dict[str, str]:
    return dict(zip(found.screening.states["record_id"], found.screening.states["state"], strict=True))


# The list


def test_a_conflict_is_listed_with_both_votes_and_their_cells(tmp_path):
    """An adjudicator sees who said what, why, and where it stands, beside the record's title."""
    review = in_conflict(tmp_path)
    review.write()
    (line,) = listed(review).to_dict("records")
    assert (line["record_id"], line["stage"], line["standing"]) == ("R2", "full_text", "conflict")
    assert line["title"] == "Sleep in people"
    assert (line["vote of A"], line["reason of A"]) == ("include", "")
    assert (line["vote of B"], line["reason of B"]) == ("exclude", "wrong people")
    assert line["cell of B"] == "raw/screening.xlsx › votes!D11"
    assert [line[name] for name in worklist.TO_FILL_IN] == ["", "", "", ""]
    assert "abstract" not in line and "year" not in line


def test_what_lacks_votes_is_listed_after_the_conflicts(tmp_path):
    """First what a third person can settle, then what lacks least."""
    review = in_conflict(tmp_path)
    review.tables["records"] += [["R5", "database", "Embase", "New", None], ["R6", "database", "Embase", "Half", None]]
    review.tables["votes"] += [["R6", "title_abstract", "A", "include", None]]
    review.put("votes", "D5", "exclude")
    review.put("votes", "E5", "wrong people")
    review.write()
    lines = listed(review, TITLES)
    assert list(zip(lines["record_id"], lines["standing"], strict=True)) == [
        ("R2", "conflict"),
        ("R6", "1 of 2 votes"),
        ("R5", "0 of 2 votes"),
    ]


def test_a_duplicate_and_a_settled_record_are_not_listed(tmp_path):
    """A conflict on a record that is out, or that the team decided, is nobody's work."""
    review = in_conflict(tmp_path)
    review.tables["votes"] += [
        ["R3", "title_abstract", "A", "include", None],
        ["R3", "title_abstract", "B", "exclude", "wrong people"],
    ]
    review.write()
    with (tmp_path / "raw" / "decisions.csv").open("w", encoding="utf-8", newline="") as file:
        lines = [["record_id", "stage", "decision", "reason", "adjudicator"], ["R2", "full_text", "include", "", "C"]]
        csv.writer(file).writerows(lines)
    assert listed(review, TITLES).empty and listed(review).empty


def test_the_workbook_offers_the_codebooks_words(tmp_path):
    """Drop-downs of decisions and reasons, equal bytes, texts that stay texts."""
    review = in_conflict(tmp_path)
    review.put("records", "D3", "=Sleep in people")
    review.write()
    one, again = tmp_path / "one.xlsx", tmp_path / "again.xlsx"
    for path in (one, again):
        worklist.write(path, listed(review), book_of(review), FULL_TEXT)
    assert one.read_bytes() == again.read_bytes()
    sheet = openpyxl.load_workbook(one)[SHEETS[FULL_TEXT]]
    assert {choice.formula1 for choice in sheet.data_validations.dataValidation} == {
        '"include,exclude"',
        '"not research,wrong people"',
    }
    headers = [cell.value for cell in sheet[3]]
    assert set(HEADERS) <= set(headers)
    title = sheet.cell(4, headers.index("title") + 1)
    assert (title.data_type, title.value) == ("s", "=Sleep in people")


def test_words_that_do_not_fit_into_a_rule_stand_on_a_hidden_sheet(tmp_path):
    """A reason with a comma is one reason; the sheet that holds it is nobody's table."""
    review = in_conflict(tmp_path)
    review.codebook = review.codebook.replace(
        "values: [not research, wrong people]", "values: ['no, not this', wrong people]"
    )
    review.write()
    path = fill(review, SETTLED)
    workbook = openpyxl.load_workbook(path)
    assert workbook[CHOICES].sheet_state == "hidden"
    assert [cell.value for cell in workbook[CHOICES]["B"]] == ["reason", "no, not this", "wrong people"]
    formulas = [choice.formula1 for choice in workbook[SHEETS[FULL_TEXT]].data_validations.dataValidation]
    assert f"'{CHOICES}'!$B$2:$B$3" in formulas
    assert sheets(cells.read(path)) == {CHOICES, SHEETS[FULL_TEXT]}
    found = review.judge(tmp_path / "raw")
    assert [*told(found, notes=True), WAITS] == told(in_conflict(tmp_path / "other").judge(), notes=True)


def test_nothing_open_is_told(tmp_path):
    """A list without lines says so, and is still no table of the review in raw/."""
    review = SmallReview(tmp_path)
    review.write()
    path = fill(review)
    assert openpyxl.load_workbook(path)[SHEETS[FULL_TEXT]]["A1"].value.startswith("Nothing is open")
    assert told(review.judge(tmp_path / "raw")) == []


def test_a_list_says_what_has_not_come_to_its_votes(tmp_path):
    """Where votes on full text have not begun nothing is settled: the list says how many records are on their way."""
    review = SmallReview(tmp_path)
    review.tables["votes"] = [line for line in review.tables["votes"] if line[1] != "full_text"]
    review.tables["reports"] = review.tables["reports"][:1]
    review.tables["records"] += [["R9", "database", "Embase", "New", None]]
    review.write()
    found = review.judge(tmp_path / "raw")
    waits = worklist.waiting(found.screening, FULL_TEXT)
    assert waits.startswith("2 records wait after title and abstract: their reports are not marked as retrieved")
    assert waits.endswith(" 1 record is not settled on title and abstract.")
    path = tmp_path / "none.xlsx"
    worklist.write(path, listed(review), book_of(review), FULL_TEXT, waits=waits)
    said = openpyxl.load_workbook(path)[SHEETS[FULL_TEXT]]["A1"].value
    assert said == f"Nothing is to be settled on full text yet. {waits}"
    assert worklist.waiting(found.screening, TITLES) == ""


def test_many_reviewers_stand_one_after_the_other(tmp_path):
    """A list does not get a column for each of twenty students."""
    review = SmallReview(tmp_path)
    for number in range(1, 13):
        review.tables["records"].append([f"R{number + 10}", "database", "Embase", "More", None])
        words = (("include", None), ("exclude", "wrong people"))
        for who, (word, reason) in zip((f"S{number}", f"S{number + 1}"), words, strict=True):
            review.tables["votes"].append([f"R{number + 10}", "title_abstract", who, word, reason])
    review.write()
    lines = listed(review, TITLES)
    assert len(lines) == 12
    assert [name for name in lines.columns if name.startswith("reviewer")] == ["reviewer 1", "reviewer 2"]
    first = lines.iloc[0]
    assert (first["reviewer 1"], first["vote 1"], first["reason 2"]) == ("S1", "include", "wrong people")


def test_a_long_list_is_cut_and_says_so(tmp_path, monkeypatch):
    """What is not shown is told as a number."""
    monkeypatch.setattr(worklist, "MOST_LINES", 1)
    review = in_conflict(tmp_path)
    for at in (9, 11):
        review.put("votes", f"D{at}", "exclude")
        review.put("votes", f"E{at}", "wrong people")
    review.write()
    path = fill(review)
    sheet = openpyxl.load_workbook(path)[SHEETS[FULL_TEXT]]
    assert "1 more line " in sheet["A1"].value and sheet.max_row == 4


def test_votes_cast_on_a_report_are_listed_under_its_own_id():
    """Of two reports of one record only the one in conflict is listed, as its votes name it."""
    known = records(["R1"])
    cast = votes(
        *both("R1", "ta", "include"),
        *both("P1", "ft", "include"),
        ("P2", "ft", "A", "include"),
        ("P2", "ft", "B", "exclude"),
    ).assign(_source=0, _row=range(2, 8))
    sought = reports(("P1", "R1", None, "yes"), ("P2", "R1", None, "yes"))
    state = screen(known, cast, None, sought, reasons=REASONS)
    review = Review({"records": known.assign(title="A title"), "votes": cast, "reports": sought}, [PLACE])
    (line,) = worklist.listed(review, state, FULL_TEXT).to_dict("records")
    assert (line["record_id"], line["title"], line["vote of B"]) == ("P2", "A title", "exclude")


PLACE = Place("raw/votes.csv", "", "votes", 1, {"decision": 3})
ROWS = st.lists(
    st.tuples(
        st.sampled_from(["R1", "R2", "R3"]),
        st.sampled_from(["ta", "ft"]),
        st.sampled_from("ABC"),
        st.sampled_from(["include", "exclude"]),
    ),
    max_size=14,
    unique_by=lambda row: row[:3],
)


@effort(max_examples=30, deadline=None)
@given(ROWS, st.randoms(use_true_random=False))
def test_the_list_is_what_screening_leaves_open_in_any_order(rows, order):
    """Exactly the records in conflict or pending on titles, whatever the order of the votes."""
    known = records(["R1"], ["R2"], ["R3"])

    def lines(cast) -> pd.DataFrame:
        frame = votes(*cast)
        frame["_source"], frame["_row"] = 0, [rows.index(vote) + 2 for vote in cast]
        state = screen(known, frame, None, None, reasons=REASONS)
        found = worklist.listed(Review({"records": known, "votes": frame}, [PLACE]), state, TITLES)
        open_ones = state.states[state.states["state"].isin(["pending_screening", "conflict_screening"])]
        assert set(found["record_id"]) == set(open_ones["record_id"])
        return found

    shuffled = list(rows)
    order.shuffle(shuffled)
    pd.testing.assert_frame_equal(lines(rows), lines(shuffled))


# Filled in and put into raw/


def test_a_filled_line_counts_as_a_decision_at_its_own_cell(tmp_path):
    """The record is settled, nothing else changes, and the decision's address is the list's cell."""
    review = in_conflict(tmp_path)
    review.write()
    assert states(review.judge(tmp_path / "raw"))["R2"] == "conflict_full_text"
    path = fill(review, SETTLED)
    found = review.judge(tmp_path / "raw")
    assert states(found)["R2"] == "included"
    assert told(found, notes=True) == told(SmallReview(tmp_path / "plain").judge(), notes=True)
    assert found.review.address("decisions", 0, "decision") == cell_of(path, FULL_TEXT, "decision")
    assert found.review.address("decisions", 0, "adjudicator") == cell_of(path, FULL_TEXT, "adjudicator")
    (settled,) = found.screening.outcomes.query("basis == 'adjudication'").to_dict("records")
    assert (settled["record_id"], settled["stage"], settled["outcome"]) == ("R2", "full_text", "include")


@pytest.mark.parametrize("said", [{}, {"adjudicator": "C"}, {"note": "ask the authors"}])
def test_a_line_without_decision_or_reason_stays_open(tmp_path, said):
    """Columns may be filled down before anything is decided."""
    review = in_conflict(tmp_path)
    review.write()
    fill(review, said)
    found = review.judge(tmp_path / "raw")
    assert told(found) == [WAITS]
    assert states(found)["R2"] == "conflict_full_text"


def test_a_list_saved_as_csv_counts_the_same(tmp_path):
    """A spreadsheet program may save it in its own way."""
    review = in_conflict(tmp_path)
    review.write()
    path = fill(review, SETTLED)
    rows = list(openpyxl.load_workbook(path)[SHEETS[FULL_TEXT]].iter_rows(values_only=True))
    path.unlink()
    with (tmp_path / "raw" / "settled.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(["" if cell is None else cell for cell in row] for row in rows)
    found = review.judge(tmp_path / "raw")
    assert told(found) == [] and states(found)["R2"] == "included"
    assert found.review.address("decisions", 0, "decision").startswith("raw/settled.csv › ")


def test_the_next_list_keeps_what_the_last_one_settled(tmp_path):
    """A new list may take the old one's place in raw/: nothing that was filled in is lost, notes included."""
    review = in_conflict(tmp_path)
    review.write()
    fill(review, {**SETTLED, "note": "see the protocol"})
    (line,) = listed(review).to_dict("records")
    assert line["standing"] == "settled"
    assert [line[name] for name in worklist.TO_FILL_IN] == ["include", "", "C", "see the protocol"]
    before = states(review.judge(tmp_path / "raw"))
    path = fill(review)
    assert openpyxl.load_workbook(path)[SHEETS[FULL_TEXT]]["A1"].value.startswith("Nothing is open")
    assert states(review.judge(tmp_path / "raw")) == before
    fill(review, name="the_same_again.xlsx")
    found = review.judge(tmp_path / "raw")
    assert states(found) == before and told(found) == []
    assert len(found.review.table("decisions")) == 1


def test_lines_that_contradict_each_other_are_told(tmp_path):
    """Two lists with two words on one record: neither is chosen in silence."""
    review = in_conflict(tmp_path)
    review.write()
    fill(review, name="later.xlsx")
    fill(review, SETTLED, name="first.xlsx")
    workbook = openpyxl.load_workbook(tmp_path / "raw" / "later.xlsx")
    sheet = workbook[SHEETS[FULL_TEXT]]
    headers = [cell.value for cell in sheet[3]]
    for header, value in {"decision": "exclude", "reason": "wrong people", "adjudicator": "D"}.items():
        sheet.cell(4, headers.index(header) + 1).value = value
    workbook.save(tmp_path / "raw" / "later.xlsx")
    found = review.judge(tmp_path / "raw")
    assert [rule for _, rule in told(found)] == ["key_twice"]


def test_a_word_the_codebook_does_not_know_is_told_at_the_lists_cell(tmp_path):
    """The codebook judges a list as it judges the team's own sheet."""
    review = in_conflict(tmp_path)
    review.write()
    path = fill(review, {"decision": "inclde", "adjudicator": "C"})
    found = review.judge(tmp_path / "raw")
    assert told(found) == [(cell_of(path, FULL_TEXT, "decision"), "not_allowed")]
    assert states(found)["R2"] == "conflict_full_text"


def test_a_reason_without_a_decision_is_told(tmp_path):
    """Whoever names a reason and forgets the decision is told, and the record stays open."""
    review = in_conflict(tmp_path)
    review.write()
    path = fill(review, {"reason": "wrong people"})
    found = review.judge(tmp_path / "raw")
    assert told(found) == [(cell_of(path, FULL_TEXT, "decision"), "required")]
    assert states(found)["R2"] == "conflict_full_text"


def test_a_sheet_of_decisions_is_no_list(tmp_path):
    """The team's own sheet of decisions is read as before."""
    path = tmp_path / "decisions.csv"
    path.write_text("record_id,stage,decision,reason,adjudicator,note\nR2,full_text,include,,C,\n", encoding="utf-8")
    assert lists(cells.read(path)) == []


def test_a_list_of_a_review_without_decisions_is_told(tmp_path):
    """Lines that cannot count are an error, not a silence."""
    review = in_conflict(tmp_path)
    review.write()
    path = fill(review, SETTLED)
    start, end = review.codebook.index("  - name: decisions"), review.codebook.index("  - name: reports")
    review.codebook = review.codebook[:start] + review.codebook[end:]
    (tmp_path / "config" / "codebook.yaml").write_text(review.codebook, encoding="utf-8")
    found = review.judge(tmp_path / "raw")
    assert [(item.file, item.rule) for item in found.issues if item.severity == "error"] == [
        (f"raw/{path.name}", "table_missing")
    ]


@pytest.mark.parametrize(("who", "warned"), [("other", True), ("anyone", False)])
def test_who_may_settle_is_a_setting(tmp_path, who, warned):
    """By default a third person settles; a team of two may say that anyone does."""
    review = in_conflict(tmp_path)
    review.config += f"screening: {{adjudicator: {who}}}\n"
    review.write()
    path = fill(review, {**SETTLED, "adjudicator": "A"})
    found = review.judge(tmp_path / "raw")
    assert told(found) == ([(cell_of(path, FULL_TEXT, "adjudicator"), "adjudicator_voted")] if warned else [])
    assert states(found)["R2"] == "included"


def test_the_order_of_lines_changes_nothing(tmp_path):
    """Sorted by title or by reviewer, the list says the same."""
    review = in_conflict(tmp_path)
    review.put("votes", "D9", "exclude")
    review.put("votes", "E9", "wrong people")
    review.write()
    path = fill(review, SETTLED, {"decision": "exclude", "reason": "not research", "adjudicator": "C"})
    before = states(review.judge(tmp_path / "raw"))
    assert sorted(before.values()) == ["duplicate", "excluded", "included", "reports_excluded"]
    workbook = openpyxl.load_workbook(path)
    sheet = workbook[SHEETS[FULL_TEXT]]
    rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=4)]
    for number, row in enumerate(sorted(rows, key=str, reverse=True), start=4):
        for column, value in enumerate(row, start=1):
            sheet.cell(number, column).value = value
    workbook.save(path)
    assert states(review.judge(tmp_path / "raw")) == before


# What a conflict stops


def test_an_open_conflict_stops_only_what_it_touches(tmp_path):
    """No error; the flow says that one waits and still adds up; every other study is counted as before."""
    review = in_conflict(tmp_path)
    review.config += "synthesis: {contrast: note}\n"
    found = review.judge()
    assert found.counts["errors"] == 0 and found.stopping == 0
    counted = flow.count(found.review.table("records"), found.screening, found.review.table("reports"))
    assert counted.proved and counted.pending == 1
    assert [each.name for each in counted.exceptions if "R2" in each.ids] == ["pending"]
    assert counted.boxes["included_reports"].members == ("P1",)
    assert counted.boxes["included_studies"].members == ("Ames2001",)
    assert "P2" in counted.boxes["sought"].members
    config = settings.load(tmp_path / "config" / "config.yaml", book_of(review))
    tally = evidence.synthesised(found.review, book_of(review), config)["tally"]
    assert "Ames2001" in set(tally["study_ids"])
    whole = SmallReview(tmp_path / "whole").judge()
    whole_states, now = states(whole), states(found)
    assert {each for each in now if now[each] != whole_states[each]} == {"R2"}


def test_the_example_review_leaves_nothing_open(repository):
    """Each disagreement of the example was settled by the third pass."""
    if not (repository / "raw" / "screening.xlsx").exists():
        pytest.skip("the example review is not here")
    from scopeline.judgement import judge

    book = codebook.load(repository / "config" / "codebook.yaml")
    config = settings.load(repository / "config" / "config.yaml", book)
    names = [path for path in sorted((repository / "raw").iterdir()) if path.suffix in cells.SPREADSHEETS]
    found = judge([cells.read(path, f"raw/{path.name}") for path in names], book, config)
    assert not any(is_list(place) for place in found.review.places)
    for stage in Stage:
        assert worklist.listed(found.review, found.screening, stage).empty
    frame = found.review.table("decisions")
    undone = screen(
        found.review.table("records"), found.review.table("votes"), None, found.review.table("reports"), reviewers=2
    )
    lines = worklist.listed(found.review, undone, TITLES)
    settled = frame[frame["stage"] == "title_abstract"]["record_id"]
    assert set(lines["record_id"]) <= set(settled) and len(lines)
