"""`syseventd check-config`: what would be watched, or what is wrong."""

from __future__ import annotations

import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

HOST = '[targets.host]\ntype = "certificates"\npaths = ["/etc/ssl/certs"]\n'

Write = Callable[..., Path]


def test_valid_configuration_shows_what_would_be_watched(syseventd: Any, write: Write) -> None:
    path = write(HOST + 'interval = "90s"\ntimeout = "1500ms"\n')
    expected = "host/certificates  certificates  every 1m30s  timeout 1.5s\n1 source of 1 target\n"
    assert syseventd("check-config", path) == (0, expected, "")


def test_nothing_to_watch_is_told(syseventd: Any, write: Write) -> None:
    """It is no fault, yet hardly what anybody wants."""
    told = "nothing is watched: no target is configured; write a block such as [targets.crm]\n"
    assert syseventd("check-config", write()) == (0, "0 sources of 0 targets\n", told)


def test_every_source_switched_off_is_told(syseventd: Any, write: Write) -> None:
    path = write(HOST + "[targets.host.sources.certificates]\nenabled = false\n")
    told = "nothing is watched: every source of every target is switched off\n"
    assert syseventd("check-config", path) == (0, "0 sources of 1 target\n", told)


def test_several_are_counted_as_several(syseventd: Any, write: Write) -> None:
    done = syseventd("check-config", write(HOST + HOST.replace("host", "other")))
    assert done.out.splitlines()[-1] == "2 sources of 2 targets"


def test_file_can_be_named_as_for_every_command(syseventd: Any, write: Write) -> None:
    path = write(HOST)
    assert syseventd("check-config", "--config", path) == syseventd("check-config", path)


def test_port_for_everybody_is_warned_of(syseventd: Any, write: Write) -> None:
    """It is no fault: a firewall may stand before it."""
    done = syseventd("check-config", write(HOST, listen="0.0.0.0:9965"))
    assert done.code == 0
    assert done.err.startswith("warning: daemon.listen: is reached from other machines")


def test_missing_state_directory_is_warned_of(syseventd: Any, tmp_path: Path) -> None:
    """It is no fault: it may be made before the daemon starts."""
    path = tmp_path / "syseventd.toml"
    path.write_text(f'[daemon]\nstate_directory = "{tmp_path}/gone"\n{HOST}')
    done = syseventd("check-config", path)
    assert done.code == 0
    assert done.err.startswith("warning: daemon.state_directory: is not there")


def test_password_over_an_open_line_is_warned_of(
    syseventd: Any, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CRM_PASSWORD", "hunter2")
    text = (
        '[targets.crm]\ntype = "superoffice"\nurl = "http://crm.example.com"\n'
        'auth = { method = "basic", user = "monitor", password_env = "CRM_PASSWORD" }\n'
    )
    done = syseventd("check-config", write(text))
    assert done.code == 0
    assert done.err.startswith("warning: targets.crm.url: sends a secret over the network")
    assert "hunter2" not in done.out + done.err


def test_columns_are_aligned(syseventd: Any, write: Write) -> None:
    text = HOST + HOST.replace("host", "another-host")
    lines = syseventd("check-config", write(text)).out.splitlines()
    assert lines[0].index(" every ") == lines[1].index(" every ")


def test_everything_wrong_is_told_at_once(syseventd: Any, write: Write) -> None:
    path = write(HOST + "interval = 5\n[targets.crm]\n[web]\nport = 1\n")
    done = syseventd("check-config", path)
    assert (done.code, done.out) == (1, "")
    assert [line.split(": ")[0] for line in done.err.splitlines()] == [
        "web.port",
        "targets.host.interval",
        "targets.crm.type",
    ]


def test_it_asks_nobody(syseventd: Any, write: Write) -> None:
    """Checking opens no connection and no store."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0)
        port = server.getsockname()[1]
        text = f'[targets.tls]\ntype = "certificates"\nendpoints = ["127.0.0.1:{port}"]\n'
        path = write(text)
        assert syseventd("check-config", path).code == 0
        with pytest.raises(BlockingIOError):
            server.accept()
    assert sorted(p.name for p in path.parent.iterdir()) == ["syseventd.toml"]
