"""Reads the list of conflicts of screening, once it is filled in and put into raw/.

`tables.screening_conflicts` lists the records on which the votes differ or are not complete; an adjudicator writes a
decision into each line. Each filled line becomes a row of `decisions`, so it is read by the codebook, judged and
addressed like a row of the team's own sheet.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from . import typed
from .cells import Book, Sheet
from .codebook import Codebook, fold
from .issues import Issue, issue
from .review import Place, Review
from .settings import Settings
from .sources.adapter import header_with
from .sources.taken import Rows
from .terms import Missing, Stage

TABLE = "decisions"
#: The name of the sheet of each stage, and the headers that such a list is known by. (A sheet of decisions has all of
#: them but `standing`.)
SHEETS = {Stage.TITLE_ABSTRACT: "conflicts title and abstract", Stage.FULL_TEXT: "conflicts full text"}
STANDING = "standing"
HEADERS = ("record_id", "stage", STANDING, "decision", "reason", "adjudicator")
#: The hidden sheet beside a list, with the values that its drop-downs offer.
CHOICES = "choices of conflicts"

#: The fields in which an adjudicator says something; a line where all of them are blank is still open.
_SAID = ("decision", "reason")
_SAME = ("record_id", "stage", "decision", "reason", "adjudicator")
_NOTE = "note"


@dataclass(frozen=True)
class List:
    """A sheet that is a list of conflicts of screening, and the row of its header."""

    book: Book
    sheet: Sheet
    header_row: int


def lists(book: Book) -> list[List]:
    """The sheets of a file that are such lists, known by their headers."""
    return [List(book, sheet, row) for sheet in book.sheets if (row := header_with(sheet, *HEADERS)) is not None]


def sheets(book: Book) -> set[str]:
    """The sheets of a file that nothing else should read: its lists, and their choices beside them."""
    named = {one.sheet.name for one in lists(book)}
    return named | {sheet.name for sheet in book.sheets if named and sheet.name == CHOICES}


def is_list(place: Place) -> bool:
    """Whether a place of decisions is such a list."""
    return place.table == TABLE and STANDING in place.columns


def settle(given: Sequence[List], review: Review, codebook: Codebook, settings: Settings) -> tuple[Review, list[Issue]]:
    """Add the filled lines to the review's decisions, and tell what cannot be used of them.

    A line is filled where it has a decision or a reason. One that repeats a decision that stands already, in every
    field, adds nothing. One that contradicts another is told as a key that stands twice, by the rules for all tables.
    The given review stays as it is.
    """
    settled = Review(dict(review.tables), list(review.places), review.lost, list(review.apart))
    issues: list[Issue] = []
    for one in given:
        if TABLE not in codebook.tables:
            said = "the sheet is a list of conflicts of screening, but the codebook does not describe decisions"
            hint = f"Describe the table '{TABLE}' in config/codebook.yaml, so that its lines can count."
            place = {"sheet": one.sheet.name, "row": one.header_row}
            issues.append(
                issue("table_missing", one.book.file, **place, table=TABLE, message=said, suggestion=hint)  # type: ignore[arg-type]
            )
            continue
        frame, said_of = _decisions(one, settled, codebook, settings)
        issues += said_of
        if len(frame):
            before = settled.tables.get(TABLE)
            settled.tables[TABLE] = frame if before is None else pd.concat([before, frame], ignore_index=True)
    return settled, issues


def _decisions(one: List, review: Review, codebook: Codebook, settings: Settings) -> tuple[pd.DataFrame, list[Issue]]:
    """The filled lines of one list that say something new, as rows of `decisions`; its place is added to the review."""
    table, start = codebook.tables[TABLE], one.header_row
    headers = [fold(text or "") for text in one.sheet.row(start)]
    at = {name: headers.index(fold(name)) for name in (*HEADERS, _NOTE) if fold(name) in headers}
    columns = {name: column for name, column in at.items() if name in table.by_name}
    place = Place(one.book.file, one.sheet.name, TABLE, start, {**columns, STANDING: at[STANDING]})
    whole = Rows(
        place,
        np.arange(start + 1, one.sheet.n_rows + 1, dtype=np.int32),
        {name: one.sheet.columns[column].slice(start) for name, column in columns.items()},
        {
            name: kinds.slice(start)
            for name, column in columns.items()
            if (kinds := one.sheet.kinds[column]) is not None
        },
        typed=bool(one.sheet.name),
    )
    filled = np.zeros(len(whole), dtype=bool)
    for name in _SAID:
        texts = one.sheet.columns[at[name]].slice(start).to_pylist()
        filled |= np.array([bool(text and text.strip()) for text in texts], dtype=bool)
    rows = whole.only(filled)
    if not len(rows):
        return pd.DataFrame(), []
    review.places.append(place)
    frame, issues = typed.typed(rows, len(review.places) - 1, one.book, codebook, settings)
    issues += _undecided(frame, issues, place)
    if _NOTE in at and _NOTE not in table.by_name:  # kept, so that the next list shows it again
        notes = one.sheet.columns[at[_NOTE]].slice(start).to_pylist()
        frame[_NOTE] = pd.Series([notes[row - start - 1] for row in frame["_row"]], dtype="str")
    before = review.table(TABLE)
    known = set(_lines(before))
    new = []
    for line in _lines(frame):
        new.append(line not in known)
        known.add(line)
    return frame[np.array(new, dtype=bool)].reset_index(drop=True), issues


def _undecided(frame: pd.DataFrame, issues: Sequence[Issue], place: Place) -> list[Issue]:
    """Lines with a reason and no decision, where the codebook lets a decision be blank."""
    told = {item.row for item in issues if item.field == "decision"}
    if "decision" not in place.columns or "decision__missing" not in frame:
        return []
    blank = (frame["decision__missing"] == Missing.BLANK).fillna(False)
    return [
        issue(
            "required",
            place.file,
            sheet=place.sheet,
            row=int(row),
            column=place.columns["decision"],
            table=TABLE,
            key=str(record),
            field="decision",
            label="decision",
            suggestion="Write the decision that the reason belongs to, or delete the reason.",
        )
        for row, record in zip(frame.loc[blank, "_row"], frame.loc[blank, "record_id"], strict=True)
        if int(row) not in told
    ]


def _lines(frame: pd.DataFrame) -> list[tuple[str, ...]]:
    """What each row says, as far as another may repeat it."""
    blank = [""] * len(frame)
    columns = [frame[name].astype("string").fillna("").tolist() if name in frame else blank for name in _SAME]
    return list(zip(*columns, strict=True))
