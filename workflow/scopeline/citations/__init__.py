"""Reads every export of citations that is no spreadsheet into addressed cells: RIS, nbib, BibTeX, EndNote, XML, HTML.

One record is one row, under headers that are the same for every format (`table.HEADERS`), and keeps the line of the
file on which it begins. What a format holds beside them keeps its own tag as header, so that nothing is lost: screening
tools keep votes and labels in fields that no standard foresaw.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from .decoding import with_guess
from .faults import Unreadable
from .recognition import form_of

if TYPE_CHECKING:
    from .. import cells

__all__ = ["Citations", "Unreadable", "form_of", "read", "sheets"]


@dataclass
class Citations:
    """What a file holds: its form, a sheet of its records (of HTML one a table), and each record that cannot be read.

    `faults` are (line of the file from 1, what is wrong). The records that a file begins are its rows and its faults
    together; none is lost in silence. `encoding` is what the text was read as where that was guessed, else "".
    """

    form: str
    sheets: "list[cells.Sheet]" = field(default_factory=list)
    faults: list[tuple[int, str]] = field(default_factory=list)
    encoding: str = ""


def read(path: Path, text: str | None = None) -> Citations:
    """Read a file of citations; `text` stands in for its content where it is at hand.

    Raises `Unreadable` for a file that is empty, of no known form, or holds nothing that can be read.
    """
    if text is None:
        try:
            data = path.read_bytes()
        except OSError as problem:
            raise Unreadable(
                f"The file cannot be opened ({problem.strerror}).",
                "Close it in other programs and check that you may read it.",
            ) from None
    else:
        data = text.encode("utf-8", "replace")
    if not data.strip():
        raise Unreadable("The file is empty.", "Export or save it again.")
    form = form_of(data[:65_536], path.suffix)
    if not form:
        raise Unreadable(
            "The file is not an export of citations that can be read.",
            "Export the records again as RIS, PubMed (nbib), BibTeX or EndNote XML.",
        )
    content, guess = with_guess(data, form)
    found, faults = _reader(form)(content)
    return Citations(form, found, sorted(faults), guess)


def sheets(path: Path, text: str | None = None) -> "list[cells.Sheet]":
    """The sheets of `read` alone, for whoever has no use for the records that cannot be read."""
    return read(path, text).sheets


def _reader(form: str) -> "Callable[[str], tuple[list[cells.Sheet], list[tuple[int, str]]]]":
    if form == "bibtex":
        from . import bibtex

        return bibtex.read
    if form in ("endnote_xml", "pubmed_xml"):
        from . import xml_records

        return xml_records.read_endnote if form == "endnote_xml" else xml_records.read_pubmed
    if form == "html":
        from . import html_tables

        return html_tables.read
    from . import tagged

    return lambda text: tagged.read(text, form)
