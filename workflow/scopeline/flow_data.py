"""A counted flow as plain data: flow.json, the csv template of PRISMA2020, the members of each box.

The shape of `as_json` (flow.json); every key is always there, but where it says otherwise:

    boxes       name → {n, unit, label}; those that this flow has, in the figure's order; where a number was typed also
                `typed` (how many of n are a number only) and `cells`
    reasons     excluded, reports_excluded, other_reports_excluded → [{reason, n}]; with `label` where labels are given
    sources     source type → {n, label, names: {name: n}} of the records in `identified`
    other_sources   the same of `other_identified`; {} where there is one arm
    arms        [{name: databases | other, prefix, heading, boxes: [names]}], one or two
    identities  [{id, left, right, holds, exception, only_left, only_right, difference, weight, ids, cells}]; id is F1
                to F15, or "typed" where a typed number is held against rows; weight is I, or W (taken on trust)
    exceptions  [{name, why, n, ids, named}] to print under the figure; `named` where the team named it, and false where
                the counts themselves show it
    pending     how many records wait
    template    {previous: bool, other: bool}: which of the four PRISMA 2020 templates it is
    previous    null, or {studies, reports, studies_in_both, reports_in_both, dropped_studies, dropped_reports,
                set_aside}: the first two and set_aside are numbers, the others lists of ids
    totals      null, or {studies, reports}: box 16 of an updated review
    typed       [{box, source_type, source_name, reason, n, why, cell}], every number that was typed
    losses      a sentence, only where values were set aside that the flow needs
"""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from scopeline import prisma_template
from scopeline.flow import Box, Flow
from scopeline.flow_rows import Source, studies_of
from scopeline.terms import ALL_BOXES, FURTHER_BOXES, State

_ID_COLUMNS = {"records": "record_id", "reports": "report_id", "studies": "study_id"}
_HEADINGS = {
    "databases": "Identification of studies via databases and registers",
    "other": "Identification of studies via other methods",
    "all": "Identification of studies via databases, registers and other sources",
}


def refusal(flow: Flow) -> str:
    """Why a flow that does not add up is not drawn: both sides of each sum that fails, and the IDs that differ."""
    lines = ["The PRISMA flow does not add up, so it is not drawn:"]
    for identity in flow.identities:
        if identity.holds:
            continue
        lines.append(f"  {identity.id}: {identity.left} is not {identity.right}.")
        if identity.ids:
            more = f" and {len(identity.ids) - 10} more" if len(identity.ids) > 10 else ""
            lines.append(f"      The rows are: {', '.join(identity.ids[:10])}{more}.")
        for side, ids in (("Only on the left", identity.only_left), ("Only on the right", identity.only_right)):
            if ids:
                more = f" and {len(ids) - 10} more" if len(ids) > 10 else ""
                lines.append(f"      {side}: {', '.join(ids[:10])}{more}.")
    return "\n".join(
        [*lines, "Correct the votes, decisions or reports, or name the exception under `flow` in config/config.yaml."]
    )


def by_name(told: Mapping[str, Any], identity: Mapping[str, Any]) -> bool:
    """Whether a sum of `as_json` holds by an exception that the team named, and not only by what the counts show."""
    named = {each["name"] for each in told.get("exceptions") or () if each.get("named", True)}
    return bool(identity["holds"] and named & set((identity.get("exception") or "").split("; ")))


def further_members(flow: Flow) -> pd.DataFrame:
    """The ids in the boxes that only some flows have, in one frame: box, record_id, report_id, study_id, reason."""
    parts = [members(flow, box).assign(box=box) for box in FURTHER_BOXES if box in flow.boxes]
    columns = ["box", "record_id", "report_id", "study_id", "reason"]
    return pd.concat(parts, ignore_index=True).reindex(columns=columns) if parts else pd.DataFrame(columns=columns)


def members(flow: Flow, box: str) -> pd.DataFrame:
    """The ids in one box, sorted: record_id; or report_id, record_id, study_id; or study_id, report_ids.

    Boxes of exclusions say the reason too. A box that this flow lacks has no members, and one that is a typed number
    none that are known. Raises KeyError for a box that there is not.
    """
    unit, ids = ALL_BOXES[box][0], flow.boxes[box].members if box in flow.boxes else ()
    frame = pd.DataFrame({_ID_COLUMNS[unit]: pd.array(list(ids), dtype="string")})
    before = None if flow.update is None else flow.update.previous.reports
    if unit == "reports":
        further = ["report_id", "record_id", "study_id"] + (["reason"] if box.endswith("reports_excluded") else [])
        known = flow.reports.reindex(columns=further)
        if before is not None and box in ("previous_reports", "total_reports"):
            known = pd.concat([known, before[~before["report_id"].isin(known["report_id"])]])
        frame = frame.merge(known.drop_duplicates("report_id"), how="left", on="report_id")
    elif unit == "studies":
        included = flow.reports.loc[flow.reports["state"] == State.INCLUDED, ["report_id", "study_id"]]
        if before is not None and box != "included_studies":
            included = before if box == "previous_studies" else pd.concat([included, before])
        pairs = studies_of(included).sort_values(["study_id", "report_id"]).drop_duplicates()
        reports = pairs.groupby("study_id")["report_id"].agg("; ".join)
        frame["report_ids"] = frame["study_id"].map(reports).astype("string")
    elif "excluded" in box:
        reasons = {each: reason for reason, group in flow.reasons.get("excluded", {}).items() for each in group}
        frame["reason"] = frame["record_id"].map(reasons).astype("string")
    return frame


def reason_numbers(flow: Flow, box: str) -> dict[str, int]:
    """The reasons of a box with their numbers, of rows or typed."""
    return {reason: len(ids) for reason, ids in flow.reasons.get(box, {}).items()} or dict(
        flow.typed_reasons.get(box, {})
    )


def as_json(flow: Flow, labels: Mapping[str, str] | None = None, losses: str = "") -> dict[str, Any]:
    """The flow as plain data for flow.json (its shape: the head of this module): numbers and words, no members but
    the ids that differ in an identity.

    labels: what the codebook calls each reason. losses: what the flow lost to values that were set aside, in words
    (`quarantine.by_part`).
    """
    updated = "previous_reports" in flow.boxes or "previous_studies" in flow.boxes
    return {
        "boxes": {name: _box_json(box) for name, box in flow.boxes.items()},
        "reasons": {
            name: [_reason_json(reason, n, labels) for reason, n in reason_numbers(flow, name).items()]
            for name in dict.fromkeys(["excluded", "reports_excluded", *flow.reasons, *flow.typed_reasons])
        },
        "sources": _sources_json(flow.sources),
        "other_sources": _sources_json(flow.other_sources),
        "arms": _arms_json(flow),
        "identities": [
            {
                "id": identity.id,
                "left": identity.left,
                "right": identity.right,
                "holds": identity.holds,
                "exception": identity.exception,
                "only_left": list(identity.only_left),
                "only_right": list(identity.only_right),
                "difference": identity.difference,
                "weight": identity.weight,
                "ids": list(identity.ids),
                "cells": list(identity.cells),
            }
            for identity in flow.identities
        ],
        "exceptions": [
            {
                "name": each.name,
                "why": each.why,
                "n": len(each.ids) if each.ids else each.n,
                "ids": list(each.ids),
                "named": not each.derived,
            }
            for each in flow.exceptions
        ],
        "pending": flow.pending,
        "template": {"previous": updated, "other": flow.two_arms},
        "previous": _previous_json(flow) if updated else None,
        "totals": {name[6:]: flow.boxes[name].n for name in ("total_studies", "total_reports") if name in flow.boxes}
        or None,
        "typed": [
            {
                "box": each.box,
                "source_type": each.source_type,
                "source_name": each.source_name,
                "reason": each.reason,
                "n": each.n,
                "why": each.why,
                "cell": each.address,
            }
            for each in flow.typed
        ],
        **({"losses": losses} if losses else {}),
    }


def _reason_json(reason: str, n: int, labels: Mapping[str, str] | None) -> dict[str, Any]:
    return {"reason": reason, "n": n} | ({} if labels is None else {"label": labels.get(reason, reason)})


def _box_json(box: Box) -> dict[str, Any]:
    told: dict[str, Any] = {"n": box.n, "unit": box.unit, "label": box.label}
    return told | ({"typed": box.typed, "cells": list(box.cells)} if box.typed or box.cells else {})


def _sources_json(sources: Mapping[str, Source]) -> dict[str, Any]:
    return {
        name: {"n": source.n, "label": source.label, "names": dict(source.names)} for name, source in sources.items()
    }


def _arms_json(flow: Flow) -> list[dict[str, Any]]:
    of_other = [name for name in flow.boxes if name.startswith("other_")]
    of_all = ("included_reports", "included_studies")
    own = [name for name in flow.boxes if not name.startswith(("other_", "previous_", "total_")) and name not in of_all]
    elsewhere = not flow.two_arms and any(kind not in ("database", "register") for kind in flow.sources)
    heading = _HEADINGS["all" if elsewhere else "databases"]
    arms = [{"name": "databases", "prefix": "", "heading": heading, "boxes": own}]
    if flow.two_arms:
        arms.append({"name": "other", "prefix": "other_", "heading": _HEADINGS["other"], "boxes": of_other})
    return arms


def _previous_json(flow: Flow) -> dict[str, Any]:
    update = flow.update
    return {
        "studies": flow.boxes["previous_studies"].n if "previous_studies" in flow.boxes else None,
        "reports": flow.boxes["previous_reports"].n if "previous_reports" in flow.boxes else None,
        "studies_in_both": list(update.studies_in_both) if update else [],
        "reports_in_both": list(update.reports_in_both) if update else [],
        "dropped_studies": list(update.dropped_studies) if update else [],
        "dropped_reports": list(update.dropped_reports) if update else [],
        "set_aside": len(update.set_aside) if update else 0,
    }


def as_template(flow: Flow) -> pd.DataFrame:
    """The flow in the csv template of the R package PRISMA2020 (`prisma_template`), `n` as text.

    `as_json(flow)["template"]` says which of the four templates to draw (`previous` and `other` of the package). Boxes
    that the flow lacks have "NA". Sources that the template has no variable for, records of other methods excluded on
    their titles or as duplicates, and reports awaiting classification or of ongoing studies get rows of their own,
    named so that the package takes none of them for a variable of its own. `typed_counts.read` reads it back.
    """
    boxes = flow.boxes
    values = {name: str(boxes[box].n) for name, box in prisma_template.VARIABLES.items() if box in boxes}
    for box, variable in (("reports_excluded", "dbr_excluded"), ("other_reports_excluded", "other_excluded")):
        if reasons := reason_numbers(flow, box):
            values[variable] = prisma_template.listed(reasons)
    if "total_reports" not in flow.boxes and "previous_reports" not in flow.boxes:
        for unit in ("studies", "reports"):
            if f"included_{unit}" in flow.boxes:
                values[f"total_{unit}"] = str(flow.boxes[f"included_{unit}"].n)
    sources = flow.all_sources
    for kind in ("database", "register"):
        source = sources.get(kind)
        values[f"{kind}_results"] = str(source.n) if source else "0"
        if source and source.names:
            values[f"{kind}_specific_results"] = prisma_template.listed(source.names)
    variables = {"website": "website_results", "organisation": "organisation_results", "citation": "citations_results"}
    values |= {variables[kind]: str(source.n) for kind, source in sources.items() if kind in variables}
    further = {
        f"{kind}_results": (f"Records identified from: {source.label}", str(source.n))
        for kind, source in sources.items()
        if kind not in variables and kind not in ("database", "register")
    }
    for box, variable in prisma_template.FURTHER.items():
        if box in flow.boxes and flow.boxes[box].n:
            further[variable] = (flow.boxes[box].label, str(flow.boxes[box].n))
    return prisma_template.fill(values, further)
