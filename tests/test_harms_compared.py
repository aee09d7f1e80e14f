"""Harms with the intervention against those with the comparator, within each study."""

import json
from pathlib import Path

import pandas as pd
import pytest
from example_review import frame, rows
from harms_frames import harms, studies
from hypothesis import given, settings
from hypothesis import strategies as st
from scopeline.harms_compared import DESIGN_UNKNOWN, SAME_PEOPLE, across, compared

KNOWN = json.loads((Path(__file__).parent / "data" / "statistics.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("known", KNOWN["newcombe_risk_difference"], ids=lambda known: str(known["rd"]))
def test_newcombes_own_examples(known):
    """56/70 against 48/80 is 0.2 (0.0524 to 0.3339)."""
    line = compared(
        harms(("S1", "LDN", "a", known["a"], known["n1"]), ("S1", "placebo", "a", known["b"], known["n2"]))
    ).iloc[0]
    assert line["risk_difference"] == pytest.approx(known["rd"])
    assert line[["newcombe_low", "newcombe_high"]].tolist() == pytest.approx(known["ci95"], abs=1e-4)
    assert (line["compared"], line["intervention_x_n"]) == ("yes", f"{known['a']}/{known['n1']}")


def test_what_one_arm_does_not_name_is_not_a_zero():
    """The row stays, without a difference, and says so; without any comparator arm there is no row."""
    found = compared(harms(("S1", "LDN", "a", 1, 9), ("S1", "placebo", "b", 1, 9), ("S2", "LDN", "a", 1, 9)))
    assert found["study_id"].tolist() == ["S1", "S1"]
    assert found["note"].tolist() == [
        "not named with the comparator, which is not a zero", "not named with the intervention, which is not a zero",
    ]  # fmt: skip
    assert found["risk_difference"].isna().all()


def test_a_stated_zero_is_compared():
    """0 of 10 against 2 of 10 is a difference of -0.2."""
    line = compared(harms(("S1", "LDN", "a", 0, 10), ("S1", "placebo", "a", 2, 10))).iloc[0]
    assert line["risk_difference"] == pytest.approx(-0.2)


def test_without_a_number_the_note_says_on_which_side():
    """An event without people exposed gives no difference."""
    line = compared(harms(("S1", "LDN", "a", 3, None), ("S1", "placebo", "a", 2, 10))).iloc[0]
    assert line["note"] == "intervention: number exposed not given"
    assert line["compared"] == "no"


def test_a_crossover_trial_has_no_interval_for_independent_groups():
    """The same people were in both arms: a difference, no interval, and the reason."""
    table = harms(("S1", "LDN", "a", 3, 10), ("S1", "placebo", "a", 2, 10))
    line = compared(table, crossovers={"S1"}).iloc[0]
    assert line["risk_difference"] == pytest.approx(0.1)
    assert line[["newcombe_low", "newcombe_high"]].isna().all()
    assert line["note"] == SAME_PEOPLE


def test_an_interval_of_arms_of_whom_nobody_knows_says_so():
    """Without a charted design the interval for independent groups stands, and says what it takes for granted."""
    lines = compared(
        harms(
            ("S1", "LDN", "a", 3, 10),
            ("S1", "placebo", "a", 2, 10),
            ("S2", "LDN", "a", 3, 9),
            ("S2", "placebo", "b", 1, 9),
        ),
        unknown={"S1", "S2"},
    )
    assert lines["newcombe_low"].notna().tolist() == [True, False, False]
    assert lines["note"].tolist()[0] == DESIGN_UNKNOWN
    assert "not a zero" in lines["note"].tolist()[1]


def test_each_arm_is_compared_with_each():
    """Two comparator arms give two comparisons of one study, which counts once across studies."""
    table = harms(("S1", "LDN", "a", 3, 10), ("S1", "placebo", "a", 2, 10), ("S1", "comparator", "a", 5, 10))
    found = compared(table, studies("S1", "S2"))
    assert found["risk_difference"].round(2).tolist() == [-0.2, 0.1]
    assert found["n_silent"].tolist() == [1, 1]
    line = across(found).iloc[0]
    assert line[["n_studies", "n_compared", "both_ways", "higher"]].tolist() == [1, 1, 1, 0]
    assert (line["lowest"], line["highest"]) == (pytest.approx(-0.2), pytest.approx(0.1))


def test_events_of_one_group_meet_across_arms():
    """Insomnia with the drug is compared with trouble sleeping without it, once they are one group."""
    table = harms(("S1", "LDN", "insomnia", 3, 10), ("S1", "placebo", "sleep disturbance", 2, 10))
    groups = {"insomnia": "trouble sleeping", "sleep disturbance": "trouble sleeping"}
    line = compared(table, groups=groups).iloc[0]
    assert (line["event"], line["events"]) == ("trouble sleeping", "insomnia; sleep disturbance")
    assert line["risk_difference"] == pytest.approx(0.1)
    several = harms(
        ("S1", "LDN", "insomnia", 3, 10),
        ("S1", "LDN", "sleep disturbance", 3, 10),
        ("S1", "placebo", "insomnia", 2, 10),
    )
    line = compared(several, groups=groups).iloc[0]
    assert line["compared"] == "no"
    assert line["intervention_x_n"] == "3 to 6/10"


def test_nothing_charted():
    """Empty frames give empty tables."""
    assert compared(pd.DataFrame(), studies("S1")).empty
    assert across(compared(pd.DataFrame())).empty


def test_the_examples_comparisons_in_plain_python():
    """Any event in the example's trials: the differences of the workbook's own numbers."""
    arms = {}
    for line in rows("harms"):
        if (
            line["n_events"].isdigit()
            and line["n_exposed"].isdigit()
            and int(line["n_events"]) <= int(line["n_exposed"])
        ):
            arms.setdefault((line["study_id"], line["event"]), {})[line["arm"]] = int(line["n_events"]) / int(
                line["n_exposed"]
            )
    expected = {
        (*key, arm): shares["LDN"] - shares[arm]
        for key, shares in arms.items() for arm in shares if "LDN" in shares and arm in ("placebo", "comparator")
    }  # fmt: skip
    found = compared(frame("harms"), frame("studies"))
    told = {
        (line.study_id, line.event, line.comparator_arm): line.risk_difference
        for line in found[found["compared"] == "yes"].itertuples()
    }
    assert told == pytest.approx(expected)
    assert expected


@settings(max_examples=30, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["S1", "S2"]), st.sampled_from(["LDN", "placebo", "all"]), st.sampled_from(["a", "b"]),
            st.sampled_from([0, 3, None]), st.sampled_from([3, 10, None]),
        ),
        max_size=10, unique_by=lambda line: line[:3],
    ),
    st.randoms(use_true_random=False),
)  # fmt: skip
def test_a_difference_lies_in_its_interval_and_order_is_nothing(lines, random):
    """Where there is an interval it holds the difference; shuffled rows give the same table."""
    table = harms(*lines)
    found = compared(table)
    known = found.dropna(subset="newcombe_low")
    assert (known["newcombe_low"] <= known["risk_difference"] + 1e-12).all()
    assert (known["risk_difference"] <= known["newcombe_high"] + 1e-12).all()
    assert (found["risk_difference"].isna() == (found["compared"] == "no")).all()
    order = list(range(len(lines)))
    random.shuffle(order)
    again = compared(table.iloc[order])
    pd.testing.assert_frame_equal(again, found)
    pd.testing.assert_frame_equal(across(again), across(found))
