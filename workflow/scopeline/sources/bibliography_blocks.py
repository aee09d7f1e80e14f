"""Embase.com's csv with one field a line: `"TITLE","…"`, `"AUTHOR NAMES","…","…"`, a record from one TITLE to the next.

Known from a public program that reads it; not seen as a file. The line of a record's title stands for the record; the
other lines of it are left out as its further fields.
"""

from collections.abc import Sequence

from ..cells import Book, Sheet
from . import ids
from .adapter import SEARCH, Adapter, Context, Fit
from .bibliography_words import doi, year
from .taken import Draft, Given, Taken

_FIELDS = {
    "authors": ("AUTHOR NAMES",),
    "year": ("PUBLICATION YEAR", "DATE OF PUBLICATION"),
    "journal": ("SOURCE TITLE", "SOURCE"),
    "volume": ("VOLUME",),
    "issue": ("ISSUE",),
    "doi": ("DOI",),
    "pmid": ("MEDLINE PMID", "PMID"),
    "abstract": ("ABSTRACT",),
    "url": ("EMBASE LINK", "FULL TEXT LINK"),
    "id": ("EMBASE ACCESSION ID", "PUI"),
}
_START = "TITLE"
_KNOWN = frozenset(word for words in _FIELDS.values() for word in words)
_TITLE = "Embase.com: search results (csv, one field a line)"


def _fit(_book: Book, sheet: Sheet) -> Fit | None:
    """The names stand in the first column from the first row on; there is no header."""
    names = [(text or "").strip() for text in sheet.columns[0].slice(0, 200).to_pylist()] if sheet.columns else []
    first = next((name for name in names if name), "")
    return Fit(1, SEARCH) if first == _START and len(_KNOWN & set(names)) >= 3 else None


def _take(book: Book, sheet: Sheet, fit: Fit, ctx: Context) -> Taken:
    draft = Draft(book, sheet, fit.header_row, ctx.codebook, source="embase_lines", title=_TITLE, headers=0)
    names = draft.cells(0)
    values = [
        "; ".join(text for text in parts if text)
        for parts in zip(*(draft.cells(column) for column in range(1, sheet.n_columns)), strict=True)
    ]
    starts = [at for at, name in enumerate(names) if name == _START and values[at]]
    found = [_record(names, values, start, end) for start, end in zip(starts, [*starts[1:], len(names)], strict=True)]
    prefix = ctx.setting.prefix or "embase-"
    numbers: dict[str, int] = {}
    named, twins = [], []
    for record in found:
        own = record.get("id", "")
        parts = (
            record["title"],
            record.get("year", ""),
            record.get("authors", "").split(";")[0],
            record.get("doi", ""),
        )
        name = ids.named(prefix, own) if own else ids.made(prefix, *parts)
        numbers[name] = numbers.get(name, 0) + 1
        named.append(name if numbers[name] == 1 else f"{name}-{numbers[name]}")
        twins.append("" if numbers[name] == 1 else name)
    told = ctx.setting.set_.get("source_name", "Embase")
    fields = {
        "record_id": Given(named),
        "source_type": Given(["database"] * len(found)),
        "source_name": Given([told] * len(found)),
        "title": Given([record["title"] for record in found], 1),
        "duplicate_of": Given(twins),
    }
    fields |= {
        name: Given([record.get(name, "") for record in found])
        for name in _FIELDS
        if name != "id" and any(name in record for record in found)
    }
    if found:
        draft.add("records", fields, [draft.rows[at] for at in starts], found=True)
    draft.use(0, "the names of the fields")
    draft.leave_out(
        "a further field of the record above", [row for at, row in enumerate(draft.rows) if at not in set(starts)]
    )
    return draft.taken()


def _record(names: Sequence[str], values: Sequence[str], start: int, end: int) -> dict[str, str]:
    held = {name: value for name, value in zip(names[start:end], values[start:end], strict=True) if value}
    record = {"title": values[start]}
    for field, words in _FIELDS.items():
        text = next((held[word] for word in words if word in held), "")
        if text:
            record[field] = {"year": year, "doi": doi, "pmid": ids.plain}.get(field, str)(text)
    return record


ADAPTERS = [Adapter("embase_lines", _TITLE, _fit, _take)]
