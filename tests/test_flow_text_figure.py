"""The flow diagram as plain text and in Mermaid: the same content as the picture, in other letters."""

import copy
import html
import re

import pytest
from flow_figures import TEMPLATES, made, two_arms_updated
from hypothesis import given, settings
from hypothesis import strategies as st
from scopeline.errors import ConfigurationError
from scopeline.figures.flow_mermaid import mermaid
from scopeline.figures.flow_text import text


def told_by_mermaid(chart):
    """The labels of a chart as they are shown."""
    labels = re.findall(r'\["(.*?)"\]', chart)
    plain = [html.unescape(re.sub(r"#(\d+);", r"&#\1;", label.replace("<br/>", "\n"))) for label in labels]
    return [each.replace("\u00a0", " ") for each in plain]


def test_text_tells_every_box_in_the_order_of_the_figure():
    """Arms under their headings, stages, reasons below their box, the previous version first and the totals last."""
    told, _ = two_arms_updated()
    lines = [line.strip() for line in text(told).splitlines() if line.strip()]
    places = [
        lines.index(each)
        for each in (
            "Previous studies",
            "Studies included in previous version of review (n = 2)",
            "Identification of new studies via databases and registers",
            "Records identified (n = 4) from:",
            "Records screened (n = 3)",
            "Reports awaiting classification (n = 1)",
            "Identification of new studies via other methods",
            "no <outcome> (n = 1)",
            "New studies included in review (n = 2)",
            "Total studies included in review (n = 3)",
            "Remarks that follow from the counts",
            "Previous version",
        )
    ]
    assert places == sorted(places)
    for box in told["boxes"].values():
        assert f"(n = {box['n']})" in text(told)


@pytest.mark.parametrize("template", TEMPLATES)
def test_text_keeps_to_its_width(template):
    """No line is longer than asked for, and every line is plain characters."""
    told = text(made(40, "a reason of several words", **TEMPLATES[template]), width=60)
    assert max(map(len, told.splitlines())) <= 60
    assert told.endswith("\n")
    assert told.isascii()


def test_both_say_that_a_review_is_in_progress_or_refused():
    """Pending stands first; a flow that does not add up is not told but as its failing sums."""
    flow = made()
    assert "In progress: 7 records pending" in text({**flow, "pending": 7})
    assert "In progress: 7 records pending#46;" in mermaid({**flow, "pending": 7})
    failing = {"id": "F2", "left": "screened 5", "right": "identified 9", "holds": False, "only_left": ["R1"]}
    for made_of in (text, mermaid):
        refused = made_of({**flow, "identities": [failing]})
        assert "not drawn" in refused
        assert "Records screened" not in refused
        with pytest.raises(ConfigurationError, match="wording"):
            made_of(flow, wording="papers")


def test_mermaid_has_every_box_and_arrow():
    """Boxes by name, arms as subgraphs, arrows to what is included from both arms and to totals from before."""
    told, _ = two_arms_updated()
    chart = mermaid(told)
    assert chart.startswith('%%{init: {"flowchart"')
    assert chart.splitlines()[1] == "flowchart TB"
    shown = "\n".join(told_by_mermaid(chart))
    for box in told["boxes"].values():
        assert f"(n = {box['n']})" in shown
    for arrow in (
        "box_identified --> box_screened", "box_identified --> box_removed", "box_assessed --> box_waiting",
        "box_other_identified --> box_other_sought", "box_assessed ----> box_included",
        "box_other_assessed ----> box_included", "box_included --> box_total", "box_previous --> box_total",
    ):  # fmt: skip
        assert f"  {arrow}\n" in chart
    nodes = re.findall(r"^\s*(\w+)\[", chart, re.MULTILINE)
    assert len(nodes) == len(set(nodes))
    assert chart.count("subgraph ") == len(re.findall(r"^\s*end$", chart, re.MULTILINE)) == 3
    ends = {name for pair in re.findall(r"^  (\w+) (?:-+>|~~~) (\w+)$", chart, re.MULTILINE) for name in pair}
    assert ends <= set(nodes)


HOSTILE = [
    "1. numbered <b>bold</b>",
    "- item & \"quotes\" 'x' `code` **b** _i_",
    "end subgraph --> x %% c ; #35; {a} [b] | \\",
    "</script><script>alert(1)</script>",
    "# head",
    "$x$ @ ^ ~",
    "ąß中 10.1000/x-y_z",
    "&amp; &#60;",
]


def test_mermaid_shows_any_text_as_it_is():
    """Quotes, brackets, comments, markup, Markdown and entities in a label are read as the same text."""
    flow = made(0)
    flow["reasons"]["reports_excluded"] = [{"reason": each, "n": 1} for each in HOSTILE]
    chart = mermaid(flow, title='a } ; # "x"')
    shown = "\n".join(told_by_mermaid(chart))
    for each in HOSTILE:
        assert f"{each} (n = 1)" in shown
    assert "accTitle: a x\n" in chart


@settings(deadline=None, max_examples=60)
@given(st.text(max_size=40))
def test_no_text_leaves_its_label(said):
    """Whatever a reason is, the chart has the same lines and nodes as with a plain one."""
    plain, odd = made(1), made(1)
    odd["reasons"]["reports_excluded"][0]["reason"] = said
    assert [line.split("[")[0] for line in mermaid(odd).split("\n") if "accDescr" not in line] == [
        line.split("[")[0] for line in mermaid(plain).split("\n") if "accDescr" not in line
    ]


def test_they_are_the_same_on_every_run():
    """Nothing depends on the run."""
    told, _ = two_arms_updated()
    for made_of in (text, mermaid):
        assert made_of(told) == made_of(copy.deepcopy(told))
        assert made_of({})
