"""What the review's tables add up to, as the configuration asks for it: charting, synthesis and harms by name.

The reckoning modules take plain columns; this one tells them which columns, in which order, from codebook and settings.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from . import charting, harms, synthesis
from .codebook import Codebook
from .review import Review
from .settings import Settings

if TYPE_CHECKING:
    import pandas as pd


def charted(review: Review, codebook: Codebook, settings: Settings) -> "dict[str, pd.DataFrame]":
    """`characteristics` (long form, one row a category) and `studies` (one row a study)."""
    studies = review.table("studies")
    chosen = settings.charting
    return {
        "characteristics": charting.characteristics(studies, study_fields(codebook, chosen.fields)),
        "studies": charting.by_study(studies, study_fields(codebook, chosen.by_study or chosen.fields)),
    }


def study_fields(codebook: Codebook, names: list[str]) -> list[charting.FieldSpec]:
    """The data items of studies that are shown: those named, or all that are not free text."""
    spec = codebook.tables.get("studies")
    if spec is None:
        return []
    shown = names or [field.name for field in spec.fields if field.what != "text"]
    return [charting.FieldSpec.of(spec.by_name[name]) for name in shown]


def synthesised(review: Review, codebook: Codebook, settings: Settings) -> "dict[str, pd.DataFrame]":
    """`folded` (study × cell × basis), `directions` (study × cell), `tally` (cell), `grid` (matrix with empty cells).

    `folded` tells in `speaks` (yes, no) which basis speaks for the study where it has findings of several.
    """
    how = settings.synthesis
    studies = review.table("studies")
    axes = {"row": how.rows, "column": how.columns}
    bases = {"comparative": tuple(how.comparative), "uncontrolled": tuple(how.uncontrolled)}
    findings = synthesis.with_study_fields(review.table("findings"), studies, list(axes.values()))
    rows_order, columns_order = order(codebook, how.rows), order(codebook, how.columns)
    folded = synthesis.fold(
        findings, **axes, direction=how.direction, contrast=how.contrast, bases=bases, majority=how.majority
    )
    directions = synthesis.directions(folded, **axes)
    key = ["study_id", *axes.values(), "basis"]
    spoken = set(directions[key].itertuples(index=False, name=None))
    speaks = ["yes" if line in spoken else "no" for line in folded[key].itertuples(index=False, name=None)]
    return {
        "folded": folded.assign(speaks=speaks),
        "directions": directions,
        "tally": synthesis.tally(
            directions, studies, folded, **axes, rows_order=rows_order, columns_order=columns_order
        ),
        "grid": synthesis.grid(directions, **axes, rows_order=rows_order, columns_order=columns_order),
    }


def harmed(review: Review, codebook: Codebook, settings: Settings) -> "dict[str, pd.DataFrame]":
    """`harms` (study × arm × event), `summary` (event × group of arms), `silence` (studies by what they say)."""
    studies, charted_harms = review.table("studies"), review.table("harms")
    arms: Mapping[str, tuple[str, ...]] = {
        "intervention": tuple(settings.harms.intervention),
        "comparator": tuple(settings.harms.comparator),
        "all": ("all",),
    }
    event = codebook.field("harms", "event")
    events = [value.value for value in event.allowed] if event else []
    return {
        "harms": harms.proportions(charted_harms, studies),
        "summary": harms.summary(charted_harms, studies, arms=arms, events_order=events),
        "silence": harms.silence(charted_harms, studies),
    }


def order(codebook: Codebook, name: str) -> list[str]:
    """The values of an axis in the codebook's order; empty where any text may stand."""
    field = codebook.field("findings", name) or codebook.field("studies", name)
    return [value.value for value in field.allowed] if field else []


def label(codebook: Codebook, name: str) -> str:
    """What an axis is called in tables."""
    field = codebook.field("findings", name) or codebook.field("studies", name)
    return field.label if field else name.replace("_", " ").capitalize()


def labels(codebook: Codebook) -> dict[str, dict[str, str]]:
    """Field → value → label, over all tables."""
    found: dict[str, dict[str, str]] = {}
    for table in codebook.resources:
        for field in table.fields:
            if field.allowed:
                found.setdefault(field.name, {}).update(field.labels())
    return found
