"""The codebook: what may stand in each column of each table.

`config/codebook.yaml` is a Frictionless Data Package (https://datapackage.org, Table Schema) with a few keys of ours
beside it: `aliases`, `values` (with `group`), `separator`, `unit`, `axis`, `kind`, `missing`, `rules`. The form, the
validator, the data dictionary and the labels in tables and figures all come from it.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from . import checked, terms, yamlfile
from .checked import Mistakes, Way
from .errors import ConfigurationError
from .terms import Missing

Kind = Literal["text", "category", "multi", "integer", "number", "range", "bounded", "date"]

MISSING_DEFAULT: dict[str, list[str]] = {
    "NR": ["NR", "not reported"],
    "NA": ["NA", "N/A", "not applicable"],
    "UNCLEAR": ["UNCLEAR"],
}


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def _or_a_word(schema: dict[str, Any]) -> None:
    """In the JSON Schema of a value: the word alone may stand for the group."""
    group = dict(schema)
    schema.clear()
    schema.update(description=group.pop("description"), anyOf=[{"type": "string"}, group])


class Value(_Part):
    """One allowed value of a category; a word alone is the value."""

    model_config = ConfigDict(json_schema_extra=_or_a_word)

    value: str
    label: str = ""
    synonyms: list[str] = []
    help: str = ""
    group: str = Field("", description="What the value is counted under where values are put together in groups.")

    @model_validator(mode="before")
    @classmethod
    def _from_word(cls, given: Any) -> Any:
        return {"value": given} if isinstance(given, str | int | float) else given

    @property
    def title(self) -> str:
        return self.label or self.value


class Constraints(_Part):
    """Table Schema constraints."""

    required: bool = False
    unique: bool = False
    minimum: float | None = None
    maximum: float | None = None
    minLength: int | None = None
    maxLength: int | None = None
    pattern: str | None = None
    enum: list[str] | None = None

    @field_validator("pattern")
    @classmethod
    def _is_pattern(cls, pattern: str | None) -> str | None:
        if pattern is not None:
            try:
                re.compile(pattern)
            except re.error as fault:
                raise ValueError(f"not a regular expression: {fault}") from None
        return pattern


class FieldSpec(_Part):
    """One data item: a column of a table."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    type: Literal["string", "integer", "number", "date", "year", "boolean"] = "string"
    title: str = ""
    description: str = ""
    aliases: list[str] = []
    constraints: Constraints = Constraints()
    values: list[Value] = []
    separator: str | None = None
    kind: Literal["range", "bounded"] | None = None
    unit: str = ""
    axis: bool = False
    missing: list[Literal["NR", "NA", "UNCLEAR"]] | None = None
    example: str = ""
    optional: bool = False

    @property
    def what(self) -> Kind:
        """The kind of value that stands in a cell of this field."""
        if self.separator:
            return "multi"
        if self.allowed:
            return "category"
        if self.kind:
            return self.kind
        if self.type in ("integer", "year"):
            return "integer"
        return {"number": "number", "date": "date"}.get(self.type, "text")  # type: ignore[return-value]

    @cached_property
    def allowed(self) -> list[Value]:
        """The allowed values in the codebook's order; empty where any text may stand."""
        if self.values:
            return self.values
        if self.type == "boolean":
            return [Value(value="yes", synonyms=["true", "1", "y"]), Value(value="no", synonyms=["false", "0", "n"])]
        return [Value(value=word) for word in self.constraints.enum or []]

    @property
    def label(self) -> str:
        return self.title or self.name.replace("_", " ").capitalize()

    def labels(self) -> dict[str, str]:
        """Value → label, in the codebook's order."""
        return {value.value: value.title for value in self.allowed}

    def groups(self) -> dict[str, str]:
        """Value → group, of the values that have one."""
        return {value.value: value.group for value in self.allowed if value.group}


class Reference(_Part):
    resource: str = ""
    fields: list[str]

    @field_validator("fields", mode="before", json_schema_input_type=str | list[str])
    @classmethod
    def _listed(cls, given: Any) -> Any:
        return [given] if isinstance(given, str) else given


class ForeignKey(_Part):
    fields: list[str]
    reference: Reference

    @field_validator("fields", mode="before", json_schema_input_type=str | list[str])
    @classmethod
    def _listed(cls, given: Any) -> Any:
        return [given] if isinstance(given, str) else given


COMPARISON = re.compile(r"^\s*([a-z][a-z0-9_]*)\s*(<=|>=|==|!=|<|>)\s*([a-z][a-z0-9_]*|-?\d+(?:\.\d+)?)\s*$")


class Rule(_Part):
    """A rule across the cells of a row that belongs to the review: a comparison, or required / forbidden if."""

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    check: str | None = None
    when: dict[str, str | list[str]] = {}
    require: list[str] = []
    forbid: list[str] = []
    message: str = ""
    severity: Literal["error", "warning"] = "error"

    @model_validator(mode="after")
    def _one_thing(self) -> "Rule":
        if sum(map(bool, (self.check, self.require, self.forbid))) != 1:
            raise ValueError(f"rule '{self.id}' needs exactly one of `check`, `require`, `forbid`")
        if self.check and not COMPARISON.match(self.check):
            raise ValueError(
                f"rule '{self.id}': `{self.check}` is not a comparison of two fields, or of a field and a number, "
                "such as `n_events <= n_exposed`"
            )
        return self

    def fields(self) -> set[str]:
        """The fields that the rule speaks of."""
        named = {*self.when, *self.require, *self.forbid}
        if self.check and (match := COMPARISON.match(self.check)):
            named |= {part for part in (match[1], match[3]) if part[0].isalpha()}
        return named


class Schema(_Part):
    fields: list[FieldSpec]
    primaryKey: list[str] = []
    foreignKeys: list[ForeignKey] = []
    missingValues: list[str] = [""]

    @field_validator("primaryKey", mode="before", json_schema_input_type=str | list[str])
    @classmethod
    def _listed(cls, given: Any) -> Any:
        return [given] if isinstance(given, str) else given


class TableSpec(_Part):
    """One table: what one row is, and its columns."""

    name: str
    title: str = ""
    description: str = ""
    path: str | None = None
    aliases: list[str] = []
    table_schema: Schema = Field(alias="schema")
    rules: list[Rule] = []
    optional: bool = False

    @property
    def fields(self) -> list[FieldSpec]:
        return self.table_schema.fields

    @property
    def primary_key(self) -> list[str]:
        return self.table_schema.primaryKey

    @property
    def foreign_keys(self) -> list[ForeignKey]:
        return self.table_schema.foreignKeys

    @property
    def label(self) -> str:
        return self.title or self.name.capitalize()

    @cached_property
    def by_name(self) -> dict[str, FieldSpec]:
        return {field.name: field for field in self.fields}

    @cached_property
    def identifying(self) -> frozenset[str]:
        """Fields that are keys or references: a missing code such as NR may not stand in them."""
        return frozenset(self.primary_key) | {name for key in self.foreign_keys for name in key.fields}

    def missing_codes(self, field: FieldSpec) -> list[str]:
        """Which of NR, NA and UNCLEAR may stand in a field."""
        if field.missing is not None:
            return list(field.missing)
        return [] if field.name in self.identifying or field.constraints.required else ["NR", "NA", "UNCLEAR"]


class Codebook(_Part):
    """All tables of a review."""

    name: str = Field(pattern=r"^[a-z0-9._-]+$")
    title: str = ""
    description: str = ""
    version: str = "0"
    profile: str | None = None
    licenses: list[dict[str, str]] = []
    missing: dict[Literal["NR", "NA", "UNCLEAR"], list[str]] = Field(default_factory=lambda: dict(MISSING_DEFAULT))  # type: ignore[arg-type]
    resources: list[TableSpec]

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> "Codebook":
        if found := list(_contradictions(self)):
            raise Mistakes(found)
        return self

    @cached_property
    def tables(self) -> dict[str, TableSpec]:
        """Table name → specification: those of the codebook in its order, then those that every review has."""
        return {table.name: table for table in (*self.resources, *_standing(self.resources))}

    @cached_property
    def missing_words(self) -> dict[str, Missing]:
        """Folded word → the kind of missing it stands for."""
        return {fold(word): Missing(code) for code, words in self.missing.items() for word in (code, *words)}

    def field(self, table: str, name: str) -> FieldSpec | None:
        spec = self.tables.get(table)
        return spec.by_name.get(name) if spec else None


def _standing(resources: list[TableSpec]) -> list[TableSpec]:
    """Tables that a review may hold although its codebook does not describe them."""
    described = {table.name for table in resources}
    return [table for table in (FLOW_COUNTS, PREVIOUS) if table.name not in described]


#: Numbers of the flow that are typed, because their rows are in another tool or nowhere.
FLOW_COUNTS = TableSpec.model_validate(
    {
        "name": "flow_counts",
        "title": "Typed counts of the flow",
        "description": "A number of the flow whose rows are not in raw/, such as records removed before import.",
        "aliases": ["flow counts", "prisma counts"],
        "optional": True,
        "schema": {
            "fields": [
                {
                    "name": "box",
                    "title": "Box",
                    "description": "The box of the flow diagram, by its name here or in the PRISMA2020 template.",
                    "missing": [],
                    "constraints": {"required": True},
                },
                {"name": "source_type", "title": "Kind of source", "missing": [], "optional": True},
                {"name": "source_name", "title": "Source", "missing": [], "optional": True},
                {"name": "reason", "title": "Reason for exclusion", "missing": [], "optional": True},
                {
                    "name": "n",
                    "type": "integer",
                    "title": "Number",
                    "description": "How many records, reports or studies.",
                    "missing": [],
                    "constraints": {"required": True, "minimum": 0},
                },
                {"name": "note", "title": "Note", "aliases": ["why"], "missing": [], "optional": True},
            ]
        },
    }
)


#: What the previous version of the review had found and included: the columns of its `prisma/snapshot.csv`.
PREVIOUS = TableSpec.model_validate(
    {
        "name": "previous",
        "title": "Previous version of the review",
        "aliases": ["previous version", "previously included"],
        "optional": True,
        "schema": {
            "fields": [
                {"name": name, "missing": [], "optional": True, "type": "integer" if name == "n" else "string"}
                for name in ("kind", "record_id", "report_id", "study_id", "state", "box", "n")
            ]
        },
    }
)


def _contradictions(book: Codebook) -> Iterator[tuple[Way, str]]:
    """Entries that do not fit the rest of the codebook, each with its way in the file."""
    yield from _twice_missing(book)
    names = [table.name for table in book.resources]
    for number, table in enumerate(book.resources):
        way: Way = ("resources", number)
        if table.name not in terms.TABLES:
            yield (*way, "name"), f"'{table.name}' is not a table of a review; the tables are {', '.join(terms.TABLES)}"
        if table.name in names[:number]:
            yield (*way, "name"), f"the table '{table.name}' stands twice"
        yield from _in_fields(book, table, (*way, "schema", "fields"))
        yield from _in_keys(book, table, (*way, "schema"))
        for place, rule in enumerate(table.rules):
            for name in sorted(rule.fields() - set(table.by_name)):
                yield (*way, "rules", place), f"rule '{rule.id}' names '{name}', which is not a field of '{table.name}'"


def _lacking(book: Codebook) -> Iterator[tuple[Way, str]]:
    """Fields that the counts know by their name and a table does not have; the way to its fields."""
    for number, table in enumerate(book.resources):
        for name in terms.NEEDED.get(table.name, ()):
            if name not in table.by_name:
                yield (
                    ("resources", number, "schema", "fields"),
                    f"'{table.name}' has no field '{name}', which the tables and figures know by this name; "
                    f"name the field so, and give other headers as its aliases.",
                )


def _twice_missing(book: Codebook) -> Iterator[tuple[Way, str]]:
    seen: dict[str, str] = {}
    for code, words in book.missing.items():
        for place, word in enumerate(words):
            if (other := seen.setdefault(fold(word), code)) != code:
                yield (
                    ("missing", code, place),
                    f"'{word}' stands for both {other} and {code}; a word may mean one of them only",
                )


def _in_fields(book: Codebook, table: TableSpec, way: Way) -> Iterator[tuple[Way, str]]:
    headers: dict[str, str] = {}
    for place, spec in enumerate(table.fields):
        here = (*way, place)
        if spec.name in [other.name for other in table.fields[:place]]:
            yield (*here, "name"), f"the field '{spec.name}' stands twice in '{table.name}'"
        for word in (spec.name, spec.title, *spec.aliases):
            if word and (other := headers.setdefault(fold(word), spec.name)) != spec.name:
                yield (
                    (*here, "aliases"),
                    f"'{word}' is a header of both '{other}' and '{spec.name}'; a header may mean one field only",
                )
        if spec.values and spec.kind:
            yield here, f"'{spec.name}' cannot have both `values` and `kind: {spec.kind}`; keep one"
        if spec.values and spec.type not in ("string", "boolean"):
            yield (*here, "type"), f"'{spec.name}' has a list of values, so its type must be string, not {spec.type}"
        low, high = spec.constraints.minimum, spec.constraints.maximum
        if low is not None and high is not None and low > high:
            yield (*here, "constraints"), f"'{spec.name}' has a minimum of {low:g}, above its maximum of {high:g}"
        yield from _in_values(book, table, spec, (*here, "values"))


def _in_values(book: Codebook, table: TableSpec, spec: FieldSpec, way: Way) -> Iterator[tuple[Way, str]]:
    codes = table.missing_codes(spec)
    seen: dict[str, str] = {}
    for place, value in enumerate(spec.values):
        here = (*way, place)
        if not value.value.strip():
            yield here, f"a value of '{spec.name}' may not be blank"
        if fold(value.value) in {fold(other.value) for other in spec.values[:place]}:
            yield (
                here,
                f"the value '{value.value}' of '{spec.name}' stands twice (case, blanks and hyphens do not count)",
            )
            continue
        for word in (value.value, *value.synonyms):
            if (other := seen.setdefault(fold(word), value.value)) != value.value:
                yield (
                    here,
                    f"'{word}' of '{spec.name}' stands for both '{other}' and '{value.value}'; it may mean one only",
                )
            code = book.missing_words.get(fold(word))
            if code in codes:
                yield (
                    here,
                    (
                        f"'{word}' is a value of '{spec.name}' and also the code {code} for a missing value; "
                        f"add `missing: []` to the field, or take the value out"
                    ),
                )


def _in_keys(book: Codebook, table: TableSpec, way: Way) -> Iterator[tuple[Way, str]]:
    for name in table.primary_key:
        if name not in table.by_name:
            yield (
                (*way, "primaryKey"),
                f"the primary key of '{table.name}' names '{name}', which is not one of its fields",
            )
    for place, foreign in enumerate(table.foreign_keys):
        here = (*way, "foreignKeys", place)
        for name in foreign.fields:
            if name not in table.by_name:
                yield here, f"a foreign key of '{table.name}' names '{name}', which is not one of its fields"
        target = book.tables.get(foreign.reference.resource or table.name)
        if target is None:
            yield (
                here,
                f"a foreign key of '{table.name}' points at '{foreign.reference.resource}', which is not a table here",
            )
            continue
        for name in foreign.reference.fields:
            if name not in target.by_name:
                yield here, f"a foreign key of '{table.name}' points at '{target.name}.{name}', which is not a field"
        if len(foreign.fields) != len(foreign.reference.fields):
            yield (
                here,
                f"a foreign key of '{table.name}' pairs {len(foreign.fields)} with "
                f"{len(foreign.reference.fields)} fields",
            )


def load(path: Path) -> Codebook:
    """Read and check a codebook. Raises ConfigurationError naming each mistake's line and what was expected."""
    book = checked.load(path, Codebook)
    if lacking := list(_lacking(book)):
        file = yamlfile.read(path)
        raise ConfigurationError(checked.told(path, {(file.line(way), said) for way, said in lacking}))
    return book


#: Letters of other alphabets that look like Latin ones; a word typed with them is read as the word it looks like.
_ALIKE = str.maketrans(
    "\u0430\u0435\u043e\u0440\u0441\u0445\u0443\u0456\u0455\u0410\u0412\u0415\u041a\u041c\u041d\u041e\u0420\u0421\u0422\u0425\u0423\u0406"
    "\u03bf\u039f\u0391\u0392\u0395\u0396\u0397\u0399\u039a\u039c\u039d\u03a1\u03a4\u03a5\u03a7",
    "aeopcxyisABEKMHOPCTXYIoOABEZHIKMNPTYX",
)
_QUOTES = {0x2019: "'", 0x2018: "'", 0x2032: "'", 0x2013: "-", 0x2014: "-", 0x2011: "-", 0x2010: "-", 0x2212: "-"}
_SPACE = re.compile(r"[\s\u00a0\u200b\ufeff_\-]+")


def fold(word: str) -> str:
    """A word as it is compared.

    Case, blanks, hyphens, underscores, curly quotes, and letters of another alphabet that look alike do not tell words
    apart.
    """
    plain = word if word.isascii() else unicodedata.normalize("NFKC", word.translate(_QUOTES)).translate(_ALIKE)
    return _SPACE.sub(" ", plain).strip().casefold()
