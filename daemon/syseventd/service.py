"""Puts the parts together: starts them, reloads the configuration, supervises, and stops."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine, Iterable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

import structlog

from syseventd import systemd
from syseventd.board import Board
from syseventd.config import Config, Offered, listen_parts
from syseventd.delivery import Delivery, made
from syseventd.errors import ConfigInvalid, TaskDied
from syseventd.instruments import Instruments, own_version
from syseventd.ledger import Ledger
from syseventd.metrics import Exposition, MetricsHandler
from syseventd.pipeline import Pipeline
from syseventd.plugins import Catalogue
from syseventd.probing import Stall, StallWatch
from syseventd.scheduling import Limits
from syseventd.store import Store, open_store
from syseventd.threads import in_thread
from syseventd.upkeep import SteadyClock, catch_up, prune_history
from syseventd.watchlist import Watchlist
from syseventd.web import (
    Context,
    Port,
    RefusedReload,
    allowed_hosts,
    make_app,
    make_starting_app,
    open_port,
)

log = structlog.get_logger("syseventd.service")

STOP_GRACE = 4.0
"""Seconds that probes under way get when the daemon stops; it promises to be gone in ten."""
RELOAD_GRACE = TASK_GRACE = 1.0
"""Seconds that a reload under way and cancelled tasks get then."""

TOLD_AT_ONCE = 10
"""How many names a log line holds."""

NEEDS_RESTART_KEYS = ("max_probes_per_target", "max_series_per_target")
"""Keys of [defaults] that a reload does not change; of [daemon], [web] and sinks it is all."""


@dataclass(frozen=True, slots=True)
class Parts:
    """What a service is made of, once its store is open."""

    store: Store
    ledger: Ledger
    board: Board
    instruments: Instruments
    watchlist: Watchlist
    metrics: MetricsHandler


def offered_by(catalogue: Catalogue) -> Offered:
    """What the configuration may name, with these plugins."""
    return Offered(
        catalogue.target_types,
        catalogue.source_types,
        catalogue.sink_types,
        [(refused.name, refused.reason) for refused in catalogue.refused],
    )


class Service:
    """The whole daemon. `run()` is its life.

    `reread` reads the configuration anew, for a reload; without it nothing is reloaded.
    `started` is told the address of the pages once everything is watched.
    """

    def __init__(
        self,
        config: Config,
        catalogue: Catalogue,
        reread: Callable[[], Config] | None = None,
        started: Callable[[str], None] = lambda address: None,
    ) -> None:
        self._config = self._started_with = config
        self._catalogue = catalogue
        self._reread = reread
        self._started = started
        self._not_ready: str | None = "starting"
        self._refused_reload: RefusedReload | None = None
        self._stop = asyncio.Event()
        self._clock = SteadyClock()
        self._settled = asyncio.Lock()
        self._background: set[asyncio.Task[None]] = set()
        self._reloads: set[asyncio.Task[str | None]] = set()
        self._next_reload: asyncio.Task[str | None] | None = None
        """The one that waits for its turn."""

    def stop(self) -> None:
        """Ask the service to stop. `run` returns when it has."""
        self._stop.set()

    async def run(self) -> None:
        """Start, work until stopped, and stop. Raises SyseventdError where it can't go on."""
        stalls = StallWatch(on_stall=self._note_stall)
        async with AsyncExitStack() as ends:
            async with self._settled:  # a reload that is asked for meanwhile comes after
                port = await open_port(*listen_parts(self._config.daemon.listen))
                ends.push_async_callback(port.close)
                await port.serve(make_starting_app())
                store = await self._open_store()
                if store is None:
                    log.info("stopped")
                    return
                ends.push_async_callback(_close, store, stalls)
                self._parts = self._assemble(store)
                ends.push_async_callback(self._wind_down, port)
                await self._parts.watchlist.restore(self._config, await store.known())
                await self._parts.metrics.prepare()  # the first scrape must come in time too
                await port.serve(make_app(self._context()))
                stalls.start()
                deliveries = await self._deliveries()
                self._start(port.url)
            await self._work(deliveries, port.url)

    # --- start ---------------------------------------------------------------------------------

    async def _open_store(self) -> Store | None:
        """The store; None where the daemon is stopped before it is open. It may be locked."""
        opening = asyncio.ensure_future(open_store(self._config.daemon.store_url))
        stopped = asyncio.ensure_future(self._stop.wait())
        await asyncio.wait({opening, stopped}, return_when="FIRST_COMPLETED")
        stopped.cancel()
        if opening.done():
            return opening.result()
        opening.cancel()
        return None

    def _assemble(self, store: Store) -> Parts:
        board, refused = Board(self._catalogue.event_kinds), self._catalogue.refused
        instruments = Instruments(self._catalogue.event_kinds)
        for plugin in refused:
            instruments.plugin_refused.labels(plugin.name).set(1)
        instruments.ready.set_function(lambda: self._why_not_ready() is None)
        ledger = Ledger(store, board, instruments)
        watchlist = Watchlist(
            board,
            Pipeline(ledger, board, instruments),
            Limits(self._config.daemon.max_probes, self._config.defaults.max_probes_per_target),
            self._catalogue.source_types.keys(),
            some_refused=bool(refused),
            on_missed=lambda source, n: instruments.probes_missed.labels(*source).inc(n),
        )
        _note_reload(instruments)
        exposition = Exposition(
            board,
            self._catalogue.event_kinds,
            self._config.defaults.max_series_per_target,
            instruments.series_dropped,
            self._catalogue.gauges.values(),
            instruments.event_durations,
        )
        metrics = MetricsHandler(exposition, instruments.registry)
        return Parts(store, ledger, board, instruments, watchlist, metrics)

    def _context(self) -> Context:
        """What the pages show. The board holds what the store knows already: no scrape lacks it."""
        parts, (host, _) = self._parts, listen_parts(self._config.daemon.listen)
        return Context(
            board=parts.board,
            store=parts.store,
            metrics=parts.metrics,
            ready=self._why_not_ready,
            reload=self.reload if self._config.web.reload_enabled else None,
            history=parts.watchlist.history,
            next_run=parts.watchlist.next_run,
            kinds=self._catalogue.event_kinds,
            gauges=self._catalogue.gauges,
            tabs=tuple(self._catalogue.tabs.values()),
            refused=[(refused.name, refused.reason) for refused in self._catalogue.refused],
            unwatched=lambda: self._config.unwatched,
            refused_reload=lambda: self._refused_reload,
            language=self._config.daemon.language,
            version=own_version(),
            allowed_hosts=allowed_hosts(host, self._config.web.allowed_hosts),
        )

    def _start(self, address: str) -> None:
        self._parts.watchlist.start()
        _tell_idle(self._config)
        self._not_ready = None
        sources, targets = self._parts.watchlist.size
        log.info(
            "started",
            version=own_version(),
            address=address,
            targets=targets,
            sources=sources,
        )
        systemd.ready(self._status())

    # --- work ----------------------------------------------------------------------------------

    async def _work(self, deliveries: Sequence[Delivery], address: str) -> None:
        """Wait for the end, with the background tasks watched: if one dies, all of it stops."""
        parts, sinks = self._parts, [delivery.name for delivery in deliveries]
        prune = prune_history(
            parts.store, lambda: self._config.defaults.history, sinks, self._clock
        )
        self._run_in_background("prune", prune)
        self._run_in_background("metrics", parts.metrics.keep_prepared(parts.board.news))
        catch = catch_up(parts.ledger, parts.watchlist, self._settled)
        self._run_in_background("catch up", catch)
        if (seconds := systemd.watchdog_seconds()) is not None:
            self._run_in_background("watchdog", systemd.feed_watchdog(seconds))
        for delivery in deliveries:
            self._run_in_background(f"sink {delivery.name}", delivery.run())
        stopped = asyncio.create_task(self._stop.wait(), name="stop")
        self._started(address)
        try:
            await asyncio.wait({stopped, *self._background}, return_when="FIRST_COMPLETED")
            if not stopped.done():
                raise _first_death(self._background)
        finally:
            stopped.cancel()

    def _run_in_background(self, name: str, work: Coroutine[Any, Any, None]) -> None:
        self._background.add(asyncio.create_task(work, name=name))

    async def _deliveries(self) -> list[Delivery]:
        """The sinks, each with its place in the stream: before the first event can start."""
        parts = self._parts
        deliveries = [
            Delivery(name, made(config), parts.store, parts.board, parts.instruments)
            for name, config in self._config.sinks.items()
        ]
        for delivery in deliveries:
            await delivery.begin()
        return deliveries

    # --- reload --------------------------------------------------------------------------------

    def reload_soon(self) -> None:
        """Ask for a reload, as SIGHUP does. One is enough for all who ask before it begins."""
        self._begin_reload()

    async def reload(self) -> str | None:
        """Read the configuration anew. Returns why it was refused, or None once it holds.

        One that is wrong changes nothing. One that is right leaves alone what it doesn't touch.
        """
        # In a task of its own: one who asked and hung up must not leave it half done.
        return await asyncio.shield(self._begin_reload())

    def _begin_reload(self) -> asyncio.Task[str | None]:
        if self._next_reload is None:
            self._next_reload = asyncio.create_task(self._reload(), name="reload")
            self._reloads.add(self._next_reload)
            self._next_reload.add_done_callback(self._reloads.discard)
        return self._next_reload

    async def _reload(self) -> str | None:
        async with self._settled:
            self._next_reload = None  # who asks from here on may have changed what is read now
            if self._stop.is_set() or self._not_ready is not None:
                return f"the daemon is {self._not_ready or 'stopping'}"
            systemd.reloading()
            try:
                return await self._read_and_change()
            except Exception as error:
                log.exception("reload_failed")
                reason = f"the daemon could not reload: {error!r}"
                self._note_refusal([reason])
                return reason
            finally:
                if not self._stop.is_set():
                    systemd.ready(self._status())

    async def _read_and_change(self) -> str | None:
        if self._reread is None:
            log.warning("reload_refused", faults=["this daemon has no configuration file"])
            return "this daemon has no configuration file"
        try:
            config = await in_thread("reload", self._reread)
        except ConfigInvalid as error:
            faults = [str(fault) for fault in error.faults]
            log.error("reload_refused", faults=faults)
            self._note_refusal(faults)
            return str(error)
        await self._change(config)
        if ignored := _needs_restart(self._started_with, config):
            log.warning("restart_needed", settings=ignored)
        _tell_idle(config)
        self._parts.watchlist.probe_failing()  # who reloads has perhaps repaired something
        _note_reload(self._parts.instruments)
        self._refused_reload = None
        return None

    async def _change(self, config: Config) -> None:
        """Go over to another configuration; where that breaks off, back to the one before."""
        before, watchlist = self._config, self._parts.watchlist
        try:
            changed = await watchlist.change(config)
        except Exception:
            await watchlist.change(before)
            raise
        self._config = config
        names = changed[:TOLD_AT_ONCE]
        log.info("reloaded", changed_targets=names, count=len(changed), targets=len(config.targets))

    def _note_refusal(self, faults: Sequence[str]) -> None:
        self._refused_reload = RefusedReload(time.time(), faults)
        self._parts.instruments.reload_successful.set(0)

    # --- stop ----------------------------------------------------------------------------------

    async def _wind_down(self, port: Port) -> None:
        """Finish what is under way, in the order in which it depends on each other."""
        self._stop.set()
        self._not_ready = "stopping"
        systemd.stopping()
        log.info("stopping")
        if self._reloads:
            await asyncio.wait(set(self._reloads), timeout=RELOAD_GRACE)
        tasks = (*self._background, *self._reloads)
        for task in tasks:
            task.cancel()
        # A sink may swallow its cancellation: the rest is closed all the same.
        await asyncio.wait({asyncio.gather(*tasks, return_exceptions=True)}, timeout=TASK_GRACE)
        await self._parts.watchlist.stop(STOP_GRACE)
        await port.close()

    # --- what others ask -----------------------------------------------------------------------

    def _why_not_ready(self) -> str | None:
        trouble = self._parts.board.store_trouble
        if self._not_ready is None and trouble is not None:
            return f"the store can't be written: {trouble}"
        return self._not_ready

    def _status(self) -> str:
        sources, targets = self._parts.watchlist.size
        return f"watching {sources} sources of {targets} targets"

    def _note_stall(self, stall: Stall) -> None:
        self._parts.instruments.loop_blocked.inc(stall.seconds)


def _note_reload(instruments: Instruments) -> None:
    instruments.reload_successful.set(1)
    instruments.reload_time.set_to_current_time()


def _tell_idle(config: Config) -> None:
    """Log what the configuration names and no plugin that was loaded offers."""
    for fault in config.idle:
        log.error("without_plugin", place=fault.place, reason=fault.problem)


async def _close(store: Store, stalls: StallWatch) -> None:
    stalls.stop()
    await store.close()
    log.info("stopped")


def _needs_restart(running: Config, wanted: Config) -> list[str]:
    """The settings that only a restart brings into force, where they are not in force."""
    return [
        *_differing("daemon", running.daemon, wanted.daemon, type(running.daemon).model_fields),
        *_differing("web", running.web, wanted.web, type(running.web).model_fields),
        *(["sinks"] if running.sinks != wanted.sinks else []),
        *_differing("defaults", running.defaults, wanted.defaults, NEEDS_RESTART_KEYS),
    ]


def _differing(section: str, running: Any, wanted: Any, keys: Iterable[str]) -> list[str]:
    """The keys of a section that stand otherwise, with their place."""
    return [f"{section}.{k}" for k in keys if getattr(running, k) != getattr(wanted, k)]


def _first_death(tasks: Iterable[asyncio.Task[None]]) -> TaskDied:
    """Which background task ended, and why. None of them ever should."""
    dead = next(task for task in tasks if task.done())
    error = None if dead.cancelled() else dead.exception()
    log.critical("task_died", task=dead.get_name(), exc_info=error)
    if error is None:
        return TaskDied(dead.get_name(), "it was cancelled" if dead.cancelled() else "it ended")
    return TaskDied(dead.get_name(), repr(error))
