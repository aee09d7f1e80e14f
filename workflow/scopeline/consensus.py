"""Reads the list of conflicts to settle, once it is filled in and put into raw/.

`double_charting` lists what reviewers charted differently; a team writes one value into the column `consensus` of each
line. Each filled line becomes a row of its table, charted by the consensus, with that one field: so it is read, judged
and addressed like any other cell.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from . import parsing, schemas
from .cells import Book, Kind, Sheet
from .codebook import Codebook, TableSpec, fold
from .integrity import Desk
from .issues import Issue, issue
from .review import Place, Review
from .sources.adapter import header_with
from .terms import CHARTED, Missing

#: The name of the sheet, and the headers that such a list is known by. (`consensus` is a usual name of `decisions`.)
SHEET = "conflicts to settle"
HEADERS = ("table", "key", "field", "consensus")


@dataclass(frozen=True)
class List:
    """A sheet that is a list of conflicts, and the row of its header."""

    book: Book
    sheet: Sheet
    header_row: int


@dataclass(frozen=True)
class _Line:
    """A line of a list that is filled in, and the row of the table whose key it names."""

    row: int
    table: str
    field: str
    text: str
    kind: Kind
    origin: int


def lists(book: Book) -> list[List]:
    """The sheets of a file that are lists of conflicts. They hold no table, so nothing else should read them."""
    return [List(book, sheet, row) for sheet in book.sheets if (row := header_with(sheet, *HEADERS)) is not None]


def is_list(place: Place) -> bool:
    """Whether a place is a list of conflicts: there the values of all fields stand in one column."""
    return len(set(place.columns.values())) < len(place.columns)


def settle(
    given: Sequence[List],
    review: Review,
    codebook: Codebook,
    *,
    reviewer: str = "reviewer",
    consensus: Sequence[str] = ("Consensus",),
    numbers_as_text: str = "error",
) -> tuple[Review, list[Issue]]:
    """Add what the lists settle to a review, as rows of the reviewer `consensus[0]`, and tell what cannot be used.

    Keys are those that the list was written with, found again among the rows of the review. Lines whose `consensus` is
    blank are passed over. The given review stays as it is.
    """
    settled = Review(dict(review.tables), list(review.places), review.lost, review.apart)
    issues: list[Issue] = []
    known = {
        table.name: _keys(review, table)
        for table in codebook.resources
        if table.name in CHARTED and reviewer in table.by_name and table.name in review.tables
    }
    added: dict[str, list[pd.DataFrame]] = {}
    for one in given:
        columns = _columns(one)
        lines: dict[str, list[_Line]] = {}
        for line in _lines(one, columns, known, codebook):
            if isinstance(line, Issue):
                issues.append(line)
            else:
                lines.setdefault(line.table, []).append(line)
        for name, filled in lines.items():
            table = codebook.tables[name]
            own = dict.fromkeys(table.identifying, columns["key"])
            place = Place(
                one.book.file,
                one.sheet.name,
                name,
                one.header_row,
                {**{spec.name: columns["consensus"] for spec in table.fields}, **own},
            )
            settled.places.append(place)
            frame = _rows(filled, review.tables[name], table, reviewer, consensus[0], len(settled.places) - 1)
            desk = Desk(Review({name: frame}, settled.places), table)
            issues += _fill(frame, filled, desk, codebook, one, numbers_as_text)
            added.setdefault(name, []).append(frame)
    for name, frames in added.items():
        settled.tables[name] = pd.concat([review.tables[name], *frames], ignore_index=True)
    return settled, issues


def _columns(one: List) -> dict[str, int]:
    headers = [fold(text or "") for text in one.sheet.row(one.header_row)]
    return {name: headers.index(name) for name in HEADERS}


def _keys(review: Review, table: TableSpec) -> dict[str, list[int]]:
    """Each key as it is shown → the first row of each study that has it."""
    frame, desk = review.tables[table.name], Desk(review, table)
    same = [name for name in sorted(table.identifying) if name in frame]
    seen: set[tuple[str, ...]] = set()
    keys: dict[str, list[int]] = {}
    for at, parts in enumerate(frame[same].astype(object).itertuples(index=False, name=None)):
        named = tuple("" if pd.isna(part) else str(part) for part in parts)
        if named not in seen:
            seen.add(named)
            keys.setdefault(desk.key(at), []).append(at)
    return keys


def _lines(
    one: List, columns: dict[str, int], known: Mapping[str, dict[str, list[int]]], codebook: Codebook
) -> Iterator[_Line | Issue]:
    """The lines that are filled in, and what is wrong with the others."""
    texts = {name: one.sheet.columns[at].slice(one.header_row).to_pylist() for name, at in columns.items()}
    marks = one.sheet.kinds[columns["consensus"]]
    kinds = marks.slice(one.header_row).to_pylist() if marks is not None else None
    for at, text in enumerate(texts["consensus"]):
        if text is None or not text.strip():
            continue
        row = one.header_row + 1 + at
        table, key, field = ((texts[name][at] or "").strip() for name in ("table", "key", "field"))

        def unknown(name: str, value: str, expected: str, row: int = row) -> Issue:
            place = {"sheet": one.sheet.name, "row": row, "column": columns[name]}
            return issue("settled_unknown", one.book.file, **place, value=value, expected=expected)  # type: ignore[arg-type]

        if table not in known:
            names = ", ".join(known) or "none here"
            yield unknown("table", table, f"a table that several reviewers chart ({names})")
            continue
        spec = codebook.tables[table]
        fields = [item.name for item in spec.fields if item.name not in spec.identifying]
        rows = known[table].get(key, [])
        if field not in fields:
            yield unknown("field", field, f"a field of '{table}' that can be settled")
        elif not rows:
            yield unknown("key", key, f"the key of a row of '{table}'")
        elif len(rows) > 1:
            yield unknown("key", key, f"one row: {len(rows)} rows of '{table}' have this key, for several studies")
        else:
            yield _Line(row, table, field, text, Kind(kinds[at]) if kinds else Kind.TEXT, rows[0])


def _rows(
    lines: list[_Line], charted: pd.DataFrame, table: TableSpec, reviewer: str, name: str, source: int
) -> pd.DataFrame:
    """One row a line: the keys of the row that it settles, and nothing else yet."""
    frame = charted.iloc[[line.origin for line in lines]].reset_index(drop=True)
    for spec in table.fields:
        if spec.name not in table.identifying and f"{spec.name}__missing" in frame:
            for column in _typed(frame, spec.name):
                frame[column] = frame[column].where(np.zeros(len(frame), bool))
            frame[f"{spec.name}__missing"] = pd.Series([str(Missing.BLANK)] * len(frame), dtype="str")
    frame[reviewer] = pd.Series([name] * len(frame), dtype="str")
    frame[f"{reviewer}__missing"] = pd.Series([None] * len(frame), dtype="str")
    frame["_source"] = pd.Series([source] * len(frame), dtype="int32")
    frame["_row"] = pd.Series([line.row for line in lines], dtype="int32")
    return frame


def _typed(frame: pd.DataFrame, name: str) -> list[str]:
    return [column for suffix in ("", "_low", "_high", "_number", "_bound") if (column := f"{name}{suffix}") in frame]


def _fill(
    frame: pd.DataFrame, lines: list[_Line], desk: Desk, codebook: Codebook, one: List, numbers_as_text: str
) -> list[Issue]:
    """Read the lines' values into their fields, each column with its own type, and judge them."""
    table, found = desk.spec, list[Issue]()
    for name in dict.fromkeys(line.field for line in lines):
        spec = table.by_name[name]
        at = [place for place, line in enumerate(lines) if line.field == name]
        how = parsing.Reading(
            spec,
            frozenset(table.missing_codes(spec)),
            codebook.missing_words,
            one.book.decimal,
            typed=bool(one.sheet.name),
            numbers_as_text=numbers_as_text,
        )
        texts = pa.chunked_array([pa.array([lines[place].text for place in at], pa.string())])
        kinds = pa.chunked_array([pa.array([int(lines[place].kind) for place in at], pa.int8())])
        read = parsing.parse(texts, kinds, how)
        values: dict[str, pd.Series[Any]] = {f"{name}{suffix}": array for suffix, array in read.arrays.items()}
        for column, array in {**values, f"{name}__missing": read.missing}.items():
            frame.loc[at, column] = array.set_axis(at)
        found += [
            desk.say(
                flaw.rule,
                at[place],
                name,
                value=flaw.value,
                expected=flaw.expected,
                message=flaw.message,
                suggestion=flaw.suggestion,
            )
            for place, flaw in read.flaws
        ]
        found += [
            desk.say(
                failure.rule,
                at[failure.position],
                name,
                value=lines[at[failure.position]].text.strip(),
                expected=failure.expected,
            )
            for failure in schemas.check(pd.DataFrame(values), table)
        ]
    return found
