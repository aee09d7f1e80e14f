"""Screening against charting: what the votes came to, beside what the reports and the charting workbook say.

These rules need the outcome of screening: a study charted but not included, an included report without a study, votes
on records that were already out (STANDARDS F14).
"""

import numpy as np
import pandas as pd

from .codebook import Codebook
from .flow_rows import studies_of
from .integrity import Desk, within
from .issues import Issue, issue
from .review import Review
from .screening import Screening
from .terms import PREVIOUS, Outcome, Stage, State


def check(review: Review, codebook: Codebook, screening: Screening, *, adjudicator: str = "other") -> list[Issue]:
    """Issues between screening, reports and charting, at their cells. Tables that the review lacks are passed over.

    `adjudicator` is "other" where who settles a disagreement may not have voted on it, or "anyone".
    """
    desks = {
        name: Desk(review, table)
        for name, table in codebook.tables.items()
        if name in review.tables and len(review.tables[name])
    }
    found: list[Issue] = []
    if "decisions" in desks and "votes" in desks:
        found += _decisions(desks["decisions"], desks["votes"], adjudicator)
    outcomes = screening.outcomes
    out = outcomes.loc[
        (outcomes["stage"] == Stage.TITLE_ABSTRACT) & (outcomes["outcome"] == Outcome.EXCLUDE), "record_id"
    ]
    if "votes" in desks:
        found += _full_text_votes(desks["votes"], out, screening)
    if "reports" in desks:
        found += _reports(desks["reports"], out, screening)
        if "studies" in desks:
            found += _studies(desks["studies"], desks["reports"], screening)
    return found


def vanished(review: Review, previous: set[str]) -> list[Issue]:
    """Records that the review had when it last passed and has no more. Where most are gone it is another review."""
    frame = review.table("records")
    places = [place for place in review.places if place.table == "records"]
    if not previous or not places or "record_id" not in frame:
        return []
    gone = sorted(previous - set(frame["record_id"].dropna().astype(str)))
    if 2 * len(gone) > len(previous):
        return [issue("review_replaced", places[0].file, table="records", value=f"{len(gone)} of {len(previous)}")]
    return [
        issue(
            "record_vanished",
            places[0].file,
            sheet=places[0].sheet,
            table="records",
            key=name,
            field="record_id",
            value=name,
        )
        for name in gone
    ]


def vanished_since_snapshot(review: Review, codebook: Codebook) -> list[Issue]:
    """Records of the previous version's snapshot that are in 'records' no more, told at the snapshot's cells.

    An update may hold the new records alone; then most of the snapshot's records are not there, and none is missing.
    """
    frame = review.table(PREVIOUS)
    if frame.empty or "record_id" not in frame or "record_id" not in review.table("records"):
        return []
    desk = Desk(review, codebook.tables[PREVIOUS])
    listed = frame.index[(frame["kind"] == "record").fillna(False) & frame["record_id"].notna()]
    there = set(review.table("records")["record_id"].dropna())
    gone = [at for at in listed.tolist() if desk.value(at, "record_id") not in there]
    if 2 * len(gone) > len(listed):
        return []
    return [desk.say("record_vanished", at, "record_id", value=desk.value(at, "record_id")) for at in gone]


def _decisions(decisions: Desk, votes: Desk, adjudicator: str) -> list[Issue]:
    frame = decisions.frame
    settled = votes.frame[within(votes.frame["record_id"], frame["record_id"])]
    cast = settled[["record_id", "stage", "reviewer", "decision"]].dropna(subset=["record_id", "stage", "reviewer"])
    found: list[Issue] = []
    if "adjudicator" in frame and adjudicator == "other":
        voters = set(zip(cast["record_id"], cast["stage"], cast["reviewer"], strict=True))
        for at, key in enumerate(zip(frame["record_id"], frame["stage"], frame["adjudicator"], strict=True)):
            if key in voters:
                found.append(decisions.say("adjudicator_voted", at, "adjudicator", value=str(key[2])))
    # where one of the votes cannot be read, nobody knows whether they agree
    judged = cast.assign(out=cast["decision"] == "exclude", read=cast["decision"].notna())
    sides = judged.groupby(["record_id", "stage"]).agg(
        low=("out", "min"), high=("out", "max"), n=("out", "size"), read=("read", "min")
    )
    agreed = {key: bool(low) for key, low, high, n, read in sides.itertuples() if low == high and n > 1 and read}
    for at, (record, stage, decision) in enumerate(
        zip(frame["record_id"], frame["stage"], frame["decision"], strict=True)
    ):
        together = agreed.get((record, stage))
        if together is not None and not pd.isna(decision) and together != (decision == "exclude"):
            said = "exclude" if together else "include"
            found.append(
                decisions.say(
                    "decision_without_disagreement",
                    at,
                    "decision",
                    value=str(record),
                    expected=f"votes: {said}; decision: {decision}",
                )
            )
    return found


def _full_text_votes(votes: Desk, out: pd.Series, screening: Screening) -> list[Issue]:
    at_full_text = (votes.frame["stage"] == Stage.FULL_TEXT).to_numpy(bool)
    early = at_full_text & within(votes.frame["record_id"], out)
    found = [
        votes.say("full_text_vote_unsought", at, "record_id", value=votes.frame["record_id"].iat[at])
        for at in np.flatnonzero(early).tolist()
    ]
    states = screening.report_states
    missing = states.loc[states["state"] == State.NOT_RETRIEVED, "record_id"]
    late = at_full_text & within(votes.frame["record_id"], missing)
    return found + [
        votes.say("vote_on_unretrieved", at, "record_id", value=votes.frame["record_id"].iat[at])
        for at in np.flatnonzero(late).tolist()
    ]


def _reports(reports: Desk, out: pd.Series, screening: Screening) -> list[Issue]:
    frame = reports.frame
    found = [
        reports.say("report_unsought", at, "record_id", value=frame["record_id"].iat[at])
        for at in np.flatnonzero(within(frame["record_id"], out)).tolist()
    ]
    if "study_id" not in frame or not reports.held("study_id").all():
        return found  # a missing column is told at its header
    state = dict(zip(screening.report_states["report_id"], screening.report_states["state"], strict=True))
    faulty = (
        (frame["study_id__missing"].notna() & (frame["study_id__missing"] != "blank")).to_numpy(bool)
        if "study_id__missing" in frame
        else np.zeros(len(frame), bool)
    )
    twice = frame["report_id"].duplicated(keep=False).to_numpy()  # told as a doubled key; its state is that of either
    for at, (report, study) in enumerate(zip(frame["report_id"], frame["study_id"], strict=True)):
        where = None if twice[at] else state.get(report)
        if where == State.INCLUDED and pd.isna(study) and not faulty[at]:
            found.append(reports.say("included_not_charted", at, "study_id", value=str(report)))
        elif where in (State.REPORTS_EXCLUDED, State.NOT_RETRIEVED) and not pd.isna(study):
            found.append(reports.say("excluded_but_charted", at, "study_id", value=str(report), expected=str(study)))
    return found


def _studies(studies: Desk, reports: Desk, screening: Screening) -> list[Issue]:
    states = screening.report_states
    out = states["state"].isin([State.REPORTS_EXCLUDED, State.NOT_RETRIEVED, State.EXCLUDED])
    reached = set(studies_of(states[~out])["study_id"])
    if "study_id" in reports.frame and not reports.held("study_id").all():
        return []
    named = reports.frame.reindex(columns=["study_id"]).assign(report_id="")
    listed = set(studies_of(named)["study_id"])
    found = []
    for at, study in enumerate(studies.frame["study_id"]):
        # a study of a report that was excluded is told at the report
        if not pd.isna(study) and study not in reached and study not in listed:
            found.append(studies.say("charted_not_included", at, "study_id", value=str(study)))
    return found
