"""The commands, and the one place where an error becomes an exit code."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import click

from syseventd.cli.commands import cli
from syseventd.errors import ConfigInvalid, SyseventdError, TaskDied

USER_ERROR, USAGE, NOT_ASKED, DIED = 1, 2, 3, 70
"""Exit codes: the user's input is wrong; usage; the target could not be asked; we broke."""


def main(arguments: Sequence[str] | None = None) -> None:
    """The command `syseventd`. Exits; a user's mistake never shows a traceback."""
    sys.exit(run(arguments))


def run(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    try:
        outcome = cli.main(arguments, prog_name="syseventd", standalone_mode=False)
    except ConfigInvalid as error:
        for fault in error.faults:
            click.echo(str(fault), err=True)
        return USER_ERROR
    except TaskDied as error:
        click.echo(f"syseventd: {error}", err=True)
        return DIED
    except SyseventdError as error:
        click.echo(f"syseventd: {error}", err=True)
        return USER_ERROR
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        return 130
    except BrokenPipeError:
        return 141
    return outcome if isinstance(outcome, int) else 0
