"""Characteristics of the sources of evidence (PRISMA-ScR items 10, 11, 15): what was charted, counted in studies."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import pandas as pd

from .terms import Missing

if TYPE_CHECKING:
    from . import codebook

Kind = Literal["text", "category", "multi", "integer", "number", "range", "date"]

#: What joins the values of a multi-valued field, and the members of a number.
SEPARATOR = "; "

#: The kinds of missing in the order in which they close a field, and what a reader is told.
MISSING_LABELS: Mapping[str, str] = {
    Missing.NR: "not reported",
    Missing.NA: "not applicable",
    Missing.UNCLEAR: "unclear",
    Missing.BLANK: "not charted yet",
    Missing.QUARANTINED: "value set aside",
    Missing.CONFLICT: "reviewers differ",
}

COLUMNS = (
    "field",
    "field_label",
    "kind",
    "multi",
    "category",
    "category_label",
    "missing",
    "n",
    "denominator",
    "percent",
    "summary",
    "unit",
    "study_ids",
)


@dataclass(frozen=True)
class FieldSpec:
    """How a charted field is shown: label, kind, unit, its values in the codebook's order and their labels."""

    name: str
    label: str = ""
    kind: Kind = "text"
    order: Sequence[str] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    unit: str = ""

    @property
    def title(self) -> str:
        return self.label or self.name.replace("_", " ").capitalize()

    @classmethod
    def of(cls, item: "codebook.FieldSpec") -> "FieldSpec":
        """The same data item as the codebook defines it."""
        kind: Kind = "text" if item.what == "bounded" else item.what
        return cls(item.name, item.label, kind, tuple(value.value for value in item.allowed), item.labels(), item.unit)


def characteristics(studies: pd.DataFrame, fields: Sequence[FieldSpec], *, keep_empty: bool = False) -> pd.DataFrame:
    """Each field's values with the studies that have them, in long form, in the order of `fields`.

    `studies`: the typed frame, one row per study with `study_id`. A field's column may be absent: nothing is charted
    then.

    Columns: `field`, `field_label`, `kind`; `multi` (True: a study counts once for each of its values, so the rows of
    the field add up to more than the denominator); `category`, `category_label`; `missing` (True: the row tells why
    there is no value); `n` studies, `denominator` (all studies), `percent` (0 to 100, NA without studies); `summary`
    (text: median, IQR and range of a number or range, first and last date), `unit`, `study_ids` (sorted, joined with
    "; ").

    Categories stand in the codebook's order, values that it does not list after them by size. The kinds of missing stay
    apart and close the field. `keep_empty` keeps the codebook's categories that no study has.
    """
    everybody = set(_ids(studies))
    rows = []
    for spec in fields:
        about = {"field": spec.name, "field_label": spec.title, "kind": spec.kind, "unit": spec.unit}
        for line in _lines(studies, spec, keep_empty):
            ids = line.pop("ids")
            share = 100 * len(ids) / len(everybody) if everybody else None
            counts = {"n": len(ids), "denominator": len(everybody), "percent": share, "study_ids": joined(ids)}
            rows.append({**about, "multi": spec.kind == "multi", **counts, **line})
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    other = {"n": "Int64", "denominator": "Int64", "percent": "Float64", "multi": "boolean", "missing": "boolean"}
    return table.astype({name: other.get(name, "string") for name in COLUMNS})


def by_study(studies: pd.DataFrame, fields: Sequence[FieldSpec]) -> pd.DataFrame:
    """One row per study, sorted by `study_id`; the fields' labels (with their units) are the headers.

    Numbers stay numbers; categories are shown by their labels; where there is no value the cell says why.
    """
    shown: dict[str, list[Any]] = {}
    ordered = _with_id(studies).sort_values("study_id", kind="stable")
    listed = list(fields)
    if all(spec.name != "study_id" for spec in listed):
        listed.insert(0, FieldSpec("study_id", "Study"))
    for spec in listed:
        header = f"{spec.title} ({spec.unit})" if spec.unit else spec.title
        shown[f"{header} [{spec.name}]" if header in shown else header] = [
            MISSING_LABELS[why] if why is not None else _shown(value, spec)
            for value, why in zip(column(ordered, spec.name), missing_kinds(ordered, spec.name), strict=True)
        ]
    return pd.DataFrame({header: pd.Series(cells, dtype=object) for header, cells in shown.items()})


def column(frame: pd.DataFrame, name: str) -> pd.Series:
    """The column `name`, or as many missing values where the frame lacks it."""
    return frame[name] if name in frame.columns else pd.Series(pd.NA, index=frame.index, dtype="string")


def missing_kinds(frame: pd.DataFrame, name: str) -> list[Missing | None]:
    """For each row why `name` has no value; None where it has one. Without `name__missing` no value counts as blank."""
    reasons = column(frame, f"{name}__missing")
    return [
        None if there else Missing.BLANK if pd.isna(why) else Missing(why)
        for there, why in zip(column(frame, name).notna(), reasons, strict=True)
    ]


def named(frame: pd.DataFrame, name: str) -> list[str]:
    """For each row the value of `name` as text, or the words for why it is missing."""
    return [
        MISSING_LABELS[why] if why is not None else str(value)
        for value, why in zip(column(frame, name), missing_kinds(frame, name), strict=True)
    ]


def values_of(cell: str) -> list[str]:
    """The values of a multi-valued cell, each once, in their order."""
    return list(dict.fromkeys(part.strip() for part in cell.split(SEPARATOR.strip()) if part.strip()))


def joined(members: Iterable[Any]) -> str:
    """Members of a number: each once, sorted, in one text."""
    return SEPARATOR.join(sorted({str(member) for member in members}))


def number_text(value: float) -> str:
    """A number with at most two decimals and none that say nothing."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def _lines(studies: pd.DataFrame, spec: FieldSpec, keep_empty: bool) -> list[dict[str, Any]]:
    """The rows of one field: `category`, `category_label`, `missing`, `summary`, `ids`."""
    studies = _with_id(studies)
    why = missing_kinds(studies, spec.name)
    charted = studies.loc[[kind is None for kind in why]]
    if spec.kind in ("integer", "number", "range", "date"):
        lines = [_summary_line(charted, spec)]
    else:
        lines = _category_lines(charted, spec, keep_empty)
    for kind, label in MISSING_LABELS.items():
        ids = {study for study, other in zip(studies["study_id"], why, strict=True) if other == kind}
        if ids:
            lines.append({"category": label, "category_label": label, "missing": True, "summary": "", "ids": ids})
    return lines


def _category_lines(charted: pd.DataFrame, spec: FieldSpec, keep_empty: bool) -> list[dict[str, Any]]:
    members: dict[str, set[str]] = {value: set() for value in spec.order}
    if spec.name in charted.columns:
        for study, cell in zip(charted["study_id"], charted[spec.name], strict=True):
            for value in values_of(str(cell)) if spec.kind == "multi" else [str(cell)]:
                members.setdefault(value, set()).add(study)
    place = {value: position for position, value in enumerate(spec.order)}
    ordered = sorted(
        members, key=lambda value: (place.get(value, len(place)), -len(members[value]), value.casefold(), value)
    )
    return [
        {
            "category": value,
            "category_label": spec.labels.get(value, value),
            "missing": False,
            "summary": "",
            "ids": members[value],
        }
        for value in ordered
        if members[value] or keep_empty
    ]


def _summary_line(charted: pd.DataFrame, spec: FieldSpec) -> dict[str, Any]:
    line = {"category": "value", "missing": False, "ids": set(charted["study_id"])}
    if spec.kind == "date":
        dates = sorted(str(value) for value in column(charted, spec.name))
        return {**line, "category_label": "first to last", "summary": f"{dates[0]} to {dates[-1]}" if dates else ""}
    if spec.kind == "range":
        return {**line, **_range_summary(charted, spec)}
    return {**line, "category_label": "median (IQR; range)", "summary": _median_text(column(charted, spec.name))}


def _range_summary(charted: pd.DataFrame, spec: FieldSpec) -> dict[str, str]:
    """A study that gives a range has no single value, so the lower and the upper ends are told apart."""
    low, high = (
        pd.to_numeric(column(charted, f"{spec.name}_{end}"), errors="coerce").astype("Float64")
        for end in ("low", "high")
    )
    true_ranges = int((low != high).fillna(False).sum())
    if not true_ranges:
        return {"category_label": "median (IQR; range)", "summary": _median_text(high)}
    told = f"lower end {_median_text(low)}; upper end {_median_text(high)}; given as a range in {true_ranges}"
    return {"category_label": "median (IQR; range) of each end", "summary": told}


def _median_text(values: pd.Series) -> str:
    from .statistics import median_iqr

    known = [float(value) for value in values.dropna()]
    spread = median_iqr(known)
    if spread is None:
        return ""
    median, q1, q3, least, most = map(
        number_text, (spread.median, spread.q1, spread.q3, spread.minimum, spread.maximum)
    )
    if spread.n == 1:
        return median
    return f"{median} (IQR {q1} to {q3}; range {least} to {most})"


def _shown(value: Any, spec: FieldSpec) -> Any:
    if spec.kind == "multi":
        return SEPARATOR.join(spec.labels.get(part, part) for part in values_of(str(value)))
    if spec.kind == "integer":
        return int(value)
    if spec.kind == "number":
        return float(value)
    return spec.labels.get(str(value), str(value))


def _with_id(studies: pd.DataFrame) -> pd.DataFrame:
    """The rows that have a `study_id`; a row without one is no study."""
    if "study_id" not in studies.columns:
        return pd.DataFrame({"study_id": pd.Series([], dtype="string")})
    return studies[studies["study_id"].notna()]


def _ids(studies: pd.DataFrame) -> list[str]:
    return [str(study) for study in _with_id(studies)["study_id"]]
