"""Covidence's exports: the lists of references as states of the two stages, and the extraction as charted rows."""

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scopeline import cells, codebook, judgement, settings
from scopeline.cells import Book
from scopeline.codebook import Codebook
from scopeline.settings import SourceSetting
from scopeline.sources import covidence, covidence_extraction
from scopeline.sources.adapter import SURE
from scopeline.sources.taken import Taken
from source_files import CODEBOOK, STARTER, as_table, nothing_lost, rows_of, saved, taken_by, values_by_row, with_fields

HEADERS = [
    *("Title", "Authors", "Abstract", "Published Year", "Published Month", "Journal", "Volume", "Issue", "Pages"),
    *("Accession Number", "DOI", "Ref", "Covidence #", "Study", "Notes", "Tags"),
]


def reference(number: str, study: str = "Ames 2001", notes: str = "", **more: str) -> dict[str, str]:
    """One line of a list of references."""
    line = dict.fromkeys(HEADERS, "")
    line |= {
        "Title": f"Title {number}",
        "Authors": "Ames, A; Bell, B",
        "Published Year": "2001",
        "Journal": "A journal",
    }
    return line | {"Covidence #": number, "Study": study, "Notes": notes, **more}


@pytest.fixture(scope="module")
def book() -> Codebook:
    return CODEBOOK


def written(lines: list[dict[str, str]], headers: list[str] | None = None, *, sign: str = ",", end: str = "\n") -> str:
    return as_table(lines, headers or list(lines[0]), sign=sign, end=end)


def take(one: Book, book: Codebook, setting: SourceSetting | None = None, *others: Book) -> Taken:
    """What the file's first sheet yields by the adapter that knows it."""
    return taken_by(covidence.ADAPTERS, one, *others, rank=SURE, setting=setting, book=book)


def use(taken: Taken, header: str):
    return next(one for one in taken.uses if one.header == header)


def test_excluded_is_known_by_its_reasons(tmp_path, book):
    """The list of excluded reports is seen in its notes: included by title, excluded by full text, with the reason."""
    text = written(
        [
            reference("#28274", notes="Exclusion reason: Not an RCT; "),
            reference("#28729", "Cohen 1967", "Exclusion reason: wrong population; "),
        ]
    )
    taken = take(saved(tmp_path, "anything.csv", text), book)
    assert values_by_row(taken, "decisions", "record_id", "stage", "decision", "reason", "adjudicator") == [
        ("covidence-28274", "title_abstract", "include", None, "Covidence"),
        ("covidence-28274", "full_text", "exclude", "Not an RCT", "Covidence"),
        ("covidence-28729", "title_abstract", "include", None, "Covidence"),
        ("covidence-28729", "full_text", "exclude", "wrong population", "Covidence"),
    ]
    assert values_by_row(taken, "reports", "report_id", "record_id", "retrieved", "study_id") == [
        ("covidence-28274", "covidence-28274", "yes", None),
        ("covidence-28729", "covidence-28729", "yes", None),
    ]
    assert [one.rule for one in taken.issues] == ["source_assumed"]  # the kind of source, once
    assert taken.title == "Covidence: references (excluded)"
    assert nothing_lost(taken)


def test_several_reasons_are_joined_and_the_first_is_the_primary_one(tmp_path, book):
    """A semicolon within a word's reach ends a reason only where a blank or the end follows."""
    note = "Exclusion reason: Wrong dose (1;2 mg); Exclusion reason: Not an RCT; "
    taken = take(saved(tmp_path, "a.csv", written([reference("#1", notes=note)])), book)
    assert values_by_row(taken, "decisions", "reason")[-1] == ("Wrong dose (1;2 mg); Not an RCT",)


@pytest.mark.parametrize(
    ("reason", "missing"),
    [
        ("Unable to retrieve", True),
        ("unable to retrieve full text", True),
        ("Full text not available", True),
        ("Full-text unavailable", True),
        ("Could not be obtained", True),
        ("No full text", True),
        ("Article not retrieved", True),
        ("Full text not available in English", False),
        ("Full text not in English language", False),
        ("Outcome data not available", False),
        ("Wrong population", False),
        ("No control group", False),
    ],
)
def test_a_report_that_was_not_to_be_had_is_not_excluded(tmp_path, book, reason, missing):
    """PRISMA 2020: not retrieved is no exclusion; a text in another language, or without data, was retrieved."""
    note = f"Exclusion reason: {reason}; "
    taken = take(saved(tmp_path, "a.csv", written([reference("#1", notes=note)])), book)
    stages = values_by_row(taken, "decisions", "stage", "decision")
    assert (("full_text", "exclude") in stages) is not missing
    assert values_by_row(taken, "reports", "retrieved") == [("no" if missing else "yes",)]
    said = [one for one in taken.issues if one.field == "retrieved"]
    assert [one.cell for one in said] == (["O2"] if missing else [])


STATES = {
    "screen": [],
    "irrelevant": [("title_abstract", "exclude")],
    "select": [("title_abstract", "include")],
    "included": [("title_abstract", "include"), ("full_text", "include")],
    "excluded": [("title_abstract", "include"), ("full_text", "exclude")],
}


@pytest.mark.parametrize("state", STATES)
def test_the_configuration_says_which_list_it_is(tmp_path, book, state):
    """`state:` settles what the cells do not tell, and what each list says of the two stages."""
    one = saved(tmp_path, "a.csv", written([reference("#7")]))
    taken = take(one, book, SourceSetting(state=state))
    assert values_by_row(taken, "decisions", "stage", "decision") == STATES[state]
    assert values_by_row(taken, "records", "record_id") == [("covidence-7",)]
    assert len(rows_of(taken, "reports")) == (state in ("included", "excluded"))
    assert not [item for item in taken.issues if item.field != "source_type"]
    assert nothing_lost(taken)


@pytest.mark.parametrize("state", ["screen", "irrelevant", "select", "included"])
def test_the_files_name_is_a_hint_that_is_told(tmp_path, book, state):
    """Where the cells do not tell the list, its name in the file's name is taken, and that is said."""
    taken = take(saved(tmp_path, f"review_77_{state}_csv_20260618.csv", written([reference("#7")])), book)
    assert values_by_row(taken, "decisions", "stage", "decision") == STATES[state]
    hint = next(one for one in taken.issues if one.value == state)
    assert "file's name" in hint.message


def test_a_list_that_could_be_several_is_a_question(tmp_path, book):
    """Nothing is guessed: the candidates are named, with the line to write, and every row is left out."""
    taken = take(saved(tmp_path, "refs.csv", written([reference("#7"), reference("#8")])), book)
    (question,) = taken.issues
    assert question.rule == "source_ambiguous"
    assert "screen, irrelevant, select or included" in question.message
    assert "refs.csv: {state: included}" in question.suggestion
    assert taken.rows == []
    assert nothing_lost(taken)


def test_the_cells_tell_more_than_the_files_name(tmp_path, book):
    """A list in which every record has a reason is the list of excluded ones, whatever the file is called."""
    one = saved(tmp_path, "review_1_included_csv_1.csv", written([reference("#7", notes="Exclusion reason: No; ")]))
    assert ("full_text", "exclude") in values_by_row(take(one, book), "decisions", "stage", "decision")


def test_some_reasons_only_are_a_question(tmp_path, book):
    """Where only some records have a reason the list may be either."""
    lines = [reference("#7", notes="Exclusion reason: No; "), reference("#8")]
    (question,) = take(saved(tmp_path, "a.csv", written(lines)), book).issues
    assert "included or excluded" in question.message


def test_values_and_their_cells(tmp_path, book):
    """Each value stands at its column; a DOI loses its web address; the number its sign."""
    line = reference("#28274", DOI="https://doi.org/10.1007/s00213-017-4771-x", Tags="Possible RCT; Ongoing study")
    taken = take(saved(tmp_path, "a.csv", written([line])), book, SourceSetting(state="included"))
    (record,) = rows_of(taken, "records")
    assert record["doi"] == "10.1007/s00213-017-4771-x"
    assert (record["year"], record["authors"], record["source_type"]) == ("2001", "Ames, A; Bell, B", "database")
    place = next(part.place for part in taken.rows if part.place.table == "records")
    assert {name: cells.letter(at) for name, at in place.columns.items()} == {
        "record_id": "M",
        "title": "A",
        "authors": "B",
        "year": "D",
        "doi": "K",
    }
    assert values_by_row(taken, "reports", "study_id") == [("Ames2001",)]
    assert use(taken, "Covidence #").fields[0] == "records.record_id"
    assert "ongoing" in use(taken, "Tags").why
    assert "imported from" in use(taken, "Ref").why
    assert use(taken, "Abstract").why == "the codebook has no field 'abstract' in 'records'"


def test_fields_that_the_codebook_adds_are_read(tmp_path, book):
    """A codebook with a field for tags or for the volume gets them."""
    wider = with_fields(book, "records", {"name": "volume"}, {"name": "keywords", "aliases": ["tags"]})
    taken = take(
        saved(tmp_path, "a.csv", written([reference("#1", Volume="12", Tags="x")])),
        wider,
        SourceSetting(state="screen"),
    )
    assert values_by_row(taken, "records", "volume", "keywords") == [("12", "x")]


def test_a_study_keeps_its_name_where_blanks_may_stand_in_it(tmp_path, book):
    """`Walpola 2017` stays as it is unless the codebook's pattern forbids it; accents go where they may not stand."""
    free = Codebook.model_validate(book.model_dump(by_alias=True))
    free.field("studies", "study_id").constraints.__dict__["pattern"] = None
    one = saved(tmp_path, "a.csv", written([reference("#1", "Müller 2018"), reference("#2", "Ot'aloraG 2018")]))
    assert values_by_row(take(one, free, SourceSetting(state="included")), "reports", "study_id") == [
        ("Müller 2018",),
        ("Ot'aloraG 2018",),
    ]
    assert values_by_row(take(one, book, SourceSetting(state="included")), "reports", "study_id") == [
        ("Muller2018",),
        ("OtaloraG2018",),
    ]


def test_studies_of_one_name_stay_apart(tmp_path, book):
    """Two references named `Dolder 2018` are two studies until the team says otherwise, in every export alike."""
    included = saved(
        tmp_path, "a_included.csv", written([reference("#29659", "Dolder 2018"), reference("#28636", "Dolder 2018")])
    )
    charted = saved(tmp_path, "b.csv", written([extracted("29659", "Dolder 2018"), extracted("28636", "Dolder 2018")]))
    taken = take(included, book, None, charted)
    assert values_by_row(taken, "reports", "study_id") == [("Dolder2018-29659",), ("Dolder2018-28636",)]
    said = next(one for one in taken.issues if one.field == "study_id")
    assert "values: {reports.study_id: {Dolder2018-29659: Dolder2018-28636}}" in said.suggestion
    assert values_by_row(take(charted, book, None, included), "studies", "study_id") == [
        ("Dolder2018-29659",),
        ("Dolder2018-28636",),
    ]


def test_a_name_among_the_excluded_does_not_change_an_id(tmp_path, book):
    """Only studies that were included or extracted share a name; the ID of a study is the same in every file."""
    included = saved(tmp_path, "x_included.csv", written([reference("#1", "Dolder 2018")]))
    excluded = saved(
        tmp_path, "x_excluded.csv", written([reference("#2", "Dolder 2018", "Exclusion reason: Not an RCT; ")])
    )
    assert values_by_row(take(included, book, None, excluded), "reports", "study_id") == [("Dolder2018",)]


def test_a_record_counts_in_the_list_it_has_come_to(tmp_path, book):
    """An older export of a queue does not judge again what has gone on; equal rows of two exports count once."""
    queue = saved(tmp_path, "x_select.csv", written([reference("#1"), reference("#2"), reference("#3")]))
    out = saved(tmp_path, "x_excluded.csv", written([reference("#2", notes="Exclusion reason: No; ")]))
    again = saved(tmp_path, "y_excluded.csv", written([reference("#2", notes="Exclusion reason: No; ")]))
    taken = take(queue, book, None, out, again)
    assert values_by_row(taken, "records", "record_id") == [("covidence-1",), ("covidence-3",)]
    assert [one.why for one in taken.left_out] == [
        "the record has gone on to Covidence's list 'excluded' in raw/x_excluded.csv"
    ]
    assert nothing_lost(taken)
    later = take(again, book, None, out, queue)
    assert [(one.why, one.numbers) for one in later.left_out] == [
        ("the same record stands in raw/x_excluded.csv", (2,))
    ]
    assert later.rows == []
    other = saved(tmp_path, "y_excluded.csv", written([reference("#2", notes="Exclusion reason: Another; ")]))
    assert (
        len(rows_of(take(other, book, None, out), "decisions")) == 2
    )  # contradictions are told as a key that stands twice


def test_without_notes_and_without_a_number(tmp_path, book):
    """Exports without `Notes` are known too; a line without a number gets an ID of its title, year, author and DOI."""
    headers = ["Covidence #", *(header for header in HEADERS if header not in ("Notes", "Covidence #"))]
    lines = [
        {header: reference("#5")[header] for header in headers},
        {header: reference("")[header] for header in headers},
    ]
    one = saved(tmp_path, "a.csv", written(lines, headers))
    names = [
        name for (name,) in values_by_row(take(one, book, SourceSetting(state="irrelevant")), "records", "record_id")
    ]
    assert names[0] == "covidence-5"
    assert names[1].startswith("covidence-")
    assert len(names[1]) == len("covidence-") + 10
    own = take(one, book, SourceSetting(state="irrelevant", prefix="C"))
    assert values_by_row(own, "records", "record_id")[0] == ("C5",)


@pytest.mark.parametrize("variant", ["mangled", "bom", "semicolon", "crlf", "shuffled", "banner", "case"])
def test_variants_of_a_file_give_the_same(tmp_path, book, variant):
    """R's headers, a byte order mark, semicolons, line ends, other orders of columns and a banner change nothing."""
    lines = [
        reference("#28274", notes="Exclusion reason: Not an RCT; "),
        reference("28275", notes="Exclusion reason: No; "),
    ]
    text, encoding = written(lines), "utf-8"
    if variant == "mangled":
        text = text.replace("Covidence #", "Covidence..").replace("Published Year", "Published.Year")
    elif variant == "bom":
        encoding = "utf-8-sig"
    elif variant == "semicolon":
        text = written(lines, sign=";")
    elif variant == "crlf":
        text = written(lines, end="\r\n")
    elif variant == "shuffled":
        text = written(lines, HEADERS[::-1])
    elif variant == "banner":
        text = "Exported on Tuesday" + "," * 15 + "\n" + text
    elif variant == "case":
        head, _, rest = text.partition("\n")
        text = f"{head.lower()}\n{rest}"
    taken = take(saved(tmp_path, "a.csv", text, encoding), book)
    plain = take(saved(tmp_path, "a.csv", written(lines)), book)

    def content(one: Taken) -> list[tuple]:
        return [
            values_by_row(one, "records", "record_id", "title", "year"),
            values_by_row(one, "decisions", "record_id", "stage", "reason"),
        ]

    assert content(taken) == content(plain)


def test_what_is_not_covidences_is_not_taken(tmp_path):
    """Another tool's list, or a review's own sheet, is left to others."""
    for headers in ("key,title,year,authors,notes", "record_id,title,authors,year,doi", "Covidence #,Site", "a"):
        one = saved(tmp_path, "a.csv", f"{headers}\n1,2,3,4,5\n")
        assert [adapter.fit(one, one.sheets[0]) for adapter in covidence.ADAPTERS] == [None, None]


def test_a_list_without_rows_yields_nothing(tmp_path, book):
    """An empty list is no question."""
    taken = take(saved(tmp_path, "a.csv", ",".join(HEADERS) + "\n"), book)
    assert (taken.rows, taken.issues, taken.left_out) == ([], [], [])


# ---- the extraction


def extracted(number: str, study: str = "Ames 2001", reviewer: str = "Ann", **answers: str) -> dict[str, str]:
    line = {"Covidence #": number, "Study ID": study, "Title": f"Title {number}", "Reviewer Name": reviewer}
    questions = {
        "Condition": "first condition",
        "Study design": "RCT",
        "Controlled": "yes",
        "Sample size": "20",
        "Mood?": "x",
    }
    return line | questions | answers


def test_the_consensus_stands_where_reviewers_have_no_rows_of_their_own(tmp_path, book):
    """Without a field `reviewer` there is one row a study: the consensus, or the only reviewer's."""
    lines = [
        extracted("1", "Ames 2001", "Ann"),
        extracted("1", "Ames 2001", "Ben", **{"Sample size": "21"}),
        extracted("1", "Ames 2001", "Consensus", **{"Sample size": "22"}),
        extracted("2", "Bell 2002", "Ben"),
    ]
    taken = take(saved(tmp_path, "a.csv", written(lines)), book)
    assert values_by_row(taken, "studies", "study_id", "n", "design") == [
        ("Ames2001", "22", "RCT"),
        ("Bell2002", "20", "RCT"),
    ]
    assert values_by_row(taken, "reports", "report_id", "record_id", "study_id", "retrieved") == [
        ("covidence-1", "covidence-1", "Ames2001", "yes"),
        ("covidence-2", "covidence-2", "Bell2002", "yes"),
    ]
    assert [(one.why, one.numbers) for one in taken.left_out] == [("the consensus stands for the study", (2, 3))]
    assert nothing_lost(taken)


def test_several_reviewers_without_a_consensus_are_told(tmp_path, book):
    """Nobody's row is preferred: the study is left out, and an error says what to do."""
    lines = [extracted("1", reviewer="Ann"), extracted("1", reviewer="Ben"), extracted("2", "Bell 2002")]
    taken = take(saved(tmp_path, "a.csv", written(lines)), book)
    assert values_by_row(taken, "studies", "study_id") == [("Bell2002",)]
    (said,) = taken.issues
    assert (said.severity, said.cell, said.value) == ("error", "D2", "Ann and Ben")
    assert "field `reviewer`" in said.suggestion
    assert nothing_lost(taken)


def test_every_reviewer_has_a_row_where_the_codebook_names_them(tmp_path, book):
    """With a field `reviewer` all rows go to the double charting, the consensus by its name."""
    wider = with_fields(book, "studies", {"name": "reviewer"})
    lines = [extracted("1", reviewer="Ann"), extracted("1", reviewer="Consensus"), extracted("1", reviewer="Ben")]
    taken = take(saved(tmp_path, "a.csv", written(lines)), wider)
    assert values_by_row(taken, "studies", "study_id", "reviewer") == [
        ("Ames2001", name) for name in ("Ann", "Consensus", "Ben")
    ]
    assert values_by_row(taken, "reports", "report_id", "row") == [("covidence-1", 2)]
    assert nothing_lost(taken)


def test_questions_are_matched_and_the_others_told_with_the_nearest_field(tmp_path, book):
    """Name, title and aliases of a field are its headers, also as R writes them; else the nearest is named."""
    lines = [extracted("1", Populations="x")]
    text = written(lines).replace("Sample size", "Sample.size")
    taken = take(saved(tmp_path, "a.csv", text), book)
    assert use(taken, "Sample.size").fields == ("studies.n",)
    assert use(taken, "Study design").fields == ("studies.design",)
    assert "the nearest is 'condition'" in use(taken, "Populations").why
    assert "add 'Populations' to its aliases" in use(taken, "Populations").why
    assert use(taken, "Mood?").why == "no field of the codebook is headed so"
    assert use(taken, "Title").why == "the title stands with the record"


def test_answers_as_they_stand(tmp_path, book):
    """Several answers, `Other: …` and words that are not allowed go on as they stand; what was not ticked is blank."""
    lines = [extracted("1", Condition="first condition; Other: rare; one", **{"Study design": '""'})]
    taken = take(saved(tmp_path, "a.csv", written(lines)), book)
    assert values_by_row(taken, "studies", "condition", "design") == [("first condition; Other: rare; one", None)]


def test_several_answers_get_the_codebooks_sign(tmp_path, book):
    """Where the codebook parts values with a comma, so do the answers that are read."""
    wider = with_fields(book, "studies", {"name": "drugs", "separator": ","})
    taken = take(saved(tmp_path, "a.csv", written([extracted("1", Drugs="LSD; MDMA")])), wider)
    assert values_by_row(taken, "studies", "drugs") == [("LSD, MDMA",)]


def test_findings_and_harms_need_the_columns_of_their_key(tmp_path, book):
    """Only a sheet with a question for each field of the key charts findings or harms."""
    without = take(saved(tmp_path, "a.csv", written([extracted("1", Direction="benefit")])), book)
    assert rows_of(without, "findings") == []
    lines = [
        extracted("1", **{"Finding ID": "F1", "Direction": "benefit"}),
        extracted("2", "Bell 2002", **{"Finding ID": "", "Direction": ""}),
    ]
    taken = take(saved(tmp_path, "a.csv", written(lines)), book)
    assert values_by_row(taken, "findings", "finding_id", "study_id", "direction", "condition") == [
        ("F1", "Ames2001", "benefit", "first condition")
    ]
    assert len(rows_of(taken, "studies")) == 2
    assert nothing_lost(taken)


def test_the_sections_of_a_workbook_are_put_together(tmp_path, book):
    """A sheet for each section: one row a study and reviewer, each value addressed in the sheet where it stands."""
    made = openpyxl.Workbook()
    first = {name: text for name, text in extracted("1").items() if name not in ("Sample size", "Controlled")}
    second = dict(list(extracted("1").items())[:4]) | {"Controlled": "perhaps", "Sample size": 21}
    for name, line in (("Methods", first), ("Results", second)):
        sheet = made.create_sheet(name)
        sheet.append(list(line))
        sheet.append(list(line.values()))
    made.remove(made.worksheets[0])
    made.save(tmp_path / "a.xlsx")
    one = cells.read(tmp_path / "a.xlsx", "raw/a.xlsx")
    verdict = judgement.judge([one], book, settings.load(STARTER / "config.yaml"))
    studies = verdict.review.table("studies")
    assert studies[["study_id", "design", "n"]].to_numpy().tolist() == [["Ames2001", "randomised trial", 21]]
    assert verdict.review.address("studies", 0, "n") == "raw/a.xlsx › Results!F2"
    assert verdict.review.address("studies", 0, "design") == "raw/a.xlsx › Methods!F2"
    wrong = [item for item in verdict.issues if item.table == "studies" and item.severity == "error"]
    assert [item.place for item in wrong] == ["raw/a.xlsx › Results!E2"]


@pytest.mark.properties
@given(st.lists(st.tuples(st.integers(1, 4), st.sampled_from(["Ann", "Ben", "Consensus"])), max_size=12))
def test_no_row_of_an_extraction_gets_lost(tmp_path_factory, lines):
    """Rows in are rows kept and rows left out, whoever charted what."""
    book = codebook.load(STARTER / "codebook.yaml")
    text = written([extracted(str(n), f"S {n}", who) for n, who in lines], list(extracted("1")))
    taken = take(saved(tmp_path_factory.mktemp("x"), "a.csv", text), book)
    assert nothing_lost(taken)


def test_a_whole_review_from_covidence(tmp_path, book):
    """Lists and extraction together make a review whose states, reports and studies are linked."""
    books = [
        saved(tmp_path, "r_irrelevant.csv", written([reference("#1"), reference("#2")])),
        saved(
            tmp_path,
            "r_excluded.csv",
            written(
                [
                    reference("#3", notes="Exclusion reason: wrong population; "),
                    reference("#4", notes="Exclusion reason: Unable to retrieve; "),
                ]
            ),
        ),
        saved(tmp_path, "r_included.csv", written([reference("#5", "Ames 2001")])),
        saved(
            tmp_path,
            "review_1.csv",
            written([extracted("5", "Ames 2001", "Ann"), extracted("5", "Ames 2001", "Consensus")]),
        ),
    ]
    plain = settings.load(STARTER / "config.yaml")
    said = {
        "review_1.csv": SourceSetting.model_validate({"as": covidence_extraction.EXTRACTION})
    }  # its questions fit `studies` too
    verdict = judgement.judge(books, book, plain.model_copy(update={"sources": said}))
    assert {one.rule for one in verdict.issues if one.severity == "error"} <= {"table_missing"}
    states = dict(verdict.screening.states[["record_id", "state"]].itertuples(index=False, name=None))
    assert states == {
        "covidence-1": "excluded",
        "covidence-2": "excluded",
        "covidence-3": "reports_excluded",
        "covidence-4": "not_retrieved",
        "covidence-5": "included",
    }
    assert verdict.review.table("studies")["study_id"].tolist() == ["Ames2001"]
