"""`probe_cpu_us`: CPU of the whole daemon for one probe that finds nothing changed."""

from __future__ import annotations

import json
import sys
import tempfile
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from tests.bench import crm, exporter
from tests.bench.figure import Figure, Sizes
from tests.bench.processes import cpu_seconds, started, wait_for

from syseventd_superoffice.webapi.questions import SYSTEM_EVENTS

SCRAPE_EVERY = 15.0
"""Seconds between two scrapes of our daemon, as Prometheus makes them: they are in its figure."""

PATH = "/api/v1/SystemEvent"
OTHERS = ("imports", "saint", "freetext", "licences", "installation")
"""What else is watched by default, and finds nothing at a server with one page."""

PROBES = "syseventd_probes_total{"
FAILURES = "syseventd_probe_failures_total{"


@dataclass(frozen=True, slots=True)
class Ours:
    """What the daemon did while it was measured."""

    cpu: float
    probes: float
    failures: float
    seconds: float


def measure(sizes: Sizes) -> list[Figure]:
    """Ours and the exporter's, one after the other against the same server."""
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        with crm.serving(folder) as url:
            ours = _measure_ours(url, sizes, folder)
            probed = (
                f"{url}{PATH}?$select={','.join(SYSTEM_EVENTS)}&$orderBy=SystemEvent_id&$top=1000"
            )
            cpu, load = exporter.measure(
                probed, sizes.targets, sizes.warm_up / 2, sizes.seconds, folder
            )
    return [
        Figure(
            "probe_cpu_us",
            "µs",
            ours.cpu / ours.probes * 1e6,
            cpu / (load.good + load.bad) * 1e6,
            "≤ 1/3 of the peer's",
            (
                f"ours: {ours.probes:.0f} probes in {ours.seconds:.1f} s "
                f"({ours.probes / ours.seconds:.0f}/s), {ours.failures:.0f} failed, "
                f"{ours.cpu / ours.seconds:.0%} of a core",
                f"peer: {load.good + load.bad} probes in {load.seconds:.1f} s "
                f"({(load.good + load.bad) / load.seconds:.0f}/s), {load.bad} failed, "
                f"{cpu / load.seconds:.0%} of a core",
            ),
        )
    ]


def _measure_ours(url: str, sizes: Sizes, folder: Path) -> Ours:
    configuration = folder / "syseventd.toml"
    configuration.write_text(_configuration(url, sizes.targets, folder), encoding="utf-8")
    output = folder / "syseventd.log"
    command = [
        str(Path(sys.executable).with_name("syseventd")),
        "run",
        "--config",
        str(configuration),
    ]
    with started(command, output, {"BENCH_PASSWORD": crm.PASSWORD}) as process:
        address = wait_for(process, output, lambda: _address(output))
        time.sleep(sizes.warm_up)  # a warm-up has nothing to wait for but time
        _scrape(address)
        # The first scrape is within, the last is not: so both see the probes equally late.
        cpu, began = cpu_seconds(process.pid), time.monotonic()
        first = _counters(address)
        while (left := began + sizes.seconds - time.monotonic()) > 0:
            time.sleep(min(left, SCRAPE_EVERY))
            if left > SCRAPE_EVERY:
                _scrape(address)
        cpu, seconds = cpu_seconds(process.pid) - cpu, time.monotonic() - began
        last = _counters(address)
    return Ours(cpu, last[0] - first[0], last[1] - first[1], seconds)


def _configuration(url: str, targets: int, folder: Path) -> str:
    others = "\n".join(f"sources.{other} = {{{{ enabled = false }}}}" for other in OTHERS)
    target = f"""
[targets.crm{{number}}]
type = "superoffice"
url = "{url}"
auth = {{{{ method = "basic", user = "{crm.USER}", password_env = "BENCH_PASSWORD" }}}}
sources.system-events = {{{{ interval = "1s" }}}}
{others}
"""
    daemon = f"""
[daemon]
listen = "127.0.0.1:0"
state_directory = "{folder}"
log_format = "json"
"""
    return daemon + "".join(target.format(number=number) for number in range(targets))


def _address(output: Path) -> str | None:
    """Where the daemon listens, once its log says that it has started."""
    for line in output.read_text(encoding="utf-8").splitlines():
        if '"started"' in line:
            address: str = json.loads(line)["address"]
            return address
    return None


def _scrape(address: str) -> str:
    with urllib.request.urlopen(address + "metrics", timeout=30) as reply:
        body: bytes = reply.read()
    return body.decode()


def _counters(address: str) -> tuple[float, float]:
    """Probes that ended since the start, and how many of them failed."""
    lines = _scrape(address).splitlines()
    return _sum(lines, PROBES), _sum(lines, FAILURES)


def _sum(lines: list[str], beginning: str) -> float:
    return sum(float(line.rpartition(" ")[2]) for line in lines if line.startswith(beginning))
