"""The sources of evidence for the page: their characteristics, and the table with one row a study."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from .. import text
from ..charting import MISSING_LABELS
from .members import Members

#: A field with clearly more categories than this shows the rest on demand.
_MOST_CATEGORIES = 15
_CSV = "tables/characteristics.csv"


def characteristics(frame: pd.DataFrame, members: Members) -> list[dict[str, Any]]:
    """The fields of `charting.characteristics` and their lines; `multi` where these add up to more than all."""
    return [_field(lines, members) for _, lines in frame.groupby("field", sort=False)]


def studies(frame: pd.DataFrame, names: Mapping[str, str]) -> dict[str, Any]:
    """The table of `charting.by_study`: its columns, each with whether it holds numbers, and its rows."""
    headers = [str(name) for name in frame.columns[1:]]
    numeric = [_holds_numbers(frame.iloc[:, place]) for place in range(1, len(frame.columns))]
    rows = []
    for study, *cells in frame.itertuples(index=False, name=None):
        told = [_cell(*part) for part in zip(headers, numeric, cells, strict=True)]
        rows.append({"id": text.clean(study), "name": names.get(str(study), ""), "cells": told})
    first = str(frame.columns[0]) if len(frame.columns) else "Study"
    return {"header": first, "columns": list(zip(headers, numeric, strict=True)), "rows": rows}


def study_ids(frame: pd.DataFrame) -> list[str]:
    """The studies in the order of the table."""
    return [text.clean(study) for study in frame.iloc[:, 0]] if len(frame.columns) else []


def _field(lines: pd.DataFrame, members: Members) -> dict[str, Any]:
    first = lines.iloc[0]
    unit = text.clean(first["unit"])
    label = text.clean(first["field_label"]) + (f" ({unit})" if unit else "")
    told = [_line(label, line, members) for line in lines.to_dict("records")]
    there, absent = [line for line in told if not line["missing"]], [line for line in told if line["missing"]]
    most = _MOST_CATEGORIES if len(told) > _MOST_CATEGORIES + 3 else len(told)
    several = text.given(first["multi"]) and bool(first["multi"])
    return {
        "label": label,
        "of": text.number(first["denominator"]),
        "multi": several and int(lines["n"].sum()) > int(first["denominator"]),
        "shown": there[:most] + absent,
        "more": there[most:],
    }


def _line(field: str, line: Mapping[Any, Any], members: Members) -> dict[str, Any]:
    label = text.clean(line["category_label"])
    ids = text.ids(line["study_ids"])
    return {
        "label": label,
        "summary": text.clean(line["summary"]),
        "missing": text.given(line["missing"]) and bool(line["missing"]),
        "count": members.count(f"{field}: {label}", ids, _CSV, shown=text.number(line["n"])),
        "percent": text.percent(line["n"], line["denominator"]),
        "width": round(float(line["percent"]), 1) if text.given(line["percent"]) else 0,
    }


def _holds_numbers(cells: pd.Series) -> bool:
    absent = set(MISSING_LABELS.values())
    return len(cells) > 0 and all(isinstance(cell, int | float) or cell in absent for cell in cells)


def _cell(header: str, right: bool, cell: Any) -> dict[str, Any]:
    """One cell; a year has no comma. `key` is what a column of numbers is sorted by."""
    shown = text.clean(cell)
    known = isinstance(cell, int | float) and text.given(cell)
    if known and "year" not in header.lower():
        shown = text.number(cell)
    return {
        "header": header,
        "number": right,
        "absent": cell in MISSING_LABELS.values() if isinstance(cell, str) else not text.given(cell),
        "shown": shown,
        "key": text.clean(cell) if right and known else "",
    }
