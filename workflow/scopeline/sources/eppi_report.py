"""EPPI-Reviewer's full coding report as it is read: the codes, who gave them to which item, and what a code says.

Both layouts, the workbook and the page, come to the same: codes by column, and a tick for each that a reviewer gave.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from ..cells import Book, Sheet
from ..terms import Decision, Stage
from .adapter import HEADER_ROWS, SURE, Context, Fit, column_of, heading
from .taken import Draft, Given

PREFIX = "eppi-"
_FULL_TEXT = re.compile(r"full[- ]?texts?\b|\bft\b", re.I)
_TITLE_ABSTRACT = re.compile(r"\btitles?\b|\babstracts?\b|\bti\s*/?\s*abs?\b|\bt\s*[&/]\s*a\b", re.I)
_SCREENING = re.compile(r"screen|eligib|stage|level", re.I)
_INCLUDE = re.compile(r"^(?:included?|inclusion)(?=\W*$|\s*[:(\-–—]|\s+(?:on|at|in|based|by|for|after)\b)", re.I)
_EXCLUDE = re.compile(r"^(?:excluded?|exclusion)\b", re.I)
_MAYBE = re.compile(r"^(?:uncertain|unsure|unclear|maybe|query)\W*$|second opinion", re.I)
_BEFORE_REASON = re.compile(r"^[\s:(\-–—]*(?:(?:based on|because of|due to|on|for|at|by)\b)?[\s:]*", re.I)


@dataclass(frozen=True)
class Code:
    """A code: its name, and the codes above it and itself from the top of the tool."""

    name: str
    path: tuple[str, ...]


@dataclass(frozen=True)
class Tick:
    """A code that a reviewer gave an item: the place of the item's row, the column, what was written beside it."""

    at: int
    column: int
    reviewer: str
    info: str


@dataclass
class Report:
    """A report as it is taken. `codes` by column; `flags` one letter or word for each row."""

    draft: Draft
    ctx: Context
    item: int
    short: int | None
    title: int | None
    codes: dict[int, Code]
    ticks: list[Tick]
    flags: list[str]
    names: list[str]
    stage: str = ""
    judged: dict[int, tuple[str, str]] = field(default_factory=dict)

    def rows(self, at: Iterable[int]) -> list[int]:
        return [self.draft.rows[place] for place in at]

    def records(self, at: Iterable[int]) -> Given:
        return Given([self.names[place] for place in at], self.item)


def fits(_book: Book, sheet: Sheet) -> Fit | None:
    """Known by the flags and the paths. The sheets with what was written beside codes, and by arm, look alike."""
    name = heading(sheet.name)
    if name.startswith(("infobox", "pdfcoding")) or name.endswith("arms"):
        return None
    for number in range(1, min(HEADER_ROWS, sheet.n_rows - 1) + 1):
        headers = {heading(text) for text in sheet.row(number) if text}
        if {"itemid", "iedsflag"} <= headers:
            below = heading(next((text for text in sheet.row(number + 1) if text), ""))
            return Fit(number, SURE) if below in ("fullpath", "fullcodepath") else None
    return None


def reports_in(ctx: Context) -> Iterator[tuple[str, Book, Sheet, Fit]]:
    for file, book in ctx.books.items():
        for sheet in book.sheets:
            if (fit := fits(book, sheet)) is not None:
                yield file, book, sheet, fit


def has_reviewers(sheet: Sheet, fit: Fit) -> bool:
    """Whether a third row of headers names the reviewers, as in the workbook."""
    if sheet.n_rows < fit.header_row + 2:
        return False
    first = heading(next((text for text in sheet.row(fit.header_row + 2) if text), ""))
    return first in ("reviewers", "fullcodepath")


def codes_of(sheet: Sheet, fit: Fit, flag: int) -> dict[int, Code]:
    """The code of each column after the flags. In a workbook a code stands once for the columns of all reviewers."""
    names, paths = (sheet.row(number) for number in (fit.header_row, fit.header_row + 1))
    found: dict[int, Code] = {}
    name, path = "", ""
    for column in range(flag + 1, sheet.n_columns):
        if own := " ".join((names[column] or "").split()):
            name, path = own, (paths[column] or "").strip()
        if name:
            parts = tuple(" ".join(part.split()) for part in path.split("\\") if part.strip())
            found[column] = Code(name, parts or (name,))
    return found


def workbook_ticks(draft: Draft, fit: Fit, codes: Mapping[int, Code]) -> Iterator[Tick]:
    reviewers = draft.sheet.row(fit.header_row + 2)
    for column in codes:
        who = " ".join((reviewers[column] or "").split())
        for at, text in enumerate(draft.cells(column)):
            if text not in ("", "0"):
                yield Tick(at, column, who, "")


def page_ticks(draft: Draft, codes: Mapping[int, Code]) -> Iterator[Tick]:
    """The first line of a cell is a reviewer; a later line is one if any cell begins with that name."""
    known = {_coder(text) for column in codes for text in draft.cells(column) if text}
    for column in codes:
        for at, text in enumerate(draft.cells(column)):
            for who, info in _coders(text, known):
                yield Tick(at, column, who, info)


def _coder(text: str) -> str:
    return re.split(r"\s*\[Arm:", text.splitlines()[0])[0].strip() if text else ""


def _coders(text: str, known: set[str]) -> list[tuple[str, str]]:
    """Who coded, as a cell of the page tells it, each with what was written in the info box."""
    found: list[tuple[str, list[str]]] = []
    reading = False
    for line in text.splitlines():
        if line.startswith("[info]:") and found:
            found[-1][1].append(line.removeprefix("[info]:").strip())
            reading = True
        elif line.startswith("[text]:"):
            reading = False
        elif _coder(line) in known:
            found.append((_coder(line), []))
            reading = False
        elif reading:
            found[-1][1].append(line.strip())
    return [(who, " ".join(part for part in info if part)) for who, info in found]


def titles_of(draft: Draft) -> tuple[int | None, int | None]:
    """Columns of the short title and the title. Where the shorter texts stand under the title they were swapped."""
    short, title = column_of(draft.headers, "shorttitle"), column_of(draft.headers, "fulltitle", "title")
    if short is not None and title is not None:
        lengths = [sum(map(len, draft.cells(column))) for column in (short, title)]
        if lengths[0] > lengths[1]:
            return title, short
    return short, title


def flag_of(text: str) -> str:
    """I, E, D for deleted, S for a deleted source, duplicate; or the word as it stands, "" where there is none."""
    word = heading(re.sub(r"^\([A-Z]\)", "", text))
    known = {"included": "I", "excluded": "E", "deleted": "D", "indeletedsource": "S", "i": "I", "e": "E", "d": "D"}
    if "duplicate" in word:
        return "duplicate"
    if not word and (letter := re.match(r"^\(([IED])\)", text)):
        return letter[1]
    return known.get(word, word)


def judgement(code: Code) -> tuple[str, str] | None:
    """Decision and reason that a code of a screening tool stands for; None for other codes."""
    for place, part in enumerate(code.path):
        if _MAYBE.search(part):
            return str(Decision.MAYBE), ""
        if _EXCLUDE.match(part):
            below = code.path[place + 1 :]
            return str(Decision.EXCLUDE), below[-1] if below else _reason(part)
        if _INCLUDE.match(part):
            return str(Decision.INCLUDE), ""
        if not (_SCREENING.search(part) or stage_in(part)):
            return None
    return None


def _reason(name: str) -> str:
    """What stands after `Exclude`: `Exclude: Wrong participants`, `EXCLUDE on topic`; the stage is no reason."""
    rest = _BEFORE_REASON.sub("", _EXCLUDE.sub("", name)).rstrip(") ")
    return "" if stage_in(rest) else rest


def stage_in(text: str) -> str:
    if _FULL_TEXT.search(text):
        return str(Stage.FULL_TEXT)
    return str(Stage.TITLE_ABSTRACT) if _TITLE_ABSTRACT.search(text) else ""
