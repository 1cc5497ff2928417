"""The commands, and the one place where an error becomes an exit code."""

from __future__ import annotations

import io
import os
import sys
import traceback
from collections.abc import Sequence

import click

from syseventd.cli.commands import cli
from syseventd.cli.process import DIED
from syseventd.cli.words import printable
from syseventd.errors import ConfigInvalid, SyseventdError, TaskDied

USER_ERROR = 1
"""Exit code where the user's input is wrong. 2 is usage, 3 a target that could not be asked."""
INTERRUPTED, NOBODY_READS = 130, 141
"""What a shell shows of a command that Ctrl-C ended, or whose output nobody reads any more."""


def main(arguments: Sequence[str] | None = None) -> None:
    """The command `syseventd`. Exits; a user's mistake never shows a traceback."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        # A terminal that lacks a letter of what a target is called shows its number.
        sys.stdout.reconfigure(errors="backslashreplace")
    sys.exit(run(arguments))


def run(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    try:
        outcome = cli.main(arguments, prog_name="syseventd", standalone_mode=False)
        sys.stdout.flush()
    except ConfigInvalid as error:
        for fault in error.faults:
            click.echo(str(fault), err=True)
        return USER_ERROR
    except TaskDied as error:
        _say(str(error))
        return DIED
    except SyseventdError as error:
        _say(str(error))
        return USER_ERROR
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        return INTERRUPTED
    except (BrokenPipeError, SystemExit):  # click exits where a pipe broke
        # Python flushes once more at its end, and would complain.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return NOBODY_READS
    except Exception as error:
        _say(_bug(error))
        return DIED
    return outcome if isinstance(outcome, int) else 0


def _say(problem: str) -> None:
    """On one line, whatever names of strangers the problem quotes."""
    click.echo(f"syseventd: {printable(problem)}", err=True)


def _bug(error: Exception) -> str:
    """A fault of ours in one line, with what those who mend it need."""
    place = traceback.extract_tb(error.__traceback__)[-1]
    where = f"{os.path.basename(place.filename)}:{place.lineno}"
    return f"this is a bug, please report it: {type(error).__name__}: {error} ({where})"
