"""What stands in raw/ and what is typed at the prompt may be anything; the answer is plain."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

NASTY = [
    "with blank.csv",
    " leading blank.csv",
    "Übersicht (neu) – Kopie.csv",
    'it\'s "quoted".csv',
    "{source}.{digest}.csv",
    "{}.csv",
    "<records>.csv",
    "#1 50% $HOME `x` & ;.csv",
    "-rf.csv",
    "several.dots.v1.2.csv",
    "records.tsv",
    "Records.csv",
    "deeper/records.csv",
    "deeper {x}/even deeper/Records (1).CSV",
    "表.csv",
    "x" * 200 + ".csv",
]
PASSED_OVER = ["~$charting.xlsx", ".DS_Store", ".~lock.charting.ods#", "protocol.docx", "new\nline.csv", "no suffix"]


def last_line(said):
    return said.err.splitlines()[-1]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows does not allow these names")
def test_raw_files_may_have_any_name(checkout):
    """Each file is read once under a name of its own; what is not ours is left alone."""
    for name in [*NASTY, *PASSED_OVER]:
        checkout.write(f"raw/{name}", f"{name}\n")
    Path(os.fsdecode(os.fsencode(checkout.folder) + b"/raw/\xff.csv")).write_text("x", encoding="utf-8")
    os.mkfifo(checkout.folder / "raw/pipe.csv")
    (checkout.folder / "raw/broken.csv").symlink_to("nowhere.csv")
    (checkout.folder / "raw/round").symlink_to(".")
    said = checkout.run()
    assert said.status == 0, said.err
    for name in NASTY:
        assert f"read raw/{name}\n" in said.err
    for name in PASSED_OVER:
        assert f"read raw/{name}" not in said.err
    assert len(list((checkout.folder / "results/interim/cells").iterdir())) == len(NASTY) + 3
    assert "Nothing has changed" in checkout.run().err


@pytest.mark.parametrize("folder", ["empty", pytest.param("missing", marks=pytest.mark.resilience)])
def test_a_review_without_raw_files_runs(checkout, folder):
    """The check has to say that raw/ is empty; Snakemake has no objection."""
    for path in (checkout.folder / "raw").iterdir():
        path.unlink()
    if folder == "missing":
        (checkout.folder / "raw").rmdir()
    said = checkout.run()
    assert said.status == 0, said.err


def test_a_dry_run_tells_jobs_and_reasons_and_changes_nothing(checkout):
    """`snakemake -n` is as useful as ever."""
    checkout.write("raw/records.csv", "records,5\n")
    before = checkout.results()
    said = checkout.run("-n")
    assert said.status == 0
    told = said.out + said.err
    assert "rule ingest" in told
    assert "reason: " in told
    assert checkout.results() == before


def test_a_wrong_target_is_told_in_one_line(checkout):
    """What Snakemake says of the call is passed on without the paths of our code."""
    said = checkout.run("results/nonsense.csv")
    assert said.status == 1
    assert said.err.startswith("No rule to produce results/nonsense.csv")
    assert "File " not in said.err


def test_quiet_is_quiet(checkout):
    """`--quiet` leaves errors only."""
    checkout.write("raw/records.csv", "records,6\n")
    assert checkout.run("--quiet").err == ""
    checkout.write("raw/records.csv", "FAULT\n")
    assert checkout.run("--quiet", "all").err == "The spreadsheets have errors in 1 of the files.\n"


def test_the_workflow_passes_snakemakes_own_judgement(checkout):
    """`snakemake --lint` has nothing to say."""
    said = checkout.run("--lint")
    assert said.status == 0
    assert "Lints for" not in said.err + said.out


def test_the_workflow_is_formatted(repository):
    """`snakefmt --check` has nothing to change."""
    pytest.importorskip("snakefmt")
    files = [repository / "Snakefile", *sorted((repository / "workflow").rglob("*.smk"))]
    command = [sys.executable, "-m", "snakefmt", "--check", *map(str, files), str(repository / "workflow/Snakefile")]
    done = subprocess.run(command, capture_output=True, text=True, cwd=repository, check=False)
    assert done.returncode == 0, done.stderr


def test_the_stand_in_steps_have_the_signatures_of_the_real_ones():
    """What these tests prove of the rules holds for the real steps too."""
    import importlib.util
    import inspect

    from scopeline import steps

    spec = importlib.util.spec_from_file_location("stand_in_steps", Path(__file__).with_name("stand_in_steps.py"))
    stand_in = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(stand_in)
    for name, function in inspect.getmembers(stand_in, inspect.isfunction):
        if not name.startswith("_"):
            assert list(inspect.signature(function).parameters) == list(
                inspect.signature(getattr(steps, name)).parameters
            ), name
