"""SIGHUP to a daemon that runs: systemd is told, and a wrong file changes nothing."""

from __future__ import annotations

import signal
from typing import Any

ONE = '[daemon]\nlisten = "127.0.0.1:0"\n[targets.a]\ntype = "toy"\ninterval = "100ms"\n'
TWO = ONE + '[targets.b]\ntype = "toy"\ninterval = "100ms"\n'


def test_sighup_reloads_and_systemd_is_told(run: Any, write: Any, systemd: Any) -> None:
    daemon = run(ONE, NOTIFY_SOCKET=systemd.address)
    systemd.next_of("READY")
    write(TWO)
    daemon.send(signal.SIGHUP)
    assert systemd.next_of("RELOADING")["MONOTONIC_USEC"].isdigit()
    assert systemd.next_of("READY")["STATUS"] == "watching 4 sources of 2 targets"
    assert daemon.logged("reloaded")["changed_targets"] == ["b"]


def test_sighup_with_a_wrong_file_changes_nothing(run: Any, write: Any, systemd: Any) -> None:
    daemon = run(ONE, NOTIFY_SOCKET=systemd.address)
    systemd.next_of("READY")
    write(ONE + "[targets.b]\n")
    daemon.send(signal.SIGHUP)
    (fault,) = daemon.logged("reload_refused")["faults"]
    assert fault.startswith("targets.b.type: is missing: the kind of system; write type = ")
    assert systemd.next_of("READY")["STATUS"] == "watching 2 sources of 1 targets"
    assert "syseventd_config_last_reload_successful 0" in daemon.get("metrics")[1]
