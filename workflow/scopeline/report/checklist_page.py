"""`results/checklists/`: the answered checklists as Markdown for a supplement, and on one page."""

from typing import TYPE_CHECKING

import pandas as pd

from .. import text
from .rendering import render
from .words import escaped

if TYPE_CHECKING:
    from ..checklists import Answer, Checklist, Where

#: From results/checklists/ to results/.
_UP = "../"
_HEADER = ("Item", "What it asks", "Answer", "Where", "Authors to write")


def markdown(checklist: "Checklist") -> str:
    """One checklist as Markdown. Its answers must have been made with a pen that escapes (`words.Markdown`)."""
    blocks = [
        f"# {checklist.title}",
        escaped(checklist.review),
        f"{checklist.counts()} Items are told in our own words, after {checklist.source}.",
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
    where = "; ".join(f"[{_place(each)}]({_UP}{each.file})" for each in answer.where)
    return [f"**{answer.id}** {answer.title}{optional}", answer.asks, said or "–", where or "–", answer.write or "–"]


def _place(where: "Where") -> str:
    return f"{where.file}, row {where.row}" if where.row else where.file


def _listed(frame: pd.DataFrame) -> str:
    """The sources excluded at full text, each with its citation and reason."""
    lines = [["Report", "Citation", "Reason"], ["---"] * 3]
    for record in frame.to_dict("records"):
        parts = [escaped(record.get(name)) for name in ("authors", "year", "title", "journal", "doi")]
        citation = ". ".join(part.rstrip(".") for part in parts if part)
        lines.append([escaped(record["report_id"]), citation or "–", escaped(record.get("reason")) or "–"])
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


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
        place=_place,
    )
