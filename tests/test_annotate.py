"""A copy of a faulty spreadsheet is the spreadsheet itself, with what is wrong coloured and said at its cells."""

import csv
import os
import re
import shutil
import subprocess
import tempfile
import zipfile
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.comments import Comment
from openpyxl.styles import Font, PatternFill
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.table import Table
from scopeline import cells
from scopeline.annotate import annotate, copy_names
from scopeline.annotate.copies import write_copies
from scopeline.errors import DataError
from scopeline.issues import Issue, issue

RED, AMBER, BLUE = "FFF7CBC7", "FFFCE8B2", "FFD6E6F5"


def said(file: str, sheet: str, row: int | None, column: int | None, rule: str = "not_allowed", **more) -> Issue:
    return issue(rule, file, sheet=sheet, row=row, column=column, value="x", expected="a, b", **more)


def values(path: Path) -> dict[str, list[list[str | None]]]:
    """Every cell of a file by sheet, without blank rows and columns at the end."""
    book = cells.read(path)
    assert book.fault is None, book.fault
    found = {}
    for sheet in book.sheets:
        rows = [sheet.row(number) for number in range(1, sheet.n_rows + 1)]
        width = max((at + 1 for row in rows for at, text in enumerate(row) if text is not None), default=0)
        found[sheet.name] = [row[:width] for row in rows]
    return found


def marked(path: Path, sheet: str) -> dict[str, tuple[str, str]]:
    """Address → (fill, comment) of each cell that has a comment or one of our fills."""
    found = {}
    for row in openpyxl.load_workbook(path)[sheet].iter_rows():
        for cell in row:
            fill = cell.fill.fgColor.rgb if cell.fill.patternType == "solid" else ""
            if cell.comment or fill in (RED, AMBER, BLUE):
                found[cell.coordinate] = (fill, cell.comment.text if cell.comment else "")
    return found


def parts(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def rewritten(path: Path, change) -> Path:
    """The workbook with its parts changed: `change` maps name and bytes to bytes, or to None to leave the part out."""
    held = parts(path)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in held.items():
            if (new := change(name, content)) is not None:
                archive.writestr(name, new)
    return path


@pytest.fixture
def rich(tmp_path: Path) -> Path:
    """A workbook with most of what a team puts into one."""
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.title = "it's data"
    for row in (["id", "sex", None, "n"], ["S1", "f", None, 3], ["S2", "m", None, 4.5], ["S3", None, None, "=1+1"]):
        sheet.append(row)
    sheet["B2"].font, sheet["B2"].fill = Font(bold=True, color="FF0000FF"), PatternFill("solid", fgColor="FFCCFFCC")
    sheet["B2"].number_format = "@"
    sheet["A3"].comment = Comment("Asked the author.\nNo answer.", "Ana")
    sheet["D3"].comment = Comment("mine", "Bo")
    sheet.column_dimensions["A"].width = 33
    sheet.column_dimensions["B"].hidden = True
    sheet.row_dimensions[3].height = 50
    sheet.freeze_panes = "B2"
    sheet.merge_cells("F2:G4")
    sheet["F2"] = "merged"
    choice = DataValidation(type="list", formula1='"f,m"')
    choice.add("B2:B99")
    sheet.add_data_validation(choice)
    sheet.add_table(Table(displayName="people", ref="A1:B4"))
    sheet.print_title_rows = "1:1"
    second = book.create_sheet("plain")
    second["C5"] = "here"
    second.auto_filter.ref = "A1:C5"
    hidden = book.create_sheet("lists")
    hidden["A1"], hidden.sheet_state = "f", "hidden"
    book.active = 1
    book.save(tmp_path / "rich.xlsx")
    return tmp_path / "rich.xlsx"


def faults(name: str, sheet: str = "it's data") -> list[Issue]:
    return [
        said(name, sheet, 2, 1),
        said(name, sheet, 2, 1, "value_twice"),
        said(name, sheet, 3, 0, "value_twice"),
        said(name, sheet, 4, 1, "required"),
        said(name, sheet, 4, 2, "spelling_normalised"),
        said(name, sheet, 3, 6, suggestion="Did you mean <b> & 'c'?"),
        said(name, sheet, 9, 8),
        said(name, "plain", 5, None, "key_twice"),
        said(name, "plain", None, None, "table_empty"),
        said(name, "", None, None, "encoding_guessed"),
    ]


def test_each_cell_with_an_issue_and_no_other_is_coloured_and_commented(rich: Path, tmp_path: Path) -> None:
    """The gravest issue gives the colour; a person's own comments stay, with what is said below them.

    A merged area says it at its first cell, a row at its first filled cell, a sheet at A1.
    """
    out = tmp_path / "out.xlsx"
    annotate(rich, faults(rich.as_posix()), out)
    found = marked(out, "it's data")
    assert {place: fill for place, (fill, _) in found.items()} == {
        "B2": RED, "A3": AMBER, "D3": "", "B4": RED, "C4": BLUE, "F2": RED, "I9": RED,
    }  # fmt: skip
    assert found["B2"][1].count("\n\nWarning: ") == 1
    assert found["B2"][1].startswith("Error: 'x' is not an allowed value")
    assert found["A3"][1].startswith("Asked the author.\nNo answer.\n\nWarning: 'x' stands twice")
    assert found["D3"][1] == "mine"
    assert found["F2"][1].startswith("Error: (G3) ")
    assert found["F2"][1].endswith("Did you mean <b> & 'c'?")
    assert {place: fill for place, (fill, _) in marked(out, "plain").items()} == {"C5": RED, "A1": AMBER}
    assert marked(out, "lists") == {}


def test_everything_else_of_the_workbook_is_as_it_was(rich: Path, tmp_path: Path) -> None:
    """Values, formats, widths, panes, drop-downs, tables, merged areas, filters, names and hidden sheets stay."""
    out = tmp_path / "out.xlsx"
    annotate(rich, faults(rich.as_posix()), out)
    before, after = values(rich), values(out)
    assert next(iter(after)) == "scopeline"
    assert {name: rows for name, rows in after.items() if name != "scopeline"} == before
    old, new = openpyxl.load_workbook(rich), openpyxl.load_workbook(out)
    for sheet in old:
        copy = new[sheet.title]
        assert copy.freeze_panes == sheet.freeze_panes
        assert copy.sheet_state == sheet.sheet_state
        assert copy.auto_filter.ref == sheet.auto_filter.ref
        assert copy.print_title_rows == sheet.print_title_rows
        assert [str(area) for area in copy.merged_cells.ranges] == [str(area) for area in sheet.merged_cells.ranges]
        assert [str(rule.sqref) for rule in copy.data_validations.dataValidation] == [
            str(rule.sqref) for rule in sheet.data_validations.dataValidation
        ]
        assert {name: (d.width, d.hidden) for name, d in copy.column_dimensions.items()} == {
            name: (d.width, d.hidden) for name, d in sheet.column_dimensions.items()
        }
        assert list(copy.tables) == list(sheet.tables)
        for row in sheet.iter_rows():
            for cell in row:
                twin = copy[cell.coordinate]
                assert (twin.value, twin.number_format) == (cell.value, cell.number_format)
                assert repr([twin.font, twin.alignment, twin.border]) == repr([cell.font, cell.alignment, cell.border])
    assert new["it's data"].row_dimensions[3].height == 50
    unchanged = {name for name, content in parts(rich).items() if parts(out)[name] == content}
    assert {
        "xl/worksheets/sheet3.xml",
        "xl/tables/table1.xml",
        "xl/theme/theme1.xml",
    } <= unchanged


def test_the_first_sheet_lists_every_issue_with_a_link_to_its_cell(rich: Path, tmp_path: Path) -> None:
    """Errors before warnings before notes; what concerns the whole file has no link; only the list is selected."""
    out = tmp_path / "out.xlsx"
    annotate(rich, faults(rich.as_posix()), out)
    book = openpyxl.load_workbook(out)
    sheet = book["scopeline"]
    assert book.active.title == "scopeline"
    assert [tab.title for tab in book if tab.sheet_view.tabSelected] == ["scopeline"]
    rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=6)]
    assert [row[0] for row in rows] == ["Error"] * 5 + ["Warning"] * 3 + ["Note"] * 2
    links = {cell.value: cell.hyperlink.location for row in sheet.iter_rows() for cell in row if cell.hyperlink}
    assert links["it's data!B4"] == "'it''s data'!B4"
    assert links["plain!5"] == "'plain'!C5"
    assert links["plain"] == "'plain'!A1"
    assert rows[-1][1] == "the whole file"
    assert "the whole file" not in links


def test_the_same_issues_give_the_same_bytes(rich: Path, tmp_path: Path) -> None:
    """There is no clock in a copy, and the order in which issues are given does not matter to the cells."""
    for name in ("a.xlsx", "b.xlsx"):
        annotate(rich, faults(rich.as_posix()), tmp_path / name)
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()


def _with_x(name: str, content: bytes) -> bytes:
    """The parts of SpreadsheetML under the prefix x:, as some programs write them."""
    if b'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"' not in content:
        return content
    return re.sub(rb"<(/?)(?=[A-Za-z]+[\s/>])", rb"<\1x:", content).replace(b"xmlns=", b"xmlns:x=")


def test_a_workbook_with_prefixed_elements_is_changed_in_place(rich: Path, tmp_path: Path) -> None:
    """The prefix that a program writes before each element is none of a reviewer's business."""
    plain, odd = tmp_path / "out.xlsx", tmp_path / "odd.xlsx"
    annotate(rich, faults(rich.as_posix()), plain)
    rewritten(rich, _with_x)
    annotate(rich, faults(rich.as_posix()), odd)
    assert b"<x:legacyDrawing" in parts(odd)["xl/worksheets/sheet2.xml"]
    for sheet in ("it's data", "plain"):
        assert marked(odd, sheet) == marked(plain, sheet)
    assert values(odd) == values(plain)


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("no formats", lambda name, content: None if name == "xl/styles.xml" else _without_styles(name, content)),
        ("no places", lambda _, content: re.sub(rb'(<(?:row|c)) r="[A-Z]*[0-9]+"', rb"\1", content)),
        ("single quotes", lambda name, content: _single(content) if "sheet2" in name else content),
        ("no windows", lambda _, content: re.sub(rb"<bookViews>.*?</bookViews>", b"", content)),
    ],
)
def test_unusual_workbooks_are_changed_in_place(tmp_path: Path, name: str, change) -> None:
    """Without formats, without addresses, with other quotes: the right cells are marked, the values are the same."""
    path, out = tmp_path / "a.xlsx", tmp_path / "out.xlsx"
    book = openpyxl.Workbook()
    book.worksheets[0].append(["a", "b", "c"])
    sheet = book.create_sheet("second")
    for row in (["a", "b", "c"], [1, 2, 3], ["x", "y", "z"]):
        sheet.append(row)
    book.save(path)
    rewritten(path, change)
    before = values(path)
    annotate(
        path, [said("a.xlsx", "second", 2, 1), said("a.xlsx", "second", 3, 3), said("a.xlsx", "second", 6, 0)], out
    )
    assert {place: fill for place, (fill, _) in marked(out, "second").items()} == {"B2": RED, "D3": RED, "A6": RED}
    assert {sheet: rows for sheet, rows in values(out).items() if sheet != "scopeline"} == before
    assert "could not be changed in place" not in str(values(out)["scopeline"])


def _without_styles(name: str, content: bytes) -> bytes:
    content = re.sub(rb"<(?:Override|Relationship)[^>]*styles[^>]*/>", b"", content)
    return re.sub(rb' s="[0-9]+"', b"", content) if "sheet" in name else content


def _single(content: bytes) -> bytes:
    return content.replace(b'"', b"'")


@pytest.mark.parametrize(
    "change",
    [
        lambda _, content: content.replace(b"<sheetData>", b"<sheetData><!-- rows -->"),
        lambda name, content: re.sub(rb"<cellXfs.*</cellXfs>", b"", content) if "styles" in name else content,
        lambda name, content: content.decode().encode("utf-16") if "sheet1" in name else content,
    ],
    ids=["comments among rows", "formats without a list", "another encoding"],
)
def test_what_cannot_be_changed_safely_is_copied_cell_by_cell(tmp_path: Path, change) -> None:
    """The copy then says so on its first sheet, and still marks the right cells of the same rows."""
    path, out = tmp_path / "a.xlsx", tmp_path / "out.xlsx"
    book = openpyxl.Workbook()
    book.worksheets[0].append(["a", "b"])
    book.worksheets[0].append(["=A1", "007"])
    book.save(path)
    before = cells.read(path)
    held = rewritten(path, change)
    annotate(
        held, [said("a.xlsx", "Sheet", 2, 1)], out, cells.Book("a.xlsx", "xlsx", cells.read(held).sha256, before.sheets)
    )
    assert "could not be changed in place" in str(values(out)["scopeline"])
    assert marked(out, "Sheet")["B2"][0] == RED
    assert values(out)["Sheet"][1][1] == "007"


def test_the_cells_of_a_csv_stay_text_in_their_rows(tmp_path: Path) -> None:
    """What looks like a formula, a date, a number or an escape is not read as one; blank lines keep their number."""
    rows = [
        ["id", "note"], [], ["1-12", "=HYPERLINK(\"http://x\")"], ["007", "+1"], ["1e5", "@a"],
        ["_x000D_", "a\r\nb\tc"], ["ünï <&>\"'", " padded "],
    ]  # fmt: skip
    path, out = tmp_path / "my [list].csv", tmp_path / "my [list].csv.xlsx"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    annotate(path, [said(path.as_posix(), "", 4, 1), said(path.as_posix(), "", 3, None, "row_too_long")], out)
    book = openpyxl.load_workbook(out)
    sheet = book.worksheets[1]
    assert {cell.data_type for row in sheet.iter_rows() for cell in row if cell.value is not None} == {"s"}
    assert {cell.number_format for row in sheet.iter_rows() for cell in row if cell.value is not None} == {"@"}
    assert set(marked(out, sheet.title)) == {"B4", "A3"}
    assert values(out)[sheet.title] == next(iter(values(path).values()))


def test_conversations_are_left_alone(rich: Path, tmp_path: Path) -> None:
    """A threaded comment is not rewritten; its cell is coloured, and the list says why it has no comment of ours."""

    def threaded(name: str, content: bytes) -> bytes:
        return content.replace(b"<author>Ana</author>", b"<author>tc={0A1B}</author>") if "comment" in name else content

    out = tmp_path / "out.xlsx"
    annotate(rewritten(rich, threaded), [said("rich.xlsx", "it's data", 3, 0)], out)
    assert marked(out, "it's data")["A3"] == (RED, "Asked the author.\nNo answer.")
    assert "conversation" in str(values(out)["scopeline"])


def test_macros_are_untouched(rich: Path, tmp_path: Path) -> None:
    """A workbook with macros keeps them, and its kind."""

    def with_macros(name: str, content: bytes) -> bytes:
        return content.replace(
            b"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml",
            b"application/vnd.ms-excel.sheet.macroEnabled.main+xml",
        )

    path, out = tmp_path / "rich.xlsm", tmp_path / "out.xlsm"
    shutil.move(rewritten(rich, with_macros), path)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("xl/vbaProject.bin", bytes(range(256)))
    annotate(path, [said("rich.xlsm", "it's data", 3, 0)], out)
    assert parts(out)["xl/vbaProject.bin"] == bytes(range(256))
    assert b"macroEnabled" in parts(out)["[Content_Types].xml"]


def test_a_cell_with_many_long_issues_has_a_comment_that_ends(tmp_path: Path) -> None:
    """A comment holds ten issues at most, and no character that XML cannot hold."""
    path, out = tmp_path / "a.xlsx", tmp_path / "out.xlsx"
    book = openpyxl.Workbook()
    book.worksheets[0]["A1"] = "a"
    book.save(path)
    annotate(path, [said("a.xlsx", "Sheet", 1, 0, suggestion=f"\x01 {at} " + "x" * 5000) for at in range(30)], out)
    text = marked(out, "Sheet")["A1"][1]
    assert len(text) < 32_767
    assert text.endswith("20 more: see the sheet scopeline.")


def test_the_example_s_charting_workbook(repository: Path, tmp_path: Path) -> None:
    """The workbook that comes with scopeline: its drop-downs, panes and all other cells are as they were."""
    path, out = tmp_path / "charting.xlsx", tmp_path / "out.xlsx"
    shutil.copy(repository / "raw" / "charting.xlsx", path)
    wanted = [("studies", 3, 8), ("studies", 60, 2), ("findings", 5, 30), ("harms", 4, 2), ("lists", 1, 0)]
    annotate(path, [said("raw/charting.xlsx", *place) for place in wanted], out)
    for sheet in ("studies", "findings", "harms", "lists"):
        places = {f"{cells.letter(column)}{row}" for name, row, column in wanted if name == sheet}
        assert {place for place, (fill, _) in marked(out, sheet).items() if fill == RED} == places
    after = values(out)
    assert {name: rows for name, rows in after.items() if name != "scopeline"} == values(path)
    old, new = openpyxl.load_workbook(path), openpyxl.load_workbook(out)
    for sheet in old:
        assert len(new[sheet.title].data_validations.dataValidation) == len(sheet.data_validations.dataValidation)
        assert new[sheet.title].freeze_panes == sheet.freeze_panes
        assert new[sheet.title].print_title_rows == sheet.print_title_rows


def test_names_of_copies_differ_on_every_file_system() -> None:
    """Two raw files never share a copy, and a workbook keeps its name."""
    files = [
        "raw/a.csv",
        "raw/a.xlsx",
        "raw/a.xls",
        "raw/A.XLSX",
        "raw/a.csv.xlsx",
        "raw/sub/a.xlsx",
        "raw/m.xlsm",
        "raw/a.ods",
    ]
    names = copy_names(files)
    assert names["raw/a.xls"] == "a.xls.xlsx"
    assert names["raw/sub/a.xlsx"] == "sub/a.xlsx"
    assert names["raw/m.xlsm"] == "m.xlsm"
    assert names["raw/a.csv.xlsx"] == "a.csv.xlsx"
    assert names["raw/a.csv"] == "a.csv (2).xlsx"
    assert len({name.casefold() for name in names.values()}) == len(files)
    assert copy_names(reversed(files)) == names


def test_a_file_that_cannot_be_read_or_has_changed_has_no_copy(rich: Path, tmp_path: Path) -> None:
    """Nothing is coloured by addresses of another version of the file."""
    book = cells.read(rich)
    rich.write_bytes(rich.read_bytes() + b" ")
    with pytest.raises(DataError, match="changed"):
        annotate(rich, [], tmp_path / "out.xlsx", book)
    rich.write_bytes(b"")
    with pytest.raises(DataError, match="no annotated copy"):
        annotate(rich, [], tmp_path / "out.xlsx")
    assert not (tmp_path / "out.xlsx").exists()


def test_the_folder_holds_a_copy_of_each_faulty_file_and_keeps_what_a_person_typed(
    rich: Path, tmp_path: Path, monkeypatch
) -> None:
    """A copy goes when its file is in order; one that was edited is moved away and named."""
    monkeypatch.chdir(tmp_path)
    raw = Path("raw")
    raw.mkdir()
    shutil.move(rich, raw / "rich.xlsx")
    (raw / "good.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    books = [cells.read(raw / "rich.xlsx"), cells.read(raw / "good.csv")]
    where = {"folder": Path("out/annotated"), "memory": Path("memory.json"), "kept": Path("kept")}
    issues = [*faults("raw/rich.xlsx"), said("raw/good.csv", "", 1, 0, "spelling_normalised")]
    assert write_copies(issues, books, **where).written == [Path("out/annotated/rich.xlsx")]
    first = Path("out/annotated/rich.xlsx").read_bytes()
    assert write_copies(issues, books, **where).kept == {}
    assert Path("out/annotated/rich.xlsx").read_bytes() == first
    Path("out/annotated/rich.xlsx").write_bytes(b"mine")
    done = write_copies(issues, books, **where)
    assert Path(done.kept["out/annotated/rich.xlsx"]).read_bytes() == b"mine"
    assert Path("out/annotated/rich.xlsx").read_bytes() == first
    with monkeypatch.context() as patched:
        patched.setattr("scopeline.annotate.copies.annotate", _refused)
        assert write_copies(issues, books, **where).stuck == ["out/annotated/rich.xlsx"]
    assert Path("out/annotated/rich.xlsx").read_bytes() == first
    assert write_copies([], books, **where).written == []
    assert not Path("out/annotated").exists()


def _refused(*_) -> None:
    raise PermissionError("open in a spreadsheet program")


@pytest.mark.properties
@given(
    filled=st.sets(st.tuples(st.integers(1, 12), st.integers(0, 8)), max_size=30),
    chosen=st.sets(st.tuples(st.integers(1, 15), st.integers(0, 11)), min_size=1, max_size=20),
    prefixed=st.booleans(),
)
@settings(deadline=None, max_examples=150)
def test_any_cells_of_any_sheet(filled, chosen, prefixed) -> None:
    """Wherever cells are filled and wherever issues stand, exactly those cells are marked and no value changes."""
    with tempfile.TemporaryDirectory() as folder:
        path, out = Path(folder, "a.xlsx"), Path(folder, "out.xlsx")
        book = openpyxl.Workbook()
        for row, column in filled:
            book.worksheets[0].cell(row, column + 1, f"{row},{column}" if (row + column) % 3 else row)
        book.save(path)
        if prefixed:
            rewritten(path, _with_x)
        annotate(path, [said("a.xlsx", "Sheet", row, column) for row, column in sorted(chosen)], out)
        after = values(out)
        assert "could not be changed in place" not in str(after.pop("scopeline"))
        assert after == values(path)
        assert set(marked(out, "Sheet")) == {f"{cells.letter(column)}{row}" for row, column in chosen}


@pytest.mark.real
@pytest.mark.parametrize("place", range(5))
def test_workbooks_of_real_reviews(tmp_path: Path, place: int) -> None:
    """Every workbook below the folder that SCOPELINE_REAL names is marked in place, whoever wrote it."""
    held = sorted(Path(os.environ.get("SCOPELINE_REAL", "")).rglob("*.xlsx")) if "SCOPELINE_REAL" in os.environ else []
    if place >= len(held):
        pytest.skip("there is no such workbook")
    book = cells.read(held[place], "raw/real.xlsx")
    wanted = {
        sheet.name: {(row, column) for row in range(1, sheet.n_rows + 3, 17) for column in range(0, 40, 7)}
        for sheet in book.sheets
    }
    issues = [said("raw/real.xlsx", sheet, *cell) for sheet, places in wanted.items() for cell in sorted(places)]
    annotate(held[place], issues[:3000], tmp_path / "out.xlsx", book)
    after = values(tmp_path / "out.xlsx")
    assert "could not be changed in place" not in str(after.pop("scopeline"))
    assert after == values(held[place])


@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")
def test_libreoffice_reads_the_same_values_from_the_copy(rich: Path, tmp_path: Path) -> None:
    """A spreadsheet program opens a copy, and shows in every cell what it shows in the file itself."""
    annotate(rich, faults(rich.as_posix()), tmp_path / "copy.xlsx")
    subprocess.run(
        ["soffice", f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}", "--headless", "--convert-to", "xlsx",
         "--outdir", str(tmp_path / "read"), str(rich), str(tmp_path / "copy.xlsx")],
        capture_output=True, timeout=180, check=True, env={**os.environ, "HOME": str(tmp_path)},
    )  # fmt: skip
    after = values(tmp_path / "read" / "copy.xlsx")
    assert after.pop("scopeline")
    assert after == values(tmp_path / "read" / "rich.xlsx")
    assert set(marked(tmp_path / "read" / "copy.xlsx", "plain")) == {"C5", "A1"}
