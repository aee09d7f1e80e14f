"""The map within groups of studies for the page: one table a stratum, one part of it a value of the stratum."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from .. import text
from ..strata import COLUMNS
from . import evidence_map
from .members import Members

CSV = "tables/further/strata.csv"

#: A table with more rows than this unfolds on demand.
_MOST_ROWS = 30


@dataclass(frozen=True)
class Group:
    """The studies with one value of a stratum: how many there are, and their map."""

    label: str
    n: str
    map: evidence_map.Matrix


@dataclass(frozen=True)
class Stratum:
    """One stratum with its groups, all over the same columns."""

    label: str
    columns: tuple[str, ...]
    groups: tuple[Group, ...]

    @property
    def long(self) -> bool:
        """Whether it is too long to stand open."""
        return sum(len(group.map.rows) for group in self.groups) > _MOST_ROWS


def strata(
    frame: pd.DataFrame | None,
    directions: pd.DataFrame,
    members: Members,
    *,
    rows_order: Sequence[str],
    columns_order: Sequence[str],
    labels: Mapping[str, Mapping[str, str]],
) -> list[Stratum]:
    """What the page shows of `strata.stratified`; nothing where the review has no strata.

    Only columns in which a stratum has a study stand in its table, and only rows in which a group has one in its part.
    """
    if frame is None or frame.empty:
        return []
    found = []
    row, column = evidence_map.axes(frame.drop(columns=list(COLUMNS)))
    for _, lines in frame[frame["n_studies"] > 0].groupby("stratum", sort=False):
        label = text.clean(lines["stratum_label"].iloc[0])
        there = set(lines[column])
        columns = [each for each in columns_order if each in there]
        groups = []
        for _, inside in lines.groupby("category", sort=False):
            value = text.clean(inside["category_label"].iloc[0])
            here = set(inside[row])
            matrix = evidence_map.matrix(
                inside.drop(columns=list(COLUMNS)),
                directions,
                members,
                rows_order=[each for each in rows_order if each in here],
                columns_order=[*columns, *(each for each in dict.fromkeys(lines[column]) if each not in columns)],
                labels=labels,
                within=f"{label}, {value}",
                csv=CSV,
            )
            groups.append(Group(text.capital(value), text.counted(inside["n_in_stratum"].iloc[0], "study"), matrix))
        found.append(Stratum(label, groups[0].map.columns, tuple(groups)))
    return found
