"""Runs the simulator by itself: `python -m syseventd_superoffice.simulator`."""

from __future__ import annotations

import asyncio
import os
import secrets
import shlex
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import click
from sqlalchemy.exc import SQLAlchemyError

from syseventd_superoffice.simulator.clock import Clock
from syseventd_superoffice.simulator.cloud import Cloud
from syseventd_superoffice.simulator.dates import ZONES, zone_of
from syseventd_superoffice.simulator.demo import PASSWORD_VARIABLE
from syseventd_superoffice.simulator.handing_over import hand_over
from syseventd_superoffice.simulator.installation import Installation
from syseventd_superoffice.simulator.keeping import keeping
from syseventd_superoffice.simulator.online import Online
from syseventd_superoffice.simulator.serving import serving
from syseventd_superoffice.simulator.vocabulary import DEFAULT_LANGUAGE, LANGUAGES

AHEAD = 20.0
"""Seconds of the story between one tenant and the next: no two tell the same."""

MOST_TENANTS = 10_000


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
@click.option(
    "--online",
    type=click.IntRange(1, MOST_TENANTS),
    metavar="TENANTS",
    help="Be SuperOffice Online with so many tenants, instead of one installation onsite.",
)
@click.option(
    "--folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where a daemon's configuration and secrets for --online are written; "
    "by default a folder that is gone at the end.",
)
def main(
    port: int,
    speed: float,
    language: str,
    base_time_zone: str,
    licence_server_takes: float,
    database: Path | None,
    online: int | None,
    folder: Path | None,
) -> None:
    """Run a simulated CRM installation on this machine until it is interrupted."""
    if online is None and folder is not None:
        raise click.UsageError("--folder is for --online alone")
    if online is not None and database is not None:
        raise click.UsageError("--online and --database exclude each other")
    password = os.environ.get(PASSWORD_VARIABLE) or secrets.token_urlsafe(12)

    def installation(ahead: float = 0.0) -> Installation:
        clock = Clock(speed)
        clock.move(ahead)
        return Installation(
            clock,
            password,
            base_zone=zone_of(base_time_zone),
            language=language,
            licence_server_takes=licence_server_takes,
        )

    played: AbstractAsyncContextManager[str]
    try:
        if online is None:
            played = _onsite(installation(), port, database)
        else:
            played = _online(_cloud(online, installation), port, folder)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--speed") from None
    try:
        asyncio.run(_serve_until_stopped(played))
    except OSError as error:
        at_fault = f"write {error.filename}" if error.filename else f"listen on port {port}"
        raise click.ClickException(f"can't {at_fault}: {error.strerror}") from None
    except SQLAlchemyError as error:
        raise click.ClickException(f"can't write {database}: {error}") from None


async def _serve_until_stopped(played: AbstractAsyncContextManager[str]) -> None:
    """Says what is played, and goes on until SIGINT or SIGTERM."""
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    async with played as told:
        click.echo(told)
        await stopped.wait()


@asynccontextmanager
async def _onsite(
    installation: Installation, port: int, database: Path | None
) -> AsyncIterator[str]:
    """One installation, with its database where one is wanted."""
    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(serving(installation, port))
        if database is not None:
            await stack.enter_async_context(keeping(installation, database))
        yield (
            f"A simulated CRM installation answers at {url}/api\n"
            f"  user      {installation.user}\n"
            f"  password  {installation.password}\n"
            f"  try       curl -u '{installation.user}:{installation.password}' "
            f"{url}/api/v1/SystemEvent" + (f"\n  database  {database}" if database else "")
        )


def _cloud(tenants: int, installation: Callable[[float], Installation]) -> Cloud:
    """So many tenants, each of which has come further in its story than the one before."""
    return Cloud({f"Simulated{n + 1}": installation(AHEAD * n) for n in range(tenants)})


@asynccontextmanager
async def _online(cloud: Cloud, port: int, folder: Path | None) -> AsyncIterator[str]:
    """SuperOffice Online, and what a daemon needs to watch it."""
    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(Online(cloud).serving(port))
        if folder is None:
            folder = Path(stack.enter_context(TemporaryDirectory(prefix="syseventd-online-")))
        configuration = hand_over(cloud, url, folder)
        names = [tenant.name for tenant in cloud.tenants.values()]
        yield (
            f"A simulated SuperOffice Online answers at {url}\n"
            f"  tenants        {' to '.join(dict.fromkeys((names[0], names[-1])))}\n"
            f"  secrets        {configuration.parent}\n"
            f"  configuration  {configuration}\n"
            f"  try            syseventd run --config {shlex.quote(str(configuration))}"
        )


if __name__ == "__main__":
    main(prog_name="python -m syseventd_superoffice.simulator")
