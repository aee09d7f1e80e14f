"""ASReview: the data set of a project with the labels that a reviewer gave.

From ASReview's documentation and source code: version 1 puts `record_id` in front and `included`, `asreview_ranking`,
`asreview_prior` and `exported_notes_1` (one column for each screening) behind; versions 2 and 3 put `asreview_label`,
`asreview_time`, `asreview_note`, `asreview_user_name`, `asreview_user_email` and further `asreview_` columns behind the
columns of the data set; RIS files hold `ASReview_relevant`, `ASReview_irrelevant` or `ASReview_not_seen` and the other
columns (`asreview_time: "…"`) in their notes. 1 is relevant, 0 is not, and blank was not seen. From scripts that read
real exports: two files of two reviewers, the second saved again with semicolons and a spoilt mark before `record_id`.
Not seen: a real export itself.

A project of version 1 has one reviewer, whom the file does not name.
"""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePosixPath

import pyarrow.compute as pc

from ..cells import Book, Sheet
from ..citations.values import bare_doi, year_of
from ..codebook import fold
from ..terms import Stage
from . import ids
from .adapter import HEADER_ROWS, TOOL, Adapter, Context, Fit
from .bibliography_words import record_fields
from .taken import Draft, Given, Taken

NAME, TITLE = "asreview", "ASReview: labelled records"
_PREFIX = "asreview-"

_IN_NOTES = re.compile(r"\bASReview_(relevant|irrelevant|not_seen)\b")
_PRIOR_IN_NOTES = re.compile(r"\bASReview_prior\b")
_KEPT_IN_NOTES = re.compile(r"\basreview_(\w+): (\"(?:[^\"\\]|\\.)*\"|[^\s|;]+)")
_SPOILT = re.compile(r"^\W*ï?(?:»¿)?[\W_]*(?=record)", re.I)

#: What a label says; a blank and -1 (of RIS files of version 1) say that nobody has seen the record.
_DECISIONS = {"1": "include", "0": "exclude", "relevant": "include", "irrelevant": "exclude"}
_UNSEEN = ("", "-1", "not_seen")

#: Field of records → the headers that ASReview reads it from, and those of citation files.
_FIELDS = {
    "source_name": ("database",),
    "title": ("title", "primary_title"),
    "authors": ("authors", "first_authors", "author names", "author"),
    "year": ("year", "publication_year", "publication year", "py"),
    "journal": ("journal", "journal_name", "secondary_title", "publication title"),
    "doi": ("doi",),
    "pmid": ("pmid", "pubmed_id"),
    "url": ("url", "urls"),
    "abstract": ("abstract", "abstract note", "notes_abstract"),
}


_SEEN = r"\bASReview_(relevant|irrelevant|not_seen)\b"


def _fit(_book: Book, sheet: Sheet) -> Fit | None:
    for row in range(1, min(HEADER_ROWS, sheet.n_rows) + 1):
        headers = _headers(sheet, row)
        own = any(header.startswith(("asreview ", "exported notes")) for header in headers)
        if "asreview label" in headers or ("included" in headers and "record id" in headers and own):
            return Fit(row, TOOL)
    for column, texts in enumerate(sheet.columns):
        rows = (row for row in range(1, min(HEADER_ROWS, sheet.n_rows) + 1) if _notes(sheet, row, column))
        headed = next(rows, None)
        if (
            headed is not None
            and pc.any(pc.match_substring(texts, "ASReview_")).as_py()
            and pc.any(pc.match_substring_regex(texts, _SEEN)).as_py()
        ):
            return Fit(headed, TOOL, column)
    return None


def _headers(sheet: Sheet, row: int) -> list[str]:
    return [fold(_SPOILT.sub("", text or "")) for text in sheet.row(row)]


def _notes(sheet: Sheet, row: int, column: int) -> bool:
    header = fold(sheet.columns[column][row - 1].as_py() or "")
    return ("note" in header or header == "n1") and "asreview" not in header


@dataclass(frozen=True)
class _Labels:
    """For each row: its label as it stands, when and by whom it was given, and whether before the screening began."""

    label: list[str]
    column: int
    time: list[str]
    user: list[str]
    user_column: int | None
    prior: list[bool]


def _take(book: Book, sheet: Sheet, fit: Fit, ctx: Context) -> Taken:
    draft = Draft(book, sheet, fit.header_row, ctx.codebook, source=NAME, title=TITLE)
    prefix = ctx.prefix(_PREFIX)
    column, record_ids = _record_ids(draft, prefix, ctx)
    _add_records(draft, column, record_ids, ctx)
    labels = _labels(draft, fit)
    _add_votes(draft, labels, column, record_ids, ctx)
    for place, header in enumerate(draft.headers):
        if fold(header).startswith(("asreview note", "exported notes")):
            draft.unused(place, "a remark, which is no reason for exclusion")
        elif fold(header).startswith("asreview "):
            draft.unused(place, "how ASReview put the records in order")
        elif fold(header) == "included":
            draft.unused(place, "a label of the data set that was imported")
    return draft.taken()


def _record_ids(draft: Draft, prefix: str, ctx: Context) -> tuple[int | None, list[str]]:
    """The column of `record_id` and each record's ID; made from title, year, author and DOI where there is none.

    A record's number is its place in the file that was imported, so two projects share numbers only if they were made
    from one file. Where the titles say that they were not, IDs are made too.
    """
    column = _find(draft, "record_id")
    numbers = draft.cells(column)
    titles = draft.cells(_find(draft, *_FIELDS["title"]))
    other = _unlike(draft, numbers, titles, ctx) if column is not None else None
    if other is not None:
        file, number = other
        draft.assumed(
            f"Record {number} has another title in {file}, so the two were not made from one file: records are told "
            "apart by title, year, first author and DOI.",
            table="votes",
            field="record_id",
        )
        draft.unused(column, "another project has other records under these numbers")
        column = None
    bibliographic = [draft.cells(_find(draft, *_FIELDS[name])) for name in ("year", "authors", "doi")]
    seen: dict[str, int] = {}
    found = []
    for place, number in enumerate(draft.cells(column)):
        year, authors, doi = (texts[place] for texts in bibliographic)
        if number:
            found.append(ids.named(prefix, number))
            continue
        first = re.split(r";|,| and ", authors.strip("[]'\" "))[0].strip("'\" ")
        own = ids.made(prefix, titles[place], year_of(year), first, bare_doi(doi))
        seen[own] = seen.get(own, 0) + 1
        found.append(own if seen[own] == 1 else f"{own}-{seen[own]}")
    return column, found


def _unlike(draft: Draft, numbers: list[str], titles: list[str], ctx: Context) -> tuple[str, str] | None:
    """The first other project that has another record under a number of this one: its file, and the number."""
    own = dict(zip(map(ids.plain, numbers), map(fold, titles), strict=True))
    for other in sorted(ctx.books.values(), key=lambda book: book.file):
        for sheet in other.sheets if other.fault is None else []:
            if not sheet.n_rows or (other.file, sheet.name) == (draft.book.file, draft.sheet.name):
                continue
            fit = _fit(other, sheet)
            if fit is None:
                continue
            its = Draft(other, sheet, fit.header_row, ctx.codebook, source=NAME, title=TITLE)
            column = _find(its, "record_id")
            if column is None:
                continue
            for number, title in zip(its.cells(column), its.cells(_find(its, *_FIELDS["title"])), strict=True):
                if number and own.get(ids.plain(number), fold(title)) != fold(title):
                    return other.file, ids.plain(number)
    return None


def _find(draft: Draft, *names: str) -> int | None:
    """As `Draft.find`, also behind a spoilt byte order mark: `ï..record_id`."""
    column = draft.find(*names)
    if column is not None:
        return column
    wanted = set(map(fold, names))
    clean = [fold(_SPOILT.sub("", header)) for header in draft.headers]
    return next((place for place, header in enumerate(clean) if header in wanted), None)


def _add_records(draft: Draft, id_column: int | None, record_ids: list[str], ctx: Context) -> None:
    fields = {"record_id": Given(record_ids, id_column), **record_fields(draft, _FIELDS)}
    draft.add("records", {**fields, "source_type": draft.constant("database")}, shared=True)
    if "source_type" not in ctx.setting.set_:
        message = "ASReview does not say where a record was found: every record is counted as found in a database."
        draft.assumed(message, table="records", field="source_type")


def _labels(draft: Draft, fit: Fit) -> _Labels:
    if fit.about is not None:
        cells = draft.cells(fit.about)
        kept = [dict(_KEPT_IN_NOTES.findall(cell)) for cell in cells]
        return _Labels(
            [" ".join(dict.fromkeys(_IN_NOTES.findall(cell))) for cell in cells],
            fit.about,
            [_unquoted(of.get("time", "")) for of in kept],
            [_unquoted(of.get("user_name", "")) for of in kept],
            fit.about,
            [bool(_PRIOR_IN_NOTES.search(cell)) for cell in cells],
        )
    label = next(column for column in (draft.find("asreview_label"), draft.find("included")) if column is not None)
    user, prior = draft.find("asreview_user_name"), draft.find("asreview_prior")
    time = draft.find("asreview_time")
    draft.use(prior, "which labels were given before the screening began")
    draft.use(time, "which labels were given before the screening began")
    return _Labels(
        [ids.plain(text) for text in draft.cells(label)],
        label,
        draft.cells(time),
        draft.cells(user),
        user,
        [ids.plain(text) == "1" for text in draft.cells(prior)],
    )


def _unquoted(text: str) -> str:
    try:
        return str(json.loads(text))
    except ValueError:
        return text


def _add_votes(draft: Draft, labels: _Labels, id_column: int | None, record_ids: list[str], ctx: Context) -> None:
    seen = [place for place, label in enumerate(labels.label) if label.casefold() not in _UNSEEN]
    if not seen:
        draft.use(labels.column, "votes (no record has a label)")
        return
    fallback = ctx.setting.reviewer or PurePosixPath(draft.book.file).stem
    reviewers = [labels.user[place] or fallback for place in seen]
    named = any(labels.user[place] for place in seen)
    draft.add(
        "votes",
        {
            "record_id": Given([record_ids[place] for place in seen], id_column),
            "stage": Given([ctx.setting.stage or Stage.TITLE_ABSTRACT.value] * len(seen)),
            "reviewer": Given(reviewers, labels.user_column if named else None),
            "decision": Given(
                [_DECISIONS.get(labels.label[p].casefold(), labels.label[p]) for p in seen], labels.column
            ),
        },
        [draft.rows[place] for place in seen],
    )
    nameless = [place for place in seen if not labels.user[place]]
    if nameless and ctx.setting.reviewer is None and "reviewer" not in ctx.setting.set_:
        message = (
            f"The file does not say who gave {_labels_of(nameless)}: the reviewer is called '{fallback}' after it."
        )
        suggestion = f"Name the reviewer: `{draft.entry('reviewer: …')}` under `sources:`."
        draft.assumed(message, suggestion, table="votes", field="reviewer")
    if ctx.setting.stage is None and "stage" not in ctx.setting.set_:
        message = (
            "ASReview's export does not say at which stage the labels were given: they are read as title_abstract."
        )
        draft.assumed(message, table="votes", field="stage")
    timed = any(labels.time)
    prior = [place for place in seen if labels.prior[place] or (timed and not labels.time[place])]
    if prior:
        draft.told(
            f"Given before the screening began (prior knowledge): {_labels_of(prior)}. They count as votes.",
            "Check that the same person gave them, having read the record.",
            table="votes",
            at=prior[0],
            column=labels.column,
        )


def _labels_of(places: Iterable[int]) -> str:
    n = len(list(places))
    return f"{n} label{'s' if n > 1 else ''}"


ADAPTERS = (Adapter(NAME, TITLE, _fit, _take),)
