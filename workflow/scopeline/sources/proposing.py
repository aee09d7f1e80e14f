"""Proposes a mapping of a spreadsheet: which header is which field and why, which words stand for which values.

A proposal is text to be pasted into config/config.yaml and mended there. What is guessed is said beside it, and what
could not be guessed stands as a remark with a question mark.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher, get_close_matches

import numpy as np

from ..cells import Book, Sheet, letter
from ..codebook import Codebook, FieldSpec, TableSpec, fold
from ..mapping import PLACEHOLDER, TableMap, regular_text
from .adapter import HEADER_ROWS
from .mapped_columns import Grid
from .mapped_rows import splitter

#: Words that reviewers vote with, as they are compared.
VOTES = {
    "include": ("include", "included", "inclusion", "keep", "yes", "y", "eligible", "relevant", "in", "accept", "1"),
    "exclude": (
        *("exclude", "excluded", "exclusion", "drop", "no", "n", "not eligible", "ineligible", "irrelevant"),
        *("out", "reject", "rejected", "0", "not relevant"),
    ),
    "maybe": ("maybe", "unsure", "unclear", "uncertain", "undecided", "?"),
}
_VOTE = {word: vote for vote, words in VOTES.items() for word in words}
_ID = re.compile(r"(^|[^a-z])(id|ids|key|uid|ref|refid|number|nr|no|accession|pmid)([^a-z]|$)|[a-z]id$|Id$|ID$|#")
_NUMBERED = re.compile(r"(.*?)([_ .-]*)(\d{1,2}|[A-Z])$")
_PAIR = re.compile(r"(.+?)([_ .-]+)(e|events?|n_events|cases|n|total|exposed|n_exposed)$", re.IGNORECASE)
_EVENTS = ("e", "event", "events", "n events", "cases")
#: Marks between several values of a cell, the surest first.
_MARKS = (";", "|", "\n", ",")
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_ ()-]*[A-Za-z0-9_)]|[A-Za-z]")
_RESERVED = {"true", "false", "null", "yes", "no", "on", "off", "y", "n"}
#: Parts of keys that name no record, report or study.
_NO_IDS = ("reviewer", "event", "instrument", "domain")
#: Headers of what is decided on full texts.
_FULL_TEXT = re.compile(r"full.?text|eligib|(^|[^a-z])ft([^a-z]|$)", re.IGNORECASE)
#: Headers of votes and decisions.
_SCREENING = re.compile(r"screen|decision|includ|exclud|eligib|vote|reviewer", re.IGNORECASE)
#: So many words of a column are told one by one.
_WORDS = 25


@dataclass
class Column:
    """One column of the sheet: how a mapping names it, and its words with their counts, the most frequent first."""

    at: int
    header: str
    name: str
    words: Counter[str]

    @property
    def filled(self) -> int:
        return self.words.total()

    @property
    def is_id(self) -> bool:
        """Every filled cell its own, and a header like those of IDs."""
        return bool(_ID.search(self.header) or _ID.search(self.header.casefold())) and (
            self.filled > 0 and len(self.words) >= 0.95 * self.filled
        )

    def votes(self) -> dict[str, str] | None:
        """Word → vote, where the column holds votes and nothing else."""
        if not 0 < len(self.words) <= 8:
            return None
        found = {word: _VOTE.get(fold(word) or word) for word in self.words}
        if not {"include", "exclude"} & set(found.values()) or None in found.values():
            return None
        return {word: vote for word, vote in found.items() if vote}


@dataclass
class Entry:
    """One proposed entry of `tables:`: its lines below the table's name, its fields, and remarks."""

    table: str
    about: list[str] = field(default_factory=list)
    fields: list[tuple[str, str, str]] = field(default_factory=list)
    more: dict[str, list[str]] = field(default_factory=dict)

    def put(self, name: str, text: str, why: str = "") -> None:
        self.fields.append((name, text, why))


def propose(book: Book, codebook: Codebook, table: str | None = None) -> str:
    """A proposed entry of `sources:` for a file, as YAML with remarks. `table` names the table that it should make."""
    lines = ["sources:", f"  {quoted(book.file.removeprefix('raw/'))}:", "    tables:"]
    made = 0
    for sheet in book.sheets:
        if not sheet.n_rows:
            continue
        row = header_row(sheet)
        grid = Grid(sheet, [row])
        columns = profile(grid)
        lines.append(f"      # {_sheet(sheet)}{len(grid.rows)} rows below the headers in row {row}")
        lines += [f"      # {said}" for said in _remarks(columns)]
        entries = [entry for entry in _entries(columns, codebook, table) if entry.fields]
        for entry in entries:
            lines += _written(entry, sheet, row)
        if entries and not any(entry.table in ("records", "studies", "reports") for entry in entries) and table is None:
            lines.append("      # ? if the sheet also lists the records found: --table records proposes that entry")
        if not entries:
            lines.append("      # ? nothing here looks like a table of the codebook; --table NAME proposes one of it")
        used = {at for entry in entries for at in _read(entry, grid)}
        spare = [column.name for column in columns if column.filled and column.at not in used]
        if spare and entries:
            lines.append(f"      # not used: {_one_line(', '.join(spare[:40]))}{' …' if len(spare) > 40 else ''}")
        made += len(entries)
    if not made:
        lines[2] = "    tables: []"
    return "\n".join(lines) + "\n"


def header_row(sheet: Sheet) -> int:
    """The row that looks like headers: the first of the first rows that is nearly as full as the fullest, in words."""
    words = {}
    for number in range(1, min(HEADER_ROWS, sheet.n_rows) + 1):
        texts = [text for text in sheet.row(number) if text and text.strip()]
        words[number] = sum(not re.fullmatch(r"[\d.,%\s-]+", text) for text in texts)
    most = max(words.values(), default=0)
    return next((n for n, count in words.items() if count >= max(0.7 * most, 1)), 1)


def profile(grid: Grid) -> list[Column]:
    """The columns with headers; one of several with the same header is named with its number."""
    seen: Counter[str] = Counter()
    found = []
    for at, header in enumerate(grid.headers):
        if not header:
            continue
        seen[fold(header)] += 1
        alike = grid.folded.count(fold(header))
        cells = grid.coded(at)
        counts = np.bincount(cells.codes, minlength=len(cells.words)) if len(cells) else np.zeros(len(cells.words), int)
        words = Counter({word: int(n) for word, n in zip(cells.words, counts.tolist(), strict=True) if word and n})
        found.append(Column(at, header, f"{header}#{seen[fold(header)]}" if alike > 1 else header, words))
    return found


def _remarks(columns: Sequence[Column]) -> Iterator[str]:
    """What is peculiar about the columns."""
    ids = [column.name for column in columns if column.is_id]
    if ids:
        yield _one_line(f"columns of IDs (each value once): {', '.join(ids[:6])}")
    for column in columns:
        if column.votes() is not None and _about_screening(column):
            told = ", ".join(f"{word} ({n})" for word, n in column.words.most_common())
            yield _one_line(f"votes or decisions in {letter(column.at)}, {column.name}: {told}")
        elif mark := _joined_votes(column):
            yield _one_line(
                f"several votes in one cell of {letter(column.at)}, {column.name}, with {mark!r} between them"
            )
    for question, choices in checkboxes(columns).items():
        how = quoted(f"{question} -> *")
        yield _one_line(
            f"check boxes: {len(choices)} columns '{question} -> …'; a field takes them with {{checked: {how}}}"
        )
    for mark_e, mark_n, events in pairs(columns):
        yield _one_line(f"pairs of columns for {len(events)} events: '{{event}}{mark_e}' and '{{event}}{mark_n}'")


def checkboxes(columns: Sequence[Column]) -> dict[str, list[str]]:
    """Question → its choices, of columns that are headed `question -> choice`."""
    found: dict[str, list[str]] = {}
    for column in columns:
        question, arrow, choice = column.header.partition(" -> ")
        if arrow:
            found.setdefault(question, []).append(choice)
    return {question: choices for question, choices in found.items() if len(choices) > 1}


def pairs(columns: Sequence[Column]) -> list[tuple[str, str, list[str]]]:
    """Endings of headers that tell events from people exposed, with the events that have both."""
    ends: dict[str, set[str]] = {}
    for column in columns:
        if match := _PAIR.fullmatch(column.header):
            ends.setdefault(match[2] + match[3], set()).add(match[1])
    counted = [end for end in ends if fold(end) in _EVENTS]
    found = [
        (one, other, sorted(ends[one] & ends[other]))
        for one in counted
        for other in ends
        if other not in counted and len(ends[one] & ends[other]) > 1
    ]
    return found[:1]


def _entries(columns: Sequence[Column], codebook: Codebook, table: str | None) -> Iterator[Entry]:
    """The tables that the sheet seems to hold; the one that is asked for in any case."""
    tables = {name: spec for name, spec in codebook.tables.items() if table in (None, name)}
    plain = {name: spec for name, spec in tables.items() if name not in ("votes", "decisions", "harms", "flow_counts")}
    if table is None:
        best = _likeliest(columns, plain)
        plain = {best: plain[best]} if best else {}
    for spec in plain.values():
        yield _plain(columns, spec)
    if "votes" in tables:
        yield from _votes(columns, tables["votes"], always=table is not None)
    if "decisions" in tables:
        yield from _decisions(columns, tables["decisions"], always=table is not None)
    if "harms" in tables:
        found = pairs(columns)
        yield from (_each_event(columns, tables["harms"], *pair) for pair in found)
        if table is not None and not found:
            yield _plain(columns, tables["harms"])
    if table == "flow_counts" and table in tables:
        yield _plain(columns, tables[table])


def _likeliest(columns: Sequence[Column], tables: Mapping[str, TableSpec]) -> str | None:
    """The table of whose fields the sheet has the most, if it has enough of them."""
    scored = []
    for name, spec in tables.items():
        found = matched(columns, spec)
        score = len(found) - sum(why.startswith("looks like") for _, why in found.values()) / 2
        if score >= 2 and score >= min(3, len(spec.fields) / 3):
            scored.append((score, name))
    return max(scored)[1] if scored else None


def _votes(columns: Sequence[Column], table: TableSpec, *, always: bool) -> Iterator[Entry]:
    votes = [column for column in columns if column.votes() is not None]
    groups = numbered([column for column in votes if _about_screening(column)])
    joined = [column for column in columns if _joined_votes(column)]
    for pattern, members in groups:
        yield _each_vote(columns, table, pattern, members)
    for column in joined:
        yield _exploded_votes(columns, table, column)
    if always and not groups and not joined:
        yield _plain(columns, table, votes[:1])


def _decisions(columns: Sequence[Column], table: TableSpec, *, always: bool) -> Iterator[Entry]:
    votes = [column for column in columns if column.votes() is not None and _about_screening(column)]
    grouped = {member.at for _, members in numbered(votes) for member in members}
    single = [column for column in votes if column.at not in grouped]
    for column in single:
        yield _plain(columns, table, [column])
    if always and not single:
        yield _plain(columns, table)


def _about_screening(column: Column) -> bool:
    """A column of yes and no may hold anything: it is a decision if its words or its header are those of screening."""
    words = {fold(word) for word in column.words} - {"yes", "no", "y", "n", "0", "1", "in", "out", "unclear"}
    return bool(words) or bool(_SCREENING.search(column.header))


def matched(columns: Sequence[Column], table: TableSpec) -> dict[str, tuple[Column, str]]:
    """Field → the column that it seems to be, and why."""
    found: dict[str, tuple[Column, str]] = {}
    taken: set[int] = set()
    ways = [
        ("the field's name", lambda spec: [spec.name], 1.0),
        ("the field's title", lambda spec: [spec.title], 1.0),
        ("an alias of the field", lambda spec: spec.aliases, 1.0),
        ("looks like", lambda spec: [spec.name, spec.title, *spec.aliases], 0.82),
    ]
    for why, words, least in ways:
        for spec in table.fields:
            if spec.name in found:
                continue
            for column in columns:
                if column.at in taken:
                    continue
                near = max((_alike(column.header, word) for word in words(spec) if word), default=0.0)
                if near >= least:
                    told = why if least == 1 else f"looks like '{spec.title or spec.name}'"
                    found[spec.name] = (column, told)
                    taken.add(column.at)
                    break
    for name in table.primary_key[:1]:
        free = [column for column in columns if column.is_id and column.at not in taken]
        if name not in found and free:
            found[name] = (free[0], "looks like an ID: each value once")
    return found


def _alike(header: str, word: str) -> float:
    one, other = fold(header), fold(word)
    if one == other:
        return 1.0
    if len(other) > 3 and set(other.split()) <= set(one.split()):
        return 0.9
    return 0.99 * SequenceMatcher(None, one, other).ratio()


def _plain(columns: Sequence[Column], table: TableSpec, decision: Sequence[Column] = ()) -> Entry:
    """An entry that reads one row of the sheet as one row of the table."""
    entry = Entry(table.name)
    found = matched(columns, table)
    for column in decision:
        found["decision"] = (column, "holds votes")
        entry.about.append(f"where: {{column: {quoted(column.name)}, filled: true}}")
        if "stage" in table.by_name and _FULL_TEXT.search(column.header):
            entry.put("stage", "{value: full_text}", "? guessed from the header of the decision")
    _ids(entry, columns, table, found)
    for spec in table.fields:
        if spec.name in {name for name, _, _ in entry.fields}:
            continue
        if spec.name in found:
            _field(entry, spec, *found[spec.name])
        else:
            question = next((one for one in checkboxes(columns) if _alike(one, spec.name) >= 0.82), None)
            if question is not None:
                entry.put(spec.name, f"{{checked: {quoted(f'{question} -> *')}}}", f"check boxes '{question} -> …'")
            elif spec.constraints.required:
                _absent(entry, spec)
    return entry


def _ids(entry: Entry, columns: Sequence[Column], table: TableSpec, found: Mapping[str, tuple[Column, str]]) -> None:
    """The fields that name things; what the sheet does not name gets the number of its row."""
    id_column = next((column for column in columns if column.is_id), None)
    for spec in table.fields:
        if spec.name not in table.identifying or spec.values or spec.name in _NO_IDS:
            continue
        column: Column | None
        column, why = found.get(spec.name, (None, ""))
        key = spec.name in table.primary_key or spec.constraints.required
        if column is None and key and id_column is not None:
            column, why = id_column, "looks like an ID: each value once"
        if column is not None:
            entry.put(spec.name, f"{{column: {quoted(column.name)}, id: true}}", why)
        elif key:
            entry.put(spec.name, "{template: 'row-{row}'}", "? no column of IDs was found: this numbers the rows")


def _absent(entry: Entry, spec: FieldSpec) -> None:
    if spec.allowed:
        words = ", ".join(value.value for value in spec.allowed[:8])
        entry.put(spec.name, f"{{value: {quoted(spec.allowed[0].value)}}}", f"? not seen in the file; one of {words}")
    else:
        entry.put(spec.name, "{value: '?'}", "? not seen in the file, and the codebook needs it")


def _field(entry: Entry, spec: FieldSpec, column: Column, why: str) -> None:
    """One field read from one column: with its words, the marks between several, the part that counts."""
    parts = [f"column: {quoted(column.name)}"]
    words = column.words
    if spec.name == "doi" and any(re.search(r"doi\.org|doi:", word, re.IGNORECASE) for word in words):
        parts.append(r"extract: '10\.\d{4,9}/\S+'")
    elif spec.name == "year" and any(not re.fullmatch(r"\d{4}", word) for word in words):
        parts.append(r"extract: '\b(\d{4})\b'")
    if spec.what == "multi" and (mark := _mark(column)) and mark != (spec.separator or "").strip():
        parts.append(f"split: {quoted(mark)}")
        why += f"; several values with {mark!r} between them"
        words = Counter()
        apart = splitter([mark])
        for word, n in column.words.items():
            words.update({part: n for part in apart(word) if part})
    elif spec.what == "multi" and spec.separator:
        apart = splitter([spec.separator])
        words = Counter()
        for word, n in column.words.items():
            words.update({part: n for part in apart(word) if part})
        parts.append(f"split: {quoted(spec.separator)}")
    meant, open_ = meanings(words, spec)
    if meant:
        parts.append("values: {" + ", ".join(f"{quoted(word)}: {quoted(value)}" for word, value in meant.items()) + "}")
    entry.put(spec.name, quoted(column.name) if len(parts) == 1 else "{" + ", ".join(parts) + "}", why)
    if open_:
        entry.more[spec.name] = [f"? {quoted(word)}: …    ({n} rows)" for word, n in open_[:_WORDS]]
        if len(open_) > _WORDS:
            entry.more[spec.name].append(f"? and {len(open_) - _WORDS} more words")
        values = ", ".join(value.value for value in spec.allowed)
        entry.more[spec.name].append(f"  `values:` of {spec.name} may say what these stand for: {values}")


def meanings(words: Mapping[str, int], spec: FieldSpec) -> tuple[dict[str, str], list[tuple[str, int]]]:
    """Words that the codebook does not know: those that are probably one of its values, and those that are open."""
    if not spec.allowed:
        return {}, []
    known = {
        fold(word): value.value
        for value in spec.allowed
        for word in (value.value, value.label, *value.synonyms)
        if word
    }
    meant: dict[str, str] = {}
    open_: list[tuple[str, int]] = []
    for word, n in sorted(words.items(), key=lambda one: (-one[1], one[0])):
        folded = fold(word)
        if folded in known or folded in ("nr", "na", "unclear", "n/a"):
            continue
        vote = _VOTE.get(folded or word)
        close = get_close_matches(folded, list(known), n=1, cutoff=0.8)
        if regular_text(word):
            open_.append((word, n))
        elif vote is not None and vote in known.values():
            meant[word] = vote
        elif close:
            meant[word] = known[close[0]]
        else:
            open_.append((word, n))
    return dict(list(meant.items())[:_WORDS]), open_


def _mark(column: Column) -> str | None:
    """What stands between several values of a cell."""
    for mark in _MARKS:
        holding = sum(n for word, n in column.words.items() if mark in word)
        if holding >= max(1, 0.1 * column.filled):
            return mark
    return None


def _joined_votes(column: Column) -> str | None:
    """What stands between several votes of a cell; None where there are none."""
    if len(column.words) > 200:
        return None
    for mark in _MARKS:
        apart = splitter([mark])
        parts = [apart(word) for word in column.words]
        flat = [fold(part) or part for one in parts for part in one]
        if flat and max(map(len, parts)) > 1 and len(set(flat)) <= 8:
            known = sum(part in _VOTE for part in flat)
            if known >= 0.8 * len(flat) and not all(part.isdecimal() for part in flat):
                return mark
    return None


def numbered(votes: Sequence[Column]) -> list[tuple[str, list[Column]]]:
    """Columns of votes whose headers differ by a number or a letter at the end: `Screener_{who}`."""
    found: dict[str, list[Column]] = {}
    for column in votes:
        if match := _NUMBERED.fullmatch(column.header):
            found.setdefault(match[1] + match[2], []).append(column)
    return [(f"{stem}{{who}}", members) for stem, members in found.items() if len(members) > 1 and stem.strip()]


def _votes_of(columns: Iterable[Column]) -> str:
    """The words of votes as `values:`, where they are not the codebook's own."""
    words = {word: vote for column in columns for word, vote in (column.votes() or {}).items()}
    return "{" + ", ".join(f"{quoted(word)}: {vote}" for word, vote in words.items()) + "}"


def _each_vote(columns: Sequence[Column], table: TableSpec, pattern: str, members: Sequence[Column]) -> Entry:
    entry = Entry(table.name)
    listed = [column.header for column in columns if column.header.startswith(pattern.removesuffix("{who}"))]
    but = [header for header in listed if header not in {member.header for member in members}]
    each = f"{{columns: {quoted(pattern)}, but: [{', '.join(map(quoted, but))}]}}" if but else quoted(pattern)
    entry.about.append(f"each: {each}    # one row for each of {len(members)} columns of votes")
    _ids(entry, columns, table, matched(columns, table))
    _rest(
        entry,
        table,
        {
            "stage": None,
            "reviewer": ("{group: column}", "the header of the column"),
            "decision": (f"{{column: {quoted(pattern)}, values: {_votes_of(members)}}}", "holds votes"),
        },
    )
    return entry


def _exploded_votes(columns: Sequence[Column], table: TableSpec, column: Column) -> Entry:
    mark = _joined_votes(column) or ";"
    entry = Entry(table.name)
    most = max(len(splitter([mark])(word)) for word in column.words)
    entry.about.append(f"explode: {{columns: {quoted(column.name)}, split: {quoted(mark)}, take: 1-2}}")
    if most > 2:
        entry.about.append(
            f"# ? up to {most} votes in a cell; if the third is an adjudication, an entry of decisions has take: 3"
        )
    apart = splitter([mark])
    words = dict.fromkeys(part for word in column.words for part in apart(word) if part)
    known = {word: _VOTE.get(fold(word) or word) for word in words}
    values = "{" + ", ".join(f"{quoted(word)}: {vote}" for word, vote in known.items() if vote) + "}"
    _ids(entry, columns, table, matched([one for one in columns if one is not column], table))
    _rest(
        entry,
        table,
        {
            "stage": None,
            "reviewer": ("{template: 'Reviewer {position}'}", "? or explode the column of names in step with this one"),
            "decision": (f"{{column: {quoted(column.name)}, values: {values}}}", "holds votes"),
        },
    )
    entry.more["decision"] = [f"? {quoted(word)}: …" for word, vote in known.items() if not vote]
    return entry


def _each_event(columns: Sequence[Column], table: TableSpec, mark_e: str, mark_n: str, events: Sequence[str]) -> Entry:
    entry = Entry(table.name)
    shown = ", ".join(events[:6]) + (f" and {len(events) - 6} more" if len(events) > 6 else "")
    entry.about.append(f"each: {quoted('{event}' + mark_e)}    # one row for each of {_one_line(shown)}")
    found = matched(columns, table)
    _ids(entry, columns, table, {name: one for name, one in found.items() if name == "study_id"})
    arm = next(
        (column for column in columns if re.search(r"(^|[^a-z])(arm|group)", column.header, re.IGNORECASE)), None
    )
    spec = table.by_name.get("arm")
    if arm is not None and spec is not None:
        _field(entry, spec, arm, "names the arms")
    _rest(
        entry,
        table,
        {
            "event": ("{group: event}", "the part of the header"),
            "harms_status": (
                f"{{column: {quoted('{event}' + mark_e)}, values: {{'0': zero_stated, '/[0-9]+/': events}}}}",
                "? 0 events is read as a statement that none occurred",
            ),
            "n_events": (quoted("{event}" + mark_e), ""),
            "n_exposed": (quoted("{event}" + mark_n), ""),
        },
    )
    return entry


def _rest(entry: Entry, table: TableSpec, told: Mapping[str, tuple[str, str] | None]) -> None:
    """The fields that are known, and what the codebook needs beside them."""
    there = {name for name, _, _ in entry.fields}
    for spec in table.fields:
        if spec.name in there:
            continue
        said = told.get(spec.name)
        if said is not None:
            entry.put(spec.name, *said)
        elif spec.constraints.required:
            _absent(entry, spec)


def _written(entry: Entry, sheet: Sheet, row: int) -> Iterator[str]:
    yield f"      - table: {entry.table}"
    if sheet.name:
        yield f"        sheet: {quoted(sheet.name)}"
    yield f"        header_row: {row}"
    yield from (f"        {line}" for line in entry.about)
    yield "        fields:"
    width = min(max((len(name) + len(text) for name, text, _ in entry.fields), default=0) + 2, 70)
    for name, text, why in entry.fields:
        said = f"{name}: {text}"
        yield f"          {said.ljust(width)}  # {_one_line(why)}" if why else f"          {said}"
        yield from (f"          #   {_one_line(more)}" for more in entry.more.get(name, ()))


def _read(entry: Entry, grid: Grid) -> Iterator[int]:
    """The columns that a proposed entry reads."""
    import yaml

    about = [line for line in entry.about if not line.startswith("#")]
    fields = ", ".join(f"{name}: {text}" for name, text, _ in entry.fields)
    said = TableMap.model_validate(
        yaml.safe_load("\n".join([f"table: {entry.table}", *about, f"fields: {{{fields}}}"]))
    )
    named = [column for one in said.fields.values() for column, _ in one.named_columns()]
    named += [condition.column for condition in said.where if condition.column is not None]
    named += said.explode.columns if said.explode else []
    for column in named:
        found = grid.find_all(column)
        if isinstance(found, str):
            found = grid.find_all(PLACEHOLDER.sub("*", str(column)))
        yield from found if isinstance(found, list) else []


def _sheet(sheet: Sheet) -> str:
    return f"sheet {_one_line(sheet.name)}: " if sheet.name else ""


def _one_line(text: str) -> str:
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())


def quoted(word: str) -> str:
    """A word as YAML writes it, in quotes where it could be taken for something else."""
    if not word.isprintable():
        signs = {"\\": "\\\\", '"': '\\"'}
        return '"' + "".join(signs.get(sign) or (sign if sign.isprintable() else _escaped(sign)) for sign in word) + '"'
    if _PLAIN.fullmatch(word) and word.casefold() not in _RESERVED and "  " not in word:
        return word
    return "'" + word.replace("'", "''") + "'"


def _escaped(sign: str) -> str:
    return f"\\u{ord(sign):04X}" if ord(sign) < 0x10000 else f"\\U{ord(sign):08X}"
