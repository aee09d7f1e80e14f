"""Seals: each step's last output, which tells whether its files are still as the step left them.

To Snakemake a missing intermediate file is no reason to work, and a file that was edited by hand looks like any other.
So every step closes with a seal, a small json file with the size, the times and the SHA-256 of each file it made. When
the Snakefile is read, seals that are no longer true are removed; Snakemake then misses an output of that step and
repeats it.

The Snakefile asks at every call: only the standard library is used here.
"""

import json
import os
import traceback
from collections.abc import Callable, Iterable
from pathlib import Path

from scopeline.digests import sha256

#: The state of a step whose output names already say what they were made from.
ANY_STATE = ""


def sealed(
    state: str,
    step: Callable[..., Iterable[str | Path] | None],
    outputs: Iterable[str],
    log: Iterable[str],
    /,
    **files: object,
) -> None:
    """Call `step` with `files` and seal its outputs; where it fails, write the story to `log` and seal nothing.

    A step may return the names of further files that it made, whose number depends on the data: they are sealed too.
    """
    try:
        made = step(**files) or ()
    except Exception:
        for path in log:
            Path(path).parent.mkdir(parents=True, exist_ok=True)
            Path(path).write_text(traceback.format_exc(), encoding="utf-8", errors="backslashreplace")
        raise
    *declared, last = map(str, outputs)
    seal([*declared, *map(str, made), last], state)


def seal(outputs: Iterable[str], state: str = ANY_STATE) -> None:
    """Seal a step's outputs; the last one is the seal itself.

    `state` is a digest of everything the step was given. A seal of another state is not true, even where Snakemake has
    lost its own memory of what the files were made from.
    """
    *named, last = map(str, outputs)
    files = [path for name in named for path in _files(name)]
    _write(Path(last), {"state": state, "files": {path: [*_stamp(path), sha256(path)] for path in files}})


def _files(name: str) -> list[str]:
    """The file of a name, or all files of a folder."""
    path = Path(name)
    return sorted(each.as_posix() for each in path.rglob("*") if each.is_file()) if path.is_dir() else [name]


def remove_untrue(folder: str | Path, state: str) -> list[str]:
    """Remove each seal below `folder` whose files have changed or are missing, or that was made in another state.

    Returns the paths of the seals that were removed.
    """
    removed = []
    for path in sorted(Path(folder).rglob("*.json")):
        if not _is_true(path, state):
            path.unlink(missing_ok=True)
            removed.append(path.as_posix())
    return removed


def keep_only(folder: str | Path, names: Iterable[str | Path]) -> None:
    """Remove every file of `folder` that is not in `names`: what earlier raw files and settings left behind."""
    kept = {Path(name) for name in names}
    for path in Path(folder).glob("*"):
        if path.is_file() and path not in kept:
            path.unlink(missing_ok=True)


def _is_true(path: Path, state: str) -> bool:
    """Compare stamps; where only a stamp differs, compare the bytes and note the new stamp."""
    try:
        content = json.loads(path.read_bytes())
        if content["state"] not in (ANY_STATE, state):
            return False
        moved = False
        for file, (size, modified, changed, digest) in content["files"].items():
            stamp = _stamp(file)
            if stamp == [size, modified, changed]:
                continue
            if stamp[0] != size or sha256(file) != digest:
                return False
            content["files"][file] = [*stamp, digest]
            moved = True
        if moved:
            _note(path, content)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return False
    return True


def _note(path: Path, content: dict[str, object]) -> None:
    """Write the seal again with its old date, so that nothing looks newer than it is."""
    status = path.stat()
    _write(path, content)
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


def _stamp(path: str) -> list[int]:
    """Size and times. The time of the inode's last change shows an edit whose author put the old date back."""
    status = os.stat(path)
    return [status.st_size, status.st_mtime_ns, status.st_ctime_ns]


def _write(path: Path, content: dict[str, object]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    part.write_text(json.dumps(content, indent=1, sort_keys=True), encoding="utf-8")
    os.replace(part, path)
