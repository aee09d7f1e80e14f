"""Words of bibliographic exports in one form: headers, years, DOIs, names of databases, fields of records."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from functools import lru_cache

from ..citations.values import bare_doi, doi_in, last_year_of, year_of
from .taken import Draft, Given

#: Names of one database in different exports, and the name it is counted under. EBSCO's RIS writes codes (not checked
#: against a file).
_DATABASES = tuple(
    (re.compile(pattern, re.I), name)
    for pattern, name in (
        (r"^pubmed\b|^nlm$", "PubMed"),
        (r"clinicaltrials?\.gov", "ClinicalTrials.gov"),
        (r"\bictrp\b|international clinical trials registry platform", "WHO ICTRP"),
        (r"\bisrctn\b", "ISRCTN"),
        (r"\bembase\b", "Embase"),
        (r"\bmedline\b|^(?:cmedm|mnh)$", "MEDLINE"),
        (r"\bpsyc ?info\b|^psyh$", "APA PsycInfo"),
        (r"\bcinahl\b|^(?:ccm|rzh|jlh|c8h)$", "CINAHL"),
        (r"\bcentral\b.*\bcontrolled trials|^central$", "CENTRAL"),
        (r"cochrane database of systematic reviews", "Cochrane Database of Systematic Reviews"),
        (r"^web of science|^wos\b", "Web of Science"),
        (r"^scopus\b", "Scopus"),
    )
)


@lru_cache(maxsize=4096)
def plain_header(text: str) -> str:
    """A header as it is compared: letters and digits, as R writes them too (`Publication.Year`, `ï..PMID`)."""
    folded = re.sub(r"[\W_]+", " ", unicodedata.normalize("NFKC", text).casefold()).strip()
    return folded.removeprefix("ï ").removeprefix("x u feff ")


def doi(text: str) -> str:
    """A DOI without web address; a text in which there is none stays as it stands, to be told at its cell."""
    return doi_in(text) or text


def year(text: str) -> str:
    """The year in a year or a date; a text in which there is none stays as it stands."""
    return year_of(text) or text


def last_year(text: str) -> str:
    """As `year`, where the year comes last in a longer text: `J Sleep 1999; 8: 2001`."""
    return last_year_of(text) or text


def database(text: str) -> str:
    """The name that a database is counted under: `Ovid MEDLINE(R) ALL <1946 to July 2024>` is MEDLINE."""
    bare = " ".join(re.sub(r"<.*|\((?:R|TM)\)|[®™]", "", text).split())
    return known_database(bare) or bare


def known_database(text: str) -> str:
    """The name that a database is counted under; "" where the text names none that is known."""
    return next((name for pattern, name in _DATABASES if pattern.search(text)), "")


def record_fields(
    draft: Draft, headers: Mapping[str, Sequence[str]], at: Sequence[int] | None = None
) -> dict[str, Given]:
    """Fields of records from the first of their `headers` that a screening tool's export has, at all places or some.

    Years are taken out of dates and addresses from DOIs; the rest is as it stands.
    """
    change = {"year": year, "doi": bare_doi}
    fields: dict[str, Given] = {}
    for name, words in headers.items():
        if (column := draft.find(*words)) is not None:
            fields[name] = draft.given(column, at)
            if name in change:
                fields[name] = Given([change[name](text or "") for text in fields[name].texts], column)
    return fields
