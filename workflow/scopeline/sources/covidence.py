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
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import PurePosixPath

from ..cells import Book, Sheet
from ..codebook import Codebook, FieldSpec, TableSpec
from ..issues import issue
from ..terms import CHARTED, Decision, Severity, Stage
from . import ids
from .adapter import HEADER_ROWS, SURE, Adapter, Context, Fit
from .taken import Draft, Given, Taken

REFERENCES, EXTRACTION = "covidence", "covidence_extraction"
PREFIX = "covidence-"

#: Covidence's lists, from the first to the last that a record can stand in.
STATES = ("screen", "irrelevant", "select", "excluded", "included")

#: The reviewer whose rows are what the team agreed on.
CONSENSUS = "Consensus"

_SEVERAL = "several reviewers charted the study, there is no consensus, and the codebook has no field 'reviewer'"

_NUMBER = ("covidence", "covidencenumber", "covidenceid")
_REFERENCE = {"authors", "abstract", "publishedyear", "journal", "doi", "ref", "study", "notes", "tags"}
#: Field of records → header; the others are matched by the codebook's own words.
_FIELDS = {
    "title": "title",
    "authors": "authors",
    "year": "publishedyear",
    "journal": "journal",
    "abstract": "abstract",
}
_OWN = {*_NUMBER, "study", "notes", "note"}
_REASON = re.compile(r"^\s*exclusion reason:\s*", re.I)
_DOI = re.compile(r"^(?:https?://(?:dx\.)?doi\.org/|doi:\s*)", re.I)
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


# ---- headers and IDs, for other tools too


def heading(text: str | None) -> str:
    """A header as it is compared: its letters and digits, so that `Covidence..` is `Covidence #`."""
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", text or "")).casefold()


def column_of(headers: Sequence[str | None], *names: str) -> int | None:
    """The first column whose header is one of `names`, which are written as `heading` gives them."""
    known = [heading(header) for header in headers]
    return next((known.index(name) for name in names if name in known), None)


def _sure(headers: Sequence[str], *names: str) -> int:
    """The column that the sheet was known by."""
    known = [heading(header) for header in headers]
    return next(known.index(name) for name in names if name in known)


def study_ids(
    labels: Sequence[str], numbers: Sequence[str], spec: FieldSpec | None, shared: Iterable[str]
) -> list[str]:
    """A study's ID from the name that a tool gives it: `Walpola 2017`, or `Walpola2017` where it may have no blanks.

    A name in `shared` belongs to several studies; there the tool's number is added: `Dolder2018-29659`.
    """
    common = set(shared)
    found = []
    for label, number in zip(labels, numbers, strict=True):
        own = _named_study(label, spec)
        found.append(f"{own}-{ids.plain(number)}" if own and label in common and ids.plain(number) else own)
    return found


def _named_study(label: str, spec: FieldSpec | None) -> str:
    pattern = spec.constraints.pattern if spec else None
    if not label or not pattern or re.fullmatch(pattern, label):
        return label
    ascii_only = unicodedata.normalize("NFKD", label).encode("ascii", "ignore").decode()
    short = re.sub(r"[^A-Za-z0-9_-]+", "", ascii_only)
    return short if re.fullmatch(pattern, short) else label


def doi(text: str) -> str:
    """A DOI without the web address before it."""
    return _DOI.sub("", text.strip())


@dataclass(frozen=True)
class Questions:
    """Which columns hold which fields of the charted tables; `nearest` says of the others what they are most like."""

    fields: dict[str, dict[str, int]]
    nearest: dict[int, str]


def questions(headers: Mapping[int, str], codebook: Codebook) -> Questions:
    """Match questions to the codebook's fields by name, title and aliases.

    A column may stand for a field of several tables. Findings, harms and appraisal are only read where each field of
    their key has a question of its own (that of the study aside), as one row of an export tells of one study.
    """
    fields: dict[str, dict[str, int]] = {}
    for name in CHARTED:
        table = codebook.tables.get(name)
        if table is None:
            continue
        matched = _matched(headers, table)
        keys = set(table.primary_key) - {"study_id"}
        if name == "studies" or (keys and keys <= set(matched)):
            fields[name] = matched
    used = {column for matched in fields.values() for column in matched.values()}
    studies = codebook.tables.get("studies")
    nearest = {
        column: nearest_field(header, studies) for column, header in headers.items() if column not in used and header
    }
    return Questions(fields, nearest)


def _matched(headers: Mapping[int, str], table: TableSpec) -> dict[str, int]:
    """Field → column, a field's own name before its title, and that before its aliases."""
    folded = {column: heading(header) for column, header in headers.items()}
    found: dict[str, int] = {}
    for rank in range(3):
        for spec in table.fields:
            words = {heading(word) for word in ([spec.name], [spec.title], spec.aliases)[rank] if word}
            if spec.name in ("study_id", "reviewer") or spec.name in found:
                continue
            for column, word in folded.items():
                if word and word in words and column not in found.values():
                    found[spec.name] = column
                    break
    return found


def nearest_field(header: str, table: TableSpec | None) -> str:
    """Why a question is not read, with the field that it is most like where one comes near."""
    said = "no field of the codebook is headed so"
    if table is None:
        return said
    ratios = [
        (SequenceMatcher(None, heading(header), heading(word)).ratio(), spec.name)
        for spec in table.fields
        for word in (spec.name, spec.title, *spec.aliases)
        if word
    ]
    ratio, name = max(ratios, default=(0.0, ""))
    if ratio < 0.6:
        return said
    return f"{said}; the nearest is '{name}': if it is the same, add '{header}' to its aliases in config/codebook.yaml"


# ---- the lists of references


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

    def tell(self, value: str, message: str, suggestion: str, *, table: str = "", field: str = "", **cell: int) -> None:
        self.draft.tell(
            issue(
                "source_assumed",
                self.draft.book.file,
                sheet=self.draft.sheet.name,
                table=table,
                field=field,
                value=value,
                message=message,
                suggestion=suggestion,
                **cell,  # type: ignore[arg-type]
            )
        )


def _fits_references(_book: Book, sheet: Sheet) -> Fit | None:
    row = _header_row(sheet, {"title"}, _REFERENCE, 2)
    return None if row is None or "reviewername" in {heading(text) for text in sheet.row(row)} else Fit(row, SURE)


def _header_row(sheet: Sheet, needed: set[str], others: set[str], at_least: int) -> int | None:
    """The first row with Covidence's number, all headers `needed` and some of `others`."""
    for number in range(1, min(HEADER_ROWS, sheet.n_rows) + 1):
        row = {heading(text) for text in sheet.row(number) if text}
        if row & set(_NUMBER) and needed <= row and len(row & others) >= at_least:
            return number
    return None


def _list_of(notes: Sequence[str]) -> str:
    """Which list the cells tell: every report that was excluded has a reason, and no other record has."""
    given = [bool(_REASON.search(note)) for note in notes]
    return "excluded" if given and all(given) else ""


def _list_named(file: str) -> str:
    """Which list the file's name speaks of: `review_1_select_csv_2026.csv`."""
    words = re.split(r"[^a-z]+", PurePosixPath(file).stem.casefold())
    named = [state for state in STATES if state in words]
    return named[0] if len(named) == 1 else ""


def reasons_in(note: str) -> str:
    """The reasons for exclusion in a note, joined with "; ": the first is the primary one."""
    if not _REASON.search(note):
        return ""
    parts = [_REASON.sub("", part).strip() for part in re.split(r";(?:\s+|$)", note)]
    return "; ".join(part for part in parts if part)


def is_not_retrieved(reason: str) -> bool:
    """Whether a reason for exclusion says that the full text was not to be had, which is no exclusion (PRISMA 2020)."""
    parts = [part for part in reason.split("; ") if part]
    return bool(parts) and all(_UNRETRIEVED.search(part) and not _RETRIEVED.search(part) for part in parts)


def _take_references(book: Book, sheet: Sheet, fit: Fit, ctx: Context) -> Taken:
    draft = Draft(book, sheet, fit.header_row, ctx.codebook, source=REFERENCES, title="Covidence: references")
    notes = column_of(draft.headers, "notes", "note")
    told = _list_of(draft.cells(notes))
    state = ctx.setting.state or told or _list_named(book.file)
    if not draft.rows:
        return draft.taken()
    if not state:
        _ask(draft)
        return draft.taken()
    number = _sure(draft.headers, *_NUMBER)
    names = _record_ids(draft, number, ctx)
    one = _List(draft, ctx, state, number, notes, names, _not_elsewhere(draft, ctx, state, number, notes))
    if not ctx.setting.state and not told:
        one.tell(
            state,
            f"The sheet is taken for Covidence's list '{state}' because of the file's name; its cells do not tell.",
            f"If it is another, say it under `sources:` in config/config.yaml: `{_short(draft)}: {{state: …}}`.",
        )
    _add_records(one)
    _add_judgements(one)
    _tags(draft)
    taken = draft.taken()
    taken.title = f"Covidence: references ({state})"
    return taken


def _short(draft: Draft) -> str:
    return draft.book.file.removeprefix("raw/")


def _ask(draft: Draft) -> None:
    """Which of the lists it is cannot be seen: a question."""
    reasons = any(_REASON.search(note) for note in draft.cells(column_of(draft.headers, "notes", "note")))
    candidates = ("included", "excluded") if reasons else ("screen", "irrelevant", "select", "included")
    draft.tell(
        issue(
            "source_ambiguous",
            draft.book.file,
            sheet=draft.sheet.name,
            value=f"Covidence's list {', '.join(candidates[:-1])} or {candidates[-1]}",
            message=f"{_short(draft)}: {{state: {candidates[-1]}}}",
        )
    )
    draft.leave_out("it is not known which of Covidence's lists this is", draft.rows)


def _record_ids(draft: Draft, number: int, ctx: Context) -> list[str]:
    prefix = PREFIX if ctx.setting.prefix is None else ctx.setting.prefix
    columns = [column_of(draft.headers, name) for name in ("title", "publishedyear", "authors", "doi")]
    parts = zip(*(draft.cells(column) for column in columns), strict=True)
    found = []
    for own, (title, year, authors, identifier) in zip(draft.cells(number), parts, strict=True):
        first = re.split(r"[;,]", authors)[0]
        found.append(ids.named(prefix, own) if own else ids.made(prefix, title, year, first, doi(identifier)))
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
            elif (fit := _fits_references(book, sheet)) is not None:
                held = _column_pairs(sheet, fit.header_row, _NUMBER, ("notes", "note"))
                state = _list_of([note for _, note in held]) or _list_named(file)
                if state:
                    yield file, state, before, {ids.plain(number): note for number, note in held if number}


def _column_pairs(sheet: Sheet, header_row: int, *names: Sequence[str]) -> list[tuple[str, ...]]:
    """The texts of some columns below the header, row by row; rows with none of them are passed over."""
    headers = sheet.row(header_row)
    columns = [column_of(headers, *own) for own in names]
    blank = [None] * (sheet.n_rows - header_row)
    texts = [blank if at is None else sheet.columns[at].slice(header_row).to_pylist() for at in columns]
    rows = (tuple((text or "").strip() for text in row) for row in zip(*texts, strict=True))
    return [row for row in rows if any(row)]


def _at(draft: Draft, column: int, places: Sequence[int]) -> Given:
    """Some cells of a column as they stand."""
    whole = draft.given(column)
    kinds = None if whole.kinds is None else [whole.kinds[at] for at in places]
    return Given([whole.texts[at] for at in places], column, kinds)


def _add_records(one: _List) -> None:
    draft, places = one.draft, one.places
    fields = {"record_id": one.records(places), "source_type": Given(["database"] * len(places))}
    used = {one.number}
    for name, header in _FIELDS.items():
        if (column := column_of(draft.headers, header)) is not None:
            fields[name] = _at(draft, column, places)
            used.add(column)
    if (column := column_of(draft.headers, "doi")) is not None:
        fields["doi"] = Given([doi(draft.cells(column)[at]) for at in places], column)
        used.add(column)
    spec = draft.codebook.tables.get("records")
    rest = {at: header for at, header in enumerate(draft.headers) if at not in used and heading(header) not in _OWN}
    for name, column in (_matched(rest, spec) if spec else {}).items():
        if name not in ("record_id", "duplicate_of", "removed_before_screening"):
            fields[name] = _at(draft, column, places)
    draft.unused(column_of(draft.headers, "ref"), "the number that the reference had in the file it was imported from")
    draft.unused(column_of(draft.headers, "accessionnumber"), "the number that the database gave the reference")
    if not places:
        return
    draft.add("records", fields, one.rows(places), shared=True)
    if fields["source_type"].column is None and "source_type" not in one.ctx.setting.set_:
        one.tell(
            "database",
            "The export does not say where its records were found; they are counted as found in databases.",
            "If that is not so, say it under `sources:` in config/config.yaml: "
            f"`{_short(draft)}: {{set: {{source_type: …}}}}`.",
            table="records",
            field="source_type",
        )


def _add_judgements(one: _List) -> None:
    """What standing in a list says of each stage; and of the reports, once they were sought."""
    draft, places, notes = one.draft, one.places, one.notes
    texts = draft.cells(notes)
    said = notes is not None and one.state != "excluded" and any(texts[at] for at in places)
    noted = {"note": _at(draft, notes, places)} if said and notes is not None else {}
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
    shared = _shared_names(one.ctx, one.draft)
    named = study_ids(labels, numbers, one.draft.codebook.field("studies", "study_id"), shared)
    for label in sorted({labels[at] for at in one.places} & shared):
        at = [place for place in one.places if labels[place] == label]
        others = sorted({named[place] for place in at})
        if len(others) > 1:
            one.tell(
                label,
                f"Several references are named '{label}' under different numbers; they are taken for studies of their "
                f"own ({', '.join(others)}).",
                "If they report on one study, say it under `sources:` in config/config.yaml: "
                f"`{_short(one.draft)}: {{values: {{reports.study_id: {{{others[-1]}: {others[0]}}}}}}}`.",
                table="reports",
                field="study_id",
                row=one.draft.rows[at[0]],
                column=column,
            )
    return {"study_id": Given([named[at] for at in one.places], column)}


def _shared_names(ctx: Context, draft: Draft) -> set[str]:
    """Names that stand beside several numbers among what was included or extracted, in any of Covidence's exports.

    A list that may be another one counts too, so that every file gives a study the same ID.
    """
    held: dict[str, set[str]] = {}
    for book in {**ctx.books, draft.book.file: draft.book}.values():
        for sheet in book.sheets:
            fit = _fits_extraction(book, sheet) or _fits_references(book, sheet)
            own = book.file == draft.book.file and sheet.name == draft.sheet.name
            if fit is not None and (own or _may_be_included(book, sheet, fit)):
                for label, number in _column_pairs(sheet, fit.header_row, ("studyid", "study"), _NUMBER):
                    held.setdefault(label, set()).add(ids.plain(number))
    return {label for label, numbers in held.items() if label and len(numbers - {""}) > 1}


def _may_be_included(book: Book, sheet: Sheet, fit: Fit) -> bool:
    notes = [note for note, _ in _column_pairs(sheet, fit.header_row, ("notes", "note"), _NUMBER)]
    return (_list_of(notes) or _list_named(book.file)) in ("", "included")


def _tell_missing(one: _List, missing: Sequence[int], reasons: Sequence[str]) -> None:
    """Say once for each wording that it was taken for a report not retrieved."""
    for reason, count in Counter(reasons[at] for at in missing).items():
        one.tell(
            reason,
            f"{count} {'report' if count == 1 else 'reports'} with the reason '{reason}' count as not retrieved, not "
            "as excluded (PRISMA 2020).",
            "If the full text was read after all, give it another reason in Covidence and export again.",
            table="reports",
            field="retrieved",
            row=one.draft.rows[next(at for at in missing if reasons[at] == reason)],
            column=one.notes or 0,
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


# ---- the extraction


@dataclass(frozen=True)
class _Row:
    """A row of the extraction: its place, whose study it is, who charted it."""

    at: int
    study: str
    reviewer: str

    @property
    def agreed(self) -> bool:
        return self.reviewer.casefold() == CONSENSUS.casefold()


def _fits_extraction(_book: Book, sheet: Sheet) -> Fit | None:
    row = _header_row(sheet, {"studyid", "reviewername"}, {"title"}, 0)
    return None if row is None else Fit(row, SURE)


def _take_extraction(book: Book, sheet: Sheet, fit: Fit, ctx: Context) -> Taken:
    draft = Draft(book, sheet, fit.header_row, ctx.codebook, source=EXTRACTION, title="Covidence: extraction")
    number, label, who = (_sure(draft.headers, *own) for own in (_NUMBER, ("studyid",), ("reviewername",)))
    section = sum(_fits_extraction(book, other) is not None for other in book.sheets) > 1
    spec = ctx.codebook.field("studies", "study_id")
    numbers, labels = draft.cells(number), draft.cells(label)
    studies = study_ids(labels, numbers, spec, _shared_names(ctx, draft))
    rows = [_Row(at, ids.plain(numbers[at]) or labels[at], reviewer) for at, reviewer in enumerate(draft.cells(who))]
    asked = {at: header for at, header in enumerate(draft.headers) if header and at not in (number, label, who)}
    found = questions(asked, ctx.codebook)
    used: set[int] = set()
    left: dict[int, str] = {}
    for name, matched in found.fields.items():
        table = ctx.codebook.tables[name]
        kept, why = _standing(rows, "reviewer" in table.by_name)
        left |= why
        if name != "studies":
            keys = [matched[key] for key in table.primary_key if key in matched]
            kept = [at for at in kept if any(draft.cells(column)[at] for column in keys)]
        if kept:
            fields = {"study_id": Given([studies[at] for at in kept], label)}
            if "reviewer" in table.by_name:
                fields["reviewer"] = _at(draft, who, kept)
            fields |= {own: _answers(draft, column, kept, table.by_name[own]) for own, column in matched.items()}
            draft.add(name, fields, [draft.rows[at] for at in kept], section=section)
            used |= {*kept}
    _link(draft, ctx, [row for row in rows if row.at in used], number, label, studies)
    _account(draft, rows, used, left, who)
    draft.use(number, "which study it is")
    draft.unused(who, "who charted a row decides which row stands")
    draft.unused(column_of(draft.headers, "title"), "the title stands with the record")
    for column, said in found.nearest.items():
        draft.unused(column, said)
    return draft.taken()


def _standing(rows: Sequence[_Row], apart: bool) -> tuple[list[int], dict[int, str]]:
    """Places of the rows that stand, and why the others do not.

    Where each reviewer may have a row (`apart`) all of them stand. Else the consensus does, or the only reviewer's row.
    """
    if apart:
        return [row.at for row in rows], {}
    groups: dict[str, list[_Row]] = {}
    for row in rows:
        groups.setdefault(row.study, []).append(row)
    kept: list[int] = []
    why: dict[int, str] = {}
    for group in groups.values():
        agreed = [row for row in group if row.agreed]
        standing = agreed or (group if len({row.reviewer for row in group}) == 1 else [])
        kept += [row.at for row in standing]
        said = "the consensus stands for the study" if agreed else _SEVERAL
        why |= {row.at: said for row in group if row not in standing}
    return sorted(kept), why


def _answers(draft: Draft, column: int, places: Sequence[int], spec: FieldSpec) -> Given:
    """Answers as the codebook writes them: what was not ticked is blank, and several answers have its sign between."""
    given = _at(draft, column, places)
    sign = (spec.separator or ";").strip() or ";"
    texts = ["" if text in ('""', "''") else text or "" for text in given.texts]
    return Given([text if sign == ";" else text.replace("; ", f"{sign} ") for text in texts], column, given.kinds)


def _link(draft: Draft, ctx: Context, rows: Iterable[_Row], number: int, label: int, studies: Sequence[str]) -> None:
    """The report from which a study was charted, once for each study."""
    prefix = PREFIX if ctx.setting.prefix is None else ctx.setting.prefix
    first: dict[str, int] = {}
    for row in rows:
        if draft.cells(number)[row.at]:
            first.setdefault(row.study, row.at)
    at = list(first.values())
    if at:
        own = Given([ids.named(prefix, draft.cells(number)[place]) for place in at], number)
        fields = {
            "report_id": own,
            "record_id": own,
            "study_id": Given([studies[place] for place in at], label),
            "retrieved": Given(["yes"] * len(at)),
        }
        draft.add("reports", fields, [draft.rows[place] for place in at], shared=True)


def _account(draft: Draft, rows: Sequence[_Row], used: set[int], left: Mapping[int, str], who: int) -> None:
    """Leave out the rows that do not stand, and tell of studies that several charted without coming to a consensus."""
    open_ones: list[_Row] = []
    for row in rows:
        if row.at not in used:
            why = left.get(row.at, "no field of the codebook is charted here")
            draft.leave_out(why, [draft.rows[row.at]])
            open_ones += [row] if why == _SEVERAL else []
    if open_ones:
        count = len({row.study for row in open_ones})
        names = sorted({row.reviewer for row in open_ones if row.study == open_ones[0].study})
        draft.tell(
            issue(
                "charted_by_several",
                draft.book.file,
                sheet=draft.sheet.name,
                row=draft.rows[open_ones[0].at],
                column=who,
                table="studies",
                value=" and ".join(names),
                message=f"{count} {'study was' if count == 1 else 'studies were'} charted by several reviewers without "
                f"a consensus; of {'it' if count == 1 else 'them'} nothing is read. This is the first.",
                suggestion="Add a field `reviewer` to 'studies' in config/codebook.yaml, so that conflicts are listed; "
                "or come to a consensus in Covidence and export again.",
                severity=Severity.ERROR,
            )
        )


ADAPTERS = (
    Adapter(REFERENCES, "Covidence: references", _fits_references, _take_references),
    Adapter(EXTRACTION, "Covidence: extraction", _fits_extraction, _take_extraction),
)
