"""What the review's tables add up to, as the configuration asks for it: charting, synthesis, harms and appraisal.

The reckoning modules take plain columns; this one tells them which columns, in which order, from codebook and settings.
Only the included studies of the flow count (`Review.counted`).
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from . import appraisal, charting, harms, harms_compared, harms_course, harms_groups, sensitivity, strata, synthesis
from . import participants as people
from . import vote_counting as votes
from .agreement import full_panel
from .codebook import Codebook
from .quarantine import by_part, counted
from .review import Review
from .settings import Settings

if TYPE_CHECKING:
    import pandas as pd

    from .flow import Flow

    Frames = Mapping[str, pd.DataFrame]


#: The stratum that is the overall judgement of the table appraisal.
APPRAISAL = "appraisal"

#: Frames that a review has only where its data or its configuration ask for them → their csv in tables/further/.
FURTHER = {
    "cross": "characteristics_cross.csv",
    "totals": "condition_by_domain_totals.csv",
    "strata": "strata.csv",
    "sensitivity": "sensitivity.csv",
    "sensitivity_summary": "sensitivity_summary.csv",
    "vote_count": "vote_count.csv",
    "p_combined": "p_values.csv",
    "p_entered": "p_values_entered.csv",
    "swim": "swim.csv",
    "by_group": "harms_by_group.csv",
    "compared": "harms_compared.csv",
    "compared_across": "harms_compared_summary.csv",
    "compared_by_group": "harms_compared_by_group.csv",
    "discontinuations": "harms_stopped.csv",
    "resolution": "harms_resolved.csv",
    "lights": "appraisal.csv",
    "lights_summary": "appraisal_summary.csv",
}


def charted(review: Review, codebook: Codebook, settings: Settings) -> "dict[str, pd.DataFrame]":
    """`characteristics` (long form, one row a category), `studies` (one row a study), `cross` (a field by another)."""
    import pandas as pd

    review = review.counted()
    studies = studies_of(review, codebook)
    chosen = settings.charting
    fields = study_fields(codebook, chosen.fields)
    crossed = [
        charting.cross(studies, as_asked(study_fields(codebook, names), codebook, settings), by)
        for name, names in chosen.cross.items()
        for by in as_asked(study_fields(codebook, [name]), codebook, settings)
    ]
    empty = charting.cross(studies[:0], [], charting.FieldSpec(""))
    return {
        "characteristics": charting.characteristics(studies, as_asked(fields, codebook, settings)),
        "studies": charting.by_study(studies, study_fields(codebook, chosen.by_study or chosen.fields)),
        "cross": pd.concat(crossed, ignore_index=True) if crossed else empty,
    }


def study_fields(codebook: Codebook, names: list[str]) -> list[charting.FieldSpec]:
    """The data items of studies that are shown: those named, or all that are not free text."""
    spec = codebook.tables.get("studies")
    if spec is None:
        return []
    shown = names or [field.name for field in spec.fields if field.what != "text"]
    return [charting.FieldSpec.of(spec.by_name[name]) for name in shown]


def as_asked(fields: list[charting.FieldSpec], codebook: Codebook, settings: Settings) -> list[charting.FieldSpec]:
    """Fields by the groups of their values and behind the codebook's gates, where the configuration says so."""
    chosen = settings.charting
    spec = codebook.tables.get("studies")
    shut = charting.gates(spec) if spec is not None and chosen.gates else {}
    gated = [replace(field, gates=shut.get(field.name, ())) for field in fields]
    return [field.grouped() if field.name in chosen.grouped else field for field in gated]


def studies_of(review: Review, codebook: Codebook) -> "pd.DataFrame":
    """The studies, one row each: where reports of a study have rows of their own they are put together."""
    from .study_rows import one_per_study

    review = review.counted()
    reports, spec = review.table("reports"), codebook.tables.get("studies")
    companions: set[str] = set()
    if {"report_id", "companion_of"} <= set(reports.columns):
        companions = set(reports.loc[reports["companion_of"].notna(), "report_id"].dropna())
    multi = [field.name for field in spec.fields if field.what == "multi"] if spec else []
    return one_per_study(review.table("studies"), multi=multi, companions=companions)


def counting(settings: Settings) -> people.Counting:
    """How participants are counted."""
    how = settings.synthesis.participants
    return people.Counting(how.crossovers, how.fields, how.design, how.crossover_designs, how.periods)


def synthesised(review: Review, codebook: Codebook, settings: Settings) -> "dict[str, pd.DataFrame]":
    """`folded` (study × cell × basis), `directions` (study × cell), `tally` (cell), `grid` (matrix with empty cells),
    `totals` (rows, columns and all); `strata`, `sensitivity` (cell × analysis) with `sensitivity_summary`; where the
    review asks for them `vote_count`, `p_combined` with `p_entered`, and `swim` beside them.

    `folded` tells in `speaks` (yes, no) which basis speaks for the study where it has findings of several.
    """
    how, review = settings.synthesis, review.counted()
    studies = studies_of(review, codebook)
    axes: dict[str, Any] = {"row": how.rows, "column": how.columns}
    bases = {"comparative": tuple(how.comparative), "uncontrolled": tuple(how.uncontrolled)}
    findings = synthesis.with_study_fields(review.table("findings"), studies, list(axes.values()))
    if {"_source", "_row", how.direction} <= set(findings.columns):
        findings = findings.assign(**{synthesis.CELL: review.addresses("findings", how.direction)})
    orders: dict[str, Any] = {"rows_order": order(codebook, how.rows), "columns_order": order(codebook, how.columns)}
    folding: dict[str, Any] = {"direction": how.direction, "contrast": how.contrast, "bases": bases}
    folded = synthesis.fold(findings, **axes, **folding, majority=how.majority)
    directions = synthesis.directions(folded, **axes)
    key = ["study_id", *axes.values(), "basis"]
    spoken = set(directions[key].itertuples(index=False, name=None))
    speaks = ["yes" if line in spoken else "no" for line in folded[key].itertuples(index=False, name=None)]
    told: dict[str, Any] = {"counting": counting(settings), "controlled": how.controlled}
    found = {
        "folded": folded.assign(speaks=speaks),
        "directions": directions,
        "tally": synthesis.tally(directions, studies, folded, **axes, **orders, **told, keep_empty=how.empty_cells),
        "grid": synthesis.grid(directions, **axes, **orders),
        "totals": synthesis.totals(directions, studies, **axes, **orders, **told),
    }
    judged = overall(review, codebook, settings)
    known, cut = _strata(studies, judged, codebook, settings)
    if cut:
        found["strata"] = strata.stratified(
            directions, known, folded, cut, **axes, **orders, **told, keep_empty=how.empty_cells
        )
    analyses: list[sensitivity.Analysis] = []
    if how.sensitivity:
        analyses = sensitivity.usual(
            studies,
            findings,
            overall=judged,
            worst=settings.appraisal.worst,
            reports=review.table("reports"),
            controlled=how.controlled,
            overlap=how.overlap,
            n=how.participants.fields[0],
        )
        done = sensitivity.sensitivity(
            findings,
            studies,
            analyses,
            **axes,
            **folding,
            majority=how.majority,
            counting=told["counting"],
            folded=folded,
        )
        found |= {"sensitivity": done.cells, "sensitivity_summary": done.summary}
    asked = how.vote_counting
    if asked.directions:
        voted = votes.vote_count(directions, folded, **axes)
        found["vote_count"] = synthesis.in_order_of_axes(voted, **axes, **orders)
    if asked.p_values:
        of_p: dict[str, Any] = {"p_value": asked.p_value, "towards": asked.towards, "sides": asked.sides}
        combined = votes.combine_p_values(findings, **axes, **folding, **of_p, only=asked.bases, several=asked.several)
        for name, lines in (("p_combined", combined.cells), ("p_entered", combined.entered)):
            found[name] = synthesis.in_order_of_axes(lines, **axes, **orders)
    if asked.directions or asked.p_values:
        found["swim"] = votes.swim(
            row_label=label(codebook, how.rows),
            column_label=label(codebook, how.columns),
            majority=how.majority,
            participants_rule=told["counting"].sentence,
            counted=asked.directions,
            combined=asked.p_values,
            towards=asked.towards,
            several=asked.several,
            sides=asked.sides,
            only=asked.bases,
            strata=[spec.title for spec in cut],
            analyses=[analysis.label for analysis in analyses if not analysis.impossible],
        )
    return found


def _strata(
    studies: "pd.DataFrame", judged: Mapping[str, str], codebook: Codebook, settings: Settings
) -> "tuple[pd.DataFrame, list[charting.FieldSpec]]":
    """The fields that the counts are made within, and the studies with the columns that these need."""
    how = settings.synthesis
    cut: list[charting.FieldSpec] = []
    for name in dict.fromkeys([*how.strata, *how.bands]):
        if name == APPRAISAL:
            studies = appraisal.with_overall(studies, judged, APPRAISAL)
            told = labels(codebook).get("judgement", {})
            cut.append(charting.FieldSpec(APPRAISAL, "Appraisal", "category", judgements(codebook), told))
            continue
        (spec,) = study_fields(codebook, [name])
        if name in how.bands:
            studies, spec = strata.bands(studies, spec, how.bands[name], end=how.band_end)
        cut.append(spec.grouped() if name in settings.charting.grouped else spec)
    return studies, cut


def harmed(review: Review, codebook: Codebook, settings: Settings) -> "dict[str, pd.DataFrame]":
    """`harms` (study × arm × event), `summary` (event × group of arms), `silence` (studies by what they say).

    Also `compared` (intervention against comparator, by event) with `compared_across`; `by_group` and
    `compared_by_group` (by the groups of events in the codebook); `discontinuations`, `resolution`.
    """
    review = review.counted()
    studies, charted_harms = studies_of(review, codebook), review.table("harms")
    arms: Mapping[str, tuple[str, ...]] = {
        "intervention": tuple(settings.harms.intervention),
        "comparator": tuple(settings.harms.comparator),
        "all": ("all",),
    }
    event = codebook.field("harms", "event")
    events = [value.value for value in event.allowed] if event else []
    groups = event.groups() if event else {}
    groups_order = list(dict.fromkeys(groups.get(name, name) for name in events))
    how = counting(settings)
    told: dict[str, Any] = {"arms": arms, "crossovers": people.crossovers(studies, how)}
    told["unknown"] = people.without_design(studies, how)
    compared = harms_compared.compared(charted_harms, studies, **told, events_order=events)
    return {
        "harms": harms.proportions(charted_harms, studies),
        "summary": harms.summary(charted_harms, studies, arms=arms, events_order=events),
        "silence": harms.silence(charted_harms, studies),
        "compared": compared,
        "compared_across": harms_compared.across(compared),
        "by_group": harms_groups.by_group(charted_harms, groups, studies, arms=arms, groups_order=groups_order),
        "compared_by_group": harms_compared.compared(
            charted_harms, studies, **told, groups=groups, events_order=groups_order
        ),
        "discontinuations": harms_course.discontinuations(
            charted_harms, studies, events=settings.harms.stopped, arms=arms
        ),
        "resolution": harms_course.resolution(charted_harms, studies, arms=arms),
    }


def flow_numbers(flow: "Flow", review: Review, codebook: Codebook, settings: Settings) -> dict[str, Any]:
    """The flow as plain data (`flow_data.as_json`), with the codebook's labels of the reasons and what it lost."""
    from .flow_data import as_json

    lost = by_part(review.lost, codebook, settings).get("flow", "")
    return as_json(flow, labels(codebook).get("reason", {}), lost)


def agreed(review: Review, settings: Settings) -> "pd.DataFrame":
    """How well the reviewers agreed at each stage (`agreement.full_panel`)."""
    return full_panel(counted(review.table("votes"), "votes"), settings.screening.maybe_as)


def further(
    charted: "Frames", synthesised: "Frames", harmed: "Frames", appraised: "Frames"
) -> "dict[str, pd.DataFrame]":
    """Those frames of the four that are in `FURTHER`, by their name there."""
    of_appraisal = {"lights": appraised["lights"], "lights_summary": appraised["summary"]}
    every = {**charted, **synthesised, **harmed, **of_appraisal}
    return {name: frame for name, frame in every.items() if name in FURTHER}


def appraised(review: Review, codebook: Codebook, settings: Settings) -> "dict[str, pd.DataFrame]":
    """`lights` (instrument × study × domain) and `summary` (judgements counted); both empty without an appraisal."""
    domain, review = codebook.field("appraisal", "domain"), review.counted()
    lights = appraisal.traffic_light(
        review.table("appraisal"),
        studies_of(review, codebook),
        domains_order=[value.value for value in domain.allowed] if domain else (),
        judgements_order=judgements(codebook),
        overall=settings.appraisal.overall,
    )
    return {"lights": lights, "summary": appraisal.summary(lights, judgements_order=judgements(codebook))}


def overall(review: Review, codebook: Codebook, settings: Settings) -> dict[str, str]:
    """Study → overall judgement, for the studies that have one."""
    if review.table("appraisal").empty:
        return {}
    lights = appraised(review, codebook, settings)["lights"]
    rule = settings.appraisal.rule
    return appraisal.overall_judgement(lights, judgements_order=judgements(codebook), rule=rule)


def judgements(codebook: Codebook) -> list[str]:
    """The judgements of an appraisal in the codebook's order, from least to most concern."""
    field = codebook.field("appraisal", "judgement")
    return [value.value for value in field.allowed] if field else []


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
