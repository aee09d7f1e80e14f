"""The lists of a flow: excluded, not retrieved, waiting, included with companions, by source, and as RIS."""

import pandas as pd
from hypothesis import given, settings
from scopeline import flow_lists
from scopeline.flow import count
from scopeline.screening import screen
from screening_frames import ANY_REVIEW, REASONS
from test_flow import small
from test_flow_arms import review, two_arms


def test_excluded_and_not_retrieved():
    """Each report with its record and, for an exclusion, its reason."""
    found, screening, listed = small()
    flow = count(found, screening, listed)
    assert flow_lists.excluded_at_full_text(flow, found)[["report_id", "reason"]].to_numpy().tolist() == [
        ["P4", "wrong population"]
    ]
    assert flow_lists.not_retrieved(flow, found)["report_id"].to_list() == ["P3"]
    assert flow_lists.awaiting_or_ongoing(flow, found).empty


def test_included_studies_with_companions():
    """The main report is the one that is companion of none."""
    found, screening, listed = small()
    listed["companion_of"] = pd.array([None, None, "P6", None], dtype="string")
    told = flow_lists.included(count(found, screening, listed), listed, found)
    assert told[["study_id", "report_id", "role"]].to_numpy().tolist() == [
        ["S1", "P6", "main"],
        ["S1", "P5", "companion"],
    ]


def test_what_each_source_brought():
    """Found counts records; unique counts what no other source had."""
    tables = review()
    told = flow_lists.source_yield(two_arms(tables), tables[0]).set_index(["source_type", "source_name"])
    assert told.loc[("database", "PubMed")].to_list() == [2, 1, 1, 0]
    assert told.loc[("website", "a site")].to_list() == [2, 1, 2, 1]
    assert told.loc[("database", "Embase")].to_list() == [1, 0, 1, 0]


@settings(deadline=None, max_examples=10)
@given(ANY_REVIEW)
def test_any_review_has_its_lists(review):
    """Lists hold what the boxes hold, and the RIS text reads back to the states and reasons of all records."""
    found = review[0]
    flow = count(found, screen(*review, reasons=REASONS), review[3])
    assert len(flow_lists.excluded_at_full_text(flow, found)) == flow.boxes["reports_excluded"].n
    assert len(flow_lists.not_retrieved(flow, found)) == flow.boxes["not_retrieved"].n
    assert set(flow_lists.included(flow, review[3], found)["study_id"]) == set(flow.boxes["included_studies"].members)
    assert flow_lists.source_yield(flow, found)["found"].sum() == len(found)
    again = flow_lists.decisions_of_ris(flow_lists.as_ris(flow, found))
    assert again["record_id"].to_list() == flow.records["record_id"].to_list()
    assert again["state"].to_list() == flow.records["state"].to_list()
