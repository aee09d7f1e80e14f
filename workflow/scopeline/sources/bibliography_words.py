"""Words of bibliographic exports in one form: headers, years, DOIs, names of databases."""

import re
import unicodedata

_DOI = re.compile(r"10\.\d{4,9}/[^\s\"<>]+")
#: A year in a date, also where month and day follow without a sign between.
YEAR = re.compile(r"(?<!\d)((?:1[5-9]|20|21)\d\d)(?:(?!\d)|(?=[01]\d[0-3]\d(?!\d)))")

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


def plain_header(text: str) -> str:
    """A header as it is compared: letters and digits, as R writes them too (`Publication.Year`, `ï..PMID`)."""
    folded = re.sub(r"[\W_]+", " ", unicodedata.normalize("NFKC", text).casefold()).strip()
    return folded.removeprefix("ï ").removeprefix("x u feff ")


def doi(text: str) -> str:
    """A DOI without web address; a text in which there is none stays as it stands, to be told at its cell."""
    found = _DOI.search(text)
    return found[0].rstrip(".,;)]") if found else text


def year(text: str) -> str:
    """The year in a year or a date; a text in which there is none stays as it stands."""
    found = YEAR.search(text)
    return found[1] if found else text


def database(text: str) -> str:
    """The name that a database is counted under: `Ovid MEDLINE(R) ALL <1946 to July 2024>` is MEDLINE."""
    bare = " ".join(re.sub(r"<.*|\((?:R|TM)\)|[®™]", "", text).split())
    return known_database(bare) or bare


def known_database(text: str) -> str:
    """The name that a database is counted under; "" where the text names none that is known."""
    return next((name for pattern, name in _DATABASES if pattern.search(text)), "")
