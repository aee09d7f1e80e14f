"""The statistics agree with published worked examples, with exact enumeration, and with their own edges."""

import json
import math
from collections import Counter
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import ndtr, ndtri
from scopeline.statistics import (
    clopper_pearson,
    fisher_combination,
    fisher_exact,
    fleiss_kappa,
    gwet_ac1,
    krippendorff_alpha,
    median_iqr,
    newcombe,
    pairwise_agreement,
    sign_test,
    stouffer,
    wilson,
)

EXAMPLES = json.loads((Path(__file__).parent / "data" / "statistics.json").read_text(), parse_float=Decimal)
PROPORTIONS = EXAMPLES["proportion"] + [e | {"x": e["favour"]} for e in EXAMPLES["sign_test"] if "wilson95" in e]
INTERVALS = {"wilson95": wilson, "clopper_pearson95": clopper_pearson}


def same_digits(value, shown):
    """Whether `value`, rounded to the digits of `shown`, is `shown`; whole numbers are meant exactly."""
    if isinstance(shown, int):
        return value == shown
    return abs(Decimal(float(value)) - shown) <= Decimal("0.5001").scaleb(shown.as_tuple().exponent)


@st.composite
def cases(draw, largest=5000):
    """Some cases among n."""
    n = draw(st.integers(1, largest))
    return draw(st.integers(0, n)), n


small_tables = st.lists(st.lists(st.integers(0, 30), min_size=2, max_size=2), min_size=2, max_size=2)
p_values = st.floats(1e-12, 1 - 1e-12)


class TestWorkedExamples:
    """Published figures, to the digits shown."""

    @pytest.mark.parametrize("example", EXAMPLES["sign_test"], ids=lambda e: f"{e['favour']}-of-{e['n']}")
    def test_sign_test(self, example):
        """The exact two-sided p-value is that of the Cochrane Handbook and of Boon & Thomson 2021."""
        assert same_digits(sign_test(example["favour"], example["n"]), example["p_two_sided"])

    @pytest.mark.parametrize("method", INTERVALS)
    @pytest.mark.parametrize("example", PROPORTIONS, ids=lambda e: f"{e['x']}-of-{e['n']}")
    def test_proportion(self, example, method):
        """Both intervals of a proportion have the published limits."""
        interval = INTERVALS[method](example["x"], example["n"])
        low, high = example[method]
        assert same_digits(interval.low, low)
        assert same_digits(interval.high, high)

    @pytest.mark.parametrize("example", EXAMPLES["fisher_combination"])
    def test_fisher_combination(self, example):
        """Fisher's chi-squared, degrees of freedom and combined p-value are the published ones."""
        combined = fisher_combination(float(p) for p in example["p"])
        assert same_digits(combined.chi2, example["chi2"])
        assert combined.df == example["df"]
        assert same_digits(combined.p, example["P"])

    @pytest.mark.parametrize("example", EXAMPLES["stouffer"])
    def test_stouffer_and_fisher_on_the_same_z_values(self, example):
        """Five z-values combine to PyMARE's Stouffer z, and their p-values to its Fisher z."""
        z_values = [float(z) for z in example["z"]]
        assert same_digits(stouffer(z_values).z, example["stouffer_z"])
        combined = fisher_combination(ndtr(-z) for z in z_values)
        assert same_digits(-ndtri(combined.p), example["fisher_z"])

    @pytest.mark.parametrize("example", EXAMPLES["fisher_exact"], ids=lambda e: str(e["table"]))
    def test_fisher_exact(self, example):
        """The exact test gives the known p-values."""
        test = fisher_exact(example["table"])
        assert same_digits(test.p_two_sided, example["p_two_sided"])
        if "p_one_sided" in example:
            assert same_digits(test.p_greater, example["p_one_sided"])

    @pytest.mark.parametrize("example", EXAMPLES["newcombe_risk_difference"], ids=lambda e: f"{e['a']}-{e['b']}")
    def test_newcombe(self, example):
        """Risk difference and limits are those of Newcombe 1998, method 10."""
        result = newcombe(example["a"], example["n1"], example["b"], example["n2"])
        assert same_digits(result.difference, example["rd"])
        assert same_digits(result.interval.low, example["ci95"][0])
        assert same_digits(result.interval.high, example["ci95"][1])

    def test_quartiles_are_interpolated(self):
        """Quartiles are those of type 7: 1.75 and 3.25 for 1, 2, 3, 4."""
        spread = median_iqr([4, 1, 3, 2])
        assert (spread.q1, spread.median, spread.q3) == (1.75, 2.5, 3.25)
        assert (spread.minimum, spread.maximum, spread.n) == (1, 4, 4)


class TestEdges:
    """Nothing, everything, and what makes no sense."""

    @pytest.mark.parametrize("interval_of", INTERVALS.values())
    @pytest.mark.parametrize("n", [1, 3, 14, 29, 1000, 10**9])
    def test_no_case_and_all_cases(self, interval_of, n):
        """No case among n has the lower limit 0, and n among n the upper limit 1: exactly, not nearly."""
        assert interval_of(0, n).low == 0.0
        assert interval_of(n, n).high == 1.0
        assert interval_of(0, n).high < 1.0
        assert interval_of(n, n).low > 0.0

    def test_nothing_to_reckon_with(self):
        """Without participants, studies, p-values or values there is no result, and never NaN."""
        assert wilson(0, 0) is None
        assert clopper_pearson(0, 0) is None
        assert sign_test(0, 0) is None
        assert fisher_combination([]) is None
        assert stouffer([]) is None
        assert stouffer(p=[]) is None
        assert fisher_exact([[0, 0], [0, 0]]) is None
        assert newcombe(0, 0, 1, 2) is None
        assert newcombe(1, 2, 0, 0) is None
        assert median_iqr([]) is None
        assert median_iqr([None, math.nan, pd.NA]) is None

    def test_three_studies_cannot_reach_a_twentieth(self):
        """Three studies of one direction still have a two-sided p-value of a quarter."""
        assert sign_test(3, 3) == 0.25

    def test_an_even_split_has_p_of_one(self):
        """As many for as against gives exactly 1, although the two tails overlap."""
        assert sign_test(5, 10) == 1.0

    def test_an_empty_margin_leaves_one_table(self):
        """With an empty row or column there is only one table, so every p-value is 1."""
        test = fisher_exact([[0, 0], [3, 4]])
        assert (test.p_two_sided, test.p_greater, test.p_less) == (1.0, 1.0, 1.0)

    def test_a_p_value_of_one_adds_nothing_to_chi_squared(self):
        """A p-value of 1 is welcome in Fisher's combination."""
        assert fisher_combination([1.0]).chi2 == 0.0
        assert fisher_combination([1.0]).p == 1.0

    def test_numbers_may_come_from_frames(self):
        """Counts and values may be numpy's, pandas', or floats that are whole; missing values are left out."""
        assert wilson(np.int64(7), 50.0) == wilson(7, 50)
        assert fisher_exact(np.array([[8, 2], [1, 5]])) == fisher_exact([[8, 2], [1, 5]])
        assert fisher_exact(pd.DataFrame([[8, 2], [1, 5]])) == fisher_exact([[8, 2], [1, 5]])
        assert median_iqr(pd.Series([2, None, 1, 3], dtype="Int64")) == median_iqr([1, 2, 3])
        assert median_iqr(pd.Series([2, None, 1, 3], dtype="Float64")) == median_iqr([1, 2, 3])

    @pytest.mark.parametrize(
        "call",
        [
            lambda: wilson(3, 2),
            lambda: wilson(-1, 2),
            lambda: wilson(0.5, 2),
            lambda: wilson(math.nan, 2),
            lambda: wilson(pd.NA, 2),
            lambda: wilson("1", 2),
            lambda: wilson(1, 10**400),
            lambda: wilson(1, 2, level=95),
            lambda: wilson(0, 0, level=0),
            lambda: clopper_pearson(1, math.inf),
            lambda: clopper_pearson(1, 2, level=1),
            lambda: sign_test(4, 3),
            lambda: fisher_combination([0.2, 0.0]),
            lambda: fisher_combination([1.5]),
            lambda: fisher_combination([math.nan]),
            lambda: fisher_combination(["<0.001"]),
            stouffer,
            lambda: stouffer([1.0], p=[0.5]),
            lambda: stouffer([math.inf]),
            lambda: stouffer(p=[1.0]),
            lambda: stouffer(p=[0.0]),
            lambda: fisher_exact([[1, 2, 3], [4, 5, 6]]),
            lambda: fisher_exact([[1, 2], [3]]),
            lambda: fisher_exact([[1, 2], [3, -4]]),
            lambda: fisher_exact([[10**7, 0], [0, 1]]),
            lambda: newcombe(3, 2, 1, 2),
            lambda: median_iqr([1, math.inf]),
            lambda: median_iqr(["1"]),
        ],
    )
    def test_senseless_arguments_are_refused(self, call):
        """An argument that makes no sense raises ValueError with a sentence."""
        with pytest.raises(ValueError, match=r"\.$"):
            call()


class TestProperties:
    """What holds for any numbers."""

    @given(cases(), st.sampled_from(list(INTERVALS.values())), st.floats(0.5, 0.999))
    def test_intervals_hold_the_proportion(self, case, interval_of, level):
        """0 <= low <= x/n <= high <= 1, and counting the non-cases mirrors the interval."""
        x, n = case
        interval = interval_of(x, n, level)
        assert 0 <= interval.low <= x / n <= interval.high <= 1
        mirrored = interval_of(n - x, n, level)
        assert (1 - mirrored.high, 1 - mirrored.low) == pytest.approx((interval.low, interval.high), abs=1e-9)

    @given(cases(), st.sampled_from(list(INTERVALS.values())))
    def test_a_higher_level_is_wider(self, case, interval_of):
        """The 99 % interval covers the 95 % interval."""
        narrow, wide = interval_of(*case, 0.95), interval_of(*case, 0.99)
        assert wide.low <= narrow.low
        assert narrow.high <= wide.high

    @given(cases(60))
    def test_wilson_limits_solve_the_score_equation(self, case):
        """At each limit the score statistic is the normal quantile: that is what the interval inverts."""
        x, n = case
        for limit in (wilson(x, n).low, wilson(x, n).high):
            if 0 < limit < 1:
                assert abs(x / n - limit) / math.sqrt(limit * (1 - limit) / n) == pytest.approx(1.959964, abs=1e-5)

    @given(cases(60))
    def test_clopper_pearson_limits_leave_half_in_each_tail(self, case):
        """At the lower limit x or more cases have probability 2.5 %, at the upper limit x or fewer have."""
        x, n = case
        interval = clopper_pearson(x, n)

        def probability(share, numbers):
            return math.fsum(math.comb(n, k) * share**k * (1 - share) ** (n - k) for k in numbers)

        if x > 0:
            assert probability(interval.low, range(x, n + 1)) == pytest.approx(0.025)
        if x < n:
            assert probability(interval.high, range(x + 1)) == pytest.approx(0.025)

    @given(cases(200))
    def test_sign_test_counts_outcomes(self, case):
        """The p-value is the share of the 2^n outcomes at least as lopsided as the one seen, in either direction."""
        favour, n = case
        lopsided = [k for k in range(n + 1) if abs(2 * k - n) >= abs(2 * favour - n)]
        assert sign_test(favour, n) == pytest.approx(float(Fraction(sum(math.comb(n, k) for k in lopsided), 2**n)))
        assert sign_test(favour, n) == sign_test(n - favour, n)

    @given(st.lists(p_values, min_size=1, max_size=12))
    def test_combinations_do_not_depend_on_order(self, ps):
        """The same p-values in another order combine to the same result."""
        assert fisher_combination(ps) == fisher_combination(ps[::-1])
        assert stouffer(p=ps) == stouffer(p=ps[::-1])

    @given(p_values)
    def test_one_p_value_combines_to_itself(self, p):
        """One p-value alone comes back from both methods."""
        assert fisher_combination([p]).p == pytest.approx(p, rel=1e-9)
        assert stouffer(p=[p]).p == pytest.approx(p, rel=1e-9)

    @given(small_tables)
    def test_fisher_exact_enumerates_tables(self, table):
        """The p-values are sums over all tables with these margins, reckoned here in whole numbers."""
        (a, b), (c, d) = table
        test = fisher_exact(table)
        if test is None:
            assert a + b + c + d == 0
            return
        ways = {
            k: math.comb(a + c, k) * math.comb(b + d, a + b - k)
            for k in range(a + b + 1)
            if k <= a + c and a + b - k <= b + d
        }
        whole = sum(ways.values())
        assert test.p_two_sided == pytest.approx(sum(w for w in ways.values() if w <= ways[a]) / whole)
        assert test.p_greater == pytest.approx(sum(w for k, w in ways.items() if k >= a) / whole)
        assert test.p_less == pytest.approx(sum(w for k, w in ways.items() if k <= a) / whole)

    @given(small_tables)
    def test_fisher_exact_does_not_care_what_is_a_row(self, table):
        """Transposing leaves all p-values; swapping the rows leaves the two-sided one and swaps the others."""
        (a, b), (c, d) = table
        test = fisher_exact(table)
        if test is None:
            return
        transposed, swapped = fisher_exact([[a, c], [b, d]]), fisher_exact([[c, d], [a, b]])
        assert transposed.p_two_sided == pytest.approx(test.p_two_sided)
        assert transposed.p_greater == pytest.approx(test.p_greater)
        assert swapped.p_two_sided == pytest.approx(test.p_two_sided)
        assert swapped.p_greater == pytest.approx(test.p_less)

    @given(cases(), cases())
    def test_newcombe_holds_the_difference(self, first, second):
        """-1 <= low <= difference <= high <= 1, and swapping the groups turns the sign."""
        result, turned = newcombe(*first, *second), newcombe(*second, *first)
        assert -1 <= result.interval.low <= result.difference <= result.interval.high <= 1
        assert turned.difference == -result.difference
        assert turned.interval.low == pytest.approx(-result.interval.high)
        assert turned.interval.high == pytest.approx(-result.interval.low)

    @given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=40))
    def test_median_and_quartiles_are_in_order(self, values):
        """The five figures are in order, in any order of the values, with missing ones left out."""
        spread = median_iqr(values)
        assert spread.minimum <= spread.q1 <= spread.median <= spread.q3 <= spread.maximum
        assert spread == median_iqr([*reversed(values), None])
        assert spread.n == len(values)


def profiles_of(ratings, size):
    """How many records were rated in which way; a rating is a category from 0 on, NaN is none."""
    return Counter(tuple(int((row == category).sum()) for category in range(size)) for row in ratings)


def random_ratings(random):
    """Ratings of 2 to 6 raters in 2 to 4 categories that agree more or less; and how many categories there are."""
    size, raters, n = (int(random.integers(*limits)) for limits in ((2, 5), (2, 7), (5, 80)))
    shared = random.integers(0, size, n)[:, None]
    ratings = np.where(random.random((n, raters)) < random.random(), shared, random.integers(0, size, (n, raters)))
    return ratings.astype(float), size


profiles = st.dictionaries(st.tuples(st.integers(0, 5), st.integers(0, 5), st.integers(0, 5)), st.integers(0, 30))


class TestManyRaters:
    """Coefficients of agreement of any number of raters."""

    def test_fleiss_1971(self):
        """The 10 subjects by 14 raters and 5 categories that many textbooks print: kappa 0.210."""
        table = [(0, 0, 0, 0, 14), (0, 2, 6, 4, 2), (0, 0, 3, 5, 6), (0, 3, 9, 2, 0), (2, 2, 8, 1, 1)]
        table += [(7, 7, 0, 0, 0), (3, 2, 6, 3, 0), (2, 5, 3, 2, 2), (6, 5, 2, 1, 0), (0, 2, 2, 3, 7)]
        found = fleiss_kappa(Counter(table))
        assert (round(found.value, 3), found.n) == (0.210, 10)

    def test_krippendorff_2011(self):
        """Krippendorff's own example of four observers with missing values: alpha 0.743 (nominal)."""
        rows = ["11*1", "2232", "3333", "3333", "2222", "1234", "4444", "1121", "2222", "*555", "**11", "**3*"]
        found = krippendorff_alpha(Counter(tuple(row.count(c) for c in "12345") for row in rows))
        assert (round(found.value, 3), found.n) == (0.743, 11)

    def test_against_statsmodels(self):
        """Fleiss' kappa equals statsmodels' on 500 random tables."""
        inter_rater = pytest.importorskip("statsmodels.stats.inter_rater")
        random = np.random.default_rng(20260102)
        for _ in range(500):
            ratings, size = random_ratings(random)
            table = np.stack([(ratings == category).sum(axis=1) for category in range(size)], axis=1)
            ours = fleiss_kappa(profiles_of(ratings, size))
            if ours.value is not None:
                assert ours.value == pytest.approx(inter_rater.fleiss_kappa(table), abs=1e-10)

    def test_against_krippendorff(self):
        """Alpha equals that of the package krippendorff on 500 random tables with holes."""
        krippendorff = pytest.importorskip("krippendorff")
        random = np.random.default_rng(20260103)
        for _ in range(500):
            ratings, size = random_ratings(random)
            ratings[random.random(ratings.shape) < 0.2] = np.nan
            ours = krippendorff_alpha(profiles_of(ratings, size))
            if ours.value is not None:
                theirs = krippendorff.alpha(ratings.T, level_of_measurement="nominal", value_domain=list(range(size)))
                assert ours.value == pytest.approx(theirs, abs=1e-10)

    def test_against_irrcac(self):
        """Fleiss' kappa, alpha and AC1, with their standard errors, equal those of irrCAC on 500 random tables."""
        raw = pytest.importorskip("irrCAC.raw")
        random = np.random.default_rng(20260104)
        for _ in range(500):
            ratings, size = random_ratings(random)
            holes = np.where(random.random(ratings.shape) < 0.2, np.nan, ratings)
            holes = holes[(~np.isnan(holes)).sum(axis=1) > 1]
            whole, part = (
                raw.CAC(pd.DataFrame(each), categories=list(range(size)), digits=12) for each in (ratings, holes)
            )
            for ours, theirs in (
                (fleiss_kappa(profiles_of(ratings, size)), whole.fleiss),
                (krippendorff_alpha(profiles_of(holes, size)), part.krippendorff),
                (gwet_ac1(profiles_of(holes, size)), part.gwet),
            ):
                if ours.se:
                    estimate = theirs()["est"]
                    assert ours.value == pytest.approx(float(estimate["coefficient_value"]), abs=1e-10)
                    assert ours.se == pytest.approx(float(estimate["se"]), abs=1e-10)

    @pytest.mark.parametrize("coefficient", [fleiss_kappa, krippendorff_alpha, gwet_ac1])
    def test_edges(self, coefficient):
        """No record rated twice: nothing; full agreement: 1 without an interval; one record: no interval."""
        for nothing in ({}, {(1, 0): 5, (0, 1): 2}, {(2, 1): 0}):
            found = coefficient(nothing)
            assert (found.value, found.interval, found.n) == (None, None, 0)
            assert found.why.endswith("not estimable.")
        full = coefficient({(3, 0): 4, (0, 3): 2})
        assert (full.value, full.interval, full.n) == (1.0, None, 6)
        assert "no interval" in full.why
        assert coefficient({(2, 1): 1}).interval is None

    @pytest.mark.parametrize("coefficient", [fleiss_kappa, krippendorff_alpha])
    def test_one_category(self, coefficient):
        """All ratings in one category leave no room for chance: not estimable, with the reason."""
        found = coefficient({(3, 0): 9})
        assert (found.value, found.n) == (None, 9)
        assert "one and the same category" in found.why

    def test_unequal_ratings_are_refused_by_fleiss(self):
        """Fleiss' kappa is of records rated equally often."""
        with pytest.raises(ValueError, match="same number of times"):
            fleiss_kappa({(2, 0): 3, (1, 2): 1})

    @pytest.mark.parametrize("senseless", [{(2,): 1}, {(2, 0): 1, (1, 1, 0): 1}, {(-1, 2): 1}, {(1, 1): 1.5}])
    def test_senseless_profiles_are_refused(self, senseless):
        """Anything but counts in the same two or more categories raises ValueError with a sentence."""
        with pytest.raises(ValueError, match=r"\.$"):
            krippendorff_alpha(senseless)

    @given(profiles)
    def test_bounds(self, given_profiles):
        """Shares lie within 0 and 1, coefficients in their intervals, nothing is NaN, order does not matter."""
        share = pairwise_agreement(given_profiles)
        assert share is None or 0 <= share <= 1
        for coefficient in (krippendorff_alpha, gwet_ac1):
            found = coefficient(given_profiles)
            assert found == coefficient(dict(reversed(given_profiles.items())))
            assert (found.interval is None) == bool(found.why)
            if found.interval:
                assert -1 <= found.interval.low <= found.value <= found.interval.high <= 1

    @given(st.dictionaries(st.sampled_from([(3, 0), (2, 1), (1, 2), (0, 3)]), st.integers(1, 40), min_size=2))
    def test_alpha_and_fleiss(self, given_profiles):
        """With equally many ratings alpha is kappa and a share of the rest that vanishes as the ratings grow."""
        kappa, alpha = fleiss_kappa(given_profiles), krippendorff_alpha(given_profiles)
        assert alpha.value == pytest.approx(kappa.value + (1 - kappa.value) / (3 * kappa.n))
