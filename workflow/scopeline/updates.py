"""Updated reviews: what the previous version included, what this one adds, and what the next one needs to know.

PRISMA 2020 (Page 2021, BMJ 372:n71) counts in an updated review only what the new search found, and beside it the
studies and reports of the previous version; box 16 is both together. A snapshot is the frame that carries one version
over to the next. Its columns: kind (record, report, study, box), record_id, report_id, study_id, state, box, n.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from scopeline.flow_rows import among, studies_of
from scopeline.identities import FlowException, Identity, compare
from scopeline.screening import Screening
from scopeline.terms import UNFINISHED, State

if TYPE_CHECKING:
    from scopeline.flow import Flow

SNAPSHOT_COLUMNS = ("kind", "record_id", "report_id", "study_id", "state", "box", "n")

#: A record that stood here when the previous version closed is looked at again, as one of the new version.
_OPEN = (*UNFINISHED, State.AWAITING, State.ONGOING)


@dataclass(frozen=True, eq=False)
class Previous:
    """What the previous version included. reports: report_id, record_id, study_id. records: every record it had
    identified, with its state (empty where the snapshot does not list them).
    """

    reports: pd.DataFrame
    studies: frozenset[str]
    records: pd.DataFrame


@dataclass(frozen=True, eq=False)
class Update:
    """How the previous version and the new one come together; all ids sorted.

    In both are studies (or reports) that were included before and are found again: a new report of a known study.
    Dropped are those that this version excludes. set_aside are records of the tables that the previous version had
    done with, and that are therefore no part of the new search.
    """

    previous: Previous
    studies: tuple[str, ...]
    reports: tuple[str, ...]
    studies_in_both: tuple[str, ...]
    reports_in_both: tuple[str, ...]
    dropped_studies: tuple[str, ...]
    dropped_reports: tuple[str, ...]
    total_studies: tuple[str, ...]
    total_reports: tuple[str, ...]
    set_aside: tuple[str, ...]


def read(previous: pd.DataFrame) -> Previous:
    """Read a snapshot, or a plain list of the reports included before (report_id, study_id, record_id).

    A row without a kind is an included report, or an included study where it names no report; of rows with a kind only
    included reports, studies and records count.
    """
    text = [name for name in SNAPSHOT_COLUMNS if name != "n"]
    frame = previous.reindex(columns=text).astype("string").reset_index(drop=True)
    frame = frame.mask((frame == "").fillna(False))
    listed = frame["report_id"].notna() & (frame["state"].isna() | (frame["state"] == State.INCLUDED).fillna(False))
    kind = frame["kind"].fillna("report")
    reports = frame.loc[listed & (kind == "report"), ["report_id", "record_id", "study_id"]]
    reports = reports.sort_values(["report_id", "record_id", "study_id"]).drop_duplicates("report_id")
    alone = frame.loc[frame["report_id"].isna() & kind.isin(["report", "study"]), ["study_id"]]
    studies = {*studies_of(reports)["study_id"], *studies_of(alone.assign(report_id=""))["study_id"]}
    records = frame.loc[(kind == "record") & frame["record_id"].notna(), ["record_id", "state"]]
    records = records.sort_values(["record_id", "state"]).drop_duplicates("record_id")
    return Previous(reports.reset_index(drop=True), frozenset(studies), records.reset_index(drop=True))


def set_aside(screening: Screening, previous: Previous) -> tuple[Screening, np.ndarray]:
    """The screening of what is new, and a mask of the records that stay in it."""
    done = previous.records.loc[~previous.records["state"].isin([str(each) for each in _OPEN]), "record_id"]
    again = among(screening.report_states["report_id"], previous.reports["report_id"])
    known = pd.concat([done, previous.reports["record_id"].dropna(), screening.report_states["record_id"][again]])
    keep = ~among(screening.states["record_id"], known)
    stays = ~(among(screening.report_states["record_id"], known) | again)
    new = replace(
        screening,
        states=screening.states[keep].reset_index(drop=True),
        report_states=screening.report_states[stays].reset_index(drop=True),
    )
    return new, keep


def together(
    previous: Previous,
    screening: Screening,
    keep: np.ndarray,
    included: pd.DataFrame,
    exceptions: Sequence[FlowException],
) -> Update:
    """Put the previous version and the new one together.

    screening and keep: the whole screening and what `set_aside` kept of it. included: report_id, study_id, the reports
    newly included (a report of several studies has several rows; one without a study NA).
    """
    aside = screening.states[~keep]
    out = aside.loc[aside["state"].isin([State.EXCLUDED, State.REPORTS_EXCLUDED]), "record_id"]
    judged = screening.report_states
    dropped = set(judged.loc[judged["state"] == State.REPORTS_EXCLUDED, "report_id"])
    before = previous.reports
    named = {each for exception in exceptions if exception.name == "update_dropped_previous" for each in exception.ids}
    pairs = studies_of(before)
    other = set(pairs.loc[~pairs["study_id"].isin(named), "report_id"])
    dropped |= set(before["report_id"][among(before["record_id"], out)]) | named | (set(pairs["report_id"]) - other)
    dropped &= set(before["report_id"])
    kept = pairs[~pairs["report_id"].isin(dropped)]
    new_reports, new_studies = set(included["report_id"].dropna()), set(included["study_id"].dropna())
    old_reports, old_studies = set(before["report_id"]), set(previous.studies)
    without_report = old_studies - set(pairs["study_id"])
    stay = ((set(kept["study_id"]) | without_report) - named) | (old_studies & new_studies)
    return Update(
        previous=previous,
        studies=_sorted(old_studies),
        reports=_sorted(old_reports),
        studies_in_both=_sorted(old_studies & new_studies),
        reports_in_both=_sorted(old_reports & new_reports),
        dropped_studies=_sorted(old_studies - stay),
        dropped_reports=_sorted(dropped - new_reports),
        total_studies=_sorted(stay | new_studies),
        total_reports=_sorted((old_reports - dropped) | new_reports),
        set_aside=tuple(aside["record_id"].to_list()),
    )


def f11(update: Update, n_studies: int, n_reports: int, exceptions: Sequence[FlowException]) -> list[Identity]:
    """The totals are the previous version and the new one, those in both once (F11)."""
    pairs = studies_of(update.previous.reports)
    aliases = dict(zip(pairs["report_id"].to_list(), pairs["study_id"].to_list(), strict=True))
    judged = []
    for unit, total, before, new, both, dropped in (
        ("reports", update.total_reports, update.reports, n_reports, update.reports_in_both, update.dropped_reports),
        ("studies", update.total_studies, update.studies, n_studies, update.studies_in_both, update.dropped_studies),
    ):
        right = f"previous_{unit} {len(before)} + new {new} − in both {len(both)}"
        left = f"total_{unit} {len(total)}"
        judged.append(compare("F11", left, right, (), dropped, exceptions=exceptions, aliases=aliases))
    return judged


def snapshot(flow: "Flow") -> pd.DataFrame:
    """What the next update needs of this version: every record identified with its state, the reports and studies
    included in the end, and the number of each box. Give it to `flow.count` as `previous`.
    """
    update = flow.update
    records = flow.records[["record_id", "state"]].astype("string")
    reports = flow.reports.loc[flow.reports["state"] == State.INCLUDED, ["report_id", "record_id", "study_id"]]
    studies = list(flow.boxes["included_studies"].members) if "included_studies" in flow.boxes else []
    if update is not None:
        earlier = update.previous.records
        records = pd.concat([records, earlier[~among(earlier["record_id"], records["record_id"])]])
        before = update.previous.reports
        stays = before["report_id"].isin(update.total_reports) & ~among(before["report_id"], reports["report_id"])
        reports = pd.concat([reports, before[stays]])
        studies = list(update.total_studies)
    parts = [
        records.sort_values("record_id").assign(kind="record"),
        reports.sort_values("report_id").assign(kind="report", state=str(State.INCLUDED)),
        pd.DataFrame({"study_id": studies}, dtype="string").assign(kind="study"),
        pd.DataFrame({"box": list(flow.boxes), "n": [box.n for box in flow.boxes.values()]}).assign(kind="box"),
    ]
    frame = pd.concat([part.reindex(columns=SNAPSHOT_COLUMNS).astype(object) for part in parts], ignore_index=True)
    return frame.astype({name: "Int64" if name == "n" else "string" for name in SNAPSHOT_COLUMNS})


def _sorted(ids: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(ids))
