"""How many people were studied: one number a study, by a rule that is named where the number is printed."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal

import pandas as pd

from .study_rows import one_per_study

Rule = Literal["people", "periods", "left_out"]

#: The rules for crossover trials, and the sentence that stands beside every number counted by them.
RULES: dict[Rule, str] = {
    "people": "Each study's number once; in a crossover trial each person once, however many periods there are.",
    "periods": "Each study's number once; in a crossover trial each person once a period.",
    "left_out": "Each study's number once; crossover trials are left out of the number of participants.",
}

#: Periods of a crossover trial that does not say how many it has.
USUAL_PERIODS = 2


@dataclass(frozen=True)
class Counting:
    """Which fields of studies hold the number of people (the first that has one counts), and what crossovers count as.

    `crossovers` lists the values of `design` that are crossover trials; where it is empty, every design with
    "crossover" in its name is one. `periods` is the field that says how many periods a crossover trial has.
    """

    rule: Rule = "people"
    fields: Sequence[str] = ("n",)
    design: str = "design"
    crossovers: Collection[str] = ()
    periods: str = "periods"

    @property
    def sentence(self) -> str:
        """What is printed beside the numbers."""
        if len(self.fields) < 2:
            return RULES[self.rule]
        return f"{RULES[self.rule]} The number is the first given of {', '.join(self.fields)}."


def crossovers(studies: pd.DataFrame, counting: Counting | None = None) -> set[str]:
    """The `study_id` of each crossover trial."""
    how = counting or Counting()
    known = one_per_study(studies)
    if how.design not in known.columns:
        return set()
    return {
        str(study)
        for study, design in zip(known["study_id"], known[how.design], strict=True)
        if pd.notna(design) and _crosses(str(design), how.crossovers)
    }


def without_design(studies: pd.DataFrame, counting: Counting | None = None) -> set[str]:
    """The `study_id` of each study that has no design charted, so that nobody knows whether it is a crossover trial."""
    how = counting or Counting()
    known = one_per_study(studies)
    if how.design in known.columns:
        known = known[known[how.design].isna()]
    return set(known["study_id"].astype(str))


def participants(studies: pd.DataFrame, counting: Counting | None = None) -> dict[str, int]:
    """Study → participants, for the studies that give a number (and, by the rule `left_out`, are no crossover trial).

    `studies`: the typed frame; columns that it lacks count as not given. Raises ValueError for an unknown rule.
    """
    how = counting or Counting()
    if how.rule not in RULES:
        raise ValueError(f"'{how.rule}' is not a rule for participants; the rules are {', '.join(RULES)}.")
    known = one_per_study(studies)
    sizes = _first_given(known, how.fields)
    periods = _first_given(known, [how.periods])
    crossed = crossovers(known, how) if how.rule != "people" else set()
    found: dict[str, int] = {}
    for study, size, several in zip(known["study_id"].astype(str), sizes, periods, strict=True):
        if pd.isna(size) or (study in crossed and how.rule == "left_out"):
            continue
        times = 1 if study not in crossed else USUAL_PERIODS if pd.isna(several) else several
        found[study] = int(size * times)
    return found


def _first_given(frame: pd.DataFrame, names: Sequence[str]) -> pd.Series:
    """Of each row the first number in these columns."""
    found = pd.Series(float("nan"), index=frame.index, dtype="float64")
    for name in names:
        if name in frame.columns:
            found = found.fillna(pd.to_numeric(frame[name], errors="coerce").astype("Float64").astype("float64"))
    return found


def _crosses(design: str, listed: Collection[str]) -> bool:
    return design in listed if listed else "crossover" in design.casefold().replace("-", "").replace(" ", "")
