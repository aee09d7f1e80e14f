"""A seal is true as long as each file is as its step left it."""

import json
import os
import sys

import pytest
from scopeline import seals


@pytest.fixture
def step(tmp_path, monkeypatch):
    """A folder with two outputs of one step and their seal."""
    monkeypatch.chdir(tmp_path)
    for name in ("a.csv", "b.csv"):
        (tmp_path / name).write_text(name, encoding="utf-8")
    seals.seal(["a.csv", "b.csv", "seals/step.json"], "state")
    return tmp_path


def untrue(state="state"):
    return seals.remove_untrue("seals", state)


def test_an_untouched_step_stays_sealed(step):
    """Asking costs nothing and changes nothing."""
    before = (step / "seals/step.json").read_bytes()
    assert untrue() == []
    assert (step / "seals/step.json").read_bytes() == before


def test_a_touched_file_is_compared_by_its_bytes_once(step):
    """A new date with the old bytes is no change; the new date is noted without making the seal look newer."""
    os.utime(step / "a.csv", ns=(1, 1))
    date = (step / "seals/step.json").stat().st_mtime_ns
    assert untrue() == []
    assert json.loads((step / "seals/step.json").read_bytes())["files"]["a.csv"][1] == 1
    assert (step / "seals/step.json").stat().st_mtime_ns == date


@pytest.mark.parametrize("text", ["longer than before", "A.csv", ""])
def test_an_altered_file_breaks_the_seal(step, text):
    """Whether its size changed or not."""
    (step / "a.csv").write_text(text, encoding="utf-8")
    assert untrue() == ["seals/step.json"]
    assert not (step / "seals/step.json").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows keeps no time of an inode's last change")
def test_an_edit_that_keeps_size_and_date_breaks_the_seal(step):
    """The time of the inode's last change gives away an edit whose author put the old date back."""
    status = (step / "a.csv").stat()
    (step / "a.csv").write_text("A.csv", encoding="utf-8")
    os.utime(step / "a.csv", ns=(status.st_atime_ns, status.st_mtime_ns))
    assert untrue() == ["seals/step.json"]


def test_a_missing_file_breaks_the_seal(step):
    """An intermediate file too."""
    (step / "b.csv").unlink()
    assert untrue() == ["seals/step.json"]


def test_another_state_breaks_the_seal_unless_it_holds_in_any(step):
    """What a step was given is part of its seal."""
    seals.seal(["a.csv", "seals/any.json"])
    assert untrue("other") == ["seals/step.json"]
    assert (step / "seals/any.json").is_file()


@pytest.mark.parametrize(
    "content", ["", "{", "[]", "{}", '{"state": "state"}', '{"state": "state", "files": [1]}', "\0"]
)
def test_a_seal_that_cannot_be_read_is_not_true(step, content):
    """Half a seal, or something else under its name, makes the step run again; it stops nothing."""
    (step / "seals/step.json").write_text(content, encoding="utf-8")
    assert untrue() == ["seals/step.json"]


def test_a_failing_step_is_not_sealed_and_tells_its_story(step):
    """The log holds the traceback that the user is not shown."""

    def fails(*, path):
        raise ValueError(path)

    with pytest.raises(ValueError, match="here"):
        seals.sealed("state", fails, ["a.csv", "seals/fails.json"], ["logs/fails.log"], path="here")
    assert not (step / "seals/fails.json").exists()
    assert "ValueError: here" in (step / "logs/fails.log").read_text(encoding="utf-8")


def test_keep_only_removes_what_earlier_inputs_left_behind(step):
    """Folders inside are not touched."""
    seals.keep_only("nowhere", [])
    seals.keep_only(".", ["a.csv"])
    assert sorted(path.name for path in step.iterdir()) == ["a.csv", "seals"]
