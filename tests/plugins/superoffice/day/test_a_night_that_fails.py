"""A night in which something fails: a source, or the daemon itself; what stood there goes on.

The night is the lap that has one of everything that can fail: an import that does, an index that
is late. By day a failure meets the same rows once more.
"""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from syseventd.testing import wait_until
from syseventd_superoffice.simulator.faults import Fault, Kind
from syseventd_superoffice.simulator.scenes import LAP


@pytest.fixture(scope="session")
def night(changes: tuple[float, ...]) -> list[float]:
    """The seconds of the night after each of which something is otherwise."""
    return [second for second in changes if second < LAP]


def check_the_night(told: Any) -> None:
    """It ended as the story has it end. What is published came and went while nobody looked."""
    assert told.reasons("import") == ["gone", "failed", "gone"]
    assert "Row 812" in told.of_kind("import")[1]["message"]
    assert told.reasons("freetext-rebuild") == ["gone", "gone"]
    assert told.reasons("saint-rebuild") == ["gone", "gone", None]
    assert told.reasons("udef-rebuild") == []
    assert told.reasons("no-login") == ["gone", "gone"]
    check_rungs(told)


def check_rungs(told: Any) -> None:
    """Each rung of each licence's ladder is one event at the most, restarts included."""
    for kind in ("licence-expiry", "licence-maintenance", "licence-check-missed"):
        keys = Counter(event["key"] for event in told.of_kind(kind))
        assert set(keys.values()) == {1}, (kind, keys)


def test_a_restart_in_the_middle_changes_nothing(through_the_day: Any, night: list[float]) -> None:
    """While the daemon is away an import fails: it ends as that, and nothing begins anew."""

    async def body(day: Any) -> None:
        await day.live_through(second for second in night if second < 250)
        await day.live_through(second for second in night if second > 300)

    told = through_the_day(body)
    assert told.times_told() == Counter(dict.fromkeys(told.stood, 1))
    check_the_night(told)


FAILING = [
    ("/BatchTask", "imports"),
    ("/SystemEvent", "system-events"),
    ("FreeText", "freetext"),
    ("/License", "licences"),
]


@pytest.mark.parametrize(("path", "source"), FAILING, ids=[source for _, source in FAILING])
def test_nothing_ends_because_a_source_fails(
    through_the_day: Any, night: list[float], path: str, source: str
) -> None:
    """What it saw before goes on; once it can look again, all is told as if it always had."""

    async def body(day: Any) -> None:
        await day.live_through(second for second in night if second < 215)
        async with day.watching():
            await day.move_to(220)
            before = {event["id"] for event in await day.events("active")}
            day.faults.add(Fault(Kind.STATUS, path, status=500))
            # The same second: all stands as it stood, and one can no longer look.
            await day.move_to(220, probes=2)
            target = await day.daemon.json("/api/v1/targets/crm")
            assert target["sources"][source]["outcome"] == "error"
            assert {event["id"] for event in await day.events("active")} == before
            await day.move_to(303, probes=1)
        # It is asked seldom once it has failed; a daemon that begins asks at once.
        day.faults.clear()
        await day.live_through(second for second in night if second > 303)

    told = through_the_day(body)
    assert told.times_told() == Counter(dict.fromkeys(told.stood, 1))
    check_the_night(told)


def test_a_daemon_that_is_killed_goes_on_where_it_was(
    through_the_day: Any, night: list[float]
) -> None:
    """In a process of its own, without any farewell; another one finds its events again."""

    async def body(day: Any) -> None:
        day.installation.clock.move(215)
        await watch_until_killed(day, {"import", "freetext-rebuild", "message-of-the-day"})
        await day.live_through(second for second in night if second > 300)

    told = through_the_day(body)
    times = told.times_told()
    # The one that was killed saw more than is noted here.
    assert told.stood <= times.keys()
    assert set(times.values()) == {1}
    (failed,) = [event for event in told.events if event["end_reason"] == "failed"]
    assert "Row 812" in failed["message"]
    assert len(told.of_kind("import")) == 2
    assert len(told.of_kind("freetext-rebuild")) == 2
    check_rungs(told)


async def watch_until_killed(day: Any, kinds: set[str]) -> None:
    """Has a daemon in a process of its own see these kinds of event, and kills it."""
    day.folder.mkdir()
    file = day.folder / "syseventd.toml"
    file.write_text(as_toml(day.tables, day.folder))
    command = (sys.executable, "-c", "from syseventd.cli import main; main()", "run", "--config")
    process = await asyncio.create_subprocess_exec(
        *command, str(file), stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    assert process.stdout is not None
    try:
        address = None
        while address is None:
            line = (await process.stdout.readline()).decode()
            assert line, "it ended"
            address = re.search(r"http://127\.0\.0\.1:\d+/", line)
        async with aiohttp.ClientSession() as session:

            async def seen() -> bool:
                async with session.get(f"{address[0]}api/v1/events?state=active") as reply:
                    events = (await reply.json())["events"]
                return kinds <= {event["kind"] for event in events}

            await wait_until(seen)
    finally:
        process.kill()
        await process.communicate()


def as_toml(tables: dict[str, Any], folder: Path) -> str:
    """The configuration as its file has it."""
    crm = dict(tables["targets"]["crm"])
    sources, auth = crm.pop("sources"), crm.pop("auth")
    daemon = {"listen": "127.0.0.1:0", "state_directory": str(folder)}
    blocks = {"daemon": daemon, "targets.crm": crm, "targets.crm.auth": auth}
    blocks |= {f"targets.crm.sources.{name}": values for name, values in sources.items()}
    return "".join(
        f"[{name}]\n" + "".join(f"{key} = {json.dumps(value)}\n" for key, value in block.items())
        for name, block in blocks.items()
    )
