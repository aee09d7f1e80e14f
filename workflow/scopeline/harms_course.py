"""What became of people with harms: who stopped because of them, and whether they passed."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import pandas as pd

from .charting import column, joined, missing_kinds
from .harms import ABSENT, ARMS, BESIDE, BOUNDS, OTHER, REAL, arm_groups, as_table, beside, proportions
from .natural_order import natural
from .terms import HarmsStatus

#: Values of `event` that say that people stopped because of harm.
DISCONTINUATIONS = ("discontinued because of adverse event",)

#: What a study may say of whether an event passed, in the order in which it is told.
RESOLVED = ("yes", "partly", "no")


def discontinuations(
    harms: pd.DataFrame,
    studies: pd.DataFrame | None = None,
    *,
    events: Collection[str] = DISCONTINUATIONS,
    arms: Mapping[str, Collection[str]] = ARMS,
) -> pd.DataFrame:
    """Who stopped because of harm: the rows of these `events`, and those with a number in `n_discontinued`.

    Columns: `study_id`, `arm`, `arm_group`, `event` (the event that people stopped for; NA where the row is of stopping
    itself), `harms_status`, `n_events` (people who stopped), `n_exposed`, `proportion`, `wilson_low`, `wilson_high`,
    `clopper_pearson_low`, `clopper_pearson_high`, `x_n`, `as_reported`, `note`, `rule_of_three`, `exact_upper`; then
    the columns `BESIDE`. Rows of the same study and arm may speak of the same people: they are not added up.
    """
    of_stopping = column(harms, "event").isin(list(events)).fillna(False).astype(bool)
    others = harms[column(harms, "n_discontinued").notna() & ~of_stopping]
    own = others.assign(n_events=column(others, "n_discontinued").astype("Int64"))
    counted = [proportions(harms[of_stopping]).assign(stopped_for=None)]
    if not others.empty:
        state = [(HarmsStatus.EVENTS if n else HarmsStatus.ZERO_STATED).value for n in own["n_events"]]
        of_events = proportions(own.assign(harms_status=pd.array(state, dtype="string")))
        counted.append(of_events.assign(stopped_for=of_events["event"]))
    table = pd.concat([part.astype({"stopped_for": "string"}) for part in counted], ignore_index=True)
    table = table.assign(event=table["stopped_for"], arm_group=arm_groups(table["arm"], arms))
    if studies is not None:
        table = table[table["study_id"].isin(set(column(studies, "study_id").dropna().astype(str)))]
    silent_ones = beside(harms, studies)
    rows = [{**{str(name): value for name, value in line.items()}, **silent_ones} for line in table.to_dict("records")]
    rows.sort(
        key=lambda line: [
            natural(_text(line[name])) for name in ("study_id", "arm", "event", "x_n", "as_reported", "note")
        ]
    )
    return as_table(rows, _STOPPED_COLUMNS)


def resolution(
    harms: pd.DataFrame,
    studies: pd.DataFrame | None = None,
    *,
    arms: Mapping[str, Collection[str]] = ARMS,
    order: Sequence[str] = RESOLVED,
) -> pd.DataFrame:
    """Whether events that occurred passed, by group of arms: rows and studies by what they say, and by why they do not.

    Columns: `arm_group`, `resolved` (a value, or the words for why there is none), `missing` (True for those),
    `n_events_rows` (event rows: study × arm × event), `n_studies`, `denominator_rows` (event rows of these arms),
    `events` (named, joined), `study_ids`; then the columns `BESIDE`. Values of `order` stand there also with 0.
    """
    there = (column(harms, "harms_status") == HarmsStatus.EVENTS.value).fillna(False).astype(bool)
    lines = harms[there & column(harms, "study_id").notna()]
    if studies is not None:
        lines = lines[column(lines, "study_id").isin(set(column(studies, "study_id").dropna().astype(str)))]
    silent_ones = beside(harms, studies)
    cells: dict[tuple[str, bool, str], list[tuple[str, str]]] = {}
    for group in dict.fromkeys(arm_groups(column(lines, "arm"), arms)):
        cells |= {(group, False, word): [] for word in order}
    said = zip(
        arm_groups(column(lines, "arm"), arms),
        column(lines, "resolved"),
        missing_kinds(lines, "resolved"),
        column(lines, "study_id"),
        column(lines, "event"),
        strict=True,
    )
    for group, word, why, study, event in said:
        key = (group, why is not None, str(word) if why is None else ABSENT[why])
        cells.setdefault(key, []).append((str(study), _text(event)))
    whole: dict[str, int] = {}
    for (group, _, _), members in cells.items():
        whole[group] = whole.get(group, 0) + len(members)
    groups = (*arms, OTHER)
    place = {word: position for position, word in enumerate(order)}
    ordered = sorted(cells, key=lambda key: (groups.index(key[0]), key[1], place.get(key[2], len(place)), key[2]))
    rows = [
        {
            "arm_group": group,
            "resolved": word,
            "missing": missing,
            **silent_ones,
            "n_events_rows": len(cells[group, missing, word]),
            "n_studies": len({study for study, _ in cells[group, missing, word]}),
            "denominator_rows": whole[group],
            "events": joined(event for _, event in cells[group, missing, word] if event),
            "study_ids": joined(study for study, _ in cells[group, missing, word]),
        }
        for group, missing, word in ordered
    ]
    return as_table(rows, _RESOLVED_COLUMNS)


_STOPPED_COLUMNS = (
    *(
        "study_id",
        "arm",
        "arm_group",
        "event",
        "harms_status",
        "n_events",
        "n_exposed",
        *REAL,
        "x_n",
        "as_reported",
        "note",
    ),
    *(*BOUNDS, *BESIDE),
)
_RESOLVED_COLUMNS = (
    *("arm_group", "resolved", "missing", "n_events_rows", "n_studies", "denominator_rows", "events", "study_ids"),
    *BESIDE,
)


def _text(value: Any) -> str:
    return "" if pd.isna(value) else str(value)
