"""Characteristics of the sources of evidence: studies per value, kinds of missing, summaries of numbers and ranges."""

from collections import Counter

import pandas as pd
import pytest
from example_review import frame, rows
from hypothesis import given, settings
from hypothesis import strategies as st
from scopeline.charting import FieldSpec, Gate, by_study, characteristics, cross, gates
from scopeline.codebook import FieldSpec as CodebookField
from scopeline.codebook import TableSpec

DESIGN = FieldSpec(
    "design", "Design", "category", ("trial", "cohort", "survey"), {"trial": "Trial", "cohort": "Cohort"}
)
CONDITION = FieldSpec("condition", "Condition", "multi")
SIZE = FieldSpec("n", "Participants", "integer")
DOSE = FieldSpec("dose_mg", "Dose", "range", unit="mg")


def studies(**columns):
    """A small typed frame of studies S1, S2, ..."""
    length = len(next(iter(columns.values())))
    data = {"study_id": pd.Series([f"S{number}" for number in range(1, length + 1)], dtype="string")}
    for name, values in columns.items():
        numeric = "Int64" if name == "n" else "Float64" if name.endswith(("_low", "_high")) else "string"
        data[name] = pd.Series(values, dtype=numeric)
    return pd.DataFrame(data)


def counts(table, value="category"):
    return dict(zip(table[value], table["n"], strict=True))


def test_categories_stand_in_the_codebooks_order_with_its_labels():
    """The codebook decides order and wording; a value it does not list comes after those it lists."""
    table = characteristics(studies(design=["cohort", "letter", "trial", "cohort"]), [DESIGN])
    assert list(table["category_label"]) == ["Trial", "Cohort", "letter"]
    assert list(table["n"]) == [1, 2, 1]
    assert list(table["study_ids"]) == ["S3", "S1; S4", "S2"]
    assert list(table["percent"]) == [25, 50, 25]


def test_categories_without_studies_are_kept_only_if_asked():
    """A codebook's value that no study has is shown on request, with its zero."""
    frame_ = studies(design=["trial"])
    assert list(characteristics(frame_, [DESIGN])["category"]) == ["trial"]
    kept = characteristics(frame_, [DESIGN], keep_empty=True)
    assert counts(kept) == {"trial": 1, "cohort": 0, "survey": 0}


def test_kinds_of_missing_stay_apart_and_close_the_field():
    """Not reported, not applicable, unclear and not charted are four rows, after the values, and nobody is dropped."""
    frame_ = studies(
        design=["trial", None, None, None, None, None],
        design__missing=[None, "blank", "NR", "NA", "UNCLEAR", "quarantined"],
    )
    table = characteristics(frame_, [DESIGN])
    assert list(table["category_label"]) == [
        "Trial", "not reported", "not applicable", "unclear", "not charted yet", "value set aside",
    ]  # fmt: skip
    assert list(table["missing"]) == [False, True, True, True, True, True]
    assert table["n"].sum() == 6


def test_a_value_called_unclear_is_not_the_missing_unclear():
    """A codebook may have a value `unclear`; it is told from UNCLEAR by the column `missing`."""
    table = characteristics(studies(design=["unclear", None], design__missing=[None, "UNCLEAR"]), [DESIGN])
    assert list(zip(table["category"], table["missing"], strict=True)) == [("unclear", False), ("unclear", True)]


def test_without_reasons_no_value_counts_as_not_charted():
    """A frame without `design__missing`, or without the column at all, is simply not charted yet."""
    assert counts(characteristics(studies(design=[None, "trial"]), [DESIGN])) == {"trial": 1, "not charted yet": 1}
    assert counts(characteristics(studies(n=[1, 2]), [DESIGN])) == {"not charted yet": 2}


def test_a_study_counts_once_for_each_of_its_values():
    """Multi-valued fields say so, and their denominator stays the number of studies."""
    table = characteristics(studies(condition=["a; b", "b; b", "c"]), [CONDITION])
    assert counts(table) == {"b": 2, "a": 1, "c": 1}
    assert set(table["denominator"]) == {3}
    assert table["multi"].all()


def test_numbers_are_summarised_by_median_and_range():
    """Median, quartiles and extremes of the studies that give a number; the others are counted as missing."""
    table = characteristics(studies(n=[1, 2, 3, 4, 5, None]), [SIZE])
    assert table.loc[0, "summary"] == "3 (IQR 2 to 4; range 1 to 5)"
    assert list(table["n"]) == [5, 1]
    assert characteristics(studies(n=[7]), [SIZE]).loc[0, "summary"] == "7"
    assert characteristics(studies(n=[None]), [SIZE]).loc[0, "summary"] == ""


def test_ranges_keep_their_two_ends():
    """A study that gives 3-4.5 has no single value, so lower and upper ends are told apart."""
    frame_ = studies(dose_mg=["3-4.5", "4.5"], dose_mg_low=[3, 4.5], dose_mg_high=[4.5, 4.5])
    summary = characteristics(frame_, [DOSE]).loc[0, "summary"]
    assert summary.startswith("lower end 3.75 (")
    assert "upper end 4.5 (" in summary
    assert summary.endswith("given as a range in 1")
    single = studies(dose_mg=["3", "4.5"], dose_mg_low=[3, 4.5], dose_mg_high=[3, 4.5])
    assert characteristics(single, [DOSE]).loc[0, "summary"].startswith("3.75 (IQR")


def test_dates_are_summarised_by_first_and_last():
    """Partial dates of ISO 8601 sort as text."""
    table = characteristics(studies(begun=["2024-05", "2023", "2024-05-31"]), [FieldSpec("begun", kind="date")])
    assert table.loc[0, "summary"] == "2023 to 2024-05-31"


def test_no_studies_give_an_empty_table_with_all_columns():
    """An empty review does not fail."""
    table = characteristics(pd.DataFrame(), [DESIGN, CONDITION])
    assert table.empty
    assert {"field", "n", "study_ids"} <= set(table.columns)
    kept = characteristics(pd.DataFrame(), [DESIGN, SIZE], keep_empty=True)
    assert kept["percent"].isna().all()
    assert list(by_study(pd.DataFrame(), [DESIGN]).columns) == ["Study", "Design"]


def test_the_table_by_study_has_one_row_a_study():
    """Labels are headers, numbers stay numbers, and a cell without a value says why."""
    frame_ = studies(design=["trial", None], design__missing=[None, "NR"], n=[12, None], condition=["b; a", "c"])
    table = by_study(frame_.iloc[::-1], [DESIGN, SIZE, CONDITION, FieldSpec("dose_mg", "Dose", "range", unit="mg")])
    assert list(table.columns) == ["Study", "Design", "Participants", "Condition", "Dose (mg)"]
    assert table.iloc[0].tolist() == ["S1", "Trial", 12, "b; a", "not charted yet"]
    assert table.iloc[1].tolist() == ["S2", "not reported", "not charted yet", "c", "not charted yet"]


def test_a_field_is_taken_from_the_codebook():
    """Kind, order, labels and unit come from the codebook's definition."""
    item = CodebookField.model_validate(
        {"name": "design", "title": "Design", "values": [{"value": "rct", "label": "Randomised trial"}, "cohort"]}
    )
    spec = FieldSpec.of(item)
    assert (spec.kind, tuple(spec.order), spec.labels["rct"]) == ("category", ("rct", "cohort"), "Randomised trial")
    assert FieldSpec.of(CodebookField(name="dose", kind="range", unit="mg")).kind == "range"


def test_years_are_told_from_first_to_last():
    """A field of years has no interquartile range of interest: first, last and the median."""
    assert FieldSpec.of(CodebookField(name="year", type="year")).kind == "year"
    table = characteristics(studies(n=[2006, 2024, 2019]), [FieldSpec("n", "Year", "year")])
    assert table.loc[0, "summary"] == "2006 to 2024 (median 2019)"


GATED = FieldSpec("design", "Design", "category", gates=[Gate({"controlled": ["no"]}, "Controlled is No")])


def test_a_gate_takes_studies_out_of_the_denominator():
    """A comparator is asked of controlled studies only: what is not asked is neither missing nor in the denominator."""
    table = characteristics(
        studies(design=["placebo", None, None, "x"], controlled=["yes", "yes", "no", "no"]), [GATED]
    )
    assert table[["category_label", "n", "denominator", "missing"]].to_numpy().tolist() == [
        ["placebo", 1, 2, False], ["not charted yet", 1, 2, True], ["not asked: Controlled is No", 2, 4, True],
    ]  # fmt: skip
    assert table["percent"].tolist() == [50, 50, 50]


@pytest.mark.parametrize(
    ("words", "asked"), [(["present"], 2), (["absent"], 2), (["NR"], 2), (["NR", "absent"], 1), (["yes", "NR"], 1)]
)
def test_a_gate_knows_the_words_of_the_codebooks_rules(words, asked):
    """`present`, `absent` and the codes for missing shut a gate as values do."""
    table = studies(design=["a", "b", "c"], controlled=["yes", None, None], controlled__missing=[None, "NR", "blank"])
    spec = FieldSpec("design", kind="category", gates=[Gate({"controlled": words})])
    found = characteristics(table, [spec])
    assert found.loc[~found["missing"], "n"].sum() == asked


def test_gates_come_from_the_codebooks_rules():
    """Where a rule forbids a field it is not asked; a rule that names the field itself tells a contradiction."""
    table = TableSpec.model_validate(
        {
            "name": "studies",
            "schema": {
                "fields": [
                    {"name": "controlled", "values": [{"value": "no", "label": "Not controlled"}, "yes"]},
                    {"name": "comparator"},
                ]
            },
            "rules": [
                {"id": "one", "when": {"controlled": "no"}, "forbid": ["comparator"]},
                {"id": "two", "when": {"controlled": "yes", "comparator": "none"}, "forbid": ["comparator"]},
                {"id": "three", "when": {"controlled": "yes"}, "require": ["comparator"]},
            ],
        }
    )
    found = gates(table)
    assert list(found) == ["comparator"]
    assert [gate.said for gate in found["comparator"]] == ["not asked: Controlled is Not controlled"]


GROUPED = FieldSpec(
    "design", "Design", "category", ("rct", "crossover", "cohort"), groups={"rct": "trial", "crossover": "trial"}
)


def test_values_are_put_together_under_their_group():
    """By group a study counts once; by value each row names its group; a value without a group stands for itself."""
    table = studies(design=["crossover", "rct", "cohort", "rct"])
    assert counts(characteristics(table, [GROUPED.grouped()])) == {"trial": 3, "cohort": 1}
    assert characteristics(table, [GROUPED])["group"].tolist()[:2] == ["trial", "trial"]
    both = FieldSpec("condition", kind="multi", groups={"a": "x", "b": "x"}).grouped()
    assert counts(characteristics(studies(condition=["a; b", "c"]), [both])) == {"x": 1, "c": 1}


def test_a_cross_has_every_value_within_every_value():
    """Design by country: each country is its own denominator, and a pair that no study has is there with 0."""
    table = studies(design=["trial", "cohort", "trial"], country=["Iran", "Iran", None])
    found = cross(table, [DESIGN], FieldSpec("country", "Country", "category"))
    assert found[["by_category", "category", "n", "denominator"]].to_numpy().tolist() == [
        ["Iran", "trial", 1, 2], ["Iran", "cohort", 1, 2],
        ["not charted yet", "trial", 1, 1], ["not charted yet", "cohort", 0, 1],
    ]  # fmt: skip
    assert found["by_missing"].tolist() == [False, False, True, True]


def test_a_cross_summarises_numbers_within_each_value():
    """The median of each stratum is its own; a number cannot be the stratum itself."""
    table = studies(n=[10, 20, 40], country=["Iran", "Iran", "Spain"])
    found = cross(table, [SIZE], FieldSpec("country", kind="category"))
    assert found["summary"].tolist() == ["15 (IQR 12.5 to 17.5; range 10 to 20)", "40"]
    with pytest.raises(ValueError, match="bands"):
        cross(table, [DESIGN], SIZE)
    assert cross(pd.DataFrame(), [DESIGN], GROUPED).empty


def test_the_examples_cross_is_that_of_plain_python():
    """Design by controlled in the example, counted here with a Counter over its rows."""
    expected = Counter((line["controlled"], line["design"]) for line in rows("studies"))
    found = cross(frame("studies"), [FieldSpec("design", kind="category")], FieldSpec("controlled", kind="category"))
    told = {(line.by_category, line.category): line.n for line in found.itertuples()}
    assert {key: n for key, n in told.items() if n} == dict(expected)
    assert len(told) == 2 * len({design for _, design in expected})


@pytest.mark.parametrize("field", ["design", "controlled", "condition", "age_group"])
def test_the_examples_counts_are_those_of_plain_python(field):
    """The example's categories, counted here with a Counter over its cells."""
    expected = Counter()
    for line in rows("studies"):
        cell = {"": "not charted yet", "NR": "not reported"}.get(line[field], line[field])
        expected.update(set(cell.split("; ")))
    spec = FieldSpec(field, kind="multi" if field == "condition" else "category")
    assert counts(characteristics(frame("studies"), [spec])) == dict(expected)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(["trial", "cohort", None]), st.sampled_from(["blank", "NR", "NA", "UNCLEAR"])),
        max_size=12,
    ),
    st.randoms(use_true_random=False),
)
def test_every_study_is_counted_once_whatever_the_order(cells, random):
    """The rows of a single-valued field add up to all studies, and row order changes nothing."""
    if not cells:
        return
    frame_ = studies(
        design=[value for value, _ in cells], design__missing=[None if value else why for value, why in cells]
    )
    table = characteristics(frame_, [DESIGN])
    assert table["n"].sum() == len(cells)
    order = list(range(len(cells)))
    random.shuffle(order)
    pd.testing.assert_frame_equal(characteristics(frame_.iloc[order], [DESIGN]), table)
