"""Several reports of one study become one row before anything is counted."""

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st
from scopeline.charting import FieldSpec, by_study, characteristics
from scopeline.study_rows import differences, one_per_study


def reports(**columns):
    """Two reports, R1 and R2, of the study S1, and a study S2 with one."""
    table = {"study_id": ["S1", "S1", "S2"], "report_id": ["R1", "R2", "R3"], **columns}
    return pd.DataFrame(table).astype({name: "Int64" if name == "n" else "string" for name in table})


def test_equal_values_pass_and_a_gap_is_filled():
    """What one report gives and the other does not is the study's value; why it was missing is forgotten."""
    table = reports(
        country=["Norway", "Norway", "Iran"], n=[None, 12, 4], n__missing=["NR", None, None], design=["a", None, "b"]
    )
    folded = one_per_study(table).set_index("study_id")
    assert folded.loc["S1", ["country", "design"]].tolist() == ["Norway", "a"]
    assert folded.loc["S1", "n"] == 12
    assert pd.isna(folded.loc["S1", "n__missing"])


def test_values_that_differ_are_nobodys_guess():
    """Without a main report the value is missing and the reason is a conflict, not whichever stands first."""
    folded = one_per_study(reports(n=[30, 12, 4])).set_index("study_id")
    assert pd.isna(folded.loc["S1", "n"])
    assert folded.loc["S1", "n__missing"] == "conflict"


def test_the_main_report_speaks_where_reports_differ():
    """The report that is no companion has the word."""
    folded = one_per_study(reports(n=[30, 12, 4]), companions={"R1"}).set_index("study_id")
    assert folded.loc["S1", "n"] == 12


def test_values_of_a_multi_valued_field_are_joined():
    """Each report's conditions are the study's."""
    folded = one_per_study(reports(condition=["b; a", "c", "x"]), multi=["condition"]).set_index("study_id")
    assert folded.loc["S1", "condition"] == "a; b; c"


def test_the_reason_that_tells_most_stands():
    """Not reported in one report and not charted in the other is not reported."""
    table = reports(design=[None, None, "b"], design__missing=["blank", "NR", None])
    assert one_per_study(table).set_index("study_id").loc["S1", "design__missing"] == "NR"


def test_parts_of_a_range_come_from_the_row_that_gave_it():
    """The ends of a range follow its text."""
    table = reports(dose_mg=[None, "3-4.5", "2"]).assign(dose_mg_low=[None, 3.0, 2.0], dose_mg_high=[None, 4.5, 2.0])
    line = one_per_study(table).set_index("study_id").loc["S1"]
    assert (line["dose_mg"], line["dose_mg_low"], line["dose_mg_high"]) == ("3-4.5", 3.0, 4.5)


def test_reports_are_folded_before_any_count():
    """Characteristics count the study once, its people once, and the table by study has one line for it."""
    table = reports(n=[10, 10, 4], design=["trial", "trial", "cohort"])
    specs = [FieldSpec("design", kind="category"), FieldSpec("n", kind="integer")]
    told = characteristics(table, specs)
    assert told["n"].tolist() == [1, 1, 2]
    assert told["denominator"].tolist() == [2, 2, 2]
    assert told.loc[2, "summary"] == "7 (IQR 5.5 to 8.5; range 4 to 10)"
    assert len(by_study(table, specs)) == 2


def test_rows_without_a_study_and_empty_frames():
    """A row without a study is left out; a frame without the column has no study."""
    assert one_per_study(pd.DataFrame({"study_id": pd.array([None, "S1"], dtype="string")}))["study_id"].tolist() == [
        "S1"
    ]
    assert one_per_study(pd.DataFrame()).columns.tolist() == ["study_id"]


@settings(max_examples=30, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(["S1", "S2"]), st.sampled_from(["a", "b", None]), st.sampled_from([1, 2, None])),
        max_size=8,
    ),
    st.randoms(use_true_random=False),
)
def test_one_row_a_study_whatever_the_order(lines, random):
    """Shuffled rows give the same studies with the same values."""
    table = pd.DataFrame(lines, columns=["study_id", "design", "n"]).astype(
        {"study_id": "string", "design": "string", "n": "Int64"}
    )
    order = list(range(len(lines)))
    random.shuffle(order)
    one, other = (
        one_per_study(part).sort_values("study_id").reset_index(drop=True) for part in (table, table.iloc[order])
    )
    assert one["study_id"].is_unique
    assert set(one["study_id"]) == {line[0] for line in lines}
    pd.testing.assert_frame_equal(one, other[list(one.columns)])


def test_what_reports_contradict_each_other_in_is_told():
    """A difference names the rows, their values and which of them count; equal values and gaps are none."""
    table = reports(n=[30, 12, 4], country=["Iran", "Iran", "Oman"], design=["trial", None, "trial"])
    (told,) = differences(table, ["country", "design", "n"], companions={"R1"})
    assert (told.study_id, told.field, told.said, list(told.stands)) == ("S1", "n", {0: "30", 1: "12"}, [1])
    (undecided,) = differences(table, ["n"])
    assert list(undecided.stands) == []
    assert differences(table[["n"]], ["n"]) == []
    assert differences(table, ["no such field"]) == []
