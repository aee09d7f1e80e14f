"""One run at a time, and no lock outlives its process."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from scopeline import lock

HOLD = """
import sys
from scopeline import lock
assert lock.hold()
if "begin" in sys.argv:
    lock.begin()
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def another(tmp_path, monkeypatch):
    """Start another process that holds the lock of the folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(lock, "_held", {})
    started = []

    def start(*words):
        package = str(Path(lock.__file__).parents[1])
        process = subprocess.Popen(
            [sys.executable, "-c", HOLD, *words],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": package},
        )
        started.append(process)
        assert process.stdout.readline() == "held\n"
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()
    for file in lock._held.values():
        file.close()


def test_a_working_process_is_named(another):
    """The refusal tells who is working since when, and comes at once."""
    process = another("begin")
    assert not lock.hold()
    with pytest.raises(lock.AnotherRunError, match=rf"\(process {process.pid}, started \d\d:\d\d\)"):
        lock.begin()


def test_a_killed_process_leaves_no_lock(another):
    """The operating system takes the lock back."""
    process = another("begin")
    process.kill()
    process.wait()
    assert lock.hold()
    assert lock.hold()
    lock.begin()


def test_a_process_that_only_looks_is_waited_for(another, monkeypatch):
    """A dry run in another window does not get a run refused; it is not waited for without end either."""
    monkeypatch.setattr(lock, "PATIENCE_S", 0.2)
    process = another()
    assert not lock.hold()
    process.stdin.close()
    process.wait()
    assert lock.hold()


def test_a_folder_that_cannot_be_written_to_is_not_refused(tmp_path, monkeypatch):
    """Better unguarded than refused."""
    (tmp_path / ".snakemake").write_text("a file where a folder should be", encoding="utf-8")
    assert lock.hold(tmp_path)
    lock.begin(tmp_path)
