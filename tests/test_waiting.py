"""What waits for people when a run has ended."""

import json
from pathlib import Path

import pandas as pd
from scopeline import cli, codebook
from scopeline.commands.waiting import waiting
from scopeline.tables import screening_conflicts
from scopeline.terms import Stage
from small_review import SmallReview


def published(folder: Path, *, pending: int = 0) -> Path:
    """A review whose results say that nothing waits but the records that are pending."""
    review = SmallReview(folder)
    review.write()
    put(folder, "results/prisma/flow.json", json.dumps({"pending": pending}))
    put(folder, "results/validation/duplicates_to_review.csv", "record_id,other_id,score\n")
    put(folder, "results/validation/charting_conflicts.csv", "table,key,field,settled\n")
    for stage in Stage:
        conflicts(review, stage, votes_differ=0)
    return folder


def put(folder: Path, name: str, content: str) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content, encoding="utf-8")


def conflicts(review: SmallReview, stage: Stage, votes_differ: int) -> None:
    """The list of conflicts of a stage, with one line more that only lacks a vote and one that was settled."""
    standing = ["conflict"] * votes_differ + ["1 of 2 votes", "settled"]
    lines = [
        {"record_id": f"R{place}", "stage": str(stage), "standing": said, "title": "conflict"}
        for place, said in enumerate(standing)
    ]
    columns = ["record_id", "stage", "standing", "title", *screening_conflicts.TO_FILL_IN]
    frame = pd.DataFrame(lines, columns=columns, dtype="str").fillna("")
    path = review.folder / "results" / "screening" / screening_conflicts.FILES[stage]
    screening_conflicts.write(path, frame, codebook.load(review.folder / "config" / "codebook.yaml"), stage)


def test_a_finished_review_says_nothing(tmp_path):
    """Nothing waits: no line, so that a line is always work."""
    assert waiting(published(tmp_path)) == []


def test_each_kind_of_work_is_told_once_with_its_file(tmp_path):
    """Pairs to judge, conflicts of votes by stage, values charted differently, and what the flow waits for."""
    folder = published(tmp_path, pending=1204)
    pairs = "record_id,other_id,score\nR1,R2,0.9\nR3,R4,0.8\n"
    put(folder, "results/validation/duplicates_to_review.csv", pairs)
    charted = "table,key,field,settled\nstudies,S1,n,no\nstudies,S1,n,no\nstudies,S2,n,yes\n"
    put(folder, "results/validation/charting_conflicts.csv", charted)
    conflicts(SmallReview(folder), Stage.TITLE_ABSTRACT, votes_differ=2)
    conflicts(SmallReview(folder), Stage.FULL_TEXT, votes_differ=1)
    assert waiting(folder) == [
        ("2 pairs of records look like duplicates: judge them in", "results/validation/duplicates_to_review.xlsx"),
        ("2 conflicts on title and abstract: settle them in", "results/screening/conflicts_title_abstract.xlsx"),
        ("1 conflict on full text: settle it in", "results/screening/conflicts_full_text.xlsx"),
        ("1 value charted differently: settle it in", "results/validation/conflicts_to_settle.xlsx"),
        ("1,204 records are pending and listed in", "results/report.html"),
    ]


def test_a_title_nobody_changed_is_told(tmp_path):
    """What `scopeline init` wrote is no title of a review."""
    assert cli.main(["init", str(tmp_path / "new")]) == 0
    ((said, file),) = waiting(tmp_path / "new")
    assert (said, file) == ("The review is still called TITLE OF THE REVIEW in", "config/config.yaml")


def test_files_that_are_missing_or_odd_are_passed_over(tmp_path):
    """The end of a run never fails for want of something to say."""
    assert waiting(tmp_path) == []
    for name in ("prisma/flow.json", "validation/duplicates_to_review.csv", "validation/charting_conflicts.csv"):
        put(tmp_path, f"results/{name}", "\0 made by a stand-in")
    put(tmp_path, "results/screening/conflicts_full_text.xlsx", "no workbook")
    put(tmp_path, "config/config.yaml", "review: [")
    assert waiting(tmp_path) == []
