"""The csv of the R package PRISMA2020, filled in by a team or by another tool, as typed counts of the flow.

Seen in real files: the package's blank template (2026, with the two rows of the meta-analysis) and one that a living
review filled in (2024, without them; it holds `EMBASE. 1332` among `MEDLINE, 1212; …`). Keys stand in `data`, as the
package matches them by their spelling; rows with `NA` there are titles of the figure. `n` is a whole number, or a list
`name, number; name, number` in which a name may hold commas and semicolons of its own: it is read from the right.
"""

import re
from dataclasses import dataclass

from ..cells import Book, Sheet
from ..codebook import fold
from . import ids
from .adapter import TOOL, Adapter, Context, Fit, header_with
from .taken import Draft, Given, Taken

TABLE = "flow_counts"

#: The kind of source that a box counts.
_SOURCE_TYPES = {
    "database_results": "database",
    "database_specific_results": "database",
    "register_results": "register",
    "register_specific_results": "register",
    "website_results": "website",
    "organisation_results": "organisation",
    "citations_results": "citation",
    "other_results": "other",
}
_BY_SOURCE = ("database_specific_results", "register_specific_results")
_LABELS = ("identification", "screening", "included")
_WHOLE = re.compile(r"\d{1,3}(?:[, \u00a0]\d{3})+|\d+(?:\.0+)?")
#: A name, the sign before its number, the number, and the end of the item.
_ITEM = re.compile(
    rf" ?(?P<name>.+?) ?(?P<sign>[,.:=]|\(? ?\bn ?=) ?(?P<n>{_WHOLE.pattern}|x{{2,}}) ?\)? ?(?:;|$)", re.I
)
_OPEN = re.compile(r"(?:.*[,\s])?x{2,}", re.I | re.S)


@dataclass(frozen=True)
class _Count:
    row: int
    box: str
    n: str
    name: str = ""
    note: str = ""


def items(text: str) -> list[tuple[str, str, str]] | None:
    """The items of a list as (name, number, the sign between them); None where a part of the text is no such item."""
    found, at = [], 0
    text = " ".join(text.split()).rstrip("; ")
    while at < len(text):
        item = _ITEM.match(text, at)
        if item is None:
            return None
        found.append((item["name"], re.sub(r"[, \u00a0]", "", item["n"]), item["sign"]))
        at = item.end()
    return found


def _fit(_book: Book, sheet: Sheet) -> Fit | None:
    row = header_with(sheet, "data", "box", "boxtext", "n")
    return None if row is None else Fit(row, TOOL)


def _take(book: Book, sheet: Sheet, fit: Fit, ctx: Context) -> Taken:
    draft = Draft(book, sheet, fit.header_row, ctx.codebook, source="prisma_counts", title=_TITLE)
    data, column = draft.find("data"), draft.find("n")
    counts: list[_Count] = []
    for row, key, text in zip(draft.rows, draft.cells(data), draft.cells(column), strict=True):
        counts += _counted(draft, row, key, text, column)
    draft.add(
        TABLE,
        {
            "box": Given([count.box for count in counts], data),
            "source_type": Given([_SOURCE_TYPES.get(count.box, "") for count in counts]),
            "source_name": Given([count.name if count.box in _BY_SOURCE else "" for count in counts], column),
            "reason": Given([count.name if count.box not in _BY_SOURCE else "" for count in counts], column),
            "n": Given([count.n for count in counts], column),
            "note": Given([count.note for count in counts]),
        },
        [count.row for count in counts],
    )
    for name in ("node", "box", "description", "boxtext", "tooltips", "url"):
        draft.unused(draft.find(name), "the package's own words for the figure")
    return draft.taken()


def _counted(draft: Draft, row: int, key: str, text: str, column: int | None) -> list[_Count]:
    """What one row counts; a row that counts nothing is left out."""
    if fold(key) in ("", "na"):
        draft.leave_out("a title of the figure, no count", [row])
    elif key in _LABELS:
        draft.leave_out("a label of the figure, no count", [row])
    elif fold(text) in ("", "na"):
        draft.leave_out("no number is given", [row])
    elif _WHOLE.fullmatch(text):
        return [_Count(row, key, ids.plain(re.sub(r"[, \u00a0]", "", text)))]
    else:
        return _listed(draft, row, key, text, column)
    return []


def _listed(draft: Draft, row: int, key: str, text: str, column: int | None) -> list[_Count]:
    found = items(text)
    if found is None and not _OPEN.fullmatch(text):
        return [_Count(row, key, text)]
    open_names = [name for name, n, _ in found or [] if n.lower().startswith("x")]
    counts = [
        _Count(row, key, n, name, f"a '{sign}' stands before the number" if sign in ".:" else "")
        for name, n, sign in found or []
        if name not in open_names
    ]
    if found is None or open_names:
        what = ", ".join(open_names) or text
        draft.assumed(
            f"The template is not filled in here ({what}), so it counts nothing.",
            "Write the number, or take the name out of the list.",
            at=draft.rows.index(row),
            column=column,
            table=TABLE,
            key=key,
            field="n",
            value=text,
        )
    if not counts:
        draft.leave_out("the template is not filled in", [row])
    return counts


_TITLE = "PRISMA2020: counts of the flow (csv)"

ADAPTERS = [Adapter("prisma_counts", _TITLE, _fit, _take)]
