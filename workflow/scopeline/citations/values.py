"""DOIs, PubMed IDs and years as citations write them: found in a text, and brought into one form to be compared."""

import re
from urllib.parse import unquote

_ADDRESS = re.compile(r"^\s*(?:https?://)?(?:(?:dx\.|www\.)?doi\.org/|doi:\s*)+\s*", re.I)
#: Pointed brackets stand in a DOI made of an older sign (`<1661::AID-SIM968>`); else they belong to the page around it.
_DOI = re.compile(r"10\.\d{4,9}/(?:[^\s\"<>]|<\d[^\s\"<>]*>)+")
_PMID = re.compile(r"^\D*?0*(\d{1,9})(?:\.0+)?\D*$")
_YEAR = re.compile(r"(?<!\d)(1[4-9]\d\d|2[01]\d\d)(?:(?!\d)|(?=(?:0\d|1[0-2])[0-3]\d(?!\d)))")


def bare_doi(text: str) -> str:
    """What stands after the address or the word before a DOI; a text without either stays as it stands."""
    return _ADDRESS.sub("", text).strip()


def doi_in(text: str) -> str:
    """The first DOI in a text, without the marks after it; "" where there is none.

    A bracket at its end belongs to it where it closes one of its own: `10.1016/S0022-4804(81)`.
    """
    found = _DOI.search(text)
    name = found[0].rstrip(".,;:'") if found else ""
    while name.endswith((")", "]")) and name.count("(" if name[-1] == ")" else "[") < name.count(name[-1]):
        name = name[:-1].rstrip(".,;:'")
    return name


def same_doi(text: str) -> str:
    """The first DOI in a text as it is compared: in small letters, `%28` as `(`; "" where there is none."""
    return doi_in(unquote(text).lower() if "%" in text else text.lower())


def same_pmid(text: str) -> str:
    """A PubMed ID as it is compared: `PMID: 0123.0` is 123. "" for several numbers, and for one of PubMed Central."""
    found = _PMID.match(text) if "pmc" not in text.lower() else None
    return found[1] if found else ""


def year_of(text: str) -> str:
    """The first year of four digits in a date, also where month and day follow without a sign; "" without one."""
    found = _YEAR.search(text)
    return found[1] if found else ""


def last_year_of(text: str) -> str:
    """The last year of four digits in a text; "" without one."""
    return next(reversed(_YEAR.findall(text)), "")
