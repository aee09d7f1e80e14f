"""Tables of a web page as sheets: EPPI-Reviewer writes its coding reports so, and so do tools that call it Excel."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import TYPE_CHECKING

from .faults import Unreadable
from .table import sheet

if TYPE_CHECKING:
    from .. import cells

_MOST_COLUMNS = 16_384  # as many as a spreadsheet has
_MOST_SPANNED = 1_000  # HTML's own bound for columns; for rows it is 65,534
_SILENT = frozenset(("script", "style", "template", "title"))
_BREAKS = frozenset(("br", "p", "div", "li", "tr"))


def read(text: str) -> "tuple[list[cells.Sheet], list[tuple[int, str]]]":
    """Each table as a sheet named "table 1", "table 2", in the order in which they begin. There are no faults.

    A cell that spans others stands in the first of them and its area in `merged`, as in a spreadsheet. `lines` holds
    the line of the file on which each row begins. Raises `Unreadable` for a page without a table.
    """
    reader = _Reader()
    reader.feed(text)
    reader.close()
    reader.finish()
    tables = [table for table in reader.tables if table.width]
    if not tables:
        raise Unreadable("The page holds no table.", "Export the report again, or save it as a spreadsheet.")
    return [table.sheet(f"table {number}") for number, table in enumerate(tables, 1)], []


@dataclass
class _Table:
    rows: list[dict[int, str]] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)
    down: dict[int, int] = field(default_factory=dict)  # column → rows that a cell above still spans
    begun: dict[int, int] = field(default_factory=dict)  # the same of cells in this row
    width: int = 0
    column: int = 0
    cell: list[str] | None = None
    place: int = 0
    in_row: bool = False

    def begin_row(self, line: int) -> None:
        self.end_row()
        self.rows.append({})
        self.lines.append(line)
        self.place, self.in_row = 0, True

    def end_row(self) -> None:
        self.end_cell()
        if self.in_row:
            still = {column: rows - 1 for column, rows in self.down.items() if rows > 1}
            self.down, self.begun = still | self.begun, {}
        self.in_row = False

    def begin_cell(self, line: int, across: int, down: int) -> None:
        if not self.in_row:
            self.begin_row(line)
        self.end_cell()
        while self.place in self.down:
            self.place += 1
        first = self.place
        self.place += across
        if self.place > _MOST_COLUMNS:
            raise Unreadable(f"The table has more than {_MOST_COLUMNS} columns.", "Export a smaller report.", line)
        self.width = max(self.width, self.place)
        row = len(self.rows) - 1
        if across > 1 or down > 1:
            self.merged.append((row, first, row + down - 1, self.place - 1))
        if down > 1:
            self.begun.update(dict.fromkeys(range(first, self.place), down - 1))
        self.cell = []
        self.column = first

    def end_cell(self) -> None:
        if self.cell is not None:
            lines = (" ".join(line.split()) for line in "".join(self.cell).split("\n"))
            self.rows[-1][self.column] = "\n".join(line for line in lines if line)
            self.cell = None

    def sheet(self, name: str) -> "cells.Sheet":
        columns = [[row.get(column, "") for row in self.rows] for column in range(self.width)]
        made = sheet(name, columns, self.lines)
        made.lines = []  # a table's rows are counted: a whole page may stand on one line of the file
        last = len(self.rows) - 1
        made.merged = [(top, left, min(bottom, last), right) for top, left, bottom, right in self.merged]
        return made


class _Reader(HTMLParser):
    """Gathers the cells of tables, one within another too; end tags may be missing, as HTML allows."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tables: list[_Table] = []
        self._open: list[_Table] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        line = self.getpos()[0]
        if tag in _SILENT:
            self._silent += 1
        elif tag == "table":
            self._open.append(_Table())
            self.tables.append(self._open[-1])
        if not self._open:
            return
        table = self._open[-1]
        if tag == "tr":
            table.begin_row(line)
        elif tag in ("td", "th"):
            said = dict(attrs)
            table.begin_cell(line, _span(said.get("colspan"), _MOST_SPANNED), _span(said.get("rowspan"), 65_534))
        elif tag in _BREAKS and table.cell is not None:
            table.cell.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in _SILENT:
            self._silent = max(self._silent - 1, 0)
        if not self._open:
            return
        table = self._open[-1]
        if tag in ("td", "th"):
            table.end_cell()
        elif tag == "tr":
            table.end_row()
        elif tag == "table":
            table.end_row()
            self._open.pop()
        elif tag in _BREAKS and table.cell is not None:
            table.cell.append("\n")

    def handle_data(self, data: str) -> None:
        if self._open and not self._silent and self._open[-1].cell is not None:
            # a line's end in the file is white space, only <br> and its like begin a new line
            self._open[-1].cell.append(data.replace("\n", " "))

    def finish(self) -> None:
        """Close what the file leaves open."""
        while self._open:
            self._open.pop().end_row()


def _span(said: str | None, most: int) -> int:
    digits = (said or "").strip()
    return max(1, min(int(digits), most)) if digits.isascii() and digits.isdigit() and len(digits) < 10 else 1
