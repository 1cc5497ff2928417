"""What a valid configuration is warned of: a secret in the clear, a port or folder amiss."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import Field

from syseventd import config
from syseventd.config import Offered
from syseventd.interface import SinkType, SourceType, TargetType
from syseventd.settings import SecretVariable, Settings, SourceSettings


class Login(Settings):
    """A table with a secret."""

    token_env: SecretVariable | None = None


class Anywhere(Settings):
    """Addresses and secrets wherever a plugin may have them."""

    url: str = ""
    mirrors: tuple[str, ...] = ()
    auth: Login = Login()
    logins: dict[str, Login] = Field(default_factory=dict)


class SourceOfIts(SourceSettings):
    """A source with an address of its own."""

    page: str = ""


@pytest.fixture
def plugins(monkeypatch: pytest.MonkeyPatch) -> Offered:
    monkeypatch.setenv("TOKEN", "hunter2")
    return Offered(
        {"any": TargetType("any", Anywhere)},
        {("any", "one"): SourceType("one", "any", lambda *_: pytest.fail("no"), SourceOfIts)},
        {"hook": SinkType("hook", Anywhere, lambda *_: pytest.fail("no"))},
    )


TOKEN = {"token_env": "TOKEN"}


def _advised(tables: dict[str, Any], plugins: Offered) -> list[str]:
    found = config.advice(config.understand(tables, plugins))
    assert "hunter2" not in str(found)
    return [fault.place for fault in found]


@pytest.mark.parametrize(
    ("block", "places"),
    [
        ({"url": "http://crm.example.com", "auth": TOKEN}, ["targets.a.url"]),
        ({"url": "HTTP://10.0.0.7:80/x", "auth": TOKEN}, ["targets.a.url"]),
        ({"url": "http://crm.example.com", "logins": {"a": TOKEN}}, ["targets.a.url"]),
        ({"mirrors": ["https://a", "http://b"], "auth": TOKEN}, ["targets.a.mirrors[1]"]),
        ({"url": "http://crm.example.com"}, []),
        ({"url": "https://crm.example.com", "auth": TOKEN}, []),
        ({"url": "http://127.0.0.1:8080", "auth": TOKEN}, []),
        ({"url": "http://[::1]/", "auth": TOKEN}, []),
        ({"url": "http://localhost/", "auth": TOKEN}, []),
        ({"url": "http://crm.localhost/", "auth": TOKEN}, []),
        ({"url": "http://[", "auth": TOKEN}, []),
        ({"url": "http://", "auth": TOKEN}, []),
        (
            {"auth": TOKEN, "sources": {"one": {"page": "http://crm.example.com"}}},
            ["targets.a.sources.one.page"],
        ),
    ],
)
def test_secret_over_an_open_line(
    block: dict[str, Any], places: list[str], plugins: Offered
) -> None:
    """Whichever plugin's settings: an address without TLS, on another machine, and a secret."""
    assert _advised({"targets": {"a": {"type": "any", **block}}}, plugins) == places


def test_sink_s_secret_over_an_open_line(plugins: Offered) -> None:
    block = {"type": "hook", "url": "http://hook.example.com", "auth": TOKEN}
    assert _advised({"sinks": {"a": block}}, plugins) == ["sinks.a.url"]


@pytest.mark.parametrize(
    ("listen", "places"),
    [
        ("0.0.0.0:9965", ["daemon.listen"]),
        ("[::]:9965", ["daemon.listen"]),
        ("192.0.2.1:9965", ["daemon.listen"]),
        ("monitor.example.com:9965", ["daemon.listen"]),
        ("127.0.0.1:9965", []),
        ("127.8.0.1:9965", []),
        ("[::1]:9965", []),
        ("LocalHost:9965", []),
    ],
)
def test_port_that_others_reach(listen: str, places: list[str], plugins: Offered) -> None:
    """There is no login yet."""
    assert _advised({"daemon": {"listen": listen}}, plugins) == places


def test_state_directory_that_is_not_there(tmp_path: Path, plugins: Offered) -> None:
    tables = {"daemon": {"state_directory": str(tmp_path / "gone")}}
    assert _advised(tables, plugins) == ["daemon.state_directory"]


def test_state_directory_that_need_not_be_there_or_may_not_be_seen(
    tmp_path: Path, plugins: Offered
) -> None:
    """systemd makes the default; with a store of its own, nothing lies in it; one can't be seen."""
    gone = str(tmp_path / "gone")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    for daemon in (
        {},
        {"state_directory": "/var/lib/syseventd"},
        {"state_directory": str(tmp_path)},
        {"state_directory": gone, "store": f"sqlite:///{tmp_path}/events.db"},
        {"state_directory": str(tmp_path / "loop")},
    ):
        assert _advised({"daemon": daemon}, plugins) == []
