"""`tenants_…`: one daemon, 1,000 online tenants with all their sources, on the same two cores."""

from __future__ import annotations

import json
import re
import sys
import tempfile
import time
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.bench.cloud_server import name
from tests.bench.figure import Figure, Sizes
from tests.bench.processes import cpu_seconds, started, wait_for

INTERVAL = 60.0
SOURCES = (
    "system-events",
    "imports",
    "saint",
    "freetext",
    "licences",
    "installation",
    "tenant",
)
SCRAPE_EVERY = 15.0
PROGRAM = (
    "import sys; sys.modules.update(rich=None, pygments=None); "
    "from syseventd.cli import main; main()"
)
"""The daemon as it is where our development tools are not: structlog and Alembic take 7 MiB of
what those bring, just because it is there."""
LATE = "1.0"
"""The bucket of `syseventd_probe_lateness_seconds` that no probe may be beyond."""

_SAMPLE = re.compile(r"^(\w+)(?:\{(.*)\})? (\S+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Seen:
    """What the daemon did in the time that was measured."""

    seconds: float
    probes: float
    failures: Mapping[str, float]
    late: float
    daemon_cpu: float
    cloud_cpu: float
    memory: float
    slowest_scrape: float
    not_seen: int


def measure(sizes: Sizes) -> list[Figure]:
    """The daemon beside the simulator, for some rounds of every source."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder_name:
        folder = Path(folder_name)
        output = folder / "cloud.log"
        command = [sys.executable, "-m", "tests.bench.cloud_server"]
        with started([*command, str(sizes.tenants), folder_name], output) as cloud:
            login = wait_for(cloud, output, lambda: _line(output))
            seen = _measured(login, cloud.pid, sizes, folder)
    return _figures(seen, sizes)


def _measured(login: str, cloud: int, sizes: Sizes, folder: Path) -> Seen:
    configuration = folder / "syseventd.toml"
    configuration.write_text(_configuration(login, sizes.tenants, folder), encoding="utf-8")
    output = folder / "syseventd.log"
    command = [sys.executable, "-c", PROGRAM, "run", "--config", str(configuration)]
    with started(command, output) as process:
        address = wait_for(process, output, lambda: _address(output))
        pids = (process.pid, cloud)
        time.sleep(sizes.tenants_warm_up)  # the first runs are spread over the interval
        before, cpu = _scraped(address)[0], [cpu_seconds(pid) for pid in pids]
        began, slowest, memory = time.monotonic(), 0.0, 0.0
        while (left := began + sizes.tenants_seconds - time.monotonic()) > 0:
            time.sleep(min(left, SCRAPE_EVERY))
            _, took = _scraped(address)
            slowest, memory = max(slowest, took), max(memory, _resident(process.pid))
        seconds = time.monotonic() - began
        used = [cpu_seconds(pid) - earlier for pid, earlier in zip(pids, cpu, strict=True)]
        after, _ = _scraped(address)
    return _seen(before, after, seconds, used, memory, slowest, sizes)


def _seen(
    before: Mapping[str, float],
    after: Mapping[str, float],
    seconds: float,
    used: list[float],
    memory: float,
    slowest: float,
    sizes: Sizes,
) -> Seen:
    def grown(start: str, part: str = "") -> float:
        return sum(v - before.get(n, 0.0) for n, v in after.items() if _is(n, start, part))

    late = grown("syseventd_probe_lateness_seconds_count") - grown(
        "syseventd_probe_lateness_seconds_bucket", f'le="{LATE}"'
    )
    reasons = ("timeout", "unreachable", "unauthorized", "throttled", "malformed", "error")
    failures = {
        reason: count
        for reason in reasons
        if (count := grown("syseventd_probe_failures_total", f'reason="{reason}"'))
    }
    succeeded = [n for n in after if n.startswith("syseventd_probe_last_success_timestamp")]
    unavailable = sum(
        v for n, v in after.items() if _is(n, "syseventd_source_state", 'state="unavailable"')
    )
    expected = sizes.tenants * len(SOURCES)
    return Seen(
        seconds,
        grown("syseventd_probes_total"),
        failures,
        late,
        *used,
        memory,
        slowest,
        int(expected - len(succeeded) - unavailable),
    )


def _is(sample: str, start: str, part: str) -> bool:
    return sample.startswith(start + "{") and part in sample


def _figures(seen: Seen, sizes: Sizes) -> list[Figure]:
    rate = seen.probes / seen.seconds
    failed = ", ".join(f"{k} {v:.0f}" for k, v in seen.failures.items()) or "none"
    cores = [one / seen.seconds for one in (seen.daemon_cpu, seen.cloud_cpu)]
    notes = (
        f"{sizes.tenants:,} tenants, {len(SOURCES)} sources each, every {INTERVAL:.0f} s: "
        f"{seen.probes:,.0f} probes in {seen.seconds:.0f} s ({rate:.0f}/s); failed: {failed}; "
        f"sources never seen: {seen.not_seen}",
        f"daemon {cores[0]:.0%} of a core, simulator {cores[1]:.0%}; "
        f"slowest of the scrapes every {SCRAPE_EVERY:.0f} s: {seen.slowest_scrape:.2f} s",
    )
    return [
        Figure("tenants_late_probes", "", seen.late, None, "0 more than 1 s late", notes),
        Figure("tenants_memory_mib", "MiB", seen.memory, None, "< 250"),
    ]


def _configuration(login: str, tenants: int, folder: Path) -> str:
    sources = "\n".join(f'{source}.interval = "{INTERVAL:.0f}s"' for source in SOURCES)
    blocks = [
        f"""
[targets.{name(number)}]
type = "superoffice"
tenant = "{name(number)}"
login_url = "{login}"
ca_file = "{folder}/ca.pem"
maintenance = []
[targets.{name(number)}.auth]
method = "system-user"
system_token_file = "{folder}/{name(number)}.token"
client_secret_file = "{folder}/client-secret"
private_key_file = "{folder}/private-key.pem"
[targets.{name(number)}.sources]
{sources}
"""
        for number in range(tenants)
    ]
    daemon = f"""
[daemon]
listen = "127.0.0.1:0"
state_directory = "{folder}"
log_format = "json"
"""
    return daemon + "".join(blocks)


def _line(output: Path) -> str | None:
    text = output.read_text(encoding="utf-8")
    return text.strip() if text.endswith("\n") else None


def _address(output: Path) -> str | None:
    for line in output.read_text(encoding="utf-8").splitlines():
        if '"started"' in line:
            address: str = json.loads(line)["address"]
            return address
    return None


def _scraped(address: str) -> tuple[dict[str, float], float]:
    """Every sample of the daemon's, and the seconds that the scrape took."""
    began = time.perf_counter()
    with urllib.request.urlopen(address + "metrics", timeout=60) as reply:
        text = reply.read().decode()
    took = time.perf_counter() - began
    samples = {f"{n}{{{labels}}}": float(value) for n, labels, value in _SAMPLE.findall(text)}
    return samples, took


def _resident(pid: int) -> float:
    """The memory of a process that is its own or shared, in MiB, at this moment."""
    for line in Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return 0.0
