"""
Selection of sources of evidence (PRISMA-ScR item 14).

INPUTS   results/interim/review.arrow, screening.arrow, passed.json
OUTPUTS  prisma/flow.json|csv|svg|png   the PRISMA 2020 flow
         prisma/boxes/<box>.csv         the members of each box
         tables/agreement.csv           how well the reviewers agreed
STEPS    screening   how well the reviewers agreed, stage by stage
         flow        states give sets, sets give the numbers of the boxes
"""


rule screening:
    input:
        review=rules.validate.output.review,
        settings=rules.settings.output.settings,
        after=rules.gate.output.passed,
    output:
        agreement="results/interim/build/tables/agreement.csv",
        seal="results/interim/seals/screening.json",
    log:
        "results/interim/logs/screening.log",
    run:
        sealed(steps.screening, input, output, log)


rule flow:
    input:
        review=rules.validate.output.review,
        screening=rules.validate.output.screening,
        settings=rules.settings.output.settings,
        after=rules.gate.output.passed,
    output:
        flow="results/interim/build/prisma/flow.json",
        template="results/interim/build/prisma/flow.csv",
        svg="results/interim/build/prisma/flow.svg",
        png="results/interim/build/prisma/flow.png",
        boxes=collect("results/interim/build/prisma/boxes/{box}.csv", box=terms.BOXES),
        seal="results/interim/seals/flow.json",
    log:
        "results/interim/logs/flow.log",
    run:
        sealed(steps.flow, input, output, log)
