"""`scopeline trace`: a number of the results leads back to the cells, reckoned again from the spreadsheets."""

import json

import pandas as pd
import pytest
from scopeline import agreement, cli, codebook, evidence, flow, lineage, settings
from scopeline.report import sentences
from scopeline.report.words import Markdown
from small_review import SmallReview


@pytest.fixture
def made(tmp_path):
    """The small review with the results that trace reads: tokens, tables, flow."""
    small = SmallReview(tmp_path)
    found = small.judge()
    book = codebook.load(tmp_path / "config" / "codebook.yaml")
    config = settings.load(tmp_path / "config" / "config.yaml", book)
    review = found.review
    counted = flow.count(review.table("records"), found.screening, review.table("reports"))
    numbers = flow.as_json(counted)
    told = evidence.synthesised(review, book, config)
    tables = {
        **lineage.flow_tables(numbers, {name: box.members for name, box in counted.boxes.items()}, counted.reasons),
        lineage.MAP: told["tally"],
        lineage.DIRECTIONS: told["folded"],
        lineage.AGREEMENT: agreement.full_panel(review.table("votes")),
    }
    pen = Markdown()
    sentences.of_flow(numbers, pen)
    sentences.of_evidence(told["tally"], ("condition", "outcome_domain"), {}, pen)
    cells = lineage.Cells(review, config, told["folded"])
    results = tmp_path / "results"
    (results / "tables").mkdir(parents=True)
    (results / "prisma").mkdir()
    (results / "summary.tokens.json").write_text(
        json.dumps(lineage.as_json(pen.tokens.values(), tables, cells)), encoding="utf-8"
    )
    (results / "prisma" / "flow.json").write_text(json.dumps(numbers), encoding="utf-8")
    (results / "prisma" / "flow.csv").write_text("data,n\n", encoding="utf-8")
    told["tally"].to_csv(results / lineage.MAP, index=False)
    told["folded"].to_csv(results / lineage.DIRECTIONS, index=False)
    return small


def trace(capsys, folder, *given):
    status = cli.main(["trace", *given, "--review", str(folder)])
    said = capsys.readouterr()
    return status, said.out, said.err


def registered():
    return any(command.name == "trace" for command in cli.COMMANDS)


pytestmark = pytest.mark.skipif(not registered(), reason="the command is not registered yet")


def test_a_token_leads_to_its_cells(made, tmp_path, capsys):
    """The duplicates are one record, and its cell is the one that says of what it is a duplicate."""
    status, said, problem = trace(capsys, tmp_path, "flow.duplicates")
    assert (status, problem) == (0, "")
    lines = [" ".join(line.split()) for line in said.splitlines()]
    assert lines[0] == "flow.duplicates: 1"
    assert "Table results/prisma/flow.json (boxes): column n, row box duplicates" in lines
    assert "Reckoned again from raw/: the same" in lines
    assert "R3 raw/records.csv › E4" in lines


def test_a_place_in_a_table_leads_to_its_cells(made, tmp_path, capsys):
    """FILE:ROW:COLUMN counts rows as a spreadsheet does; a direction leads to the cell of its finding."""
    table = pd.read_csv(tmp_path / "results" / lineage.MAP)
    row = int(table.index[table["outcome_domain"] == "pain"][0]) + 2
    status, said, _ = trace(capsys, tmp_path, f"results/{lineage.MAP}:{row}:benefit")
    assert status == 0
    assert "raw/charting.xlsx › findings!E2" in said
    status, said, _ = trace(capsys, tmp_path, f"{lineage.DIRECTIONS}:2:direction", "prisma/flow.csv:dbr_assessed:n")
    assert status == 0
    assert "raw/charting.xlsx › findings!E2" in said
    assert "raw/screening.xlsx › reports!A2" in said


def test_spreadsheets_that_changed_are_noticed(made, tmp_path, capsys):
    """A number that the spreadsheets do not give any more is told, with what they give, and the status is 1."""
    made.put("records", "E4", "")
    made.tables["votes"] += [
        ["R3", stage, who, "exclude", "wrong people"] for stage in ("title_abstract",) for who in "AB"
    ]
    made.write()
    status, said, _ = trace(capsys, tmp_path, "flow.duplicates")
    assert status == 1
    assert "again from raw/: 0." in said


def test_what_is_not_there_gets_a_sentence(made, tmp_path, capsys):
    """A slip gets the nearest tokens; a file, row or column that is not there is named."""
    status, said, problem = trace(
        capsys,
        tmp_path,
        "flow.duplicate",
        "tables/none.csv:2:n",
        f"{lineage.MAP}:99:benefit",
        f"{lineage.MAP}:2:nothing",
    )
    assert (status, said) == (1, "")
    for part in (
        "Did you mean flow.duplicates",
        "no results/tables/none.csv",
        "has no row 99",
        "has no column nothing",
    ):
        assert part in problem


def test_another_program_gets_json(made, tmp_path, capsys):
    """All members and cells, whatever a person is shown."""
    _, said, _ = trace(capsys, tmp_path, "flow.screened", "--format", "json")
    (number,) = json.loads(said)["numbers"]
    assert number["ids"] == ["R1", "R2", "R4"] and number["agrees"] is True
    assert [each["cell"] for each in number["cells"]] == [
        "raw/records.csv › A2",
        "raw/records.csv › A3",
        "raw/records.csv › A5",
    ]


def test_without_results_it_says_what_makes_them(tmp_path, capsys):
    """Before the first run there is no token."""
    SmallReview(tmp_path).write()
    status, _, problem = trace(capsys, tmp_path, "flow.screened")
    assert status == 1
    assert "snakemake --cores 4" in problem
