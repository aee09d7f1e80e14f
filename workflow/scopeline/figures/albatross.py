"""The albatross plot (Harrison 2017, Research Synthesis Methods 8:281-289): p-values against the number of people.

For comparative findings whose reports give a p-value and whose studies give their number. It shows whether findings
that cannot be pooled fit with one size of effect: the contours are standardised mean differences between two groups of
equal size, |z| = d·√n / 2. It tests nothing, and it counts nothing.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from .. import text
from ..charting import column as column_of
from ..natural_order import natural
from ..terms import Direction
from . import look
from .look import Canvas, Drawing, Part, Row

NAME = "albatross"
COLUMNS = (
    "number",
    "study_id",
    "finding_id",
    "outcome_domain",
    "outcome_measure",
    "direction",
    "p_value",
    "bound",
    "p",
    "n",
    "side",
)

#: The plot is not drawn with fewer studies than this: their place would say nothing of a pattern.
FEWEST = 3

#: Standardised mean differences of the contours (small, medium, large after Cohen).
CONTOURS = (0.2, 0.5, 0.8)

_SIDE_OF = {Direction.BENEFIT.value: "right", Direction.NONE.value: "both", Direction.HARM.value: "left"}
_SIDES = {"right": (1,), "left": (-1,), "both": (1, -1)}
_Box = tuple[float, float, float, float]

_LEAST_P = 1e-6
_P_TICKS = (1, 0.2, 0.05, 0.01, 0.001, 0.0001, 0.00001, 0.000001)
_TALL, _AXIS = 380.0, 52
_KEY_COLUMNS, _KEY_LINE = 2, 12.0
_MOST = 60  # points on one page: with more neither they nor their key can be read


def draw(
    findings: pd.DataFrame,
    studies: pd.DataFrame,
    *,
    contrast: str = "contrast",
    comparative: Sequence[str] = ("vs placebo", "vs active comparator"),
    direction: str = "direction",
    p_value: str = "p_value",
    n: str = "n",
    column: str = "outcome_domain",
    columns_order: Sequence[str] = (),
    labels: Mapping[str, Mapping[str, str]] | None = None,
    fewest: int = FEWEST,
    name: str = NAME,
) -> Drawing:
    """Draw the typed frame of findings; no pages, with the reason, where fewer than `fewest` studies can be placed.

    `p_value` is a bounded number (`p_value_number`, `p_value_bound`). Benefit stands right, harm left. A finding of no
    difference has a p-value and no side, so it stands on both, joined by a line; leaving it out would leave only
    findings that favour a side. Mixed and unclear findings cannot be placed and are counted. A bound ("<0.01") stands
    at the bound with a pointer to where the value lies. `n` is that of the study. The twin has one line a finding.
    """
    title = "Albatross plot of comparative findings"
    words = labels or {}
    names = {
        "study_id": "study_id", "finding_id": "finding_id", "contrast": contrast, "outcome_domain": column,
        "outcome_measure": "outcome_measure", "direction": direction, "p_value": p_value, "bound": f"{p_value}_bound",
        "p": f"{p_value}_number",
    }  # fmt: skip
    points, left_out = _points(findings, _people(studies, n), set(comparative), names)
    studied = {point["study_id"] for point in points}
    if len(studied) < fewest:
        why = (
            f"An albatross plot needs comparative findings with a p-value and a direction from at least {fewest} "
            f"studies that give their number of people; here {text.counted(len(studied), 'study')} "
            f"{text.plural(len(studied), 'has', 'have')} them."
        )
        return Drawing((), why)
    order = look.in_order({point["outcome_domain"] for point in points}, columns_order)
    points.sort(
        key=lambda point: (
            order.index(point["outcome_domain"]),
            natural(point["study_id"]),
            natural(point["finding_id"]),
            point["p"],
        )
    )
    for number, point in enumerate(points, 1):
        point["number"] = number
    frame = _Scales.of(points)
    parts = [
        Part(
            [Row(_TALL, group)],
            _head,
            lambda canvas, row: _plot(canvas, row, frame),
            lambda rows: _frame([point for row in rows for point in row.data]),
            lambda rows: _said([point for row in rows for point in row.data], left_out),
            _notes(points, left_out),
            lambda canvas, rows: _key(canvas, [point for row in rows for point in row.data], words.get(column, {})),
            lambda rows: 22 + _KEY_LINE * -(-sum(len(row.data) for row in rows) // _KEY_COLUMNS),
        )
        for group in _groups(points)
    ]
    return look.bind(name, title, parts)


@dataclass(frozen=True)
class _Scales:
    """The scales of the plot, the same on every page."""

    reach: float  # -log10 of the smallest p that is shown
    low: float  # people at the bottom
    high: float

    left = look.LEFT + _AXIS
    right = look.RIGHT - 8

    @classmethod
    def of(cls, points: Sequence[Mapping[str, Any]]) -> "_Scales":
        sizes = [point["n"] for point in points]
        low, high = _round_size(min(sizes) / 1.2, up=False), _round_size(max(sizes) * 1.2, up=True)
        least = min([0.001, *(max(point["p"], _LEAST_P) for point in points)])
        return cls(-math.log10(least) * 1.08, low, high if high >= low * 10 else _round_size(low * 10, up=True))

    def x(self, p: float, side: float) -> float:
        middle = (self.left + self.right) / 2
        return middle + side * min(-math.log10(max(p, _LEAST_P)) / self.reach, 1) * (self.right - self.left) / 2

    def y(self, n: float, top: float, bottom: float) -> float:
        share = (math.log10(n) - math.log10(self.low)) / (math.log10(self.high) - math.log10(self.low))
        return bottom - share * (bottom - top)


def _round_size(n: float, *, up: bool) -> float:
    """The next of 1, 2, 5, 10, 20 … at or beyond a number of people, at least 1."""
    rounds = [each * 10.0**power for power in range(12) for each in (1, 2, 5)]
    return next(each for each in rounds if each >= n) if up else max([1.0, *(each for each in rounds if each <= n)])


def _groups(points: Sequence[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """The points of each page: whole outcome domains where they fit."""
    groups: list[list[dict[str, Any]]] = []
    for domain in dict.fromkeys(point["outcome_domain"] for point in points):
        mine = [point for point in points if point["outcome_domain"] == domain]
        if groups and len(groups[-1]) + len(mine) <= _MOST:
            groups[-1] += mine
        else:
            groups += [mine[start : start + _MOST] for start in range(0, len(mine), _MOST)]
    return groups


def _points(
    findings: pd.DataFrame, people: Mapping[str, int], comparative: set[str], names: Mapping[str, str]
) -> tuple[list[dict[str, Any]], dict[str, int]]:
    """The findings that can be placed, and how many comparative ones cannot, by reason. `names`: role → column."""
    left_out = {"without a p-value": 0, "mixed or unclear": 0, "without the number of people": 0}
    columns = {name: column_of(findings, column) for name, column in names.items()}
    points = []
    for cells in zip(*columns.values(), strict=True):
        line = {name: cell if text.given(cell) else None for name, cell in zip(columns, cells, strict=True)}
        if line["study_id"] is None or str(line["contrast"]) not in comparative:
            continue
        n = people.get(str(line["study_id"]))
        if line["p"] is None or not 0 <= float(line["p"]) <= 1:
            left_out["without a p-value"] += 1
        elif line["direction"] not in _SIDE_OF:
            left_out["mixed or unclear"] += 1
        elif n is None:
            left_out["without the number of people"] += 1
        else:
            point: dict[str, Any] = {name: text.clean(line.get(name)) for name in COLUMNS}
            side = _SIDE_OF[line["direction"]]
            point |= {"bound": point["bound"] or "=", "p": float(line["p"]), "n": n, "side": side}
            points.append(point)
    return points, left_out


def _people(studies: pd.DataFrame, n: str) -> dict[str, int]:
    """Study → people, for studies that give at least one."""
    sizes = pd.to_numeric(column_of(studies, n), errors="coerce")
    both = zip(column_of(studies, "study_id"), sizes, strict=True)
    return {str(study): int(size) for study, size in both if text.given(study) and text.given(size) and size >= 1}


def _head(canvas: Canvas) -> None:
    shown = (Direction.BENEFIT, Direction.NONE, Direction.HARM)
    entries: list[tuple[look.Sign | None, float, str]] = [
        (look.DIRECTIONS[each], 4.0, text.DIRECTION_LABELS[each]) for each in shown
    ]
    canvas.legend([*entries, (None, 0, "filled: all findings here are comparative")])


def _plot(canvas: Canvas, row: Row, frame: _Scales) -> None:
    points = row.data
    left, right = frame.left, frame.right
    top, bottom = canvas.y + 24, canvas.y + _TALL - 44
    middle = (left + right) / 2
    taken: list[_Box] = [(left - 60, bottom + 3, right + 60, bottom + 40), (left - 60, top - 10, left - 2, bottom + 10)]

    def y_of(n: float) -> float:
        return frame.y(n, top, bottom)

    for p in (tick for tick in _P_TICKS if -math.log10(tick) <= frame.reach):
        for side in (1, -1) if p < 1 else (1,):
            x = frame.x(p, side)
            canvas.line(x, top, x, bottom, colour=look.RULE if p == 1 else look.GRID)
            canvas.text(x, bottom + 15, f"{p:.6f}".rstrip("0").rstrip("."), size=look.SMALL, anchor="middle",
                        colour=look.FAINT)  # fmt: skip
    times = (1, 2, 5) if frame.high / frame.low <= 1000 else (1,)
    for n in (10**power * each for power in range(12) for each in times):
        if frame.low <= n <= frame.high:
            canvas.line(left, y_of(n), right, y_of(n))
            canvas.text(left - 6, y_of(n) + 3.5, text.number(n), size=look.SMALL, anchor="end", colour=look.FAINT)
    canvas.text(middle, bottom + 31, "Two-sided p-value, logarithmic scale", size=look.SMALL, anchor="middle")
    canvas.text(left, bottom + 31, "◄ harm", size=look.SMALL, bold=True)
    canvas.text(right, bottom + 31, "benefit ►", size=look.SMALL, anchor="end", bold=True)
    canvas.text(look.LEFT + 8, (top + bottom) / 2, "People in the study, logarithmic scale", size=look.SMALL,
                anchor="middle", upright=True)  # fmt: skip
    for d in CONTOURS:
        for side in (1, -1):
            _contour(canvas, d, side, frame, y_of, taken)
    for point in points:
        _point(canvas, point, frame, y_of(point["n"]))
        for side in _SIDES[point["side"]]:
            x, y = frame.x(point["p"], side), y_of(point["n"])
            taken.append((x - 6, y - 6, x + 6, y + 6))
    for point in points:
        side = _SIDES[point["side"]][0]
        _number(canvas, point, frame.x(point["p"], side), y_of(point["n"]), side, taken)


def _contour(
    canvas: Canvas, d: float, side: int, frame: _Scales, y_of: Callable[[float], float], taken: list[_Box]
) -> None:
    """The line of one standardised mean difference, as far as it lies in the frame, with its label at the end."""
    places = []
    for step in range(61):
        n = frame.low * (frame.high / frame.low) ** (step / 60)
        p = math.erfc(d * math.sqrt(n) / 2 / math.sqrt(2))
        if p > 0 and -math.log10(p) <= frame.reach:
            places.append((frame.x(p, side), y_of(n)))
    if len(places) < 2:
        return
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    canvas.parts.append(
        f'<polyline points="{path}" fill="none" stroke="{look.RULE}" stroke-width="1" stroke-dasharray="5 3"/>'
    )
    said = f"d {d:g}"
    wide = look.width_of(said, look.SMALL)
    x, y = min(max(places[-1][0], frame.left + wide / 2), frame.right - wide / 2), places[-1][1]
    box = (x - wide / 2, y - 14, x + wide / 2, y - 3)
    if not any(_meet(box, other) for other in taken):
        taken.append(box)
        canvas.text(x, y - 5, said, size=look.SMALL, anchor="middle", colour=look.FAINT)


def _point(canvas: Canvas, point: Mapping[str, Any], frame: _Scales, y: float) -> None:
    sides = _SIDES[point["side"]]
    sign = look.DIRECTIONS[point["direction"]]
    said = (
        f"{point['number']}: {point['study_id']}, {point['outcome_domain']}, {_said_direction(point)}, "
        f"p {_printed(point)}, n {point['n']}"
    )
    with canvas.mark([point["study_id"]], said, finding=point["finding_id"], direction=point["direction"],
                     p=f"{point['p']:.6g}", bound=point["bound"], n=point["n"]):  # fmt: skip
        if len(sides) == 2:
            ends = [frame.x(point["p"], side) for side in sides]
            canvas.line(ends[0], y, ends[1], y, colour=sign.colour, dash="1.5 2.5")
        for side in sides:
            x = frame.x(point["p"], side)
            outward = {"<": 1, "<=": 1, ">": -1, ">=": -1}.get(point["bound"], 0) * side
            if outward:
                canvas.line(x, y, x + 11 * outward, y, colour=sign.colour, width=1.4)
                canvas.line(x + 8 * outward, y - 3, x + 11 * outward, y, colour=sign.colour, width=1.4)
                canvas.line(x + 8 * outward, y + 3, x + 11 * outward, y, colour=sign.colour, width=1.4)
            canvas.sign(sign, x, y, 3.4)


def _number(canvas: Canvas, point: Mapping[str, Any], x: float, y: float, side: int, taken: list[_Box]) -> None:
    """The number of a point where there is room for it beside the sign; in a crowd some have none."""
    said = str(point["number"])
    wide = look.width_of(said, look.SMALL)
    for dx, dy in ((0, -8), (0, 15), (side * (8 + wide / 2), 3.5), (-side * (8 + wide / 2), 3.5), (10, -8), (-10, -8),
                   (10, 15), (-10, 15), (0, -18), (0, 25)):  # fmt: skip
        box = (x + dx - wide / 2 - 0.5, y + dy - 8.5, x + dx + wide / 2 + 0.5, y + dy + 1.5)
        if not any(_meet(box, other) for other in taken):
            taken.append(box)
            canvas.text(x + dx, y + dy, said, size=look.SMALL, anchor="middle")
            return


def _meet(a: Sequence[float], b: Sequence[float]) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def _key(canvas: Canvas, points: Sequence[Mapping[str, Any]], words: Mapping[str, str]) -> None:
    tall = -(-len(points) // _KEY_COLUMNS)
    wide = (look.RIGHT - look.LEFT) / _KEY_COLUMNS
    for place, point in enumerate(points):
        across, down = divmod(place, tall)
        x, y = look.LEFT + across * wide, canvas.y + 18 + down * _KEY_LINE
        domain = words.get(point["outcome_domain"], point["outcome_domain"])
        figures = f": p {_printed(point)}, n {text.number(point['n'])}"
        named = look.fitted(
            f"{point['study_id']}, {domain}", wide - 32 - look.width_of(figures, look.SMALL), look.SMALL
        )
        canvas.text(x + 20, y, str(point["number"]), size=look.SMALL, anchor="end", colour=look.FAINT)
        canvas.text(x + 25, y, named + figures, size=look.SMALL)


def _said_direction(point: Mapping[str, Any]) -> str:
    return text.DIRECTION_LABELS[point["direction"]]


def _printed(point: Mapping[str, Any]) -> str:
    sign = "" if point["bound"] == "=" else f"{point['bound']}\N{NO-BREAK SPACE}"
    return f"{sign}{point['p']:g}"


def _frame(points: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    return pd.DataFrame(list(points), columns=list(COLUMNS)).astype({"number": "Int64", "p": "Float64", "n": "Int64"})


def _notes(points: Sequence[Mapping[str, Any]], left_out: Mapping[str, int]) -> list[str]:
    studied = len({point["study_id"] for point in points})
    notes = [
        f"{text.counted(len(points), 'finding')} of {text.counted(studied, 'study')}; findings of one study are not "
        "independent. Broken lines: standardised mean difference d between two groups of equal size, which crossover "
        "trials do not have. A finding of no difference has no side and stands on both, joined by a dotted line; a "
        "pointer says that only a bound was printed.",
    ]
    missing = [f"{count} {why}" for why, count in left_out.items() if count]
    if missing:
        notes.append(f"Comparative findings that could not be placed: {text.names(missing)}.")
    return notes


def _said(points: Sequence[Mapping[str, Any]], left_out: Mapping[str, int]) -> str:
    said = [point["direction"] for point in points]
    counts = {name: said.count(name) for name in look.DIRECTIONS}
    sizes, ps = [point["n"] for point in points], [point["p"] for point in points]
    studied = text.counted(len({point["study_id"] for point in points}), "study")
    told = [
        f"{text.counted(len(points), 'comparative finding')} of {studied} ({text.directions(counts)}), "
        f"p from {min(ps):g} to {max(ps):g}, {text.number(min(sizes))} to {text.number(max(sizes))} people."
    ]
    told += [
        f"{point['study_id']}, {point['outcome_domain']}, {_said_direction(point)}: p {_printed(point)}, "
        f"n {point['n']}."
        for point in points[:30]
    ]
    missing = [f"{count} {why}" for why, count in left_out.items() if count]
    if missing:
        told.append(f"Not placed: {text.names(missing)}.")
    return " ".join(told)
