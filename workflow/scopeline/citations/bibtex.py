"""BibTeX. bibtexparser splits the file, because it goes on after a broken entry and knows each entry's line.

Values are put together here: its own way of doing so leaves `macro # " text"` as it stands.
"""

import logging
import re
from typing import TYPE_CHECKING, Any

from . import latex
from .faults import Unreadable
from .table import Table, joined, put_dates
from .values import bare_doi

if TYPE_CHECKING:
    from .. import cells

_FIELDS = {
    "title": ("title",),
    "authors": ("author",),
    "published": ("year", "date"),
    "journal": ("journal", "journaltitle", "booktitle"),
    "volume": ("volume",),
    "issue": ("number", "issue"),
    "pages": ("pages",),
    "doi": ("doi",),
    "pmid": ("pmid",),
    "pmcid": ("pmcid", "pmc"),
    "issn_isbn": ("issn", "isbn"),
    "abstract": ("abstract",),
    "keywords": ("keywords", "keyword"),
    "language": ("language", "langid"),
    "publisher": ("publisher",),
    "url": ("url",),
    "database": ("database",),
    "accession_number": ("unique-id",),
    "notes": ("note", "annote", "annotation"),
}
_PLACES = {name: (header, rank) for header, names in _FIELDS.items() for rank, name in enumerate(names)}
#: What is an address and no text; only the escapes that BibTeX asks for are taken out of it.
_ADDRESSES = frozenset(
    ("doi", "url", "file", "eprint", "issn", "isbn", "pmid", "pmcid", "pmc", "unique-id", "local-url")
)
_MONTHS = {name.lower()[:3]: name for name in (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)}  # fmt: skip
_REST = re.compile(r"""^[\s}]*,|^\s*[\w-]+\s*=\s*["{\d]""")
_BEGUN = re.compile(r"@\s*(?!string|preamble|comment)[A-Za-z]+\s*[{(]", re.I)
_NAME = re.compile(r"[^\s\"#%'(),={}]+")


class _BrokenError(ValueError):
    """A value whose braces or quotation marks do not match."""


def read(text: str) -> "tuple[list[cells.Sheet], list[tuple[int, str]]]":
    """Read BibTeX into one sheet, with a fault for each entry that is broken; entries with one key are all kept."""
    from bibtexparser.exceptions import ParserStateException
    from bibtexparser.splitter import Splitter

    text = text.lstrip("\ufeff")
    if "@" not in text:
        raise Unreadable('No entry begins anywhere in the file: no line like "@article{key,".', "Export it again.", 1)
    logging.getLogger("bibtexparser").setLevel(logging.CRITICAL)
    try:
        blocks: list[Any] = list(Splitter(text).split().blocks)
    except ParserStateException as problem:
        raise Unreadable(f"The BibTeX cannot be read ({problem}).", "Export it again, or export RIS.") from None
    table, faults, macros = Table(), [], dict(_MONTHS)
    for block, rest in zip(blocks, [*blocks[1:], None], strict=True):
        line = block.start_line + 1
        name = type(block).__name__
        entry: Any = getattr(block, "ignore_error_block", None) if name.startswith("Duplicate") else block
        kind = type(entry).__name__
        if kind == "String":
            macros[entry.key.lower()] = _macro_value(entry.value, macros)
        elif kind == "Entry":
            try:
                _whole(rest)
                table.add(line, _row(entry, macros))
            except _BrokenError as problem:
                faults.append((line, _told(entry.key, str(problem))))
        elif kind == "ParsingFailedBlock" and (broken := _told_of_failed(block.raw.lstrip())):
            faults.append((line, broken))
    return [table.sheet()], faults


def _told(key: str, why: str) -> str:
    return f"The entry {key or '(without a key)'} cannot be read: {why}. Mend it in the file or export it again."


def _told_of_failed(raw: str) -> str:
    """What is said of a block that does not parse; nothing of a comment."""
    if _BEGUN.match(raw):
        found = re.match(r"@\s*\w+\s*[{(]\s*([^\s,{}=]+)\s*,", raw)
        return _told(found[1] if found else "", "its braces, quotation marks or commas do not match")
    if re.match(r"@\s*string", raw, re.I):
        return (
            "The abbreviation (@string) cannot be read; entries that use it show its short form. Mend it in the file."
        )
    return ""


def _whole(rest: Any) -> None:
    """Raise if what follows an entry is more of it: a brace too many ended it early."""
    if type(rest).__name__ == "ImplicitComment" and _REST.match(rest.raw):
        raise _BrokenError("a brace closes it too early")


def _row(entry: Any, macros: dict[str, str]) -> dict[str, str]:
    values: dict[str, list[str]] = {}
    for field in entry.fields:
        key = field.key.strip().lower()
        values.setdefault(key, []).append(_text(key, _value(str(field.value), macros)))
    row = {"record_type": entry.entry_type, "id": entry.key}
    taken: dict[str, tuple[int, str, str]] = {}
    for key, texts in values.items():
        header, rank = _PLACES.get(key, ("", 0))
        text = joined(header or key, texts)
        if not header:
            row[f"BIBTEX {key}"] = text
        elif text:
            first, *others = sorted(place for place in ((rank, key, text), taken.get(header)) if place)
            taken[header] = first
            row.update({f"BIBTEX {other}": said for _, other, said in others if said != first[2]})
    for header, (_, _, text) in taken.items():
        row[header] = text
    if "published" in row:
        put_dates(row, row.pop("published"), f"BIBTEX {taken['published'][1]}")
    return row


def _text(key: str, value: str) -> str:
    if key in _ADDRESSES:
        value = re.sub(r"\\([_&%#~{}])", r"\1", value.replace("{\\_}", "_")).strip("{} ")
        return bare_doi(value) if key == "doi" else value
    if key in ("author", "editor"):
        return "; ".join(latex.plain(name) for name in _names(value))
    value = latex.plain(value)
    if key == "pages":
        return re.sub(r"-{2,}", "-", value)
    return value


def _names(value: str) -> list[str]:
    """Names between the word "and" outside of braces; they stay as they are written."""
    names, depth, start = [], 0, 0
    for found in re.finditer(r"\\.|[{}]|\s+and(?=\s)\s+", value, re.I | re.S):
        sign = found[0]
        if sign == "{":
            depth += 1
        elif sign == "}":
            depth -= 1
        elif depth <= 0 and sign[:1].isspace():
            names.append(value[start : found.start()])
            start = found.end()
    names.append(value[start:])
    return [" ".join(name.split()) for name in names if name.strip()]


def _macro_value(expression: str, macros: dict[str, str]) -> str:
    try:
        return _value(expression, macros)
    except _BrokenError:
        return expression


def _value(expression: str, macros: dict[str, str]) -> str:
    """Put together what stands after `=`: texts in braces or quotation marks, numbers and macros, joined by #."""
    parts, place, end = [], 0, len(expression)
    while place < end:
        sign = expression[place]
        if sign.isspace():
            place += 1
        elif sign in '{"':
            stop = _closing(expression, place)
            parts.append(expression[place + 1 : stop])
            place = _after(expression, stop + 1)
        else:
            found = _NAME.match(expression, place)
            if not found:
                raise _BrokenError(f'"{expression[place : place + 20]}" stands outside of braces')
            parts.append(macros.get(found[0].lower(), found[0]))
            place = _after(expression, found.end())
    return " ".join("".join(parts).split()) if "\n" in expression else "".join(parts).strip()


def _after(expression: str, place: int) -> int:
    """The place behind the # that joins the next part, or the end."""
    while place < len(expression) and expression[place].isspace():
        place += 1
    if place < len(expression):
        if expression[place] != "#":
            raise _BrokenError(f'"{expression[place : place + 20]}" stands outside of braces')
        place += 1
    return place


def _closing(expression: str, start: int) -> int:
    """The place of the brace or quotation mark that closes the one at `start`."""
    quoted, depth = expression[start] == '"', 0
    place = start
    while place < len(expression):
        sign = expression[place]
        if sign == "\\":
            place += 1
        elif sign == "{":
            depth += 1
        elif sign == "}":
            depth -= 1
            if depth == 0 and not quoted:
                return place
        elif sign == '"' and quoted and depth == 0 and place > start:
            return place
        place += 1
    raise _BrokenError("its braces or quotation marks are not closed")
