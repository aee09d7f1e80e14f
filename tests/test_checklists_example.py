"""The checklists and the summary of the example review, as a run of the whole pipeline writes them."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]

pytestmark = [
    pytest.mark.resilience,  # a whole run: about twelve seconds
    pytest.mark.skipif(not (ROOT / "raw" / "charting.xlsx").exists(), reason="raw/charting.xlsx is not here"),
    pytest.mark.skipif(
        "tokens=" not in (ROOT / "workflow" / "rules" / "reporting.smk").read_text(encoding="utf-8"),
        reason="the rule report does not write the tokens yet",
    ),
]


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    folder = tmp_path_factory.mktemp("example")
    for part in ("raw", "config"):
        shutil.copytree(ROOT / part, folder / part)
    done = subprocess.run(
        [sys.executable, "-m", "snakemake", "--cores", "1", "--directory", str(folder)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT / "workflow")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return folder / "results"


def test_every_link_leads_to_a_file_of_the_results(results):
    """A checklist, or the summary, names no file that the run did not make."""
    pages = [results / "summary.md", *(results / "checklists").iterdir()]
    assert len(pages) == 5
    for page in pages:
        said = page.read_text(encoding="utf-8")
        links = re.findall(r'(?<!\\)\]\(([^)]+)\)|href="([^"#]+)"', said) + [
            (link, "") for link in re.findall(r"^\[[^\]]+\]: (\S+)", said, re.MULTILINE)
        ]
        assert len(links) > 5
        for link in (one or other for one, other in links):
            assert (page.parent / link).exists(), (page.name, link)


def test_every_token_of_the_example_is_what_the_spreadsheets_give(results):
    """`scopeline trace` finds each number of the summary again, and each count has its cells."""
    tokens = json.loads((results / "summary.tokens.json").read_text(encoding="utf-8"))["tokens"]
    assert tokens["flow.duplicates"]["value"] == 77 and tokens["flow.duplicates"]["n_cells"] == 77
    done = subprocess.run(
        [sys.executable, "-m", "scopeline", "trace", *tokens, "--review", str(results.parent), "--format", "json"],
        env={**os.environ, "PYTHONPATH": str(ROOT / "workflow")},
        capture_output=True,
        text=True,
        check=False,
    )
    traced = json.loads(done.stdout)
    assert traced["unknown"] == []
    assert [each["token"] for each in traced["numbers"] if not each["agrees"]] == []
    assert [each["token"] for each in traced["numbers"] if each["ids"] and not each["cells"]] == []
    assert done.returncode == 0
