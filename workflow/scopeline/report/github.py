"""What GitHub Actions shows of the issues: annotations at the files, and the summary of a job.

`commands` are lines that the runner reads from what a step prints; `summary` is Markdown, which is also written to
`results/validation/summary.md`. Only `announce` asks the environment and writes; it says nothing outside of GitHub.
Source: GitHub Docs, Workflow commands for GitHub Actions.
"""

import re
import secrets
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TextIO

from .. import text
from ..issue_rules import RULES
from ..issues import Issue, address, ordered
from ..terms import Severity

#: GitHub shows at most so many annotations of one level a step.
MOST_OF_A_LEVEL = 10
#: The summary lists at most so many issues, and so many files.
MOST_LISTED = 50
MOST_FILES = 50

_MARKS = {Severity.ERROR: "✕", Severity.WARNING: "!", Severity.NOTE: "i"}
_SIGNS = re.compile(r"([\\`*\[\]<>|#~$&@{}]|(?<!\w)_|_(?!\w)|(?<=:)//|(?<=www)\.)", re.IGNORECASE)
_MISTAKE = re.compile(r"^\s*(\S+\.ya?ml), line (\d+): (.+)$", re.MULTILINE)


def running(environ: Mapping[str, str]) -> bool:
    """Whether a runner of GitHub Actions reads what is printed."""
    return environ.get("GITHUB_ACTIONS", "").lower() == "true"


def commands(issues: Iterable[Issue], folder: str = "") -> list[str]:
    """Errors and warnings as `::error file=raw/charting.xlsx,line=12,col=6,title=…::message`, at most 10 of each level.

    Where there are more, every file has its first one before any file has its second, and the last one of a file says
    how many it leaves out; a last line tells how many there are in all. Notes are left to the summary. `folder` is the
    review's folder inside the repository.
    """
    listed = ordered(issues)
    lines: list[str] = []
    for severity in (Severity.ERROR, Severity.WARNING):
        same = [item for item in listed if item.severity == severity]
        chosen = _chosen(same)
        told = {id(item) for items in chosen.values() for item in items}
        left = [item.file for item in same if id(item) not in told]
        for file, items in chosen.items():
            for item in items:
                more = left.count(file) if item is items[-1] else 0
                lines.append(_command(item, folder, more))
        if left:
            counted = text.counted(len(same), severity)
            lines.append(f"{counted}, of which {len(told)} are annotations; the job summary says where the rest is.")
    return lines


def mistakes(sentence: str, folder: str = "") -> list[str]:
    """A mistake in the configuration as annotations at its lines, or as one without a place."""
    found = _MISTAKE.findall(sentence)[:MOST_OF_A_LEVEL]
    return [
        f"::error file={_property(_inside(folder, file))},line={line},title=Configuration::{_data(said)}"
        for file, line, said in found
    ] or [f"::error title=scopeline::{_data(sentence)}"]


def summary(issues: Iterable[Issue], *, title: str = "", problem: str = "") -> str:
    """The job summary as Markdown: counts by file, the first 50 issues, errors before warnings, and where the rest is.

    Nothing that stands in a cell can become markup. `problem` says why the spreadsheets could not be judged at all.
    """
    heading = f"## Spreadsheets: {_words(title, 200)}" if title else "## Spreadsheets"
    if problem:
        return "\n".join([heading, "", "The spreadsheets were not checked.", "", *_quoted(problem)]) + "\n"
    listed = ordered(issues)
    counted = Counter(item.severity for item in listed)
    counts = {severity: counted[severity] for severity in Severity}
    said = text.names(text.counted(n, severity) for severity, n in counts.items() if n) or "Nothing to mend"
    lines = [heading, "", f"**{said}.**"]
    if counts[Severity.ERROR]:
        lines[-1] += " The tables and the report are not made until the errors are mended."
    if listed:
        lines += ["", *_by_file(listed)]
    serious = [item for severity in (Severity.ERROR, Severity.WARNING) for item in listed if item.severity is severity]
    if serious:
        lines += ["", "| | where | what is wrong | what to do |", "| --- | --- | --- | --- |"]
        lines += [_line(item) for item in serious[:MOST_LISTED]]
    lines += ["", _rest(len(serious))]
    return "\n".join(lines) + "\n"


def announce(
    issues: Sequence[Issue], environ: Mapping[str, str], *, folder: str = "", title: str = "", problem: str = ""
) -> None:
    """On a runner of GitHub Actions print the annotations and add to the job summary; elsewhere do nothing."""
    if not running(environ):
        return
    for line in mistakes(problem, folder) if problem else commands(issues, folder):
        print(line)
    if page := environ.get("GITHUB_STEP_SUMMARY"):
        with Path(page).open("a", encoding="utf-8", newline="\n") as file:
            file.write(summary(issues, title=title or folder, problem=problem) + "\n")


def unheard(said: str, environ: Mapping[str, str], stream: TextIO) -> None:
    """Print text with words of a spreadsheet in it, so that no cell can give a runner of GitHub Actions a command.

    There it all goes to the standard output, because a runner may read the two streams in another order.
    """
    if not running(environ):
        print(said, file=stream)
        return
    token = secrets.token_hex(16)
    print(f"::stop-commands::{token}\n{said}\n::{token}::", flush=True)


def folder_of(review: Path, environ: Mapping[str, str]) -> str:
    """The review's folder inside the checked-out repository; "" where it is the repository itself or not known."""
    workspace = environ.get("GITHUB_WORKSPACE")
    try:
        inside = review.resolve().relative_to(Path(workspace).resolve()).as_posix() if workspace else ""
    except ValueError:
        return ""
    return "" if inside == "." else inside


def _chosen(same: Sequence[Issue]) -> dict[str, list[Issue]]:
    """File → the issues that are shown of it: one more of each file in turn, until there is no place left."""
    by_file: dict[str, list[Issue]] = {}
    for item in same:
        by_file.setdefault(item.file, []).append(item)
    shares = dict.fromkeys(by_file, 0)
    places = min(MOST_OF_A_LEVEL, len(same))
    while places:
        for file, items in by_file.items():
            if places and shares[file] < len(items):
                shares[file] += 1
                places -= 1
    return {file: items[: shares[file]] for file, items in by_file.items() if shares[file]}


def _command(item: Issue, folder: str, more: int) -> str:
    level = "error" if item.severity == Severity.ERROR else "warning"
    where = address("", item.sheet, item.cell).removeprefix(" › ")
    title = ": ".join(part for part in (where, RULES[item.rule].title if item.rule in RULES else item.rule) if part)
    places = {"file": _inside(folder, item.file), "line": str(item.row or 1)}
    if item.column is not None:
        places["col"] = str(item.column + 1)
    said = f"{item.message} {item.suggestion}".strip()
    if more:
        said += f"\n{more:,} more of this file are not shown here."
    named = ",".join(f"{name}={_property(value)}" for name, value in {**places, "title": title}.items())
    return f"::{level} {named}::{_data(said)}"


def _inside(folder: str, file: str) -> str:
    return f"{folder}/{file}" if folder else file


def _data(said: str) -> str:
    return text.clean(said).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(value: str) -> str:
    return _data(value).replace(":", "%3A").replace(",", "%2C")


def _by_file(listed: Sequence[Issue]) -> list[str]:
    counts: dict[str, Counter[Severity]] = {}
    for (file, severity), n in Counter((item.file, item.severity) for item in listed).items():
        counts.setdefault(file, Counter())[severity] = n
    lines = ["| file | errors | warnings | notes |", "| --- | ---: | ---: | ---: |"]
    for file, of_file in list(counts.items())[:MOST_FILES]:
        cells = [_words(file, 200), *(f"{of_file[severity]:,}" for severity in Severity)]
        lines.append(f"| {' | '.join(cells)} |")
    if len(counts) > MOST_FILES:
        lines.append(f"| and {text.counted(len(counts) - MOST_FILES, 'more file')} | | | |")
    return lines


def _line(item: Issue) -> str:
    cells = (f"{_MARKS[item.severity]} {item.severity}", item.place, item.message, item.suggestion)
    return "| " + " | ".join(_words(cell, 300) for cell in cells) + " |"


def _rest(serious: int) -> str:
    page, table = "results/validation/index.html", "results/validation/issues.csv"
    listed = f"All of them, with the rows around them: `{page}`; as a table: `{table}`."
    return f"… and {serious - MOST_LISTED:,} more. {listed}" if serious > MOST_LISTED else listed


def _words(value: str, most: int) -> str:
    """Text on one line in which no sign means anything to Markdown."""
    return _SIGNS.sub(lambda sign: "".join("\\" + each for each in sign[0]), text.shortened(value, most))


def _quoted(sentence: str) -> list[str]:
    return [f"> {_words(line, 500)}  " for line in sentence.splitlines()]
