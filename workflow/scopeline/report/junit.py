"""`results/validation/issues.junit.xml`: the issues as a JUnit report, which most continuous integration servers show.

One test suite a file. In it, a table without errors is one test that passed, and each rule that a table breaks is one
test that failed; what belongs to no sheet is told of the file itself. Warnings and notes fail nothing: they are the
output of a test that passed.
"""

import xml.etree.ElementTree as ET
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from .. import text
from ..issue_rules import RULES
from ..issues import Issue, ordered
from ..terms import Severity

#: A failure spells out at most so many cells; issues.csv has all of them.
MOST_CELLS = 200


def junit(issues: Iterable[Issue], files: Sequence[Mapping[str, Any]] = (), *, problems: Sequence[str] = ()) -> str:
    """The issues as JUnit XML: the same issues in any order give the same text.

    `files` says of each file what its sheets were taken for (`validation.Verdict.files`), so that a table without an
    issue is a test too. `problems` are sentences that say why spreadsheets could not be judged: errors of a suite of
    their own. Signs of a cell that XML cannot hold become U+FFFD.
    """
    by_file: dict[str, dict[str, list[Issue]]] = {file["file"]: {"": []} for file in files}
    tables: dict[tuple[str, str], str] = {}
    for file in files:
        for sheet in file.get("sheets", ()):
            by_file[file["file"]].setdefault(sheet["sheet"], [])
            tables[file["file"], sheet["sheet"]] = sheet.get("table", "")
    for item in ordered(issues):
        by_file.setdefault(item.file, {"": []}).setdefault(item.sheet, []).append(item)
    root = ET.Element("testsuites", name="scopeline")
    for name in sorted(by_file):
        suite = ET.SubElement(root, "testsuite", name=text.shortened(name, 500))
        for sheet, listed in by_file[name].items():
            _tests(suite, name, _called(sheet, tables.get((name, sheet), "")), listed)
        _count(suite, suite)
    if problems:
        suite = ET.SubElement(root, "testsuite", name="configuration")
        for problem in problems:
            test = _test(suite, "configuration", "the review can be checked")
            error = ET.SubElement(test, "error", message=text.shortened(problem, 500), type="configuration")
            error.text = text.clean(problem)
        _count(suite, suite)
    _count(root, root)
    ET.indent(root, " ")
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _called(sheet: str, table: str) -> str:
    """How the tests of a sheet are called: by the sheet, and by its table where it has another name."""
    if not sheet:
        return f"the table {table}" if table else "the file"
    return f"{sheet} (the table {table})" if table and table != sheet else sheet


def _tests(suite: ET.Element, file: str, name: str, listed: Sequence[Issue]) -> None:
    broken: dict[str, list[Issue]] = {}
    for item in listed:
        if item.severity == Severity.ERROR:
            broken.setdefault(item.rule, []).append(item)
    for rule, items in broken.items():
        title = RULES[rule].title if rule in RULES else rule
        test = _test(suite, file, f"{name}: {title}")
        said = f"{items[0].message} {items[0].suggestion}".strip()
        more = f" (and {len(items) - 1} more)" if len(items) > 1 else ""
        failure = ET.SubElement(test, "failure", message=f"{text.shortened(said, 500)}{more}", type=rule)
        failure.text = _lines(items)
    others = [item for item in listed if item.severity != Severity.ERROR]
    if others or not broken:
        test = _test(suite, file, f"{name}: everything else" if broken else name)
        if others:
            ET.SubElement(test, "system-out").text = _lines(others)


def _test(suite: ET.Element, file: str, name: str) -> ET.Element:
    plain = text.shortened(file, 500)
    return ET.SubElement(suite, "testcase", classname=plain, name=text.shortened(name, 300), file=plain, time="0")


def _lines(items: Sequence[Issue]) -> str:
    lines = [
        text.shortened(f"{item.severity}: {item.place}: {item.message} {item.suggestion}", 1000)
        for item in items[:MOST_CELLS]
    ]
    if len(items) > MOST_CELLS:
        lines.append(f"… and {len(items) - MOST_CELLS} more; issues.csv lists all of them.")
    return "\n".join(lines)


def _count(element: ET.Element, within: ET.Element) -> None:
    """Set the counts that a reader of JUnit expects on a suite, from the tests inside it."""
    element.set("tests", str(sum(1 for _ in within.iter("testcase"))))
    element.set("failures", str(sum(1 for _ in within.iter("failure"))))
    element.set("errors", str(sum(1 for _ in within.iter("error"))))
    element.set("skipped", "0")
    element.set("time", "0")
