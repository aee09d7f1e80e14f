"""How a command ends when it cannot go on: one sentence and an exit status, never a traceback."""

import sys
from pathlib import Path

from .. import __version__
from ..errors import ScopelineError

#: The command was stopped from the keyboard, as a shell counts it (128 + SIGINT).
STOPPED = 130
#: The call or the configuration is wrong, or scopeline itself is.
WRONG = 2


def ending(fault: BaseException) -> tuple[int, str]:
    """Exit status and sentence for whatever stopped a command.

    A fault of scopeline's own ends with 2 as well: 1 is kept for spreadsheets with errors, so that whoever reads the
    status alone never blames a reviewer for it. Its detail goes to a log file, which the sentence names.
    """
    if isinstance(fault, ScopelineError):
        return fault.exit_status, str(fault)
    if isinstance(fault, KeyboardInterrupt):
        return STOPPED, "Stopped."
    if isinstance(fault, MemoryError):
        return WRONG, "There is not enough memory for these spreadsheets. Close other programs and try again."
    if isinstance(fault, OSError) and fault.filename is not None and fault.strerror:
        return WRONG, f"{_shown(fault.filename)} cannot be read or written: {fault.strerror}."
    log = _log(fault)
    kept = f"The detail is in {log}: please send that file with your report." if log else "No log could be kept."
    return WRONG, (
        f"scopeline stopped at a fault of its own ({type(fault).__name__}); nothing in raw/ was changed. {kept}"
    )


def _log(fault: BaseException) -> str:
    """Keep the detail in the review's own logs, or else where the system keeps temporary files."""
    import platform
    import tempfile
    import traceback

    told = "".join(
        [
            f"scopeline {__version__}, Python {platform.python_version()}, {platform.platform()}\n",
            f"called with: {sys.argv[1:]}\n\n",
            *traceback.format_exception(fault),
        ]
    )
    folders = [Path("results/interim/logs")] if Path("config/codebook.yaml").is_file() else []
    for folder in [*folders, Path(tempfile.gettempdir())]:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(prefix="scopeline-", suffix=".log", dir=folder, text=True)
            with open(handle, "w", encoding="utf-8", errors="backslashreplace") as file:
                file.write(told)
        except OSError:
            continue
        return str(Path(name).resolve())
    return ""


def _shown(name: object) -> str:
    return name.decode(errors="backslashreplace") if isinstance(name, bytes) else str(name)
