"""Reads any spreadsheet into addressed cells: the one place that opens xlsx, xls, ods, csv and tsv files.

Every cell keeps its row number and column letter as the spreadsheet program shows them. What stands in a cell is
kept as text together with its kind, so nothing is guessed here: 1-12 that Excel turned into a date
arrives as a date, NA as NA.
"""

import csv
import datetime as dt
import hashlib
import io
import itertools
import re
import zipfile
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from enum import IntEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from . import citations
from .rawfiles import CITATIONS

if TYPE_CHECKING:
    from .workbook_details import Details

SPREADSHEETS = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods", ".csv", ".tsv", ".tab", ".txt")

_TEXT = (".csv", ".tsv", ".tab", ".txt")
_CHUNK = 50_000


class Kind(IntEnum):
    """What a spreadsheet says a cell is."""

    TEXT = 0
    NUMBER = 1
    BOOLEAN = 2
    DATE = 3
    TIME = 4
    ERROR = 5  # such as #REF!
    FORMULA = 6  # a formula whose value was never calculated
    PERCENT = 7  # a number that is shown as a percentage: 0.07 as 7 %


@dataclass
class Sheet:
    """One sheet. `columns[i]` holds the texts of column i (0 = A) from row 1 on, blank as null.

    `kinds[i]` holds each cell's Kind, or is None where all of them are text. In a file of citations, whose records are
    no rows, `lines` says for each row on which line of the file its record begins (1 for the row of headers).
    """

    name: str
    columns: list[pa.ChunkedArray]
    kinds: list[pa.ChunkedArray | None]
    n_rows: int
    visible: bool = True
    hidden_rows: list[int] = field(default_factory=list)
    hidden_columns: list[int] = field(default_factory=list)
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)
    comments: list[tuple[int, int, str]] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)

    @property
    def n_columns(self) -> int:
        return len(self.columns)

    def row(self, number: int) -> list[str | None]:
        """The texts of one row; `number` counts from 1 as in the spreadsheet."""
        return [column[number - 1].as_py() for column in self.columns]

    def row_at(self, told: int) -> int:
        """The row that a reviewer is told as `told`: the same number, or in a file of citations that of the line."""
        return bisect_right(self.lines, told) if self.lines else told


@dataclass
class Fault:
    """Why a file could not be read: the rule that was broken, a sentence, what to do."""

    rule: str
    message: str
    suggestion: str = ""


@dataclass
class Book:
    """One file with all its sheets."""

    file: str
    form: str
    sha256: str
    sheets: list[Sheet] = field(default_factory=list)
    fault: Fault | None = None
    encoding: str = ""
    delimiter: str = ""
    decimal: str = "."
    #: Records of a file of citations that cannot be read: the line of the file, and why.
    unread: list[tuple[int, str]] = field(default_factory=list)


def letter(column: int) -> str:
    """Column number (0 = A) → letters as the spreadsheet shows them."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def number(letters: str) -> int:
    """Column letters → number (A = 0)."""
    column = 0
    for sign in letters:
        column = column * 26 + ord(sign) - 64
    return column - 1


def text_column(texts: Sequence[str]) -> pa.ChunkedArray:
    """Texts as a column of a sheet: what is blank is null."""
    return pa.chunked_array([_texts(texts[at : at + _CHUNK]) for at in range(0, len(texts), _CHUNK)], pa.string())


def read(path: Path, name: str | None = None) -> Book:
    """Read a spreadsheet file. A file that cannot be read comes back with `fault` set; nothing is raised for it."""
    name = name or path.as_posix()
    try:
        with path.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
            stream.seek(0)
            head = stream.read(65_536)
    except OSError as problem:
        return Book(
            name,
            "",
            "",
            fault=Fault(
                "file_unreadable",
                f"The file cannot be opened ({problem.strerror}).",
                "Close it in other programs and check that you may read it.",
            ),
        )
    suffix = path.suffix.lower()
    form = suffix.lstrip(".")
    book = Book(name, form, digest)
    if suffix in CITATIONS or (suffix == ".txt" and head and citations.form_of(head, "")):
        return _read_citations(path, book)
    book.fault = _misnamed(path, suffix, head)
    if book.fault is None:
        try:
            if suffix in _TEXT:
                _read_text(path, book)
            else:
                _read_workbook(path, book)
        except _UnreadableError as problem:
            book.fault = problem.fault
    return book


def _read_citations(path: Path, book: Book) -> Book:
    """Read an export of citations: one row a record, which keeps the line of the file where it begins."""
    try:
        found = citations.read(path)
    except citations.Unreadable as problem:
        book.fault = Fault("file_unreadable", problem.message, problem.suggestion)
        return book
    book.form, book.sheets, book.unread, book.encoding = found.form, found.sheets, found.faults, found.encoding
    return book


class _UnreadableError(Exception):
    def __init__(self, fault: Fault):
        super().__init__(fault.message)
        self.fault = fault


_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def _misnamed(path: Path, suffix: str, head: bytes) -> Fault | None:
    """The file's first bytes against its name."""
    if suffix not in SPREADSHEETS:
        return Fault(
            "file_unreadable",
            f"Files that end in {suffix or 'nothing'} are not read.",
            "Export it as csv or xlsx, or take it out of raw/.",
        )
    if not head:
        return Fault("file_empty", "The file is empty (0 bytes).", "Export or save it again.")
    found = _content(path, head)
    fits = {
        ".xlsx": {"xlsx"},
        ".xlsm": {"xlsx"},
        ".xlsb": {"xlsx"},
        ".xls": {"xls"},
        ".ods": {"ods"},
        ".csv": {"text"},
        ".tsv": {"text"},
        ".tab": {"text"},
        ".txt": {"text"},
    }[suffix]
    if found in fits or found == "broken":
        return None
    if found == "protected":
        return Fault(
            "file_protected",
            "The workbook is protected by a password and cannot be read.",
            "Open it, remove the password (File, Info, Protect Workbook) and save it again.",
        )
    names = {
        "xlsx": "an Excel workbook (.xlsx)",
        "xls": "an old Excel workbook (.xls)",
        "ods": "an OpenDocument spreadsheet (.ods)",
        "text": "plain text",
        "html": "a web page",
        "pdf": "a PDF",
        "docx": "a Word document",
        "zip": "a zip archive",
        "binary": "not a spreadsheet",
    }
    ending = {"xlsx": ".xlsx", "xls": ".xls", "ods": ".ods", "text": ".csv"}.get(found)
    remedy = (
        f"Rename it so that it ends in {ending}, or save it again as {suffix}."
        if ending
        else (f"Open it in a spreadsheet program and save it as {suffix}.")
    )
    return Fault("file_misnamed", f"The name ends in {suffix}, but the file is {names[found]}.", remedy)


def _content(path: Path, head: bytes) -> str:
    if head.startswith(_ZIP):
        try:
            with zipfile.ZipFile(path) as archive:
                names = set(archive.namelist())
                if "mimetype" in names and b"opendocument.spreadsheet" in archive.read("mimetype"):
                    return "ods"
        except (zipfile.BadZipFile, OSError, NotImplementedError):
            return "broken"
        if any(entry.startswith("xl/") for entry in names):
            return "xlsx"
        return "docx" if any(entry.startswith("word/") for entry in names) else "zip"
    if head.startswith(_OLE):
        # an encrypted xlsx is an OLE container with a stream of this name
        with path.open("rb") as stream:
            start = stream.read(1 << 20)
        return "protected" if "EncryptedPackage".encode("utf-16-le") in start else "xls"
    if head.startswith(b"%PDF"):
        return "pdf"
    if re.match(rb"\s*(\xef\xbb\xbf)?\s*<(!doctype html|html|table|head|body)", head, re.I):
        return "html"
    if head.startswith((b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf")):
        return "text"
    controls = sum(byte < 9 or 13 < byte < 32 for byte in head)
    return "binary" if b"\0" in head or controls > len(head) * 0.1 else "text"


def _read_workbook(path: Path, book: Book) -> None:
    import python_calamine as calamine

    from .workbook_details import of_ods, of_xlsx

    # the reader leaves the interpreter free while it reads a sheet, so the details are looked for beside it
    with ThreadPoolExecutor(1) as beside:
        look = {"xlsx": of_xlsx, "xlsm": of_xlsx, "ods": of_ods}.get(book.form)
        details = beside.submit(look, path) if look else None
        _read_sheets(path, book, calamine, details)


def _read_sheets(path: Path, book: Book, calamine: Any, details: "Future[dict[str, Details]] | None") -> None:
    from .workbook_details import Details

    try:
        with calamine.CalamineWorkbook.from_path(str(path)) as workbook:
            for about in workbook.sheets_metadata:
                if about.typ != calamine.SheetTypeEnum.WorkSheet:
                    continue
                sheet = workbook.get_sheet_by_name(about.name)
                visible = about.visible == calamine.SheetVisibleEnum.Visible
                known = details.result().get(about.name) if details else None
                book.sheets.append(_read_sheet(sheet, visible, known or Details()))
    except calamine.PasswordError:
        raise _UnreadableError(
            Fault(
                "file_protected",
                "The workbook is protected by a password and cannot be read.",
                "Open it, remove the password (File, Info, Protect Workbook) and save it again.",
            )
        ) from None
    except (
        calamine.CalamineError,
        zipfile.BadZipFile,
        ElementTree.ParseError,
        KeyError,
        OSError,
        ValueError,
        EOFError,
        NotImplementedError,
    ) as problem:
        raise _UnreadableError(_damaged(problem)) from None
    except BaseException as problem:  # a panic inside the reader is a BaseException; anything else goes on
        if type(problem).__name__ != "PanicException":
            raise
        raise _UnreadableError(_damaged(problem)) from None


def _damaged(problem: BaseException) -> Fault:
    detail = re.sub(r"\s+", " ", str(problem)).strip()[:120]
    return Fault(
        "file_damaged",
        f"The workbook is damaged or incomplete and cannot be read ({detail or type(problem).__name__}).",
        "Copy or download it again, or open it in a spreadsheet program, let it repair the file, and save it.",
    )


def _read_sheet(sheet: Any, visible: bool, details: "Details") -> Sheet:
    shift = sheet.start[1] if sheet.start else 0
    width = max(shift + sheet.width, details.width)
    parts: list[list[pa.Array]] = [[] for _ in range(width)]
    kinds: list[list[pa.Array | None]] = [[] for _ in range(width)]
    rows = iter(sheet.iter_rows()) if sheet.height else iter(())
    offset = 0
    while chunk := list(itertools.islice(rows, _CHUNK)):
        length = len(chunk)
        for index, column in enumerate(zip(*chunk, strict=True), start=shift):
            texts, kind = _column(column)
            parts[index].append(texts)
            kinds[index].append(kind)
        for index in itertools.chain(range(shift), range(shift + sheet.width, width)):
            parts[index].append(pa.nulls(length, pa.string()))
            kinds[index].append(None)
        offset += length
    extra = max((row for row, _ in details.cells), default=-1) + 1 - offset
    if extra > 0:
        for index in range(width):
            parts[index].append(pa.nulls(extra, pa.string()))
            kinds[index].append(None)
        offset += extra
    columns = [pa.chunked_array(part, pa.string()) for part in parts]
    marks = [_joined_kinds(part, kind) for part, kind in zip(parts, kinds, strict=True)]
    _put(columns, marks, details.cells)
    n_rows = _used_rows(columns, offset)
    merged = [(a[0], a[1], b[0], b[1]) for a, b in sheet.merged_cell_ranges or []]
    return Sheet(
        sheet.name,
        [column.slice(0, n_rows) for column in columns],
        [mark.slice(0, n_rows) if mark is not None else None for mark in marks],
        n_rows,
        visible,
        details.hidden_rows,
        details.hidden_columns,
        merged,
        details.comments,
    )


def _column(values: tuple[Any, ...]) -> tuple[pa.Array, pa.Array | None]:
    """A column as the reader gives it → texts (blank as null) and kinds (None where all are text)."""
    types = set(map(type, values))
    if types == {str}:
        return _texts(values), None
    texts, kinds = [], bytearray(len(values))
    for place, value in enumerate(values):
        if type(value) is str:
            texts.append(value)
        elif type(value) is float:
            texts.append(str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value))
            kinds[place] = Kind.NUMBER
        else:
            text, kind = _other(value)
            texts.append(text)
            kinds[place] = kind
    return _texts(texts), pa.Array.from_buffers(pa.int8(), len(values), [None, pa.py_buffer(bytes(kinds))])


def _texts(values: Sequence[str]) -> pa.Array:
    """Texts as an array, "" as null. Laid out by hand, because `pa.array` would first import all of pandas."""
    whole = "".join(values)
    if whole.isascii():
        data, lengths = whole.encode("ascii"), np.fromiter(map(len, values), np.int64, len(values))
    else:
        coded = [value.encode("utf-8", "replace") for value in values]
        data, lengths = b"".join(coded), np.fromiter(map(len, coded), np.int64, len(coded))
    offsets = np.zeros(len(values) + 1, np.int32)
    np.cumsum(lengths, out=offsets[1:])
    valid = np.packbits(lengths > 0, bitorder="little")
    return pa.StringArray.from_buffers(
        len(values), pa.py_buffer(offsets.tobytes()), pa.py_buffer(data), pa.py_buffer(valid.tobytes())
    )


def _other(value: Any) -> tuple[str, Kind]:
    if value is None:
        return "", Kind.TEXT
    if isinstance(value, bool):
        return ("TRUE" if value else "FALSE"), Kind.BOOLEAN
    if isinstance(value, int):
        return str(value), Kind.NUMBER
    if isinstance(value, dt.datetime):
        midnight = value.time() == dt.time(0)
        return (value.date().isoformat() if midnight else value.isoformat(sep=" ")), Kind.DATE
    if isinstance(value, dt.date):
        return value.isoformat(), Kind.DATE
    if isinstance(value, dt.time):
        return value.isoformat(), Kind.TIME
    if isinstance(value, dt.timedelta):
        return str(value), Kind.TIME
    return str(value), Kind.TEXT


def _joined_kinds(texts: list[pa.Array], kinds: list[pa.Array | None]) -> pa.ChunkedArray | None:
    if all(kind is None for kind in kinds):
        return None
    zero = [
        pa.Array.from_buffers(pa.int8(), len(t), [None, pa.py_buffer(bytes(len(t)))]) if k is None else k
        for t, k in zip(texts, kinds, strict=True)
    ]
    return pa.chunked_array(zero, pa.int8())


def _put(
    columns: list[pa.ChunkedArray], kinds: list[pa.ChunkedArray | None], cells: dict[tuple[int, int], tuple[Kind, str]]
) -> None:
    """Set the cells that the fast reader shows as blank: errors, and formulas that were never calculated."""
    by_column: dict[int, dict[int, tuple[Kind, str]]] = {}
    for (row, column), cell in cells.items():
        by_column.setdefault(column, {})[row] = cell
    for column, marked in by_column.items():
        texts = columns[column].to_pylist()
        old = kinds[column]
        kind = old.to_pylist() if old is not None else [Kind.TEXT] * len(texts)
        for row, (mark, text) in marked.items():
            texts[row], kind[row] = text, mark
        columns[column] = pa.chunked_array([_texts([text or "" for text in texts])])
        marked_kinds = pa.Array.from_buffers(pa.int8(), len(kind), [None, pa.py_buffer(bytes(kind))])
        kinds[column] = pa.chunked_array([marked_kinds])


def _used_rows(columns: list[pa.ChunkedArray], n_rows: int) -> int:
    """Rows up to the last one that holds anything."""
    last = 0
    for column in columns:
        end = n_rows
        for chunk in reversed(column.chunks):
            if chunk.null_count < len(chunk):
                filled = pc.indices_nonzero(pc.is_valid(chunk))
                last = max(last, end - len(chunk) + filled[-1].as_py() + 1)
                break
            end -= len(chunk)
    return last


def _read_text(path: Path, book: Book) -> None:
    data = path.read_bytes()
    text, book.encoding = _decode(data)
    book.delimiter = "\t" if book.form in ("tsv", "tab") else _delimiter(text)
    csv.field_size_limit(1 << 27)
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=book.delimiter))
    except csv.Error as problem:
        raise _UnreadableError(
            Fault(
                "file_damaged",
                f"The file cannot be read as a table ({problem}).",
                "Open it in a spreadsheet program and save it again as csv (UTF-8).",
            )
        ) from None
    width = max(map(len, rows), default=0)
    ragged = any(len(row) != width for row in rows)
    if ragged:
        rows = [row + [""] * (width - len(row)) for row in rows]
    columns = [text_column(column) for column in zip(*rows, strict=True)]
    book.decimal = _decimal(book.delimiter, columns)
    n_rows = _used_rows(columns, len(rows))
    book.sheets.append(Sheet("", [column.slice(0, n_rows) for column in columns], [None] * width, n_rows))


def _decode(data: bytes) -> tuple[str, str]:
    """Bytes → text and the encoding's name. UTF-8 is tried first, then what spreadsheet programs write."""
    for mark, encoding in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if data.startswith(mark):
            try:
                return data.decode(encoding), encoding
            except UnicodeDecodeError:
                break
    try:
        return data.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        pass
    from charset_normalizer import from_bytes

    guess = from_bytes(data[: 1 << 20], cp_isolation=["cp1252", "mac_roman", "cp1250", "latin_1"]).best()
    encoding = guess.encoding if guess else "cp1252"
    try:
        if data.decode("cp1252") == data.decode(encoding):
            encoding = "cp1252"
    except UnicodeDecodeError:
        pass
    try:
        return data.decode(encoding), encoding
    except UnicodeDecodeError:
        return data.decode("latin-1"), "latin-1"


def _delimiter(text: str) -> str:
    """The sign between cells: the one that gives the most lines the header's number of cells."""
    sample = text[: 1 << 16]
    best, best_score = ",", (0.0, 0)
    for sign in (",", ";", "\t", "|"):
        try:
            rows = [
                row for row in itertools.islice(csv.reader(io.StringIO(sample, newline=""), delimiter=sign), 60) if row
            ]
        except csv.Error:
            continue
        if len(sample) == 1 << 16 and len(rows) > 1:
            rows = rows[:-1]
        if not rows or (width := len(rows[0])) < 2:
            continue
        score = (sum(len(row) == width for row in rows) / len(rows), width)
        if score > best_score:
            best, best_score = sign, score
    return best


def _decimal(delimiter: str, columns: Iterable[pa.ChunkedArray]) -> str:
    """Comma where numbers are written 4,5 (only possible where the comma does not part the cells)."""
    if delimiter == ",":
        return "."
    commas = points = 0
    for column in columns:
        head = column.slice(0, 2000)
        commas += pc.sum(pc.match_substring_regex(head, r"^\s*-?\d+,\d+\s*$")).as_py() or 0
        points += pc.sum(pc.match_substring_regex(head, r"^\s*-?\d+\.\d+\s*$")).as_py() or 0
    return "," if commas > points else "."
