"""DistillerSR: list of references, list of duplicates, list of linked references, and the answers of its forms.

Seen in real files (a scoping review on the four-day school week, 2025): `Refid,Bibliography,Title`; the duplicates with
`RefID,Author,Title,Abstract,Reason,Labels,Response Sets,Attachments` and reasons such as `duplicate of 3054`, `[mass
quarantine] duplicate of 9`, `Manual duplicate`; the linked references with blanks before their headers; and forms with
`Refid,Citation,User,Level,…`, several users joined with commas in one row, `Form_k` for a form that is filled in more
than once, and one column for each answer of a check-box question (`question -> answer`, the cell repeats the answer).
One row a user is known from descriptions of other reviews' exports and was not seen here.

What a form's answers mean is the review's own: charted fields are taken where their header is a field of the codebook,
votes never; a mapping says which columns are votes.
"""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence

from ..cells import Book, Sheet
from ..codebook import Codebook, fold
from . import ids
from .adapter import TOOL, Adapter, Context, Fit, header_with
from .taken import Draft, Given, Taken

PREFIX = "distiller-"

_OF = re.compile(r"\bduplicate\s+of\s+#?(\d+)", re.I)
_DUPLICATE = re.compile(r"\bduplicate\b", re.I)
_AUTHORS_YEAR = re.compile(r"^(?P<authors>.*?)\s*\((?P<year>\d{4})[a-z]?\)\.?\s*(?P<rest>.*)$", re.S)
_VOTE_WORDS = frozenset(
    (
        *("include", "included", "exclude", "excluded", "keep", "drop", "eligible", "not eligible", "ineligible"),
        *("maybe", "unsure", "unclear", "cant tell", "can't tell", "cannot tell", "in", "out", "relevant"),
        *("not relevant", "irrelevant"),
    )
)
#: A list of references has these columns and no others; what has more may be anybody's table with a Refid.
_BIBLIOGRAPHIC = frozenset(
    (
        *("refid", "bibliography", "citation", "title", "author", "authors", "year", "abstract", "journal", "doi"),
        *("keywords", "volume", "issue", "pages", "url", "labels", "response sets", "attachments"),
    )
)


# references


def _fit_references(_book: Book, sheet: Sheet) -> Fit | None:
    for words in ("Bibliography", "Citation"):
        row = header_with(sheet, "Refid", words, "Title")
        if row is not None and {fold(text) for text in sheet.row(row) if text and text.strip()} <= _BIBLIOGRAPHIC:
            return Fit(row, TOOL)
    return None


def _take_references(book: Book, sheet: Sheet, fit: Fit, ctx: Context) -> Taken:
    draft = Draft(book, sheet, fit.header_row, ctx.codebook, source="distiller_references", title=_REFERENCES)
    column = draft.find("Refid")
    draft.leave_out("it has no Refid", _without(draft, column))
    _add_records(draft, ctx, draft.cells(draft.find("Title")), draft.find("Title"))
    draft.leave_out("another row of the same Refid", _again(draft, column))
    return draft.taken()


def _without(draft: Draft, column: int | None) -> list[int]:
    return [row for row, text in zip(draft.rows, draft.cells(column), strict=True) if not text]


def _again(draft: Draft, column: int | None) -> list[int]:
    """The numbers of rows whose Refid stands in a row above."""
    seen: set[str] = set()
    again = []
    for row, text in zip(draft.rows, draft.cells(column), strict=True):
        if text and ids.plain(text) in seen:
            again.append(row)
        seen.add(ids.plain(text))
    return again


def _add_records(draft: Draft, ctx: Context, titles: Sequence[str], title_column: int | None) -> None:
    """One record for each Refid: the first row of each."""
    column, cited = draft.find("Refid"), draft.find("Bibliography", "Citation")
    survivors = _survivors(ctx)
    again = {*_again(draft, column), *_without(draft, column)}
    kept = [at for at, row in enumerate(draft.rows) if row not in again]
    about = [_AUTHORS_YEAR.match(text) for text in draft.cells(cited)]
    numbers = [ids.plain(number) for number in draft.cells(column)]
    names = [_named(ctx, numbers[at]) for at in kept]
    draft.add(
        "records",
        {
            "record_id": Given(names, column),
            "source_type": Given(["database"] * len(kept)),
            "source_name": Given([""] * len(kept)),
            "title": Given([titles[at] for at in kept], title_column),
            "authors": Given([found["authors"] if (found := about[at]) else "" for at in kept], cited),
            "year": Given([found["year"] if (found := about[at]) else "" for at in kept], cited),
            "duplicate_of": Given([_named(ctx, survivors.get(numbers[at], "")) for at in kept]),
        },
        [draft.rows[at] for at in kept],
        shared=True,
    )
    if kept:
        _tell_source(draft, ctx)


def _survivors(ctx: Context) -> dict[str, str]:
    """What the lists of duplicates among the review's files say: number of the duplicate → that of the survivor."""
    pairs: dict[str, str] = {}
    for book in ctx.books.values():
        for sheet in book.sheets:
            fit = _fit_duplicates(book, sheet) if sheet.n_rows else None
            if fit is not None:
                draft = Draft(book, sheet, fit.header_row, ctx.codebook, source="", title="")
                pairs.update(_pairs(draft))
    return {number: _end(number, pairs) for number in pairs}


def _named(ctx: Context, number: str) -> str:
    return ids.named(ctx.setting.prefix or PREFIX, number)


# duplicates


def _fit_duplicates(_book: Book, sheet: Sheet) -> Fit | None:
    row = header_with(sheet, "RefID", "Title", "Reason", "Response Sets")
    return None if row is None else Fit(row, TOOL)


def _pairs(draft: Draft) -> dict[str, str]:
    numbers, reasons = draft.cells(draft.find("RefID")), draft.cells(draft.find("Reason"))
    return {
        ids.plain(number): found[1]
        for number, reason in zip(numbers, reasons, strict=True)
        if (found := _OF.search(reason))
    }


def _end(number: str, pairs: Mapping[str, str]) -> str:
    """The record that is kept in the end; a circle is left as it stands."""
    seen = [number]
    while (following := pairs.get(seen[-1])) is not None:
        if following in seen:
            return pairs[number]
        seen.append(following)
    return seen[-1]


def _take_duplicates(book: Book, sheet: Sheet, fit: Fit, ctx: Context) -> Taken:
    draft = Draft(book, sheet, fit.header_row, ctx.codebook, source="distiller_duplicates", title=_DUPLICATES)
    column, reason = draft.find("RefID"), draft.find("Reason")
    numbers = [ids.plain(text) for text in draft.cells(column)]
    reasons = draft.cells(reason)
    pairs = _pairs(draft)
    kept = [at for at, number in enumerate(numbers) if number]
    draft.leave_out("it has no RefID", [draft.rows[at] for at, number in enumerate(numbers) if not number])
    ends = {number: _end(number, pairs) for number in pairs}
    unnamed = [at for at in kept if numbers[at] not in pairs]
    draft.add(
        "records",
        {
            "record_id": Given([_named(ctx, numbers[at]) for at in kept], column),
            "source_type": Given(["database"] * len(kept)),
            "source_name": Given([""] * len(kept)),
            "title": Given([draft.cells(draft.find("Title"))[at] for at in kept], draft.find("Title")),
            "authors": Given([draft.cells(draft.find("Author", "Authors"))[at] for at in kept], draft.find("Author")),
            "abstract": Given([draft.cells(draft.find("Abstract"))[at] for at in kept], draft.find("Abstract")),
            "duplicate_of": Given([_named(ctx, ends.get(numbers[at], "")) for at in kept], reason),
            "removed_before_screening": Given(["other" if at in set(unnamed) else "" for at in kept], reason),
        },
        [draft.rows[at] for at in kept],
        shared=True,
    )
    chained = [number for number, end in ends.items() if pairs[number] != end]
    if chained:
        draft.told(
            f"{len(chained)} records are listed as duplicates of a record that is itself a duplicate "
            f"({_listed(chained)}); they count as duplicates of the one that is kept in the end.",
            "Nothing is to be done where that is right.",
            column=reason,
            table="records",
            field="duplicate_of",
        )
    for at in unnamed:
        called = _DUPLICATE.search(reasons[at]) is not None
        what = "calls the record a duplicate but not of which" if called else "names no record that this one duplicates"
        draft.assumed(
            f"The reason '{reasons[at]}' {what}; it counts as removed before screening for other reasons.",
            "Write `duplicate of` and the Refid of the record that is kept, if it is a duplicate.",
            at=at,
            column=reason,
            table="records",
            key=_named(ctx, numbers[at]),
            field="duplicate_of",
            value=reasons[at],
        )
    if kept:
        _tell_source(draft, ctx)
    draft.unused(draft.find("Labels"), "labels are the team's own; the import they name is no source")
    return draft.taken()


# linked references


def _fit_linked(_book: Book, sheet: Sheet) -> Fit | None:
    row = header_with(sheet, "Refid", "Linked Refid")
    return None if row is None else Fit(row, TOOL)


def _take_linked(book: Book, sheet: Sheet, fit: Fit, ctx: Context) -> Taken:
    """A report for each reference named; the linked one is the companion of the reference it is linked to."""
    draft = Draft(book, sheet, fit.header_row, ctx.codebook, source="distiller_linked", title=_LINKED)
    column, other = draft.find("Refid"), draft.find("Linked Refid")
    mains = [ids.plain(text) for text in draft.cells(column)]
    linked = [ids.plain(text) for text in draft.cells(other)]
    valid = [at for at in range(len(mains)) if mains[at] and linked[at] and mains[at] != linked[at]]
    led_by: dict[str, set[str]] = defaultdict(set)
    for at in valid:
        led_by[linked[at]].add(mains[at])
    pairs = {companion: min(several, key=_in_order) for companion, several in led_by.items()}
    companions: dict[str, int] = {}
    heads: dict[str, int] = {}
    for at in valid:
        if pairs[linked[at]] == mains[at]:
            companions.setdefault(linked[at], at)
        if mains[at] not in pairs:
            heads.setdefault(mains[at], at)
    for named, where, ends in (
        (heads, column, {}),
        (companions, other, {number: _end(number, pairs) for number in companions}),
    ):
        told = [_named(ctx, number) for number in named]
        draft.add(
            "reports",
            {
                "report_id": Given(told, where),
                "record_id": Given(told),
                "companion_of": Given(
                    [_named(ctx, ends.get(number, "")) for number in named], column if ends else None
                ),
            },
            [draft.rows[at] for at in named.values()],
            shared=True,
        )
    yielding = {*heads.values(), *companions.values()}
    silent = [at for at in valid if at not in yielding]
    draft.leave_out("it does not link two references", [row for at, row in enumerate(draft.rows) if at not in valid])
    draft.leave_out(
        "the same link stands in another row", [draft.rows[at] for at in silent if _led(at, pairs, mains, linked)]
    )
    draft.leave_out(
        "the report is linked to several references and stands under the first of them",
        [draft.rows[at] for at in silent if not _led(at, pairs, mains, linked)],
    )
    _tell_several(draft, led_by, pairs, other)
    return draft.taken()


def _led(at: int, pairs: Mapping[str, str], mains: Sequence[str], linked: Sequence[str]) -> bool:
    return pairs[linked[at]] == mains[at]


def _in_order(number: str) -> tuple[int, str]:
    """Numbers by their size, whatever the order of the rows."""
    return len(number), number


def _tell_several(draft: Draft, led_by: Mapping[str, set[str]], pairs: Mapping[str, str], column: int | None) -> None:
    for companion, several in led_by.items():
        if len(several) > 1:
            listed = ", ".join(sorted(several, key=_in_order))
            draft.assumed(
                f"{companion} is linked to several references ({listed}); it was read as a companion of "
                f"{pairs[companion]}, because a report can have one main report only.",
                "If it tells of several studies, name the exception `studies_more_than_reports` under `flow:` in "
                "config/config.yaml.",
                column=column,
                table="reports",
                field="companion_of",
                value=companion,
            )


# forms


def _fit_forms(_book: Book, sheet: Sheet) -> Fit | None:
    row = header_with(sheet, "Refid", "User", "Level")
    return None if row is None else Fit(row, TOOL)


def _take_forms(book: Book, sheet: Sheet, fit: Fit, ctx: Context) -> Taken:
    draft = Draft(book, sheet, fit.header_row, ctx.codebook, source="distiller_forms", title=_FORMS)
    charted = _charted(draft, ctx.codebook)
    number, cited = draft.find("Refid"), draft.find("Bibliography", "Citation")
    if charted:
        _add_studies(draft, ctx, charted)
    if cited is not None:
        _add_records(draft, ctx, [_title(text) for text in draft.cells(cited)], cited)
    if charted or cited is not None:
        draft.leave_out("it has no Refid", _without(draft, number))
    if not charted and cited is not None:
        draft.leave_out("another user's answers on the same record, which need a mapping", _again(draft, number))
    votes = [header for column, header in enumerate(draft.headers) if _looks_like_votes(draft, column)]
    for header in votes:
        draft.unused(draft.find(header), "it looks like votes, and only a mapping can say at which stage")
    if votes or not charted:
        quoted = ", ".join(f"'{header}'" for header in votes)
        said = f"The columns {quoted} look like votes" if len(votes) > 1 else f"The column {quoted} looks like votes"
        draft.assumed(
            f"{said}; what a form's answers mean is not told by the export, so they were not read."
            if votes
            else "The answers have no header that the codebook knows, so they were not read.",
            f"`scopeline map {book.file}` proposes a mapping of its columns to write under `sources:`.",
            table="votes",
        )
    if not charted and cited is None:
        draft.leave_out("the answers need a mapping", draft.rows)
    if not charted:
        for column, header in enumerate(draft.headers):
            draft.unused(column, "the answers need a mapping" if header else "")
    return draft.taken()


def _charted(draft: Draft, codebook: Codebook) -> dict[str, list[int]]:
    """Field of studies → its columns; several where each answer of a check-box question has its own."""
    spec = codebook.tables.get("studies")
    if spec is None:
        return {}
    words = {fold(word): one.name for one in spec.fields for word in (one.name, one.title, *one.aliases) if word}
    keys = {*spec.primary_key, "reviewer"}
    found: dict[str, list[int]] = defaultdict(list)
    for column, header in enumerate(draft.headers):
        question, arrow, _ = header.partition(" -> ")
        name = words.get(fold(question))
        if name and name not in keys and (arrow or name not in found):
            found[name].append(column)
    return dict(found) if len(found) >= 2 or any(len(columns) > 1 for columns in found.values()) else {}


def _add_studies(draft: Draft, ctx: Context, charted: Mapping[str, list[int]]) -> None:
    number = draft.find("Refid")
    rows = [at for at, text in enumerate(draft.cells(number)) if text]
    fields = {"study_id": Given([_named(ctx, draft.cells(number)[at]) for at in rows], number)}
    fields["reviewer"] = Given(
        [", ".join(draft.cells(draft.find("User"))[at].split(",")) for at in rows], draft.find("User")
    )
    for name, columns in charted.items():
        texts = [draft.cells(column) for column in columns]
        joined = ["; ".join(dict.fromkeys(text[at] for text in texts if text[at])) for at in rows]
        fields[name] = Given(joined, columns[0])
        for column in columns[1:]:
            draft.use(column, f"studies.{name}")
    draft.add("studies", fields, [draft.rows[at] for at in rows])


def _looks_like_votes(draft: Draft, column: int) -> bool:
    held = {fold(text) for text in draft.cells(column) if text}
    return 1 <= len(held) <= 4 and held <= _VOTE_WORDS


def _title(citation: str) -> str:
    """What follows authors and year in a citation, up to the journal or the place left for one (`#journal#`)."""
    found = _AUTHORS_YEAR.match(citation)
    if not found or not found["rest"]:
        return citation
    return re.split(r"\s*,\s*\(|\s+#|(?<=[.?!])\s+(?=[A-Z,])", found["rest"].strip(), maxsplit=1)[0]


def _tell_source(draft: Draft, ctx: Context) -> None:
    if "source_name" in ctx.setting.set_ or "source_type" in ctx.setting.set_:
        return
    draft.assumed(
        "DistillerSR does not tell where a record was found; they are counted as found in databases.",
        table="records",
        field="source_type",
    )


def _listed(names: Sequence[str], most: int = 5) -> str:
    shown = ", ".join(names[:most])
    return f"{shown} and {len(names) - most} more" if len(names) > most else shown


_REFERENCES = "DistillerSR: list of references"
_DUPLICATES = "DistillerSR: list of duplicates"
_LINKED = "DistillerSR: linked references"
_FORMS = "DistillerSR: answers of forms"

ADAPTERS = [
    Adapter("distiller_references", _REFERENCES, _fit_references, _take_references),
    Adapter("distiller_duplicates", _DUPLICATES, _fit_duplicates, _take_duplicates),
    Adapter("distiller_linked", _LINKED, _fit_linked, _take_linked),
    Adapter("distiller_forms", _FORMS, _fit_forms, _take_forms),
]
