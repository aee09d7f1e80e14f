r"""Real reviews, run from their own exports with examples/<name>/config, and compared with what they published.

No data are committed. SCOPELINE_REAL_DATA names the folder that holds one folder a review; without it, `shared/data`
beside the checkout is looked at. Every figure to be met stands in examples/<name>/expected.yaml:

    figures:
      - name: Records screened
        published: 4514                        # the number, or the members as a list of texts
        where: PRISMA flow diagram             # where it is published
        read: {box: screened}                  # where it stands in our results
      - name: Reports of included studies
        published: 60
        where: text
        read: {box: included_reports}
        ours: 59                               # only where our number differs, and then also its cause
        cause: Report 17 was retracted after the export.

`data` names the folder of the exports where it is not called as the example.

`read` is one of

    {box: screened}                            the number of a box of results/prisma/flow.json
    {reason: wrong concept}                    reports excluded for that reason; `stage: excluded` for records
    {exception: linked_report_not_screened}    the members of a named exception of the flow
    {field: state, category: MO}               studies in a line of results/tables/characteristics.csv
    {file: tables/harms.csv, where: {event: nausea}, column: n_events}
                                               a cell of the one row of results/<file> for which `where` holds
    {file: prisma/boxes/sought.csv, where: {}} without a column: how many rows

With `but: {category: unknown}` rows for which that holds do not count; with `part: 'range (\d+)'` the group of that
regular expression is what is read of the cell.
"""

import csv
import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

NOT_RAW = {"SOURCE.txt", "README.md"}
MET = pytest.StashKey[dict[str, str]]()


@dataclass(frozen=True)
class RealReview:
    """A review after its run: its folder, how the run ended, what it said, and its results."""

    name: str
    folder: Path
    status: int
    said: str

    def rows(self, path: str) -> list[dict[str, str]]:
        """The rows of a csv file of results/."""
        with (self.folder / "results" / path).open(encoding="utf-8-sig", newline="") as lines:
            return list(csv.DictReader(lines))

    @property
    def flow(self) -> dict[str, Any]:
        return json.loads((self.folder / "results/prisma/flow.json").read_text(encoding="utf-8"))

    @property
    def validation(self) -> dict[str, Any]:
        return json.loads((self.folder / "results/validation/summary.json").read_text(encoding="utf-8"))

    def read(self, place: dict[str, Any]) -> Any:
        """What our results say at a place of expected.yaml; None where there is nothing of that kind."""
        if "box" in place:
            return self.flow["boxes"].get(place["box"], {}).get("n")
        if "reason" in place:
            listed = self.flow["reasons"].get(place.get("stage", "reports_excluded"), [])
            return next((line["n"] for line in listed if line["reason"] == place["reason"]), None)
        if "exception" in place:
            named = [line for line in self.flow["exceptions"] if line["name"] == place["exception"]]
            return sorted(member for line in named for member in line["ids"]) if named else None
        if "category" in place:
            asked = {"field": place["field"], "category": str(place["category"])}
            return self._cell("tables/characteristics.csv", asked, "n")
        found = self._cell(place["file"], place["where"], place.get("column"), place.get("but", {}))
        if "part" in place and found is not None:
            part = re.search(place["part"], str(found))
            return _number(part[1]) if part else None
        return found

    def _cell(self, path: str, asked: dict[str, Any], column: str | None, but: dict[str, Any] | None = None) -> Any:
        found = [row for row in self.rows(path) if _holds(row, asked) and not (but and _holds(row, but))]
        if column is None:
            return len(found)
        assert len(found) <= 1, f"results/{path} has {len(found)} rows for {asked}"
        return _number(found[0][column]) if found else None


def _holds(row: dict[str, str], asked: dict[str, Any]) -> bool:
    return all(row[name] == str(value) for name, value in asked.items())


def _number(text: str) -> int | float | str:
    """The number that a cell holds, or its text."""
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            pass
    return text


@pytest.fixture(scope="session")
def real_data(repository) -> Path:
    """The folder with the exports of real reviews."""
    return Path(os.environ.get("SCOPELINE_REAL_DATA") or repository.parent / "shared" / "data")


@pytest.fixture(scope="session")
def real_review(repository, real_data, tmp_path_factory):
    """Run a real review by its name, once a test run; skips where its exports are not there."""
    done: dict[str, RealReview] = {}

    def run(name: str) -> RealReview:
        if name not in done:
            done[name] = _run(name, repository, real_data, tmp_path_factory.mktemp(name) / "review")
        return done[name]

    return run


def _run(name: str, repository: Path, real_data: Path, folder: Path) -> RealReview:
    expected = yaml.safe_load((repository / "examples" / name / "expected.yaml").read_text(encoding="utf-8"))
    data = real_data / expected.get("data", name)
    if not data.is_dir():
        pytest.skip(f"The exports of {name} are not in {data}; examples/{name}/README.md says how to fetch them.")
    shutil.copytree(repository / "examples" / name / "config", folder / "config")
    (folder / "raw").mkdir()
    for path in data.iterdir():
        if path.name not in NOT_RAW:
            shutil.copyfile(path, folder / "raw" / path.name)
    ended = subprocess.run(
        [sys.executable, "-m", "snakemake", "--cores", "2", "--directory", str(folder)],
        cwd=repository,
        env={**os.environ, "PYTHONPATH": str(repository / "workflow")},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=600,
        check=False,
    )
    return RealReview(name, folder, ended.returncode, ended.stderr)


@pytest.fixture(scope="session")
def unmet(repository, request):
    """A function: which published figures a review does not meet, each as a sentence. It notes `N of M` for the end.

    A figure with `ours` counts as not reproduced; it is unmet only where our results no longer say what `ours` says.
    """

    def compare(review: RealReview) -> list[str]:
        expected = yaml.safe_load((repository / "examples" / review.name / "expected.yaml").read_text(encoding="utf-8"))
        figures = expected["figures"]
        if review.status:
            request.config.stash.setdefault(MET, {})[review.name] = f"0 of {len(figures)} published figures: no results"
            return [f"the run ended with {review.status}: {review.said}"]
        failures, reproduced, told = [], 0, 0
        for figure in figures:
            assert ("ours" in figure) == ("cause" in figure), f"{figure['name']}: `ours` and `cause` go together"
            awaited, found = figure.get("ours", figure["published"]), review.read(figure["read"])
            if found != awaited:
                failures.append(f"{figure['name']}: {awaited} awaited, {found} found at {figure['read']}")
            elif "ours" in figure:
                told += 1
            else:
                reproduced += 1
        line = f"{reproduced} of {len(figures)} published figures"
        line += f"; {told} differ for a cause that is told" if told else ""
        line += f"; {len(failures)} not met" if failures else ""
        request.config.stash.setdefault(MET, {})[review.name] = line
        return failures

    return compare


def pytest_terminal_summary(terminalreporter, config):
    """Print `<name>: N of M` for each review that was compared."""
    met = config.stash.get(MET, {})
    if met:
        terminalreporter.section("published figures of real reviews")
        for name, line in sorted(met.items()):
            terminalreporter.write_line(f"{name}: {line}")
