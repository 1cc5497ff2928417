"""A process that forks storytellers: each opens the store, lives a random story, and is killed.

It imports everything once and has no threads, so that a fork is cheap and safe. For each line on
its standard input, a store's URL and a seed, it forks one storyteller, which writes JSON lines:
what it restored, then for each advance what it is about to commit, and that it was committed.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from random import Random

import alembic.command  # noqa: F401  (imported here once, not in each storyteller)

from syseventd.lifecycle import advance
from syseventd.model import Advance, Expiry, Known, Observation, Snapshot, SourceId, Transition
from syseventd.store import Store, open_store

SOURCES = [SourceId("crm", name) for name in ("imports", "saint", "freetext", "licences")]


def tell(fact: str, value: object) -> None:
    """Writes one line at once; one so short arrives whole or not at all."""
    os.write(1, json.dumps({fact: value}).encode() + b"\n")


def told_step(step: Transition) -> list[object]:
    """What the checker compares of a transition."""
    event = step.event
    return [
        step.id,
        step.step.value,
        event.id,
        event.source.source,
        event.observation.key,
        event.observation.progress,
    ]


def told_expiries(known: Known) -> list[list[object]]:
    """What the checker compares of a source's expiries."""
    return [[expiry.name, expiry.at] for expiry in known.expiries]


def random_snapshot(random: Random) -> Snapshot:
    """A few of a few keys, some moved on, some started anew; at times incomplete."""
    keys = random.sample("abcdef", random.randint(0, 4))
    return Snapshot(
        observations=tuple(
            Observation(
                key,
                "import",
                f"Import {key}",
                activated_at=random.choice([1000.0, 1000.0, 1000.0, 2000.0]),
                progress=random.randint(0, 100) / 100,
            )
            for key in keys
        ),
        expiries=tuple(Expiry("licence", "sale", 5000.0 + random.randint(0, 3)) for _ in keys[:1]),
        complete=random.random() < 0.8,
    )


async def watch(store: Store, known: Known, random: Random) -> None:
    """What the pipeline does for one source, without end."""
    number = 0
    while True:
        number += 1
        name = [known.source.source, number]
        done: Advance = advance(known, random_snapshot(random), time.time(), store.ids)
        steps = [told_step(step) for step in done.transitions]
        expiries = told_expiries(done.known) if done.renewed else None
        tell("about_to", [name, steps, expiries])
        await store.commit(done)
        tell("published", name)
        known = done.known
        await asyncio.sleep(0)  # an advance with nothing to write does not yield


async def live(url: str, seed: int) -> None:
    """Opens the store, says what it restored, and watches all sources until it is killed."""
    store = await open_store(url)
    known = await store.known()
    restored = [
        [event.id, event.source.source, event.observation.key, event.observation.progress]
        for one in known.values()
        for event in one.events.values()
    ]
    tell("restored", sorted(restored))
    random = Random(seed)
    await asyncio.gather(
        *(watch(store, known.get(source, Known(source)), random) for source in SOURCES)
    )


def main() -> None:
    """Forks one storyteller for each line, and says when it is dead."""
    for line in sys.stdin:
        url, seed = line.split()
        child = os.fork()
        if not child:
            tell("born", os.getpid())
            try:
                asyncio.run(live(url, int(seed)))
            finally:
                os._exit(1)  # only reached by a failure: its traceback is on standard error
        _, status = os.waitpid(child, 0)
        tell("dead", os.waitstatus_to_exitcode(status))


if __name__ == "__main__":
    main()
