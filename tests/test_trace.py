"""`scopeline trace`: a number of the results leads back to the cells, reckoned again from the spreadsheets."""

import json

import pandas as pd
import pytest
from scopeline import agreement, cli, codebook, evidence, flow, flow_data, lineage, settings
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
    numbers = flow_data.as_json(counted)
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
    flow_data.as_template(counted).to_csv(results / "prisma" / "flow.csv", index=False)
    evidence.charted(review, book, config)["studies"].to_csv(results / lineage.STUDIES, index=False)
    (results / "tables" / "agreement_by_hand.csv").write_text("study_id,n\nS1,3\n", encoding="utf-8")
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
    flow_csv = pd.read_csv(tmp_path / "results" / "prisma" / "flow.csv", keep_default_na=False)
    row = int(flow_csv.index[flow_csv["data"] == "duplicates"][0]) + 2
    assert f"Table results/prisma/flow.csv, row {row}, column n" in lines
    assert "Reckoned again from raw/: the same" in lines
    assert "Cells 1, each with what stands in it" in lines
    assert "R3 raw/records.csv › E4 R1" in lines
    assert trace(capsys, tmp_path, f"prisma/flow.csv:{row}:n")[1] == said


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


def test_a_row_of_any_table_leads_to_its_cells(made, tmp_path, capsys):
    """A table without known keys is told by its first columns; its number is reckoned again and its cell found."""
    table = pd.read_csv(tmp_path / "results" / lineage.STUDIES, dtype="string")
    status, said, problem = trace(capsys, tmp_path, f"{lineage.STUDIES}:2:{table.columns[1]}", "--format", "json")
    (number,) = json.loads(said)["numbers"]
    assert (status, problem) == (0, "")
    assert number["key"] == {table.columns[0]: table.iloc[0, 0]}
    assert number["reckoned"] is True and number["in_spreadsheets"] is not None
    assert number["published"]["rows"] == [2]
    assert [each["id"] for each in number["cells"]] == [table.iloc[0, 0]]


def test_a_further_table_leads_to_the_findings(made, tmp_path, capsys):
    """A row of sensitivity analyses, where a cell of the map is counted again, leads to the findings of its studies."""
    book = codebook.load(tmp_path / "config" / "codebook.yaml")
    config = settings.load(tmp_path / "config" / "config.yaml", book)
    frame = evidence.synthesised(made.judge().review, book, config)["sensitivity"]
    folder = tmp_path / "results" / "tables" / "further"
    folder.mkdir()
    frame.to_csv(folder / "sensitivity.csv", index=False)
    place = int(frame.reset_index(drop=True).query("n_studies > 0").index[0]) + 2
    status, said, _ = trace(capsys, tmp_path, f"tables/further/sensitivity.csv:{place}:n_studies", "--format", "json")
    (number,) = json.loads(said)["numbers"]
    assert (status, number["reckoned"], number["published"]["rows"]) == (0, True, [place])
    assert number["cells"] and all("findings!" in each["cell"] for each in number["cells"])


def test_what_is_not_reckoned_again_is_not_said_to_be_the_same(made, tmp_path, capsys):
    """A table that the spreadsheets do not make again here gets no word that it holds."""
    _, said, _ = trace(capsys, tmp_path, "tables/agreement_by_hand.csv:2:n")
    assert "not again" in said and "the same" not in said


def test_a_bare_number_or_file_gets_help(made, tmp_path, capsys):
    """A number without its token gets the tokens that say it; a file without a row how to name one."""
    status, said, problem = trace(capsys, tmp_path, "3", lineage.MAP)
    assert (status, said) == (1, "")
    assert "3 is what" in problem and "flow.screened" in problem
    assert f"such as {lineage.MAP}:2:n_studies" in problem


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


@pytest.mark.parametrize("spoilt", ["", "{", "[]", '{"tokens": {"flow.sought": 3}}'])
def test_tokens_that_were_spoilt_get_a_sentence(made, tmp_path, capsys, spoilt):
    """A file that somebody edited is named, with what to do; nothing breaks."""
    (tmp_path / "results" / "summary.tokens.json").write_text(spoilt, encoding="utf-8")
    status, said, problem = trace(capsys, tmp_path, "flow.sought")
    assert (status, said) == (1, "")
    assert "summary.tokens.json" in problem and "snakemake --cores 4" in problem


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
