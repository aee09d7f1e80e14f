"""The figures of the synthesis for the page: each in the section where it belongs, with its words and its files."""

import html
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from markupsafe import Markup

from .. import text
from .members import Members

#: Section of the page → its figures, in their order.
PLACES: Mapping[str, tuple[str, ...]] = {
    "characteristics": ("trend", "ranges"),
    "appraisal": ("appraisal",),
    "map": ("evidence_map_design", "effect_direction", "harvest", "albatross"),
    "harms": ("harms",),
}
#: The figure that the page has as a table: only its files are named.
AS_TABLE = "evidence_map"

#: Where the files of the figures stand, from the page.
FOLDER = "figures/evidence"

#: A picture with more characters than this stands beside the page alone, and so does each that would make all pictures
#: of the page larger than `MOST_DRAWN`.
LARGEST = 250_000
MOST_DRAWN = 3_000_000

_HEAD = re.compile(r"<(?:svg|title|desc)\b[^>]*>")
_IDS = re.compile(r'(?<= )(id|aria-labelledby)="([^"]*)"')
_MARKED = re.compile(r"""data-ids=(?:"([^"]*)"|'([^']*)')""")
_OF_SEVERAL = re.compile(r" \(\d+ of \d+\)$")


@dataclass(frozen=True)
class Page:
    """One page of a figure. `path` is that of its files without their ending; `svg` is empty where it stands apart."""

    path: str
    alt: str
    caption: str
    svg: Markup
    place: str  # "Page 2 of 3", or ""


@dataclass(frozen=True)
class Drawn:
    """One figure; `renamed` where its title is another than that in its pictures."""

    name: str
    title: str
    pages: tuple[Page, ...] = ()
    why_not: str = ""
    renamed: bool = False


@dataclass
class Figures:
    """The figures of the page by section, and the pages of the figure that the page has as a table."""

    by_section: dict[str, list[Drawn]] = field(default_factory=dict)
    as_table: tuple[Page, ...] = ()

    def of(self, section: str) -> list[Drawn]:
        """The figures of one section; none where none was drawn."""
        return self.by_section.get(section, [])


def figures(
    index: Mapping[str, Any], pictures: Mapping[str, str], members: Members, titles: Mapping[str, str]
) -> Figures:
    """What the page shows of the figures.

    `index` is figures/evidence/index.json: figure → `pages` (name, title, alt, caption) and `why_not`. `pictures` maps
    the name of a page to its svg. `titles` replaces the titles of figures.
    """
    found = Figures()
    inside = _inside(index, pictures)
    for section, names in PLACES.items():
        for name in (each for each in names if each in index):
            told = index[name]
            pages = [
                _page(page, pictures[page["name"]] if page["name"] in inside else "", number, len(told["pages"]))
                for number, page in enumerate(told["pages"], start=1)
            ]
            title = _OF_SEVERAL.sub("", told["pages"][0]["title"]) if pages else text.capital(name.replace("_", " "))
            found.by_section.setdefault(section, []).append(
                Drawn(
                    name=name,
                    title=titles.get(name, title),
                    pages=tuple(pages),
                    why_not=text.clean(told.get("why_not")),
                    renamed=name in titles,
                )
            )
    for name in sorted(inside):
        members.mention(study for ids in _MARKED.findall(pictures[name]) for study in _split("".join(ids)))
    pages_of_map = index.get(AS_TABLE, {}).get("pages", ())
    found.as_table = tuple(
        _page(page, "", number, len(pages_of_map)) for number, page in enumerate(pages_of_map, start=1)
    )
    return found


def _inside(index: Mapping[str, Any], pictures: Mapping[str, str]) -> set[str]:
    """The pages that stand in the report: as many as it may hold, the first of every figure before any second."""
    figures = [index[name]["pages"] for names in PLACES.values() for name in names if name in index]
    ordered = [pages[place]["name"] for place in range(max(map(len, figures), default=0)) for pages in figures
               if place < len(pages)]  # fmt: skip
    inside: set[str] = set()
    size = 0
    for name in ordered:
        own = len(pictures.get(name, ""))
        if own and own <= LARGEST and size + own <= MOST_DRAWN:
            inside.add(name)
            size += own
    return inside


def picture(svg: str) -> Markup:
    """A drawn svg as it can stand in the page: without its prolog, and with names that no section has."""
    own = svg[svg.find("<svg") :].strip() if "<svg" in svg else ""
    return Markup(_HEAD.sub(lambda tag: _IDS.sub(_renamed, tag[0]), own))  # noqa: S704 - made by scopeline.figures


def _renamed(found: re.Match[str]) -> str:
    return f'{found[1]}="{" ".join(f"picture-{name}" for name in found[2].split())}"'


def _page(page: Mapping[str, Any], svg: str, number: int, whole: int) -> Page:
    return Page(
        path=f"{FOLDER}/{page['name']}",
        alt=text.clean(page["alt"]),
        caption=text.clean(page["caption"]),
        svg=picture(svg),
        place=f"Page {number} of {whole}" if whole > 1 else "",
    )


def _split(ids: str) -> Sequence[str]:
    return text.ids(html.unescape(ids))
