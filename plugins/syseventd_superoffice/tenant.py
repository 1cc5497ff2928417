"""The source `tenant`: whether an online tenant runs, and where it is."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from types import MappingProxyType

from syseventd import Malformed, Measurement, Observation, Snapshot, Target
from syseventd.interface import EventKind, Gauge, Severity
from syseventd.settings import SourceSettings
from syseventd_superoffice.access import Document
from syseventd_superoffice.connection import Connection
from syseventd_superoffice.news import News
from syseventd_superoffice.settings import sooner
from syseventd_superoffice.telling import as_before
from syseventd_superoffice.tenant_states import NUMBERS, RUNNING
from syseventd_superoffice.values import (
    Fields,
    Problems,
    is_object,
    read_flag,
    read_name,
    why_no_object,
)

STATE = "tenant-state"
MOVED = "tenant-moved"

KINDS = (
    EventKind(
        STATE,
        "Tenant is not running",
        "Nobody can use the tenant while its state is suspended or offline.",
        severity=Severity.CRITICAL,
    ),
    EventKind(
        MOVED,
        "Tenant was moved",
        "Programs that use the tenant's old address are refused.",
    ),
)

GAUGES = (Gauge("tenant_state", "1 for the state that SuperOffice says of the tenant."),)

MEANINGS = {
    "Unknown": ("state is unknown", "SuperOffice itself does not know its state."),
    "Provisioning": ("is being set up", "It can't be used before that is done."),
    "Deleted": ("is deleted", "It is gone, and its API with it."),
    "Suspended": ("is suspended", "SuperOffice has closed it. Its API does not answer."),
    "OnlineMaintenance": ("is under maintenance, online", "Its API works meanwhile."),
    "OfflineMaintenance": (
        "is under maintenance, offline",
        "Its API does not answer meanwhile. It usually takes minutes.",
    ),
    "ProvisioningFailed": ("could not be set up", "It can't be used until SuperOffice mends it."),
    "Deleting": ("is being deleted", "Soon it will be gone."),
    "DeleteFailed": ("could not be deleted", "Some of it may be left."),
    "MigrationPending": (
        "waits to be migrated",
        "It stays so for days or weeks, until it has been moved to where it will run.",
    ),
}
"""What each state but Running means: the end of a name that begins with "Tenant", a sentence."""

STATES = frozenset(NUMBERS.values())
OTHER = "other"
"""A state that is not known here, as a label: no reply shall make up labels."""

PASSING = frozenset({"Provisioning", "OnlineMaintenance", "OfflineMaintenance", "Deleting"})
WHILE_PASSING = 20.0
"""Seconds until we ask again while it is in a state that should pass soon."""

ENDPOINT = "endpoint"
NO_MEMORY: Mapping[str, str] = MappingProxyType({})


class Tenant:
    """Reads the tenant's state, which is told without a login."""

    def __init__(
        self,
        connection: Connection,
        while_passing: float | None = WHILE_PASSING,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._access = connection.access
        self._while_passing = while_passing
        self._clock = clock
        self._memory = NO_MEMORY
        self._told = Snapshot()

    def recall(self, memory: Mapping[str, str]) -> None:
        """Is told which address was seen last."""
        self._memory = memory

    async def probe(self) -> Snapshot:
        document = await self._access.tenant()
        news = News(self._memory, self._clock())
        told = read_tenant(document, news, self._memory.get(ENDPOINT, ""), self._while_passing)
        self._told = as_before(told, self._told)
        return self._told


def create(target: Target, connection: Connection, settings: SourceSettings) -> Tenant:
    """The source for one tenant."""
    return Tenant(connection, sooner(WHILE_PASSING, settings))


def read_tenant(
    document: Document, news: News, last_endpoint: str, while_passing: float | None = WHILE_PASSING
) -> Snapshot:
    """State → snapshot. Raises Malformed where it does not say whether the tenant runs."""
    if not is_object(document.value):
        raise Malformed(document.where, why_no_object(document.value))
    problems = Problems()
    fields = Fields(document.where or "state", document.value, problems)
    try:
        state = _read_state(fields)
    except ValueError as error:
        raise Malformed(document.where, str(error)) from None
    endpoint = fields.read("Endpoint", read_name, "").rstrip("/")
    if endpoint and last_endpoint and endpoint.lower() != last_endpoint.lower():
        moved = f"from {last_endpoint} to {endpoint}"
        news.tell(
            MOVED, MOVED, "Tenant was moved", moved, (("From", last_endpoint), ("To", endpoint))
        )
    endpoint_now = endpoint or last_endpoint
    facts = {
        "tenant_state": state,
        "endpoint": endpoint,
        "tenant_version": fields.read("Version", read_name, ""),
    }
    return Snapshot(
        observations=(*_told(state), *news.observations),
        facts={name: text for name, text in facts.items() if text} | dict(document.facts),
        measurements=(Measurement("tenant_state", 1.0, state if state in STATES else OTHER),),
        problems=problems.told(),
        memory=news.memory | ({ENDPOINT: endpoint_now} if endpoint_now else {}),
        ask_again=while_passing if state in PASSING else None,
    )


def _read_state(fields: Fields) -> str:
    """The state's name, as it is written where it is none that we know. Raises ValueError."""
    told = fields.need("State", read_name)
    if told:
        known = NUMBERS.get(told)
        return known or next((n for n in NUMBERS.values() if n.lower() == told.lower()), told)
    if "IsRunning" not in fields:
        raise ValueError("State is missing")
    return RUNNING if fields.need("IsRunning", read_flag) else "Not running"


def _told(state: str) -> tuple[Observation, ...]:
    if state == RUNNING:
        return ()
    name, meaning = MEANINGS.get(state, (f"state: {state}", ""))
    return (Observation(STATE, STATE, f"Tenant {name}", status=state, message=meaning),)
