"""The rows that a mapping makes of a sheet: which count, and how columns and cells become rows of their own."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath

import numpy as np

from ..cells import Book
from ..checked import Way
from ..mapping import PLACEHOLDER, Column, Condition, Each, Explode, TableMap, regular, same
from .mapped_columns import Coded, Grid, filled_in, header_pattern, named_parts
from .mapped_lists import Lists, Tell


@dataclass
class View:
    """Rows that a sheet yields, before their fields are read.

    at: the places of the rows among the sheet's. parts: what the headers' parts are in this group of columns. exploded:
    column → the one of its values that counts. position: which of the values, from 1.
    """

    grid: Grid
    at: np.ndarray
    parts: dict[str, str]
    columns: "Columns"
    exploded: dict[int, Coded] = field(default_factory=dict)
    position: Coded | None = None

    def __len__(self) -> int:
        return len(self.at)

    def cells(self, column: int | None) -> Coded:
        """The texts of a column; blank where there is none."""
        if column is None:
            return Coded.constant("", len(self))
        return self.exploded[column] if column in self.exploded else self.grid.coded(column).at(self.at)

    def only(self, kept: np.ndarray) -> "View":
        """The rows at which `kept` is true."""
        return replace(
            self,
            at=self.at[kept],
            exploded={column: cells.at(np.flatnonzero(kept)) for column, cells in self.exploded.items()},
            position=None if self.position is None else self.position.at(np.flatnonzero(kept)),
        )


class Columns:
    """Finds the columns that one entry names, notes what each is used for, and tells those that are not there.

    A name with parts of headers in it (`{event}_n`) need not be there for each of them, but for one at least.
    """

    def __init__(self, grid: Grid, entry: TableMap, tell: Tell) -> None:
        self.grid, self._tell = grid, tell
        self.parts = entry.named_parts()
        self.used: dict[int, dict[str, None]] = {}
        self._tried: dict[tuple[Way, str], bool] = {}

    def one(self, column: Column, way: Way, use: str, parts: Mapping[str, str]) -> int | None:
        """The column that is meant."""
        found = self.grid.find(filled_in(column, parts))
        if isinstance(found, str):
            self._missing(column, way, found)
            return None
        self._note(column, way, [found], use)
        return found

    def several(self, columns: Sequence[Column], way: Way, use: str, parts: Mapping[str, str]) -> list[int]:
        """All columns that are meant, each once."""
        every: list[int] = []
        for column in columns:
            found = self.grid.find_all(filled_in(column, parts))
            if isinstance(found, str):
                self._missing(column, way, found)
            else:
                self._note(column, way, found, use)
                every += found
        return list(dict.fromkeys(every))

    def use(self, column: int, what: str) -> None:
        self.used.setdefault(column, {})[what] = None

    def tell_missing(self) -> None:
        """Tell the names with parts that no group has."""
        for (way, column), found in self._tried.items():
            if not found:
                self._tell(way, f"no group of columns has a column '{column}'")

    def _note(self, column: Column, way: Way, found: list[int], use: str) -> None:
        if named_parts(column, self.parts):
            self._tried[way, str(column)] = True
        for one in found:
            self.use(one, use)

    def _missing(self, column: Column, way: Way, why: str) -> None:
        if named_parts(column, self.parts) and way[0] != "each":
            self._tried.setdefault((way, str(column)), False)
        else:
            self._tell(way, why)


class Filter:
    """Conditions of one entry as masks over rows."""

    def __init__(self, lists: Lists) -> None:
        self._lists = lists

    def passes(self, view: View, conditions: Sequence[Condition], way: Way, use: str) -> np.ndarray:
        """For each row whether all conditions hold."""
        kept = np.ones(len(view), bool)
        for place, condition in enumerate(conditions):
            kept &= self.holds(view, condition, (*way, place), use)
        return kept

    def holds(self, view: View, condition: Condition, way: Way, use: str) -> np.ndarray:
        """For each row whether one condition holds."""
        if condition.any_:
            held = np.zeros(len(view), bool)
            for place, inner in enumerate(condition.any_):
                held |= self.holds(view, inner, (*way, "any", place), use)
            return held
        if condition.all_:
            return self.passes(view, condition.all_, (*way, "all"), use)
        column = view.columns.one(condition.column or 1, (*way, "column"), use, view.parts)
        return view.cells(column).where(self._test(condition, way))

    def _test(self, condition: Condition, way: Way) -> Callable[[str], bool]:
        tests = [test for name, test in self._tests(condition, way)]
        return lambda word: all(test(word) for test in tests)

    def _tests(self, one: Condition, way: Way) -> Iterator[tuple[str, Callable[[str], bool]]]:
        """Each test of a cell that the condition has, by its name."""
        if one.is_ is not None:
            yield "is", _among([one.is_])
        if one.in_ is not None:
            yield "in", _among(one.in_)
        if one.not_ is not None:
            yield "not", _not(_among([one.not_]))
        if one.not_in is not None:
            yield "not_in", _not(_among(one.not_in))
        if one.matches is not None:
            search = re.compile(one.matches, re.IGNORECASE).search
            yield "matches", lambda word: search(word) is not None
        if one.filled is not None:
            yield "filled", bool if one.filled else _not(bool)
        if one.blank is not None:
            yield "blank", _not(bool) if one.blank else bool
        for name, against in COMPARED.items():
            if (limit := getattr(one, name)) is not None:
                yield name, _compared(against, limit)
        if one.present_in is not None:
            present = self._lists.keys(one.present_in, (*way, "present_in"))
            yield "present_in", lambda word: same(word) in present
        if one.absent_from is not None:
            absent = self._lists.keys(one.absent_from, (*way, "absent_from"))
            yield "absent_from", lambda word: same(word) not in absent


#: The comparisons of numbers.
COMPARED: dict[str, Callable[[float, float], bool]] = {
    "above": lambda number, limit: number > limit,
    "below": lambda number, limit: number < limit,
    "at_least": lambda number, limit: number >= limit,
    "at_most": lambda number, limit: number <= limit,
}


def _among(words: Sequence[str]) -> Callable[[str], bool]:
    plain = {same(word) for word in words if regular(word) is None}
    patterns = [pattern for word in words if (pattern := regular(word)) is not None]
    return lambda word: same(word) in plain or any(pattern.fullmatch(word) for pattern in patterns)


def _not(test: Callable[[str], bool]) -> Callable[[str], bool]:
    return lambda word: not test(word)


def _compared(against: Callable[[float, float], bool], limit: float) -> Callable[[str], bool]:
    def passes(word: str) -> bool:
        try:
            return against(float(word.replace(",", ".") if word.count(",") == 1 else word), limit)
        except ValueError:
            return False

    return passes


def fails(one: Condition) -> str:
    """Why a row is left out that fails a condition: `study_screening_decision is not Keep`."""
    if one.why:
        return one.why
    if one.any_:
        return " and ".join(map(fails, one.any_))
    if one.all_:
        return " or ".join(map(fails, one.all_))
    said = []
    for name, words in (("is", [one.is_] if one.is_ is not None else None), ("in", one.in_)):
        if words:
            said.append(f"is not {'one of ' if name == 'in' and len(words) > 1 else ''}{_words(words)}")
    for words in ([one.not_] if one.not_ is not None else None, one.not_in):
        if words:
            said.append(f"is {_words(words, ' or ')}")
    if one.matches is not None:
        said.append(f"does not match {one.matches}")
    if one.filled is not None or one.blank is not None:
        said.append("is blank" if one.filled or one.blank is False else "is filled in")
    words_of = {"above": "above", "below": "below", "at_least": "at least", "at_most": "at most"}
    said += [f"is not {word} {limit:g}" for name, word in words_of.items() if (limit := getattr(one, name)) is not None]
    if one.present_in is not None:
        said.append(f"does not stand in {one.present_in.in_}")
    if one.absent_from is not None:
        said.append(f"stands in {one.absent_from.in_}")
    return f"{_column(one.column)} {' or '.join(said)}"


def _column(column: Column | None) -> str:
    return f"column {column}" if isinstance(column, int) else str(column)


def _words(words: Sequence[str], last: str = ", ") -> str:
    return last.join(word or "blank" for word in words)


def views(book: Book, grid: Grid, entry: TableMap, columns: Columns) -> list[tuple[View, list[int]]]:
    """The groups of rows that one entry makes of a sheet, each with the columns that make it (none: the whole row)."""
    stem = PurePosixPath(book.file).stem
    whole = View(grid, np.arange(len(grid.rows)), {"sheet": grid.sheet.name, "file": stem}, columns)
    groups = _groups(grid, entry, columns, whole.parts)
    made: list[tuple[View, list[int]]] = []
    for parts, own in groups:
        view = replace(whole, parts={**whole.parts, **parts})
        made += [(one, own) for one in ([view] if entry.explode is None else exploded(view, entry.explode))]
    return made


def _groups(
    grid: Grid, entry: TableMap, columns: Columns, parts: Mapping[str, str]
) -> list[tuple[dict[str, str], list[int]]]:
    """The parts of headers of each group of columns, with the columns that its fields are read from."""
    each = entry.each
    if each is None:
        return [({}, [])]
    found: dict[tuple[tuple[str, str], ...], tuple[dict[str, str], int | None]] = {}
    for group in each.groups:
        found[tuple(group.items())] = (dict(group), None)
    for header, column in _matched(each, columns):
        pattern = header_pattern(str(header))
        match = pattern.fullmatch(grid.headers[column]) if pattern else None
        named = dict(match.groupdict()) if match else {}
        own = {name: text or "" for name, text in named.items()} | {"column": grid.headers[column]}
        found.setdefault(tuple(own.items()), (own, column))
    groups = []
    for own, place in found.values():
        held: dict[int, None] = {} if place is None else {place: None}
        for name, one in entry.fields.items():
            for said, way in one.named_columns():
                if named_parts(said, columns.parts):
                    here = columns.several([said], ("fields", name, *way), f"{entry.table}.{name}", {**parts, **own})
                    held |= dict.fromkeys(here)
            for said in PLACEHOLDER.findall(one.template or ""):
                if said in own and isinstance(at := grid.find(own[said]), int) and place is None:
                    held[at] = None
        groups.append((own, list(held)))
    return groups


def _matched(each: Each, columns: Columns) -> list[tuple[Column, int]]:
    """The columns that the patterns of `each` fit, with the pattern."""
    but = set(columns.several(each.but, ("each", "but"), "left alone", {}))
    for column in but:
        columns.used.pop(column, None)
    found: dict[int, Column] = {}
    for said in each.columns:
        for one in columns.several([said], ("each",), "columns that become rows", {}):
            if one not in but:
                found.setdefault(one, said)
    return [(said, one) for one, said in found.items()]


def exploded(view: View, how: Explode) -> list[View]:
    """The values of cells as rows of their own, one view for all of them; positions without any value yield none."""
    found = view.columns.several(
        how.columns, ("explode", "columns"), "several values of a cell become rows", view.parts
    )
    if not found:
        return [view]
    split = splitter(how.split)
    low, high = how.range
    cells = [view.cells(column) for column in found]
    parts = [[split(word)[low:high] for word in one.words] for one in cells]
    counts = np.zeros(len(view), np.int64)
    for one, lists in zip(cells, parts, strict=True):
        lengths = np.fromiter(map(len, lists), np.int64, len(lists))
        counts = np.maximum(counts, lengths[one.codes] if len(lengths) else 0)
    rows = np.repeat(np.arange(len(view)), counts)
    starts = np.repeat(np.cumsum(counts) - counts, counts)
    place = np.arange(len(rows)) - starts
    made = {}
    held = np.zeros(len(rows), bool)
    for column, one, lists in zip(found, cells, parts, strict=True):
        widest = max(map(len, lists), default=0)
        words = [part for values in lists for part in (*values, *[""] * (widest - len(values)), "")]
        codes = one.codes[rows].astype(np.int64) * (widest + 1) + np.minimum(place, widest)
        made[column] = Coded(codes, words)
        held |= made[column].filled()
    position = Coded(place, [str(low + at + 1) for at in range(int(counts.max(initial=0)))])
    whole = replace(view, at=view.at[rows], exploded={**view.exploded, **made}, position=position)
    return [whole.only(held)]


def splitter(marks: Sequence[str]) -> Callable[[str], list[str]]:
    """A function that takes a text apart at any of the marks; parts are trimmed, and blank ones keep their place."""
    patterns = [mark[1:-1] if regular(mark) else re.escape(mark) for mark in marks]
    apart = re.compile("|".join(f"(?:{pattern})" for pattern in patterns), re.IGNORECASE)

    def split(text: str) -> list[str]:
        if not text:
            return []
        ends, start, found = [], 0, []
        for match in apart.finditer(text):
            if match.end() > match.start():
                ends.append((match.start(), match.end()))
        for begin, end in ends:
            found.append(text[start:begin].strip())
            start = end
        return [*found, text[start:].strip()]

    return split
