"""What survives: a killed daemon starts again and knows at once what it knew."""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from syseventd import hookimpl
from syseventd.plugins import Catalogue
from syseventd.testing import RunningDaemon, catalogue_of, running_daemon, wait_until

Series = Callable[[str, str], dict[str, float]]

DATE = 4102444800.0
TARGET = (
    '[daemon]\nlisten = "127.0.0.1:0"\n'
    '[targets.a]\ntype = "toy"\njobs = ["one"]\ndate = 4102444800.0\n'
)
EXPIRY = '{target="a",kind="licence",name="toy"}'


def test_killed_daemon_knows_at_once_what_it_knew(run: Any, series: Series) -> None:
    """Its expiries are in the first scrape, and its events still the same, with no probe yet."""
    daemon = run(TARGET + 'interval = "100ms"\n')
    (before,) = daemon.until(lambda: json.loads(daemon.get("api/v1/events")[1])["events"][:1])
    daemon.kill()
    daemon = run(TARGET + 'interval = "30d"\ndoes = "unreachable"\n')
    page = daemon.get("metrics")[1]
    assert set(series(page, "syseventd_expiry_timestamp_seconds").values()) == {DATE}
    assert not any(series(page, "syseventd_probe_success").values())
    events = json.loads(daemon.get("api/v1/events?state=active")[1])["events"]
    assert before["id"] in {event["id"] for event in events}


def test_killed_again_and_again_it_starts_by_itself(run: Any) -> None:
    """In the middle of its work, with nothing to repair by hand."""
    for _ in range(2):
        daemon = run(TARGET + 'interval = "50ms"\n')
        daemon.until(lambda: json.loads(daemon.get("api/v1/events")[1])["events"])  # noqa: B023
        daemon.kill()
    daemon = run(TARGET + 'interval = "50ms"\n')
    events = json.loads(daemon.get("api/v1/events?state=all")[1])["events"]
    assert sorted(event["source"] for event in events) == ["jobs", "more"]


def test_target_taken_out_while_the_daemon_was_down_ends(
    catalogue: Catalogue, tmp_path: Path, series: Series
) -> None:
    """Nobody will ever say that it is gone: so the next start does."""

    async def live() -> tuple[Any, str]:
        target = {"type": "toy", "interval": "50ms", "jobs": ["one"], "date": DATE}
        async with running_daemon({"targets": {"a": target}}, tmp_path, catalogue) as daemon:
            await wait_until(lambda: _events(daemon, "active", 2))
        async with running_daemon({}, tmp_path, catalogue) as daemon:
            return await _events(daemon, "all"), await daemon.text("metrics")

    events, page = asyncio.run(live())
    assert {event["end_reason"] for event in events} == {"unwatched"}
    assert series(page, "syseventd_expiry_timestamp_seconds") == {}


@hookimpl
def target_types() -> None:
    raise LookupError("this plugin is broken")


def test_refused_plugin_ends_nothing(catalogue: Catalogue, tmp_path: Path, series: Series) -> None:
    """What it watched stays as it was, and goes on once the plugin is mended."""
    tables = {
        "targets": {"a": {"type": "toy", "interval": "50ms", "jobs": ["one"], "date": DATE}},
        "sinks": {"pager": {"type": "toy"}},
    }
    broken = ModuleType("broken_toy")
    broken.target_types = target_types  # type: ignore[attr-defined]

    async def live() -> tuple[Any, Any, str, Any]:
        async with running_daemon(tables, tmp_path, catalogue) as daemon:
            before = await wait_until(lambda: _events(daemon, "active", 2))
        async with running_daemon(tables, tmp_path, catalogue_of(broken)) as daemon:
            without = await _events(daemon, "active"), await daemon.text("metrics")
            page = await daemon.text("/")
            assert "broken_toy" in page
        async with running_daemon(tables, tmp_path, catalogue) as daemon:
            return before, *without, await _events(daemon, "active")

    before, meanwhile, page, after = asyncio.run(live())
    assert _ids(before) == _ids(meanwhile) == _ids(after)
    assert set(series(page, "syseventd_expiry_timestamp_seconds").values()) == {DATE}


def test_source_of_a_refused_plugin_ends_nothing(toy: ModuleType, tmp_path: Path) -> None:
    """A plugin may offer a source for another's targets: those go on without it."""
    more = ModuleType("more_toy")
    more.source_types = hookimpl(  # type: ignore[attr-defined]
        lambda: [s for s in toy.source_types() if (s.target_type, s.name) == ("toy", "more")]
    )
    less = ModuleType("less_toy")
    less.target_types = toy.target_types  # type: ignore[attr-defined]
    less.source_types = hookimpl(  # type: ignore[attr-defined]
        lambda: [s for s in toy.source_types() if (s.target_type, s.name) == ("toy", "jobs")]
    )
    broken = ModuleType("more_toy")
    broken.target_types = target_types  # type: ignore[attr-defined]
    tables = {"targets": {"a": {"type": "toy", "interval": "50ms", "jobs": ["one"]}}}

    async def live() -> tuple[Any, Any]:
        async with running_daemon(tables, tmp_path, catalogue_of(less, more)) as daemon:
            before = await wait_until(lambda: _events(daemon, "active", 2))
        async with running_daemon(tables, tmp_path, catalogue_of(less, broken)) as daemon:
            assert (await daemon.json("api/v1/targets/a"))["type"] == "toy"
            return before, await _events(daemon, "active")

    before, after = asyncio.run(live())
    assert _ids(before) == _ids(after)


@pytest.fixture
def expired(tmp_path: Path) -> tuple[Path, float]:
    """A server's certificate that expired yesterday, with its key; and when that was."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    ends = datetime.now(UTC).replace(microsecond=0) - timedelta(days=1)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), 1)
        .not_valid_before(ends - timedelta(days=90))
        .not_valid_after(ends)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path / "server.pem"
    path.write_bytes(
        made.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return path, ends.timestamp()


def test_date_of_an_expired_and_unreachable_certificate_stays(
    expired: tuple[Path, float], tmp_path: Path, series: Series
) -> None:
    """While probes fail, and across a restart."""
    path, ends = expired
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)

    async def dates(daemon: RunningDaemon) -> set[float]:
        page = await daemon.text("metrics")
        return set(series(page, "syseventd_expiry_timestamp_seconds").values())

    async def failures(daemon: RunningDaemon) -> float:
        page = await daemon.text("metrics")
        return sum(series(page, "syseventd_probe_failures_total").values())

    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    async def live() -> list[set[float]]:
        server = await asyncio.start_server(hang_up, "127.0.0.1", 0, ssl=context)
        port = server.sockets[0].getsockname()[1]
        target = {
            "type": "certificates",
            "endpoints": [f"127.0.0.1:{port}"],
            "interval": "100ms",
            "timeout": "5s",
        }
        seen = []
        async with running_daemon({"targets": {"tls": target}}, tmp_path) as daemon:
            seen.append(await wait_until(lambda: dates(daemon)))
            server.close()
            await server.wait_closed()
            await wait_until(lambda: failures(daemon))
            seen.append(await dates(daemon))
        async with running_daemon({"targets": {"tls": target}}, tmp_path) as daemon:
            seen.append(await dates(daemon))
        return seen

    assert asyncio.run(live()) == [{ends}] * 3


async def _events(daemon: RunningDaemon, state: str, at_least: int = 0) -> Any:
    events = (await daemon.json(f"api/v1/events?state={state}"))["events"]
    return events if len(events) >= at_least else None


def _ids(events: Any) -> set[int]:
    return {event["id"] for event in events}
