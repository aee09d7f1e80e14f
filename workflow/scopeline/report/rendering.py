"""Turns templates into pages: escaping, the embedded data, styles, the script and the content security policy."""

import base64
import hashlib
import json
import re
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from .. import text

#: What would end a script element, or a line of JavaScript, inside a JSON text.
_ESCAPES = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}


def render(template: str, *, styles: tuple[str, ...], scripts: tuple[str, ...], data: Any, **context: Any) -> str:
    """The page of a template of this package. `styles` and `scripts` name files; `data` is embedded once, as JSON.

    Every value is escaped unless it is Markup; missing values become empty text.
    """
    script = "\n".join(_asset(name) for name in scripts)
    page = _environment().get_template(template)
    return page.render(
        styles=Markup("\n".join(_asset(name) for name in styles)),  # noqa: S704 - files of this package
        script=Markup(script),  # noqa: S704 - files of this package
        script_digest=_digest(script),
        data=Markup(as_json(data)),  # noqa: S704 - escaped for a script element
        **context,
    )


def as_json(data: Any) -> str:
    """JSON that can stand in a script element whatever its texts hold."""
    told = json.dumps(_cleaned(data), ensure_ascii=False, separators=(",", ":"))
    for sign, escaped in _ESCAPES.items():
        told = told.replace(sign, escaped)
    return told


def _cleaned(data: Any) -> Any:
    if isinstance(data, str):
        return text.clean(data)
    if isinstance(data, dict):
        return {text.clean(key): _cleaned(value) for key, value in data.items()}
    return [_cleaned(value) for value in data] if isinstance(data, list | tuple) else data


def _digest(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


def _with_code(value: Any) -> Markup:
    """The text with what stands between backticks set as code."""
    return Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", str(escape(text.clean(value)))))  # noqa: S704 - escaped just now


@cache
def _asset(name: str) -> str:
    return (files(__package__) / "templates" / name).read_text(encoding="utf-8").strip()


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader(__package__),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=lambda value: value if isinstance(value, Markup) else text.clean(value),
    )
    environment.filters.update(
        number=text.number, percent=text.percent, counted=text.counted, plural=text.plural, capital=text.capital,
        shortened=text.shortened, with_code=_with_code,
    )  # fmt: skip
    environment.globals.update(text=text)
    return environment
