"""SyRF: the export of screening decisions, one row a study or one row a vote.

Seen in a real file (a review of autism models, 2023; 1,325 studies): `StudyId, Title, Authors, PublicationName, Year,
Doi, InvestigatorIds, ScreeningDecisions`, where the votes stand under InvestigatorIds (`Excluded;Included;Excluded`),
the outcome under ScreeningDecisions, and one vote is spelt `Exluded`. From SyRF's help pages: one row a study has
`ScreeningDecisions` with the votes joined by semicolons and `ScreeningStatus` (Included, Excluded,
InsufficientlyScreened); one row a vote has `ScreeningDecision`, `ScreeningStatus`, `DateTimeOfScreening`; who voted is
left out of a blinded export. From the user guide alone: `InvestigatorId`, `InvestigatorName`, `Reconciled`.

SyRF asks a third person where two differ: the first two votes are votes, the third is the adjudication. In the real
file the outcome always is what this rule gives: 8 studies that both include and 4 that the third includes make its 12.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from ..cells import Book, Sheet
from ..codebook import fold
from ..terms import Stage
from . import ids
from .adapter import TOOL, Adapter, Context, Fit, header_with
from .bibliography_words import record_fields
from .taken import Draft, Given, Taken

NAME, TITLE = "syrf", "SyRF: screening decisions; of three votes the third is the adjudication"
_PREFIX = "syrf-"

_DECISIONS = {"included": "include", "excluded": "exclude"}
_UNSEEN = ("", "insufficientlyscreened")
#: A word that is a decision or a misspelling of one; IDs and names of investigators are none.
_LIKE = re.compile(r"[ie][nxclude]{4,9}|insufficientlyscreened", re.I)
_ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth")

_FIELDS = {
    "title": ("Title",),
    "authors": ("Authors",),
    "year": ("Year",),
    "journal": ("PublicationName",),
    "doi": ("Doi",),
    "url": ("Url",),
    "abstract": ("Abstract",),
    "source_name": ("SystematicSearchName",),
}


def _fit(_book: Book, sheet: Sheet) -> Fit | None:
    for needed in ("ScreeningDecisions", "ScreeningDecision", "ScreeningStatus"):
        row = header_with(sheet, "StudyId", needed)
        if row is not None:
            return Fit(row, TOOL)
    return None


@dataclass
class _Study:
    """One study: the place of its first row, and its votes in their order."""

    first: int
    votes: list["_Vote"] = field(default_factory=list)


@dataclass(frozen=True)
class _Vote:
    """A vote: at which place of the sheet's rows, whose, what, when, and whether it is a reconciliation."""

    place: int
    reviewer: str
    word: str
    time: str = ""
    settles: bool = False


@dataclass(frozen=True)
class _Columns:
    """Where the votes, the outcome and the voters stand; `several` where one cell holds all votes of a study."""

    votes: int | None
    status: int | None
    people: int | None
    several: bool


def _take(book: Book, sheet: Sheet, fit: Fit, ctx: Context) -> Taken:
    draft = Draft(book, sheet, fit.header_row, ctx.codebook, source=NAME, title=TITLE)
    prefix = ctx.prefix(_PREFIX)
    columns = _columns(draft)
    studies = _studies(draft, columns)
    _add_records(draft, studies, prefix, ctx)
    votes: list[_Vote] = []
    settled: list[_Vote] = []
    for study in studies:
        cast, last = _apart(study.votes)
        votes += cast
        settled += [last] if last else _by_status(draft, columns, study, cast)
    stage = ctx.setting.stage or Stage.TITLE_ABSTRACT.value
    for table, person, judged in (("votes", "reviewer", votes), ("decisions", "adjudicator", settled)):
        if judged:
            rows = [draft.rows[vote.place] for vote in judged]
            fields = {person: Given([vote.reviewer for vote in judged], columns.people)}
            draft.add(table, {**_judgements(draft, judged, columns, prefix, stage), **fields}, rows)
    used = {study.first for study in studies} | {vote.place for vote in [*votes, *settled]}
    idle = [number for place, number in enumerate(draft.rows) if place not in used]
    draft.leave_out("a further row of the same study, without a vote", idle)
    _tell(draft, columns, studies, votes, settled, ctx)
    draft.use(columns.status, "compared with what the votes come to")
    draft.use(draft.find("DateTimeOfScreening"), "the order of the votes")
    return draft.taken()


def _columns(draft: Draft) -> _Columns:
    """Where the votes stand is seen in the cells, for headers may be misnamed."""
    headers = [fold(header) for header in draft.headers]
    screening = [
        column
        for column, header in enumerate(headers)
        if header.startswith(("screeningdecision", "screeningstatus", "investigator"))
    ]
    judging = [column for column in screening if _judges(draft.cells(column))]
    one_each = "screeningdecision" in headers
    by_name = [column for column in judging if headers[column].startswith("screeningdecision")]
    if one_each:
        votes = by_name[0] if by_name else None
    else:
        most = max((_pieces(draft.cells(column)) for column in judging), default=0)
        fullest = [column for column in judging if _pieces(draft.cells(column)) == most]
        votes = fullest[0] if fullest else None
    status = next((column for column in reversed(judging) if column != votes), None)
    people = next(
        (
            column
            for name in ("investigatornames", "investigatorname", "investigatorids", "investigatorid")
            for column in screening
            if headers[column] == name and column not in judging and any(draft.cells(column))
        ),
        None,
    )
    return _Columns(votes, status, people, not one_each)


def _judges(cells: Sequence[str]) -> bool:
    """Whether nearly all that stands in a column are decisions."""
    words = [word.strip() for cell in cells for word in cell.split(";") if word.strip()]
    return bool(words) and sum(bool(_LIKE.fullmatch(word)) for word in words) >= 0.9 * len(words)


def _pieces(cells: Sequence[str]) -> int:
    return sum(len(cell.split(";")) for cell in cells if cell)


def _studies(draft: Draft, columns: _Columns) -> list[_Study]:
    studies: dict[str, _Study] = {}
    names = draft.cells(draft.find("StudyId"))
    times = draft.cells(draft.find("DateTimeOfScreening"))
    reconciled = draft.cells(draft.find("Reconciled"))
    people = draft.cells(columns.people)
    for place, (name, cell) in enumerate(zip(names, draft.cells(columns.votes), strict=True)):
        key = name or f"row {place}"
        if columns.several and key in studies:
            key = f"{key} row {place}"  # the same study twice: both stand, and the key is told to be there twice
        study = studies.setdefault(key, _Study(place))
        if columns.several:
            words = [word.strip() for word in cell.split(";")] if cell else []
            by = [one.strip() for one in people[place].split(";")] if people[place] else []
            by = by if len(by) == len(words) and all(by) else [_ordinal(n) for n in range(len(words))]
            study.votes += [_Vote(place, *pair) for pair in zip(by, words, strict=True)]
        else:
            settles = reconciled[place].casefold() in ("true", "1", "yes")
            study.votes.append(_Vote(place, people[place], cell, times[place], settles))
    for study in studies.values():
        study.votes = [vote for vote in study.votes if vote.word.casefold() not in _UNSEEN]
        if all(vote.time for vote in study.votes):
            study.votes.sort(key=lambda vote: vote.time)
        study.votes = [
            vote if vote.reviewer else _Vote(vote.place, _ordinal(n), vote.word, vote.time, vote.settles)
            for n, vote in enumerate(study.votes)
        ]
    return list(studies.values())


def _ordinal(place: int) -> str:
    return _ORDINALS[place] if place < len(_ORDINALS) else f"{place + 1}th"


def _apart(votes: list[_Vote]) -> tuple[list[_Vote], _Vote | None]:
    """The votes, and the word that settles them: a reconciliation, or else the third of three."""
    settling = [vote for vote in votes if vote.settles]
    if settling:
        return [vote for vote in votes if not vote.settles], settling[-1]
    return (votes[:2], votes[2]) if len(votes) == 3 else (votes, None)


def _by_status(draft: Draft, columns: _Columns, study: _Study, votes: list[_Vote]) -> list[_Vote]:
    """SyRF's own outcome, where the votes differ and nobody's word settles them."""
    status = draft.cells(columns.status)[study.first] if columns.status is not None else ""
    if {_decision(vote.word) for vote in votes} != set(_DECISIONS.values()) or fold(status) not in _DECISIONS:
        return []
    return [_Vote(study.first, "SyRF", status)]


def _decision(word: str) -> str:
    return _DECISIONS.get(fold(word), word)


def _add_records(draft: Draft, studies: list[_Study], prefix: str, ctx: Context) -> None:
    places = [study.first for study in studies]
    fields = {
        "record_id": Given(_record_ids(draft, places, prefix), draft.find("StudyId")),
        **record_fields(draft, _FIELDS, places),
        "source_type": Given(["database"] * len(places)),
    }
    draft.add("records", fields, [draft.rows[place] for place in places], shared=True)
    if "source_type" not in ctx.setting.set_:
        message = "SyRF does not say where a record was found: every record is counted as found in a database."
        draft.assumed(message, table="records", field="source_type")


def _record_ids(draft: Draft, places: Sequence[int], prefix: str) -> list[str]:
    names = draft.cells(draft.find("StudyId"))
    return [ids.named(prefix, names[place]) for place in places]


def _judgements(draft: Draft, votes: list[_Vote], columns: _Columns, prefix: str, stage: str) -> dict[str, Given]:
    where = columns.status if all(vote.reviewer == "SyRF" for vote in votes) else columns.votes
    return {
        "record_id": Given(_record_ids(draft, [vote.place for vote in votes], prefix), draft.find("StudyId")),
        "stage": Given([stage] * len(votes)),
        "decision": Given([_decision(vote.word) for vote in votes], where),
    }


def _tell(
    draft: Draft, columns: _Columns, studies: list[_Study], votes: list[_Vote], settled: list[_Vote], ctx: Context
) -> None:
    """What was assumed of the whole file, and each study whose status is not what its votes come to."""
    if columns.votes is None:
        message = "No column holds decisions such as Included and Excluded, so there are no votes."
        draft.assumed(message, "Export the screening again with the decisions.", table="votes")
        return
    if ctx.setting.stage is None and "stage" not in ctx.setting.set_:
        message = "SyRF's export does not say at which stage the votes were cast: they are read as title_abstract."
        draft.assumed(message, table="votes", field="stage")
    header = draft.headers[columns.votes]
    if not fold(header).startswith("screeningdecision"):
        message = f"The votes stand in the column '{header}', so they are read from there."
        draft.told(message, "Correct the header if you can.", table="votes")
    if votes and any(vote.reviewer in _ORDINALS for vote in votes):
        message = (
            "The export does not name who voted: the reviewers are called first and second, by place and not by person."
        )
        draft.assumed(message, "Export with the names of the investigators.", table="votes", field="reviewer")
    many = [study for study in studies if len(study.votes) > 3]
    if many:
        message = f"{len(many)} studies have more than three votes, of which none is taken for an adjudication."
        draft.assumed(message, table="votes", at=many[0].first, column=columns.votes)
    if columns.status is None:
        return
    final = {vote.place: _decision(vote.word) for vote in settled}
    for study in studies:
        cast, last = _apart(study.votes)
        words = {_decision(vote.word) for vote in cast}
        outcome = _decision(last.word) if last else words.pop() if len(words) == 1 else final.get(study.first, "")
        status = draft.cells(columns.status)[study.first]
        if fold(status) in _DECISIONS and outcome in _DECISIONS.values() and _decision(status) != outcome:
            message = f"SyRF says {status}, but the votes come to {outcome}. The votes count."
            draft.assumed(message, "Look at it in SyRF.", table="votes", at=study.first, column=columns.status)


ADAPTERS = (Adapter(NAME, TITLE, _fit, _take),)
