"""From votes to outcomes to states: where every record stands, and why.

A stage comes to an outcome from the reviewers' votes, or from the team's decision where there is one; the outcomes of
the stages, put in the order of PRISMA 2020 (Page 2021, BMJ 372:n71), give every record exactly one state.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from scopeline.errors import ConfigurationError
from scopeline.terms import OTHER_METHODS, Decision, Outcome, Stage, State

_STAGES = tuple(Stage)
_OUTCOMES = tuple(Outcome)
_STATES = tuple(State)
_INCLUDE, _EXCLUDE, _CONFLICT, _PENDING, _AWAITING, _ONGOING = (_OUTCOMES.index(outcome) for outcome in Outcome)
_TITLE_ABSTRACT, _FULL_TEXT = (_STAGES.index(stage) for stage in Stage)
_BASES = ("agreement", "adjudication", "single", "automation")
#: What a vote or a decision may say, and beside it how it counts; `maybe` counts as the settings say.
_WORDS = (*Decision, Outcome.AWAITING, Outcome.ONGOING)
_NONE = -1


@dataclass(frozen=True, eq=False)
class Screening:
    """What screening came to.

    outcomes: one row per record × stage with a vote or a decision, sorted: record_id, stage, outcome (`terms.Outcome`),
        reason (the one that counts; only of an exclusion), other_reasons (joined with "; "), basis (agreement,
        adjudication, single, automation where a tool alone excluded; NA while unsettled), n_votes.
    states: one row per record, sorted: record_id, state (`terms.State`), reason, report_ids, study_ids (both joined
        with "; ").
    report_states: one row per report sought, sorted: report_id, record_id, study_id, state, reason. The unit of every
        box from "sought" on.
    reasons: the codebook's order of exclusion reasons.
    stages: the stages at which the team voted.
    own_reports: no reports are listed, so each record sought stands for one report of its own.
    """

    outcomes: pd.DataFrame
    states: pd.DataFrame
    report_states: pd.DataFrame
    reasons: tuple[str, ...] = ()
    stages: tuple[str, ...] = _STAGES
    own_reports: bool = False


@dataclass(frozen=True)
class _Judgements:
    """Votes or decisions as arrays, one entry a row; -1 is "none"."""

    slot: np.ndarray  # record number × stage
    verdict: np.ndarray
    reasons: list[np.ndarray]  # ranks of the first reason named, of the second, ...
    who: np.ndarray  # the reviewer's number
    by_tool: np.ndarray | None  # whether the reviewer is a tool; None where none is


@dataclass(frozen=True)
class _Outcomes:
    """Outcomes as arrays over (record number × stage); -1 is "none"."""

    outcome: np.ndarray
    basis: np.ndarray
    n_votes: np.ndarray
    reason: np.ndarray
    other_reasons: np.ndarray


def screen(
    records: pd.DataFrame | None,
    votes: pd.DataFrame | None,
    decisions: pd.DataFrame | None,
    reports: pd.DataFrame | None,
    *,
    reasons: Sequence[str] = (),
    maybe_as: str = "include",
    reviewers: int = 2,
    stages: Sequence[str] = _STAGES,
    automation: Sequence[str] = ("automation",),
    other_methods: str = "together",
) -> Screening:
    """Put votes and decisions together and say where each record stands.

    Reads the canonical columns of the four tables (strings, missing is NA; a missing column or table counts as all
    missing; the order of rows does not matter):
    records: record_id, duplicate_of, removed_before_screening, source_type.
    votes: record_id, stage, reviewer, decision, reason. decisions: record_id, stage, decision, reason, adjudicator.
    reports: report_id, record_id, study_id, retrieved, status.
    A full-text vote may name a report by its report_id where that is not a record_id too.

    At full text a vote or decision may also say `awaiting` (awaits classification) or `ongoing` (an ongoing study), and
    so may a report's status, which then stands above the votes. Such a report is neither included nor excluded. One
    that was not retrieved stays not retrieved. On titles both words let a record go on, as an include does.

    `reasons` is the codebook's order: where two who exclude give different reasons the earlier one counts.
    `maybe_as` says whether a maybe goes on ("include"; "category" likewise, for only agreement tells it apart) or not
    ("exclude"). `reviewers` is the number of votes that a
    stage needs. `stages` is both stages, or full_text alone where the team did not screen titles and abstracts.
    `automation` names the reviewers that are tools: a title that only tools voted on, all to exclude, is excluded, and
    so is one that a tool excluded as adjudicator; beside a person a tool's vote is a vote like another.
    `other_methods` is "apart" where records of websites, organisations, citation searching and other sources go
    straight to their reports unless they were voted on, as in PRISMA's arm of other methods; or "together".

    Votes that differ without a decision are a conflict, fewer than `reviewers` are pending; a decision settles a stage
    whatever the votes. A record with several reports stands where the one that came furthest stands.

    Raises ConfigurationError for settings outside these choices.
    """
    _check_settings(maybe_as, reviewers, stages, other_methods)
    fields = ["record_id", "duplicate_of", "removed_before_screening"]
    record = _columns(records, *fields, *(["source_type"] if other_methods == "apart" else [])).dropna(
        subset=["record_id"]
    )
    vote = _columns(votes, "record_id", "stage", "reviewer", "decision", "reason").dropna(subset=["record_id"])
    decision = _columns(decisions, "record_id", "stage", "decision", "reason", "adjudicator").dropna(
        subset=["record_id"]
    )
    report = _columns(reports, "report_id", "record_id", "study_id", "retrieved", "status")
    report["report_id"] = report["report_id"].fillna(report["record_id"])
    report = report.dropna(subset=["report_id"])
    record, report = _one_row_each(record, "record_id"), _one_row_each(report, "report_id")

    ids, numbers = _number(
        record["record_id"], vote["record_id"], decision["record_id"], report["report_id"], report["record_id"]
    )
    of_record, of_vote, of_decision, of_report, of_report_record = numbers
    names, ranks = _rank_reasons(reasons, vote["reason"], decision["reason"])
    cast = _judgements(vote, of_vote, ranks[0], maybe_as, "reviewer", automation)
    decided = _judgements(decision, of_decision, ranks[1], maybe_as, "adjudicator", automation)
    outcomes = _settle(cast, decided, names, (len(ids), reviewers))

    is_record = np.zeros(len(ids), dtype=bool)
    is_record[of_record] = True
    entered = np.full(len(ids), _NONE)
    entered[of_record] = _states_before_retrieval(record, of_record, outcomes, tuple(stages))
    own_reports = report.empty
    if own_reports:
        of_report = of_report_record = np.flatnonzero(entered == _STATES.index(State.PENDING_RETRIEVAL))
        report = pd.DataFrame({name: pd.array([pd.NA] * len(of_report), dtype="string") for name in report.columns})
    listed = reports is not None and not own_reports and "retrieved" in reports.columns
    report = report.assign(report=of_report, record=of_report_record)
    report_frame = _report_states(report, entered, is_record, outcomes, listed)
    states = _record_states(of_record, entered, outcomes, report_frame)

    return Screening(
        outcomes=_outcome_frame(outcomes, ids, names),
        states=_state_frame(states, report_frame, ids, names),
        report_states=_report_frame(report_frame, ids, names),
        reasons=tuple(reasons),
        stages=tuple(stages),
        own_reports=own_reports,
    )


def _check_settings(maybe_as: str, reviewers: int, stages: Sequence[str], other_methods: str) -> None:
    if maybe_as not in ("include", "exclude", "category"):
        raise ConfigurationError(
            f"screening: maybe_as is {maybe_as!r}. Write include (a maybe goes on to the next stage), exclude, or "
            "category (it goes on, and agreement tells it apart)."
        )
    if isinstance(reviewers, bool) or not isinstance(reviewers, int) or reviewers < 1:
        raise ConfigurationError(
            f"screening: reviewers is {reviewers!r}. Write the number of votes a stage needs, 1 or more."
        )
    if tuple(stages) not in (_STAGES, (Stage.FULL_TEXT,)):
        raise ConfigurationError(
            f"screening: stages is {list(stages)!r}. Write title_abstract and full_text, or full_text alone."
        )
    if other_methods not in ("together", "apart"):
        raise ConfigurationError(
            f"flow: other_methods is {other_methods!r}. Write together (one screening for all sources) or apart."
        )


def _columns(frame: pd.DataFrame | None, *names: str) -> pd.DataFrame:
    """The named columns as strings, blanks and absent columns as NA."""
    rows = 0 if frame is None else len(frame)
    columns = {}
    for name in names:
        if frame is None or name not in frame.columns:
            columns[name] = pd.Series(pd.array([pd.NA] * rows, dtype="string"))
        else:
            column = frame[name].astype("string").reset_index(drop=True)
            columns[name] = column.mask((column == "").fillna(False))
    return pd.DataFrame(columns)


def _one_row_each(frame: pd.DataFrame, key: str) -> pd.DataFrame:
    """Keys are unique in a validated review; where one is not, the same row is kept whatever the order."""
    if frame[key].is_unique:
        return frame
    return frame.sort_values([key, *frame.columns.drop(key)], na_position="last").drop_duplicates(key)


def _number(*columns: pd.Series) -> tuple[pd.Series, list[np.ndarray]]:
    """Number every id in the columns in sorted order: the ids, and each column as numbers (-1 where missing)."""
    codes, found = pd.factorize(pd.concat(columns, ignore_index=True))
    ids = pd.Series(found, dtype="string")
    order = ids.argsort().to_numpy()
    place = np.empty(len(ids) + 1, dtype=np.int64)
    place[order], place[_NONE] = np.arange(len(ids)), _NONE
    ends = np.cumsum([len(column) for column in columns])
    return ids.take(order).reset_index(drop=True), np.split(place[codes], ends[:-1])


def _rank_reasons(order: Sequence[str], *columns: pd.Series) -> tuple[np.ndarray, list[list[np.ndarray]]]:
    """Rank reasons by the codebook, unlisted ones after it by name.

    Returns the names by rank, and for each column a list of rank arrays: the first holds each cell's first reason, the
    next its second (a cell may hold several, joined with "; ") and so on; -1 where there is none.
    """
    listed = list(dict.fromkeys(order))
    coded = [pd.factorize(column) for column in columns]
    parts = {
        str(cell): [str(cell)] if cell in listed else [part for part in str(cell).split("; ") if part]
        for _, cells in coded
        for cell in cells
    }
    names = listed + sorted({part for cell in parts.values() for part in cell} - set(listed))
    rank = {name: place for place, name in enumerate(names)}
    ranked = []
    for codes, cells in coded:
        depth = max((len(parts[str(cell)]) for cell in cells), default=0)
        table = np.full((max(depth, 1), len(cells) + 1), _NONE)
        for number, cell in enumerate(cells):
            for place, part in enumerate(parts[str(cell)]):
                table[place, number] = rank[part]
        ranked.append([row[codes] for row in table])
    return np.array(names, dtype=object), ranked


def _judgements(
    frame: pd.DataFrame, numbers: np.ndarray, reasons: list[np.ndarray], maybe_as: str, by: str, tools: Sequence[str]
) -> _Judgements:
    who, reviewers = pd.factorize(frame[by], use_na_sentinel=False)
    tool = np.array([not pd.isna(name) and str(name) in tools for name in reviewers], dtype=bool)
    by_tool = tool[who] if tool.any() else None
    return _Judgements(_slots(frame, numbers), _verdicts(frame, maybe_as), reasons, who, by_tool)


def _settle(votes: _Judgements, decisions: _Judgements, names: np.ndarray, sizes: tuple[int, int]) -> _Outcomes:
    """The outcome of every stage from its votes and its decision; sizes are the number of ids and of votes needed."""
    n_ids, reviewers = sizes
    slots = n_ids * len(_STAGES)
    slot, verdict = votes.slot, votes.verdict
    counted = (slot != _NONE) & (verdict != _NONE)
    counted &= _first_of_each(slot * (votes.who.max(initial=0) + 1) + votes.who, votes, counted)
    said = {each: counted & (verdict == each) for each in (_INCLUDE, _EXCLUDE, _AWAITING, _ONGOING)}
    times = {each: np.bincount(slot[rows], minlength=slots) for each, rows in said.items() if rows.any()}
    n_votes = sum(times.values(), np.zeros(slots, dtype=np.int64))

    outcome = np.full(slots, _NONE)
    outcome[n_votes > 0] = _PENDING
    enough = n_votes >= reviewers
    outcome[enough] = _CONFLICT
    for each, size in times.items():
        outcome[enough & (size == n_votes)] = each
    basis = np.full(slots, _NONE)
    settled = enough & (outcome != _CONFLICT)
    basis[settled] = np.where(n_votes == 1, _BASES.index("single"), _BASES.index("agreement"))[settled]
    if votes.by_tool is not None:
        tools = np.bincount(slot[counted & votes.by_tool], minlength=slots)
        alone = (tools > 0) & (tools == n_votes)
        alone[_FULL_TEXT :: len(_STAGES)] = False
        outcome[alone] = _PENDING  # a tool alone lets nothing in
        basis[alone] = _NONE
        alone &= times.get(_EXCLUDE, 0) == n_votes
        outcome[alone], basis[alone] = _EXCLUDE, _BASES.index("automation")

    decided_slot, decided, decision_reasons = decisions.slot, decisions.verdict, decisions.reasons
    final = (decided_slot != _NONE) & (decided != _NONE)
    order = np.lexsort((decision_reasons[0], decided))[::-1]  # a repeated decision: the same one wins in any order
    order = order[final[order]]
    outcome[decided_slot[order]] = decided[order]
    basis[decided_slot[order]] = _BASES.index("adjudication")
    if decisions.by_tool is not None:
        by_tool = order[decisions.by_tool[order] & (decided[order] == _EXCLUDE)]
        by_tool = by_tool[(decided_slot[by_tool] % len(_STAGES) == _TITLE_ABSTRACT)]
        by_tool = by_tool[outcome[decided_slot[by_tool]] == _EXCLUDE]
        basis[decided_slot[by_tool]] = _BASES.index("automation")
    adjudicated = np.full(slots, _NONE)
    adjudicated[decided_slot[order]] = decision_reasons[0][order]

    against = counted & (verdict == _EXCLUDE)
    given_slot = np.concatenate([slot[against]] * len(votes.reasons) + [decided_slot[order]] * len(decision_reasons))
    given = np.concatenate([r[against] for r in votes.reasons] + [r[order] for r in decision_reasons])
    reason, others = _choose_reasons(given_slot, given, adjudicated, outcome == _EXCLUDE, names)
    return _Outcomes(outcome, basis, n_votes, reason, others)


def _slots(frame: pd.DataFrame, numbers: np.ndarray) -> np.ndarray:
    """Where record × stage stands in the arrays; -1 for a stage that is none."""
    stage = _codes(frame["stage"], _STAGES)
    return np.where(stage == _NONE, _NONE, numbers * len(_STAGES) + stage)


def _verdicts(frame: pd.DataFrame, maybe_as: str) -> np.ndarray:
    decision = _codes(frame["decision"], _WORDS)
    meaning = [_INCLUDE, _EXCLUDE, _EXCLUDE if maybe_as == "exclude" else _INCLUDE, _AWAITING, _ONGOING, _NONE]
    verdict = np.array(meaning)[decision]
    later = verdict > _PENDING
    if later.any():  # on titles a record that awaits more, or tells of an ongoing study, goes on
        verdict[later & (_codes(frame["stage"], _STAGES) == _TITLE_ABSTRACT)] = _INCLUDE
    return verdict


def _codes(column: pd.Series, values: Sequence[str]) -> np.ndarray:
    codes, found = pd.factorize(column)
    number = {str(value): place for place, value in enumerate(values)}
    return np.array([number.get(str(value), _NONE) for value in found] + [_NONE])[codes]


def _first_of_each(keys: np.ndarray, votes: _Judgements, among: np.ndarray) -> np.ndarray:
    """Mark one row for each key: a reviewer votes once at a stage.

    Of two votes the one against counts, by the earlier reason.
    """
    rows = np.flatnonzero(among)
    marked = np.zeros(len(keys), dtype=bool)
    if not pd.Series(keys[rows]).duplicated().any():
        marked[rows] = True
        return marked
    ranks = [np.where(rank[rows] == _NONE, np.iinfo(np.int64).max, rank[rows]) for rank in reversed(votes.reasons)]
    settled = np.array([3, 0, 3, 3, 1, 2])  # exclude, then what waits, then include
    rows = rows[np.lexsort((*ranks, settled[votes.verdict[rows]], keys[rows]))]
    marked[rows[np.append(True, keys[rows][1:] != keys[rows][:-1])]] = True
    return marked


def _choose_reasons(
    slot: np.ndarray, reason: np.ndarray, adjudicated: np.ndarray, excluded: np.ndarray, names: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The reason that counts for each excluded slot, and the others joined with "; "."""
    use = (slot != _NONE) & (reason != _NONE)
    use[use] &= excluded[slot[use]]
    width = max(len(names), 1)
    pairs = np.sort(slot[use] * width + reason[use])
    pairs = pairs[np.append(True, pairs[1:] != pairs[:-1])[: len(pairs)]]
    slot, reason = pairs // width, pairs % width
    primary = np.where(excluded, adjudicated, _NONE)
    first = np.append(True, slot[1:] != slot[:-1])[: len(slot)]
    voted = slot[first]
    primary[voted] = np.where(primary[voted] == _NONE, reason[first], primary[voted])

    others = np.full(len(excluded), None, dtype=object)
    extra = reason != primary[slot]
    slot, reason = slot[extra], reason[extra]
    while len(slot):
        first = np.append(True, slot[1:] != slot[:-1])
        text = pd.Series(others[slot[first]], dtype="string")
        name = pd.Series(names[reason[first]], dtype="string")
        others[slot[first]] = (text + "; " + name).fillna(name).to_numpy(dtype=object)
        slot, reason = slot[~first], reason[~first]
    return primary, others


def _states_before_retrieval(
    record: pd.DataFrame, of_record: np.ndarray, outcomes: _Outcomes, stages: tuple[str, ...]
) -> np.ndarray:
    """Each record's state up to title and abstract; a record that goes on is pending retrieval for now."""
    removed = record["removed_before_screening"]
    if Stage.TITLE_ABSTRACT in stages:
        outcome = outcomes.outcome[of_record * len(_STAGES) + _TITLE_ABSTRACT]
        if "source_type" in record:
            straight = record["source_type"].isin(list(OTHER_METHODS)).to_numpy(dtype=bool)
            outcome[straight & (outcome == _NONE)] = _INCLUDE
    else:
        outcome = np.full(len(of_record), _INCLUDE)
    states = np.select(
        [
            record["duplicate_of"].notna().to_numpy(dtype=bool),
            (removed == "automation").fillna(False).to_numpy(dtype=bool),
            removed.notna().to_numpy(dtype=bool),
            outcome == _INCLUDE,
            outcome == _EXCLUDE,
            outcome == _CONFLICT,
        ],
        [
            _STATES.index(state)
            for state in (
                State.DUPLICATE,
                State.AUTOMATION,
                State.REMOVED_OTHER,
                State.PENDING_RETRIEVAL,
                State.EXCLUDED,
                State.CONFLICT_SCREENING,
            )
        ],
        default=_STATES.index(State.PENDING_SCREENING),
    )
    return np.asarray(states, dtype=np.int64)


def _report_states(
    report: pd.DataFrame, entered: np.ndarray, is_record: np.ndarray, outcomes: _Outcomes, retrieval_listed: bool
) -> pd.DataFrame:
    """Reports of the records sought, as numbers: report, record, study_id, state, reason."""
    of_record = report["record"].to_numpy()
    sought = of_record != _NONE
    sought[sought] &= entered[of_record[sought]] == _STATES.index(State.PENDING_RETRIEVAL)
    report = report[sought]
    of_report, of_record = report["report"].to_numpy(), of_record[sought]

    by_report = of_report * len(_STAGES) + _FULL_TEXT
    by_record = of_record * len(_STAGES) + _FULL_TEXT
    slot = np.where(~is_record[of_report] & (outcomes.outcome[by_report] != _NONE), by_report, by_record)
    outcome = outcomes.outcome[slot]
    retrieved = report["retrieved"]
    got = (retrieved == "yes").fillna(False).to_numpy(dtype=bool) if retrieval_listed else outcome != _NONE
    missed = (retrieved == "no").fillna(False).to_numpy(dtype=bool)
    later = np.where(outcome >= _AWAITING, outcome, _NONE)
    for word in (_AWAITING, _ONGOING):  # a report's own status stands above the votes
        later[(report["status"] == _OUTCOMES[word]).fillna(False).to_numpy(dtype=bool)] = word
    standing = {
        State.NOT_RETRIEVED: missed,
        State.AWAITING: later == _AWAITING,
        State.ONGOING: later == _ONGOING,
        State.PENDING_RETRIEVAL: ~got,
        State.INCLUDED: outcome == _INCLUDE,
        State.REPORTS_EXCLUDED: outcome == _EXCLUDE,
        State.CONFLICT_FULL_TEXT: outcome == _CONFLICT,
    }
    state = np.select(
        list(standing.values()),
        [_STATES.index(each) for each in standing],
        default=_STATES.index(State.PENDING_FULL_TEXT),
    )
    frame = pd.DataFrame(
        {"report": of_report, "record": of_record, "study_id": report["study_id"].array, "state": state}
    )
    frame["reason"] = np.where(state == _STATES.index(State.REPORTS_EXCLUDED), outcomes.reason[slot], _NONE)
    return frame.sort_values("report", ignore_index=True)


def _record_states(
    of_record: np.ndarray, entered: np.ndarray, outcomes: _Outcomes, reports: pd.DataFrame
) -> pd.DataFrame:
    """Every record's state and reason as numbers, sorted by record."""
    record = np.sort(of_record)
    state = entered.copy()
    reason = np.where(
        state == _STATES.index(State.EXCLUDED), outcomes.reason.reshape(-1, len(_STAGES))[:, _TITLE_ABSTRACT], _NONE
    )
    furthest = reports.sort_values(["state", "reason"], ascending=[True, False])  # the last one written stays
    state[furthest["record"]] = furthest["state"]
    reason[furthest["record"]] = furthest["reason"]
    return pd.DataFrame({"record": record, "state": state[record], "reason": reason[record]})


def _texts(names: Sequence[str] | np.ndarray, codes: np.ndarray) -> pd.Series:
    """Numbers back to text, -1 to NA."""
    texts = pd.Series([*(str(name) for name in names), None], dtype="string")
    return _taken(texts, np.where(codes == _NONE, len(names), codes))


def _taken(texts: pd.Series, places: np.ndarray) -> pd.Series:
    return texts.take(places).reset_index(drop=True)


def _outcome_frame(outcomes: _Outcomes, ids: pd.Series, reasons: np.ndarray) -> pd.DataFrame:
    slot = np.flatnonzero(outcomes.outcome != _NONE)
    return pd.DataFrame(
        {
            "record_id": _taken(ids, slot // len(_STAGES)),
            "stage": _texts(_STAGES, slot % len(_STAGES)),
            "outcome": _texts(_OUTCOMES, outcomes.outcome[slot]),
            "reason": _texts(reasons, outcomes.reason[slot]),
            "other_reasons": pd.array(outcomes.other_reasons[slot], dtype="string"),
            "basis": _texts(_BASES, outcomes.basis[slot]),
            "n_votes": outcomes.n_votes[slot],
        }
    )


def _state_frame(states: pd.DataFrame, reports: pd.DataFrame, ids: pd.Series, reasons: np.ndarray) -> pd.DataFrame:
    report_text = _taken(ids, reports["report"].to_numpy())
    place = np.full(len(ids) + 1, _NONE)
    place[states["record"]] = np.arange(len(states))
    row = place[reports["record"]]
    return pd.DataFrame(
        {
            "record_id": _taken(ids, states["record"].to_numpy()),
            "state": _texts(_STATES, states["state"].to_numpy()),
            "reason": _texts(reasons, states["reason"].to_numpy()),
            "report_ids": _joined(row, report_text, len(states)),
            "study_ids": _joined(row, reports["study_id"], len(states)),
        }
    )


def _joined(row: np.ndarray, text: pd.Series, rows: int) -> pd.Series:
    """The distinct texts of each row, sorted and joined with "; "; NA where there is none."""
    pairs = pd.DataFrame({"row": row, "text": text.array}).dropna().drop_duplicates()
    repeated = pairs["row"].duplicated(keep=False)
    single = pairs[~repeated]
    result = np.full(rows, None, dtype=object)
    result[single["row"]] = single["text"].to_numpy(dtype=object)
    several = pairs[repeated].sort_values(["row", "text"]).groupby("row")["text"].agg("; ".join)
    result[several.index] = several.to_numpy(dtype=object)
    return pd.Series(pd.array(result, dtype="string"))


def _report_frame(reports: pd.DataFrame, ids: pd.Series, reasons: np.ndarray) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "report_id": _taken(ids, reports["report"].to_numpy()),
            "record_id": _taken(ids, reports["record"].to_numpy()),
            "study_id": pd.array(reports["study_id"].array, dtype="string"),
            "state": _texts(_STATES, reports["state"].to_numpy()),
            "reason": _texts(reasons, reports["reason"].to_numpy()),
        }
    )
