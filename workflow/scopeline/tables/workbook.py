"""`results/tables/synthesis.xlsx`: the synthesis as a workbook that can go to a co-author as it is.

`sheets` says what the workbook holds, `write` sets it in xlsx. Every cell is a plain value: a text that begins with
`=`, `+`, `-` or `@` stays a text, and there are no formulas. The same frames give the same bytes.
"""

import io
import re
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

import pandas as pd
from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.hyperlink import Hyperlink
from openpyxl.worksheet.page import PageMargins
from openpyxl.worksheet.worksheet import Worksheet

from ..text import DIRECTION_LABELS, DIRECTION_SIGNS
from .stable import without_clock

#: `count` is a whole number whose zeros are shown as a dot; a percentage is held as a share of 1.
Format = Literal["text", "whole", "count", "number", "percent", "percent_fine"]

EMPTY = "·"
_LEGEND = ", ".join(f"{sign} {DIRECTION_LABELS[name]}" for name, sign in DIRECTION_SIGNS.items())

#: How the numbers were counted; printed on the first sheet.
COUNTING: Sequence[str] = (
    "The unit is the study. Records, reports and findings are never counted in place of studies.",
    "Findings of one study in one cell are first folded to one direction: of the findings that are not unclear, if at "
    "least {majority} say the same (benefit, no difference or harm) that is the study's direction, otherwise it is "
    "mixed; all unclear gives unclear. A mixed finding counts in the whole and for no side.",
    "Findings against a comparator and findings without one are folded apart. Where a study has both, the comparative "
    "findings speak for it; columns headed with a kind of evidence count it under each kind that it has.",
    "A study with several values on an axis stands in several cells, so a total is not the sum of its cells: "
    "totals count each study once.",
    "Participants are the studies' own numbers, each study once, added only to show how much was studied. "
    "Studies may share participants.",
    "Counts of directions describe; they are no test and say nothing of size, precision or risk of bias.",
    "Harms are not pooled. A study that does not report harms has not shown their absence.",
    "Not reported, not applicable, unclear and not charted yet are four different things and are counted apart.",
)

#: Bases of evidence in the order in which they are told, with their letters in a small space.
BASIS_SIGNS: Mapping[str, str] = {"comparative": "C", "uncontrolled": "U", "other": "other"}

_INK, _PALE, _RULE, _REPEATED = "1F3A4D", "E8EEF2", "B8C4CC", "7D8990"
_FONT = "Calibri"
_LONGEST_CELL, _HIGHEST_ROW = 32_767, 400.0
#: Letters of the tables' 10 points that fit into one unit of width, for a wide typeface.
_LETTERS_PER_WIDTH = 1.12
_WIDEST, _NARROWEST, _ONE_LINE = 36.0, 6.0, 12


@dataclass(frozen=True)
class Column:
    """How a column of a frame is shown; `group` heads neighbours together, `width` overrides the fitted one."""

    name: str
    header: str
    format: Format = "text"
    group: str = ""
    width: float | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    centred: bool = False


@dataclass(frozen=True)
class Sheet:
    """One sheet: its tab, what it is (for the first sheet and under its title), a frame, and its footnotes.

    Without `columns` all columns of the frame are shown under their names. `matrix` shades cells by the number they
    begin with and sets the last row as totals. `bands` names a column whose repeated values are set back.
    """

    name: str
    about: str
    frame: pd.DataFrame
    columns: Sequence[Column] = ()
    footnotes: Sequence[str] = ()
    matrix: bool = False
    bands: str = ""
    filtered: bool = True
    frozen_columns: int = 1


def write(path: Path, sheets: Sequence[Sheet], *, title: str, notes: Sequence[str] = ()) -> None:
    """Write the workbook to `path`: a sheet "Read me" with `title`, the list of sheets and `notes`, then the sheets.

    Two calls with the same arguments give the same bytes. Raises ValueError where two sheets have one name.
    """
    names = [_tab(sheet.name) for sheet in sheets]
    if len({name.casefold() for name in ("Read me", *names)}) <= len(names):
        raise ValueError(f"Two sheets of the workbook have the same name: {', '.join(names)}.")
    book = Workbook()
    book.properties.creator = "scopeline"
    book.properties.title = ILLEGAL_CHARACTERS_RE.sub("", title)
    _read_me(book.worksheets[0], title, list(zip(names, sheets, strict=True)), notes)
    for name, sheet in zip(names, sheets, strict=True):
        _fill(book.create_sheet(name), sheet, title)
    buffer = io.BytesIO()
    book.save(buffer)
    path.write_bytes(without_clock(buffer.getvalue()))


def sheets(
    *,
    characteristics: pd.DataFrame,
    studies: pd.DataFrame,
    grid: pd.DataFrame,
    tally: pd.DataFrame,
    directions: pd.DataFrame,
    harms_summary: pd.DataFrame,
    harms: pd.DataFrame,
    silence: pd.DataFrame,
    row: tuple[str, str] = ("condition", "Condition"),
    column: tuple[str, str] = ("outcome_domain", "Outcome domain"),
    labels: Mapping[str, Mapping[str, str]] | None = None,
    losses: Mapping[str, str] | None = None,
) -> list[Sheet]:
    """The sheets of the synthesis from the frames of `charting`, `synthesis` and `harms`.

    `studies` is `charting.by_study`; `row` and `column` are the axes, each with its label; `labels` maps a field to
    its values' labels; `losses` is `quarantine.by_part`: each sheet's first footnote says what it lost.
    """
    words = labels or {}
    axes = (
        Column(row[0], row[1], labels=words.get(row[0], {}), width=30),
        Column(column[0], column[1], labels=words.get(column[0], {}), width=23),
    )
    cross = f"{row[1]} × {column[1].lower()}"
    made = [
        _characteristics_sheet(characteristics),
        Sheet(
            "Studies",
            "One row per study as charted. Where there is no value, the cell says why.",
            studies,
            [Column(name, name, _format_of(studies[name])) for name in studies.columns],
        ),
        _grid_sheet(grid, directions, axes, cross),
        _tally_sheet(tally, axes, cross),
        _directions_sheet(directions, axes, cross),
        _silence_sheet(silence),
        _harms_summary_sheet(harms_summary, silence, words),
        _harms_sheet(harms, words),
    ]
    parts = ("characteristics", "studies", *("synthesis",) * 3, *("harms",) * 3)
    told = [(losses or {}).get(part, "") for part in parts]
    return [
        replace(sheet, footnotes=[said, *sheet.footnotes]) if said else sheet
        for sheet, said in zip(made, told, strict=True)
    ]


def counting_notes(majority: float = 0.7) -> list[str]:
    """The sentences on how studies were counted, with the share that the review uses."""
    return [note.format(majority=f"{100 * majority:.4g} %") for note in COUNTING]


def _characteristics_sheet(frame: pd.DataFrame) -> Sheet:
    named = [
        f"{label} ({unit})" if unit else label for label, unit in zip(frame["field_label"], frame["unit"], strict=True)
    ]
    shown = frame.assign(share=frame["percent"] / 100, field_label=named)
    several = sorted(set(frame.loc[frame["multi"].fillna(False).astype(bool), "field_label"]))
    footnotes = [
        f"{label}: a study counts once for each of its values, so the rows add up to more than all studies."
        for label in several
    ]
    footnotes.append("IQR: interquartile range. Percentages are of all studies, those without a value included.")
    columns = [
        Column("field_label", "Characteristic", width=24),
        Column("category_label", "Value", width=34),
        Column("n", "Studies", "whole"),
        Column("denominator", "Of", "whole"),
        Column("share", "%", "percent"),
        Column("summary", "Summary", width=44),
        Column("study_ids", "Which studies", width=70),
    ]
    about = "Characteristics of the sources of evidence: each charted value with the studies that have it."
    return Sheet(
        "Characteristics", about, shown, columns, footnotes, bands="field_label", filtered=False, frozen_columns=2
    )


def _grid_sheet(grid: pd.DataFrame, directions: pd.DataFrame, axes: Sequence[Column], cross: str) -> Sheet:
    left, top = axes
    total = grid.columns[-1]
    said: dict[tuple[str, str], dict[str, dict[str, int]]] = {}
    for line in directions.to_dict("records"):
        basis = said.setdefault((str(line[left.name]), str(line[top.name])), {}).setdefault(str(line["basis"]), {})
        basis[str(line["direction"])] = basis.get(str(line["direction"]), 0) + 1
    cells = {grid.columns[0]: grid[grid.columns[0]].astype(object)}
    for name in grid.columns[1:-1]:
        cells[name] = pd.Series(
            [
                _cell_text(count, said.get((str(place), str(name)), {}))
                for place, count in zip(grid[grid.columns[0]], grid[name], strict=True)
            ],
            dtype=object,
        )
        cells[name].iloc[-1:] = int(grid[name].iloc[-1])
    cells[total] = grid[total].astype(object)
    footnotes = [
        f"First line of a cell: number of studies. Below it what they say: {_LEGEND}.",
        "Kinds of evidence: C comparative (against a comparator), U uncontrolled (before and after, single cases), "
        "other. Each study counts once in a cell, under the first of these kinds that it has.",
        f"{EMPTY} no study. Totals count each study once and are not sums of the cells.",
    ]
    columns = [
        Column(left.name, left.header, width=24, labels=left.labels),
        *(Column(name, top.labels.get(name, name), width=12.5, centred=True) for name in grid.columns[1:-1]),
        Column(total, "Total", "whole", width=7, centred=True),
    ]
    about = f"{cross}: how many studies, and what they say. An empty cell is a gap in the evidence charted."
    return Sheet(cross, about, pd.DataFrame(cells), columns, footnotes, matrix=True, filtered=False)


def _cell_text(count: int, by_basis: Mapping[str, Mapping[str, int]]) -> str:
    if not count:
        return EMPTY
    lines = [str(int(count))]
    for basis in sorted(
        by_basis, key=lambda basis: (list(BASIS_SIGNS).index(basis) if basis in BASIS_SIGNS else 9, basis)
    ):
        said = by_basis[basis]
        directions = " ".join(f"{sign}{said[name]}" for name, sign in DIRECTION_SIGNS.items() if name in said)
        lines.append(f"{BASIS_SIGNS.get(basis, basis)} {directions}")
    return "\n".join(lines)


def _tally_sheet(tally: pd.DataFrame, axes: Sequence[Column], cross: str) -> Sheet:
    bases = [
        name.removesuffix("_studies") for name in tally.columns if name.endswith("_studies") and name != "n_studies"
    ]
    columns = [
        *axes,
        Column("n_participants", "Participants", "whole", width=11),
        Column("n_controlled", "Controlled studies", "count", width=10),
        *_direction_columns("n_studies", "", "All evidence, one direction a study"),
    ]
    for basis in bases:
        if tally[f"{basis}_studies"].sum():
            columns += _direction_columns(f"{basis}_studies", f"{basis}_", f"{basis.capitalize()} findings")
    columns.append(Column("study_ids", "Which studies", width=50))
    footnotes = [f"{_LEGEND[0].upper()}{_LEGEND[1:]}. {EMPTY} none."]
    unknown = int((tally["n_studies"] > tally["n_participants_known"]).sum())
    if unknown:
        footnotes.append(
            f"Participants: in {unknown} of {len(tally)} rows at least one study does not give its number."
        )
    footnotes.append(
        "A study with comparative and uncontrolled findings counts under both kinds, and once under all evidence."
    )
    footnotes.append("The members of each number stand in condition_by_domain.csv and in the sheet Directions.")
    about = f"{cross} as a list: one row per cell that has evidence."
    return Sheet("Tally", about, tally, columns, footnotes, bands=axes[0].name, frozen_columns=2)


def _direction_columns(studies: str, prefix: str, group: str) -> list[Column]:
    signs = [Column(f"{prefix}{name}", sign, "count", group, width=4.5) for name, sign in DIRECTION_SIGNS.items()]
    return [Column(studies, "Studies", "count", group, width=8), *signs]


def _directions_sheet(directions: pd.DataFrame, axes: Sequence[Column], cross: str) -> Sheet:
    columns = [
        Column("study_id", "Study", width=26),
        *axes,
        Column("basis", "Kind of evidence", width=14),
        Column("direction", "Direction", labels=DIRECTION_LABELS, width=14),
        Column("n_findings", "Findings", "whole"),
        Column("share", "Share agreeing", "percent"),
        *(Column(name, sign, "count", "Findings that say", width=5) for name, sign in DIRECTION_SIGNS.items()),
        Column("finding_ids", "Which findings", width=40),
    ]
    footnotes = [
        "Share agreeing: of the findings that are not unclear, those on the side (benefit, no difference or harm) "
        "that has most.",
        f"{_LEGEND[0].upper()}{_LEGEND[1:]}. {EMPTY} none.",
    ]
    about = f"What each study says in each cell of {cross}, and the findings it rests on."
    return Sheet("Directions", about, directions, columns, footnotes)


def _harms_summary_sheet(frame: pd.DataFrame, silence: pd.DataFrame, words: Mapping[str, Mapping[str, str]]) -> Sheet:
    columns = [
        Column("event", "Event", labels=words.get("event", {}), width=28),
        Column("arm_group", "Arms", width=14),
        Column("n_studies", "naming it", "count", "Studies", width=9),
        Column("n_events_stated", "it occurred", "count", "Studies", width=10),
        Column("n_zero_stated", "stated as none", "count", "Studies", width=10),
        Column("n_with_proportion", "with x/n", "count", "Studies", width=9),
        Column("lowest", "lowest", "percent_fine", "Proportion"),
        Column("lowest_x_n", "x/n", group="Proportion", width=12),
        Column("highest", "highest", "percent_fine", "Proportion"),
        Column("highest_x_n", "x/n", group="Proportion", width=12),
        Column("study_ids", "Which studies", width=60),
    ]
    counts = {str(state): int(n) for state, n in zip(silence["state"], silence["n_studies"], strict=True)}
    silent = ", ".join(f"{counts[state]} {words}" for state, words in _SILENT.items() if counts.get(state))
    footnotes = [f"Beside these numbers: {silent} (of {int(silence['denominator'].max())} studies)."] if silent else []
    footnotes.append(
        "Lowest and highest are single studies; nothing is pooled. Definitions and follow-up differ between studies."
    )
    about = "Per event and group of arms: how many studies name it, and the lowest and highest proportion among them."
    return Sheet("Harms summary", about, frame, columns, footnotes, bands="event", filtered=False, frozen_columns=2)


_SILENT = {
    "not_reported": "do not report harms",
    "not_assessed": "did not assess them",
    "not_charted": "are not charted for them yet",
}


def _harms_sheet(frame: pd.DataFrame, words: Mapping[str, Mapping[str, str]]) -> Sheet:
    status = {
        "events": "events",
        "zero_stated": "none, as stated",
        "not_reported": "not reported",
        "not_assessed": "not assessed",
    }
    columns = [
        Column("study_id", "Study", width=26),
        Column("arm", "Arm", labels=words.get("arm", {}), width=12),
        Column("event", "Event", labels=words.get("event", {}), width=26),
        Column("harms_status", "Status", labels=status, width=15),
        Column("x_n", "x/n", width=9),
        Column("n_events", "Events", "whole"),
        Column("n_exposed", "Exposed", "whole"),
        Column("proportion", "Proportion", "percent_fine", width=11),
        Column("wilson_low", "from", "percent_fine", "Wilson 95 %", width=10),
        Column("wilson_high", "to", "percent_fine", "Wilson 95 %", width=10),
        Column("clopper_pearson_low", "from", "percent_fine", "Clopper–Pearson 95 %", width=10),
        Column("clopper_pearson_high", "to", "percent_fine", "Clopper–Pearson 95 %", width=10),
        Column("as_reported", "As reported", width=36),
        Column("resolved", "Resolved", width=10),
        Column("note", "Why no proportion", width=30),
        Column("charted_note", "Reviewers' note", width=36),
    ]
    footnotes = [
        "x/n: participants with the event of those exposed. A proportion stands only where both numbers are given."
    ]
    about = "One row per study, arm and event as charted, with the proportion wherever both numbers are there."
    return Sheet("Harms", about, frame, columns, footnotes)


def _silence_sheet(frame: pd.DataFrame) -> Sheet:
    shown = frame.assign(share=frame["percent"] / 100)
    columns = [
        Column("label", "What the study says of harms", width=36),
        Column("n_studies", "Studies", "whole"),
        Column("denominator", "Of", "whole"),
        Column("share", "%", "percent"),
        Column("study_ids", "Which studies", width=80),
    ]
    footnotes = ["Absence of information is not absence of harm: read every number on harms beside these."]
    about = "How many studies report harms, and how many are silent on them."
    return Sheet("Silence on harms", about, shown, columns, footnotes, filtered=False)


def _read_me(sheet: Worksheet, title: str, listed: Sequence[tuple[str, Sheet]], notes: Sequence[str]) -> None:
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
    _page(sheet, title)


def _fill(sheet: Worksheet, spec: Sheet, title: str) -> None:
    columns = [column for column in spec.columns if column.name in spec.frame.columns] or [
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
    _page(sheet, title)


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
    }
    rule = Border(bottom=Side("hair", color=_RULE))
    for number, (column, values) in enumerate(zip(columns, cells, strict=True), 1):
        align = _alignment(column, middle=spec.matrix)
        banded = column.name == spec.bands
        dressed: dict[tuple[str, str], Any] = {}
        for offset, value in enumerate(values):
            total = spec.matrix and offset == len(values) - 1
            font = "strong" if total or banded or (spec.matrix and number == 1) else "plain"
            if banded and offset and value == values[offset - 1]:
                font = "repeated"
            fill = _PALE if total else _shade(value) if spec.matrix and number > 1 and value != EMPTY else ""
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


def _page(sheet: Worksheet, title: str) -> None:
    """A4 landscape, as wide as one page, with the title and page numbers at the foot."""
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = sheet.PAPERSIZE_A4
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
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
    return {"percent": "100%", "percent_fine": "100.0%", "number": f"{value:.2f}"}.get(column.format, str(value))


def _tab(name: str) -> str:
    """A name that may stand on a tab: 31 characters, no brackets, colons, stars, question marks or slashes."""
    return re.sub(r"[\[\]:*?/\\]", " ", name).strip(" '")[:31].strip() or "Sheet"
