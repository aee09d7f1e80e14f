"""An updated review: what the previous version included, what is new, and both together."""

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st
from scopeline import updates
from scopeline.flow import FlowException, count
from scopeline.flow_data import as_json, as_template, members
from scopeline.screening import screen
from screening_frames import ANY_REVIEW, REASONS, both, records, reports, table, votes


def first():
    """Three records; two included, of studies S1 and S2."""
    found = records(["R1"], ["R2"], ["R3"])
    cast = [vote for each in ("R1", "R2") for stage in ("ta", "ft") for vote in both(each, stage, "include")]
    cast += both("R3", "ta", "exclude", "no outcome")
    listed = [("P1", "R1", "S1", "yes"), ("P2", "R2", "S2", "yes")]
    return found, cast, listed


def version_one():
    found, cast, listed = first()
    return count(found, screen(found, votes(*cast), None, reports(*listed)), reports(*listed))


def second(*, with_old_rows, extra=()):
    """Two new records: R4 reports the known study S1 again, R5 the new study S3; R6 is a duplicate of the old R1."""
    found, cast, listed = first() if with_old_rows else (records(), [], [])
    found = pd.concat([found, records(["R4"], ["R5"], ["R6", "R1"])], ignore_index=True)
    cast = [*cast, *(vote for each in ("R4", "R5") for stage in ("ta", "ft") for vote in both(each, stage, "include"))]
    listed = reports(*listed, ("P4", "R4", "S1", "yes"), ("P5", "R5", "S3", "yes"))
    return found, screen(found, votes(*cast, *extra), None, listed), listed


def sums(flow, name="F11"):
    return [each for each in flow.identities if each.id == name]


def test_totals_are_previous_and_new_once():
    """The known study that is found again counts once; whether the old rows are still there makes no difference."""
    snapshot = updates.snapshot(version_one())
    for with_old_rows in (True, False):
        flow = count(*second(with_old_rows=with_old_rows), previous=snapshot)
        n = {name: box.n for name, box in flow.boxes.items()}
        assert (n["previous_studies"], n["previous_reports"], n["total_studies"], n["total_reports"]) == (2, 2, 3, 4)
        assert (n["identified"], n["duplicates"], n["included_reports"], n["included_studies"]) == (3, 1, 2, 2)
        assert [each.right for each in sums(flow)] == [
            "previous_reports 2 + new 2 − in both 0", "previous_studies 2 + new 2 − in both 1",
        ]  # fmt: skip
        assert flow.proved
        assert flow.update.studies_in_both == ("S1",)
        assert members(flow, "total_studies")["report_ids"].to_list() == ["P1; P4", "P2", "P5"]
        told = as_json(flow)
        assert told["template"]["previous"]
        assert told["totals"] == {"studies": 3, "reports": 4}
        assert told["previous"]["set_aside"] == (3 if with_old_rows else 0)


def test_a_plain_list_of_reports_is_enough():
    """Without a snapshot the previous version's included reports do, with the studies they are of."""
    listed = table("report_id study_id", ("P1", "S1"), ("P2", "S2"))
    flow = count(*second(with_old_rows=True), previous=listed)
    assert (flow.boxes["total_studies"].n, flow.boxes["previous_reports"].n) == (3, 2)


def test_a_dropped_study_must_be_named():
    """A report of before is excluded now: F11 fails with the ids, until the team says why."""
    found, cast, listed = first()
    cast = [vote for vote in cast if vote[:2] != ("R2", "ft")] + both("R2", "ft", "exclude", "wrong design")
    tables = found, screen(found, votes(*cast), None, reports(*listed)), reports(*listed)
    snapshot = updates.snapshot(version_one())
    flow = count(*tables, previous=snapshot)
    assert [(each.holds, each.only_right) for each in sums(flow)] == [(False, ("P2",)), (False, ("S2",))]
    named = FlowException("update_dropped_previous", "not eligible any more", ids=("S2",))
    flow = count(*tables, previous=snapshot, exceptions=[named])
    assert flow.proved
    assert flow.boxes["total_studies"].members == ("S1",)
    assert [each.exception for each in sums(flow)] == ["update_dropped_previous"] * 2


def test_snapshots_follow_each_other():
    """The snapshot of an update holds what both versions included and every record of both."""
    snapshot = updates.snapshot(version_one())
    later = updates.snapshot(count(*second(with_old_rows=False), previous=snapshot))
    assert list(later.columns) == list(updates.SNAPSHOT_COLUMNS)
    assert later.loc[later["kind"] == "study", "study_id"].to_list() == ["S1", "S2", "S3"]
    assert later.loc[later["kind"] == "report", "report_id"].to_list() == ["P1", "P2", "P4", "P5"]
    assert later.loc[later["kind"] == "record", "record_id"].to_list() == ["R1", "R2", "R3", "R4", "R5", "R6"]
    box = later[later["kind"] == "box"].set_index("box")["n"]
    assert box["total_studies"] == 3


def test_what_was_open_is_looked_at_again():
    """A record that awaited classification belongs to the new version once it is judged."""
    found, listed = records(["R1"]), reports(("P1", "R1", None, "yes"))
    cast = both("R1", "ta", "include")
    snapshot = updates.snapshot(count(found, screen(found, votes(*cast, *both("R1", "ft", "awaiting")), None, listed)))
    listed = reports(("P1", "R1", "S1", "yes"))
    screening = screen(found, votes(*cast, *both("R1", "ft", "include")), None, listed)
    flow = count(found, screening, listed, previous=snapshot)
    assert flow.boxes["included_studies"].members == ("S1",)
    assert flow.proved


def test_nothing_before_is_no_error():
    """An empty previous version gives an updated review with empty boxes."""
    flow = count(*second(with_old_rows=False), previous=pd.DataFrame())
    assert flow.boxes["previous_studies"].n == 0
    assert flow.boxes["total_studies"].n == 2


def test_the_template_shows_both():
    """Boxes 1 and 16 of the updated template are filled."""
    n = as_template(count(*second(with_old_rows=True), previous=updates.snapshot(version_one()))).set_index("data")["n"]
    assert (n["previous_studies"], n["previous_reports"]) == ("2", "2")
    assert (n["new_studies"], n["total_studies"], n["total_reports"]) == ("2", "3", "4")


@settings(deadline=None, max_examples=15)
@given(ANY_REVIEW, ANY_REVIEW, st.sampled_from(["together", "apart"]))
def test_any_two_versions_come_together(before, now, other_methods):
    """Totals hold previous and new and nothing else; a review counted against its own snapshot brings nothing new."""
    old = count(before[0], screen(*before, reasons=REASONS), before[3])
    snapshot = updates.snapshot(old)
    flow = count(now[0], screen(*now, reasons=REASONS), now[3], previous=snapshot, other_methods=other_methods)
    update = flow.update
    assert set(update.total_reports) <= set(update.reports) | set(flow.boxes["included_reports"].members)
    assert set(update.reports) - set(update.total_reports) == set(update.dropped_reports)
    assert set(update.studies) - set(update.total_studies) == set(update.dropped_studies)
    for each in sums(flow):
        assert each.holds != bool(each.only_right)
    again = count(before[0], screen(*before, reasons=REASONS), None, previous=snapshot)
    assert not set(again.boxes["included_reports"].members) & set(old.boxes["included_reports"].members)
    again_json = as_json(count(before[0].iloc[::-1], screen(*before, reasons=REASONS), None, previous=snapshot[::-1]))
    assert again_json == as_json(again)
