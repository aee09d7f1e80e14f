"""Vote counting and combined p-values, where a review asked for them, are named as tests wherever counts stand."""

import pandas as pd
from report_evidence import evidence
from scopeline.report.page import page
from scopeline.report.sentences import NOT_A_TEST
from scopeline.tables.workbook import counting_notes

COMBINED = pd.DataFrame(
    {
        "condition": ["pain"],
        "outcome_domain": ["sleep"],
        "basis": ["comparative"],
        "towards": ["benefit"],
        "fisher_p": [0.03],
        "stouffer_p": [0.02],
        "note": [""],
        "entered_ids": ["S1"],
        "bounded_ids": [""],
        "not_entered_ids": [""],
    }
)
SWIM = pd.DataFrame({"item": ["1"], "topic": ["Grouping"], "sentence": ["By condition."]})


def test_the_report_denies_no_test_that_it_shows():
    """The page says that counts are no test, unless the review has one; then it says what that is."""
    assert NOT_A_TEST in page(evidence())
    told = page(evidence(further={"p_combined": COMBINED, "swim": SWIM}))
    assert NOT_A_TEST not in told
    assert "The combination of p-values that this review asked for is a test of its own" in told


def test_the_workbook_denies_no_test_that_it_holds():
    """So does the first sheet of the workbook."""
    assert NOT_A_TEST in counting_notes()
    for asked in ({"counted": True}, {"combined": True}):
        notes = " ".join(counting_notes(0.7, **asked))
        assert "no test" not in notes and "is a test of its own" in notes
