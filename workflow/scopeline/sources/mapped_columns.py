"""A sheet as a mapping looks at it: its columns by name, each distinct content of a column once."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ..cells import Sheet, letter, number
from ..codebook import fold
from ..mapping import PLACEHOLDER, Column, near, regular
from . import ids

_LETTERS = re.compile(r"\$([A-Za-z]{1,3})")
_NTH = re.compile(r"(.*)#(\d+)", re.DOTALL)
#: More combinations than this are numbered anew before a further column is set beside them.
_MOST = 1 << 40


@dataclass(frozen=True)
class Coded:
    """Texts of rows: `codes` says for each row which of `words` it has; "" is blank. Not every word needs to occur."""

    codes: np.ndarray
    words: list[str]

    def __len__(self) -> int:
        return len(self.codes)

    @classmethod
    def of(cls, texts: Sequence[str]) -> "Coded":
        """Each row with its own text."""
        return cls(np.arange(len(texts)), list(texts))

    @classmethod
    def constant(cls, text: str, length: int) -> "Coded":
        return cls(np.zeros(length, np.int64), [text])

    def mapped(self, change: Callable[[str], str]) -> "Coded":
        """Each word as `change` makes it."""
        return Coded(self.codes, [change(word) for word in self.words])

    def at(self, places: np.ndarray) -> "Coded":
        return Coded(self.codes[places], self.words)

    def where(self, test: Callable[[str], bool]) -> np.ndarray:
        """For each row whether its word passes."""
        passed = np.fromiter((test(word) for word in self.words), bool, len(self.words))
        return passed[self.codes] if len(self.words) else np.zeros(len(self.codes), bool)

    def filled(self) -> np.ndarray:
        return self.where(bool)

    def array(self) -> pa.ChunkedArray:
        """The texts as an array, blank as null."""
        words = pa.array([word or None for word in self.words], pa.string())
        return pa.chunked_array([words.take(pa.array(self.codes))])

    def texts(self) -> list[str]:
        return [self.words[code] for code in self.codes.tolist()]


def combined(parts: Sequence[Coded], join: Callable[[Sequence[str]], str]) -> Coded:
    """Several texts of each row as one; every combination that occurs is joined once."""
    codes = np.zeros(len(parts[0]), np.int64)
    made: list[tuple[str, ...]] = [()]
    size = 1
    for part in parts:
        both = codes * max(len(part.words), 1) + part.codes
        size *= max(len(part.words), 1)
        if size > _MOST or size > 4 * len(codes) + 64:
            found, codes = np.unique(both, return_inverse=True)
            width = max(len(part.words), 1)
            made = [(*made[one // width], part.words[one % width]) for one in found.tolist()]
        else:
            codes = both
            made = [(*one, word) for one in made for word in part.words]
        size = len(made)
    return Coded(codes, [join(one) for one in made])


class Grid:
    """One sheet below its headers. `rows` holds the numbers of the rows that hold anything."""

    def __init__(self, sheet: Sheet, header_rows: Sequence[int], join: str = " ") -> None:
        self.sheet = sheet
        self.header_rows = tuple(header_rows)
        self.headers = headers(sheet, header_rows, join)
        start = max(header_rows)
        held = np.zeros(max(sheet.n_rows - start, 0), bool)
        for column in sheet.columns:
            texts = column.slice(start)
            if texts.null_count < len(texts):
                filled = pc.not_equal(pc.utf8_length(pc.utf8_trim_whitespace(texts)), 0)
                held |= pc.fill_null(filled, False).combine_chunks().to_numpy(zero_copy_only=False)
        self.rows = np.flatnonzero(held) + start + 1
        self._coded: dict[int, Coded] = {}
        self._named: dict[tuple[int, str], tuple[list[str], list[str] | None]] = {}

    @cached_property
    def folded(self) -> list[str]:
        return [fold(header) for header in self.headers]

    def coded(self, column: int) -> Coded:
        """The trimmed texts of a column, one for each of `rows`."""
        if column not in self._coded:
            texts = pc.utf8_trim_whitespace(self.sheet.columns[column].take(pa.array(self.rows - 1)))
            encoded = pa.array(pc.fill_null(texts, "").combine_chunks()).dictionary_encode()
            self._coded[column] = Coded(encoded.indices.to_numpy(), encoded.dictionary.to_pylist())
        return self._coded[column]

    def named(self, cells: Coded, prefix: str) -> Coded:
        """IDs as the review's own (`ids.named`). Several entries name one column, so each list of words is kept."""
        words, own = self._named.get((id(cells.words), prefix), (cells.words, None))
        if own is None:
            own = [ids.named(prefix, word) for word in words]
            self._named[id(words), prefix] = (words, own)
        return Coded(cells.codes, own)

    def kinds(self, column: int, places: np.ndarray) -> pa.ChunkedArray | None:
        kinds = self.sheet.kinds[column]
        return None if kinds is None else kinds.take(pa.array(self.rows[places] - 1))

    def numbers(self, places: np.ndarray) -> np.ndarray:
        """The row numbers that a reviewer is told; the line, in a file of citations."""
        numbers = self.rows[places]
        if self.sheet.lines:
            numbers = np.array(self.sheet.lines)[numbers - 1]
        return numbers.astype(np.int32)

    def find(self, column: Column) -> int | str:
        """The one column that is meant, or why none is (a sentence without its full stop)."""
        found = self.find_all(column)
        if isinstance(found, str):
            return found
        if len(found) > 1:
            shown = ", ".join(letter(one) for one in found[:6])
            if self.headers[found[0]] and len({self.folded[one] for one in found}) == 1:
                return f"'{column}' heads several columns ({shown}); write '{column}#1' for the first"
            return f"'{column}' fits several columns ({shown}); name one"
        return found[0]

    def find_all(self, column: Column) -> list[int] | str:
        """Every column that is meant, in the sheet's order, or why none is."""
        if isinstance(column, int):
            return [column - 1] if column <= self.sheet.n_columns else f"the sheet has no column {column}"
        exact = [at for at, header in enumerate(self.headers) if header == column]
        found = exact or [at for at, header in enumerate(self.folded) if header and header == fold(column)]
        if found:
            return found
        if match := _LETTERS.fullmatch(column):
            at = number(match[1].upper())
            return [at] if at < self.sheet.n_columns else f"the sheet has no column {match[1].upper()}"
        if match := _NTH.fullmatch(column):
            alike = [at for at, header in enumerate(self.folded) if header == fold(match[1])]
            if alike and 0 < int(match[2]) <= len(alike):
                return [alike[int(match[2]) - 1]]
        if pattern := header_pattern(column):
            found = [at for at, header in enumerate(self.headers) if header and pattern.fullmatch(header)]
            return found or f"no column of the sheet is headed like '{column}'"
        return f"the sheet has no column '{column}'{near(column, self.headers)}"


def headers(sheet: Sheet, rows: Sequence[int], join: str = " ") -> list[str]:
    """The headers of a sheet. Of several rows, those above the last are banners: they go on to the right."""
    parts: list[list[str]] = []
    for row in rows:
        texts = [" ".join((text or "").split()) for text in sheet.row(row)] if row <= sheet.n_rows else []
        parts.append(texts)
    for texts in parts[:-1]:
        for at in range(1, len(texts)):
            texts[at] = texts[at] or texts[at - 1]
    width = sheet.n_columns
    filled = [texts + [""] * (width - len(texts)) for texts in parts]
    last = filled[-1]
    return [
        join.join(dict.fromkeys(text for text in (part[at] for part in filled) if text))
        if last[at] or len(rows) > 1
        else ""
        for at in range(width)
    ]


def header_pattern(column: str) -> re.Pattern[str] | None:
    """A pattern of headers as a regular expression: `/…/`, or with `*` or names in braces; None for a plain name."""
    if pattern := regular(column):
        return pattern
    if "*" not in column and not PLACEHOLDER.search(column):
        return None
    text, seen, at = "", set(), 0
    for match in re.finditer(r"\*|\{([^{}]+)\}", column):
        text += _spaced(column[at : match.start()])
        at = match.end()
        name = match[1]
        if name is None:
            text += "(.*)"
        elif name in seen:
            text += f"(?P={name})"
        elif name.isidentifier():
            seen.add(name)
            text += f"(?P<{name}>.+?)"
        else:
            text += "(.+?)"
    return re.compile(text + _spaced(column[at:]), re.IGNORECASE | re.DOTALL)


def _spaced(text: str) -> str:
    """Plain text as a regular expression in which any blanks are alike."""
    return re.sub(r"(\\\s|\s)+", r"\\s+", re.escape(text))


def filled_in(column: Column, parts: Mapping[str, str]) -> Column:
    """A column's name with the parts of headers put in for their names."""
    if isinstance(column, int):
        return column
    return PLACEHOLDER.sub(lambda match: parts.get(match[1], match[0]), column)


def named_parts(column: Column, known: Iterable[str]) -> bool:
    """Whether a column's name has parts that depend on the group."""
    return isinstance(column, str) and any(name in set(known) for name in PLACEHOLDER.findall(column))
