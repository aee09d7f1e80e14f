"""The charting form says what the codebook says, is read back without a word, and tells which codebook it came from."""

import argparse
import io
from pathlib import Path

import openpyxl
import pytest
from scopeline import cells, codebook, form_marks, forms, settings
from scopeline.cells import Book, Sheet
from scopeline.codebook import Codebook
from scopeline.errors import ConfigurationError
from scopeline.judgement import Judgement, judge
from scopeline.review import Place
from scopeline.sources import recognition
from scopeline.sources.adapter import Context
from small_review import CODEBOOK, CONFIG, TABLES, SmallReview

EXAMPLES = """\
name: examples
title: Examples
version: 2.1.0
resources:
  - name: studies
    schema:
      primaryKey: [study_id]
      fields:
        - {name: study_id, constraints: {required: true, pattern: '[A-Z][a-z]+\\d{4}'}, example: Ames2001}
        - {name: year, type: integer, constraints: {minimum: 1960, maximum: 2026}}
        - {name: n, type: integer, constraints: {minimum: 1, maximum: 40}, example: '30'}
        - {name: controlled, type: boolean, constraints: {required: true}, missing: []}
        - {name: comparator, values: [placebo, none], constraints: {required: true}, missing: []}
        - {name: country, values: ['Korea, South', Spain], example: Spain}
        - {name: places, separator: ';', values: [home, 'ward, day', clinic]}
        - {name: dose_mg, kind: range, constraints: {minimum: 0, maximum: 9}}
        - {name: weight, type: number, constraints: {maximum: 9.5}}
        - {name: seen, type: date}
        - {name: reason, values: [late, lost]}
        - {name: note, example: '=not a formula'}
    rules:
      - {id: controlled_has_comparator, when: {controlled: 'yes', comparator: none}, forbid: [comparator]}
      - {id: no_reason, when: {controlled: 'yes'}, forbid: [reason]}
      - {id: small, check: n <= 40}
  - name: findings
    schema:
      primaryKey: [finding_id]
      foreignKeys: [{fields: [study_id], reference: {resource: studies, fields: [study_id]}}]
      fields:
        - {name: finding_id, constraints: {required: true}, example: F1}
        - {name: study_id, constraints: {required: true}}
        - {name: p_value, kind: bounded, constraints: {minimum: 0, maximum: 1}}
        - {name: long, values: [a long value that fills the rule of a cell number 1, a long value number 2, %s]}
"""
LONG = ", ".join(f"one more long value of a list that is long, number {n}" for n in range(3, 12)).replace(
    "long, number", "long: number"
)


def of_text(text: str, folder: Path) -> Codebook:
    path = folder / "codebook.yaml"
    path.write_text(text, encoding="utf-8")
    return codebook.load(path)


@pytest.fixture
def examples(tmp_path: Path) -> Codebook:
    listed = ", ".join(f"'{word}'" for word in LONG.split(", "))
    return of_text(EXAMPLES % listed, tmp_path)


@pytest.fixture(params=["example", "small", "examples"])
def book(request: pytest.FixtureRequest, repository: Path, tmp_path: Path) -> Codebook:
    """The codebooks of the example review, of the small review, and one with every kind of field."""
    if request.param == "example":
        return codebook.load(repository / "config" / "codebook.yaml")
    return of_text(CODEBOOK, tmp_path) if request.param == "small" else request.getfixturevalue("examples")


def opened(content: bytes) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(content))


def read(content: bytes, folder: Path, name: str = "raw/form.xlsx") -> Book:
    path = folder / "form.xlsx"
    path.write_bytes(content)
    return cells.read(path, name)


def places(found: Book, book: Codebook) -> list[tuple[Place, Sheet]]:
    """The sheets of a file and what they are taken for."""
    ctx = Context(book, settings.SourceSetting())
    by_name = {sheet.name: sheet for sheet in found.sheets}
    return [
        (rows.place, by_name[taken.sheet]) for taken in recognition.recognise(found, ctx).taken for rows in taken.rows
    ]


def judged(found: list[Book], book: Codebook, folder: Path) -> Judgement:
    path = folder / "config.yaml"
    path.write_text(CONFIG, encoding="utf-8")
    return judge(found, book, settings.load(path))


def severe(judgement: Judgement) -> list[tuple[str, str]]:
    return [(item.place, item.rule) for item in judgement.issues if item.severity != "note"]


def test_an_untouched_form_has_nothing_to_mend(book: Codebook, tmp_path: Path) -> None:
    """Every sheet is recognised by its headers, every column is used, and the example rows are no data."""
    found = read(forms.form(book), tmp_path)
    judgement = judged([found], book, tmp_path)
    assert {rule for _, rule in severe(judgement)} <= {"table_empty"}
    assert {place.table for place in judgement.review.places} == {table.name for table in book.resources}
    for place in judgement.review.places:
        assert list(place.columns) == [spec.name for spec in book.tables[place.table].fields]
    assert [len(frame) for frame in judgement.review.tables.values()] == [0] * len(book.resources)


def test_each_table_has_one_example_row(book: Codebook, tmp_path: Path) -> None:
    """The marked row stands right below the header; no other row is taken for an example."""
    found = read(forms.form(book), tmp_path)
    for place, sheet in places(found, book):
        assert form_marks.example_rows(sheet, place, book.tables[place.table]) == [2]


def test_an_example_row_would_be_a_good_row(examples: Codebook, tmp_path: Path) -> None:
    """With an example for each text, the row breaks no rule, bound, form or reference once its mark is taken off."""
    workbook = opened(forms.form(examples))
    for name, marked in (("studies", "A2"), ("findings", "A2"), ("findings", "B2")):
        workbook[name][marked].value = workbook[name][marked].value.removeprefix("EXAMPLE: ")
    packed = io.BytesIO()
    workbook.save(packed)
    judgement = judged([read(packed.getvalue(), tmp_path)], examples, tmp_path)
    assert severe(judgement) == []
    row = judgement.review.tables["studies"].iloc[0]
    assert (row["study_id"], row["year"], row["n"], row["dose_mg"]) == ("Ames2001", 1993, 30, "1-9")
    assert row["note"] == "=not a formula"


@pytest.mark.parametrize(("key", "data"), [("Example2020", True), ("EXAMPLES", True), ("EXAMPLE", False)])
def test_only_the_mark_makes_an_example(key: str, data: bool, tmp_path: Path) -> None:
    """A study that happens to be called Example2020 is data."""
    review = SmallReview(tmp_path)
    review.put("studies", "A2", key)
    raw = review.write()
    book = codebook.load(tmp_path / "config" / "codebook.yaml")
    found = places(cells.read(raw / "charting.xlsx"), book)
    place, sheet = next(pair for pair in found if pair[0].table == "studies")
    assert form_marks.example_rows(sheet, place, book.tables["studies"]) == ([] if data else [2])


def filled(book: Codebook, tables: dict[str, list[list[object]]]) -> bytes:
    """The form with rows typed in below the example rows, each value under its header."""
    workbook = opened(forms.form(book))
    for name, (header, *rows) in tables.items():
        sheet = workbook[name]
        columns = {cell.value: cell.column for cell in sheet[1]}
        for number, row in enumerate(rows, 3):
            for field, value in zip(header, row, strict=True):
                sheet.cell(number, columns[field]).value = value
    packed = io.BytesIO()
    workbook.save(packed)
    return packed.getvalue()


def test_a_filled_form_is_read_as_what_was_typed(tmp_path: Path) -> None:
    """Data typed below the example row come back without an error or a warning, and the example does not."""
    book = of_text(CODEBOOK, tmp_path)
    found = read(filled(book, {**TABLES, "decisions": [["record_id"], ["R1"]]}), tmp_path)
    judgement = judged([found], book, tmp_path)
    assert severe(judgement) == []
    assert judgement.review.tables["studies"]["study_id"].tolist() == ["Ames2001", "Bell2002"]
    assert judgement.review.address("studies", 0, "dose_mg") == "raw/form.xlsx › studies!D3"


def test_the_example_review_fits_into_its_form(repository: Path, tmp_path: Path) -> None:
    """The example's own data, typed into the form of its codebook, are judged as in their own files."""
    raw = [file for file in sorted((repository / "raw").iterdir()) if file.name in ("screening.xlsx", "charting.xlsx")]
    if len(raw) < 2:
        pytest.skip("the example's workbooks are not here")
    book = codebook.load(repository / "config" / "codebook.yaml")
    tables = {}
    for path in raw:
        for sheet in openpyxl.load_workbook(path, data_only=True):
            if sheet.title in book.tables:
                tables[sheet.title] = [list(row) for row in sheet.iter_rows(values_only=True)]
    form = read(filled(book, tables), tmp_path)
    form.sheets = [sheet for sheet in form.sheets if sheet.name != "records"]
    records = cells.read(repository / "raw" / "records.csv", "raw/records.csv")
    judgement = judged([records, form], book, tmp_path)
    assert severe(judgement) == []
    assert {name: len(rows) - 1 for name, rows in tables.items()} == {
        name: len(frame) for name, frame in judgement.review.tables.items() if name != "records"
    }


def offered(workbook: openpyxl.Workbook, sheet: str) -> dict[str, list[str]]:
    """Header → the values of its drop-down, whether they stand in the rule or on the hidden sheet."""
    headers = {cell.column_letter: cell.value for cell in workbook[sheet][1]}
    found = {}
    for rule in workbook[sheet].data_validations.dataValidation:
        if rule.type != "list":
            continue
        letters = next(iter(rule.sqref.ranges)).coord.split(":")[0].rstrip("0123456789")
        if rule.formula1.startswith('"'):
            assert len(rule.formula1) <= 257
            values = rule.formula1[1:-1].split(",")
        else:
            where, area = rule.formula1.split("!")
            assert workbook[where].sheet_state == "hidden"
            values = [cell.value for (cell,) in workbook[where][area.replace("$", "")]]
        found[headers[letters]] = values
    return found


def test_drop_downs_offer_what_the_codebook_allows(book: Codebook) -> None:
    """Each category has the codebook's values in its order, then the codes for a missing value; no other has any."""
    workbook = opened(forms.form(book))
    for table in book.resources:
        wanted = {
            spec.name: [value.value for value in spec.allowed] + table.missing_codes(spec)
            for spec in table.fields
            if spec.what == "category"
        }
        assert offered(workbook, table.name) == wanted


def test_messages_fit_into_what_spreadsheet_programs_hold(book: Codebook) -> None:
    """A message that is too long makes a spreadsheet program call the file damaged."""
    workbook = opened(forms.form(book))
    for table in book.resources:
        rules = workbook[table.name].data_validations.dataValidation
        assert len(rules) == len(table.fields)
        for rule in rules:
            assert len(rule.prompt or "") <= 255
            assert len(rule.promptTitle or "") <= 32
            assert len(rule.error or "") <= 225
            assert len(rule.errorTitle or "") <= 32
            assert len(rule.formula1 or "") <= 257


def test_several_values_and_ranges_are_not_blocked(examples: Codebook) -> None:
    """A cell that may hold several values, a range, a bound or a date has a message and no rule that refuses."""
    sheet = opened(forms.form(examples))["studies"]
    rules = {next(iter(rule.sqref.ranges)).coord[0]: rule for rule in sheet.data_validations.dataValidation}
    letters = {cell.value: cell.column_letter for cell in sheet[1]}
    for name in ("places", "dose_mg", "seen"):
        assert rules[letters[name]].type in (None, "none")
        assert rules[letters[name]].prompt
    assert "home; ward, day; clinic" in rules[letters["places"]].prompt
    assert "with ; between" in rules[letters["places"]].prompt


def test_numbers_are_checked_and_their_codes_let_through(examples: Codebook) -> None:
    """The check of a number knows its bounds, and a code that may stand for a missing value passes."""
    sheet = opened(forms.form(examples))["studies"]
    checks = {
        next(iter(rule.sqref.ranges)).coord: rule
        for rule in sheet.data_validations.dataValidation
        if rule.type == "custom"
    }
    assert checks["C2:C2000"].formula1 == (
        'IF(ISNUMBER(C2),AND(C2=INT(C2),C2>=1,C2<=40),OR(C2="NR",C2="NA",C2="UNCLEAR"))'
    )
    assert checks["I2:I2000"].formula1 == 'IF(ISNUMBER(I2),AND(I2<=9.5),OR(I2="NR",I2="NA",I2="UNCLEAR"))'


def test_what_a_spreadsheet_program_would_change_is_text(examples: Codebook) -> None:
    """All columns but those of numbers are formatted as text, so that 1-12 stays 1-12."""
    sheet = opened(forms.form(examples))["studies"]
    formats = {cell.value: sheet.column_dimensions[cell.column_letter].number_format for cell in sheet[1]}
    assert {name for name, form in formats.items() if form != "@"} == {"year", "n", "weight"}


def test_headers_tell_what_their_column_holds(book: Codebook) -> None:
    """The note on a header has the label, the description, the unit and whether a value is needed."""
    workbook = opened(forms.form(book))
    for table in book.resources:
        for cell, spec in zip(workbook[table.name][1], table.fields, strict=True):
            assert cell.value == spec.name
            for part in (spec.label, spec.description, spec.unit):
                assert part in cell.comment.text
            must = spec.constraints.required or table.primary_key == [spec.name]
            assert ("Required" if must else "Optional") in cell.comment.text
        assert workbook[table.name].freeze_panes in ("A2", "B2")


def test_a_form_tells_its_codebook(examples: Codebook, tmp_path: Path) -> None:
    """Name and version stand in the document's properties and in cells of the notes, and both are read back."""
    path = tmp_path / "form.xlsx"
    forms.write(path, examples)
    assert forms.stamped_version(path) == "2.1.0"
    stamp = form_marks.stamp(cells.read(path))
    assert (stamp.codebook, stamp.version) == ("examples", "2.1.0")
    notes = openpyxl.load_workbook(path)["Notes"]
    assert notes.cell(stamp.row, stamp.column + 1).value == "2.1.0"


def test_other_workbooks_have_no_stamp(tmp_path: Path) -> None:
    """A workbook of the team's own, and a file that is no workbook, were made from no codebook."""
    raw = SmallReview(tmp_path).write()
    for name in ("charting.xlsx", "records.csv", "nowhere.xlsx"):
        assert forms.stamped_version(raw / name) is None
    assert form_marks.stamp(cells.read(raw / "charting.xlsx")) is None


def test_the_same_codebook_gives_the_same_bytes(book: Codebook) -> None:
    """A form can be compared and kept under version control."""
    assert forms.form(book) == forms.form(book)


def test_tables_can_be_chosen(examples: Codebook) -> None:
    """A form may hold some of the tables; one that is not there is told."""
    assert opened(forms.form(examples, ["findings"])).sheetnames == ["Notes", "findings", "Values", "lists"]
    with pytest.raises(ConfigurationError, match="'harms' is not a table of the codebook"):
        forms.form(examples, ["harms"])


def run(*arguments: str) -> int:
    parser = argparse.ArgumentParser()
    forms.add_commands(parser.add_subparsers())
    chosen = parser.parse_args(["template", *arguments])
    return chosen.run(chosen)


def test_the_command_writes_a_form_and_never_over_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A form may hold a week's charting: a file that is there is left alone."""
    SmallReview(tmp_path).write()
    assert run(str(tmp_path), "--tables", "studies, findings") == 0
    assert "small 1.0.0" in capsys.readouterr().out
    path = tmp_path / "charting_form.xlsx"
    before = path.read_bytes()
    with pytest.raises(ConfigurationError, match="is there already"):
        run(str(tmp_path))
    assert path.read_bytes() == before
    assert run(str(tmp_path), "--out", str(tmp_path / "raw" / "other.xlsx")) == 0
    with pytest.raises(ConfigurationError, match=r"ends in \.xlsx"):
        run(str(tmp_path), "--out", "form.csv")
