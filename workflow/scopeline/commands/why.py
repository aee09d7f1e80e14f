"""`scopeline why`: the life of a record, report or study, from search to table cell, with the cells that decided it."""

import argparse
import contextlib
import gc
import json
import sys
import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from .. import __version__
from ..errors import ScopelineError
from ..terms import STAGE_LABELS, Stage, State
from .validate import reviews

if TYPE_CHECKING:
    from ..codebook import Codebook
    from ..flow import Flow
    from ..judgement import Judgement
    from ..life import Folded, Life
    from ..lives import Lives
    from ..settings import Settings

FORMATS = ("text", "json")

_ABOUT = """\
Tell what became of a record, a report or a study, and why: where it was
found, its duplicates, every vote, who settled it, its reports, the rows
charted of it, and where it is counted, each with its cell. Nothing is written.
It reads raw/ and config/ as `scopeline validate` does, so it works before the
tables are made, and while the spreadsheets still have errors.
"""
_EPILOG = """\
examples:
  scopeline why R0138                      one record of the review in this folder
  scopeline why RP012 Younger2013          a report and a study
  scopeline why R0138 --review ../other    in another review
  scopeline why R0138 --format json        for another program

exit status:
  0  every ID was found
  1  an ID is in none of the tables
  2  the call or the configuration is wrong
"""
_WIDTH, _INDENT = 88, 4
_STATES = {
    State.DUPLICATE: "removed as a duplicate",
    State.AUTOMATION: "removed by an automation tool before screening",
    State.REMOVED_OTHER: "removed before screening",
    State.PENDING_SCREENING: "waits for votes on title and abstract",
    State.CONFLICT_SCREENING: "in conflict on title and abstract",
    State.EXCLUDED: "excluded on title and abstract",
    State.PENDING_RETRIEVAL: "sought, not retrieved yet",
    State.NOT_RETRIEVED: "not retrieved",
    State.PENDING_FULL_TEXT: "waits for votes on full text",
    State.CONFLICT_FULL_TEXT: "in conflict on full text",
    State.REPORTS_EXCLUDED: "excluded on full text",
    State.ONGOING: "an ongoing study",
    State.AWAITING: "awaits classification",
    State.INCLUDED: "included",
}
_OUTSIDE = "outside the flow"
_BASES = {
    "agreement": "the votes agree",
    "adjudication": "the team decided",
    "single": "one vote is enough",
    "automation": "by a tool alone",
    "": "not settled",
}


def add(subparsers: Any) -> None:
    """Add `why` to the command line."""
    parser = subparsers.add_parser(
        "why",
        help="tell the life of a record, report or study, with its cells",
        description=_ABOUT,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("ids", nargs="+", metavar="ID", help="a record_id, report_id or study_id")
    parser.add_argument("--review", metavar="DIR", default=".", help="the review's folder (default: here)")
    parser.add_argument(
        "--format", choices=FORMATS, default="text", help="text for people (default), or json for another program"
    )
    parser.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Tell every ID that was named; 1 where one of them is in none of the tables."""
    gc.disable()  # many cells are made, none of them in a circle, and the process ends with the command
    (folder,) = reviews([chosen.review])
    with contextlib.chdir(folder):
        lives, before = _lives()
    found: list[Life] = []
    unknown: dict[str, list[str]] = {}
    for name in dict.fromkeys(chosen.ids):
        known = lives.find(name)
        if known:
            found += lives.of(known)
        else:
            unknown[name] = lives.near(name)
    if chosen.format == "json":
        print(_document(found, unknown))
    else:
        print("\n\n".join(_told(life) for life in found), end="\n" if found else "")
    for name, near in unknown.items():
        print(_nowhere(name, near, vanished=name in before), file=sys.stderr)
    return 1 if unknown else 0


def _lives() -> "tuple[Lives, set[str]]":
    """The lives of the review in the current folder, and the records that it had when it last passed."""
    from ..lives import Lives
    from .judged import judged

    today = judged()
    verdict, book, chosen = today.verdict, today.codebook, today.settings
    unknown: list[str] = []
    lives = Lives(
        verdict.review,
        verdict.screening,
        book,
        chosen,
        flow=_flow(verdict, chosen, unknown),
        folded=_folded(verdict, book, chosen, unknown),
        issues=verdict.issues,
        unknown=unknown,
    )
    return lives, set(today.last)


def _flow(verdict: "Judgement", settings: "Settings", unknown: list[str]) -> "Flow | None":
    """The counted flow; where the spreadsheets do not allow one, why is added to `unknown`."""
    from .. import flow

    try:
        return flow.of_review(verdict.review, verdict.screening, settings)
    except ScopelineError as fault:
        unknown.append(f"Which boxes of the flow it stands in is not known: {fault}")
    except (KeyError, ValueError):  # a table lacks what the flow is counted from, which `scopeline validate` tells
        unknown.append(
            "Which boxes of the flow it stands in is not known: the flow cannot be counted from these tables."
        )
    return None


def _folded(verdict: "Judgement", codebook: "Codebook", settings: "Settings", unknown: list[str]) -> "Any":
    """Each study's directions; where the findings do not allow them, why is added to `unknown`."""
    from .. import evidence

    if "findings" not in verdict.review.tables:
        return None
    try:
        return evidence.synthesised(verdict.review, codebook, settings)["folded"]
    except ScopelineError as fault:
        unknown.append(f"Which cells of the synthesis it stands in is not known: {fault}")
    except (KeyError, ValueError):
        unknown.append("Which cells of the synthesis it stands in is not known: the findings cannot be folded.")
    return None


def _document(found: "Sequence[Life]", unknown: dict[str, list[str]]) -> str:
    about = {
        "scopeline": __version__,
        "lives": [asdict(life) for life in found],
        "unknown_ids": [{"id": name, "near": near} for name, near in unknown.items()],
    }
    return json.dumps(about, ensure_ascii=False, indent=1)


def _nowhere(name: str, near: Sequence[str], *, vanished: bool) -> str:
    said = f"{name} is not the ID of a record, report or study in raw/."
    if vanished:
        said += " It was a record of this review when it last passed."
    return f"{said} Did you mean {_either(near)}?" if near else said


def _told(life: "Life") -> str:
    """One life as text for a person: short lines, each with its cell at the end."""
    lines = [f"{life.id}: a {life.kind}, {_state(life.state)}"]
    if life.title:
        lines += textwrap.wrap(life.title, _WIDTH, initial_indent="  ", subsequent_indent="  ", max_lines=2)
    lines += ["", "  Why", *_wrapped(life.why), *(" " * _INDENT + cell for cell in life.cells)]
    if life.survivor:
        lines += _wrapped(f"{life.survivor} is {_state(life.survivor_state)}.")
    lines += _section(
        "Found", ((f"{one.record_id}: {_source(one.source_type, one.source_name)}", one.cell) for one in life.found)
    )
    own = {one.record_id for one in life.found}
    lines += _section(
        "Duplicates of it",
        (
            (f"{one.record_id}" + (f", by way of {one.duplicate_of}" if one.duplicate_of not in own else ""), one.cell)
            for one in life.duplicates
        ),
    )
    for stage in Stage:
        lines += _stage(life, stage)
    lines += _section("Reports", (pair for one in life.reports for pair in _report(one)))
    others = ", ".join(life.studies)
    lines += _section(
        "Charted rows" if life.kind == "study" or not others else f"Charted rows of {others}", _charted(life)
    )
    for one in life.directions:
        lines += _direction(one, several=len(life.studies) > 1)
    lines += _section(
        "Harms",
        ((_harm(one.arm, one.event, one.status, one.n_events, one.n_exposed), one.cell) for one in life.harms),
    )
    members: dict[tuple[str, str], list[str]] = {}
    for placed in life.boxes:
        members.setdefault((placed.unit, placed.member), []).append(placed.box)
    lines += _section(
        "Boxes of the flow",
        ((f"{member} ({unit}): {', '.join(boxes)}", "") for (unit, member), boxes in members.items()),
    )
    lines += _section("Wrong in these rows", ((one.message, one.cell) for one in life.faults))
    if life.unknown:
        lines += ["", "  Not known", *(line for said in life.unknown for line in _wrapped(said))]
    return "\n".join(lines)


def _stage(life: "Life", stage: Stage) -> list[str]:
    """The votes and decisions of one stage, under what it came to."""
    votes = [vote for vote in life.votes if vote.stage == stage]
    decided = [one for one in life.decisions if one.stage == stage]
    outcomes = [one for one in life.outcomes if one.stage == stage]
    if not votes and not decided:
        return []
    ids = {vote.record_id for vote in votes} | {one.record_id for one in decided}
    several = len(ids) > 1

    def said(record: str, who: str, word: str, reason: str, counts: str = "") -> str:
        whole = f"{who or '(no name)'}: {word or '(nothing)'}" + (f", {reason}" if reason else "")
        return (f"{record} {whole}" if several else whole) + (f" (does not count: {counts})" if counts else "")

    pairs = [
        *((said(one.record_id, one.reviewer, one.decision, one.reason, one.counts), one.cell) for one in votes),
        *(
            (said(one.record_id, f"settled by {one.adjudicator or '(no name)'}", one.decision, one.reason), one.cell)
            for one in decided
        ),
    ]
    came_to = "; ".join(
        (f"{one.record_id} " if several else "")
        + f"{one.outcome}, {_BASES.get(one.basis, one.basis)}"
        + (f", counted as: {one.reason}" if one.reason else "")
        for one in outcomes
    )
    return _section(STAGE_LABELS[stage].capitalize() + (f": {came_to}" if came_to else ""), pairs)


def _report(one: Any) -> Iterable[tuple[str, str]]:
    record = f" of {one.record_id}" if one.record_id and one.record_id != one.report_id else ""
    yield f"{one.report_id}{record}: {_state(one.state)}" + (f", {one.reason}" if one.reason else ""), one.cell
    yield (
        f"retrieved: {one.retrieved or '(blank)'}" + (f"; status: {one.status}" if one.status else ""),
        one.retrieved_cell,
    )
    yield f"study: {', '.join(one.study_ids) or '(none named)'}", ""


def _charted(life: "Life") -> Iterable[tuple[str, str]]:
    """The charted rows that the other parts of the text do not name."""
    several = len(life.studies) > 1
    told = {(one.study_id, finding.finding_id) for one in life.directions for finding in one.findings}
    for one in life.charted:
        if one.table == "harms" or (one.table == "findings" and (one.study_id, one.key) in told):
            continue
        by = f", charted by {one.reviewer}" if one.reviewer else ""
        yield " ".join(part for part in (one.table, one.study_id if several else "", one.key) if part) + by, one.cell


def _direction(one: "Folded", *, several: bool) -> list[str]:
    """One cell of the table with the study's direction in it, the fold that gave it, and the findings."""
    words = [finding.direction or "unclear" for finding in one.findings]
    counts = ", ".join(
        f"{word} {words.count(word)}" for word in sorted(set(words), key=lambda word: (-words.count(word), word))
    )
    share = (
        "all are unclear"
        if one.share is None
        else f"the most frequent side has {_percent(one.share)} of those not unclear, "
        f"and {_percent(one.majority)} is needed"
    )
    head = f"In the table: {one.row} × {one.column}: {one.direction}" + (f" ({one.study_id})" if several else "")
    fold = f"{one.basis} findings: {counts}; {share}" if len(words) > 1 else f"one {one.basis} finding"
    if not one.speaks:
        fold += ". Not counted here: stronger findings speak for the study"
    pairs = [(f"{finding.finding_id}: {finding.direction or '(nothing)'}", finding.cell) for finding in one.findings]
    lines = _section(head, pairs)
    return [*lines[:2], *_wrapped(f"{fold}."), *lines[2:]] if lines else ["", f"  {head}", *_wrapped(f"{fold}.")]


def _harm(arm: str, event: str, status: str, n_events: str, n_exposed: str) -> str:
    numbers = f" {n_events or '?'}/{n_exposed or '?'}" if n_events or n_exposed else ""
    return f"{arm or '(no arm)'}: {event or '(no event)'}{numbers}" + (
        f", {status}" if status not in ("", "events") else ""
    )


def _section(head: str, pairs: Iterable[tuple[str, str]]) -> list[str]:
    """A heading and its lines; what is said on the left, its cell beside it, or below where that is too long."""
    listed = [(" ".join(said.split()), cell) for said, cell in pairs]
    if not listed:
        return []
    room = _WIDTH - _INDENT
    fitting = [len(said) for said, cell in listed if cell and len(said) + 2 + len(cell) <= room]
    column = max(fitting, default=0)
    lines = ["", *textwrap.wrap(head, _WIDTH, initial_indent="  ", subsequent_indent="  ")]
    for said, cell in listed:
        if not cell:
            lines += _wrapped(said)
        elif len(said) + 2 + len(cell) <= room:
            wide = column if column + 2 + len(cell) <= room else len(said)
            lines.append(f"{'':{_INDENT}}{said:<{wide}}  {cell}")
        else:
            lines += [*_wrapped(said), f"{'':{_INDENT + 2}}{cell}"]
    return lines


def _wrapped(said: str) -> list[str]:
    indent = " " * _INDENT
    return textwrap.wrap(said, _WIDTH, initial_indent=indent, subsequent_indent=indent)


def _state(state: str) -> str:
    return _STATES.get(State(state), state) if state in tuple(State) else _OUTSIDE


def _source(kind: str, name: str) -> str:
    return " ".join(part for part in (kind, name) if part) or "source not stated"


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"


def _either(names: Sequence[str]) -> str:
    return " or ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else "".join(names)
