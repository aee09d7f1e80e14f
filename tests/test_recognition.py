"""What each file is taken for, what the configuration answers, and where every row goes."""

from pathlib import Path

import pytest
from scopeline import cells, codebook, conservation, settings
from scopeline.judgement import Judgement, judge

STARTER = Path(__file__).parents[1] / "workflow" / "scopeline" / "starter" / "config"
TITLE = "review: {title: A review}\n"

PUBMED = (
    "PMID,Title,Authors,Citation,First Author,Journal/Book,Publication Year,Create Date,PMCID,NIHMS ID,DOI\n"
    "101,Lantern light,Ames A,,Ames A,Lamp,2001,2001/01/01,,,10.1000/a\n"
    "102,Ladders,Burr B,,Burr B,Rung,2002,2002/01/01,,,\n"
)
ASREVIEW = (
    "record_id,title,abstract,asreview_label,asreview_user_name\n"
    "1,Lantern light,,1,Ann\n2,Ladders,,0,Ann\n3,Rope,,,Ann\n"
)
OURS = "record_id,source_type,source_name,title,duplicate_of,asreview_label\nR1,database,X,Lantern light,,1\n"


@pytest.fixture
def judged(tmp_path):
    """The verdict on files of raw/, given as name → text, with a piece of configuration."""

    def verdict(files: dict[str, str], config: str = "") -> Judgement:
        book = codebook.load(STARTER / "codebook.yaml")
        (tmp_path / "config.yaml").write_text(TITLE + config, encoding="utf-8")
        books = []
        for name, text in files.items():
            path = tmp_path / "raw" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            books.append(cells.read(path, f"raw/{name}"))
        return judge(books, book, settings.load(tmp_path / "config.yaml", book))

    return verdict


def sheet(found: Judgement, file: str) -> dict[str, object]:
    return next(about["sheets"][0] for about in found.files if about["file"] == file)


def told(found: Judgement, *rules: str) -> list[tuple[str, str, str]]:
    return [(item.place, item.rule, item.value) for item in found.issues if item.rule in rules]


@pytest.mark.parametrize("name", ["pubmed.csv", "thing.csv", "records.csv", "Übersicht 2 (neu).txt"])
def test_a_file_is_known_whatever_its_name(name, judged):
    """Headers and cells tell what a file is; how each column was used is said, or why it was not."""
    found = judged({name: PUBMED})
    about = sheet(found, f"raw/{name}")
    assert (about["source"], about["tables"]) == ("pubmed", {"records": 2})
    columns = {header: (fields, why) for header, fields, why in about["columns"]}
    assert columns["Title"] == ("title", "")
    assert columns["NIHMS ID"][0] == "" and columns["NIHMS ID"][1]
    assert list(found.review.table("records")["source_name"]) == ["PubMed", "PubMed"]


def test_what_could_be_two_things_is_asked_and_the_configuration_answers(judged):
    """The question names the candidates and the line to write; each answer is taken."""
    found = judged({"a.csv": OURS})
    assert told(found, "source_ambiguous") == [("raw/a.csv", "source_ambiguous", "asreview or native")]
    assert any("a.csv: {as: asreview}" in item.suggestion for item in found.issues)
    for name, table in (("native", "records"), ("asreview", "records, votes")):
        found = judged({"a.csv": OURS}, f"sources: {{a.csv: {{as: {name}}}}}\n")
        assert (sheet(found, "raw/a.csv")["source"], sheet(found, "raw/a.csv")["table"]) == (name, table)


def test_a_wrong_answer_is_told(judged):
    """A name that is none is told with the near one; a file that lacks the columns is not forced."""
    found = judged({"a.csv": PUBMED}, "sources: {a.csv: {as: pubmd}}\n")
    assert told(found, "source_unknown") == [("raw/a.csv", "source_unknown", "pubmd")]
    assert any("pubmed" in item.suggestion for item in found.issues if item.rule == "source_unknown")
    found = judged({"a.csv": PUBMED}, "sources: {a.csv: {as: rayyan}}\n")
    assert told(found, "source_unfit") == [("raw/a.csv", "source_unfit", "rayyan")]


def test_a_value_may_be_said_for_the_whole_file_and_words_may_be_given_a_meaning(judged):
    """`set` fills a field in every row, `values` turns a tool's words into the codebook's; a pattern names files."""
    text = ASREVIEW.replace("Ann", "ann@example.org")
    config = (
        "sources:\n  '*.csv':\n    stage: full_text\n    set: {source_type: register, source_name: A register}\n"
        "    values: {votes.reviewer: {ANN@example.org: Ann}}\n"
    )
    found = judged({"search/a.csv": text}, config)
    assert set(found.review.table("records")["source_type"]) == {"register"}
    votes = found.review.table("votes")
    assert votes[["reviewer", "stage", "decision"]].to_numpy().tolist() == [
        ["Ann", "full_text", "include"],
        ["Ann", "full_text", "exclude"],
    ]


def test_what_is_said_of_one_sheet_holds_for_it_alone(judged):
    """`skip` leaves a sheet alone; a csv has a sheet without a name."""
    found = judged({"a.csv": PUBMED}, "sources: {a.csv: {skip: ['']}}\n")
    assert found.files[0]["sheets"] == []


def test_a_record_of_two_search_exports_was_found_twice(judged):
    """It counts twice as identified and once as a duplicate, and keeps the cell of each."""
    found = judged({"a.csv": PUBMED, "b.csv": PUBMED.replace("Ladders", "Ladders (2)").replace("102", "103")})
    records = found.review.table("records")
    assert len(records) == 4
    again = records[records["duplicate_of"].notna()]
    assert again[["record_id", "duplicate_of"]].to_numpy().tolist() == [["pubmed-101-2", "pubmed-101"]]
    assert found.review.address("records", int(again.index[0]), "title") == "raw/b.csv › B2"
    assert [item.message for item in found.issues if item.rule == "source_read"]


def test_a_record_in_two_lists_of_one_screening_tool_stands_once(judged):
    """Two reviewers' projects: each vote counts, the record is one, and no row gets lost."""
    other = ASREVIEW.replace("Ann", "Ben").replace("2,Ladders,,0", "2,Ladders,,1")
    found = judged({"ann.csv": ASREVIEW, "ben.csv": other})
    assert len(found.review.table("records")) == 3
    assert len(found.review.table("votes")) == 4
    assert told(found, "key_twice", "rows_unaccounted") == []
    counts = conservation.counted(found.files)
    assert (counts["rows_in"] == counts["rows_used"] + counts["rows_left_out"]).all()
    listed = conservation.listed(found.left_out)
    assert listed[["file", "row"]].to_numpy().tolist() == [["raw/ben.csv", 4]]
    assert "raw/ann.csv" in listed["why"].iat[0]


def test_a_line_is_the_address_of_a_record_without_rows(judged):
    """A fault in a file of citations is told at the line where its record begins."""
    ris = "TY  - JOUR\nTI  - Lantern light\nPY  - 2001\nER  - \n\nTY  - JOUR\nTI  - Ladders\nPY  - 1721\nER  - \n"
    found = judged({"search.ris": ris}, "sources: {search.ris: {set: {source_name: A database}}}\n")
    assert told(found, "below_minimum") == [("raw/search.ris › line 6", "below_minimum", "1721")]
    assert len(found.review.table("records")) == 2


def test_rows_of_a_sheet_that_hold_nothing_for_the_table_are_left_out_with_that_reason(judged):
    """A remark under a table of the review's own is no row of it, and is not lost without a word."""
    text = (
        "record_id,source_type,source_name,title,duplicate_of,remark\nR1,database,X,A,,\n,,,,,see the protocol\n,,,,,\n"
    )
    found = judged({"records.csv": text})
    assert len(found.review.table("records")) == 1
    counts = conservation.counted(found.files).iloc[0]
    assert (counts["rows_in"], counts["rows_used"], counts["rows_left_out"]) == (2, 1, 1)
    assert conservation.listed(found.left_out)["row"].tolist() == [3]


LIST = "group,record_id,duplicate_of,same,why\n1,R2,R1,{},same title\n"
RECORDS = (
    "record_id,source_type,source_name,title,duplicate_of\nR1,database,X,A,\nR2,database,Y,A,\nR3,database,Y,B,R1\n"
)


def test_a_judged_list_of_duplicates_counts_with_its_cell(judged):
    """`yes` marks the record as if in its own row, addressed at the line; `no` keeps the pair apart; blank is open."""
    found = judged({"records.csv": RECORDS, "list.csv": LIST.format("Yes")})
    records = found.review.table("records")
    assert records["duplicate_of"].tolist()[1:] == ["R1", "R1"]
    assert found.review.address("records", 1, "duplicate_of") == "raw/list.csv › C2"
    assert found.review.address("records", 2, "duplicate_of") == "raw/records.csv › E4"
    found = judged({"records.csv": RECORDS, "list.csv": LIST.format("no")})
    assert (found.review.table("records")["duplicate_of"].notna().sum(), found.review.apart) == (1, [("R2", "R1")])
    found = judged({"records.csv": RECORDS, "list.csv": LIST.format("")})
    assert (found.review.table("records")["duplicate_of"].notna().sum(), found.review.apart) == (1, [])


def test_what_a_list_of_duplicates_cannot_mean_is_told_at_its_cell(judged):
    """A word that is neither yes nor no, and a record that is not there."""
    found = judged({"records.csv": RECORDS, "list.csv": LIST.format("perhaps")})
    assert told(found, "judged_unknown") == [("raw/list.csv › D2", "judged_unknown", "perhaps")]
    found = judged({"records.csv": RECORDS, "list.csv": LIST.format("yes").replace("R1", "R9")})
    assert told(found, "judged_unknown") == [("raw/list.csv › C2", "judged_unknown", "R9")]


def test_a_confirmed_duplicate_is_held_to_the_rules_of_duplicates(judged):
    """Its survivor may not itself be removed; that is told at the list's cell."""
    found = judged({"records.csv": RECORDS, "list.csv": LIST.format("yes").replace("R2,R1", "R2,R3")})
    assert told(found, "survivor_removed") == [("raw/list.csv › C2", "survivor_removed", "R3")]
