"""Judges a review's spreadsheets: every cell read, every fault found in one run, none hiding another."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

import numpy as np
import pandas as pd

from . import consensus, form_marks, integrity, parsing, schemas
from .cells import Book, Sheet
from .codebook import Codebook, FieldSpec, TableSpec, fold
from .issues import Issue, issue, ordered
from .review import Place, Review
from .settings import Settings
from .sources import native
from .terms import Severity


@dataclass
class Verdict:
    """What validation came to: the review as far as it could be read, every issue, and what each file was taken for."""

    review: Review
    issues: list[Issue]
    files: list[dict[str, Any]] = field(default_factory=list)

    def count(self, severity: Severity) -> int:
        return sum(item.severity == severity for item in self.issues)


def validate(
    books: Iterable[Book], codebook: Codebook, settings: Settings, passed_over: Sequence[tuple[str, str]] = ()
) -> Verdict:
    """Judge the cells of all files of a review against its codebook.

    `passed_over` names files that were not read, each with the reason. Nothing is raised for bad data: it comes back as
    issues.
    """
    issues = [issue("file_passed_over", name, message=f"The file was passed over: {why}.") for name, why in passed_over]
    tables: dict[str, list[pd.DataFrame]] = {}
    review = Review({}, [])
    files: list[dict[str, Any]] = []
    unread = False
    books = list(books)
    if not books:
        issues.append(issue("raw_empty", "raw"))
    seen: list[str] = []
    lists: list[consensus.List] = []
    for book in sorted(books, key=lambda book: book.file):
        about: dict[str, Any] = {"file": book.file, "sha256": book.sha256, "sheets": []}
        files.append(about)
        setting = settings.sources.get(book.file.removeprefix("raw/"))
        if setting == "ignore":
            issues.append(issue("file_passed_over", book.file, message="The configuration says to ignore this file."))
            continue
        if book.fault is not None:
            unread = True
            issues.append(
                issue(book.fault.rule, book.file, message=book.fault.message, suggestion=book.fault.suggestion)
            )
            continue
        if book.encoding not in ("", "utf-8", "utf-8-sig", "utf-16"):
            issues.append(issue("encoding_guessed", book.file, expected=book.encoding))
        stamp = form_marks.stamp(book)
        if stamp is not None and (stamp.codebook, stamp.version) != (codebook.name, codebook.version):
            issues.append(
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
        held = consensus.lists(book)
        lists += held
        taken = {one.sheet.name for one in held}
        found = native.recognise(book, codebook, setting if isinstance(setting, dict) else None, taken)
        issues += found.issues
        seen += [sheet for sheet in found.passed_over if sheet]
        for place, sheet in found.places:
            review.places.append(place)
            examples = form_marks.example_rows(sheet, place, codebook.tables[place.table])
            filled = form_marks.without_rows(sheet, examples)
            frame, said = _read(place, len(review.places) - 1, filled, book, codebook, settings)
            issues += [
                issue("example_row", place.file, sheet=place.sheet, row=at, table=place.table) for at in examples
            ]
            issues += [item for item in said if not (examples and item.rule == "table_empty")]
            tables.setdefault(place.table, []).append(frame)
            about["sheets"].append(_use(place, sheet, codebook.tables[place.table], len(frame)))
        about["sheets"] += [{"sheet": name, "table": "", "rows": 0, "columns": []} for name in found.passed_over]
    for name, frames in tables.items():
        review.tables[name] = pd.concat(frames, ignore_index=True) if len(frames) > 1 else frames[0]
    if books and not unread:
        issues += _missing_tables(codebook, review, seen)
    how = settings.charting
    review, said = consensus.settle(
        lists,
        review,
        codebook,
        reviewer=how.reviewer,
        consensus=how.consensus,
        numbers_as_text=settings.validation.numbers_as_text,
    )
    issues += [*said, *integrity.check(review, codebook, how)]
    return Verdict(review, ordered(issues), files)


def _missing_tables(codebook: Codebook, review: Review, seen: list[str]) -> list[Issue]:
    held: dict[str, list[str]] = {}
    for place in review.places:
        held.setdefault(place.file, []).append(place.table)
    where = (
        "; ".join(f"{file} holds {', '.join(names)}" for file, names in sorted(held.items())) or "no table was found"
    )
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


def _use(place: Place, sheet: Sheet, table: TableSpec, rows: int) -> dict[str, Any]:
    """How each column of a sheet was used."""
    by_column = {column: name for name, column in place.columns.items()}
    headers = [text or "" for text in sheet.row(place.header_row)]
    return {
        "sheet": place.sheet,
        "table": table.name,
        "rows": rows,
        "header_row": place.header_row,
        "columns": [
            [header.strip(), by_column.get(column, "")] for column, header in enumerate(headers) if header.strip()
        ],
    }


def _read(
    place: Place, source: int, sheet: Sheet, book: Book, codebook: Codebook, settings: Settings
) -> tuple[pd.DataFrame, list[Issue]]:
    """One sheet as a typed frame, with the issues of its cells."""
    table = codebook.tables[place.table]
    start, length = place.header_row, sheet.n_rows - place.header_row
    columns: dict[str, pd.Series] = {}
    flaws: dict[str, list[tuple[int, parsing.Flaw]]] = {}
    texts: dict[str, Any] = {}
    filled = pd.Series(False, index=range(length))
    for spec in table.fields:
        if spec.name not in place.columns:
            continue
        at = place.columns[spec.name]
        texts[spec.name] = sheet.columns[at].slice(start)
        kinds = sheet.kinds[at]
        how = parsing.Reading(
            spec,
            frozenset(table.missing_codes(spec)),
            codebook.missing_words,
            book.decimal,
            typed=bool(sheet.name),
            numbers_as_text=settings.validation.numbers_as_text,
        )
        read = parsing.parse(texts[spec.name], kinds.slice(start) if kinds is not None else None, how)
        for suffix, values in read.arrays.items():
            columns[f"{spec.name}{suffix}"] = values
        columns[f"{spec.name}__missing"] = read.missing
        flaws[spec.name] = read.flaws
        filled |= read.missing.isna() | (read.missing != "blank")
    frame = pd.DataFrame(columns, index=range(length))
    for spec in table.fields:
        if spec.name not in place.columns:
            frame = frame.join(_absent(spec.name, spec.what, length))
    frame["_source"] = pd.Series(source, index=frame.index, dtype="int32")
    frame["_row"] = pd.Series(range(start + 1, start + 1 + length), index=frame.index, dtype="int32")
    kept = frame[filled].reset_index(drop=True)
    review = Review({table.name: kept}, [*([place] * (source + 1))])
    desk = integrity.Desk(review, table)
    back = filled.to_numpy().cumsum() - 1
    issues = _flaw_issues(desk, flaws, back)
    absent = {
        f"{spec.name}{suffix}"
        for spec in table.fields
        if spec.name not in place.columns
        for suffix in ("", "__missing")
    }
    names = {word.casefold() for word in settings.charting.consensus}
    who = settings.charting.reviewer
    apart = settings.charting.apart(table)
    settled = kept[who].str.casefold().isin(names).to_numpy() if apart else np.zeros(len(kept), bool)
    rows = kept["_row"].to_numpy()
    for failure in schemas.check(kept.drop(columns=[c for c in absent if c in kept]), table):
        at, name = failure.position, failure.field
        if failure.rule == "required" and settled[at]:
            continue  # what the consensus leaves blank stays as the reviewers charted it; see integrity.check_folded
        spec = table.by_name[name]
        value = texts[name][int(rows[at]) - start - 1].as_py() or ""
        detail = spec.description if failure.rule == "wrong_form" else ""
        message = (
            f" ({detail.rstrip('.')})"
            if detail
            else (
                " (or type one of " + ", ".join(table.missing_codes(spec)) + ")"
                if failure.rule == "required" and table.missing_codes(spec)
                else ""
            )
        )
        suggestion = _with_zeros(value.strip(), spec) if failure.rule == "wrong_form" else ""
        issues.append(
            desk.say(
                failure.rule,
                at,
                name,
                value=value.strip(),
                expected=failure.expected,
                message=message,
                suggestion=suggestion,
            )
        )
    if kept.empty and length >= 0 and not issues:
        issues.append(issue("table_empty", place.file, sheet=place.sheet, row=place.header_row, table=table.name))
    return kept, issues


def _with_zeros(value: str, spec: FieldSpec) -> str:
    """What a number was before a spreadsheet program took its leading zeros."""
    pattern = spec.constraints.pattern or ""
    for width in range(len(value) + 1, 16):
        if value.isdigit() and re.fullmatch(pattern, value.zfill(width)):
            return f"Did you mean {value.zfill(width)}? Format the column as text, so that zeros stay."
    return ""


def _absent(name: str, what: str, length: int) -> pd.DataFrame:
    """The columns of a field that the sheet does not have: all of them not charted."""
    dtype = {"integer": "Int64", "number": "Float64"}.get(what, "str")
    columns = {
        name: pd.Series(pd.NA, index=range(length), dtype=dtype)
        if dtype != "str"
        else pd.Series([None] * length, dtype="str")
    }
    for suffix, kind in {
        "range": (("_low", "Float64"), ("_high", "Float64")),
        "bounded": (("_number", "Float64"), ("_bound", "str")),
    }.get(what, ()):
        columns[f"{name}{suffix}"] = pd.Series([None] * length, dtype=kind)
    columns[f"{name}__missing"] = pd.Series(["blank"] * length, dtype="str")
    return pd.DataFrame(columns, index=range(length))


def _flaw_issues(
    desk: integrity.Desk, flaws: dict[str, list[tuple[int, parsing.Flaw]]], back: np.ndarray
) -> list[Issue]:
    """Flaws of cells as issues; notes of the same kind in one column are told once, with their number."""
    from .issues import RULES

    found: list[Issue] = []
    for name, listed in flaws.items():
        notes: dict[parsing.Flaw, list[int]] = {}
        for position, flaw in listed:
            at = int(back[position])
            if RULES[flaw.rule].severity == Severity.NOTE:
                notes.setdefault(flaw, []).append(at)
            else:
                found.append(
                    desk.say(
                        flaw.rule,
                        at,
                        name,
                        value=flaw.value,
                        expected=flaw.expected,
                        message=flaw.message,
                        suggestion=flaw.suggestion,
                    )
                )
        for flaw, places in notes.items():
            more = f" So in {len(places) - 1} more cells of the column." if len(places) > 1 else ""
            found.append(
                desk.say(flaw.rule, places[0], name, value=flaw.value, expected=flaw.expected, suggestion=more.strip())
            )
    return found
