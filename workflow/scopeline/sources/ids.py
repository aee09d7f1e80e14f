"""Names of records and studies as other tools write them, and one for a record that comes without any.

`#28318`, `28318.0` and `28318` are one ID; a search export often has none at all.
"""

import hashlib
import re
import unicodedata

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
