"""Changes small places of an XML part and leaves every other byte of it as it was.

A person's workbook holds things that no library knows all of. So parts are not read into objects and written again:
the few places that change are found in the text, under whatever namespace prefix the writing program chose.
"""

import re
from collections.abc import Iterator
from xml.parsers import expat
from xml.sax.saxutils import escape

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"

#: The inside of a start tag: a > in quotes does not end it.
ATTRIBUTES = rb"""(?:[^<>"']|"[^"]*"|'[^']*')*"""

_UNWRITABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ESCAPED = re.compile("_(?=x[0-9A-Fa-f]{4}_)")
_ENCODING = re.compile(rb"""<\?xml[^>]*\sencoding\s*=\s*["']([^"']*)["']""")


class UnpatchableError(Exception):
    """A workbook is built in a way that is not changed safely; the text says what is odd about it."""


def text(value: str) -> str:
    """`value` as the text of an element; a sign that XML cannot hold becomes a question mark."""
    return escape(_UNWRITABLE.sub("?", value)).replace("\r", "&#13;")


def cell_text(value: str) -> str:
    """`value` as the text of a cell or comment, where _x000D_ means a character and not these seven."""
    return text(_ESCAPED.sub("_x005F_", value))


def string(value: str) -> str:
    """`value` as the content of a cell of type inlineStr, which is never taken for a formula."""
    return f'<is><t xml:space="preserve">{cell_text(value)}</t></is>'


def quoted(value: str) -> str:
    """`value` for an attribute in double quotes."""
    return text(value).replace('"', "&quot;").replace("\n", "&#10;")


def tag_pattern(local: str) -> re.Pattern[bytes]:
    """Finds a start tag by its local name; group 1 is its prefix with the colon, group 2 what follows the name."""
    return re.compile(rb"<((?:[\w.-]+:)?)" + local.encode() + rb"(?=[\s/>])(" + ATTRIBUTES + rb")>")


def attribute(tag: bytes, name: bytes) -> bytes | None:
    """The value of an attribute of a start tag, or None."""
    found = re.search(rb"\s" + name + rb"""\s*=\s*(?:"([^"]*)"|'([^']*)')""", tag)
    return None if found is None else found[1] if found[1] is not None else found[2]


def with_attribute(tag: bytes, name: bytes, value: bytes) -> bytes:
    """A start tag with the attribute set."""
    place = re.search(rb"\s" + name + rb"""\s*=\s*(?:"[^"]*"|'[^']*')""", tag)
    given = b" " + name + b'="' + value + b'"'
    if place is not None:
        return tag[: place.start()] + given + tag[place.end() :]
    end = re.search(rb"\s*/?>\Z", tag)
    at = end.start() if end else len(tag)
    return tag[:at] + given + tag[at:]


def prefix(xml: bytes, local: str) -> bytes:
    """The namespace prefix, with its colon, under which the first element of that local name is written."""
    return _tag(xml, local)[1]


def appended(xml: bytes, local: str, children: list[bytes], *, first: bool = False) -> bytes:
    """`children` as the last (or first) children of the only element of that name; its `count` grows with them.

    Raises UnpatchableError where there is no such element.
    """
    if not children:
        return xml
    start = _tag(xml, local)
    tag, inside = start[0], b"".join(children)
    count = attribute(tag, b"count")
    if count is not None:
        tag = with_attribute(tag, b"count", str(int(count) + len(children)).encode())
    close = b"</" + start[1] + local.encode()
    if tag.endswith(b"/>"):
        return xml[: start.start()] + tag[:-2].rstrip() + b">" + inside + close + b">" + xml[start.end() :]
    end = start.end() if first else xml.rfind(close)
    if end < start.end():
        raise UnpatchableError(f"the element {local} does not end")
    return xml[: start.start()] + tag + xml[start.end() : end] + inside + xml[end:]


def elements(xml: bytes, local: str) -> Iterator[tuple[int, int]]:
    """Start and end of each element of that local name; such elements may not stand inside one another."""
    at = 0
    pattern = tag_pattern(local)
    while found := pattern.search(xml, at):
        at = found.end()
        if not found[2].endswith(b"/"):
            close = xml.find(b"</" + found[1] + local.encode(), at)
            at = xml.find(b">", close) + 1
            if close < 0 or not at:
                raise UnpatchableError(f"the element {local} does not end")
        yield found.start(), at


def inside(xml: bytes, local: str) -> bytes:
    """What stands in the first element of that local name."""
    start, end = next(elements(xml, local), (0, 0))
    opened = _tag(xml, local)
    return b"" if opened[2].endswith(b"/") else xml[opened.end() : xml.rfind(b"</", start, end)]


def require_utf8(head: bytes) -> None:
    """Raise UnpatchableError where a part that begins with `head` is not written in UTF-8."""
    declared = _ENCODING.search(head[:200])
    if head[:2] in (b"\xff\xfe", b"\xfe\xff", b"<\x00", b"\x00<") or (
        declared is not None and declared[1].lower() not in (b"utf-8", b"us-ascii", b"ascii")
    ):
        raise UnpatchableError("its XML is not written in UTF-8")


def require_well_formed(pieces: Iterator[bytes]) -> None:
    """Raise UnpatchableError where the pieces together are no well-formed XML."""
    parser = expat.ParserCreate()
    try:
        for piece in pieces:
            parser.Parse(piece, False)
        parser.Parse(b"", True)
    except expat.ExpatError as problem:
        raise UnpatchableError(f"its XML could not be changed ({problem})") from None


def _tag(xml: bytes, local: str) -> re.Match[bytes]:
    found = tag_pattern(local).search(xml)
    if found is None:
        raise UnpatchableError(f"it has no element {local}")
    return found
