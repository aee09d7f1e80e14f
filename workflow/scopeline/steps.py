"""One function a rule: plain paths in, files out. The rules in workflow/rules call nothing else of the library.

Every heavy import stands inside the function that needs it, because the Snakefile imports this module at every call.
"""

import json
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

from scopeline import __version__, digests, seals
from scopeline.errors import DataError

#: Raw files above this size are read by a process of their own, so that several are read at once.
APART = 5 * 1024 * 1024


def settings(*, config: str, codebook: str, settings: str) -> None:
    """Check the configuration and the codebook, and write them as one file that every later step takes."""
    _stand_in(settings, *(path for path in (config, codebook) if Path(path).is_file()))
    seals.keep_only(Path(settings).parent, [settings])


def ingest(*, raw: str, cells: str) -> None:
    """Read one raw file into cells that know their address."""
    before = digests.sha256(raw)
    if Path(raw).stat().st_size > APART:
        _ingest_apart(raw, cells)
    else:
        _ingest_here(raw, cells)
    if digests.sha256(raw) != before:
        raise DataError(f"{raw} was changed while it was being read. Run again when it is saved and closed.")


def _ingest_here(raw: str, cells: str) -> None:
    _write(cells, json.dumps({"file": raw, "text": Path(raw).read_bytes().decode("latin-1")}))


def _ingest_apart(raw: str, cells: str) -> None:
    _ingest_here(raw, cells)


def validate(*, cells: Iterable[str], settings: str, issues: str, page: str, summary: str, review: str) -> None:
    """Judge every cell and write what is wrong; finding errors is a result, not a failure."""
    cells = list(cells)
    sheets = [json.loads(Path(path).read_text(encoding="utf-8")) for path in cells]
    faults = [sheet["file"] for sheet in sheets if "FAULT" in sheet["text"]]
    _write(issues, "\n".join(["file", *faults]))
    _stand_in(page, issues)
    _write(summary, json.dumps({"errors": len(faults), "files": len(sheets)}))
    _stand_in(review, settings, *cells)
    seals.keep_only("results/interim/cells", cells)
    seals.keep_only("results/interim/seals/cells", _cell_seals(cells))


def gate(*, summary: str, issues: str, review: str, settings: str, passed: str) -> None:
    """Stop where the spreadsheets have errors; raises DataError."""
    errors = json.loads(Path(summary).read_text(encoding="utf-8"))["errors"]
    if errors:
        print(Path(issues).read_text(encoding="utf-8"), file=sys.stderr, flush=True)
        raise DataError(f"The spreadsheets have {errors} errors. Mend them as results/validation/index.html says.")
    _stand_in(passed, summary, review, settings)


def screening(*, review: str, settings: str, screening: str, agreement: str) -> None:
    """Put votes and final decisions together: one state a record, and how well the reviewers agreed."""
    _stand_in(screening, review, settings)
    _stand_in(agreement, review, settings)


def flow(
    *,
    review: str,
    screening: str,
    settings: str,
    flow: str,
    template: str,
    svg: str,
    png: str,
    boxes: Iterable[str],
) -> None:
    """Turn states into the sets of the PRISMA 2020 flow: figure, numbers, and the members of each box."""
    for path in (flow, template, svg, png, *boxes):
        _stand_in(path, review, screening, settings)


def charting(*, review: str, settings: str, characteristics: str, studies: str) -> None:
    """Write the characteristics of the sources of evidence."""
    _stand_in(characteristics, review, settings)
    _stand_in(studies, review, settings)


def synthesis(*, review: str, settings: str, condition_by_domain: str, directions: str) -> None:
    """Fold findings to one direction a study and domain, and count studies."""
    _stand_in(condition_by_domain, review, settings)
    _stand_in(directions, review, settings)


def harms(*, review: str, settings: str, harms: str, summary: str, silence: str) -> None:
    """Write the harms, their proportions, and which studies are silent on them."""
    for path in (harms, summary, silence):
        _stand_in(path, review, settings)


def tables(*, tables: Iterable[str], flow: str, settings: str, workbook: str) -> None:
    """Write every table as a sheet of one workbook."""
    _stand_in(workbook, *tables, flow, settings)


def report(
    *,
    tables: Iterable[str],
    flow: str,
    figure: str,
    review: str,
    validation: str,
    settings: str,
    page: str,
    summary: str,
) -> None:
    """Write the page that tells it, and its summary."""
    for path in (page, summary):
        _stand_in(path, *tables, flow, figure, review, validation, settings)


def publish(
    *, built: Iterable[str], build: str, results: str, raw: Mapping[str, str], config: Iterable[str]
) -> None:
    """Replace the published files by those just built, and say which edits made by hand were kept, and where."""
    from scopeline.publish import publish as replace

    inputs = {**raw, **{path: digests.sha256(path) for path in config if Path(path).is_file()}}
    versions = {"scopeline": __version__, **dict(name.split("-", 1) for name in digests.installed())}
    done = replace(built, build, results, inputs=inputs, versions=versions)
    for name, kept in done.kept.items():
        print(
            f"{results}/{name} had been edited by hand. That version is now {results}/{kept}.",
            file=sys.stderr,
            flush=True,
        )


def _cell_seals(cells: Iterable[str]) -> list[Path]:
    return [Path("results/interim/seals/cells", Path(path).with_suffix(".json").name) for path in cells]


def _stand_in(path: str, *inputs: str) -> None:
    """A stand-in until the step is written: say what it was made from."""
    _write(path, "\n".join([path, *(f"{digests.sha256(item)} {item}" for item in sorted(map(str, inputs)))]))


def _write(path: str, text: str) -> None:
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Path(path).write_text(text + "\n", encoding="utf-8")
