"""A run that stops, however it stops, leaves the last good results and is gone on with by the same command."""

import random
import signal
import sys
import time

import pytest

REFUSED = "The spreadsheets have errors in 1 of the files.\n"
windows = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")


def wait_for(path, process, seconds=20.0):
    until = time.monotonic() + seconds
    while not path.exists():
        assert process.poll() is None, process.stderr.read()
        assert time.monotonic() < until
        time.sleep(0.02)


def finish(checkout):
    """Let slow steps pass and run to the end."""
    checkout.write("go", "")
    said = checkout.run()
    assert said.status == 0, said.err
    return said


@pytest.fixture(scope="module")
def undisturbed(finished, tmp_path_factory):
    """The results of the slow review when nothing stops its run."""
    checkout = finished.copy(tmp_path_factory.mktemp("undisturbed") / "checkout")
    checkout.write("raw/records.csv", "SLOW\n")
    finish(checkout)
    return checkout.results()


def test_errors_in_the_spreadsheets_stop_each_run_until_they_are_mended(checkout):
    """The published results stay, marked as stale; the findings are fresh; mending brings all back."""
    good = checkout.results()
    published = checkout.published()
    checkout.write("raw/records.csv", "FAULT\n")
    for _ in range(2):
        said = checkout.run()
        assert said.status == 1
        assert said.err.endswith(REFUSED)
        assert checkout.published() == published
        assert (checkout.folder / "results/STALE.md").is_file()
        assert "raw/records.csv" in (checkout.folder / "results/validation/issues.csv").read_text(encoding="utf-8")
    checkout.write("raw/records.csv", "records,1\n")
    assert checkout.run().status == 0
    assert not (checkout.folder / "results/STALE.md").exists()
    assert checkout.results() == good


def test_a_first_run_that_fails_leaves_no_note_of_stale_results(checkout):
    """Where nothing was published there is nothing to be stale."""
    review = checkout.folder / "review"
    checkout.write("review/raw/a.csv", "FAULT\n")
    checkout.write("review/config/config.yaml", "")
    assert checkout.run("--directory", "review").status == 1
    assert not (review / "results/STALE.md").exists()
    assert not (review / "results/report.html").exists()


def test_a_fault_of_the_program_is_told_without_a_traceback(checkout):
    """The user learns whose fault it is and what to send; the whole story stands in that file."""
    published = checkout.published()
    steps = checkout.folder / "workflow/scopeline/steps.py"
    right = steps.read_text(encoding="utf-8")
    wrong = right.replace("for path in (harms, summary, silence, frames):", "for path in (harms, 1 / 0, silence):")
    assert wrong != right
    steps.write_text(wrong, encoding="utf-8")
    said = checkout.run()
    assert said.status == 1
    assert "Traceback" not in said.err
    assert ".py" not in said.err
    assert said.err.endswith(
        "scopeline itself failed at the step 'gathering the harms'; this is a fault of the program, not of your "
        "spreadsheets. Please report it with the file results/interim/logs/harms.log.\n"
    )
    story = (checkout.folder / "results/interim/logs/harms.log").read_text(encoding="utf-8")
    assert "ZeroDivisionError" in story
    assert checkout.published() == published
    steps.write_text(right, encoding="utf-8")
    finish(checkout)
    assert checkout.published() == published


def test_a_failing_publication_puts_everything_back(checkout):
    """Half of a publication is never seen: Snakemake restores each published file."""
    published = checkout.published()
    steps = checkout.folder / "workflow/scopeline/steps.py"
    failing = "_publish = publish\ndef publish(**files):\n    _publish(**files)\n    raise KeyError('late')\n"
    steps.write_text(f"{steps.read_text(encoding='utf-8')}\n{failing}", encoding="utf-8")
    checkout.write("raw/records.csv", "records,9\n")
    assert checkout.run().status == 1
    assert checkout.published() == published


def test_a_second_run_at_the_same_time_is_refused(checkout):
    """It names the process that is working; the first run is not disturbed."""
    checkout.write("raw/records.csv", "SLOW\n")
    first = checkout.start()
    wait_for(checkout.folder / "waiting", first)
    said = checkout.run()
    assert said.status == 1
    assert said.err.startswith(f"Another run of scopeline is working in this folder (process {first.pid}, started ")
    assert said.err.endswith("Wait until it has finished, then start again.\n")
    assert checkout.run("--dry-run").status == 0
    checkout.write("go", "")
    err = checkout.stop(first)
    assert first.returncode == 0, err
    assert "Nothing has changed" in checkout.run().err


def test_a_raw_file_saved_while_it_is_read_is_refused(checkout):
    """New contents are never kept under the digest of the old ones: putting the old file back gives the old results."""
    checkout.write("raw/records.csv", "SAVED MEANWHILE")
    said = checkout.run()
    assert said.status == 1
    assert said.err.endswith("raw/records.csv was changed while it was being read. Save it, close it, and run again.\n")
    assert checkout.run().status == 0


@windows
@pytest.mark.parametrize(
    "sign",
    [
        pytest.param("SIGKILL"),
        pytest.param("SIGINT", marks=pytest.mark.resilience),
        pytest.param("SIGTERM", marks=pytest.mark.resilience),
    ],
)
def test_a_run_that_was_stopped_is_gone_on_with(checkout, undisturbed, sign):
    """Killed in mid-step, the results are those of before; the same command then ends as if undisturbed."""
    published = checkout.published()
    checkout.write("raw/records.csv", "SLOW\n")
    first = checkout.start()
    wait_for(checkout.folder / "waiting", first)
    first.send_signal(getattr(signal, sign))
    time.sleep(0.3)
    assert checkout.published() == published
    if sign != "SIGKILL":
        checkout.write("go", "")
    err = checkout.stop(first)
    assert first.returncode != 0
    assert "Traceback" not in err
    finish(checkout)
    assert checkout.results() == undisturbed


def test_copies_that_a_killed_run_left_are_in_nobodys_way(checkout):
    """A run killed while it replaced a folder leaves Snakemake's copy of it; the next one does not stop at it."""
    checkout.write(".snakemake/backups/results/figures/evidence/old.svg", "half a figure")
    checkout.write("raw/records.csv", "records,anew\n")
    said = checkout.run()
    assert said.status == 0, said.err
    assert not (checkout.folder / "results/figures/evidence/old.svg").exists()


@windows
@pytest.mark.resilience
@pytest.mark.parametrize("seed", range(12))
def test_a_run_killed_at_a_random_moment_ends_the_same(checkout, seed):
    """Whenever it is killed, three times in a row, a plain call ends with the bytes of an undisturbed run."""
    chance = random.Random(seed)  # noqa: S311 - moments, not secrets
    checkout.write("raw/records.csv", f"records,{seed}\n")
    for _ in range(3):
        process = checkout.start()
        time.sleep(chance.uniform(0.4, 1.2))
        process.kill()
        process.communicate()
    said = checkout.run()
    assert said.status == 0, said.err
    killed = checkout.results()
    checkout.write("raw/records.csv", "records,undisturbed\n")
    checkout.run()
    checkout.write("raw/records.csv", f"records,{seed}\n")
    checkout.run()
    assert checkout.results() == killed
    assert not list((checkout.folder / "results").rglob("*.part"))
    assert not (checkout.folder / "results/kept").exists()
