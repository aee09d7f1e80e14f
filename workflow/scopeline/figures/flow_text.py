"""The flow diagram as plain text: for a terminal, for a letter, and for those who have a page read out to them.

Nothing is drawn with signs. Boxes stand in the order of the figure, one line each, what belongs to a box below it and
further in; headings are lines of their own, underlined for the eye.
"""

import textwrap
from collections.abc import Iterable, Mapping
from typing import Any

from scopeline import text as words
from scopeline.figures.flow_content import INCLUDED, Cell, Line, Row, content


def text(
    flow_json: Mapping[str, Any],
    *,
    title: str = "PRISMA 2020 flow diagram",
    width: int = 88,
    wording: str = "studies",
    detail_sources: bool = True,
    screening_reasons: bool = False,
) -> str:
    """A flow (`flow_data.as_json`) as plain text in lines of at most `width` characters, ending with a line break.

    The choices are those of `flow_diagram.svg`. A long word, such as an address, is not broken and may go beyond the
    width. Raises ConfigurationError for another wording.
    """
    told = content(flow_json, wording=wording, detail_sources=detail_sources, screening_reasons=screening_reasons)
    lines = [*_heading(title, "=", width), ""]
    if told.refusal:
        return "\n".join([*lines, *(row for line in told.refusal for row in _item(line, width)), ""])
    if told.banner:
        lines += [*textwrap.wrap(told.banner, width), ""]
    if told.previous is not None:
        lines += [*_heading(told.previous_heading, "-", width), "", *_cell(told.previous, width), ""]
    for arm in told.arms:
        lines += [*_heading(arm.heading, "-", width), ""]
        lines += [row for stage, cells in _stages(arm.rows) for row in _stage(stage, cells, width)]
    if told.ends:
        lines += [*_heading(INCLUDED, "-", width), "", *(row for cell in told.ends for row in _cell(cell, width)), ""]
    for listing in told.listings:
        if listing.title:
            lines += [*_heading(listing.title, "-", width), ""]
        lines += [*(row for item in listing.items for row in _item(item, width)), ""]
    return "\n".join(lines)


def _stages(rows: Iterable[Row]) -> list[tuple[str, list[Cell]]]:
    found: dict[str, list[Cell]] = {}
    for row in rows:
        found.setdefault(row.stage, []).extend(cell for cell in (row.main, *row.side) if cell is not None)
    return [(stage, cells) for stage, cells in found.items() if cells]


def _stage(stage: str, cells: Iterable[Cell], width: int) -> list[str]:
    return [f"{stage}:", *(row for cell in cells for row in _cell(cell, width)), ""]


def _heading(said: str, rule: str, width: int) -> list[str]:
    rows = textwrap.wrap(_plain(said), width) or [""]
    return [*rows, rule * max(map(len, rows))]


def _cell(cell: Cell, width: int) -> list[str]:
    return [row for line in cell.lines for row in _item(line, width)]


def _item(line: Line, width: int) -> list[str]:
    indent = "  " * (line.level + 1)
    return textwrap.wrap(
        _plain(line.text),
        width,
        initial_indent=indent,
        subsequent_indent=f"{indent}    ",
        break_long_words=False,
        break_on_hyphens=False,
    ) or [indent.rstrip()]


def _plain(said: str) -> str:
    return " ".join(words.clean(said).split())
