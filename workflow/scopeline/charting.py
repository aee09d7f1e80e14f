"""Characteristics of the sources of evidence (PRISMA-ScR items 10, 11, 15): what was charted, counted in studies."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

import pandas as pd

from .natural_order import natural
from .study_rows import one_per_study
from .terms import Missing

if TYPE_CHECKING:
    from . import codebook

Kind = Literal["text", "category", "multi", "integer", "year", "number", "range", "date"]

#: What joins the values of a multi-valued field, and the members of a number.
SEPARATOR = "; "

#: The kinds of missing in the order in which they close a field, and what a reader is told.
MISSING_LABELS: Mapping[str, str] = {
    Missing.NR: "not reported",
    Missing.NA: "not applicable",
    Missing.UNCLEAR: "unclear",
    Missing.BLANK: "not charted yet",
    Missing.QUARANTINED: "value set aside",
    Missing.CONFLICT: "charted differently",
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
    "group",
)

CROSS_COLUMNS = ("by", "by_label", "by_category", "by_category_label", "by_missing", *COLUMNS)

#: What a row says of the studies that a gate leaves out of a field's denominator.
NOT_ASKED = "not asked"


@dataclass(frozen=True)
class Gate:
    """Where a field is not asked: in every study whose parents all have one of the words given for them.

    Words are values, the codes for missing values, `present` and `absent`, as in the codebook's rules.
    """

    closed: Mapping[str, Sequence[str]]
    label: str = ""

    @property
    def said(self) -> str:
        """What a reader is told of the studies behind the gate."""
        told = " and ".join(f"{parent} is {' or '.join(words)}" for parent, words in self.closed.items())
        return f"{NOT_ASKED}: {self.label or told}"


@dataclass(frozen=True)
class FieldSpec:
    """How a charted field is shown: label, kind, unit, its values in the codebook's order and their labels.

    `groups` puts values together under names of groups; `by_group` counts groups in place of values. A study that one
    of the `gates` shuts out is not in the field's denominator.
    """

    name: str
    label: str = ""
    kind: Kind = "text"
    order: Sequence[str] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    unit: str = ""
    groups: Mapping[str, str] = field(default_factory=dict)
    by_group: bool = False
    gates: Sequence[Gate] = ()

    @property
    def title(self) -> str:
        return self.label or self.name.replace("_", " ").capitalize()

    @classmethod
    def of(cls, item: "codebook.FieldSpec") -> "FieldSpec":
        """The same data item as the codebook defines it."""
        kind: Kind = "text" if item.what == "bounded" else "year" if item.type == "year" else item.what
        order = tuple(value.value for value in item.allowed)
        unit = "" if item.unit.casefold() == item.label.casefold() else item.unit  # "Sessions per week" says its unit
        return cls(item.name, item.label, kind, order, item.labels(), unit, item.groups())

    def grouped(self) -> "FieldSpec":
        """The same field, counted by its values' groups in place of the values; as it is where it has no groups."""
        return replace(self, by_group=bool(self.groups))

    def counted_as(self, value: str) -> str:
        """The category under which a value counts."""
        return self.groups.get(value, value) if self.by_group else value


def gates(table: "codebook.TableSpec") -> dict[str, list[Gate]]:
    """Field → its gates, from the table's rules: where a rule forbids a field, it is not asked.

    A rule that names the field itself among its conditions speaks of a contradiction and is no gate.
    """
    found: dict[str, list[Gate]] = {}
    for rule in table.rules:
        closed = {parent: [words] if isinstance(words, str) else list(words) for parent, words in rule.when.items()}
        told = []
        for parent, words in closed.items():
            item = table.by_name[parent]
            labels = item.labels()
            told.append(f"{item.label} is {' or '.join(labels.get(word, word) for word in words)}")
        for name in rule.forbid:
            if closed and name not in closed:
                found.setdefault(name, []).append(Gate(closed, " and ".join(told)))
    return found


def characteristics(studies: pd.DataFrame, fields: Sequence[FieldSpec], *, keep_empty: bool = False) -> pd.DataFrame:
    """Each field's values with the studies that have them, in long form, in the order of `fields`.

    `studies`: the typed frame, one row per study with `study_id`. A field's column may be absent: nothing is charted
    then.

    Columns: `field`, `field_label`, `kind`; `multi` (True: a study counts once for each of its values, so the rows of
    the field add up to more than the denominator); `category`, `category_label`; `missing` (True: the row tells why
    there is no value); `n` studies, `denominator` (all studies), `percent` (0 to 100, NA without studies); `summary`
    (text: median, IQR and range of a number or range, first and last year or date), `unit`, `study_ids` (sorted, joined
    with "; "), `group` (that of the category, NA without one).

    Rows of several reports of one study are put together first (`study_rows.one_per_study`). The studies that a gate
    shuts out close the field in a row of their own, of all studies, and are in no other denominator of the field: what
    is not asked is not missing.

    Categories stand in the codebook's order, values that it does not list after them by size. The kinds of missing stay
    apart and close the field. `keep_empty` keeps the codebook's categories that no study has.
    """
    studies = one_per_study(studies, multi=_multi(fields))
    return _typed([row for spec in fields for row in _rows(studies, spec, keep_empty)], COLUMNS)


def cross(
    studies: pd.DataFrame, fields: Sequence[FieldSpec], by: FieldSpec, *, keep_empty: bool = False
) -> pd.DataFrame:
    """Each field's values within each value of the field `by` (design by country, dose by risk of bias), long form.

    Columns: those of `characteristics`, with `denominator` and `percent` of the studies that have this value of `by`
    (and are asked the field); before them `by`, `by_label`, `by_category`, `by_category_label`, `by_missing` (True:
    these studies have no value of `by`). Every value of a field that any study has stands under each value of `by`,
    also where no study has both. A study with several values of `by` stands under each.

    Raises ValueError where `by` is a number, range or date: give it bands first (`strata.bands`).
    """
    if by.kind in ("integer", "number", "range", "date"):
        raise ValueError(f"'{by.name}' is a number or a date, not a list of values: put it into bands first.")
    studies = one_per_study(studies, multi=_multi([*fields, by]))
    rows = []
    for outer in _lines(studies, replace(by, kind="category") if by.kind == "year" else by, keep_empty):
        within = studies[studies["study_id"].astype(str).isin(outer["ids"])]
        stratum = {
            "by": by.name,
            "by_label": by.title,
            "by_category": outer["category"],
            "by_category_label": outer["category_label"],
            "by_missing": outer["missing"],
        }
        for spec in fields:
            found = {(row["category"], row["missing"]): row for row in _rows(within, spec, keep_empty)}
            asked = len(_asked(within, spec))
            for row in _rows(studies, spec, keep_empty):
                size = len(within) if _behind_gate(row) else asked
                percent = 0.0 if size else None
                nobody = {**row, "n": 0, "denominator": size, "percent": percent, "summary": "", "study_ids": ""}
                rows.append({**stratum, **found.get((row["category"], row["missing"]), nobody)})
    return _typed(rows, CROSS_COLUMNS)


def by_study(studies: pd.DataFrame, fields: Sequence[FieldSpec]) -> pd.DataFrame:
    """One row per study, sorted by `study_id`; the fields' labels (with their units) are the headers.

    Numbers stay numbers; categories are shown by their labels; where there is no value the cell says why.
    """
    shown: dict[str, list[Any]] = {}
    folded = one_per_study(studies, multi=_multi(fields))
    ordered = folded.iloc[sorted(range(len(folded)), key=lambda row: natural(str(folded["study_id"].iloc[row])))]
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
    reasons = column(frame, f"{name}__missing").astype("string").fillna(Missing.BLANK.value).tolist()
    there = column(frame, name).notna().tolist()
    return [None if given else Missing(why) for given, why in zip(there, reasons, strict=True)]


def named(frame: pd.DataFrame, name: str) -> list[str]:
    """For each row the value of `name` as text, or the words for why it is missing."""
    return [
        MISSING_LABELS[why] if why is not None else str(value)
        for value, why in zip(column(frame, name).tolist(), missing_kinds(frame, name), strict=True)
    ]


def values_of(cell: str) -> list[str]:
    """The values of a multi-valued cell, each once, in their order."""
    return list(dict.fromkeys(part.strip() for part in cell.split(SEPARATOR.strip()) if part.strip()))


def joined(members: Iterable[Any]) -> str:
    """Members of a number: each once, S9 before S10, in one text."""
    return SEPARATOR.join(sorted({str(member) for member in members}, key=natural))


def number_text(value: float) -> str:
    """A number with at most two decimals and none that say nothing."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def _rows(studies: pd.DataFrame, spec: FieldSpec, keep_empty: bool) -> list[dict[str, Any]]:
    """The rows of one field with their counts; `studies` has one row a study."""
    about = {"field": spec.name, "field_label": spec.title, "kind": spec.kind, "unit": spec.unit}
    asked = len(_asked(studies, spec))
    rows = []
    for line in _lines(studies, spec, keep_empty):
        ids = line.pop("ids")
        whole = len(studies) if _behind_gate(line) else asked
        share = 100 * len(ids) / whole if whole else None
        counts = {"n": len(ids), "denominator": whole, "percent": share, "study_ids": joined(ids)}
        rows.append({**about, "multi": spec.kind == "multi", "group": None, **counts, **line})
    return rows


def _lines(studies: pd.DataFrame, spec: FieldSpec, keep_empty: bool) -> list[dict[str, Any]]:
    """The rows of one field: `category`, `category_label`, `missing`, `summary`, `ids`."""
    asked = _asked(studies, spec)
    why = missing_kinds(asked, spec.name)
    charted = asked.loc[[kind is None for kind in why]]
    if spec.kind in ("integer", "number", "range", "date", "year"):
        lines = [_summary_line(charted, spec)]
    else:
        lines = _category_lines(charted, spec, keep_empty)
    behind = set(_ids(studies)) - set(_ids(asked))
    for kind, label in MISSING_LABELS.items():
        ids = {str(study) for study, other in zip(asked["study_id"], why, strict=True) if other == kind}
        if ids:
            lines.append({"category": label, "category_label": label, "missing": True, "summary": "", "ids": ids})
    if behind:
        said = "; ".join(dict.fromkeys(gate.said for gate in spec.gates))
        lines.append({"category": NOT_ASKED, "category_label": said, "missing": True, "summary": "", "ids": behind})
    return lines


def _asked(studies: pd.DataFrame, spec: FieldSpec) -> pd.DataFrame:
    """The studies that no gate shuts out."""
    shut = pd.Series(False, index=studies.index)
    for gate in spec.gates:
        closed = pd.Series(True, index=studies.index)
        for parent, words in gate.closed.items():
            closed &= _has(studies, parent, set(words))
        shut |= closed
    return studies[~shut]


def _has(studies: pd.DataFrame, parent: str, words: set[str]) -> pd.Series:
    """Where the parent has one of these words: a value of its cell, a code for missing, `present` or `absent`."""
    found = []
    for value, kind in zip(column(studies, parent), missing_kinds(studies, parent), strict=True):
        if kind is None:
            found.append("present" in words or bool(words.intersection(values_of(str(value)))) or str(value) in words)
        else:
            found.append(kind.value in words or (kind is Missing.BLANK and "absent" in words))
    return pd.Series(found, index=studies.index, dtype=bool)


def _behind_gate(line: Mapping[str, Any]) -> bool:
    return bool(line["missing"]) and line["category"] == NOT_ASKED


def _multi(fields: Iterable[FieldSpec]) -> list[str]:
    return [spec.name for spec in fields if spec.kind == "multi"]


def _typed(rows: list[dict[str, Any]], columns: Sequence[str]) -> pd.DataFrame:
    truths = ("multi", "missing", "by_missing")
    other = {"n": "Int64", "denominator": "Int64", "percent": "Float64", **dict.fromkeys(truths, "boolean")}
    return pd.DataFrame(rows, columns=list(columns)).astype({name: other.get(name, "string") for name in columns})


def _category_lines(charted: pd.DataFrame, spec: FieldSpec, keep_empty: bool) -> list[dict[str, Any]]:
    listed = list(dict.fromkeys(spec.counted_as(value) for value in spec.order))
    members: dict[str, set[str]] = {value: set() for value in listed}
    if spec.name in charted.columns:
        for study, cell in zip(charted["study_id"], charted[spec.name], strict=True):
            for value in values_of(str(cell)) if spec.kind == "multi" else [str(cell)]:
                members.setdefault(spec.counted_as(value), set()).add(str(study))
    place = {value: position for position, value in enumerate(listed)}
    ordered = sorted(members, key=lambda value: (place.get(value, len(place)), -len(members[value]), natural(value)))
    return [
        {
            "category": value,
            "category_label": spec.labels.get(value, value),
            "missing": False,
            "summary": "",
            "ids": members[value],
            "group": None if spec.by_group else spec.groups.get(value),
        }
        for value in ordered
        if members[value] or keep_empty
    ]


def _summary_line(charted: pd.DataFrame, spec: FieldSpec) -> dict[str, Any]:
    line = {"category": "value", "missing": False, "ids": set(_ids(charted))}
    if spec.kind == "date":
        dates = sorted(str(value) for value in column(charted, spec.name))
        return {**line, "category_label": "first to last", "summary": f"{dates[0]} to {dates[-1]}" if dates else ""}
    if spec.kind == "year":
        return {**line, "category_label": "first to last (median)", "summary": _years_text(column(charted, spec.name))}
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


def _years_text(values: pd.Series) -> str:
    from .statistics import median_iqr

    spread = median_iqr(float(value) for value in values.dropna())
    if spread is None:
        return ""
    return f"{spread.minimum:.0f} to {spread.maximum:.0f} (median {number_text(spread.median)})"


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
    if spec.kind in ("integer", "year"):
        return int(value)
    if spec.kind == "number":
        return float(value)
    return spec.labels.get(str(value), str(value))


def _ids(studies: pd.DataFrame) -> list[str]:
    return [str(study) for study in studies["study_id"]]
