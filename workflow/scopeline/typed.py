"""Turns the rows of a source into a typed frame: each cell parsed, then held against the codebook's schema."""

import re

import numpy as np
import pandas as pd

from . import integrity, parsing, schemas
from .cells import Book
from .codebook import Codebook, FieldSpec
from .issue_rules import RULES
from .issues import Issue, issue
from .review import Review
from .settings import Settings
from .sources.taken import Rows
from .terms import Severity


def typed(
    rows: Rows, source: int, book: Book, codebook: Codebook, settings: Settings
) -> tuple[pd.DataFrame, list[Issue]]:
    """The rows of one table as a typed frame, with the issues of their cells."""
    place, length = rows.place, len(rows)
    table = codebook.tables[place.table]
    columns: dict[str, pd.Series] = {}
    flaws: dict[str, list[tuple[int, parsing.Flaw]]] = {}
    filled = pd.Series(False, index=range(length))
    for spec in table.fields:
        if spec.name not in rows.texts:
            continue
        how = parsing.Reading(
            spec,
            frozenset(table.missing_codes(spec)),
            codebook.missing_words,
            book.decimal,
            typed=rows.typed,
            numbers_as_text=settings.validation.numbers_as_text,
        )
        read = parsing.parse(rows.texts[spec.name], rows.kinds.get(spec.name), how)
        for suffix, values in read.arrays.items():
            columns[f"{spec.name}{suffix}"] = values
        columns[f"{spec.name}__missing"] = read.missing
        flaws[spec.name] = read.flaws
        if spec.name in place.columns:
            filled |= read.missing.isna() | (read.missing != "blank")
    frame = pd.DataFrame(columns, index=range(length))
    for spec in table.fields:
        if spec.name not in rows.texts:
            frame = frame.join(_absent(spec.name, spec.what, length))
    frame["_source"] = pd.Series(source, index=frame.index, dtype="int32")
    frame["_row"] = pd.Series(rows.numbers, index=frame.index, dtype="int32")
    kept = frame[filled].reset_index(drop=True)
    review = Review({table.name: kept}, [*([place] * (source + 1))])
    desk = integrity.Desk(review, table)
    back = filled.to_numpy().cumsum() - 1
    issues = _flaw_issues(desk, flaws, back)
    absent = {
        f"{spec.name}{suffix}" for spec in table.fields if spec.name not in rows.texts for suffix in ("", "__missing")
    }
    names = {word.casefold() for word in settings.charting.consensus}
    who = settings.charting.reviewer
    apart = settings.charting.apart(table)
    settled = kept[who].str.casefold().isin(names).to_numpy() if apart else np.zeros(len(kept), bool)
    positions = np.flatnonzero(filled.to_numpy())
    for failure in schemas.check(kept.drop(columns=[c for c in absent if c in kept]), table):
        at, name = failure.position, failure.field
        if failure.rule == "required" and settled[at]:
            continue  # what the consensus leaves blank stays as the reviewers charted it; see integrity.check_folded
        spec = table.by_name[name]
        value = rows.texts[name][int(positions[at])].as_py() or ""
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
    if kept.empty and not issues:
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
