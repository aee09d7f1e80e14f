"""What several files of a review say of the same record: once told, or found more than once."""

from collections.abc import Iterable

import numpy as np
import pyarrow as pa

from ..issues import issue
from .taken import LeftOut, Rows, Taken

_SURVIVOR = "duplicate_of"


def stand_once(taken: Iterable[Taken]) -> None:
    """Settle the rows whose key stands in an earlier file too; the files come in the order of their names.

    Of rows that are shared (a record in two lists of one screening tool) the first stand, and the others are left out.
    Records that were found (in two search exports) count each time: the later one gets an ID of its own and is marked
    as a duplicate of the first, so that it is counted as identified and as removed. What a search found stands before
    any list that only names it, whatever the files are called.
    """
    taken = list(taken)
    seen: dict[tuple[str, str], str] = {}
    times: dict[str, int] = {}
    for found in (True, False):
        for one in taken:
            mine: dict[tuple[str, str], str] = {}
            for rows in [rows for rows in one.rows if rows.key in rows.texts]:
                if not (rows.found if found else rows.shared and not rows.found):
                    continue
                named = [(rows.place.table, text or "") for text in rows.texts[rows.key].to_pylist()]
                again = np.array([bool(name[1]) and name in seen for name in named], bool)
                mine.update((name, one.file) for name in named)
                if not again.any():
                    continue
                if rows.found:
                    _mark(one, rows, again, seen, times)
                else:
                    _leave_out(one, rows, named, again, seen)
            seen = {**mine, **seen}


def _mark(one: Taken, rows: Rows, again: np.ndarray, seen: dict[tuple[str, str], str], times: dict[str, int]) -> None:
    """Give a record that was found again an ID of its own, and name the first as the one that is kept."""
    ids = rows.texts[rows.key].to_pylist()
    kept = rows.texts[_SURVIVOR].to_pylist() if _SURVIVOR in rows.texts else [None] * len(ids)
    files: dict[str, int] = {}
    for at in np.flatnonzero(again).tolist():
        first = ids[at]
        times[first] = times.get(first, 1) + 1
        ids[at] = f"{first}-{times[first]}"
        kept[at] = kept[at] or first
        file = seen[rows.place.table, first]
        files[file] = files.get(file, 0) + 1
    rows.texts[rows.key] = pa.chunked_array([pa.array(ids, pa.string())])
    if _SURVIVOR in rows.fields:
        rows.texts[_SURVIVOR] = pa.chunked_array([pa.array(kept, pa.string())])
    for file, n in files.items():
        said = f"{n} records of this file stand in {file} too: they count as found twice, and once as duplicates."
        one.issues.append(issue("source_read", one.file, sheet=one.sheet, table=rows.place.table, message=said))


def _leave_out(
    one: Taken, rows: Rows, named: list[tuple[str, str]], again: np.ndarray, seen: dict[tuple[str, str], str]
) -> None:
    """Take the rows out that another file holds; where a row yields nothing else it is left out, with that file.

    Where no row is left, the sheet holds nothing of the table, and what was assumed of the table is not told.
    """
    at = next(place for place, other in enumerate(one.rows) if other is rows)
    if again.all():
        del one.rows[at]
        one.issues = [item for item in one.issues if (item.rule, item.table) != ("source_assumed", rows.place.table)]
    else:
        one.rows[at] = rows.only(~again)
    kept = {number for other in one.rows for number in other.numbers.tolist()}
    by_file: dict[str, list[int]] = {}
    for at in np.flatnonzero(again).tolist():
        number = int(rows.numbers[at])
        if number not in kept:
            by_file.setdefault(seen[named[at]], []).append(number)
    what = rows.place.table.removesuffix("s")
    for file, numbers in by_file.items():
        one.left_out.append(LeftOut(f"the same {what} stands in {file}", tuple(numbers)))
