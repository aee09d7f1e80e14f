"""
Selection of sources of evidence (PRISMA-ScR item 14).

INPUTS   results/interim/review.arrow, screening.arrow, passed.json
OUTPUTS  prisma/flow.json|csv           the numbers of the PRISMA 2020 flow
         prisma/flow.svg|png|pdf|html   the diagram; the page links each box to its members
         prisma/flow.mmd|txt            the same as Mermaid and as plain text
         prisma/boxes/<box>.csv         the members of each box
         prisma/lists/*.csv|ris         excluded with reasons, not retrieved, included, yield of each source, decisions
         prisma/snapshot.csv            what an updated review needs to know of this version
         tables/agreement.csv           how well the reviewers agreed
         figures/agreement.svg|png      the same as a figure
         screening/conflicts_*.xlsx     what the votes of a stage leave open, to be settled and put into raw/
         results/validation/duplicates_to_review.csv|xlsx   records that look like duplicates, to be judged
STEPS    duplicates  records that look alike are proposed, never removed
         screening   how well the reviewers agreed, stage by stage, and what they left open
         flow        states give sets, sets give the numbers of the boxes
         diagram     the boxes drawn, each with the way to its members
         lists       reports by what became of them, sources by what they found
"""


rule duplicates:
    input:
        review=rules.validate.output.review,
        after=rules.gate.output.passed,
    output:
        table="results/validation/duplicates_to_review.csv",
        workbook="results/validation/duplicates_to_review.xlsx",
        seal="results/interim/seals/duplicates.json",
    log:
        "results/interim/logs/duplicates.log",
    run:
        sealed(steps.duplicates, input, output, log)


rule screening:
    input:
        review=rules.validate.output.review,
        screening=rules.validate.output.screening,
        settings=rules.settings.output.settings,
        after=rules.gate.output.passed,
    output:
        agreement="results/interim/build/tables/agreement.csv",
        svg="results/interim/build/figures/agreement.svg",
        png="results/interim/build/figures/agreement.png",
        title_abstract="results/interim/build/screening/conflicts_title_abstract.xlsx",
        full_text="results/interim/build/screening/conflicts_full_text.xlsx",
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
        boxes=collect(
            "results/interim/build/prisma/boxes/{box}.csv",
            box=[*terms.BOXES, "further"],
        ),
        snapshot="results/interim/build/prisma/snapshot.csv",
        seal="results/interim/seals/flow.json",
    log:
        "results/interim/logs/flow.log",
    run:
        sealed(steps.flow, input, output, log)


rule diagram:
    input:
        review=rules.validate.output.review,
        screening=rules.validate.output.screening,
        settings=rules.settings.output.settings,
        flow=rules.flow.output.flow,
    output:
        svg="results/interim/build/prisma/flow.svg",
        png="results/interim/build/prisma/flow.png",
        pdf="results/interim/build/prisma/flow.pdf",
        html="results/interim/build/prisma/flow.html",
        mmd="results/interim/build/prisma/flow.mmd",
        txt="results/interim/build/prisma/flow.txt",
        seal="results/interim/seals/diagram.json",
    log:
        "results/interim/logs/diagram.log",
    run:
        sealed(steps.diagram, input, output, log)


rule lists:
    input:
        review=rules.validate.output.review,
        screening=rules.validate.output.screening,
        settings=rules.settings.output.settings,
        after=rules.flow.output.flow,
    output:
        lists=collect(
            "results/interim/build/prisma/lists/{name}",
            name=[
                "excluded_at_full_text.csv",
                "not_retrieved.csv",
                "awaiting_or_ongoing.csv",
                "included.csv",
                "source_yield.csv",
                "decisions.ris",
            ],
        ),
        seal="results/interim/seals/lists.json",
    log:
        "results/interim/logs/lists.log",
    run:
        sealed(steps.lists, input, output, log)
