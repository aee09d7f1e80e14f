"""Covidence's extraction: a row for each reviewer and study, and the rows of what the team agreed on.

What was seen of it, and what was not, stands in `covidence`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ..cells import Book, Sheet
from ..codebook import FieldSpec
from . import ids
from .adapter import Adapter, Context, Fit, column_of
from .covidence_sheets import NUMBER, PREFIX, fits_extraction, shared_names, sure_column
from .questions import questions
from .taken import Draft, Given, Taken

EXTRACTION, _TITLE = "covidence_extraction", "Covidence: extraction"

#: The reviewer whose rows are what the team agreed on.
CONSENSUS = "Consensus"

_SEVERAL = "several reviewers charted the study, there is no consensus, and the codebook has no field 'reviewer'"


@dataclass(frozen=True)
class _Row:
    """A row of the extraction: its place, whose study it is, who charted it."""

    at: int
    study: str
    reviewer: str

    @property
    def agreed(self) -> bool:
        return self.reviewer.casefold() == CONSENSUS.casefold()


def _take_extraction(book: Book, sheet: Sheet, fit: Fit, ctx: Context) -> Taken:
    draft = Draft(book, sheet, fit.header_row, ctx.codebook, source=EXTRACTION, title=_TITLE)
    number, label, who = (sure_column(draft.headers, *own) for own in (NUMBER, ("studyid",), ("reviewername",)))
    section = sum(fits_extraction(book, other) is not None for other in book.sheets) > 1
    spec = ctx.codebook.field("studies", "study_id")
    numbers, labels = draft.cells(number), draft.cells(label)
    studies = ids.study_ids(labels, numbers, spec, shared_names(ctx, draft))
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
                fields["reviewer"] = draft.given(who, kept)
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
    given = draft.given(column, places)
    sign = (spec.separator or ";").strip() or ";"
    texts = ["" if text in ('""', "''") else text or "" for text in given.texts]
    return Given([text if sign == ";" else text.replace("; ", f"{sign} ") for text in texts], column, given.kinds)


def _link(draft: Draft, ctx: Context, rows: Iterable[_Row], number: int, label: int, studies: Sequence[str]) -> None:
    """The report from which a study was charted, once for each study."""
    prefix = ctx.prefix(PREFIX)
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
        draft.say(
            "charted_by_several",
            f"{count} {'study was' if count == 1 else 'studies were'} charted by several reviewers without a "
            f"consensus; of {'it' if count == 1 else 'them'} nothing is read. This is the first.",
            "Add a field `reviewer` to 'studies' in config/codebook.yaml, so that conflicts are listed; or come to a "
            "consensus in Covidence and export again.",
            at=open_ones[0].at,
            column=who,
            table="studies",
            value=" and ".join(names),
        )


ADAPTERS = (Adapter(EXTRACTION, _TITLE, fits_extraction, _take_extraction),)
