"""The effect direction plot: one sign a study, domain and kind of evidence."""

import pandas as pd
import pytest
from figure_evidence import JUDGEMENTS, SVG, made, marks, tree, twin
from scopeline.figures import effect_direction
from scopeline.figures.effect_direction import size_class


@pytest.mark.parametrize("n", [5, 51, 300])
def test_signs_twin_and_folds_agree(n):
    """Every fold is one sign, with its direction, its basis and its number of findings."""
    review = made(n)
    drawing = review.draw()["effect_direction"]
    names = ("condition", "study_id", "outcome_domain", "basis", "direction", "n_findings")
    expected = sorted(tuple(map(str, line)) for line in zip(*(review.folded[name] for name in names), strict=True))
    attributes = ("group", "ids", "domain", "basis", "direction", "n-findings")
    assert sorted(tuple(mark[name] for name in attributes) for mark in marks(drawing)) == expected
    table = twin(drawing)
    columns = ("group", "study_id", "outcome_domain", "basis", "direction", "n_findings")
    assert sorted(tuple(map(str, line)) for line in zip(*(table[name] for name in columns), strict=True)) == expected


@pytest.mark.parametrize(
    ("n", "said"),
    [(1, "under 50"), (49, "under 50"), (50, "50 to 300"), (300, "50 to 300"), (301, "over 300"), (None, "not known"),
     (pd.NA, "not known")],
)  # fmt: skip
def test_size_classes_of_boon_and_thomson(n, said):
    """Under 50, 50 to 300, over 300 people; without a number the smallest sign, and it is said."""
    assert size_class(n)[1] == said


def test_the_alternative_text_holds_the_numbers():
    """Each domain's directions, by kind of evidence, each study once."""
    review = made(5)
    alt = review.draw()["effect_direction"].pages[0].alt
    folded = review.folded
    for domain in folded["outcome_domain"].unique():
        for basis, said in (
            ("comparative", "comparative"),
            ("uncontrolled", "uncontrolled"),
            ("other", "other contrast"),
        ):
            here = folded[(folded["outcome_domain"] == domain) & (folded["basis"] == basis)]
            for direction, words in (("benefit", "benefit"), ("none", "no difference"), ("harm", "harm")):
                n = here.loc[here["direction"] == direction, "study_id"].nunique()
                if n:
                    sentence = next(part for part in alt.split(". ") if part.startswith(f"{domain}: "))
                    kind = next(
                        part for part in sentence.removeprefix(f"{domain}: ").split("; ") if part.startswith(said)
                    )
                    assert f"{n} {words}" in kind


def test_lines_are_shaded_by_appraisal_where_there_is_one():
    """A judgement gives its line a shade and a letter; without any there is neither column nor legend."""
    review = made(51)
    grades = {study: JUDGEMENTS[number % 3] for number, study in enumerate(review.studies["study_id"])}
    shaded = effect_direction.draw(review.folded, review.studies, appraisal=grades, appraisal_order=JUDGEMENTS)
    plain = effect_direction.draw(review.folded, review.studies)
    assert "Appraisal" in shaded.pages[0].svg and "Appraisal" not in plain.pages[0].svg
    assert set(twin(shaded)["appraisal"]) == set(JUDGEMENTS)
    fills = {each.get("fill") for each in tree(shaded.pages[0]).iter() if each.tag.endswith("rect")}
    assert len(fills) >= 3


def test_without_groups_each_study_stands_once():
    """Folded over domains alone, the plot has no sections."""
    from scopeline import synthesis

    review = made(51)
    folded = synthesis.fold(review.findings, row=None)
    drawing = effect_direction.draw(folded, review.studies, group=None)
    assert len(twin(drawing)) == len(folded)
    assert "stands under each" not in drawing.pages[0].caption


def test_arrows_of_boon_and_thomson():
    """Up is benefit, down harm, to both sides no difference, in the three sizes of their classes."""
    drawing = made(300).draw()["effect_direction"]
    seen = {}
    for figure in drawing.pages:
        for each in tree(figure).iter(f"{SVG}g"):
            shape = each.find(f"{SVG}polygon")
            if each.get("class") == "mark" and shape is not None:
                corners = [tuple(map(float, pair.split(","))) for pair in shape.get("points").split()]
                n = each.get("data-n")
                size = "" if not n else size_class(int(n))[1]
                seen.setdefault(each.get("data-direction"), {}).setdefault(size, corners)
    for direction, down in (("benefit", 1), ("harm", -1)):
        for corners in seen[direction].values():
            (_, tip), *base = corners
            assert len(base) == 2 and all((y - tip) * down > 0 for _, y in base)
    for corners in seen["none"].values():
        left, right = min(corners), max(corners)
        assert left[1] == right[1] == pytest.approx(sum(y for _, y in corners) / len(corners), abs=0.1)
    for by_size in seen.values():
        spans = [
            max(x for x, _ in by_size[size]) - min(x for x, _ in by_size[size])
            for size in ("under 50", "50 to 300", "over 300")
            if size in by_size
        ]
        assert spans == sorted(set(spans))


def test_letters_of_judgements_are_all_different():
    """Serious and some concerns do not share a letter; a study without a judgement is told."""
    review = made(51)
    order = ["low", "some concerns", "serious"]
    grades = {study: order[number % 3] for number, study in enumerate(review.studies["study_id"]) if number % 4}
    drawing = effect_direction.draw(review.folded, review.studies, appraisal=grades, appraisal_order=order)
    texts = [each.text for each in tree(drawing.pages[0]).iter(f"{SVG}text")]
    given = {text.split(": ")[0] for text in texts if text.endswith((": low", ": some concerns", ": serious"))}
    assert len(given) == 3
    assert "A line without a letter is a study that was not appraised." in drawing.pages[0].caption
