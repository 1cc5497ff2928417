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
    expected = (
        "host/certificates  certificates  every 1m30s  timeout 1.5s\n1 sources of 1 targets\n"
    )
    assert syseventd("check-config", path) == (0, expected, "")


def test_nothing_to_watch(syseventd: Any, write: Write) -> None:
    assert syseventd("check-config", write()) == (0, "0 sources of 0 targets\n", "")


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
