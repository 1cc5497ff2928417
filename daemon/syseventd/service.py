"""Puts the parts together: starts them, reloads the configuration, supervises, and stops."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Callable, Coroutine, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from aiohttp import web

from syseventd import systemd
from syseventd.board import Board
from syseventd.config import Config, Offered, listen_parts
from syseventd.delivery import Delivery
from syseventd.errors import CannotListen, ConfigInvalid, SyseventdError, TaskDied
from syseventd.instruments import Instruments, own_version
from syseventd.metrics import Exposition, MetricsHandler
from syseventd.model import Known, ProbeResult, SourceId, Target
from syseventd.pipeline import Pipeline
from syseventd.plugins import Catalogue
from syseventd.probing import Stall, StallWatch
from syseventd.scheduling import Limits, PaceSettings, Scheduler
from syseventd.store import Store, open_store
from syseventd.watching import WatchedSource, WatchedTarget
from syseventd.web import Context, allowed_hosts, make_app

log = structlog.get_logger("syseventd.service")

STOP_GRACE = 5.0
"""Seconds that probes under way get when the daemon stops; it promises to be gone in ten."""
PRUNE_EVERY = 3600.0
UNWATCHED_STALE_AFTER = 300.0

NEEDS_RESTART = ("daemon", "web", "sinks")
"""Sections that a reload does not change, and keys of [defaults] that it doesn't either."""
NEEDS_RESTART_KEYS = ("max_probes_per_target", "max_series_per_target")


@dataclass(frozen=True, slots=True)
class Parts:
    """What a service is made of, once its store is open."""

    store: Store
    board: Board
    instruments: Instruments
    pipeline: Pipeline
    scheduler: Scheduler


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

    `reread` reads the configuration anew, for SIGHUP; without it nothing is reloaded.
    """

    def __init__(
        self,
        config: Config,
        catalogue: Catalogue,
        reread: Callable[[], Config] | None = None,
        started: Callable[[str], None] = lambda address: None,
    ) -> None:
        self._config = config
        self._catalogue = catalogue
        self._reread = reread
        self._started = started
        self._targets: dict[str, WatchedTarget] = {}
        self._sources: dict[SourceId, WatchedSource] = {}
        self._not_ready: str | None = "starting"
        self._stop = asyncio.Event()
        self._reloading = asyncio.Lock()
        self._background: set[asyncio.Task[None]] = set()

    def stop(self) -> None:
        """Ask the service to stop. `run` returns when it has."""
        self._stop.set()

    async def run(self) -> None:
        """Start, work until stopped, and stop. Raises SyseventdError where it can't go on."""
        store = await open_store(self._config.daemon.store_url)
        stalls = StallWatch(on_stall=self._note_stall)
        try:
            self._parts = self._assemble(store)
            runner = await self._serve()
            try:
                stalls.start()
                await self._start()
                await self._work()
            finally:
                await self._wind_down(runner)
        finally:
            stalls.stop()
            await store.close()
            log.info("stopped")

    # --- start ---------------------------------------------------------------------------------

    def _assemble(self, store: Store) -> Parts:
        board, instruments = Board(), Instruments()
        limits = Limits(self._config.daemon.max_probes, self._config.defaults.max_probes_per_target)
        scheduler = Scheduler(self._probe, limits=limits, on_missed=self._note_missed)
        for refused in self._catalogue.refused:
            instruments.plugin_refused.labels(refused.name).set(1)
        instruments.reload_successful.set(1)
        instruments.reload_time.set_to_current_time()
        pipeline = Pipeline(store, board, instruments)
        return Parts(store, board, instruments, pipeline, scheduler)

    async def _serve(self) -> web.AppRunner:
        parts = self._parts
        exposition = Exposition(
            parts.board,
            self._catalogue.event_kinds,
            self._config.defaults.max_series_per_target,
            parts.instruments.series_dropped,
        )
        host, port = listen_parts(self._config.daemon.listen)
        context = Context(
            board=parts.board,
            store=parts.store,
            metrics=MetricsHandler(exposition, parts.instruments.registry),
            ready=self._why_not_ready,
            reload=self.reload if self._config.web.reload_enabled else None,
            history=self._history,
            next_run=parts.scheduler.next_run,
            kinds=self._catalogue.event_kinds,
            tabs=tuple(self._catalogue.tabs.values()),
            refused=[(refused.name, refused.reason) for refused in self._catalogue.refused],
            unwatched=lambda: self._config.unwatched,
            language=self._config.daemon.language,
            version=own_version(),
            allowed_hosts=allowed_hosts(host),
        )
        runner = web.AppRunner(make_app(context), access_log=None, handle_signals=False)
        await runner.setup()
        site = web.TCPSite(runner, host, port, shutdown_timeout=1.0)
        try:
            await site.start()
        except OSError as error:
            await runner.cleanup()
            reason = error.strerror or str(error)
            raise CannotListen(self._config.daemon.listen, reason) from None
        self._address = _address_of(runner)
        return runner

    async def _start(self) -> None:
        known = await self._parts.store.known()
        self._parts.scheduler.start()
        for config in self._config.targets.values():
            self._watch(WatchedTarget(config), known)
        self._show_unwatched(known)
        await self._unwatch_forgotten(known)
        self._not_ready = None
        log.info(
            "started",
            version=own_version(),
            address=self._address,
            targets=len(self._targets),
            sources=len(self._sources),
        )
        systemd.ready(self._status())

    def _watch(self, target: WatchedTarget, known: dict[SourceId, Known]) -> None:
        """Show a target's sources and schedule them."""
        self._targets[target.config.target.name] = target
        for name, source in target.sources.items():
            self._sources[name] = source
            stale_after = source.config.stale_after
            self._parts.board.watch(target.config.target, name.source, stale_after, known.get(name))
            self._parts.scheduler.add(name, self._pace_of(source))

    def _pace_of(self, source: WatchedSource) -> PaceSettings:
        ceiling = max(self._config.defaults.max_backoff, source.config.interval)
        return PaceSettings(source.config.interval, source.config.ask_again_within, ceiling)

    def _show_unwatched(self, known: dict[SourceId, Known]) -> None:
        """Keep showing what is known of targets whose plugin is refused: it is still true."""
        unwatched = {name for name, _ in self._config.unwatched}
        for source, truth in known.items():
            if source.target in unwatched and source not in self._sources:
                target = Target(source.target, "unknown", None)
                self._parts.board.watch(target, source.source, UNWATCHED_STALE_AFTER, truth)
        for name, reason in self._config.unwatched:
            log.error("target_unwatched", target=name, reason=reason)

    async def _unwatch_forgotten(self, known: dict[SourceId, Known]) -> None:
        """End what is open of sources that the configuration no longer names."""
        unwatched = {name for name, _ in self._config.unwatched}
        for source, truth in known.items():
            if source not in self._sources and source.target not in unwatched:
                self._parts.board.watch(
                    Target(source.target, "unknown", None), source.source, 0.0, truth
                )
                await self._parts.pipeline.unwatch(source)

    # --- work ----------------------------------------------------------------------------------

    async def _work(self) -> None:
        """Wait for the end, with the background tasks watched: if one dies, all of it stops."""
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGTERM, self.stop)
        loop.add_signal_handler(signal.SIGINT, self.stop)
        loop.add_signal_handler(signal.SIGHUP, self._reload_soon)
        self._run_in_background("prune", self._prune())
        if (seconds := systemd.watchdog_seconds()) is not None:
            self._run_in_background("watchdog", systemd.feed_watchdog(seconds))
        for delivery in self._deliveries():
            self._run_in_background(f"sink {delivery.name}", delivery.run())
        stopped = asyncio.create_task(self._stop.wait(), name="stop")
        self._started(self._address)
        try:
            await asyncio.wait({stopped, *self._background}, return_when="FIRST_COMPLETED")
            if not stopped.done():
                raise _first_death(self._background)
        finally:
            stopped.cancel()
            for signal_number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
                loop.remove_signal_handler(signal_number)

    def _run_in_background(self, name: str, work: Coroutine[Any, Any, None]) -> None:
        self._background.add(asyncio.create_task(work, name=name))

    def _deliveries(self) -> Iterable[Delivery]:
        parts = self._parts
        for name, config in self._config.sinks.items():
            sink = config.type.create(name, config.settings)
            yield Delivery(name, sink, parts.store, parts.board, parts.instruments)

    async def _probe(self, name: SourceId, lateness: float) -> ProbeResult:
        source = self._sources[name]
        result = await self._parts.pipeline.run(source.prober, source.config.timeout, lateness)
        source.history.record(result)
        return result

    async def _prune(self) -> None:
        while True:
            positions = [await self._parts.store.position(name) for name in self._config.sinks]
            delivered = min((p for p in positions if p is not None), default=None)
            try:
                count = await self._parts.store.prune(
                    time.time() - self._config.defaults.history, delivered=delivered
                )
            except SyseventdError as error:
                log.warning("history_not_pruned", reason=str(error))
            else:
                if count:
                    log.info("history_pruned", events=count)
            await asyncio.sleep(PRUNE_EVERY)

    # --- reload --------------------------------------------------------------------------------

    def _reload_soon(self) -> None:
        # The reference keeps the task alive; several of them wait for each other in reload().
        self._reload_task = asyncio.create_task(self.reload(), name="reload")

    async def reload(self) -> str | None:
        """Read the configuration anew. Returns why it was refused, or None once it holds.

        One that is wrong changes nothing. One that is right leaves alone what it doesn't touch.
        """
        if self._reread is None:
            return "this daemon has no configuration file"
        async with self._reloading:
            systemd.reloading()
            try:
                config = await asyncio.to_thread(self._reread)
            except ConfigInvalid as error:
                self._parts.instruments.reload_successful.set(0)
                log.error("reload_refused", faults=[str(fault) for fault in error.faults])
                return str(error)
            else:
                await self._change_to(config)
                return None
            finally:
                systemd.ready(self._status())

    async def _change_to(self, config: Config) -> None:
        before, self._config = self._config, config
        if ignored := _needs_restart(before, config):
            log.warning("restart_needed", settings=ignored)
        changed = [
            name
            for name in before.targets.keys() | config.targets.keys()
            if before.targets.get(name) != config.targets.get(name)
        ]
        for name in sorted(changed):
            await self._change_target(name, config)
        self._parts.instruments.reload_successful.set(1)
        self._parts.instruments.reload_time.set_to_current_time()
        log.info("reloaded", changed_targets=sorted(changed), targets=len(self._targets))

    async def _change_target(self, name: str, config: Config) -> None:
        """Replace one target: what it knows stays with the sources that stay."""
        known: dict[SourceId, Known] = {}
        after = config.targets.get(name)
        new = WatchedTarget(after) if after is not None else None
        old = self._targets.pop(name, None)
        if old is not None:
            for source in old.sources:
                await self._parts.scheduler.remove(source)
                del self._sources[source]
                if new is not None and source in new.sources:
                    known[source] = self._parts.board.record_of(source).known
                    self._parts.board.unwatch(source)
                else:
                    await self._parts.pipeline.unwatch(source)
            await old.aclose()
        if new is not None:
            self._watch(new, known)
        else:
            self._parts.instruments.forget_target(name)

    # --- stop ----------------------------------------------------------------------------------

    async def _wind_down(self, runner: web.AppRunner) -> None:
        """Finish what is under way, in the order in which it depends on each other."""
        self._not_ready = "stopping"
        systemd.stopping()
        log.info("stopping")
        await self._parts.scheduler.stop(STOP_GRACE)
        for task in self._background:
            task.cancel()
        await asyncio.gather(*self._background, return_exceptions=True)
        await asyncio.gather(*(target.aclose() for target in self._targets.values()))
        await runner.cleanup()

    # --- what others ask -----------------------------------------------------------------------

    def _why_not_ready(self) -> str | None:
        trouble = self._parts.board.store_trouble
        if self._not_ready is None and trouble is not None:
            return f"the store can't be written: {trouble}"
        return self._not_ready

    def _history(self, source: SourceId) -> Sequence[ProbeResult]:
        watched = self._sources.get(source)
        return tuple(reversed(watched.history.kept)) if watched is not None else ()

    def _status(self) -> str:
        return f"watching {len(self._sources)} sources of {len(self._targets)} targets"

    def _note_missed(self, source: SourceId, count: int) -> None:
        self._parts.instruments.probes_missed.labels(*source).inc(count)

    def _note_stall(self, stall: Stall) -> None:
        self._parts.instruments.loop_blocked.inc(stall.seconds)


def _address_of(runner: web.AppRunner) -> str:
    """Where the pages are, with the port that was really taken."""
    host, port = runner.addresses[0][:2]
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"


def _needs_restart(before: Config, after: Config) -> list[str]:
    """The changed settings that only a restart brings into force."""
    sections = [n for n in NEEDS_RESTART if getattr(before, n) != getattr(after, n)]
    keys = [
        f"defaults.{key}"
        for key in NEEDS_RESTART_KEYS
        if getattr(before.defaults, key) != getattr(after.defaults, key)
    ]
    return sections + keys


def _first_death(tasks: Iterable[asyncio.Task[None]]) -> TaskDied:
    """Which background task ended, and why. None of them ever should."""
    for task in tasks:
        if task.done():
            error = task.exception() if not task.cancelled() else None
            log.critical("task_died", task=task.get_name(), exc_info=error)
            return TaskDied(task.get_name(), repr(error))
    raise AssertionError("no background task has ended")
