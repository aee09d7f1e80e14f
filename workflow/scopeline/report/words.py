"""Numbers in sentences: each says which cell of which published table it is, so that it can be led back to the sheets.

A sentence is written with a pen. The plain pen writes "77", the Markdown pen `[77][flow.duplicates]`, a link that reads
as 77 on a page and in Word, and keeps the token `flow.duplicates` with the place of the number.
"""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

import pandas as pd

from .. import text

#: How a number is read off the rows that its key finds; all but `cell` may take several rows.
How = Literal["cell", "sum", "percent", "rows", "given", "distinct"]
#: How it is written: with its decimals, a share of 1 or of 100 as a percentage, two decimals, a quoted text, the first
#: of a list.
Form = Literal["number", "percent", "share", "two", "text", "first"]


class Unsaid(Exception):  # noqa: N818 - not an error: the sentence is left out and listed
    """A number that a sentence needs is missing."""


@dataclass(frozen=True)
class Cell:
    """The place of a number in a published table.

    `file` is below results/; `table` the part of a JSON file (`lineage.published` makes tables of it), "" for a csv.
    `key` finds the rows: column → a value, or several; without one, all rows. `how`: the `cell` in `column`; the `sum`
    of the column; the `percent` of that sum in the column `of`; the number of `rows`; of rows in which the column is
    more than 0 (`given`); of `distinct` members in the column's lists. `ids` is the column with the members.
    """

    file: str
    column: str
    key: Mapping[str, str | Sequence[str]] = field(default_factory=dict)
    table: str = ""
    how: How = "cell"
    of: str = ""
    ids: str = ""


@dataclass(frozen=True)
class Token:
    """A number as a sentence shows it, under a name, with its place."""

    name: str
    shown: str
    value: Any
    form: Form
    cell: Cell

    def as_json(self) -> dict[str, Any]:
        """Plain data, read back by `of_json`."""
        place = asdict(self.cell)
        return {"shown": self.shown, "value": self.value, "form": self.form, "members": place.pop("ids"), **place}


def of_json(name: str, told: Mapping[str, Any]) -> Token:
    """A token as `as_json` wrote it; what else stands there is passed over."""
    cell = Cell(**{part: told[part] for part in ("file", "column", "key", "table", "how", "of")}, ids=told["members"])
    return Token(name, told["shown"], told["value"], told["form"], cell)


def value_of(cell: Cell, table: pd.DataFrame) -> Any:
    """The number at a place, as the table holds it; None where no row is found, or no number stands there."""
    rows = rows_of(cell, table)
    if cell.how == "rows":
        return len(rows)
    if cell.column not in rows.columns:
        return None
    column = rows[cell.column]
    if cell.how == "distinct":
        return len({member for members in column for member in text.ids(members)})
    if cell.how == "given":
        return int((pd.to_numeric(column, errors="coerce") > 0).sum())
    if cell.how == "cell":
        return plain(column.iloc[0]) if len(column) == 1 else None
    numbers = pd.to_numeric(column, errors="coerce")
    if numbers.empty or bool(numbers.isna().any()):
        return None
    total = plain(numbers.sum())
    if cell.how == "sum":
        return total
    whole = plain(pd.to_numeric(rows[cell.of], errors="coerce").iloc[0])
    return 100 * total / whole if whole else None


def rows_of(cell: Cell, table: pd.DataFrame) -> pd.DataFrame:
    """The rows that the key of a place finds."""
    found = pd.Series(True, index=table.index)
    for name, wanted in cell.key.items():
        if name not in table.columns:
            return table[:0]
        values = {wanted} if isinstance(wanted, str) else set(wanted)
        found &= table[name].map(text.clean).isin(values)
    return table[found]


def plain(value: Any) -> Any:
    """A value as plain Python holds it: a whole number as int, a missing one as None."""
    if not text.given(value):
        return None
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, float) and math.isfinite(value) and value == round(value):
        return round(value)
    return value


def written(value: Any, form: Form) -> str:
    """A number as sentences show it; "" where there is none."""
    if not text.given(value) or value == "":
        return ""
    if form == "percent":
        return text.percent(value, 100)
    if form == "share":
        return text.percent(value)
    if form == "first":
        return text.names(text.ids(value), most=1)
    return text.clean(value) if form == "text" else text.number(value, 2 if form == "two" else None)


class Pen:
    """Writes numbers as plain text. `unsaid` lists the sentences that lack a number, each with the number it lacks;
    `placed` has the place of each number that was said, in their order.
    """

    def __init__(self) -> None:
        self.unsaid: list[str] = []
        self.placed: list[Cell] = []

    def say(self, about: str, sentence: Callable[[], str]) -> str:
        """The sentence; "" where a number of it is missing, which is then listed with what it is about."""
        before = len(self.placed)
        try:
            return sentence()
        except Unsaid as gap:
            del self.placed[before:]
            self.unsaid.append(f"{about} ({gap})")
            return ""

    def number(self, value: Any, cell: Cell, form: Form = "number") -> str:
        """A number and its place; raises Unsaid where it is missing."""
        shown = written(value, form)
        if not shown:
            raise Unsaid(f"no {cell.column.replace('_', ' ')}")
        self.placed.append(cell)
        return self.mark(shown, plain(value), cell, form)

    def counted(self, value: Any, word: str, cell: Cell, many: str = "") -> str:
        """Number and word: "1 study", "1,204 records"."""
        return f"{self.number(value, cell)} {text.plural(value, word, many)}"

    def mark(self, shown: str, value: Any, cell: Cell, form: Form) -> str:  # noqa: ARG002 - for pens that keep places
        return shown

    def text(self, value: Any) -> str:
        """A text of the review, such as a reviewer's name."""
        return text.clean(value)


class Markdown(Pen):
    """Writes Markdown. With `linked` every number is a link, and `tokens` keeps each under its name."""

    def __init__(self, *, linked: bool = True) -> None:
        super().__init__()
        self.linked = linked
        self.tokens: dict[str, Token] = {}

    def text(self, value: Any) -> str:
        return escaped(value)

    def mark(self, shown: str, value: Any, cell: Cell, form: Form) -> str:
        if not self.linked:
            return escaped(shown)
        name = self._name(cell, form)
        self.tokens[name] = Token(name, shown, value, form, cell)
        return f"[{escaped(shown)}][{name}]"

    def definitions(self) -> str:
        """What the links lead to, as Markdown keeps it at the end of a text: a line a token, which no page shows."""
        lines = [f"[{name}]: {link(token.cell)}" for name, token in sorted(self.tokens.items())]
        return "\n".join(lines)

    def _name(self, cell: Cell, form: Form) -> str:
        name = name_of(cell)
        place, tried = 1, name
        while tried in self.tokens and (self.tokens[tried].cell, self.tokens[tried].form) != (cell, form):
            place += 1
            tried = f"{name}.{place}"
        return tried


#: What stands first in the name of a token, by file and table; other files by their own name.
_FIRST = {
    "prisma/flow.json#boxes": "flow",
    "prisma/flow.json#whole": "flow",
    "prisma/flow.json#identities": "flow.sums",
    "prisma/flow.json#exceptions": "flow.exceptions",
    "prisma/flow.json#reasons": "flow.reasons",
    "prisma/flow.json#sources": "flow.sources",
    "tables/condition_by_domain.csv": "map",
    "tables/harms_summary.csv": "harms",
    "tables/harms_silence.csv": "silence",
    "validation/summary.json#counts": "checked",
    "validation/summary.json#files": "checked.files",
    "validation/summary.json#lost": "checked.lost",
    "validation/summary.json#waivers": "waivers",
}
#: Columns that a name does without: the one number of its table.
_UNSAID_COLUMNS = ("n", "id", "file")
_LONGEST_KEY = 3


def name_of(cell: Cell) -> str:
    """A name for a place that a person can read: `flow.duplicates`, `map.fibromyalgia.pain.comparative_benefit`.

    The same place has the same name in every run, whatever else changes.
    """
    place = f"{cell.file}#{cell.table}" if cell.table else cell.file
    first = _FIRST.get(place, cell.file.rpartition("/")[2].partition(".")[0])
    parts = [first]
    for name, value in cell.key.items():
        if name in ("missing", "line") or value == "sources":
            continue
        values = [value] if isinstance(value, str) else list(value)
        parts += values if len(values) <= _LONGEST_KEY else [f"{len(values)} {name}"]
    parts += [] if cell.column in _UNSAID_COLUMNS else [cell.column]
    parts += [] if cell.how in ("cell", "sum") else [cell.how]
    return ".".join(slug for part in parts if (slug := _slug(part)))


def _slug(part: str) -> str:
    kept = "".join(sign if sign.isalnum() or sign in "_." else "-" for sign in part.casefold())
    return re.sub("-+", "-", kept).strip("-.")[:60]


def link(cell: Cell) -> str:
    """The file that a reader should open for a number: the members of a box, or the table; relative to results/."""
    from ..terms import BOXES

    box = cell.key.get("box")
    if cell.file == "prisma/flow.json" and isinstance(box, str):
        return f"prisma/boxes/{box if box in BOXES else 'further'}.csv"
    if cell.file == "prisma/flow.json":
        return "prisma/lists/source_yield.csv" if cell.table == "sources" else "prisma/flow.json"
    return "validation/index.html" if cell.file.startswith("validation/") else cell.file


def escaped(value: Any) -> str:
    """A text on one line in which nothing is Markdown or HTML."""
    line = re.sub(r"[^\S\u00a0]+", " ", text.clean(value)).strip()
    line = line.replace("&", "&amp;").replace("<", "&lt;")
    return re.sub(r"[\\`*_\[\]|~]|^[#>+-](?= )|(?<=^\d)[.)](?= )", r"\\\g<0>", line)
