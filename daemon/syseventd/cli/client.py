"""Asks the daemon over HTTP. Whatever else answers at its address is no daemon."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias

import aiohttp

from syseventd.cli.listing import EVENT_COLUMNS
from syseventd.config import listen_parts
from syseventd.errors import DaemonUnreachable
from syseventd.store import State

PAGE = 1000
PATIENCE = aiohttp.ClientTimeout(total=10)
ANY_ADDRESS = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - looked up only


class SourceHealth(NamedTuple):
    """Whether a source can be asked, since when, and how its last probe ended, in words.

    `answered`: whether it ever did since the daemon watches it.
    """

    state: str
    since: str
    outcome: str
    reason: str
    answered: bool = True


Health: TypeAlias = Mapping[str, SourceHealth]
"""By the source's name."""


@dataclass(frozen=True, slots=True)
class Watched:
    """The targets that the daemon watches, each source's state by target and name.

    `unwatched` are those that it can't watch, each with the reason.
    """

    sources: Mapping[str, Mapping[str, str]]
    unwatched: Mapping[str, str]

    @property
    def names(self) -> list[str]:
        return sorted({*self.sources, *self.unwatched})

    def only(self, target: str | None) -> Watched:
        """The same of one target; of all for None."""
        if target is None:
            return self
        return Watched(
            {name: states for name, states in self.sources.items() if name == target},
            {name: reason for name, reason in self.unwatched.items() if name == target},
        )


def address_of(listen: str) -> str:
    """Where a daemon that listens there is asked on this machine, without a slash at the end."""
    host, port = listen_parts(listen)
    host = ANY_ADDRESS.get(host, host)
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


@asynccontextmanager
async def connected(address: str) -> AsyncIterator[Client]:
    """Who asks the daemon at this address."""
    async with aiohttp.ClientSession(timeout=PATIENCE) as session:
        yield Client(session, address)


class Client:
    """Asks one daemon. Everything raises DaemonUnreachable where none answers."""

    def __init__(self, session: aiohttp.ClientSession, address: str) -> None:
        self._session = session
        self.address = address

    async def events(self, state: State, target: str | None, limit: int) -> list[dict[str, Any]]:
        """Events, newest first, at most `limit`."""
        found: list[dict[str, Any]] = []
        query: dict[str, str] = {"state": state} | ({} if target is None else {"target": target})
        while len(found) < limit:
            query["limit"] = str(min(PAGE, limit - len(found)))
            page = await self._get("/api/v1/events", query)
            events, following = page.get("events"), page.get("next")
            if not isinstance(events, list) or not all(map(_is_event, events)):
                raise self._stranger()
            found.extend(events)
            if following is None:
                break
            if not events or not isinstance(following, str):
                raise self._stranger()
            query["cursor"] = following
        return found[:limit]

    async def targets(self) -> Watched:
        """What is watched, and what can't be."""
        reply = await self._get("/api/v1/targets")
        try:
            return Watched(
                {str(t["name"]): dict(t["sources"]) for t in reply["targets"]},
                {str(t["name"]): str(t["reason"]) for t in reply["unwatched"]},
            )
        except (LookupError, TypeError, ValueError):
            raise self._stranger() from None

    async def health(self, target: str) -> Health | None:
        """How one target's sources are; None where it was taken out meanwhile."""
        reply = await self._get(f"/api/v1/targets/{target}", also=404)
        if "error" in reply:
            return None
        try:
            return {str(name): _health(source) for name, source in reply["sources"].items()}
        except (LookupError, TypeError, AttributeError):
            raise self._stranger() from None

    async def not_ready(self) -> str | None:
        """Why the daemon is not ready; None where it is."""
        reason = (await self._get("/-/ready", also=503)).get("error")
        return reason if isinstance(reason, str) else None

    async def _get(
        self, path: str, query: Mapping[str, str] | None = None, also: int = 200
    ) -> dict[str, Any]:
        """The object of a reply with status 200 or `also`."""
        try:
            async with self._session.get(
                self.address + path, params=query, allow_redirects=False
            ) as reply:
                content = await reply.json()
        except aiohttp.ContentTypeError:
            raise self._stranger() from None
        except TimeoutError:
            raise DaemonUnreachable(self.address, f"no reply in {PATIENCE.total:g} s") from None
        except (aiohttp.ClientError, OSError) as error:
            raise DaemonUnreachable(self.address, _in_words(error)) from None
        except ValueError:
            raise self._stranger() from None
        if not isinstance(content, dict):
            raise self._stranger()
        if reply.status not in (200, also):
            reason = content.get("error")
            shown = f"{reply.status}, {reason}" if isinstance(reason, str) else str(reply.status)
            raise DaemonUnreachable(self.address, shown)
        return content

    def _stranger(self) -> DaemonUnreachable:
        return DaemonUnreachable(self.address, "something else answers there")


def _health(source: Mapping[str, object]) -> SourceHealth:
    """One source's, of the API's. Raises KeyError and TypeError where it is none."""
    return SourceHealth(
        state=str(source["state"]),
        since=str(source["since"]),
        outcome=str(source["outcome"]),
        reason=str(source["reason"]),
        answered=source["last_success"] is not None,
    )


def _is_event(item: object) -> bool:
    return isinstance(item, dict) and item.keys() >= set(EVENT_COLUMNS)


def _in_words(error: Exception) -> str:
    """What a person makes something of: the system's words, without the library's."""
    number = getattr(error, "errno", None)
    if isinstance(number, int) and number > 0:
        return os.strerror(number)
    return getattr(error, "strerror", None) or str(error) or type(error).__name__
