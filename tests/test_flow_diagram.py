"""The flow diagram: what it shows is what flow.json says, and it can be read."""

import copy
import re
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scopeline.figures.flow_diagram import describe, png, svg
from scopeline.flow import as_json, count
from scopeline.screening import screen
from scopeline.terms import BOXES
from screening_frames import both, table, votes

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def flow():
    found = table(
        "record_id source_type source_name duplicate_of",
        ("R1", "database", "PubMed", None),
        ("R2", "website", "a site", "R1"),
        ("R3", "database", "Embase", None),
    )
    cast = votes(
        *both("R1", "ta", "include"), *both("R1", "ft", "exclude", "no <outcome>"), *both("R3", "ta", "exclude")
    )
    return as_json(count(found, screen(found, cast, None, table("report_id record_id retrieved", ("P1", "R1", "yes")))))


def made(n_reasons, label="reason"):
    """A flow of plain numbers with so many reasons."""
    return {
        "boxes": {name: {"n": 5, "unit": unit, "label": text} for name, (unit, text) in BOXES.items()},
        "reasons": {"reports_excluded": [{"reason": f"{label} {n}", "n": n + 1} for n in range(n_reasons)]},
        "sources": {"database": {"n": 5, "label": "Databases", "names": {"PubMed": 5}}},
        "identities": [],
        "exceptions": [],
        "pending": 0,
    }


def drawing(picture):
    """The svg as a tree; our own text, so the parser needs no guard."""
    return ElementTree.fromstring(picture)


def text_of(element):
    return " ".join(text.text or "" for text in element.iter(f"{SVG}text"))


def marked(root, attribute):
    return {element.get(attribute): element for element in root.iter() if element.get(attribute) is not None}


def test_the_figure_reads_back_as_flow_json(flow):
    """Every box of flow.json is in the figure once, with its number as attribute and in its words; so are sources."""
    root = drawing(svg(flow))
    drawn = marked(root, "data-box")
    assert {name: int(each.get("data-n")) for name, each in drawn.items()} == {
        name: box["n"] for name, box in flow["boxes"].items()
    }
    for name, box in flow["boxes"].items():
        assert f"{box['label']} (n = {box['n']})" in text_of(drawn[name])
    sources = {name: int(each.get("data-n")) for name, each in marked(root, "data-source").items()}
    assert sources == {name: source["n"] for name, source in flow["sources"].items()}
    assert "Databases (n = 2)" in text_of(root)
    assert "no <outcome> (n = 1)" in text_of(drawn["reports_excluded"])


def test_it_has_a_title_and_a_description_in_words(flow):
    """Those who do not see the figure are told its numbers."""
    root = drawing(svg(flow, title="Flow of <this> review"))
    assert root.get("role") == "img"
    assert root.get("aria-labelledby") == "flow-title flow-desc"
    assert root.find(f"{SVG}title").text == "Flow of <this> review"
    assert root.find(f"{SVG}desc").text == describe(flow)
    assert describe(flow).startswith(
        "3 records identified (Databases 2, Websites 1). Before screening 1 duplicate record"
    )


def test_links_lead_to_the_lists_of_members(flow):
    """With a folder each box links to its list, and the picture lets its links be reached."""
    root = drawing(svg(flow, links="boxes/"))
    links = [element.get("href") for element in root.iter(f"{SVG}a")]
    assert sorted(links) == sorted(f"boxes/{name}.csv" for name in flow["boxes"])
    assert root.get("role") == "group"
    assert "<a " not in svg(flow)


def test_a_review_in_progress_is_marked(flow):
    """The banner says how many are pending; a finished review has none."""
    assert "In progress: 1 record pending" in svg({**flow, "pending": 1})
    assert "In progress: 1,200 records pending" in text_of(drawing(svg({**flow, "pending": 1200})))
    assert "In progress" not in svg({**flow, "pending": 0})


def test_a_flow_that_does_not_add_up_is_not_drawn(flow):
    """The picture shows both sides of the failed sum and no box."""
    failing = copy.deepcopy(flow)
    failing["identities"][3].update(holds=False, exception=None, only_right=["P7"])
    root = drawing(svg(failing, links="boxes"))
    assert marked(root, "data-box") == {}
    assert "F4: assessed" in text_of(root)
    assert "P7" in text_of(root)


def test_exceptions_are_printed_under_the_figure(flow):
    """Each named exception stands below with its number and its reason."""
    named = {"name": "late_addition", "why": "sent by experts.", "n": 6, "ids": []}
    assert "Late addition (n = 6): sent by experts." in text_of(drawing(svg({**flow, "exceptions": [named]})))


def test_boxes_that_are_missing_are_left_out():
    """A flow without studies draws its reports; one without anything is an empty frame, not an error."""
    bare = made(0)
    del bare["boxes"]["included_studies"]
    assert "included_studies" not in marked(drawing(svg(bare)), "data-box")
    drawing(svg({}))


def test_details_are_shown_on_request(flow):
    """Names of databases and reasons at title and abstract appear only where asked for."""
    full = copy.deepcopy(flow)
    full["reasons"]["excluded"] = [{"reason": "off topic", "n": 1}]
    assert "PubMed" not in svg(full)
    assert "off topic" not in svg(full)
    detailed = svg(full, detail_sources=True, screening_reasons=True)
    assert "PubMed (n = 1)" in detailed
    assert "off topic (n = 1)" in detailed


def rectangles(root):
    sides = ("x", "y", "width", "height")
    return [tuple(float(each.get(side)) for side in sides) for each in root.iter(f"{SVG}rect") if each.get("x")]


@pytest.mark.parametrize("n_reasons", [0, 1, 2, 40])
def test_boxes_grow_and_never_overlap(n_reasons):
    """With no reason, one or forty long ones all text lies in its box and no two boxes touch."""
    label = "a reason with many words that the review team wrote out in full for its readers, 10.1000/" + "x" * 90
    root = drawing(svg(made(n_reasons, label)))
    assert root.find(f"{SVG}rect").get("x") is None
    width, height = float(root.get("width")), float(root.get("height"))
    paper, boxes = (0, 0, width, height), rectangles(root)
    for number, (x, y, width, height) in enumerate(boxes):
        assert x >= 0
        assert y >= 0
        assert x + width <= paper[2]
        assert y + height <= paper[3]
        for u, v, w, h in boxes[number + 1 :]:
            assert u >= x + width or x >= u + w or v >= y + height or y >= v + h
    excluded = marked(root, "data-box")["reports_excluded"]
    _, top, _, height = rectangles(excluded)[0]
    lines = [float(text.get("y")) for text in excluded.iter(f"{SVG}text")]
    assert top < min(lines)
    assert max(lines) < top + height
    assert len(marked(root, "data-reason")) == n_reasons
    assert ("Reports excluded (n = 5):" in text_of(excluded)) == (n_reasons > 0)


@settings(deadline=None, max_examples=40)
@given(st.text(max_size=60), st.integers(0, 10**9))
def test_any_text_gives_a_readable_picture(text, n):
    """Markup, control characters and any script in a reason or a source never break the svg."""
    flow = made(1, text)
    flow["reasons"]["reports_excluded"][0]["n"] = n
    flow["sources"]["odd"] = {"n": n, "label": text, "names": {text: n}}
    root = drawing(svg(flow, title=text, detail_sources=True))
    assert f"(n = {n:,})" in text_of(root)


def test_the_same_flow_gives_the_same_bytes(flow):
    """Nothing in the picture depends on the run."""
    assert svg(flow) == svg(copy.deepcopy(flow))
    assert not re.search(r"\d{4}-\d\d-\d\d", svg(flow))


def test_it_renders(flow):
    """The svg becomes a png of twice its size."""
    picture = png(svg(flow))
    width = int.from_bytes(picture[16:20], "big")
    assert picture.startswith(b"\x89PNG")
    assert width == 1600
