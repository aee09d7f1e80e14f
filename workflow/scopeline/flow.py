"""The PRISMA 2020 flow as sets: which record, report or study stands in which box, and the proof that it adds up.

A box's number is the size of its set, and what was typed of it where rows cannot exist. A box holds what has been done:
while a review goes on, records that wait are in no box after the one they reached, `pending` counts them, and the sums
they leave open carry the exception "pending".
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from scopeline import typed_counts, updates
from scopeline.errors import ConfigurationError
from scopeline.flow_rows import (
    SOURCE_LABELS,
    Arm,
    Source,
    arm,
    by_other_methods,
    by_reason,
    by_source,
    extra_reports,
    record_sources,
    rows_of,
    studies_of,
    survivors,
)
from scopeline.flow_sums import Sums
from scopeline.identities import FlowException, Identity, check_totals
from scopeline.screening import Screening
from scopeline.terms import ALL_BOXES, BOXES, FURTHER_BOXES, UNFINISHED, Outcome, Stage, State
from scopeline.typed_counts import TypedCount
from scopeline.updates import Update

if TYPE_CHECKING:
    from scopeline.review import Review
    from scopeline.settings import Settings

#: The boxes of a flow in the order of its figure.
_ORDER = (
    "previous_studies", "previous_reports", *list(BOXES)[:6], "excluded_human", "excluded_automation",
    *list(BOXES)[6:10], "awaiting", "ongoing", *(name for name in FURTHER_BOXES if name.startswith("other_")),
    "included_reports", "included_studies", "total_studies", "total_reports", "total_studies_ma", "total_reports_ma",
)  # fmt: skip


@dataclass(frozen=True)
class Box:
    """One box of the flow: its name in `terms`, its unit, its label and the ids in it, sorted.

    `typed` counts what is known as a number only, and `cells` say where that number stands.
    """

    name: str
    unit: str
    label: str
    members: tuple[str, ...]
    typed: int = 0
    cells: tuple[str, ...] = ()

    @property
    def n(self) -> int:
        return len(self.members) + self.typed


def _no_records() -> pd.DataFrame:
    return pd.DataFrame({"record_id": [], "state": []}, dtype="string")


def _no_reports() -> pd.DataFrame:
    names = ("report_id", "record_id", "study_id", "state", "reason", "entry")
    return pd.DataFrame({name: [] for name in names}, dtype="string")


def _no_rows(frame: pd.DataFrame | None) -> bool:
    return frame is None or frame.empty


@dataclass(frozen=True, eq=False)
class Flow:
    """A counted flow.

    boxes: by name, in the figure's order; included_studies is absent where no table says which study a report is of.
    reasons: for excluded, reports_excluded and, with two arms, other_reports_excluded, reason to ids, the most frequent
    first, then in the codebook's order; typed_reasons: the same as numbers, where no rows are.
    sources: by source type; other_sources: of the arm of other methods. identities: every sum with its verdict.
    exceptions: those that explain something, with why; unused_exceptions: names of those that explain nothing.
    pending: how many records (or reports without one) wait.
    uncounted: reports listed for records that were not sought; they are in no box.
    reports: report_id, record_id, study_id, state, reason, entry (sought, included) of each report in a box or waiting.
    records: record_id and state of every record of the tables. update: the previous version and this one together.
    typed: the numbers that were typed.
    """

    boxes: dict[str, Box]
    reasons: dict[str, dict[str, tuple[str, ...]]]
    sources: dict[str, Source]
    identities: tuple[Identity, ...]
    exceptions: tuple[FlowException, ...]
    unused_exceptions: tuple[str, ...]
    pending: int
    uncounted: tuple[str, ...]
    reports: pd.DataFrame
    other_sources: dict[str, Source] = field(default_factory=dict)
    typed_reasons: dict[str, dict[str, int]] = field(default_factory=dict)
    records: pd.DataFrame = field(default_factory=_no_records)
    update: Update | None = None
    typed: tuple[TypedCount, ...] = ()

    @property
    def proved(self) -> bool:
        """Whether every sum holds, where need be by a named exception."""
        return all(identity.holds for identity in self.identities)

    @property
    def all_sources(self) -> dict[str, Source]:
        """The sources of both arms."""
        return {**self.sources, **self.other_sources}

    @property
    def two_arms(self) -> bool:
        """Whether other methods have an arm of their own."""
        return "other_identified" in self.boxes or "other_sought" in self.boxes


def count(
    records: pd.DataFrame,
    screening: Screening,
    reports: pd.DataFrame | None = None,
    *,
    exceptions: Sequence[FlowException] = (),
    other_methods: str = "together",
    previous: pd.DataFrame | None = None,
    typed: Sequence[TypedCount] = (),
    studies: pd.DataFrame | None = None,
) -> Flow:
    """Count the flow of a review.

    records: the frame that was screened (record_id, source_type, source_name, duplicate_of; strings, NA where missing).
    screening: what `screening.screen` made of it. reports: the frame of reports (report_id, record_id, study_id,
    retrieved); needed to see reports of records that nobody screened. Those of known records come into the flow only
    by an exception (linked_report_not_screened, other_no_screening, late_addition); those without a record always do,
    so that the sums show them.

    other_methods: "together" where all sources pass one screening; "apart" where websites, organisations, citation
    searching and other sources have an arm of their own (screen with the same word then): boxes `other_*`, while
    included_reports and included_studies are of both arms.
    previous: the previous version (`updates.snapshot`, or its included reports) makes it an updated review.
    typed: typed numbers (`typed_counts.read`). Where there are rows they must be equal to them; a flow without any
    record is made of them alone. studies: the charted studies (study_id), for F14. Where studies are charted and there
    is no record, vote, report or typed number, there is no flow: it has no boxes and nothing to prove.

    `exceptions` are named by the team. More are recorded by themselves because the rows prove them:
    studies_fewer_than_reports, record_to_many_reports, ongoing_or_awaiting, other_dedup and combined_dedup (of an arm
    of other methods), removed_before_import (typed) and pending; single_stage where `screening` is of full texts alone.

    Raises ConfigurationError for an `other_methods` that is neither.
    """
    if other_methods not in ("together", "apart"):
        raise ConfigurationError(f"flow: other_methods is {other_methods!r}. Write together or apart.")
    if screening.states.empty and any(each.box != typed_counts.BEFORE_IMPORT for each in typed):
        return _of_numbers(typed, exceptions)
    nothing_screened = all(_no_rows(each) for each in (screening.states, screening.outcomes, reports))
    if nothing_screened and previous is None and not typed and not _no_rows(studies):
        return Flow({}, {}, {}, (), (), (), pending=0, uncounted=(), reports=_no_reports())
    counted = _Count(
        records,
        screening,
        reports,
        list(exceptions),
        apart=other_methods == "apart",
        previous=previous,
        typed=tuple(typed),
        studies=studies,
    )
    return counted.flow()


def of_review(review: "Review", screening: Screening, settings: "Settings") -> Flow:
    """Count the flow of a review from its tables and what `screening` made of them, as its configuration says.

    review: with the tables records and reports and, where it has them, studies, flow_counts and previous. Raises
    ConfigurationError for an exception that `count` does not take, and DataError for typed numbers that cannot be read.
    """
    typed = review.table("flow_counts")
    cells = [review.address("flow_counts", row, "n") for row in range(len(typed))]
    how = settings.flow
    return count(
        review.table("records"),
        screening,
        review.table("reports"),
        exceptions=[FlowException(each.name, each.why, each.n, tuple(each.ids)) for each in how.exceptions],
        other_methods=how.other_methods,
        previous=review.tables.get("previous"),
        studies=review.tables.get("studies"),
        typed=typed_counts.read(typed, cells),
    )


class _Count:
    """The counting of one review, step by step."""

    def __init__(
        self,
        records: pd.DataFrame,
        screening: Screening,
        reports: pd.DataFrame | None,
        exceptions: list[FlowException],
        *,
        apart: bool,
        previous: pd.DataFrame | None,
        typed: tuple[TypedCount, ...],
        studies: pd.DataFrame | None,
    ) -> None:
        self.table, self.whole, self.given, self.typed, self.charted = records, screening, exceptions, typed, studies
        self.previous = None if previous is None else updates.read(previous)
        self.screening, self.keep = screening, np.ones(len(screening.states), dtype=bool)
        if self.previous is not None:
            self.screening, self.keep = updates.set_aside(screening, self.previous)
            if reports is not None and "report_id" in reports:
                gone = set(screening.report_states["report_id"]) - set(self.screening.report_states["report_id"])
                gone |= set(self.previous.reports["report_id"])
                aside = set(screening.states["record_id"][~self.keep])
                of_aside = reports["record_id"].isin(aside) if "record_id" in reports else False
                reports = reports[~(reports["report_id"].isin(gone) | of_aside)]
        self.rows = rows_of(self.screening, reports, exceptions)
        self.kind, self.place, self.unknown = record_sources(records, self.rows.ids)
        if self.previous is not None:
            aside = set(screening.states["record_id"][~self.keep])
            self.unknown = tuple(each for each in self.unknown if each not in aside)
        self.from_other = by_other_methods(self.kind)
        self.main = arm(self.rows, ~self.from_other if apart else np.ones(len(self.rows.ids), dtype=bool))
        self.arms: list[Arm] = [self.main, *([arm(self.rows, self.from_other, "other_")] if apart else [])]
        self.included = np.logical_or.reduce([each.reports["included_reports"] for each in self.arms])
        self.study_of = studies_of(self.rows.reports[self.included])
        self.before_import = typed_counts.before_import(typed)

    def flow(self) -> Flow:
        rows = self.rows
        boxes = self._boxes()
        settled = {each for exc in self.given if exc.name == "ongoing_or_awaiting" for each in exc.ids}
        pending, waiting_ids = self._pending("included_studies" in boxes, settled)
        sources, other_sources = self._sources()
        recorded = self._recorded(waiting_ids)
        update = None
        if self.previous is not None:
            pairs = pd.DataFrame({"report_id": pd.array(list(boxes["included_reports"].members), dtype="string")})
            new = pairs.merge(self.study_of, how="left", on="report_id")
            update = updates.together(self.previous, self.whole, self.keep, new, self.given)
            for unit in ("studies", "reports"):
                boxes[f"previous_{unit}"] = _box(f"previous_{unit}", getattr(update, unit))
                boxes[f"total_{unit}"] = _box(f"total_{unit}", getattr(update, f"total_{unit}"))
        removed = self.before_import
        for name, n in ({"identified": removed.n} | removed.boxes if removed.n else {}).items():
            boxes[name] = replace(boxes[name], typed=n, cells=removed.cells)
        reasons = self._reasons()
        sums = self._judge(boxes, sources, other_sources, [*self.given, *recorded], update)
        further, typed_reasons = self._typed(boxes, reasons, {**other_sources, **sources})
        identities = [*sums.identities, *further]
        return Flow(
            boxes={name: boxes[name] for name in _ORDER if name in boxes},
            reasons=reasons,
            sources=sources,
            identities=tuple(identities),
            **_used(identities, self.given, [*self.given, *recorded]),
            pending=pending,
            uncounted=rows.uncounted,
            reports=rows.reports,
            other_sources=other_sources,
            typed_reasons=typed_reasons,
            records=self.whole.states[["record_id", "state"]],
            update=update,
            typed=self.typed,
        )

    def _boxes(self) -> dict[str, Box]:
        ids, report_ids = self.rows.ids, self.rows.report_ids
        boxes = {}
        for each in self.arms:
            for name, mask in {**each.records, **each.reports}.items():
                title = each.prefix + ("records_excluded" if each.prefix and name == "excluded" else name)
                if title not in ALL_BOXES or (name in ("awaiting", "ongoing") and not mask.any()):
                    continue
                universe = ids if ALL_BOXES[title][0] == "records" else report_ids
                boxes[title] = _box(title, tuple(universe[mask].tolist()))
        if len(self.arms) > 1:
            boxes["included_reports"] = _box("included_reports", tuple(report_ids[self.included].tolist()))
        if not self.whole.own_reports or not boxes["included_reports"].members:
            boxes["included_studies"] = _box("included_studies", tuple(sorted(set(self.study_of["study_id"]))))
        by_tool = self._by_tool()
        if by_tool.any():
            excluded = self.main.records["excluded"]
            boxes["excluded_human"] = _box("excluded_human", tuple(ids[excluded & ~by_tool].tolist()))
            boxes["excluded_automation"] = _box("excluded_automation", tuple(ids[excluded & by_tool].tolist()))
        return boxes

    def _by_tool(self) -> np.ndarray:
        outcomes = self.screening.outcomes
        tool = (outcomes["basis"] == "automation").fillna(False).to_numpy(dtype=bool)
        if not tool.any():
            return np.zeros(len(self.rows.ids), dtype=bool)
        excluded = outcomes["stage"] == Stage.TITLE_ABSTRACT
        excluded &= outcomes["outcome"] == Outcome.EXCLUDE
        named = set(outcomes.loc[tool & excluded.to_numpy(dtype=bool), "record_id"])
        return pd.Series(self.rows.ids, dtype=object).isin(named).to_numpy(dtype=bool) & self.main.records["excluded"]

    def _pending(self, with_studies: bool, settled: set[str]) -> tuple[int, set[str]]:
        """How many records wait, and the ids of everything that does: records, and reports by both their ids."""
        rows = self.rows
        waiting = np.logical_or.reduce([each.records["waiting"] for each in self.arms])
        records = set(rows.ids[waiting].tolist())
        unlisted = rows.standing(State.PENDING_RETRIEVAL)
        unlisted[rows.of_record[rows.of_record >= 0]] = False
        records |= set(rows.ids[unlisted].tolist())
        unfinished = rows.reports["state"].isin([str(each) for each in UNFINISHED]).to_numpy(dtype=bool)
        if with_studies:
            unfinished = unfinished | (self.included & rows.reports["study_id"].isna().to_numpy(dtype=bool))
        report = rows.reports["report_id"][unfinished].to_list()
        record = rows.reports["record_id"].fillna(rows.reports["report_id"])[unfinished].to_list()
        open_pairs = [(a, b) for a, b in zip(report, record, strict=True) if not {a, b} & settled]
        units = (records - settled) | {b for _, b in open_pairs}
        return len(units), units | {a for a, _ in open_pairs}

    def _sources(self) -> tuple[dict[str, Source], dict[str, Source]]:
        ids, kind, place = self.rows.ids, self.kind, self.place
        if len(self.arms) == 1:
            sources, other = by_source(ids, kind, place), {}
        else:
            here = ~self.from_other
            sources = by_source(ids[here], kind[here].reset_index(drop=True), place[here].reset_index(drop=True))
            here = self.from_other
            other = by_source(ids[here], kind[here].reset_index(drop=True), place[here].reset_index(drop=True))
        if self.before_import.n:
            if not sources and len(ids):
                sources = {"not_stated": Source(SOURCE_LABELS["not_stated"], {}, tuple(ids.tolist()))}
            sources = typed_counts.with_sources(sources, self.before_import.sources)
        return sources, other

    def _reasons(self) -> dict[str, dict[str, tuple[str, ...]]]:
        rows, order = self.rows, self.whole.reasons
        excluded = self.main.records["excluded"]
        reasons = {"excluded": by_reason(rows.ids[excluded].tolist(), rows.reason[excluded], order)}
        for each in self.arms:
            out = each.reports["reports_excluded"]
            reason = rows.reports["reason"][out]
            reasons[f"{each.prefix}reports_excluded"] = by_reason(rows.report_ids[out].tolist(), reason, order)
        return reasons

    def _recorded(self, pending: set[str]) -> list[FlowException]:
        """The exceptions that the rows themselves prove, and that nobody needs to name."""
        recorded = []
        rows, studies = self.rows, self.study_of
        if pending:
            recorded.append(FlowException("pending", "the review is in progress", ids=tuple(pending)))
        if extra := extra_reports(rows):
            why = "these records led to more than one report"
            recorded.append(FlowException("record_to_many_reports", why, ids=extra))
        masks = {
            name: np.logical_or.reduce([each.reports[name] for each in self.arms]) for name in ("awaiting", "ongoing")
        }
        if (later := masks["awaiting"] | masks["ongoing"]).any():
            why = f"{masks['awaiting'].sum()} awaiting classification, {masks['ongoing'].sum()} of ongoing studies"
            recorded.append(FlowException("ongoing_or_awaiting", why, ids=tuple(rows.report_ids[later].tolist())))
        shared = studies[studies["study_id"].duplicated(keep=False)]
        if len(shared):
            n_reports, n_studies = shared["report_id"].nunique(), shared["study_id"].nunique()
            why = f"{n_reports} reports describe {'1 study' if n_studies == 1 else f'{n_studies} studies between them'}"
            recorded.append(FlowException("studies_fewer_than_reports", why))
        if Stage.TITLE_ABSTRACT not in self.screening.stages:
            why = "titles and abstracts were not screened apart from the full texts"
            recorded.append(FlowException("single_stage", why))
        if len(self.arms) > 1:
            recorded += self._deduplicated(self.arms[1].records["duplicates"])
        return [replace(each, derived=True) for each in recorded]

    def _deduplicated(self, duplicates: np.ndarray) -> list[FlowException]:
        """Why records of other methods are no reports sought: a database had them, or another of the other methods."""
        if not duplicates.any():
            return []
        ends = self._ends[self.keep]
        place = np.full(len(self.keep) + 1, -1)
        place[np.flatnonzero(self.keep)] = np.arange(int(self.keep.sum()))
        within = np.append(self.from_other, False)[place[np.clip(ends, -1, len(self.keep))]]
        ids = self.rows.ids
        found = []
        if (known := duplicates & ~within).any():
            why = "these records of other methods were already found in databases or registers"
            found.append(FlowException("other_dedup", why, ids=tuple(ids[known].tolist())))
        if (among_them := duplicates & within).any():
            why = "these records of other methods were found by several of them"
            found.append(FlowException("combined_dedup", why, ids=tuple(ids[among_them].tolist())))
        return found

    @cached_property
    def _ends(self) -> np.ndarray:
        known = () if self.previous is None else tuple(self.previous.records["record_id"])
        return survivors(self.table, self.whole.states["record_id"], known)

    def _judge(
        self,
        boxes: Mapping[str, Box],
        sources: Mapping[str, Source],
        other_sources: Mapping[str, Source],
        exceptions: Sequence[FlowException],
        update: Update | None,
    ) -> Sums:
        removed = self.before_import
        if removed.exception is not None:
            exceptions = [*exceptions, removed.exception]
        sums = Sums(self.rows, {name: box.n for name, box in boxes.items()}, exceptions)
        sums.sources("F1", "identified", self.main.records["identified"], sources)
        sums.f2(self.main)
        if removed.exception is not None:
            sums.explain(removed.exception)
        sums.f3(self.main, self.screening.stages)
        sums.reports(self.main)
        for other in self.arms[1:]:
            sums.sources("F7", "other_identified", other.records["identified"], other_sources)
            sums.f7(other)
            sums.reports(other)
        sums.f9(self.included, self.from_other)
        if "included_studies" in boxes:
            studies = boxes["included_studies"].members
            sums.f10(self.study_of, boxes["included_reports"].members, len(studies))
        if update is not None:
            n_studies = boxes["included_studies"].n if "included_studies" in boxes else 0
            sums.identities += updates.f11(update, n_studies, boxes["included_reports"].n, exceptions)
        sums.f12(self.arms)
        sums.f13(self.arms, self.unknown, removed.n)
        if self.charted is not None and "study_id" in self.charted and "included_studies" in boxes:
            charted = {each for each in self.charted["study_id"].dropna().astype(str) if each}
            waits = self.rows.reports["state"].isin([*UNFINISHED, State.AWAITING, State.ONGOING])
            allowed = set(studies_of(self.rows.reports[waits])["study_id"])
            allowed |= set(update.total_studies if update else ())
            sums.f14(charted, set(boxes["included_studies"].members), allowed)
        removed_states = (State.DUPLICATE, State.AUTOMATION, State.REMOVED_OTHER)
        out = self.whole.states["state"].isin([str(each) for each in removed_states]).to_numpy(dtype=bool)
        ends = self._ends
        room = max(int(ends.max(initial=-1)) + 1 - len(out), 0) + 1
        sums.f15(ends[self.keep], np.append(out, np.zeros(room, dtype=bool)), boxes["duplicates"].n)
        return sums

    def _typed(
        self,
        boxes: dict[str, Box],
        reasons: Mapping[str, Mapping[str, tuple[str, ...]]],
        sources: Mapping[str, Source],
    ) -> tuple[list[Identity], dict[str, dict[str, int]]]:
        """Hold typed numbers against the rows; boxes that no row can be in take the number. Alters `boxes`."""
        judged: list[Identity] = []
        typed_reasons: dict[str, dict[str, int]] = {}
        summed: dict[str, list[TypedCount]] = {}
        for each in self.typed:
            if each.box == typed_counts.BEFORE_IMPORT:
                continue
            if each.box.endswith("identified") and (each.source_type or each.source_name):
                judged += self._typed_source(each, sources)
            elif each.reason and each.box in reasons:
                ids = reasons[each.box].get(each.reason, ())
                judged.append(typed_counts.hold_against(each, len(ids), ids))
            elif each.source_type or each.source_name:
                summed.setdefault(each.box, []).append(each)
            elif (each.box in boxes and not boxes[each.box].typed) or each.box in self.before_import.boxes:
                box = boxes[each.box]
                judged.append(typed_counts.hold_against(each, box.n, box.members))
            elif each.n and each.reason:
                typed_reasons.setdefault(each.box, {})[each.reason] = each.n
            elif each.box == "identified":
                judged.append(typed_counts.hold_against(each, boxes["identified"].n, boxes["identified"].members))
            elif each.n:
                boxes[each.box] = replace(_box(each.box, ()), typed=each.n, cells=(each.address,))
        for name, parts in summed.items():
            whole = replace(parts[0], n=sum(each.n for each in parts), source_type="", source_name="")
            found = boxes.get(name, _box(name, ()))
            judged.append(typed_counts.hold_against(whole, found.n, found.members))
        return judged, typed_reasons

    def _typed_source(self, typed: TypedCount, sources: Mapping[str, Source]) -> list[Identity]:
        kinds = [sources[typed.source_type]] if typed.source_type in sources else []
        if not typed.source_type:
            kinds = list(sources.values())
        if not sources and len(self.rows.ids):
            return []  # no record says where it was found, so there is nothing to hold it against
        if not typed.source_name:
            found = kinds[0] if kinds else None
            return [typed_counts.hold_against(typed, found.n if found else 0, found.members if found else ())]
        n = sum(each.names.get(typed.source_name, 0) for each in kinds)
        here = (self.place == typed.source_name).fillna(False)
        if typed.source_type:
            here &= (self.kind == typed.source_type).fillna(False)
        return [typed_counts.hold_against(typed, n, self.rows.ids[here.to_numpy(dtype=bool)].tolist())]


def _box(name: str, ids: Sequence[str]) -> Box:
    unit, label = ALL_BOXES[name]
    return Box(name, unit, label, tuple(ids))


def _used(
    identities: Iterable[Identity], given: Sequence[FlowException], known: Sequence[FlowException]
) -> dict[str, Any]:
    """The exceptions that explain something, those of the team first, and the names of the team's that do not."""
    by = dict.fromkeys(exception for identity in identities for exception in identity.by)
    ordered = [each for each in dict.fromkeys(known) if each in by]
    names = {each.name for each in by}
    return {
        "exceptions": (*ordered, *(each for each in by if each not in ordered)),
        "unused_exceptions": tuple(sorted({each.name for each in given} - names)),
    }


def _of_numbers(typed: Sequence[TypedCount], exceptions: Sequence[FlowException]) -> Flow:
    """A flow that is known by typed numbers alone, proved as far as totals allow."""
    totals = typed_counts.totals(typed)
    removed = typed_counts.before_import(typed)
    identities = check_totals(totals, exceptions=exceptions)
    if removed.exception is not None:
        places = [place for place, each in enumerate(identities) if each.id in ("F1", "F2")]
        if places:
            identities[places[-1]] = identities[places[-1]].explained(removed.exception)
    cells: dict[str, tuple[str, ...]] = {}
    for each in typed:
        if each.address:
            cells[each.box] = (*cells.get(each.box, ()), each.address)
    boxes: dict[str, Box] = {}
    arm_of = totals.get("other", {})
    other = {f"other_{'reports_' if name == 'excluded' else ''}{name}": n for name, n in arm_of.items()}
    for name, n in (totals | other).items():
        if name in ALL_BOXES:
            size = sum(n.values()) if isinstance(n, Mapping) else n
            boxes[name] = replace(_box(name, ()), typed=size, cells=cells.get(name, ()))
    if "identified_total" in totals:
        boxes["identified"] = replace(boxes["identified"], typed=totals["identified_total"])
    reasons: dict[str, dict[str, int]] = {}
    for each in typed:
        if each.reason and each.box != typed_counts.BEFORE_IMPORT:
            reasons.setdefault(each.box, {})[each.reason] = each.n
    found = [totals.get("identified"), totals.get("other", {}).get("identified")]
    places_of = totals.get("places", {})
    sources = [
        typed_counts.with_sources({}, {kind: (n, places_of.get(kind, {})) for kind, n in each.items()})
        if isinstance(each, Mapping)
        else {}
        for each in found
    ]
    return Flow(
        boxes={name: boxes[name] for name in _ORDER if name in boxes},
        reasons={},
        sources=sources[0],
        identities=tuple(identities),
        **_used(identities, exceptions, exceptions),
        pending=0,
        uncounted=(),
        reports=_no_reports(),
        other_sources=sources[1],
        typed_reasons=reasons,
        typed=tuple(typed),
    )
