r"""Takes EPPI-Reviewer's full coding report of one coding tool: the workbook, and the page (html).

No real export was seen. The layouts are those that EPPI-Reviewer's own published source writes (its web client, which
builds the workbook, and its server, which builds the page and the flags), and those that eight published scripts
read:

- Workbook: three rows of headers. `ITEM_ID, Short Title, [Full title], I/E/D/S flag` and the codes, each over as many
  columns as there are reviewers; `Full code path` and each code's path (`Exclude\Wrong population`); `Reviewers:`
  (once `Full code path` again) and the reviewers under each code. A cell holds 1 or 0, or words that the user has
  chosen; blank and 0 are read as not coded. An older version writes the title under `Short Title` and the reverse.
- Page: `ItemId, ShortTitle, Title, I/E/D/S flag` and the codes; `FullPath:` and the paths; in each cell a line for
  every reviewer, with `[Arm: …]` after the name and `[info]: …` and `[text]: …` below it.
- Flags: `(I) Included`, `(E) Excluded`, `(S) Duplicate`, `(S) In deleted source`, `(D) Deleted`; once without the
  letters.

The report lists the items with any coding in that tool, names no survivor of a duplicate, and does not say which
reviewer's coding was completed (a colour does). `(I)` is also what an item has before anybody judged it.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from ..cells import Book, Sheet
from ..codebook import FieldSpec, TableSpec
from ..issues import issue
from ..terms import Decision, Severity, Stage
from . import ids
from .adapter import HEADER_ROWS, SURE, Adapter, Context, Fit
from .covidence import column_of, heading, nearest_field, study_ids
from .taken import Draft, Given, Taken

REPORT = "eppi"
PREFIX = "eppi-"

_FULL_TEXT = re.compile(r"full[- ]?texts?\b|\bft\b", re.I)
_TITLE_ABSTRACT = re.compile(r"\btitles?\b|\babstracts?\b|\bti\s*/?\s*abs?\b|\bt\s*[&/]\s*a\b", re.I)
_SCREENING = re.compile(r"screen|eligib|stage|level", re.I)
_INCLUDE = re.compile(r"^(?:included?|inclusion)(?=\W*$|\s*[:(\-–—]|\s+(?:on|at|in|based|by|for|after)\b)", re.I)
_EXCLUDE = re.compile(r"^(?:excluded?|exclusion)\b", re.I)
_MAYBE = re.compile(r"^(?:uncertain|unsure|unclear|maybe|query)\W*$|second opinion", re.I)
_BEFORE_REASON = re.compile(r"^[\s:(\-–—]*(?:(?:based on|because of|due to|on|for|at|by)\b)?[\s:]*", re.I)


# ---- the sheet


@dataclass(frozen=True)
class _Code:
    """A code: its name, and the codes above it and itself from the top of the tool."""

    name: str
    path: tuple[str, ...]


@dataclass(frozen=True)
class _Tick:
    """A code that a reviewer gave an item: the place of the item's row, the column, what was written beside it."""

    at: int
    column: int
    reviewer: str
    info: str


@dataclass
class _Report:
    """A report as it is taken. `codes` by column; `flags` one letter or word for each row."""

    draft: Draft
    ctx: Context
    item: int
    short: int | None
    title: int | None
    codes: dict[int, _Code]
    ticks: list[_Tick]
    flags: list[str]
    names: list[str]
    stage: str = ""
    judged: dict[int, tuple[str, str]] = field(default_factory=dict)

    def rows(self, at: Iterable[int]) -> list[int]:
        return [self.draft.rows[place] for place in at]

    def records(self, at: Iterable[int]) -> Given:
        return Given([self.names[place] for place in at], self.item)

    def tell(
        self,
        value: str,
        message: str,
        suggestion: str,
        *,
        row: int | None = None,
        column: int | None = None,
        table: str = "",
        severity: Severity | None = None,
    ) -> None:
        self.draft.tell(
            issue(
                "source_assumed",
                self.draft.book.file,
                sheet=self.draft.sheet.name,
                row=None if row is None else self.draft.address_row(row),
                column=column,
                table=table,
                value=value,
                message=message,
                suggestion=suggestion,
                severity=severity,
            )
        )

    def entry(self, said: str) -> str:
        """A line of the configuration."""
        return f"`{self.draft.book.file.removeprefix('raw/')}: {{{said}}}`"


def _fits(_book: Book, sheet: Sheet) -> Fit | None:
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


def _take(book: Book, sheet: Sheet, fit: Fit, ctx: Context) -> Taken:
    headers = sheet.row(fit.header_row)
    workbook = _has_reviewers(sheet, fit)
    draft = Draft(
        book,
        sheet,
        fit.header_row,
        ctx.codebook,
        source=REPORT,
        title="EPPI-Reviewer: full coding report",
        headers=3 if workbook else 2,
    )
    item, flag = column_of(headers, "itemid") or 0, column_of(headers, "iedsflag") or 0
    codes = _codes(sheet, fit, flag)
    ticks = list(_workbook_ticks(draft, fit, codes) if workbook else _page_ticks(draft, codes))
    short, title = _titles(draft)
    prefix = PREFIX if ctx.setting.prefix is None else ctx.setting.prefix
    names = [ids.named(prefix, text) for text in draft.cells(item)]
    flags = [_flag(text) for text in draft.cells(flag)]
    report = _Report(draft, ctx, item, short, title, codes, ticks, flags, names)
    report.judged = {column: said for column, code in codes.items() if (said := _judgement(code))}
    draft.use(flag, "which items count")
    _add_records(report, flag)
    live = [at for at, flagged in enumerate(flags) if flagged in ("I", "E", "")]
    voted = _add_votes(report, live)
    _add_decisions(report, live, voted, flag)
    _add_charted(report, live)
    return draft.taken()


def _has_reviewers(sheet: Sheet, fit: Fit) -> bool:
    """Whether a third row of headers names the reviewers, as in the workbook."""
    if sheet.n_rows < fit.header_row + 2:
        return False
    first = heading(next((text for text in sheet.row(fit.header_row + 2) if text), ""))
    return first in ("reviewers", "fullcodepath")


def _codes(sheet: Sheet, fit: Fit, flag: int) -> dict[int, _Code]:
    """The code of each column after the flags. In a workbook a code stands once for the columns of all reviewers."""
    names, paths = (sheet.row(number) for number in (fit.header_row, fit.header_row + 1))
    found: dict[int, _Code] = {}
    name, path = "", ""
    for column in range(flag + 1, sheet.n_columns):
        if own := " ".join((names[column] or "").split()):
            name, path = own, (paths[column] or "").strip()
        if name:
            parts = tuple(" ".join(part.split()) for part in path.split("\\") if part.strip())
            found[column] = _Code(name, parts or (name,))
    return found


def _workbook_ticks(draft: Draft, fit: Fit, codes: Mapping[int, _Code]) -> Iterator[_Tick]:
    reviewers = draft.sheet.row(fit.header_row + 2)
    for column in codes:
        who = " ".join((reviewers[column] or "").split())
        for at, text in enumerate(draft.cells(column)):
            if text not in ("", "0"):
                yield _Tick(at, column, who, "")


def _page_ticks(draft: Draft, codes: Mapping[int, _Code]) -> Iterator[_Tick]:
    """The first line of a cell is a reviewer; a later line is one if any cell begins with that name."""
    known = {_coder(text) for column in codes for text in draft.cells(column) if text}
    for column in codes:
        for at, text in enumerate(draft.cells(column)):
            for who, info in _coders(text, known):
                yield _Tick(at, column, who, info)


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


def _titles(draft: Draft) -> tuple[int | None, int | None]:
    """Columns of the short title and the title. Where the shorter texts stand under the title they were swapped."""
    short, title = column_of(draft.headers, "shorttitle"), column_of(draft.headers, "fulltitle", "title")
    if short is not None and title is not None:
        lengths = [sum(map(len, draft.cells(column))) for column in (short, title)]
        if lengths[0] > lengths[1]:
            return title, short
    return short, title


def _flag(text: str) -> str:
    """I, E, D for deleted, S for a deleted source, duplicate; or the word as it stands, "" where there is none."""
    word = heading(re.sub(r"^\([A-Z]\)", "", text))
    known = {"included": "I", "excluded": "E", "deleted": "D", "indeletedsource": "S", "i": "I", "e": "E", "d": "D"}
    if "duplicate" in word:
        return "duplicate"
    if not word and (letter := re.match(r"^\(([IED])\)", text)):
        return letter[1]
    return known.get(word, word)


# ---- records


def _add_records(report: _Report, flag: int) -> None:
    draft = report.draft
    gone = {"D": "the item was deleted in EPPI-Reviewer", "S": "the item's source was deleted in EPPI-Reviewer"}
    known = {"I", "E", "", "duplicate"}
    for at, flagged in enumerate(report.flags):
        if flagged not in known:
            why = gone.get(flagged, f"the flag '{draft.cells(flag)[at]}' is not known")
            draft.leave_out(why, [draft.rows[at]])
    kept = [at for at, flagged in enumerate(report.flags) if flagged in known]
    if not kept:
        return
    doubles = {at for at in kept if report.flags[at] == "duplicate"}
    survivors = {at: _survivor(draft.cells(flag)[at]) for at in doubles}
    prefix = PREFIX if report.ctx.setting.prefix is None else report.ctx.setting.prefix
    fields = {
        "record_id": report.records(kept),
        "source_type": Given(["database"] * len(kept)),
        "duplicate_of": Given([ids.named(prefix, survivors.get(at, "")) for at in kept], flag),
        "removed_before_screening": Given(
            ["other" if at in doubles and not survivors[at] else "" for at in kept], flag
        ),
    }
    if report.title is not None:
        fields["title"] = Given([draft.cells(report.title)[at] for at in kept], report.title)
    draft.add("records", fields, report.rows(kept), shared=True)
    nameless = [at for at in sorted(doubles) if not survivors[at]]
    if nameless:
        report.tell(
            str(len(nameless)),
            f"{len(nameless)} {'item is' if len(nameless) == 1 else 'items are'} flagged as duplicates, but the report "
            "does not say of which; they count as removed for other reasons, and their codes are not read.",
            "For them to count as duplicates, put EPPI-Reviewer's list of duplicates or another export with the "
            "records that are kept into raw/.",
            row=draft.rows[nameless[0]],
            column=flag,
            table="records",
        )
    if "source_type" not in report.ctx.setting.set_:
        report.tell(
            "database",
            "The export does not say where its records were found; they are counted as found in databases.",
            "If that is not so, say it under `sources:` in config/config.yaml: "
            f"{report.entry('set: {source_type: …}')}.",
            table="records",
        )


def _survivor(text: str) -> str:
    """The item that is kept, where a flag names it."""
    named = re.search(r"duplicate\D{1,20}(\d{2,})", text, re.I)
    return named[1] if named else ""


# ---- judgements


def _judgement(code: _Code) -> tuple[str, str] | None:
    """Decision and reason that a code of a screening tool stands for; None for other codes."""
    for place, part in enumerate(code.path):
        if _MAYBE.search(part):
            return str(Decision.MAYBE), ""
        if _EXCLUDE.match(part):
            below = code.path[place + 1 :]
            return str(Decision.EXCLUDE), below[-1] if below else _reason(part)
        if _INCLUDE.match(part):
            return str(Decision.INCLUDE), ""
        if not (_SCREENING.search(part) or _stage_in(part)):
            return None
    return None


def _reason(name: str) -> str:
    """What stands after `Exclude`: `Exclude: Wrong participants`, `EXCLUDE on topic`; the stage is no reason."""
    rest = _BEFORE_REASON.sub("", _EXCLUDE.sub("", name)).rstrip(") ")
    return "" if _stage_in(rest) else rest


def _stage_in(text: str) -> str:
    if _FULL_TEXT.search(text):
        return str(Stage.FULL_TEXT)
    return str(Stage.TITLE_ABSTRACT) if _TITLE_ABSTRACT.search(text) else ""


def _stage_of(report: _Report, column: int) -> str:
    return report.ctx.setting.stage or _stage_in(" ".join(report.codes[column].path)) or report.stage


def _set_stage(report: _Report) -> None:
    """The stage of codes that do not tell theirs: that of the other codes, the file's name, or title and abstract."""
    told = {_stage_in(" ".join(report.codes[column].path)) for column in report.judged} - {""}
    if len(told) == 1:
        report.stage = told.pop()
        return
    named = _stage_in(re.sub(r"[_.]+", " ", PurePosixPath(report.draft.book.file).stem))
    report.stage = named or str(Stage.TITLE_ABSTRACT)
    silent = [column for column in report.judged if not _stage_in(" ".join(report.codes[column].path))]
    if silent and not report.ctx.setting.stage:
        why = "the file's name says so" if named else "nothing says otherwise"
        shown = "title and abstract" if report.stage == Stage.TITLE_ABSTRACT else "full text"
        report.tell(
            report.stage,
            f"The votes are taken for those on {shown}, as {why}.",
            f"If that is not so, say it under `sources:` in config/config.yaml: {report.entry('stage: full_text')}.",
            column=silent[0],
            row=report.draft.rows[0] if report.draft.rows else None,
            table="votes",
        )


def _add_votes(report: _Report, live: Sequence[int]) -> set[int]:
    """One vote for each item, stage, reviewer and decision; the places of the items that were voted on."""
    for column in report.judged:
        report.draft.use(column, "a vote")
    if not report.judged:
        return set()
    _set_stage(report)
    there = set(live)
    votes: dict[tuple[int, str, str, str], list[_Tick]] = {}
    for tick in report.ticks:
        if tick.column in report.judged and tick.at in there:
            decision = report.judged[tick.column][0]
            votes.setdefault((tick.at, _stage_of(report, tick.column), tick.reviewer, decision), []).append(tick)
    by_column: dict[int, list[tuple[int, str, str, str, str]]] = {}
    for (at, stage, who, decision), ticks in votes.items():
        reasons = dict.fromkeys(reason for tick in ticks if (reason := report.judged[tick.column][1]))
        by_column.setdefault(ticks[0].column, []).append((at, stage, who, decision, "; ".join(reasons)))
    for column, given in by_column.items():
        places = [vote[0] for vote in sorted(given)]
        fields = {"record_id": report.records(places)}
        for number, name in enumerate(("stage", "reviewer", "decision", "reason"), start=1):
            texts = [str(vote[number]) for vote in sorted(given)]
            fields[name] = Given(texts, column if name in ("decision", "reason") else None)
        report.draft.add("votes", fields, report.rows(places))
    return {at for at, *_ in votes}


def _add_decisions(report: _Report, live: Sequence[int], voted: set[int], flag: int) -> None:
    """What the flags say of items without votes.

    Beside votes only (E) says anything, as (I) is what an item has from the start. A report of a charting tool says
    that its items were included, unless another report of the review holds votes.
    """
    setting = report.ctx.setting
    open_ones = [at for at in live if at not in voted]
    out = [at for at in open_ones if report.flags[at] == "E"]
    if report.judged:
        _decide(report, out, Decision.EXCLUDE, [report.stage], flag)
        return
    if _votes_elsewhere(report) or not open_ones:
        return
    stages = [setting.stage] if setting.stage else [str(stage) for stage in Stage]
    kept = [at for at in open_ones if report.flags[at] == "I"]
    _decide(report, kept, Decision.INCLUDE, stages, flag)
    _decide(report, out, Decision.EXCLUDE, stages[:1], flag)
    if kept or out:
        report.tell(
            "I/E/D/S flag",
            "No votes are told, so the flags (I) and (E) are taken for the decisions"
            + ("." if setting.stage else ": included at both stages, or excluded at title and abstract."),
            f"Say the stage under `sources:` in config/config.yaml: {report.entry('stage: full_text')}; or "
            "put the report of the screening tool into raw/.",
            table="decisions",
        )


def _decide(report: _Report, at: Sequence[int], decision: Decision, stages: Iterable[str], flag: int) -> None:
    for stage in stages if at else ():
        fields = {
            "record_id": report.records(at),
            "stage": Given([stage] * len(at)),
            "decision": Given([str(decision)] * len(at), flag),
            "adjudicator": Given(["EPPI-Reviewer"] * len(at)),
        }
        report.draft.add("decisions", fields, report.rows(at))


def _votes_elsewhere(report: _Report) -> bool:
    for file, book, sheet, fit in _reports(report.ctx):
        other = (file, sheet.name) != (report.draft.book.file, report.draft.sheet.name)
        flag = column_of(sheet.row(fit.header_row), "iedsflag") or 0
        if other and book.fault is None and any(_judgement(code) for code in _codes(sheet, fit, flag).values()):
            return True
    return False


def _reports(ctx: Context) -> Iterator[tuple[str, Book, Sheet, Fit]]:
    for file, book in ctx.books.items():
        for sheet in book.sheets:
            if (fit := _fits(book, sheet)) is not None:
                yield file, book, sheet, fit


# ---- charted codes


@dataclass(frozen=True)
class _Answer:
    """What one reviewer charted in one field: the answers joined, and the column of the first."""

    text: str
    column: int


def _add_charted(report: _Report, live: Sequence[int]) -> None:
    """The answers that are ticked below a question, or written beside it, as fields of the study."""
    table = report.ctx.codebook.tables.get("studies")
    asked = _asked(report, table) if table else {}
    if table is None or not asked:
        return
    there = {at for at in live if report.flags[at] != "E"}
    charted: dict[int, dict[str, dict[str, list[_Tick]]]] = {}
    for tick in report.ticks:
        if tick.at in there and tick.column in asked:
            by_field = charted.setdefault(tick.at, {}).setdefault(tick.reviewer, {})
            by_field.setdefault(asked[tick.column][0], []).append(tick)
    answers = {
        at: {who: _answered(report, fields, asked, table) for who, fields in by_reviewer.items()}
        for at, by_reviewer in charted.items()
    }
    apart = "reviewer" in table.by_name
    standing, unsettled = _standing(answers, apart)
    _add_studies(report, standing, table, apart)
    coded = {tick.at for tick in report.ticks if tick.column in asked}
    left = [at for at in live if report.flags[at] == "E" and at in coded]
    if left:
        report.tell(
            "(E) Excluded",
            f"{len(left)} {'item is' if len(left) == 1 else 'items are'} flagged as excluded; what was coded of "
            f"{'it' if len(left) == 1 else 'them'} is not charted.",
            "If it belongs to the review, set the flag to included in EPPI-Reviewer and export again.",
            row=report.draft.rows[left[0]],
            column=report.item,
            table="studies",
        )
    if unsettled:
        names = sorted(answers[unsettled[0]])
        report.tell(
            " and ".join(names),
            f"{len(unsettled)} {'study was' if len(unsettled) == 1 else 'studies were'} coded differently by several "
            f"reviewers, and the report does not say whose coding was completed; of "
            f"{'it' if len(unsettled) == 1 else 'them'} nothing is charted. This is the first.",
            "Add a field `reviewer` to 'studies' in config/codebook.yaml, so that conflicts are listed; or export the "
            "report with completed coding alone.",
            row=report.draft.rows[unsettled[0]],
            column=report.item,
            table="studies",
            severity=Severity.ERROR,
        )


def _asked(report: _Report, table: TableSpec) -> dict[int, tuple[str, str]]:
    """Column → the field that a code belongs to and the answer it stands for ("" for what is written beside it)."""
    fields: dict[str, FieldSpec] = {}
    for words in (lambda spec: [spec.name], lambda spec: [spec.title], lambda spec: spec.aliases):
        for spec in table.fields:
            for word in words(spec):
                if word and spec.name not in ("study_id", "reviewer"):
                    fields.setdefault(heading(word), spec)
    found: dict[int, tuple[str, str]] = {}
    for column, code in report.codes.items():
        if column in report.judged:
            continue
        above = [fields[heading(part)] for part in reversed(code.path[:-1]) if heading(part) in fields]
        own = fields.get(heading(code.name))
        if above:
            found[column] = (above[0].name, code.path[-1])
        elif own is not None:
            found[column] = (own.name, "yes" if own.type == "boolean" else "")
        else:
            question = code.path[-2] if len(code.path) > 1 else code.name
            report.draft.unused(column, nearest_field(question, table))
    return found


def _answered(
    report: _Report, fields: Mapping[str, list[_Tick]], asked: Mapping[int, tuple[str, str]], table: TableSpec
) -> dict[str, _Answer]:
    """Field → its answers, joined by the codebook's sign in the order of the columns."""
    found = {}
    for name, own in fields.items():
        sign = (table.by_name[name].separator or ";").strip() or ";"
        ticks = sorted(own, key=lambda tick: tick.column)
        texts = dict.fromkeys(text for tick in ticks if (text := asked[tick.column][1] or tick.info))
        for tick in ticks:
            if not asked[tick.column][1] and not tick.info:
                report.draft.unused(tick.column, "what was written beside this code is not in this sheet")
        if texts:
            found[name] = _Answer(f"{sign} ".join(texts), ticks[0].column)
    return found


def _standing(
    answers: Mapping[int, Mapping[str, dict[str, _Answer]]], apart: bool
) -> tuple[list[tuple[int, str, dict[str, _Answer]]], list[int]]:
    """The rows that stand (place, reviewer, answers), and the places of items that were coded differently."""
    kept: list[tuple[int, str, dict[str, _Answer]]] = []
    unsettled = []
    for at in sorted(answers):
        own = {who: given for who, given in sorted(answers[at].items()) if given}
        texts = [{name: answer.text for name, answer in given.items()} for given in own.values()]
        if apart:
            kept += [(at, who, given) for who, given in own.items()]
        elif texts and all(text == texts[0] for text in texts):
            who, given = next(iter(own.items()))
            kept.append((at, who, given))
        elif texts:
            unsettled.append(at)
    return kept, unsettled


def _add_studies(
    report: _Report, standing: Sequence[tuple[int, str, dict[str, _Answer]]], table: TableSpec, apart: bool
) -> None:
    """Rows of studies, those together whose answers stand in the same columns; and the reports that link them."""
    draft = report.draft
    studies = study_ids(
        draft.cells(report.short),
        draft.cells(report.item),
        table.by_name.get("study_id"),
        _shared_names(report, [row[0] for row in standing]),
    )
    alike: dict[tuple[tuple[str, int], ...], list[tuple[int, str, dict[str, _Answer]]]] = {}
    for row in standing:
        alike.setdefault(tuple(sorted((name, answer.column) for name, answer in row[2].items())), []).append(row)
    for columns, rows in alike.items():
        at = [row[0] for row in rows]
        fields = {"study_id": Given([studies[place] for place in at], report.short)}
        if apart:
            fields["reviewer"] = Given([row[1] for row in rows], columns[0][1])
        for name, column in columns:
            fields[name] = Given([row[2][name].text for row in rows], column)
        draft.add("studies", fields, report.rows(at), section=True)
    at = sorted({row[0] for row in standing})
    if at:
        fields = {
            "report_id": report.records(at),
            "record_id": report.records(at),
            "study_id": Given([studies[place] for place in at], report.short),
            "retrieved": Given(["yes"] * len(at)),
        }
        draft.add("reports", fields, report.rows(at), shared=True)


def _shared_names(report: _Report, places: Iterable[int]) -> set[str]:
    """Short titles of several items among those charted: here, and in the reports of other charting tools."""
    held: dict[str, set[str]] = {}
    draft = report.draft
    titles, items = draft.cells(report.short), draft.cells(report.item)
    pairs = {(titles[at], items[at]) for at in (places if report.judged else range(len(items)))}
    for _, book, sheet, fit in _reports(report.ctx):
        other = Draft(book, sheet, fit.header_row, draft.codebook, source=REPORT, title="", headers=2)
        codes = _codes(sheet, fit, column_of(other.headers, "iedsflag") or 0)
        if not any(_judgement(code) for code in codes.values()):
            titles, items = other.cells(_titles(other)[0]), other.cells(column_of(other.headers, "itemid"))
            pairs |= set(zip(titles, items, strict=True))
    for name, item in pairs:
        held.setdefault(name, set()).add(ids.plain(item))
    return {name for name, numbers in held.items() if name and len(numbers - {""}) > 1}


ADAPTERS = (Adapter(REPORT, "EPPI-Reviewer: full coding report", _fits, _take),)
