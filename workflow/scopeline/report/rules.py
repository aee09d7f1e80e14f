"""The page docs/rules.md: every rule that a spreadsheet is held to, from the closed list in `issue_rules`."""

import re
from collections.abc import Iterable, Mapping

from ..issue_rules import RULES, Rule
from ..terms import Severity

_HEADINGS = {
    Severity.ERROR: ("Errors", "An error stops the tables and the report until the cell is mended."),
    Severity.WARNING: ("Warnings", "A warning stops nothing. It stands in the report until the cell is mended."),
    Severity.NOTE: ("Notes", "A note says what was read otherwise than it was typed, or passed over."),
}
_ABOUT = """\
# What can be wrong with a spreadsheet

Every issue in `results/validation/` names one of these rules in its column `rule`, and the cell where it stands.
Words in *italics* are filled in with what was found. `python docs/make.py` makes this page from
`workflow/scopeline/issue_rules.py`.
"""


def markdown(rules: Mapping[str, Rule] = RULES) -> str:
    """The whole page: each severity in turn, each rule in the order of the list, with its sentence and its remedy."""
    parts = [_ABOUT]
    for severity, (heading, meaning) in _HEADINGS.items():
        members = [rule for rule in rules.values() if rule.severity == severity]
        if members:
            parts.append("\n".join([f"## {heading}", "", meaning, "", *_table(members)]) + "\n")
    return "\n".join(parts)


def _table(rules: Iterable[Rule]) -> Iterable[str]:
    yield "| rule | what is wrong | what it says | what to do |"
    yield "| --- | --- | --- | --- |"
    for rule in rules:
        says = _shown(rule.template, alone="*what was found*")
        yield f"| `{rule.id}` | {rule.title} | {says} | {_shown(rule.remedy, alone='*as the sentence says*')} |"


def _shown(template: str, *, alone: str) -> str:
    """A template as text for a table: places in italics; `alone` where the whole sentence is made on the spot."""
    if template == "{message}":
        return alone
    text = template.replace("`{message}`", "*the line it gives*")
    text = re.sub(r"(?<=[\w}])\{message\}|(?<=[.?!] )\{message\}$", "", text)  # an addition that only some cases have
    text = text.replace("{message}", "*what was found*")
    return re.sub(r"\{(\w+)\}", r"*\1*", text).replace("|", r"\|").strip()
