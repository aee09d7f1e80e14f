"""Two or more reviewers' rows for one study, finding or adverse event: folded to one, compared field by field.

A consensus row wins for every field that it fills. Without one, equal values pass and unequal ones are conflicts. What
the reviewers charted is never changed: agreement is reckoned on their own rows, whatever the consensus came to.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import pandas as pd

from .charting_agreement import (
    AGREEMENT_COLUMNS,
    FACTOR_COLUMNS,
    UNUSABLE,
    Cell,
    Pair,
    agreement,
    empty,
    factors,
    frame_of,
)
from .codebook import FieldSpec, TableSpec
from .terms import Missing

#: Why a folded field has no value although the reviewers charted one.
CONFLICT = str(Missing.CONFLICT)

#: What tells the findings of a study apart, where each reviewer gives IDs of their own.
MATCH = ("study_id", "condition", "outcome_domain", "outcome_measure", "timepoint", "contrast")

#: How cells of two reviewers may differ: two values; two wordings of free text; a value against a blank; a consensus
#: other than what all reviewers charted; two consensus cells that differ.
Kind = Literal["value", "wording", "one_sided", "overridden", "consensus"]

#: One line a pair of differing cells. Positions count from 0 in the frame that was folded; -1 where there is none.
CONFLICT_COLUMNS = {
    "table": "str",
    "key": "str",
    "field": "str",
    "kind": "str",
    "settled": "bool",
    "reviewer_a": "str",
    "value_a": "str",
    "position_a": "int64",
    "reviewer_b": "str",
    "value_b": "str",
    "position_b": "int64",
    "consensus": "str",
    "position_consensus": "int64",
}

#: One line a row that only one reviewer has, of a study that others charted too.
ALONE_COLUMNS = {"table": "str", "key": "str", "reviewer": "str", "position": "int64", "others": "str"}

_JOIN = "; "
_SUFFIXES = ("", "_low", "_high", "_number", "_bound", "__missing")


@dataclass(frozen=True)
class Folded:
    """One table with one row a key, and what the reviewers agreed and differed on; columns as named above."""

    frame: pd.DataFrame
    agreement: pd.DataFrame
    conflicts: pd.DataFrame
    alone: pd.DataFrame
    factors: pd.DataFrame


def fold(
    frame: pd.DataFrame,
    table: TableSpec,
    *,
    reviewer: str = "reviewer",
    consensus: Sequence[str] = ("Consensus",),
    match: Sequence[str] | None = None,
    free_text: Literal["wording", "conflict"] = "wording",
    studies: pd.DataFrame | None = None,
) -> Folded:
    """Put the rows of several reviewers together.

    In: a typed frame (docs/architecture.md) with the column `reviewer`; without that column nothing is folded. Names in
    `consensus` (whatever their case) mark rows that a team agreed on; several of them for one key may each fill some
    fields. Rows belong together that have the same primary key and do not name different studies; where the
    reviewers' keys differ, those that are equal in the fields of `match` (default: those of `MATCH` that the table has,
    where these are not its key). Rows are not matched where one reviewer has several that would fit or gave one key to
    several rows of a study, nor where the study is blank. `studies` (study_id, reviewer) tells who charted which study
    in another table.

    Cells are compared as they were read: 4.5 is 4.50, categories after synonyms, multi-valued cells as sets, ranges and
    bounded numbers by their numbers, free text without regard to case and blanks. A missing code is equal to the same
    code only. A blank is no judgement: a value against a blank stands, is listed as `one_sided`, and is not counted in
    agreement. A cell that cannot be used leaves the field without a value unless the consensus fills it. `free_text`
    says whether other words in a free-text field are another `wording` (the first row's stands) or a `conflict`.

    Out: `frame`, one row a key in the order of the files, with the columns given. Each value comes from one cell; where
    that is not a cell of the row named in `_source` and `_row`, `<field>__source` and `<field>__row` name its row.
    A field in conflict is missing with the kind `CONFLICT`. `reviewer` names all, joined with "; ".

    `agreement`: for each field and pair of reviewers, and for all pairs pooled, on the reviewers' own rows: `n` both
    charted, `agree` of them equal, their share from 0 to 1, cells that only one of the two filled (`one_sided`), for
    categories Cohen's kappa with its interval and Gwet's AC1 over the codebook's values and the missing codes that were
    used, for multi-valued fields the mean Jaccard index where both gave values. What cannot be estimated is `NA`.

    The order of rows and the names of reviewers change nothing but the order in which they are told.
    """
    if frame.empty or reviewer not in frame:
        return Folded(
            frame, *(empty(of) for of in (AGREEMENT_COLUMNS, CONFLICT_COLUMNS, ALONE_COLUMNS, FACTOR_COLUMNS))
        )
    work = _Work(frame.iloc[_order(frame)], table, reviewer, consensus, free_text == "conflict")
    groups = work.matched(work.keyed(match or ()), match)
    told = _Told()
    for group in groups:
        work.put_together(group, told)
    positions = np.asarray(_order(frame))
    return Folded(
        frame=work.folded(groups),
        agreement=agreement(table, told.pairs),
        conflicts=frame_of(_placed(told.conflicts, positions), CONFLICT_COLUMNS),
        alone=frame_of(_placed(work.alone(groups, studies), positions), ALONE_COLUMNS),
        factors=frame_of(_placed(factors(table, told.pairs), positions), FACTOR_COLUMNS),
    )


@dataclass
class _Told:
    """What the groups came to: differing cells, and every pair of cells by field and reviewers."""

    conflicts: list[dict[str, Any]] = field(default_factory=list)
    pairs: dict[tuple[str, str, str], list[Pair]] = field(default_factory=dict)


@dataclass
class _Group:
    """Rows that belong together, by position; which of them each field is taken from, and the fields in conflict."""

    rows: list[int]
    by_match: bool = False
    faulty: bool = False  # one reviewer has the key twice: not to be joined with anything until that is mended
    taken: dict[str, int] = field(default_factory=dict)
    unsettled: set[str] = field(default_factory=set)

    @property
    def main(self) -> int:
        return self.rows[0]


class _Work:
    """One table's rows in the order of the files, on their way to be folded."""

    def __init__(
        self, frame: pd.DataFrame, table: TableSpec, reviewer: str, consensus: Sequence[str], strict_text: bool
    ) -> None:
        self.frame = frame.reset_index(drop=True)
        self.table = table
        self.reviewer = reviewer
        self.strict_text = strict_text
        self.key = [name for name in table.primary_key if name != reviewer and name in self.frame]
        self.owner = [
            name for name in sorted(table.identifying - set(self.key)) if name in self.frame and name != reviewer
        ]
        self.fields = [spec for spec in table.fields if spec.name in self.frame and spec.name != reviewer]
        self.names, self.spelling = _names(self.frame[reviewer])
        self.consensus = {_plain(name) for name in consensus}
        self.settles = [bool(names) and names <= self.consensus for names in self.names]
        self._cells: dict[str, list[Cell]] = {}

    def cells(self, name: str) -> list[Cell]:
        """The field's cells as they are compared."""
        if name not in self._cells:
            spec = self.table.by_name[name]
            self._cells[name] = _cells(self.frame, spec, exact=not self._free(spec))
        return self._cells[name]

    def _free(self, spec: FieldSpec) -> bool:
        """Free text: any words may stand there, and they name nothing."""
        return spec.what == "text" and spec.name not in self.table.identifying and not spec.constraints.pattern

    def keyed(self, match: Sequence[str]) -> list[_Group]:
        """Rows of different reviewers with one key, one study and, where given, equal matching fields; others alone."""
        own = [*self.owner, *(name for name in match if name in self.frame and name in self.table.by_name)]
        owners = list(zip(*(self.cells(name) for name in own), strict=True)) or [()] * len(self.frame)
        by_key: dict[tuple[Cell, ...], list[int]] = {}
        groups: list[_Group] = []
        for at, key in enumerate(self._tuples(self.key)):
            if key is None:
                groups.append(_Group([at]))
            else:
                by_key.setdefault(key, []).append(at)
        for rows in by_key.values():
            repeated = self._repeated(rows) if match and len(rows) > 1 else set()
            for together in _by_owner(rows, owners) if len(rows) > 1 else [rows]:
                if self._apart(together) and repeated.isdisjoint(together):
                    groups.append(_Group(together))
                else:
                    groups += [_Group([at], faulty=True) for at in together]
        return sorted(groups, key=lambda group: group.main)

    def _repeated(self, rows: Sequence[int]) -> set[int]:
        """Rows of one key in whose study a reviewer has that key twice: what it names cannot be known."""
        studies: dict[tuple[Cell, ...], list[int]] = {}
        for at in rows:
            studies.setdefault(tuple(self.cells(name)[at] for name in self.owner), []).append(at)
        return {at for own in studies.values() if not self._apart(own) for at in own}

    def _apart(self, rows: Sequence[int]) -> bool:
        """Whether no reviewer stands in the rows twice; the consensus may, each row settling other fields."""
        own = [name for at in rows if not self.settles[at] for name in self.names[at] or {""}]
        return len(own) == len(set(own))

    def _tuples(self, names: Sequence[str]) -> Iterator[tuple[Cell, ...] | None]:
        """Each row's cells in the fields named; None where they name nothing."""
        if not names:
            yield from [None] * len(self.frame)
            return
        for parts in zip(*(self.cells(name) for name in names), strict=True):
            named = any(part is not None and part[0] == "value" for part in parts)
            yield parts if named and UNUSABLE not in parts else None

    def matched(self, groups: list[_Group], match: Sequence[str] | None) -> list[_Group]:
        """Groups joined that are equal in the matching fields, where no reviewer would stand in one twice."""
        wanted = MATCH if match is None else match
        names = [name for name in wanted if name in self.frame and name in self.table.by_name]
        if len(names) < 2 or (match is None and "study_id" in self.key):
            return groups
        alike: dict[tuple[Cell, ...], list[_Group]] = {}
        for group in groups:
            if group.faulty:
                continue
            cells = tuple(self._agreed(group, name) for name in names)
            owned = "study_id" not in names or cells[names.index("study_id")] is not None
            if owned and UNUSABLE not in cells:
                alike.setdefault(cells, []).append(group)
        gone: set[int] = set()
        joined: list[_Group] = []
        for several in alike.values():
            reviewers = [name for group in several for name in self._reviewers(group)]
            named = all(self._reviewers(group) for group in several)
            if len(several) > 1 and named and len(reviewers) == len(set(reviewers)):
                gone |= {group.main for group in several}
                joined.append(_Group(sorted(at for group in several for at in group.rows), by_match=True))
        return sorted([*joined, *(group for group in groups if group.main not in gone)], key=lambda group: group.main)

    def _reviewers(self, group: _Group) -> set[str]:
        return {name for at in group.rows for name in self.names[at]}

    def _agreed(self, group: _Group, name: str) -> Cell:
        """What a group says in a field; unusable where its rows differ."""
        at, unsettled = self._choose(group, name)
        return UNUSABLE if unsettled else self.cells(name)[at]

    def _choose(self, group: _Group, name: str) -> tuple[int, bool]:
        """The row that a field's value is taken from, and whether the value is in conflict."""
        cells = self.cells(name)
        for settles in (True, False):
            filled = [at for at in group.rows if self.settles[at] is settles and cells[at] is not None]
            unusable = [at for at in filled if cells[at] == UNUSABLE]
            if unusable:
                return unusable[0], False
            if filled:
                differ = len({cells[at] for at in filled}) > 1
                return filled[0], differ and (settles or self.strict_text or not self._free(self.table.by_name[name]))
        return group.main, False

    def _first_filled(self, group: _Group, name: str) -> int:
        cells = self.cells(name)
        return next((at for at in group.rows if cells[at] is not None), group.main)

    def put_together(self, group: _Group, told: _Told) -> None:
        """Choose each field's value, and list what differs."""
        if len(group.rows) == 1:
            return
        for spec in self.fields:
            if spec.name in self.table.identifying:
                group.taken[spec.name] = self._first_filled(group, spec.name)
                continue  # IDs are names and no values: the first row's stand, whoever charted it
            at, unsettled = self._choose(group, spec.name)
            group.taken[spec.name] = at
            if unsettled:
                group.unsettled.add(spec.name)
            self._differing(group, spec, told)
            if not (group.by_match and spec.name in MATCH):
                self._pairs(group, spec, told)

    def _differing(self, group: _Group, spec: FieldSpec, told: _Told) -> None:
        cells = self.cells(spec.name)
        settling = [at for at in group.rows if self.settles[at] and cells[at] is not None]
        own = [at for at in group.rows if not self.settles[at]]
        said = settling[0] if settling else None
        wording: Kind = "wording" if self._free(spec) and not self.strict_text else "value"
        for a, b in _pairs_of(own):
            if UNUSABLE in (cells[a], cells[b]) or cells[a] == cells[b]:
                continue
            one_sided = cells[a] is None or cells[b] is None
            told.conflicts.append(self._conflict(group, spec, "one_sided" if one_sided else wording, a, b, said))
        for a, b in _pairs_of(settling):
            if cells[a] != cells[b] and UNUSABLE not in (cells[a], cells[b]):
                told.conflicts.append(self._conflict(group, spec, "consensus", a, b, None))
        charted = [at for at in own if cells[at] is not None]
        together = len(charted) > 1 and len({cells[at] for at in charted}) == 1
        if said is not None and together and cells[said] not in (UNUSABLE, cells[charted[0]]):
            told.conflicts.append(self._conflict(group, spec, "overridden", charted[0], charted[1], said))

    def _conflict(self, group: _Group, spec: FieldSpec, kind: Kind, a: int, b: int, said: int | None) -> dict[str, Any]:
        a, b = sorted((a, b), key=lambda at: (self.shown(at), at))
        return {
            "table": self.table.name,
            "key": self.said_key(group),
            "field": spec.name,
            "kind": kind,
            "settled": said is not None or kind in ("wording", "one_sided"),
            "reviewer_a": self.shown(a),
            "value_a": _shown(self.frame, spec, a),
            "position_a": a,
            "reviewer_b": self.shown(b),
            "value_b": _shown(self.frame, spec, b),
            "position_b": b,
            "consensus": "" if said is None else _shown(self.frame, spec, said),
            "position_consensus": -1 if said is None else said,
        }

    def _pairs(self, group: _Group, spec: FieldSpec, told: _Told) -> None:
        cells = self.cells(spec.name)
        first: dict[str, int] = {}
        for at in group.rows:
            if not self.settles[at] and len(self.names[at]) == 1:
                first.setdefault(self.shown(at), at)
        for a, b in _pairs_of(sorted(first)):
            pair = Pair(cells[first[a]], cells[first[b]], first[a], first[b])
            told.pairs.setdefault((spec.name, a, b), []).append(pair)

    def shown(self, at: int) -> str:
        """The reviewers of a row as they are named."""
        return _JOIN.join(sorted(self.spelling[name] for name in self.names[at])) or "(no name)"

    def said_key(self, group: _Group) -> str:
        """The key of the folded row as a reviewer would say it."""
        values: list[Any] = [self.frame[name].iat[group.taken.get(name, group.main)] for name in self.key]
        return " · ".join("?" if pd.isna(value) else str(value) for value in values)

    def folded(self, groups: list[_Group]) -> pd.DataFrame:
        """One row a group; each field from the row it is taken from."""
        main = np.array([group.main for group in groups])
        result = self.frame.iloc[main].reset_index(drop=True)
        for spec in self.fields:
            name = spec.name
            taken = np.array([group.taken.get(name, group.main) for group in groups])
            if (taken != main).any():
                for column in _columns(self.frame, name):
                    result[column] = self.frame[column].take(taken).array
                self._place(result, name, taken)
            unsettled = np.array([name in group.unsettled for group in groups])
            if unsettled.any():
                _blank(result, name, unsettled)
        several = np.array([len(group.rows) > 1 for group in groups])
        if several.any():
            joined = [_JOIN.join(sorted(self.spelling[name] for name in self._reviewers(group))) for group in groups]
            both = np.where(several, np.array(joined, dtype=object), result[self.reviewer].to_numpy(object))
            result[self.reviewer] = pd.Series(both, dtype="str")
            if f"{self.reviewer}__missing" in result:
                result[f"{self.reviewer}__missing"] = result[f"{self.reviewer}__missing"].mask(several)
        return result

    def _place(self, result: pd.DataFrame, name: str, taken: np.ndarray) -> None:
        """Name the row of each value that does not stand in the row's own."""
        if not {"_source", "_row"} <= set(self.frame):
            return
        for part in ("source", "row"):
            own = self.frame[f"_{part}"].astype("Int32")
            apart = self.frame.get(f"{name}__{part}")
            place = own if apart is None else apart.astype("Int32").fillna(own)
            result[f"{name}__{part}"] = place.take(taken).array
        same = (result[f"{name}__source"] == result["_source"]) & (result[f"{name}__row"] == result["_row"])
        if same.all():
            del result[f"{name}__source"], result[f"{name}__row"]
        else:
            for part in ("source", "row"):
                result[f"{name}__{part}"] = result[f"{name}__{part}"].mask(same)

    def alone(self, groups: list[_Group], studies: pd.DataFrame | None) -> list[dict[str, Any]]:
        """Rows that one reviewer has and another, who charted the same study, has not."""
        if "study_id" not in self.frame or self.table.primary_key == ["study_id"]:
            return []
        ids: list[Any] = self.frame["study_id"].tolist()
        known = list(zip(ids, self.names, strict=True))
        if studies is not None and {"study_id", self.reviewer} <= set(studies):
            names_there, spelling = _names(studies[self.reviewer])
            self.spelling = {**spelling, **self.spelling}
            known += zip(studies["study_id"].tolist(), names_there, strict=True)
        charted: dict[str, set[str]] = {}
        for study, by in known:
            charted.setdefault(str(study), set()).update(by)
        found = []
        for group in groups:
            study, names = ids[group.main], self._reviewers(group)
            if pd.isna(study) or len(names) != 1 or any(self.settles[at] for at in group.rows):
                continue
            others = charted[str(study)] - names - self.consensus
            if others:
                who = ", ".join(sorted(self.spelling[name] for name in others))
                found.append(
                    {
                        "table": self.table.name,
                        "key": self.said_key(group),
                        "reviewer": self.shown(group.main),
                        "position": group.main,
                        "others": who,
                    }
                )
        return found


def _by_owner(rows: list[int], owners: Sequence[tuple[Cell, ...]]) -> list[list[int]]:
    """Rows with one key apart where they belong to different studies: two reviewers may both count from F1.

    A row that leaves something blank goes with the only ones that it does not contradict, or else stays apart.
    """
    given = {owners[at] for at in rows}
    whole = {owner for owner in given if not any(_fits(owner, other) for other in given - {owner})}
    apart: dict[tuple[Cell, ...], list[int]] = {}
    for at in rows:
        fitting = [owner for owner in whole if _fits(owners[at], owner)]
        apart.setdefault(fitting[0] if len(fitting) == 1 else owners[at], []).append(at)
    return list(apart.values())


def _fits(owner: tuple[Cell, ...], other: tuple[Cell, ...]) -> bool:
    return all(part is None or part == its for part, its in zip(owner, other, strict=True))


def _order(frame: pd.DataFrame) -> np.ndarray:
    """Positions in the order of the files; as given where nothing tells it."""
    if not {"_source", "_row"} <= set(frame):
        return np.arange(len(frame))
    return np.lexsort((frame["_row"].to_numpy(), frame["_source"].to_numpy()))


def _names(column: pd.Series) -> tuple[list[frozenset[str]], dict[str, str]]:
    """Each row's reviewers as they are compared, and how each is spelt."""
    spelling: dict[str, str] = {}
    rows = []
    for cell in column:
        words = [] if pd.isna(cell) else [word.strip() for word in str(cell).split(_JOIN) if word.strip()]
        for word in words:
            spelling[_plain(word)] = min(word, spelling.get(_plain(word), word))
        rows.append(frozenset(map(_plain, words)))
    return rows, spelling


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()


def _columns(frame: pd.DataFrame, name: str) -> list[str]:
    return [f"{name}{suffix}" for suffix in _SUFFIXES if f"{name}{suffix}" in frame]


def _blank(frame: pd.DataFrame, name: str, where: np.ndarray) -> None:
    """Take the value out and say why."""
    for column in _columns(frame, name):
        frame[column] = frame[column].mask(where)
    reason = frame.get(f"{name}__missing", pd.Series([None] * len(frame), dtype="str"))
    frame[f"{name}__missing"] = reason.mask(where, CONFLICT)


def _cells(frame: pd.DataFrame, spec: FieldSpec, *, exact: bool) -> list[Cell]:
    """A field's cells as they are compared."""
    name, what = spec.name, spec.what
    parts = {"range": ("_low", "_high"), "bounded": ("_number", "_bound")}.get(what, ())
    columns = [frame[f"{name}{part}"] for part in parts if f"{name}{part}" in frame] or [frame[name]]
    reasons = frame[f"{name}__missing"] if f"{name}__missing" in frame else [None] * len(frame)
    found: list[Cell] = []
    cells: Iterable[tuple[Any, ...]] = zip(reasons, *columns, strict=True)
    for reason, *values in cells:
        if not any(pd.isna(value) for value in values):
            found.append(("value", _compared(values, what, exact=exact)))
        elif reason in (Missing.NR, Missing.NA, Missing.UNCLEAR):
            found.append(("missing", str(reason)))
        else:
            found.append(None if pd.isna(reason) or reason == Missing.BLANK else UNUSABLE)
    return found


def _compared(values: list[Any], what: str, *, exact: bool) -> Any:
    if len(values) > 1:
        return tuple(value if isinstance(value, str) else float(value) for value in values)
    if what in ("integer", "number"):
        return float(values[0])
    text = str(values[0])
    if what == "multi":
        return frozenset(part.strip() for part in text.split(_JOIN))
    return text if exact or what != "text" else _plain(text)


def _shown(frame: pd.DataFrame, spec: FieldSpec, at: int) -> str:
    """A cell as a reviewer would type it; empty where it is blank."""
    value: Any = frame[spec.name].iat[at]
    if not pd.isna(value):
        return f"{value:.15g}" if isinstance(value, float) else str(value)
    reason: Any = frame[f"{spec.name}__missing"].iat[at] if f"{spec.name}__missing" in frame else None
    return "" if pd.isna(reason) or reason == Missing.BLANK else str(reason)


def _pairs_of(items: Sequence[Any]) -> Iterator[tuple[Any, Any]]:
    for place, a in enumerate(items):
        for b in items[place + 1 :]:
            yield a, b


def _placed(lines: Iterable[dict[str, Any]], positions: np.ndarray) -> list[dict[str, Any]]:
    """Positions in the frame as it was given."""

    def place(name: str, value: Any) -> Any:
        return int(positions[value]) if name.startswith("position") and value >= 0 else value

    return [{name: place(name, value) for name, value in line.items()} for line in lines]
