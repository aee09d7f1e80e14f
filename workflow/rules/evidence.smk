"""
Charting, synthesis and harms (PRISMA-ScR items 15 to 18).

INPUTS   results/interim/review.arrow, results/interim/passed.json
OUTPUTS  tables/characteristics.csv, studies.csv             the sources of evidence
         tables/condition_by_domain.csv, directions.csv      what they found
         tables/harms.csv, harms_summary.csv, harms_silence.csv
STEPS    charting    what kind of study each one is
         synthesis   findings give one direction a study and domain; studies are counted, not findings
         harms       proportions with their intervals, and which studies are silent on harms
"""


rule charting:
    input:
        review=rules.validate.output.review,
        settings=rules.settings.output.settings,
        after=rules.gate.output.passed,
        charted=rules.validate.output.charted,
    output:
        agreement="results/interim/build/tables/charting_agreement.csv",
        characteristics="results/interim/build/tables/characteristics.csv",
        studies="results/interim/build/tables/studies.csv",
        frames="results/interim/charting.arrow",
        seal="results/interim/seals/charting.json",
    log:
        "results/interim/logs/charting.log",
    run:
        sealed(steps.charting, input, output, log)


rule synthesis:
    input:
        review=rules.validate.output.review,
        settings=rules.settings.output.settings,
        after=rules.gate.output.passed,
    output:
        condition_by_domain="results/interim/build/tables/condition_by_domain.csv",
        directions="results/interim/build/tables/directions.csv",
        frames="results/interim/synthesis.arrow",
        seal="results/interim/seals/synthesis.json",
    log:
        "results/interim/logs/synthesis.log",
    run:
        sealed(steps.synthesis, input, output, log)


rule harms:
    input:
        review=rules.validate.output.review,
        settings=rules.settings.output.settings,
        after=rules.gate.output.passed,
    output:
        harms="results/interim/build/tables/harms.csv",
        summary="results/interim/build/tables/harms_summary.csv",
        silence="results/interim/build/tables/harms_silence.csv",
        frames="results/interim/harms.arrow",
        seal="results/interim/seals/harms.json",
    log:
        "results/interim/logs/harms.log",
    run:
        sealed(steps.harms, input, output, log)
