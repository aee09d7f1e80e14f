"""The harvest plot (Ogilvie 2008, BMC Medical Research Methodology 8:8): each study a bar under what it found.

One line of panels per outcome domain, one panel per direction. The height of a bar is how suited the design is, or how
many people were in the study; fill is the kind of evidence. Below each bar stands the study's number in the key.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from .. import text
from ..charting import column as column_of
from ..charting import named
from ..natural_order import natural
from ..terms import Direction
from . import look
from .look import Canvas, Drawing, Part, Row, Sign

NAME = "harvest"
COLUMNS = ("outcome_domain", "direction", "basis", "study_id", "number", "height_class", "height")

#: Height classes by people: up to how many, and the name.
PEOPLE = ((9, "under 10"), (49, "10 to 49"), (199, "50 to 199"), (None, "200 or more"))
NOT_KNOWN = "not known"

_PITCH, _BAR, _TALL, _NUMBER, _LABELS, _NARROWEST = 11.0, 8.0, 30.0, 19.0, 104, 58.0
_KEY_LINE, _KEY_COLUMNS = 12.0, 4


def draw(
    folded: pd.DataFrame,
    studies: pd.DataFrame,
    *,
    column: str = "outcome_domain",
    columns_order: Sequence[str] = (),
    labels: Mapping[str, Mapping[str, str]] | None = None,
    height: str = "design",
    height_order: Sequence[str] = (),
    height_label: str = "",
    name: str = NAME,
) -> Drawing:
    """Draw `synthesis.fold` (the table directions.csv), one bar per study, domain, kind of evidence and direction.

    `height` is a field of `studies`: with "n" bars are as tall as one of four classes of people; any other field takes
    `height_order`, from the most suitable value down. What is missing or not listed is the lowest bar. The twin has one
    line a bar: `number` is the study's in the key, `height` 1 (lowest) to the number of classes.
    """
    words = labels or {}
    title = "Harvest plot"
    classes = [said for _, said in reversed(PEOPLE)] if height == "n" else list(height_order)
    bars = _bars(folded, studies, column, height, classes)
    if all(bar["direction"] == Direction.UNCLEAR for bar in bars):
        return Drawing((), "No study has a finding whose direction is clear.")
    domains = look.in_order({bar["outcome_domain"] for bar in bars}, columns_order)
    panels = _panels(bars)
    rows = []
    for domain in domains:
        mine = [bar for bar in bars if bar["outcome_domain"] == domain]
        by_panel = {key: [bar for bar in mine if bar["direction"] == key] for key in panels}
        fits = {key: int((wide - 6) // _PITCH) for key, (_, wide) in panels.items()}
        lines = max(-(-len(by_panel[key]) // fits[key]) for key in panels)
        for number in range(lines):
            bars_here = {key: by_panel[key][number * fits[key] : (number + 1) * fits[key]] for key in panels}
            rows.append(Row(_TALL + _NUMBER + 11, (domain, bars_here, number == 0, number == lines - 1, by_panel)))
    field = "people in the study" if height == "n" else height_label or height.replace("_", " ")
    used = [each for each in classes if any(bar["height_class"] == each for bar in bars)]
    height_words = words.get(height, {})
    bases, steps = look.bases_seen(bar["basis"] for bar in bars), len(classes) if used else 1
    part = Part(
        rows,
        _head(panels, bases, field, [(height_words.get(each, each), _class(each, classes)) for each in used], steps),
        _row(panels, words.get(column, {}), height_words, steps),
        lambda drawn: pd.DataFrame(_drawn(drawn), columns=list(COLUMNS)).astype({"number": "Int64", "height": "Int64"}),
        lambda drawn: _said(_drawn(drawn), words.get(column, {})),
        _notes(field, used, bases),
        _key,
        lambda drawn: 16 + _KEY_LINE * (max((line for *_, line in _places(_drawn(drawn))), default=-1) + 1),
    )
    return look.bind(name, title, [part])


def _bars(
    folded: pd.DataFrame, studies: pd.DataFrame, column: str, height: str, classes: Sequence[str]
) -> list[dict[str, Any]]:
    of_study: dict[str, str] = {}
    if "study_id" in studies.columns:
        if height == "n":
            numbers = pd.to_numeric(column_of(studies, "n"), errors="coerce")
            values = [
                next(said for most, said in PEOPLE if most is None or float(n) <= most) if text.given(n) else NOT_KNOWN
                for n in numbers
            ]
        else:
            values = named(studies, height)
        of_study = dict(zip(studies["study_id"].astype(str), values, strict=True))
    names = ("study_id", column, "basis", "direction")
    seen = {tuple(map(str, line)) for line in zip(*(column_of(folded, each) for each in names), strict=True)}
    numbered = {study: number for number, study in enumerate(sorted({line[0] for line in seen}, key=natural), 1)}
    strength = {basis: place for place, basis in enumerate(look.bases_seen(line[2] for line in seen))}
    bars = []
    for study, domain, basis, direction in seen:
        value = of_study.get(study, NOT_KNOWN)
        tall = _class(value, classes)
        given = (domain, direction, basis, study, numbered[study], value, tall)
        bars.append(dict(zip(COLUMNS, given, strict=True)))
    return sorted(bars, key=lambda bar: (strength[bar["basis"]], -bar["height"], bar["number"]))


def _class(value: str, classes: Sequence[str]) -> int:
    """The class of height of a value: the first is the highest; what is missing or not listed is the lowest."""
    return len(classes) - list(classes).index(value) if value in classes else 1


def _tall(step: int, steps: int) -> float:
    """How tall a bar of a class is; with one class alone all bars are as tall as they can be."""
    return 6 + (_TALL - 6) * (step - 1) / (steps - 1) if steps > 1 else _TALL


def _panels(bars: Sequence[Mapping[str, Any]]) -> dict[str, tuple[float, float]]:
    """Direction → left edge and width: benefit, none and harm always, the others where a study has them."""
    always = (Direction.BENEFIT, Direction.NONE, Direction.HARM)
    keys = [str(key) for key in look.DIRECTIONS if key in always or any(bar["direction"] == key for bar in bars)]
    most = dict.fromkeys(keys, 1)
    for key in keys:
        per_domain: dict[str, int] = {}
        for bar in bars:
            if bar["direction"] == key:
                per_domain[bar["outcome_domain"]] = per_domain.get(bar["outcome_domain"], 0) + 1
        most[key] = max([1, *per_domain.values()])
    least = {key: max(_NARROWEST, _heading_width(key)) for key in keys}
    more = {key: max(most[key] * _PITCH + 10 - least[key], 0.0) for key in keys}
    room = look.RIGHT - look.LEFT - _LABELS - sum(least.values())
    asked = sum(more.values())
    edges, x = {}, float(look.LEFT + _LABELS)
    for key in keys:
        spare = (room - asked) / len(keys) if asked <= room else 0.0
        wide = least[key] + (more[key] if asked <= room else more[key] * room / asked) + spare
        edges[key] = (x, wide)
        x += wide
    return edges


def _heading_width(key: str) -> float:
    """Room for a sign and the longest word of a direction."""
    words = text.capital(text.DIRECTION_LABELS[key]).split()
    return 24 + max(look.width_of(word, look.SMALL, bold=True) for word in words)


def _head(
    panels: Mapping[str, tuple[float, float]],
    bases: Sequence[str],
    field: str,
    used: Sequence[tuple[str, int]],
    steps: int,
) -> Any:
    def head(canvas: Canvas) -> None:
        canvas.legend([(None, 0, "Kind of evidence:"), *look.basis_legend(bases)])
        if used:
            _heights(canvas, field, used, steps)
        for key, (x, wide) in panels.items():
            sign = look.DIRECTIONS[key]
            said = look.wrapped(text.capital(text.DIRECTION_LABELS[key]), wide - 18, look.SMALL, bold=True)
            canvas.sign(sign, x + 9, canvas.y + 10, 4)
            canvas.lines(x + 18, canvas.y + 14, said, size=look.SMALL, bold=True)
        canvas.text(look.LEFT, canvas.y + 14, "Outcome domain", size=look.SMALL, bold=True)
        canvas.y += 31
        canvas.line(look.LEFT, canvas.y, look.RIGHT, canvas.y, colour=look.RULE)

    return head


def _heights(canvas: Canvas, field: str, used: Sequence[tuple[str, int]], steps: int) -> None:
    """The legend of the heights of bars."""
    said = look.fitted(f"Height of a bar, {field[:1].lower()}{field[1:]}:", look.RIGHT - look.LEFT, look.SMALL)
    x = look.LEFT + look.width_of(said, look.SMALL) + 12
    lines: list[list[tuple[float, str, float]]] = [[]]
    for label, step in used:
        shown = look.fitted(label, look.RIGHT - look.LEFT - _BAR - 4, look.SMALL)
        wide = _BAR + 4 + look.width_of(shown, look.SMALL)
        if x > look.LEFT and x + wide > look.RIGHT:
            x = look.LEFT
            lines.append([])
        lines[-1].append((x, shown, _tall(step, steps)))
        x += wide + 10
    for number, line in enumerate(lines):
        base = canvas.y + max([11.0, *(tall for *_, tall in line)])
        if number == 0:
            canvas.text(look.LEFT, base - 2, said, size=look.SMALL)
        for left, shown, tall in line:
            canvas.bar(left, base - tall, _BAR, tall, Sign("swatch", look.FAINT))
            canvas.text(left + _BAR + 4, base - 2, shown, size=look.SMALL)
        canvas.y = base + 5
    canvas.y += 4


def _row(
    panels: Mapping[str, tuple[float, float]],
    words: Mapping[str, str],
    height_words: Mapping[str, str],
    steps: int,
) -> Any:
    def row(canvas: Canvas, drawn: Row) -> None:
        domain, part, first, last, whole = drawn.data
        label = words.get(domain, domain)
        base = canvas.y + 6 + _TALL
        if first:
            studies = {bar["study_id"] for bars in whole.values() for bar in bars}
            lines = look.wrapped(label, _LABELS - 8, bold=True)[:3]
            canvas.lines(look.LEFT, canvas.y + 15, lines, bold=True)
            canvas.text(look.LEFT, canvas.y + 15 + 12 * len(lines), text.counted(len(studies), "study"),
                        size=look.SMALL, colour=look.FAINT)  # fmt: skip
        else:
            lines = look.wrapped(f"{label}, continued", _LABELS - 8, look.SMALL)[:3]
            canvas.lines(look.LEFT, canvas.y + 15, lines, size=look.SMALL, colour=look.FAINT)
        for key, (x, wide) in panels.items():
            canvas.line(x + 4, base, x + wide - 6, base, colour=look.RULE)
            for place, bar in enumerate(part[key]):
                tall = _tall(bar["height"], steps)
                left = x + 5 + place * _PITCH
                basis = text.BASIS_LABELS.get(bar["basis"], bar["basis"])
                what = height_words.get(bar["height_class"], bar["height_class"])
                said = f"{bar['study_id']}, {label}: {text.DIRECTION_LABELS[key]}, {basis}, {what}"
                with canvas.mark(
                    [bar["study_id"]], said, domain=domain, direction=key, basis=bar["basis"], number=bar["number"],
                    height=bar["height"],
                ):  # fmt: skip
                    canvas.bar(left, base - tall, _BAR, tall, look.direction_sign(key, bar["basis"]))
                    canvas.text(left + _BAR / 2 + 3.3, base + 3, str(bar["number"]), size=look.SMALL, anchor="end",
                                upright=True)  # fmt: skip
        if last:
            canvas.line(look.LEFT, canvas.y + drawn.height, look.RIGHT, canvas.y + drawn.height)

    return row


def _key(canvas: Canvas, rows: Sequence[Row]) -> None:
    wide = (look.RIGHT - look.LEFT) / _KEY_COLUMNS
    for number, study, across, span, down in _places(_drawn(rows)):
        x, y = look.LEFT + across * wide, canvas.y + 18 + down * _KEY_LINE
        canvas.text(x + 20, y, str(number), size=look.SMALL, anchor="end", colour=look.FAINT)
        canvas.text(x + 25, y, look.fitted(study, span * wide - 32, look.SMALL), size=look.SMALL)


def _places(bars: Sequence[Mapping[str, Any]]) -> list[tuple[int, str, int, int, int]]:
    """The key: number, study, first column, how many columns its name needs, and line; line by line from the left."""
    wide = (look.RIGHT - look.LEFT) / _KEY_COLUMNS
    places, across, down = [], 0, 0
    for number, study in sorted({(bar["number"], bar["study_id"]) for bar in bars}):
        span = min(math.ceil((look.width_of(study, look.SMALL) + 32) / wide), _KEY_COLUMNS)
        if across + span > _KEY_COLUMNS:
            across, down = 0, down + 1
        places.append((number, study, across, span, down))
        across += span
    return places


def _drawn(rows: Sequence[Row]) -> list[Mapping[str, Any]]:
    return [bar for row in rows for bars in row.data[1].values() for bar in bars]


def _notes(field: str, used: Sequence[str], bases: Sequence[str]) -> list[str]:
    order = "" if used else f" All bars are of one height: {field[:1].lower()}{field[1:]} is not charted in an order."
    return [
        f"Each bar is one study; the number below it is its number in the list.{order} {look.fill_said(bases, 'Bars')} "
        "A study with several kinds of evidence, or with conditions that differ, has several bars."
    ]


def _said(bars: Sequence[Mapping[str, Any]], words: Mapping[str, str]) -> str:
    told = [f"Bars of {text.counted(len({bar['study_id'] for bar in bars}), 'study')}."]
    for domain in dict.fromkeys(bar["outcome_domain"] for bar in bars):
        parts = []
        for basis in look.bases_seen(bar["basis"] for bar in bars):
            here = [bar["direction"] for bar in bars if bar["outcome_domain"] == domain and bar["basis"] == basis]
            if here:
                counts = {name: here.count(name) for name in look.DIRECTIONS}
                parts.append(f"{text.BASIS_LABELS.get(basis, basis)} {text.directions(counts)}")
        told.append(f"{words.get(domain, domain)}: {'; '.join(parts)}.")
    return " ".join(told)
