"""The simulated cloud, asked by our own client as it would ask the vendor's."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from syseventd import Paused, Target, Throttled, Unauthorized
from syseventd_superoffice.connection import Connection, connect
from syseventd_superoffice.settings import SuperOfficeSettings
from syseventd_superoffice.simulator.clock import Clock
from syseventd_superoffice.simulator.cloud import Cloud
from syseventd_superoffice.simulator.faults import Fault, Faults, Kind
from syseventd_superoffice.simulator.installation import Installation
from syseventd_superoffice.simulator.online import Online
from syseventd_superoffice.simulator.tenancy import LAP, STATES, tenancy_at

NAME = "Cust12345"


class House:
    """A cloud of one tenant that runs, and how it is asked."""

    def __init__(self, online: Online, folder: Path) -> None:
        self.online = online
        self.cloud = online.cloud
        self.tenant = self.cloud.tenant(NAME)
        self._folder = folder

    @contextmanager
    def _secrets(self) -> Iterator[dict[str, str]]:
        application = self.cloud.application
        files = {
            "system_token": application.system_token(NAME),
            "client_secret": application.secret,
            "private_key": application.private_key,
            "refresh_token": f"{application.refresh_token}@{NAME}",
        }
        for name, text in files.items():
            (self._folder / name).write_text(text)
        yield {f"{name}_file": str(self._folder / name) for name in files}

    def connect(self, method: str = "system-user") -> Connection:
        with self._secrets() as files:
            auth: dict[str, Any] = {"method": method, "client_secret_file": ""}
            auth |= {"client_secret_file": files["client_secret_file"]}
            if method == "bearer":
                auth |= {"client_id": self.cloud.application.client_id}
                auth |= {"refresh_token_file": files["refresh_token_file"]}
            else:
                auth |= {n: files[n] for n in ("system_token_file", "private_key_file")}
            block: dict[str, Any] = {"tenant": NAME, "login_url": self.online.login_url}
            block |= {"auth": auth, "maintenance": []}
            settings = SuperOfficeSettings.model_validate(block)
        return connect(Target("crm", "superoffice", settings))


Body = Callable[[House], Awaitable[None]]


@pytest.fixture
def in_the_cloud(tmp_path: Path) -> Callable[..., None]:
    """Runs a test's body beside a cloud whose clock stands still at its start."""

    def enter(body: Body, faults: Faults | None = None) -> None:
        async def run() -> None:
            installation = Installation(Clock(held=True), password="")
            online = Online(Cloud({NAME: installation}), faults)
            async with online.serving():
                await body(House(online, tmp_path))

        asyncio.run(run())

    return enter


@pytest.mark.parametrize("method", ["system-user", "bearer"])
def test_it_logs_in_and_is_told_the_same_as_onsite(
    in_the_cloud: Callable[..., None], method: str
) -> None:
    """The events of the story, whichever way we logged in; and one login serves them all."""

    async def body(house: House) -> None:
        connection = house.connect(method)
        listing = await connection.access.system_events()
        await connection.access.freetext_status()
        keys = {row["eventkey"] for row in listing.rows}  # type: ignore[index]
        assert keys == {event.key for event in house.tenant.installation.state().events}
        assert keys
        assert house.cloud.logins == 1
        await connection.aclose()

    in_the_cloud(body)


def test_a_ticket_that_is_forgotten_is_renewed(in_the_cloud: Callable[..., None]) -> None:
    """One refusal costs one login, and nobody notices."""

    async def body(house: House) -> None:
        connection = house.connect()
        await connection.access.system_events()
        house.cloud.forget_logins()
        await connection.access.batch_tasks()
        assert house.cloud.logins == 2
        await connection.aclose()

    in_the_cloud(body)


def test_a_wrong_secret_is_told(in_the_cloud: Callable[..., None]) -> None:
    """The words of the login host reach the administrator."""

    async def body(house: House) -> None:
        connection = house.connect()
        object.__setattr__(house.cloud.application, "secret", "another")
        with pytest.raises(Unauthorized, match="secret is wrong"):
            await connection.access.system_events()
        await connection.aclose()

    in_the_cloud(body)


def test_a_tenant_that_moved_is_found(in_the_cloud: Callable[..., None]) -> None:
    """It answers 421 where it was; the state tells where it is, and the login goes on."""

    async def body(house: House) -> None:
        connection = house.connect()
        await connection.access.system_events()
        before = house.online.endpoint(house.tenant)
        house.tenant.hold(subdomain=1)
        assert (await connection.access.batch_tasks()).rows is not None
        assert house.online.endpoint(house.tenant) != before
        await connection.aclose()

    in_the_cloud(body)


def test_maintenance_pauses(in_the_cloud: Callable[..., None]) -> None:
    """No source fails because the vendor works on the tenant; the state itself is still told."""

    async def body(house: House) -> None:
        house.tenant.hold(state="OfflineMaintenance")
        connection = house.connect()
        with pytest.raises(Paused, match="maintenance"):
            await connection.access.system_events()
        state = await connection.access.tenant()
        assert state.value["State"] == "OfflineMaintenance"
        assert house.cloud.logins == 0
        await connection.aclose()

    in_the_cloud(body)


def test_licences_are_onsite_only(in_the_cloud: Callable[..., None]) -> None:
    """Online the licence resource is not there; what the agents tell is."""

    async def body(house: House) -> None:
        connection = house.connect()
        status = await connection.access.licence_status()
        assert status.value["CompanyName"]
        await connection.aclose()

    in_the_cloud(body)


def test_faults_are_played_as_often_as_told(in_the_cloud: Callable[..., None]) -> None:
    """Once too many requests, then all is well again."""
    faults = Faults()

    async def body(house: House) -> None:
        connection = house.connect()
        await connection.access.system_events()
        faults.add(Fault(Kind.STATUS, "/SystemEvent", times=1, status=429, retry_after="7"))
        faults.add(Fault(Kind.WEB_PAGE, "/nowhere"))
        await asyncio.sleep(0)
        with pytest.raises(Throttled):
            await _until_asked_anew(connection)
        await connection.aclose()

    in_the_cloud(body, faults)


async def _until_asked_anew(connection: Connection) -> None:
    """The list is asked again once the last answer is no longer shared."""
    while True:
        await connection.access.system_events()
        await asyncio.sleep(0.05)


@pytest.mark.parametrize("second", [begin for begin, _ in STATES])
def test_every_state_of_a_lap_is_told(second: float) -> None:
    """At the second at which it begins, and how long it lasts."""
    tenancy = tenancy_at(LAP + second)
    assert tenancy.state == dict(STATES)[second]
    assert tenancy_at(LAP + second + tenancy.seconds_left).state != tenancy.state or (
        second + tenancy.seconds_left == LAP
    )


def test_a_lap_ends_elsewhere_and_newer() -> None:
    """After its maintenance a tenant lives at another subdomain, with another release."""
    assert tenancy_at(0).subdomain != tenancy_at(LAP - 1).subdomain
    assert tenancy_at(0).release != tenancy_at(LAP - 1).release
