"""The scoping review of the four-day school week (HEDCO Institute), from its DistillerSR exports."""

import pytest
from openpyxl import load_workbook
from scopeline import cells

pytestmark = pytest.mark.real

#: Field of ours → column of the team's own workbook for its web page, and words of ours that are others there.
SAME = {
    "evidence": ("evidence_domain", {}),
    "school_level": ("school_level", {"unknown": "not reported"}),
    "outcome_domain": ("effectiveness", {}),
}


@pytest.fixture(scope="module")
def review(real_review):
    return real_review("4dsw")


@pytest.fixture(scope="module")
def app_data(review):
    """The team's workbook for its web page: study → its row."""
    sheet = cells.read(review.folder / "raw/4dsw_app_data.xlsx", "raw/4dsw_app_data.xlsx").sheets[0]
    header, *rows = (sheet.row(number) for number in range(1, sheet.n_rows + 1))
    return {f"S{row[0]}": dict(zip(header, row, strict=True)) for row in rows}


def studies_by_category(review, field):
    """Category → the studies that have it, from the table of characteristics."""
    lines = [row for row in review.rows("tables/characteristics.csv") if row["field"] == field]
    return {row["category"]: set(row["study_ids"].split("; ")) for row in lines if row["missing"] == "False"}


def in_their_words(app_data, column):
    """The same from the team's workbook."""
    found = {}
    for study, row in app_data.items():
        for word in row[column].lower().split("; "):
            found.setdefault(word, set()).add(study)
    return found


def test_the_run_ends_well(review):
    """The exports as they were published give a report, by configuration alone, and no error is waived."""
    assert review.status == 0, review.said
    assert review.validation["errors"] == 0
    assert not (review.folder / "config/waivers.csv").exists()


def test_published_figures(review, unmet):
    """Every published figure follows from the rows, or differs for the cause that expected.yaml tells."""
    assert unmet(review) == []


def test_a_workbook_that_openpyxl_refuses_is_read(review, app_data):
    """A part that its relations name is missing from it; its cells are read and looked up all the same."""
    with pytest.raises(KeyError, match="drawing1"):
        load_workbook(review.folder / "raw/4dsw_app_data.xlsx")
    assert len(app_data) == 133
    titles = {row["Study"]: row["Title"] for row in review.rows("tables/studies.csv")}
    assert titles == {study: row["title"] for study, row in app_data.items()}


@pytest.mark.parametrize("field", SAME)
def test_study_by_study_the_tables_say_what_the_team_itself_shows(review, app_data, field):
    """Not only the numbers agree with the team's own web page but the studies behind them."""
    column, words = SAME[field]
    theirs = in_their_words(app_data, column)
    for category, studies in studies_by_category(review, field).items():
        assert studies == theirs[words.get(category, category)], category


def test_equity_counts_only_where_the_study_is_evidence_on_equity(review, app_data):
    """Two studies have a tick that their own kind of evidence closes: the web page shows it and no count has it."""
    theirs = in_their_words(app_data, "equity")
    ours = studies_by_category(review, "equity_domain")
    assert theirs["age"] - ours["age"] | theirs["rurality"] - ours["rurality"] == {"S3088", "S5384"}
    notes = [row for row in review.rows("validation/issues.csv") if row["rule"] == "value_not_counted"]
    assert [row["value"] for row in notes if row["field"] == "equity_domain"] == ["2"]
