"""The codebook: what may stand in each column of each table.

`config/codebook.yaml` is a Frictionless Data Package (https://datapackage.org, Table Schema) with a few keys of ours beside
it: `aliases`, `values`, `separator`, `unit`, `axis`, `kind`, `missing`, `rules`. The form, the validator, the data
dictionary and the labels in tables and figures all come from it.
"""

import re
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from . import checked, terms
from .terms import Missing

Kind = Literal["text", "category", "multi", "integer", "number", "range", "bounded", "date"]

MISSING_DEFAULT: dict[str, list[str]] = {
    "NR": ["NR", "not reported"],
    "NA": ["NA", "N/A", "not applicable"],
    "UNCLEAR": ["UNCLEAR"],
}


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Value(_Part):
    """One allowed value of a category."""

    value: str
    label: str = ""
    synonyms: list[str] = []
    help: str = ""

    @model_validator(mode="before")
    @classmethod
    def _from_word(cls, given: Any) -> Any:
        return {"value": given} if isinstance(given, str) else given

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

    @model_validator(mode="after")
    def _sensible(self) -> "FieldSpec":
        if self.values and self.kind:
            raise ValueError(f"'{self.name}' cannot have both `values` and `kind: {self.kind}`; keep one")
        if self.values and self.type not in ("string", "boolean"):
            raise ValueError(f"'{self.name}' has a list of values, so its type must be string, not {self.type}")
        seen: dict[str, str] = {}
        for value in self.values:
            for word in (value.value, *value.synonyms):
                other = seen.setdefault(fold(word), value.value)
                if other != value.value:
                    raise ValueError(f"'{word}' stands for both '{other}' and '{value.value}'; a word may mean one value only")
        return self

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


class Reference(_Part):
    resource: str = ""
    fields: list[str]

    @field_validator("fields", mode="before")
    @classmethod
    def _listed(cls, given: Any) -> Any:
        return [given] if isinstance(given, str) else given


class ForeignKey(_Part):
    fields: list[str]
    reference: Reference

    @field_validator("fields", mode="before")
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

    @field_validator("primaryKey", mode="before")
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

    @field_validator("name")
    @classmethod
    def _canonical(cls, name: str) -> str:
        if name not in terms.TABLES:
            raise ValueError(f"'{name}' is not a table of a review; the tables are {', '.join(terms.TABLES)}")
        return name

    @model_validator(mode="after")
    def _fields_known(self) -> "TableSpec":
        names = [field.name for field in self.fields]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"the field '{name}' stands twice in '{self.name}'")
        for key in self.primary_key:
            if key not in names:
                raise ValueError(f"the primary key of '{self.name}' names '{key}', which is not one of its fields")
        for foreign in self.foreign_keys:
            for key in foreign.fields:
                if key not in names:
                    raise ValueError(f"a foreign key of '{self.name}' names '{key}', which is not one of its fields")
        for rule in self.rules:
            for name in sorted(rule.fields() - set(names)):
                raise ValueError(f"rule '{rule.id}' names '{name}', which is not a field of '{self.name}'")
        return self

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

    @field_validator("version", mode="before")
    @classmethod
    def _as_text(cls, given: Any) -> Any:
        return str(given) if isinstance(given, int | float) else given

    @model_validator(mode="after")
    def _references_known(self) -> "Codebook":
        names = [table.name for table in self.resources]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"the table '{name}' stands twice")
        for table in self.resources:
            for foreign in table.foreign_keys:
                target = foreign.reference.resource or table.name
                if target not in names:
                    raise ValueError(f"a foreign key of '{table.name}' points at '{target}', which is not a table here")
                for name in foreign.reference.fields:
                    if name not in self.tables[target].by_name:
                        raise ValueError(f"a foreign key of '{table.name}' points at '{target}.{name}', which is not a field")
        return self

    @cached_property
    def tables(self) -> dict[str, TableSpec]:
        """Table name → specification, in the codebook's order."""
        return {table.name: table for table in self.resources}

    @cached_property
    def missing_words(self) -> dict[str, Missing]:
        """Folded word → the kind of missing it stands for."""
        return {fold(word): Missing(code) for code, words in self.missing.items() for word in (code, *words)}

    def field(self, table: str, name: str) -> FieldSpec | None:
        spec = self.tables.get(table)
        return spec.by_name.get(name) if spec else None


def load(path: Path) -> Codebook:
    """Read and check a codebook. Raises ConfigurationError naming each mistake's line and what was expected."""
    return checked.load(path, Codebook)


_SPACE = re.compile(r"[\s\u00a0\u200b\ufeff_\-]+")


def fold(word: str) -> str:
    """A word as it is compared: case, blanks, hyphens and underscores, and curly quotes do not tell words apart."""
    plain = word.translate({0x2019: "'", 0x2018: "'", 0x2013: "-", 0x2014: "-", 0x2011: "-", 0x2010: "-"})
    return _SPACE.sub(" ", plain).strip().casefold()
