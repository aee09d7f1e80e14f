"""The layouts of search exports and reference managers: one entry a kind, by its headers.

Where each comes from: the Zotero csv was seen as a file; the PubMed csv's header was copied from one. Scopus, Web of
Science (full headers), IEEE Xplore, Embase.com, ClinicalTrials.gov, Dimensions, Lens, ProQuest and the newer EBSCO csv
(`longDBName`, `plink`) follow headers that stand in public programs which read them. Ovid's csv, the field tags of Web
of Science, Cochrane's and the older EBSCO csv are known at second hand; ICTRP follows the field names of its XML. The
sheets of citation files (RIS, nbib, BibTeX, EndNote, Web of Science's and Ovid's own) have the neutral headers of
`citations.table`, and the file's own tags beside them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Export:
    """One kind of export.

    needs: any one of these sets of headers makes a sheet one of this kind (headers as `plain_header` writes them).
    source_name: blank where the export does not tell. roles: what is read → headers that say it, the best first.
    key: the role that holds the source's own ID. prefix: what stands before it, whatever the source is called.
    mixed: a file that may hold records of several databases.
    year_last: the year is the last in a longer text. forms: where it is no table, the forms of its files and the
    database that a form alone tells. unread: why a column is not read, where a reviewer may wonder.
    """

    name: str
    title: str
    needs: tuple[tuple[str, ...], ...]
    roles: Mapping[str, tuple[str, ...]]
    source_name: str = ""
    source_type: str = "database"
    key: str = "id"
    prefix: str = ""
    mixed: bool = False
    year_last: bool = False
    forms: Mapping[str, str] = field(default_factory=dict)
    unread: Mapping[str, str] = field(default_factory=dict)


#: The forms of citation files, and the database that a form alone tells.
CITATION_FORMS = {
    **dict.fromkeys(("ris", "bibtex", "enw", "endnote_xml", "ovid"), ""),
    **dict.fromkeys(("nbib", "pubmed_xml"), "PubMed"),
    "ciw": "Web of Science",
}

_COMMON = {
    "title": ("title",),
    "authors": ("authors", "author"),
    "volume": ("volume",),
    "issue": ("issue",),
    "doi": ("doi",),
    "issn": ("issn",),
    "abstract": ("abstract",),
}


def _roles(**own: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    return {**_COMMON, **own}


EXPORTS = (
    Export(
        "pubmed",
        "PubMed: search results (csv)",
        (("pmid", "title", "journal book"),),
        _roles(
            year=("publication year", "create date"),
            journal=("journal book",),
            pmid=("pmid",),
            pmcid=("pmcid",),
        ),
        "PubMed",
        key="pmid",
    ),
    Export(
        "scopus",
        "Scopus: search results (csv)",
        (
            ("title", "source title", "eid"),
            ("title", "source title", "art no"),
            ("title", "source title", "index keywords"),
            ("title", "source title", "author s id"),
        ),
        _roles(
            authors=("authors", "author full names"),
            year=("year",),
            journal=("source title",),
            page_start=("page start",),
            page_end=("page end",),
            pmid=("pubmed id",),
            keywords=("author keywords",),
            url=("link",),
            id=("eid",),
        ),
        "Scopus",
    ),
    Export(
        "web_of_science",
        "Web of Science: saved records",
        (
            ("article title", "ut unique wos id"),
            ("article title", "ut unique id"),
            ("article title", "source title", "keywords plus"),
            ("ti", "ut", "py"),
        ),
        {
            "title": ("article title", "ti"),
            "authors": ("authors", "au", "author full names", "af"),
            "year": ("publication year", "py", "early access date", "ea"),
            "journal": ("source title", "so"),
            "volume": ("volume", "vl"),
            "issue": ("issue", "is"),
            "page_start": ("start page", "bp"),
            "page_end": ("end page", "ep"),
            "doi": ("doi", "di"),
            "pmid": ("pubmed id", "pm"),
            "issn": ("issn", "sn", "eissn", "ei"),
            "abstract": ("abstract", "ab"),
            "keywords": ("author keywords", "de"),
            "url": ("doi link", "web of science record"),
            "id": ("ut unique wos id", "ut unique id", "ut"),
        },
        "Web of Science",
    ),
    Export(
        "ovid",
        "Ovid: search results",
        (("ti", "db", "vn"), ("ti", "db", "ui an"), ("ti", "db", "orn"), ("ti", "db", "an", "so")),
        {
            "title": ("ti",),
            "authors": ("au",),
            "year": ("yr", "py", "dp", "so"),
            "journal": ("jn", "jx", "jt", "so"),
            "volume": ("vo",),
            "issue": ("ip",),
            "pages": ("pg",),
            "doi": ("do",),
            "pmid": ("pm",),
            "issn": ("is",),
            "abstract": ("ab",),
            "url": ("xl",),
            "database": ("db",),
            "id": ("ui an", "an", "ui"),
        },
        mixed=True,
        year_last=True,
        unread={"orn": "the number of the row in the search, which another search changes"},
    ),
    Export(
        "embase",
        "Embase.com: search results",
        (("title", "embase accession id"), ("title", "medline pmid", "author names"), ("title", "pui", "embase link")),
        _roles(
            authors=("author names", "authors"),
            year=("publication year", "date of publication"),
            journal=("source title", "source"),
            page_start=("first page",),
            page_end=("last page",),
            pmid=("medline pmid",),
            keywords=("author keywords",),
            url=("embase link", "full text link"),
            id=("embase accession id", "pui"),
        ),
        "Embase",
    ),
    Export(
        "ieee",
        "IEEE Xplore: search results (csv)",
        (("document title", "date added to xplore"), ("document title", "ieee terms")),
        _roles(
            title=("document title",),
            year=("publication year", "issue date", "online date"),
            journal=("publication title",),
            page_start=("start page",),
            page_end=("end page",),
            keywords=("author keywords",),
            url=("pdf link",),
        ),
        "IEEE Xplore",
        key="",
    ),
    Export(
        "zotero",
        "Zotero: library (csv)",
        (("key", "item type", "title", "date added"), ("key", "item type", "publication title")),
        _roles(
            year=("publication year", "date"),
            journal=("publication title",),
            pages=("pages",),
            abstract=("abstract note",),
            keywords=("manual tags", "automatic tags"),
            url=("url",),
            type=("item type",),
            extra=("extra",),
            id=("key",),
        ),
        prefix="zotero",
        unread={"library catalog": "it names the site a reference was saved from, not the search that found it"},
    ),
    Export(
        "ebsco",
        "EBSCOhost: search results (csv)",
        (
            ("title", "longdbname"),
            ("title", "plink", "doctypes"),
            ("article title", "accession number", "plink"),
            ("article title", "accession number", "doctype"),
        ),
        _roles(
            title=("article title", "title"),
            authors=("author", "authors", "contributors"),
            year=("publicationdate", "publication date", "year"),
            journal=("journal title", "source", "journal"),
            page_start=("first page", "pagestart"),
            page_end=("pageend",),
            keywords=("keywords", "subjects"),
            url=("plink", "persistent link"),
            database=("longdbname", "database"),
            id=("accession number", "an"),
        ),
        mixed=True,
    ),
    Export(
        "proquest",
        "ProQuest: search results",
        (("title", "storeid"), ("title", "documenturl", "pubtitle")),
        _roles(
            year=("year", "pubdate"),
            journal=("pubtitle",),
            pages=("pages",),
            doi=("digitalobjectidentifier", "doi"),
            keywords=("identifierkeywords", "subjects"),
            url=("documenturl",),
            database=("database", "databases"),
            id=("storeid",),
        ),
        mixed=True,
    ),
    Export(
        "cochrane",
        "Cochrane Library: citations (csv)",
        (("title", "cochrane review id"), ("title", "author s", "source", "central id")),
        _roles(
            authors=("author s", "authors"),
            year=("year",),
            journal=("source",),
            pmid=("pubmed id",),
            keywords=("keywords",),
            url=("url",),
            id=("cochrane review id", "central id"),
        ),
        "Cochrane Database of Systematic Reviews",
        mixed=True,
    ),
    Export(
        "clinicaltrials",
        "ClinicalTrials.gov: search results (csv)",
        (
            ("nct number", "study title", "study url"),
            ("nct number", "study title", "study status"),
            ("nct number", "title", "first posted"),
        ),
        {
            "title": ("study title", "title"),
            "year": ("first posted", "start date"),
            "abstract": ("brief summary",),
            "url": ("study url", "url"),
            "id": ("nct number",),
        },
        "ClinicalTrials.gov",
        "register",
    ),
    Export(
        "ictrp",
        "WHO ICTRP: search results",
        (("trialid", "public title", "source register"), ("trialid", "scientific title", "date registration")),
        {
            "title": ("public title", "scientific title"),
            "year": ("date registration3", "date registration"),
            "url": ("web address",),
            "id": ("trialid",),
        },
        "WHO ICTRP",
        "register",
        unread={"source register": "the register behind the platform; the records were found on the platform"},
    ),
    Export(
        "dimensions",
        "Dimensions: search results",
        (("title", "publication id", "pubyear"), ("title", "publication id", "dimensions url")),
        _roles(
            year=("pubyear", "publication date"),
            journal=("source title", "source title anthology title", "anthology title"),
            pages=("pagination",),
            pmid=("pmid",),
            pmcid=("pmcid",),
            url=("dimensions url", "source linkout"),
            id=("publication id",),
        ),
        "Dimensions",
    ),
    Export(
        "lens",
        "Lens: scholarly works (csv)",
        (("lens id", "title", "source title"), ("lens id", "title", "scholarly citations count")),
        _roles(
            authors=("author s", "authors"),
            year=("publication year", "year published", "date published"),
            journal=("source title",),
            volume=("volume",),
            issue=("issue number", "issue"),
            page_start=("start page",),
            page_end=("end page",),
            pmid=("pmid",),
            pmcid=("pmcid",),
            issn=("issns", "source issn"),
            keywords=("keywords",),
            url=("external url", "source urls"),
            id=("lens id",),
        ),
        "Lens",
    ),
    Export(
        "citations",
        "citation file",
        (("title",),),
        _roles(
            year=("year", "date"),
            journal=("journal",),
            pages=("pages",),
            pmid=("pmid",),
            pmcid=("pmcid",),
            issn=("issn isbn",),
            keywords=("keywords",),
            url=("url",),
            database=("database",),
            hint=("dp", "source"),
            id=("accession number", "unique id"),
        ),
        mixed=True,
        forms=CITATION_FORMS,
        unread={"id": "the file's own number, which another export changes"},
    ),
)
