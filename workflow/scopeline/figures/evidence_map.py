"""The evidence map: how many studies there are on what, and where there are none.

Bubbles in a matrix (evidence and gap map, Snilstveit 2016): area grows with the number of studies, shape and colour
tell what they say or how they were designed, fill tells comparative from uncontrolled evidence. Empty cells stay
visible.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from .. import text
from ..charting import MISSING_LABELS, SEPARATOR, named, values_of
from ..charting import column as column_of
from ..natural_order import natural
from ..terms import Direction, Missing
from . import look
from .look import Canvas, Drawing, Part, Row, Sign

NAME = "evidence_map"
COLUMNS = ("kind", "row", "column", "basis", "series", "n_studies", "study_ids")

_LABELS, _TOTAL, _CELL, _WIDEST = 132, 38, 32, 96
_MOST_TOLD = 5  # cells that the alternative text tells one by one
_LARGEST = 11.0  # radius of the largest bubble, where the cell is wide enough

#: (row, column) → basis → series → studies.
_Cells = dict[tuple[str, str], dict[str, dict[str, set[str]]]]


def draw(
    folded: pd.DataFrame,
    studies: pd.DataFrame,
    *,
    row: str = "condition",
    column: str = "outcome_domain",
    row_label: str = "Condition",
    column_label: str = "Outcome domain",
    rows_order: Sequence[str] = (),
    columns_order: Sequence[str] = (),
    labels: Mapping[str, Mapping[str, str]] | None = None,
    series: str = "direction",
    series_label: str = "Design",
    series_order: Sequence[str] = (),
    name: str = NAME,
) -> Drawing:
    """Draw `synthesis.fold` (the table directions.csv) as a map of `row` × `column`.

    `series` is what shape and colour tell: "direction", or a field of `studies` such as "design". Values of
    `rows_order` and `columns_order` stand in the map even where no study has them. `labels`: field → value → label.

    The twin has one line a bubble (`kind` cell), one an empty cell (`n_studies` 0), and the totals of rows, of columns
    and of all (`kind` row_total, column_total, all), which count each study once. `study_ids` are joined with "; ".
    """
    words = labels or {}
    cells = _cells(folded, studies, row, column, series)
    title = f"Evidence map: {row_label.lower()} by {column_label.lower()}"
    if not cells:
        return Drawing((), "No study has a finding that could be placed on the map.")
    lefts = look.in_order([*rows_order, *(key[0] for key in cells)], rows_order)
    tops = look.in_order([*columns_order, *(key[1] for key in cells)], columns_order)
    seen = {value for by in cells.values() for kinds in by.values() for value in kinds}
    if series == "direction":
        clear = seen - {Direction.UNCLEAR.value}
        signs = {value: sign for value, sign in look.DIRECTIONS.items() if clear or value in seen}
        signed = dict(text.DIRECTION_LABELS)
    else:
        if seen <= set(MISSING_LABELS.values()):
            return Drawing((), f"{series_label} is charted for no study of the map.")
        title += f", {series_label.lower()} of the studies"
        signs = look.series_signs(look.in_order(seen, series_order))
        signed = {value: words.get(series, {}).get(value, value) for value in signs}
    groups = look.chunks(tops, int(_room() // _CELL))
    told = "what the studies found" if series == "direction" else f"the {series_label.lower()} of the studies"
    bases = look.bases_seen(basis for by in cells.values() for basis in by)
    notes = [
        f"{look.fill_said(bases)} Shape and colour tell {told}. A study stands in every cell that it has findings in "
        "and, with findings of both kinds, in both; totals count it once."
    ]
    if len(groups) > 1:
        notes.append(f"The map has {len(tops)} columns; the totals at the right count the studies of all of them.")
    maps = [
        _Map(cells, lefts, group, signs, signed, words.get(row, {}), words.get(column, {}), (row_label, column_label))
        for group in groups
    ]
    parts = [each.part(notes) for each in maps]
    return look.bind(name, title, parts)


def _room() -> int:
    return look.RIGHT - look.LEFT - _LABELS - _TOTAL


def _cells(folded: pd.DataFrame, studies: pd.DataFrame, row: str, column: str, series: str) -> _Cells:
    of_study: dict[str, list[str]] = {}
    if series != "direction" and "study_id" in studies.columns:
        for study, value in zip(studies["study_id"], named(studies, series), strict=True):
            of_study[str(study)] = values_of(value)
    cells: _Cells = {}
    names = ("study_id", row, column, "basis", "direction")
    for study, left, top, basis, direction in zip(*(column_of(folded, each) for each in names), strict=True):
        values = (
            [str(direction)] if series == "direction" else of_study.get(str(study), [MISSING_LABELS[Missing.BLANK]])
        )
        for value in values:
            kinds = cells.setdefault((str(left), str(top)), {}).setdefault(str(basis), {})
            kinds.setdefault(value, set()).add(str(study))
    return cells


def _studies(cells: _Cells, left: str | None = None, top: str | None = None) -> set[str]:
    return {
        study
        for key, by in cells.items()
        if left in (None, key[0]) and top in (None, key[1])
        for kinds in by.values()
        for ids in kinds.values()
        for study in ids
    }


@dataclass
class _Map:
    """One group of columns of the map, with all its rows."""

    cells: _Cells
    lefts: Sequence[str]
    tops: Sequence[str]
    signs: Mapping[str, Sign]
    signed: Mapping[str, str]  # labels of the signs
    row_words: Mapping[str, str]
    column_words: Mapping[str, str]
    heads: tuple[str, str]

    def __post_init__(self) -> None:
        self.wide = min(_room() / len(self.tops), _WIDEST)
        self.left = look.LEFT + _LABELS
        self.total = self.left + self.wide * len(self.tops) + _TOTAL / 2
        self.most = max(len(ids) for by in self.cells.values() for kinds in by.values() for ids in kinds.values())
        self.unit = min(4.4, min(_LARGEST, (self.wide - 5) / 2 / look.REACH) / math.sqrt(self.most))
        self.bases = look.bases_seen(basis for by in self.cells.values() for basis in by)

    def part(self, notes: Sequence[str]) -> Part:
        rows = [Row(self.height(left), left) for left in self.lefts]
        return Part([*rows, Row(22, None)], self.head, self.row, self.data, self.alt, notes)

    def x(self, place: float) -> float:
        return self.left + (place + 0.5) * self.wide

    def bubbles(self, left: str, top: str, basis: str) -> list[tuple[str, list[str], float]]:
        """Series, studies and radius of each bubble of one basis in one cell."""
        kinds = self.cells.get((left, top), {}).get(basis, {})
        return [
            (value, sorted(kinds[value], key=natural), self.unit * math.sqrt(len(kinds[value])))
            for value in self.signs
            if value in kinds
        ]

    def sizes(self, left: str, top: str, basis: str) -> list[tuple[float, float]]:
        found = []
        for _, ids, r in self.bubbles(left, top, basis):
            number = look.width_of(str(len(ids)), look.SMALL) if len(ids) > 1 else 0
            found.append((max(2 * look.REACH * r, number) + 2, 2 * look.REACH * r + (10 if len(ids) > 1 else 2)))
        return found

    def bands(self, left: str) -> list[float]:
        """How tall each basis of evidence is in a row."""
        return [
            max(look.flow(self.sizes(left, top, basis), self.wide - 2)[1] for top in self.tops) for basis in self.bases
        ]

    def label(self, left: str) -> list[str]:
        return look.wrapped(self.row_words.get(left, left), _LABELS - 6, look.SMALL + 0.5)

    def height(self, left: str) -> float:
        return max(sum(self.bands(left)) + 6, 12 * len(self.label(left)) + 6, 18)

    def head(self, canvas: Canvas) -> None:
        canvas.legend(
            [*((sign, 4.2, self.signed[value]) for value, sign in self.signs.items()), *look.basis_legend(self.bases)]
        )
        plain = Sign("circle", look.FAINT, "hollow")
        sizes = [n for n in (1, 2, 5, 10, 20, 50, 100, 200) if n <= self.most]
        entries = [(plain, self.unit * math.sqrt(n), str(n)) for n in sizes]
        told = "(a sign without a number is one study; a dot is a cell without any)"
        canvas.legend([(None, 0, "Studies:"), *entries, (None, 0, told)])
        look.column_heads(canvas, [self.column_words.get(top, top) for top in self.tops], self.left, self.wide)
        canvas.text(look.LEFT, canvas.y - 5, look.fitted(self.heads[0], _LABELS - 6), bold=True)
        canvas.text(self.total, canvas.y - 5, "All", anchor="middle", bold=True)
        canvas.line(look.LEFT, canvas.y, self.total + _TOTAL / 2, canvas.y, colour=look.RULE)

    def row(self, canvas: Canvas, drawn: Row) -> None:
        if drawn.data is None:
            self.totals(canvas)
            return
        left, top_y, bottom, middle = drawn.data, canvas.y, canvas.y + drawn.height, canvas.y + drawn.height / 2
        lines = self.label(left)
        canvas.lines(look.LEFT, middle + 4 - 6 * (len(lines) - 1), lines, size=look.SMALL + 0.5)
        tall = self.bands(left)
        for place, top in enumerate(self.tops):
            if (left, top) not in self.cells:
                dot = f'<circle class="empty" cx="{self.x(place):.1f}" cy="{middle:.1f}" r="1" fill="{look.RULE}"/>'
                canvas.parts.append(dot)
                continue
            y = middle - sum(tall) / 2
            for basis, band in zip(self.bases, tall, strict=True):
                self.band(canvas, (left, top, basis), self.x(place), y, band)
                y += band
        ids = sorted(_studies(self.cells, left), key=natural)
        label = self.row_words.get(left, left)
        with canvas.mark(ids, f"{label}: {text.counted(len(ids), 'study')}", row=left, n=len(ids)):
            canvas.text(self.total, middle + 4, str(len(ids)), anchor="middle", bold=True)
        canvas.line(look.LEFT, bottom, self.total + _TOTAL / 2, bottom)
        for place in range(len(self.tops) + 1):
            canvas.line(self.left + place * self.wide, top_y, self.left + place * self.wide, bottom)

    def band(self, canvas: Canvas, cell: tuple[str, str, str], x: float, y: float, tall: float) -> None:
        """The bubbles of one basis in one cell, around `x` and in a band from `y` down."""
        left, top, basis = cell
        where = f"{self.row_words.get(left, left)} × {self.column_words.get(top, top)}"
        places, used = look.flow(self.sizes(*cell), self.wide - 2)
        for (value, ids, r), (dx, dy) in zip(self.bubbles(*cell), places, strict=True):
            n = len(ids)
            kind = text.BASIS_LABELS.get(basis, basis)
            said = f"{where}: {text.counted(n, 'study')}, {self.signed[value]}, {kind}"
            with canvas.mark(ids, said, row=left, column=top, basis=basis, series=value, n=n):
                middle = y + (tall - used) / 2 + dy - (4 if n > 1 else 0)
                canvas.sign(replace(self.signs[value], fill=look.FILLS.get(basis, "dashed")), x + dx, middle, r)
                if n > 1:
                    canvas.text(x + dx, middle + look.REACH * r + 7.5, str(n), size=look.SMALL, anchor="middle")

    def totals(self, canvas: Canvas) -> None:
        canvas.line(look.LEFT, canvas.y, self.total + _TOTAL / 2, canvas.y, colour=look.RULE)
        canvas.text(look.LEFT, canvas.y + 14, "All, each study once", size=look.SMALL + 0.5, bold=True)
        for place, top in enumerate((*self.tops, None)):
            ids = sorted(_studies(self.cells, None, top), key=natural)
            said = "All studies of the map" if top is None else self.column_words.get(top, top)
            x = self.total if top is None else self.x(place)
            with canvas.mark(ids, f"{said}: {text.counted(len(ids), 'study')}", column=top or "", n=len(ids)):
                canvas.text(x, canvas.y + 14, str(len(ids)), anchor="middle", bold=True)

    def data(self, rows: Sequence[Row]) -> pd.DataFrame:
        lines: list[dict[str, Any]] = []
        for drawn in rows:
            left = drawn.data
            if left is None:
                lines += [_line("column_total", "", top, "", "", _studies(self.cells, None, top)) for top in self.tops]
                lines.append(_line("all", "", "", "", "", _studies(self.cells)))
                continue
            for top in self.tops:
                if (left, top) not in self.cells:
                    lines.append(_line("cell", left, top, "", "", ()))
                for basis in self.bases:
                    found = self.bubbles(left, top, basis)
                    lines += [_line("cell", left, top, basis, value, ids) for value, ids, _ in found]
            lines.append(_line("row_total", left, "", "", "", _studies(self.cells, left)))
        return pd.DataFrame(lines, columns=list(COLUMNS)).astype({"n_studies": "Int64"})

    def alt(self, rows: Sequence[Row]) -> str:
        lefts = [drawn.data for drawn in rows if drawn.data is not None]
        inside = {key: by for key, by in self.cells.items() if key[0] in lefts and key[1] in self.tops}
        whole = len(lefts) * len(self.tops)
        told = [
            f"Map of {text.counted(len(_studies(inside)), 'study')}: {text.counted(len(lefts), 'row')} "
            f"({self.heads[0].lower()}) by {text.counted(len(self.tops), 'column')} ({self.heads[1].lower()}); "
            f"{len(inside)} of {whole} cells hold a study, {whole - len(inside)} are empty."
        ]
        for basis in self.bases:
            members = {study for by in inside.values() for ids in by.get(basis, {}).values() for study in ids}
            kind = text.capital(text.BASIS_LABELS.get(basis, basis))
            told.append(f"{kind}: {text.counted(len(members), 'study')}.")
        largest = sorted(inside, key=lambda key: (-len(_studies(inside, *key)), key))[:_MOST_TOLD]
        told += [self.cell_said(key, len(_studies(inside, *key))) for key in largest]
        gaps = [self.column_words.get(top, top) for top in self.tops if not _studies(self.cells, None, top)]
        gaps += [self.row_words.get(left, left) for left in lefts if not _studies(self.cells, left)]
        if gaps:
            told.append(f"Without any study: {text.names(gaps)}.")
        return " ".join(told)

    def cell_said(self, key: tuple[str, str], n: int) -> str:
        parts = []
        for basis in self.bases:
            found = [f"{len(ids)} {self.signed[value]}" for value, ids, _ in self.bubbles(*key, basis)]
            if found:
                parts.append(f"{text.BASIS_LABELS.get(basis, basis)}: {', '.join(found)}")
        where = f"{self.row_words.get(key[0], key[0])} × {self.column_words.get(key[1], key[1])}"
        return f"{where} {text.counted(n, 'study')} ({'; '.join(parts)})."


def _line(kind: str, left: str, top: str, basis: str, value: str, ids: Iterable[str]) -> dict[str, Any]:
    members = sorted(set(ids), key=natural)
    return dict(zip(COLUMNS, (kind, left, top, basis, value, len(members), SEPARATOR.join(members)), strict=True))
