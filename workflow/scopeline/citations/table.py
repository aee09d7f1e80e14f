"""The headers that all formats share, and the sheet that their records become."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from .values import year_of

if TYPE_CHECKING:
    from .. import cells

#: The headers in their order; a sheet has those that its file fills, and after them the file's own tags.
HEADERS = (
    *("record_type", "id", "title", "authors", "year", "journal", "volume", "issue", "pages", "doi", "pmid", "pmcid"),
    *("issn_isbn", "abstract", "keywords", "language", "publisher", "url", "database", "accession_number", "date"),
    "notes",
)

#: What stands between the values of a field that a record repeats; any other field's are joined with " | ".
SEPARATORS = {
    **dict.fromkeys(("record_type", "authors", "doi", "issn_isbn", "keywords", "language", "publisher", "url"), "; "),
    "abstract": "\n",
}

#: A file with more tags than this is no export; what is beyond them is kept together in one column.
_MOST_COLUMNS = 1_000
_OTHER = "other fields"


def joined(header: str, values: Iterable[str]) -> str:
    """The values of one field of one record as one cell, blank ones left out."""
    return SEPARATORS.get(header, " | ").join(value for value in values if value)


def put_dates(row: dict[str, str], published: str, own_tag: str) -> None:
    """Set `year`, and keep the words that said it where they say more: as `date`, or else under the file's own tag."""
    year = year_of(published) or year_of(row.get("date", ""))
    if year:
        row["year"] = year
    if published and published != year:
        if not row.get("date"):
            row["date"] = published
        elif row["date"] != published:
            row[own_tag] = published


class Table:
    """Collects records, each a mapping of header to text, in the order of the file."""

    def __init__(self) -> None:
        self.lines: list[int] = []
        self._columns: dict[str, list[str]] = {}

    def add(self, line: int, row: dict[str, str]) -> None:
        """Take up the record that begins on `line`."""
        before = len(self.lines)
        beyond = []
        for header, text in row.items():
            if not text:
                continue
            column = self._columns.get(header)
            if column is None:
                if len(self._columns) >= _MOST_COLUMNS and header != _OTHER:
                    beyond.append(f"{header}: {text}")
                    continue
                column = self._columns[header] = []
            column.extend([""] * (before - len(column)))
            column.append(text)
        self.lines.append(line)
        if beyond:
            column = self._columns.setdefault(_OTHER, [])
            column.extend([""] * (before - len(column)))
            column.append(" | ".join(beyond))

    def sheet(self) -> "cells.Sheet":
        """The records as a sheet without a name: headers in row 1, then one row a record."""
        own = [header for header in self._columns if header not in HEADERS]
        used = [header for header in HEADERS if header in self._columns]
        count = len(self.lines)
        columns = [
            [header, *self._columns[header], *[""] * (count - len(self._columns[header]))] for header in (*used, *own)
        ]
        return sheet("", columns, [1, *self.lines])


def sheet(name: str, columns: list[list[str]], lines: list[int]) -> "cells.Sheet":
    """Texts by column, all of one length, as a sheet; "" is blank. No column gives a sheet without rows."""
    from .. import cells

    laid = [cells.text_column(column) for column in columns]
    count = len(lines) if columns else 0
    return cells.Sheet(name, laid, [None] * len(laid), count, lines=lines[:count])
