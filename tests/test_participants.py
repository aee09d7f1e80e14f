"""One number of people a study, by a rule that has a name."""

import pandas as pd
import pytest
from scopeline.participants import RULES, Counting, crossovers, participants, without_design


def people(*lines):
    """Studies as (design, n)."""
    table = pd.DataFrame(
        [(f"S{place}", *line) for place, line in enumerate(lines, 1)], columns=["study_id", "design", "n"]
    )
    return table.astype({"study_id": "string", "design": "string", "n": "Int64"})


def test_the_rule_for_crossover_trials_is_named_and_followed():
    """Each person once (the default), once a period, or not at all; other studies are never touched."""
    table = people(("randomised crossover trial", 10), ("cohort", 7), ("Cross-over", None))
    assert crossovers(table) == {"S1", "S3"}
    assert participants(table) == {"S1": 10, "S2": 7}
    assert participants(table, Counting("periods")) == {"S1": 20, "S2": 7}
    assert participants(table.assign(periods=[3, None, None]), Counting("periods")) == {"S1": 30, "S2": 7}
    assert participants(table, Counting("left_out")) == {"S2": 7}
    assert crossovers(table, Counting(crossovers=("Cross-over",))) == {"S3"}
    assert {Counting(rule).sentence for rule in RULES} == set(RULES.values())
    with pytest.raises(ValueError, match="not a rule"):
        participants(table, Counting("half"))


def test_the_first_number_given_counts():
    """People analysed where the study says so, people in the study otherwise; the sentence says which fields."""
    table = people(("cohort", 9), ("cohort", 7)).assign(n_analysed=pd.array([8, None], dtype="Int64"))
    counting = Counting(fields=("n_analysed", "n"))
    assert participants(table, counting) == {"S1": 8, "S2": 7}
    assert "n_analysed, n" in counting.sentence
    assert participants(pd.DataFrame()) == {}


def test_studies_without_a_design_are_known():
    """Where no design is charted nobody knows whether a study is a crossover trial; without the field, of none."""
    table = people(("cohort", 10), (None, 7))
    assert without_design(table) == {"S2"}
    assert without_design(table, Counting(design="kind")) == {"S1", "S2"}
    assert without_design(table.drop(columns="design")) == {"S1", "S2"}
