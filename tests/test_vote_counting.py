"""Vote counting by direction and combined p-values: published numbers, edges, and what is printed beside them."""

import json
import math
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scopeline import vote_counting
from scopeline.errors import DataError
from scopeline.synthesis import DIRECTIONS, directions, fold
from scopeline.vote_counting import combine_p_values, one_sided, swim, vote_count

KNOWN = json.loads((Path(__file__).parent / "data" / "statistics.json").read_text(encoding="utf-8"))


def findings(*lines):
    """Findings of one cell as (study, direction, printed p-value); a bound stands before its number."""
    rows = []
    for number, (study, direction, printed) in enumerate(lines, 1):
        bound = next((sign for sign in ("<=", ">=", "<", ">") if str(printed).startswith(sign)), "=")
        p = None if printed is None else float(str(printed).lstrip("<>="))
        rows.append(
            (f"F{number:03d}", study, "pain", "vs placebo", direction, printed, p, None if p is None else bound)
        )
    columns = ("finding_id", "study_id", "outcome_domain", "contrast", "direction", "p_value")
    table = pd.DataFrame(rows, columns=[*columns, "p_value_number", "p_value_bound"])
    return table.astype({name: "Float64" if name == "p_value_number" else "string" for name in table.columns})


def said(**counts):
    """One cell in which as many studies as told say each direction."""
    lines = [(f"{name}{place}", name, None) for name, n in counts.items() for place in range(n)]
    folded = fold(findings(*lines), row=None)
    return vote_count(directions(folded, row=None), folded, row=None)


def combined(*lines, **how):
    return combine_p_values(findings(*lines), row=None, **how)


@pytest.mark.parametrize("known", KNOWN["sign_test"], ids=lambda known: f"{known['favour']} of {known['n']}")
def test_the_published_counts_of_directions(known):
    """The Cochrane Handbook's 10 of 12, Boon & Thomson's examples, and others, from findings to p-value."""
    line = said(benefit=known["favour"], harm=known["n"] - known["favour"]).iloc[0]
    assert line["n_with_direction"] == known["n"]
    assert line["p_two_sided"] == pytest.approx(known["p_two_sided"], abs=1e-6)
    if "wilson95" in known:
        assert [line["wilson_low"], line["wilson_high"]] == pytest.approx(known["wilson95"], abs=5e-4)


def test_boon_and_thomson_leave_the_conflicting_study_out_and_it_is_printed():
    """9 of 9 with one conflicting study: the denominator is 9, the tenth stands beside it."""
    line = said(benefit=9, mixed=1).iloc[0]
    assert (line["n_studies"], line["n_with_direction"], line["mixed"], line["n_without_direction"]) == (10, 9, 1, 1)
    assert line["p_two_sided"] == pytest.approx(0.00390625)
    assert line["without_direction_ids"] == "mixed0"


def test_no_difference_mixed_and_unclear_are_not_in_the_denominator():
    """They change nothing of the share, and each is counted beside it."""
    line = said(benefit=3, harm=1, none=5, mixed=2, unclear=4).iloc[0]
    assert (line["n_studies"], line["n_with_direction"], line["n_without_direction"]) == (15, 4, 11)
    assert [line[name] for name in DIRECTIONS] == [3, 5, 1, 2, 4]
    assert line["share"] == 0.75
    bare = said(benefit=3, harm=1).iloc[0]
    for name in ("share", "wilson_low", "wilson_high", "p_two_sided"):
        assert line[name] == bare[name]


def test_without_a_direction_nothing_is_estimable():
    """A cell of studies without a direction has no share, no interval and no p-value, and says so."""
    line = said(none=3).iloc[0]
    assert line[["share", "wilson_low", "wilson_high", "p_two_sided", "smallest_p"]].isna().all()
    assert line["note"] == "Not estimable: no study has a direction."


@pytest.mark.parametrize(("n", "smallest"), [(1, 1), (3, 0.25), (5, 0.0625), (6, 0.03125)])
def test_few_studies_cannot_reach_a_small_p(n, smallest):
    """Three studies that agree give 0.25 at best, and up to five the note says what the least is."""
    line = said(benefit=n).iloc[0]
    assert line["smallest_p"] == smallest
    assert ("cannot be below" in line["note"]) == (n <= 5)


def test_each_basis_is_counted_beside_all_evidence():
    """A study with both kinds of finding stands under both, and once under all, with its comparative direction."""
    table = findings(("S1", "none", None), ("S1", "benefit", None), ("S2", "benefit", None))
    table["contrast"] = pd.array(["vs placebo", "before-after", "before-after"], dtype="string")
    folded = fold(table, row=None)
    counted = vote_count(directions(folded, row=None), folded, row=None).set_index("basis")
    assert list(counted.index) == ["all", "comparative", "uncontrolled"]
    assert list(counted["benefit"]) == [1, 0, 2]
    assert list(counted["none"]) == [1, 1, 0]


@pytest.mark.parametrize("known", KNOWN["fisher_combination"], ids=lambda known: str(known["p"]))
def test_the_published_combinations_of_fisher(known):
    """Those of metap and others: one-sided p-values, through findings."""
    lines = [(f"S{place}", "benefit", p) for place, p in enumerate(known["p"])]
    line = combined(*lines, sides=1).cells.iloc[0]
    assert (line["n_entered"], line["fisher_df"]) == (len(known["p"]), known["df"])
    assert line["fisher_chi2"] == pytest.approx(known["chi2"], abs=1e-5)
    assert line["fisher_p"] == pytest.approx(known["P"], abs=1e-6)


def test_the_published_combination_of_stouffer():
    """PyMARE's z-values as two-sided p-values with their directions give its combined z."""
    known = KNOWN["stouffer"][0]
    lines = [
        (f"S{place}", "benefit" if z > 0 else "harm", math.erfc(abs(z) / math.sqrt(2)))
        for place, z in enumerate(known["z"])
    ]
    line = combined(*lines).cells.iloc[0]
    assert line["stouffer_z"] == pytest.approx(known["stouffer_z"], abs=1e-4)


@pytest.mark.parametrize(
    ("number", "bound", "direction", "p", "bounded"),
    [
        (0.04, "=", "benefit", 0.02, False),
        (0.04, "=", "harm", 0.98, False),
        (0.05, "<", "benefit", 0.025, True),
        (0.001, "<=", "harm", 0.9995, True),
        (1, "=", "benefit", 0.5, False),
    ],
)
def test_a_printed_p_becomes_one_sided_in_the_common_direction(number, bound, direction, p, bounded):
    """A two-sided p is halved on its own side; a bound enters as the bound and is marked."""
    taken = one_sided(number, bound, direction)
    assert taken.p == pytest.approx(p)
    assert taken.bounded is bounded


@pytest.mark.parametrize(
    ("number", "bound", "direction", "why"),
    [
        (None, None, "benefit", "no p-value"),
        (0.05, ">", "benefit", "only a lower bound is printed (>0.05)"),
        (0.3, "=", "none", "the direction of the effect is not known"),
        (0.3, "=", None, "the direction of the effect is not known"),
        (0.0, "=", "benefit", "0 is not a p-value above 0 and at most 1"),
        (1.2, "=", "benefit", "1.2 is not a p-value above 0 and at most 1"),
    ],
)
def test_what_cannot_enter_says_why(number, bound, direction, why):
    """Nothing is guessed of a value that is not there, has no direction, or is bounded from below."""
    assert one_sided(number, bound, direction) == vote_counting.OneSided(None, bounded=False, why=why)


def test_bounds_are_marked_and_what_did_not_enter_is_printed_beside():
    """<0.05 enters as 0.05 and is counted as a bound; the study with no direction stands among those left out."""
    found = combined(
        ("S1", "benefit", "<0.05"), ("S2", "benefit", "0.2"), ("S3", "none", "0.6"), ("S4", "benefit", None)
    )
    line = found.cells.iloc[0]
    assert (line["n_studies"], line["n_entered"], line["n_bounded"], line["n_not_entered"]) == (4, 2, 1, 2)
    assert (line["bounded_ids"], line["not_entered_ids"]) == ("S1", "S3; S4")
    assert line["fisher_chi2"] == pytest.approx(-2 * (math.log(0.025) + math.log(0.1)))
    assert list(found.entered["why"]) == [
        "printed as a bound, entered as 0.05", "", "the direction of the effect is not known", "no p-value",
    ]  # fmt: skip


def test_a_study_enters_once():
    """Of several p-values the largest one-sided enters, a primary one before others, or the study is left out."""
    lines = [("S1", "benefit", 0.01), ("S1", "benefit", 0.2), ("S2", "benefit", 0.1)]
    largest = combined(*lines)
    assert largest.entered["one_sided"].tolist() == pytest.approx([0.1, 0.05])
    assert largest.entered["finding_id"].tolist() == ["F002", "F003"]
    assert combined(*lines, several="left_out").cells.loc[0, "entered_ids"] == "S2"
    table = findings(*lines).assign(primary=pd.array(["yes", None, None], dtype="string"))
    assert combine_p_values(table, row=None).entered["finding_id"].tolist() == ["F001", "F003"]


def test_only_the_bases_asked_for_are_combined():
    """Before-after findings are not combined with comparative ones; on request they have a line of their own."""
    table = findings(("S1", "benefit", 0.01), ("S2", "benefit", 0.2))
    table["contrast"] = pd.array(["vs placebo", "before-after"], dtype="string")
    assert combine_p_values(table, row=None).cells["entered_ids"].tolist() == ["S1"]
    both = combine_p_values(table, row=None, only=("comparative", "uncontrolled"))
    assert both.cells["basis"].tolist() == ["comparative", "uncontrolled"]


def test_nothing_to_combine_is_not_estimable():
    """No usable p-value gives no number; one alone is not called a combination; empty frames give empty tables."""
    assert combined(("S1", "none", 0.5)).cells.loc[0, "note"].startswith("Not estimable")
    assert combined(("S1", "benefit", 0.5)).cells.loc[0, "note"].startswith("One study only")
    empty = combine_p_values(pd.DataFrame())
    assert empty.cells.empty and empty.entered.empty
    folded = fold(pd.DataFrame())
    assert vote_count(directions(folded), folded).empty
    with pytest.raises(DataError, match="towards 'none'"):
        combined(("S1", "benefit", 0.5), towards="none")


def test_towards_harm_mirrors_towards_benefit():
    """The two one-sided questions of one table have opposite z."""
    lines = [("S1", "benefit", 0.01), ("S2", "harm", 0.2), ("S3", "benefit", 0.5)]
    z = [combined(*lines, towards=side).cells.loc[0, "stouffer_z"] for side in ("benefit", "harm")]
    assert z[0] == pytest.approx(-z[1])


def test_what_swim_asks_is_said():
    """Nine items in order; what was used is named, what was not is not; the table says that precision is ignored."""
    table = swim(column_label="Outcome domain", combined=True, strata=["design"], analyses=["controlled studies only"])
    assert table["item"].tolist() == list(range(1, 10))
    words = " ".join(table["sentence"])
    for part in (
        "70 %",
        "Fisher",
        "ignores precision",
        "design",
        "controlled studies only",
        "condition and outcome domain",
    ):
        assert part in words, part
    assert "Fisher" not in " ".join(swim()["sentence"])
    assert "ignores precision" in vote_counting.CAVEAT


def test_swim_says_how_p_values_were_taken():
    """One-sided p-values are not halved, and the sentence does not say that they are; the findings are named."""
    words = " ".join(swim(combined=True, sides=1, only=["comparative", "other"])["sentence"])
    assert "halved" not in words
    assert "taken as one-sided" in words
    assert "P-values of comparative and other findings" in words
    assert "were halved" in " ".join(swim(combined=True)["sentence"])


def test_no_sentence_says_the_word():
    """Nothing that vote counting prints speaks of significance."""
    source = Path(vote_counting.__file__).read_text(encoding="utf-8")
    assert "significan" not in source.casefold()


@settings(max_examples=30, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["S1", "S2", "S3"]),
            st.sampled_from([*DIRECTIONS, None]),
            st.sampled_from([None, "0.2", "<0.05", ">0.05", "0.001", "0", "1"]),
        ),
        min_size=1,
        max_size=12,
    ),
    st.randoms(use_true_random=False),
)
def test_every_study_is_in_or_beside_and_order_is_nothing(lines, random):
    """Entered and not entered add up to the studies, as do with and without direction; shuffling changes nothing."""
    table = findings(*lines)
    found, folded = combine_p_values(table, row=None), fold(table, row=None)
    counted = vote_count(directions(folded, row=None), folded, row=None)
    assert (found.cells["n_entered"] + found.cells["n_not_entered"] == found.cells["n_studies"]).all()
    assert (counted["n_with_direction"] + counted["n_without_direction"] == counted["n_studies"]).all()
    assert counted.loc[0, "n_studies"] == len({line[0] for line in lines})
    order = list(range(len(lines)))
    random.shuffle(order)
    again = combine_p_values(table.iloc[order], row=None)
    pd.testing.assert_frame_equal(again.cells, found.cells)
    pd.testing.assert_frame_equal(again.entered, found.entered)
