"""The PRISMA 2020 flow diagram as SVG, laid out here so that boxes grow with what they say.

Wording and order follow the PRISMA 2020 template (Page 2021, BMJ 372:n71; CC BY 4.0). Every number is one of flow.json:
each box carries it as `data-box` and `data-n`, so that a drawn figure can be read back and compared.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from xml.sax.saxutils import escape, quoteattr

_FONT = "Helvetica, Arial, 'Liberation Sans', 'DejaVu Sans', sans-serif"
_SIZE, _LINE, _PAD = 12, 16, 10
_MARGIN, _STAGE, _COLUMN_GAP, _ROW_GAP = 16, 26, 36, 28
_INK, _RULE, _PAPER = "#1c2733", "#5b6773", "#ffffff"
_BAND, _BAND_RULE = "#f4ecd6", "#d9c893"
_BAR, _BAR_RULE = "#d5e3f0", "#a9c2da"
_ALERT, _ALERT_RULE, _ALERT_INK = "#fff4d6", "#b7791f", "#5c3c00"

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
_OTHER_WIDTH, _WIDE_WIDTH = 85, 110
_NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass
class _Paragraph:
    """One piece of text in a box; `marks` are attributes of its group (data-box, data-n, ...)."""

    text: str
    indent: int = 0  # an indented line is an item of a list: what follows its first line hangs further in
    marks: dict[str, str] = field(default_factory=dict)
    link: str | None = None
    lines: list[str] = field(default_factory=list)

    @property
    def hang(self) -> int:
        return 10 if self.indent else 0


@dataclass
class _Box:
    """A rectangle with text: its place is set by the layout."""

    paragraphs: list[_Paragraph]
    marks: dict[str, str] = field(default_factory=dict)
    link: str | None = None
    x: float = 0
    y: float = 0
    width: float = 0
    height: float = 0

    def fit(self, x: float, width: float) -> "_Box":
        self.x, self.width = x, width
        for paragraph in self.paragraphs:
            paragraph.lines = _wrap(paragraph.text, width - 2 * _PAD - paragraph.indent, paragraph.hang)
        self.height = 2 * _PAD + _LINE * sum(len(paragraph.lines) for paragraph in self.paragraphs) - 2
        return self


def svg(
    flow_json: Mapping[str, Any],
    *,
    title: str = "PRISMA 2020 flow diagram",
    width: int = 800,
    links: str | None = None,
    detail_sources: bool = False,
    screening_reasons: bool = False,
) -> str:
    """Draw a flow (`flow.as_json`) as one svg document.

    `links` is a folder: each box then links to `<links>/<box>.csv` (and the picture's role is group, so that its links
    can be reached). `detail_sources` lists the names of databases below their kind; `screening_reasons` lists the
    reasons at title and abstract, which PRISMA does not ask for. `width` is in pixels, 560 or more.

    A review in progress carries a banner. Where a sum fails without a named exception no flow is drawn: the picture
    says which, with both sides. Boxes that the flow lacks are left out.
    """
    width = max(int(width), 560)
    failed = [each for each in flow_json.get("identities", ()) if not each["holds"]]
    parts, height = (_refusal(failed, width) if failed else _diagram(
        flow_json, width, links.rstrip("/") if links else None, detail_sources, screening_reasons
    ))  # fmt: skip
    description = (
        "Not drawn: the numbers of this flow do not add up. " + " ".join(_both_sides(each) for each in failed)
        if failed
        else describe(flow_json)
    )
    role = "group" if links and not failed else "img"
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height:g}" width="{width}"'
            f' height="{height:g}" role="{role}" aria-labelledby="flow-title flow-desc"'
            f' font-family="{_FONT}" font-size="{_SIZE}">',
            f'<title id="flow-title">{_clean(title)}</title>',
            f'<desc id="flow-desc">{_clean(description)}</desc>',
            f'<rect width="{width}" height="{height:g}" fill="{_PAPER}"/>',
            *parts,
            "</svg>\n",
        ]
    )


def png(picture: str, scale: float = 2) -> bytes:
    """The drawn svg as a png, `scale` pixels for each of its own."""
    import vl_convert

    return bytes(vl_convert.svg_to_png(picture, scale=scale))


def describe(flow_json: Mapping[str, Any]) -> str:
    """The flow in sentences, for those who do not see the figure."""
    n = {name: box["n"] for name, box in flow_json.get("boxes", {}).items()}
    if not n:
        return "No records."
    sources = ", ".join(f"{source.get('label', name)} {source['n']:,}" for name, source in _sources(flow_json))
    text = [f"{_many(n.get('identified', 0), 'record')} identified{f' ({sources})' if sources else ''}."]
    text.append(
        f"Before screening {_many(n.get('duplicates', 0), 'duplicate record')} removed, "
        f"{n.get('automation', 0):,} marked as ineligible by automation tools and "
        f"{n.get('removed_other', 0):,} removed for other reasons."
    )
    text.append(f"{_many(n.get('screened', 0), 'record')} screened and {n.get('excluded', 0):,} excluded.")
    reasons = "; ".join(f"{each['reason']} {each['n']:,}" for each in _reasons(flow_json, "reports_excluded"))
    text.append(
        f"{_many(n.get('sought', 0), 'report')} sought for retrieval, {n.get('not_retrieved', 0):,} not retrieved, "
        f"{n.get('assessed', 0):,} assessed for eligibility and {n.get('reports_excluded', 0):,} excluded"
        f"{f' ({reasons})' if reasons else ''}."
    )
    studies = f"{_many(n['included_studies'], 'study', 'studies')} included, in " if "included_studies" in n else ""
    text.append(f"{studies}{_many(n.get('included_reports', 0), 'report')}{'' if studies else ' included'}.")
    if flow_json.get("pending"):
        text.append(f"In progress: {_many(flow_json['pending'], 'record')} pending.")
    return " ".join(text)


def _diagram(
    flow_json: Mapping[str, Any], width: int, links: str | None, detail_sources: bool, screening_reasons: bool
) -> tuple[list[str], float]:
    content = width - 2 * _MARGIN - _STAGE - 12
    left = _MARGIN + _STAGE + 12
    main_width = round((content - _COLUMN_GAP) * 0.42)
    side_left, side_width = left + main_width + _COLUMN_GAP, content - _COLUMN_GAP - main_width

    parts: list[str] = []
    y: float = _MARGIN
    if flow_json.get("pending"):
        text = f"In progress: {_many(flow_json['pending'], 'record')} pending. The numbers will change."
        banner = _Box([_Paragraph(text, marks={"data-pending": str(flow_json["pending"])})], {"id": "flow-pending"})
        banner.fit(left, content).y = y
        parts += _draw(banner, fill=_ALERT, rule=_ALERT_RULE, ink=_ALERT_INK)
        y += banner.height + 12
    band = _Box([_Paragraph(_heading(flow_json))], {"id": "flow-heading"}).fit(left, content)
    band.y = y
    parts += _draw(band, fill=_BAND, rule=_BAND_RULE, centred=True, corner=6)
    y += band.height + 16

    rows = _rows(flow_json, links, detail_sources, screening_reasons)
    spans: dict[str, list[float]] = {}
    above: _Box | None = None
    for stage, main, side in rows:
        main.fit(left, main_width).y = y
        if stage == "Included":
            main.height = max(main.height, 72)
        row_height = main.height
        if side is not None:
            side.fit(side_left, side_width).y = y
            row_height = max(row_height, side.height)
            level = y + min(main.height, side.height) / 2
            parts += _arrow(left + main_width, level, side_left, level)
            parts += _draw(side)
        if above is not None:
            middle = left + main_width / 2
            parts += _arrow(middle, above.y + above.height, middle, y)
        parts += _draw(main)
        spans.setdefault(stage, [y, y])[1] = y + row_height
        above = main
        y += row_height + _ROW_GAP
    for stage, (top, bottom) in spans.items():
        parts += _stage(stage, top, bottom)
    y -= _ROW_GAP

    notes = [_Paragraph(text) for text in _notes(flow_json)]
    if notes:
        note = _Box(notes, {"id": "flow-notes"}).fit(left - _PAD, content + 2 * _PAD)
        note.y = y + 6
        parts += _draw(note, fill="none", rule="none")
        y += note.height + 6
    return parts, y + _MARGIN


def _rows(
    flow_json: Mapping[str, Any], links: str | None, detail_sources: bool, screening_reasons: bool
) -> Iterator[tuple[str, _Box, _Box | None]]:
    """Each row of the figure: its stage, its main box and the box beside it."""
    boxes = flow_json.get("boxes", {})

    def marks(name: str) -> dict[str, str]:
        box = boxes[name]
        return {"id": f"box-{name}", "data-box": name, "data-n": str(box["n"]), "data-unit": box["unit"]}

    def link(name: str) -> str | None:
        return f"{links}/{name}.csv" if links else None

    def single(name: str, further: Sequence[_Paragraph] = (), ending: str = "") -> _Box | None:
        if name not in boxes:
            return None
        head = _Paragraph(f"{boxes[name]['label']} (n = {boxes[name]['n']:,}){ending}")
        return _Box([head, *further], marks(name), link(name))

    def several(identifier: str, names: Sequence[str], head: str | None = None) -> _Box | None:
        lines = [
            _Paragraph(f"{boxes[name]['label']} (n = {boxes[name]['n']:,})", 12 if head else 0, marks(name), link(name))
            for name in names
            if name in boxes
        ]
        return _Box(([_Paragraph(head)] if head else []) + lines, {"id": identifier}) if lines else None

    sources = [each for name, source in _sources(flow_json) for each in _source_lines(name, source, detail_sources)]
    excluded = _reason_lines(flow_json, "excluded") if screening_reasons else []
    reasons = _reason_lines(flow_json, "reports_excluded")
    rows = (
        (
            "Identification",
            single("identified", sources, " from:" if sources else ""),
            several("box-removed", ("duplicates", "automation", "removed_other"), "Records removed before screening:"),
        ),
        ("Screening", single("screened"), single("excluded", excluded, ":" if excluded else "")),
        ("Screening", single("sought"), single("not_retrieved")),
        ("Screening", single("assessed"), single("reports_excluded", reasons, ":" if reasons else "")),
        ("Included", several("box-included", ("included_studies", "included_reports")), None),
    )
    for stage, main, side in rows:
        if main is not None:
            yield stage, main, side


def _sources(flow_json: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
    return list(flow_json.get("sources", {}).items())


def _source_lines(name: str, source: Mapping[str, Any], detail: bool) -> list[_Paragraph]:
    marks = {"data-source": name, "data-n": str(source["n"])}
    lines = [_Paragraph(f"{source.get('label', name)} (n = {source['n']:,})", 12, marks)]
    if detail:
        for place, n in sorted(source.get("names", {}).items(), key=lambda item: (-item[1], item[0])):
            lines.append(_Paragraph(f"{place} (n = {n:,})", 24, {"data-source-name": place, "data-n": str(n)}))
    return lines


def _reasons(flow_json: Mapping[str, Any], box: str) -> list[Mapping[str, Any]]:
    return list(flow_json.get("reasons", {}).get(box, ()))


def _reason_lines(flow_json: Mapping[str, Any], box: str) -> list[_Paragraph]:
    lines = []
    for each in _reasons(flow_json, box):
        marks = {"data-reason": each["reason"], "data-n": str(each["n"])}
        lines.append(_Paragraph(f"{each['reason']} (n = {each['n']:,})", 12, marks))
    return lines


def _heading(flow_json: Mapping[str, Any]) -> str:
    kinds = [name for name, source in _sources(flow_json) if source["n"]]
    if set(kinds) <= {"database", "register"}:
        return "Identification of studies via databases and registers"
    return "Identification of studies via databases, registers and other sources"


def _notes(flow_json: Mapping[str, Any]) -> list[str]:
    """The exceptions, as the reader of the figure must see them; the banner already tells of what is pending."""
    notes = []
    for each in flow_json.get("exceptions", ()):
        if each["name"] != "pending":
            n = "" if each.get("n") is None else f" (n = {each['n']:,})"
            notes.append(f"{each['name'].replace('_', ' ').capitalize()}{n}: {each['why'].rstrip('.')}.")
    if flow_json.get("losses"):
        notes.append(str(flow_json["losses"]))
    return notes


def _both_sides(identity: Mapping[str, Any]) -> str:
    text = f"{identity['id']}: {identity['left']}, but {identity['right']}."
    ids = [*identity.get("only_left", ()), *identity.get("only_right", ())]
    if ids:
        text += f" Differs: {', '.join(ids[:12])}{f' and {len(ids) - 12:,} more' if len(ids) > 12 else ''}."
    return text.replace("_", " ")


def _refusal(failed: Sequence[Mapping[str, Any]], width: int) -> tuple[list[str], float]:
    head = "The flow diagram is not drawn: its numbers do not add up, and no named exception says why."
    marks = [{"data-identity": each["id"]} for each in failed]
    lines = [_Paragraph(_both_sides(each), 12, mark) for each, mark in zip(failed, marks, strict=True)]
    box = _Box([_Paragraph(head), *lines], {"id": "flow-refused"}).fit(_MARGIN, width - 2 * _MARGIN)
    box.y = _MARGIN
    return _draw(box, fill=_ALERT, rule=_ALERT_RULE, ink=_ALERT_INK), box.height + 2 * _MARGIN


def _draw(
    box: _Box, *, fill: str = _PAPER, rule: str = _RULE, ink: str = _INK, centred: bool = False, corner: float = 2
) -> list[str]:
    inside = [
        f'<rect x="{box.x:g}" y="{box.y:g}" width="{box.width:g}" height="{box.height:g}" rx="{corner:g}"'
        f' fill="{fill}" stroke="{rule}"/>'
    ]
    text_height = _LINE * sum(len(paragraph.lines) for paragraph in box.paragraphs) - 2
    baseline = box.y + (box.height - text_height) / 2 + _SIZE - 1
    for paragraph in box.paragraphs:
        lines = []
        for number, line in enumerate(paragraph.lines):
            hang = paragraph.hang if number else 0
            place = box.x + box.width / 2 if centred else box.x + _PAD + paragraph.indent + hang
            anchor = ' text-anchor="middle" font-weight="bold"' if centred else ""
            lines.append(f'<text x="{place:g}" y="{baseline:g}" fill="{ink}"{anchor}>{_clean(line)}</text>')
            baseline += _LINE
        inside += _grouped(lines, paragraph.marks, paragraph.link)
    return _grouped(inside, box.marks, box.link)


def _grouped(parts: list[str], marks: Mapping[str, str], link: str | None) -> list[str]:
    if link:
        parts = [f"<a href={_quoted(link)}>", *parts, "</a>"]
    if marks:
        attributes = " ".join(f"{name}={_quoted(value)}" for name, value in marks.items())
        parts = [f"<g {attributes}>", *parts, "</g>"]
    return parts


def _arrow(x1: float, y1: float, x2: float, y2: float) -> list[str]:
    level = y1 == y2
    end = (x2 - 6, y2) if level else (x2, y2 - 6)
    wings = ((x2 - 7, y2 - 3.5), (x2 - 7, y2 + 3.5)) if level else ((x2 - 3.5, y2 - 7), (x2 + 3.5, y2 - 7))
    head = " ".join(f"{x:g},{y:g}" for x, y in wings)
    return [
        f'<line x1="{x1:g}" y1="{y1:g}" x2="{end[0]:g}" y2="{end[1]:g}" stroke="{_RULE}" stroke-width="1.2"/>',
        f'<polygon points="{x2:g},{y2:g} {head}" fill="{_RULE}"/>',
    ]


def _stage(name: str, top: float, bottom: float) -> list[str]:
    x, middle = _MARGIN + _STAGE / 2, (top + bottom) / 2
    return [
        f'<rect x="{_MARGIN}" y="{top:g}" width="{_STAGE}" height="{bottom - top:g}" rx="6"'
        f' fill="{_BAR}" stroke="{_BAR_RULE}"/>',
        f'<text transform="translate({x + 4:g} {middle:g}) rotate(-90)" text-anchor="middle" font-weight="bold"'
        f' fill="{_INK}">{name}</text>',
    ]


def _many(n: int, singular: str, plural: str | None = None) -> str:
    return f"{n:,} {singular if n == 1 else plural or singular + 's'}"


def _clean(text: str) -> str:
    return escape(_NOT_IN_XML.sub("", str(text)))


def _quoted(text: str) -> str:
    return quoteattr(_NOT_IN_XML.sub("", str(text)))


def _width(text: str) -> float:
    return sum(_character_width(character) for character in text) * _SIZE / 100


def _character_width(character: str) -> int:
    if character in _WIDTHS:
        return _WIDTHS[character]
    if unicodedata.combining(character):
        return 0
    if unicodedata.east_asian_width(character) in "WF":
        return _WIDE_WIDTH
    base = unicodedata.normalize("NFD", character)[0]
    return _WIDTHS.get(base, _OTHER_WIDTH)


def _wrap(text: str, width: float, hang: float = 0) -> list[str]:
    """Break at spaces so that each line fits, those after the first with `hang` less; a longer word is broken too."""
    lines, line = [], ""
    words = re.sub(r"\(n = ([\d,]+)\)", "(n\u00a0=\u00a0\\1)", _NOT_IN_XML.sub("", str(text))).split(" ")
    for word in words:
        grown = f"{line} {word}" if line else word
        if _width(grown) <= width:
            line = grown
            continue
        if line:
            lines.append(line)
            width, hang = width - hang, 0
        line = word
        while _width(line) > width:
            cut = next(place for place in range(1, len(line) + 1) if _width(line[:place]) > width)
            lines.append(line[: max(cut - 1, 1)])
            line = line[max(cut - 1, 1) :]
            width, hang = width - hang, 0
    lines = [*lines, line] if line or not lines else lines
    return [each.replace("\u00a0", " ") for each in lines]
