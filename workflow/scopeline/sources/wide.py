"""A team's own screening workbook: one row a record, one column a reviewer.

Such sheets have no fixed layout, so they are known by what stands in them: beside a column with an ID or a title,
two or more columns of vote words (Include, Exclude, Maybe and their usual spellings). Columns of yes and no, or 1 and
0, which a charting sheet has too, count only where their header speaks of reviewers or of screening. Words that nobody
can take for a vote (a typo) are passed on as they stand, to be told at their cell; what numbers mean is asked.

Published screening data of public reviews hold `Included`/`Excluded`/`Maybe`, `Keep`/`Drop`, `Inlcude`, 1/0, 1/2, and a
third vote that settles the first two. The headers looked for are the usual ones of such workbooks; no one file was the
model, and no documentation exists.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches

import pyarrow.compute as pc

from ..cells import Book, Sheet
from ..codebook import fold
from . import ids, native
from .adapter import GENERAL, HEADER_ROWS, Adapter, Context, Fit
from .taken import Draft, Given, Taken

_MEANING = {
    "include": (
        *("include", "included", "inc", "in", "keep", "retain", "retained", "accept", "accepted", "eligible"),
        *("relevant", "i", "incl"),
    ),
    "exclude": (
        *("exclude", "excluded", "exc", "excl", "out", "drop", "reject", "rejected", "not eligible", "ineligible"),
        *("not relevant", "irrelevant", "e", "discard"),
    ),
    "maybe": ("maybe", "unsure", "uncertain", "undecided", "discuss"),
}
_WEAK = {"include": ("yes", "y", "true"), "exclude": ("no", "n", "false"), "maybe": ("unclear", "?", "??", "m")}
_STRONG_WORDS = {word: vote for vote, words in _MEANING.items() for word in words}
_WORDS = {**_STRONG_WORDS, **{word: vote for vote, words in _WEAK.items() for word in words}}
_NUMBER = re.compile(r"-?\d(?:\.0+)?")
#: Single letters are votes only beside words that leave no doubt.
_SURE = frozenset(word for word in _STRONG_WORDS if len(word) > 1)

_ID_HEADERS = (
    *("record_id", "record id", "record", "record number", "record no", "ref id", "refid", "reference id", "id", "uid"),
    *("article id", "paper id", "citation id", "study id", "covidence #", "rayyan id", "key", "#", "no", "no.", "nr"),
    *("number", "pmid", "pubmed id", "accession number", "doi"),
)
_TITLE_HEADERS = (
    "title",
    "article title",
    "document title",
    "primary title",
    "paper title",
    "study title",
    "reference",
)
_RECORD_FIELDS = {
    "title": _TITLE_HEADERS,
    "authors": ("authors", "author", "author(s)", "first author"),
    "year": ("year", "publication year", "published year", "pub year"),
    "journal": ("journal", "publication title", "source title"),
    "doi": ("doi",),
    "pmid": ("pmid", "pubmed id"),
    "abstract": ("abstract",),
    "url": ("url", "link"),
}

_SCREENING = re.compile(
    r"\b(?:reviewers?|screeners?|screening|screened|raters?|assessors?|votes?|decisions?|r ?\d|rev ?\d|s ?\d|ta|ft|t/a|"
    r"f/t|tiab|ti ?ab|consensus|adjudicat\w*|arbit\w*|reconcil\w*|full ?texts?|title ?(?:and|&|/)? ?abstract|"
    r"include\?)(?!\w)",
    re.I,
)
_AGREED = re.compile(r"\b(?:consensus|final|agreed|adjudicat\w*|arbit\w*|resol\w*|reconcil\w*|overall)\b", re.I)
_REASON = re.compile(r"\b(?:reasons?|why|rationale|justification)\b", re.I)
_STAGES = {
    "full_text": re.compile(r"\b(?:ft|f/t|full ?texts?|eligibility)(?!\w)", re.I),
    "title_abstract": re.compile(r"\b(?:ta|t/a|tiab|ti ?ab|abstracts?|title)(?!\w)", re.I),
}
_SAID = re.compile(
    r"\b(?:votes?|decisions?|screening|judge?ment|include\?|ta|ft|t/a|f/t|tiab|ti ?ab|full ?texts?|abstracts?|titles?|"
    r"and|reasons?|why|for|exclusions?|of)(?!\w)|[&/:()\[\]]",
    re.I,
)
_TURNED = re.compile(r"exclu", re.I)


@dataclass(frozen=True)
class _Layout:
    """Which columns hold the IDs, the title, and votes; and for a vote's column the column of its reasons."""

    number: int | None
    title: int | None
    votes: tuple[int, ...]
    agreed: tuple[int, ...]
    reasons: Mapping[int, int] = field(default_factory=dict)


def _spaced(header: str) -> str:
    return " ".join(re.sub(r"[_.\-]+", " ", header).split())


def _fit(_book: Book, sheet: Sheet) -> Fit | None:
    contents = {column: words for column in range(sheet.n_columns) if (words := _held(sheet, column)) is not None}
    if len(contents) < 2:
        return None
    for number in range(1, min(HEADER_ROWS, sheet.n_rows - 1) + 1):
        headers = [(text or "").strip() for text in sheet.row(number)]
        layout = _layout(headers, sheet, number, contents)
        if layout is not None:
            return Fit(number, GENERAL, layout)
    return None


def _held(sheet: Sheet, column: int) -> list[str] | None:
    """The distinct words of a column; None where there are too many for votes under a header."""
    words = pc.unique(sheet.columns[column]).to_pylist()
    return [fold(word) for word in words if word and word.strip()] if len(words) <= HEADER_ROWS + 25 else None


def _layout(headers: Sequence[str], sheet: Sheet, row: int, contents: Mapping[int, Sequence[str]]) -> _Layout | None:
    folded = [fold(header) for header in headers]
    number, title = _first(folded, _ID_HEADERS), _first(folded, _TITLE_HEADERS)
    if number is None and title is None:
        return None
    found = [
        column
        for column, words in contents.items()
        if column not in (number, title) and headers[column] and not _REASON.search(_spaced(headers[column]))
        if _is_vote(_spaced(headers[column]), words) and _mostly_votes(sheet, column, row)
    ]
    agreed = tuple(column for column in found if _AGREED.search(_spaced(headers[column])))
    votes = tuple(column for column in found if column not in agreed)
    if not votes or len(found) < 2:
        return None
    return _Layout(number, title, votes, agreed, _reasons(headers, found))


def _first(folded: Sequence[str], names: Iterable[str]) -> int | None:
    return next((folded.index(fold(name)) for name in names if fold(name) in folded), None)


def _is_vote(header: str, words: Sequence[str]) -> bool:
    """Whether a column may hold votes: words of votes, or words that only a header on screening makes votes."""
    if len(header) > 60:
        return False
    if _SCREENING.search(header):
        return any(word in _WORDS or _NUMBER.fullmatch(word) for word in words)
    return (
        len(header) <= 25 and not header.casefold().startswith("included in") and any(word in _SURE for word in words)
    )


def _mostly_votes(sheet: Sheet, column: int, row: int) -> bool:
    texts = [fold(text) for text in sheet.columns[column].slice(row).to_pylist() if text and text.strip()]
    like = {word for word in set(texts) if word in _WORDS or _NUMBER.fullmatch(word) or _near(word)}
    return bool(texts) and sum(1 for text in texts if text in like) >= 0.7 * len(texts)


def _near(word: str) -> bool:
    """Whether a word is a vote's with a typo in it (`Inlcude`)."""
    return len(word) > 4 and bool(get_close_matches(word, [one for one in _SURE if len(one) > 4], n=1, cutoff=0.8))


def _reasons(headers: Sequence[str], votes: Sequence[int]) -> dict[int, int]:
    """A vote's column → that of its reasons: the one with the same name in its header, or the next to the right."""
    found: dict[int, int] = {}
    columns = [column for column, header in enumerate(headers) if _REASON.search(_spaced(header))]
    names = {column: fold(_reviewer(headers[column])) for column in (*votes, *columns)}
    for vote in votes:
        same = [
            column
            for column in columns
            if names[column] == names[vote] and _said_stage(headers[column]) in ("", _said_stage(headers[vote]))
        ]
        right = [column for column in columns if column == vote + 1 and names[column] in ("", names[vote])]
        for column in [*same, *right]:
            if column not in found.values():
                found[vote] = column
                break
    return found


def _reviewer(header: str) -> str:
    """Who voted: the header without the words for the stage and for voting; the header where nothing else is left."""
    return " ".join(_SAID.sub(" ", _spaced(header)).strip(" -,").split())


def _said_stage(text: str) -> str:
    return next((stage for stage, words in _STAGES.items() if words.search(_spaced(text))), "")


# taking


def _take(book: Book, sheet: Sheet, fit: Fit, ctx: Context) -> Taken:
    draft = Draft(book, sheet, fit.header_row, ctx.codebook, source="wide", title=_TITLE)
    layout: _Layout = fit.about
    names = _record_ids(draft, layout, ctx)
    kept = [at for at, name in enumerate(names) if name]
    _tell_ids(draft, layout, [names[at] for at in kept], ctx)
    draft.leave_out("it has neither ID nor title", [draft.rows[at] for at, name in enumerate(names) if not name])
    yielding: set[int] = set()
    if layout.title is not None and not _records_elsewhere(sheet, ctx):
        _add_records(draft, layout, names, kept, ctx)
        yielding |= set(kept)
    _tell_meanings(draft, layout, ctx)
    settling = set(layout.agreed) | _settling(draft, layout, ctx)
    stageless = [column for column in (*layout.votes, *layout.agreed) if not _stage(draft, layout, column, ctx)]
    if stageless:
        _ask_stage(draft, stageless)
    for column in (*layout.votes, *layout.agreed):
        if column not in stageless:
            yielding |= _add_votes(draft, layout, column, names, column in settling, ctx)
    why = "the stage of its votes is not told" if stageless else "nobody has voted on it"
    draft.leave_out(why, [draft.rows[at] for at in kept if at not in yielding])
    return draft.taken()


def _record_ids(draft: Draft, layout: _Layout, ctx: Context) -> list[str]:
    """For each row its ID as it stands; without such a column, one made of title, year, first author and DOI."""
    prefix = ctx.setting.prefix or ""
    if layout.number is not None:
        return [ids.named(prefix, text) for text in draft.cells(layout.number)]
    about = {name: draft.cells(draft.find(*_RECORD_FIELDS[name])) for name in ("title", "year", "authors", "doi")}
    return [
        ids.made(prefix or "record-", title, year, re.split(r"[;,|]| and ", authors)[0], doi) if title else ""
        for title, year, authors, doi in zip(*about.values(), strict=True)
    ]


def _tell_ids(draft: Draft, layout: _Layout, named: Sequence[str], ctx: Context) -> None:
    if not named:
        return
    if layout.number is None:
        what = "made of title, year, first author and DOI"
    else:
        before = f"'{ctx.setting.prefix}' and " if ctx.setting.prefix else ""
        what = f"{before}what stands in '{draft.headers[layout.number]}'"
    draft.named(f"{what}, such as {named[0]}")


def _records_elsewhere(sheet: Sheet, ctx: Context) -> bool:
    """Whether another sheet of the review is its table of records."""
    for book in ctx.books.values():
        for other in book.sheets:
            if other is not sheet and other.n_rows:
                held = native.guess(book, other, Context(ctx.codebook, type(ctx.setting)(), {}))
                if held is not None and held.table.name == "records" and held.complete:
                    return True
    return False


def _add_records(draft: Draft, layout: _Layout, names: Sequence[str], kept: Sequence[int], ctx: Context) -> None:
    fields = {
        "record_id": Given([names[at] for at in kept], layout.number),
        "source_type": Given(["database"] * len(kept)),
        "source_name": Given([""] * len(kept)),
    }
    for name, headers in _RECORD_FIELDS.items():
        column = draft.find(*headers)
        if column is not None:
            fields[name] = Given([draft.cells(column)[at] for at in kept], column)
    draft.add("records", fields, [draft.rows[at] for at in kept], shared=True)
    if kept and not {"source_name", "source_type"} & set(ctx.setting.set_):
        draft.assumed(
            "The sheet's records count as found in databases; where they were found is not told in it.",
            table="records",
            field="source_type",
        )


def _stage(draft: Draft, layout: _Layout, column: int, ctx: Context) -> str:
    """The stage of a column's votes: by its header where the sheet has both; else as configured, by header or sheet."""
    said = _said_stage(draft.headers[column])
    both = {_said_stage(draft.headers[other]) for other in (*layout.votes, *layout.agreed)} >= set(_STAGES)
    if both and said:
        return said
    return ctx.setting.stage or said or _said_stage(draft.sheet.name)


def _ask_stage(draft: Draft, columns: Sequence[int]) -> None:
    answer = "stage: title_abstract"
    draft.could_be(
        "votes of title_abstract or full_text",
        draft.entry(f"sheets: {{{draft.sheet.name}: {{{answer}}}}}" if draft.sheet.name else answer),
        column=columns[0],
        table="votes",
        field="stage",
    )
    for column in columns:
        draft.unused(column, "the stage of its votes is not told")


def _answers(ctx: Context) -> set[str]:
    """Words that the configuration gives a meaning of its own."""
    said = ctx.setting.values
    return {fold(word) for name in ("decision", "votes.decision", "decisions.decision") for word in said.get(name, {})}


def _numbers(draft: Draft, column: int, ctx: Context) -> set[str]:
    """The numbers that stand for votes in a column and that the configuration does not explain."""
    words = {ids.plain(text) for text in draft.cells(column) if _NUMBER.fullmatch(text)}
    return words - _answers(ctx)


def _unexplained(draft: Draft, layout: _Layout, ctx: Context) -> set[str]:
    """Numbers whose meaning must be asked: 1 and 0 alone are yes and no, any others may be anything."""
    found = {word for column in (*layout.votes, *layout.agreed) for word in _numbers(draft, column, ctx)}
    return set() if found <= {"0", "1"} and len(found) != 1 else found


def _tell_meanings(draft: Draft, layout: _Layout, ctx: Context) -> None:
    columns = (*layout.votes, *layout.agreed)
    asked = sorted(_unexplained(draft, layout, ctx))
    if asked:
        listed = ", ".join(f"'{word}': …" for word in asked)
        draft.asked(
            f"The votes are written as {', '.join(asked)}, and what they stand for is not told.",
            f"Say it under `sources:`: `{_meant(draft, listed)}`.",
            column=columns[0],
            table="votes",
            field="decision",
            value=", ".join(asked),
        )
        return
    read = [column for column in columns if _numbers(draft, column, ctx)]
    turned = [column for column in columns if _TURNED.search(draft.headers[column]) and _has_weak(draft, column)]
    if read:
        draft.assumed(
            "The votes are written as 1 and 0; they were read as include and exclude.",
            "If not, under `sources:`: `" + _meant(draft, "'1': …, '0': …") + "`.",
            column=read[0],
            table="votes",
            field="decision",
        )
    for column in turned:
        draft.asked(
            f"In '{draft.headers[column]}' yes may mean either; the words were left as they stand.",
            "Under `sources:`: `" + _meant(draft, "'yes': …, 'no': …") + "`.",
            column=column,
            table="votes",
            field="decision",
        )


def _meant(draft: Draft, words: str) -> str:
    """The line of the configuration that says what the words of votes mean."""
    return draft.entry(f"values: {{decision: {{{words}}}}}")


def _has_weak(draft: Draft, column: int) -> bool:
    return any(fold(text) in _WORDS and fold(text) not in _STRONG_WORDS for text in draft.cells(column))


def _meaning(text: str, header: str, answers: set[str]) -> str:
    """A vote in the codebook's words where it is certain; else as it stands."""
    word = fold(text)
    if word in answers:
        return text
    if word in _STRONG_WORDS:
        return _STRONG_WORDS[word]
    if _TURNED.search(header):
        return text
    return {"1": "include", "0": "exclude"}.get(ids.plain(text)) or _WORDS.get(word, text)


def _settling(draft: Draft, layout: _Layout, ctx: Context) -> set[int]:
    """Columns that hold a word only where two others differ: a third vote that settles, told as assumed."""
    found: set[int] = set()
    answers = _answers(ctx)
    said = {column: [_meaning(text, "", answers) for text in draft.cells(column)] for column in layout.votes}
    for column in layout.votes:
        stage = _stage(draft, layout, column, ctx)
        others = [one for one in layout.votes if one != column and _stage(draft, layout, one, ctx) == stage]
        rows = [at for at, text in enumerate(said[column]) if text]
        full = [one for one in others if sum(map(bool, said[one])) > len(rows)]
        if len(full) < 2 or not rows or layout.agreed:
            continue
        if all(len({said[one][at] for one in full if said[one][at]}) > 1 for at in rows):
            found.add(column)
            draft.assumed(
                f"'{draft.headers[column]}' holds a word only where the other votes differ; it was read as the "
                "decision that settles them.",
                "If it is a vote like the others, write the votes as a table with one row a vote.",
                column=column,
                table="decisions",
                field="decision",
            )
    return found


def _add_votes(
    draft: Draft,
    layout: _Layout,
    column: int,
    names: Sequence[str],
    settles: bool,
    ctx: Context,
) -> set[int]:
    """Add a column's votes, or its decisions; the places of the rows that hold one."""
    asked, answers, header = _unexplained(draft, layout, ctx), _answers(ctx), draft.headers[column]
    texts = draft.cells(column)
    kept = [at for at, name in enumerate(names) if name]
    rows = [at for at in kept if texts[at] and ids.plain(texts[at]) not in asked]
    if asked and len(rows) < sum(1 for at in kept if texts[at]):
        draft.unused(column, f"what {', '.join(sorted(asked))} stand for is not told")
    said = [_meaning(texts[at], header, answers) for at in rows]
    why = layout.reasons.get(column)
    who = "adjudicator" if settles else "reviewer"
    name = header if settles else _reviewer(header) or header
    fields = {
        "record_id": Given([names[at] for at in rows], layout.number),
        "stage": Given([_stage(draft, layout, column, ctx)] * len(rows)),
        who: Given([name] * len(rows)),
        "decision": Given(said, column),
    }
    if why is not None:
        reasons = draft.cells(why)
        fields["reason"] = Given(
            ["; ".join(part.strip() for part in re.split(r"[;\n]", reasons[at]) if part.strip()) for at in rows], why
        )
    if rows:
        draft.add("decisions" if settles else "votes", fields, [draft.rows[at] for at in rows])
    return set(rows)


_TITLE = "screening workbook with one column a reviewer"

ADAPTERS = [Adapter("wide", _TITLE, _fit, _take, general=True)]
