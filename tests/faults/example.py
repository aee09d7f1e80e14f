"""The shipped example as plain values, and as files in three forms: as shipped (xlsx and csv), all csv, all ods.

Nothing here uses the library: the tables are read and written with csv, openpyxl and zipfile. Three columns are added
that the example lacks (a number and two dates), so that every kind of value can be spoilt.
"""

import csv
import datetime as dt
import io
import itertools
import zipfile
from collections.abc import Iterable
from copy import deepcopy
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape, quoteattr

import openpyxl
import yaml

REPOSITORY = Path(__file__).resolve().parents[2]
FORMS = ("xlsx", "csv", "ods")
BOOKS = {
    "records": ("records",),
    "screening": ("votes", "decisions", "reports"),
    "charting": ("studies", "findings", "harms"),
}
BOOK_OF = {table: book for book, tables in BOOKS.items() for table in tables}

#: Columns added to the example, by table: the field as the codebook has it.
ADDED: dict[str, dict[str, Any]] = {
    "records": {"name": "found_on", "type": "date", "title": "Found on"},
    "reports": {"name": "obtained_on", "type": "date", "title": "Obtained on"},
    "studies": {
        "name": "mean_age",
        "type": "number",
        "title": "Mean age",
        "constraints": {"minimum": 0, "maximum": 110},
    },
}


class SheetError(str):
    """A cell that shows a spreadsheet error, such as #REF!."""

    __slots__ = ()


class Formula(str):
    """A formula that was never calculated."""

    __slots__ = ()


class Percent(float):
    """A number in a cell formatted as per cent."""

    __slots__ = ()


class Text(str):
    """A text that would otherwise be taken for a formula or an error by the writer."""

    __slots__ = ()


@dataclass(frozen=True)
class Edit:
    """One cell set: the row as the spreadsheet shows it, the column from 0."""

    table: str
    row: int
    column: int
    value: Any


@dataclass(frozen=True)
class Change:
    """What is done to the good review: cells set, then columns taken out, sheets left out."""

    edits: tuple[Edit, ...] = ()
    dropped: tuple[tuple[str, int], ...] = ()
    absent: tuple[str, ...] = ()

    def tables(self) -> set[str]:
        """The tables that it touches."""
        return {edit.table for edit in self.edits} | {table for table, _ in self.dropped} | set(self.absent)

    def __add__(self, other: "Change") -> "Change":
        return Change(self.edits + other.edits, self.dropped + other.dropped, self.absent + other.absent)


@dataclass
class Example:
    """Tables as rows of plain values, the header first; and the codebook as plain data."""

    tables: dict[str, list[list[Any]]]
    codebook: dict[str, Any]
    fields: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def header(self, table: str) -> list[str]:
        return [str(name) for name in self.tables[table][0]]

    def rows(self, table: str) -> dict[int, dict[str, Any]]:
        """Row number → field → value."""
        header = self.header(table)
        return {
            number: dict(zip(header, row, strict=True)) for number, row in enumerate(self.tables[table][1:], start=2)
        }


@cache
def example() -> Example:
    """The shipped example with the added columns. Raises FileNotFoundError where it is not there."""
    raw = REPOSITORY / "raw"
    with (raw / "records.csv").open(encoding="utf-8", newline="") as stream:
        tables: dict[str, list[list[Any]]] = {"records": [[cell or None for cell in row] for row in csv.reader(stream)]}
    year = tables["records"][0].index("year")
    for row in tables["records"][1:]:
        row[year] = int(row[year]) if row[year] else None
    for name in ("screening", "charting"):
        book = openpyxl.load_workbook(raw / f"{name}.xlsx")
        for table in BOOKS[name]:
            tables[table] = [list(row) for row in book[table].iter_rows(values_only=True)]
    codebook = yaml.safe_load((REPOSITORY / "config" / "codebook.yaml").read_text(encoding="utf-8"))
    fields = {table["name"]: table["schema"]["fields"] for table in codebook["resources"]}
    for table, added in ADDED.items():
        fields[table].append(added)
        tables[table][0].append(added["name"])
        for number, row in enumerate(tables[table][1:]):
            if table == "studies":
                row.append(round(31 + number * 0.7, 1) if number % 3 else None)
            else:
                row.append(dt.date(2026, 1 + number % 9, 1 + number % 28) if number % 4 else "2026-03")
    return Example(tables, codebook, fields)


def place(form: str, table: str) -> tuple[str, str]:
    """File and sheet in which a table stands."""
    if form == "csv" or (form == "xlsx" and table == "records"):
        return f"raw/{table}.csv", ""
    return f"raw/{BOOK_OF[table]}.{form}", table


def typed(form: str, table: str) -> bool:
    """Whether the file tells numbers, dates and errors from text."""
    return bool(place(form, table)[1])


class Writer:
    """Writes the example in one form below a folder, and of a changed review the files that differ."""

    def __init__(self, form: str, folder: Path):
        self.form = form
        self.folder = folder
        self.good = example()
        self._books: dict[str, Any] = {}
        folder.mkdir(parents=True, exist_ok=True)
        self._names = itertools.count()

    def files(self) -> dict[str, list[str]]:
        """File name → its tables."""
        found: dict[str, list[str]] = {}
        for table in self.good.tables:
            found.setdefault(place(self.form, table)[0].removeprefix("raw/"), []).append(table)
        return found

    def write(self, change: Change, only: Iterable[str] | None = None) -> dict[str, Path | None]:
        """Write the files that a change touches, or those of `only`: name → path, None where no sheet is left."""
        touched = change.tables() if only is None else set(only)
        written: dict[str, Path | None] = {}
        for name, tables in self.files().items():
            if not touched & set(tables):
                continue
            path = self.folder / f"{next(self._names)}-{name}"
            if self.form == "xlsx" and name.endswith(".xlsx"):
                written[name] = self._workbook(name, path, change)
                continue
            grids = {table: grid(self.good, table, change) for table in tables if table not in change.absent}
            if grids and name.endswith(".csv"):
                write_csv(path, *grids.values())
            elif grids:
                write_ods(path, grids)
            written[name] = path if grids else None
        return written

    def _workbook(self, name: str, path: Path, change: Change) -> Path:
        """The shipped workbook itself with the change made to it, drop-downs, notes and hidden sheets included."""
        structural = bool(change.dropped or change.absent)
        book = self._shipped(name) if structural or name not in self._books else self._books[name]
        if not structural:
            self._books[name] = book
        before = []
        for edit in change.edits:
            if edit.table in book.sheetnames:
                cell = book[edit.table].cell(edit.row, edit.column + 1)
                before.append((cell, cell.value, cell.number_format))
                set_cell(cell, edit.value)
        for table, column in change.dropped:
            if table in book.sheetnames:
                book[table].delete_cols(column + 1)
        for table in change.absent:
            if table in book.sheetnames:
                book.remove(book[table])
        book.save(path)
        for cell, value, number_format in reversed(before):
            cell.value = value
            cell.number_format = number_format
        return path

    def _shipped(self, name: str) -> Any:
        book = openpyxl.load_workbook(REPOSITORY / "raw" / name)
        for table in BOOKS[name.removesuffix(".xlsx")]:
            if table in ADDED:
                for number, row in enumerate(self.good.tables[table], start=1):
                    book[table].cell(number, len(row)).value = row[-1]
        return book


def set_cell(cell: Any, value: Any) -> None:
    """Set a cell of openpyxl; a text stays a text whatever it looks like."""
    cell.value = value
    if isinstance(value, Text):
        cell.data_type = "s"
    if isinstance(value, Percent):
        cell.number_format = "0%"


def grid(good: Example, table: str, change: Change) -> list[list[Any]]:
    """One table's rows after a change."""
    rows = deepcopy(good.tables[table])
    for edit in change.edits:
        if edit.table == table:
            while len(rows) < edit.row:
                rows.append([None] * len(rows[0]))
            row = rows[edit.row - 1]
            row += [None] * (edit.column + 1 - len(row))
            row[edit.column] = edit.value
    for name, column in change.dropped:
        if name == table:
            for row in rows:
                del row[column]
    return rows


def write_csv(path: Path, rows: list[list[Any]]) -> None:
    """A table as csv in UTF-8."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([[_plain(cell) for cell in row] for row in rows])


def _plain(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, dt.datetime):
        return value.date().isoformat()
    return value.isoformat() if isinstance(value, dt.date) else str(value)


_ODS_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?><office:document-content'
    ' xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"'
    ' xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"'
    ' xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"'
    ' xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0"'
    ' xmlns:of="urn:oasis:names:tc:opendocument:xmlns:of:1.2"'
    ' office:version="1.3"><office:body><office:spreadsheet>'
)
_ODS_TAIL = "</office:spreadsheet></office:body></office:document-content>"
_ODS_TYPE = "application/vnd.oasis.opendocument.spreadsheet"
_MANIFEST = (
    '<?xml version="1.0" encoding="UTF-8"?><manifest:manifest'
    ' xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0" manifest:version="1.3">'
    f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{_ODS_TYPE}"/>'
    '<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/></manifest:manifest>'
)


def write_ods(path: Path, grids: dict[str, list[list[Any]]]) -> None:
    """Tables as an OpenDocument spreadsheet, a sheet each."""
    out = io.StringIO()
    out.write(_ODS_HEAD)
    for name, rows in grids.items():
        out.write(f"<table:table table:name={quoteattr(name)}>")
        for row in rows:
            out.write("<table:table-row>" + "".join(map(_ods_cell, row)) + "</table:table-row>")
        out.write("</table:table>")
    out.write(_ODS_TAIL)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", _ODS_TYPE)
        archive.writestr("META-INF/manifest.xml", _MANIFEST, zipfile.ZIP_DEFLATED)
        archive.writestr("content.xml", out.getvalue().encode(), zipfile.ZIP_DEFLATED)


def _ods_cell(value: Any) -> str:
    if value is None:
        return "<table:table-cell/>"
    if isinstance(value, SheetError):
        return (
            '<table:table-cell table:formula="of:=1/0" office:value-type="string" office:string-value=""'
            f' calcext:value-type="error"><text:p>{escape(value)}</text:p></table:table-cell>'
        )
    if isinstance(value, bool):
        kind = f'office:value-type="boolean" office:boolean-value="{str(value).lower()}"'
    elif isinstance(value, int | float):
        kind = f'office:value-type="float" office:value="{value!r}"'
    elif isinstance(value, dt.date):
        kind = f'office:value-type="date" office:date-value="{_plain(value)}"'
    else:
        kind = 'office:value-type="string"'
    shown = "</text:p><text:p>".join(escape(line) for line in _plain(value).split("\n"))
    return f"<table:table-cell {kind}><text:p>{shown}</text:p></table:table-cell>"
