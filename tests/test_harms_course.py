"""Who stopped because of harm, and whether it passed."""

from collections import Counter

import pandas as pd
from example_review import frame, rows
from harms_frames import harms, studies
from scopeline.harms_course import DISCONTINUATIONS, discontinuations, resolution

STOPPED = DISCONTINUATIONS[0]


def test_stopping_is_told_with_its_numbers():
    """4 of 49 with the drug and 3 of 50 with placebo stand one under the other, the silent beside them."""
    table = harms(("S1", "placebo", STOPPED, 3, 50), ("S1", "LDN", STOPPED, 4, 49), ("S1", "LDN", "nausea", 9, 49))
    found = discontinuations(table, studies("S1", "S2"))
    assert found[["arm", "arm_group", "x_n", "n_silent", "denominator"]].to_numpy().tolist() == [
        ["LDN", "intervention", "4/49", 1, 2], ["placebo", "comparator", "3/50", 1, 2],
    ]  # fmt: skip
    assert found["event"].isna().all()
    assert found["proportion"].round(3).tolist() == [0.082, 0.06]


def test_numbers_beside_an_event_tell_what_people_stopped_for():
    """`n_discontinued` of a row on nausea is people who stopped for nausea; 0 is a zero with its bounds."""
    table = harms(
        ("S1", "LDN", "nausea", 9, 40), ("S2", "LDN", "headache", 3, 20), ("S3", "LDN", "rash", 1, 20),
        n_discontinued=[2, 0, None],
    )  # fmt: skip
    found = discontinuations(table)
    assert found[["study_id", "event", "x_n", "harms_status"]].to_numpy().tolist() == [
        ["S1", "nausea", "2/40", "events"], ["S2", "headache", "0/20", "zero_stated"],
    ]  # fmt: skip
    assert found.loc[1, "rule_of_three"] == 0.15


def test_rows_may_share_an_index():
    """Frames that were put together keep their rows apart."""
    table = pd.concat(
        [
            harms(("S1", "LDN", STOPPED, 1, 9), n_discontinued=[None]),
            harms(("S2", "LDN", "rash", 3, 9), n_discontinued=[1]),
        ]
    )
    assert discontinuations(table)["study_id"].tolist() == ["S1", "S2"]


def test_nothing_charted():
    """Empty frames give empty tables with their columns."""
    assert discontinuations(pd.DataFrame(), studies("S1")).empty
    assert resolution(pd.DataFrame(), studies("S1")).empty
    assert "n_silent" in resolution(pd.DataFrame()).columns


def test_the_examples_discontinuations():
    """Four studies on the drug as the example's authors counted them; one that does not say in which arm is apart."""
    found = discontinuations(frame("harms"), frame("studies"))
    told = {group: sorted(part["x_n"]) for group, part in found.groupby("arm_group")}
    assert told == {"intervention": ["1/25", "2/38", "3/31", "4/49"], "comparator": ["3/50"], "all": ["1/80"]}


def test_resolution_keeps_silence_apart_from_no():
    """An event of which nothing is said has not failed to pass; the values stand there with 0 too."""
    table = harms(("S1", "LDN", "rash", 3, 9), ("S1", "LDN", "nausea", 3, 9), ("S2", "LDN", "rash", 0, 9))
    table["resolved"] = pd.array(["yes", None, None], dtype="string")
    table["resolved__missing"] = pd.array([None, "NR", "blank"], dtype="string")
    found = resolution(table, studies("S1", "S2"))
    assert found[["resolved", "missing", "n_events_rows", "n_studies", "denominator_rows"]].to_numpy().tolist() == [
        ["yes", False, 1, 1, 2], ["partly", False, 0, 0, 2], ["no", False, 0, 0, 2], ["not reported", True, 1, 1, 2],
    ]  # fmt: skip


def test_the_examples_resolution_is_that_of_plain_python():
    """Yes 7, partly 1, no 0, and 28 of which nothing is said, on the drug; counted here over the workbook's rows."""
    events = [line for line in rows("harms") if line["harms_status"] == "events" and line["arm"] == "LDN"]
    expected = Counter(line["resolved"] for line in events)
    found = resolution(frame("harms"), frame("studies")).set_index(["arm_group", "resolved"])["n_events_rows"]
    mine = found["intervention"].to_dict()
    assert mine == {"yes": expected["yes"], "partly": expected["partly"], "no": 0, "not given": expected[""]}
    assert (mine["yes"], mine["partly"], mine["not given"]) == (7, 1, 28)
