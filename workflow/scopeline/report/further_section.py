"""Tables that only some reviews have, for the page: a few in full, the others by what they tell and their file."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import pandas as pd

from ..evidence import FURTHER
from .further_tables import Lines, Maker, Table
from .members import Members

FOLDER = "tables/further"

#: Section of the page → frame of `evidence.FURTHER` → what its table tells.
_TOLD: Mapping[str, Mapping[str, str]] = {
    "characteristics": {"cross": "data items by another data item"},
    "appraisal": {"lights_summary": "judgements by domain", "lights": "every judgement of every study"},
    "map": {
        "totals": "totals of rows and columns with participants",
        "sensitivity_summary": "sensitivity analyses",
        "sensitivity": "sensitivity analyses cell by cell",
    },
    "tests": {
        "vote_count": "vote counting by direction",
        "p_combined": "combined p-values",
        "p_entered": "the p-values that entered",
        "swim": "what SWiM asks to be reported",
    },
    "strata": {"strata": "the map within groups of studies"},
    "harms": {
        "by_group": "harms by group of events",
        "compared_across": "arms compared, by event",
        "compared": "arms compared, study by study",
        "compared_by_group": "arms compared by group of events",
        "discontinuations": "people who stopped because of harm",
        "resolution": "whether harms resolved",
    },
}


@dataclass
class Further:
    """For each section of the page its tables, and what stands in which file."""

    tables: dict[str, list[Table]] = field(default_factory=dict)
    files: dict[str, list[tuple[str, str]]] = field(default_factory=dict)


def further(frames: Mapping[str, pd.DataFrame], members: Members, labels: Mapping[str, Mapping[str, str]]) -> Further:
    """What the page shows of the frames of `evidence.FURTHER`; those without a row are not there."""
    found = Further()
    for section, told in _TOLD.items():
        for name, said in told.items():
            frame = frames.get(name)
            if frame is None or frame.empty:
                continue
            path = f"{FOLDER}/{FURTHER[name]}"
            found.files.setdefault(section, []).append((said, path))
            if name in _SHOWN:
                lines = [{str(key): value for key, value in line.items()} for line in frame.to_dict("records")]
                found.tables.setdefault(section, []).append(_SHOWN[name](Maker(path, members, labels), lines))
    return found


#: The frames that the page shows in full.
_SHOWN: Mapping[str, Callable[[Maker, Lines], Table]] = {
    "sensitivity_summary": Maker.sensitivity,
    "vote_count": Maker.vote_count,
    "p_combined": Maker.p_values,
    "swim": Maker.swim,
    "compared_across": Maker.compared_across,
    "compared": Maker.compared,
}
