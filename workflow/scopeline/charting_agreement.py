"""How well two reviewers agree in what they charted, field by field, and where one seems to use another unit."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from .agreement import agree
from .codebook import FieldSpec, TableSpec

#: One line a field and pair of reviewers, and one that pools the pairs where there are several; see `fold`.
AGREEMENT_COLUMNS = {
    "table": "str",
    "field": "str",
    "reviewer_a": "str",
    "reviewer_b": "str",
    "n": "Int64",
    "agree": "Int64",
    "percent_agreement": "Float64",
    "kappa": "Float64",
    "kappa_low": "Float64",
    "kappa_high": "Float64",
    "ac1": "Float64",
    "jaccard": "Float64",
    "one_sided": "Int64",
    "note": "str",
}

#: One line a numeric field in which all of one reviewer's values are the other's times one number.
FACTOR_COLUMNS = {
    "table": "str",
    "field": "str",
    "reviewer_a": "str",
    "reviewer_b": "str",
    "factor": "float64",
    "n": "int64",
    "position_a": "int64",
    "position_b": "int64",
}

#: A pair of reviewers in lines that pool all pairs.
ALL = "all pairs"

#: A constant factor is pointed out from this number of rows on.
_LEAST_FOR_FACTOR = 3
#: A cell as it is compared: None is blank, otherwise ("value", …), ("missing", code) or `UNUSABLE`.
Cell = tuple[str, Any] | None
UNUSABLE: Cell = ("unusable", None)


@dataclass
class Pair:
    """One field of one row that two reviewers charted."""

    a: Cell
    b: Cell
    position_a: int
    position_b: int


def frame_of(lines: Sequence[Mapping[str, Any]], columns: Mapping[str, str]) -> pd.DataFrame:
    return pd.DataFrame(list(lines), columns=list(columns)).astype(dict(columns)) if lines else empty(columns)


def empty(columns: Mapping[str, str]) -> pd.DataFrame:
    return pd.DataFrame(columns=list(columns)).astype(dict(columns))


def agreement(table: TableSpec, pairs: Mapping[tuple[str, str, str], list[Pair]]) -> pd.DataFrame:
    by_field: dict[str, list[tuple[str, str, list[Pair]]]] = {}
    for (name, a, b), cells in sorted(pairs.items()):
        by_field.setdefault(name, []).append((a, b, cells))
    lines = []
    for spec in table.fields:
        listed = by_field.get(spec.name, [])
        lines += [{**_line(spec, cells), "reviewer_a": a, "reviewer_b": b} for a, b, cells in listed]
        if len(listed) > 1:
            pooled = _line(spec, [cell for _, _, cells in listed for cell in cells], pooled=True)
            lines.append({**pooled, "reviewer_a": ALL, "reviewer_b": ALL})
    return frame_of([{"table": table.name, **line} for line in lines], AGREEMENT_COLUMNS)


def _line(spec: FieldSpec, cells: list[Pair], *, pooled: bool = False) -> dict[str, Any]:
    usable = [pair for pair in cells if UNUSABLE not in (pair.a, pair.b)]
    joint = [pair for pair in usable if pair.a is not None and pair.b is not None]
    equal = sum(pair.a == pair.b for pair in joint)
    line: dict[str, Any] = {
        "field": spec.name,
        "n": len(joint),
        "agree": equal,
        "percent_agreement": equal / len(joint) if joint else None,
        "one_sided": sum((pair.a is None) != (pair.b is None) for pair in usable),
        "note": "" if joint else "No row was charted by both reviewers: agreement is not estimable.",
    }
    if not joint:
        return line
    if spec.what == "multi":
        line["jaccard"] = _jaccard(joint)
        line["note"] = "Equal means the same set of values."
    elif spec.what == "category" and pooled:
        line["note"] = "Pairs of reviewers pooled; kappa and AC1 stand at each pair."
    elif spec.what == "category":
        line |= _chance_corrected(spec, joint)
    return line


def _chance_corrected(spec: FieldSpec, joint: list[Pair]) -> dict[str, Any]:
    used = {cell for pair in joint for cell in (pair.a, pair.b) if cell is not None}
    known: list[Cell] = [("value", value.value) for value in spec.allowed]
    categories = [*known, *sorted(used - set(known), key=str)]
    if len(categories) < 2:
        return {"note": "There is only one category: kappa is not estimable."}
    place = {category: number for number, category in enumerate(categories)}
    counts = np.zeros((len(categories), len(categories)), dtype=int)
    for pair in joint:
        counts[place[pair.a], place[pair.b]] += 1
    figures = agree(counts.tolist())
    interval = figures.kappa_interval
    return {
        "kappa": figures.kappa,
        "kappa_low": interval.low if interval else None,
        "kappa_high": interval.high if interval else None,
        "ac1": figures.ac1,
        "note": figures.note.replace("every record", "every row"),
    }


def _jaccard(joint: list[Pair]) -> float | None:
    """Mean of |A and B| / |A or B| where both gave values."""
    sets = [(pair.a[1], pair.b[1]) for pair in joint if pair.a and pair.b and pair.a[0] == pair.b[0] == "value"]
    return sum(len(a & b) / len(a | b) for a, b in sets) / len(sets) if sets else None


def factors(table: TableSpec, pairs: Mapping[tuple[str, str, str], list[Pair]]) -> list[dict[str, Any]]:
    """Numeric fields in which each of one reviewer's values is the other's times one number, as with another unit.

    Zeros say nothing; at least three rows with two different values are needed.
    """
    found = []
    for (name, a, b), cells in sorted(pairs.items()):
        if table.by_name[name].what not in ("integer", "number", "range", "bounded"):
            continue
        numbers = [(pair, x, y) for pair in cells for x, y in _numbers(pair) if x or y]
        rows = {pair.position_a for pair, _, _ in numbers}
        if len(rows) < _LEAST_FOR_FACTOR or not all(x and y for _, x, y in numbers):
            continue
        ratios = [y / x for _, x, y in numbers]
        varied = len({x for _, x, _ in numbers}) > 1
        if varied and not np.isclose(ratios[0], 1, rtol=1e-6) and np.allclose(ratios, ratios[0], rtol=1e-6, atol=0):
            first = numbers[0][0]
            found.append(
                {
                    "table": table.name,
                    "field": name,
                    "reviewer_a": a,
                    "reviewer_b": b,
                    "factor": float(f"{ratios[0]:.6g}"),
                    "n": len(rows),
                    "position_a": first.position_a,
                    "position_b": first.position_b,
                }
            )
    return found


def _numbers(pair: Pair) -> Iterator[tuple[float, float]]:
    if not (pair.a and pair.b and pair.a[0] == pair.b[0] == "value"):
        return
    a, b = pair.a[1], pair.b[1]
    if not isinstance(a, tuple):
        a, b = (a,), (b,)
    for x, y in zip(a, b, strict=True):
        if isinstance(x, float) and isinstance(y, float):
            yield x, y
