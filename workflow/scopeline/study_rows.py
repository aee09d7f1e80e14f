"""One row a study: the rows of several reports of a study are put together before anything is counted."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from .terms import Missing

#: What a field says beside its value, in columns of its own that follow the value.
PARTS = ("__missing", "_low", "_high", "_number", "_bound")

#: Where no report gives a value, the reason that tells most stands.
_TELLING = (Missing.UNCLEAR, Missing.NR, Missing.NA, Missing.CONFLICT, Missing.QUARANTINED, Missing.BLANK)
_SEPARATOR = ";"


def one_per_study(
    studies: pd.DataFrame, *, multi: Collection[str] = (), companions: Collection[str] = (), report: str = "report_id"
) -> pd.DataFrame:
    """The typed frame with one row for each `study_id`; rows without one are left out, they are no study.

    Where reports of a study have rows of their own, their values are put together field by field: equal values pass,
    one that only some reports give fills the gap, the values of the fields in `multi` are joined. Where reports differ,
    that of the one report that is not among `companions` (IDs in the column `report`) stands; where that does not
    decide, the field has no value and its reason is `conflict`. Where no report gives a value, the reason that tells
    most stands. A frame that has one row a study comes back as it is. The order of rows is nothing.
    """
    if "study_id" not in studies.columns:
        return pd.DataFrame({"study_id": pd.Series([], dtype="string")})
    known = studies[studies["study_id"].notna()]
    again = known["study_id"].duplicated(keep=False)
    if not again.any():
        return known
    told = [
        _together(rows, set(multi), set(companions), report)
        for _, rows in known[again].groupby(known.loc[again, "study_id"].astype(str), sort=True)
    ]
    names = list(known.columns)
    added = [name for line in told for name in line if name not in names]
    names += list(dict.fromkeys(added))
    folded = pd.DataFrame(told, columns=names)
    once = known[~again].reindex(columns=names)
    kinds = {name: known[name].dtype if name in known.columns else "string" for name in names}
    return pd.concat([once.astype(kinds), folded.astype(kinds)], ignore_index=True)


@dataclass(frozen=True)
class Difference:
    """A field of which reports of one study say different things.

    `said` maps the position of each row that gives a value (from 0) to that value as text; `stands` are the positions
    of those that give the value that counts, none where the reports do not decide and the study has no value.
    """

    study_id: str
    field: str
    said: Mapping[int, str]
    stands: Collection[int]


def differences(
    studies: pd.DataFrame, fields: Sequence[str], *, companions: Collection[str] = (), report: str = "report_id"
) -> list[Difference]:
    """Where rows of one study differ in a field of `fields`, which are those that take one value (see `one_per_study`).

    Sorted by study, fields in the order given.
    """
    if "study_id" not in studies.columns:
        return []
    known = studies.reset_index(drop=True)
    known = known[known["study_id"].notna()]
    again = known[known["study_id"].duplicated(keep=False)]
    found = []
    for study, rows in again.groupby(again["study_id"].astype(str), sort=True):
        whole = _together(rows, set(), set(companions), report)
        for name in fields:
            if name not in rows.columns:
                continue
            said = {int(str(at)): str(value) for at, value in rows[name].dropna().items()}
            if len(set(said.values())) > 1:
                stands = [at for at, value in said.items() if pd.notna(whole[name]) and value == str(whole[name])]
                found.append(Difference(str(study), name, said, stands))
    return found


def _together(rows: pd.DataFrame, multi: set[str], companions: set[str], report: str) -> dict[str, Any]:
    """One study's rows as one."""
    lines = sorted(rows.to_dict("records"), key=lambda line: [str(line[name]) for name in sorted(line, key=str)])
    names = list(rows.columns)
    main = [line for line in lines if report in line and str(line[report]) not in companions]
    parts = {f"{name}{part}" for name in names for part in PARTS}
    whole: dict[str, Any] = {}
    for name in names:
        if name in parts:
            continue
        own = [f"{name}{part}" for part in PARTS[1:] if f"{name}{part}" in names]
        given = [line for line in lines if pd.notna(line[name])]
        values = list(dict.fromkeys(str(line[name]) for line in given))
        why: str | None = None
        chosen: Mapping[Any, Any] = given[0] if given else {}
        if len(values) > 1 and not name.startswith("_") and name not in {"study_id", report, *multi}:
            first = main[0] if len(main) == 1 else {}
            chosen = first if pd.notna(first.get(name)) else {}
            why = None if chosen else Missing.CONFLICT.value
        elif not given:
            why = _reason(lines, name)
        whole[name] = chosen.get(name)
        if name in multi and given:
            every = [part.strip() for value in values for part in value.split(_SEPARATOR) if part.strip()]
            whole[name] = f"{_SEPARATOR} ".join(sorted(set(every)))
        whole |= {part: chosen.get(part) for part in own}
        if f"{name}__missing" in names or why == Missing.CONFLICT:
            whole[f"{name}__missing"] = why
    return whole


def _reason(lines: list[dict[Any, Any]], name: str) -> str:
    said = {line.get(f"{name}__missing") for line in lines if pd.notna(line.get(f"{name}__missing"))}
    return next((kind.value for kind in _TELLING if kind in said), Missing.BLANK.value)
