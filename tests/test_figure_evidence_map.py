"""The evidence map: every bubble is a number of studies that can be counted again by hand."""

from collections import defaultdict

import figure_evidence
import pytest
from figure_evidence import example, ids, made, marks, tree, twin
from scopeline.figures import evidence_map


@pytest.fixture(scope="module", params=[5, 300])
def review(request):
    return made(request.param)


def recount(review, value_of):
    """(condition, domain, basis, value) → studies, in plain Python."""
    found = defaultdict(set)
    for line in review.folded.to_dict("records"):
        found[line["condition"], line["outcome_domain"], line["basis"], value_of(line)].add(line["study_id"])
    return found


@pytest.mark.parametrize("series", ["direction", "design"])
def test_bubbles_twin_and_recount_agree(review, series):
    """The same studies stand in the svg, in the csv twin, and in a count by hand."""
    designs = dict(zip(review.studies["study_id"], review.studies["design"], strict=True))
    value_of = (lambda line: line["direction"]) if series == "direction" else (lambda line: designs[line["study_id"]])
    expected = recount(review, value_of)
    drawing = review.draw()["evidence_map" if series == "direction" else "evidence_map_design"]
    drawn = {
        (mark["row"], mark["column"], mark["basis"], mark["series"]): set(ids(mark))
        for mark in marks(drawing, basis=True)
    }
    assert drawn == expected
    assert {key: int(mark["n"]) for key, mark in zip(drawn, marks(drawing, basis=True), strict=True)} == {
        key: len(studies) for key, studies in drawn.items()
    }
    table = twin(drawing)
    cells = table[(table["kind"] == "cell") & (table["n_studies"] > 0)]
    names = ("row", "column", "basis", "series", "study_ids")
    listed = {tuple(line[:4]): set(line[4].split("; ")) for line in zip(*(cells[name] for name in names), strict=True)}
    assert listed == expected
    assert (cells["n_studies"] == cells["study_ids"].str.split("; ").str.len()).all()


def test_totals_count_each_study_once(review):
    """A study in several cells of a row is one study of the row."""
    folded, table = review.folded, twin(review.draw()["evidence_map"])
    for kind, name, side in (("row_total", "condition", "row"), ("column_total", "outcome_domain", "column")):
        lines = table[table["kind"] == kind]
        told = {value: int(n) for value, n in zip(lines[side], lines["n_studies"], strict=True)}
        counted = folded.groupby(name)["study_id"].nunique().to_dict()
        assert {value: n for value, n in told.items() if n} == counted
    assert table.loc[table["kind"] == "all", "n_studies"].tolist() == [folded["study_id"].nunique()]


def test_empty_cells_are_seen(review):
    """Each cell without a study is a dot in the picture and a line with 0 in the twin."""
    drawing = review.draw()["evidence_map"]
    dots = sum(each.get("class") == "empty" for figure in drawing.pages for each in tree(figure).iter())
    whole = len(review.conditions) * len(review.domains)
    filled = review.folded.groupby(["condition", "outcome_domain"]).ngroups
    assert dots == whole - filled
    table = twin(drawing)
    assert ((table["kind"] == "cell") & (table["n_studies"] == 0)).sum() == dots
    assert f"{filled} of {whole} cells hold a study, {dots} are empty" in drawing.pages[0].alt


def test_area_grows_with_the_number():
    """Four studies take four times the area of one."""
    drawing = made(300).draw()["evidence_map"]
    radii = {}
    for each in tree(drawing.pages[0]).iter():
        if each.get("class") == "mark" and each.get("data-series") == "none":
            circle = next(part for part in each if part.tag.endswith("circle"))
            radii[int(each.get("data-n"))] = float(circle.get("r"))
    assert len(radii) > 2
    assert all(radius**2 / n == pytest.approx(radii[1] ** 2, rel=0.08) for n, radius in radii.items())


def test_kinds_of_evidence_are_told_apart():
    """Comparative bubbles are filled, all others are not; the legend says so."""
    figure = made(51).draw()["evidence_map"].pages[0]
    for each in tree(figure).iter():
        if each.get("class") == "mark" and each.get("data-basis"):
            shape = next(part for part in each if part.get("stroke"))
            assert (shape.get("fill") != "#ffffff") == (each.get("data-basis") == "comparative")
    assert "filled: comparative" in figure.svg and "hollow: uncontrolled" in figure.svg


def test_many_columns_become_pages():
    """Forty domains do not fit one page: each page has some of them and the totals of its own."""
    review = made(51)
    many = [f"domain {number}" for number in range(40)]
    drawing = evidence_map.draw(review.folded, review.studies, columns_order=many)
    assert len(drawing.pages) >= 3
    assert [pair for figure in drawing.pages for pair in figure_evidence.overlaps(figure)] == []
    table = twin(drawing)
    assert set(table.loc[table["kind"] == "column_total", "column"]) == {*many, *review.folded["outcome_domain"]}


def test_the_example_says_what_its_manual_says():
    """Ten studies of fibromyalgia, five of Crohn's disease, none on work capacity."""
    drawing = example().draw()["evidence_map"]
    table = twin(drawing)
    rows = table[table["kind"] == "row_total"].set_index("row")["n_studies"]
    assert (rows["fibromyalgia"], rows["Crohn's disease"], rows["rheumatoid arthritis"]) == (10, 5, 1)
    columns = table[table["kind"] == "column_total"].set_index("column")["n_studies"]
    assert columns["work capacity"] == 0
    assert "Without any study: Work capacity" in drawing.pages[0].alt
