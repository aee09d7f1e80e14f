"""Checks typed frames with pandera schemas that are built from the codebook.

pandera is given only clean typed columns, one check a thing, so that no failure hides another: parsing has
already taken out what is not of the column's type, and a value that is missing for a stated reason is no failure.
"""

from typing import TYPE_CHECKING, NamedTuple

from .codebook import FieldSpec, TableSpec
from .terms import Missing

if TYPE_CHECKING:
    import pandas as pd
    import pandera.pandas as pa


class Failure(NamedTuple):
    """A value that breaks a constraint: its row's position, its field, the rule, and the constraint's bound."""

    position: int
    field: str
    rule: str
    expected: str


def schema(table: TableSpec, columns: set[str]) -> "pa.DataFrameSchema":
    """The pandera schema of one table's typed frame, for the columns that the frame has."""
    import pandera.pandas as pa

    checked: dict[str, pa.Column] = {}
    for spec in table.fields:
        checked |= {name: column for name, column in _columns(spec, table).items() if name in columns}
    return pa.DataFrameSchema(checked, strict=False, coerce=False, name=table.name)


def _columns(spec: FieldSpec, table: TableSpec) -> "dict[str, pa.Column]":
    import pandera.pandas as pandera

    limits, name, what = spec.constraints, spec.name, spec.what
    columns: dict[str, pandera.Column] = {}
    if limits.required and name not in table.primary_key:
        wanted = pandera.Check(_not_blank, name="required", error="required")
        columns[f"{name}__missing"] = pandera.Column(nullable=True, checks=[wanted], required=False)
    checks: list[pandera.Check] = []
    if what == "text" or (what == "multi" and not spec.allowed):
        if limits.pattern:
            checks.append(pandera.Check.str_matches(f"(?:{limits.pattern})$", name="wrong_form", error="wrong_form"))
        if limits.minLength is not None or limits.maxLength is not None:
            least, most = limits.minLength, limits.maxLength
            if least is not None:
                checks.append(pandera.Check.str_length(min_value=least, name="too_short", error="too_short"))
            if most is not None:
                checks.append(pandera.Check.str_length(max_value=most, name="too_long", error="too_long"))
    lowest, highest = {"range": (f"{name}_low", f"{name}_high"), "bounded": (f"{name}_number",) * 2}.get(
        what, (name, name)
    )
    bounds: dict[str, list[pandera.Check]] = {}
    if what in ("integer", "number", "range", "bounded"):
        if limits.minimum is not None:
            bounds.setdefault(lowest, []).append(
                pandera.Check.ge(limits.minimum, name="below_minimum", error="below_minimum")
            )
        if limits.maximum is not None:
            bounds.setdefault(highest, []).append(
                pandera.Check.le(limits.maximum, name="above_maximum", error="above_maximum")
            )
    for column, its in bounds.items():
        columns[column] = pandera.Column(nullable=True, checks=its, required=False)
    if what == "category":
        checks.append(
            pandera.Check.isin([value.value for value in spec.allowed], name="not_allowed", error="not_allowed")
        )
    if checks and name not in columns:
        columns[name] = pandera.Column(nullable=True, checks=checks, required=False)
    return columns


def _not_blank(missing: "pd.Series") -> "pd.Series":
    return missing != str(Missing.BLANK)


def make_ready() -> None:
    """Have pandera load its engine, which it does at the first check of a process."""
    import pandas as pd
    import pandera.pandas as pandera

    pandera.DataFrameSchema({"n": pandera.Column(int, pandera.Check.ge(0))}).validate(pd.DataFrame({"n": [1]}))


def check(frame: "pd.DataFrame", table: TableSpec) -> list[Failure]:
    """All failures of a typed frame (with a RangeIndex), by position and field."""
    import pandera.errors

    if frame.empty:
        return []
    try:
        schema(table, set(frame.columns)).validate(frame, lazy=True)
    except pandera.errors.SchemaErrors as found:
        cases = found.failure_cases
    else:
        return []
    failures: list[Failure] = []
    suffixed = {
        f"{spec.name}{suffix}": spec
        for spec in table.fields
        for suffix in ("", "_low", "_high", "_number", "__missing")
    }
    for rule, column, position in zip(cases["check"], cases["column"], cases["index"], strict=True):
        spec = suffixed[column]
        failures.append(Failure(int(position), spec.name, str(rule), _bound(spec, str(rule))))
    return sorted(set(failures))


def _bound(spec: FieldSpec, rule: str) -> str:
    limits = spec.constraints
    bound = {
        "below_minimum": limits.minimum,
        "above_maximum": limits.maximum,
        "too_short": limits.minLength,
        "too_long": limits.maxLength,
    }.get(rule)
    return f"{bound:g}" if bound is not None else ""
