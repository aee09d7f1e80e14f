"""`results/validation/issues.sarif`: the issues in SARIF 2.1.0, for code scanning and for editors.

SARIF knows lines and columns of text files and no cells. A cell is therefore told twice: as a region (its row is the
line, its column counted from 1 the column, in workbooks as in csv files) and as a logical location that reads as the
spreadsheet shows it, `charting.xlsx › findings!F12`. Source: OASIS, Static Analysis Results Interchange Format 2.1.0.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any
from urllib.parse import quote

from .. import __version__, text
from ..issue_rules import RULES, Rule
from ..issues import Issue, address, ordered
from ..terms import Severity

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
#: GitHub shows no more results of a log than these; issues.csv has all.
MOST_RESULTS = 5_000
#: GitHub follows an alert through the uploads by this name; any other reader may by ours.
FINGERPRINTS = ("primaryLocationLineHash", "scopelineCell/v1")


def sarif(issues: Iterable[Issue], *, problems: Sequence[str] = ()) -> str:
    """The issues as one SARIF log with one run: the same issues in any order give the same text, a line for each.

    Beyond `MOST_RESULTS` errors go before warnings and warnings before notes; the log says how many it leaves out.
    `problems` are sentences that say why the spreadsheets could not be judged (a mistake in the configuration).
    """
    every = ordered(issues)
    listed = _first(every)
    occurring = {item.rule for item in listed}
    rules = [RULES[name] for name in RULES if name in occurring]
    places = {rule.id: place for place, rule in enumerate(rules)}
    seen: dict[str, int] = {}
    tool = {"driver": {"name": "scopeline", "version": __version__, "rules": [_rule(rule) for rule in rules]}}
    head = f'{{"$schema": "{SCHEMA}", "version": "2.1.0", "runs": [{{\n"tool": {_json(tool)},\n'
    about = _json([_invocation(problems, len(every) - len(listed))])
    results = ",\n".join(_json(_result(item, places, seen)) for item in listed)
    return f'{head}"invocations": {about},\n"results": [\n{results}\n]}}]}}\n'


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _first(every: list[Issue]) -> list[Issue]:
    if len(every) <= MOST_RESULTS:
        return every
    rank = {severity: place for place, severity in enumerate(Severity)}
    return ordered(sorted(every, key=lambda item: rank[item.severity])[:MOST_RESULTS])


def _invocation(problems: Sequence[str], left_out: int) -> dict[str, Any]:
    invocation: dict[str, Any] = {"executionSuccessful": not problems}
    if problems:
        notices = [{"level": "error", "message": {"text": text.clean(problem)}} for problem in problems]
        invocation["toolConfigurationNotifications"] = notices
    if left_out:
        said = f"{text.counted(left_out, 'more issue')} in issues.csv and not in this file."
        invocation["toolExecutionNotifications"] = [{"level": "note", "message": {"text": said}}]
    return invocation


def _rule(rule: Rule) -> dict[str, Any]:
    says = rule.title if rule.template.strip() == "{message}" else re.sub(r"\{\w+\}", "…", rule.template)
    otherwise = "Nothing has to be done." if rule.severity == Severity.NOTE else "Mend the cell as the message says."
    remedy = re.sub(r"\{\w+\}", "…", rule.remedy).strip(" …") or otherwise
    return {
        "id": rule.id,
        "name": "".join(part.capitalize() for part in rule.id.split("_")),
        "shortDescription": {"text": rule.title},
        "fullDescription": {"text": says},
        "help": {"text": remedy, "markdown": f"{remedy}\n\nRule `{rule.id}` of `docs/rules.md`."},
        "defaultConfiguration": {"level": str(rule.severity)},
    }


def _result(item: Issue, places: dict[str, int], seen: dict[str, int]) -> dict[str, Any]:
    inner = address("", item.sheet, item.cell).removeprefix(" › ")
    said = " ".join(part for part in (f"{inner}:" if inner else "", item.message, item.suggestion) if part)
    result: dict[str, Any] = {
        "ruleId": item.rule,
        "level": str(item.severity),
        "message": {"text": _plain(said)},
        "locations": [_location(item)],
        "partialFingerprints": dict.fromkeys(FINGERPRINTS, _fingerprint(item, seen)),
    }
    if item.rule in places:
        result["ruleIndex"] = places[item.rule]
    about = {"table": item.table, "key": item.key, "field": item.field, "value": item.value}
    if known := {name: text.clean(value) for name, value in about.items() if value}:
        result["properties"] = known
    return result


def _location(item: Issue) -> dict[str, Any]:
    """A place without a row (a file, a sheet) stands at line 1, because GitHub shows no alert without a line."""
    region = {"startLine": item.row or 1}
    if item.column is not None:
        region["startColumn"] = item.column + 1
    name = text.clean(item.place).removeprefix("raw/")
    kind = "member" if item.cell else "module"
    return {
        "physicalLocation": {"artifactLocation": {"uri": _uri(item.file)}, "region": region},
        "logicalLocations": [{"fullyQualifiedName": name, "kind": kind}],
    }


@cache
def _uri(file: str) -> str:
    return quote(file, errors="replace")


def _fingerprint(item: Issue, seen: dict[str, int]) -> str:
    """What stays the same when rows are inserted or sorted: rule, table, key and field, and which one of several alike.

    Where no row is meant, the sheet and the value stand for the key.
    """
    folder = item.file.rpartition("raw/")[0]
    named = [item.table, item.key] if item.key else [item.table, item.file, item.sheet, item.value]
    whole = "\0".join([item.rule, folder, *named, item.field])
    digest = hashlib.sha256(whole.encode("utf-8", "replace")).hexdigest()[:16]
    seen[digest] = seen.get(digest, 0) + 1
    return f"{digest}:{seen[digest]}"


def _plain(message: str) -> str:
    """Text in which no cell can write a link: `[text](address)` is one in a SARIF message."""
    return text.clean(message).replace("](", "] (")
