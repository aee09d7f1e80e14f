"""Bytes of an export → text, whatever wrote them."""

import codecs
import re

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_DECLARED = re.compile(rb"""(?:encoding|charset)\s*=\s*["']?([A-Za-z0-9._-]{2,40})""")


def decoded(data: bytes, form: str = "") -> str:
    r"""The text of `data`, every line ended by a single \n.

    A byte order mark decides, then UTF-8 where all of it is UTF-8, then what an XML or HTML file says of itself. What
    is left is read line by line, as UTF-8 where the line is and else as Windows-1252: teams join the exports of
    several databases in one file.
    """
    return with_guess(data, form)[0]


def with_guess(data: bytes, form: str = "") -> tuple[str, str]:
    """The text as `decoded` gives it, and the encoding where it was guessed: cp1252; "" where the bytes tell it."""
    text, guess = _marked(data) or _as(data, "utf-8") or _as_declared(data, form), ""
    if text is None:
        text, guess = _line_by_line(data)
    return text.replace("\r\n", "\n").replace("\r", "\n"), guess


def _marked(data: bytes) -> str | None:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return data.decode(encoding, "replace")
    if b"\0" in data[:200]:  # UTF-16 without its mark: every other byte of what is ASCII is zero
        little = data[1:200:2].count(0) > data[0:200:2].count(0)
        return data.decode("utf-16-le" if little else "utf-16-be", "replace")
    return None


def _as(data: bytes, encoding: str) -> str | None:
    try:
        return data.decode(encoding)
    except (UnicodeDecodeError, LookupError):
        return None


def _as_declared(data: bytes, form: str) -> str | None:
    said = _DECLARED.search(data[:2048]) if form in ("endnote_xml", "pubmed_xml", "html") else None
    return _as(data, said[1].decode("ascii")) if said else None


def _line_by_line(data: bytes) -> tuple[str, str]:
    lines, told = [], False
    for line in data.split(b"\n"):
        text = _as(line, "utf-8")
        told |= text is not None and not line.isascii()
        if text is None:
            text = _as(line, "cp1252")
        lines.append(line.decode("latin-1") if text is None else text)
    return "\n".join(lines), "cp1252 in the lines that are not" if told else "cp1252"
