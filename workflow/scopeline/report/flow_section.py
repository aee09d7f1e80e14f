"""The selection of sources of evidence for the page: boxes with their members, exceptions, sums, agreement."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from .. import text
from ..agreement_words import decimal, percent
from ..figures.flow_content import by_origin, exception_title
from ..flow_data import by_name
from ..terms import FURTHER_BOXES, STAGE_LABELS
from . import sentences
from .figures_section import picture
from .members import Count, Members

#: The forms of the figure that the page leads to, in prisma/.
FORMS = ("flow.svg", "flow.pdf", "flow.html", "flow.mmd", "flow.txt", "flow.json")

#: More pairs of reviewers than this are shown on demand.
_MOST_PAIRS = 12

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
    """What the page shows of `flow_data.as_json` and its figure.

    `source_members` has the ids of each kind of source, of either arm.
    """
    identities = told.get("identities", [])
    boxes = [
        _box(
            name,
            told,
            members,
            ids=box_members.get(name, ()),
            by_reason=reason_members.get(name, {}),
            by_source=source_members,
        )
        for name in told.get("boxes", {})
    ]
    return {
        "boxes": _under_headings(boxes, told),
        "exceptions": {
            title: [_exception(each, members) for each in listed] for title, listed in by_origin(told).items()
        },
        "previous": _previous(told, members),
        "typed": [_typed(each, told) for each in told.get("typed") or ()],
        "sentences": sentences.of_flow(told),
        "sums": sentences.of_sums(told),
        "holds": all(identity["holds"] for identity in identities),
        "identities": [{**each, "by": _by(each, told)} for each in identities],
        "pending": int(told.get("pending") or 0),
        "any_typed": any(box["typed"] for box in boxes),
        "wide": any((told.get("template") or {}).values()),
        "svg": picture(svg),
        "forms": [each for each in FORMS if svg or each == "flow.json"],
    }


def agreement(panel: pd.DataFrame, svg: str = "") -> dict[str, Any]:
    """What the page shows of `agreement.full_panel` (or of `agreement.panel`) and its figure.

    `pairs` and `groups` are its lines, `sentences` says the same in words, `notes` are the remarks, each once.
    """
    lines = [{str(name): value for name, value in line.items()} for line in panel.to_dict("records")]
    notes = list(dict.fromkeys(note for line in lines if (note := text.clean(line.get("note")))))
    told = [(line.get("line", "pair"), line, notes) for line in lines]
    level = float(lines[0]["level"]) if lines and text.given(lines[0].get("level")) else 0.95
    pairs = [_pair(line, notes) for kind, line, notes in told if kind == "pair"]
    return {
        "pairs": pairs,
        "many": len(pairs) > _MOST_PAIRS,
        "groups": [_group(line, notes) for kind, line, notes in told if kind == "all"],
        "sentences": [said for line in lines if (said := text.clean(line.get("sentence")))],
        "notes": notes,
        "level": f"{100 * level:g}{text.HARD_SPACE}%",
        "svg": picture(svg),
    }


def _pair(line: Mapping[str, Any], notes: Sequence[str]) -> dict[str, Any]:
    counts = ("both_include", "a_only", "b_only", "both_exclude")
    known = all(text.given(line[name]) for name in counts)
    return {
        **_of_line(line, notes),
        "reviewers": f"{line['reviewer_a']} and {line['reviewer_b']}",
        "joint": text.of(line["n_joint"], line["n_any"]),
        "cells": [text.number(line[name]) or "–" for name in counts],
        "counts": "" if known else text.clean(line["counts"]),
        "kappa": _with_interval(line, "kappa", "kappa"),
        "pabak": decimal(line["pabak"]) or "–",
        "prevalence": decimal(line["prevalence_index"]) or "–",
        "bias": decimal(line["bias_index"]) or "–",
    }


def _group(line: Mapping[str, Any], notes: Sequence[str]) -> dict[str, Any]:
    votes = text.given(line["fleiss_votes"])
    return {
        **_of_line(line, notes),
        "reviewers": f"{text.number(line['n_reviewers'])}: {text.clean(line['reviewers'])}",
        "joint": text.of(line["n_joint"], line["n_stage"]),
        "fleiss": _with_interval(line, "fleiss_kappa", "fleiss"),
        "fleiss_of": f"on {text.number(line['fleiss_n'])} with {text.counted(line['fleiss_votes'], 'vote')}"
        if votes
        else "",
        "alpha": _with_interval(line, "alpha", "alpha"),
        "counts": text.clean(line["counts"]),
    }


def _of_line(line: Mapping[str, Any], notes: Sequence[str]) -> dict[str, Any]:
    """What the lines of pairs and of all reviewers of a stage have in common."""
    note = text.clean(line.get("note"))
    return {
        "stage": text.capital(STAGE_LABELS.get(str(line["stage"]), str(line["stage"]))),
        "agreement": percent(line["percent_agreement"]) or "–",
        "ac1": _with_interval(line, "ac1", "ac1"),
        "paradox": text.given(line.get("paradox")) and bool(line["paradox"]),
        "note": notes.index(note) + 1 if note else "",
    }


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
    further = name in FURTHER_BOXES
    csv = f"prisma/boxes/{'further' if further else name}.csv"

    def count(ids: Sequence[str], n: Any, part: str = "") -> Count:
        title = f"{box['label']}: {part}" if part else str(box["label"])
        return members.count(title, ids, csv, shown=text.number(n), unit=box["unit"])

    parts = [
        (str(each.get("label") or each["reason"]), by_reason.get(each["reason"], ()), each["n"])
        for each in told.get("reasons", {}).get(name, [])
    ]
    found = {"identified": "sources", "other_identified": "other_sources"}.get(name)
    if found:
        sources = (told.get(found) or {}).items()
        parts += [(source["label"], by_source.get(kind, ()), source["n"]) for kind, source in sources]
    return {
        "name": name,
        "label": box["label"],
        "heading": "",
        "csv": csv,
        "csv_name": csv.rpartition("/")[2],
        "typed": int(box.get("typed") or 0),
        "cells": list(box.get("cells") or ()),
        "count": count(ids, box["n"]),
        "further": [(label, count(ids, n, label)) for label, ids, n in parts],
    }


def _under_headings(boxes: list[dict[str, Any]], told: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Says at the first box of each part of the figure which part that is, where there is more than one."""
    headings = {each["prefix"]: str(each["heading"]) for each in told.get("arms") or ()}

    def part(name: str) -> str:
        if name.startswith("previous_"):
            return "Previous version of the review"
        if name.startswith("total_"):
            return "Previous version and this one together"
        if name.startswith("included_"):
            return "Included"
        return headings.get("other_" if name.startswith("other_") else "", "")

    template = told.get("template") or {}
    if not (template.get("previous") or template.get("other")):
        return boxes
    before = ""
    for box in boxes:
        here = part(box["name"])
        box["heading"] = here if here != before else ""
        before = here
    return boxes


def _previous(told: Mapping[str, Any], members: Members) -> list[tuple[str, Count]]:
    """What became of the previous version: lists that are empty are not told."""
    previous = told.get("previous") or {}
    lines = []
    for name, unit, said in (
        ("studies_in_both", "studies", "Studies of the previous version found again"),
        ("reports_in_both", "reports", "Reports of the previous version found again"),
        ("dropped_studies", "studies", "Studies of the previous version not included any more"),
        ("dropped_reports", "reports", "Reports of the previous version not included any more"),
    ):
        ids = previous.get(name) or ()
        if ids:
            lines.append((said, members.count(said, ids, "prisma/flow.json", unit=unit)))
    if previous.get("set_aside"):
        said = "Records of the previous version, not counted again"
        lines.append((said, Count(text.number(previous["set_aside"]), said)))
    return lines


def _typed(each: Mapping[str, Any], told: Mapping[str, Any]) -> dict[str, Any]:
    """A typed number: what it counts, and whether the figure takes it or rows prove it."""
    box = told.get("boxes", {}).get(each["box"], {})
    early = each["box"] == "removed_before_import"
    labels = {line["reason"]: line.get("label") for line in told.get("reasons", {}).get(each["box"], [])}
    reason = text.clean(each.get("reason"))
    of = [part for part in (text.clean(each.get("source_name")), text.clean(labels.get(reason) or reason)) if part]
    label = "Removed before import" if early else box.get("label") or text.capital(str(each["box"]).replace("_", " "))
    return {
        "label": ", ".join([str(label), *(of or [kind for kind in (text.clean(each.get("source_type")),) if kind])]),
        "n": text.number(each["n"]),
        "cell": text.clean(each.get("cell")),
        "why": text.clean(each.get("why")).rstrip("."),
        "use": "counts" if early or box.get("typed") else "equal to the rows",
    }


def _by(identity: Mapping[str, Any], told: Mapping[str, Any]) -> str:
    """What a sum holds by beside its numbers; "" where they are equal and nothing is to be said."""
    if not identity["holds"] or not identity.get("exception"):
        return ""
    names = [exception_title(name).lower() for name in identity["exception"].split("; ")]
    return f"{'by the exception' if by_name(told, identity) else 'with the remark'}: {text.names(names)}"


def _exception(each: Mapping[str, Any], members: Members) -> dict[str, Any]:
    title = exception_title(each["name"])
    ids, n = each.get("ids") or (), text.number(each.get("n"))
    count = members.count(f"Exception: {title}", ids, "prisma/flow.json", shown=n, unit="members")
    return {"title": title, "why": text.clean(each["why"]).rstrip("."), "count": count}


def _with_interval(line: Mapping[str, Any], name: str, stem: str) -> tuple[str, str]:
    """A coefficient and its interval in words."""
    if not text.given(line[name]):
        return "not estimable", ""
    low, high = decimal(line[f"{stem}_low"]), decimal(line[f"{stem}_high"])
    return decimal(line[name]), f"{low} to {high}" if low and high else "no interval"
