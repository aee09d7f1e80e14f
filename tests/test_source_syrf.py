"""SyRF's exports of screening decisions, one row a study and one row a vote."""

from pathlib import Path

import pytest
from scopeline import cells
from scopeline.settings import Settings, SourceSetting
from scopeline.sources import syrf
from scopeline.sources.adapter import TOOL
from source_files import CODEBOOK, nothing_lost, rows_of, saved, taken_by, told

REAL = Path(__file__).parents[2] / "shared" / "data" / "syrf_animal" / "review_screening_data.csv"
MISNAMED = """StudyId,Title,Authors,PublicationName,Year,Doi,InvestigatorIds,ScreeningDecisions
a1,On rats,A. Lee;B. Roe,J Rats,2019,https://dx.doi.org/10.1000/1,Included;Included,Included
b2,On mice,C. Kim,J Mice,NA,,Excluded;Included;Excluded,Excluded
c3,On men,D. Poe,,2020,,Excluded;Exluded,Excluded
d4,On cats,E. Fox,,2020,,Included;Excluded,Included
e5,On dogs,F. Elk,,2020,,,InsufficientlyScreened
"""
DOCUMENTED = """StudyId,Title,InvestigatorNames,DateTimeOfScreenings,ScreeningDecisions,ScreeningStatus
a1,On rats,Ann;Bo,2019-02-26 14:53:58;2019-02-27 10:00:00,Included;Included,Included
b2,On mice,Bo;Cy;Ann,2019-02-26 14:53:58;2019-02-27 10:00:00;2019-02-28 10:00:00,Included;Excluded;Excluded,Excluded
c3,On men,Ann,2019-02-26 14:53:58,Excluded,InsufficientlyScreened
"""
A_VOTE_A_ROW = """StudyId,Title,Reconciled,InvestigatorId,InvestigatorName,DateTimeOfScreening,\
ScreeningDecision,ScreeningStatus
a1,On rats,False,1,Ann,2019-02-27 10:00:00,Included,Excluded
a1,On rats,False,2,Bo,2019-02-26 10:00:00,Excluded,Excluded
a1,On rats,False,3,Cy,2019-02-28 10:00:00,Excluded,Excluded
b2,On mice,False,1,Ann,2019-02-27 10:00:00,Included,Included
b2,On mice,False,2,Bo,2019-02-27 11:00:00,Included,Included
c3,On men,False,1,Ann,2019-02-27 10:00:00,Excluded,Included
c3,On men,True,3,Cy,2019-02-27 11:00:00,Included,Included
d4,On cats,,,,,,InsufficientlyScreened
"""


def taken(book, **setting):
    """What the adapter takes the book's sheet for; every row is used or left out."""
    result = taken_by(syrf.ADAPTERS, book, rank=TOOL, setting=SourceSetting(**setting))
    assert nothing_lost(result)
    return result


def votes_of(result):
    return [(vote["record_id"], vote["reviewer"], vote["decision"]) for vote in rows_of(result, "votes")]


def decisions_of(result):
    return [(one["record_id"], one["adjudicator"], one["decision"]) for one in rows_of(result, "decisions")]


def test_votes_are_found_under_the_wrong_header(tmp_path):
    """The cells tell which column holds the votes and which the outcome, whatever their headers say."""
    result = taken(saved(tmp_path, "a.csv", MISNAMED))
    assert votes_of(result) == [
        ("syrf-a1", "first", "include"),
        ("syrf-a1", "second", "include"),
        ("syrf-b2", "first", "exclude"),
        ("syrf-b2", "second", "include"),
        ("syrf-c3", "first", "exclude"),
        ("syrf-c3", "second", "Exluded"),
        ("syrf-d4", "first", "include"),
        ("syrf-d4", "second", "exclude"),
    ]
    assert len(told(result, "column 'InvestigatorIds'")) == 1
    records = rows_of(result, "records")
    assert len(records) == 5
    assert (records[0]["doi"], records[0]["year"], records[1]["year"]) == ("10.1000/1", "2019", "NA")


def test_the_third_vote_settles_and_so_does_the_status(tmp_path):
    """A third vote is the adjudication; where two differ without one, SyRF's own outcome is the final word."""
    result = taken(saved(tmp_path, "a.csv", MISNAMED))
    assert decisions_of(result) == [("syrf-b2", "third", "exclude"), ("syrf-d4", "SyRF", "include")]
    assert "the third is the adjudication" in result.title


def test_the_documented_columns_are_read(tmp_path):
    """With InvestigatorNames each vote has its voter; a study that is not yet screened twice has one vote."""
    result = taken(saved(tmp_path, "a.csv", DOCUMENTED))
    assert votes_of(result) == [
        ("syrf-a1", "Ann", "include"),
        ("syrf-a1", "Bo", "include"),
        ("syrf-b2", "Bo", "include"),
        ("syrf-b2", "Cy", "exclude"),
        ("syrf-c3", "Ann", "exclude"),
    ]
    assert decisions_of(result) == [("syrf-b2", "Ann", "exclude")]
    assert not told(result, "does not name who voted")
    assert not told(result, "column '")


@pytest.mark.parametrize("turned", [False, True])
def test_a_vote_a_row_is_read_in_the_order_of_time(tmp_path, turned):
    """Whatever the order of rows, the third vote by time settles, and so does a reconciliation."""
    head, *rows = A_VOTE_A_ROW.splitlines()
    result = taken(saved(tmp_path, "a.csv", "\n".join([head, *(rows[::-1] if turned else rows)])))
    assert sorted(votes_of(result)) == [
        ("syrf-a1", "Ann", "include"),
        ("syrf-a1", "Bo", "exclude"),
        ("syrf-b2", "Ann", "include"),
        ("syrf-b2", "Bo", "include"),
        ("syrf-c3", "Ann", "exclude"),
    ]
    assert sorted(decisions_of(result)) == [("syrf-a1", "Cy", "exclude"), ("syrf-c3", "Cy", "include")]
    names = sorted(record["record_id"] for record in rows_of(result, "records"))
    assert names == ["syrf-a1", "syrf-b2", "syrf-c3", "syrf-d4"]


def test_an_outcome_that_is_not_what_the_votes_come_to_is_told(tmp_path):
    """The votes count; the cell of the status is shown."""
    text = MISNAMED.replace("Included;Included,Included", "Included;Included,Excluded")
    (said,) = told(taken(saved(tmp_path, "a.csv", text)), "the votes come to include")
    assert (said.row, said.column) == (2, 7)


def test_a_file_without_decisions_says_so(tmp_path):
    """Records stand, and it is told that no column holds votes."""
    text = "StudyId,Title,InvestigatorIds,ScreeningDecisions\na1,On rats,x;y,\n"
    result = taken(saved(tmp_path, "a.csv", text))
    assert len(rows_of(result, "records")) == 1
    assert rows_of(result, "votes") == []
    assert told(result, "there are no votes")


@pytest.mark.parametrize("how", ["bom", "semicolon", "crlf", "reordered"])
def test_a_resaved_file_says_the_same(tmp_path, how):
    """Byte order marks, line ends, another separator and the order of columns change nothing."""
    lines = [line.split(",") for line in DOCUMENTED.splitlines()]
    text = {
        "bom": "\ufeff" + DOCUMENTED,
        "semicolon": "\n".join(";".join(f'"{cell}"' for cell in line) for line in lines),
        "crlf": DOCUMENTED.replace("\n", "\r\n"),
        "reordered": "\n".join(",".join(line[::-1]) for line in lines),
    }[how]
    plain, again = taken(saved(tmp_path, "a.csv", DOCUMENTED)), taken(saved(tmp_path, "b.csv", text))
    assert votes_of(again) == votes_of(plain)
    assert decisions_of(again) == decisions_of(plain)


def judged(book, **source):
    from scopeline.judgement import judge

    settings = Settings.model_validate({"review": {"title": "A review"}, "sources": {"*": source}})
    return judge([book], CODEBOOK, settings)


def test_a_misspelt_vote_is_told_with_a_suggestion_unless_it_is_mapped(tmp_path):
    """`Exluded` is an error at its cell with the word that was meant; mapped by the configuration it is a vote."""
    book = saved(tmp_path, "a.csv", MISNAMED)
    faults = [issue for issue in judged(book).issues if issue.rule == "not_allowed"]
    assert [(issue.cell, issue.value, issue.suggestion) for issue in faults] == [
        ("G4", "Exluded", "Did you mean 'exclude'?")
    ]
    mended = judged(book, values={"decision": {"Exluded": "exclude"}})
    assert not [issue for issue in mended.issues if issue.rule == "not_allowed"]


@pytest.mark.real
@pytest.mark.skipif(not REAL.exists(), reason="the review's data are not here")
def test_the_real_file_gives_the_published_numbers():
    """1,325 records, 12 third votes, 12 included, kappa 0.567 between the first two votes once Exluded is mapped."""
    from scopeline.agreement import panel

    book = cells.read(REAL, "raw/review_screening_data.csv")
    assert not told(taken(book), "the votes come to")
    verdict = judged(book, values={"decision": {"Exluded": "exclude"}})
    tables = verdict.review.tables
    assert (len(tables["records"]), len(tables["votes"]), len(tables["decisions"])) == (1325, 2650, 12)
    wide = tables["votes"].pivot_table(index="record_id", columns="reviewer", values="decision", aggfunc="first")
    settled = tables["decisions"].set_index("record_id")["decision"]
    final = wide["first"].where(wide["first"] == wide["second"]).fillna(settled)
    assert (final == "include").sum() == 12
    (line,) = panel(tables["votes"]).to_dict("records")
    assert round(line["kappa"], 3) == 0.567
