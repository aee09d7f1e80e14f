"""Critical appraisal: each judgement as it was given, and studies counted by judgement."""

from collections import Counter

import pandas as pd
import pytest
from figure_evidence import JUDGEMENTS, made, marks, twin
from scopeline.figures import appraisal_figure
from scopeline.figures.appraisal_figure import letters


@pytest.mark.parametrize("n", [5, 51, 300])
def test_signs_bars_twin_and_sheet_agree(n):
    """Every judgement is a sign; the bars count them."""
    review = made(n)
    drawing = review.draw()["appraisal"]
    sheet = sorted(zip(*(review.appraisal[name] for name in ("study_id", "domain", "judgement")), strict=True))
    signs = [mark for mark in marks(drawing) if "n" not in mark]
    assert sorted((mark["ids"], mark["domain"], mark["judgement"]) for mark in signs) == sheet
    expected = Counter((domain, judgement) for _, domain, judgement in sheet)
    bars = marks(drawing, n=True)
    assert {(mark["domain"], mark["judgement"]): int(mark["n"]) for mark in bars} == dict(expected)
    table = twin(drawing)
    summary = table[table["kind"] == "summary"]
    assert (
        dict(zip(zip(summary["domain"], summary["judgement"], strict=True), summary["n_studies"], strict=True))
        == expected
    )
    for (domain, judgement), count in expected.items():
        sentence = next(part for part in drawing.pages[0].alt.split(". ") if part.startswith(f"{domain}: "))
        assert f"{judgement} {count}" in sentence


def test_works_without_the_table():
    """Appraisal is optional: without it there is a reason instead of a figure."""
    drawing = appraisal_figure.draw(pd.DataFrame())
    assert drawing.pages == () and "optional" in drawing.why_not


def test_each_instrument_has_pages_of_its_own():
    """Two instruments are never mixed in one table."""
    lines = [("A", "one", "x", "low"), ("A", "two", "y", "yes"), ("B", "two", "y", "no")]
    frame = pd.DataFrame(lines, columns=["study_id", "instrument", "domain", "judgement"])
    drawing = appraisal_figure.draw(frame)
    assert [set(figure.data["instrument"]) for figure in drawing.pages] == [{"one"}, {"two"}]


def test_a_missing_judgement_says_why():
    """NR is not a judgement, and is not left out either."""
    frame = pd.DataFrame(
        {"study_id": ["A", "B"], "domain": "x", "judgement": ["low", None], "judgement__missing": [None, "NR"]}
    )
    table = twin(appraisal_figure.draw(frame, judgements_order=JUDGEMENTS))
    assert set(table["judgement"]) == {"low", "not reported"}


def test_letters_of_judgements_differ():
    """No two judgements share a sign, whatever they are called."""
    grades = ["low", "Low risk", "likely", "l", "some concerns", "serious", "", "不明"]
    assert len(set(letters(grades).values())) == len(grades)
