"""DistillerSR's lists and forms: records, duplicates, companions, charted fields; votes are left to a mapping."""

from pathlib import Path

import pytest
from scopeline import judgement, settings
from scopeline.cells import Book
from scopeline.settings import SourceSetting
from scopeline.sources import distiller
from scopeline.sources.adapter import TOOL
from scopeline.sources.taken import Taken
from source_files import CODEBOOK, STARTER, as_csv, nothing_lost, saved, taken_by, values_of

REFERENCES = (
    ("Refid", "Bibliography", "Title"),
    ("2", "Ames, Ann, Bell, Bo (2011). First? , (), .", "First?"),
    ("3.0", "Cole, Cy (2017). Second , (), .", "Second"),
    ("4", "No year here", "Third"),
)
DUPLICATES = (
    ("RefID", "Author", "Title", "Abstract", "Reason", "Labels", "Response Sets", "Attachments"),
    ("7", "Ames", "First", "", "[mass quarantine] duplicate of 8", "Import", "", ""),
    ("8", "Ames", "First", "", "Duplicate of 2", "Import", "", ""),
    ("9", "Ames", "First", "", "Manual duplicate", "Import", "", ""),
)


def book(folder: Path, name: str, *lines: tuple[str, ...], sign: str = ",", encoding: str = "utf-8") -> Book:
    return saved(folder, name, as_csv(lines, sign=sign), encoding)


def take(one: Book, *others: Book, setting: SourceSetting | None = None) -> Taken:
    return taken_by(distiller.ADAPTERS, one, *others, rank=TOOL, setting=setting)


@pytest.mark.parametrize(("sign", "encoding"), [(",", "utf-8"), (";", "utf-8-sig")])
def test_the_list_of_references_yields_records(tmp_path, sign, encoding):
    """Authors and year come from the bibliography where it has them; a number with decimals is the same number."""
    one = take(book(tmp_path, "all.csv", *REFERENCES, sign=sign, encoding=encoding))
    assert values_of(one, "records", "record_id", "title", "authors", "year") == [
        ("distiller-2", "First?", "Ames, Ann, Bell, Bo", "2011"),
        ("distiller-3", "Second", "Cole, Cy", "2017"),
        ("distiller-4", "Third", None, None),
    ]
    assert nothing_lost(one) and all(part.shared for part in one.rows)


def test_the_list_of_duplicates_names_the_record_that_is_kept(tmp_path):
    """Chains end at the record that is no duplicate; a duplicate of nobody is told at its cell."""
    one = take(book(tmp_path, "dup.csv", *DUPLICATES))
    assert values_of(one, "records", "record_id", "duplicate_of", "removed_before_screening") == [
        ("distiller-7", "distiller-2", None),
        ("distiller-8", "distiller-2", None),
        ("distiller-9", None, "other"),
    ]
    assert [issue.cell for issue in one.issues if issue.field == "duplicate_of"] == ["E", "E4"]
    assert nothing_lost(one)


def test_a_circle_of_duplicates_ends(tmp_path):
    """Two records that name each other stay as they stand, for the judge to tell."""
    lines = [("1", "", "T", "", "duplicate of 2", "", "", ""), ("2", "", "T", "", "duplicate of 1", "", "", "")]
    one = take(book(tmp_path, "dup.csv", DUPLICATES[0], *lines))
    assert values_of(one, "records", "duplicate_of") == [("distiller-2",), ("distiller-1",)]


def test_a_list_of_references_knows_the_duplicates_of_another_file(tmp_path):
    """Whichever file comes first, a record of both is marked."""
    duplicates = book(tmp_path, "dup.csv", DUPLICATES[0], ("3", "", "", "", "duplicate of 2", "", "", ""))
    one = take(book(tmp_path, "all.csv", *REFERENCES), duplicates)
    assert values_of(one, "records", "duplicate_of") == [(None,), ("distiller-2",), (None,)]


def test_linked_references_are_companions(tmp_path):
    """The headers have blanks before them; a link of a link leads to the main report."""
    head = ("Refid", " Authors", " Title", " Linked Refid", " Linked Authors", " Linked Title", "Linked Reason")
    lines = [
        ("10", "", "", "11", "", "", "Same study"),
        ("11", "", "", "12", "", "", ""),
        ("10", "", "", "11", "", "", ""),
    ]
    one = take(book(tmp_path, "linked.csv", head, *lines))
    assert sorted(values_of(one, "reports", "report_id", "record_id", "companion_of"), key=str) == [
        ("distiller-10", "distiller-10", None),
        ("distiller-11", "distiller-11", "distiller-10"),
        ("distiller-12", "distiller-12", "distiller-10"),
    ]
    assert nothing_lost(one)


def test_a_reference_linked_to_several_stands_once(tmp_path):
    """A report has one main report: the lowest number, whatever the order of the rows, and it is told."""
    lines = [("93", "50"), ("80", "50"), ("86", "50"), ("86", "79")]
    for order in (lines, lines[::-1]):
        one = take(book(tmp_path, "linked.csv", ("Refid", "Linked Refid"), *order))
        assert sorted(values_of(one, "reports", "report_id", "companion_of"), key=str) == [
            ("distiller-50", "distiller-80"),
            ("distiller-79", "distiller-86"),
            ("distiller-80", None),
            ("distiller-86", None),
            ("distiller-93", None),
        ]
        assert [issue.value for issue in one.issues] == ["50"]
        assert nothing_lost(one)


def test_columns_that_look_like_votes_are_told_and_not_read(tmp_path):
    """What `Keep` means is the review's own: records are read, votes need a mapping, and the command is named."""
    head = ("Refid", "Citation", "User", "Level", "screening", "pdf")
    lines = [
        ("2", "Ames (2011).  First? #journal#, #volume#", "a,b", "2,1", "Keep", "Yes"),
        ("2", "Ames (2011).  First? #journal#, #volume#", "c", "1", "Drop", ""),
    ]
    one = take(book(tmp_path, "form.csv", head, *lines))
    assert values_of(one, "records", "record_id", "title", "year") == [("distiller-2", "First?", "2011")]
    assert not values_of(one, "votes", "record_id")
    told = one.issues[-1]
    assert "'screening' looks like votes" in told.message and "scopeline map raw/form.csv" in told.suggestion
    assert {use.header: use.fields for use in one.uses}["screening"] == ()
    assert nothing_lost(one)


def test_answers_under_the_codebooks_headers_are_charted(tmp_path):
    """A question's check-boxes become one field; each user's row stays a row of that reviewer."""
    head = ("Refid", "User", "Level", "Study design", "condition -> first condition", "condition -> other condition")
    lines = [("2", "a", "4", "RCT", "first condition", "other condition"), ("", "b", "4", "RCT", "", "")]
    one = take(book(tmp_path, "data.csv", head, *lines))
    assert values_of(one, "studies", "study_id", "design", "condition") == [
        ("distiller-2", "RCT", "first condition; other condition"),
    ]
    assert [part.numbers for part in one.left_out] == [(3,)]
    assert nothing_lost(one)


def test_a_table_of_ones_own_with_a_refid_is_no_list_of_references(tmp_path):
    """A data set that keeps refid, title and citation beside charted columns belongs to the team."""
    one = book(tmp_path, "app.csv", ("refid", "title", "citation", "state"), ("2", "T", "A (2001). T", "AZ"))
    assert not [adapter.name for adapter in distiller.ADAPTERS if adapter.fit(one, one.sheets[0])]


def test_the_review_reads_references_and_duplicates_together(tmp_path):
    """End to end: the records of two files, with the duplicates pointing into the other file."""
    files = [book(tmp_path, "all.csv", *REFERENCES), book(tmp_path, "dup.csv", *DUPLICATES)]
    judged = judgement.judge(files, CODEBOOK, settings.load(STARTER / "config.yaml"))
    table = judged.review.table("records").set_index("record_id")
    assert table.loc["distiller-7", "duplicate_of"] == "distiller-2"
    assert not [issue.message for issue in judged.issues if issue.table == "records" and issue.severity == "error"]
