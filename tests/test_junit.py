"""The issues as JUnit XML: a table is a test, a broken rule is a failure, and any cell can be told."""

import random
import xml.etree.ElementTree as ET
from pathlib import Path

from hypothesis import example, given
from hypothesis import strategies as st
from scopeline.issues import issue
from scopeline.report.junit import MOST_CELLS, junit
from small_review import SmallReview

SMALL_FILES = [
    {
        "file": "raw/charting.xlsx",
        "sheets": [{"sheet": "studies", "table": "studies"}, {"sheet": "Sheet 2", "table": "harms"}],
    },
    {"file": "raw/records.csv", "sheets": [{"sheet": "", "table": "records"}]},
]


def _suites(text: str) -> dict[str, ET.Element]:
    """The suites by name, of a report whose counts are right."""
    root = ET.fromstring(text)
    for element in [root, *root]:
        assert int(element.get("tests", "")) == len(list(element.iter("testcase")))
        assert int(element.get("failures", "")) == len(list(element.iter("failure")))
        assert int(element.get("errors", "")) == len(list(element.iter("error")))
    assert all(len(list(test)) <= 1 for test in root.iter("testcase"))
    return {suite.get("name", ""): suite for suite in root}


def _names(suite: ET.Element) -> list[str]:
    return [test.get("name", "") for test in suite]


def test_every_table_of_a_good_review_is_a_test_that_passed(tmp_path: Path) -> None:
    """Files and tables without an issue are named too, so that a reader sees that they were checked."""
    found = SmallReview(tmp_path).judge()
    suites = _suites(junit([], found.files))
    assert list(suites) == ["raw/charting.xlsx", "raw/records.csv", "raw/screening.xlsx"]
    assert _names(suites["raw/charting.xlsx"]) == ["the file", "studies", "findings", "harms"]
    assert _names(suites["raw/records.csv"]) == ["the table records"]
    assert not list(suites["raw/charting.xlsx"].iter("failure"))


def test_each_rule_that_a_table_breaks_is_one_failure() -> None:
    """The failure names the rule, the first cell's sentence and how many more there are, and lists every cell."""
    wrong = [
        issue("not_number", "raw/charting.xlsx", sheet="studies", row=row, column=2, value="x", label="'n'")
        for row in (2, 5)
    ]
    late = issue("not_date", "raw/charting.xlsx", sheet="studies", row=3, column=4, value="soon", label="'started'")
    suite = _suites(junit([late, *wrong], SMALL_FILES))["raw/charting.xlsx"]
    assert _names(suite) == ["the file", "studies: Not a number", "studies: Not a date", "Sheet 2 (the table harms)"]
    failure = suite[1][0]
    assert failure.get("type") == "not_number"
    assert failure.get("message") == "'x' is not a number; 'n' needs one. (and 1 more)"
    assert [line.split(": ")[1] for line in (failure.text or "").splitlines()] == [
        "raw/charting.xlsx › studies!C2",
        "raw/charting.xlsx › studies!C5",
    ]


def test_warnings_and_notes_fail_nothing() -> None:
    """They are what a test that passed has to say."""
    note = issue("spelling_normalised", "raw/records.csv", row=2, column=1, value="Db", expected="database")
    suite = _suites(junit([note], SMALL_FILES))["raw/records.csv"]
    assert suite.get("failures") == "0"
    assert "note: raw/records.csv › B2: 'Db' was read as 'database'." in (suite[0].findtext("system-out") or "")


def test_a_file_that_could_not_be_read_is_a_failure_of_its_own() -> None:
    """Issues of a file that holds no table are not lost."""
    damaged = issue("file_damaged", "raw/late.xlsx", message="The file is damaged.")
    suites = _suites(junit([damaged], SMALL_FILES))
    assert _names(suites["raw/late.xlsx"]) == ["the file: Damaged file"]
    assert suites["raw/late.xlsx"].get("failures") == "1"


def test_a_mistake_in_the_configuration_is_an_error_and_no_failure() -> None:
    """The spreadsheets were not judged: that is another thing than a wrong cell."""
    suites = _suites(junit([], problems=["config/config.yaml has 1 mistake:\n  line 2"]))
    assert suites["configuration"].get("errors") == "1"


def test_many_cells_of_one_rule_stay_one_readable_failure() -> None:
    """The rest is counted."""
    many = [issue("not_number", "raw/records.csv", row=row, column=2, value="x") for row in range(2, 1002)]
    (failure,) = _suites(junit(many, SMALL_FILES))["raw/records.csv"].iter("failure")
    lines = (failure.text or "").splitlines()
    assert len(lines) == MOST_CELLS + 1
    assert lines[-1] == "… and 800 more; issues.csv lists all of them."


def test_the_same_issues_give_the_same_text_in_any_order() -> None:
    """The order of finding is no result."""
    issues = [
        issue("not_number", f"raw/{row % 3}.csv", row=row, column=1, value="x", key=str(row)) for row in range(2, 30)
    ]
    shuffled = issues.copy()
    random.Random(1).shuffle(shuffled)  # noqa: S311 - an order, not a secret
    assert junit(shuffled) == junit(issues)


@given(st.text(st.characters(exclude_categories=()), max_size=40))
@example("<![CDATA[ ]]> & \"' \0 \x1b \ud800 \ufffe \r\n")
def test_any_cell_can_be_told(value: str) -> None:
    """Whatever a cell, a key, a sheet or a file is called, the report can be written and read."""
    found = issue("not_number", f"raw/{value}.csv", sheet=value, row=2, column=1, key=value, value=value)
    text = junit([found], [{"file": f"raw/{value}.csv", "sheets": [{"sheet": value, "table": "studies"}]}])
    text.encode("utf-8")
    (suite,) = _suites(text).values()
    assert suite.get("failures") == "1"
