"""What the configuration asks for is what is reckoned: groups, gates, strata, opt-in tests, addresses."""

import pandas as pd
import pytest
from example_review import frame
from scopeline import codebook, evidence
from scopeline.review import Place, Review
from scopeline.settings import Settings

BOOK = codebook.Codebook.model_validate(
    {
        "name": "small",
        "resources": [
            {
                "name": "studies",
                "schema": {
                    "fields": [
                        {"name": "study_id"},
                        {"name": "controlled", "values": ["yes", "no"]},
                        {"name": "comparator", "values": ["placebo"]},
                        {
                            "name": "design",
                            "values": [{"value": "rct", "group": "trial"}, {"value": "crossover", "group": "trial"}],
                        },
                        {"name": "dose_mg", "kind": "range", "unit": "mg"},
                    ]
                },
                "rules": [{"id": "asked", "when": {"controlled": "no"}, "forbid": ["comparator"]}],
            },
            {
                "name": "harms",
                "schema": {
                    "fields": [
                        {"name": "study_id"},
                        {
                            "name": "event",
                            "values": [
                                {"value": "insomnia", "group": "trouble sleeping"},
                                {"value": "bad sleep", "group": "trouble sleeping"},
                            ],
                        },
                    ]
                },
            },
        ],
    }
)
STUDIES = pd.DataFrame(
    {
        "study_id": ["S1", "S2"],
        "controlled": ["yes", "no"],
        "comparator": ["placebo", None],
        "design": ["rct", "crossover"],
        "dose_mg": ["3-4.5", "1"],
    },
    dtype="string",
).assign(dose_mg_low=[3.0, 1.0], dose_mg_high=[4.5, 1.0], n=[10, 20])
FINDINGS = pd.DataFrame(
    {
        "finding_id": ["F1", "F2"],
        "study_id": ["S1", "S2"],
        "condition": "a",
        "outcome_domain": "pain",
        "contrast": ["vs placebo", "before-after"],
        "direction": "benefit",
        "p_value": "0.04",
    },
    dtype="string",
).assign(p_value_number=0.04, _source=0, _row=[2, 3])
HARMS = pd.DataFrame(
    {
        "study_id": ["S1", "S1"],
        "arm": ["drug", "placebo"],
        "event": ["insomnia", "bad sleep"],
        "harms_status": "events",
    },
    dtype="string",
).assign(n_events=[3, 2], n_exposed=[10, 10])
PLACE = Place("raw/charting.xlsx", "findings", "findings", 1, {"direction": 5})


def review():
    return Review({"studies": STUDIES, "findings": FINDINGS, "harms": HARMS}, [PLACE])


def chosen(**sections):
    basis = {"comparative": ["vs placebo"], "uncontrolled": ["before-after"]}
    sections["synthesis"] = basis | sections.get("synthesis", {})
    sections.setdefault("harms", {"intervention": ["drug"], "comparator": ["placebo"]})
    return Settings.model_validate({"review": {"title": "A review"}, **sections})


def test_tests_are_made_only_where_they_are_asked_for():
    """Vote counting and combined p-values are opt-in, each for itself, and their sentences come along."""
    plain = evidence.synthesised(review(), BOOK, chosen())
    assert not {"vote_count", "p_combined", "swim"} & plain.keys()
    asked = evidence.synthesised(review(), BOOK, chosen(synthesis={"vote_counting": {"directions": True}}))
    assert {"vote_count", "swim"} <= asked.keys()
    assert "p_combined" not in asked
    both = evidence.synthesised(review(), BOOK, chosen(synthesis={"vote_counting": {"p_values": True}}))
    assert both["p_entered"]["study_id"].tolist() == ["S1"]


def test_tests_stand_in_the_order_of_the_codebook():
    """Vote counts and p-values list the cells as every other table does, not by the alphabet."""
    spec = {"name": "condition", "values": ["hypermobility", "fibromyalgia", "arthritis"]}
    findings = {"name": "findings", "schema": {"fields": [{"name": "study_id"}, spec]}}
    given = BOOK.model_dump(by_alias=True)
    book = codebook.Codebook.model_validate({**given, "resources": [*given["resources"], findings]})
    one = review()
    conditions = ["arthritis", "hypermobility"]
    twice = pd.concat([FINDINGS.assign(condition=name) for name in conditions], ignore_index=True)
    one.tables["findings"] = twice.assign(finding_id=["F1", "F2", "F3", "F4"])
    asked = chosen(synthesis={"vote_counting": {"directions": True, "p_values": True}})
    found = evidence.synthesised(one, book, asked)
    for name in ("vote_count", "p_combined", "p_entered"):
        assert found[name]["condition"].unique().tolist() == ["hypermobility", "arthritis"], name


def test_a_direction_is_traced_to_its_cell():
    """The fold names the cell of each finding's direction."""
    folded = evidence.synthesised(review(), BOOK, chosen())["folded"]
    assert folded["finding_cells"].tolist() == ["raw/charting.xlsx › findings!F2", "raw/charting.xlsx › findings!F3"]


def test_addresses_are_those_of_each_value():
    """All at once gives what one at a time gives."""
    whole = review()
    assert whole.addresses("findings", "direction") == [whole.address("findings", row, "direction") for row in (0, 1)]


def test_strata_bands_and_groups_come_from_the_configuration():
    """A banded number, a grouped field and the overall appraisal are strata."""
    how = chosen(
        synthesis={"strata": ["design", "appraisal"], "bands": {"dose_mg": [3]}}, charting={"grouped": ["design"]}
    )
    found = evidence.synthesised(review(), BOOK, how)["strata"]
    assert set(zip(found["stratum"], found["category"], found["n_in_stratum"], strict=True)) == {
        ("design", "trial", 2), ("appraisal", "not appraised", 2),
        ("dose_mg_band", "3 mg and above", 1), ("dose_mg_band", "below 3 mg", 1),
    }  # fmt: skip


def test_gates_are_optional():
    """With gates the comparator is asked of one study, without them of both."""
    for gates, denominator in ((True, 1), (False, 2)):
        how = chosen(charting={"fields": ["comparator"], "gates": gates, "cross": {"controlled": ["design"]}})
        found = evidence.charted(review(), BOOK, how)
        assert found["characteristics"].loc[0, "denominator"] == denominator
        assert len(found["cross"]) == 4


def test_events_of_one_group_meet():
    """Insomnia with the drug is compared with bad sleep on placebo under the group that the codebook gives both."""
    found = evidence.harmed(review(), BOOK, chosen())
    assert found["compared"]["compared"].tolist() == ["no", "no"]
    line = found["compared_by_group"].iloc[0]
    assert line[["event", "compared"]].tolist() == ["trouble sleeping", "yes"]


def test_the_rule_for_crossovers_is_that_of_the_configuration():
    """A crossover trial counts by the period where that is chosen, and the row says so."""
    how = chosen(synthesis={"participants": {"crossovers": "periods"}})
    tally = evidence.synthesised(review(), BOOK, how)["tally"]
    assert tally.loc[0, ["n_participants", "participants_rule"]].tolist() == [50, "periods"]


def test_an_appraisal_is_optional():
    """Without the table everything is there, and empty."""
    found = evidence.appraised(review(), BOOK, chosen())
    assert found["lights"].empty and found["summary"].empty
    assert evidence.overall(review(), BOOK, chosen()) == {}


def test_empty_tables_do_no_harm():
    """A review that has charted nothing gives empty tables."""
    empty = Review({}, [])
    for part in (evidence.charted, evidence.synthesised, evidence.harmed, evidence.appraised):
        assert all(isinstance(table, pd.DataFrame) for table in part(empty, BOOK, chosen()).values())


@pytest.mark.parametrize("rows", [5, 13])
def test_parts_of_the_example_go_through(rows):
    """A few rows of the example are reckoned without their addresses."""
    part = Review({name: frame(name).head(rows) for name in ("studies", "findings", "harms")}, [])
    assert evidence.synthesised(part, BOOK, chosen())["folded"]["finding_cells"].eq("").all()


def test_strata_count_controlled_studies_by_the_same_field():
    """The field that the configuration names for controlled studies holds within strata as in the table itself."""
    renamed = review()
    renamed.tables["studies"] = STUDIES.rename(columns={"controlled": "compared"})
    found = evidence.synthesised(renamed, BOOK, chosen(synthesis={"controlled": "compared", "strata": ["design"]}))
    assert found["tally"]["n_controlled"].tolist() == [1]
    assert found["strata"].set_index("category")["n_controlled"].to_dict() == {"rct": 1, "crossover": 0}
