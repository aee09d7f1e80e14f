"""`scopeline map`: propose how a spreadsheet is mapped, as text for config/config.yaml."""

from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import ConfigurationError, DataError

if TYPE_CHECKING:
    from ..cells import Book
    from ..codebook import Codebook

_STARTER = Path(__file__).parents[1] / "starter/config/codebook.yaml"


def add(subparsers: Any) -> None:
    """Add `map` to the command line."""
    parser = subparsers.add_parser(
        "map",
        help="propose how a spreadsheet is mapped to the review's tables",
        description="Look at the headers and values of a spreadsheet and propose an entry for `sources:` in "
        "config/config.yaml. Paste it there, answer the lines with a question mark, and run `scopeline validate`.",
        allow_abbrev=False,
    )
    parser.add_argument("file", metavar="FILE", help="the spreadsheet, in raw/ of a review or anywhere else")
    parser.add_argument("--table", metavar="NAME", help="the table that it should make; guessed if not given")
    parser.set_defaults(run=run)


def run(chosen: Namespace) -> int:
    """Print the proposal. Raises DataError for a file that cannot be read, ConfigurationError for an unknown table."""
    from .. import cells, codebook
    from ..mapping import near
    from ..sources.proposing import propose

    path = Path(chosen.file)
    review = next((folder for folder in path.resolve().parents if (folder / "config/codebook.yaml").is_file()), None)
    where = review / "config/codebook.yaml" if review else _STARTER
    words = codebook.load(where)
    if chosen.table is not None and chosen.table not in words.tables:
        raise ConfigurationError(f"The codebook has no table '{chosen.table}'{near(chosen.table, words.tables)}")
    raw = review / "raw" if review else None
    inside = raw is not None and path.resolve().is_relative_to(raw)
    name = path.resolve().relative_to(raw).as_posix() if inside and raw is not None else path.name
    book = cells.read(path, f"raw/{name}")
    if book.fault is not None:
        raise DataError(f"{path}: {book.fault.message} {book.fault.suggestion}".strip())
    whose = "the codebook of this review" if review else "the codebook that a new review begins with"
    print(f"# {path.name} and {whose}.")
    if not inside:
        print("# The file does not stand in raw/ of a review; put it there.")
    for line in _unmapped(book, words):
        print(f"# {line}")
    print("# Paste this into config/config.yaml. Lines with ? want an answer.\n")
    print(propose(book, words, chosen.table), end="")
    return 0


def _unmapped(book: "Book", words: "Codebook") -> list[str]:
    """What the file would be taken for without a mapping."""
    from ..settings import SourceSetting
    from ..sources.adapter import Context
    from ..sources.recognition import recognise

    setting = SourceSetting()
    found = recognise(book, Context(words, setting, {book.file: book}))
    told = []
    for taken in found.taken:
        tables = ", ".join(dict.fromkeys(rows.place.table for rows in taken.rows)) or "no table"
        sheet = f"sheet {' '.join(taken.sheet.split())} is" if taken.sheet else "it is"
        told.append(f"Without a mapping {sheet} read as {taken.title}: {tables}.")
    return told or ["Without a mapping it is not recognised as anything."]
