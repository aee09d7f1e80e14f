"""The flow diagram in the language of Mermaid, which GitHub, GitLab, Quarto and many notebooks draw by themselves.

Labels are written so that nothing in them is taken for Mermaid's grammar, for markup or for Markdown: every character
that is no letter, digit or plain sign is given by its number (`#35;`), as Mermaid's documentation says. Arms are
subgraphs; Mermaid places the boxes.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from scopeline import text
from scopeline.figures.flow_content import Arm, Cell, Content, Line, content
from scopeline.figures.flow_diagram import describe

_HOW = '%%{init: {"flowchart": {"wrappingWidth": 320, "curve": "linear"}}}%%'
_CLASSES = (
    "classDef white fill:#ffffff,stroke:#1c2733,color:#1c2733,text-align:left",
    "classDef grey fill:#eef0f2,stroke:#7b8894,color:#1c2733,text-align:left",
    "classDef alert fill:#fff4d6,stroke:#b7791f,color:#1c2733,text-align:left",
    "classDef note fill:#ffffff,stroke:#ffffff,color:#1c2733,text-align:left",
)
_YELLOW = "fill:#fff6d9,stroke:#8a6d00,color:#1c2733"
_GREY = "fill:#f7f8f9,stroke:#7b8894,color:#1c2733"


def mermaid(
    flow_json: Mapping[str, Any],
    *,
    title: str = "PRISMA 2020 flow diagram",
    wording: str = "studies",
    detail_sources: bool = True,
    screening_reasons: bool = False,
) -> str:
    """A flow (`flow_data.as_json`) as the text of a Mermaid flowchart, to be kept as flow.mmd.

    The choices are those of `flow_diagram.svg`. Where a sum does not hold, one box says which. Raises
    ConfigurationError for another wording.
    """
    told = content(flow_json, wording=wording, detail_sources=detail_sources, screening_reasons=screening_reasons)
    lines = [_HOW, "flowchart TB", f"  accTitle: {_spoken(title)}"]
    if told.refusal:
        lines.append(f"  accDescr: {_spoken(' '.join(line.text for line in told.refusal))}")
        return "\n".join([*lines, f"  {_node('flow-refused', told.refusal, 'alert')}", *_classes(), ""])
    lines.append(f"  accDescr: {_spoken(describe(flow_json))}")
    if told.banner:
        lines.append(f"  {_node('flow-pending', [Line(told.banner)], 'alert')}")
    edges: list[tuple[str, str]] = []
    ends = {}
    for arm in told.arms:
        nodes, last = _arm(arm, edges)
        lines += [f'  subgraph arm_{arm.name}["{_label(arm.heading)}"]', *(f"    {node}" for node in nodes), "  end"]
        ends[arm.name] = last
    if told.previous is not None:
        lines += [
            f'  subgraph arm_previous["{_label(told.previous_heading)}"]',
            f"    {_node(told.previous.id, told.previous.lines, 'grey')}",
            "  end",
        ]
    lines += [f"  {_of(cell)}" for cell in told.ends]
    lines += [f"  {source} --> {target}" for source, target in edges]
    lines += _included(told, ends)
    anchor = _id(told.ends[-1].id) if told.ends else next(filter(None, ends.values()), None)
    for listing in told.listings:
        items = [Line(listing.title), *listing.items] if listing.title else listing.items
        lines.append(f"  {_node(listing.id, items, 'note')}")
        if anchor:
            lines.append(f"  {anchor} ~~~ {_id(listing.id)}")
    for arm in told.arms:
        lines.append(f"  style arm_{arm.name} {_GREY if arm.grey else _YELLOW}")
    if told.previous is not None:
        lines.append(f"  style arm_previous {_GREY}")
    return "\n".join([*lines, *_classes(), ""])


def _classes() -> list[str]:
    return [f"  {each}" for each in _CLASSES]


def _arm(arm: Arm, edges: list[tuple[str, str]]) -> tuple[list[str], str | None]:
    """The nodes of an arm and its last main box; adds its arrows."""
    nodes: list[str] = []
    last: str | None = None
    aside: list[tuple[str, str]] = []
    for row in arm.rows:
        if row.main is not None:
            nodes.append(_of(row.main))
            if last:
                edges.append((last, _id(row.main.id)))
            last = _id(row.main.id)
        for side in row.side:
            nodes.append(_of(side))
            if last:
                aside.append((last, _id(side.id)))
    edges += aside
    return nodes, last


def _included(told: Content, last: Mapping[str, str | None]) -> Iterable[str]:
    """The arrows to what is included; those out of an arm are long, so that the box stands below it."""
    if not told.ends:
        return
    first, total = told.ends[0], next((cell for cell in told.ends if cell.id == "box-total"), told.ends[0])
    yield from (f"  {each} ----> {_id(first.id)}" for each in last.values() if each)
    yield from (f"  {_id(a.id)} --> {_id(b.id)}" for a, b in zip(told.ends, told.ends[1:], strict=False))
    if told.previous is not None:
        yield f"  {_id(told.previous.id)} --> {_id(total.id)}"


def _of(cell: Cell) -> str:
    return _node(cell.id, cell.lines, "grey" if cell.grey else "white")


def _node(identifier: str, lines: Iterable[Line], look: str) -> str:
    said = "<br/>".join("&nbsp;&nbsp;" * line.level + _label(line.text) for line in lines)
    return f'{_id(identifier)}["{said}"]:::{look}'


def _id(identifier: str) -> str:
    return re.sub(r"\W", "_", identifier)


def _label(said: str) -> str:
    """Any text as it may stand between the quotes of a label."""
    plain = " ".join(text.clean(said).split())
    escaped = re.sub(r"[^\w ,()=:/]|_", lambda found: f"#{ord(found[0])};", plain)
    return re.sub(r"\(n = ([\d,]+)\)", r"(n&nbsp;=&nbsp;\1)", escaped)


def _spoken(said: str) -> str:
    """Any text as it may stand on the line of a title or a description, where numbers of characters are not read."""
    return " ".join(re.sub(r"[^\w .,()=:/'+-]", " ", text.clean(said)).split()) or "flow"
