"""`results/report.html`: the review on one page that needs no network, with the members behind every number."""

from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from . import charting_section, evidence_map, flow_section, harms_section, sentences, sources_section
from .members import Members
from .rendering import render


@dataclass(frozen=True)
class Evidence:
    """All that the report tells: frames and plain data as the reckoning modules give them.

    `flow` is `flow.as_json`, `flow_svg` its figure; `box_members` maps a box to its ids; `names` an id to one line that
    tells a person what it is; `labels` a field to its values' labels. `columns_order` and `rows_order` are the values
    of the two axes in the codebook's order. `reason_members` (box → reason → ids) and `source_members` (kind of source
    → ids) are shown where they are given. `losses` says what each part of the results lost (`quarantine.by_part`).
    The frames are those of `agreement.panel`, `charting.characteristics`, `charting.by_study`, `synthesis.tally`,
    `synthesis.directions`, `harms.proportions`, `harms.summary` and `harms.silence`.
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
    matrix = evidence_map.matrix(
        evidence.tally,
        evidence.directions,
        members,
        rows_order=evidence.rows_order,
        columns_order=evidence.columns_order,
        labels=evidence.labels,
    )
    harms = harms_section.harms(
        evidence.harms, evidence.harms_summary, evidence.harms_silence, members, evidence.labels
    )
    maybe_as = evidence.agreement["maybe_as"].dropna() if "maybe_as" in evidence.agreement.columns else ()
    return render(
        "report.html.j2",
        styles=("base.css", "report.css"),
        scripts=("base.js", "report.js"),
        data=members.data(evidence.names, anchors),
        evidence=evidence,
        anchors=anchors,
        state=sentences.of_state(evidence.validation),
        flow=flow,
        agreement=flow_section.agreement(evidence.agreement),
        characteristics=characteristics,
        charting=None
        if evidence.charting_agreement is None
        else charting_section.agreement(evidence.charting_agreement, evidence.field_labels),
        map=matrix,
        gaps=sentences.of_gaps(matrix.empty, matrix.cells, matrix.holding),
        not_a_test=sentences.NOT_A_TEST,
        studies=sources_section.studies(evidence.studies, evidence.names),
        harms=harms,
        rules=sentences.how_numbers_were_made(evidence.majority, sorted(set(map(str, maybe_as)))),
    )
