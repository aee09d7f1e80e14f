"""`results/screening/conflicts_<stage>.xlsx`: the records that the votes do not settle, to be settled, for raw/."""

import io
import math
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
from openpyxl import Workbook
from openpyxl.cell.cell import Cell
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from ..codebook import Codebook
from ..quarantine import counted as cast
from ..review import Review
from ..screening import Screening
from ..screening_list import CHOICES, SHEETS, STANDING, TABLE, is_list
from ..terms import STAGE_LABELS, Decision, Stage, State
from ..text import clean, counted, plural
from .sheet import readable
from .stable import without_clock

#: The file of each stage.
FILES = {stage: f"conflicts_{stage}.xlsx" for stage in Stage}
#: What is shown of a record, where the review has it.
SHOWN = ("title", "authors", "year", "abstract")
#: What an adjudicator fills in.
TO_FILL_IN = ("decision", "reason", "adjudicator", "note")
#: How a line stands: the votes differ; or it was settled in such a list before; else "1 of 2 votes".
CONFLICT, SETTLED = "conflict", "settled"
#: More reviewers than this do not get columns of their own; a line then names who voted.
MOST_REVIEWERS = 4
#: More lines than an adjudicator can work through are not written; conflicts come first.
MOST_LINES = 5_000

_OPEN = {
    Stage.TITLE_ABSTRACT: (State.CONFLICT_SCREENING, State.PENDING_SCREENING),
    Stage.FULL_TEXT: (State.CONFLICT_FULL_TEXT, State.PENDING_FULL_TEXT),
}
_HOW = (
    "Records on which the votes on {stage} differ, or some are missing. Fill in the yellow columns of a line and put "
    "this workbook into raw/: each line with a decision counts as a row of 'decisions'. Lines left blank stay open."
)
_NOTHING = "Nothing is open: every record that needs votes on {stage} is settled."
_NOT_YET = "Nothing is to be settled on {stage} yet."
_DONE = "The lines below were settled in such a list before; it may take that list's place in raw/."
_HEADER_ROW = 3
_WIDTHS = {"record_id": 13, "stage": 14, STANDING: 12, "title": 42, "authors": 22, "year": 7, "abstract": 60}
_WIDTHS |= {"decision": 13, "reason": 28, "adjudicator": 13, "note": 28}
_BY_REVIEWER = ("vote of {}", "reason of {}", "cell of {}")
_BY_NUMBER = ("reviewer {}", "vote {}", "reason {}", "cell {}")
_OTHER_WIDTHS = {"reviewer": 12, "vote": 10, "reason": 20, "cell": 19}
_LETTERS_PER_WIDTH, _LINE, _HIGHEST = 0.95, 13.5, 216.0
_LONGEST_LIST = 255


def listed(review: Review, screening: Screening, stage: Stage, *, reviewers: int = 2) -> pd.DataFrame:
    """The lines of one stage's list, each value a text: the conflicts first, then those that lack fewest votes.

    A line is a record in conflict or with fewer votes than `reviewers`; at full text a report, under the ID that its
    votes are cast on. Records settled by such a list before stand last with what was filled in, so that the new list
    may take the old one's place in raw/. Columns: record_id, stage, standing, what is shown of the record, each
    reviewer's vote, reason and cell, then decision, reason, adjudicator, note.
    """
    open_ids = _open(screening, stage)
    filled = _filled(review, stage)
    ids = [*open_ids, *(each for each in filled if each not in open_ids)]
    voted = _votes(review, stage, set(ids))
    n_votes = _n_votes(screening, stage)
    who = sorted({name for lines in voted.values() for name, *_ in lines})
    record_of = _record_of(review)
    about = _about(review, {record_of.get(each, each) for each in ids})
    lines = []
    for each in ids:
        line = {"record_id": each, "stage": str(stage)}
        state = open_ids.get(each)
        n = n_votes.get(each, 0)
        line[STANDING] = SETTLED if state is None else CONFLICT if state in _CONFLICTS else f"{n} of {reviewers} votes"
        line |= about.get(record_of.get(each, each), {})
        line |= _side_by_side(voted.get(each, []), who)
        line |= filled.get(each, dict.fromkeys(TO_FILL_IN, ""))
        lines.append((state is None, state not in _CONFLICTS, -n, each, line))
    lines.sort(key=lambda told: told[:4])
    seen = {name for values in about.values() for name, value in values.items() if value}
    votes = list(_side_by_side([("", "", "", "")] * max(map(len, voted.values()), default=0), who))
    columns = ["record_id", "stage", STANDING, *(name for name in SHOWN if name in seen), *votes, *TO_FILL_IN]
    return pd.DataFrame([line for *_, line in lines], columns=columns).fillna("").astype("str")


def waiting(screening: Screening, stage: Stage) -> str:
    """How many records have not come as far as a stage's votes, in words; "" where none is on its way to them."""
    if stage == Stage.TITLE_ABSTRACT or screening.states.empty:
        return ""
    state = screening.states["state"]
    told = []
    if sought := int((state == State.PENDING_RETRIEVAL).sum()):
        waits, its = ("waits", "its") if sought == 1 else ("wait", "their")
        told.append(
            f"{counted(sought, 'record')} {waits} after title and abstract: {its} {plural(sought, 'report')} "
            f"{plural(sought, 'is')} not marked as retrieved, or nobody has voted on {plural(sought, 'it', 'them')}."
        )
    if before := int(state.isin([str(each) for each in _OPEN[Stage.TITLE_ABSTRACT]]).sum()):
        told.append(f"{counted(before, 'record')} {plural(before, 'is', 'are')} not settled on title and abstract.")
    return " ".join(told)


def write(path: Path, lines: pd.DataFrame, codebook: Codebook, stage: Stage, *, waits: str = "") -> None:
    """Write the lines that `listed` gives as a workbook with drop-downs of the codebook's decisions and reasons.

    `waits` is what `waiting` says of the stage. Two calls with the same arguments give the same bytes. Beyond
    `MOST_LINES` it says how many are not shown.
    """
    book = Workbook()
    book.properties.creator = "scopeline"
    sheet = book.worksheets[0]
    sheet.title = SHEETS[stage]
    shown = lines.iloc[:MOST_LINES]
    _text(sheet, 1, 1, _note(stage, lines, len(shown), waits)).font = Font(name="Calibri", size=10, italic=True)
    names = [str(name) for name in lines.columns]
    for column, header in enumerate(names, start=1):
        cell = _text(sheet, _HEADER_ROW, column, header)
        cell.font = Font(name="Calibri", size=10, bold=True, color="FFFFFF")
        cell.fill = PatternFill("solid", fgColor="1F3A4D")
        cell.alignment = Alignment(wrap_text=True, vertical="top")
        sheet.column_dimensions[get_column_letter(column)].width = _width(header)
    sheet.freeze_panes = sheet.cell(_HEADER_ROW + 1, 2)
    sheet.print_title_rows = f"{_HEADER_ROW}:{_HEADER_ROW}"
    readable(sheet, [_width(name) for name in names], repeated=1)
    looks = _Looks()
    for row, told in enumerate(shown.itertuples(index=False, name=None), start=_HEADER_ROW + 1):
        _line(sheet, row, names, [str(value) for value in told], looks)
    if len(shown):
        last = _HEADER_ROW + len(shown)
        _choices(book, sheet, names, last, codebook)
        sheet.auto_filter.ref = f"A{_HEADER_ROW}:{get_column_letter(len(names))}{last}"
    buffer = io.BytesIO()
    book.save(buffer)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(without_clock(buffer.getvalue()))


_CONFLICTS = (State.CONFLICT_SCREENING, State.CONFLICT_FULL_TEXT)


def _open(screening: Screening, stage: Stage) -> dict[str, str]:
    """ID → state of each record, or report, that the votes of a stage leave open."""
    wanted = [str(state) for state in _OPEN[stage]]
    if stage == Stage.TITLE_ABSTRACT:
        states = screening.states[screening.states["state"].isin(wanted)]
        return dict(zip(states["record_id"], states["state"], strict=True))
    reports = screening.report_states[screening.report_states["state"].isin(wanted)]
    records, outcomes = set(screening.states["record_id"]), screening.outcomes
    cast_on = set(outcomes.loc[outcomes["stage"] == stage, "record_id"])
    found: dict[str, str] = {}
    for report, record, state in zip(reports["report_id"], reports["record_id"], reports["state"], strict=True):
        own = report not in records and report in cast_on
        found.setdefault(report if own or pd.isna(record) else record, state)
    return found


def _n_votes(screening: Screening, stage: Stage) -> dict[str, int]:
    outcomes = screening.outcomes[(screening.outcomes["stage"] == stage).fillna(False)]
    return dict(zip(outcomes["record_id"], map(int, outcomes["n_votes"]), strict=True))


def _filled(review: Review, stage: Stage) -> dict[str, dict[str, str]]:
    """What lists of this stage that stand in raw/ have decided, by ID."""
    frame = review.table(TABLE)
    lists = {number for number, place in enumerate(review.places) if is_list(place)}
    if not lists or frame.empty:
        return {}
    chosen = frame[frame["_source"].isin(lists) & (frame["stage"] == stage).fillna(False)]
    chosen = chosen[chosen["record_id"].notna() & chosen["decision"].notna()]
    texts = [[clean(value) for value in chosen[name]] if name in chosen else [""] * len(chosen) for name in TO_FILL_IN]
    return {
        str(each): dict(zip(TO_FILL_IN, values, strict=True))
        for each, *values in sorted(zip(chosen["record_id"], *texts, strict=True))
    }


def _votes(review: Review, stage: Stage, ids: set[str]) -> dict[str, list[tuple[str, str, str, str]]]:
    """ID → reviewer, vote, reason and cell of each vote, by reviewer."""
    frame = review.table("votes")
    if not {"record_id", "stage", "reviewer", "decision"} <= set(frame.columns):
        return {}
    positions = pd.Series(range(len(frame)), index=frame.index)
    chosen = cast(frame.assign(_position=positions), "votes")
    chosen = chosen[(chosen["stage"] == stage).fillna(False) & chosen["record_id"].isin(ids)]
    reasons = chosen["reason"] if "reason" in chosen else [None] * len(chosen)
    found: dict[str, list[tuple[str, str, str, str]]] = {}
    for each, who, said, reason, at in zip(
        chosen["record_id"], chosen["reviewer"], chosen["decision"], reasons, chosen["_position"], strict=True
    ):
        cell = review.address("votes", int(at), "decision")
        found.setdefault(each, []).append((clean(who) or "?", clean(said) or "?", clean(reason), cell))
    return {each: sorted(lines) for each, lines in found.items()}


def _record_of(review: Review) -> dict[str, str]:
    reports = review.table("reports")
    if not {"report_id", "record_id"} <= set(reports.columns):
        return {}
    records = set(review.table("records").get("record_id", pd.Series(dtype="str")).dropna())
    known = reports[reports["record_id"].notna() & ~reports["report_id"].isin(records)]
    return dict(zip(known["report_id"], known["record_id"], strict=True))


def _about(review: Review, ids: set[str]) -> dict[str, dict[str, str]]:
    """What is shown of each record."""
    records = review.table("records")
    if "record_id" not in records:
        return {}
    chosen = records[records["record_id"].isin(ids)]
    texts = {name: [clean(value) for value in chosen[name]] for name in SHOWN if name in chosen}
    return {each: {name: values[at] for name, values in texts.items()} for at, each in enumerate(chosen["record_id"])}


def _side_by_side(votes: Sequence[tuple[str, str, str, str]], who: Sequence[str]) -> dict[str, str]:
    """The votes on one record as columns: each reviewer's own, or one after the other where reviewers are many."""
    if len(who) > MOST_REVIEWERS:
        return {
            name.format(number): text
            for number, vote in enumerate(votes, start=1)
            for name, text in zip(_BY_NUMBER, vote, strict=True)
        }
    told: dict[str, str] = {}
    for reviewer in who:
        own = [said for name, *said in votes if name == reviewer]
        for place, name in enumerate(_BY_REVIEWER):
            told[name.format(reviewer)] = "; ".join(said[place] for said in own if said[place])
    return told


def _note(stage: Stage, lines: pd.DataFrame, shown: int, waits: str) -> str:
    open_ones = lines[STANDING] != SETTLED
    told = [_HOW if open_ones.any() else _NOT_YET if waits else _NOTHING]
    told += [waits] if waits else []
    told += [_DONE] if len(lines) and not open_ones.any() else []
    rest = len(lines) - shown
    told += [f"{counted(rest, 'more line')} will follow when these are settled."] if rest else []
    return " ".join(told).replace("{stage}", STAGE_LABELS[stage])


def _choices(book: Workbook, sheet: Worksheet, names: list[str], last: int, codebook: Codebook) -> None:
    """Drop-downs of decision and reason. What does not fit into a rule stands on a hidden sheet."""
    offered = {"decision": _allowed(codebook, "decision") or [str(Decision.INCLUDE), str(Decision.EXCLUDE)]}
    offered["reason"] = _allowed(codebook, "reason")
    hidden = None
    for number, (name, values) in enumerate(offered.items(), start=1):
        if not values:
            continue
        joined = ",".join(values)
        formula = f'"{joined}"'
        if len(joined) > _LONGEST_LIST or any("," in value or '"' in value for value in values):
            if hidden is None:
                hidden = book.create_sheet(CHOICES)
                hidden.sheet_state = "hidden"
            for row, value in enumerate([name, *values], start=1):
                _text(hidden, row, number, value)
            letters = get_column_letter(number)
            formula = f"'{CHOICES}'!${letters}$2:${letters}${len(values) + 1}"
        choice = DataValidation(type="list", formula1=formula, allow_blank=True, showErrorMessage=False)
        column = get_column_letter(names.index(name) + 1)
        choice.add(f"{column}{_HEADER_ROW + 1}:{column}{last}")
        sheet.add_data_validation(choice)


def _allowed(codebook: Codebook, name: str) -> list[str]:
    """What the codebook lets a decision say; of the votes, where it leaves it open for decisions."""
    specs = [codebook.field(table, name) for table in (TABLE, "votes")]
    found = next((spec for spec in specs if spec is not None and spec.allowed), None)
    return [value.value for value in found.allowed] if found else []


class _Looks:
    """The few looks that all cells share."""

    def __init__(self) -> None:
        self.border = Border(bottom=Side(style="thin", color="B8C4CC"))
        self.plain = Font(name="Calibri", size=10)
        self.wrapped = Alignment(wrap_text=True, vertical="top")
        self.to_fill_in = PatternFill("solid", fgColor="FFF6CC")


def _line(sheet: Worksheet, row: int, names: list[str], values: list[str], looks: _Looks) -> None:
    high = 1
    for column, (name, value) in enumerate(zip(names, values, strict=True), start=1):
        cell = _text(sheet, row, column, value)
        cell.number_format = "@"
        cell.font, cell.alignment, cell.border = looks.plain, looks.wrapped, looks.border
        if name in TO_FILL_IN:
            cell.fill = looks.to_fill_in
        high = max(high, math.ceil(len(value) / (_width(name) * _LETTERS_PER_WIDTH)))
    sheet.row_dimensions[row].height = min(_LINE * high + 3, _HIGHEST)


def _width(name: str) -> float:
    return _WIDTHS.get(name) or _OTHER_WIDTHS[name.partition(" ")[0]]


def _text(sheet: Worksheet, row: int, column: int, text: str) -> Cell:
    """Write a text that stays a text, whatever sign it begins with."""
    cell = sheet.cell(row, column)
    if text:
        cell.value = clean(text)[:32_767]
        cell.data_type = "s"
    return cell
