"""What a message says of the way out: where to look, what was meant, and never a step that leads to the next error."""

import json
import shutil

import openpyxl
import pytest
from scopeline import cells, cli, codebook, settings, steps, terms
from scopeline.errors import ConfigurationError
from scopeline.report.terminal import told as in_terminal
from small_review import SmallReview, told
from source_files import as_csv


@pytest.fixture
def review(tmp_path):
    """The small review, to be spoilt."""
    return SmallReview(tmp_path)


def of_rule(judgement, rule):
    return [item for item in judgement.issues if item.rule == rule]


def suggestion(judgement, rule):
    (item,) = of_rule(judgement, rule)
    return item.suggestion


def with_workbook(review, change):
    """The review, written, with its charting workbook changed by openpyxl; what is judged of it."""
    raw = review.write()
    book = openpyxl.load_workbook(raw / "charting.xlsx")
    change(book)
    book.save(raw / "charting.xlsx")
    return review.judge(raw)


# ---- what was probably meant


def test_an_id_without_its_prefix_is_found(review):
    """A sheet that names PubMed's numbers is told the whole ID, and the setting that puts the prefix before all."""
    review.codebook = review.codebook.replace("pattern: 'R\\d+'", "pattern: '(R|pubmed-)\\d+'")
    review.tables["records"][4][0] = "pubmed-4711"
    for row in (6, 7):
        review.put("votes", f"A{row}", "4711")
    unknown = of_rule(review.judge(), "reference_unknown")
    assert [item.cell for item in unknown] == ["A6", "A7"]
    assert all("Did you mean 'pubmed-4711'?" in item.suggestion for item in unknown)
    assert all("`prefix: pubmed-`" in item.suggestion for item in unknown)


@pytest.mark.parametrize("typed", ["fibromyalgia, LBP", "fibromyalgia / low back pain", "LBP and fibromyalgia"])
def test_several_values_with_another_sign_keep_all_of_them(review, typed):
    """Where each part is a value, the same with the field's own sign is proposed, not one of them alone."""
    review.put("studies", "B2", typed)
    words = ["low back pain", "fibromyalgia"] if typed.startswith("LBP") else ["fibromyalgia", "low back pain"]
    assert suggestion(review.judge(), "not_allowed") == f"Did you mean '{'; '.join(words)}'?"


@pytest.mark.parametrize(
    ("typed", "said"),
    [("ns", ">0.05"), ("n.s.", "NR (not reported)"), ("p<0.05", "Did you mean <0.05?"), ("P = 0,03", "mean 0.03?")],
)
def test_a_p_value_in_words_is_told_what_to_write(review, typed, said):
    """Neither the sign nor the number of a p-value gets lost in the proposal."""
    review.put("findings", "F2", typed)
    assert said in suggestion(review.judge(), "not_bounded")


def test_one_letter_in_common_is_nothing_in_common(review):
    """A number in the wrong column is not taken for a short value, or a synonym of one letter, that it begins with."""
    review.codebook = review.codebook.replace("values: ['yes', 'no']", "values: ['yes', {value: 'no', synonyms: [n]}]")
    review.put("studies", "G2", "n=24")
    assert "mean" not in suggestion(review.judge(), "not_allowed")


def test_a_word_for_nothing_is_not_sent_to_a_code_that_the_field_refuses(review):
    """Where NR, NA and UNCLEAR may not stand in a field, none of them is proposed."""
    review.put("votes", "E6", "none")
    assert "NR" not in suggestion(review.judge(), "not_allowed")


def test_one_unknown_value_in_many_cells_points_to_the_codebook(review):
    """Eight cells with a domain that was renamed are no eight slips of the keys."""
    for row in range(2, 8):
        review.put("votes", f"B{row}", "abstracts")
    found = of_rule(review.judge(), "not_allowed")
    assert len(found) == 6
    assert all("scopeline codebook diff" in item.suggestion and "6 cells" in item.suggestion for item in found)
    review.put("votes", "B2", "title_abstract")
    for row in range(4, 8):
        review.put("votes", f"B{row}", "title_abstract")
    assert "codebook diff" not in suggestion(review.judge(), "not_allowed")


# ---- columns and headers


@pytest.mark.parametrize(
    ("table", "column", "said"),
    [
        ("studies", "study_id", "every row needs it"),
        ("votes", "reviewer", "every row needs it"),
        ("findings", "outcome_domain", "`synthesis.columns`"),
        ("studies", "n", "`charting.by_study`"),
    ],
)
def test_a_column_that_is_needed_is_not_to_be_marked_optional(review, table, column, said):
    """A key, a required field, one that the counts know by name or the configuration names: add the column."""
    review.config += "charting:\n  by_study: [n]\n"
    at = review.tables[table][0].index(column)
    review.tables[table] = [[cell for place, cell in enumerate(row) if place != at] for row in review.tables[table]]
    (item,) = of_rule(review.judge(), "column_missing")
    assert said in item.suggestion
    assert ("optional" in item.suggestion) == (column == "n")


def test_a_column_that_nothing_needs_may_be_optional(review):
    """Where no table is made from a field, leaving it out for good is a way out."""
    review.tables["findings"] = [row[:-1] for row in review.tables["findings"]]
    assert "mark the field `optional: true`" in suggestion(review.judge(), "column_missing")


def test_merged_headers_are_the_cause_that_is_told(review):
    """A merge that hides a header is told at its range; neither its values nor a lack of columns are blamed."""

    def merge(book):
        book["studies"].merge_cells("B1:C1")

    found = with_workbook(review, merge)
    assert ("raw/charting.xlsx › studies!B1", "header_merged") in told(found)
    assert "B1:C1" in of_rule(found, "header_merged")[0].message
    assert not of_rule(found, "value_beside_table")
    assert [item.field for item in of_rule(found, "column_missing")] == ["n"]
    assert "B1:C1" in suggestion(found, "column_missing") and "optional" not in suggestion(found, "column_missing")


def test_a_merge_beside_the_table_or_over_nothing_is_no_fault(review):
    """A banner above the header and a last header drawn over blank columns hide nothing."""

    def merge(book):
        book["studies"].merge_cells("G1:I1")

    assert told(with_workbook(review, merge)) == []


# ---- the same rows twice


def test_a_copy_of_a_file_is_one_sentence_and_every_cell(review):
    """Two files that share their rows are told once by name and number; each row still says where the first stands."""
    for number in range(3, 9):
        review.tables["findings"].append([f"F{number}", "Ames2001", "fibromyalgia", "pain", "none", 0.5, None])
    raw = review.write()
    shutil.copy(raw / "charting.xlsx", raw / "charting (Anna).xlsx")
    book = openpyxl.load_workbook(raw / "charting (Anna).xlsx")
    book["findings"]["E2"].value = "harm"
    book.save(raw / "charting (Anna).xlsx")
    found = review.judge(raw)
    (whole,) = of_rule(found, "rows_in_two_places")
    assert (whole.file, whole.cell, whole.value) == ("raw/charting.xlsx", "", "12")
    assert "raw/charting (Anna).xlsx" in whole.message
    assert "2 of studies, 8 of findings, 2 of harms; 11 of them" in whole.message
    rows = of_rule(found, "key_twice")
    assert len(rows) == 12 and rows[0].file == "raw/charting.xlsx"
    assert "first at raw/charting (Anna).xlsx › findings!A2" in rows[0].message
    text = in_terminal(found.issues)
    assert text.index("12 rows stand here") < text.index("findings!A2") and "9 more like these" in text


def test_a_copy_of_a_sheet_is_told_by_the_sheets(review):
    """In one workbook the two sheets are named; a single row that stands twice is a slip and told alone."""
    for number in range(3, 9):
        review.tables["findings"].append([f"F{number}", "Ames2001", "fibromyalgia", "pain", "none", 0.5, None])

    def copy(book):
        book.copy_worksheet(book["findings"]).title = "findings 2"

    (whole,) = of_rule(with_workbook(review, copy), "rows_in_two_places")
    assert (whole.sheet, whole.value) == ("findings 2", "8") and "the sheet findings" in whole.message
    review.tables["findings"][2] = review.tables["findings"][1]
    assert not of_rule(review.judge(), "rows_in_two_places")


def test_the_terminal_shows_other_rules_beside_a_long_one(review):
    """A hundred errors of one rule do not push the others off the screen; every issue is shown or counted."""
    for number in range(3, 40):
        review.tables["findings"].append([f"F{number}", f"Nobody{number}", "fibromyalgia", "pain", "none", 0.5, None])
    review.put("studies", "C2", "x")
    text = in_terminal(review.judge().issues)
    assert "studies!C2" in text and "… and 34 more like these" in text
    assert "38 errors" in text.splitlines()[0]


# ---- files of citations, and votes beside them

NBIB = "\n\n".join(
    f"PMID- 100{n}\nTI  - Title number {n} of a R\u00f6mbaut\nFAU - Ames, Ann\nDP  - 2001" for n in range(1, 4)
)
VOTES = [
    ("PMID", "Title", "Anna (TA)", "Ben (TA)"),
    *((f"100{n}", f"Title number {n} of a Römbaut", "include", "exclude") for n in range(1, 4)),
]


def searched(folder, config="", *, nbib="search.nbib", encoding="utf-8"):
    """A review of a search export and a plain sheet of votes: the spreadsheets with what the check wrote."""
    assert cli.main(["init", str(folder)]) == 0
    for name in ("records.csv", "screening.xlsx", "charting.xlsx"):
        (folder / "raw" / name).unlink()
    (folder / "raw" / nbib).write_bytes(NBIB.encode(encoding))
    (folder / "raw" / "votes.csv").write_text(as_csv(VOTES), encoding="utf-8")
    path = folder / "config" / "codebook.yaml"
    text = path.read_text("utf-8")
    for table in ("reports", "studies", "findings"):
        text = text.replace(f"\n  - name: {table}\n", f"\n  - optional: true\n    name: {table}\n")
    path.write_text(text, encoding="utf-8")
    path = folder / "config" / "config.yaml"
    path.write_text(path.read_text("utf-8").replace("sources: {}", f"sources:\n  votes.csv: {{{config}}}"), "utf-8")
    assert cli.main(["validate", str(folder)]) in (0, 1)
    return folder / "results" / "validation"


def issues(found):
    import csv

    with (found / "issues.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("nbib", ["search.nbib", "zotero.nbib"])
def test_votes_beside_a_search_are_no_second_search(tmp_path, nbib):
    """Titles in a sheet of votes are those of the export, whichever file comes first: no warning, none twice."""
    found = searched(tmp_path, "prefix: pubmed-", nbib=nbib)
    assert [(line["rule"], line["file"]) for line in issues(found) if line["severity"] != "note"] == []
    assert "stand in" not in " ".join(line["message"] for line in issues(found))
    page = (found / "index.html").read_text("utf-8")
    assert "3 rows of <strong>records</strong>" in page and "6 rows of <strong>votes</strong>" in page


def test_the_page_says_how_the_ids_were_made(tmp_path):
    """Whoever names the records elsewhere reads there what they are called."""
    page = (searched(tmp_path, "prefix: pubmed-") / "index.html").read_text("utf-8")
    assert "3 records have &#39;pubmed-&#39; and the source&#39;s own number, such as pubmed-1001." in page
    assert "&#39;pubmed-&#39; and what stands in &#39;PMID&#39;, such as pubmed-1001." in page


@pytest.mark.parametrize("encoding", ["cp1252", "utf-8", "utf-8-sig"])
def test_a_guessed_encoding_of_citations_is_noted(tmp_path, encoding):
    """Names with accents in a file that is not UTF-8 are read by a guess, and the guess is told."""
    found = searched(tmp_path, "prefix: pubmed-", encoding=encoding)
    told_ = [line["message"] for line in issues(found) if line["rule"] == "encoding_guessed"]
    assert told_ == (["The file is not UTF-8; it was read as cp1252."] if encoding == "cp1252" else [])


def test_joined_exports_of_two_encodings_are_told_as_such(tmp_path):
    """Some lines in UTF-8 and others in cp1252: the note does not say that the whole file is cp1252."""
    one = NBIB.encode("cp1252") + b"\n\n" + NBIB.replace("100", "200").encode("utf-8")
    (tmp_path / "a.nbib").write_bytes(one)
    book = cells.read(tmp_path / "a.nbib", "raw/a.nbib")
    assert book.encoding == "cp1252 in the lines that are not" and book.sheets[0].n_rows == 7


# ---- configuration and codebook


@pytest.mark.parametrize(("table", "name"), [(table, name) for table, names in terms.NEEDED.items() for name in names])
def test_a_field_that_is_known_by_name_is_asked_for_at_its_line(tmp_path, table, name):
    """Renaming such a field would empty tables without a word; the line is that of the table's fields."""
    fields = [each if each != name else f"{each}_x" for each in terms.NEEDED[table]]
    lines = ["name: bare", "resources:", f"  - name: {table}", "    schema:", "      fields:"]
    path = tmp_path / "codebook.yaml"
    path.write_text("\n".join([*lines, *(f"        - name: {each}" for each in fields), ""]), encoding="utf-8")
    with pytest.raises(ConfigurationError, match=rf"line [56]: '{table}' has no field '{name}'.*its aliases"):
        codebook.load(path)


def test_a_sheet_takes_over_what_is_said_of_its_file_in_a_run(review, monkeypatch):
    """The settings that the later steps read keep what was left unsaid of a sheet."""
    review.config += "sources:\n  votes.xlsx: {prefix: pubmed-, values: {decision: {'1': include}}, "
    review.config += "sheets: {Screening: {stage: title_abstract}}}\n"
    review.write()
    monkeypatch.chdir(review.folder)
    files = ["config/config.yaml", "config/codebook.yaml"]
    steps.settings(config=files[0], codebook=files[1], digest=steps.digests.of_files(files), settings="kept/s.json")
    whole = json.loads((review.folder / "kept" / "s.json").read_text("utf-8"))
    of_sheet = settings.Settings.model_validate(whole["settings"]).sources["votes.xlsx"].of_sheet("Screening")
    assert (of_sheet.prefix, of_sheet.stage) == ("pubmed-", "title_abstract")
    assert of_sheet.values == {"decision": {"1": "include"}}


def test_free_text_makes_no_axis_unless_it_is_meant(review):
    """An axis of the map with a line for every text is told at its line; a field with values needs no mark."""
    for name, refused in (("note", True), ("p_value", True), ("outcome_domain", False), ("condition", False)):
        review.config = f"review: {{title: A}}\nsynthesis:\n  rows: {name}\n"
        review.write()
        book = codebook.load(review.folder / "config" / "codebook.yaml")
        if refused:
            with pytest.raises(ConfigurationError, match=rf"line 3.*'{name}' has no list of values"):
                settings.load(review.folder / "config" / "config.yaml", book)
        else:
            assert settings.load(review.folder / "config" / "config.yaml", book)


# ---- forms


def codebook_of(folder, **replaced):
    path = folder / "config" / "codebook.yaml"
    text = path.read_text("utf-8")
    for old, new in replaced.values():
        assert old in text
        text = text.replace(old, new, 1)
    path.write_text(text, encoding="utf-8")


def test_empty_forms_are_made_again_after_the_codebook_has_changed(tmp_path, capsys, monkeypatch):
    """`init` says how, the check says how, and a form in which somebody wrote is never replaced."""
    assert cli.main(["init", str(tmp_path)]) == 0
    calls = [line.strip() for line in capsys.readouterr().out.splitlines() if "scopeline template" in line]
    assert len(calls) == 2
    codebook_of(tmp_path, name=("name: my-review", "name: mine"), version=("0.1.0", "0.2.0"))
    cli.main(["validate", str(tmp_path)])
    said = " ".join("".join(capsys.readouterr()).split())
    assert "scopeline template --out raw/charting.xlsx --tables studies,findings,harms" in said
    for call in calls:
        assert cli.main(call.split()[1:]) == 0
    cli.main(["validate", str(tmp_path)])
    assert "scopeline template" not in "".join(capsys.readouterr())
    assert "EXAMPLE" not in str(list(openpyxl.load_workbook(tmp_path / "raw/charting.xlsx")["studies"].values))

    book = openpyxl.load_workbook(tmp_path / "raw" / "charting.xlsx")
    book["studies"]["A2"].value = "Ames2001"
    book.save(tmp_path / "raw" / "charting.xlsx")
    before = (tmp_path / "raw" / "charting.xlsx").read_bytes()
    charting = next(call for call in calls if "charting.xlsx" in call)
    assert cli.main(charting.split()[1:]) == 2
    assert (tmp_path / "raw" / "charting.xlsx").read_bytes() == before


@pytest.mark.parametrize(
    ("replaced", "cells_"),
    [
        ({"name": ("name: small", "name: other")}, ["B3"]),
        ({"version": ("version: 1.0.0", "version: 1.1.0")}, ["B4"]),
        ({"name": ("name: small", "name: other"), "version": ("version: 1.0.0", "version: 1.1.0")}, ["B3", "B4"]),
    ],
)
def test_an_outdated_form_is_told_at_the_cell_to_correct(review, replaced, cells_):
    """The name of the codebook stands in one cell and its version in another; the sentence says what to write."""
    review.write()
    book = codebook.load(review.folder / "config" / "codebook.yaml")
    from scopeline import forms

    raw = review.folder / "raw"
    forms.write(raw / "form.xlsx", book, ["decisions"])
    form = openpyxl.load_workbook(raw / "form.xlsx")
    for column, value in enumerate(["R2", "full_text", "include", None, "C"], start=1):
        form["decisions"].cell(2, column).value = value
    form.save(raw / "form.xlsx")
    codebook_of(review.folder, **replaced)
    found = of_rule(review.judge(raw), "form_outdated")
    assert [(item.sheet, item.cell) for item in found] == [("Notes", cell) for cell in cells_]
    wanted = {"B3": "write other here", "B4": "write 1.1.0 here"}
    assert all(wanted[item.cell] in item.suggestion for item in found)


# ---- whole columns and rows that are not what they seem


def test_exchanged_headers_are_told_as_such(review):
    """Two headers in each other's place make hundreds of unknown values; the sentence names the other column."""
    for number in range(3, 6):
        review.tables["findings"].append([f"F{number}", "Ames2001", "fibromyalgia", "sleep", "none", 0.5, None])
    head = review.tables["findings"][0]
    head[2], head[3] = head[3], head[2]
    found = {item.cell[0]: item.suggestion for item in of_rule(review.judge(), "not_allowed")}
    assert found == {
        "C": "The column holds values of 'condition': are the headers of the two columns exchanged?",
        "D": "The column holds values of 'outcome_domain': are the headers of the two columns exchanged?",
    }


def test_a_sheet_on_its_side_is_to_be_transposed(review):
    """Headers one below another are no wrong header row."""
    review.tables["studies"] = [list(line) for line in zip(*review.tables["studies"], strict=True)]
    missing = of_rule(review.judge(), "column_missing")
    assert missing and all("transposed" in item.suggestion for item in missing)


def test_a_large_sheet_on_its_side_is_to_be_transposed(tmp_path, repository):
    """Where too few headers are left in a row to know the sheet, it is named as the table that is missing."""
    shutil.copytree(repository / "config", tmp_path / "config")
    shutil.copytree(repository / "raw", tmp_path / "raw")
    book = openpyxl.load_workbook(tmp_path / "raw" / "charting.xlsx")
    rows = list(book["studies"].values)
    del book["studies"]
    sheet = book.create_sheet("studies")
    for line in zip(*rows, strict=True):
        sheet.append(line)
    book.save(tmp_path / "raw" / "charting.xlsx")
    assert cli.main(["validate", str(tmp_path), "--quiet"]) == 1
    (missing,) = [line for line in issues(tmp_path / "results" / "validation") if line["rule"] == "table_missing"]
    assert missing["suggestion"].startswith("The headers of the sheet 'studies' stand below one another.")


def test_a_note_or_a_total_below_a_table_is_suspected(review):
    """A row that lacks most of what is required is told at each of its cells, with what it may be; one blank is not."""
    review.codebook = (
        review.codebook.replace(
            "- {name: n, type: integer, constraints: {minimum: 1}}",
            "- {name: n, type: integer, constraints: {minimum: 1, required: true}}",
        )
        .replace("- {name: age, type: number}", "- {name: age, type: number, constraints: {required: true}}")
        .replace("- {name: started, type: date}", "- {name: started, type: date, constraints: {required: true}}")
    )
    review.tables["studies"].append(["* as randomised"])
    found = of_rule(review.judge(), "required")
    assert [item.cell for item in found] == ["C4", "E4", "F4", "G4"]
    assert all("Where row 4 is a note or a total" in item.suggestion for item in found)
    review.tables["studies"].pop()
    review.put("studies", "C2", None)
    assert "a total" not in suggestion(review.judge(), "required")


def test_a_header_that_stands_again_is_no_row(review):
    """Pages that were pasted below one another repeat the header: it is passed over with a note, the rows count."""
    review.tables["findings"] += [
        review.tables["findings"][0],
        ["F3", "Ames2001", "fibromyalgia", "sleep", "none", 0.5, None],
    ]
    found = review.judge()
    assert told(found) == [] and [item.cell for item in of_rule(found, "header_again")] == ["4"]
    assert list(found.review.tables["findings"]["finding_id"]) == ["F1", "F2", "F3"]


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("3 (20 %)", "Did you mean 3?"),
        ("20%", "A share cannot stand here."),
        (">20", "Type the number alone."),
        ("none", "If 'none' means that there were none, write 0."),
    ],
)
def test_a_count_is_never_proposed_falsely(review, typed, said):
    """A share is no count, a bound is no number, and none is a number of events."""
    review.put("harms", "D2", typed)
    found = suggestion(review.judge(), "not_number")
    assert said in found and ("Did you mean" in found) == ("Did you mean" in said)


def test_a_year_that_is_a_date_is_told_as_a_year(review):
    """A cell that shows 2006 and holds the first of January is not what was typed as 1-1."""
    import datetime as dt

    review.codebook = review.codebook.replace("{name: age, type: number}", "{name: age, type: year}")
    review.put("studies", "E2", dt.datetime(2006, 1, 1))
    review.put("studies", "E3", 2006)
    assert suggestion(review.judge(), "turned_into_date").startswith("Probably the year 2006 is meant.")
    review.put("studies", "E2", 2006)
    review.put("studies", "C2", dt.datetime(1900, 2, 5))
    assert "formatted as a date" in suggestion(review.judge(), "turned_into_date")


@pytest.mark.parametrize("typed", ["Ames et al. 2001", "Ames, 2001", "Ames (2001)", "ames2001"])
def test_a_citation_is_known_as_its_study(review, typed):
    """The author and the year as a reference list writes them lead to the study's ID."""
    review.put("findings", "B2", typed)
    assert "Did you mean 'Ames2001'?" in suggestion(review.judge(), "reference_unknown")
