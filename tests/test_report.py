"""The report and its summary: every number opens its members, nothing from a cell is markup, and no word is wrong."""

import base64
import hashlib
import itertools
import json
import re
from html.parser import HTMLParser
from importlib.resources import files

import pandas as pd
import pytest
from report_evidence import FLOW, HOSTILE, MEMBERS, drawn, empty, evidence, hostile
from scopeline.report import members as member_sets
from scopeline.report.page import page
from scopeline.report.rendering import as_json
from scopeline.report.summary import summary

#: Elements that the templates use; a cell that became markup would bring another or an attribute of its own.
VOID = {"meta", "link", "input", "br", "img", "rect", "path", "line", "circle", "polygon"}


class Element(dict):
    """One element: its tag, attributes, what it stands in, and the text inside it."""

    @property
    def text(self):
        return "".join(self["parts"][self["from"] : self["to"]])

    def __getitem__(self, name):
        return self.text if name == "text" else super().__getitem__(name)


class Reader(HTMLParser):
    """A page as the list of its elements; fails where an element is not closed in its turn."""

    def __init__(self, html):
        super().__init__(convert_charrefs=True)
        self.elements, self._open, self._parts = [], [], []
        self.feed(html)
        self.close()
        assert not self._open

    def handle_starttag(self, tag, attrs):
        place = len(self._parts)
        inside = [each["tag"] for each in self._open]
        element = Element(tag=tag, attrs=dict(attrs), inside=inside, parts=self._parts, **{"from": place, "to": place})
        self.elements.append(element)
        if tag not in VOID:
            self._open.append(element)

    def handle_endtag(self, tag):
        if tag in VOID:
            return
        assert self._open, f"</{tag}> closes nothing"
        assert self._open[-1]["tag"] == tag, f"</{tag}> closes <{self._open[-1]['tag']}>"
        self._open.pop()["to"] = len(self._parts)

    def handle_data(self, data):
        self._parts.append(data)

    def all(self, tag, **attrs):
        wanted = {name.rstrip("_").replace("_", "-"): value for name, value in attrs.items()}
        return [
            each
            for each in self.elements
            if each["tag"] == tag and all(each["attrs"].get(name) == value for name, value in wanted.items())
        ]

    @property
    def data(self):
        return json.loads(self.all("script", id="data")[0]["text"])


@pytest.fixture(scope="module")
def report():
    return Reader(page(evidence()))


EVERY = pytest.mark.parametrize("make", [evidence, drawn, hostile, empty])


@EVERY
def test_every_button_opens_members_of_the_number_it_shows(make):
    """A number is the size of the set that it opens, unless it is a line of signs."""
    read = Reader(page(make()))
    buttons = [each for each in read.all("button") if "data-set" in each["attrs"]]
    assert buttons or make is empty
    for button in buttons:
        opened = read.data["sets"][int(button["attrs"]["data-set"])]
        assert len(opened["members"]) == opened["n"]
        assert opened["csv"].startswith(("prisma/", "tables/"))
        if "evidence" not in button["attrs"]["class"].split():
            assert button["text"].replace(",", "") == str(opened["n"]) or make is hostile


def test_every_box_of_the_flow_lists_its_members(report):
    """The members that a box opens are the ids that the flow has in it, and its csv stands beside it."""
    rows = [each for each in report.all("tr") if "data-box-row" in each["attrs"]]
    assert [row["attrs"]["data-box-row"] for row in rows] == list(FLOW["boxes"])
    titles = {each["title"]: each for each in report.data["sets"]}
    for name, ids in MEMBERS.items():
        assert titles[FLOW["boxes"][name]["label"]]["members"] == ids
        assert report.all("a", href=f"prisma/boxes/{name}.csv")


def test_a_member_comes_with_its_line_and_its_findings(report):
    """In a cell of the map each study says its direction, its kind of evidence, and where its findings stand."""
    sets = {each["title"]: each for each in report.data["sets"]}
    told = {member[0]: member[1:] for member in sets["Migraine × pain"]["members"]}
    assert told["Able2020"][0] == "▲ benefit, comparative; ▲ benefit, uncontrolled"
    assert told["Able2020"][1] == ["F1"]
    assert told["Baker2021"][0] == "▼ harm, uncontrolled"
    assert report.data["names"]["F1"] == "pain at 12 weeks; raw/charting.xlsx › findings!F2"
    row = report.data["rows"]["Able2020"]
    assert "Able2020" in report.all("tr", id=row)[0]["text"]


def test_kinds_of_evidence_stay_apart(report):
    """Comparative and uncontrolled evidence have buttons of their own in a cell, each saying which it is."""
    labels = [
        each["attrs"]["aria-label"]
        for each in report.all("button")
        if "evidence" in each["attrs"].get("class", "").split()
    ]
    assert "Comparative, Migraine, pain: 1 benefit" in labels
    assert "Uncontrolled, Migraine, pain: 1 benefit, 1 harm" in labels
    assert "Other contrast, Gout, sleep: 1 mixed" in labels


def test_empty_cells_are_seen(report):
    """A value of an axis without any study has its row or column, and its cells say so."""
    table = next(each for each in report.all("table") if "Number of studies per cell" in each["text"])
    assert "lupus" in table["text"]
    assert "work" in table["text"]
    assert table["text"].count("no study") == 9 - 4
    assert any(
        "5 of 9 cells hold no study. No study at all: lupus and work." in each["text"] for each in report.all("p")
    )


@EVERY
def test_nothing_from_a_cell_is_markup(make):
    """Whatever the texts are, the page has its two scripts, no handler, and no address outside of the results."""
    html = page(make())
    read = Reader(html)
    assert [each["attrs"] for each in read.all("script")] == [{"type": "application/json", "id": "data"}, {}]
    assert not read.all("img") + read.all("iframe") + read.all("link") + read.all("object")
    for element in read.elements:
        assert not [name for name in element["attrs"] if name.startswith("on")]
        for name in ("href", "src", "action"):
            address = element["attrs"].get(name, "#")
            assert re.match(r"(#|\.\./|validation/|prisma/|tables/|figures/)", address), address
    assert "\u2028" not in html.split('id="data">')[1].split("</script>")[0]


def test_a_hostile_text_is_shown_as_it_is():
    """A text that looks like markup is read as the same text, in the page and in what the script shows."""
    read = Reader(page(hostile()))
    assert read.all("h1")[0]["text"] == HOSTILE
    assert read.data["names"][HOSTILE] == HOSTILE
    assert any(HOSTILE in each["text"] for each in read.all("td"))


def test_the_policy_allows_the_one_script(report):
    """The content security policy forbids all but this page's script, named by its digest."""
    policy = report.all("meta", http_equiv="Content-Security-Policy")[0]["attrs"]["content"]
    digest = base64.b64encode(hashlib.sha256(report.all("script")[1]["text"].encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in policy
    assert "default-src 'none'" in policy
    assert "http" not in policy


@EVERY
def test_page_can_be_found_around_in(make):
    """Language, landmarks, a link past the bar, headings without a gap, named tables, and no id twice."""
    read = Reader(page(make()))
    assert read.all("html", lang="en")
    assert [len(read.all(tag)) for tag in ("main", "h1", "nav")] == [1, 1, 1]
    assert read.all("a", href="#main")
    levels = [int(each["tag"][1]) for each in read.elements if re.fullmatch(r"h[1-6]", each["tag"])]
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels))
    ids = [each["attrs"]["id"] for each in read.elements if "id" in each["attrs"]]
    assert len(ids) == len(set(ids))
    for link in read.all("a"):
        target = link["attrs"]["href"]
        assert not target.startswith("#") or target == "#" or target[1:] in ids
    named = [each for each in read.all("table") if "aria-labelledby" in each["attrs"]]
    assert len(read.all("caption")) + len(named) == len(read.all("table"))


def test_the_field_s_words(report):
    """No wrong word for the unit, no "significant", no "extraction"; the sections are named as in PRISMA-ScR."""
    words = (
        " ".join(each["text"] for each in report.all("body")).split('{"sets"')[0].lower() + summary(evidence()).lower()
    )
    for wrong in ("papers", "articles", "significant", "data extraction", "rejected"):
        assert wrong not in words
    for right in ("selection of sources of evidence", "characteristics of the sources of evidence", "absence of harm"):
        assert right in words


def test_silence_stands_beside_harms(report):
    """All five states are there with their numbers, and the sentence says what silence is not."""
    aside = next(each for each in report.all("aside") if "Silence on harms" in each["text"])
    assert (
        "2 of 3 (67\u00a0%) are silent: 1 does not report harms, 0 did not assess them and 1 is not charted yet."
        in aside["text"]
    )
    assert "Absence of information on harms is not absence of harm." in aside["text"]
    assert "section" in aside["inside"]


def test_an_unfinished_review_says_so():
    """Where records are pending the page says so before any number."""
    html = Reader(page(evidence(flow={**FLOW, "pending": 12})))
    assert any("In progress: 12 records are pending." in each["text"] for each in html.all("p"))


def test_a_broken_sum_is_named():
    """A sum that does not hold is said in words and shown with the ids that differ."""
    broken = {**FLOW["identities"][0], "holds": False, "only_left": ["R77"]}
    html = Reader(page(evidence(flow={**FLOW, "identities": [broken]})))
    assert any("1 of 1 sums of the flow does not hold: F2." in each["text"] for each in html.all("figcaption"))
    assert any("R77" in each["text"] for each in html.all("td"))


def test_the_figure_is_taken_without_its_prolog(report):
    """The figure stands in the page as markup, once, without the XML declaration of its file."""
    assert len(report.all("svg")) == 1
    assert "<?xml" not in page(evidence())


def test_the_same_evidence_gives_the_same_text():
    """Neither a second call nor another order of the rows of directions changes a byte."""
    shuffled = evidence().directions.sample(frac=1, random_state=1)
    assert page(evidence()) == page(evidence()) == page(evidence(directions=shuffled))
    assert summary(evidence()) == summary(evidence(directions=shuffled))


def test_a_long_list_is_cut_and_says_so(monkeypatch):
    """A set larger than the page lists keeps its size, so that the panel can say how many are in the csv alone."""
    monkeypatch.setattr(member_sets, "MOST_LISTED", 2)
    sets = {each["title"]: each for each in Reader(page(evidence())).data["sets"]}
    assert sets["Records screened"]["n"] == 5
    assert sets["Records screened"]["members"] == ["R1", "R2"]


def test_json_can_stand_in_a_script():
    """No text ends the script element, starts a comment or breaks a line in it; reading it back gives the text."""
    told = as_json({"a": HOSTILE, "b": "\x00\ud800ok"})
    assert not set(told) & {"<", ">", "&", "\u2028", "\u2029"}
    assert json.loads(told) == {"a": HOSTILE, "b": "\ufffd\ufffdok"}


def test_many_categories_are_folded_and_none_is_lost():
    """Of a field with forty values some stand behind a fold, and each of them is on the page."""
    lines = evidence().characteristics.iloc[[0]]
    wide = pd.concat(
        [lines.assign(category_label=f"value {n:02}", summary="", n=1, study_ids="Able2020") for n in range(40)]
    )
    read = Reader(page(evidence(characteristics=wide)))
    assert any(each["text"] == "25 more" for each in read.all("summary"))
    shown = " ".join(each["text"] for each in read.all("th", scope="row"))
    assert all(f"value {n:02}" in shown for n in range(40))


@EVERY
def test_the_summary_is_plain_markdown(make):
    """The summary has its headings, its tables keep their columns, and no text of a cell is HTML or a link."""
    told = summary(make())
    assert told.endswith("\n")
    assert "<" not in told
    assert "](javascript" not in told.replace("\\]", "")
    tables = [block for block in told.split("\n\n") if block.startswith("|")]
    for table in tables:
        widths = {len(re.findall(r"(?<!\\)\|", line)) for line in table.splitlines()}
        assert len(widths) == 1
    assert [line for line in told.splitlines() if line.startswith("## ")][:2] == [
        "## Selection of sources of evidence",
        "## Characteristics of the sources of evidence",
    ]


def test_the_summary_tells_the_flow_and_keeps_kinds_of_evidence_apart():
    """The flow is a sentence, and a line of the map has a column for each kind of evidence."""
    told = summary(evidence())
    assert "6 records were identified. Before screening, 1 was removed as a duplicate." in told
    assert "3 studies were included, from 4 reports." in told
    assert "| Condition | Outcome domain | Studies | Comparative | Uncontrolled | Other contrast |" in told
    assert "| Migraine | pain | 2 | ▲1 | ▲1 ▼1 | – |" in told
    assert "2 of 3 (67\u00a0%) are silent" in told


def _luminance(colour):
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_colours_can_be_read(scheme):
    """Every colour of text has a contrast of 4.5 on every ground that it stands on, in light and in dark (WCAG AA)."""
    css = (files("scopeline.report") / "templates" / "base.css").read_text(encoding="utf-8")
    tokens = dict(
        re.findall(
            r"--([a-z-]+): (#[0-9a-f]{6});", css.split("@media (prefers-color-scheme: dark)")[scheme].split("* {")[0]
        )
    )
    plain = ["ink", "soft", "accent", "benefit", "harm", "none", "mixed", "error", "warning", "note"]
    grounds = {"paper": plain, "shade": ["ink", "soft"], "accent-shade": ["ink", "soft", "accent"]}
    grounds |= {"error-shade": ["error"], "warning-shade": ["ink", "accent", "warning"], "note-shade": ["note"]}
    for ground, colours in grounds.items():
        for colour in colours:
            light, dark = sorted((_luminance(tokens[ground]), _luminance(tokens[colour])), reverse=True)
            assert (light + 0.05) / (dark + 0.05) >= 4.5, f"{colour} on {ground}"
