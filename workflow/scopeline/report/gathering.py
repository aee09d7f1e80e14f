"""What the report tells, gathered from a review, its flow and the frames of the steps before."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from .. import __version__, evidence
from ..agreement import panel
from ..codebook import Codebook
from ..figures import flow_diagram
from ..flow import Flow
from ..names import names
from ..quarantine import by_part, counted
from ..review import Review
from ..settings import Settings
from .page import Evidence

if TYPE_CHECKING:
    Frames = Mapping[str, pd.DataFrame]


def gathered(
    review: Review,
    codebook: Codebook,
    settings: Settings,
    flow: Flow,
    *,
    charted: "Frames",
    synthesised: "Frames",
    harmed: "Frames",
    validation: dict[str, Any],
    figures: dict[str, Any],
    pictures: dict[str, str],
    agreement_svg: str,
    likely_duplicates: int,
) -> Evidence:
    """All that the report tells.

    charted, synthesised and harmed: the frames of `evidence`, and among those charted `agreement` as
    `charting_agreement` gives it. validation: validation/summary.json. The others: as in `page.Evidence`.
    """
    how = settings.synthesis
    numbers = evidence.flow_numbers(flow, review, codebook, settings)
    wording = settings.flow.wording
    return Evidence(
        title=settings.review.title,
        subtitle=settings.review.subtitle,
        question=settings.review.question,
        caveats=list(settings.review.caveats),
        flow=numbers,
        flow_svg=flow_diagram.svg(numbers, title="PRISMA 2020 flow diagram", links="prisma/boxes", wording=wording),
        box_members={name: list(box.members) for name, box in flow.boxes.items()},
        agreement=panel(counted(review.table("votes"), "votes"), settings.screening.maybe_as),
        agreement_lines=evidence.agreed(review, settings),
        characteristics=charted["characteristics"],
        charting_agreement=charted["agreement"],
        field_labels={(table.name, field.name): field.label for table in codebook.resources for field in table.fields},
        studies=charted["studies"],
        tally=synthesised["tally"],
        directions=synthesised["folded"],
        harms=harmed["harms"],
        harms_summary=harmed["summary"],
        harms_silence=harmed["silence"],
        validation=validation,
        names=names(review),
        rows_label=evidence.label(codebook, how.rows),
        columns_label=evidence.label(codebook, how.columns),
        rows_order=evidence.order(codebook, how.rows),
        columns_order=evidence.order(codebook, how.columns),
        labels=evidence.labels(codebook),
        version=__version__,
        majority=how.majority,
        reason_members={
            box: {reason: list(ids) for reason, ids in reasons.items()} for box, reasons in flow.reasons.items()
        },
        source_members={name: list(source.members) for name, source in flow.all_sources.items()},
        losses=by_part(review.lost, codebook, settings),
        tables=sorted(review.tables),
        figures=figures,
        pictures=pictures,
        agreement_svg=agreement_svg,
        axes=(how.rows, how.columns),
        design=settings.figures.design,
        likely_duplicates=likely_duplicates,
        further=evidence.further(charted, synthesised, harmed, evidence.appraised(review, codebook, settings)),
    )
