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


def _crm(name: str, password: Path, more: str = "") -> str:
    return (
        f'[targets.{name}]\ntype = "superoffice"\nurl = "https://{name}.example.com"\n'
        f'auth = {{ method = "basic", user = "monitor", password_file = "{password}" }}\n{more}'
    )


@pytest.fixture
def password(tmp_path: Path) -> Path:
    """A file with a password that only its owner may read."""
    path = tmp_path / "password"
    path.write_text("hunter2")
    path.chmod(0o600)
    return path


def test_secret_that_everybody_may_read_is_warned_of(
    syseventd: Any, write: Write, password: Path
) -> None:
    """It is no fault: the daemon runs all the same."""
    password.chmod(0o666)
    done = syseventd("check-config", write(_crm("crm", password)))
    assert done.code == 0
    assert done.err == (
        "warning: targets.crm.auth.password_file: every user of this machine may read and write "
        f"{password} (mode 0666); as its owner: chmod 0600 {password}\n"
    )


DATABASE_NEEDED = (
    "metered will not be asked: "
    "it needs the block `database`, as the WebAPI does not tell what was used"
)
TENANT_NEEDED = (
    "tenant will not be asked: it needs `tenant`, as only SuperOffice Online has a state to tell"
)
README = Path(__file__).parents[3] / "config" / "README.md"


def test_source_that_would_see_nothing_is_not_asked_and_told(
    syseventd: Any, write: Write, password: Path
) -> None:
    """By the WebAPI alone there is no way to two of them, onsite."""
    done = syseventd("check-config", write(_crm("crm", password)))
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines()[-3:] == [
        f"crm: {DATABASE_NEEDED}",
        f"crm: {TENANT_NEEDED}",
        "6 sources of 1 target",
    ]
    assert f"\n    crm: {DATABASE_NEEDED}\n" in README.read_text()


def test_sources_of_many_targets_that_see_nothing_are_one_line(
    syseventd: Any, write: Write, password: Path
) -> None:
    """A thousand tenants are no thousand lines."""
    done = syseventd("check-config", write("".join(_crm(f"crm{n}", password) for n in range(12))))
    told = [line for line in done.out.splitlines() if "will not be asked" in line]
    names = ", ".join(f"crm{n}" for n in range(10))
    assert told == [
        f"{names} and 2 more: {DATABASE_NEEDED}",
        f"{names} and 2 more: {TENANT_NEEDED}",
    ]


def test_source_that_the_user_names_and_that_sees_nothing_is_warned_of(
    syseventd: Any, write: Write, password: Path
) -> None:
    """Who wrote its block waits for it."""
    more = "[targets.crm.sources.tenant]\nenabled = true\n"
    done = syseventd("check-config", write(_crm("crm", password, more)))
    assert "crm/tenant" in done.out
    assert TENANT_NEEDED not in done.out
    assert done.err.startswith(
        "warning: targets.crm.sources.tenant: can see nothing there: it needs `tenant`"
    )


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


def test_faults_and_warnings_are_told_together(
    syseventd: Any, write: Write, password: Path
) -> None:
    """Whoever mends the one mends the other on the way; what is watched is told of neither."""
    password.chmod(0o644)
    text = _crm("crm", password, 'interval = "soon"\n').replace("https://", "http://")
    text += '[targets.host]\ntype = "certificate"\n'
    done = syseventd("check-config", write(text, listen="0.0.0.0:9965"))
    assert (done.code, done.out) == (1, "")
    assert [line.partition(": ")[0] for line in done.err.splitlines()] == [
        "targets.crm.interval",
        "targets.host.type",
        *["warning"] * 3,
    ]
    for told in ("daemon.listen: is reached", "crm.url: sends", "password_file: every user"):
        assert told in done.err


def test_block_that_is_wrong_is_not_warned_of(syseventd: Any, write: Write) -> None:
    """What can't be understood can't be judged; nor does its default stand in for it."""
    text = "[web]\nreload_enabled = 5\n[targets.crm]\ntype = 5\n"
    done = syseventd("check-config", write(text, listen="nowhere"))
    assert done.code == 1
    assert [line.partition(":")[0] for line in done.err.splitlines()] == [
        "daemon.listen",
        "web.reload_enabled",
        "targets.crm.type",
    ]
