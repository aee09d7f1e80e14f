"""What holds for the judging of any review: completeness, no masking, any order, exact addresses, no crash."""

# ruff: noqa: S311 - chance that can be repeated is what is wanted here

import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scopeline import cells
from scopeline.issues import Issue

from .example import FORMS, Text
from .plant import letters
from .small import BAD, Tables, good, judged, write

#: Few examples at every run of the tests, many where the long property tests are asked for.
FEW = settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
MANY = settings(FEW, max_examples=60)

Property = Callable[..., None]


def few_and_many(name: str) -> "pytest.MarkDecorator":
    return pytest.mark.parametrize(name, [FEW, pytest.param(MANY, marks=pytest.mark.properties)], ids=["few", "many"])


def run(how: settings, test: Property, *strategies: Any) -> None:
    """Run a property with so many examples."""
    settings(how)(given(*strategies)(test))()


def loud(issues: list[Issue]) -> list[Issue]:
    return [item for item in issues if item.severity != "note"]


def spoilt(random: Random, tables: Tables, number: int) -> "tuple[Tables, Counter[tuple[str, str, str]]]":
    """Bad values in random cells, at most one a row, and what must be told: table, cell, rule."""
    tables = {name: [list(row) for row in rows] for name, rows in tables.items()}
    told: Counter[tuple[str, str, str]] = Counter()
    used: set[tuple[str, int]] = set()
    for _ in range(number):
        table, name, value, rule = random.choice(BAD)
        row = random.randint(2, len(tables[table]))
        if (table, row) in used or (name == "duplicate_of" and tables[table][row - 1][3] is None):
            continue
        used.add((table, row))
        column = tables[table][0].index(name)
        if rule == "rule_broken":
            tables[table][row - 1][column + 1] = 15
        tables[table][row - 1][column] = value
        told[table, f"{letters(column)}{row}", rule] += 1
    return tables, told


def placed(issues: list[Issue]) -> "Counter[tuple[str, str, str]]":
    return Counter((item.table, item.cell, item.rule) for item in loud(issues))


@few_and_many("how")
def test_all_faults_and_only_faults_are_told(tmp_path: Path, how: settings) -> None:
    """Every bad value is told at its cell and nothing else is; so a further fault takes no report away."""

    def holds(seed: int, form: str, number: int) -> None:
        random = Random(seed)
        clean = good(random, size=5)
        tables, told = spoilt(random, clean, number)
        found = placed(judged(write(tables, tmp_path, form)).issues)
        assert found == told

    run(how, holds, st.integers(0, 10**6), st.sampled_from(FORMS), st.integers(0, 12))


@few_and_many("how")
def test_order_does_not_matter(tmp_path: Path, how: settings) -> None:
    """Rows and sheets in another order give the same issues by key, field and rule, a doubled key among them."""

    def holds(seed: int, form: str) -> None:
        random = Random(seed)
        tables, _ = spoilt(random, good(random, size=4), 6)
        tables["studies"].append(list(tables["studies"][-1]))
        before = judged(write(tables, tmp_path / "one", form)).issues
        mixed = {name: [rows[0], *random.sample(rows[1:], len(rows) - 1)] for name, rows in tables.items()}
        order = random.sample(sorted(tables), len(tables))
        after = judged(write(mixed, tmp_path / "two", form, order)).issues
        by_key = [
            {(item.table, item.key, item.field, item.rule) for item in loud(issues)} for issues in (before, after)
        ]
        assert by_key[0] == by_key[1]
        assert Counter(item.rule for item in loud(before)) == Counter(item.rule for item in loud(after))

    run(how, holds, st.integers(0, 10**6), st.sampled_from(FORMS))


@few_and_many("how")
def test_blank_rows_and_columns_shift_addresses_exactly(tmp_path: Path, how: settings) -> None:
    """Blank rows and columns anywhere, above and left of the table too, move every address by just as many."""

    def holds(seed: int, form: str) -> None:
        random = Random(seed)
        tables, told = spoilt(random, good(random, size=4), 8)
        moved: Counter[tuple[str, str, str]] = Counter()
        places = {}
        for name, rows in tables.items():
            down = sorted(random.choices(range(1, len(rows) + 1), k=random.randint(0, 3)))
            right = sorted(random.choices(range(len(rows[0])), k=random.randint(0, 3)))
            places[name] = down, right
            for column in reversed(right):
                for row in rows:
                    row.insert(column, None)
            for row in reversed(down):
                rows.insert(row - 1, [None] * len(rows[0]))
        for (table, cell, rule), number in told.items():
            down, right = places[table]
            column, row = cells.number(re.sub("[0-9]", "", cell)), int(re.sub("[A-Z]", "", cell))
            there = letters(column + sum(at <= column for at in right))
            moved[table, f"{there}{row + sum(at <= row for at in down)}", rule] += number
        assert placed(judged(write(tables, tmp_path, form)).issues) == moved

    run(how, holds, st.integers(0, 10**6), st.sampled_from(FORMS))


@few_and_many("how")
def test_a_second_run_says_the_same(tmp_path: Path, how: settings) -> None:
    """Judging is a function of the files: the same files give identical issues in the same order."""

    def holds(seed: int, form: str) -> None:
        random = Random(seed)
        tables, _ = spoilt(random, good(random, size=4), 10)
        books = write(tables, tmp_path, form)
        assert judged(books).issues == judged(books).issues == judged(write(tables, tmp_path, form)).issues

    run(how, holds, st.integers(0, 10**6), st.sampled_from(FORMS))


NASTY = [
    "\x00", "\x07bell", "a\x0bb", "\ud7ff", "\ufeff", "\u200b", "\u202eright to left",
    "\u0661\u0662", "²", "½", "Ⅷ", "١-٢", "😀", "👩‍👩‍👧", "é" * 5000, "9" * 5000, "-" * 300,
    "1" + "0" * 400, "9" * 400 + "/1/2001", "1/2/" + "9" * 5000, "0000", "0000-00-00", "9999-99-99",
    "2024-02-30", "1e999", "-1e999", "1e-999", "1e300", "9223372036854775808", "inf", "nan", "-inf",
    "NaN", "None", "<NA>", "NaT", "null", "TRUE", "=1+1", "=cmd|' /C calc'!A0", "+1", "@SUM(A1)",
    "-2+3", "#REF!", "{", "}", "{value}", "{0}", "%s", "%(x)s", "\\", "\\d+", "(?P<", "[", "*",
    "a;b;;;c;", ";", ";;", "; ;", "\n", "\n;\n", "'", '"', '""', ",", "<script>alert(1)</script>",
    "&amp;", "]]>", "R1; R2", "__missing", "_row", "_source", "record_id", "index", "1-1", "0-0",
    "-0", "1--2", "1 to 2 to 3", "<", "<=", "<0", "=", "≤.5", "0x10", "1_000", "1,000.5", "1.000,5",
    "١٢٣", "１２", "x" * 40000,
]  # fmt: skip
WORDS = st.one_of(st.text(max_size=30), st.sampled_from(NASTY), st.sampled_from(NASTY).map(lambda word: word * 2))
NUMBERS = st.one_of(
    st.floats(), st.integers(-(10**30), 10**30).map(float), st.sampled_from([1e300, -1e300, 2.0**63, -(2.0**63)])
)


def shown(number: float) -> str:
    """A number as the reader gives it."""
    whole = number.is_integer() and abs(number) < 1e15
    return str(int(number)) if whole else repr(number)


CELLS = st.one_of(
    st.tuples(WORDS, st.just(cells.Kind.TEXT)),
    st.tuples(NUMBERS.map(shown), st.just(cells.Kind.NUMBER)),
    st.tuples(st.dates().map(str), st.just(cells.Kind.DATE)),
    st.tuples(st.datetimes().map(lambda t: t.isoformat(sep=" ")), st.just(cells.Kind.DATE)),
    st.tuples(st.times().map(str), st.just(cells.Kind.TIME)),
    st.tuples(st.sampled_from(["TRUE", "FALSE"]), st.just(cells.Kind.BOOLEAN)),
    st.tuples(WORDS.filter(bool), st.sampled_from([cells.Kind.ERROR, cells.Kind.FORMULA])),
    st.just((None, cells.Kind.TEXT)),
)


def in_memory(tables: Tables, marks: dict[tuple[str, int, int], tuple[str | None, cells.Kind]]) -> list[cells.Book]:
    """Tables as the reader would give them, with any contents in any cells, those no file could hold too."""
    sheets = []
    for name, rows in tables.items():
        width = len(rows[0])
        texts: list[list[str | None]] = [[None] * len(rows) for _ in range(width)]
        kinds: list[list[int]] = [[0] * len(rows) for _ in range(width)]
        for r, row in enumerate(rows):
            for c, value in enumerate(row):
                typed = isinstance(value, int | float)
                texts[c][r], kinds[c][r] = (
                    None if value is None else shown(float(value)) if typed else str(value),
                    int(typed),
                )
                if (name, r, c) in marks:
                    word, kind = marks[name, r, c]
                    texts[c][r], kinds[c][r] = word or None, int(kind)
        sheets.append(
            cells.Sheet(
                name,
                [pa.chunked_array([pa.array(column, pa.string())]) for column in texts],
                [pa.chunked_array([pa.array(column, pa.int8())]) for column in kinds],
                len(rows),
            )
        )
    return [cells.Book("raw/review.xlsx", "xlsx", "0" * 64, sheets)]


@few_and_many("how")
def test_no_contents_of_a_cell_stop_the_judging(how: settings) -> None:
    """Whatever stands in the cells, headers and keys among them, it is judged: bad data never raises."""
    tables = good(Random(4), size=3)
    spots = [(name, r, c) for name, rows in tables.items() for r, row in enumerate(rows) for c in range(len(row))]

    def holds(marks: dict[tuple[str, int, int], tuple[str | None, cells.Kind]]) -> None:
        judgement = judged(in_memory(tables, marks))
        for item in judgement.issues:
            assert item.message
            assert item.cell or item.row is None

    run(how, holds, st.dictionaries(st.sampled_from(spots), CELLS, min_size=1, max_size=60))


#: Kind of field → where one stands in the small review: table, column.
SPOTS = {
    "text": ("findings", 4),
    "category": ("findings", 2),
    "multi": ("studies", 1),
    "integer": ("studies", 2),
    "range": ("studies", 3),
    "number": ("studies", 4),
    "date": ("studies", 5),
    "bounded": ("findings", 3),
    "key": ("findings", 0),
}


@pytest.mark.parametrize("field", SPOTS)
def test_nasty_words_in_every_kind_of_field(field: str) -> None:
    """Nasty words in a column of each kind are judged without an exception, and none is lost without a word."""
    table, column = SPOTS[field]
    tables = good(Random(5), size=3)
    model = list(tables[table][1])
    marks = {}
    for number, word in enumerate(NASTY):
        row = [f"X{number}", *model[1:]] if column else list(model)
        marks[table, len(tables[table]), column] = word, cells.Kind.TEXT
        tables[table].append(row)
    judgement = judged(in_memory(tables, marks))
    frame = judgement.review.table(table)
    name = tables[table][0][column]
    told = {item.row for item in judgement.issues if item.field == name}
    blank = " \t\r\n\u00a0\u200b\ufeff"
    values = dict(zip(frame["_row"], frame[name], strict=True))
    for (_, row, _), (word, _) in marks.items():
        kept = row + 1 in values and not pd.isna(values[row + 1])
        assert kept or row + 1 in told or not word.strip(blank), f"{word[:20]!r} is gone without a word"


@few_and_many("how")
def test_any_text_survives_the_way_through_a_file(tmp_path: Path, how: settings) -> None:
    """Any text in a free-text cell of a csv file comes back as it was written, less the blanks around it."""
    tables = good(Random(6), size=2)

    def holds(word: str) -> None:
        changed = {**tables, "findings": [list(row) for row in tables["findings"]]}
        changed["findings"][1][4] = Text(word)
        judgement = judged(write(changed, tmp_path, "csv"))
        assert not loud(judgement.issues)
        value = judgement.review.table("findings")["note"].iloc[0]
        kept = word.replace("\r\n", "\n").replace("\r", "\n").strip(" \t\r\n\u00a0\u200b\ufeff")
        assert (value if isinstance(value, str) else "").replace("\r\n", "\n").replace("\r", "\n") == kept

    texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=40)
    run(
        how,
        holds,
        texts.filter(lambda word: word.strip().casefold() not in ("nr", "na", "n/a", "unclear", "not reported")),
    )
