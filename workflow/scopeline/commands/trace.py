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
from ..errors import DataError
from ..text import shortened
from .validate import reviews

if TYPE_CHECKING:
    import pandas as pd

    from ..cells import Book
    from ..lineage import Cells, Resolved
    from ..report.places import Place
    from ..report.words import Cell, Token

FORMATS = ("text", "json")

_ABOUT = """\
Print the cells of the spreadsheets behind a number. The number is named by its
token, which is the name in its link in results/summary.md, or by its place in a
table of results/: file, row as a spreadsheet counts it (in a csv the header is
row 1), and column. Each cell is printed with what stands in it. The number is
reckoned again from raw/, so you also see whether the results still say what the
spreadsheets say. Nothing is written.
"""
_EPILOG = """\
examples:
  scopeline trace flow.duplicates
  scopeline trace tables/condition_by_domain.csv:2:benefit
  scopeline trace prisma/flow.csv:duplicates:n prisma/flow.csv:18:n
  scopeline trace flow.sought --review ../other --format json

exit status:
  0  every number was found, and is what the spreadsheets give
  1  a number is not there, or the spreadsheets give another one now
  2  the call or the configuration is wrong
"""
_PLACE = re.compile(r"(?:results/)?(?P<file>.+\.(?:csv|json)):(?P<row>[^:]+):(?P<column>[^:]+)")
_ADDRESS = re.compile(r"(?P<file>.+?) › (?:(?P<sheet>.+)!)?(?P<column>[A-Z]+)(?P<row>\d+)")
_MAKE = "`snakemake --cores 4` makes it."
#: Lines of cells that a person is shown; json has all.
_MOST = 200
#: Letters of what stands in a cell that a person is shown.
_WIDEST = 60


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
        found, problems, content = _traced(list(dict.fromkeys(chosen.numbers)))
        places = _places(found)
    if chosen.format == "json":
        numbers = [_plain(each, place, content) for each, place in zip(found, places, strict=True)]
        told = {"scopeline": __version__, "numbers": numbers, "unknown": problems}
        print(json.dumps(told, ensure_ascii=False, indent=1))
    else:
        listed = [_told(each, place, content) for each, place in zip(found, places, strict=True)]
        print("\n\n".join(listed), end="\n" if found else "")
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems or not all(each.agrees for each in found) else 0


def _places(found: "list[Resolved]") -> "list[Place]":
    """Where in results/ each number stands, by the rows that a spreadsheet shows."""
    from ..report.places import Published, of_cell

    published = Published(Path("results"))
    return [of_cell(each.token.cell, published) for each in found]


def _traced(names: list[str]) -> "tuple[list[Resolved], list[str], Content]":
    """Each number of the review in the current folder led back, a sentence for each that is not there, the cells."""
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
        return [], problems, Content([])
    tables, cells, content = _today()
    return [resolve(token, tables, cells) for token in tokens], problems, content


def _published() -> "dict[str, Token]":
    """The tokens of the published summary; none where there is no summary yet."""
    from ..report.words import of_json

    path = Path("results/summary.tokens.json")
    if not path.is_file():
        return {}
    try:
        told = json.loads(path.read_text(encoding="utf-8"))["tokens"]
        return {name: of_json(name, each) for name, each in told.items()}
    except (ValueError, LookupError, TypeError, AttributeError):
        raise DataError(f"{path} cannot be read as tokens: it was changed or cut off. {_MAKE}") from None


def _token(name: str, published: "Mapping[str, Token]") -> "Token":
    """The number that was named; raises LookupError in a sentence where there is none."""
    place = _PLACE.fullmatch(name)
    if place:
        return _placed(place["file"], place["row"], place["column"])
    if name in published:
        return published[name]
    file = name.removeprefix("results/").partition(":")[0]
    if Path("results", file).is_file() and file.endswith(".csv"):
        column = next((each for each in _csv(Path("results", file)).columns if each.startswith("n")), "COLUMN")
        raise LookupError(f"{name}: say which number of it, such as {file}:2:{column} (file, row, column).")
    if not published:
        raise LookupError(f"{name}: there is no results/summary.tokens.json yet. `snakemake --cores 4` makes it.")
    saying = [each for each, token in published.items() if token.shown == name]
    if saying:
        raise LookupError(f"{name} is what {_listed(saying)} {'says' if len(saying) == 1 else 'say'}. Name the token.")
    near = difflib.get_close_matches(name, published, n=3, cutoff=0.4) or [each for each in published if name in each]
    hint = f" Did you mean {' or '.join(near[:3])}?" if near else ""
    raise LookupError(f"{name} is not a token of results/summary.md.{hint}")


def _placed(file: str, row: str, column: str) -> "Token":
    """The number at a place of a table in results/."""
    from .. import lineage, prisma_template
    from ..report.words import Cell, Token, name_of, value_of

    path = Path("results", file)
    if not path.is_file():
        raise LookupError(f"There is no results/{file}." + ("" if Path("results").is_dir() else f" {_MAKE}"))
    if file in (lineage.FLOW, "prisma/flow.csv"):
        if file.endswith(".csv") and row.isdigit():
            named = _csv(path)["data"].tolist()
            row = str(named[int(row) - 2]) if 2 <= int(row) < len(named) + 2 else row
        box = prisma_template.VARIABLES.get(row, row)
        try:
            flow = json.loads(Path("results", lineage.FLOW).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            raise DataError(f"results/{lineage.FLOW} is not there or cannot be read. {_MAKE}") from None
        cell = Cell(lineage.FLOW, column, {"box": box}, "boxes")
        value = value_of(cell, lineage.flow_tables(flow, {})[f"{lineage.FLOW}#boxes"])
        if value is None:
            told = ", ".join(flow["boxes"])
            raise LookupError(f"{file} has no box {row} with a number in column {column}. Boxes are {told}.")
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


def _today() -> "tuple[dict[str, pd.DataFrame], Cells, Content]":
    """The tables as the spreadsheets give them now, their cells, and what stands in the cells."""
    from .. import evidence, flow, flow_data, lineage, quarantine, waivers
    from .judged import judged

    today = judged()
    verdict, book, chosen = today.verdict, today.codebook, today.settings
    review = verdict.review
    counted = flow.of_review(review, verdict.screening, chosen)
    found = evidence.synthesised(review, book, chosen)
    harmed = evidence.harmed(review, book, chosen)
    charted = evidence.charted(review, book, chosen)
    judged_ = evidence.appraised(review, book, chosen)
    frames = {**charted, **found, **harmed, "lights": judged_["lights"], "lights_summary": judged_["summary"]}
    checked = {**verdict.counts, **waivers.counts(verdict.applied), "lost": quarantine.tally(review.lost)}
    tables = {
        **lineage.checked_tables({**checked, "files": verdict.files}),
        lineage.AGREEMENT: evidence.agreed(review, chosen),
        **{f"tables/further/{file}": frames[name] for name, file in evidence.FURTHER.items() if name in frames},
        lineage.CHARACTERISTICS: charted["characteristics"],
        lineage.STUDIES: charted["studies"],
        lineage.MAP: found["tally"],
        lineage.DIRECTIONS: found["folded"],
        lineage.HARMS: harmed["summary"],
        lineage.SILENCE: harmed["silence"],
        lineage.ADVERSE: harmed["harms"],
    }
    tables |= lineage.flow_tables(
        flow_data.as_json(counted),
        {name: box.members for name, box in counted.boxes.items()},
        counted.reasons,
        {kind: source.members for kind, source in counted.all_sources.items()},
    )
    fields = book.tables["studies"].fields if "studies" in book.tables else []
    headings = {f"{each.label} ({each.unit})" if each.unit else each.label: each.name for each in fields}
    return tables, lineage.Cells(review, chosen, found["folded"], headings), Content(today.books)


class Content:
    """What stands in the cells of the spreadsheets, by their addresses."""

    def __init__(self, books: "list[Book]") -> None:
        self.sheets = {(book.file, sheet.name): sheet for book in books for sheet in book.sheets}
        self.alone = {book.file: book.sheets[0] for book in books if len(book.sheets) == 1}

    def at(self, address: str) -> str:
        """The text of a cell on one line; "" where it is blank, or the address is none of a cell."""
        from ..cells import number

        found = _ADDRESS.fullmatch(address)
        sheet = found and (self.sheets.get((found["file"], found["sheet"] or "")) or self.alone.get(found["file"]))
        if not found or sheet is None:
            return ""
        column, row = number(found["column"]), int(found["row"])
        if column >= sheet.n_columns or not 1 <= row <= sheet.n_rows:
            return ""
        return shortened(sheet.columns[column][row - 1].as_py(), _WIDEST)


def _plain(found: "Resolved", place: "Place", content: Content) -> dict[str, Any]:
    return {
        "token": found.token.name,
        **found.token.as_json(),
        "published": {"file": place.file, "rows": list(place.rows), "column": found.token.cell.column},
        "in_spreadsheets": found.in_table,
        "recount": found.recount,
        "reckoned": found.reckoned,
        "agrees": found.agrees,
        "ids": list(found.ids),
        "cells": [{"id": member, "cell": cell, "value": content.at(cell)} for member, cell in found.cells],
    }


def _told(found: "Resolved", place: "Place", content: Content) -> str:
    token = found.token
    lines = [f"{token.name}: {token.shown}", "", f"  Table      results/{_where(token.cell, place)}"]
    if key := _key(token.cell):
        lines.append(f"  Row        {key}")
    if not found.reckoned:
        lines.append("  Reckoned   not again: this table is not made again here, only its members are looked up")
    elif found.agrees:
        lines.append("  Reckoned   again from raw/: the same")
    else:
        lines.append(f"  Reckoned   again from raw/: {_shown(found)}. The spreadsheets or the configuration changed")
        lines.append("             since the results were made, or the table was edited. Run `snakemake --cores 4`.")
    if found.recount is not None:
        lines.append(f"  Members    {len(found.ids):,}" + (": " + _some(found.ids) if found.ids else ""))
    elif found.ids:
        lines.append(f"  From       {_some(found.ids)}")
    if found.cells:
        shown = found.cells[:_MOST]
        wide, long = (max(map(len, column)) for column in zip(*shown, strict=True))
        lines.append(f"  Cells      {len(found.cells):,}, each with what stands in it")
        lines += [f"    {member:<{wide}}  {cell:<{long}}  {content.at(cell)}".rstrip() for member, cell in shown]
    else:
        lines.append(f"  Cells      none: {_no_cells(token.cell)}")
    if len(found.cells) > _MOST:
        lines.append(f"    and {len(found.cells) - _MOST:,} more (--format json lists all)")
    return "\n".join(lines)


def _no_cells(cell: "Cell") -> str:
    if cell.file == "validation/summary.json":
        return "it tells of the files as a whole"
    if cell.how == "rows" or cell.table in ("identities", "exceptions"):
        return "it is about the table itself"
    return "the table lists no members for this number"


def _shown(found: "Resolved") -> str:
    from ..report.words import written

    again = found.in_table if found.in_table is not None else found.recount
    return written(again, found.token.form) or "no such row"


def _where(cell: "Cell", place: "Place") -> str:
    """File, rows and column of a number, and how it is read off them."""
    from ..report.places import numbered

    how = {"cell": "", "sum": "sum of ", "percent": f"percentage of {cell.of} in ", "given": "rows above 0 in "}
    how |= {"rows": "number of rows", "distinct": "different members in "}
    column = how[cell.how] + ("" if cell.how == "rows" else f"column {cell.column}")
    part = f" ({cell.table})" if cell.table and place.file == cell.file else ""
    rows = f"{numbered('row', place.rows)}, " if place.rows else ""
    return f"{place.file}{part}, {rows}{column}"


def _key(cell: "Cell") -> str:
    """What finds the rows of a number, in words."""
    several = {name: value if isinstance(value, str) else " or ".join(value) for name, value in cell.key.items()}
    return ", ".join(f"{name} is {value or 'blank'}" for name, value in several.items())


def _listed(names: list[str], most: int = 8) -> str:
    more = [f"{len(names) - most} more"] if len(names) > most else []
    told = [*names[:most], *more]
    return told[0] if len(told) == 1 else f"{', '.join(told[:-1])} and {told[-1]}"


def _some(ids: tuple[str, ...], most: int = 8) -> str:
    more = f" and {len(ids) - most:,} more" if len(ids) > most else ""
    return ", ".join(ids[:most]) + more
