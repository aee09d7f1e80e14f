"""What belongs to which record, report and study of a review, and where the screening left each of them."""

from collections.abc import Iterable
from typing import Any

import pandas as pd

from .flow import Flow
from .life import KINDS, OUTSIDE, RECORD, REPORT, STUDY, Decided, Duplicate, StageOutcome, Vote
from .quarantine import COUNTED_BY
from .review import Review
from .screening import Screening
from .terms import CHARTED, Missing, State

_STATES = tuple(State)


class Table:
    """One table as lists of texts ("" where missing), with the rows of each value of a field."""

    def __init__(self, review: Review, name: str) -> None:
        self.review, self.name, self.frame = review, name, review.table(name)
        self._texts: dict[str, list[str]] = {}
        self._rows: dict[str, dict[str, list[int]]] = {}

    def texts(self, name: str) -> list[str]:
        """The texts of a field, row by row; "" where it is missing, in every row where the table has no such field."""
        if name not in self._texts:
            known = name in self.frame
            self._texts[name] = texts_of(self.frame[name]) if known else [""] * len(self.frame)
        return self._texts[name]

    def rows(self, name: str, value: str) -> list[int]:
        """The positions of the rows with a value in a field; each of several values joined with ";" counts."""
        if name not in self._rows:
            found: dict[str, list[int]] = {}
            for at, text in enumerate(self.texts(name)):
                for part in parts(text) if name == "study_id" else [text]:
                    found.setdefault(part, []).append(at)
            found.pop("", None)
            self._rows[name] = found
        return self._rows[name].get(value, [])

    def cell(self, at: int, name: str) -> str:
        """The cell of a field; the row where the field has no column."""
        return self.review.address(self.name, at, name)

    def has(self, at: int, name: str) -> bool:
        """Whether a row has a value in a field."""
        return bool(self.texts(name)[at])

    def where(self, at: int) -> tuple[str, str, int]:
        """File, sheet and row number of a row."""
        place = self.review.places[int(self.texts("_source")[at])]
        return place.file, place.sheet, int(self.texts("_row")[at])

    def order(self, rows: Iterable[int]) -> list[int]:
        """Rows in the order of the files, whatever the order of the frame."""
        return sorted(set(rows), key=self.where)


class Ties:
    """The tables of a review, read by ID. The order of rows changes nothing.

    states: record → its state. outcomes: (record or report, stage) → what the stage came to. report_states: report →
    its state and the reason. sought: record → the reports that the screening, or the flow, gives it.
    """

    def __init__(self, review: Review, screening: Screening, flow: Flow | None = None) -> None:
        self.screening = screening
        self.tables = {name: Table(review, name) for name in ("records", "votes", "decisions", "reports", *CHARTED)}
        states = screening.states
        self.states = dict(zip(texts_of(states["record_id"]), texts_of(states["state"]), strict=True))
        self.outcomes: dict[tuple[str, str], StageOutcome] = {}
        for row in screening.outcomes.to_dict("records"):
            told = StageOutcome(
                text_of(row["record_id"]),
                text_of(row["stage"]),
                text_of(row["outcome"]),
                text_of(row["reason"]),
                text_of(row["other_reasons"]),
                text_of(row["basis"]),
                int(row["n_votes"]),
            )
            self.outcomes[told.record_id, told.stage] = told
        self.report_states: dict[str, tuple[str, str]] = {}
        self.sought: dict[str, list[str]] = {}  # record → the reports that screening gives it
        frames = [screening.report_states] if flow is None else [screening.report_states, flow.reports]
        for frame in frames:
            named = (texts_of(frame[name]) for name in ("report_id", "record_id", "state", "reason"))
            for report, record, state, reason in zip(*named, strict=True):
                if record not in self.states:  # the flow counts it, so that its sums show that it has no record
                    continue
                self.report_states.setdefault(report, (state, reason))
                if report not in self.sought.setdefault(record, []):
                    self.sought[record].append(report)

    def ids(self) -> dict[str, tuple[str, ...]]:
        """Every ID that the tables name → what it is: record, report, study, or several of these. Sorted."""
        tables = self.tables
        records = set(tables["records"].texts("record_id"))
        listed = set(tables["reports"].texts("report_id"))
        reports = {*listed, *(set() if self.screening.own_reports else self.report_states)}
        named = [*tables["votes"].texts("record_id"), *tables["decisions"].texts("record_id")]
        records |= {each for each in named if each not in reports}
        records |= {*tables["reports"].texts("record_id"), *tables["records"].texts("duplicate_of")}
        studies = {
            part for name in ("reports", *CHARTED) for text in tables[name].texts("study_id") for part in parts(text)
        }
        kinds = {RECORD: records, REPORT: reports, STUDY: studies}
        every = sorted((records | reports | studies) - {""})
        return {each: tuple(kind for kind in KINDS if each in kinds[kind]) for each in every}

    def state(self, name: str, kind: str) -> str:
        """The one state of an ID: screening's own; of a study that of the report that came furthest."""
        if kind == RECORD:
            return self.states.get(name, OUTSIDE)
        if kind == REPORT:
            if name in self.report_states:
                return self.report_states[name][0]
            return next((self.states[each] for each in self.records_of(name) if each in self.states), OUTSIDE)
        return max((self.state(each, REPORT) for each in self.reports_of_study(name)), key=rank, default=OUTSIDE)

    def is_listed(self, report: str) -> bool:
        """Whether the table of reports has a row of it."""
        return bool(self.report_rows(report))

    def report_rows(self, report: str) -> list[int]:
        """The rows of a report; one without an ID of its own goes by its record's."""
        table = self.tables["reports"]
        own = table.rows("report_id", report)
        return table.order(own or [at for at in table.rows("record_id", report) if not table.texts("report_id")[at]])

    def records_of(self, report: str) -> list[str]:
        """The records that a report's rows name, sorted."""
        texts = self.tables["reports"].texts("record_id")
        return sorted({texts[at] for at in self.report_rows(report)} - {""})

    def reports_of_record(self, record: str) -> list[str]:
        """The reports of a record, those listed and those that screening gives it."""
        table = self.tables["reports"]
        listed = {table.texts("report_id")[at] or record for at in table.rows("record_id", record)}
        return sorted(listed | set(self.sought.get(record, ())))

    def reports_of_study(self, study: str) -> list[str]:
        """The reports that name a study."""
        table = self.tables["reports"]
        ids, records = table.texts("report_id"), table.texts("record_id")
        return sorted({ids[at] or records[at] for at in table.rows("study_id", study)} - {""})

    def studies_of(self, report: str) -> list[str]:
        """The studies that a report names."""
        texts = self.tables["reports"].texts("study_id")
        return sorted({part for at in self.report_rows(report) for part in parts(texts[at])})

    def _step(self, record: str) -> Duplicate | None:
        """What the record's row says that it is a duplicate of."""
        table = self.tables["records"]
        at = min(
            (at for at in table.rows("record_id", record) if table.texts("duplicate_of")[at]),
            key=lambda at: (table.texts("duplicate_of")[at], table.where(at)),
            default=None,
        )
        if at is None:
            return None
        listed = table.has(at, "duplicate_of__row")
        return Duplicate(record, table.texts("duplicate_of")[at], table.cell(at, "duplicate_of"), listed)

    def chain(self, record: str) -> list[Duplicate]:
        """The steps from a duplicate to the record that is kept; a circle ends where it closes."""
        steps: list[Duplicate] = []
        seen = {record}
        step = self._step(record)
        while step is not None:
            steps.append(step)
            if step.duplicate_of in seen:
                break
            seen.add(step.duplicate_of)
            step = self._step(step.duplicate_of)
        return steps

    def duplicates(self, record: str) -> list[Duplicate]:
        """Every record whose chain leads to this one, itself aside."""
        table = self.tables["records"]
        found: dict[str, Duplicate] = {}
        ahead = [record]
        while ahead:
            kept = ahead.pop(0)
            for at in table.rows("duplicate_of", kept):
                name = table.texts("record_id")[at]
                step = self._step(name) if name and name != record and name not in found else None
                if step is not None and step.duplicate_of == kept:
                    found[name] = step
                    ahead.append(name)
        return [found[name] for name in sorted(found)]

    def vote(self, at: int) -> Vote:
        """The vote in a row of the votes."""
        record, stage, who, said, reason = self.said(
            "votes", at, "record_id", "stage", "reviewer", "decision", "reason"
        )
        cell = self.tables["votes"].cell(at, "decision")
        return Vote(record, stage, who, said, reason, cell, self._lost("votes", at))

    def decided(self, at: int) -> Decided:
        """The decision in a row of the decisions."""
        fields = ("record_id", "stage", "decision", "reason", "adjudicator")
        record, stage, said, reason, who = self.said("decisions", at, *fields)
        return Decided(record, stage, said, reason, who, self.tables["decisions"].cell(at, "decision"))

    def _lost(self, name: str, at: int) -> str:
        """Why a row counts nowhere: a value without which it cannot be counted is missing or was set aside."""
        table = self.tables[name]
        for field in COUNTED_BY[name]:
            if not table.texts(field)[at]:
                reason = table.texts(f"{field}__missing")[at]
                if reason == Missing.QUARANTINED:
                    return f"its {field} was set aside"
                return f"its {field} is blank" if reason in ("", Missing.BLANK) else f"its {field} cannot be read"
        return ""

    def said(self, table: str, at: int, *fields: str) -> list[str]:
        """The texts of some fields in a row of a table."""
        return [self.tables[table].texts(name)[at] for name in fields]


def rank(state: str) -> int:
    """How far a state is on the way through the review, from 0; -1 for what is outside of it."""
    return _STATES.index(State(state)) if state in _STATES else -1


def text_of(value: Any) -> str:
    """A value as text, "" where it is missing."""
    return "" if pd.isna(value) else str(value)


def texts_of(column: pd.Series) -> list[str]:
    """A column as texts, "" where a value is missing."""
    return column.astype("string").fillna("").tolist()


def parts(text: str) -> list[str]:
    """The values of a cell that holds several, joined with ";"."""
    return [part.strip() for part in text.split(";") if part.strip()]
