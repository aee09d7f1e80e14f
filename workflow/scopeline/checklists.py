"""Reporting checklists answered from the results: PRISMA-ScR, SWiM, and the appendices of JBI.

The items stand in checklist_items/*.yaml, in our own words, with their source. Each is answered with the files of the
results that show it, with sentences reckoned from the data, with what the team says in the configuration; and where
that is not all, with what the authors have to write. Nothing is claimed that the data do not show.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files as package_files
from typing import Any

import pandas as pd
import yaml

from . import text
from .checklist_answers import Answers, Facts
from .errors import ConfigurationError
from .report.words import Pen

#: The checklists in the order in which they are listed.
NAMES = ("prisma_scr", "swim", "jbi")


@dataclass(frozen=True)
class Where:
    """A file of the results that answers an item; `row` is its row there, as a spreadsheet counts, 0 for the whole."""

    file: str
    row: int = 0


@dataclass(frozen=True)
class Answer:
    """One item with its answer: what the team says in the configuration, what the data say, where, and what is left to
    write. `asked` is False for an optional item that this review does not meet.
    """

    id: str
    section: str
    title: str
    asks: str
    team: str = ""
    said: tuple[str, ...] = ()
    where: tuple[Where, ...] = ()
    write: str = ""
    optional: bool = False

    @property
    def status(self) -> str:
        """In one word or two how far the item is answered."""
        if self.team:
            return "answered by the team"
        shown = bool(self.said or self.where)
        if shown:
            return "in part" if self.write else "from the results"
        return "authors to write"


@dataclass(frozen=True)
class Checklist:
    """A checklist with all its items; `listed` is a table that stands at its end, such as the sources excluded."""

    name: str
    title: str
    source: str
    review: str
    answers: tuple[Answer, ...]
    listed: pd.DataFrame = field(default_factory=pd.DataFrame)

    def counts(self) -> str:
        """How many items are answered how far, in one sentence."""
        sizes: dict[str, int] = {}
        for answer in self.answers:
            sizes[answer.status] = sizes.get(answer.status, 0) + 1
        words = {
            "from the results": "answered from the results",
            "in part": "in part from the results",
            "answered by the team": "answered by the team in config/config.yaml",
            "authors to write": "left to the authors",
        }
        parts = [f"{text.number(sizes[status])} {told}" for status, told in words.items() if status in sizes]
        return f"{text.counted(len(self.answers), 'item')}: {text.names(parts)}."


def answered(facts: Facts, pen: Pen | None = None) -> list[Checklist]:
    """Every checklist, in the order of `NAMES`. The pen writes the texts of the review (`words.Markdown` escapes)."""
    return [_checklist(name, facts, pen or Pen()) for name in NAMES]


@cache
def items(name: str) -> Mapping[str, Any]:
    """A checklist as its file tells it."""
    path = package_files(__package__) / "checklist_items" / f"{name}.yaml"
    return dict(yaml.safe_load(path.read_text(encoding="utf-8")))


def unknown_items(team: Mapping[Any, Mapping[str, str]]) -> list[tuple[str, str]]:
    """Answers of the team to items that a checklist does not have: checklist and item."""
    known = {name: {str(item["id"]) for item in items(name)["items"]} for name in NAMES}
    return [(name, item) for name, told in team.items() for item in told if item not in known.get(name, set())]


def require_known_items(team: Mapping[Any, Mapping[str, str]]) -> None:
    """Raise ConfigurationError where the team answers an item that there is not."""
    for name, item in unknown_items(team):
        known = ", ".join(str(each["id"]) for each in items(name)["items"]) if name in NAMES else "no such list"
        raise ConfigurationError(f"config/config.yaml, checklists: {name} has no item '{item}'. It has {known}.")


def _checklist(name: str, facts: Facts, pen: Pen) -> Checklist:
    told = items(name)
    answers = tuple(_answer(item, facts, facts.team.get(name, {}), pen) for item in told["items"])
    listed = pd.DataFrame()
    if facts.excluded is not None and any(item.get("list") == "excluded" for item in told["items"]):
        listed = facts.excluded
    title = facts.settings.review.title
    return Checklist(name, told["title"], told["source"], title, answers, listed)


def _answer(item: Mapping[str, Any], facts: Facts, team: Mapping[str, str], pen: Pen) -> Answer:
    answers = Answers(facts, pen)
    said = [sentence for name in item.get("said", ()) for sentence in answers.said(name)]
    where = [place for given in item.get("files", ()) if (place := _where(given, facts)) is not None]
    write = item.get("write", "")
    if "fields" in item:
        said, write = _charted(item["fields"], facts, pen)
        where = [Where("dictionary/dictionary.md")] if said and "dictionary/dictionary.md" in facts.files else []
    optional = bool(item.get("optional"))
    if optional and not said:
        said = ["Not done: the review has no table appraisal. The item is optional in a scoping review."]
        where = []
    if not (said or where or write):
        write = "The results do not show this. Say what was done."
    own = team.get(str(item["id"]), "")
    return Answer(
        id=str(item["id"]),
        section=item["section"],
        title=item["title"],
        asks=item["asks"],
        team=pen.text(own) if own else "",
        said=tuple(said),
        where=tuple(where),
        write="" if own else write,
        optional=optional,
    )


def _where(given: str | Mapping[str, Any], facts: Facts) -> Where | None:
    """The file, and the row that is meant; None where this review's results do not have it."""
    file = given if isinstance(given, str) else given["file"]
    if file not in facts.files:
        return None
    if isinstance(given, str) or "find" not in given:
        return Where(file)
    tables = {"tables/harms_silence.csv": facts.evidence.harms_silence}
    rows = tables.get(file, pd.DataFrame())
    for column, value in given["find"].items():
        rows = rows[rows[column] == value] if column in rows.columns else rows[:0]
    return Where(file, int(rows.index[0]) + 2 if len(rows) else 0)


def _charted(names: Sequence[str], facts: Facts, pen: Pen) -> tuple[list[str], str]:
    """The data items of the codebook that chart what a JBI item asks for."""
    found = []
    for table in ("studies", "findings"):
        spec = facts.codebook.tables.get(table)
        for name in names:
            known = spec.by_name.get(name) if spec is not None else None
            if known is not None:
                found.append(f"{pen.text(known.label)} ({table}.{pen.text(name)})")
    if not found:
        return [], "No data item of the codebook is known by a usual name for it. Say which one charts it, or why none."
    return [f"Charted as {text.names(found)}."], ""
