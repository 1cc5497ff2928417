"""`syseventd events`: asks the running daemon, or reads the store where none runs."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from syseventd.cli import unseen
from syseventd.cli.client import Client, address_of, connected
from syseventd.cli.words import no_target
from syseventd.config import Outline
from syseventd.errors import DaemonUnreachable, StoreUnusable
from syseventd.model import Event
from syseventd.store import State, Store, open_store
from syseventd.web import Kinds, event_json, severity_of

Tell = Callable[[str], None]


async def events(
    outline: Outline,
    state: State,
    target: str | None,
    limit: int,
    tell: Tell,
    kinds: Callable[[], Kinds],
) -> list[dict[str, Any]]:
    """Events as the API shows them, newest first, at most `limit`.

    `kinds` is called where no daemon says how bad they are.
    `tell` is called with what these events could not tell, a line each. Raises NoSuchSource for
    a target that neither the configuration nor the store knows, and StoreUnusable where no
    daemon runs and the store can't be read either.
    """
    if target is not None and not target.isprintable():
        # Never a target's name, and nothing that could be asked for.
        raise no_target(target, outline.targets)
    address = address_of(outline.daemon.listen)
    try:
        async with connected(address) as client:
            found, notes = await _from_daemon(client, state, target, limit)
    except DaemonUnreachable as error:
        return await _from_store(outline, state, target, limit, error, tell, kinds)
    for note in notes:
        tell(note)
    return found


async def _from_daemon(
    client: Client, state: State, target: str | None, limit: int
) -> tuple[list[dict[str, Any]], list[str]]:
    """The events, and what the daemon could not see."""
    found = await client.events(state, target, limit)
    watched = await client.targets()
    if target is not None and target not in watched.names:
        if not found and not await client.events("all", target, 1):
            raise no_target(target, watched.names)
        return found, [unseen.watched_no_more(target)]
    watched = watched.only(target)
    failing = unseen.worth_asking(watched)
    health = {name: known for name in failing if (known := await client.health(name)) is not None}
    return found, unseen.notes(watched, health, await client.not_ready(), client.address)


async def _from_store(
    outline: Outline,
    state: State,
    target: str | None,
    limit: int,
    unreachable: DaemonUnreachable,
    tell: Tell,
    kinds: Callable[[], Kinds],
) -> list[dict[str, Any]]:
    try:
        store = await open_store(outline.daemon.store_url, read_only=True)
    except StoreUnusable:
        tell(str(unreachable))
        raise
    try:
        tell(f"read from the store, which may be old: {unreachable}")
        found = await _stored(store, outline, state, target, limit, tell)
    finally:
        await store.close()
    known, now = kinds(), time.time()
    return [dict(event_json(event, severity_of(event, known, now))) for event in found]


async def _stored(
    store: Store, outline: Outline, state: State, target: str | None, limit: int, tell: Tell
) -> list[Event]:
    found = await store.events(state=state, target=target, limit=limit)
    if target is not None and target not in outline.targets:
        if not found and not await store.events(state="all", target=target, limit=1):
            raise no_target(target, outline.targets)
        tell(unseen.watched_no_more(target))
    return found
