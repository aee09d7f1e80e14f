"""The living review of TAAR1 agonists (GALENOS LSR3): a typed flow, arms with adverse events, risk of bias."""

import pytest

pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def review(real_review):
    return real_review("lsr3")


def test_the_run_ends_well(review):
    """The tables as they were published give a report, by configuration alone."""
    assert review.status == 0, review.said


def test_published_figures(review, unmet):
    """Every published figure follows from the rows, or differs for the cause that expected.yaml tells."""
    assert unmet(review) == []


def test_the_typed_flow_is_proved(review):
    """All sums of the typed flow hold; only that studies are fewer than reports rests on a named exception."""
    sums = review.flow["identities"]
    assert len(sums) == 13 and all(each["holds"] for each in sums)
    assert {each["exception"] for each in sums} - {None} == {"studies_fewer_than_reports"}
    assert {each["id"] for each in sums} == {"F1", "F2", "F3", "F4", "F5", "F6", "F7", "F8", "F9", "F10", "F12"}


def test_databases_by_name(review):
    """The ten databases add up to 6,347, also the one with a full stop where the others have a comma."""
    names = review.flow["sources"]["database"]["names"]
    assert len(names) == 10 and sum(names.values()) == 6347 and names["EMBASE"] == 1332


def test_people_in_the_extracted_data(review):
    """The nine studies with usable data hold 1,683 people by the table of arms, and 1,711 by the table of studies."""
    arms, all_people = "People in the extracted data", "People"
    studies = [row for row in review.rows("tables/studies.csv") if row[arms].isdigit()]
    assert len(studies) == 9
    assert sum(int(row[arms]) for row in studies) == 1683
    assert sum(int(row[all_people]) for row in studies) == 1711
    differ = {row["Study"] for row in studies if row[all_people] != row[arms]}
    assert differ == {"NCT04072354 (2019)", "NCT04092686 (2019)", "Szabo (2023)"}


def test_harms_by_arm(review):
    """An arm's people with an event and people exposed stand beside each other as they were extracted."""
    harms = {(row["study_id"], row["arm"], row["event"]): row for row in review.rows("tables/harms.csv")}
    assert harms["Koblan (2020)", "ulotaront", "adverse_event"]["x_n"] == "55/120"
    assert harms["Koblan (2020)", "placebo", "adverse_event"]["x_n"] == "63/125"
    assert harms["Koblan (2020)", "placebo", "akathisia"]["harms_status"] == "zero_stated"
    silent = {row["state"]: int(row["n_studies"]) for row in review.rows("tables/harms_silence.csv")}
    assert silent == {"events": 7, "zero_stated": 0, "not_reported": 13, "not_assessed": 0, "not_charted": 5}


def test_the_same_people_in_two_arms_have_no_interval(review):
    """Risk differences of the crossover trials stand without Newcombe's interval, which is for independent groups."""
    compared = [row for row in review.rows("tables/further/harms_compared.csv") if row["compared"] == "yes"]
    without = {row["study_id"] for row in compared if not row["newcombe_low"]}
    assert without == {"Hopkins (2021)", "Szabo (2023)", "Tsukada (2023)"}
    assert not without & {row["study_id"] for row in compared if row["newcombe_low"]}


def test_nothing_is_said_of_directions(review):
    """The extraction holds no judgement of direction, so no study points anywhere."""
    for row in review.rows("tables/condition_by_domain.csv"):
        assert [row[name] for name in ("benefit", "none", "harm", "mixed")] == ["0"] * 4
        assert row["unclear"] == row["n_studies"]


def test_risk_of_bias(review):
    """RoB 2 of overall symptoms: six judgements of each of five studies, four low overall and one high."""
    from scopeline.review import Review

    appraisal = Review.load(review.folder / "results/interim/review.arrow", ("appraisal",)).table("appraisal")
    assert len(appraisal) == 30 and appraisal["study_id"].nunique() == 5
    overall = appraisal.loc[appraisal["domain"] == "Overall"].set_index("study_id")["judgement"]
    assert overall.value_counts().to_dict() == {"Low": 4, "High": 1} and overall["Isaacson (2023)"] == "High"
