"""The command line: `scopeline validate [REVIEW]`. Exit status 0 = fine, 1 = the data have errors, 2 = the call is wrong."""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from . import __version__
from .errors import ConfigurationError, ScopelineError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status. What a user can cause is told in a sentence, never as a traceback."""
    parser = argparse.ArgumentParser(
        prog="scopeline", description="The spreadsheets of a scoping review, judged, counted and told."
    )
    parser.add_argument("--version", action="version", version=f"scopeline {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    validate = commands.add_parser("validate", help="say what is wrong in the spreadsheets, and in which cells")
    validate.add_argument(
        "review", nargs="?", default=".", help="the review's folder, with config/ and raw/ (default: here)"
    )
    chosen = parser.parse_args(arguments)
    try:
        return _validate(Path(chosen.review))
    except ScopelineError as problem:
        print(problem, file=sys.stderr)
        return problem.exit_status
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)
        return 130


def _validate(review: Path) -> int:
    """Judge a review's spreadsheets and write results/validation/, as the workflow does, without Snakemake."""
    if not review.is_dir():
        raise ConfigurationError(
            f"There is no folder {review}. Name the folder that holds the review's config/ and raw/."
        )
    os.chdir(review)
    from . import cells, codebook, rawfiles, settings, steps
    from .judgement import judge
    from .report.terminal import told

    book = codebook.load(Path("config/codebook.yaml"))
    chosen = settings.load(Path("config/config.yaml"), book)
    files = rawfiles.raw_files()
    passed_over = [(file.path, file.why) for file in files if file.kind is rawfiles.Kind.PASSED_OVER]
    books = [cells.read(Path(file.path)) for file in files if file.kind is not rawfiles.Kind.PASSED_OVER]
    found = judge(books, book, chosen, passed_over)
    steps.write_verdict(
        found,
        chosen,
        issues="results/validation/issues.csv",
        page="results/validation/index.html",
        summary="results/validation/summary.json",
    )
    print(told(found.issues), file=sys.stderr if found.counts["errors"] else sys.stdout)
    return 1 if found.counts["errors"] else 0


if __name__ == "__main__":
    sys.exit(main())
