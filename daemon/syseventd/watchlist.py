"""What is watched now: on the board, in the schedule, and how both follow the configuration."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

import structlog

from syseventd.board import Board, SourceRecord, SourceState
from syseventd.config import Config
from syseventd.model import Known, Outcome, ProbeResult, SourceId, Target, Timestamp
from syseventd.pipeline import Pipeline
from syseventd.scheduling import Limits, PaceSettings, Scheduler
from syseventd.watching import WatchedSource, WatchedTarget

log = structlog.get_logger("syseventd.watchlist")

UNWATCHED_STALE_AFTER = 300.0

FIRST_RUNS_A_SECOND = 10.0
"""How many sources are asked for the first time in a second; faster where a minute is too short."""

TAKEN_OVER_WITHIN = 150.0
"""Seconds for which events that other sources of their target may know as well are left to be
taken over, where the source that reported them was switched off. It is asked within a minute."""


class Watchlist:
    """Keeps the board and the schedule in step with the configuration.

    What the configuration no longer names ends as unwatched. What it names, but what only a
    refused plugin can watch, stays on the board as it was: it is still true as far as we know.
    `offered` are the sources that plugins offer, by target type and name.
    """

    def __init__(
        self,
        board: Board,
        pipeline: Pipeline,
        limits: Limits,
        offered: Collection[tuple[str, str]],
        *,
        some_refused: bool,
        on_missed: Callable[[SourceId, int], None],
    ) -> None:
        self._board = board
        self._pipeline = pipeline
        self._offered = offered
        self._some_refused = some_refused
        self._scheduler = Scheduler(self._probe, limits=limits, on_missed=on_missed)
        self._targets: dict[str, WatchedTarget] = {}
        self._sources: dict[SourceId, WatchedSource] = {}
        self._left: dict[SourceId, float] = {}
        """When sources were found to be switched off whose events may be taken over."""

    @property
    def size(self) -> tuple[int, int]:
        """How many sources of how many targets are watched."""
        return len(self._sources), len(self._targets)

    def history(self, source: SourceId) -> Sequence[ProbeResult]:
        """The last probes of a source, newest first."""
        watched = self._sources.get(source)
        return tuple(reversed(watched.history.kept)) if watched is not None else ()

    def next_run(self, source: SourceId) -> Timestamp | None:
        """When a source is probed next, in Unix seconds, where that is known."""
        return self._scheduler.next_run(source)

    # --- start and stop ------------------------------------------------------------------------

    async def restore(self, config: Config, known: Mapping[SourceId, Known]) -> None:
        """Show all that is configured with what the store knows of it, and end the rest."""
        self._config = config
        for target_config in config.targets.values():
            self._show(WatchedTarget(target_config), known)
        for source, truth in known.items():
            if source not in self._sources:
                configured = config.targets.get(source.target)
                target = configured.target if configured else Target(source.target, "unknown", None)
                self._board.watch(target, source.source, UNWATCHED_STALE_AFTER, truth)
        await self.end_unwatched()

    def start(self) -> None:
        """Begin to probe: first runs are spread, the more so the more sources there are."""
        self._scheduler.start()
        for source in self._sources.values():
            self._schedule(source)

    async def stop(self, grace: float) -> None:
        """Probe no more; give what is under way `grace` seconds, and close every target."""
        await self._scheduler.stop(grace)
        await _close(self._targets.values())

    # --- change --------------------------------------------------------------------------------

    async def change(self, config: Config) -> list[str]:
        """Go over to another configuration; returns the names of the targets that changed."""
        changed = sorted(self._differences(config))
        self._config = config
        old = [target for name in changed if (target := self._targets.pop(name, None))]
        try:
            await self._probe_no_more(old)
            for name in changed:
                self._replace(name)
            await self.end_unwatched()
        finally:
            await _close(old)
        return changed

    async def end_unwatched(self) -> None:
        """End what is on the board and watched no more. What can't be stored now stays there."""
        left = [r for r in self._board.records() if self._is_unwatched(r.source)]
        ended = [r.source for r in left if not self._may_be_taken_over(r)]
        await asyncio.gather(*(self._pipeline.unwatch(source) for source in ended))
        for source in self._left.keys() - {record.source for record in left} | set(ended):
            self._left.pop(source, None)

    def _may_be_taken_over(self, record: SourceRecord) -> bool:
        """Whether another source of the target may soon report what is open of this one.

        Who reports an occurrence may change; that is no end, and no start.
        """
        if record.source.target not in self._targets:
            return False
        if not any(event.observation.marks for event in record.known.events.values()):
            return False
        now = time.monotonic()
        return now - self._left.setdefault(record.source, now) < TAKEN_OVER_WITHIN

    def probe_soon(self, sources: Iterable[SourceId]) -> None:
        """Probe these as soon as there is room, those of them that are watched."""
        for source in self._sources.keys() & set(sources):
            self._scheduler.probe_now(source)

    def probe_failing(self) -> None:
        """Probe soon what fails, but for those who asked to be left alone."""
        self.probe_soon(
            record.source
            for record in self._board.records()
            if record.state is SourceState.FAILING and record.outcome is not Outcome.THROTTLED
        )

    def _differences(self, config: Config) -> Iterator[str]:
        """The targets that are not watched as the configuration has it.

        Told from what is watched, not from the configuration before: should a change ever break
        off, the next one mends it.
        """
        lost, refusing = {name for name, _ in config.unwatched}, self._refusing()
        for name in self._targets.keys() | self._board.targets.keys() | config.targets.keys():
            now = self._targets[name].config if name in self._targets else None
            wanted = config.targets.get(name)
            if now != wanted or name in refusing or (wanted is None and name not in lost):
                yield name

    def _refusing(self) -> set[str]:
        """The targets that refused our login last time.

        A connection may spare an account that would be locked out, and try seldom. Who reloads has
        perhaps repaired it, so a new connection tries at once.
        """
        records = self._board.records()
        return {r.source.target for r in records if r.outcome is Outcome.UNAUTHORIZED}

    async def _probe_no_more(self, targets: Iterable[WatchedTarget]) -> None:
        """Take targets out of the schedule, and wait until nothing of them runs."""
        sources = [source for target in targets for source in target.sources]
        await asyncio.gather(*(self._scheduler.remove(source) for source in sources))
        for source in sources:
            del self._sources[source]

    def _replace(self, name: str) -> None:
        """Watch a target as it is configured now. What is known stays with its sources.

        Nothing waits here, so no reader sees the target missing.
        """
        config = self._config.targets.get(name)
        if config is None:
            return
        new = WatchedTarget(config)
        known = {record.source: record.known for record in self._board.records(name)}
        for source in new.sources.keys() & known.keys():
            self._board.unwatch(source)
        self._show(new, known)
        for watched_source in new.sources.values():
            self._schedule(watched_source)

    def _show(self, target: WatchedTarget, known: Mapping[SourceId, Known]) -> None:
        """Put a target on the board, with what is known of it."""
        self._targets[target.config.target.name] = target
        for name, source in target.sources.items():
            self._sources[name] = source
            stale_after = source.config.stale_after
            self._board.watch(target.config.target, name.source, stale_after, known.get(name))

    def _schedule(self, source: WatchedSource) -> None:
        config = source.config
        # Few are asked at once, thousands over a minute.
        first_within = len(self._sources) / FIRST_RUNS_A_SECOND
        pace = PaceSettings(
            config.interval, config.ask_again_within, config.max_backoff, first_within
        )
        self._scheduler.add(source.name, pace)

    def _is_unwatched(self, source: SourceId) -> bool:
        """Whether it is watched no more, and the configuration does not name it."""
        if source in self._sources:
            return False
        target = self._config.targets.get(source.target)
        if target is not None and any(s.type.name == source.source for s in target.sources):
            return False
        return not self._is_lost(source)

    def _is_lost(self, source: SourceId) -> bool:
        """Whether it would be watched, as far as we can tell, if no plugin had been refused."""
        if any(source.target == name for name, _ in self._config.unwatched):
            return True
        target = self._config.targets.get(source.target)
        if target is None or not self._some_refused:
            return False
        return (target.target.type, source.source) not in self._offered

    async def _probe(self, name: SourceId, lateness: float) -> ProbeResult:
        source = self._sources[name]
        result = await self._pipeline.run(source.prober, source.config.timeout, lateness)
        source.history.record(result)
        return result


async def _close(targets: Iterable[WatchedTarget]) -> None:
    """Close targets, all at once: each may take its time, and one that hangs delays no other."""
    await asyncio.gather(*(target.aclose() for target in targets))
