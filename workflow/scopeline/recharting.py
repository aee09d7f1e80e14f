"""Which cells must be charted again, or looked at again, because the codebook has changed.

The charted values are read once under the old codebook and once under the new one; what only the new one finds wrong
is to be charted again. Where only the meaning of a field or value changed, nothing is wrong, and its cells are to be
looked at again.
"""

import argparse
import os
import textwrap
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa

from . import codebook_changes, integrity, outputs, parsing, schemas
from . import codebook_words as words
from .cells import letter
from .codebook import Codebook, FieldSpec, TableSpec
from .codebook_changes import Change, Effect
from .errors import ConfigurationError
from .issue_rules import RULES
from .issues import Issue
from .parsing import FAULT
from .review import Place, Review
from .terms import Missing, Severity

COLUMNS = ("what", "study_id", "table", "key", "field", "file", "sheet", "cell", "value", "why")

CHART, LOOK = "chart again", "look at again"
_CODES = frozenset({str(Missing.NR), str(Missing.NA), str(Missing.UNCLEAR)})


@dataclass(frozen=True)
class Cell:
    """One cell to chart again or to look at again. `cell` is a row number where the column is not there yet."""

    what: str
    study_id: str
    table: str
    key: str
    field: str
    file: str
    sheet: str
    cell: str
    value: str
    why: str


def to_chart_again(old: Codebook, new: Codebook, review: Review) -> list[Cell]:
    """The cells that a change of the codebook asks to chart again, by table, file, row and column; each cell once.

    `review` was read with the old codebook. Its cells that were faulty then are not told here. A review without tables
    gives none.
    """
    changes = codebook_changes.diff(old, new)
    came_from = _came_from(old, new)
    found: dict[tuple[str, int, str], tuple[str, list[str]]] = {}

    def tell(table: str, position: int, name: str, what: str, why: str) -> None:
        before, said = found.get((table, position, name), (what, []))
        found[table, position, name] = (CHART if CHART in (before, what) else LOOK, list(dict.fromkeys([*said, why])))

    for table, position, name, what, why in _faults(old, new, review, changes, came_from):
        tell(table, position, name, what, why)
    for table, position, name, what, why in _touched(changes, new, review, came_from):
        tell(table, position, name, what, why)
    view = _View(review, new, came_from)
    cells = [
        (table, position, view.cell(table, position, name, what=what, why=" ".join(said)))
        for (table, position, name), (what, said) in found.items()
    ]
    tables = [table.name for table in new.resources]
    columns = {(table.name, spec.name): place for table in new.resources for place, spec in enumerate(table.fields)}
    cells.sort(key=lambda one: (tables.index(one[0]), one[1], columns.get((one[0], one[2].field), -1), one[2].field))
    return [cell for _, _, cell in cells]


def frame(cells: Iterable[Cell]) -> pd.DataFrame:
    """The cells as the table of to_chart_again.csv: all columns text."""
    return pd.DataFrame([[getattr(cell, name) for name in COLUMNS] for cell in cells], columns=list(COLUMNS), dtype=str)


def _came_from(old: Codebook, new: Codebook) -> dict[str, dict[str, str]]:
    """Table → field of the new codebook → the old field that it was."""
    return {
        table.name: {now: was for was, now in codebook_changes.renamed_fields(old.tables[table.name], table).items()}
        for table in new.resources
        if table.name in old.tables
    }


@dataclass(frozen=True)
class _View:
    """A review and its new codebook: makes the cells that are told."""

    review: Review
    new: Codebook
    came_from: dict[str, dict[str, str]]

    def cell(self, table: str, position: int, name: str, *, what: str, why: str) -> Cell:
        data, came_from = self.review.tables[table], self.came_from[table]
        row = data.iloc[position]
        place = self.review.places[int(row["_source"])]
        was = came_from.get(name, name)
        column = place.columns.get(was)
        key = [came_from.get(part, part) for part in self.new.tables[table].primary_key]
        shown = " · ".join(_shown(row, part) or "?" for part in key if part in data)
        study = _shown(row, came_from.get("study_id", "study_id"))
        at = f"{letter(column) if column is not None else ''}{int(row['_row'])}"
        return Cell(what, study, table, shown, name, place.file, place.sheet, at, _shown(row, was), why)


def _shown(row: "pd.Series[Any]", name: str) -> str:
    """What stands in a cell: its value, or the code for why there is none; "" for a blank."""
    if name not in row.index:
        return ""
    value = row[name]
    if pd.notna(value):
        return words.plain(float(value)) if isinstance(value, int | float) else str(value)
    why = row.get(f"{name}__missing")
    return str(why) if why in _CODES else ""


# ---- cells that the new codebook does not let stand


def _faults(
    old: Codebook, new: Codebook, review: Review, changes: Sequence[Change], came_from: dict[str, dict[str, str]]
) -> Iterator[tuple[str, int, str, str, str]]:
    """What the new codebook finds wrong and the old one does not, as (table, position, new field, what, why)."""
    said = {(c.table, c.field, c.value): c.sentence for c in changes if c.value and c.kind.startswith("value_")}
    positions = {
        (table, review.places[source].file, review.places[source].sheet, row): position
        for table, data in review.tables.items()
        for position, (source, row) in enumerate(zip(data["_source"].tolist(), data["_row"].tolist(), strict=True))
    }
    same = {table: {name: name for name in spec.by_name} for table, spec in old.tables.items()}
    renamed = {(table, was): now for table, fields in came_from.items() for now, was in fields.items()}
    known = Counter(_identity(item, renamed.get((item.table, item.field))) for item in _issues(old, review, same, old))
    for item in _issues(new, review, came_from, old):
        if known[_identity(item)]:
            known[_identity(item)] -= 1
            continue
        position = positions.get((item.table, item.file, item.sheet, item.row or 0))
        if position is None or item.severity == Severity.NOTE:
            continue
        row = review.tables[item.table].iloc[position]
        value = _shown(row, came_from[item.table].get(item.field, item.field))
        because = [
            said[item.table, item.field, part] for part in value.split("; ") if (item.table, item.field, part) in said
        ]
        why = " ".join(because) or f"{item.message} {item.suggestion}".strip()
        yield item.table, position, item.field, CHART if item.severity == Severity.ERROR else LOOK, why


def _identity(item: Issue, field: str | None = None) -> tuple[str, str, int, str, str, str]:
    return item.file, item.sheet, item.row or 0, item.table, field or item.field, item.rule


def _issues(book: Codebook, review: Review, came_from: dict[str, dict[str, str]], old: Codebook) -> list[Issue]:
    """What a codebook finds wrong with charted values that are there already."""
    fresh = Review({}, [_place(place, came_from.get(place.table, {})) for place in review.places])
    flaws: dict[str, dict[str, list[tuple[int, parsing.Flaw]]]] = {}
    for table in book.resources:
        data = review.tables.get(table.name)
        if data is None or table.name not in came_from:
            continue
        columns: dict[str, pd.Series] = {}
        for now, was in came_from[table.name].items():
            if f"{was}__missing" not in data:
                continue
            spec = table.by_name[now]
            read, held = _read_again(data, old.tables[table.name].by_name[was], book, table, spec)
            columns |= {f"{now}{suffix}": values for suffix, values in read.arrays.items()}
            columns[f"{now}__missing"] = read.missing.where(held, FAULT)
            flaws.setdefault(table.name, {})[now] = [(at, flaw) for at, flaw in read.flaws if held[at]]
        fresh.tables[table.name] = pd.DataFrame(
            {**columns, "_source": data["_source"].to_numpy(), "_row": data["_row"].to_numpy()}
        )
    found = integrity.check(fresh, book)
    for name, frame_ in fresh.tables.items():
        desk = integrity.Desk(fresh, book.tables[name])
        for field, listed in flaws.get(name, {}).items():
            found += [
                desk.say(flaw.rule, at, field, value=flaw.value, expected=flaw.expected, message=flaw.message,
                         suggestion=flaw.suggestion)
                for at, flaw in listed
                if RULES[flaw.rule].severity != Severity.NOTE
            ]  # fmt: skip
        absent = [
            column for column in frame_ if str(column).removesuffix("__missing") in _absent(fresh, book.tables[name])
        ]
        for failure in schemas.check(frame_.drop(columns=absent), book.tables[name]):
            value = _shown(frame_.iloc[failure.position], failure.field)
            found.append(
                desk.say(failure.rule, failure.position, failure.field, value=value, expected=failure.expected)
            )
    return found


def _place(place: Place, came_from: dict[str, str]) -> Place:
    columns = {now: place.columns[was] for now, was in came_from.items() if was in place.columns}
    return Place(place.file, place.sheet, place.table, place.header_row, columns)


def _absent(review: Review, table: TableSpec) -> set[str]:
    """Fields that no sheet has: that the column is missing was told when it was read."""
    held = {name for place in review.places if place.table == table.name for name in place.columns}
    return set(table.by_name) - held


def _read_again(
    data: pd.DataFrame, was: FieldSpec, book: Codebook, table: TableSpec, spec: FieldSpec
) -> tuple[parsing.Column, "pd.Series[bool]"]:
    """A charted column read under another codebook, and which of its cells could be used before."""
    missing = data[f"{was.name}__missing"].reset_index(drop=True)
    held = ~missing.isin([FAULT, str(Missing.QUARANTINED)])
    texts = [
        _typed(value, was) if pd.notna(value) else (why if why in _CODES else None)
        for value, why in zip(data[was.name].tolist(), missing.tolist(), strict=True)
    ]
    how = parsing.Reading(
        spec, frozenset(table.missing_codes(spec)), book.missing_words, typed=False, numbers_as_text="accept"
    )
    return parsing.parse(pa.chunked_array([pa.array(texts, pa.string())]), None, how), held


def _typed(value: Any, was: FieldSpec) -> str:
    """A charted value as it would have been typed under its own codebook."""
    if isinstance(value, int | float):
        return words.plain(float(value))
    if was.what == "multi" and was.separator:
        return f"{was.separator.strip()} ".join(str(value).split("; "))
    return str(value)


# ---- cells that stand and mean something else


def _touched(
    changes: Sequence[Change], new: Codebook, review: Review, came_from: dict[str, dict[str, str]]
) -> Iterator[tuple[str, int, str, str, str]]:
    """Cells of changes that no value shows: new fields that every row needs, and changed meanings."""
    for change in changes:
        data = review.tables.get(change.table)
        if data is None or change.table not in came_from:
            continue
        if change.kind == "field_added" and new.tables[change.table].by_name[change.field].constraints.required:
            for position in range(len(data)):
                yield change.table, position, change.field, CHART, change.sentence
        elif change.effect == Effect.MEANING and change.field:
            was = came_from[change.table][change.field]
            if was not in data:
                continue
            for position, value in enumerate(data[was].tolist()):
                if pd.notna(value) and (not change.value or change.value in str(value).split("; ")):
                    yield change.table, position, change.field, LOOK, change.sentence


# ---- told in the terminal


def told(changes: Sequence[Change], cells: Sequence[Cell] | None = None, *, first: int = 15) -> str:
    """The changes in plain words, gravest first, and the cells where a review was given."""
    if not changes:
        return "The codebooks are the same."
    lines: list[str] = []
    for effect, heading in _HEADINGS.items():
        group = [change for change in changes if change.effect == effect]
        if group:
            lines += [*([""] if lines else []), f"{heading} ({len(group)})"]
            for change in group:
                where = ".".join(part for part in (change.table, change.field) if part)
                lines += _wrapped(f"{where}: {change.sentence}" if where else change.sentence)
    if cells is not None:
        lines += ["", *_told_cells(cells, first)]
    return "\n".join(lines)


_HEADINGS = {
    Effect.NARROWING: "Less may stand, or more is asked",
    Effect.MEANING: "The same cell means something else",
    Effect.WIDENING: "More may stand, or less is asked",
    Effect.HARMLESS: "Harmless",
}


def _told_cells(cells: Sequence[Cell], first: int) -> list[str]:
    if not cells:
        return ["No cell has to be charted again."]
    counts = Counter(cell.what for cell in cells)
    studies = len({cell.study_id for cell in cells if cell.study_id})
    parts = [
        f"{counts[what]:,} {'cell' if counts[what] == 1 else 'cells'} to {what}"
        for what in (CHART, LOOK)
        if counts[what]
    ]
    lines = [" and ".join(parts) + (f", in {studies:,} {'study' if studies == 1 else 'studies'}" if studies else "")]
    alike: dict[tuple[str, str, str, str], list[Cell]] = {}
    for cell in cells:
        alike.setdefault((cell.what, cell.file, cell.sheet, cell.why), []).append(cell)
    groups = sorted(alike.values(), key=lambda group: group[0].what != CHART)
    for group in groups[:first]:
        one = group[0]
        sheet = f" › {one.sheet}!" if one.sheet else " › "
        places = ", ".join(cell.cell for cell in group[:6]) + (f" and {len(group) - 6} more" if len(group) > 6 else "")
        lines += _wrapped(f"{one.file}{sheet}{places}: {one.why}")
    if len(groups) > first:
        lines.append(f"  … and {sum(map(len, groups[first:])):,} more cells: to_chart_again.csv")
    return lines


def _wrapped(line: str) -> list[str]:
    return textwrap.wrap(
        line, 100, initial_indent="  ", subsequent_indent="      ", break_long_words=False, break_on_hyphens=False
    )


# ---- the command


def add_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `scopeline codebook diff`; the parsed call carries its function as `run`."""
    about = "compare two versions of a codebook"
    codebook = commands.add_parser("codebook", help=about)
    actions = codebook.add_subparsers(dest="action", required=True, metavar="ACTION")
    difference = actions.add_parser("diff", help="say what changed, and with --review what to chart again")
    difference.add_argument("old", metavar="OLD", help="the codebook that the data were charted with")
    difference.add_argument("new", metavar="NEW", help="the codebook as it is now")
    difference.add_argument("--review", metavar="REVIEW", help="a review's folder, whose cells are looked through")
    difference.add_argument("--out", metavar="FOLDER", help="where to write the csv files (default: REVIEW/results)")
    difference.set_defaults(run=_run)


def _run(chosen: argparse.Namespace) -> int:
    from . import codebook as codebooks

    old, new = codebooks.load(Path(chosen.old)), codebooks.load(Path(chosen.new))
    changes = codebook_changes.diff(old, new)
    cells = to_chart_again(old, new, _review(Path(chosen.review), old)) if chosen.review else None
    print(told(changes, cells))
    folder = Path(chosen.out) if chosen.out else Path(chosen.review) / "results" if chosen.review else None
    if folder is not None:
        tables = {"codebook_changes.csv": codebook_changes.frame(changes)}
        if cells is not None:
            tables["to_chart_again.csv"] = frame(cells)
        for name, table in tables.items():
            outputs.table(folder / name, table)
        print("\n" + "\n".join(os.fspath(folder / name) for name in tables))
    return 0


def _review(folder: Path, old: Codebook) -> Review:
    """A review's spreadsheets, read with the codebook that they were charted with."""
    from . import cells, rawfiles, settings, validation

    if not folder.is_dir():
        raise ConfigurationError(f"There is no folder {folder}. Name the folder that holds the review's raw/.")
    config = folder / "config" / "config.yaml"
    here = Path.cwd()
    chosen = settings.load(config)
    os.chdir(folder)
    try:
        files = [file for file in rawfiles.raw_files() if file.kind is not rawfiles.Kind.PASSED_OVER]
        return validation.validate([cells.read(Path(file.path)) for file in files], old, chosen).review
    finally:
        os.chdir(here)
