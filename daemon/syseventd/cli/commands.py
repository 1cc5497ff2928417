"""Each command: its words, its options, and what it calls."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, TypeVar

import click
import structlog

from syseventd import config, log
from syseventd.cli import asking, demo, listing, once, results
from syseventd.cli.process import Process
from syseventd.cli.words import printable
from syseventd.errors import CannotListen
from syseventd.instruments import own_version
from syseventd.plugins import Catalogue, load_plugins
from syseventd.service import Service, offered_by
from syseventd.store import State
from syseventd.threads import LookupPool
from syseventd.web import Kinds

logger = structlog.get_logger("syseventd.cli")

T = TypeVar("T")

MOST = 1_000_000
"""How many events are listed at most."""

DEFAULT_CONFIG = "/etc/syseventd/syseventd.toml"

config_option = click.option(
    "--config",
    "path",
    type=click.Path(path_type=Path),
    default=DEFAULT_CONFIG,
    show_default=True,
    help="The configuration; conf.d/*.toml beside it is read too.",
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


def _quietly_load_plugins() -> Catalogue:
    """The plugins, for commands that say themselves which were refused."""
    log.configure("auto", "critical")
    return load_plugins()


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(own_version(), prog_name="syseventd")
def cli() -> None:
    """Tells what is running, what is stuck and what runs out in business systems."""


@cli.command()
@config_option
def run(path: Path) -> None:
    """Run the daemon."""
    log.configure("auto", "info")
    catalogue = load_plugins()
    offered = offered_by(catalogue)
    loaded = config.load(path, offered)
    log.configure(loaded.daemon.log_format, loaded.daemon.log_level)
    _warn(loaded)

    def reread() -> config.Config:
        wanted = config.load(path, offered)
        _warn(wanted)
        return wanted

    service = Service(loaded, catalogue, reread=reread)
    process = Process()
    try:
        process.run(process.live(service))
    except CannotListen as error:
        reason = f"{error.reason}; choose another in [daemon] listen"
        raise CannotListen(error.address, reason) from None


@cli.command(name="demo")
@click.option("--listen", default="127.0.0.1:9965", show_default=True, help="Where to serve.")
@click.option(
    "--speed",
    type=click.FloatRange(0.01, 1000),
    default=1.0,
    show_default=True,
    help="How fast the story goes.",
)
@click.option("--language", type=click.Choice(["en", "sv"]), default="en", show_default=True)
def demo_command(listen: str, speed: float, language: str) -> None:
    """Run the daemon against a simulated CRM.

    The CRM is embedded, and all that is stored is in a temporary folder.
    """
    log.configure("auto", "warning")
    process = Process()
    process.run(demo.run(load_plugins(), listen, speed, language, process.live))


@cli.command(name="check-config")
@click.argument("path", metavar="[FILE]", type=click.Path(path_type=Path), required=False)
@click.option("--config", "named", type=click.Path(path_type=Path), help="The same as FILE.")
def check_config(path: Path | None, named: Path | None) -> int:
    """Check the configuration, and list what it watches.

    Every fault is told at once, with its place, and what is valid but unwise besides. Whether the
    keys of a block fit together is checked once each of them is right.

    FILE is /etc/syseventd/syseventd.toml where it is left out; conf.d/*.toml beside it is read
    too.
    """
    if path is not None and named is not None:
        raise click.UsageError("FILE and --config exclude each other")
    catalogue = _quietly_load_plugins()
    loaded, faults = config.examine(path or named or Path(DEFAULT_CONFIG), offered_by(catalogue))
    if not faults:
        click.echo(listing.watched(loaded), nl=False)
    for fault in (*faults, *loaded.idle):
        click.echo(str(fault), err=True)
    if not faults and (nothing := listing.nothing_watched(loaded)) is not None:
        _tell(nothing)
    for warning in config.advice(loaded):
        _tell(f"warning: {warning}")
    return 1 if faults or loaded.idle else 0


@cli.command()
@click.argument("name", metavar="TARGET[/SOURCE]")
@config_option
@json_option
def probe(name: str, path: Path, as_json: bool) -> int:
    """Ask a target once and show what it says. Stores nothing."""
    catalogue = _quietly_load_plugins()
    loaded = config.load(path, offered_by(catalogue))
    seen = _complete(once.probe(loaded, name, [refused.name for refused in catalogue.refused]))
    if as_json:
        click.echo(json.dumps(results.as_data(seen), indent=2))
    else:
        click.echo(results.as_text(seen), nl=False)
    return 3 if any(result.outcome.failed for result in seen.values()) else 0


@cli.command()
@click.option(
    "--state",
    type=click.Choice(["active", "ended", "all"]),
    default="active",
    show_default=True,
)
@click.option("--target", help="Only this target's.")
@click.option("--limit", type=click.IntRange(1, MOST), default=100, show_default=True)
@config_option
@json_option
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV.")
def events(
    state: State, target: str | None, limit: int, path: Path, as_json: bool, as_csv: bool
) -> None:
    """List events, the active ones unless told otherwise.

    An active event that stands still is shown as stalled. Active events stand as on the page: the
    worst first, and of these the oldest; all others, and those in CSV and JSON, newest first.

    They come from the running daemon, or from the store where none runs. What could not be seen
    is told on stderr.

    SINCE is when an event began, as its source says; where it says nothing, when the daemon first
    saw it. CSV and JSON have both, as activated_at and started_at.
    """
    if as_json and as_csv:
        raise click.UsageError("--json and --csv exclude each other")
    log.configure("auto", "critical")
    ranked = state == "active" and not (as_json or as_csv)
    # Which are the worst is known once all are there.
    most = MOST if ranked else limit
    outline = config.outline(path)
    found = _complete(asking.events(outline, state, target, most, _tell, _kinds))
    if ranked:
        found, left = listing.worst_first(found)[:limit], len(found) - limit
        if left > 0:
            _tell(f"and {left} more, less urgent; --limit shows more than {limit}")
    if as_json:
        click.echo(json.dumps(found, indent=2))
    else:
        click.echo(listing.events_csv(found) if as_csv else listing.events(found), nl=False)


@cli.command()
@json_option
def plugins(as_json: bool) -> int:
    """List the plugins and what they offer.

    Those that were refused stand last, with the reason.
    """
    catalogue = _quietly_load_plugins()
    data: dict[str, Any] = listing.plugins_data(catalogue)
    click.echo(json.dumps(data, indent=2) if as_json else listing.plugins(catalogue), nl=as_json)
    return 1 if catalogue.refused else 0


@cli.command(name="config-schema")
def config_schema() -> None:
    """Print the configuration's JSON Schema, for editors."""
    catalogue = _quietly_load_plugins()
    click.echo(json.dumps(config.json_schema(offered_by(catalogue)), indent=2))


def _kinds() -> Kinds:
    return load_plugins().event_kinds


def _tell(line: str) -> None:
    """Tell people something beside the answer, which may be read by a machine."""
    click.echo(printable(line), err=True)


def _warn(loaded: config.Config) -> None:
    """Log what the configuration had better not say."""
    for warning in config.advice(loaded):
        logger.warning(warning.event, place=warning.place, reason=warning.problem)


def _complete(work: Coroutine[Any, Any, T]) -> T:
    """What `work` returns. A name lookup that hangs does not keep the command from ending."""

    async def run() -> T:
        asyncio.get_running_loop().set_default_executor(LookupPool())
        return await work

    return asyncio.run(run())
