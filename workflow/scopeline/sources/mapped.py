"""Reads sheets as the configuration maps them."""

from ..cells import Book
from ..settings import SourceSetting
from .adapter import Context
from .taken import Taken


def take(book: Book, setting: SourceSetting, ctx: Context) -> tuple[list[Taken], set[str]]:
    """What the mapped sheets of a book were taken for, and the names of the sheets that were read."""
    return [], set()
