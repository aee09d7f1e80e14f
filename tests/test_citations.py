"""Every export of citations is read into rows that keep their line, and no record or value is lost in silence."""

import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scopeline import citations
from scopeline.citations import table

DATA = Path(__file__).parent / "data" / "citations"
LIBRARY = Path(__file__).parents[1] / "workflow"


def rows(found: citations.Citations) -> list[dict[str, str]]:
    """The filled cells of each record by header."""
    sheet = found.sheets[0]
    headers, *records = (sheet.row(number) for number in range(1, sheet.n_rows + 1)) if sheet.n_rows else ([],)
    return [{head: cell for head, cell in zip(headers, record, strict=True) if cell} for record in records]


def read(text: str | bytes, name: str, folder: Path) -> citations.Citations:
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return citations.read(path)


def rows_of(text: str, name: str = "search.ris") -> list[dict[str, str]]:
    return rows(citations.read(Path(name), text))


FILES = {
    "ovid.ris": ("ris", [1, 2, 26]),
    "rayyan.ris": ("ris", [1, 1, 15]),
    "pubmed.nbib": ("nbib", [1, 2, 32]),
    "scholar.enw": ("enw", [1, 1, 19]),
    "wos.ciw": ("ciw", [1, 3, 32]),
    "embase.ovd": ("ovid", [1, 1, 19]),
    "library.bib": ("bibtex", [1, 5, 23, 34]),
    "endnote.xml": ("endnote_xml", [1, 2, 3]),
    "pubmed.xml": ("pubmed_xml", [1, 4]),
    "coding_report.html": ("html", []),
}


@pytest.mark.parametrize("name", FILES)
def test_an_export_is_known_by_its_content_and_each_row_by_its_line(name):
    """Each form is told from the content, under its own name and under none, and rows keep the line they begin on."""
    form, lines = FILES[name]
    found = citations.read(DATA / name)
    assert (found.form, found.sheets[0].lines) == (form, lines)
    assert citations.form_of((DATA / name).read_bytes()[:4096], ".txt") == form
    for sheet in found.sheets:
        assert len(sheet.lines) == (sheet.n_rows if form != "html" else 0)  # a table's rows are counted
        assert sheet.kinds == [None] * sheet.n_columns
        assert {str(column.type) for column in sheet.columns} == {"string"}
        assert {len(column) for column in sheet.columns} == {sheet.n_rows}


def test_headers_come_in_the_shared_order_and_then_the_tags_of_the_file():
    """The same field has the same header in every format; headers that a file does not fill are not there."""
    headers = citations.read(DATA / "rayyan.ris").sheets[0].row(1)
    assert headers == [
        *("record_type", "title", "authors", "year", "journal", "date", "notes"),
        *("RIS J2", "RIS U1", "RIS C1", "RIS LB", "RIS C7"),
    ]


def test_ris_of_ovid_keeps_what_stands_after_the_end_of_a_record():
    """Numbers and links between records are no data; a tag after ER is the record's before; a DOI told twice is one."""
    first, second = rows(citations.read(DATA / "ovid.ris"))
    assert first == {
        "record_type": "JOUR",
        "id": "2031-00001-001",
        "title": "Lantern light and the sleep of ferry crews.",
        "authors": "Okafor, Ngozi; Lindqvist, Per",
        "year": "2031",
        "journal": "Journal of Invented Shipping",
        "volume": "7",
        "issue": "2",
        "pages": "No Specified",
        "doi": "10.5555/lantern.2031.1",
        "issn_isbn": "0000-0019",
        "abstract": "Crews slept longer.\nThe effect was gone after a week.",
        "keywords": "*Sleep; Ships",
        "date": "2031//",
        "RIS NL": "J Invent Shipp",
    }
    assert (second["year"], second["date"], second["pages"]) == ("2032", "2032/03/12/", "11-19")


def test_votes_and_labels_of_screening_tools_are_kept():
    """Rayyan, ASReview, Covidence and EPPI-Reviewer hide them in notes, custom fields and labels."""
    first, second = rows(citations.read(DATA / "rayyan.ris"))
    assert first["notes"] == (
        'RAYYAN-INCLUSION: {"Maya"=>"Included", "Tom"=>"Excluded"} | RAYYAN-LABELS: pilot'
        " | RAYYAN-EXCLUSION-REASONS: wrong population"
    )
    assert (first["RIS U1"], first["RIS C1"], first["RIS LB"]) == ("90210", "first batch", "screened")
    assert (second["notes"], second["RIS C7"]) == ("ASReview_relevant", "e12")
    assert (second["date"], "year" in second) == ("in press", False)


def test_nbib_is_read_as_pubmed_displays_it():
    """Wrapped lines are one text, the DOI is found among identifiers, full names stand before initials."""
    first, second = rows(citations.read(DATA / "pubmed.nbib"))
    assert first == {
        "record_type": "Journal Article; Randomized Controlled Trial",
        "id": "90000001",
        "title": "Humming in waiting rooms: a trial whose title goes on over a second line.",
        "authors": "Sato, Yuki; Müller, Karl",
        "year": "2030",
        "journal": "Journal of humming",
        "volume": "12",
        "issue": "3",
        "pages": "101-9",
        "doi": "10.5555/hum.2030.3",
        "pmid": "90000001",
        "pmcid": "PMC0000009",
        "issn_isbn": "0000-0027 (Electronic)",
        "abstract": "BACKGROUND: Waiting is long. METHODS: We hummed to half of them.",
        "keywords": "humming",
        "language": "eng",
        "date": "2030 Mar 4",
        "NBIB OWN": "NLM",
        "NBIB STAT": "MEDLINE",
        "NBIB LID": "e101 [pii]",
        "NBIB AU": "Sato Y | Müller K",
        "NBIB TA": "J Hum",
        "NBIB MH": "*Waiting Rooms | Adult",
        "NBIB SO": "J Hum. 2030 Mar 4;12(3):101-9.",
    }
    assert second["authors"] == "Humming Group"


def test_endnote_tags_web_of_science_and_ovid_are_read():
    """Formats that are tagged otherwise come to the same headers, each author of a Web of Science list by itself."""
    scholar = rows(citations.read(DATA / "scholar.enw"))[0]
    assert (scholar["authors"], scholar["doi"], scholar["keywords"]) == (
        "Moreau, Claire; Idris, Hana",
        "10.5555/shelf.3",
        "ladders; libraries",
    )
    assert (scholar["abstract"], scholar["url"]) == (
        "One line.\nAnother line.",
        "https://example.org/a; https://example.org/b",
    )
    first, second = rows(citations.read(DATA / "wos.ciw"))
    assert (first["title"], first["authors"]) == (
        "Bees on balconies: what was counted, and by whom",
        "Perez, L; Quist, A",
    )
    assert (first["pages"], first["id"], first["pmid"], second["pages"]) == (
        "33-41",
        "WOS:000000000000001",
        "90000003",
        "117",
    )
    assert first["CIW CR"] == "Doe J, 2001, HIVES, V1, P1 | Roe R, 2002, HIVES, V2, P2"
    ovid = rows(citations.read(DATA / "embase.ovd"))[0]
    assert (ovid["id"], ovid["year"], ovid["doi"], ovid["database"]) == (
        "600000001",
        "2024",
        "10.5555/soup.12",
        "Embase",
    )
    assert ovid["abstract"] == "Background: Soup is warm.\nResult(s): It was eaten."
    assert ovid["OVID IN"] == "(Behrens) University of Soup (Rossi) University of Bread"


def test_bibtex_survives_its_broken_entries():
    """A broken entry is a fault at its line; macros, accents, a key used twice and a field told twice are read."""
    found = citations.read(DATA / "library.bib")
    cake, twice, last = rows(found)
    assert [line for line, _ in found.faults] == [18, 29]
    assert "broken2022" in found.faults[0][1] and "early" in found.faults[1][1]
    assert cake == {
        "record_type": "article",
        "id": "muller2022",
        "title": "DNA of Éclairs & crème: 50% sugar",
        "authors": "Müller, Karla; Society of Cakes and Tarts; Jane Doe",
        "year": "2022",
        "journal": "Journal of Invented Studies, Series B",
        "pages": "1-9",
        "doi": "10.5555/cake_1",
        "abstract": "A risk of < 5% and α = 0.05, over two lines.",
        "BIBTEX month": "March",
        "BIBTEX file": ":C\\:/cakes.pdf:PDF",
    }
    assert (twice["id"], twice["publisher"], last["notes"]) == ("muller2022", "Nowhere Press", "one | two")


def test_endnote_xml_is_read_through_its_styles():
    """<style> inside a text is layout, &#xD; is a new line, a journal told twice is told once."""
    first, second = rows(citations.read(DATA / "endnote.xml"))
    assert first == {
        "record_type": "Journal Article",
        "id": "12",
        "title": "Weaving in vitro and at home",
        "authors": "Ferreira, Inês; Group of Weavers",
        "year": "2018",
        "journal": "Loom Letters",
        "volume": "4",
        "issue": "2",
        "pages": "1-2",
        "doi": "10.5555/loom.4",
        "issn_isbn": "0000-006X",
        "abstract": "First paragraph.\nSecond paragraph.",
        "keywords": "weaving; home & garden",
        "url": "https://example.org/loom",
        "accession_number": "90000004",
        "date": "Oct",
        "notes": 'RAYYAN-INCLUSION: {"Maya"=>"Maybe"}',
        "XML database": "review.enl",
        "XML source-app": "EndNote",
        "XML custom1": "batch 2",
        "XML label": "seen",
    }
    assert second["title"] == "A book of knots"


def test_pubmed_xml_takes_its_own_identifiers_and_not_its_references():
    """A DOI in the list of references is another record's; sections of the abstract keep their labels."""
    (kite,) = rows(citations.read(DATA / "pubmed.xml"))
    assert {header: kite.get(header) for header in table.HEADERS if header in kite} == {
        "record_type": "Journal Article",
        "id": "90000005",
        "title": "Kites over H2O.",
        "authors": "Aalto, Maija; Kite Collective",
        "year": "2017",
        "journal": "Journal of kites",
        "volume": "8",
        "issue": "1",
        "pages": "1-4",
        "doi": "10.5555/kite.8",
        "pmid": "90000005",
        "pmcid": "PMC0000010",
        "issn_isbn": "0000-0078",
        "abstract": "AIM: To fly.\nRESULT: We flew.",
        "keywords": "kites",
        "language": "eng",
        "date": "2017 Jul",
    }
    assert kite["XML MeshHeading"] == "Wind/trends"
    assert kite["XML AffiliationInfo/Affiliation"] == "Kite School"
    assert kite["XML ArticleIdList/ArticleId doi"] == "10.5555/not.mine"


def test_each_table_of_a_page_is_a_sheet():
    """Cells keep their place under cells that span others, <br> is a new line, end tags may be missing."""
    report, second = citations.read(DATA / "coding_report.html").sheets
    assert (report.name, second.name) == ("table 1", "table 2")
    assert [report.row(number) for number in range(1, 5)] == [
        ["ItemId", "ShortTitle", "Title", "I/E/D/S flag", "Exclude on population", None, "Include"],
        ["FullPath:", None, None, None, "Screen\\Exclude on population", None, "Screen\\Include"],
        ["7001", "Okafor (2031)", "Lantern light & the sleep\nof ferry crews", "(I)", None, None, "Maya"],
        ["7002", "Moreau (2027)", "Ladders", "(E)", "Tom\nMaya", "why not", None],
    ]
    assert report.merged == [(0, 4, 0, 5), (1, 0, 1, 3), (1, 4, 1, 5)]
    assert ([second.row(1), second.row(2)], second.merged) == ([["a", "b"], [None, "c"]], [(0, 0, 1, 0)])


# Oddities of RIS


def test_ris_written_by_hand_is_read():
    """One blank for two, small letters, no end, two ends, blank lines inside, a tag that nobody knows."""
    text = "TY - JOUR\nTI - One\nN1 - a note\nER -\nER -\n\nty  - jour\n\nti  - Two\nzz  - 5\n\nTY  - JOUR\nTI  - Three"
    assert rows_of(text) == [
        {"record_type": "JOUR", "title": "One", "notes": "a note"},
        {"record_type": "jour", "title": "Two", "RIS ZZ": "5"},
        {"record_type": "JOUR", "title": "Three"},
    ]


def test_a_line_without_a_tag_goes_on_with_the_field_before():
    """An abstract keeps its paragraphs, and words that look like a tag in it are words; a wrapped title is one line."""
    text = (
        "TY  - JOUR\nTI  - A title\n      that wraps\nAB  - First.\n\nT2 - weighted images, IV - stage.\n"
        "PY - 2020\nER  - \nRecord #2 of 2\nProvider: somebody\n"
    )
    assert rows_of(text) == [
        {
            "record_type": "JOUR",
            "title": "A title that wraps",
            "abstract": "First.\nT2 - weighted images, IV - stage.",
            "year": "2020",
        }
    ]


def test_a_number_between_records_is_no_text_and_in_a_text_it_is():
    """Where the end of a record is missing, the number of the next one is not the end of its abstract."""
    text = "1.\nTY  - JOUR\nAB  - One\n2.\nTwo\n\n2.\nTY  - JOUR\nTI  - B\n\n3.\nN1  - C\nER  - \n"
    assert [list(row.values()) for row in rows_of(text)] == [["JOUR", "One\n2.\nTwo"], ["JOUR", "B 3.", "C"]]


def test_an_abstract_of_endnote_keeps_its_paragraphs():
    """An empty line ends a record only if another begins; records that do not name their type are records."""
    text = "%T A\n%X One.\n\nTwo.\n%D 2001\n\n%T B\n%A Doe, J.\n\n%0 Book\n%T C\n"
    found = citations.read(Path("a.enw"), text)
    assert [row["title"] for row in rows(found)] == ["A", "B", "C"]
    assert rows(found)[0] == {"title": "A", "abstract": "One.\nTwo.", "year": "2001"}
    assert found.sheets[0].lines == [1, 1, 7, 10]


def test_id_and_accession_number_are_two_things():
    """Both are kept apart, and two tags for one field are both kept where they differ."""
    (row,) = rows_of("TY  - JOUR\nID  - a1\nAN  - 77\nTI  - T\nT1  - Other\nJF  - J\nJO  - J\nER  - \n")
    assert row == {
        "record_type": "JOUR",
        "id": "a1",
        "accession_number": "77",
        "title": "T",
        "RIS T1": "Other",
        "journal": "J",
    }


def test_a_record_that_lacks_its_first_line_is_a_record():
    """Tags between two records that name a title are a record; before all records and without one they are told."""
    found = citations.read(Path("a.ris"), "C1  - Search of 1 May\n\nTY  - JOUR\nTI  - A\nER  - \nTI  - B\nER  - \n")
    assert [row["title"] for row in rows(found)] == ["A", "B"]
    assert found.sheets[0].lines == [1, 3, 6]
    assert [line for line, _ in found.faults] == [1]


@pytest.mark.parametrize(
    ("written", "year"),
    [
        ("2019", "2019"),
        ("2019/03/12///", "2019"),
        ("20190312", "2019"),
        ("12 March 2019", "2019"),
        ("c2019", "2019"),
        ("in press", None),
        ("123456", None),
    ],
)
def test_a_year_is_four_digits_of_a_date(written, year):
    """Whatever way a date is written its year is found, and its words are kept where they say more."""
    (row,) = rows_of(f"TY  - JOUR\nPY  - {written}\nER  - \n")
    assert row.get("year") == year
    assert written in (row.get("year"), row.get("date"))


@pytest.mark.parametrize(
    "written", ["10.1/A", "doi:10.1/A", "DOI: 10.1/A", "https://doi.org/10.1/A", "http://dx.doi.org/10.1/A"]
)
def test_a_doi_stands_without_its_address(written):
    """Every way of writing a DOI comes to the bare one."""
    assert rows_of(f"TY  - JOUR\nDO  - {written}\nER  - \n")[0]["doi"] == "10.1/A"


def test_ovid_without_tags_is_told_and_not_read_as_nothing():
    """Ovid's layout with words for tags is not read; the records that are in it are told."""
    with pytest.raises(citations.Unreadable, match="not tagged"):
        citations.read(Path("a.txt"), "<1>\nUnique Identifier\n  123\n\n<2>\nTitle\n  T\n")
    found = citations.read(Path("a.txt"), "<1>\nVN  - Ovid\nTI  - A\n\n<2>\nTitle\n  T\n")
    assert (len(rows(found)), [line for line, _ in found.faults]) == (1, [5])


# Bytes


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "latin-1", "cp1252"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_any_encoding_and_line_end_reads_the_same(encoding, end, tmp_path):
    """A byte order mark, UTF-16, Latin-1 and each system's line ends give one reading, under any name."""
    text = end.join(
        ["TY  - JOUR", "TI  - Crème brûlée für Anfänger", "ER  - ", "", "TY  - JOUR", "TI  - Two", "ER  - "]
    )
    found = read(text.encode(encoding), "export.txt", tmp_path)
    assert [row["title"] for row in rows(found)] == ["Crème brûlée für Anfänger", "Two"]
    assert found.sheets[0].lines == [1, 1, 5]


def test_exports_joined_in_one_file_keep_each_its_encoding(tmp_path):
    """A line that is no UTF-8 costs no other line its letters."""
    data = "TY  - JOUR\nTI  - Größe\nER  - \n".encode() + "TY  - JOUR\nTI  - Größe\nER  - \n".encode("cp1252")
    assert [row["title"] for row in rows(read(data, "a.ris", tmp_path))] == ["Größe", "Größe"]


def test_xml_that_says_a_wrong_encoding_is_read(tmp_path):
    """UTF-8 is UTF-8 whatever the declaration says; Latin-1 that calls itself UTF-8 is read too."""
    record = "<xml><records><record><titles><title>Größe</title></titles></record></records></xml>"
    said = '<?xml version="1.0" encoding="{}"?>\n' + record
    for data in (
        said.format("US-ASCII").encode(),
        said.format("UTF-8").encode("latin-1"),
        said.format("utf-16").encode(),
    ):
        assert rows(read(data, "a.xml", tmp_path)) == [{"title": "Größe"}]


# What cannot be read


@pytest.mark.parametrize("name", ["a.ris", "a.nbib", "a.bib", "a.xml", "a.html", "a.enw", "a.ciw", "a.txt"])
@pytest.mark.parametrize("content", [b"", b" \r\n\n", b"PK\x03\x04zip", b"nothing of the kind\n", b"\x00\x01\x02\xff"])
def test_what_is_no_export_is_told_in_a_sentence(name, content, tmp_path):
    """An empty file, a picture, a letter: each has a message and a remedy, and no traceback."""
    with pytest.raises(citations.Unreadable) as told:
        read(content, name, tmp_path)
    assert told.value.message.endswith(".") and told.value.suggestion.endswith(".")


def test_an_export_of_no_records_is_an_empty_sheet():
    """A search may find nothing: that is no fault."""
    for name, text in {"a.xml": "<xml><records></records></xml>", "a.bib": "@comment{nothing}\n"}.items():
        found = citations.read(Path(name), text)
        assert (found.sheets[0].n_rows, found.sheets[0].columns, found.faults) == (0, [], [])


def test_a_csv_is_no_export_whatever_its_cells_hold():
    """A column of a table may hold a citation; only a file that begins with one is an export."""
    assert citations.form_of(b'id,notes\n1,"see\nTY  - JOUR\n@article{a,"\n', ".csv") == ""
    assert citations.form_of(b"TY  - JOUR\nTI  - x\n", ".csv") == "ris"
    assert citations.form_of(b"PT\tAU\tTI\nJ\tDoe\tx\n", ".txt") == ""
    assert citations.form_of(b"%PDF-1.4", ".ris") == ""


def test_entities_that_grow_are_refused_at_once():
    """A billion laughs neither hang nor fill the memory."""
    levels = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12))
    bomb = f'<!DOCTYPE xml [<!ENTITY a0 "ha">{levels}]><xml><records><record>&a11;</record></records></xml>'
    begun = time.perf_counter()
    with pytest.raises(citations.Unreadable, match="entities"):
        citations.read(Path("a.xml"), bomb)
    assert time.perf_counter() - begun < 2


def test_xml_that_breaks_costs_only_the_records_that_are_broken():
    """A bare & is mended, a record that is not closed is a fault at its line, a file cut off loses its last record."""
    text = (
        "<xml><records>\n<record><titles><title>R&D &eacute;t&eacute;</title></titles></record>\n"
        "<record><titles><title>Broken</titel></titles></record>\n"
        "<record><titles><title>Fine</title></titles></record>\n<record><titles><title>Cut"
    )
    found = citations.read(Path("a.xml"), text)
    assert [row["title"] for row in rows(found)] == ["R&D été", "Fine"]
    assert (found.sheets[0].lines, [line for line, _ in found.faults]) == ([1, 2, 4], [3, 5])


def test_a_table_that_spans_without_end_is_told():
    """No page makes the reader build millions of columns."""
    with pytest.raises(citations.Unreadable, match="columns"):
        citations.read(Path("a.html"), "<table><tr>" + "<td colspan=1000>x" * 20)
    (sheet,) = citations.read(Path("a.html"), "<table><tr><td rowspan=99999 colspan=x>a<tr><td>b</table>").sheets
    assert (sheet.row(2), sheet.merged) == ([None, "b"], [(0, 0, 1, 0)])


def test_importing_the_package_loads_nothing_heavy():
    """Whoever asks only for a file's form does not pay for reading it."""
    code = (
        "import sys; from scopeline import citations; citations.form_of(b'TY  - JOUR', '.ris');"
        "print([name for name in ('pyarrow', 'numpy', 'pandas', 'bibtexparser', 'pylatexenc') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=LIBRARY)
    assert done.stdout.strip() == "[]"


# What is written is read back

_SIGNS = st.characters(codec="utf-8", exclude_categories=("Cs", "Cc", "Zl", "Zp", "Zs", "Co", "Cn"))
_WORD = st.text(_SIGNS, min_size=1, max_size=8)
_WORDS = st.lists(_WORD, min_size=1, max_size=4).map(" ".join)
_RIS_TAGS = st.sampled_from(["TI", "AU", "KW", "N1", "C1", "C2", "U1", "LB", "AN", "ID", "JF", "VL", "XZ", "M1"])
_HEADER = {
    "TI": "title",
    "AU": "authors",
    "KW": "keywords",
    "N1": "notes",
    "AN": "accession_number",
    "ID": "id",
    "JF": "journal",
    "VL": "volume",
}


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(st.tuples(_RIS_TAGS, _WORDS), max_size=6), min_size=1, max_size=6), st.booleans())
def test_ris_that_is_written_is_read_back(records, ended):
    """As many rows as lines that begin a record, each at its line, each value under its header and no other."""
    lines, begun, expected = [], [], []
    for record in records:
        begun.append(len(lines) + 1)
        lines += ["TY  - JOUR", *(f"{tag}  - {value}" for tag, value in record), *(["ER  - ", ""] if ended else [])]
        values: dict[str, list[str]] = {"record_type": ["JOUR"]}
        for tag, value in record:
            values.setdefault(_HEADER.get(tag, f"RIS {tag}"), []).append(value)
        expected.append({header: table.joined(header, texts) for header, texts in values.items()})
    found = citations.read(Path("a.ris"), "\n".join(lines))
    assert rows(found) == expected
    assert found.sheets[0].lines == [1, *begun]
    assert found.faults == []


_LINES = {
    "ris": [
        "TY  - JOUR {}",
        "TI  - {}",
        "AB  - {}",
        "TI - {}",
        "{}",
        "   {}",
        "",
        "zz  - {}",
        "T2 - {}",
        "7.",
        "SP  - {}",
    ],
    "nbib": ["PMID- {}", "TI  - {}", "AID - {} [doi]", "LID - {}", "AB  - {}", "      {}", "", "XYZ - {}", "{}"],
    "enw": ["%0 {}", "%T {}", "%A {}", "%X {}", "", "{}", "%? {}"],
    "ciw": ["PT {}", "TI {}", "AU {}", "   {}", "XX {}", "BP {}", "EP {}", "UT {}", ""],
    "ovid": ["<2. >", "VN  - {}", "TI  - {}", "AN  - {}", "      {}", "{}", ""],
}
_FIRST = {"ris": "TY  - JOUR", "nbib": "PMID- 1", "enw": "%0 Book", "ciw": "PT J\nAU x", "ovid": "<1. >\nVN  - Ovid"}


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(sorted(_LINES)).flatmap(lambda f: st.tuples(st.just(f), st.lists(st.sampled_from(_LINES[f])))))
def test_every_word_of_a_tagged_file_is_in_a_cell(drawn):
    """Whatever the order of its lines, known and unknown tags, further lines and empty ones: no word is lost."""
    form, lines = drawn
    words = [f"w{number}w" for number in range(len(lines))]
    text = "\n".join([_FIRST[form], *(line.format(word) for line, word in zip(lines, words, strict=True))])
    found = citations.read(Path("a.txt"), text)
    cells = " ".join(cell for row in rows(found) for cell in row.values())
    assert [
        word for line, word in zip(lines, words, strict=True) if "{}" in line and word not in cells
    ] == [] or found.faults


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(_WORDS, st.lists(_WORDS, max_size=3)), min_size=1, max_size=5))
def test_nbib_and_xml_that_are_written_are_read_back(records):
    """The same records come back from MEDLINE display and from EndNote XML."""
    from xml.sax.saxutils import escape

    expected = [(title, "; ".join(authors) or None) for title, authors in records]
    nbib = "\n\n".join(
        "\n".join([f"PMID- {number}", f"TI  - {title}", *(f"FAU - {author}" for author in authors)])
        for number, (title, authors) in enumerate(records, 1)
    )
    xml = "\n".join(
        "<record><contributors><authors>"
        + "".join(f"<author>{escape(author)}</author>" for author in authors)
        + f"</authors></contributors><titles><title>{escape(title)}</title></titles></record>"
        for title, authors in records
    )
    for name, text in (("a.nbib", nbib), ("a.xml", f"<xml><records>{xml}</records></xml>")):
        assert [(row["title"], row.get("authors")) for row in rows_of(text, name)] == expected


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(_WORDS, _WORDS), min_size=1, max_size=5))
def test_bibtex_and_tables_that_are_written_are_read_back(records):
    """Texts without LaTeX come back letter for letter from BibTeX, and any text from a table of HTML."""
    from html import escape

    plain = [
        tuple("".join(sign for sign in text if sign not in '\\\\{}$~"@') or "x" for text in pair) for pair in records
    ]
    plain = [tuple(" ".join(text.split()) or "x" for text in pair) for pair in plain]
    bib = "\n".join(f'@misc{{k, title = {{{title}}}, note = "{note}"}}' for title, note in plain)
    found = citations.read(Path("a.bib"), bib)
    assert [(row["title"], row["notes"]) for row in rows(found)] == plain
    assert found.sheets[0].lines == [1, *range(1, len(plain) + 1)]
    page = "<table>" + "\n".join(f"<tr><td>{escape(a)}</td><td>{escape(b)}</td></tr>" for a, b in records) + "</table>"
    (sheet,) = citations.read(Path("a.html"), page).sheets
    assert [tuple(sheet.row(number)) for number in range(1, sheet.n_rows + 1)] == records


@pytest.mark.parametrize(
    ("written", "read_as"),
    [
        (r"na{\"\i}ve caf\'{e} {\o}re \L{}\'od\'z Stra{\ss}e", "naïve café øre Łódź Straße"),
        (r"H\textsubscript{2}O at 5~$^\circ$C, $p < 0.05$, 10\,\% \textgreater 2", "H2O at 5 °C, p < 0.05, 10 % >2"),
        (
            r"costs $5 to $10, 50% of #1, C:\temp, \unknown{word}",
            r"costs $5 to $10, 50% of #1, C:\temp, \unknown{word}",
        ),
        (r"\textbf{\textit{both}} \{set\} \$5 \cite{doe}", r"both {set} $5 \cite{doe}"),
    ],
)
def test_latex_is_read_and_what_is_none_is_left(written, read_as):
    """Accents, formulas and layout become text; a percent sign, money, a path and an unknown macro keep their words."""
    assert rows_of(f"@misc{{k, title = {{{written}}}}}", "a.bib")[0]["title"] == read_as


def test_an_abbreviation_that_is_broken_is_told():
    """Entries that use it are read with its short form, and the reviewer knows why."""
    found = citations.read(Path("a.bib"), '@string{j = "Journal of\n@misc{a, journal = j}\n@misc{title = {no key}}\n')
    assert rows(found) == [{"record_type": "misc", "id": "a", "journal": "j"}]
    assert [line for line, _ in found.faults] == [1, 3]


_PIECES = [
    "@article{k,",
    "@book{",
    "title = {",
    "a {b} c",
    "}",
    "},",
    '"',
    "year = 2020,",
    "\n",
    "\n\n",
    "@string{x = ",
    "%",
]


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.sampled_from(_PIECES), max_size=14).map(lambda pieces: "@misc{first, title={x}}\n" + "".join(pieces))
)
def test_bibtex_however_broken_loses_no_entry(text):
    """Every entry that begins on a line of its own is a row or a fault."""
    begun = sum(line.startswith(("@article{", "@book{", "@misc{")) for line in text.split("\n"))
    found = citations.read(Path("a.bib"), text)
    assert len(rows(found)) + len(found.faults) >= begun


@settings(max_examples=150, deadline=None)
@given(
    st.binary(max_size=200),
    st.sampled_from(
        [
            "TY  - JOUR\n",
            "PMID- 1\n",
            "%0 Book\n",
            "PT J\nAU x\n",
            "<1. >\n",
            "<xml><records><record>",
            "<table><tr><td>",
            "@a{b,",
            "<PubmedArticle>",
        ]
    ),
)
def test_any_bytes_are_read_or_told(tail, head):
    """Nothing but `Unreadable` is ever raised."""
    from scopeline.citations.decoding import decoded

    try:
        found = citations.read(Path("a.txt"), decoded(head.encode() + tail))
    except citations.Unreadable:
        return
    for sheet in found.sheets:
        assert len(sheet.lines) == (sheet.n_rows if found.form != "html" else 0)


# Second opinions


def test_rispy_reads_the_same_from_ris():
    """An independent reader finds the same records, titles, authors, keywords and notes."""
    rispy = pytest.importorskip("rispy")
    for name in ("rayyan.ris", "ovid.ris"):
        text = (DATA / name).read_text(encoding="utf-8")
        text = "\n".join(line for line in text.split("\n") if not line.startswith(("NL  -", "Link to")))
        theirs = rispy.loads(text, implementation=rispy.RisParser)
        ours = rows_of(text)
        assert len(theirs) == len(ours)
        for their, our in zip(theirs, ours, strict=True):
            assert their.get("title", their.get("primary_title")) == our["title"]
            assert "; ".join(their.get("authors", their.get("first_authors", []))) == our.get("authors", "")
            assert "; ".join(their.get("keywords", [])) == our.get("keywords", "")
            assert " | ".join(their.get("notes", [])) == our.get("notes", "")


def test_the_nbib_package_reads_the_same_from_nbib():
    """An independent reader finds the same identifiers, titles, authors and abstracts."""
    nbib = pytest.importorskip("nbib")
    theirs = nbib.read_file(str(DATA / "pubmed.nbib"))
    ours = rows(citations.read(DATA / "pubmed.nbib"))
    assert len(theirs) == len(ours)
    for their, our in zip(theirs, ours, strict=True):
        assert str(their["pubmed_id"]) == our["pmid"]
        assert their["title"] == our["title"]
        assert their.get("doi") == our.get("doi")
        assert their.get("abstract") == our.get("abstract")
    assert [author["author"] for author in theirs[0]["authors"]] == ours[0]["authors"].split("; ")
