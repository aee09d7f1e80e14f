"""What the terminal says of the spreadsheets: the count by file, the first issues, and where the rest is."""

import textwrap
from collections import Counter
from collections.abc import Sequence

from ..issues import Issue
from ..terms import Severity

WIDTH = 100


def told(issues: Sequence[Issue], *, first: int = 12, page: str = "results/validation/index.html") -> str:
    """The issues in plain words. Errors come first; notes are only counted."""
    counts = {severity: [item for item in issues if item.severity == severity] for severity in Severity}
    if not counts[Severity.ERROR] and not counts[Severity.WARNING]:
        return "The spreadsheets have no errors" + _notes(len(counts[Severity.NOTE])) + "."
    lines = [f"The spreadsheets have {_and(_many(len(counts[s]), s) for s in Severity if counts[s])}.", ""]
    alike: dict[tuple[str, ...], list[Issue]] = {}
    for item in counts[Severity.ERROR] + counts[Severity.WARNING]:
        alike.setdefault((item.severity, item.file, item.sheet, item.message, item.suggestion), []).append(item)
    shown, cut = _chosen(list(alike.values()), first)
    files: dict[str, list[list[Issue]]] = {}
    for same in shown:
        files.setdefault(same[0].file, []).append(same)
    for file, items in files.items():
        said = [item for item in issues if item.file == file]
        errors = sum(item.severity == Severity.ERROR for item in said)
        warnings = sum(item.severity == Severity.WARNING for item in said)
        lines.append(
            f"{file}: " + _and(_many(n, s) for n, s in ((errors, Severity.ERROR), (warnings, Severity.WARNING)) if n)
        )
        for place, same in enumerate(items):
            lines += _issue(same)
            later = {_kind(other) for other in items[place + 1 :]}
            if (n := cut.get(_kind(same), 0)) and _kind(same) not in later:
                lines.append(
                    f"  … and {n:,} more like {'these' if _kind(same) in map(_kind, items[:place]) else 'this'}"
                )
    rest = len(counts[Severity.ERROR]) + len(counts[Severity.WARNING]) - sum(map(len, shown)) - sum(cut.values())
    others = sorted({item.file for item in issues if item.severity != Severity.NOTE} - set(files))
    if rest:
        where = f", also in {_and(others)}" if others else ""
        lines += ["", f"… and {rest:,} more{where}."]
    lines += ["", f"All of them, with the rows around them and coloured copies of the files: {page}"]
    return "\n".join(lines)


#: Where not everything can be shown, so many of one rule in one file stand for all of that rule.
_OF_A_RULE = 3


def _kind(same: Sequence[Issue]) -> tuple[str, str, str]:
    return same[0].severity, same[0].file, same[0].rule


def _chosen(groups: list[list[Issue]], first: int) -> tuple[list[list[Issue]], dict[tuple[str, str, str], int]]:
    """The groups that are shown, at most `first`; and by file and rule how many issues a shown rule stands for."""
    if len(groups) <= first:
        return groups, {}
    taken: Counter[tuple[str, str, str]] = Counter()
    some: list[list[Issue]] = []
    for same in groups:
        taken[_kind(same)] += 1
        if taken[_kind(same)] <= _OF_A_RULE:
            some.append(same)
    shown = some[:first]
    kinds, seen = {_kind(same) for same in shown}, set(map(id, shown))
    cut: Counter[tuple[str, str, str]] = Counter()
    for same in groups:
        if _kind(same) in kinds and id(same) not in seen:
            cut[_kind(same)] += len(same)
    return shown, dict(cut)


def _issue(same: Sequence[Issue]) -> list[str]:
    """One issue, or several that differ in their cell alone, in a few lines."""
    item = same[0]
    place = f"{item.sheet}!{item.cell}" if item.sheet and item.cell else item.sheet or item.cell
    others = [cell for cell in dict.fromkeys(other.cell for other in same) if cell != item.cell]
    if others:
        place += f", {', '.join(others[:3])}" + (f" and {len(others) - 3} more" if len(others) > 3 else "")
    head = " ".join(part for part in (place, f"({item.key})" if item.key and len(same) == 1 else "") if part)
    mark = "" if item.severity == Severity.ERROR else "warning: "
    text = f"{mark}{item.message} {item.suggestion}".strip()
    return textwrap.wrap(
        f"{head}: {text}" if head else text,
        WIDTH,
        initial_indent="  ",
        subsequent_indent="      ",
        break_long_words=False,
        break_on_hyphens=False,
    )


def _many(number: int, severity: Severity) -> str:
    return f"{number:,} {severity}" + ("" if number == 1 else "s")


def _notes(number: int) -> str:
    return f" ({_many(number, Severity.NOTE)})" if number else ""


def _and(parts: object) -> str:
    listed = list(parts)  # type: ignore[call-overload]
    return listed[0] if len(listed) == 1 else ", ".join(listed[:-1]) + " and " + listed[-1]
