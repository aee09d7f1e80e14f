"""The front door: `snakemake --cores 4` makes results/report.html and everything beside it."""


include: "workflow/Snakefile"


rule all:
    default_target: True
    input:
        rules.results.input,
