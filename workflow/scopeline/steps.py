"""One function a rule: plain paths in, files out. The rules in workflow/rules call nothing else of the library.

Every heavy import stands inside the function that needs it, because the Snakefile imports this module at every call.
"""

import csv
import gc
import json
import os
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scopeline import __version__, digests, outputs, rawfiles, seals
from scopeline.errors import DataError

if TYPE_CHECKING:
    import pandas as pd

    from scopeline.codebook import Codebook
    from scopeline.flow import Flow
    from scopeline.report.page import Evidence
    from scopeline.review import Review
    from scopeline.screening import Screening
    from scopeline.settings import Settings

#: Raw files above this size are read by a process of their own, so that several are read at once.
APART = 1024 * 1024


#: The tables that the flow is counted from.
_OF_FLOW = ("records", "reports", "studies", "flow_counts", "previous")


def settings(*, config: str, codebook: str, digest: str, settings: str) -> None:
    """Check the configuration and the codebook, and write them as one file that every later step takes."""
    from scopeline import codebook as codebooks
    from scopeline import settings as review_settings

    book = codebooks.load(Path(codebook))
    chosen = review_settings.load(Path(config), book)
    if chosen.checklists:
        from scopeline.checklists import require_known_items

        require_known_items(chosen.checklists)
    # what was not said stays unsaid: a sheet takes over from its file what is not said of the sheet itself
    chosen_part = chosen.model_dump(mode="json", exclude_unset=True)
    whole = {"settings": chosen_part, "codebook": book.model_dump(mode="json", by_alias=True)}
    outputs.plain(settings, whole)
    digests.require_configuration([config, codebook], digest)
    seals.keep_only(Path(settings).parent, [settings])
    _make_ready()


def _make_ready() -> None:
    """Import what the next steps need: this one is short and runs beside the reading of the raw files."""
    from scopeline import agreement, flow_data, issues, judgement, judgement_files, schemas, updates  # noqa: F401
    from scopeline.report import validation_page
    from scopeline.sources import registry

    schemas.make_ready()
    registry.adapters()
    validation_page.validation_page(issues.frame([]), [], title="")
    gc.freeze()  # what was imported stays: no search for garbage need look at it again


def ingest(*, raw: str, digest: str, cells: str) -> None:
    """Read one raw file into cells that know their address."""
    if Path(raw).stat().st_size > APART:
        _ingest_apart(raw, cells)
    else:
        from scopeline.ingest import ingest as read

        read(Path(raw), Path(cells))
    digests.require_unchanged(raw, digest)


def _ingest_apart(raw: str, cells: str) -> None:
    """Read a large file in a process of its own, so that several are read at once."""
    done = subprocess.run(
        [sys.executable, "-m", "scopeline.ingest", raw, cells], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise DataError(
            f"{raw} could not be read to its end (status {done.returncode}). It may need more memory than there is."
        )


def validate(
    *,
    cells: Iterable[str],
    settings: str,
    issues: str,
    page: str,
    summary: str,
    waivers: str,
    quarantined: str,
    accounts: Iterable[str],
    machines: Iterable[str],
    review: str,
    conflicts: str,
    to_settle: str,
    charted: str,
    screening: str,
) -> list[str]:
    """Judge every cell and write what is wrong; finding errors is a result, not a failure.

    Screening is held against charting, so votes and decisions are put together here: one state a record. Returns the
    coloured copies of faulty files, which are outputs too.
    """
    from scopeline import ingest as ingests
    from scopeline import judgement_files
    from scopeline.judgement import judge
    from scopeline.mapping import MappingError

    cells = list(cells)
    chosen, codebook = _settings(settings)
    passed_over = [(file.path, file.why) for file in rawfiles.raw_files() if file.kind is rawfiles.Kind.PASSED_OVER]
    books = [ingests.load(Path(path)) for path in cells]
    try:
        verdict = judge(books, codebook, chosen, passed_over, judgement_files.last_records())
    except MappingError as fault:
        raise fault.at(Path("config/config.yaml")) from None
    copies = judgement_files.write(
        verdict,
        books,
        chosen,
        issues=issues,
        page=page,
        summary=summary,
        waivers=waivers,
        quarantined=quarantined,
        accounts=accounts,
        machines=machines,
    )
    judgement_files.write_conflicts(verdict, codebook, conflicts=conflicts, to_settle=to_settle)
    verdict.review.save(Path(review))
    _save(charted, {"agreement": verdict.charted.agreement})
    state = verdict.screening
    about = {"reasons": state.reasons, "stages": state.stages, "own_reports": state.own_reports}
    _save(screening, {name: getattr(state, name) for name in ("outcomes", "states", "report_states")}, about)
    seals.keep_only("results/interim/cells", cells)
    seals.keep_only("results/interim/seals/cells", _cell_seals(cells))
    return copies


def gate(*, summary: str, issues: str, review: str, settings: str, passed: str) -> None:
    """Stop where the spreadsheets have errors; raises DataError."""
    from scopeline.issues import Issue
    from scopeline.report import github
    from scopeline.report.terminal import told

    counts = json.loads(Path(summary).read_text(encoding="utf-8"))
    with open(issues, encoding="utf-8", newline="") as lines:
        listed = [Issue.of_line(line) for line in csv.DictReader(lines)]
    github.announce(listed, os.environ, folder=github.folder_of(Path(), os.environ))
    if counts["stopping"]:
        raise DataError(told(listed))
    if counts["errors"] or counts["warnings"]:
        print(told(listed), file=sys.stderr, flush=True)
    if counts["errors"]:
        print(
            "The tables are made without the wrong values (validation.on_error: quarantine). They are listed in "
            "results/validation/quarantine.csv, and each table says how many it lost.",
            file=sys.stderr,
            flush=True,
        )
    outputs.plain(passed, {name: digests.sha256(path) for name, path in (("review", review), ("settings", settings))})


def duplicates(*, review: str, table: str, workbook: str) -> None:
    """Propose the records that look like duplicates of others, for a person to judge; none is removed."""
    import pandas as pd

    from scopeline import duplicates as likely
    from scopeline.tables import duplicates as worklist

    read = _review(review, "records")
    records = read.table("records")
    found = likely.propose(records, judged_apart=read.apart)
    before = worklist.judged(records, read.apart)
    every = pd.concat([found, before], ignore_index=True) if len(before) else found
    places = {record: place for place, record in enumerate(records["record_id"])} if len(every) else {}
    lines = worklist.listed(every, records, lambda record: read.address("records", places[record], "record_id"))
    worklist.write_csv(Path(table), lines.iloc[: len(found)])
    worklist.write(Path(workbook), lines)


def screening(
    *,
    review: str,
    screening: str,
    settings: str,
    agreement: str,
    svg: str,
    png: str,
    title_abstract: str,
    full_text: str,
) -> None:
    """Say how well the reviewers agreed at each stage, draw it, and list what their votes leave open.

    `title_abstract` and `full_text` are the lists of conflicts, to be filled in and put into raw/.
    """
    from scopeline.evidence import agreed
    from scopeline.figures import agreement_figure, look
    from scopeline.tables import screening_conflicts as worklist
    from scopeline.terms import Stage

    chosen, codebook = _settings(settings)
    tables = _review(review, "records", "votes", "decisions", "reports")
    state = _screening(screening)
    for stage, path in ((Stage.TITLE_ABSTRACT, title_abstract), (Stage.FULL_TEXT, full_text)):
        open_ones = worklist.listed(tables, state, stage, reviewers=chosen.screening.reviewers)
        worklist.write(Path(path), open_ones, codebook, stage, waits=worklist.waiting(state, stage))
    lines = agreed(tables, chosen)
    outputs.table(agreement, lines)
    figure = agreement_figure.svg(lines, title=f"Agreement of reviewers: {chosen.review.title}")
    outputs.text(svg, figure)
    Path(png).write_bytes(look.png(figure))


def flow(
    *,
    review: str,
    screening: str,
    settings: str,
    flow: str,
    template: str,
    boxes: Iterable[str],
    snapshot: str,
) -> None:
    """Turn states into the sets of the PRISMA 2020 flow: numbers and the members of each box; raises DataError.

    `snapshot` is what an updated review needs to know of this version.
    """
    from scopeline import flow_data, updates
    from scopeline.evidence import flow_numbers

    chosen, codebook = _settings(settings)
    tables = _review(review, *_OF_FLOW)
    counted = _flow(tables, screening, chosen)
    if not counted.proved:
        raise DataError(flow_data.refusal(counted))
    outputs.plain(flow, flow_numbers(counted, tables, codebook, chosen))
    outputs.table(template, flow_data.as_template(counted))
    for path in boxes:
        box = Path(path).stem
        outputs.table(path, flow_data.further_members(counted) if box == "further" else flow_data.members(counted, box))
    outputs.table(snapshot, updates.snapshot(counted))


def diagram(
    *,
    review: str,
    screening: str,
    settings: str,
    flow: str,
    svg: str,
    png: str,
    pdf: str,
    html: str,
    mmd: str,
    txt: str,
) -> None:
    """Draw the flow: as svg, png and pdf, as a page whose boxes link to their members, as Mermaid and as text."""
    from scopeline import flow_data
    from scopeline.figures import flow_diagram, flow_mermaid, flow_page, flow_text, look
    from scopeline.names import names

    chosen, _ = _settings(settings)
    tables = _review(review, *_OF_FLOW)
    counted = _flow(tables, screening, chosen)
    numbers = json.loads(Path(flow).read_text(encoding="utf-8"))
    how: dict[str, Any] = {
        "title": f"PRISMA 2020 flow diagram: {chosen.review.title}",
        "wording": chosen.flow.wording,
    }
    figure = flow_diagram.svg(numbers, **how)
    outputs.text(svg, figure)
    Path(png).write_bytes(look.png(figure))
    Path(pdf).write_bytes(flow_diagram.pdf(figure))
    members = {name: flow_data.members(counted, name) for name in counted.boxes}
    outputs.text(html, flow_page.page(numbers, members, names=names(tables), **how))
    outputs.text(mmd, flow_mermaid.mermaid(numbers, **how))
    outputs.text(txt, flow_text.text(numbers, **how))


def lists(*, review: str, screening: str, settings: str, lists: Iterable[str]) -> None:
    """List reports by what became of them, what each source found, and every decision.

    `lists` are the paths of the files of `flow_lists.files`, each under its name there.
    """
    from scopeline import flow_lists

    chosen, _ = _settings(settings)
    tables = _review(review, *_OF_FLOW)
    listed = flow_lists.files(_flow(tables, screening, chosen), tables.table("reports"), tables.table("records"))
    for path in lists:
        content = listed[Path(path).name]
        if isinstance(content, str):
            outputs.text(path, content)
        else:
            outputs.table(path, content)


def charting(
    *, review: str, settings: str, charted: str, characteristics: str, studies: str, agreement: str, frames: str
) -> None:
    """Write the characteristics of the sources of evidence, and how well reviewers agreed in charting them."""
    from scopeline import evidence

    chosen, codebook = _settings(settings)
    found = evidence.charted(_review(review), codebook, chosen)
    found["agreement"] = _frames(charted)["agreement"]
    outputs.table(agreement, found["agreement"])
    outputs.table(characteristics, found["characteristics"])
    outputs.table(studies, found["studies"])
    _save(frames, found)


def synthesis(*, review: str, settings: str, condition_by_domain: str, directions: str, frames: str) -> None:
    """Fold findings to one direction a study and domain, and count studies."""
    from scopeline.evidence import synthesised

    chosen, codebook = _settings(settings)
    found = synthesised(_review(review), codebook, chosen)
    outputs.table(condition_by_domain, found["tally"])
    outputs.table(directions, found["folded"])
    _save(frames, found)


def harms(*, review: str, settings: str, harms: str, summary: str, silence: str, frames: str) -> None:
    """Write the harms, their proportions, and which studies are silent on them."""
    from scopeline.evidence import harmed

    chosen, codebook = _settings(settings)
    found = harmed(_review(review), codebook, chosen)
    for path, name in ((harms, "harms"), (summary, "summary"), (silence, "silence")):
        outputs.table(path, found[name])
    _save(frames, found)


def figures(*, review: str, synthesis: str, harms: str, settings: str, folder: str) -> None:
    """Draw the figures of the synthesis into `folder`, and list them there with their words in index.json.

    Each page of a figure is an svg, a png and a csv with the numbers that it shows.
    """
    from scopeline.figures import evidence_figures, look

    chosen, codebook = _settings(settings)
    drawings = evidence_figures.draw(
        _review(review), codebook, chosen, synthesised=_frames(synthesis), harmed=_frames(harms)
    )
    for page in evidence_figures.pages(drawings):
        outputs.text(f"{folder}/{page.name}.svg", page.svg)
        Path(f"{folder}/{page.name}.png").write_bytes(look.png(page.svg))
        outputs.table(f"{folder}/{page.name}.csv", page.data)
    told = {
        name: {
            "pages": [
                {"name": page.name, "title": page.title, "alt": page.alt, "caption": page.caption}
                for page in drawing.pages
            ],
            "why_not": drawing.why_not,
        }
        for name, drawing in drawings.items()
    }
    outputs.plain(f"{folder}/index.json", told)


def tables(
    *,
    review: str,
    charting: str,
    synthesis: str,
    harms: str,
    settings: str,
    workbook: str,
    dictionary: Iterable[str],
    further: str,
) -> None:
    """Write every table as a sheet of one workbook, and the codebook as a data dictionary.

    `further` is the folder of the tables that only some reviews have (`evidence.FURTHER`).
    """
    from scopeline import evidence
    from scopeline.quarantine import by_part
    from scopeline.report import dictionary as dictionaries
    from scopeline.tables import workbook as workbooks

    chosen, codebook = _settings(settings)
    charted, found, harmed = _frames(charting), _frames(synthesis), _frames(harms)
    read = _review(review)
    judged = evidence.appraised(read, codebook, chosen)
    Path(further).mkdir(parents=True, exist_ok=True)
    for name, frame in evidence.further(charted, found, harmed, judged).items():
        if len(frame):
            outputs.table(f"{further}/{evidence.FURTHER[name]}", frame)
    how = chosen.synthesis
    sheets = workbooks.sheets_of(
        charted=charted,
        synthesised=found,
        harmed=harmed,
        appraised=judged,
        agreement=evidence.agreed(read, chosen),
        row=(how.rows, evidence.label(codebook, how.rows)),
        column=(how.columns, evidence.label(codebook, how.columns)),
        labels=evidence.labels(codebook),
        losses=by_part(read.lost, codebook, chosen),
        participants=evidence.counting(chosen).sentence,
    )
    tests = {"counted": how.vote_counting.directions, "combined": how.vote_counting.p_values}
    notes = [*chosen.review.caveats, *workbooks.counting_notes(how.majority, **tests)]
    workbooks.write(Path(workbook), sheets, title=chosen.review.title, notes=notes)
    for folder in {Path(path).parent for path in dictionary}:
        dictionaries.write(codebook, folder)


def report(
    *,
    review: str,
    screening: str,
    charting: str,
    synthesis: str,
    harms: str,
    validation: str,
    duplicates: str,
    agreement_svg: str,
    figures: str,
    settings: str,
    page: str,
    summary: str,
    tokens: str,
    checklists: Iterable[str],
) -> None:
    """Write the page that tells it, its summary with the tokens that lead its numbers to the cells, and checklists.

    `figures` is the folder of the figures of the synthesis. Everything else of the results must have been built:
    checklists name only files that are there; they are `prisma_scr.md`, `swim.md`, `jbi.md` and `index.html`.
    """
    from scopeline import lineage
    from scopeline.report import page as pages
    from scopeline.report import summary as summaries
    from scopeline.report.gathering import gathered
    from scopeline.report.words import Markdown

    chosen, codebook = _settings(settings)
    tables = _review(review)
    counted = _flow(tables, screening, chosen)
    index = json.loads(Path(figures, "index.json").read_text(encoding="utf-8"))
    drawn = [page["name"] for drawing in index.values() for page in drawing["pages"]]
    with Path(duplicates).open(encoding="utf-8", newline="") as lines:
        likely = sum(1 for _ in csv.DictReader(lines))
    told = gathered(
        tables,
        codebook,
        chosen,
        counted,
        charted=_frames(charting),
        synthesised=_frames(synthesis),
        harmed=_frames(harms),
        validation=json.loads(Path(validation).read_text(encoding="utf-8")),
        figures=index,
        pictures={name: Path(figures, f"{name}.svg").read_text(encoding="utf-8") for name in drawn},
        agreement_svg=Path(agreement_svg).read_text(encoding="utf-8"),
        likely_duplicates=likely,
    )
    outputs.text(page, pages.page(told))
    pen = Markdown()
    outputs.text(summary, summaries.summary(told, pen))
    cells = lineage.Cells(tables, chosen, told.directions)
    outputs.plain(tokens, lineage.as_json(pen.tokens.values(), lineage.tables_of(told), cells))
    _write_checklists(checklists, told, chosen, codebook, tables, counted, build=Path(page).parent)


def _write_checklists(
    paths: Iterable[str],
    told: "Evidence",
    settings: "Settings",
    codebook: "Codebook",
    review: "Review",
    counted: "Flow",
    *,
    build: Path,
) -> None:
    from scopeline import checklists, flow_lists
    from scopeline.report import checklist_page
    from scopeline.report.places import Published
    from scopeline.report.words import Markdown, Pen

    folders = {build: build, Path("results/validation"): Path("results")}
    built = {path.relative_to(top).as_posix() for folder, top in folders.items() for path in folder.rglob("*")}
    facts = checklists.Facts(
        told,
        settings,
        codebook,
        built | {"report.html", "summary.md"},
        team=settings.checklists,
        appraisal=review.table("appraisal"),
        excluded=flow_lists.excluded_at_full_text(counted, review.table("records")),
        published=Published(build, Path("results")),
    )
    contents = {
        f"{each.name}.md": checklist_page.markdown(each) for each in checklists.answered(facts, Markdown(linked=False))
    }
    contents["index.html"] = checklist_page.page(checklists.answered(facts, Pen()))
    for path in paths:
        outputs.text(path, contents[Path(path).name])


def publish(
    *,
    built: Iterable[str],
    folders: Iterable[str],
    build: str,
    results: str,
    raw: Mapping[str, str],
    config: Iterable[str],
) -> None:
    """Replace the published files by those just built, and say which edits made by hand were kept, and where.

    `folders` hold files whose number depends on the data: the figures, and tables that only some reviews have.
    """
    from scopeline.publish import publish as replace

    more = [path.as_posix() for folder in folders for path in sorted(Path(folder).iterdir())]
    inputs = {**raw, **{path: digests.sha256(path) for path in config if Path(path).is_file()}}
    versions = {"scopeline": __version__, **dict(name.split("-", 1) for name in digests.installed())}
    done = replace([*built, *more], build, results, inputs=inputs, versions=versions)
    for name, kept in done.kept.items():
        print(
            f"{results}/{name} had been edited by hand. That version is now {results}/{kept}.",
            file=sys.stderr,
            flush=True,
        )


def _settings(path: str) -> "tuple[Settings, Codebook]":
    from scopeline.codebook import Codebook
    from scopeline.settings import Settings

    whole = json.loads(Path(path).read_text(encoding="utf-8"))
    return Settings.model_validate(whole["settings"]), Codebook.model_validate(whole["codebook"])


def _review(path: str, *only: str) -> "Review":
    from scopeline.review import Review

    return Review.load(Path(path), only or None)


def _screening(path: str) -> "Screening":
    from scopeline import store
    from scopeline.screening import Screening

    frames, about = store.load_frames(Path(path))
    return Screening(
        **frames, reasons=tuple(about["reasons"]), stages=tuple(about["stages"]), own_reports=about["own_reports"]
    )


def _flow(tables: "Review", screening: str, settings: "Settings") -> "Flow":
    from scopeline import flow as flows

    return flows.of_review(tables, _screening(screening), settings)


def _save(path: str, frames: "dict[str, pd.DataFrame]", about: dict[str, Any] | None = None) -> None:
    from scopeline import store

    store.save_frames(Path(path), frames, about)


def _frames(path: str) -> "dict[str, pd.DataFrame]":
    from scopeline import store

    return store.load_frames(Path(path))[0]


def _cell_seals(cells: Iterable[str]) -> list[Path]:
    return [Path("results/interim/seals/cells", Path(path).with_suffix(".json").name) for path in cells]
