"""From a number back to the cells of the spreadsheets: token → row of a published table → members → cells.

A number is the same in the sentence, in the table and as the count of its members, and each member stands in cells that
have an address. Nothing is guessed: what has no member or no cell gives an empty list.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from . import harms as harms_
from . import text
from .flow_data import by_name
from .report.words import Cell, Token, name_of, plain, rows_of, value_of
from .review import Review
from .terms import Stage

if TYPE_CHECKING:
    from .report.page import Evidence
    from .settings import Settings

FLOW, CHECKED = "prisma/flow.json", "validation/summary.json"
CHARACTERISTICS, MAP = "tables/characteristics.csv", "tables/condition_by_domain.csv"
AGREEMENT, HARMS, SILENCE = "tables/agreement.csv", "tables/harms_summary.csv", "tables/harms_silence.csv"
DIRECTIONS, ADVERSE, STUDIES = "tables/directions.csv", "tables/harms.csv", "tables/studies.csv"

#: Tables by place: the file below results/, with "#part" for a part of a JSON file.
Tables = Mapping[str, pd.DataFrame]


def place_of(cell: Cell) -> str:
    """The table of a number among `Tables`."""
    return f"{cell.file}#{cell.table}" if cell.table else cell.file


def flow_tables(
    flow: Mapping[str, Any],
    members: Mapping[str, Sequence[str]],
    reasons: Mapping[str, Mapping[str, Sequence[str]]] | None = None,
    sources: Mapping[str, Sequence[str]] | None = None,
) -> dict[str, pd.DataFrame]:
    """The parts of flow.json as tables: boxes, reasons, sources, identities, exceptions, whole (one row)."""
    previous = flow.get("previous") or {}
    boxes = [
        {"box": name, "n": box.get("n"), "ids": _joined(members.get(name, ())), "cells": _joined(box.get("cells", ()))}
        for name, box in flow.get("boxes", {}).items()
    ]
    because = [
        {
            "box": box,
            "reason": text.clean(each["reason"]),
            "n": each["n"],
            "ids": _joined((reasons or {}).get(box, {}).get(each["reason"], ())),
            "cells": _typed_at(flow, box=box, reason=each["reason"]),
        }
        for box, listed in flow.get("reasons", {}).items()
        for each in listed
    ]
    kinds = [
        {
            "arm": arm,
            "type": kind,
            "n": source["n"],
            "ids": _joined((sources or {}).get(kind, ())),
            "cells": _typed_at(flow, source_type=kind),
        }
        for arm in ("sources", "other_sources")
        for kind, source in (flow.get(arm) or {}).items()
    ]
    sums = [
        {"id": each["id"], "holds": "by exception" if by_name(flow, each) else "yes" if each["holds"] else "no"}
        for each in flow.get("identities", ())
    ]
    named = [
        {"place": str(place), "name": each["name"], "why": each["why"]}
        for place, each in enumerate(flow.get("exceptions", ()), start=1)
    ]
    whole = {
        "pending": flow.get("pending"),
        **{name: len(previous.get(name) or ()) for name in ("studies_in_both", "dropped_studies")},
    }
    return {
        f"{FLOW}#boxes": pd.DataFrame(boxes, columns=["box", "n", "ids", "cells"]),
        f"{FLOW}#reasons": pd.DataFrame(because, columns=["box", "reason", "n", "ids", "cells"]),
        f"{FLOW}#sources": pd.DataFrame(kinds, columns=["arm", "type", "n", "ids", "cells"]),
        f"{FLOW}#identities": pd.DataFrame(sums, columns=["id", "holds"]),
        f"{FLOW}#exceptions": pd.DataFrame(named, columns=["place", "name", "why"]),
        f"{FLOW}#whole": pd.DataFrame([whole]),
    }


def _typed_at(flow: Mapping[str, Any], **wanted: str) -> str:
    """The cells of typed numbers of one reason or kind of source."""
    typed = (each for each in flow.get("typed") or () if all(each[name] == value for name, value in wanted.items()))
    return _joined(each["cell"] for each in typed if each["cell"])


def checked_tables(validation: Mapping[str, Any]) -> dict[str, pd.DataFrame]:
    """The parts of validation/summary.json as tables: counts (one row), files, lost (one row), waivers."""
    counts = {f"{kind}s": int(validation.get(f"{kind}s") or 0) for kind in ("error", "warning", "note")}
    lost = sum(int(each["n"]) for each in validation.get("lost", []) if each["kind"] == "set aside")
    waivers = [
        {"place": str(place), "rule": each["rule"], "issues": each["issues"]}
        for place, each in enumerate(validation.get("waivers", []), start=1)
    ]
    files = [{"file": each["file"]} for each in validation.get("files", [])]
    return {
        f"{CHECKED}#counts": pd.DataFrame([{**counts, "waived": int(validation.get("waived") or 0)}]),
        f"{CHECKED}#files": pd.DataFrame(files, columns=["file"]),
        f"{CHECKED}#lost": pd.DataFrame([{"set_aside": lost}]),
        f"{CHECKED}#waivers": pd.DataFrame(waivers, columns=["place", "rule", "issues"]),
    }


def tables_of(evidence: "Evidence") -> dict[str, pd.DataFrame]:
    """Every table that a sentence of the summary takes a number from."""
    pairs = evidence.agreement
    return {
        **flow_tables(evidence.flow, evidence.box_members, evidence.reason_members, evidence.source_members),
        **checked_tables(evidence.validation),
        AGREEMENT: pairs if "line" in pairs.columns else pairs.assign(line="pair", level=0.95),
        CHARACTERISTICS: evidence.characteristics,
        MAP: evidence.tally,
        HARMS: evidence.harms_summary,
        SILENCE: evidence.harms_silence,
    }


@dataclass(frozen=True)
class Resolved:
    """A token led back: the number in its table, the count of its members (None where a number is no count of members),
    the members, and for each cell behind it the member and the address. `reckoned` is False where the table is none of
    those that are made again from the spreadsheets; nothing is then said of whether the number still holds.
    """

    token: Token
    in_table: Any
    recount: Any
    ids: tuple[str, ...]
    cells: tuple[tuple[str, str], ...]
    reckoned: bool = True

    @property
    def agrees(self) -> bool:
        """Whether sentence, table and members say the same number, as far as they were reckoned."""
        said = self.token.value
        return not self.reckoned or (_same(said, self.in_table) and (self.recount is None or _same(said, self.recount)))


def resolve(token: Token, tables: Tables, cells: "Cells | None" = None) -> Resolved:
    """Lead a number back. Without `cells` no address is looked up."""
    place = place_of(token.cell)
    table = tables.get(place, pd.DataFrame())
    ids = members_of(token.cell, table)
    return Resolved(
        token,
        value_of(token.cell, table),
        recount(token.cell, table, ids),
        ids,
        (*(cells.of(token.cell, ids) if cells is not None else ()), *_typed_cells(token.cell, table)),
        place in tables,
    )


#: What stands for the member of a number that somebody typed.
TYPED = "typed"


def _typed_cells(cell: Cell, table: pd.DataFrame) -> list[tuple[str, str]]:
    """The cells of a number that was typed, in place of members or beside them."""
    if cell.file != FLOW or cell.how != "cell" or "cells" not in table.columns:
        return []
    return [(TYPED, address) for cells in rows_of(cell, table)["cells"] for address in text.ids(cells)]


def members_of(cell: Cell, table: pd.DataFrame) -> tuple[str, ...]:
    """The members of a number, sorted, each once."""
    rows = rows_of(cell, table)
    name = cell.ids or ("ids" if "ids" in rows.columns else "")
    if cell.how == "given" and cell.column in rows.columns:
        rows = rows[(pd.to_numeric(rows[cell.column], errors="coerce") > 0).to_numpy(dtype=bool)]
        name = "study_ids" if cell.column == "n_studies" else f"{cell.column}_ids"
    if name not in rows.columns:
        return ()
    return tuple(sorted({member for members in rows[name] for member in text.ids(members)}))


#: Columns of counts whose members are in a column of another name.
_COUNTS = ("n", "n_studies")
#: Columns that are reckoned from the studies that entered a combination of p-values.
_COMBINED = ("fisher_", "stouffer_")
#: Columns with members that are not counts.
_NO_COUNTS = ("lowest", "highest")


def recount(cell: Cell, table: pd.DataFrame, ids: Sequence[str]) -> Any:
    """The number counted again from its members; None where it is no count of members, or none are listed."""
    if cell.how == "distinct":
        return len(ids)
    listed = cell.column in _COUNTS or cell.ids in (f"{cell.column}_ids", f"{cell.column.removeprefix('n_')}_ids")
    if cell.how not in ("cell", "sum", "percent") or not listed or cell.column in _NO_COUNTS or cell.ids in cell.key:
        return None
    rows = rows_of(cell, table)
    if any(_typed_cells(cell, table)):
        return None
    if not ids and (cell.table or (cell.ids or "ids") not in rows.columns):
        return 0 if value_of(cell, table) == 0 else None  # a number that was typed has no members
    if cell.how != "percent":
        return len(ids)
    whole = pd.to_numeric(rows[cell.of], errors="coerce").iloc[0]
    return 100 * len(ids) / int(whole) if whole else None


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, int | float) and isinstance(other, int | float):
        return abs(one - other) <= 1e-9 * max(1.0, abs(one))
    return text.clean(one) == text.clean(other)


def _joined(ids: Iterable[str]) -> str:
    return "; ".join(ids)


#: Further tables whose rows are cells of the map, or parts of them.
_OF_THE_MAP = tuple(
    f"tables/further/{name}.csv"
    for name in ("strata", "sensitivity", "vote_count", "p_values", "condition_by_domain_totals")
)


class Cells:
    """The cells of the spreadsheets behind the members of a number.

    `review` holds the rows; `settings` say which fields span the map and which arms belong together; `directions` are
    the folds (`synthesis.fold`), which carry the cells of their findings; `headings` tells the field that a heading of
    the table with one row a study stands for.
    """

    def __init__(
        self,
        review: Review,
        settings: "Settings",
        directions: pd.DataFrame | None = None,
        headings: Mapping[str, str] | None = None,
    ) -> None:
        self.review, self.settings, self.headings = review, settings, headings or {}
        self.directions = pd.DataFrame() if directions is None else directions
        self._columns: dict[tuple[str, str], list[str]] = {}
        self._places: dict[tuple[str, str], dict[str, list[int]]] = {}
        self._addresses: dict[tuple[str, str], list[str]] = {}

    def of(self, cell: Cell, ids: Sequence[str]) -> list[tuple[str, str]]:
        """Member and address of each cell behind a number, in the order of the members."""
        ways: dict[str, Callable[[Cell, Sequence[str]], list[tuple[str, str]]]] = {
            FLOW: self._flow,
            CHARACTERISTICS: lambda cell, ids: self.fields("studies", _one(cell.key, "field"), ids),
            MAP: self._map,
            HARMS: self._harms,
            SILENCE: lambda _, ids: self._silence(ids),
            AGREEMENT: lambda cell, _: self._agreement(cell),
            DIRECTIONS: lambda cell, _: self._map(cell, [_one(cell.key, "study_id")]),
            ADVERSE: lambda cell, _: self._event(cell),
            **dict.fromkeys(_OF_THE_MAP, self._map),
            "tables/further/appraisal.csv": self._judgement,
            "tables/further/harms_compared.csv": lambda cell, _: self._event(cell),
        }
        way = ways.get(cell.file, self._row)
        return list(dict.fromkeys(way(cell, ids)))

    def fields(self, table: str, field: str, ids: Iterable[str], key: str = "study_id") -> list[tuple[str, str]]:
        """The cells of a field in the rows of members; that of the key where the sheet has no column for the field."""
        if key not in self._frame(table).columns:
            return []
        known = field if field in self._frame(table).columns else key
        rows = self._rows(table, key)
        return [(each, self._address(table, row, known)) for each in ids for row in rows.get(each, ())]

    def _frame(self, table: str) -> pd.DataFrame:
        return self.review.table(table)

    def _texts(self, table: str, field: str) -> list[str]:
        if (table, field) not in self._columns:
            frame = self._frame(table)
            blank = [""] * len(frame)
            self._columns[table, field] = (
                frame[field].astype("string").fillna("").tolist() if field in frame.columns else blank
            )
        return self._columns[table, field]

    def _rows(self, table: str, key: str) -> dict[str, list[int]]:
        if (table, key) not in self._places:
            places: dict[str, list[int]] = {}
            for row, value in enumerate(self._texts(table, key)):
                if value:
                    places.setdefault(value, []).append(row)
            self._places[table, key] = places
        return self._places[table, key]

    def _address(self, table: str, row: int, field: str) -> str:
        if (table, field) not in self._addresses:
            self._addresses[table, field] = self.review.addresses(table, field)
        return self._addresses[table, field][row]

    def _flow(self, cell: Cell, ids: Sequence[str]) -> list[tuple[str, str]]:
        if cell.table == "sources":
            return self.fields("records", "source_type", ids, "record_id")
        box = _one(cell.key, "box").removeprefix("other_").removeprefix("records_")
        if box.startswith(("previous_", "total_")):
            return self.fields("previous", "study_id" if box.endswith("studies") else "report_id", ids, _unit_key(box))
        if box in ("excluded", "excluded_human", "excluded_automation"):
            return self._judged(Stage.TITLE_ABSTRACT, ids)
        if box in ("reports_excluded", "included_reports", "awaiting", "ongoing"):
            return self._judged(Stage.FULL_TEXT, ids) or self._reports("report_id", ids)
        if box == "included_studies":
            return self.fields("reports", "study_id", ids) or self.fields("studies", "study_id", ids)
        fields = {"duplicates": "duplicate_of", "automation": "removed_before_screening"}
        fields["removed_other"] = fields["automation"]
        if box in ("identified", "screened", *fields):
            return self.fields("records", fields.get(box, "record_id"), ids, "record_id")
        return self._reports("retrieved" if box == "not_retrieved" else "report_id", ids)

    def _reports(self, field: str, ids: Sequence[str]) -> list[tuple[str, str]]:
        """The cells of reports; those of their records where reports have no table of their own."""
        return self.fields("reports", field, ids, "report_id") or self.fields("records", "record_id", ids, "record_id")

    def _judged(self, stage: Stage, ids: Sequence[str]) -> list[tuple[str, str]]:
        """The cells of the votes and decisions on records, or on reports and their records."""
        names = {each: [each] for each in ids}
        if stage is Stage.FULL_TEXT:
            of = self._rows("reports", "report_id")
            for each in ids:
                names[each] += [self._texts("reports", "record_id")[row] for row in of.get(each, ())]
        found = []
        for table in ("votes", "decisions"):
            rows, stages = self._rows(table, "record_id"), self._texts(table, "stage")
            found += [
                (each, self._address(table, row, "decision"))
                for each, known in names.items()
                for name in dict.fromkeys(known)
                for row in rows.get(name, ())
                if stages[row] == stage
            ]
        return found

    def _map(self, cell: Cell, ids: Sequence[str]) -> list[tuple[str, str]]:
        how = self.settings.synthesis
        if cell.how == "rows":
            return []
        if cell.column == "n_controlled":
            return self.fields("studies", how.controlled, ids)
        if cell.column.startswith("n_participants"):
            return self.fields("studies", how.participants.fields[0], ids)
        folds = self.directions
        if "finding_cells" not in folds.columns:
            return []
        kept = folds["study_id"].astype("string").isin(list(ids))
        for name, value in cell.key.items():
            if name in folds.columns and (name, value) != ("basis", "all"):
                kept &= folds[name].map(text.clean) == value
        basis, _, direction = cell.column.removesuffix("_ids").partition("_")
        if basis in set(folds["basis"]):
            kept &= folds["basis"] == basis
            kept &= (folds["direction"] == direction) if direction != "studies" else True
        found = folds[kept.fillna(False).to_numpy(dtype=bool)]
        pairs = zip(found["study_id"].astype(str), found["finding_cells"], strict=True)
        return [(study, address) for study, cells in pairs for address in text.ids(cells)]

    def _harms(self, cell: Cell, ids: Sequence[str]) -> list[tuple[str, str]]:
        chosen, frame = self.settings.harms, self._frame("harms")
        if "arm" not in frame.columns:
            return []
        arms = {"intervention": tuple(chosen.intervention), "comparator": tuple(chosen.comparator), "all": ("all",)}
        groups = harms_.arm_groups(frame["arm"], arms)
        event, group = _one(cell.key, "event"), _one(cell.key, "arm_group")
        counted = cell.column.startswith("n_") and cell.column != "n_with_proportion"
        fields = ("harms_status",) if counted else ("n_events", "n_exposed")
        events, rows = self._texts("harms", "event"), self._rows("harms", "study_id")
        return [
            (study, self._address("harms", row, field))
            for study in ids
            for row in rows.get(study, ())
            if events[row] == event and groups[row] == group
            for field in fields
            if field in frame.columns
        ]

    def _event(self, cell: Cell) -> list[tuple[str, str]]:
        """The cells of one row of harms: the field itself, or the numbers that a proportion is made of.

        Where the row is not of one arm, those of all arms of the study.
        """
        frame, study = self._frame("harms"), _one(cell.key, "study_id")
        fields = [cell.column] if cell.column in frame.columns else ["n_events", "n_exposed"]
        arms, events = self._texts("harms", "arm"), self._texts("harms", "event")
        return [
            (study, self._address("harms", row, field))
            for row in self._rows("harms", "study_id").get(study, ())
            if events[row] == _one(cell.key, "event") and arms[row] == (_one(cell.key, "arm") or arms[row])
            for field in fields
            if field in frame.columns
        ]

    def _row(self, cell: Cell, ids: Sequence[str]) -> list[tuple[str, str]]:
        """The cells of a row of any other table: those of the members that it lists, or of the ids that it names."""
        named = {"record_id": "records", "report_id": "reports", "study_id": "studies"}
        if cell.file == STUDIES:
            return self.fields("studies", self.headings.get(cell.column, "study_id"), ids)
        if ids:
            return self.fields("studies", "study_id", ids)
        for name, table in named.items():
            if each := _one(cell.key, name):
                field = cell.column if cell.column in self._frame(table).columns else name
                return self.fields(table, field, [each], name)
        return []

    def _judgement(self, cell: Cell, ids: Sequence[str]) -> list[tuple[str, str]]:
        """The cell of one judgement of a study; that of the study where it was not appraised."""
        columns = {name: self._texts("appraisal", name) for name in ("instrument", "domain")}
        found = [
            (study, self._address("appraisal", row, "judgement"))
            for study in ids
            for row in self._rows("appraisal", "study_id").get(study, ())
            if all(texts[row] == _one(cell.key, name) for name, texts in columns.items())
        ]
        return found or self.fields("studies", "study_id", ids)

    def _silence(self, ids: Sequence[str]) -> list[tuple[str, str]]:
        charted = self.fields("harms", "harms_status", ids)
        there = {study for study, _ in charted}
        return charted + self.fields("studies", "study_id", [study for study in ids if study not in there])

    def _agreement(self, cell: Cell) -> list[tuple[str, str]]:
        """The votes of the pair on what both rated."""
        stage = _one(cell.key, "stage")
        pair = {_one(cell.key, "reviewer_a"), _one(cell.key, "reviewer_b")}
        columns = zip(*(self._texts("votes", name) for name in ("record_id", "stage", "reviewer")), strict=True)
        cast: dict[str, dict[str, int]] = {}
        for row, (record, at, who) in enumerate(columns):
            if at == stage and who in pair:
                cast.setdefault(record, {})[who] = row
        both = {record: rows for record, rows in cast.items() if len(rows) == len(pair)}
        return [
            (record, self._address("votes", row, "decision"))
            for record in sorted(both)
            for _, row in sorted(both[record].items())
        ]


def _one(key: Mapping[str, str | Sequence[str]], name: str) -> str:
    value = key.get(name, "")
    return value if isinstance(value, str) else ""


def _unit_key(box: str) -> str:
    return "study_id" if box.endswith("studies") else "report_id"


#: The columns that find a row of a table, where FILE:ROW:COLUMN names it.
_KEYS = {
    CHARACTERISTICS: ("field", "missing", "category"),
    HARMS: ("event", "arm_group"),
    SILENCE: ("state",),
    AGREEMENT: ("stage", "line", "reviewer_a", "reviewer_b"),
}


def at(file: str, row: int, column: str, table: pd.DataFrame, axes: Sequence[str] = ()) -> Token:
    """The token of a cell of a published csv; `row` counts as a spreadsheet does, where the header is row 1.

    Raises LookupError in a sentence where there is no such row or column.
    """
    if column not in table.columns:
        raise LookupError(f"{file} has no column {column}; it has {', '.join(map(str, table.columns))}.")
    if not 2 <= row <= len(table) + 1:
        raise LookupError(f"{file} has no row {row}: its rows are 2 to {len(table) + 1}.")
    line = {str(name): text.clean(value) for name, value in table.iloc[row - 2].items()}
    named = axes if file == MAP else _KEYS.get(file, ())
    key = {name: line[name] for name in named if name in line} or _telling(line, table)
    counted = column.removeprefix("n_")
    lists = [f"{column}_ids", f"{counted}_ids", f"{column.rpartition('_x_n')[0]}_ids", "study_ids", "ids"]
    lists += ["entered_ids"] if column.startswith(_COMBINED) else []
    ids = next((name for name in lists if name in table.columns and name != column), "")
    if column.endswith("ids"):
        ids = column
    if not ids:
        ids = next((name for name in ("study_id", "Study") if name in key), "")
    value = table.iloc[row - 2][column]
    shown = text.clean(value)
    cell = Cell(file, column, key, ids=ids)
    number = plain(pd.to_numeric(pd.Series([value]), errors="coerce").iloc[0])
    return Token(name_of(cell), shown, shown if number is None else number, "number", cell)


def _telling(line: Mapping[str, str], table: pd.DataFrame) -> dict[str, str]:
    """What tells a row from all others: its first columns, as many as it takes; all of them where no other way is left.

    Only columns of texts tell a row: a number may be reckoned otherwise when it is looked up again.
    """
    key: dict[str, str] = {}
    rows = table
    for name, value in line.items():
        if len(rows) <= 1 and key:
            break
        if name.endswith("_ids") or (value and re.fullmatch(r"-?[\d.]+(e-?\d+)?", value)):
            continue
        key[name] = value
        rows = rows[(rows[name].map(text.clean) == value).to_numpy(dtype=bool)]
    return key


#: How many members and cells of a token the file lists; `scopeline trace` prints all.
MOST_LISTED = 50


def as_json(tokens: Iterable[Token], tables: Tables, cells: Cells) -> dict[str, Any]:
    """The tokens with their members and cells as plain data for summary.tokens.json, sorted by name."""
    told = {}
    for token in sorted(tokens, key=lambda each: each.name):
        found = resolve(token, tables, cells)
        told[token.name] = {
            **token.as_json(),
            "n_ids": len(found.ids),
            "n_cells": len(found.cells),
            "ids": list(found.ids[:MOST_LISTED]),
            "cells": [address for _, address in found.cells[:MOST_LISTED]],
        }
    return {
        "about": "The numbers of summary.md by their tokens: the table, row and column of each, its members and its "
        f"cells (at most {MOST_LISTED} of each; `scopeline trace TOKEN` prints all).",
        "tokens": told,
    }
