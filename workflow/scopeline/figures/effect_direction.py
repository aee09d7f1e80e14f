"""The effect direction plot (Boon & Thomson 2021, Research Synthesis Methods 12:29-33): each study, each domain.

One sign per study, outcome domain and kind of evidence. Arrows up and down are benefit and harm, as in all figures, an
arrow to both sides is no difference (Boon and Thomson draw mixed findings so too; here they have a sign of their own);
their size is the size of the study, a small number beside a sign is the number of findings behind it, and the shade of
a line is the appraisal of the study where there is one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from .. import text
from ..charting import column as column_of
from ..natural_order import natural
from ..terms import Direction
from . import look
from .appraisal_figure import letters
from .look import Canvas, Drawing, Part, Row, Sign

NAME = "effect_direction"
COLUMNS = (
    *("group", "study_id", "n", "size_class", "appraisal", "outcome_domain", "basis", "direction"),
    *("n_findings", "finding_ids"),
)

#: Size classes of Boon & Thomson: up to how many people, radius of the sign, name.
SIZES = ((49, 3.0, "under 50"), (300, 4.4, "50 to 300"), (None, 6.0, "over 300"))
UNKNOWN = "not known"

_SIGNS: Mapping[str, Sign] = {
    direction: replace(sign, shape="sideways") if direction == Direction.NONE else sign
    for direction, sign in look.DIRECTIONS.items()
}

_STUDY, _N, _APPRAISAL, _CELL = 136, 36, 24, 30


def draw(
    folded: pd.DataFrame,
    studies: pd.DataFrame,
    *,
    group: str | None = "condition",
    column: str = "outcome_domain",
    groups_order: Sequence[str] = (),
    columns_order: Sequence[str] = (),
    labels: Mapping[str, Mapping[str, str]] | None = None,
    n: str = "n",
    appraisal: Mapping[str, str] | None = None,
    appraisal_order: Sequence[str] = (),
    name: str = NAME,
) -> Drawing:
    """Draw `synthesis.fold` (the table directions.csv), one line a study, in sections by `group`.

    A study with several values of `group` stands under each. `appraisal`: study → overall judgement;
    `appraisal_order` from least to most concern. The twin has one line a sign; its column of domains is
    called `outcome_domain` whichever field `column` is. `n` is NA and `size_class` "not known" where a study gives no
    number.
    """
    words = labels or {}
    title = "Effect direction plot"
    lines = _lines(folded, studies, group, column, n, appraisal or {})
    if all(line["direction"] == Direction.UNCLEAR for line in lines):
        return Drawing((), "No study has a finding whose direction is clear.")
    groups = look.in_order({line["group"] for line in lines}, groups_order)
    tops = look.in_order({line["outcome_domain"] for line in lines}, columns_order)
    grades = look.in_order({line["appraisal"] for line in lines if line["appraisal"]}, appraisal_order)
    room = look.RIGHT - look.LEFT - _STUDY - _N - (_APPRAISAL if grades else 0)
    plots = [
        _Plot(lines, groups, some, grades, words.get(group or "", {}), words.get(column, {}))
        for some in look.chunks(tops, int(room // _CELL))
    ]
    parts = [plot.part() for plot in plots]
    return look.bind(name, title, parts)


def size_class(n: Any) -> tuple[float, str]:
    """Radius and name of the size class of a study; without a number it is drawn at the smallest size."""
    if not text.given(n):
        return SIZES[0][1], UNKNOWN
    return next((radius, said) for most, radius, said in SIZES if most is None or float(n) <= most)


def _lines(
    folded: pd.DataFrame,
    studies: pd.DataFrame,
    group: str | None,
    column: str,
    n: str,
    appraisal: Mapping[str, str],
) -> list[dict[str, Any]]:
    sizes: dict[str, int] = {}
    if "study_id" in studies.columns:
        numbers = pd.to_numeric(column_of(studies, n), errors="coerce")
        sizes = {
            str(study): int(size) for study, size in zip(studies["study_id"], numbers, strict=True) if text.given(size)
        }
    names = ("study_id", column, "basis", "direction", "n_findings", "finding_ids")
    sections = column_of(folded, group) if group else pd.Series("", index=folded.index)
    lines = []
    for section, study, top, basis, direction, findings, ids in zip(
        sections, *(column_of(folded, each) for each in names), strict=True
    ):
        size = sizes.get(str(study))
        given = [
            "" if not text.given(section) else str(section), str(study), size,
            size_class(size)[1], appraisal.get(str(study), ""), str(top), str(basis), str(direction),
            int(findings) if text.given(findings) else 1, text.clean(ids),
        ]  # fmt: skip
        lines.append(dict(zip(COLUMNS, given, strict=True)))
    return lines


@dataclass
class _Plot:
    """One group of domains with all studies; a study's row maps domain → its lines."""

    lines: Sequence[dict[str, Any]]
    groups: Sequence[str]
    tops: Sequence[str]
    grades: Sequence[str]
    group_words: Mapping[str, str]
    column_words: Mapping[str, str]

    def __post_init__(self) -> None:
        self.lines = [line for line in self.lines if line["outcome_domain"] in self.tops]
        self.bases = look.bases_seen(line["basis"] for line in self.lines)
        self.left = look.LEFT + _STUDY + _N + (_APPRAISAL if self.grades else 0)
        self.wide = (look.RIGHT - self.left) / len(self.tops)
        self.signs = letters(self.grades)

    def part(self) -> Part:
        by_study: dict[tuple[str, str], dict[str, list[dict[str, Any]]]] = {}
        for line in self.lines:
            cells = by_study.setdefault((line["group"], line["study_id"]), {})
            cells.setdefault(line["outcome_domain"], []).append(line)
        ordered = sorted(by_study, key=lambda key: (self.groups.index(key[0]), natural(key[1])))
        rows = [Row(self.height(by_study[key]), by_study[key], self.group_words.get(key[0], key[0])) for key in ordered]
        return Part(rows, self.head, self.row, self.data, self.alt, self.notes())

    def placed(self, cell: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        return sorted(cell, key=lambda line: (self.bases.index(line["basis"]), line["direction"]))

    def sizes(self, cell: Sequence[dict[str, Any]]) -> list[tuple[float, float]]:
        found = []
        for line in self.placed(cell):
            r = size_class(line["n"])[0]
            more = look.width_of(str(line["n_findings"]), look.SMALL) + 1 if line["n_findings"] > 1 else 0
            found.append((2 * look.REACH * r + more + 2, max(2 * look.REACH * r, 10) + 2))
        return found

    def height(self, cells: Mapping[str, Sequence[dict[str, Any]]]) -> float:
        name = look.name_lines(next(iter(cells.values()))[0]["study_id"], _STUDY - 6)
        tall = (look.flow(self.sizes(cell), self.wide - 2)[1] + 3 for cell in cells.values())
        return max(17.0, 11.0 * len(name) + 4, *tall)

    def head(self, canvas: Canvas) -> None:
        canvas.legend(look.direction_legend(self.bases, _SIGNS))
        plain = Sign("triangle", look.FAINT)
        canvas.legend([(None, 0, "People in the study:"), *((plain, radius, said) for _, radius, said in SIZES)])
        if self.grades:
            _grades(canvas, self.grades, self.signs)
        look.column_heads(canvas, [self.column_words.get(top, top) for top in self.tops], self.left, self.wide)
        canvas.text(look.LEFT, canvas.y - 5, "Study", bold=True)
        canvas.text(look.LEFT + _STUDY + _N - 8, canvas.y - 5, "n", anchor="end", bold=True)
        canvas.line(look.LEFT, canvas.y, look.RIGHT, canvas.y, colour=look.RULE)

    def row(self, canvas: Canvas, drawn: Row) -> None:
        first = next(iter(drawn.data.values()))[0]
        bottom, middle = canvas.y + drawn.height, canvas.y + drawn.height / 2
        if first["appraisal"]:
            shade = _shade(first["appraisal"], self.grades)
            canvas.rect(look.LEFT, canvas.y, look.RIGHT - look.LEFT, drawn.height, fill=shade)
            grade_x = look.LEFT + _STUDY + _N + _APPRAISAL / 2 - 2
            canvas.text(grade_x, middle + 4, self.signs[first["appraisal"]], anchor="middle", bold=True)
        canvas.name(look.LEFT + 3, middle, first["study_id"], _STUDY - 6)
        size = text.number(first["n"]) or "–"
        canvas.text(look.LEFT + _STUDY + _N - 8, middle + 4, size, anchor="end", size=look.SMALL + 0.5)
        for place in range(len(self.tops)):
            canvas.line(self.left + place * self.wide, canvas.y, self.left + place * self.wide, bottom)
        for place, top in enumerate(self.tops):
            self.cell(canvas, drawn.data.get(top, ()), self.left + (place + 0.5) * self.wide, middle)
        canvas.line(look.LEFT, bottom, look.RIGHT, bottom)

    def cell(self, canvas: Canvas, cell: Sequence[dict[str, Any]], x: float, y: float) -> None:
        boxes = self.sizes(cell)
        places, used = look.flow(boxes, self.wide - 2)
        for line, (dx, dy), (box, _) in zip(self.placed(cell), places, boxes, strict=True):
            r, findings = size_class(line["n"])[0], line["n_findings"]
            middle = x + dx - box / 2 + 1 + look.REACH * r
            domain = self.column_words.get(line["outcome_domain"], line["outcome_domain"])
            kind = text.BASIS_LABELS.get(line["basis"], line["basis"])
            said = f"{line['study_id']}, {domain}: {text.DIRECTION_LABELS[line['direction']]}, {kind}"
            with canvas.mark(
                [line["study_id"]],
                f"{said}, {text.counted(findings, 'finding')}",
                group=line["group"],
                domain=line["outcome_domain"],
                basis=line["basis"],
                direction=line["direction"],
                n_findings=findings,
                n="" if line["n"] is None else line["n"],
            ):
                sign = replace(_SIGNS[line["direction"]], fill=look.FILLS.get(line["basis"], "dashed"))
                canvas.sign(sign, middle, y - used / 2 + dy, r)
                if findings > 1:
                    told = middle + look.REACH * r + 1
                    canvas.text(told, y - used / 2 + dy + 5, str(findings), size=look.SMALL)

    def drawn(self, rows: Sequence[Row]) -> list[dict[str, Any]]:
        return [line for row in rows for top in self.tops for line in self.placed(row.data.get(top, ()))]

    def data(self, rows: Sequence[Row]) -> pd.DataFrame:
        return pd.DataFrame(self.drawn(rows), columns=list(COLUMNS)).astype({"n": "Int64", "n_findings": "Int64"})

    def alt(self, rows: Sequence[Row]) -> str:
        return _said(self.drawn(rows), self.tops, self.bases, self.column_words)

    def notes(self) -> list[str]:
        notes = [
            f"{look.fill_said(self.bases)} A number beside a sign is the number of findings that were folded into it. "
            "The size says how many people are in the study, not how large the effect is."
        ]
        if len(self.groups) > 1:
            notes.append("A study that belongs under several headings stands under each.")
        if self.grades and any(not line["appraisal"] for line in self.lines):
            notes.append("A line without a letter is a study that was not appraised.")
        unknown = len({line["study_id"] for line in self.lines if line["n"] is None})
        if unknown:
            gave = f"{text.counted(unknown, 'study')} gave no number of people"
            notes.append(f"{gave} and {text.plural(unknown, 'is', 'are')} drawn at the smallest size (–).")
        return notes


def _grades(canvas: Canvas, grades: Sequence[str], signs: Mapping[str, str]) -> None:
    """The legend of the shades of lines."""
    said = "Appraisal (shade and letter of a line):"
    canvas.text(look.LEFT, canvas.y + 10, said, size=look.SMALL)
    x = look.LEFT + look.width_of(said, look.SMALL) + 10
    for grade in grades:
        label = f"{signs[grade]}: {grade}"
        if x + 22 + look.width_of(label, look.SMALL) > look.RIGHT:
            x, canvas.y = look.LEFT, canvas.y + 14
        canvas.rect(x, canvas.y + 1, 16, 11, fill=_shade(grade, grades), stroke=look.RULE)
        canvas.text(x + 21, canvas.y + 10, label, size=look.SMALL)
        x += 34 + look.width_of(label, look.SMALL)
    canvas.y += 18


def _shade(grade: str, grades: Sequence[str]) -> str:
    place = grades.index(grade)
    return look.SHADES[round(place * (len(look.SHADES) - 1) / max(len(grades) - 1, 1))]


def _said(
    lines: Sequence[Mapping[str, Any]], tops: Sequence[str], bases: Sequence[str], column_words: Mapping[str, str]
) -> str:
    n = len({line["study_id"] for line in lines})
    told = [f"Directions of {text.counted(n, 'study')} in {text.counted(len(tops), 'outcome domain')}."]
    for top in tops:
        parts = []
        for basis in bases:
            here = {(line["study_id"], line["direction"]) for line in lines
                    if line["outcome_domain"] == top and line["basis"] == basis}  # fmt: skip
            counts = {name: sum(direction == name for _, direction in here) for name in look.DIRECTIONS}
            if any(counts.values()):
                parts.append(f"{text.BASIS_LABELS.get(basis, basis)} {text.directions(counts)}")
        if parts:
            told.append(f"{column_words.get(top, top)}: {'; '.join(parts)}.")
    return " ".join(told)
