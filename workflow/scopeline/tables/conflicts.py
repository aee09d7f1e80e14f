"""`results/validation/conflicts_to_settle.xlsx`: what reviewers charted differently, to be filled in for raw/."""

import io
from pathlib import Path

import pandas as pd
from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE, Cell
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from ..codebook import Codebook, FieldSpec
from ..consensus import SHEET
from .sheet import readable
from .stable import without_clock

_COLUMNS = {"table": 11, "key": 24, "field": 20, "charted": 58, "consensus": 28, "may stand here": 44}
_HOW = (
    "Agree on each line, write the value into the yellow column, and put this workbook into raw/. "
    "Lines left blank stay open. What the reviewers charted is not changed."
)
_NOTHING = "Nothing is to be settled."
_HEADER_ROW = 3
#: A list inside a drop-down may not be longer than this.
_LONGEST_LIST = 255
_KINDS = {
    "text": "any text",
    "integer": "a whole number",
    "number": "a number",
    "range": "a number, or a range such as 1-12",
    "bounded": "a number such as 0.03 or <0.001",
    "date": "a date such as 2024, 2024-05 or 2024-05-31",
}


def write(path: Path, to_settle: pd.DataFrame, codebook: Codebook) -> None:
    """Write the list to `path`, one line a field of a row: columns table, key, field, charted, consensus (text).

    Two calls with the same arguments give the same bytes.
    """
    book = Workbook()
    book.properties.creator = "scopeline"
    sheet = book.worksheets[0]
    sheet.title = SHEET
    _text(sheet, 1, 1, _HOW if len(to_settle) else _NOTHING).font = Font(name="Calibri", size=10, italic=True)
    for column, (header, width) in enumerate(_COLUMNS.items(), start=1):
        cell = _text(sheet, _HEADER_ROW, column, header)
        cell.font = Font(name="Calibri", size=10, bold=True, color="FFFFFF")
        cell.fill = PatternFill("solid", fgColor="1F3A4D")
        sheet.column_dimensions[cell.column_letter].width = width
    sheet.freeze_panes = sheet.cell(_HEADER_ROW + 1, 1)
    sheet.print_title_rows = f"{_HEADER_ROW}:{_HEADER_ROW}"
    readable(sheet, list(_COLUMNS.values()))
    for row, line in enumerate(to_settle.to_dict("records"), start=_HEADER_ROW + 1):
        spec = codebook.field(str(line["table"]), str(line["field"]))
        _line(sheet, row, {str(name): str(value) for name, value in line.items()}, spec)
    buffer = io.BytesIO()
    book.save(buffer)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(without_clock(buffer.getvalue()))


def _line(sheet: Worksheet, row: int, line: dict[str, str], spec: FieldSpec | None) -> None:
    told = {**line, "may stand here": _allowed(spec)}
    thin = Side(style="thin", color="B8C4CC")
    for column, name in enumerate(_COLUMNS, start=1):
        cell = _text(sheet, row, column, told[name])
        cell.font = Font(name="Calibri", size=10)
        cell.alignment = Alignment(wrap_text=True, vertical="top")
        cell.border = Border(bottom=thin)
        if name == "consensus":
            _to_fill_in(sheet, row, column, spec)
    sheet.row_dimensions[row].height = 13.5 * (line["charted"].count("\n") + 1) + 3


def _to_fill_in(sheet: Worksheet, row: int, column: int, spec: FieldSpec | None) -> None:
    """A cell in which a spreadsheet program leaves what is typed as it is: a range is no date, a number is a number."""
    cell = sheet.cell(row, column)
    cell.fill = PatternFill("solid", fgColor="FFF6CC")
    if spec is None:
        return
    if spec.what in ("integer", "number"):
        _as_number(sheet, row, column)
    else:
        cell.number_format = "@"
    values = [value.value for value in spec.allowed]
    listed = ",".join(values)
    if (
        spec.what == "category"
        and len(listed) < _LONGEST_LIST - 2
        and not any("," in value or '"' in value for value in values)
    ):
        choice = DataValidation(type="list", formula1=f'"{listed}"', allow_blank=True, showErrorMessage=False)
        choice.add(cell.coordinate)
        sheet.add_data_validation(choice)


def _as_number(sheet: Worksheet, row: int, column: int) -> None:
    cell = sheet.cell(row, column)
    try:
        number = float(str(cell.value))
    except ValueError:
        return
    cell.value = int(number) if number.is_integer() else number


def _allowed(spec: FieldSpec | None) -> str:
    if spec is None:
        return ""
    told = ", ".join(value.value for value in spec.allowed) or _KINDS.get(spec.what, "any text")
    return f"one or more of {told}, joined with {spec.separator}" if spec.what == "multi" and spec.allowed else told


def _text(sheet: Worksheet, row: int, column: int, text: str) -> Cell:
    """Write a text that stays a text, whatever sign it begins with."""
    cell = sheet.cell(row, column)
    if text:
        cell.value = ILLEGAL_CHARACTERS_RE.sub("\N{REPLACEMENT CHARACTER}", text)
        cell.data_type = "s"
    return cell
