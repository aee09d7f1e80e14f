"""Speed and memory as ratios measured in one run: `python benchmarks/run.py [W1 W2 …]`.

Each benchmark pairs the pipeline with its yardstick, in turn, and takes the median of the ratios pair by pair, so that
a machine whose speed drifts does not decide. Exit status 1 where a bound is not kept.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psutil
import synthetic

ROOT = Path(__file__).resolve().parent.parent
HERE = Path(__file__).resolve().parent
PROFILE = ROOT / "profiles" / "default"
SNAKEMAKE = [sys.executable, "-m", "snakemake"]
#: Modules stay compiled from one call to the next, as they do for a user; the first call of a benchmark compiles them.
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


@dataclass(frozen=True)
class Run:
    """One run of a command: wall seconds, the highest memory of it and its children together (MB), its output."""

    seconds: float
    peak: float
    out: str


def run(command: list[str], folder: Path, fails: bool = False) -> Run:
    """Run a command to its end; one that fails against expectation ends the benchmark."""
    started = time.perf_counter()
    process = subprocess.Popen(
        command, cwd=folder, env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    peak, done = [0.0], threading.Event()
    watcher = threading.Thread(target=_watch, args=(process.pid, peak, done))
    watcher.start()
    out, _ = process.communicate()
    seconds = time.perf_counter() - started
    done.set()
    watcher.join()
    if bool(process.returncode) != fails:
        sys.exit(f"{' '.join(command)} ended with {process.returncode}:\n{out}")
    return Run(seconds, peak[0], out)


def _watch(pid: int, peak: list[float], done: threading.Event) -> None:
    """Note the highest resident memory of a process and its children together."""
    while not done.wait(0.2):
        try:
            root = psutil.Process(pid)
            together = sum(process.memory_info().rss for process in (root, *root.children(recursive=True)))
        except psutil.Error:
            continue
        peak[0] = max(peak[0], together / 1e6)


def pairs(
    ours: Callable[[], Run], theirs: Callable[[], Run], n: int, uncounted: int = 1
) -> tuple[float, list[Run], list[Run]]:
    """Run both in turn `n` times after `uncounted` turns; the median of the ratios ours / theirs."""
    for _ in range(uncounted):
        ours(), theirs()
    both = [(ours(), theirs()) for _ in range(n)]
    return statistics.median(a.seconds / b.seconds for a, b in both), [a for a, _ in both], [b for _, b in both]


def _median(runs: list[Run]) -> str:
    times = sorted(one.seconds for one in runs)
    return f"{statistics.median(times):.2f} s ({times[0]:.2f} to {times[-1]:.2f})"


def _example(folder: Path) -> Path:
    folder.mkdir()
    for name in ("raw", "config"):
        shutil.copytree(ROOT / name, folder / name)
    shutil.copytree(PROFILE, folder / "profiles" / "default")
    return folder


def _clean(folder: Path) -> None:
    for name in ("results", ".snakemake"):
        shutil.rmtree(folder / name, ignore_errors=True)


def _pipeline(folder: Path, *more: str) -> list[str]:
    return [
        *SNAKEMAKE,
        "--cores",
        "4",
        "--snakefile",
        str(ROOT / "Snakefile"),
        "--workflow-profile",
        str(PROFILE),
        "--directory",
        str(folder),
        *more,
    ]


def w1(work: Path) -> list[tuple[str, float, float, bool]]:
    """The whole example, cold, against one Python process that does the same through the library."""
    here, there = _example(work / "w1"), _example(work / "w1_single")

    def ours() -> Run:
        _clean(here)
        return run(_pipeline(here), here)

    def theirs() -> Run:
        _clean(there)
        return run([sys.executable, str(HERE / "single_process.py")], there)

    ratio, a, b = pairs(ours, theirs, 5)
    print(f"W1 example, cold: pipeline {_median(a)}, single process {_median(b)}")
    return [("W1 cold run / single process", ratio, 2.0, ratio <= 2.0)]


def w2(work: Path) -> list[tuple[str, float, float, bool]]:
    """An up-to-date call against an empty workflow's."""
    here = _example(work / "w2")
    empty = work / "w2_empty"
    shutil.copytree(PROFILE, empty / "profiles" / "default")
    (empty / "Snakefile").write_text(
        'rule all:\n    output: "done.txt"\n    run:\n        open(output[0], "w").close()\n'
    )
    run(_pipeline(here), here)
    bare = [*SNAKEMAKE, "--cores", "4", "--workflow-profile", str(PROFILE)]
    run(bare, empty)
    ratio, a, b = pairs(lambda: run(_pipeline(here), here), lambda: run(bare, empty), 11)
    print(f"W2 up to date: pipeline {_median(a)}, empty workflow {_median(b)}")
    return [("W2 up-to-date call / empty workflow", ratio, 1.15, ratio <= 1.15)]


def w3(work: Path) -> list[tuple[str, float, float, bool]]:
    """100,000 screening rows validated and counted, against a pandas and openpyxl script."""
    folder = work / "w3"
    synthetic.write(folder, 100_000)
    flow = "results/interim/build/prisma/flow.json"

    def ours() -> Run:
        _clean(folder)
        return run(_pipeline(folder, flow), folder)

    ratio, a, b = pairs(ours, lambda: run([sys.executable, str(HERE / "user_script.py"), "raw"], folder), 3)
    counted = json.loads((folder / flow).read_text(encoding="utf-8"))["boxes"]
    expected = json.loads(b[0].out.splitlines()[-1])
    found = {name: counted[name]["n"] for name in expected}
    if found != expected:
        sys.exit(f"W3: the boxes differ: pipeline {found}, script {expected}")
    peak = max(one.peak for one in a)
    print(
        f"W3 100,000 rows: pipeline {_median(a)}, {peak:.0f} MB; "
        f"script {_median(b)}, {max(one.peak for one in b):.0f} MB; boxes equal"
    )
    return [
        ("W3 script / pipeline", 1 / ratio, 5.0, 1 / ratio >= 5.0),
        ("W3 peak memory, MB", peak, 1000.0, peak <= 1000.0),
    ]


def w4(work: Path) -> list[tuple[str, float, float, bool]]:
    """Validating a 1,000,000-row, 12-column screening workbook against the bare read of the same file."""
    validate = [sys.executable, "-m", "scopeline", "validate", "--quiet"]
    bare = [sys.executable, str(HERE / "bare_read.py")]
    folders = {"small": (10_000, 0.0), "large": (1_000_000, 0.0), "bad": (1_000_000, 0.01)}
    for name, (rows, share) in folders.items():
        synthetic.write_wide(work / "w4" / name, rows, share)
    place = {name: work / "w4" / name for name in folders}

    def judged(name: str) -> Run:
        return run(validate, place[name], fails=name == "bad")

    ratio, ours, theirs = pairs(
        lambda: judged("large"), lambda: run([*bare, "raw/screening.xlsx"], place["large"]), 3, 0
    )
    worse, bad, _ = pairs(lambda: judged("bad"), lambda: judged("large"), 2, 0)
    empty = statistics.median(run([sys.executable, "-c", "import scopeline.judgement"], work).seconds for _ in range(3))
    small = statistics.median(judged("small").seconds for _ in range(3)) - empty
    large = statistics.median(one.seconds for one in ours) - empty
    growth = large / small / 100
    peak = max(one.peak for one in (*ours, *bad))
    print(
        f"W4 1,000,000 rows: validated {_median(ours)}, {peak:.0f} MB; bare read {_median(theirs)}; "
        f"1 % bad {_median(bad)}"
    )
    return [
        ("W4 validation / bare read", ratio, 2.5, ratio <= 2.5),
        ("W4 peak memory, MB", peak, 3000.0, peak <= 3000.0),
        ("W4 1 % bad cells / none", worse, 1.5, worse <= 1.5),
        ("W4 cost a row, 1,000,000 / 10,000", growth, 1.3, growth <= 1.3),
    ]


def w5(work: Path) -> list[tuple[str, float, float, bool]]:
    """States, agreement and all boxes of 1,000,000 records with two votes each, beyond reading."""

    def reckoned(records: int) -> float:
        done = run([sys.executable, str(HERE / "reckoning.py"), str(records)], work)
        return float(json.loads(done.out)["seconds"])

    small = statistics.median(reckoned(10_000) for _ in range(3))
    large = sorted(reckoned(1_000_000) for _ in range(3))
    growth = large[1] / small / 100
    print(f"W5 1,000,000 records: {large[1]:.2f} s ({large[0]:.2f} to {large[-1]:.2f}); 10,000: {small:.2f} s")
    return [
        ("W5 states, agreement, boxes, seconds", large[1], 5.0, large[1] <= 5.0),
        ("W5 cost a record, 1,000,000 / 10,000", growth, 1.3, growth <= 1.3),
    ]


BENCHMARKS = {"W1": w1, "W2": w2, "W3": w3, "W4": w4, "W5": w5}


def main() -> int:
    """Run the benchmarks named on the command line, or all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"which of {', '.join(BENCHMARKS)} (default: all)")
    names = parser.parse_args().names or list(BENCHMARKS)
    if unknown := [name for name in names if name not in BENCHMARKS]:
        parser.error(f"unknown benchmark {', '.join(unknown)}; there are {', '.join(BENCHMARKS)}")
    results = []
    with tempfile.TemporaryDirectory() as work:
        for name in names:
            results += BENCHMARKS[name](Path(work))
    print()
    for title, value, bound, kept in results:
        print(f"{title:40} {value:8.2f}   bound {bound:g}   {'ok' if kept else 'NOT KEPT'}")
    return 0 if all(kept for *_, kept in results) else 1


if __name__ == "__main__":
    sys.exit(main())
