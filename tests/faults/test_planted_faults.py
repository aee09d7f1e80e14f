"""Every planted fault is found at its own cell, and nothing else is told."""

import shutil
import subprocess
import zipfile
from collections import Counter
from pathlib import Path

import pytest
from scopeline import cells

from .example import FORMS, Change, Edit, SheetError, write_ods
from .judge import Judge, Tally
from .plant import KINDS, SHAPES, Fault, Planter, all_told, apart, draw, together


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("faults")


@pytest.fixture(scope="module")
def judges(folder: Path) -> "dict[str, Judge]":
    """One judge a form, made when it is first asked for."""

    class Judges(dict[str, Judge]):
        def __missing__(self, form: str) -> Judge:
            self[form] = Judge(form, folder / form)
            return self[form]

    return Judges()


def complaints(tally: Tally) -> str:
    lists = (("missed", tally.missed), ("other", tally.other))
    return "\n".join(f"{word}: {item} after {kind}" for word, listed in lists for kind, item in listed)


@pytest.mark.parametrize("form", FORMS)
def test_the_example_is_clean_in_every_form(judges: "dict[str, Judge]", form: str) -> None:
    """The example has no error and no warning as it is shipped, as csv files, and as OpenDocument spreadsheets."""
    assert {rule for *_, rule in judges[form].base} <= {"sheet_passed_over"}


@pytest.mark.parametrize("kind", sorted(SHAPES))
def test_a_misshapen_sheet_is_told_once(judges: "dict[str, Judge]", kind: str) -> None:
    """A column or a sheet that is missing, renamed or doubled is told at its header, and not at every row again."""
    tally = Tally()
    for fault in draw(Planter("xlsx", 1), kind, 2):
        tally.run(judges["xlsx"], [fault])
    assert tally.clean, complaints(tally)


@pytest.mark.parametrize(
    "case", ["vote unreadable", "column of votes renamed", "column of studies renamed", "report twice"]
)
def test_what_cannot_be_read_contradicts_nothing(judges: "dict[str, Judge]", case: str) -> None:
    """Screening is not set against charting where a vote, a column or a report's key cannot be read."""
    planter, judge = Planter("xlsx", 1), judges["xlsx"]
    header = planter.column
    if case == "vote unreadable":
        tally = Tally()
        tally.run(judge, apart(draw(planter, "unreadable_vote_that_was_settled", 30)))
        assert tally.clean, complaints(tally)
    elif case == "report twice":
        excluded = next(n for n, line in planter.rows["reports"].items() if not line["study_id"])
        charted = next(n for n, line in planter.rows["reports"].items() if n > excluded and line["study_id"])
        edit = Edit("reports", charted, 0, planter.rows["reports"][excluded]["report_id"])
        assert {rule for *_, rule in judge.look(Change((edit,)))[0]} <= {"key_twice", "reference_unknown"}
    else:
        table, name = {
            "column of votes renamed": ("votes", "decision"),
            "column of studies renamed": ("reports", "study_id"),
        }[case]
        found, _ = judge.look(Change((Edit(table, 1, header(table, name), f"{name} (new)"),)))
        assert found == Counter([planter.tell(table, 1, name, "column_renamed")])


@pytest.mark.parametrize("form", FORMS)
def test_hundreds_of_faults_are_found_in_one_run(judges: "dict[str, Judge]", form: str) -> None:
    """Hundreds of faults of all kinds at once: each is told at its cell, none hides another, nothing else is told."""
    tally = Tally()
    faults = together(Planter(form, 2), 300)
    tally.run(judges[form], faults)
    assert tally.clean, complaints(tally)
    assert len(faults) == 300
    assert len(tally.planted) > 45


def test_a_doubled_key_is_told_once_with_the_place_of_the_first(judges: "dict[str, Judge]") -> None:
    """Whichever of two rows holds the slip, the later is told, and names the address of the earlier: both are found."""
    key = Planter("xlsx").good.tables["findings"]
    for row, other in ((5, 9), (9, 5)):
        change = Change((Edit("findings", row, 0, key[other - 1][0]),))
        found, issues = judges["xlsx"].look(change)
        assert found == Counter([("raw/charting.xlsx", "findings", "A9", "key_twice")])
        assert "findings!A5" in next(item.message for item in issues if item.rule == "key_twice")


def test_the_planter_keeps_faults_apart() -> None:
    """Faults that are planted together touch no cell of one another, so that what is expected of each holds."""
    faults = together(Planter("xlsx", 3), 200)
    cells_set = Counter((e.table, e.row, e.column) for fault in faults for e in fault.change.edits)
    assert max(cells_set.values()) == 1
    assert not SHAPES & {fault.kind for fault in faults}


def test_like_notes_of_a_column_are_told_once() -> None:
    """The planter expects a note that stands in several rows of a column at the first of them."""
    places = [("raw/a.csv", "", f"B{row}", "spelling_normalised") for row in (9, 4, 12)]
    faults = [Fault("x", Change(), (), notes=((place, "FM"),)) for place in places]
    assert all_told(faults) == Counter([places[1]])


@pytest.mark.properties
@pytest.mark.skipif(not shutil.which("soffice"), reason="LibreOffice is not here")
def test_error_cells_of_a_sheet_saved_by_libreoffice(folder: Path) -> None:
    """Error cells are found in a file that LibreOffice itself has written, at the same addresses."""
    path, saved = folder / "errors.ods", folder / "saved"
    write_ods(path, {"findings": [["a", "b"], ["x", None], [None, SheetError("#DIV/0!")]]})
    subprocess.run(["soffice", "--headless", "--convert-to", "ods", "--outdir", saved, path], check=True, timeout=120,
                   capture_output=True)  # fmt: skip
    assert zipfile.is_zipfile(saved / "errors.ods")
    sheet = cells.read(saved / "errors.ods").sheets[0]
    assert sheet.row(3) == [None, "#DIV/0!"]
    assert sheet.kinds[1] is not None
    assert sheet.kinds[1][2].as_py() == cells.Kind.ERROR


@pytest.mark.properties
@pytest.mark.parametrize("form", FORMS)
def test_recall_and_precision_are_one(judges: "dict[str, Judge]", form: str) -> None:
    """Hundreds of faults of every kind, one a run, and hundreds a run: all found at their cells, nothing else told."""
    planter, tally = Planter(form, 1), Tally()
    for kind in sorted(KINDS):
        for fault in draw(planter, kind, 6):
            tally.run(judges[form], [fault])
    for _ in range(3):
        tally.run(judges[form], together(planter, 250))
    print(tally.sentence([form]))
    assert tally.clean, complaints(tally)
    assert tally.planted.total() > 1000
