"""What another tool's export needs to be read here: a way to know it, and a way to take it.

One small module for each tool holds its adapters in `ADAPTERS`; `registry` lists the modules.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..cells import Book, Sheet
from ..codebook import Codebook, fold
from ..settings import SourceSetting
from .taken import Taken

#: How sure an adapter is: only one tool writes these headers; the columns are those of a screening or charting tool; of
#: a search export; or fit in general.
SURE, TOOL, SEARCH, GENERAL = 4, 3, 2, 1


@dataclass(frozen=True)
class Fit:
    """An adapter knows a sheet: where its header stands, how sure it is, and what it found out on the way."""

    header_row: int
    rank: int
    about: Any = None


@dataclass(frozen=True)
class Context:
    """What an adapter may look at beside its sheet: the codebook, what the configuration says of the file, all files.

    `books` holds every file of the review by its path, for what one file says of another (a list of duplicates).
    """

    codebook: Codebook
    setting: SourceSetting
    books: Mapping[str, Book] = field(default_factory=dict)

    def prefix(self, usual: str) -> str:
        """What stands before a tool's own IDs: as configured, be it nothing; else as usual."""
        return usual if self.setting.prefix is None else self.setting.prefix


@dataclass(frozen=True)
class Adapter:
    """How one kind of sheet is known and taken.

    name: as the configuration writes it after `as:`. title: in words, for the report ("Covidence: references").
    fit: None where the sheet is not of this kind. It looks at headers and cells, never at the file's name.
    take: what the sheet yields.
    general: it is asked only where no tool's export fits and the sheet is none of the review's own: it reads cells to
        know its kind, which takes time in a large sheet.
    """

    name: str
    title: str
    fit: Callable[[Book, Sheet], Fit | None]
    take: Callable[[Book, Sheet, Fit, Context], Taken]
    general: bool = False


#: A header is looked for in the first rows: banners and notes may stand above it.
HEADER_ROWS = 15


def header_with(sheet: Sheet, *needed: str, rows: int = HEADER_ROWS) -> int | None:
    """The first row (from 1) that has all the headers `needed`, whatever their case and spacing; None without one."""
    wanted = {fold(name) for name in needed}
    for number in range(1, min(rows, sheet.n_rows) + 1):
        if wanted <= {fold(text) for text in sheet.row(number) if text}:
            return number
    return None


def heading(text: str | None) -> str:
    """A header as it is compared: its letters and digits, so that `Covidence..` is `Covidence #`."""
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", text or "")).casefold()


def column_of(headers: Sequence[str | None], *names: str) -> int | None:
    """The first column whose header is one of `names`, which are written as `heading` gives them."""
    known = [heading(header) for header in headers]
    return next((known.index(name) for name in names if name in known), None)
