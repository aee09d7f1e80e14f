"""The same counts within strata, and bands of a number or a range."""

import pandas as pd
import pytest
from example_review import frame, rows
from scopeline.charting import FieldSpec
from scopeline.strata import bands, stratified
from scopeline.synthesis import DIRECTIONS, directions, fold

DOSE = FieldSpec("dose_mg", "Dose", "range", unit="mg")
DESIGN = FieldSpec("design", "Design", "category", ("trial", "cohort"), {"trial": "Trial"})


def dosed(*ranges):
    """Studies with a dose as (low, high); None where it is not known."""
    table = pd.DataFrame(
        [(f"S{place}", *(ends or (None, None))) for place, ends in enumerate(ranges, 1)],
        columns=["study_id", "dose_mg_low", "dose_mg_high"],
    )
    why = ["NR" if ends is None else None for ends in ranges]
    return table.astype({"study_id": "string", "dose_mg_low": "Float64", "dose_mg_high": "Float64"}).assign(
        dose_mg__missing=pd.array(why, dtype="string")
    )


def test_a_band_begins_at_its_edge():
    """4.5 is in "4.5 and above" and 3 in "3 to below 4.5"; why a dose is missing goes along."""
    table, spec = bands(dosed((3, 3), (4.5, 4.5), (1, 1), None), DOSE, [3, 4.5])
    assert list(spec.order) == ["below 3 mg", "3 to below 4.5 mg", "4.5 mg and above"]
    assert table["dose_mg_band"].tolist()[:3] == ["3 to below 4.5 mg", "4.5 mg and above", "below 3 mg"]
    assert pd.isna(table["dose_mg_band"].iloc[3])
    assert table["dose_mg_band__missing"].iloc[3] == "NR"


@pytest.mark.parametrize(
    ("end", "expected"),
    [
        ("upper", "4.5 mg and above"),
        ("lower", "below 3 mg"),
        ("each", "below 3 mg; 3 to below 4.5 mg; 4.5 mg and above"),
    ],
)
def test_a_range_goes_by_the_end_that_is_named(end, expected):
    """A study of 1.5 to 4.5 mg has no single band, so the rule is chosen and stands in the title."""
    table, spec = bands(dosed((1.5, 4.5)), DOSE, [3, 4.5], end=end)
    assert table["dose_mg_band"].tolist() == [expected]
    assert spec.title != "Dose"
    assert spec.kind == ("multi" if end == "each" else "category")


@pytest.mark.parametrize("edges", [[], [3, 3], [4, 2]])
def test_edges_must_rise(edges):
    """No band is empty or turned round."""
    with pytest.raises(ValueError, match="rise"):
        bands(dosed((1, 1)), DOSE, edges)


def findings(*lines):
    table = pd.DataFrame([(f"F{place}", *line) for place, line in enumerate(lines)])
    table.columns = ["finding_id", "study_id", "condition", "outcome_domain", "direction"]
    return table.assign(contrast="vs placebo").astype("string")


def counted(table, studies, *strata, **how):
    folded = fold(table)
    return stratified(directions(folded), studies, folded, strata, **how)


def test_each_stratum_has_its_own_counts_and_its_own_size():
    """A study without a value stands under the words for why, and a stratum knows its studies without findings too."""
    table = findings(("S1", "a", "pain", "benefit"), ("S2", "a", "pain", "none"), ("S3", "b", "pain", "harm"))
    studies = pd.DataFrame({"study_id": ["S1", "S2", "S3", "S4"], "design": ["cohort", "trial", None, "trial"]})
    found = counted(table, studies.astype("string"), DESIGN)
    assert found[["category", "category_label", "n_in_stratum", "condition", "n_studies"]].to_numpy().tolist() == [
        ["trial", "Trial", 2, "a", 1],
        ["cohort", "cohort", 1, "a", 1],
        ["not charted yet", "not charted yet", 1, "b", 1],
    ]


def test_empty_cells_are_shown_on_request():
    """Every stratum then has every cell that the review has, with 0."""
    table = findings(("S1", "a", "pain", "benefit"), ("S2", "b", "sleep", "none"))
    studies = pd.DataFrame({"study_id": ["S1", "S2"], "design": ["trial", "cohort"]}, dtype="string")
    found = counted(table, studies, DESIGN, keep_empty=True, columns_order=["work"])
    assert len(found) == 2 * 2 * 3
    assert found["n_studies"].sum() == 2


def test_groups_of_values_are_strata_too():
    """Two designs of one group are one stratum."""
    table = findings(("S1", "a", "pain", "benefit"), ("S2", "a", "pain", "none"))
    studies = pd.DataFrame({"study_id": ["S1", "S2"], "design": ["trial", "crossover"]}, dtype="string")
    spec = FieldSpec("design", kind="category", groups={"trial": "randomised", "crossover": "randomised"}).grouped()
    found = counted(table, studies, spec)
    assert found[["category", "n_studies"]].to_numpy().tolist() == [["randomised", 2]]


def test_nothing_charted_gives_an_empty_table():
    """Empty frames have all columns and no row."""
    found = counted(pd.DataFrame(), pd.DataFrame(), DESIGN)
    assert found.empty
    assert list(found.columns[:6]) == [
        "stratum",
        "stratum_label",
        "category",
        "category_label",
        "n_in_stratum",
        "condition",
    ]


def test_the_examples_strata_add_up():
    """Controlled and uncontrolled studies of the example together are the whole table, cell by cell."""
    folded = fold(frame("findings"))
    found = stratified(
        directions(folded), frame("studies"), folded, [FieldSpec("controlled", kind="category", order=("yes", "no"))]
    )
    control = {line["study_id"]: line["controlled"] for line in rows("studies")}
    assert {(line.category, line.n_in_stratum) for line in found.itertuples()} == {("yes", 14), ("no", 37)}
    for line in found.itertuples():
        assert {control[study] for study in line.study_ids.split("; ")} == {line.category}
        assert sum(getattr(line, name) for name in DIRECTIONS) == line.n_studies
    cells = {(line["condition"], line["outcome_domain"]) for line in rows("findings") if ";" not in line["condition"]}
    assert cells <= set(zip(found["condition"], found["outcome_domain"], strict=True))
