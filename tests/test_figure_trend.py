"""Year × design: each study under its year and its designs, controlled apart from the others."""

from collections import Counter

import pandas as pd
import pytest
from figure_evidence import SVG, example, ids, made, marks, tree, twin
from scopeline.figures import trend


@pytest.mark.parametrize("n", [5, 51, 300])
def test_bars_twin_and_studies_agree(n):
    """Each part of a bar is a number of studies that can be counted again."""
    review = made(n)
    drawing = review.draw()["trend"]
    expected = Counter()
    for line in review.studies.to_dict("records"):
        year = "no year" if pd.isna(line["year"]) else str(line["year"])
        control = "" if pd.isna(line["controlled"]) else line["controlled"]
        expected[line["design"], year, control] += 1
        expected["", year, control] += 1
    drawn = {(mark["value"], mark["years"], mark["controlled"]): len(ids(mark)) for mark in marks(drawing)}
    assert drawn == dict(expected)
    assert all(int(mark["n"]) == len(ids(mark)) for mark in marks(drawing))
    table = twin(drawing)
    known = table["controlled"].replace("not known", "")
    assert dict(zip(zip(table["value"], table["years"], known, strict=True), table["n_studies"], strict=True)) == drawn


def test_many_years_become_spans():
    """A century is drawn in spans of equal length that hold every study once."""
    years = pd.array([1900, 1955, 1956, 2024], dtype="Int64")
    studies = pd.DataFrame({"study_id": ["A", "B", "C", "D"], "year": years, "design": "cohort", "controlled": "no"})
    table = twin(trend.draw(studies))
    of_all = table[table["value"] == ""]
    assert list(of_all["years"]) == ["1900 to 1904", "1955 to 1959", "2020 to 2024"]
    assert list(of_all["n_studies"]) == [1, 2, 1]


def test_dates_are_years_too():
    """A field of dates counts under its year; a study without one stands apart."""
    studies = pd.DataFrame({"study_id": ["A", "B"], "year": ["2021-05", None], "design": "cohort"})
    assert set(twin(trend.draw(studies))["years"]) == {"2021", "no year"}


def test_without_any_year_there_is_a_reason_and_no_picture():
    """A column of studies without a year tells no trend."""
    studies = pd.DataFrame({"study_id": ["A", "B"], "year": [None, None], "design": "cohort"})
    drawing = trend.draw(studies, year_label="Year of completion")
    assert not drawing.pages
    assert drawing.why_not == "Of 2 studies none has a year (year of completion)."


def test_without_any_design_there_is_the_line_of_all():
    """Nothing is drawn of a field that nobody charted, nor of control where it is not known."""
    studies = pd.DataFrame({"study_id": ["A", "B"], "year": [2020, 2021]})
    figure = trend.draw(studies, year_label="Year of publication").pages[0]
    texts = {each.text for each in tree(figure).iter(f"{SVG}text")}
    assert figure.title == "Studies by year of publication"
    assert "Year of publication" in texts and "All studies" in texts
    assert not texts & {"Not charted yet", "not charted yet", "control not known", "Design"}
    assert set(figure.data["value"]) == {""}
    assert figure.alt == "All studies 2: 2020 1 and 2021 1."


def test_the_example_in_words():
    """Fourteen of 51 studies are controlled."""
    assert "All studies 51 (14 controlled, 37 not controlled)" in example().draw()["trend"].pages[0].alt
