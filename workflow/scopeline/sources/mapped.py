"""Reads sheets as the configuration maps them: for each entry the rows that count, its fields, and their cells."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ..cells import Book, Sheet
from ..checked import Way
from ..codebook import TableSpec, fold
from ..issues import Issue, issue
from ..mapping import Elsewhere, FieldMap, Links, MappingError, TableMap, near, regular
from ..review import Place
from ..settings import Settings, SourceSetting
from .adapter import Context
from .mapped_columns import Grid, combined, header_pattern, named_parts
from .mapped_fields import Reader, Values
from .mapped_lists import Lists, header_row
from .mapped_rows import Columns, Filter, View, fails, views
from .taken import LeftOut, Rows, Taken, Use

#: The name of what a mapping reads, as `as:` names other sources.
NAME = "mapping"


def take(book: Book, setting: SourceSetting, ctx: Context) -> tuple[list[Taken], set[str]]:
    """What the mapped sheets of a book were taken for, and the names of the sheets that were read.

    Raises MappingError (a ConfigurationError; `at` gives it the lines of the configuration) with every place where the
    mapping does not fit: a sheet, a column, a file, a field that is not there.
    """
    mistakes: dict[tuple[Way, str], None] = {}
    drafts: dict[str, _Sheet] = {}
    for number, entry in enumerate(setting.tables):

        def tell(way: Way, text: str, number: int = number) -> None:
            mistakes[("tables", number, *way), text] = None

        spec = ctx.codebook.tables.get(entry.table)
        if spec is None:
            tell(("table",), f"the codebook has no table '{entry.table}'{near(entry.table, ctx.codebook.tables)}")
            continue
        entry = _completed(entry, spec, setting)  # noqa: PLW2901 - the same entry with the source's own words
        for name in entry.fields:
            if name not in spec.by_name:
                tell(("fields", name), f"'{name}' is not a field of '{entry.table}'{near(name, spec.by_name)}")
        sheets = _sheets(book, entry)
        if not sheets:
            there = [sheet.name for sheet in book.sheets if sheet.n_rows and sheet.name]
            tell(("sheet",), f"there is no sheet '{entry.sheet}'{near(entry.sheet or '', there)}")
        for sheet in sheets:
            rows = entry.header_rows or [header_row(sheet, _headers_named(entry))[0]]
            draft = drafts.setdefault(sheet.name, _Sheet(book, sheet, tuple(rows)))
            if draft.grid is None:
                if max(rows) > sheet.n_rows:
                    tell(
                        ("header_row",),
                        f"the sheet '{sheet.name}' has {sheet.n_rows} rows, and no header in {rows[-1]}",
                    )
                    continue
                draft.grid = Grid(sheet, rows, entry.header_join)
            elif draft.header_rows != tuple(rows):
                tell(
                    ("header_row",),
                    f"the headers stand in row {rows[-1]} here and in row {draft.header_rows[-1]} in another entry; "
                    "all entries of a sheet have one header",
                )
                continue
            lists = Lists(ctx.books, tell)
            _Entry(draft, draft.grid, entry, spec, lists, Columns(draft.grid, entry, tell)).read(setting)
    if mistakes:
        raise MappingError(book.file, list(mistakes))
    return [draft.taken() for draft in drafts.values()], set(drafts)


def looked_into(settings: Settings) -> set[str]:
    """The files of raw/ that mappings look into, as `raw/duplicates.csv`: they need not hold a table themselves."""
    found: set[str] = set()
    for said in settings.sources.values():
        if isinstance(said, SourceSetting):
            for entry in said.tables:
                found |= {f"raw/{name.removeprefix('raw/')}" for name in _files(entry)}
    return found


def _files(part: object) -> Iterator[str]:
    """The files that a part of a mapping names."""
    from pydantic import BaseModel

    if isinstance(part, BaseModel):
        inner = [getattr(part, name) for name in type(part).model_fields]
        if isinstance(part, Elsewhere | Links):
            yield part.in_
    else:
        inner = list(part.values()) if isinstance(part, dict) else part if isinstance(part, list) else []
    for one in inner:
        yield from _files(one)


def _completed(entry: TableMap, spec: TableSpec, setting: SourceSetting) -> TableMap:
    """The entry with what is said of the whole file: constants, the stage, the reviewer."""
    told = dict(setting.set_)
    if entry.table in ("votes", "decisions") and setting.stage:
        told.setdefault("stage", setting.stage)
    if entry.table == "votes" and setting.reviewer:
        told.setdefault("reviewer", setting.reviewer)
    more = {
        name: FieldMap(value=text) for name, text in told.items() if name in spec.by_name and name not in entry.fields
    }
    return entry.model_copy(update={"fields": entry.fields | more}) if more else entry


def _headers_named(entry: TableMap) -> list[str]:
    """The headers that an entry names, by which its sheet and header row are found."""
    named = [column for one in entry.fields.values() for column, _ in one.named_columns()]
    named += [condition.column for condition in entry.where if condition.column is not None]
    named += [*(entry.each.columns if entry.each else []), *(entry.explode.columns if entry.explode else [])]
    parts = entry.named_parts()
    return [
        column
        for column in named
        if isinstance(column, str) and (not named_parts(column, parts) or column in _of(entry))
    ]


def _of(entry: TableMap) -> list[object]:
    return list(entry.each.columns) if entry.each else []


def _sheets(book: Book, entry: TableMap) -> list[Sheet]:
    """The sheets that an entry reads: those of its name or pattern, or else the one with the most of its columns."""
    held = [sheet for sheet in book.sheets if sheet.n_rows]
    if entry.sheet is None:
        named = _headers_named(entry)
        return [max(held, key=lambda sheet: header_row(sheet, named)[1])] if held else []
    for fits in (lambda name: name == entry.sheet, lambda name: fold(name) == fold(entry.sheet or "")):
        if found := [sheet for sheet in held if fits(sheet.name)]:
            return found
    pattern = regular(entry.sheet) or header_pattern(entry.sheet)
    return [sheet for sheet in held if pattern.fullmatch(sheet.name)] if pattern else []


@dataclass
class _Sheet:
    """What one sheet yields, written down entry by entry."""

    book: Book
    sheet: Sheet
    header_rows: tuple[int, ...]
    grid: Grid | None = None
    rows: list[Rows] = field(default_factory=list)
    left_out: dict[str, list[int]] = field(default_factory=dict)
    used: dict[int, dict[str, None]] = field(default_factory=dict)
    issues: list[Issue] = field(default_factory=list)

    def tell(self, rule: str, table: str, **about: object) -> None:
        self.issues.append(issue(rule, self.book.file, sheet=self.sheet.name, table=table, **about))  # type: ignore[arg-type]

    def taken(self) -> Taken:
        grid = self.grid
        if grid is None:
            raise ValueError("a sheet without a header was not read")
        uses = []
        for column, header in enumerate(grid.headers):
            fields = tuple(self.used.get(column, ()))
            if header or fields:
                uses.append(Use(column, header, fields, "" if fields else "the mapping does not name it"))
        yields = {number for rows in self.rows for number in rows.numbers.tolist()}
        left_out, told = [], set(yields)
        for why, numbers in self.left_out.items():
            fresh = [number for number in dict.fromkeys(numbers) if number not in told]
            told.update(fresh)
            if fresh:
                left_out.append(LeftOut(why, tuple(sorted(fresh))))
        tables = ", ".join(dict.fromkeys(rows.place.table for rows in self.rows))
        return Taken(
            self.book.file,
            self.sheet.name,
            NAME,
            f"mapped in config.yaml: {tables}" if tables else "mapped in config.yaml",
            self.header_rows[-1],
            self.rows,
            uses,
            left_out,
            self.issues,
            grid.numbers(np.arange(len(grid.rows))).tolist(),
        )


@dataclass
class _Block:
    """The fields of one view: rows that share their columns, unless `columns` says otherwise for a row."""

    view: View
    fields: dict[str, Values]

    def only(self, kept: np.ndarray) -> "_Block":
        places = np.flatnonzero(kept)
        fields = {
            name: replace(
                values,
                cells=values.cells.at(places),
                as_is=None if values.as_is is None else values.as_is.at(places),
                columns=None if values.columns is None else values.columns[kept],
            )
            for name, values in self.fields.items()
        }
        return _Block(self.view.only(kept), fields)


class _Entry:
    """Reads one entry of a mapping out of one sheet."""

    def __init__(
        self, draft: _Sheet, grid: Grid, entry: TableMap, spec: TableSpec, lists: Lists, columns: Columns
    ) -> None:
        self._draft, self._grid, self._entry, self._spec = draft, grid, entry, spec
        self._lists, self._columns = lists, columns
        self._filters = Filter(lists)

    def read(self, setting: SourceSetting) -> None:
        entry = self._entry
        prefix = entry.prefix if entry.prefix is not None else setting.prefix or ""
        reader = Reader(entry.table, self._lists, self._filters, entry.links, prefix)
        blocks: list[_Block] = []
        for view, own in views(self._draft.book, self._grid, entry, self._columns):
            counted = self._filled(self._counted(view), own)
            fields = {
                name: reader.read(name, one, self._spec.by_name[name], counted)
                for name, one in entry.fields.items()
                if name in self._spec.by_name
            }
            blocks.append(self._with_content(_Block(counted, fields)))
        self._columns.tell_missing()
        self._blank_groups()
        for block in self._distinct(blocks):
            self._put(block)
        for column, uses in self._columns.used.items():
            self._draft.used.setdefault(column, {}).update(uses)
        self._tell_words(reader)

    def _leave_out(self, why: str, view: View, kept: np.ndarray) -> None:
        if not kept.all():
            numbers = self._grid.numbers(view.at[~kept]).tolist()
            self._draft.left_out.setdefault(why, []).extend(numbers)

    def _counted(self, view: View) -> View:
        """The rows that pass every condition; the others are left out under the first that they fail."""
        for place, condition in enumerate(self._entry.where):
            kept = self._filters.holds(view, condition, ("where", place), f"which rows of {self._entry.table} count")
            self._leave_out(fails(condition), view, kept)
            view = view.only(kept) if not kept.all() else view
        return view

    def _filled(self, view: View, own: Sequence[int]) -> View:
        """Of a group of columns, the rows in which any of its cells is filled."""
        if not own or (self._entry.each is not None and self._entry.each.keep_blank):
            return view
        held = np.zeros(len(view), bool)
        for column in own:
            held |= view.cells(column).filled()
        return view if held.all() else view.only(held)

    def _blank_groups(self) -> None:
        """Leave out rows of which no group of columns and no value made a row; those that yield anything stay."""
        each, explode = self._entry.each, self._entry.explode
        what = [str(column) for column in (each.columns if each else [])] or (["the groups"] if each else [])
        if explode is not None:
            what = [str(column) for column in explode.columns]
        if not what:
            return
        taken = f" at {explode.take}" if explode is not None and explode.take else ""
        everything = View(self._grid, np.arange(len(self._grid.rows)), {}, self._columns)
        why = f"nothing stands in {' or '.join(what)}{taken}"
        self._leave_out(why, everything, np.zeros(len(everything), bool))

    def _with_content(self, block: _Block) -> _Block:
        """Without rows in which none of the columns that are read holds anything: they are blank for this table."""
        held = np.zeros(len(block.view), bool)
        columned = [values for values in block.fields.values() if values.column is not None]
        for values in columned:
            held |= values.cells.filled()
        if held.all() or not columned:
            return block
        self._leave_out("nothing stands in the columns that are read", block.view, held)
        return block.only(held)

    def _distinct(self, blocks: list[_Block]) -> Iterable[_Block]:
        """Of the rows with the same key the first of the sheet; the others are left out."""
        if not self._entry.distinct:
            return blocks
        key = self._entry.key or self._spec.primary_key
        names = [name for name in key if name in self._entry.fields]
        rows: list[tuple[int, int, int]] = []
        keys: list[list[str]] = []
        for place, block in enumerate(blocks):
            parts = [block.fields[name].cells for name in names]
            keys.append(combined(parts, "\x1f".join).texts() if parts else [""] * len(block.view))
            rows += [(at, place, row) for row, at in enumerate(block.view.at.tolist())]
        first: dict[str, tuple[int, int]] = {}
        kept = [np.ones(len(block.view), bool) for block in blocks]
        for _, place, row in sorted(rows):
            word = keys[place][row]
            if not word.replace("\x1f", ""):
                continue
            there = first.setdefault(word, (place, row))
            if there != (place, row):
                kept[place][row] = False
                self._tell_again(blocks, there, (place, row), names)
        return [block.only(mask) if not mask.all() else block for block, mask in zip(blocks, kept, strict=True)]

    def _tell_again(
        self, blocks: list[_Block], first: tuple[int, int], again: tuple[int, int], names: Sequence[str]
    ) -> None:
        one, other = ((blocks[place], row) for place, row in (first, again))
        differing = [
            name
            for name, values in one[0].fields.items()
            if name not in names
            and values.cells.words[values.cells.codes[one[1]]]
            != (there := other[0].fields[name].cells).words[there.codes[other[1]]]
        ]
        why = f"an earlier row has the same {' and '.join(names)}"
        why += f", with another {', '.join(differing)}" if differing else ""
        view = other[0].view
        self._draft.left_out.setdefault(why, []).append(int(self._grid.numbers(view.at[[other[1]]])[0]))

    def _put(self, block: _Block) -> None:
        """Write the rows of a block down; rows whose values stand in other columns than the first ones' apart."""
        varying = [values.columns for values in block.fields.values() if values.columns is not None]
        if varying and len(block.view):
            found, which = np.unique(np.stack(varying, axis=1), axis=0, return_inverse=True)
            for number in range(len(found)):
                self._write(block.only(which.reshape(-1) == number))
        else:
            self._write(block)

    def _write(self, block: _Block) -> None:
        if not len(block.view):
            return
        columns, texts, kinds = {}, {}, {}
        for name, values in block.fields.items():
            column = values.column if values.columns is None else int(values.columns[0])
            texts[name] = values.cells.array()
            if column is not None and column >= 0:
                columns[name] = column
                if (marks := self._kinds(values, column, block.view)) is not None:
                    kinds[name] = marks
        entry = self._entry
        place = Place(self._draft.book.file, self._draft.sheet.name, entry.table, self._grid.header_rows[-1], columns)
        rows = Rows(place, self._grid.numbers(block.view.at), texts, kinds, shared=entry.shared)
        key = entry.key or self._spec.primary_key
        rows.key, rows.fields = (key[0] if key else ""), frozenset(self._spec.by_name)
        self._draft.rows.append(rows)

    def _kinds(self, values: Values, column: int, view: View) -> pa.ChunkedArray | None:
        """What the spreadsheet says its cells are, of the values that stand as they stood there; others are text."""
        marks = None if values.as_is is None else self._grid.kinds(column, view.at)
        if values.as_is is None or marks is None or values.cells is values.as_is:
            return marks
        same = pc.fill_null(pc.equal(values.cells.array(), values.as_is.array()), False)
        return pa.chunked_array([pc.if_else(same.combine_chunks(), marks.combine_chunks(), pa.scalar(0, pa.int8()))])

    def _tell_words(self, reader: Reader) -> None:
        """Words of value maps that the sheet lacks, values where their gate is closed, reports of several studies."""
        for name, one in self._entry.fields.items():
            seen = reader.seen.get(name, set())
            unseen = [word for word, _, _ in one.meanings() if word and word not in seen] if name in reader.seen else []
            if unseen:
                self._draft.tell("mapping_word_unseen", self._entry.table, field=name, value=", ".join(unseen))
            numbers = sorted(reader.closed.get(name, []))
            if numbers:
                why = " or ".join(map(fails, one.only_if))
                self._draft.tell(
                    "value_not_counted",
                    self._entry.table,
                    field=name,
                    row=numbers[0],
                    value=str(len(numbers)),
                    message=why,
                )
        for report, (name, mains) in sorted(reader.several.items()):
            self._draft.tell(
                "source_assumed",
                self._entry.table,
                field=name,
                value=report,
                message=f"{report} is linked to several main reports ({', '.join(mains)}), and {name} can hold one: "
                f"{mains[0]} was taken.",
                suggestion="Give study_id a separator in the codebook if the report tells of several studies.",
            )
