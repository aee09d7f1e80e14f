"""The figure of agreement shows the numbers of the panel, and says what it cannot show."""

import re
import xml.etree.ElementTree as ET

import numpy as np
import pandas as pd
import pytest
from scopeline.agreement import full_panel
from scopeline.figures.agreement_figure import MOST_PAIRS, describe, svg

SVG = "{http://www.w3.org/2000/svg}"


def votes_of(*rows):
    return pd.DataFrame(list(rows), columns=["record_id", "stage", "reviewer", "decision"]).astype("string")


def team(size, n=60, cover=1.0, stage="title_abstract"):
    """Votes of a team on records, about a third to be included, every reviewer with some mistakes."""
    random = np.random.default_rng(size)
    truth = random.random(n) < 0.3
    rows = []
    for place in range(size):
        votes = truth ^ (random.random(n) < 0.15)
        seen = np.flatnonzero(random.random(n) < cover)
        rows += [(f"R{at}", stage, f"Reviewer {place:02d}", "include" if votes[at] else "exclude") for at in seen]
    return votes_of(*rows)


def lines_of(picture):
    """The lines of a drawn figure, read back."""
    return [group.attrib for group in ET.fromstring(picture).iter(f"{SVG}g") if "data-line" in group.attrib]


def texts_of(picture):
    return [element.text or "" for element in ET.fromstring(picture).iter(f"{SVG}text")]


def test_every_line_carries_its_figures():
    """What is drawn can be read back: it is what the panel says, for pairs and for all together."""
    lines = full_panel(team(3, cover=0.9))
    drawn = lines_of(svg(lines))
    assert [each["data-reviewers"] for each in drawn] == lines["reviewers"].tolist()
    for line, each in zip(lines.to_dict("records"), drawn, strict=True):
        names = ("kappa",) if line["line"] == "pair" else ("fleiss_kappa", "alpha")
        for name in (*names, "ac1"):
            assert float(each[f"data-{name.replace('_', '-')}"]) == pytest.approx(line[name], rel=1e-5)


def test_numbers_stand_beside_their_marks():
    """Each coefficient is printed with its interval, percent agreement with its sign."""
    said = texts_of(svg(full_panel(team(2))))
    assert any(re.fullmatch(r"0\.\d\d \(−?0\.\d\d to 0\.\d\d\)", each) for each in said)
    assert any(re.fullmatch(r"\d\d\.\d %", each) for each in said)


def test_many_reviewers_have_a_line_each():
    """Sixty-six pairs are twelve lines, and all together; the figure says that each pair stands twice."""
    lines = full_panel(team(12, cover=0.9))
    drawn = lines_of(svg(lines))
    assert (lines["line"] == "pair").sum() == 66 > MOST_PAIRS
    assert [each["data-line"] for each in drawn] == ["reviewer"] * 12 + ["all"]
    assert "Each pair stands on two lines" in " ".join(texts_of(svg(lines)))


def test_not_estimable_is_said_and_not_drawn():
    """A coefficient without a value has words in its place, a footnote with the reason, and no NaN anywhere."""
    picture = svg(full_panel(votes_of(*[(f"R{n}", "full_text", who, "include") for n in range(4) for who in "AB"])))
    (line,) = lines_of(picture)
    assert (line["data-kappa"], line["data-ac1"]) == ("not estimable", "1")
    assert "not estimable" in texts_of(picture)
    assert "one and the same category" in " ".join(texts_of(picture))
    assert "nan" not in picture.lower() and "&lt;NA" not in picture


def test_paradox_has_a_footnote():
    """A line whose kappa may mislead is marked, and the note says what to read beside it."""
    votes = (
        [("include", "include")] * 51 + [("include", "exclude")] * 4 + [("exclude", "include"), ("exclude", "exclude")]
    )
    rows = [
        (f"R{n}", "full_text", who, vote) for n, both in enumerate(votes) for who, vote in zip("AB", both, strict=True)
    ]
    said = texts_of(svg(full_panel(votes_of(*rows))))
    assert "A and B ¹" in said
    assert any(each.startswith("Kappa paradox") for each in said)


def test_nothing_to_compare():
    """Without two reviewers the figure is a sentence."""
    picture = svg(full_panel(votes_of()))
    assert "nothing to compare" in picture
    assert lines_of(picture) == []


def test_description_is_reckoned_from_the_figures():
    """Few pairs are told one by one, many by range and median; how a maybe counts is told as well."""
    few, many = full_panel(team(2)), full_panel(team(12))
    assert few.loc[0, "sentence"] in describe(few)
    assert re.search(
        r"66 pairs of 12 reviewers; percent agreement from \d\d\.\d % to \d\d\.\d %, median", describe(many)
    )
    assert describe(few).endswith('A "maybe" counts as include.')


def test_names_cannot_break_the_picture():
    """Names with markup, control characters, other scripts or great length leave a picture that can be read."""
    names = ["<b>&\"'", "a\x00b\x0b", "王小明" * 30, "x" * 400]
    rows = [(f"R{n}", "title_abstract", who, "include" if n % 2 else "exclude") for n in range(6) for who in names]
    picture = svg(full_panel(votes_of(*rows)), title="<script>")
    assert len(lines_of(picture)) == 7
    assert "<script>" not in picture


def test_everything_stands_inside_the_picture():
    """No mark and no text lies outside, with the lowest values there are."""
    rows = [
        (f"R{n}", "title_abstract", who, vote)
        for n in range(8)
        for who, vote in zip("AB", ("include", "exclude")[:: (-1) ** n], strict=True)
    ]
    picture = svg(full_panel(votes_of(*rows)))
    root = ET.fromstring(picture)
    width, height = float(root.attrib["width"]), float(root.attrib["height"])
    for element in root.iter():
        for name in ("x", "cx", "x1", "x2"):
            assert 0 <= float(element.attrib.get(name, 0)) <= width
        for name in ("y", "cy", "y1", "y2"):
            assert 0 <= float(element.attrib.get(name, 0)) <= height


def test_order_of_votes():
    """Shuffled votes give the same bytes."""
    votes = team(4, cover=0.8)
    assert svg(full_panel(votes.sample(frac=1, random_state=3))) == svg(full_panel(votes))
