"""The sources of evidence for the page: their characteristics, and the table with one row a study."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from .. import text
from ..charting import MISSING_LABELS
from ..natural_order import natural
from .members import Members

#: A field with clearly more categories than this shows the rest on demand.
_MOST_CATEGORIES = 15
#: So much of a long text is looked for in a name, which may be cut.
_LONG = 100
_CSV = "tables/characteristics.csv"


def characteristics(frame: pd.DataFrame, members: Members) -> list[dict[str, Any]]:
    """The fields of `charting.characteristics` and their lines; `multi` where these add up to more than all."""
    return [_field(lines, members) for _, lines in frame.groupby("field", sort=False)]


def studies(frame: pd.DataFrame, names: Mapping[str, str]) -> dict[str, Any]:
    """The table of `charting.by_study`: its columns, each with whether it holds numbers, and its rows.

    Rows stand in the order of `study_ids`. A column of texts that are all part of the studies' names is told there;
    `told` has its header. A number that is part of the names, such as the year, stands in its column alone, by which
    the table can be sorted.
    """
    columns = range(1, len(frame.columns))
    numeric = {place: _holds_numbers(frame.iloc[:, place]) for place in columns}
    called = [names.get(str(study), "") for study in frame.iloc[:, 0]] if len(frame.columns) else []
    told = [place for place in columns if not numeric[place] and _all_in(called, frame.iloc[:, place])]
    shown = [place for place in columns if place not in told]
    twice = [place for place in shown if numeric[place] and _all_in(called, frame.iloc[:, place])]
    rows = []
    for name, line in sorted(
        zip(called, frame.itertuples(index=False, name=None), strict=True), key=lambda row: natural(str(row[1][0]))
    ):
        cells = [_cell(str(frame.columns[place]), numeric[place], line[place]) for place in shown]
        apart = {text.clean(line[place]) for place in twice}
        told_below = "; ".join(part for part in name.split("; ") if part not in apart)
        rows.append({"id": text.clean(line[0]), "name": told_below, "cells": cells})
    return {
        "header": str(frame.columns[0]) if len(frame.columns) else "Study",
        "columns": [(str(frame.columns[place]), numeric[place]) for place in shown],
        "told": [str(frame.columns[place]) for place in told],
        "rows": rows,
    }


def study_ids(frame: pd.DataFrame) -> list[str]:
    """The studies as people count: S9 before S10."""
    return sorted((text.clean(study) for study in frame.iloc[:, 0]), key=natural) if len(frame.columns) else []


def _all_in(names: list[str], cells: pd.Series) -> bool:
    """Whether each cell that holds a value is a part of its study's name, or its beginning where the name is cut."""
    absent = set(MISSING_LABELS.values())
    held = [(name, text.clean(cell)) for name, cell in zip(names, cells, strict=True) if cell not in absent]
    return bool(held) and all(
        f"; {cell}; " in f"; {name}; " or (len(cell) > _LONG and f"; {cell[:_LONG]}" in f"; {name}")
        for name, cell in held
    )


def _field(lines: pd.DataFrame, members: Members) -> dict[str, Any]:
    first = lines.iloc[0]
    unit = text.clean(first["unit"])
    label = text.clean(first["field_label"]) + (f" ({unit})" if unit else "")
    told = [_line(label, line, members) for line in lines.to_dict("records")]
    there, absent = [line for line in told if not line["missing"]], [line for line in told if line["missing"]]
    most = _MOST_CATEGORIES if len(told) > _MOST_CATEGORIES + 3 else len(told)
    several = text.given(first["multi"]) and bool(first["multi"])
    asked, whole = int(lines["denominator"].min()), int(lines["denominator"].max())
    counted = int(lines.loc[lines["denominator"] == asked, "n"].sum())
    return {
        "label": label,
        "of": text.number(asked),
        "whole": text.number(whole) if asked < whole else "",
        "multi": several and counted > asked,
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
        "percent": text.percent(line["percent"], 100),
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
