"""Screening against charting: what the votes came to, beside what the reports and the charting workbook say.

These rules need the outcome of screening: a study charted but not included, an included report without a study, votes
on records that were already out (STANDARDS F14).
"""

import numpy as np
import pandas as pd

from .codebook import Codebook
from .errors import ScopelineError
from .flow_rows import studies_of
from .integrity import Desk, within
from .issues import Issue, issue
from .review import Review
from .screening import Screening
from .settings import Settings
from .study_rows import differences
from .terms import PREVIOUS, Outcome, Severity, Stage, State


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
    if Stage.TITLE_ABSTRACT not in screening.stages:
        for name in ("votes", "decisions"):
            found += _not_screened(desks[name]) if name in desks else []
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


def _not_screened(desk: Desk) -> list[Issue]:
    """Rows on titles and abstracts, of a team that did not screen these apart."""
    rows = np.flatnonzero((desk.frame["stage"] == Stage.TITLE_ABSTRACT).fillna(False).to_numpy(dtype=bool))
    return [desk.say("stage_not_screened", at, "stage") for at in rows.tolist()]


def uncounted(review: Review, screening: Screening, settings: Settings) -> list[str]:
    """The charted studies, sorted, that are not in the flow's box of included studies (in all, of an updated review).

    Tables and figures count the studies of that box. A study whose reports wait for a decision, await classification or
    are ongoing may be charted and is not in it. Empty where the flow cannot say which studies are included: no records,
    no reports, or a flow that cannot be counted (which the flow tells).
    """
    charted = set(review.table("studies").get("study_id", pd.Series(dtype="string")).dropna().astype(str))
    if not charted or screening.states.empty or screening.own_reports:
        return []
    states = screening.report_states
    included = studies_of(states[states["state"] == State.INCLUDED])["study_id"]
    if PREVIOUS not in review.tables and charted <= set(included):
        return []
    from .flow import of_review

    try:
        boxes = of_review(review, screening, settings).boxes
    except ScopelineError:
        return []
    box = boxes.get("total_studies") or boxes.get("included_studies")
    return sorted(charted - set(box.members)) if box is not None else []


def told_uncounted(review: Review, codebook: Codebook, screening: Screening) -> list[Issue]:
    """What is said at the cell of each study that no table counts (`Review.uncounted`): where its reports stand."""
    if not review.uncounted:
        return []
    desk = Desk(review, codebook.tables["studies"])
    standing: dict[str, list[str]] = {}
    states = screening.report_states
    state_of = dict(zip(states["report_id"], states["state"], strict=True))
    for report, study in studies_of(states)[["report_id", "study_id"]].itertuples(index=False):
        standing.setdefault(study, []).append(f"{report}: {_STANDS.get(state_of[report], state_of[report])}")
    found = []
    for at, study in enumerate(desk.frame["study_id"]):
        if not pd.isna(study) and study in review.uncounted:
            where = "; ".join(sorted(standing.get(study, []))) or "no report of it is in the flow"
            found.append(desk.say("charted_before_included", at, "study_id", value=str(study), expected=where))
    return found


def reports_differ(review: Review, codebook: Codebook) -> list[Issue]:
    """Where several rows of one study differ in a field that is counted: a note at the values that do not count.

    The value of the one report that is no companion counts. Where that does not decide, none counts, and each is told
    as a warning. Free text and multi-valued fields do not contradict each other.
    """
    spec, frame = codebook.tables.get("studies"), review.table("studies")
    if spec is None or spec.primary_key == ["study_id"] or "study_id" not in frame:
        return []  # where the study is the key, a second row is told as a doubled key
    if not frame["study_id"].dropna().duplicated().any():
        return []
    reports = review.table("reports")
    companions: set[str] = set()
    if {"report_id", "companion_of"} <= set(reports.columns):
        companions = set(reports.loc[reports["companion_of"].notna(), "report_id"].dropna())
    desk = Desk(review, spec)
    fields = [each.name for each in spec.fields if each.what not in ("text", "multi") and each.name not in _KEYS]
    found = []
    for each in differences(frame, fields, companions=companions):
        values = " and ".join(dict.fromkeys(each.said[at] for at in sorted(each.said)))
        main = next((each.said[at] for at in each.stands), "")
        counts = f"That of the main report counts: {main}." if each.stands else "None of them counts."
        found += [
            desk.say(
                "reports_differ",
                at,
                each.field,
                value=each.study_id,
                expected=values,
                message=counts,
                severity=Severity.NOTE if each.stands else None,
            )
            for at in each.said
            if at not in each.stands
        ]
    return found


_KEYS = ("study_id", "report_id")

#: Where a report stands that is not included, in words.
_STANDS = {
    State.PENDING_RETRIEVAL: "not sought yet",
    State.PENDING_FULL_TEXT: "votes at full text are missing",
    State.CONFLICT_FULL_TEXT: "the votes at full text differ",
    State.AWAITING: "awaits classification",
    State.ONGOING: "ongoing",
    State.REPORTS_EXCLUDED: "excluded",
    State.NOT_RETRIEVED: "not retrieved",
}


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
