"""Records and reports of a flow side by side: where each stands, and by which arm and source it came."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from scopeline.identities import FlowException
from scopeline.screening import Screening
from scopeline.terms import OTHER_METHODS, SourceType, Stage, State

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

_STATES = tuple(State)
_REMOVED = (State.DUPLICATE, State.AUTOMATION, State.REMOVED_OTHER)
#: Reports that somebody read, or classified from what is known of them.
ASSESSED = (State.REPORTS_EXCLUDED, State.AWAITING, State.ONGOING, State.INCLUDED)


@dataclass(frozen=True)
class Source:
    """The records found at one kind of place: the place names with their numbers, and the record ids, sorted.

    `typed` counts records that are known by a typed number only.
    """

    label: str
    names: dict[str, int]
    members: tuple[str, ...]
    typed: int = 0

    @property
    def n(self) -> int:
        return len(self.members) + self.typed


@dataclass(frozen=True)
class Rows:
    """Records and reports side by side with masks; `ids` is the sorted universe of record ids."""

    ids: np.ndarray
    state: np.ndarray  # place of each record's state in `terms.State`
    reason: pd.Series
    taken: np.ndarray  # taken into the flow by an exception though nobody screened it
    linked: np.ndarray  # of those: straight to the included reports
    reports: pd.DataFrame  # report_id, record_id, study_id, state, reason, entry (sought, included)
    of_record: np.ndarray  # each report's record as a number in ids; -1 where there is none
    uncounted: tuple[str, ...]

    def standing(self, *states: State) -> np.ndarray:
        """Which records stand in one of these states."""
        return np.isin(self.state, [_STATES.index(each) for each in states])

    @property
    def report_ids(self) -> np.ndarray:
        return self.reports["report_id"].to_numpy(dtype=object)


@dataclass(frozen=True)
class Arm:
    """The boxes of one arm as masks: of records, and of reports. `prefix` stands before the names of its boxes."""

    prefix: str
    records: Mapping[str, np.ndarray]
    reports: Mapping[str, np.ndarray]


def arm(rows: Rows, here: np.ndarray, prefix: str = "") -> Arm:
    """The arm of the records in the mask `here`; reports without a record belong to the arm without a prefix."""
    removed, excluded = rows.standing(*_REMOVED), rows.standing(State.EXCLUDED)
    waiting = rows.standing(State.PENDING_SCREENING, State.CONFLICT_SCREENING) & ~rows.taken
    records = {
        "identified": here,
        "duplicates": here & rows.standing(State.DUPLICATE),
        "automation": here & rows.standing(State.AUTOMATION),
        "removed_other": here & rows.standing(State.REMOVED_OTHER),
        "screened": here & ~removed & ~waiting & (~rows.taken | rows.linked),
        "excluded": here & excluded,
        "waiting": here & waiting,
    }
    came = np.append(here, not prefix)[rows.of_record]
    sought = came & (rows.reports["entry"] == "sought").to_numpy(dtype=bool)
    state = rows.reports["state"]

    def stands(*states: State) -> np.ndarray:
        return np.asarray(state.isin([str(each) for each in states]).to_numpy(dtype=bool) & came)

    reports = {
        "sought": sought,
        "not_retrieved": stands(State.NOT_RETRIEVED),
        "assessed": sought & stands(*ASSESSED),
        "reports_excluded": stands(State.REPORTS_EXCLUDED),
        "awaiting": stands(State.AWAITING),
        "ongoing": stands(State.ONGOING),
        "included_reports": stands(State.INCLUDED),
    }
    return Arm(prefix, records, reports)


def rows_of(screening: Screening, reports: pd.DataFrame | None, exceptions: Sequence[FlowException]) -> Rows:
    """Put records and reports side by side; reports that nobody sought come in by an exception or without a record."""
    states = screening.states
    ids = states["record_id"].to_numpy(dtype=object)
    codes, found = pd.factorize(states["state"])
    state = np.array([_STATES.index(each) for each in found], dtype=np.int64)[codes] if len(found) else codes
    sought = screening.report_states.assign(entry="sought")
    beside = outside(screening, reports)
    taken, linked = np.zeros(len(ids), dtype=bool), np.zeros(len(ids), dtype=bool)
    uncounted: tuple[str, ...] = ()
    if len(beside):
        takes = {
            entry: [exception for exception in exceptions if exception.name in names]
            for entry, names in {
                "included": ("linked_report_not_screened", "late_addition"),
                "sought": ("other_no_screening", "late_addition"),
            }.items()
        }
        candidate = beside[beside["unscreened"]]
        named = [
            any(not each.ids or {report, record} & set(each.ids) for each in takes[entry])
            for entry, report, record in candidate[["entry", "report_id", "record_id"]].itertuples(index=False)
        ]
        enters = beside["orphan"].to_numpy(dtype=bool, copy=True)
        enters[candidate.index[named]] = True
        uncounted = tuple(sorted(beside["report_id"][~enters & ~beside["unscreened"].to_numpy(dtype=bool)]))
        beside = beside[enters]
        taken = among(states["record_id"], beside["record_id"].dropna())
        linked = among(states["record_id"], beside["record_id"][beside["entry"] == "included"].dropna())
        frame = pd.concat([sought, beside[list(sought.columns)]]).sort_values("report_id", ignore_index=True)
    else:
        frame = sought
    frame = frame.astype("string")
    of_record = places(states["record_id"], frame["record_id"])
    return Rows(ids, state, states["reason"], taken, linked, frame, of_record, uncounted)


def outside(screening: Screening, reports: pd.DataFrame | None) -> pd.DataFrame:
    """Reports listed for records that were not sought, with where they would enter the flow and how they stand there.

    orphan: there is no such record. unscreened: the record waits for screening and nobody has voted on it.
    """
    columns = ["report_id", "record_id", "study_id", "retrieved"]
    table = pd.DataFrame(columns=columns) if reports is None else reports.reindex(columns=columns)
    table = table.astype("string").mask(lambda frame: (frame == "").fillna(False))
    table["report_id"] = table["report_id"].fillna(table["record_id"])
    table = table.dropna(subset=["report_id"])
    table = table[~among(table["report_id"], screening.report_states["report_id"])]
    table = table.sort_values(columns).drop_duplicates("report_id").reset_index(drop=True)
    if table.empty:
        return table

    place = places(screening.states["record_id"], table["record_id"])
    known = place >= 0
    state = np.append(screening.states["state"].to_numpy(dtype=object), "")[place]
    named = pd.concat([table["record_id"], table["report_id"]]).dropna()
    outcomes = screening.outcomes[among(screening.outcomes["record_id"], named)]
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
        unscreened=known & (state == State.PENDING_SCREENING) & ~among(table["record_id"], voted),
    )


def places(ids: pd.Series, wanted: pd.Series) -> np.ndarray:
    """Where each wanted id stands among the distinct ids; -1 where it does not."""
    n = len(ids)
    both = pd.concat([ids.astype("string"), wanted.astype("string")], ignore_index=True)
    codes = pd.factorize(both)[0][n:]
    return np.where(codes < n, codes, -1)


def among(ids: pd.Series, others: pd.Series) -> np.ndarray:
    """Which ids occur among the others; on plain strings, where that is fastest."""
    return np.asarray(pd.Series(ids.to_numpy(dtype=object), dtype=object).isin(others.to_numpy(dtype=object)))


def studies_of(included: pd.DataFrame) -> pd.DataFrame:
    """One row per included report × study: report_id, study_id. A report may name several studies, joined with "; "."""
    pairs = included[["report_id", "study_id"]].dropna()
    if pairs["study_id"].str.contains(";", regex=False).any():
        pairs = pairs.assign(study_id=pairs["study_id"].str.split(";")).explode("study_id")
        pairs["study_id"] = pairs["study_id"].astype("string").str.strip()
        pairs = pairs[pairs["study_id"] != ""]
    return pairs.astype("string").reset_index(drop=True)


def record_sources(records: pd.DataFrame, ids: np.ndarray) -> tuple[pd.Series, pd.Series, tuple[str, ...]]:
    """Source type and name of each record in `ids`, and the record ids that the screening does not know."""
    wanted = records.reindex(columns=["record_id", "source_type", "source_name"]).astype("string")
    known = pd.Series(ids, dtype="string")
    unknown: tuple[str, ...] = ()
    if not known.equals(wanted["record_id"].reset_index(drop=True)):
        wanted = wanted.dropna(subset=["record_id"])
        if wanted["record_id"].duplicated().any():
            wanted = wanted.sort_values(["record_id", "source_type", "source_name"]).drop_duplicates("record_id")
        place = places(wanted["record_id"], known)
        unknown = tuple(sorted(wanted["record_id"][places(known, wanted["record_id"]) < 0]))
        wanted = wanted.reset_index(drop=True).reindex(np.where(place < 0, len(wanted), place))
    kind = wanted["source_type"].reset_index(drop=True)
    return kind.mask((kind == "").fillna(False)), wanted["source_name"].reset_index(drop=True), unknown


def by_other_methods(kind: pd.Series) -> np.ndarray:
    """Which records were found by other methods than searching databases and registers."""
    return np.asarray(kind.isin([str(each) for each in OTHER_METHODS]).to_numpy(dtype=bool))


def by_source(ids: np.ndarray, kind: pd.Series, name: pd.Series) -> dict[str, Source]:
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


def by_reason(ids: Sequence[str], reason: pd.Series, order: Sequence[str]) -> dict[str, tuple[str, ...]]:
    groups = pd.Series(ids, dtype=object).groupby(reason.to_numpy(dtype=object), dropna=True)
    found = {str(name): tuple(group) for name, group in groups}
    rank = {name: place for place, name in enumerate(order)}
    return dict(sorted(found.items(), key=lambda item: (-len(item[1]), rank.get(item[0], len(rank)), item[0])))


def survivors(records: pd.DataFrame, ids: pd.Series, known: Sequence[str] = ()) -> np.ndarray:
    """Where each record's chain of `duplicate_of` ends: a number in the distinct ids; -1 for a record there is not.

    `known` are ids that exist elsewhere (in the previous version): a chain may end there too, at len(ids) or above. In
    a circle some member of it is the end.
    """
    pairs = records.reindex(columns=["record_id", "duplicate_of"]).astype("string").dropna()
    pairs = pairs[pairs["duplicate_of"] != ""]
    if pairs["record_id"].duplicated().any():
        pairs = pairs.sort_values(["record_id", "duplicate_of"]).drop_duplicates("record_id")
    universe = ids
    if known:
        elsewhere = sorted(set(known).difference(ids.to_list()))
        universe = pd.concat([ids, pd.Series(elsewhere, dtype="string")], ignore_index=True)
    nowhere = len(universe)
    leads_to = np.arange(nowhere + 1)
    if len(pairs):
        found = places(universe, pd.concat([pairs["record_id"], pairs["duplicate_of"]], ignore_index=True))
        duplicate, survivor = found[: len(pairs)], found[len(pairs) :]
        here = duplicate >= 0
        leads_to[duplicate[here]] = np.where(survivor[here] < 0, nowhere, survivor[here])
        for _ in range(nowhere.bit_length() + 1):  # each turn doubles the length of the chains that are followed
            leads_to = leads_to[leads_to]
    end = leads_to[: len(ids)]
    return np.where(end == nowhere, -1, end)


def extra_reports(rows: Rows) -> tuple[str, ...]:
    """Reports sought beyond the first of their record."""
    sought = rows.reports[(rows.reports["entry"] == "sought") & rows.reports["record_id"].notna()]
    return tuple(sought["report_id"][sought["record_id"].duplicated()].tolist())
