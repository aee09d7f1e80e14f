"""What EPPI-Reviewer's codes chart: the answers ticked below a question, or written beside it, as fields of studies."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ..codebook import TableSpec
from . import ids
from .adapter import column_of, heading
from .eppi_report import Report, Tick, codes_of, judgement, reports_in, titles_of
from .questions import fields_by_heading, nearest_field
from .taken import Draft, Given


@dataclass(frozen=True)
class _Answer:
    """What one reviewer charted in one field: the answers joined, and the column of the first."""

    text: str
    column: int


def add_charted(report: Report, live: Sequence[int]) -> None:
    """The answers that are ticked below a question, or written beside it, as fields of the study."""
    table = report.ctx.codebook.tables.get("studies")
    asked = _asked(report, table) if table else {}
    if table is None or not asked:
        return
    there = {at for at in live if report.flags[at] != "E"}
    charted: dict[int, dict[str, dict[str, list[Tick]]]] = {}
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
        report.draft.assumed(
            f"{len(left)} {'item is' if len(left) == 1 else 'items are'} flagged as excluded; what was coded of "
            f"{'it' if len(left) == 1 else 'them'} is not charted.",
            "If it belongs to the review, set the flag to included in EPPI-Reviewer and export again.",
            at=left[0],
            column=report.item,
            table="studies",
            value="(E) Excluded",
        )
    if unsettled:
        names = sorted(answers[unsettled[0]])
        report.draft.asked(
            f"{len(unsettled)} {'study was' if len(unsettled) == 1 else 'studies were'} coded differently by several "
            f"reviewers, and the report does not say whose coding was completed; of "
            f"{'it' if len(unsettled) == 1 else 'them'} nothing is charted. This is the first.",
            "Add a field `reviewer` to 'studies' in config/codebook.yaml, so that conflicts are listed; or export the "
            "report with completed coding alone.",
            at=unsettled[0],
            column=report.item,
            table="studies",
            value=" and ".join(names),
        )


def _asked(report: Report, table: TableSpec) -> dict[int, tuple[str, str]]:
    """Column → the field that a code belongs to and the answer it stands for ("" for what is written beside it)."""
    fields = fields_by_heading(table)
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
    report: Report, fields: Mapping[str, list[Tick]], asked: Mapping[int, tuple[str, str]], table: TableSpec
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
    report: Report, standing: Sequence[tuple[int, str, dict[str, _Answer]]], table: TableSpec, apart: bool
) -> None:
    """Rows of studies, those together whose answers stand in the same columns; and the reports that link them."""
    draft = report.draft
    studies = ids.study_ids(
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


def _shared_names(report: Report, places: Iterable[int]) -> set[str]:
    """Short titles of several items among those charted: here, and in the reports of other charting tools."""
    held: dict[str, set[str]] = {}
    draft = report.draft
    titles, items = draft.cells(report.short), draft.cells(report.item)
    pairs = {(titles[at], items[at]) for at in (places if report.judged else range(len(items)))}
    for _, book, sheet, fit in reports_in(report.ctx):
        other = Draft(book, sheet, fit.header_row, draft.codebook, source="", title="", headers=2)
        codes = codes_of(sheet, fit, column_of(other.headers, "iedsflag") or 0)
        if not any(judgement(code) for code in codes.values()):
            titles, items = other.cells(titles_of(other)[0]), other.cells(column_of(other.headers, "itemid"))
            pairs |= set(zip(titles, items, strict=True))
    for name, item in pairs:
        held.setdefault(name, set()).add(ids.plain(item))
    return {name for name, numbers in held.items() if name and len(numbers - {""}) > 1}
