"""The same counts within strata of the studies: design, controlled, risk of bias, population, bands of dose.

A stratum is a field of studies with a list of values (`charting.FieldSpec`); `bands` makes one of a number or a range.
"""

from bisect import bisect_right
from collections.abc import Sequence
from itertools import pairwise
from typing import Any, Literal

import pandas as pd

from .charting import SEPARATOR, FieldSpec, column, named, number_text, values_of
from .participants import Counting
from .study_rows import one_per_study
from .synthesis import BASES, OTHER, tally

#: Which value of a range puts a study into a band: its upper end, its lower end, or every band that it touches.
End = Literal["upper", "lower", "each"]

COLUMNS = ("stratum", "stratum_label", "category", "category_label", "n_in_stratum")


def bands(
    studies: pd.DataFrame, spec: FieldSpec, edges: Sequence[float], *, end: End = "upper"
) -> tuple[pd.DataFrame, FieldSpec]:
    """The studies with a column `<field>_band`, and the field that it makes, with its values in order.

    `spec` is a number, integer, year or range. A band begins at an edge and ends below the next, so edges 3 and 4.5
    make "below 3", "3 to below 4.5", "4.5 and above", in the field's unit. A range goes by its `end`; with `each` the
    study stands in every band that its range touches. Why a value is missing goes along.

    Raises ValueError unless the edges are one or more rising numbers.
    """
    if not edges or any(low >= high for low, high in pairwise(edges)):
        raise ValueError("The edges of bands must be one or more numbers that rise.")
    unit = f" {spec.unit}" if spec.unit else ""
    told = [number_text(edge) for edge in edges]
    between = [f"{low} to below {high}{unit}" for low, high in pairwise(told)]
    labels = [f"below {told[0]}{unit}", *between, f"{told[-1]}{unit} and above"]
    name = f"{spec.name}_band"
    low, high = (_ends(studies, spec, which) for which in ("low", "high"))
    placed: list[str | None] = []
    for least, most in zip(low, high, strict=True):
        if pd.isna(least) or pd.isna(most):
            placed.append(None)
            continue
        first, last = bisect_right(edges, least), bisect_right(edges, most)
        chosen = {"upper": [last], "lower": [first]}.get(end, list(range(first, last + 1)))
        placed.append(SEPARATOR.join(labels[place] for place in chosen))
    reasons = column(studies, f"{spec.name}__missing").astype("string")
    added = {name: pd.Series(placed, index=studies.index, dtype="string"), f"{name}__missing": reasons}
    kind: Literal["multi", "category"] = "multi" if end == "each" else "category"
    by = {"upper": ", by the upper end", "lower": ", by the lower end", "each": ", each band touched"}[end]
    title = f"{spec.title}{by if spec.kind == 'range' else ''}"
    return studies.assign(**added), FieldSpec(name, title, kind, labels)


def stratified(
    directions: pd.DataFrame,
    studies: pd.DataFrame,
    folded: pd.DataFrame,
    strata: Sequence[FieldSpec],
    *,
    row: str | None = "condition",
    column: str | None = "outcome_domain",
    rows_order: Sequence[str] = (),
    columns_order: Sequence[str] = (),
    bases: Sequence[str] = (*BASES, OTHER),
    controlled: str = "controlled",
    counting: Counting | None = None,
    keep_empty: bool = False,
) -> pd.DataFrame:
    """`synthesis.tally` within each value of each stratum, one under the other.

    Before the columns of the tally stand `stratum` (the field), `stratum_label`, `category`, `category_label` and
    `n_in_stratum` (all studies with that value, also those without findings). Studies without a value stand under the
    words for why; a study with several values counts under each, and a stratum has its groups where the field is
    `grouped`. With `keep_empty` each category has every cell that the review has, with 0 where there is no study.
    """
    known = one_per_study(studies, multi=[spec.name for spec in strata if spec.kind == "multi"])
    seen = [[] if axis is None else sorted(set(directions[axis].astype(str))) for axis in (row, column)]
    how: dict[str, Any] = {
        "row": row,
        "column": column,
        "rows_order": list(dict.fromkeys([*rows_order, *seen[0]])),
        "columns_order": list(dict.fromkeys([*columns_order, *seen[1]])),
        "bases": bases,
        "controlled": controlled,
        "counting": counting,
    }
    tables = [tally(directions[:0], known, folded[:0], **how)]
    tables[0] = tables[0].assign(**{name: pd.Series([], dtype="string") for name in COLUMNS})
    for spec in strata:
        for category, members in _categories(known, spec).items():
            there = [frame["study_id"].astype(str).isin(members) for frame in (directions, folded)]
            counted = tally(directions[there[0]], known, folded[there[1]], keep_empty=keep_empty, **how)
            label = spec.labels.get(category, category)
            about = {"stratum": spec.name, "stratum_label": spec.title, "category": category, "category_label": label}
            tables.append(counted.assign(**about, n_in_stratum=len(members)))
    table = pd.concat(tables, ignore_index=True)
    table = table[[*COLUMNS, *(name for name in table.columns if name not in COLUMNS)]]
    return table.astype({**dict.fromkeys(COLUMNS, "string"), "n_in_stratum": "Int64"})


def _categories(studies: pd.DataFrame, spec: FieldSpec) -> dict[str, set[str]]:
    """Category → its studies: those of the codebook's order that have any, then others, then the words for missing."""
    listed = list(dict.fromkeys(spec.counted_as(value) for value in spec.order))
    found: dict[str, set[str]] = {value: set() for value in listed}
    others: dict[str, set[str]] = {}
    missing: dict[str, set[str]] = {}
    there = column(studies, spec.name).notna().tolist()
    for study, said, given in zip(studies["study_id"].astype(str), named(studies, spec.name), there, strict=True):
        if not given:
            missing.setdefault(said, set()).add(study)
            continue
        for value in values_of(said) if spec.kind == "multi" else [said]:
            name = spec.counted_as(value)
            (found if name in found else others).setdefault(name, set()).add(study)
    whole = {name: ids for name, ids in found.items() if ids} | dict(sorted(others.items()))
    for name, ids in sorted(missing.items()):
        whole[name] = whole.get(name, set()) | ids
    return whole


def _ends(studies: pd.DataFrame, spec: FieldSpec, which: Literal["low", "high"]) -> pd.Series:
    name = f"{spec.name}_{which}" if spec.kind == "range" else spec.name
    return pd.to_numeric(column(studies, name), errors="coerce")
