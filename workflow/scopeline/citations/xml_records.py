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
from .table import Table, bare_doi, joined, put_dates

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
    return _read(text, ("PubmedArticle", "PubmedBookArticle"), _pubmed_row)


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


def _texts(record: Element, path: str) -> list[str]:
    return [text for element in record.iterfind(path) if (text := _text(element))]


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


_PUBMED_TAKEN = re.compile(
    r"(?:^|/)(?:PMID|ArticleTitle|BookTitle|AbstractText|Author|Title|PubDate|Volume|Issue|MedlinePgn|ISSN|Isbn|"
    r"PublicationType|Language|PublisherName|Keyword)(?:/|$)"
)


def _pubmed_row(record: Element) -> Row:
    about = record.find("MedlineCitation")
    if about is None:
        about = record.find("BookDocument")
    if about is None:
        about = record
    article = about.find("Article")
    body = article if article is not None else about
    row: Row = {}
    pmid = _text_at(about, "PMID")
    fields = {
        "record_type": _texts(body, "PublicationTypeList/PublicationType") or _texts(body, "PublicationType"),
        "id": [pmid],
        "pmid": [pmid],
        "title": _texts(body, "ArticleTitle") or _texts(body, "Book/BookTitle"),
        "authors": [name for author in _authors(body) if (name := _name(author))],
        "journal": _texts(body, "Journal/Title") or _texts(body, "Journal/ISOAbbreviation"),
        "volume": _texts(body, "Journal/JournalIssue/Volume") or _texts(body, "Book/Volume"),
        "issue": _texts(body, "Journal/JournalIssue/Issue"),
        "pages": _texts(body, "Pagination/MedlinePgn"),
        "doi": list(dict.fromkeys(bare_doi(text) for text in _identifiers(record, body, "doi"))),
        "pmcid": _identifiers(record, body, "pmc")[:1],
        "issn_isbn": _texts(body, "Journal/ISSN") or _texts(body, "Book/Isbn"),
        "abstract": [_section(part) for part in body.iterfind("Abstract/AbstractText")],
        "keywords": _texts(about, "KeywordList/Keyword"),
        "language": _texts(body, "Language"),
        "publisher": _texts(body, "Book/Publisher/PublisherName"),
        "notes": _texts(about, "GeneralNote"),
    }
    for header, texts in fields.items():
        row[header] = joined(header, texts)
    date = body.find("Journal/JournalIssue/PubDate")
    if date is None:
        date = body.find("Book/PubDate")
    if date is not None:
        put_dates(row, " ".join(text for part in date if (text := _text(part))), "XML PubDate")
    row.update(_pubmed_rest(record, about, body))
    return row


def _text_at(element: Element, path: str) -> str:
    return "".join(_texts(element, path)[:1])


def _authors(body: Element) -> list[Element]:
    lists = body.findall("AuthorList") or body.findall("Book/AuthorList")
    return [author for group in lists if group.get("Type", "authors") == "authors" for author in group.iter("Author")]


def _name(author: Element) -> str:
    family, given = _text_at(author, "LastName"), _text_at(author, "ForeName") or _text_at(author, "Initials")
    suffix = _text_at(author, "Suffix")
    if family:
        return ", ".join(part for part in (family, given, suffix) if part)
    return _text_at(author, "CollectiveName")


def _identifiers(record: Element, body: Element, kind: str) -> list[str]:
    own = [
        _text(found)
        for path in ("PubmedData/ArticleIdList/ArticleId", "PubmedBookData/ArticleIdList/ArticleId")
        for found in record.iterfind(path)
        if found.get("IdType") == kind
    ]
    own += [_text(found) for found in body.iterfind("ELocationID") if found.get("EIdType") == kind]
    own += [_text(found) for found in body.iterfind("ArticleIdList/ArticleId") if found.get("IdType") == kind]
    return [text for text in own if text]


def _section(part: Element) -> str:
    label = part.get("Label")
    text = _text(part, paragraphs=True)
    return f"{label}: {text}" if label and label != "UNLABELLED" else text


def _pubmed_rest(record: Element, about: Element, body: Element) -> Row:
    """Everything else under its own path; headings with their qualifiers are one value."""
    values: Values = {}
    for heading in about.iterfind("MeshHeadingList/MeshHeading"):
        parts = [_text(part) for part in heading]
        values.setdefault("XML MeshHeading", []).append("/".join(part for part in parts if part))
    skipped = {id(found) for found in (*_authors(body), *about.iterfind("MeshHeadingList"))}
    for path, leaf in _rest(record, "", skipped):
        text = _text(leaf)
        kind = leaf.get("IdType") or leaf.get("EIdType")
        if not text or _PUBMED_TAKEN.search(path) or (kind in ("doi", "pmc", "pubmed") and "Reference" not in path):
            continue
        short = "/".join(path.split("/")[-2:])
        values.setdefault(f"XML {short} {kind}" if kind else f"XML {short}", []).append(text)
    return {header: " | ".join(texts) for header, texts in values.items()}


def _rest(element: Element, path: str, skipped: set[int]) -> Iterator[tuple[str, Element]]:
    if id(element) in skipped:
        return
    children = [child for child in element if child.tag not in _LAYOUT]
    if path and (not children or (element.text or "").strip()):
        yield path, element
        return
    for child in children:
        yield from _rest(child, f"{path}/{child.tag}" if path else child.tag, skipped)
