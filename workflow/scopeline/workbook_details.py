"""What the fast reader does not tell of a workbook, looked for in the workbook's own XML.

That reader shows error cells and formulas that were never calculated as blanks, percentages as shares of 1, and nothing
of hidden rows and columns and of comments.
"""

import io
import posixpath
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from .cells import Kind, number


@dataclass
class Details:
    """What is found of one sheet; places count from 0. `width` is the number of columns up to the last of `cells`."""

    cells: dict[tuple[int, int], tuple[Kind, str]] = field(default_factory=dict)
    hidden_rows: list[int] = field(default_factory=list)
    hidden_columns: list[int] = field(default_factory=list)
    comments: list[tuple[int, int, str]] = field(default_factory=list)
    width: int = 0


_CELL = re.compile(rb"<(?:\w+:)?c\b([^>]*?)(?:/>|>(.*?)</(?:\w+:)?c>)", re.S)
_PLACE = re.compile(rb'\br="([A-Z]{1,3})([0-9]+)"')
_FORMULA = re.compile(rb"<(?:\w+:)?f\b[^>]*?(?:/>|>(.*?)</(?:\w+:)?f>)", re.S)
_VALUE = re.compile(rb"<(?:\w+:)?v>(.*?)</(?:\w+:)?v>", re.S)
_ROW_HIDDEN = re.compile(rb'<(?:\w+:)?row\b(?=[^>]*\bhidden="(?:1|true)")[^>]*\br="([0-9]+)"')
_COLUMN = re.compile(rb"<(?:\w+:)?col\b([^>]*)>")


def of_xlsx(path: Path) -> dict[str, Details]:
    """Sheet name → error cells, formulas without a value, hidden rows and columns, from the workbook's own XML."""
    found: dict[str, Details] = {}
    with zipfile.ZipFile(path) as archive:
        percent = _percent_styles(archive)
        for name, part in _sheet_parts(archive).items():
            found[name] = details = Details(comments=_comments(archive, part))
            with archive.open(part) as stream:
                for chunk in _row_chunks(stream):
                    if b'hidden="' in chunk:
                        _hidden(chunk, details)
                    if b't="e"' in chunk or b"<f" in chunk or b":f" in chunk:
                        _errors(chunk, details)
                    if percent is not None and percent.search(chunk):
                        _percentages(chunk, percent, details)
    return found


def _percent_styles(archive: zipfile.ZipFile) -> re.Pattern[bytes] | None:
    """A pattern for cells whose number format shows a percentage; None where the workbook has no such format."""
    try:
        styles = ElementTree.fromstring(archive.read("xl/styles.xml"))
    except KeyError:
        return None
    space = styles.tag.partition("}")[0] + "}" if "}" in styles.tag else ""
    formats = {"9", "10"} | {
        form.get("numFmtId", "") for form in styles.iter(f"{space}numFmt") if "%" in form.get("formatCode", "")
    }
    cells = styles.find(f"{space}cellXfs")
    used = [
        str(place) for place, form in enumerate(cells if cells is not None else ()) if form.get("numFmtId") in formats
    ]
    return re.compile(rb'\bs="(?:%s)"' % "|".join(used).encode()) if used else None


def _percentages(chunk: bytes, percent: re.Pattern[bytes], details: Details) -> None:
    for match in _CELL.finditer(chunk):
        attributes, inside = match[1], match[2] or b""
        value, place = _VALUE.search(inside), _PLACE.search(attributes)
        if value and place and percent.search(attributes) and not re.search(rb'\bt="(?!n")', attributes):
            details.cells.setdefault(
                (int(place[2]) - 1, number(place[1].decode())), (Kind.PERCENT, f"{float(value[1]) * 100:.10g} %")
            )


def _comments(archive: zipfile.ZipFile, part: str) -> list[tuple[int, int, str]]:
    """The comments of a sheet: row and column (from 0) and text."""
    folder, _, file = part.rpartition("/")
    try:
        relations = ElementTree.fromstring(archive.read(f"{folder}/_rels/{file}.rels"))
    except KeyError:
        return []
    found: list[tuple[int, int, str]] = []
    for relation in relations:
        if not relation.get("Type", "").endswith("/comments"):
            continue
        target = relation.get("Target", "")
        name = target.lstrip("/") if target.startswith("/") else posixpath.normpath(f"{folder}/{target}")
        try:
            listed = ElementTree.fromstring(archive.read(name))
        except KeyError:
            continue
        for comment in listed.iter():
            place = (
                re.fullmatch(r"([A-Z]{1,3})([0-9]+)", comment.get("ref", ""))
                if comment.tag.endswith("}comment")
                else None
            )
            if place:
                text = "".join(piece.text or "" for piece in comment.iter() if piece.tag.endswith("}t"))
                found.append((int(place[2]) - 1, number(place[1]), " ".join(text.split())))
    return found


def _sheet_parts(archive: zipfile.ZipFile) -> dict[str, str]:
    names = set(archive.namelist())
    targets = {
        entry.get("Id"): entry.get("Target", "")
        for entry in ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))
    }
    parts: dict[str, str] = {}
    for entry in ElementTree.fromstring(archive.read("xl/workbook.xml")).iter():
        if not entry.tag.endswith("}sheet"):
            continue
        relation = next((value for key, value in entry.attrib.items() if key.endswith("}id")), "")
        target = targets.get(relation) or ""
        part = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
        if part in names and "worksheets/" in part:
            parts[entry.get("name", "")] = part
    return parts


def _row_chunks(stream: Any) -> Iterator[bytes]:
    """The sheet's XML in pieces that end with a row."""
    rest = b""
    while piece := stream.read(1 << 22):
        piece = rest + piece
        cut = piece.rfind(b"row>") + 4
        if cut < 4:
            rest = piece
            continue
        yield piece[:cut]
        rest = piece[cut:]
    yield rest


def _hidden(chunk: bytes, details: Details) -> None:
    details.hidden_rows += [int(match[1]) - 1 for match in _ROW_HIDDEN.finditer(chunk)]
    for match in _COLUMN.finditer(chunk):
        given = dict(re.findall(rb'(\w+)="([^"]*)"', match[1]))
        if given.get(b"hidden") in (b"1", b"true") and b"min" in given:
            first, last = int(given[b"min"]), int(given.get(b"max", given[b"min"]) or 0)
            details.hidden_columns += range(first - 1, min(last, 16384))


def _errors(chunk: bytes, details: Details) -> None:
    for match in _CELL.finditer(chunk):
        attributes, inside = match[1], match[2] or b""
        error = b't="e"' in attributes
        formula = _FORMULA.search(inside)
        if not error and formula is None:
            continue
        value = _VALUE.search(inside)
        text = value[1] if value else b""
        place = _PLACE.search(attributes)
        if place is None:
            continue
        at = (int(place[2]) - 1, number(place[1].decode()))
        if error:
            details.cells[at] = (Kind.ERROR, _unescape(text) or "#ERROR!")
        elif not text and b't="str"' not in attributes:
            written = _unescape(formula[1] or b"") if formula else ""
            details.cells[at] = (Kind.FORMULA, f"={written}")
        else:
            continue
        details.width = max(details.width, at[1] + 1)


def _unescape(text: bytes) -> str:
    from html import unescape

    return unescape(text.decode("utf-8", "replace")).strip()


_ODS_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_ODS_ERROR = "{urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0}value-type"


def of_ods(path: Path) -> dict[str, Details]:
    """Sheet name → error cells of an OpenDocument spreadsheet, which the fast reader shows as blanks."""
    with zipfile.ZipFile(path) as archive:
        content = archive.read("content.xml")
    found: dict[str, Details] = {}
    if b'value-type="error"' not in content:
        return found
    details, row, column = Details(), 0, 0
    for event, element in ElementTree.iterparse(io.BytesIO(content), ("start", "end")):
        name = element.tag.removeprefix(_ODS_TABLE)
        if event == "start":
            if name == "table":
                details, row = found.setdefault(element.get(f"{_ODS_TABLE}name", ""), Details()), 0
            elif name == "table-row":
                column = 0
        elif name == "table-row":
            row += int(element.get(f"{_ODS_TABLE}number-rows-repeated", "1"))
            element.clear()
        elif name in ("table-cell", "covered-table-cell"):
            if element.get(_ODS_ERROR) == "error":
                details.cells[row, column] = (Kind.ERROR, "".join(element.itertext()).strip() or "#ERROR!")
                details.width = max(details.width, column + 1)
            column += int(element.get(f"{_ODS_TABLE}number-columns-repeated", "1"))
    return found
