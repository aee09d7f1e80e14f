"""The field's words as names in code: stages, decisions, states, directions, boxes.

Sources: PRISMA 2020 (Page 2021) for records, reports, studies and the boxes; PRISMA-ScR (Tricco 2018) for charting;
Boon & Thomson 2021 for directions; the Cochrane Handbook for harms.
"""

from collections.abc import Mapping
from enum import StrEnum


class Stage(StrEnum):
    """The two stages at which reviewers vote."""

    TITLE_ABSTRACT = "title_abstract"
    FULL_TEXT = "full_text"


class Decision(StrEnum):
    """One judgement of one record or report at one stage."""

    INCLUDE = "include"
    EXCLUDE = "exclude"
    MAYBE = "maybe"


class Outcome(StrEnum):
    """What a stage came to for one record, once votes and adjudication are put together."""

    INCLUDE = "include"
    EXCLUDE = "exclude"
    CONFLICT = "conflict"  # the votes differ and nobody has adjudicated
    PENDING = "pending"  # not every vote has been cast
    AWAITING = "awaiting"  # awaits classification: what is known does not suffice to judge it
    ONGOING = "ongoing"  # a study without results yet


class State(StrEnum):
    """Where a record stands. Every record has exactly one state at every moment."""

    DUPLICATE = "duplicate"
    AUTOMATION = "automation"
    REMOVED_OTHER = "removed_other"
    PENDING_SCREENING = "pending_screening"
    CONFLICT_SCREENING = "conflict_screening"
    EXCLUDED = "excluded"
    PENDING_RETRIEVAL = "pending_retrieval"
    NOT_RETRIEVED = "not_retrieved"
    PENDING_FULL_TEXT = "pending_full_text"
    CONFLICT_FULL_TEXT = "conflict_full_text"
    REPORTS_EXCLUDED = "reports_excluded"
    ONGOING = "ongoing"
    AWAITING = "awaiting"
    INCLUDED = "included"


#: States of a review that is not finished: the flow then says "in progress" instead of giving wrong totals.
UNFINISHED = (
    State.PENDING_SCREENING,
    State.CONFLICT_SCREENING,
    State.PENDING_RETRIEVAL,
    State.PENDING_FULL_TEXT,
    State.CONFLICT_FULL_TEXT,
)


class Direction(StrEnum):
    """What a finding says of the intervention; and, after folding, what a study says in one domain."""

    BENEFIT = "benefit"
    NONE = "none"
    HARM = "harm"
    MIXED = "mixed"
    UNCLEAR = "unclear"


class HarmsStatus(StrEnum):
    """Absence of information is not absence of harm: the four states stay apart from cell to table."""

    EVENTS = "events"
    ZERO_STATED = "zero_stated"
    NOT_REPORTED = "not_reported"
    NOT_ASSESSED = "not_assessed"


class Missing(StrEnum):
    """Why a cell has no value. QUARANTINED is a value that was there and was left out by choice."""

    BLANK = "blank"  # not charted yet
    NR = "NR"  # not reported
    NA = "NA"  # not applicable
    UNCLEAR = "UNCLEAR"
    QUARANTINED = "quarantined"
    CONFLICT = "conflict"  # reviewers charted different values and nobody has settled it


class Severity(StrEnum):
    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


class SourceType(StrEnum):
    """The kind of place a record was found at."""

    DATABASE = "database"
    REGISTER = "register"
    WEBSITE = "website"
    ORGANISATION = "organisation"
    CITATION = "citation"
    OTHER = "other"


#: PRISMA 2020 gives these an arm of their own: other methods than searching databases and registers.
OTHER_METHODS = (SourceType.WEBSITE, SourceType.ORGANISATION, SourceType.CITATION, SourceType.OTHER)

#: The canonical tables in the order of a review, and what one row of each is.
TABLES = {
    "records": "one record found by a search or another method",
    "votes": "one reviewer's judgement of one record at one stage",
    "decisions": "the team's final word where it is not the votes' agreement",
    "reports": "one document sought",
    "studies": "one study charted",
    "findings": "one result of one study for one measure and time point",
    "harms": "one adverse event in one arm of one study",
    "appraisal": "one judgement of one study",
    "flow_counts": "a number typed by the team or by another tool",
    "previous": "a report, study or record of the previous version of the review",
}

#: What the stages of screening are called in a sentence.
STAGE_LABELS: Mapping[str, str] = {Stage.TITLE_ABSTRACT: "title and abstract", Stage.FULL_TEXT: "full text"}

#: The table of what the previous version included, and how the configuration says that a file holds it.
PREVIOUS = "previous"

#: Tables that several reviewers may chart apart.
CHARTED = ("studies", "findings", "harms", "appraisal")

#: Fields that are known by their name, because tables and figures are made from them; without one of them they would be
#: empty or false. Fields that the configuration names (rows, columns, direction) are not among them.
NEEDED = {
    "votes": ("record_id", "stage", "reviewer", "decision"),
    "decisions": ("record_id", "stage", "decision"),
    "findings": ("study_id",),
    "harms": ("study_id", "arm", "event", "harms_status"),
    "appraisal": ("study_id", "domain", "judgement"),
}

#: PRISMA 2020 boxes of one arm in the order of the figure: name, unit, label.
BOXES = {
    "identified": ("records", "Records identified"),
    "duplicates": ("records", "Duplicate records removed"),
    "automation": ("records", "Records marked as ineligible by automation tools"),
    "removed_other": ("records", "Records removed for other reasons"),
    "screened": ("records", "Records screened"),
    "excluded": ("records", "Records excluded"),
    "sought": ("reports", "Reports sought for retrieval"),
    "not_retrieved": ("reports", "Reports not retrieved"),
    "assessed": ("reports", "Reports assessed for eligibility"),
    "reports_excluded": ("reports", "Reports excluded"),
    "included_reports": ("reports", "Reports of included studies"),
    "included_studies": ("studies", "Studies included in review"),
}

#: Boxes that only some flows have: of screening by a tool, of full text, of a separate arm, of an updated review.
FURTHER_BOXES = {
    "excluded_human": ("records", "Records excluded by a human"),
    "excluded_automation": ("records", "Records excluded by automation tools"),
    "awaiting": ("reports", "Reports awaiting classification"),
    "ongoing": ("reports", "Reports of ongoing studies"),
    "other_identified": ("records", "Records identified from other methods"),
    "other_duplicates": ("records", "Duplicate records removed (other methods)"),
    "other_automation": ("records", "Records marked as ineligible by automation tools (other methods)"),
    "other_removed_other": ("records", "Records removed for other reasons (other methods)"),
    "other_records_excluded": ("records", "Records excluded (other methods)"),
    "other_sought": ("reports", "Reports sought for retrieval (other methods)"),
    "other_not_retrieved": ("reports", "Reports not retrieved (other methods)"),
    "other_assessed": ("reports", "Reports assessed for eligibility (other methods)"),
    "other_reports_excluded": ("reports", "Reports excluded (other methods)"),
    "other_awaiting": ("reports", "Reports awaiting classification (other methods)"),
    "other_ongoing": ("reports", "Reports of ongoing studies (other methods)"),
    "other_included_reports": ("reports", "Reports of included studies (other methods)"),
    "previous_studies": ("studies", "Studies included in previous version of review"),
    "previous_reports": ("reports", "Reports of studies included in previous version of review"),
    "total_studies": ("studies", "Total studies included in review"),
    "total_reports": ("reports", "Reports of total included studies"),
    "total_studies_ma": ("studies", "Total studies included in meta-analysis"),
    "total_reports_ma": ("reports", "Reports of total included studies in meta-analysis"),
}

#: Every box that a flow may have: name, unit, label.
ALL_BOXES = {**BOXES, **FURTHER_BOXES}

#: The closed list of exceptions that a PRISMA flow may name; anything else that does not add up stops the flow.
FLOW_EXCEPTIONS = {
    "studies_fewer_than_reports": "several reports belong to one study",
    "studies_more_than_reports": "one report tells of several studies",
    "record_to_many_reports": "one record, such as a registration or a book, leads to several reports",
    "linked_report_not_screened": "a companion report was found later and has no screening row",
    "ongoing_or_awaiting": "studies are ongoing or await classification",
    "other_dedup": "records of other methods were already found in databases",
    "other_no_screening": "websites or citation searching lead straight to reports",
    "late_addition": "added after screening was closed, by revision or by an expert",
    "single_stage": "there was no title and abstract stage",
    "update_dropped_previous": "a study of the previous version does not fit the new criteria",
    "combined_dedup": "databases and other methods were deduplicated together",
    "pending": "the review is in progress",
    "removed_before_import": "removed in another tool before the records were imported",
    "multi_unit_box": "a box counts more than one unit",
}
