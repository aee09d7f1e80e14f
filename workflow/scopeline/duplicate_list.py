"""Reads the list of likely duplicates, once it is judged and put into raw/.

`duplicates` proposes pairs of records; a person writes `yes` or `no` into the column `same` of each line. A line with
`yes` marks the record as a duplicate, as if it stood in `duplicate_of` of the record's own row, and keeps the address
of the list's cell; one with `no` keeps the two apart for good.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pandas as pd

from .cells import Book, Sheet
from .codebook import fold
from .issues import Issue, issue
from .review import Place, Review
from .sources.adapter import header_with

#: The name of the sheet, and the headers that such a list is known by.
SHEET = "duplicates to review"
HEADERS = ("record_id", "duplicate_of", "same")
#: What may stand in `same`; blank is not judged yet.
YES, NO = "yes", "no"

_WORDS = {"yes": YES, "y": YES, "true": YES, "1": YES, "no": NO, "n": NO, "false": NO, "0": NO}


@dataclass(frozen=True)
class List:
    """A sheet that is a list of likely duplicates, and the row of its header."""

    book: Book
    sheet: Sheet
    header_row: int


@dataclass
class _Judged:
    """What the lists say: record → (the record kept, source and row of the line), pairs held apart, and faults."""

    same: dict[str, tuple[str, int, int]] = field(default_factory=dict)
    apart: list[tuple[str, str]] = field(default_factory=list)
    issues: list[Issue] = field(default_factory=list)


def lists(book: Book) -> list[List]:
    """The sheets of a file that are such lists. They hold no table, so nothing else should read them."""
    return [List(book, sheet, row) for sheet in book.sheets if (row := header_with(sheet, *HEADERS)) is not None]


def settle(given: Sequence[List], review: Review) -> tuple[Review, list[Issue]]:
    """Mark the duplicates that the lists confirm, and keep the pairs apart that they deny (`Review.apart`).

    A record that is marked in its own row already stays as it is marked there. Unknown records and words are told. The
    given review stays as it is.
    """
    settled = Review(dict(review.tables), list(review.places), review.lost, list(review.apart))
    records = review.table("records")
    if not given or "record_id" not in records:
        return settled, []
    known = set(records["record_id"].dropna())
    judged = _Judged()
    for one in given:
        columns = {name: _headers(one).index(fold(name)) for name in HEADERS}
        settled.places.append(
            Place(
                one.book.file,
                one.sheet.name,
                "records",
                one.header_row,
                {"record_id": columns["record_id"], "duplicate_of": columns["duplicate_of"]},
            )
        )
        _read(one, columns, len(settled.places) - 1, known, judged)
    settled.apart = sorted({*settled.apart, *judged.apart})
    if judged.same:
        settled.tables["records"] = _marked(records, judged.same)
    return settled, judged.issues


def _headers(one: List) -> list[str]:
    return [fold(text or "") for text in one.sheet.row(one.header_row)]


def _read(one: List, columns: Mapping[str, int], source: int, known: set[str], judged: _Judged) -> None:
    """Add the lines of one list to what is judged; of two lines on one record the first counts."""
    texts = {name: one.sheet.columns[at].slice(one.header_row).to_pylist() for name, at in columns.items()}
    for at, said in enumerate(texts["same"]):
        if said is None or not said.strip():
            continue
        row = one.header_row + 1 + at
        word = _WORDS.get(fold(said))
        pair = ((texts["record_id"][at] or "").strip(), (texts["duplicate_of"][at] or "").strip())
        wrong = [name for name, record in zip(HEADERS, pair, strict=False) if record not in known]
        if word is None:
            judged.issues.append(_unknown(one, row, columns["same"], "same", said.strip(), "yes or no"))
        for name in wrong:
            value = pair[HEADERS.index(name)]
            judged.issues.append(_unknown(one, row, columns[name], name, value, "a record of this review"))
        if wrong or word is None:
            continue
        if word == NO:
            judged.apart.append(pair)
        else:
            judged.same.setdefault(pair[0], (pair[1], source, row))


def _unknown(one: List, row: int, column: int, name: str, value: str, expected: str) -> Issue:
    place = {"sheet": one.sheet.name, "row": row, "column": column}
    return issue("judged_unknown", one.book.file, **place, field=name, value=value, expected=expected)  # type: ignore[arg-type]


def _marked(records: pd.DataFrame, same: Mapping[str, tuple[str, int, int]]) -> pd.DataFrame:
    """The records with `duplicate_of` filled where it was blank; `duplicate_of__source` and `__row` name the line."""
    frame = records.copy()
    if "duplicate_of" not in frame:
        frame["duplicate_of"] = pd.Series([None] * len(frame), dtype="str")
        frame["duplicate_of__missing"] = pd.Series(["blank"] * len(frame), dtype="str")
    ids = frame["record_id"].tolist()
    blank = frame["duplicate_of"].isna() & (frame["duplicate_of__missing"] == "blank").fillna(True)
    at = [place for place, record in enumerate(ids) if record in same and blank.iloc[place]]
    if not at:
        return frame
    told = [same[ids[place]] for place in at]
    frame.loc[at, "duplicate_of"] = [kept for kept, _, _ in told]
    frame.loc[at, "duplicate_of__missing"] = None
    for name, values in (("source", [source for _, source, _ in told]), ("row", [row for *_, row in told])):
        column = pd.Series([pd.NA] * len(frame), dtype="Int64", index=frame.index)
        column.loc[at] = values
        frame[f"duplicate_of__{name}"] = column
    return frame
