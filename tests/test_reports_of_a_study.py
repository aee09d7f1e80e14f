"""Reports of one study that have rows of their own: what contradicts is told, and every table and figure agrees."""

import pytest
from scopeline import codebook, evidence, settings
from scopeline.figures import evidence_figures
from small_review import SmallReview, told

DIFFERS = "reports_differ"


@pytest.fixture
def small(tmp_path):
    """The small review; Ames2001 has two reports, each with its own row of charting: 30 people and 12."""
    review = SmallReview(tmp_path)
    review.codebook = review.codebook.replace(
        "      primaryKey: [study_id]\n      fields:\n        - {name: study_id, constraints: {required: true}}\n",
        "      primaryKey: [study_id, report_id]\n      fields:\n"
        "        - {name: study_id, constraints: {required: true}}\n        - {name: report_id}\n",
    ).replace("        - {name: retrieved,", "        - {name: companion_of}\n        - {name: retrieved,")
    rows = review.tables["studies"]
    for row, report in zip(rows, ["report_id", "P1", "P2"], strict=True):
        row.append(report)
    rows.append(["Ames2001", "low back pain", 12, "3-4.5", "NR", "2001-05", "yes", "P3"])
    for row, main in zip(review.tables["reports"], ["companion_of", None, None], strict=True):
        row.append(main)
    review.tables["reports"].append(["P3", "R1", "Ames2001", "yes", None])
    return review


def test_what_the_reports_do_not_decide_counts_nowhere_and_is_told(small):
    """Without a main report neither number counts: both cells say so, and the table says that they differ."""
    judgement = small.judge()
    assert told(judgement) == [
        ("raw/charting.xlsx › studies!C2", DIFFERS),
        ("raw/charting.xlsx › studies!C4", DIFFERS),
    ]
    message = next(item.message for item in judgement.issues if item.rule == DIFFERS)
    assert "30 and 12" in message
    assert "None of them counts." in message
    table = evidence.charted(judgement.review, *chosen(small))["studies"]
    assert table.set_index("Study").loc["Ames2001", "N"] == "charted differently"


def test_the_main_report_counts_and_the_other_is_a_note(small):
    """The number of the report that is no companion counts; the companion's cell has a note."""
    small.put("reports", "E4", "P1")
    judgement = small.judge()
    assert told(judgement) == []
    assert ("raw/charting.xlsx › studies!C4", DIFFERS) in told(judgement, notes=True)
    table = evidence.charted(judgement.review, *chosen(small))["studies"].set_index("Study")
    assert table.loc["Ames2001", "N"] == 30


def test_a_doubled_key_is_no_second_report(small):
    """Where the study itself is the key, a second row of it is a doubled key and nothing else is said of it."""
    small.codebook = small.codebook.replace("primaryKey: [study_id, report_id]", "primaryKey: [study_id]")
    assert told(small.judge()) == [("raw/charting.xlsx › studies!A4", "key_twice")]


def test_figures_show_the_study_as_the_tables_do(small):
    """The dose of the main report is drawn, not that of the companion beside it."""
    small.put("reports", "E4", "P1")
    small.put("studies", "D4", "1-2")
    judgement = small.judge()
    book, how = chosen(small)
    drawn = evidence_figures.draw(
        judgement.review,
        book,
        how,
        synthesised=evidence.synthesised(judgement.review, book, how),
        harmed=evidence.harmed(judgement.review, book, how),
    )
    shown = [row for page in drawn["ranges"].pages for row in page.data.itertuples() if row.study_id == "Ames2001"]
    assert {(row.low, row.high) for row in shown} == {(3.0, 4.5)}


def chosen(small):
    """Codebook and settings of the review that was written."""
    book = codebook.load(small.folder / "config" / "codebook.yaml")
    return book, settings.load(small.folder / "config" / "config.yaml", book)
