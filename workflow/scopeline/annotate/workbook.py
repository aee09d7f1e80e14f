"""Changes an xlsx or xlsm workbook part by part: fills and comments at marked cells, and a first sheet that lists them.

Whatever is not named here is copied as it is: charts, images, tables, drop-downs, macros, other people's comments.
"""

import posixpath
import re
import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from ..cells import letter
from ..terms import Severity
from . import comments, listing, sheetxml
from .marks import MOST_COMMENTS, Cell, Mark, Marks
from .styles import MINIMAL, Styles
from .xmltext import (
    RELATIONS,
    UnpatchableError,
    appended,
    attribute,
    elements,
    prefix,
    quoted,
    require_utf8,
    require_well_formed,
    tag_pattern,
    with_attribute,
)

_SAVED = (1980, 1, 1, 0, 0, 0)
_PIECE = 1 << 20
_LEVEL = 3  #: of compression; a large sheet is written about twice as fast as with 6, and is a tenth larger
_PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
_OFFICE = "application/vnd.openxmlformats-officedocument"
_TYPES = {
    "worksheet": f"{_OFFICE}.spreadsheetml.worksheet+xml",
    "comments": f"{_OFFICE}.spreadsheetml.comments+xml",
    "styles": f"{_OFFICE}.spreadsheetml.styles+xml",
}
_NO_RELATIONS = f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<Relationships xmlns="{_PACKAGE}"/>'
_VML = f"{_OFFICE}.vmlDrawing"
_CONTENT_TYPES = "[Content_Types].xml"


def patch(source: Path, marks: Marks, out: Path) -> None:
    """Write a copy of the workbook `source` with `marks` to `out`; equal arguments give equal bytes.

    Raises UnpatchableError where the workbook is built in a way that this does not know.
    """
    try:
        with zipfile.ZipFile(source) as archive, tempfile.TemporaryDirectory() as folder:
            copy = _Copy(archive, marks, Path(folder))
            copy.make()
            copy.save(out)
    except (
        KeyError,
        ValueError,
        IndexError,
        zlib.error,
        zipfile.BadZipFile,
        ElementTree.ParseError,
        RuntimeError,
    ) as odd:
        raise UnpatchableError(f"it is built in an unusual way ({odd})") from odd


@dataclass(frozen=True)
class _Relation:
    id: str
    kind: str  #: the last word of its type, such as worksheet
    part: str


class _Copy:
    """One workbook on its way to the copy: parts that have changed, and the new ones."""

    def __init__(self, archive: zipfile.ZipFile, marks: Marks, folder: Path):
        self._archive, self._marks, self._folder = archive, marks, folder
        self._names = {name.lower(): name for name in archive.namelist() if not name.endswith("/")}
        self._changed: dict[str, bytes | Path] = {}
        self._new: dict[str, bytes] = {}
        self._block = 1
        self._left = MOST_COMMENTS

    def make(self) -> None:
        """Change what has to be changed."""
        root = self._relations("")
        self._book = next(relation.part for relation in root if relation.kind == "officeDocument")
        if b"purl.oclc.org/ooxml" in self._read(self._book):
            raise UnpatchableError("it is saved as Strict Open XML")
        self._parts = self._relations(self._book)
        xml = self._read(self._book)
        require_utf8(xml)
        sheets = self._sheets(xml)
        styles = self._styles()
        drawings = [self._archive.read(name) for name in self._names.values() if name.lower().endswith(".vml")]
        self._block = max((block for drawing in drawings for block in comments.blocks_of(drawing)), default=0) + 1
        for name, part in sheets.items():
            if cells := self._marks.cells.get(name):
                self._mark(part, cells, styles)
            else:
                self._deselect(part)
        if missing := sorted(set(self._marks.cells) - set(sheets)):
            raise UnpatchableError(f"it has no worksheet {missing[0]}")
        self._add_list(xml, set(sheets), styles)
        self._put(self._styles_part, styles.render())

    # ---- parts and relationships

    def _read(self, part: str) -> bytes:
        held = self._changed.get(part, self._new.get(part))
        if isinstance(held, bytes):
            return held
        return self._archive.read(self._names[part.lower()])

    def _relations(self, part: str) -> list[_Relation]:
        name = self._names.get(_relations_of(part).lower())
        if name is None:
            return []
        found = []
        for entry in ElementTree.fromstring(self._read(name)):
            if entry.get("TargetMode") == "External":
                continue
            target = entry.get("Target", "")
            whole = target if target.startswith("/") else posixpath.join("/", posixpath.dirname(part), target)
            at = posixpath.normpath(whole).lstrip("/")
            found.append(
                _Relation(
                    entry.get("Id", ""), entry.get("Type", "").rpartition("/")[2], self._names.get(at.lower(), at)
                )
            )
        return found

    def _relate(self, part: str, kind: str, target: str, wish: str) -> str:
        """Add a relationship of `part` to the part `target`; `wish` is the name it gets unless that is taken."""
        name = self._names.get(_relations_of(part).lower(), _relations_of(part))
        old = name.lower() in self._names or name in self._new
        xml = self._read(name) if old else _NO_RELATIONS.encode()
        require_utf8(xml)
        taken, id_ = set(re.findall(rb"""\sId\s*=\s*["']([^"']*)["']""", xml)), wish
        while id_.encode() in taken:
            id_ += "x"
        lead = prefix(xml, "Relationships").decode()
        child = f'<{lead}Relationship Id="{id_}" Type="{RELATIONS}/{kind}" Target="{quoted("/" + target)}"/>'
        xml = appended(xml, "Relationships", [child.encode()])
        self._put(name, xml)
        return id_

    def _put(self, part: str, content: bytes) -> None:
        if part.lower() in self._names:
            self._changed[part] = content
        else:
            self._new[part] = content

    def _add(self, part: str, kind: str, content: bytes) -> None:
        self._new[part] = content
        xml = self._read(_CONTENT_TYPES)
        require_utf8(xml)
        lead = prefix(xml, "Types").decode()
        child = f'<{lead}Override PartName="/{part}" ContentType="{_TYPES[kind]}"/>' if kind in _TYPES else ""
        if kind == "vmlDrawing" and not re.search(rb"""\sExtension\s*=\s*["']vml["']""", xml, re.I):
            child = f'<{lead}Default Extension="vml" ContentType="{_VML}"/>'
        self._put(_CONTENT_TYPES, appended(xml, "Types", [child.encode()] if child else [], first=kind not in _TYPES))

    def _free(self, pattern: str) -> str:
        """A name for a new part that no part has."""
        taken = {*self._names, *(name.lower() for name in self._new)}
        at = 1
        while pattern.format(at).lower() in taken:
            at += 1
        return pattern.format(at)

    # ---- the workbook's parts

    def _sheets(self, xml: bytes) -> dict[str, str]:
        """Worksheets by name, in their order."""
        parts = {relation.id: relation for relation in self._parts}
        found: dict[str, str] = {}
        self._tabs: list[str] = []
        for entry in ElementTree.fromstring(xml).iter():
            if entry.tag.rpartition("}")[2] == "sheet":
                id_ = next((value for key, value in entry.attrib.items() if key.endswith("}id")), "")
                self._tabs.append(entry.get("name", ""))
                if id_ in parts and parts[id_].kind == "worksheet":
                    found[entry.get("name", "")] = parts[id_].part
                elif id_ in parts:
                    self._deselect(parts[id_].part)
        return found

    def _styles(self) -> Styles:
        held = next((relation.part for relation in self._parts if relation.kind == "styles"), None)
        if held is not None:
            self._styles_part = held
            return Styles(self._read(held))
        self._styles_part = "xl/styles.xml" if "xl/styles.xml" not in self._names else self._free("xl/styles{}.xml")
        self._add(self._styles_part, "styles", MINIMAL)
        self._relate(self._book, "styles", self._styles_part, "rIdScopelineStyles")
        return Styles(MINIMAL)

    def _deselect(self, part: str) -> None:
        """Have the list be the only sheet selected: what is typed into selected sheets goes into all of them."""
        with self._archive.open(self._names[part.lower()]) as stream:
            head = stream.read(1 << 16)
            if (new := sheetxml.deselected(head)) == head:
                return
            target = self._folder / f"{len(self._changed)}"
            with target.open("wb") as file:
                file.write(new)
                shutil.copyfileobj(stream, file, _PIECE)
        self._changed[part] = target

    def _mark(self, part: str, cells: dict[Cell, Mark], styles: Styles) -> None:
        """Fills and comments of one sheet."""
        wanted: dict[int, dict[int, Severity]] = {}
        for (row, column), mark in cells.items():
            wanted.setdefault(row, {})[column] = mark.severity
        relations = self._relations(part)
        target = self._folder / f"{len(self._changed)}"
        drawing = self._free("xl/drawings/vmlDrawing{}.vml")
        id_ = _unused("rIdScopelineDrawing", relations)
        with self._archive.open(self._names[part.lower()]) as stream, target.open("wb") as file:
            done = sheetxml.patch(stream, file.write, wanted, styles.marked, id_)
        self._changed[part] = target
        self._texts_and_boxes(part, cells, relations, done, (drawing, id_))

    def _texts_and_boxes(
        self,
        part: str,
        cells: dict[Cell, Mark],
        relations: list[_Relation],
        done: sheetxml.Patched,
        new: tuple[str, str],
    ) -> None:
        said = {cell: cells[cell] for cell in sorted(cells)[: self._left]}
        if len(said) < len(cells):
            self._marks.remarks.append(
                f"{len(cells) - len(said)} marked cells are coloured without a comment, because a workbook with more "
                f"than {MOST_COMMENTS} comments opens slowly. This list has them all."
            )
        self._left -= len(said)
        texts = next((relation.part for relation in relations if relation.kind == "comments"), None)
        content, boxed, threaded = comments.with_texts(
            comments.EMPTY.encode() if texts is None else self._read(texts), said
        )
        if threaded:
            named = ", ".join(f"{letter(column)}{row}" for row, column in threaded[:10])
            self._marks.remarks.append(
                f"Some marked cells hold a conversation, which was left as it is ({named}). What is wrong there stands "
                "in this list."
            )
        if texts is None:
            texts = self._free("xl/comments{}.xml")
            self._add(texts, "comments", content)
            self._relate(part, "comments", texts, "rIdScopelineComments")
        else:
            self._put(texts, content)
        old = done.drawing
        if old is None:
            held, id_ = new
            self._add(held, "vmlDrawing", b"")
            if self._relate(part, "vmlDrawing", held, id_) != id_:
                raise UnpatchableError("its relationships are named in an unusual way")
        else:
            held = next(relation.part for relation in relations if relation.id == old)
        drawing = comments.EMPTY_DRAWING.encode() if old is None else self._read(held)
        drawing = comments.with_boxes(drawing, boxed, said, done.geometry, self._block)
        self._block += comments.n_blocks(len(boxed))
        self._put(held, drawing)

    def _add_list(self, xml: bytes, sheets: set[str], styles: Styles) -> None:
        """The list as the first sheet, and the sheet that is shown when the copy is opened."""
        part = self._free("xl/worksheets/sheet{}.xml")
        self._add(part, "worksheet", listing.sheet(self._marks, sheets, styles))
        id_ = self._relate(self._book, "worksheet", part, "rIdScopelineList")
        taken, name, at = {tab.casefold() for tab in self._tabs}, "scopeline", 1
        while name in taken:
            at += 1
            name = f"scopeline {at}"
        numbers = [int(attribute(xml[start:end], b"sheetId") or b"0") for start, end in elements(xml, "sheet")]
        lead = prefix(xml, "sheets").decode()
        entry = f'<{lead}sheet xmlns:r="{RELATIONS}" name="{name}" sheetId="{max(numbers) + 1}" r:id="{id_}"/>'
        xml = appended(xml, "sheets", [entry.encode()], first=True)
        xml = _each(xml, "definedName", _one_further)
        self._changed[self._book] = _each(xml, "workbookView", _showing_first)

    # ---- writing

    def save(self, out: Path) -> None:
        """Write the copy: the parts in their old order, new ones behind them."""
        for made in [*self._changed.values(), *self._new.values()]:
            require_well_formed(_pieces(made))
        part_of_out = out.with_name(f".{out.name}.part")
        try:
            with zipfile.ZipFile(part_of_out, "w", zipfile.ZIP_DEFLATED, compresslevel=_LEVEL) as target:
                for name in dict.fromkeys(self._archive.namelist()):
                    if name.endswith("/"):
                        continue
                    held = self._changed.get(name)
                    with target.open(_entry(name), "w", force_zip64=True) as file:
                        if held is not None:
                            for piece in _pieces(held):
                                file.write(piece)
                        else:
                            with self._archive.open(name) as stream:
                                shutil.copyfileobj(stream, file, _PIECE)
                for name, content in self._new.items():
                    target.writestr(_entry(name), content)
            part_of_out.replace(out)
        finally:
            part_of_out.unlink(missing_ok=True)


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, _SAVED)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = 0o600 << 16
    return entry


def _pieces(held: bytes | Path) -> Iterator[bytes]:
    if isinstance(held, bytes):
        yield held
        return
    with held.open("rb") as file:
        while piece := file.read(_PIECE):
            yield piece


def _relations_of(part: str) -> str:
    folder, _, name = part.rpartition("/")
    return posixpath.join(folder, "_rels", f"{name}.rels")


def _unused(wish: str, relations: list[_Relation]) -> str:
    taken = {relation.id for relation in relations}
    while wish in taken:
        wish += "x"
    return wish


def _each(xml: bytes, local: str, change: Callable[[bytes], bytes]) -> bytes:
    """`xml` with every start tag of that local name changed."""
    return tag_pattern(local).sub(lambda found: change(found[0]), xml)


def _one_further(tag: bytes) -> bytes:
    """A name that belongs to one sheet, now that a sheet stands before it."""
    given = attribute(tag, b"localSheetId")
    return tag if given is None else with_attribute(tag, b"localSheetId", str(int(given) + 1).encode())


def _showing_first(tag: bytes) -> bytes:
    """A window that shows the first sheet."""
    for name in (b"activeTab", b"firstSheet"):
        if attribute(tag, name) is not None:
            tag = with_attribute(tag, name, b"0")
    return tag
