"""Judges a review's spreadsheets: every cell read, every fault found in one run, none hiding another."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from typing import Any

import numpy as np
import pandas as pd

from . import consensus, conservation, duplicate_list, form_marks, integrity, screening_list, sections, terms, typed
from .cells import Book, Sheet
from .codebook import Codebook, TableSpec, fold
from .issue_rules import RULES
from .issues import Issue, issue, ordered
from .review import Review
from .settings import Settings, named_fields
from .sources import native, recognition
from .sources.taken import LeftOut, Taken
from .terms import Severity


@dataclass
class Verdict:
    """What validation came to: the review as far as it could be read, every issue, and what each file was taken for."""

    review: Review
    issues: list[Issue]
    files: list[dict[str, Any]] = field(default_factory=list)
    #: File, sheet, and rows of it that yield nothing, with the reason.
    left_out: list[tuple[str, str, LeftOut]] = field(default_factory=list)
    #: File and sheet of rows that other sheets hold further fields of.
    sections: set[tuple[str, str]] = field(default_factory=set)

    def count(self, severity: Severity) -> int:
        return sum(item.severity == severity for item in self.issues)


def validate(
    books: Iterable[Book], codebook: Codebook, settings: Settings, passed_over: Sequence[tuple[str, str]] = ()
) -> Verdict:
    """Judge the cells of all files of a review against its codebook.

    `passed_over` names files that were not read, each with the reason. Nothing is raised for bad data: it comes back as
    issues.
    """
    books = sorted(books, key=lambda book: book.file)
    issues = [issue("file_passed_over", name, message=f"The file was passed over: {why}.") for name, why in passed_over]
    if not books:
        issues.append(issue("raw_empty", "raw"))
    readable, said = _readable(books, settings)
    issues += said
    lists = {book.file: consensus.lists(book) for book in readable}
    pairs = {book.file: duplicate_list.lists(book) for book in readable}
    elsewhere = {file: {one.sheet.name for one in held} for file, held in lists.items()}
    for file, likely in pairs.items():
        elsewhere[file] |= {one.sheet.name for one in likely}
    for book in readable:
        elsewhere[book.file] |= screening_list.sheets(book)
    found = recognition.recognise_all(readable, codebook, settings, elsewhere)
    verdict = Verdict(Review({}, []), issues)
    frames: dict[str, list[pd.DataFrame]] = {}
    for book in books:
        about: dict[str, Any] = {"file": book.file, "sha256": book.sha256, "sheets": []}
        verdict.files.append(about)
        if book.file not in found:
            continue
        issues += [*_of_book(book, codebook), *found[book.file].issues]
        for taken in found[book.file].taken:
            about["sheets"].append(_read(taken, book, codebook, settings, verdict, frames))
        about["sheets"] += [
            {"sheet": name, "table": "", "rows": 0, "columns": []} for name in found[book.file].passed_over
        ]
    spread = {
        number for number, place in enumerate(verdict.review.places) if (place.file, place.sheet) in verdict.sections
    }
    for name, parts in frames.items():
        whole = pd.concat(parts, ignore_index=True) if len(parts) > 1 else parts[0]
        if name in terms.CHARTED:
            whole = sections.put_together(whole, codebook.tables[name], spread, settings.charting.reviewer)
        verdict.review.tables[name] = whole
    decided = [one for book in readable for one in screening_list.lists(book)]
    verdict.review, said = screening_list.settle(decided, verdict.review, codebook, settings)
    issues += said
    if books and not any(book.fault is not None for book in books):
        seen = {
            sheet.name: sheet
            for book in readable
            for sheet in book.sheets
            if sheet.name and sheet.name in found[book.file].passed_over
        }
        issues += _missing_tables(codebook, verdict.review, seen)
    verdict.review, said = duplicate_list.settle([one for likely in pairs.values() for one in likely], verdict.review)
    issues += said
    how = settings.charting
    verdict.review, said = consensus.settle(
        [one for held in lists.values() for one in held],
        verdict.review,
        codebook,
        reviewer=how.reviewer,
        consensus=how.consensus,
        numbers_as_text=settings.validation.numbers_as_text,
    )
    issues += [*said, *integrity.check(verdict.review, codebook, how)]
    verdict.issues = ordered(_advised(issues, codebook, settings))
    return verdict


#: So many cells of one column with one unknown value, or blanks in one row, are hardly a slip of the keys.
_MANY_ALIKE, _MANY_BLANKS = 3, 4


def _advised(issues: Sequence[Issue], codebook: Codebook, settings: Settings) -> Iterator[Issue]:
    """The issues, with more advice where one alone does not see it.

    A missing column that leaving out for good would empty tables is not to be marked optional. A value that many cells
    have is more likely one that the codebook lacks, or had, or one of the column beside. A row in which most of what is
    required is blank is more likely a note or a total.
    """
    named = named_fields(settings, codebook)
    plain = RULES["column_missing"].remedy
    unknown = Counter((_column(item), item.value) for item in issues if item.rule == "not_allowed")
    blanks = Counter((item.file, item.sheet, item.row) for item in issues if item.rule == "required")
    exchanged = _exchanged(unknown, codebook)
    for item in issues:
        if item.rule == "column_missing" and item.suggestion == plain:
            yield replace(item, suggestion=_column_advice(codebook.tables[item.table], item.field, named) or plain)
        elif item.rule == "not_allowed" and (other := exchanged.get(_column(item))):
            said = f"The column holds values of '{other}': are the headers of the two columns exchanged?"
            yield replace(item, suggestion=said)
        elif item.rule == "not_allowed" and (n := unknown[_column(item), item.value]) >= _MANY_ALIKE:
            many = (
                f"It stands so in {n} cells: where it stands for one of these, write it under `synonyms` of that value "
                "in config/codebook.yaml; where the codebook had it before, `scopeline codebook diff OLD NEW` lists "
                "what must be charted again."
            )
            yield replace(item, suggestion=f"{item.suggestion} {many}".strip())
        elif item.rule == "required" and blanks[item.file, item.sheet, item.row] >= _MANY_BLANKS:
            said = f"{item.suggestion} Where row {item.row} is a note or a total, take it out of the sheet."
            yield replace(item, suggestion=said)
        else:
            yield item


def _column(item: Issue) -> tuple[str, str, str, str]:
    return item.file, item.sheet, item.table, item.field


def _exchanged(
    unknown: Mapping[tuple[tuple[str, str, str, str], str], int], codebook: Codebook
) -> dict[tuple[str, str, str, str], str]:
    """Columns whose unknown values are nearly all those of another field of the table → that field."""
    found: dict[tuple[str, str, str, str], str] = {}
    words: dict[tuple[str, str, str, str], set[str]] = {}
    for column, value in unknown:
        words.setdefault(column, set()).add(value)
    for column, values in words.items():
        table = codebook.tables.get(column[2])
        for spec in table.fields if table and len(values) > 1 else ():
            held = sum(value in {each.value for each in spec.allowed} for value in values)
            if spec.name != column[3] and held >= max(2, 0.8 * len(values)):
                found.setdefault(column, spec.name)
    return found


def _column_advice(table: TableSpec, name: str, named: Mapping[tuple[str, str], str]) -> str:
    key = named.get((table.name, name), "")
    needed = {*table.primary_key, *terms.NEEDED.get(table.name, ())}
    if name in needed or table.by_name[name].constraints.required:
        return "Add the column: every row needs it."
    if key in ("synthesis.rows", "synthesis.columns", "synthesis.direction"):
        return f"Add the column: the synthesis is made from it (`{key}` in config/config.yaml)."
    if key:
        return (
            f"Add the column. To do without it, take it out of `{key}` in config/config.yaml and mark the field "
            "`optional: true` in config/codebook.yaml."
        )
    return ""


def _readable(books: Iterable[Book], settings: Settings) -> tuple[list[Book], list[Issue]]:
    """The files that can be read and are to be read, and what is said of the others."""
    readable: list[Book] = []
    issues: list[Issue] = []
    for book in books:
        if settings.source(book.file) == "ignore":
            issues.append(issue("file_passed_over", book.file, message="The configuration says to ignore this file."))
        elif book.fault is not None:
            issues.append(
                issue(book.fault.rule, book.file, message=book.fault.message, suggestion=book.fault.suggestion)
            )
        else:
            readable.append(book)
    return readable, issues


def _read(
    taken: Taken,
    book: Book,
    codebook: Codebook,
    settings: Settings,
    verdict: Verdict,
    frames: dict[str, list[pd.DataFrame]],
) -> dict[str, Any]:
    """Add what a sheet was taken for to the verdict and the frames, and say what became of its rows and columns."""
    kept: dict[str, int] = {}
    numbers: list[np.ndarray] = []
    for rows in taken.rows:
        verdict.review.places.append(rows.place)
        if rows.section:
            verdict.sections.add((rows.place.file, rows.place.sheet))
        frame, said = typed.typed(rows, len(verdict.review.places) - 1, book, codebook, settings)
        verdict.issues += [item for item in said if not (taken.left_out and item.rule == "table_empty")]
        frames.setdefault(rows.place.table, []).append(frame)
        kept[rows.place.table] = kept.get(rows.place.table, 0) + len(frame)
        numbers.append(frame["_row"].to_numpy())
    account = conservation.account(taken, book, numbers)
    verdict.issues += account.issues
    verdict.left_out += [(taken.file, taken.sheet, one) for one in account.left_out]
    return _use(taken, kept, account)


def _missing_tables(codebook: Codebook, review: Review, seen: Mapping[str, Sheet]) -> list[Issue]:
    held: dict[str, list[str]] = {}
    for place in review.places:
        held.setdefault(place.file, []).append(place.table)
    told = [f"{file} holds {', '.join(dict.fromkeys(names))}" for file, names in sorted(held.items())]
    where = "; ".join(told) or "no table was found"
    found = []
    for table in codebook.tables.values():
        if table.optional or table.name in review.tables:
            continue
        near = get_close_matches(fold(table.name), [fold(name) for name in seen], n=1, cutoff=0.5)
        original = next((name for name in seen if near and fold(name) == near[0]), "")
        if not original:
            hint = f"Add the sheet '{table.name}', or mark the table `optional: true` in config/codebook.yaml."
        elif native.lies_on_its_side(seen[original], table):
            hint = f"The headers of the sheet '{original}' stand below one another. Paste it transposed, as one row."
        else:
            hint = f"Is it the sheet '{original}'? Its columns do not fit; check its header row."
        found.append(issue("table_missing", "raw", table=table.name, message=where, suggestion=hint))
    return found


def _of_book(book: Book, codebook: Codebook) -> list[Issue]:
    """What is said of a file as a whole: its encoding, and the codebook that a form was made from."""
    found = [issue("record_unreadable", book.file, row=line, message=said) for line, said in book.unread]
    if book.encoding not in ("", "utf-8", "utf-8-sig", "utf-16"):
        found.append(issue("encoding_guessed", book.file, expected=book.encoding))
    return [*found, *_of_form(book, codebook)]


def _of_form(book: Book, codebook: Codebook) -> list[Issue]:
    """Where a form says that it was made from another codebook, or another version of this one."""
    stamp = form_marks.stamp(book)
    if stamp is None or (stamp.codebook, stamp.version) == (codebook.name, codebook.version):
        return []
    was, now = f"{stamp.codebook} {stamp.version}".strip(), f"{codebook.name} {codebook.version}"
    if empty_form(book):
        held = ",".join(sheet.name for sheet in book.sheets if sheet.name in codebook.tables)
        again = f"scopeline template --out {book.file}{f' --tables {held}' if held else ''}"
        return [issue("form_empty", book.file, value=was, expected=now, message=again)]
    notes = next(sheet for sheet in book.sheets if sheet.name == stamp.sheet)
    rows = {(text or "").strip(): at for at, text in enumerate(notes.columns[0].to_pylist(), start=1)}
    pairs = [
        (form_marks.CODEBOOK, stamp.codebook, codebook.name),
        (form_marks.VERSION, stamp.version, codebook.version),
    ]
    return [
        issue(
            "form_outdated",
            book.file,
            sheet=stamp.sheet,
            row=rows.get(label, stamp.row),
            column=stamp.column,
            value=was,
            expected=now,
            suggestion=f"`scopeline codebook diff` says what must be charted again. Then write {told} here.",
        )
        for label, written, told in pairs
        if written != told
    ]


def empty_form(book: Book) -> bool:
    """Whether a workbook is a form of ours in which nobody has written yet: headers and example rows alone."""
    if form_marks.stamp(book) is None:
        return False
    return all(
        _only_examples(sheet) for sheet in book.sheets if sheet.name not in (form_marks.NOTES, "Values", "lists")
    )


def _only_examples(sheet: Sheet) -> bool:
    rows = zip(*(column.slice(1).to_pylist() for column in sheet.columns), strict=True)
    return all(any((cell or "").strip().startswith(form_marks.EXAMPLE) for cell in row) for row in rows if any(row))


def _use(taken: Taken, kept: dict[str, int], account: conservation.Account) -> dict[str, Any]:
    """What a sheet was taken for: the rows of each table, how each column was used, and what was left out."""
    return {
        "sheet": taken.sheet,
        "table": ", ".join(kept),
        "rows": sum(kept.values()),
        "source": taken.source,
        "title": taken.title,
        "tables": kept,
        "header_row": taken.header_row,
        "ids": taken.ids or _ids(taken),
        "columns": [[use.header, ", ".join(_shortly(use.fields, kept)), use.why] for use in taken.uses],
        "rows_in": account.rows_in,
        "rows_used": account.rows_used,
        "left_out": [[one.why, len(one.numbers)] for one in account.left_out],
    }


def _ids(taken: Taken) -> list[str]:
    """An example of the IDs that another tool's export gives its records; nothing for the review's own sheets."""
    if taken.source == native.NAME:
        return []
    headers = {use.column: use.header for use in taken.uses}
    found = []
    for rows in taken.rows:
        if rows.place.table == "records" and rows.key in rows.texts and len(rows):
            header = headers.get(rows.place.columns.get(rows.key, -1))
            start = f"from '{header}', " if header else ""
            found.append(f"{start}such as {rows.texts[rows.key][0].as_py()}")
    return found[:1]


def _shortly(fields: Sequence[str], tables: Collection[str]) -> list[str]:
    """The fields that a column was read into; without the table's name where the sheet holds one table alone."""
    return [name.partition(".")[2] or name for name in fields] if len(tables) == 1 else list(fields)
