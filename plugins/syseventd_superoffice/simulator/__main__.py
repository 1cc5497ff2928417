"""Runs the simulated installation by itself: `python -m syseventd_superoffice.simulator`."""

from __future__ import annotations

import asyncio
import os
import secrets
import signal
from contextlib import AsyncExitStack
from pathlib import Path

import click
from sqlalchemy.exc import SQLAlchemyError

from syseventd_superoffice.simulator.clock import Clock
from syseventd_superoffice.simulator.dates import ZONES, zone_of
from syseventd_superoffice.simulator.demo import PASSWORD_VARIABLE
from syseventd_superoffice.simulator.installation import Installation
from syseventd_superoffice.simulator.keeping import keeping
from syseventd_superoffice.simulator.serving import serving
from syseventd_superoffice.simulator.vocabulary import DEFAULT_LANGUAGE, LANGUAGES


@click.command()
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="0 takes a free one.")
@click.option("--speed", type=float, default=1.0, show_default=True, help="60: an hour a minute.")
@click.option("--language", type=click.Choice(LANGUAGES), default=DEFAULT_LANGUAGE)
@click.option("--base-time-zone", type=click.Choice(tuple(ZONES)), default="UTC")
@click.option(
    "--licence-server-takes",
    type=click.FloatRange(min=0),
    default=0.0,
    show_default=True,
    help="Seconds until the licence server answers.",
)
@click.option(
    "--database",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Also keep this file of SQLite as the installation's database.",
)
def main(
    port: int,
    speed: float,
    language: str,
    base_time_zone: str,
    licence_server_takes: float,
    database: Path | None,
) -> None:
    """Run a simulated CRM installation on this machine until it is interrupted."""
    try:
        clock = Clock(speed)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--speed") from None
    password = os.environ.get(PASSWORD_VARIABLE) or secrets.token_urlsafe(12)
    installation = Installation(
        clock,
        password,
        base_zone=zone_of(base_time_zone),
        language=language,
        licence_server_takes=licence_server_takes,
    )
    try:
        asyncio.run(_serve_until_stopped(installation, port, database))
    except OSError as error:
        raise click.ClickException(f"can't listen on port {port}: {error.strerror}") from None
    except SQLAlchemyError as error:
        raise click.ClickException(f"can't write {database}: {error}") from None


async def _serve_until_stopped(
    installation: Installation, port: int, database: Path | None
) -> None:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(serving(installation, port))
        if database is not None:
            await stack.enter_async_context(keeping(installation, database))
        click.echo(
            f"A simulated CRM installation answers at {url}/api\n"
            f"  user      {installation.user}\n"
            f"  password  {installation.password}\n"
            f"  try       curl -u '{installation.user}:{installation.password}' "
            f"{url}/api/v1/SystemEvent" + (f"\n  database  {database}" if database else "")
        )
        await stopped.wait()


if __name__ == "__main__":
    main(prog_name="python -m syseventd_superoffice.simulator")
