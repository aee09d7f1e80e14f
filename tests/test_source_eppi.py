"""EPPI-Reviewer's full coding report, as a workbook with three rows of headers and as a page."""

import re
from html import escape
from pathlib import Path

import openpyxl
import pytest
from scopeline import cells, judgement, settings
from scopeline.cells import Book
from scopeline.codebook import Codebook
from scopeline.settings import SourceSetting
from scopeline.sources import eppi, eppi_report
from scopeline.sources.adapter import SURE
from scopeline.sources.taken import Taken
from source_files import CODEBOOK, STARTER, nothing_lost, taken_by, values_by_row, with_fields

#: Codes by name and path. An item: ID, short title, title, flag, and code → reviewers (or reviewer → what is written).
SCREENING = [("Include on title & abstract", ""), ("Exclude", ""), ("Wrong population", "Exclude\\Wrong population")]
CHARTING = [
    ("RCT", "Study design\\RCT"),
    ("first condition", "Condition\\first condition"),
    ("second condition", "Condition\\second condition"),
    ("Controlled", "Controlled"),
    ("Sample size", "Participants of it\\Sample size"),
    ("Mood", "Feelings\\Mood"),
]


@pytest.fixture(scope="module")
def book() -> Codebook:
    return CODEBOOK


def item(number: str, ticks: dict[str, object], flag: str = "(I) Included", short: str = "") -> tuple:
    return number, short or f"Ames ({number})", f"A long title of the item {number}", flag, ticks


def workbook(
    folder: Path, name: str, codes: list, items: list, reviewers=("Ann", "Ben"), *, titled=True, old=False
) -> Book:
    """The report as the web client writes it; `old` with the titles swapped, as its first version did."""
    made = openpyxl.Workbook()
    sheet = made.active
    sheet.title = "Codes" if old else "Codes (whole study)"
    fixed = ["ITEM_ID", "Short Title", *(["Full title"] if titled else []), "I/E/D/S flag"]
    rows = [list(fixed), ["Full code path"], ["Full code path" if old else "Reviewers:"]]
    rows = [row + [None] * (len(fixed) - len(row)) for row in rows]
    for code, path in codes:
        rest = [None] * (len(reviewers) - 1)
        for row, text in zip(rows, (code, path or code), strict=False):
            row += [text, *rest]
        rows[2] += list(reviewers)
    for number, short, title, flag, ticks in items:
        first, second = (title, short) if old else (short, title)
        cells_of = [1 if who in ticks.get(code, ()) else 0 for code, _ in codes for who in reviewers]
        rows.append([int(number), first, *([second] if titled else []), flag, *cells_of])
    for row in rows:
        sheet.append(row)
    for number in range(len(codes)):
        if len(reviewers) > 1:
            left = len(fixed) + 1 + number * len(reviewers)
            for row in (1, 2):
                sheet.merge_cells(start_row=row, end_row=row, start_column=left, end_column=left + len(reviewers) - 1)
    sheet.merge_cells(start_row=2, end_row=2, start_column=1, end_column=len(fixed))
    for other in ("InfoBox (whole study)", "PDF coding (whole study)", "Codes (arms)"):
        copy = made.create_sheet(other)
        for row in rows[:3]:
            copy.append(row)
    path = folder / name
    made.save(path)
    return cells.read(path, f"raw/{name}")


def page(folder: Path, name: str, codes: list, items: list) -> Book:
    """The report as the server writes it, each row on a line."""
    head = "".join(f"<th>{escape(text)}</th>" for text in ("ItemId", "ShortTitle", "Title", "I/E/D/S flag"))
    lines = [f"<tr>{head}{''.join(f'<th>{escape(code)}</th>' for code, _ in codes)}</tr>"]
    paths = "".join(f"<td>{escape(path or code)}</td>" for code, path in codes)
    lines.append(f"<tr><td colspan='4'><div style='display: flex;'>FullPath:</div></td>{paths}</tr>")
    for number, short, title, flag, ticks in items:
        fixed = "".join(f"<td>{escape(text)}</td>" for text in (number, short, title, flag))
        told = []
        for code, _ in codes:
            who = ticks.get(code, ())
            coders = who.items() if isinstance(who, dict) else [(one, "") for one in who]
            spans = [
                f"<span class='complete'>{one}{'<br />[info]: ' + text if text else ''}</span>" for one, text in coders
            ]
            told.append(f"<td>{'<br />'.join(spans)}</td>")
        lines.append(f"<tr>{fixed}{''.join(told)}</tr>")
    path = folder / name
    path.write_text("<HTML><head><title>x</title></head><body><table>" + "\n".join(lines) + "</table></body></html>")
    return cells.read(path, f"raw/{name}")


def take(one: Book, book: Codebook, setting: SourceSetting | None = None, *others: Book) -> Taken:
    """What the first sheet yields by the adapter."""
    return taken_by(eppi.ADAPTERS, one, *others, rank=SURE, setting=setting, book=book)


def told(taken: Taken, table: str, *fields: str) -> list[tuple]:
    """Some fields of the rows of a table in the order of the sheet's; where one holds several, by their words."""
    numbered = values_by_row(taken, table, "row", *fields)
    return [values[1:] for values in sorted(numbered, key=lambda values: (values[0], *map(str, values[1:])))]


WRITERS = pytest.mark.parametrize(
    ("write", "name"), [(workbook, "All coding for Screening.xlsx"), (page, "Screening full coding report.html")]
)


@WRITERS
def test_ticks_are_votes(tmp_path, book, write, name):
    """Each reviewer's include or exclude is a vote, with the code below the exclusion as its reason."""
    items = [
        item("101", {"Include on title & abstract": ["Ann", "Ben"]}),
        item("102", {"Wrong population": ["Ann"], "Include on title & abstract": ["Ben"]}),
        item("103", {"Exclude": ["Ann"], "Wrong population": ["Ann"]}, "(E) Excluded"),
    ]
    taken = take(write(tmp_path, name, SCREENING, items), book)
    assert told(taken, "votes", "record_id", "stage", "reviewer", "decision", "reason") == [
        ("eppi-101", "title_abstract", "Ann", "include", None),
        ("eppi-101", "title_abstract", "Ben", "include", None),
        ("eppi-102", "title_abstract", "Ann", "exclude", "Wrong population"),
        ("eppi-102", "title_abstract", "Ben", "include", None),
        ("eppi-103", "title_abstract", "Ann", "exclude", "Wrong population"),
    ]
    assert told(taken, "decisions", "record_id") == []
    assert told(taken, "records", "record_id", "title", "duplicate_of", "removed_before_screening")[0] == (
        *("eppi-101", "A long title of the item 101", None, None),
    )
    assert [one.table for one in taken.issues] == ["records"]  # the kind of source; the stage is in the codes
    assert nothing_lost(taken)


def test_a_vote_stands_at_the_tick(tmp_path, book):
    """The address of a vote is the cell of its reviewer under its code."""
    one = workbook(tmp_path, "a.xlsx", SCREENING, [item("101", {"Exclude": ["Ben"]})])
    (votes,) = (part for part in take(one, book).rows if part.place.table == "votes")
    assert (cells.letter(votes.place.columns["decision"]), votes.numbers.tolist()) == ("H", [4])
    assert cells.letter(votes.place.columns["record_id"]) == "A"


@pytest.mark.parametrize(
    ("code", "path", "said"),
    [
        ("Include", "", ("include", "")),
        ("INCLUDE on title & abstract", "", ("include", "")),
        ("Included on title and abstract", "", ("include", "")),
        ("INCLUDE for second opinion", "", ("maybe", "")),
        ("Uncertain", "", ("maybe", "")),
        ("EXCLUDE", "", ("exclude", "")),
        ("EXCLUDE Review", "", ("exclude", "Review")),
        ("Exclude: Wrong participants", "", ("exclude", "Wrong participants")),
        ("Exclude on study type", "", ("exclude", "study type")),
        ("EXCLUDE on title & abstract", "", ("exclude", "")),
        ("Wrong setting", "Screening on full text\\Exclude\\Wrong setting", ("exclude", "Wrong setting")),
        ("Included participants", "", None),
        ("Include", "Population\\Include", None),
        ("RCT", "Study design\\RCT", None),
    ],
)
def test_which_codes_are_judgements(code, path, said):
    """Codes begin with include or exclude as screening tools write them; codes below questions do not."""
    parts = tuple(path.split("\\")) if path else (code,)
    assert eppi_report.judgement(eppi_report.Code(code, parts)) == said


@pytest.mark.parametrize(
    ("told_by", "setting", "stage", "asked"),
    [
        (("Full text screening\\Include", "a.xlsx"), {}, "full_text", False),
        (("Screen on TI/AB\\Include", "a.xlsx"), {}, "title_abstract", False),
        (("Include", "Screen on Full Text.xlsx"), {}, "full_text", True),
        (("Include", "All coding for level 1.xlsx"), {}, "title_abstract", True),
        (("Include", "Screening full coding report.xlsx"), {}, "title_abstract", True),
        (("Include", "a.xlsx"), {"stage": "full_text"}, "full_text", False),
    ],
)
def test_the_stage(tmp_path, book, told_by, setting, stage, asked):
    """The configuration, the code's path, the file's name or nothing tell the stage; what is not sure is told."""
    path, name = told_by
    one = workbook(tmp_path, name, [("Include", path)], [item("1", {"Include": ["Ann"]})])
    taken = take(one, book, SourceSetting(**setting))
    assert told(taken, "votes", "stage") == [(stage,)]
    assert any(said.table == "votes" for said in taken.issues) == asked


def test_flags(tmp_path, book):
    """Deleted items are left out, duplicates removed; an item without a vote that is flagged as excluded is decided."""
    tick = {"Include on title & abstract": ["Ann"]}
    items = [
        item("1", tick),
        item("2", tick, "(S) Duplicate"),
        item("3", tick, "(D) Deleted"),
        item("4", tick, "(S) In deleted source"),
        item("5", {}, "(E) Excluded"),
        item("6", {}, "(I) Included"),
        item("7", tick, "(S) Duplicate of 1001"),
        item("8", tick, "(X) What"),
    ]
    taken = take(workbook(tmp_path, "a.xlsx", SCREENING, items), book)
    assert told(taken, "records", "record_id", "duplicate_of", "removed_before_screening") == [
        *(("eppi-1", None, None), ("eppi-2", None, "other"), ("eppi-5", None, None)),
        *(("eppi-6", None, None), ("eppi-7", "eppi-1001", None)),
    ]
    assert told(taken, "votes", "record_id") == [("eppi-1",)]
    assert told(taken, "decisions", "record_id", "stage", "decision") == [("eppi-5", "title_abstract", "exclude")]
    assert [one.why for one in taken.left_out] == [
        *("the item was deleted in EPPI-Reviewer", "the item's source was deleted in EPPI-Reviewer"),
        "the flag '(X) What' is not known",
    ]
    assert any("does not say of which" in one.message for one in taken.issues)
    assert nothing_lost(taken)


def test_older_and_shorter_layouts(tmp_path, book):
    """The first version swapped the titles and wrote the path's words twice; the newest leaves the full title out."""
    items = [item("1", {"Exclude": ["Ann"]}, "Included", "Ames (2001)")]
    old = take(workbook(tmp_path, "a.xlsx", SCREENING, items, old=True), book)
    new = take(workbook(tmp_path, "b.xlsx", SCREENING, items, titled=False), book)
    assert told(old, "records", "title") == [("A long title of the item 1",)]
    assert told(new, "records", "title") == [(None,)]
    assert (
        told(old, "votes", "reviewer", "decision") == told(new, "votes", "reviewer", "decision") == [("Ann", "exclude")]
    )


def test_other_sheets_of_the_workbook_are_not_codes(tmp_path):
    """What was written beside codes, and codes by arm, stand in sheets of the same headers; they are passed over."""
    one = workbook(tmp_path, "a.xlsx", SCREENING, [item("1", {})])
    assert [eppi.ADAPTERS[0].fit(one, sheet) is not None for sheet in one.sheets] == [True, False, False, False]
    other = tmp_path / "b.csv"
    other.write_text("ItemId,ShortTitle,Title,I/E/D/S flag\n1,2,3,(I)\n")
    plain = cells.read(other)
    assert eppi.ADAPTERS[0].fit(plain, plain.sheets[0]) is None


@WRITERS
def test_ticked_answers_are_charted(tmp_path, book, write, name):
    """The code above is the question and the ticked one the answer; several are joined; a code alone may mean yes."""
    ticks = {code: ["Ann"] for code, _ in CHARTING if code != "Sample size"}
    items = [item("1", ticks, short="Ames (2001)"), item("2", {"RCT": ["Ann"]}, "(E) Excluded")]
    taken = take(write(tmp_path, name, CHARTING, items), book)
    assert told(taken, "studies", "study_id", "design", "condition", "controlled") == [
        ("Ames2001", "RCT", "first condition; second condition", "yes")
    ]
    assert told(taken, "reports", "report_id", "study_id", "retrieved") == [("eppi-1", "Ames2001", "yes")]
    mood = [use.why for use in taken.uses if use.header == "Mood"]
    assert mood == ["no field of the codebook is headed so"]
    assert any("not charted" in one.message for one in taken.issues)
    assert nothing_lost(taken)


def test_what_is_written_beside_a_code(tmp_path, book):
    """On a page the info box of a code that is a field itself is its value; further lines are no reviewers."""
    ticks = {"RCT": ["Ann"], "Sample size": {"Ann": "about<br />120"}}
    taken = take(page(tmp_path, "a.html", CHARTING, [item("1", ticks)]), book)
    assert told(taken, "studies", "n") == [("about 120",)]


def test_reviewers_who_coded_differently(tmp_path, book):
    """Equal codings stand once, others are an error or, with a field `reviewer`, a row each; addresses stay exact."""
    same = {"RCT": ["Ann", "Ben"], "first condition": ["Ann", "Ben"]}
    apart = {"RCT": ["Ann", "Ben"], "first condition": ["Ann"], "second condition": ["Ben"]}
    one = workbook(tmp_path, "a.xlsx", CHARTING, [item("1", same), item("2", apart)])
    taken = take(one, book)
    assert told(taken, "studies", "condition") == [("first condition",)]
    (said,) = (issue for issue in taken.issues if issue.severity == "error")
    assert (said.cell, said.value) == ("A5", "Ann and Ben")
    assert nothing_lost(taken)
    wide = take(one, with_fields(book, "studies", {"name": "reviewer"}))
    assert told(wide, "studies", "study_id", "reviewer", "condition")[2:] == [
        ("Ames2", "Ann", "first condition"),
        ("Ames2", "Ben", "second condition"),
    ]
    columns = {cells.letter(part.place.columns["condition"]) for part in wide.rows if part.place.table == "studies"}
    assert columns == {"G", "H", "J"}


def test_studies_of_one_short_title_stay_apart(tmp_path, book):
    """Two items called `Ames (2001)` are two studies."""
    items = [item("1", {"RCT": ["Ann"]}, short="Ames (2001)"), item("2", {"RCT": ["Ann"]}, short="Ames (2001)")]
    taken = take(workbook(tmp_path, "a.xlsx", CHARTING, items), book)
    assert told(taken, "studies", "study_id") == [("Ames2001-1",), ("Ames2001-2",)]


def test_flags_decide_only_where_no_votes_are_told(tmp_path, book):
    """(I) is what an item has from the start: it overrules no vote of another report."""
    charted = workbook(tmp_path, "c.xlsx", CHARTING, [item("1", {"RCT": ["Ann"]})])
    screened = workbook(tmp_path, "s.xlsx", SCREENING, [item("1", {"Exclude": ["Ann"]})])
    alone = take(charted, book)
    assert told(alone, "decisions", "stage", "decision") == [
        ("full_text", "include"),
        ("title_abstract", "include"),
    ]
    assert any(one.table == "decisions" for one in alone.issues)
    assert told(take(charted, book, None, screened), "decisions", "stage") == []


def test_no_items(tmp_path, book):
    """A report without items yields nothing."""
    taken = take(workbook(tmp_path, "a.xlsx", SCREENING, []), book)
    assert (taken.rows, taken.issues, taken.rows_in) == ([], [], [])


def test_a_whole_review_from_eppi(tmp_path, book):
    """Screening at both stages and charting, each in its report, make a review whose states and studies are linked."""
    full = [("Include", "Full text\\Include"), ("wrong population", "Full text\\Exclude\\wrong population")]
    first = [
        ("Include", "Title and abstract\\Include"),
        ("wrong concept", "Title and abstract\\Exclude\\wrong concept"),
    ]
    both = ["Ann", "Ben"]
    complete = {"RCT": ["Ann"], "first condition": ["Ann"], "Controlled": ["Ann"]}
    books = [
        workbook(
            *(tmp_path, "ta.xlsx", first),
            [item("1", {"Include": both}), item("2", {"wrong concept": both}), item("3", {"Include": both})],
        ),
        workbook(tmp_path, "ft.xlsx", full, [item("1", {"Include": both}), item("3", {"wrong population": both})]),
        workbook(tmp_path, "charting.xlsx", CHARTING, [item("1", complete)]),
    ]
    verdict = judgement.judge(books, book, settings.load(STARTER / "config.yaml"))
    errors = {(one.rule, re.sub(r"\s+", " ", one.message)) for one in verdict.issues if one.severity == "error"}
    assert {rule for rule, _ in errors} <= {"table_missing"}, errors
    states = verdict.screening.states.set_index("record_id")["state"].to_dict()
    assert {name: states[name] for name in ("eppi-1", "eppi-2")} == {"eppi-1": "included", "eppi-2": "excluded"}
    assert verdict.review.table("studies")["study_id"].tolist() == ["Ames1"]
