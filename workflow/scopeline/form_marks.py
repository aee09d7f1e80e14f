"""What a charting form carries that is no data: the version of the codebook it was made from, and its example rows.

The version stands on the sheet of notes, which survives any spreadsheet program, and in the document properties, where
nobody deletes it by accident.
"""

import re
import zipfile
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

import pyarrow.compute as pc

from .cells import Book, Sheet
from .codebook import TableSpec
from .review import Place

NOTES = "Notes"
#: The labels beside which the codebook's name and version stand on the sheet of notes.
CODEBOOK, VERSION = "Codebook", "Codebook version"
#: The same as document properties.
PROPERTY_CODEBOOK, PROPERTY_VERSION = "scopeline-codebook", "scopeline-codebook-version"

#: How the key of an example row begins.
EXAMPLE = "EXAMPLE"
_EXAMPLE = re.compile(rf"\s*{EXAMPLE}\s*(?::.*)?", re.S)


@dataclass(frozen=True)
class Stamp:
    """The codebook that a form was made from, and where its version stands (row from 1, column from 0)."""

    codebook: str
    version: str
    sheet: str = ""
    row: int | None = None
    column: int | None = None


def stamp(book: Book) -> Stamp | None:
    """The stamp on a form's sheet of notes; None where the file is no form of ours."""
    sheet = next((sheet for sheet in book.sheets if sheet.name == NOTES and sheet.n_columns > 1), None)
    if sheet is None:
        return None
    labels = [(text or "").strip() for text in sheet.columns[0].to_pylist()]
    if VERSION not in labels:
        return None
    at = labels.index(VERSION)
    values = sheet.columns[1].to_pylist()
    name = (values[labels.index(CODEBOOK)] or "").strip() if CODEBOOK in labels else ""
    return Stamp(name, (values[at] or "").strip(), sheet.name, at + 1, 1)


def stamped_version(path: Path) -> str | None:
    """The version of the codebook that a form was made from, from its document properties; None where it has none.

    A file that is not a readable workbook has none.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            listed = ElementTree.fromstring(archive.read("docProps/custom.xml"))
    except (OSError, KeyError, zipfile.BadZipFile, ElementTree.ParseError):
        return None
    for entry in listed:
        if entry.get("name") == PROPERTY_VERSION:
            return "".join(entry.itertext()).strip()
    return None


def example_rows(sheet: Sheet, place: Place, table: TableSpec) -> list[int]:
    """The row numbers (from 1) of a sheet's example rows: those whose key begins with EXAMPLE."""
    name = marked_field(table)
    if name not in place.columns:
        return []
    texts = sheet.columns[place.columns[name]].slice(place.header_row)
    near = pc.fill_null(pc.match_substring(texts, EXAMPLE), False)
    hits = pc.indices_nonzero(near).to_pylist()
    return [place.header_row + 1 + at for at in hits if _EXAMPLE.fullmatch(texts[at].as_py())]


def marked_field(table: TableSpec) -> str:
    """The field that marks an example row: the first of the table's key, or its first field."""
    return (table.primary_key or [table.fields[0].name])[0]
