"""What the findings say: within each study first, then across studies, by two axes such as condition × outcome domain.

Within-study synthesis (Boon & Thomson 2021): the findings of one study in one cell are folded to one direction,
findings against a comparator apart from findings without one. Across-study synthesis counts studies, never findings,
and every number can list its members. Nothing here tests anything.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from fractions import Fraction
from itertools import product
from typing import Any

import pandas as pd

from .charting import MISSING_LABELS, joined, named, values_of
from .charting import column as column_of
from .errors import ConfigurationError, DataError
from .terms import Direction, Missing

#: Values of `contrast` that make each basis of evidence, strongest first; every other contrast is `OTHER`.
BASES: Mapping[str, Collection[str]] = {
    "comparative": ("vs placebo", "vs active comparator"),
    "uncontrolled": ("before-after", "single case"),
}
OTHER = "other"

DIRECTIONS = tuple(direction.value for direction in Direction)

#: Directions that can lead; `mixed` counts for no side, `unclear` does not count at all.
SIDES = (Direction.BENEFIT.value, Direction.NONE.value, Direction.HARM.value)


def fold(
    findings: pd.DataFrame,
    *,
    row: str | None = "condition",
    column: str | None = "outcome_domain",
    direction: str = "direction",
    contrast: str = "contrast",
    bases: Mapping[str, Collection[str]] = BASES,
    majority: float = 0.7,
) -> pd.DataFrame:
    """One direction per study × `row` value × `column` value × basis.

    Of the findings that are not `unclear`, if at least `majority` say the same (benefit, none or harm) that is the
    direction, otherwise `mixed`; all unclear gives `unclear`. A `mixed` finding counts in the whole and for no side.
    So 7 of 10 counts, 2 of 3 does not, 1 of 1 counts. The comparison is exact, not in floating point.

    `findings`: the typed frame. A cell with several values on an axis ("fibromyalgia; low back pain") counts under
    each. No value on an axis counts under the words for why ("not reported", "not charted yet"). A finding without a
    direction counts as unclear, and in `n_without_direction`. A finding without `study_id` belongs to no study (see
    `unplaced`). An axis may be None: then findings are folded over all its values.

    Columns: `study_id`, the axes, `basis` (a key of `bases`, or "other"), `direction`, `n_findings`, `share` (of the
    leading direction among the findings that are not unclear; NA if all are), one count per direction,
    `n_without_direction`, `finding_ids`.

    Raises ConfigurationError where findings lack a named column, DataError for a direction that is none of the five,
    ValueError unless 0.5 < majority <= 1.
    """
    threshold = Fraction(str(majority))
    if not Fraction(1, 2) < threshold <= 1:
        raise ValueError(f"majority is {majority}; it must be above 0.5 and at most 1, so that one direction can lead.")
    axes = _axes(row, column)
    kept = findings[column_of(findings, "study_id").notna()]
    if kept.empty:
        return _typed(pd.DataFrame(columns=_fold_columns(axes)), axes)
    for name in (*axes, direction):
        if name not in findings.columns:
            raise ConfigurationError(
                f"Findings are grouped by '{name}', but the table findings has no such column. "
                "Add the column, or name another field under `synthesis` in config/config.yaml."
            )
    said = column_of(kept, direction)
    unknown = sorted(set(said.dropna().astype(str)) - set(DIRECTIONS))
    if unknown:
        raise DataError(
            f"findings, {direction}: '{unknown[0]}' is not a direction. It must be one of {', '.join(DIRECTIONS)}."
        )
    basis_of = {value: basis for basis, values in bases.items() for value in values}
    cells: dict[tuple[str, ...], list[tuple[Any, Any]]] = {}
    lines = zip(
        kept["study_id"],
        column_of(kept, contrast),
        said,
        column_of(kept, "finding_id"),
        *([values_of(value) or [MISSING_LABELS[Missing.BLANK]] for value in named(kept, axis)] for axis in axes),
        strict=True,
    )
    for study, compared, word, finding, *places in lines:
        basis = OTHER if pd.isna(compared) else basis_of.get(str(compared), OTHER)
        for place in product(*places):
            cells.setdefault((str(study), *place, basis), []).append((word, finding))
    rows: list[dict[str, Any]] = []
    for key, cell in cells.items():
        words = [Direction.UNCLEAR.value if pd.isna(word) else str(word) for word, _ in cell]
        counts = {name: words.count(name) for name in DIRECTIONS}
        verdict, share = _lead(counts, threshold)
        rows.append(
            {
                **dict(zip(["study_id", *axes, "basis"], key, strict=True)),
                "direction": verdict,
                "n_findings": len(cell),
                "share": share,
                **counts,
                "n_without_direction": sum(bool(pd.isna(word)) for word, _ in cell),
                "finding_ids": joined(finding for _, finding in cell if pd.notna(finding)),
            }
        )
    strength = {basis: place for place, basis in enumerate((*bases, OTHER))}
    rows.sort(key=lambda line: (*(line[name] for name in ("study_id", *axes)), strength[line["basis"]]))
    return _typed(pd.DataFrame(rows, columns=_fold_columns(axes)), axes)


def directions(
    folded: pd.DataFrame,
    *,
    row: str | None = "condition",
    column: str | None = "outcome_domain",
    bases: Sequence[str] = (*BASES, OTHER),
) -> pd.DataFrame:
    """One direction per study × `row` value × `column` value: the columns of `fold`, one row of it for each.

    Findings of the first basis speak for the study where it has any, otherwise those of the next: comparative findings
    before uncontrolled ones before others. `basis` keeps which spoke.
    """
    axes = _axes(row, column)
    strength = {basis: place for place, basis in enumerate(bases)}
    place = folded["basis"].map(lambda basis: strength.get(basis, len(strength))).astype("int64")
    ordered = folded.assign(_place=place).sort_values(["study_id", *axes, "_place", "basis"], kind="stable")
    return ordered.drop_duplicates(["study_id", *axes]).drop(columns="_place").reset_index(drop=True)


def tally(
    directions: pd.DataFrame,
    studies: pd.DataFrame,
    folded: pd.DataFrame,
    *,
    row: str | None = "condition",
    column: str | None = "outcome_domain",
    rows_order: Sequence[str] = (),
    columns_order: Sequence[str] = (),
    bases: Sequence[str] = (*BASES, OTHER),
    n: str = "n",
    controlled: str = "controlled",
) -> pd.DataFrame:
    """Studies per cell that has evidence, long form, in the order of `rows_order` and `columns_order`.

    `directions` gives each study its one direction in a cell; `folded` gives the directions by basis, where a study
    with comparative and uncontrolled findings stands in both. `studies` gives participants (`n`) and `controlled`
    ("yes").

    Columns: the axes, `n_studies`, `n_controlled`, `n_participants` (each study once; NA where no study gave a
    number), `benefit`, `none`, `harm`, `mixed`, `unclear` (these five add up to `n_studies`), `study_ids`,
    `n_participants_known` (studies that gave a number); for each basis `<basis>_studies` and `<basis>_<direction>`;
    then for every number `<number>_ids`, its members sorted and joined with "; ".
    """
    axes = _axes(row, column)
    participants, with_control = _study_facts(studies, n, controlled)
    spoken = _by_cell(directions, axes)
    by_basis = _by_cell(folded, axes)
    rows = []
    for key, said in spoken.items():
        sets = _members(said, by_basis.get(key, []), bases)
        everybody = sets["n_studies"]
        sets["n_controlled"] = everybody & with_control
        sets["n_participants_known"] = everybody & participants.keys()
        known = [participants[study] for study in sets["n_participants_known"]]
        numbers = {name: len(members) for name, members in sets.items()}
        members = {_ids_name(name): joined(members) for name, members in sets.items()}
        rows.append(
            {**dict(zip(axes, key, strict=True)), **numbers, "n_participants": sum(known) if known else None, **members}
        )
    rank = _rank_axes(axes, {row: rows_order, column: columns_order})
    rows.sort(key=rank)
    columns = _tally_columns(axes, bases)
    table = pd.DataFrame(rows, columns=columns)
    return table.astype({name: "string" if name in axes or name.endswith("_ids") else "Int64" for name in columns})


def grid(
    directions: pd.DataFrame,
    *,
    row: str = "condition",
    column: str = "outcome_domain",
    rows_order: Sequence[str] = (),
    columns_order: Sequence[str] = (),
    total: str = "Total",
) -> pd.DataFrame:
    """Studies per cell as a matrix with all its empty cells (0), and totals that count each study once.

    First column `row`, then one column per value of `column`, then `total`; the last line is the total of each column.
    A study may stand in several cells, so a total is not the sum of its cells. The values that `rows_order` and
    `columns_order` list stand in the matrix even where no study has them: a gap is a result. Hand in part of
    `directions` (only comparative ones, only benefit) for the matrix of that part.
    """
    seen: dict[tuple[str, str], set[str]] = {}
    for study, left, top in zip(directions["study_id"], directions[row], directions[column], strict=True):
        for key in ((left, top), (left, total), (total, top), (total, total)):
            seen.setdefault((str(key[0]), str(key[1])), set()).add(study)
    lefts = _in_order(directions[row], rows_order)
    tops = _in_order(directions[column], columns_order)
    matrix: dict[str, pd.Series] = {row: pd.Series([*lefts, total], dtype="string")}
    for top in (*tops, total):
        matrix[top] = pd.Series([len(seen.get((left, top), ())) for left in (*lefts, total)], dtype="Int64")
    return pd.DataFrame(matrix)


def unplaced(findings: pd.DataFrame) -> list[str]:
    """The `finding_id` of each finding that no fold can count, because it has no `study_id`."""
    lost = findings[column_of(findings, "study_id").isna()]
    return sorted(column_of(lost, "finding_id").dropna().astype(str))


def with_study_fields(findings: pd.DataFrame, studies: pd.DataFrame, fields: Sequence[str]) -> pd.DataFrame:
    """Findings with columns of their studies beside them, so that a field of studies can be an axis.

    A column that findings already have is left as it is. A finding whose study is not in `studies` gets no value.
    """
    wanted = [name for name in fields if name not in findings.columns and name in studies.columns]
    wanted += [f"{name}__missing" for name in wanted if f"{name}__missing" in studies.columns]
    if not wanted or "study_id" not in studies.columns or "study_id" not in findings.columns:
        return findings
    facts = studies[studies["study_id"].notna()].drop_duplicates("study_id").set_index("study_id")
    return findings.assign(**{name: facts[name].reindex(findings["study_id"]).array for name in wanted})


def _lead(counts: Mapping[str, int], threshold: Fraction) -> tuple[str, float | None]:
    """The direction of one cell of one study, and the share of the leading direction."""
    whole = sum(counts.values()) - counts[Direction.UNCLEAR]
    if whole == 0:
        return Direction.UNCLEAR.value, None
    leader = max(SIDES, key=lambda side: counts[side])
    share = Fraction(counts[leader], whole)
    return (leader if share >= threshold else Direction.MIXED.value), float(share)


def _by_cell(frame: pd.DataFrame, axes: Sequence[str]) -> dict[tuple[str, ...], list[tuple[str, str, str]]]:
    """Cell → its studies, each with a basis and a direction."""
    cells: dict[tuple[str, ...], list[tuple[str, str, str]]] = {}
    names = ("study_id", "basis", "direction", *axes)
    for study, basis, direction, *key in zip(*(frame[name] for name in names), strict=True):
        cells.setdefault(tuple(key), []).append((study, basis, direction))
    return cells


def _members(
    said: Sequence[tuple[str, str, str]], by_basis: Sequence[tuple[str, str, str]], bases: Sequence[str]
) -> dict[str, set[str]]:
    """Number → the studies in it, for one cell of the tally."""
    sets: dict[str, set[str]] = {"n_studies": set(), **{name: set() for name in DIRECTIONS}}
    sets |= {f"{basis}_{name}": set() for basis in bases for name in ("studies", *DIRECTIONS)}
    for study, _, direction in said:
        sets["n_studies"].add(study)
        sets[direction].add(study)
    for study, basis, direction in by_basis:
        if basis in bases:
            sets[f"{basis}_studies"].add(study)
            sets[f"{basis}_{direction}"].add(study)
    return sets


def _study_facts(studies: pd.DataFrame, n: str, controlled: str) -> tuple[dict[str, int], set[str]]:
    """Study → participants where known; the studies with a comparator."""
    if "study_id" not in studies.columns:
        return {}, set()
    known = studies[studies["study_id"].notna()].drop_duplicates("study_id")
    sizes = pd.to_numeric(column_of(known, n), errors="coerce")
    participants = {study: int(size) for study, size in zip(known["study_id"], sizes, strict=True) if pd.notna(size)}
    return participants, set(known.loc[(column_of(known, controlled) == "yes").fillna(False).astype(bool), "study_id"])


def _axes(row: str | None, column: str | None) -> list[str]:
    axes = [axis for axis in (row, column) if axis is not None]
    if not axes or len(set(axes)) < len(axes):
        raise ValueError("A synthesis needs a field for its rows or its columns, and not the same field twice.")
    return axes


def _fold_columns(axes: Sequence[str]) -> list[str]:
    return [
        "study_id",
        *axes,
        "basis",
        "direction",
        "n_findings",
        "share",
        *DIRECTIONS,
        "n_without_direction",
        "finding_ids",
    ]


def _typed(folded: pd.DataFrame, axes: Sequence[str]) -> pd.DataFrame:
    text = ("study_id", *axes, "basis", "direction", "finding_ids")
    whole = ("n_findings", *DIRECTIONS, "n_without_direction")
    return folded.astype({**dict.fromkeys(text, "string"), **dict.fromkeys(whole, "Int64"), "share": "Float64"})


def _tally_columns(axes: Sequence[str], bases: Sequence[str]) -> list[str]:
    by_basis = [f"{basis}_{name}" for basis in bases for name in ("studies", *DIRECTIONS)]
    numbers = ["n_studies", "n_controlled", "n_participants", *DIRECTIONS]
    with_members = ["n_controlled", "n_participants_known", *DIRECTIONS, *by_basis]
    return [*axes, *numbers, "study_ids", "n_participants_known", *by_basis, *map(_ids_name, with_members)]


def _ids_name(number: str) -> str:
    return "study_ids" if number == "n_studies" else f"{number}_ids"


def _rank(order: Sequence[str]) -> Callable[[str], tuple[int, str, str]]:
    """A key that sorts values as the codebook does, others after them, and the words for missing last."""
    place = {value: position for position, value in enumerate(order)}
    last = {label: len(place) + 1 + position for position, label in enumerate(MISSING_LABELS.values())}
    return lambda value: (place.get(value, last.get(value, len(place))), value.casefold(), value)


def _rank_axes(
    axes: Sequence[str], orders: Mapping[Any, Sequence[str]]
) -> Callable[[Mapping[str, Any]], tuple[Any, ...]]:
    ranks = {axis: _rank(orders[axis]) for axis in axes}
    return lambda line: tuple(ranks[axis](line[axis]) for axis in axes)


def _in_order(values: pd.Series, order: Sequence[str]) -> list[str]:
    return sorted({*order, *(str(value) for value in values)}, key=_rank(order))
