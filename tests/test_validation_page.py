"""The page of validation: every issue at its cell, grouped, within bounds, and what each file was taken for."""

import json

import pandas as pd
import pytest
from report_evidence import HOSTILE, VALIDATION
from scopeline.issues import COLUMNS, frame, issue
from scopeline.report import validation_page as module
from scopeline.report.validation_page import validation_page
from test_report import Reader

FILE = "raw/charting.xlsx"


def one(rule="not_allowed", row=4, sheet="findings", file=FILE, **more):
    told = {"table": "findings", "key": "F003", "field": "direction", "value": "benefits", "expected": "benefit, harm"}
    return issue(rule, file, sheet=sheet, row=row, column=7, **{**told, **more})


def read(issues, files=(), **more):
    return Reader(validation_page(issues, list(files), title="A small review", **more))


def test_nothing_to_mend():
    """Without an issue the page says so, and still tells what each file was taken for."""
    told = read(frame([]), VALIDATION["files"])
    assert told.all("h1")[0]["text"] == "Nothing to mend."
    assert not told.all("section", id="issues")
    files = told.all("section", id="files")[0]["text"]
    assert "3 rows of studies" in files
    assert "Passed over: colour." in files
    assert "passed over" in files


def test_notes_alone_are_nothing_to_mend():
    """A note asks for nothing, so the page says that there is nothing to mend and how many notes there are."""
    assert read(frame([one("spelling_normalised")])).all("h1")[0]["text"] == "Nothing to mend. 1 note."


def test_an_issue_stands_at_its_cell():
    """Address, key, sentence and suggestion are there, and what is copied goes to the cell in a spreadsheet program."""
    told = read(frame([one(suggestion="Did you mean 'benefit'?")]))
    item = next(each for each in told.all("li") if "findings!H4" in each["text"])
    assert "'benefits' is not an allowed value of direction. Allowed: benefit, harm." in item["text"]
    assert "Did you mean 'benefit'?" in item["text"]
    assert "F003" in item["text"]
    assert told.all("code", title=f"{FILE} › findings!H4")
    assert told.all("button", data_copy="findings!H4")


@pytest.mark.parametrize(
    ("sheet", "copied"),
    [("Studies 2024", "'Studies 2024'!H4"), ("it's", "'it''s'!H4"), ("", "H4"), ("Ärzte", "Ärzte!H4")],
)
def test_what_is_copied_is_what_a_spreadsheet_program_takes(sheet, copied):
    """A sheet's name is quoted where it must be; a csv has none."""
    assert read(frame([one(sheet=sheet)])).all("button", data_copy=copied)


def test_issues_are_grouped_by_file_and_rule_errors_first():
    """Within a file errors come before warnings before notes, each rule once, with its title and its number."""
    issues = frame(
        [one("spelling_normalised", 2), one("value_twice", 3), one(row=9), one(row=5), one(file="raw/a.csv", sheet="")]
    )
    told = read(issues)
    assert [each["attrs"]["aria-labelledby"] for each in told.all("section", class_="file")] == [
        "file-1-title",
        "file-2-title",
    ]
    groups = [
        (each["attrs"]["data-severity"], each["attrs"]["data-rule"]) for each in told.all("details", class_="group")
    ]
    assert groups == [
        ("error", "not_allowed"),
        ("error", "not_allowed"),
        ("warning", "value_twice"),
        ("note", "spelling_normalised"),
    ]
    assert "Not an allowed value 2" in " ".join(told.all("details", class_="group")[1]["text"].split())
    assert told.all("h1")[0]["text"] == "3 errors, 1 warning and 1 note."


def test_the_row_around_an_issue():
    """Where the row is given it is shown with the cell in question marked, by its header or else by its value."""
    row = [("finding", "F003"), ("Direction", "benefits"), ("note", "")]
    marked = read(frame([one()]), context={0: row}).all("td", class_="marked")
    assert [each["text"] for each in marked] == ["benefits"]
    by_value = [("finding", "F003"), ("way", "benefits")]
    assert read(frame([one()]), context={0: by_value}).all("td", class_="marked")[0]["text"] == "benefits"
    assert not read(frame([one()])).all("td", class_="marked")


@pytest.mark.parametrize("rules", [1, 40])
def test_twenty_thousand_issues(rules):
    """The page stays below 5 MB, lists some of every rule in every file, and says how many are in issues.csv alone."""
    line = frame([one(value="x" * 80)]).iloc[0].to_dict()
    many = pd.DataFrame(
        [{**line, "rule": f"rule_{n % rules}", "cell": f"H{n}", "message": "m" * 600} for n in range(20_000)],
        columns=list(COLUMNS),
    )
    context = {n: [(f"header {k} {'h' * 50}", "v" * 160) for k in range(30)] for n in range(5000)}
    html = validation_page(many, [], title="Large", context=context)
    assert len(html.encode()) < 5_000_000
    told = Reader(html)
    assert {each["attrs"]["data-rule"] for each in told.all("details", class_="group")} == {
        f"rule_{n}" for n in range(rules)
    }
    listed = len(told.all("li"))
    assert 0 < listed <= module.MOST_LISTED
    assert f"This page lists the first {listed:,} of 20,000 issues" in told.all("main")[0]["text"]
    assert json.loads(told.all("script", id="data")[0]["text"]) == {"all": 20_000, "listed": listed}


def test_a_thousand_files_with_faults():
    """Even with more groups than the page can list it stays within bounds, and the table counts every file."""
    line = frame([one()]).iloc[0].to_dict()
    many = pd.DataFrame([{**line, "file": f"raw/{n}.csv"} for n in range(2000)], columns=list(COLUMNS))
    told = Reader(
        html := validation_page(many, [{"file": f"raw/{n}.csv", "sheets": []} for n in range(2000)], title="Wide")
    )
    assert len(html.encode()) < 5_000_000
    assert "raw/1999.csv" in told.all("table")[0]["text"]
    links = {each["attrs"]["href"][1:] for each in told.all("a") if each["attrs"]["href"].startswith("#")}
    assert links <= {each["attrs"]["id"] for each in told.elements if "id" in each["attrs"]}


def test_nothing_from_a_cell_is_markup():
    """Whatever stands in cells, file names and headers, the page has its two scripts and the text is read as it is."""
    issues = frame([one(value=HOSTILE, key=HOSTILE, sheet=HOSTILE, file=HOSTILE, field=HOSTILE, suggestion=HOSTILE)])
    files = [
        {
            "file": HOSTILE,
            "sha256": "",
            "sheets": [
                {
                    "sheet": HOSTILE,
                    "table": HOSTILE,
                    "rows": 1,
                    "columns": [[HOSTILE, HOSTILE, ""], [HOSTILE, "", HOSTILE]],
                }
            ],
        }
    ]
    told = read(issues, files, context={0: [(HOSTILE, HOSTILE)]})
    assert len(told.all("script")) == 2
    assert not told.all("img")
    assert not [name for each in told.elements for name in each["attrs"] if name.startswith("on")]
    assert any("<img src=x onerror=alert(2)>" in each["text"] for each in told.all("p"))


def test_the_same_issues_give_the_same_text():
    """A second call gives the same bytes."""
    issues = frame([one(), one(row=7)])
    assert validation_page(issues, VALIDATION["files"], title="t") == validation_page(
        issues, VALIDATION["files"], title="t"
    )


def test_backticks_are_code():
    """What a suggestion sets in backticks is shown as code, and what stands in them is still text."""
    told = read(frame([one(suggestion="Write `optional: <true>` there.")]))
    assert any(each["text"] == "optional: <true>" for each in told.all("code"))
