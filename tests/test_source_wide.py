"""A team's own screening workbook: reviewers' columns become votes, the consensus decisions, and nothing is guessed."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scopeline import cells, judgement, settings
from scopeline.cells import Book
from scopeline.settings import SourceSetting
from scopeline.sources import wide
from scopeline.sources.adapter import GENERAL
from scopeline.sources.taken import Taken
from source_files import CODEBOOK, STARTER, as_csv, nothing_lost, saved, taken_by, values_of

HEAD = ("ID", "Title", "Anna (TA)", "Anna reason", "Ben (TA)", "Ben reason", "Final TA")
LINES = (
    ("#1", "A", "Include", "", "included", "", ""),
    ("2", "B", "Exclude", "wrong population\nwrong concept", "Inlcude", "", "Exclude"),
    ("3.0", "C", "maybe", "", "Excluded", "wrong concept", "Included"),
    ("4", "D", "", "", "", "", ""),
)


def book(folder: Path, *lines: tuple[str, ...], sign: str = ",", encoding: str = "utf-8", name: str = "s.csv") -> Book:
    return saved(folder, name, as_csv(lines, sign=sign), encoding)


def fits(one: Book) -> bool:
    fit = wide.ADAPTERS[0].fit(one, one.sheets[0])
    assert fit is None or fit.rank == GENERAL
    return fit is not None


def take(one: Book, setting: dict | None = None, *others: Book) -> Taken:
    return taken_by(wide.ADAPTERS, one, *others, rank=GENERAL, setting=SourceSetting.model_validate(setting or {}))


@pytest.mark.parametrize(("sign", "encoding"), [(",", "utf-8"), (";", "utf-8-sig")])
def test_each_reviewers_column_becomes_votes(tmp_path, sign, encoding):
    """Header gives reviewer and stage; spellings are read, a typo is passed on, reasons stay with their reviewer."""
    one = take(book(tmp_path, ("My screening", *[""] * 6), HEAD, *LINES, sign=sign, encoding=encoding))
    assert values_of(one, "votes", "record_id", "stage", "reviewer", "decision", "reason") == [
        ("1", "title_abstract", "Anna", "include", None),
        ("2", "title_abstract", "Anna", "exclude", "wrong population; wrong concept"),
        ("3", "title_abstract", "Anna", "maybe", None),
        ("1", "title_abstract", "Ben", "include", None),
        ("2", "title_abstract", "Ben", "Inlcude", None),
        ("3", "title_abstract", "Ben", "exclude", "wrong concept"),
    ]
    assert values_of(one, "decisions", "record_id", "decision", "adjudicator") == [
        ("2", "exclude", "Final TA"),
        ("3", "include", "Final TA"),
    ]
    assert [record for (record,) in values_of(one, "records", "record_id")] == ["1", "2", "3", "4"]
    assert nothing_lost(one)


def test_both_stages_may_stand_in_one_sheet(tmp_path):
    """The same reviewer's columns of two stages keep one name."""
    head = ("Record ID", "R1 TA", "R2 TA", "R1 FT", "R2 FT")
    one = take(book(tmp_path, head, ("1", "yes", "no", "", ""), ("2", "yes", "yes", "no", "yes")))
    assert values_of(one, "votes", "record_id", "stage", "reviewer", "decision")[-2:] == [
        ("2", "full_text", "R1", "exclude"),
        ("2", "full_text", "R2", "include"),
    ]
    assert not values_of(one, "records", "record_id")
    assert nothing_lost(one)


def test_a_stage_that_nothing_tells_is_asked(tmp_path):
    """Without a word on the stage no vote is read; the configuration answers."""
    one = book(tmp_path, ("ID", "Anna", "Ben"), ("1", "include", "exclude"), ("2", "exclude", "exclude"))
    asked = take(one)
    assert [issue.rule for issue in asked.issues] == ["source_ambiguous"]
    assert not values_of(asked, "votes", "record_id") and nothing_lost(asked)
    answered = take(one, {"stage": "full_text"})
    assert not answered.issues
    assert values_of(answered, "votes", "record_id", "stage", "reviewer", "decision") == [
        *(("1", "full_text", "Anna", "include"), ("2", "full_text", "Anna", "exclude")),
        *(("1", "full_text", "Ben", "exclude"), ("2", "full_text", "Ben", "exclude")),
    ]


def test_the_sheets_name_tells_the_stage(tmp_path):
    """A sheet called Full text screening holds votes of that stage."""
    import openpyxl

    workbook = openpyxl.Workbook()
    sheet = workbook.active
    sheet.title = "Full text screening"
    for line in (("ID", "Reviewer 1", "Reviewer 2"), (1, "Include", "Exclude"), (2, "Include", "Include")):
        sheet.append(line)
    workbook.save(tmp_path / "s.xlsx")
    one = take(cells.read(tmp_path / "s.xlsx", "raw/s.xlsx"))
    assert {stage for (stage,) in values_of(one, "votes", "stage")} == {"full_text"}


def test_one_and_zero_are_read_and_said_other_numbers_are_asked(tmp_path):
    """1 and 0 are include and exclude, as assumed and said; what 1 and 2 stand for nobody can know."""
    head = ("ID", "Reviewer 1 TA", "Reviewer 2 TA")
    sure = take(book(tmp_path, head, ("7", "1", "0"), ("8", "0", "1")))
    assert [vote for (vote,) in values_of(sure, "votes", "decision")] == ["include", "exclude", "exclude", "include"]
    assert [issue.severity for issue in sure.issues] == ["warning"]
    open_ = book(tmp_path, head, ("7", "1", "2"), ("8", "2", "2"))
    asked = take(open_)
    assert [issue.severity for issue in asked.issues] == ["error"] and "'2'" in asked.issues[0].suggestion
    assert not values_of(asked, "votes", "decision") and nothing_lost(asked)
    answered = take(open_, {"values": {"decision": {"1": "include", "2": "exclude"}}})
    assert not answered.issues
    assert [vote for (vote,) in values_of(answered, "votes", "decision")] == ["1", "2", "2", "2"]


def test_yes_under_exclude_is_not_guessed(tmp_path):
    """In a column on exclusion yes may mean either: the words stay, and it is asked."""
    head = ("ID", "Reviewer 1 exclude TA", "Reviewer 2 exclude TA")
    one = take(book(tmp_path, head, ("1", "yes", "no"), ("2", "no", "no")))
    assert values_of(one, "votes", "decision") == [("yes",), ("no",), ("no",), ("no",)]
    assert [issue.severity for issue in one.issues] == ["error", "error"]


def test_a_third_column_that_only_settles_is_a_decision(tmp_path):
    """A reviewer who has a word only where the others differ has settled it, and that is said."""
    head = ("ID", "Reviewer 1 TA", "Reviewer 2 TA", "Reviewer 3 TA")
    one = take(book(tmp_path, head, ("1", "include", "exclude", "include"), ("2", "exclude", "exclude", "")))
    assert values_of(one, "decisions", "record_id", "adjudicator") == [("1", "Reviewer 3 TA")]
    assert len(values_of(one, "votes", "record_id")) == 4
    assert "Reviewer 3 TA" in one.issues[0].message


@pytest.mark.parametrize(
    ("head", "lines"),
    [
        (("Study ID", "RCT", "Blinded"), [("1", "Yes", "No"), ("2", "No", "No")]),
        (("Study ID", "Title", "Smokers", "Children"), [("1", "T", "1", "0"), ("2", "U", "0", "0")]),
        (("Study ID", "Included in meta-analysis", "Included in map"), [("1", "Included", "Excluded")]),
        (("Study ID", "Randomisation", "Blinding"), [("1", "low", "unclear"), ("2", "high", "low")]),
        (("record_id", "stage", "reviewer", "decision"), [("1", "full_text", "A", "include")]),
        (("Anna", "Ben"), [("include", "exclude")]),
        (("ID", "Title", "Year"), []),
    ],
)
def test_a_charting_sheet_is_left_alone(tmp_path, head, lines):
    """Columns of yes and no, of judgements or of one vote a row do not make a screening workbook."""
    assert not fits(book(tmp_path, head, *lines))


def test_records_are_left_to_the_reviews_own_table(tmp_path):
    """Where another file is the table of records, the titles beside the votes make no second record."""
    own = book(
        tmp_path,
        ("record_id", "source_type", "source_name", "title", "authors", "year", "doi", "duplicate_of"),
        ("1", "database", "PubMed", "A", "", "", "", ""),
        name="records.csv",
    )
    one = take(book(tmp_path, HEAD, *LINES), None, own)
    assert not values_of(one, "records", "record_id")
    assert [part.why for part in one.left_out] == ["nobody has voted on it"]
    assert nothing_lost(one)


def test_the_review_reads_a_wide_workbook(tmp_path):
    """End to end: votes and decisions are judged, and the typo is told at its cell."""
    judged = judgement.judge([book(tmp_path, HEAD, *LINES)], CODEBOOK, settings.load(STARTER / "config.yaml"))
    assert len(judged.review.table("votes")) == 6
    wrong = [(issue.cell, issue.value) for issue in judged.issues if issue.rule == "not_allowed"]
    assert ("E3", "Inlcude") in wrong


@given(st.permutations(range(4)), st.permutations(range(7)))
def test_order_of_rows_and_columns_does_not_matter(tmp_path_factory, order, columns):
    """The same votes come of the sheet in any order, as long as reasons name their reviewer."""
    folder = tmp_path_factory.mktemp("wide")
    straight = take(book(folder, HEAD, *LINES))
    turned = take(
        book(folder, tuple(HEAD[c] for c in columns), *[tuple(LINES[at][c] for c in columns) for at in order])
    )
    names = ("record_id", "stage", "reviewer", "decision", "reason")
    assert sorted(values_of(straight, "votes", *names), key=str) == sorted(values_of(turned, "votes", *names), key=str)
    assert nothing_lost(turned)
