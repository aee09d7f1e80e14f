"""Tells an export's form from its first bytes, and from its name where they leave it open."""

import re

from .decoding import decoded

_SUFFIXES = {
    ".ris": "ris",
    ".nbib": "nbib",
    ".bib": "bibtex",
    ".bibtex": "bibtex",
    ".enw": "enw",
    ".ciw": "ciw",
    ".ovd": "ovid",
    ".html": "html",
    ".htm": "html",
}
_TABLES = (".csv", ".tsv", ".tab")
_BINARY = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"%PDF", b"\x1f\x8b", b"{\\rtf")

#: What a line of each form looks like; where several are found the first in the file decides, because an abstract may
#: hold anything, but Ovid's numbers may stand before RIS too.
_BEGINNINGS = (
    ("ovid", r"<\d+\.? ?>[ \t]*\n|VN  - Ovid"),
    ("ris", r"[ \t]*TY(?:  +-[ \t]*$|[ \t]*-[ \t]*[A-Z][\w -]{0,40}$)"),
    ("nbib", r"PMID *- *\d+"),
    ("ciw", r"FN (?:Clarivate|Thomson|ISI|Web of)|PT [A-Z][ \t]*\n(?:AU|CA|TI|AF|BA|BE|Z2) "),
    ("enw", r"%0 [A-Z]|%[AT] .*\n%[A-Z0-9@] "),
    ("bibtex", r"[ \t]*@[A-Za-z]+[ \t]*[{(]"),
)
_LINES = [(form, re.compile(rf"^(?:{pattern})", re.M | re.I)) for form, pattern in _BEGINNINGS]
_MARKUP = (
    ("html", re.compile(r"<(?:!doctype\s+html|html|head|body|table)\b", re.I)),
    ("pubmed_xml", re.compile(r"<(?:PubmedArticleSet|PubmedArticle|PubmedBookArticle|MedlineCitation)\b")),
    ("endnote_xml", re.compile(r"<(?:records|record|rec-number)\b", re.I)),
)


def form_of(head: bytes, suffix: str) -> str:
    """The form of a file: "ris", "nbib", "bibtex", "endnote_xml", "pubmed_xml", "html", "enw", "ciw", "ovid", or "".

    `head` are the first bytes of the file (4 kB or more), `suffix` its ending (".txt"). What stands in the file decides
    before its name. A file that is named as a table is one unless its very first line is a citation's, because a
    column of abstracts may hold anything.
    """
    suffix = suffix.lower()
    if head.startswith(_BINARY):
        return ""
    text = decoded(head).lstrip("\ufeff \t\n")
    if "\0" in text:
        return ""
    if text.startswith("<") and not text[1:2].isdigit() and (form := _marked_up(text)):
        return form
    if suffix in _TABLES:
        text = "\n".join(text.split("\n")[:2])
        return next((form for form, pattern in _LINES if pattern.match(text)), "")
    firsts = [(found.start(), form) for form, pattern in _LINES if (found := pattern.search(text))]
    if firsts:
        first = min(firsts)[1]
        return "ris" if first == "ovid" and any(form == "ris" for _, form in firsts) else first
    return _SUFFIXES.get(suffix, "")


def _marked_up(text: str) -> str:
    firsts = [(found.start(), form) for form, pattern in _MARKUP if (found := pattern.search(text))]
    return min(firsts)[1] if firsts else ""
