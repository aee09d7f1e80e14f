"""Names of records and studies as other tools write them, and one for a record that comes without any.

`#28318`, `28318.0` and `28318` are one ID; a search export often has none at all.
"""

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Sequence

from ..codebook import FieldSpec

_NUMBER = re.compile(r"#?\s*(\d+)(?:\.0+)?")


def plain(text: str) -> str:
    """An ID as it is compared and shown: without the sign before a number and the decimals that a spreadsheet adds."""
    trimmed = " ".join(text.split())
    number = _NUMBER.fullmatch(trimmed)
    return number[1] if number else trimmed


def named(prefix: str, text: str) -> str:
    """A tool's ID as the review's own: `covidence-28318`. A blank stays blank, and a prefix is not put on twice."""
    own = plain(text)
    return f"{prefix}{own}" if own and not own.startswith(prefix) else own


def made(prefix: str, *parts: str) -> str:
    """An ID for a record that has none: the same title, year, authors and DOI give the same ID in every export."""
    folded = "\x1f".join(
        re.sub(r"[\W_]+", " ", unicodedata.normalize("NFKC", part).casefold()).strip() for part in parts
    )
    return f"{prefix}{hashlib.sha256(folded.encode()).hexdigest()[:10]}"


def study_ids(
    labels: Sequence[str], numbers: Sequence[str], spec: FieldSpec | None, shared: Iterable[str]
) -> list[str]:
    """A study's ID from the name that a tool gives it: `Walpola 2017`, or `Walpola2017` where it may have no blanks.

    A name in `shared` belongs to several studies; there the tool's number is added: `Dolder2018-29659`.
    """
    common = set(shared)
    found = []
    for label, number in zip(labels, numbers, strict=True):
        own = _named_study(label, spec)
        found.append(f"{own}-{plain(number)}" if own and label in common and plain(number) else own)
    return found


def _named_study(label: str, spec: FieldSpec | None) -> str:
    pattern = spec.constraints.pattern if spec else None
    if not label or not pattern or re.fullmatch(pattern, label):
        return label
    ascii_only = unicodedata.normalize("NFKD", label).encode("ascii", "ignore").decode()
    short = re.sub(r"[^A-Za-z0-9_-]+", "", ascii_only)
    return short if re.fullmatch(pattern, short) else label
