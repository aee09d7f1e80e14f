"""Formats in which every line begins with a tag: RIS, nbib, EndNote's %A, Web of Science and Ovid are one grammar.

The grammar is read here and not by rispy 0.10 or nbib 0.3: neither says on which line a record begins. Tried on small
files, rispy keeps only the first of a custom field's values, loses a record whose ER is missing, finds none where
"TY - JOUR" has one blank, and drops tags after ER, which Ovid writes; nbib drops every tag that it does not know. The
tests read the same files with both as a second opinion.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

from . import dialects
from .dialects import UNTAGGED, Dialect
from .faults import Unreadable
from .table import Table, joined, put_dates
from .values import bare_doi

if TYPE_CHECKING:
    from .. import cells

Values = dict[str, list[str]]

_OTHER_LAYOUT = "Export the records again as RIS."


def read(text: str, form: str) -> "tuple[list[cells.Sheet], list[tuple[int, str]]]":
    """Read the text of a tagged file of this form (a key of `dialects.DIALECTS`) into one sheet, with its faults.

    Raises `Unreadable` where no record begins anywhere.
    """
    dialect = dialects.DIALECTS[form]
    table = Table()
    faults: list[tuple[int, str]] = []

    def take(line: int, values: Values) -> None:
        if set(values) == {UNTAGGED}:
            faults.append((line, f"The record is not tagged. {_OTHER_LAYOUT}"))
        else:
            table.add(line, _row(dialect, values))

    scan = _Scan(dialect, take)
    scan.run(text)
    if not table.lines and faults:
        raise Unreadable("The file's records are not tagged, so their fields cannot be told apart.", _OTHER_LAYOUT)
    if not table.lines and not scan.faults:
        raise Unreadable(
            f'No record begins anywhere in the file: no line like "{dialect.example}".',
            "Export the records again; the file may be cut off or of another kind.",
            1,
        )
    return [table.sheet()], scan.faults + faults


class _Scan:
    """Walks over the lines once, gathers each record's values by tag, and hands it on when the next one begins."""

    def __init__(self, dialect: Dialect, take: Callable[[int, Values], None]):
        self.dialect = dialect
        self._take = take
        self._line = 0
        self._record: Values | None = None  # the last record that has begun; its end may still be to come
        self.faults: list[tuple[int, str]] = []
        self._inside = False  # within a record, or after its end
        self._stray: Values = {}  # tags after the end of a record
        self._stray_line = 0
        self._tag = ""  # the field that a further line goes on with
        self._field: list[str] | None = None
        self._held = ""  # a line that is the number of the next record if that follows
        self._loose = False  # the record is written "TY - JOUR", so its other tags may be too

    def run(self, text: str) -> None:
        tag_of = self.dialect.tag_of
        for number, line in enumerate(text.split("\n"), 1):
            tag, value = tag_of(line, "" if self._loose else self._tag)
            if tag == self.dialect.start:
                self._loose = line[2:6] != "  - "
            if tag:
                self._tagged(number, tag, value)
            elif not line or line.isspace():
                self._blank()
            elif self.dialect.marker and self.dialect.marker.match(line):
                self._marker(number, line)
            elif self._field is not None or self._inside:
                self._go_on(line)
        self._flush()
        self._settle()
        self._hand_on()

    def _hand_on(self) -> None:
        if self._record is not None:
            self._take(self._line, self._record)

    def _tagged(self, number: int, tag: str, value: str) -> None:
        dialect = self.dialect
        if tag != dialect.start:
            self._flush()
        self._held = ""
        if tag == dialect.start and not self._begun_by_marker():
            self._begin(number)
        elif tag in dialect.end:
            self._settle(ended=True)
            self._inside, self._tag, self._field = False, "", None
            return
        elif tag in dialect.frame and not self._inside:
            self._tag, self._field = "", None
            return
        if self._inside and self._record is not None:
            values = self._record
        else:
            values = self._stray
            self._stray_line = self._stray_line or number
        self._tag = tag
        self._field = values.setdefault(tag, [])
        self._field.append(value.strip())

    def _begun_by_marker(self) -> bool:
        return self.dialect.marker_begins and self._inside and not self._record

    def _begin(self, number: int) -> None:
        self._settle()
        self._hand_on()
        self._line, self._record = number, {}
        self._inside, self._tag, self._field = True, "", None

    def _marker(self, number: int, line: str) -> None:
        """The number of a record between two of them; within a text it is a line of the text."""
        if self.dialect.marker_begins:
            self._begin(number)
        elif self._inside:
            self._flush()
            self._held = line
        else:
            self._tag, self._field = "", None

    def _blank(self) -> None:
        if self.dialect.blank_ends:
            self._settle()
            self._inside = False
        elif not self._inside:
            self._tag, self._field = "", None

    def _flush(self) -> None:
        """The line that was held back is part of the text after all."""
        if self._held:
            line, self._held = self._held, ""
            self._go_on(line)

    def _go_on(self, line: str) -> None:
        """A line without a tag belongs to the field before it."""
        self._flush()
        if self._field is None:
            if not self._inside or self._record is None:
                return
            self._tag, self._field = UNTAGGED, self._record.setdefault(UNTAGGED, [""])
        more = line.strip()
        if self._tag in self.dialect.lists:
            self._field.append(more)
        elif self._field[-1]:
            wraps = line[:1].isspace() or self._tag not in self.dialect.paragraphs
            self._field[-1] += (" " if wraps else "\n") + more
        else:
            self._field[-1] = more

    def _settle(self, ended: bool = False) -> None:
        """Tags outside of a record are a record of their own if they name a title, and else of the record before."""
        stray, line = self._stray, self._stray_line
        if not stray:
            return
        self._stray, self._stray_line = {}, 0
        titled = any(tag in stray for tag in self.dialect.titles)
        before = self._record
        if titled and (ended or before is None or any(tag in before for tag in self.dialect.titles)):
            self._hand_on()
            self._line, self._record = line, stray
        elif before is not None:
            for tag, values in stray.items():
                before.setdefault(tag, []).extend(values)
            if self._tag in stray:
                self._field = before[self._tag]
        else:
            self.faults.append(
                (line, f"What stands before the first record ({', '.join(list(stray)[:3])}) belongs to no record.")
            )


def _row(dialect: Dialect, values: Values) -> dict[str, str]:
    """A record's values by tag → texts by header."""
    if dialect.prepare:
        dialect.prepare(values)
    places = dialect.places
    chosen: dict[str, tuple[int, str]] = {}
    for tag, texts in values.items():
        place = places.get(tag)
        if place and (place[0] not in chosen or place[1] < chosen[place[0]][0]) and any(texts):
            chosen[place[0]] = (place[1], tag)
    row: dict[str, str] = {}
    for tag, texts in values.items():
        place = places.get(tag)
        text = texts[0] if len(texts) == 1 else joined(place[0] if place else tag, texts)
        if not text:
            continue
        if not place:
            row[f"{dialect.name} {tag}"] = text
            continue
        header = place[0]
        best = chosen[header][1]
        if header == "doi":
            text = joined(header, dict.fromkeys(bare_doi(value) for value in texts))
            same = text == joined(header, dict.fromkeys(bare_doi(value) for value in values[best]))
        else:
            same = tag == best or texts == values[best]
        if tag == best:
            row[header] = text
        elif not same:
            row[f"{dialect.name} {tag}"] = joined(tag, texts)
    if "published" in row:
        put_dates(row, row.pop("published"), f"{dialect.name} {chosen['published'][1]}")
    elif "date" in row:
        put_dates(row, "", "")
    return row
