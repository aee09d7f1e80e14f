"""A run can be stopped at any moment, and ends with a sentence.

Snakemake's scheduler takes its own lock in its handler of SIGTERM. A signal that comes while the scheduler holds that
lock (it does so whenever it finishes a step) makes the main thread wait for itself for ever. Here the handler does its
work in a thread, which waits until the lock is free. A Ctrl-C that comes while Snakemake waits for its own coroutines
ends in an error that it does not catch: it is told in the words of any other Ctrl-C.
"""

import asyncio
import sys
import threading
from types import TracebackType
from typing import Any

from snakemake.scheduling.job_scheduler import JobScheduler

#: What is said to somebody who has stopped a run.
SAID = "Stopped. The same command goes on from here."


def make_safe() -> None:
    """Have Snakemake's scheduler, where it is the one that is known, handle a SIGTERM in a thread; tell a Ctrl-C."""
    if sys.excepthook is not _tell:
        _others.append(sys.excepthook)
        sys.excepthook = _tell
    handle = getattr(JobScheduler, "exit_gracefully", None)
    if handle is None or getattr(handle, "in_a_thread", False):
        return

    def exit_gracefully(self: Any, *of_signal: Any) -> None:
        threading.Thread(target=handle, args=(self, *of_signal), daemon=True).start()

    exit_gracefully.in_a_thread = True  # type: ignore[attr-defined]
    JobScheduler.exit_gracefully = exit_gracefully


_others: list[Any] = []


def _tell(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Say in a sentence that the run was stopped; any other error goes to who told it before."""
    if issubclass(kind, asyncio.CancelledError | KeyboardInterrupt):
        print(SAID, file=sys.stderr, flush=True)
    else:
        _others[-1](kind, error, trace)
