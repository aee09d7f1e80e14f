"""Reporting checklists answered from the results: PRISMA-ScR, SWiM, and the appendices of JBI.

The items stand in checklist_items/*.yaml, in our own words, with their source. Each is answered with the files of the
results that show it, with sentences reckoned from the data, with what the team says in the configuration; and where
that is not all, with what the authors have to write. Nothing is claimed that the data do not show.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files as package_files
from typing import Any

import pandas as pd
import yaml

from . import text
from .checklist_answers import Answers, Facts
from .errors import ConfigurationError
from .report.places import ROWS_COUNT, SHEETS, WORKBOOK, Place, Published, column_of, of_cells
from .report.words import Cell, Pen

#: The checklists in the order in which they are listed.
NAMES = ("prisma_scr", "swim", "jbi")


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
    where: tuple[Place, ...] = ()
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
    """A checklist with all its items; `listed` is a table that stands at its end, such as the sources excluded, and
    `rows_count` says how the rows of its answers are counted.
    """

    name: str
    title: str
    source: str
    review: str
    answers: tuple[Answer, ...]
    listed: pd.DataFrame = field(default_factory=pd.DataFrame)
    rows_count: str = ROWS_COUNT

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
    """A checklist as its file tells it. `shown` are the files that an item names only where it says something."""
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
    before = len(pen.placed)
    said = [sentence for name in item.get("said", ()) for sentence in answers.said(name)]
    write = "" if "unless" in item and getattr(answers, item["unless"])() else item.get("write", "")
    files = [*item.get("files", ()), *(item.get("shown", ()) if said else ())]
    where = _where(files, pen.placed[before:], facts)
    if "fields" in item:
        said, where, write = _charted(item["fields"], facts, pen)
    optional = bool(item.get("optional"))
    if optional and not said:
        said = ["Not done: no appraisal is charted in this review. The item is optional in a scoping review."]
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


def _where(given: Sequence[str | Mapping[str, Any]], cells: Sequence[Cell], facts: Facts) -> list[Place]:
    """The files that an item names, in its order, each with the rows that its sentences take their numbers from.

    Files that the sentences use and the item does not name follow. A csv without a number in the sentences is meant
    with all its rows. What this review's results do not have is not named.
    """
    used = [place for place in of_cells(cells, facts.published) if place.file in facts.files]
    places: list[Place] = []
    for each in given:
        spec = {"file": each} if isinstance(each, str) else dict(each)
        if "figure" in spec:
            places += _figure(spec["figure"], facts.files)
            continue
        file = spec["file"]
        if file not in facts.files or facts.published.empty(file):
            continue
        own = [place for place in used if place.file == file]
        if file == WORKBOOK:
            own = _sheets(spec.get("sheets", ()), used, facts.published)
        elif "begins" in spec:
            own = [Place(file, lines=facts.published.lines(file, spec["begins"], spec.get("below", "")))]
        elif "part" in spec:
            own = [Place(file, part=spec["part"], anchor=spec.get("anchor", ""))]
        places += (
            own
            if own or file == WORKBOOK
            else [Place(file, facts.published.all_rows(file) if file.endswith(".csv") else (), whole=True)]
        )
    return list(dict.fromkeys([*places, *used]))


def _figure(name: str, files: Collection[str]) -> list[Place]:
    """The pages of a figure: the first is linked, the others are named."""
    page = re.compile(rf"figures/evidence/{name}(?:-(\d+))?\.svg")
    found = sorted((int(match[1] or 1), file) for file in files if (match := page.fullmatch(file)))
    if not found:
        return []
    last = found[-1][1].rpartition("/")[2]
    return [Place(found[0][1], part=f"{len(found)} pages, to {last}" if len(found) > 1 else "")]


def _sheets(names: Sequence[str], used: Sequence[Place], published: Published) -> list[Place]:
    """The sheets of the workbook that are meant, with the rows that the sentences use in their csv, or all."""
    found = []
    for name in names:
        (file,) = [file for file, sheet in SHEETS.items() if sheet == name]
        own = [place for place in used if place.file == file] or [Place(file, published.all_rows(file), whole=True)]
        found += [place for each in own if (place := published.in_workbook(each)) is not None]
    return found


#: The tables that show data items, by their name in the codebook; those of studies are headed with labels.
_SHOWN_IN = {"studies": "tables/studies.csv", "findings": "tables/directions.csv"}
_DICTIONARY, _CHARACTERISTICS = "dictionary/dictionary.md", "tables/characteristics.csv"


def _charted(names: Sequence[str], facts: Facts, pen: Pen) -> tuple[list[str], list[Place], str]:
    """The data items of the codebook that chart what a JBI item asks for, and where the results show them."""
    found: list[str] = []
    places: list[Place] = []
    lines: list[int] = []
    for table, file in _SHOWN_IN.items():
        spec = facts.codebook.tables.get(table)
        for name in names:
            known = spec.by_name.get(name) if spec is not None else None
            if known is None:
                continue
            found.append(f"{pen.text(known.label)} ({table}.{pen.text(name)})")
            heading = known.label if table == "studies" else name
            column = column_of(facts.published, file, heading, known.unit or "")
            if column and file in facts.files:
                places.append(Place(file, facts.published.all_rows(file), whole=True, column=column))
            if table == "studies" and _CHARACTERISTICS in facts.files:
                counted = of_cells([Cell(_CHARACTERISTICS, "n", {"field": name}, how="rows")], facts.published)
                places += [place for place in counted if place.rows]
            lines += facts.published.lines(_DICTIONARY, f"| `{name}` |", below=f"(`{table}`)")[:1]
    if not found:
        return (
            [],
            [],
            "No data item of the codebook has a usual name for this. Say which one charts it, or why none does.",
        )
    if _DICTIONARY in facts.files:
        places.append(Place(_DICTIONARY, lines=tuple(lines)))
    return [f"Charted as {text.names(found)}."], places, ""
