"""Waivers: rules broken on purpose, each with who says so and why.

A waiver stands in `config/waivers.csv`, or in a sheet named `waivers` of any workbook in raw/. Its columns are those of
results/validation/issues.csv, so a line copied from there, with `who` and `why` added, is a waiver. It names an issue
by its rule and its row's key (which stays when rows move), or by its cell where there is no key. What is waived stays
in issues.csv as a note that ends with who and why.
"""

import dataclasses
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from .cells import Book, Kind, Sheet
from .codebook import Codebook, fold
from .issue_rules import RULES
from .issues import Issue, address, ordered
from .quarantine import OF_COLUMNS, OF_FILES, OF_KEYS, OF_SOURCES, OF_WAIVERS, UNREADABLE
from .terms import Severity

if TYPE_CHECKING:
    import pandas as pd

#: The columns of a waiver: what names the issue, and who waives it and why.
NAMING = ("rule", "file", "sheet", "cell", "table", "key", "field", "value", "message")
COLUMNS = (*NAMING, "who", "why")
#: Columns that a line copied from issues.csv brings along, and one for remarks; nothing is read from them.
PASSED_OVER = ("severity", "suggestion", "note")

_NEEDED = ("rule", "who", "why")
_HEADER_ROWS = 15
_ANY = "*"
_UNNAMED = "?"  # a part of a key that has no value

_UNREAD = (
    "What is not read cannot be counted. Take the file out of raw/, or write `ignore` for it under `sources:` in "
    "config/config.yaml."
)
_ABSENT = (
    "Nothing can be reckoned from a column that is not there. Mark it `optional: true` in config/codebook.yaml, or add "
    "the header to its aliases."
)
_NAMELESS = "A row without a key of its own cannot be counted, nor named."
_WITHOUT_SURVIVOR = "The record would leave the flow and no record would stand for it, so the flow would not add up."
_ASKED = "What a file is, and where its records come from, is said under `sources:` in config/config.yaml."
_OWN = "A mistake in a waiver is mended, not waived."

#: The rules that cannot be waived, each with the reason. Notes cannot be either: they stop nothing.
NOT_WAIVABLE: Mapping[str, str] = {
    **dict.fromkeys(OF_FILES, _UNREAD),
    **dict.fromkeys(OF_SOURCES, _ASKED),
    **dict.fromkeys(OF_COLUMNS, _ABSENT),
    "row_too_long": "The values of the row may stand in the wrong columns.",
    **dict.fromkeys(OF_KEYS, _NAMELESS),
    **dict.fromkeys(("duplicate_of_itself", "survivor_ineligible"), _WITHOUT_SURVIVOR),
    **dict.fromkeys((*OF_WAIVERS, "waiver_stale"), _OWN),
}


@dataclass(frozen=True)
class Waiver:
    """One line: what it waives (blank is any), who and why, and where the line stands (`columns`: name → column)."""

    rule: str
    who: str
    why: str
    file: str = ""
    sheet: str = ""
    cell: str = ""
    table: str = ""
    key: str = ""
    field: str = ""
    value: str = ""
    message: str = ""
    stands_in: str = ""
    stands_on: str = ""
    row: int = 0
    columns: Mapping[str, int] = dataclasses.field(default_factory=dict, compare=False)

    @property
    def place(self) -> str:
        """Where the waiver stands, such as `config/waivers.csv › 3`."""
        return address(self.stands_in, self.stands_on, str(self.row))

    @property
    def narrowness(self) -> int:
        """How much it says of what it waives."""
        return sum(bool(getattr(self, name)) for name in NAMING)

    def covers(self, item: Issue) -> bool:
        """Whether it waives an issue: all that it names must fit. A key tells the row; without one the cell does."""
        if item.rule != self.rule or item.severity == Severity.NOTE:
            return False
        if item.severity == Severity.ERROR and item.row is None and not item.key:
            return False
        plain = ((self.table, item.table), (self.field, item.field), (self.value, item.value.strip()))
        if any(given and given != there for given, there in plain):
            return False
        if self.message and not _begins(item.message, self.message):
            return False
        if self.key:
            parts = _parts(self.key)
            return parts == _parts(item.key) and (_UNNAMED not in parts or self._at(item))
        return self._at(item)

    def _at(self, item: Issue) -> bool:
        if self.file and item.file not in (self.file, f"raw/{self.file}"):
            return False
        if self.cell:
            return self.cell == item.cell and self.sheet in (item.sheet, _ANY)
        return self.sheet in ("", _ANY, item.sheet)


@dataclass(frozen=True)
class Waivers:
    """The waivers of a review that can be used, what is wrong with the others, and the sheets they stand in.

    sheets: file, sheet, number of lines. keys: the fields (table, field) that alone name a row, so that an unreadable
    value there cannot be waived.
    """

    listed: tuple[Waiver, ...] = ()
    faults: tuple[Issue, ...] = ()
    sheets: tuple[tuple[str, str, int], ...] = ()
    keys: frozenset[tuple[str, str]] = frozenset()


@dataclass(frozen=True)
class Applied:
    """Issues after the waivers.

    issues: all of them in order, what is waived as notes, and with them what is wrong with the waivers. waived: those
    that became notes. used: each waiver that waives something, with the number of issues it fits. stale: those that fit
    none. faults: what is wrong with the waivers.
    """

    issues: list[Issue]
    waived: list[Issue]
    used: dict[Waiver, int]
    stale: list[Waiver]
    faults: list[Issue]


def is_waivers(book: Book, sheet: Sheet) -> bool:
    """Whether a sheet is named `waivers`; a csv is named by its file."""
    return fold(sheet.name or PurePosixPath(book.file).stem) in ("waivers", "waiver")


def _is_file_of_waivers(book: Book) -> bool:
    path = PurePosixPath(book.file)
    return path.suffix.lower() in (".csv", ".tsv", ".tab", ".txt") and fold(path.stem) in ("waivers", "waiver")


def without(books: Iterable[Book]) -> list[Book]:
    """The books as they are judged: without the sheets of waivers, and without files that hold nothing else."""
    left = []
    for book in books:
        if _is_file_of_waivers(book):
            continue
        sheets = [sheet for sheet in book.sheets if not is_waivers(book, sheet)]
        if sheets or not book.sheets:
            left.append(replace(book, sheets=sheets))
    return left


def read(books: Iterable[Book], codebook: Codebook) -> Waivers:
    """The waivers that stand in the books; a line that says too little, or waives too much, comes back as a fault."""
    listed: list[Waiver] = []
    faults: list[Issue] = []
    sheets: list[tuple[str, str, int]] = []
    for book in sorted(books, key=lambda book: book.file):
        if book.fault is not None:
            if _is_file_of_waivers(book):
                faults.append(
                    Issue(book.fault.rule, book.file, message=book.fault.message, suggestion=book.fault.suggestion)
                )
            continue
        for sheet in book.sheets:
            if is_waivers(book, sheet):
                table = _Table(book, sheet, codebook)
                listed += table.waivers
                faults += table.faults
                sheets.append((book.file, sheet.name, table.n_lines))
    keys = {(table.name, table.primary_key[0]) for table in codebook.resources if len(table.primary_key) == 1}
    return Waivers(tuple(listed), tuple(ordered(faults)), tuple(sheets), frozenset(keys | {("reports", "record_id")}))


def apply(issues: Iterable[Issue], waivers: Waivers) -> Applied:
    """Turn each issue that a waiver names into a note that ends with who and why; every other issue stays as it is.

    Where several fit, the one that says most speaks, and each is counted. The order of issues and of waivers does not
    matter.
    """
    issues = list(issues)
    among = _Index(waivers.listed)
    counts = dict.fromkeys(waivers.listed, 0)
    refused: dict[Waiver, Issue] = {}
    kept: list[Issue] = []
    waived: list[Issue] = []
    for item in issues:
        fitting = among.fitting(item)
        if fitting and item.rule in UNREADABLE and (item.table, item.field) in waivers.keys:
            refused |= {waiver: _refused(waiver, item) for waiver in fitting}
            fitting = []
        for waiver in fitting:
            counts[waiver] += 1
        if fitting:
            waived.append(_waived(item, fitting[0]))
        else:
            kept.append(item)
    stale = [waiver for waiver, count in counts.items() if not count]
    kept = ordered(kept)
    told = [_stale(waiver, kept) for waiver in stale if waiver not in refused]
    faults = ordered([*waivers.faults, *refused.values(), *told])
    used = {waiver: count for waiver, count in counts.items() if count}
    return Applied(ordered([*kept, *waived, *faults]), ordered(waived), used, stale, faults)


def frame(applied: Applied) -> "pd.DataFrame":
    """The table of results/validation/waivers.csv: each usable waiver, the number of issues it fits, and its place."""
    import pandas as pd

    lines = [
        [*(getattr(waiver, name) for name in COLUMNS), count, waiver.place]
        for waiver, count in {**applied.used, **dict.fromkeys(applied.stale, 0)}.items()
    ]
    table = pd.DataFrame(
        sorted(lines, key=lambda line: [str(part) for part in line]), columns=[*COLUMNS, "issues", "place"]
    )
    return table.astype({"issues": "int64"})


def counts(applied: Applied) -> dict[str, Any]:
    """What summary.json says of waivers: how many there are, how many issues they waive, and each with who and why."""
    table = frame(applied)
    return {"waived": len(applied.waived), "waivers": table.to_dict("records")}


class _Index:
    """Finds the waivers of an issue without a look at each: by the key, by the cell, and those that name neither."""

    def __init__(self, listed: Iterable[Waiver]):
        order = sorted(listed, key=lambda each: (-each.narrowness, each.stands_in, each.stands_on, each.row))
        self._rank = {waiver: place for place, waiver in enumerate(order)}
        self._by: dict[tuple[str, str, tuple[str, ...] | str], list[Waiver]] = {}
        for waiver in order:
            way: tuple[str, tuple[str, ...] | str] = (
                ("key", _parts(waiver.key)) if waiver.key else ("cell", waiver.cell)
            )
            self._by.setdefault((waiver.rule, *way), []).append(waiver)

    def fitting(self, item: Issue) -> list[Waiver]:
        """The waivers that cover an issue, the narrowest first."""
        if not self._by:
            return []
        ways = (("key", _parts(item.key)), ("cell", item.cell), ("cell", ""))
        near = dict.fromkeys(waiver for way in ways for waiver in self._by.get((item.rule, *way), ()))
        return sorted((waiver for waiver in near if waiver.covers(item)), key=self._rank.__getitem__)


def _waived(item: Issue, waiver: Waiver) -> Issue:
    said = f"{item.message} Waived by {waiver.who}: {waiver.why.rstrip('.')}."
    return replace(item, severity=Severity.NOTE, message=said, suggestion="")


def _refused(waiver: Waiver, item: Issue) -> Issue:
    return _at_waiver(
        waiver.stands_in,
        waiver.stands_on,
        waiver.row,
        waiver.columns,
        rule="waiver_refused",
        name="rule",
        value=waiver.rule,
        message=f"The value at {item.place} names its row and could not be read, so it cannot be waived. {_NAMELESS}",
        suggestion="Mend the cell, and delete the waiver.",
    )


def _stale(waiver: Waiver, kept: Sequence[Issue]) -> Issue:
    near = [item for item in kept if item.rule == waiver.rule and (not waiver.table or item.table == waiver.table)]
    hint = "Delete it, or correct where it points."
    if near:
        more = f" and {len(near) - 3} more" if len(near) > 3 else ""
        hint += f" The rule is broken at {', '.join(item.place for item in near[:3])}{more}."
    return _at_waiver(
        waiver.stands_in,
        waiver.stands_on,
        waiver.row,
        waiver.columns,
        rule="waiver_stale",
        name="rule",
        value=waiver.rule,
        message="This waiver waives nothing: no issue of its rule is left where it points.",
        suggestion=hint,
        severity=Severity.WARNING,
    )


def _at_waiver(
    file: str,
    sheet: str,
    row: int | None,
    columns: Mapping[str, int],
    *,
    rule: str,
    message: str,
    name: str = "",
    value: str = "",
    suggestion: str = "",
    severity: Severity = Severity.ERROR,
) -> Issue:
    return Issue(rule, file, sheet, row, columns.get(name), "waivers", "", name, value, message, suggestion, severity)


class _Table:
    """The waivers of one sheet."""

    def __init__(self, book: Book, sheet: Sheet, codebook: Codebook):
        self.file, self.sheet, self.codebook = book.file, sheet, codebook
        self.columns: dict[str, int] = {}
        self.faults: list[Issue] = []
        self.waivers: list[Waiver] = []
        self.n_lines = 0
        if not sheet.n_rows:
            return
        self.header = self._header()
        if self._columns_fit():
            self._read()

    def _fault(
        self, rule: str, row: int | None, name: str, message: str, suggestion: str = "", value: str = ""
    ) -> None:
        self.faults.append(
            _at_waiver(
                self.file,
                self.sheet.name,
                row,
                self.columns,
                rule=rule,
                name=name,
                value=value,
                message=message,
                suggestion=suggestion,
            )
        )

    def _header(self) -> int:
        """The row, counted from 1, that holds most of the columns' names; the first where there are several."""

        def known(row: int) -> int:
            return len({fold(text or "") for text in self.sheet.row(row)} & {fold(name) for name in COLUMNS})

        return max(range(1, min(_HEADER_ROWS, self.sheet.n_rows) + 1), key=lambda row: (known(row), -row))

    def _columns_fit(self) -> bool:
        """Find the columns. A misspelt header would make a waiver wider than it was meant, so it is an error."""
        names = {fold(name): name for name in (*COLUMNS, *PASSED_OVER)}
        headers = [(text or "").strip() for text in self.sheet.row(self.header)]
        unknown = []
        for column, header in enumerate(headers):
            name = names.get(fold(header))
            if name is not None and name not in self.columns:
                self.columns[name] = column
            elif header or self._filled(column):
                unknown.append((column, header, name))
        for column, header, twice in unknown:
            near = get_close_matches(fold(header), list(names), n=1)
            what = f"'{header}' is not a column of waivers" if header else "This column has no header"
            self.faults.append(
                Issue(
                    "waiver_columns",
                    self.file,
                    self.sheet.name,
                    self.header,
                    column,
                    "waivers",
                    value=header,
                    message=f"Two columns are headed '{header}'." if twice else f"{what}.",
                    suggestion="Keep one of them."
                    if twice
                    else f"Did you mean '{names[near[0]]}'?"
                    if near
                    else f"The columns are {', '.join(COLUMNS)}; remarks may stand under `note`.",
                )
            )
        lacking = [name for name in _NEEDED if name not in self.columns]
        if lacking:
            self._fault(
                "waiver_columns",
                self.header,
                "",
                f"Waivers need the columns rule, who and why; there is no {' and no '.join(lacking)}.",
                "Head the columns as those of results/validation/issues.csv, and add who and why.",
            )
        return not unknown and not lacking

    def _filled(self, column: int) -> bool:
        texts = self.sheet.columns[column].slice(self.header).to_pylist()
        return any(text and text.strip() for text in texts)

    def _read(self) -> None:
        length = self.sheet.n_rows - self.header
        texts = {name: self._texts(column, length) for name, column in self.columns.items() if name in COLUMNS}
        for place in range(length):
            line = {name: column[place] for name, column in texts.items()}
            if any(line.values()):
                self.n_lines += 1
                self._line(self.header + 1 + place, line)

    def _texts(self, column: int, length: int) -> list[str]:
        read = [(text or "").strip() for text in self.sheet.columns[column].slice(self.header).to_pylist()]
        kinds = self.sheet.kinds[column]
        if kinds is not None:
            for place, kind in enumerate(kinds.slice(self.header).to_pylist()):
                if kind in (Kind.ERROR, Kind.FORMULA):
                    name = next(name for name, at in self.columns.items() if at == column)
                    shown, read[place] = read[place], ""
                    self._fault(
                        "waiver_incomplete",
                        self.header + 1 + place,
                        name,
                        f"The cell shows {shown} and no text.",
                        "Type the text.",
                        shown,
                    )
        return read + [""] * (length - len(read))

    def _line(self, row: int, line: dict[str, str]) -> None:
        given = {name: "" if line.get(name, "") == _ANY and name != "sheet" else line.get(name, "") for name in COLUMNS}
        if "!" in given["cell"]:
            sheet, _, given["cell"] = given["cell"].rpartition("!")
            given["sheet"] = sheet.strip("'").replace("''", "'")
        given["cell"] = given["cell"].replace("$", "").upper()
        given["message"] = re.sub(r"\s*Waived by .*$", "", given["message"], flags=re.S)
        for name in _NEEDED:
            if not given[name] and not self._has_fault(row, name):
                self._fault(
                    "waiver_incomplete",
                    row,
                    name,
                    {
                        "rule": "The waiver does not say which rule it waives.",
                        "who": "The waiver does not say who waives the rule.",
                        "why": "The waiver does not say why.",
                    }[name],
                    "Copy it from results/validation/issues.csv." if name == "rule" else "Fill it in.",
                )
        if given["rule"]:
            self._judge_rule(row, given)
        self._judge_place(row, given)
        if not self._has_fault(row):
            self.waivers.append(
                Waiver(**given, stands_in=self.file, stands_on=self.sheet.name, row=row, columns=self.columns)
            )

    def _has_fault(self, row: int, name: str = "") -> bool:
        return any(fault.row == row and name in ("", fault.field) for fault in self.faults)

    def _judge_rule(self, row: int, given: Mapping[str, str]) -> None:
        rule = given["rule"]
        if rule not in RULES and rule not in NOT_WAIVABLE:
            self._unknown(row, "rule", rule, "a rule", list(RULES), "The rules are listed in docs/rules.md.")
        elif why := NOT_WAIVABLE.get(rule) or (
            "A note stops nothing." if RULES[rule].severity == Severity.NOTE else ""
        ):
            self._fault("waiver_refused", row, "rule", f"'{rule}' cannot be waived. {why}", "Delete the waiver.", rule)
        elif rule == "rule_broken" and not given["message"]:
            self._fault(
                "waiver_incomplete",
                row,
                "message",
                "'rule_broken' stands for every rule of the codebook, and the waiver does not say which.",
                "Copy the message of the issue, or of the rule in config/codebook.yaml, into the column `message`.",
            )

    def _judge_place(self, row: int, given: Mapping[str, str]) -> None:
        table, name = given["table"], given["field"]
        spec = self.codebook.tables.get(table)
        if table and spec is None:
            self._unknown(row, "table", table, "a table of the codebook", list(self.codebook.tables), "")
        elif spec is not None and name and name not in spec.by_name:
            self._unknown(row, "field", name, f"a field of '{table}'", list(spec.by_name), "")
        if given["cell"] and not re.fullmatch(r"[A-Z]{1,3}[1-9][0-9]*|[1-9][0-9]*|[A-Z]{1,3}", given["cell"]):
            self._fault(
                "waiver_incomplete",
                row,
                "cell",
                f"'{given['cell']}' is not the address of a cell.",
                "Write it as F12.",
                given["cell"],
            )
        lacks = ""
        if not table and not given["file"]:
            lacks = "The waiver names no place: give `table` and `key`, or `file`, `sheet` and `cell`."
        elif given["key"] and not table:
            lacks = "The waiver names a key, and not of which `table`."
        elif given["cell"] and not given["file"]:
            lacks = "The waiver names a cell, and not of which `file`."
        elif _UNNAMED in _parts(given["key"]) and not given["cell"]:
            lacks = "A part of the key has no value, so several rows may have it: give `file`, `sheet` and `cell` too."
        if lacks:
            self._fault(
                "waiver_incomplete",
                row,
                "table" if "table" in self.columns else "file",
                lacks,
                "Copy the line of the issue from results/validation/issues.csv.",
            )

    def _unknown(self, row: int, name: str, word: str, what: str, known: Sequence[str], otherwise: str) -> None:
        near = get_close_matches(word.lower(), known, n=1)
        there = otherwise or f"There are {', '.join(known)}."
        hint = f"Did you mean '{near[0]}'?" if near else there
        self._fault("waiver_unknown", row, name, f"'{word}' is not {what}.", hint, word)


def _parts(key: str) -> tuple[str, ...]:
    """A key's parts, however the blanks between them were typed."""
    return tuple(part.strip() for part in key.split("·"))


def _begins(message: str, given: str) -> bool:
    """Whether a message is the given one, or that one with the numbers of the row after it."""
    whole, start = " ".join(message.split()).rstrip("."), " ".join(given.split()).rstrip(".")
    return whole == start or whole.startswith((f"{start}. ", f"{start} ("))
