"""Nothing gets lost on the way: each row of a sheet yields a row of a table, or it is left out with a reason."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from .cells import Book, Sheet
from .issues import Issue, issue
from .sources.taken import LeftOut, Taken

if TYPE_CHECKING:
    import pandas as pd

#: The files of `tables`, and the columns of the second and of the first.
NAMES = ("conservation.csv", "rows_left_out.csv")
LISTED = ("file", "sheet", "row", "why")
COUNTED = ("file", "sheet", "taken_for", "rows_in", "rows_used", "rows_left_out")

_BLANK = "nothing stands in the columns that are read"


@dataclass
class Account:
    """Rows in = rows used + rows left out, of one sheet; `issues` tells of rows that no source accounts for."""

    rows_in: int
    rows_used: int
    left_out: list[LeftOut]
    issues: list[Issue] = field(default_factory=list)


def account(taken: Taken, book: Book, used: Iterable[np.ndarray]) -> Account:
    """Where every row of a sheet went. `used` holds, by table, the numbers of the rows that it took from the sheet.

    Rows of the review's own sheets that hold values only in columns nobody reads are left out for that. A row of an
    export that its source neither used nor explained is an error: it says so rather than lose it.
    """
    numbers = _distinct(list(used))
    explained = _once(taken.left_out, set(numbers.tolist())) if taken.left_out else []
    known = {number for one in explained for number in one.numbers}
    if taken.rows_in is None:
        others = _others(_sheet(book, taken), taken.header_row, numbers, known)
        if others:
            explained.append(LeftOut(_BLANK, tuple(others)))
        rows_in = len(numbers) + len(known) + len(others)
        return Account(rows_in, len(numbers), explained)
    lost = sorted(set(taken.rows_in) - set(numbers.tolist()) - known)
    issues = []
    if lost and taken.rows:
        shown = ", ".join(map(str, lost[:8])) + (f" and {len(lost) - 8} more" if len(lost) > 8 else "")
        issues.append(
            issue("rows_unaccounted", taken.file, sheet=taken.sheet, row=lost[0], value=shown, expected=taken.title)
        )
    return Account(len(taken.rows_in), len(numbers), explained, issues)


def tables(
    files: Sequence[Mapping[str, Any]], left_out: Iterable[tuple[str, str, LeftOut]]
) -> "dict[str, pd.DataFrame]":
    """The tables of results/validation/ that say what became of every row: by count, and by list."""
    return {"conservation.csv": counted(files), "rows_left_out.csv": listed(left_out)}


def counted(files: Sequence[Mapping[str, Any]]) -> "pd.DataFrame":
    """One line a sheet: what it was taken for, and rows in = rows used + rows left out.

    `files` says what each file was taken for (`validation.Verdict.files`).
    """
    import pandas as pd

    lines = [
        [
            *(about["file"], sheet["sheet"], sheet["title"], sheet["rows_in"], sheet["rows_used"]),
            sum(n for _, n in sheet["left_out"]),
        ]
        for about in files
        for sheet in about["sheets"]
        if "rows_in" in sheet
    ]
    return pd.DataFrame(lines, columns=list(COUNTED)).astype(dict.fromkeys(COUNTED[3:], "int64"))


def listed(left_out: Iterable[tuple[str, str, LeftOut]]) -> "pd.DataFrame":
    """One line for each row of a sheet that yields nothing, with the reason."""
    import pandas as pd

    lines = [[file, sheet, number, one.why] for file, sheet, one in left_out for number in one.numbers]
    return pd.DataFrame(sorted(lines), columns=list(LISTED)).astype({"row": "int64"})


def _distinct(used: list[np.ndarray]) -> np.ndarray:
    """The numbers of all rows that are used, each once."""
    if len(used) == 1 and (np.diff(used[0]) > 0).all():
        return used[0]
    return np.unique(np.concatenate([*used, np.array([], np.int32)]))


def _once(left_out: Iterable[LeftOut], used: set[int]) -> list[LeftOut]:
    """Each row under its first reason, and none that yields something after all."""
    told = set(used)
    kept = []
    for one in left_out:
        numbers = tuple(number for number in dict.fromkeys(one.numbers) if number not in told)
        told.update(numbers)
        if numbers:
            kept.append(LeftOut(one.why, numbers))
    return kept


def _sheet(book: Book, taken: Taken) -> Sheet:
    return next(sheet for sheet in book.sheets if sheet.name == taken.sheet)


def _others(sheet: Sheet, start: int, used: np.ndarray, known: set[int]) -> list[int]:
    """Numbers of the rows after row `start` that hold more than blanks and are neither used nor explained."""
    free = np.ones(max(sheet.n_rows - start, 0), bool)
    for numbers in (used, np.array(sorted(known), dtype=np.int64)):
        places = numbers - start - 1
        free[places[(places >= 0) & (places < len(free))]] = False
    return [
        start + at + 1
        for at in np.flatnonzero(free).tolist()
        if any((text := column[start + at].as_py()) and text.strip() for column in sheet.columns)
    ]
