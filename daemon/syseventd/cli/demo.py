"""`syseventd demo`: the whole daemon against simulated systems, in a temporary folder."""

from __future__ import annotations

import tempfile
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from functools import partial
from typing import Any

import click

from syseventd import config
from syseventd.errors import CannotListen, NoSuchSource
from syseventd.plugins import Catalogue
from syseventd.service import Service, offered_by

TARGET = "demo"
"""The first simulated system's name as a target; further ones bear their own."""


async def run(
    catalogue: Catalogue,
    listen: str,
    speed: float,
    language: str,
    live: Callable[[Service], Awaitable[None]],
) -> None:
    """Have `live` run the service until it ends. Raises SyseventdError where that can't be."""
    demos = [demo for plugin in catalogue.plugins for demo in plugin.demos()]
    if not demos:
        raise NoSuchSource("simulated system", "none: no plugin offers one")
    async with AsyncExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="syseventd-demo-"))
        targets: dict[str, Any] = {}
        for demo in demos:
            block = await stack.enter_async_context(demo.start(speed, language))
            targets[demo.name if targets else TARGET] = block
        tables = {
            "daemon": {"listen": listen, "state_directory": folder, "language": language},
            "targets": targets,
        }
        loaded = config.understand(tables, offered_by(catalogue))
        try:
            await live(Service(loaded, catalogue, started=partial(_greet, language)))
        except CannotListen as error:
            reason = f"{error.reason}; choose another with --listen"
            raise CannotListen(error.address, reason) from None


def _greet(language: str, address: str) -> None:
    page = address if language == "en" else f"{address}?lang={language}"
    click.echo("A simulated CRM is being watched. All that is shown is simulated.")
    click.echo(f"  page     {page}")
    click.echo(f"  metrics  {address}metrics")
    click.echo(f"  events   {address}api/v1/events")
    click.echo("Ctrl-C ends it and leaves nothing behind.")
