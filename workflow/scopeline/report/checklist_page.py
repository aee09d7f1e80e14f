"""`results/checklists/`: the answered checklists as Markdown for a supplement, and on one page."""

from typing import TYPE_CHECKING

import pandas as pd

from .. import text
from .places import Place
from .rendering import render
from .words import escaped

if TYPE_CHECKING:
    from ..checklists import Answer, Checklist

#: From results/checklists/ to results/.
_UP = "../"
_HEADER = ("Item", "What it asks", "Answer", "Where", "Authors to write")


def markdown(checklist: "Checklist") -> str:
    """One checklist as Markdown. Its answers must have been made with a pen that escapes (`words.Markdown`)."""
    blocks = [
        f"# {checklist.title}",
        escaped(checklist.review),
        f"{checklist.counts()} Items are told in our own words, after {checklist.source}.",
        f"{checklist.rows_count} Paths are below results/.",
    ]
    for section in dict.fromkeys(answer.section for answer in checklist.answers):
        lines = [_line(answer) for answer in checklist.answers if answer.section == section]
        rule = ["---"] * len(_HEADER)
        blocks += [f"## {section}", "\n".join(f"| {' | '.join(line)} |" for line in [_HEADER, rule, *lines])]
    if len(checklist.listed):
        blocks += ["## Sources excluded at full text", _listed(checklist.listed)]
    return "\n\n".join(blocks) + "\n"


def _line(answer: "Answer") -> list[str]:
    said = " ".join(each for each in (answer.team, *answer.said) if each)
    optional = " (optional)" if answer.optional else ""
    where = "; ".join(_place(place) for place in answer.where)
    return [f"**{answer.id}** {answer.title}{optional}", answer.asks, said or "–", where or "–", answer.write or "–"]


def _place(place: Place) -> str:
    told = f"[{escaped(place.file)}]({_UP}{place.link})"
    return f"{told}, {escaped(place.where)}" if place.where else told


def _listed(frame: pd.DataFrame) -> str:
    """The sources excluded at full text, each with its citation and reason."""
    lines = [["Report", "Citation", "Reason"], ["---"] * 3]
    lines += [[escaped(part) for part in line] for line in _excluded(frame)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _excluded(frame: pd.DataFrame) -> list[tuple[str, str, str]]:
    """Report, citation and reason of each source excluded at full text."""
    lines = []
    for record in frame.to_dict("records"):
        parts = [text.clean(record.get(name)) for name in ("authors", "year", "title", "journal", "doi")]
        citation = ". ".join(part.rstrip(".") for part in parts if part)
        lines.append((text.clean(record["report_id"]), citation or "–", text.clean(record.get("reason")) or "–"))
    return lines


def page(checklists: "list[Checklist]") -> str:
    """All checklists on one page. Their answers must have been made with the plain pen; the page escapes them."""
    return render(
        "checklists.html.j2",
        styles=("base.css", "checklists.css"),
        scripts=(),
        data={},
        review=text.clean(checklists[0].review) if checklists else "",
        checklists=checklists,
        up=_UP,
        listed=_excluded,
    )
