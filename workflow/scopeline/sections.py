"""Puts together rows that an export spreads over several sheets or files, each with some fields of the same study."""

from collections.abc import Collection
from typing import Any

import numpy as np
import pandas as pd

from .codebook import TableSpec

_SUFFIXES = ("", "_low", "_high", "_number", "_bound", "__missing")


def put_together(frame: pd.DataFrame, table: TableSpec, sections: Collection[int], reviewer: str) -> pd.DataFrame:
    """One row for each key (and reviewer) among the rows whose `_source` is in `sections`.

    In: a typed frame (docs/architecture.md). A field of a later row goes into the first row of the key where that one
    is blank; `<field>__source` and `<field>__row` name the row it stands in, as in `double_charting`. What both rows
    hold stays with the first if they are equal; rows that differ are not put together, so that the key is told as
    standing twice. Rows of one sheet are never put together. Out: a frame without the rows that were taken up.
    """
    if not sections or frame.empty:
        return frame
    keys = [name for name in (*table.primary_key, reviewer) if name in table.by_name and name in frame]
    fields = [spec.name for spec in table.fields if spec.name not in keys and f"{spec.name}__missing" in frame]
    named = [frame[name].tolist() for name in keys]
    groups: dict[tuple[Any, ...], list[int]] = {}
    for at in np.flatnonzero(frame["_source"].isin(sections).to_numpy()).tolist():
        key = tuple(column[at] for column in named)
        if not any(pd.isna(part) for part in key):
            groups.setdefault(key, []).append(at)
    result, gone = frame.copy(), list[int]()
    sources = frame["_source"].tolist()
    filled = {name: (frame[f"{name}__missing"].fillna("") != "blank").to_numpy(bool, copy=True) for name in fields}
    for first, *others in groups.values():
        held = {sources[first]}
        for at in others:
            source = sources[at]
            both = [name for name in fields if filled[name][first] and filled[name][at]]
            if source in held or any(_differ(result[name].iat[first], frame[name].iat[at]) for name in both):
                continue
            held.add(source)
            gone.append(at)
            for name in fields:
                if filled[name][at] and not filled[name][first]:
                    _move(result, frame, name, first, at)
                    filled[name][first] = True
    return result.drop(index=result.index[gone]).reset_index(drop=True) if gone else frame


def _differ(one: Any, other: Any) -> bool:
    return bool(pd.isna(one) != pd.isna(other)) or (not pd.isna(one) and bool(one != other))


def _move(result: pd.DataFrame, frame: pd.DataFrame, name: str, first: int, at: int) -> None:
    """Put a field's value, and where it stands, from one row of the frame into another of the result."""
    value: Any
    for column in (f"{name}{suffix}" for suffix in _SUFFIXES if f"{name}{suffix}" in frame):
        value = frame[column].iat[at]
        result.loc[result.index[first], column] = value
    for part in ("source", "row"):
        if f"{name}__{part}" not in result:
            result[f"{name}__{part}"] = pd.array([pd.NA] * len(result), dtype="Int32")
        value = frame[f"_{part}"].iat[at]
        result.loc[result.index[first], f"{name}__{part}"] = int(value)
