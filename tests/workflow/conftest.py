"""A checkout in a temporary folder, with steps that do next to nothing, and a review in it that has been run once."""

import hashlib
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

NOT_RESULTS = ("results/interim/", "results/kept/", "results/STALE.md")


@dataclass
class Checkout:
    """A folder with Snakefile, workflow/, profiles/, config/ and raw/, and the ways to call it."""

    folder: Path

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "snakemake", "--cores", "2", *arguments]

    @property
    def environment(self) -> dict[str, str]:
        return {**os.environ, "PYTHONPATH": str(self.folder / "workflow"), "PYTHONDONTWRITEBYTECODE": "1"}

    def run(self, *arguments: str, cwd: Path | None = None) -> "Said":
        done = subprocess.run(
            self.command(*arguments),
            cwd=cwd or self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=120,
            check=False,
        )
        return Said(done.returncode, done.stdout, _without_profile(done.stderr))

    def stop(self, process: subprocess.Popen[str]) -> str:
        """Wait for the end of a process that was told to stop, and return what it said; a hung one is killed."""
        try:
            return process.communicate(timeout=60)[1]
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            raise

    def start(self) -> subprocess.Popen[str]:
        return subprocess.Popen(
            self.command(),
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )

    def copy(self, folder: Path) -> "Checkout":
        """Copy all of it with its dates, as a copying program would."""
        shutil.copytree(self.folder, folder)
        return Checkout(folder)

    def write(self, path: str, text: str) -> Path:
        target = self.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
        return target

    def results(self, where: Path | None = None) -> dict[str, str]:
        """The SHA-256 of each file that a co-author may read, by its path."""
        root = where or self.folder
        files = (path for path in (root / "results").rglob("*") if path.is_file())
        named = {path.relative_to(root).as_posix(): path for path in files}
        return {
            name: hashlib.sha256(path.read_bytes()).hexdigest()
            for name, path in sorted(named.items())
            if not name.startswith(NOT_RESULTS)
        }

    def published(self) -> dict[str, str]:
        return {name: digest for name, digest in self.results().items() if not name.startswith("results/validation/")}


@dataclass(frozen=True)
class Said:
    """How a call ended and what it said, without Snakemake's line about the profile."""

    status: int
    out: str
    err: str


@pytest.fixture(scope="session")
def finished(repository, tmp_path_factory):
    """A checkout that has been run once; tests work on copies of it."""
    checkout = Checkout(tmp_path_factory.mktemp("finished") / "checkout")
    checkout.folder.mkdir()
    rubbish = shutil.ignore_patterns("__pycache__", "*.pyc")
    shutil.copy(repository / "Snakefile", checkout.folder)
    for name in ("workflow", "profiles"):
        shutil.copytree(repository / name, checkout.folder / name, ignore=rubbish)
    shutil.copy(Path(__file__).with_name("stand_in_steps.py"), checkout.folder / "workflow/scopeline/steps.py")
    checkout.write("config/config.yaml", "title: a review\n")
    checkout.write("config/codebook.yaml", "tables: {}\n")
    checkout.write("raw/README.md", "What stands here.\n")
    for name in ("records", "charting", "harms"):
        checkout.write(f"raw/{name}.csv", f"{name},1\n")
    said = checkout.run()
    assert said.status == 0, said.err
    return checkout


@pytest.fixture
def checkout(finished, tmp_path):
    """A copy of the finished checkout."""
    return finished.copy(tmp_path / "checkout")


def _without_profile(text: str) -> str:
    return "".join(line for line in text.splitlines(keepends=True) if not line.startswith("Using workflow specific"))
