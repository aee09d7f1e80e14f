"""The workbook's cell formats: a format with another fill for each format that a marked cell has."""

import re

from ..terms import Severity
from .marks import COLOURS
from .xmltext import MAIN, UnpatchableError, appended, attribute, elements, inside, prefix, require_utf8, with_attribute

#: Formats of the list's own cells: font, fill, whether text wraps.
_OWN = {"title": (0, None), "title_note": (3, None), "plain": (3, None), "head": (1, None), "link": (2, None)} | {
    severity.value: (3, severity) for severity in COLOURS
}
_FONTS = (
    '<{p}font><{p}b/><{p}sz val="14"/><{p}name val="Calibri"/></{p}font>',
    '<{p}font><{p}b/><{p}sz val="11"/><{p}name val="Calibri"/></{p}font>',
    '<{p}font><{p}u/><{p}sz val="11"/><{p}color rgb="FF1F4E9E"/><{p}name val="Calibri"/></{p}font>',
    '<{p}font><{p}sz val="11"/><{p}name val="Calibri"/></{p}font>',
)

#: For a workbook without formats: format 0 is the general one, 1 text, 2 a date, 3 a date with a time.
MINIMAL = (
    f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<styleSheet xmlns="{MAIN}">'
    '<numFmts count="2"><numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd"/>'
    '<numFmt numFmtId="165" formatCode="yyyy\\-mm\\-dd\\ hh:mm:ss"/></numFmts>'
    '<fonts count="1"><font><sz val="11"/><name val="Calibri"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill>'
    '</fills><borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs><cellXfs count="4">'
    '<xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
    '<xf numFmtId="49" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
    '<xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
    '<xf numFmtId="165" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/></cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
).encode()


class Styles:
    """The part styles.xml: formats are asked for by number and added as they are needed."""

    def __init__(self, xml: bytes):
        require_utf8(xml)
        self._xml = xml
        self._prefix = prefix(xml, "cellXfs")
        formats = inside(xml, "cellXfs")
        self._formats = [formats[start:end] for start, end in elements(formats, "xf")]
        if not self._formats:
            raise UnpatchableError("it has no cell formats")
        self._n_fonts = len(list(elements(inside(xml, "fonts"), "font")))
        self._n_fills = len(list(elements(inside(xml, "fills"), "fill")))
        self._added: list[bytes] = []
        self._known: dict[tuple[int, Severity] | str, int] = {}

    def marked(self, old: int, severity: Severity) -> int:
        """The number of the format that is like format `old` but with the fill of a severity."""
        old = old if 0 <= old < len(self._formats) else 0
        return self._format((old, severity), self._formats[old], severity)

    def own(self, name: str) -> int:
        """The number of one of the list's own formats."""
        font, severity = _OWN[name]
        p = self._prefix.decode()
        wrap = "" if name.startswith("title") else ' wrapText="1"'
        given = (
            f'<{p}xf numFmtId="0" fontId="{self._n_fonts + font}" fillId="0" borderId="0" xfId="0" applyFont="1" '
            f'applyAlignment="1"><{p}alignment vertical="top"{wrap}/></{p}xf>'
        ).encode()
        return self._format(name, given, severity)

    def _format(self, name: tuple[int, Severity] | str, given: bytes, severity: Severity | None) -> int:
        if name not in self._known:
            self._known[name] = len(self._formats) + len(self._added)
            self._added.append(given if severity is None else self._filled(given, severity))
        return self._known[name]

    def _filled(self, given: bytes, severity: Severity) -> bytes:
        end = re.match(rb"<[^>]*>", given).end()  # type: ignore[union-attr]
        tag = with_attribute(given[:end], b"fillId", str(self._n_fills + list(COLOURS).index(severity)).encode())
        return with_attribute(tag, b"applyFill", b"1") + given[end:]

    def render(self) -> bytes:
        """The part with all formats that were asked for."""
        p = self._prefix.decode()
        fills = [
            f'<{p}fill><{p}patternFill patternType="solid"><{p}fgColor rgb="FF{colour}"/>'
            f'<{p}bgColor indexed="64"/></{p}patternFill></{p}fill>'.encode()
            for colour in COLOURS.values()
        ]
        xml = appended(self._xml, "fonts", [font.format(p=p).encode() for font in _FONTS])
        return appended(appended(xml, "fills", fills), "cellXfs", self._added)


def style_number(tag: bytes) -> int:
    """The format's number that a cell's, row's or column's start tag names."""
    given = attribute(tag, b"s")
    return int(given) if given and given.isdigit() else 0
