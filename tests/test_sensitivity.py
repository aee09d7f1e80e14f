"""Sensitivity analyses only leave out, say what they leave out, and which cells change."""

import pandas as pd
import pytest
from example_review import frame, rows
from hypothesis import given, settings
from hypothesis import strategies as st
from scopeline.sensitivity import ALL, Analysis, sensitivity, usual
from scopeline.synthesis import DIRECTIONS, fold

COLUMNS = ["finding_id", "study_id", "condition", "outcome_domain", "contrast", "direction", "report_id"]


def findings(*lines):
    """Findings as (study, contrast, direction, report), all in one cell."""
    table = [(f"F{place}", study, "a", "pain", *more) for place, (study, *more) in enumerate(lines)]
    return pd.DataFrame(table, columns=COLUMNS).astype("string")


TABLE = findings(
    ("S1", "vs placebo", "benefit", "R1"),
    ("S1", "vs placebo", "none", "R2"),
    ("S2", "before-after", "benefit", "R3"),
    ("S3", "vs placebo", "none", "R4"),
)
STUDIES = pd.DataFrame({"study_id": ["S1", "S2", "S3"], "controlled": ["yes", "no", "yes"]}, dtype="string").assign(
    n=pd.array([10, 20, 30], dtype="Int64")
)
REPORTS = pd.DataFrame(
    {"report_id": ["R1", "R2", "R3", "R4"], "companion_of": [None, "R1", None, None]}, dtype="string"
)


def told(**how):
    analyses = usual(STUDIES, TABLE, **how)
    found = sensitivity(TABLE, STUDIES, analyses)
    return found.summary.set_index("analysis"), found.cells.set_index("analysis")


def test_the_counts_with_nothing_left_out_stand_first():
    """The first lines are the tally itself: nothing left out, nothing changed."""
    summary, cells = told()
    assert summary.index[0] == ALL
    line = cells.loc[ALL]
    assert [line[name] for name in ("n_studies", "n_participants", "benefit", "none", "mixed")] == [3, 60, 1, 1, 1]
    assert (line["changed"], line["n_left_out"], line["leading"]) == ("no", 0, "tie")


def test_each_analysis_says_what_it_leaves_out():
    """Controlled only drops S2, without mixed S1, and so on; each names its studies."""
    summary, cells = told(overall={"S3": "critical"}, reports=REPORTS)
    assert summary["left_out_ids"].tolist() == ["", "S2", "S2", "S3", "S1", ""]
    assert summary["n_studies"].tolist() == [3, 2, 2, 2, 2, 3]
    assert cells.loc["controlled", ["n_studies", "n_participants", "benefit"]].tolist() == [2, 40, 0]
    assert cells.loc["low_concern", "changed"] == "yes"


def test_without_companion_reports_a_study_can_turn():
    """The companion's finding made S1 mixed; without it S1 says benefit, and is named as turned, not as left out."""
    summary, cells = told(reports=REPORTS)
    line = cells.loc["companions"]
    assert (line["n_studies"], line["mixed"], line["benefit"]) == (3, 0, 2)
    assert (line["turned_ids"], line["leading"], line["leading_changed"]) == ("S1", "benefit", "yes")
    assert summary.loc["companions", "cells_changed"] == "a × pain"


def test_of_studies_that_share_people_the_largest_stays():
    """S1 shares with S2 and S2 with S3: one of three is left, the largest."""
    studies = STUDIES.assign(overlaps_with=pd.array(["S2", None, "S2"], dtype="string"))
    analysis = usual(studies, TABLE)[-1]
    assert analysis.studies == {"S1", "S2"}


def test_what_the_data_do_not_allow_is_said():
    """Without an appraisal and without companions two analyses have a sentence and no numbers."""
    summary, cells = told()
    assert summary.loc["low_concern", "note"] == "No study has an overall appraisal."
    assert "report_id" in usual(STUDIES, TABLE.drop(columns="report_id"))[-1].impossible
    assert pd.isna(summary.loc["low_concern", "n_studies"])
    assert "low_concern" not in cells.index


def test_studies_that_nobody_appraised_are_kept_and_counted():
    """A missing appraisal is not a critical one."""
    summary, _ = told(overall={"S1": "low"})
    assert summary.loc["low_concern", "n_studies"] == 3
    assert summary.loc["low_concern", "note"] == "Studies without an overall appraisal are kept: 2 of 3."


def test_an_emptied_cell_stays_with_zero():
    """That nothing is left is a result."""
    found = sensitivity(TABLE, STUDIES, [Analysis("none", "nobody", studies={"S1", "S2", "S3"})])
    line = found.cells.iloc[-1]
    assert (line["n_studies"], line["leading"], line["left_out_ids"]) == (0, "", "S1; S2; S3")
    assert found.summary.loc[1, ["n_cells", "n_cells_emptied"]].tolist() == [0, 1]


def test_empty_frames_give_empty_tables():
    """No findings: the analyses are named, and there is no cell."""
    found = sensitivity(pd.DataFrame(), pd.DataFrame(), usual(pd.DataFrame(), pd.DataFrame()))
    assert found.cells.empty
    assert len(found.summary) == 6


def test_the_examples_controlled_studies_in_plain_python():
    """Pain in fibromyalgia and all other cells, counted with sets over the workbook's rows."""
    control = {line["study_id"] for line in rows("studies") if line["controlled"] == "yes"}
    expected: dict[tuple[str, str], set[str]] = {}
    for line in rows("findings"):
        for condition in line["condition"].split("; "):
            expected.setdefault((condition, line["outcome_domain"]), set()).add(line["study_id"])
    found = sensitivity(frame("findings"), frame("studies"), usual(frame("studies"), frame("findings")))
    mine = found.cells[found.cells["analysis"] == "controlled"]
    assert len(mine) == len(expected)
    for line in mine.itertuples():
        everybody = expected[line.condition, line.outcome_domain]
        assert line.study_ids == "; ".join(sorted(everybody & control))
        assert line.left_out_ids == "; ".join(sorted(everybody - control))
    summary = found.summary.set_index("analysis")
    with_findings = set().union(*expected.values())
    assert summary.loc["controlled", "n_left_out"] == len(with_findings - control)


LINES = st.tuples(
    st.sampled_from(["S1", "S2", "S3"]),
    st.sampled_from(["vs placebo", "before-after", None]),
    st.sampled_from([*DIRECTIONS, None]),
    st.sampled_from(["R1", "R2", None]),
)


@settings(max_examples=30, deadline=None)
@given(st.lists(LINES, min_size=1, max_size=15), st.randoms(use_true_random=False))
def test_no_analysis_adds_a_study_and_order_is_nothing(lines, random):
    """In no cell an analysis has a study that the counts with nothing left out have not; shuffling changes nothing."""
    table = findings(*lines)
    analyses = usual(STUDIES, table, overall={"S2": "critical"}, reports=REPORTS)
    found = sensitivity(table, STUDIES, analyses)
    base = found.cells[found.cells["analysis"] == ALL].set_index(["condition", "outcome_domain"])["study_ids"]
    for line in found.cells.itertuples():
        everybody = set(base[line.condition, line.outcome_domain].split("; "))
        left, out = (set(filter(None, ids.split("; "))) for ids in (line.study_ids, line.left_out_ids))
        assert left | out == everybody and not left & out
        assert sum(getattr(line, name) for name in DIRECTIONS) == line.n_studies == len(left)
    summary = found.summary["n_studies"].dropna()
    assert (summary <= summary.iloc[0]).all()
    order = list(range(len(lines)))
    random.shuffle(order)
    again = sensitivity(table.iloc[order], STUDIES.iloc[::-1], analyses)
    pd.testing.assert_frame_equal(again.cells, found.cells)
    pd.testing.assert_frame_equal(again.summary, found.summary)


@pytest.mark.parametrize("given_fold", [True, False])
def test_a_fold_may_be_handed_in(given_fold):
    """The result is the same, and the work is done once."""
    folded = fold(TABLE) if given_fold else None
    found = sensitivity(TABLE, STUDIES, usual(STUDIES, TABLE, reports=REPORTS), folded=folded)
    assert found.summary["n_studies"].dropna().tolist() == [3, 2, 2, 2, 3]
