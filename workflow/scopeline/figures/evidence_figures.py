"""All figures of the synthesis of a review, each from the frames that the tables are written from."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import pandas as pd

from .. import evidence
from ..codebook import Codebook
from ..review import Review
from ..settings import Settings
from . import (
    albatross,
    appraisal_figure,
    effect_direction,
    evidence_map,
    harms_plot,
    harvest,
    ranges,
    trend,
)
from .look import Drawing, Figure

#: The figures by name, in the order of the report.
NAMES = (
    "evidence_map",
    "evidence_map_design",
    "effect_direction",
    "harvest",
    "albatross",
    "harms",
    "trend",
    "ranges",
    "appraisal",
)


def draw(
    review: Review,
    codebook: Codebook,
    settings: Settings,
    *,
    synthesised: Mapping[str, pd.DataFrame],
    harmed: Mapping[str, pd.DataFrame],
) -> dict[str, Drawing]:
    """Figure → its drawing, in the order of `NAMES`; one that cannot honestly be drawn says why.

    `synthesised` and `harmed` are the frames of `evidence.synthesised` and `evidence.harmed`. A figure of a table that
    the review does not have, or that `figures.leave_out` names, is not there at all.
    """
    how, shown, review = settings.synthesis, settings.figures, review.counted()
    studies, findings = evidence.studies_of(review, codebook), review.table("findings")
    words = evidence.labels(codebook)
    rows, columns, designs = (evidence.order(codebook, name) for name in (how.rows, how.columns, shown.design))
    axes: dict[str, Any] = {"row": how.rows, "column": how.columns, "rows_order": rows, "columns_order": columns}
    axes |= {"row_label": evidence.label(codebook, how.rows), "column_label": evidence.label(codebook, how.columns)}
    by_domain: dict[str, Any] = {"column": how.columns, "columns_order": columns, "labels": words}
    design = evidence.label(codebook, shown.design)
    folded, event = synthesised["folded"], codebook.field("harms", "event")
    ranged = shown.ranges or _ranges(codebook)
    arms = {"intervention": settings.harms.intervention, "comparator": settings.harms.comparator}
    made: dict[str, tuple[str, Callable[[], Drawing]]] = {
        "evidence_map": ("findings", lambda: evidence_map.draw(folded, studies, labels=words, **axes)),
        "evidence_map_design": (
            "findings",
            lambda: evidence_map.draw(
                folded,
                studies,
                labels=words,
                series=shown.design,
                series_label=design,
                series_order=designs,
                name="evidence_map_design",
                **axes,
            ),
        ),
        "effect_direction": (
            "findings",
            lambda: effect_direction.draw(
                folded,
                studies,
                group=how.rows,
                groups_order=rows,
                n=shown.participants,
                appraisal=evidence.overall(review, codebook, settings),
                appraisal_order=evidence.judgements(codebook),
                **by_domain,
            ),
        ),
        "harvest": (
            "findings",
            lambda: harvest.draw(
                folded, studies, height=shown.design, height_order=designs, height_label=design, **by_domain
            ),
        ),
        "albatross": (
            "findings",
            lambda: albatross.draw(
                findings,
                studies,
                contrast=how.contrast,
                comparative=how.comparative,
                direction=how.direction,
                n=shown.participants,
                **by_domain,
            ),
        ),
        "harms": (
            "harms",
            lambda: harms_plot.draw(
                harmed["harms"],
                harmed["silence"],
                arms=arms,
                events_order=_values(codebook, "harms", "event"),
                groups=event.groups() if event else {},
                labels=words,
            ),
        ),
        "trend": (
            "studies",
            lambda: trend.draw(
                studies,
                year=shown.year,
                field=shown.design,
                field_label=design,
                year_label=evidence.label(codebook, shown.year),
                values_order=designs,
                labels=words,
                controlled=shown.controlled,
            ),
        ),
        "ranges": (
            "studies",
            lambda: ranges.draw(
                studies,
                evidence.study_fields(codebook, ranged),
                group=how.rows,
                groups_order=rows,
                labels=words,
                controlled=shown.controlled,
                name="ranges",
            ),
        ),
        "appraisal": (
            "appraisal",
            lambda: appraisal_figure.draw(
                review.table("appraisal"),
                domains_order=_values(codebook, "appraisal", "domain"),
                judgements_order=_values(codebook, "appraisal", "judgement"),
                labels=words,
            ),
        ),
    }
    return {
        name: drawn()
        for name, (table, drawn) in made.items()
        if table in review.tables and name not in shown.leave_out and (ranged or name != "ranges")
    }


def pages(drawings: Mapping[str, Drawing]) -> Iterable[Figure]:
    """Every page of every figure, in order."""
    for drawing in drawings.values():
        yield from drawing.pages


def _values(codebook: Codebook, table: str, name: str) -> list[str]:
    field = codebook.field(table, name)
    return [value.value for value in field.allowed] if field else []


def _ranges(codebook: Codebook) -> list[str]:
    """The fields of studies that hold ranges, such as dose and duration."""
    spec = codebook.tables.get("studies")
    return [field.name for field in spec.fields if field.what == "range"] if spec else []
