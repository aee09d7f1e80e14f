"""What is told of a codebook or of settings with mistakes in them."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from scopeline.errors import ConfigurationError


def with_piece(text: str, old: str, new: str) -> str:
    """A text with one piece in another way; the piece must stand in it once."""
    assert text.count(old) == 1
    return text.replace(old, new)


def mistakes_in(load: Callable[[Any], object], text: str | bytes, file: str) -> list[tuple[int, str]]:
    """The lines and sentences of what is wrong with a text; each must name the file."""
    with pytest.raises(ConfigurationError) as fault:
        load(text)
    told = re.findall(rf"{re.escape(file)}, line (\d+): (.*)", str(fault.value))
    assert told, str(fault.value)
    return [(int(line), sentence) for line, sentence in told]


def refusal(load: Callable[[Any], object], text: str | bytes) -> str:
    """What is said of a text; nothing where it is read."""
    try:
        load(text)
    except ConfigurationError as fault:
        return str(fault)
    return ""
