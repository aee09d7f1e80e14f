"""What is said at which cell, and the list of all that is said: the same for every format."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import pyarrow.compute as pc

from ..cells import Book, Sheet
from ..issues import Issue
from ..terms import Severity

#: Fill of a cell by the gravest issue in it (RGB).
COLOURS = {Severity.ERROR: "F7CBC7", Severity.WARNING: "FCE8B2", Severity.NOTE: "D6E6F5"}

WORDS = {Severity.ERROR: "Error", Severity.WARNING: "Warning", Severity.NOTE: "Note"}

#: A copy carries at most so many comments; beyond it cells are coloured and listed only, or Excel opens it no more.
MOST_COMMENTS = 20_000
#: The list has at most so many lines; issues.csv has all.
MOST_LISTED = 50_000

_MOST_IN_A_CELL, _LONGEST = 10, 2000
_RANK = {severity: rank for rank, severity in enumerate((Severity.ERROR, Severity.WARNING, Severity.NOTE))}

Cell = tuple[int, int]  #: row from 1, column from 0


@dataclass
class Mark:
    """What is said at one cell: its gravest severity, and each issue as (word, text)."""

    severity: Severity
    told: list[tuple[str, str]] = field(default_factory=list)
    more: int = 0

    def add(self, severity: Severity, text: str) -> None:
        if _RANK[severity] < _RANK[self.severity]:
            self.severity = severity
        if len(self.told) < _MOST_IN_A_CELL:
            self.told.append((WORDS[severity], text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"))
        else:
            self.more += 1

    @property
    def runs(self) -> list[tuple[str, bool]]:
        """The comment as runs of text, each with whether it is bold."""
        found: list[tuple[str, bool]] = []
        for place, (word, text) in enumerate(self.told):
            found += [(f"{chr(10) * 2 if place else ''}{word}: ", True), (text, False)]
        if self.more:
            found.append((f"\n\n{self.more} more: see the sheet scopeline.", False))
        return found

    @property
    def text(self) -> str:
        return "".join(text for text, _ in self.runs)


@dataclass(frozen=True)
class Line:
    """One line of the list: an issue, the place as it is written there, and the cell that the place leads to."""

    severity: Severity
    place: str
    sheet: str
    cell: Cell | None
    what: str
    remedy: str


@dataclass
class Marks:
    """All that is said in one file: cells by sheet, the list, and remarks about the copy itself."""

    file: str
    cells: dict[str, dict[Cell, Mark]] = field(default_factory=dict)
    lines: list[Line] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)

    @property
    def counts(self) -> dict[Severity, int]:
        return {severity: sum(line.severity == severity for line in self.lines) for severity in _RANK}


def marks_of(issues: Iterable[Issue], book: Book) -> Marks:
    """Place the issues of one file at its cells.

    An issue of a whole row stands at the row's first filled cell, one of a whole column at the column's first filled
    cell, one of a whole sheet at A1; an issue of the whole file is only listed. An issue at a cell that a merged area
    covers stands at the area's first cell, because no other cell of it can be seen.
    """
    sheets = {sheet.name: sheet for sheet in book.sheets}
    marks = Marks(book.file)
    for item in sorted(issues, key=lambda item: _RANK[item.severity]):
        sheet = sheets.get(item.sheet) if item.sheet or item.row is not None or item.column is not None else None
        cell = _cell(item, sheet) if sheet is not None else None
        shown = f"{item.sheet}!{item.cell}" if item.sheet and item.cell else item.sheet or item.cell or "the whole file"
        marks.lines.append(Line(item.severity, shown, item.sheet, cell, item.message, item.suggestion))
        if cell is None or sheet is None:
            continue
        at = _visible(cell, sheet.merged)
        meant = f"({item.cell}) " if at != cell and item.row is not None else ""
        text = meant + "\n".join(part for part in (item.message, item.suggestion) if part)
        marks.cells.setdefault(sheet.name, {}).setdefault(at, Mark(item.severity)).add(item.severity, text)
    return marks


def _cell(item: Issue, sheet: Sheet) -> Cell:
    if item.row is not None and item.column is not None:
        return item.row, item.column
    if item.row is not None:
        texts = sheet.row(item.row) if 1 <= item.row <= sheet.n_rows else []
        return item.row, next((column for column, text in enumerate(texts) if text is not None), 0)
    if item.column is not None:
        if item.column < sheet.n_columns:
            filled = pc.indices_nonzero(pc.is_valid(sheet.columns[item.column]))
            return (filled[0].as_py() + 1 if len(filled) else 1), item.column
        return 1, item.column
    return 1, 0


def _visible(cell: Cell, merged: Sequence[tuple[int, int, int, int]]) -> Cell:
    row, column = cell
    for top, left, bottom, right in merged:
        if top <= row - 1 <= bottom and left <= column <= right:
            return top + 1, left
    return cell
