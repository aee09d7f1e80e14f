"""The example's published tables, made once in a test run by the steps that make tables (no figures, no report)."""

import contextlib
import csv
import shutil
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from scopeline import steps
from scopeline.conservation import NAMES as ACCOUNTS
from scopeline.report.machines import NAMES as MACHINES

ROOT = Path(__file__).resolve().parents[1]

_FOLDERS: list[TemporaryDirectory] = []  # removed when the test run ends


@cache
def tables() -> Path:
    """The folder that a run calls `results/tables`; skips the test where the example's workbooks are not there."""
    if not (ROOT / "raw" / "charting.xlsx").exists():
        pytest.skip("raw/charting.xlsx is not here")
    _FOLDERS.append(TemporaryDirectory(prefix="scopeline-example-"))
    folder = Path(_FOLDERS[-1].name)
    for name in ("config", "raw"):
        shutil.copytree(ROOT / name, folder / name)
    with contextlib.chdir(folder):
        _make()
    return folder / "tables"


def _make() -> None:
    made = {"settings": "settings.json", "review": "review.arrow"}
    config, codebook = "config/config.yaml", "config/codebook.yaml"
    steps.settings(
        config=config,
        codebook=codebook,
        digest=steps.digests.of_files([config, codebook]),
        settings=made["settings"],
    )
    cells = []
    for raw in ("charting.xlsx", "records.csv", "screening.xlsx"):
        cells.append(f"cells/{raw}.arrow")
        steps.ingest(raw=f"raw/{raw}", digest=steps.digests.sha256(f"raw/{raw}"), cells=cells[-1])
    steps.validate(
        cells=cells,
        **made,
        issues="validation/issues.csv",
        page="validation/index.html",
        summary="validation/summary.json",
        waivers="validation/waivers.csv",
        quarantined="validation/quarantine.csv",
        accounts=[f"validation/{name}" for name in ACCOUNTS],
        machines=[f"validation/{name}" for name in MACHINES],
        conflicts="validation/charting_conflicts.csv",
        to_settle="validation/conflicts_to_settle.xlsx",
        charted="charted.arrow",
        screening="screening.arrow",
    )
    steps.screening(
        **made,
        screening="screening.arrow",
        agreement="tables/agreement.csv",
        svg="figures/agreement.svg",
        png="figures/agreement.png",
        title_abstract="screening/conflicts_title_abstract.xlsx",
        full_text="screening/conflicts_full_text.xlsx",
    )
    steps.charting(
        **made,
        charted="charted.arrow",
        characteristics="tables/characteristics.csv",
        studies="tables/studies.csv",
        agreement="tables/charting_agreement.csv",
        frames="charting.arrow",
    )
    steps.synthesis(
        **made,
        condition_by_domain="tables/condition_by_domain.csv",
        directions="tables/directions.csv",
        frames="synthesis.arrow",
    )
    steps.harms(
        **made,
        harms="tables/harms.csv",
        summary="tables/harms_summary.csv",
        silence="tables/harms_silence.csv",
        frames="harms.arrow",
    )
    steps.tables(
        **made,
        charting="charting.arrow",
        synthesis="synthesis.arrow",
        harms="harms.arrow",
        workbook="tables/synthesis.xlsx",
        dictionary=["dictionary/dictionary.md"],
        further="tables/further",
    )


@cache
def table(name: str) -> list[dict[str, str]]:
    """The lines of one published table (`directions`, `further/sensitivity_summary`), every cell as its text."""
    with open(tables() / f"{name}.csv", encoding="utf-8-sig", newline="") as lines:
        return list(csv.DictReader(lines))
