"""
Reading and checking.

INPUTS   raw/, config/
OUTPUTS  results/validation/            what is wrong, at which cell, and what to do about it
         results/interim/review.arrow   the checked tables; screening.arrow, one state a record
STEPS    settings   the configuration and the codebook are checked once
         ingest     each raw file becomes cells that know their address; one job a file
         validate   every cell is judged; finding errors is a result, not a failure
         gate       the only step that stops where the spreadsheets have errors
"""


rule settings:
    output:
        settings=f"results/interim/settings/{SETTINGS}.json",
        seal=f"results/interim/seals/settings.{SETTINGS}.json",
    log:
        "results/interim/logs/settings.log",
    run:
        sealed_by_name(
            steps.settings,
            input,
            output,
            log,
            config=CONFIG[0],
            codebook=CONFIG[1],
            digest=CONFIG_DIGEST,
        )


rule ingest:
    output:
        cells="results/interim/cells/{source}.{digest}.arrow",
        seal="results/interim/seals/cells/{source}.{digest}.json",
    log:
        "results/interim/logs/cells/{source}.{digest}.log",
    run:
        sealed_by_name(
            steps.ingest,
            input,
            output,
            log,
            raw=RAW[wildcards.source].path,
            digest=RAW_DIGESTS[RAW[wildcards.source].path],
        )


rule validate:
    input:
        cells=collect(
            rules.ingest.output.cells,
            zip,
            source=CELLS.keys(),
            digest=CELLS.values(),
        ),
        settings=rules.settings.output.settings,
    output:
        issues="results/validation/issues.csv",
        page="results/validation/index.html",
        summary="results/validation/summary.json",
        waivers="results/validation/waivers.csv",
        quarantined="results/validation/quarantine.csv",
        accounts=collect(
            "results/validation/{name}",
            name=["conservation.csv", "rows_left_out.csv"],
        ),
        machines=collect(
            "results/validation/{name}",
            name=["issues.sarif", "issues.junit.xml", "summary.md"],
        ),
        review="results/interim/review.arrow",
        conflicts="results/validation/charting_conflicts.csv",
        to_settle="results/validation/conflicts_to_settle.xlsx",
        charted="results/interim/double_charting.arrow",
        screening="results/interim/screening.arrow",
        seal="results/interim/seals/validate.json",
    log:
        "results/interim/logs/validate.log",
    run:
        sealed(steps.validate, input, output, log)


rule gate:
    input:
        summary=rules.validate.output.summary,
        issues=rules.validate.output.issues,
        review=rules.validate.output.review,
        settings=rules.settings.output.settings,
    output:
        passed="results/interim/passed.json",
        seal="results/interim/seals/gate.json",
    log:
        "results/interim/logs/gate.log",
    run:
        sealed(steps.gate, input, output, log)
