"""The whole judgement of a review: its cells, its tables, and screening against charting, in one call."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from . import consistency, double_charted, integrity, screening, validation
from .cells import Book
from .codebook import Codebook
from .issues import Issue, ordered
from .review import Review
from .settings import Settings
from .terms import Severity

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
    context: dict[int, list[tuple[str, str]]] = field(default_factory=dict)

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
    verdict = validation.validate(books, codebook, settings, passed_over)
    how = settings.charting
    charted = double_charted.fold_review(
        verdict.review,
        codebook,
        reviewer=how.reviewer,
        consensus=how.consensus,
        match=how.match,
        free_text=how.free_text,
        leave_out=how.conflicts == "leave_out",
    )
    review = charted.review
    found = [*verdict.issues, *charted.issues, *integrity.check_folded(review, codebook, how)]
    if "records" in review.tables:
        found += consistency.check(review, codebook, screened(review, codebook, settings))
        found += consistency.vanished(review, set(previous))
    issues = ordered(found)
    return Judgement(review, issues, verdict.files, charted, _context(issues, books, review))


def screened(review: Review, codebook: Codebook, settings: Settings) -> screening.Screening:
    """The outcome of screening, with the codebook's order of reasons and the configuration's rules."""
    reason = codebook.field("votes", "reason") or codebook.field("decisions", "reason")
    return screening.screen(
        review.table("records"),
        review.table("votes"),
        review.table("decisions"),
        review.table("reports"),
        reasons=[value.value for value in reason.allowed] if reason else (),
        maybe_as=settings.screening.maybe_as,
        reviewers=settings.screening.reviewers,
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
        headers, texts = sheet.row(header_rows[key]), sheet.row(item.row)
        rows[position] = [
            ((header or "").strip() or "(no header)", text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…")
            for header, text in zip(headers, texts, strict=True)
            if text
        ]
    return rows
