"""What a reviewer sees while Snakemake works: few lines, in a reviewer's words, and never a traceback.

Snakemake finds this package by its name and takes it for its own display (`logger: scopeline` in the profile).
Everything that is left out here stands in Snakemake's log file. A dry run, `--verbose` and `--debug-dag` show what
Snakemake itself would show. The package loads nothing of scopeline before the workflow has, so that the checkout's
library is the one in use.
"""

import re
import sys
from logging import LogRecord
from pathlib import Path
from typing import Any

from snakemake_interface_logger_plugins.base import LogHandlerBase
from snakemake_interface_logger_plugins.common import LogEvent

from . import stopping

#: What is said when a step is done; a step that is not here is done silently. {raw} is the raw file that was read.
DONE = {
    "ingest": "read {raw}",
    "validate": "checked the spreadsheets",
    "duplicates": "looked for likely duplicates",
    "screening": "compared the votes of the reviewers",
    "flow": "counted the PRISMA flow",
    "diagram": "drew the flow diagram",
    "lists": "listed the reports and what became of them",
    "charting": "charted the sources of evidence",
    "synthesis": "folded the findings to one direction a study",
    "harms": "gathered the harms",
    "figures": "drew the figures",
    "report": "wrote tables and report",
    "publish": "The report is ready: results/report.html",
}
#: What a step is called in a sentence.
NAMES = {
    "settings": "reading the configuration",
    "ingest": "reading {raw}",
    "validate": "checking the spreadsheets",
    "gate": "passing on the checked spreadsheets",
    "duplicates": "looking for likely duplicates",
    "screening": "comparing the votes of the reviewers",
    "flow": "counting the PRISMA flow",
    "diagram": "drawing the flow diagram",
    "lists": "listing the reports and what became of them",
    "charting": "charting the sources of evidence",
    "synthesis": "folding the findings",
    "harms": "gathering the harms",
    "figures": "drawing the figures",
    "tables": "writing the workbook of tables",
    "report": "writing the report",
    "publish": "publishing the results",
}

#: Errors whose message is meant for the user (scopeline.errors and scopeline.lock).
OURS = ("ScopelineError", "ConfigurationError", "DataError", "AnotherRunError")
#: Errors of Snakemake about the call, whose message is of use to the user.
CALLS = (
    "AmbiguousRuleException",
    "CliException",
    "ApiError",
    "MissingInputException",
    "MissingRuleException",
    "ProtectedOutputException",
    "WildcardError",
    "WorkflowError",
)

#: Errors of neither the spreadsheets nor the program: a full disk, a folder that may not be written to.
COMPUTER = ("MemoryError", "OSError", "PermissionError")

#: What Snakemake says while all goes well, and around an error.
CHATTER = re.compile(
    r"Assuming unrestricted|Building DAG|Using shell|Provided (cores|remote|resources)|Rules claiming|Job stats"
    r"|Select jobs|Execute \d+ jobs|Complete log|Elapsed time|host: |Removing (temporary )?output|Shutting down"
    r"|Exiting because|Restored previous|Cannot restore|Will exit|Trying to restart|Conda environments: ignored"
    r"|Singularity containers|Group jobs|Config file .* extended|Storing output|At least one job did not"
    r"|WorkflowError:\nAt least one job did not|Updating checkpoint|Warning: the following output files"
    r"|Cleaning up|Unlocking|Terminating processes|Retrieving input"
)
NOTHING = "Nothing to be done"
STOPPED = "Cancelling snakemake on user request"

#: `DataError in rule gate in file "…", line 3:` or `DataError:` opens each part of an error.
HEAD = re.compile(r'^(?P<name>[A-Za-z_][\w.]*)(?P<where>(?: in rule \w+)?(?: in file ".*", line \d+)?)[:.]$')
FRAME = re.compile(r'^\s+File ".*", line \d+, in (?P<function>.*)$')


class LogHandler(LogHandlerBase):
    """Snakemake's display for reviewers."""

    def __post_init__(self) -> None:
        """Choose between our words and Snakemake's own, and remember where the call was made."""
        stopping.make_safe()
        self._steps: dict[int, tuple[str, str]] = {}
        self._cause, self._failed_step = "", ""
        self._told = False
        self._logfile = ""
        self._stories: dict[str, str] = {}
        self._called_in = Path.cwd()
        self._delegate = self._snakemakes_own() if self._wants_detail() else None
        self._quiet = {str(item.name).lower() for item in (self.common_settings.quiet or ())}

    @property
    def writes_to_stream(self) -> bool:
        return True

    @property
    def writes_to_file(self) -> bool:
        return False

    @property
    def has_filter(self) -> bool:
        return True

    @property
    def has_formatter(self) -> bool:
        return True

    @property
    def needs_rulegraph(self) -> bool:
        return False

    def emit(self, record: LogRecord) -> None:
        """Say what the record means to a reviewer; a display never stops the work."""
        try:
            if self._delegate is not None:
                if self._delegate.filter(record):
                    self._delegate.emit(record)
                return
            self._tell(record)
        except BrokenPipeError:
            return
        except Exception:
            self._say(str(record.msg))

    def close(self) -> None:
        """Name, at the very end, the step that failed by a fault of ours and the file that tells more."""
        if self._cause:
            file = self._stories.get(self._failed_step) or self._logfile
            what = f"with the file {file}" if file else "with what `snakemake --verbose` says"
            self._say(f"{self._cause} Please report it {what}.")
            self._cause = ""
        super().close()

    def _wants_detail(self) -> bool:
        settings = self.common_settings
        return bool(settings.dryrun or settings.verbose or settings.debug_dag)

    def _snakemakes_own(self) -> Any:
        from snakemake.logging import ColorizingTextHandler, DefaultFilter, DefaultFormatter  # noqa: PLC0415

        settings = self.common_settings
        handler = ColorizingTextHandler(nocolor=settings.nocolor, stream=sys.stdout if settings.stdout else sys.stderr)
        handler.addFilter(
            DefaultFilter(
                settings.quiet, settings.debug_dag, settings.verbose, settings.dryrun, settings.printshellcmds
            )
        )
        handler.setFormatter(DefaultFormatter(settings.quiet, settings.show_failed_logs))
        return handler

    def _tell(self, record: LogRecord) -> None:
        event = getattr(record, "event", None)
        message = str(record.msg or "").strip()
        if event == LogEvent.JOB_INFO:
            self._remember(record)
        elif event == LogEvent.JOB_FINISHED:
            self._finished(record)
        elif event == LogEvent.JOB_ERROR:
            self._note_log(record)
        elif event == LogEvent.ERROR:
            self._failed(message)
        elif event is not None or not message:
            return
        elif message.startswith("Complete log(s): "):
            self._logfile = self._from_here(message.removeprefix("Complete log(s): "))
        elif message.startswith(NOTHING):
            self._nothing()
        elif not CHATTER.match(message):
            self._say(message)

    def _nothing(self) -> None:
        """Say that all is as it was, and where to look."""
        if "all" in self._quiet:
            return
        page = Path("results", "report.html")
        so = f": {self._from_here(str(page))} is up to date" if page.is_file() else ""
        self._say(f"Nothing has changed since the last run{so}.")

    def _remember(self, record: LogRecord) -> None:
        """Keep a job's step, and the raw file that it reads."""
        wildcards = getattr(record, "wildcards", None) or {}
        jobid, rule = getattr(record, "jobid", -1), getattr(record, "rule_name", "")
        self._steps[jobid] = (rule, _raw_file(wildcards["source"]) if "source" in wildcards else "")

    def _finished(self, record: LogRecord) -> None:
        rule, raw = self._steps.get(getattr(record, "job_id", getattr(record, "jobid", -1)), ("", ""))
        if rule in DONE and "progress" not in self._quiet and "all" not in self._quiet:
            page = self._from_here("results/report.html")
            self._say(DONE[rule].replace("{raw}", raw or "a raw file").replace("results/report.html", page))
        if rule == "publish" and "all" not in self._quiet:
            self._still_to_do()

    def _still_to_do(self) -> None:
        """Name what waits for people, each with its file; nothing where nothing waits."""
        from scopeline.commands.waiting import waiting  # noqa: PLC0415

        lines = [f"  {said} {self._from_here(file)}" for said, file in waiting()]
        if lines:
            self._say("\n".join(["Still to be done:", *lines]))

    def _note_log(self, record: LogRecord) -> None:
        """Keep where a step that failed has written the whole story."""
        for path in getattr(record, "log", None) or ():
            name = str(path).removesuffix(" (check log file(s) for error details)")
            if Path(name).is_file():
                self._stories[getattr(record, "rule_name", "")] = self._from_here(name)

    def _failed(self, message: str) -> None:
        """Pick from Snakemake's text the innermost error that says something to the user."""
        if message.startswith(STOPPED):
            self._say(stopping.SAID)
            return
        parts = list(_parts(message))
        for name, text, _ in parts:
            if name in OURS:
                self._say(text)
                self._told = True
                return
        if CHATTER.match(message) or self._told or self._cause:
            return
        if all(name in CALLS for name, _, _ in parts):
            self._say("\n".join(dict.fromkeys(text for _, text, _ in parts if text)))
            return
        step = next((step for _, _, step in parts if step), "")
        said = NAMES.get(step, step).replace("{raw}", "a raw file")
        at = f" at the step '{said}'" if said else ""
        for name, text, _ in parts:
            if name in COMPUTER:
                self._say(f"The computer refused{at}: {text or 'there is not enough memory'}")
                self._told = True
                return
        self._failed_step = step
        self._cause = f"scopeline itself failed{at}; this is a fault of the program, not of your spreadsheets."

    def _from_here(self, path: str) -> str:
        """Show a path as seen from where the call was made."""
        try:
            return Path.cwd().joinpath(path).resolve().relative_to(self._called_in.resolve()).as_posix()
        except ValueError:
            return Path.cwd().joinpath(path).as_posix()

    def _say(self, words: str) -> None:
        stream = sys.stdout if self.common_settings.stdout else sys.stderr
        encoding = getattr(stream, "encoding", None) or "utf-8"
        try:
            stream.write(words.encode(encoding, "backslashreplace").decode(encoding) + "\n")
            stream.flush()
        except (OSError, ValueError):
            return  # whoever read along has gone, as `| head` does


def _raw_file(source: str) -> str:
    """Return the path of the raw file that has this name inside results/interim/."""
    from scopeline.rawfiles import read_files  # noqa: PLC0415

    return read_files("raw")[source].path


def _parts(message: str) -> list[tuple[str, str, str]]:
    """Split an error into (name of the error, its text, step it happened in); lines that name our code are left out."""
    parts: list[tuple[str, list[str], str]] = []
    for line in message.splitlines():
        if head := HEAD.match(line):
            step = re.search(r"in rule (\w+)", head["where"])
            parts.append((head["name"].rpartition(".")[2], [], step[1] if step else ""))
        elif frame := FRAME.match(line):
            rule = re.fullmatch(r"__rule_(\w+)", frame["function"])
            if parts and rule:
                parts[-1] = (*parts[-1][:2], rule[1])
        elif parts:
            parts[-1][1].append(line)
        else:
            parts.append(("", [line], ""))
    return [(name, "\n".join(text).strip(), step) for name, text, step in parts]
