"""A review that two reviewers charted, from its files to its issues, and back from the filled-in list of conflicts."""

from pathlib import Path

import openpyxl
import pytest
from scopeline import cells, codebook
from scopeline.tables import conflicts as worklist
from small_review import CODEBOOK, SmallReview, told

LIST = "conflicts_to_settle.xlsx"
PLACE = f"raw/{LIST} › conflicts to settle"


@pytest.fixture
def review(tmp_path: Path) -> SmallReview:
    """Ann and Bob charted Ames2001 and agree in everything; Ann alone charted Bell2002."""
    made = SmallReview(tmp_path)
    made.codebook = CODEBOOK.replace(
        "- {name: n, type: integer", "- {name: reviewer, optional: true}\n        - {name: n, type: integer"
    ).replace("- {name: direction, values", "- {name: reviewer, optional: true}\n        - {name: direction, values")
    made.tables["studies"] = [
        ["study_id", "reviewer", "condition", "n", "dose_mg", "age", "started", "controlled"],
        ["Ames2001", "Ann", "fibromyalgia", 30, "3-4.5", 41.5, "2001-05", "yes"],
        ["Bell2002", "Ann", "fibromyalgia; low back pain", "NR", 4.5, "NR", "2002", "no"],
        ["Ames2001", "Bob", "fibromyalgia", 30, "3-4.50", 41.5, "2001-05", "yes"],
    ]
    made.tables["findings"] = [
        ["finding_id", "study_id", "reviewer", "condition", "outcome_domain", "direction", "p_value", "note"],
        ["F1", "Ames2001", "Ann", "fibromyalgia", "pain", "benefit", "<0.001", None],
        ["F2", "Bell2002", "Ann", "low back pain", "sleep", "none", 0.4, "NA"],
        ["B1", "Ames2001", "Bob", "fibromyalgia", "pain", "benefit", "<0.001", None],
    ]
    return made


def write_list(review, judgement):
    """The list of conflicts, as a workbook in raw/."""
    book = codebook.load(review.folder / "config" / "codebook.yaml")
    path = review.folder / "raw" / LIST
    worklist.write(path, judgement.charted.to_settle, book)
    return path


def fill_in(path, **values):
    """Type values into the column `consensus`, by field."""
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    headers = [cell.value for cell in sheet[3]]
    for row in sheet.iter_rows(min_row=4):
        line = dict(zip(headers, row, strict=True))
        if line["field"].value in values:
            line["consensus"].value = values[line["field"].value]
    book.save(path)


def test_two_rows_that_agree_are_one_study(review):
    """Double charting without a difference is no fault, and every table has one row a key."""
    judgement = review.judge()
    assert told(judgement) == []
    held = judgement.review.tables
    assert held["studies"]["study_id"].tolist() == ["Ames2001", "Bell2002"]
    assert held["studies"]["reviewer"].tolist() == ["Ann; Bob", "Ann"]
    assert held["findings"]["finding_id"].tolist() == ["F1", "F2"]
    assert (judgement.charted.agreement["n"] == judgement.charted.agreement["agree"]).all()


def test_two_files_are_as_good_as_one(review):
    """A second workbook with the second reviewer's rows folds just the same."""
    second = SmallReview(review.folder)
    second.codebook = review.codebook
    headers, bob = review.tables["studies"][0], review.tables["studies"].pop()
    raw = review.write()
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.title = "studies"
    sheet.append(headers)
    bob[3] = 31
    sheet.append(bob)
    book.save(raw / "charting_bob.xlsx")
    judgement = review.judge(raw)
    assert told(judgement) == [("raw/charting.xlsx › studies!D2", "charting_conflict")]
    said = next(item.message for item in judgement.issues if item.rule == "charting_conflict")
    assert "Bob has 31 (raw/charting_bob.xlsx › studies!D2)" in said


def test_a_conflict_is_told_once_with_both_cells(review):
    """The issue stands at one cell and names the other; the values are gone, the rest of the study is not."""
    review.put("studies", "D4", 31)
    judgement = review.judge()
    assert told(judgement) == [("raw/charting.xlsx › studies!D2", "charting_conflict")]
    issue = next(item for item in judgement.issues if item.severity == "error")
    assert issue.message == "'n' was charted differently: Ann has 30 (studies!D2), Bob has 31 (studies!D4)."
    line = judgement.charted.conflicts.iloc[0]
    assert (line["cell_a"], line["cell_b"]) == ("raw/charting.xlsx › studies!D2", "raw/charting.xlsx › studies!D4")
    studies = judgement.review.tables["studies"].set_index("study_id")
    assert studies.at["Ames2001", "n__missing"] == "conflict"
    assert studies.at["Ames2001", "age"] == 41.5


def test_conflicts_may_be_left_out_by_choice(review):
    """A team that cannot settle now goes on without the values, and is warned."""
    review.put("studies", "D4", 31)
    review.config += "charting: {conflicts: leave_out}\n"
    judgement = review.judge()
    assert judgement.counts["errors"] == 0
    assert told(judgement) == [("raw/charting.xlsx › studies!D2", "charting_conflict")]


def test_a_consensus_row_settles_and_may_leave_the_rest_blank(review):
    """Required fields and the codebook's rules hold for what the rows come to, not for the blanks of the consensus."""
    review.put("studies", "D4", 31)
    review.tables["studies"].append(["Ames2001", "Consensus", None, 31])
    judgement = review.judge()
    assert told(judgement) == []
    assert judgement.review.tables["studies"]["n"].tolist()[0] == 31
    assert judgement.review.address("studies", 0, "n") == "raw/charting.xlsx › studies!D5"
    assert judgement.review.address("studies", 0, "age") == "raw/charting.xlsx › studies!F2"


def test_a_consensus_alone_needs_what_is_required(review):
    """Where no reviewer's row stands behind it, its blanks are blanks."""
    review.tables["studies"][2] = ["Bell2002", "Consensus", "fibromyalgia", 12]
    assert told(review.judge()) == [("raw/charting.xlsx › studies!H3", "required")]


def test_one_reviewer_twice_is_a_key_twice(review):
    """A reviewer has one row for a key."""
    review.put("studies", "B4", "Ann")
    assert ("raw/charting.xlsx › studies!A4", "key_twice") in told(review.judge())


def test_rules_of_the_codebook_judge_what_was_settled(review):
    """A slip that the consensus has mended is no fault; a rule that the settled row breaks is, at its cell."""
    review.codebook = review.codebook.replace(
        "  - name: findings\n", "    rules:\n      - {id: small, check: n <= 100}\n  - name: findings\n"
    )
    review.put("studies", "D4", 3000)
    review.tables["studies"].append(["Ames2001", "Consensus", None, 30])
    assert told(review.judge()) == []
    review.put("studies", "D5", 3000)
    assert told(review.judge()) == [("raw/charting.xlsx › studies!D5", "rule_broken")]


def test_a_row_that_one_reviewer_has_is_a_warning(review):
    """Both charted the study, one of them this finding."""
    review.put("findings", "E4", "sleep")
    assert told(review.judge()) == [
        ("raw/charting.xlsx › findings!A2", "charted_by_one"),
        ("raw/charting.xlsx › findings!A4", "charted_by_one"),
    ]


def test_the_list_of_conflicts_comes_back_filled_in(review):
    """Written, filled in and put into raw/, it settles; each value keeps the address of the cell it was typed in."""
    review.put("studies", "D4", 31)
    review.put("studies", "E4", "1-12")
    review.put("studies", "C4", "low back pain")
    review.put("findings", "F4", "harm")
    path = write_list(review, review.judge())
    raw = path.parent
    assert len(told(review.judge(raw))) == 4
    fill_in(path, n=32, dose_mg="1-12", condition="fibromyalgia; LBP")
    judgement = review.judge(raw)
    assert told(judgement) == [("raw/charting.xlsx › findings!F2", "charting_conflict")]
    fill_in(path, direction="mixed")
    judgement = review.judge(raw)
    assert told(judgement) == []
    line = judgement.review.tables["studies"].iloc[0]
    assert (line["n"], line["dose_mg_high"], line["condition"]) == (32, 12, "fibromyalgia; low back pain")
    assert judgement.review.tables["findings"]["direction"].tolist() == ["mixed", "none"]
    place, _, _ = judgement.review.address("studies", 0, "n").partition("!")
    assert place == PLACE
    assert judgement.review.address("studies", 0, "age") == "raw/charting.xlsx › studies!F2"


def test_a_list_written_again_keeps_what_was_settled(review):
    """The new list may replace the old one in raw/ without losing a settled value."""
    review.put("studies", "D4", 31)
    review.put("studies", "H4", "no")
    path = write_list(review, review.judge())
    fill_in(path, n=31)
    raw = path.parent
    before = review.judge(raw)
    write_list(review, before)
    after = review.judge(raw)
    assert told(after) == told(before) == [("raw/charting.xlsx › studies!H2", "charting_conflict")]
    assert after.review.tables["studies"]["n"].tolist()[0] == 31


def test_what_is_typed_into_the_list_is_judged_like_any_cell(review):
    """Categories, numbers, limits and missing codes are those of the field; unknown keys and fields are told."""
    review.put("studies", "D4", 31)
    review.put("studies", "E4", 5)
    review.put("studies", "C4", "low back pain")
    path = write_list(review, review.judge())
    fill_in(path, n="about 30", dose_mg="5-90", condition="fibromialgia")
    issues = [(item.cell[0], item.rule) for item in review.judge(path.parent).issues if item.file.endswith(LIST)]
    assert sorted(issues) == [("E", "above_maximum"), ("E", "not_allowed"), ("E", "not_number")]
    fill_in(path, n="NR", dose_mg=5, condition="fibromyalgia")
    sheet = openpyxl.load_workbook(path)
    sheet.worksheets[0]["B4"] = "Nobody1999"
    sheet.worksheets[0]["C5"] = "colour"
    sheet.save(path)
    issues = [(item.cell, item.rule) for item in review.judge(path.parent).issues if item.file.endswith(LIST)]
    assert issues == [("B4", "settled_unknown"), ("C5", "settled_unknown")]


def test_the_list_is_the_same_bytes_and_holds_no_formula(review, tmp_path):
    """Two writings are equal; a text that begins like a formula stays a text."""
    review.config += "charting: {free_text: conflict}\n"
    review.put("findings", "H2", "=1+1")
    review.put("findings", "H4", "@two")
    judgement = review.judge()
    book = codebook.load(review.folder / "config" / "codebook.yaml")
    for name in ("a.xlsx", "b.xlsx"):
        worklist.write(tmp_path / name, judgement.charted.to_settle, book)
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()
    read = cells.read(tmp_path / "a.xlsx", "a.xlsx").sheets[0]
    assert all(kinds is None or 6 not in kinds.to_pylist() for kinds in read.kinds)
