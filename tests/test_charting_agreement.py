"""Agreement in charting: tables, coefficients and sentences for each field and pair, and for all reviewers of a row."""

import pandas as pd
import pytest
from scopeline.agreement import agree
from scopeline.charting_agreement import AGREEMENT_COLUMNS, ALL, UNUSABLE, Pair, agreement
from scopeline.codebook import TableSpec


@pytest.fixture
def table():
    """A table with a category of two values, a number, and a field of several values."""
    values = [{"value": "yes"}, {"value": "no"}]
    return TableSpec.model_validate(
        {
            "name": "studies",
            "schema": {
                "fields": [
                    {"name": "controlled", "title": "Controlled", "type": "string", "values": values},
                    {"name": "n", "title": "Participants", "type": "integer"},
                    {"name": "condition", "type": "string", "separator": ";", "values": values},
                ]
            },
        }
    )


def cell(said):
    """A cell as it is compared: "" is blank, capitals are a missing code."""
    if said == "":
        return None
    return ("missing", said) if str(said).isupper() else ("value", said)


def pairs_of(field, rows, reviewers=("Ann", "Bob", "Cy")):
    """Every pair of reviewers over rows that hold one cell of each."""
    found = {}
    for number, row in enumerate(rows):
        for a in range(len(row)):
            for b in range(a + 1, len(row)):
                places = (10 * number + a, 10 * number + b)
                pair = Pair(*(each if each == UNUSABLE else cell(each) for each in (row[a], row[b])), *places)
                found.setdefault((field, reviewers[a], reviewers[b]), []).append(pair)
    return found


def test_one_pair_has_table_and_coefficients(table):
    """Counts, coverage and coefficients are those of the table of what both charted."""
    rows = [("yes", "yes")] * 20 + [("yes", "no")] * 5 + [("no", "yes")] * 10 + [("no", "no")] * 15 + [("yes", "")] * 2
    (line,) = agreement(table, pairs_of("controlled", rows)).to_dict("records")
    figures = agree([[20, 5], [10, 15]])
    assert (line["n"], line["agree"], line["one_sided"], line["coverage"]) == (50, 35, 2, 50 / 52)
    assert line["counts"] == "yes/yes: 20; yes/no: 5; no/yes: 10; no/no: 15"
    for name in ("kappa", "pabak", "ac1", "prevalence_index", "bias_index", "percent_agreement"):
        assert line[name] == getattr(figures, name)
    assert (line["ac1_low"], line["ac1_high"]) == (figures.ac1_interval.low, figures.ac1_interval.high)
    assert line["sentence"].startswith(
        "Controlled: Ann and Bob charted 50 rows (one of the two alone 2); they agreed on 70.0 %; Cohen's kappa 0.40 ("
    )


def test_missing_codes_are_categories_and_blanks_are_not(table):
    """Not reported against a value is a disagreement; a blank or a cell that cannot be used is no judgement."""
    rows = [("yes", "yes"), ("NR", "yes"), ("NR", "NR"), ("", "no"), ("no", UNUSABLE)]
    (line,) = agreement(table, pairs_of("controlled", rows)).to_dict("records")
    assert (line["n"], line["agree"], line["one_sided"]) == (3, 2, 1)
    assert line["counts"] == "yes/yes: 1; NR/yes: 1; NR/NR: 1"
    assert line["prevalence_index"] is None


def test_all_pairs_have_fleiss_and_alpha_on_rows(table):
    """Three who charted every row: Fleiss' kappa and alpha of the rows, not of pairs of them."""
    rows = ["iii", "iii", "iie", "eee", "eee", "eie"]
    rows = [tuple("yes" if vote == "i" else "no" for vote in row) for row in rows]
    line = agreement(table, pairs_of("controlled", rows)).iloc[-1]
    share = (4 + 2 / 3) / 6
    assert line["reviewer_a"] == line["reviewer_b"] == ALL
    assert line["fleiss_kappa"] == pytest.approx((share - 0.5) / 0.5)
    assert line["alpha"] == pytest.approx(line["fleiss_kappa"] + (1 - line["fleiss_kappa"]) / 18)
    assert pd.isna(line["kappa"])


def test_unequal_coverage_leaves_alpha(table):
    """Where not all charted every row, alpha stands alone and the note says why."""
    rows = [("yes", "yes", "no"), ("no", "no", ""), ("yes", "", "yes"), ("no", "yes", "no")]
    line = agreement(table, pairs_of("controlled", rows)).iloc[-1]
    assert pd.isna(line["fleiss_kappa"]) and not pd.isna(line["alpha"])
    assert "no Fleiss' kappa" in line["note"]


def test_one_category_is_not_estimable(table):
    """Everyone in one category: no kappa and no alpha, with the reason, and never NaN in a sentence."""
    lines = agreement(table, pairs_of("controlled", [("yes", "yes", "yes")] * 4))
    assert lines[["kappa", "alpha", "fleiss_kappa"]].isna().all(axis=None)
    assert lines["sentence"].str.contains("not estimable").all()
    assert not lines["sentence"].str.lower().str.contains("nan|<na>").any()


def test_numbers_have_percent_agreement_alone(table):
    """A number is equal or not; chance is no matter there."""
    (line,) = agreement(table, pairs_of("n", [(12.0, 12.0), (9.0, 90.0)])).to_dict("records")
    assert (line["percent_agreement"], line["kappa"], line["counts"]) == (0.5, None, "")
    assert line["sentence"] == "Participants: Ann and Bob charted 2 rows; they agreed on 50.0 %."


def test_nothing_charted_twice(table):
    """Without pairs there is no line; with blanks only the line says that nothing is estimable."""
    assert dict(agreement(table, {}).dtypes.astype(str)) == AGREEMENT_COLUMNS
    (line,) = agreement(table, pairs_of("controlled", [("", "yes")])).to_dict("records")
    assert (line["n"], line["coverage"], line["percent_agreement"]) == (0, 0.0, None)
    assert "not estimable" in line["sentence"]


def test_order_of_rows(table):
    """The order in which rows and pairs come does not matter."""
    rows = [("yes", "yes", "no"), ("no", "no", ""), ("yes", "", "yes"), ("no", "yes", "no")]
    pairs = pairs_of("controlled", rows)
    turned = {key: cells[::-1] for key, cells in reversed(pairs.items())}
    pd.testing.assert_frame_equal(agreement(table, pairs), agreement(table, turned))
