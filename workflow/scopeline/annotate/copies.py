"""The folder of annotated copies: one for each file with an error or a warning, and none left over from before."""

import hashlib
import json
import os
import shutil
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from ..cells import Book
from ..issues import Issue
from ..rawfiles import CITATIONS
from ..terms import Severity
from . import annotate, copy_names

#: A larger file gets no copy: it would take longer than reading it did, and few programs show it well.
LARGEST = 20 * 1024 * 1024


@dataclass
class Copies:
    """What was written: the copies in the order of their names; where a copy that somebody had edited is now.

    `stuck` names those that could not be replaced or removed, because a spreadsheet program has them open: they still
    show an earlier state.
    """

    written: list[Path] = field(default_factory=list)
    of_file: dict[str, Path] = field(default_factory=dict)  #: raw file → its copy
    kept: dict[str, str] = field(default_factory=dict)
    stuck: list[str] = field(default_factory=list)


def write_copies(issues: Iterable[Issue], books: Iterable[Book], folder: Path, *, memory: Path, kept: Path) -> Copies:
    """Write the copies of all files that have an error or a warning below `folder`, and remove those of other files.

    The raw files are found under the names that `books` give them. The file `memory` keeps the SHA-256 of each copy:
    one that a person has edited since is moved below the folder `kept` before it is replaced or removed. A file that
    could not be read has no copy, nor has one of citations. Raises DataError where a raw file has changed since it was
    read.
    """
    by_file: dict[str, list[Issue]] = {}
    for item in issues:
        by_file.setdefault(item.file, []).append(item)
    read = {book.file: book for book in books if book.fault is None and Path(book.file).suffix.lower() not in CITATIONS}
    known, done = _recall(memory), Copies()
    made: dict[str, str] = {}
    for file, name in sorted(copy_names(read).items(), key=lambda item: item[1]):
        said = by_file.get(file, [])
        if all(item.severity == Severity.NOTE for item in said) or Path(file).stat().st_size > LARGEST:
            continue
        target = folder / name
        try:
            _keep_edited(target, name, known, kept, done)
            annotate(Path(file), said, target, read[file])
        except PermissionError:
            done.stuck.append(target.as_posix())
        else:
            done.written.append(target)
            done.of_file[file] = target
        made[name] = (_digest(target) if target in done.written else known.get(name)) or ""
    for name in sorted(set(known) - set(made)):
        try:
            _keep_edited(folder / name, name, known, kept, done)
            (folder / name).unlink(missing_ok=True)
        except PermissionError:
            done.stuck.append((folder / name).as_posix())
            made[name] = known[name]
    _remember(memory, made, known)
    if folder.is_dir() and not made:
        _remove_empty(folder)
    return done


def _remember(memory: Path, made: dict[str, str], known: dict[str, str]) -> None:
    if made == known:
        return
    memory.parent.mkdir(parents=True, exist_ok=True)
    part = memory.with_name(f".{memory.name}.part")
    part.write_text(json.dumps(made, indent=1, sort_keys=True), encoding="utf-8")
    os.replace(part, memory)


def _keep_edited(path: Path, name: str, known: dict[str, str], kept: Path, done: Copies) -> None:
    digest = _digest(path)
    if digest is None or digest == known.get(name):
        return
    place = kept / Path(name).parent / f"{path.stem}.{digest[:8]}{path.suffix}"
    place.parent.mkdir(parents=True, exist_ok=True)
    shutil.move(path, place)
    done.kept[path.as_posix()] = place.as_posix()


def _digest(path: Path) -> str | None:
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except FileNotFoundError:
        return None


def _recall(memory: Path) -> dict[str, str]:
    try:
        return {str(name): str(digest) for name, digest in json.loads(memory.read_bytes()).items()}
    except (OSError, ValueError, AttributeError):
        return {}


def _remove_empty(folder: Path) -> None:
    for inner in sorted((path for path in folder.rglob("*") if path.is_dir()), reverse=True):
        if not any(inner.iterdir()):
            inner.rmdir()
    if not any(folder.iterdir()):
        folder.rmdir()
