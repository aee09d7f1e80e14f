"""Every kind of export that is known, a module for each tool."""

from collections.abc import Iterator
from functools import cache
from importlib import import_module
from importlib.util import find_spec

from .adapter import Adapter

#: The modules of this package that hold adapters, in the order in which the documentation lists them.
MODULES = ("covidence", "rayyan", "asreview", "distiller", "eppi", "syrf", "bibliography", "prisma_counts", "wide")


@cache
def adapters() -> dict[str, Adapter]:
    """Every adapter by its name."""
    return {adapter.name: adapter for adapter in _listed()}


def _listed() -> Iterator[Adapter]:
    for name in MODULES:
        if find_spec(f"{__package__}.{name}") is not None:
            yield from import_module(f".{name}", __package__).ADAPTERS
