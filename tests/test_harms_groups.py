"""Events under the name of their group: insomnia and trouble sleeping meet, and nobody is counted twice."""

import pandas as pd
import pytest
from example_review import frame, rows
from harms_frames import harms, studies
from hypothesis import given, settings
from hypothesis import strategies as st
from scopeline.harms_groups import by_group

SLEEP = {"insomnia": "trouble sleeping", "sleep disturbance": "trouble sleeping"}


def test_events_of_one_group_meet():
    """One study's insomnia and another's sleep disturbance are two studies with trouble sleeping."""
    table = harms(
        ("S1", "LDN", "insomnia", 2, 20), ("S2", "LDN", "sleep disturbance", 7, 17), ("S2", "LDN", "nausea", 1, 17)
    )
    found = by_group(table, SLEEP)
    assert found[["event_group", "study_id", "x_n"]].to_numpy().tolist() == [
        ["nausea", "S2", "1/17"], ["trouble sleeping", "S1", "2/20"], ["trouble sleeping", "S2", "7/17"],
    ]  # fmt: skip
    assert found.loc[2, "proportion"] == pytest.approx(7 / 17)
    assert round(found.loc[2, "wilson_low"], 3) == 0.216


def test_people_with_two_events_of_a_group_are_not_added_up():
    """5 and 3 of 20 are between 5 and 8 of 20, and no proportion is made up; a zero adds nothing."""
    two = by_group(harms(("S1", "LDN", "insomnia", 5, 20), ("S1", "LDN", "sleep disturbance", 3, 20)), SLEEP).iloc[0]
    assert two[["at_least", "at_most", "x_n", "events", "n_named"]].tolist() == [
        5, 8, "5 to 8/20", "insomnia; sleep disturbance", 2,
    ]  # fmt: skip
    assert pd.isna(two["proportion"])
    zero = by_group(harms(("S1", "LDN", "insomnia", 5, 20), ("S1", "LDN", "sleep disturbance", 0, 20)), SLEEP).iloc[0]
    assert (zero["x_n"], zero["proportion"], zero["harms_status"]) == ("5/20", 0.25, "events")


def test_the_sum_is_never_more_than_the_people():
    """15 and 12 of 20 are between 15 and 20."""
    line = by_group(harms(("S1", "LDN", "insomnia", 15, 20), ("S1", "LDN", "sleep disturbance", 12, 20)), SLEEP).iloc[0]
    assert line["x_n"] == "15 to 20/20"


@pytest.mark.parametrize(
    ("second", "note"),
    [
        ((None, 20), "sleep disturbance: number with the event not given"),
        ((3, 18), "numbers exposed differ between the events (18, 20)"),
    ],
)
def test_where_the_rows_give_no_bounds_the_note_says_why(second, note):
    """A number that is missing or of other people leaves the group without one."""
    line = by_group(harms(("S1", "LDN", "insomnia", 5, 20), ("S1", "LDN", "sleep disturbance", *second)), SLEEP).iloc[0]
    assert pd.isna(line["at_least"])
    assert line["note"] == note


def test_arms_stay_apart_and_the_silent_stand_beside():
    """Placebo is not the intervention, and every row says how many studies say nothing."""
    table = harms(("S1", "placebo", "insomnia", 1, 10), ("S1", "LDN", "insomnia", 2, 10))
    found = by_group(table, SLEEP, studies("S1", "S2"))
    assert found["arm_group"].tolist() == ["intervention", "comparator"]
    assert found[["n_silent", "denominator", "silent_ids"]].drop_duplicates().to_numpy().tolist() == [[1, 2, "S2"]]
    assert by_group(pd.DataFrame(), SLEEP, studies("S1")).empty


def test_the_examples_trouble_sleeping():
    """Three studies of the example name insomnia or sleep disturbance on the drug, counted here in plain Python."""
    expected = {line["study_id"] for line in rows("harms") if line["arm"] == "LDN" and line["event"] in SLEEP}
    found = by_group(frame("harms"), SLEEP, frame("studies"))
    mine = found[(found["event_group"] == "trouble sleeping") & (found["arm_group"] == "intervention")]
    assert set(mine["study_id"]) == expected
    assert len(expected) == 3


@settings(max_examples=30, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["S1", "S2"]), st.sampled_from(["LDN", "placebo"]),
            st.sampled_from(["insomnia", "sleep disturbance", "nausea"]),
            st.sampled_from([0, 3, 9, None]), st.sampled_from([10, 12, None]),
        ),
        max_size=10, unique_by=lambda line: line[:3],
    ),
    st.randoms(use_true_random=False),
)  # fmt: skip
def test_bounds_hold_and_order_is_nothing(lines, random):
    """At least is at most at most, neither is more than the people, and shuffled rows give the same table."""
    table = harms(*lines)
    found = by_group(table, SLEEP)
    known = found.dropna(subset="at_least")
    assert ((known["at_least"] <= known["at_most"]) & (known["at_most"] <= known["n_exposed"])).all()
    assert not found.duplicated(["event_group", "arm", "study_id"]).any()
    order = list(range(len(lines)))
    random.shuffle(order)
    pd.testing.assert_frame_equal(by_group(table.iloc[order], SLEEP), found)
