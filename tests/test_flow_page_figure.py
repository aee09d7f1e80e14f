"""The page of the flow diagram: one file, each box with the list of its members."""

import re

import pandas as pd
import pytest
from flow_figures import made, two_arms_updated
from report_evidence import HOSTILE
from scopeline.figures.flow_page import page
from scopeline.flow_data import members
from test_report import Reader


@pytest.fixture(scope="module")
def review():
    told, counted = two_arms_updated()
    frames = {name: members(counted, name) for name in counted.boxes}
    names = {"R1": "First record; 2019", "P1": "First report", "W3": HOSTILE}
    return told, frames, names


@pytest.fixture(scope="module")
def read(review):
    told, frames, names = review
    return Reader(page(told, frames, title="Flow of a <review>", names=names))


def test_every_box_of_the_figure_leads_to_its_members(read, review):
    """Each link of the picture names a box that the page lists, with the very ids that the flow has in it."""
    told, frames, _ = review
    links = [each["attrs"]["href"] for each in read.all("a") if "svg" in each["inside"]]
    shown = [name for name, box in told["boxes"].items() if name != "other_records_excluded" or box["n"]]
    assert sorted(links) == sorted(f"#members-{name}" for name in shown)
    ids = {each["attrs"]["id"] for each in read.elements if "id" in each["attrs"]}
    assert {link[1:] for link in links} <= ids
    for name, frame in frames.items():
        box = read.data["boxes"][name]
        assert [row[0] for row in box["rows"]] == frame.iloc[:, 0].tolist()
        assert box["n"] == told["boxes"][name]["n"]
    assert read.data["boxes"]["excluded"]["columns"] == ["Record", "Reason"]
    assert read.data["boxes"]["excluded"]["rows"] == [["R2", "no outcome"]]
    assert read.data["boxes"]["other_reports_excluded"]["columns"] == ["Report", "Record", "Study", "Reason"]
    assert read.data["names"]["R1"] == "First record; 2019"


def test_it_is_one_file_that_asks_for_nothing(read):
    """No address outside of the folder of boxes, no source, and a policy that allows this page's script alone."""
    for element in read.elements:
        assert "src" not in element["attrs"]
        assert not [name for name in element["attrs"] if name.startswith("on")]
        assert re.match(r"#|boxes/\w+\.csv$", element["attrs"].get("href", "#"))
    assert "default-src 'none'" in read.all("meta", http_equiv="Content-Security-Policy")[0]["attrs"]["content"]
    assert len(read.all("script")) == 2
    assert not read.all("img")


def test_it_can_be_found_around_in(read):
    """Language, landmarks, named tables and regions, headings without a gap, and no id twice."""
    assert read.all("html", lang="en")
    assert [len(read.all(tag)) for tag in ("main", "h1")] == [1, 1]
    ids = [each["attrs"]["id"] for each in read.elements if "id" in each["attrs"]]
    assert len(ids) == len(set(ids))
    assert read.all("h1")[0]["text"] == "Flow of a <review>"
    assert len(read.all("caption")) == len(read.all("table"))
    assert read.all("p", role="status")
    assert read.all("svg", role="group")
    for each in read.all("input") + read.all("select"):
        assert "label" in each["inside"]
    assert any("Total studies included in review (n = 3)" in each["text"] for each in read.all("pre"))


def test_a_long_list_leads_to_its_csv(review):
    """Beyond so many members the page lists the first and says how many there are."""
    told, frames, _ = review
    box = Reader(page(told, frames, most=1)).data["boxes"]["identified"]
    assert (len(box["rows"]), box["whole"], box["csv"]) == (1, 4, "boxes/identified.csv")


def test_it_does_without_members():
    """Typed numbers have no members, an empty flow no boxes: the page is made all the same, and says the cell."""
    typed = made()
    typed["boxes"]["screened"].update(typed=5, cells=["raw/flow.csv › flow!E4"])
    read = Reader(page(typed, {}))
    assert any("typed: raw/flow.csv › flow!E4" in each["text"] for each in read.all("td"))
    assert Reader(page({}, {"screened": pd.DataFrame()})).all("h1")
    assert page(typed, {}) == page(typed, {})
