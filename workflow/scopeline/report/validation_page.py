"""`results/validation/index.html`: what is wrong, at which cell, what to do; and what each file was taken for."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from .. import text
from ..codebook import fold
from ..issue_rules import RULES
from ..issues import address
from ..terms import Severity
from .rendering import render

#: The page lists at most so many issues, and so many of one rule in one file; issues.csv has all of them.
MOST_LISTED = 1500
MOST_OF_A_RULE = 100

_MOST_PAIRS = 12
_MOST_COLUMNS = 150
_MOST_FILES = 300
_MOST_LOST = 500
_SIGNS = {"error": "✕", "warning": "!", "note": "i"}
_RANK = {str(severity): place for place, severity in enumerate(Severity)}


def validation_page(
    issues: pd.DataFrame,
    files: list[dict[str, Any]],
    *,
    title: str,
    context: Mapping[int, Sequence[tuple[str, str]]] | None = None,
    copies: Mapping[str, str] | None = None,
    stopping: int | None = None,
    waivers: Sequence[Mapping[str, Any]] = (),
    lost: pd.DataFrame | None = None,
) -> str:
    """The page of validation as one HTML file: the same issues give the same text. Links are relative to its folder.

    `issues` has the columns of `issues.COLUMNS`, in their order. `files` says of each file what its sheets were taken
    for (`validation.Verdict.files`). `context` maps an issue's place in the frame, from 0, to the row around it as
    (header, value) pairs. `copies` maps a raw file to its coloured copy.
    `stopping` is how many errors stop the tables (all, if it is not given); `waivers` are the lines of waivers.csv;
    `lost` is what was left out (`quarantine.quarantine`).
    """
    texts = {name: issues[name].fillna("").to_numpy(object) for name in issues}
    kinds = list(zip(texts["file"], texts["severity"], texts["rule"], strict=True))
    groups = _groups(kinds)
    allowance = _allowance([len(places) for places in groups.values()])
    told: dict[str, list[dict[str, Any]]] = {}
    listed = 0
    for (file, severity, rule), places in groups.items():
        shown = places[: min(allowance, MOST_LISTED - listed)]
        listed += len(shown)
        if not shown:
            continue
        told.setdefault(file, []).append(
            {
                "severity": severity,
                "sign": _SIGNS.get(severity, "i"),
                "rule": rule,
                "title": RULES[rule].title if rule in RULES else rule.replace("_", " "),
                "n": len(places),
                "more": len(places) - len(shown),
                "issues": [
                    _issue({name: column[place] for name, column in texts.items()}, (context or {}).get(place, ()))
                    for place in shown
                ],
            }
        )
    counts = dict.fromkeys(_RANK, 0)
    by_file: dict[str, dict[str, int]] = {}
    for (file, severity, _), places in groups.items():
        of_file = by_file.setdefault(file, dict.fromkeys(_RANK, 0))
        for tally in (counts, of_file):
            tally[severity] = tally.get(severity, 0) + len(places)
    anchors = {file: f"file-{place}" for place, file in enumerate(by_file, start=1)}
    return render(
        "validation.html.j2",
        styles=("base.css", "validation.css"),
        scripts=("base.js", "validation.js"),
        data={"all": len(kinds), "listed": listed},
        title=title,
        stops=counts["error"] if stopping is None else stopping,
        waivers=[{**each, "where": _waived_at(each)} for each in waivers],
        lost=[] if lost is None else lost.head(_MOST_LOST).to_dict("records"),
        more_lost=0 if lost is None else max(0, len(lost) - _MOST_LOST),
        counts=counts,
        total=len(kinds),
        listed=listed,
        by_file=list(by_file.items()),
        anchors=anchors,
        told=list(told.items()),
        copies=copies or {},
        listed_files=set(told),
        rules=sorted({(group["title"], group["rule"]) for groups_of_file in told.values() for group in groups_of_file}),
        files=[_file(file) for file in files[:_MOST_FILES]],
        more_files=max(0, len(files) - _MOST_FILES),
        headline=_headline(counts),
        signs=_SIGNS,
    )


def _headline(counts: Mapping[str, int]) -> str:
    if counts["error"] or counts["warning"]:
        return text.capital(text.names(text.counted(n, severity) for severity, n in counts.items() if n)) + "."
    return "Nothing to mend." + (f" {text.counted(counts['note'], 'note')}." if counts["note"] else "")


def _groups(kinds: Sequence[tuple[str, str, str]]) -> dict[tuple[str, str, str], list[int]]:
    """File, severity and rule → places of the issues; errors before warnings before notes within a file."""
    found: dict[tuple[str, str, str], list[int]] = {}
    for place, kind in enumerate(kinds):
        found.setdefault(kind, []).append(place)
    files = {file: place for place, file in enumerate(dict.fromkeys(key[0] for key in found))}
    order = {key: (files[key[0]], _RANK.get(key[1], len(_RANK)), places[0]) for key, places in found.items()}
    return {key: found[key] for key in sorted(found, key=lambda key: order[key])}


def _allowance(sizes: Sequence[int]) -> int:
    """How many issues of each group are listed, so that all groups together stay within what a page can hold."""
    allowance = MOST_OF_A_RULE
    while allowance > 1 and sum(min(size, allowance) for size in sizes) > MOST_LISTED:
        allowance -= 1
    return allowance


def _issue(line: Mapping[Any, Any], row: Sequence[tuple[str, str]]) -> dict[str, Any]:
    inner = f"{line['sheet']}!{line['cell']}" if line["sheet"] and line["cell"] else line["sheet"] or line["cell"]
    return {
        "severity": line["severity"],
        "place": text.shortened(inner or line["file"], 120),
        "go_to": _go_to(line),
        "address": text.shortened(address(line["file"], line["sheet"], line["cell"]), 200),
        "key": text.shortened(line["key"], 80),
        "message": text.shortened(line["message"], 500),
        "suggestion": text.shortened(line["suggestion"], 500),
        "row": _row(line, row),
        "number": re.sub(r"\D", "", line["cell"]),
    }


def _waived_at(waiver: Mapping[str, Any]) -> str:
    names = ("table", "key", "field") if waiver["table"] else ("file", "sheet", "cell")
    return " · ".join(str(waiver[name]) for name in (*names, "value") if waiver[name])


def _go_to(line: Mapping[Any, Any]) -> str:
    """What the address field of a spreadsheet program takes: `findings!F12`, `'Studies 2024'!F12`; in a csv `F12`."""
    sheet, cell = line["sheet"], line["cell"]
    if not sheet or not cell:
        return str(cell)
    quoted = sheet if re.fullmatch(r"[^\W\d]\w*", sheet) else "'" + sheet.replace("'", "''") + "'"
    return f"{quoted}!{cell}"


def _row(line: Mapping[Any, Any], row: Sequence[tuple[str, str]]) -> list[dict[str, Any]]:
    """The cells of the row, the one in question marked; of a long row the first ones and that one."""
    wanted = fold(line["field"]) if line["field"] else None
    marked = next((place for place, (header, _) in enumerate(row) if fold(header) == wanted), None)
    if marked is None and line["value"]:
        same = [place for place, (_, value) in enumerate(row) if value.strip() == line["value"].strip()]
        marked = same[0] if len(same) == 1 else None
    chosen = [place for place in range(len(row)) if place < _MOST_PAIRS or place == marked]
    return [
        {
            "header": text.shortened(row[place][0], 40),
            "value": text.shortened(row[place][1], 70),
            "marked": place == marked,
        }
        for place in chosen
    ]


def _unused(columns: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """Why columns were not used → which ones."""
    by_why: dict[str, list[str]] = {}
    for header, why in columns:
        by_why.setdefault(why, []).append(header)
    return [(why, text.names(headers, most=40)) for why, headers in by_why.items()]


def _file(file: Mapping[str, Any]) -> dict[str, Any]:
    sheets = []
    for sheet in file.get("sheets", []):
        columns = [[text.shortened(header, 80), *rest] for header, *rest in sheet.get("columns", [])]
        used = [(header, fields) for header, fields, _ in columns if fields]
        sheets.append(
            {
                "sheet": sheet.get("sheet", ""),
                "table": sheet.get("table", ""),
                "rows": sheet.get("rows", 0),
                "header_row": sheet.get("header_row", ""),
                "used": used[:_MOST_COLUMNS],
                "more": max(0, len(used) - _MOST_COLUMNS),
                "title": sheet.get("title", ""),
                "tables": list(sheet.get("tables", {}).items()),
                "ids": [text.shortened(said, 200) for said in sheet.get("ids", [])],
                "unused": _unused([(header, why) for header, fields, why in columns if not fields]),
                "rows_in": sheet.get("rows_in", 0),
                "rows_used": sheet.get("rows_used", 0),
                "left_out": sheet.get("left_out", []),
            }
        )
    return {"file": file["file"], "sha256": file.get("sha256", ""), "sheets": sheets}
