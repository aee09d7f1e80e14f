"""Findings folded to one direction a study, and studies counted by condition × outcome domain."""

from collections import defaultdict

import pandas as pd
import pytest
from example_review import frame, rows
from hypothesis import given, settings
from hypothesis import strategies as st
from scopeline.errors import ConfigurationError, DataError
from scopeline.participants import Counting
from scopeline.synthesis import BASES, DIRECTIONS, directions, fold, grid, tally, totals, unplaced, with_study_fields

COLUMNS = ["finding_id", "study_id", "condition", "outcome_domain", "contrast", "direction"]


def findings(*lines):
    """Findings as (study, condition, domain, contrast, direction)."""
    return pd.DataFrame([(f"F{number:03d}", *line) for number, line in enumerate(lines, 1)], columns=COLUMNS).astype(
        "string"
    )


def of_one_study(*said, contrast="vs placebo"):
    """Findings of one study in one cell."""
    return findings(*(("S1", "pain syndrome", "pain", contrast, direction) for direction in said))


def reviewed(table, studies=None, **order):
    """The tally of findings by the usual way: fold, one direction a study, count."""
    folded = fold(table)
    spoken = directions(folded)
    return tally(spoken, pd.DataFrame() if studies is None else studies, folded, **order)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (["benefit"] * 7 + ["none"] * 3, "benefit"),
        (["benefit"] * 2 + ["none"], "mixed"),
        (["harm"], "harm"),
        (["none"] * 7 + ["benefit", "harm", "mixed"], "none"),
        (["benefit"] * 6 + ["none"] * 4, "mixed"),
        (["benefit", "mixed"], "mixed"),
        (["mixed"], "mixed"),
        (["unclear", "unclear"], "unclear"),
        (["benefit", "unclear", "unclear", "unclear"], "benefit"),
        (["benefit"] * 14 + ["harm"] * 6, "benefit"),
        (["benefit"] * 69 + ["none"] * 31, "mixed"),
    ],
)
def test_seventy_percent_make_a_direction(said, expected):
    """7 of 10 counts, 2 of 3 does not, 1 of 1 counts; mixed counts in the whole, unclear does not."""
    folded = fold(of_one_study(*said))
    assert list(folded["direction"]) == [expected]
    assert folded.loc[0, "n_findings"] == len(said)


def test_the_share_is_that_of_the_leading_side():
    """The share is among findings that are not unclear; it is missing where all are, and 0 where all are mixed."""
    assert fold(of_one_study("benefit", "benefit", "none", "unclear")).loc[0, "share"] == pytest.approx(2 / 3)
    assert fold(of_one_study("unclear"))["share"].isna().all()
    assert fold(of_one_study("mixed")).loc[0, "share"] == 0


def test_the_counts_and_members_of_a_fold_are_listed():
    """Each direction's findings are counted, and the findings are named."""
    line = fold(of_one_study("benefit", "none", "mixed")).iloc[0]
    assert [line[name] for name in DIRECTIONS] == [1, 1, 0, 1, 0]
    assert line["finding_ids"] == "F001; F002; F003"


@pytest.mark.parametrize("majority", [0.5, 0, 1.1, -1])
def test_a_majority_that_two_sides_could_have_is_refused(majority):
    """At one half or less benefit and harm could both lead."""
    with pytest.raises(ValueError, match="majority"):
        fold(of_one_study("benefit"), majority=majority)


@pytest.mark.parametrize("percent", [51, 55, 57, 58, 60, 70, 83, 90, 100])
def test_the_threshold_is_exact(percent):
    """As many findings in a hundred as the majority asks count, although no float is that share exactly."""
    said = ["benefit"] * percent + ["none"] * (100 - percent)
    assert list(fold(of_one_study(*said), majority=percent / 100)["direction"]) == ["benefit"]
    assert list(fold(of_one_study(*said[1:], "none"), majority=percent / 100)["direction"]) == ["mixed"]


def test_a_value_written_twice_counts_once():
    """A condition named twice in one cell does not double the finding."""
    table = findings(("S1", "a; a", "pain", "vs placebo", "none"))
    assert list(fold(table)["n_findings"]) == [1]


def test_unanimity_can_be_asked():
    """With a majority of 1 one dissent makes a study mixed."""
    assert list(fold(of_one_study(*["benefit"] * 9, "none"), majority=1.0)["direction"]) == ["mixed"]


def test_comparative_and_uncontrolled_findings_are_folded_apart():
    """A benefit before and after does not outvote no difference against placebo."""
    table = findings(
        ("S1", "c", "pain", "before-after", "benefit"),
        ("S1", "c", "pain", "vs placebo", "none"),
        ("S1", "c", "pain", "subgroup", "harm"),
    )
    folded = fold(table)
    assert dict(zip(folded["basis"], folded["direction"], strict=True)) == {
        "comparative": "none", "uncontrolled": "benefit", "other": "harm",
    }  # fmt: skip
    spoken = directions(folded)
    assert list(zip(spoken["basis"], spoken["direction"], strict=True)) == [("comparative", "none")]


def test_uncontrolled_findings_speak_where_nothing_compares():
    """Without comparative findings the uncontrolled ones speak, and the basis says so."""
    table = findings(("S1", "c", "pain", "dose-finding", "harm"), ("S1", "c", "pain", "single case", "benefit"))
    spoken = directions(fold(table))
    assert list(zip(spoken["basis"], spoken["direction"], strict=True)) == [("uncontrolled", "benefit")]


def test_a_finding_counts_in_each_of_its_conditions():
    """A multi-valued condition puts the study in several cells, and the total counts it once."""
    table = findings(("S1", "a; b", "pain", "vs placebo", "benefit"), ("S2", "b", "pain", "vs placebo", "none"))
    counted = reviewed(table)
    assert dict(zip(counted["condition"], counted["n_studies"], strict=True)) == {"a": 1, "b": 2}
    matrix = grid(directions(fold(table)))
    assert matrix.set_index("condition")["Total"].to_dict() == {"a": 1, "b": 2, "Total": 2}


def test_participants_count_each_study_once_and_know_what_they_do_not_know():
    """Two findings of a study do not double its people; a study without a number is not a zero."""
    table = findings(
        ("S1", "a", "pain", "vs placebo", "benefit"), ("S1", "a", "pain", "before-after", "benefit"),
        ("S2", "a", "pain", "vs placebo", "none"), ("S3", "b", "pain", "single case", "benefit"),
    )  # fmt: skip
    studies = pd.DataFrame(
        {
            "study_id": ["S1", "S2", "S3"],
            "n": pd.array([40, None, None], dtype="Int64"),
            "controlled": ["yes", None, "no"],
        }
    )
    counted = reviewed(table, studies).set_index("condition")
    assert counted.loc["a", ["n_studies", "n_participants", "n_participants_known", "n_controlled"]].tolist() == [
        2,
        40,
        1,
        1,
    ]
    assert pd.isna(counted.loc["b", "n_participants"])
    assert counted.loc["b", ["n_participants_known", "n_controlled"]].tolist() == [0, 0]


def test_every_number_lists_its_members():
    """Each count has a column of ids with as many members."""
    table = findings(
        ("S2", "a", "pain", "vs placebo", "benefit"), ("S1", "a", "pain", "before-after", "benefit"),
        ("S3", "a", "pain", "vs placebo", "none"), ("S1", "a", "pain", "vs placebo", "mixed"),
    )  # fmt: skip
    line = reviewed(table).iloc[0]
    assert line["study_ids"] == "S1; S2; S3"
    assert (line["benefit_ids"], line["mixed_ids"], line["harm_ids"]) == ("S2", "S1", "")
    assert (line["comparative_studies_ids"], line["uncontrolled_benefit_ids"]) == ("S1; S2; S3", "S1")
    for name in line.index:
        if f"{name}_ids" in line.index:
            assert line[name] == len([part for part in line[f"{name}_ids"].split("; ") if part]), name


def test_rows_follow_the_codebooks_order_and_gaps_stand_in_the_grid():
    """The grid keeps listed values without any study; the long form has only cells with evidence."""
    table = findings(("S1", "b", "sleep", "vs placebo", "none"), ("S1", "a", "pain", "vs placebo", "none"))
    order = {"rows_order": ["b", "a", "z"], "columns_order": ["work", "sleep", "pain"]}
    assert list(reviewed(table, **order)["condition"]) == ["b", "a"]
    matrix = grid(directions(fold(table)), **order)
    assert list(matrix.columns) == ["condition", "work", "sleep", "pain", "Total"]
    assert matrix.to_numpy().tolist() == [
        ["b", 0, 1, 0, 1], ["a", 0, 0, 1, 1], ["z", 0, 0, 0, 0], ["Total", 0, 1, 1, 1],
    ]  # fmt: skip


def test_what_is_not_charted_is_a_place_of_its_own():
    """A finding without a condition stands at the end under the words for why, and is not dropped."""
    table = findings(("S1", None, "pain", "vs placebo", "none"), ("S2", "z", "pain", "vs placebo", "none"))
    table["condition__missing"] = pd.array(["NR", None], dtype="string")
    assert list(reviewed(table)["condition"]) == ["z", "not reported"]
    assert list(reviewed(table.drop(columns="condition__missing"))["condition"]) == ["z", "not charted yet"]


def test_a_finding_without_direction_is_unclear_and_said_to_be_so():
    """It counts for nothing, and `n_without_direction` tells it from a finding charted as unclear."""
    line = fold(of_one_study(None, "unclear")).iloc[0]
    assert (line["direction"], line["unclear"], line["n_without_direction"]) == ("unclear", 2, 1)


def test_a_finding_without_study_is_named():
    """It belongs to no study, so no fold counts it, and `unplaced` names it."""
    table = findings((None, "a", "pain", "vs placebo", "none"), ("S1", "a", "pain", "vs placebo", "none"))
    assert unplaced(table) == ["F001"]
    assert list(fold(table)["study_id"]) == ["S1"]


def test_wrong_columns_and_directions_are_told_in_a_sentence():
    """A missing axis is a fault of the configuration, an unknown direction one of the data."""
    with pytest.raises(ConfigurationError, match="outcome_domain"):
        fold(of_one_study("none").drop(columns="outcome_domain"))
    with pytest.raises(DataError, match="'better' is not a direction"):
        fold(of_one_study("better"))
    with pytest.raises(ValueError, match="same field twice"):
        fold(of_one_study("none"), row="condition", column="condition")


def test_nothing_charted_gives_empty_tables():
    """Empty frames, even without columns, give empty tables with all their columns."""
    folded = fold(pd.DataFrame())
    spoken = directions(folded)
    counted = tally(spoken, pd.DataFrame(), folded)
    assert folded.empty
    assert counted.empty
    assert list(counted.columns[:5]) == ["condition", "outcome_domain", "n_studies", "n_controlled", "n_participants"]
    assert grid(spoken, columns_order=["pain"]).to_numpy().tolist() == [["Total", 0, 0]]


def test_any_field_can_be_an_axis():
    """A field of studies beside the findings makes rows; one axis alone folds over all conditions."""
    table = findings(("S1", "a; b", "pain", "vs placebo", "none"), ("S2", "a", "pain", "vs placebo", "benefit"))
    studies = pd.DataFrame(
        {"study_id": ["S2", "S1"], "design": ["trial", "cohort"], "condition": ["x", "x"]}, dtype="string"
    )
    joined = with_study_fields(table, studies, ["design", "condition", "nothing"])
    assert list(joined["condition"]) == ["a; b", "a"]
    spoken = directions(fold(joined, row="design"), row="design")
    assert grid(spoken, row="design").to_numpy().tolist() == [["cohort", 1, 1], ["trial", 1, 1], ["Total", 2, 2]]
    alone = fold(table, row=None)
    assert list(tally(directions(alone, row=None), studies, alone, row=None)["n_studies"]) == [2]


def test_the_contract_of_condition_by_domain():
    """The first columns of condition_by_domain.csv keep their names and order."""
    assert list(reviewed(of_one_study("none")).columns[:11]) == [
        "condition", "outcome_domain", "n_studies", "n_controlled", "n_participants", "benefit", "none", "harm",
        "mixed", "unclear", "study_ids",
    ]  # fmt: skip


def plain_direction(said):
    """The rule in whole numbers, with no code of the library."""
    clear = [word for word in said if word != "unclear"]
    if not clear:
        return "unclear"
    for side in ("benefit", "none", "harm"):
        if 10 * clear.count(side) >= 7 * len(clear):
            return side
    return "mixed"


def plain_basis(contrast):
    if contrast in ("vs placebo", "vs active comparator"):
        return "comparative"
    return "uncontrolled" if contrast in ("before-after", "single case") else "other"


def test_the_examples_tally_is_that_of_plain_python():
    """condition_by_domain of the example, cell by cell, counted here with dictionaries."""
    study = {line["study_id"]: line for line in rows("studies")}
    cells = defaultdict(lambda: defaultdict(lambda: defaultdict(list)))
    for line in rows("findings"):
        for condition in line["condition"].split("; "):
            basis = plain_basis(line["contrast"])
            cells[condition, line["outcome_domain"]][line["study_id"]][basis].append(line["direction"])
    expected = {}
    for place, by_study in cells.items():
        spoken = []
        for by_basis in by_study.values():
            first = next(basis for basis in ("comparative", "uncontrolled", "other") if basis in by_basis)
            spoken.append(plain_direction(by_basis[first]))
        people = sum(int(study[name]["n"]) for name in by_study)
        controlled = sum(study[name]["controlled"] == "yes" for name in by_study)
        expected[place] = (
            len(by_study), controlled, people,
            *(spoken.count(name) for name in DIRECTIONS), "; ".join(sorted(by_study)),
        )  # fmt: skip
    table = reviewed(frame("findings"), frame("studies"))
    found = {tuple(line[:2]): tuple(line[2:11]) for line in table.itertuples(index=False)}
    assert found == expected


@pytest.mark.parametrize(
    ("domain", "basis", "expected"),
    [
        ("pain", "comparative", {"studies": 9, "benefit": 3, "none": 5, "mixed": 1}),
        ("pain", "uncontrolled", {"studies": 18, "benefit": 14, "mixed": 4}),
        ("function", "comparative", {"studies": 3, "none": 3}),
        ("function", "uncontrolled", {"studies": 6, "benefit": 6}),
        ("symptom severity", "comparative", {"studies": 5, "benefit": 3, "none": 2}),
        ("symptom severity", "uncontrolled", {"studies": 25, "benefit": 18, "mixed": 6, "unclear": 1}),
        ("mood", "comparative", {"studies": 5, "benefit": 2, "none": 3}),
        ("mood", "uncontrolled", {"studies": 4, "benefit": 2, "mixed": 1, "none": 1}),
        ("fatigue", "comparative", {"studies": 4, "benefit": 1, "none": 3}),
        ("endoscopic appearance", "uncontrolled", {"studies": 2, "benefit": 2}),
    ],
)
def test_the_examples_domains_by_basis(domain, basis, expected):
    """The figures that the example's authors counted by hand, comparative and uncontrolled apart."""
    folded = fold(frame("findings"), row=None)
    table = tally(directions(folded, row=None), frame("studies"), folded, row=None).set_index("outcome_domain")
    for name in ("studies", *DIRECTIONS):
        assert table.loc[domain, f"{basis}_{name}"] == expected.get(name, 0), name


def test_the_fold_is_stated_and_traced():
    """Each direction says the rule in words, and names its findings and, where they are known, their cells."""
    table = of_one_study("benefit", "none", "benefit").assign(_cell=["raw/c.xlsx › f!H2", "raw/c.xlsx › f!H3", None])
    line = fold(table).iloc[0]
    assert line["why"] == "benefit in 2 of 3 that are not unclear: below 70 %"
    assert (line["finding_ids"], line["finding_cells"]) == ("F001; F002; F003", "raw/c.xlsx › f!H2; raw/c.xlsx › f!H3")
    assert fold(of_one_study("none")).loc[0, "why"] == "none in 1 of 1 that are not unclear: at least 70 %"
    assert fold(of_one_study("mixed")).loc[0, "why"] == "no side in 1 that are not unclear: below 70 %"
    assert fold(of_one_study("unclear")).loc[0, "why"] == "no finding has a clear direction"


def test_empty_cells_can_be_shown_in_the_long_form():
    """Every pair of values, listed or seen, has a row; no study is 0, and people are not known."""
    table = findings(("S1", "a", "pain", "vs placebo", "none"), ("S2", "b", "sleep", "vs placebo", "none"))
    counted = reviewed(table, columns_order=["work"], keep_empty=True)
    assert len(counted) == 6
    assert counted["n_studies"].tolist() == [0, 1, 0, 0, 0, 1]
    assert counted.loc[0, "study_ids"] == ""


def test_the_rule_for_participants_is_printed_with_the_number():
    """A crossover trial counts by the rule that is named in the row."""
    studies = pd.DataFrame({"study_id": ["S1"], "design": ["crossover"], "n": [10]})
    counted = reviewed(of_one_study("none"), studies)
    assert counted.loc[0, ["n_participants", "participants_rule"]].tolist() == [10, "people"]
    counted = reviewed(of_one_study("none"), studies, counting=Counting("periods"))
    assert counted.loc[0, ["n_participants", "participants_rule"]].tolist() == [20, "periods"]


def test_totals_count_each_study_and_its_people_once():
    """A study in two cells of a row is one study in the row's total."""
    table = findings(
        ("S1", "a", "pain", "vs placebo", "none"), ("S1", "a", "sleep", "vs placebo", "none"),
        ("S2", "a; b", "pain", "vs placebo", "none"),
    )  # fmt: skip
    studies = pd.DataFrame({"study_id": ["S1", "S2"], "n": [10, 5], "controlled": ["yes", "no"]})
    found = totals(directions(fold(table)), studies, rows_order=["b"])
    assert found.iloc[:, :5].to_numpy().tolist() == [
        ["b", "Total", 1, 0, 5], ["a", "Total", 2, 1, 15], ["Total", "pain", 2, 1, 15],
        ["Total", "sleep", 1, 1, 10], ["Total", "Total", 2, 1, 15],
    ]  # fmt: skip
    assert totals(directions(fold(pd.DataFrame())), pd.DataFrame())["n_studies"].tolist() == [0]


def test_the_examples_totals_are_those_of_plain_python():
    """Rows, columns and the whole of the example's table, with sets of study IDs."""
    people = {line["study_id"]: int(line["n"]) for line in rows("studies")}
    members = defaultdict(set)
    for line in rows("findings"):
        for condition in line["condition"].split("; "):
            for key in ((condition, "Total"), ("Total", line["outcome_domain"]), ("Total", "Total")):
                members[key].add(line["study_id"])
    found = totals(directions(fold(frame("findings"))), frame("studies"))
    told = {tuple(line[:2]): (line[2], line[4], line[5]) for line in found.itertuples(index=False)}
    assert told == {
        key: (len(ids), sum(people[name] for name in ids), "; ".join(sorted(ids))) for key, ids in members.items()
    }


def test_two_thousand_studies_are_folded_and_counted_quickly():
    """Forty thousand findings are counted in well under two seconds, even on a busy machine."""
    from time import process_time

    said = ("benefit", "none", "harm", "mixed", "unclear")
    table = findings(
        *((f"S{n // 20}", "a; b" if n % 3 else "c", f"d{n % 7}", "vs placebo", said[n * 7 % 5]) for n in range(40_000))
    )
    begun = process_time()
    folded = fold(table)
    spoken = directions(folded)
    counted = tally(spoken, pd.DataFrame(), folded)
    grid(spoken)
    assert process_time() - begun < 2
    assert counted["n_studies"].max() == 2000


CELLS = st.tuples(
    st.sampled_from(["S1", "S2", "S3", "S4"]),
    st.sampled_from(["a", "b", "a; b", "c; a"]),
    st.sampled_from(["pain", "sleep"]),
    st.sampled_from([*(word for words in BASES.values() for word in words), "subgroup", None]),
    st.sampled_from([*DIRECTIONS, None]),
)


@settings(max_examples=25, deadline=None)
@given(st.lists(CELLS, min_size=1, max_size=25), st.randoms(use_true_random=False))
def test_directions_add_up_and_order_is_nothing(lines, random):
    """The five directions add up to the studies; totals count a study once; shuffled rows give the same table."""
    table = findings(*lines)
    folded = fold(table)
    spoken = directions(folded)
    counted = tally(spoken, pd.DataFrame(), folded)
    assert (counted[list(DIRECTIONS)].sum(axis=1) == counted["n_studies"]).all()
    for basis in (*BASES, "other"):
        assert (counted[[f"{basis}_{name}" for name in DIRECTIONS]].sum(axis=1) == counted[f"{basis}_studies"]).all()
    assert not spoken.duplicated(["study_id", "condition", "outcome_domain"]).any()
    matrix = grid(spoken).set_index("condition")
    assert matrix.loc["Total", "Total"] == len({line[0] for line in lines})
    assert (matrix["Total"] <= matrix.drop(columns="Total").sum(axis=1)).all()
    summed = totals(spoken, pd.DataFrame())
    in_rows = summed[summed["outcome_domain"] == "Total"].set_index("condition")["n_studies"]
    assert in_rows.to_dict() == matrix["Total"].to_dict()
    order = list(range(len(lines)))
    random.shuffle(order)
    shuffled = fold(table.iloc[order])
    pd.testing.assert_frame_equal(shuffled, folded)
    pd.testing.assert_frame_equal(tally(directions(shuffled), pd.DataFrame(), shuffled), counted)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(DIRECTIONS), min_size=1, max_size=40))
def test_the_fold_is_the_rule_in_whole_numbers(said):
    """The library's fold is the rule told in integers, at every number of findings."""
    assert list(fold(of_one_study(*said))["direction"]) == [plain_direction(said)]


def test_what_nobody_charted_is_not_a_zero():
    """Without the field that tells which studies are controlled their number is missing; with it, it may be 0."""
    findings = pd.DataFrame(
        {
            "finding_id": ["F1"],
            "study_id": ["S1"],
            "condition": ["a"],
            "outcome_domain": ["pain"],
            "contrast": ["before-after"],
            "direction": ["benefit"],
        },
        dtype="string",
    )
    studies = pd.DataFrame({"study_id": ["S1"]}, dtype="string")
    folded = fold(findings)
    for table in (tally(directions(folded), studies, folded), totals(directions(folded), studies)):
        assert table["n_controlled"].isna().all()
        assert set(table["n_controlled_ids"]) == {""}
    charted = studies.assign(controlled=pd.array(["no"], dtype="string"))
    assert tally(directions(folded), charted, folded)["n_controlled"].tolist() == [0]
