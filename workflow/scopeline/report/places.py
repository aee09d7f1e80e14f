"""Where in the published files a number stands: file, sheet, rows and column, as a person finds them.

Rows are counted as a spreadsheet shows them: in a csv the header is row 1 and the first line of data row 2, in a sheet
of the workbook the header stands lower. In Markdown and other texts lines are counted from 1.
"""

import re
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pandas as pd

from .. import prisma_template, text
from ..cells import letter
from .words import Cell, rows_of

#: Said wherever rows are named.
ROWS_COUNT = (
    "Rows are counted as a spreadsheet shows them: in a csv the header is row 1 and the data begin in row 2; rows of "
    "the workbook are those of its sheets. Lines are those of the text."
)
FLOW_JSON, FLOW_CSV, WORKBOOK = "prisma/flow.json", "prisma/flow.csv", "tables/synthesis.xlsx"
#: Kinds of source and the variables of the PRISMA2020 template that hold their numbers.
_SOURCES = {
    "database": "database_results",
    "register": "register_results",
    "website": "website_results",
    "organisation": "organisation_results",
    "citation": "citations_results",
    "other": "other_results",
}
#: Boxes whose row in prisma/flow.csv lists the reasons with their numbers.
_LISTED = ("reports_excluded", "other_reports_excluded")
#: Sheets of the workbook whose rows are the rows of a csv, in the same order.
SHEETS = {
    "tables/agreement.csv": "Agreement",
    "tables/characteristics.csv": "Characteristics",
    "tables/studies.csv": "Studies",
    "tables/condition_by_domain.csv": "Tally",
    "tables/directions.csv": "Directions",
    "tables/harms_silence.csv": "Silence on harms",
    "tables/harms_summary.csv": "Harms summary",
    "tables/harms.csv": "Harms",
    "tables/further/strata.csv": "Strata",
    "tables/further/vote_count.csv": "Vote count",
}
#: More places than these in a row of numbers are told as their number.
_MOST_RUNS = 30


@dataclass(frozen=True)
class Place:
    """A place in a published file. `rows` are as a spreadsheet shows them; `whole` says that these are all of them.

    `sheet` is that of a workbook, `column` a heading, `lines` lines of a text, `part` what else finds the place, such
    as the boxes of the flow or a section of the page, and `anchor` its name in a link.
    """

    file: str
    rows: tuple[int, ...] = ()
    whole: bool = False
    sheet: str = ""
    column: str = ""
    lines: tuple[int, ...] = ()
    part: str = ""
    anchor: str = ""

    @property
    def link(self) -> str:
        """The file, with the part of the page that is meant; relative to results/."""
        return f"{self.file}#{self.anchor}" if self.anchor else self.file

    @property
    def where(self) -> str:
        """The place within the file in words; "" for the whole file."""
        parts = [f"sheet {self.sheet}"] if self.sheet else []
        if self.rows:
            told = numbered("row", self.rows)
            several = self.whole and len(self.rows) > 1
            parts.append(f"all rows ({told.removeprefix('rows ')})" if several else told)
        parts += [f"column {self.column}"] if self.column else []
        parts += [numbered("line", self.lines)] if self.lines else []
        parts += [self.part] if self.part else []
        return ", ".join(parts)

    def __str__(self) -> str:
        return f"{self.file}, {self.where}" if self.where else self.file


def numbered(word: str, numbers: Iterable[int]) -> str:
    """Rows or lines in words, neighbours drawn together: "row 4", "rows 2, 4 and 22", "rows 2 to 52"."""
    runs: list[tuple[int, int]] = []
    for n in sorted(set(numbers)):
        if runs and runs[-1][1] == n - 1:
            runs[-1] = (runs[-1][0], n)
        else:
            runs.append((n, n))
    told = []
    for first, last in runs:
        told += (
            [str(first)] if first == last else [str(first), str(last)] if last == first + 1 else [f"{first} to {last}"]
        )
    hidden = len(told) - _MOST_RUNS
    shown = [*told[:_MOST_RUNS], f"{hidden} more"] if hidden > 1 else told
    return f"{word}{'' if told == [str(runs[0][0])] else 's'} {text.names(shown)}" if runs else ""


class Published:
    """The published files, each read when it is asked for: from the first of the folders that has it.

    What is not there is empty. `tables` stand for files that are not read.
    """

    def __init__(self, *folders: Path, tables: Mapping[str, pd.DataFrame] | None = None) -> None:
        self.folders = folders
        self._tables: dict[str, pd.DataFrame] = dict(tables or {})

    def _path(self, file: str) -> Path | None:
        return next((path for folder in self.folders if (path := folder / file).is_file()), None)

    def table(self, file: str) -> pd.DataFrame:
        """A csv as texts, in the order of its rows; an empty frame where there is none."""
        if file not in self._tables:
            path, read = self._path(file), pd.DataFrame()
            if path is not None and path.stat().st_size:
                with suppress(pd.errors.EmptyDataError):
                    read = pd.read_csv(path, dtype="string", keep_default_na=False, encoding="utf-8-sig")
            self._tables[file] = read
        return self._tables[file]

    def lines(self, file: str, begins: str, below: str = "") -> tuple[int, ...]:
        """The lines of a text that begin so, counted from 1; with `below` only those under a heading that holds it."""
        path = self._path(file)
        if path is None:
            return ()
        found, under = [], ""
        for place, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            under = line if line.startswith("#") else under
            if line.startswith(begins) and below in under:
                found.append(place)
        return tuple(found)

    @cached_property
    def heads(self) -> Mapping[str, int]:
        """The sheets of the workbook, each with the row of its header: the last row that is printed on every page."""
        path = self._path(WORKBOOK)
        if path is None:
            return {}
        with zipfile.ZipFile(path) as book:
            told = book.read("xl/workbook.xml").decode("utf-8")
        # the rows come first; columns that are repeated too stand after a comma
        found = re.findall(r"_xlnm\.Print_Titles[^>]*>(?:'((?:[^']|'')+)'|([^'!<]+))!\$\d+:\$(\d+)[<,]", told)
        return {quoted.replace("''", "'") or plain: int(row) for quoted, plain, row in found}

    def empty(self, file: str) -> bool:
        """Whether a csv is there and has no row of data."""
        return self._path(file) is not None and file.endswith(".csv") and self.table(file).empty

    def all_rows(self, file: str) -> tuple[int, ...]:
        """The numbers of all rows of data of a csv."""
        return tuple(range(2, len(self.table(file)) + 2))

    def in_workbook(self, place: Place) -> Place | None:
        """The same rows in the workbook; None where it has no sheet whose rows are those of the csv."""
        sheet = SHEETS.get(place.file, "")
        if sheet not in self.heads or not place.rows:
            return None
        return Place(WORKBOOK, tuple(row + self.heads[sheet] - 1 for row in place.rows), place.whole, sheet)


def of_cell(cell: Cell, published: Published) -> Place:
    """Where the number of a token stands: the rows of its csv; for the flow those of prisma/flow.csv.

    A number that stands in no csv (sums and exceptions of the flow, the state of the data) has a file and a part of it.
    """
    if cell.file == FLOW_JSON:
        rows = _flow_rows(cell, published.table(FLOW_CSV))
        if rows:
            return Place(FLOW_CSV, rows)
    if cell.table:
        return Place(cell.file, part=f"part {cell.table}")
    table = published.table(cell.file)
    found = rows_of(cell, table.reset_index(drop=True))
    if cell.how == "given" and cell.column in found.columns:
        found = found[(pd.to_numeric(found[cell.column], errors="coerce") > 0).to_numpy(dtype=bool)]
    return Place(cell.file, tuple(int(row) + 2 for row in found.index), whole=not cell.key)


def _flow_rows(cell: Cell, table: pd.DataFrame) -> tuple[int, ...]:
    """The rows of the csv of the flow that hold a box, the reasons of a box, or a kind of source."""
    if not {"data", "n"} <= set(table.columns):
        return ()
    variables = {box: name for name, box in {**prisma_template.VARIABLES, **_reverse(prisma_template.FURTHER)}.items()}
    wanted: set[str] = set()
    box = str(cell.key.get("box", ""))
    if cell.table == "boxes" or (cell.table == "reasons" and box in _LISTED):
        wanted = set(_SOURCES.values()) if box == "identified" else {variables.get(box, box)}
    elif cell.table == "sources":
        wanted = {_SOURCES.get(str(cell.key.get("type", "")), "")}
    rows = zip(table["data"].map(text.clean), table["n"].map(text.clean), strict=True)
    return tuple(place for place, (name, n) in enumerate(rows, start=2) if name in wanted and n not in ("", "NA"))


def _reverse(names: Mapping[str, str]) -> dict[str, str]:
    return {other: name for name, other in names.items()}


def of_cells(cells: Iterable[Cell], published: Published) -> list[Place]:
    """The places of several numbers, those of one file together; first the rows by themselves, then whole tables."""
    found: dict[tuple[str, bool, str], set[int]] = {}
    columns: dict[str, set[str]] = {}
    for cell in cells:
        place = of_cell(cell, published)
        found.setdefault((place.file, place.whole, place.part), set()).update(place.rows)
        if place.whole:
            columns.setdefault(place.file, set()).add(cell.column if cell.how == "rows" else "")
    places = []
    for (file, whole, part), rows in found.items():
        if file == FLOW_CSV:
            places.append(Place(file, tuple(sorted(rows)), part=boxes(published, sorted(rows))))
        elif whole:
            only = columns[file].pop() if len(columns[file]) == 1 else ""
            places.append(Place(file, published.all_rows(file), True, column=column_of(published, file, only)))
        else:
            places.append(Place(file, tuple(sorted(rows)), part=part))
    return sorted(places, key=lambda place: place.whole)


def boxes(published: Published, rows: Sequence[int]) -> str:
    """The boxes of PRISMA 2020, by their numbers in the template, that rows of prisma/flow.csv fill."""
    table = published.table(FLOW_CSV)
    if "box" not in table.columns:
        return ""
    named = [str(table["box"].iloc[row - 2]) for row in rows]
    numbers = {int(name.removeprefix("box")) for name in named if re.fullmatch(r"box\d+", name)}
    return numbered("box", numbers).replace("boxs", "boxes")


def column_of(published: Published, file: str, heading: str, unit: str = "") -> str:
    """A heading of a csv with the letter that a spreadsheet gives it; "" where it is not there, or heads the rows."""
    for place, name in enumerate(map(str, published.table(file).columns)):
        if place and name in (heading, f"{heading} ({unit})"):
            return f"{letter(place)} ({name})"
    return ""
