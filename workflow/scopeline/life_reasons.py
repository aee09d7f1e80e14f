"""Why a record, report or study stands where it stands: one sentence, and the cells that decided it."""

from collections.abc import Iterable

from .life import OUTSIDE, RECORD, REPORT, STUDY, Decided, Vote
from .life_ties import Ties, parts, rank
from .terms import CHARTED, STAGE_LABELS, Stage, State


class Reasons:
    """Says why, from what belongs together; `reviewers` is how many votes a stage needs."""

    def __init__(self, ties: Ties, reviewers: int) -> None:
        self.ties, self.reviewers = ties, reviewers

    def why(self, name: str, kind: str, state: str) -> tuple[str, list[str]]:
        """One sentence on why an ID stands where it stands, and the cells that decided it."""
        if kind == STUDY:
            return self._why_study(name, state)
        if kind == RECORD:
            return self._why_record(name, state)
        records = self.ties.records_of(name)
        if name not in self.ties.report_states:
            rows = self.ties.report_rows(name)
            cells = [self.ties.tables["reports"].cell(at, "record_id") for at in rows]
            if not records:
                return "It is listed without a record, so no screening leads to it.", cells
            known = [each for each in records if each in self.ties.states]
            if not known:
                return f"Its record {records[0]} is not among the records.", cells
            said, more = self._why_record(known[0], self.ties.states[known[0]])
            return f"It was not sought, for its record {known[0]} did not come so far. {said}", [*cells, *more]
        return self._why_report(name, records[0] if records else name, state)

    def _why_study(self, study: str, state: str) -> tuple[str, list[str]]:
        reports = [each for each in self.ties.reports_of_study(study) if self.ties.state(each, REPORT) == state]
        if not reports:
            charted = [(self.ties.tables[name], self.ties.tables[name].rows("study_id", study)) for name in CHARTED]
            cells = [table.cell(at, "study_id") for table, found in charted for at in table.order(found)][:1]
            return "No report names this study, so no screening leads to it.", cells
        report = reports[0]
        rows = [
            at
            for at in self.ties.report_rows(report)
            if study in parts(self.ties.tables["reports"].texts("study_id")[at])
        ]
        said, cells = self.why(report, REPORT, state)
        named = [self.ties.tables["reports"].cell(at, "study_id") for at in rows]
        more = f" (and {len(reports) - 1} more like it)" if len(reports) > 1 else ""
        return f"By its report {report}{more}: {said}", [*named, *cells]

    def _why_record(self, record: str, state: str) -> tuple[str, list[str]]:
        table = self.ties.tables["records"]
        rows = table.order(table.rows("record_id", record))
        if state == OUTSIDE:
            cells = [
                self.ties.tables[name].cell(at, field)
                for name, field in (
                    ("votes", "record_id"),
                    ("decisions", "record_id"),
                    ("reports", "record_id"),
                    ("records", "duplicate_of"),
                )
                for at in self.ties.tables[name].order(self.ties.tables[name].rows(field, record))
            ]
            return "It is named in these cells, but no row of the records has this ID.", cells
        if state == State.DUPLICATE:
            chain = self.ties.chain(record)
            last = chain[-1].duplicate_of
            by = "a line of the list of duplicates says so" if chain[0].listed else "its own row says so"
            through = f", through {', '.join(step.duplicate_of for step in chain[:-1])}" if len(chain) > 1 else ""
            return f"It is a duplicate of {last}{through}; {by}.", [step.cell for step in chain]
        if state in (State.AUTOMATION, State.REMOVED_OTHER):
            by = "by an automation tool" if state == State.AUTOMATION else "for another reason"
            return f"It was removed before screening, {by}.", [
                table.cell(at, "removed_before_screening") for at in rows
            ]
        if rank(state) < rank(State.PENDING_RETRIEVAL):
            return self._why_stage(record, Stage.TITLE_ABSTRACT)
        same = [each for each in self.ties.reports_of_record(record) if self.ties.state(each, REPORT) == state]
        if not same:
            return "It passed title and abstract and is to be sought; no report of it is listed yet.", self._cells_of(
                record, Stage.TITLE_ABSTRACT
            )
        said, cells = self._why_report(same[0], record, state)
        return (f"By its report {same[0]}: {said}" if self.ties.is_listed(same[0]) else said), cells

    def _why_report(self, report: str, record: str, state: str) -> tuple[str, list[str]]:
        table = self.ties.tables["reports"]
        rows = self.ties.report_rows(report)
        retrieved = [table.cell(at, "retrieved") for at in rows]
        if state == State.NOT_RETRIEVED:
            return "It was sought and could not be retrieved.", retrieved
        status = [at for at in rows if table.texts("status")[at] == state]
        if state in (State.AWAITING, State.ONGOING) and status:
            told = "it awaits classification" if state == State.AWAITING else "the study is ongoing"
            return f"Its own row says that {told}.", [table.cell(at, "status") for at in status]
        if state == State.PENDING_RETRIEVAL:
            return "It is sought; whether it was retrieved is not known yet.", retrieved or self._cells_of(
                record, Stage.TITLE_ABSTRACT
            )
        own = report not in self.ties.states and (report, str(Stage.FULL_TEXT)) in self.ties.outcomes
        said, cells = self._why_stage(report if own else record, Stage.FULL_TEXT)
        if not cells and state == State.INCLUDED:
            return "An exception of the flow takes it straight to the included reports.", [
                table.cell(at, "report_id") for at in rows
            ]
        return said, cells

    def _votes_of(self, each: str, stage: Stage) -> list[Vote]:
        table = self.ties.tables["votes"]
        votes = [self.ties.vote(at) for at in table.order(table.rows("record_id", each))]
        return sorted((vote for vote in votes if vote.stage == stage), key=lambda vote: vote.reviewer)

    def _decisions_of(self, each: str, stage: Stage) -> list[Decided]:
        table = self.ties.tables["decisions"]
        decided = [self.ties.decided(at) for at in table.order(table.rows("record_id", each))]
        return [one for one in decided if one.stage == stage and one.decision]

    def _cells_of(self, each: str, stage: Stage) -> list[str]:
        decided = [one.cell for one in self._decisions_of(each, stage)]
        return decided or [vote.cell for vote in self._votes_of(each, stage) if not vote.counts]

    def _why_stage(self, each: str, stage: Stage) -> tuple[str, list[str]]:
        """What the votes and decisions of a stage say."""
        on = f"on {STAGE_LABELS[stage]}"
        decided = self._decisions_of(each, stage)
        outcome = self.ties.outcomes.get((each, str(stage)))
        needed = self.reviewers
        if outcome is None:
            return f"Nobody has voted {on} yet; {needed} {'vote is' if needed == 1 else 'votes are'} needed.", []
        reason = f": {outcome.reason}" if outcome.reason else ""
        others = f" (also named: {outcome.other_reasons})" if outcome.other_reasons else ""
        if decided:
            mine = [one for one in decided if one.decision == outcome.outcome] or decided
            who = mine[0].adjudicator or "The team's decision, without a name,"
            said = (
                f"{who} settled it {on}: {mine[0].decision}{', ' + outcome.reason if outcome.reason else ''}{others}."
            )
            return said, [one.cell for one in mine]
        votes = [vote for vote in self._votes_of(each, stage) if not vote.counts]
        cells = [vote.cell for vote in votes]
        by_word: dict[str, list[str]] = {}
        for vote in votes:
            by_word.setdefault(vote.decision, []).append(vote.reviewer)
        said = ", ".join(
            f"{_names(who)} {'says' if len(set(who)) == 1 else 'say'} {word}" for word, who in by_word.items()
        )
        if outcome.outcome == "conflict":
            return f"The votes {on} differ and nobody has settled them: {said}.", cells
        if outcome.outcome == "pending":
            if outcome.n_votes >= needed:
                return f"Only a tool has voted {on} ({said}); a person's vote is needed.", cells
            return f"{outcome.n_votes} of {needed} votes {on} so far ({said}).", cells
        if outcome.basis == "automation":
            return f"A tool alone excluded it {on}{reason}.", cells
        return f"{said[:1].upper()}{said[1:]} {on}{reason}{others}.", cells


def _names(who: Iterable[str]) -> str:
    listed = list(dict.fromkeys(name or "a reviewer without a name" for name in who))
    return " and ".join([", ".join(listed[:-1]), listed[-1]]) if len(listed) > 1 else "".join(listed)
