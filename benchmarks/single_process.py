"""The whole pipeline in one Python process through the library: the yardstick of benchmark W1.

Run in a review folder: every step of the workflow is called in its order, on the same paths.
"""

import importlib.util
import sys
from pathlib import Path

WORKFLOW = Path(__file__).resolve().parent.parent / "workflow"
sys.path.insert(0, str(WORKFLOW))

from scopeline import digests, rawfiles, steps  # noqa: E402  (the path comes first)
from scopeline.conservation import NAMES as ACCOUNTS  # noqa: E402
from scopeline.flow_lists import FILES as LISTS  # noqa: E402
from scopeline.report.machines import NAMES as MACHINE_FILES  # noqa: E402
from scopeline.terms import BOXES  # noqa: E402

assert importlib.util.find_spec("snakemake_logger_plugin_scopeline")

BUILD, INTERIM = "results/interim/build", "results/interim"
settings, review, screening, passed = (
    f"{INTERIM}/settings/one.json",
    f"{INTERIM}/review.arrow",
    f"{INTERIM}/screening.arrow",
    f"{INTERIM}/passed.json",
)
checked, charted = "results/validation", f"{INTERIM}/double_charting.arrow"
charting, synthesis, harms = f"{INTERIM}/charting.arrow", f"{INTERIM}/synthesis.arrow", f"{INTERIM}/harms.arrow"

config = ["config/config.yaml", "config/codebook.yaml"]
steps.settings(config=config[0], codebook=config[1], digest=digests.of_files(config), settings=settings)
files = rawfiles.read_files("raw")
raw = digests.of_raw_files([file.path for file in files.values()], Path(".digests.json"))
cells = [f"{INTERIM}/cells/{source}.arrow" for source in files]
for file, kept in zip(files.values(), cells, strict=True):
    steps.ingest(raw=file.path, digest=raw[file.path], cells=kept)
steps.validate(
    cells=cells,
    settings=settings,
    issues=f"{checked}/issues.csv",
    page=f"{checked}/index.html",
    summary=f"{checked}/summary.json",
    waivers=f"{checked}/waivers.csv",
    quarantined=f"{checked}/quarantine.csv",
    accounts=[f"{checked}/{name}" for name in ACCOUNTS],
    machines=[f"{checked}/{name}" for name in MACHINE_FILES],
    review=review,
    conflicts=f"{checked}/charting_conflicts.csv",
    to_settle=f"{checked}/conflicts_to_settle.xlsx",
    charted=charted,
    screening=screening,
)
steps.duplicates(
    review=review,
    table=f"{checked}/duplicates_to_review.csv",
    workbook=f"{checked}/duplicates_to_review.xlsx",
)
steps.gate(
    summary=f"{checked}/summary.json", issues=f"{checked}/issues.csv", review=review, settings=settings, passed=passed
)
steps.screening(
    review=review,
    screening=screening,
    settings=settings,
    title_abstract=f"{BUILD}/screening/conflicts_title_abstract.xlsx",
    full_text=f"{BUILD}/screening/conflicts_full_text.xlsx",
    agreement=f"{BUILD}/tables/agreement.csv",
    svg=f"{BUILD}/figures/agreement.svg",
    png=f"{BUILD}/figures/agreement.png",
)
boxes = [f"{BUILD}/prisma/boxes/{box}.csv" for box in (*BOXES, "further")]
of_flow = {"review": review, "screening": screening, "settings": settings}
steps.flow(
    **of_flow,
    flow=f"{BUILD}/prisma/flow.json",
    template=f"{BUILD}/prisma/flow.csv",
    boxes=boxes,
    snapshot=f"{BUILD}/prisma/snapshot.csv",
)
steps.diagram(
    **of_flow,
    flow=f"{BUILD}/prisma/flow.json",
    **{form: f"{BUILD}/prisma/flow.{form}" for form in ("svg", "png", "pdf", "html", "mmd", "txt")},
)
steps.lists(**of_flow, lists=[f"{BUILD}/prisma/lists/{name}" for name in LISTS])
steps.charting(
    review=review,
    settings=settings,
    characteristics=f"{BUILD}/tables/characteristics.csv",
    studies=f"{BUILD}/tables/studies.csv",
    frames=charting,
    charted=charted,
    agreement=f"{BUILD}/tables/charting_agreement.csv",
)
steps.synthesis(
    review=review,
    settings=settings,
    condition_by_domain=f"{BUILD}/tables/condition_by_domain.csv",
    directions=f"{BUILD}/tables/directions.csv",
    frames=synthesis,
)
steps.harms(
    review=review,
    settings=settings,
    harms=f"{BUILD}/tables/harms.csv",
    summary=f"{BUILD}/tables/harms_summary.csv",
    silence=f"{BUILD}/tables/harms_silence.csv",
    frames=harms,
)
steps.figures(review=review, synthesis=synthesis, harms=harms, settings=settings, folder=f"{BUILD}/figures/evidence")
steps.tables(
    review=review,
    charting=charting,
    synthesis=synthesis,
    harms=harms,
    settings=settings,
    workbook=f"{BUILD}/tables/synthesis.xlsx",
    dictionary=[
        f"{BUILD}/dictionary/{name}" for name in ("dictionary.md", "dictionary.html", "extraction_instrument.md")
    ],
    further=f"{BUILD}/tables/further",
)
steps.report(
    review=review,
    screening=screening,
    charting=charting,
    synthesis=synthesis,
    harms=harms,
    validation=f"{checked}/summary.json",
    duplicates=f"{checked}/duplicates_to_review.csv",
    agreement_svg=f"{BUILD}/figures/agreement.svg",
    figures=f"{BUILD}/figures/evidence",
    settings=settings,
    page=f"{BUILD}/report.html",
    summary=f"{BUILD}/summary.md",
    tokens=f"{BUILD}/summary.tokens.json",
    checklists=[f"{BUILD}/checklists/{name}" for name in ("prisma_scr.md", "swim.md", "jbi.md", "index.html")],
)
built = [path.as_posix() for path in sorted(Path(BUILD).rglob("*")) if path.is_file()]
steps.publish(
    built=built,
    folders=[f"{BUILD}/figures/evidence", f"{BUILD}/tables/further"],
    build=BUILD,
    results="results",
    raw=raw,
    config=config,
)
