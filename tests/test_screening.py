"""Votes to outcomes to states."""

from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scopeline.errors import ConfigurationError
from scopeline.screening import screen
from scopeline.terms import State
from screening_frames import ANY_REVIEW, REASONS, both, decisions, example, records, reports, votes


def outcome(screening, record="R1", stage="title_abstract"):
    frame = screening.outcomes
    return frame[(frame["record_id"] == record) & (frame["stage"] == stage)].iloc[0]


def state(screening, record="R1"):
    return screening.states.set_index("record_id").loc[record, "state"]


class TestOutcomes:
    """A stage's votes and decision come to one outcome."""

    def test_votes_that_agree_settle_a_stage(self):
        """Two include votes include; the basis is their agreement."""
        settled = outcome(screen(records(["R1"]), votes(*both("R1", "ta", "include")), None, None))
        assert (settled["outcome"], settled["basis"], settled["n_votes"]) == ("include", "agreement", 2)

    def test_a_maybe_goes_on_unless_the_settings_say_otherwise(self):
        """A maybe counts as include by default, and as exclude with maybe_as exclude."""
        cast = votes(("R1", "ta", "A", "maybe"), ("R1", "ta", "B", "include"))
        assert outcome(screen(records(["R1"]), cast, None, None))["outcome"] == "include"
        assert outcome(screen(records(["R1"]), cast, None, None, maybe_as="exclude"))["outcome"] == "conflict"

    def test_a_decision_settles_whatever_the_votes(self):
        """An adjudicator's decision stands above conflicts, agreement and missing votes, and its reason counts."""
        cast = votes(("R1", "ta", "A", "include"), ("R1", "ta", "B", "exclude", "no outcome"))
        ruled = decisions(("R1", "ta", "exclude", "wrong design"), ("R2", "ta", "include"))
        screening = screen(records(["R1"], ["R2"]), cast, ruled, None, reasons=REASONS)
        settled = outcome(screening)
        assert (settled["outcome"], settled["basis"], settled["reason"]) == ("exclude", "adjudication", "wrong design")
        assert settled["other_reasons"] == "no outcome"
        assert (outcome(screening, "R2")["outcome"], outcome(screening, "R2")["n_votes"]) == ("include", 0)

    def test_a_missing_vote_is_pending_and_never_an_exclusion(self):
        """One vote of two is pending; with one reviewer a stage it settles, and the basis says single."""
        cast = votes(("R1", "ta", "A", "exclude", "no outcome"))
        assert outcome(screen(records(["R1"]), cast, None, None))["outcome"] == "pending"
        alone = outcome(screen(records(["R1"]), cast, None, None, reviewers=1))
        assert (alone["outcome"], alone["basis"]) == ("exclude", "single")

    def test_a_reviewer_counts_once(self):
        """Two votes of one reviewer are one vote, so a second reviewer is still awaited."""
        cast = votes(("R1", "ta", "A", "include"), ("R1", "ta", "A", "include"))
        assert outcome(screen(records(["R1"]), cast, None, None))["outcome"] == "pending"

    def test_of_a_reviewers_two_votes_the_same_one_counts_in_any_order(self):
        """Two exclusions of one reviewer with different reasons: the earlier reason, whichever row comes first."""
        rows = [("R1", "ta", "A", "exclude", "no outcome"), ("R1", "ta", "A", "exclude", "wrong design")]
        for cast in (rows, rows[::-1]):
            settled = outcome(screen(records(["R1"]), votes(*cast), None, None, reviewers=1, reasons=REASONS))
            assert (settled["reason"], pd.isna(settled["other_reasons"])) == ("wrong design", True)

    def test_the_codebooks_order_picks_the_reason(self):
        """Where those who exclude differ, the reason first in the codebook counts and the other is kept."""
        cast = votes(("R1", "ta", "A", "exclude", "no outcome"), ("R1", "ta", "B", "exclude", "wrong population"))
        settled = outcome(screen(records(["R1"]), cast, None, None, reasons=REASONS))
        assert (settled["reason"], settled["other_reasons"]) == ("wrong population", "no outcome")

    def test_a_reason_given_by_one_only_still_counts(self):
        """A blank reason beside a named one does not hide it; several in one cell are all kept."""
        cast = votes(("R1", "ta", "A", "exclude"), ("R1", "ta", "B", "exclude", "no outcome; wrong design"))
        settled = outcome(screen(records(["R1"]), cast, None, None, reasons=REASONS))
        assert (settled["reason"], settled["other_reasons"]) == ("wrong design", "no outcome")

    def test_an_inclusion_has_no_reason(self):
        """A reason left over from an overruled vote is not the record's reason."""
        cast = votes(("R1", "ta", "A", "exclude", "no outcome"), ("R1", "ta", "B", "include"))
        settled = outcome(screen(records(["R1"]), cast, decisions(("R1", "ta", "include")), None, reasons=REASONS))
        assert pd.isna(settled["reason"])
        assert pd.isna(settled["other_reasons"])


class TestStates:
    """Every record stands at one place."""

    @pytest.mark.parametrize(
        ("cast", "listed", "expected"),
        [
            ([], [], State.PENDING_SCREENING),
            ([("R1", "ta", "A", "include")], [], State.PENDING_SCREENING),
            ([("R1", "ta", "A", "include"), ("R1", "ta", "B", "exclude")], [], State.CONFLICT_SCREENING),
            (both("R1", "ta", "exclude", "no outcome"), [], State.EXCLUDED),
            (both("R1", "ta", "include"), [("P9", "R9", None, "yes")], State.PENDING_RETRIEVAL),
            (both("R1", "ta", "include"), [("P1", "R1", None, None)], State.PENDING_RETRIEVAL),
            (both("R1", "ta", "include"), [("P1", "R1", None, "no")], State.NOT_RETRIEVED),
            (both("R1", "ta", "include"), [("P1", "R1", None, "yes")], State.PENDING_FULL_TEXT),
            (both("R1", "ta", "include") + both("R1", "ft", "include"), [("P1", "R1", "S1", "yes")], State.INCLUDED),
            (both("R1", "ta", "include") + both("R1", "ft", "include"), [], State.INCLUDED),
            (both("R1", "ta", "include"), [], State.PENDING_RETRIEVAL),
            (
                both("R1", "ta", "include") + both("R1", "ft", "exclude", "no outcome"),
                [("P1", "R1", None, "yes")],
                State.REPORTS_EXCLUDED,
            ),
            (
                [*both("R1", "ta", "include"), ("R1", "ft", "A", "include"), ("R1", "ft", "B", "exclude")],
                [("P1", "R1", None, "yes")],
                State.CONFLICT_FULL_TEXT,
            ),
        ],
    )
    def test_a_record_stands_where_its_votes_and_reports_put_it(self, cast, listed, expected):
        """Each state is reached by its own votes; without any table of reports a record is its own report."""
        assert state(screen(records(["R1"]), votes(*cast), None, reports(*listed))) == expected

    def test_removal_before_screening_comes_first(self):
        """Duplicates and records removed by automation or for other reasons are so whatever was voted on them."""
        found = records(["R1", "R4"], ["R2", None, "automation"], ["R3", None, "other"], ["R4"])
        cast = votes(*[vote for record in ("R1", "R2", "R3") for vote in both(record, "ta", "include")])
        assert screen(found, cast, None, None).states["state"].to_list() == [
            State.DUPLICATE,
            State.AUTOMATION,
            State.REMOVED_OTHER,
            State.PENDING_SCREENING,
        ]

    def test_a_record_with_several_reports_stands_where_the_furthest_stands(self):
        """One report not retrieved and one included: the record is included and names both."""
        cast = votes(*both("R1", "ta", "include"), *both("R1", "ft", "include"))
        screening = screen(records(["R1"]), cast, None, reports(("P2", "R1", "S1", "yes"), ("P1", "R1", None, "no")))
        assert state(screening) == State.INCLUDED
        assert screening.states.loc[0, "report_ids"] == "P1; P2"
        assert screening.report_states["state"].to_list() == [State.NOT_RETRIEVED, State.INCLUDED]

    def test_full_text_votes_may_name_the_report(self):
        """Two reports of one record can be judged apart by their report ids."""
        cast = votes(
            *both("R1", "ta", "include"), *both("P1", "ft", "include"), *both("P2", "ft", "exclude", "no outcome")
        )
        screening = screen(records(["R1"]), cast, None, reports(("P1", "R1", "S1", "yes"), ("P2", "R1", None, "yes")))
        assert screening.report_states["state"].to_list() == [State.INCLUDED, State.REPORTS_EXCLUDED]

    def test_a_review_without_title_screening_goes_straight_to_reports(self):
        """With full_text as the only stage every record kept is sought."""
        screening = screen(
            records(["R1"], ["R2", "R1"]), votes(*both("R1", "ft", "include")), None, None, stages=["full_text"]
        )
        assert screening.states["state"].to_list() == [State.INCLUDED, State.DUPLICATE]

    def test_nothing_at_all_is_no_error(self):
        """Missing tables, empty frames and frames without columns give empty results."""
        for nothing in (None, pd.DataFrame(), records()):
            screening = screen(nothing, nothing, nothing, nothing)
            assert screening.states.empty
            assert screening.outcomes.empty
            assert screening.report_states.empty

    @pytest.mark.parametrize("settings", [{"maybe_as": "yes"}, {"reviewers": 0}, {"stages": ["retrieval"]}])
    def test_settings_outside_the_choices_are_refused(self, settings):
        """A setting that means nothing is named, with what may stand there."""
        with pytest.raises(ConfigurationError, match="screening:"):
            screen(records(["R1"]), None, None, None, **settings)


@settings(deadline=None, max_examples=25)
@given(ANY_REVIEW, st.sampled_from(["include", "exclude"]), st.integers(1, 3))
def test_every_record_has_exactly_one_state(review, maybe_as, reviewers):
    """Whatever the tables hold, each record has one state of the closed list, and only exclusions have a reason."""
    screening = screen(*review, reasons=REASONS, maybe_as=maybe_as, reviewers=reviewers)
    assert screening.states["record_id"].to_list() == sorted(review[0]["record_id"])
    assert set(screening.states["state"]) <= {str(each) for each in State}
    excluded = screening.states["state"].isin(["excluded", "reports_excluded"])
    assert screening.states["reason"][~excluded].isna().all()


@settings(deadline=None, max_examples=15)
@given(ANY_REVIEW, st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(review, random):
    """Shuffled tables screen to the same frames."""
    shuffled = []
    for frame in review:
        rows = list(range(len(frame)))
        random.shuffle(rows)
        shuffled.append(frame.iloc[rows])
    first, second = screen(*review, reasons=REASONS), screen(*shuffled, reasons=REASONS)
    pd.testing.assert_frame_equal(first.outcomes, second.outcomes)
    pd.testing.assert_frame_equal(first.states, second.states)
    pd.testing.assert_frame_equal(first.report_states, second.report_states)


def test_the_example_screens_to_its_published_numbers(repository: Path):
    """The example review: 77 duplicates, 114 excluded, 8 not retrieved, 2 reports excluded, 55 included."""
    *tables, reasons = example(repository)
    states = screen(*tables, reasons=reasons).states
    assert states["state"].value_counts().to_dict() == {
        "excluded": 114,
        "duplicate": 77,
        "included": 55,
        "not_retrieved": 8,
        "reports_excluded": 2,
    }
    assert states[states["state"] == "excluded"]["reason"].value_counts().to_dict() == {
        "not primary research": 38,
        "not low-dose naltrexone": 30,
        "not an eligible condition": 19,
        "registration without results": 19,
        "not research with people": 7,
        "no outcome on pain, function, symptom severity or harms": 1,
    }
