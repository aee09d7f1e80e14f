"""What a source yields: rows of the review's tables, the place of each value, and what became of every row of a sheet.

A source (the review's own sheet, another tool's export, a mapping of the configuration) reads one sheet as rows of one
or more tables. `Draft` is how it writes them down; `Taken` is the outcome. No row of a sheet may get lost on the way:
it yields a row of a table, or it is left out with a reason.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypedDict, Unpack

import numpy as np
import pyarrow as pa

from ..cells import Book, Sheet
from ..codebook import Codebook, TableSpec, fold
from ..issues import Issue, issue
from ..review import Place
from ..terms import Severity


@dataclass
class Rows:
    """Rows of one table as they stand in one sheet.

    place: file, sheet, table and header row; `place.columns` says in which column each field's value stands. A field
        without a column there has a constant, or a value that comes of where the row stands.
    numbers: for each row its number in the sheet from 1 (the line, in a file of citations). A row of a sheet may yield
        several rows of a table.
    texts: field → what stands there, blank as null. kinds: field → each cell's Kind; a field not in it is all text.
    typed: the numbers of a workbook, which tells numbers from text; else numbers are read from text, as in a csv.
    shared: other files of the same source hold the same rows (a record in two lists of one tool); the first stands.
    found: each row is a finding of its own (a record in two search exports was found twice): a record that stands in an
        earlier file gets an ID of its own and is marked as a duplicate of the first.
    section: other sheets hold further fields of the same rows (the sections of a form); they are put together.
    key: the field by which shared rows are the same. fields: all fields that the codebook has for the table.
    """

    place: Place
    numbers: np.ndarray
    texts: dict[str, pa.ChunkedArray]
    kinds: dict[str, pa.ChunkedArray] = field(default_factory=dict)
    typed: bool = False
    shared: bool = False
    found: bool = False
    section: bool = False
    key: str = ""
    fields: frozenset[str] = frozenset()

    def __len__(self) -> int:
        return len(self.numbers)

    def only(self, kept: np.ndarray) -> "Rows":
        """The rows at which `kept` is true."""
        mask = pa.array(kept)
        return replace(
            self,
            numbers=self.numbers[kept],
            texts={name: texts.filter(mask) for name, texts in self.texts.items()},
            kinds={name: kinds.filter(mask) for name, kinds in self.kinds.items()},
        )


@dataclass(frozen=True)
class Use:
    """One column of a sheet: its header, the fields it was read into (`votes.decision`), or why into none."""

    column: int
    header: str
    fields: tuple[str, ...] = ()
    why: str = ""


@dataclass(frozen=True)
class LeftOut:
    """Rows of a sheet that yield no row of any table, and why (a phrase: "the same record stands in raw/a.csv")."""

    why: str
    numbers: tuple[int, ...]


@dataclass
class Taken:
    """What one sheet was taken for: by which source, with its rows, the use of its columns, and what was left out.

    source: the source's name, as the configuration writes it after `as:`. title: the same in words.
    rows_in: the numbers of the sheet's rows below the header that hold anything; None where every row is looked at by
        who reads the rows (the review's own sheets, which may have a million).
    ids: sentences on how the IDs of its records came about, which whoever names them elsewhere must know.
    """

    file: str
    sheet: str
    source: str
    title: str
    header_row: int
    rows: list[Rows] = field(default_factory=list)
    uses: list[Use] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)
    issues: list[Issue] = field(default_factory=list)
    rows_in: list[int] | None = None
    ids: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Given:
    """The values of one field, one for each row that is added; `column` is where they stand, if they stand anywhere."""

    texts: Sequence[str | None]
    column: int | None = None
    kinds: Sequence[int] | None = None


class Where(TypedDict, total=False):
    """What an issue is about: `at` is the place of a row among the draft's `rows`; all of it may be left out."""

    at: int | None
    column: int | None
    table: str
    field: str
    key: str
    value: str


class Draft:
    """Writes down what a sheet is taken for.

    `rows` holds the numbers of the rows below the header that hold anything, and `cells(column)` their texts: the two
    go together, place by place.
    """

    def __init__(
        self,
        book: Book,
        sheet: Sheet,
        header_row: int,
        codebook: Codebook,
        *,
        source: str,
        title: str,
        headers: int = 1,
    ):
        """`header_row` is the row with the names of the columns; `headers` counts the rows of a header of several."""
        self.book, self.sheet, self.codebook = book, sheet, codebook
        self.headers = [(text or "").strip() for text in sheet.row(header_row)]
        start = header_row + headers - 1
        self.rows = _filled(sheet, start)
        self._texts: dict[int, list[str]] = {}
        self._folded = [fold(header) for header in self.headers]
        self._used: dict[int, list[str]] = {}
        self._why: dict[int, str] = {}
        self._left: dict[str, list[int]] = {}
        self._taken = Taken(book.file, sheet.name, source, title, header_row)

    def find(self, *names: str) -> int | None:
        """The first column whose header is one of `names`, in their order, whatever its case and spacing."""
        for name in names:
            if fold(name) in self._folded:
                return self._folded.index(fold(name))
        return None

    def cells(self, column: int | None) -> list[str]:
        """The trimmed texts of a column, one for each of `rows`; "" where blank, or where there is no such column."""
        if column is None:
            return [""] * len(self.rows)
        if column not in self._texts:
            texts = self.sheet.columns[column].to_pylist()
            self._texts[column] = [(texts[number - 1] or "").strip() for number in self.rows]
        return self._texts[column]

    def given(self, column: int, at: Sequence[int] | None = None) -> Given:
        """A column as it stands, one value for each of `rows`, or for those at some of their places."""
        texts, numbers = self.cells(column), self.rows
        if at is not None:
            texts, numbers = [texts[place] for place in at], [numbers[place] for place in at]
        kinds = self.sheet.kinds[column]
        if kinds is None:
            return Given(texts, column)
        marks = kinds.to_pylist()
        return Given(texts, column, [marks[number - 1] for number in numbers])

    def constant(self, text: str) -> Given:
        """One value for each of `rows`."""
        return Given([text] * len(self.rows))

    def add(
        self,
        table: str,
        fields: Mapping[str, Given],
        numbers: Sequence[int] | None = None,
        *,
        shared: bool = False,
        found: bool = False,
        section: bool = False,
    ) -> None:
        """Add rows of a table, which stand in the rows `numbers` of the sheet (all of `rows` if it is not given).

        `fields` are named as the codebook or its aliases name them. A field or table that the codebook does not have is
        left out, and its column's use says so.
        """
        spec = self.codebook.tables.get(table)
        numbers = self.rows if numbers is None else list(numbers)
        known: dict[str, Given] = {}
        for name, given in fields.items():
            own = _field(spec, name)
            if own is None:
                if given.column is not None:
                    self._why.setdefault(given.column, f"the codebook has no field '{name}' in '{table}'")
                continue
            known[own] = given
            if given.column is not None:
                self._used.setdefault(given.column, []).append(f"{table}.{own}")
        if spec is None or not known:
            return
        place = Place(
            self.book.file,
            self.sheet.name,
            table,
            self._taken.header_row,
            {name: given.column for name, given in known.items() if given.column is not None},
        )
        texts = {name: _array(given.texts) for name, given in known.items()}
        kinds = {
            name: pa.chunked_array([pa.array(given.kinds, pa.int8())])
            for name, given in known.items()
            if given.kinds is not None
        }
        self._taken.rows.append(
            Rows(
                place,
                self._numbers(numbers),
                texts,
                kinds,
                shared=shared,
                found=found,
                section=section,
                key=(spec.primary_key or [""])[0],
                fields=frozenset(spec.by_name),
            )
        )

    def use(self, column: int | None, said: str) -> None:
        """Say what a column was used for beyond a field: `which rows count`."""
        if column is not None:
            self._used.setdefault(column, []).append(said)

    def named(self, said: str) -> None:
        """Say how the IDs of the records came about."""
        self._taken.ids.append(said)

    def unused(self, column: int | None, why: str) -> None:
        """Say why a column was not used."""
        if column is not None:
            self._why.setdefault(column, why)

    def leave_out(self, why: str, numbers: Iterable[int]) -> None:
        """Say why rows of the sheet yield nothing."""
        self._left.setdefault(why, []).extend(numbers)

    def tell(self, *issues: Issue) -> None:
        """Add issues as they are; what is said of an export is mostly `told`, `assumed` or `asked`."""
        self._taken.issues += issues

    def told(self, message: str, suggestion: str = "", **where: Unpack[Where]) -> None:
        """Note how the export was read."""
        self.say("source_read", message, suggestion, **where)

    def assumed(self, message: str, suggestion: str = "", **where: Unpack[Where]) -> None:
        """Warn of what was assumed, where another assumption would give other numbers."""
        self.say("source_assumed", message, suggestion, **where)

    def asked(self, message: str, suggestion: str, **where: Unpack[Where]) -> None:
        """Ask what cannot be assumed: an error until it is answered."""
        self.say("source_assumed", message, suggestion, severity=Severity.ERROR, **where)

    def could_be(self, things: str, line: str, **where: Unpack[Where]) -> None:
        """Ask which of several `things` the sheet is; `line` is what to write in the configuration."""
        where["value"] = things
        self.say("source_ambiguous", line, **where)

    def say(
        self,
        rule: str,
        message: str,
        suggestion: str = "",
        *,
        severity: Severity | None = None,
        at: int | None = None,
        column: int | None = None,
        table: str = "",
        field: str = "",
        key: str = "",
        value: str = "",
    ) -> None:
        """Say something of this sheet by any rule, with the rule's severity unless another is given."""
        self.tell(
            issue(
                rule,
                self.book.file,
                sheet=self.sheet.name,
                row=None if at is None else self.address_row(self.rows[at]),
                column=column,
                table=table,
                key=key,
                field=field,
                value=value,
                message=message,
                suggestion=suggestion,
                severity=severity,
            )
        )

    def entry(self, said: str) -> str:
        """A line under `sources:` of the configuration that says something of this file."""
        return f"{self.book.file.removeprefix('raw/')}: {{{said}}}"

    def address_row(self, number: int) -> int:
        """The row number that a reviewer is told: the line, in a file of citations."""
        return self.sheet.lines[number - 1] if self.sheet.lines else number

    def taken(self) -> Taken:
        """What the sheet was taken for. Columns that nothing was said of are told as not used."""
        for column, header in enumerate(self.headers):
            why = self._why.get(column, "" if not header else "nothing reads it")
            fields = tuple(dict.fromkeys(self._used.get(column, ())))
            if header or fields:
                self._taken.uses.append(Use(column, header, fields, "" if fields else why))
        self._taken.left_out = [
            LeftOut(why, tuple(self.address_row(number) for number in numbers))
            for why, numbers in self._left.items()
            if numbers
        ]
        self._taken.rows_in = [self.address_row(number) for number in self.rows]
        return self._taken

    def _numbers(self, numbers: Sequence[int]) -> np.ndarray:
        return np.array([self.address_row(number) for number in numbers], dtype=np.int32)


def _field(table: TableSpec | None, name: str) -> str | None:
    """The codebook's name of a field: its own, or that of the field which has it as an alias."""
    if table is None:
        return None
    if name in table.by_name:
        return name
    word = fold(name)
    return next((spec.name for spec in table.fields if word in {fold(alias) for alias in spec.aliases}), None)


def _array(texts: Sequence[str | None]) -> pa.ChunkedArray:
    return pa.chunked_array([pa.array([text or None for text in texts], pa.string())])


def _filled(sheet: Sheet, start: int) -> list[int]:
    """Numbers of the rows after row `start` in which any cell holds more than blanks."""
    held = np.zeros(max(sheet.n_rows - start, 0), bool)
    for column in sheet.columns:
        texts = column.slice(start).to_pylist()
        held |= np.fromiter((bool(text and text.strip()) for text in texts), bool, len(texts))
    return (np.flatnonzero(held) + start + 1).tolist()
