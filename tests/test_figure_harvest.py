"""The harvest plot: one bar a study, domain, kind of evidence and direction."""

import pytest
from figure_evidence import SVG, example, made, marks, tree, twin
from scopeline.figures import harvest


@pytest.mark.parametrize("n", [5, 51, 300])
def test_bars_twin_and_folds_agree(n):
    """No bar is lost on the way to the page, and none is drawn twice."""
    review = made(n)
    drawing = review.draw()["harvest"]
    names = ("outcome_domain", "direction", "basis", "study_id")
    expected = sorted({tuple(map(str, line)) for line in zip(*(review.folded[name] for name in names), strict=True)})
    assert (
        sorted((mark["domain"], mark["direction"], mark["basis"], mark["ids"]) for mark in marks(drawing)) == expected
    )
    table = twin(drawing)
    assert sorted(zip(*(table[name] for name in names), strict=True)) == expected


def test_each_page_has_the_key_to_its_numbers():
    """Every number below a bar is in the list of the same page, with the study's name."""
    for figure in made(300).draw()["harvest"].pages:
        texts = [each.text for each in tree(figure).iter() if each.tag.endswith("text")]
        for number, study in set(zip(figure.data["number"], figure.data["study_id"], strict=True)):
            assert texts.count(str(number)) >= 2
            assert study in texts


def test_height_is_suitability_of_design():
    """The first design of the codebook is the tallest bar, the last the lowest."""
    review = made(51)
    table = twin(review.draw()["harvest"])
    heights = dict(zip(table["height_class"], table["height"], strict=True))
    assert heights == {"randomised controlled trial": 3, "cohort": 2, "case series": 1}


def test_height_can_be_people():
    """Four classes; a study without a number has the lowest bar and says so."""
    review = made(51)
    table = twin(harvest.draw(review.folded, review.studies, height="n"))
    heights = dict(zip(table["height_class"], table["height"], strict=True))
    assert heights == {"not known": 1, "under 10": 1, "10 to 49": 2, "50 to 199": 3, "200 or more": 4}


def test_the_example_says_what_its_manual_says():
    """Pain: three of nine comparative studies found a benefit, five no difference, one was mixed; and so on."""
    table = twin(example().draw()["harvest"])
    counts = table.groupby(["outcome_domain", "basis", "direction"])["study_id"].nunique().to_dict()
    assert counts["pain", "comparative", "benefit"] == 3
    assert counts["pain", "comparative", "none"] == 5
    assert counts["pain", "comparative", "mixed"] == 1
    assert counts["pain", "uncontrolled", "benefit"] == 14
    assert counts["function", "comparative", "none"] == 3
    assert counts["symptom severity", "uncontrolled", "benefit"] == 18
    alt = example().draw()["harvest"].pages[0].alt
    assert "Pain: comparative 3 benefit, 5 no difference, 1 mixed; uncontrolled 14 benefit, 4 mixed" in alt


@pytest.mark.parametrize("n", [5, 51, 300])
def test_no_heading_is_broken_inside_a_word(n):
    """Each direction's panel is wide enough for its name."""
    for figure in made(n).draw()["harvest"].pages:
        texts = {each.text for each in tree(figure).iter() if each.tag.endswith("text")}
        assert {"Benefit", "No", "difference", "Harm"} <= texts or {"Benefit", "No difference", "Harm"} <= texts


def test_the_legend_shows_the_heights():
    """Each class of height has a bar of that very height beside its name."""
    figure = made(51).draw()["harvest"].pages[0]
    bars = {}
    for mark in tree(figure).iter(f"{SVG}g"):
        if mark.get("data-height"):
            bars[int(mark.get("data-height"))] = float(mark.find(f"{SVG}rect").get("height"))
    root = tree(figure)
    loose = [each for each in root if each.tag == f"{SVG}rect" and each.get("width") == "8"]
    names = [each.text for each in root if each.tag == f"{SVG}text"]
    assert {"randomised controlled trial", "cohort", "case series"} <= set(names)
    assert sorted(float(each.get("height")) for each in loose) == sorted(bars.values())


def test_without_an_order_all_bars_are_of_one_height():
    """A field that is not charted in an order gives no heights, and the caption says so."""
    review = made(51)
    drawing = harvest.draw(review.folded, review.studies, height="colour", height_label="Colour")
    assert len({mark["height"] for mark in marks(drawing)}) == 1
    assert "All bars are of one height: colour is not charted in an order." in drawing.pages[0].caption
