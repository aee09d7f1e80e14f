"""Judges a review's spreadsheets: every cell read, every fault found in one run, none hiding another."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

import numpy as np
import pandas as pd

from . import consensus, conservation, duplicate_list, form_marks, integrity, screening_list, sections, terms, typed
from .cells import Book
from .codebook import Codebook, fold
from .issues import Issue, issue, ordered
from .review import Review
from .settings import Settings
from .sources import recognition
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
        seen = [sheet for one in found.values() for sheet in one.passed_over if sheet]
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
    verdict.issues = ordered(issues)
    return verdict


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


def _missing_tables(codebook: Codebook, review: Review, seen: list[str]) -> list[Issue]:
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
        hint = (
            f"Is it the sheet '{original}'? Its columns do not fit; check its header row."
            if original
            else (f"Add the sheet '{table.name}', or mark the table `optional: true` in config/codebook.yaml.")
        )
        found.append(issue("table_missing", "raw", table=table.name, message=where, suggestion=hint))
    return found


def _of_book(book: Book, codebook: Codebook) -> list[Issue]:
    """What is said of a file as a whole: its encoding, and the codebook that a form was made from."""
    found = [issue("record_unreadable", book.file, row=line, message=said) for line, said in book.unread]
    if book.encoding not in ("", "utf-8", "utf-8-sig", "utf-16"):
        found.append(issue("encoding_guessed", book.file, expected=book.encoding))
    stamp = form_marks.stamp(book)
    if stamp is not None and (stamp.codebook, stamp.version) != (codebook.name, codebook.version):
        found.append(
            issue(
                "form_outdated",
                book.file,
                sheet=stamp.sheet,
                row=stamp.row,
                column=stamp.column,
                value=f"{stamp.codebook} {stamp.version}",
                expected=f"{codebook.name} {codebook.version}",
            )
        )
    return found


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
        "columns": [[use.header, ", ".join(_shortly(use.fields, kept)), use.why] for use in taken.uses],
        "rows_in": account.rows_in,
        "rows_used": account.rows_used,
        "left_out": [[one.why, len(one.numbers)] for one in account.left_out],
    }


def _shortly(fields: Sequence[str], tables: Collection[str]) -> list[str]:
    """The fields that a column was read into; without the table's name where the sheet holds one table alone."""
    return [name.partition(".")[2] or name for name in fields] if len(tables) == 1 else list(fields)
