"""The PRISMA 2020 flow diagram as a picture: svg, png and pdf, in all four templates of the statement.

`flow_content` says what stands in each box, `flow_layout` where it stands, `flow_svg` draws it; `flow_text`,
`flow_mermaid` and `flow_page` tell the same content in other forms. Every number is one of flow.json: each box carries
it as `data-box` and `data-n`, so that a drawn figure can be read back and compared.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from scopeline import text
from scopeline.figures import flow_layout, flow_svg, look
from scopeline.figures.flow_content import Content, content
from scopeline.report import sentences
from scopeline.terms import FURTHER_BOXES


def svg(
    flow_json: Mapping[str, Any],
    *,
    title: str = "PRISMA 2020 flow diagram",
    width: int = look.WIDTH,
    links: str | Callable[[str], str] | None = None,
    detail_sources: bool = True,
    screening_reasons: bool = False,
    wording: str = "studies",
) -> str:
    """Draw a flow (`flow_data.as_json`) as one svg document.

    `links` is a folder: each box then links to its members there (`member_file`), and the picture's role is group, so
    that its links can be reached; a function of the box's name gives other addresses. `detail_sources` names databases,
    registers and other sources below their kind; `screening_reasons` lists the reasons at title and abstract, which
    PRISMA does not ask for. `width` is in units of a quarter of a millimetre, 560 or more (680 for five columns).
    `wording` is "studies" or, for a scoping review, "sources of evidence".

    A review in progress carries a banner. Typed numbers carry a dagger, and their cells stand below; so do the named
    exceptions. Where a sum fails without a named exception no flow is drawn: the picture says which, with both sides.
    Raises ConfigurationError for another wording.
    """
    told = content(flow_json, wording=wording, detail_sources=detail_sources, screening_reasons=screening_reasons)
    link: Callable[[str], str] | None = None
    if callable(links):
        link = links
    elif links:
        folder = links.rstrip("/")

        def link(name: str) -> str:
            return f"{folder}/{member_file(name)}"

    description = _refused(told) if told.refusal else describe(flow_json)
    return flow_svg.draw(flow_layout.lay_out(told, width), title=title, description=description, link=link)


def member_file(box: str) -> str:
    """The file in prisma/boxes/ that lists the members of a box: boxes that only some flows have share one."""
    return "further.csv" if box in FURTHER_BOXES else f"{box}.csv"


def pdf(picture: str) -> bytes:
    """The drawn svg as a pdf of its own size, 170 mm wide as drawn by default: lines as lines and text as text.

    The same picture gives the same bytes; fonts are embedded. vl-convert writes the fonts of a picture in an order that
    changes from call to call, so the names in the list of fonts are sorted, and it is called until the fonts are too.
    """
    import vl_convert

    sized = _SIZE.sub(
        lambda found: f'{found[1]}width="{_points(found[2])}" height="{_points(found[3])}"',
        picture.replace(f'font-family="{look.FONT}"', 'font-family="Liberation Sans"'),
        count=1,
    )
    paper = b""
    for _ in range(_MOST_CALLS):
        paper = _FONTS.sub(_sorted_fonts, bytes(vl_convert.svg_to_pdf(sized)))
        fonts = _FONT_NAME.findall(paper)
        if fonts == sorted(fonts):
            break
    return paper


#: A picture has two fonts, and one or two more where a text is not in Latin letters; a call takes ten milliseconds.
_MOST_CALLS = 500
_FONTS = re.compile(rb"(/Font <<\s*)((?:/\w+ \d+ 0 R\s*)+)(?=>>)")
_FONT_NAME = re.compile(rb"/BaseFont /\w+\+([\w-]+)")
_SIZE = re.compile(r'(<svg [^>]*?)width="([\d.]+)" height="([\d.]+)"')


def _sorted_fonts(found: re.Match[bytes]) -> bytes:
    names = re.findall(rb"/\w+ \d+ 0 R", found[2])
    gaps = re.split(rb"/\w+ \d+ 0 R", found[2])[1:]
    return found[1] + b"".join(name + gap for name, gap in zip(sorted(names), gaps, strict=True))


def _points(units: str) -> str:
    """A length in quarters of a millimetre as points, which a pdf counts in."""
    return f"{float(units) * 72 / 25.4 / 4:.2f}"


def describe(flow_json: Mapping[str, Any]) -> str:
    """The flow in sentences, for those who do not see the figure."""
    if not flow_json.get("boxes"):
        return sentences.NO_FLOW
    told = []
    for name, said in (("sources", "Records were identified from"), ("other_sources", "By other methods, from")):
        found = [
            f"{source.get('label', kind)} ({source['n']:,})" for kind, source in (flow_json.get(name) or {}).items()
        ]
        told += [f"{said} {text.names(found)}."] if found else []
    told += sentences.of_flow(flow_json)
    for name, said in (
        ("reports_excluded", "Reports were excluded because of"),
        ("other_reports_excluded", "By other methods, reports were excluded because of"),
    ):
        reasons = [f"{each['reason']} ({each['n']:,})" for each in (flow_json.get("reasons") or {}).get(name) or ()]
        told += [f"{said}: {'; '.join(reasons)}."] if reasons else []
    return " ".join(told)


def _refused(told: Content) -> str:
    return " ".join(line.text for line in told.refusal)
