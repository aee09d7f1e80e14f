"""Vote counting by direction of effect, and the combination of p-values. Both only where a review asks for them.

Vote counting (Cochrane Handbook 12.4.2.3; Boon & Thomson 2021): of the studies that have a direction, how many show
benefit, with an exact two-sided binomial test against one half and a Wilson interval. Combination of p-values (Cochrane
Handbook 12.4.2.2): Fisher's and Stouffer's methods on one-sided p-values in a common direction, one a study. Neither
says how large an effect is; `swim` gives the sentences that belong beside them (SWiM, Campbell 2020).
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any, Literal, NamedTuple

import pandas as pd

from .charting import column as column_of
from .charting import joined, named, values_of
from .errors import DataError
from .synthesis import BASES, DIRECTIONS, OTHER
from .terms import Direction

#: The counts of all evidence, one direction a study, beside those of each basis.
ALL = "all"

#: Printed with every table of vote counts.
CAVEAT = (
    "Vote counting by direction. The sign test ignores precision: a small study counts as much as a large one, and "
    "nothing is said of the size of an effect. Studies without a direction (no difference, mixed, unclear) are not in "
    "the denominator; they are printed beside it."
)

#: Printed with every table of combined p-values.
P_CAVEAT = (
    "Combination of p-values. It asks whether any study has an effect in the direction named, not how many have or how "
    "large it is. A p-value printed as a bound (<0.05) enters as the bound and is marked. A study without a p-value, "
    "or with one whose direction is not known, cannot enter and is printed beside. Results of no difference are often "
    "printed without a usable p-value, so what enters leans towards an effect: read it beside the number left out."
)

_WITHOUT = (Direction.NONE.value, Direction.MIXED.value, Direction.UNCLEAR.value)
_SIDES = (Direction.BENEFIT.value, Direction.HARM.value)

#: How one p-value is taken where a study gives several in a cell.
Several = Literal["largest", "left_out"]
SEVERAL: Mapping[Several, str] = {
    "largest": "Where a study gives several p-values, the largest one-sided one enters.",
    "left_out": "A study that gives several p-values does not enter.",
}


def vote_count(
    directions: pd.DataFrame,
    folded: pd.DataFrame | None = None,
    *,
    row: str | None = "condition",
    column: str | None = "outcome_domain",
    bases: Sequence[str] = (*BASES, OTHER),
    level: float = 0.95,
) -> pd.DataFrame:
    """Studies that show benefit among those with a direction, per cell: of all evidence, and of each basis.

    `directions` (`synthesis.directions`) gives the rows of `basis` "all", one direction a study; `folded`
    (`synthesis.fold`) those of each basis.

    Columns: the axes, `basis`, `n_studies`, `benefit`, `harm`, `n_with_direction` (these two together: the
    denominator), `none`, `mixed`, `unclear`, `n_without_direction` (these three together), `share` (of benefit, 0 to
    1), `wilson_low`, `wilson_high`, `p_two_sided` (exact binomial against one half), `smallest_p` (what as many
    studies that all agree would give), `note`, and the members of the numbers (`benefit_ids`, `harm_ids`,
    `without_direction_ids`, `study_ids`). Where no study has a direction nothing is estimable, and the note says so.
    """
    axes = [axis for axis in (row, column) if axis is not None]
    order = {ALL: 0, **{basis: place for place, basis in enumerate(bases, 1)}}
    cells: dict[tuple[str, ...], dict[str, set[str]]] = {}
    for frame, basis in ((directions, ALL), (directions[:0] if folded is None else folded, None)):
        names = ("study_id", "basis", "direction", *axes)
        for study, own, said, *place in zip(*(frame[name].tolist() for name in names), strict=True):
            key = (*place, basis or own)
            if key[-1] in order:
                cells.setdefault(key, {name: set() for name in DIRECTIONS})[said].add(study)
    lines = []
    for key in sorted(cells, key=lambda key: (*key[:-1], order[key[-1]])):
        lines.append({**dict(zip((*axes, "basis"), key, strict=True)), **_counted(cells[key], level)})
    numbers = ("share", "wilson_low", "wilson_high", "p_two_sided", "smallest_p")
    return _typed(lines, (*axes, "basis", *_COUNT_COLUMNS), numbers)


@dataclass(frozen=True)
class OneSided:
    """A p-value as it enters: one-sided in the common direction, or the reason why it cannot."""

    p: float | None
    bounded: bool
    why: str = ""


def one_sided(
    number: float | None,
    bound: str | None,
    direction: str | None,
    *,
    towards: str = Direction.BENEFIT.value,
    sides: Literal[1, 2] = 2,
) -> OneSided:
    """A printed p-value as a one-sided one in the direction `towards` (benefit or harm).

    `sides` says whether the printed value is two-sided (it is halved) or already one-sided in the direction of the
    finding. A finding in the other direction gives one minus that. "<0.05" enters as 0.05 and is `bounded`; ">0.05" and
    a printed 0 give no number that could enter, nor does a finding without a direction.
    """
    if number is None or pd.isna(number):
        return OneSided(None, bounded=False, why="no p-value")
    bounded = bound in ("<", "<=")
    if bound in (">", ">="):
        return OneSided(None, bounded=False, why=f"only a lower bound is printed ({bound}{number:g})")
    if not 0 < number <= 1:
        return OneSided(None, bounded=False, why=f"{number:g} is not a p-value above 0 and at most 1")
    if direction not in _SIDES:
        return OneSided(None, bounded=bounded, why="the direction of the effect is not known")
    half = number / sides
    p = half if direction == towards else 1 - half
    if not 0 < p < 1:
        return OneSided(None, bounded=bounded, why=f"a one-sided p-value of {p:g} has no place in a combination")
    return OneSided(p, bounded=bounded)


class Combined(NamedTuple):
    """`cells`: the combination, one line a cell and basis. `entered`: what each study gave, or why nothing entered."""

    cells: pd.DataFrame
    entered: pd.DataFrame


def combine_p_values(
    findings: pd.DataFrame,
    *,
    row: str | None = "condition",
    column: str | None = "outcome_domain",
    direction: str = "direction",
    contrast: str = "contrast",
    bases: Mapping[str, Collection[str]] = BASES,
    only: Collection[str] = ("comparative",),
    p_value: str = "p_value",
    primary: str = "primary",
    towards: str = Direction.BENEFIT.value,
    sides: Literal[1, 2] = 2,
    several: Several = "largest",
) -> Combined:
    """Fisher's and Stouffer's combination of the studies' p-values, one a study, in each cell and basis of `only`.

    `findings`: the typed frame with `<p_value>_number` and `<p_value>_bound` (a plain number column of that name serves
    too). Where findings have a column `primary` and one of a study's findings in the cell says "yes", only those count.
    Of several p-values of a study `several` tells which enters.

    `cells`: the axes, `basis`, `towards`, `n_studies` (with a finding in the cell), `n_entered`, `n_bounded` (entered
    as a bound), `n_not_entered`, `fisher_chi2`, `fisher_df`, `fisher_p`, `stouffer_z`, `stouffer_p` (both one-sided
    in the direction `towards`), `note`, `entered_ids`, `bounded_ids`, `not_entered_ids`. `entered`: the axes, `basis`,
    `study_id`, `finding_id` (of the value that entered, or all that could not), `as_printed`, `direction`, `one_sided`,
    `bounded` (yes, no), `entered` (yes, no), `why`.

    Raises DataError where `towards` is neither benefit nor harm.
    """
    if towards not in _SIDES:
        raise DataError(f"p-values can be combined towards benefit or harm, not towards '{towards}'.")
    axes = [axis for axis in (row, column) if axis is not None]
    told: dict[str, Any] = {"direction": direction, "contrast": contrast, "bases": bases}
    told |= {"p_value": p_value, "primary": primary}
    lines: list[dict[str, Any]] = []
    for key, given in sorted(_given(findings, axes, **told).items()):
        if key[-1] not in only:
            continue
        place = dict(zip(("study_id", *axes, "basis"), key, strict=True))
        lines.append({**place, **_of_study(given, towards, sides, several)})
    names = (*axes, "basis", "study_id", *_ENTERED_COLUMNS)
    entered = _typed(
        sorted(lines, key=lambda line: [line[name] for name in names[: len(axes) + 2]]), names, ("one_sided",)
    )
    groups: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for line in entered.to_dict("records"):
        groups.setdefault(tuple(line[name] for name in (*axes, "basis")), []).append(
            {str(k): v for k, v in line.items()}
        )
    cells = [
        {**dict(zip((*axes, "basis"), key, strict=True)), "towards": towards, **_combination(members)}
        for key, members in groups.items()
    ]
    real = ("fisher_chi2", "fisher_p", "stouffer_z", "stouffer_p")
    return Combined(_typed(cells, (*axes, "basis", *_COMBINED_COLUMNS), real), entered)


def swim(
    *,
    row_label: str = "condition",
    column_label: str | None = "outcome domain",
    majority: float = 0.7,
    participants_rule: str = "",
    counted: bool = True,
    combined: bool = False,
    towards: str = Direction.BENEFIT.value,
    several: Several = "largest",
    sides: Literal[1, 2] = 2,
    only: Sequence[str] = ("comparative",),
    strata: Sequence[str] = (),
    analyses: Sequence[str] = (),
) -> pd.DataFrame:
    """What SWiM asks to be said of a synthesis without meta-analysis, from what was reckoned and how.

    `counted` and `combined` say which of the two methods were used; `sides` and `only` are those of `combine_p_values`;
    `strata` and `analyses` are the labels of what the
    counts were looked at within, and of the sensitivity analyses. Columns: `item` (1 to 9), `topic`, `sentence`.
    """
    cells = f"{row_label.lower()}{f' and {column_label.lower()}' if column_label else ''}"
    need = f"{100 * majority:.4g} %"
    methods = ["Studies were counted by their direction of effect."]
    limits = ["Counts of directions say nothing of the size of effects and give every study the same weight."]
    if counted:
        methods.append(
            "Vote counting by direction: the number that shows benefit among the studies with a direction, an exact "
            "two-sided binomial test against one half, and a Wilson 95 % interval of the proportion."
        )
        limits.append(
            "The sign test ignores precision, and with five studies or fewer cannot give a p-value below 0.05."
        )
    if combined:
        methods.append(
            f"P-values of {_listed(list(only))} findings were combined by Fisher's and by Stouffer's method, one-sided "
            f"towards {towards}{', each kind of findings apart' if len(only) > 1 else ''}."
        )
        limits.append(
            "Combined p-values answer only whether any study has an effect. Studies without a usable p-value could not "
            "enter, and these are often results of no difference, so what entered leans towards an effect. Studies "
            "that share participants are not independent."
        )
    metric = ["Direction of effect as reported: benefit, no difference, harm, mixed or unclear."]
    if combined:
        halved = "Two-sided p-values were halved" if sides == 2 else "P-values were taken as one-sided"
        metric.append(f"{halved} in the direction of the finding; <0.05 entered as 0.05.")
    within = f" The counts were looked at within {_listed(strata)}." if strata else ""
    again = f" Sensitivity: {_listed(analyses)}." if analyses else ""
    taken = [SEVERAL[several]] if combined else []
    told = (
        ("grouping studies for synthesis", f"Studies were grouped by {cells}, as charted."),
        ("standardised metric and transformation", " ".join(metric)),
        ("synthesis methods", " ".join(methods)),
        (
            "criteria to prioritise results",
            " ".join(
                [
                    "Findings of one study in one cell were folded to one direction: the one that at least "
                    f"{need} of its findings that are not unclear have, otherwise mixed. Findings against a comparator "
                    "speak for a study that has them.",
                    *taken,
                ]
            ),
        ),
        ("investigation of heterogeneity", f"No test of heterogeneity was made.{within}{again}"),
        ("certainty of evidence", "Not reckoned here: for the review's authors to say."),
        (
            "data presentation methods",
            " ".join(
                filter(None, [f"Tables and figures by {cells}, each number with its studies.", participants_rule])
            ),
        ),
        ("reporting results", "For each cell the number of studies and participants, and every direction, are given."),
        ("limitations of the synthesis", " ".join(limits)),
    )
    lines = [{"item": place, "topic": topic, "sentence": said} for place, (topic, said) in enumerate(told, 1)]
    return pd.DataFrame(lines).astype({"item": "Int64", "topic": "string", "sentence": "string"})


_COUNT_COLUMNS = (
    *("n_studies", "benefit", "harm", "n_with_direction", *_WITHOUT, "n_without_direction", "share", "wilson_low"),
    *(
        "wilson_high",
        "p_two_sided",
        "smallest_p",
        "note",
        "benefit_ids",
        "harm_ids",
        "without_direction_ids",
        "study_ids",
    ),
)
_ENTERED_COLUMNS = ("finding_id", "as_printed", "direction", "one_sided", "bounded", "entered", "why")
_COMBINED_COLUMNS = (
    *("towards", "n_studies", "n_entered", "n_bounded", "n_not_entered", "fisher_chi2", "fisher_df", "fisher_p"),
    *("stouffer_z", "stouffer_p", "note", "entered_ids", "bounded_ids", "not_entered_ids"),
)


def _counted(said: Mapping[str, set[str]], level: float) -> dict[str, Any]:
    """The line of one cell: the counts, and what they give where a study has a direction."""
    from .statistics import sign_test, wilson

    benefit, harm = (len(said[side]) for side in _SIDES)
    n = benefit + harm
    without = set().union(*(said[name] for name in _WITHOUT))
    line: dict[str, Any] = {
        "n_studies": n + len(without),
        **{name: len(said[name]) for name in DIRECTIONS},
        "n_with_direction": n,
        "n_without_direction": len(without),
        "note": "",
        "benefit_ids": joined(said[Direction.BENEFIT]),
        "harm_ids": joined(said[Direction.HARM]),
        "without_direction_ids": joined(without),
        "study_ids": joined(set().union(*said.values())),
    }
    interval = wilson(benefit, n, level)
    if interval is None:
        return {**line, "note": "Not estimable: no study has a direction."}
    smallest = sign_test(n, n)
    if smallest is not None and smallest > 0.05:
        line["note"] = f"With {n} {'study' if n == 1 else 'studies'} the p-value cannot be below {smallest:.4g}."
    estimate = {"share": benefit / n, "wilson_low": interval.low, "wilson_high": interval.high}
    return {**line, **estimate, "p_two_sided": sign_test(benefit, n), "smallest_p": smallest}


#: Of one finding: its ID, the printed p-value, its number and bound, the direction, whether it is primary.
_Given = tuple[str, str, float | None, str | None, str | None, bool]


def _given(
    findings: pd.DataFrame,
    axes: Sequence[str],
    *,
    direction: str,
    contrast: str,
    bases: Mapping[str, Collection[str]],
    p_value: str,
    primary: str,
) -> dict[tuple[str, ...], list[_Given]]:
    """(study, cell, basis) → its findings."""
    kept = findings[column_of(findings, "study_id").notna()]
    if kept.empty:
        return {}
    basis_of = {value: basis for basis, values in bases.items() for value in values}
    numbers = pd.to_numeric(
        column_of(kept, f"{p_value}_number" if f"{p_value}_number" in kept.columns else p_value), errors="coerce"
    )
    lines = zip(
        kept["study_id"].astype(str).tolist(),
        column_of(kept, contrast).tolist(),
        zip(
            column_of(kept, "finding_id").astype("string").fillna("").tolist(),
            column_of(kept, p_value).astype("string").fillna("").tolist(),
            numbers.astype("Float64").tolist(),
            column_of(kept, f"{p_value}_bound").tolist(),
            column_of(kept, direction).tolist(),
            (column_of(kept, primary) == "yes").fillna(False).tolist(),
            strict=True,
        ),
        *([values_of(cell) for cell in named(kept, axis)] for axis in axes),
        strict=True,
    )
    found: dict[tuple[str, ...], list[_Given]] = {}
    for study, compared, facts, *places in lines:
        basis = OTHER if pd.isna(compared) else basis_of.get(str(compared), OTHER)
        for place in product(*places):
            found.setdefault((study, *place, basis), []).append(facts)
    return found


def _of_study(given: Sequence[_Given], towards: str, sides: Literal[1, 2], several: Several) -> dict[str, Any]:
    """What one study gives in one cell: the p-value that enters, or why none does."""
    asked = sorted((facts for facts in given if facts[5]), key=str) or sorted(given, key=str)
    usable: list[tuple[float, _Given, OneSided]] = []
    refused: dict[str, None] = {}
    for facts in asked:
        _, _, number, bound, direction, _ = facts
        taken = one_sided(
            None if pd.isna(number) else number,
            None if pd.isna(bound) else bound,
            None if pd.isna(direction) else direction,
            towards=towards,
            sides=sides,
        )
        if taken.p is None:
            refused[taken.why] = None
        else:
            usable.append((taken.p, facts, taken))
    nothing = {"one_sided": None, "bounded": "no", "entered": "no"}
    everything = {"finding_id": joined(facts[0] for facts in asked), "as_printed": joined(f[1] for f in asked if f[1])}
    said = joined(facts[4] for facts in asked if pd.notna(facts[4]))
    if not usable:
        return {**everything, "direction": said, **nothing, "why": "; ".join(sorted(refused))}
    if len(usable) > 1 and several == "left_out":
        return {**everything, "direction": said, **nothing, "why": f"{len(usable)} p-values"}
    p, facts, taken = max(usable, key=lambda each: (each[0], each[1][0]))
    why = [f"the largest of {len(usable)}"] if len(usable) > 1 else []
    why += [f"printed as a bound, entered as {facts[2]:g}"] if taken.bounded else []
    return {
        "finding_id": facts[0],
        "as_printed": facts[1] or f"{facts[2]:g}",
        "direction": facts[4],
        "one_sided": p,
        "bounded": "yes" if taken.bounded else "no",
        "entered": "yes",
        "why": "; ".join(why),
    }


def _combination(members: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The combined p-values of one cell."""
    from .statistics import fisher_combination, stouffer

    entered = [line for line in members if line["entered"] == "yes"]
    bounded = [line for line in entered if line["bounded"] == "yes"]
    left = [line["study_id"] for line in members if line["entered"] == "no"]
    line: dict[str, Any] = {
        "n_studies": len(members),
        "n_entered": len(entered),
        "n_bounded": len(bounded),
        "n_not_entered": len(left),
        "entered_ids": joined(each["study_id"] for each in entered),
        "bounded_ids": joined(each["study_id"] for each in bounded),
        "not_entered_ids": joined(left),
        "note": "",
    }
    ps = [float(each["one_sided"]) for each in entered]
    fisher, z = fisher_combination(ps), stouffer(p=ps)
    if fisher is None or z is None:
        return {**line, "note": "Not estimable: no study has a p-value that could enter."}
    beside = [f"{len(left)} of {len(members)} studies could not enter."] if left else []
    alone = ["One study only: its own p-value, nothing is combined."] if len(ps) == 1 else []
    line["note"] = " ".join([*alone, *beside])
    found = {"fisher_chi2": fisher.chi2, "fisher_df": fisher.df, "fisher_p": fisher.p}
    return {**line, **found, "stouffer_z": z.z, "stouffer_p": z.p}


def _listed(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _typed(lines: Sequence[Mapping[str, Any]], columns: Sequence[str], real: Collection[str]) -> pd.DataFrame:
    whole = {name for name in columns if name.startswith("n_")} | {*DIRECTIONS, "fisher_df"}
    kinds = {name: "Float64" if name in real else "Int64" if name in whole else "string" for name in columns}
    return pd.DataFrame(lines, columns=list(columns)).astype(kinds)
