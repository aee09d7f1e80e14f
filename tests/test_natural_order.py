"""IDs stand in the order in which people count."""

from hypothesis import given
from hypothesis import strategies as st
from scopeline.natural_order import natural


def test_runs_of_digits_are_numbers():
    """S9 stands before S10, whatever the case of its letters, and years within names count too."""
    said = ["S10", "s2", "S9", "Smith2013", "S1", "Smith2007b", "Smith2007a", "12", "9", "S09"]
    assert sorted(said, key=natural) == [
        *("9", "12", "S1", "s2", "S09", "S9", "S10", "Smith2007a", "Smith2007b", "Smith2013"),
    ]


@given(st.lists(st.text(max_size=12), max_size=30), st.randoms())
def test_any_names_can_be_sorted_and_the_order_they_came_in_changes_nothing(names, dice):
    """Digits of every script, empty names and signs included."""
    again = list(names)
    dice.shuffle(again)
    assert sorted(again, key=natural) == sorted(names, key=natural)
