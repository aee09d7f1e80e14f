"""Search exports and reference managers as records: known by headers, counted under the source, none lost."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scopeline import citations, codebook, judgement, settings
from scopeline.cells import Book
from scopeline.settings import SourceSetting
from scopeline.sources import bibliography, bibliography_words
from scopeline.sources.adapter import SEARCH
from scopeline.sources.taken import Taken
from source_files import CODEBOOK, STARTER, as_csv, nothing_lost, rows_of, saved, taken_by

PUBMED = (
    *("PMID", "Title", "Authors", "Citation", "First Author", "Journal/Book", "Publication Year", "Create Date"),
    *("PMCID", "NIHMS ID", "DOI"),
)

#: One header row a kind, with one record under it: kind, the name it counts under, headers, values, record_id.
KINDS = [
    ("pubmed", "PubMed", PUBMED, ("12", "T", "Ames A", "c", "Ames A", "J", "2001", "", "", "", ""), "pubmed-12"),
    (
        "scopus",
        "Scopus",
        ("Authors", "Author full names", "Author(s) ID", "Title", "Year", "Source title", "Art. No.", "DOI", "EID"),
        ("Ames, A.", "", "", "T", "2001", "J", "", "10.1000/x", "2-s2.0-85"),
        "scopus-2-s2.0-85",
    ),
    (
        "web_of_science",
        "Web of Science",
        ("Publication Type", "Authors", "Article Title", "Source Title", "Publication Year", "UT (Unique WOS ID)"),
        ("J", "Ames, A", "T", "J", "2001", "WOS:1"),
        "web-of-science-WOS:1",
    ),
    ("web_of_science", "Web of Science", ("PT", "AU", "TI", "SO", "PY", "UT"), ("J", "A", "T", "J", "2001", "WOS:1"),
     "web-of-science-WOS:1"),
    (
        "ovid",
        "MEDLINE",
        ("ORN", "VN", "DB", "UI|AN", "TI", "SO", "AU", "YR"),
        ("1", "Ovid Technologies", "Ovid MEDLINE(R) ALL <1946 to July 2024>", "12", "T", "J. 1(2):3-4, 2001", "A", ""),
        "medline-12",
    ),
    (
        "embase",
        "Embase",
        ("Title", "Author Names", "Source title", "Publication Year", "Embase Accession ID", "Medline PMID", "DOI"),
        ("T", "Ames A.", "J", "2001", "L600", "12", "10.1000/x"),
        "embase-L600",
    ),
    (
        "zotero",
        None,
        ("Key", "Item Type", "Publication Year", "Author", "Title", "Publication Title", "Date Added", "Extra"),
        ("ABCD", "journalArticle", "2001", "Ames, A", "T", "J", "2020-01-01", "Place: X PMID: 12 PMCID: PMC7"),
        "zotero-ABCD",
    ),
    (
        "ebsco",
        "CINAHL",
        ("title", "contributors", "source", "publicationDate", "longDBName", "docTypes", "plink", "an"),
        ("T", "Ames", "J", "20010203", "CINAHL with Full Text", "Article", "https://x", "77"),
        "cinahl-77",
    ),
    (
        "cochrane",
        "CENTRAL",
        ("Cochrane Review ID", "Title", "Author(s)", "Year"),
        ("CN-1", "T", "A", "2001"),
        "central-CN-1",
    ),
    (
        "clinicaltrials",
        "ClinicalTrials.gov",
        ("NCT Number", "Study Title", "Study URL", "Study Status", "First Posted"),
        ("NCT00000001", "T", "https://x", "COMPLETED", "2001-02-03"),
        "clinicaltrials-gov-NCT00000001",
    ),
    (
        "ictrp",
        "WHO ICTRP",
        ("TrialID", "Public_title", "Scientific_title", "Date_registration", "Source_Register"),
        ("ISRCTN1", "", "T", "03/02/2001", "ISRCTN"),
        "who-ictrp-ISRCTN1",
    ),
    (
        "dimensions",
        "Dimensions",
        ("Rank", "Publication ID", "DOI", "PMID", "Title", "Source title", "PubYear", "Authors"),
        ("1", "pub.1", "10.1000/x", "12", "T", "J", "2001", "Ames"),
        "dimensions-pub.1",
    ),
    (
        "lens",
        "Lens",
        ("Lens ID", "Title", "Publication Year", "Source Title", "Author/s"),
        ("001-002", "T", "2001", "J", "Ames"),
        "lens-001-002",
    ),
]  # fmt: skip


def written(headers, lines, *, sign: str = ",", end: str = "\n") -> str:
    return as_csv([headers, *lines], sign=sign, end=end)


def read(folder: Path, text: str, name: str = "search.csv", encoding: str = "utf-8") -> Book:
    return saved(folder, name, text, encoding)


def taken(book: Book, setting: SourceSetting | None = None) -> Taken:
    return taken_by(bibliography.ADAPTERS, book, rank=SEARCH, setting=setting)


def records(one: Taken) -> list[dict[str, str | None]]:
    assert all(rows.place.table == "records" and rows.found for rows in one.rows)
    return rows_of(one, "records")


@pytest.mark.parametrize("known", KINDS, ids=[one[0] for one in KINDS])
@pytest.mark.parametrize("written_as", [(",", "\n", "utf-8"), (";", "\r\n", "utf-8-sig")])
def test_each_kind_is_known_by_its_headers_alone(tmp_path, known, written_as):
    """Every kind yields its record under its source's name and number, re-saved with semicolons and a mark or not."""
    kind, name, headers, values, record_id = known
    sign, end, encoding = written_as
    one = taken(read(tmp_path, written(headers, [values], sign=sign, end=end), encoding=encoding))
    assert one.source == kind
    (record,) = records(one)
    register = kind in ("clinicaltrials", "ictrp")
    assert (record["record_id"], record["source_name"], record["title"]) == (record_id, name, "T")
    assert record["source_type"] == ("register" if register else "database")
    if "year" in record:
        assert record["year"] == "2001"
    assert bool(one.issues) is (name is None)
    assert nothing_lost(one)


def test_headers_that_r_has_written_are_known(tmp_path):
    """R puts points for blanks and spoils the mark before the first header."""
    headers = ["ï..PMID", "Title", "Journal.Book", "Publication.Year"]
    assert records(taken(read(tmp_path, written(headers, [["12", "T", "J", "2001"]]))))[0]["year"] == "2001"


def test_a_banner_above_the_header_is_passed(tmp_path):
    """Dimensions writes where the data come from above its header."""
    text = "About the data: exported on May 31,,,\n" + written(
        ["Publication ID", "Title", "PubYear"], [["p", "T", "2001"]]
    )
    assert taken(read(tmp_path, text)).header_row == 2


def test_zotero_hides_the_pubmed_id_in_extra_and_keeps_notes_beside_references(tmp_path):
    """The PMID is found in `Extra`; attachments, notes and rows without a title are left out with the reason."""
    headers = ["Key", "Item Type", "Title", "Date Added", "Extra", "ISSN"]
    lines = [
        ["A", "journalArticle", "T", "", "PMID: 35319117 PMCID: PMC9", "1939-1676 0891-6640"],
        ["B", "attachment", "T.pdf", "", "", ""],
        ["C", "journalArticle", "", "", "", ""],
    ]
    book = read(tmp_path, written(headers, lines))
    wide = codebook.Codebook.model_validate(
        CODEBOOK.model_dump(by_alias=True)
        | {
            "resources": [
                {
                    "name": "records",
                    "schema": {"fields": [{"name": name} for name in ("record_id", "title", "pmid", "issn")]},
                }
            ]
        }
    )
    one = taken_by(bibliography.ADAPTERS, book, rank=SEARCH, book=wide)
    assert records(one) == [
        {"record_id": "zotero-A", "title": "T", "pmid": "35319117", "issn": "1939-1676 0891-6640"},
    ]
    assert one.rows[0].place.columns["pmid"] == 4
    assert {part.why: part.numbers for part in one.left_out} == {
        "an attachment or a note of the reference manager, no reference": (3,),
        "it has no title": (4,),
    }
    assert nothing_lost(one)


def test_a_record_without_a_number_gets_the_same_id_in_any_order(tmp_path):
    """An ID that is made comes of title, year, first author and DOI, not of the row."""
    headers = ["Document Title", "Authors", "Publication Year", "Date Added To Xplore", "DOI"]
    lines = [[f"T{at}", "A. Ames; B. Bell", "2001", "", f"10.1000/{at}"] for at in range(5)]
    there = {row["title"]: row["record_id"] for row in records(taken(read(tmp_path, written(headers, lines))))}
    back = {row["title"]: row["record_id"] for row in records(taken(read(tmp_path, written(headers, lines[::-1]))))}
    assert there == back
    assert len(set(there.values())) == 5


def test_a_record_twice_in_one_export_counts_as_found_twice(tmp_path):
    """The second is kept under its own ID as a duplicate of the first, and that is said."""
    line = ["12", "T", "Ames A", "c", "Ames A", "J", "2001", "", "", "", ""]
    one = taken(read(tmp_path, written(PUBMED, [line, line, ["13", *line[1:]]])))
    assert [(row["record_id"], row["duplicate_of"]) for row in records(one)] == [
        ("pubmed-12", None),
        ("pubmed-12-2", "pubmed-12"),
        ("pubmed-13", None),
    ]
    assert [issue.rule for issue in one.issues] == ["source_assumed"]
    assert "pubmed-12-2" in one.issues[0].message


def test_records_that_only_look_alike_are_not_made_duplicates(tmp_path):
    """A title, year and author in two journals is two records; that they look alike is told at the row."""
    headers = ["Document Title", "Authors", "Publication Year", "Publication Title", "IEEE Terms"]
    lines = [["Editorial", "", "2001", journal, ""] for journal in ("B", "A")]
    one = taken(read(tmp_path, written(headers, lines)))
    assert [row["duplicate_of"] for row in records(one)] == [None, None]
    assert len({row["record_id"] for row in records(one)}) == 2
    assert [(issue.rule, issue.row) for issue in one.issues] == [("source_assumed", 2)]


def test_years_and_dois_are_brought_into_one_form(tmp_path):
    """A date gives its year, an address its DOI; what holds neither stays as it stands, for its cell to be told."""
    assert [bibliography_words.year(text) for text in ("2018 Mar", "20180301", "03/02/2001", "in press", "")] == [
        *("2018", "2018", "2001", "in press", ""),
    ]
    assert bibliography_words.doi("https://doi.org/10.1000/a.b.") == "10.1000/a.b"
    assert bibliography_words.doi("none") == "none"


def test_databases_have_one_name(tmp_path):
    """Ovid writes the segments and years of MEDLINE into its name."""
    assert bibliography_words.database("Ovid MEDLINE(R) and In-Process <1946 to July 2024>") == "MEDLINE"
    assert bibliography_words.database("Embase Classic+Embase <1947 to 2024>") == "Embase"
    assert bibliography_words.database("ERIC") == "ERIC"


RIS = """\
TY  - JOUR
TI  - First
AU  - Ames, A
PY  - 2001
AN  - L1
DB  - Embase
ER  -

TY  - JOUR
TI  - Second
AU  - Bell, B
PY  - 2002
AN  - 12
DB  - Medline
ER  -

TY  - JOUR
TI  - Third
PY  - 2003
ER  -
"""


def test_a_citation_file_tells_the_database_record_by_record(tmp_path):
    """Several databases in one RIS file stay apart; one without any is told."""
    found = citations.read(tmp_path / "a.ris", RIS)
    book = Book("raw/a.ris", found.form, "", sheets=found.sheets)
    one = taken(book)
    assert [(row["record_id"], row["source_name"]) for row in records(one)][:2] == [
        ("embase-L1", "Embase"),
        ("medline-12", "MEDLINE"),
    ]
    assert records(one)[2]["record_id"].startswith("ris-")
    assert one.rows[0].numbers.tolist() == found.sheets[0].lines[1:]
    assert "1 of its 3 records" in one.issues[0].message
    named = taken(book, SourceSetting.model_validate({"set": {"source_name": "Embase"}}))
    assert not named.issues
    assert records(named)[2]["record_id"].startswith("embase-")


def test_the_file_of_pubmed_is_known_by_its_form(tmp_path):
    """An nbib file comes from PubMed though it does not say so."""
    found = citations.read(tmp_path / "a.nbib", "PMID- 12\nTI  - First\nDP  - 2001 Mar\n")
    (record,) = records(taken(Book("raw/a.nbib", found.form, "", sheets=found.sheets)))
    assert (record["record_id"], record["source_name"], record["year"]) == ("pubmed-12", "PubMed", "2001")


def test_embase_may_write_one_field_a_line(tmp_path):
    """A record goes from one TITLE to the next; its further lines are accounted for."""
    lines = [
        *(("TITLE", "First"), ("AUTHOR NAMES", "Ames A.", "Bell B."), ("PUBLICATION YEAR", "2001"), ("VOLUME", "3")),
        *(("EMBASE ACCESSION ID", "L1"), ("TITLE", "Second"), ("DOI", "https://doi.org/10.1000/x"), ("TITLE", "Third")),
        ("EMBASE ACCESSION ID", "L1"),
    ]
    one = taken(read(tmp_path, written(lines[0], lines[1:])))
    first, second, third = records(one)
    assert (first["record_id"], first["authors"], first["year"]) == ("embase-L1", "Ames A.; Bell B.", "2001")
    assert second["record_id"].startswith("embase-") and second["doi"] == "10.1000/x"
    assert (third["record_id"], third["duplicate_of"]) == ("embase-L1-2", "embase-L1")
    assert one.rows[0].numbers.tolist() == [1, 6, 8]
    assert nothing_lost(one)


def test_a_charting_sheet_is_no_export(tmp_path):
    """Title and year alone make no search export."""
    book = read(tmp_path, written(["id", "Title", "Year", "Source"], [["1", "T", "2001", "J"]]))
    assert not [one.name for one in bibliography.ADAPTERS if one.fit(book, book.sheets[0])]


def test_the_review_reads_an_export_as_its_records(tmp_path):
    """End to end: the records of a PubMed export are judged without an error of their own."""
    lines = [[str(at), f"T{at}", "Ames A", "c", "Ames A", "J", "2001", "", "", "", ""] for at in (12, 13, 13)]
    book = read(tmp_path, written(PUBMED, lines))
    judged = judgement.judge([book], CODEBOOK, settings.load(STARTER / "config.yaml"))
    table = judged.review.table("records")
    assert sorted(table["record_id"]) == ["pubmed-12", "pubmed-13", "pubmed-13-2"]
    assert [issue.message for issue in judged.issues if issue.table == "records" and issue.severity == "error"] == []


@given(
    st.permutations(range(6)), st.permutations(range(len(PUBMED))), st.lists(st.integers(0, 3), min_size=6, max_size=6)
)
def test_order_of_rows_and_columns_does_not_matter(tmp_path_factory, order, columns, numbers):
    """The same records in any order give the same IDs and duplicates, and every row is accounted for."""
    lines = [
        ["" if n == 0 else str(n), "T" if n else "", f"A{at}", "c", "", "J", "2001", "", "", "", ""]
        for at, n in enumerate(numbers)
    ]
    folder = tmp_path_factory.mktemp("order")
    straight = taken(read(folder, written(PUBMED, lines)))
    turned = taken(
        read(folder, written([PUBMED[c] for c in columns], [[lines[at][c] for c in columns] for at in order]))
    )

    def seen(one: Taken) -> list[tuple[str, ...]]:
        return sorted((str(r["authors"]), str(r["record_id"]), str(r["duplicate_of"])) for r in records(one))

    assert seen(straight) == seen(turned)
    assert nothing_lost(straight) and nothing_lost(turned)
    assert len(records(straight)) == sum(map(bool, numbers))
