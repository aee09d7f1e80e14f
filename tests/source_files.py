"""Exports of other tools as small files, and what a source takes from them."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from scopeline import cells, codebook
from scopeline.cells import Book
from scopeline.codebook import Codebook
from scopeline.issues import Issue
from scopeline.settings import SourceSetting
from scopeline.sources.adapter import Adapter, Context
from scopeline.sources.taken import Taken

STARTER = Path(__file__).parents[1] / "workflow" / "scopeline" / "starter" / "config"
CODEBOOK = codebook.load(STARTER / "codebook.yaml")


def as_csv(lines: Iterable[Sequence[str]], *, sign: str = ",", end: str = "\n") -> str:
    """Lines, the headers first, as the text of a csv file."""
    stream = io.StringIO()
    csv.writer(stream, delimiter=sign, lineterminator=end).writerows(lines)
    return stream.getvalue()


def as_table(rows: Sequence[Mapping[str, str]], headers: Sequence[str], *, sign: str = ",", end: str = "\n") -> str:
    """Mappings of header to text as the text of a csv file; what a row lacks is blank."""
    return as_csv([headers, *([row.get(header, "") for header in headers] for row in rows)], sign=sign, end=end)


def with_fields(book: Codebook, table: str, *fields: dict) -> Codebook:
    """The codebook with further fields in one table."""
    spec = book.tables[table]
    own = spec.table_schema.model_copy(
        update={"fields": [*spec.fields, *(codebook.FieldSpec.model_validate(field) for field in fields)]}
    )
    tables = [t.model_copy(update={"table_schema": own}) if t.name == table else t for t in book.resources]
    return Codebook.model_validate(
        book.model_dump(by_alias=True) | {"resources": [t.model_dump(by_alias=True) for t in tables]}
    )


def saved(folder: Path, name: str, text: str, encoding: str = "utf-8") -> Book:
    """A text as a file of the review, read."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode(encoding))
    return cells.read(path, f"raw/{name}")


def taken_by(
    adapters: Sequence[Adapter],
    one: Book,
    *others: Book,
    rank: int,
    setting: SourceSetting | None = None,
    book: Codebook = CODEBOOK,
) -> Taken:
    """What a file's first sheet yields by the only adapter that knows it, `rank` sure, with other files in sight."""
    assert one.fault is None
    fits = [(adapter, fit) for adapter in adapters if (fit := adapter.fit(one, one.sheets[0]))]
    assert len(fits) == 1, [adapter.name for adapter, _ in fits]
    adapter, fit = fits[0]
    assert fit.rank == rank
    books = {each.file: each for each in sorted([one, *others], key=lambda each: each.file)}
    return adapter.take(one, one.sheets[0], fit, Context(book, setting or SourceSetting(), books))


def rows_of(taken: Taken, table: str) -> list[dict[str, str | None]]:
    """The rows of one table as mappings of field to text."""
    found = []
    for rows in taken.rows:
        if rows.place.table == table:
            columns = {name: texts.to_pylist() for name, texts in rows.texts.items()}
            found += [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    return found


def values_of(taken: Taken, table: str, *fields: str) -> list[tuple[str | None, ...]]:
    """Some fields of the rows of one table, in the order in which they were added; None for a field they lack."""
    return [tuple(row.get(name) for name in fields) for row in rows_of(taken, table)]


def values_by_row(taken: Taken, table: str, *fields: str) -> list[tuple]:
    """As `values_of`, in the order of the sheet's rows; the field `row` is a row's number in the sheet."""
    numbers = [number for rows in taken.rows if rows.place.table == table for number in rows.numbers.tolist()]
    numbered = [row | {"row": number} for number, row in zip(numbers, rows_of(taken, table), strict=True)]
    return [tuple(row.get(name) for name in fields) for row in sorted(numbered, key=lambda row: row["row"])]


def nothing_lost(taken: Taken) -> bool:
    """Whether each row of the sheet yields something or is left out with one reason, and none does both."""
    kept = {number for rows in taken.rows for number in rows.numbers.tolist()}
    left = [number for part in taken.left_out for number in part.numbers]
    return len(left) == len(set(left)) and not kept & set(left) and kept | set(left) == set(taken.rows_in or [])


def told(taken: Taken, word: str) -> list[Issue]:
    """What is told with a word in it."""
    return [issue for issue in taken.issues if word in issue.message]
