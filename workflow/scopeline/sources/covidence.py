"""Takes what Covidence exports: its lists of references, and what was extracted.

Seen in real files (exports of one public review, June and August 2026): the reference lists `screen`, `select`,
`included` and `excluded` with the 16 headers from `Title` to `Tags`, `Covidence #` as `#28274`, and
`Exclusion reason: Not an RCT; ` in `Notes` of the list of excluded ones alone; the extraction as one csv with
`Covidence #, Study ID, Title, Reviewer Name` and the questions, a row for each reviewer, several answers joined with
"; ", `Other: …`, and one Study ID (`Dolder 2018`) for two studies with different numbers. Seen only in scripts that
read such files: a list `irrelevant` of the same layout, reviewer rows beside one named `Consensus`, exports without
`Notes`, and headers that R has changed (`Covidence..`). From Covidence's help pages alone: the extraction as a workbook
with a sheet for each section. Not known: how a note beside a reason is told from a further reason (both are taken for
reasons, and the codebook judges them), and whether reports that were merged into one study keep their own numbers.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ..cells import Book, Sheet
from ..citations.values import bare_doi
from ..terms import Decision, Stage
from . import covidence_extraction, ids
from .adapter import Adapter, Context, Fit, column_of, heading
from .covidence_sheets import (
    NUMBER,
    PREFIX,
    REASON,
    column_pairs,
    fits_references,
    list_named,
    list_of,
    shared_names,
    sure_column,
)
from .questions import matched
from .taken import Draft, Given, Taken

REFERENCES, _TITLE = "covidence", "Covidence: references"

#: Field of records → header; the others are matched by the codebook's own words.
_FIELDS = {
    "title": "title",
    "authors": "authors",
    "year": "publishedyear",
    "journal": "journal",
    "abstract": "abstract",
}
_OWN = {*NUMBER, "study", "notes", "note"}
_DOCUMENT = r"(?:full[- ]?texts?|papers?|reports?|articles?|pdfs?|manuscripts?|publications?)"
_UNRETRIEVED = re.compile(
    r"\bunable to (?:be )?(?:retrieve|obtain|access|locate|find)"
    r"|\b(?:could not|couldn['’]t|cannot|can['’]t) (?:be )?(?:retriev|obtain|access|locat|find|found)"
    r"|\bnot (?:retriev|obtain)\w*"
    rf"|\b{_DOCUMENT} (?:was |is |are |were )?(?:not|un)[- ]?(?:available|accessible|found|obtainable)"
    rf"|\b(?:no|missing) (?:access to )?(?:the )?{_DOCUMENT}\b"
    rf"|\b(?:unavailable|inaccessible) {_DOCUMENT}\b",
    re.I,
)
#: A full text that is there, but in another language or without the data, is excluded and not missing.
_RETRIEVED = re.compile(r"english|language|\bdata\b|\bin (?!full)[a-z]+$", re.I)


@dataclass(frozen=True)
class _List:
    """One list of references as it is taken: `places` are the rows that count here, `names` every row's record ID."""

    draft: Draft
    ctx: Context
    state: str
    number: int
    notes: int | None
    names: list[str]
    places: list[int]

    def rows(self, at: Sequence[int]) -> list[int]:
        return [self.draft.rows[place] for place in at]

    def records(self, at: Sequence[int]) -> Given:
        """The record IDs of some rows."""
        return Given([self.names[place] for place in at], self.number)


def reasons_in(note: str) -> str:
    """The reasons for exclusion in a note, joined with "; ": the first is the primary one."""
    if not REASON.search(note):
        return ""
    parts = [REASON.sub("", part).strip() for part in re.split(r";(?:\s+|$)", note)]
    return "; ".join(part for part in parts if part)


def is_not_retrieved(reason: str) -> bool:
    """Whether a reason for exclusion says that the full text was not to be had, which is no exclusion (PRISMA 2020)."""
    parts = [part for part in reason.split("; ") if part]
    return bool(parts) and all(_UNRETRIEVED.search(part) and not _RETRIEVED.search(part) for part in parts)


def _take_references(book: Book, sheet: Sheet, fit: Fit, ctx: Context) -> Taken:
    draft = Draft(book, sheet, fit.header_row, ctx.codebook, source=REFERENCES, title=_TITLE)
    notes = column_of(draft.headers, "notes", "note")
    told = list_of(draft.cells(notes))
    state = ctx.setting.state or told or list_named(book.file)
    if not draft.rows:
        return draft.taken()
    if not state:
        _ask(draft)
        return draft.taken()
    number = sure_column(draft.headers, *NUMBER)
    names = _record_ids(draft, number, ctx)
    one = _List(draft, ctx, state, number, notes, names, _not_elsewhere(draft, ctx, state, number, notes))
    if not ctx.setting.state and not told:
        draft.assumed(
            f"The sheet is taken for Covidence's list '{state}' because of the file's name; its cells do not tell.",
            f"If it is another, say it under `sources:` in config/config.yaml: `{draft.entry('state: …')}`.",
            value=state,
        )
    _add_records(one)
    _add_judgements(one)
    _tags(draft)
    taken = draft.taken()
    taken.title = f"{_TITLE} ({state})"
    return taken


def _ask(draft: Draft) -> None:
    """Which of the lists it is cannot be seen: a question."""
    reasons = any(REASON.search(note) for note in draft.cells(column_of(draft.headers, "notes", "note")))
    candidates = ("included", "excluded") if reasons else ("screen", "irrelevant", "select", "included")
    draft.could_be(
        f"Covidence's list {', '.join(candidates[:-1])} or {candidates[-1]}", draft.entry(f"state: {candidates[-1]}")
    )
    draft.leave_out("it is not known which of Covidence's lists this is", draft.rows)


def _record_ids(draft: Draft, number: int, ctx: Context) -> list[str]:
    prefix = ctx.prefix(PREFIX)
    columns = [column_of(draft.headers, name) for name in ("title", "publishedyear", "authors", "doi")]
    parts = zip(*(draft.cells(column) for column in columns), strict=True)
    found = []
    for own, (title, year, authors, identifier) in zip(draft.cells(number), parts, strict=True):
        first = re.split(r"[;,]", authors)[0]
        found.append(ids.named(prefix, own) if own else ids.made(prefix, title, year, first, bare_doi(identifier)))
    return found


def _not_elsewhere(draft: Draft, ctx: Context, state: str, number: int, notes: int | None) -> list[int]:
    """Places of the rows that count here: a record that has gone on, or stands in an earlier export, counts there."""
    onward = {"screen": ("irrelevant", "select", "excluded", "included"), "select": ("excluded", "included")}
    numbers, texts = [ids.plain(text) for text in draft.cells(number)], draft.cells(notes)
    kept = list(range(len(draft.rows)))
    for file, other, before, held in _other_lists(draft, ctx):
        if other in onward.get(state, ()):
            why = f"the record has gone on to Covidence's list '{other}' in {file}"
            gone = {at for at in kept if numbers[at] in held}
        elif other == state and before:
            why = f"the same record stands in {file}"
            gone = {at for at in kept if held.get(numbers[at]) == texts[at]}
        else:
            continue
        draft.leave_out(why, [draft.rows[at] for at in sorted(gone)])
        kept = [at for at in kept if at not in gone]
    return kept


def _other_lists(draft: Draft, ctx: Context) -> Iterator[tuple[str, str, bool, dict[str, str]]]:
    """Covidence's other lists among the files: file, state, whether it comes before this one, and number → note."""
    before = True
    for file, book in ctx.books.items():
        for sheet in book.sheets:
            if file == draft.book.file and sheet.name == draft.sheet.name:
                before = False
            elif (fit := fits_references(book, sheet)) is not None:
                held = column_pairs(sheet, fit.header_row, NUMBER, ("notes", "note"))
                state = list_of([note for _, note in held]) or list_named(file)
                if state:
                    yield file, state, before, {ids.plain(number): note for number, note in held if number}


def _add_records(one: _List) -> None:
    draft, places = one.draft, one.places
    fields = {"record_id": one.records(places), "source_type": Given(["database"] * len(places))}
    used = {one.number}
    for name, header in _FIELDS.items():
        if (column := column_of(draft.headers, header)) is not None:
            fields[name] = draft.given(column, places)
            used.add(column)
    if (column := column_of(draft.headers, "doi")) is not None:
        fields["doi"] = Given([bare_doi(draft.cells(column)[at]) for at in places], column)
        used.add(column)
    spec = draft.codebook.tables.get("records")
    rest = {at: header for at, header in enumerate(draft.headers) if at not in used and heading(header) not in _OWN}
    for name, column in (matched(rest, spec) if spec else {}).items():
        if name not in ("record_id", "duplicate_of", "removed_before_screening"):
            fields[name] = draft.given(column, places)
    draft.unused(column_of(draft.headers, "ref"), "the number that the reference had in the file it was imported from")
    draft.unused(column_of(draft.headers, "accessionnumber"), "the number that the database gave the reference")
    if not places:
        return
    draft.add("records", fields, one.rows(places), shared=True)
    if fields["source_type"].column is None and "source_type" not in one.ctx.setting.set_:
        draft.assumed(
            "The export does not say where its records were found; they are counted as found in databases.",
            "If that is not so, say it under `sources:` in config/config.yaml: "
            f"`{draft.entry('set: {source_type: …}')}`.",
            table="records",
            field="source_type",
            value="database",
        )


def _add_judgements(one: _List) -> None:
    """What standing in a list says of each stage; and of the reports, once they were sought."""
    draft, places, notes = one.draft, one.places, one.notes
    texts = draft.cells(notes)
    said = notes is not None and one.state != "excluded" and any(texts[at] for at in places)
    noted = {"note": draft.given(notes, places)} if said and notes is not None else {}
    if one.state == "screen":
        draft.unused(notes, "notes on records that are still to be screened")
    elif one.state == "irrelevant":
        _decide(one, Stage.TITLE_ABSTRACT, Decision.EXCLUDE, places, noted)
    else:
        _decide(one, Stage.TITLE_ABSTRACT, Decision.INCLUDE, places, noted)
    if one.state == "included":
        _decide(one, Stage.FULL_TEXT, Decision.INCLUDE, places, {})
        _add_reports(one, places, "yes", _studies(one))
    elif one.state == "excluded":
        reasons = [reasons_in(text) for text in texts]
        missing = [at for at in places if is_not_retrieved(reasons[at])]
        assessed = sorted({*places} - {*missing})
        given = {} if notes is None else {"reason": Given([reasons[at] for at in assessed], notes)}
        _decide(one, Stage.FULL_TEXT, Decision.EXCLUDE, assessed, given)
        _add_reports(one, assessed, "yes", {})
        _add_reports(one, missing, "no", {}, notes)
        _tell_missing(one, missing, reasons)
    if one.state not in ("included", "excluded"):
        draft.unused(column_of(draft.headers, "study"), "the name of a study counts once it is included")
    elif one.state == "excluded":
        draft.unused(column_of(draft.headers, "study"), "the report was not included")


def _decide(one: _List, stage: Stage, decision: Decision, at: Sequence[int], more: Mapping[str, Given]) -> None:
    if at:
        fields = {
            "record_id": one.records(at),
            "stage": Given([str(stage)] * len(at)),
            "decision": Given([str(decision)] * len(at)),
            "adjudicator": Given(["Covidence"] * len(at)),
        }
        one.draft.add("decisions", {**fields, **more}, one.rows(at))


def _add_reports(
    one: _List, at: Sequence[int], retrieved: str, more: Mapping[str, Given], column: int | None = None
) -> None:
    if at:
        told = Given([retrieved] * len(at), column)
        fields = {"report_id": one.records(at), "record_id": one.records(at), "retrieved": told}
        one.draft.add("reports", {**fields, **more}, one.rows(at), shared=True)


def _studies(one: _List) -> dict[str, Given]:
    """The studies of included reports. References of one name under several numbers stay apart, and that is told."""
    column = column_of(one.draft.headers, "study")
    if column is None:
        return {}
    labels, numbers = one.draft.cells(column), one.draft.cells(one.number)
    shared = shared_names(one.ctx, one.draft)
    named = ids.study_ids(labels, numbers, one.draft.codebook.field("studies", "study_id"), shared)
    for label in sorted({labels[at] for at in one.places} & shared):
        at = [place for place in one.places if labels[place] == label]
        others = sorted({named[place] for place in at})
        if len(others) > 1:
            joined = f"values: {{reports.study_id: {{{others[-1]}: {others[0]}}}}}"
            one.draft.assumed(
                f"Several references are named '{label}' under different numbers; they are taken for studies of their "
                f"own ({', '.join(others)}).",
                "If they report on one study, say it under `sources:` in config/config.yaml: "
                f"`{one.draft.entry(joined)}`.",
                table="reports",
                field="study_id",
                at=at[0],
                column=column,
                value=label,
            )
    return {"study_id": Given([named[at] for at in one.places], column)}


def _tell_missing(one: _List, missing: Sequence[int], reasons: Sequence[str]) -> None:
    """Say once for each wording that it was taken for a report not retrieved."""
    for reason, count in Counter(reasons[at] for at in missing).items():
        one.draft.assumed(
            f"{count} {'report' if count == 1 else 'reports'} with the reason '{reason}' count as not retrieved, not "
            "as excluded (PRISMA 2020).",
            "If the full text was read after all, give it another reason in Covidence and export again.",
            table="reports",
            field="retrieved",
            at=next(at for at in missing if reasons[at] == reason),
            column=one.notes or 0,
            value=reason,
        )


def _tags(draft: Draft) -> None:
    column = column_of(draft.headers, "tags")
    special = sum(bool(re.search(r"ongoing|awaiting", text, re.I)) for text in draft.cells(column))
    why = "the team's tags"
    if special:
        why += (
            f"; {special} {'record is' if special == 1 else 'records are'} tagged as ongoing or awaiting "
            "classification, which the flow may name as an exception (ongoing_or_awaiting)"
        )
    draft.unused(column, why)


ADAPTERS = (
    Adapter(REFERENCES, _TITLE, fits_references, _take_references),
    *covidence_extraction.ADAPTERS,
)
