"""The example's csv files as typed frames, read with the csv module alone, for tests of what is reckoned from them."""

import csv
from pathlib import Path

import pandas as pd
import pytest

ROOT = Path(__file__).resolve().parents[1]
PLACES = (ROOT / "raw", ROOT.parent / "shared" / "data" / "ldn")

WHOLE = {"n", "year", "n_events", "n_exposed"}
RANGES = {"dose_mg", "duration_months"}


def rows(table: str) -> list[dict[str, str]]:
    """The rows of one csv file of the example; skips the test where the file is not there."""
    for place in PLACES:
        path = place / f"{table}.csv"
        if path.exists():
            with path.open(encoding="utf-8", newline="") as file:
                return list(csv.DictReader(file))
    pytest.skip(f"the example's {table}.csv is not here")


def typed(lines: list[dict[str, str]]) -> pd.DataFrame:
    """Rows of text as the frame of docs/architecture.md: blank and NR are missing, each with its reason."""
    columns: dict[str, pd.Series] = {}
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


def frame(table: str) -> pd.DataFrame:
    """One table of the example as a typed frame."""
    return typed(rows(table))
