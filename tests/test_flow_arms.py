"""Other methods as an arm of their own, screening by a tool, reports that wait for classification."""

import json

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scopeline.errors import ConfigurationError
from scopeline.flow import FlowException, count
from scopeline.flow_data import as_json, as_template, members
from scopeline.screening import screen
from scopeline.terms import ALL_BOXES
from screening_frames import ANY_REVIEW, REASONS, both, decisions, records, reports, table, votes


def review():
    """Four database records and five of other methods, two of these duplicates."""
    found = table(
        "record_id source_type source_name duplicate_of",
        ("R1", "database", "PubMed", None),
        ("R2", "database", "PubMed", None),
        ("R3", "register", "CTgov", None),
        ("R4", "database", "Embase", "R1"),
        ("W1", "website", "a site", None),
        ("W2", "website", "a site", "R1"),
        ("W3", "citation", None, None),
        ("W4", "citation", None, "W3"),
        ("W5", "organisation", "WHO", None),
    )
    cast = [
        *both("R1", "ta", "include"), *both("R2", "ta", "exclude", "no outcome"), *both("R3", "ta", "include"),
        *both("R1", "ft", "include"), *both("R3", "ft", "exclude", "wrong design"),
        *both("W1", "ft", "include"), *both("W3", "ft", "exclude", "no outcome"),
    ]  # fmt: skip
    listed = reports(
        ("P1", "R1", "S1", "yes"), ("P3", "R3", None, "yes"), ("Q1", "W1", "S1; S2", "yes"),
        ("Q3", "W3", None, "yes"), ("Q5", "W5", None, "no"),
    )  # fmt: skip
    return found, votes(*cast), None, listed


def two_arms(tables, **more):
    screening = screen(*tables, reasons=REASONS, other_methods="apart")
    return count(tables[0], screening, tables[3], other_methods="apart", **more)


def by_id(flow, name):
    return [each for each in flow.identities if each.id == name]


class TestArms:
    """Websites, organisations and citation searching apart from databases and registers."""

    def test_each_arm_has_its_boxes(self):
        """Records of other methods go straight to their reports; what is included is of both arms."""
        flow = two_arms(review())
        assert {name: box.n for name, box in flow.boxes.items()} == {
            "identified": 4, "duplicates": 1, "automation": 0, "removed_other": 0, "screened": 3, "excluded": 1,
            "sought": 2, "not_retrieved": 0, "assessed": 2, "reports_excluded": 1,
            "other_identified": 5, "other_duplicates": 2, "other_automation": 0, "other_removed_other": 0,
            "other_records_excluded": 0, "other_sought": 3, "other_not_retrieved": 1, "other_assessed": 2,
            "other_reports_excluded": 1, "other_included_reports": 1, "included_reports": 2, "included_studies": 2,
        }  # fmt: skip
        assert flow.proved
        assert list(flow.sources) == ["database", "register"]
        assert {kind: source.n for kind, source in flow.other_sources.items()} == {
            "website": 2, "organisation": 1, "citation": 2,
        }  # fmt: skip

    def test_its_sums_are_judged(self):
        """F7 needs other_dedup for what a database had, combined_dedup within the arm; F8 and F9 hold."""
        flow = two_arms(review())
        assert [each.left for each in by_id(flow, "F7")] == ["other_identified 5", "other_sought 3"]
        assert by_id(flow, "F7")[1].exception == "other_dedup; combined_dedup"
        named = {each.name: each.ids for each in flow.exceptions}
        assert (named["other_dedup"], named["combined_dedup"]) == (("W2",), ("W4",))
        assert [each.left for each in by_id(flow, "F8")] == [
            "other_assessed 2", "other_reports_excluded 1", "other_included_reports 1",
        ]  # fmt: skip
        assert by_id(flow, "F9")[0].right == "databases and registers 1 + other sources 1"
        assert by_id(flow, "F6")[0].left == "included_reports 2 − other 1"

    def test_a_missing_report_of_the_other_arm_is_pending(self):
        """A website's record without a report opens F7 and is named."""
        found, cast, ruled, listed = review()
        flow = two_arms((found, cast, ruled, listed[listed["report_id"] != "Q5"]))
        assert "pending" in by_id(flow, "F7")[1].exception
        assert by_id(flow, "F7")[1].only_right == ("W2", "W4", "W5")
        assert flow.pending == 1

    def test_a_vote_on_titles_counts_in_either_arm(self):
        """A website's record that was voted out on its title is excluded, in a box of its own."""
        found, cast, ruled, listed = review()
        cast = pd.concat([cast, votes(*both("W5", "ta", "exclude", "no outcome"))], ignore_index=True)
        flow = two_arms((found, cast, ruled, listed))
        assert flow.boxes["other_records_excluded"].members == ("W5",)
        assert flow.proved

    def test_the_json_names_the_arms(self):
        """Each arm lists its boxes; all keys are there in a flow of one arm too."""
        told = as_json(two_arms(review()))
        assert [each["name"] for each in told["arms"]] == ["databases", "other"]
        assert told["arms"][1]["boxes"][0] == "other_identified"
        assert told["template"] == {"previous": False, "other": True}
        found, cast, ruled, listed = review()
        alone = as_json(count(found, screen(found, cast, ruled, listed), listed))
        assert set(alone) == set(told)
        assert [each["name"] for each in alone["arms"]] == ["databases"]

    def test_a_word_that_is_neither_is_refused(self):
        """Other methods are screened and counted together or apart."""
        with pytest.raises(ConfigurationError, match="other_methods"):
            count(records(), screen(records(), None, None, None), other_methods="no")
        with pytest.raises(ConfigurationError, match="other_methods"):
            screen(records(), None, None, None, other_methods="no")


class TestWaiting:
    """Awaiting classification and ongoing: neither included nor excluded."""

    @pytest.mark.parametrize("word", ["awaiting", "ongoing"])
    def test_they_have_a_box_and_a_named_exception(self, word):
        """By a decision, by votes that agree, or by the report's status; assessed, and in no other box."""
        found = records(["R1"], ["R2"], ["R3"])
        cast = [vote for each in ("R1", "R2", "R3") for vote in both(each, "ta", "include")]
        cast += [*both("R2", "ft", word), *both("R3", "ft", "include")]
        listed = reports(("P1", "R1", None, "yes"), ("P2", "R2", None, "yes"), ("P3", "R3", None, "yes"))
        listed["status"] = pd.array([None, None, word], dtype="string")
        screening = screen(found, votes(*cast), decisions(("R1", "ft", word)), listed)
        flow = count(found, screening, listed)
        assert set(screening.states["state"]) == {word}
        assert flow.boxes[word].members == ("P1", "P2", "P3")
        assert (flow.boxes["assessed"].n, flow.boxes["included_reports"].n, flow.pending) == (3, 0, 0)
        assert by_id(flow, "F6")[0].exception == "ongoing_or_awaiting"
        assert flow.proved

    def test_votes_that_differ_are_a_conflict(self):
        """One says awaiting, one include: somebody must decide."""
        cast = [*both("R1", "ta", "include"), ("R1", "ft", "A", "awaiting"), ("R1", "ft", "B", "include")]
        state = screen(records(["R1"]), votes(*cast), None, None).states["state"][0]
        assert state == "conflict_full_text"

    def test_not_retrieved_stays_so(self):
        """A report nobody could get is not retrieved, whatever its status says."""
        listed = reports(("P1", "R1", None, "no"))
        listed["status"] = pd.array(["awaiting"], dtype="string")
        state = screen(records(["R1"]), votes(*both("R1", "ta", "include")), None, listed).states["state"][0]
        assert state == "not_retrieved"


class TestTools:
    """Records that a tool excluded at screening are told apart from those people excluded."""

    def test_box_five_is_split(self):
        """A tool alone excludes but lets nothing in; beside a person its vote is one of two."""
        cast = votes(
            ("R1", "ta", "automation", "exclude", "no outcome"),
            ("R2", "ta", "automation", "include"),
            ("R3", "ta", "automation", "exclude", "no outcome"),
            ("R3", "ta", "A", "exclude", "no outcome"),
            *both("R4", "ta", "exclude", "no outcome"),
        )
        found = records(["R1"], ["R2"], ["R3"], ["R4"])
        screening = screen(found, cast, None, None)
        flow = count(found, screening)
        assert flow.boxes["excluded_automation"].members == ("R1",)
        assert flow.boxes["excluded_human"].members == ("R3", "R4")
        assert flow.boxes["excluded"].n == 3
        assert screening.states["state"].to_list()[1] == "pending_screening"
        assert flow.proved

    def test_without_tools_it_is_not(self):
        """No box of tools where no tool voted."""
        found = records(["R4"])
        flow = count(found, screen(found, votes(*both("R4", "ta", "exclude", "x")), None, None))
        assert "excluded_human" not in flow.boxes


SOURCES = st.sampled_from(["database", "register", "website", "citation", "odd", None])
LATER = st.sampled_from([None, None, "awaiting", "ongoing", "published"])


@st.composite
def any_review(draw):
    found, cast, ruled, listed = draw(ANY_REVIEW)
    n = len(found)
    found["source_type"] = pd.array(draw(st.lists(SOURCES, min_size=n, max_size=n)), dtype="string")
    n = len(listed)
    listed["status"] = pd.array(draw(st.lists(LATER, min_size=n, max_size=n)), dtype="string")
    n = len(cast)
    who = draw(st.lists(st.sampled_from([None, None, "automation"]), min_size=n, max_size=n))
    cast["reviewer"] = pd.Series(who, dtype="string").fillna(cast["reviewer"])
    more = draw(st.lists(st.sampled_from([None, None, "awaiting", "ongoing"]), min_size=n, max_size=n))
    cast["decision"] = pd.Series(more, dtype="string").fillna(cast["decision"])
    return found, cast, ruled, listed


def prove(tables, other_methods, exceptions):
    found, _, _, listed = tables
    screening = screen(*tables, reasons=REASONS, other_methods=other_methods)
    flow = count(found, screening, listed, exceptions=exceptions, other_methods=other_methods)
    own = ("duplicates", "automation", "removed_other", "excluded")
    names = [*own, *(f"other_{name}" for name in own[:3]), "other_records_excluded"]
    terminal = [set(flow.boxes[name].members) for name in names if name in flow.boxes]
    ended = ["not_retrieved", "reports_excluded", "included", "awaiting", "ongoing"]
    reached = flow.reports[flow.reports["state"].isin(ended)]
    terminal.append(set(reached["record_id"].dropna()) & set(found["record_id"]))
    assert sum(map(len, terminal)) == len(set().union(*terminal))
    found_in = [flow.boxes[name].members for name in ("identified", "other_identified") if name in flow.boxes]
    assert set().union(*found_in) == set(found["record_id"])
    assert len(set().union(*terminal)) + len(by_id(flow, "F13")[0].only_right) == len(found)
    for each in flow.identities:
        assert each.holds or each.only_left or each.only_right
        if each.only_left or each.only_right:
            assert bool(each.exception) == each.holds
    orphans = listed["record_id"].isna() | ~listed["record_id"].isin(found["record_id"])
    assert {each.id for each in flow.identities if not each.holds} <= {"F5", "F8", "F15", "F10"} or orphans.any()
    assert json.loads(json.dumps(as_json(flow))) == as_json(flow)
    as_template(flow)
    for name in ALL_BOXES:
        assert len(members(flow, name)) == (len(flow.boxes[name].members) if name in flow.boxes else 0)


NAMED = st.lists(
    st.builds(
        FlowException,
        st.sampled_from(["late_addition", "linked_report_not_screened", "other_no_screening", "ongoing_or_awaiting"]),
        st.just("why"),
        ids=st.lists(st.sampled_from(["R1", "R2", "P1", "P2"]), max_size=2).map(tuple),
    ),
    max_size=2,
)


@settings(deadline=None, max_examples=15)
@given(any_review(), st.sampled_from(["together", "apart"]), NAMED)
def test_any_review_is_a_partition_in_either_template(tables, other_methods, exceptions):
    """Every record ends in one box of one arm or waits; what is open lists ids; faults in the data alone fail."""
    prove(tables, other_methods, exceptions)


@pytest.mark.properties
@settings(deadline=None, max_examples=300)
@given(any_review(), st.sampled_from(["together", "apart"]), NAMED)
def test_very_many_reviews_are_partitions_in_either_template(tables, other_methods, exceptions):
    """The same over many more reviews."""
    prove(tables, other_methods, exceptions)


@settings(deadline=None, max_examples=10)
@given(any_review(), st.sampled_from(["together", "apart"]), st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(tables, other_methods, random):
    """Shuffled tables count to the same flow."""
    shuffled = []
    for frame in tables:
        rows = list(range(len(frame)))
        random.shuffle(rows)
        shuffled.append(frame.iloc[rows])
    flows = [
        count(each[0], screen(*each, reasons=REASONS, other_methods="apart"), each[3], other_methods=other_methods)
        for each in (tables, shuffled)
    ]
    assert as_json(flows[0]) == as_json(flows[1])
