"""The selection of sources of evidence in the report: arms, the previous version, typed numbers, reports that wait."""

from dataclasses import replace

import pytest
from flow_figures import made, two_arms_updated
from report_evidence import FLOW, evidence
from scopeline.figures.flow_diagram import svg
from scopeline.report import sentences
from scopeline.report.page import page
from scopeline.report.summary import summary
from test_report import Reader


def with_flow(told, counted=None):
    """The small review with another flow."""
    more = {}
    if counted is not None:
        more = {
            "box_members": {name: list(box.members) for name, box in counted.boxes.items()},
            "reason_members": {
                box: {reason: list(ids) for reason, ids in reasons.items()} for box, reasons in counted.reasons.items()
            },
            "source_members": {
                kind: list(source.members) for kind, source in {**counted.sources, **counted.other_sources}.items()
            },
        }
    return replace(evidence(), flow=told, flow_svg=svg(told, links="prisma/boxes"), **more)


@pytest.fixture(scope="module")
def review():
    return two_arms_updated()


@pytest.fixture(scope="module")
def read(review):
    return Reader(page(with_flow(*review)))


def test_boxes_stand_under_the_heading_of_their_part(read, review):
    """The previous version, both arms, what is included and both versions together are told apart, in flow's order."""
    table = next(each for each in read.all("table") if "The boxes of the flow" in each["text"])
    parts = [each["text"] for each in read.all("th", scope="colgroup")]
    assert parts == [
        "Previous version of the review",
        "Identification of studies via databases and registers",
        "Identification of studies via other methods",
        "Included",
        "Previous version and this one together",
    ]
    assert [part for part in parts if part in table["text"]] == parts
    rows = [each["attrs"]["data-box-row"] for each in read.all("tr") if "data-box-row" in each["attrs"]]
    assert rows == list(review[0]["boxes"])
    assert not Reader(page(evidence())).all("th", scope="colgroup")


def test_every_box_opens_its_members_and_names_its_file(read, review):
    """Boxes that only some flows have are in further.csv; reports that wait and sources of either arm list theirs."""
    told, counted = review
    titles = {each["title"]: each["members"] for each in read.data["sets"]}
    for name, box in counted.boxes.items():
        if box.members:
            assert titles[told["boxes"][name]["label"]] == list(box.members)
    assert titles["Reports awaiting classification"] == ["P3"]
    assert titles["Records identified from other methods: Websites"] == ["W1", "W2"]
    assert titles["Reports excluded (other methods): no <outcome>"] == ["Q3"]
    assert read.all("a", href="prisma/boxes/further.csv")
    assert not read.all("a", href="prisma/boxes/other_sought.csv")
    assert read.all("a", href="prisma/boxes/total_studies.csv") == []


def test_no_id_stands_twice_with_the_figure_in_it(read):
    """The figure's own names are none of the page's."""
    ids = [each["attrs"]["id"] for each in read.elements if "id" in each["attrs"]]
    assert len(ids) == len(set(ids))


def test_what_became_of_the_previous_version_is_told(read, review):
    """Studies in both versions and those that are not included any more have their members."""
    titles = {each["title"]: each["members"] for each in read.data["sets"]}
    assert titles["Studies of the previous version found again"] == review[0]["previous"]["studies_in_both"] == ["S1"]
    assert any("Previous version of the review" in each["text"] for each in read.all("h3"))
    assert "Previous version of the review" not in [each["text"] for each in Reader(page(evidence())).all("h3")]


def test_typed_numbers_have_their_cell():
    """A typed number is marked at its box, listed with cell and reason, and has no file of members of its own."""
    told = made()
    told["boxes"]["screened"].update(typed=5, cells=["raw/flow.csv › flow!E4"])
    told["boxes"]["duplicates"].update(typed=2, cells=["raw/flow.csv › flow!E5"])
    blank = {"source_type": "", "source_name": "", "reason": "", "why": "from the log"}
    told["typed"] = [
        {**blank, "box": "screened", "n": 5, "cell": "raw/flow.csv › flow!E4"},
        {**blank, "box": "removed_before_import", "source_name": "PubMed", "n": 2, "cell": "raw/flow.csv › flow!E5"},
        {**blank, "box": "sought", "n": 5, "cell": "raw/flow.csv › flow!E6"},
    ]
    read = Reader(page(with_flow(told)))
    rows = {each["attrs"].get("data-box-row"): each["text"] for each in read.all("tr")}
    assert "† typed: raw/flow.csv › flow!E4" in rows["screened"]
    assert "† 2 of them typed" in rows["duplicates"]
    assert "†" not in rows["sought"]
    assert not read.all("a", aria_label="Records screened: screened.csv")
    assert read.all("a", aria_label="Reports sought for retrieval: sought.csv")
    listed = next(each["text"] for each in read.all("table") if "was held against the rows" in each["text"])
    for part in ("Removed before import, PubMed", "from the log", "counts", "equal to the rows", "flow!E6"):
        assert part in listed
    assert "Typed in whole or in part, and not counted from rows: Duplicate records removed and Records screened." in (
        sentences.of_flow(told)
    )


def test_sentences_tell_both_arms_and_both_versions(review):
    """The same sentences stand in the page and in its summary."""
    told, _ = review
    said = sentences.of_flow(told)
    assert said[0] == "The previous version included 2 studies, from 2 reports."
    for sentence in (
        "4 records were identified in databases and registers.",
        "1 report awaits classification.",
        "By other methods, 3 records were identified and 1 removed as duplicates.",
        "Of these, 2 reports were sought, 0 not retrieved, 2 assessed for eligibility and 1 excluded.",
        "2 new studies were included, from 2 reports, 1 of them found by other methods.",
        "The review now includes 3 studies, from 4 reports.",
        "1 study of the previous version was found again.",
    ):
        assert sentence in said
    assert " ".join(said) in summary(with_flow(*review))
    assert " ".join(said) in " ".join(page(with_flow(*review)).split())


def test_sentences_of_a_plain_flow_are_as_they_were():
    """One arm and one version need no word on arms or versions."""
    said = " ".join(sentences.of_flow(FLOW))
    assert "databases and registers" not in said
    assert "version" not in said
    assert "3 studies were included, from 4 reports." in said


def test_who_excluded_and_what_waits_is_said():
    """The split between a human and tools, and reports of ongoing studies."""
    told = made()
    more = {"excluded_human": 3, "excluded_automation": 2, "ongoing": 1, "awaiting": 2}
    told["boxes"] |= {name: {"n": n, "unit": "records", "label": name} for name, n in more.items()}
    said = sentences.of_flow(told)
    assert "5 records were screened and 5 excluded (3 by a human and 2 by automation tools)." in said
    assert "2 reports await classification and 1 report is of ongoing studies." in said


def test_all_typed_is_said_at_once():
    """Where no row stands behind any number there is one plain sentence, also where a box is empty."""
    told = made()
    for box in told["boxes"].values():
        box["typed"] = box["n"]
    told["boxes"]["automation"].update(n=0, typed=0)
    assert sentences.of_flow(told)[-1] == "All of these numbers were typed; no rows stand behind them."
