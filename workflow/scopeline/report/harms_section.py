"""Harms for the page: the silence on harms, the events with their range, and every row as charted."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from .. import text
from ..natural_order import natural
from ..terms import HarmsStatus
from . import sentences
from .members import Members

Labels = Mapping[str, Mapping[str, str]]

_STATES: Mapping[str, str] = {
    HarmsStatus.EVENTS: "event reported",
    HarmsStatus.ZERO_STATED: "stated not to have occurred",
    HarmsStatus.NOT_REPORTED: "not reported",
    HarmsStatus.NOT_ASSESSED: "not assessed",
}
#: What a study says that is not silent on harms.
_SPEAKING = (HarmsStatus.EVENTS, HarmsStatus.ZERO_STATED)
_CSV = "tables/harms_summary.csv"


def harms(
    rows: pd.DataFrame,
    summary: pd.DataFrame,
    silence: pd.DataFrame,
    members: Members,
    labels: Labels,
    *,
    by_group: pd.DataFrame | None = None,
    studies_of: Mapping[str, Sequence[str]] | None = None,
) -> dict[str, Any]:
    """What the page shows of `harms.proportions`, `harms.summary` and `harms.silence`.

    `by_group` is `harms_groups.by_group`; `studies_of` maps groups of studies, such as those of one condition, to their
    ids: what each says of harms is told too.
    """
    return {
        "groups": sentences.of_harm_groups(by_group),
        "of_studies": _of_studies(silence, studies_of or {}, members),
        "silence": [_state(line, members) for line in silence.to_dict("records")],
        "sentence": sentences.of_silence(silence),
        "events": _events(summary, members, labels),
        "lines": sorted(
            (_row(line, labels) for line in rows.to_dict("records")), key=lambda line: natural(line["study_id"])
        ),
    }


def _state(line: Mapping[Any, Any], members: Members) -> dict[str, Any]:
    label = text.capital(text.clean(line["label"]))
    ids = text.ids(line["study_ids"])
    return {
        "label": label,
        "count": members.count(label, ids, "tables/harms_silence.csv", shown=text.number(line["n_studies"])),
        "percent": text.percent(line["n_studies"], line["denominator"]),
        "width": round(float(line["percent"]), 2) if text.given(line["percent"]) else 0,
    }


def _of_studies(
    silence: pd.DataFrame, studies_of: Mapping[str, Sequence[str]], members: Members
) -> list[dict[str, Any]]:
    """What the studies of each group say of harms: how many report an event, state that none occurred, are silent."""
    said = {str(line["state"]): set(text.ids(line["study_ids"])) for line in silence.to_dict("records")}
    silent = set().union(*(ids for state, ids in said.items() if state not in _SPEAKING))
    told = []
    for label, ids in studies_of.items():
        parts = {
            "studies": ("studies", set(ids)),
            "events": ("event reported", said.get(HarmsStatus.EVENTS, set())),
            "zero": ("stated not to have occurred", said.get(HarmsStatus.ZERO_STATED, set())),
            "silent": ("silent on harms", silent),
        }
        counts = {
            name: members.count(f"{label}: {what}", sorted(inside & set(ids)), "tables/harms_silence.csv")
            for name, (what, inside) in parts.items()
        }
        told.append({"label": label, **counts})
    return told


def _events(summary: pd.DataFrame, members: Members, labels: Labels) -> list[dict[str, Any]]:
    told: list[dict[str, Any]] = []
    for line in summary.to_dict("records"):
        event = _label(labels, "event", line["event"])
        arm = sentences.ARM_LABELS.get(str(line["arm_group"]), text.clean(line["arm_group"]))
        title = f"{text.capital(event)}, {arm.lower()}"
        sets = {
            "naming": ("studies naming it", "study_ids"),
            "occurred": ("occurred", "n_events_stated_ids"),
            "zero": ("stated not to have occurred", "n_zero_stated_ids"),
            "known": ("proportion known", "n_with_proportion_ids"),
        }
        counts = {
            name: members.count(f"{title}: {what}", text.ids(line[column]), _CSV)
            for name, (what, column) in sets.items()
        }
        first = not told or told[-1]["event"] != event
        group = str(line["arm_group"])
        told.append({"event": event, "first": first, "arm": arm, "group": group, **counts, **_spread(line)})
    return told


def _spread(line: Mapping[Any, Any]) -> dict[str, Any]:
    """The lowest and the highest proportion in words, and as a bar on a scale from 0 to 100."""
    low, high = line["lowest"], line["highest"]
    if not text.given(low) or not text.given(high):
        return {"low": "", "high": "", "low_x_n": "", "high_x_n": "", "one": False, "from": 0, "width": 0}
    return {
        "low": text.percent(low),
        "high": text.percent(high),
        "low_x_n": text.names(text.ids(line["lowest_x_n"]), most=2),
        "high_x_n": text.names(text.ids(line["highest_x_n"]), most=2),
        "one": float(low) == float(high),
        "from": round(100 * float(low), 2),
        "width": round(100 * (float(high) - float(low)), 2),
    }


def _row(line: Mapping[Any, Any], labels: Labels) -> dict[str, Any]:
    status = text.clean(line["harms_status"])
    told = {name: text.clean(line[name]) for name in ("study_id", "x_n", "as_reported", "note")}
    return {
        **told,
        **{name: _label(labels, name, line[name]) for name in ("arm", "event", "resolved")},
        "status": labels.get("harms_status", {}).get(status, _STATES.get(status, status or "not charted yet")),
        "silent": status not in (HarmsStatus.EVENTS, HarmsStatus.ZERO_STATED),
        "share": text.percent(line["proportion"]),
        "interval": text.shares_between(line["wilson_low"], line["wilson_high"]),
    }


def _label(labels: Labels, field: str, value: Any) -> str:
    return labels.get(field, {}).get(str(value), text.clean(value))
