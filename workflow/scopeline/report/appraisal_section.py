"""The critical appraisal for the page: which studies were appraised, and which were not."""

from dataclasses import dataclass

import pandas as pd

from .. import text
from ..appraisal import NOT_APPRAISED
from .members import Count, Members

_CSV = "tables/further/appraisal.csv"

#: So many studies without an appraisal are named on the page; its list has them all.
_MOST_NAMED = 20


@dataclass(frozen=True)
class Coverage:
    """How far one instrument was used: studies appraised, of all, and those that were not, with their names."""

    instrument: str
    appraised: Count
    whole: str
    without: Count
    names: str


def coverage(lights: pd.DataFrame | None, members: Members) -> list[Coverage]:
    """One entry an instrument of `appraisal.traffic_light`; a study without a judgement anywhere is not appraised."""
    if lights is None or lights.empty:
        return []
    found = []
    for instrument, lines in lights.groupby("instrument", sort=False):
        named = text.clean(instrument)
        judged = set(lines.loc[lines["judgement"] != NOT_APPRAISED, "study_id"])
        studies = list(dict.fromkeys(lines["study_id"]))
        without = [study for study in studies if study not in judged]
        title = f"Appraised with {named}" if named else "Appraised"
        found.append(
            Coverage(
                named,
                members.count(title, [study for study in studies if study in judged], _CSV),
                text.number(len(studies)),
                members.count(title.replace("Appraised", "Not appraised", 1), without, _CSV),
                text.names(map(text.clean, without), most=_MOST_NAMED),
            )
        )
    return found
