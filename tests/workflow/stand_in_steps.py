"""Steps that do next to nothing, with the signatures of scopeline.steps, for tests of Snakemake's side alone.

Each output names what it was made from. A raw file with the word FAULT has an error; a raw file with the word SLOW
keeps the step `synthesis` waiting until the file `go` stands in the folder; one with SAVED MEANWHILE changes as it is
being read.
"""

import json
import time
from pathlib import Path

from scopeline import __version__, digests, seals
from scopeline.errors import DataError


def settings(*, config, codebook, digest, settings):
    _stand_in(settings, *(path for path in (config, codebook) if Path(path).is_file()))
    digests.require_configuration([config, codebook], digest)
    seals.keep_only(Path(settings).parent, [settings])


def ingest(*, raw, digest, cells):
    text = Path(raw).read_bytes().decode("latin-1")
    if "SAVED MEANWHILE" in text:
        _write(raw, "saved again")
    _write(cells, json.dumps({"file": raw, "text": text}))
    digests.require_unchanged(raw, digest)


def validate(
    *,
    cells,
    settings,
    issues,
    page,
    summary,
    waivers,
    quarantined,
    accounts,
    machines,
    review,
    conflicts,
    to_settle,
    charted,
    screening,
):
    sheets = [json.loads(Path(path).read_text(encoding="utf-8")) for path in cells]
    faults = [sheet["file"] for sheet in sheets if "FAULT" in sheet["text"]]
    _write(issues, "\n".join(["file", *faults]))
    for path in (page, waivers, quarantined, *accounts, *machines, conflicts, to_settle, charted, screening):
        _stand_in(path, issues)
    _write(summary, json.dumps({"errors": len(faults), "files": sorted(sheet["file"] for sheet in sheets)}))
    _write(review, "".join(sheet["text"] for sheet in sheets))
    seals.keep_only("results/interim/cells", cells)
    seals.keep_only(
        "results/interim/seals/cells",
        [Path("results/interim/seals/cells", Path(path).with_suffix(".json").name) for path in cells],
    )


def gate(*, summary, issues, review, settings, passed):
    if errors := json.loads(Path(summary).read_text(encoding="utf-8"))["errors"]:
        raise DataError(f"The spreadsheets have errors in {errors} of the files.")
    _stand_in(passed, summary, review, settings)


def duplicates(*, review, table, workbook):
    for path in (table, workbook):
        _stand_in(path, review)


def screening(*, review, screening, settings, agreement, svg, png, title_abstract, full_text):
    for path in (agreement, svg, png, title_abstract, full_text):
        _stand_in(path, review, screening)


def flow(*, review, screening, settings, flow, template, boxes, snapshot):
    for path in (flow, template, *boxes, snapshot):
        _stand_in(path, review, screening)


def diagram(*, review, screening, settings, flow, svg, png, pdf, html, mmd, txt):
    for path in (svg, png, pdf, html, mmd, txt):
        _stand_in(path, flow)


def lists(*, review, screening, settings, lists):
    for path in lists:
        _stand_in(path, review, screening)


def charting(*, review, settings, charted, characteristics, studies, agreement, frames):
    for path in (characteristics, studies, agreement, frames):
        _stand_in(path, review)


def synthesis(*, review, settings, condition_by_domain, directions, frames):
    _write(condition_by_domain, "half")
    if "SLOW" in Path(review).read_text(encoding="utf-8"):
        Path("waiting").touch()
        until = time.monotonic() + 20
        while not Path("go").exists() and time.monotonic() < until:
            time.sleep(0.02)
    for path in (condition_by_domain, directions, frames):
        _stand_in(path, review)


def harms(*, review, settings, harms, summary, silence, frames):
    for path in (harms, summary, silence, frames):
        _stand_in(path, review)


def figures(*, review, synthesis, harms, settings, folder):
    for name in ("index.json", "map.svg"):
        _stand_in(f"{folder}/{name}", synthesis, harms)


def tables(*, review, charting, synthesis, harms, settings, workbook, dictionary, further):
    for path in (workbook, *dictionary, f"{further}/more.csv"):
        _stand_in(path, charting, synthesis, harms)


def report(
    *,
    review,
    screening,
    charting,
    synthesis,
    harms,
    validation,
    duplicates,
    agreement_svg,
    figures,
    settings,
    page,
    summary,
    tokens,
    checklists,
):
    for path in (page, summary, tokens, *checklists):
        _stand_in(
            path,
            review,
            screening,
            charting,
            synthesis,
            harms,
            validation,
            duplicates,
            agreement_svg,
            Path(figures, "index.json"),
        )


def publish(*, built, folders, build, results, raw, config):
    from scopeline.publish import publish as replace

    inputs = {**raw, **{path: digests.sha256(path) for path in config if Path(path).is_file()}}
    built = [*built, *(path for folder in folders for path in sorted(Path(folder).iterdir()))]
    done = replace(built, build, results, inputs=inputs, versions={"scopeline": __version__})
    for name, kept in done.kept.items():
        print(f"{results}/{name} had been edited by hand. That version is now {results}/{kept}.")


def _stand_in(path, *inputs):
    _write(path, "\n".join([path, *(f"{digests.sha256(item)} {item}" for item in sorted(map(str, inputs)))]))


def _write(path, text):
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Path(path).write_text(text + "\n", encoding="utf-8")
