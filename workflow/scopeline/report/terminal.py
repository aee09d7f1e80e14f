"""What the terminal says of the spreadsheets: the count by file, the first issues, and where the rest is."""

import textwrap
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
    shown = list(alike.values())[:first]
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
        lines += [line for same in items for line in _issue(same)]
    rest = len(counts[Severity.ERROR]) + len(counts[Severity.WARNING]) - sum(map(len, shown))
    others = sorted({item.file for item in issues if item.severity != Severity.NOTE} - set(files))
    if rest:
        where = f", also in {_and(others)}" if others else ""
        lines += ["", f"… and {rest} more{where}."]
    lines += ["", f"All of them, with the rows around them and coloured copies of the files: {page}"]
    return "\n".join(lines)


def _issue(same: Sequence[Issue]) -> list[str]:
    """One issue, or several that differ in their cell alone, in a few lines."""
    item = same[0]
    place = f"{item.sheet}!{item.cell}" if item.sheet and item.cell else item.sheet or item.cell
    others = [other.cell for other in same[1:]]
    if others:
        place += f", {', '.join(others[:3])}" + (f" and {len(others) - 3} more" if len(others) > 3 else "")
    head = " ".join(part for part in (place, f"({item.key})" if item.key and not others else "") if part)
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
