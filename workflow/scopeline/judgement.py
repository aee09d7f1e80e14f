"""The whole judgement of a review: its cells, its tables, and screening against charting, in one call."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from . import consistency, double_charted, integrity, quarantine, screening, validation, waivers
from .cells import Book
from .codebook import Codebook
from .issues import Issue, ordered
from .review import Review
from .settings import Settings
from .sources.taken import LeftOut
from .terms import Severity, Stage

if TYPE_CHECKING:
    import pandas as pd

#: Issues beyond this number get no row around them; issues.csv has them all.
_WITH_CONTEXT = 5000
_LONGEST = 160


@dataclass
class Judgement:
    """The review as far as it can be read, every issue in order, what each file was taken for, and rows around issues.

    `context` maps the position of an issue to the row it stands in, as (header, value) pairs of its filled cells.
    """

    review: Review
    issues: list[Issue]
    files: list[dict[str, Any]]
    charted: double_charted.DoubleCharting
    screening: screening.Screening
    context: dict[int, list[tuple[str, str]]] = field(default_factory=dict)
    #: How many errors stop the tables: all, or those that cannot be quarantined where that was chosen.
    stopping: int = 0
    applied: waivers.Applied = field(default_factory=lambda: waivers.apply([], waivers.Waivers()))
    #: File, sheet, and rows of it that yield nothing, with the reason.
    left_out: list[tuple[str, str, LeftOut]] = field(default_factory=list)

    @property
    def counts(self) -> dict[str, int]:
        """Number of errors, warnings and notes."""
        return {f"{severity}s": sum(item.severity == severity for item in self.issues) for severity in Severity}


def judge(
    books: Iterable[Book],
    codebook: Codebook,
    settings: Settings,
    passed_over: Sequence[tuple[str, str]] = (),
    previous: Iterable[str] = (),
) -> Judgement:
    """Judge all files of a review.

    `passed_over` names files that were not read, each with the reason; `previous` the records of the review when it
    last passed, none of which may vanish without a word.
    """
    books = list(books)
    granted = waivers.read([book for book in books if settings.source(book.file) != "ignore"], codebook)
    verdict = validation.validate(waivers.without(books), codebook, settings, passed_over)
    by_choice = settings.validation.on_error == "quarantine"

    def left_out(review: Review, issues: Iterable[Issue]) -> "tuple[Review, pd.DataFrame]":
        after = waivers.apply(issues, granted)
        return quarantine.quarantine(review, after.issues if by_choice else after.waived, codebook)

    read, lost = left_out(verdict.review, verdict.issues)
    how = settings.charting
    charted = double_charted.fold_review(
        read,
        codebook,
        reviewer=how.reviewer,
        consensus=how.consensus,
        match=how.match,
        free_text=how.free_text,
        leave_out=how.conflicts == "leave_out",
    )
    across = [*charted.issues, *integrity.check_folded(charted.review, codebook, how)]
    review, more = left_out(charted.review, across)
    review.lost = lost = quarantine.together(lost, more)
    found = [*verdict.issues, *across, *consistency.reports_differ(review, codebook)]
    state = _screened(review, codebook, settings)
    if "records" in review.tables:
        found += consistency.check(review, codebook, state, adjudicator=settings.screening.adjudicator)
        found += consistency.vanished(review, set(previous))
        found += consistency.vanished_since_snapshot(review, codebook)
    applied = waivers.apply(found, granted)
    errors = [item for item in applied.issues if item.severity == Severity.ERROR]
    stopping = quarantine.stopping(errors, codebook, lost) if by_choice else errors
    if not stopping and "records" in review.tables:
        review.uncounted = consistency.uncounted(review, state, settings)
        if review.uncounted:
            applied = waivers.apply([*found, *consistency.told_uncounted(review, codebook, state)], granted)
    issues = ordered(quarantine.told(applied.issues, lost)) if by_choice else applied.issues
    files = _with_waivers(verdict.files, granted)
    return Judgement(
        review,
        issues,
        files,
        charted,
        state,
        _context(issues, books, review),
        len(stopping),
        applied,
        verdict.left_out,
    )


def _with_waivers(files: list[dict[str, Any]], granted: waivers.Waivers) -> list[dict[str, Any]]:
    """What each file was taken for, with the sheets that hold waivers."""
    by_file = {about["file"]: about for about in files}
    for file, sheet, rows in granted.sheets:
        about = by_file.setdefault(file, {"file": file, "sha256": "", "sheets": []})
        about["sheets"].append({"sheet": sheet, "table": "waivers", "rows": rows, "columns": []})
    return [by_file[file] for file in sorted(by_file)]


def _screened(review: Review, codebook: Codebook, settings: Settings) -> screening.Screening:
    """The outcome of screening, with the codebook's order of reasons and the configuration's rules."""
    reason = codebook.field("votes", "reason") or codebook.field("decisions", "reason")
    return screening.screen(
        review.table("records"),
        quarantine.counted(review.table("votes"), "votes"),
        quarantine.counted(review.table("decisions"), "decisions"),
        review.table("reports"),
        reasons=[value.value for value in reason.allowed] if reason else (),
        maybe_as=settings.screening.maybe_as,
        reviewers=settings.screening.reviewers,
        stages=tuple(Stage) if settings.screening.stages == "both" else (Stage.FULL_TEXT,),
        automation=settings.screening.automation,
        other_methods=settings.flow.other_methods,
    )


def _context(issues: Sequence[Issue], books: Sequence[Book], review: Review) -> dict[int, list[tuple[str, str]]]:
    sheets = {(book.file, sheet.name): sheet for book in books for sheet in book.sheets}
    header_rows = {(place.file, place.sheet): place.header_row for place in review.places}
    rows: dict[int, list[tuple[str, str]]] = {}
    for position, item in enumerate(issues):
        key = (item.file, item.sheet)
        if len(rows) >= _WITH_CONTEXT or item.row is None or key not in header_rows or item.row <= header_rows[key]:
            continue
        sheet = sheets[key]
        headers, texts = sheet.row(header_rows[key]), sheet.row(sheet.row_at(item.row))
        rows[position] = [
            ((header or "").strip() or "(no header)", text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…")
            for header, text in zip(headers, texts, strict=True)
            if text
        ]
    return rows
