"""The last step: what was built replaces what was published, file by file, and a person's own edits are kept.

Everything is built below results/interim/build/ in the shape of results/. Only when all of it is there is it moved
over, each file by one renaming, so that a reader finds the old file or the new one and never half of either.
"""

import json
import os
import shutil
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from scopeline.digests import sha256
from scopeline.errors import DataError

#: What this program has published, by path: every SHA-256 that a file of ours may have at this moment.
MEMORY = Path("interim", "published.json")
KEPT = Path("kept")
STALE = Path("STALE.md")


@dataclass
class Publication:
    """What publishing did: paths below results/."""

    replaced: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    kept: dict[str, str] = field(default_factory=dict)  #: a file edited by hand → where that version is now


def publish(
    built: Iterable[str | Path],
    build: str | Path,
    results: str | Path,
    inputs: Mapping[str, object],
    versions: Mapping[str, str],
) -> Publication:
    """Publish the files `built`, which lie below the folder `build`, into the folder `results`.

    `inputs` (the digest of each raw and configuration file) and `versions` (of the program and its packages) go into
    results/manifest.json with the SHA-256 of each published file; there is no clock in it, so that the same inputs
    give the same bytes. A file that is already the same is not touched. A published file that somebody edited is first
    copied to results/kept/; one that is no longer made is removed. The note of stale results is removed at the end.

    Raises DataError when a file cannot be replaced, as when it is open in a spreadsheet program.
    """
    build, results = Path(build), Path(results)
    manifest = build / "manifest.json"
    outputs = {Path(path).relative_to(build).as_posix(): sha256(path) for path in sorted(map(Path, built))}
    _write_json(manifest, {"inputs": dict(inputs), "versions": dict(versions), "outputs": outputs})
    new = {**outputs, manifest.name: sha256(manifest)}

    ours = _recall(results / MEMORY)
    _write_json(results / MEMORY, _both(ours, new))
    done = Publication()
    for name in sorted(set(ours) - set(new)):
        _keep_edits(results, name, set(ours[name]), done)
        if (results / name).is_file():
            _guarded(results / name, os.unlink)
            done.removed.append(name)
    changed = [name for name, digest in new.items() if _digest(results / name) != digest]
    parts = {name: _copied(build / name, results / name) for name in changed}
    for name, part in parts.items():
        _keep_edits(results, name, set(ours.get(name, ())), done)
        _guarded(results / name, part.replace)
        done.replaced.append(name)
    _write_json(results / MEMORY, {name: [digest] for name, digest in new.items()})
    (results / STALE).unlink(missing_ok=True)
    return done


def forget_copies(kept: str | Path = ".snakemake/backups") -> None:
    """Take away the copies of results that a killed run left behind.

    Snakemake copies what a step is about to replace, and stops where a copy of a folder is there already. Every result
    is replaced whole, so that no copy of a dead run is ever needed. Call it while holding the lock of the review.
    """
    shutil.rmtree(kept, ignore_errors=True)


def mark_stale(results: str | Path = "results", what_to_read: str = "results/validation/index.html") -> bool:
    """Write results/STALE.md where results were published before; never raises. Returns whether the note is there."""
    folder = Path(results)
    if not (folder / MEMORY).is_file():
        return False
    try:
        (folder / STALE).write_text(
            "# These results are from an earlier run\n\n"
            "The spreadsheets or the configuration have changed since, and the new run did not pass.\n"
            f"If the spreadsheets have errors, `{what_to_read}` names each of them.\n"
            "This note disappears with the next run that passes.\n",
            encoding="utf-8",
        )
    except OSError:
        return False
    return True


def _keep_edits(results: Path, name: str, ours: set[str], done: Publication) -> None:
    """Copy results/`name` to results/kept/ if its bytes are none that we published there."""
    path = results / name
    digest = _digest(path)
    if digest is None or digest in ours:
        return
    kept = results / KEPT / Path(name).parent / f"{path.stem}.{digest[:8]}{path.suffix}"
    kept.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy2(path, kept)
    done.kept[name] = kept.relative_to(results).as_posix()


def _copied(source: Path, target: Path) -> Path:
    """Copy `source` beside `target`, under a name that nobody opens, and return that name's path."""
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f".{target.name}.part")
    shutil.copyfile(source, part)
    return part


def _guarded(path: Path, act: Callable[[Path], object]) -> None:
    try:
        act(path)
    except PermissionError as error:
        raise DataError(
            f"{path.as_posix()} cannot be replaced. It may be open in another program: close it and run again."
        ) from error


def _digest(path: Path) -> str | None:
    return sha256(path) if path.is_file() else None


def _both(ours: Mapping[str, list[str]], new: Mapping[str, str]) -> dict[str, list[str]]:
    """While files are being replaced each may have its old bytes or its new ones; both are ours."""
    return {name: sorted({*ours.get(name, ()), *([new[name]] if name in new else ())}) for name in {*ours, *new}}


def _recall(memory: Path) -> dict[str, list[str]]:
    try:
        known = json.loads(memory.read_bytes())
        return {str(name): list(digests) for name, digests in known.items()}
    except (OSError, ValueError, AttributeError, TypeError):
        return {}


def _write_json(path: Path, content: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    part.write_text(json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False) + "\n", encoding="utf-8")
    os.replace(part, path)
