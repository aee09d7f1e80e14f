"""Critical appraisal: the judgement of each study in each domain (traffic light), and how many studies had which.

Works for any instrument: its domains and judgements are those of the codebook's table `appraisal`. Letters and shades
say the judgement; there is no score and no overall judgement that the reviewers did not give.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from .. import text
from ..charting import SEPARATOR, named
from ..charting import column as column_of
from ..natural_order import natural
from . import look
from .look import Canvas, Drawing, Part, Row

NAME = "appraisal"
COLUMNS = ("kind", "instrument", "study_id", "domain", "judgement", "n_studies", "study_ids")

#: Judgements of common instruments (RoB 2, ROBINS-I, JBI, SIGN), from least to most concern, where none are listed.
KNOWN = (
    *("low", "yes", "good", "minor concerns", "some concerns", "moderate", "fair", "unclear", "no information"),
    *("serious", "no", "poor", "high", "critical", "not applicable"),
)

#: From least to most concern: fill of the sign. Letters inside tell them apart without colour.
_FILLS = ("#eaf3fa", "#f7dfb2", "#dc9a63", "#8f2d56")
_INKS = (look.INK, look.INK, look.INK, look.PAPER)
_STUDY, _CELL, _WIDEST = 150, 34, 84


def draw(
    appraisal: pd.DataFrame,
    *,
    domains_order: Sequence[str] = (),
    judgements_order: Sequence[str] = (),
    labels: Mapping[str, Mapping[str, str]] | None = None,
    name: str = NAME,
) -> Drawing:
    """Draw the typed frame `appraisal`: `study_id`, `domain`, `judgement`, and `instrument` where there are several.

    `judgements_order` goes from least to most concern. A judgement without a value stands under the words for why. The
    twin has one line for each judgement (`kind` judgement) and one for each part of the summary bars (`kind` summary).
    """
    words = labels or {}
    found = _found(appraisal)
    if not found:
        return Drawing(
            (), "There is no table appraisal, or it holds no judgement; appraisal is optional in a scoping review."
        )
    order = judgements_order or KNOWN
    grades = look.in_order({judgement for *_, judgement in found}, order)
    parts = []
    for instrument in sorted({instrument for instrument, *_ in found}):
        mine = [line for line in found if line[0] == instrument]
        domains = look.in_order({domain for _, _, domain, _ in mine}, domains_order)
        for group in look.chunks(domains, (look.RIGHT - look.LEFT - _STUDY) // _CELL):
            parts.append(_Table(instrument, mine, group, grades, words).part())
    return look.bind(name, "Critical appraisal", parts)


def _found(appraisal: pd.DataFrame) -> list[tuple[str, str, str, str]]:
    """Instrument, study, domain, judgement: each once."""
    instruments = ["" if not text.given(value) else str(value) for value in column_of(appraisal, "instrument")]
    lines = zip(
        instruments,
        column_of(appraisal, "study_id"),
        named(appraisal, "domain"),
        named(appraisal, "judgement"),
        strict=True,
    )
    return sorted({(tool, str(study), domain, said) for tool, study, domain, said in lines if text.given(study)})


def _look_of(grade: str, grades: Sequence[str]) -> tuple[str, str]:
    """Fill and ink of a judgement; the words for missing and "not applicable" have neither shade."""
    if grade in look.MISSING_LABELS.values():
        return look.PAPER, look.FAINT
    real = [each for each in grades if each not in look.MISSING_LABELS.values()]
    place = real.index(grade)
    step = round(place * (len(_FILLS) - 1) / max(len(real) - 1, 1))
    return _FILLS[step], _INKS[step]


def letters(grades: Sequence[str]) -> dict[str, str]:
    """A short sign for each judgement, no two alike: its first letter, or more of it."""
    given: dict[str, str] = {}
    for grade in grades:
        word = text.capital(grade.strip()) or "?"
        initials = "".join(part[0] for part in word.upper().split() if part[0].isalnum())
        tries = [word[:1].upper(), initials[:2], word[:2], *(f"{word[:1].upper()}{n}" for n in range(1, 100))]
        given[grade] = next(each for each in tries if each and each not in given.values())
    return given


@dataclass
class _Table:
    """Studies by domains of one instrument; `found` is instrument, study, domain, judgement."""

    instrument: str
    found: Sequence[tuple[str, str, str, str]]
    domains: Sequence[str]
    grades: Sequence[str]
    labels: Mapping[str, Mapping[str, str]]

    def __post_init__(self) -> None:
        self.signs = letters(self.grades)
        self.wide = min((look.RIGHT - look.LEFT - _STUDY) / len(self.domains), _WIDEST)
        self.left = look.LEFT + _STUDY
        self.right = self.left + self.wide * len(self.domains)
        self.cells: dict[tuple[str, str], list[str]] = {}
        for _, study, domain, grade in self.found:
            if domain in self.domains:
                self.cells.setdefault((study, domain), []).append(grade)
        self.studies = sorted({study for study, _ in self.cells}, key=natural)
        self.seen = [grade for grade in self.grades if any(self.members(domain, grade) for domain in self.domains)]

    def part(self) -> Part:
        notes = [
            "Each sign is the reviewers' judgement; a dash is none. Two signs in one place are judgements that differ. "
            "Bars count studies; a bar that is shorter has studies without a judgement."
        ]
        heights = [max(19.0, 11.0 * len(look.name_lines(study, _STUDY - 8)) + 4) for study in self.studies]
        rows = [Row(tall, study) for tall, study in zip(heights, self.studies, strict=True)]
        summary = Row(34 + sum(self.bar_height(domain) for domain in self.domains), None)
        return Part([*rows, summary], self.head, self.row, self.data, self.alt, notes)

    def members(self, domain: str, grade: str) -> list[str]:
        return sorted(
            {study for (study, other), given in self.cells.items() if other == domain and grade in given}, key=natural
        )

    def said(self, kind: str, value: str) -> str:
        return self.labels.get(kind, {}).get(value, value)

    def badge(self, canvas: Canvas, grade: str, x: float, y: float) -> None:
        fill, ink = _look_of(grade, self.grades)
        canvas.parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="7.5" fill="{fill}" stroke="{look.RULE}"/>')
        canvas.text(x, y + 3.4, self.signs[grade], size=look.SMALL, anchor="middle", bold=True, colour=ink)

    def head(self, canvas: Canvas) -> None:
        if self.instrument:
            canvas.paragraph(f"Instrument: {self.said('instrument', self.instrument)}")
        x = float(look.LEFT)
        for grade in self.seen:
            said = self.said("judgement", grade)
            need = 20 + look.width_of(said, look.SMALL)
            if x > look.LEFT and x + need > look.RIGHT:
                x, canvas.y = float(look.LEFT), canvas.y + 18
            self.badge(canvas, grade, x + 8, canvas.y + 9)
            canvas.text(x + 20, canvas.y + 12.5, look.fitted(said, look.RIGHT - x - 20, look.SMALL), size=look.SMALL)
            x += need + 14
        canvas.y += 22
        look.column_heads(canvas, [self.said("domain", domain) for domain in self.domains], self.left, self.wide)
        canvas.text(look.LEFT, canvas.y - 5, "Study", bold=True)
        canvas.line(look.LEFT, canvas.y, self.right, canvas.y, colour=look.RULE)

    def row(self, canvas: Canvas, drawn: Row) -> None:
        if drawn.data is None:
            self.summary(canvas)
            return
        study, middle = drawn.data, canvas.y + drawn.height / 2
        canvas.name(look.LEFT, middle, study, _STUDY - 8)
        for place, domain in enumerate(self.domains):
            x = self.left + (place + 0.5) * self.wide
            given = self.cells.get((study, domain), [])[:2]
            for number, grade in enumerate(given):
                said = f"{study}, {self.said('domain', domain)}: {self.said('judgement', grade)}"
                with canvas.mark([study], said, domain=domain, judgement=grade):
                    self.badge(canvas, grade, x + (number - (len(given) - 1) / 2) * 16, middle)
            if not given:
                canvas.line(x - 3, middle, x + 3, middle, colour=look.RULE)
        canvas.line(look.LEFT, canvas.y + drawn.height, self.right, canvas.y + drawn.height)

    def summary(self, canvas: Canvas) -> None:
        """Stacked bars on one scale, the number of studies in each part where it fits."""
        canvas.text(look.LEFT, canvas.y + 20, "Studies by judgement", bold=True)
        canvas.y += 28
        most = max(sum(len(self.members(domain, grade)) for grade in self.seen) for domain in self.domains)
        unit = (look.RIGHT - self.left) / most
        for domain in self.domains:
            name = self.said("domain", domain)
            canvas.name(look.LEFT, canvas.y + 10.5, name, _STUDY - 8)
            x = float(self.left)
            for grade in self.seen:
                ids = self.members(domain, grade)
                if ids:
                    said = f"{name}, {self.said('judgement', grade)}: {text.counted(len(ids), 'study')}"
                    with canvas.mark(ids, said, domain=domain, judgement=grade, n=len(ids)):
                        self.segment(canvas, grade, len(ids), x, unit * len(ids))
                    x += unit * len(ids)
            canvas.y += self.bar_height(domain)

    def segment(self, canvas: Canvas, grade: str, n: int, x: float, wide: float) -> None:
        fill, ink = _look_of(grade, self.grades)
        canvas.rect(x, canvas.y + 2, wide, 16, fill=fill, stroke=look.RULE)
        for said in (f"{self.signs[grade]} {n}", str(n)):
            if look.width_of(said, look.SMALL) < wide - 4:
                canvas.text(x + wide / 2, canvas.y + 13.5, said, size=look.SMALL, anchor="middle", colour=ink)
                return

    def bar_height(self, domain: str) -> float:
        return max(21.0, 11.0 * len(look.name_lines(self.said("domain", domain), _STUDY - 8)) + 6)

    def data(self, rows: Sequence[Row]) -> pd.DataFrame:
        lines: list[tuple[Any, ...]] = []
        for drawn in rows:
            for domain in self.domains:
                if drawn.data is None:
                    parts = [(grade, self.members(domain, grade)) for grade in self.seen]
                    found = [("summary", self.instrument, "", domain, grade, ids) for grade, ids in parts if ids]
                else:
                    given = self.cells.get((drawn.data, domain), [])
                    found = [("judgement", self.instrument, drawn.data, domain, grade, [drawn.data]) for grade in given]
                lines += [(*line[:-1], len(line[-1]), SEPARATOR.join(line[-1])) for line in found]
        return pd.DataFrame(lines, columns=list(COLUMNS)).astype({"n_studies": "Int64"})

    def alt(self, rows: Sequence[Row]) -> str:
        shown = sum(drawn.data is not None for drawn in rows)
        tool = f" with {self.said('instrument', self.instrument)}" if self.instrument else ""
        told = [f"Appraisal of {text.counted(len(self.studies), 'study')}{tool}; {shown} on this page."]
        for domain in self.domains:
            counts = {grade: len(self.members(domain, grade)) for grade in self.seen}
            parts = [f"{self.said('judgement', grade)} {n}" for grade, n in counts.items() if n]
            told.append(f"{self.said('domain', domain)}: {', '.join(parts)}.")
        return " ".join(told)
