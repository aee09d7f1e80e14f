"""The issues as SARIF 2.1.0: of the standard's form, at the right cells, and recognised again after rows have moved."""

import json
import random
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from scopeline.issue_rules import RULES
from scopeline.issues import Issue, issue
from scopeline.report.sarif import sarif
from small_review import SmallReview

TEXT = {"type": "string"}
MESSAGE = {
    "type": "object",
    "additionalProperties": False,
    "required": ["text"],
    "properties": {"text": TEXT, "markdown": TEXT},
}
LEVEL = {"enum": ["none", "note", "warning", "error"]}
COUNT = {"type": "integer", "minimum": 1}


def _object(required: str, **properties: Any) -> dict[str, Any]:
    names = required.split()
    return {"type": "object", "additionalProperties": False, "required": names, "properties": properties}


def _list(items: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": items}


#: What the standard says of the objects that we write (sections 3.13 to 3.58): names, kinds, what must be there.
STANDARD = _object(
    "version runs",
    **{"$schema": {"type": "string", "format": "uri"}},
    version={"const": "2.1.0"},
    runs=_list(
        _object(
            "tool",
            tool=_object(
                "driver",
                driver=_object(
                    "name",
                    name=TEXT,
                    version=TEXT,
                    rules={
                        **_list(
                            _object(
                                "id",
                                id=TEXT,
                                name=TEXT,
                                shortDescription=MESSAGE,
                                fullDescription=MESSAGE,
                                help=MESSAGE,
                                defaultConfiguration=_object("", level=LEVEL),
                            )
                        ),
                        "uniqueItems": True,
                    },
                ),
            ),
            invocations=_list(
                _object(
                    "executionSuccessful",
                    executionSuccessful={"type": "boolean"},
                    toolConfigurationNotifications=_list(_object("message", message=MESSAGE, level=LEVEL)),
                    toolExecutionNotifications=_list(_object("message", message=MESSAGE, level=LEVEL)),
                )
            ),
            results=_list(
                _object(
                    "message",
                    ruleId=TEXT,
                    ruleIndex={"type": "integer", "minimum": 0},
                    level=LEVEL,
                    message=MESSAGE,
                    locations=_list(
                        _object(
                            "",
                            physicalLocation=_object(
                                "artifactLocation",
                                artifactLocation=_object("", uri={"type": "string", "format": "uri-reference"}),
                                region=_object("startLine", startLine=COUNT, startColumn=COUNT),
                            ),
                            logicalLocations=_list(_object("", fullyQualifiedName=TEXT, kind=TEXT)),
                        )
                    ),
                    partialFingerprints={"type": "object", "additionalProperties": TEXT},
                    properties={"type": "object"},
                )
            ),
        )
    ),
)

CELL = issue(
    "not_allowed",
    "raw/charting.xlsx",
    sheet="findings",
    row=12,
    column=5,
    table="findings",
    key="F011",
    field="direction",
    label="'direction'",
    value="benfit",
    expected="benefit, harm",
    suggestion="Did you mean 'benefit'?",
)


def _run(issues: list[Issue]) -> dict[str, Any]:
    """The run of a log that is of the standard's form."""
    log = json.loads(sarif(issues))
    jsonschema.validate(log, STANDARD)
    (run,) = log["runs"]
    for result in run["results"]:
        assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
    return run


def _prints(issues: list[Issue]) -> list[str]:
    return [result["partialFingerprints"]["primaryLocationLineHash"] for result in _run(issues)["results"]]


def test_an_issue_says_where_it_stands_what_is_wrong_and_what_was_meant() -> None:
    """Row and column as a region, the cell as a logical location, the suggestion in the message."""
    (result,) = _run([CELL])["results"]
    assert result["level"] == "error"
    assert result["message"]["text"] == (
        "findings!F12: 'benfit' is not an allowed value of 'direction'. Allowed: benefit, harm. Did you mean 'benefit'?"
    )
    assert result["locations"] == [
        {
            "physicalLocation": {
                "artifactLocation": {"uri": "raw/charting.xlsx"},
                "region": {"startLine": 12, "startColumn": 6},
            },
            "logicalLocations": [{"fullyQualifiedName": "charting.xlsx › findings!F12", "kind": "member"}],
        }
    ]


def test_a_csv_has_rows_and_columns_alike() -> None:
    """F12 of a csv file is line 12, column 6 too."""
    (result,) = _run([issue("not_date", "raw/records.csv", row=12, column=5, value="x", label="'y'")])["results"]
    (location,) = result["locations"]
    assert location["physicalLocation"]["region"] == {"startLine": 12, "startColumn": 6}
    assert location["logicalLocations"][0]["fullyQualifiedName"] == "records.csv › F12"


def test_a_whole_file_stands_at_its_first_line() -> None:
    """GitHub shows no alert without a line; a place without a cell gets no column."""
    (result,) = _run([issue("file_damaged", "raw/charting.xlsx", message="The file is damaged.")])["results"]
    assert result["locations"][0]["physicalLocation"]["region"] == {"startLine": 1}


def test_each_rule_that_occurs_is_described_once() -> None:
    """Title, description and remedy of the closed list, in its order, without places left to fill."""
    issues = [issue(rule, "raw/a.csv", row=2, column=1, value="x", message="A sentence.") for rule in RULES]
    rules = _run([*issues, *issues])["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == list(RULES)
    for rule in rules:
        assert rule["shortDescription"]["text"] == RULES[rule["id"]].title
        assert rule["fullDescription"]["text"]
        assert rule["help"]["text"]
        assert "{" not in json.dumps([rule["fullDescription"], rule["help"]]).replace('{"', "")
        assert rule["defaultConfiguration"]["level"] == RULES[rule["id"]].severity


def test_the_same_issues_give_the_same_text_in_any_order() -> None:
    """The order of finding is no result."""
    issues = [issue("not_number", "raw/a.csv", row=row, column=1, value="x", key=str(row)) for row in range(2, 30)]
    shuffled = issues.copy()
    random.Random(1).shuffle(shuffled)  # noqa: S311 - an order, not a secret
    assert sarif(shuffled) == sarif(issues)


def test_an_alert_is_known_again_when_its_row_has_moved(tmp_path: Path) -> None:
    """Rows that are sorted or inserted change the lines and no fingerprint; all of one log differ."""
    review = SmallReview(tmp_path)
    review.put("findings", "E2", "benfit")
    review.put("findings", "E3", "hram")
    review.put("findings", "D3", "slep")
    before = [item for item in review.judge().issues if item.severity == "error"]
    head, *rows = review.tables["findings"]
    review.tables["findings"] = [head, rows[1], ["F9", "Bell2002", "fibromyalgia", "pain", "harm", 0.2, None], rows[0]]
    after = [item for item in review.judge().issues if item.severity == "error"]
    assert {item.cell for item in before} != {item.cell for item in after}
    assert len(set(_prints(before))) == len(before) == 3
    assert sorted(_prints(before)) == sorted(_prints(after))


def test_issues_that_are_alike_have_fingerprints_of_their_own() -> None:
    """Two blank keys in one column are two alerts."""
    alike = [issue("key_blank", "raw/a.csv", row=row, column=0, table="studies", field="study_id") for row in (4, 9)]
    first, second = _prints(alike)
    assert first != second


@pytest.mark.parametrize(
    "value", ["a\0b\x1b[31m", "\ud800", "[here](https://example.org)", '"}]', "x" * 3000, "{0} %d"]
)
def test_no_cell_breaks_the_log(value: str) -> None:
    """Whatever a cell holds, the log is of the standard's form, can be written, and holds no link of the cell's."""
    found = issue("not_number", f"raw/{value[:20]}.csv", sheet=value[:30], row=2, column=1, key=value, value=value)
    text = sarif([found])
    text.encode("utf-8")
    assert "](" not in json.loads(text)["runs"][0]["results"][0]["message"]["text"]
    _run([found])


def test_a_file_name_becomes_an_address() -> None:
    """Blanks and umlauts are written as an address may hold them."""
    (result,) = _run([issue("file_empty", "raw/Übersicht (neu).xlsx", message="Empty.")])["results"]
    uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert uri == "raw/%C3%9Cbersicht%20%28neu%29.xlsx"


def test_a_review_that_could_not_be_checked_is_no_clean_review() -> None:
    """A mistake in the configuration makes the run unsuccessful."""
    log = json.loads(sarif([], problems=["config/config.yaml, line 2: …"]))
    jsonschema.validate(log, STANDARD)
    (invocation,) = log["runs"][0]["invocations"]
    assert invocation["executionSuccessful"] is False
    assert invocation["toolConfigurationNotifications"][0]["message"]["text"] == "config/config.yaml, line 2: …"


def test_a_log_stays_within_what_github_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Errors come before warnings and notes; how many are left out is said."""
    monkeypatch.setattr("scopeline.report.sarif.MOST_RESULTS", 3)
    notes = [issue("spelling_normalised", "raw/a.csv", row=row, column=1, value="x") for row in range(2, 9)]
    wrong = [issue("not_number", "raw/b.csv", row=row, column=1, value="x") for row in (2, 3)]
    run = _run([*notes, *wrong])
    assert [result["level"] for result in run["results"]] == ["note", "error", "error"]
    (notice,) = run["invocations"][0]["toolExecutionNotifications"]
    assert notice["message"]["text"] == "6 more issues in issues.csv and not in this file."
