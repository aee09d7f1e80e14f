"""Wording that tables, pages and summaries share: numbers, shares, plurals, lists of names. Values in, text out."""

import math
import re
from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from .terms import Direction

#: Signs of a direction in a small space: they differ in shape, so that they read without colour.
DIRECTION_SIGNS: Mapping[str, str] = {
    Direction.BENEFIT: "▲",
    Direction.NONE: "○",
    Direction.HARM: "▼",
    Direction.MIXED: "◆",
    Direction.UNCLEAR: "?",
}
DIRECTION_LABELS: Mapping[str, str] = {
    Direction.BENEFIT: "benefit",
    Direction.NONE: "no difference",
    Direction.HARM: "harm",
    Direction.MIXED: "mixed",
    Direction.UNCLEAR: "unclear",
}
#: What the findings of each kind compare, by the names that `synthesis` gives them.
BASIS_LABELS: Mapping[str, str] = {
    "comparative": "comparative",
    "uncontrolled": "uncontrolled",
    "other": "other contrast",
}
_PLURALS = {
    "study": "studies",
    "is": "are",
    "was": "were",
    "has": "have",
    "does": "do",
    "reports": "report",
    "property": "properties",
}
HARD_SPACE = "\N{NO-BREAK SPACE}"
_MINUS = "\N{MINUS SIGN}"
_NOT_TEXT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


def given(value: Any) -> bool:
    """Whether there is a value: not None, NA, NaN."""
    return bool(pd.notna(value)) if pd.api.types.is_scalar(value) else True


def clean(value: Any) -> str:
    """Any value as text that a file can hold: "" for a missing one; characters that are no text become U+FFFD."""
    return _NOT_TEXT.sub("\N{REPLACEMENT CHARACTER}", str(value)) if given(value) else ""


def shortened(value: Any, most: int) -> str:
    """The value on one line, cut to at most `most` characters with an ellipsis where it is longer."""
    line = " ".join(clean(value).split())
    return line if len(line) <= most else line[: most - 1].rstrip() + "…"


def number(value: Any, decimals: int | None = None) -> str:
    """A number for reading: commas between thousands, a true minus sign; "" for a missing one.

    Without `decimals` a whole number has none and any other at most two, none of them idle. A number too small to show
    at `decimals` never becomes "-0".
    """
    if not given(value):
        return ""
    figure = float(value)
    if not math.isfinite(figure):
        return ""
    if decimals is not None:
        told = f"{figure:,.{decimals}f}"
    elif figure == round(figure):
        told = f"{round(figure):,}"
    else:
        told = f"{figure:,.2f}".rstrip("0").rstrip(".")
    if told.startswith("-"):
        told = told[1:] if not told.strip("-0.,") else _MINUS + told[1:]
    return told


def percent(part: Any, whole: Any = 1) -> str:
    """`part` of `whole` as a whole percentage: "37 %"; "" where there is no whole.

    What is not all is never shown as 100 %, and what is not nothing never as 0 %: "<1 %", ">99 %".
    """
    if not given(part) or not given(whole) or not whole:
        return ""
    share = 100 * float(part) / float(whole)
    if 0 < share < 1:
        return f"<1{HARD_SPACE}%"
    if 99 < share < 100:
        return f">99{HARD_SPACE}%"
    return f"{math.floor(share + 0.5)}{HARD_SPACE}%"


def of(part: Any, whole: Any) -> str:
    """Part and whole: "2 of 57"."""
    return f"{number(part)} of {number(whole)}"


def plural(count: Any, word: str, many: str = "") -> str:
    """The word as `count` asks for: with 2 "study" becomes "studies" and "was" becomes "were"."""
    return word if count == 1 else many or _PLURALS.get(word, f"{word}s")


def counted(count: Any, word: str, many: str = "") -> str:
    """Number and word: "1 study", "1,204 records"."""
    return f"{number(count)} {plural(count, word, many)}"


def names(items: Iterable[str], *, most: int | None = None) -> str:
    """A list in a sentence: "a", "a and b", "a, b and c"; beyond `most` "a, b and 3 more"."""
    listed = [str(item) for item in items]
    if most is not None and len(listed) > most + 1:
        listed = [*listed[:most], f"{number(len(listed) - most)} more"]
    return " and ".join([", ".join(listed[:-1]), listed[-1]]) if len(listed) > 1 else "".join(listed)


def between(low: Any, high: Any, decimals: int = 2) -> str:
    """An interval of plain numbers: "0.75 to 0.91"; "" where an end is missing."""
    return f"{number(low, decimals)} to {number(high, decimals)}" if given(low) and given(high) else ""


def shares_between(low: Any, high: Any) -> str:
    """An interval of shares of 1: "4 % to 12 %"; "" where an end is missing."""
    return f"{percent(low)} to {percent(high)}" if given(low) and given(high) else ""


def capital(sentence: str) -> str:
    """The sentence with its first letter as a capital, the rest untouched."""
    return sentence[:1].upper() + sentence[1:]


def ids(cell: Any) -> list[str]:
    """The members that a table's cell lists: "A; B" is ["A", "B"]."""
    return [part for part in clean(cell).split("; ") if part]


def directions(counts: Mapping[str, int], *, signs: bool = False) -> str:
    """Counts of directions in words or with signs: "3 benefit, 2 no difference". Those without a study are left out."""
    if signs:
        return " ".join(f"{DIRECTION_SIGNS[name]}{counts[name]}" for name in DIRECTION_SIGNS if counts.get(name))
    return ", ".join(f"{counts[name]} {DIRECTION_LABELS[name]}" for name in DIRECTION_LABELS if counts.get(name))
