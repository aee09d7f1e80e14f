"""The life of one record, report or study: what it consists of, each step with the cells that decided it."""

from dataclasses import dataclass

RECORD, REPORT, STUDY = "record", "report", "study"
KINDS = (RECORD, REPORT, STUDY)
#: The state of what the screening does not know: a study that no report names, a report without a record.
OUTSIDE = "outside"


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
