"""The csv template of the package PRISMA2020."""

from scopeline import prisma_template
from scopeline.terms import ALL_BOXES


def test_variables_are_the_packages_own():
    """Every variable that a box is written to is a row of the template, spelled alike."""
    rows = set(prisma_template.fill({})["data"])
    assert set(prisma_template.VARIABLES) <= rows
    assert set(prisma_template.VARIABLES.values()) | set(prisma_template.FURTHER) <= ALL_BOXES.keys()


def test_further_rows_hide_none_of_its_variables():
    """The package looks variables up as parts of names, so none of ours may hold one of its own."""
    rows = [name for name in prisma_template.fill({})["data"] if name != "NA"]
    for ours in prisma_template.FURTHER.values():
        assert not [name for name in rows if name in ours and name not in ("screening", "included", "identification")]


def test_lists_are_safe_for_its_reader():
    """Names lose commas and semicolons; names that become alike are summed; nothing is an empty text."""
    assert prisma_template.listed({"a, b": 2, "a; b": 3, "c": 1}) == "a / b, 5; c, 1"
    assert prisma_template.listed({}) == ""
