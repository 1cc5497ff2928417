"""A stranger's plugin and its broken siblings: really built, installed and run by the daemon."""

from __future__ import annotations

import ast
import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from syseventd.testing import wait_until

STRANGERS = Path(__file__).parent

COMMAND = (sys.executable, "-c", "from syseventd.cli import main; main()")

HANG = 1.0
"""Seconds after which the sources that hang are given up."""

CONFIGURATION = """
[daemon]
listen = "127.0.0.1:0"
state_directory = "{folder}"

[targets.office]
type = "printers"
spool = "{folder}/spool.json"
sources.queue.interval = "200ms"
sources.toner.interval = "200ms"

[targets.host]
type = "certificates"
paths = ["{folder}/key.pem"]
interval = "200ms"

[targets.stuck]
type = "hanging"
interval = "1s"
timeout = "1s"

[targets.sums]
type = "raising"
interval = "200ms"

[targets.lost]
type = "misspelt"

[sinks.diary]
type = "journal"
file = "{folder}/diary.jsonl"
"""

JOB = {"id": 17, "name": "Payslips", "owner": "ann", "submitted": 1.7e9, "pages": 4, "printed": 1}
TONER = {"used": 120, "lasts": 2000, "service": 1.9e9}


@pytest.fixture(scope="module")
def installed(install: Callable[..., dict[str, str]]) -> dict[str, str]:
    """An environment in which every project of `tests/stranger` is installed."""
    return install(*(path.parent for path in STRANGERS.glob("*/pyproject.toml")))


@pytest.fixture(scope="module")
def listed(installed: dict[str, str]) -> dict[str, Any]:
    """What `syseventd plugins --json` says, and its exit code."""
    done = subprocess.run(
        [*COMMAND, "plugins", "--json"], env=installed, capture_output=True, text=True, check=False
    )
    return {**json.loads(done.stdout), "exit": done.returncode, "stderr": done.stderr}


def refusals(listed: dict[str, Any]) -> dict[str, str]:
    """Why each was refused, by distribution."""
    return {refused["origin"]: refused["reason"] for refused in listed["refused"]}


PUBLIC = {"syseventd", "syseventd.interface", "syseventd.settings"}


def test_strangers_import_public_names_alone() -> None:
    """Else they would prove nothing."""
    imported = set()
    for file in STRANGERS.glob("*/**/*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.ImportFrom):
                imported.add(node.module or "")
            elif isinstance(node, ast.Import):
                imported.update(name.name for name in node.names)
    ours = {name for name in imported if name.partition(".")[0].startswith("syseventd")}
    assert ours == PUBLIC


REASONS = {
    "stranger-absent-import": "No module named 'a_library_that_nobody_installed'",
    "stranger-misspelt-hook": "it implements the hook 'target_typs'; the nearest is 'target_types'",
    "stranger-wrong-signature": "it breaks the signature of a hook: Plugin 'wrong-signature'",
    "stranger-taken-name": ("its name is taken by the plugin 'printers' of stranger-printers 2.3"),
    "stranger-taken-target-type": (
        "its target type 'certificates' is taken by the plugin 'certificates'"
    ),
    "stranger-raising-hook": "its hook target_types failed: KeyError: 'types'",
}


@pytest.mark.parametrize("origin", REASONS)
def test_a_broken_sibling_is_listed_with_its_reason(listed: dict[str, Any], origin: str) -> None:
    """`syseventd plugins` names who is broken, and how."""
    assert REASONS[origin] in refusals(listed)[origin]


def test_nobody_else_is_refused(listed: dict[str, Any]) -> None:
    """Sources that raise or hang are no reason: their hooks are sound."""
    assert set(refusals(listed)) == set(REASONS)


def test_refused_plugins_are_an_exit_code_and_no_traceback(listed: dict[str, Any]) -> None:
    """A script can tell, and a person isn't frightened."""
    assert (listed["exit"], listed["stderr"]) == (1, "")


def test_the_healthy_stranger_is_listed_with_all_that_it_offers(listed: dict[str, Any]) -> None:
    """Its version and its distribution are its own."""
    (printers,) = (p for p in listed["plugins"] if p["name"] == "printers")
    assert printers == {
        "name": "printers",
        "version": "2.3",
        "origin": "stranger-printers",
        "target_types": ["printers"],
        "sources": ["printers/queue", "printers/toner", "certificates/permissions"],
        "sinks": ["journal"],
        "event_kinds": ["print-job", "world-writable"],
        "gauges": ["printer_toner_ratio"],
        "tabs": ["printers/queue"],
    }


# --- the daemon with all of them --------------------------------------------------------------


@dataclass
class Story:
    """What was seen while the daemon ran."""

    folder: Path
    log: Path
    events: list[dict[str, Any]] = field(default_factory=list)
    targets: dict[str, dict[str, Any]] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    beats: set[float] = field(default_factory=set)
    hung: dict[str, tuple[float, float]] = field(default_factory=dict)
    """When a source that hangs was asked, and when it was given up."""
    exit_code: int | None = None
    stopped_in: float = 0.0

    def spool(self, **content: Any) -> None:
        """Let the spooler write its file, in one step."""
        new = self.folder / "spool.new"
        new.write_text(json.dumps({"toner": TONER, **content}))
        new.replace(self.folder / "spool.json")

    def diary(self) -> list[dict[str, Any]]:
        """What the stranger's sink was handed."""
        file = self.folder / "diary.jsonl"
        return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []

    def logged(self, event: str) -> list[dict[str, Any]]:
        lines = (line for line in self.log.read_text().splitlines() if line.startswith("{"))
        return [entry for entry in map(json.loads, lines) if entry["event"] == event]

    def steps(self) -> list[str]:
        return [line["step"] for line in self.diary() if line["source"] == "office/queue"]


@pytest.fixture(scope="module")
def story(installed: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Story:
    """A daemon that runs with every stranger, until all has happened that tests look at."""
    folder = tmp_path_factory.mktemp("daemon")
    story = Story(folder, folder / "log.jsonl")
    story.spool(jobs=[])
    key = folder / "key.pem"
    key.write_text("nothing secret")
    key.chmod(0o666)
    configuration = folder / "syseventd.toml"
    configuration.write_text(CONFIGURATION.format(folder=folder))
    with running(configuration, installed, story) as process:
        asyncio.run(watch(story, process))
        stopping = time.monotonic()
        process.terminate()
        story.exit_code = process.wait(30)
        story.stopped_in = time.monotonic() - stopping
    return story


@contextmanager
def running(
    configuration: Path, environment: dict[str, str], story: Story
) -> Iterator[subprocess.Popen[bytes]]:
    """`syseventd run` while the context lasts."""
    with story.log.open("wb") as log:
        command = [*COMMAND, "run", "--config", configuration]
        process = subprocess.Popen(command, env=environment, stderr=log)
        try:
            yield process
        finally:
            process.kill()
            process.wait()


async def watch(story: Story, process: subprocess.Popen[bytes]) -> None:
    """Let a job come, print and go, and write down what the daemon says meanwhile."""

    async def address() -> str:
        assert process.poll() is None, story.log.read_text()
        started = story.logged("started")
        return started[0]["address"] if started else ""

    async def step(number: int) -> bool:
        return len(story.steps()) >= number

    async with aiohttp.ClientSession(await wait_until(address)) as session:
        daemon = Daemon(session)
        await wait_until(lambda: daemon.probes_of("office", "ok"))
        story.spool(jobs=[JOB])
        await wait_until(lambda: step(1))
        await wait_until(lambda: all_gave_up(story, daemon))
        story.spool(jobs=[{**JOB, "printed": 2}])
        await wait_until(lambda: step(2))
        await wait_until(lambda: daemon.probes_of("sums", "error"))
        await wait_until(lambda: daemon.probes_of("host", "ok"))
        story.events = (await daemon.look("/api/v1/events"))["events"]
        for name in ("office", "sums", "host"):
            story.targets[name] = await daemon.look(f"/api/v1/targets/{name}")
        for path in ("/", "/targets/office", "/metrics"):
            story.texts[path] = await daemon.look(path)
        story.spool(jobs=[])
        await wait_until(lambda: step(3))


class Daemon:
    """The running daemon, over HTTP."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session

    async def look(self, path: str) -> Any:
        async with self._session.get(path) as reply:
            reply.raise_for_status()
            return await (reply.json() if path.startswith("/api") else reply.text())

    async def probes_of(self, target: str, outcome: str) -> list[dict[str, Any]]:
        detail = await self.look(f"/api/v1/targets/{target}")
        return [probe for probe in detail["probes"] if probe["outcome"] == outcome]


async def all_gave_up(story: Story, daemon: Daemon) -> bool:
    """Whether each source that hangs was given up; notes when the healthy one was asked."""
    for probe in await daemon.probes_of("office", "ok"):
        if probe["source"] == "queue":
            story.beats.add(seconds(probe["started_at"]))
    for probe in await daemon.probes_of("stuck", "timeout"):
        began, length = seconds(probe["started_at"]), probe["duration_seconds"]
        if length >= HANG:
            story.hung[probe["source"]] = began, began + length
    return len(story.hung) == 3


def seconds(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


def test_the_strangers_events_are_in_the_api(story: Story) -> None:
    """As its source reported them."""
    (job,) = (event for event in story.events if event["target"] == "office")
    assert (job["source"], job["key"], job["kind"]) == ("queue", "17", "print-job")
    assert (job["name"], job["activated_by"], job["progress"]) == ("Payslips", "ann", 0.5)


def test_its_plain_function_measures(story: Story) -> None:
    """The source that runs in a thread shares the connection of the one on the event loop."""
    office = story.targets["office"]
    (meter,) = office["meters"]
    assert (meter["name"], meter["used"], meter["threshold"]) == ("pages", 120.0, 2000.0)
    assert [expiry["kind"] for expiry in office["expiries"]] == ["maintenance"]


def test_its_source_watches_somebody_elses_targets(story: Story) -> None:
    """Beside the source that comes with the type."""
    assert set(story.targets["host"]["sources"]) == {"certificates", "permissions"}
    kinds = {event["kind"] for event in story.events if event["target"] == "host"}
    assert "world-writable" in kinds


def test_its_sink_receives_each_transition(story: Story) -> None:
    """In order, with growing ids, under the name that the configuration gave it."""
    assert story.steps() == ["started", "changed", "ended"]
    diary = story.diary()
    ids = [line["id"] for line in diary]
    assert ids == sorted(set(ids))
    assert {line["sink"] for line in diary} == {"diary"}


def test_its_tab_is_on_the_page_of_its_targets(story: Story) -> None:
    """With its title, its headings and its rows."""
    page = story.texts["/targets/office"]
    assert all(text in page for text in ("Print queue", "Sent by", "Payslips"))


def test_its_kinds_are_labels(story: Story) -> None:
    """A kind that was declared is no "other"."""
    lines = story.texts["/metrics"].splitlines()
    events = [line for line in lines if line.startswith("syseventd_events{")]
    assert any('target="office"' in line and 'kind="print-job"' in line for line in events)


def test_its_gauge_is_a_metric(story: Story) -> None:
    """With its help, and what its source measured."""
    text = story.texts["/metrics"]
    assert "# HELP syseventd_printer_toner_ratio How much of a cartridge is left. " in text
    labels = '{target="office",source="toner",part="black"}'
    assert f"syseventd_printer_toner_ratio{labels} 0.94\n" in text


def test_refused_plugins_are_named_in_log_metrics_and_page(story: Story) -> None:
    """Wherever an administrator looks first."""
    assert {entry["origin"] for entry in story.logged("plugin_refused")} == set(REASONS)
    refused = [t for t in story.texts["/metrics"].splitlines() if "plugin_refused{" in t]
    for name in ("absent-import", "misspelt-hook", "wrong-signature", "raising-hook"):
        assert any(f'"{name}"' in line for line in refused)
        assert name in story.texts["/"]


def test_the_target_of_a_refused_plugin_is_named_with_the_reason(story: Story) -> None:
    """The other targets are watched all the same."""
    (idle,) = story.logged("without_plugin")
    assert idle["place"] == "targets.lost.type"
    assert "misspelt-hook (it implements the hook &#39;target_typs" in story.texts["/"]


def test_a_source_that_raises_is_a_failing_source(story: Story) -> None:
    """Its page tells the error; the log has the traceback for its author, once."""
    source = story.targets["sums"]["sources"]["divides"]
    assert source["reason"] == "ZeroDivisionError: division by zero"
    (entry,) = story.logged("source_raised")
    assert "stranger_raising_source.py" in entry["exception"]


@pytest.mark.parametrize("name", ["awaiting", "in-thread", "spinning"])
def test_a_source_that_hangs_is_given_up_and_delays_nobody(story: Story, name: str) -> None:
    """While it hung, the stranger's healthy source kept its beat of 0.2 s."""
    began, ended = story.hung[name]
    beats = [beat for beat in story.beats if began <= beat <= ended]
    assert len(beats) >= (ended - began) / 0.2 / 2


def test_the_daemon_stops_in_time_although_sources_hang(story: Story) -> None:
    """A thread that can't be killed keeps nobody, and exits are clean."""
    assert story.exit_code == 0
    assert story.stopped_in < 10


def test_its_demo_is_shown_beside_ours(installed: dict[str, str]) -> None:
    """`syseventd demo` watches every simulated system there is."""
    command = [*COMMAND, "demo", "--listen", "127.0.0.1:0"]
    with subprocess.Popen(command, env=installed, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            lines = (line.split() for line in process.stdout)
            address = next(words[1] for words in lines if words[:1] == ["page"])
            assert asyncio.run(targets_at(address)) == {
                "demo": "superoffice",
                "printers": "printers",
            }
        finally:
            process.terminate()
    assert process.returncode == 0


async def targets_at(address: str) -> dict[str, str]:
    """Each target's type, by name."""
    async with aiohttp.ClientSession(address) as session:
        found = (await Daemon(session).look("/api/v1/targets"))["targets"]
    return {target["name"]: target["type"] for target in found}
