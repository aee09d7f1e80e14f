"""Reads a YAML file and remembers on which line each entry stands, so that a mistake can be told at its line.

YAML 1.2 rules for plain words: only `true` and `false` are booleans, so a value list may hold yes and no.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from .errors import ConfigurationError

#: More entries than this are no description of a review; a file whose parts repeat one another could grow without end.
MOST_ENTRIES = 200_000
#: Deeper than this no key of ours stands.
DEEPEST = 40

_Loader: type = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

Path_ = tuple[str | int, ...]


class _Core(_Loader):
    """The safe loader with the plain-word rules of YAML 1.2 instead of those of 1.1."""


_Core.yaml_implicit_resolvers = {}
for _tag, _pattern, _first in (
    ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("int", r"[-+]?[0-9]+", "-+0123456789"),
    ("float", r"[-+]?(\.[0-9]+|[0-9]+\.[0-9]*)([eE][-+]?[0-9]+)?|[-+]?[0-9]+[eE][-+]?[0-9]+", "-+.0123456789"),
    ("null", r"~|null|Null|NULL|", "~nN\0"),
):
    _Core.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(rf"^(?:{_pattern})$"), list(_first))
_Core.yaml_implicit_resolvers.setdefault("", []).append(("tag:yaml.org,2002:null", re.compile(r"^$")))


@dataclass(frozen=True)
class YamlFile:
    """The content of a YAML file; `lines` maps each entry's way (keys and positions) to its line number."""

    path: Path
    data: Any
    lines: dict[Path_, int]

    def line(self, way: Path_) -> int:
        """The line of an entry; of the nearest entry around it where it does not stand in the file itself."""
        while way and way not in self.lines:
            way = way[:-1]
        return self.lines.get(way, 1)


def read(path: Path) -> YamlFile:
    """Read a YAML file. Raises ConfigurationError with the line where it cannot be read."""
    text = _text(path)
    try:
        _shallow(path, text)
        root = yaml.compose(text, Loader=_Core)
    except yaml.YAMLError as fault:
        raise ConfigurationError(_syntax(path, text, fault)) from None
    if root is None:
        return YamlFile(path, None, {})
    builder = _Builder(path, {})
    return YamlFile(path, builder.build(root, ()), builder.lines)


def _text(path: Path) -> str:
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise ConfigurationError(
            f"{path} is missing. Every review needs it; copy the example's and change it."
        ) from None
    except OSError as fault:
        raise ConfigurationError(f"{path} cannot be read: {fault.strerror or fault}.") from None
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        line = content[: fault.start].count(b"\n") + 1
        raise ConfigurationError(
            f"{path}, line {line}: not UTF-8 text. Save the file with the encoding UTF-8."
        ) from None


def _shallow(path: Path, text: str) -> None:
    """Refuse a file nested so deeply that reading it would break off."""
    depth = 0
    for event in yaml.parse(text, Loader=_Core):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > DEEPEST:
                line = event.start_mark.line + 1 if event.start_mark else 1
                raise ConfigurationError(
                    f"{path}, line {line}: more than {DEEPEST} levels inside one another. "
                    "Check the brackets and the indentation."
                )
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1


def _syntax(path: Path, text: str, fault: yaml.YAMLError) -> str:
    if isinstance(fault, yaml.reader.ReaderError):
        line = text[: fault.position].count("\n") + 1
        code = fault.character if isinstance(fault.character, int) else ord(str(fault.character)[:1] or "\0")
        return (
            f"{path}, line {line}: a sign that no text holds (U+{code:04X}). Delete it, or save the file as plain text "
            "with the encoding UTF-8."
        )
    what = getattr(fault, "problem", None) or "the line cannot be understood"
    mark = getattr(fault, "problem_mark", None)
    line = mark.line + 1 if mark else 1
    begun = getattr(fault, "context_mark", None)
    if "another document" in what:
        return f"{path}, line {line}: a second document begins here (---). Keep one in a file."
    written = text.splitlines()[line - 1] if line <= len(text.splitlines()) else ""
    shown = written.strip()
    near = f" (near: {shown[:60]})" if shown else ""
    since = f"; what is not ended begins in line {begun.line + 1}" if begun and begun.line + 1 != line else ""
    if "\t" in written or "tab character" in what:
        hint = "Indent with blanks, not with tabs."
    else:
        hint = "Check the indentation and that texts with a colon, a # or quotes stand in quotes."
    return f"{path}, line {line}: {what}{near}{since}. {hint}"


class Written(float):
    """A number that is shown as it was written: a version 1.10 is not 1.1."""

    def __new__(cls, text: str) -> "Written":
        number = super().__new__(cls, text)
        number.text = text
        return number

    text: str

    def __str__(self) -> str:
        return self.text


@dataclass
class _Builder:
    """Makes plain Python of YAML's nodes and notes the line of each."""

    path: Path
    lines: dict[Path_, int]
    entries: int = 0

    def build(self, node: yaml.Node, way: Path_) -> Any:
        self.lines.setdefault(way, node.start_mark.line + 1)
        self.entries += 1
        if self.entries > MOST_ENTRIES or len(way) > DEEPEST:
            raise self._wrong(node, "an entry that repeats itself or others without end. Write the list out")
        if isinstance(node, yaml.MappingNode):
            mapping: dict[str, Any] = {}
            for key, key_node, value_node in self._pairs(node):
                if key in mapping:
                    raise self._wrong(key_node, f"'{key}' stands twice in the same place. Keep one")
                self.lines[(*way, key)] = key_node.start_mark.line + 1
                mapping[key] = self.build(value_node, (*way, key))
            return mapping
        if isinstance(node, yaml.SequenceNode):
            return [self.build(item, (*way, number)) for number, item in enumerate(node.value)]
        return self._scalar(node)

    def _pairs(self, node: yaml.MappingNode) -> Iterator[tuple[str, yaml.Node, yaml.Node]]:
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                raise self._wrong(key_node, "a group or a list stands where a key must stand. A key is one word")
            yield str(key_node.value), key_node, value_node

    def _scalar(self, node: yaml.Node) -> Any:
        kind = node.tag.removeprefix("tag:yaml.org,2002:")
        text = str(node.value)
        try:
            if kind == "str":
                return text
            if kind == "null":
                return None
            if kind == "bool":
                return text.lower() == "true"
            if kind == "int":
                return int(text)
            if kind == "float":
                return Written(text)
        except ValueError:
            raise self._wrong(node, f"'{text[:40]}' is not a number that can be counted with") from None
        raise self._wrong(node, f"'{kind}' before a value is not understood. Leave it out")

    def _wrong(self, node: yaml.Node, what: str) -> ConfigurationError:
        return ConfigurationError(f"{self.path}, line {node.start_mark.line + 1}: {what}.")
