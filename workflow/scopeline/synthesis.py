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

from .charting import MISSING_LABELS, SEPARATOR, joined, named, values_of
from .charting import column as column_of
from .errors import ConfigurationError, DataError
from .natural_order import natural
from .participants import Counting, participants
from .study_rows import one_per_study
from .terms import Direction, Missing

#: Values of `contrast` that make each basis of evidence, strongest first; every other contrast is `OTHER`.
BASES: Mapping[str, Collection[str]] = {
    "comparative": ("vs placebo", "vs active comparator"),
    "uncontrolled": ("before-after", "single case"),
}
OTHER = "other"

#: The column of findings that may hold the address of each finding's direction (`raw/charting.xlsx › findings!H12`).
CELL = "_cell"

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
    `n_without_direction`, `finding_ids`; `why`, the rule applied to these findings in words; `finding_cells`, the
    addresses of the directions where findings have them in the column `CELL`.

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
    cells: dict[tuple[str, ...], list[tuple[str, str, str]]] = {}
    lines = zip(
        kept["study_id"].astype(str).tolist(),
        [basis_of.get(compared, OTHER) for compared in _words(kept, contrast)],
        _words(kept, direction),
        _words(kept, "finding_id"),
        _words(kept, CELL),
        *(_places(kept, axis) for axis in axes),
        strict=True,
    )
    for study, basis, word, finding, cell, *places in lines:
        for place in product(*places):
            cells.setdefault((study, *place, basis), []).append((word, finding, cell))
    strength = {basis: place for place, basis in enumerate((*bases, OTHER))}
    ordered = sorted(cells, key=lambda key: (*map(natural, key[:-1]), strength[key[-1]]))
    rows = [(*key, *_folded(cells[key], threshold)) for key in ordered]
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
    counting: Counting | None = None,
    keep_empty: bool = False,
) -> pd.DataFrame:
    """Studies per cell that has evidence, long form, in the order of `rows_order` and `columns_order`.

    With `keep_empty` every pair of values stands there, those that the orders list and those that a study has, with 0
    where no study has both.

    `directions` gives each study its one direction in a cell; `folded` gives the directions by basis, where a study
    with comparative and uncontrolled findings stands in both. `studies` gives participants (`n`) and `controlled`
    ("yes").

    Columns: the axes, `n_studies`, `n_controlled` (NA where studies have no such field), `n_participants` (each study
    once; NA where no study gave a number), `benefit`, `none`, `harm`, `mixed`, `unclear` (these five add up to
    `n_studies`), `study_ids`, `n_participants_known` (studies that gave a number); for each basis `<basis>_studies` and
    `<basis>_<direction>`; then for every number `<number>_ids`, its members sorted and joined with "; ";
    `participants_rule`, the name of the rule by which people were counted (`participants.RULES`). `counting` names
    another rule, or further fields than `n`.
    """
    axes = _axes(row, column)
    how = counting or Counting(fields=(n,))
    sizes, with_control = participants(studies, how), _controlled(studies, controlled)
    spoken = _by_cell(directions, axes)
    by_basis = _by_cell(folded, axes)
    orders = {row: rows_order, column: columns_order}
    if keep_empty:
        seen = [list(dict.fromkeys([*orders[axis], *directions[axis].astype(str)])) for axis in axes]
        spoken = {key: spoken.get(key, []) for key in product(*seen)}
    rows = []
    for key, said in spoken.items():
        sets = _members(said, by_basis.get(key, []), bases)
        numbers = _numbers(sets, sizes, with_control)
        rows.append({**dict(zip(axes, key, strict=True)), **numbers, "participants_rule": how.rule})
    rows.sort(key=_rank_axes(axes, orders))
    return _counted(rows, axes, _tally_columns(axes, bases))


def totals(
    directions: pd.DataFrame,
    studies: pd.DataFrame,
    *,
    row: str = "condition",
    column: str = "outcome_domain",
    rows_order: Sequence[str] = (),
    columns_order: Sequence[str] = (),
    total: str = "Total",
    controlled: str = "controlled",
    counting: Counting | None = None,
) -> pd.DataFrame:
    """The totals of the tally: each value of an axis over all values of the other, and all; each study counts once.

    Columns: `row` and `column` (one of them or both `total`), `n_studies`, `n_controlled`, `n_participants`,
    `study_ids`, `n_participants_known`, `n_controlled_ids`, `n_participants_known_ids`, `participants_rule`. There are
    no directions: a study may say different things in different cells. Listed values without a study are there with 0.
    """
    how = counting or Counting()
    sizes, with_control = participants(studies, how), _controlled(studies, controlled)
    members: dict[tuple[str, str], set[str]] = {(total, total): set()}
    members |= {(left, total): set() for left in rows_order} | {(total, top): set() for top in columns_order}
    lines = (directions[name].astype(str).tolist() for name in ("study_id", row, column))
    for study, left, top in zip(*lines, strict=True):
        for key in ((left, total), (total, top), (total, total)):
            members.setdefault(key, set()).add(study)
    ranks = (_rank(rows_order), _rank(columns_order))
    ordered = sorted(members, key=lambda key: (key[0] == total, ranks[0](key[0]), key[1] == total, ranks[1](key[1])))
    rows = []
    for key in ordered:
        numbers = _numbers({"n_studies": members[key]}, sizes, with_control)
        rows.append({row: key[0], column: key[1], **numbers, "participants_rule": how.rule})
    numbers_ = ["n_studies", "n_controlled", "n_participants"]
    further = ["study_ids", "n_participants_known", "n_controlled_ids", "n_participants_known_ids"]
    return _counted(rows, [row, column], [row, column, *numbers_, *further, "participants_rule"])


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
    lines = (directions[name].astype(str).tolist() for name in ("study_id", row, column))
    for study, left, top in zip(*lines, strict=True):
        for key in ((left, top), (left, total), (total, top), (total, total)):
            seen.setdefault(key, set()).add(study)
    lefts = _in_order(directions[row], rows_order)
    tops = _in_order(directions[column], columns_order)
    matrix: dict[str, pd.Series] = {row: pd.Series([*lefts, total], dtype="string")}
    for top in (*tops, total):
        matrix[top] = pd.Series([len(seen.get((left, top), ())) for left in (*lefts, total)], dtype="Int64")
    return pd.DataFrame(matrix)


def unplaced(findings: pd.DataFrame) -> list[str]:
    """The `finding_id` of each finding that no fold can count, because it has no `study_id`."""
    lost = findings[column_of(findings, "study_id").isna()]
    return sorted(column_of(lost, "finding_id").dropna().astype(str), key=natural)


def with_study_fields(findings: pd.DataFrame, studies: pd.DataFrame, fields: Sequence[str]) -> pd.DataFrame:
    """Findings with columns of their studies beside them, so that a field of studies can be an axis.

    A column that findings already have is left as it is. A finding whose study is not in `studies` gets no value.
    Several rows of one study are put together first (`study_rows.one_per_study`).
    """
    if "study_id" not in studies.columns or "study_id" not in findings.columns:
        return findings
    facts = one_per_study(studies).set_index("study_id")
    wanted = [name for name in fields if name not in findings.columns and name in facts.columns]
    wanted += [f"{name}__missing" for name in wanted if f"{name}__missing" in facts.columns]
    if not wanted:
        return findings
    return findings.assign(**{name: facts[name].reindex(findings["study_id"]).array for name in wanted})


def _words(frame: pd.DataFrame, name: str) -> list[str]:
    """A column as texts; "" where there is none."""
    return column_of(frame, name).astype("string").fillna("").tolist()


def _places(findings: pd.DataFrame, axis: str) -> list[list[str]]:
    """For each finding its values on an axis; each distinct cell is read once."""
    cells = named(findings, axis)
    read = {cell: values_of(cell) or [MISSING_LABELS[Missing.BLANK]] for cell in set(cells)}
    return [read[cell] for cell in cells]


def _folded(cell: Sequence[tuple[str, str, str]], threshold: Fraction) -> tuple[Any, ...]:
    """The columns of a fold from `direction` on, from the findings' directions, IDs and addresses."""
    words = [word or Direction.UNCLEAR.value for word, _, _ in cell]
    counts = {name: words.count(name) for name in DIRECTIONS}
    verdict, share, why = _lead(counts, threshold)
    without = sum(not word for word, _, _ in cell)
    named_ = sorted({(finding, address) for _, finding, address in cell})
    addresses = SEPARATOR.join(address for _, address in named_ if address)
    ids = joined(finding for finding, _ in named_ if finding)
    return (verdict, len(cell), share, *counts.values(), without, ids, why, addresses)


def _lead(counts: Mapping[str, int], threshold: Fraction) -> tuple[str, float | None, str]:
    """The direction of one cell of one study, the share of the leading direction, and the rule in words."""
    whole = sum(counts.values()) - counts[Direction.UNCLEAR]
    if whole == 0:
        return Direction.UNCLEAR.value, None, "no finding has a clear direction"
    leader = max(SIDES, key=lambda side: counts[side])
    most = counts[leader]
    leads = most * threshold.denominator >= threshold.numerator * whole
    verdict = leader if leads else Direction.MIXED.value
    said = f"{leader} in {most} of {whole}" if most else f"no side in {whole}"
    need = "at least" if leads else "below"
    why = f"{said} that are not unclear: {need} {100 * threshold.numerator / threshold.denominator:.4g} %"
    return verdict, most / whole, why


def _by_cell(frame: pd.DataFrame, axes: Sequence[str]) -> dict[tuple[str, ...], list[tuple[str, str, str]]]:
    """Cell → its studies, each with a basis and a direction."""
    cells: dict[tuple[str, ...], list[tuple[str, str, str]]] = {}
    names = ("study_id", "basis", "direction", *axes)
    for study, basis, direction, *key in zip(*(frame[name].tolist() for name in names), strict=True):
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


def _controlled(studies: pd.DataFrame, controlled: str) -> set[str] | None:
    """The studies with a comparator; None where nobody charted whether there is one."""
    known = one_per_study(studies)
    if controlled not in known.columns and len(known):
        return None
    with_control = (column_of(known, controlled) == "yes").fillna(False).astype(bool)
    return set(known.loc[with_control, "study_id"].astype(str))


def _numbers(
    sets: Mapping[str, set[str]], sizes: Mapping[str, int], with_control: Collection[str] | None
) -> dict[str, Any]:
    """The counts of one cell and their members; people and controlled studies are those of `n_studies`."""
    everybody = sets["n_studies"]
    sets = {
        **sets,
        "n_controlled": everybody.intersection(with_control or ()),
        "n_participants_known": everybody.intersection(sizes),
    }
    people = [sizes[study] for study in sets["n_participants_known"]]
    numbers: dict[str, Any] = {name: len(members) for name, members in sets.items()}
    if with_control is None:
        numbers["n_controlled"] = None
    members = {_ids_name(name): joined(members) for name, members in sets.items()}
    return {**numbers, "n_participants": sum(people) if people else None, **members}


def _counted(rows: Sequence[Mapping[str, Any]], axes: Collection[str], columns: Sequence[str]) -> pd.DataFrame:
    """Counts as a typed frame."""
    texts = {*axes, "participants_rule", *(name for name in columns if name.endswith("_ids"))}
    return pd.DataFrame(rows, columns=list(columns)).astype(
        {name: "string" if name in texts else "Int64" for name in columns}
    )


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
        "why",
        "finding_cells",
    ]


def _typed(folded: pd.DataFrame, axes: Sequence[str]) -> pd.DataFrame:
    text = ("study_id", *axes, "basis", "direction", "finding_ids", "why", "finding_cells")
    whole = ("n_findings", *DIRECTIONS, "n_without_direction")
    return folded.astype({**dict.fromkeys(text, "string"), **dict.fromkeys(whole, "Int64"), "share": "Float64"})


def _tally_columns(axes: Sequence[str], bases: Sequence[str]) -> list[str]:
    by_basis = [f"{basis}_{name}" for basis in bases for name in ("studies", *DIRECTIONS)]
    numbers = ["n_studies", "n_controlled", "n_participants", *DIRECTIONS]
    with_members = ["n_controlled", "n_participants_known", *DIRECTIONS, *by_basis]
    members = [_ids_name(name) for name in with_members]
    return [*axes, *numbers, "study_ids", "n_participants_known", *by_basis, *members, "participants_rule"]


def _ids_name(number: str) -> str:
    return "study_ids" if number == "n_studies" else f"{number}_ids"


def in_order_of_axes(
    lines: pd.DataFrame,
    *,
    row: str | None,
    column: str | None,
    rows_order: Sequence[str] = (),
    columns_order: Sequence[str] = (),
) -> pd.DataFrame:
    """The lines of a table whose axes are `row` and `column`, in the order of these; within a cell as they stand."""
    axes = _axes(row, column)
    key = _rank_axes(axes, {row: rows_order, column: columns_order})
    places = [key(dict(zip(axes, cell, strict=True))) for cell in lines[axes].itertuples(index=False)]
    return lines.iloc[sorted(range(len(places)), key=places.__getitem__)].reset_index(drop=True)


def _rank(order: Sequence[str]) -> Callable[[str], tuple[Any, ...]]:
    """A key that sorts values as the codebook does, others after them, and the words for missing last."""
    place = {value: position for position, value in enumerate(order)}
    last = {label: len(place) + 1 + position for position, label in enumerate(MISSING_LABELS.values())}
    return lambda value: (place.get(value, last.get(value, len(place))), natural(value))


def _rank_axes(
    axes: Sequence[str], orders: Mapping[Any, Sequence[str]]
) -> Callable[[Mapping[str, Any]], tuple[Any, ...]]:
    ranks = {axis: _rank(orders[axis]) for axis in axes}
    return lambda line: tuple(ranks[axis](line[axis]) for axis in axes)


def _in_order(values: pd.Series, order: Sequence[str]) -> list[str]:
    return sorted({*order, *(str(value) for value in values)}, key=_rank(order))
