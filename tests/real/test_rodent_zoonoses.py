"""Rodent trapping studies in West Africa (Simons and colleagues): a workbook of charted studies without screening."""

import re
import shutil
import zipfile

import pytest

pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def review(real_review):
    return real_review("rodent_zoonoses")


def test_the_run_ends_well(review):
    """A workbook without a row of screening gives tables and a report, by configuration alone."""
    assert review.status == 0, review.said


def test_published_figures(review, unmet):
    """Every published figure follows from the rows, or differs for the cause that expected.yaml tells."""
    assert unmet(review) == []


def test_there_is_no_flow_and_the_report_says_so(review):
    """Without records, votes, reports and typed numbers there is no flow, and both report and summary say it."""
    assert review.flow["boxes"] == {} and review.flow["identities"] == []
    said = "There is no PRISMA flow"
    assert said in (review.folder / "results/summary.md").read_text(encoding="utf-8")
    assert said in (review.folder / "results/report.html").read_text(encoding="utf-8")


def test_blank_rows_of_the_sheet(review):
    """The workbook writes 997 rows below the header of the sheet of studies; 870 are blank, and 127 are read."""
    with zipfile.ZipFile(review.folder / "raw/included_studies.xlsx") as workbook:
        sheet = workbook.read("xl/worksheets/sheet1.xml").decode("utf-8")
    written = len(re.findall(r"<row\b", sheet)) - 1
    (line,) = [line for line in review.rows("validation/conservation.csv") if line["sheet"] == "study"]
    assert written == 997 and int(line["rows_in"]) == int(line["rows_used"]) == 127 and written - 127 == 870


def test_most_studies_tested_for_one_microorganism(review):
    """47 of 56 tested for one: the published 48 of 57 count a study under two names twice."""
    cells = [row["Microorganisms tested for"] for row in review.rows("tables/studies.csv")]
    tested = [cell for cell in cells if cell != "not applicable"]
    alone = [cell for cell in tested if ";" not in cell]
    assert (len(alone), len(tested)) == (47, 56)


def test_several_values_of_a_cell(review):
    """Traps stand in one cell with commas; each kind counts its studies, and a study counts for each of its kinds."""
    lines = [row for row in review.rows("tables/characteristics.csv") if row["field"] == "trap_types"]
    found = {row["category"]: int(row["n"]) for row in lines}
    assert found["sherman"] == 70 and found["local wire mesh"] == 37 and found["not reported"] == 18
    assert sum(found.values()) > 127


def test_the_second_name_of_a_study_is_an_error_at_its_cells(review, tmp_path):
    """Without the line of the configuration that names the study, its two rows point to a study that is not there."""
    from scopeline import cells, codebook, settings
    from scopeline.judgement import judge

    shutil.copytree(review.folder / "config", tmp_path / "config")
    path = tmp_path / "config/config.yaml"
    said = path.read_text(encoding="utf-8")
    named = ", values: {az_2020_burkinafaso: az_2020_burkina}"
    assert named in said
    path.write_text(said.replace(named, ""), encoding="utf-8")
    book = codebook.load(tmp_path / "config/codebook.yaml")
    name = "raw/included_studies.xlsx"
    verdict = judge([cells.read(review.folder / name, name)], book, settings.load(path, book))
    errors = [each for each in verdict.issues if each.severity == "error"]
    assert {(each.rule, each.value, each.sheet) for each in errors} == {
        ("reference_unknown", "az_2020_burkinafaso", "pathogen")
    }
