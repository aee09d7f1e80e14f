"""Rules across cells, rows and tables: keys, references, duplicates, and the rules that the codebook declares."""

import operator
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from .cells import letter
from .codebook import COMPARISON, Codebook, FieldSpec, Rule, TableSpec, fold
from .issues import Issue, issue
from .parsing import FAULT
from .review import Place, Review
from .settings import Charting
from .terms import Missing, Severity


class Desk:
    """Makes issues at the cells of one table of a review."""

    def __init__(self, review: Review, table: TableSpec):
        self.spec = table
        self.frame = review.table(table.name)
        self.places = review.places
        self._source = self.frame["_source"].to_numpy() if len(self.frame) else np.array([], int)
        self._row = self.frame["_row"].to_numpy() if len(self.frame) else np.array([], int)
        self._columns = set(self.frame.columns)
        self._key_names = [name for name in table.primary_key if name in self._columns]
        self.charted = [s for s in table.fields if s.name in self._columns and s.name not in table.primary_key]
        self._arrays: dict[str, np.ndarray] = {}

    def held(self, *names: str) -> np.ndarray:
        """Which rows come from a sheet that has these columns. A column that may be left out counts as blank.

        A column that is missing is told at its header; its rows are not told again for a value that they cannot have.
        """
        held = np.ones(len(self.frame), bool)
        for name in names:
            spec = self.spec.by_name.get(name)
            if spec is None or spec.optional or f"{name}__missing" not in self.frame:
                continue
            blank = (self.frame[f"{name}__missing"] == Missing.BLANK).fillna(False).to_numpy(bool)
            for source in np.unique(self._source).tolist():
                rows = self._source == source
                if name not in self.places[source].columns and blank[rows].all():
                    held &= ~rows
        return held

    def value(self, position: int, name: str) -> object:
        """One value of the frame. Columns are turned into arrays once, because a frame gives single values slowly."""
        if name not in self._arrays:
            self._arrays[name] = self.frame[name].to_numpy(object)
        found: object = self._arrays[name][position]
        return found

    def key(self, position: int) -> str:
        """The row's key as a reviewer would say it."""
        parts = [self.value(position, name) for name in self._key_names]
        return " · ".join([part if type(part) is str else "?" if absent(part) else str(part) for part in parts])

    def cell(self, position: int, name: str, *, seen_from: int | None = None) -> str:
        """Sheet and cell (`findings!F12`), with the file before it where the row at `seen_from` is in another file."""
        source, row = self._where(position, name)
        place = self.places[source]
        column = place.columns.get(name)
        cell = f"{place.sheet}!{'' if column is None else letter(column)}{row}".lstrip("!")
        if seen_from is None or self.places[self._where(seen_from, name)[0]].file == place.file:
            return cell
        return f"{place.file} › {cell}"

    def place(self, position: int, name: str) -> Place:
        """The sheet in which a value stands."""
        return self.places[self._where(position, name)[0]]

    def _where(self, position: int, name: str) -> tuple[int, int]:
        """The source and row number of a value: those beside the field where rows were folded, or its row's own."""
        if f"{name}__row" in self._columns and not absent(self.value(position, f"{name}__row")):
            return self._number(position, f"{name}__source"), self._number(position, f"{name}__row")
        return int(self._source[position]), int(self._row[position])

    def _number(self, position: int, name: str) -> int:
        return int(str(self.value(position, name)))

    def say(
        self,
        rule: str,
        position: int,
        name: str,
        *,
        value: object = "",
        expected: str = "",
        message: str = "",
        suggestion: str = "",
        severity: Severity | None = None,
    ) -> Issue:
        """An issue at the cell of a field in the row at `position`."""
        source, row = self._where(position, name)
        place = self.places[source]
        spec = self.spec.by_name.get(name)
        return issue(
            rule,
            place.file,
            sheet=place.sheet,
            row=row,
            column=place.columns.get(name),
            table=self.spec.name,
            key=self.key(position),
            field=name,
            label=f"'{name}'" if spec else "",
            value=str(value),
            expected=expected,
            message=message,
            suggestion=suggestion,
            severity=severity,
        )


def check(review: Review, codebook: Codebook, charting: Charting | None = None) -> list[Issue]:
    """All faults that no single cell shows. A table that the review lacks is told elsewhere.

    Rows that several reviewers charted are judged here by their keys and references only; `check_folded` judges what
    they come to.
    """
    charting = charting or Charting()
    found: list[Issue] = []
    desks = {name: Desk(review, table) for name, table in codebook.tables.items() if name in review.tables}
    twice: list[tuple[Issue, str, str]] = []
    for desk in desks.values():
        found += _references(desk, desks)
        if charting.apart(desk.spec):
            found += _keys(desk, charting, twice)
            continue
        found += _keys(desk, twice=twice)
        found += _unique(desk)
        for rule in desk.spec.rules:
            found += _declared(desk, rule)
    if "records" in desks:
        found += _duplicates(desks["records"])
        for name in ("votes", "decisions"):
            if name in desks:
                found += _votes_on_removed(desks[name], desks["records"])
    if "reports" in desks:
        found += _companions(desks["reports"])
    return found + _in_two_places(twice)


def absent(value: object) -> bool:
    """Whether a cell of a frame has no value: None, NaN or NA."""
    return value is None or value is pd.NA or (isinstance(value, float) and value != value)  # noqa: PLR0124  (NaN)


def check_folded(review: Review, codebook: Codebook, charting: Charting) -> list[Issue]:
    """Faults of what several reviewers' rows were folded to: keys, unique values, blanks, the codebook's rules."""
    found: list[Issue] = []
    for name, table in codebook.tables.items():
        if name not in review.tables or not charting.apart(table):
            continue
        desk = Desk(review, table)
        if name not in charting.match:  # where rows are matched by other fields, IDs are each reviewer's own
            told = {(item.file, item.sheet, item.row) for item in _keys(desk, charting) if item.rule == "key_twice"}
            repeated = [item for item in _keys(desk) if item.rule == "key_twice"]
            found += [item for item in repeated if (item.file, item.sheet, item.row) not in told]
        found += _unique(desk)
        found += _left_blank(desk, charting)
        for rule in table.rules:
            found += _declared(desk, rule)
    return found


def _has(desk: Desk, *names: str) -> bool:
    return len(desk.frame) > 0 and all(name in desk.frame for name in names)


def within(values: pd.Series, known: "pd.Series | Iterable[str]") -> np.ndarray:
    """Which texts are among the known ones (pandas' own `isin` looks at each known text by itself, which is slow)."""
    texts = pa.array(_as_text(known) if isinstance(known, pd.Series) else sorted(known), pa.string(), from_pandas=True)
    found = pc.is_in(pa.array(_as_text(values), pa.string(), from_pandas=True), value_set=texts, skip_nulls=True)
    return np.asarray(found.to_numpy(zero_copy_only=False), bool)


def _as_text(column: pd.Series) -> pd.Series:
    return column.astype("str") if column.dtype != "str" else column


def _keys(
    desk: Desk, charting: Charting | None = None, twice: list[tuple[Issue, str, str]] | None = None
) -> list[Issue]:
    """Blank and repeated keys. With `charting` each reviewer may have a row for a key, and the consensus several.

    To `twice` each issue of a repeated key is added with the file and the sheet of the first row of that key.
    """
    names = desk.spec.primary_key
    if not names or not _has(desk, *names):
        return []
    found: list[Issue] = []
    whole = desk.held(*names)
    for name in names:
        missing = desk.frame[f"{name}__missing"]
        blank = (missing == Missing.BLANK).fillna(False).to_numpy(bool) & desk.held(name)
        # a part of a longer key may be blank where the codebook does not require it
        if len(names) == 1 or desk.spec.by_name[name].constraints.required:
            found += [desk.say("key_blank", at, name) for at in np.flatnonzero(blank).tolist()]
            whole &= missing.isna().to_numpy()
        else:
            whole &= missing.isna().to_numpy() | blank
    if charting is not None:
        settles = desk.frame[charting.reviewer].str.casefold().isin([name.casefold() for name in charting.consensus])
        whole &= ~settles.fillna(False).to_numpy(bool)
        names = [*names, *([] if charting.reviewer in names else [charting.reviewer])]
    pairs = _repeated(desk, names, whole)
    places = sorted({at for pair in pairs for at in pair})
    rows = desk.frame.iloc[places]
    shared = {spec.name: dict(zip(places, rows[spec.name].to_numpy(object), strict=True)) for spec in desk.charted}
    for first, at in pairs:
        item = desk.say(
            "key_twice",
            at,
            names[0],
            value=desk.key(at),
            expected=desk.cell(first, names[0], seen_from=at),
            message=_difference(shared, first, at),
        )
        found.append(item)
        if twice is not None:
            place = desk.place(first, names[0])
            twice.append((item, place.file, place.sheet))
    return found


def _repeated(desk: Desk, names: Sequence[str], whole: np.ndarray) -> list[tuple[int, int]]:
    """For each row whose key an earlier row has: the first such row, and the row itself."""
    keys = desk.frame.loc[whole, list(names)]
    alike = keys.index[keys.duplicated(keep=False)]
    rows = desk.frame.iloc[alike]
    found: list[tuple[int, int]] = []
    origin: dict[tuple[object, ...], int] = {}
    parts = zip(*(rows[name].tolist() for name in names), strict=True)
    for at, key in zip(alike.tolist(), parts, strict=True):
        first = origin.setdefault(tuple(None if absent(part) else part for part in key), at)
        if first != at:
            found.append((first, at))
    return found


def _difference(columns: dict[str, dict[int, object]], first: int, at: int) -> str:
    """What two rows of one key say differently: what keeping the first, or the last of them, would give."""
    differing = []
    for name, values in columns.items():
        one, other = values[first], values[at]
        if not _same(one, other):
            said = [("blank" if absent(value) else _shown(value)) for value in (one, other)]
            differing.append(f"'{name}' (there {said[0][:40]}, here {said[1][:40]})")
    if not differing:
        return SAME_ROWS
    more = f" and {len(differing) - 4} more" if len(differing) > 4 else ""
    return f"They contradict each other in {', '.join(differing[:4])}{more}."


#: How a sentence on two rows of one key ends where nothing tells them apart.
SAME_ROWS = "The two rows are the same in every column."

#: So many rows that stand in two files or sheets are told as such, before each of them.
_MANY_ROWS = 5


def _in_two_places(twice: Iterable[tuple[Issue, str, str]]) -> list[Issue]:
    """One issue for two files, or two sheets of one file, that share many rows.

    `twice` holds each repeated key's issue with the file and the sheet of the first row of that key.
    """
    pairs: dict[tuple[str, str, str, str], list[Issue]] = {}
    for item, file, sheet in twice:
        if item.file != file:
            pairs.setdefault((item.file, "", file, ""), []).append(item)
        elif item.sheet != sheet:
            pairs.setdefault((item.file, item.sheet, file, sheet), []).append(item)
    found = []
    for (file, sheet, other, its_sheet), items in pairs.items():
        if len(items) < _MANY_ROWS:
            continue
        tables = Counter(item.table for item in items)
        same = sum(item.message.endswith(SAME_ROWS) for item in items)
        told = ", ".join(f"{n} of {table}" for table, n in tables.items())
        alike = "all of them are" if same == len(items) else f"{same} of them are" if same else "none of them is"
        found.append(
            issue(
                "rows_in_two_places",
                file,
                sheet=sheet,
                value=str(len(items)),
                expected=f"the sheet {its_sheet}" if sheet else other,
                message=f"{told}; {alike} the same in every column.",
            )
        )
    return found


def _left_blank(desk: Desk, charting: Charting) -> list[Issue]:
    """Required fields blank in a consensus without reviewers' rows; other blanks are told at the reviewers' own."""
    if not _has(desk, charting.reviewer):
        return []
    settled = {name.casefold() for name in charting.consensus}
    names = desk.frame[charting.reviewer].fillna("").str.casefold()
    only = np.array([set(name.split("; ")) <= settled for name in names])
    found = []
    for spec in desk.spec.fields:
        if spec.constraints.required and spec.name not in desk.spec.primary_key and _has(desk, spec.name):
            blank = (desk.frame[f"{spec.name}__missing"] == Missing.BLANK).to_numpy(bool, na_value=False)
            found += [desk.say("required", at, spec.name) for at in np.flatnonzero(only & blank).tolist()]
    return found


def _unique(desk: Desk) -> list[Issue]:
    found: list[Issue] = []
    for spec in desk.spec.fields:
        if not spec.constraints.unique or desk.spec.primary_key == [spec.name] or not _has(desk, spec.name):
            continue
        values = desk.frame[spec.name].dropna()
        for at in values.index[values.duplicated(keep="first")]:
            first = values.index[values == values[at]][0]
            found.append(
                desk.say("not_unique", at, spec.name, value=str(values[at]), expected=desk.cell(first, spec.name))
            )
    return found


def _references(desk: Desk, desks: dict[str, Desk]) -> list[Issue]:
    found: list[Issue] = []
    for key in desk.spec.foreign_keys:
        target = desks.get(key.reference.resource or desk.spec.name)
        if target is None or not _has(target, *key.reference.fields) or not _has(desk, *key.fields):
            continue
        if not target.held(*key.reference.fields).all():
            continue  # a missing column is told at its header; which rows it would have named cannot be known
        own = desk.frame[key.fields].dropna()
        if len(key.fields) == 1:
            own = _each_value(own, desk.spec.by_name[key.fields[0]])
            known = _as_text(target.frame[key.reference.fields[0]].dropna())
            wrong = own[~within(_as_text(own[key.fields[0]]), known)]
        else:
            pairs = pd.MultiIndex.from_frame(target.frame[key.reference.fields].dropna())
            known = pd.Series([], dtype="str")
            wrong = own[~pd.MultiIndex.from_frame(own).isin(pairs)]
        parts = [wrong[name].to_numpy(object) for name in key.fields]
        nearest = _nearest([str(part) for part in parts[0]], known) if len(wrong) else {}
        prefixed = _prefixed(known.tolist()) if len(wrong) else {}
        for at, named in zip(wrong.index.tolist(), zip(*parts, strict=True), strict=True):
            value = " · ".join(str(part) for part in named)
            near = nearest.get(value)
            found.append(
                desk.say(
                    "reference_unknown",
                    at,
                    key.fields[0],
                    value=value,
                    expected=f"'{key.reference.fields[0]}' of '{target.spec.name}'",
                    suggestion=_longer(value, prefixed)
                    or (f"Did you mean '{near}'?" if near else f"Add it to '{target.spec.name}', or correct it."),
                )
            )
    return found


def _prefixed(known: Iterable[str]) -> dict[str, set[str]]:
    """What stands after the first or the last hyphen of an ID → the IDs: `4711` → `pubmed-4711`."""
    ends: dict[str, set[str]] = {}
    for word in known:
        for end in {word.partition("-")[2], word.rpartition("-")[2] if "-" in word else ""} - {""}:
            ends.setdefault(end, set()).add(word)
    return ends


def _longer(value: str, prefixed: Mapping[str, set[str]]) -> str:
    """What to do where the one known ID that ends so has a prefix that the value lacks, such as `pubmed-`."""
    alike = prefixed.get(value, set())
    if len(alike) != 1:
        return ""
    (whole,) = alike
    prefix = whole.removesuffix(value)
    return (
        f"Did you mean '{whole}'? Where all IDs of the file lack it, write `prefix: {prefix}` for the file under "
        f"`sources:` in config/config.yaml."
    )


def _each_value(own: pd.DataFrame, spec: FieldSpec) -> pd.DataFrame:
    """One row for each value of a field that may hold several, under the number of the row it stands in."""
    if not spec.separator or not len(own):
        return own
    values = own[spec.name].str.split(";").explode().str.strip()
    return values[values != ""].to_frame()


def _nearest(words: Sequence[str], known: Iterable[str]) -> dict[str, str]:
    """For each unknown word the known one that was probably meant: one slip of the keys away, and no other as near."""
    from rapidfuzz import distance, process

    choices = sorted(set(known))
    nearest: dict[str, str] = {}
    for word in list(dict.fromkeys(words))[:500]:
        folded = {choice for choice in choices if _plain(choice) == _plain(word)}
        if len(folded) == 1:
            nearest[word] = folded.pop()
            continue
        close = process.extract(
            word, choices, scorer=distance.OSA.distance, score_cutoff=2 if len(word) > 6 else 1, limit=3
        )
        best = [choice for choice, score, _ in close if score == min(s for _, s, _ in close)] if close else []
        if len(best) == 1 and not _other_number(word, best[0]):
            nearest[word] = best[0]
    return nearest


def _plain(word: str) -> str:
    """An ID as it is compared for a suggestion: #28318 is 28318.0 is 28318, 7 is 007; Ames et al. 2001 is Ames2001."""
    bare = re.sub(r"\bet al\b|[\s.,()]+", "", fold(word).removeprefix("#").removesuffix(".0"))
    return bare.lstrip("0")


def _other_number(word: str, choice: str) -> bool:
    """Whether two IDs differ in a digit only: Smith2013 and Smith2011 are two studies, not a slip of the keys."""
    own, other = [c for c in word if c.isdigit()], [c for c in choice if c.isdigit()]
    return len(own) == len(other) and sorted(own) != sorted(other)


def _duplicates(desk: Desk) -> list[Issue]:
    """A duplicate's survivor exists, is not removed, and chains end (STANDARDS F15)."""
    if not _has(desk, "record_id", "duplicate_of"):
        return []
    frame = desk.frame
    marked = frame.loc[frame["duplicate_of"].notna() & frame["record_id"].notna(), ["record_id", "duplicate_of"]]
    own = marked["record_id"] == marked["duplicate_of"]
    found = [
        desk.say("duplicate_of_itself", at, "duplicate_of", value=marked.at[at, "record_id"])
        for at in marked.index[own]
    ]
    survivor_of = dict(zip(marked["record_id"], marked["duplicate_of"], strict=True))
    onward = marked.index[within(marked["duplicate_of"], marked["record_id"]) & ~own.to_numpy(bool)]
    for at in onward:
        survivor = marked.at[at, "duplicate_of"]
        end, seen = survivor, {marked.at[at, "record_id"]}
        while end in survivor_of and end not in seen:
            seen.add(end)
            end = survivor_of[end]
        hint = (
            f"Did you mean '{end!s}'?"
            if end not in survivor_of
            else "The chain goes round in a circle; name the record that is kept."
        )
        found.append(
            desk.say(
                "survivor_removed", at, "duplicate_of", value=survivor, expected=survivor_of[survivor], suggestion=hint
            )
        )
    if "removed_before_screening" in frame:
        gone = frame.loc[frame["removed_before_screening"].notna(), "record_id"]
        found += [
            desk.say("survivor_ineligible", at, "duplicate_of", value=marked.at[at, "duplicate_of"])
            for at in marked.index[within(marked["duplicate_of"], gone)]
        ]
    return found


def _votes_on_removed(desk: Desk, records: Desk) -> list[Issue]:
    if not _has(desk, "record_id") or not _has(records, "record_id", "duplicate_of"):
        return []
    removed = records.frame["duplicate_of"].notna()
    if "removed_before_screening" in records.frame:
        removed |= records.frame["removed_before_screening"].notna()
    gone = records.frame.loc[removed, "record_id"]
    ids = desk.frame["record_id"]
    return [
        desk.say("vote_on_removed", at, "record_id", value=ids.iat[at])
        for at in np.flatnonzero(within(ids, gone)).tolist()
    ]


def _companions(desk: Desk) -> list[Issue]:
    if not _has(desk, "report_id", "companion_of", "study_id"):
        return []
    read = (
        (desk.frame["study_id__missing"] != FAULT).fillna(True).to_numpy(bool)
    )  # a cell that cannot be read says nothing
    study = dict(zip(desk.frame.loc[read, "report_id"], desk.frame.loc[read, "study_id"], strict=True))
    linked = desk.frame[desk.frame["companion_of"].notna() & read]
    found = []
    for at in linked.index:
        main = linked.at[at, "companion_of"]
        if main in study and not _same(study[main], linked.at[at, "study_id"]):
            found.append(desk.say("companion_other_study", at, "companion_of", value=main))
    return found


def _same(left: object, right: object) -> bool:
    if absent(left) or absent(right):
        return absent(left) and absent(right)
    return bool(left == right)


# ---- rules of the codebook

_SIGNS = {
    "<=": operator.le,
    "<": operator.lt,
    ">=": operator.ge,
    ">": operator.gt,
    "==": operator.eq,
    "!=": operator.ne,
}


def _declared(desk: Desk, rule: Rule) -> list[Issue]:
    if not _has(desk, *rule.fields()):
        return []
    chosen = _when(desk, rule) & desk.held(*rule.fields())
    severity = Severity(rule.severity)
    if rule.check:
        return _comparison(desk, rule, chosen, severity)
    found: list[Issue] = []
    for name in rule.require:
        blank = (desk.frame[f"{name}__missing"] == Missing.BLANK).fillna(False).to_numpy(bool)
        said = rule.message or f"'{name}' is needed {_condition(rule)}."
        found += [
            desk.say("rule_broken", at, name, message=said, suggestion="Fill it in.", severity=severity)
            for at in np.flatnonzero(chosen & blank).tolist()
        ]
    for name in rule.forbid:
        missing = desk.frame[f"{name}__missing"]
        filled = (missing.isna() | ~missing.isin([Missing.BLANK, FAULT])).to_numpy(bool)
        said = rule.message or f"'{name}' must be blank {_condition(rule)}."
        for at in np.flatnonzero(chosen & filled).tolist():
            value = desk.frame[name].iat[at]
            shown = str(missing.iat[at]) if absent(value) else str(value)
            found.append(
                desk.say(
                    "rule_broken",
                    at,
                    name,
                    value=shown,
                    message=said,
                    severity=severity,
                    suggestion="Delete it, or correct " + " and ".join(f"'{field}'" for field in rule.when) + ".",
                )
            )
    return found


def _condition(rule: Rule) -> str:
    parts = [
        f"'{name}' is {' or '.join(words) if isinstance(words, list) else words}" for name, words in rule.when.items()
    ]
    return "where " + " and ".join(parts) if parts else "in every row"


def _when(desk: Desk, rule: Rule) -> np.ndarray:
    chosen = np.ones(len(desk.frame), bool)
    for name, wanted in rule.when.items():
        missing = desk.frame[f"{name}__missing"]
        words = wanted if isinstance(wanted, list) else [wanted]
        hit = np.zeros(len(desk.frame), bool)
        if "present" in words:
            hit |= missing.isna().to_numpy()
        if "absent" in words:
            hit |= (missing == Missing.BLANK).fillna(False).to_numpy(bool)
        values = _as_text(desk.frame[name])
        hit |= values.isin(words).to_numpy() & missing.isna().to_numpy()
        hit |= missing.isin([word for word in words if word in ("NR", "NA", "UNCLEAR")]).to_numpy()
        chosen &= hit
    return chosen


def _numbers(desk: Desk, name: str, upper: bool) -> pd.Series:
    spec: FieldSpec = desk.spec.by_name[name]
    if spec.what == "range":
        return desk.frame[f"{name}_{'high' if upper else 'low'}"]
    if spec.what == "bounded":
        return desk.frame[f"{name}_number"]
    if spec.what in ("integer", "number"):
        return desk.frame[name].astype("Float64")
    return desk.frame[name]


def _shown(value: object) -> str:
    return f"{value:g}" if isinstance(value, int | float) else str(value)


def _comparison(desk: Desk, rule: Rule, chosen: np.ndarray, severity: Severity) -> list[Issue]:
    match = COMPARISON.match(rule.check or "")
    if match is None:  # the codebook was checked when it was read
        return []
    left, sign, right = match.groups()
    a = _numbers(desk, left, sign.startswith("<"))
    literal = not right[0].isalpha()
    b = float(right) if literal else _numbers(desk, right, not sign.startswith("<"))
    known = a.notna() & (True if literal else b.notna())  # type: ignore[union-attr]
    with np.errstate(invalid="ignore"):
        holds = _SIGNS[sign](a, b).fillna(False) if hasattr(a, "fillna") else _SIGNS[sign](a, b)
    broken = np.flatnonzero(known.to_numpy(bool) & ~holds.to_numpy(bool) & chosen)
    found = []
    for at in broken.tolist():
        value, other = _shown(a.iat[at]), right if literal else _shown(b.iat[at])  # type: ignore[union-attr]
        said = rule.message or f"'{left}' {sign} '{right}' does not hold."
        detail = (
            f"'{left}' is {value}"
            + ("" if literal else f", '{right}' is {other}")
            + f"; the rule is {left} {sign} {right}."
        )
        found.append(
            desk.say(
                "rule_broken",
                at,
                left,
                value=value,
                message=f"{said.rstrip('.')} ({detail.rstrip('.')}).",
                severity=severity,
            )
        )
    return found
