"""The page tells agreement in charting in the words and digits of its other tables."""

import pandas as pd
from scopeline.charting_agreement import AGREEMENT_COLUMNS, empty
from scopeline.report.charting_section import agreement


def line(**values):
    made = {"table": "studies", "field": "age_group", "reviewer_a": "Ann", "reviewer_b": "Bob", "note": "", **values}
    return pd.DataFrame([made], columns=list(AGREEMENT_COLUMNS)).astype(AGREEMENT_COLUMNS)


def test_a_line_holds_what_was_compared():
    """Counts, shares and coefficients; what cannot be estimated is empty, never nan."""
    told = agreement(line(n=12, agree=11, percent_agreement=11 / 12, kappa=0.893, one_sided=0), {})["lines"][0]
    assert (told["field"], told["reviewers"], told["n"], told["agree"]) == ("Age group", "Ann and Bob", "12", "11")
    assert told["agreement"].startswith("9")
    assert told["kappa"] == ("0.89", "")
    assert (told["ac1"], told["jaccard"]) == ("", "")


def test_what_nobody_charted_twice_is_not_shown():
    """Without a row charted by both there is no line; without any, no table."""
    assert agreement(line(n=0, agree=0, one_sided=3), {})["lines"] == []
    assert agreement(empty(AGREEMENT_COLUMNS), {}) == {"lines": [], "notes": []}


def test_equal_notes_stand_once():
    """Lines point at the same footnote."""
    both = pd.concat([line(n=1, agree=1, note="So."), line(n=2, agree=2, note="So.", field="n")])
    told = agreement(both, {("studies", "n"): "Participants"})
    assert told["notes"] == ["So."]
    assert [(each["field"], each["note"]) for each in told["lines"]] == [("Age group", 1), ("Participants", 1)]
