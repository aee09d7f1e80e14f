"""`scopeline validate` tells what is wrong in plain words, with the right exit status, and never a traceback."""

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
from scopeline import cli
from small_review import SmallReview

Spoil = Callable[[SmallReview, Path], None]


@pytest.fixture(autouse=True)
def _at_home(monkeypatch: pytest.MonkeyPatch) -> None:
    """The command changes the folder it works in; the tests go back."""
    monkeypatch.chdir(Path.cwd())


def _put(table: str, cell: str, value: object) -> Spoil:
    def spoil(review: SmallReview, raw: Path) -> None:
        review.put(table, cell, value)
        review.write()

    return spoil


def _error_cell(review: SmallReview, raw: Path) -> None:
    book = openpyxl.load_workbook(raw / "charting.xlsx")
    book["studies"]["C2"].value = "#REF!"
    book["studies"]["C2"].data_type = "e"
    book.save(raw / "charting.xlsx")


def _without(table: str) -> Spoil:
    def spoil(review: SmallReview, raw: Path) -> None:
        del review.tables[table]
        review.write()

    return spoil


def _without_column(review: SmallReview, raw: Path) -> None:
    for row in review.tables["findings"]:
        del row[4]
    review.write()


def _empty_raw(review: SmallReview, raw: Path) -> None:
    for path in raw.iterdir():
        path.unlink()


def _empty_workbook(review: SmallReview, raw: Path) -> None:
    openpyxl.Workbook().save(raw / "charting.xlsx")


def _bytes(name: str, make: Callable[[bytes], bytes], source: str = "charting.xlsx") -> Spoil:
    def spoil(review: SmallReview, raw: Path) -> None:
        (raw / name).write_bytes(make((raw / source).read_bytes()))

    return spoil


PROTECTED = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600 + "EncryptedPackage".encode("utf-16-le")

BAD: dict[str, tuple[Spoil, tuple[str, ...]]] = {
    "an empty raw/": (_empty_raw, ("no spreadsheet in raw/",)),
    "an empty workbook": (_empty_workbook, ("raw/charting.xlsx", "none of its sheets holds a value")),
    "a missing sheet": (_without("findings"), ("'findings'", "raw/charting.xlsx")),
    "a missing column": (_without_column, ("raw/charting.xlsx", "findings!1", "'direction'")),
    "a renamed column": (_put("findings", "E1", "directions"), ("findings!E1", "'direction'", "Rename")),
    "a misspelt category": (_put("findings", "E2", "benfit"), ("findings!E2", "Did you mean 'benefit'?")),
    "text in a number": (_put("studies", "C2", "about 40"), ("studies!C2", "not a number")),
    "a number stored as text": (_put("studies", "C2", "30"), ("studies!C2", "stored as text")),
    "a date where 1-12 was typed": (_put("studies", "D2", dt.datetime(2026, 1, 12)), ("studies!D2", "1-12")),
    "an error cell": (_error_cell, ("studies!C2", "#REF!")),
    "a formula without a value": (_put("studies", "C2", "=15+15"), ("studies!C2", "=15+15")),
    "duplicate keys": (_put("studies", "A3", "Ames2001"), ("studies!A3", "stands twice", "studies!A2")),
    "a finding for an unknown study": (_put("findings", "B2", "Zola1999"), ("findings!B2", "'Zola1999'")),
    "a vote for an unknown record": (_put("votes", "A2", "R77"), ("votes!A2", "'R77'")),
    "a truncated workbook": (_bytes("charting.xlsx", lambda data: data[:-2000]), ("raw/charting.xlsx", "damaged")),
    "a protected workbook": (_bytes("charting.xlsx", lambda data: PROTECTED), ("raw/charting.xlsx", "password")),
    "a workbook called csv": (_bytes("more.csv", lambda data: data), ("raw/more.csv", "an Excel workbook")),
    "a text called xlsx": (
        _bytes("charting.xlsx", lambda data: b"study_id,n\nA,1\n"),
        ("raw/charting.xlsx", "plain text"),
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_ends_in_a_plain_sentence(case: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each kind of bad input is told with its file and cell; exit status 1; nothing in raw/ changes."""
    spoil, words = BAD[case]
    review = SmallReview(tmp_path)
    raw = review.write()
    spoil(review, raw)
    before = {path.name: path.read_bytes() for path in raw.iterdir()}
    assert cli.main(["validate", str(tmp_path)]) == 1
    told = " ".join(capsys.readouterr().err.split())
    assert [word for word in words if word not in told] == []
    assert "Traceback" not in told
    assert {path.name: path.read_bytes() for path in raw.iterdir()} == before
    assert (tmp_path / "results/validation/issues.csv").is_file()


def test_a_good_review_ends_with_0(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A review without errors says so."""
    SmallReview(tmp_path).write()
    assert cli.main(["validate", str(tmp_path)]) == 0
    assert "no errors" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("config.yaml", "review:\n  titel: x\n", ("config/config.yaml, line 2", "did you mean 'title'?")),
        ("config.yaml", "review:\n\ttitle: x\n", ("config/config.yaml, line 2", "tabs")),
        (
            "codebook.yaml",
            "name: x\nresources:\n  - name: study\n    schema: {fields: []}\n",
            ("config/codebook.yaml, line 3", "'study'"),
        ),
    ],
)
def test_a_wrong_configuration_ends_with_2(
    name: str, text: str, words: tuple[str, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A mistake in the configuration is told with file, line and what was expected."""
    SmallReview(tmp_path).write()
    (tmp_path / "config" / name).write_text(text, encoding="utf-8")
    assert cli.main(["validate", str(tmp_path)]) == 2
    told = capsys.readouterr().err
    assert [word for word in words if word not in told] == []


def test_a_folder_that_is_not_there_ends_with_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The call itself may be wrong."""
    assert cli.main(["validate", str(tmp_path / "nowhere")]) == 2
    assert "There is no folder" in capsys.readouterr().err


def test_issues_that_differ_in_their_cell_alone_are_told_together(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A mistake that was copied down a column fills one line of the terminal, not the screen."""
    review = SmallReview(tmp_path)
    for row in range(2, 8):
        review.put("votes", f"C{row}", "A" if row % 2 else "B")
        review.put("votes", f"B{row}", "full text screening")
    review.write()
    cli.main(["validate", str(tmp_path)])
    assert "votes!B2, B3, B4, B5 and 2 more:" in " ".join(capsys.readouterr().err.split())
