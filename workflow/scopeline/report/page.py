"""`results/report.html`: the review on one page that needs no network, with the members behind every number."""

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from .. import text
from . import (
    appraisal_section,
    charting_section,
    evidence_map,
    figures_section,
    flow_section,
    further_section,
    harms_section,
    sentences,
    sources_section,
    strata_section,
)
from .members import Members
from .rendering import render


@dataclass(frozen=True)
class Evidence:
    """All that the report tells: frames and plain data as the reckoning modules give them.

    `flow` is `flow_data.as_json`, `flow_svg` its figure; `box_members` maps a box to its ids; `names` an id to one line
    that tells a person what it is; `labels` a field to its values' labels. `columns_order` and `rows_order` are the
    values of the two axes in the codebook's order. `reason_members` (box → reason → ids) and `source_members` (kind of
    source → ids) are shown where they are given. `losses` says what each part of the results lost
    (`quarantine.by_part`). The frames are those of `agreement.panel`, `charting.characteristics`, `charting.by_study`,
    `synthesis.tally`, `synthesis.directions`, `harms.proportions`, `harms.summary` and `harms.silence`.

    `tables` names the tables that the review has (all, if it is not given): what rests on another one is not told.
    `agreement_lines` are the lines of `agreement.full_panel`, where they are given shown in place of `agreement`.
    `figures` is figures/evidence/index.json and `pictures` maps the name of each of its pages to its svg;
    `agreement_svg` is the figure of agreement. `axes` are the fields of the rows and columns of the evidence map and
    `design` that of the study design. `likely_duplicates` counts pairs of records that nobody has judged.
    `further` holds the frames of `evidence.FURTHER` that the review has, by their name there.
    """

    title: str
    subtitle: str
    question: str
    caveats: list[str]
    flow: dict[str, Any]
    flow_svg: str
    box_members: dict[str, list[str]]
    agreement: pd.DataFrame
    characteristics: pd.DataFrame
    studies: pd.DataFrame
    tally: pd.DataFrame
    directions: pd.DataFrame
    harms: pd.DataFrame
    harms_summary: pd.DataFrame
    harms_silence: pd.DataFrame
    validation: dict[str, Any]
    names: dict[str, str]
    rows_label: str
    columns_label: str
    columns_order: list[str]
    rows_order: list[str]
    labels: dict[str, dict[str, str]]
    version: str
    majority: float = 0.7
    reason_members: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    source_members: dict[str, list[str]] = field(default_factory=dict)
    charting_agreement: pd.DataFrame | None = None
    field_labels: dict[tuple[str, str], str] = field(default_factory=dict)
    losses: dict[str, str] = field(default_factory=dict)
    tables: Collection[str] | None = None
    figures: dict[str, Any] = field(default_factory=dict)
    pictures: dict[str, str] = field(default_factory=dict)
    agreement_lines: pd.DataFrame | None = None
    agreement_svg: str = ""
    axes: tuple[str, str] = ("", "")
    design: str = ""
    likely_duplicates: int = 0
    further: dict[str, pd.DataFrame] = field(default_factory=dict)

    def has(self, table: str) -> bool:
        """Whether the review has this table."""
        return self.tables is None or table in self.tables


#: What is said of how numbers were made only where the review has the table that they come from.
_RULES_OF = {
    "One direction per study": "findings",
    "Comparative and uncontrolled": "findings",
    "Directions": "findings",
    "Harms": "harms",
    "Agreement": "votes",
}


#: The tests that only some reviews ask for, as the heading of their section names them.
_ASKED = {"vote_count": "vote counting by direction", "p_combined": "combined p-values"}


def page(evidence: Evidence) -> str:
    """The report as one HTML file: the same evidence gives the same text. Links are relative to results/."""
    members = Members()
    ids = sources_section.study_ids(evidence.studies)
    anchors = {study: f"study-{place}" for place, study in enumerate(ids, start=1)}
    flow = flow_section.flow(
        evidence.flow,
        evidence.flow_svg,
        evidence.box_members,
        members,
        reason_members=evidence.reason_members,
        source_members=evidence.source_members,
    )
    characteristics = sources_section.characteristics(evidence.characteristics, members)
    found = evidence.has("findings")
    if found:
        matrix = evidence_map.matrix(
            evidence.tally,
            evidence.directions,
            members,
            rows_order=evidence.rows_order,
            columns_order=evidence.columns_order,
            labels=evidence.labels,
        )
        heading = (evidence.rows_label, evidence.columns_label)
    else:
        matrix, heading = _map_of_studies(evidence, members)
    design = evidence.field_labels.get(("studies", evidence.design), evidence.design or "design").lower()
    figures = figures_section.figures(
        evidence.figures, evidence.pictures, members, {"evidence_map_design": f"Evidence map by {design}"}
    )
    harms = harms_section.harms(
        evidence.harms,
        evidence.harms_summary,
        evidence.harms_silence,
        members,
        evidence.labels,
        by_group=evidence.further.get("by_group"),
        studies_of=_studies_by_row(evidence),
    )
    maybe_as = evidence.agreement["maybe_as"].dropna() if "maybe_as" in evidence.agreement.columns else ()
    tests = sentences.tests_of(evidence.further)
    rules = sentences.how_numbers_were_made(evidence.majority, sorted(set(map(str, maybe_as))), **tests)
    return render(
        "report.html.j2",
        styles=("base.css", "report.css"),
        scripts=("base.js", "report.js"),
        data=members.data(evidence.names, anchors),
        evidence=evidence,
        anchors=anchors,
        state=sentences.of_state(evidence.validation),
        flow=flow,
        likely=_likely(evidence.likely_duplicates),
        agreement=flow_section.agreement(
            evidence.agreement if evidence.agreement_lines is None else evidence.agreement_lines, evidence.agreement_svg
        ),
        characteristics=characteristics,
        charting=None
        if evidence.charting_agreement is None
        else charting_section.agreement(evidence.charting_agreement, evidence.field_labels),
        figures=figures,
        further=further_section.further(evidence.further, members, evidence.labels),
        appraised=appraisal_section.coverage(evidence.further.get("lights"), members),
        strata=strata_section.strata(
            evidence.further.get("strata"),
            evidence.directions,
            members,
            rows_order=evidence.rows_order,
            columns_order=evidence.columns_order,
            labels=evidence.labels,
        ),
        asked=[said for name, said in _ASKED.items() if name in evidence.further],
        found=found,
        map=matrix,
        map_heading=heading,
        gaps=sentences.of_gaps(matrix.empty, matrix.cells, matrix.holding),
        not_a_test=sentences.on_directions(**tests),
        studies=sources_section.studies(evidence.studies, evidence.names),
        harms=harms,
        rules=[line for line in rules if line[0] not in _RULES_OF or evidence.has(_RULES_OF[line[0]])],
        files=[_file(file) for file in evidence.validation.get("files", [])],
    )


def _map_of_studies(evidence: Evidence, members: Members) -> tuple[evidence_map.Matrix, tuple[str, str]]:
    """Studies by an axis of the evidence map and their design, where both are charted; else nothing."""
    labels = (evidence.rows_label, evidence.columns_label)
    design = evidence.field_labels.get(("studies", evidence.design), text.capital(evidence.design))
    for axis, label in zip(evidence.axes, labels, strict=True):
        matrix = evidence_map.study_matrix(evidence.characteristics, axis, evidence.design, members)
        if matrix.rows and axis != evidence.design:
            return matrix, (label, design)
    return evidence_map.Matrix(), labels


def _studies_by_row(evidence: Evidence) -> dict[str, list[str]]:
    """The studies of each value of the field that makes the rows of the map, by its label; none where it has none."""
    frame = evidence.characteristics
    lines = frame[(frame["field"] == evidence.axes[0]) & ~frame["missing"].fillna(False).astype(bool)]
    return {
        text.capital(text.clean(line["category_label"])): text.ids(line["study_ids"])
        for line in lines.to_dict("records")
        if text.clean(line["kind"]) in ("text", "category", "multi") and text.ids(line["study_ids"])
    }


def _likely(pairs: int) -> str:
    if not pairs:
        return ""
    look, them = ("looks", "it") if pairs == 1 else ("look", "them")
    return f"{text.counted(pairs, 'pair')} of records {look} like duplicates; nobody has judged {them} yet."


def _file(file: dict[str, Any]) -> dict[str, Any]:
    """A file with what each of its sheets was taken for, and how many rows were left out."""
    sheets = []
    for sheet in file.get("sheets", []) or [{}]:
        tables = sheet.get("tables") or ({sheet["table"]: sheet.get("rows", 0)} if sheet.get("table") else {})
        out = sum(int(n) for _, n in sheet.get("left_out", ()))
        sheets.append({"sheet": sheet.get("sheet", ""), "tables": list(tables.items()), "left_out": out})
    return {"file": file["file"], "sha256": file.get("sha256", ""), "sheets": sheets}
