"""What GitHub Actions shows: annotations at the files, the summary of the job, and the workflow that a team copies."""

import os
import random
import re
import stat
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st
from scopeline.issues import Issue, issue
from scopeline.report import github
from small_review import SmallReview

RUNNER = {"GITHUB_ACTIONS": "true"}


def _wrong(row: int = 12, file: str = "raw/charting.xlsx", value: str = "x", rule: str = "not_number") -> Issue:
    return issue(rule, file, sheet="findings", row=row, column=5, key=f"F{row}", value=value, label="'direction'")


def _parsed(line: str) -> tuple[str, dict[str, str], str]:
    """A command as the runner takes it apart."""
    match = re.fullmatch(r"::(\w+) ?([^:]*)::(.*)", line)
    assert match, line
    named = dict(part.split("=", 1) for part in match[2].split(","))
    return match[1], {name: _unescaped(value) for name, value in named.items()}, _unescaped(match[3])


def _unescaped(value: str) -> str:
    for code, sign in (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%")):
        value = value.replace(code, sign)
    return value


def test_an_annotation_stands_at_its_file_row_and_column() -> None:
    """The cell stands in the title too, because a workbook has no lines."""
    assert github.commands([_wrong()]) == [
        "::error file=raw/charting.xlsx,line=12,col=6,title=findings!F12%3A Not a number"
        "::'x' is not a number; 'direction' needs one."
    ]


def test_a_review_in_a_subfolder_is_annotated_in_the_repository() -> None:
    """GitHub looks for files from the top of the repository."""
    assert github.commands([_wrong()], "reviews/pain")[0].startswith("::error file=reviews/pain/raw/charting.xlsx,")


def test_warnings_are_warnings_and_notes_are_left_to_the_summary() -> None:
    """A note asks for nothing, so it takes no place from what does."""
    found = [_wrong(rule="value_twice"), _wrong(rule="spelling_normalised")]
    assert [_parsed(line)[0] for line in github.commands(found)] == ["warning"]


@given(st.text(max_size=60), st.text(max_size=20))
@example("100%\r\n::error::x", "a:b,c%2C")
def test_no_cell_can_end_or_begin_a_command(value: str, name: str) -> None:
    """A command is one line, and the runner reads from it what was meant."""
    found = issue("not_number", f"raw/{name}.csv", sheet=name, row=2, column=1, value=value, label="'n'")
    (line,) = github.commands([found])
    assert len(line.splitlines()) == 1 or not re.search(r"[\r\n]", line)
    level, named, said = _parsed(line)
    assert (level, named["line"], named["col"]) == ("error", "2", "2")
    assert said.startswith("'")


def test_of_many_issues_every_file_has_its_first_and_the_rest_is_counted() -> None:
    """GitHub shows ten of a level; one bad file may not hide the others."""
    many = [_wrong(row) for row in range(2, 302)]
    few = [_wrong(row, f"raw/{name}.xlsx") for name in ("first", "second", "third") for row in (5, 9)]
    shuffled = [*many, *few]
    random.Random(2).shuffle(shuffled)  # noqa: S311 - an order, not a secret
    lines = github.commands(shuffled)
    commands = [_parsed(line) for line in lines if line.startswith("::")]
    assert len(commands) == github.MOST_OF_A_LEVEL
    by_file: dict[str, list[str]] = {}
    for _, named, said in commands:
        by_file.setdefault(named["file"], []).append(said)
    assert {file: len(said) for file, said in by_file.items()} == {
        "raw/charting.xlsx": 4,
        "raw/first.xlsx": 2,
        "raw/second.xlsx": 2,
        "raw/third.xlsx": 2,
    }
    assert by_file["raw/charting.xlsx"][-1].endswith("\n296 more of this file are not shown here.")
    assert lines[-1] == "306 errors, of which 10 are annotations; the job summary says where the rest is."


def test_more_files_than_annotations_are_counted_too() -> None:
    """Ten files have one each; the last line counts all."""
    lines = github.commands([_wrong(2, f"raw/{number:02}.csv") for number in range(25)])
    assert sum(line.startswith("::error ") for line in lines) == 10
    assert lines[-1].startswith("25 errors, of which 10")


def test_a_mistake_in_the_configuration_is_annotated_at_its_line() -> None:
    """Each mistake has its own; a sentence without a line is told as it is."""
    lines = ("config/config.yaml, line 2: 'a' is wrong.", "config/config.yaml, line 7: so.")
    told = "\n  ".join(["config/config.yaml has 2 mistakes:", *lines])
    assert github.mistakes(told) == [
        "::error file=config/config.yaml,line=2,title=Configuration::'a' is wrong.",
        "::error file=config/config.yaml,line=7,title=Configuration::so.",
    ]
    assert github.mistakes("There is no folder x.") == ["::error title=scopeline::There is no folder x."]


def test_the_summary_counts_by_file_lists_the_first_and_says_where_the_rest_is() -> None:
    """Fifty issues, errors before warnings."""
    warning = _wrong(1, "raw/a.csv", rule="value_twice")
    page = github.summary([warning, *(_wrong(row) for row in range(2, 102))], title="Pain")
    assert page.startswith("## Spreadsheets: Pain\n\n**100 errors and 1 warning.**")
    assert "| raw/a.csv | 0 | 1 | 0 |\n| raw/charting.xlsx | 100 | 0 | 0 |\n" in page
    listed = [line for line in page.splitlines() if line.startswith(("| ✕", "| !"))]
    assert len(listed) == github.MOST_LISTED
    assert listed[0].startswith("| ✕ error | raw/charting.xlsx › findings!F2 | 'x' is not a number;")
    assert "… and 51 more." in page
    assert "results/validation/index.html" in page


def test_a_good_review_has_a_summary_too() -> None:
    """Nothing to mend is said, not left out."""
    assert "**Nothing to mend.**" in github.summary([], title="Pain")


def test_the_summary_of_a_great_review_stays_within_what_github_takes() -> None:
    """One MiB a step, however long the cells and however many the files."""
    many = [_wrong(row, f"raw/{row:05}.csv", value="<b>|" * 5000) for row in range(2, 3000)]
    assert len(github.summary(many).encode()) < 200_000


@given(st.text(max_size=60))
@example("<img src=x> | [a](b) `c` **d** _e_ ~f~ #g $h$ @i www.j.k https://l.m &amp; \\")
def test_no_cell_becomes_markup_in_the_summary(value: str) -> None:
    """A cell of the table is one line, its bars and tags are escaped."""
    page = github.summary([_wrong(value=value)])
    (line,) = [line for line in page.splitlines() if line.startswith("| ✕")]
    assert len(re.findall(r"(?<!\\)(?:\\\\)*\|", line)) == 5
    assert not re.search(r"(?<!\\)(?:\\\\)*[<`*\[@$~#]", line.replace("✕", ""))


def test_nothing_is_told_outside_of_github(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A summary file without a runner is nobody's."""
    page = tmp_path / "summary.md"
    github.announce([_wrong()], {"GITHUB_STEP_SUMMARY": str(page)})
    assert capsys.readouterr().out == ""
    assert not page.exists()


def test_the_summary_of_a_job_is_added_to(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Another step's words stay."""
    page = tmp_path / "summary.md"
    page.write_text("# Before\n", encoding="utf-8")
    github.announce([_wrong()], {**RUNNER, "GITHUB_STEP_SUMMARY": str(page)}, title="Pain")
    assert capsys.readouterr().out.startswith("::error file=raw/charting.xlsx,line=12,col=6,")
    assert page.read_text(encoding="utf-8").startswith("# Before\n## Spreadsheets: Pain\n")


def test_words_of_a_cell_are_no_commands(capsys: pytest.CaptureFixture[str]) -> None:
    """The runner is told to stop reading commands until a word that no cell can know."""
    for _ in range(2):
        github.unheard("  ::add-mask::a", RUNNER, sys.stderr)
    first, second = re.findall(r"^::stop-commands::(\w{32})\n  ::add-mask::a\n::\1::\n", capsys.readouterr().out, re.M)
    assert first != second


COPIED = Path(__file__).parents[1] / "docs/validate-your-review.yml"


def _steps() -> list[dict[str, object]]:
    (job,) = yaml.safe_load(COPIED.read_text(encoding="utf-8"))["jobs"].values()
    return job["steps"]


def _simulated(folder: Path, tmp_path: Path) -> tuple[list[int], str, str, str]:
    """Run the shell steps after the installation as a runner does: statuses, what was printed, summary, outputs."""
    shim = tmp_path / "bin/scopeline"
    shim.parent.mkdir()
    shim.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m scopeline "$@"\n', encoding="utf-8")
    shim.chmod(shim.stat().st_mode | stat.S_IEXEC)
    page, outputs = tmp_path / "summary", tmp_path / "outputs"
    outputs.touch()
    environ = {
        **os.environ,
        **RUNNER,
        "GITHUB_WORKSPACE": str(folder),
        "GITHUB_STEP_SUMMARY": str(page),
        "GITHUB_OUTPUT": str(outputs),
        "PATH": f"{shim.parent}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(COPIED.parents[1] / "workflow"),
        "PYTHONUTF8": "1",
    }
    statuses, printed = [], ""
    for step in _steps():
        if "run" in step and step.get("name") != "Install scopeline":
            done = subprocess.run(
                ["bash", "-e", "-o", "pipefail", "-c", str(step["run"])],
                cwd=folder,
                env=environ,
                capture_output=True,
                encoding="utf-8",
                check=False,
            )
            statuses.append(done.returncode)
            printed += done.stdout + done.stderr
    return statuses, printed, page.read_text(encoding="utf-8"), outputs.read_text(encoding="utf-8")


@pytest.mark.skipif(sys.platform == "win32", reason="the workflow's shell is that of Linux")
def test_the_copied_workflow_tells_of_a_wrong_cell(tmp_path: Path) -> None:
    """It fails, annotates the cell, writes the summary, and leaves the files that the next steps upload."""
    review = SmallReview(tmp_path / "review")
    review.put("findings", "E2", "benfit")
    review.write()
    statuses, printed, page, outputs = _simulated(review.folder, tmp_path)
    assert statuses == [1, 0]
    assert "\n::error file=raw/charting.xlsx,line=2,col=5,title=findings!E2%3A Not an allowed value::" in printed
    assert "raw/charting.xlsx › findings!E2" in page
    assert outputs == "sarif=yes\n"
    steps = {str(step.get("uses", "")).partition("@")[0]: step for step in _steps()}
    sarif = steps["github/codeql-action/upload-sarif"]["with"]
    artifact = steps["actions/upload-artifact"]["with"]
    assert (review.folder / sarif["sarif_file"]).is_file()  # type: ignore[index]
    assert (review.folder / artifact["path"] / "index.html").is_file()  # type: ignore[index]


@pytest.mark.skipif(sys.platform == "win32", reason="the workflow's shell is that of Linux")
def test_the_copied_workflow_tells_of_a_mistake_in_the_configuration(tmp_path: Path) -> None:
    """Nothing is uploaded then, so no alert is closed by a review that was not checked."""
    review = SmallReview(tmp_path / "review")
    review.config = "review:\n  titel: x\n"
    review.write()
    statuses, printed, page, outputs = _simulated(review.folder, tmp_path)
    assert statuses == [2, 0]
    assert "\n::error file=config/config.yaml,line=2,title=Configuration::" in printed
    assert "did you mean 'title'?" in page
    assert outputs == ""


def test_the_copied_workflow_may_do_no_more_than_it_needs() -> None:
    """It runs at every push, reads the contents, and writes alerts."""
    whole = yaml.safe_load(COPIED.read_text(encoding="utf-8"))
    assert "push" in whole[True]  # YAML 1.1 reads the key `on` as true
    assert whole["permissions"] == {"contents": "read", "security-events": "write", "actions": "read"}
    assert all("@" in step["uses"] for step in _steps() if "uses" in step)  # type: ignore[operator]
