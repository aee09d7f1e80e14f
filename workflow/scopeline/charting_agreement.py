"""How well reviewers agree in what they charted, field by field, and where one seems to use another unit.

The figures are of the reviewers' own rows; a consensus changes none of them. A blank is no judgement, and a missing
code ("not reported") is a category like any other. What cannot be estimated is `NA`, never NaN.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from .agreement import agree
from .agreement_words import decimal, percent
from .codebook import FieldSpec, TableSpec
from .statistics import Interval, fleiss_kappa, krippendorff_alpha

#: One line a field and pair of reviewers, and one that pools the pairs where there are several; see `agreement`.
AGREEMENT_COLUMNS = {
    "table": "str",
    "field": "str",
    "reviewer_a": "str",
    "reviewer_b": "str",
    "n": "Int64",
    "coverage": "Float64",
    "counts": "str",
    "agree": "Int64",
    "percent_agreement": "Float64",
    "kappa": "Float64",
    "kappa_low": "Float64",
    "kappa_high": "Float64",
    "pabak": "Float64",
    "ac1": "Float64",
    "ac1_low": "Float64",
    "ac1_high": "Float64",
    "prevalence_index": "Float64",
    "bias_index": "Float64",
    "fleiss_kappa": "Float64",
    "fleiss_low": "Float64",
    "fleiss_high": "Float64",
    "alpha": "Float64",
    "alpha_low": "Float64",
    "alpha_high": "Float64",
    "jaccard": "Float64",
    "one_sided": "Int64",
    "note": "str",
    "sentence": "str",
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
    """How well each pair of reviewers agrees in each field, and all pairs together where there are several.

    In: for each field (a name of the table) and two reviewers the cells that both could have charted.

    Out: the columns of `AGREEMENT_COLUMNS`, fields in the order of the table, pairs by name; the line of all pairs
    names `ALL` twice. What does not apply or cannot be estimated is `NA`, texts are then "".

    - `n`: cells both filled with something usable; `one_sided`: cells only one of the two filled; `coverage`: n of
      both; `agree` and `percent_agreement` (0 to 1): how many of the n are equal.
    - Categories: `counts`, the table as "yes/no: 3; ..." with reviewer_a first, its empty cells left out; Cohen's
      kappa, PABAK and Gwet's AC1 with intervals as in `agreement.agree`, over the codebook's values and the missing
      codes that were used; `prevalence_index` and `bias_index` where these are two.
    - Categories, all pairs: `fleiss_kappa` where every row was charted by the same number of reviewers, and
      Krippendorff's nominal `alpha` in any case, on rows and not on pairs of them.
    - Multi-valued fields: `jaccard`, the mean share of values in common.
    - `note`: what must be said beside the figures; `sentence`: the line as a reader's sentence, with its note.
    """
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
    whole = [
        {"table": table.name, "counts": "", **line, "sentence": _sentence(table.by_name[line["field"]], line)}
        for line in lines
    ]
    return frame_of(whole, AGREEMENT_COLUMNS)


def _sentence(spec: FieldSpec, line: Mapping[str, Any]) -> str:
    """The line as a reader's sentence: "Design: Ann and Bob charted 12 rows; they agreed on 91.7 %; ..."."""
    n, pooled = line["n"], line["reviewer_a"] == ALL
    who = "all pairs of reviewers" if pooled else f"{line['reviewer_a']} and {line['reviewer_b']}"
    what = ("pair of cells" if n == 1 else "pairs of cells") if pooled else ("row" if n == 1 else "rows")
    told = f"{spec.label}: {who} charted {n:,} {what}"
    told += f" (one of the two alone {line['one_sided']:,})" if line["one_sided"] else ""
    if n:
        told += f"; they agreed on {percent(line['percent_agreement'])}"
    named = (
        ("kappa", "Cohen's kappa", "kappa"),
        ("pabak", "PABAK", None),
        ("ac1", "Gwet's AC1", "ac1"),
        ("fleiss_kappa", "Fleiss' kappa", "fleiss"),
        ("alpha", "Krippendorff's alpha", "alpha"),
        ("jaccard", "mean share of values in common", None),
    )
    parts = []
    for name, label, stem in named:
        if name in line:
            value = line[name]
            low = line.get(f"{stem}_low")
            between = f" (95 % interval {decimal(low)} to {decimal(line[f'{stem}_high'])})" if low is not None else ""
            parts.append(f"{label} {'not estimable' if value is None else decimal(value) + between}")
    told += f"; {', '.join(parts)}" if parts else ""
    return f"{told}. {line['note']}".strip()


def _line(spec: FieldSpec, cells: list[Pair], *, pooled: bool = False) -> dict[str, Any]:
    usable = [pair for pair in cells if UNUSABLE not in (pair.a, pair.b)]
    joint = [pair for pair in usable if pair.a is not None and pair.b is not None]
    equal = sum(pair.a == pair.b for pair in joint)
    line: dict[str, Any] = {
        "field": spec.name,
        "n": len(joint),
        "coverage": None,
        "agree": equal,
        "percent_agreement": equal / len(joint) if joint else None,
        "one_sided": sum((pair.a is None) != (pair.b is None) for pair in usable),
        "note": "" if joint else "No row was charted by both reviewers: agreement is not estimable.",
    }
    either = len(joint) + line["one_sided"]
    line["coverage"] = len(joint) / either if either else None
    if not joint:
        return line
    if spec.what == "multi":
        line["jaccard"] = _jaccard(joint)
        line["note"] = "Equal means the same set of values."
    elif spec.what == "category" and pooled:
        line |= _of_all(spec, joint)
    elif spec.what == "category":
        line |= _chance_corrected(spec, joint)
    return line


def _chance_corrected(spec: FieldSpec, joint: list[Pair]) -> dict[str, Any]:
    categories = _categories(spec, joint)
    if len(categories) < 2:
        return {"note": "There is only one category: kappa is not estimable."}
    place = {category: number for number, category in enumerate(categories)}
    counts = np.zeros((len(categories), len(categories)), dtype=int)
    for pair in joint:
        counts[place[pair.a], place[pair.b]] += 1
    figures = agree(counts.tolist())
    shown = [str(category[1]) for category in categories if category is not None]
    line: dict[str, Any] = {
        "counts": "; ".join(f"{shown[a]}/{shown[b]}: {counts[a, b]}" for a, b in np.argwhere(counts).tolist()),
        "kappa": figures.kappa,
        "pabak": figures.pabak,
        "ac1": figures.ac1,
        "prevalence_index": figures.prevalence_index,
        "bias_index": figures.bias_index,
        "note": figures.note.replace("every record", "every row"),
    }
    return line | _limits("kappa", figures.kappa_interval) | _limits("ac1", figures.ac1_interval)


def _limits(stem: str, interval: Interval | None) -> dict[str, float | None]:
    return {f"{stem}_low": interval.low if interval else None, f"{stem}_high": interval.high if interval else None}


def _categories(spec: FieldSpec, joint: list[Pair]) -> list[Cell]:
    """The codebook's values and, behind them, what else was charted."""
    used = {cell for pair in joint for cell in (pair.a, pair.b) if cell is not None}
    known: list[Cell] = [("value", value.value) for value in spec.allowed]
    return [*known, *sorted(used - set(known), key=str)]


def _of_all(spec: FieldSpec, joint: list[Pair]) -> dict[str, Any]:
    """Fleiss' kappa and Krippendorff's alpha on the rows that the pairs were made of."""
    said = "Pairs of reviewers pooled; kappa and AC1 stand at each pair."
    categories = _categories(spec, joint)
    if len(categories) < 2:
        return {"note": f"{said} There is only one category: alpha is not estimable."}
    place = {category: number for number, category in enumerate(categories)}
    profiles: Counter[tuple[int, ...]] = Counter()
    for cells in _rows(joint):
        counts = [0] * len(categories)
        for cell in cells:
            counts[place[cell]] += 1
        profiles[tuple(counts)] += 1
    alpha = krippendorff_alpha(profiles)
    notes = [said] + ([f"Krippendorff's alpha: {_lowered(alpha.why)}"] if alpha.why else [])
    line: dict[str, Any] = {"alpha": alpha.value, **_limits("alpha", alpha.interval)}
    if len({sum(profile) for profile in profiles}) == 1:
        fleiss = fleiss_kappa(profiles)
        line |= {"fleiss_kappa": fleiss.value, **_limits("fleiss", fleiss.interval)}
    else:
        notes.append("Not every row was charted by the same number of reviewers: no Fleiss' kappa.")
    return {**line, "note": " ".join(notes).replace("Every record", "every row").replace("every record", "every row")}


def _lowered(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]


def _rows(joint: list[Pair]) -> list[list[Cell]]:
    """The cells of each row that several charted, put together from its pairs."""
    cell_at = {at: cell for pair in joint for at, cell in ((pair.position_a, pair.a), (pair.position_b, pair.b))}
    leader = {at: at for at in cell_at}

    def first(at: int) -> int:
        while leader[at] != at:
            leader[at] = leader[leader[at]]
            at = leader[at]
        return at

    for pair in joint:
        a, b = sorted((first(pair.position_a), first(pair.position_b)))
        leader[b] = a
    rows: dict[int, list[Cell]] = {}
    for at in sorted(cell_at):
        rows.setdefault(first(at), []).append(cell_at[at])
    return list(rows.values())


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
