"""`syseventd events`: asks the running daemon, or reads the store where none runs."""

from __future__ import annotations

from typing import Any

import aiohttp

from syseventd.config import DaemonSettings, listen_parts
from syseventd.errors import DaemonUnreachable
from syseventd.store import State, open_store
from syseventd.web import event_json

PAGE = 1000
PATIENCE = aiohttp.ClientTimeout(total=10)


async def events(
    daemon: DaemonSettings, state: State, target: str | None, limit: int
) -> list[dict[str, Any]]:
    """Events as the API shows them, newest first, at most `limit`.

    Raises StoreUnusable where no daemon runs and the store can't be read either.
    """
    try:
        return await _from_daemon(daemon, state, target, limit)
    except DaemonUnreachable:
        return await _from_store(daemon, state, target, limit)


async def _from_daemon(
    daemon: DaemonSettings, state: State, target: str | None, limit: int
) -> list[dict[str, Any]]:
    host, port = listen_parts(daemon.listen)
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - compared only
    address = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
    found: list[dict[str, Any]] = []
    query: dict[str, str] = {"state": state} | ({"target": target} if target else {})
    try:
        async with aiohttp.ClientSession(address, timeout=PATIENCE) as session:
            while len(found) < limit:
                query["limit"] = str(min(PAGE, limit - len(found)))
                async with session.get("/api/v1/events", params=query) as reply:
                    reply.raise_for_status()
                    page = await reply.json()
                found.extend(page["events"])
                if page["next"] is None:
                    break
                query["cursor"] = page["next"]
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        raise DaemonUnreachable(address, str(error)) from None
    except (ValueError, TypeError, LookupError):
        raise DaemonUnreachable(address, "something else answers there") from None
    return found


async def _from_store(
    daemon: DaemonSettings, state: State, target: str | None, limit: int
) -> list[dict[str, Any]]:
    store = await open_store(daemon.store_url, read_only=True)
    try:
        found = await store.events(state=state, target=target, limit=limit)
    finally:
        await store.close()
    return [event_json(event) for event in found]
