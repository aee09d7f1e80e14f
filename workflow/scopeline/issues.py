"""The issues found in the spreadsheets: each is of a rule of the closed list (`issue_rules`) and stands at a cell."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from operator import attrgetter
from pathlib import PurePosixPath
from string import ascii_uppercase
from typing import TYPE_CHECKING

from .cells import letter, number
from .issue_rules import RULES
from .rawfiles import CITATIONS
from .terms import Severity

if TYPE_CHECKING:
    import pandas as pd

#: The columns of results/validation/issues.csv.
COLUMNS = ("severity", "file", "sheet", "cell", "table", "key", "field", "value", "rule", "message", "suggestion")


@dataclass(frozen=True)
class Issue:
    """One issue at one cell. `row` counts from 1; `column` from 0; either may be absent (a whole file or sheet)."""

    rule: str
    file: str
    sheet: str = ""
    row: int | None = None
    column: int | None = None
    table: str = ""
    key: str = ""
    field: str = ""
    value: str = ""
    message: str = ""
    suggestion: str = ""
    severity: Severity = Severity.ERROR

    @classmethod
    def of_line(cls, line: Mapping[str, str]) -> "Issue":
        """An issue from a line of issues.csv."""
        letters, row = re.fullmatch(r"([A-Z]*)([0-9]*)", line["cell"]).groups()  # type: ignore[union-attr]
        return cls(
            line["rule"],
            line["file"],
            line["sheet"],
            int(row) if row else None,
            number(letters) if letters else None,
            line["table"],
            line["key"],
            line["field"],
            line["value"],
            line["message"],
            line["suggestion"],
            Severity(line["severity"]),
        )

    @property
    def cell(self) -> str:
        """The address as the spreadsheet shows it: F12; a whole row (12) or column (F) where no one cell is meant."""
        return (letter(self.column) if self.column is not None else "") + (
            str(self.row) if self.row is not None else ""
        )

    @property
    def place(self) -> str:
        """File, sheet and cell in one phrase, such as `raw/charting.xlsx › findings!F12`."""
        return address(self.file, self.sheet, self.cell)


def address(file: str, sheet: str, cell: str) -> str:
    """One phrase for a place: `raw/charting.xlsx › findings!F12`; a csv has no sheet: `raw/records.csv › F12`.

    A file of citations has lines: `raw/search.ris › line 123`.
    """
    if cell and not sheet and PurePosixPath(file).suffix.lower() in CITATIONS:
        return f"{file} › line {cell.lstrip(ascii_uppercase)}"
    inner = f"{sheet}!{cell}" if sheet and cell else sheet or cell
    return f"{file} › {inner}" if inner else file


def issue(
    rule: str,
    file: str,
    *,
    sheet: str = "",
    row: int | None = None,
    column: int | None = None,
    table: str = "",
    key: str = "",
    field: str = "",
    label: str = "",
    value: str = "",
    expected: str = "",
    message: str = "",
    suggestion: str = "",
    severity: Severity | None = None,
) -> Issue:
    """Make an issue of a rule of the list; `label`, `expected` and `message` fill the rule's sentence."""
    known = RULES[rule]
    shown = value if len(value) <= 80 else value[:77] + "…"
    parts = {"value": shown, "field": label or field, "table": table, "expected": expected, "message": message}
    told = suggestion or known.remedy.format(**parts)
    return Issue(
        rule,
        file,
        sheet,
        row,
        column,
        table,
        key,
        field,
        value,
        known.template.format(**parts),
        told,
        severity or known.severity,
    )


class _Ordered(list[Issue]):
    """Issues in their order: putting them in order once more costs nothing."""


def ordered(issues: Iterable[Issue]) -> list[Issue]:
    """By file, sheet, row, column, rule: the order of issues.csv."""
    if isinstance(issues, _Ordered):
        return issues
    return _Ordered(sorted(issues, key=_place_in_order))


def _place_in_order(i: Issue) -> tuple[str, str, int, int, str, str, str]:
    return i.file, i.sheet, i.row or 0, -1 if i.column is None else i.column, i.rule, i.value, i.message


def frame(issues: Iterable[Issue]) -> "pd.DataFrame":
    """Issues as the table of results/validation/issues.csv."""
    import pandas as pd

    return pd.DataFrame(list(map(attrgetter(*COLUMNS), ordered(issues))), columns=list(COLUMNS), dtype=str)
