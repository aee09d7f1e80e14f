"""ASReview's exports of every version, as spreadsheets and in the notes of citation files."""

import pytest
from scopeline.settings import Settings, SourceSetting
from scopeline.sources import asreview
from scopeline.sources.adapter import TOOL
from source_files import CODEBOOK, nothing_lost, rows_of, saved, taken_by, told

FIRST = """record_id,title,year,authors,doi,included,asreview_ranking,exported_notes_1
2,On rats,2020,"Lee, A.; Roe, B.",https://doi.org/10.1000/1,1,1,fine
0,On mice,2019,"Kim, C.",,,2,
1,On men,2018,"Poe, D.",,0,3,
"""
SECOND = """title,year,authors,asreview_label,asreview_time,asreview_note,asreview_user_name,asreview_user_email
On rats,2020,"Lee, A.",1,2024-05-01 10:00:00,seen twice,Ann,ann@x.org
On mice,2019,"Kim, C.",,,,,
On men,2018,"Poe, D.",0,,,Ann,ann@x.org
"""


def taken(book, *others, **setting):
    """What the adapter takes the book's sheet for, with the other books in sight; every row is used."""
    result = taken_by(asreview.ADAPTERS, book, *others, rank=TOOL, setting=SourceSetting(**setting))
    assert nothing_lost(result) and not result.left_out
    return result


def votes_of(result):
    return [(vote["record_id"], vote["reviewer"], vote["decision"]) for vote in rows_of(result, "votes")]


def test_version_1_is_read(tmp_path):
    """Labels of version 1 are votes of one reviewer; a record that nobody has seen has no vote and is no exclusion."""
    result = taken(saved(tmp_path, "ann.csv", FIRST), reviewer="Ann")
    assert votes_of(result) == [("asreview-2", "Ann", "include"), ("asreview-1", "Ann", "exclude")]
    records = rows_of(result, "records")
    assert [record["record_id"] for record in records] == ["asreview-2", "asreview-0", "asreview-1"]
    assert (records[0]["doi"], records[0]["year"], records[0]["source_type"]) == ("10.1000/1", "2020", "database")
    assert not told(result, "does not say who")


def test_version_2_names_its_reviewer(tmp_path):
    """The user's name is the reviewer; records without a number get an ID of their own, the same in every export."""
    result = taken(saved(tmp_path, "x.csv", SECOND), reviewer="Bo")
    assert [vote[1:] for vote in votes_of(result)] == [("Ann", "include"), ("Ann", "exclude")]
    again = taken(saved(tmp_path, "y.csv", "\n".join(SECOND.splitlines()[:1] + SECOND.splitlines()[:0:-1])))
    assert sorted(votes_of(again)) == sorted(votes_of(result))


def test_a_reviewer_who_is_not_named_is_called_after_the_file_and_that_is_said(tmp_path):
    """Version 1 does not name the reviewer: the name is made from the file, as a warning with the remedy."""
    result = taken(saved(tmp_path, "screener-2.csv", FIRST))
    assert {vote[1] for vote in votes_of(result)} == {"screener-2"}
    (said,) = told(result, "the reviewer is called 'screener-2'")
    assert "reviewer: …" in said.suggestion


@pytest.mark.parametrize(
    "text",
    [
        "\ufeff" + FIRST,
        FIRST.replace("record_id", "ï..record_id"),
        FIRST.replace("\n", "\r\n"),
        FIRST.replace(",", ";").replace("Lee; A.; Roe; B.", "Lee, A.; Roe, B."),
        FIRST.replace(",1,1,", ",1.0,1,").replace("\n2,", "\n2.0,"),
    ],
    ids=["bom", "spoilt", "crlf", "semicolon", "decimals"],
)
def test_a_resaved_file_says_the_same(tmp_path, text):
    """Byte order marks, semicolons, line ends and decimals that a spreadsheet program adds change nothing."""
    assert votes_of(taken(saved(tmp_path, "a.csv", text))) == votes_of(taken(saved(tmp_path, "a.csv", FIRST)))


def test_the_newest_label_counts(tmp_path):
    """A project made of labelled data has an old `included` beside its own label: the old one is no vote."""
    text = "title,included,asreview_label,asreview_time\nOn rats,0,1,2024-05-01\nOn mice,1,,\n"
    result = taken(saved(tmp_path, "a.csv", text))
    assert [vote[2] for vote in votes_of(result)] == ["include"]
    assert {use.header: use.why for use in result.uses}["included"] == "a label of the data set that was imported"


def test_prior_knowledge_counts_and_is_told(tmp_path):
    """Labels without a time, or marked as prior, were given before the screening began."""
    assert len(told(taken(saved(tmp_path, "a.csv", SECOND)), "prior knowledge")) == 1
    text = "record_id,title,included,asreview_prior,asreview_ranking\n1,On rats,1,1,1\n2,On mice,0,0,2\n"
    result = taken(saved(tmp_path, "b.csv", text))
    (said,) = told(result, "prior knowledge")
    assert (said.row, said.column, said.severity.value) == (2, 2, "note")
    assert len(votes_of(result)) == 2


def test_a_label_that_is_not_known_is_left_to_the_codebook(tmp_path):
    """What is neither 1 nor 0 is passed on as it stands."""
    result = taken(saved(tmp_path, "a.csv", FIRST.replace(",0,3,", ",2,3,")))
    assert [vote[2] for vote in votes_of(result)] == ["include", "2"]


def test_labels_in_the_notes_of_a_citation_file(tmp_path):
    """RIS files carry the label, the time and the user in their notes; a note with two labels is passed on as both."""
    text = (
        "id,title,notes\n"
        '1,On rats,"ASReview_relevant | asreview_time: ""2024-05-01"" | asreview_user_name: ""Ann B."" | mine"\n'
        "2,On mice,ASReview_not_seen\n3,On men,ASReview_irrelevant\n4,On cats,\n"
        "5,On dogs,ASReview_relevant | ASReview_irrelevant\n"
    )
    result = taken(saved(tmp_path, "a.csv", text), reviewer="Bo")
    assert [vote[1:] for vote in votes_of(result)] == [
        ("Ann B.", "include"),
        ("Bo", "exclude"),
        ("Bo", "relevant irrelevant"),
    ]
    assert len(rows_of(result, "records")) == 5


def test_the_same_record_twice_in_a_data_set_keeps_two_ids(tmp_path):
    """A data set that was not deduplicated has the same record twice: neither is lost."""
    text = SECOND + 'On rats,2020,"Lee, A.",0,2024-05-02 10:00:00,,Ann,\n'
    names = [record["record_id"] for record in rows_of(taken(saved(tmp_path, "a.csv", text)), "records")]
    assert len(set(names)) == 4
    assert names[3] == f"{names[0]}-2"


def test_numbers_of_two_data_sets_are_not_mixed_up(tmp_path):
    """A number is a place in the imported file: where titles differ the projects differ, and both files know it."""
    one = saved(tmp_path, "a.csv", FIRST)
    other = saved(tmp_path, "b.csv", FIRST.replace("On rats", "On whales"))
    first, second = taken(one, other), taken(other, one)
    assert told(first, "Record 2 has another title in raw/b.csv")
    assert told(second, "Record 2 has another title in raw/a.csv")
    ids_1, ids_2 = ([r["record_id"] for r in rows_of(result, "records")] for result in (first, second))
    assert ids_1[0] != ids_2[0]
    assert ids_1[1:] == ids_2[1:]


def test_other_tables_are_not_asreviews(tmp_path):
    """A column named `included` alone makes no export of ASReview."""
    book = saved(tmp_path, "a.csv", "record_id,title,included\n1,On rats,1\n")
    assert asreview.ADAPTERS[0].fit(book, book.sheets[0]) is None


def test_two_reviewers_are_judged_together(tmp_path):
    """Two projects of one data set: each record once, a vote of each reviewer, unseen ones pending."""
    from scopeline.judgement import judge

    again = FIRST.replace(",,,2,", ",,1,2,").replace(",,0,3,", ",,1,3,")
    books = [saved(tmp_path, "ann.csv", FIRST), saved(tmp_path, "bo.csv", again)]
    settings = Settings.model_validate(
        {"review": {"title": "A review"}, "sources": {"ann.csv": {"reviewer": "Ann"}, "bo.csv": {"reviewer": "Bo"}}}
    )
    verdict = judge(books, CODEBOOK, settings)
    assert sorted(verdict.review.tables["records"]["record_id"]) == ["asreview-0", "asreview-1", "asreview-2"]
    votes = verdict.review.tables["votes"]
    assert sorted(zip(votes["record_id"], votes["reviewer"], votes["decision"], strict=True)) == [
        ("asreview-0", "Bo", "include"),
        ("asreview-1", "Ann", "exclude"),
        ("asreview-1", "Bo", "include"),
        ("asreview-2", "Ann", "include"),
        ("asreview-2", "Bo", "include"),
    ]
    assert not [i for i in verdict.issues if i.severity == "error" and i.table in ("records", "votes")]
