"""Any spreadsheet is read into cells that keep their address, their kind and their text."""

import datetime as dt
import zipfile
from pathlib import Path

import openpyxl
import pytest
from scopeline import cells, ingest
from scopeline.cells import Kind


def _texts(sheet: cells.Sheet) -> list[list[str | None]]:
    return [sheet.row(number) for number in range(1, sheet.n_rows + 1)]


def test_cells_keep_their_place_and_kind(tmp_path: Path) -> None:
    """Empty rows and columns before the table do not shift addresses; numbers, dates and booleans keep their kind."""
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    for place, value in {
        "B3": "x",
        "C3": 4.5,
        "C4": 2020,
        "D4": True,
        "E5": dt.datetime(2024, 12, 1),
        "E6": "007",
    }.items():
        sheet[place] = value
    book.save(tmp_path / "a.xlsx")
    read = cells.read(tmp_path / "a.xlsx").sheets[0]
    assert _texts(read) == [
        [None] * 5,
        [None] * 5,
        [None, "x", "4.5", None, None],
        [None, None, "2020", "TRUE", None],
        [None, None, None, None, "2024-12-01"],
        [None, None, None, None, "007"],
    ]
    kinds = [column.to_pylist() if column is not None else None for column in read.kinds]
    assert kinds[2][2:4] == [Kind.NUMBER, Kind.NUMBER]
    assert kinds[3][3] == Kind.BOOLEAN
    assert kinds[4][4:] == [Kind.DATE, Kind.TEXT]


def test_errors_and_uncalculated_formulas_are_not_blank(tmp_path: Path) -> None:
    """What the fast reader shows as blank is taken from the workbook: error cells, and formulas without a value."""
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet["A1"], sheet["A2"], sheet["C9"] = "n", "=1+1", "#REF!"
    sheet["C9"].data_type = "e"
    book.save(tmp_path / "a.xlsx")
    read = cells.read(tmp_path / "a.xlsx").sheets[0]
    assert (read.row(2)[0], read.kinds[0][1].as_py()) == ("=1+1", Kind.FORMULA)  # type: ignore[index]
    assert (read.row(9)[2], read.kinds[2][8].as_py()) == ("#REF!", Kind.ERROR)  # type: ignore[index]


def test_hidden_rows_columns_and_sheets_are_read_and_known(tmp_path: Path) -> None:
    """Hidden cells hold real data: they are read, and what is hidden is known."""
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    for row in range(1, 5):
        sheet.append([row, row, row])
    sheet.row_dimensions[3].hidden = True
    sheet.column_dimensions["B"].hidden = True
    book.create_sheet("secret").append(["x"])
    book["secret"].sheet_state = "hidden"
    book.save(tmp_path / "a.xlsx")
    first, second = cells.read(tmp_path / "a.xlsx").sheets
    assert (first.hidden_rows, first.hidden_columns, first.row(3)) == ([2], [1], ["3", "3", "3"])
    assert (second.name, second.visible, second.row(1)) == ("secret", False, ["x"])


@pytest.mark.parametrize(
    ("data", "delimiter", "encoding", "rows"),
    [
        (b"a,b\n1,x\n", ",", "utf-8", [["a", "b"], ["1", "x"]]),
        (b"\xef\xbb\xbfa;b\r\n4,5;x\r\n", ";", "utf-8-sig", [["a", "b"], ["4,5", "x"]]),
        ("a\tb\nSjögren\ty\n".encode("cp1252"), "\t", "cp1252", [["a", "b"], ["Sjögren", "y"]]),
        ("a,b\nx,y\n".encode("utf-16"), ",", "utf-16", [["a", "b"], ["x", "y"]]),
        (
            b'a,b\n"one, two","line\nbreak"\n\n3,4\n',
            ",",
            "utf-8",
            [["a", "b"], ["one, two", "line\nbreak"], [None, None], ["3", "4"]],
        ),
        (b"a,b\n1,2,3\n", ",", "utf-8", [["a", "b", None], ["1", "2", "3"]]),
    ],
)
def test_csv_dialects_are_recognised(
    tmp_path: Path, data: bytes, delimiter: str, encoding: str, rows: list[list[str | None]]
) -> None:
    """Encoding, separator and quoting are found from the bytes; a row's number is the one a spreadsheet shows."""
    path = tmp_path / "a.csv"
    path.write_bytes(data)
    book = cells.read(path)
    assert (book.delimiter, book.encoding, _texts(book.sheets[0])) == (delimiter, encoding, rows)


def test_decimal_commas_are_recognised(tmp_path: Path) -> None:
    """A csv with semicolons whose numbers are written 4,5 has the decimal comma; one with points has not."""
    (tmp_path / "a.csv").write_text("dose;n\n4,5;3\n3,0;4\n", encoding="utf-8")
    (tmp_path / "b.csv").write_text("dose;n\n4.5;3\n", encoding="utf-8")
    assert cells.read(tmp_path / "a.csv").decimal == ","
    assert cells.read(tmp_path / "b.csv").decimal == "."


def _workbook(path: Path) -> Path:
    book = openpyxl.Workbook()
    book.worksheets[0].append(["a", "b"])
    book.save(path)
    return path


def test_files_that_cannot_be_read_say_why(tmp_path: Path) -> None:
    """A truncated, protected, empty or misnamed file is told in a sentence; nothing is raised."""
    whole = _workbook(tmp_path / "whole.xlsx").read_bytes()
    made = {
        "empty.xlsx": (b"", "file_empty"),
        "cut.xlsx": (whole[: len(whole) // 2], "file_damaged"),
        "torn.xlsx": (whole[:-40], "file_damaged"),
        "words.xlsx": (b"record_id,title\nR1,x\n", "file_misnamed"),
        "book.csv": (whole, "file_misnamed"),
        "page.xls": (b"<html><table><tr><td>x</td></tr></table></html>", "file_misnamed"),
        "paper.csv": (b"%PDF-1.7 ...", "file_misnamed"),
        "locked.xlsx": (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600 + "EncryptedPackage".encode("utf-16-le"),
            "file_protected",
        ),
        "refs.ris": (b"nothing of the kind\n", "file_unreadable"),
        "noise.xlsx": (b"PK\x03\x04" + bytes(range(256)) * 20, "file_damaged"),
    }
    found = {}
    for name, (data, _) in made.items():
        (tmp_path / name).write_bytes(data)
        fault = cells.read(tmp_path / name).fault
        assert fault is not None, name
        assert fault.message.endswith("."), name
        found[name] = fault.rule
    assert found == {name: rule for name, (_, rule) in made.items()}


def test_a_workbook_with_a_broken_sheet_is_told(tmp_path: Path) -> None:
    """XML that breaks off inside a sheet is a damaged file, not a traceback."""
    path = _workbook(tmp_path / "a.xlsx")
    out = tmp_path / "b.xlsx"
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(out, "w") as new:
        for item in old.infolist():
            data = old.read(item)
            new.writestr(item, data[: len(data) // 2] if item.filename.endswith("sheet1.xml") else data)
    fault = cells.read(out).fault
    assert fault is not None and fault.rule == "file_damaged"


def test_kept_cells_come_back_the_same(tmp_path: Path) -> None:
    """What ingest keeps is what was read, and the same file gives the same bytes."""
    path = _workbook(tmp_path / "a.xlsx")
    book = ingest.ingest(path, tmp_path / "one.arrow", "raw/a.xlsx")
    ingest.ingest(path, tmp_path / "two.arrow", "raw/a.xlsx")
    assert (tmp_path / "one.arrow").read_bytes() == (tmp_path / "two.arrow").read_bytes()
    back = ingest.load(tmp_path / "one.arrow")
    assert (back.file, back.sha256, _texts(back.sheets[0])) == (book.file, book.sha256, _texts(book.sheets[0]))


def test_letters_count_as_a_spreadsheet_does() -> None:
    """A, Z, AA, AZ, BA, ZZ, AAA, and back."""
    assert [cells.letter(n) for n in (0, 25, 26, 51, 52, 701, 702)] == ["A", "Z", "AA", "AZ", "BA", "ZZ", "AAA"]
    assert all(cells.number(cells.letter(n)) == n for n in range(2000))
