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
from collections.abc import Iterable, Sequence
from pathlib import PurePosixPath

from ..cells import Book, Sheet
from ..terms import STAGE_LABELS, Decision, Stage
from . import ids
from .adapter import Adapter, Context, Fit, column_of
from .eppi_charting import add_charted
from .eppi_report import (
    PREFIX,
    Report,
    Tick,
    codes_of,
    fits,
    flag_of,
    has_reviewers,
    judgement,
    page_ticks,
    reports_in,
    stage_in,
    titles_of,
    workbook_ticks,
)
from .taken import Draft, Given, Taken

REPORT, _TITLE = "eppi", "EPPI-Reviewer: full coding report"


def _take(book: Book, sheet: Sheet, fit: Fit, ctx: Context) -> Taken:
    headers = sheet.row(fit.header_row)
    workbook = has_reviewers(sheet, fit)
    draft = Draft(
        book,
        sheet,
        fit.header_row,
        ctx.codebook,
        source=REPORT,
        title=_TITLE,
        headers=3 if workbook else 2,
    )
    item, flag = column_of(headers, "itemid") or 0, column_of(headers, "iedsflag") or 0
    codes = codes_of(sheet, fit, flag)
    ticks = list(workbook_ticks(draft, fit, codes) if workbook else page_ticks(draft, codes))
    short, title = titles_of(draft)
    names = [ids.named(ctx.prefix(PREFIX), text) for text in draft.cells(item)]
    flags = [flag_of(text) for text in draft.cells(flag)]
    report = Report(draft, ctx, item, short, title, codes, ticks, flags, names)
    report.judged = {column: said for column, code in codes.items() if (said := judgement(code))}
    draft.use(flag, "which items count")
    _add_records(report, flag)
    live = [at for at, flagged in enumerate(flags) if flagged in ("I", "E", "")]
    voted = _add_votes(report, live)
    _add_decisions(report, live, voted, flag)
    add_charted(report, live)
    return draft.taken()


def _add_records(report: Report, flag: int) -> None:
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
    prefix = report.ctx.prefix(PREFIX)
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
        draft.assumed(
            f"{len(nameless)} {'item is' if len(nameless) == 1 else 'items are'} flagged as duplicates, but the report "
            "does not say of which; they count as removed for other reasons, and their codes are not read.",
            "For them to count as duplicates, put EPPI-Reviewer's list of duplicates or another export with the "
            "records that are kept into raw/.",
            at=nameless[0],
            column=flag,
            table="records",
            value=str(len(nameless)),
        )
    if "source_type" not in report.ctx.setting.set_:
        draft.assumed(
            "The export does not say where its records were found; they are counted as found in databases.",
            "If that is not so, say it under `sources:` in config/config.yaml: "
            f"`{draft.entry('set: {source_type: …}')}`.",
            table="records",
            value="database",
        )


def _survivor(text: str) -> str:
    """The item that is kept, where a flag names it."""
    named = re.search(r"duplicate\D{1,20}(\d{2,})", text, re.I)
    return named[1] if named else ""


def _set_stage(report: Report) -> None:
    """The stage of codes that do not tell theirs: that of the other codes, the file's name, or title and abstract."""
    told = {stage_in(" ".join(report.codes[column].path)) for column in report.judged} - {""}
    if len(told) == 1:
        report.stage = told.pop()
        return
    named = stage_in(re.sub(r"[_.]+", " ", PurePosixPath(report.draft.book.file).stem))
    report.stage = named or str(Stage.TITLE_ABSTRACT)
    silent = [column for column in report.judged if not stage_in(" ".join(report.codes[column].path))]
    if silent and not report.ctx.setting.stage:
        why = "the file's name says so" if named else "nothing says otherwise"
        draft = report.draft
        draft.assumed(
            f"The votes are taken for those on {STAGE_LABELS[report.stage]}, as {why}.",
            f"If that is not so, say it under `sources:` in config/config.yaml: `{draft.entry('stage: full_text')}`.",
            column=silent[0],
            at=0 if draft.rows else None,
            table="votes",
            value=report.stage,
        )


def _stage_of(report: Report, column: int) -> str:
    return report.ctx.setting.stage or stage_in(" ".join(report.codes[column].path)) or report.stage


def _add_votes(report: Report, live: Sequence[int]) -> set[int]:
    """One vote for each item, stage, reviewer and decision; the places of the items that were voted on."""
    for column in report.judged:
        report.draft.use(column, "a vote")
    if not report.judged:
        return set()
    _set_stage(report)
    there = set(live)
    votes: dict[tuple[int, str, str, str], list[Tick]] = {}
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


def _add_decisions(report: Report, live: Sequence[int], voted: set[int], flag: int) -> None:
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
        report.draft.assumed(
            "No votes are told, so the flags (I) and (E) are taken for the decisions"
            + ("." if setting.stage else ": included at both stages, or excluded at title and abstract."),
            f"Say the stage under `sources:` in config/config.yaml: `{report.draft.entry('stage: full_text')}`; or "
            "put the report of the screening tool into raw/.",
            table="decisions",
            value="I/E/D/S flag",
        )


def _decide(report: Report, at: Sequence[int], decision: Decision, stages: Iterable[str], flag: int) -> None:
    for stage in stages if at else ():
        fields = {
            "record_id": report.records(at),
            "stage": Given([stage] * len(at)),
            "decision": Given([str(decision)] * len(at), flag),
            "adjudicator": Given(["EPPI-Reviewer"] * len(at)),
        }
        report.draft.add("decisions", fields, report.rows(at))


def _votes_elsewhere(report: Report) -> bool:
    for file, book, sheet, fit in reports_in(report.ctx):
        other = (file, sheet.name) != (report.draft.book.file, report.draft.sheet.name)
        flag = column_of(sheet.row(fit.header_row), "iedsflag") or 0
        if other and book.fault is None and any(judgement(code) for code in codes_of(sheet, fit, flag).values()):
            return True
    return False


ADAPTERS = (Adapter(REPORT, _TITLE, fits, _take),)
