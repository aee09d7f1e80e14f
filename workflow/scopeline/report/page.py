"""`results/report.html`: the review on one page that needs no network, with the members behind every number."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd
from markupsafe import Markup

from .. import text
from ..charting import MISSING_LABELS
from . import evidence_map, sentences
from .members import Members
from .rendering import render

_BOXES = "prisma/boxes"
_ARMS = {"intervention": "Intervention", "comparator": "Comparator", "all": "All arms, or arm not stated", "other": "Other arm"}
_HARMS_STATES = {
    "events": "event reported", "zero_stated": "stated not to have occurred", "not_reported": "not reported", "not_assessed": "not assessed",
}  # fmt: skip
#: A field with more categories than this shows the rest on demand.
_MOST_CATEGORIES = 15


@dataclass(frozen=True)
class Evidence:
    """All that the report tells: frames and plain data as the reckoning modules give them.

    `flow` is `flow.as_json`, `flow_svg` its figure; `box_members` maps a box to its ids; `names` an id to one line that
    tells a person what it is; `labels` a field to its values' labels. `columns_order` and `rows_order` are the values of
    the two axes in the codebook's order. `reason_members` (box → reason → ids) and `source_members` (kind of source →
    ids) are shown where they are given. The frames are those of `agreement.panel`, `charting.characteristics`,
    `charting.by_study`, `synthesis.tally`, `synthesis.directions`, `harms.proportions`, `harms.summary` and
    `harms.silence`.
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


def page(evidence: Evidence) -> str:
    """The report as one HTML file: the same evidence gives the same text. Links are relative to results/."""
    members = Members()
    anchors = {text.clean(study): f"study-{place}" for place, study in enumerate(_study_ids(evidence.studies), start=1)}
    context = {
        "evidence": evidence,
        "state": sentences.of_state(evidence.validation),
        "flow": _flow(evidence, members),
        "agreement": _agreement(evidence.agreement),
        "characteristics": _characteristics(evidence.characteristics, members),
        "map": evidence_map.matrix(
            evidence.tally, evidence.directions, members,
            rows_order=evidence.rows_order, columns_order=evidence.columns_order, labels=evidence.labels,
        ),
        "studies": _studies(evidence.studies, evidence.names),
        "harms": _harms(evidence, members),
        "rules": sentences.how_numbers_were_made(evidence.majority, sorted(set(_texts(evidence.agreement, "maybe_as")))),
    }  # fmt: skip
    context["gaps"] = sentences.of_gaps(context["map"].empty, context["map"].cells, context["map"].holding)
    context["not_a_test"] = sentences.NOT_A_TEST
    return render(
        "report.html.j2",
        styles=("base.css", "report.css"),
        scripts=("base.js", "report.js"),
        data=members.data(evidence.names, anchors),
        anchors=anchors,
        **context,
    )


def _flow(evidence: Evidence, members: Members) -> dict[str, Any]:
    flow = evidence.flow
    boxes = []
    for name, box in flow.get("boxes", {}).items():
        csv = f"{_BOXES}/{name}.csv"
        ids = evidence.box_members.get(name, [])
        shown = text.number(box["n"])
        further = []
        for reason in flow.get("reasons", {}).get(name, []):
            held = evidence.reason_members.get(name, {}).get(reason["reason"], [])
            further.append((reason["reason"], members.count(f"{box['label']}: {reason['reason']}", held, csv, shown=text.number(reason["n"]), unit=box["unit"])))
        if name == "identified":
            for kind, source in flow.get("sources", {}).items():
                held = evidence.source_members.get(kind, [])
                title = f"{box['label']}: {source['label']}"
                further.append((source["label"], members.count(title, held, csv, shown=text.number(source["n"]), unit=box["unit"])))
        boxes.append({
            "name": name, "label": box["label"], "unit": box["unit"], "csv": csv, "further": further,
            "count": members.count(box["label"], ids, csv, shown=shown, unit=box["unit"]),
        })  # fmt: skip
    exceptions = [
        {**each, "title": str(each["name"]).replace("_", " "),
         "count": members.count(f"Exception: {str(each['name']).replace('_', ' ')}", each.get("ids") or [], "prisma/flow.json",
                                shown=text.number(each["n"]) if text.given(each.get("n")) else "", unit="members")}
        for each in flow.get("exceptions", [])
    ]  # fmt: skip
    return {
        "boxes": boxes,
        "exceptions": exceptions,
        "sentences": sentences.of_flow(flow),
        "sums": sentences.of_sums(flow),
        "holds": all(identity["holds"] for identity in flow.get("identities", [])),
        "identities": flow.get("identities", []),
        "pending": int(flow.get("pending") or 0),
        "svg": _figure(evidence.flow_svg),
    }


def _figure(svg: str) -> Markup:
    """The figure's own markup without what only a file of its own may begin with."""
    return Markup(svg[svg.find("<svg") :].strip() if "<svg" in svg else "")  # noqa: S704 - made by scopeline.figures


def _agreement(panel: pd.DataFrame) -> dict[str, Any]:
    lines = []
    notes: list[str] = []
    for line in panel.to_dict("records"):
        said = text.clean(line.get("note"))
        if said and said not in notes:
            notes.append(said)
        lines.append({
            "stage": text.capital(text.STAGE_LABELS.get(str(line["stage"]), str(line["stage"]))),
            "reviewers": f"{line['reviewer_a']} and {line['reviewer_b']}",
            "joint": text.of(line["n_joint"], line["n_any"]),
            "cells": [text.number(line[name]) or "–" for name in ("both_include", "a_only", "b_only", "both_exclude")],
            "agreement": text.percent(line["percent_agreement"]) or "–",
            "kappa": _with_interval(line, "kappa"),
            "pabak": text.number(line["pabak"], 2) or "–",
            "ac1": _with_interval(line, "ac1"),
            "note": notes.index(said) + 1 if said else "",
        })  # fmt: skip
    return {"lines": lines, "notes": notes}


def _with_interval(line: Mapping[Any, Any], name: str) -> tuple[str, str]:
    return text.number(line[name], 2) or "not estimable", text.between(line[f"{name}_low"], line[f"{name}_high"])


def _characteristics(frame: pd.DataFrame, members: Members) -> list[dict[str, Any]]:
    fields: dict[str, dict[str, Any]] = {}
    for line in frame.to_dict("records"):
        unit = text.clean(line["unit"])
        told = fields.setdefault(str(line["field"]), {
            "label": f"{text.clean(line['field_label'])} ({unit})" if unit else text.clean(line["field_label"]),
            "multi": bool(line["multi"]) if text.given(line["multi"]) else False, "of": text.number(line["denominator"]),
            "whole": int(line["denominator"]), "sum": 0, "lines": [],
        })  # fmt: skip
        label = text.clean(line["category_label"])
        told["sum"] += int(line["n"])
        told["lines"].append({
            "label": label, "summary": text.clean(line["summary"]),
            "missing": bool(line["missing"]) if text.given(line["missing"]) else False,
            "count": members.count(f"{told['label']}: {label}", text.ids(line["study_ids"]), "tables/characteristics.csv", shown=text.number(line["n"])),
            "percent": text.percent(line["n"], line["denominator"]),
            "width": round(float(line["percent"]), 1) if text.given(line["percent"]) else 0,
        })  # fmt: skip
    for told in fields.values():
        told["multi"] = told["multi"] and told.pop("sum") > told.pop("whole")
        told["shown"], told["more"] = told["lines"], []
        if len(told["lines"]) > _MOST_CATEGORIES + 3:
            there = [line for line in told["lines"] if not line["missing"]]
            told["shown"] = there[:_MOST_CATEGORIES] + [line for line in told["lines"] if line["missing"]]
            told["more"] = there[_MOST_CATEGORIES:]
    return list(fields.values())


def _study_ids(studies: pd.DataFrame) -> list[str]:
    return [text.clean(study) for study in studies.iloc[:, 0]] if len(studies.columns) else []


def _studies(studies: pd.DataFrame, names: Mapping[str, str]) -> dict[str, Any]:
    absent = set(MISSING_LABELS.values())
    columns = [str(name) for name in studies.columns[1:]]
    numeric = [all(isinstance(cell, int | float) or cell in absent for cell in studies.iloc[:, place]) and len(studies) > 0
               for place in range(1, len(studies.columns))]  # fmt: skip
    rows = []
    for study, *cells in studies.itertuples(index=False, name=None):
        told = [
            {"header": header, "number": right, "absent": cell in absent if isinstance(cell, str) else not text.given(cell),
             "shown": _cell_text(header, cell), "key": text.clean(cell) if right else ""}
            for header, right, cell in zip(columns, numeric, cells, strict=True)
        ]  # fmt: skip
        rows.append({"id": text.clean(study), "name": names.get(str(study), ""), "cells": told})
    return {"columns": list(zip(columns, numeric, strict=True)), "rows": rows, "header": str(studies.columns[0]) if len(studies.columns) else "Study"}


def _cell_text(header: str, cell: Any) -> str:
    """A cell of the table of studies; a year has no comma."""
    if isinstance(cell, int | float) and text.given(cell):
        return f"{cell:g}" if "year" in header.lower() else text.number(cell)
    return text.clean(cell)


def _harms(evidence: Evidence, members: Members) -> dict[str, Any]:
    return {
        "silence": [
            {"state": str(line["state"]), "label": text.capital(text.clean(line["label"])),
             "count": members.count(text.capital(text.clean(line["label"])), text.ids(line["study_ids"]), "tables/harms_silence.csv",
                                    shown=text.number(line["n_studies"])),
             "percent": text.percent(line["n_studies"], line["denominator"]),
             "width": round(float(line["percent"]), 2) if text.given(line["percent"]) else 0}
            for line in evidence.harms_silence.to_dict("records")
        ],
        "sentence": sentences.of_silence(evidence.harms_silence),
        "events": _events(evidence, members),
        "lines": _harms_lines(evidence),
    }  # fmt: skip


def _events(evidence: Evidence, members: Members) -> list[dict[str, Any]]:
    csv = "tables/harms_summary.csv"
    words = evidence.labels.get("event", {})
    events: list[dict[str, Any]] = []
    for line in evidence.harms_summary.to_dict("records"):
        event = words.get(str(line["event"]), text.clean(line["event"]))
        arm = _ARMS.get(str(line["arm_group"]), text.clean(line["arm_group"]))
        title = f"{text.capital(event)}, {arm.lower()}"
        low, high = line["lowest"], line["highest"]
        told = {
            "event": event, "first": not events or events[-1]["event"] != event, "arm": arm, "group": str(line["arm_group"]),
            "naming": members.count(f"{title}: studies naming it", text.ids(line["study_ids"]), csv),
            "occurred": members.count(f"{title}: occurred", text.ids(line["n_events_stated_ids"]), csv),
            "zero": members.count(f"{title}: stated not to have occurred", text.ids(line["n_zero_stated_ids"]), csv),
            "known": members.count(f"{title}: proportion known", text.ids(line["n_with_proportion_ids"]), csv),
            "low": text.percent(low), "high": text.percent(high), "from": 0.0, "width": 0.0,
            "low_x_n": text.names(text.ids(line["lowest_x_n"]), most=2), "high_x_n": text.names(text.ids(line["highest_x_n"]), most=2),
            "one": text.given(low) and float(low) == float(high),
        }  # fmt: skip
        if text.given(low):
            told |= {"from": round(100 * float(low), 2), "width": round(100 * (float(high) - float(low)), 2)}
        events.append(told)
    return events


def _harms_lines(evidence: Evidence) -> list[dict[str, Any]]:
    words = evidence.labels
    lines = []
    for line in evidence.harms.to_dict("records"):
        status = text.clean(line["harms_status"])
        lines.append({
            "study": text.clean(line["study_id"]),
            "arm": words.get("arm", {}).get(str(line["arm"]), text.clean(line["arm"])),
            "event": words.get("event", {}).get(str(line["event"]), text.clean(line["event"])),
            "status": words.get("harms_status", {}).get(status, _HARMS_STATES.get(status, status or "not charted yet")),
            "silent": status not in ("events", "zero_stated"),
            "x_n": text.clean(line["x_n"]), "share": text.percent(line["proportion"]),
            "interval": text.shares_between(line["wilson_low"], line["wilson_high"]),
            "as_reported": text.clean(line["as_reported"]),
            "resolved": words.get("resolved", {}).get(str(line["resolved"]), text.clean(line["resolved"])),
            "note": text.clean(line["note"]),
        })  # fmt: skip
    return lines


def _texts(frame: pd.DataFrame, name: str) -> Sequence[str]:
    return [text.clean(value) for value in frame[name].dropna()] if name in frame.columns else []
