"""The data dictionary and the extraction instrument, from the codebook: Markdown for a supplement, a page for reading.

The instrument is what the JBI manual asks for as Appendix III of a scoping review: the charting form as a list of its
data items, each with its definition and what may be entered.
"""

import argparse
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from .. import codebook_words as words
from .. import outputs, text
from ..codebook import Codebook, FieldSpec, TableSpec, Value, fold
from .rendering import render

#: The tables that hold what was charted from the sources of evidence, and so make the extraction instrument.
CHARTED = ("studies", "findings", "harms", "appraisal")


@dataclass(frozen=True)
class Choice:
    """One allowed value: as it is typed, its label, what it means, and other spellings that are read as it."""

    value: str
    label: str
    meaning: str
    spellings: str


@dataclass(frozen=True)
class Item:
    """One field as the dictionary tells it. `values_at` is the anchor of its list of values, "" without one.

    `may_stand` leaves the unit to `unit`; `codes` are those that may stand for a missing value.
    """

    name: str
    label: str
    description: str
    may_stand: str
    unit: str
    required: str
    codes: tuple[str, ...]
    refers_to: str
    example: str
    choices: tuple[Choice, ...]
    values_at: str


@dataclass(frozen=True)
class Values:
    """One list of allowed values, with every field that uses it as "table.field"; told once, at the first of them."""

    anchor: str
    fields: tuple[str, ...]
    choices: tuple[Choice, ...]


@dataclass(frozen=True)
class Entry:
    """One table as the dictionary tells it. `rules` are pairs of the rule in words and its message to reviewers."""

    name: str
    label: str
    description: str
    key: str
    optional: bool
    items: tuple[Item, ...]
    rules: tuple[tuple[str, str, str], ...]
    values: list[Values] = field(default_factory=list)


def entries(codebook: Codebook) -> list[Entry]:
    """Every table of the codebook in words. Lists of values that are alike are told once."""
    users: dict[tuple[Choice, ...], list[tuple[str, str]]] = {}
    for table in codebook.resources:
        for spec in table.fields:
            if spec.allowed:
                users.setdefault(_choices(spec), []).append((table.name, spec.name))
    found = []
    for table in codebook.resources:
        items = tuple(_item(table, spec, users) for spec in table.fields)
        values = [
            Values(_anchor(*used[0]), tuple(".".join(name) for name in used), choices)
            for choices, used in users.items()
            if used[0][0] == table.name
        ]
        rules = tuple((rule.id, words.rule(rule), rule.message) for rule in table.rules)
        key = text.names(f"`{name}`" for name in table.primary_key)
        found.append(Entry(table.name, table.label, table.description, key, table.optional, items, rules, values))
    return found


def _choices(spec: FieldSpec) -> tuple[Choice, ...]:
    return tuple(_choice(value) for value in spec.allowed)


def _choice(value: Value) -> Choice:
    label = value.label if value.label != value.value else ""
    return Choice(value.value, label, value.help, ", ".join(value.synonyms))


def _anchor(table: str, name: str) -> str:
    return f"values-{table}-{name}"


def _item(table: TableSpec, spec: FieldSpec, users: dict[tuple[Choice, ...], list[tuple[str, str]]]) -> Item:
    choices = _choices(spec)
    required = spec.constraints.required or spec.name in table.primary_key
    refers = [words.reference(table, key) for key in table.foreign_keys if spec.name in key.fields]
    return Item(
        spec.name,
        spec.label,
        spec.description,
        text.capital(words.may_stand(spec, unit=False)),
        spec.unit,
        "required" if required else "column may be absent" if spec.optional else "",
        tuple(table.missing_codes(spec)),
        text.names(refers),
        spec.example,
        choices,
        _anchor(*users[choices][0]) if choices else "",
    )


# ---- Markdown


def markdown(codebook: Codebook) -> str:
    """The data dictionary as Markdown: a table a table, the values with their meaning, the rules in words."""
    parts = [f"# Data dictionary: {_line(codebook.title or codebook.name)}", _about(codebook)]
    for entry in entries(codebook):
        parts += _table_markdown(entry)
    return "\n\n".join(parts) + "\n"


def _about(codebook: Codebook) -> str:
    lines = [f"Codebook `{codebook.name}`, version {_line(codebook.version)}."]
    if codebook.description:
        lines.append(_line(codebook.description))
    if codes := _codes(codebook):
        told = [
            f"`{c}` for {what}" + (f" (also read: {spellings})" if spellings else "") for c, what, spellings in codes
        ]
        lines.append(f"A blank cell is not charted yet. Where there is no value to chart: {_line('; '.join(told))}.")
    return " ".join(lines)


def _codes(codebook: Codebook) -> list[tuple[str, str, str]]:
    """Each code for a missing value, what it means, and the words that are read as it."""
    return [
        (code, words.CODES[code], ", ".join(word for word in spellings if word != code))
        for code, spellings in codebook.missing.items()
    ]


def _table_markdown(entry: Entry) -> Iterator[str]:
    yield f"## {_line(entry.label)} (`{entry.name}`)"
    yield " ".join(part for part in (_line(entry.description), f"Key: {entry.key}." if entry.key else "") if part)
    heads = ("field", "label", "what it holds", "what may stand there", "unit", "required", "no value", "refers to")
    rows = [
        (f"`{item.name}`", item.label, item.description, item.may_stand, item.unit, item.required,
         ", ".join(f"`{code}`" for code in item.codes), item.refers_to)
        for item in entry.items
    ]  # fmt: skip
    yield _grid(heads, rows)
    for values in entry.values:
        yield f"Values of {text.names(f'`{name}`' for name in values.fields)}:"
        yield _grid(
            ("value", "label", "meaning", "also read as it"),
            [(f"`{one.value}`", one.label, one.meaning, one.spellings) for one in values.choices],
        )
    if entry.rules:
        yield f"Rules of `{entry.name}`:"
        yield "\n".join(f"- {_line(said)}{_because(said, message)}" for _, said, message in entry.rules)


def _because(said: str, message: str) -> str:
    return f" {_line(message)}" if message and message != said else ""


def instrument(codebook: Codebook) -> str:
    """The extraction instrument (JBI Appendix III) as Markdown: numbered data items, definitions, options.

    A codebook without a table of charted data gives a heading and a sentence that says so.
    """
    charted = [entry for entry in entries(codebook) if entry.name in CHARTED]
    parts = ["# Appendix III. Data extraction instrument", _about_instrument(codebook, charted)]
    number = 0
    for entry in charted:
        parts.append(f"## {_line(entry.label)}")
        if entry.description:
            parts.append(_line(entry.description))
        rows = []
        for item in entry.items:
            number += 1
            rows.append((str(number), item.label, item.description, options(item)))
        parts.append(_grid(("no.", "data item", "definition", "what may be entered"), rows))
    return "\n\n".join(parts) + "\n"


def _about_instrument(codebook: Codebook, charted: Sequence[Entry]) -> str:
    if not charted:
        return "The codebook has no table of charted data."
    count = sum(len(entry.items) for entry in charted)
    return _line(
        f"{text.counted(count, 'data item')} on {text.counted(len(charted), 'sheet')}, from codebook "
        f"`{codebook.name}`, version {codebook.version}. A blank cell is not charted yet."
    )


def options(item: Item) -> str:
    """What may be entered for a data item, in one phrase: its values with their meaning, or its kind and bounds."""
    if item.choices:
        several = item.may_stand if item.may_stand.startswith("One or more") else ""
        listed = "; ".join(
            f"{one.value} ({one.meaning.rstrip('.')})" if one.meaning else one.value for one in item.choices
        )
        told = f"{several}: {listed}" if several else listed
    else:
        told = item.may_stand
    told += f", in {item.unit}" if item.unit else ""
    codes = ", ".join(
        f"{code} ({words.CODES[code]})" if words.CODES[code] != fold(code) else code for code in item.codes
    )
    return f"{told.rstrip('.')}. Or {codes}." if codes else f"{told.rstrip('.')}."


def _grid(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table; a column that is empty in every row is left out."""
    listed = [tuple(row) for row in rows]
    kept = [place for place in range(len(heads)) if any(row[place] for row in listed) or place == 0]
    lines = [[heads[place] for place in kept], ["---"] * len(kept)]
    lines += [[_line(row[place]).replace("|", r"\|") for place in kept] for row in listed]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


_TAG = re.compile(r"<(?=[A-Za-z/!?])")


def _line(told: str) -> str:
    """A text on one line of Markdown: what looks like a tag is shown, not obeyed, except inside code."""
    pieces = " ".join(text.clean(told).split()).split("`")
    return "`".join(piece if place % 2 else _TAG.sub("&lt;", piece) for place, piece in enumerate(pieces))


# ---- the page


def page(codebook: Codebook) -> str:
    """The data dictionary with the extraction instrument as one HTML page."""
    listed = entries(codebook)
    return render(
        "dictionary.html.j2",
        styles=("base.css", "dictionary.css"),
        scripts=("base.js",),
        data={},
        title=codebook.title or codebook.name,
        codebook=codebook,
        codes=_codes(codebook),
        entries=listed,
        charted=[entry for entry in listed if entry.name in CHARTED],
        about_instrument=_about_instrument(codebook, [entry for entry in listed if entry.name in CHARTED]),
        options=options,
    )


# ---- the command

#: What `write` writes into a folder.
FILES = ("dictionary.md", "dictionary.html", "extraction_instrument.md")


def write(codebook: Codebook, folder: Path) -> list[Path]:
    """Write the dictionary (Markdown and page) and the extraction instrument; returns their paths."""
    paths = [folder / name for name in FILES]
    for path, told in zip(paths, (markdown(codebook), page(codebook), instrument(codebook)), strict=True):
        outputs.text(path, told)
    return paths


def add_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `scopeline dictionary`; the parsed call carries its function as `run`."""
    command = commands.add_parser("dictionary", help="write the data dictionary and the extraction instrument")
    command.add_argument("review", nargs="?", default=".", help="the review's folder, with config/ (default: here)")
    command.set_defaults(run=_run)


def _run(chosen: argparse.Namespace) -> int:
    from .. import codebook as codebooks

    review = Path(chosen.review)
    book = codebooks.load(review / "config" / "codebook.yaml")
    for path in write(book, review / "results"):
        print(os.fspath(path))
    return 0
