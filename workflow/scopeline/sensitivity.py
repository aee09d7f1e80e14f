"""Sensitivity of the counts: the same cells with part of the studies or findings left out, and what that changes.

An analysis only ever leaves out. A study's direction can change where some of its findings are left out; the number of
studies in a cell can only fall.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import pandas as pd

from .charting import column as column_of
from .charting import joined
from .participants import Counting, participants
from .study_rows import one_per_study
from .synthesis import BASES, DIRECTIONS, OTHER, directions, fold
from .terms import Direction

#: The name of the counts with nothing left out, which stand first.
ALL = "all"


@dataclass(frozen=True)
class Analysis:
    """What one analysis leaves out: studies, findings, kinds of evidence, or studies that say something in a cell.

    `impossible` is a sentence that says what would be needed; nothing is counted then.
    """

    name: str
    label: str
    studies: Collection[str] = ()
    findings: Collection[str] = ()
    bases: Collection[str] = ()
    directions: Collection[str] = ()
    note: str = ""
    impossible: str = ""


class Sensitivity(NamedTuple):
    """`cells`: one line per cell and analysis. `summary`: one line an analysis."""

    cells: pd.DataFrame
    summary: pd.DataFrame


@dataclass(frozen=True)
class _Counts:
    """One cell under one analysis: the direction of each study, and so the members of each number."""

    said: Mapping[str, str] = field(default_factory=dict)

    @property
    def numbers(self) -> dict[str, int]:
        words = list(self.said.values())
        return {name: words.count(name) for name in DIRECTIONS}

    @property
    def leading(self) -> str:
        """The direction that most of the studies have; "tie" where several have most, "" without a study."""
        numbers = self.numbers
        most = max(numbers.values())
        leaders = [name for name, n in numbers.items() if n == most]
        return "" if not most else leaders[0] if len(leaders) == 1 else "tie"


def usual(
    studies: pd.DataFrame,
    findings: pd.DataFrame,
    *,
    overall: Mapping[str, str] | None = None,
    worst: Collection[str] = ("critical",),
    reports: pd.DataFrame | None = None,
    controlled: str = "controlled",
    overlap: str = "overlaps_with",
    n: str = "n",
) -> list[Analysis]:
    """The usual analyses, each of them also where the review's data do not allow it (then it says what is missing).

    `controlled` leaves out studies without "yes" in that field; `comparative` the findings without a comparison;
    `low_concern` the studies whose `overall` appraisal (study → judgement) is one of `worst` (a study that nobody
    appraised is kept, and counted in the note); `clear` the studies that are mixed in a cell; `companions` the findings
    of companion reports (`report_id` in findings, `companion_of` in `reports`), and, of studies that share participants
    (`overlap`: the IDs of the other studies), all but the largest.
    """
    known = one_per_study(studies)
    ids = known["study_id"].astype(str).tolist()
    with_control = (column_of(known, controlled) == "yes").fillna(False).tolist()
    without = [study for study, there in zip(ids, with_control, strict=True) if not there]
    need = "" if controlled in known.columns else f"Studies have no field '{controlled}'."
    return [
        Analysis("controlled", "controlled studies only", studies=frozenset(without), impossible=need),
        Analysis("comparative", "comparative findings only", bases=frozenset({"uncontrolled", OTHER})),
        _appraised(ids, overall, worst),
        Analysis("clear", "without mixed directions", directions=frozenset({Direction.MIXED.value})),
        _without_companions(known, findings, reports, overlap, n),
    ]


def sensitivity(
    findings: pd.DataFrame,
    studies: pd.DataFrame,
    analyses: Sequence[Analysis],
    *,
    row: str | None = "condition",
    column: str | None = "outcome_domain",
    direction: str = "direction",
    contrast: str = "contrast",
    bases: Mapping[str, Collection[str]] = BASES,
    majority: float = 0.7,
    counting: Counting | None = None,
    folded: pd.DataFrame | None = None,
) -> Sensitivity:
    """Count each cell under each analysis, beside the counts with nothing left out.

    The arguments are those of `synthesis.fold`, whose result may be handed in as `folded`. Cells that an analysis
    empties stay, with 0.

    `cells`: the axes, `analysis`, `label`, `n_studies`, `n_participants`, the five directions, `n_left_out` and
    `left_out_ids` (studies of the cell that the analysis has not), `n_turned` and `turned_ids` (studies whose direction
    is another now), `changed` (yes where any of the five numbers is another), `leading` (the direction most studies
    have; `tie`), `leading_changed` (yes, no), `study_ids`. `summary`: `analysis`, `label`, `n_studies`, `n_left_out`,
    `left_out_ids`, `n_cells`, `n_cells_emptied`, `n_cells_changed`, `n_leading_changed`, `cells_changed` (cells as
    "row × column", joined), `note`. An analysis that the data do not allow has its reason in `note` and no numbers.
    """
    axes = [axis for axis in (row, column) if axis is not None]
    how: dict[str, Any] = {"row": row, "column": column}
    told: dict[str, Any] = {"direction": direction, "contrast": contrast, "bases": bases, "majority": majority}
    base = fold(findings, **how, **told) if folded is None else folded
    order = (*bases, OTHER)
    sizes = participants(studies, counting)
    usual_way = directions(base, **how, bases=order)
    whole = _cells(usual_way, axes)
    lines: list[dict[str, Any]] = []
    summary: list[dict[str, Any]] = []
    for analysis in (Analysis(ALL, "all studies"), *analyses):
        if analysis.impossible:
            summary.append({"analysis": analysis.name, "label": analysis.label, "note": analysis.impossible})
            continue
        spoken = usual_way
        if analysis.findings or analysis.bases:
            left = base[~base["basis"].isin(analysis.bases)]
            if analysis.findings:
                left = _refolded(left, findings, analysis, {**how, **told})
            spoken = directions(left, **how, bases=order)
        gone = spoken["study_id"].isin(set(analysis.studies)) | spoken["direction"].isin(analysis.directions)
        cells = _cells(spoken[~gone], axes)
        mine = [_line(axes, key, whole[key], cells.get(key, _Counts()), sizes, analysis) for key in sorted(whole)]
        lines += mine
        summary.append(_summed(mine, whole, cells, axes, analysis))
    return Sensitivity(_typed(lines, (*axes, *_CELL_COLUMNS)), _typed(summary, _SUMMARY_COLUMNS))


_CELL_COLUMNS = (
    *("analysis", "label", "n_studies", "n_participants", *DIRECTIONS, "n_left_out", "left_out_ids"),
    *("n_turned", "turned_ids", "changed", "leading", "leading_changed", "study_ids"),
)
_SUMMARY_COLUMNS = (
    *("analysis", "label", "n_studies", "n_left_out", "left_out_ids", "n_cells", "n_cells_emptied"),
    *("n_cells_changed", "n_leading_changed", "cells_changed", "note"),
)


def _appraised(ids: Sequence[str], overall: Mapping[str, str] | None, worst: Collection[str]) -> Analysis:
    label = f"without studies appraised as {' or '.join(sorted(worst))}"
    if not overall:
        return Analysis("low_concern", label, impossible="No study has an overall appraisal.")
    unknown = sum(study not in overall for study in ids)
    note = f"Studies without an overall appraisal are kept: {unknown} of {len(ids)}."
    return Analysis(
        "low_concern", label, studies=frozenset(s for s in ids if overall.get(s) in worst), note=note if unknown else ""
    )


def _without_companions(
    known: pd.DataFrame, findings: pd.DataFrame, reports: pd.DataFrame | None, overlap: str, n: str
) -> Analysis:
    label = "without companion reports and overlapping studies"
    table = pd.DataFrame() if reports is None else reports
    tells_report = "report_id" in findings.columns and "companion_of" in table.columns
    if not tells_report and overlap not in known.columns:
        need = (
            f"Findings do not name their report (report_id), and studies do not name others with the same people "
            f"({overlap})."
        )
        return Analysis("companions", label, impossible=need)
    secondary: set[str] = set()
    if tells_report:
        companions = set(table.loc[table["companion_of"].notna(), "report_id"].dropna().astype(str))
        of_them = findings[findings["report_id"].astype("string").isin(companions)]
        secondary = set(column_of(of_them, "finding_id").dropna().astype(str))
    return Analysis("companions", label, studies=frozenset(_overlapping(known, overlap, n)), findings=secondary)


def _overlapping(known: pd.DataFrame, overlap: str, n: str) -> set[str]:
    """Of studies that share people, directly or through others, all but the largest (of equals the first by ID)."""
    together: dict[str, set[str]] = {study: {study} for study in known["study_id"].astype(str)}
    for study, others in zip(known["study_id"].astype(str), column_of(known, overlap), strict=True):
        for other in [] if pd.isna(others) else [part.strip() for part in str(others).split(";")]:
            if other in together and together[other] is not together[study]:
                joint = together[other] | together[study]
                together |= dict.fromkeys(joint, joint)
    sizes = participants(known, Counting(fields=(n,)))
    kept = {min(group, key=lambda study: (-sizes.get(study, 0), study)) for group in together.values()}
    return set(together) - kept


def _refolded(left: pd.DataFrame, findings: pd.DataFrame, analysis: Analysis, how: Mapping[str, Any]) -> pd.DataFrame:
    """The fold without the analysis's findings; only studies that lose some are folded again."""
    gone = column_of(findings, "finding_id").astype("string").isin(set(analysis.findings)).fillna(False).astype(bool)
    losers = set(column_of(findings[gone], "study_id").dropna().astype(str)) & set(left["study_id"])
    theirs = findings[~gone & findings["study_id"].astype("string").isin(losers).fillna(False).astype(bool)]
    again = fold(theirs, **how)
    again = again[~again["basis"].isin(analysis.bases)]
    return pd.concat([left[~left["study_id"].isin(losers)], again], ignore_index=True)


def _cells(spoken: pd.DataFrame, axes: Sequence[str]) -> dict[tuple[str, ...], _Counts]:
    found: dict[tuple[str, ...], dict[str, str]] = {}
    for study, said, *key in zip(*(spoken[name].tolist() for name in ("study_id", "direction", *axes)), strict=True):
        found.setdefault(tuple(key), {})[study] = said
    return {key: _Counts(said) for key, said in found.items()}


def _line(
    axes: Sequence[str],
    key: tuple[str, ...],
    before: _Counts,
    now: _Counts,
    sizes: Mapping[str, int],
    analysis: Analysis,
) -> dict[str, Any]:
    left_out = before.said.keys() - now.said.keys()
    turned = {study for study, said in now.said.items() if before.said[study] != said}
    people = [sizes[study] for study in now.said if study in sizes]
    return {
        **dict(zip(axes, key, strict=True)),
        "analysis": analysis.name,
        "label": analysis.label,
        "n_studies": len(now.said),
        "n_participants": sum(people) if people else None,
        **now.numbers,
        "n_left_out": len(left_out),
        "left_out_ids": joined(left_out),
        "n_turned": len(turned),
        "turned_ids": joined(turned),
        "changed": _yes(now.numbers != before.numbers),
        "leading": now.leading,
        "leading_changed": _yes(now.leading != before.leading),
        "study_ids": joined(now.said),
    }


def _summed(
    lines: Sequence[Mapping[str, Any]],
    whole: Mapping[tuple[str, ...], _Counts],
    cells: Mapping[tuple[str, ...], _Counts],
    axes: Sequence[str],
    analysis: Analysis,
) -> dict[str, Any]:
    before = {study for cell in whole.values() for study in cell.said}
    now = {study for cell in cells.values() for study in cell.said}
    changed = [line for line in lines if line["changed"] == "yes"]
    return {
        "analysis": analysis.name,
        "label": analysis.label,
        "n_studies": len(now),
        "n_left_out": len(before - now),
        "left_out_ids": joined(before - now),
        "n_cells": len(cells),
        "n_cells_emptied": len(whole) - len(cells),
        "n_cells_changed": len(changed),
        "n_leading_changed": sum(line["leading_changed"] == "yes" for line in lines),
        "cells_changed": joined(" × ".join(str(line[axis]) for axis in axes) for line in changed),
        "note": analysis.note,
    }


def _yes(truth: bool) -> str:
    return "yes" if truth else "no"


def _typed(lines: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> pd.DataFrame:
    whole = {name for name in columns if name.startswith("n_")} | set(DIRECTIONS)
    return pd.DataFrame(lines, columns=list(columns)).astype(
        {name: "Int64" if name in whole else "string" for name in columns}
    )
