"""The demo that the daemon watches, and the simulator run by itself."""

from __future__ import annotations

import ast
import asyncio
import base64
import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from click.testing import CliRunner

import syseventd_superoffice.simulator
from syseventd.interface import Demo
from syseventd_superoffice import source_types
from syseventd_superoffice.settings import SuperOfficeSettings
from syseventd_superoffice.simulator import demo
from syseventd_superoffice.simulator.__main__ import main
from syseventd_superoffice.simulator.demo import sources as demo_sources

VARIABLE = "SYSEVENTD_DEMO_PASSWORD"
PACKAGE = Path(syseventd_superoffice.simulator.__file__).parent


async def first_names(block: dict[str, Any]) -> list[str]:
    """What a watcher who knows nothing but the block reads."""
    auth = block["auth"]
    secret = f"{auth['user']}:{os.environ[auth['password_env']]}".encode()
    headers = {"Authorization": f"Basic {base64.b64encode(secret).decode()}"}
    url = f"{block['url']}/api/v1/SystemEvent"
    async with aiohttp.ClientSession() as session, session.get(url, headers=headers) as reply:
        assert reply.status == 200
        return [row["eventname"] for row in (await reply.json())["value"]]


def test_it_is_a_demo() -> None:
    """What the plugin offers to `syseventd demo` has the plugin's name."""
    assert isinstance(demo, Demo)
    assert demo.name == "superoffice"


@pytest.mark.parametrize(
    ("language", "name"),
    [
        ("en", "Message of the day (simulated)"),
        ("sv", "Dagens meddelande (simulerat)"),
        ("nl", "Message of the day (simulated)"),
    ],
)
def test_its_block_is_enough_to_watch_it(language: str, name: str) -> None:
    """With the settings that it yields, and nothing else, one reads its events."""

    async def watch() -> list[str]:
        async with demo.start(1.0, language) as block:
            return await first_names(block)

    assert name in asyncio.run(watch())


def test_its_block_is_a_valid_target() -> None:
    """The plugin's own settings accept the block, apart from what the daemon itself reads."""

    async def check() -> SuperOfficeSettings:
        async with demo.start(1.0, "sv") as block:
            own = {name: v for name, v in block.items() if name not in ("type", "sources")}
            return SuperOfficeSettings.model_validate(own)

    assert asyncio.run(check()).language == "sv"


@pytest.mark.parametrize("speed", [0.5, 1.0, 100.0, 1e6])
def test_its_sources_are_the_plugins_own(speed: float) -> None:
    """Each is one that the plugin offers for onsite, with settings that it takes."""
    offered = {source.name: source for source in source_types()}
    block = demo_sources(speed)
    assert block.keys() == offered.keys() - {"tenant"}
    for name, settings in block.items():
        read = offered[name].settings.model_validate(settings)
        assert read.interval is not None
        assert read.interval <= 10


def test_limits_pass_with_the_story() -> None:
    """Ten times as fast, what is waited for lasts a tenth."""
    limits = [demo_sources(speed)["imports"]["waiting_limit"] for speed in (1.0, 10.0)]
    assert limits == ["60000ms", "6000ms"]


def test_speed_is_passed_on() -> None:
    """At a great speed the story is soon where it would be in minutes."""

    async def watch() -> float:
        began = time.monotonic()
        async with demo.start(600.0, "en") as block:
            while "No Login (simulated)" not in await first_names(block):  # noqa: ASYNC110
                await asyncio.sleep(0)  # each round asks over HTTP: that is its pace
        return time.monotonic() - began

    assert asyncio.run(asyncio.wait_for(watch(), 60)) < 10, "it comes 130 s into the story"


@pytest.mark.parametrize("before", [None, "kept"])
def test_the_environment_is_left_as_it_was(
    monkeypatch: pytest.MonkeyPatch, before: str | None
) -> None:
    """The secret is new each time, and gone afterwards, after a failure too."""
    monkeypatch.delenv(VARIABLE, raising=False)
    if before is not None:
        monkeypatch.setenv(VARIABLE, before)
    secrets = set()

    async def fail() -> None:
        async with demo.start(1.0, "en"):
            secrets.add(os.environ[VARIABLE])
            raise LookupError

    for _ in range(2):
        with pytest.raises(LookupError):
            asyncio.run(fail())
    assert len(secrets - {before}) == 2
    assert os.environ.get(VARIABLE) == before


def test_a_speed_that_is_none_is_refused() -> None:
    """A demo that would not move does not start."""

    async def start() -> None:
        async with demo.start(0.0, "en"):
            pytest.fail("started")

    with pytest.raises(ValueError, match="must be a number above 0"):
        asyncio.run(start())


def test_it_runs_by_itself(tmp_path: Path) -> None:
    """`python -m` prints address and login, answers, and ends quietly when it is told to."""
    database = tmp_path / "crm.sqlite"
    command = [sys.executable, "-m", "syseventd_superoffice.simulator", "--speed", "2"]
    command += ["--database", str(database)]
    environment = {**os.environ, "PYTHONUNBUFFERED": "1", VARIABLE: "secret"}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    ) as process:
        assert process.stdout is not None
        said = "".join(process.stdout.readline() for _ in range(5))
        url = re.search(r"http://127\.0\.0\.1:\d+", said)
        assert url is not None, said
        assert "password  secret" in said
        assert database.exists()
        block = {"url": url[0], "auth": {"user": "demo", "password_env": VARIABLE}}
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv(VARIABLE, "secret")
            assert "Import (simulated)" in asyncio.run(first_names(block))
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=10)
        assert (process.returncode, errors) == (0, "")


def test_a_port_that_is_taken_is_said_so() -> None:
    """No traceback for a port that somebody else has."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = CliRunner().invoke(main, ["--port", str(port)])
    assert result.exit_code == 1
    assert f"can't listen on port {port}" in result.output


def test_a_database_that_can_not_be_written_is_said_so(tmp_path: Path) -> None:
    """No traceback for a folder that isn't there."""
    file = tmp_path / "nowhere" / "crm.sqlite"
    result = CliRunner().invoke(main, ["--database", str(file)])
    assert result.exit_code == 1
    assert f"can't write {file}" in result.output


def test_a_wrong_speed_is_a_usage_error() -> None:
    """No traceback for a speed that is none."""
    result = CliRunner().invoke(main, ["--speed", "0"])
    assert result.exit_code == 2
    assert "--speed" in result.output


def test_it_knows_nothing_of_the_plugin_around_it() -> None:
    """Simulator and reader share no code: a mistake in one can't hide in the other.

    Only what fills a database knows the reader's tables, which are the vendor's.
    """
    own, shared = "syseventd_superoffice.simulator", "syseventd_superoffice.database"
    for file in PACKAGE.rglob("*.py"):
        fills = file.name == "database.py" or file.name.endswith("_rows.py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module is not None:
                assert node.level == 0, file
                names = {alias.name for alias in node.names}
                assert (
                    not node.module.startswith("syseventd_superoffice")
                    or node.module.startswith(own)
                    or (fills and node.module == shared and names == {"tables"})
                ), f"{file.name} imports {names} of {node.module}"
