"""The life of one record, report or study: from search to table cell, each step with the cells that decided it.

`Lives` holds a review beside what was reckoned from it and tells the life of any ID in its tables. What cannot be
known, because a table is missing or a cell is wrong, is said as such.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from .codebook import Codebook
from .flow import Flow
from .issues import Issue
from .quarantine import COUNTED_BY
from .review import Review
from .screening import Screening
from .settings import Settings
from .terms import CHARTED, Missing, Severity, Stage, State

RECORD, REPORT, STUDY = "record", "report", "study"
KINDS = (RECORD, REPORT, STUDY)
#: The state of what the screening does not know: a study that no report names, a report without a record.
OUTSIDE = "outside"

_STATES = tuple(State)
_STAGE_WORDS = {Stage.TITLE_ABSTRACT: "title and abstract", Stage.FULL_TEXT: "full text"}


@dataclass(frozen=True)
class Found:
    """Where a record was found."""

    record_id: str
    source_type: str
    source_name: str
    cell: str


@dataclass(frozen=True)
class Duplicate:
    """A record and the one it is a duplicate of; `listed` where the list of likely duplicates says so."""

    record_id: str
    duplicate_of: str
    cell: str
    listed: bool = False


@dataclass(frozen=True)
class Vote:
    """One vote; `counts` says why it counts nowhere, and is blank where it counts."""

    record_id: str
    stage: str
    reviewer: str
    decision: str
    reason: str
    cell: str
    counts: str = ""


@dataclass(frozen=True)
class Decided:
    """One decision of the team, and who settled it."""

    record_id: str
    stage: str
    decision: str
    reason: str
    adjudicator: str
    cell: str


@dataclass(frozen=True)
class StageOutcome:
    """What a stage came to; `basis` as in `screening` (agreement, adjudication, single, automation, "")."""

    record_id: str
    stage: str
    outcome: str
    reason: str
    other_reasons: str
    basis: str
    n_votes: int


@dataclass(frozen=True)
class ReportOf:
    """A report: its record, its studies, whether it was retrieved, and where it stands."""

    report_id: str
    record_id: str
    study_ids: tuple[str, ...]
    retrieved: str
    status: str
    state: str
    reason: str
    cell: str
    retrieved_cell: str


@dataclass(frozen=True)
class Charted:
    """A charted row of a study: its table, its key without the study, who charted it, and its first cell."""

    table: str
    study_id: str
    key: str
    reviewer: str
    cell: str


@dataclass(frozen=True)
class Placed:
    """A box of the flow, and which ID of this life stands in it."""

    box: str
    label: str
    unit: str
    member: str


@dataclass(frozen=True)
class Finding:
    """A finding that a direction was folded from."""

    finding_id: str
    direction: str
    cell: str


@dataclass(frozen=True)
class Folded:
    """A study's direction in one cell of the synthesis, from findings of one basis.

    `row` and `column` name the cell, `share` is that of the leading direction among the findings that are not unclear
    (None where all are), `majority` the share that was needed. `speaks` is False where findings of a stronger basis
    speak for the study in this cell.
    """

    study_id: str
    row: str
    column: str
    basis: str
    direction: str
    share: float | None
    majority: float
    speaks: bool
    findings: tuple[Finding, ...]


@dataclass(frozen=True)
class Harm:
    """A charted harm of a study."""

    study_id: str
    arm: str
    event: str
    status: str
    n_events: str
    n_exposed: str
    cell: str


@dataclass(frozen=True)
class Fault:
    """An error in a row of this life."""

    rule: str
    message: str
    cell: str


@dataclass(frozen=True)
class Life:
    """One ID, what became of it, and every step on the way; addresses are as `Review.address` writes them.

    state: `terms.State`, the same as screening's, or `OUTSIDE`. why: a sentence; cells: those that decided it.
    survivor: the record that a duplicate's chain ends in, with its state. stood_for_by: its duplicates. unknown: what
    cannot be known, a sentence each.
    """

    id: str
    kind: str
    title: str
    state: str
    why: str
    cells: tuple[str, ...]
    found: tuple[Found, ...] = ()
    duplicate_of: tuple[Duplicate, ...] = ()
    survivor: str = ""
    survivor_state: str = ""
    duplicates: tuple[Duplicate, ...] = ()
    votes: tuple[Vote, ...] = ()
    decisions: tuple[Decided, ...] = ()
    outcomes: tuple[StageOutcome, ...] = ()
    reports: tuple[ReportOf, ...] = ()
    studies: tuple[str, ...] = ()
    charted: tuple[Charted, ...] = ()
    boxes: tuple[Placed, ...] = ()
    directions: tuple[Folded, ...] = ()
    harms: tuple[Harm, ...] = ()
    faults: tuple[Fault, ...] = ()
    unknown: tuple[str, ...] = ()


class _Table:
    """One table as lists of texts ("" where missing), with the rows of each value of a field."""

    def __init__(self, review: Review, name: str) -> None:
        self.review, self.name, self.frame = review, name, review.table(name)
        self._texts: dict[str, list[str]] = {}
        self._rows: dict[str, dict[str, list[int]]] = {}

    def __len__(self) -> int:
        return len(self.frame)

    def texts(self, name: str) -> list[str]:
        if name not in self._texts:
            known = name in self.frame
            self._texts[name] = _texts(self.frame[name]) if known else [""] * len(self.frame)
        return self._texts[name]

    def rows(self, name: str, value: str) -> list[int]:
        """The positions of the rows with a value in a field; each of several values joined with ";" counts."""
        if name not in self._rows:
            found: dict[str, list[int]] = {}
            for at, text in enumerate(self.texts(name)):
                for part in _parts(text) if name == "study_id" else [text]:
                    found.setdefault(part, []).append(at)
            found.pop("", None)
            self._rows[name] = found
        return self._rows[name].get(value, [])

    def cell(self, at: int, name: str) -> str:
        """The cell of a field; the row where the field has no column."""
        return self.review.address(self.name, at, name)

    def has(self, at: int, name: str) -> bool:
        return bool(self.texts(name)[at])

    def where(self, at: int) -> tuple[str, str, int]:
        place = self.review.places[int(self.texts("_source")[at])]
        return place.file, place.sheet, int(self.texts("_row")[at])

    def order(self, rows: Iterable[int]) -> list[int]:
        """Rows in the order of the files, whatever the order of the frame."""
        return sorted(set(rows), key=self.where)


class Lives:
    """Tells the life of every ID of a review.

    review: folded, as `judgement.judge` gives it. screening: what it came to. flow: None where it cannot be counted.
    folded: the frame `folded` of `evidence.synthesised`; None where there is none. issues: of the judgement; errors are
    told with the lives whose rows they stand in. unknown: why flow or synthesis are missing, a sentence each.
    The order of rows changes nothing.
    """

    def __init__(
        self,
        review: Review,
        screening: Screening,
        codebook: Codebook,
        settings: Settings,
        *,
        flow: Flow | None = None,
        folded: pd.DataFrame | None = None,
        issues: Sequence[Issue] = (),
        unknown: Sequence[str] = (),
    ) -> None:
        self.codebook, self.settings, self.screening = codebook, settings, screening
        self.folded = folded
        self.unknown = [*unknown]
        self.tables = {name: _Table(review, name) for name in ("records", "votes", "decisions", "reports", *CHARTED)}
        self._errors: dict[tuple[str, str, int], list[Issue]] = {}
        for item in issues:
            if item.severity == Severity.ERROR and item.row is not None:
                self._errors.setdefault((item.file, item.sheet, item.row), []).append(item)
        states = screening.states
        self._state = dict(zip(_texts(states["record_id"]), _texts(states["state"]), strict=True))
        self._outcome: dict[tuple[str, str], StageOutcome] = {}
        for row in screening.outcomes.to_dict("records"):
            told = StageOutcome(
                _text(row["record_id"]),
                _text(row["stage"]),
                _text(row["outcome"]),
                _text(row["reason"]),
                _text(row["other_reasons"]),
                _text(row["basis"]),
                int(row["n_votes"]),
            )
            self._outcome[told.record_id, told.stage] = told
        self._report_state: dict[str, tuple[str, str]] = {}
        self._sought: dict[str, list[str]] = {}  # record → the reports that screening gives it
        frames = [screening.report_states] if flow is None else [screening.report_states, flow.reports]
        for frame in frames:
            named = (_texts(frame[name]) for name in ("report_id", "record_id", "state", "reason"))
            for report, record, state, reason in zip(*named, strict=True):
                if record not in self._state:  # the flow counts it, so that its sums show that it has no record
                    continue
                self._report_state.setdefault(report, (state, reason))
                if report not in self._sought.setdefault(record, []):
                    self._sought[record].append(report)
        self._boxes: dict[tuple[str, str], list[Placed]] = {}
        if flow is not None:
            unit_of = {"records": RECORD, "reports": REPORT, "studies": STUDY}
            for name, box in flow.boxes.items():
                for member in box.members:
                    placed = Placed(name, box.label, box.unit, member)
                    self._boxes.setdefault((unit_of[box.unit], member), []).append(placed)
            if not flow.proved:
                broken = ", ".join(dict.fromkeys(each.id for each in flow.identities if not each.holds))
                self.unknown.append(f"The PRISMA flow does not add up yet ({broken}), so its boxes may still change.")
        for name in ("records", "votes"):
            if name not in review.tables:
                self.unknown.append(f"No table '{name}' could be read.")
        self._ids = self._known()

    # Names

    def ids(self) -> dict[str, tuple[str, ...]]:
        """Every ID that the tables name → what it is: record, report, study, or several of these. Sorted."""
        return self._ids

    def find(self, name: str) -> str:
        """The ID that is meant: as it stands, or, where only one ID fits, whatever its case. "" where there is none."""
        given = name.strip()
        if given in self._ids:
            return given
        near = [each for each in self._ids if each.casefold() == given.casefold()]
        return near[0] if len(near) == 1 else ""

    def near(self, name: str, most: int = 5) -> list[str]:
        """The IDs most like a name that is none, the likest first."""
        from rapidfuzz import fuzz, process

        found = process.extract(
            name, list(self._ids), scorer=fuzz.ratio, processor=str.casefold, limit=most * 4, score_cutoff=60
        )
        return [each for each, *_ in sorted(found, key=lambda told: (-told[1], told[0]))][:most]

    def _known(self) -> dict[str, tuple[str, ...]]:
        tables = self.tables
        records = set(tables["records"].texts("record_id"))
        listed = set(tables["reports"].texts("report_id"))
        reports = {*listed, *(set() if self.screening.own_reports else self._report_state)}
        named = [*tables["votes"].texts("record_id"), *tables["decisions"].texts("record_id")]
        records |= {each for each in named if each not in reports}
        records |= {*tables["reports"].texts("record_id"), *tables["records"].texts("duplicate_of")}
        studies = {
            part for name in ("reports", *CHARTED) for text in tables[name].texts("study_id") for part in _parts(text)
        }
        kinds = {RECORD: records, REPORT: reports, STUDY: studies}
        every = sorted((records | reports | studies) - {""})
        return {each: tuple(kind for kind in KINDS if each in kinds[kind]) for each in every}

    # Lives

    def of(self, name: str) -> tuple[Life, ...]:
        """The lives of an ID, one for each thing that it is: record, report, study. None for an ID there is not."""
        return tuple(self.life(name, kind) for kind in self._ids.get(name, ()))

    def life(self, name: str, kind: str) -> Life:
        """The life of an ID as one kind of thing."""
        records, reports, studies = self._around(name, kind)
        state = self.state(name, kind)
        why, cells = self._why(name, kind, state)
        rows = self._rows(records, reports, studies)
        chain = self._chain(name) if kind == RECORD else []
        survivor = chain[-1].duplicate_of if chain else ""
        boxes = [
            placed
            for of_kind, members in ((RECORD, records), (REPORT, reports), (STUDY, studies))
            for member in members
            for placed in self._boxes.get((of_kind, member), [])
        ]
        return Life(
            name,
            kind,
            self._title(records, studies, kind),
            state,
            why,
            tuple(dict.fromkeys(cells)),
            found=tuple(self._found(at) for at in rows["records"]),
            duplicate_of=tuple(chain),
            survivor=survivor,
            survivor_state=self.state(survivor, RECORD) if survivor else "",
            duplicates=tuple(one for record in records for one in self._duplicates(record)),
            votes=tuple(self._vote(at) for at in rows["votes"]),
            decisions=tuple(self._decided(at) for at in rows["decisions"]),
            outcomes=tuple(
                self._outcome[each, stage]
                for stage in Stage
                for each in dict.fromkeys([*records, *reports])
                if (each, stage) in self._outcome
            ),
            reports=tuple(self._report(each) for each in reports if self._is_listed(each)),
            studies=tuple(studies),
            charted=tuple(self._charted(table, at) for table in CHARTED for at in rows[table]),
            boxes=tuple(dict.fromkeys(boxes)),
            directions=tuple(one for study in studies for one in self._directions(study)),
            harms=tuple(self._harm(at) for at in rows["harms"]),
            faults=tuple(self._faults(rows)),
            unknown=tuple(self.unknown),
        )

    def state(self, name: str, kind: str) -> str:
        """The one state of an ID: screening's own; of a study that of the report that came furthest."""
        if kind == RECORD:
            return self._state.get(name, OUTSIDE)
        if kind == REPORT:
            if name in self._report_state:
                return self._report_state[name][0]
            return next((self._state[each] for each in self._records_of(name) if each in self._state), OUTSIDE)
        return max((self.state(each, REPORT) for each in self._reports_of_study(name)), key=_rank, default=OUTSIDE)

    # What belongs together

    def _around(self, name: str, kind: str) -> tuple[list[str], list[str], list[str]]:
        """The records, reports and studies that a life is told with."""
        if kind == STUDY:
            reports = self._reports_of_study(name)
            return sorted({each for report in reports for each in self._records_of(report)}), reports, [name]
        reports = [name] if kind == REPORT else self._reports_of_record(name)
        records = [name] if kind == RECORD else self._records_of(name)
        studies = sorted({study for report in reports for study in self._studies_of(report)})
        return records, reports, studies

    def _is_listed(self, report: str) -> bool:
        return bool(self._report_rows(report))

    def _report_rows(self, report: str) -> list[int]:
        """The rows of a report; one without an ID of its own goes by its record's."""
        table = self.tables["reports"]
        own = table.rows("report_id", report)
        return table.order(own or [at for at in table.rows("record_id", report) if not table.texts("report_id")[at]])

    def _records_of(self, report: str) -> list[str]:
        texts = self.tables["reports"].texts("record_id")
        return sorted({texts[at] for at in self._report_rows(report)} - {""})

    def _reports_of_record(self, record: str) -> list[str]:
        table = self.tables["reports"]
        listed = {table.texts("report_id")[at] or record for at in table.rows("record_id", record)}
        return sorted(listed | set(self._sought.get(record, ())))

    def _reports_of_study(self, study: str) -> list[str]:
        table = self.tables["reports"]
        ids, records = table.texts("report_id"), table.texts("record_id")
        return sorted({ids[at] or records[at] for at in table.rows("study_id", study)} - {""})

    def _studies_of(self, report: str) -> list[str]:
        texts = self.tables["reports"].texts("study_id")
        return sorted({part for at in self._report_rows(report) for part in _parts(texts[at])})

    def _rows(self, records: list[str], reports: list[str], studies: list[str]) -> dict[str, list[int]]:
        """Table → the positions of the rows that belong to a life, in the order of the files."""
        cast_on = list(dict.fromkeys([*records, *(each for each in reports if each not in self._state)]))
        ids = {
            "records": ("record_id", records),
            "votes": ("record_id", cast_on),
            "decisions": ("record_id", cast_on),
            "reports": ("report_id", reports),
            **dict.fromkeys(CHARTED, ("study_id", studies)),
        }
        return {
            name: self.tables[name].order(at for each in wanted for at in self.tables[name].rows(field, each))
            for name, (field, wanted) in ids.items()
        }

    # Duplicates

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

    def _chain(self, record: str) -> list[Duplicate]:
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

    def _duplicates(self, record: str) -> list[Duplicate]:
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

    # Rows as they are told

    def _found(self, at: int) -> Found:
        table = self.tables["records"]
        kind, name = table.texts("source_type")[at], table.texts("source_name")[at]
        return Found(table.texts("record_id")[at], kind, name, table.cell(at, "source_type" if kind else "record_id"))

    def _vote(self, at: int) -> Vote:
        record, stage, who, said, reason = self._said(
            "votes", at, "record_id", "stage", "reviewer", "decision", "reason"
        )
        cell = self.tables["votes"].cell(at, "decision")
        return Vote(record, stage, who, said, reason, cell, self._lost("votes", at))

    def _decided(self, at: int) -> Decided:
        fields = ("record_id", "stage", "decision", "reason", "adjudicator")
        record, stage, said, reason, who = self._said("decisions", at, *fields)
        return Decided(record, stage, said, reason, who, self.tables["decisions"].cell(at, "decision"))

    def _said(self, table: str, at: int, *fields: str) -> list[str]:
        return [self.tables[table].texts(name)[at] for name in fields]

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

    def _report(self, report: str) -> ReportOf:
        table, at = self.tables["reports"], self._report_rows(report)[0]
        state = self.state(report, REPORT)
        return ReportOf(
            report,
            table.texts("record_id")[at],
            tuple(_parts(table.texts("study_id")[at])),
            table.texts("retrieved")[at],
            table.texts("status")[at],
            state,
            self._report_state.get(report, ("", ""))[1],
            table.cell(at, "report_id"),
            table.cell(at, "retrieved"),
        )

    def _charted(self, name: str, at: int) -> Charted:
        table, spec = self.tables[name], self.codebook.tables.get(name)
        keys = [key for key in (spec.primary_key if spec else ()) if key != "study_id"]
        said = " · ".join(table.texts(key)[at] for key in keys if table.texts(key)[at])
        who = table.texts(self.settings.charting.reviewer)[at]
        return Charted(name, table.texts("study_id")[at], said, who, table.cell(at, keys[0] if keys else "study_id"))

    def _directions(self, study: str) -> list[Folded]:
        if self.folded is None:
            return []
        how = self.settings.synthesis
        chosen = self.folded[(self.folded["study_id"] == study).fillna(False)]
        found = []
        for line in chosen.to_dict("records"):
            share: Any = line["share"]
            found.append(
                Folded(
                    study,
                    _text(line[how.rows]),
                    _text(line[how.columns]),
                    _text(line["basis"]),
                    _text(line["direction"]),
                    None if pd.isna(share) else float(share),
                    how.majority,
                    line.get("speaks", "yes") == "yes",
                    tuple(self._finding(study, each) for each in _parts(_text(line["finding_ids"]))),
                )
            )
        return found

    def _finding(self, study: str, name: str) -> Finding:
        table, field = self.tables["findings"], self.settings.synthesis.direction
        rows = [at for at in table.rows("finding_id", name) if table.texts("study_id")[at] == study]
        if not rows:
            return Finding(name, "", "")
        at = table.order(rows)[0]
        return Finding(name, table.texts(field)[at], table.cell(at, field))

    def _harm(self, at: int) -> Harm:
        fields = ("study_id", "arm", "event", "harms_status", "n_events", "n_exposed")
        study, arm, event, status, n_events, n_exposed = self._said("harms", at, *fields)
        cell = self.tables["harms"].cell(at, "event" if event else "study_id")
        return Harm(study, arm, event, status, n_events, n_exposed, cell)

    def _faults(self, rows: Mapping[str, list[int]]) -> list[Fault]:
        places = {self.tables[name].where(at): None for name, listed in rows.items() for at in listed}
        items = [item for place in places for item in self._errors.get(place, [])]
        return list(dict.fromkeys(Fault(item.rule, item.message, item.place) for item in items))

    def _title(self, records: list[str], studies: list[str], kind: str) -> str:
        order = [("studies", "study_id", studies), ("records", "record_id", records)]
        for name, field, ids in order if kind == STUDY else order[::-1]:
            table = self.tables[name]
            titles = [table.texts("title")[at] for each in ids for at in table.order(table.rows(field, each))]
            if any(titles):
                return next(title for title in titles if title)
        return ""

    # Why

    def _why(self, name: str, kind: str, state: str) -> tuple[str, list[str]]:
        """One sentence on why an ID stands where it stands, and the cells that decided it."""
        if kind == STUDY:
            return self._why_study(name, state)
        if kind == RECORD:
            return self._why_record(name, state)
        records = self._records_of(name)
        if name not in self._report_state:
            rows = self._report_rows(name)
            cells = [self.tables["reports"].cell(at, "record_id") for at in rows]
            if not records:
                return "It is listed without a record, so no screening leads to it.", cells
            known = [each for each in records if each in self._state]
            if not known:
                return f"Its record {records[0]} is not among the records.", cells
            said, more = self._why_record(known[0], self._state[known[0]])
            return f"It was not sought, for its record {known[0]} did not come so far. {said}", [*cells, *more]
        return self._why_report(name, records[0] if records else name, state)

    def _why_study(self, study: str, state: str) -> tuple[str, list[str]]:
        reports = [each for each in self._reports_of_study(study) if self.state(each, REPORT) == state]
        if not reports:
            charted = [(self.tables[name], self.tables[name].rows("study_id", study)) for name in CHARTED]
            cells = [table.cell(at, "study_id") for table, found in charted for at in table.order(found)][:1]
            return "No report names this study, so no screening leads to it.", cells
        report = reports[0]
        rows = [at for at in self._report_rows(report) if study in _parts(self.tables["reports"].texts("study_id")[at])]
        said, cells = self._why(report, REPORT, state)
        named = [self.tables["reports"].cell(at, "study_id") for at in rows]
        more = f" (and {len(reports) - 1} more like it)" if len(reports) > 1 else ""
        return f"By its report {report}{more}: {said}", [*named, *cells]

    def _why_record(self, record: str, state: str) -> tuple[str, list[str]]:
        table = self.tables["records"]
        rows = table.order(table.rows("record_id", record))
        if state == OUTSIDE:
            cells = [
                self.tables[name].cell(at, field)
                for name, field in (
                    ("votes", "record_id"),
                    ("decisions", "record_id"),
                    ("reports", "record_id"),
                    ("records", "duplicate_of"),
                )
                for at in self.tables[name].order(self.tables[name].rows(field, record))
            ]
            return "It is named in these cells, but no row of the records has this ID.", cells
        if state == State.DUPLICATE:
            chain = self._chain(record)
            last = chain[-1].duplicate_of
            by = "a line of the list of duplicates says so" if chain[0].listed else "its own row says so"
            through = f", through {', '.join(step.duplicate_of for step in chain[:-1])}" if len(chain) > 1 else ""
            return f"It is a duplicate of {last}{through}; {by}.", [step.cell for step in chain]
        if state in (State.AUTOMATION, State.REMOVED_OTHER):
            by = "by an automation tool" if state == State.AUTOMATION else "for another reason"
            return f"It was removed before screening, {by}.", [
                table.cell(at, "removed_before_screening") for at in rows
            ]
        if _rank(state) < _STATES.index(State.PENDING_RETRIEVAL):
            return self._why_stage(record, Stage.TITLE_ABSTRACT)
        same = [each for each in self._reports_of_record(record) if self.state(each, REPORT) == state]
        if not same:
            return "It passed title and abstract and is to be sought; no report of it is listed yet.", self._cells_of(
                record, Stage.TITLE_ABSTRACT
            )
        said, cells = self._why_report(same[0], record, state)
        return (f"By its report {same[0]}: {said}" if self._is_listed(same[0]) else said), cells

    def _why_report(self, report: str, record: str, state: str) -> tuple[str, list[str]]:
        table = self.tables["reports"]
        rows = self._report_rows(report)
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
        own = report not in self._state and (report, str(Stage.FULL_TEXT)) in self._outcome
        said, cells = self._why_stage(report if own else record, Stage.FULL_TEXT)
        if not cells and state == State.INCLUDED:
            return "An exception of the flow takes it straight to the included reports.", [
                table.cell(at, "report_id") for at in rows
            ]
        return said, cells

    def _votes_of(self, each: str, stage: Stage) -> list[Vote]:
        table = self.tables["votes"]
        votes = [self._vote(at) for at in table.order(table.rows("record_id", each))]
        return sorted((vote for vote in votes if vote.stage == stage), key=lambda vote: vote.reviewer)

    def _decisions_of(self, each: str, stage: Stage) -> list[Decided]:
        table = self.tables["decisions"]
        decided = [self._decided(at) for at in table.order(table.rows("record_id", each))]
        return [one for one in decided if one.stage == stage and one.decision]

    def _cells_of(self, each: str, stage: Stage) -> list[str]:
        decided = [one.cell for one in self._decisions_of(each, stage)]
        return decided or [vote.cell for vote in self._votes_of(each, stage) if not vote.counts]

    def _why_stage(self, each: str, stage: Stage) -> tuple[str, list[str]]:
        """What the votes and decisions of a stage say."""
        on = f"on {_STAGE_WORDS[stage]}"
        decided = self._decisions_of(each, stage)
        outcome = self._outcome.get((each, str(stage)))
        needed = self.settings.screening.reviewers
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


def _rank(state: str) -> int:
    return _STATES.index(State(state)) if state in _STATES else -1


def _names(who: Iterable[str]) -> str:
    listed = list(dict.fromkeys(name or "a reviewer without a name" for name in who))
    return " and ".join([", ".join(listed[:-1]), listed[-1]]) if len(listed) > 1 else "".join(listed)


def _text(value: Any) -> str:
    return "" if pd.isna(value) else str(value)


def _texts(column: pd.Series) -> list[str]:
    return column.astype("string").fillna("").tolist()


def _parts(text: str) -> list[str]:
    return [part.strip() for part in text.split(";") if part.strip()]
