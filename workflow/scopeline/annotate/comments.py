"""The comments of a sheet: their texts (comments.xml) and the boxes that show them (a VML drawing)."""

import re
from collections.abc import Callable, Mapping

from ..cells import letter
from .marks import Cell, Mark
from .sheetxml import Geometry
from .xmltext import (
    MAIN,
    UnpatchableError,
    appended,
    attribute,
    cell_text,
    elements,
    inside,
    prefix,
    require_utf8,
    tag_pattern,
)

EMPTY = (
    f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<comments xmlns="{MAIN}">'
    "<authors/><commentList/></comments>"
)

EMPTY_DRAWING = (
    '<xml xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office" '
    'xmlns:x="urn:schemas-microsoft-com:office:excel"></xml>'
)

_AUTHOR = "scopeline"
_SHAPE_TYPE = (
    '<v:shapetype id="_x0000_t202" coordsize="21600,21600" o:spt="202" path="m,l,21600r21600,l21600,xe">'
    '<v:stroke joinstyle="miter"/><v:path gradientshapeok="t" o:connecttype="rect"/></v:shapetype>'
)
_SPACES = {
    "v": b"urn:schemas-microsoft-com:vml",
    "o": b"urn:schemas-microsoft-com:office:office",
    "x": b"urn:schemas-microsoft-com:office:excel",
}
_WIDTH, _LINE, _LETTERS, _HIGHEST = 288, 16, 44, 480
_LAST_ROW, _LAST_COLUMN = 1_048_575, 16_383
_BLOCK = 1024  #: the boxes of a drawing are numbered in blocks of so many


def with_texts(xml: bytes, marks: Mapping[Cell, Mark]) -> tuple[bytes, list[Cell], list[Cell]]:
    """A part of comments with the texts of `marks`: one cell has one comment, so an existing one is carried on.

    Returns the part, the cells that need a box, and the cells whose comment is a conversation (a threaded comment),
    which is left alone.
    """
    require_utf8(xml)
    lead = prefix(xml, "comments").decode()
    listed = inside(xml, "authors")
    authors = [inside(listed[start:end], "author") for start, end in elements(listed, "author")]
    threaded = {str(place).encode() for place, author in enumerate(authors) if author.startswith(b"tc={")}
    parts: list[bytes] = []
    at, held, conversations = 0, set(), []
    by_ref = {f"{letter(column)}{row}".encode(): (row, column) for row, column in marks}
    for start, end in elements(xml, "comment"):
        tag = xml[start : xml.index(b">", start) + 1]
        cell = by_ref.get((attribute(tag, b"ref") or b"").replace(b"$", b""))
        if cell is None:
            continue
        held.add(cell)
        if attribute(tag, b"authorId") in threaded:
            conversations.append(cell)
            continue
        parts += [xml[at:start], _carried_on(xml[start:end], marks[cell], lead)]
        at = end
    xml = b"".join([*parts, xml[at:]])
    new = [cell for cell in sorted(marks) if cell not in held]
    if new:
        xml = appended(xml, "authors", [f"<{lead}author>{_AUTHOR}</{lead}author>".encode()])
    comments = [
        f'<{lead}comment ref="{letter(column)}{row}" authorId="{len(authors)}"><{lead}text>'
        f"{_runs(marks[row, column].runs, lead)}</{lead}text></{lead}comment>".encode()
        for row, column in new
    ]
    return appended(xml, "commentList", comments), new, conversations


def _carried_on(comment: bytes, mark: Mark, lead: str) -> bytes:
    """A comment that a person wrote, with what is said at the cell below it."""
    start, end = next(elements(comment, "text"), (0, 0))
    body = inside(comment[start:end], "text") if end else b""
    plain = re.match(rb"\s*<" + lead.encode() + rb"t(?=[\s/>])", body)
    if plain:
        first, last = next(elements(body, "t"))
        run = lead.encode() + b"r>"
        body = b"<" + run + body[first:last] + b"</" + run + body[last:]
    runs = [last for _, last in elements(body, "r")]
    at = runs[-1] if runs else 0
    said = _runs([("\n\n" if runs else "", False), *mark.runs], lead).encode()
    given = f"<{lead}text>".encode() + body[:at] + said + body[at:] + f"</{lead}text>".encode()
    if end:
        return comment[:start] + given + comment[end:]
    return appended(comment, "comment", [given], first=True)


def _runs(runs: list[tuple[str, bool]], p: str) -> str:
    return "".join(
        f'<{p}r><{p}rPr>{f"<{p}b/>" if bold else ""}<{p}sz val="9"/><{p}rFont val="Tahoma"/></{p}rPr>'
        f'<{p}t xml:space="preserve">{cell_text(text)}</{p}t></{p}r>'
        for text, bold in runs
        if text
    )


def blocks_of(drawing: bytes) -> list[int]:
    """The numbers of the blocks of boxes that a drawing has taken."""
    given = [attribute(found[0], b"data") or b"" for found in tag_pattern("idmap").finditer(drawing)]
    named = [int(part) for data in given for part in data.split(b",") if part.strip().isdigit()]
    return named + [int(shape) // _BLOCK for shape in re.findall(rb'_x0000_s([0-9]{1,9})"', drawing)]


def with_boxes(drawing: bytes, cells: list[Cell], marks: Mapping[Cell, Mark], geometry: Geometry, block: int) -> bytes:
    """A drawing with a hidden box for the comment of each cell; the boxes are numbered from block `block` on."""
    require_utf8(drawing)
    prefixes = _prefixes(drawing)
    blocks = range(block, block + n_blocks(len(cells)))
    drawing = _with_blocks(drawing, [str(number) for number in blocks], prefixes)
    if b'id="_x0000_t202"' not in drawing:
        drawing = _inserted(drawing, _SHAPE_TYPE, prefixes)
    boxes = [_box(cell, marks[cell], geometry, block * _BLOCK + 1 + place) for place, cell in enumerate(cells)]
    return _inserted(drawing, "".join(boxes), prefixes)


def _prefixes(drawing: bytes) -> dict[str, str]:
    """The prefixes that a drawing uses for those that are written here."""
    root = tag_pattern("xml").search(drawing)
    declared = re.findall(rb"""\sxmlns:([\w.-]+)\s*=\s*["']([^"']*)["']""", root[0]) if root else []
    used = {space: name.decode() for name, space in declared}
    if not set(_SPACES.values()) <= set(used):
        raise UnpatchableError("the drawing that holds a sheet's comments is written in an unusual way")
    return {ours: used[space] for ours, space in _SPACES.items()}


def _in(prefixes: dict[str, str], what: str) -> bytes:
    return re.sub(r"(?<=[</\s])([vox]):", lambda found: f"{prefixes[found[1]]}:", what).encode()


def n_blocks(n_cells: int) -> int:
    """How many blocks so many boxes take."""
    return (n_cells + _BLOCK) // _BLOCK if n_cells else 0


def _with_blocks(drawing: bytes, numbers: list[str], prefixes: dict[str, str]) -> bytes:
    old = tag_pattern("idmap").search(drawing)
    if old is not None:
        data = b",".join([attribute(old[0], b"data") or b"", ",".join(numbers).encode()]).strip(b",")
        tag = re.sub(rb"""\sdata\s*=\s*["'][^"']*["']""", b' data="' + data + b'"', old[0])
        return drawing[: old.start()] + tag + drawing[old.end() :]
    layout = f'<o:shapelayout v:ext="edit"><o:idmap v:ext="edit" data="{",".join(numbers)}"/></o:shapelayout>'
    root = tag_pattern("xml").search(drawing)
    at = root.end() if root else 0
    return drawing[:at] + _in(prefixes, layout) + drawing[at:]


def _inserted(drawing: bytes, what: str, prefixes: dict[str, str]) -> bytes:
    end = drawing.rfind(b"</xml")
    if end < 0:
        raise UnpatchableError("the drawing that holds a sheet's comments does not end")
    return drawing[:end] + _in(prefixes, what) + drawing[end:]


def _box(cell: Cell, mark: Mark, geometry: Geometry, number: int) -> str:
    row, column = cell[0] - 1, cell[1]
    lines = sum(1 + len(line) // _LETTERS for line in mark.text.split("\n"))
    height = min(_HIGHEST, 12 + _LINE * lines)
    left, right = _stretch(column + 1, 15, _WIDTH, geometry.column, _LAST_COLUMN)
    top, bottom = _stretch(max(row - 1, 0), 10 if row else 2, height, geometry.row, _LAST_ROW)
    anchor = ", ".join(str(part) for part in (*left, *top, *right, *bottom))
    return (
        f'<v:shape id="_x0000_s{number}" type="#_x0000_t202" style="position:absolute;margin-left:60pt;margin-top:2pt;'
        f'width:{_WIDTH * 3 // 4}pt;height:{height * 3 // 4}pt;z-index:1;visibility:hidden" fillcolor="#ffffe1" '
        'o:insetmode="auto"><v:fill color2="#ffffe1"/><v:shadow on="t" color="black" obscured="t"/>'
        '<v:path o:connecttype="none"/><v:textbox style="mso-direction-alt:auto"><div style="text-align:left"></div>'
        '</v:textbox><x:ClientData ObjectType="Note"><x:MoveWithCells/><x:SizeWithCells/>'
        f"<x:Anchor>{anchor}</x:Anchor><x:AutoFill>False</x:AutoFill><x:Row>{row}</x:Row><x:Column>{column}</x:Column>"
        "</x:ClientData></v:shape>"
    )


def _stretch(
    first: int, offset: int, length: int, size: Callable[[int], int], last: int
) -> tuple[tuple[int, int], tuple[int, int]]:
    """Where a box begins and ends along one side of the sheet: (row or column, pixels into it) each."""
    first = min(first, last)
    offset = min(offset, max(size(first) - 1, 0))
    at, rest = first, offset + length
    while rest > size(at) and at < last and at - first < 2000:
        rest -= size(at)
        at += 1
    return (first, offset), (at, rest)
