"""`syseventd probe`: asks once, shows what it saw, stores nothing."""

from __future__ import annotations

import json
import re
import socket
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

Write = Callable[..., Path]


@pytest.fixture
def certificates(tmp_path: Path, certificate: Callable[[datetime], bytes]) -> Path:
    """A folder with a certificate that ends in 2040, and a file that is none."""
    folder = tmp_path / "certs"
    folder.mkdir()
    (folder / "crm.pem").write_bytes(certificate(datetime(2040, 1, 1, tzinfo=UTC)))
    (folder / "none.pem").write_text("-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----\n")
    return folder


@pytest.fixture
def target(certificates: Path) -> str:
    return f'[targets.host]\ntype = "certificates"\npaths = ["{certificates}"]\n'


@pytest.fixture
def closed() -> str:
    """An endpoint that refuses connections."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return f"127.0.0.1:{server.getsockname()[1]}"


def test_text_shows_dates_and_problems(
    syseventd: Any, write: Write, target: str, certificates: Path
) -> None:
    done = syseventd("probe", "host", "--config", write(target))
    assert (done.code, done.err) == (0, "")
    lines = done.out.splitlines()
    assert lines[0] == "host/certificates"
    assert re.fullmatch(
        r"host/certificates  ok in \d\.\d+ s: 1 event, 1 date, 1 problem", lines[-1]
    )
    expiry = f"  expiry   certificate {certificates}/crm.pem: 2040-01-01T00:00:00Z"
    assert expiry in lines
    assert lines[-2].startswith(f"problem  host/certificates  {certificates}/none.pem: ")


def test_json_is_for_machines(syseventd: Any, write: Write, target: str) -> None:
    """Times are ISO 8601, lengths seconds."""
    done = syseventd("probe", "host/certificates", "--json", "--config", write(target))
    assert (done.code, done.err) == (0, "")
    result = json.loads(done.out)["host/certificates"]
    assert (result["outcome"], result["reason"]) == ("ok", "")
    assert result["duration_seconds"] > 0
    (expiry,) = result["snapshot"]["expiries"]
    assert (expiry["kind"], expiry["at"]) == ("certificate", "2040-01-01T00:00:00Z")
    assert expiry["not_before"] == "2020-01-01T00:00:00Z"
    assert len(result["snapshot"]["problems"]) == 1


@pytest.mark.parametrize("form", [(), ("--json",)], ids=["text", "json"])
def test_target_that_can_not_be_asked(
    form: tuple[str, ...], syseventd: Any, write: Write, closed: str
) -> None:
    path = write(f'[targets.tls]\ntype = "certificates"\nendpoints = ["{closed}"]\n')
    done = syseventd("probe", "tls", "--config", path, *form)
    assert (done.code, done.err) == (3, "")
    assert "unreachable" in done.out
    assert closed in done.out
    if form:
        assert json.loads(done.out)["tls/certificates"]["snapshot"] is None


def test_nothing_is_stored(syseventd: Any, write: Write, target: str) -> None:
    path = write(target)
    syseventd("probe", "host", "--config", path)
    assert not (path.parent / "events.db").exists()


def test_unknown_target_names_the_nearest(syseventd: Any, write: Write, target: str) -> None:
    done = syseventd("probe", "hots", "--config", write(target))
    expected = 'syseventd: there is no target "hots"; there are: host; did you mean "host"?\n'
    assert done == (1, "", expected)


def test_unknown_source_names_the_nearest(syseventd: Any, write: Write, target: str) -> None:
    done = syseventd("probe", "host/certificate", "--config", write(target))
    expected = (
        'syseventd: there is no source "certificate" of host; there are: certificates; '
        'did you mean "certificates"?\n'
    )
    assert done == (1, "", expected)


def test_source_that_is_left_out_says_what_it_needs(
    syseventd: Any, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is there, only not for this target."""
    monkeypatch.setenv("CRM_PASSWORD", "x")
    text = (
        '[targets.crm]\ntype = "superoffice"\nurl = "http://127.0.0.1:9"\n'
        'auth = { method = "basic", user = "monitor", password_env = "CRM_PASSWORD" }\n'
    )
    done = syseventd("probe", "crm/metered", "--config", write(text))
    assert (done.code, done.out) == (1, "")
    assert done.err == (
        "targets.crm.sources.metered: will not be asked: "
        "it needs the block `database`, as the WebAPI does not tell what was used\n"
    )


def test_no_target_at_all(syseventd: Any, write: Write) -> None:
    done = syseventd("probe", "x", "--config", write())
    assert done == (1, "", 'syseventd: there is no target "x"; there are: none\n')


def test_many_targets_are_not_all_told(syseventd: Any, write: Write, target: str) -> None:
    path = write("".join(target.replace("host", f"host{n}") for n in range(12)))
    done = syseventd("probe", "x\x1b[2J", "--config", path)
    shown = ", ".join(f"host{n}" for n in range(10))
    expected = f'syseventd: there is no target "x [2J"; there are: {shown} and 2 more\n'
    assert done == (1, "", expected)


def test_name_lookup_that_hangs_does_not_hold_up_the_end(
    syseventd: Any, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The name server is dead: the source's timeout is all that one waits."""
    answered = threading.Event()

    def look_up(*_: object, **__: object) -> list[Any]:
        answered.wait(20.0)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    target = '[targets.tls]\ntype = "certificates"\nendpoints = ["crm.example:443"]\n'
    path = write(target + 'timeout = "100ms"\n')
    began = time.monotonic()
    done = syseventd("probe", "tls", "--config", path)
    assert time.monotonic() - began < 15.0
    answered.set()
    assert done.code == 3
    assert "no answer within 0.1 s" in done.out
