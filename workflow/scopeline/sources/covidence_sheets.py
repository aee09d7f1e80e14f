"""Covidence's sheets: how its lists of references and its extraction are known, and what they say of one another."""

import re
from collections.abc import Sequence
from pathlib import PurePosixPath

from ..cells import Book, Sheet
from . import ids
from .adapter import HEADER_ROWS, SURE, Context, Fit, column_of, heading
from .taken import Draft

PREFIX = "covidence-"
#: Covidence's lists, from the first to the last that a record can stand in.
STATES = ("screen", "irrelevant", "select", "excluded", "included")
#: The headers of Covidence's number of a reference, and of what else a list of references has.
NUMBER = ("covidence", "covidencenumber", "covidenceid")
_REFERENCE = {"authors", "abstract", "publishedyear", "journal", "doi", "ref", "study", "notes", "tags"}
REASON = re.compile(r"^\s*exclusion reason:\s*", re.I)


def fits_references(_book: Book, sheet: Sheet) -> Fit | None:
    """A list of references has the number, the title and some more of what a reference has."""
    row = _header_row(sheet, {"title"}, _REFERENCE, 2)
    return None if row is None or "reviewername" in {heading(text) for text in sheet.row(row)} else Fit(row, SURE)


def fits_extraction(_book: Book, sheet: Sheet) -> Fit | None:
    """The extraction has the number, the study's name and that of the reviewer."""
    row = _header_row(sheet, {"studyid", "reviewername"}, {"title"}, 0)
    return None if row is None else Fit(row, SURE)


def _header_row(sheet: Sheet, needed: set[str], others: set[str], at_least: int) -> int | None:
    """The first row with Covidence's number, all headers `needed` and some of `others`."""
    for number in range(1, min(HEADER_ROWS, sheet.n_rows) + 1):
        row = {heading(text) for text in sheet.row(number) if text}
        if row & set(NUMBER) and needed <= row and len(row & others) >= at_least:
            return number
    return None


def sure_column(headers: Sequence[str], *names: str) -> int:
    """The column that the sheet was known by."""
    known = [heading(header) for header in headers]
    return next(known.index(name) for name in names if name in known)


def list_of(notes: Sequence[str]) -> str:
    """Which list the cells tell: every report that was excluded has a reason, and no other record has."""
    given = [bool(REASON.search(note)) for note in notes]
    return "excluded" if given and all(given) else ""


def list_named(file: str) -> str:
    """Which list the file's name speaks of: `review_1_select_csv_2026.csv`."""
    words = re.split(r"[^a-z]+", PurePosixPath(file).stem.casefold())
    named = [state for state in STATES if state in words]
    return named[0] if len(named) == 1 else ""


def shared_names(ctx: Context, draft: Draft) -> set[str]:
    """Names that stand beside several numbers among what was included or extracted, in any of Covidence's exports.

    A list that may be another one counts too, so that every file gives a study the same ID.
    """
    held: dict[str, set[str]] = {}
    for book in {**ctx.books, draft.book.file: draft.book}.values():
        for sheet in book.sheets:
            fit = fits_extraction(book, sheet) or fits_references(book, sheet)
            own = book.file == draft.book.file and sheet.name == draft.sheet.name
            if fit is not None and (own or _may_be_included(book, sheet, fit)):
                for label, number in column_pairs(sheet, fit.header_row, ("studyid", "study"), NUMBER):
                    held.setdefault(label, set()).add(ids.plain(number))
    return {label for label, numbers in held.items() if label and len(numbers - {""}) > 1}


def _may_be_included(book: Book, sheet: Sheet, fit: Fit) -> bool:
    """Whether a list is that of the included reports, or does not tell which it is."""
    notes = [note for note, _ in column_pairs(sheet, fit.header_row, ("notes", "note"), NUMBER)]
    return (list_of(notes) or list_named(book.file)) in ("", "included")


def column_pairs(sheet: Sheet, header_row: int, *names: Sequence[str]) -> list[tuple[str, ...]]:
    """The texts of some columns below the header, row by row; rows with none of them are passed over."""
    headers = sheet.row(header_row)
    columns = [column_of(headers, *own) for own in names]
    blank = [None] * (sheet.n_rows - header_row)
    texts = [blank if at is None else sheet.columns[at].slice(header_row).to_pylist() for at in columns]
    rows = (tuple((text or "").strip() for text in row) for row in zip(*texts, strict=True))
    return [row for row in rows if any(row)]
