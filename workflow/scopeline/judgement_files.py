"""The files in results/validation/ that say what a judgement came to, and what the next judgement needs to know."""

import csv
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from scopeline import conservation, outputs, quarantine
from scopeline import waivers as granted
from scopeline.annotate.copies import write_copies
from scopeline.issues import frame
from scopeline.report.machines import machine_files
from scopeline.report.validation_page import validation_page
from scopeline.tables import conflicts as worklist

if TYPE_CHECKING:
    from scopeline.cells import Book
    from scopeline.codebook import Codebook
    from scopeline.judgement import Judgement
    from scopeline.settings import Settings


def last_records() -> list[str]:
    """The records of the review in the current folder when it last passed; none before the first time."""
    published = Path("results/prisma/boxes/identified.csv")
    if not published.is_file():
        return []
    with published.open(encoding="utf-8", newline="") as lines:
        return [line["record_id"] for line in csv.DictReader(lines) if line.get("record_id")]


def write(
    verdict: "Judgement",
    books: "list[Book]",
    settings: "Settings",
    *,
    issues: str,
    page: str,
    summary: str,
    waivers: str,
    quarantined: str,
    accounts: Iterable[str],
    machines: Iterable[str],
) -> list[str]:
    """Write what validation came to: issues, waivers, values left out, the page, the counts, and coloured copies.

    `accounts` are the paths of the tables of `conservation.tables`, `machines` those of the files for other programs of
    `report.machines`, each under its name there. Returns the paths of the copies, which stand in the folder `annotated`
    beside the page.
    """
    table = frame(verdict.issues)
    outputs.table(issues, table)
    folder = Path(page).parent
    done = write_copies(
        verdict.issues,
        books,
        folder / "annotated",
        memory=folder.parent / "interim" / "annotated.json",
        kept=folder.parent / "kept" / "validation",
    )
    for name, kept in done.kept.items():
        print(f"{name} had been edited by hand. That version is now {kept}.", file=sys.stderr)
    for name in done.stuck:
        print(f"{name} is open in another program and shows an earlier state. Close it and run again.", file=sys.stderr)
    copies = {file: path.relative_to(folder).as_posix() for file, path in done.of_file.items()}
    outputs.table(waivers, granted.frame(verdict.applied))
    lost = verdict.review.lost
    if lost is not None:
        outputs.table(quarantined, lost)
    of_rows = conservation.tables(verdict.files, verdict.left_out)
    for path in accounts:
        outputs.table(path, of_rows[Path(path).name])
    about = granted.counts(verdict.applied)
    shown = validation_page(
        table,
        verdict.files,
        title=settings.review.title,
        context=verdict.context,
        copies=copies,
        stopping=verdict.stopping,
        waivers=about["waivers"],
        lost=lost,
    )
    outputs.text(page, shown)
    counts = {**verdict.counts, "stopping": verdict.stopping, **about, "lost": quarantine.tally(lost)}
    outputs.plain(summary, {**counts, "files": verdict.files})
    told = machine_files(verdict.issues, verdict.files, title=settings.review.title)
    for path in machines:
        outputs.text(path, told[Path(path).name])
    return [path.as_posix() for path in done.written]


def write_conflicts(verdict: "Judgement", codebook: "Codebook", *, conflicts: str, to_settle: str) -> None:
    """Write where two who charted differ: side by side with both cells, and as a list to fill in and put into raw/."""
    outputs.table(conflicts, verdict.charted.conflicts)
    worklist.write(Path(to_settle), verdict.charted.to_settle, codebook)
