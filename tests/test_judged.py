"""What the commands judge is what the workflow judges: the same files, and the records of the last run that passed."""

import json

import pytest
from scopeline import cli
from scopeline.commands.judged import judged
from scopeline.errors import ConfigurationError
from small_review import SmallReview


@pytest.fixture
def here(tmp_path, monkeypatch):
    """The folder of the small review, which is the current one."""
    SmallReview(tmp_path).write()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_file_that_is_passed_over_is_told(here):
    """It is a note in the verdict, so counts of notes that are reckoned again agree with validation/summary.json."""
    (here / "raw" / "minutes.docx").write_bytes(b"PK")
    assert cli.main(["validate", str(here), "--quiet"]) == 0
    published = json.loads((here / "results" / "validation" / "summary.json").read_text(encoding="utf-8"))
    today = judged().verdict
    assert [item.file for item in today.issues if item.rule == "file_passed_over"] == ["raw/minutes.docx"]
    assert {name: published[name] for name in today.counts} == today.counts


def test_a_record_that_vanished_is_told(here):
    """The records of the last run that passed are those of its box of records identified."""
    last = here / "results" / "prisma" / "boxes" / "identified.csv"
    last.parent.mkdir(parents=True)
    last.write_text("record_id\nR1\nR2\nR3\nR4\nR9\n", encoding="utf-8")
    today = judged()
    assert today.last == ["R1", "R2", "R3", "R4", "R9"]
    assert [item.value for item in today.verdict.issues if item.rule == "record_vanished"] == ["R9"]


def test_a_mapping_that_does_not_fit_is_told_at_its_line(here):
    """The sentence names config/config.yaml, as it does in the workflow."""
    config = here / "config" / "config.yaml"
    mapping = "{table: records, fields: {title: {column: No such column}}}"
    sources = f"sources:\n  records.csv:\n    tables:\n      - {mapping}\n"
    config.write_text(config.read_text(encoding="utf-8") + sources, encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r"config/config\.yaml"):
        judged()
