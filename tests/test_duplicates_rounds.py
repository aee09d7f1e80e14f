"""The list of likely duplicates, judged and put back into raw/ again and again: no judgement is lost on the way."""

import csv
import shutil

import openpyxl
import pytest
from scopeline import cells, cli, codebook, settings, steps
from scopeline.judgement import judge

HEAD = ["record_id", "source_type", "source_name", "title", "authors", "year", "doi", "duplicate_of"]
RECORDS = [
    [
        "R1",
        "database",
        "PubMed",
        "Walking for people with stiff knees: a trial",
        "Ames A; Bell B",
        "2001",
        "10.1000/a1",
    ],
    ["R2", "database", "Embase", "Walking for people with stiff knees: a trial.", "Ames, A.", "2001", "10.1000/A1"],
    ["R3", "database", "PubMed", "Swimming and sleep in older adults with pain", "Cole C", "2004", ""],
    ["R4", "database", "Embase", "Swimming and sleep in older adults with pain", "Cole C", "2004", ""],
]
LATER = ["R5", "register", "CT.gov", "Walking for people with stiff knees: a trial", "Ames A", "2001", "10.1000/a1"]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A new review with four records, two pairs of which look alike."""
    assert cli.main(["init", str(tmp_path / "review")]) == 0
    monkeypatch.chdir(tmp_path / "review")
    write_records(RECORDS)
    return tmp_path / "review"


def write_records(lines):
    with open("raw/records.csv", "w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([HEAD, *([*line, ""] for line in lines)])


def listed(folder):
    """One round: the spreadsheets are judged, and the list is made; its lines by pair, and the records by survivor."""
    book = codebook.load(folder / "config" / "codebook.yaml")
    raw = sorted(path for path in (folder / "raw").iterdir() if path.suffix in (".csv", ".xlsx"))
    found = judge(
        [cells.read(path, f"raw/{path.name}") for path in raw],
        book,
        settings.load(folder / "config" / "config.yaml", book),
    )
    assert [item for item in found.issues if item.severity == "error"] == []
    found.review.save(folder / "review.arrow")
    steps.duplicates(
        review=str(folder / "review.arrow"), table=str(folder / "open.csv"), workbook=str(folder / "list.xlsx")
    )
    sheet = openpyxl.load_workbook(folder / "list.xlsx").worksheets[0]
    head = [cell.value for cell in sheet[3]]
    lines = [dict(zip(head, line, strict=True)) for line in sheet.iter_rows(min_row=4, values_only=True)]
    said = {frozenset((line["record_id"], line["duplicate_of"])): line["same"] for line in lines if line["record_id"]}
    records = found.review.tables["records"]
    removed = records[records["duplicate_of"].notna()]
    return said, dict(zip(removed["record_id"], removed["duplicate_of"], strict=True))


def answer(folder, **by_record):
    """Write yes or no into the lines that name these records, and put the list into raw/."""
    book = openpyxl.load_workbook(folder / "list.xlsx")
    sheet = book.worksheets[0]
    head = [cell.value for cell in sheet[3]]
    for row in range(4, sheet.max_row + 1):
        pair = {sheet.cell(row, head.index(name) + 1).value for name in ("record_id", "duplicate_of")}
        for record, said in by_record.items():
            if record in pair:
                sheet.cell(row, head.index("same") + 1).value = said
    book.save(folder / "list.xlsx")
    shutil.copy(folder / "list.xlsx", folder / "raw" / "duplicates_to_review.xlsx")


def test_the_list_keeps_its_judgements_over_three_rounds(folder):
    """A list may take the last one's place in raw/, as in an update: what was judged stays judged, and counts."""
    first, removed = listed(folder)
    assert first == {frozenset(("R1", "R2")): None, frozenset(("R3", "R4")): None} and not removed

    answer(folder, R2="yes", R4="no")
    second, removed = listed(folder)
    assert second == {frozenset(("R1", "R2")): "yes", frozenset(("R3", "R4")): "no"}
    assert len(removed) == 1 and {*removed, *removed.values()} == {"R1", "R2"}
    assert (folder / "open.csv").read_text(encoding="utf-8").count("\n") == 1  # nothing is open

    write_records([*RECORDS, LATER])
    answer(folder)
    third, removed_then = listed(folder)
    assert removed_then == removed
    assert third.items() >= second.items() and [said for pair, said in third.items() if "R5" in pair] == [None]

    answer(folder, R5="yes")
    fourth, removed_last = listed(folder)
    assert len(removed_last) == 2 and removed_last.items() >= removed.items()
    assert fourth.items() >= second.items() and {said for pair, said in fourth.items() if "R5" in pair} == {"yes"}
