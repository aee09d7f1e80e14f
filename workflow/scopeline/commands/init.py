"""`scopeline init`: begin a review, as a folder with a codebook, settings and empty forms that work as they are."""

import csv
import io
import shlex
from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import ConfigurationError

if TYPE_CHECKING:
    from ..codebook import Codebook

_STARTER = Path(__file__).parents[1] / "starter"
#: A file of the new review → the file of ours that it begins as.
_COPIED = {
    "config/config.yaml": "config/config.yaml",
    "config/codebook.yaml": "config/codebook.yaml",
    "raw/README.md": "raw/README.md",
    ".gitignore": "gitignore",
}
#: An empty workbook of the new review → the tables that get a sheet in it.
_FORMS = {
    "raw/screening.xlsx": ("votes", "decisions", "reports"),
    "raw/charting.xlsx": ("studies", "findings", "harms"),
}


def add(subparsers: Any) -> None:
    """Add `init` to the command line."""
    parser = subparsers.add_parser(
        "init",
        help="begin a review: a folder with config/ and raw/",
        description="Begin a review: write a codebook, settings and empty spreadsheets into a folder. They work as "
        "they are and are meant to be changed. Nothing that is there already is altered.",
        allow_abbrev=False,
    )
    parser.add_argument("folder", metavar="DIR", help="the review's folder; it is made if it is not there")
    parser.set_defaults(run=run)


def run(chosen: Namespace) -> int:
    """Write the files of a new review. Raises ConfigurationError, before writing any, where one is there already."""
    folder = Path(chosen.folder)
    files = new_files()
    if folder.exists() and not folder.is_dir():
        raise ConfigurationError(f"{folder} is a file. Name a folder for the review.")
    there = [name for name in files if (folder / name).exists()]
    if there:
        raise ConfigurationError(
            f"{folder} holds {', '.join(there)} already, and nothing was written. Name a new folder, or move "
            f"{'it' if len(there) == 1 else 'them'} away."
        )
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        with (folder / name).open("xb") as file:
            file.write(content)
    print(_next(folder, list(files)))
    return 0


def new_files() -> dict[str, bytes]:
    """Every file of a new review, by its path inside, with its bytes."""
    from .. import codebook, forms

    book = codebook.load(_STARTER / "config/codebook.yaml")
    files = {name: (_STARTER / source).read_bytes() for name, source in _COPIED.items()}
    files["raw/records.csv"] = _header(book, "records")
    for name, tables in _FORMS.items():
        files[name] = forms.form(book, tables, examples=False)
    return files


def _header(book: "Codebook", table: str) -> bytes:
    line = io.StringIO()
    csv.writer(line, lineterminator="\n").writerow([field.name for field in book.tables[table].fields])
    return line.getvalue().encode("utf-8")


def _next(folder: Path, names: list[str]) -> str:
    program = f"snakemake --cores 4 --directory {shlex.quote(str(folder.resolve()))}"
    return "\n".join(
        [
            f"{'This folder' if folder == Path() else folder} is a review now: {', '.join(sorted(names))}.",
            "",
            "Next:",
            f"  1. {folder / 'config/config.yaml'}: the title, and how many reviewers vote",
            f"  2. {folder / 'config/codebook.yaml'}: conditions, outcomes, reasons for exclusion, what is charted",
            "  3. the empty forms once more, with the words of your codebook:",
            *(f"     {_again(folder, name, tables)}" for name, tables in _FORMS.items()),
            f"  4. {folder / 'raw'}: fill in the spreadsheets, or put your own there",
            f"  5. scopeline validate {shlex.quote(str(folder))}",
            f"  6. {program}    (in the folder of scopeline)",
        ]
    )


def _again(folder: Path, name: str, tables: Sequence[str]) -> str:
    """The call that makes an empty form anew after the codebook has changed."""
    review = "" if folder == Path() else f" {shlex.quote(str(folder))}"
    return f"scopeline template{review} --tables {','.join(tables)} --out {shlex.quote(str(folder / name))}"
