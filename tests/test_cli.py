"""The commands of `scopeline` tell what is wrong in plain words, with the right exit status, and never a traceback."""

import csv
import datetime as dt
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
import yaml
from scopeline import cli
from scopeline.conservation import NAMES as ACCOUNTS
from scopeline.report.machines import NAMES
from small_review import SmallReview

Spoil = Callable[[SmallReview, Path], None]


@pytest.fixture(autouse=True)
def _at_home(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the command says does not depend on where these tests run."""
    for name in ("GITHUB_ACTIONS", "GITHUB_WORKSPACE", "GITHUB_STEP_SUMMARY"):
        monkeypatch.delenv(name, raising=False)


def _put(table: str, cell: str, value: object) -> Spoil:
    def spoil(review: SmallReview, raw: Path) -> None:
        review.put(table, cell, value)
        review.write()

    return spoil


def _error_cell(review: SmallReview, raw: Path) -> None:
    book = openpyxl.load_workbook(raw / "charting.xlsx")
    book["studies"]["C2"].value = "#REF!"
    book["studies"]["C2"].data_type = "e"
    book.save(raw / "charting.xlsx")


def _without(table: str) -> Spoil:
    def spoil(review: SmallReview, raw: Path) -> None:
        del review.tables[table]
        review.write()

    return spoil


def _without_column(review: SmallReview, raw: Path) -> None:
    for row in review.tables["findings"]:
        del row[4]
    review.write()


def _empty_raw(review: SmallReview, raw: Path) -> None:
    for path in raw.iterdir():
        path.unlink()


def _empty_workbook(review: SmallReview, raw: Path) -> None:
    openpyxl.Workbook().save(raw / "charting.xlsx")


def _bytes(name: str, make: Callable[[bytes], bytes], source: str = "charting.xlsx") -> Spoil:
    def spoil(review: SmallReview, raw: Path) -> None:
        (raw / name).write_bytes(make((raw / source).read_bytes()))

    return spoil


PROTECTED = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600 + "EncryptedPackage".encode("utf-16-le")

BAD: dict[str, tuple[Spoil, tuple[str, ...]]] = {
    "an empty raw/": (_empty_raw, ("no spreadsheet in raw/",)),
    "an empty workbook": (_empty_workbook, ("raw/charting.xlsx", "none of its sheets holds a value")),
    "a missing sheet": (_without("findings"), ("'findings'", "raw/charting.xlsx")),
    "a missing column": (_without_column, ("raw/charting.xlsx", "findings!1", "'direction'")),
    "a renamed column": (_put("findings", "E1", "directions"), ("findings!E1", "'direction'", "Rename")),
    "a misspelt category": (_put("findings", "E2", "benfit"), ("findings!E2", "Did you mean 'benefit'?")),
    "text in a number": (_put("studies", "C2", "about 40"), ("studies!C2", "not a number")),
    "a number stored as text": (_put("studies", "C2", "30"), ("studies!C2", "stored as text")),
    "a date where 1-12 was typed": (_put("studies", "D2", dt.datetime(2026, 1, 12)), ("studies!D2", "1-12")),
    "an error cell": (_error_cell, ("studies!C2", "#REF!")),
    "a formula without a value": (_put("studies", "C2", "=15+15"), ("studies!C2", "=15+15")),
    "duplicate keys": (_put("studies", "A3", "Ames2001"), ("studies!A3", "stands twice", "studies!A2")),
    "a finding for an unknown study": (_put("findings", "B2", "Zola1999"), ("findings!B2", "'Zola1999'")),
    "a vote for an unknown record": (_put("votes", "A2", "R77"), ("votes!A2", "'R77'")),
    "a truncated workbook": (_bytes("charting.xlsx", lambda data: data[:-2000]), ("raw/charting.xlsx", "damaged")),
    "a protected workbook": (_bytes("charting.xlsx", lambda data: PROTECTED), ("raw/charting.xlsx", "password")),
    "a workbook called csv": (_bytes("more.csv", lambda data: data), ("raw/more.csv", "an Excel workbook")),
    "a text called xlsx": (
        _bytes("charting.xlsx", lambda data: b"study_id,n\nA,1\n"),
        ("raw/charting.xlsx", "plain text"),
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_ends_in_a_plain_sentence(case: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each kind of bad input is told with its file and cell; exit status 1; nothing in raw/ changes."""
    spoil, words = BAD[case]
    review = SmallReview(tmp_path)
    raw = review.write()
    spoil(review, raw)
    before = {path.name: path.read_bytes() for path in raw.iterdir()}
    assert cli.main(["validate", str(tmp_path)]) == 1
    told = " ".join(capsys.readouterr().err.split())
    assert [word for word in words if word not in told] == []
    assert "Traceback" not in told
    assert {path.name: path.read_bytes() for path in raw.iterdir()} == before
    assert (tmp_path / "results/validation/issues.csv").is_file()


def test_a_good_review_ends_with_0(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A review without errors says so."""
    SmallReview(tmp_path).write()
    assert cli.main(["validate", str(tmp_path)]) == 0
    assert "no errors" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("config.yaml", "review:\n  titel: x\n", ("config/config.yaml, line 2", "did you mean 'title'?")),
        ("config.yaml", "review:\n\ttitle: x\n", ("config/config.yaml, line 2", "tabs")),
        (
            "codebook.yaml",
            "name: x\nresources:\n  - name: study\n    schema: {fields: []}\n",
            ("config/codebook.yaml, line 3", "'study'"),
        ),
    ],
)
def test_a_wrong_configuration_ends_with_2(
    name: str, text: str, words: tuple[str, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A mistake in the configuration is told with file, line and what was expected."""
    SmallReview(tmp_path).write()
    (tmp_path / "config" / name).write_text(text, encoding="utf-8")
    assert cli.main(["validate", str(tmp_path)]) == 2
    told = capsys.readouterr().err
    assert [word for word in words if word not in told] == []


def test_a_folder_that_is_not_there_ends_with_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The call itself may be wrong."""
    assert cli.main(["validate", str(tmp_path / "nowhere")]) == 2
    assert "There is no folder" in capsys.readouterr().err


def test_issues_that_differ_in_their_cell_alone_are_told_together(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A mistake that was copied down a column fills one line of the terminal, not the screen."""
    review = SmallReview(tmp_path)
    for row in range(2, 8):
        review.put("votes", f"C{row}", "A" if row % 2 else "B")
        review.put("votes", f"B{row}", "full text screening")
    review.write()
    cli.main(["validate", str(tmp_path)])
    assert "votes!B2, B3, B4, B5 and 2 more:" in " ".join(capsys.readouterr().err.split())


def _bad_review(folder: Path) -> SmallReview:
    review = SmallReview(folder)
    review.put("findings", "E2", "benfit")
    review.write()
    return review


def _files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir()) if path.is_file()}


def test_the_verdict_is_written_for_people_and_for_other_programs(tmp_path: Path) -> None:
    """The same review gives the same bytes, wherever it lies."""
    for name in ("one", "two"):
        _bad_review(tmp_path / name)
        assert cli.main(["validate", str(tmp_path / name)]) == 1
    first, second = (_files(tmp_path / name / "results/validation") for name in ("one", "two"))
    assert {*first} == {*NAMES, *ACCOUNTS, "index.html", "issues.csv", "summary.json", "waivers.csv", "quarantine.csv"}
    machines = (*NAMES, "issues.csv")
    assert {name: first[name] for name in machines} == {name: second[name] for name in machines}


def test_json_holds_the_issues_as_the_table_has_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The columns are those of issues.csv."""
    _bad_review(tmp_path)
    assert cli.main(["validate", str(tmp_path), "--format", "json"]) == 1
    (found,) = json.loads(capsys.readouterr().out)["reviews"]
    with (tmp_path / "results/validation/issues.csv").open(encoding="utf-8", newline="") as lines:
        assert found["issues"] == list(csv.DictReader(lines))
    assert (found["status"], found["errors"], found["problem"]) == (1, 1, "")


def test_each_format_is_one_document_and_nothing_else(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is printed in the review's folder is what is written there."""
    review = _bad_review(tmp_path)
    monkeypatch.chdir(review.folder)
    for form, name in (("sarif", "issues.sarif"), ("junit", "issues.junit.xml")):
        assert cli.main(["validate", "--format", form]) == 1
        captured = capsys.readouterr()
        assert captured.out == (tmp_path / "results/validation" / name).read_text(encoding="utf-8")
        assert captured.err == ""
    assert cli.main(["validate", "--format", "github"]) == 1
    assert capsys.readouterr().out.startswith("::error file=raw/charting.xlsx,line=2,col=5,title=findings!E2%3A ")


def test_a_document_of_several_reviews_names_their_files_from_here(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two reviews of one repository have one SARIF log, one JUnit report, and different files in them."""
    for name in ("a", "b"):
        _bad_review(tmp_path / "reviews" / name)
    monkeypatch.chdir(tmp_path)
    assert cli.main(["validate", "reviews/a", "reviews/b", "--format", "sarif"]) == 1
    results = json.loads(capsys.readouterr().out)["runs"][0]["results"]
    places = [result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for result in results]
    assert {"reviews/a/raw/charting.xlsx", "reviews/b/raw/charting.xlsx"} <= set(places)
    assert len({result["partialFingerprints"]["primaryLocationLineHash"] for result in results}) == len(results)
    assert cli.main(["validate", "reviews/a", "reviews/b", "--format", "junit"]) == 1
    assert 'testsuite name="reviews/b/raw/records.csv"' in capsys.readouterr().out


def test_a_document_says_so_where_the_configuration_is_wrong(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A program that reads the document sees the problem; people see it beside."""
    review = SmallReview(tmp_path)
    review.config = "review:\n  titel: x\n"
    review.write()
    assert cli.main(["validate", str(tmp_path), "--format", "json"]) == 2
    captured = capsys.readouterr()
    assert "did you mean 'title'?" in json.loads(captured.out)["reviews"][0]["problem"]
    assert "did you mean 'title'?" in captured.err
    assert cli.main(["validate", str(tmp_path), "--format", "github"]) == 2
    assert "/config/config.yaml,line=2,title=Configuration::" in capsys.readouterr().out


def test_quiet_leaves_the_status_to_tell(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing is printed, the files are written; a document that was asked for is still printed."""
    _bad_review(tmp_path)
    assert cli.main(["validate", "--quiet", str(tmp_path)]) == 1
    captured = capsys.readouterr()
    assert captured.out + captured.err == ""
    assert (tmp_path / "results/validation/index.html").is_file()
    cli.main(["validate", "--quiet", "--format", "json", str(tmp_path)])
    assert json.loads(capsys.readouterr().out)["reviews"]


def test_quiet_does_not_hide_that_nothing_was_checked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A wrong call or configuration is told even then: there is no file that would."""
    review = SmallReview(tmp_path)
    review.config = "review:\n  titel: x\n"
    review.write()
    assert cli.main(["validate", "--quiet", str(tmp_path)]) == 2
    assert "did you mean 'title'?" in capsys.readouterr().err


def test_the_files_go_where_they_are_wanted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """--output is seen from where the command was called; the text says where the page is."""
    _bad_review(tmp_path / "review")
    monkeypatch.chdir(tmp_path)
    assert cli.main(["validate", "review", "--output", "out/checked"]) == 1
    assert (tmp_path / "out/checked/issues.sarif").is_file()
    assert not (tmp_path / "review/results").exists()
    assert capsys.readouterr().err.rstrip().endswith("out/checked/index.html")


@pytest.mark.parametrize("output", ["review/raw", "review/raw/new", "review/config", "file"])
def test_nothing_is_written_where_it_may_not(output: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The spreadsheets and the configuration stay as they are; a file in the way is told."""
    review = _bad_review(tmp_path / "review")
    (tmp_path / "file").write_text("mine", encoding="utf-8")
    before = _files(review.folder / "raw"), _files(review.folder / "config")
    monkeypatch.chdir(tmp_path)
    assert cli.main(["validate", "review", "--output", output]) == 2
    assert (_files(review.folder / "raw"), _files(review.folder / "config")) == before
    assert (tmp_path / "file").read_text(encoding="utf-8") == "mine"


def test_one_folder_cannot_take_the_files_of_two_reviews(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The second would replace the first."""
    for name in ("a", "b"):
        SmallReview(tmp_path / name).write()
    both = [str(tmp_path / "a"), str(tmp_path / "b")]
    assert cli.main(["validate", *both, "--output", str(tmp_path / "out")]) == 2
    assert "one review" in capsys.readouterr().err


def test_a_review_is_found_from_any_of_its_files_and_checked_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The nearest folder above with a codebook is the review."""
    review = _bad_review(tmp_path)
    named = [review.folder / "raw/charting.xlsx", review.folder / "raw", review.folder / "config/config.yaml"]
    assert cli.main(["validate", "--format", "json", *map(str, named)]) == 1
    assert len(json.loads(capsys.readouterr().out)["reviews"]) == 1


def test_the_status_of_several_reviews_is_the_highest(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A review that cannot be checked does not keep the others from being checked."""
    SmallReview(tmp_path / "good").write()
    _bad_review(tmp_path / "bad")
    wrong = SmallReview(tmp_path / "wrong")
    wrong.config = "review: 3\n"
    wrong.write()
    assert cli.main(["validate", str(tmp_path / "good"), str(tmp_path / "bad")]) == 1
    capsys.readouterr()
    assert cli.main(["validate", *(str(tmp_path / name) for name in ("wrong", "bad", "good"))]) == 2
    captured = capsys.readouterr()
    assert "findings!E2" in captured.err
    assert "no errors" in captured.out


def test_a_folder_that_lacks_its_codebook_is_not_taken_for_the_review_around_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Otherwise a review would be called good that nobody looked at."""
    SmallReview(tmp_path).write()
    (tmp_path / "inner/raw").mkdir(parents=True)
    assert cli.main(["validate", str(tmp_path / "inner")]) == 2
    assert "codebook.yaml" in capsys.readouterr().err


def test_a_path_without_a_review_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With what to do."""
    (tmp_path / "x.csv").touch()
    assert cli.main(["validate", str(tmp_path / "x.csv")]) == 2
    assert "scopeline init" in capsys.readouterr().err


def test_on_github_a_cell_is_annotated_and_the_job_has_a_summary(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file is named from the top of the repository; what a cell says is never a command."""
    review = SmallReview(tmp_path / "reviews/pain")
    review.put("findings", "E2", "::add-mask::benefit")
    review.write()
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_WORKSPACE", str(tmp_path))
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary.md"))
    monkeypatch.chdir(review.folder)
    assert cli.main(["validate"]) == 1
    out = capsys.readouterr().out
    stopped = re.search(r"^::stop-commands::(\w+)\n(.*)\n::\1::\n(.*)", out, re.DOTALL)
    assert stopped
    assert "::add-mask::" in stopped[2]
    assert stopped[3].startswith("::error file=reviews/pain/raw/charting.xlsx,line=2,col=5,")
    assert "findings!E2" in (tmp_path / "summary.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("call", "words"),
    [
        ([], "usage: scopeline"),
        (["valdate"], "did you mean 'validate'?"),
        (["xyz"], "there are init, "),
        (["validate", "--fromat", "json"], "unrecognized arguments: --fromat"),
        (["validate", "--format", "xml"], "invalid choice: 'xml'"),
        (["validate", "--output"], "expected one argument"),
        (["init"], "DIR"),
        (["--verbose"], "scopeline"),
    ],
)
def test_a_wrong_call_ends_with_2_and_a_sentence(
    call: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing of it on the standard output, which another program may read."""
    assert cli.main(call) == 2
    captured = capsys.readouterr()
    assert words in captured.err
    assert captured.out == ""


def test_help_lists_every_command_and_its_exit_status(capsys: pytest.CaptureFixture[str]) -> None:
    """One line each, short enough for any terminal."""
    assert cli.main(["--help"]) == 0
    said = capsys.readouterr().out
    for command in cli.COMMANDS:
        assert re.search(rf"^ +{command.name} +\S", said, re.M), command.name
    assert "2  the call or the configuration is wrong" in said
    assert max(map(len, said.splitlines())) <= 80


@pytest.mark.parametrize("command", cli.COMMANDS, ids=lambda command: command.name)
def test_every_command_of_the_list_can_be_called(command: cli.Command, capsys: pytest.CaptureFixture[str]) -> None:
    """Each line of the list names a function that adds a command of that name, described as in the list."""
    assert cli.main([command.name, "--help"]) == 0
    assert capsys.readouterr().out.startswith(f"usage: scopeline {command.name}")


def test_help_needs_nothing_heavy() -> None:
    """Neither pandas nor any command's module is imported to list the commands."""
    code = (
        "import sys; from scopeline import cli; cli.main(['--help']);"
        "heavy = {'pandas', 'numpy', 'pydantic', 'openpyxl', 'yaml', 'scopeline.commands.validate'};"
        "print(sorted(heavy & {*sys.modules}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, encoding="utf-8", check=True, env=ENVIRON)
    assert done.stdout.splitlines()[-1] == "[]"


def test_no_fault_of_ours_is_shown_as_a_traceback(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The detail stands in the log that the sentence names; the other reviews are still checked."""
    for name in ("a", "b"):
        _bad_review(tmp_path / name)

    def broken(*_: object, **__: object) -> None:
        raise KeyError("the very detail")

    monkeypatch.setattr("scopeline.judgement.judge", broken)
    assert cli.main(["validate", str(tmp_path / "a"), str(tmp_path / "b")]) == 2
    told = capsys.readouterr().err
    assert "Traceback" not in told
    logs = re.findall(r"The detail is in (\S+\.log):", told)
    assert [Path(log).parent for log in logs] == [
        (tmp_path / name / "results/interim/logs").resolve() for name in ("a", "b")
    ]
    for log in logs:
        assert "the very detail" in Path(log).read_text(encoding="utf-8")


def test_whatever_a_command_raises_ends_in_a_sentence(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Memory, disk, keyboard, and faults of our own: a status, and never 1, which is for wrong spreadsheets."""
    monkeypatch.chdir(tmp_path)
    faults = {
        PermissionError(13, "Permission denied", "x.csv"): (2, "x.csv cannot be read or written: Permission denied."),
        MemoryError(): (2, "not enough memory"),
        KeyboardInterrupt(): (130, "Stopped."),
        RecursionError("deep"): (2, "The detail is in "),
    }
    for fault, (status, words) in faults.items():

        def fails(_: list[str], fault: BaseException = fault) -> int:
            raise fault

        monkeypatch.setattr(cli, "_run", fails)
        assert cli.main(["validate"]) == status
        assert words in capsys.readouterr().err


def test_a_reader_that_goes_away_is_no_fault(tmp_path: Path) -> None:
    """`scopeline … | head -1` says nothing more."""
    _bad_review(tmp_path)
    with subprocess.Popen(
        [sys.executable, "-m", "scopeline", "validate", "--format", "json"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=tmp_path, env=ENVIRON, encoding="utf-8",
    ) as running:  # fmt: skip
        assert running.stdout and running.stderr
        running.stdout.close()
        assert running.stderr.read() == ""
    assert running.returncode in (1, 141)


def test_a_new_review_is_good_as_it_is(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The codebook, the settings and the empty forms fit one another."""
    folder = tmp_path / "my review"
    assert cli.main(["init", str(folder)]) == 0
    assert "scopeline validate" in capsys.readouterr().out
    assert {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()} == {
        ".gitignore", "config/config.yaml", "config/codebook.yaml",
        "raw/README.md", "raw/records.csv", "raw/screening.xlsx", "raw/charting.xlsx",
    }  # fmt: skip
    assert cli.main(["validate", str(folder)]) == 0


def test_the_starter_codebook_takes_a_review(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Plain rows under its headers have no errors; a wrong word has one, at its cell."""
    cli.main(["init", str(tmp_path)])
    _fill(tmp_path)
    capsys.readouterr()
    assert cli.main(["validate", str(tmp_path), "--format", "json"]) == 0
    (found,) = json.loads(capsys.readouterr().out)["reviews"]
    assert [item["rule"] for item in found["issues"] if item["severity"] != "note"] == ["table_empty"]  # no decisions
    book = openpyxl.load_workbook(tmp_path / "raw/charting.xlsx")
    column = next(cell.column for cell in book["findings"][1] if cell.value == "direction")
    book["findings"].cell(2, column).value = "benfit"
    book.save(tmp_path / "raw/charting.xlsx")
    assert cli.main(["validate", str(tmp_path)]) == 1
    assert "Did you mean 'benefit'?" in " ".join(capsys.readouterr().err.split())


FILLED: dict[str, list[dict[str, object]]] = {
    "votes": [
        {"record_id": record, "stage": stage, "reviewer": reviewer, "decision": "include"}
        for record in ("R1", "R2") for stage in ("title_abstract", "full_text") for reviewer in ("AB", "CD")
    ],
    "decisions": [],
    "reports": [
        {"report_id": "P1", "record_id": "R1", "study_id": "Ames2001", "retrieved": "yes"},
        {"report_id": "P2", "record_id": "R2", "study_id": "Bell2002", "retrieved": "yes"},
    ],
    "studies": [
        {"study_id": "Ames2001", "authors": "Ames", "year": 2001, "country": "Peru", "n": 30,
         "condition": "first condition; second condition", "design": "RCT", "controlled": "yes"},
        {"study_id": "Bell2002", "authors": "Bell", "year": 2002, "country": "Mali", "n": "NR",
         "condition": "other condition", "design": "survey", "controlled": "no"},
    ],
    "findings": [
        {"finding_id": "F1", "study_id": "Ames2001", "condition": "first condition", "outcome_domain": "function",
         "outcome_measure": "walk", "contrast": "vs comparator", "direction": "benefit", "p_value": "<0.05"},
        {"finding_id": "F2", "study_id": "Bell2002", "condition": "other condition", "outcome_domain": "QoL",
         "outcome_measure": "scale", "contrast": "pre-post", "direction": "unclear"},
    ],
    "harms": [
        {"study_id": "Ames2001", "arm": "intervention", "event": "nausea", "harms_status": "events",
         "n_events": 3, "n_exposed": 15},
        {"study_id": "Bell2002", "arm": "all", "harms_status": "not_reported"},
    ],
}  # fmt: skip


def _fill(folder: Path) -> None:
    """Fill the forms of a new review with a small one."""
    with (folder / "raw/records.csv").open("a", encoding="utf-8") as file:
        file.write("R1,database,PubMed,One,Ames,2001,10.1000/x,,\nR2,register,CT.gov,Two,Bell,2002,,,\n")
        file.write("R3,database,Embase,One,Ames,2001,,R1,\n")
    for name in ("screening", "charting"):
        book = openpyxl.load_workbook(folder / f"raw/{name}.xlsx")
        for sheet in book.worksheets:
            columns = {cell.value: cell.column for cell in sheet[1]}
            for number, row in enumerate(FILLED.get(sheet.title, []), start=2):
                for field, value in row.items():
                    sheet.cell(number, columns[field]).value = value  # type: ignore[union-attr]
        book.save(folder / f"raw/{name}.xlsx")


def test_init_never_overwrites(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One file in the way, and nothing is written; other files do not matter."""
    (tmp_path / "config").mkdir()
    (tmp_path / "notes.txt").write_text("mine", encoding="utf-8")
    (tmp_path / "config/config.yaml").write_text("mine", encoding="utf-8")
    assert cli.main(["init", str(tmp_path)]) == 2
    assert "config/config.yaml" in capsys.readouterr().err
    assert sorted(path.name for path in tmp_path.rglob("*") if path.is_file()) == ["config.yaml", "notes.txt"]
    assert cli.main(["init", str(tmp_path / "notes.txt")]) == 2
    (tmp_path / "config/config.yaml").unlink()
    assert cli.main(["init", str(tmp_path)]) == 0


HOOKS = Path(__file__).parents[1] / ".pre-commit-hooks.yaml"
ENVIRON = {
    **{name: value for name, value in os.environ.items() if not name.startswith(("GIT_", "GITHUB_"))},
    "PYTHONPATH": str(HOOKS.parent / "workflow"),
    "PYTHONUTF8": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
}


def _git(folder: Path, *call: str) -> "subprocess.CompletedProcess[str]":
    name = ["-c", "user.name=A", "-c", "user.email=a@example.org"]
    return subprocess.run(
        ["git", *name, *call], cwd=folder, env=ENVIRON, capture_output=True, encoding="utf-8", check=False
    )


def _with_hook(folder: Path) -> None:
    """A repository whose commits run the hook as pre-commit would: its command, with the changed files it is for."""
    (hook,) = yaml.safe_load(HOOKS.read_text(encoding="utf-8"))
    assert (hook["id"], hook["language"], hook["pass_filenames"]) == ("scopeline-validate", "python", True)
    program, *rest = hook["entry"].split()
    assert program == "scopeline"
    folder.mkdir(parents=True, exist_ok=True)
    _git(folder, "init", "-q")
    script = folder / ".git/hooks/pre-commit"
    script.parent.mkdir(exist_ok=True)
    script.write_text(
        f"#!{sys.executable}\n"
        "import re, subprocess, sys\n"
        "names = subprocess.run(['git', 'diff', '--cached', '--name-only', '--diff-filter=ACMRT', '-z'],"
        " capture_output=True, check=True).stdout.decode().split('\\0')\n"
        f"names = [name for name in names if re.search({hook['files']!r}, name)]\n"
        "if names:\n"
        f"    call = [sys.executable, '-m', 'scopeline', *{rest!r}, *names]\n"
        "    sys.exit(subprocess.run(call, check=False).returncode)\n",
        encoding="utf-8",
    )
    script.chmod(0o755)


@pytest.mark.skipif(sys.platform == "win32", reason="git for Windows runs hooks with a shell of its own")
def test_a_commit_with_a_wrong_cell_is_refused(tmp_path: Path) -> None:
    """The hook tells the cell; once it is mended, the commit goes through, and nothing that git keeps has changed."""
    _with_hook(tmp_path)
    review = _bad_review(tmp_path)
    (tmp_path / ".gitignore").write_text("results/\n", encoding="utf-8")
    _git(tmp_path, "add", ".")
    refused = _git(tmp_path, "commit", "-m", "charted")
    assert refused.returncode != 0
    assert "findings!E2" in refused.stdout + refused.stderr
    review.put("findings", "E2", "benefit")
    review.write()
    _git(tmp_path, "add", ".")
    assert _git(tmp_path, "commit", "-m", "charted").returncode == 0
    assert _git(tmp_path, "status", "--porcelain").stdout == ""


@pytest.mark.skipif(sys.platform == "win32", reason="git for Windows runs hooks with a shell of its own")
def test_the_hook_checks_the_reviews_that_a_commit_touches(tmp_path: Path) -> None:
    """Of two reviews in one repository only the changed one; a commit beside them checks none."""
    _with_hook(tmp_path)
    SmallReview(tmp_path / "reviews/good").write()
    _git(tmp_path, "add", "reviews/good")
    assert _git(tmp_path, "commit", "-m", "good").returncode == 0
    _bad_review(tmp_path / "reviews/bad")
    (tmp_path / "notes.md").write_text("x", encoding="utf-8")
    _git(tmp_path, "add", "notes.md")
    assert _git(tmp_path, "commit", "-m", "notes").returncode == 0
    assert not (tmp_path / "reviews/bad/results").exists()
    _git(tmp_path, "add", "reviews/bad/raw/charting.xlsx", "reviews/bad/config")
    assert _git(tmp_path, "commit", "-m", "bad").returncode != 0


def test_the_hook_passes_over_what_belongs_to_no_review(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Other folders called config or raw, inside or outside of a review, are none of its business."""
    _bad_review(tmp_path / "review")
    for name in ("src/config/a.py", "review/src/raw/b.csv", "review/raw.csv"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
        assert cli.main(["validate", "--hook", str(path)]) == 0
    assert cli.main(["validate", "--hook"]) == 0
    assert cli.main(["validate", "--hook", str(tmp_path / "review/raw/deleted.xlsx")]) == 1
    assert "findings!E2" in capsys.readouterr().err
