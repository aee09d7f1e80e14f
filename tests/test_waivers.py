"""A waiver turns exactly the issues that it names into notes with who and why, and a waiver that is wrong says so."""

import csv
import random
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scopeline import cells, codebook, waivers
from scopeline.issue_rules import RULES
from scopeline.issues import Issue, ordered
from scopeline.quarantine import OF_WAIVERS
from scopeline.terms import Severity
from small_review import SmallReview

WHO = {"who": "Ames", "why": "the registry gives no more"}


@pytest.fixture
def review(tmp_path: Path) -> SmallReview:
    return SmallReview(tmp_path)


def book_of(review: SmallReview):
    review.write()
    return codebook.load(review.folder / "config" / "codebook.yaml")


def written(review: SmallReview, *lines: dict, encoding: str = "utf-8", delimiter: str = ",") -> cells.Book:
    """config/waivers.csv with these lines, read back."""
    path = review.folder / "config" / "waivers.csv"
    path.parent.mkdir(exist_ok=True)
    headers = list(dict.fromkeys(name for line in lines for name in line))
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.DictWriter(file, headers, delimiter=delimiter)
        writer.writeheader()
        writer.writerows(lines)
    return cells.read(path, "config/waivers.csv")


def applied(review: SmallReview, *lines: dict) -> waivers.Applied:
    """The review's issues after its waivers."""
    book = book_of(review)
    return waivers.apply(review.judge().issues, waivers.read([written(review, *lines)], book))


def told(found, *severities: str) -> list[tuple[str, str]]:
    wanted = severities or ("error", "warning")
    return [(item.place, item.rule) for item in found if item.severity in wanted]


SMALL_N = {"rule": "below_minimum", "table": "studies", "key": "Ames2001", "field": "n"}


def test_a_waived_issue_becomes_a_note_that_names_who_and_why(review):
    """The issue stays in the list, at its cell, and says who waived it and why."""
    review.put("studies", "C2", 0)
    done = applied(review, SMALL_N | WHO)
    assert told(done.issues) == []
    (item,) = done.waived
    assert (item.place, item.severity) == ("raw/charting.xlsx › studies!C2", "note")
    assert item.message == ("0 is below 1, the least that 'n' may be. Waived by Ames: the registry gives no more.")
    assert list(done.used.values()) == [1]
    assert done.stale == [] == done.faults


NAMED = [
    ("key", {"table": "studies", "key": "Ames2001"}),
    ("cell", {"file": "raw/charting.xlsx", "sheet": "studies", "cell": "C2"}),
    ("short file", {"file": "charting.xlsx", "sheet": "studies", "cell": "C2"}),
    ("address in one", {"file": "charting.xlsx", "cell": "studies!$C$2"}),
    ("value", {"table": "studies", "key": "Ames2001", "field": "n", "value": "0"}),
    ("any", {"table": "studies", "key": "*", "field": "*", "value": "*"}),
]


@pytest.mark.parametrize("place", [place for _, place in NAMED], ids=[name for name, _ in NAMED])
def test_an_issue_can_be_named_by_key_or_by_cell(review, place):
    """Every way of naming the cell waives the issue there."""
    review.put("studies", "C2", 0)
    assert told(applied(review, {"rule": "below_minimum", **place, **WHO}).issues) == []


ELSEWHERE = [
    {"table": "studies", "key": "Bell2002"},
    {"table": "studies", "key": "Ames2001", "field": "dose_mg"},
    {"table": "studies", "key": "Ames2001", "field": "n", "value": "-1"},
    {"table": "findings"},
    {"file": "raw/charting.xlsx", "sheet": "studies", "cell": "C3"},
    {"file": "raw/charting.xlsx", "cell": "C2"},  # a cell without its sheet is no address in a workbook
    {"file": "raw/screening.xlsx"},
]


@pytest.mark.parametrize("place", ELSEWHERE, ids=[str(n) for n in range(len(ELSEWHERE))])
def test_a_waiver_that_points_elsewhere_waives_nothing_and_is_told(review, place):
    """The issue stays an error, and the waiver is stale: a warning at its own line."""
    review.put("studies", "C2", 0)
    done = applied(review, {"rule": "below_minimum", **place, **WHO})
    assert told(done.issues, "error") == [("raw/charting.xlsx › studies!C2", "below_minimum")]
    assert told(done.issues, "warning") == [("config/waivers.csv › A2", "waiver_stale")]
    assert [waiver.row for waiver in done.stale] == [2]


def test_a_waiver_by_key_follows_its_row(review):
    """Rows may be moved: what a key names stays waived, what the copied cell said does not matter."""
    review.put("studies", "C2", 0)
    review.tables["studies"][1:] = reversed(review.tables["studies"][1:])
    line = {"file": "raw/charting.xlsx", "sheet": "studies", "cell": "C2", **SMALL_N, **WHO}
    assert told(applied(review, line).issues) == []


def test_a_line_copied_from_the_issues_is_a_waiver(review, tmp_path):
    """All columns of issues.csv may stand in the file; with who and why each line waives its own issue and no other."""
    review.put("studies", "C2", 0)
    review.put("harms", "D2", 16)
    review.put("votes", "E6", None)
    review.put("findings", "F2", "n.s.")
    review.put("findings", "B3", "Nobody1999")
    issues = [item for item in review.judge().issues if item.severity == "error"]
    assert len(issues) >= 5
    for chosen in issues:
        names = ("severity", "file", "sheet", "cell", "table", "key", "field", "value", "rule", "message", "suggestion")
        done = applied(review, {name: getattr(chosen, name) for name in names} | WHO)
        assert [(item.place, item.rule) for item in done.waived] == [(chosen.place, chosen.rule)]
        assert done.faults == []


def test_one_rule_of_the_codebook_is_waived_and_not_another(review):
    """Where one cell breaks two rules of the codebook, the message says which is waived."""
    review.codebook += "      - {id: few, check: n_events < 10, message: Too many events.}\n"
    review.put("harms", "D2", 16)
    line = {"rule": "rule_broken", "table": "harms", "field": "n_events", **WHO}
    done = applied(review, line | {"message": "Too many events."})
    assert [item.message.partition(".")[0].partition(" (")[0] for item in done.waived] == ["Too many events"]
    assert told(done.issues) == [("raw/charting.xlsx › harms!D2", "rule_broken")]
    assert told(applied(review, line).issues, "error")[:1] == [("config/waivers.csv › 2", "waiver_incomplete")]


def test_a_key_with_a_part_that_has_no_value_needs_its_cell(review):
    """Two rows may look alike by such a key, so only the one whose cell is named is waived."""
    review.tables["harms"] += [["Bell2002", "LDN", "rash", 9, 3], ["Ames2001", "LDN", "rash", 9, 3]]
    review.put("harms", "C3", None)
    review.put("harms", "D3", 8)
    review.put("harms", "E3", 2)
    message = "More events than people exposed."
    line = {
        "rule": "rule_broken",
        "table": "harms",
        "key": "Bell2002 · LDN · ?",
        "field": "n_events",
        "message": message,
    }
    assert ("config/waivers.csv › C2", "waiver_incomplete") not in told(applied(review, line | WHO).issues)
    done = applied(review, line | {"file": "charting.xlsx", "sheet": "harms", "cell": "D3"} | WHO)
    assert [item.cell for item in done.waived] == ["D3"]
    assert [item.rule for item in applied(review, line | WHO).faults] == ["waiver_incomplete"]


WRONG = [
    ({"who": ""}, "C2", "waiver_incomplete", "who waives"),
    ({"why": " "}, "D2", "waiver_incomplete", "does not say why"),
    ({"rule": ""}, "A2", "waiver_incomplete", "which rule"),
    ({"rule": "below_minimun"}, "A2", "waiver_unknown", "Did you mean 'below_minimum'?"),
    ({"rule": "file_damaged"}, "A2", "waiver_refused", "cannot be counted"),
    ({"rule": "key_twice"}, "A2", "waiver_refused", "key of its own"),
    ({"rule": "spelling_normalised"}, "A2", "waiver_refused", "stops nothing"),
    ({"rule": "waiver_stale"}, "A2", "waiver_refused", "mended"),
    ({"rule": "rule_broken"}, "2", "waiver_incomplete", "every rule of the codebook"),
    ({"table": "study"}, "B2", "waiver_unknown", "Did you mean 'studies'?"),
    ({"table": ""}, "B2", "waiver_incomplete", "no place"),
    ({"field": "dose"}, "E2", "waiver_unknown", "Did you mean 'dose_mg'?"),
    ({"cell": "the third", "file": "charting.xlsx"}, "E2", "waiver_incomplete", "not the address"),
    ({"cell": "C2"}, "B2", "waiver_incomplete", "of which `file`"),
    ({"table": "", "file": "charting.xlsx", "key": "Ames2001"}, "B2", "waiver_incomplete", "of which `table`"),
]


@pytest.mark.parametrize(("change", "cell", "rule", "words"), WRONG, ids=[str(n) for n in range(len(WRONG))])
def test_a_waiver_that_is_wrong_is_an_error_at_its_cell(review, change, cell, rule, words):
    """It waives nothing, and says in its own cell what is wrong."""
    review.put("studies", "C2", 0)
    done = applied(review, {"rule": "below_minimum", "table": "studies", **WHO} | change)
    assert ("raw/charting.xlsx › studies!C2", "below_minimum") in told(done.issues, "error")
    fault = next(item for item in done.faults if item.rule == rule)
    assert (fault.file, fault.severity) == ("config/waivers.csv", "error")
    assert fault.cell == cell
    assert words in f"{fault.message} {fault.suggestion}"
    assert done.used == {}


@pytest.mark.parametrize(
    ("header", "words"),
    [("feild", "Did you mean 'field'?"), ("until", "The columns are"), ("Rule", "Two columns"), ("", "no header")],
)
def test_a_header_that_is_not_known_makes_no_waiver_wider(review, header, words):
    """A misspelt column is an error at its header, and no line of the sheet is used."""
    review.put("studies", "C2", 0)
    done = applied(review, {"rule": "below_minimum", "table": "studies", **WHO, header: "n"})
    assert ("config/waivers.csv › E1", "waiver_columns") in told(done.issues, "error")
    assert words in " ".join(f"{item.message} {item.suggestion}" for item in done.faults)
    assert done.used == {}


def test_a_file_without_the_needed_columns_says_which(review):
    """Without who and why nothing is waived."""
    fault = applied(review, {"rule": "below_minimum", "table": "studies"}).faults[0]
    assert fault.rule == "waiver_columns"
    assert "no who and no why" in fault.message


@pytest.mark.parametrize(("encoding", "delimiter"), [("utf-8-sig", ";"), ("cp1252", ";"), ("utf-16", "\t")])
def test_a_csv_saved_by_a_spreadsheet_program_is_read(review, encoding, delimiter):
    """Marks of order, semicolons and old encodings are no obstacle."""
    review.put("studies", "C2", 0)
    book = book_of(review)
    line = SMALL_N | {"who": "Bélanger", "why": "la série compte zéro patient"}
    read = waivers.read([written(review, line, encoding=encoding, delimiter=delimiter)], book)
    assert [(waiver.who, waiver.why) for waiver in read.listed] == [("Bélanger", "la série compte zéro patient")]


def test_waivers_may_stand_in_a_sheet_of_a_workbook(review, tmp_path):
    """A sheet named waivers is read as one, and is no table of the review."""
    book = book_of(review)
    path = review.folder / "raw" / "charting.xlsx"
    workbook = openpyxl.load_workbook(path)
    sheet = workbook.create_sheet("Waivers")
    for row in (["Waived by the team on 3 May"], ["Rule", "Table", "Key", "Value", "Who", "Why"]):
        sheet.append(row)
    sheet.append(["below_minimum", "studies", "Ames2001", 0, "Ames", "a protocol without patients"])
    sheet.append([None])
    sheet.append(["below_minimum", "studies", "Bell2002", None, None, "x"])
    workbook.save(path)
    files = [cells.read(path, "raw/charting.xlsx")]
    read = waivers.read(files, book)
    assert [(waiver.place, waiver.key, waiver.value) for waiver in read.listed] == [
        ("raw/charting.xlsx › Waivers!3", "Ames2001", "0")
    ]
    assert [item.place for item in read.faults] == ["raw/charting.xlsx › Waivers!E5"]
    assert read.sheets == (("raw/charting.xlsx", "Waivers", 2),)
    (left,) = waivers.without(files)
    assert [each.name for each in left.sheets] == ["studies", "findings", "harms"]
    assert [each.name for each in files[0].sheets][-1] == "Waivers"


def test_a_file_of_waivers_is_no_file_of_tables(review):
    """raw/waivers.csv is read as waivers alone; one that cannot be read is an error."""
    book = book_of(review)
    (review.folder / "raw" / "waivers.csv").write_bytes(b"")
    read = cells.read(review.folder / "raw" / "waivers.csv", "raw/waivers.csv")
    assert waivers.without([read]) == []
    assert [item.rule for item in waivers.read([read], book).faults] == ["file_empty"]


def test_no_waivers_is_no_fault(review):
    """A file with headers alone, an empty sheet and no file at all waive nothing."""
    book = book_of(review)
    path = review.folder / "config" / "waivers.csv"
    path.write_text("rule,table,who,why\n", encoding="utf-8")
    for books in ([], [cells.read(path, "config/waivers.csv")]):
        done = waivers.apply([], waivers.read(books, book))
        assert (done.issues, done.used, done.stale, done.faults) == ([], {}, [], [])
        assert list(waivers.frame(done).columns) == [*waivers.COLUMNS, "issues", "place"]


def test_a_value_that_names_its_row_and_was_not_read_cannot_be_waived(review):
    """The row would have no name, so the waiver is refused at its own cell and the error stays."""
    review.codebook = review.codebook.replace(
        "{name: finding_id, constraints: {required: true}}", "{name: finding_id, type: integer}"
    )
    for row, number in ((2, 1), (3, "two")):
        review.put("findings", f"A{row}", number)
    done = applied(review, {"rule": "not_number", "file": "charting.xlsx", "sheet": "findings", "cell": "A3", **WHO})
    assert told(done.issues, "error") == [
        ("config/waivers.csv › A2", "waiver_refused"),
        ("raw/charting.xlsx › findings!A3", "not_number"),
    ]
    assert told(done.issues, "warning") == []


def test_the_narrowest_waiver_speaks_and_each_is_counted(review):
    """Of two that fit, who and why of the narrower one stand in the issue; neither is stale."""
    review.put("studies", "C2", 0)
    review.put("studies", "C3", 0)
    wide = {"rule": "below_minimum", "table": "studies", "key": "", "who": "Wide", "why": "x"}
    narrow = {"rule": "below_minimum", "table": "studies", "key": "Bell2002", "who": "Narrow", "why": "y."}
    done = applied(review, wide, narrow)
    assert [item.message.partition("Waived by ")[2] for item in done.waived] == ["Wide: x.", "Narrow: y."]
    table = waivers.frame(done)
    assert dict(zip(table["who"], table["issues"], strict=True)) == {"Wide": 2, "Narrow": 1}
    assert waivers.counts(done)["waived"] == 2


def test_every_rule_that_cannot_be_waived_is_a_rule_and_has_a_reason():
    """The list is closed: each entry is a rule of the review or of waivers, and its reason is a sentence."""
    assert set(waivers.NOT_WAIVABLE) - set(RULES) <= {*OF_WAIVERS, "waiver_stale"}
    assert all(why.endswith(".") for why in waivers.NOT_WAIVABLE.values())


# ---- whatever the issues and the waivers

NAMES = st.sampled_from(["a", "b", "c"])
ISSUES = st.builds(
    Issue,
    rule=st.sampled_from(["below_minimum", "not_number", "rule_broken", "adjudicator_voted", "spelling_normalised"]),
    file=st.sampled_from(["raw/x.xlsx", "raw/y.csv"]),
    sheet=st.sampled_from(["", "one", "two"]),
    row=st.integers(2, 4),
    column=st.integers(0, 2),
    table=NAMES,
    key=st.sampled_from(["K1", "K2 · ?", "K2 · z"]),
    field=NAMES,
    value=st.sampled_from(["", "0", "1"]),
    message=st.sampled_from(["It is so.", "It is so. (1 is more than 2).", "It is not so."]),
    severity=st.sampled_from(list(Severity)),
)
WAIVERS = st.builds(
    waivers.Waiver,
    rule=st.sampled_from(["below_minimum", "not_number", "rule_broken", "adjudicator_voted"]),
    who=st.just("Ames"),
    why=st.sampled_from(["because", "as agreed."]),
    file=st.sampled_from(["", "x.xlsx", "raw/y.csv"]),
    sheet=st.sampled_from(["", "one"]),
    cell=st.sampled_from(["", "A2", "C3"]),
    table=st.sampled_from(["", "a", "b"]),
    key=st.sampled_from(["", "K1", "K2 · ?"]),
    field=st.sampled_from(["", "a"]),
    value=st.sampled_from(["", "0"]),
    message=st.sampled_from(["", "It is so"]),
    row=st.integers(2, 9),
)


def told_at(item: Issue) -> tuple:
    """What orders the list of issues."""
    return item.file, item.sheet, item.row, item.column, item.rule, item.value, item.message


@settings(max_examples=150, deadline=None)
@given(
    st.lists(ISSUES, max_size=8, unique_by=told_at),
    st.lists(WAIVERS, max_size=4, unique_by=lambda waiver: waiver.row),
    st.randoms(),
)
def test_a_waiver_never_hides_an_issue_that_it_does_not_name(issues, given_waivers, chance: random.Random):
    """What no waiver names is untouched; what one names is there still, as a note; no order matters."""
    read = waivers.Waivers(tuple(given_waivers))
    done = waivers.apply(issues, read)
    assert len(done.issues) == len(issues) + len(done.faults)
    unnamed = [item for item in issues if not any(waiver.covers(item) for waiver in given_waivers)]
    assert ordered([*unnamed, *done.waived, *done.faults]) == done.issues
    for waiver in given_waivers:
        for item in (item for item in issues if waiver.covers(item)):
            assert item.rule == waiver.rule
            assert item.severity != Severity.NOTE
            assert all(
                getattr(waiver, name) in ("", getattr(item, name)) for name in ("table", "key", "field", "value")
            )
            assert waiver.key or not waiver.cell or (waiver.cell, waiver.sheet) == (item.cell, item.sheet)
    assert all(item.severity == Severity.NOTE and "Waived by Ames: " in item.message for item in done.waived)
    assert {waiver for waiver in given_waivers if not any(waiver.covers(item) for item in issues)} == set(done.stale)
    shuffled = waivers.apply(
        chance.sample(issues, len(issues)), waivers.Waivers(tuple(chance.sample(given_waivers, len(given_waivers))))
    )
    assert shuffled.issues == done.issues
    assert waivers.frame(shuffled).equals(waivers.frame(done))
