"""A laid-out flow diagram as SVG: text as text, and each number also as `data-n` beside its name in flow.json."""

import re
from collections.abc import Callable, Mapping, Sequence
from xml.sax.saxutils import quoteattr

from scopeline import text
from scopeline.figures import look
from scopeline.figures.flow_content import PRISMA_BOXES, Line
from scopeline.figures.flow_layout import BAR, MARGIN, Block, Picture

#: Fill and rule: headings and boxes are yellow, white and grey as in the statement; they differ in lightness too.
_HEADING, _HEADING_GREY = ("#ffd34d", "#8a6d00"), ("#cfd4d9", look.RULE)
_CELL, _CELL_GREY = (look.PAPER, look.INK), ("#eef0f2", look.RULE)
_BAR = ("#bcd7ee", "#5d87ab")
_ALERT = ("#fff4d6", "#b7791f")

_NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

#: What a line of a kind is called in the attributes of its group.
_KEYS = {
    "source": "data-source", "place": "data-source-name", "reason": "data-reason", "exception": "data-exception",
    "identity": "data-identity", "pending": "data-pending", "typed": "data-typed", "previous": "data-previous",
}  # fmt: skip


def draw(picture: Picture, *, title: str, description: str, link: Callable[[str], str] | None = None) -> str:
    """The svg document. `link` gives the address of a box's members by the box's name; with it the picture is a group
    whose links are reached one after the other in the order of reading, without it one image.
    """
    linked = link is not None and not any(block.kind == "refusal" for block in picture.blocks)
    wide, high = _at(picture.width), _at(picture.height)
    parts = [line for stage, top, bottom in picture.bars for line in _bar(stage, top, bottom)]
    parts.append('<g aria-hidden="true">')
    for points in picture.arrows:
        parts += _arrow(points)
    parts.append("</g>")
    for block in picture.blocks:
        parts += _block(block, link if linked else None)
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide} {high}" width="{wide}" height="{high}"'
            f' role="{"group" if linked else "img"}" aria-labelledby="flow-diagram-title flow-diagram-desc"'
            f' font-family="{look.FONT}" font-size="{look.SIZE}" fill="{look.INK}">',
            f'<title id="flow-diagram-title">{look.clean(title)}</title>',
            f'<desc id="flow-diagram-desc">{look.clean(description)}</desc>',
            f'<rect width="{wide}" height="{high}" fill="{look.PAPER}"/>',
            *parts,
            "</svg>\n",
        ]
    )


def _block(block: Block, link: Callable[[str], str] | None) -> list[str]:
    fill, rule = {
        "heading": _HEADING_GREY if block.grey else _HEADING,
        "cell": _CELL_GREY if block.grey else _CELL,
        "listing": _CELL,
        "banner": _ALERT,
        "refusal": _ALERT,
    }.get(block.kind, ("none", "none"))
    corner = {"heading": 6, "banner": 4, "refusal": 4}.get(block.kind, 0)
    parts = [
        f'<rect x="{_at(block.x)}" y="{_at(block.y)}" width="{_at(block.width)}" height="{_at(block.height)}"'
        f' rx="{corner}" fill="{fill}" stroke="{rule}"/>'
    ]
    whole = block.said[0].line if block.name and block.kind == "cell" else None
    for said in block.said:
        attributes = ' text-anchor="middle"' if block.centred else ""
        attributes += ' font-weight="bold"' if said.bold else ""
        attributes += f' font-size="{block.size:g}"' if block.size != look.SIZE else ""
        rows = [f'<text x="{_at(x)}" y="{_at(y)}"{attributes}>{look.clean(row)}</text>' for x, y, row in said.rows]
        if said.line is whole:
            parts += rows
        else:
            parts += _grouped(rows, _marks(said.line), said.line, link)
    marks = {"id": block.id}
    if whole is not None:
        marks |= _marks(whole)
    elif block.kind == "listing":
        marks["data-of"] = block.name
    return _grouped(parts, marks, whole, link)


def _marks(line: Line) -> dict[str, str]:
    if line.kind == "box":
        marks = {"data-box": line.key, "data-n": str(line.n), "data-unit": line.unit, "data-label": line.full}
        if line.key in PRISMA_BOXES:
            marks["data-prisma-box"] = str(PRISMA_BOXES[line.key])
    elif line.kind in _KEYS:
        marks = {_KEYS[line.kind]: line.key} | ({} if line.n is None else {"data-n": str(line.n)})
    else:
        marks = {}
    return marks | ({"data-typed-number": "true"} if line.typed else {})


def _grouped(
    parts: Sequence[str], marks: Mapping[str, str], line: Line | None, link: Callable[[str], str] | None
) -> list[str]:
    inside = list(parts)
    if link and line is not None and line.kind == "box":
        said = f"{line.full}, {text.counted(line.n, line.unit.removesuffix('s'))}"
        if line.unit == "studies":
            said = f"{line.full}, {text.counted(line.n, 'study')}"
        inside = [f"<a href={_quoted(link(line.key))} aria-label={_quoted(f'{said}: members')}>", *inside, "</a>"]
    if marks:
        inside = [f"<g {' '.join(f'{name}={_quoted(value)}' for name, value in marks.items())}>", *inside, "</g>"]
    return inside


def _bar(stage: str, top: float, bottom: float) -> list[str]:
    x, middle = MARGIN + BAR / 2, (top + bottom) / 2
    return [
        f'<rect x="{_at(MARGIN)}" y="{_at(top)}" width="{_at(BAR)}" height="{_at(bottom - top)}" rx="6"'
        f' fill="{_BAR[0]}" stroke="{_BAR[1]}"/>',
        f'<text transform="translate({_at(x + 4)} {_at(middle)}) rotate(-90)" text-anchor="middle"'
        f' font-weight="bold">{stage}</text>',
    ]


def _arrow(points: Sequence[tuple[float, float]]) -> list[str]:
    (x1, y1), (x2, y2) = points[-2:]
    right, down = (x2 > x1) - (x2 < x1), (y2 > y1) - (y2 < y1)
    back = (x2 - 7 * right, y2 - 7 * down)
    wings = [(back[0] + 3.5 * down * side, back[1] + 3.5 * right * side) for side in (1, -1)]
    way = " ".join(f"{_at(x)},{_at(y)}" for x, y in [*points[:-1], (x2 - 5 * right, y2 - 5 * down)])
    head = " ".join(f"{_at(x)},{_at(y)}" for x, y in [(x2, y2), *wings])
    return [
        f'<polyline points="{way}" fill="none" stroke="{look.INK}" stroke-width="1.1"/>',
        f'<polygon points="{head}" fill="{look.INK}"/>',
    ]


def _at(value: float) -> str:
    shown = f"{value:.1f}".removesuffix(".0")
    return "0" if shown == "-0" else shown


def _quoted(value: str) -> str:
    return quoteattr(_NOT_IN_XML.sub("", text.clean(value)))
