"""The peer of our probes: Debian's prometheus-blackbox-exporter, asked as Prometheus asks it."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import yaml
from tests.bench.crm import PASSWORD, USER
from tests.bench.processes import (
    PATIENCE,
    ROOT,
    cpu_seconds,
    free_port,
    listening,
    started,
    wait_for,
)

PROGRAM = "/usr/bin/prometheus-blackbox-exporter"


@dataclass(frozen=True, slots=True)
class Load:
    """What one loader process did: replies that said success, others, and how long it took."""

    good: int
    bad: int
    seconds: float


def measure(
    url: str, rate: float, warm_up: float, seconds: float, folder: Path
) -> tuple[float, Load]:
    """CPU seconds of the exporter's process while it was asked, and what it was asked."""
    port = free_port()
    configuration = folder / "blackbox.yml"
    configuration.write_text(yaml.safe_dump(_modules()), encoding="utf-8")
    output = folder / "blackbox.log"
    command = [
        PROGRAM,
        f"--config.file={configuration}",
        f"--web.listen-address=127.0.0.1:{port}",
        "--log.level=error",
    ]
    with started(command, output) as process:
        wait_for(process, output, lambda: listening(port))
        asked = f"http://127.0.0.1:{port}/probe"
        _load(asked, url, rate, warm_up)
        before = cpu_seconds(process.pid)
        load = _load(asked, url, rate, seconds)
        return cpu_seconds(process.pid) - before, load


def _modules() -> dict[str, object]:
    """The module, with the headers that our own client sends.

    All but `Accept-Encoding`: with it this exporter takes a plain reply for a failure.
    """
    token = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
    headers = {
        "Authorization": f"Basic {token}",
        "Accept": "application/json",
        "User-Agent": "syseventd",
        "SO-Language": "en",
        "SO-TimeZone": "UTC, includeTZOffset",
    }
    http = {
        "headers": headers,
        "follow_redirects": False,
        "preferred_ip_protocol": "ip4",
    }
    return {"modules": {"events": {"prober": "http", "timeout": "10s", "http": http}}}


def _load(asked: str, url: str, rate: float, seconds: float) -> Load:
    command = [sys.executable, "-m", "tests.bench.loader", asked, url, str(rate), str(seconds)]
    ended = subprocess.run(
        command, cwd=ROOT, check=True, capture_output=True, timeout=seconds + PATIENCE
    )
    return Load(**json.loads(ended.stdout))
