"""The figures in the report: each page in its section, with words and files, and no name that the page has already."""

import pytest
from report_evidence import drawn, evidence
from scopeline.report import figures_section
from scopeline.report.page import page
from test_report import Reader


@pytest.fixture(scope="module")
def read():
    return Reader(page(drawn()))


def section_of(read, element):
    """The id of the section that holds an element: that of the last section that began before it."""
    sections = [each for each in read.all("section") if each["from"] <= element["from"] and each["to"] >= element["to"]]
    return sections[-1]["attrs"]["id"]


@pytest.mark.parametrize(
    ("figure", "section"),
    [("trend", "characteristics"), ("evidence_map_design", "map"), ("albatross", "map"), ("harms", "harms")],
)
def test_a_figure_stands_in_the_section_where_it_belongs(read, figure, section):
    """Sources of evidence, synthesis and harms have their figures with them."""
    assert section_of(read, read.all("div", id=f"figure-{figure}")[0]) == section


def test_every_page_is_there_with_its_words_and_files(read):
    """Each page is a picture with title and description, has its caption, and leads to svg, png and csv."""
    told = drawn()
    for name, drawing in told.figures.items():
        for each in drawing["pages"]:
            path = f"figures/evidence/{each['name']}"
            assert read.all("a", href=f"{path}.svg")
            assert read.all("a", href=f"{path}.png")
            if name == "evidence_map":
                continue
            assert read.all("a", href=f"{path}.csv")
            assert read.all("title", id=f"picture-{each['name']}-title")[0]["text"] == each["title"]
            assert read.all("desc", id=f"picture-{each['name']}-desc")[0]["text"] == each["alt"]
            assert any(each["caption"] in caption["text"] for caption in read.all("figcaption"))


def test_the_first_page_is_open_and_the_others_unfold(read):
    """A second page stands in a closed part that says which page it is."""
    assert any(each["text"] == "Evidence map by design: page 2 of 2" for each in read.all("summary"))
    picture = {name: read.all("title", id=f"picture-{name}-title")[0] for name in ("evidence_map_design", "second")}
    assert "details" not in picture["evidence_map_design"]["inside"]
    assert "details" in picture["second"]["inside"]
    assert not any("open" in each["attrs"] for each in read.all("details"))


def test_a_figure_that_cannot_be_drawn_says_why(read):
    """There is its heading and the reason, and no picture."""
    said = " ".join(read.all("div", id="figure-albatross")[0]["text"].split())
    assert said == "Albatross Not drawn. No finding has a p-value."


def test_the_map_that_is_a_table_is_not_drawn_again(read):
    """The evidence map by direction stands in the page as a table, whose caption leads to the drawn one."""
    assert not read.all("title", id="picture-evidence_map-title")
    table = next(each for each in read.all("table") if "Number of studies per cell" in each["text"])
    assert "As a figure: svg png" in table["text"]


def test_marks_know_their_studies_and_their_names_are_on_the_page(read):
    """The studies of a mark can be listed with what a person knows them by."""
    marks = [each for each in read.elements if each["attrs"].get("data-ids")]
    assert marks
    assert {study for each in marks for study in each["attrs"]["data-ids"].split("; ")} == {
        "Able2020",
        "Baker2021",
        "Cole2022",
    }
    assert read.data["names"]["Able2020"] == "Able et al.; 2020"
    assert all(each["attrs"]["data-csv"].startswith("figures/evidence/") for each in read.all("div", class_="drawing")
               if "data-csv" in each["attrs"])  # fmt: skip


@pytest.mark.parametrize(("largest", "most"), [(10, 10**9), (10**9, 10)])
def test_a_picture_too_large_for_the_page_stands_beside_it(monkeypatch, largest, most):
    """The page says so, tells the picture in words, and leads to its files."""
    monkeypatch.setattr(figures_section, "LARGEST", largest)
    monkeypatch.setattr(figures_section, "MOST_DRAWN", most)
    read = Reader(page(drawn()))
    assert not read.all("title", id="picture-trend-title")
    told = read.all("div", id="figure-trend")[0]["text"]
    assert "This page is too large to stand in the report" in told
    assert drawn().figures["trend"]["pages"][0]["alt"][:200] in told
    assert read.all("a", href="figures/evidence/trend.svg")


def test_without_figures_there_is_no_place_for_them():
    """A review whose figures were all left out has none of their headings."""
    read = Reader(page(evidence()))
    assert not [each for each in read.all("div") if each["attrs"].get("class") == "figure"]
    assert not read.all("section", id="appraisal")


def test_appraisal_is_a_section_where_its_figure_is():
    """Critical appraisal within sources of evidence (PRISMA-ScR item 16) is told where there is a figure of it."""
    told = {"appraisal": {"pages": [], "why_not": "Nothing is appraised."}}
    read = Reader(page(evidence(figures=told)))
    assert "Critical appraisal within sources of evidence" in read.all("section", id="appraisal")[0]["text"]
    assert read.all("a", href="#appraisal")


def test_first_pages_come_before_second_ones(monkeypatch):
    """Where not all pictures fit, each figure keeps its first page as long as there is room."""
    told = drawn()
    firsts = [told.figures[name]["pages"][0]["name"] for name in ("trend", "evidence_map_design", "harms")]
    monkeypatch.setattr(figures_section, "MOST_DRAWN", sum(len(told.pictures[name]) for name in firsts))
    read = Reader(page(told))
    assert all(read.all("title", id=f"picture-{name}-title") for name in firsts)
    assert not read.all("title", id="picture-second-title")
