"""Agreement of two reviewers: published examples, an independent package, an independent reckoning, and invariants."""

import itertools
import json
import math
from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import stdtrit
from scopeline.agreement import (
    FULL_COLUMNS,
    MOST_REVIEWERS_ALL_PAIRS,
    PANEL_COLUMNS,
    agree,
    full_panel,
    panel,
)
from scopeline.agreement_words import readable
from scopeline.terms import Decision, Stage

EXAMPLES = json.loads((Path(__file__).parent / "data" / "statistics.json").read_text(), parse_float=Decimal)
COLUMNS = ["record_id", "stage", "reviewer", "decision"]


def same_digits(value, shown):
    """Whether `value`, rounded to the digits of `shown`, is `shown`."""
    return abs(Decimal(float(value)) - shown) <= Decimal("0.5001").scaleb(shown.as_tuple().exponent)


def votes_of(*rows):
    """A frame of votes as the typed frames hold them."""
    return pd.DataFrame(list(rows), columns=COLUMNS).astype("string")


def votes_of_table(table, stage="title_abstract", reviewers=("A", "B"), kinds=("include", "exclude")):
    """One vote of each reviewer on as many records as the table counts."""
    rows = []
    for (i, first), (j, second) in itertools.product(enumerate(kinds), repeat=2):
        for k in range(table[i][j]):
            record = f"R{i}{j}{k:04d}"
            rows += [(record, stage, reviewers[0], first), (record, stage, reviewers[1], second)]
    return votes_of(*rows)


def gwet_record_by_record(table):
    """AC1 and its standard error from the list of rated records (Gwet 2008, linearisation), in plain Python."""
    size = len(table)
    records = [(i, j) for i in range(size) for j in range(size) for _ in range(table[i][j])]
    n = len(records)
    use = [sum((i == q) + (j == q) for i, j in records) / (2 * n) for q in range(size)]
    agreement = sum(i == j for i, j in records) / n
    chance = sum(u * (1 - u) for u in use) / (size - 1)
    ac1 = (agreement - chance) / (1 - chance)
    squares = 0.0
    for i, j in records:
        own_chance = ((1 - use[i]) + (1 - use[j])) / 2 / (size - 1)
        own = ((i == j) - chance) / (1 - chance) - 2 * (1 - ac1) * (own_chance - chance) / (1 - chance)
        squares += (own - ac1) ** 2
    return ac1, math.sqrt(squares) / n


def tables(largest=40, sizes=(2, 3, 4)):
    """Square tables with at least one record."""
    row = st.integers(0, largest)
    square = st.sampled_from(sizes).flatmap(
        lambda k: st.lists(st.lists(row, min_size=k, max_size=k), min_size=k, max_size=k)
    )
    return square.filter(lambda table: any(map(any, table)))


votes_frames = st.lists(
    st.tuples(
        st.sampled_from([f"R{i}" for i in range(8)]),
        st.sampled_from(list(map(str, Stage))),
        st.sampled_from("ABCD"),
        st.sampled_from(list(map(str, Decision))),
    ),
    max_size=60,
    unique_by=lambda vote: vote[:3],
).map(lambda rows: votes_of(*rows))


class TestWorkedExamples:
    """Published figures, to the digits shown."""

    @pytest.mark.parametrize("example", EXAMPLES["agreement"], ids=lambda e: e["name"])
    def test_published_tables(self, example):
        """Every figure known for a published table comes out to the digits shown."""
        result = agree(example["table"])
        names = {"po": "percent_agreement", "se": "kappa_se"}
        for key in ("po", "kappa", "se", "pabak", "ac1", "ac1_se", "prevalence_index", "bias_index"):
            value = getattr(result, names.get(key, key))
            if example.get(key, "unknown") is None:
                assert value is None
            elif key in example:
                assert same_digits(value, example[key]), key
        if "ci95" in example:
            assert same_digits(result.kappa_interval.low, example["ci95"][0])
            assert same_digits(result.kappa_interval.high, example["ci95"][1])
        if "ac1_ci95_t" in example:
            half = stdtrit(result.n - 1, 0.975) * result.ac1_se
            assert same_digits(result.ac1 - half, example["ac1_ci95_t"][0])
            assert same_digits(result.ac1 + half, example["ac1_ci95_t"][1])

    def test_low_dose_naltrexone_review(self):
        """The example review: 179 records agree to 0.916 with kappa 0.83, 57 reports to 0.912 with kappa 0.25."""
        votes = pd.concat(
            [
                votes_of_table([[65, 15], [0, 99]]),
                votes_of_table([[51, 4], [1, 1]], stage="full_text"),
            ]
        )
        screening, full_text = panel(votes).to_dict("records")
        cells = ("n_joint", "both_include", "a_only", "b_only", "both_exclude")
        assert [screening[cell] for cell in cells] == [179, 65, 15, 0, 99]
        assert [full_text[cell] for cell in cells] == [57, 51, 4, 1, 1]
        assert (round(screening["percent_agreement"], 3), round(screening["kappa"], 2)) == (0.916, 0.83)
        assert (round(full_text["percent_agreement"], 3), round(full_text["kappa"], 2)) == (0.912, 0.25)
        assert screening["note"] == ""
        assert "Kappa paradox" in full_text["note"]
        assert "prevalence index 0.88" in full_text["note"]


class TestIndependentReckoning:
    """The same figures reckoned by others or in another way."""

    def test_kappa_against_statsmodels(self):
        """Kappa, standard error and interval equal statsmodels' on 500 random tables of 2 to 5 categories."""
        inter_rater = pytest.importorskip("statsmodels.stats.inter_rater")
        random = np.random.default_rng(20260101)
        for _ in range(500):
            size = random.integers(2, 6)
            table = random.integers(0, random.choice([4, 20, 300]), (size, size))
            table += np.diag(random.integers(1, 50, size))
            ours, theirs = agree(table), inter_rater.cohens_kappa(table)
            assert ours.kappa == pytest.approx(theirs.kappa, abs=1e-10)
            assert ours.kappa_se == pytest.approx(theirs.std_kappa, abs=1e-7)
            if ours.kappa_interval is None:
                assert theirs.kappa_upp - theirs.kappa_low < 1e-6
            else:
                assert ours.kappa_interval.low == pytest.approx(max(-1, theirs.kappa_low), abs=1e-9)
                assert ours.kappa_interval.high == pytest.approx(min(1, theirs.kappa_upp), abs=1e-9)

    @given(tables())
    def test_ac1_record_by_record(self, table):
        """AC1 and its standard error equal those reckoned from the single records."""
        ac1, error = gwet_record_by_record(table)
        result = agree(table)
        assert result.ac1 == pytest.approx(ac1, abs=1e-9)
        assert result.ac1_se == pytest.approx(error, abs=1e-7)

    @settings(deadline=None)
    @given(votes_frames, st.sampled_from(["include", "exclude"]))
    def test_panel_vote_by_vote(self, votes, maybe_as):
        """The panel's counts are those of going through the votes one by one, with the figures of `agree`."""
        cast = {(v.stage, v.reviewer, v.record_id): v.decision for v in votes.itertuples()}
        yes = {"include", "maybe"} if maybe_as == "include" else {"include"}
        expected = []
        for stage in map(str, Stage):
            rated = {}
            for (where, reviewer, record), decision in cast.items():
                if where == stage:
                    rated.setdefault(reviewer, {})[record] = decision in yes
            for a, b in itertools.combinations(sorted(rated), 2):
                both = rated[a].keys() & rated[b].keys()
                seen = [(rated[a][record], rated[b][record]) for record in both]
                table = [[seen.count((x, y)) for y in (True, False)] for x in (True, False)]
                n_any = len(rated[a].keys() | rated[b].keys())
                expected.append((stage, a, b, len(both), len(rated[a]), len(rated[b]), n_any, *table[0], *table[1]))
        result = panel(votes, maybe_as)
        counts = [*list(PANEL_COLUMNS)[:7], "both_include", "a_only", "b_only", "both_exclude"]
        assert list(result[counts].itertuples(index=False, name=None)) == expected
        for row in result.to_dict("records"):
            figures = agree([[row["both_include"], row["a_only"]], [row["b_only"], row["both_exclude"]]])
            assert row["n_stage"] == len({record for stage, _, record in cast if stage == row["stage"]})
            assert row["coverage"] == row["n_joint"] / row["n_stage"]
            assert row["note"] == figures.note
            for name in ("percent_agreement", "kappa", "pabak", "ac1", "prevalence_index", "bias_index"):
                assert row[name] == getattr(figures, name)
            for name, interval in (("kappa", figures.kappa_interval), ("ac1", figures.ac1_interval)):
                limits = (row[f"{name}_low"], row[f"{name}_high"])
                assert limits == ((interval.low, interval.high) if interval else (None, None))


class TestAgreeEdges:
    """Tables that say little, and tables that are none."""

    def test_one_category_only(self):
        """Everyone in one category: kappa and its interval are not estimable, the note says so, AC1 is 1."""
        for table in ([[50, 0], [0, 0]], [[0, 0], [0, 7]], [[0, 0, 0], [0, 3, 0], [0, 0, 0]]):
            result = agree(table)
            assert (result.kappa, result.kappa_se, result.kappa_interval) == (None, None, None)
            assert (result.percent_agreement, result.pabak, result.ac1) == (1.0, 1.0, 1.0)
            assert "kappa is not estimable" in result.note
            assert "paradox" not in result.note

    def test_no_record(self):
        """Without a jointly rated record nothing is estimable."""
        result = agree([[0, 0], [0, 0]])
        assert result.n == 0
        assert {result.percent_agreement, result.kappa, result.pabak, result.ac1, result.prevalence_index} == {None}
        assert "not estimable" in result.note

    def test_no_interval_without_width(self):
        """Perfect agreement has standard error 0: an interval from 1 to 1 would claim certainty, so there is none."""
        result = agree([[3, 0], [0, 2]])
        assert (result.kappa, result.kappa_se, result.kappa_interval) == (1.0, 0.0, None)
        assert (result.ac1, result.ac1_se, result.ac1_interval) == (1.0, 0.0, None)
        assert "standard error of kappa and AC1 is 0" in result.note

    def test_one_reviewer_never_varies(self):
        """Where one reviewer uses one category only, kappa is exactly 0 and the note says why."""
        result = agree([[80, 99], [0, 0]])
        assert (result.kappa, result.kappa_se, result.kappa_interval) == (0.0, 0.0, None)
        assert "One reviewer put every record in the same category" in result.note

    def test_paradox_starts_at_the_named_index(self):
        """The note warns from a prevalence index of 0.6 on, in both directions, and not below."""
        assert "Kappa paradox" in agree([[75, 5], [5, 15]]).note
        assert "prevalence index 0.60" in agree([[75, 5], [5, 15]]).note
        assert "prevalence index -0.60" in agree([[15, 5], [5, 75]]).note
        assert agree([[74, 5], [6, 15]]).note == ""

    def test_paradox_with_more_categories(self):
        """With three categories there is no prevalence index, but the uneven use of categories is told all the same."""
        result = agree([[90, 2, 2], [1, 2, 0], [1, 0, 2]])
        assert (result.prevalence_index, result.bias_index) == (None, None)
        assert "Kappa paradox" in result.note
        assert "prevalence index" not in result.note

    @pytest.mark.parametrize(
        "table", [[], [[5]], [[1, 2]], [[1, 2], [3]], [[1, -2], [3, 4]], [[1.5, 2], [3, 4]], [[math.nan, 2], [3, 4]]]
    )
    def test_senseless_tables_are_refused(self, table):
        """A table that is not square, or holds anything but counts, raises ValueError with a sentence."""
        with pytest.raises(ValueError, match=r"\.$"):
            agree(table)


class TestAgreeProperties:
    """What holds for any table."""

    @given(tables())
    def test_swapping_reviewers(self, table):
        """Who is called first changes the sign of the bias index and nothing else."""
        ours, swapped = agree(table), agree([list(column) for column in zip(*table, strict=True)])
        for name in ("n", "percent_agreement", "kappa", "kappa_se", "kappa_interval", "pabak", "ac1", "ac1_se"):
            assert getattr(ours, name) == getattr(swapped, name)
        assert (ours.ac1_interval, ours.prevalence_index, ours.note) == (
            swapped.ac1_interval,
            swapped.prevalence_index,
            swapped.note,
        )
        if ours.bias_index is not None:
            assert ours.bias_index == -swapped.bias_index

    @given(tables(), st.randoms(use_true_random=False))
    def test_order_of_categories(self, table, random):
        """The order of the categories does not matter."""
        order = list(range(len(table)))
        random.shuffle(order)
        ours, shuffled = agree(table), agree([[table[i][j] for j in order] for i in order])
        for name in ("kappa", "kappa_se", "pabak", "ac1", "ac1_se"):
            assert getattr(ours, name) == getattr(shuffled, name)

    @given(tables())
    def test_bounds(self, table):
        """Coefficients and their intervals lie within -1 and 1, standard errors are not negative, nothing is NaN."""
        result = agree(table)
        assert 0 <= result.percent_agreement <= 1
        assert -1 <= result.pabak <= 1
        for estimate, error, interval in (
            (result.kappa, result.kappa_se, result.kappa_interval),
            (result.ac1, result.ac1_se, result.ac1_interval),
        ):
            if estimate is not None:
                assert -1 <= estimate <= 1
                assert error >= 0
            if interval is not None:
                assert -1 <= interval.low <= estimate <= interval.high <= 1
                assert interval.low < interval.high

    @given(tables(), st.integers(2, 9))
    def test_more_of_the_same(self, table, times):
        """The same table many times over has the same coefficients and a standard error smaller by the root."""
        once, often = agree(table), agree([[times * cell for cell in row] for row in table])
        assert (once.kappa, once.ac1, once.pabak) == (often.kappa, often.ac1, often.pabak)
        assert often.ac1_se == pytest.approx(once.ac1_se / math.sqrt(times))

    @given(tables(sizes=(2,)))
    def test_byrt_identity(self, table):
        """Kappa follows from PABAK, prevalence index and bias index (Byrt 1993)."""
        result = agree(table)
        if result.kappa is not None:
            squares = result.prevalence_index**2 - result.bias_index**2
            assert result.kappa == pytest.approx((result.pabak - squares) / (1 - squares))


class TestPanel:
    """Votes in, one row a stage and pair of reviewers out."""

    @pytest.mark.parametrize(
        "votes",
        [pd.DataFrame(), pd.DataFrame(columns=COLUMNS), votes_of(), votes_of(("R1", "full_text", "A", "include"))],
        ids=["no columns", "no rows", "no typed rows", "one reviewer"],
    )
    def test_no_pair_of_reviewers(self, votes):
        """Without two reviewers at a stage the panel is empty, with all its columns and their types."""
        result = panel(votes)
        assert len(result) == 0
        assert dict(result.dtypes.astype(str)) == PANEL_COLUMNS
        assert dict(panel(votes, "category").dtypes.astype(str)) == PANEL_COLUMNS

    def test_missing_votes_are_no_category(self):
        """Records that only one of the two rated, and cells without a decision, do not enter the table."""
        votes = votes_of(
            ("R1", "title_abstract", "A", "include"),
            ("R1", "title_abstract", "B", "include"),
            ("R2", "title_abstract", "A", "exclude"),
            ("R2", "title_abstract", "B", pd.NA),
            ("R3", "title_abstract", "B", "exclude"),
            ("R4", "title_abstract", "B", "to be discussed"),
            (pd.NA, "title_abstract", "B", "exclude"),
            ("R5", "title_abstract", pd.NA, "exclude"),
            ("R6", pd.NA, "B", "exclude"),
        )
        (row,) = panel(votes).to_dict("records")
        assert (row["n_joint"], row["n_a"], row["n_b"], row["n_any"]) == (1, 2, 2, 3)
        assert row["coverage"] == pytest.approx(1 / 3)
        assert (row["both_include"], row["a_only"], row["b_only"], row["both_exclude"]) == (1, 0, 0, 0)

    def test_maybe(self):
        """A "maybe" counts as include, as exclude, or as a category of its own, and the panel says which."""
        kinds = ("include", "maybe", "exclude")
        votes = votes_of_table([[4, 3, 1], [2, 5, 0], [0, 1, 6]], kinds=kinds)
        cells = ["both_include", "a_only", "b_only", "both_exclude"]
        as_include, as_exclude, own = panel(votes), panel(votes, "exclude"), panel(votes, "category")
        assert as_include.loc[0, cells].tolist() == [14, 1, 1, 6]
        assert as_exclude.loc[0, cells].tolist() == [4, 4, 2, 12]
        assert own.loc[0, [*cells, "prevalence_index", "bias_index"]].isna().all()
        assert own.loc[0, "kappa"] == agree([[4, 3, 1], [2, 5, 0], [0, 1, 6]]).kappa
        assert [frame.loc[0, "maybe_as"] for frame in (as_include, as_exclude, own)] == [
            "include",
            "exclude",
            "category",
        ]

    def test_unknown_setting_is_refused(self):
        """Another setting for "maybe" raises ValueError, with the settings there are."""
        with pytest.raises(ValueError, match="include, exclude, category"):
            panel(votes_of(), "drop")

    def test_reviewers_who_share_no_record(self):
        """A pair without a joint record is listed with coverage 0 and no figures."""
        votes = votes_of(("R1", "full_text", "A", "include"), ("R2", "full_text", "B", "include"))
        (row,) = panel(votes).to_dict("records")
        assert (row["n_joint"], row["n_any"], row["coverage"]) == (0, 2, 0.0)
        assert row["kappa"] is None
        assert row["percent_agreement"] is None
        assert "not estimable" in row["note"]

    def test_many_reviewers(self):
        """With very many reviewers only the pairs that share a record are listed."""
        n = MOST_REVIEWERS_ALL_PAIRS + 2
        rows = [(f"R{i // 2}", "title_abstract", f"reviewer {i:03d}", "include") for i in range(n)]
        result = panel(votes_of(*rows))
        assert len(result) == n // 2
        assert set(result["n_joint"]) == {1}

    def test_stages_and_reviewers_in_order(self):
        """Title and abstract come before full text, reviewers by name, and a is the first of a pair."""
        votes = pd.concat(
            [
                votes_of_table([[1, 1], [1, 1]], stage="full_text", reviewers=("Zoe", "Ada")),
                votes_of_table([[1, 1], [1, 1]], reviewers=("Mia", "Ada")),
                votes_of_table([[1, 0], [0, 1]], reviewers=("Mia", "Kim")),
            ]
        )
        assert panel(votes.drop_duplicates())[["stage", "reviewer_a", "reviewer_b"]].to_numpy().tolist() == [
            ["title_abstract", "Ada", "Kim"],
            ["title_abstract", "Ada", "Mia"],
            ["title_abstract", "Kim", "Mia"],
            ["full_text", "Ada", "Zoe"],
        ]

    def test_two_votes_of_one_reviewer(self):
        """Two votes of one reviewer on one record count once, the one nearest to inclusion, in any order of rows."""
        votes = votes_of(
            ("R1", "full_text", "A", "exclude"),
            ("R1", "full_text", "A", "include"),
            ("R1", "full_text", "B", "include"),
        )
        for frame in (votes, votes[::-1]):
            (row,) = panel(frame).to_dict("records")
            assert (row["n_joint"], row["n_a"], row["both_include"]) == (1, 1, 1)

    @pytest.mark.parametrize("dtype", ["object", "str", "category"])
    def test_any_kind_of_text_column(self, dtype):
        """The panel is the same whatever pandas type the text columns have, and the votes are left as they were."""
        votes = votes_of_table([[5, 2], [1, 3]])
        other = votes.astype(dtype)
        before = other.copy()
        pd.testing.assert_frame_equal(panel(other), panel(votes))
        pd.testing.assert_frame_equal(other, before)

    def test_reviewers_named_by_number(self):
        """Reviewers whose names are numbers are text in the panel."""
        votes = votes_of_table([[5, 2], [1, 3]], reviewers=("1", "2"))
        votes["reviewer"] = votes["reviewer"].astype("int64")
        assert panel(votes)[["reviewer_a", "reviewer_b"]].to_numpy().tolist() == [["1", "2"]]

    @settings(deadline=None)
    @given(votes_frames, st.randoms(use_true_random=False), st.sampled_from(["include", "exclude", "category"]))
    def test_order_of_rows(self, votes, random, maybe_as):
        """The order of the rows does not matter."""
        order = list(range(len(votes)))
        random.shuffle(order)
        pd.testing.assert_frame_equal(panel(votes.iloc[order], maybe_as), panel(votes, maybe_as))

    @settings(deadline=None)
    @given(votes_frames)
    def test_renaming_reviewers(self, votes):
        """Swapping the names of two reviewers swaps what is said of a and of b, and leaves every coefficient."""
        votes = votes[votes["reviewer"].isin(["A", "B"])]
        swapped = votes.assign(reviewer=votes["reviewer"].map({"A": "B", "B": "A"}).astype("string"))
        ours, theirs = panel(votes), panel(swapped)
        same = ["stage", "n_joint", "n_any", "coverage", "kappa", "kappa_low", "ac1", "ac1_high", "pabak", "note"]
        pd.testing.assert_frame_equal(ours[same], theirs[same])
        assert ours["a_only"].tolist() == theirs["b_only"].tolist()
        assert ours["n_a"].tolist() == theirs["n_b"].tolist()

    def test_a_large_review(self):
        """A hundred thousand shuffled records with two votes each are counted right."""
        n = 100_000
        ids = [f"R{i:06d}" for i in range(n)]
        votes = pd.DataFrame({"record_id": ids * 2, "reviewer": ["A"] * n + ["B"] * n}).astype("string")
        votes["stage"] = "title_abstract"
        votes["decision"] = ["include", "exclude", "maybe", "exclude"] * (n // 2)
        votes = votes.sample(frac=1, random_state=7)
        (row,) = panel(votes).to_dict("records")
        assert (row["n_joint"], row["both_include"], row["both_exclude"]) == (n, n // 2, n // 2)


def three_reviewers():
    """A, B and C at title and abstract, six records judged by all and one by A alone; A and B at full text."""
    rows = [
        (f"R{number}", "title_abstract", reviewer, "include" if vote == "i" else "exclude")
        for number, votes in enumerate(("iii", "iii", "iie", "eee", "eee", "eie", "i"))
        for reviewer, vote in zip("ABC", votes, strict=False)
    ]
    rows += [(f"R{number}", "full_text", reviewer, "include") for number in range(2) for reviewer in "AB"]
    return votes_of(*rows)


class TestFullPanel:
    """Pairs and all reviewers of a stage, told in figures and in sentences."""

    def test_pairs_are_those_of_the_panel(self):
        """A line of a pair holds what the panel says of it."""
        pairs = full_panel(three_reviewers()).query("line == 'pair'").reset_index(drop=True)
        pd.testing.assert_frame_equal(pairs[list(PANEL_COLUMNS)], panel(three_reviewers()))

    def test_all_reviewers_together(self):
        """Six of seven records have three votes; figures are those of a reckoning by hand."""
        (line,) = full_panel(three_reviewers()).query("line == 'all'").to_dict("records")
        assert (line["stage"], line["reviewers"], line["n_reviewers"]) == ("title_abstract", "A, B, C", 3)
        assert (line["n_joint"], line["n_stage"], line["coverage"]) == (6, 7, 6 / 7)
        assert (line["fleiss_n"], line["fleiss_votes"]) == (6, 3)
        agreement, chance = (4 + 2 / 3) / 6, 2 * (9 / 18) ** 2
        kappa = (agreement - chance) / (1 - chance)
        assert line["percent_agreement"] == pytest.approx(agreement)
        assert line["fleiss_kappa"] == pytest.approx(kappa)
        assert line["alpha"] == pytest.approx(kappa + (1 - kappa) / 18)
        assert line["fleiss_low"] < line["fleiss_kappa"] < line["fleiss_high"]
        assert (
            line["counts"]
            == "3 include: 2; 2 include, 1 exclude: 1; 1 include, 2 exclude: 1; 1 include: 1; 3 exclude: 2"
        )

    def test_two_reviewers_with_every_vote_are_one_line(self):
        """Where two voted on everything, all reviewers together are that pair."""
        assert full_panel(votes_of_table([[5, 2], [1, 3]]))["line"].tolist() == ["pair"]

    def test_unequal_coverage_of_two(self):
        """Where one of two missed a record, a line for the stage says how many both judged."""
        votes = pd.concat([votes_of_table([[5, 2], [1, 3]]), votes_of(("R9", "title_abstract", "A", "include"))])
        pair, together = full_panel(votes).to_dict("records")
        assert (pair["coverage"], together["coverage"]) == (11 / 12, 11 / 12)
        assert "both judged 11 of the 12 records" in pair["sentence"]
        assert together["fleiss_n"] == 11

    def test_sentence_of_the_example_review(self):
        """A reader is told who judged how much, how often they agreed, and the coefficients with their intervals."""
        (line,) = full_panel(votes_of_table([[65, 15], [0, 99]])).to_dict("records")
        assert line["sentence"] == (
            "Title and abstract: A and B judged 179 records; they agreed on 91.6 %; Cohen's kappa 0.83 (95 % interval "
            "0.75 to 0.91), PABAK 0.83, Gwet's AC1 0.84 (95 % interval 0.76 to 0.92)."
        )
        assert line["counts"] == "include/include: 65; include/exclude: 15; exclude/include: 0; exclude/exclude: 99"

    def test_paradox_is_told(self):
        """At full text nearly all are included: the line is marked, and the sentence warns."""
        (line,) = full_panel(votes_of_table([[51, 4], [1, 1]], stage="full_text")).to_dict("records")
        assert line["paradox"]
        assert "57 reports" in line["sentence"]
        assert "Kappa paradox" in line["sentence"]

    def test_not_estimable_is_told_with_its_reason(self):
        """Everyone in one category: no figure, a reason, and never NaN, for a pair and for all."""
        votes = votes_of(*[(f"R{n}", "title_abstract", who, "include") for n in range(3) for who in "ABC"])
        lines = full_panel(votes)
        assert lines[["kappa", "fleiss_kappa", "alpha"]].isna().all(axis=None)
        for told in lines["sentence"]:
            assert "not estimable" in told
            assert "one and the same category" in told
        assert "nan" not in readable(lines).to_csv().lower()

    def test_a_pair_without_a_joint_record(self):
        """Two who share no record: nothing is estimable, and all together say so too."""
        votes = votes_of(("R1", "full_text", "A", "include"), ("R2", "full_text", "B", "include"))
        pair, together = full_panel(votes).to_dict("records")
        assert (pair["n_joint"], together["n_joint"], together["alpha"]) == (0, 0, None)
        assert "0 of the 2 reports" in pair["sentence"]
        assert together["note"].endswith("agreement is not estimable.")

    def test_an_idle_maybe_is_no_category(self):
        """A maybe of its own that nobody used at a stage changes no figure: PABAK and AC1 would rise by it."""
        votes = votes_of_table([[51, 4], [1, 1]], stage="full_text")
        same = [name for name in FULL_COLUMNS if name != "maybe_as"]
        pd.testing.assert_frame_equal(full_panel(votes, "category")[same], full_panel(votes)[same])

    def test_maybe_as_a_category(self):
        """The counts name the maybe, and the readable table says how it counts."""
        votes = votes_of_table([[4, 3, 1], [2, 5, 0], [0, 1, 6]], kinds=("include", "maybe", "exclude"))
        lines = full_panel(votes, "category")
        assert "maybe/include: 2; maybe/maybe: 5; maybe/exclude: 0" in lines.loc[0, "counts"]
        assert readable(lines).loc[0, "Maybe"] == 'A "maybe" is a category of its own.'

    def test_readable(self):
        """The table to read has its figures and intervals in one cell, and no column that nothing fills."""
        alone = readable(full_panel(votes_of_table([[65, 15], [0, 99]])))
        assert alone.loc[0, "Cohen's kappa (95 % interval)"] == "0.83 (0.75 to 0.91)"
        assert alone.loc[0, "Judged by both"] == "179 of 179 (100 %)"
        assert "Krippendorff's alpha (95 % interval)" not in alone
        together = readable(full_panel(three_reviewers()))
        assert together.loc[3, "Reviewers"] == "All: A, B, C"
        assert together.loc[3, "Cohen's kappa (95 % interval)"] == ""

    @pytest.mark.parametrize("votes", [pd.DataFrame(), votes_of(), votes_of(("R1", "full_text", "A", "include"))])
    def test_nothing_to_compare(self, votes):
        """Without two reviewers there is no line, and every column has its type."""
        assert dict(full_panel(votes).dtypes.astype(str)) == FULL_COLUMNS
        assert len(readable(full_panel(votes))) == 0

    @settings(deadline=None)
    @given(votes_frames, st.randoms(use_true_random=False), st.sampled_from(["include", "exclude", "category"]))
    def test_order_of_rows_and_no_nan(self, votes, random, maybe_as):
        """The order of the rows changes nothing; no text holds NaN; coefficients lie in their intervals."""
        order = list(range(len(votes)))
        random.shuffle(order)
        lines = full_panel(votes, maybe_as)
        pd.testing.assert_frame_equal(full_panel(votes.iloc[order], maybe_as), lines)
        for line in lines.to_dict("records"):
            assert "nan" not in line["sentence"].lower() and "<NA>" not in line["sentence"]
            for name, stem in (("kappa", "kappa"), ("ac1", "ac1"), ("fleiss_kappa", "fleiss"), ("alpha", "alpha")):
                if not pd.isna(line[f"{stem}_low"]):
                    assert -1 <= line[f"{stem}_low"] <= line[name] <= line[f"{stem}_high"] <= 1

    def test_a_large_review(self):
        """A hundred thousand shuffled records with three reviewers, some votes missing, are counted right."""
        n = 100_000
        ids = [f"R{i:06d}" for i in range(n)]
        votes = pd.DataFrame({"record_id": ids * 3, "reviewer": ["A"] * n + ["B"] * n + ["C"] * n}).astype("string")
        votes["stage"] = "title_abstract"
        votes["decision"] = ["include", "exclude"] * (3 * n // 2)
        lines = full_panel(votes.iloc[: 2 * n + n // 2].sample(frac=1, random_state=7))
        assert lines["n_joint"].tolist() == [n, n // 2, n // 2, n]
        assert lines.iloc[-1][["fleiss_n", "fleiss_votes", "alpha"]].tolist() == [n // 2, 3, 1.0]
