"""One sheet of a workbook that can go to a co-author as it is: its columns, and how they are set in xlsx.

Every cell is a plain value: a text that begins with `=`, `+`, `-` or `@` stays a text, and there are no formulas.
"""

import re
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field
from typing import Any, Literal

import pandas as pd
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.hyperlink import Hyperlink
from openpyxl.worksheet.page import PageMargins
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

#: `count` is a whole number whose zeros are shown as a dot; a percentage is held as a share of 1. `points` is a
#: difference of two percentages, `coefficient` runs from -1 to 1, `p` is a p-value.
Format = Literal["text", "whole", "count", "number", "percent", "percent_fine", "points", "coefficient", "p"]

#: Stands for no study in a cell.
EMPTY = "·"

_INK, _PALE, _RULE, _REPEATED = "1F3A4D", "E8EEF2", "B8C4CC", "7D8990"
#: Fills from least to most concern, which differ in lightness too; on `_DARK` the letters are white.
CONCERN = ("EAF3FA", "F7DFB2", "DC9A63", "8F2D56")
_DARK = ("8F2D56",)
_FONT = "Calibri"
_LONGEST_CELL, _HIGHEST_ROW = 32_767, 400.0
#: Letters of the tables' 10 points that fit into one unit of width, for a wide typeface.
_LETTERS_PER_WIDTH = 1.12
_WIDEST, _NARROWEST, _ONE_LINE = 36.0, 6.0, 12
#: How small a sheet may be printed, of its 10 points; the width of a page's print in points; that of a column.
_SMALLEST, _ACROSS = 0.65, 770.0
_POINTS_PER_WIDTH, _POINTS_BESIDE = 5.25, 3.75


@dataclass(frozen=True)
class Column:
    """How a column of a frame is shown; `group` heads neighbours together, `width` overrides the fitted one.

    With `if_any` the column is left out where no row has a value.
    """

    name: str
    header: str
    format: Format = "text"
    group: str = ""
    width: float | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    centred: bool = False
    if_any: bool = False


@dataclass(frozen=True)
class Sheet:
    """One sheet: its tab, what it is (for the first sheet and under its title), a frame, and its footnotes.

    Without `columns` all columns of the frame are shown under their names. `matrix` shades cells by the number they
    begin with and sets the last row as totals. `bands` names columns whose repeated values are set back, each within
    those before it. `fills` gives a cell that shows one of these words its colour.
    """

    name: str
    about: str
    frame: pd.DataFrame
    columns: Sequence[Column] = ()
    footnotes: Sequence[str] = ()
    matrix: bool = False
    bands: Sequence[str] = ()
    fills: Mapping[str, str] = field(default_factory=dict)
    filtered: bool = True
    frozen_columns: int = 1


def read_me(sheet: Worksheet, title: str, listed: Sequence[tuple[str, Sheet]], notes: Sequence[str]) -> None:
    """The first sheet: the title, the sheets (each with its tab's name) with what they are, and the notes."""
    sheet.title = "Read me"
    sheet.sheet_view.showGridLines = False
    sheet.column_dimensions["A"].width, sheet.column_dimensions["B"].width = 28, 96
    _put(sheet.cell(1, 1), title, font=Font(_FONT, 15, bold=True, color=_INK), align=Alignment(vertical="center"))
    line = 3
    _header(sheet.cell(line, 1), "Sheet")
    _header(sheet.cell(line, 2), "What it is")
    for name, what in listed:
        line += 1
        link = sheet.cell(line, 1)
        _put(link, name, font=Font(_FONT, 11, underline="single", color="0B5394"))
        quoted = name.replace("'", "''")
        link.hyperlink = Hyperlink(ref=link.coordinate, location=f"'{quoted}'!A1")
        _put(sheet.cell(line, 2), what.about)
        _rule(sheet, line, 2)
        sheet.row_dimensions[line].height = _height([(name, 28), (what.about, 96)])
    line += 1
    for number, sentence in enumerate(notes, 1):
        line += 1
        if number == 1:
            _header(sheet.cell(line, 1), "How to read it")
            _header(sheet.cell(line, 2), "")
            line += 1
        _put(sheet.cell(line, 1), number, align=Alignment(horizontal="right", vertical="top", indent=1))
        _put(sheet.cell(line, 2), sentence)
        _rule(sheet, line, 2)
        sheet.row_dimensions[line].height = _height([(sentence, 96)])
    _page(sheet, title, [28, 96])


def fill(sheet: Worksheet, spec: Sheet, title: str) -> None:
    """Set one sheet: its name, what it is, the table, its footnotes; `title` is printed at the foot of its pages."""
    columns = [column for column in spec.columns if _shown(column, spec.frame)] or [
        Column(str(name), str(name), _format_of(spec.frame[name])) for name in spec.frame.columns
    ]
    cells = [[_value(value, column) for value in spec.frame[column.name]] for column in columns]
    widths = [column.width or _fitted(column, values) for column, values in zip(columns, cells, strict=True)]
    head = _head(sheet, spec, columns, widths)
    _body(sheet, spec, columns, cells, head)
    rows = len(spec.frame)
    for offset in range(rows):
        line = [(values[offset], width - 1.5) for values, width in zip(cells, widths, strict=True)]
        sheet.row_dimensions[head + 1 + offset].height = _height(line)
    if not rows:
        _put(sheet.cell(head + 1, 1), "Nothing charted yet.", font=Font(_FONT, 10, italic=True))
    below = head + max(rows, 1) + 2
    for offset, footnote in enumerate(spec.footnotes):
        _sentence(sheet, below + offset, footnote, widths, Font(_FONT, 9, color="404040"))
    across = max(len(columns), 1)
    sheet.freeze_panes = sheet.cell(head + 1, min(spec.frozen_columns, across) + 1)
    if spec.filtered and rows:
        sheet.auto_filter.ref = f"A{head}:{get_column_letter(across)}{head + rows}"
    sheet.print_title_rows = f"3:{head}"
    _page(sheet, title, widths, min(spec.frozen_columns, across))


def readable(sheet: Worksheet, widths: Sequence[float], repeated: int = 0) -> None:
    """Have a sheet with columns of these widths printed on A4 landscape.

    A table is as wide as one page where its letters stay readable so; a wider one goes on to further pages, each with
    the first `repeated` columns.
    """
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = sheet.PAPERSIZE_A4
    if _SMALLEST * sum(width * _POINTS_PER_WIDTH + _POINTS_BESIDE for width in widths) <= _ACROSS:
        sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
        sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    else:
        sheet.page_setup.scale = round(100 * _SMALLEST)
        sheet.page_setup.pageOrder = "overThenDown"
        if repeated:
            sheet.print_title_cols = f"A:{get_column_letter(repeated)}"


def _shown(column: Column, frame: pd.DataFrame) -> bool:
    if column.name not in frame.columns:
        return False
    return not column.if_any or any(pd.notna(value) and value != "" for value in frame[column.name])


def _head(sheet: Worksheet, spec: Sheet, columns: Sequence[Column], widths: Sequence[float]) -> int:
    """Title, sentence and headers; returns the line of the headers."""
    sheet.sheet_view.showGridLines = False
    for number, width in enumerate(widths, 1):
        sheet.column_dimensions[get_column_letter(number)].width = width
    _put(sheet.cell(1, 1), spec.name, font=Font(_FONT, 14, bold=True, color=_INK), align=Alignment(vertical="center"))
    _sentence(sheet, 2, spec.about, widths, Font(_FONT, 11, italic=True, color="404040"))
    head = 3
    if any(column.group for column in columns):
        _groups(sheet, columns, widths, head)
        head += 1
    for number, column in enumerate(columns, 1):
        _header(sheet.cell(head, number), column.header, centred=column.centred or column.format != "text")
    headers = [(column.header, 0.9 * width) for column, width in zip(columns, widths, strict=True)]
    sheet.row_dimensions[head].height = _height(headers) + 3
    return head


def _body(sheet: Worksheet, spec: Sheet, columns: Sequence[Column], cells: Sequence[Sequence[Any]], head: int) -> None:
    fonts = {
        "plain": Font(_FONT, 10),
        "strong": Font(_FONT, 10, bold=True),
        "repeated": Font(_FONT, 10, color=_REPEATED),
        "light": Font(_FONT, 10, color="FFFFFF"),
    }
    rule = Border(bottom=Side("hair", color=_RULE))
    for number, (column, values) in enumerate(zip(columns, cells, strict=True), 1):
        align = _alignment(column, middle=spec.matrix)
        banded = column.name in spec.bands
        outer = [cells[place] for place, each in enumerate(columns) if each.name in spec.bands and place < number]
        dressed: dict[tuple[str, str], Any] = {}
        for offset, value in enumerate(values):
            total = spec.matrix and offset == len(values) - 1
            font = "strong" if total or banded or (spec.matrix and number == 1) else "plain"
            if banded and offset and all(told[offset] == told[offset - 1] for told in outer):
                font = "repeated"
            fill = _PALE if total else _shade(value) if spec.matrix and number > 1 and value != EMPTY else ""
            if spec.fills and isinstance(value, str) and number > spec.frozen_columns:
                fill = spec.fills.get(value, "")
                font = "light" if fill in _DARK else font
            cell = sheet.cell(head + 1 + offset, number)
            kind = (font, fill)
            if kind not in dressed:
                cell.font, cell.alignment, cell.border = fonts[font], align, rule
                cell.number_format = _NUMBER[column.format]
                if fill:
                    cell.fill = PatternFill("solid", fgColor=fill)
                dressed[kind] = copy(cell._style)
            cell._style = copy(dressed[kind])  # to dress each cell anew takes four times as long
            _set(cell, value)


_NUMBER: Mapping[str, str] = {
    "text": "@",
    "whole": "0",
    "count": f'0;-0;"{EMPTY}"',
    "number": "0.##",
    "percent": "0%",
    "percent_fine": "0.0%",
    "points": "+0.0%;-0.0%;0.0%",
    "coefficient": "0.00",
    "p": '[<0.001]"<0.001";0.000',
}


def _height(cells: Iterable[tuple[Any, float]]) -> float:
    """The height in points that a row needs for its wrapped texts, each with the width of its column.

    Neither Excel nor LibreOffice can be trusted to fit rows when a file is opened.
    """
    lines = 1
    for value, width in cells:
        if isinstance(value, str):
            room = max(int(width * _LETTERS_PER_WIDTH), 1)
            lines = max(lines, sum(max(1, len(textwrap.wrap(part, room))) for part in value.split("\n")))
    return min(_HIGHEST_ROW, 13.0 * lines + 2)


def _shade(value: Any) -> str:
    """Darker for more studies, in four steps that stay legible in grey."""
    count = int(str(value).split("\n", 1)[0])
    return "F3F7FA" if count < 2 else "DCE9F1" if count < 5 else "BDD7E7" if count < 10 else "9CC4DB"


def _groups(sheet: Worksheet, columns: Sequence[Column], widths: Sequence[float], line: int) -> None:
    """The line above the headers that names neighbouring columns together."""
    start = 0
    rooms: list[tuple[str, float]] = []
    for number in range(1, len(columns) + 1):
        if number == len(columns) or columns[number].group != columns[start].group:
            for place in range(start + 1, number + 1):
                _header(sheet.cell(line, place), columns[start].group if place == start + 1 else "", centred=True)
            if columns[start].group and number - start > 1:
                sheet.merge_cells(start_row=line, end_row=line, start_column=start + 1, end_column=number)
            rooms.append((columns[start].group, 0.9 * sum(widths[start:number])))
            start = number
    sheet.row_dimensions[line].height = _height(rooms)


def _sentence(sheet: Worksheet, line: int, text: str, widths: Sequence[float], font: Font) -> None:
    """A sentence across the table, wrapped, in a row that is high enough for it."""
    span, across = 0, 0.0
    while span < len(widths) and across < 120:
        across += widths[span]
        span += 1
    _put(sheet.cell(line, 1), text, font=font)
    if span > 1:
        sheet.merge_cells(start_row=line, end_row=line, start_column=1, end_column=span)
    sheet.row_dimensions[line].height = _height([(text, across)]) + 1


def _put(cell: Any, value: Any, *, font: Font | None = None, align: Alignment | None = None) -> None:
    """A cell outside the body of a table: its value and how it looks."""
    cell.font = font or Font(_FONT, 10)
    cell.alignment = align or Alignment(wrap_text=True, vertical="top")
    _set(cell, value)


def _set(cell: Any, value: Any) -> None:
    """Give a cell a plain value. A text is stored as a text, whatever it begins with."""
    if not isinstance(value, str):
        cell.value = value
        return
    text = ILLEGAL_CHARACTERS_RE.sub("\ufffd", value)
    if len(text) > _LONGEST_CELL:
        ending = " … (cut: a cell holds no more; the csv has all)"
        text = text[: _LONGEST_CELL - len(ending)] + ending
    cell.value = text
    cell.data_type = "s"
    if text[:1] in ("=", "+", "-", "@"):
        cell.quotePrefix = True


def _header(cell: Any, text: str, *, centred: bool = False) -> None:
    align = (
        Alignment(wrap_text=True, vertical="center", horizontal="center")
        if centred
        else Alignment(wrap_text=True, vertical="center", horizontal="left", indent=1)
    )
    _put(cell, text, font=Font(_FONT, 10, bold=True, color="FFFFFF"), align=align)
    cell.fill = PatternFill("solid", fgColor=_INK)
    cell.border = Border(left=Side("thin", color="FFFFFF"), right=Side("thin", color="FFFFFF"))


def _rule(sheet: Worksheet, line: int, width: int) -> None:
    for number in range(1, width + 1):
        sheet.cell(line, number).border = Border(bottom=Side("hair", color=_RULE))


def _alignment(column: Column, *, middle: bool) -> Alignment:
    across = "center" if column.centred else "left" if column.format == "text" else "right"
    indent = 0 if column.centred else 1
    return Alignment(wrap_text=True, vertical="center" if middle else "top", horizontal=across, indent=indent)


def _page(sheet: Worksheet, title: str, widths: Sequence[float], repeated: int = 0) -> None:
    """A4 landscape, with the title and page numbers at the foot."""
    readable(sheet, widths, repeated)
    sheet.page_margins = PageMargins(left=0.5, right=0.5, top=0.6, bottom=0.6, header=0.3, footer=0.3)
    sheet.oddFooter.left.text = _quoted(textwrap.shorten(title, 110, placeholder=" …"))
    sheet.oddFooter.right.text = _quoted(sheet.title) + ", &P / &N"


def _quoted(text: str) -> str:
    return ILLEGAL_CHARACTERS_RE.sub("", text).replace("&", "&&")


def _value(value: Any, column: Column) -> Any:
    """A value as a cell holds it: plain numbers, text with labels, nothing where there is none."""
    if value is None or value is pd.NA or (not isinstance(value, str | list | tuple) and pd.isna(value)):
        return None
    if isinstance(value, bool) or type(value).__name__ == "bool_":
        return "yes" if value else "no"
    if isinstance(value, str):
        return column.labels.get(value, value)
    if hasattr(value, "item"):
        value = value.item()
    return value if isinstance(value, int | float) else str(value)


def _format_of(values: pd.Series) -> Format:
    kinds = {type(value) for value in values if not isinstance(value, str) and pd.notna(value)}
    if any(issubclass(kind, float) for kind in kinds):
        return "number"
    return "whole" if kinds and all(issubclass(kind, int) for kind in kinds) else "text"


def _fitted(column: Column, values: Iterable[Any]) -> float:
    """A width for the longest word, and for long texts to take two lines; within bounds."""
    seen = [_as_seen(value, column) for value in values if value is not None]
    lines = [line for text in seen for line in text.split("\n")]
    words = [len(word) for text in (column.header, *lines) for word in text.split()]
    halves = [len(line) if len(line) <= _ONE_LINE else (len(line) + 1) // 2 + 2 for line in lines]
    return min(_WIDEST, max([_NARROWEST, *words, *halves]) * 1.05 + 3)


def _as_seen(value: Any, column: Column) -> str:
    if isinstance(value, str):
        return value
    usual = {"percent": "100%", "percent_fine": "100.0%", "points": "-10.0%", "coefficient": "-0.00", "p": "<0.001"}
    return f"{value:.2f}" if column.format == "number" else usual.get(column.format, str(value))


def tab(name: str) -> str:
    """A name that may stand on a tab: 31 characters, no brackets, colons, stars, question marks or slashes."""
    return re.sub(r"[\[\]:*?/\\]", " ", name).strip(" '")[:31].strip() or "Sheet"
