"""Where an installation is: its configured address, or where SuperOffice Online says it is."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from pydantic import TypeAdapter

from syseventd import Malformed, Paused, ProbeEnded, Unreachable
from syseventd_superoffice.hosts import endpoint_of
from syseventd_superoffice.tenant_states import NUMBERS
from syseventd_superoffice.values import field, read_optional_flag, read_text, read_time
from syseventd_superoffice.webapi.login_host import LoginHost, Said
from syseventd_superoffice.webapi.sharing import Shared

DEFAULT_LIFETIME = 60.0
SHORTEST_LIFETIME, LONGEST_LIFETIME = 10.0, 900.0
"""Seconds for which a tenant's state is believed: until its `ValidUntil`, within these bounds."""

PATIENCE = 5.0
"""Seconds that the state may take. Half a probe's time, so that the rest is left for the probe."""

CLOSED: Mapping[str, str] = {
    "unknown": "tenant in an unknown state",
    "provisioning": "tenant being set up",
    "deleted": "tenant deleted",
    "suspended": "tenant suspended",
    "offlinemaintenance": "tenant in maintenance",
    "provisioningfailed": "tenant not set up",
    "deleting": "tenant being deleted",
    "deletefailed": "tenant being deleted",
    "migrationpending": "tenant not migrated yet",
}
"""The states in which a tenant's API does not answer, in words for people."""

OPEN = frozenset({"running", "onlinemaintenance"})

T = TypeVar("T")

OBJECT = TypeAdapter(dict[str, Any])


class Endpoint(Protocol):
    """Where an installation is."""

    known: str
    """Its address, as far as it is known; for messages, and to tell links of its own."""
    hint: str
    """What to tell people where something else answers there."""

    async def find(self) -> str:
        """Its address; "" where only the login knows. Raises Paused while it must not be asked."""

    async def is_elsewhere(self, base: str) -> bool:
        """Is told that `base` is wrong. Returns whether it is known to be elsewhere now."""


class FixedEndpoint:
    """An installation onsite: it is where the configuration says."""

    hint = "check `url`"

    def __init__(self, base: str) -> None:
        self.known = base

    async def find(self) -> str:
        return self.known

    async def is_elsewhere(self, base: str) -> bool:
        return False


@dataclass(frozen=True, slots=True, eq=False)
class TenantState:
    """What the login host said of a tenant, and what we make of it."""

    told: Mapping[str, Any]
    facts: Mapping[str, str]
    paused: str
    """Why it can't be asked now, in words; "" where it can be."""
    endpoint: str
    fault: str
    """What is wrong with the endpoint that was told; "" where nothing is."""
    seconds: float
    """For how long this is believed."""


class Tenant:
    """A tenant of SuperOffice Online, whose state is asked before it is asked anything else.

    While its state can't be had, the last one that is known counts: one in which it is open
    without end, one in which it is closed for a while, so that nobody is silent for ever.
    """

    hint = "SuperOffice's own state of the tenant names this address"

    def __init__(self, host: LoginHost, name: str, clock: Callable[[], float] = time.time) -> None:
        self._host = host
        self._name = name
        self._clock = clock
        self._path = f"/api/state/{name}"
        self.where = host.where(self._path)
        self._state: Shared[TenantState] = Shared(self._fetch, lambda state: state.seconds)
        self.known = f"{host.base}/{name}"

    async def state(self) -> TenantState:
        """Its state. While it is believed, the same object as before."""
        return await self._state.get()

    async def find(self) -> str:
        try:
            state = await self._state.get()
        except ProbeEnded:
            last = self._state.last
            if last is None or (last.paused and self._state.overdue > LONGEST_LIFETIME):
                raise
            state = last
        return self._use(state)

    async def is_elsewhere(self, base: str) -> bool:
        if self._state.last is not None:
            self._state.reject(self._state.last)
        return self._use(await self._state.get()) not in (base, "")

    def _use(self, state: TenantState) -> str:
        if state.paused:
            raise Paused(state.paused, state.seconds)
        if state.fault:
            raise Malformed(self.where, state.fault)
        self.known = state.endpoint or self.known
        return state.endpoint

    @property
    def _unknown(self) -> str:
        return f"it knows no tenant {self._name}; check `tenant` and `environment`"

    async def _fetch(self) -> TenantState:
        try:
            async with asyncio.timeout(PATIENCE):
                said = await self._host.look(self._path, OBJECT, self._unknown)
        except TimeoutError:
            reason = f"no answer within {PATIENCE:g} s"
            raise Unreachable(self.where, reason) from None
        host = self._host
        return read_state(said, self._name, host.base, self.where, self._clock(), host.shown)


def read_state(
    said: Said[dict[str, Any]],
    tenant: str,
    login_host: str,
    where: str,
    now: float,
    show: Callable[[object], str],
) -> TenantState:
    """What the login host said → what we make of it. Raises Malformed for another tenant's.

    `show` writes what it said as messages may show it.
    """
    told = said.value
    name = field(told, "ContextIdentifier")
    if name is not None and str(name)[:60].lower() != tenant.lower():
        raise Malformed(where, f"it is the state of {show(name)}, not of {tenant}")
    link = field(told, "Endpoint")
    endpoint = endpoint_of(link, tenant, login_host) if link else ""
    fault = ""
    if endpoint is None:
        fault = (
            f"Endpoint: {show(link)} is no address of {tenant} at SuperOffice; "
            "our login does not go there"
        )
    paused, seconds = _paused(told, where, show), _lifetime(told, now)
    return TenantState(told, said.facts, paused, endpoint or "", fault, seconds)


def _paused(told: Mapping[str, Any], where: str, show: Callable[[object], str]) -> str:
    """Why the tenant can't be asked in this state; "" where it can be. Raises Malformed."""
    state = _read(told, "State", read_text, "is not a text", where, show)
    is_running = _read(
        told, "IsRunning", read_optional_flag, "is neither true nor false", where, show
    )
    if state.isascii() and state.isdigit() and len(state) < 4:
        state = NUMBERS.get(str(int(state)), state)
    if state.lower() in OPEN:
        return ""
    words = CLOSED.get(state.lower())
    if words is None:
        if is_running is None and not state:
            raise Malformed(where, "State is missing")
        # A state of next year's: only `IsRunning` says what it means.
        words = "" if is_running in (True, None) else "tenant not running"
    return f"{words} ({show(state)[1:-1]})" if words and state else words


def _read(
    told: Mapping[str, Any],
    name: str,
    read: Callable[[object], T],
    complaint: str,
    where: str,
    show: Callable[[object], str],
) -> T:
    """One field of it. Raises Malformed; what a reader itself complains of is not fit to show."""
    value = field(told, name)
    try:
        return read(value)
    except ValueError:
        raise Malformed(where, f"{name}: {show(value)} {complaint}") from None


def _lifetime(told: Mapping[str, Any], now: float) -> float:
    try:
        until = read_time(field(told, "ValidUntil"))
    except ValueError:
        until = None
    left = DEFAULT_LIFETIME if until is None else until - now
    return min(max(left, SHORTEST_LIFETIME), LONGEST_LIFETIME)
