"""`results/validation/duplicates_to_review.xlsx` and `.csv`: likely duplicates, to be judged by a person, for raw/."""

import io
import math
from collections.abc import Callable, Sequence
from pathlib import Path

import pandas as pd
from openpyxl import Workbook
from openpyxl.cell.cell import Cell
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from .. import outputs
from ..duplicate_list import NO, SHEET, YES
from ..duplicates import COLUMNS
from ..text import clean, counted
from .sheet import readable
from .stable import without_clock

#: What is shown of both records side by side, where a review has it.
SHOWN = ("title", "authors", "year", "journal", "doi", "pmid")
CELL = "cell"
#: The header of what belongs to the record that would be kept: `title` is the record's, `title kept` that one's.
KEPT = "{} kept"
#: More lines than a person can judge are in the csv only; the surest come first.
MOST_LINES = 20_000

_HOW = (
    "Each line names a record and the one that it is likely a duplicate of. Write yes or no into the yellow column and "
    "put this workbook into raw/: yes counts the record as a duplicate, no keeps both and is not asked again, blank "
    "stays open. Nothing is removed without a yes. Dark letters at the record kept show where the two differ."
)
_NOTHING = "No likely duplicates were found."
_DONE = (
    "No likely duplicates are left to be judged. The lines below were judged in such a list before; this list may take "
    "its place in raw/."
)
_AND_DONE = "The last lines were judged in such a list before, so this list may take its place in raw/."
_HEADER_ROW = 3
_WIDTHS = {"group": 7, "record_id": 13, "duplicate_of": 13, "same": 8, "likeness": 9, "why": 34}
_WIDTHS |= {"title": 46, "authors": 30, "year": 10, "journal": 22, "doi": 24, "pmid": 11, CELL: 26}
_BELONGS = tuple(name for field in (*SHOWN, CELL) for name in (field, KEPT.format(field)))
_LETTERS_PER_WIDTH, _LINE, _HIGHEST = 0.95, 13.5, 180.0


def listed(proposed: pd.DataFrame, records: pd.DataFrame, address: Callable[[str], str] | None = None) -> pd.DataFrame:
    """The lines of the list: what was proposed, with both records side by side. Every value is text but the first ones.

    proposed: what `duplicates.propose` gives. records: record_id and any of `SHOWN`; a column that is missing or blank
    throughout is not shown. address: the cell where the record with an ID stands; without it no cells are shown.
    """
    if "record_id" not in records:
        return proposed.copy()
    fields = [name for name in SHOWN if name in records and records[name].notna().any()]
    known = records[records["record_id"].notna()].drop_duplicates("record_id")
    known = known[known["record_id"].astype("string").isin({*proposed["record_id"], *proposed["duplicate_of"]})]
    texts = {
        field: dict(zip(known["record_id"].astype("string"), map(clean, known[field]), strict=True)) for field in fields
    }
    whole = proposed.copy()
    for field in fields:
        for name, of in ((field, "record_id"), (KEPT.format(field), "duplicate_of")):
            whole[name] = pd.array([texts[field].get(record, "") for record in whole[of]], dtype="string")
    if address:
        for name, of in ((CELL, "record_id"), (KEPT.format(CELL), "duplicate_of")):
            whole[name] = pd.array([address(record) for record in whole[of]], dtype="string")
    return whole


def judged(records: pd.DataFrame, apart: Sequence[tuple[str, str]] = ()) -> pd.DataFrame:
    """The lines that such a list has judged already, as `duplicates.propose` gives lines, with `same` filled.

    records: with `duplicate_of__row` where a list marked the record. apart: pairs that a list holds apart. They have no
    group and no likeness, and go below what is proposed, so that a new list may take an old one's place in raw/.
    """
    listed = records.get("duplicate_of__row")
    marked = records[listed.notna()] if listed is not None else records[:0]
    lines = [
        (one, kept, YES) for one, kept in zip(marked.get("record_id", ()), marked.get("duplicate_of", ()), strict=True)
    ]
    lines += [(one, other, NO) for one, other in apart]
    frame = pd.DataFrame(sorted(lines), columns=["record_id", "duplicate_of", "same"], dtype="string")
    return frame.reindex(columns=list(COLUMNS)).astype({"group": "Int64", "likeness": "Float64", "why": "string"})


def write_csv(path: Path, lines: pd.DataFrame) -> None:
    """Write all lines as csv, likeness with two decimals cut, not rounded."""
    outputs.table(path, lines.assign(likeness=[_hundredths(likeness) for likeness in lines["likeness"]]))


def write(path: Path, lines: pd.DataFrame) -> None:
    """Write the lines that `listed` gives as a workbook with a choice of yes and no in each line.

    Two calls with the same lines give the same bytes. Beyond `MOST_LINES` it says how many are in the csv only.
    """
    book = Workbook()
    book.properties.creator = "scopeline"
    sheet = book.worksheets[0]
    sheet.title = SHEET
    shown = lines.iloc[:MOST_LINES]
    open_ = int((lines["same"].fillna("") == "").sum())
    _text(sheet, 1, 1, _note(len(lines), len(shown), open_)).font = Font(name="Calibri", size=10, italic=True)
    names = [*COLUMNS, *(name for name in _BELONGS if name in lines)]
    for column, header in enumerate(names, start=1):
        cell = _text(sheet, _HEADER_ROW, column, header)
        cell.font = Font(name="Calibri", size=10, bold=True, color="FFFFFF")
        cell.fill = PatternFill("solid", fgColor="1F3A4D")
        sheet.column_dimensions[get_column_letter(column)].width = _width(header)
    sheet.freeze_panes = sheet.cell(_HEADER_ROW + 1, names.index("same") + 2)
    sheet.print_title_rows = f"{_HEADER_ROW}:{_HEADER_ROW}"
    readable(sheet, [_width(name) for name in names], repeated=names.index("same") + 1)
    looks = _Looks()
    above = None
    for row, line in enumerate(shown.to_dict("records"), start=_HEADER_ROW + 1):
        told = {str(name): value for name, value in line.items()}
        _line(sheet, row, names, told, looks.first if clean(told["group"]) != above else looks.next, looks)
        above = clean(told["group"])
    if len(shown):
        last = _HEADER_ROW + len(shown)
        choice = DataValidation(type="list", formula1=f'"{YES},{NO}"', allow_blank=True, showErrorMessage=False)
        column = get_column_letter(names.index("same") + 1)
        choice.add(f"{column}{_HEADER_ROW + 1}:{column}{last}")
        sheet.add_data_validation(choice)
        sheet.auto_filter.ref = f"A{_HEADER_ROW}:{get_column_letter(len(names))}{last}"
    buffer = io.BytesIO()
    book.save(buffer)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(without_clock(buffer.getvalue()))


def _note(every: int, shown: int, still_open: int) -> str:
    if not still_open:
        return _DONE if every else _NOTHING
    rest = every - shown
    how = _HOW if still_open == every else f"{_HOW} {_AND_DONE}"
    return f"{how} The csv beside this workbook has {counted(rest, 'line')} more." if rest else how


class _Looks:
    """The few looks that all cells share."""

    def __init__(self) -> None:
        thin, group = Side(style="hair", color="B8C4CC"), Side(style="thin", color="1F3A4D")
        self.first, self.next = Border(top=group), Border(top=thin)
        self.plain = Font(name="Calibri", size=10)
        self.repeated = Font(name="Calibri", size=10, color="8A949B")
        self.wrapped = Alignment(wrap_text=True, vertical="top")
        self.centred = Alignment(horizontal="center", vertical="top")
        self.to_fill_in = PatternFill("solid", fgColor="FFF6CC")


def _line(sheet: Worksheet, row: int, names: list[str], line: dict[str, object], border: Border, looks: _Looks) -> None:
    high = 1
    for column, name in enumerate(names, start=1):
        if name in ("group", "likeness"):
            cell = sheet.cell(row, column)
            if clean(line[name]):  # a line that was judged before has neither
                cell.value = int(str(line[name])) if name == "group" else float(_hundredths(line[name]))
            cell.number_format = "0" if name == "group" else "0.00"
        else:
            text = clean(line[name])
            cell = _text(sheet, row, column, text)
            cell.number_format = "@"
            high = max(high, math.ceil(len(text) / (_width(name) * _LETTERS_PER_WIDTH)))
        own = name.removesuffix(KEPT.format(""))
        same = own not in (name, CELL) and line[own] == line[name]
        cell.font = looks.repeated if same else looks.plain
        cell.alignment = looks.centred if name in ("group", "same", "likeness") else looks.wrapped
        cell.border = border
        if name == "same":
            cell.fill = looks.to_fill_in
    sheet.row_dimensions[row].height = min(_LINE * high + 3, _HIGHEST)


def _width(name: str) -> float:
    return _WIDTHS[name.removesuffix(KEPT.format(""))]


def _hundredths(likeness: object) -> str:
    """Cut, not rounded, so that what is not the same is not told as 1.00."""
    return f"{math.floor(float(str(likeness)) * 100 + 1e-9) / 100:.2f}"


def _text(sheet: Worksheet, row: int, column: int, text: str) -> Cell:
    """Write a text that stays a text, whatever sign it begins with."""
    cell = sheet.cell(row, column)
    if text:
        cell.value = clean(text)[:32_767]
        cell.data_type = "s"
    return cell
