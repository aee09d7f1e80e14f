"""The order of names that hold numbers: as people count, S9 before S10."""

import re

_DIGITS = re.compile(r"([0-9]{1,18})")


def natural(name: str) -> tuple[tuple[str | int, ...], str]:
    """What a name such as the ID of a study is sorted by: its runs of digits as numbers, letters without their case.

    Two names that differ get two keys, so that sorting by them is the same whatever order the names came in.
    """
    parts = _DIGITS.split(name.casefold())
    return tuple(int(part) if place % 2 else part for place, part in enumerate(parts)), name
