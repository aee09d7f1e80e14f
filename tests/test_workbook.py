"""The workbook for co-authors: plain cells, real headers, print set-up, the same bytes twice."""

import io
import zipfile

import pandas as pd
import pytest
from example_review import frame
from openpyxl import load_workbook
from scopeline import charting, harms, synthesis
from scopeline.charting import FieldSpec
from scopeline.tables import workbook
from scopeline.tables.sheet import Column, Sheet

HOSTILE = ["=1+1", "+1", "-1", "@SUM(A1)", '=HYPERLINK("http://x")', "#N/A", "a\x07b"]


def small():
    """One sheet with text, numbers, a share and gaps."""
    table = pd.DataFrame(
        {
            "study_id": pd.array(["S1", "S2"], dtype="string"),
            "n": pd.array([12, None], dtype="Int64"),
            "share": pd.array([0.25, None], dtype="Float64"),
        }
    )
    columns = [Column("study_id", "Study"), Column("n", "Participants", "whole"), Column("share", "Share", "percent")]
    return Sheet("Small", "A small table.", table, columns, ["One footnote."])


def built(path, sheets, title="A review", notes=("Count studies.",)):
    workbook.write(path, sheets, title=title, notes=notes)
    return load_workbook(path)


def table_of(sheet, first="Study"):
    """Header row number and rows below it, up to the first empty row."""
    head = next(row for row in range(1, 8) if sheet.cell(row, 1).value == first)
    lines = []
    for line in sheet.iter_rows(min_row=head + 1, values_only=True):
        if line[0] is None:
            break
        lines.append(line)
    return head, lines


def example_sheets(studies, findings, charted_harms):
    folded = synthesis.fold(findings)
    spoken = synthesis.directions(folded)
    fields = [
        FieldSpec("design", "Design", "category"),
        FieldSpec("condition", "Condition", "multi"),
        FieldSpec("n", "Participants", "integer"),
    ]
    return workbook.sheets_of(
        charted={
            "characteristics": charting.characteristics(studies, fields),
            "studies": charting.by_study(studies, fields),
        },
        synthesised={
            "grid": synthesis.grid(spoken, columns_order=["pain", "work capacity"]),
            "tally": synthesis.tally(spoken, studies, folded),
            "folded": spoken,
        },
        harmed={
            "summary": harms.summary(charted_harms, studies),
            "harms": harms.proportions(charted_harms, studies),
            "silence": harms.silence(charted_harms, studies),
        },
        labels={"condition": {"fibromyalgia": "Fibromyalgia"}},
    )


def test_the_first_sheet_says_what_each_sheet_is(tmp_path):
    """Title, the list of sheets with links, and the notes on how things were counted."""
    book = built(tmp_path / "a.xlsx", [small()], title="Our review")
    first = book.worksheets[0]
    assert book.sheetnames == ["Read me", "Small"]
    assert first["A1"].value == "Our review"
    assert [first["A4"].value, first["B4"].value] == ["Small", "A small table."]
    assert first["A4"].hyperlink.location == "'Small'!A1"
    assert "Count studies." in [cell.value for cell in first["B"]]


def test_numbers_stay_numbers_and_gaps_stay_empty(tmp_path):
    """Counts and shares are numeric cells with a format; where there is no value the cell is empty."""
    sheet = built(tmp_path / "a.xlsx", [small()])["Small"]
    head, lines = table_of(sheet)
    assert lines == [("S1", 12, 0.25), ("S2", None, None)]
    assert sheet.cell(head + 1, 3).number_format == "0%"
    assert sheet.cell(head, 1).font.bold


def test_sheets_are_set_up_for_reading_and_print(tmp_path):
    """Frozen headers, a filter, A4 landscape fitted to the width, headers repeated on each page."""
    sheet = built(tmp_path / "a.xlsx", [small()])["Small"]
    head, _ = table_of(sheet)
    assert sheet.freeze_panes == f"B{head + 1}"
    assert sheet.auto_filter.ref == f"A{head}:C{head + 2}"
    assert (sheet.page_setup.orientation, sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight) == (
        "landscape",
        1,
        0,
    )
    assert sheet.sheet_properties.pageSetUpPr.fitToPage
    assert sheet.print_title_rows == f"$3:${head}"
    assert "One footnote." in [cell.value for cell in sheet["A"]]


def test_a_sheet_too_wide_for_a_page_is_printed_on_several(tmp_path):
    """Letters stay readable: a wide table goes on to further pages, which repeat its headers and its first columns."""
    table = pd.DataFrame({"Study": ["Able2020"], "Note": ["long"], "Remark": ["long"]})
    columns = [Column("Study", "Study", width=26), Column("Note", "Note", width=120), Column("Remark", "R", width=90)]
    sheet = built(tmp_path / "a.xlsx", [Sheet("Wide", "A wide table.", table, columns)])["Wide"]
    head, _ = table_of(sheet)
    assert not sheet.sheet_properties.pageSetUpPr.fitToPage
    assert sheet.page_setup.scale >= 60
    assert (sheet.print_title_cols, sheet.print_title_rows) == ("$A:$A", f"$3:${head}")


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_becomes_a_formula(tmp_path, text):
    """Text that begins with = + - @, in a cell, a header, a title or a note, is stored as text."""
    table = pd.DataFrame({"study_id": [text], text: [text]})
    path = tmp_path / "a.xlsx"
    workbook.write(path, [Sheet("Hostile", text, table, footnotes=[text])], title=text, notes=[text])
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            if name.startswith("xl/worksheets/sheet"):
                content = archive.read(name)
                assert b"<f>" not in content
                assert b't="e"' not in content
    sheet = load_workbook(path)["Hostile"]
    cell = next(cell for line in sheet.iter_rows(min_row=4) for cell in line if cell.value)
    assert cell.data_type == "s"
    assert cell.value == text.replace("\x07", "\ufffd")


def test_the_same_frames_give_the_same_bytes(tmp_path, monkeypatch):
    """No clock in the workbook: two runs in two places at two times are equal byte for byte."""
    import datetime

    from openpyxl.writer import excel

    workbook.write(tmp_path / "a.xlsx", [small()], title="T")

    class Later(datetime.datetime):
        @classmethod
        def now(cls, tz=None):
            return cls(2031, 2, 3, tzinfo=tz)

    monkeypatch.setattr(excel.datetime, "datetime", Later)
    (tmp_path / "other").mkdir()
    workbook.write(tmp_path / "other" / "b.xlsx", [small()], title="T")
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "other" / "b.xlsx").read_bytes()


def test_no_entry_of_the_file_carries_a_time(tmp_path):
    """Every entry of the zip has one constant date, and the document's properties a constant one."""
    workbook.write(tmp_path / "a.xlsx", [small()], title="T")
    with zipfile.ZipFile(io.BytesIO((tmp_path / "a.xlsx").read_bytes())) as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert archive.read("docProps/core.xml").count(b"2000-01-01T00:00:00Z") == 2


def test_two_sheets_cannot_have_one_name(tmp_path):
    """Names that differ only in what a tab may not hold, or in case, are one name."""
    with pytest.raises(ValueError, match="same name"):
        workbook.write(tmp_path / "a.xlsx", [small(), Sheet("small", "", pd.DataFrame())], title="T")


def test_an_endless_text_is_cut_and_says_so(tmp_path):
    """A cell of a workbook holds 32,767 characters; a longer text says that it was cut."""
    sheet = Sheet("Long", "", pd.DataFrame({"study_id": ["x; " * 20_000]}), [Column("study_id", "Study")])
    value = table_of(built(tmp_path / "a.xlsx", [sheet])["Long"])[1][0][0]
    assert len(value) <= 32_767
    assert value.endswith("the csv has all)")


def test_an_empty_review_gives_a_workbook(tmp_path):
    """With nothing charted every sheet is there and says so."""
    empty = pd.DataFrame()
    book = built(tmp_path / "a.xlsx", example_sheets(empty, empty, empty))
    assert "Nothing charted yet." in [cell.value for cell in book["Tally"]["A"]]
    assert "Condition × outcome domain" in book.sheetnames


def test_the_counting_notes_name_the_majority():
    """The share that makes a direction is printed as the review has set it."""
    assert any("at least 80 % say the same" in note for note in workbook.counting_notes(0.8))
    assert any("at least 70 % say the same" in note for note in workbook.counting_notes())


def test_the_examples_workbook(tmp_path):
    """The example's cells say what the frames say: pain in fibromyalgia, the totals, the silence on harms."""
    book = built(tmp_path / "a.xlsx", example_sheets(frame("studies"), frame("findings"), frame("harms")))
    sheet = book["Condition × outcome domain"]
    head, lines = table_of(sheet, "Condition")
    top = [cell.value for cell in sheet[head]]
    by_condition = {line[0]: dict(zip(top, line, strict=True)) for line in lines}
    assert by_condition["Fibromyalgia"]["pain"].split("\n")[:2] == ["10", "C ▲2 ○2 ◆1"]
    assert by_condition["Fibromyalgia"]["work capacity"] == "·"
    assert (by_condition["Total"]["pain"], by_condition["Total"]["work capacity"], by_condition["Total"]["Total"]) == (
        29,
        0,
        51,
    )
    _, silent = table_of(book["Silence on harms"], "What the study says of harms")
    assert [line[1] for line in silent][2:] == [22, 4, 0]
    assert any("22 do not report harms" in str(cell.value) for cell in book["Harms summary"]["A"])
    assert len(table_of(book["Studies"])[1]) == 51
