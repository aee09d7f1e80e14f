"""Annotated copies of faulty spreadsheets: each cell that has an issue is coloured and says so in a comment.

A copy is the reviewer's own workbook with nothing else changed, and a first sheet that lists what is wrong. Where a
file is no xlsx workbook, or one built in a way that is not changed safely, the copy is a new workbook with the same
cells.
"""

import hashlib
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath

from .. import cells
from ..errors import DataError
from ..issues import Issue
from . import plain, workbook
from .marks import marks_of
from .xmltext import UnpatchableError

_IN_PLACE = (".xlsx", ".xlsm")


def annotate(raw: Path, issues: Sequence[Issue], out: Path, book: cells.Book | None = None) -> None:
    """Write a copy of the spreadsheet `raw` to `out` in which the cells that have `issues` are coloured and commented.

    `issues` are those of this one file; `book` holds its cells, where they have been read already. `out` ends as
    `copy_names` says. Equal arguments give equal bytes. Raises DataError where the file cannot be read or has changed
    since `book` was read.
    """
    book = cells.read(raw) if book is None else book
    if book.fault is not None:
        raise DataError(f"There is no annotated copy of {book.file}: {book.fault.message}")
    with raw.open("rb") as stream:
        if hashlib.file_digest(stream, "sha256").hexdigest() != book.sha256:
            raise DataError(f"{book.file} was changed while it was being checked. Run again.")
    out.parent.mkdir(parents=True, exist_ok=True)
    remark = ""
    if raw.suffix.lower() in _IN_PLACE:
        try:
            workbook.patch(raw, marks_of(issues, book), out)
        except UnpatchableError as odd:
            remark = (
                "The workbook's own formats are not in this copy, only its cells, because the file could not be "
                f"changed in place: {odd}."
            )
        else:
            return
    _annotate_cells(book, issues, out, remark)


def _annotate_cells(book: cells.Book, issues: Sequence[Issue], out: Path, remark: str) -> None:
    """A new workbook with the same cells, marked."""
    named = plain.tabs(book)
    tabs = {old.name: new.name for old, new in zip(book.sheets, named.sheets, strict=True)}
    placed = [
        replace(item, sheet=tabs.get(item.sheet, item.sheet) if item.sheet or item.cell else "") for item in issues
    ]
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder, "cells.xlsx")
        remarks = plain.write(named, made, macros=out.suffix.lower() == ".xlsm")
        marks = marks_of(placed, named)
        marks.remarks = [remark or f"This copy was made from the cells of {book.file}; text is kept as text.", *remarks]
        workbook.patch(made, marks, out)


def copy_names(files: Iterable[str]) -> dict[str, str]:
    """The name of each file's copy below the folder of copies, by the file's path below raw/.

    A workbook keeps its name, another file gets .xlsx behind its own, so that charting.xls and charting.xlsx have
    charting.xls.xlsx and charting.xlsx. Folders below raw/ are kept. No two names are the same on any file system.
    """
    names: dict[str, str] = {}
    taken: set[str] = set()
    for file in sorted(files, key=lambda file: (PurePosixPath(file).suffix.lower() not in _IN_PLACE, file)):
        path = PurePosixPath(file.removeprefix("raw/"))
        whole = path if path.suffix.lower() in _IN_PLACE else path.with_name(f"{path.name}.xlsx")
        name, at = whole, 1
        while name.as_posix().casefold() in taken:
            at += 1
            name = whole.with_name(f"{whole.stem} ({at}){whole.suffix}")
        taken.add(name.as_posix().casefold())
        names[file] = name.as_posix()
    return names
