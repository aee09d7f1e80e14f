"""What holds for every figure of synthesis: at 5, 51 and 300 studies, for the example, for a review without a row."""

import math
import re

import figure_evidence
import pandas as pd
import pytest
from figure_evidence import SVG, ids, marks, overlaps, tree, twin
from hypothesis import given, settings
from hypothesis import strategies as st
from scopeline import synthesis
from scopeline.figures import (
    albatross,
    appraisal_figure,
    effect_direction,
    evidence_map,
    harms_plot,
    harvest,
    look,
    ranges,
    trend,
)

REVIEWS = {
    "5": lambda: figure_evidence.made(5),
    "51": lambda: figure_evidence.made(51),
    "300": lambda: figure_evidence.made(300),
    "example": figure_evidence.example,
    "empty": figure_evidence.empty,
}
FIGURES = sorted(figure_evidence.empty().draw())


@pytest.fixture(scope="module", params=REVIEWS)
def review(request):
    return REVIEWS[request.param]()


@pytest.fixture(scope="module")
def drawings(review):
    return review.draw()


@pytest.mark.parametrize("name", FIGURES)
def test_no_text_lies_upon_another_or_leaves_its_page(drawings, name):
    """Measured with the widest face that the figures name."""
    assert [pair for figure in drawings[name].pages for pair in overlaps(figure)] == []


@pytest.mark.parametrize("name", FIGURES)
def test_every_page_stands_by_itself(drawings, name):
    """It has a name of its own, fits a printed page, and has title, description and caption; or there is a reason."""
    drawing = drawings[name]
    assert bool(drawing.pages) != bool(drawing.why_not)
    several = len(drawing.pages) > 1
    assert [figure.name for figure in drawing.pages] == [
        f"{name}-{number}" if several else name for number in range(1, len(drawing.pages) + 1)
    ]
    for figure in drawing.pages:
        root = tree(figure)
        assert root.get("role") == "img"
        assert root.get("aria-labelledby") == f"{figure.name}-title {figure.name}-desc"
        assert root.find(f"{SVG}title").text == figure.title
        assert root.find(f"{SVG}desc").text == figure.alt
        assert float(root.get("width")) == look.WIDTH
        assert float(root.get("height")) <= look.TALLEST + 1
        assert figure.alt


@pytest.mark.parametrize("name", FIGURES)
def test_every_mark_names_studies_of_the_review(review, drawings, name):
    """The report can link each mark: what it links to exists, and is told to the pointer."""
    known = set(review.studies["study_id"])
    for mark in marks(drawings[name]):
        assert mark["title"]
        assert set(ids(mark)) <= known
        assert ids(mark) or mark["n"] == "0"


@pytest.mark.parametrize("name", FIGURES)
def test_no_figure_calls_anything_significant(drawings, name):
    """Figures describe; they test nothing."""
    for figure in drawings[name].pages:
        assert "significan" not in (figure.svg + figure.alt + figure.caption).lower()


@pytest.mark.parametrize("name", FIGURES)
def test_the_order_of_rows_changes_nothing(name):
    """Shuffled tables give the same bytes."""
    review = figure_evidence.made(51)
    again = figure_evidence.shuffled(review)
    assert [figure.svg for figure in review.draw()[name].pages] == [figure.svg for figure in again.draw()[name].pages]


def test_pages_share_nothing_and_lose_nothing():
    """Each page has its own part of the numbers: together they are those of the figure on one endless page."""
    review = figure_evidence.made(300)
    drawn = twin(review.draw()["effect_direction"])
    assert len(drawn) == len(drawn.drop_duplicates(["group", "study_id", "outcome_domain", "basis"]))
    assert len(drawn) == len(review.folded)


def test_a_figure_without_data_says_so():
    """There is no picture of nothing: each figure gives its reason in one sentence or two instead."""
    for drawing in figure_evidence.empty().draw().values():
        assert not drawing.pages
        assert re.fullmatch(r"[A-Z].{10,300}\.", drawing.why_not)


def test_without_a_clear_direction_nothing_tells_directions():
    """Where reviewers judged no direction the map still shows where evidence is; plots of directions are not drawn."""
    review = figure_evidence.made(51)
    folded = synthesis.fold(review.findings.assign(direction=pd.array([None] * len(review.findings), dtype="string")))
    assert "direction is clear" in effect_direction.draw(folded, review.studies).why_not
    assert "direction is clear" in harvest.draw(folded, review.studies).why_not
    mapped = evidence_map.draw(folded, review.studies).pages[0]
    texts = {each.text for each in tree(mapped).iter(f"{SVG}text")}
    assert "unclear" in texts and not texts & {"benefit", "harm", "mixed"}


def test_a_map_of_a_field_that_nobody_charted_is_not_drawn():
    """Bubbles that all say "not charted yet" tell nothing that the other map does not."""
    review = figure_evidence.made(51)
    drawing = evidence_map.draw(review.folded, review.studies, series="colour", series_label="Colour")
    assert not drawing.pages and drawing.why_not == "Colour is charted for no study of the map."


@pytest.mark.parametrize("name", ["effect_direction", "harvest", "appraisal", "trend", "albatross", "dose_duration"])
def test_studies_stand_as_people_count(name):
    """S9 stands before S10 wherever studies are told one by one."""
    review = figure_evidence.made(300)
    ids = {study: f"S{number + 1}" for number, study in enumerate(review.studies["study_id"])}
    frames = [
        frame.assign(study_id=frame["study_id"].map(ids).astype("string"))
        for frame in (review.studies, review.findings, review.harms, review.appraisal)
    ]
    orders = (review.conditions, review.domains, review.designs, review.events)
    drawing = figure_evidence.Evidence(*frames, *orders, {}).draw()[name]
    table = twin(drawing)
    if name == "trend":
        told = [[int(each[1:]) for each in cell.split("; ")] for cell in table["study_ids"]]
    elif name == "harvest":
        told = [[int(each[1:]) for each in table.sort_values("number")["study_id"]]]
    else:
        by = {"effect_direction": "group", "appraisal": "kind", "albatross": "outcome_domain", "dose_duration": "group"}
        rows = table[table["study_id"] != ""]
        told = [[int(each[1:]) for each in some["study_id"]] for _, some in rows.groupby(by[name])]
    assert any(len(set(each)) > 9 for each in told)
    assert all(each == sorted(each) for each in told)


def test_the_signs_of_the_legend_of_evidence_are_no_signs_of_a_direction():
    """A filled circle in the legend would be read as "no difference"."""
    shapes = {sign.shape for sign, _, _ in look.basis_legend(look.FILLS)}
    assert not shapes & {sign.shape for sign in look.DIRECTIONS.values()}


@pytest.mark.parametrize("shape", sorted(look._CORNERS))
def test_signs_of_one_size_are_of_one_area(shape):
    """Each sign covers about what a circle with its radius covers, and none reaches beyond its box."""
    corners = look._CORNERS[shape]
    turns = zip(corners, [*corners[1:], corners[0]], strict=True)
    area = abs(sum(a * d - b * c for (a, b), (c, d) in turns)) / 2
    if shape != "bowtie":  # its halves turn against one another
        assert area == pytest.approx(math.pi, rel=0.13)
    assert max(abs(each) for corner in corners for each in corner) <= 1.46


@pytest.mark.parametrize("n", [5, 300])
def test_no_text_is_smaller_than_six_points_in_print(n):
    """A page is 170 mm wide: two columns of a journal."""
    points = 170 / 25.4 * 72 / look.WIDTH
    for drawing in figure_evidence.made(n).draw().values():
        for figure in drawing.pages:
            sizes = [float(each.get("font-size", look.SIZE)) for each in tree(figure).iter(f"{SVG}text")]
            assert min(sizes) * points >= 6


@pytest.mark.parametrize("n", [5, 300])
def test_nothing_is_drawn_outside_the_page(n):
    """Lines, bars and signs, not only texts."""
    for drawing in figure_evidence.made(n).draw().values():
        for figure in drawing.pages:
            page = tree(figure)
            wide, tall = float(page.get("width")), float(page.get("height"))
            xs, ys = [], []
            for each in page.iter():
                at = {name: float(each.get(name, 0)) for name in ("x", "y", "x1", "y1", "x2", "y2", "cx", "cy", "r")}
                kind = each.tag.removeprefix(SVG)
                if kind == "line":
                    xs, ys = [*xs, at["x1"], at["x2"]], [*ys, at["y1"], at["y2"]]
                elif kind == "circle":
                    xs, ys = (
                        [*xs, at["cx"] - at["r"], at["cx"] + at["r"]],
                        [*ys, at["cy"] - at["r"], at["cy"] + at["r"]],
                    )
                elif kind == "rect":
                    xs += [at["x"], at["x"] + float(each.get("width"))]
                    ys += [at["y"], at["y"] + float(each.get("height"))]
                elif kind in ("polygon", "polyline"):
                    pairs = [pair.split(",") for pair in each.get("points").split()]
                    xs += [float(pair[0]) for pair in pairs]
                    ys += [float(pair[1]) for pair in pairs]
            assert min(xs) >= 0 and min(ys) >= 0 and max(xs) <= wide and max(ys) <= tall


def test_tables_may_lack_every_column():
    """A frame without rows and columns is no crash: a sentence, or a reason."""
    none = pd.DataFrame()
    for drawing in (
        evidence_map.draw(none, none),
        effect_direction.draw(none, none),
        harvest.draw(none, none),
        harms_plot.draw(none, none),
        trend.draw(none),
        ranges.draw(none, figure_evidence.RANGES),
        appraisal_figure.draw(none),
        albatross.draw(none, none),
    ):
        assert drawing.why_not or drawing.pages[0].data.empty


def test_signs_differ_without_colour():
    """Directions differ in shape, bases of evidence in fill; so do the first eight categories of any field."""
    assert len({sign.shape for sign in look.DIRECTIONS.values()}) == len(look.DIRECTIONS)
    assert len(set(look.FILLS.values())) == len(look.FILLS)
    signs = look.series_signs([str(number) for number in range(20)])
    assert len({(sign.shape, sign.colour) for sign in signs.values()}) == 20
    assert len({signs[str(number)].shape for number in range(8)}) == 8


@pytest.mark.parametrize("colour", [sign.colour for sign in look.DIRECTIONS.values()] + list(look.COLOURS))
def test_colours_are_dark_enough_to_print(colour):
    """Every colour of a sign has a contrast of at least 3 to 1 against the paper, in grey too."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    lightness = sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))
    assert 1.05 / (lightness + 0.05) >= 3


WORDS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=60)


@given(WORDS, st.floats(20, 400))
def test_wrapped_text_fits_and_loses_no_letter(said, width):
    """Lines are no wider than asked unless one letter is, and together they hold every word."""
    lines = look.wrapped(said, width)
    assert all(look.width_of(line) <= width or len(line) == 1 for line in lines)
    assert "".join("".join(lines).split()) == "".join(look.text.clean(said).split())


@given(WORDS, st.floats(30, 300))
def test_a_fitted_line_fits(said, width):
    """Nothing that is cut is wider than asked."""
    assert look.width_of(look.fitted(said, width)) <= width


@given(st.lists(st.tuples(st.floats(1, 30), st.floats(1, 30)), max_size=12), st.floats(30, 90))
def test_boxes_that_flow_do_not_overlap(sizes, width):
    """Bubbles set side by side never lie upon one another, and stay inside their cell."""
    places, tall = look.flow(sizes, width)
    boxes = [(x - w / 2, y - h / 2, x + w / 2, y + h / 2) for (x, y), (w, h) in zip(places, sizes, strict=True)]
    near = 1e-6
    for place, a in enumerate(boxes):
        assert a[0] >= -width / 2 - near and a[2] <= width / 2 + near and a[1] >= -near and a[3] <= tall + near
        for b in boxes[place + 1 :]:
            assert a[2] <= b[0] + near or b[2] <= a[0] + near or a[3] <= b[1] + near or b[3] <= a[1] + near


@given(st.floats(-1e4, 1e6), st.floats(1e-3, 1e6))
def test_ticks_are_round_and_cover_the_range(low, span):
    """From at or below the lowest to at or above the highest value, in at most some seven steps."""
    found = look.ticks(low, low + span)
    assert found[0] <= low + 1e-6 * span and found[-1] >= low + span * (1 - 1e-6) and 2 <= len(found) <= 9


@pytest.mark.parametrize(("n", "most"), [(0, 5), (1, 5), (5, 5), (6, 5), (14, 15), (31, 15)])
def test_columns_are_split_evenly(n, most):
    """No page has more than fits, none two columns more than another, and all columns are there in order."""
    values = [str(number) for number in range(n)]
    groups = look.chunks(values, most)
    assert [value for group in groups for value in group] == values
    assert max(map(len, groups)) <= most and max(map(len, groups)) - min(map(len, groups)) <= 1


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 40), st.integers(0, 10_000))
def test_any_review_can_be_drawn(n, seed):
    """Whatever the tables hold, figures come out, their texts apart and their pages in a row."""
    for drawing in figure_evidence.made(n, seed).draw().values():
        for figure in drawing.pages:
            assert overlaps(figure) == []


@pytest.mark.properties
@settings(max_examples=150, deadline=None)
@given(st.integers(0, 320), st.integers(0, 10_000))
def test_any_large_review_can_be_drawn(n, seed):
    """As above, up to 320 studies."""
    for drawing in figure_evidence.made(n, seed).draw().values():
        for figure in drawing.pages:
            assert overlaps(figure) == []
            assert float(tree(figure).get("height")) <= look.TALLEST + 1


def test_png_is_the_same_twice_and_knows_its_size():
    """One svg, one png, byte for byte; it says that it is 170 mm wide."""
    picture = figure_evidence.made(5).draw()["trend"].pages[0].svg
    drawn = look.png(picture)
    assert drawn == look.png(picture)
    pixels = int.from_bytes(drawn[16:20])
    per_metre = int.from_bytes(drawn[drawn.index(b"pHYs") + 4 :][:4])
    assert pixels == look.WIDTH * look.PNG_SCALE
    assert pixels / per_metre == pytest.approx(0.170, abs=0.001)


def hostile(n):
    """A review whose every name is long, wide, empty of spaces, or markup."""
    review = figure_evidence.made(n)
    names = ["", "x" * 150, "漢字" * 40, "<b>&amp;</b> ]]> \u202e \x00", "a long label of many words " * 8]

    def longer(value):
        return value if pd.isna(value) else f"{value} {names[sum(map(ord, value)) % len(names)]}".strip()

    studies = review.studies.assign(
        **{name: review.studies[name].map(longer).astype("string") for name in ("study_id", "condition", "design")}
    )
    findings = review.findings.assign(
        **{
            name: review.findings[name].map(longer).astype("string")
            for name in ("study_id", "condition", "outcome_domain")
        }
    )
    harms = review.harms.assign(
        **{name: review.harms[name].map(longer).astype("string") for name in ("study_id", "event")}
    )
    appraisal = review.appraisal.assign(
        **{name: review.appraisal[name].map(longer).astype("string") for name in review.appraisal.columns}
    )
    orders = [list(map(longer, order)) for order in (review.conditions, review.domains, review.designs, review.events)]
    return figure_evidence.Evidence(studies, findings, harms, appraisal, *orders, {})


@pytest.mark.parametrize("n", [5, 51])
def test_names_of_any_length_and_script_fit(n):
    """Labels wrap or are cut; nothing overlaps, nothing leaves the page, and the svg stays an svg."""
    for drawing in hostile(n).draw().values():
        for figure in drawing.pages:
            assert overlaps(figure) == []
