"""The review in the current folder, read and judged as the workflow does: what several commands begin with."""

from dataclasses import dataclass
from pathlib import Path

from .. import cells, codebook, judgement, judgement_files, rawfiles, settings
from ..cells import Book
from ..codebook import Codebook
from ..judgement import Judgement
from ..mapping import MappingError
from ..settings import Settings


@dataclass(frozen=True)
class Judged:
    """What was read, and the verdict on it; `last` are the records of the review when it last passed."""

    verdict: Judgement
    books: list[Book]
    codebook: Codebook
    settings: Settings
    last: list[str]


def judged() -> Judged:
    """Read config/ and raw/ of the current folder and judge them; raises ConfigurationError for a wrong configuration.

    What is wrong with the spreadsheets is in the verdict and raises nothing.
    """
    book = codebook.load(Path("config/codebook.yaml"))
    chosen = settings.load(Path("config/config.yaml"), book)
    passed_over = [(file.path, file.why) for file in rawfiles.raw_files() if file.kind is rawfiles.Kind.PASSED_OVER]
    books = [cells.read(Path(file.path)) for file in rawfiles.read_files().values()]
    last = judgement_files.last_records()
    try:
        verdict = judgement.judge(books, book, chosen, passed_over, last)
    except MappingError as fault:
        raise fault.at(Path("config/config.yaml")) from None
    return Judged(verdict, books, book, chosen, last)
