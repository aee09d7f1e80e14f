"""The command line: `scopeline COMMAND`. Exit status 0 = fine, 1 = the data have errors, 2 = the call is wrong.

A command is one line of `COMMANDS`. The line names a function, which is given the subparsers, adds a parser of that
name and sets `run` on it: a function from the parsed arguments to the exit status. Only the module of the command that
was chosen is imported, so that `scopeline --help` answers at once.
"""

import argparse
import difflib
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import NamedTuple, NoReturn

from . import __version__
from .commands.ending import WRONG, ending

#: The reader of our output has gone (`scopeline … | head`), as a shell counts it (128 + SIGPIPE).
UNREAD = 141


class Command(NamedTuple):
    """One command: its name, its line in `scopeline --help`, and the function that adds it, as `module:function`."""

    name: str
    help: str
    added_by: str


#: Every command, in the order of a review.
COMMANDS = (
    Command("init", "begin a review: a folder with config/ and raw/", "commands.init:add"),
    Command("map", "propose how a spreadsheet is mapped to the review's tables", "commands.map:add"),
    Command("template", "write the charting form (xlsx) that the codebook describes", "forms:add_commands"),
    Command("dictionary", "write the data dictionary and the extraction instrument", "report.dictionary:add_commands"),
    Command("codebook", "say what changed between two codebooks, and what to chart again", "recharting:add_commands"),
    Command("validate", "say what is wrong in the spreadsheets, and in which cells", "commands.validate:add"),
    Command("trace", "print the cells behind a number of the results", "commands.trace:add"),
    Command("why", "tell the life of a record, report or study, with its cells", "commands.why:add"),
)

_USAGE = "scopeline COMMAND [...]"
_ABOUT = """\
The spreadsheets of a scoping review: checked, counted and told.

commands:
"""
_EPILOG = """\
examples:
  scopeline init my-review          begin a review
  scopeline validate                check the review in this folder
  scopeline validate --help         what a command takes

exit status:
  0  nothing is wrong
  1  the spreadsheets have errors
  2  the call or the configuration is wrong

Tables, flow diagram and report are made by `snakemake --cores 4`.
"""


class _Parser(argparse.ArgumentParser):
    """A parser that tells a wrong call in one sentence."""

    def error(self, message: str) -> NoReturn:
        self.exit(WRONG, f"{self.prog}: {message}. `{self.prog} --help` says what it takes.\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status. Whatever happens is told in a sentence, never as a traceback."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    _plain_streams()
    try:
        return _run(given)
    except SystemExit as end:  # argparse has said what there is to say
        return end.code if isinstance(end.code, int) else 0 if end.code is None else WRONG
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return UNREAD
    except (Exception, KeyboardInterrupt) as fault:
        status, sentence = ending(fault)
        print(sentence, file=sys.stderr)
        return status


def _run(given: list[str]) -> int:
    name = next((word for word in given if not word.startswith("-")), "")
    parser = _parser(name)
    if not given:
        parser.print_help(sys.stderr)
        return WRONG
    if name and name not in {command.name for command in COMMANDS}:
        near = difflib.get_close_matches(name, [command.name for command in COMMANDS], n=1)
        hint = f"did you mean '{near[0]}'?" if near else f"there are {', '.join(each.name for each in COMMANDS)}."
        parser.exit(WRONG, f"scopeline: there is no command '{name}'; {hint}\n")
    chosen = parser.parse_args(given)
    status = int(chosen.run(chosen))
    sys.stdout.flush()
    return status


def _parser(name: str) -> argparse.ArgumentParser:
    """The parser of all commands, of which only the chosen one is complete."""
    parser = _Parser(
        prog="scopeline",
        usage=_USAGE,
        description=_ABOUT + "\n".join(f"  {command.name:<12}{command.help}" for command in COMMANDS),
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"scopeline {__version__}")
    commands = parser.add_subparsers(
        prog="scopeline", dest="command", required=True, metavar="COMMAND", help=argparse.SUPPRESS
    )
    for command in COMMANDS:
        if command.name == name:
            module, _, function = command.added_by.partition(":")
            getattr(import_module(f"{__package__}.{module}"), function)(commands)
        else:
            commands.add_parser(command.name)
    return parser


def _plain_streams() -> None:
    """Signs that a terminal cannot show are spelled out instead of stopping the command."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


if __name__ == "__main__":
    sys.exit(main())
