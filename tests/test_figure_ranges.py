"""Dose and duration: each study once, with the range it gives or the words for why it gives none."""

import pandas as pd
import pytest
from figure_evidence import RANGES, example, made, marks, twin
from scopeline.charting import FieldSpec
from scopeline.figures import ranges


@pytest.mark.parametrize("n", [5, 51, 300])
def test_marks_twin_and_studies_agree(n):
    """Every given range is a mark; a study that gives neither is counted in the caption."""
    review = made(n)
    drawing = review.draw()["dose_duration"]
    expected = sorted(
        (line["study_id"], name, float(line[f"{name}_low"]), float(line[f"{name}_high"]))
        for line in review.studies.to_dict("records")
        for name in ("dose_mg", "duration_months")
        if pd.notna(line[f"{name}_low"])
    )
    assert sorted((m["ids"], m["field"], float(m["low"]), float(m["high"])) for m in marks(drawing)) == expected
    table = twin(drawing).dropna(subset=["low"])
    assert sorted(zip(*(table[name] for name in ("study_id", "field", "low", "high")), strict=True)) == expected
    silent = len(set(review.studies["study_id"]) - {study for study, *_ in expected})
    assert silent == 0 or f"{silent} stud" in drawing.pages[0].caption


def test_each_study_stands_once():
    """A study with two conditions stands under both together."""
    table = twin(made(51).draw()["dose_duration"])
    assert (table.groupby("study_id")["group"].nunique() == 1).all()


def test_why_there_is_none_is_said():
    """Not reported and not charted stay apart."""
    studies = pd.DataFrame(
        {"study_id": ["A", "B"], "condition": "pain", "dose_mg_low": [1.0, None], "dose_mg_high": [1.0, None],
         "dose_mg": ["1", None], "dose_mg__missing": [None, "NR"], "duration_months_low": [None, 2.0],
         "duration_months_high": [None, 3.0], "duration_months": [None, "2-3"]}
    )  # fmt: skip
    table = twin(ranges.draw(studies, RANGES)).set_index(["study_id", "field"])["missing"]
    assert table["B", "dose_mg"] == "not reported"
    assert table["A", "duration_months"] == "not charted yet"


def test_a_wide_range_has_a_logarithmic_scale():
    """From 1 to 5,000 people a linear scale would show nothing of the small ones; the heading says what it is."""
    studies = pd.DataFrame({"study_id": ["A", "B"], "condition": "pain", "n": pd.array([1, 5000], dtype="Int64")})
    figure = ranges.draw(studies, [FieldSpec("n", "People", "integer")]).pages[0]
    assert "logarithmic scale" in figure.svg
    assert "People: given by 2 of 2 studies shown, from 1 to 5000" in figure.alt


def test_the_example_in_words():
    """Dose is given by 29 studies; the example's manual counts 22 blank."""
    table = twin(example().draw()["dose_duration"]).dropna(subset=["low"])
    assert table.loc[table["field"] == "dose_mg", "study_id"].nunique() == 29
