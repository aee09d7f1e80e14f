"""The words of a mapping: how the configuration says which columns of a spreadsheet make which table.

A column is named by its header (case and spacing do not matter), by its number from 1, by its letter after a dollar
sign (`$C`), or by a pattern: `*` for any signs, `/…/` for a regular expression. `Notes#2` is the second column headed
Notes.
"""

import fnmatch
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from . import checked, terms, yamlfile
from .checked import Mistakes, Way
from .codebook import Codebook, FieldSpec, TableSpec, fold
from .errors import ConfigurationError

#: A name in braces: of a part of a header, of a column, of the row.
PLACEHOLDER = re.compile(r"\{([^{}]+)\}")
#: What a template may name beside columns and the parts of a header.
PLACES = ("row", "position", "sheet", "file")
#: The field that names a unit.
UNITS = {"record": "record_id", "report": "report_id", "study": "study_id"}

_NUMBER = re.compile(r"#?\s*([-\u2212]?\d+)(?:\.0+)?")
_TAKE = re.compile(r"\s*(\d+)\s*(-\s*(\d+)?)?\s*")


def _as_word(given: Any) -> Any:
    if given is None:
        return ""
    if isinstance(given, bool):
        return "true" if given else "false"
    return str(given) if isinstance(given, int | float) else given


def _listed(given: Any) -> Any:
    return given if isinstance(given, list | tuple) or given is None else [given]


Word = Annotated[str, BeforeValidator(_as_word, json_schema_input_type=str | int | float | bool | None)]
Words = Annotated[list[Word], BeforeValidator(_listed, json_schema_input_type=Word | list[Word])]
Column = Annotated[int, Field(ge=1, strict=True)] | Annotated[str, Field(min_length=1)]
Columns = Annotated[list[Column], BeforeValidator(_listed, json_schema_input_type=Column | list[Column])]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Elsewhere(_Part):
    """A column of another file of raw/, or of another sheet."""

    in_: str = Field(alias="in", description="The file of raw/.")
    sheet: str | None = Field(None, description="The sheet; the first that has the column if it is not given.")
    header_row: int | None = Field(None, ge=1, description="The row of its headers; found by the column if not given.")
    key: Column = Field(description="The column whose cells are compared.")


class Lookup(Elsewhere):
    """A value that stands in another file, in the row with the same key."""

    take: Column = Field(description="The column whose value is taken.")
    every: bool = Field(
        False,
        description="true: the values of all rows with the key (and of all columns that a pattern in `take` fits), "
        "each once, as several values of one cell; otherwise the first that is filled.",
    )


class Links(_Part):
    """A list of reports that belong together: each row names two, in either direction. A chain of rows is one group."""

    in_: str = Field(alias="in", description="The file of raw/ that holds the list.")
    sheet: str | None = Field(None, description="The sheet; the first that has the columns if it is not given.")
    header_row: int | None = Field(None, ge=1, description="The row of its headers.")
    columns: list[Column] = Field(min_length=2, max_length=2, description="The two columns with IDs.")
    main: Elsewhere | None = Field(
        None,
        description="A column with the IDs that studies go by, such as the charting's: the main reports.",
    )


class Condition(_Part):
    """What must hold of a row. Several tests of one column must all hold."""

    column: Column | None = Field(None, description="The column that is looked at.")
    any_: "list[Condition]" = Field([], alias="any", description="One of these conditions must hold.")
    all_: "list[Condition]" = Field([], alias="all", description="Each of these conditions must hold.")
    is_: Word | None = Field(None, alias="is", description="The cell is this word (case does not matter; 1 is 1.0).")
    not_: Word | None = Field(None, alias="not", description="The cell is not this word.")
    in_: Words | None = Field(None, alias="in", description="The cell is one of these words.")
    not_in: Words | None = Field(None, description="The cell is none of these words.")
    matches: str | None = Field(None, description="A regular expression that fits a part of the cell.")
    filled: bool | None = Field(None, description="true: the cell is not blank.")
    blank: bool | None = Field(None, description="true: the cell is blank.")
    above: float | None = Field(None, description="The cell is a number above this.")
    below: float | None = Field(None, description="The cell is a number below this.")
    at_least: float | None = Field(None, description="The cell is a number of at least this.")
    at_most: float | None = Field(None, description="The cell is a number of at most this.")
    present_in: Elsewhere | None = Field(None, description="The cell stands in that column of another source.")
    absent_from: Elsewhere | None = Field(None, description="The cell does not stand in that column of another source.")
    why: str = Field("", description="In words, why rows that fail are left out; made from the condition if not given.")

    @model_validator(mode="after")
    def _one_question(self) -> "Condition":
        found: list[tuple[Way, str]] = []
        tested = [name for name in TESTS if getattr(self, name) is not None]
        kinds = [name for name in ("column", "any_", "all_") if getattr(self, name)]
        if len(kinds) != 1:
            found.append(((), "a condition names one of `column`, `any`, `all`"))
        elif kinds == ["column"] and not tested:
            found.append((("column",), "the condition says nothing of its column; add `is`, `in` or `filled: true`"))
        elif kinds != ["column"] and tested:
            found.append(((), f"`{tested[0].rstrip('_')}` needs a `column`"))
        if self.filled is not None and self.blank is not None:
            found.append((("blank",), "`filled` and `blank` are opposites; keep one"))
        found += _regular(self.matches, ("matches",))
        if found:
            raise Mistakes(found)
        return self


#: The tests of one cell, as they are named in a condition.
TESTS = (
    *("is_", "not_", "in_", "not_in", "matches", "filled", "blank"),
    *("above", "below", "at_least", "at_most", "present_in", "absent_from"),
)

Conditions = Annotated[list[Condition], BeforeValidator(_listed, json_schema_input_type=Condition | list[Condition])]


def _or_a_column(schema: dict[str, Any]) -> None:
    """In the JSON Schema of a field: a column alone may stand for the group."""
    group = dict(schema)
    schema.clear()
    schema.update(
        description=group.pop("description"), anyOf=[{"type": "string"}, {"type": "integer", "minimum": 1}, group]
    )


class FieldMap(_Part):
    """Where the value of a field comes from and what becomes of it. A word alone is a column.

    The order: the cell; `lookup`; `extract`; `follow`; `split`; `values`; `id`, `prefix`, `linked`; `only_if`; `blank`.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, json_schema_extra=_or_a_column)

    column: Column | None = Field(None, description="The column.")
    first: list[Column] = Field([], description="Several columns: the first that is filled.")
    columns: Columns = Field([], description="Several columns, or a pattern of them: what is filled is joined.")
    join: str | None = Field(None, description="Stands between joined values; the codebook's separator if not given.")
    template: str | None = Field(
        None, description="A text with columns in braces, `{Author} {Year}`; also {row}, {position}, {sheet}, {file}."
    )
    value: Word | None = Field(None, description="The same value in every row.")
    group: str | None = Field(None, description="The part of the header that `each` names so; or {sheet}, {file}.")
    checked_: dict[str, Column] | list[Column] | Column | None = Field(
        None,
        alias="checked",
        description="Check-box columns: a pattern whose `*` is the choice, a list of columns, or `choice: column`.",
    )
    ticked: Words | None = Field(
        None, description="What a ticked cell holds; anything but 0, no or false if not given."
    )
    made_of: list[Column] = Field([], description="Columns that an ID is made of where the sheet has none.")
    lookup: Lookup | None = Field(None, description="The cell is a key; the value stands in another source.")
    extract: str | None = Field(None, description="A regular expression: its first group, or all that it fits.")
    follow: Column | None = Field(
        None,
        description="The value is again an ID of this column: the end of the chain counts (a duplicate of one).",
    )
    split: Words | None = Field(None, description="What stands between several values of a cell.")
    values: dict[str, Word | list[Word]] = Field(
        {},
        description="Words of the file and what they stand for (`Keep: include`), or the codebook's word and all that "
        "stand for it (`include: [Keep, Yes]`). `/…/` is a regular expression for the whole word; '' is a blank cell.",
    )
    otherwise: Word = Field(
        "keep", description="A word that `values` does not have: `keep` it to be judged, `blank`, or another word."
    )
    id: bool = Field(False, description="An ID: #28318, 28318.0 and 28318 are the same; the prefix is put before it.")
    prefix: str | None = Field(None, description="What stands before this ID.")
    linked: bool | Literal["companion"] = Field(
        False,
        description="true: the ID of the group's main report; `companion`: that, and blank on the main report.",
    )
    only_if: Conditions = Field([], description="The value counts only where this holds.")
    closed: Word = Field("", description="What the field has where `only_if` does not hold, such as NA.")
    blank: Word = Field("", description="What the field has where the cell is blank.")

    @model_validator(mode="before")
    @classmethod
    def _from_column(cls, given: Any) -> Any:
        return {"column": given} if isinstance(given, str | int) and not isinstance(given, bool) else given

    @model_validator(mode="after")
    def _one_origin(self) -> "FieldMap":
        if found := list(self._mistakes()):
            raise Mistakes(found)
        return self

    @property
    def origin(self) -> str:
        """Which key says where the value comes from."""
        told = self._origins()
        return told[0] if told else ""

    def _origins(self) -> list[str]:
        given = {name: getattr(self, name) for name in ORIGINS}
        return [name for name, what in given.items() if what is not None and what != []]

    def _mistakes(self) -> Iterator[tuple[Way, str]]:
        told = [name.rstrip("_") for name in self._origins()]
        if not told:
            yield (), f"a field needs one of {_keys(name.rstrip('_') for name in ORIGINS)}"
        if len(told) > 1:
            yield (told[1],), f"`{told[0]}` and `{told[1]}` contradict each other; keep one"
        if self.ticked is not None and self.checked_ is None:
            yield ("ticked",), "`ticked` goes with `checked`"
        if self.join is not None and not self.columns:
            yield ("join",), "`join` goes with `columns`"
        if self.otherwise != "keep" and not self.values:
            yield ("otherwise",), "`otherwise` goes with `values`"
        if self.closed and not self.only_if:
            yield ("closed",), "`closed` goes with `only_if`"
        if self.value is not None:
            for name in ("lookup", "extract", "follow", "split", "values", "blank"):
                if getattr(self, name):
                    yield (name,), f"`value` is the same in every row, so `{name}` changes nothing; take one out"
        yield from _regular(self.extract, ("extract",))
        for word, _, way in self.meanings():
            yield from _pattern_mistake(word, ("values", *way))
        if len({isinstance(said, str) for said in self.values.values()}) > 1:
            yield (
                ("values",),
                "`values` holds words and lists; write `word of the file: word of the codebook` throughout, or "
                "`word of the codebook: [words of the file]` throughout",
            )
        seen: dict[str, str] = {}
        for word, meant, way in self.meanings():
            if regular_text(word) or seen.setdefault(same(word), meant) == meant:
                continue
            yield ("values", *way), f"'{word}' stands for both '{seen[same(word)]}' and '{meant}'; keep one"

    def meanings(self) -> Iterator[tuple[str, str, Way]]:
        """Each word of the file with what it stands for, and its way below `values`."""
        for key, said in self.values.items():
            if isinstance(said, str):
                yield key, said, (key,)
            else:
                for place, word in enumerate(said):
                    yield word, key, (key, place)

    def named_columns(self) -> list[tuple[Column, Way]]:
        """Every column that the field names, with its way."""
        found: list[tuple[Column, Way]] = []
        for key in ("column", "first", "columns", "made_of"):
            said = getattr(self, key)
            for place, column in enumerate(said if isinstance(said, list) else [said] if said is not None else []):
                found.append((column, (key, place) if isinstance(said, list) else (key,)))
        if isinstance(self.checked_, dict):
            found += [(column, ("checked", choice)) for choice, column in self.checked_.items()]
        elif isinstance(self.checked_, list):
            found += [(column, ("checked", place)) for place, column in enumerate(self.checked_)]
        elif self.checked_ is not None:
            found.append((self.checked_, ("checked",)))
        return found


#: The keys of a field that say where its value comes from; one of them stands in each.
ORIGINS = ("column", "first", "columns", "template", "value", "group", "checked_", "made_of")


def _or_columns(schema: dict[str, Any]) -> None:
    """In the JSON Schema of `each`: a column, a list of columns or a list of groups may stand for the group."""
    group = dict(schema)
    schema.clear()
    column = {"type": ["string", "integer"]}
    lists = [{"type": "array", "items": column}, {"type": "array", "items": {"type": "object"}}]
    schema.update(description=group.pop("description"), anyOf=[{"type": "string"}, *lists, group])


class Each(_Part):
    """Columns that become rows: one row for each column, or for each group of columns, of a row of the sheet."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, json_schema_extra=_or_columns)

    columns: Columns = Field(
        [],
        description="Headers or patterns; a part in braces gets that name: `{event}_e`. `{column}` is the header.",
    )
    groups: list[dict[str, Word]] = Field([], description="Each group in words: `{arm: drug, n: N drug, e: Ev drug}`.")
    but: Columns = Field([], description="Columns that the patterns fit and that are left alone.")
    keep_blank: bool = Field(False, description="true: also a row where all cells of the group are blank.")

    @model_validator(mode="before")
    @classmethod
    def _from_list(cls, given: Any) -> Any:
        if isinstance(given, str):
            return {"columns": [given]}
        if isinstance(given, list):
            return {"groups" if given and isinstance(given[0], dict) else "columns": given}
        return given

    @model_validator(mode="after")
    def _one(self) -> "Each":
        if bool(self.columns) == bool(self.groups):
            raise Mistakes([((), "`each` needs columns, or groups of columns")])
        return self


class Explode(_Part):
    """Several values of a cell that become rows; several columns go in step."""

    columns: Columns = Field(min_length=1, description="The columns.")
    split: Words = Field([";"], description="What stands between the values.")
    take: Word | None = Field(None, description="Which of the values: `1-2`, `3`, `3-`; all if not given.")

    @model_validator(mode="after")
    def _sensible(self) -> "Explode":
        if self.take is not None and (not _TAKE.fullmatch(self.take) or self.range[0] < 0):
            raise Mistakes([(("take",), f"'{self.take}' is no position; write `1-2`, `3` or `3-`")])
        if not all(self.split):
            raise Mistakes([(("split",), "what stands between the values may not be blank")])
        return self

    @property
    def range(self) -> tuple[int, int | None]:
        """The first position (from 0) that is taken, and the one after the last; None where there is no end."""
        match = _TAKE.fullmatch(self.take or "1-")
        if match is None:
            return -1, None
        low = int(match[1])
        return low - 1, low if match[2] is None else int(match[3]) if match[3] else None


class TableMap(_Part):
    """One table that is read out of one sheet. Several entries may read the same sheet."""

    table: str = Field(description="The table of the codebook.")
    sheet: str | None = Field(
        None, description="The sheet's name or a pattern; the only sheet, or the first with the columns, if not given."
    )
    header_row: int | list[int] | None = Field(
        None, description="The row of the headers, or several rows that are joined; found by the columns if not given."
    )
    header_join: str = Field(" ", description="What stands between the parts of a header of several rows.")
    prefix: str | None = Field(None, description="What stands before the IDs (fields with `id: true`).")
    unit: Literal["record", "report", "study"] | None = Field(
        None, description="What one row is; with `distinct`, its ID tells which rows are the same."
    )
    distinct: bool | list[str] = Field(
        False, description="true: of rows with the same key the first counts; or the fields that make the key."
    )
    shared: bool = Field(False, description="true: rows whose key stands in an earlier file are that file's.")
    where: Conditions = Field([], description="Rows that count: all of these conditions hold.")
    each: Each | None = Field(
        None,
        description="Columns that become rows: a pattern `{event}_e`, a list of columns, or a list of groups.",
    )
    explode: Explode | None = Field(None, description="Several values of a cell that become rows.")
    links: Links | None = Field(None, description="A list of reports that belong together, for fields with `linked`.")
    fields: dict[str, FieldMap] = Field(min_length=1, description="Field of the codebook → where its value comes from.")

    @model_validator(mode="after")
    def _sensible(self) -> "TableMap":
        if found := list(self._mistakes()):
            raise Mistakes(found)
        return self

    @property
    def header_rows(self) -> list[int]:
        """The rows of the headers; empty where they are to be found."""
        return [self.header_row] if isinstance(self.header_row, int) else list(self.header_row or [])

    @property
    def key(self) -> list[str]:
        """The fields by which rows are folded; empty where they are not, or where the codebook's key is meant."""
        if isinstance(self.distinct, list):
            return self.distinct
        return [UNITS[self.unit]] if self.distinct and self.unit else []

    def _mistakes(self) -> Iterator[tuple[Way, str]]:
        if self.table not in terms.TABLES:
            yield (
                ("table",),
                f"'{self.table}' is not a table of a review{_near(self.table, terms.TABLES).removesuffix('?')}",
            )
        rows = self.header_rows
        if (isinstance(self.header_row, list) and (not rows or rows != sorted(set(rows)))) or any(n < 1 for n in rows):
            yield ("header_row",), "rows of headers are numbers from 1 in their order, such as [1, 2]"
        for name in self.key:
            if name not in self.fields:
                yield ("distinct",), f"rows cannot be folded by '{name}', which is not among the fields"
        parts = [*self.named_parts(), *PLACES]
        for name, field in self.fields.items():
            if field.linked and self.links is None:
                yield ("fields", name, "linked"), "`linked` needs `links`, the list of reports that belong together"
            if field.group is not None and field.group not in parts:
                yield (
                    ("fields", name, "group"),
                    f"`each` names no part '{field.group}'{_near(field.group, parts).removesuffix('?')}",
                )
        if self.links is not None and not any(field.linked for field in self.fields.values()):
            yield ("links",), "no field is `linked: true`, so the list of links changes nothing"
        for column in self.each.columns if self.each else []:
            yield from _pattern_mistake(str(column), ("each",))
        for name, field in self.fields.items():
            for column, way in field.named_columns():
                yield from _pattern_mistake(str(column), ("fields", name, *way))

    def named_parts(self) -> list[str]:
        """The parts of headers that `each` names."""
        if self.each is None:
            return []
        if self.each.groups:
            return list(dict.fromkeys(name for group in self.each.groups for name in group))
        found = ["column"]
        for column in map(str, self.each.columns):
            pattern = regular(column)
            found += list(pattern.groupindex) if pattern else PLACEHOLDER.findall(column)
        return list(dict.fromkeys(found))


class MappingError(ConfigurationError):
    """A mapping that does not fit its sheet: each mistake with its way below the source's entry."""

    def __init__(self, file: str, found: Sequence[tuple[Way, str]]) -> None:
        self.file, self.found = file, list(found)
        name = file.removeprefix("raw/")
        said = [
            f"  {' › '.join(_step(step) for step in ('sources', name, *way))}: {sentence(text)}"
            for way, text in self.found
        ]
        super().__init__("\n".join([f"The mapping of {file} does not fit it:", *said]))

    def at(self, path: Path) -> ConfigurationError:
        """The same with the lines of the configuration file."""
        file = yamlfile.read(path)
        sources = file.data.get("sources") if isinstance(file.data, dict) else None
        name = self.file.removeprefix("raw/")
        keys = [key for key in sources or {} if key == name] or [
            key for key in sources or {} if fnmatch.fnmatchcase(name, key)
        ]
        way: Way = ("sources", *keys[:1])
        return ConfigurationError(
            checked.told(
                path, {(file.line((*way, *further)), f"{self.file}: {sentence(text)}") for further, text in self.found}
            )
        )


def against(tables: Sequence[TableMap], codebook: Codebook, given: Collection[str] = ()) -> Iterator[tuple[Way, str]]:
    """What a mapping says that the codebook does not know, each with its way below `tables`.

    `given` names fields that the configuration gives in another way (`set:`).
    """
    for number, entry in enumerate(tables):
        spec = codebook.tables.get(entry.table)
        if spec is None:
            yield (number, "table"), f"the codebook has no table '{entry.table}'{_near(entry.table, codebook.tables)}"
            continue
        for name, field in entry.fields.items():
            if name not in spec.by_name:
                yield (
                    (number, "fields", name),
                    f"'{name}' is not a field of '{entry.table}' in the codebook{_near(name, spec.by_name)}",
                )
            else:
                for way, text in _meant(field, spec, spec.by_name[name], codebook):
                    yield (number, "fields", name, *way), text
        lacking = [
            one.name
            for one in spec.fields
            if one.constraints.required and one.name not in entry.fields and one.name not in given
        ]
        if lacking:
            yield (number, "fields"), f"'{entry.table}' needs {', '.join(lacking)}, which the mapping does not give"


def _meant(field: FieldMap, table: TableSpec, spec: FieldSpec, codebook: Codebook) -> Iterator[tuple[Way, str]]:
    """Words that the mapping puts into a field which does not allow them."""
    if not spec.allowed:
        return
    allowed = {fold(word) for value in spec.allowed for word in (value.value, value.label, *value.synonyms) if word}
    allowed |= {word for word, code in codebook.missing_words.items() if code in table.missing_codes(spec)}
    told: list[tuple[Way, str]] = [(("values", *way), meant) for _, meant, way in field.meanings()]
    told += [(("value",), field.value or ""), (("closed",), field.closed), (("blank",), field.blank)]
    if field.otherwise not in ("keep", "blank"):
        told.append((("otherwise",), field.otherwise))
    for way, word in told:
        parts = word.split(spec.separator) if spec.separator else [word]
        for part in map(str.strip, parts):
            if part and "\\" not in part and fold(part) not in allowed:
                values = [value.value for value in spec.allowed]
                yield way, f"'{part}' is not a value of {table.name}.{spec.name}{_near(part, values)}"


def same(text: str) -> str:
    """A word or an ID as it is compared: `#28318` is `28318.0`, Keep is keep, but -1 is not 1."""
    number = _NUMBER.fullmatch(text.strip())
    return number[1].replace("\u2212", "-") if number else fold(text) or text.strip()


def regular_text(text: str) -> str:
    """What stands between slashes; "" for a plain word."""
    return text[1:-1] if len(text) > 2 and text.startswith("/") and text.endswith("/") else ""


def regular(text: str) -> re.Pattern[str] | None:
    """The regular expression that is written between slashes; None for a plain word."""
    return re.compile(regular_text(text), re.IGNORECASE) if regular_text(text) else None


def sentence(text: str) -> str:
    """With its full stop, where it is no question."""
    return text if text.endswith("?") else f"{text}."


def near(word: str, known: Iterable[str]) -> str:
    """What was probably meant, as the end of a sentence; all that there is where nothing is like it."""
    return _near(word, known)


def _pattern_mistake(text: str, way: Way) -> Iterator[tuple[Way, str]]:
    yield from _regular(regular_text(text), way)


def _regular(text: str | None, way: Way) -> Iterator[tuple[Way, str]]:
    try:
        re.compile(text or "")
    except re.error as fault:
        yield way, f"'{text}' is not a regular expression: {fault}"


def _near(word: str, known: Iterable[str]) -> str:
    known = [name for name in dict.fromkeys(known) if name]
    folded = {fold(name): name for name in known}
    close = get_close_matches(fold(word), list(folded), n=1)
    if close:
        return f"; did you mean '{folded[close[0]]}'?"
    return f"; there are {', '.join(known[:12])}{' and more' if len(known) > 12 else ''}" if known else ""


def _keys(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _step(step: str | int) -> str:
    return str(step + 1) if isinstance(step, int) else step
