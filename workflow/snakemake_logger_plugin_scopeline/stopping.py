"""A SIGTERM stops a run at any moment.

Snakemake's scheduler takes its own lock in its signal handler. A signal that comes while the scheduler holds that lock
(it does so whenever it finishes a step) makes the main thread wait for itself for ever. Here the handler does its work
in a thread, which waits until the lock is free.
"""

import threading
from typing import Any

from snakemake.scheduling.job_scheduler import JobScheduler


def make_safe() -> None:
    """Have Snakemake's scheduler, where it is the one that is known, handle a SIGTERM in a thread."""
    handle = getattr(JobScheduler, "exit_gracefully", None)
    if handle is None or getattr(handle, "in_a_thread", False):
        return

    def exit_gracefully(self: Any, *of_signal: Any) -> None:
        threading.Thread(target=handle, args=(self, *of_signal), daemon=True).start()

    exit_gracefully.in_a_thread = True  # type: ignore[attr-defined]
    JobScheduler.exit_gracefully = exit_gracefully
