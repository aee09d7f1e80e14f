"""The PRISMA 2020 flow as sets: which record, report or study stands in which box, and the proof that it adds up.

A box's number is the size of its set. A box holds what has been done: while a review goes on, records that wait are in
no box after the one they reached, `pending` counts them, and the sums they leave open carry the exception "pending".
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass

import numpy as np
import pandas as pd

from scopeline import prisma_template
from scopeline.identities import FlowException, Identity, check_totals, compare
from scopeline.screening import Screening
from scopeline.terms import BOXES, UNFINISHED, SourceType, Stage, State

__all__ = [
    "Box", "Flow", "FlowException", "Identity", "Source",
    "as_json", "as_template", "check_totals", "count", "members",
]  # fmt: skip

#: How the figure names each kind of source; records without one are counted too, and seen.
SOURCE_LABELS = {
    SourceType.DATABASE: "Databases",
    SourceType.REGISTER: "Registers",
    SourceType.WEBSITE: "Websites",
    SourceType.ORGANISATION: "Organisations",
    SourceType.CITATION: "Citation searching",
    SourceType.OTHER: "Other sources",
    "not_stated": "Source not stated",
}

_ID_COLUMNS = {"records": "record_id", "reports": "report_id", "studies": "study_id"}
_ASSESSED = (State.REPORTS_EXCLUDED, State.INCLUDED)


@dataclass(frozen=True)
class Box:
    """One box of the flow: its name in `terms.BOXES`, its unit, its label and the ids in it, sorted."""

    name: str
    unit: str
    label: str
    members: tuple[str, ...]

    @property
    def n(self) -> int:
        return len(self.members)


@dataclass(frozen=True)
class Source:
    """The records found at one kind of place: the place names with their numbers, and the record ids, sorted."""

    label: str
    names: dict[str, int]
    members: tuple[str, ...]

    @property
    def n(self) -> int:
        return len(self.members)


@dataclass(frozen=True, eq=False)
class Flow:
    """A counted flow.

    boxes: by name, in the figure's order; included_studies is absent where no table says which study a report is of.
    reasons: for excluded and reports_excluded, reason to ids, the most frequent first, then in the codebook's order.
    sources: by source type. identities: every sum with its verdict. exceptions: those that explain something, with why;
    unused_exceptions: names of those that explain nothing. pending: how many records (or reports without one) wait.
    uncounted: reports listed for records that were not sought; they are in no box.
    reports: report_id, record_id, study_id, state, reason, entry (sought, included) of each report in a box or waiting.
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

    @property
    def proved(self) -> bool:
        """Whether every sum holds, where need be by a named exception."""
        return all(identity.holds for identity in self.identities)


@dataclass(frozen=True)
class _Rows:
    """Records and reports side by side with masks; `ids` is the sorted universe of record ids."""

    ids: np.ndarray
    state: np.ndarray
    reason: pd.Series
    taken: np.ndarray  # taken into the flow by an exception though nobody screened it
    linked: np.ndarray  # of those: straight to the included reports
    reports: pd.DataFrame
    of_record: np.ndarray  # each report's record as a number in ids; -1 where there is none
    uncounted: tuple[str, ...]


def count(
    records: pd.DataFrame,
    screening: Screening,
    reports: pd.DataFrame | None = None,
    *,
    exceptions: Sequence[FlowException] = (),
) -> Flow:
    """Count the flow of a review in which all sources pass one screening.

    records: the frame that was screened (record_id, source_type, source_name, duplicate_of; strings, NA where missing).
    screening: what `screening.screen` made of it. reports: the frame of reports (report_id, record_id, study_id,
    retrieved); needed to see reports of records that nobody screened. Those of known records come into the flow only
    by an exception (linked_report_not_screened, other_no_screening, late_addition); those without a record always do,
    so that the sums show them.

    `exceptions` are named by the team. Three more are recorded by themselves because the rows prove them:
    studies_fewer_than_reports, record_to_many_reports and pending; single_stage where the settings say so.
    Identities: F1-F6, F9, F10, F12, F13 and F15 of the closed list in `identities`.
    """
    rows = _rows(screening, reports, exceptions)
    is_ = {state: rows.state == state for state in State}
    record_masks = {
        "identified": np.ones(len(rows.ids), dtype=bool),
        "duplicates": is_[State.DUPLICATE],
        "automation": is_[State.AUTOMATION],
        "removed_other": is_[State.REMOVED_OTHER],
        "excluded": is_[State.EXCLUDED],
    }
    waiting = (is_[State.PENDING_SCREENING] | is_[State.CONFLICT_SCREENING]) & ~rows.taken
    removed = is_[State.DUPLICATE] | is_[State.AUTOMATION] | is_[State.REMOVED_OTHER]
    record_masks["screened"] = ~removed & ~waiting & (~rows.taken | rows.linked)
    report_state, sought = rows.reports["state"], (rows.reports["entry"] == "sought").to_numpy(dtype=bool)
    report_masks = {
        "sought": sought,
        "not_retrieved": (report_state == State.NOT_RETRIEVED).to_numpy(dtype=bool),
        "assessed": sought & report_state.isin(_ASSESSED).to_numpy(dtype=bool),
        "reports_excluded": (report_state == State.REPORTS_EXCLUDED).to_numpy(dtype=bool),
        "included_reports": (report_state == State.INCLUDED).to_numpy(dtype=bool),
    }
    report_ids = rows.reports["report_id"].to_numpy(dtype=object)
    study_of = _studies(rows.reports[report_masks["included_reports"]])
    ids_of = {name: tuple(rows.ids[mask].tolist()) for name, mask in record_masks.items()}
    ids_of |= {name: tuple(report_ids[mask].tolist()) for name, mask in report_masks.items()}
    if not screening.own_reports or not ids_of["included_reports"]:
        ids_of["included_studies"] = tuple(sorted(set(study_of["study_id"])))
    boxes = {name: Box(name, unit, label, ids_of[name]) for name, (unit, label) in BOXES.items() if name in ids_of}

    settled = {each for exception in exceptions if exception.name == "ongoing_or_awaiting" for each in exception.ids}
    pending = _pending_ids(rows, waiting, report_masks, boxes, settled)
    record_source, record_name, unknown = _record_sources(records, rows.ids)
    sources = _sources(rows.ids, record_source, record_name)
    judged = _Judge(boxes, rows, [*exceptions, *_recorded(rows, study_of, pending[1], screening)])
    judged.f1(sources)
    judged.f2(record_masks)
    judged.f3(record_masks, sought, screening)
    judged.f4_to_f6(report_masks)
    judged.f9(report_masks["included_reports"], record_source)
    judged.f10(study_of)
    judged.f12(record_masks, report_masks)
    judged.f13(record_masks, report_masks, unknown)
    judged.f15(records)

    used = {name for identity in judged.identities for name in (identity.exception or "").split("; ")}
    known = list({exception.name: exception for exception in reversed(judged.exceptions)}.values())[::-1]
    return Flow(
        boxes=boxes,
        reasons={
            "excluded": _by_reason(ids_of["excluded"], rows.reason[record_masks["excluded"]], screening.reasons),
            "reports_excluded": _by_reason(
                ids_of["reports_excluded"],
                rows.reports["reason"][report_masks["reports_excluded"]],
                screening.reasons,
            ),
        },
        sources=sources,
        identities=tuple(judged.identities),
        exceptions=tuple(exception for exception in known if exception.name in used),
        unused_exceptions=tuple(sorted({exception.name for exception in exceptions} - used)),
        pending=pending[0],
        uncounted=rows.uncounted,
        reports=rows.reports,
    )


def _rows(screening: Screening, reports: pd.DataFrame | None, exceptions: Sequence[FlowException]) -> _Rows:
    states = screening.states
    ids = states["record_id"].to_numpy(dtype=object)
    state = states["state"].to_numpy(dtype=object)
    sought = screening.report_states.assign(entry="sought")
    outside = _outside(screening, reports)
    taken, linked = np.zeros(len(ids), dtype=bool), np.zeros(len(ids), dtype=bool)
    uncounted: tuple[str, ...] = ()
    if len(outside):
        takes = {
            entry: [exception for exception in exceptions if exception.name in names]
            for entry, names in {
                "included": ("linked_report_not_screened", "late_addition"),
                "sought": ("other_no_screening", "late_addition"),
            }.items()
        }
        candidate = outside[outside["unscreened"]]
        named = [
            any(not each.ids or {report, record} & set(each.ids) for each in takes[entry])
            for entry, report, record in candidate[["entry", "report_id", "record_id"]].itertuples(index=False)
        ]
        enters = outside["orphan"].to_numpy(dtype=bool, copy=True)
        enters[candidate.index[named]] = True
        uncounted = tuple(sorted(outside["report_id"][~enters & ~outside["unscreened"].to_numpy(dtype=bool)]))
        outside = outside[enters]
        taken = _among(states["record_id"], outside["record_id"].dropna())
        linked = _among(states["record_id"], outside["record_id"][outside["entry"] == "included"].dropna())
        frame = pd.concat([sought, outside[list(sought.columns)]]).sort_values("report_id", ignore_index=True)
    else:
        frame = sought
    frame = frame.astype("string")
    of_record = _places(screening.states["record_id"], frame["record_id"])
    return _Rows(ids, state, states["reason"], taken, linked, frame, of_record, uncounted)


def _outside(screening: Screening, reports: pd.DataFrame | None) -> pd.DataFrame:
    """Reports listed for records that were not sought, with where they would enter the flow and how they stand there.

    orphan: there is no such record. unscreened: the record waits for screening and nobody has voted on it.
    """
    columns = ["report_id", "record_id", "study_id", "retrieved"]
    table = pd.DataFrame(columns=columns) if reports is None else reports.reindex(columns=columns)
    table = table.astype("string").mask(lambda frame: (frame == "").fillna(False))
    table["report_id"] = table["report_id"].fillna(table["record_id"])
    table = table.dropna(subset=["report_id"])
    table = table[~_among(table["report_id"], screening.report_states["report_id"])]
    table = table.sort_values(columns).drop_duplicates("report_id").reset_index(drop=True)
    if table.empty:
        return table

    place = _places(screening.states["record_id"], table["record_id"])
    known = place >= 0
    state = np.append(screening.states["state"].to_numpy(dtype=object), "")[place]
    named = pd.concat([table["record_id"], table["report_id"]]).dropna()
    outcomes = screening.outcomes[_among(screening.outcomes["record_id"], named)]
    voted = outcomes["record_id"][outcomes["stage"] == Stage.TITLE_ABSTRACT]
    full_text = outcomes[outcomes["stage"] == Stage.FULL_TEXT].set_index("record_id")[["outcome", "reason"]]
    by_report, by_record = full_text.reindex(table["report_id"]), full_text.reindex(table["record_id"])
    outcome = pd.Series(by_report["outcome"].array).fillna(pd.Series(by_record["outcome"].array))
    reason = pd.Series(by_report["reason"].array).fillna(pd.Series(by_record["reason"].array))
    missed = (table["retrieved"] == "no").fillna(False)
    straight = outcome.isna() & ~missed & table["study_id"].notna()
    standing = outcome.map(
        {"include": State.INCLUDED, "exclude": State.REPORTS_EXCLUDED, "conflict": State.CONFLICT_FULL_TEXT}
    ).astype("string")
    standing = standing.fillna(str(State.PENDING_FULL_TEXT)).mask(missed, str(State.NOT_RETRIEVED))
    return table.assign(
        state=standing.mask(straight, str(State.INCLUDED)),
        reason=reason.where((outcome == "exclude").fillna(False) & ~missed),
        entry=pd.Series(np.where(straight, "included", "sought")),
        orphan=~known,
        unscreened=known & (state == State.PENDING_SCREENING) & ~_among(table["record_id"], voted),
    )


def _places(ids: pd.Series, wanted: pd.Series) -> np.ndarray:
    """Where each wanted id stands among the distinct ids; -1 where it does not."""
    return pd.Index(ids.to_numpy(dtype=object)).get_indexer(wanted.to_numpy(dtype=object))


def _among(ids: pd.Series, others: pd.Series) -> np.ndarray:
    """Which ids occur among the others; on plain strings, where that is fastest."""
    return np.asarray(pd.Series(ids.to_numpy(dtype=object), dtype=object).isin(others.to_numpy(dtype=object)))


def _studies(included: pd.DataFrame) -> pd.DataFrame:
    """One row per included report × study: report_id, study_id. A report may name several studies, joined with "; "."""
    pairs = included[["report_id", "study_id"]].dropna()
    if pairs["study_id"].str.contains(";", regex=False).any():
        pairs = pairs.assign(study_id=pairs["study_id"].str.split(";")).explode("study_id")
        pairs["study_id"] = pairs["study_id"].astype("string").str.strip()
        pairs = pairs[pairs["study_id"] != ""]
    return pairs.astype("string").reset_index(drop=True)


def _pending_ids(
    rows: _Rows, waiting: np.ndarray, masks: Mapping[str, np.ndarray], boxes: Mapping[str, Box], settled: set[str]
) -> tuple[int, set[str]]:
    """How many records wait, and the ids of everything that does: records, and reports by both their ids."""
    records = set(rows.ids[waiting].tolist())
    unlisted = np.isin(rows.state, [str(State.PENDING_RETRIEVAL)])
    unlisted[rows.of_record[rows.of_record >= 0]] = False
    records |= set(rows.ids[unlisted].tolist())
    unfinished = rows.reports["state"].isin(UNFINISHED).to_numpy(dtype=bool)
    if "included_studies" in boxes:
        unfinished = unfinished | (masks["included_reports"] & rows.reports["study_id"].isna().to_numpy(dtype=bool))
    report = rows.reports["report_id"][unfinished].to_list()
    record = rows.reports["record_id"].fillna(rows.reports["report_id"])[unfinished].to_list()
    open_pairs = [(a, b) for a, b in zip(report, record, strict=True) if not {a, b} & settled]
    units = (records - settled) | {b for _, b in open_pairs}
    return len(units), units | {a for a, _ in open_pairs}


def _record_sources(records: pd.DataFrame, ids: np.ndarray) -> tuple[pd.Series, pd.Series, tuple[str, ...]]:
    """Source type and name of each record in `ids`, and the record ids that the screening does not know."""
    wanted = records.reindex(columns=["record_id", "source_type", "source_name"]).astype("string")
    wanted = wanted.dropna(subset=["record_id"]).sort_values("record_id", kind="stable")
    known = pd.Series(ids, dtype="string")
    unknown: tuple[str, ...] = ()
    if not known.equals(wanted["record_id"].reset_index(drop=True)):
        wanted = wanted.sort_values(["record_id", "source_type", "source_name"]).drop_duplicates("record_id")
        unknown = tuple(wanted["record_id"][~wanted["record_id"].isin(known)])
        wanted = known.to_frame("record_id").merge(wanted, how="left", on="record_id")
    kind = wanted["source_type"].reset_index(drop=True)
    return kind.mask((kind == "").fillna(False)), wanted["source_name"].reset_index(drop=True), unknown


def _sources(ids: np.ndarray, kind: pd.Series, name: pd.Series) -> dict[str, Source]:
    """Records by source type; types in the order of the terms, names by size. Empty where no record names a source."""
    if kind.isna().all():
        return {}
    kind = kind.fillna("not_stated")
    order = [str(each) for each in SOURCE_LABELS]
    sources = {}
    for value in sorted(kind.unique(), key=lambda each: (order.index(each) if each in order else len(order), each)):
        here = (kind == value).to_numpy(dtype=bool)
        sizes = name[here].dropna().value_counts()
        names = {str(key): int(size) for key, size in sorted(sizes.items(), key=lambda pair: (-pair[1], pair[0]))}
        sources[str(value)] = Source(SOURCE_LABELS.get(value, str(value)), names, tuple(ids[here].tolist()))
    return sources


def _by_reason(ids: Sequence[str], reason: pd.Series, order: Sequence[str]) -> dict[str, tuple[str, ...]]:
    groups = pd.Series(ids, dtype=object).groupby(reason.to_numpy(dtype=object), dropna=True)
    found = {str(name): tuple(group) for name, group in groups}
    rank = {name: place for place, name in enumerate(order)}
    return dict(sorted(found.items(), key=lambda item: (-len(item[1]), rank.get(item[0], len(rank)), item[0])))


def _recorded(rows: _Rows, studies: pd.DataFrame, pending: set[str], screening: Screening) -> list[FlowException]:
    """The exceptions that the rows themselves prove."""
    recorded = []
    if pending:
        recorded.append(FlowException("pending", "the review is in progress", ids=tuple(pending)))
    extra = _extra_reports(rows)
    if extra:
        recorded.append(FlowException("record_to_many_reports", "these records led to more than one report", ids=extra))
    shared = studies[studies["study_id"].duplicated(keep=False)]
    if len(shared):
        why = f"{shared['report_id'].nunique()} reports describe {shared['study_id'].nunique()} studies between them"
        recorded.append(FlowException("studies_fewer_than_reports", why))
    if Stage.TITLE_ABSTRACT not in screening.stages:
        why = "titles and abstracts were not screened apart from the full texts"
        recorded.append(FlowException("single_stage", why))
    return recorded


def _extra_reports(rows: _Rows) -> tuple[str, ...]:
    """Reports sought beyond the first of their record."""
    sought = rows.reports[(rows.reports["entry"] == "sought") & rows.reports["record_id"].notna()]
    return tuple(sought["report_id"][sought["record_id"].duplicated()].tolist())


class _Judge:
    """Judges the identities one after the other. In each, left is the box and right is its reckoning."""

    def __init__(self, boxes: Mapping[str, Box], rows: _Rows, exceptions: list[FlowException]) -> None:
        self.boxes, self.rows, self.exceptions = boxes, rows, exceptions
        self.identities: list[Identity] = []
        self.aliases = dict(rows.reports[["report_id", "record_id"]].dropna().itertuples(index=False, name=None))

    def n(self, name: str) -> str:
        return f"{name} {self.boxes[name].n}"

    def judge(self, name: str, left: str, right: str, only_left: Iterable[str], only_right: Iterable[str]) -> Identity:
        identity = compare(name, left, right, only_left, only_right, exceptions=self.exceptions, aliases=self.aliases)
        self.identities.append(identity)
        return identity

    def f1(self, sources: Mapping[str, Source]) -> None:
        """Every record identified was found at one kind of source."""
        if sources:
            sums = " + ".join(f"{name} {source.n}" for name, source in sources.items())
            identified = self.boxes["identified"].members
            missing: set[str] = set()
            if sum(source.n for source in sources.values()) != len(identified):
                missing = set(identified).difference(*(source.members for source in sources.values()))
            self.judge("F1", self.n("identified"), sums, missing, ())

    def f2(self, masks: Mapping[str, np.ndarray]) -> None:
        """Records screened are those identified less those removed before."""
        reckoned = masks["identified"] & ~masks["duplicates"] & ~masks["automation"] & ~masks["removed_other"]
        left = masks["screened"]
        right = f"{self.n('identified')} − {self.n('duplicates')} − automation {self.boxes['automation'].n} − " + (
            f"other {self.boxes['removed_other'].n}"
        )
        self.judge("F2", self.n("screened"), right, self.rows.ids[left & ~reckoned], self.rows.ids[reckoned & ~left])

    def f3(self, masks: Mapping[str, np.ndarray], sought: np.ndarray, screening: Screening) -> None:
        """Reports are sought for the records screened and not excluded, one for each."""
        reckoned = masks["screened"] & ~masks["excluded"]
        of_record = self.rows.of_record[sought]
        has_report = np.zeros(len(self.rows.ids), dtype=bool)
        has_report[of_record[of_record >= 0]] = True
        homeless = self.rows.reports["report_id"].to_numpy(dtype=object)[sought][of_record < 0]
        added = [*self.rows.ids[has_report & ~reckoned], *homeless, *_extra_reports(self.rows)]
        right = f"{self.n('screened')} − {self.n('excluded')}"
        self.judge("F3", self.n("sought"), right, added, self.rows.ids[reckoned & ~has_report])
        if Stage.TITLE_ABSTRACT not in screening.stages and self.identities[-1].holds:
            names = [self.identities[-1].exception, "single_stage"]
            text = "; ".join(dict.fromkeys(name for name in names if name))
            self.identities[-1] = Identity(**{**asdict(self.identities[-1]), "exception": text})

    def f4_to_f6(self, masks: Mapping[str, np.ndarray]) -> None:
        """Assessed are those retrieved; excluded those with a reason; included those assessed and not excluded."""
        ids = self.rows.reports["report_id"].to_numpy(dtype=object)
        reached = masks["sought"] & ~masks["not_retrieved"]
        self.judge(
            "F4",
            self.n("assessed"),
            f"{self.n('sought')} − {self.n('not_retrieved')}",
            ids[masks["assessed"] & ~reached],
            ids[reached & ~masks["assessed"]],
        )
        reason = self.rows.reports["reason"]
        excluded = masks["reports_excluded"]
        sizes = reason[excluded].value_counts().sort_values(ascending=False, kind="stable").tolist()
        without = excluded & reason.isna().to_numpy(dtype=bool)
        sums = f"reasons {' + '.join(str(size) for size in sizes) or '0'}"
        self.judge("F5", self.n("reports_excluded"), sums, ids[without], ())
        kept = masks["assessed"] & ~excluded
        self.judge(
            "F6",
            self.n("included_reports"),
            f"{self.n('assessed')} − {self.n('reports_excluded')}",
            ids[masks["included_reports"] & ~kept],
            ids[kept & ~masks["included_reports"]],
        )

    def f9(self, included: np.ndarray, source_type: pd.Series) -> None:
        """Reports included came from databases and registers or from other sources."""
        ids = self.rows.reports["report_id"].to_numpy(dtype=object)
        of_record = self.rows.of_record
        searched = source_type.isin([SourceType.DATABASE, SourceType.REGISTER]).to_numpy(dtype=bool)
        known = included & (of_record >= 0)
        from_search = int(searched[of_record[known]].sum())
        right = f"databases and registers {from_search} + other sources {int(known.sum()) - from_search}"
        self.judge("F9", self.n("included_reports"), right, ids[included & ~known], ())

    def f10(self, studies: pd.DataFrame) -> None:
        """Studies included are the distinct studies of the included reports; more studies than reports need a name."""
        if "included_studies" not in self.boxes:
            return
        included, n_studies = self.boxes["included_reports"], self.boxes["included_studies"].n
        unassigned = set(included.members) - set(studies["report_id"])
        per_report = studies["study_id"][studies["report_id"].duplicated()]
        further = per_report if n_studies > included.n else ()
        right = f"distinct studies of {included.n} included reports {n_studies}"
        exceptions = [each for each in self.exceptions if each.name != "studies_fewer_than_reports"]
        identity = compare(
            "F10",
            self.n("included_studies"),
            right,
            further,
            unassigned,
            exceptions=exceptions,
            aliases=self.aliases,
        )
        if identity.holds and n_studies < included.n - len(unassigned):
            names = [identity.exception, "studies_fewer_than_reports"]
            identity = Identity(**{**asdict(identity), "exception": "; ".join(name for name in names if name)})
        self.identities.append(identity)

    def f12(self, records: Mapping[str, np.ndarray], reports: Mapping[str, np.ndarray]) -> None:
        """No box has what the box before it in the same unit has not."""
        before = {
            "excluded": "screened",
            "not_retrieved": "sought",
            "assessed": "sought",
            "reports_excluded": "assessed",
            "included_reports": "assessed",
        }
        report_ids = self.rows.reports["report_id"].to_numpy(dtype=object)
        beyond: set[str] = set()
        for smaller, larger in before.items():
            masks, ids = (records, self.rows.ids) if smaller in records else (reports, report_ids)
            beyond.update(ids[masks[smaller] & ~masks[larger]])
        left = f"{self.n('identified')} ≥ {self.n('screened')} ≥ {self.n('excluded')}"
        right = f"{self.n('sought')} ≥ {self.n('assessed')} ≥ {self.n('included_reports')}"
        self.judge("F12", left, right, beyond, ())

    def f13(self, records: Mapping[str, np.ndarray], reports: Mapping[str, np.ndarray], unknown: Iterable[str]) -> None:
        """Every record identified ends in exactly one terminal box."""
        ends = sum(records[name].astype(int) for name in ("duplicates", "automation", "removed_other", "excluded"))
        terminal = reports["not_retrieved"] | reports["reports_excluded"] | reports["included_reports"]
        of_record = self.rows.of_record[terminal]
        through_reports = np.zeros(len(self.rows.ids), dtype=int)
        through_reports[of_record[of_record >= 0]] = 1
        ends = ends + through_reports
        ids = self.rows.ids
        left = f"in one terminal box {int((ends == 1).sum())}"
        self.judge("F13", left, self.n("identified"), ids[ends > 1], [*ids[ends == 0], *unknown])

    def f15(self, records: pd.DataFrame) -> None:
        """Every duplicate leads to a record that was kept."""
        duplicates = self.boxes["duplicates"]
        astray = _astray(records, self.rows)
        left = f"duplicates {duplicates.n}"
        right = f"duplicates that lead to a record kept {duplicates.n - len(astray)}"
        self.judge("F15", left, right, astray, ())


def _astray(records: pd.DataFrame, rows: _Rows) -> list[str]:
    """Duplicates whose chain of survivors ends nowhere: at an unknown record, at a removed one, or in a circle."""
    pairs = records.reindex(columns=["record_id", "duplicate_of"]).astype("string").dropna()
    pairs = pairs[pairs["duplicate_of"] != ""]
    if pairs["record_id"].duplicated().any():
        pairs = pairs.sort_values(["record_id", "duplicate_of"]).drop_duplicates("record_id")
    if pairs.empty:
        return []
    n = len(rows.ids)
    everyone = [pd.Series(rows.ids, dtype="string"), pairs["record_id"], pairs["duplicate_of"]]
    codes = pd.factorize(pd.concat(everyone, ignore_index=True))[0]
    duplicate, survivor = codes[n : n + len(pairs)], np.minimum(codes[n + len(pairs) :], n)
    known = duplicate < n
    leads_to = np.arange(n + 1)
    leads_to[duplicate[known]] = survivor[known]
    removed = np.isin(rows.state, [str(State.DUPLICATE), str(State.AUTOMATION), str(State.REMOVED_OTHER)])
    removed = np.append(removed, True)
    for _ in range(int(n).bit_length() + 1):  # each turn doubles the length of the chains that are followed
        leads_to = leads_to[leads_to]
    is_duplicate = rows.state == State.DUPLICATE
    return rows.ids[is_duplicate & removed[leads_to[:n]]].tolist()


def refusal(flow: Flow) -> str:
    """Why a flow that does not add up is not drawn: both sides of each sum that fails, and the IDs that differ."""
    lines = ["The PRISMA flow does not add up, so it is not drawn:"]
    for identity in flow.identities:
        if identity.holds:
            continue
        lines.append(f"  {identity.id}: {identity.left} is not {identity.right}.")
        for side, ids in (("Only on the left", identity.only_left), ("Only on the right", identity.only_right)):
            if ids:
                more = f" and {len(ids) - 10} more" if len(ids) > 10 else ""
                lines.append(f"      {side}: {', '.join(ids[:10])}{more}.")
    return "\n".join(
        [*lines, "Correct the votes, decisions or reports, or name the exception under `flow` in config/config.yaml."]
    )


def members(flow: Flow, box: str) -> pd.DataFrame:
    """The ids in one box, sorted: record_id; or report_id, record_id, study_id; or study_id, report_ids.

    Boxes of exclusions say the reason too. Raises KeyError for a box the flow does not have.
    """
    unit, ids = flow.boxes[box].unit, flow.boxes[box].members
    frame = pd.DataFrame({_ID_COLUMNS[unit]: pd.array(list(ids), dtype="string")})
    if unit == "reports":
        further = ["report_id", "record_id", "study_id"] + (["reason"] if box == "reports_excluded" else [])
        frame = frame.merge(flow.reports[further], how="left", on="report_id")
    elif unit == "studies":
        included = flow.reports[flow.reports["state"] == State.INCLUDED]
        pairs = _studies(included).sort_values(["study_id", "report_id"])
        reports = pairs.groupby("study_id")["report_id"].agg("; ".join)
        frame["report_ids"] = frame["study_id"].map(reports).astype("string")
    elif box == "excluded":
        reasons = {each: reason for reason, group in flow.reasons["excluded"].items() for each in group}
        frame["reason"] = frame["record_id"].map(reasons).astype("string")
    return frame


def as_json(flow: Flow) -> dict[str, object]:
    """The flow as plain data for flow.json: numbers and words, no members but the ids that differ in an identity."""
    return {
        "boxes": {name: {"n": box.n, "unit": box.unit, "label": box.label} for name, box in flow.boxes.items()},
        "reasons": {
            name: [{"reason": reason, "n": len(ids)} for reason, ids in groups.items()]
            for name, groups in flow.reasons.items()
        },
        "sources": {
            name: {"n": source.n, "label": source.label, "names": source.names} for name, source in flow.sources.items()
        },
        "identities": [
            {
                "id": identity.id,
                "left": identity.left,
                "right": identity.right,
                "holds": identity.holds,
                "exception": identity.exception,
                "only_left": list(identity.only_left),
                "only_right": list(identity.only_right),
            }
            for identity in flow.identities
        ],
        "exceptions": [
            {"name": each.name, "why": each.why, "n": len(each.ids) if each.ids else each.n, "ids": list(each.ids)}
            for each in flow.exceptions
        ],
        "pending": flow.pending,
    }


def as_template(flow: Flow) -> pd.DataFrame:
    """The flow in the csv template of the R package PRISMA2020 (`prisma_template`), `n` as text.

    All sources passed one screening, so draw it with `other = FALSE`. Sources that the template has no variable for
    get a row of their own (`other_results`, `not_stated_results`); sources without records have none ("NA").
    """
    boxes, sources = flow.boxes, flow.sources
    n = {name: str(box.n) for name, box in boxes.items()}
    values = {
        "duplicates": n["duplicates"],
        "excluded_automatic": n["automation"],
        "excluded_other": n["removed_other"],
        "records_screened": n["screened"],
        "records_excluded": n["excluded"],
        "dbr_sought_reports": n["sought"],
        "dbr_notretrieved_reports": n["not_retrieved"],
        "dbr_assessed": n["assessed"],
        "dbr_excluded": prisma_template.listed(
            {reason: len(ids) for reason, ids in flow.reasons["reports_excluded"].items()}
        )
        or n["reports_excluded"],
        "new_studies": n.get("included_studies", "NA"),
        "new_reports": n["included_reports"],
        "total_studies": n.get("included_studies", "NA"),
        "total_reports": n["included_reports"],
    }
    for kind in ("database", "register"):
        source = sources.get(kind)
        values[f"{kind}_results"] = str(source.n) if source else "0"
        if source and source.names:
            values[f"{kind}_specific_results"] = prisma_template.listed(source.names)
    variables = {"website": "website_results", "organisation": "organisation_results", "citation": "citations_results"}
    values |= {variables[kind]: str(source.n) for kind, source in sources.items() if kind in variables}
    further = {
        f"{kind}_results": (f"Records identified from: {source.label}", str(source.n))
        for kind, source in sources.items()
        if kind not in variables and kind not in ("database", "register")
    }
    return prisma_template.fill(values, further)
