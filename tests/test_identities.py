"""Sums known by totals, and the exceptions that may explain them."""

import pytest
from scopeline.identities import EXCEPTIONS, FlowException, check_totals, compare
from scopeline.terms import FLOW_EXCEPTIONS


def verdicts(totals, *exceptions):
    return {each.id: each for each in check_totals(totals, exceptions=exceptions)}


def test_the_list_of_exceptions_is_one():
    """What the settings accept is what the sums know."""
    assert set(EXCEPTIONS) == set(FLOW_EXCEPTIONS)


def test_ids_explain_ids_and_numbers_numbers():
    """An exception with ids explains these alone; one with a number exactly so many; and each says it was used."""
    named = FlowException("late_addition", "sent by an expert", ids=("A",))
    judged = compare("F6", "left", "right", ["A", "B"], [], exceptions=[named])
    assert (judged.holds, judged.only_left, judged.by) == (False, ("A", "B"), ())
    judged = compare("F6", "left", "right", ["A"], [], exceptions=[named])
    assert (judged.holds, judged.by) == (True, (named,))
    assert not compare("F6", "l", "r", ["A"], [], exceptions=[FlowException("late_addition", "x", n=2)]).holds


def test_totals_that_rows_would_prove_are_taken_on_trust():
    """F10 from totals, and F7 with other_dedup, hold with the weight of a warning."""
    arm = {"identified": 30, "sought": 28}
    judged = verdicts({"included_reports": 3, "included_studies": 2, "other": arm}, FlowException("other_dedup", "x"))
    assert (judged["F10"].holds, judged["F10"].weight) == (True, "W")
    assert (judged["F7"].holds, judged["F7"].weight) == (True, "W")
    assert not verdicts({"included_reports": 3, "other": arm})["F7"].holds


@pytest.mark.parametrize(("total", "holds"), [(8, True), (7, True), (4, False), (9, False)])
def test_totals_of_an_update(total, holds):
    """Studies in both versions may make the total smaller than the sum, never smaller than either or larger."""
    judged = verdicts({"previous_studies": 5, "included_studies": 3, "total_studies": total})
    assert judged["F11"].holds is holds


def test_the_overlap_settles_the_total():
    """With the studies in both given, the total is proved."""
    totals = {"previous_studies": 5, "included_studies": 3, "total_studies": 7}
    assert verdicts(totals | {"studies_in_both": 1})["F11"].weight == "I"
    assert not verdicts(totals | {"studies_in_both": 2})["F11"].holds
