"""The kinds of faults, each planted in a random cell together with every issue that it must bring, and no other.

What must be told is worked out here by hand, from what the codebook says in words and from who refers to whom;
nothing of the library is used. A value that cannot be read is told once and counts for no other rule; where a key is
spoilt, the rows that refer to it are told too; where a value can be read but breaks a rule of its row, that rule is
told as well.
"""

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from random import Random
from typing import Any

from .example import Change, Edit, Example, Formula, Percent, SheetError, Text, example, place, typed

#: File, sheet, cell, and a key of `scopeline.issues.RULES`, with a codebook's rule behind it: rule_broken/zero_is_zero.
Told = tuple[str, str, str, str]

#: A cell on which a fault's expectation rests: table, row, field ("*" is every field of the row).
Stake = tuple[str, int, str]


@dataclass(frozen=True)
class Fault:
    """One fault: the change that plants it, what must be told of it, and the cells on which that rests."""

    kind: str
    change: Change
    told: tuple[Told, ...]
    stakes: frozenset[Stake] = frozenset()
    notes: tuple[tuple[Told, str], ...] = ()  # with the value, since like notes of a column are told once

    def apart(self, others: "set[Stake]") -> bool:
        """Whether it rests on none of the cells of other faults, so that both can be planted in one run."""
        return not any(
            (table, row, name) in others
            or (table, row, "*") in others
            or (name == "*" and any((t, r) == (table, row) for t, r, _ in others))
            for table, row, name in self.stakes
        )


Kind = Callable[["Planter"], "Fault | None"]
KINDS: dict[str, Kind] = {}
#: Kinds that change the shape of a sheet; they are planted alone.
SHAPES: set[str] = set()


def kind(make: Kind) -> Kind:
    """Put a function into the list of kinds under its own name."""
    KINDS[make.__name__] = make
    return make


#: Kinds that the library does not yet judge rightly; each has a test of its own that is expected to fail.
AWAITED: dict[str, Kind] = {}


def awaited(make: Kind) -> Kind:
    """A kind that is not planted among the others until the library is mended."""
    AWAITED[make.__name__] = make
    return make


def shape(make: Kind) -> Kind:
    """A kind that is planted alone."""
    SHAPES.add(make.__name__)
    return kind(make)


def letters(column: int) -> str:
    """Column from 0 → letters."""
    return chr(65 + column) if column < 26 else letters(column // 26 - 1) + letters(column % 26)


def folded(word: str) -> str:
    """A word as a reviewer sees it: case, blanks, hyphens and underscores do not matter."""
    return " ".join(word.replace("-", " ").replace("_", " ").casefold().split())


REFERENCES = {
    ("records", "record_id"): [
        ("votes", "record_id"),
        ("decisions", "record_id"),
        ("reports", "record_id"),
        ("records", "duplicate_of"),
    ],
    ("studies", "study_id"): [("reports", "study_id"), ("findings", "study_id"), ("harms", "study_id")],
    ("reports", "report_id"): [("reports", "companion_of")],
}
TARGETS = {source: target for target, sources in REFERENCES.items() for source in sources}
SINGLE_KEYS = {("records", "record_id"), ("studies", "study_id"), ("reports", "report_id"), ("findings", "finding_id")}
KEY_PARTS = {
    ("votes", "record_id"),
    ("votes", "stage"),
    ("votes", "reviewer"),
    ("decisions", "record_id"),
    ("decisions", "stage"),
    ("harms", "study_id"),
    ("harms", "arm"),
}
RANDOMISED = ("randomised controlled trial", "randomised crossover trial")
WITH_COMPARATOR = ("placebo", "placebo and sham stimulation", "amitriptyline", "matched non-users")


def broken(table: str, row: dict[str, Any]) -> set[tuple[str, str]]:
    """The rules of the example's codebook that a row of readable values breaks, as (field, rule)."""
    return set({"votes": _votes, "decisions": _decisions, "reports": _reports, "studies": _studies,
                "findings": _findings, "harms": _harms}.get(table, lambda _: ())(row))  # fmt: skip


def _votes(row: dict[str, Any]) -> Iterator[tuple[str, str]]:
    if row["decision"] == "exclude" and not row["reason"]:
        yield "reason", "vote_gives_reason"
    if row["decision"] in ("include", "maybe") and row["reason"]:
        yield "reason", "vote_without_reason"
    if row["stage"] == "full_text" and row["decision"] == "maybe":
        yield "decision", "full_text_decides"


def _decisions(row: dict[str, Any]) -> Iterator[tuple[str, str]]:
    if row["decision"] == "exclude" and not row["reason"]:
        yield "reason", "decision_gives_reason"
    if row["decision"] == "include" and row["reason"]:
        yield "reason", "decision_without_reason"


def _reports(row: dict[str, Any]) -> Iterator[tuple[str, str]]:
    if row["retrieved"] == "no":
        if row["study_id"]:
            yield "study_id", "not_retrieved_has_no_study"
        if row["companion_of"]:
            yield "companion_of", "not_retrieved_has_no_study"
        if not row["note"]:
            yield "note", "not_retrieved_says_why"
    if row["companion_of"] and not row["study_id"]:
        yield "study_id", "companion_has_study"


def _studies(row: dict[str, Any]) -> Iterator[tuple[str, str]]:
    if row["controlled"] == "no" and row["comparator"] in WITH_COMPARATOR:
        yield "comparator", "uncontrolled_has_no_comparator"
    if row["controlled"] == "yes" and row["comparator"] == "none":
        yield "comparator", "controlled_has_comparator"
    if row["design"] in RANDOMISED and row["controlled"] == "no":
        yield "controlled", "randomised_is_controlled"
    n = row["n"]
    if isinstance(n, int | float):
        if row["design"] == "case report" and n > 2:
            yield "n", "case_report_is_small"
        if row["design"] == "case series" and n < 3:
            yield "n", "case_series_is_larger"


def _findings(row: dict[str, Any]) -> Iterator[tuple[str, str]]:
    if row["contrast"] == "other" and not row["note"]:
        yield "note", "other_contrast_says_which"


def _harms(row: dict[str, Any]) -> Iterator[tuple[str, str]]:
    status, events, exposed = row["harms_status"], row["n_events"], row["n_exposed"]
    counted = isinstance(events, int | float)
    if counted and isinstance(exposed, int | float) and events > exposed:
        yield "n_events", "events_at_most_exposed"
    if status in ("events", "zero_stated") and not row["event"]:
        yield "event", "status_names_event"
    if status == "events" and counted and events <= 0:
        yield "n_events", "events_are_not_zero"
    if status == "zero_stated":
        if counted and events != 0:
            yield "n_events", "zero_is_zero"
        for name in ("n_events", "n_exposed"):
            if row[name] is None:
                yield name, "zero_has_denominator"
        if row["resolved"]:
            yield "resolved", "zero_does_not_resolve"
    if status in ("not_reported", "not_assessed"):
        for name in ("event", "n_events", "n_exposed", "resolved"):
            if row[name] is not None:
                yield name, "silence_has_no_counts"


class Planter:
    """Plants faults in the example in one form; the same seed gives the same faults."""

    def __init__(self, form: str, seed: int = 0):
        self.form = form
        self.random = Random(f"{form} {seed}")  # noqa: S311 - repeatable on purpose
        self.good: Example = example()
        self.rows = {table: self.good.rows(table) for table in self.good.tables}
        self.fields = {table: {spec["name"]: spec for spec in specs} for table, specs in self.good.fields.items()}
        missing = self.good.codebook["missing"]
        self.missing_words = {folded(word) for code, words in missing.items() for word in (code, *words)}

    # ---- what the codebook says

    def what(self, table: str, name: str) -> str:
        spec = self.fields[table][name]
        if spec.get("separator"):
            return "multi"
        if spec.get("values"):
            return "category"
        return spec.get("kind") or {"string": "text"}.get(spec["type"], spec["type"])

    def limits(self, table: str, name: str) -> dict[str, Any]:
        return self.fields[table][name].get("constraints", {})

    def spellings(self, table: str, name: str) -> dict[str, str]:
        """Every known word of a category, folded → its value."""
        known = {}
        for value in self.fields[table][name].get("values", []):
            for word in (value["value"], value.get("label", ""), *value.get("synonyms", [])):
                if word:
                    known[folded(word)] = value["value"]
        return known

    def loose(self, table: str, name: str) -> bool:
        """A text that has no form and no task: any words may stand there."""
        held = self.limits(table, name)
        return self.what(table, name) == "text" and not any(held.get(k) for k in ("required", "unique", "pattern"))

    def missing_allowed(self, table: str, name: str) -> list[str]:
        spec = self.fields[table][name]
        if "missing" in spec:
            return list(spec["missing"])
        names = (table, name) in SINGLE_KEYS | KEY_PARTS | set(TARGETS) or self.limits(table, name).get("required")
        return [] if names else ["NR", "NA", "UNCLEAR"]

    # ---- choosing

    def cells(self, fits: Callable[[str, str], bool], good: Callable[[Any], bool] = bool) -> list[tuple[str, int, str]]:
        """All cells of the fields that fit whose present value is good."""
        return [
            (table, number, name)
            for table, fields in self.fields.items()
            for name in fields
            if fits(table, name)
            for number, row in self.rows[table].items()
            if good(row[name])
        ]

    def pick(
        self, fits: Callable[[str, str], bool], good: Callable[[Any], bool] = lambda _: True
    ) -> tuple[str, int, str]:
        """A random cell; the table and field are drawn first, so that small tables get their share."""
        names = [(t, n) for t, fields in self.fields.items() for n in fields if fits(t, n)]
        while True:
            table, name = self.random.choice(names)
            rows = [number for number, row in self.rows[table].items() if good(row[name])]
            if rows:
                return table, self.random.choice(rows), name
            names.remove((table, name))
            if not names:
                raise LookupError

    def of(self, *what: str, typed_only: bool = False) -> Callable[[str, str], bool]:
        return lambda t, n: self.what(t, n) in what and (not typed_only or typed(self.form, t))

    def where(self, table: str, good: Callable[[dict[str, Any]], bool]) -> int:
        """A random row of a table."""
        return self.random.choice([number for number, row in self.rows[table].items() if good(row)])

    # ---- saying

    def column(self, table: str, name: str) -> int:
        return self.good.header(table).index(name)

    def tell(self, table: str, row: int, name: str | int, rule: str) -> Told:
        file, sheet = place(self.form, table)
        column = name if isinstance(name, int) else self.column(table, name)
        return file, sheet, f"{letters(column)}{row}", rule

    def edit(self, table: str, row: int, name: str | int, value: Any) -> Edit:
        return Edit(table, row, name if isinstance(name, int) else self.column(table, name), value)

    def who_refers(self, table: str, row: int, name: str) -> list[tuple[str, int, str]]:
        """Cells that name this row by its key."""
        own = self.rows[table][row][name]
        return [
            (source, number, spot)
            for source, spot in REFERENCES.get((table, name), [])
            for number, line in self.rows[source].items()
            if line[spot] == own
        ]

    def lost_key(self, table: str, row: int, name: str) -> list[Told]:
        """Where a row cannot be found by its key any more, everyone who names it is told."""
        return [self.tell(*cell, "reference_unknown") for cell in self.who_refers(table, row, name)]

    def lost_study(self, row: int, *, read: bool) -> list[Told]:
        """Where a report names its study no longer: the study has no report, and companions part.

        `read` says whether another study can be read there (or none); what cannot be read contradicts nothing.
        """
        line = self.rows["reports"][row]
        study = line["study_id"]
        if not study:
            return []
        others = [
            number for number, other in self.rows["reports"].items() if other["study_id"] == study and number != row
        ]
        told = []
        if not others:
            charted = next(number for number, other in self.rows["studies"].items() if other["study_id"] == study)
            told.append(self.tell("studies", charted, "study_id", "charted_not_included"))
        if read:
            parted = [
                number for number, other in self.rows["reports"].items() if other["companion_of"] == line["report_id"]
            ]
            parted += [row] if line["companion_of"] else []
            told += [self.tell("reports", number, "companion_of", "companion_other_study") for number in parted]
        return told

    def stakes(self, table: str, row: int, name: str = "*") -> frozenset[Stake]:
        """The rows that speak of the same record, report or study: whole rows, so that no other fault changes them."""
        records: set[str] = set()
        studies: set[str] = set()
        line = self.rows[table].get(row, {})
        records |= {line.get("record_id") or "", line.get("duplicate_of") or ""} - {""}
        records |= {other["record_id"] for other in self.rows["records"].values() if other["duplicate_of"] in records}
        if table in ("reports", "studies"):
            studies |= {line.get("study_id") or ""} - {""}
        found = {(table, row, name)}
        for other, lines in self.rows.items():
            for number, its in lines.items():
                if (its.get("record_id") in records and other != "studies") or its.get("study_id") in studies:
                    found.add((other, number, "*"))
        return frozenset(found)

    def fault(self, kind: str, edits: Iterable[Edit], told: Iterable[Told], stakes: Iterable[Stake]) -> Fault:
        return Fault(kind, Change(tuple(edits)), tuple(sorted(told)), frozenset(stakes))

    def unreadable(self, kind: str, cell: tuple[str, int, str], value: Any, rule: str) -> Fault:
        """A value that cannot be used: told at its cell, and wherever its row is now not to be found."""
        table, row, name = cell
        told = [self.tell(table, row, name, rule)]
        stakes: frozenset[Stake] = frozenset({cell})
        if (table, name) in SINGLE_KEYS:
            told += self.lost_key(table, row, name)
            stakes = self.stakes(table, row)
        elif (table, name) == ("reports", "study_id"):
            told += self.lost_study(row, read=False)
            stakes = self.stakes(table, row)
        return self.fault(kind, [self.edit(*cell, value)], told, stakes)

    def readable(self, kind: str, table: str, row: int, values: dict[str, Any], told: Iterable[Told] = ()) -> Fault:
        """Values that can be read, with the rules of the row that they break."""
        after = {**self.rows[table].get(row, {}), **values}
        said = [*told, *(self.tell(table, row, name, f"rule_broken/{rule}") for name, rule in broken(table, after))]
        stakes = {(table, row, "*")}
        if table == "harms" and "event" in values:  # a part of the key: no other row of the study may change its own
            study = self.rows[table][row]["study_id"]
            stakes |= {(table, number, "*") for number, line in self.rows[table].items() if line["study_id"] == study}
        return self.fault(kind, [self.edit(table, row, n, v) for n, v in values.items()], said, stakes)

    def misspelt(self, word: str) -> str:
        """A word with one slip of the keys."""
        place = self.random.randrange(1, len(word))
        slip = self.random.choice(("drop", "double", "swap", "other"))
        if slip == "drop":
            return word[:place] + word[place + 1 :]
        if slip == "double":
            return word[:place] + word[place] + word[place:]
        if slip == "swap" and place + 1 < len(word):
            return word[:place] + word[place + 1] + word[place] + word[place + 2 :]
        return word[:place] + self.random.choice("qxzjk") + word[place + 1 :]


# ---- categories


@kind
def misspelt_category(p: Planter) -> Fault | None:
    """One slip in an allowed value."""
    cell = p.pick(p.of("category"), bool)
    value = p.misspelt(p.rows[cell[0]][cell[1]][cell[2]])
    if folded(value) in p.spellings(cell[0], cell[2]) or folded(value) in p.missing_words:
        return None
    return p.unreadable("misspelt_category", cell, value, "not_allowed")


@kind
def unknown_category(p: Planter) -> Fault | None:
    """A word that the codebook does not know, in a filled or a blank cell."""
    cell = p.pick(p.of("category"))
    word = p.random.choice(["something else", "see note", "?", "n.d.", "both", "0", "Wien", "yes and no", "-"])
    if folded(word) in p.spellings(cell[0], cell[2]):
        return None
    return p.unreadable("unknown_category", cell, word, "not_allowed")


@kind
def number_in_category(p: Planter) -> Fault | None:
    """A number where a word of the list must stand."""
    cell = p.pick(p.of("category", "multi"), bool)
    return p.unreadable("number_in_category", cell, p.random.choice([7, 2.5, 1999]), "not_allowed")


@kind
def bad_part_of_several(p: Planter) -> Fault | None:
    """One bad part among good ones in a cell that may hold several values."""
    cell = p.pick(p.of("multi"), bool)
    value = str(p.rows[cell[0]][cell[1]][cell[2]])
    bad = p.random.choice(["sore foot", "fibromyalgiaa", "unknown kind", "NR"])
    parts = [*value.split("; "), bad]
    p.random.shuffle(parts)
    return p.unreadable("bad_part_of_several", cell, p.random.choice(["; ", ";", "\n"]).join(parts), "not_allowed")


@kind
def value_twice(p: Planter) -> Fault | None:
    """The same value twice in one cell."""
    table, row, name = cell = p.pick(p.of("multi"), bool)
    value = str(p.rows[table][row][name])
    again = value.split("; ", maxsplit=1)[0]
    return p.fault("value_twice", [p.edit(*cell, f"{value}; {again}")], [p.tell(*cell, "value_twice")], [cell])


@kind
def spelling_variant(p: Planter) -> Fault | None:
    """Another case, other blanks, a label or a synonym: read as the value, with a note."""
    table, row, name = cell = p.pick(p.of("category", "multi"), bool)
    value = str(p.rows[table][row][name])
    spec = next((v for v in p.fields[table][name]["values"] if v["value"] == value), None)
    if spec is None:  # several values, or a code for a missing one
        return None
    words = [value.upper(), value.title(), value.replace(" ", "  "), value.replace(" ", "_"), value.replace("-", " ")]
    words += [spec.get("label", ""), *spec.get("synonyms", [])]
    word = p.random.choice(words)
    values = {v["value"] for v in p.fields[table][name]["values"]}
    if word in ("", *values) or (";" in word and p.what(table, name) == "multi"):
        return None
    note = p.tell(*cell, "spelling_normalised")
    return Fault("spelling_variant", Change((p.edit(*cell, word),)), (), frozenset([cell]), ((note, word),))


@kind
def blanks_around(p: Planter) -> Fault | None:
    """Blanks, line ends and hard blanks around a value are left out, with a note."""
    table, row, name = cell = p.pick(p.of("category", "multi", "text", "bounded", "range"), lambda v: type(v) is str)
    value = p.rows[table][row][name]
    around = p.random.choice([f" {value}", f"{value} ", f"{value}\u00a0", f"\n{value}", f"\t{value} \n"])
    note = p.tell(*cell, "blanks_trimmed")
    return Fault("blanks_around", Change((p.edit(*cell, around),)), (), frozenset([cell]), ((note, value),))


# ---- numbers


def _number_cell(p: Planter, *what: str, typed_only: bool = False) -> tuple[str, int, str]:
    return p.pick(p.of(*what, typed_only=typed_only))


@kind
def text_in_number(p: Planter) -> Fault | None:
    """Words where a number must stand, in a filled or a blank cell."""
    word = p.random.choice(["about 40", "forty", "40 people", "12/15", "n=40", "?", "4O", "1 000", "--", "40%"])
    return p.unreadable("text_in_number", _number_cell(p, "integer", "number"), word, "not_number")


@kind
def number_as_text(p: Planter) -> Fault | None:
    """A number stored as text, in a file that tells the two apart."""
    cell = _number_cell(p, "integer", "number", typed_only=True)
    return p.unreadable("number_as_text", cell, Text(p.random.choice(["40", "7", "2019", "12.0"])), "number_as_text")


@kind
def decimal_comma(p: Planter) -> Fault | None:
    """A decimal comma where the file writes points."""
    cell = _number_cell(p, "number", "integer", "range", "bounded")
    rule = {"range": "not_range", "bounded": "not_bounded"}.get(p.what(cell[0], cell[2]), "not_number")
    return p.unreadable("decimal_comma", cell, p.random.choice(["4,5", "0,05", "12,25"]), rule)


@kind
def truth_in_number(p: Planter) -> Fault | None:
    """TRUE or FALSE where a number must stand."""
    cell = _number_cell(p, "integer", "number", "range", "bounded")
    rule = {"range": "not_range", "bounded": "not_bounded"}.get(p.what(cell[0], cell[2]), "not_number")
    return p.unreadable("truth_in_number", cell, p.random.choice([True, False]), rule)


@kind
def percentage(p: Planter) -> Fault | None:
    """A cell formatted as per cent where a plain number must stand."""
    if p.form != "xlsx":
        return None
    cell = p.pick(p.of("integer", "number", "range", "bounded", typed_only=True))
    return p.unreadable("percentage", cell, Percent(p.random.choice([0.4, 0.05, 1.0, 12.0])), "percentage")


@kind
def code_number(p: Planter) -> Fault | None:
    """A number that stands for a missing value in other programs, such as -999."""
    cell = p.pick(p.of("integer", "number", "range", "bounded"))
    return p.unreadable("code_number", cell, p.random.choice([-999, -99, -9999]), "missing_number")


@kind
def not_whole(p: Planter) -> Fault | None:
    """A number with a fraction where a whole one must stand."""
    return p.unreadable("not_whole", _number_cell(p, "integer"), p.random.choice([12.5, 0.1, 3.999]), "not_whole")


def _out_of_bounds(p: Planter, name: str, cell: tuple[str, int, str], value: Any, rule: str) -> Fault:
    table, row, field = cell
    return p.readable(name, table, row, {field: value}, [p.tell(*cell, rule)])


@kind
def below_minimum(p: Planter) -> Fault | None:
    """A number, or the start of a range, below the least that may be."""
    cell = p.pick(lambda t, n: "minimum" in p.limits(t, n) and p.what(t, n) in ("integer", "number"))
    least = p.limits(cell[0], cell[2])["minimum"]
    return _out_of_bounds(p, "below_minimum", cell, least - p.random.choice([1, 2, 40]), "below_minimum")


@kind
def above_maximum(p: Planter) -> Fault | None:
    """A number, or the end of a range, above the most that may be."""
    cell = p.pick(lambda t, n: "maximum" in p.limits(t, n) and p.what(t, n) in ("integer", "number", "range"))
    most = p.limits(cell[0], cell[2])["maximum"]
    more = most + p.random.choice([1, 5, 1000])
    value = p.random.choice([more, f"1-{more}"]) if p.what(cell[0], cell[2]) == "range" else more
    return _out_of_bounds(p, "above_maximum", cell, value, "above_maximum")


@kind
def p_above_one(p: Planter) -> Fault | None:
    """A p value above 1."""
    cell = p.pick(p.of("bounded"))
    return _out_of_bounds(p, "p_above_one", cell, p.random.choice([1.4, 5, "<1.2", "> 2"]), "above_maximum")


@kind
def p_value_nonsense(p: Planter) -> Fault | None:
    """No p value at all."""
    word = p.random.choice(["n.s.", "p=0.03", "significant", "0.03*", "< ,05", "0.01-0.05", "<<0.01", "-0.2"])
    return p.unreadable("p_value_nonsense", p.pick(p.of("bounded")), word, "not_bounded")


@kind
def range_reversed(p: Planter) -> Fault | None:
    """A range that ends below its start."""
    value = p.random.choice(["12-1", "4.5-3", "6 to 2", "9\u20138.5"])
    return p.unreadable("range_reversed", p.pick(p.of("range")), value, "range_reversed")


@kind
def range_nonsense(p: Planter) -> Fault | None:
    """Neither a number nor a range."""
    value = p.random.choice(["a little", "1-2-3", "up to 4.5", "-3", "4.5 mg", "<6", "3-", "1;2", "3 - - 4"])
    return p.unreadable("range_nonsense", p.pick(p.of("range")), value, "not_range")


# ---- dates


@kind
def turned_into_date(p: Planter) -> Fault | None:
    """A real date cell where something else was typed: 1-12 became the first of December."""
    cell = p.pick(lambda t, n: typed(p.form, t) and p.what(t, n) != "date" and not p.loose(t, n))
    day = dt.datetime(2026, p.random.randint(1, 12), p.random.randint(1, 28))
    return p.unreadable("turned_into_date", cell, day, "turned_into_date")


@kind
def date_in_text(p: Planter) -> Fault | None:
    """A real date cell in a free text: it may be meant, so it is a warning."""
    cell = p.pick(lambda t, n: typed(p.form, t) and p.loose(t, n) and (t, n) not in TARGETS)
    day = dt.date(2026, p.random.randint(1, 12), p.random.randint(1, 28))
    table, row, name = cell
    return p.readable("date_in_text", table, row, {name: day}, [p.tell(*cell, "date_in_text")])


@kind
def date_text_in_number(p: Planter) -> Fault | None:
    """The same after an export to csv: the date is text."""
    cell = p.pick(lambda t, n: not typed(p.form, t) and p.what(t, n) in ("range", "integer", "number", "bounded"))
    rule = {"range": "not_range", "bounded": "not_bounded"}.get(p.what(cell[0], cell[2]), "not_number")
    return p.unreadable("date_text_in_number", cell, p.random.choice(["2026-12-01", "12-Jan", "01/12/2026"]), rule)


@kind
def bad_date(p: Planter) -> Fault | None:
    """A date that is none, or in an order that cannot be told."""
    word = p.random.choice(
        [
            "31/05/2001",
            "May 2001",
            "2001-13",
            "2001-02-30",
            "01",
            "20010531",
            "soon",
            "2001-5-3",
            "2001-05-31?",
            "2001-05-31 or so",
            "2001-05-3112",
        ]
    )
    return p.unreadable("bad_date", p.pick(p.of("date")), word, "not_date")


# ---- blanks and codes


@kind
def required_blank(p: Planter) -> Fault | None:
    """A blank where every row needs a value."""
    table, row, _ = cell = p.pick(
        lambda t, n: bool(p.limits(t, n).get("required")) and (t, n) not in SINGLE_KEYS | KEY_PARTS, bool
    )
    return p.fault("required_blank", [p.edit(*cell, p.random.choice([None, " ", "\u00a0"]))],
                   [p.tell(*cell, "required")], {cell, (table, row, "*")})  # fmt: skip


@kind
def missing_code_not_allowed(p: Planter) -> Fault | None:
    """NR, NA or UNCLEAR where it may not stand."""
    cell = p.pick(lambda t, n: len(p.missing_allowed(t, n)) < 3 and (t, n) != ("reports", "study_id"))
    code = p.random.choice(sorted({"NR", "NA", "UNCLEAR"} - set(p.missing_allowed(cell[0], cell[2]))))
    word = p.random.choice([code, code.lower(), {"NR": "not reported", "NA": "n/a", "UNCLEAR": "Unclear"}[code]])
    if folded(word) in p.spellings(cell[0], cell[2]):
        return None
    return p.unreadable("missing_code_not_allowed", cell, word, "missing_not_allowed")


@kind
def missing_code_allowed(p: Planter) -> Fault | None:
    """A code for a missing value where it may stand is no fault."""
    cell = p.pick(
        lambda t, n: p.missing_allowed(t, n) and p.what(t, n) != "text" and not p.limits(t, n).get("required")
    )
    table, row, name = cell
    code = p.random.choice(p.missing_allowed(table, name))
    return p.readable("missing_code_allowed", table, row, {name: code})


# ---- cells that show no value


@kind
def error_cell(p: Planter) -> Fault | None:
    """A cell that shows a spreadsheet error, in any column, filled or blank."""
    cell = p.pick(lambda t, n: typed(p.form, t))
    error = SheetError(p.random.choice(["#REF!", "#N/A", "#VALUE!", "#DIV/0!", "#NAME?"]))
    return p.unreadable("error_cell", cell, error, "error_cell")


@kind
def error_in_csv(p: Planter) -> Fault | None:
    """An error cell after an export to csv, in any column, filled or blank: a text, but never a value."""
    cell = p.pick(lambda t, n: not typed(p.form, t))
    error = p.random.choice(["#REF!", "#N/A", "#VALUE!", "#DIV/0!", "#NAME?", "Err:510"])
    return p.unreadable("error_in_csv", cell, error, "error_cell")


@kind
def formula_without_value(p: Planter) -> Fault | None:
    """A formula that was never calculated, in any column of a workbook."""
    if p.form != "xlsx":
        return None
    cell = p.pick(lambda t, n: typed(p.form, t))
    formula = Formula(p.random.choice(["=1+1", '=IF(A2="x",1,"<a> & b")', "=SUM(B2:B9)", "=lists!A2"]))
    return p.unreadable("formula_without_value", cell, formula, "formula_without_value")


# ---- keys


@kind
def blank_key(p: Planter) -> Fault | None:
    """No name for the row."""
    table, row, name = cell = p.pick(lambda t, n: (t, n) in SINGLE_KEYS | KEY_PARTS, bool)
    told = [p.tell(*cell, "key_blank"), *(p.lost_key(*cell) if (table, name) in SINGLE_KEYS else [])]
    return p.fault("blank_key", [p.edit(*cell, None)], told, p.stakes(table, row))


@kind
def key_renamed(p: Planter) -> Fault | None:
    """A key of the right form that nobody refers to any more."""
    table, name = p.random.choice([("records", "record_id"), ("studies", "study_id"), ("reports", "report_id")])
    row = p.where(table, lambda line: True)
    cell = table, row, name
    new = {"records": f"R9{row:03}", "reports": f"RP9{row:02}",
           "studies": f"{p.rows[table][row][name]}{p.random.choice('bxq')}"}[table]  # fmt: skip
    told = p.lost_key(*cell)
    if table == "studies":
        told.append(p.tell(*cell, "charted_not_included"))
    return p.fault("key_renamed", [p.edit(*cell, new)], told, p.stakes(table, row)) if told else None


@kind
def wrong_form(p: Planter) -> Fault | None:
    """A text that has not the form that the codebook gives its field."""
    table, row, name = cell = p.pick(lambda t, n: "pattern" in p.limits(t, n), bool)
    value = str(p.rows[table][row][name])
    wrong = {"doi": f"https://doi.org/{value}", "pmid": f"PMID {value}", "study_id": f"{value} et al."}.get(
        name, p.random.choice([f"R{value}", f"{value}0", value.lower(), f"{value}.", f"{value}, {value}"])
    )
    told = [p.tell(*cell, "wrong_form")]
    if (table, name) in TARGETS:
        told.append(p.tell(*cell, "reference_unknown"))
    told += p.lost_key(*cell)
    if (table, name) == ("studies", "study_id"):
        told.append(p.tell(*cell, "charted_not_included"))
    return p.fault("wrong_form", [p.edit(*cell, wrong)], told, p.stakes(table, row))


@kind
def duplicate_key(p: Planter) -> Fault | None:
    """The key of another row: told at the later of the two, wherever the slip was made."""
    table, name = p.random.choice(sorted(SINGLE_KEYS))
    row, other = p.random.sample(sorted(p.rows[table]), 2)
    if table == "records" and p.rows[table][row]["duplicate_of"] and not p.rows[table][other]["duplicate_of"]:
        return None  # which of the two is the duplicate could not be said
    told = [p.tell(table, max(row, other), name, "key_twice"), *p.lost_key(table, row, name)]
    if table == "reports" and (p.who_refers(table, other, name) or p.who_refers(table, row, name)):
        return None  # companions would find two reports of the name
    edits = [p.edit(table, row, name, p.rows[table][other][name])]
    return p.fault("duplicate_key", edits, told, p.stakes(table, row) | p.stakes(table, other))


@kind
def duplicate_vote(p: Planter) -> Fault | None:
    """Two votes of one reviewer on one record at one stage: told at the later."""
    row = p.where("votes", lambda line: True)
    line = p.rows["votes"][row]
    other = next(n for n, o in p.rows["votes"].items()
                 if n != row and (o["record_id"], o["stage"]) == (line["record_id"], line["stage"]))  # fmt: skip
    edits = [p.edit("votes", row, "reviewer", p.rows["votes"][other]["reviewer"])]
    return p.fault("duplicate_vote", edits, [p.tell("votes", max(row, other), "record_id", "key_twice")],
                   p.stakes("votes", row))  # fmt: skip


@kind
def duplicate_harm(p: Planter) -> Fault | None:
    """The same event twice in one arm of one study."""
    row = p.where("harms", lambda line: bool(line["event"]))
    line = p.rows["harms"][row]
    others = [n for n, o in p.rows["harms"].items() if n != row and o["event"]
              and (o["study_id"], o["arm"]) == (line["study_id"], line["arm"])]  # fmt: skip
    if not others:
        return None
    other = p.random.choice(others)
    stakes = {("harms", n, "*") for n, o in p.rows["harms"].items() if o["study_id"] == line["study_id"]}
    return p.fault("duplicate_harm", [p.edit("harms", row, "event", p.rows["harms"][other]["event"])],
                   [p.tell("harms", max(row, other), "study_id", "key_twice")], stakes)  # fmt: skip


@kind
def record_of_two_reports(p: Planter) -> Fault | None:
    """A column whose values must differ holds one twice."""
    included = [n for n, line in p.rows["reports"].items() if line["study_id"]]
    row, other = p.random.sample(included, 2)
    edits = [p.edit("reports", row, "record_id", p.rows["reports"][other]["record_id"])]
    told = [p.tell("reports", max(row, other), "record_id", "not_unique")]
    return p.fault("record_of_two_reports", edits, told, p.stakes("reports", row) | p.stakes("reports", other))


# ---- references


@kind
def unknown_reference(p: Planter) -> Fault | None:
    """A study, record or report that is not there."""
    (table, name), (target, _) = p.random.choice(sorted(TARGETS.items()))
    row = p.where(table, lambda line: bool(line[name]))
    own = p.rows[table][row][name]  # each row gets an unknown ID of its own, so that no two keys become the same
    new = {"records": f"R8{row:03}", "reports": f"RP8{row:02}",
           "studies": p.random.choice([f"Nobody{row}", f"{own}{row}", own.lower()])}[target]  # fmt: skip
    told = [p.tell(table, row, name, "reference_unknown")]
    stakes = p.stakes(table, row)
    if (table, name) == ("reports", "study_id"):
        told += p.lost_study(row, read=True)
    return p.fault("unknown_reference", [p.edit(table, row, name, new)], told, stakes)


# ---- duplicates among the records


def _dups(p: Planter) -> list[int]:
    return [n for n, line in p.rows["records"].items() if line["duplicate_of"]]


@kind
def duplicate_of_itself(p: Planter) -> Fault | None:
    """A duplicate that names itself as the record kept."""
    row = p.random.choice(_dups(p))
    edits = [p.edit("records", row, "duplicate_of", p.rows["records"][row]["record_id"])]
    return p.fault("duplicate_of_itself", edits, [p.tell("records", row, "duplicate_of", "duplicate_of_itself")],
                   p.stakes("records", row))  # fmt: skip


@kind
def duplicate_chain(p: Planter) -> Fault | None:
    """A duplicate of a record that is itself a duplicate."""
    row, other = p.random.sample(_dups(p), 2)
    edits = [p.edit("records", row, "duplicate_of", p.rows["records"][other]["record_id"])]
    return p.fault("duplicate_chain", edits, [p.tell("records", row, "duplicate_of", "survivor_removed")],
                   p.stakes("records", row) | p.stakes("records", other))  # fmt: skip


@kind
def duplicate_circle(p: Planter) -> Fault | None:
    """Two records, each a duplicate of the other."""
    rows = p.random.sample(_dups(p), 2)
    names = [p.rows["records"][row]["record_id"] for row in rows]
    edits = [p.edit("records", row, "duplicate_of", name) for row, name in zip(rows, reversed(names), strict=True)]
    told = [p.tell("records", row, "duplicate_of", "survivor_removed") for row in rows]
    return p.fault("duplicate_circle", edits, told, p.stakes("records", rows[0]) | p.stakes("records", rows[1]))


@kind
def screened_duplicate(p: Planter) -> Fault | None:
    """A record that was screened is marked as a duplicate: its votes and its decision count nowhere."""
    sought = {line["record_id"] for line in p.rows["reports"].values()}
    row, other = p.random.sample(
        [n for n, line in p.rows["records"].items() if not line["duplicate_of"] and line["record_id"] not in sought], 2
    )
    own, kept = (p.rows["records"][number]["record_id"] for number in (row, other))
    told = [p.tell(table, number, "record_id", "vote_on_removed") for table in ("votes", "decisions")
            for number, line in p.rows[table].items() if line["record_id"] == own]  # fmt: skip
    told += [p.tell("records", number, "duplicate_of", "survivor_removed")
             for number, line in p.rows["records"].items() if line["duplicate_of"] == own]  # fmt: skip
    return p.fault("screened_duplicate", [p.edit("records", row, "duplicate_of", kept)], told,
                   p.stakes("records", row) | p.stakes("records", other))  # fmt: skip


# ---- rules of the codebook


@kind
def reason_missing(p: Planter) -> Fault | None:
    """An exclusion without its reason."""
    table = p.random.choice(["votes", "decisions"])
    row = p.where(table, lambda line: line["decision"] == "exclude")
    return p.readable("reason_missing", table, row, {"reason": None})


@kind
def reason_on_include(p: Planter) -> Fault | None:
    """A reason for exclusion beside an inclusion."""
    table = p.random.choice(["votes", "decisions"])
    row = p.where(table, lambda line: line["decision"] != "exclude")
    return p.readable("reason_on_include", table, row, {"reason": "not primary research"})


@kind
def maybe_at_full_text(p: Planter) -> Fault | None:
    """A maybe where the codebook wants a decision."""
    row = p.where("votes", lambda line: line["stage"] == "full_text" and line["decision"] == "include")
    return p.readable("maybe_at_full_text", "votes", row, {"decision": "maybe"})


@kind
def events_above_exposed(p: Planter) -> Fault | None:
    """More people with the event than people."""
    row = p.where("harms", lambda line: isinstance(line["n_exposed"], int) and line["harms_status"] != "not_reported")
    more = p.rows["harms"][row]["n_exposed"] + p.random.choice([1, 7])
    return p.readable("events_above_exposed", "harms", row, {"n_events": more})


@kind
def harms_status_against_counts(p: Planter) -> Fault | None:
    """A status that the counts of its row contradict, of each kind."""
    silent = ("not_reported", "not_assessed")
    status, values = p.random.choice([
        (("events",), {"n_events": 0}),
        (("events",), {"event": None}),
        (("zero_stated",), {"event": None}),
        (("zero_stated",), {"n_events": 1}),
        (("zero_stated",), {"n_exposed": None}),
        (("zero_stated",), {"n_events": None, "n_exposed": None}),
        (("zero_stated",), {"resolved": "yes"}),
        (silent, {"n_events": 2}),
        (silent, {"n_exposed": "NR"}),
        (silent, {"event": "nausea", "n_events": 2, "n_exposed": 30, "resolved": "no"}),
    ])  # fmt: skip
    row = p.where("harms", lambda line: line["harms_status"] in status)
    line = p.rows["harms"][row]
    after = {**line, **values}
    twin = [n for n, o in p.rows["harms"].items() if n != row and
            (o["study_id"], o["arm"], o["event"]) == (after["study_id"], after["arm"], after["event"])]  # fmt: skip
    return None if twin else p.readable("harms_status_against_counts", "harms", row, values)


@kind
def study_against_itself(p: Planter) -> Fault | None:
    """A design that the number of people, the control or the comparator contradicts."""
    row = p.where("studies", lambda line: True)
    line = p.rows["studies"][row]
    other = {"yes": "no", "no": "yes"}[line["controlled"]]
    values = p.random.choice([
        {"controlled": other},
        {"comparator": "none" if line["controlled"] == "yes" else "placebo"},
        {"design": "case report"},
        {"design": "case series"},
        {"design": "randomised controlled trial"},
        {"n": p.random.choice([1, 2, 3, 12])},
    ])  # fmt: skip
    fault = p.readable("study_against_itself", "studies", row, values)
    return fault if fault.told else None


@kind
def contrast_without_note(p: Planter) -> Fault | None:
    """Another contrast, and no word which."""
    row = p.where("findings", lambda line: not line["note"])
    return p.readable("contrast_without_note", "findings", row, {"contrast": "other"})


# ---- screening against charting


@kind
def unreadable_vote_that_was_settled(p: Planter) -> Fault | None:
    """A vote that cannot be read, where a decision settled the votes: nobody knows whether the votes still differ."""
    settled = {(line["record_id"], line["stage"]) for line in p.rows["decisions"].values()}
    row = p.where("votes", lambda line: (line["record_id"], line["stage"]) in settled)
    value = p.random.choice(["inclde", "?", "NR"])
    rule = "missing_not_allowed" if value == "NR" else "not_allowed"
    fault = p.unreadable("unreadable_vote_that_was_settled", ("votes", row, "decision"), value, rule)
    return Fault(fault.kind, fault.change, fault.told, fault.stakes | p.stakes("votes", row))


@kind
def decision_against_votes(p: Planter) -> Fault | None:
    """Both votes go one way, and the decision another."""
    decided = p.where("decisions", lambda line: line["decision"] == "exclude")
    line = p.rows["decisions"][decided]
    votes = {
        n: v for n, v in p.rows["votes"].items() if (v["record_id"], v["stage"]) == (line["record_id"], line["stage"])
    }
    edits = []
    for number, vote in votes.items():
        if vote["decision"] == "exclude":
            edits += [p.edit("votes", number, "decision", "include"), p.edit("votes", number, "reason", None)]
    told = [p.tell("decisions", decided, "decision", "decision_without_disagreement")]
    return p.fault("decision_against_votes", edits, told, p.stakes("decisions", decided))


@kind
def report_of_excluded_record(p: Planter) -> Fault | None:
    """Both votes at title and abstract exclude a record whose report is assessed and charted."""
    decided = {(d["record_id"], d["stage"]) for d in p.rows["decisions"].values()}
    row = p.where("reports", lambda line: (line["record_id"], "title_abstract") not in decided)
    record = p.rows["reports"][row]["record_id"]
    edits, told = [], [p.tell("reports", row, "record_id", "report_unsought")]
    for number, vote in p.rows["votes"].items():
        if vote["record_id"] == record and vote["stage"] == "title_abstract":
            edits += [p.edit("votes", number, "decision", "exclude"),
                      p.edit("votes", number, "reason", "not primary research")]  # fmt: skip
        elif vote["record_id"] == record:
            told.append(p.tell("votes", number, "record_id", "full_text_vote_unsought"))
    return p.fault("report_of_excluded_record", edits, told, p.stakes("reports", row))


@kind
def assessed_but_not_retrieved(p: Planter) -> Fault | None:
    """A report with full-text votes is marked as not retrieved."""
    row = p.where("reports", lambda line: line["retrieved"] == "yes")
    line = p.rows["reports"][row]
    told = [p.tell("votes", number, "record_id", "vote_on_unretrieved") for number, vote in p.rows["votes"].items()
            if vote["record_id"] == line["record_id"] and vote["stage"] == "full_text"]  # fmt: skip
    if line["study_id"]:
        told.append(p.tell("reports", row, "study_id", "excluded_but_charted"))
    fault = p.readable("assessed_but_not_retrieved", "reports", row, {"retrieved": "no"}, told)
    return Fault(fault.kind, fault.change, tuple(sorted(fault.told)), p.stakes("reports", row))


@kind
def included_without_study(p: Planter) -> Fault | None:
    """An included report for which no study is named."""
    row = p.where("reports", lambda line: bool(line["study_id"]))
    told = [p.tell("reports", row, "study_id", "included_not_charted"), *p.lost_study(row, read=True)]
    fault = p.readable("included_without_study", "reports", row, {"study_id": None}, told)
    return Fault(fault.kind, fault.change, tuple(sorted(fault.told)), p.stakes("reports", row))


@kind
def excluded_with_study(p: Planter) -> Fault | None:
    """A report that was excluded or not retrieved, and a study is named for it."""
    row = p.where("reports", lambda line: not line["study_id"])
    study = p.random.choice([line["study_id"] for line in p.rows["studies"].values()])
    told = [p.tell("reports", row, "study_id", "excluded_but_charted")]
    fault = p.readable("excluded_with_study", "reports", row, {"study_id": study}, told)
    stakes = p.stakes("reports", row) | {
        (t, n, "*") for t in ("reports", "studies") for n, o in p.rows[t].items() if o["study_id"] == study
    }
    return Fault(fault.kind, fault.change, tuple(sorted(fault.told)), stakes)


@kind
def companion_of_other_study(p: Planter) -> Fault | None:
    """A companion report is given to another study than its main report."""
    row = p.where("reports", lambda line: bool(line["companion_of"]))
    own = p.rows["reports"][row]["study_id"]
    other = p.where("studies", lambda line: line["study_id"] != own)
    edits = [p.edit("reports", row, "study_id", p.rows["studies"][other]["study_id"])]
    told = [p.tell("reports", row, "companion_of", "companion_other_study")]
    return p.fault("companion_of_other_study", edits, told, p.stakes("reports", row) | p.stakes("studies", other))


@kind
def study_without_report(p: Planter) -> Fault | None:
    """A study in a new row that no report names."""
    row = max(p.rows["studies"]) + 1
    model = p.rows["studies"][p.where("studies", lambda line: True)]
    name = f"{p.random.choice(['Adams', 'Baker', 'Clarke', 'Osei'])}{p.random.randint(1990, 2024)}x"
    edits = [p.edit("studies", row, field, value) for field, value in {**model, "study_id": name}.items()]
    return p.fault("study_without_report", edits, [p.tell("studies", row, "study_id", "charted_not_included")],
                   {("studies", row, "*")})  # fmt: skip


# ---- around the table


@kind
def value_beside_table(p: Planter) -> Fault | None:
    """A value in a column without a header, right beside the table or further off."""
    table = p.random.choice(sorted(t for t in p.rows if typed(p.form, t)) or [""])
    if not table:
        return None
    row, column = p.where(table, lambda line: True), len(p.good.header(table)) + p.random.choice([0, 1, 4])
    told = [p.tell(table, row, column, "value_beside_table")]
    stakes = {(table, 0, f"beside {column}")}
    return p.fault("value_beside_table", [p.edit(table, row, column, p.random.choice(["check!", 3]))], told, stakes)


@kind
def row_too_long(p: Planter) -> Fault | None:
    """More cells than headers in a row of a csv file."""
    table = p.random.choice(sorted(t for t in p.rows if not typed(p.form, t)) or [""])
    if not table:
        return None
    row, column = p.where(table, lambda line: True), len(p.good.header(table)) + p.random.choice([0, 0, 2])
    told = [p.tell(table, row, column, "row_too_long")]
    return p.fault("row_too_long", [p.edit(table, row, column, "and so on")], told, {(table, row, f"beside {column}")})


@shape
def column_renamed(p: Planter) -> Fault | None:
    """A header with a slip in it."""
    table, name = p.random.choice([(t, n) for t, fields in p.fields.items() for n in fields if len(n) > 3])
    word = p.random.choice([f"{name} (new)", f"{name}s", p.misspelt(name)])
    known = {
        folded(w) for s in p.fields[table].values() for w in (s["name"], s.get("title", ""), *s.get("aliases", []))
    }
    if folded(word) in known:
        return None
    return p.fault("column_renamed", [p.edit(table, 1, name, word)], [p.tell(table, 1, name, "column_renamed")], [])


@shape
def column_missing(p: Planter) -> Fault | None:
    """A column was deleted."""
    table, name = p.random.choice([(t, n) for t, fields in p.fields.items() for n in fields])
    file, sheet = place(p.form, table)
    change = Change(dropped=((table, p.column(table, name)),))
    return Fault("column_missing", change, ((file, sheet, "1", "column_missing"),))


@shape
def column_twice(p: Planter) -> Fault | None:
    """Two columns under one header."""
    table, name = p.random.choice([(t, n) for t, fields in p.fields.items() for n in fields])
    spec = p.fields[table][name]
    word = p.random.choice([name, name.upper(), spec.get("title", name), *spec.get("aliases", [])])
    owners = {
        n
        for n, s in p.fields[table].items()
        if folded(word) in map(folded, (n, s.get("title", ""), *s.get("aliases", [])))
    }
    if owners != {name}:
        return None
    column = len(p.good.header(table))
    return p.fault("column_twice", [p.edit(table, 1, column, word)], [p.tell(table, 1, column, "column_twice")], [])


@shape
def sheet_missing(p: Planter) -> Fault | None:
    """A sheet was deleted."""
    table = p.random.choice(sorted(p.rows))
    return Fault("sheet_missing", Change(absent=(table,)), (("raw", "", "", "table_missing"),))


def draw(planter: Planter, name: str, number: int) -> list[Fault]:
    """Up to so many different faults of one kind; fewer where the form has no more."""
    found: dict[Change, Fault] = {}
    for _ in range(number * 12):
        if len(found) == number:
            break
        try:
            fault = (KINDS | AWAITED)[name](planter)
        except (LookupError, ValueError):  # nothing of the kind in this form
            break
        if fault is not None:
            found.setdefault(fault.change, fault)
    return list(found.values())


def apart(faults: Iterable[Fault]) -> list[Fault]:
    """Those of the faults that do not touch one that was taken before."""
    chosen: list[Fault] = []
    stakes: set[Stake] = set()
    for fault in faults:
        if fault.apart(stakes):
            chosen.append(fault)
            stakes |= fault.stakes
    return chosen


def together(planter: Planter, number: int) -> list[Fault]:
    """Faults of all kinds that do not touch each other, to be planted in one run: one of each, then any."""
    chosen: list[Fault] = []
    stakes: set[Stake] = set()
    names = sorted(set(KINDS) - SHAPES)
    first = planter.random.sample(names, len(names))
    for _ in range(number * 6):
        if len(chosen) == number:
            break
        for fault in draw(planter, first.pop() if first else planter.random.choice(names), 1):
            if fault.apart(stakes):
                chosen.append(fault)
                stakes |= fault.stakes
    return chosen


def all_told(faults: Iterable[Fault]) -> "Counter[Told]":
    """What must be told of several faults; like notes in one column once, at the first of their rows."""
    faults = list(faults)
    told = Counter(item for fault in faults for item in fault.told)
    first: dict[tuple[str, str, str, str, str], Told] = {}
    for (file, sheet, cell, rule), value in (note for fault in faults for note in fault.notes):
        column = cell.rstrip("0123456789")
        group, row = (file, sheet, column, rule, value), int(cell[len(column) :])
        if group not in first or row < int(first[group][2][len(column) :]):
            first[group] = (file, sheet, cell, rule)
    return told + Counter(first.values())
