"""What a result depends on, as a digest short enough for a file name.

Snakemake notices neither a changed library module nor a raw file that was replaced by one with an older date. The names
of our intermediate files carry these digests, so that whatever changes, the set of files changes with it. The Snakefile
asks at every call: only the standard library is used here.
"""

import hashlib
import json
import os
import sys
import time
from collections.abc import Iterable
from pathlib import Path

from scopeline.errors import ConfigurationError, DataError

#: Files above this size are hashed once and remembered by size, times and inode.
LARGE = 8 * 1024 * 1024
#: A file changed this recently may change again without its time stamp showing it.
FRESH_NS = 2_000_000_000

#: The modules that turn a raw file into cells, relative to the package.
READING = ("cells.py", "citations/", "ingest.py", "rawfiles.py", "store.py", "workbook_details.py")

#: The installed packages that can change a result.
DEPENDENCIES = (
    "bibtexparser",
    "charset_normalizer",
    "jinja2",
    "numpy",
    "openpyxl",
    "pandas",
    "pandera",
    "pyarrow",
    "pydantic",
    "pylatexenc",
    "python_calamine",
    "pyyaml",
    "rapidfuzz",
    "scipy",
    "vl_convert_python",
)


def sha256(path: str | Path) -> str:
    """Return the SHA-256 of a file's bytes, as 64 hexadecimal digits."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def short(parts: Iterable[str]) -> str:
    """Return the first 16 hexadecimal digits of the SHA-256 of `parts`, which may not run into one another."""
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogateescape")).hexdigest()[:16]


def of_library(package: Path) -> dict[str, str]:
    """Map each file of the package, by its path inside, to its SHA-256."""
    return {path.relative_to(package).as_posix(): sha256(path) for path in sorted(_files(package))}


def of_code(library: dict[str, str], only: tuple[str, ...] = ("",)) -> str:
    """Return the digest of the library's files, with the Python and the packages they run with.

    `only` limits it to the files whose path begins with one of these words.
    """
    return short([*installed(), *(part for item in library.items() if item[0].startswith(only) for part in item)])


def of_files(paths: Iterable[str | Path]) -> str:
    """Return the digest of the files' names and bytes; a file that is missing counts as missing."""
    parts = []
    for path in paths:
        parts += [Path(path).name, sha256(path) if Path(path).is_file() else "missing"]
    return short(parts)


def installed() -> list[str]:
    """Name this Python and the installed packages that can change a result, each with its version."""
    names = {f"python-{'.'.join(map(str, sys.version_info[:3]))}"}
    for folder in sys.path:
        try:
            entries = os.listdir(folder or ".")
        except OSError:
            continue
        for entry in entries:
            name, _, version = entry.removesuffix(".dist-info").partition("-")
            if entry.endswith(".dist-info") and name.lower() in DEPENDENCIES:
                names.add(f"{name.lower()}-{version}")
    return sorted(names)


def of_raw_files(paths: Iterable[str], memory: Path) -> dict[str, str]:
    """Return each raw file's SHA-256; a file that cannot be opened gets one made from the reason.

    Small files are always read. Large ones are looked up in the json file `memory` by size, times and inode.
    """
    known = _recall(memory)
    found: dict[str, str] = {}
    remembered: dict[str, list[object]] = {}
    for path in paths:
        try:
            found[path] = _sha256_of_raw(path, known, remembered)
        except OSError as error:
            found[path] = _of_error(error)
    if remembered != known:
        _remember(memory, remembered)
    return found


def require_unchanged(path: str, digest: str) -> None:
    """Raise DataError if a raw file is no longer what it was when the run began.

    A step calls this once it has read the file. Otherwise the new contents would be kept under the old contents' name,
    and be taken for them should the file ever be put back.
    """
    try:
        now = sha256(path)
    except OSError as error:
        now = _of_error(error)
    if now != digest:
        raise DataError(f"{path} was changed while it was being read. Save it, close it, and run again.")


def require_configuration(paths: Iterable[str | Path], digest: str) -> None:
    """Raise ConfigurationError if the configuration is no longer what it was when the run began; see above."""
    paths = list(paths)
    if of_files(paths) != digest:
        names = " or ".join(Path(path).as_posix() for path in paths)
        raise ConfigurationError(f"{names} was changed while it was being read. Save it and run again.")


def _of_error(error: OSError) -> str:
    return hashlib.sha256(f"{type(error).__name__} {error.errno}".encode()).hexdigest()


def _sha256_of_raw(path: str, known: dict[str, list[object]], remembered: dict[str, list[object]]) -> str:
    status = os.stat(path)
    if status.st_size <= LARGE:
        return sha256(path)
    stamp: list[object] = [status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino]
    before = known.get(path)
    if isinstance(before, list) and before[:4] == stamp and isinstance(before[-1], str):
        remembered[path] = before
        return before[-1]
    digest = sha256(path)
    if time.time_ns() - max(status.st_mtime_ns, status.st_ctime_ns) > FRESH_NS:
        remembered[path] = [*stamp, digest]
    return digest


def _recall(memory: Path) -> dict[str, list[object]]:
    try:
        known = json.loads(memory.read_bytes())
    except (OSError, ValueError):
        return {}
    return known if isinstance(known, dict) else {}


def _remember(memory: Path, digests: dict[str, list[object]]) -> None:
    try:
        memory.parent.mkdir(parents=True, exist_ok=True)
        part = memory.with_name(f"{memory.name}.{os.getpid()}")
        part.write_text(json.dumps(digests), encoding="utf-8")
        os.replace(part, memory)
    except OSError:
        pass  # a folder that cannot be written to costs time at the next call, nothing else


def _files(root: Path) -> list[Path]:
    """List the files below `root`, but for caches and hidden files."""
    found = []
    for folder, folders, names in os.walk(root):
        folders[:] = [name for name in folders if name != "__pycache__" and not name.startswith(".")]
        found += [Path(folder, name) for name in names if not name.endswith((".pyc", "~")) and not name.startswith(".")]
    return found
