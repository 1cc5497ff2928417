"""What plugin authors test with does what it says, also when what is tested is broken."""

from __future__ import annotations

import asyncio
import importlib
import os
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import aiohttp
import pytest

from syseventd import Observation, Outcome, Snapshot, Throttled, hookimpl
from syseventd.errors import ConfigInvalid, StoreUnusable
from syseventd.interface import Isolation, SourceType, TargetType
from syseventd.plugins import Catalogue
from syseventd.settings import Settings
from syseventd.testing import catalogue_of, probe_once, running_daemon, wait_until


class Answering:
    """Answers, and remembers that it was closed."""

    def __init__(self) -> None:
        self.closed = 0

    async def probe(self) -> Snapshot:
        return Snapshot((Observation("1", "opened", "Box one"),))

    async def aclose(self) -> None:
        self.closed += 1


class Refusing:
    """Wants to be left alone."""

    def probe(self) -> Snapshot:
        raise Throttled("attic", "too many", retry_after=7.0)


class Hanging:
    """Never answers."""

    async def probe(self) -> Snapshot:
        await asyncio.Event().wait()
        raise AssertionError("nobody set it")


# --- probe_once -------------------------------------------------------------------------------


def test_probe_once_returns_what_the_source_saw() -> None:
    """With its outcome, as the daemon has it."""
    result = asyncio.run(probe_once(Answering()))
    assert result.outcome is Outcome.OK
    assert result.snapshot is not None
    assert [event.name for event in result.snapshot.observations] == ["Box one"]


def test_probe_once_closes_the_source() -> None:
    """Once, so that a test leaves no connection open."""
    source = Answering()
    asyncio.run(probe_once(source))
    assert source.closed == 1


def test_probe_once_does_not_raise_what_the_source_raises() -> None:
    """The result tells: that is what the daemon goes by."""
    result = asyncio.run(probe_once(Refusing()))
    assert (result.outcome, result.retry_after) == (Outcome.THROTTLED, 7.0)


def test_probe_once_ends_at_its_deadline() -> None:
    """A test of a source that hangs does not hang."""
    began = time.monotonic()
    result = asyncio.run(probe_once(Hanging(), deadline=0.05))
    assert result.outcome is Outcome.TIMEOUT
    assert time.monotonic() - began < 5


def test_probe_once_can_use_a_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """So an author sees whether a source pickles."""
    name = "a_source_with_a_process"
    code = (
        "import os\nfrom syseventd import Snapshot\n"
        "class Source:\n  def probe(self): return Snapshot(facts={'pid': str(os.getpid())})\n"
    )
    tmp_path.joinpath(f"{name}.py").write_text(code)
    monkeypatch.syspath_prepend(tmp_path)
    source = importlib.import_module(name).Source()
    monkeypatch.setitem(sys.modules, name, sys.modules[name])
    result = asyncio.run(probe_once(source, isolation=Isolation.PROCESS))
    assert result.snapshot is not None
    assert result.snapshot.facts["pid"] != str(os.getpid())


# --- catalogue_of -----------------------------------------------------------------------------


def create(target: object, connection: object, settings: object) -> Answering:
    return Answering()


def boxes() -> ModuleType:
    """A plugin with one target type and one source."""
    module = ModuleType("somewhere.boxes")
    module.target_types = hookimpl(specname="target_types")(  # type: ignore[attr-defined]
        lambda: [TargetType("boxes", Settings)]
    )
    module.source_types = hookimpl(specname="source_types")(  # type: ignore[attr-defined]
        lambda: [SourceType("lids", "boxes", create, interval=0.05)]
    )
    return module


def test_catalogue_of_knows_a_plugin_by_its_modules_last_name() -> None:
    """And what it offers."""
    catalogue = catalogue_of(boxes())
    assert [plugin.name for plugin in catalogue.plugins] == ["boxes"]
    assert set(catalogue.target_types) == {"boxes"}


def test_catalogue_of_holds_these_modules_alone() -> None:
    """What else is installed on the author's machine changes no test."""
    assert not catalogue_of().plugins
    assert "certificates" not in catalogue_of(boxes()).target_types


def test_catalogue_of_tells_why_a_module_would_be_refused() -> None:
    """As the daemon would."""
    module = ModuleType("broken")
    module.target_typs = hookimpl(specname="target_typs")(lambda: ())  # type: ignore[attr-defined]
    (refused,) = catalogue_of(module).refused
    assert "the nearest is 'target_types'" in refused.reason


# --- running_daemon ---------------------------------------------------------------------------

TABLES = {"targets": {"attic": {"type": "boxes"}}}


def in_daemon(
    folder: Path, visit: Callable[[Any], Awaitable[Any]], catalogue: Catalogue | None = None
) -> Any:
    """What `visit(daemon)` returns, with a daemon that watches the attic."""

    async def story() -> Any:
        async with running_daemon(TABLES, folder, catalogue or catalogue_of(boxes())) as daemon:
            return await visit(daemon)

    return asyncio.run(story())


async def first_event(daemon: Any) -> Any:
    async def events() -> Any:
        return (await daemon.json("api/v1/events"))["events"]

    return (await wait_until(events))[0]


def test_a_running_daemon_watches_what_its_tables_say(tmp_path: Path) -> None:
    """From the source to the API."""
    event = in_daemon(tmp_path, first_event)
    assert (event["target"], event["source"], event["name"]) == ("attic", "lids", "Box one")


def test_a_running_daemon_keeps_its_store_in_the_folder(tmp_path: Path) -> None:
    """Another one there knows the same event: restarts can be tested."""
    first = in_daemon(tmp_path / "made" / "anew", first_event)
    assert in_daemon(tmp_path / "made" / "anew", first_event)["id"] == first["id"]


def test_a_running_daemon_listens_on_loopback_alone(tmp_path: Path) -> None:
    """On a port that was free: tests run beside each other."""

    async def visit(daemon: Any) -> tuple[str, str]:
        return daemon.url, await daemon.text("/-/healthy")

    url, _ = in_daemon(tmp_path, visit)
    assert url.startswith("http://127.0.0.1:")
    assert url.endswith("/")
    assert not url.endswith(":0/")


@pytest.mark.parametrize("ask", ["text", "json"])
def test_what_is_not_found_raises(tmp_path: Path, ask: str) -> None:
    """So that a test of a page doesn't read an error's page instead."""

    async def visit(daemon: Any) -> None:
        await getattr(daemon, ask)("/api/v1/targets/cellar")

    with pytest.raises(aiohttp.ClientResponseError, match="404"):
        in_daemon(tmp_path, visit)


def test_the_daemon_stops_when_the_test_fails(tmp_path: Path) -> None:
    """What the test raised comes through, and nobody listens any more."""
    urls = []

    async def visit(daemon: Any) -> None:
        urls.append(daemon.url)
        raise LookupError("the test's own")

    with pytest.raises(LookupError, match="the test's own"):
        in_daemon(tmp_path, visit)

    async def call() -> None:
        async with aiohttp.ClientSession() as session, session.get(urls[0]):
            raise AssertionError("it still answers")

    with pytest.raises(aiohttp.ClientConnectorError):
        asyncio.run(call())


def test_a_wrong_configuration_raises_its_faults(tmp_path: Path) -> None:
    """Before anything is started."""

    async def story() -> None:
        tables = {"targets": {"attic": {"type": "boxen"}}}
        async with running_daemon(tables, tmp_path, catalogue_of(boxes())):
            raise AssertionError("it started")

    with pytest.raises(ConfigInvalid, match="boxes"):
        asyncio.run(story())


def test_a_daemon_that_can_not_start_raises_why(tmp_path: Path) -> None:
    """And nobody waits for its address."""
    (tmp_path / "events.db").write_text("this is no database, and was never meant to be one")

    async def never(daemon: Any) -> None:
        raise AssertionError("it started")

    with pytest.raises(StoreUnusable):
        in_daemon(tmp_path, never)


def test_a_running_daemon_reloads_other_tables(tmp_path: Path) -> None:
    """What was refused is told; what was accepted holds."""

    async def visit(daemon: Any) -> tuple[Any, Any, list[str]]:
        refused = await daemon.reload({"targets": {"cellar": {"type": "boxen"}}})
        accepted = await daemon.reload({"targets": {"cellar": {"type": "boxes"}}})
        targets = (await daemon.json("/api/v1/targets"))["targets"]
        return refused, accepted, [target["name"] for target in targets]

    refused, accepted, names = in_daemon(tmp_path, visit)
    assert "targets.cellar.type" in refused
    assert (accepted, names) == (None, ["cellar"])


def test_without_a_catalogue_what_is_installed_is_loaded(tmp_path: Path) -> None:
    """As the command does."""

    async def story() -> str:
        tables = {"targets": {"host": {"type": "certificates", "paths": ["/nowhere/to/be/found"]}}}
        async with running_daemon(tables, tmp_path) as daemon:
            return await daemon.text("/targets/host")

    assert "certificates" in asyncio.run(story())


# --- wait_until -------------------------------------------------------------------------------


def test_wait_until_returns_what_it_waited_for() -> None:
    """The first true answer."""
    answers = iter([0, "", [], "ready"])

    async def look() -> object:
        return next(answers)

    assert asyncio.run(wait_until(look)) == "ready"


def test_wait_until_has_an_end() -> None:
    """A condition that never holds fails the test that waits."""

    async def look() -> bool:
        return False

    with pytest.raises(TimeoutError):
        asyncio.run(wait_until(look, within=0.05))


def test_wait_until_ends_a_look_that_hangs() -> None:
    """A daemon that doesn't answer is no reason to wait for ever."""

    async def look() -> bool:
        return await asyncio.Event().wait()

    with pytest.raises(TimeoutError):
        asyncio.run(wait_until(look, within=0.05))


def test_wait_until_passes_on_what_a_look_raises() -> None:
    """It is a fault, not a "not yet"."""

    async def look() -> bool:
        raise LookupError("gone")

    with pytest.raises(LookupError, match="gone"):
        asyncio.run(wait_until(look))
