"""Sets the format of single cells in the XML of a worksheet, as it streams by; a blank cell is put in at its place."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import IO
from xml.parsers import expat

from ..cells import letter, number
from ..terms import Severity
from .styles import style_number
from .xmltext import ATTRIBUTES, UnpatchableError, attribute, require_utf8, tag_pattern, with_attribute

_PIECE = 1 << 22
_LONGEST_HEAD = 1 << 24
_LONGEST_TAG = 1 << 14

#: What may follow a sheet's `legacyDrawing`, so that one is put in before the first of these.
_AFTER_DRAWING = frozenset(
    ("legacyDrawingHF", "drawingHF", "picture", "oleObjects", "controls", "webPublishItems", "tableParts", "extLst")
) | {"AlternateContent"}

_SELECTED = re.compile(rb"""\stabSelected\s*=\s*["'](?:1|true)["']""")
_ROW_NUMBER = re.compile(rb"""\sr\s*=\s*["']([0-9]+)["']""")
_PLACE = re.compile(rb"""\sr\s*=\s*["']([A-Za-z]{1,3})([0-9]+)["']""")

Wanted = Mapping[int, Mapping[int, Severity]]  #: row from 1 → column from 0 → severity


@dataclass
class Geometry:
    """Widths and heights of a sheet in pixels, to say where the box of a comment stands."""

    widths: list[tuple[int, int, int]] = field(default_factory=list)  #: first and last column from 0, pixels
    heights: dict[int, int] = field(default_factory=dict)  #: row from 0 → pixels
    width: int = 64
    height: int = 20

    def column(self, at: int) -> int:
        return next((pixels for first, last, pixels in self.widths if first <= at <= last), self.width)

    def row(self, at: int) -> int:
        return self.heights.get(at, self.height)


@dataclass
class Patched:
    """What was found while a sheet was changed."""

    geometry: Geometry
    drawing: str | None  #: the relationship of the drawing that holds the boxes of comments, where there was one


def deselected(head: bytes) -> bytes:
    """The head of a sheet that is not the one shown when the workbook opens."""
    found = tag_pattern("sheetView").search(head)
    return head if found is None else head[: found.start()] + _SELECTED.sub(b"", found[0]) + head[found.end() :]


def patch(
    source: IO[bytes],
    write: Callable[[bytes], object],
    wanted: Wanted,
    style: Callable[[int, Severity], int],
    drawing: str,
) -> Patched:
    """Copy a worksheet from `source` to `write` with the formats of the `wanted` cells changed by `style`.

    A sheet without a drawing for comments gets one by the relationship `drawing`. Raises UnpatchableError where the
    sheet is built in an unusual way; what was written until then is of no use.
    """
    head, rest, sheet = _head(source)
    require_utf8(head)
    lead = sheet[1]
    geometry, columns = _geometry(head)
    write(_with_dimension(deselected(head), wanted))
    rows = _Rows(source, write, lead, _Formats(wanted, style, columns), geometry)
    tail = rows.patch(sheet[0], rest)
    tail, old = _with_drawing(head, tail, lead, drawing)
    write(tail)
    return Patched(geometry, old)


def _head(source: IO[bytes]) -> tuple[bytes, bytes, re.Match[bytes]]:
    """All before the rows, what was read beyond, and the start tag of the rows."""
    pattern, buffer = tag_pattern("sheetData"), b""
    while piece := source.read(_PIECE):
        buffer += piece
        if found := pattern.search(buffer):
            return buffer[: found.start()], buffer[found.end() :], found
        if len(buffer) > _LONGEST_HEAD:
            break
    raise UnpatchableError("a sheet has no rows")


def _geometry(head: bytes) -> tuple[Geometry, list[tuple[int, int, int]]]:
    """Widths and the height of a row without one; and the formats of whole columns (first, last, number)."""
    geometry, formats = Geometry(), []
    if usual := tag_pattern("sheetFormatPr").search(head):
        geometry.width = _pixels(attribute(usual[0], b"defaultColWidth"), 7, geometry.width)
        geometry.height = _pixels(attribute(usual[0], b"defaultRowHeight"), 4 / 3, geometry.height)
    for found in tag_pattern("col").finditer(head):
        first, last = (int(attribute(found[0], name) or b"1") - 1 for name in (b"min", b"max"))
        hidden = attribute(found[0], b"hidden") in (b"1", b"true")
        width = 0 if hidden else _pixels(attribute(found[0], b"width"), 7, geometry.width)
        geometry.widths.append((first, last, width))
        if given := attribute(found[0], b"style"):
            formats.append((first, last, int(given)))
    return geometry, formats


def _pixels(given: bytes | None, each: float, otherwise: int) -> int:
    try:
        return round(float(given) * each) if given else otherwise
    except ValueError:
        return otherwise


def _with_dimension(head: bytes, wanted: Wanted) -> bytes:
    """The sheet's extent, drawn wider where a marked cell lies beyond it."""
    found = tag_pattern("dimension").search(head)
    area = re.fullmatch(
        rb"([A-Z]{1,3})([0-9]+)(?::([A-Z]{1,3})([0-9]+))?", attribute(found[0], b"ref") or b"" if found else b""
    )
    if found is None or area is None or not wanted:
        return head
    left, top, right, bottom = number(area[1].decode()), int(area[2]), area[3] or area[1], int(area[4] or area[2])
    columns = [column for cells in wanted.values() for column in cells] + [number(right.decode())]
    ref = (
        f"{letter(min(left, *columns))}{min(top, *wanted)}:{letter(max(left, *columns))}{max(bottom, *wanted)}".encode()
    )
    if ref == (attribute(found[0], b"ref") or b""):
        return head
    return head[: found.start()] + with_attribute(found[0], b"ref", ref) + head[found.end() :]


def _with_drawing(head: bytes, tail: bytes, lead: bytes, drawing: str) -> tuple[bytes, str | None]:
    """The end of a sheet with a drawing for comments; the relationship of the one that it had already, or None."""
    root = tag_pattern("worksheet").search(head)
    if root is None:
        raise UnpatchableError("a sheet is no worksheet")
    children = list(_children(root[0] + b"<" + lead + b"sheetData>", tail))
    for name, at in children:
        if name == "legacyDrawing":
            tag = tail[at : tail.index(b">", at) + 1]
            old = re.search(rb"""\s[\w.-]+:id\s*=\s*["']([^"']+)["']""", tag)
            if old is None:
                raise UnpatchableError("a sheet's drawing has no relationship")
            return tail, old[1].decode()
    at = next((at for name, at in children if name in _AFTER_DRAWING), tail.rindex(b"</" + lead + b"worksheet"))
    element = (
        b"<"
        + lead
        + b'legacyDrawing xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships" r:id="'
        + drawing.encode()
        + b'"/>'
    )
    return tail[:at] + element + tail[at:], None


def _children(opened: bytes, tail: bytes) -> Iterator[tuple[str, int]]:
    """Local name and place in `tail` of each child of the worksheet that stands there, after `opened`."""
    parser, depth = expat.ParserCreate(), 0
    found: list[tuple[str, int]] = []

    def start(name: str, _: object) -> None:
        nonlocal depth
        depth += 1
        if depth == 2 and parser.CurrentByteIndex >= len(opened):
            found.append((name.rpartition(":")[2], parser.CurrentByteIndex - len(opened)))

    def end(_: str) -> None:
        nonlocal depth
        depth -= 1

    parser.StartElementHandler, parser.EndElementHandler = start, end
    try:
        parser.Parse(opened + tail, True)
    except expat.ExpatError as problem:
        raise UnpatchableError(f"the end of a sheet cannot be read ({problem})") from None
    return iter(found)


@dataclass(frozen=True)
class _Formats:
    """Which cells are marked, how a marked format is had, and the formats of whole columns."""

    wanted: Wanted
    style: Callable[[int, Severity], int]
    columns: list[tuple[int, int, int]]


class _Rows:
    """The rows of one sheet as they stream by."""

    def __init__(
        self,
        source: IO[bytes],
        write: Callable[[bytes], object],
        lead: bytes,
        formats: "_Formats",
        geometry: Geometry,
    ):
        self._source, self._write, self._lead = source, write, lead
        self._wanted, self._style, self._columns = formats.wanted, formats.style, formats.columns
        self._geometry = geometry
        self._ahead = sorted(formats.wanted, reverse=True)
        self._row = re.compile(
            rb"\s*(?:<" + lead + rb"row((?:\s" + ATTRIBUTES + rb")?/?)>|(</" + lead + rb"sheetData\s*>))"
        )
        self._cell = re.compile(rb"<" + lead + rb"c((?:\s" + ATTRIBUTES + rb")?/?)>")
        self._row_end, self._cell_end = b"</" + lead + b"row", b"</" + lead + b"c"

    def patch(self, opened: bytes, buffer: bytes) -> bytes:
        """Copy all rows; `opened` is the start tag of the rows. Returns what follows them."""
        closed = b"</" + self._lead + b"sheetData>"
        if opened.endswith(b"/>"):
            self._write(opened[:-2].rstrip() + b">" + self._blank_rows(1 << 30))
            return closed + buffer + self._source.read()
        self._write(opened)
        _require_plain(buffer)
        last = done = at = 0
        while True:
            found = self._row.match(buffer, at)
            end = self._end_of_row(buffer, found) if found is not None and not found[2] else 0
            if found is None or end < 0:
                buffer, done, at = self._more(buffer, done, at, found is not None), 0, 0
                continue
            if found[2]:
                self._write(buffer[done:at] + self._blank_rows(1 << 30))
                return buffer[at:] + self._source.read()
            given = _ROW_NUMBER.search(found[1])
            row = int(given[1]) if given else last + 1
            if row <= last:
                raise UnpatchableError("the rows of a sheet are not in their order")
            last = row
            if b"ht=" in found[1] or b"hidden=" in found[1]:
                self._measure(row, found[1])
            if self._ahead and self._ahead[-1] <= row:
                start = found.start(1) - len(self._lead) - 4
                self._write(buffer[done:start] + self._blank_rows(row))
                done = start
                if self._ahead and self._ahead[-1] == row:
                    self._ahead.pop()
                    self._write(self._patched(row, buffer[start : found.end()], buffer[found.end() : end]))
                    done = end
            at = end

    def _end_of_row(self, buffer: bytes, found: re.Match[bytes]) -> int:
        """Where the row ends; -1 where its end has not been read yet."""
        if found[1].endswith(b"/"):
            return found.end()
        close = buffer.find(self._row_end, found.end())
        return -1 if close < 0 else buffer.find(b">", close) + 1 or -1

    def _more(self, buffer: bytes, done: int, at: int, inside: bool) -> bytes:
        """Write what is done with, and read on."""
        self._write(buffer[done:at])
        rest = buffer[at:]
        piece = self._source.read(_PIECE)
        if not piece or (not inside and len(rest) > _LONGEST_TAG):
            raise UnpatchableError("the rows of a sheet are written in an unusual way")
        _require_plain(rest[-1:] + piece)
        return rest + piece

    def _measure(self, row: int, tag: bytes) -> None:
        hidden = attribute(tag, b"hidden") in (b"1", b"true")
        self._geometry.heights[row - 1] = 0 if hidden else _pixels(attribute(tag, b"ht"), 4 / 3, self._geometry.height)

    def _blank_rows(self, before: int) -> bytes:
        """The marked rows above row `before` that the sheet does not have."""
        rows = []
        while self._ahead and self._ahead[-1] < before:
            row = self._ahead.pop()
            cells = b"".join(self._blank(row, column, b"") for column in sorted(self._wanted[row]))
            tag = self._lead + b"row"
            rows.append(b"<" + tag + f' r="{row}">'.encode() + cells + b"</" + tag + b">")
        return b"".join(rows)

    def _blank(self, row: int, column: int, tag: bytes) -> bytes:
        """A blank cell with the format that its row or column gives, marked."""
        old = next((given for first, last, given in self._columns if first <= column <= last), 0)
        if attribute(tag, b"customFormat") in (b"1", b"true"):
            old = style_number(tag)
        new = self._style(old, self._wanted[row][column])
        return b"<" + self._lead + f'c r="{letter(column)}{row}" s="{new}"/>'.encode()

    def _patched(self, row: int, tag: bytes, inside: bytes) -> bytes:
        """One row with its marked cells; `inside` is all after the row's start tag."""
        ahead, wanted = sorted(self._wanted[row], reverse=True), self._wanted[row]
        tag = _with_spans(tag, ahead[-1] + 1, ahead[0] + 1)
        if tag.endswith(b"/>"):
            cells = b"".join(self._blank(row, column, tag) for column in reversed(ahead))
            return tag[:-2].rstrip() + b">" + cells + self._row_end + b">"
        parts, at, last = [tag], 0, -1
        for found in self._cell.finditer(inside):
            given = _PLACE.search(found[1])
            column = number(given[1].decode().upper()) if given else last + 1
            if column <= last or (given and int(given[2]) != row):
                raise UnpatchableError("the cells of a row are not in their order")
            last = column
            parts.append(inside[at : found.start()])
            at = found.start()
            while ahead and ahead[-1] < column:
                parts.append(self._blank(row, ahead.pop(), tag))
            if ahead and ahead[-1] == column:
                ahead.pop()
                new = self._style(style_number(found[0]), wanted[column])
                parts.append(with_attribute(found[0], b"s", str(new).encode()))
                at = found.end()
        close = inside.rindex(self._row_end)
        extra = b"".join(self._blank(row, column, tag) for column in reversed(ahead))
        more = self._end_of_cells(inside, close) if extra else close
        return b"".join([*parts, inside[at:more], extra, inside[more:]])

    def _end_of_cells(self, inside: bytes, close: int) -> int:
        """Where the last cell of a row ends: an extension of the row may follow it."""
        extension = inside.rfind(b"<" + self._lead + b"extLst", 0, close)
        cell = inside.rfind(self._cell_end + b">", 0, close)
        return extension if extension > cell >= 0 else close


def _require_plain(piece: bytes) -> None:
    """Raise UnpatchableError where what looks like a cell may stand inside a comment or marked section of the XML."""
    if b"<!" in piece:
        raise UnpatchableError("a sheet holds comments or marked sections of XML among its rows")


def _with_spans(tag: bytes, first: int, last: int) -> bytes:
    """A row's start tag whose `spans` reach the marked cells."""
    given = re.fullmatch(rb"([0-9]+):([0-9]+)", attribute(tag, b"spans") or b"")
    if given is None or (int(given[1]) <= first and last <= int(given[2])):
        return tag
    return with_attribute(tag, b"spans", f"{min(first, int(given[1]))}:{max(last, int(given[2]))}".encode())
