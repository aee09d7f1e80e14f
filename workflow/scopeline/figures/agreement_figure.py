"""How well the reviewers agreed, as SVG: percent agreement, kappa and AC1 with intervals, for each stage and pair.

Kappa alone misleads where nearly all votes are alike, so each line shows it beside percent agreement and Gwet's AC1.
Series differ in shape and fill as well as in colour, and every mark has its number beside it. Each line carries its
figures as `data-` attributes, so that a drawn figure can be read back and compared.
"""

import math
import textwrap
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any
from xml.sax.saxutils import escape, quoteattr

import pandas as pd

from scopeline import text
from scopeline.agreement_words import MAYBE_AS, decimal, percent
from scopeline.figures import look
from scopeline.terms import STAGE_LABELS

#: A stage with more pairs than this gets one line a reviewer, on which each of their pairs is a mark without interval.
MOST_PAIRS = 21

#: The description tells each pair of a stage up to this many, and the range of their figures beyond.
MOST_TOLD = 6

_FONT = look.FONT
_SIZE, _LINE, _MARGIN, _WIDTH = 12, 16, 16, 920
_INK, _FAINT, _GRID, _PAPER = look.INK, look.FAINT, look.GRID, look.PAPER
_BAND, _BAND_RULE = "#d5e3f0", "#a9c2da"
_BAR, _BAR_RULE = "#c3ccd4", "#7b8894"
_STEP = 17  # between the series of one line

#: Where the columns begin and end.
_NAMES, _JUDGED, _SHARE, _SHARE_TOLD, _SCALE, _TOLD = (16, 196), 268, (288, 398), 446, (470, 704), 752

_ON_TWO_LINES = (
    "Each pair stands on two lines, one for either reviewer; a long tick is the median of the reviewer's pairs. Each "
    "pair's own figures and intervals are in the table of agreement."
)
_SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
_WIDE_LETTERS, _NARROW_LETTERS = frozenset("mwMW@%&"), frozenset("ijlt.,;:'|!()[] I-")


@dataclass(frozen=True)
class _Series:
    """One coefficient: its column, the stem of its interval's columns, its name and its look."""

    name: str
    stem: str
    label: str
    colour: str
    shape: str


_KAPPA = _Series("kappa", "kappa", "Cohen's kappa", look.COLOURS[0], "circle")
_AC1 = _Series("ac1", "ac1", "Gwet's AC1", look.COLOURS[1], "diamond")
_FLEISS = _Series("fleiss_kappa", "fleiss", "Fleiss' kappa", look.COLOURS[0], "square")
_ALPHA = _Series("alpha", "alpha", "Krippendorff's alpha", look.INK, "triangle")
_OF_PAIR, _OF_ALL = (_KAPPA, _AC1), (_FLEISS, _ALPHA, _AC1)


@dataclass
class _Notes:
    """Notes below the figure, each once."""

    listed: list[str] = field(default_factory=list)

    def mark(self, notes: Iterable[str]) -> str:
        """The raised numbers of the notes."""
        given = list(notes)
        self.listed += [note for note in dict.fromkeys(given) if note not in self.listed]
        numbers = sorted({self.listed.index(note) + 1 for note in given})
        return "\N{THIN SPACE}".join(str(number).translate(_SUPERSCRIPTS) for number in numbers)


@dataclass
class _Canvas:
    """The parts drawn so far and how far down they reach; `low` is where the scale of coefficients begins, and
    `backs` are the grounds of a stage's lines, to be drawn below its grid.
    """

    low: float
    notes: _Notes = field(default_factory=_Notes)
    parts: list[str] = field(default_factory=list)
    backs: list[str] = field(default_factory=list)
    y: float = _MARGIN

    def x(self, value: float) -> float:
        """Where a coefficient stands on the scale."""
        left, right = _SCALE
        return left + (value - self.low) / (1 - self.low) * (right - left)


def svg(lines: pd.DataFrame, *, title: str = "Agreement of reviewers") -> str:
    """Draw the lines of `agreement.full_panel` as one svg document.

    Every pair of a stage is a line with percent agreement, Cohen's kappa and Gwet's AC1 with their intervals; all
    reviewers together are a line with Fleiss' kappa, Krippendorff's alpha and AC1. A stage with more than `MOST_PAIRS`
    pairs has a line for each reviewer instead. What is not estimable has no mark and says so; notes say why.
    """
    rows = [{str(name): value for name, value in row.items()} for row in lines.to_dict("records")]
    canvas = _Canvas(_lowest(rows))
    canvas.parts.append(_text(_MARGIN, canvas.y + 14, title, size=15, bold=True))
    canvas.y += 34
    if rows:
        _legend(canvas, rows)
    else:
        canvas.parts.append(
            _text(_MARGIN, canvas.y, "No two reviewers voted at one stage: there is nothing to compare.")
        )
        canvas.y += _LINE
    for stage in dict.fromkeys(str(row["stage"]) for row in rows):
        _stage(canvas, stage, [row for row in rows if row["stage"] == stage])
    _footnotes(canvas)
    height = canvas.y + _MARGIN
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height:g}" width="{_WIDTH}"'
            f' height="{height:g}" role="img" aria-labelledby="agreement-title agreement-desc"'
            f' font-family="{_FONT}" font-size="{_SIZE}">',
            f'<title id="agreement-title">{_clean(title)}</title>',
            f'<desc id="agreement-desc">{_clean(describe(lines))}</desc>',
            f'<rect width="{_WIDTH}" height="{height:g}" fill="{_PAPER}"/>',
            *canvas.parts,
            "</svg>\n",
        ]
    )


def describe(lines: pd.DataFrame) -> str:
    """The figure in sentences, for those who do not see it."""
    if lines.empty:
        return "No two reviewers voted at one stage: there is nothing to compare."
    told = []
    for stage in lines["stage"].unique():
        here = lines[lines["stage"] == stage]
        pairs, together = here[here["line"] == "pair"], here[here["line"] == "all"]
        if len(pairs) <= MOST_TOLD:
            told += pairs["sentence"].tolist()
        else:
            n = len({*pairs["reviewer_a"], *pairs["reviewer_b"].dropna(), *pairs["reviewer_b"]})
            parts = [
                f"{_stage_label(stage)}: {len(pairs)} pairs of {n} reviewers",
                _range("percent agreement", pairs["percent_agreement"], percent),
                _range("Cohen's kappa", pairs["kappa"], decimal),
                _range("Gwet's AC1", pairs["ac1"], decimal),
            ]
            told.append("; ".join(parts) + ".")
        told += together["sentence"].tolist()
    return " ".join([*told, *_maybe(lines["maybe_as"])])


def _range(label: str, column: pd.Series, shown: Any) -> str:
    given = [float(value) for value in column.dropna()]
    missing = len(column) - len(given)
    if not given:
        return f"{label} not estimable"
    without = f", not estimable for {missing}" if missing else ""
    return f"{label} from {shown(min(given))} to {shown(max(given))}, median {shown(median(given))}{without}"


def _maybe(column: Iterable[Any]) -> list[str]:
    return [MAYBE_AS[way] for way in dict.fromkeys(map(str, column)) if way in MAYBE_AS]


def _lowest(rows: Sequence[Mapping[str, Any]]) -> float:
    """Where the scale begins: at 0, or at -0.5 or -1 where something lies below."""
    columns = [name for series in (_KAPPA, *_OF_ALL) for name in (series.name, f"{series.stem}_low")]
    lowest = min((float(row[name]) for row in rows for name in columns if text.given(row[name])), default=0.0)
    return 0.0 if lowest >= 0 else -0.5 if lowest >= -0.5 else -1.0


def _legend(canvas: _Canvas, rows: Sequence[Mapping[str, Any]]) -> None:
    level = f"{100 * float(rows[0]['level']):g} %"
    said = [
        "Votes as they were cast, before any disagreement was settled.",
        *_maybe(row["maybe_as"] for row in rows),
        f"Lines are {level} intervals; 0 is agreement by chance, 1 full agreement.",
    ]
    for line in _wrapped(" ".join(said), _WIDTH - 2 * _MARGIN):
        canvas.parts.append(_text(_MARGIN, canvas.y + 4, line, colour=_FAINT))
        canvas.y += _LINE
    canvas.y += 8
    shown = [_KAPPA, _AC1]
    if any(row["line"] == "all" for row in rows):
        shown += [_FLEISS, _ALPHA]
    x: float = _MARGIN + 6
    for series in shown:
        canvas.parts += [
            _segment(x - 2, canvas.y, x + 22, canvas.y, series.colour, 1.6),
            _mark(series, x + 10, canvas.y),
            _text(x + 30, canvas.y + 4, series.label),
        ]
        x += 44 + _width(series.label)
    canvas.y += 20


def _stage(canvas: _Canvas, stage: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """One stage: its band, its scale, and its lines."""
    pairs = [row for row in rows if row["line"] == "pair"]
    grouped = len(pairs) > MOST_PAIRS
    raised = canvas.notes.mark([_ON_TWO_LINES] if grouped else [])
    canvas.parts += [
        f'<rect x="{_MARGIN}" y="{canvas.y:g}" width="{_WIDTH - 2 * _MARGIN}" height="24" rx="4" fill="{_BAND}"'
        f' stroke="{_BAND_RULE}"/>',
        _text(_MARGIN + 10, canvas.y + 16, f"{_stage_label(stage)} {raised}".strip(), bold=True),
    ]
    canvas.y += 42
    for x, anchor, heading in (
        (_NAMES[0], "start", "Reviewers"),
        (_JUDGED, "end", "Judged" if grouped else "Judged by both"),
        (_SHARE[0], "start", "Agreement, 0 to 100 %"),
        (_TOLD - 5, "start", "Median" if grouped else "Value (interval)"),
    ):
        canvas.parts.append(_text(x, canvas.y, heading, colour=_FAINT, anchor=anchor, size=11))
    ticks = [value / 4 for value in range(-4, 5) if value / 4 >= canvas.low]
    if canvas.low == -1:
        ticks = ticks[::2]
    for tick in ticks:
        shown = decimal(tick).removesuffix("0").removesuffix(".0")
        canvas.parts.append(_text(canvas.x(tick), canvas.y, shown, colour=_FAINT, anchor="middle", size=11))
    canvas.y += 8
    top, place = canvas.y, len(canvas.parts)
    if grouped:
        for name in dict.fromkeys(str(row[who]) for who in ("reviewer_a", "reviewer_b") for row in pairs):
            _reviewer(canvas, name, [row for row in pairs if name in (row["reviewer_a"], row["reviewer_b"])])
    else:
        for row in pairs:
            _line(canvas, row, _OF_PAIR)
    for row in rows:
        if row["line"] == "all":
            _line(canvas, row, _OF_ALL)
    grid = [
        _segment(canvas.x(tick), top, canvas.x(tick), canvas.y, _BAR_RULE if tick == 0 else _GRID, 1) for tick in ticks
    ]
    grid += [_segment(x, top, x, canvas.y, _GRID, 1) for x in _SHARE]
    canvas.parts[place:place] = [*canvas.backs, *grid]
    canvas.backs.clear()
    canvas.y += 18


def _line(canvas: _Canvas, row: Mapping[str, Any], series: Sequence[_Series]) -> None:
    """One pair, or all reviewers: names, how many both judged, percent agreement, coefficients."""
    together = row["line"] == "all"
    raised = canvas.notes.mark(_notes(row))
    if together:
        names = [f"All {int(row['n_reviewers'])} reviewers", "judged by two or more"]
    else:
        names = _pair_names(str(row["reviewer_a"]), str(row["reviewer_b"]), _width(raised))
    height = _STEP * len(series) + 10
    middle = canvas.y + height / 2
    parts = []
    if together:
        canvas.backs.append(
            f'<rect x="{_MARGIN}" y="{canvas.y:g}" width="{_WIDTH - 2 * _MARGIN}" height="{height}" fill="#f3f5f7"/>'
        )
    for number, name in enumerate(names):
        end = f" {raised}" if raised and number == 0 else ""
        y = middle + 4 + (number - (len(names) - 1) / 2) * 15
        parts.append(_text(_NAMES[0] + 4, y, name + end, bold=together and number == 0))
    n, n_stage = int(row["n_joint"]), int(row["n_stage"])
    parts.append(_text(_JUDGED, middle + 4, f"{n:,}" if n == n_stage else f"{n:,} of {n_stage:,}", anchor="end"))
    share = row["percent_agreement"]
    if text.given(share):
        left, right = _SHARE
        parts.append(
            f'<rect x="{left}" y="{middle - 6:g}" width="{(right - left) * float(share):.1f}" height="12"'
            f' fill="{_BAR}" stroke="{_BAR_RULE}"/>'
        )
    parts.append(_text(_SHARE_TOLD, middle + 4, percent(share) or "–", anchor="end"))
    for number, each in enumerate(series):
        parts += _coefficient(canvas, row, each, middle + (number - (len(series) - 1) / 2) * _STEP)
    values = {each.name: row[each.name] for each in series} | {"agreement": share}
    marks = {"stage": row["stage"], "line": row["line"], "reviewers": row["reviewers"], "n": n} | {
        name.replace("_", "-"): f"{float(value):.6g}" if text.given(value) else "not estimable"
        for name, value in values.items()
    }
    canvas.parts += _grouped(parts, marks)
    canvas.y += height
    if not together:
        canvas.parts.append(_segment(_MARGIN, canvas.y, _WIDTH - _MARGIN, canvas.y, "#eceff2", 1))


def _coefficient(canvas: _Canvas, row: Mapping[str, Any], series: _Series, y: float) -> list[str]:
    """The mark of one coefficient with its interval and its number."""
    value, low, high = (row[name] for name in (series.name, f"{series.stem}_low", f"{series.stem}_high"))
    if not text.given(value):
        return [_mark(series, _TOLD, y), _text(_TOLD + 12, y + 4, "not estimable", colour=_FAINT)]
    between = f"({decimal(low)} to {decimal(high)})" if text.given(low) else "(no interval)"
    parts = [_mark(series, _TOLD, y), _text(_TOLD + 12, y + 4, f"{decimal(value)} {between}")]
    if text.given(low):
        left, right = canvas.x(float(low)), canvas.x(float(high))
        parts.append(_segment(left, y, right, y, series.colour, 1.6))
        parts += [_segment(end, y - 3, end, y + 3, series.colour, 1.6) for end in (left, right)]
    return [*parts, _mark(series, canvas.x(float(value)), y)]


def _reviewer(canvas: _Canvas, name: str, pairs: Sequence[Mapping[str, Any]]) -> None:
    """One reviewer of many: a mark for each of their pairs, and the median."""
    raised = canvas.notes.mark(dict.fromkeys(note for row in pairs for note in _notes(row)))
    height = _STEP * 2 + 8
    middle = canvas.y + height / 2
    judged = max(int(row["n_a"] if row["reviewer_a"] == name else row["n_b"]) for row in pairs)
    parts = [
        _text(
            _NAMES[0] + 4, middle + 4, f"{_fitted(name, _NAMES[1] - _NAMES[0] - _width(raised) - 12)} {raised}".strip()
        ),
        _text(_JUDGED, middle + 4, f"{judged:,}", anchor="end"),
    ]
    shares = [float(row["percent_agreement"]) for row in pairs if text.given(row["percent_agreement"])]
    left, right = _SHARE
    for share in shares:
        x = left + (right - left) * share
        parts.append(_segment(x, middle - 5, x, middle + 5, _BAR_RULE, 1.4))
    if shares:
        x = left + (right - left) * median(shares)
        parts.append(_segment(x, middle - 10, x, middle + 10, _INK, 1.8))
    parts.append(_text(_SHARE_TOLD, middle + 4, percent(median(shares)) if shares else "–", anchor="end"))
    for series, y in ((_KAPPA, middle - _STEP / 2), (_AC1, middle + _STEP / 2)):
        values = [float(row[series.name]) for row in pairs if text.given(row[series.name])]
        parts += [_mark(series, canvas.x(value), y, small=True) for value in values]
        parts.append(_mark(series, _TOLD, y))
        if not values:
            parts.append(_text(_TOLD + 12, y + 4, "not estimable", colour=_FAINT))
            continue
        x = canvas.x(median(values))
        parts.append(_segment(x, y - 8, x, y + 8, _INK, 1.8))
        of = f"{len(values)} of {len(pairs)} pairs" if len(values) < len(pairs) else f"{len(pairs)} pairs"
        parts.append(_text(_TOLD + 12, y + 4, f"{decimal(median(values))} ({of})"))
    canvas.parts += _grouped(parts, {"stage": pairs[0]["stage"], "line": "reviewer", "reviewers": name, "n": judged})
    canvas.y += height
    canvas.parts.append(_segment(_MARGIN, canvas.y, _WIDTH - _MARGIN, canvas.y, "#eceff2", 1))


def _notes(row: Mapping[str, Any]) -> list[str]:
    """What must be said of a line; the kappa paradox in one wording for all, its figures are in the table."""
    said = text.clean(row["note"]).partition("Kappa paradox:")[0].strip()
    notes = [said] if said else []
    if text.given(row["paradox"]) and row["paradox"]:
        notes.append(
            "Kappa paradox: most votes are in one category, so kappa and its kin can be low although the reviewers "
            "mostly agree. Read them beside percent agreement and AC1."
        )
    return notes


def _footnotes(canvas: _Canvas) -> None:
    for number, note in enumerate(canvas.notes.listed, start=1):
        raised = str(number).translate(_SUPERSCRIPTS)
        for place, line in enumerate(_wrapped(note, _WIDTH - 2 * _MARGIN - 14)):
            if place == 0:
                canvas.parts.append(_text(_MARGIN, canvas.y + 4, raised, colour=_FAINT))
            canvas.parts.append(_text(_MARGIN + 14, canvas.y + 4, line, colour=_FAINT))
            canvas.y += _LINE
    if canvas.notes.listed:
        canvas.y -= 4


def _stage_label(stage: Any) -> str:
    return text.capital(STAGE_LABELS.get(str(stage), str(stage)))


def _pair_names(a: str, b: str, taken: float) -> list[str]:
    """Both names on one line where they fit, else one below the other."""
    room = _NAMES[1] - _NAMES[0] - 8 - taken
    whole = f"{text.clean(a)} and {text.clean(b)}"
    if _width(whole) <= room:
        return [whole]
    return [f"{_fitted(a, room - _width(' and'))} and", _fitted(b, room)]


def _mark(series: _Series, x: float, y: float, *, small: bool = False) -> str:
    """The sign of a series: filled circle, open diamond, filled square, open triangle."""
    r = 3.4 if small else 4.4
    hollow = f'fill="{_PAPER}" stroke="{series.colour}" stroke-width="1.6"'
    filled = f'fill="{series.colour}" stroke="{_PAPER}" stroke-width="0.8"'
    if series.shape == "circle":
        return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{r:g}" {filled}/>'
    if series.shape == "square":
        return f'<rect x="{x - r:.1f}" y="{y - r:.1f}" width="{2 * r:g}" height="{2 * r:g}" {filled}/>'
    tall = r + 0.8
    corners = [(x, y - tall), (x + tall, y), (x, y + tall), (x - tall, y)]
    if series.shape == "triangle":
        corners = [(x, y - tall), (x + tall, y + r - 0.6), (x - tall, y + r - 0.6)]
    return f'<polygon points="{" ".join(f"{a:.1f},{b:.1f}" for a, b in corners)}" {hollow}/>'


def _segment(x1: float, y1: float, x2: float, y2: float, colour: str, width: float) -> str:
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}" stroke-width="{width:g}"/>'


def _text(
    x: float, y: float, said: str, *, colour: str = _INK, anchor: str = "start", size: int = _SIZE, bold: bool = False
) -> str:
    more = f' text-anchor="{anchor}"' if anchor != "start" else ""
    more += f' font-size="{size}"' if size != _SIZE else ""
    more += ' font-weight="bold"' if bold else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" fill="{colour}"{more}>{_clean(said)}</text>'


def _grouped(parts: Sequence[str], marks: Mapping[str, Any]) -> list[str]:
    attributes = " ".join(f"data-{name}={quoteattr(text.clean(value))}" for name, value in marks.items())
    return [f"<g {attributes}>", *parts, "</g>"]


def _clean(said: str) -> str:
    return escape(text.clean(said))


def _width(said: str) -> float:
    """About how wide a text is, rather too wide than too narrow, so that no face overflows."""
    return sum(_letter(character) for character in said) * _SIZE


def _letter(character: str) -> float:
    if unicodedata.combining(character):
        return 0
    if unicodedata.east_asian_width(character) in "WF" or character in _WIDE_LETTERS:
        return 1.0
    if character in _NARROW_LETTERS:
        return 0.4
    return 0.72 if character.isupper() else 0.61


def _fitted(said: str, width: float) -> str:
    """The text on one line, cut with an ellipsis where it is wider."""
    line = " ".join(text.clean(said).split())
    if _width(line) <= width:
        return line
    while line and _width(line + "…") > width:
        line = line[:-1]
    return line.rstrip() + "…"


def _wrapped(said: str, width: float) -> list[str]:
    return textwrap.wrap(text.clean(said), math.floor(width / (0.56 * _SIZE)))
