"""What waits for people when a run has ended: one line each, with the file in which it is done.

It is said at the end of every run, so it reads the published files alone and loads none of the heavy libraries.
"""

import csv
import json
from collections.abc import Callable, Iterator
from pathlib import Path

from .. import yamlfile
from ..errors import ScopelineError
from ..terms import STAGE_LABELS, Stage

_STARTER = Path(__file__).parents[1] / "starter" / "config" / "config.yaml"
_CONFIG = "config/config.yaml"


def waiting(review: Path = Path()) -> list[tuple[str, str]]:
    """What is to be done in the review in this folder: words, and the file that they lead to; nothing where all is.

    Likely duplicates that nobody judged, votes and charted values that differ, records that are pending, and a title
    that is still the one of `scopeline init`. A file that is not there, or not as scopeline writes it, is passed over.
    """
    found: list[tuple[str, str]] = []
    for of_kind in (_duplicates, _screening, _charting, _pending, _title):
        found += _what_can_be_read(of_kind, review)
    return found


def _what_can_be_read(kind: Callable[[Path], Iterator[tuple[str, str]]], review: Path) -> list[tuple[str, str]]:
    try:
        return list(kind(review))
    except (OSError, ValueError, LookupError, TypeError, AttributeError, csv.Error, ScopelineError):
        return []


def _duplicates(review: Path) -> Iterator[tuple[str, str]]:
    if n := len(_lines(review / "results/validation/duplicates_to_review.csv")):
        like, them = ("pair of records looks like a duplicate", "it") if n == 1 else (
            "pairs of records look like duplicates", "them")  # fmt: skip
        yield f"{n:,} {like}: judge {them} in", "results/validation/duplicates_to_review.xlsx"


def _screening(review: Path) -> Iterator[tuple[str, str]]:
    for stage in Stage:
        file = f"results/screening/conflicts_{stage}.xlsx"
        n = _conflicts(review / file) if (review / file).is_file() else 0
        if n:
            yield f"{_many(n, 'conflict')} on {STAGE_LABELS[stage]}: settle {'it' if n == 1 else 'them'} in", file


def _charting(review: Path) -> Iterator[tuple[str, str]]:
    lines = _lines(review / "results/validation/charting_conflicts.csv")
    n = len({(each["table"], each["key"], each["field"]) for each in lines if each["settled"] == "no"})
    if n:
        said = f"{_many(n, 'value')} charted differently: settle {'it' if n == 1 else 'them'} in"
        yield said, "results/validation/conflicts_to_settle.xlsx"


def _pending(review: Path) -> Iterator[tuple[str, str]]:
    n = int(json.loads((review / "results/prisma/flow.json").read_text(encoding="utf-8"))["pending"])
    if n:
        yield (
            f"{_many(n, 'record')} {'is' if n == 1 else 'are'} pending and listed in",
            "results/report.html",
        )


def _title(review: Path) -> Iterator[tuple[str, str]]:
    title = yamlfile.read(review / _CONFIG).data["review"]["title"]
    if title == yamlfile.read(_STARTER).data["review"]["title"]:
        yield f"The review is still called {title} in", _CONFIG


def _lines(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _conflicts(path: Path) -> int:
    """The lines of a list of conflicts of screening on which the votes differ."""
    import python_calamine as calamine

    try:
        rows = calamine.CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python(skip_empty_area=False)
    except calamine.CalamineError:
        return 0
    header = next((row for row in rows if "standing" in row), [])
    return sum(row[header.index("standing")] == "conflict" for row in rows) if header else 0


def _many(n: int, word: str) -> str:
    return f"{n:,} {word}" + ("" if n == 1 else "s")
