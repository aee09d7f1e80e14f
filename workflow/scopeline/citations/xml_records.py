"""XML of EndNote and of PubMed, read with the standard library's expat.

A file that declares entities is refused, so that none can grow without end; nothing outside of the file is fetched.
A file that breaks somewhere is read once more record by record, and only the broken ones are lost, each with its line.
"""

import html
import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element
from xml.parsers import expat

from .faults import Unreadable
from .table import Table, joined, put_dates
from .values import bare_doi

if TYPE_CHECKING:
    from .. import cells

Row = dict[str, str]
Values = dict[str, list[str]]
Faults = list[tuple[int, str]]

_CONTROLS = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]|&#(?:0*(?:[0-8]|1[124-9]|2\d|3[01])|x0*(?:[0-8bcef]|1[0-9a-f]));", re.I
)
_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")
_ENTITY = re.compile(r"&([A-Za-z][A-Za-z0-9]*);")
_AMPERSAND = re.compile(r"&(?!#?\w+;)")
_MOST_NESTED = 200


class _EntityError(Exception):
    """The file declares entities."""


def read_endnote(text: str) -> "tuple[list[cells.Sheet], Faults]":
    """Read the XML that EndNote and its followers (Zotero, EPPI-Reviewer) write into one sheet."""
    return _read(text, ("record",), _endnote_row)


def read_pubmed(text: str) -> "tuple[list[cells.Sheet], Faults]":
    """Read PubMed's XML, articles and books, into one sheet."""
    whole = ("PubmedArticle", "PubmedBookArticle")
    return _read(text, whole if any(f"<{name}" in text for name in whole) else _PUBMED_PARTS, _pubmed_row)


def _read(text: str, names: tuple[str, ...], row_of: Callable[[Element], Row]) -> "tuple[list[cells.Sheet], Faults]":
    text = _DECLARATION.sub(
        lambda found: "\n" * found[0].count("\n"), _CONTROLS.sub("", text.lstrip("\ufeff")), count=1
    )
    faults: Faults = []
    try:
        table = Table()
        for line, record in _records(text, names):
            table.add(line, row_of(record))
    except _EntityError:
        raise Unreadable(
            "The file declares entities of its own, which no export of citations does, and is not read.",
            "Export the records again from the reference manager.",
        ) from None
    except expat.ExpatError as problem:
        table, faults = _one_by_one(text, names, row_of)
        if not table.lines and not faults:
            raise Unreadable(
                f"The XML breaks at line {problem.lineno} ({expat.ErrorString(problem.code)}).",
                "Export the records again; the file may be cut off.",
                problem.lineno,
            ) from None
    return [table.sheet()], faults


def _records(text: str, names: tuple[str, ...], first_line: int = 1) -> Iterator[tuple[int, Element]]:
    """Each record with the line on which it begins; the records before a break are given before it is raised."""
    parser = expat.ParserCreate("utf-8")
    stack: list[Element] = []
    ready: list[tuple[int, Element]] = []
    depth = 0
    begun = 0

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth, begun
        depth += 1
        name = name.rpartition(":")[2]
        if stack or name in names:
            if not stack:
                begun = parser.CurrentLineNumber
            element = Element(name, attributes)
            if len(stack) < _MOST_NESTED:  # deeper ones are kept side by side
                if stack:
                    stack[-1].append(element)
                stack.append(element)
            else:
                stack.append(stack[-1])

    def end(_name: str) -> None:
        nonlocal depth
        depth -= 1
        if stack:
            element = stack.pop()
            if not stack:
                ready.append((begun + first_line - 1, element))

    def data(content: str) -> None:
        if not stack:
            return
        top = stack[-1]
        if len(top):
            top[-1].tail = (top[-1].tail or "") + content
        else:
            top.text = (top.text or "") + content

    def entity(*_: object) -> None:
        raise _EntityError

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = data
    parser.EntityDeclHandler = entity
    parser.buffer_text = True
    coded = text.encode("utf-8", "replace")
    for place in range(0, len(coded), 1 << 16):
        parser.Parse(coded[place : place + (1 << 16)], False)
        yield from ready
        ready.clear()
    parser.Parse(b"", True)
    yield from ready


def _one_by_one(text: str, names: tuple[str, ...], row_of: Callable[[Element], Row]) -> tuple[Table, Faults]:
    """Each record cut out by its own tags and read alone, with the ampersands mended that break most files."""
    table = Table()
    faults: Faults = []
    begins = list(re.finditer(rf"<({'|'.join(names)})(?=[\s>/])", text))
    line, place = 1, 0
    for begin, after in zip(begins, [*begins[1:], None], strict=True):
        line += text.count("\n", place, begin.start())
        place = begin.start()
        whole = text[place : after.start() if after else len(text)]
        close = whole.rfind(f"</{begin[1]}>")
        piece = whole[: close + len(begin[1]) + 3] if close >= 0 else whole
        try:
            found = list(_records(_mended(piece), names, line))
        except expat.ExpatError as problem:
            at = line + problem.lineno - 1
            faults.append((line, f"The record cannot be read: the XML breaks at line {at} ({_why(problem)})."))
            continue
        for began, record in found:
            table.add(began, row_of(record))
    return table, faults


def _why(problem: expat.ExpatError) -> str:
    return str(expat.ErrorString(problem.code))


def _mended(text: str) -> str:
    text = _AMPERSAND.sub("&amp;", text)
    return _ENTITY.sub(_character, text)


def _character(found: re.Match[str]) -> str:
    name = found[1]
    if name in ("amp", "lt", "gt", "quot", "apos"):
        return found[0]
    text = html.unescape(found[0])
    return f"&amp;{name};" if text == found[0] else text


def _text(element: Element, paragraphs: bool = False) -> str:
    """All the text in an element, as one line, or with its `paragraphs` on lines of their own."""
    whole = "".join(element.itertext())
    if not paragraphs:
        return " ".join(whole.split())
    return "\n".join(line for line in (" ".join(part.split()) for part in re.split(r"[\r\n]+", whole)) if line)


#: Elements that only lay out text: in the record they are read as part of what holds them.
_LAYOUT = frozenset(("style", "i", "b", "sup", "sub", "u", "math"))


def _leaves(element: Element, path: str = "") -> Iterator[tuple[str, Element]]:
    children = [child for child in element if child.tag not in _LAYOUT]
    if not children or (path and (element.text or "").strip()):
        yield path, element
        return
    for child in children:
        yield from _leaves(child, f"{path}/{child.tag}" if path else child.tag)


_ENDNOTE = {
    "rec-number": "id",
    "titles/title": "title",
    "contributors/authors/author": "authors",
    "dates/year": "published",
    "dates/pub-dates/date": "date",
    "titles/secondary-title": "journal",
    "periodical/full-title": "periodical",
    "volume": "volume",
    "number": "issue",
    "pages": "pages",
    "electronic-resource-num": "doi",
    "isbn": "issn_isbn",
    "abstract": "abstract",
    "keywords/keyword": "keywords",
    "language": "language",
    "publisher": "publisher",
    "urls/related-urls/url": "url",
    "remote-database-name": "database",
    "accession-num": "accession_number",
    "notes": "notes",
}
_ENDNOTE_TEXTS = frozenset(("abstract", "notes", "research-notes", "auth-address"))


def _endnote_row(record: Element) -> Row:
    values: Values = {}
    row: Row = {}
    for path, leaf in _leaves(record):
        text = _text(leaf, paragraphs=path in _ENDNOTE_TEXTS)
        if path == "ref-type":
            values["record_type"] = [leaf.get("name") or text]
        elif path and text:
            values.setdefault(_ENDNOTE.get(path, f"XML {path}"), []).append(text)
    if "periodical" in values:
        kept = "XML periodical/full-title" if values.get("journal") else "journal"
        if values.get("journal") != values["periodical"]:
            values[kept] = values["periodical"]
        del values["periodical"]
    if "doi" in values:
        values["doi"] = [bare_doi(text) for text in values["doi"]]
    for header, texts in values.items():
        row[header] = joined(header, texts)
    put_dates(row, row.pop("published", ""), "XML dates/year")
    return row


def _pubmed_row(record: Element) -> Row:
    about = next((part for name in _PUBMED_PARTS if (part := record.find(name)) is not None), record)
    article = about.find("Article")
    body = article if article is not None else about
    taken: set[int] = set()  # the elements that are told under a shared header

    def texts(element: Element, *paths: str) -> list[str]:
        """The texts at the first path that has any."""
        for path in paths:
            if found := [part for part in element.iterfind(path) if _text(part)]:
                taken.update(map(id, found))
                return [_text(part) for part in found]
        return []

    def identifiers(kind: str) -> list[str]:
        found = [part for path in _PUBMED_IDENTIFIERS for part in record.iterfind(path) if part.get("IdType") == kind]
        found += [part for part in body.iterfind("ELocationID") if part.get("EIdType") == kind]
        found += [part for part in body.iterfind("ArticleIdList/ArticleId") if part.get("IdType") == kind]
        taken.update(map(id, found))
        return list(dict.fromkeys(bare_doi(_text(part)) for part in found))

    def name(author: Element) -> str:
        family, given = texts(author, "LastName"), texts(author, "ForeName", "Initials")
        taken.update(map(id, author.iterfind("Initials")))
        return ", ".join((*family, *given, *texts(author, "Suffix"))) or "".join(texts(author, "CollectiveName"))

    sections = body.findall("Abstract/AbstractText")
    dates = body.findall("Journal/JournalIssue/PubDate") or body.findall("Book/PubDate")
    pmid = texts(about, "PMID")[:1]
    fields = {
        "record_type": texts(body, "PublicationTypeList/PublicationType", "PublicationType"),
        "id": pmid,
        "title": texts(body, "ArticleTitle", "Book/BookTitle"),
        "authors": [name(author) for author in _authors(body)],
        "journal": texts(body, "Journal/Title", "Journal/ISOAbbreviation"),
        "volume": texts(body, "Journal/JournalIssue/Volume", "Book/Volume"),
        "issue": texts(body, "Journal/JournalIssue/Issue"),
        "pages": texts(body, "Pagination/MedlinePgn"),
        "doi": identifiers("doi"),
        "pmid": pmid or identifiers("pubmed"),
        "pmcid": identifiers("pmc"),
        "issn_isbn": texts(body, "Journal/ISSN", "Book/Isbn"),
        "abstract": [_section(part) for part in sections],
        "keywords": texts(about, "KeywordList/Keyword"),
        "language": texts(body, "Language"),
        "publisher": texts(body, "Book/Publisher/PublisherName"),
        "notes": texts(about, "GeneralNote"),
    }
    identifiers("pubmed")
    taken.update(map(id, sections))
    taken.update(id(part) for date in dates for part in date)
    row = {header: joined(header, values) for header, values in fields.items()}
    put_dates(row, " ".join(_text(part) for date in dates[:1] for part in date), "XML PubDate")
    row.update(_pubmed_rest(record, taken))
    return row


_PUBMED_PARTS = ("MedlineCitation", "BookDocument")
_PUBMED_IDENTIFIERS = ("PubmedData/ArticleIdList/ArticleId", "PubmedBookData/ArticleIdList/ArticleId")


def _authors(body: Element) -> list[Element]:
    lists = body.findall("AuthorList") or body.findall("Book/AuthorList")
    return [author for group in lists if group.get("Type", "authors") == "authors" for author in group.iter("Author")]


def _section(part: Element) -> str:
    label = part.get("Label")
    text = _text(part, paragraphs=True)
    return f"{label}: {text}" if label and label != "UNLABELLED" else text


def _pubmed_rest(record: Element, taken: set[int]) -> Row:
    """Everything else under its own path; a heading with its qualifiers is one value."""
    values: Values = {}
    for heading in record.iter("MeshHeading"):
        taken.update(map(id, heading))
        values.setdefault("XML MeshHeading", []).append("/".join(text for part in heading if (text := _text(part))))
    for path, leaf in _leaves(record):
        text = _text(leaf)
        if path and text and id(leaf) not in taken:
            kind = leaf.get("IdType") or leaf.get("EIdType")
            short = "/".join(path.split("/")[-2:])
            values.setdefault(f"XML {short} {kind}" if kind else f"XML {short}", []).append(text)
    return {header: " | ".join(texts) for header, texts in values.items()}
