"""A workbook made of nothing but cells, for files that cannot be changed in place: csv, tsv, xls, xlsb, ods.

Rows and columns keep their numbers; text stays text, whatever it looks like, so that no spreadsheet program reads a
date, a number or a formula into it.
"""

import datetime as dt
import re
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from ..cells import Book, Kind, Sheet, letter
from .styles import MINIMAL
from .xmltext import MAIN, RELATIONS, quoted, string

_SAVED = (1980, 1, 1, 0, 0, 0)
_TEXT, _DATE, _MOMENT = 1, 2, 3  #: numbers of the formats of `styles.MINIMAL`
_ERRORS = frozenset(("#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A", "#GETTING_DATA"))
_OFFICE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_DECLARED = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_HIDDEN = ' hidden="1"'
_CHUNK = 5_000
_LONGEST, _WIDEST, _NARROWEST = 32_767, 60, 9
_EPOCH = dt.datetime(1899, 12, 30)  # noqa: DTZ001  (a cell's date has no zone)


def tabs(book: Book) -> Book:
    """The book with names of sheets that every spreadsheet program takes; a csv's sheet is named as its file."""
    taken = {""}
    sheets = []
    for sheet in book.sheets:
        wish = re.sub(r"[\x00-\x1f\[\]:*?/\\]", " ", sheet.name or Path(book.file).stem).strip(" '")[:31] or "Sheet"
        name, at = wish, 1
        while name.casefold() in taken:
            at += 1
            name = f"{wish[:27]} {at}"
        taken.add(name.casefold())
        sheets.append(replace(sheet, name=name))
    return replace(book, sheets=sheets)


def write(book: Book, path: Path, *, macros: bool = False) -> list[str]:
    """Write the cells of `book`, whose sheets are named by `tabs`, as a workbook. `macros`: the name ends in xlsm.

    Returns remarks on cells that a workbook cannot hold as they are.
    """
    remarks: list[str] = []
    kind = "application/vnd.ms-excel.sheet.macroEnabled.main+xml" if macros else f"{_OFFICE}.sheet.main+xml"
    numbered = list(enumerate(book.sheets, start=1))
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, content in _frame(numbered, kind).items():
            archive.writestr(zipfile.ZipInfo(name, _SAVED), content)
        for at, sheet in numbered:
            with archive.open(zipfile.ZipInfo(f"xl/worksheets/sheet{at}.xml", _SAVED), "w", force_zip64=True) as file:
                for piece in _sheet(sheet, remarks):
                    file.write(piece.encode())
    return remarks


def _frame(numbered: list[tuple[int, Sheet]], kind: str) -> dict[str, bytes]:
    overrides = "".join(
        f'<Override PartName="/xl/worksheets/sheet{at}.xml" ContentType="{_OFFICE}.worksheet+xml"/>'
        for at, _ in numbered
    )
    sheets = "".join(
        f'<sheet name="{quoted(sheet.name)}" sheetId="{at}" state="{"visible" if sheet.visible else "hidden"}" '
        f'r:id="rId{at}"/>'
        for at, sheet in numbered
    )
    relations = "".join(
        f'<Relationship Id="rId{at}" Type="{RELATIONS}/worksheet" Target="/xl/worksheets/sheet{at}.xml"/>'
        for at, _ in numbered
    )
    whole = {
        "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{kind}"/>'
        f'<Override PartName="/xl/styles.xml" ContentType="{_OFFICE}.styles+xml"/>{overrides}</Types>',
        "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1" '
        f'Type="{RELATIONS}/officeDocument" Target="/xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{RELATIONS}"><sheets>{sheets}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">{relations}<Relationship '
        f'Id="rIdStyles" Type="{RELATIONS}/styles" Target="/xl/styles.xml"/></Relationships>',
    }
    return {name: (_DECLARED + text).encode() for name, text in whole.items()} | {"xl/styles.xml": MINIMAL}


def _sheet(sheet: Sheet, remarks: list[str]) -> Iterator[str]:
    yield f'{_DECLARED}<worksheet xmlns="{MAIN}"><sheetFormatPr defaultRowHeight="15"/>'
    hidden_columns, hidden_rows = set(sheet.hidden_columns), set(sheet.hidden_rows)
    if sheet.columns:
        widths = [
            f'<col min="{at + 1}" max="{at + 1}" width="{_width(sheet, at)}" customWidth="1"'
            f"{_HIDDEN if at in hidden_columns else ''}/>"
            for at in range(sheet.n_columns)
        ]
        yield f"<cols>{''.join(widths)}</cols>"
    yield "<sheetData>"
    letters = [letter(column) for column in range(sheet.n_columns)]
    cut = 0
    for start in range(0, sheet.n_rows, _CHUNK):
        columns = [column.slice(start, _CHUNK).to_pylist() for column in sheet.columns]
        kinds = [kind.slice(start, _CHUNK).to_pylist() if kind is not None else None for kind in sheet.kinds]
        for place in range(min(_CHUNK, sheet.n_rows - start)):
            row = start + place + 1
            cells = []
            for column, texts in enumerate(columns):
                if (text := texts[place]) is not None:
                    cut += len(text) > _LONGEST
                    kind = kinds[column]
                    cells.append(_cell(f"{letters[column]}{row}", text, Kind.TEXT if kind is None else kind[place]))
            if cells or row - 1 in hidden_rows:
                hide = _HIDDEN if row - 1 in hidden_rows else ""
                yield f'<row r="{row}"{hide}>{"".join(cells)}</row>'
    if cut:
        remarks.append(
            f"{cut} cells of {sheet.name} are longer than a workbook can hold and were cut off in this copy."
        )
    yield "</sheetData>"
    if sheet.merged:
        areas = "".join(
            f'<mergeCell ref="{letter(left)}{top + 1}:{letter(right)}{bottom + 1}"/>'
            for top, left, bottom, right in sheet.merged
        )
        yield f'<mergeCells count="{len(sheet.merged)}">{areas}</mergeCells>'
    if sheet.columns and sheet.n_rows:
        area = f"A1:{letters[-1]}{sheet.n_rows}"
        yield f'<ignoredErrors><ignoredError sqref="{area}" numberStoredAsText="1"/></ignoredErrors>'
    yield "</worksheet>"


def _width(sheet: Sheet, column: int) -> int:
    head = sheet.columns[column].slice(0, 200).to_pylist()
    return min(_WIDEST, max([_NARROWEST, *(len(text) + 2 for text in head if text)]))


def _cell(place: str, text: str, kind: Kind) -> str:
    if kind == Kind.NUMBER and text[-1].isdigit():
        return f'<c r="{place}"><v>{text}</v></c>'
    if kind == Kind.BOOLEAN:
        return f'<c r="{place}" t="b"><v>{int(text == "TRUE")}</v></c>'
    if kind == Kind.ERROR and text in _ERRORS:
        return f'<c r="{place}" t="e"><v>{text}</v></c>'
    if kind == Kind.DATE and (day := _day(text)):
        return f'<c r="{place}" s="{_DATE if len(text) == 10 else _MOMENT}"><v>{day}</v></c>'
    return f'<c r="{place}" s="{_TEXT}" t="inlineStr">{string(text[:_LONGEST])}</c>'


def _day(text: str) -> str:
    """A date as the number that spreadsheets keep; "" for one they cannot (before March 1900, or with a fraction)."""
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError:
        return ""
    since = moment - _EPOCH
    if since.days < 61 or moment.microsecond:
        return ""
    return str(since.days) if not since.seconds else repr(since.days + since.seconds / 86400)
