"""Wording that tables, pages and summaries share."""

import math

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scopeline import text
from scopeline.terms import Direction


@pytest.mark.parametrize(
    ("value", "decimals", "shown"),
    [
        (1234567, None, "1,234,567"),
        (3.0, None, "3"),
        (2.5, None, "2.5"),
        (-0.194, 2, "−0.19"),
        (-0.001, 2, "0.00"),
        (0.826, 2, "0.83"),
        (None, None, ""),
        (pd.NA, 2, ""),
        (math.nan, None, ""),
        (math.inf, None, ""),
    ],
)
def test_number(value, decimals, shown):
    """Thousands have commas, minus is a minus sign, zero has no sign, and what is missing is empty."""
    assert text.number(value, decimals) == shown


@pytest.mark.parametrize(
    ("part", "whole", "shown"),
    [
        (1, 2, "50 %"),
        (0, 9, "0 %"),
        (9, 9, "100 %"),
        (1, 3000, "<1 %"),
        (2999, 3000, ">99 %"),
        (1, 0, ""),
        (None, 3, ""),
    ],
)
def test_percent(part, whole, shown):
    """A percentage is whole, and only nothing is 0 % and only all is 100 %."""
    assert text.percent(part, whole).replace("\u00a0", " ") == shown


@given(st.integers(0, 10**6), st.integers(1, 10**6))
def test_percent_says_neither_none_nor_all_falsely(part, whole):
    """For every part of every whole, 0 % means none and 100 % means all."""
    part = min(part, whole)
    shown = text.percent(part, whole).replace("\u00a0", " ")
    assert (shown == "0 %") == (part == 0)
    assert (shown == "100 %") == (part == whole)


def test_counts_and_plurals():
    """One is singular, and none and many are plural."""
    assert [text.counted(n, "study") for n in (0, 1, 2)] == ["0 studies", "1 study", "2 studies"]
    assert text.counted(1204, "record") == "1,204 records"
    assert text.plural(2, "was") == "were"
    assert text.of(2, 57) == "2 of 57"


def test_names():
    """A list reads as in a sentence, and a long one is cut where that saves something."""
    assert text.names([]) == ""
    assert text.names(["a"]) == "a"
    assert text.names(["a", "b", "c"]) == "a, b and c"
    assert text.names("abcde", most=2) == "a, b and 3 more"
    assert text.names("abc", most=2) == "a, b and c"


def test_intervals():
    """An interval needs both ends."""
    assert text.between(-0.19, 0.69) == "−0.19 to 0.69"
    assert text.between(pd.NA, 0.69) == ""
    assert text.shares_between(0.04, 0.12).replace("\u00a0", " ") == "4 % to 12 %"


def test_directions_read_without_colour():
    """Every direction has a sign and a word of its own, and none of the words is "significant"."""
    assert set(text.DIRECTION_SIGNS) == set(text.DIRECTION_LABELS) == set(Direction)
    assert len(set(text.DIRECTION_SIGNS.values())) == len(Direction)
    assert text.directions({"benefit": 3, "none": 2, "harm": 0}) == "3 benefit, 2 no difference"
    assert text.directions({"benefit": 3, "none": 2}, signs=True) == "▲3 ○2"


@given(st.text(alphabet=st.characters(codec=None)))
def test_clean_text_can_be_written(value):
    """Whatever a cell holds, the cleaned text can be encoded and holds no control character."""
    cleaned = text.clean(value)
    assert cleaned.encode("utf-8") or not cleaned
    assert not {chr(i) for i in range(32) if i not in (9, 10, 13)} & set(cleaned)
    assert len(text.shortened(value, 10)) <= 10


def test_members_of_a_cell():
    """The members that a table lists in one cell come apart again."""
    assert text.ids("A2020; B; C") == ["A2020", "B", "C"]
    assert text.ids("") == text.ids(pd.NA) == []
