"""Harms: proportions with their numbers, their range per event, and the silence that goes beside them.

Nothing is pooled. Absence of information is not absence of harm (Cochrane Handbook, chapter 19): the four states of
`harms_status` stay apart, and `silence` says how many studies each of them has.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import pandas as pd

from .charting import SEPARATOR, column, joined, missing_kinds
from .natural_order import natural
from .terms import HarmsStatus, Missing

#: Which arms make each group; an arm that no group lists is shown as `OTHER`.
ARMS: Mapping[str, Collection[str]] = {
    "intervention": ("LDN",),
    "comparator": ("placebo", "comparator"),
    "all": ("all",),
}
OTHER = "other"

NOT_CHARTED = "not_charted"

#: The states of a study from the one that tells most; a study stands in the first that any of its rows has.
STATES: Mapping[str, str] = {
    HarmsStatus.EVENTS: "harms reported",
    HarmsStatus.ZERO_STATED: "only events stated not to have occurred",
    HarmsStatus.NOT_REPORTED: "harms not reported",
    HarmsStatus.NOT_ASSESSED: "harms not assessed",
    NOT_CHARTED: "harms not charted yet",
}

#: States of a row that names an event.
NAMING = (HarmsStatus.EVENTS.value, HarmsStatus.ZERO_STATED.value)

#: Why a number is not there, in words.
ABSENT: Mapping[Missing, str] = {
    Missing.NR: "not reported",
    Missing.NA: "not applicable",
    Missing.UNCLEAR: "unclear",
    Missing.BLANK: "not given",
    Missing.QUARANTINED: "set aside",
    Missing.CONFLICT: "reviewers differ",
}

_KEY = ("study_id", "arm", "event", "harms_status")
_WHOLE = ("n_events", "n_exposed")
#: The columns of a proportion with its 95 % intervals.
REAL = ("proportion", "wilson_low", "wilson_high", "clopper_pearson_low", "clopper_pearson_high")
_CHARTED = ("as_reported", "resolved")
#: The columns of the upper bounds of a proportion where nobody had the event.
BOUNDS = ("rule_of_three", "exact_upper")
_COLUMNS = (*_KEY, *_WHOLE, *REAL, "x_n", *_CHARTED, "note", "charted_note", *BOUNDS)


def proportions(harms: pd.DataFrame, studies: pd.DataFrame | None = None) -> pd.DataFrame:
    """One row per study × arm × event as charted, with the proportion wherever both numbers are there.

    `harms`: the typed frame. With `studies`, a study that has no row in `harms` gets one that says so.

    Columns: `study_id`, `arm`, `event`, `harms_status`, `n_events`, `n_exposed`, `proportion` (0 to 1), its 95 %
    intervals (`wilson_low`, `wilson_high`, `clopper_pearson_low`, `clopper_pearson_high`), `x_n` ("7/17"),
    `as_reported`, `resolved`, `note` (why there is no proportion, or what the zero rests on), `charted_note` (the
    reviewers' own), and where nobody had the event the one-sided 95 % upper bounds of its proportion, `rule_of_three`
    and `exact_upper` (see `zero_bounds`). Where `zero_stated` stands without a number, the number of events is the 0
    that was stated. Rows are sorted by study, arm and event.
    """
    from .statistics import clopper_pearson, wilson

    rows: list[dict[str, Any]] = []
    kinds = {name: missing_kinds(harms, name) for name in _WHOLE}
    taken = (*_KEY, *_WHOLE, *_CHARTED, "note")
    for position, cells in enumerate(zip(*(_plain(column(harms, name)) for name in taken), strict=True)):
        line = dict(zip(taken, cells, strict=True))
        line["charted_note"], line["note"] = line["note"], None
        why = {name: kinds[name][position] for name in _WHOLE}
        if line["harms_status"] == HarmsStatus.ZERO_STATED and line["n_events"] is None:
            line["n_events"], why["n_events"] = 0, None
            line["note"] = "zero stated in words"
        obstacle = _obstacle(line, why)
        if obstacle:
            line["note"] = f"{line['note']}; {obstacle}" if line["note"] else obstacle
        else:
            x, n = int(line["n_events"]), int(line["n_exposed"])
            line |= {"proportion": x / n, "x_n": f"{x}/{n}"}
            for name, interval in (("wilson", wilson(x, n)), ("clopper_pearson", clopper_pearson(x, n))):
                if interval is not None:
                    line |= {f"{name}_low": interval.low, f"{name}_high": interval.high}
            if x == 0:
                line |= dict(zip(BOUNDS, zero_bounds(n), strict=True))
        rows.append(line)
    if studies is not None:
        rows += [
            {"study_id": study, "note": STATES[NOT_CHARTED]} for study in sorted(_studies(studies) - _studies(harms))
        ]
    rows.sort(key=lambda line: [natural("" if line.get(name) is None else str(line[name])) for name in _COLUMNS])
    table = pd.DataFrame(rows, columns=list(_COLUMNS))
    numbers = {**dict.fromkeys(_WHOLE, "Int64"), **dict.fromkeys((*REAL, *BOUNDS), "Float64")}
    return table.astype({name: numbers.get(name, "string") for name in _COLUMNS})


def zero_bounds(n: int) -> tuple[float, float]:
    """How often an event may happen at most that none of `n` people had: rule of three, and the exact bound.

    Both are one-sided 95 % upper bounds of the proportion: 3/n (at most 1), and 1 - 0.05^(1/n) (Hanley & Lippman-Hand
    1983). The rule of three is close where n is 30 or more. Raises ValueError where n is below 1.
    """
    if n < 1:
        raise ValueError(f"Of {n} people nothing can be said; there must be at least one.")
    return min(1.0, 3 / n), 1 - 0.05 ** (1 / n)


def summary(
    harms: pd.DataFrame,
    studies: pd.DataFrame | None = None,
    *,
    arms: Mapping[str, Collection[str]] = ARMS,
    events_order: Sequence[str] = (),
) -> pd.DataFrame:
    """Per event and group of arms: how many studies name the event, and the lowest and the highest proportion among
    them.

    With `studies`, only harms of those studies count. Columns: `event`, `arm_group` (a key of `arms`, or "other"),
    `n_studies` naming the event (also to say that it did not occur), `n_events_stated` (studies in which it occurred),
    `n_zero_stated`, `n_with_proportion`; `lowest` and `highest` proportion (0 to 1, NA without any) with their x/n and
    studies, in the same order; `study_ids`, and the members of each other number. A study with two arms in a group can
    stand in both `n_events_stated` and `n_zero_stated`. Sorted by `events_order` if given, otherwise by the number of
    studies naming the event on the first group of arms.

    At the end stand, beside every number, the studies that are silent on harms: `n_silent` (not reported, not assessed
    or not charted yet), `denominator` (all studies) and `silent_ids`; NA without `studies`.
    """
    lines = proportions(harms)
    if studies is not None:
        lines = lines[lines["study_id"].isin(_studies(studies))]
    lines = lines[lines["harms_status"].isin(NAMING) & lines["event"].notna() & lines["study_id"].notna()]
    groups = pd.Series(arm_groups(lines["arm"], arms), index=lines.index, dtype="string")
    silent_ones = beside(harms, studies)
    rows: list[dict[str, Any]] = []
    for (event, group), cell in lines.groupby([lines["event"], groups], sort=False):
        sets = {
            "n_studies": set(cell["study_id"]),
            "n_events_stated": set(cell.loc[cell["harms_status"] == HarmsStatus.EVENTS, "study_id"]),
            "n_zero_stated": set(cell.loc[cell["harms_status"] == HarmsStatus.ZERO_STATED, "study_id"]),
            "n_with_proportion": set(cell.loc[cell["proportion"].notna(), "study_id"]),
        }
        line: dict[str, Any] = {"event": event, "arm_group": group, **silent_ones}
        for name, members in sets.items():
            line[name] = len(members)
            line["study_ids" if name == "n_studies" else f"{name}_ids"] = joined(members)
        for end, value in (("lowest", cell["proportion"].min()), ("highest", cell["proportion"].max())):
            there = cell[(cell["proportion"] == value).fillna(False)] if pd.notna(value) else cell[:0]
            line[end] = None if pd.isna(value) else float(value)
            for part, source in (("x_n", "x_n"), ("ids", "study_id")):
                line[f"{end}_{part}"] = SEPARATOR.join(there[source])
        rows.append(line)
    _sort_summary(rows, (*arms, OTHER), events_order)
    numbers = ("n_studies", "n_events_stated", "n_zero_stated", "n_with_proportion")
    ends = [f"{end}{part}" for end in ("lowest", "highest") for part in ("", "_x_n", "_ids")]
    columns = ["event", "arm_group", *numbers, *ends, "study_ids", *(f"{name}_ids" for name in numbers[1:]), *BESIDE]
    whole_or_real = {**dict.fromkeys((*numbers, *BESIDE[:2]), "Int64"), "lowest": "Float64", "highest": "Float64"}
    return pd.DataFrame(rows, columns=columns).astype({name: whole_or_real.get(name, "string") for name in columns})


#: The columns that say how many studies are silent on harms, at the end of every table of harms across studies.
BESIDE = ("n_silent", "denominator", "silent_ids")


def silent(harms: pd.DataFrame, studies: pd.DataFrame) -> set[str]:
    """The studies that say nothing of harms: not reported, not assessed, or not charted yet."""
    table = silence(harms, studies)
    lost = table[table["state"].isin([HarmsStatus.NOT_REPORTED, HarmsStatus.NOT_ASSESSED, NOT_CHARTED])]
    return {study for members in lost["study_ids"] for study in members.split(SEPARATOR) if study}


def arm_groups(arms_: pd.Series, arms: Mapping[str, Collection[str]] = ARMS) -> list[str]:
    """For each arm the group that lists it, or `OTHER`."""
    group_of = {arm: group for group, members in arms.items() for arm in members}
    return [OTHER if pd.isna(arm) else group_of.get(str(arm), OTHER) for arm in arms_]


def beside(harms: pd.DataFrame, studies: pd.DataFrame | None) -> dict[str, Any]:
    """The columns `BESIDE` with their values, the same in every row; empty without `studies`."""
    if studies is None:
        return {}
    ids = silent(harms, studies)
    return dict(zip(BESIDE, (len(ids), len(_studies(studies)), joined(ids)), strict=True))


def as_table(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> pd.DataFrame:
    """Rows as a typed frame of harms with these columns: counts are whole numbers, proportions and bounds real ones."""
    whole = {*_WHOLE, "at_least", "at_most", *(name for name in columns if name.startswith(("n_", "denominator")))}
    kinds = {
        **dict.fromkeys((*REAL, *BOUNDS), "Float64"),
        **dict.fromkeys(whole, "Int64"),
        "missing": "boolean",
    }
    return pd.DataFrame(rows, columns=list(columns)).astype({name: kinds.get(name, "string") for name in columns})


def silence(harms: pd.DataFrame, studies: pd.DataFrame) -> pd.DataFrame:
    """Studies by what they say of harms. All five states stand there, also with no study.

    `events` (at least one event reported), `zero_stated` (only that events did not occur), `not_reported`,
    `not_assessed`, `not_charted` (no row in `harms`, or none with a state). Columns: `state`, `label`, `n_studies`,
    `denominator` (all of `studies`), `percent` (0 to 100, NA without studies), `study_ids`.
    """
    everybody = _studies(studies)
    said: dict[str, set[str]] = {study: set() for study in everybody}
    for study, state in zip(column(harms, "study_id"), column(harms, "harms_status"), strict=True):
        if pd.notna(study) and str(study) in said and pd.notna(state):
            said[str(study)].add(str(state))
    members: dict[str, set[str]] = {state: set() for state in STATES}
    for study, states in said.items():
        members[next((state for state in STATES if state in states), NOT_CHARTED)].add(study)
    rows = [
        {
            "state": str(state),
            "label": label,
            "n_studies": len(members[state]),
            "denominator": len(everybody),
            "percent": 100 * len(members[state]) / len(everybody) if everybody else None,
            "study_ids": joined(members[state]),
        }
        for state, label in STATES.items()
    ]
    kinds = {"state": "string", "label": "string", "n_studies": "Int64", "denominator": "Int64", "percent": "Float64"}
    return pd.DataFrame(rows).astype({**kinds, "study_ids": "string"})


def _obstacle(line: Mapping[str, Any], why: Mapping[str, Missing | None]) -> str:
    """Why a row has no proportion; empty where it has one."""
    state = line["harms_status"]
    if state in (HarmsStatus.NOT_REPORTED, HarmsStatus.NOT_ASSESSED):
        return STATES[state]
    parts = []
    if state is None:
        parts.append("harms status not charted")
    for name, words in (("n_events", "number with the event"), ("n_exposed", "number exposed")):
        kind = why[name]
        if kind is not None:
            parts.append(f"{words} {ABSENT[kind]}")
    if parts:
        return "; ".join(parts)
    if line["n_exposed"] <= 0:
        return "nobody exposed"
    if line["n_events"] < 0:
        return "a negative number of events"
    if line["n_events"] > line["n_exposed"]:
        return "more events than people exposed, so events and not people are counted"
    return ""


def _sort_summary(rows: list[dict[str, Any]], groups: Sequence[str], events_order: Sequence[str]) -> None:
    first = {line["event"]: line["n_studies"] for line in rows if line["arm_group"] == groups[0]}
    place = {event: position for position, event in enumerate(events_order)}
    rows.sort(
        key=lambda line: (
            place.get(line["event"], len(place)),
            -first.get(line["event"], 0),
            line["event"],
            groups.index(line["arm_group"]),
        )
    )


def _plain(values: pd.Series) -> list[Any]:
    return [None if pd.isna(value) else value for value in values]


def _studies(frame: pd.DataFrame) -> set[str]:
    return {str(study) for study in column(frame, "study_id").dropna()}
