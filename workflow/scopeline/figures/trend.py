"""Year × design: when studies of which design appeared, controlled studies apart from the others in each bar."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from .. import text
from ..charting import MISSING_LABELS, SEPARATOR, named, values_of
from ..charting import column as column_of
from ..natural_order import natural
from . import look
from .look import Canvas, Drawing, Part, Row, Sign

NAME = "trend"
COLUMNS = ("field", "value", "years", "first_year", "controlled", "n_studies", "study_ids")

NO_YEAR = "no year"

_LABELS, _TOTAL, _UNDATED, _MOST_BARS = 140, 36, 44, 32
_TALL = 54.0
_CONTROL = {"yes": Sign("square", look.COLOURS[0]), "no": Sign("square", look.COLOURS[0], "hollow"),
            "": Sign("square", look.COLOURS[4], "dashed")}  # fmt: skip
_CONTROL_SAID = {"yes": "controlled", "no": "not controlled", "": "control not known"}
_ALL = None


def draw(
    studies: pd.DataFrame,
    *,
    year: str = "year",
    field: str = "design",
    field_label: str = "Design",
    year_label: str = "Year",
    values_order: Sequence[str] = (),
    labels: Mapping[str, Mapping[str, str]] | None = None,
    controlled: str = "controlled",
    name: str = NAME,
) -> Drawing:
    """Draw the typed frame of studies: one line of bars per value of `field`, one bar per year (or span of years).

    Studies without a year stand apart at the right; without any year there is no figure, and without any value of
    `field` only the line of all. A study with several values of `field` stands under each and once
    in the line of all. The twin has one line for each part of a bar; `value` is "" in the line of all.
    """
    words = (labels or {}).get(field, {})
    facts = _facts(studies, year, field, controlled)
    if not any(first is not None for first, _, _ in facts.values()):
        gives = f"Of {text.counted(len(facts), 'study')} none has a year" if facts else "No study is charted"
        return Drawing((), f"{gives} ({year_label.lower()}).")
    known = {value for _, mine, _ in facts.values() for value in mine} - set(MISSING_LABELS.values())
    title = f"Studies by {year_label.lower()}" + (f" and {field_label.lower()}" if known else "")
    values = look.in_order({value for each in facts.values() for value in each[1]}, values_order) if known else []
    spans = _spans([first for first, _, _ in facts.values() if first is not None])
    counts: dict[tuple[str | None, str, str], set[str]] = {}
    for study, (first, mine, control) in facts.items():
        span = next((said for said, low, high in spans if first is not None and low <= first <= high), NO_YEAR)
        for value in (*(mine if known else ()), _ALL):
            counts.setdefault((value, span, control), set()).add(study)
    plot = _Trend(counts, values, spans, words, field, field_label, year_label)
    return look.bind(name, title, [plot.part()])


def _facts(
    studies: pd.DataFrame, year: str, field: str, controlled: str
) -> dict[str, tuple[int | None, list[str], str]]:
    """Study → year, values of the field, controlled (yes, no, or "" where not known)."""
    facts = {}
    for study, when, value, control in zip(
        column_of(studies, "study_id"), column_of(studies, year), named(studies, field), column_of(studies, controlled),
        strict=True,
    ):  # fmt: skip
        if text.given(study):
            found = re.match(r"\d{4}", text.clean(when))
            known = str(control) if text.given(control) and str(control) in ("yes", "no") else ""
            facts[str(study)] = (int(found.group()) if found else None, values_of(value) or [value], known)
    return facts


def _spans(years: Sequence[int]) -> list[tuple[str, int, int]]:
    """Name, first and last year of each bar: single years, or spans of equal length where they are too many."""
    if not years:
        return []
    first, last = min(years), max(years)
    step = next(step for step in (1, 2, 5, 10, 20, 50, 100, 500, 10_000) if (last - first) // step < _MOST_BARS)
    start = first - first % step
    lows = range(start, last + 1, step)
    return [(str(low) if step == 1 else f"{low} to {low + step - 1}", low, low + step - 1) for low in lows]


@dataclass
class _Trend:
    """The lines of bars: studies by (value or None for all, name of the span, controlled)."""

    counts: Mapping[tuple[str | None, str, str], set[str]]
    values: Sequence[str]
    spans: Sequence[tuple[str, int, int]]
    words: Mapping[str, str]
    field: str
    field_label: str
    year_label: str

    def __post_init__(self) -> None:
        self.undated = any(span == NO_YEAR for _, span, _ in self.counts)
        self.left = look.LEFT + _LABELS
        right = look.RIGHT - _TOTAL - (_UNDATED if self.undated else 0)
        self.wide = min((right - self.left) / max(len(self.spans), 1), 60)
        self.places = {
            said: (self.left + (number + 0.5) * self.wide, min(self.wide * 0.74, 26))
            for number, (said, _, _) in enumerate(self.spans)
        }
        if self.undated:
            self.places[NO_YEAR] = (right + _UNDATED / 2, 18)
        most = max(self.whole(value, said) for value in (*self.values, _ALL) for said in self.places)
        self.unit = min(9.0, _TALL / most)
        self.seen = [control for control in _CONTROL if any(key[2] == control for key in self.counts)]
        self.told = self.seen != [""]
        self.looks = _CONTROL if self.told else {"": _CONTROL["yes"]}
        self.upright = any(" " in said for said, _, _ in self.spans) and self.wide >= 12

    def part(self) -> Part:
        notes = ["The number above a bar is its number of studies."]
        if self.told:
            notes[0] += (
                " Controlled says whether there was a comparison group or phase, whichever findings were reported."
            )
        rows = [Row(self.height(value), value) for value in (*self.values, _ALL)]
        below = 84 if self.upright else 32
        return Part(rows, self.head, self.row, self.data, self.alt, notes, self.years, lambda _: below)

    def ids(self, value: str | None, said: str, control: str) -> list[str]:
        return sorted(self.counts.get((value, said, control), ()), key=natural)

    def whole(self, value: str | None, said: str) -> int:
        return sum(len(self.ids(value, said, control)) for control in _CONTROL)

    def label(self, value: str | None) -> str:
        return "All studies" if value is _ALL else text.capital(self.words.get(value, value))

    def height(self, value: str | None) -> float:
        lines = look.wrapped(self.label(value), _LABELS - 8, look.SMALL)
        return max(self.unit * max(self.whole(value, said) for said in self.places) + 20, 12 * len(lines) + 10)

    def head(self, canvas: Canvas) -> None:
        if self.told:
            canvas.legend([(_CONTROL[control], 4.5, _CONTROL_SAID[control]) for control in self.seen])
        if self.values:
            canvas.text(look.LEFT, canvas.y + 12, look.fitted(self.field_label, _LABELS - 10), bold=True)
        if self.undated:
            canvas.text(self.places[NO_YEAR][0], canvas.y + 12, "No year", size=look.SMALL, anchor="middle")
        canvas.text(look.RIGHT, canvas.y + 12, "All", anchor="end", bold=True)
        canvas.y += 17
        canvas.line(look.LEFT, canvas.y, look.RIGHT, canvas.y, colour=look.RULE)

    def row(self, canvas: Canvas, drawn: Row) -> None:
        value, base = drawn.data, canvas.y + drawn.height - 4
        label = self.label(value)
        lines = look.wrapped(label, _LABELS - 8, look.SMALL)
        canvas.lines(look.LEFT, base - 4 - 12 * (len(lines) - 1), lines, size=look.SMALL, bold=value is _ALL)
        canvas.line(look.LEFT, base, look.RIGHT, base)
        for said, (x, bar) in self.places.items():
            y = base
            for control in self.seen:
                ids = self.ids(value, said, control)
                if ids:
                    tall = self.unit * len(ids)
                    told = f"{label}, {said}: {text.counted(len(ids), 'study')}, {_CONTROL_SAID[control]}"
                    with canvas.mark(ids, told, value=value or "", years=said, controlled=control, n=len(ids)):
                        canvas.bar(x - bar / 2, y - tall, bar, tall, self.looks[control])
                    y -= tall
            if y < base:
                canvas.text(x, y - 3, str(self.whole(value, said)), size=look.SMALL, anchor="middle")
        whole = sum(self.whole(value, said) for said in self.places)
        canvas.text(look.RIGHT, base - 4, str(whole), anchor="end", bold=True)

    def years(self, canvas: Canvas, _rows: Sequence[Row]) -> None:
        """The years below the bars, as many as have room."""
        step = max(1, -(-30 // max(int(self.wide), 1)))
        for number, (said, first, _last) in enumerate(self.spans):
            x = self.places[said][0]
            if self.upright:
                canvas.text(x + 3.5, canvas.y + 66, said, size=look.SMALL, upright=True)
            elif number % step == 0:
                canvas.text(x, canvas.y + 12, str(first), size=look.SMALL, anchor="middle")
        middle = self.left + self.wide * len(self.spans) / 2
        canvas.text(middle, canvas.y + (80 if self.upright else 27), self.year_label, size=look.SMALL, anchor="middle")

    def data(self, rows: Sequence[Row]) -> pd.DataFrame:
        starts: dict[str, int | None] = {said: first for said, first, _ in self.spans} | {NO_YEAR: None}
        lines = []
        for drawn in rows:
            for said in self.places:
                for control in self.seen:
                    ids = self.ids(drawn.data, said, control)
                    if ids:
                        known = control or "not known"
                        given = (self.field, drawn.data or "", said, starts[said], known, len(ids), SEPARATOR.join(ids))
                        lines.append(dict(zip(COLUMNS, given, strict=True)))
        return pd.DataFrame(lines, columns=list(COLUMNS)).astype({"first_year": "Int64", "n_studies": "Int64"})

    def alt(self, rows: Sequence[Row]) -> str:
        told = []
        for drawn in rows:
            value = drawn.data
            counts = {each: sum(len(self.ids(value, said, each)) for said in self.places) for each in self.seen}
            control = ", ".join(f"{n} {_CONTROL_SAID[each]}" for each, n in counts.items() if n) if self.told else ""
            control = f" ({control})" if control else ""
            by_year = [f"{said} {self.whole(value, said)}" for said in self.places if self.whole(value, said)]
            told.append(f"{self.label(value)} {sum(counts.values())}{control}: {text.names(by_year, most=40)}.")
        return " ".join(told)
