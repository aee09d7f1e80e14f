"""`scopeline validate`: judge the spreadsheets of a review, or of several, without Snakemake."""

import argparse
import contextlib
import gc
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .. import __version__
from ..errors import ConfigurationError
from .ending import STOPPED, ending

if TYPE_CHECKING:
    from ..issues import Issue

FORMATS = ("text", "json", "sarif", "junit", "github")
#: Where the files of the verdict go, inside the review's folder.
OUTPUT = "results/validation"

_ABOUT = """\
Check the spreadsheets of a review against its codebook: every cell, every
row, every table. The spreadsheets are never altered. What is wrong is
written to results/validation/ in the review's folder: index.html to read,
issues.csv as a table, and issues.sarif, issues.junit.xml and summary.md for
other programs.
"""
_EPILOG = """\
examples:
  scopeline validate                      the review in this folder
  scopeline validate ../my-review         another one
  scopeline validate raw/charting.xlsx    the review that this file belongs to
  scopeline validate --format sarif > issues.sarif

exit status, of several reviews the highest:
  0  no errors, though there may be warnings
  1  the spreadsheets have errors
  2  the call or the configuration is wrong
"""


@dataclass(frozen=True)
class Outcome:
    """What one review came to. `folder` is its folder as seen from where the command was called; "" for that folder."""

    folder: str
    status: int
    title: str = ""
    issues: "list[Issue]" = field(default_factory=list)
    files: list[dict[str, Any]] = field(default_factory=list)
    page: str = ""
    problem: str = ""


def add(subparsers: Any) -> None:
    """Add `validate` to the command line."""
    parser = subparsers.add_parser(
        "validate",
        help="say what is wrong in the spreadsheets, and in which cells",
        description=_ABOUT,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument(
        "reviews",
        nargs="*",
        metavar="REVIEW",
        help="a review's folder, or any file or folder inside it (default: here); each review is checked once",
    )
    parser.add_argument(
        "--format",
        choices=FORMATS,
        default="text",
        help="what to print: text for people (default), or one document for another program",
    )
    parser.add_argument("--quiet", action="store_true", help="print no text for people; the exit status tells")
    parser.add_argument(
        "--output",
        metavar="DIR",
        help=f"write the files there, seen from here (default: {OUTPUT} in the review's folder)",
    )
    parser.add_argument(
        "--hook",
        action="store_true",
        help="as pre-commit calls it: REVIEW are changed files, and those that belong to no review are passed over",
    )
    parser.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Judge every review that was named, tell it in the form that was asked for, and return the highest exit status."""
    gc.disable()  # millions of cells are made, none of them in a circle, and the process ends with the command
    folders = reviews(chosen.reviews, hook=chosen.hook)
    if chosen.output is not None and len(folders) > 1:
        raise ConfigurationError(
            f"--output takes the files of one review, and these are {len(folders)}. Leave it out, or name one review."
        )
    outcomes: list[Outcome] = []
    for folder in folders:
        outcomes.append(_judged(folder, chosen.output))
        if outcomes[-1].status == STOPPED:
            break
    if chosen.format != "text":
        _print_document(_document(outcomes, chosen.format))
    elif not chosen.quiet:
        _tell(outcomes)
    if chosen.format != "text" or chosen.quiet:
        for problem in (outcome.problem for outcome in outcomes if outcome.problem):
            print(problem, file=sys.stderr)
    return max((outcome.status for outcome in outcomes), default=0)


def reviews(named: Sequence[str], *, hook: bool = False) -> list[Path]:
    """The folders of the reviews that the paths belong to, each once, in the order of the first path of each.

    A review is the nearest folder at or above a path that holds config/codebook.yaml. A folder that has config/ or raw/
    is a review itself, whatever else it lacks. Raises ConfigurationError for a path that belongs to none. With `hook`,
    such a path is passed over, and so is a file that is neither in config/ nor in raw/.
    """
    found: dict[Path, None] = {}
    for name in named or ([] if hook else ["."]):
        path = _whole(name)
        review = _review_above(path)
        if hook:
            if review and path.is_relative_to(review) and path.relative_to(review).parts[:1] in (("config",), ("raw",)):
                found[review] = None
            continue
        if not path.exists():
            raise ConfigurationError(
                f"There is no folder or file {name}. Name the folder that holds the review's config/ and raw/."
            )
        if path.is_dir() and any((path / part).is_dir() for part in ("config", "raw")):
            review = path
        if review is None:
            raise ConfigurationError(
                f"{'This folder' if name == '.' else name} belongs to no review: it has no config/codebook.yaml, "
                "nor has a folder above it. `scopeline init DIR` begins a review."
            )
        found[review] = None
    return list(found)


def _review_above(path: Path) -> Path | None:
    return next((folder for folder in (path, *path.parents) if (folder / "config/codebook.yaml").is_file()), None)


def _judged(review: Path, output: str | None) -> Outcome:
    """Judge one review and write its files. Whatever stops it is an outcome too: the others are still judged."""
    folder = _seen_from_here(review)
    target = _whole(output) if output is not None else review / OUTPUT
    page = _seen_from_here(target / "index.html")
    with contextlib.chdir(review):
        try:
            return _judge(folder, review, target, page)
        except (Exception, KeyboardInterrupt) as fault:
            status, sentence = ending(fault)
            return Outcome(folder, status, problem=sentence)


def _judge(folder: str, review: Path, target: Path, page: str) -> Outcome:
    """As the workflow does: read, judge, write. The current folder is the review's."""
    from .. import conservation, judgement_files
    from ..report.machines import NAMES
    from .judged import judged

    for kept in ("raw", "config"):
        if target.resolve().is_relative_to((review / kept).resolve()):
            raise ConfigurationError(
                f"Nothing is written into {kept}/ of a review. Name another folder after --output."
            )
    today = judged()
    found = today.verdict
    judgement_files.write(
        found,
        today.books,
        today.settings,
        issues=str(target / "issues.csv"),
        page=str(target / "index.html"),
        summary=str(target / "summary.json"),
        waivers=str(target / "waivers.csv"),
        quarantined=str(target / "quarantine.csv"),
        accounts=[str(target / name) for name in conservation.NAMES],
        machines=[str(target / name) for name in NAMES],
    )
    if len(found.charted.conflicts):
        conflicts, to_settle = target / "charting_conflicts.csv", target / "conflicts_to_settle.xlsx"
        judgement_files.write_conflicts(found, today.codebook, conflicts=str(conflicts), to_settle=str(to_settle))
    status = 1 if found.counts["errors"] else 0
    return Outcome(folder, status, today.settings.review.title, list(found.issues), list(found.files), page)


def _tell(outcomes: Sequence[Outcome]) -> None:
    """Print the text for people; on GitHub also the annotations, and add to the job summary."""
    from ..report import github
    from ..report.terminal import told

    for place, outcome in enumerate(outcomes):
        said = outcome.problem or told(outcome.issues, page=outcome.page)
        if len(outcomes) > 1:
            said = f"{chr(10) if place else ''}In {outcome.folder or 'this folder'}:\n{said}"
        github.unheard(said, os.environ, sys.stderr if outcome.status else sys.stdout)
        folder = github.folder_of(Path(outcome.folder or "."), os.environ)
        github.announce(outcome.issues, os.environ, folder=folder, title=outcome.title, problem=outcome.problem)


def _document(outcomes: Sequence[Outcome], form: str) -> str:
    """All outcomes as one document. Files are named as seen from where the command was called, but in json."""
    from ..report import github
    from ..report.junit import junit
    from ..report.sarif import sarif

    if form == "json":
        about = {"scopeline": __version__, "reviews": [_plain(outcome) for outcome in outcomes]}
        return json.dumps(about, ensure_ascii=False, indent=1) + "\n"
    if form == "github":
        lines: list[str] = []
        for outcome in outcomes:
            folder = github.folder_of(Path(outcome.folder or "."), os.environ) or outcome.folder
            lines += (
                github.mistakes(outcome.problem, folder) if outcome.problem else github.commands(outcome.issues, folder)
            )
        return "".join(f"{line}\n" for line in lines)
    issues = [replace(item, file=_inside(outcome.folder, item.file)) for outcome in outcomes for item in outcome.issues]
    problems = [outcome.problem for outcome in outcomes if outcome.problem]
    if form == "sarif":
        return sarif(issues, problems=problems)
    files = [{**file, "file": _inside(outcome.folder, file["file"])} for outcome in outcomes for file in outcome.files]
    return junit(issues, files, problems=problems)


def _plain(outcome: Outcome) -> dict[str, Any]:
    """One outcome for json: issues with the columns of issues.csv, files named as there."""
    from ..issues import COLUMNS
    from ..terms import Severity

    return {
        "review": outcome.folder or ".",
        "title": outcome.title,
        "status": outcome.status,
        "problem": outcome.problem,
        **{f"{severity}s": sum(item.severity == severity for item in outcome.issues) for severity in Severity},
        "files": outcome.files,
        "issues": [{name: str(getattr(item, name)) for name in COLUMNS} for item in outcome.issues],
    }


def _print_document(document: str) -> None:
    """Print a document as its readers expect it on every system: in UTF-8, with plain line ends."""
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(encoding="utf-8", newline="\n")
    sys.stdout.write(document)


def _whole(name: str) -> Path:
    """A path from the root. Links are not followed: raw/ may be one, and its files belong to the review."""
    return Path(os.path.abspath(name))  # noqa: PTH100 - resolve() follows links


def _inside(folder: str, file: str) -> str:
    return f"{folder}/{file}" if folder else file


def _seen_from_here(path: Path) -> str:
    """A path relative to the current folder, with `/`; "" for the folder itself; whole where there is no way to it."""
    try:
        seen = Path(os.path.relpath(path)).as_posix()
    except ValueError:  # another drive
        seen = path.as_posix()
    return "" if seen == "." else seen
