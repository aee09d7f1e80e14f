"""Harms: proportions, their range per event, and the silence beside them."""

import json
from collections import Counter, defaultdict
from pathlib import Path

import pandas as pd
import pytest
from example_review import frame, rows
from hypothesis import given, settings
from hypothesis import strategies as st
from scopeline.harms import STATES, proportions, silence, silent, summary, zero_bounds

COLUMNS = ["study_id", "arm", "event", "harms_status", "n_events", "n_exposed"]


def harms(*lines, **more):
    """Harms as (study, arm, event, status, events, exposed)."""
    table = pd.DataFrame(list(lines), columns=COLUMNS).assign(**more)
    whole = ("n_events", "n_exposed")
    return table.astype({name: "Int64" if name in whole else "string" for name in table.columns})


def studies(*names):
    return pd.DataFrame({"study_id": pd.array(names, dtype="string")})


def test_a_proportion_stands_with_its_numbers_and_intervals():
    """7 of 17 is 41 %, Wilson 22 to 64 %, and x/n is printed."""
    line = proportions(harms(("S1", "LDN", "sleep disturbance", "events", 7, 17))).iloc[0]
    assert line["x_n"] == "7/17"
    assert line["proportion"] == pytest.approx(7 / 17)
    assert (round(line["wilson_low"], 3), round(line["wilson_high"], 3)) == (0.216, 0.640)
    assert line["clopper_pearson_low"] < line["wilson_low"] < line["wilson_high"] < line["clopper_pearson_high"]
    assert pd.isna(line["note"])


def test_none_and_all_have_exact_edges():
    """At 0 of n the lower limit is exactly 0, at n of n the upper is exactly 1."""
    table = proportions(harms(("S1", "LDN", "a", "zero_stated", 0, 6), ("S1", "LDN", "b", "events", 6, 6)))
    assert table.loc[0, ["wilson_low", "clopper_pearson_low"]].tolist() == [0, 0]
    assert table.loc[1, ["wilson_high", "clopper_pearson_high"]].tolist() == [1, 1]


PUBLISHED = json.loads((Path(__file__).parent / "data" / "statistics.json").read_text(encoding="utf-8"))["proportion"]


@pytest.mark.parametrize("known", PUBLISHED, ids=lambda known: f"{known['x']} of {known['n']}")
def test_the_known_intervals_of_proportions(known):
    """Wilson and Clopper-Pearson to the digits of the worked examples."""
    x, n = known["x"], known["n"]
    line = proportions(harms(("S1", "LDN", "a", "events" if x else "zero_stated", x, n))).iloc[0]
    assert line[["wilson_low", "wilson_high"]].tolist() == pytest.approx(known["wilson95"], abs=1e-6)
    found = line[["clopper_pearson_low", "clopper_pearson_high"]].tolist()
    assert found == pytest.approx(known["clopper_pearson95"], abs=1e-6)


def test_the_bounds_of_a_zero():
    """Hanley & Lippman-Hand's 0 of 14: 21 % by the rule of three, 19 % exactly; other rows have none."""
    table = proportions(harms(("S1", "LDN", "a", "zero_stated", 0, 14), ("S1", "LDN", "b", "events", 1, 14)))
    assert table.loc[0, ["rule_of_three", "exact_upper"]].tolist() == pytest.approx([3 / 14, 0.19264], abs=1e-5)
    assert table.loc[1, ["rule_of_three", "exact_upper"]].isna().all()
    assert zero_bounds(1) == (1, pytest.approx(0.95))
    with pytest.raises(ValueError, match="at least one"):
        zero_bounds(0)


@given(st.integers(min_value=1, max_value=10_000))
def test_the_exact_bound_is_where_a_zero_has_five_percent(n):
    """At the bound nobody among n has the event with probability 0.05, and the rule of three is never below it."""
    rule, exact = zero_bounds(n)
    assert (1 - exact) ** n == pytest.approx(0.05)
    assert rule >= exact


def test_the_silent_studies_stand_beside_every_number():
    """Each row of the summary says how many studies say nothing of harms, out of how many."""
    table = harms(("S1", "LDN", "nausea", "events", 1, 9), ("S2", "LDN", None, "not_reported", None, None))
    line = summary(table, studies("S1", "S2", "S3")).iloc[0]
    assert line[["n_silent", "denominator", "silent_ids"]].tolist() == [2, 3, "S2; S3"]
    assert silent(table, studies("S1", "S2", "S3")) == {"S2", "S3"}
    assert summary(table)["n_silent"].isna().all()


@pytest.mark.parametrize(
    ("status", "events", "exposed", "note"),
    [
        ("events", 3, None, "number exposed not given"),
        ("events", None, 40, "number with the event not given"),
        ("events", None, None, "number with the event not given; number exposed not given"),
        ("events", 52, 30, "more events than people exposed, so events and not people are counted"),
        ("events", 0, 0, "nobody exposed"),
        ("not_reported", None, None, "harms not reported"),
        ("not_assessed", None, None, "harms not assessed"),
        (None, None, None, "harms status not charted; number with the event not given; number exposed not given"),
        ("zero_stated", None, None, "zero stated in words; number exposed not given"),
    ],
)
def test_without_a_proportion_the_note_says_why(status, events, exposed, note):
    """No proportion is invented, and the reason stands in the row."""
    line = proportions(harms(("S1", "LDN", "nausea", status, events, exposed))).iloc[0]
    assert pd.isna(line["proportion"])
    assert pd.isna(line["x_n"])
    assert line["note"] == note


def test_kinds_of_missing_numbers_stay_apart():
    """A number that the study does not report is not one that nobody charted."""
    table = harms(("S1", "LDN", "nausea", "events", 3, None), n_exposed__missing="NR")
    assert proportions(table).loc[0, "note"] == "number exposed not reported"


def test_a_zero_stated_in_words_is_a_zero():
    """`zero_stated` with the number exposed gives 0/n even where nobody typed the 0."""
    line = proportions(harms(("S1", "LDN", "any", "zero_stated", None, 9))).iloc[0]
    assert (line["x_n"], line["proportion"], line["note"]) == ("0/9", 0, "zero stated in words")


def test_studies_without_a_row_get_one():
    """With `studies`, a study that nobody charted for harms is in the table and says so."""
    table = proportions(harms(("S1", "LDN", "nausea", "events", 1, 2)), studies("S1", "S2"))
    assert list(table["study_id"]) == ["S1", "S2"]
    assert table.loc[1, "note"] == "harms not charted yet"
    assert pd.isna(table.loc[1, "harms_status"])


def test_the_reviewers_note_is_kept_beside_ours():
    """The charted note is not overwritten by the reason."""
    line = proportions(harms(("S1", "LDN", "any", "events", 8, None), note="events, not people")).iloc[0]
    assert (line["charted_note"], line["note"]) == ("events, not people", "number exposed not given")


def test_the_summary_tells_range_and_zeros_per_arm():
    """Lowest and highest are single studies; arms stay apart; an arm that no group lists is `other`."""
    table = harms(
        ("S1", "LDN", "nausea", "events", 1, 10), ("S2", "LDN", "nausea", "events", 4, 10),
        ("S3", "LDN", "nausea", "events", None, 10),
        ("S4", "LDN", "nausea", "zero_stated", 0, 5), ("S5", "LDN", "nausea", "zero_stated", 0, 8),
        ("S1", "placebo", "nausea", "events", 2, 10), ("S1", "waiting list", "nausea", "events", 1, 9),
        ("S6", "LDN", None, "not_reported", None, None),
    )  # fmt: skip
    found = summary(table).set_index("arm_group")
    line = found.loc["intervention"]
    assert line[["n_studies", "n_events_stated", "n_zero_stated", "n_with_proportion"]].tolist() == [5, 3, 2, 4]
    assert (line["lowest"], line["lowest_x_n"], line["lowest_ids"]) == (0, "0/5; 0/8", "S4; S5")
    assert (line["highest"], line["highest_x_n"], line["highest_ids"]) == (0.4, "4/10", "S2")
    assert line["study_ids"] == "S1; S2; S3; S4; S5"
    assert list(found.index) == ["intervention", "comparator", "other"]


def test_the_summary_is_of_the_studies_given():
    """Harms of a study that is not in the review do not count."""
    table = harms(("S1", "LDN", "nausea", "events", 1, 10), ("S9", "LDN", "nausea", "events", 9, 10))
    assert summary(table, studies("S1")).loc[0, ["n_studies", "highest"]].tolist() == [1, 0.1]


def test_silence_has_five_states_and_every_study_stands_in_one():
    """Reported, only zeros, not reported, not assessed, not charted; a study with an event is not a study of zeros."""
    table = harms(
        ("S1", "LDN", "a", "zero_stated", 0, 5), ("S1", "LDN", "b", "events", 2, 5),
        ("S2", "LDN", "a", "zero_stated", 0, 5),
        ("S3", "LDN", None, "not_reported", None, None), ("S4", "LDN", None, "not_assessed", None, None),
        ("S6", "LDN", None, None, None, None),
    )  # fmt: skip
    found = silence(table, studies("S1", "S2", "S3", "S4", "S5", "S6"))
    assert list(found["state"]) == [str(state) for state in STATES]
    assert list(found["study_ids"]) == ["S1", "S2", "S3", "S4", "S5; S6"]
    assert found["n_studies"].sum() == 6
    assert set(found["denominator"]) == {6}


def test_nothing_charted_gives_empty_tables_and_full_silence():
    """Empty frames do not fail, and silence still names every study."""
    empty = pd.DataFrame()
    assert proportions(empty).empty
    assert summary(empty, empty).empty
    assert list(silence(empty, studies("S1"))["n_studies"]) == [0, 0, 0, 0, 1]
    assert silence(empty, empty)["percent"].isna().all()


def test_the_examples_silence():
    """In the example 22 studies report nothing on harms and 4 did not measure them."""
    found = silence(frame("harms"), frame("studies")).set_index("state")["n_studies"]
    assert (found["not_reported"], found["not_assessed"], found["not_charted"]) == (22, 4, 0)
    states = defaultdict(set)
    for line in rows("harms"):
        states[line["study_id"]].add(line["harms_status"])
    assert found["events"] == sum("events" in said for said in states.values())
    assert found["zero_stated"] == sum(said == {"zero_stated"} for said in states.values())


def test_the_examples_events():
    """Studies naming each event on the drug, and every x/n, counted here by plain Python."""
    found = summary(frame("harms"), frame("studies"))
    drug = found[found["arm_group"] == "intervention"].set_index("event")
    naming = defaultdict(set)
    for line in rows("harms"):
        if line["arm"] == "LDN" and line["event"]:
            naming[line["event"]].add(line["study_id"])
    assert drug["n_studies"].to_dict() == {event: len(members) for event, members in naming.items()}
    assert drug.loc["vivid dreams", "n_studies"] == 4
    assert drug.loc["sleep disturbance", "highest_x_n"] == "7/17"
    assert drug.loc["any adverse event", "highest_x_n"] == "41/49"
    expected = Counter(
        f"{line['n_events']}/{line['n_exposed']}" for line in rows("harms") if line["n_events"] and line["n_exposed"]
    )
    assert Counter(proportions(frame("harms"))["x_n"].dropna()) == expected


LINES = st.tuples(
    st.sampled_from(["S1", "S2", "S3"]),
    st.sampled_from(["LDN", "placebo", "all", "sham", None]),
    st.sampled_from(["nausea", "headache", None]),
    st.sampled_from(["events", "zero_stated", "not_reported", "not_assessed", None]),
    st.one_of(st.none(), st.integers(0, 12)),
    st.one_of(st.none(), st.integers(0, 10)),
)


@settings(max_examples=25, deadline=None)
@given(st.lists(LINES, min_size=1, max_size=12), st.randoms(use_true_random=False))
def test_whatever_is_charted_no_row_is_lost_and_order_is_nothing(lines, random):
    """Every row has a proportion or a reason; intervals hold it; studies add up; shuffling changes nothing."""
    table = harms(*lines)
    everybody = studies("S1", "S2", "S3", "S4")
    found = proportions(table)
    assert len(found) == len(lines)
    assert (found["proportion"].notna() | found["note"].notna()).all()
    known = found.dropna(subset=["proportion"])
    assert (known["wilson_low"] <= known["proportion"] + 1e-12).all()
    assert (known["proportion"] <= known["wilson_high"] + 1e-12).all()
    assert silence(table, everybody)["n_studies"].sum() == 4
    order = list(range(len(lines)))
    random.shuffle(order)
    shuffled = table.iloc[order]
    pd.testing.assert_frame_equal(proportions(shuffled), found)
    pd.testing.assert_frame_equal(summary(shuffled, everybody), summary(table, everybody))
    pd.testing.assert_frame_equal(silence(shuffled, everybody), silence(table, everybody))
