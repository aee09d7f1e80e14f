"""What changed between two versions of a codebook, in words, and what each change means for data already charted.

Charting is iterative: codebooks change while a review runs (JBI Manual, chapter on scoping reviews). A change is
harmless, lets more stand than before, lets less stand, or changes what a cell means. `recharting` finds the cells.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum
from typing import TYPE_CHECKING

from . import codebook_words as words
from .codebook import Codebook, Constraints, FieldSpec, ForeignKey, Rule, TableSpec, Value, fold

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = ("effect", "change", "table", "field", "value", "before", "after", "sentence")


class Effect(StrEnum):
    """What a change means for data already charted."""

    NARROWING = "narrowing"  # what could stand may stand no longer, or more is asked
    MEANING = "meaning"  # the same cell says something else now
    WIDENING = "widening"  # more may stand, or less is asked
    HARMLESS = "harmless"  # labels, examples, order


H_, W_, N_, M_ = Effect.HARMLESS, Effect.WIDENING, Effect.NARROWING, Effect.MEANING

#: Every kind of change that is told, and its effect; None where the case decides.
KINDS: dict[str, Effect | None] = {
    "version_changed": H_,
    "about_changed": H_,  # the codebook's name, title, description, licences
    "missing_word_added": W_,
    "missing_word_removed": N_,
    "table_added": None,
    "table_removed": N_,
    "table_required": N_,
    "table_optional": W_,
    "table_label_changed": H_,
    "table_meaning_changed": M_,
    "table_alias_added": W_,
    "table_alias_removed": N_,
    "key_changed": N_,
    "reference_added": N_,
    "reference_removed": W_,
    "field_added": None,
    "field_removed": N_,
    "field_renamed": None,
    "column_optional": W_,
    "column_needed": N_,
    "kind_changed": None,
    "separator_changed": N_,
    "unit_changed": M_,
    "label_changed": H_,
    "meaning_changed": M_,
    "example_changed": H_,
    "axis_changed": H_,
    "alias_added": W_,
    "alias_removed": N_,
    "required_added": N_,
    "required_dropped": W_,
    "constraint_tightened": N_,
    "constraint_loosened": W_,
    "code_added": W_,
    "code_removed": N_,
    "value_added": W_,
    "value_removed": N_,
    "value_renamed": None,
    "value_merged": None,
    "value_split": None,
    "value_label_changed": H_,
    "value_meaning_changed": M_,
    "values_reordered": H_,
    "synonym_added": W_,
    "synonym_removed": N_,
    "rule_added": N_,
    "rule_removed": W_,
    "rule_changed": None,
    "rule_message_changed": H_,
}

#: Kinds of fields into which data of another kind fit as they are.
_FITS = {
    ("category", "multi"),
    ("integer", "number"),
    ("integer", "range"),
    ("integer", "bounded"),
    ("number", "range"),
    ("number", "bounded"),
}
_ALIKE = 0.75


@dataclass(frozen=True)
class Change:
    """One change. `field` is the field's name in the new codebook, or in the old one where it was removed."""

    kind: str
    effect: Effect
    table: str
    field: str
    value: str
    before: str
    after: str
    sentence: str


def diff(old: Codebook, new: Codebook) -> list[Change]:
    """All changes from one codebook to another, in the order of the new one. Equal codebooks give none."""
    found = [*_about(old, new), *_missing_words(old, new)]
    for table in new.resources:
        before = old.tables.get(table.name)
        if before is None:
            effect = W_ if table.optional else N_
            asked = "a review may do without it" if table.optional else "every review needs it"
            found.append(_change("table_added", table.name, sentence=f"The table is new; {asked}.", effect=effect))
        else:
            found += _in_table(before, table)
    for table in old.resources:
        if table.name not in new.tables:
            found.append(_change("table_removed", table.name, sentence="The table is gone: its rows are not read."))
    return found


def frame(changes: Iterable[Change]) -> "pd.DataFrame":
    """Changes as the table of codebook_changes.csv: all columns text, "" where there is nothing."""
    import pandas as pd

    rows = [
        [item.effect, item.kind, item.table, item.field, item.value, item.before, item.after, item.sentence]
        for item in changes
    ]
    return pd.DataFrame([[str(part) for part in row] for row in rows], columns=list(COLUMNS), dtype=str)


def _change(
    kind: str,
    table: str = "",
    field: str = "",
    *,
    value: str = "",
    before: object = "",
    after: object = "",
    sentence: str,
    effect: Effect | None = None,
) -> Change:
    known = effect or KINDS[kind]
    if known is None:
        raise ValueError(f"the effect of {kind} depends on the case")
    return Change(kind, known, table, field, value, _text(before), _text(after), sentence)


def _text(given: object) -> str:
    if given is None:
        return ""
    if isinstance(given, float):
        return words.plain(given)
    return "; ".join(map(str, given)) if isinstance(given, list | tuple) else str(given)


def _from_to(before: object, after: object) -> str:
    """How something changed, as the end of a sentence."""
    first, last = _text(before), _text(after)
    return f"was '{first}' and is '{last}' now" if first and last else f"is '{last}' now" if last else f"was '{first}'"


# ---- the whole codebook and its tables


def _about(old: Codebook, new: Codebook) -> Iterator[Change]:
    if old.version != new.version:
        said = f"The version {_from_to(old.version, new.version)}."
        yield _change("version_changed", before=old.version, after=new.version, sentence=said)
    for name in ("name", "title", "description", "profile", "licenses"):
        before, after = getattr(old, name), getattr(new, name)
        if before != after:
            said = f"The codebook's {name} {_from_to(before, after)}."
            yield _change("about_changed", before=before, after=after, sentence=said)


def _missing_words(old: Codebook, new: Codebook) -> Iterator[Change]:
    for word, code in new.missing_words.items():
        if old.missing_words.get(word) != code:
            yield _change("missing_word_added", value=word, after=code, sentence=f"'{word}' is read as {code} now.")
    for word, code in old.missing_words.items():
        if new.missing_words.get(word) != code:
            said = f"'{word}' is no longer read as {code}."
            yield _change("missing_word_removed", value=word, before=code, sentence=said)


def _in_table(before: TableSpec, after: TableSpec) -> Iterator[Change]:
    name = after.name
    if before.optional != after.optional:
        if after.optional:
            yield _change("table_optional", name, sentence="A review may do without the table now.")
        else:
            yield _change("table_required", name, sentence="Every review needs the table now.")
    if before.label != after.label:
        said = f"The table's label {_from_to(before.label, after.label)}."
        yield _change("table_label_changed", name, before=before.label, after=after.label, sentence=said)
    if before.description != after.description:
        said = f"What a row of the table is {_from_to(before.description, after.description)}."
        yield _change("table_meaning_changed", name, before=before.description, after=after.description, sentence=said)
    yield from _table_aliases(before, after)
    renamed = renamed_fields(before, after)
    yield from _keys(before, after, renamed)
    came_from = {to: frm for frm, to in renamed.items()}
    for spec in after.fields:
        if spec.name in came_from:
            was = before.by_name[came_from[spec.name]]
            yield from _in_field(before, after, was, spec)
        else:
            yield _added_field(after, spec)
    for spec in before.fields:
        if spec.name not in renamed:
            said = "The field is gone: its column is not read."
            yield _change("field_removed", name, spec.name, before=spec.label, sentence=said)
    yield from _rules(before, after)


def _table_aliases(before: TableSpec, after: TableSpec) -> Iterator[Change]:
    had, has = {fold(word): word for word in before.aliases}, {fold(word): word for word in after.aliases}
    for word in [has[key] for key in has if key not in had]:
        said = f"A sheet named '{word}' is taken for the table now."
        yield _change("table_alias_added", after.name, after=word, sentence=said)
    for word in [had[key] for key in had if key not in has]:
        said = f"A sheet is no longer taken for the table because it is named '{word}'."
        yield _change("table_alias_removed", after.name, before=word, sentence=said)


def _keys(before: TableSpec, after: TableSpec, renamed: dict[str, str]) -> Iterator[Change]:
    was = [renamed.get(name, name) for name in before.primary_key]
    if was != after.primary_key:
        said = f"The key {_from_to(before.primary_key, after.primary_key)}: no two rows may share it."
        yield _change("key_changed", after.name, before=before.primary_key, after=after.primary_key, sentence=said)
    had = {_pointing(before, key, renamed): key for key in before.foreign_keys}
    has = {_pointing(after, key, {}): key for key in after.foreign_keys}
    for told, key in has.items():
        if told not in had:
            said = f"{' and '.join(key.fields)} must be found in {words.reference(after, key).replace('`', '')} now."
            yield _change("reference_added", after.name, key.fields[0], after=told, sentence=said)
    for told, key in had.items():
        if told not in has:
            said = f"{' and '.join(key.fields)} no longer refers to {words.reference(before, key).replace('`', '')}."
            yield _change("reference_removed", after.name, key.fields[0], before=told, sentence=said)


def _pointing(table: TableSpec, key: ForeignKey, renamed: dict[str, str]) -> str:
    own = [renamed.get(name, name) for name in key.fields]
    return f"{', '.join(own)} → {words.reference(table, key)}".replace("`", "")


def renamed_fields(before: TableSpec, after: TableSpec) -> dict[str, str]:
    """Old field → the field that it is in the new table; those that stayed have the same name.

    A field was renamed where the new one is known by the old name or the other way round, where their titles are equal,
    or where names are alike and the kind is the same.
    """
    same = {spec.name: spec.name for spec in before.fields if spec.name in after.by_name}
    gone = [spec for spec in before.fields if spec.name not in after.by_name]
    come = [spec for spec in after.fields if spec.name not in before.by_name]
    pairs = sorted(
        ((-_likeness(was, now), place, at) for place, was in enumerate(gone) for at, now in enumerate(come)),
    )
    taken: set[int] = set()
    for likeness, place, at in pairs:
        if -likeness >= _ALIKE and gone[place].name not in same and at not in taken:
            same[gone[place].name] = come[at].name
            taken.add(at)
    return same


def _likeness(was: FieldSpec, now: FieldSpec) -> float:
    if fold(was.name) in _headers(now) or fold(now.name) in _headers(was):
        return 1.0
    if was.what != now.what:
        return 0.0
    if was.title and fold(was.title) == fold(now.title):
        return 0.95
    return SequenceMatcher(None, fold(was.name), fold(now.name)).ratio()


def _headers(spec: FieldSpec) -> set[str]:
    return {fold(word) for word in (spec.name, spec.title, *spec.aliases) if word}


def _added_field(table: TableSpec, spec: FieldSpec) -> Change:
    if spec.constraints.required:
        said = "The field is new and every row needs it: chart it for all rows."
    elif spec.optional:
        said = "The field is new; its column may be absent."
    else:
        said = "The field is new: its column must be there, its cells may be blank."
    effect = N_ if not spec.optional else W_
    return _change("field_added", table.name, spec.name, after=words.may_stand(spec), sentence=said, effect=effect)


# ---- one field


def _in_field(before: TableSpec, after: TableSpec, was: FieldSpec, now: FieldSpec) -> Iterator[Change]:
    table, name = after.name, now.name
    if was.name != now.name:
        known = fold(was.name) in _headers(now)
        said = f"The field '{was.name}' is called '{now.name}' now; " + (
            "a column headed with the old name is still read."
            if known
            else "a column headed with the old name is not read: give the old name as an alias, or rename the header."
        )
        effect = H_ if known else N_
        yield _change("field_renamed", table, name, before=was.name, after=now.name, sentence=said, effect=effect)
    if was.optional != now.optional:
        if now.optional:
            yield _change("column_optional", table, name, sentence="The column may be absent now.")
        else:
            yield _change("column_needed", table, name, sentence="The column must be there now.")
    yield from _kind(table, was, now)
    yield from _texts(table, was, now)
    yield from _aliases(table, was, now)
    yield from _constraints(table, name, was.constraints, now.constraints)
    yield from _codes(before, after, was, now)
    if was.allowed and now.allowed:
        yield from _values(table, was, now)


def _kind(table: str, was: FieldSpec, now: FieldSpec) -> Iterator[Change]:
    if was.what != now.what:
        before, after = words.kind(was), words.kind(now)
        fits = now.what == "text" or (was.what, now.what) in _FITS
        yield _change(
            "kind_changed",
            table,
            now.name,
            before=before,
            after=after,
            sentence=f"What may stand there was {before} and is {after} now.",
            effect=W_ if fits else N_,
        )
    elif (was.separator or "").strip() != (now.separator or "").strip():
        said = f"The sign between values {_from_to(was.separator, now.separator)}."
        yield _change("separator_changed", table, now.name, before=was.separator, after=now.separator, sentence=said)


def _texts(table: str, was: FieldSpec, now: FieldSpec) -> Iterator[Change]:
    if was.unit != now.unit:
        said = f"The unit {_from_to(was.unit, now.unit)}: the numbers must be looked at."
        yield _change("unit_changed", table, now.name, before=was.unit, after=now.unit, sentence=said)
    if was.title != now.title:
        said = f"The label {_from_to(was.label, now.label)}."
        if was.title and fold(was.title) not in _headers(now):
            said += f" A column headed '{was.title}' is no longer found: keep it as an alias where one is."
        yield _change("label_changed", table, now.name, before=was.label, after=now.label, sentence=said)
    if was.description != now.description:
        said = f"The description {_from_to(was.description, now.description)}."
        yield _change("meaning_changed", table, now.name, before=was.description, after=now.description, sentence=said)
    if was.example != now.example:
        said = f"The example {_from_to(was.example, now.example)}."
        yield _change("example_changed", table, now.name, before=was.example, after=now.example, sentence=said)
    if was.axis != now.axis:
        said = f"The field is {'now' if now.axis else 'no longer'} one that tables may be grouped by."
        yield _change("axis_changed", table, now.name, sentence=said)


def _aliases(table: str, was: FieldSpec, now: FieldSpec) -> Iterator[Change]:
    for word in now.aliases:
        if fold(word) not in _headers(was):
            said = f"A column headed '{word}' is read as the field now."
            yield _change("alias_added", table, now.name, after=word, sentence=said)
    for word in was.aliases:
        if fold(word) not in _headers(now):
            said = f"A column headed '{word}' is no longer read as the field."
            yield _change("alias_removed", table, now.name, before=word, sentence=said)


def _constraints(table: str, name: str, was: Constraints, now: Constraints) -> Iterator[Change]:
    if was.required != now.required:
        if now.required:
            yield _change("required_added", table, name, sentence="Every row needs a value now.")
        else:
            yield _change("required_dropped", table, name, sentence="The cell may be blank now.")
    told = {
        "minimum": "The least that may stand",
        "maximum": "The most that may stand",
        "minLength": "The least number of characters",
        "maxLength": "The largest number of characters",
        "pattern": "The form that a value must have",
    }
    for key, said in told.items():
        before, after = getattr(was, key), getattr(now, key)
        if before == after:
            continue
        tighter = after is not None and (
            before is None or key == "pattern" or (after > before) == key.startswith("min")
        )
        yield _change(
            "constraint_tightened" if tighter else "constraint_loosened",
            table,
            name,
            before=before,
            after=after,
            sentence=f"{said} {_from_to(before, after)}" + ("." if after is not None else "; there is no bound now."),
        )
    if was.unique != now.unique:
        kind = "constraint_tightened" if now.unique else "constraint_loosened"
        yield _change(
            kind, table, name, sentence=f"A value may {'stand in one row only' if now.unique else 'be repeated'} now."
        )


def _codes(before: TableSpec, after: TableSpec, was: FieldSpec, now: FieldSpec) -> Iterator[Change]:
    had, has = before.missing_codes(was), after.missing_codes(now)
    for code in has:
        if code not in had:
            said = f"{code} may stand for a missing value now."
            yield _change("code_added", after.name, now.name, value=code, after=code, sentence=said)
    for code in had:
        if code not in has:
            said = f"{code} may no longer stand for a missing value."
            yield _change("code_removed", after.name, now.name, value=code, before=code, sentence=said)


# ---- allowed values


def _values(table: str, was: FieldSpec, now: FieldSpec) -> Iterator[Change]:
    """Values added, removed, renamed, merged or split; and of those that stayed what changed in them."""
    had, has = {one.value: one for one in was.allowed}, {one.value: one for one in now.allowed}
    gone = [one for one in was.allowed if one.value not in has]
    added = {one.value: one for one in now.allowed if one.value not in had}
    kept = [one for one in was.allowed if one.value in has]
    told, taken = _gone(table, now, gone, added, has)
    yield from told
    moved: dict[str, set[str]] = {}
    for one in kept:
        parts = [other for other in added.values() if _words(other) & (_words(one) - {fold(one.value)})]
        if parts:
            moved[one.value] = set().union(*(_words(other) for other in parts)) & _words(one)
            taken |= {other.value for other in parts}
            names = _listed(other.value for other in parts)
            yield _change(
                "value_split",
                table,
                now.name,
                value=one.value,
                before=one.value,
                after=[one.value, *(other.value for other in parts)],
                sentence=f"{names} {'was' if len(parts) == 1 else 'were'} charted as '{one.value}' and "
                f"{'is a value' if len(parts) == 1 else 'are values'} of its own now: look at the cells again.",
                effect=M_,
            )
    for value in added:
        if value not in taken:
            said = f"'{value}' may stand now."
            yield _change("value_added", table, now.name, value=value, after=value, sentence=said)
    for one in kept:
        yield from _kept(table, now, one, has[one.value], moved.get(one.value, set()), was)
    order = [one.value for one in was.allowed if one.value in has]
    if order != [one.value for one in now.allowed if one.value in had]:
        said = "The values stand in another order, in tables and where the first reason counts."
        yield _change("values_reordered", table, now.name, sentence=said)


def _gone(
    table: str, now: FieldSpec, gone: Sequence[Value], added: dict[str, Value], has: dict[str, Value]
) -> tuple[list[Change], set[str]]:
    """What became of values that are gone, and which new values that accounts for."""
    spellings = {fold(word): one.value for one in now.allowed for word in (one.value, one.label, *one.synonyms) if word}
    read_as = {one.value: spellings[fold(one.value)] for one in gone if fold(one.value) in spellings}
    found: list[Change] = []
    taken: set[str] = set(read_as.values()) & set(added)
    splits = {
        one.value: parts
        for one in gone
        if one.value not in read_as
        and len(parts := _parts(one, [o for o in added.values() if o.value not in taken])) > 1
    }
    taken |= {part for parts in splits.values() for part in parts}
    becomes = {**read_as}
    for one in gone:
        if one.value in read_as or one.value in splits:
            continue
        near = max(
            (other for other in added.values() if other.value not in taken or other.value in becomes.values()),
            key=lambda other: _value_likeness(one, other),
            default=None,
        )
        if near is not None and _value_likeness(one, near) >= _ALIKE:
            becomes[one.value] = near.value
            taken.add(near.value)
    for one in gone:
        if one.value in splits:
            found.append(_split(table, now, one, splits[one.value]))
        elif one.value in becomes:
            to = becomes[one.value]
            merged = to in has and (to not in added or list(becomes.values()).count(to) > 1)
            found.append(_became(table, now, one, to, read=one.value in read_as, merged=merged))
        else:
            said = f"'{one.value}' may no longer stand."
            found.append(_change("value_removed", table, now.name, value=one.value, before=one.value, sentence=said))
    return found, taken


def _became(table: str, now: FieldSpec, one: Value, to: str, *, read: bool, merged: bool) -> Change:
    what = f"'{one.value}' is part of '{to}' now" if merged else f"'{one.value}' is called '{to}' now"
    tail = "and is still read" if read else f"and is not read: give it as a synonym of '{to}', or replace it"
    return _change(
        "value_merged" if merged else "value_renamed",
        table,
        now.name,
        value=one.value,
        before=one.value,
        after=to,
        sentence=f"{what}, {tail}.",
        effect=(W_ if merged else H_) if read else N_,
    )


def _split(table: str, now: FieldSpec, one: Value, parts: Sequence[str]) -> Change:
    return _change(
        "value_split",
        table,
        now.name,
        value=one.value,
        before=one.value,
        after=list(parts),
        sentence=f"'{one.value}' was split into {_listed(parts)}: choose one of them.",
        effect=N_,
    )


def _words(one: Value) -> set[str]:
    return {fold(word) for word in (one.value, one.label, *one.synonyms) if word}


def _parts(one: Value, added: Sequence[Value]) -> list[str]:
    """The new values that an old one seems to have been split into: they hold all its words, or its spellings."""
    own = set(fold(one.value).split())
    return [other.value for other in added if own <= set(fold(other.value).split()) or _words(one) & _words(other)]


def _value_likeness(one: Value, other: Value) -> float:
    if _words(one) & _words(other):
        return 1.0
    return SequenceMatcher(None, fold(one.value), fold(other.value)).ratio()


def _kept(table: str, now: FieldSpec, one: Value, other: Value, moved: set[str], was: FieldSpec) -> Iterator[Change]:
    """What changed in a value that stayed. `moved` are spellings that went to another value and are told there."""
    name = now.name
    if one.title != other.title:
        said = f"The label of '{one.value}' {_from_to(one.title, other.title)}."
        yield _change(
            "value_label_changed", table, name, value=one.value, before=one.title, after=other.title, sentence=said
        )
    if one.help != other.help:
        said = f"The meaning of '{one.value}' {_from_to(one.help, other.help)}."
        yield _change(
            "value_meaning_changed", table, name, value=one.value, before=one.help, after=other.help, sentence=said
        )
    old_values = {fold(value.value) for value in was.allowed}
    for word in other.synonyms:
        # a value that became a synonym is told as merged or renamed
        if fold(word) not in _words(one) | old_values:
            said = f"'{word}' is read as '{one.value}' now."
            yield _change("synonym_added", table, name, value=one.value, after=word, sentence=said)
    for word in one.synonyms:
        if fold(word) not in _words(other) | moved:
            said = f"'{word}' is no longer read as '{one.value}'."
            yield _change("synonym_removed", table, name, value=one.value, before=word, sentence=said)


def _listed(names: Iterable[str]) -> str:
    quoted = [f"'{name}'" for name in names]
    return " and ".join([", ".join(quoted[:-1]), quoted[-1]]) if len(quoted) > 1 else quoted[0]


# ---- rules


def _rules(before: TableSpec, after: TableSpec) -> Iterator[Change]:
    had, has = {rule.id: rule for rule in before.rules}, {rule.id: rule for rule in after.rules}
    for id_, rule in has.items():
        if id_ not in had:
            said = f"Rule '{id_}' is new: {_said(rule)}"
            yield _change("rule_added", after.name, value=id_, after=_said(rule), sentence=said)
        else:
            yield from _rule(after.name, had[id_], rule)
    for id_, rule in had.items():
        if id_ not in has:
            said = f"Rule '{id_}' is gone: {_said(rule)}"
            yield _change("rule_removed", after.name, value=id_, before=_said(rule), sentence=said)


def _rule(table: str, was: Rule, now: Rule) -> Iterator[Change]:
    before, after = _said(was), _said(now)
    if before != after:
        said = f"Rule '{now.id}' is now: {after} It was: {before}"
        yield _change("rule_changed", table, value=now.id, before=before, after=after, sentence=said, effect=N_)
    if was.severity != now.severity:
        said = f"Breaking rule '{now.id}' is {'an error' if now.severity == 'error' else 'a warning'} now."
        effect = N_ if now.severity == "error" else W_
        yield _change(
            "rule_changed", table, value=now.id, before=was.severity, after=now.severity, sentence=said, effect=effect
        )
    if was.message != now.message:
        said = f"The message of rule '{now.id}' {_from_to(was.message, now.message)}."
        yield _change("rule_message_changed", table, value=now.id, before=was.message, after=now.message, sentence=said)


def _said(rule: Rule) -> str:
    return words.rule(rule).replace("`", "")
