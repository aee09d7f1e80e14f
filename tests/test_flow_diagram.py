"""The flow diagram: what it shows is what flow.json says, in the words of PRISMA 2020, and it can be read."""

import copy
import itertools
import re
from collections import Counter
from xml.etree import ElementTree

import pytest
from flow_figures import LONG, TEMPLATES, made, two_arms_updated
from hypothesis import given, settings
from hypothesis import strategies as st
from scopeline.errors import ConfigurationError
from scopeline.figures.flow_diagram import describe, member_file, pdf, svg
from scopeline.figures.flow_mermaid import mermaid
from scopeline.figures.flow_text import text
from scopeline.figures.look import png
from scopeline.flow import count
from scopeline.flow_data import as_json
from scopeline.screening import screen
from screening_frames import ANY_REVIEW, REASONS, both, table, votes

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


@pytest.fixture(scope="module")
def updated():
    return two_arms_updated()[0]


def drawing(picture):
    """The svg as a tree; our own text, so the parser needs no guard."""
    return ElementTree.fromstring(picture)


def text_of(element):
    return " ".join(text.text or "" for text in element.iter(f"{SVG}text"))


def marked(root, attribute):
    return {element.get(attribute): element for element in root.iter() if element.get(attribute) is not None}


def shown_boxes(flow):
    """The boxes that the figure shows: those that the templates lack only where something is in them."""
    extra = {f"other_{each}" for each in ("duplicates", "automation", "removed_other")}
    empty = extra if not any(flow["boxes"].get(each, {}).get("n") for each in extra) else set()
    empty |= {each for each in ("other_records_excluded",) if not flow["boxes"].get(each, {}).get("n")}
    return {name: box for name, box in flow["boxes"].items() if name not in empty}


def numbers_of(flow):
    """Every number that a figure of this flow must show, with its multiplicity."""
    found = [box["n"] for box in shown_boxes(flow).values()]
    found += [each["n"] for reasons in flow["reasons"].values() for each in reasons]
    for source in [*flow["sources"].values(), *flow["other_sources"].values()]:
        found += [source["n"], *source["names"].values()]
    found += [each["n"] for each in flow["exceptions"] if each["n"] is not None and each["name"] != "pending"]
    previous = flow["previous"] or {}
    found += [len(ids) for ids in previous.values() if isinstance(ids, list) and ids]
    return found + [n for n in (previous.get("set_aside"),) if n]


def texts_of(flow):
    """What the team wrote: texts that may hold digits of their own."""
    found = [each["reason"] for reasons in flow["reasons"].values() for each in reasons]
    for source in [*flow["sources"].values(), *flow["other_sources"].values()]:
        found += list(source["names"])
    for each in flow["exceptions"]:
        found += [each["why"], *each["ids"]]
    return found + [one for ids in (flow["previous"] or {}).values() if isinstance(ids, list) for one in ids]


@pytest.mark.parametrize("name", ["flow", "updated"])
def test_the_figure_reads_back_as_flow_json(request, name):
    """Each box, source and reason of flow.json is in the figure once with its number, and there is no other number."""
    flow = request.getfixturevalue(name)
    root = drawing(svg(flow, screening_reasons=True))
    drawn = marked(root, "data-box")
    assert {each: int(group.get("data-n")) for each, group in drawn.items()} == {
        each: box["n"] for each, box in shown_boxes(flow).items()
    }
    for each, box in shown_boxes(flow).items():
        assert drawn[each].get("data-label") == box["label"]
        assert f"(n = {box['n']})" in text_of(drawn[each])
    sources = {each: int(group.get("data-n")) for each, group in marked(root, "data-source").items()}
    assert sources == {each: source["n"] for each, source in {**flow["sources"], **flow["other_sources"]}.items()}
    shown = re.sub(r"\s+", " ", text_of(root))
    read = [int(each.replace(",", "")) for each in re.findall(r"\(n = ([\d,]+)\)", shown)]
    assert Counter(read) == Counter(numbers_of(flow))
    rest = re.sub(r"\(n = [\d,]+\)", "", shown)
    for said in sorted(texts_of(flow), key=len, reverse=True):
        assert said.rstrip(".") in shown
        rest = rest.replace(said.rstrip("."), "")
    assert not re.search(r"\d", rest)


def test_a_reason_stands_with_its_label(flow):
    """Where the flow has a label for a reason, the figure shows the label and keeps the value as the reason's name."""
    told = copy.deepcopy(flow)
    first = told["reasons"]["reports_excluded"][0]
    first["label"] = "A label in words"
    root = drawing(svg(told))
    assert "A label in words" in text_of(marked(root, "data-reason")[first["reason"]])


def test_labels_are_those_of_the_statement(updated):
    """Every box of an updated review with other methods has PRISMA's wording, heading and box number."""
    root = drawing(svg(updated))
    words = {name: re.sub(r" \(n = .*", "", text_of(group)) for name, group in marked(root, "data-box").items()}
    assert words == {
        "previous_studies": "Studies included in previous version of review",
        "previous_reports": "Reports of studies included in previous version of review",
        "identified": "Records identified",
        "duplicates": "Duplicate records removed",
        "automation": "Records marked as ineligible by automation tools",
        "removed_other": "Records removed for other reasons",
        "screened": "Records screened",
        "excluded": "Records excluded",
        "sought": "Reports sought for retrieval",
        "not_retrieved": "Reports not retrieved",
        "assessed": "Reports assessed for eligibility",
        "reports_excluded": "Reports excluded",
        "awaiting": "Reports awaiting classification",
        "other_identified": "Records identified",
        "other_duplicates": "Duplicate records removed",
        "other_automation": "Records marked as ineligible by automation tools",
        "other_removed_other": "Records removed for other reasons",
        "other_sought": "Reports sought for retrieval",
        "other_not_retrieved": "Reports not retrieved",
        "other_assessed": "Reports assessed for eligibility",
        "other_reports_excluded": "Reports excluded",
        "other_included_reports": "of these, from other methods",
        "included_reports": "Reports of new included studies",
        "included_studies": "New studies included in review",
        "total_studies": "Total studies included in review",
        "total_reports": "Reports of total included studies",
    }
    ids = marked(root, "id")
    assert [text_of(ids[f"flow-heading-{each}"]) for each in ("previous", "databases", "other")] == [
        "Previous studies",
        "Identification of new studies via databases and registers",
        "Identification of new studies via other methods",
    ]
    numbers = {name: group.get("data-prisma-box") for name, group in marked(root, "data-box").items()}
    assert (numbers["previous_studies"], numbers["screened"], numbers["other_sought"]) == ("1", "4", "12")
    assert (numbers["included_studies"], numbers["total_reports"], numbers["awaiting"]) == ("10", "16", None)


def test_a_scoping_review_may_say_sources_of_evidence(updated):
    """The wording of PRISMA-ScR replaces included studies, and nothing that the team wrote; another is refused."""
    updated = copy.deepcopy(updated)
    updated["reasons"]["reports_excluded"] = [{"reason": "studies of animals", "n": 1}]
    told = text_of(drawing(svg(updated, wording="sources of evidence")))
    assert "New sources of evidence included in review" in told
    assert "Previous sources of evidence" in told
    assert "Reports of total included sources of evidence" in re.sub(r"\s+", " ", told)
    assert "studies of animals" in told
    with pytest.raises(ConfigurationError, match="wording"):
        svg(updated, wording="papers")


def test_it_has_a_title_and_a_description_in_words(flow):
    """Those who do not see the figure are told its numbers."""
    root = drawing(svg(flow, title="Flow of <this> review"))
    assert root.get("role") == "img"
    assert root.get("aria-labelledby") == "flow-diagram-title flow-diagram-desc"
    assert root.find(f"{SVG}title").text == "Flow of <this> review"
    assert root.find(f"{SVG}desc").text == describe(flow)
    assert describe(flow).startswith(
        "Records were identified from Databases (2) and Websites (1). 3 records were identified"
    )
    assert describe(flow).endswith("Reports were excluded because of: no <outcome> (1).")


def test_links_lead_to_the_lists_of_members(updated):
    """Each box links to its list in the order of reading; the picture then lets its links be reached, one by one."""
    root = drawing(svg(updated, links="boxes/"))
    links = [element.get("href") for element in root.iter(f"{SVG}a")]
    assert sorted(links) == sorted(f"boxes/{member_file(name)}" for name in shown_boxes(updated))
    assert member_file("screened") == "screened.csv"
    assert member_file("other_sought") == "further.csv"
    assert root.get("role") == "group"
    said = [element.get("aria-label") for element in root.iter(f"{SVG}a")]
    assert said[0] == "Studies included in previous version of review, 2 studies: members"
    assert [each.partition(",")[0] for each in said[-4:]] == [
        "Reports of included studies", "Reports of included studies (other methods)",
        "Total studies included in review", "Reports of total included studies",
    ]  # fmt: skip
    named = [element.get("href") for element in drawing(svg(updated, links=lambda name: f"#{name}")).iter(f"{SVG}a")]
    assert "#other_sought" in named
    assert "<a " not in svg(updated)


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
    assert root.get("role") == "img"
    assert "F4: assessed" in text_of(root)
    assert "P7" in text_of(root)


def test_exceptions_are_printed_under_the_figure(flow):
    """Each named exception stands below with its number, its reason and its IDs; many of them are in flow.json."""
    named = {"name": "late_addition", "why": "sent by experts.", "n": 6, "ids": ["P1", "P2"]}
    told = text_of(drawing(svg({**flow, "exceptions": [named]})))
    assert "Late addition (n = 6): sent by experts. IDs: P1, P2." in told
    many = {**named, "ids": [f"P{number}" for number in range(300)]}
    told = text_of(drawing(svg({**flow, "exceptions": [many]})))
    assert "P11 and more, all of them in flow.json." in told
    assert "P12" not in told


def test_what_nobody_named_is_a_remark(flow):
    """What the counts themselves show stands below the figure too, and not as an exception that somebody named."""
    remark = {"name": "studies_fewer_than_reports", "why": "2 reports describe 1 study", "n": None, "ids": []}
    told = text_of(drawing(svg({**flow, "exceptions": [{**remark, "named": False}]})))
    assert "Remarks that follow from the counts Studies fewer than reports: 2 reports describe 1 study." in told
    assert "Named exceptions" not in told
    assert "Named exceptions" in text_of(drawing(svg({**flow, "exceptions": [{**remark, "named": True}]})))


def test_records_without_a_source_name_are_told_beside_the_named(flow):
    """The parts of a kind of source add up to it: those that name no database stand below the databases named."""
    database = {"n": 80, "label": "Databases", "names": {"PubMed": 55}}
    told = text_of(drawing(svg({**flow, "sources": {"database": database}})))
    assert "Databases (n = 80) PubMed (n = 55) not named (n = 25)" in told
    nobody = text_of(drawing(svg({**flow, "sources": {"database": {**database, "names": {}}}})))
    assert "not named" not in nobody


def test_typed_numbers_are_marked_with_their_cell(flow):
    """A dagger stands at each number that nobody counted; its cell and why stand below. Others have none."""
    typed = copy.deepcopy(flow)
    typed["boxes"]["duplicates"].update(n=513, typed=512, cells=["raw/flow.csv › flow!E2"])
    typed["typed"] = [
        {
            "box": "removed_before_import", "source_type": "database", "source_name": "PubMed", "reason": "duplicates",
            "n": 512, "why": "removed in EndNote", "cell": "raw/flow.csv › flow!E2",
        }
    ]  # fmt: skip
    root = drawing(svg(typed))
    told = text_of(root)
    assert "Duplicate records removed (n = 513)†" in told
    assert "Records screened (n = 2)" in told
    assert told.count("†") == 2
    assert "PubMed, duplicates (n = 512): raw/flow.csv › flow!E2, removed in EndNote" in told


def test_who_excluded_is_told_where_tools_did():
    """Records excluded are split between a human and automation tools, as PRISMA's second asterisk asks."""
    split = made()
    for name, n in (("excluded_human", 3), ("excluded_automation", 2)):
        split["boxes"][name] = {"n": n, "unit": "records", "label": name}
    told = text_of(drawing(svg(split)))
    assert "Records excluded (n = 5): by a human (n = 3) by automation tools (n = 2)" in told


def test_boxes_that_are_missing_are_left_out():
    """A flow without studies draws its reports; one without anything is an empty frame, not an error."""
    bare = made(0)
    del bare["boxes"]["included_studies"]
    assert "included_studies" not in marked(drawing(svg(bare)), "data-box")
    drawing(svg({}))
    for name in made(1, previous=True, other=True)["boxes"]:
        lacking = made(1, previous=True, other=True)
        del lacking["boxes"][name]
        assert marked(drawing(svg(lacking)), "data-box").keys() == lacking["boxes"].keys()


def test_details_are_shown_on_request(flow):
    """Names of sources can be left out; reasons at title and abstract appear only where asked for."""
    full = copy.deepcopy(flow)
    full["reasons"]["excluded"] = [{"reason": "off topic", "n": 1}]
    assert "PubMed (n = 1)" in svg(full)
    assert "off topic" not in svg(full)
    assert "PubMed" not in svg(full, detail_sources=False)
    assert "off topic (n = 1)" in svg(full, screening_reasons=True)


def rectangles(root):
    sides = ("x", "y", "width", "height")
    return [tuple(float(each.get(side)) for side in sides) for each in root.iter(f"{SVG}rect") if each.get("x")]


def crossed(points, rectangle):
    """Whether a straight piece of an arrow passes through the inside of a rectangle."""
    (x1, y1), (x2, y2) = points
    x, y, width, height = rectangle
    within_x = max(min(x1, x2), x + 1) < min(max(x1, x2), x + width - 1) or (x1 == x2 and x + 1 < x1 < x + width - 1)
    within_y = max(min(y1, y2), y + 1) < min(max(y1, y2), y + height - 1) or (y1 == y2 and y + 1 < y1 < y + height - 1)
    return within_x and within_y


SIZES = {
    "no reason": {"n_reasons": 0}, "one reason": {"n_reasons": 1}, "forty reasons": {"n_reasons": 40},
    "forty long reasons": {"n_reasons": 40, "label": LONG}, "sixty databases": {"places": 60},
    "large numbers": {"n": 1_234_567, "places": 3},
}  # fmt: skip


@pytest.mark.parametrize("template", TEMPLATES)
@pytest.mark.parametrize(
    ("size", "page"), [*((size, 680) for size in SIZES), ("large numbers", 560), ("one reason", 1000)]
)
def test_nothing_overlaps_or_overflows(template, size, page):
    """In every template and at every size text lies in its box, boxes lie apart, and no arrow passes through a box."""
    flow = made(**SIZES[size], **TEMPLATES[template])
    flow["exceptions"] = [{"name": "late_addition", "why": LONG, "n": 6, "ids": ["P" + "7" * 200]}]
    root = drawing(svg(flow, width=page))
    wide, high = float(root.get("width")), float(root.get("height"))
    assert wide == (680 if page < 680 and template == "updated, other methods" else page)
    boxes = rectangles(root)
    for (x, y, width, height), (u, v, w, h) in itertools.combinations(boxes, 2):
        assert u >= x + width or x >= u + w or v >= y + height or y >= v + h
    for x, y, width, height in boxes:
        assert min(x, y) >= 0
        assert x + width <= wide
        assert y + height <= high
    for group in root.iter(f"{SVG}g"):
        own = rectangles(group)
        for line in group.iter(f"{SVG}text") if len(own) == 1 else ():
            x, y, width, height = own[0]
            assert x <= float(line.get("x")) <= x + width
            assert y < float(line.get("y")) < y + height
    places = [(each.get("x"), each.get("y")) for each in root.iter(f"{SVG}text") if each.get("x")]
    assert len(places) == len(set(places))
    for line in root.iter(f"{SVG}polyline"):
        points = [tuple(map(float, point.split(","))) for point in line.get("points").split()]
        for piece in itertools.pairwise(points):
            assert not any(crossed(piece, box) for box in boxes)
    assert len([each for each in root.iter() if each.get("data-reason")]) == SIZES[size].get("n_reasons", 3) * (
        1 + TEMPLATES[template]["other"]
    )
    assert all(re.search(r"\(n = [\d,]+\)", text_of(each)) for each in marked(root, "data-box").values())


@pytest.mark.parametrize("template", TEMPLATES)
def test_no_line_of_text_is_wider_than_its_box(template):
    """Measured in the widest face that is named, each line ends before the right side of its box."""
    from scopeline.figures import look

    root = drawing(svg(made(3, LONG, n=1_234_567, **TEMPLATES[template])))
    for group in root.iter(f"{SVG}g"):
        own = rectangles(group)
        for line in group.iter(f"{SVG}text") if len(own) == 1 else ():
            size, bold = float(line.get("font-size", look.SIZE)), line.get("font-weight") == "bold"
            wide = look.width_of(line.text, size, bold=bold)
            left = float(line.get("x")) - (wide / 2 if line.get("text-anchor") == "middle" else 0)
            assert left >= own[0][0]
            assert left + wide <= own[0][0] + own[0][2]


@settings(deadline=None, max_examples=40)
@given(st.text(max_size=60), st.integers(0, 10**9))
def test_any_text_gives_a_readable_picture(text, n):
    """Markup, control characters and any script in a reason or a source never break the svg."""
    flow = made(1, text)
    flow["reasons"]["reports_excluded"][0]["n"] = n
    flow["sources"]["odd"] = {"n": n, "label": text, "names": {text: n}}
    root = drawing(svg(flow, title=text))
    assert f"(n = {n:,})" in text_of(root)


@pytest.mark.properties
@settings(deadline=None, max_examples=60)
@given(ANY_REVIEW, st.sampled_from(["together", "apart"]))
def test_any_review_is_told_in_every_form(tables, other_methods):
    """Whatever the rows are, the figure has flow.json's boxes or refuses; text and Mermaid have the same numbers."""
    screening = screen(*tables, reasons=REASONS, other_methods=other_methods)
    counted = count(tables[0], screening, tables[3], other_methods=other_methods)
    told = as_json(counted)
    drawn = {name: int(each.get("data-n")) for name, each in marked(drawing(svg(told)), "data-box").items()}
    assert drawn == ({name: box["n"] for name, box in shown_boxes(told).items()} if counted.proved else {})
    for n in drawn.values():
        assert f"(n = {n:,})" in text(told)
        assert f"(n&nbsp;=&nbsp;{n:,})" in mermaid(told)


def test_the_same_flow_gives_the_same_bytes(flow):
    """Nothing in svg, png or pdf depends on the run."""
    assert svg(flow) == svg(copy.deepcopy(flow))
    assert not re.search(r"\d{4}-\d\d-\d\d", svg(flow))
    assert png(svg(flow)) == png(svg(flow))
    assert pdf(svg(flow)) == pdf(svg(flow))


def test_it_renders(flow):
    """The png has three pixels a unit; the pdf is 170 mm wide, and its text is text in an embedded font."""
    picture = png(svg(flow))
    width = int.from_bytes(picture[16:20], "big")
    assert picture.startswith(b"\x89PNG")
    assert width == 2040
    paper = pdf(svg(flow))
    box = re.search(rb"/MediaBox ?\[0 0 ([\d.]+) [\d.]+\]", paper)
    assert round(float(box[1]) / 72 * 25.4) == 170
    assert b"/FontFile2" in paper
