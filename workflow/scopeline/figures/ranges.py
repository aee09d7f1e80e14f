"""Ranges by study: what dose, for how long, in which condition; one panel a field, one line a study."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from .. import text
from ..charting import MISSING_LABELS, FieldSpec, missing_kinds, named, number_text, values_of
from ..charting import column as column_of
from ..natural_order import natural
from ..terms import Missing
from . import look
from .look import Canvas, Drawing, Part, Row, Sign

NAME = "dose_duration"
COLUMNS = ("group", "study_id", "controlled", "field", "unit", "low", "high", "missing")

_STUDY, _GAP, _TOLD = 140, 14, 52
_CONTROL = {"yes": Sign("circle", look.COLOURS[0]), "no": Sign("circle", look.COLOURS[0], "hollow"),
            "": Sign("circle", look.COLOURS[4], "dashed")}  # fmt: skip
_CONTROL_SAID = {"yes": "controlled", "no": "not controlled", "": "control not known"}


def draw(
    studies: pd.DataFrame,
    fields: Sequence[FieldSpec],
    *,
    group: str = "condition",
    groups_order: Sequence[str] = (),
    labels: Mapping[str, Mapping[str, str]] | None = None,
    controlled: str = "controlled",
    name: str = NAME,
) -> Drawing:
    """Draw fields of the typed frame of studies that are numbers or ranges, one panel a field.

    Each study stands once, under the value of `group` as charted (several conditions make a group of their own). A
    study with none of the fields is not drawn, and counted in the caption. The twin has one line per study and field,
    `low` and `high` equal where one number was given, `missing` in words where none was.
    """
    title = text.capital(text.names([spec.title.lower() for spec in fields])) + " by study"
    if not fields or "study_id" not in studies.columns:
        return Drawing((), "No field with numbers or ranges of studies is named for this figure.")
    lines = _lines(studies, fields, group, controlled)
    known = {line["study_id"] for line in lines if line["low"] is not None}
    if not known:
        whole = text.counted(len({line["study_id"] for line in lines}), "study")
        missing = text.names([spec.title.lower() for spec in fields])
        return Drawing((), f"Of {whole} none gives {missing}.")
    words = (labels or {}).get(group, {})
    by_study: dict[str, list[dict[str, Any]]] = {}
    for line in lines:
        if line["study_id"] in known:
            by_study.setdefault(line["study_id"], []).append(line)
    place = {value: number for number, value in enumerate(groups_order)}

    def rank(study: str) -> tuple[Any, ...]:
        section = by_study[study][0]["group"]
        parts = values_of(section)
        return (
            min((place.get(part, len(place)) for part in parts), default=len(place)),
            len(parts),
            natural(section),
            natural(study),
        )

    scales = [_Scale.of([line for line in lines if line["field"] == spec.name]) for spec in fields]
    silent = sorted({line["study_id"] for line in lines} - known, key=natural)
    rows = []
    for study in sorted(by_study, key=rank):
        section = "; ".join(words.get(part, part) for part in values_of(by_study[study][0]["group"]))
        tall = max(15.0, 11.0 * len(look.name_lines(study, _STUDY - 8)) + 4)
        rows.append(Row(tall, by_study[study], section or "Not charted yet"))
    notes = ["A line is the range that a study gives, a single sign one number. Filled: controlled study; hollow: not "
             "controlled. A study with several conditions stands under all of them together."]  # fmt: skip
    if silent:
        said = text.names(silent, most=12)
        notes.append(f"Not drawn, because they give none of these: {text.counted(len(silent), 'study')} ({said}).")
    seen = [control for control in _CONTROL if any(line["controlled"] == control for line in lines)]
    part = Part(
        rows,
        lambda canvas: _head(canvas, fields, scales, seen),
        lambda canvas, row: _row(canvas, row, fields, scales),
        lambda drawn: _frame([line for row in drawn for line in row.data]),
        lambda drawn: _said([line for row in drawn for line in row.data], fields, len(silent)),
        notes,
    )
    return look.bind(name, title, [part])


class _Scale:
    """Where values of one field stand between 0 and 1: linear, or logarithmic over more than a hundredfold."""

    def __init__(self, low: float, high: float, logarithmic: bool) -> None:
        self.logarithmic = logarithmic
        if logarithmic:
            first, last = math.floor(math.log10(low)), max(math.ceil(math.log10(high)), math.floor(math.log10(low)) + 1)
            self.ticks = [10.0**power for power in range(first, last + 1)]
        else:
            self.ticks = look.ticks(low, high, 5)

    @classmethod
    def of(cls, lines: Sequence[Mapping[str, Any]]) -> "_Scale":
        values = [line[end] for line in lines for end in ("low", "high") if line[end] is not None] or [0.0, 1.0]
        low, high = min(values), max(values)
        if low > 0 and high / low > 100:
            return cls(low, high, True)
        return cls(min(low, 0), high if high > min(low, 0) else low + 1, False)

    def at(self, value: float) -> float:
        low, high = self.ticks[0], self.ticks[-1]
        if self.logarithmic:
            return (math.log10(value) - math.log10(low)) / (math.log10(high) - math.log10(low))
        return (value - low) / (high - low)


def _lines(studies: pd.DataFrame, fields: Sequence[FieldSpec], group: str, controlled: str) -> list[dict[str, Any]]:
    lines = []
    known = studies[studies["study_id"].notna()]
    groups = [
        str(value) if why is None else MISSING_LABELS[why]
        for value, why in zip(column_of(known, group), missing_kinds(known, group), strict=True)
    ]
    controls = [
        str(value) if text.given(value) and str(value) in ("yes", "no") else ""
        for value in column_of(known, controlled)
    ]
    for spec in fields:
        ends = [f"{spec.name}_{end}" if spec.kind == "range" else spec.name for end in ("low", "high")]
        lows, highs = (pd.to_numeric(column_of(known, end), errors="coerce") for end in ends)
        for study, section, control, low, high, why in zip(
            known["study_id"], groups, controls, lows, highs, named(known, spec.name), strict=True
        ):
            there = text.given(low) and text.given(high) and math.isfinite(float(low)) and math.isfinite(float(high))
            words = "" if there else why if why in MISSING_LABELS.values() else MISSING_LABELS[Missing.BLANK]
            ordered = sorted((float(low), float(high))) if there else [None, None]
            given = (section, str(study), control, spec.name, spec.unit, *ordered, words)
            lines.append(dict(zip(COLUMNS, given, strict=True)))
    return lines


def _panel(number: int, n: int) -> tuple[float, float, float]:
    """Left and right end of the scale of a panel, and where its figures end."""
    wide = (look.RIGHT - look.LEFT - _STUDY - _GAP * (n - 1)) / n
    left = look.LEFT + _STUDY + number * (wide + _GAP)
    return left, left + wide - _TOLD, left + wide


def _head(canvas: Canvas, fields: Sequence[FieldSpec], scales: Sequence[_Scale], seen: Sequence[str]) -> None:
    canvas.legend([(_CONTROL[control], 3.8, _CONTROL_SAID[control]) for control in seen])
    canvas.text(look.LEFT, canvas.y + 26, "Study", bold=True)
    for number, (spec, scale) in enumerate(zip(fields, scales, strict=True)):
        left, right, end = _panel(number, len(fields))
        unit = f" ({spec.unit})" if spec.unit else ""
        log = ", logarithmic scale" if scale.logarithmic else ""
        canvas.text(left, canvas.y + 11, look.fitted(f"{spec.title}{unit}{log}", (end - left) / 1.1), bold=True)
        for tick in scale.ticks:
            canvas.text(left + scale.at(tick) * (right - left), canvas.y + 26, text.number(tick), size=look.SMALL,
                        anchor="middle", colour=look.FAINT)  # fmt: skip
    canvas.y += 31


def _row(canvas: Canvas, row: Row, fields: Sequence[FieldSpec], scales: Sequence[_Scale]) -> None:
    bottom, middle = canvas.y + row.height, canvas.y + row.height / 2
    canvas.name(look.LEFT, middle, row.data[0]["study_id"], _STUDY - 8)
    for number, (spec, scale) in enumerate(zip(fields, scales, strict=True)):
        left, right, end = _panel(number, len(fields))
        for tick in scale.ticks:
            x = left + scale.at(tick) * (right - left)
            canvas.line(x, canvas.y, x, bottom)
        line = next(each for each in row.data if each["field"] == spec.name)
        told = _told(line)
        if line["low"] is None:
            said = look.fitted(line["missing"], end - left - 8, look.SMALL)
            canvas.rect(left + 2, middle - 6, look.width_of(said, look.SMALL) * 0.9 + 4, 12, fill=look.PAPER)
            canvas.text(left + 4, middle + 3.5, said, size=look.SMALL, colour=look.FAINT)
            continue
        sign = _CONTROL[line["controlled"]]
        xs = [left + scale.at(line[each]) * (right - left) for each in ("low", "high")]
        unit = f" {spec.unit}" if spec.unit else ""
        with canvas.mark([line["study_id"]], f"{line['study_id']}: {spec.title.lower()} {told}{unit}", field=spec.name,
                         low=f"{line['low']:.6g}", high=f"{line['high']:.6g}"):  # fmt: skip
            if xs[0] != xs[1]:
                canvas.line(xs[0], middle, xs[1], middle, colour=sign.colour, width=2)
            for x in dict.fromkeys(xs):
                canvas.sign(sign, x, middle, 3.3)
            canvas.text(end - 2, middle + 3.5, told, size=look.SMALL, anchor="end")
    canvas.line(look.LEFT, bottom, look.RIGHT, bottom)


def _told(line: Mapping[str, Any]) -> str:
    if line["low"] is None:
        return ""
    low, high = number_text(line["low"]), number_text(line["high"])
    return low if low == high else f"{low}–{high}"


def _frame(lines: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    return pd.DataFrame(list(lines), columns=list(COLUMNS)).astype({"low": "Float64", "high": "Float64"})


def _said(lines: Sequence[Mapping[str, Any]], fields: Sequence[FieldSpec], silent: int) -> str:
    told = []
    for spec in fields:
        mine = [line for line in lines if line["field"] == spec.name]
        known = [line for line in mine if line["low"] is not None]
        said = f"{spec.title}: given by {len(known)} of {text.counted(len(mine), 'study')} shown"
        if known:
            low, high = min(line["low"] for line in known), max(line["high"] for line in known)
            unit = f" {spec.unit}" if spec.unit else ""
            ranges = sum(line["low"] != line["high"] for line in known)
            said += f", from {number_text(low)} to {number_text(high)}{unit}, as a range in {ranges}"
        told.append(f"{said}.")
    if silent:
        told.append(f"{text.counted(silent, 'study')} gave none of these.")
    return " ".join(told)
