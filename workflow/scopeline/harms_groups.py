"""Events that belong together under the name of their group, with each study once in a group of events."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import pandas as pd

from .charting import column, joined
from .harms import ARMS, BESIDE, NAMING, OTHER, arm_groups, as_table, beside, proportions
from .natural_order import natural
from .terms import HarmsStatus


def by_group(
    harms: pd.DataFrame,
    groups: Mapping[str, str],
    studies: pd.DataFrame | None = None,
    *,
    arms: Mapping[str, Collection[str]] = ARMS,
    groups_order: Sequence[str] = (),
) -> pd.DataFrame:
    """Events that belong together (insomnia, trouble sleeping), by study and arm, each study once in a group.

    `groups` maps an event to its group; an event without one is a group of its own. Where a study names one event of
    the group in an arm, that is the number. Where it names several, the same people may stand in more than one of them:
    between the largest and the sum of them had any, and no proportion is made up.

    Columns: `event_group`, `arm_group`, `arm`, `study_id`, `events` (joined), `n_named`; `harms_status` (events where
    any occurred); `at_least` and `at_most` people with any of them, `n_exposed`, `x_n` ("5/20", "5 to 8/20"), and
    `proportion`, `wilson_low`, `wilson_high` where the number is one; `note`; then the columns `BESIDE`.
    """
    from .statistics import wilson

    lines = proportions(harms)
    if studies is not None:
        lines = lines[lines["study_id"].isin(set(column(studies, "study_id").dropna().astype(str)))]
    lines = lines[lines["harms_status"].isin(NAMING) & lines["event"].notna() & lines["study_id"].notna()]
    silent_ones = beside(harms, studies)
    cells: dict[tuple[str, str, str, str], list[dict[str, Any]]] = {}
    for charted, arm_group in zip(lines.to_dict("records"), arm_groups(lines["arm"], arms), strict=True):
        event, arm = str(charted["event"]), "" if pd.isna(charted["arm"]) else str(charted["arm"])
        key = (groups.get(event, event), arm_group, arm, str(charted["study_id"]))
        cells.setdefault(key, []).append({str(name): value for name, value in charted.items()})
    rows = []
    for (group, arm_group, arm, study), members in cells.items():
        occurred = any(line["harms_status"] == HarmsStatus.EVENTS for line in members)
        line: dict[str, Any] = {
            "event_group": group,
            "arm_group": arm_group,
            "arm": arm,
            "study_id": study,
            **silent_ones,
            "events": joined(line["event"] for line in members),
            "n_named": len({line["event"] for line in members}),
            "harms_status": HarmsStatus.EVENTS.value if occurred else HarmsStatus.ZERO_STATED.value,
            **_any_of(members),
        }
        if pd.notna(line.get("at_least")) and line["at_least"] == line["at_most"]:
            interval = wilson(line["at_least"], line["n_exposed"])
            line["proportion"] = line["at_least"] / line["n_exposed"]
            line |= {} if interval is None else {"wilson_low": interval.low, "wilson_high": interval.high}
        rows.append(line)
    place = {group: position for position, group in enumerate(groups_order)}
    order = (*arms, OTHER)
    rows.sort(
        key=lambda line: (
            place.get(line["event_group"], len(place)),
            line["event_group"],
            order.index(line["arm_group"]),
            natural(line["study_id"]),
            natural(line["arm"]),
        )
    )
    return as_table(rows, _GROUP_COLUMNS)


_GROUP_COLUMNS = (
    *("event_group", "arm_group", "arm", "study_id", "events", "n_named", "harms_status", "at_least", "at_most"),
    *("n_exposed", "x_n", "proportion", "wilson_low", "wilson_high", "note", *BESIDE),
)


def _any_of(members: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """How many people of one arm had any of these events: the bounds that the rows allow."""
    numbered = [line for line in members if pd.notna(line["proportion"])]
    if len(numbered) < len(members):
        notes = joined(f"{line['event']}: {line['note']}" for line in members if pd.isna(line["proportion"]))
        return {"note": notes}
    exposed = {int(line["n_exposed"]) for line in members}
    if len(exposed) > 1:
        return {"note": f"numbers exposed differ between the events ({', '.join(map(str, sorted(exposed)))})"}
    n = exposed.pop()
    counts = [int(line["n_events"]) for line in members]
    least, most = max(counts), min(n, sum(counts))
    told = f"{least}/{n}" if least == most else f"{least} to {most}/{n}"
    note = "" if least == most else "several events, so the same people may stand in more than one"
    return {"at_least": least, "at_most": most, "n_exposed": n, "x_n": told, "note": note or None}
