"""One run at a time in a review's folder; the lock goes with the process, however that ends.

Snakemake's own lock stays behind when a run is killed and must then be taken away by hand. This one is held by the
operating system for as long as the process lives.
"""

import os
import sys
import time
from pathlib import Path
from typing import IO

from scopeline.errors import ScopelineError

WHERE = Path(".snakemake", "scopeline", "lock")
#: A dry run or a look at the rules holds the lock for less than this.
PATIENCE_S = 3.0
PAUSE_S = 0.05

_held: dict[Path, IO[str]] = {}


class AnotherRunError(ScopelineError):
    """A second run was started in a folder where one is still working."""

    exit_status = 1


def hold(folder: str | Path = ".") -> bool:
    """Take the lock of the review in `folder` until the process ends; False where another run is working.

    A process that has not begun to work (`begin`) is waited for: it only looks. Where the file system knows no locks,
    or may not be written to, the answer is True: better unguarded than refused.
    """
    path = Path(folder).resolve() / WHERE
    if path in _held:
        return True
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = open(path, "a+", encoding="utf-8")  # noqa: SIM115 - it stays open on purpose
    except OSError:
        return True
    until = time.monotonic() + PATIENCE_S
    while True:
        taken = _try(file)
        if taken is None:
            file.close()
            return True
        if taken:
            _held[path] = file
            _say(file, "")
            return True
        if _holder(path) or time.monotonic() > until:
            file.close()
            return False
        time.sleep(PAUSE_S)


def begin(folder: str | Path = ".") -> None:
    """Say in the lock that this process has begun to work; refuse where another one has the lock.

    Raises AnotherRunError with a sentence for the user.
    """
    if not hold(folder):
        holder = _holder(Path(folder).resolve() / WHERE)
        who = f" ({holder})" if holder else ""
        raise AnotherRunError(
            f"Another run of scopeline is working in this folder{who}. Wait until it has finished, then start again."
        )
    if file := _held.get(Path(folder).resolve() / WHERE):
        _say(file, f"process {os.getpid()}, started {time.strftime('%H:%M')}")


def _say(file: IO[str], words: str) -> None:
    file.seek(0)
    file.truncate()
    file.write(words)
    file.flush()


def _holder(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, ValueError):
        return ""


if sys.platform == "win32":
    import msvcrt

    #: Windows forbids reading what is locked, so the locked byte lies far behind the words.
    FAR = 1 << 30

    def _try(file: IO[str]) -> bool | None:
        """Try to lock: True taken, False somebody else has it, None the file system cannot."""
        try:
            file.seek(FAR)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except PermissionError:
            return False
        except OSError:
            return None
        return True

else:
    import fcntl

    def _try(file: IO[str]) -> bool | None:
        """Try to lock: True taken, False somebody else has it, None the file system cannot."""
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError:
            return None
        return True
