"""Which files of raw/ are read, which are passed over, and the safe name each has inside results/interim/.

The Snakefile asks this at every call, so only the standard library is used here.
"""

import hashlib
import os
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

SPREADSHEETS = frozenset({".xlsx", ".xlsm", ".xlsb", ".xls", ".ods", ".csv", ".tsv", ".tab", ".txt"})
CITATIONS = frozenset({".ris", ".nbib", ".bib", ".enw", ".ciw", ".xml", ".html", ".htm"})
NOTES = frozenset({"", ".md", ".txt", ".rst", ".html", ".htm", ".pdf", ".docx", ".odt"})


class Kind(StrEnum):
    """What a file of raw/ is to us, told from its name alone."""

    SPREADSHEET = "spreadsheet"
    CITATIONS = "citations"  # an export of records by a database or a screening tool
    PASSED_OVER = "passed_over"  # not ours; named in the validation page, never opened


@dataclass(frozen=True, order=True)
class RawFile:
    """One file of raw/: its path as a reviewer writes it, its safe name, its kind, and why it is passed over."""

    path: str
    source: str
    kind: Kind
    why: str = ""


def raw_files(folder: str | Path = "raw") -> list[RawFile]:
    """List every file below `folder`, in the order of its path; a README is no file of the review and is left out.

    A folder that is missing or empty gives an empty list. Links are followed, each folder once.
    """
    return sorted(_judge(path) for path in _walk(Path(folder), set()) if not _is_readme(path))


def read_files(folder: str | Path = "raw", waivers: str = "config/waivers.csv") -> dict[str, RawFile]:
    """Map each safe name to the file that is read under it: those of `folder`, and that of waivers if there is one."""
    files = [file for file in raw_files(folder) if file.kind is not Kind.PASSED_OVER]
    if Path(waivers).is_file():
        files.append(RawFile(waivers, source_name(waivers), Kind.SPREADSHEET))
    return {file.source: file for file in files}


def source_name(path: str) -> str:
    """Turn a path into a name of a-z, 0-9 and - that no other path has, on file systems that ignore case too.

    `raw/Übersicht (neu).xlsx` becomes `ubersicht-neu-xlsx-` and eight hexadecimal digits of the path's SHA-256.
    """
    plain = unicodedata.normalize("NFKD", Path(path).name).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:40] or "file"
    return f"{slug}-{hashlib.sha256(os.fsencode(path)).hexdigest()[:8]}"


def _walk(folder: Path, seen: set[tuple[int, int]]) -> Iterator[Path]:
    try:
        status = folder.stat()
        entries = sorted(folder.iterdir())
    except OSError:
        return
    if (status.st_dev, status.st_ino) in seen:
        return
    seen.add((status.st_dev, status.st_ino))
    for entry in entries:
        if entry.is_dir() and not _hidden(entry.name):
            yield from _walk(entry, seen)
        else:
            yield entry


def _judge(path: Path) -> RawFile:
    name = path.as_posix()
    suffix = path.suffix.lower()
    if why := _passed_over(path):
        return RawFile(name.encode("utf-8", "backslashreplace").decode(), source_name(name), Kind.PASSED_OVER, why)
    return RawFile(name, source_name(name), Kind.SPREADSHEET if suffix in SPREADSHEETS else Kind.CITATIONS)


def _passed_over(path: Path) -> str:
    """Say why `path` is not read; an empty sentence for a file that is."""
    if path.name.startswith(("~$", ".~lock.")):
        return "a lock file of a spreadsheet program"
    if _hidden(path.name):
        return "a hidden file"
    if path.suffix.lower() not in SPREADSHEETS | CITATIONS:
        return "not a kind of file that scopeline reads"
    if not path.is_file():
        return "not a file that can be opened"
    if not _printable(path.as_posix()):
        return "its name holds characters that cannot be written; rename it"
    return ""


def _hidden(name: str) -> bool:
    return name.startswith(".")


def _printable(name: str) -> bool:
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return not any(unicodedata.category(character) == "Cc" for character in name)


def _is_readme(path: Path) -> bool:
    return path.name.lower().startswith("readme") and path.suffix.lower() in NOTES
