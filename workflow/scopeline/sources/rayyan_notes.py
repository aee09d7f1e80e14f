"""The grammar of Rayyan's notes: votes, labels, reasons and remarks that share one cell with the record's own notes.

    <notes of the record> | RAYYAN-INCLUSION: {"Ann"=>"Included", "Bo"=>"Excluded"} | RAYYAN-LABELS: a,b
        | RAYYAN-EXCLUSION-REASONS: r1,r2 | USER-NOTES: {"Ann"=>["one", "two"]}

Every part may be absent. Votes and remarks are written as Ruby shows a hash: strings in double quotes with backslashes,
so a brace, a bar or an arrow inside of them means nothing. Labels and reasons are bare text joined by commas.

From Rayyan's help ("Understanding your Rayyan export files"): the parts, their order, and that notes which a record
brought along are kept in front. From scripts that read real exports: `Maybe`, names in Chinese, dots and blanks in
names, `true` and `false` with a leading blank in exports of about 2017. From Ruby: its escapes, `nil`, and the blanks
around `=>` since Ruby 3.4. A record that was exported from one review and imported into another carries the first
review's parts in front, among its own notes: only the last run of parts is this review's.
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field, replace
from itertools import pairwise

from ..codebook import fold

INCLUSION, LABELS, REASONS, REMARKS = "RAYYAN-INCLUSION", "RAYYAN-LABELS", "RAYYAN-EXCLUSION-REASONS", "USER-NOTES"

#: The parts in the order in which Rayyan writes them.
PARTS = (INCLUSION, LABELS, REASONS, REMARKS)

_PART = re.compile(r"(?:\A|[|;\n])[^\S\n]*(RAYYAN-[A-Z][A-Z-]*|USER-NOTES)[ \t]*:[ \t]*")
_END = re.compile(r"\s*(?:\Z|[|;\n])")
_BARE = re.compile(r"true|false|nil|null|-?\d+(?:\.\d+)?", re.I)
_ARROW = re.compile(r"\s*=>\s*")
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "e": "\x1b", "a": "\a", "b": "\b", "f": "\f", "v": "\v", "0": "\0"}
_CODE = re.compile(r"u\{([0-9A-Fa-f]{1,6})\}|u([0-9A-Fa-f]{4})|x([0-9A-Fa-f]{2})")


@dataclass(frozen=True)
class Broken:
    """A part that cannot be read, and what is wrong with it (a phrase)."""

    part: str
    why: str


@dataclass(frozen=True)
class Notes:
    """What one cell says.

    original: the record's own notes. votes: name and word as they stand, in their order. labels and reasons: bare text,
    still joined by commas (see `split`). remarks: name and text. others: parts of Rayyan's that are not known here.
    earlier: the votes of another review stand among the record's own notes. broken: parts that cannot be read.
    """

    original: str = ""
    votes: tuple[tuple[str, str], ...] = ()
    labels: str = ""
    reasons: str = ""
    remarks: tuple[tuple[str, str], ...] = ()
    others: tuple[str, ...] = ()
    earlier: bool = False
    broken: tuple[Broken, ...] = ()


class _BrokenError(Exception):
    """What is wrong, as a phrase."""


@dataclass(frozen=True)
class _Part:
    """A part where it stands: from the sign that parts it from what is before, to its end."""

    name: str
    start: int
    end: int
    value: object = None
    why: str = ""


def read(cell: str) -> Notes:
    """Read one cell. Nothing is raised: a part that is broken is told in `broken` and yields nothing."""
    parts = list(_parts(cell))
    own = _last_run(parts)
    first = len(parts) - len(own)
    notes = Notes(earlier=any(part.name == INCLUSION for part in parts[:first]))
    if not own:
        return replace(notes, original=cell.strip())
    between = [cell[before.end : after.start] for before, after in pairwise(own)]
    beside = [cell[: own[0].start], *between, cell[own[-1].end :]]
    notes = replace(notes, original=" | ".join(text for raw in beside if (text := raw.strip(" \t\r\n|;"))))
    for part in own:
        if part.why:
            notes = replace(notes, broken=(*notes.broken, Broken(part.name, part.why)))
        elif part.name == INCLUSION:
            notes = replace(notes, votes=_votes(part.value))
        elif part.name == REMARKS:
            notes = replace(notes, remarks=_remarks(part.value))
        elif part.name == LABELS:
            notes = replace(notes, labels=str(part.value))
        elif part.name == REASONS:
            notes = replace(notes, reasons=str(part.value))
        else:
            notes = replace(notes, others=(*notes.others, part.name))
    return notes


def split(text: str, known: Collection[str]) -> tuple[str, ...]:
    """Take reasons apart that are joined by commas, though a reason may itself contain one.

    `known` are the words that a reason may be (values, labels and synonyms of a codebook). The split into the fewest
    reasons that are all known is taken; where no split fits, a text with a comma stays in one piece as it stands.
    """
    pieces = text.split(",")
    words = {fold(word) for word in known}
    best: list[tuple[str, ...] | None] = [(), *[None] * len(pieces)]
    for end in range(1, len(pieces) + 1):
        for start in range(end):
            before, reason = best[start], ",".join(pieces[start:end]).strip()
            if before is None or fold(reason) not in words:
                continue
            shortest = best[end]
            if shortest is None or len(before) + 1 < len(shortest):
                best[end] = (*before, reason)
    whole = text.strip()
    return best[-1] or ((whole,) if whole else ())


def _parts(cell: str) -> Iterator[_Part]:
    """The parts of a cell from left to right; what stands inside of quotes is no part."""
    at = 0
    while begin := _PART.search(cell, at):
        name, start, value_at = begin[1], begin.start(), begin.end()
        if name in (INCLUSION, REMARKS):
            scanner = _Scanner(cell, value_at)
            try:
                value = scanner.whole()
                at = scanner.at
                yield _Part(name, start, at, value)
            except _BrokenError as broken:
                at = _next(cell, value_at)
                yield _Part(name, start, at, why=str(broken))
        else:
            at = _next(cell, value_at)
            yield _Part(name, start, at, cell[value_at:at].strip(" \t\r\n|;"))


def _next(cell: str, at: int) -> int:
    """Where the next part begins, or the end of the cell."""
    following = _PART.search(cell, at)
    return following.start() if following else len(cell)


def _last_run(parts: list[_Part]) -> list[_Part]:
    """The last parts that stand in Rayyan's order, each once: those before are of another review."""
    run: list[_Part] = []
    for part in reversed(parts):
        if run and _rank(part.name) >= _rank(run[0].name):
            break
        run.insert(0, part)
    return run


def _rank(name: str) -> float:
    return PARTS.index(name) if name in PARTS else PARTS.index(REASONS) + 0.5


def _votes(value: object) -> tuple[tuple[str, str], ...]:
    pairs = value if isinstance(value, list) else []
    return tuple((name.strip(), text.strip()) for name, text in pairs if isinstance(text, str))


def _remarks(value: object) -> tuple[tuple[str, str], ...]:
    pairs = value if isinstance(value, list) else []
    return tuple(
        (name.strip(), text) for name, texts in pairs for text in ([texts] if isinstance(texts, str) else texts)
    )


def _shown(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= 30 else text[:29] + "…"


@dataclass
class _Scanner:
    """Reads a hash as Ruby shows it, sign by sign, from `at` on."""

    text: str
    at: int
    pairs: list[tuple[str, str | list[str]]] = field(default_factory=list)

    def whole(self) -> list[tuple[str, str | list[str]]]:
        """A hash after which the cell or the part ends."""
        pairs = self.hash()
        if not _END.match(self.text, self.at):
            raise _BrokenError(f"'{_shown(self.text[self.at :])}' follows the closing brace")
        return pairs

    def hash(self) -> list[tuple[str, str | list[str]]]:
        """`{"name"=>value, …}`, each value a string, a bare word or a list of strings."""
        self._take("{", "the opening brace is missing")
        if self._at("}"):
            return self.pairs
        while True:
            name = self._name()
            arrow = _ARROW.match(self.text, self.at)
            self.at = arrow.end() if arrow else self.at
            self.pairs.append((name, self._list() if self._at("[") else self._value()))
            if self._at("}"):
                return self.pairs
            self._take(",", f'a comma or the closing brace is missing after "{_shown(name)}"')

    def _list(self) -> list[str]:
        texts: list[str] = []
        if self._at("]"):
            return texts
        while True:
            texts.append(self._value())
            if self._at("]"):
                return texts
            self._take(",", "a comma or the closing bracket of a list is missing")

    def _value(self) -> str:
        self._blanks()
        bare = _BARE.match(self.text, self.at)
        if bare:
            self.at = bare.end()
            return "" if bare[0].lower() in ("nil", "null") else bare[0]
        return self._string()

    def _name(self) -> str:
        """A name; a quote inside of it that lacks its backslash is known by the arrow that does not follow it."""
        name = self._string()
        while not _ARROW.match(self.text, self.at):
            if self.at >= len(self.text) or self.text[self.at] in ",}":
                raise _BrokenError(f"'=>' is missing after \"{_shown(name)}\"")
            name = f'{name}"{self._rest()}'
            if "=>" in name:
                raise _BrokenError(f"a quote is missing in '{_shown(name)}'")
        return name

    def _string(self) -> str:
        self._take('"', "an opening quote is missing")
        return self._rest()

    def _rest(self) -> str:
        """What stands before the next quote that has no backslash."""
        signs: list[str] = []
        while self.at < len(self.text):
            sign = self.text[self.at]
            self.at += 1
            if sign == '"':
                return "".join(signs)
            signs.append(self._escaped() if sign == "\\" else sign)
        raise _BrokenError("a quote is not closed")

    def _escaped(self) -> str:
        code = _CODE.match(self.text, self.at)
        if code:
            self.at = code.end()
            number = int(code[1] or code[2] or code[3], 16)
            return chr(number) if number < 0x110000 and not 0xD800 <= number < 0xE000 else code[0]
        if self.at >= len(self.text):
            raise _BrokenError("a quote is not closed")
        sign = self.text[self.at]
        self.at += 1
        return _ESCAPES.get(sign, sign)

    def _blanks(self) -> None:
        while self.at < len(self.text) and self.text[self.at].isspace():
            self.at += 1

    def _at(self, sign: str) -> bool:
        """Whether the next sign is this one, which is then taken."""
        self._blanks()
        if not self.text.startswith(sign, self.at):
            return False
        self.at += 1
        return True

    def _take(self, sign: str, otherwise: str) -> None:
        if not self._at(sign):
            raise _BrokenError(otherwise)
