"""Matches the questions of a charting tool's export to the codebook's fields, by name, title and aliases."""

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher

from ..codebook import Codebook, FieldSpec, TableSpec
from ..terms import CHARTED
from .adapter import heading


@dataclass(frozen=True)
class Questions:
    """Which columns hold which fields of the charted tables; `nearest` says of the others what they are most like."""

    fields: dict[str, dict[str, int]]
    nearest: dict[int, str]


def questions(headers: Mapping[int, str], codebook: Codebook) -> Questions:
    """Match questions to the codebook's fields by name, title and aliases.

    A column may stand for a field of several tables. Findings, harms and appraisal are only read where each field of
    their key has a question of its own (that of the study aside), as one row of an export tells of one study.
    """
    fields: dict[str, dict[str, int]] = {}
    for name in CHARTED:
        table = codebook.tables.get(name)
        if table is None:
            continue
        found = matched(headers, table)
        keys = set(table.primary_key) - {"study_id"}
        if name == "studies" or (keys and keys <= set(found)):
            fields[name] = found
    used = {column for columns in fields.values() for column in columns.values()}
    studies = codebook.tables.get("studies")
    nearest = {
        column: nearest_field(header, studies) for column, header in headers.items() if column not in used and header
    }
    return Questions(fields, nearest)


def matched(headers: Mapping[int, str], table: TableSpec) -> dict[str, int]:
    """Field → column, a field's own name before its title, and that before its aliases."""
    folded = {column: heading(header) for column, header in headers.items()}
    found: dict[str, int] = {}
    for rank in range(3):
        for spec in table.fields:
            words = {heading(word) for word in ([spec.name], [spec.title], spec.aliases)[rank] if word}
            if spec.name in ("study_id", "reviewer") or spec.name in found:
                continue
            for column, word in folded.items():
                if word and word in words and column not in found.values():
                    found[spec.name] = column
                    break
    return found


def fields_by_heading(table: TableSpec) -> dict[str, FieldSpec]:
    """Every name of a field as `heading` gives it; where two fields share one, a field's own name goes before a title.

    The study and the reviewer are never asked for.
    """
    found: dict[str, FieldSpec] = {}
    asked = [spec for spec in table.fields if spec.name not in ("study_id", "reviewer")]
    for rank in range(3):
        for spec in asked:
            for word in ([spec.name], [spec.title], spec.aliases)[rank]:
                if word:
                    found.setdefault(heading(word), spec)
    return found


def nearest_field(header: str, table: TableSpec | None) -> str:
    """Why a question is not read, with the field that it is most like where one comes near."""
    said = "no field of the codebook is headed so"
    if table is None:
        return said
    ratios = [
        (SequenceMatcher(None, heading(header), heading(word)).ratio(), spec.name)
        for spec in table.fields
        for word in (spec.name, spec.title, *spec.aliases)
        if word
    ]
    ratio, name = max(ratios, default=(0.0, ""))
    if ratio < 0.6:
        return said
    return f"{said}; the nearest is '{name}': if it is the same, add '{header}' to its aliases in config/codebook.yaml"
