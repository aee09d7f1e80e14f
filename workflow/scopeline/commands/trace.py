"""`scopeline trace`: from a number of the results back to the cells of the spreadsheets that make it."""

import argparse
import contextlib
import difflib
import gc
import json
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .. import __version__
from .validate import reviews

if TYPE_CHECKING:
    import pandas as pd

    from ..flow import Flow
    from ..judgement import Judgement
    from ..lineage import Cells, Resolved
    from ..report.words import Cell, Token
    from ..settings import Settings

FORMATS = ("text", "json")

_ABOUT = """\
Print the cells of the spreadsheets behind a number. The number is named by its
token, which is the name in its link in results/summary.md, or by its place in a
table of results/: file, row as a spreadsheet counts it (the header is row 1),
and column. The number is reckoned again from raw/, so you also see whether the
results still say what the spreadsheets say. Nothing is written.
"""
_EPILOG = """\
examples:
  scopeline trace flow.duplicates
  scopeline trace tables/condition_by_domain.csv:2:benefit
  scopeline trace prisma/flow.csv:duplicates:n
  scopeline trace flow.sought --review ../other --format json

exit status:
  0  every number was found, and is what the spreadsheets give
  1  a number is not there, or the spreadsheets give another one now
  2  the call or the configuration is wrong
"""
_PLACE = re.compile(r"(?:results/)?(?P<file>.+\.(?:csv|json)):(?P<row>[^:]+):(?P<column>[^:]+)")
#: Lines of cells that a person is shown; json has all.
_MOST = 200


def add(subparsers: Any) -> None:
    """Add `trace` to the command line."""
    parser = subparsers.add_parser(
        "trace",
        help="print the cells behind a number of the results",
        description=_ABOUT,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("numbers", nargs="+", metavar="NUMBER", help="a token, or FILE:ROW:COLUMN")
    parser.add_argument("--review", metavar="DIR", default=".", help="the review's folder (default: here)")
    parser.add_argument(
        "--format", choices=FORMATS, default="text", help="text for people (default), or json for another program"
    )
    parser.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Trace every number that was named; 1 where one is not found or differs from what the spreadsheets give."""
    gc.disable()  # many cells are made, none of them in a circle, and the process ends with the command
    (folder,) = reviews([chosen.review])
    with contextlib.chdir(folder):
        found, problems = _traced(list(dict.fromkeys(chosen.numbers)))
    if chosen.format == "json":
        told = {"scopeline": __version__, "numbers": [_plain(each) for each in found], "unknown": problems}
        print(json.dumps(told, ensure_ascii=False, indent=1))
    else:
        print("\n\n".join(_told(each) for each in found), end="\n" if found else "")
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems or not all(each.agrees for each in found) else 0


def _traced(names: list[str]) -> "tuple[list[Resolved], list[str]]":
    """Each number of the review in the current folder led back, and a sentence for each that is not there."""
    from ..lineage import resolve

    tokens: list[Token] = []
    problems: list[str] = []
    published = _published()
    for name in names:
        try:
            tokens.append(_token(name, published))
        except LookupError as problem:
            problems.append(str(problem.args[0]))
    if not tokens:
        return [], problems
    tables, cells = _today()
    return [resolve(token, tables, cells) for token in tokens], problems


def _published() -> "dict[str, Token]":
    """The tokens of the published summary; none where there is no summary yet."""
    from ..report.words import of_json

    path = Path("results/summary.tokens.json")
    if not path.is_file():
        return {}
    told = json.loads(path.read_text(encoding="utf-8"))["tokens"]
    return {name: of_json(name, each) for name, each in told.items()}


def _token(name: str, published: "Mapping[str, Token]") -> "Token":
    """The number that was named; raises LookupError in a sentence where there is none."""
    place = _PLACE.fullmatch(name)
    if place:
        return _placed(place["file"], place["row"], place["column"])
    if name in published:
        return published[name]
    if not published:
        raise LookupError(f"{name}: there is no results/summary.tokens.json yet. `snakemake --cores 4` makes it.")
    near = difflib.get_close_matches(name, published, n=3, cutoff=0.4) or [each for each in published if name in each]
    hint = f" Did you mean {' or '.join(near[:3])}?" if near else ""
    raise LookupError(f"{name} is not a token of results/summary.md.{hint}")


def _placed(file: str, row: str, column: str) -> "Token":
    """The number at a place of a table in results/."""
    from .. import lineage, prisma_template
    from ..report.words import Cell, Token, name_of, value_of

    path = Path("results", file)
    if not path.is_file():
        raise LookupError(f"There is no results/{file}.")
    if file in (lineage.FLOW, "prisma/flow.csv"):
        box = prisma_template.VARIABLES.get(row, row)
        flow = json.loads(Path("results", lineage.FLOW).read_text(encoding="utf-8"))
        cell = Cell(lineage.FLOW, column, {"box": box}, "boxes")
        value = value_of(cell, lineage.flow_tables(flow, {})[f"{lineage.FLOW}#boxes"])
        if value is None:
            raise LookupError(f"{file} has no box {row} with a column {column}.")
        return Token(name_of(cell), str(value), value, "number", cell)
    if not row.isdigit():
        raise LookupError(f"{file}: '{row}' is not the number of a row. Write {file}:2:{column} for its first row.")
    return lineage.at(file, int(row), column, _csv(path), _axes())


def _csv(path: Path) -> "pd.DataFrame":
    import pandas as pd

    return pd.read_csv(path, dtype="string", keep_default_na=False, na_values=[""])


def _axes() -> tuple[str, str]:
    from .. import settings

    how = settings.load(Path("config/config.yaml")).synthesis
    return how.rows, how.columns


def _today() -> "tuple[dict[str, pd.DataFrame], Cells]":
    """The tables as the spreadsheets give them now, and their cells."""
    from .. import agreement, cells, codebook, evidence, flow, lineage, quarantine, rawfiles, settings, waivers
    from ..judgement import judge
    from ..mapping import MappingError

    book = codebook.load(Path("config/codebook.yaml"))
    chosen = settings.load(Path("config/config.yaml"), book)
    try:
        verdict = judge([cells.read(Path(file.path)) for file in rawfiles.read_files().values()], book, chosen)
    except MappingError as fault:
        raise fault.at(Path("config/config.yaml")) from None
    review = verdict.review
    counted = _flow(verdict, chosen)
    found = evidence.synthesised(review, book, chosen)
    harmed = evidence.harmed(review, book, chosen)
    checked = {**verdict.counts, **waivers.counts(verdict.applied), "lost": quarantine.tally(review.lost)}
    tables = {
        **lineage.checked_tables({**checked, "files": verdict.files}),
        lineage.AGREEMENT: agreement.full_panel(
            quarantine.counted(review.table("votes"), "votes"), chosen.screening.maybe_as
        ),
        lineage.CHARACTERISTICS: evidence.charted(review, book, chosen)["characteristics"],
        lineage.MAP: found["tally"],
        lineage.DIRECTIONS: found["folded"],
        lineage.HARMS: harmed["summary"],
        lineage.SILENCE: harmed["silence"],
        lineage.ADVERSE: harmed["harms"],
    }
    tables |= lineage.flow_tables(
        flow.as_json(counted),
        {name: box.members for name, box in counted.boxes.items()},
        counted.reasons,
        {kind: source.members for kind, source in {**counted.sources, **counted.other_sources}.items()},
    )
    return tables, lineage.Cells(review, chosen, found["folded"])


def _flow(verdict: "Judgement", chosen: "Settings") -> "Flow":
    from .. import flow, typed_counts

    review = verdict.review
    typed = review.table("flow_counts")
    return flow.count(
        review.table("records"),
        verdict.screening,
        review.table("reports"),
        exceptions=[
            flow.FlowException(each.name, each.why, each.n, tuple(each.ids)) for each in chosen.flow.exceptions
        ],
        arms="two" if chosen.flow.other_methods == "apart" else "one",
        previous=review.tables.get("previous"),
        studies=review.tables.get("studies"),
        typed=typed_counts.read(typed, [review.address("flow_counts", row, "n") for row in range(len(typed))]),
    )


def _plain(found: "Resolved") -> dict[str, Any]:
    return {
        "token": found.token.name,
        **found.token.as_json(),
        "in_spreadsheets": found.in_table,
        "recount": found.recount,
        "agrees": found.agrees,
        "ids": list(found.ids),
        "cells": [{"id": member, "cell": address} for member, address in found.cells],
    }


def _told(found: "Resolved") -> str:
    token = found.token
    lines = [f"{token.name}: {token.shown}", "", f"  Table      results/{_where(token.cell)}"]
    if found.agrees:
        lines.append("  Reckoned   again from raw/: the same")
    else:
        lines.append(f"  Reckoned   again from raw/: {_shown(found)}. The spreadsheets or the configuration changed")
        lines.append("             since the results were made, or the table was edited. Run `snakemake --cores 4`.")
    if found.recount is not None:
        lines.append(f"  Members    {len(found.ids):,}" + (": " + _some(found.ids) if found.ids else ""))
    elif found.ids:
        lines.append(f"  From       {_some(found.ids)}")
    if found.cells:
        width = max(len(member) for member, _ in found.cells[:_MOST])
        lines += ["  Cells", *(f"    {member:<{width}}  {address}" for member, address in found.cells[:_MOST])]
    if len(found.cells) > _MOST:
        lines.append(f"    and {len(found.cells) - _MOST:,} more (--format json lists all)")
    return "\n".join(lines)


def _shown(found: "Resolved") -> str:
    from ..report.words import written

    again = found.in_table if found.in_table is not None else found.recount
    return written(again, found.token.form) or "no such row"


def _where(cell: "Cell") -> str:
    several = {name: value if isinstance(value, str) else " or ".join(value) for name, value in cell.key.items()}
    key = ", ".join(f"{name} {value}" for name, value in several.items())
    part = f" ({cell.table})" if cell.table else ""
    how = {"cell": "", "sum": "sum of ", "percent": f"percentage of {cell.of} in ", "rows": "number of rows of "}
    how |= {"given": "rows with some in ", "distinct": "different members in "}
    return f"{cell.file}{part}: {how[cell.how]}column {cell.column}" + (f", row {key}" if key else "")


def _some(ids: tuple[str, ...], most: int = 8) -> str:
    more = f" and {len(ids) - most:,} more" if len(ids) > most else ""
    return ", ".join(ids[:most]) + more
