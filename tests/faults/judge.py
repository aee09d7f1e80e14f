"""Runs the library's reading and judging over planted faults, and counts what was found, missed and told besides."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from scopeline import cells, codebook, settings
from scopeline.issues import Issue
from scopeline.judgement import judge

from .example import REPOSITORY, Change, Writer, example
from .plant import Fault, Told, all_told


class Judge:
    """The example in one form; what is told of it with faults planted, beyond what is told of it as it is."""

    def __init__(self, form: str, folder: Path):
        self.form = form
        self.writer = Writer(form, folder)
        specs = folder / "codebook.yaml"
        specs.write_text(yaml.safe_dump(example().codebook, allow_unicode=True, sort_keys=False), encoding="utf-8")
        self.codebook = codebook.load(specs)
        self.settings = settings.load(REPOSITORY / "config" / "config.yaml", self.codebook)
        self.messages = {
            rule.message.rstrip("."): rule.id for table in self.codebook.tables.values() for rule in table.rules
        }
        written = self.writer.write(Change(), only=example().tables)
        self.books = {name: cells.read(path, f"raw/{name}") for name, path in written.items() if path}
        self.base = Counter(self.told(item) for item in self.issues(self.books.values()))

    def issues(self, books: Iterable[cells.Book]) -> list[Issue]:
        return judge(list(books), self.codebook, self.settings).issues

    def told(self, item: Issue) -> Told:
        """An issue as the planter says it; a rule of the codebook is known by its message."""
        rule = item.rule
        if rule == "rule_broken":
            rule += "/" + next((name for start, name in self.messages.items() if item.message.startswith(start)), "?")
        return item.file, item.sheet, item.cell, rule

    def look(self, change: Change) -> "tuple[Counter[Told], list[Issue]]":
        """What is told of the example with a change made to it: without what was told before, and all issues."""
        books = dict(self.books)
        for name, path in self.writer.write(change).items():
            books.pop(name)
            if path is not None:
                books[name] = cells.read(path, f"raw/{name}")
                path.unlink()
        issues = self.issues(books.values())
        return Counter(map(self.told, issues)) - self.base, issues


@dataclass
class Tally:
    """Planted faults by kind, and what went wrong: told too little (missed) or too much (other)."""

    planted: "Counter[str]" = field(default_factory=Counter)
    expected: int = 0
    missed: list[tuple[str, Told]] = field(default_factory=list)
    other: list[tuple[str, Told]] = field(default_factory=list)
    runs: int = 0

    def run(self, judge_: Judge, faults: Sequence[Fault]) -> bool:
        """Plant faults in one run and compare. Gives whether all was found, and nothing besides."""
        change = sum((fault.change for fault in faults), Change())
        found, _ = judge_.look(change)
        wanted = all_told(faults)
        label = faults[0].kind if len(faults) == 1 else "together"
        missed, other = wanted - found, found - wanted
        shown = f"{label} {_short(change)}" if len(faults) == 1 else label
        self.missed += [(shown, item) for item in missed.elements()]
        self.other += [(shown, item) for item in other.elements()]
        self.planted.update(fault.kind for fault in faults)
        self.expected += wanted.total()
        self.runs += 1
        return not missed and not other

    def add(self, other: "Tally") -> None:
        self.planted += other.planted
        self.expected += other.expected
        self.missed += other.missed
        self.other += other.other
        self.runs += other.runs

    @property
    def clean(self) -> bool:
        return not self.missed and not self.other

    def sentence(self, forms: Iterable[str]) -> str:
        """The result in one sentence."""
        found = self.expected - len(self.missed)
        total = found + len(self.other)
        recall, precision = found / max(self.expected, 1), found / max(total, 1)
        return (
            f"planted {self.planted.total():,} faults of {len(self.planted)} kinds in {', '.join(forms)}, "
            f"{self.runs:,} runs: "
            f"{found:,} of {self.expected:,} expected reports at their cells, {len(self.missed)} missed, "
            f"{len(self.other)} other; recall {recall:.4g}, precision {precision:.4g}"
        )


def _short(change: Change) -> str:
    edits = "; ".join(f"{e.table} {e.column}:{e.row}={str(e.value)[:40]!r}" for e in change.edits[:6])
    return f"{edits} {change.dropped or ''}{change.absent or ''}".strip()


@cache
def judge_of(form: str, folder: Path) -> Any:
    """One judge a form: the good review is read once."""
    return Judge(form, folder / form)
