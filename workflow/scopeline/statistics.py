"""Statistics on counts: intervals of a proportion, exact tests, combined p-values, a median with its quartiles.

Two rules hold throughout. Where there is nothing to reckon with (no participants, no p-values) the answer is `None`,
which is to be shown as "not estimable"; a result is never NaN. An argument that makes no sense raises `ValueError`
with a plain sentence.
"""

import math
import numbers
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

#: A table of counts, however it is held: rows of counts, an array, a frame.
Table = Sequence[Sequence[int]] | np.ndarray | pd.DataFrame

#: How many records were rated in each way: the number of ratings in each category, and how many records have these.
Profiles = Mapping[tuple[int, ...], int]

#: The largest total for which the logarithms of factorials keep enough digits for Fisher's exact test.
LARGEST_EXACT_TABLE = 10_000_000

#: Two tables count as equally probable when their probabilities differ by less than this share: rounding, not data.
TIE_TOLERANCE = 1e-7

#: A standard error below this is 0 but for rounding.
LEAST_ERROR = 1e-9


@dataclass(frozen=True)
class Interval:
    """A confidence interval: its two limits and the method that gave them."""

    low: float
    high: float
    method: str


@dataclass(frozen=True)
class FisherCombination:
    """Fisher's combination: chi-squared statistic, its degrees of freedom, and the combined p-value."""

    chi2: float
    df: int
    p: float


@dataclass(frozen=True)
class Stouffer:
    """Stouffer's combination: the combined z, its one-sided p-value, and how many values went in."""

    z: float
    p: float
    n: int


@dataclass(frozen=True)
class FisherExact:
    """Fisher's exact test of a two-by-two table; `greater` and `less` speak of the first cell."""

    p_two_sided: float
    p_greater: float
    p_less: float


@dataclass(frozen=True)
class RiskDifference:
    """First proportion minus second proportion, with its interval."""

    difference: float
    interval: Interval


@dataclass(frozen=True)
class Spread:
    """Median, quartiles and extremes of `n` values."""

    median: float
    q1: float
    q3: float
    minimum: float
    maximum: float
    n: int


@dataclass(frozen=True)
class Coefficient:
    """One coefficient of agreement on `n` records, each rated at least twice.

    `why` says in a sentence why the value or its interval is missing, and is empty where there are both.
    """

    value: float | None
    se: float | None
    interval: Interval | None
    n: int
    why: str


def wilson(x: int, n: int, level: float = 0.95) -> Interval | None:
    """Score interval of the proportion x/n (Wilson 1927), without continuity correction.

    The lower limit is exactly 0 at x = 0 and the upper limit exactly 1 at x = n. `None` where n is 0.
    Raises `ValueError` unless 0 <= x <= n are whole numbers and 0 < level < 1.
    """
    x, n = _share_of(x, n)
    z = normal_quantile(level)
    if n == 0:
        return None
    share = x / n
    centre = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    low = 0.0 if x == 0 else max(0.0, centre - half)
    high = 1.0 if x == n else min(1.0, centre + half)
    return Interval(low, high, "Wilson")


def clopper_pearson(x: int, n: int, level: float = 0.95) -> Interval | None:
    """Exact interval of the proportion x/n (Clopper & Pearson 1934); never covers less than `level`.

    Edges, missing result and errors as in `wilson`.
    """
    from scipy.special import betaincinv

    x, n = _share_of(x, n)
    tail = (1 - _proper_level(level)) / 2
    if n == 0:
        return None
    low = 0.0 if x == 0 else float(betaincinv(x, n - x + 1, tail))
    high = 1.0 if x == n else float(betaincinv(x + 1, n - x, 1 - tail))
    return Interval(low, high, "Clopper-Pearson")


def sign_test(favour: int, n: int) -> float | None:
    """Exact two-sided binomial p-value of `favour` out of `n` against one half (Cochrane Handbook 12.4.2.3).

    `n` counts only the studies that have a direction. `None` where n is 0.
    Raises `ValueError` unless 0 <= favour <= n are whole numbers.
    """
    from scipy.special import bdtr

    favour, n = _share_of(favour, n)
    if n == 0:
        return None
    return min(1.0, 2 * float(bdtr(min(favour, n - favour), n, 0.5)))


def fisher_combination(ps: Iterable[float]) -> FisherCombination | None:
    """Combine independent one-sided p-values of one common direction (Fisher 1932).

    `None` where there is no p-value. Raises `ValueError` unless every p-value is above 0 and at most 1: a p-value
    that was printed as 0 or as "<0.001" enters as the bound, 0.001.
    """
    from scipy.special import chdtrc

    given = [_p_value(p) for p in ps]
    if not given:
        return None
    chi2 = 2 * abs(math.fsum(math.log(p) for p in given))
    df = 2 * len(given)
    return FisherCombination(chi2, df, float(chdtrc(df, chi2)))


def stouffer(z: Iterable[float] | None = None, *, p: Iterable[float] | None = None) -> Stouffer | None:
    """Combine independent z-values, or one-sided p-values, of one common direction (Stouffer 1949, equal weights).

    Give either `z` or `p`. A p-value p stands for the z that a standard normal variable exceeds with probability p.
    `None` where there is no value. Raises `ValueError` unless every z is finite, or every p lies between 0 and 1 and
    is neither (a p-value of exactly 1 stands for a z of minus infinity).
    """
    from scipy.special import ndtr, ndtri

    if (z is None) == (p is None):
        raise ValueError("Give either z-values or one-sided p-values.")
    if z is not None:
        given = [_finite(value, "z-value") for value in z]
    else:
        proper = [_p_value(value) for value in p or ()]
        if 1.0 in proper:
            raise ValueError("A p-value of exactly 1 has no finite z-value: Stouffer's method cannot take it.")
        given = [-float(ndtri(value)) for value in proper]
    if not given:
        return None
    combined = math.fsum(given) / math.sqrt(len(given))
    return Stouffer(combined, float(ndtr(-combined)), len(given))


def fisher_exact(table: Table) -> FisherExact | None:
    """Fisher's exact test of a two-by-two table of counts, margins held fixed.

    The two-sided p-value adds up every table that is no more probable than the one seen (Fisher 1935, as in R).
    `None` for a table of zeros. Raises `ValueError` for any other shape, for counts that are not whole numbers of at
    least 0, and for more than ten million in all.
    """
    from scipy.special import gammaln

    (a, b), (c, d) = square_counts(table, size=2)
    n = a + b + c + d
    if n == 0:
        return None
    if n > LARGEST_EXACT_TABLE:
        raise ValueError(f"Fisher's exact test takes at most {LARGEST_EXACT_TABLE} in all, not {n}.")
    row, column = a + b, a + c
    first = np.arange(max(0, row + column - n), min(row, column) + 1)
    logarithm = -(
        gammaln(first + 1.0)
        + gammaln(row - first + 1.0)
        + gammaln(column - first + 1.0)
        + gammaln(n - row - column + first + 1.0)
    )
    weight = np.exp(logarithm - logarithm.max())
    seen = weight[first == a][0]
    whole = weight.sum()

    def share(chosen: np.ndarray) -> float:
        return min(1.0, float(weight[chosen].sum() / whole))

    return FisherExact(
        p_two_sided=share(weight <= seen * (1 + TIE_TOLERANCE)),
        p_greater=share(first >= a),
        p_less=share(first <= a),
    )


def newcombe(a: int, n1: int, b: int, n2: int, level: float = 0.95) -> RiskDifference | None:
    """Difference of two independent proportions, a/n1 - b/n2, with the hybrid score interval (Newcombe 1998,
    method 10: built from the two Wilson intervals, no continuity correction).

    `None` where either group is empty. Raises `ValueError` as `wilson` does.
    """
    first, second = wilson(a, n1, level), wilson(b, n2, level)
    if first is None or second is None:
        return None
    p1, p2 = a / n1, b / n2
    low = p1 - p2 - math.hypot(p1 - first.low, second.high - p2)
    high = p1 - p2 + math.hypot(first.high - p1, p2 - second.low)
    return RiskDifference(p1 - p2, Interval(max(-1.0, low), min(1.0, high), "Newcombe hybrid score"))


def median_iqr(values: Iterable[float]) -> Spread | None:
    """Median, quartiles and extremes of the values that are not missing; `n` says how many those are.

    Quartiles are interpolated linearly between neighbours (type 7 of Hyndman & Fan 1996). Missing values (None, NaN,
    NA) are left out; `None` where nothing is left. Raises `ValueError` for text and for infinite values.
    """
    given = [_finite(value, "value") for value in values if not pd.isna(value)]
    if not given:
        return None
    minimum, q1, median, q3, maximum = (float(q) for q in np.quantile(given, [0, 0.25, 0.5, 0.75, 1]))
    return Spread(median=median, q1=q1, q3=q3, minimum=minimum, maximum=maximum, n=len(given))


def pairwise_agreement(profiles: Profiles) -> float | None:
    """The share of equal pairs among the pairs of ratings of one record, averaged over the records (Fleiss 1971).

    Records with fewer than two ratings are left out; `None` where no other is left. Raises `ValueError` for counts
    that are not whole numbers of at least 0, and for profiles of unequal length.
    """
    rated = _rated(profiles)
    return None if rated is None else rated.mean(rated.own)


def fleiss_kappa(profiles: Profiles, level: float = 0.95) -> Coefficient:
    """Fleiss' kappa of any number of raters, each record rated the same number of times (Fleiss 1971).

    The interval is the normal one around the large-sample standard error of Gwet 2021 (Educ Psychol Meas 81:781);
    the older error of Fleiss, Nee & Landis 1979 holds for a kappa of 0 only. Not estimable where all ratings are in
    one category or no record was rated twice. Raises `ValueError` where records were rated unequally often, and as
    `pairwise_agreement` does.
    """
    rated = _rated(profiles)
    if rated is None or rated.one_category:
        return _not_estimable(rated)
    if len(set(rated.ratings.tolist())) > 1:
        raise ValueError("Fleiss' kappa needs records that were rated the same number of times.")
    use = rated.use(rated.counts / rated.ratings[:, None])
    chance = float(use @ use)
    value = (rated.mean(rated.own) - chance) / (1 - chance)
    chances = (rated.counts @ use) / rated.ratings
    each = (rated.own - chance - 2 * (1 - value) * (chances - chance)) / (1 - chance)
    return _coefficient(rated, value, each, value, level, "normal quantile, Gwet 2021 error")


def krippendorff_alpha(profiles: Profiles, level: float = 0.95) -> Coefficient:
    """Krippendorff's alpha for nominal categories, on every record rated at least twice (Krippendorff 1970).

    The interval is the normal one around the linearised standard error of Gwet 2014 (Handbook of Inter-Rater
    Reliability, 4th ed.); Krippendorff himself draws samples again. Not estimable where all ratings are in one
    category or no record was rated twice. Raises `ValueError` as `pairwise_agreement` does.
    """
    rated = _rated(profiles)
    if rated is None or rated.one_category:
        return _not_estimable(rated)
    usual = rated.mean(rated.ratings)
    all_ratings = usual * rated.n
    further = (rated.ratings - usual) / usual
    own = rated.own * rated.ratings / usual
    unadjusted = rated.mean(own)
    agreement = (1 - 1 / all_ratings) * unadjusted + 1 / all_ratings
    use = rated.use(rated.counts / usual)
    chance = float(use @ use)
    plain = (unadjusted - chance) / (1 - chance)
    chances = (rated.counts @ use) / usual - chance * further
    each = (own - agreement * further - chance - 2 * (1 - plain) * (chances - chance)) / (1 - chance)
    value = (agreement - chance) / (1 - chance)
    return _coefficient(rated, value, each, plain, level, "normal quantile, Gwet 2014 error")


def gwet_ac1(profiles: Profiles, level: float = 0.95) -> Coefficient:
    """Gwet's AC1 of any number of raters, on every record rated at least twice (Gwet 2008).

    Not estimable where no record was rated twice. Raises `ValueError` as `pairwise_agreement` does.
    """
    rated = _rated(profiles)
    if rated is None:
        return _not_estimable(rated)
    shares = rated.counts / rated.ratings[:, None]
    use = rated.use(shares)
    others = rated.counts.shape[1] - 1
    chance = float(use @ (1 - use)) / others
    value = (rated.mean(rated.own) - chance) / (1 - chance)
    chances = shares @ (1 - use) / others
    each = (rated.own - chance - 2 * (1 - value) * (chances - chance)) / (1 - chance)
    return _coefficient(rated, value, each, value, level, "normal quantile, Gwet 2008 error")


def normal_quantile(level: float) -> float:
    """The z that cuts off half of what `level` leaves: 1.96 for 0.95."""
    from scipy.special import ndtri

    return -float(ndtri((1 - _proper_level(level)) / 2))


def square_counts(table: Table, size: int | None = None) -> list[list[int]]:
    """The counts of a square table (lists, array or frame), row by row, as whole numbers.

    Raises `ValueError` unless the table has as many columns as rows, at least two (or exactly `size`) of each, and
    every cell is a whole number of at least 0.
    """
    rows = table.to_numpy().tolist() if isinstance(table, pd.DataFrame) else [list(row) for row in table]
    expected = size or max(2, len(rows))
    if len(rows) != expected or any(len(row) != expected for row in rows):
        raise ValueError(f"The table must have {expected} rows of {expected} counts each.")
    return [[_count(cell, "A cell of the table") for cell in row] for row in rows]


@dataclass(frozen=True)
class _Rated:
    """Profiles with at least two ratings as arrays, one entry a profile, in an order of their own."""

    counts: np.ndarray
    times: np.ndarray  # how many records have the profile
    ratings: np.ndarray
    own: np.ndarray  # share of equal pairs among the pairs of ratings

    @property
    def n(self) -> int:
        return int(self.times.sum())

    @property
    def one_category(self) -> bool:
        return int((self.counts.sum(axis=0) > 0).sum()) == 1

    def mean(self, figures: np.ndarray) -> float:
        return float(self.times @ figures) / self.n

    def use(self, shares: np.ndarray) -> np.ndarray:
        """The mean share of each category."""
        return np.asarray(self.times @ shares / self.n)


def _rated(profiles: Profiles) -> _Rated | None:
    """The profiles with at least two ratings and at least one record; `None` where there are none."""
    lengths = {len(profile) for profile in profiles}
    if lengths and (len(lengths) > 1 or max(lengths) < 2):
        raise ValueError("Every profile must count the ratings in the same two or more categories.")
    whole = {
        tuple(_count(cell, "A number of ratings") for cell in profile): _count(times, "A number of records")
        for profile, times in profiles.items()
    }
    kept = sorted((profile, times) for profile, times in whole.items() if times and sum(profile) > 1)
    if not kept:
        return None
    counts = np.array([profile for profile, _ in kept], dtype="float64")
    ratings = counts.sum(axis=1)
    own = (counts * (counts - 1)).sum(axis=1) / (ratings * (ratings - 1))
    return _Rated(counts, np.array([times for _, times in kept], dtype="float64"), ratings, own)


def _not_estimable(rated: _Rated | None) -> Coefficient:
    if rated is None:
        return Coefficient(None, None, None, 0, "No record was rated twice: not estimable.")
    return Coefficient(None, None, None, rated.n, "All ratings are in one and the same category: not estimable.")


def _coefficient(
    rated: _Rated, value: float, each: np.ndarray, centre: float, level: float, method: str
) -> Coefficient:
    """The coefficient with the interval that its records' own values, scattered about `centre`, give it."""
    quantile = normal_quantile(level)
    if (rated.own == 1).all():
        return Coefficient(1.0, 0.0, None, rated.n, "Every record was rated alike by all: no interval can be given.")
    if rated.n == 1:
        return Coefficient(value, None, None, 1, "There is only one record: no interval can be given.")
    error = math.sqrt(float(rated.times @ (each - centre) ** 2) / (rated.n * (rated.n - 1)))
    if error < LEAST_ERROR:
        return Coefficient(value, 0.0, None, rated.n, "The large-sample standard error is 0: no interval can be given.")
    low, high = max(-1.0, value - quantile * error), min(1.0, value + quantile * error)
    return Coefficient(value, error, Interval(low, high, method), rated.n, "")


def _count(value: object, name: str) -> int:
    """`value` as a whole number of at least 0; raises `ValueError` for anything else."""
    number = _number(value)
    if not (0 <= number < math.inf and number.is_integer()):
        raise ValueError(f"{name} must be a whole number of at least 0, not {value!r}.")
    return int(number)


def _share_of(x: int, n: int) -> tuple[int, int]:
    """`x` out of `n` as whole numbers; raises `ValueError` unless 0 <= x <= n."""
    x, n = _count(x, "The number of cases"), _count(n, "The total")
    if x > n:
        raise ValueError(f"There cannot be {x} cases among {n}.")
    return x, n


def _proper_level(level: object) -> float:
    """`level` as a float; raises `ValueError` unless it lies between 0 and 1."""
    number = _number(level)
    if not 0 < number < 1:
        raise ValueError(f"The level of an interval must lie between 0 and 1 (such as 0.95), not {level!r}.")
    return number


def _p_value(value: object) -> float:
    """`value` as a float; raises `ValueError` unless it is above 0 and at most 1."""
    number = _number(value)
    if not 0 < number <= 1:
        raise ValueError(f"A p-value must be above 0 and at most 1, not {value!r}.")
    return number


def _finite(value: object, name: str) -> float:
    """`value` as a float; raises `ValueError` unless it is a finite number."""
    number = _number(value)
    if not math.isfinite(number):
        raise ValueError(f"A {name} must be a finite number, not {value!r}.")
    return number


def _number(value: object) -> float:
    """`value` as a float: NaN where it is no number (text, a missing value), infinite where it is too large."""
    if not isinstance(value, numbers.Real):
        return math.nan
    try:
        return float(value)
    except OverflowError:
        return math.inf
