"""
Tables, report, and the one step that touches what a co-author reads.

INPUTS   everything below results/interim/build/
OUTPUTS  results/report.html, summary.md, prisma/, tables/, dictionary/, manifest.json
STEPS    figures   evidence map, effect directions, harms, and more: svg, png and csv of each page
         tables    every table as a sheet of one workbook; the codebook as a data dictionary
         report    the page that tells it
         publish   replaces the published files, each in one instant; edits made by hand are kept in results/kept/

The published files are outputs that are updated: Snakemake does not delete them before the step, and puts them back
should it fail. A run that stops anywhere leaves the last good results as they were.
"""

TABLES = [
    rules.screening.output.agreement,
    rules.charting.output.agreement,
    rules.charting.output.characteristics,
    rules.charting.output.studies,
    rules.synthesis.output.condition_by_domain,
    rules.synthesis.output.directions,
    rules.harms.output.harms,
    rules.harms.output.summary,
    rules.harms.output.silence,
]


rule figures:
    input:
        review=rules.validate.output.review,
        synthesis=rules.synthesis.output.frames,
        harms=rules.harms.output.frames,
        settings=rules.settings.output.settings,
    output:
        folder=directory("results/interim/build/figures/evidence"),
        seal="results/interim/seals/figures.json",
    log:
        "results/interim/logs/figures.log",
    run:
        sealed(steps.figures, input, output, log)


rule tables:
    input:
        review=rules.validate.output.review,
        charting=rules.charting.output.frames,
        synthesis=rules.synthesis.output.frames,
        harms=rules.harms.output.frames,
        settings=rules.settings.output.settings,
    output:
        workbook="results/interim/build/tables/synthesis.xlsx",
        dictionary=collect(
            "results/interim/build/dictionary/{name}",
            name=["dictionary.md", "dictionary.html", "extraction_instrument.md"],
        ),
        further=directory("results/interim/build/tables/further"),
        seal="results/interim/seals/tables.json",
    log:
        "results/interim/logs/tables.log",
    run:
        sealed(steps.tables, input, output, log)


rule report:
    input:
        review=rules.validate.output.review,
        screening=rules.validate.output.screening,
        charting=rules.charting.output.frames,
        synthesis=rules.synthesis.output.frames,
        harms=rules.harms.output.frames,
        validation=rules.validate.output.summary,
        duplicates=rules.duplicates.output.table,
        agreement_svg=rules.screening.output.svg,
        figures=rules.figures.output.folder,
        settings=rules.settings.output.settings,
        after=[
            rules.duplicates.output,
            rules.screening.output,
            rules.flow.output,
            rules.diagram.output,
            rules.lists.output,
            rules.charting.output,
            rules.synthesis.output,
            rules.harms.output,
            rules.tables.output,
        ],
    output:
        page="results/interim/build/report.html",
        summary="results/interim/build/summary.md",
        tokens="results/interim/build/summary.tokens.json",
        checklists=collect(
            "results/interim/build/checklists/{name}",
            name=["prisma_scr.md", "swim.md", "jbi.md", "index.html"],
        ),
        seal="results/interim/seals/report.json",
    log:
        "results/interim/logs/report.log",
    run:
        sealed(steps.report, input, output, log)


BUILT = [
    rules.report.output.page,
    rules.report.output.summary,
    rules.report.output.tokens,
    rules.report.output.checklists,
    rules.flow.output.flow,
    rules.flow.output.template,
    rules.diagram.output.svg,
    rules.diagram.output.png,
    rules.diagram.output.pdf,
    rules.diagram.output.html,
    rules.diagram.output.mmd,
    rules.diagram.output.txt,
    rules.flow.output.boxes,
    rules.lists.output.lists,
    rules.flow.output.snapshot,
    rules.screening.output.svg,
    rules.screening.output.png,
    rules.screening.output.title_abstract,
    rules.screening.output.full_text,
    TABLES,
    rules.tables.output.workbook,
    rules.tables.output.dictionary,
]


rule publish:
    input:
        built=BUILT,
        folders=[rules.figures.output.folder, rules.tables.output.further],
        after=rules.settings.output.settings,
    output:
        [update(path) for path in published(BUILT)],
        [
            update(directory(path))
            for path in published(
                [rules.figures.output.folder, rules.tables.output.further]
            )
        ],
        update("results/manifest.json"),
        seal="results/interim/seals/publish.json",
    log:
        "results/interim/logs/publish.log",
    run:
        sealed(
            steps.publish,
            input,
            output,
            log,
            build="results/interim/build",
            results="results",
            raw=RAW_DIGESTS,
            config=CONFIG,
        )
