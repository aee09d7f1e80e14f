"""The first sheet of a copy: every issue as a line, with a link to its cell."""

from ..cells import letter
from ..terms import Severity
from .marks import MOST_LISTED, WORDS, Line, Marks
from .styles import Styles
from .xmltext import MAIN, quoted, string

_MOST_LINKS = 60_000  #: Excel opens no sheet with more than 65,530 links
_HEAD = ("Severity", "Where", "What", "What to do")
_LINE, _MOST_LINES = 15, 27  #: points, and what Excel allows a row
_WIDTHS = (11, 26, 78, 62)


def sheet(marks: Marks, tabs: set[str], styles: Styles) -> bytes:
    """The list as a worksheet. `tabs` are the sheets that a link may lead to."""
    rows: list[str] = []
    links: list[str] = []
    _row(rows, [(f"Issues in {marks.file}", styles.own("title"))])
    for sentence in (_counted(marks.counts), _COPY, *marks.remarks):
        _row(rows, [(sentence, styles.own("title_note"))])
    if len(marks.lines) > MOST_LISTED:
        _row(rows, [(f"The list ends after {MOST_LISTED} issues; issues.csv has all.", styles.own("title_note"))])
    rows.append("")
    _row(rows, [(name, styles.own("head")) for name in _HEAD])
    top = len(rows)
    for line in marks.lines[:MOST_LISTED]:
        linked = line.cell is not None and line.sheet in tabs and len(links) < _MOST_LINKS
        _row(rows, _cells(line, styles, linked))
        if linked:
            links.append(_link(line, len(rows)))
    widths = "".join(
        f'<col min="{at}" max="{at}" width="{width}" customWidth="1"/>' for at, width in enumerate(_WIDTHS, 1)
    )
    return (
        f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<worksheet xmlns="{MAIN}"><sheetPr>'
        '<tabColor rgb="FFC0392B"/><pageSetUpPr fitToPage="1"/></sheetPr>'
        '<sheetViews><sheetView showGridLines="0" tabSelected="1" workbookViewId="0">'
        f'<pane ySplit="{top}" topLeftCell="A{top + 1}" activePane="bottomLeft" state="frozen"/>'
        f'<selection pane="bottomLeft" activeCell="A{top + 1}" sqref="A{top + 1}"/></sheetView></sheetViews>'
        f'<sheetFormatPr defaultRowHeight="15"/><cols>{widths}</cols><sheetData>{"".join(rows)}</sheetData>'
        f'<autoFilter ref="A{top}:D{max(len(rows), top + 1)}"/>'
        + (f"<hyperlinks>{''.join(links)}</hyperlinks>" if links else "")
        + '<pageMargins left="0.5" right="0.5" top="0.6" bottom="0.6" header="0.3" footer="0.3"/>'
        '<pageSetup orientation="landscape" fitToHeight="0"/></worksheet>'
    ).encode()


_COPY = (
    "This is a copy, written anew whenever the spreadsheets are checked. Correct the file itself, in the folder raw, "
    "not this copy."
)


def _counted(counts: dict[Severity, int]) -> str:
    told = [f"{n} {severity.value}{'' if n == 1 else 's'}" for severity, n in counts.items() if n]
    return (
        f"{', '.join(told) or 'No issues'}. A coloured cell has a comment that says what to do: "
        "red is an error, amber a warning, blue a note."
    )


def _row(rows: list[str], cells: list[tuple[str, int]]) -> None:
    at = len(rows) + 1
    inside = "".join(
        f'<c r="{letter(column)}{at}" s="{style}" t="inlineStr">{string(text)}</c>'
        for column, (text, style) in enumerate(cells)
    )
    lines = max((_lines(text, width) for (text, _), width in zip(cells, _WIDTHS, strict=False)), default=1)
    height = f' ht="{_LINE * min(lines, _MOST_LINES)}" customHeight="1"' if len(cells) > 1 else ""
    rows.append(f'<row r="{at}"{height}>{inside}</row>')


def _lines(text: str, width: int) -> int:
    """How many lines a wrapped text takes; a little more than too few, because words do not break."""
    return sum(1 + int(len(line) * 1.1) // width for line in text.split("\n"))


def _cells(line: Line, styles: Styles, linked: bool) -> list[tuple[str, int]]:
    plain = styles.own("plain")
    return [
        (WORDS[line.severity], styles.own(line.severity.value)),
        (line.place, styles.own("link") if linked else plain),
        (line.what, plain),
        (line.remedy, plain),
    ]


def _link(line: Line, at: int) -> str:
    row, column = line.cell or (1, 0)
    name = line.sheet.replace("'", "''")
    target = quoted(f"'{name}'!{letter(column)}{row}")
    return f'<hyperlink ref="B{at}" location="{target}" display="{quoted(line.place)}"/>'
