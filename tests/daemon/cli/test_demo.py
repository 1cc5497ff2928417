"""`syseventd demo`: the whole daemon against a simulated installation, and nothing left behind."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

PATIENCE = 20.0


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """The command in a process of its own, its temporary folder in ours."""
    process = subprocess.Popen(
        [
            *(sys.executable, "-c", "from syseventd.cli import main; main()"),
            *("demo", "--listen", "127.0.0.1:0", "--speed", "100", "--language", "sv"),
        ],
        env={**os.environ, "TMPDIR": str(tmp_path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        yield process
        if process.poll() is None:
            process.kill()


def _get(address: str) -> str:
    with urllib.request.urlopen(address, timeout=5) as reply:
        text: str = reply.read().decode()
        return text


def _until_there(address: str) -> Any:
    deadline = time.monotonic() + PATIENCE
    while not (found := json.loads(_get(address))["events"]):
        assert time.monotonic() < deadline
        time.sleep(0.05)  # only a look from outside can tell
    return found


def test_demo_shows_events_and_cleans_up(demo: subprocess.Popen[str], tmp_path: Path) -> None:
    """It prints where to look, shows what the simulator tells, and ends with Ctrl-C alone."""
    assert demo.stdout is not None
    lines = [demo.stdout.readline() for _ in range(5)]
    addresses = dict(re.findall(r"^  (\w+) +(http://\S+)$", "".join(lines), re.MULTILINE))
    assert set(addresses) == {"page", "metrics", "events"}
    assert "simulated" in lines[0]
    assert {event["target"] for event in _until_there(addresses["events"])} == {"demo"}
    assert 'target="demo"' in _get(addresses["metrics"])
    assert '<html lang="sv"' in _get(addresses["page"])
    assert list(tmp_path.iterdir())
    demo.send_signal(signal.SIGHUP)
    assert demo.stderr is not None
    refused = json.loads(demo.stderr.readline())
    assert refused["faults"] == ["this daemon has no configuration file"]
    demo.send_signal(signal.SIGINT)
    _, errors = demo.communicate(timeout=PATIENCE)
    assert (demo.returncode, errors) == (0, "")
    assert list(tmp_path.iterdir()) == []
