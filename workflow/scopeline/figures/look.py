"""One look for every figure of synthesis: page, fonts, colours, shapes, and how rows are split into pages.

How figures are drawn, and why so. Vega-Lite (through vl-convert), matplotlib, plotly and SVG of our own were weighed:

- Vega-Lite gives the same bytes twice, but measures text itself, so labels overlap or are cut where they are many;
  paging, glyph with colour and `<title>` with study ids on each mark all need handwork on top of it.
- matplotlib draws text as outlines unless told otherwise, writes dates and random ids into its svg, and has neither
  descriptions nor titles for marks; it is a new dependency and slow to import.
- plotly needs a browser (or a tool beside it) for svg and png and three megabytes of script in the page.
- SVG of our own is plain text with plain numbers: the same bytes on every run and machine, text as text, a title and a
  description, each mark with its studies, a few kilobytes a page, no import at all. Its price is that we lay out labels
  ourselves, from a table of letter widths (of the widest face we name), which is also what lets us promise that no two
  texts overlap. The flow diagram needs that anyway.

So: SVG of our own. png is made of it by vl-convert with the Liberation Sans that it carries, so that a png does not
depend on the fonts of a machine either.

A unit is a quarter of a millimetre of a page 170 mm wide, so that text of size 11 prints at 7.8 points. A figure that
would be taller than `TALLEST` becomes several, each of which stands by itself.

In every figure shape says direction and fill says what the evidence compares: filled is comparative, hollow is
uncontrolled, hollow with a broken line is another contrast. Colour only repeats what the shape says, so that nothing is
lost in grey. Marks carry `data-ids` (study ids) and a `<title>`. The picture is one image to a screen reader
(`role="img"`, title and description); its numbers are in the table beside it, not in hundreds of marks.
"""

import math
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from typing import Any
from xml.sax.saxutils import escape, quoteattr

import pandas as pd

from .. import text
from ..charting import MISSING_LABELS
from ..natural_order import natural
from ..terms import Direction

FONT = "Helvetica, Arial, 'Liberation Sans', 'DejaVu Sans', sans-serif"
SIZE, SMALL, MARGIN = 11, 9.5, 12
WIDTH, TALLEST = 680, 900
LEFT, RIGHT = MARGIN, WIDTH - MARGIN

INK, FAINT, RULE, GRID, PAPER = "#1c2733", "#515c67", "#7b8894", "#dde2e7", "#ffffff"

#: The three shades of appraisal from least to most concern; they differ in lightness first.
SHADES = ("#ffffff", "#dfe4e8", "#b9c2ca")

#: Colours for arms and categories that have no colour of their own: dark enough to print, apart for the colour-blind.
COLOURS = ("#00588f", "#b84a00", "#00735c", "#7a4f9d", "#515c67", "#8f2d56", "#6b5d00", "#1c2733")
SHAPES = ("circle", "square", "diamond", "cross", "star", "bowtie", "hexagon", "triangle")

#: Scale of png: 2,040 pixels for 170 mm, which is 305 to the inch.
PNG_SCALE = 3.0

_UNITS_PER_INCH = 4 * 25.4
_SECTION = 21
_UPRIGHT = 112  # the longest line of an upright heading
_NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

#: Advance widths in hundredths of the font size: DejaVu Sans, the widest face named above, so that no face overflows.
_WIDTHS = {
    character: width
    for width, characters in {
        28: "'ijl", 30: "IJ", 32: " ,.", 34: "/:;\\|", 36: "-f", 40: "!()[]t", 41: "r", 46: '"', 51: "*_`“”", 53: "?sz",
        55: "c", 57: "FLk", 59: "vxy", 62: "PTYaoe", 64: "ESbdghnpqu$0123456789{}", 66: "K", 69: "ABRVXZ", 71: "C",
        74: "U", 76: "HN", 79: "&DGOQ", 84: "w#+<=>^~", 87: "M", 98: "%m", 100: "@W",
    }.items()
    for character in characters
}  # fmt: skip


@dataclass(frozen=True)
class Figure:
    """One page: a picture, the very numbers that it shows, and the picture in words."""

    name: str  # of the files: harvest, or harvest-2 where there are several pages
    title: str
    alt: str  # computed from the numbers
    caption: str  # how to read it, and what it leaves out
    svg: str
    data: pd.DataFrame  # the csv twin


@dataclass(frozen=True)
class Drawing:
    """The pages of one figure; none, and `why_not`, where there is nothing that could honestly be drawn."""

    pages: tuple[Figure, ...] = ()
    why_not: str = ""


@dataclass(frozen=True)
class Sign:
    """How a series is drawn. `fill` is filled, hollow or dashed (hollow with a broken line)."""

    shape: str
    colour: str
    fill: str = "filled"


@dataclass(frozen=True)
class Row:
    """One line of a figure that may be split into pages. Rows of one `section` stand below its heading."""

    height: float
    data: Any
    section: str = ""


@dataclass
class Part:
    """Rows with one head. A figure is one part, or several where its columns do not fit one page.

    `head` draws what stands above the rows of each page, `row` one line from `canvas.y` down (the place moves on by
    itself), `close` what stands below them, for which it needs `closing` of height. `notes` stand at the foot.
    """

    rows: Sequence[Row]
    head: "Callable[[Canvas], None]"
    row: "Callable[[Canvas, Row], None]"
    data: Callable[[Sequence[Row]], pd.DataFrame]
    alt: Callable[[Sequence[Row]], str]
    notes: Sequence[str] = ()
    close: "Callable[[Canvas, Sequence[Row]], None] | None" = None
    closing: Callable[[Sequence[Row]], float] = lambda _: 0


#: Direction → sign when the evidence is comparative.
DIRECTIONS: Mapping[str, Sign] = {
    Direction.BENEFIT: Sign("triangle", "#00588f"),
    Direction.NONE: Sign("circle", "#515c67"),
    Direction.HARM: Sign("wedge", "#b84a00"),
    Direction.MIXED: Sign("diamond", "#7a4f9d"),
    Direction.UNCLEAR: Sign("square", "#7b8894"),
}

#: Basis of evidence → fill.
FILLS: Mapping[str, str] = {"comparative": "filled", "uncontrolled": "hollow", "other": "dashed"}

#: How each basis of evidence is told in a note, after "Signs:".
_FILLS_SAID = {
    "comparative": "filled, comparative evidence",
    "uncontrolled": "hollow, uncontrolled evidence (before and after, single cases)",
    "other": "broken line, findings of another contrast",
}


def fill_said(bases: Sequence[str], what: str = "Signs") -> str:
    """One sentence on how the bases of evidence that occur are filled."""
    said = [_FILLS_SAID.get(basis, f"broken line, {text.BASIS_LABELS.get(basis, basis)}") for basis in bases]
    return f"{what}: {'; '.join(said)}."


def direction_sign(direction: str, basis: str = "comparative") -> Sign:
    """The sign of a direction on a basis of evidence."""
    plain = DIRECTIONS[direction]
    return Sign(plain.shape, plain.colour, FILLS.get(basis, "dashed"))


def direction_legend(
    bases: Iterable[str], signs: Mapping[str, Sign] | None = None
) -> list[tuple[Sign | None, float, str]]:
    """Entries of a legend for the five directions and the bases of evidence; `signs` where they are drawn otherwise."""
    entries: list[tuple[Sign | None, float, str]] = [
        (sign, 4.2, text.DIRECTION_LABELS[direction]) for direction, sign in (signs or DIRECTIONS).items()
    ]
    return [*entries, *basis_legend(bases)]


def basis_legend(bases: Iterable[str], shape: str = "swatch") -> list[tuple[Sign | None, float, str]]:
    """Entries of a legend for the bases of evidence: how each is filled, shown by a shape that says nothing else."""
    said = {"filled": "filled", "hollow": "hollow", "dashed": "broken line"}
    fills = [(basis, FILLS.get(basis, "dashed")) for basis in bases]
    return [
        (Sign(shape, INK, fill), 4.2, f"{said[fill]}: {text.BASIS_LABELS.get(basis, basis)}") for basis, fill in fills
    ]


def bases_seen(seen: Iterable[Any]) -> list[str]:
    """Bases of evidence that occur, strongest first."""
    return in_order({str(basis) for basis in seen}, list(FILLS))


def series_signs(values: Sequence[str]) -> dict[str, Sign]:
    """A sign for each category: shape and colour go together; from the ninth on shapes come with another colour."""
    n = len(SHAPES)
    return {value: Sign(SHAPES[place % n], COLOURS[(place + place // n) % n]) for place, value in enumerate(values)}


def in_order(seen: Iterable[str], order: Sequence[str]) -> list[str]:
    """Values that occur, in the codebook's order, others by name (9 before 10), the words for missing last."""
    place = {value: number for number, value in enumerate(order)}
    last = {label: len(place) + 1 + number for number, label in enumerate(MISSING_LABELS.values())}
    return sorted(set(seen), key=lambda value: (place.get(value, last.get(value, len(place))), natural(value)))


class Canvas:
    """A page as it is drawn from the top: `y` is how far down it reaches."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self.y: float = MARGIN

    def text(
        self,
        x: float,
        y: float,
        said: str,
        *,
        size: float = SIZE,
        anchor: str = "start",
        bold: bool = False,
        colour: str = INK,
        upright: bool = False,
    ) -> None:
        """One line of text on the baseline `y`; `upright` runs it from the bottom to the top."""
        place = f'transform="translate({_at(x)} {_at(y)}) rotate(-90)"' if upright else f'x="{_at(x)}" y="{_at(y)}"'
        more = f' text-anchor="{anchor}"' if anchor != "start" else ""
        more += f' font-size="{size:g}"' if size != SIZE else ""
        more += ' font-weight="bold"' if bold else ""
        more += f' fill="{colour}"' if colour != INK else ""
        self.parts.append(f"<text {place}{more}>{clean(said)}</text>")

    def lines(self, x: float, y: float, lines: Sequence[str], *, leading: float = 12, **how: Any) -> None:
        """Lines of text, the first on the baseline `y`."""
        for number, line in enumerate(lines):
            self.text(x, y + number * leading, line, **how)

    def line(
        self, x1: float, y1: float, x2: float, y2: float, *, colour: str = GRID, width: float = 0.8, dash: str = ""
    ) -> None:
        broken = f' stroke-dasharray="{dash}"' if dash else ""
        self.parts.append(
            f'<line x1="{_at(x1)}" y1="{_at(y1)}" x2="{_at(x2)}" y2="{_at(y2)}" stroke="{colour}"'
            f' stroke-width="{width:g}"{broken}/>'
        )

    def rect(
        self, x: float, y: float, width: float, height: float, *, fill: str, stroke: str = "none", dash: str = ""
    ) -> None:
        broken = f' stroke-dasharray="{dash}"' if dash else ""
        self.parts.append(
            f'<rect x="{_at(x)}" y="{_at(y)}" width="{_at(width)}" height="{_at(height)}" fill="{fill}"'
            f' stroke="{stroke}"{broken}/>'
        )

    def bar(self, x: float, y: float, width: float, height: float, sign: Sign) -> None:
        """A bar in the look of a sign."""
        fill = sign.colour if sign.fill == "filled" else PAPER
        self.rect(x, y, width, height, fill=fill, stroke=sign.colour, dash="2 1.6" if sign.fill == "dashed" else "")

    def name(self, x: float, middle: float, said: str, width: float) -> None:
        """A name on one or two lines around the height `middle`."""
        lines = name_lines(said, width)
        self.lines(x, middle + 3.5 - 5.5 * (len(lines) - 1), lines, leading=11, size=SMALL)

    def sign(self, sign: Sign, x: float, y: float, r: float) -> None:
        """A sign around (x, y) whose area is that of a circle with the radius `r`."""
        fill = sign.colour if sign.fill == "filled" else PAPER
        pattern = "2 1.6" if r >= 4 else "1.4 1.1"
        broken = f' stroke-dasharray="{pattern}"' if sign.fill == "dashed" else ""
        look = f'fill="{fill}" stroke="{sign.colour}" stroke-width="1.2"{broken}'
        if sign.shape == "circle":
            self.parts.append(f'<circle cx="{_at(x)}" cy="{_at(y)}" r="{_at(r)}" {look}/>')
            return
        corners = " ".join(f"{_at(x + a * r)},{_at(y + b * r)}" for a, b in _CORNERS[sign.shape])
        self.parts.append(f'<polygon points="{corners}" {look}/>')

    @contextmanager
    def mark(self, ids: Iterable[str], said: str, **numbers: Any) -> Iterator[None]:
        """What is drawn inside belongs to these studies; `said` is its tooltip, `numbers` become data- attributes."""
        listed = list(ids)
        data = "".join(f" data-{name.replace('_', '-')}={_quoted(value)}" for name, value in numbers.items())
        self.parts.append(f'<g class="mark" data-ids={_quoted("; ".join(listed))}{data}><title>{clean(said)}</title>')
        yield
        self.parts.append("</g>")

    def title(self, said: str) -> None:
        for line in wrapped(said, RIGHT - LEFT, 14, bold=True):
            self.text(LEFT, self.y + 12, line, size=14, bold=True)
            self.y += 18
        self.y += 4

    def paragraph(self, said: str, *, indent: float = 0) -> None:
        """Faint text over the whole width, wrapped."""
        for line in wrapped(said, RIGHT - LEFT - indent, SMALL):
            self.text(LEFT + indent, self.y + 9, line, size=SMALL, colour=FAINT)
            self.y += 12.5

    def legend(self, entries: Sequence[tuple[Sign | None, float, str]]) -> None:
        """Signs with their labels, as many on a line as fit; an entry is sign (or None), radius, label."""
        x: float = LEFT
        tall = max([13.0, *(2.6 * r for sign, r, _ in entries if sign)])
        for sign, r, whole in entries:
            label = fitted(whole, RIGHT - LEFT - (2.8 * r + 4), SMALL)
            wide = (2.8 * r + 4 if sign else 0) + width_of(label, SMALL)
            if x > LEFT and x + wide > RIGHT:
                x, self.y = LEFT, self.y + tall + 2
            if sign:
                self.sign(sign, x + 1.4 * r, self.y + tall / 2, r)
            self.text(x + wide - width_of(label, SMALL), self.y + tall / 2 + 3.5, label, size=SMALL, colour=INK)
            x += wide + 12
        self.y += tall + 3

    def figure(self, *, name: str, title: str, alt: str, data: pd.DataFrame, notes: Sequence[str] = ()) -> Figure:
        """The page is complete: notes are put below it, and it becomes an svg document."""
        self.y += 6
        for note in notes:
            self.paragraph(note)
        height = math.ceil(self.y + MARGIN - 4)
        svg = "\n".join(
            [
                f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}"'
                f' height="{height}" role="img" aria-labelledby="{name}-title {name}-desc"'
                f' font-family="{FONT}" font-size="{SIZE}" fill="{INK}">',
                f'<title id="{name}-title">{clean(title)}</title>',
                f'<desc id="{name}-desc">{clean(alt)}</desc>',
                f'<rect width="{WIDTH}" height="{height}" fill="{PAPER}"/>',
                *self.parts,
                "</svg>\n",
            ]
        )
        return Figure(name, text.clean(title), text.clean(alt), " ".join(notes), svg, data.reset_index(drop=True))


def bind(name: str, title: str, parts: Sequence[Part]) -> Drawing:
    """Split the parts into pages none of which is taller than `TALLEST`, unless one row alone is, and draw them."""
    pages = [(part, rows) for part in parts for rows in _split(part, title)]
    figures = []
    for number, (part, rows) in enumerate(pages, 1):
        several = len(pages) > 1
        said = f"{title} ({number} of {len(pages)})" if several else title
        canvas = Canvas()
        canvas.title(said)
        part.head(canvas)
        section = None
        before = {row.section for _, earlier in pages[: number - 1] for row in earlier}
        for row in rows:
            if row.section and row.section != section:
                _heading(
                    canvas, row.section, again=section is None and row.section in before and part.rows[0] is not row
                )
            section = row.section
            top = canvas.y
            part.row(canvas, row)
            canvas.y = top + row.height
        if part.close:
            top = canvas.y
            part.close(canvas, rows)
            canvas.y = top + part.closing(rows)
        alt = part.alt(rows)
        figures.append(
            canvas.figure(
                name=f"{name}-{number}" if several else name,
                title=said,
                alt=f"Page {number} of {len(pages)}. {alt}" if several else alt,
                data=part.data(rows),
                notes=part.notes,
            )
        )
    return Drawing(tuple(figures))


def png(picture: str, scale: float = PNG_SCALE) -> bytes:
    """The drawn svg as a png, `scale` pixels for each of its units, in the font that vl-convert carries.

    It carries its resolution, so that a page `WIDTH` units wide is placed 170 mm wide in a document.
    """
    import vl_convert

    plain = picture.replace(f'font-family="{FONT}"', 'font-family="Liberation Sans"')
    return bytes(vl_convert.svg_to_png(plain, scale=72 / _UNITS_PER_INCH, ppi=scale * _UNITS_PER_INCH))


def flow(sizes: Sequence[tuple[float, float]], width: float) -> tuple[list[tuple[float, float]], float]:
    """Where boxes stand that are set side by side in lines of `width`: their middles, and the height of all lines.

    Middles are counted from the middle of the width and from the top; each line is centred.
    """
    lines: list[list[int]] = []
    room = 0.0
    for number, (wide, _) in enumerate(sizes):
        if not lines or wide > room:
            lines.append([])
            room = width
        lines[-1].append(number)
        room -= wide
    places: list[tuple[float, float]] = [(0, 0)] * len(sizes)
    top = 0.0
    for line in lines:
        tall = max(sizes[number][1] for number in line)
        x = -sum(sizes[number][0] for number in line) / 2
        for number in line:
            places[number] = (x + sizes[number][0] / 2, top + tall / 2)
            x += sizes[number][0]
        top += tall
    return places, top


def column_heads(canvas: Canvas, labels: Sequence[str], left: float, width: float) -> None:
    """Headings of columns of one width: level where they fit on four lines, else upright. They end at `canvas.y`."""
    level = all(max((width_of(word, SMALL) for word in label.split()), default=0) <= width - 4 for label in labels)
    lines = [wrapped(label, width - 4, SMALL) for label in labels]
    if level and max(map(len, lines), default=0) <= 4:
        tall = 12.0 * max(map(len, lines), default=0) + 4
        for number, said in enumerate(lines):
            top = canvas.y + tall - 12 * len(said) + 7
            canvas.lines(left + (number + 0.5) * width, top, said, size=SMALL, anchor="middle")
    else:
        most = max(int((width - 2) // 11.5), 1)
        lines = [_cut(wrapped(label, _UPRIGHT, SMALL), most, _UPRIGHT) for label in labels]
        tall = max((width_of(line, SMALL) for said in lines for line in said), default=0) + 8
        for number, said in enumerate(lines):
            middle = left + (number + 0.5) * width + 3.5 - 5.75 * (len(said) - 1)
            for place, line in enumerate(said):
                canvas.text(middle + 11.5 * place, canvas.y + tall - 5, line, size=SMALL, upright=True)
    canvas.y += tall


def chunks(values: Sequence[str], most: int) -> list[list[str]]:
    """The values in as few groups of at most `most` as can be, of nearly equal size."""
    groups = max(1, math.ceil(len(values) / most))
    size, more = divmod(len(values), groups)
    starts = [number * size + min(number, more) for number in range(groups + 1)]
    return [list(values[a:b]) for a, b in pairwise(starts)]


def ticks(low: float, high: float, most: int = 6) -> list[float]:
    """Round values from `low` to at least `high`, at most about `most` steps."""
    span = max(high - low, 1e-9)
    power = 10.0 ** math.floor(math.log10(span / most))
    step = next(power * times for times in (1, 2, 2.5, 5, 10) if span / (power * times) <= most)
    first = math.floor(low / step + 1e-9)
    return [round((first + number) * step, 10) for number in range(math.ceil(high / step - first - 1e-9) + 1)]


def width_of(said: str, size: float = SIZE, *, bold: bool = False) -> float:
    """How wide a text is at most, in units."""
    return sum(_letter(character) for character in said) * size / 100 * (1.1 if bold else 1)


def wrapped(said: str, width: float, size: float = SIZE, *, bold: bool = False) -> list[str]:
    """The text in lines that fit, broken at spaces; a longer word is broken too. At least one line."""
    lines, line = [], ""
    for word in text.clean(said).split():
        grown = f"{line} {word}" if line else word
        if width_of(grown, size, bold=bold) <= width:
            line = grown
            continue
        if line:
            lines.append(line)
        line = word
        while width_of(line, size, bold=bold) > width and len(line) > 1:
            cut = next(n for n in range(1, len(line) + 1) if width_of(line[:n], size, bold=bold) > width)
            fits = max(cut - 1, 1)
            joint = max(line.rfind(sign, 0, fits) for sign in "_-/,") + 1
            at = joint if joint > fits / 2 else fits
            lines.append(line[:at])
            line = line[at:]
    return [*lines, line] if line or not lines else lines


def fitted(said: str, width: float, size: float = SIZE) -> str:
    """The text on one line, cut with an ellipsis where it is wider."""
    line = " ".join(text.clean(said).split())
    if width_of(line, size) <= width:
        return line
    while line and width_of(line + "…", size) > width:
        line = line[:-1]
    return line.rstrip() + "…"


def name_lines(said: str, width: float) -> list[str]:
    """A name beside a line of a figure, of size `SMALL`: on one line, on two, or cut after two."""
    return _cut(wrapped(said, width, SMALL), 2, width)


def clean(said: Any) -> str:
    """Any text as an svg may hold it."""
    return escape(_NOT_IN_XML.sub("", text.clean(said)))


def _cut(lines: Sequence[str], most: int, width: float) -> list[str]:
    """At most so many lines of size `SMALL`, the last with an ellipsis where there were more."""
    if len(lines) <= most:
        return list(lines)
    return [*lines[: most - 1], fitted(lines[most - 1] + "…" * 3, width, SMALL).rstrip("…") + "…"]


def _split(part: Part, title: str) -> list[list[Row]]:
    scratch = Canvas()
    scratch.title(f"{title} (99 of 99)")
    part.head(scratch)
    for note in part.notes:
        scratch.paragraph(note)
    room = TALLEST - scratch.y - MARGIN - 6
    fewest = _pages(part, room)
    for share in (0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95):  # pages of about one height
        pages = _pages(part, room * share)
        if len(pages) == len(fewest):
            return pages
    return fewest


def _pages(part: Part, room: float) -> list[list[Row]]:
    pages: list[list[Row]] = [[]]
    used = 0.0
    for row in part.rows:
        page = pages[-1]
        heading = _SECTION if row.section and (not page or page[-1].section != row.section) else 0
        if page and used + heading + row.height + part.closing([*page, row]) > room:
            pages.append([row])
            used = row.height + (_SECTION if row.section else 0)
        else:
            page.append(row)
            used += heading + row.height
    return pages


def _heading(canvas: Canvas, said: str, *, again: bool) -> None:
    ending = " (continued)" if again else ""
    shown = fitted(said, RIGHT - LEFT - 12 - width_of(ending, SIZE, bold=True), SIZE * 1.1)
    canvas.text(LEFT, canvas.y + 16, shown + ending, bold=True)
    canvas.line(LEFT, canvas.y + _SECTION - 0.5, RIGHT, canvas.y + _SECTION - 0.5, colour=RULE)
    canvas.y += _SECTION


def _around(n: int, r: float, turn: float = 0.0, inner: float = 1.0) -> list[tuple[float, float]]:
    corners = []
    for number in range(n):
        angle = math.radians(turn + 360 * number / n)
        reach = r if number % 2 == 0 else r * inner
        corners.append((round(reach * math.sin(angle), 4), round(-reach * math.cos(angle), 4)))
    return corners


#: Corners for a radius of 1; each shape has the area of a circle with that radius, and its box is centred.
_CORNERS = {
    "triangle": [(0, -1.18), (1.32, 1.18), (-1.32, 1.18)],
    "wedge": [(0, 1.18), (-1.32, -1.18), (1.32, -1.18)],
    "diamond": [(0, -1.253), (1.253, 0), (0, 1.253), (-1.253, 0)],
    "square": [(-0.886, -0.886), (0.886, -0.886), (0.886, 0.886), (-0.886, 0.886)],
    "hexagon": _around(6, 1.1),
    "swatch": [(-1.33, -0.6), (1.33, -0.6), (1.33, 0.6), (-1.33, 0.6)],
    "sideways": [
        (-1.34, 0), (-0.6, -1.3), (-0.6, -0.38), (0.6, -0.38), (0.6, -1.3), (1.34, 0), (0.6, 1.3), (0.6, 0.38),
        (-0.6, 0.38), (-0.6, 1.3),
    ],
    "bowtie": [(-1.25, -1.25), (0, 0), (1.25, -1.25), (1.25, 1.25), (0, 0), (-1.25, 1.25)],
    "star": _around(10, 1.45, inner=0.48),
    "cross": [
        (-0.4, -1.2), (0.4, -1.2), (0.4, -0.4), (1.2, -0.4), (1.2, 0.4), (0.4, 0.4),
        (0.4, 1.2), (-0.4, 1.2), (-0.4, 0.4), (-1.2, 0.4), (-1.2, -0.4), (-0.4, -0.4),
    ],
}  # fmt: skip

#: Half the width of the widest sign for a radius of 1.
REACH = 1.35


def _at(value: float) -> str:
    shown = f"{value:.1f}".removesuffix(".0")
    return "0" if shown == "-0" else shown


def _quoted(value: Any) -> str:
    return quoteattr(_NOT_IN_XML.sub("", text.clean(value)))


def _letter(character: str) -> int:
    if character in _WIDTHS:
        return _WIDTHS[character]
    if unicodedata.combining(character):
        return 0
    if unicodedata.east_asian_width(character) in "WF":
        return 110
    return _WIDTHS.get(unicodedata.normalize("NFD", character)[0], 85)
