"""The value of a field as a mapping makes it of the cells of a row."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from ..checked import Way
from ..codebook import FieldSpec
from ..mapping import Column, FieldMap, Links, regular, same
from . import ids
from .mapped_columns import Coded, combined, header_pattern
from .mapped_lists import Groups, Lists
from .mapped_rows import Filter, View, splitter

#: A name in braces, which may itself hold a part of a header: `{n_{event}}`.
_NAMED = re.compile(r"\{((?:[^{}]|\{[^{}]+\})+)\}")
#: What a check-box holds that is not ticked.
_UNTICKED = ("0", "no", "n", "false", "f", "off", "none", "unchecked", "not checked", "na", "n/a", "-")


@dataclass
class Values:
    """The values of one field. `column` is where they stand; `columns` says it for each row where that varies.

    as_is: the cells of the column as they stand, to tell which of the values the spreadsheet's kinds hold for.
    """

    cells: Coded
    column: int | None = None
    columns: np.ndarray | None = None
    as_is: Coded | None = None


class Reader:
    """Reads the fields of one entry.

    `closed` counts values that stand where their gate is closed, by field. `several` names reports that are linked
    to several main reports where the field can hold one: report → the first such field, and the main reports.
    """

    def __init__(self, table: str, lists: Lists, filters: Filter, links: Links | None, prefix: str) -> None:
        self._table, self._lists, self._filters, self._prefix = table, lists, filters, prefix
        self._links = links
        self._groups: Groups | None = None
        self.seen: dict[str, set[str]] = {}
        self.closed: dict[str, list[int]] = {}
        self.several: dict[str, tuple[str, list[str]]] = {}

    def read(self, name: str, one: FieldMap, spec: FieldSpec, view: View) -> Values:
        """The values of a field, one for each row of the view."""
        way: Way = ("fields", name)
        values = self._origin(name, one, spec, view)
        values.as_is = values.cells if one.column is not None and not view.exploded else None
        cells = values.cells
        if one.lookup is not None:
            found = self._lists.values(one.lookup, (*way, "lookup"), _between(spec))
            cells = cells.mapped(lambda word: found.get(same(word), "") if word else "")
        if one.extract is not None:
            cells = cells.mapped(_extractor(one.extract))
        if one.follow is not None:
            cells = self._followed(name, one.follow, cells, view)
        cells = self._meant(name, one, spec, cells)
        if one.id or one.prefix is not None or one.linked:
            cells = self._identified(name, one, spec, cells, view)
        if one.only_if:
            gate = self._filters.passes(view, one.only_if, (*way, "only_if"), f"whether {self._table}.{name} counts")
            cells = self._gated(name, one, cells, gate, view)
        if one.blank:
            cells = cells.mapped(lambda word: word or one.blank)
        values.cells = cells
        return values

    def _origin(self, name: str, one: FieldMap, spec: FieldSpec, view: View) -> Values:
        way: Way = ("fields", name)
        use = f"{self._table}.{name}"
        if one.value is not None:
            return Values(Coded.constant(one.value, len(view)))
        if one.group is not None:
            if one.group in ("row", "position"):
                return Values(self._placed(one.group, view))
            return Values(Coded.constant(view.parts.get(one.group, ""), len(view)))
        if one.column is not None:
            column = view.columns.one(one.column, (*way, "column"), use, view.parts)
            return Values(view.cells(column), column)
        if one.first:
            return self._first(one, way, use, view)
        if one.template is not None:
            return self._template(one.template, way, use, view)
        if one.checked_ is not None:
            return self._checked(one, spec, way, use, view)
        key = "made_of" if one.made_of else "columns"
        columns = view.columns.several(getattr(one, key), (*way, key), use, view.parts)
        parts = [view.cells(column) for column in columns] or [Coded.constant("", len(view))]
        first = columns[0] if columns else None
        if one.made_of:
            return Values(combined(parts, lambda texts: ids.made("", *texts) if any(texts) else ""), first)
        between = one.join if one.join is not None else _between(spec)
        return Values(combined(parts, lambda texts: between.join(dict.fromkeys(filter(None, texts)))), first)

    def _first(self, one: FieldMap, way: Way, use: str, view: View) -> Values:
        columns = view.columns.several(one.first, (*way, "first"), use, view.parts)
        chosen = np.full(len(view), -1)
        parts = [view.cells(column) for column in columns] or [Coded.constant("", len(view))]
        for column, part in zip(columns, parts, strict=False):
            chosen[(chosen < 0) & part.filled()] = column
        joined = combined(parts, lambda texts: next(filter(None, texts), ""))
        if columns:
            chosen[chosen < 0] = columns[0]
        return Values(joined, columns[0] if columns else None, chosen if len(columns) > 1 else None)

    def _template(self, template: str, way: Way, use: str, view: View) -> Values:
        names = list(dict.fromkeys(_NAMED.findall(template)))
        parts: list[Coded] = []
        columns: list[int] = []
        for name in names:
            if name in view.parts:
                parts.append(Coded.constant(view.parts[name], len(view)))
            elif name in ("row", "position"):
                parts.append(self._placed(name, view))
            else:
                column = view.columns.one(name, (*way, "template"), use, view.parts)
                columns += [] if column is None else [column]
                parts.append(view.cells(column))
        fixed = {name for name in names if name in view.parts or name in ("row", "position")}

        def fill(texts: Sequence[str]) -> str:
            held = dict(zip(names, texts, strict=True))
            if len(fixed) < len(names) and not any(text for name, text in held.items() if name not in fixed):
                return ""
            return " ".join(_NAMED.sub(lambda match: held[match[1]], template).split())

        filled = combined(parts, fill) if parts else Coded.constant(template, len(view))
        return Values(filled, columns[0] if columns else None)

    def _placed(self, name: str, view: View) -> Coded:
        if name == "position":
            return view.position if view.position is not None else Coded.constant("1", len(view))
        return Coded.of([str(number) for number in view.grid.numbers(view.at).tolist()])

    def _checked(self, one: FieldMap, spec: FieldSpec, way: Way, use: str, view: View) -> Values:
        """Ticked columns as one value; the choice is the part of the header that the pattern leaves open."""
        choices: dict[int, str] = {}
        said = one.checked_
        if isinstance(said, dict):
            for choice, named in said.items():
                column = view.columns.one(named, (*way, "checked", choice), use, view.parts)
                if column is not None:
                    choices[column] = choice
        else:
            for named in said if isinstance(said, list) else [said or 1]:
                pattern = header_pattern(str(named))
                for column in view.columns.several([named], (*way, "checked"), use, view.parts):
                    header = view.grid.headers[column]
                    match = pattern.fullmatch(header) if pattern else None
                    choices[column] = (match[1] if match and match.groups() else header).strip()
        ticked = {same(word) for word in one.ticked or ()}
        parts = [Coded.constant("", len(view))]
        for column, choice in choices.items():
            cells = view.cells(column)
            held = cells.where(
                (lambda word: same(word) in ticked) if ticked else (lambda word: bool(word) and not _unticked(word))
            )
            parts.append(Coded(held.astype(np.int64), ["", choice]))
        meant = self._meaning(use.partition(".")[2], one)
        between = _between(spec)
        joined = combined(
            parts, lambda texts: between.join(dict.fromkeys(filter(None, map(meant, filter(None, texts)))))
        )
        return Values(joined, next(iter(choices), None))

    def _meant(self, name: str, one: FieldMap, spec: FieldSpec, cells: Coded) -> Coded:
        """The words of cells as what they stand for, each value of a cell of several by itself."""
        if one.checked_ is not None or (one.split is None and not one.values):
            return cells
        meant = self._meaning(name, one)
        if one.split is None:
            return cells.mapped(meant)
        split, between = splitter(one.split), _between(spec)

        def each(word: str) -> str:
            parts = [part for part in split(word) if part]
            return between.join(dict.fromkeys(filter(None, map(meant, parts)))) if parts else meant("")

        return cells.mapped(each)

    def _meaning(self, name: str, one: FieldMap) -> Callable[[str], str]:
        told = list(one.meanings())
        plain = {same(word): (word, meant) for word, meant, _ in reversed(told) if regular(word) is None}
        patterns = [(pattern, word, meant) for word, meant, _ in told if (pattern := regular(word)) is not None]
        seen = self.seen.setdefault(name, set())

        def meaning(word: str) -> str:
            if (found := plain.get(same(word))) is not None:
                seen.add(found[0])
                return found[1]
            for pattern, key, meant in patterns:
                if word and (match := pattern.fullmatch(word)):
                    seen.add(key)
                    return re.sub(r"\s+", " ", match.expand(meant)).strip() if "\\" in meant else meant
            if not word or not told or one.otherwise == "keep":
                return word
            return "" if one.otherwise == "blank" else one.otherwise

        return meaning

    def _followed(self, name: str, key: Column, cells: Coded, view: View) -> Coded:
        """The end of each chain of IDs; a chain that runs in a circle stays as it is."""
        column = view.columns.one(key, ("fields", name, "follow"), f"{self._table}.{name}", view.parts)
        keys = view.cells(column).mapped(same).texts()
        further = {word: found for word, found in zip(keys, cells.texts(), strict=True) if word and found}

        def end(word: str) -> str:
            seen, at = {same(word)}, word
            while (after := further.get(same(at))) is not None:
                if same(after) in seen:
                    return word
                seen.add(same(after))
                at = after
            return at

        return cells.mapped(lambda word: end(word) if word else "")

    def _identified(self, name: str, one: FieldMap, spec: FieldSpec, cells: Coded, view: View) -> Coded:
        prefix = one.prefix if one.prefix is not None else self._prefix if one.id else ""
        if one.linked and self._links is not None:
            return self._linked(name, one, spec, cells, prefix)
        return (
            view.grid.named(cells, prefix) if one.id else cells.mapped(lambda word: f"{prefix}{word}" if word else "")
        )

    def _linked(self, name: str, one: FieldMap, spec: FieldSpec, cells: Coded, prefix: str) -> Coded:
        """The main reports of each report: all of them where the field holds several values, else the first."""
        if self._groups is None and self._links is not None:
            self._groups = self._lists.groups(self._links, ("links",))
        groups = self._groups or Groups()
        cells = cells.mapped(ids.plain)
        present = {same(cells.words[code]) for code in np.unique(cells.codes).tolist()}
        between = _between(spec) if spec.separator else None

        def main(word: str) -> str:
            found = groups.mains_of(word, present) if word else []
            if one.linked == "companion" and same(word) in map(same, found):
                return ""
            if between is None and len(found) > 1 and same(word) in present:
                self.several.setdefault(word, (name, found))
            named = [ids.named(prefix, each) if one.id else f"{prefix}{each}" for each in found]
            return (between or "").join(named if between is not None else named[:1])

        return cells.mapped(main)

    def _gated(self, name: str, one: FieldMap, cells: Coded, gate: np.ndarray, view: View) -> Coded:
        lost = ~gate & cells.filled()
        if lost.any():
            self.closed.setdefault(name, []).extend(view.grid.numbers(view.at[lost]).tolist())
        words = [*cells.words, one.closed]
        return Coded(np.where(gate, cells.codes, len(words) - 1), words)


def _unticked(word: str) -> bool:
    return same(word) in _UNTICKED


def _between(spec: FieldSpec) -> str:
    return f"{spec.separator.strip()} " if spec.separator and spec.separator.strip() else spec.separator or "; "


def _extractor(text: str) -> Callable[[str], str]:
    search = re.compile(text, re.IGNORECASE).search

    def extract(word: str) -> str:
        match = search(word)
        if match is None:
            return ""
        return next((part for part in match.groups() if part is not None), "") if match.groups() else match[0]

    return extract
