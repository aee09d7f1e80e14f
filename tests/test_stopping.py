"""A SIGTERM may come while Snakemake's scheduler holds its lock."""

import asyncio
import sys
import threading

import pytest
from snakemake.scheduling.job_scheduler import JobScheduler
from snakemake_logger_plugin_scopeline import stopping


def test_the_handler_does_not_wait_for_a_lock_that_its_own_thread_holds(monkeypatch):
    """The handler returns at once, and the scheduler is told to stop as soon as the lock is free."""
    monkeypatch.setattr(JobScheduler, "exit_gracefully", JobScheduler.exit_gracefully)
    stopping.make_safe()
    stopping.make_safe()  # each display does it; once is enough
    scheduler = JobScheduler.__new__(JobScheduler)
    scheduler._lock, scheduler._open_jobs, scheduler._user_kill = threading.Lock(), threading.Semaphore(0), None
    with scheduler._lock:
        scheduler.exit_gracefully(15, None)
        assert scheduler._user_kill is None
    assert scheduler._open_jobs.acquire(timeout=10)
    assert scheduler._user_kill == "graceful"


@pytest.mark.parametrize("error", [asyncio.CancelledError, KeyboardInterrupt])
def test_a_run_stopped_while_snakemake_waits_for_itself_ends_with_a_sentence(monkeypatch, capsys, error):
    """No traceback for Ctrl-C, at whatever moment it comes; any other error is told by who told it before."""
    told = []
    monkeypatch.setattr(sys, "excepthook", lambda *error: told.append(error))
    monkeypatch.setattr(JobScheduler, "exit_gracefully", JobScheduler.exit_gracefully)
    stopping.make_safe()
    stopping.make_safe()
    sys.excepthook(error, error(), None)
    assert capsys.readouterr().err == "Stopped. The same command goes on from here.\n"
    sys.excepthook(ValueError, ValueError("a fault"), None)
    assert [kind for kind, *_ in told] == [ValueError]
