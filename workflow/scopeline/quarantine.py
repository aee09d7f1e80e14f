"""Quarantine: by choice a wrong cell costs its value and no longer stops the tables; every table says what it lost.

`validation.on_error: quarantine` asks for it. The value is left out and its kind of missing is `quarantined`; the row
and its other values stay. What is not about the value of one cell stops as before. A cell whose error was waived and
that could not be read has no value either, so it is left out in the same way whatever `on_error` says.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from .codebook import Codebook, FieldSpec
from .issues import Issue
from .review import Review
from .terms import Missing, Severity

if TYPE_CHECKING:
    import pandas as pd

    from .settings import Settings

#: The columns of results/validation/quarantine.csv.
COLUMNS = ("table", "key", "field", "value", "file", "sheet", "cell", "rule", "kind", "counts")
SET_ASIDE, BLANK = "set aside", "blank"

#: A value that could not be read; it was missing before.
UNREADABLE = frozenset(
    {
        "error_cell",
        "formula_without_value",
        "missing_not_allowed",
        "not_allowed",
        "not_whole",
        "not_number",
        "number_as_text",
        "not_range",
        "range_reversed",
        "not_bounded",
        "not_date",
        "turned_into_date",
        "percentage",
        "missing_number",
    }
)
#: A value that was read and breaks a rule of its own cell or row.
BROKEN = frozenset(
    {
        "required",
        "below_minimum",
        "above_maximum",
        "too_short",
        "too_long",
        "wrong_form",
        "reference_unknown",
        "duplicate_of_itself",
        "survivor_removed",
        "survivor_ineligible",
        "rule_broken",
    }
)

#: Rules that are not about the value of one cell.
OF_FILES = (
    "raw_empty",
    "file_unreadable",
    "file_empty",
    "file_damaged",
    "file_protected",
    "file_misnamed",
    "workbook_empty",
    "file_not_recognised",
    "record_unreadable",
    "rows_unaccounted",
)
OF_SOURCES = ("source_ambiguous", "source_unknown", "source_unfit", "source_lacks", "charted_by_several")
OF_COLUMNS = ("table_missing", "column_missing", "column_renamed", "column_twice", "header_merged")
OF_KEYS = ("key_blank", "key_twice", "rows_in_two_places")
OF_WAIVERS = ("waiver_columns", "waiver_incomplete", "waiver_unknown", "waiver_refused")

_UNREAD = "a file that is not read lacks an unknown number of rows"
_UNKNOWN = "what a file is, or where its records come from, is answered in the configuration"
_ABSENT = "a table or column that is not there lacks every value"
_NAMELESS = "a row without a key of its own cannot be counted"
_BETWEEN = "two rows contradict each other, and leaving out one of them would decide which is right"
_OWN = "a mistake in a waiver is mended"

#: Errors that stop even so, each with the reason.
STOPPING: Mapping[str, str] = {
    **dict.fromkeys(OF_FILES, _UNREAD),
    **dict.fromkeys(OF_SOURCES, _UNKNOWN),
    **dict.fromkeys(OF_COLUMNS, _ABSENT),
    "row_too_long": "the values of the row may stand in the wrong columns",
    "cells_merged": "for which rows the merged value is meant is not known",
    "record_vanished": "a record that is gone has no cell",
    **dict.fromkeys(OF_KEYS, _NAMELESS),
    **dict.fromkeys(
        (
            "not_unique",
            "report_unsought",
            "charted_not_included",
            "included_not_charted",
            "excluded_but_charted",
            "companion_other_study",
        ),
        _BETWEEN,
    ),
    **dict.fromkeys(("charting_conflict", "consensus_differs"), _BETWEEN),
    "settled_unknown": "the line of the consensus list settles nothing",
    "judged_unknown": "the line of the list of duplicates judges nothing",
    **dict.fromkeys(OF_WAIVERS, _OWN),
}

#: Fields on which the flow hangs: without one the sums cannot hold.
_HOLDS_THE_FLOW = frozenset({("reports", "record_id")})

#: The fields without any of which a row counts nowhere.
COUNTED_BY: Mapping[str, tuple[str, ...]] = {
    "votes": ("record_id", "stage", "reviewer", "decision"),
    "decisions": ("record_id", "stage", "decision"),
    "findings": ("study_id",),
    "harms": ("study_id",),
    "appraisal": ("study_id",),
}


def why_it_stops(item: Issue, codebook: Codebook) -> str:
    """Why an error stops although errors are quarantined; empty where it costs its cell's value only."""
    if item.rule not in UNREADABLE | BROKEN:
        return STOPPING.get(item.rule, "the error is not about the value of one cell")
    spec = codebook.tables.get(item.table)
    if spec is None or item.field not in spec.by_name or item.row is None or item.column is None:
        return "the error is not about the value of one cell"
    if spec.primary_key == [item.field]:
        return _NAMELESS
    if (item.table, item.field) in _HOLDS_THE_FLOW:
        return "a report without its record has no place in the flow"
    return ""


def stopping(issues: Iterable[Issue], codebook: Codebook, lost: "pd.DataFrame | None" = None) -> list[Issue]:
    """The errors that stop although errors are quarantined; with `lost`, also those whose cell is not among them."""
    errors = [item for item in issues if item.severity == Severity.ERROR]
    known = None if lost is None else _cells(lost)
    return [item for item in errors if why_it_stops(item, codebook) or (known is not None and _cell(item) not in known)]


def _cells(lost: "pd.DataFrame") -> set[tuple[str, ...]]:
    return set(lost[["table", "field", "file", "sheet", "cell"]].itertuples(index=False, name=None))


def _cell(item: Issue) -> tuple[str, ...]:
    return item.table, item.field, item.file, item.sheet, item.cell


def told(issues: Iterable[Issue], lost: "pd.DataFrame") -> list[Issue]:
    """The issues, where each error whose cell is among the lost says that it stops nothing."""
    known = _cells(lost)
    return [
        replace(item, message=f"{item.message} The tables are made without it.")
        if item.severity == Severity.ERROR and _cell(item) in known
        else item
        for item in issues
    ]


def quarantine(review: Review, issues: Iterable[Issue], codebook: Codebook) -> "tuple[Review, pd.DataFrame]":
    """Leave out the values of the cells that the issues name; rows and all other cells stay as they are.

    Of `issues` those count that are errors about one cell (`why_it_stops`), and those waived (notes) whose cell could
    not be read. Neither the review that is handed in nor its frames are changed.

    Returns the review, and what was lost: one row a cell, sorted, with `table`, `key`, `field`, `value`, `file`,
    `sheet`, `cell`, `rule` (several joined with "; "), `kind` ("set aside", or "blank" where a value is needed and none
    was there), `counts` ("no" where the whole row counts nowhere without it).
    """
    import pandas as pd

    cells: dict[tuple[str, int, int, str], list[Issue]] = {}
    sources = {(place.file, place.sheet, place.table): source for source, place in enumerate(review.places)}
    for item in issues:
        source = sources.get((item.file, item.sheet, item.table))
        if source is not None and _costs_its_value(item, codebook):
            cells.setdefault((item.table, source, item.row or 0, item.field), []).append(item)
    tables = dict(review.tables)
    lines: list[tuple[tuple[object, ...], list[str]]] = []
    by_table: dict[str, dict[str, list[tuple[int, int, list[Issue]]]]] = {}
    for (table, source, row, name), items in cells.items():
        by_table.setdefault(table, {}).setdefault(name, []).append((source, row, items))
    for table, by_field in by_table.items():
        frame = review.tables[table]
        rows = pd.Index((frame["_source"].to_numpy("int64") << 32) | frame["_row"].to_numpy("int64"))
        changed: dict[str, pd.Series] = {}
        for name, found in by_field.items():
            at = rows.get_indexer([(source << 32) | row for source, row, _ in found])
            lost = pd.Series(False, index=frame.index)
            for position, (_, _, items) in zip(at.tolist(), found, strict=True):
                if position < 0:
                    continue
                blank = frame[f"{name}__missing"].iat[position] == Missing.BLANK
                lines.append(_line(items, BLANK if blank else SET_ASIDE))
                lost.iat[position] = not blank
            if lost.any():
                changed |= _without(frame, codebook.tables[table].by_name[name], lost)
        tables[table] = frame.assign(**changed)
    lines.sort(key=lambda pair: pair[0])
    lost_cells = pd.DataFrame([line for _, line in lines], columns=list(COLUMNS), dtype="str")
    return replace(review, tables=tables), lost_cells


def together(*parts: "pd.DataFrame") -> "pd.DataFrame":
    """What was lost in several turns, each cell once."""
    import pandas as pd

    whole = pd.concat(parts, ignore_index=True)
    return whole.drop_duplicates(["table", "field", "file", "sheet", "cell"], ignore_index=True)


def _costs_its_value(item: Issue, codebook: Codebook) -> bool:
    if item.severity == Severity.NOTE:
        # only a waived issue of these rules is a note; a waived value that could be read stays
        return item.rule in UNREADABLE and item.row is not None and item.column is not None
    return item.severity == Severity.ERROR and not why_it_stops(item, codebook)


def _line(items: Sequence[Issue], kind: str) -> tuple[tuple[object, ...], list[str]]:
    """One line of what was lost, with what it is sorted by."""
    first = min(items, key=lambda item: (item.rule, item.value))
    rules = "; ".join(sorted({item.rule for item in items}))
    counts = "no" if first.field in COUNTED_BY.get(first.table, ()) else "yes"
    shown = [first.table, first.key, first.field, first.value, first.file, first.sheet, first.cell, rules, kind, counts]
    return (first.table, first.file, first.sheet, first.row, first.column), shown


def _without(frame: "pd.DataFrame", spec: FieldSpec, lost: "pd.Series") -> "dict[str, pd.Series]":
    """The columns of a field without the lost values."""
    suffixes = {"range": ("", "_low", "_high"), "bounded": ("", "_number", "_bound")}.get(spec.what, ("",))
    columns = {f"{spec.name}{suffix}": frame[f"{spec.name}{suffix}"].mask(lost) for suffix in suffixes}
    missing = f"{spec.name}__missing"
    return columns | {missing: frame[missing].mask(lost, str(Missing.QUARANTINED))}


def counted(frame: "pd.DataFrame", table: str) -> "pd.DataFrame":
    """The rows of a table that count: not those that lost a value without which a row counts nowhere."""
    for name in COUNTED_BY.get(table, ()):
        if f"{name}__missing" in frame:
            frame = frame[~(frame[f"{name}__missing"] == Missing.QUARANTINED).fillna(False).to_numpy(bool)]
    return frame


def uses(codebook: Codebook, settings: "Settings") -> dict[str, dict[str, tuple[str, ...]]]:
    """What each part of the results is reckoned from: part → table → fields."""
    studies = codebook.tables.get("studies")
    shown = settings.charting.fields or [
        field.name for field in (studies.fields if studies else []) if field.what != "text"
    ]
    how = settings.synthesis
    votes = ("record_id", "stage", "reviewer", "decision", "reason")
    axes = (how.rows, how.columns)
    return {
        "flow": {
            "records": ("record_id", "source_type", "source_name", "duplicate_of", "removed_before_screening"),
            "votes": votes,
            "decisions": ("record_id", "stage", "decision", "reason"),
            "reports": ("report_id", "record_id", "study_id", "retrieved"),
        },
        "agreement": {"votes": votes[:-1]},
        "characteristics": {"studies": ("study_id", *shown)},
        "studies": {"studies": ("study_id", *(settings.charting.by_study or shown))},
        "synthesis": {
            "findings": ("finding_id", "study_id", *axes, how.direction, how.contrast),
            "studies": ("study_id", *axes, "n", "controlled"),
        },
        "harms": {
            "harms": (
                "study_id",
                "arm",
                "event",
                "harms_status",
                "n_events",
                "n_exposed",
                "as_reported",
                "resolved",
                "note",
            ),
            "studies": ("study_id",),
        },
    }


def losses(lost: "pd.DataFrame | None", used: Mapping[str, Collection[str]]) -> str:
    """What a table or figure lost, in a sentence or two; empty where it lost nothing.

    `used` says what it is reckoned from: table → fields (`uses`).
    """
    if lost is None or lost.empty:
        return ""
    part = lost[[field in used.get(table, ()) for table, field in zip(lost["table"], lost["field"], strict=True)]]
    aside, blank = part[part["kind"] == SET_ASIDE], part[part["kind"] == BLANK]
    said = []
    if len(aside):
        cells = "its cell" if len(aside) == 1 else "their cells"
        said.append(f"{_many(len(aside), 'value')} set aside because of errors in {cells}: {_by_field(aside)}.")
    if len(blank):
        said.append(f"{_many(len(blank), 'value')} needed and not there: {_by_field(blank)}.")
    rows = part[part["counts"] == "no"].drop_duplicates(["table", "key", "file", "sheet", "cell"])
    rows = rows.assign(row=rows["cell"].str.replace(r"^[A-Z]+", "", regex=True)).drop_duplicates(
        ["table", "file", "sheet", "row"]
    )
    if len(rows):
        named = [f"{key} ({table})" for table, key in zip(rows["table"], rows["key"], strict=True)]
        more = f" and {len(named) - 3} more" if len(named) > 4 else ""
        shown = named[:3] if more else named
        verb = "row counts" if len(rows) == 1 else "rows count"
        said.append(f"So {len(rows):,} {verb} nowhere: {', '.join(shown)}{more}.")
    return " ".join(said)


def by_part(lost: "pd.DataFrame | None", codebook: Codebook, settings: "Settings") -> dict[str, str]:
    """What each part of the results lost (`uses`, `losses`); parts that lost nothing are not named."""
    told = {part: losses(lost, used) for part, used in uses(codebook, settings).items()}
    if lost is not None and ((lost["table"] == "findings") & (lost["field"] == settings.synthesis.direction)).any():
        told["synthesis"] += " A finding without its direction counts as unclear."
    return {part: said for part, said in told.items() if said}


def tally(lost: "pd.DataFrame | None") -> list[dict[str, object]]:
    """How many values each field lost, for summary.json: table, field, kind, n."""
    if lost is None or lost.empty:
        return []
    sizes = Counter(zip(lost["table"], lost["field"], lost["kind"], strict=True))
    return [{"table": table, "field": name, "kind": kind, "n": n} for (table, name, kind), n in sorted(sizes.items())]


def _many(number: int, word: str) -> str:
    return f"{number:,} {word}{'' if number == 1 else 's'} {'was' if number == 1 else 'were'}"


def _by_field(part: "pd.DataFrame") -> str:
    sizes = Counter(zip(part["table"], part["field"], strict=True))
    return ", ".join(f"{name} of {table} {n:,}" for (table, name), n in sorted(sizes.items()))
