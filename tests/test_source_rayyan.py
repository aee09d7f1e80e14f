"""Rayyan's exports: articles with votes in their notes, the log of decisions, extracted data."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scopeline.settings import Settings, SourceSetting
from scopeline.sources import rayyan
from scopeline.sources.adapter import TOOL
from source_files import CODEBOOK, as_table, nothing_lost, rows_of, saved, taken_by, told

CURRENT = [
    *("key", "title", "year", "month", "day", "journal", "issn", "volume", "issue", "pages", "authors", "url"),
    *("language", "publisher", "location", "abstract", "notes", "doi", "keywords", "pubmed_id", "pmc_id"),
]
OF_2020 = CURRENT[:17]
LOG = ["article_id", "user_email", "user_id", "key", "value", "created_at"]


def article(key, notes="", **more):
    """One row of articles.csv."""
    return {"key": key, "title": f"Title {key}", "year": "2020", "authors": "Lee, A.", "notes": notes, **more}


def articles(tmp_path, rows, name="articles.csv", headers=CURRENT):
    return saved(tmp_path, name, as_table(rows, headers))


def log(tmp_path, events, name="customizations_log.csv"):
    """A log; an event is (article, user, key, value), one a minute."""
    rows = [
        dict(zip(LOG, (a, f"{u}@x.org", str(ord(u[0])), k, v, f"2024-05-01 10:{at:02d}:00 UTC"), strict=True))
        for at, (a, u, k, v) in enumerate(events)
    ]
    return saved(tmp_path, name, as_table(rows, LOG))


def taken(book, *others, **setting):
    """What the adapter that knows the book's sheet takes it for; every row is used or left out."""
    result = taken_by(rayyan.ADAPTERS, book, *others, rank=TOOL, setting=SourceSetting(**setting))
    assert nothing_lost(result)
    return result


def votes_of(result):
    return [(v["record_id"], v["reviewer"], v["decision"], v.get("reason")) for v in rows_of(result, "votes")]


@pytest.mark.parametrize("headers", [CURRENT, [*CURRENT[:17], "pubmed_id"], OF_2020], ids=["now", "2022", "2020"])
def test_articles_of_every_age_are_known(tmp_path, headers):
    """Key comes first in every age; the number of columns has grown."""
    row = article("rayyan-1", 'RAYYAN-INCLUSION: {"Ann"=>"Included"}', doi="https://doi.org/10.1/a", pubmed_id="7")
    result = taken(articles(tmp_path, [row], headers=headers))
    record = rows_of(result, "records")[0]
    assert (record["record_id"], record["title"], record["year"]) == ("rayyan-1", "Title rayyan-1", "2020")
    assert record["source_type"] == "database"
    assert record.get("doi") == ("10.1/a" if "doi" in headers else None)
    assert votes_of(result) == [("rayyan-1", "Ann", "include", None)]


def test_other_tables_with_keys_are_not_rayyans(tmp_path):
    """Zotero's export has a Key, a Title and Notes too."""
    book = saved(
        tmp_path, "z.csv", '"Key","Item Type","Publication Year","Author","Title","Notes","ISSN","Pages"\nA,b,,,,,,\n'
    )
    assert [adapter.name for adapter in rayyan.ADAPTERS if adapter.fit(book, book.sheets[0])] == []


def test_an_undecided_record_has_no_vote(tmp_path):
    """Blank notes are no exclusion: the record stands there and waits."""
    result = taken(articles(tmp_path, [article("rayyan-1"), article("rayyan-2", "RAYYAN-LABELS: seen")]))
    assert len(rows_of(result, "records")) == 2
    assert votes_of(result) == []


def test_words_of_all_ages(tmp_path):
    """Old exports write true and false; a word that is not known is left as it stands for the codebook to judge."""
    rows = [
        article("Lee2019", ' RAYYAN-INCLUSION: {"Max M."=>true, "俊"=>false}'),
        article("rayyan-5", 'RAYYAN-INCLUSION: {"Max M."=>"Maybe", "俊"=>"Exluded"}'),
    ]
    assert votes_of(taken(articles(tmp_path, rows))) == [
        ("rayyan-Lee2019", "Max M.", "include", None),
        ("rayyan-Lee2019", "俊", "exclude", None),
        ("rayyan-5", "Max M.", "maybe", None),
        ("rayyan-5", "俊", "Exluded", None),
    ]


def test_reasons_are_the_excluders(tmp_path):
    """One who excludes has all the reasons; of two who exclude nobody knows whose they are, and that is said."""
    one = 'RAYYAN-INCLUSION: {"A"=>"Excluded", "B"=>"Included"} | RAYYAN-EXCLUSION-REASONS: wrong population'
    both = notes_with(A="Excluded", B="Excluded") + " | RAYYAN-EXCLUSION-REASONS: wrong population,wrong setting"
    result = taken(articles(tmp_path, [article("rayyan-1", one), article("rayyan-2", both)]))
    pooled = "wrong population; wrong setting"
    assert [vote[3] for vote in votes_of(result)] == ["wrong population", None, pooled, pooled]
    said = told(result, "do not say whose")
    assert [(issue.row, issue.column, issue.severity.value) for issue in said] == [(3, 16, "note")]


def test_reasons_that_nobody_needs_are_told(tmp_path):
    """Reasons beside votes that do not exclude are not used, and that is said."""
    notes = 'RAYYAN-INCLUSION: {"A"=>"Maybe"} | RAYYAN-EXCLUSION-REASONS: wrong population'
    result = taken(articles(tmp_path, [article("rayyan-1", notes)]))
    assert votes_of(result) == [("rayyan-1", "A", "maybe", None)]
    assert len(told(result, "nobody excludes")) == 1


def test_a_mapped_reason_is_mapped_in_company_too(tmp_path):
    """The configuration maps whole cells; each of several reasons is mapped where they are taken apart."""
    notes = 'RAYYAN-INCLUSION: {"A"=>"Excluded"} | RAYYAN-EXCLUSION-REASONS: background article,wrong population'
    meanings = {"reason": {"Background article": "wrong type of source"}}
    result = taken(articles(tmp_path, [article("rayyan-1", notes)]), values=meanings)
    assert votes_of(result)[0][3] == "wrong type of source; wrong population"


def test_broken_notes_are_told_at_their_cell(tmp_path):
    """A cell that was cut off costs its own votes, and its record stands."""
    rows = [
        article("rayyan-1", 'RAYYAN-INCLUSION: {"A"=>"Incl'),
        article("rayyan-2", 'RAYYAN-INCLUSION: {"A"=>"Included"}'),
    ]
    result = taken(articles(tmp_path, rows))
    assert votes_of(result) == [("rayyan-2", "A", "include", None)]
    broken = [issue for issue in result.issues if issue.rule == "wrong_form"]
    assert [(issue.row, issue.column, issue.severity.value) for issue in broken] == [(2, 16, "error")]
    assert "a quote is not closed" in broken[0].message


def test_votes_of_an_earlier_review_are_told(tmp_path):
    """Where some notes hold two reviews' votes, a single list may be the earlier one's: that is a warning."""
    two = 'RAYYAN-INCLUSION: {"A"=>"Included"} | RAYYAN-INCLUSION: {"A"=>"Excluded"}'
    rows = [article("rayyan-1", two), article("rayyan-2", 'RAYYAN-INCLUSION: {"A"=>"Included"}')]
    result = taken(articles(tmp_path, rows), stage="full_text")
    assert [vote["decision"] for vote in rows_of(result, "votes")] == ["exclude", "include"]
    assert {vote["stage"] for vote in rows_of(result, "votes")} == {"full_text"}
    assert [issue.severity.value for issue in told(result, "earlier review")] == ["warning"]


def test_votes_in_the_notes_of_a_citation_file_are_read(tmp_path):
    """Rayyan writes the same notes into RIS files; any sheet with such notes has votes."""
    text = 'id,title,year,authors,doi,notes\n,On rats,2020,"Lee, A.",10.1/a,"RAYYAN-INCLUSION: {""A""=>""Excluded""}"\n'
    book = saved(tmp_path, "notes.csv", text)
    sheet = book.sheets[0]
    sheet.lines = [1, 1]
    result = taken(book)
    record = rows_of(result, "records")[0]
    assert record["record_id"].startswith("rayyan-") and len(record["record_id"]) > len("rayyan-")
    assert votes_of(result) == [(record["record_id"], "A", "exclude", None)]


@pytest.mark.parametrize("variant", ["bom", "semicolon", "crlf", "reordered"])
def test_a_resaved_file_says_the_same(tmp_path, variant):
    """Byte order marks, semicolons, line ends and the order of columns change nothing."""
    rows = [article("rayyan-1", 'One\ntwo | RAYYAN-INCLUSION: {"A"=>"Included", "B"=>"Excluded"}'), article("rayyan-2")]
    plain = taken(articles(tmp_path, rows))
    text = {
        "bom": "\ufeff" + as_table(rows, CURRENT),
        "semicolon": as_table(rows, CURRENT, sign=";"),
        "crlf": as_table(rows, CURRENT, end="\r\n"),
        "reordered": as_table(rows, CURRENT[::-1]),
    }[variant]
    again = taken(saved(tmp_path, "again.csv", text))
    assert votes_of(again) == votes_of(plain)
    assert rows_of(again, "records")[0].items() >= {"record_id": "rayyan-1", "title": "Title rayyan-1"}.items()


# The log


def test_the_last_word_of_each_user_counts(tmp_path):
    """Earlier words, votes taken back and labels yield nothing, and each of their rows says why."""
    events = [
        ("1", "ann", "included", "1"),
        ("1", "ann", "included", "-1"),
        ("1", "ann", '"__EXR__wrong population"', "1"),
        ("1", "ann", "__EXR__wrong setting", "1"),
        ("1", "ann", "__EXR__wrong setting", "deleted"),
        ("1", "bo", "included", "0"),
        ("2", "bo", "included", "1"),
        ("2", "bo", "included", "deleted"),
        ("2", "ann", "full text needed", "1"),
        ("3", "bo", "included", "7"),
    ]
    result = taken(log(tmp_path, events))
    assert votes_of(result) == [
        ("rayyan-1", "ann@x.org", "exclude", "wrong population"),
        ("rayyan-1", "bo@x.org", "maybe", None),
        ("rayyan-3", "bo@x.org", "7", None),
    ]
    assert {one.why: one.numbers for one in result.left_out} == {
        "the same reviewer's later word stands": (2, 5, 8),
        "a reason, which stands with the same reviewer's vote": (4,),
        "the reason was taken back": (6,),
        "the vote was taken back": (9,),
        "a label; labels are not used": (10,),
    }


def test_the_order_of_rows_in_the_log_does_not_matter(tmp_path):
    """The time says which word is the last, not the line."""
    rows = [
        dict(zip(LOG, ("1", "a@x", "1", "included", "-1", "2024-05-02 09:00:00 UTC"), strict=True)),
        dict(zip(LOG, ("1", "a@x", "1", "included", "1", "2024-05-01 10:00:00 UTC"), strict=True)),
    ]
    for name, given_rows in (("a.csv", rows), ("b.csv", rows[::-1])):
        result = taken(saved(tmp_path, name, as_table(given_rows, LOG)))
        assert [vote[2] for vote in votes_of(result)] == ["exclude"]
        assert not told(result, "created_at")


def test_times_that_cannot_be_read_are_told(tmp_path):
    """A spreadsheet program has rewritten the times: the file's order is taken, and that is said."""
    rows = [
        dict(zip(LOG, ("1", "a@x", "1", "included", "-1", "2/5/24 9:00"), strict=True)),
        dict(zip(LOG, ("1", "a@x", "1", "included", "1", "1/5/24 10:00"), strict=True)),
    ]
    result = taken(saved(tmp_path, "log.csv", as_table(rows, LOG)))
    assert [vote[2] for vote in votes_of(result)] == ["include"]
    assert len(told(result, "created_at")) == 1


def both(tmp_path, notes, events, folder=""):
    """Articles with these notes and a log beside them, each taken with the other in sight."""
    rows = [article(f"rayyan-{number}", text) for number, text in notes.items()]
    one, other = articles(tmp_path, rows, f"{folder}articles.csv"), log(tmp_path, events, f"{folder}log.csv")
    return taken(one, other), taken(other, one)


def notes_with(**votes):
    return "RAYYAN-INCLUSION: {" + ", ".join(f'"{name}"=>"{word}"' for name, word in votes.items()) + "}"


def test_votes_in_both_files_count_once(tmp_path):
    """The log's votes stand, with the names that the notes give; those of the notes are told as the same."""
    notes = {
        1: notes_with(Ann="Included", Bo="Excluded"),
        2: notes_with(Ann="Excluded", Bo="Excluded") + " | RAYYAN-EXCLUSION-REASONS: wrong population,wrong setting",
    }
    events = [
        ("1", "ann", "included", "1"),
        ("1", "bo", "included", "-1"),
        ("2", "ann", "included", "-1"),
        ("2", "ann", "__EXR__wrong population", "1"),
        ("2", "bo", "included", "-1"),
        ("2", "bo", "__EXR__wrong setting", "1"),
    ]
    of_articles, of_log = both(tmp_path, notes, events)
    assert votes_of(of_articles) == []
    assert votes_of(of_log) == [
        ("rayyan-1", "Ann", "include", None),
        ("rayyan-1", "Bo", "exclude", None),
        ("rayyan-2", "Ann", "exclude", "wrong population"),
        ("rayyan-2", "Bo", "exclude", "wrong setting"),
    ]
    assert "4 votes of the notes stand in raw/log.csv too" in told(of_articles, "they agree")[0].message
    assert not told(of_articles, "do not say whose")
    assert "same on 2 of 2 records" in told(of_log, "ann@x.org is taken for 'Ann'")[0].message


def test_where_both_files_differ_the_log_wins_and_it_is_told(tmp_path):
    """The difference stands at the cell of the notes, with both words."""
    notes = {1: notes_with(Ann="Included"), 2: notes_with(Ann="Included"), 3: notes_with(Ann="Maybe")}
    events = [(n, "ann", "included", value) for n, value in (("1", "1"), ("2", "-1"), ("3", "0"))]
    of_articles, of_log = both(tmp_path, notes, events)
    assert [vote[2] for vote in votes_of(of_log)] == ["include", "exclude", "maybe"]
    (difference,) = told(of_articles, "differ (")
    assert "Ann: include in the notes, exclude in the log" in difference.message
    assert (difference.row, difference.column, difference.severity.value) == (3, 16, "warning")


def test_a_reviewer_of_whom_the_log_is_silent_keeps_the_votes_of_the_notes(tmp_path):
    """Each vote counts exactly once, from the file that has it."""
    notes = {1: notes_with(Ann="Included", Bo="Excluded"), 2: notes_with(Ann="Excluded", Bo="Included")}
    events = [("1", "ann", "included", "1"), ("2", "ann", "included", "-1")]
    of_articles, of_log = both(tmp_path, notes, events)
    assert votes_of(of_articles) == [("rayyan-1", "Bo", "exclude", None), ("rayyan-2", "Bo", "include", None)]
    assert votes_of(of_log) == [("rayyan-1", "Ann", "include", None), ("rayyan-2", "Ann", "exclude", None)]


def test_users_who_cannot_be_told_apart_keep_their_address(tmp_path):
    """Two who always vote alike are matched with no name; the log's votes count, and the notes' do not."""
    notes = {1: notes_with(Kim="Excluded", Lou="Excluded")}
    of_articles, of_log = both(tmp_path, notes, [("1", "u", "included", "-1"), ("1", "v", "included", "-1")])
    assert votes_of(of_articles) == []
    assert [vote[1] for vote in votes_of(of_log)] == ["u@x.org", "v@x.org"]
    assert not told(of_articles, "differ (")
    assert "reviewer: {u@x.org: …}" in told(of_log, "does not hold the names of 2 reviewers")[0].suggestion


def test_the_same_record_twice_keeps_its_votes(tmp_path):
    """Records without a key that are alike in everything are two records, each with its own vote."""
    rows = [
        article("", notes_with(Ann="Included"), title="On rats"),
        article("", notes_with(Bo="Excluded"), title="On rats"),
    ]
    votes = votes_of(taken(articles(tmp_path, rows)))
    assert [vote[1:3] for vote in votes] == [("Ann", "include"), ("Bo", "exclude")]
    assert votes[1][0] == f"{votes[0][0]}-2"


def test_a_log_speaks_for_the_articles_of_its_own_folder(tmp_path):
    """Two stages in two folders are two exports: neither log speaks for the other's articles."""
    first = articles(tmp_path, [article("rayyan-1", notes_with(Ann="Included"))], "screening/articles.csv")
    its_log = log(tmp_path, [("1", "ann", "included", "1")], "screening/log.csv")
    second = articles(tmp_path, [article("rayyan-1", notes_with(Ann="Excluded"))], "full_text/articles.csv")
    assert votes_of(taken(first, its_log, second)) == []
    assert len(votes_of(taken(second, its_log, first))) == 1
    assert len(votes_of(taken(its_log, first, second))) == 1


def test_articles_with_keys_of_their_own_are_not_found_in_the_log(tmp_path):
    """Keys of BibTeX cannot be linked with the log's numbers: its votes are left out, the notes' count; it is told."""
    one = articles(tmp_path, [article("Lee2020", notes_with(Ann="Included"))])
    other = log(tmp_path, [("437813830", "ann", "included", "1")])
    assert len(votes_of(taken(one, other))) == 1
    of_log = taken(other, one)
    assert votes_of(of_log) == []
    assert [one.why for one in of_log.left_out] == ["the article is not in raw/articles.csv"]
    assert len(told(of_log, "not among the articles")) == 1


_CAST = st.dictionaries(
    st.integers(1, 4),
    st.dictionaries(st.sampled_from(["Ann", "Bo"]), st.sampled_from(["Included", "Excluded", "Maybe"]), max_size=2),
    min_size=1,
)


@given(_CAST, st.sets(st.integers(1, 4)))
@settings(max_examples=30, deadline=None)
def test_each_vote_counts_once_whatever_the_log_holds(tmp_path_factory, cast, in_log):
    """A log that is cut off at some articles loses no vote and doubles none."""
    tmp_path = tmp_path_factory.mktemp("cast")
    value = {"Included": "1", "Excluded": "-1", "Maybe": "0"}
    notes = {number: notes_with(**votes) if votes else "" for number, votes in cast.items()}
    events = [
        (str(number), name.lower(), "included", value[word])
        for number, votes in cast.items()
        if number in in_log
        for name, word in votes.items()
    ]
    if not events:
        return
    of_articles, of_log = both(tmp_path, notes, events)
    counted = sorted((record, decision) for record, _, decision, _ in votes_of(of_articles) + votes_of(of_log))
    meant = {"Included": "include", "Excluded": "exclude", "Maybe": "maybe"}
    assert counted == sorted((f"rayyan-{n}", meant[word]) for n, votes in cast.items() for word in votes.values())


# Extracted data


def test_extracted_data_are_read_by_their_questions(tmp_path):
    """A question that is a field of the codebook is charted; others say that the codebook does not have them."""
    headers = [*CURRENT[:16], "PDF files", "14-Country", "15-Favourite colour?", "127404-RoB 2 (Randomized trials)"]
    rows = [
        {**article("rayyan-9"), "14-Country": "Norway", "15-Favourite colour?": "blue"},
        article("rayyan-10"),
    ]
    result = taken(saved(tmp_path, "articles.csv", as_table(rows, headers)))
    assert result.source == "rayyan_extraction"
    assert rows_of(result, "studies") == [{"study_id": "rayyan-9", "country": "Norway"}]
    assert len(rows_of(result, "records")) == 2
    why = {use.header: use.why for use in result.uses}
    assert why["15-Favourite colour?"] == "the codebook has no field 'Favourite colour?' in 'studies'"


# The whole way


def test_a_review_in_rayyan_is_judged(tmp_path):
    """Both files in raw/: records and votes of the review, each vote once, an unknown word told at its cell."""
    from scopeline.judgement import judge

    rows = [
        article("rayyan-1", notes_with(Ann="Included", Bo="Included"), doi="10.1000/1"),
        article(
            "rayyan-2", notes_with(Ann="Excluded", Bo="Excluded") + " | RAYYAN-EXCLUSION-REASONS: wrong population"
        ),
        article("rayyan-3", notes_with(Ann="Exluded")),
        article("rayyan-4"),
    ]
    events = [("1", "ann", "included", "1"), ("1", "bo", "included", "1"), ("2", "ann", "included", "-1")]
    books = [articles(tmp_path, rows), log(tmp_path, [*events, ("2", "bo", "included", "-1")])]
    sources = {"*": {"stage": "title_abstract"}}
    how = Settings.model_validate({"review": {"title": "A review"}, "sources": sources})
    verdict = judge(books, CODEBOOK, how)
    frames = verdict.review.tables
    assert len(frames["records"]) == 4
    votes = frames["votes"].dropna(subset=["decision"])
    assert sorted(zip(votes["record_id"], votes["reviewer"], votes["decision"], strict=True)) == [
        ("rayyan-1", "Ann", "include"),
        ("rayyan-1", "Bo", "include"),
        ("rayyan-2", "Ann", "exclude"),
        ("rayyan-2", "Bo", "exclude"),
    ]
    errors = [issue for issue in verdict.issues if issue.severity == "error" and issue.table in ("records", "votes")]
    assert [(issue.rule, issue.cell, issue.value) for issue in errors] == [("not_allowed", "Q4", "Exluded")]
