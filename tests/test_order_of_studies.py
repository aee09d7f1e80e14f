"""Wherever studies are listed, S9 stands before S10."""

import pandas as pd
import pytest
from scopeline import appraisal, charting, harms, synthesis

IDS = ["S10", "S9", "S100", "S1"]
ORDERED = ["S1", "S9", "S10", "S100"]


def test_members_of_a_number():
    """The IDs behind a count, in one cell."""
    assert charting.joined(IDS) == "S1; S9; S10; S100"


def test_table_by_study():
    """One row a study, in the order in which people count."""
    studies = pd.DataFrame({"study_id": IDS, "design": "cohort"}, dtype="string")
    assert list(charting.by_study(studies, [charting.FieldSpec("design", "Design")])["Study"]) == ORDERED


def test_directions():
    """The folds, and the findings that no fold can count."""
    findings = pd.DataFrame(
        {"finding_id": [f"F{study[1:]}" for study in IDS], "study_id": IDS, "condition": "pain",
         "outcome_domain": "pain", "contrast": "before-after", "direction": "benefit"}, dtype="string"
    )  # fmt: skip
    assert list(synthesis.fold(findings)["study_id"]) == ORDERED
    assert synthesis.unplaced(findings.assign(study_id=pd.NA)) == ["F1", "F9", "F10", "F100"]


@pytest.mark.parametrize("charted", [4, 0])
def test_harms(charted):
    """Proportions, and the studies that have no row of harms."""
    lines = pd.DataFrame(
        {"study_id": IDS, "arm": "LDN", "event": "nausea", "harms_status": "events", "n_events": "1", "n_exposed": "9"},
        dtype="string",
    ).astype({"n_events": "Int64", "n_exposed": "Int64"})
    studies = pd.DataFrame({"study_id": IDS}, dtype="string")
    assert list(harms.proportions(lines.iloc[:charted], studies)["study_id"]) == ORDERED


def test_appraisal():
    """The traffic-light table."""
    judged = pd.DataFrame({"study_id": IDS, "instrument": "RoB 2", "domain": "D1", "judgement": "low"}, dtype="string")
    assert list(dict.fromkeys(appraisal.traffic_light(judged)["study_id"])) == ORDERED
