"""The example's charted tables as typed frames, read without the library, for tests of what is reckoned from them."""

from functools import cache
from pathlib import Path

import pandas as pd
import pytest
from openpyxl import load_workbook

CHARTING = Path(__file__).resolve().parents[1] / "raw" / "charting.xlsx"

WHOLE = {"n", "year", "n_events", "n_exposed"}
RANGES = {"dose_mg", "duration_months"}


@cache
def _sheets():
    book = load_workbook(CHARTING, read_only=True, data_only=True)
    tables = {}
    for name in ("studies", "findings", "harms"):
        header, *lines = book[name].iter_rows(values_only=True)
        tables[name] = [
            {key: "" if cell is None else str(cell) for key, cell in zip(header, line, strict=True)} for line in lines
        ]
    return tables


def rows(table):
    """The rows of one table of the example as texts; skips the test where the workbook is not there."""
    if not CHARTING.exists():
        pytest.skip("raw/charting.xlsx is not here")
    return _sheets()[table]


def typed(lines):
    """Rows of texts as the frame of docs/architecture.md: blank and NR are missing, each with its reason."""
    columns = {}
    for name in lines[0]:
        cells = [line[name] for line in lines]
        values = pd.Series([None if cell in ("", "NR") else cell for cell in cells], dtype="string")
        columns[name] = values.astype("Int64") if name in WHOLE else values
        why = [{"": "blank", "NR": "NR"}.get(cell) for cell in cells]
        columns[f"{name}__missing"] = pd.Series(why, dtype="string")
        if name in RANGES:
            ends = values.str.split("-")
            columns[f"{name}_low"] = ends.str[0].astype("Float64")
            columns[f"{name}_high"] = ends.str[-1].astype("Float64")
    return pd.DataFrame(columns)


def frame(table):
    """One table of the example as a typed frame."""
    return typed(rows(table))
