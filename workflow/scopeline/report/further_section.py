"""Tables that only some reviews have, for the page: a few in full, the others by what they tell and their file."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from .. import text
from ..evidence import FURTHER
from .members import Count, Members

FOLDER = "tables/further"

#: Section of the page → frame of `evidence.FURTHER` → what its table tells.
_TOLD: Mapping[str, Mapping[str, str]] = {
    "characteristics": {"cross": "data items by another data item"},
    "appraisal": {"lights_summary": "judgements by domain", "lights": "every judgement of every study"},
    "map": {
        "totals": "totals of rows and columns with participants",
        "strata": "the map within groups of studies",
        "sensitivity_summary": "sensitivity analyses",
        "sensitivity": "sensitivity analyses cell by cell",
        "vote_count": "vote counting by direction",
        "p_combined": "combined p-values",
        "p_entered": "the p-values that entered",
        "swim": "what SWiM asks to be reported",
    },
    "harms": {
        "by_group": "harms by group of events",
        "compared_across": "arms compared, by event",
        "compared": "arms compared, study by study",
        "compared_by_group": "arms compared by group of events",
        "discontinuations": "people who stopped because of harm",
        "resolution": "whether harms resolved",
    },
}


@dataclass(frozen=True)
class Table:
    """A table of the page: its headings, each with whether it holds numbers, and rows of texts and numbers."""

    title: str
    caption: str
    path: str
    headings: tuple[tuple[str, bool], ...]
    rows: tuple[tuple[str | Count, ...], ...]


@dataclass
class Further:
    """For each section of the page its tables, and what stands in which file."""

    tables: dict[str, list[Table]] = field(default_factory=dict)
    files: dict[str, list[tuple[str, str]]] = field(default_factory=dict)


def further(frames: Mapping[str, pd.DataFrame], members: Members, labels: Mapping[str, Mapping[str, str]]) -> Further:
    """What the page shows of the frames of `evidence.FURTHER`; those without a row are not there."""
    found = Further()
    for section, told in _TOLD.items():
        for name, said in told.items():
            frame = frames.get(name)
            if frame is None or frame.empty:
                continue
            path = f"{FOLDER}/{FURTHER[name]}"
            found.files.setdefault(section, []).append((said, path))
            if name in _SHOWN:
                lines = [{str(key): value for key, value in line.items()} for line in frame.to_dict("records")]
                found.tables.setdefault(section, []).append(_SHOWN[name](_Maker(path, members, labels), lines))
    return found


_Lines = list[dict[str, Any]]


@dataclass(frozen=True)
class _Maker:
    """What a table of the page needs beside its lines."""

    path: str
    members: Members
    labels: Mapping[str, Mapping[str, str]]

    def sensitivity(self, lines: _Lines) -> Table:
        rows: list[tuple[str | Count, ...]] = []
        for line in lines:
            label = text.capital(text.clean(line["label"]))
            left_out = self.members.count(f"{label}: left out", text.ids(line["left_out_ids"]), self.path)
            names = ("n_cells", "n_cells_emptied", "n_cells_changed", "n_leading_changed")
            known = text.given(line["n_studies"])
            rows.append(
                (
                    label,
                    text.number(line["n_studies"]) or "–",
                    left_out if known else "–",
                    *(text.number(line[name]) or "–" for name in names),
                    text.clean(line["note"]),
                )
            )
        return Table(
            "Sensitivity analyses",
            "How the map changes where studies or findings are left out. A cell is changed where any of its counts by "
            "direction is another, its leading direction where most studies say something else.",
            self.path,
            (("Analysis", False), ("Studies", True), ("Left out", True), ("Cells", True), ("Emptied", True),
             ("Changed", True), ("Leading direction changed", True), ("Note", False)),
            tuple(rows),
        )  # fmt: skip

    def vote_count(self, lines: _Lines) -> Table:
        axes = list(lines[0])[: list(lines[0]).index("basis")]
        rows: list[tuple[str | Count, ...]] = []
        for line in lines:
            where = [self.labels.get(axis, {}).get(str(line[axis]), text.clean(line[axis])) for axis in axes]
            basis = text.BASIS_LABELS.get(str(line["basis"]), text.clean(line["basis"]))
            title = " × ".join([*where, basis])

            def count(ids: str, said: str, line: dict[str, Any] = line, title: str = title) -> Count:
                return self.members.count(f"{title}: {said}", text.ids(line[ids]), self.path)

            rows.append(
                (
                    *where,
                    basis,
                    count("benefit_ids", "benefit"),
                    count("harm_ids", "harm"),
                    count("without_direction_ids", "without a direction"),
                    _with_interval(text.percent(line["share"]), line["wilson_low"], line["wilson_high"]),
                    text.number(line["p_two_sided"], 3),
                    text.clean(line["note"]),
                )
            )
        return Table(
            "Vote counting by direction",
            "Studies that point to benefit and to harm. The sign test counts directions only: it ignores the size, the "
            "precision and the risk of bias of the studies.",
            self.path,
            (*((text.capital(axis.replace("_", " ")), False) for axis in axes), ("Evidence", False), ("Benefit", True),
             ("Harm", True), ("Without a direction", True), ("Share of benefit", True),
             ("Sign test, two-sided p", True), ("Note", False)),
            tuple(rows),
        )  # fmt: skip

    def compared(self, lines: _Lines) -> Table:
        rows: list[tuple[str | Count, ...]] = []
        for line in lines:
            event = self.labels.get("event", {}).get(str(line["event"]), text.clean(line["event"]))
            rows.append(
                (
                    event,
                    self.members.count(f"{event}, in arms of both kinds", text.ids(line["study_ids"]), self.path),
                    self.members.count(f"{event}, arms compared", text.ids(line["compared_ids"]), self.path),
                    *(text.number(line[name]) for name in ("higher", "equal", "lower", "both_ways")),
                    _points(line["lowest"], line["highest"]),
                )
            )
        return Table(
            "Arms compared within studies",
            "Share of people with the event in the intervention arm less that in the comparator arm of the same study, "
            "in percentage points. Nothing is pooled.",
            self.path,
            (("Event", False), ("Studies naming it", True), ("Compared", True), ("Higher", True), ("Equal", True),
             ("Lower", True), ("Both ways", True), ("Lowest to highest difference", True)),
            tuple(rows),
        )  # fmt: skip

    def swim(self, lines: _Lines) -> Table:
        rows = tuple(
            (text.clean(line["item"]), text.clean(line["topic"]), text.clean(line["sentence"])) for line in lines
        )
        return Table(
            "What SWiM asks to be reported",
            "The nine items of Synthesis Without Meta-analysis (Campbell 2020), as this review was reckoned.",
            self.path,
            (("Item", False), ("Topic", False), ("Here", False)),
            rows,
        )


#: The frames that the page shows in full.
_SHOWN: Mapping[str, Callable[[_Maker, _Lines], Table]] = {
    "sensitivity_summary": _Maker.sensitivity,
    "vote_count": _Maker.vote_count,
    "swim": _Maker.swim,
    "compared_across": _Maker.compared,
}


def _with_interval(share: str, low: Any, high: Any) -> str:
    return f"{share} ({text.shares_between(low, high)})" if share and text.given(low) else share


def _points(low: Any, high: Any) -> str:
    """Differences of shares as percentage points: "−3.2 to 1.0"."""
    if not text.given(low) or not text.given(high):
        return "–"
    shown = [text.number(100 * float(end), 1) for end in (low, high)]
    return " to ".join(dict.fromkeys(shown))
