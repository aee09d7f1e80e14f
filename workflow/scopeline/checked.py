"""Checks a YAML file against its typed definition and tells every mistake at its line."""

import difflib
import types
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

from . import yamlfile
from .errors import ConfigurationError

Model = TypeVar("Model", bound=BaseModel)
Way = tuple[str | int, ...]


class Mistakes(ValueError):  # noqa: N818 - it is raised once for several mistakes
    """Several mistakes that a definition found in one part of the file, each with its way from that part."""

    def __init__(self, found: Sequence[tuple[Way, str]]) -> None:
        super().__init__("; ".join(sentence for _, sentence in found))
        self.found = list(found)


def load(path: Path, model: type[Model]) -> Model:
    """Read `path` as `model`.

    Raises ConfigurationError listing each mistake: file, line, what stands there, what may.
    """
    file = yamlfile.read(path)
    if not isinstance(file.data, dict):
        raise ConfigurationError(
            f"{path}, line 1: the file is empty or not made of `key: value` lines. "
            "config/README.md of the example shows how."
        )
    try:
        return model.model_validate(file.data)
    except ValidationError as fault:
        errors = fault.errors(include_url=False)
    raise ConfigurationError(told(path, {(file.line(way), text) for way, text in _sentences(errors, file.data, model)}))


def schema(model: type[BaseModel], name: str) -> str:
    """The definition as a JSON Schema, written as YAML: for editors that complete and check while one types."""
    import yaml

    about = {"$schema": "https://json-schema.org/draft/2020-12/schema", **model.model_json_schema(), "title": name}
    return yaml.safe_dump(about, sort_keys=False, allow_unicode=True, width=120)


def told(path: Path, mistakes: set[tuple[int, str]]) -> str:
    """All mistakes of one file in one message, by their lines."""
    count = f"{len(mistakes)} mistake" + ("" if len(mistakes) == 1 else "s")
    return "\n".join([f"{path} has {count}:", *(f"  {path}, line {line}: {text}" for line, text in sorted(mistakes))])


def _sentences(errors: Sequence[Any], data: Any, model: type[BaseModel]) -> Iterator[tuple[Way, str]]:
    """Each mistake once. Where a value may be of several kinds, pydantic tells one mistake for each kind."""
    by_way: dict[Way, list[Any]] = {}
    for error in errors:
        by_way.setdefault(_way(error, data), []).append(error)
    inner = {way[:length] for way in by_way for length in range(len(way))}
    for way, together in by_way.items():
        if way in inner and any(map(_expected, together)):
            continue  # of the kinds that may stand here one was meant, and what is wrong inside it is told
        expected = list(dict.fromkeys(filter(None, map(_expected, together))))
        if expected and len(expected) == len({error["type"] for error in together}):
            given = _shown(together[0].get("input"))
            yield way, f"{_place(way, data)} is {given}, but {' or '.join(expected)} must stand here."
            continue
        for error in together:
            reason = error.get("ctx", {}).get("error")
            if isinstance(reason, Mistakes):
                yield from (((*way, *further), f"{text}.") for further, text in reason.found)
            else:
                yield way, _sentence(error, way, model)


def _way(error: Any, data: Any) -> Way:
    """The part of pydantic's location that stands in the file (it also names alternatives of a type)."""
    way: list[str | int] = []
    for step in error["loc"]:
        if _holds(data, step):
            way.append(step)
            data = data[step]
    return (*way, error["loc"][-1]) if error["type"] == "missing" else tuple(way)


def _holds(data: Any, step: str | int) -> bool:
    if isinstance(data, list):
        return isinstance(step, int) and step < len(data)
    return isinstance(data, dict) and step in data


def _place(way: Way, data: Any) -> str:
    """An entry as a reader would name it: an entry of a list by its name or id, otherwise by its number from 1."""
    parts: list[str] = []
    for step in way:
        data = data[step] if _holds(data, step) else None
        if isinstance(step, str):
            parts.append(step)
            continue
        named = (data.get("name") or data.get("id")) if isinstance(data, dict) else None
        parts.append(named if isinstance(named, str) else str(step + 1))
    return ".".join(parts)


def _expected(error: Any) -> str | None:
    """What must stand in place of a value of the wrong kind; None for another kind of mistake."""
    context = error.get("ctx", {})
    text = "a text (in quotes if it looks like a number, true or false)"
    group = "a group of `key: value` lines"
    at_least, at_most = context.get("ge"), context.get("le")
    known = {
        "literal_error": ("one of " if " or " in str(context.get("expected")) else "") + str(context.get("expected")),
        "string_type": text,
        "int_type": "a whole number",
        "int_parsing": "a whole number",
        "int_from_float": "a whole number",
        "int_parsing_size": "a whole number of fewer digits",
        "float_type": "a number",
        "float_parsing": "a number",
        "finite_number": "a number that is not infinite",
        "bool_type": "true or false",
        "bool_parsing": "true or false",
        "list_type": "a list, such as [a, b]",
        "dict_type": group,
        "model_type": group,
        "model_attributes_type": group,
        "greater_than_equal": f"a number of at least {at_least}",
        "less_than_equal": f"a number of at most {at_most}",
        "greater_than": f"a number above {context.get('gt')}",
        "less_than": f"a number below {context.get('lt')}",
    }
    if error["type"] == "string_pattern_mismatch":
        signs = "`.`, `_` and `-`" if "." in str(context.get("pattern")) else "`_`, beginning with a letter"
        return f"a name of lower-case letters, digits and {signs}"
    if error["loc"] and error["loc"][-1] == "[key]":
        return None
    return known.get(error["type"])


def _sentence(error: Any, way: Way, model: type[BaseModel]) -> str:
    last = str(way[-1]) if way else ""
    if error["type"] == "missing":
        return f"'{last}' is missing; it must stand here."
    if error["loc"] and error["loc"][-1] == "[key]":
        return f"'{last}' is not a key that may stand here; the keys are {error.get('ctx', {}).get('expected')}."
    if error["type"] == "extra_forbidden":
        keys = _keys(model, way[:-1])
        near = difflib.get_close_matches(last, sorted(keys), n=1, cutoff=0.65)
        return f"'{last}' is not a key that may stand here" + (
            f"; did you mean '{near[0]}'?" if near else f". The keys here are {', '.join(keys)}."
        )
    return str(error["msg"]).removeprefix("Value error, ") + "."


def _shown(given: Any) -> str:
    if given is None:
        return "empty"
    if isinstance(given, dict):
        return "a group of `key: value` lines"
    if isinstance(given, list):
        return "a list"
    if isinstance(given, bool):
        return "true" if given else "false"
    shown = str(given)
    return f"'{shown if len(shown) <= 60 else shown[:57] + '…'}'"


def _keys(model: type[BaseModel], way: Way) -> list[str]:
    """The keys that may stand at a place of the file, in the definition's order."""
    parts: list[Any] = [model]
    for step in way:
        parts = [inner for part in parts for inner in _inside(part, step)]
    return list(dict.fromkeys(field.alias or name for part in parts for name, field in _fields(part).items()))


def _inside(annotation: Any, step: str | int) -> Iterator[Any]:
    """What a definition's part may hold at one step further in: each model, without the containers around it."""
    for part in _alternatives(annotation):
        if isinstance(step, str):
            for name, field in _fields(part).items():
                if step == (field.alias or name):
                    yield from _alternatives(field.annotation)
        if get_origin(part) in (list, dict):
            yield from _alternatives(get_args(part)[-1])


def _alternatives(annotation: Any) -> Iterator[Any]:
    if get_origin(annotation) in (Union, types.UnionType):
        for part in get_args(annotation):
            yield from _alternatives(part)
    else:
        yield annotation


def _fields(part: Any) -> dict[str, Any]:
    return part.model_fields if isinstance(part, type) and issubclass(part, BaseModel) else {}
