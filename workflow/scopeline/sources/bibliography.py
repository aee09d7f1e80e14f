"""Search exports of databases and registers, and the libraries of reference managers, as records.

What one export is called, where it comes from and which of its columns say what stands in `bibliography_kinds`; this
module reads any of them. A record's ID is the source's own (`pubmed-35319117`, `zotero-ACSRAG7N`); where it has none,
one is made of title, year, first author and DOI, so the order of the rows does not matter. The prefix is the source's:
a record that two databases found is two records, as PRISMA counts them, until a team marks one as the duplicate.

Seen in a real file: the Zotero csv (ASySD's test set of 87 columns, PMID inside `Extra`, two ISSNs in a cell). The
other layouts follow headers that were copied from real exports and public readers; `bibliography_kinds` says which.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import partial

from ..cells import Book, Sheet
from . import bibliography_blocks, ids
from .adapter import HEADER_ROWS, SEARCH, Adapter, Context, Fit
from .bibliography_kinds import CITATION_FORMS, EXPORTS, Export
from .bibliography_words import database, doi, known_database, last_year, plain_header, year
from .taken import Draft, Given, Taken

#: What is read, in the records' own names, and what serves to find it.
_FIELDS = (
    *("title", "authors", "year", "journal", "volume", "issue", "pages", "doi", "pmid", "pmcid", "issn", "abstract"),
    *("keywords", "url"),
)
_SERVING = ("id", "database", "hint", "type", "extra", "page_start", "page_end")
#: Where a field may be found that has no column of its own.
_FOUND_IN = {"pmid": "extra", "pmcid": "extra", "pages": "page_start"}
#: Two records with one ID are one and the same where all of these agree.
_SAME = ("title", "authors", "year", "journal", "volume", "issue", "pages", "doi", "pmid")

_PMID = re.compile(r"\bPMID:?\s*(\d{1,9})\b", re.I)
_PMCID = re.compile(r"\bPMC(?:ID:?\s*(?:PMC)?)?(\d{3,9})\b", re.I)
_EID = re.compile(r"2-s2\.0-\d+")
_NO_REFERENCE = {"attachment", "note", "annotation"}

_REGISTERS = {"ClinicalTrials.gov", "WHO ICTRP", "ISRCTN"}
#: What an accession number alone tells of the database.
_ACCESSIONS = (("WOS:", "Web of Science"), ("2-s2.0-", "Scopus"), ("CN-", "CENTRAL"))


def _fit(export: Export, book: Book, sheet: Sheet) -> Fit | None:
    if bool(export.forms) != (book.form in CITATION_FORMS):
        return None
    for number in range(1, min(HEADER_ROWS, sheet.n_rows) + 1):
        headers = {plain_header(text) for text in sheet.row(number) if text}
        if any(headers.issuperset(needed) for needed in export.needs):
            return Fit(number, SEARCH)
    return None


def _take(export: Export, book: Book, sheet: Sheet, fit: Fit, ctx: Context) -> Taken:
    draft = Draft(book, sheet, fit.header_row, ctx.codebook, source=export.name, title=export.title)
    columns = _columns(draft, export)
    texts = {role: _texts(draft, columns.get(role, [])) for role in (*_FIELDS, *_SERVING)}
    _tidy(texts, export)
    kept = _kept(draft, texts)
    names = _names(export, book, ctx, texts)
    given, doubtful = _identified(export, book, ctx, texts, names, kept)
    _tell_ids(draft, export, names, texts, given, kept)
    _tell_twins(draft, given, doubtful, kept)
    _tell_source(draft, export, names, kept, ctx)

    fields: dict[str, Given] = {"record_id": Given([given[at][0] for at in kept], _first(columns, export.key))}
    types = ["register" if names[at] in _REGISTERS else export.source_type for at in kept]
    fields["source_type"] = Given(types)
    fields["source_name"] = Given([names[at] for at in kept], _first(columns, "database"))
    for name in _FIELDS:
        if any(texts[name]):
            where = name if columns.get(name) else _FOUND_IN.get(name, "")
            fields[name] = Given([texts[name][at] for at in kept], _first(columns, where))
    fields["duplicate_of"] = Given([given[at][1] for at in kept])
    draft.add("records", fields, [draft.rows[at] for at in kept], found=True)
    for role in ("type", "page_end"):
        draft.use(_first(columns, role), "which rows are references" if role == "type" else "records.pages")
    for column, header in enumerate(draft.headers):
        draft.unused(column, export.unread.get(plain_header(header), "nothing of the review is read from it"))
    return draft.taken()


def _columns(draft: Draft, export: Export) -> dict[str, list[int]]:
    """Role → the columns that may say it, the best first."""
    headers = [plain_header(header) for header in draft.headers]
    found = {role: [headers.index(word) for word in words if word in headers] for role, words in export.roles.items()}
    return {role: columns for role, columns in found.items() if columns}


def _first(columns: Mapping[str, list[int]], role: str) -> int | None:
    return columns[role][0] if columns.get(role) else None


def _texts(draft: Draft, columns: Sequence[int]) -> list[str]:
    """For each row what stands in the first of the columns that holds anything."""
    texts = draft.cells(columns[0] if columns else None)
    for column in columns[1:]:
        texts = [text or other for text, other in zip(texts, draft.cells(column), strict=True)]
    return texts


def _tidy(texts: dict[str, list[str]], export: Export) -> None:
    """Bring years, DOIs and PubMed IDs into one form, and find those that stand inside other texts."""
    texts["year"] = [last_year(text) if export.year_last else year(text) for text in texts["year"]]
    texts["doi"] = [doi(text) for text in texts["doi"]]
    texts["pmid"] = [
        ids.plain(text) or ((found := _PMID.search(extra)) and found[1]) or ""
        for text, extra in zip(texts["pmid"], texts["extra"], strict=True)
    ]
    texts["pmcid"] = [
        text or ((found := _PMCID.search(extra)) and f"PMC{found[1]}") or ""
        for text, extra in zip(texts["pmcid"], texts["extra"], strict=True)
    ]
    texts["pages"] = [
        pages or "-".join(part for part in (start, end) if part)
        for pages, start, end in zip(texts["pages"], texts["page_start"], texts["page_end"], strict=True)
    ]


def _kept(draft: Draft, texts: Mapping[str, list[str]]) -> list[int]:
    """The places of the rows that are records; the others are left out with the reason."""
    kept, parts, untitled = [], [], []
    for at, number in enumerate(draft.rows):
        if texts["type"][at].casefold() in _NO_REFERENCE:
            parts.append(number)
        elif not texts["title"][at]:
            untitled.append(number)
        else:
            kept.append(at)
    draft.leave_out("an attachment or a note of the reference manager, no reference", parts)
    draft.leave_out("it has no title", untitled)
    return kept


def _names(export: Export, book: Book, ctx: Context, texts: Mapping[str, list[str]]) -> list[str]:
    """For each row the source's name: as configured, as the row says, as the kind of export tells; or blank."""
    told = ctx.setting.set_.get("source_name")
    if told is not None:
        return [told] * len(texts["title"])
    usual = export.source_name or export.forms.get(book.form, "")
    if not export.mixed:
        return [usual] * len(texts["title"])
    names = []
    for given, hint, own in zip(texts["database"], texts["hint"], texts["id"], strict=True):
        by_number = next((name for start, name in _ACCESSIONS if own.startswith(start)), "")
        names.append(database(given) or by_number or known_database(hint) or usual)
    return names


def _identified(
    export: Export,
    book: Book,
    ctx: Context,
    texts: Mapping[str, list[str]],
    names: Sequence[str],
    kept: Sequence[int],
) -> tuple[dict[int, tuple[str, str]], set[int]]:
    """For each place its ID and the ID that it duplicates; and the places with a made ID that others have, too.

    Of the records with one ID, the first in the order of what stands in them keeps it, so that the order of the rows
    does not matter; the others get `-2`, `-3`.
    """
    nameless = book.form if export.name == "citations" else export.name
    groups: dict[str, list[int]] = defaultdict(list)
    own: set[int] = set()
    for at in kept:
        start = ctx.setting.prefix or f"{export.prefix or _slug(names[at]) or nameless}-"
        number = _number(export, names[at], texts, at)
        if number:
            own.add(at)
            groups[ids.named(start, number)].append(at)
        else:
            authors = re.split(r"[;,|]| and ", texts["authors"][at])[0]
            made = ids.made(start, texts["title"][at], texts["year"][at], authors, texts["doi"][at].casefold())
            groups[made].append(at)
    given: dict[int, tuple[str, str]] = {}
    doubtful: set[int] = set()
    for name, members in groups.items():
        if len(members) == 1:
            given[members[0]] = (name, "")
            continue
        members.sort(key=lambda at: [texts[role][at] for role in (*_SAME, *_FIELDS, *_SERVING)])
        first = members[0]
        given[first] = (name, "")
        for place, at in enumerate(members[1:], start=2):
            same = at in own or all(texts[role][at] == texts[role][first] for role in _SAME)
            given[at] = (f"{name}-{place}", name if same else "")
            if not same:
                doubtful.add(at)
    return given, doubtful


def _number(export: Export, name: str, texts: Mapping[str, list[str]], at: int) -> str:
    """The record's own number at its source; a citation file's numbers count only where its database is known."""
    if not export.mixed:
        return texts[export.key][at] if export.key else ""
    if name == "PubMed":
        return texts["pmid"][at] or texts["id"][at]
    if name == "Scopus" and (found := _EID.search(texts["id"][at] or texts["url"][at])):
        return found[0]
    return texts["id"][at] if name else ""


def _tell_ids(
    draft: Draft,
    export: Export,
    names: Sequence[str],
    texts: Mapping[str, list[str]],
    given: Mapping[int, tuple[str, str]],
    kept: Sequence[int],
) -> None:
    """Say which IDs the records have: their source's own number behind a prefix, or one that is made."""
    numbered = [(at, number) for at in kept if (number := _number(export, names[at], texts, at))]
    own = dict(numbered)
    by_start: dict[str, list[str]] = defaultdict(list)
    for at, number in numbered:
        by_start[given[at][0].partition(ids.plain(number))[0]].append(given[at][0])
    for start, named in sorted(by_start.items()):
        before = f"'{start}' and the source's own number" if start else "the source's own number"
        draft.named(f"{_records(len(named))} have {before}, such as {min(named)}")
    made = [given[at][0] for at in kept if at not in own]
    if made:
        draft.named(f"{_records(len(made))} have an ID made of title, year, first author and DOI, such as {min(made)}")


def _records(n: int) -> str:
    return "1 record" if n == 1 else f"{n:,} records"


def _slug(name: str) -> str:
    bare = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().casefold()
    return re.sub(r"[^a-z0-9]+", "-", bare).strip("-")


def _tell_twins(draft: Draft, given: Mapping[int, tuple[str, str]], doubtful: set[int], kept: Sequence[int]) -> None:
    twins = [at for at in kept if given[at][1]]
    if twins:
        listed = _listed([given[at][0] for at in twins])
        what = f"{len(twins)} records stand" if len(twins) > 1 else "1 record stands"
        draft.assumed(
            f"{what} a second time in the export; they count as found, and as duplicates: {listed}.",
            "Nothing is to be done where the search found them twice; else take them out of the export.",
            at=min(twins),
            table="records",
        )
    for at in sorted(doubtful):
        name = given[at][0]
        draft.assumed(
            f"The record has title, year and first author of another ({name.rpartition('-')[0]}) and differs in the "
            "rest; it counts as a record of its own.",
            "If it is a duplicate, mark it where the review keeps its duplicates.",
            at=at,
            table="records",
            key=name,
        )


def _tell_source(draft: Draft, export: Export, names: Sequence[str], kept: Sequence[int], ctx: Context) -> None:
    nameless = sum(1 for at in kept if not names[at])
    if not nameless or "source_name" in ctx.setting.set_:
        return
    how_many = "its records" if nameless == len(kept) else f"{nameless} of its {len(kept)} records"
    draft.assumed(
        f"The file ({export.title}) does not say where {how_many} were found; they are counted as found in a database "
        "without a name.",
        f"Say it under `sources:` in config/config.yaml: `{draft.entry('set: {source_name: …}')}`, with "
        "`source_type: register` beside it for a register.",
        table="records",
        field="source_name",
    )


def _listed(names: Sequence[str], most: int = 5) -> str:
    shown = ", ".join(sorted(names)[:most])
    return f"{shown} and {len(names) - most} more" if len(names) > most else shown


ADAPTERS = [
    *(Adapter(export.name, export.title, partial(_fit, export), partial(_take, export)) for export in EXPORTS),
    *bibliography_blocks.ADAPTERS,
]
