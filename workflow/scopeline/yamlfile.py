"""Reads a YAML file and remembers on which line each entry stands, so that a mistake can be told at its line.

YAML 1.2 rules for plain words: only `true` and `false` are booleans, so a value list may hold yes and no.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from .errors import ConfigurationError

_Loader: type = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

Path_ = tuple[str | int, ...]


class _Core(_Loader):  # type: ignore[misc, valid-type]
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
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        raise ConfigurationError(f"{path} is missing. Every review needs it; `scopeline init` writes one.") from None
    except UnicodeDecodeError as fault:
        line = path.read_bytes()[: fault.start].count(b"\n") + 1
        raise ConfigurationError(f"{path}, line {line}: not UTF-8 text. Save the file with the encoding UTF-8.") from None
    try:
        root = yaml.compose(text, Loader=_Core)
    except yaml.YAMLError as fault:
        raise ConfigurationError(_syntax(path, text, fault)) from None
    lines: dict[Path_, int] = {}
    data = _build(path, root, (), lines) if root is not None else None
    return YamlFile(path, data, lines)


def _syntax(path: Path, text: str, fault: yaml.YAMLError) -> str:
    mark = getattr(fault, "problem_mark", None)
    line = mark.line + 1 if mark else 1
    shown = text.splitlines()[line - 1].strip() if mark and line <= len(text.splitlines()) else ""
    hint = "Indent with blanks, not with tabs." if "\t" in shown or "tab" in str(fault) else (
        "Check the indentation and that texts with a colon, a # or quotes stand in quotes."
    )
    what = getattr(fault, "problem", None) or "the line cannot be understood"
    return f"{path}, line {line}: {what}" + (f" (near: {shown[:60]})" if shown else "") + f". {hint}"


def _build(path: Path, node: yaml.Node, way: Path_, lines: dict[Path_, int]) -> Any:
    lines.setdefault(way, node.start_mark.line + 1)
    if isinstance(node, yaml.MappingNode):
        mapping: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = str(key_node.value)
            if key in mapping:
                raise ConfigurationError(
                    f"{path}, line {key_node.start_mark.line + 1}: '{key}' stands twice in the same place. Keep one."
                )
            lines[(*way, key)] = key_node.start_mark.line + 1
            mapping[key] = _build(path, value_node, (*way, key), lines)
        return mapping
    if isinstance(node, yaml.SequenceNode):
        return [_build(path, item, (*way, number), lines) for number, item in enumerate(node.value)]
    return _scalar(node)


def _scalar(node: yaml.Node) -> Any:
    kind = node.tag.rsplit(":", 1)[-1]
    text = str(node.value)
    if kind == "null":
        return None
    if kind == "bool":
        return text.lower() == "true"
    if kind == "int":
        return int(text)
    if kind == "float":
        return float(text)
    return text
