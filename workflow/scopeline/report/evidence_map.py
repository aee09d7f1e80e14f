"""The evidence map as a matrix for the page: every cell, also the empty ones, with its studies by kind of evidence."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from .. import text
from ..natural_order import natural
from .members import Count, Member, Members

CSV = "tables/condition_by_domain.csv"

#: (Study, kind of evidence) → what its folded findings say in one cell.
Facts = Mapping[tuple[str, str], Mapping[str, Any]]

#: Up to so many studies of one kind in a cell are drawn one by one; more are drawn as signs with numbers.
_MOST_SIGNS = 5


@dataclass(frozen=True)
class Kind:
    """The studies of one kind of evidence in one cell."""

    basis: str
    label: str
    count: Count
    signs: tuple[tuple[str, str, str], ...]  # direction, sign, number or ""
    said: str  # "2 benefit, 1 mixed"
    ids: tuple[tuple[str, str], ...]  # study, direction


@dataclass(frozen=True)
class Cell:
    """One cell: all its studies, and the same by kind of evidence."""

    count: Count
    column: str = ""
    kinds: tuple[Kind, ...] = ()


@dataclass(frozen=True)
class Row:
    """One row of the matrix with the studies it holds, each once."""

    label: str
    cells: tuple[Cell, ...]
    total: Count


@dataclass(frozen=True)
class Matrix:
    """The whole map. `empty` names rows and columns without a study; `holding` counts cells with one."""

    columns: tuple[str, ...] = ()
    rows: tuple[Row, ...] = ()
    totals: tuple[Count, ...] = ()
    everybody: Count = field(default_factory=lambda: Count("0", ""))
    kinds: tuple[tuple[str, str], ...] = ()
    holding: int = 0
    empty: tuple[str, ...] = ()
    csv: str = CSV

    @property
    def cells(self) -> int:
        return len(self.columns) * len(self.rows)


def axes(tally: pd.DataFrame) -> tuple[str, str]:
    """The two fields of the map: the first two columns of the tally."""
    names = [str(name) for name in tally.columns[:2]]
    return (names[0], names[1]) if len(names) == 2 else ("", "")


def kinds_of_evidence(tally: pd.DataFrame) -> list[str]:
    """The kinds of evidence that the tally counts apart, such as comparative and uncontrolled."""
    counts = [str(name) for name in tally.columns if str(name).endswith("_studies") and not str(name).startswith("n_")]
    return [name.removesuffix("_studies") for name in counts]


def matrix(
    tally: pd.DataFrame,
    directions: pd.DataFrame,
    members: Members,
    *,
    rows_order: Sequence[str] = (),
    columns_order: Sequence[str] = (),
    labels: Mapping[str, Mapping[str, str]] | None = None,
    within: str = "",
    csv: str = CSV,
) -> Matrix:
    """The map of `synthesis.tally`, with the findings behind each study from `synthesis.directions`.

    Values of `rows_order` and `columns_order` stand in the map even where no study has them, others after them.
    `within` names the studies that it is a map of, where these are not all; `csv` is the file of the tally.
    """
    row_field, column_field = axes(tally)
    words = labels or {}
    lines = {(str(line[row_field]), str(line[column_field])): line for line in tally.to_dict("records")}
    lefts, tops = _values(rows_order, (key[0] for key in lines)), _values(columns_order, (key[1] for key in lines))
    bases = kinds_of_evidence(tally)
    told = _findings(directions, row_field, column_field)
    left_words, top_words = words.get(row_field, {}), words.get(column_field, {})

    def named(left: str | None, top: str | None) -> str:
        shown = (left_words.get(left, left) if left else "", top_words.get(top, top) if top else "")
        return ": ".join(part for part in (within, " × ".join(part for part in shown if part)) if part)

    def total(title: str, inside: Iterable[Mapping[Any, Any]]) -> Count:
        studies = sorted({study for line in inside for study in text.ids(line["study_ids"])})
        return members.count(title, studies, csv)

    rows = []
    for left in lefts:
        cells = tuple(
            _cell(
                lines.get((left, top)),
                column=top_words.get(top, top),
                title=named(left, top),
                bases=bases,
                findings=told.get((left, top), {}),
                members=members,
                csv=csv,
            )
            for top in tops
        )
        inside = (line for key, line in lines.items() if key[0] == left)
        rows.append(Row(left_words.get(left, left), cells, total(named(left, None), inside)))
    totals = tuple(total(named(None, top), [line for key, line in lines.items() if key[1] == top]) for top in tops)
    with_row, with_column = {key[0] for key in lines}, {key[1] for key in lines}
    return Matrix(
        columns=tuple(top_words.get(top, top) for top in tops),
        rows=tuple(rows),
        totals=totals,
        everybody=total(within or "All studies of the map", lines.values()),
        kinds=tuple((basis, text.capital(text.BASIS_LABELS.get(basis, basis))) for basis in bases),
        holding=len(lines),
        empty=(
            *(left_words.get(left, left) for left in lefts if left not in with_row),
            *(top_words.get(top, top) for top in tops if top not in with_column),
        ),
        csv=csv,
    )


def study_matrix(characteristics: pd.DataFrame, row: str, column: str, members: Members) -> Matrix:
    """The studies by two of the fields of `charting.characteristics`, for a review without findings.

    A study stands in a cell where it has both values. The map is empty where a field is not shown by its values.
    """
    csv = "tables/characteristics.csv"
    lefts, tops = (_members_by_value(characteristics, name) for name in (row, column))
    if not lefts or not tops:
        return Matrix(csv=csv)

    def count(title: str, ids: Iterable[str]) -> Count:
        ordered: list[str] = sorted(ids, key=natural)
        return members.count(title, ordered, csv)

    rows = tuple(
        Row(
            left,
            tuple(Cell(count(f"{left} × {top}", ids & others), top) for top, others in tops.items()),
            count(left, ids),
        )
        for left, ids in lefts.items()
    )
    return Matrix(
        columns=tuple(tops),
        rows=rows,
        totals=tuple(count(top, ids) for top, ids in tops.items()),
        everybody=count("All studies of the map", set().union(*lefts.values(), *tops.values())),
        holding=sum(cell.count.place is not None for line in rows for cell in line.cells),
        csv=csv,
    )


def _members_by_value(characteristics: pd.DataFrame, name: str) -> dict[str, set[str]]:
    """The studies of each value of a field that is told by its values, by the value's label."""
    lines = characteristics[characteristics["field"] == name]
    lines = lines[lines["kind"].isin(["text", "category", "multi"]) & ~lines["missing"].fillna(False).astype(bool)]
    return {
        text.clean(label): set(text.ids(ids))
        for label, ids in zip(lines["category_label"], lines["study_ids"], strict=True)
        if text.ids(ids)
    }


def _cell(
    line: Mapping[Any, Any] | None,
    *,
    column: str,
    title: str,
    bases: Sequence[str],
    findings: Facts,
    members: Members,
    csv: str,
) -> Cell:
    if line is None:
        return Cell(Count("0", title), column)
    kinds = []
    notes: dict[str, list[str]] = {}
    found: dict[str, list[str]] = {}
    for basis in bases:
        listed = {name: text.ids(line.get(f"{basis}_{name}_ids")) for name in text.DIRECTION_SIGNS}
        if not any(listed.values()):
            continue
        label = text.BASIS_LABELS.get(basis, basis)
        entries: list[Member] = []
        for name, ids in listed.items():
            for study in ids:
                fact = findings.get((study, basis), {})
                note = f"{text.DIRECTION_SIGNS[name]} {text.DIRECTION_LABELS[name]}, {label}{_findings_said(fact)}"
                ids_found = text.ids(fact.get("finding_ids"))
                entries.append(Member(study, note, tuple(ids_found)))
                notes.setdefault(study, []).append(note)
                found.setdefault(study, []).extend(ids_found)
        counts = {name: len(ids) for name, ids in listed.items()}
        kinds.append(
            Kind(
                basis=basis,
                label=text.capital(label),
                count=members.count(f"{title}: {label} evidence", entries, csv),
                signs=_signs(counts),
                said=text.directions(counts),
                ids=tuple((study, name) for name, ids in listed.items() for study in sorted(ids, key=natural)),
            )
        )
    studies = [
        Member(study, "; ".join(notes.get(study, ())), tuple(found.get(study, ())))
        for study in text.ids(line["study_ids"])
    ]
    return Cell(members.count(title, studies, csv), column, tuple(kinds))


def _signs(counts: Mapping[str, int]) -> tuple[tuple[str, str, str], ...]:
    """Direction, sign and number, one a sign; a number only where the studies are too many to draw one by one."""
    there = [(name, sign, counts[name]) for name, sign in text.DIRECTION_SIGNS.items() if counts.get(name)]
    if sum(counts.values()) <= _MOST_SIGNS:
        return tuple((name, sign, "") for name, sign, n in there for _ in range(n))
    return tuple((name, sign, str(n)) for name, sign, n in there)


def _findings_said(fact: Mapping[str, Any]) -> str:
    """What the findings behind a study's direction say, where it has more than one."""
    n = int(fact["n_findings"]) if text.given(fact.get("n_findings")) else 0
    counts = {name: int(fact[name]) for name in text.DIRECTION_SIGNS if text.given(fact.get(name))}
    return f"; {text.counted(n, 'finding')}: {text.directions(counts)}" if n > 1 and counts else ""


def _findings(directions: pd.DataFrame, row: str, column: str) -> Mapping[tuple[str, str], Facts]:
    """Cell → (study, basis) → what the folded findings of that study say there."""
    facts: dict[tuple[str, str], dict[tuple[str, str], Mapping[str, Any]]] = {}
    if {row, column, "study_id", "basis"} <= set(directions.columns):
        for line in directions.to_dict("records"):
            cell = facts.setdefault((str(line[row]), str(line[column])), {})
            cell[str(line["study_id"]), str(line["basis"])] = {str(name): value for name, value in line.items()}
    return facts


def _values(order: Sequence[str], seen: Iterable[str]) -> list[str]:
    return list(dict.fromkeys([*order, *seen]))
