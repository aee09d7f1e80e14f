"""Recognises the review's own sheets: by the headers first, by the sheet's or file's name second."""

from collections.abc import Collection
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import partial
from pathlib import PurePosixPath

import numpy as np
import pyarrow.compute as pc

from .. import form_marks
from ..cells import Book, Sheet, letter
from ..codebook import Codebook, FieldSpec, TableSpec, fold
from ..issues import Issue, issue
from ..review import Place
from ..terms import PREVIOUS, Severity
from .adapter import HEADER_ROWS, Context
from .taken import LeftOut, Rows, Taken, Use

#: The review's own sheets, as the configuration names them after `as:`.
NAME = "native"

#: Tables that the codebook need not describe are known by these columns together, because others share their names.
_STANDING = {"flow_counts": {"box", "n"}, PREVIOUS: {"kind", "report_id", "study_id", "state"}}


@dataclass(frozen=True)
class Guess:
    """The table that a sheet seems to hold, the row of its header, and in which column each field stands.

    complete: every field that the codebook requires has its column. told: the configuration says so.
    """

    table: TableSpec
    row: int
    columns: dict[str, int]
    score: float
    told: bool = False

    @property
    def complete(self) -> bool:
        needed = {spec.name for spec in self.table.fields if spec.constraints.required} | set(self.table.primary_key)
        return needed <= self.columns.keys()


def guess(book: Book, sheet: Sheet, ctx: Context) -> Guess | None:
    """The table of the codebook that a sheet holds; None where it holds none."""
    codebook = ctx.codebook
    if ctx.setting.as_ == PREVIOUS:
        return _told(sheet, codebook.tables[PREVIOUS], None)
    settings = {name: setting for name, setting in ctx.setting.native.items() if name in codebook.tables}
    for name, setting in settings.items():
        if setting.sheet is not None and setting.sheet == sheet.name:
            return _told(sheet, codebook.tables[name], setting.header_row)
    any_table = {name: setting.header_row for name, setting in settings.items() if setting.sheet is None}
    return _best(book, sheet, codebook, any_table)


def take(book: Book, sheet: Sheet, held: Guess) -> Taken:
    """The rows of the table, as they stand: nothing is read into them here."""
    table, start = held.table, held.row
    place = Place(book.file, sheet.name, table.name, start, held.columns)
    taken = Taken(book.file, sheet.name, NAME, f"the table {table.name}", start)
    taken.issues += _header_issues(place, sheet, table)
    rows = Rows(
        place,
        np.arange(start + 1, sheet.n_rows + 1, dtype=np.int32),
        {name: sheet.columns[column].slice(start) for name, column in held.columns.items()},
        {
            name: kinds.slice(start)
            for name, column in held.columns.items()
            if (kinds := sheet.kinds[column]) is not None
        },
        typed=bool(sheet.name),
    )
    if examples := form_marks.example_rows(sheet, place, table):
        rows = rows.only(~np.isin(rows.numbers, examples))
        taken.left_out.append(LeftOut("it is an example row of the form", tuple(examples)))
        taken.issues += [
            issue("example_row", place.file, sheet=place.sheet, row=at, table=place.table) for at in examples
        ]
    if repeated := _headers_again(sheet, place, table):
        rows = rows.only(~np.isin(rows.numbers, repeated))
        taken.left_out.append(LeftOut("it repeats the header", tuple(repeated)))
        taken.issues += [
            issue("header_again", place.file, sheet=place.sheet, row=at, table=place.table) for at in repeated
        ]
    taken.rows.append(rows)
    by_column = {column: name for name, column in held.columns.items()}
    for column, header in enumerate(_headers(sheet, start)):
        if header and column in by_column:
            taken.uses.append(Use(column, header, (f"{table.name}.{by_column[column]}",)))
        elif header:
            taken.uses.append(Use(column, header, (), "the codebook has no such field"))
    return taken


def _headers_again(sheet: Sheet, place: Place, table: TableSpec) -> list[int]:
    """The numbers of the rows below the header that say in every column what the header says."""
    name = form_marks.marked_field(table)
    if name not in place.columns:
        return []
    headers = sheet.row(place.header_row)
    texts = sheet.columns[place.columns[name]].slice(place.header_row)
    hits = pc.indices_nonzero(pc.fill_null(pc.equal(texts, headers[place.columns[name]]), False)).to_pylist()
    numbers = [place.header_row + 1 + at for at in hits]
    return [
        number
        for number in numbers
        if sum(text is not None for text in sheet.row(number)) > 1
        and all(one == other for one, other in zip(sheet.row(number), headers, strict=True) if one is not None)
    ]


def _headers(sheet: Sheet, row: int) -> list[str]:
    return [(text or "").strip() for text in sheet.row(row)]


def _spellings(spec: FieldSpec) -> list[str]:
    return [spec.name, spec.title, *spec.aliases]


def _match(headers: list[str], table: TableSpec) -> dict[str, int]:
    """Field → column, each header standing for one field. The field's own name goes before its title and aliases."""
    columns: dict[str, int] = {}
    folded = [fold(header) for header in headers]
    for ranked in _folded_spellings(table):
        for name, words in ranked:
            if name in columns:
                continue
            for column, header in enumerate(folded):
                if header and header in words and column not in columns.values():
                    columns[name] = column
                    break
    return columns


def _folded_spellings(table: TableSpec) -> list[list[tuple[str, frozenset[str]]]]:
    """The headers that a table knows, by rank (name, title, aliases), as they are compared; made once."""
    if table.name not in _SPELLINGS or _SPELLINGS[table.name][0] is not table:
        ranks = [
            [(spec.name, frozenset(fold(word) for word in words(spec) if word)) for spec in table.fields]
            for words in (lambda spec: [spec.name], lambda spec: [spec.title], lambda spec: spec.aliases)
        ]
        _SPELLINGS[table.name] = (table, ranks)
    return _SPELLINGS[table.name][1]


_SPELLINGS: dict[str, tuple[TableSpec, list[list[tuple[str, frozenset[str]]]]]] = {}


def _names(book: Book, sheet: Sheet) -> list[str]:
    return [sheet.name] if sheet.name else [PurePosixPath(book.file).stem]


def _best(book: Book, sheet: Sheet, codebook: Codebook, header_rows: dict[str, int | None]) -> Guess | None:
    guesses: list[Guess] = []
    names = {fold(name) for name in _names(book, sheet)}
    for table in codebook.tables.values():
        spellings = {fold(word) for word in (table.name, table.title, *table.aliases) if word}
        named = bool(names & spellings)
        fixed = header_rows.get(table.name)
        rows = [fixed] if fixed else range(1, min(HEADER_ROWS, sheet.n_rows) + 1)
        for row in rows:
            headers = _headers(sheet, row)
            filled = sum(1 for header in headers if header)
            if not filled:
                continue
            columns = _match(headers, table)
            share = len(columns) / filled
            covered = len(columns) / len(table.fields)
            enough = len(columns) >= 1 and (
                named or (len(columns) >= 3 and covered >= 0.5) or (len(columns) >= 2 and covered == 1)
            )
            if not _STANDING.get(table.name, set()) <= columns.keys():
                continue
            if enough and (share >= 0.3 or covered >= 0.5):
                guesses.append(Guess(table, row, columns, covered + share + (0.5 if named else 0) - row * 1e-3))
    return max(guesses, key=lambda guess: guess.score, default=None)


def _told(sheet: Sheet, table: TableSpec, header_row: int | None) -> Guess | None:
    rows = [header_row] if header_row else list(range(1, min(HEADER_ROWS, sheet.n_rows) + 1))
    guesses = [
        Guess(table, row, columns, len(columns), told=True)
        for row in rows
        if row <= sheet.n_rows
        if (columns := _match(_headers(sheet, row), table))
    ]
    return max(guesses, key=lambda guess: guess.score, default=None)


def _header_issues(place: Place, sheet: Sheet, table: TableSpec) -> list[Issue]:
    """Missing, renamed, unknown and doubled columns; values that stand in columns without a header."""
    row = place.header_row
    headers = _headers(sheet, row)
    found: list[Issue] = []
    used = set(place.columns.values())
    by_word = {fold(word): spec for spec in table.fields for word in _spellings(spec) if word}
    unknown: dict[int, str] = {}
    for column, header in enumerate(headers):
        if column in used or not header:
            continue
        spec = by_word.get(fold(header))
        if spec is not None:
            first = f"{letter(place.columns[spec.name])}{row}"
            found.append(
                issue(
                    "column_twice",
                    place.file,
                    sheet=place.sheet,
                    row=row,
                    column=column,
                    table=table.name,
                    field=spec.name,
                    value=header,
                    expected=first,
                )
            )
        else:
            unknown[column] = header
    covered = _covered(sheet, row, headers)
    hidden = ", ".join(_area(area) for area in covered)
    on_its_side = lies_on_its_side(sheet, table)
    missing = [spec for spec in table.fields if spec.name not in place.columns]
    pairs = sorted(
        ((_likeness(header, spec), column, spec) for column, header in unknown.items() for spec in missing),
        key=lambda pair: (-pair[0], pair[1]),
    )
    renamed: dict[str, int] = {}
    for likeness, column, spec in pairs:
        if likeness >= 0.6 and spec.name not in renamed and column not in renamed.values():
            renamed[spec.name] = column
    for spec in missing:
        if spec.name in renamed:
            column = renamed[spec.name]
            found.append(
                issue(
                    "column_renamed",
                    place.file,
                    sheet=place.sheet,
                    row=row,
                    column=column,
                    table=table.name,
                    field=spec.name,
                    value=unknown[column],
                )
            )
        elif not spec.optional:
            hint = f"Its header may be hidden by the merged cells {hidden}: unmerge them." if hidden else ""
            hint = "The headers stand below one another: paste the sheet transposed." if on_its_side else hint
            found.append(
                issue(
                    "column_missing",
                    place.file,
                    sheet=place.sheet,
                    row=row,
                    table=table.name,
                    field=spec.name,
                    suggestion=hint,
                )
            )
    for column, header in unknown.items():
        if column not in renamed.values():
            found.append(
                issue(
                    "column_unknown",
                    place.file,
                    sheet=place.sheet,
                    row=row,
                    column=column,
                    table=table.name,
                    value=header,
                )
            )
    headless = {column for columns in covered.values() for column in columns}
    found += [_header_merged(place, area, columns) for area, columns in covered.items()]
    return found + _beside(place, sheet, headers, headless) + _shape(place, sheet)


def lies_on_its_side(sheet: Sheet, table: TableSpec) -> bool:
    """Whether the first rows of the first column name the table's fields one below another."""
    if not sheet.columns:
        return False
    first = {fold(text) for text in sheet.columns[0].slice(0, 3 * len(table.fields)).to_pylist() if text}
    return sum(fold(spec.name) in first or fold(spec.title) in first for spec in table.fields) >= 3


def _covered(sheet: Sheet, row: int, headers: list[str]) -> dict[tuple[int, int, int, int], list[int]]:
    """Merged cells of the header → the columns with data whose header they hide."""
    found: dict[tuple[int, int, int, int], list[int]] = {}
    for top, left, bottom, right in sheet.merged:
        inside = range(left, min(right + 1, sheet.n_columns))
        if not top < row <= bottom + 1 or not inside or not headers[left]:
            continue
        hidden = [
            column for column in inside if not headers[column] and any(sheet.columns[column].slice(row).to_pylist())
        ]
        if hidden:
            found[top, left, bottom, right] = hidden
    return found


def _header_merged(place: Place, area: tuple[int, int, int, int], columns: list[int]) -> Issue:
    listed = ", ".join(map(letter, columns))
    return issue(
        "header_merged",
        place.file,
        sheet=place.sheet,
        row=area[0] + 1,
        column=area[1],
        table=place.table,
        value=_area(area),
        expected=f"column {listed} has" if len(columns) == 1 else f"columns {listed} have",
    )


def _area(area: tuple[int, int, int, int]) -> str:
    top, left, bottom, right = area
    return f"{letter(left)}{top + 1}:{letter(right)}{bottom + 1}"


def _shape(place: Place, sheet: Sheet) -> list[Issue]:
    """What is peculiar about the sheet itself: merged cells, hidden rows and columns that hold data, comments."""
    found: list[Issue] = []
    used = set(place.columns.values())
    say = partial(issue, file=place.file, sheet=place.sheet, table=place.table)
    for top, left, bottom, right in sheet.merged:
        touched = used & set(range(left, right + 1))
        if bottom < place.header_row or top >= sheet.n_rows or not touched or (top, left) == (bottom, right):
            continue
        if left < sheet.n_columns and sheet.columns[left][top].is_valid:
            area = _area((top, left, bottom, right))
            found.append(say("cells_merged", row=top + 1, column=left, value=area))
    hidden = [row for row in sheet.hidden_rows if place.header_row <= row < sheet.n_rows]
    holding = [row + 1 for row in hidden if any(sheet.columns[column][row].is_valid for column in used)]
    if holding:
        found.append(say("rows_hidden", row=holding[0], value=_runs(holding)))
    behind = sorted(used & set(sheet.hidden_columns))
    if behind:
        listed = ", ".join(map(letter, behind))
        found.append(say("columns_hidden", row=place.header_row, column=behind[0], value=listed))
    for row, column, text in sheet.comments:
        if row >= place.header_row and text:
            found.append(say("cell_comment", row=row + 1, column=column, value=text))
    return found


def _runs(numbers: list[int]) -> str:
    """Row numbers as a reader writes them: 3, 5-9."""
    runs: list[list[int]] = []
    for number in sorted(numbers):
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    shown = [f"{low}" if low == high else f"{low}-{high}" for low, high in runs]
    return ", ".join(shown[:8]) + (f" and {len(shown) - 8} more" if len(shown) > 8 else "")


def _likeness(header: str, spec: FieldSpec) -> float:
    given = fold(header)
    best = 0.0
    for word in _spellings(spec):
        known = fold(word)
        if not known:
            continue
        ratio = SequenceMatcher(None, given, known).ratio()
        words, others = set(given.replace("(", " ").replace(")", " ").split()), set(known.split())
        if others and others <= words:
            ratio = max(ratio, 0.85)
        best = max(best, ratio)
    return best


def _beside(place: Place, sheet: Sheet, headers: list[str], told: Collection[int]) -> list[Issue]:
    """Values in columns that have no header; those of the columns in `told` are told already."""
    found: list[Issue] = []
    csv = not sheet.name
    for column in range(sheet.n_columns):
        if column in told or (column < len(headers) and headers[column]):
            continue
        texts = (
            sheet.columns[column].slice(place.header_row).to_pylist()
            if sheet.columns[column].null_count < sheet.n_rows
            else []
        )
        filled = [(row, text) for row, text in enumerate(texts, start=place.header_row + 1) if text and text.strip()]
        if not filled:
            continue
        if csv and all(not header for header in headers[column:]):
            found += [
                issue("row_too_long", place.file, row=row, column=column, table=place.table, value=text)
                for row, text in filled
            ]
            continue
        more = f" (and {len(filled) - 1} more below it)" if len(filled) > 1 else ""
        row, text = filled[0]
        found.append(
            issue(
                "value_beside_table",
                place.file,
                sheet=place.sheet,
                row=row,
                column=column,
                table=place.table,
                value=text.strip(),
                message=more,
                severity=Severity.WARNING,
            )
        )
    return found
