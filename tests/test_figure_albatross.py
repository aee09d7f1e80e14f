"""The albatross plot: comparative findings with a p-value, where they can be placed honestly."""

import math
import re
from statistics import NormalDist

import pandas as pd
import pytest
from figure_evidence import SVG, example, made, marks, tree, twin
from scopeline.figures import albatross


def placed(review):
    """The findings that can be placed, in plain Python."""
    people = dict(zip(review.studies["study_id"], review.studies["n"], strict=True))
    return sorted(
        (line["finding_id"], line["direction"], float(line["p_value_number"]), int(people[line["study_id"]]))
        for line in review.findings.to_dict("records")
        if line["contrast"] in ("vs placebo", "vs active comparator")
        and pd.notna(line["p_value_number"])
        and line["direction"] in ("benefit", "none", "harm")
        and pd.notna(people[line["study_id"]])
    )


@pytest.mark.parametrize("n", [51, 300])
def test_marks_twin_and_findings_agree(n):
    """Every finding that can be placed is, with its p and its number of people."""
    review = made(n)
    drawing = review.draw()["albatross"]
    expected = placed(review)
    assert sorted((m["finding"], m["direction"], float(m["p"]), int(m["n"])) for m in marks(drawing)) == expected
    table = twin(drawing)
    names = ("finding_id", "direction", "p", "n")
    assert sorted(zip(*(table[name] for name in names), strict=True)) == expected
    assert f"{len(expected)} finding" in drawing.pages[0].caption


def test_no_plot_of_uncontrolled_findings():
    """Before-after findings are never placed: with those alone there is a reason instead of a figure."""
    review = made(300)
    drawing = albatross.draw(review.findings.assign(contrast="before-after"), review.studies)
    assert drawing.pages == () and "0 studies have them" in drawing.why_not


def test_a_finding_without_a_side_stands_on_both():
    """Leaving out what showed no difference would leave only benefits and harms to see."""
    table = twin(example().draw()["albatross"])
    assert set(table.loc[table["direction"] == "none", "side"]) == {"both"}
    assert set(table.loc[table["direction"] == "benefit", "side"]) == {"right"}


def test_the_example_says_how_many_could_not_be_placed():
    """Sixteen of the forty comparative findings give a p-value."""
    figure = example().draw()["albatross"].pages[0]
    assert len(figure.data) == 16
    assert "24 without a p-value" in figure.caption


def test_many_findings_become_pages():
    """More points than can be told apart are split by outcome domain, on the same scales."""
    lines = [(f"F{n}", f"S{n % 40}", "abc"[n % 3], "vs placebo", "benefit", "0.01", 0.01, "=") for n in range(150)]
    names = [
        "finding_id",
        "study_id",
        "outcome_domain",
        "contrast",
        "direction",
        "p_value",
        "p_value_number",
        "p_value_bound",
    ]
    studies = pd.DataFrame({"study_id": [f"S{n}" for n in range(40)], "n": range(10, 50)})
    drawing = albatross.draw(pd.DataFrame(lines, columns=names), studies)
    assert [set(figure.data["outcome_domain"]) for figure in drawing.pages] == [{"a"}, {"b"}, {"c"}]
    assert len(twin(drawing)) == 150


def test_a_p_of_zero_is_drawn_at_the_edge():
    """A p-value printed as 0.000 has no place on a logarithmic scale; it stands at the edge and keeps its number."""
    studies = pd.DataFrame({"study_id": ["A", "B", "C"], "n": [10, 20, 30]})
    findings = pd.DataFrame(
        {"finding_id": ["1", "2", "3"], "study_id": ["A", "B", "C"], "outcome_domain": "pain", "contrast": "vs placebo",
         "direction": "harm", "p_value_number": [0.0, 1.0, 0.5]}
    )  # fmt: skip
    assert sorted(twin(albatross.draw(findings, studies))["p"]) == [0.0, 0.5, 1.0]


def axes(figure):
    """Place in the picture → p-value and people, read from the labels of the two axes."""
    texts = [each for each in tree(figure).iter(f"{SVG}text") if each.get("x")]
    bottom = next(float(each.get("y")) for each in texts if each.text == "1" and each.get("text-anchor") == "middle")
    across = {}
    for each in texts:
        if each.get("text-anchor") == "middle" and float(each.get("y")) == bottom:
            across.setdefault(float(each.text), []).append(float(each.get("x")))
    (middle,) = across[1.0]
    step = (max(across[0.01]) - middle) / 2
    sizes = [
        (math.log10(float(each.text.replace(",", ""))), float(each.get("y")) - 3.5)
        for each in texts
        if each.get("text-anchor") == "end" and re.fullmatch(r"[\d,]+", each.text) and float(each.get("y")) < bottom
    ]
    (low, y_low), (high, y_high) = min(sizes), max(sizes)

    def read(x, y):
        return 10 ** -(abs(x - middle) / step), 10 ** (low + (y_low - y) / (y_low - y_high) * (high - low))

    return read


def test_contours_are_the_lines_of_one_standardised_mean_difference():
    """Between two groups of n / 2 the error of d is near 2 / √n, so z is d √n / 2: with d 0.5 and n 100 p is 0.0124.

    Read back from the picture: every corner of every broken line obeys it, with z from the normal quantile.
    """
    figure = example().draw()["albatross"].pages[0]
    read, normal, seen = axes(figure), NormalDist(), []
    for line in tree(figure).iter(f"{SVG}polyline"):
        found = []
        for pair in line.get("points").split():
            p, n = read(*map(float, pair.split(",")))
            if p < 0.9:
                found.append(2 * normal.inv_cdf(1 - p / 2) / math.sqrt(n))
        assert max(found) - min(found) < 0.02
        seen.append(round(sum(found) / len(found), 2))
    assert sorted(seen) == [0.2, 0.2, 0.5, 0.5, 0.8, 0.8]
    assert 2 * (1 - normal.cdf(0.5 * math.sqrt(100) / 2)) == pytest.approx(0.0124, abs=5e-5)


def test_points_stand_at_their_numbers():
    """Each sign lies at its p-value and its number of people, and none upon the frame."""
    figure = example().draw()["albatross"].pages[0]
    read = axes(figure)
    for mark in tree(figure).iter(f"{SVG}g"):
        if mark.get("data-finding"):
            for sign in [*mark.iter(f"{SVG}circle"), *mark.iter(f"{SVG}polygon")]:
                if sign.get("cx"):
                    x, y = float(sign.get("cx")), float(sign.get("cy"))
                else:
                    corners = [tuple(map(float, pair.split(","))) for pair in sign.get("points").split()]
                    x = sum(corner[0] for corner in corners) / len(corners)
                    y = (min(corner[1] for corner in corners) + max(corner[1] for corner in corners)) / 2
                p, n = read(x, y)
                assert p == pytest.approx(float(mark.get("data-p")), rel=0.03)
                assert n == pytest.approx(float(mark.get("data-n")), rel=0.03)
    assert "10" in {each.text for each in tree(figure).iter(f"{SVG}text")}
