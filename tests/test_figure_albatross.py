"""The albatross plot: comparative findings with a p-value, where they can be placed honestly."""

import pandas as pd
import pytest
from figure_evidence import example, made, marks, twin
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
