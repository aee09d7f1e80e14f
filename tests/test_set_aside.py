"""Waivers and quarantine through the command line and the gate: what stops, what is told, what is written."""

import csv
import json
from pathlib import Path

import pytest
from scopeline import cli, codebook, rawfiles, settings, steps
from scopeline.cells import read
from scopeline.errors import DataError
from scopeline.judgement import judge
from small_review import SmallReview

WAIVERS = "rule,table,key,field,who,why\n{rule},studies,Ames2001,{field},Ames,{why}\n"


def written(folder: Path, *cells: tuple, on_error: str = "stop", waivers: str = "") -> SmallReview:
    review = SmallReview(folder)
    for table, cell, value in cells:
        review.put(table, cell, value)
    review.config += f"validation: {{on_error: {on_error}}}\n"
    review.write()
    if waivers:
        (folder / "config" / "waivers.csv").write_text(waivers, encoding="utf-8")
    return review


def lines(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_a_waived_error_stops_nothing(tmp_path):
    """The review passes, and the waiver stands beside the issues with the number that it waives."""
    waivers = WAIVERS.format(rule="below_minimum", field="n", why="a protocol")
    written(tmp_path, ("studies", "C2", 0), waivers=waivers)
    assert cli.main(["validate", str(tmp_path)]) == 0
    found = tmp_path / "results" / "validation"
    assert [(line["who"], line["issues"]) for line in lines(found / "waivers.csv")] == [("Ames", "1")]
    about = json.loads((found / "summary.json").read_text(encoding="utf-8"))
    assert (about["errors"], about["stopping"], about["waived"]) == (0, 0, 1)
    assert lines(found / "quarantine.csv") == []
    assert "Rules broken on purpose" in (found / "index.html").read_text(encoding="utf-8")


def test_a_waived_value_that_was_not_read_is_missing_and_told(tmp_path):
    """Waived or not, there is no number in the cell."""
    waivers = WAIVERS.format(rule="not_number", field="n", why="the text gives no number")
    written(tmp_path, ("studies", "C2", "about 40"), waivers=waivers)
    assert cli.main(["validate", str(tmp_path)]) == 0
    (lost,) = lines(tmp_path / "results" / "validation" / "quarantine.csv")
    assert (lost["field"], lost["value"]) == ("n", "about 40")


@pytest.mark.parametrize("on_error", ["stop", "quarantine"])
def test_the_gate_stops_or_says_what_is_left_out(tmp_path, monkeypatch, capsys, on_error):
    """An error at a cell stops; or, by choice, the gate passes with a sentence and the review has lost the value."""
    written(tmp_path, ("studies", "C2", "about 40"), on_error=on_error)
    monkeypatch.chdir(tmp_path)
    assert cli.main(["validate", "."]) == 1
    book = codebook.load(Path("config/codebook.yaml"))
    chosen = settings.load(Path("config/config.yaml"), book)
    verdict = judge([read(Path(file.path)) for file in rawfiles.read_files().values()], book, chosen)
    verdict.review.save(Path("review.arrow"))
    Path("settings.json").write_text("{}", encoding="utf-8")
    paths = {"summary": "results/validation/summary.json", "issues": "results/validation/issues.csv"}
    paths |= {"review": "review.arrow", "settings": "settings.json", "passed": "passed.json"}
    capsys.readouterr()
    if on_error == "stop":
        with pytest.raises(DataError):
            steps.gate(**paths)
        return
    steps.gate(**paths)
    assert "The tables are made without the wrong values" in capsys.readouterr().err
    kept = type(verdict.review).load(Path("review.arrow"))
    assert list(kept.tables) == list(verdict.review.tables)
    assert kept.lost["field"].to_list() == ["n"]
    assert kept.tables["studies"]["n__missing"].to_list() == ["quarantined", "NR"]


def test_what_cannot_be_left_out_stops_even_so(tmp_path):
    """A doubled key is no value of one cell."""
    written(tmp_path, ("findings", "A3", "F1"), ("studies", "C2", "x"), on_error="quarantine")
    assert cli.main(["validate", str(tmp_path)]) == 1
    about = json.loads((tmp_path / "results/validation/summary.json").read_text(encoding="utf-8"))
    assert (about["errors"], about["stopping"]) == (2, 1)
