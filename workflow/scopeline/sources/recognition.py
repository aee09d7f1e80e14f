"""Says what each file of a review is: the review's own tables, another tool's export, or what the configuration maps.

A sheet is known by its headers and cells, never by the name of its file. Where it could be two things, that is a
question with the candidates, and the configuration answers it (`sources:`, `as:`).
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches

import pyarrow as pa

from .. import terms
from ..cells import Book, Sheet
from ..codebook import Codebook, fold
from ..issues import Issue, issue
from ..settings import Settings, SourceSetting
from . import files, mapped, native
from .adapter import SURE, TOOL, Adapter, Context, Fit
from .registry import adapters
from .taken import Taken


@dataclass
class Recognised:
    """What one file was taken for; `passed_over` names the sheets that hold nothing of the review."""

    taken: list[Taken] = field(default_factory=list)
    issues: list[Issue] = field(default_factory=list)
    passed_over: list[str] = field(default_factory=list)


def recognise_all(
    books: Sequence[Book],
    codebook: Codebook,
    settings: Settings,
    elsewhere: Mapping[str, Collection[str]] | None = None,
) -> dict[str, Recognised]:
    """What each file was taken for, by its path. `elsewhere` names sheets, by file, that others read.

    Books with a fault and files that the configuration ignores are to be left out by the caller.
    """
    by_file = {book.file: book for book in books}
    found: dict[str, Recognised] = {}
    lists = mapped.looked_into(settings)
    for book in books:
        setting = settings.source(book.file)
        if book.file in lists and setting == SourceSetting():
            said = "A mapping looks into the file; it holds no table of its own."
            found[book.file] = Recognised(issues=[issue("file_passed_over", book.file, message=said)])
            continue
        ctx = Context(codebook, setting if isinstance(setting, SourceSetting) else SourceSetting(), by_file)
        found[book.file] = recognise(book, ctx, (elsewhere or {}).get(book.file, ()))
    files.stand_once([taken for one in found.values() for taken in one.taken])
    for one in found.values():
        for taken in one.taken:
            one.issues += taken.issues
    _sections_lack(found.values(), codebook)
    return found


def recognise(book: Book, ctx: Context, elsewhere: Collection[str] = ()) -> Recognised:
    """What the sheets of one file are taken for; those named in `elsewhere` are read by others."""
    result = Recognised()
    if not any(sheet.n_rows for sheet in book.sheets):
        result.issues.append(issue("workbook_empty", book.file))
        return result
    done = set(elsewhere) | set(ctx.setting.skip)
    if ctx.setting.tables:
        result.taken, read = mapped.take(book, ctx.setting, ctx)
        done |= read
    for sheet in book.sheets:
        if not sheet.n_rows or sheet.name in done:
            continue
        one = _sheet(book, sheet, Context(ctx.codebook, ctx.setting.of_sheet(sheet.name), ctx.books), result.issues)
        if one is None:
            result.passed_over.append(sheet.name)
        else:
            result.taken.append(one)
    for taken in result.taken:
        _answered(taken, ctx.setting.of_sheet(taken.sheet))
    if not result.taken and not elsewhere and not result.issues:
        seen = ", ".join(f"'{sheet.name}'" for sheet in book.sheets if sheet.name)
        result.issues.append(issue("file_not_recognised", book.file, message=f"Its sheets are {seen}." if seen else ""))
    else:
        result.issues += [issue("sheet_passed_over", book.file, sheet=name) for name in result.passed_over if name]
    return result


def _sheet(book: Book, sheet: Sheet, ctx: Context, issues: list[Issue]) -> Taken | None:
    """What one sheet is taken for; None for nothing."""
    said = ctx.setting.as_
    if said in (native.NAME, terms.PREVIOUS):
        own = native.guess(book, sheet, ctx)
        return None if own is None else native.take(book, sheet, own)
    if said is not None:
        return _as_said(book, sheet, ctx, said, issues)
    own = native.guess(book, sheet, ctx)
    fits = _fitting(book, sheet, general=False)
    if not fits and (own is None or not own.complete):
        fits = _fitting(book, sheet, general=True)
    best = max((fit.rank for _, fit in fits), default=0)
    fits = [(adapter, fit) for adapter, fit in fits if fit.rank == best]
    if own is not None and (own.told or (own.complete and best < TOOL) or not fits):
        return native.take(book, sheet, own)
    if not fits:
        return None
    candidates = [adapter.name for adapter, _ in fits]
    if own is not None and own.complete and best < SURE:
        candidates.append(native.NAME)
    if len(candidates) > 1:
        issues.append(
            issue(
                "source_ambiguous",
                book.file,
                sheet=sheet.name,
                value=" or ".join(candidates),
                message=f"{book.file.removeprefix('raw/')}: {{as: {candidates[0]}}}",
            )
        )
        return Taken(book.file, sheet.name, "", "several kinds of file", fits[0][1].header_row, rows_in=[])
    return _taken(fits[0][0], fits[0][1], book, sheet, ctx)


def _fitting(book: Book, sheet: Sheet, *, general: bool) -> list[tuple[Adapter, Fit]]:
    asked = (adapter for adapter in adapters().values() if adapter.general == general)
    return [(adapter, fit) for adapter in asked if (fit := adapter.fit(book, sheet)) is not None]


def _as_said(book: Book, sheet: Sheet, ctx: Context, said: str, issues: list[Issue]) -> Taken | None:
    """A sheet taken for what the configuration says that it is."""
    known = adapters()
    if said not in known:
        near = get_close_matches(said, [*known, native.NAME], n=1)
        hint = f"Did you mean {near[0]}?" if near else f"There are {', '.join([native.NAME, *known])}."
        issues.append(issue("source_unknown", book.file, value=said, suggestion=hint))
        return Taken(book.file, sheet.name, said, said, 1, rows_in=[])
    fit = known[said].fit(book, sheet)
    if fit is None:
        if not any(known[said].fit(book, other) for other in book.sheets if other.n_rows):
            title = known[said].title
            issues.append(issue("source_unfit", book.file, sheet=sheet.name, value=said, expected=title))
        return None
    return _taken(known[said], fit, book, sheet, ctx)


def _taken(adapter: Adapter, fit: Fit, book: Book, sheet: Sheet, ctx: Context) -> Taken:
    taken = adapter.take(book, sheet, fit, ctx)
    taken.issues += _lacking(taken, ctx.codebook, ctx.setting)
    return taken


def _lacking(taken: Taken, codebook: Codebook, setting: SourceSetting) -> list[Issue]:
    """Fields that the codebook requires and the export does not have."""
    found = []
    for table in dict.fromkeys(rows.place.table for rows in taken.rows if not rows.section):
        held = {name for rows in taken.rows if rows.place.table == table for name in rows.texts} | set(setting.set_)
        for spec in codebook.tables[table].fields:
            if spec.constraints.required and spec.name not in held:
                found.append(
                    issue(
                        "source_lacks",
                        taken.file,
                        sheet=taken.sheet,
                        table=table,
                        field=spec.name,
                        expected=taken.title,
                        message=f"{taken.file.removeprefix('raw/')}: {{set: {{{spec.name}: …}}}}",
                    )
                )
    return found


def _sections_lack(found: Iterable[Recognised], codebook: Codebook) -> None:
    """Fields that the codebook requires and none of the sheets has over which a source spreads its rows."""
    held: dict[tuple[str, str], set[str]] = {}
    first: dict[tuple[str, str], tuple[Recognised, Taken]] = {}
    for one in found:
        for taken in one.taken:
            for rows in taken.rows:
                if rows.section:
                    held.setdefault((taken.source, rows.place.table), set()).update(rows.texts)
                    first.setdefault((taken.source, rows.place.table), (one, taken))
    for (source, table), names in held.items():
        one, taken = first[source, table]
        one.issues += [
            issue(
                "source_lacks",
                taken.file,
                sheet=taken.sheet,
                table=table,
                field=spec.name,
                expected=taken.title,
                message=f"{taken.file.removeprefix('raw/')}: {{set: {{{spec.name}: …}}}}",
            )
            for spec in codebook.tables[table].fields
            if spec.constraints.required and spec.name not in names
        ]


def _answered(taken: Taken, setting: SourceSetting) -> None:
    """Put the configuration's constants and meanings of words into the rows of a source."""
    for rows in taken.rows:
        for name, text in setting.set_.items():
            if name in rows.fields:
                rows.texts[name] = pa.chunked_array([pa.array([text] * len(rows), pa.string())])
                rows.kinds.pop(name, None)
                rows.place.columns.pop(name, None)
        for name, meanings in setting.values.items():
            table, _, own = name.rpartition(".")
            if own in rows.texts and table in ("", rows.place.table):
                rows.texts[own] = _meant(rows.texts[own], meanings)


def _meant(texts: pa.ChunkedArray, meanings: Mapping[str, str]) -> pa.ChunkedArray:
    """Words of a file as the words that they stand for, whatever their case and spacing."""
    folded = {fold(word): meant for word, meant in meanings.items()}
    encoded = texts.combine_chunks().dictionary_encode()
    if isinstance(encoded, pa.ChunkedArray):
        encoded = encoded.combine_chunks()
    words = [folded.get(fold(word), word) for word in encoded.dictionary.to_pylist()]
    return pa.chunked_array([pa.array([word or None for word in words], pa.string()).take(encoded.indices)])
