"""Critical appraisal: traffic light, summary and overall judgement, for any instrument of the codebook."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scopeline.appraisal import (
    DIFFER,
    NOT_APPRAISED,
    matrix,
    overall_judgement,
    summary,
    traffic_light,
    with_overall,
)
from scopeline.errors import ConfigurationError

ORDER = ("low", "some concerns", "high")


def appraisal(*lines, **more):
    """Judgements as (study, domain, judgement)."""
    table = pd.DataFrame(list(lines), columns=["study_id", "domain", "judgement"]).assign(**more)
    return table.astype("string")


STUDIES = pd.DataFrame({"study_id": ["S1", "S2"]}, dtype="string")
TABLE = appraisal(
    ("S1", "Overall", "high"), ("S1", "blinding", "low"), ("S1", "attrition", "high"), ("S2", "blinding", "low")
)


def test_the_traffic_light_has_each_study_in_each_domain():
    """Domains follow the codebook, the overall one is last, and what nobody appraised is said."""
    lights = traffic_light(TABLE, STUDIES, domains_order=["blinding", "attrition"], judgements_order=ORDER)
    assert matrix(lights).to_numpy().tolist() == [
        ["S1", "low", "high", "high"], ["S2", "low", NOT_APPRAISED, NOT_APPRAISED],
    ]  # fmt: skip
    assert list(matrix(lights).columns) == ["study_id", "blinding", "attrition", "Overall"]


def test_of_several_judgements_the_one_of_most_concern_stands():
    """Judged by outcome, a domain has two judgements: both are listed, and without an order neither is chosen."""
    table = appraisal(("S1", "blinding", "low"), ("S1", "blinding", "high"))
    line = traffic_light(table, judgements_order=ORDER).iloc[0]
    assert line[["judgement", "n_judgements", "differ", "judgements"]].tolist() == ["high", 2, "yes", "high; low"]
    assert traffic_light(table).loc[0, "judgement"] == DIFFER


def test_kinds_of_missing_stay_apart():
    """Not reported is not "not appraised", and a judgement called unclear is a judgement."""
    table = appraisal(("S1", "blinding", None), ("S2", "blinding", "unclear"), judgement__missing=["NR", None])
    lights = traffic_light(table, pd.DataFrame({"study_id": ["S1", "S2", "S3"]}, dtype="string"))
    assert lights["judgement"].tolist() == ["not reported", "unclear", NOT_APPRAISED]
    assert lights["n_judgements"].tolist() == [0, 1, 0]


def test_the_summary_counts_studies_in_each_domain():
    """Each listed judgement stands there with 0 too, and each domain adds up to all studies."""
    counted = summary(traffic_light(TABLE, STUDIES), judgements_order=ORDER)
    blinding = counted[counted["domain"] == "blinding"]
    assert blinding[["judgement", "n_studies", "percent"]].to_numpy().tolist() == [
        ["low", 2, 100], ["some concerns", 0, 0], ["high", 0, 0], [NOT_APPRAISED, 0, 0],
    ]  # fmt: skip
    assert counted.groupby("domain")["n_studies"].sum().tolist() == [2, 2, 2]


def test_the_overall_judgement_is_the_reviewers_own():
    """It is not made from the domains unless that is asked, and then it is the worst of them."""
    lights = traffic_light(TABLE, STUDIES, judgements_order=ORDER)
    assert overall_judgement(lights, judgements_order=ORDER) == {"S1": "high"}
    assert overall_judgement(lights, judgements_order=ORDER, rule="worst") == {"S1": "high", "S2": "low"}
    with pytest.raises(ConfigurationError, match="order of judgements"):
        overall_judgement(lights, rule="worst")


def test_instruments_stay_apart():
    """Trials and cohorts are appraised with different instruments, each with its own domains."""
    table = appraisal(("S1", "blinding", "low"), ("S2", "confounding", "high"), instrument=["RoB 2", "ROBINS-I"])
    lights = traffic_light(table)
    assert lights[["instrument", "study_id", "domain"]].to_numpy().tolist() == [
        ["ROBINS-I", "S2", "confounding"],
        ["RoB 2", "S1", "blinding"],
    ]
    assert matrix(lights, "RoB 2").shape == (1, 2)


def test_the_overall_judgement_can_be_a_stratum():
    """Each study gets its judgement in a column; one without says so."""
    table = with_overall(STUDIES, {"S1": "high"})
    assert table["appraisal"].tolist() == ["high", NOT_APPRAISED]


def test_without_an_appraisal_there_are_empty_tables():
    """Appraisal is optional in a scoping review."""
    lights = traffic_light(pd.DataFrame(), STUDIES)
    assert lights.empty and summary(lights).empty and matrix(lights).empty
    assert overall_judgement(lights) == {}


@settings(max_examples=30, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(["S1", "S2"]), st.sampled_from(["a", "overall"]), st.sampled_from([*ORDER, None])),
        max_size=8,
    ),
    st.randoms(use_true_random=False),
)
def test_order_is_nothing_and_each_domain_adds_up(lines, random):
    """Shuffled rows give the same traffic light; the judgements of a domain add up to all studies."""
    table = appraisal(*lines)
    lights = traffic_light(table, STUDIES, judgements_order=ORDER)
    counted = summary(lights)
    assert (counted.groupby("domain")["n_studies"].sum() == 2).all()
    order = list(range(len(lines)))
    random.shuffle(order)
    pd.testing.assert_frame_equal(traffic_light(table.iloc[order], STUDIES, judgements_order=ORDER), lights)
