"""The sentences that the report and its summary share, so that both say the same in the same words."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from .. import text

#: A reader must meet this wherever counts of studies stand by direction.
NOT_A_TEST = "Counts of directions describe; they are no test and say nothing of size, precision or risk of bias."
SILENCE = "Absence of information on harms is not absence of harm."
#: What stands for the flow where a review has nothing that it could count.
NO_FLOW = (
    "There is no PRISMA flow: the spreadsheets hold no records, votes or reports, and no number of the flow was typed."
)

_UNITS = ("studies", "reports")
_REMOVED = {"duplicates": "as duplicates", "automation": "by automation tools", "removed_other": "for other reasons"}


def of_flow(flow: Mapping[str, Any]) -> list[str]:
    """The selection of sources of evidence (PRISMA-ScR item 14) in sentences; boxes that are not there are not told."""
    boxes = {name: int(box["n"]) for name, box in flow.get("boxes", {}).items()}
    if not boxes:
        return [NO_FLOW]
    arms = any(name in boxes for name in ("other_identified", "other_sought"))
    updated = any(name.startswith("previous_") for name in boxes)

    told = [_with_reports("The previous version included {}.", boxes, "previous")] if updated else []
    if "identified" in boxes:
        where = " in databases and registers" if arms else ""
        told.append(f"{_were(boxes['identified'], 'record')} identified{where}.")
    removed = [(boxes[name], why) for name, why in _REMOVED.items() if boxes.get(name)]
    if removed and removed[0] == (1, _REMOVED["duplicates"]):
        removed[0] = (1, "as a duplicate")
    if removed:
        first = f"{text.number(removed[0][0])} {text.plural(removed[0][0], 'was')} removed {removed[0][1]}"
        told.append(f"Before screening, {text.names([first, *(f'{text.number(n)} {why}' for n, why in removed[1:])])}.")
    if "screened" in boxes:
        further = f" and {text.number(boxes['excluded'])} excluded" if "excluded" in boxes else ""
        told.append(f"{_were(boxes['screened'], 'record')} screened{further}{_split(boxes)}.")
    if "sought" in boxes:
        told.append(_retrieval(boxes))
    told += _unsettled(boxes)
    if arms:
        told += _by_other_methods(boxes)
    if "included_reports" in boxes:
        told.append(_inclusion(boxes, updated=updated))
    told += _altogether(flow, boxes)
    if typed := _typed(flow):
        told.append(typed)
    waiting = int(flow.get("pending") or 0)
    if waiting:
        are = text.plural(waiting, "is")
        told.append(f"The review is in progress: {text.counted(waiting, 'record')} {are} pending.")
    return told


def _split(boxes: Mapping[str, int]) -> str:
    """Who excluded, where automation tools did some of it."""
    if "excluded_automation" not in boxes:
        return ""
    parts = [f"{text.number(boxes['excluded_human'])} by a human"] if "excluded_human" in boxes else []
    parts.append(f"{text.number(boxes['excluded_automation'])} by automation tools")
    return f" ({text.names(parts)})"


def _unsettled(boxes: Mapping[str, int]) -> list[str]:
    """Reports that are neither included nor excluded."""
    awaiting, ongoing = boxes.get("awaiting", 0), boxes.get("ongoing", 0)
    parts = []
    if awaiting:
        parts.append(f"{text.counted(awaiting, 'report')} {'awaits' if awaiting == 1 else 'await'} classification")
    if ongoing:
        parts.append(f"{text.counted(ongoing, 'report')} {text.plural(ongoing, 'is')} of ongoing studies")
    return [f"{text.names(parts)}."] if parts else []


def _by_other_methods(boxes: Mapping[str, int]) -> list[str]:
    """The arm of other methods: what it found, what it lost before its reports were sought, and its reports."""
    told = []
    own = {name.removeprefix("other_"): n for name, n in boxes.items() if name.startswith("other_")}
    if "identified" in own:
        parts = [f"{_were(own['identified'], 'record')} identified"]
        parts += [f"{text.number(own[name])} removed {why}" for name, why in _REMOVED.items() if own.get(name)]
        if own.get("records_excluded"):
            parts.append(f"{text.number(own['records_excluded'])} excluded on title or abstract")
        told.append(f"By other methods, {text.names(parts)}.")
    if "sought" in own:
        told.append(f"Of these, {_retrieval(own)}" if told else f"By other methods, {_retrieval(own)}")
    return [*told, *_unsettled(own)]


def _inclusion(boxes: Mapping[str, int], *, updated: bool) -> str:
    reports, of = boxes["included_reports"], ""
    if boxes.get("other_included_reports"):
        of = f", {text.number(boxes['other_included_reports'])} of them found by other methods"
    if "included_studies" not in boxes:
        return f"{_were(reports, 'new report' if updated else 'report')} included{of}."
    words = ("new study", "new studies") if updated else ("study",)
    return f"{_were(boxes['included_studies'], *words)} included, from {text.counted(reports, 'report')}{of}."


def _with_reports(sentence: str, boxes: Mapping[str, int], stem: str) -> str:
    studies, reports = boxes.get(f"{stem}_studies"), boxes.get(f"{stem}_reports")
    parts = [text.counted(studies, "study")] if studies is not None else []
    parts += [text.counted(reports, "report")] if reports is not None else []
    return sentence.format(", from ".join(parts))


def _altogether(flow: Mapping[str, Any], boxes: Mapping[str, int]) -> list[str]:
    """What the previous version and this one include together, and why that is not the plain sum."""
    told = []
    if "total_studies" in boxes or "total_reports" in boxes:
        told.append(_with_reports("The review now includes {}.", boxes, "total"))
    previous = flow.get("previous") or {}
    if both := len(previous.get("studies_in_both") or ()):
        told.append(f"{text.counted(both, 'study')} of the previous version {text.plural(both, 'was')} found again.")
    if dropped := len(previous.get("dropped_studies") or ()):
        are = text.plural(dropped, "is")
        told.append(f"{text.counted(dropped, 'study')} of the previous version {are} not included any more.")
    if "total_studies_ma" in boxes or "total_reports_ma" in boxes:
        pooled = {f"pooled_{unit}": boxes[f"total_{unit}_ma"] for unit in _UNITS if f"total_{unit}_ma" in boxes}
        told.append(_with_reports("The meta-analysis includes {}.", pooled, "pooled"))
    return told


def _typed(flow: Mapping[str, Any]) -> str:
    """Which boxes hold a number that somebody typed instead of rows."""
    boxes = flow.get("boxes", {})
    typed = [str(box["label"]) for box in boxes.values() if box.get("typed")]
    if not typed:
        return ""
    if all(box["n"] == (box.get("typed") or 0) for box in boxes.values()):
        return "All of these numbers were typed; no rows stand behind them."
    return f"Typed in whole or in part, and not counted from rows: {text.names(typed)}."


def _were(count: int, unit: str, many: str = "") -> str:
    return f"{text.counted(count, unit, many)} {text.plural(count, 'was')}"


def _retrieval(boxes: Mapping[str, int]) -> str:
    parts = [f"{_were(boxes['sought'], 'report')} sought"]
    if "not_retrieved" in boxes:
        parts.append(f"{text.number(boxes['not_retrieved'])} not retrieved")
    if "assessed" in boxes:
        parts.append(f"{text.number(boxes['assessed'])} assessed for eligibility")
    if "reports_excluded" in boxes:
        parts.append(f"{text.number(boxes['reports_excluded'])} excluded")
    return text.names(parts) + "."


def of_sums(flow: Mapping[str, Any]) -> str:
    """Whether the sums of the flow hold, and how many need a named exception."""
    judged = flow.get("identities", [])
    if not judged:
        return ""
    broken = [identity["id"] for identity in judged if not identity["holds"]]
    if broken:
        do = text.plural(len(broken), "does")
        return f"{text.of(len(broken), len(judged))} sums of the flow {do} not hold: {text.names(broken)}."
    named = sum(bool(identity.get("exception")) for identity in judged)
    explained = f", {text.number(named)} of them by a named exception" if named else ""
    if len(judged) == 1:
        return "The one sum of the flow holds" + (", by a named exception." if named else ".")
    return f"All {text.number(len(judged))} sums of the flow hold{explained}."


def of_state(validation: Mapping[str, Any]) -> str:
    """The state of the data in one sentence."""
    parts = [text.counted(int(validation.get(f"{kind}s") or 0), kind) for kind in ("error", "warning", "note")]
    files = len(validation.get("files", []))
    told = f"{text.capital(text.counted(files, 'file'))} checked cell by cell: {text.names(parts)}."
    if waived := int(validation.get("waived") or 0):
        told += f" {text.counted(waived, 'issue')} {text.plural(waived, 'is')} waived, with who and why."
    if lost := sum(int(each["n"]) for each in validation.get("lost", []) if each["kind"] == "set aside"):
        told += f" {text.counted(lost, 'value')} {text.plural(lost, 'was')} left out; each table says which it lost."
    return told


def of_silence(silence: pd.DataFrame) -> str:
    """How many studies say nothing of harms, of how many."""
    if silence.empty or not int(silence["denominator"].iloc[0]):
        return f"No study is charted. {SILENCE}"
    sizes = {str(state): int(n) for state, n in zip(silence["state"], silence["n_studies"], strict=True)}
    whole = int(silence["denominator"].iloc[0])
    reported, zero = sizes.get("events", 0), sizes.get("zero_stated", 0)
    states = ("not_reported", "not_assessed", "not_charted")
    unreported, unassessed, uncharted = (sizes.get(state, 0) for state in states)
    silent = unreported + unassessed + uncharted
    parts = [
        f"{text.number(unreported)} {text.plural(unreported, 'does')} not report harms",
        f"{text.number(unassessed)} did not assess them",
    ]
    if uncharted:
        parts.append(f"{text.number(uncharted)} {text.plural(uncharted, 'is')} not charted yet")
    return (
        f"{text.of(reported, whole)} studies report at least one event and {text.number(zero)} only that events did "
        "not occur. "
        f"{text.of_percent(silent, whole)} {text.plural(silent, 'is', 'are')} silent: {text.names(parts)}. {SILENCE}"
    )


def of_gaps(empty: Sequence[str], cells: int, holding: int) -> str:
    """What the evidence map has no study for."""
    if not cells:
        return ""
    told = f"{text.of(cells - holding, cells)} cells hold no study."
    return f"{told} No study at all: {text.names(empty, most=12)}." if empty else told


def of_agreement(line: Mapping[str, Any]) -> str:
    """One pair of reviewers at one stage in one sentence."""
    stage = text.STAGE_LABELS.get(str(line["stage"]), str(line["stage"]))
    kappa = text.number(line["kappa"], 2) or "not estimable"
    interval = text.between(line["kappa_low"], line["kappa_high"])
    told = (
        f"{text.capital(stage)}: {line['reviewer_a']} and {line['reviewer_b']} agree on "
        f"{text.percent(line['percent_agreement']) or 'none'} of {text.number(line['n_joint'])} rated by both; "
        f"Cohen's kappa {kappa}"
    )
    return told + (f" (95{text.HARD_SPACE}% interval {interval})." if interval else ".")


def how_numbers_were_made(majority: float, maybe_as: Sequence[str]) -> list[tuple[str, str]]:
    """The rules of counting: what each is about, and what it says."""
    example = " So 7 of 10 is enough and 2 of 3 is not" if majority == 0.7 else ""
    interval = f"95{text.HARD_SPACE}% Wilson intervals"
    return [
        (
            "Unit",
            "Records, reports and studies are three units and never mix. Tables count studies, never findings or rows.",
        ),
        (
            "One direction per study",
            "The findings of one study in one cell are folded to one direction. Of those that are not unclear, at "
            f"least {text.percent(majority)} must say the same (benefit, no difference or harm), otherwise the study "
            "is mixed there; all unclear gives unclear. A mixed finding counts in the whole and for no side."
            f"{example} (after Boon & Thomson 2021).",
        ),
        (
            "Comparative and uncontrolled",
            "Findings against a comparator and findings without one are folded apart and shown apart. Where a study "
            "has both, the comparative findings speak for it in totals by direction.",
        ),
        ("Directions", NOT_A_TEST),
        (
            "Totals",
            "A study may stand in several cells of the evidence map. Totals count each study once and are not the sum "
            "of cells.",
        ),
        (
            "Agreement",
            "On what both reviewers rated; a vote that is missing is no category. Cohen's kappa is unweighted, its "
            "interval after Fleiss, Cohen and Everitt; PABAK after Byrt; AC1 with its interval after Gwet."
            f"{_maybe(maybe_as)}",
        ),
        (
            "Harms",
            f"Proportions are people with the event of people exposed, with {interval}. Nothing is pooled. {SILENCE}",
        ),
        (
            "Missing values",
            "Not reported, not applicable, unclear and not charted yet are four different things, counted apart.",
        ),
    ]


def _maybe(maybe_as: Sequence[str]) -> str:
    ways = {
        "include": "A maybe counts as include.",
        "exclude": "A maybe counts as exclude.",
        "category": "A maybe is a category of its own.",
    }
    return "".join(f" {ways[way]}" for way in maybe_as if way in ways)
