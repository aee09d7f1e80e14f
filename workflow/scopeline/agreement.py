"""Agreement of reviewers: percent agreement, Cohen's kappa, PABAK and Gwet's AC1 for each pair and stage; Fleiss' kappa
and Krippendorff's alpha for all reviewers of a stage.

Only records that both reviewers of a pair rated are compared; a vote that is missing is never a category, and how a
disagreement was settled later changes no figure. Proportions run from 0 to 1 and coefficients from -1 to 1; what cannot
be estimated is `None` (`NA` in frames), never NaN.
"""

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd

from .agreement_words import sentence
from .statistics import (
    Coefficient,
    Interval,
    Profiles,
    Table,
    fleiss_kappa,
    gwet_ac1,
    krippendorff_alpha,
    normal_quantile,
    pairwise_agreement,
    square_counts,
)
from .terms import Decision, Stage

#: From this prevalence index on, the note warns of the kappa paradox.
LARGE_PREVALENCE_INDEX = 0.6

#: A stage with more reviewers than this lists only the pairs that share a record: all pairs would be too many.
MOST_REVIEWERS_ALL_PAIRS = 50

#: The categories of a "maybe", by its setting: each decision's place in the table.
CATEGORIES = {
    "include": {Decision.INCLUDE: 0, Decision.MAYBE: 0, Decision.EXCLUDE: 1},
    "exclude": {Decision.INCLUDE: 0, Decision.MAYBE: 1, Decision.EXCLUDE: 1},
    "category": {Decision.INCLUDE: 0, Decision.MAYBE: 1, Decision.EXCLUDE: 2},
}

#: The columns of `panel` and their types.
PANEL_COLUMNS = {
    "stage": "string",
    "reviewer_a": "string",
    "reviewer_b": "string",
    "n_joint": "Int64",
    "n_a": "Int64",
    "n_b": "Int64",
    "n_any": "Int64",
    "n_stage": "Int64",
    "coverage": "Float64",
    "counts": "string",
    "both_include": "Int64",
    "a_only": "Int64",
    "b_only": "Int64",
    "both_exclude": "Int64",
    "percent_agreement": "Float64",
    "kappa": "Float64",
    "kappa_low": "Float64",
    "kappa_high": "Float64",
    "pabak": "Float64",
    "ac1": "Float64",
    "ac1_low": "Float64",
    "ac1_high": "Float64",
    "prevalence_index": "Float64",
    "bias_index": "Float64",
    "paradox": "boolean",
    "maybe_as": "string",
    "note": "string",
}

#: What `full_panel` knows beside this of all reviewers of a stage together.
_TOGETHER_COLUMNS = {
    "fleiss_kappa": "Float64",
    "fleiss_low": "Float64",
    "fleiss_high": "Float64",
    "fleiss_n": "Int64",
    "fleiss_votes": "Int64",
    "alpha": "Float64",
    "alpha_low": "Float64",
    "alpha_high": "Float64",
}

#: The columns of `full_panel` and their types.
FULL_COLUMNS = {
    "stage": "string",
    "line": "string",
    "reviewers": "string",
    "n_reviewers": "Int64",
    **{name: kind for name, kind in PANEL_COLUMNS.items() if name not in ("stage", "maybe_as", "note")},
    **_TOGETHER_COLUMNS,
    "level": "Float64",
    "maybe_as": "string",
    "note": "string",
    "sentence": "string",
}


@dataclass(frozen=True)
class Agreement:
    """How far two reviewers agree. `note` holds what a reader must know beside the numbers, or is empty; `paradox`
    says that the categories are used so unevenly that kappa may mislead.
    """

    n: int
    percent_agreement: float | None
    kappa: float | None
    kappa_se: float | None
    kappa_interval: Interval | None
    pabak: float | None
    ac1: float | None
    ac1_se: float | None
    ac1_interval: Interval | None
    prevalence_index: float | None
    bias_index: float | None
    note: str
    paradox: bool = False


def agree(table: Table, level: float = 0.95) -> Agreement:
    """Agreement in a square table of counts: rows are the first reviewer's categories, columns the second's.

    - Percent agreement, as a proportion, and Cohen's kappa, unweighted (Cohen 1960), with the large-sample standard
      error of Fleiss, Cohen & Everitt 1969. Kappa is `None` where both put every record in the same one category.
    - PABAK, the prevalence- and bias-adjusted kappa (Byrt 1993), for k categories (k * agreement - 1) / (k - 1).
    - AC1 and its standard error (Gwet 2008).
    - Prevalence index and bias index of a two-by-two table (Byrt 1993): (both in the first category - both in the
      second) / n and (only the first reviewer chose the first category - only the second did) / n; else `None`.

    Intervals use the normal quantile and end at -1 and 1. Where the standard error is 0 (perfect agreement, say) there
    is no interval, for one without width would claim certainty. With no record every figure is `None`.

    Raises `ValueError` unless the table is square, at least two by two, with whole numbers of at least 0.
    """
    counts = square_counts(table)
    quantile = normal_quantile(level)
    size = len(counts)
    n = sum(map(sum, counts))
    if n == 0:
        nothing = "No record was rated by both reviewers: agreement is not estimable."
        return Agreement(0, None, None, None, None, None, None, None, None, None, None, nothing)

    # Fractions keep the reckoning exact: "both in one category" and "standard error 0" are then facts, not rounding.
    shares = [[Fraction(cell, n) for cell in row] for row in counts]
    agreed = _total(shares[i][i] for i in range(size))
    kappa, kappa_variance = _cohen(shares, agreed, n)
    ac1, ac1_variance = _gwet(shares, agreed, n)
    two_by_two = size == 2
    return Agreement(
        n=n,
        percent_agreement=float(agreed),
        kappa=None if kappa is None else float(kappa),
        kappa_se=None if kappa_variance is None else math.sqrt(kappa_variance),
        kappa_interval=_interval(kappa, kappa_variance, quantile, "normal quantile, Fleiss-Cohen-Everitt error"),
        pabak=float((size * agreed - 1) / (size - 1)),
        ac1=float(ac1),
        ac1_se=math.sqrt(ac1_variance),
        ac1_interval=_interval(ac1, ac1_variance, quantile, "normal quantile, Gwet error"),
        prevalence_index=float(shares[0][0] - shares[1][1]) if two_by_two else None,
        bias_index=float(shares[0][1] - shares[1][0]) if two_by_two else None,
        note=_note(shares, kappa_variance, ac1_variance),
        paradox=_paradox(max(_category_use(shares)), kappa_variance),
    )


def panel(votes: pd.DataFrame, maybe_as: str = "include", level: float = 0.95) -> pd.DataFrame:
    """Agreement of every pair of reviewers at every stage.

    In: `votes` with `record_id`, `stage`, `reviewer`, `decision` (text). Rows that lack one of these, or hold another
    stage or decision than those of `terms`, are no votes. `maybe_as` says what a "maybe" counts as: "include",
    "exclude", or a "category" of its own. Where one reviewer voted twice on one record at one stage, the vote nearest
    to inclusion stands.

    Out: the columns of `PANEL_COLUMNS`, one row per stage (title_abstract, full_text) and pair of reviewers (sorted);
    reviewer_a is the first of the two by name.

    - `n_joint`: records both rated; `n_a`, `n_b`: records each rated; `n_any`: records at least one of them rated;
      `n_stage`: records that anybody rated at this stage; `coverage` = n_joint / n_stage.
    - `counts`: the table of the joint records, as "include/exclude: 15; ..." with reviewer_a's vote first.
    - `both_include`, `a_only` (only a included), `b_only`, `both_exclude`, among the joint records. With a "maybe" of
      its own these four, `prevalence_index` and `bias_index` are `NA`, unless nobody at the stage voted "maybe".
    - `paradox`: the note warns of the kappa paradox.
    - The other figures are those of `agree`, proportions from 0 to 1; `NA` where not estimable.

    Raises `ValueError` for another `maybe_as`.
    """
    cast, reviewers = _votes_cast(votes, _categories(maybe_as))
    return _panel(cast, reviewers, maybe_as, level)


def full_panel(votes: pd.DataFrame, maybe_as: str = "include", level: float = 0.95) -> pd.DataFrame:
    """Agreement of every pair of reviewers at every stage, and of all reviewers of a stage together.

    In: as `panel`. The votes alone count: decisions that settled a disagreement do not enter.

    Out: the columns of `FULL_COLUMNS`; for each stage its pairs (`line` is "pair", figures as in `panel`) and then,
    where more than two voted or some record has not every vote, one line for all (`line` is "all"; reviewer_a and
    reviewer_b are `NA`). On that line

    - `n_joint`: records that at least two rated; `coverage` = n_joint / n_stage; `counts`: how many records have which
      votes, as "2 include, 1 exclude: 5; ...".
    - `percent_agreement`: share of equal pairs among the pairs of votes on one record, averaged over the records;
      `ac1` on the same records (Gwet 2008).
    - `fleiss_kappa` with its interval, on the `fleiss_n` records that have the same number of votes, `fleiss_votes`; of
      several numbers, the one that most records have.
    - `alpha`: Krippendorff's alpha for nominal categories with its interval, on all `n_joint` records.

    `level` is that of the intervals. `sentence` tells the whole line to a reader. Raises `ValueError` as `panel` does.
    """
    category_of = _categories(maybe_as)
    cast, reviewers = _votes_cast(votes, category_of)
    pairs = _panel(cast, reviewers, maybe_as, level).to_dict("records")
    lines: list[dict[str, Any]] = []
    for pair in pairs:
        names = f"{pair['reviewer_a']} and {pair['reviewer_b']}"
        lines.append({**_texts(pair), "line": "pair", "reviewers": names, "n_reviewers": 2})
    for stage, at_stage, categories in _stages(cast, maybe_as):
        present = [str(name) for name in reviewers[np.flatnonzero(np.bincount(at_stage["reviewer"]))]]
        profiles = _profiles(at_stage, len(categories))
        unequal = any(sum(profile) < len(present) for profile in profiles)
        if len(present) > 2 or (len(present) == 2 and unequal):
            about = {"stage": stage, "line": "all", "reviewers": ", ".join(present), "n_reviewers": len(present)}
            lines.append({**about, "maybe_as": maybe_as, **_together(profiles, categories, level)})
    order = {str(stage): place for place, stage in enumerate(Stage)}
    lines.sort(key=lambda line: order[str(line["stage"])])  # stable: the pairs of a stage, then all its reviewers
    for line in lines:
        line["level"] = level
        line["sentence"] = sentence(line)
    return pd.DataFrame(lines, columns=list(FULL_COLUMNS)).astype(FULL_COLUMNS)


def _texts(line: Mapping[Any, Any]) -> dict[str, Any]:
    return {str(name): value for name, value in line.items()}


def _categories(maybe_as: str) -> dict[str, int]:
    """Each decision's place in the table; raises `ValueError` for another setting."""
    if maybe_as not in CATEGORIES:
        raise ValueError(f"maybe_as must be one of {', '.join(CATEGORIES)}, not {maybe_as!r}.")
    return {str(decision): category for decision, category in CATEGORIES[maybe_as].items()}


def _category_names(maybe_as: str) -> list[str]:
    """The categories in the order of the table; a maybe that has no place of its own names none."""
    placed = {place: str(name) for name, place in CATEGORIES[maybe_as].items() if name != Decision.MAYBE}
    maybe = CATEGORIES[maybe_as][Decision.MAYBE]
    return [placed.get(place, str(Decision.MAYBE)) for place in sorted({*placed, maybe})]


def _panel(cast: pd.DataFrame, reviewers: np.ndarray, maybe_as: str, level: float) -> pd.DataFrame:
    """The lines of `panel` from the votes as whole numbers."""
    panels = [_panel_of_stage(*stage, reviewers, level) for stage in _stages(cast, maybe_as)]
    pairs = pd.concat([each.reindex(columns=list(PANEL_COLUMNS)).astype(PANEL_COLUMNS) for each in panels])
    return pairs.assign(maybe_as=maybe_as).astype(PANEL_COLUMNS).reset_index(drop=True)


def _stages(cast: pd.DataFrame, maybe_as: str) -> Iterator[tuple[str, pd.DataFrame, list[str]]]:
    """Each stage with its votes and the categories of its table.

    A "maybe" that nobody used at a stage is no category there: PABAK and AC1 would rise with each idle category.
    """
    for place, stage in enumerate(Stage):
        at_stage, names = cast[cast["stage"] == place], _category_names(maybe_as)
        if len(names) == 3 and not (at_stage["category"] == names.index(Decision.MAYBE)).any():
            at_stage, names = at_stage.assign(category=at_stage["category"] // 2), _category_names("include")
        yield str(stage), at_stage, names


def _panel_of_stage(
    stage: str, at_stage: pd.DataFrame, names: list[str], reviewers: np.ndarray, level: float
) -> pd.DataFrame:
    """The lines of `panel` of one stage, some columns yet without their type."""
    pairs = _pairs(at_stage, len(reviewers), len(names))
    if pairs.empty:
        return pairs
    cells = _cells(len(names))
    pairs["stage"] = stage
    pairs["reviewer_a"] = reviewers[pairs["reviewer_a"].to_numpy()]
    pairs["reviewer_b"] = reviewers[pairs["reviewer_b"].to_numpy()]
    pairs["n_any"] = pairs["n_a"] + pairs["n_b"] - pairs["n_joint"]
    pairs["n_stage"] = int((np.diff(at_stage["rated"].to_numpy(), prepend=-1) != 0).sum())
    pairs["coverage"] = pairs["n_joint"] / pairs["n_stage"]
    if len(names) == 2:
        for name, cell in zip(("both_include", "a_only", "b_only", "both_exclude"), cells, strict=True):
            pairs[name] = pairs[cell]
    return pairs.merge(_figures(pairs[cells].drop_duplicates(), names, level), on=cells, how="left")


def _profiles(cast: pd.DataFrame, size: int) -> dict[tuple[int, ...], int]:
    """How many records of one stage have how many votes in each category."""
    if cast.empty:
        return {}
    new = np.diff(cast["rated"].to_numpy(), prepend=-1) != 0
    record = np.cumsum(new) - 1
    votes = np.bincount(record * size + cast["category"].to_numpy(), minlength=(record[-1] + 1) * size)
    votes = votes.reshape(-1, size)
    base = int(votes.max()) + 1
    seen = pd.Series(votes @ base ** np.arange(size)).value_counts()
    counted = zip(seen.index.tolist(), seen.tolist(), strict=True)
    return {tuple(number // base**place % base for place in range(size)): times for number, times in counted}


def _together(profiles: Profiles, names: list[str], level: float) -> dict[str, Any]:
    """The figures of all reviewers of a stage."""
    n_stage = sum(profiles.values())
    joint = {profile: times for profile, times in profiles.items() if sum(profile) > 1}
    n = sum(joint.values())
    records_with: dict[int, int] = {}
    for profile, times in joint.items():
        records_with[sum(profile)] = records_with.get(sum(profile), 0) + times
    votes = max(records_with, key=lambda number: (records_with[number], number), default=0)
    alike = {profile: times for profile, times in joint.items() if sum(profile) == votes}
    fleiss, alpha, ac1 = fleiss_kappa(alike, level), krippendorff_alpha(joint, level), gwet_ac1(joint, level)
    line: dict[str, Any] = {
        "n_joint": n,
        "n_stage": n_stage,
        "n_any": n_stage,
        "coverage": n / n_stage,
        "counts": "; ".join(f"{_profile(each, names)}: {profiles[each]}" for each in sorted(profiles, reverse=True)),
        "percent_agreement": pairwise_agreement(joint),
        "fleiss_n": records_with.get(votes, 0),
        "fleiss_votes": votes or None,
    }
    for name, stem, found in (("fleiss_kappa", "fleiss", fleiss), ("alpha", "alpha", alpha), ("ac1", "ac1", ac1)):
        line[name] = found.value
        line[f"{stem}_low"] = found.interval.low if found.interval else None
        line[f"{stem}_high"] = found.interval.high if found.interval else None
    largest = _largest_share(joint, len(names))
    line["paradox"] = alpha.value is not None and _paradox(largest, Fraction(1))
    line["note"] = _note_together(line, (fleiss, alpha, ac1), largest)
    return line


def _profile(profile: tuple[int, ...], names: list[str]) -> str:
    return ", ".join(f"{votes} {name}" for votes, name in zip(profile, names, strict=True) if votes)


def _largest_share(joint: Profiles, size: int) -> Fraction:
    """The share of the votes that fall in the category most used; 0 without votes."""
    used = [sum(profile[place] * times for profile, times in joint.items()) for place in range(size)]
    return Fraction(max(used), sum(used)) if any(used) else Fraction(0)


def _note_together(line: Mapping[str, Any], found: tuple[Coefficient, ...], largest: Fraction) -> str:
    """What must be said beside the figures of all reviewers."""
    if not line["n_joint"]:
        return "No record was rated by two reviewers: agreement is not estimable."
    sentences = []
    fleiss, alpha, ac1 = found
    if line["fleiss_n"] < line["n_joint"]:
        sentences.append(
            "Fleiss' kappa needs the same number of votes on each record: it is of the "
            f"{line['fleiss_n']:,} of {line['n_joint']:,} with {line['fleiss_votes']}."
        )
    if alpha.value is None:
        sentences.append(
            "All put every record in one and the same category: Fleiss' kappa and Krippendorff's alpha are not "
            "estimable."
        )
    elif fleiss.value is None:
        sentences.append("All their votes are in one category: Fleiss' kappa is not estimable.")
    named = (("Fleiss' kappa", fleiss), ("Krippendorff's alpha", alpha), ("AC1", ac1))
    reasons: dict[str, list[str]] = {}
    for name, each in named:
        if each.value is not None and each.why:
            reasons.setdefault(each.why, []).append(name)
    sentences += [f"{', '.join(names)}: {why[0].lower()}{why[1:]}" for why, names in reasons.items()]
    if line["paradox"]:
        sentences.append(
            f"Kappa paradox: with so uneven a use of the categories ({100 * float(largest):.0f} % of the ratings are "
            "in one category) kappa and alpha can be low although the reviewers mostly agree; read them beside percent "
            "agreement and AC1."
        )
    return " ".join(sentences)


def _paradox(largest: Fraction, kappa_variance: Fraction | None) -> bool:
    """Whether the categories are used so unevenly that kappa, where there is one, may mislead.

    In a two-by-two table the prevalence index is the difference of the two shares of use, 2 * largest - 1.
    """
    return kappa_variance is not None and 2 * largest - 1 >= Fraction(str(LARGE_PREVALENCE_INDEX))


def _cohen(shares: list[list[Fraction]], agreed: Fraction, n: int) -> tuple[Fraction | None, Fraction | None]:
    """Cohen's kappa and its large-sample variance; both `None` where chance alone gives full agreement."""
    places = range(len(shares))
    row, column = _margins(shares)
    chance = _total(row[i] * column[i] for i in places)
    if chance == 1:
        return None, None
    kappa = (agreed - chance) / (1 - chance)
    diagonal = _total(shares[i][i] * (1 - (row[i] + column[i]) * (1 - kappa)) ** 2 for i in places)
    beside = _total(shares[i][j] * (column[i] + row[j]) ** 2 for i in places for j in places if i != j)
    centre = kappa - chance * (1 - kappa)
    variance = (diagonal + (1 - kappa) ** 2 * beside - centre**2) / ((1 - chance) ** 2 * n)
    return kappa, variance


def _gwet(shares: list[list[Fraction]], agreed: Fraction, n: int) -> tuple[Fraction, Fraction]:
    """Gwet's AC1 and its variance. Chance agreement is at most one half here, so both always exist."""
    places = range(len(shares))
    others = len(shares) - 1
    use = _category_use(shares)
    chance = _total(share * (1 - share) for share in use) / others
    ac1 = (agreed - chance) / (1 - chance)
    diagonal = _total(shares[i][i] * (1 - use[i]) for i in places) / others
    everywhere = _total(shares[i][j] * (1 - (use[i] + use[j]) / 2) ** 2 for i in places for j in places) / others**2
    variance = (
        agreed * (1 - agreed)
        - 4 * (1 - ac1) * (diagonal - agreed * chance)
        + 4 * (1 - ac1) ** 2 * (everywhere - chance**2)
    ) / ((1 - chance) ** 2 * n)
    return ac1, variance


def _margins(shares: list[list[Fraction]]) -> tuple[list[Fraction], list[Fraction]]:
    """The share of records that each reviewer put in each category."""
    return [_total(row) for row in shares], [_total(column) for column in zip(*shares, strict=True)]


def _category_use(shares: list[list[Fraction]]) -> list[Fraction]:
    """The share of all ratings, of both reviewers together, that fall in each category."""
    return [(first + second) / 2 for first, second in zip(*_margins(shares), strict=True)]


def _total(shares: Iterable[Fraction]) -> Fraction:
    return sum(shares, Fraction(0))


def _interval(estimate: Fraction | None, variance: Fraction | None, quantile: float, method: str) -> Interval | None:
    """Estimate plus and minus quantile times standard error, ended at -1 and 1; `None` without a width."""
    if estimate is None or not variance:
        return None
    half = quantile * math.sqrt(variance)
    return Interval(max(-1.0, float(estimate) - half), min(1.0, float(estimate) + half), method)


def _note(shares: list[list[Fraction]], kappa_variance: Fraction | None, ac1_variance: Fraction) -> str:
    """What must be said beside the numbers: not estimable, no interval, the kappa paradox."""
    sentences = []
    if kappa_variance is None:
        sentences.append("Both reviewers put every record in one and the same category: kappa is not estimable.")
    elif any(1 in margin for margin in _margins(shares)):
        sentences.append("One reviewer put every record in the same category: kappa is 0 whatever the other did.")
    flat = [name for name, variance in (("kappa", kappa_variance), ("AC1", ac1_variance)) if variance == 0]
    if flat:
        sentences.append(f"The large-sample standard error of {' and '.join(flat)} is 0: no interval can be given.")
    largest = max(_category_use(shares))
    if _paradox(largest, kappa_variance):
        what = f"{100 * float(largest):.0f} % of the ratings are in one category"
        if len(shares) == 2:
            what += f", prevalence index {float(shares[0][0] - shares[1][1]):.2f}"
        sentences.append(
            f"Kappa paradox: with so uneven a use of the categories ({what}) kappa can be low although the reviewers "
            "mostly agree; read it beside percent agreement, PABAK and AC1."
        )
    return " ".join(sentences)


def _cells(size: int) -> list[str]:
    """Column names of the cells of a table of `size` categories, row by row."""
    return [f"cell_{a}_{b}" for a in range(size) for b in range(size)]


def _votes_cast(votes: pd.DataFrame, category_of: dict[str, int]) -> tuple[pd.DataFrame, np.ndarray]:
    """The votes as whole numbers, one a record, stage and reviewer, sorted by these; and the reviewers' names.

    Columns: `rated` (stage and record as one number), `stage`, `reviewer` (place in the sorted names), `category`.
    """
    given = votes.reindex(columns=["record_id", "stage", "reviewer", "decision"])
    stage = _places(given["stage"], {str(stage): place for place, stage in enumerate(Stage)})
    category = _places(given["decision"], category_of)
    named = (given["record_id"].notna() & given["reviewer"].notna()).to_numpy()
    usable = named & (stage >= 0) & (category >= 0)
    record, records = pd.factorize(given["record_id"][usable])
    reviewer, names = pd.factorize(given["reviewer"][usable].astype("string"), sort=True)

    # One number holds stage, record, reviewer and category in this order, so that sorting it sorts by all four.
    size = 1 + max(category_of.values())
    rated = stage[usable] * max(1, len(records)) + record
    number = (rated * max(1, len(names)) + reviewer) * size + category[usable]
    vote, kind = np.divmod(np.sort(number), size)
    first = np.ones(len(vote), dtype=bool)
    first[1:] = vote[1:] != vote[:-1]
    rated, reviewer = np.divmod(vote[first], max(1, len(names)))
    stage = rated // max(1, len(records))
    columns = {"rated": rated, "stage": stage, "reviewer": reviewer, "category": kind[first]}
    cast = pd.DataFrame(columns, copy=False)
    return cast, np.asarray(names, dtype=object)


def _places(column: pd.Series, place_of: dict[str, int]) -> np.ndarray:
    """The place of every value of the column, -1 for a value that has none and for a missing one."""
    code, values = pd.factorize(column)
    return np.array([*(place_of.get(value, -1) for value in values), -1], dtype="int64")[code]


def _pairs(cast: pd.DataFrame, n_reviewers: int, size: int) -> pd.DataFrame:
    """One row per pair of reviewers of one stage: `reviewer_a`, `reviewer_b` (places), `n_joint`, `n_a`, `n_b`, and
    the cells of their table. Two votes on one record lie `lag` rows apart in `cast`, for lag 1, 2, 3 and so on.
    """
    rated, reviewer, category = (cast[name].to_numpy() for name in ("rated", "reviewer", "category"))
    found = []
    start = np.arange(len(rated))
    lag = 1
    while True:
        start = start[start + lag < len(rated)]
        start = start[rated[start] == rated[start + lag]]
        if not len(start):
            break
        pair = reviewer[start] * n_reviewers + reviewer[start + lag]
        found.append(pair * size**2 + category[start] * size + category[start + lag])
        lag += 1
    seen = pd.Series(np.concatenate(found) if found else np.array([], dtype="int64")).value_counts()
    pair, cell = np.divmod(seen.index.to_numpy("int64"), size**2)

    n_votes = np.bincount(reviewer, minlength=n_reviewers)
    present = np.flatnonzero(n_votes)
    if len(present) <= MOST_REVIEWERS_ALL_PAIRS:
        listed = np.array([a * n_reviewers + b for i, a in enumerate(present) for b in present[i + 1 :]], dtype="int64")
    else:
        listed = np.unique(pair)
    tables = np.zeros((len(listed), size**2), dtype="int64")
    tables[np.searchsorted(listed, pair), cell] = seen.to_numpy("int64")
    a, b = np.divmod(listed, max(1, n_reviewers))
    columns = {"reviewer_a": a, "reviewer_b": b, "n_joint": tables.sum(axis=1), "n_a": n_votes[a], "n_b": n_votes[b]}
    return pd.DataFrame(tables, columns=_cells(size)).assign(**columns)


def _figures(tables: pd.DataFrame, names: list[str], level: float) -> pd.DataFrame:
    """The distinct tables with the figures of `agree` beside each; `names` are the categories."""
    size = len(names)
    ways = [f"{a}/{b}" for a in names for b in names]
    rows = []
    for cells in tables.itertuples(index=False):
        figures = agree(np.array(cells).reshape(size, size).tolist(), level)
        row = dict(zip(tables.columns, cells, strict=True))
        for name in ("percent_agreement", "kappa", "pabak", "ac1", "prevalence_index", "bias_index", "note", "paradox"):
            row[name] = getattr(figures, name)
        row["counts"] = "; ".join(f"{way}: {n}" for way, n in zip(ways, cells, strict=True))
        for name, interval in (("kappa", figures.kappa_interval), ("ac1", figures.ac1_interval)):
            row[f"{name}_low"] = interval.low if interval else None
            row[f"{name}_high"] = interval.high if interval else None
        rows.append(row)
    return pd.DataFrame(rows)
