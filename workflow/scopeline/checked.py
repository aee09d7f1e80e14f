"""Checks a YAML file against its typed definition and tells every mistake at its line."""

import difflib
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from . import yamlfile
from .errors import ConfigurationError

Model = TypeVar("Model", bound=BaseModel)


def load(path: Path, model: type[Model]) -> Model:
    """Read `path` as `model`. Raises ConfigurationError listing each mistake: file, line, what stands there, what may."""
    file = yamlfile.read(path)
    if not isinstance(file.data, dict):
        raise ConfigurationError(f"{path}, line 1: the file is empty or not a list of `key: value` lines. See config/README.md.")
    try:
        return model.model_validate(file.data)
    except ValidationError as fault:
        told = sorted(
            {(file.line(_way(error["loc"], file.data)), _sentence(error, model)) for error in fault.errors(include_url=False)}
        )
    count = f"{len(told)} mistake" + ("s" if len(told) > 1 else "")
    raise ConfigurationError("\n".join([f"{path} has {count}:", *(f"  {path}, line {line}: {text}" for line, text in told)]))


def _way(location: tuple[int | str, ...], data: Any) -> tuple[int | str, ...]:
    """The part of pydantic's location that stands in the file (it also names alternatives of a type)."""
    way: list[int | str] = []
    for step in location:
        if isinstance(data, dict) and step in data or isinstance(data, list) and isinstance(step, int) and step < len(data):
            way.append(step)
            data = data[step]  # type: ignore[index]
        elif isinstance(data, dict) and isinstance(step, str):
            way.append(step)
            break
    return tuple(way)


def _sentence(error: Any, model: type[BaseModel]) -> str:
    where = ".".join(str(step) for step in error["loc"] if not (isinstance(step, str) and step.startswith("function-")))
    last = str(error["loc"][-1]) if error["loc"] else ""
    kind, given = error["type"], error.get("input")
    if kind == "extra_forbidden":
        near = difflib.get_close_matches(last, sorted(_keys(model)), n=1, cutoff=0.7)
        return f"'{last}' is not a key that may stand here" + (f"; did you mean '{near[0]}'?" if near else ".")
    if kind == "missing":
        return f"'{last}' is missing; it must stand here."
    context = error.get("ctx", {})
    expected = {
        "literal_error": f"one of {context.get('expected')}",
        "string_type": "a text (put it in quotes if it looks like a number, a date, true or false)",
        "int_type": "a whole number",
        "int_parsing": "a whole number",
        "float_type": "a number",
        "float_parsing": "a number",
        "bool_type": "true or false",
        "bool_parsing": "true or false",
        "list_type": "a list, such as [a, b]",
        "dict_type": "a group of `key: value` lines",
        "model_type": "a group of `key: value` lines",
        "model_attributes_type": "a group of `key: value` lines",
        "string_pattern_mismatch": "a name in lower-case letters, digits and underscores",
        "greater_than_equal": f"a number of at least {context.get('ge')}",
        "less_than_equal": f"a number of at most {context.get('le')}",
        "greater_than": f"a number above {context.get('gt')}",
    }.get(kind)
    if expected:
        return f"{where} is {_shown(given)}, but {expected} must stand here."
    message = str(error["msg"]).removeprefix("Value error, ")
    return message + "."


def _shown(given: Any) -> str:
    if given is None:
        return "empty"
    if isinstance(given, dict):
        return "a group of `key: value` lines"
    if isinstance(given, list):
        return "a list"
    if isinstance(given, bool):
        return "true" if given else "false"
    return f"'{given}'"


def _keys(model: type[BaseModel]) -> set[str]:
    """All keys that a definition and its parts know."""
    found: set[str] = set()
    seen: set[Any] = set()

    def visit(annotation: Any) -> None:
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            if annotation in seen:
                return
            seen.add(annotation)
            for name, field in annotation.model_fields.items():
                found.add(field.alias or name)
                visit(field.annotation)
        for part in getattr(annotation, "__args__", ()):
            visit(part)

    visit(model)
    return found
