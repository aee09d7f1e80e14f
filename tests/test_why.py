"""`scopeline why`: every ID has one life, it ends in one state, and each step stands at its cell."""

import csv
import json
from collections.abc import Iterable
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
import yaml
from hypothesis import given
from hypothesis import settings as effort
from hypothesis import strategies as st
from scopeline import cells, cli, codebook, evidence, flow, settings
from scopeline.codebook import Codebook
from scopeline.judgement import Judgement, judge
from scopeline.life import OUTSIDE, RECORD, REPORT, STUDY, Life
from scopeline.lives import Lives
from scopeline.review import Place, Review
from scopeline.screening import screen
from scopeline.settings import Settings
from scopeline.terms import State
from screening_frames import ANY_REVIEW, REASONS
from small_review import CODEBOOK, SmallReview

VOTES = "raw/screening.xlsx › votes!"


def lives_of(found: Judgement, folder: Path) -> Lives:
    """The lives of a judged review, as the command makes them."""
    book = codebook.load(folder / "config" / "codebook.yaml")
    config = settings.load(folder / "config" / "config.yaml", book)
    counted = flow.count(found.review.table("records"), found.screening, found.review.table("reports"))
    folded = evidence.synthesised(found.review, book, config)["folded"]
    return Lives(found.review, found.screening, book, config, flow=counted, folded=folded, issues=found.issues)


def why(capsys: pytest.CaptureFixture[str], folder: Path, *given: str) -> tuple[int, str, str]:
    status = cli.main(["why", *given, "--review", str(folder)])
    said = capsys.readouterr()
    return status, said.out, said.err


def one(found: Lives, name: str) -> Life:
    (life,) = found.of(name)
    return life


# The command


def test_a_life_goes_from_the_search_to_the_cell_of_the_table(tmp_path, capsys):
    """A reviewer reads on one page where a record was found, who voted what, and what it came to, with the cells."""
    SmallReview(tmp_path).write()
    status, said, problem = why(capsys, tmp_path, "R1")
    assert (status, problem) == (0, "")
    lines = [" ".join(line.split()) for line in said.splitlines()]
    for line in (
        "R1: a record, included",
        "Pain in people",
        "By its report P1: A and B say include on full text.",
        f"{VOTES}D8",
        "R1: database PubMed raw/records.csv › B2",
        "R3 raw/records.csv › E4",
        "Title and abstract: include, the votes agree",
        f"B: maybe {VOTES}D3",
        "P1 of R1: included raw/screening.xlsx › reports!A2",
        "retrieved: yes raw/screening.xlsx › reports!D2",
        "studies raw/charting.xlsx › studies!A2",
        "In the table: fibromyalgia × pain: benefit",
        "F1: benefit raw/charting.xlsx › findings!E2",
        "LDN: nausea 3/15 raw/charting.xlsx › harms!C2",
        "R1 (records): identified, screened",
        "P1 (reports): sought, assessed, included_reports",
        "Ames2001 (studies): included_studies",
    ):
        assert line in lines, line
    assert max(map(len, said.splitlines())) <= 100


def test_several_ids_are_told_in_their_order(tmp_path, capsys):
    """Records, reports and studies are told apart, each once."""
    SmallReview(tmp_path).write()
    status, said, _ = why(capsys, tmp_path, "Bell2002", "P1", "R4", "P1")
    heads = [line for line in said.splitlines() if line and not line.startswith(" ")]
    assert status == 0
    assert heads == [
        "Bell2002: a study, included",
        "P1: a report, included",
        "R4: a record, excluded on title and abstract",
    ]


def test_an_id_that_is_several_things_is_told_as_each(tmp_path, capsys):
    """Where a report goes by its record's ID, both are told."""
    review = SmallReview(tmp_path)
    review.put("reports", "A2", "R1")
    review.write()
    _, said, _ = why(capsys, tmp_path, "R1")
    heads = [line for line in said.splitlines() if line and not line.startswith(" ")]
    assert heads == ["R1: a record, included", "R1: a report, included"]


def test_an_unknown_id_gets_the_nearest_ones(tmp_path, capsys):
    """A typing slip costs one look; what was found is told all the same."""
    SmallReview(tmp_path).write()
    status, said, problem = why(capsys, tmp_path, "R1", "Bel2002", "nothing like it")
    assert status == 1
    assert said.startswith("R1: a record")
    assert "Bel2002 is not the ID of a record, report or study in raw/. Did you mean Bell2002?" in problem
    assert "Traceback" not in problem and "nothing like it is not" in problem
    assert why(capsys, tmp_path, "bell2002")[0] == 0


def test_json_is_for_another_program(tmp_path, capsys):
    """One document with the lives and the IDs that there are not."""
    SmallReview(tmp_path).write()
    status, said, _ = why(capsys, tmp_path, "R3", "R9", "--format", "json")
    about = json.loads(said)
    (life,) = about["lives"]
    assert status == 1 and [gone["id"] for gone in about["unknown_ids"]] == ["R9"]
    assert (life["id"], life["kind"], life["state"], life["survivor"]) == ("R3", "record", "duplicate", "R1")
    assert life["survivor_state"] == "included"
    assert life["duplicate_of"] == [
        {"record_id": "R3", "duplicate_of": "R1", "cell": "raw/records.csv › E4", "listed": False}
    ]


def test_nothing_is_written(tmp_path, capsys):
    """Asking changes no file."""
    review = SmallReview(tmp_path)
    review.write()
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    why(capsys, tmp_path, "R1")
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


def test_a_folder_that_is_no_review_is_told(tmp_path, capsys):
    """The call is wrong, not the data."""
    status, said, problem = why(capsys, tmp_path, "R1")
    assert status == 2 and not said and "belongs to no review" in problem


def test_a_record_that_vanished_is_told(tmp_path, capsys):
    """An ID that the review had when it last passed is no typing slip."""
    SmallReview(tmp_path).write()
    boxes = tmp_path / "results" / "prisma" / "boxes"
    boxes.mkdir(parents=True)
    (boxes / "identified.csv").write_text("record_id\nR77\n", encoding="utf-8")
    assert "when it last passed" in why(capsys, tmp_path, "R77")[2]


BROKEN = {
    "a vote with a wrong word": [("votes", "D8", "inclde")],
    "a date for a direction": [("findings", "E2", "2024-05-01")],
    "a record without an ID": [("records", "A2", None)],
    "a report of nowhere": [("reports", "B2", "R99")],
    "a circle of duplicates": [("records", "E2", "R3"), ("records", "E4", "R1")],
    "a key twice": [("records", "A3", "R1")],
    "a study without an ID": [("studies", "A2", None)],
}


@pytest.mark.parametrize("cells_put", BROKEN.values(), ids=BROKEN)
def test_it_works_on_spreadsheets_with_errors(tmp_path, capsys, cells_put):
    """Whatever is wrong, each ID is told, and what cannot be known is said."""
    review = SmallReview(tmp_path)
    for table, cell, value in cells_put:
        review.put(table, cell, value)
    found = review.judge()
    assert found.counts["errors"]
    names = list(lives_of(found, tmp_path).ids())
    status, said, problem = why(capsys, tmp_path, *names)
    assert (status, problem) == (0, "")
    heads = [line for line in said.splitlines() if line and not line.startswith(" ")]
    assert len(heads) >= len(names)


@pytest.mark.parametrize("table", ["records", "votes", "reports", "studies", "findings", "harms"])
@pytest.mark.parametrize("rows", [0, 1])
def test_it_works_without_a_table(tmp_path, capsys, table, rows):
    """A review in its first weeks lacks sheets, or has their headers only."""
    review = SmallReview(tmp_path)
    review.tables[table] = review.tables[table][:rows]
    review.write()
    status, said, _ = why(capsys, tmp_path, "R2", "Bell2002")
    assert status == 0
    assert said.splitlines()[0].startswith("R2: a record, ")
    assert ("No table 'votes' could be read." in said) == (table == "votes" and not rows)


def test_it_works_without_a_column_of_the_findings(tmp_path, capsys):
    """Where findings cannot be folded, the rest is told, and why."""
    review = SmallReview(tmp_path)
    for row in review.tables["findings"]:
        del row[3]
    review.codebook = review.codebook.replace("        - {name: outcome_domain, values: [pain, sleep]}\n", "")
    review.codebook = review.codebook.replace("{name: age, type: number}", "{name: age, type: number, axis: true}")
    review.config += "synthesis: {columns: age}\n"
    review.write()
    status, said, problem = why(capsys, tmp_path, "R1")
    assert status == 0, problem
    assert "R1: a record, included" in said


def test_a_wrong_cell_is_told_with_the_life_it_stands_in(tmp_path, capsys):
    """The vote that cannot be read counts nowhere, and is named."""
    review = SmallReview(tmp_path)
    review.put("votes", "D8", "inclde")
    review.write()
    life = one(lives_of(review.judge(), tmp_path), "R1")
    assert life.state == State.PENDING_FULL_TEXT
    assert life.why == "By its report P1: 1 of 2 votes on full text so far (B says include)."
    assert life.cells == (f"{VOTES}D9",)
    assert [(fault.rule, fault.cell) for fault in life.faults] == [("not_allowed", f"{VOTES}D8")]
    assert [vote.counts for vote in life.votes if vote.cell == f"{VOTES}D8"] == ["its decision cannot be read"]
    assert "does not count" in why(capsys, tmp_path, "R1")[1]


# Why


def put(*cells_put: tuple[str, str, object]):
    def change(review: SmallReview) -> None:
        for table, cell, value in cells_put:
            review.put(table, cell, value)

    return change


def decided(review: SmallReview) -> None:
    put(("votes", "D7", "include"), ("votes", "E7", None))(review)
    raw = review.folder / "raw"
    raw.mkdir(parents=True)
    lines = [
        ["record_id", "stage", "decision", "reason", "adjudicator"],
        ["R4", "title_abstract", "exclude", "not research", "C"],
    ]
    with (raw / "decisions.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(lines)


REASONS_WHY = {
    "R3": (put(), "duplicate", "It is a duplicate of R1; its own row says so.", ["raw/records.csv › E4"]),
    "R4": (
        put(),
        "excluded",
        "A and B say exclude on title and abstract: wrong people.",
        [f"{VOTES}D6", f"{VOTES}D7"],
    ),
    "R4 in conflict": (
        put(("votes", "D7", "include"), ("votes", "E7", None)),
        "conflict_screening",
        "The votes on title and abstract differ and nobody has settled them: A says exclude, B says include.",
        [f"{VOTES}D6", f"{VOTES}D7"],
    ),
    "R4 settled": (
        decided,
        "excluded",
        "C settled it on title and abstract: exclude, not research (also named: wrong people).",
        ["raw/decisions.csv › C2"],
    ),
    "R4 nobody": (
        put(("votes", "A6", "R1"), ("votes", "C6", "C"), ("votes", "A7", "R1"), ("votes", "C7", "D")),
        "pending_screening",
        "Nobody has voted on title and abstract yet; 2 votes are needed.",
        [],
    ),
    "P2 missed": (
        put(("reports", "D3", "no")),
        "not_retrieved",
        "It was sought and could not be retrieved.",
        ["raw/screening.xlsx › reports!D3"],
    ),
    "Bell2002 missed": (
        put(("reports", "D3", "no")),
        "not_retrieved",
        "By its report P2: It was sought and could not be retrieved.",
        ["raw/screening.xlsx › reports!C3", "raw/screening.xlsx › reports!D3"],
    ),
    "P2 of an excluded record": (
        put(("reports", "B3", "R4")),
        "excluded",
        "It was not sought, for its record R4 did not come so far. A and B say exclude on title and abstract: "
        "wrong people.",
        ["raw/screening.xlsx › reports!B3", f"{VOTES}D6", f"{VOTES}D7"],
    ),
    "P2 without a record": (
        put(("reports", "B3", None)),
        OUTSIDE,
        "It is listed without a record, so no screening leads to it.",
        ["raw/screening.xlsx › reports!B3"],
    ),
    "Bell2002 without a report": (
        put(("reports", "C3", None)),
        OUTSIDE,
        "No report names this study, so no screening leads to it.",
        ["raw/charting.xlsx › studies!A3"],
    ),
    "R99 of a vote": (
        put(("votes", "A6", "R99")),
        OUTSIDE,
        "It is named in these cells, but no row of the records has this ID.",
        [f"{VOTES}A6"],
    ),
}


@pytest.mark.parametrize(("name", "case"), REASONS_WHY.items(), ids=REASONS_WHY)
def test_why_names_what_decided_it(tmp_path, name, case):
    """The sentence and the cells are those of the decision, not of everything that was ever said."""
    change, state, sentence, named = case
    review = SmallReview(tmp_path)
    change(review)
    life = one(lives_of(review.judge(), tmp_path), name.split()[0])
    assert (life.state, life.why, list(life.cells)) == (state, sentence, named)


def test_a_decision_of_a_filled_list_is_told_at_the_lists_cell(tmp_path):
    """Who settled it, and in which file."""
    review = SmallReview(tmp_path)
    review.put("votes", "D11", "exclude")
    review.put("votes", "E11", "wrong people")
    review.write()
    workbook = openpyxl.Workbook()
    sheet = workbook.worksheets[0]
    sheet.title = "conflicts"
    sheet.append(["record_id", "stage", "standing", "decision", "reason", "adjudicator"])
    sheet.append(["R2", "full_text", "conflict", "include", None, "C"])
    workbook.save(tmp_path / "raw" / "settled.xlsx")
    life = one(lives_of(review.judge(tmp_path / "raw"), tmp_path), "P2")
    assert life.why == "C settled it on full text: include."
    assert life.cells == ("raw/settled.xlsx › conflicts!D2",)
    assert [(each.adjudicator, each.cell) for each in life.decisions] == [("C", life.cells[0])]


def test_a_duplicate_of_a_duplicate_leads_to_the_record_that_is_kept(tmp_path):
    """The whole chain is told, from either end."""
    review = SmallReview(tmp_path)
    review.tables["records"].append(["R5", "database", "Embase", "Pain in people", "R3"])
    found = lives_of(review.judge(), tmp_path)
    life = one(found, "R5")
    assert life.why == "It is a duplicate of R1, through R3; its own row says so."
    assert life.cells == ("raw/records.csv › E6", "raw/records.csv › E4")
    assert (life.survivor, life.survivor_state) == ("R1", "included")
    assert [(each.record_id, each.duplicate_of) for each in one(found, "R1").duplicates] == [("R3", "R1"), ("R5", "R3")]


def test_a_line_of_the_list_of_duplicates_is_told_as_such(tmp_path):
    """A duplicate that a person confirmed in the list stands at the list's cell, not at its own blank one."""
    review = SmallReview(tmp_path)
    review.put("records", "E4", None)
    review.write()
    workbook = openpyxl.Workbook()
    sheet = workbook.worksheets[0]
    sheet.title = "judged"
    for row in (["record_id", "duplicate_of", "same"], ["R3", "R1", "yes"], ["R4", "R2", "no"]):
        sheet.append(row)
    workbook.save(tmp_path / "raw" / "judged.xlsx")
    life = one(lives_of(review.judge(tmp_path / "raw"), tmp_path), "R3")
    assert life.why == "It is a duplicate of R1; a line of the list of duplicates says so."
    assert life.cells == ("raw/judged.xlsx › judged!B2",)
    assert [each.listed for each in life.duplicate_of] == [True]


def test_the_fold_that_gave_a_direction_is_told(tmp_path, capsys):
    """Two findings against each other: mixed, with the share that was needed."""
    review = SmallReview(tmp_path)
    review.tables["findings"].append(["F3", "Ames2001", "fibromyalgia", "pain", "harm", None, None])
    review.write()
    (folded,) = one(lives_of(review.judge(), tmp_path), "Ames2001").directions
    assert (folded.row, folded.column, folded.direction, folded.share) == ("fibromyalgia", "pain", "mixed", 0.5)
    assert [(each.finding_id, each.direction, each.cell) for each in folded.findings] == [
        ("F1", "benefit", "raw/charting.xlsx › findings!E2"),
        ("F3", "harm", "raw/charting.xlsx › findings!E4"),
    ]
    said = " ".join(why(capsys, tmp_path, "Ames2001")[1].split())
    assert (
        "fibromyalgia × pain: mixed other findings: benefit 1, harm 1; the most frequent side has 50 % of those" in said
    )


def test_a_record_without_a_listed_report_stands_for_its_own(tmp_path):
    """Before anybody lists reports, each record sought is a report of its own, and is told once."""
    review = SmallReview(tmp_path)
    review.tables["reports"] = review.tables["reports"][:1]
    found = lives_of(review.judge(), tmp_path)
    assert found.ids()["R1"] == (RECORD,)
    life = one(found, "R1")
    assert life.state == "included" and life.reports == ()
    assert life.why == "A and B say include on full text."


# Every life


CODES = Codebook.model_validate(yaml.safe_load(CODEBOOK))
CONFIG = Settings.model_validate({"review": {"title": "Any"}})
TABLES = ("records", "votes", "decisions", "reports")


def addressed(frames: Iterable[pd.DataFrame]) -> dict[str, pd.DataFrame]:
    return {
        name: frame.assign(_source=source, _row=range(2, len(frame) + 2))
        for source, (name, frame) in enumerate(zip(TABLES, frames, strict=True))
    }


def all_lives(tables: dict[str, pd.DataFrame]) -> Lives:
    places = [
        Place(f"raw/{name}.csv", "", name, 1, {field.name: at for at, field in enumerate(CODES.tables[name].fields)})
        for name in TABLES
    ]
    state = screen(*tables.values(), reasons=REASONS)
    counted = flow.count(tables["records"], state, tables["reports"])
    return Lives(Review(tables, places), state, CODES, CONFIG, flow=counted)


def everything(found: Lives) -> dict[str, tuple[Life, ...]]:
    return {name: found.of(name) for name in found.ids()}


def ends_in_one_state(frames: Iterable[pd.DataFrame]) -> None:
    tables = addressed(frames)
    found = all_lives(tables)
    lives = everything(found)
    for name, column in (("records", "record_id"), ("votes", "record_id"), ("reports", "report_id")):
        assert set(tables[name][column].dropna()) <= lives.keys()
    for name, told in lives.items():
        assert len({life.kind for life in told}) == len(told) >= 1
        assert all(life.state in {*State, OUTSIDE} and life.why for life in told), name
    states = found.screening.states
    of_records = dict(zip(states["record_id"], states["state"], strict=True))
    records = {life.id: life for told in lives.values() for life in told if life.kind == RECORD}
    assert {name: life.state for name, life in records.items() if life.state != OUTSIDE} == of_records
    if not found.screening.own_reports:
        sought = found.screening.report_states
        reports = {life.id: life.state for told in lives.values() for life in told if life.kind == REPORT}
        assert dict(zip(sought["report_id"], sought["state"], strict=True)).items() <= reports.items()
    for name, life in records.items():
        own = {placed.box for placed in life.boxes if placed.unit == "records" and placed.member == name}
        assert ("duplicates" in own) == (life.state == State.DUPLICATE)
        assert ("excluded" in own) == (life.state == State.EXCLUDED)
        assert ("identified" in own) == (life.state != OUTSIDE)


@effort(max_examples=25, deadline=None)
@given(ANY_REVIEW)
def test_every_id_has_a_life_that_ends_in_one_state(frames):
    """Each record's and report's state is screening's, and the flow has it in the boxes of that state."""
    ends_in_one_state(frames)


@pytest.mark.properties
@effort(max_examples=1000, deadline=None)
@given(ANY_REVIEW)
def test_every_id_of_many_reviews_has_a_life_that_ends_in_one_state(frames):
    """The same of many more reviews."""
    ends_in_one_state(frames)


@effort(max_examples=25, deadline=None)
@given(ANY_REVIEW, st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_no_life(frames, order):
    """Sorted another way, the same lives with the same cells in the same order."""
    tables = addressed(frames)
    shuffled = {}
    for name, frame in tables.items():
        places = list(range(len(frame)))
        order.shuffle(places)
        shuffled[name] = frame.iloc[places].reset_index(drop=True)
    assert everything(all_lives(tables)) == everything(all_lives(shuffled))


def test_every_life_of_the_example_ends_where_screening_says(repository):
    """256 records, 65 reports, 51 studies: each has one state, and an included study stands in the table."""
    raw = repository / "raw"
    if not (raw / "screening.xlsx").exists():
        pytest.skip("the example review is not here")
    book = codebook.load(repository / "config" / "codebook.yaml")
    config = settings.load(repository / "config" / "config.yaml", book)
    files = [path for path in sorted(raw.iterdir()) if path.suffix in cells.SPREADSHEETS]
    found = lives_of(judge([cells.read(path, f"raw/{path.name}") for path in files], book, config), repository)
    told = [life for name in found.ids() for life in found.of(name)]
    numbers = {kind: sum(life.kind == kind for life in told) for kind in (RECORD, REPORT, STUDY)}
    assert numbers == {"record": 256, "report": 65, "study": 51}
    assert all(life.state in set(State) and life.cells for life in told)
    states = found.screening.states
    assert {life.id: life.state for life in told if life.kind == RECORD} == dict(
        zip(states["record_id"], states["state"], strict=True)
    )
    assert {life.state for life in told if life.kind == STUDY} == {"included"}
    folds = sum(len(life.directions) for life in told if life.kind == STUDY)
    assert found.folded is not None and folds == len(found.folded)
    assert sum(len(life.harms) for life in told if life.kind == STUDY) == 86
