"""Lists in other sources that a mapping looks into: keys, values by key, reports that belong together."""

from collections.abc import Callable, Collection, Mapping
from typing import Protocol

from ..cells import Book, Sheet
from ..checked import Way
from ..codebook import fold
from ..mapping import Column, Elsewhere, Links, Lookup, near, same
from . import ids
from .adapter import HEADER_ROWS
from .mapped_columns import Grid

Tell = Callable[[Way, str], None]


class _Where(Protocol):
    """Where a list stands."""

    @property
    def in_(self) -> str: ...
    @property
    def sheet(self) -> str | None: ...
    @property
    def header_row(self) -> int | None: ...


class Lists:
    """The other files of a review. What is not found is told to `tell`, and the list is then empty."""

    def __init__(self, books: Mapping[str, Book], tell: Tell) -> None:
        self._books, self._tell = books, tell
        self._values: dict[tuple[object, ...], dict[str, str]] = {}

    def keys(self, where: Elsewhere, way: Way) -> Collection[str]:
        """The keys of a column, as they are compared."""
        return self._pairs(where, where.key, where.key, way, ("key", "key"))

    def values(self, where: Lookup, way: Way, between: str = "; ") -> Mapping[str, str]:
        """Key → the value beside it; of a key that stands twice the first that is filled.

        With `every` all that is filled beside the key, each value once, joined by `between`.
        """
        if where.every:
            return self._every(where, way, between)
        return self._pairs(where, where.key, where.take, way, ("key", "take"))

    def groups(self, links: Links, way: Way) -> "Groups":
        """The reports that belong together."""
        groups = Groups()
        grid = self._grid(links, links.columns, way)
        if grid is not None:
            columns = [grid.find(column) for column in links.columns]
            for place, column in enumerate(columns):
                if isinstance(column, str):
                    self._tell((*way, "columns", place), f"in {links.in_}: {column}")
            if not any(isinstance(column, str) for column in columns):
                one, other = (grid.coded(int(column)).texts() for column in columns)
                for left, right in zip(one, other, strict=True):
                    if left and right:
                        groups.join(ids.plain(left), ids.plain(right))
        if links.main is not None:
            groups.main = frozenset(self.keys(links.main, (*way, "main")))
        return groups

    def _pairs(self, where: _Where, key: Column, take: Column, way: Way, names: tuple[str, str]) -> dict[str, str]:
        asked = (where.in_, where.sheet, where.header_row, key, take)
        if asked not in self._values:
            self._values[asked] = {}
            grid = self._grid(where, [key, take], way)
            if grid is not None:
                found = [grid.find(column) for column in (key, take)]
                for name, column in zip(names, found, strict=True):
                    if isinstance(column, str):
                        self._tell((*way, name), f"in {where.in_}: {column}")
                if not any(isinstance(column, str) for column in found):
                    keys, values = (grid.coded(int(column)) for column in found)
                    kept = self._values[asked]
                    for word, value in zip(keys.mapped(same).texts(), values.texts(), strict=True):
                        if word and not kept.get(word):
                            kept[word] = value
        return self._values[asked]

    def _every(self, where: Lookup, way: Way, between: str) -> dict[str, str]:
        asked = (where.in_, where.sheet, where.header_row, where.key, where.take, between)
        if asked not in self._values:
            self._values[asked] = {}
            grid = self._grid(where, [where.key, where.take], way)
            if grid is not None:
                key, taken = grid.find(where.key), grid.find_all(where.take)
                for name, found in (("key", key), ("take", taken)):
                    if isinstance(found, str):
                        self._tell((*way, name), f"in {where.in_}: {found}")
                if not isinstance(key, str) and not isinstance(taken, str):
                    keys = grid.coded(key).mapped(same).texts()
                    kept: dict[str, dict[str, None]] = {}
                    for column in taken:
                        for word, value in zip(keys, grid.coded(column).texts(), strict=True):
                            if word and value:
                                kept.setdefault(word, {})[value] = None
                    self._values[asked] = {word: between.join(values) for word, values in kept.items()}
        return self._values[asked]

    def _grid(self, where: _Where, columns: list[Column], way: Way) -> Grid | None:
        """The sheet that has the columns, below its headers."""
        book = self._books.get(f"raw/{where.in_.removeprefix('raw/')}")
        if book is None:
            names = [name.removeprefix("raw/") for name in self._books]
            self._tell((*way, "in"), f"there is no file '{where.in_}' in raw/{near(where.in_, names)}")
            return None
        sheets = [sheet for sheet in book.sheets if sheet.n_rows]
        if where.sheet is not None:
            sheets = [sheet for sheet in sheets if fold(sheet.name) == fold(where.sheet)]
        if not sheets:
            there = [sheet.name for sheet in book.sheets if sheet.name]
            said = f"'{where.in_}' has no sheet '{where.sheet}'{near(where.sheet or '', there)}"
            self._tell((*way, "sheet"), said if where.sheet else f"'{where.in_}' holds nothing")
            return None
        best = max(sheets, key=lambda sheet: header_row(sheet, columns)[1])
        return Grid(best, [where.header_row or header_row(best, columns)[0]])


def header_row(sheet: Sheet, columns: Collection[Column]) -> tuple[int, int]:
    """The first row that heads the most of the columns that are named, and how many it heads."""
    from .mapped_columns import header_pattern, headers

    named = {column for column in columns if isinstance(column, str)}
    plain = {fold(column) for column in named if header_pattern(column) is None}
    patterns = [pattern for column in named if (pattern := header_pattern(column)) is not None]
    best, most = 1, 0
    for row in range(1, min(HEADER_ROWS, sheet.n_rows) + 1):
        texts = [text for text in headers(sheet, [row]) if text]
        count = len(plain & {fold(text) for text in texts})
        count += sum(any(pattern.fullmatch(text) for text in texts) for pattern in patterns)
        if count > most:
            best, most = row, count
    return best, most


class Groups:
    """Reports that belong together, by their IDs."""

    def __init__(self) -> None:
        self._linked: dict[str, set[str]] = {}
        self._shown: dict[str, str] = {}
        self._led: dict[str, tuple[list[str], list[str]]] = {}
        #: IDs that main reports have, as they are compared.
        self.main: frozenset[str] = frozenset()

    def join(self, one: str, other: str) -> None:
        """Two reports belong together."""
        self._led = {}
        for name, further in ((one, other), (other, one)):
            self._shown.setdefault(same(name), name)
            self._linked.setdefault(same(name), set()).add(same(further))

    def mains_of(self, name: str, present: Collection[str]) -> list[str]:
        """The main reports that a report leads to, the lowest ID first.

        A main report is its own, whatever it is linked to: each was charted as a study. A report that is linked to
        several of them has them all. A group without any has one that is `present`, else the lowest ID.
        """
        folded = same(name)
        if folded not in self._linked or folded in self.main:
            return [name]
        if folded not in self._led:
            self._follow(folded)
        mains, others = self._led[folded]
        return [self._shown[word] for word in mains or [next(filter(present.__contains__, others), others[0])]]

    def _follow(self, start: str) -> None:
        """Note for all reports of a group, as far as chains go without passing a main report, what they lead to."""
        others, waiting = {start}, [start]
        mains: set[str] = set()
        while waiting:
            further = self._linked[waiting.pop()] - others - mains
            mains |= further & self.main
            others |= further - mains
            waiting += further - mains
        led = (sorted(mains, key=_order), sorted(others, key=_order))
        self._led |= dict.fromkeys(others, led)


def _order(word: str) -> tuple[bool, int, str]:
    """Numbers by size, and before texts."""
    return (False, int(word), word) if word.isdecimal() else (True, 0, word)
