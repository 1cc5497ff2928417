"""The configuration that we ship watches something real, and is no alarm on a healthy machine."""

from __future__ import annotations

import json
import subprocess
import tomllib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

FIRST_ALERT = timedelta(days=30)
"""How long before an expiry the first alert of config/prometheus/ fires."""


@pytest.fixture(scope="module")
def shipped(system: Any) -> Path:
    """The file, on a machine that has what it watches."""
    path = system.root / "config" / "syseventd.toml"
    for target in tomllib.loads(path.read_text(encoding="utf-8"))["targets"].values():
        for watched in target["paths"]:
            if not Path(watched).exists():
                pytest.skip(f"{watched} is missing: apt-get install ca-certificates")
    return Path(path)


@pytest.fixture(scope="module")
def probed(system: Any, shipped: Path) -> Any:
    """What `syseventd probe` says of its one target."""
    [target] = tomllib.loads(shipped.read_text(encoding="utf-8"))["targets"]
    command = [system.scripts / "syseventd", "probe", target, "--config", shipped, "--json"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    [result] = json.loads(done.stdout).values()
    return result


def test_it_sees_something(probed: Any) -> None:
    """A date comes of it, from the first probe on."""
    assert probed["outcome"] == "ok"
    assert probed["snapshot"]["expiries"]


def test_it_raises_no_alarm(probed: Any) -> None:
    """No event, no problem, and no date so near that a rule of ours would fire."""
    seen = probed["snapshot"]
    assert (seen["observations"], seen["problems"]) == ([], [])
    for expiry in seen["expiries"]:
        assert datetime.fromisoformat(expiry["at"]) > datetime.now(UTC) + FIRST_ALERT
