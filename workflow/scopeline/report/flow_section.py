"""The selection of sources of evidence for the page: boxes with their members, exceptions, sums, agreement."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
from markupsafe import Markup

from .. import text
from . import sentences
from .members import Count, Members

#: Box → reason → ids.
Reasons = Mapping[str, Mapping[str, Sequence[str]]]


def flow(
    told: Mapping[str, Any],
    svg: str,
    box_members: Mapping[str, Sequence[str]],
    members: Members,
    *,
    reason_members: Reasons,
    source_members: Mapping[str, Sequence[str]],
) -> dict[str, Any]:
    """What the page shows of `flow.as_json` and its figure."""
    identities = told.get("identities", [])
    return {
        "boxes": [
            _box(
                name,
                told,
                members,
                ids=box_members.get(name, ()),
                by_reason=reason_members.get(name, {}),
                by_source=source_members,
            )
            for name in told.get("boxes", {})
        ],
        "exceptions": [_exception(each, members) for each in told.get("exceptions", [])],
        "sentences": sentences.of_flow(told),
        "sums": sentences.of_sums(told),
        "holds": all(identity["holds"] for identity in identities),
        "identities": identities,
        "pending": int(told.get("pending") or 0),
        "svg": _figure(svg),
    }


def agreement(panel: pd.DataFrame) -> dict[str, Any]:
    """The lines of `agreement.panel`, and its notes, each once."""
    lines = []
    notes: list[str] = []
    for line in panel.to_dict("records"):
        said = text.clean(line.get("note"))
        if said and said not in notes:
            notes.append(said)
        counts = ("both_include", "a_only", "b_only", "both_exclude")
        lines.append(
            {
                "stage": text.capital(text.STAGE_LABELS.get(str(line["stage"]), str(line["stage"]))),
                "reviewers": f"{line['reviewer_a']} and {line['reviewer_b']}",
                "joint": text.of(line["n_joint"], line["n_any"]),
                "cells": [text.number(line[name]) or "–" for name in counts],
                "agreement": text.percent(line["percent_agreement"]) or "–",
                "kappa": _with_interval(line, "kappa"),
                "pabak": text.number(line["pabak"], 2) or "–",
                "ac1": _with_interval(line, "ac1"),
                "note": notes.index(said) + 1 if said else "",
            }
        )
    return {"lines": lines, "notes": notes}


def _box(
    name: str,
    told: Mapping[str, Any],
    members: Members,
    *,
    ids: Sequence[str],
    by_reason: Mapping[str, Sequence[str]],
    by_source: Mapping[str, Sequence[str]],
) -> dict[str, Any]:
    box = told["boxes"][name]
    csv = f"prisma/boxes/{name}.csv"

    def count(ids: Sequence[str], n: Any, part: str = "") -> Count:
        title = f"{box['label']}: {part}" if part else str(box["label"])
        return members.count(title, ids, csv, shown=text.number(n), unit=box["unit"])

    parts = [
        (each["reason"], by_reason.get(each["reason"], ()), each["n"]) for each in told.get("reasons", {}).get(name, [])
    ]
    if name == "identified":
        sources = told.get("sources", {}).items()
        parts += [(source["label"], by_source.get(kind, ()), source["n"]) for kind, source in sources]
    return {
        "name": name,
        "label": box["label"],
        "csv": csv,
        "count": count(ids, box["n"]),
        "further": [(label, count(ids, n, label)) for label, ids, n in parts],
    }


def _exception(each: Mapping[str, Any], members: Members) -> dict[str, Any]:
    title = text.capital(text.clean(each["name"]).replace("_", " "))
    ids, n = each.get("ids") or (), text.number(each.get("n"))
    count = members.count(f"Exception: {title}", ids, "prisma/flow.json", shown=n, unit="members")
    return {"title": title, "why": each["why"], "count": count}


def _figure(svg: str) -> Markup:
    """The figure's own markup without what only a file of its own may begin with."""
    return Markup(svg[svg.find("<svg") :].strip() if "<svg" in svg else "")  # noqa: S704 - made by scopeline.figures


def _with_interval(line: Mapping[Any, Any], name: str) -> tuple[str, str]:
    return text.number(line[name], 2) or "not estimable", text.between(line[f"{name}_low"], line[f"{name}_high"])
