"""Every fault is found at its own cell, in words that help, and nothing else is reported."""

import datetime as dt
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from small_review import WRONG_VALUES, SmallReview, told


@pytest.fixture
def review(tmp_path: Path) -> SmallReview:
    return SmallReview(tmp_path)


def test_a_good_review_has_nothing_to_mend(review: SmallReview) -> None:
    """Good tables give no error and no warning."""
    assert told(review.judge()) == []


CELLS: list[tuple[str, str, Any, str, str]] = [
    *WRONG_VALUES,
    ("studies", "B3", "fibromyalgia; LBPP", "not_allowed", "low back pain"),
    ("studies", "B3", "fibromyalgia; fibromyalgia", "value_twice", ""),
    ("studies", "G2", "perhaps", "not_allowed", ""),
    ("studies", "G2", None, "required", "NR"),
    ("findings", "E2", None, "required", ""),
    ("findings", "A3", "F1", "key_twice", ""),
    ("findings", "A3", None, "key_blank", ""),
    ("findings", "J2", "look at this again", "value_beside_table", ""),
    ("votes", "E6", None, "rule_broken", "Fill"),
]


@pytest.mark.parametrize(
    ("table", "cell", "value", "rule", "hint"), CELLS, ids=[f"{c[3]}-{c[0]}-{c[1]}-{n}" for n, c in enumerate(CELLS)]
)
def test_one_bad_cell_is_told_at_its_place(
    review: SmallReview, table: str, cell: str, value: Any, rule: str, hint: str
) -> None:
    """One bad value among good ones gives exactly one issue, at its cell, that says what was probably meant."""
    review.put(table, cell, value)
    judgement = review.judge()
    file = "screening" if table in ("votes", "reports") else "charting"
    assert told(judgement) == [(f"raw/{file}.xlsx › {table}!{cell}", rule)]
    issue = next(item for item in judgement.issues if item.rule == rule)
    assert hint in issue.message + issue.suggestion
    assert issue.table == table


def test_no_fault_masks_another(review: SmallReview) -> None:
    """Faults in one column, one row and across tables are all found in one run."""
    review.put("studies", "C2", "x")
    review.put("studies", "C3", -3)
    review.put("studies", "D2", "y")
    review.put("studies", "G3", None)
    review.put("findings", "F2", 7)
    review.put("findings", "B3", "Nobody1999")
    review.put("votes", "D3", "yess")
    assert told(review.judge()) == [
        ("raw/charting.xlsx › findings!F2", "above_maximum"),
        ("raw/charting.xlsx › findings!B3", "reference_unknown"),
        ("raw/charting.xlsx › studies!C2", "not_number"),
        ("raw/charting.xlsx › studies!D2", "not_range"),
        ("raw/charting.xlsx › studies!C3", "below_minimum"),
        ("raw/charting.xlsx › studies!G3", "required"),
        ("raw/screening.xlsx › votes!D3", "not_allowed"),
    ]


def test_a_bad_cell_costs_only_its_own_value(review: SmallReview) -> None:
    """The row of a bad cell stays, with its other values."""
    review.put("studies", "C2", "about 40")
    studies = review.judge().review.tables["studies"].set_index("study_id")
    assert list(studies.index) == ["Ames2001", "Bell2002"]
    assert studies.loc["Ames2001", "age"] == 41.5


def test_the_kinds_of_missing_stay_apart(review: SmallReview) -> None:
    """Blank, NR, NA and UNCLEAR are four different things; a value has none of them."""
    review.put("studies", "C2", "NA")
    review.put("studies", "E2", None)
    review.put("studies", "E3", "unclear")
    studies = review.judge().review.tables["studies"].set_index("study_id")
    assert studies["n__missing"].to_dict() == {"Ames2001": "NA", "Bell2002": "NR"}
    assert studies["age__missing"].to_dict() == {"Ames2001": "blank", "Bell2002": "UNCLEAR"}
    assert studies["dose_mg__missing"].isna().all()


def test_safe_spellings_are_normalised_and_noted(review: SmallReview) -> None:
    """Case, blanks and synonyms are read as the codebook's value, and each kind is noted once with its number."""
    review.put("findings", "D2", "Pain ")
    review.put("votes", "D4", "IN")
    review.put("votes", "D5", "IN")
    judgement = review.judge()
    assert told(judgement) == []
    notes = [
        (item.place, item.value, item.suggestion) for item in judgement.issues if item.rule == "spelling_normalised"
    ]
    assert notes == [
        ("raw/charting.xlsx › findings!D2", "Pain", ""),
        ("raw/screening.xlsx › votes!D4", "IN", "So in 1 more cells of the column."),
    ]
    assert set(judgement.review.tables["votes"]["decision"]) == {"include", "exclude", "maybe"}


def test_a_renamed_column_is_asked_for(review: SmallReview) -> None:
    """A header that is nearly a field's is named together with the field that is missing."""
    review.put("findings", "E1", "direction of effect")
    judgement = review.judge()
    assert told(judgement) == [("raw/charting.xlsx › findings!E1", "column_renamed")]
    issue = next(item for item in judgement.issues if item.rule == "column_renamed")
    assert "'direction'" in issue.message and "'direction of effect'" in issue.message


def test_a_missing_column_is_one_issue(review: SmallReview) -> None:
    """A column that is gone is told once, not once a row."""
    for row in review.tables["findings"]:
        del row[4]
    assert told(review.judge()) == [("raw/charting.xlsx › findings!1", "column_missing")]


def test_a_missing_sheet_is_told_with_what_was_seen(review: SmallReview) -> None:
    """A table without a sheet is named, with the files and the tables they hold."""
    del review.tables["findings"]
    issues = [item for item in review.judge().issues if item.severity == "error"]
    assert [item.rule for item in issues] == ["table_missing"]
    assert "'findings'" in issues[0].message and "raw/charting.xlsx holds studies, harms" in issues[0].message


def test_headers_are_found_below_a_banner(review: SmallReview) -> None:
    """Rows above the header are passed over, and addresses stay those of the spreadsheet."""
    review.tables["studies"][:0] = [["Charting, round 2"], [None]]
    review.put("studies", "C4", "about 40")
    assert told(review.judge()) == [("raw/charting.xlsx › studies!C4", "not_number")]


def test_blank_rows_do_not_shift_addresses(review: SmallReview) -> None:
    """A blank row is no row of the table, and what follows keeps its row number."""
    review.tables["studies"].insert(2, [None])
    review.put("studies", "C4", "x")
    judgement = review.judge()
    assert told(judgement) == [("raw/charting.xlsx › studies!C4", "not_number")]
    assert len(judgement.review.tables["studies"]) == 2


def test_screening_and_charting_are_held_against_each_other(review: SmallReview) -> None:
    """F14: what is charted is included, and what is included is charted."""
    review.tables["studies"].append(["Cole2003", "fibromyalgia", 3, 1, 1, "2003", "no"])
    review.put("reports", "C3", None)
    assert told(review.judge()) == [
        ("raw/charting.xlsx › studies!A3", "charted_not_included"),
        ("raw/charting.xlsx › studies!A4", "charted_not_included"),
        ("raw/screening.xlsx › reports!C3", "included_not_charted"),
    ]


def test_the_survivor_of_a_duplicate_is_kept(review: SmallReview) -> None:
    """F15: a duplicate's survivor is no duplicate itself; a vote on a removed record is told."""
    review.put("records", "E5", "R3")
    assert ("raw/records.csv › E5", "survivor_removed") in told(review.judge())
    review.put("records", "E5", "R4")
    assert ("raw/records.csv › E5", "duplicate_of_itself") in told(review.judge())


def test_addresses_lead_back_to_the_cell(review: SmallReview) -> None:
    """The review tells where each of its values stands."""
    held = review.judge().review
    assert held.address("findings", 1, "p_value") == "raw/charting.xlsx › findings!F3"
    assert held.address("records", 0, "title") == "raw/records.csv › D2"


def test_numbers_as_text_may_be_accepted(review: SmallReview) -> None:
    """A team may choose to take text that is a number as the number."""
    review.put("studies", "C2", "30")
    review.config += "validation: {numbers_as_text: accept}\n"
    judgement = review.judge()
    assert told(judgement) == []
    assert judgement.review.tables["studies"]["n"].iloc[0] == 30


def test_a_file_may_be_ignored_by_choice(review: SmallReview) -> None:
    """`sources:` in the configuration takes a file out of the review, and the report says so."""
    raw = review.write()
    (raw / "old.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    assert ("raw/old.csv", "file_not_recognised") in told(review.judge(raw))
    (review.folder / "config" / "config.yaml").write_text(
        review.config + "sources: {old.csv: ignore}\n", encoding="utf-8"
    )
    assert told(review.judge(raw)) == []


def _xlsx(review: SmallReview) -> openpyxl.Workbook:
    review.write()
    return openpyxl.load_workbook(review.folder / "raw" / "charting.xlsx")


def _rejudged(review: SmallReview, book: openpyxl.Workbook) -> list[tuple[str, str]]:
    book.save(review.folder / "raw" / "charting.xlsx")
    return told(review.judge(review.folder / "raw"), notes=True)


def test_merged_cells_are_told_where_they_hide_rows(review: SmallReview) -> None:
    """Merged cells in the body of a table are told at their first cell; a merged banner above the header is not."""
    review.tables["studies"].insert(0, ["Charting of studies"])
    book = _xlsx(review)
    book["studies"].merge_cells("A1:G1")
    book["studies"].merge_cells("E3:E4")
    assert [line for line in _rejudged(review, book) if line[1] == "cells_merged"] == [
        ("raw/charting.xlsx › studies!E3", "cells_merged")
    ]


def test_hidden_rows_and_columns_are_read_and_noted(review: SmallReview) -> None:
    """What is hidden or filtered away is read like the rest, and the report says so."""
    book = _xlsx(review)
    book["studies"].row_dimensions[3].hidden = True
    book["studies"].column_dimensions["E"].hidden = True
    found = _rejudged(review, book)
    assert ("raw/charting.xlsx › studies!3", "rows_hidden") in found
    assert ("raw/charting.xlsx › studies!E1", "columns_hidden") in found
    assert not [line for line in found if line[1] not in ("rows_hidden", "columns_hidden")]


def test_comments_are_noted_at_their_cell(review: SmallReview) -> None:
    """What a reviewer wrote in a comment is not lost."""
    book = _xlsx(review)
    book["studies"]["C2"].comment = openpyxl.comments.Comment("ask the authors", "A")
    assert _rejudged(review, book) == [("raw/charting.xlsx › studies!C2", "cell_comment")]


def test_percentages_are_told_with_what_the_sheet_shows(review: SmallReview) -> None:
    """A cell that shows 7 % holds 0.07; no number field takes either unasked."""
    book = _xlsx(review)
    book["studies"]["E2"].value = 0.07
    book["studies"]["E2"].number_format = "0%"
    assert _rejudged(review, book) == [("raw/charting.xlsx › studies!E2", "percentage")]


@pytest.mark.parametrize(
    ("table", "cell", "value", "rule", "hint"),
    [
        ("studies", "E2", -999, "missing_number", "NR"),
        ("studies", "C2", ".", "not_number", "write NR"),
        ("studies", "D2", "5-Jul", "not_range", "5-7"),
        ("studies", "D2", "May-19", "not_range", "5-19"),
        ("studies", "G2", "*", "not_allowed", "write NR"),
        ("findings", "G2", dt.datetime(2024, 5, 1), "date_in_text", ""),
        ("reports", "B2", "r1 ", "reference_unknown", "Did you mean 'R1'?"),
        ("findings", "B2", "Аmes2001", "reference_unknown", "Did you mean 'Ames2001'?"),  # a Cyrillic A
    ],
)
def test_habits_of_real_files_are_told_with_what_was_meant(
    review: SmallReview, table: str, cell: str, value: Any, rule: str, hint: str
) -> None:
    """Codes and damage that other programs leave behind are told with what to write instead."""
    review.put(table, cell, value)
    judgement = review.judge()
    file = "screening" if table == "reports" else "charting"
    assert (f"raw/{file}.xlsx › {table}!{cell}", rule) in told(judgement)
    issue = next(item for item in judgement.issues if item.rule == rule)
    assert hint in issue.message + issue.suggestion


def test_letters_of_another_alphabet_are_read_and_noted(review: SmallReview) -> None:
    """A category typed with a Cyrillic letter that looks Latin is the value it looks like."""
    review.put("findings", "D2", "раin")
    judgement = review.judge()
    assert told(judgement) == []
    assert judgement.review.tables["findings"]["outcome_domain"].iloc[0] == "pain"


def test_lost_leading_zeros_are_suggested(review: SmallReview) -> None:
    """A number where an ID with leading zeros belongs is told with the zeros."""
    review.codebook = review.codebook.replace(
        "name: source_name}", "name: source_name, constraints: {pattern: '0\\d{3}'}}"
    )
    for row in review.tables["records"][1:]:
        row[2] = "0123"
    review.put("records", "C2", "123")
    issues = [item for item in review.judge().issues if item.rule == "wrong_form"]
    assert [(item.cell, "0123" in item.suggestion) for item in issues] == [("C2", True)]


def test_contradictory_rows_of_one_key_say_what_each_would_give(review: SmallReview) -> None:
    """Two votes of one reviewer on one record are told with what the first and the last of them say."""
    review.tables["votes"].append(["R1", "title_abstract", "A", "exclude", "wrong people"])
    review.tables["votes"].append(["R2", "title_abstract", "A", "include", None])
    messages = [item.message for item in review.judge().issues if item.rule == "key_twice"]
    assert "'decision' (there include, here exclude)" in messages[0]
    assert "the same in every column" in messages[1]


def test_a_record_does_not_vanish_without_a_word(review: SmallReview) -> None:
    """A record that the review had when it last passed must be there, or be explained; another review may differ."""
    known = ["R1", "R2", "R3", "R4"]
    assert told(review.judge(previous=known)) == []
    del review.tables["records"][4]
    review.tables["votes"] = [row for row in review.tables["votes"] if row[0] != "R4"]
    gone = [item for item in review.judge(previous=known).issues if item.severity == "error"]
    assert [(item.rule, item.key, item.file) for item in gone] == [("record_vanished", "R4", "raw/records.csv")]
    assert told(review.judge(previous=[f"X{n}" for n in range(9)])) == []


def test_ids_may_be_numbers(review: SmallReview) -> None:
    """Whole numbers as IDs refer to each other like texts."""
    review.codebook = review.codebook.replace(
        "{name: record_id, constraints: {required: true, pattern: 'R\\d+'}}",
        "{name: record_id, type: integer, constraints: {required: true}}",
    ).replace("{name: duplicate_of, title: Duplicate of}", "{name: duplicate_of, type: integer}")
    for table in ("records", "votes", "reports"):
        place = review.tables[table][0].index("record_id")
        for row in review.tables[table][1:]:
            row[place] = str(row[place]).removeprefix("R")
    review.put("records", "E4", "1")
    review.codebook = review.codebook.replace("{name: record_id, constraints: {required: true}}", "{name: record_id}")
    assert told(review.judge()) == []


def test_a_report_of_several_studies_names_each_of_them(tmp_path):
    """Where the codebook lets a report name several studies, each must be known, and each counts as included."""
    review = SmallReview(tmp_path)
    review.codebook = review.codebook.replace(
        "        - {name: study_id}\n        - {name: retrieved",
        "        - {name: study_id, separator: ';'}\n        - {name: retrieved",
    )
    review.put("reports", "C2", "Ames2001; Bell2002")
    review.put("reports", "C3", "Bell2002")
    assert told(review.judge()) == []
    review.put("reports", "C3", "Bell2002; Cole2003")
    wrong = [item for item in review.judge().issues if item.severity == "error"]
    assert [(item.place, item.rule, item.value) for item in wrong] == [
        ("raw/screening.xlsx › reports!C3", "reference_unknown", "Cole2003")
    ]
