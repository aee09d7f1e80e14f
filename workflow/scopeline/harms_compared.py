"""Harms with the intervention against those with the comparator, within each study. Nothing is pooled across studies.

The risk difference has Newcombe's hybrid score interval (Newcombe 1998, method 10), which holds for independent groups:
where the same people were in both arms (crossover trials) the difference is given without an interval.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import pandas as pd

from .charting import column, joined
from .harms import ARMS, BESIDE, NAMING, arm_groups, as_table, beside, proportions
from .harms_groups import by_group
from .natural_order import natural

#: The two groups of arms that are compared, first minus second.
INTERVENTION, COMPARATOR = "intervention", "comparator"

SAME_PEOPLE = "the same people were in both arms, so no interval for independent groups is given"
DESIGN_UNKNOWN = "the design is not known; the interval holds if the arms are of different people"

_COLUMNS = (
    *("study_id", "event", "events", "intervention_arm", "comparator_arm", "intervention_x_n", "comparator_x_n"),
    *("n_events_intervention", "n_exposed_intervention", "n_events_comparator", "n_exposed_comparator"),
    *("risk_difference", "newcombe_low", "newcombe_high", "compared", "note", *BESIDE),
)
_REAL = ("risk_difference", "newcombe_low", "newcombe_high")


def compared(
    harms: pd.DataFrame,
    studies: pd.DataFrame | None = None,
    *,
    arms: Mapping[str, Collection[str]] = ARMS,
    crossovers: Collection[str] = (),
    unknown: Collection[str] = (),
    groups: Mapping[str, str] | None = None,
    events_order: Sequence[str] = (),
    level: float = 0.95,
) -> pd.DataFrame:
    """Per study and event: each arm of the intervention against each arm of the comparator.

    Studies that name events in arms of both groups take part. An event that only one side names is a row too: that the
    other side does not name it is not a zero. `crossovers`: the studies whose arms hold the same people; `unknown`:
    those of which that is not known, whose interval says so. With `groups` (event → group, as in
    `harms_groups.by_group`) groups of events are compared in place of events, so that insomnia with the one meets
    trouble sleeping with the other; where one arm's number is not one number there is no difference.

    Columns: `study_id`, `event` (or the group), `events` (what the arms name), `intervention_arm`, `comparator_arm`,
    `intervention_x_n`, `comparator_x_n`, the four numbers behind them, `risk_difference` (intervention minus
    comparator, -1 to 1), `newcombe_low`, `newcombe_high`, `compared` (yes, no), `note` (why there is no difference or
    no interval), and at the end how many studies are silent on harms (`n_silent`, `denominator`, `silent_ids`; NA
    without `studies`).
    """
    lines = _lines(harms, studies, arms, groups)
    cells: dict[str, dict[str, dict[str, dict[str, dict[str, Any]]]]] = {}
    for charted, group in zip(lines.to_dict("records"), arm_groups(lines["arm"], arms), strict=True):
        if group in (INTERVENTION, COMPARATOR):
            study = cells.setdefault(str(charted["study_id"]), {INTERVENTION: {}, COMPARATOR: {}})
            arm = study[group].setdefault(str(charted["arm"]), {})
            arm[str(charted["event"])] = {str(name): value for name, value in charted.items()}
    silent_ones = beside(harms, studies)
    rows = []
    for name, study in cells.items():
        for first, own in study[INTERVENTION].items():
            for second, other in study[COMPARATOR].items():
                for event in {*own, *other}:
                    row = _row(own.get(event), other.get(event), same_people=name in crossovers, level=level)
                    if name in unknown and pd.notna(row.get("newcombe_low")):
                        row["note"] = DESIGN_UNKNOWN
                    named = joined(side[event]["events"] for side in (own, other) if event in side)
                    about = {"study_id": name, "event": event, "events": named}
                    rows.append({**about, "intervention_arm": first, "comparator_arm": second, **row, **silent_ones})
    place = {event: position for position, event in enumerate(events_order)}
    rows.sort(
        key=lambda row: (
            place.get(row["event"], len(place)),
            *(natural(row[name]) for name in ("event", "study_id", "intervention_arm", "comparator_arm")),
        )
    )
    return as_table(rows, _COLUMNS).astype(dict.fromkeys(_REAL, "Float64"))


def across(table: pd.DataFrame) -> pd.DataFrame:
    """Per event (or group) of `compared`: how many studies compare it, and the range of their differences.

    Columns: `event`, `n_studies` (that name it in either arm), `n_compared`, `higher` (studies with a difference above
    0), `equal`, `lower`, `both_ways` (a study with several comparisons that point apart), `lowest`, `highest`
    difference, `study_ids`, `compared_ids`; then the columns `BESIDE`, as in `compared`. Each study counts once.
    """
    studies: dict[str, dict[str, list[float]]] = {}
    for event, study, difference in zip(table["event"], table["study_id"], table["risk_difference"], strict=True):
        found = studies.setdefault(str(event), {}).setdefault(str(study), [])
        if pd.notna(difference):
            found.append(float(difference))
    rows = []
    silent_ones = {name: table[name].iloc[0] if len(table) else None for name in BESIDE if name in table.columns}
    for event, by_study in studies.items():
        given = {study: values for study, values in by_study.items() if values}
        ways = [_way(values) for values in given.values()]
        every = [value for values in given.values() for value in values]
        rows.append(
            {
                "event": event,
                "n_studies": len(by_study),
                "n_compared": len(given),
                **{way: ways.count(way) for way in _WAYS},
                "lowest": min(every) if every else None,
                "highest": max(every) if every else None,
                "study_ids": joined(by_study),
                "compared_ids": joined(given),
                **silent_ones,
            }
        )
    whole = ("n_studies", "n_compared", *_WAYS)
    columns = ("event", *whole, "lowest", "highest", "study_ids", "compared_ids", *BESIDE)
    kinds = {**dict.fromkeys((*whole, *BESIDE[:2]), "Int64"), "lowest": "Float64", "highest": "Float64"}
    return pd.DataFrame(rows, columns=list(columns)).astype({name: kinds.get(name, "string") for name in columns})


_WAYS = ("higher", "equal", "lower", "both_ways")


def _lines(
    harms: pd.DataFrame,
    studies: pd.DataFrame | None,
    arms: Mapping[str, Collection[str]],
    groups: Mapping[str, str] | None,
) -> pd.DataFrame:
    """What each arm of each study says of each event, or of each group of events."""
    if groups is not None:
        lines = by_group(harms, groups, studies, arms=arms).drop(columns="arm_group")
        return lines.rename(columns={"event_group": "event", "at_least": "n_events"})
    lines = proportions(harms)
    if studies is not None:
        lines = lines[lines["study_id"].isin(set(column(studies, "study_id").dropna().astype(str)))]
    lines = lines[lines["harms_status"].isin(NAMING) & lines["event"].notna() & lines["study_id"].notna()]
    return lines.assign(events=lines["event"])


def _way(differences: Sequence[float]) -> str:
    signs = {(value > 0) - (value < 0) for value in differences}
    if {1, -1} <= signs:
        return "both_ways"
    return "higher" if 1 in signs else "lower" if -1 in signs else "equal"


def _row(
    own: Mapping[str, Any] | None, other: Mapping[str, Any] | None, *, same_people: bool, level: float
) -> dict[str, Any]:
    """The numbers of one event in two arms, and their difference where both have a proportion."""
    from .statistics import newcombe

    row: dict[str, Any] = {"compared": "no"}
    notes = []
    for side, charted in ((INTERVENTION, own), (COMPARATOR, other)):
        if charted is None:
            notes.append(f"not named with the {side}, which is not a zero")
            continue
        row |= {f"{side}_x_n": charted["x_n"]}
        row |= {f"{name}_{side}": charted[name] for name in ("n_events", "n_exposed")}
        if pd.isna(charted["proportion"]):
            notes.append(f"{side}: {charted['note']}")
    if own is None or other is None or notes:
        return {**row, "note": "; ".join(notes)}
    difference = newcombe(
        int(own["n_events"]), int(own["n_exposed"]), int(other["n_events"]), int(other["n_exposed"]), level
    )
    if difference is None:
        return {**row, "note": "nobody exposed"}
    row |= {"risk_difference": difference.difference, "compared": "yes"}
    if same_people:
        return {**row, "note": SAME_PEOPLE}
    return {**row, "newcombe_low": difference.interval.low, "newcombe_high": difference.interval.high}
