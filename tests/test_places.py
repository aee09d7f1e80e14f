"""Where a number stands in the published files, as a person who opens them finds it."""

import openpyxl
import pandas as pd
import pytest
from scopeline import prisma_template
from scopeline.report.places import FLOW_CSV, Place, Published, of_cell, of_cells
from scopeline.report.words import Cell

MAP = "tables/condition_by_domain.csv"


@pytest.fixture
def published(tmp_path):
    """A folder with a table in which a cell has two lines, and the flow."""
    (tmp_path / "tables").mkdir()
    (tmp_path / "prisma").mkdir()
    (tmp_path / MAP).write_text('condition,n_studies\n"gout,\nold",2\nmigraine,0\nNA,3\nstroke,1\n', encoding="utf-8")
    numbers = {"database_results": "5", "register_results": "1", "duplicates": "2", "records_screened": "4"}
    prisma_template.fill(numbers).to_csv(tmp_path / FLOW_CSV, index=False)
    (tmp_path / "a.md").write_text("## One (`a`)\n\n| `x` |\n\n## Two (`b`)\n\n| `x` |\n", encoding="utf-8")
    return Published(tmp_path)


@pytest.mark.parametrize(
    ("rows", "told"),
    [((4,), "row 4"), ((2, 4, 22), "rows 2, 4 and 22"), ((5, 3, 2, 4), "rows 2 to 5"), ((2, 3), "rows 2 and 3")],
)
def test_rows_are_told_as_people_say_them(rows, told):
    """Neighbours are drawn together; one row is no plural."""
    assert str(Place(MAP, rows)) == f"{MAP}, {told}"


def test_a_row_is_counted_as_a_spreadsheet_shows_it(published):
    """The header is row 1; a cell with two lines is one row; NA in a cell is a value."""
    for condition, row in {"gout,\nold": 2, "migraine": 3, "NA": 4}.items():
        assert of_cell(Cell(MAP, "n_studies", {"condition": condition}), published).rows == (row,)
    assert of_cell(Cell(MAP, "n_studies", {"condition": "none"}), published).rows == ()


def test_only_rows_with_some_are_counted_where_rows_with_some_are_meant(published):
    """The row of a cell without a study is not among those that hold one."""
    assert of_cell(Cell(MAP, "n_studies", how="given"), published).rows == (2, 4, 5)


def test_boxes_of_the_flow_are_rows_of_its_csv(published):
    """A box has its row, what was identified those of its sources, and the boxes have the numbers of PRISMA 2020."""
    cells = [Cell("prisma/flow.json", "n", {"box": box}, "boxes") for box in ("identified", "duplicates", "screened")]
    (place,) = of_cells(cells, published)
    table = published.table(FLOW_CSV)
    names = [table["data"].iloc[row - 2] for row in place.rows]
    assert names == ["database_results", "register_results", "duplicates", "records_screened"]
    assert place.where.endswith("boxes 2 to 4")


def test_a_line_is_that_below_its_heading(published):
    """The same line below another heading is not meant."""
    assert published.lines("a.md", "| `x` |", below="(`b`)") == (7,)


def test_what_is_not_there_has_no_rows(tmp_path):
    """Without a file there is no row, and nothing fails; an empty file has none either."""
    nothing = Published(tmp_path)
    assert of_cell(Cell(MAP, "n_studies", {"condition": "gout"}), nothing) == Place(MAP)
    assert nothing.heads == {} and nothing.lines("a.md", "x") == ()
    (tmp_path / "empty.csv").write_text("", encoding="utf-8")
    assert nothing.table("empty.csv").empty and nothing.empty("empty.csv")


def test_rows_of_the_workbook_begin_below_its_header(published):
    """A sheet has its header where the workbook says; without the sheet there is no such place."""
    published.heads = {"Tally": 4}
    place = published.in_workbook(Place(MAP, (2, 5)))
    assert str(place) == "tables/synthesis.xlsx, sheet Tally, rows 5 and 8"
    published.heads = {}
    assert published.in_workbook(Place(MAP, (2,))) is None


def test_the_header_is_the_last_row_that_each_page_repeats(tmp_path):
    """Whether columns are repeated beside it or not, and whatever the sheet is called."""
    book = openpyxl.Workbook()
    for name, columns in (("Tally", "A:B"), ("Harms", None), ("Condition × it's domain", "A:A")):
        sheet = book.create_sheet(name)
        sheet.print_title_rows, sheet.print_title_cols = "3:4", columns
    (tmp_path / "tables").mkdir()
    book.save(tmp_path / "tables" / "synthesis.xlsx")
    assert Published(tmp_path).heads == {"Tally": 4, "Harms": 4, "Condition × it's domain": 4}


def test_a_heading_is_found_with_its_letter():
    """The letter is that of the spreadsheet, and a unit behind the heading does no harm."""
    from scopeline.report.places import column_of

    wide = pd.DataFrame(columns=["Study", *map(str, range(25)), "Dose (mg)"])
    published = Published(tables={"t.csv": wide})
    assert column_of(published, "t.csv", "Dose", "mg") == "AA (Dose (mg))"
    assert column_of(published, "t.csv", "Weight") == ""
