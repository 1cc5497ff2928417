"""`syseventd probe`: asks one target once; stores nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import replace

from syseventd.cli.words import names, no_target, printable
from syseventd.config import Config, join
from syseventd.errors import ConfigInvalid, Fault, NoSuchSource, SyseventdError
from syseventd.model import NO_MEMORY, ProbeResult, SourceId
from syseventd.watching import WatchedSource, WatchedTarget

MOST_ROUNDS = 20
"""How often a source is asked again that always has more to tell."""


async def probe(
    config: Config, name: str, refused: Sequence[str] = ()
) -> dict[SourceId, ProbeResult]:
    """The results of a target's sources, or of the one that is named after a slash.

    `refused` are plugins that may have offered more. Raises NoSuchSource, and ConfigInvalid where
    a refused plugin is why what the configuration names can't be asked.
    """
    target_name, _, source_name = name.partition("/")
    target_config = config.targets.get(target_name)
    if target_config is None:
        raise _no_target(config, target_name)
    offered = [source.type.name for source in target_config.sources]
    if source_name and source_name not in offered:
        raise _no_source(config, target_name, source_name, offered, refused)
    # The others are not even made: a source must not leave to one that is never asked.
    chosen = tuple(s for s in target_config.sources if source_name in ("", s.type.name))
    target = WatchedTarget(replace(target_config, sources=chosen))
    try:
        results = await _ask(target.sources.values())
        # What one source leaves to another is known once both have been asked.
        leaving = [s for s in target.sources.values() if _leaves_something(results[s.name])]
        return {**results, **await _ask(leaving if len(chosen) > 1 else ())}
    finally:
        await target.aclose()


async def _ask(sources: Iterable[WatchedSource]) -> dict[SourceId, ProbeResult]:
    """Each source's result. All are asked at once."""
    asked = tuple(sources)
    results = await asyncio.gather(*map(_ask_to_the_end, asked))
    return {s.name: result for s, result in zip(asked, results, strict=True)}


async def _ask_to_the_end(source: WatchedSource) -> ProbeResult:
    """The result once the source leaves nothing more to its next probe.

    One that wants to be asked again soon, and remembers more than before, has more to tell: what
    it asks of somebody else a piece at a time. The daemon comes back for that; a person waits.
    """
    memory, result = NO_MEMORY, await source.prober.probe(source.config.timeout)
    for _ in range(MOST_ROUNDS):
        told = result.snapshot
        if told is None or told.ask_again is None or not told.memory or told.memory == memory:
            break
        memory = told.memory
        again = await source.prober.probe(source.config.timeout, memory)
        if again.snapshot is None:
            break
        result = again
    return result


def _leaves_something(result: ProbeResult) -> bool:
    snapshot = result.snapshot
    return snapshot is not None and bool(snapshot.unseen or snapshot.unseen_under)


def _no_target(config: Config, name: str) -> SyseventdError:
    """Why a target can't be asked: the plugin of its type was refused, or there is none."""
    reasons = dict(config.unwatched)
    if name in reasons:
        return ConfigInvalid((Fault(join("targets", name, "type"), reasons[name]),))
    return no_target(name, [*config.targets, *reasons])


def _no_source(
    config: Config, target: str, name: str, offered: list[str], refused: Sequence[str]
) -> SyseventdError:
    """The same for a source of a target that can be asked."""
    place = join("targets", target, "sources", name)
    # Where there are several files, the one that names it stands before its place.
    idle = tuple(f for f in config.idle if f.place == place or f.place.endswith(f": {place}"))
    if idle:
        return ConfigInvalid(idle)
    needs = next((o.needs for o in config.left_out if (o.target, o.source) == (target, name)), "")
    if needs:
        return ConfigInvalid((Fault(place, f"will not be asked: it needs {needs}"),))
    known = names(offered, name)
    if refused:
        known += f"; refused plugins, which may offer others: {', '.join(refused)}"
    return NoSuchSource(f'source "{printable(name)}" of {target}', known)
