"""Microsoft's own driver, which meets no server here: what it says of that ends by name."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from typing import Any

import pytest

from syseventd import Unreachable
from syseventd_superoffice.database import engine
from syseventd_superoffice.database.questions import Database
from syseventd_superoffice.database.settings import DatabaseSettings

driver: Any = pytest.importorskip(
    "mssql_python", reason="mssql-python is not installed: pip install mssql-python"
)

SECRET = "pass}wörd; @/:%41"

FEWEST_TURNS = 10
"""Of the event loop's, of a hundred that it has on an idle machine while a login is given up."""


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Logging in is given up sooner than in earnest."""
    monkeypatch.setenv("CRM_DATABASE_PASSWORD", SECRET)
    monkeypatch.setattr(engine, "CONNECT_TIMEOUT", 1)


def refusal(host: str) -> str:
    """Why the server there can't be reached."""
    settings = DatabaseSettings(
        url=f"mssql://{host}/crm",
        user="monitor",
        password_env="CRM_DATABASE_PASSWORD",
        base_timezone="UTC",
    )

    refused, turns = asyncio.run(_ask(settings))
    said = str(refused)
    if "its driver lacks a library" in said:
        pytest.skip("libltdl is not installed: apt-get install libltdl7 libgssapi-krb5-2")
    assert isinstance(refused, Unreachable)
    assert turns >= FEWEST_TURNS
    assert SECRET not in said
    return said


async def _ask(settings: DatabaseSettings) -> tuple[BaseException | None, int]:
    """How a question ends, and how many turns the event loop had meanwhile."""
    database = Database.of(settings)
    task = asyncio.create_task(database.system_messages())
    turns = 0
    while not task.done():
        await asyncio.wait([task], timeout=0.01)
        turns += 1
    await database.aclose()
    return task.exception(), turns


@pytest.fixture
def silent() -> Iterator[int]:
    """The port of a server that takes connections, and says nothing."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(8)
        yield listening.getsockname()[1]


def test_port_where_nobody_listens_refuses() -> None:
    """As where the service was stopped."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    assert "connection refused" in refusal(f"127.0.0.1:{port}")


def test_server_that_says_nothing_does_not_answer(silent: int) -> None:
    """As behind a firewall that swallows."""
    assert "it does not answer" in refusal(f"127.0.0.1:{silent}")


def test_host_that_has_no_address_is_named() -> None:
    """As after a slip of the pen."""
    assert "the name of its host can't be resolved" in refusal("no-such-host.invalid:1433")
