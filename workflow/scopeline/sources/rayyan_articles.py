"""Rayyan's articles as all its exports have them: records with their IDs, and the notes with the votes."""

import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import PurePosixPath

import pyarrow as pa
import pyarrow.compute as pc

from ..cells import Book, Sheet
from ..citations.values import bare_doi, year_of
from ..codebook import Codebook, fold
from ..terms import Stage
from . import ids
from .adapter import HEADER_ROWS, SEARCH, TOOL, Context, Fit, header_with
from .bibliography_words import record_fields
from .rayyan_notes import INCLUSION, Notes, read
from .taken import Draft, Given

#: Name and title of the export.
ARTICLES = ("rayyan", "Rayyan: articles and votes")

PREFIX = "rayyan-"
_BIBLIOGRAPHIC = {"month", "day", "issn", "volume", "issue", "pages", "language", "publisher", "location"}
QUESTION = re.compile(r"(\d+)\s*-\s*(\S.*)", re.S)
WORDS = {"included": "include", "excluded": "exclude", "maybe": "maybe", "true": "include", "false": "exclude"}
#: Field of records → headers, in spreadsheets and in files of citations.
_FIELDS = {
    "source_name": ("database",),
    "title": ("title", "primary_title"),
    "authors": ("authors", "author"),
    "year": ("year", "publication_year"),
    "journal": ("journal", "secondary_title"),
    "doi": ("doi",),
    "pmid": ("pubmed_id", "pmid"),
    "pmcid": ("pmc_id", "pmcid"),
    "url": ("url",),
    "abstract": ("abstract",),
}


def fit_articles(_book: Book, sheet: Sheet) -> Fit | None:
    """Known by Rayyan's own headers, or by the votes in the notes of a file that another program wrote again."""
    row = article_row(sheet)
    if row is not None:
        headers = headers_of(sheet, row)
        if any(QUESTION.fullmatch(header) for header in headers):
            return None
        if "notes" in map(fold, headers):
            return Fit(row, TOOL)
    for row in range(1, min(HEADER_ROWS, sheet.n_rows) + 1):
        for column, text in enumerate(sheet.row(row)):
            if _of_notes(text or "") and _holds_votes(sheet.columns[column]):
                sure = bool(sheet.lines) or "key" in map(fold, headers_of(sheet, row))
                return Fit(row, TOOL if sure else SEARCH, column)
    return None


def article_row(sheet: Sheet) -> int | None:
    """The row of headers of Rayyan's own table."""
    row = header_with(sheet, "key", "title", "authors")
    if row is None or len(_BIBLIOGRAPHIC & set(map(fold, headers_of(sheet, row)))) < 4:
        return None
    return row


def headers_of(sheet: Sheet, row: int) -> list[str]:
    """The trimmed headers of a row."""
    return [(text or "").strip() for text in sheet.row(row)]


def _of_notes(text: str) -> bool:
    """Whether a cell can be the header of a column of notes."""
    header = fold(text)
    return ("note" in header or header in ("n1", "comments", "comment")) and INCLUSION not in header.upper()


def _holds_votes(column: pa.Array) -> bool:
    """Whether Rayyan's votes stand in a column, which is read whole."""
    return bool(pc.any(pc.match_substring(column, f"{INCLUSION}:")).as_py())


@dataclass
class Articles:
    """A sheet of articles as it is read: its draft, the column of notes, and for each row its IDs and its notes."""

    draft: Draft
    key: int | None
    column: int | None
    native: list[str]
    record_ids: list[str]
    notes: list[Notes]

    @property
    def votes(self) -> dict[str, dict[str, str]]:
        """Article → reviewer → decision."""
        return {name: decisions_of(notes) for name, notes in zip(self.native, self.notes, strict=True) if notes.votes}


def read_articles(
    book: Book, sheet: Sheet, fit: Fit, codebook: Codebook, prefix: str, adapter: tuple[str, str] = ARTICLES
) -> Articles:
    """`adapter` is the name and the title of who takes the sheet."""
    draft = Draft(book, sheet, fit.header_row, codebook, source=adapter[0], title=adapter[1])
    key = draft.find("key", "id")
    column = fit.about if fit.about is not None else draft.find("notes")
    bibliographic = [draft.cells(draft.find(*_FIELDS[name])) for name in ("title", "year", "authors", "doi")]
    native, record_ids = [], []
    seen: Counter[str] = Counter()
    for own, title, year, authors, doi in zip(draft.cells(key), *bibliographic, strict=True):
        article = article_id(own)
        first = re.split(r";| and ", authors)[0]
        made = "" if article else ids.made(prefix, title, year_of(year), first, bare_doi(doi))
        if made:
            seen[made] += 1
            made = made if seen[made] == 1 else f"{made}-{seen[made]}"
        native.append(article or made)
        record_ids.append(made or f"{prefix}{article}")
    return Articles(draft, key, column, native, record_ids, [read(cell) for cell in draft.cells(column)])


def article_id(text: str) -> str:
    """An article's ID without the word before it: `rayyan-437813830`, `437813830` and `437813830.0` are one."""
    return ids.plain(text.strip().removeprefix(PREFIX))


def prefix_of(ctx: Context) -> str:
    """What stands before the ID of a record."""
    return ctx.prefix(PREFIX)


def decisions_of(notes: Notes) -> dict[str, str]:
    """Reviewer → decision, as the notes of an article tell."""
    return {name: WORDS.get(fold(word), word) for name, word in notes.votes}


def add_records(articles: Articles, ctx: Context) -> None:
    """One record for each article."""
    draft = articles.draft
    fields = {"record_id": Given(articles.record_ids, articles.key), **record_fields(draft, _FIELDS)}
    draft.add("records", {**fields, "source_type": draft.constant("database")}, shared=True)
    if "source_type" not in ctx.setting.set_:
        message = "Rayyan does not say where a record was found: every record is counted as found in a database."
        draft.assumed(message, table="records", field="source_type")


def beside(
    book: Book, ctx: Context, fit: Callable[[Book, Sheet], Fit | None], own: Callable[[Book, Sheet], Fit | None]
) -> list[tuple[Book, Sheet, Fit]]:
    """The other file of the same export: in the same folder, or else in folders without a file of our kind."""

    def folder(one: Book) -> PurePosixPath:
        return PurePosixPath(one.file).parent

    others = [other for other in ctx.books.values() if other.fault is None]
    found = [
        (other, sheet, fitting)
        for other in others
        for sheet in other.sheets
        if sheet.n_rows and (fitting := fit(other, sheet)) is not None
    ]
    same = [one for one in found if folder(one[0]) == folder(book)]
    if same or not found:
        return same
    taken = {folder(other) for other in others if any(sheet.n_rows and own(other, sheet) for sheet in other.sheets)}
    return [one for one in found if folder(one[0]) not in taken]


def stage_of(ctx: Context) -> str:
    """The stage of the votes, which no export of Rayyan tells."""
    return ctx.setting.stage or Stage.TITLE_ABSTRACT.value


def tell_stage(draft: Draft, ctx: Context) -> None:
    """Say which stage was assumed, unless the configuration says it."""
    if ctx.setting.stage is None and "stage" not in ctx.setting.set_:
        message = "Rayyan's export does not say at which stage the votes were cast: they are read as title_abstract."
        draft.assumed(message, table="votes", field="stage")


def mapped_reasons(ctx: Context) -> dict[str, str]:
    """What the configuration says that words for reasons mean."""
    return {**ctx.setting.values.get("reason", {}), **ctx.setting.values.get("votes.reason", {})}


def joined(reasons: Iterable[str], ctx: Context) -> str:
    """Several reasons in one cell; each is then mapped here, because the configuration maps whole cells."""
    reasons = list(dict.fromkeys(reasons))
    if len(reasons) > 1:
        meant = {fold(word): stands for word, stands in mapped_reasons(ctx).items()}
        reasons = list(dict.fromkeys(meant.get(fold(reason), reason) for reason in reasons))
    return "; ".join(reasons)
