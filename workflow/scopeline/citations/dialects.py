"""What the tagged formats differ in: how a line shows its tag, where records begin and end, what each tag means.

Sources: RIS by Research Information Systems' own list of tags; MEDLINE display by the National Library of Medicine's
field descriptions (the export that PubMed calls nbib); Web of Science by Clarivate's list of field tags; EndNote's
tags by its manual (Refer/BibIX); Ovid by the exports that its "Citavi" and "Endnote" formats write.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field

Values = dict[str, list[str]]


@dataclass(frozen=True)
class Dialect:
    """One tagged format.

    `tag_of(line, open_tag)` gives the tag and value of a line, or ("", "") for one that goes on with the field before.
    `fields` lists for each header the tags that may hold it, the best first; `published` is what says the year.
    """

    name: str
    example: str
    tag_of: Callable[[str, str], tuple[str, str]]
    start: str
    fields: dict[str, tuple[str, ...]]
    titles: tuple[str, ...]
    end: frozenset[str] = frozenset()
    frame: frozenset[str] = frozenset()  # tags of the file, not of a record
    blank_ends: bool = False  # an empty line ends a record
    marker: re.Pattern[str] | None = None  # a line that stands between records
    marker_begins: bool = False
    lists: frozenset[str] = frozenset()  # each further line is a value of its own
    paragraphs: frozenset[str] = frozenset()  # a further line is a new line of the text
    prepare: Callable[[Values], None] | None = None
    places: dict[str, tuple[str, int]] = field(init=False)

    def __post_init__(self) -> None:
        places = {tag: (header, rank) for header, tags in self.fields.items() for rank, tag in enumerate(tags)}
        object.__setattr__(self, "places", places)


#: Stands for the tag of lines that begin a record without any.
UNTAGGED = "text"

_NONE = ("", "")


# RIS


_RIS_FIELDS = {
    "record_type": ("TY",),
    "id": ("ID",),
    "title": ("TI", "T1", "CT", "BT"),
    "authors": ("AU", "A1"),
    "published": ("PY", "Y1"),
    "journal": ("JF", "T2", "JO", "JA", "J2", "J1"),
    "volume": ("VL",),
    "issue": ("IS", "CP"),
    "pages": ("pages", "SP"),
    "doi": ("DO", "DI"),
    "issn_isbn": ("SN",),
    "abstract": ("AB", "N2"),
    "keywords": ("KW",),
    "language": ("LA",),
    "publisher": ("PB",),
    "url": ("UR",),
    "database": ("DB",),
    "accession_number": ("AN",),
    "date": ("DA",),
    "notes": ("N1",),
}
_RIS_TEXTS = frozenset(("AB", "N2", "N1", "TI", "T1", "RN"))
_RIS_KNOWN = frozenset(tag for tags in _RIS_FIELDS.values() for tag in tags) | frozenset(
    (
        *("A2", "A3", "A4", "ED", "C1", "C2", "C3", "C4", "C5", "C6", "C7", "C8", "CA", "CN", "CY", "DP", "ET", "EP"),
        *("L1", "L2", "L3", "L4", "LB", "LK", "M1", "M2", "M3", "NV", "OP", "RI", "RN", "RP", "SE", "ST", "T3", "TA"),
        *("TT", "U1", "U2", "U3", "U4", "U5", "Y2", "AD", "AV", "PP", "RS", "SL", "TP", "VO"),
    )
)
_RIS_STRICT = re.compile(r"^\s*([A-Za-z][A-Za-z0-9])(?:  +-(?: (.*)|(.*))|\t+- ?(.*))$")
_RIS_LOOSE = re.compile(r"^\s*([A-Za-z][A-Za-z0-9]) ?-(?: +(.*)|)$")
_RIS_TYPE = re.compile(r"^\s*TY *- *([A-Z][A-Z0-9 ]*)$", re.I)
_RIS_END = re.compile(r"^\s*ER *-?\s*$", re.I)


def _ris_tag(line: str, open_tag: str) -> tuple[str, str]:
    if line[2:6] == "  - " and line[:2].isupper():
        return line[:2], line[6:]
    if "-" not in line[:8] and line[:2] not in ("ER", "er"):
        return _NONE
    if found := _RIS_STRICT.match(line):
        return found[1].upper(), found[2] or found[3] or found[4] or ""
    if found := _RIS_TYPE.match(line):
        return "TY", found[1]
    if _RIS_END.match(line):
        return "ER", ""
    found = _RIS_LOOSE.match(line)
    if not found:
        return _NONE
    tag = found[1].upper()
    # "T2 - weighted" in an abstract is no title: in a long text a letter and a digit are taken for words
    if tag not in _RIS_KNOWN or (open_tag in _RIS_TEXTS and (found[1].islower() or tag[1].isdigit())):
        return _NONE
    return tag, found[2] or ""


def _put_pages(values: Values, first_tag: str, last_tag: str) -> None:
    """First and last page become one field, where each is given once."""
    if len(values.get(first_tag, ())) != 1 or len(values.get(last_tag, ())) != 1:
        return
    first, last = values[first_tag][0], values[last_tag][0]
    if not first or not last or "-" in first or "–" in first:
        return
    numbers = any(map(str.isdigit, first + last))  # Ovid splits "No Pagination Specified" over the two
    pages = first if first == last else f"{first}-{last}" if numbers else f"{first} {last}"
    values.setdefault("pages", []).append(pages)
    del values[first_tag], values[last_tag]


def _ris_pages(values: Values) -> None:
    _put_pages(values, "SP", "EP")


# nbib (MEDLINE display)


_PADDED = re.compile(r"^([A-Za-z][A-Za-z0-9]{1,3}) *- ?(.*)$")


def _nbib_tag(line: str, _open_tag: str) -> tuple[str, str]:
    if line[4:6] == "- " and not line[0].isspace():
        tag = line[:4].rstrip()
        if tag.isupper() and tag.isalnum():
            return tag, line[6:]
    if line[4:] == "-" or line[:4].upper() == "PMID":
        found = _PADDED.match(line)
        if found:
            return found[1].upper(), found[2]
    return _NONE


def _nbib_identifiers(values: Values) -> None:
    """`10.1000/x [doi]` among the identifiers of article and location is the DOI; an author's full name is the name."""
    for tag in ("AID", "LID"):
        marked = [value for value in values.get(tag, ()) if value.lower().endswith("[doi]")]
        if marked:
            values.setdefault("DOI", []).extend(value[:-5].strip() for value in marked)
            values[tag] = [value for value in values[tag] if value not in marked]
    if "PMID" in values:
        values["own id"] = values["PMID"][:1]


# EndNote's own tags


_PERCENT = re.compile(r"^\s?%([^\s%])(?:\s(.*)|)$")


def _percent_tag(line: str, _open_tag: str) -> tuple[str, str]:
    found = _PERCENT.match(line) if "%" in line[:2] else None
    return (found[1], found[2] or "") if found else _NONE


# Web of Science


_TWO_SIGNS = re.compile(r"^([A-Z][A-Z0-9])(?: (.*)|)$")


def _wos_tag(line: str, _open_tag: str) -> tuple[str, str]:
    found = _TWO_SIGNS.match(line) if line[2:3] in (" ", "") else None
    return (found[1], found[2] or "") if found else _NONE


def _wos_pages(values: Values) -> None:
    _put_pages(values, "BP", "EP")
    if "UT" in values:
        values["own id"] = values["UT"][:1]


# Ovid


def _ovid_tag(line: str, _open_tag: str) -> tuple[str, str]:
    if line[2:6] == "  - " and line[:2].isupper():
        return line[:2], line[6:]
    return (line[:2], "") if line[2:] == "  -" and line[:2].isupper() else _NONE


def _ovid_identifier(values: Values) -> None:
    known = values.get("UI") or values.get("AN")
    if known:
        values["own id"] = known[:1]


DIALECTS = {
    "ris": Dialect(
        name="RIS",
        example="TY  - JOUR",
        tag_of=_ris_tag,
        start="TY",
        end=frozenset(("ER",)),
        fields=_RIS_FIELDS,
        titles=("TI", "T1"),
        marker=re.compile(r"^\s*(?:<?\d+\.? ?>?|Record #\d+ of \d+)\s*$"),
        paragraphs=frozenset(("AB", "N2", "N1")),
        prepare=_ris_pages,
    ),
    "nbib": Dialect(
        name="NBIB",
        example="PMID- 12345678",
        tag_of=_nbib_tag,
        start="PMID",
        fields={
            "record_type": ("PT",),
            "id": ("own id",),
            "title": ("TI", "BTI"),
            "authors": ("FAU", "AU", "CN"),
            "published": ("DP",),
            "journal": ("JT", "TA"),
            "volume": ("VI",),
            "issue": ("IP",),
            "pages": ("PG",),
            "doi": ("DOI",),
            "pmid": ("PMID",),
            "pmcid": ("PMC",),
            "issn_isbn": ("IS", "ISBN"),
            "abstract": ("AB",),
            "keywords": ("OT",),
            "language": ("LA",),
            "publisher": ("PB",),
            "notes": ("GN",),
        },
        titles=("TI", "BTI"),
        blank_ends=True,
        paragraphs=frozenset(("AB",)),
        prepare=_nbib_identifiers,
    ),
    "enw": Dialect(
        name="ENW",
        example="%0 Journal Article",
        tag_of=_percent_tag,
        start="0",
        fields={
            "record_type": ("0",),
            "id": ("F",),
            "title": ("T",),
            "authors": ("A",),
            "published": ("D",),
            "journal": ("J", "B"),
            "volume": ("V",),
            "issue": ("N",),
            "pages": ("P",),
            "doi": ("R",),
            "issn_isbn": ("@",),
            "abstract": ("X",),
            "keywords": ("K",),
            "language": ("G",),
            "publisher": ("I",),
            "url": ("U",),
            "database": ("~",),
            "accession_number": ("M",),
            "date": ("8",),
            "notes": ("Z",),
        },
        titles=("T",),
        blank_ends=True,
        lists=frozenset(("K",)),
        paragraphs=frozenset(("X", "Z")),
    ),
    "ciw": Dialect(
        name="CIW",
        example="PT J",
        tag_of=_wos_tag,
        start="PT",
        end=frozenset(("ER", "EF")),
        frame=frozenset(("FN", "VR")),
        fields={
            "record_type": ("DT", "PT"),
            "id": ("own id",),
            "title": ("TI",),
            "authors": ("AU", "BA", "CA", "BE"),
            "published": ("PY", "EY"),
            "journal": ("SO", "JI", "J9"),
            "volume": ("VL",),
            "issue": ("IS",),
            "pages": ("pages", "BP", "AR"),
            "doi": ("DI", "D2"),
            "pmid": ("PM",),
            "issn_isbn": ("SN", "EI", "BN"),
            "abstract": ("AB",),
            "keywords": ("DE",),
            "language": ("LA",),
            "publisher": ("PU",),
            "accession_number": ("UT",),
            "date": ("PD",),
        },
        titles=("TI",),
        lists=frozenset(("AU", "AF", "BA", "BF", "CA", "GP", "BE", "C1", "C3", "CR", "RP")),
        prepare=_wos_pages,
    ),
    "ovid": Dialect(
        name="OVID",
        example="<1. >",
        tag_of=_ovid_tag,
        start="VN",
        marker=re.compile(r"^<\d+\.? ?>\s*$"),
        marker_begins=True,
        fields={
            "record_type": ("PT", "ST"),
            "id": ("own id",),
            "title": ("TI",),
            "authors": ("FA", "AU"),
            "published": ("YR", "DP", "DG"),
            "journal": ("JT", "JN", "JA", "TA"),
            "volume": ("VI", "VO"),
            "issue": ("IP",),
            "pages": ("PG",),
            "doi": ("DO",),
            "pmid": ("PM",),
            "issn_isbn": ("IS", "IB"),
            "abstract": ("AB",),
            "keywords": ("KW",),
            "language": ("LG",),
            "publisher": ("PB",),
            "url": ("XL",),
            "database": ("DB",),
            "accession_number": ("AN", "UI", "AC"),
        },
        titles=("TI",),
        paragraphs=frozenset(("AB", UNTAGGED)),
        prepare=_ovid_identifier,
    ),
}
