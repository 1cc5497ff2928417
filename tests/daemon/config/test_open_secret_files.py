"""A secret that every user of the machine may read or change is warned of, with its file's path."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from syseventd import config
from syseventd.config import Advice, Offered
from syseventd.interface import TargetType
from syseventd.settings import SecretFile, SecretVariable, Settings


class Door(Settings):
    """A target with secrets."""

    key_file: SecretFile | None = None
    key_env: SecretVariable | None = None


PLUGINS = Offered({"door": TargetType("door", Door)}, {}, {})


def _advice(**keys: Any) -> tuple[Advice, ...]:
    blocks = {name: {"type": "door", "key_file": str(file)} for name, file in keys.items()}
    return config.advice(config.understand({"targets": blocks}, PLUGINS))


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    path = tmp_path / "key"
    path.write_text("hunter2")
    return path


@pytest.mark.parametrize(
    ("mode", "may"),
    [
        (0o666, "read and write"),
        (0o644, "read"),
        (0o604, "read"),
        (0o602, "write"),
        (0o777, "read and write"),
    ],
)
def test_file_that_is_open_to_everybody(mode: int, may: str, secret: Path) -> None:
    """Who may do what, and the command that mends it."""
    secret.chmod(mode)
    [warning] = _advice(a=secret)
    assert (warning.place, warning.event) == ("targets.a.key_file", "secret_open_to_others")
    assert warning.problem == (
        f"every user of this machine may {may} {secret} (mode {mode:04o}); "
        f"as its owner: chmod 0600 {secret}"
    )


@pytest.mark.parametrize("mode", [0o400, 0o440, 0o600, 0o640])
def test_file_of_its_owner_or_a_group_is_in_order(mode: int, secret: Path) -> None:
    """systemd hands credentials over with 0400 or 0440."""
    secret.chmod(mode)
    assert _advice(a=secret) == ()


def test_credential_of_systemd_is_in_order(secret: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    secret.chmod(0o440)
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(secret.parent))
    assert _advice(a="key") == ()


def test_link_is_judged_by_what_it_leads_to(tmp_path: Path, secret: Path) -> None:
    """A link's own mode is always 0777."""
    secret.chmod(0o600)
    (tmp_path / "link").symlink_to(secret)
    assert _advice(a=tmp_path / "link") == ()


def test_file_of_many_targets_is_told_of_once(secret: Path) -> None:
    """A thousand tenants share the key of one application."""
    secret.chmod(0o644)
    assert [warning.place for warning in _advice(a=secret, b=secret)] == ["targets.a.key_file"]


def test_file_that_went_since_it_was_read_is_no_matter(secret: Path) -> None:
    secret.chmod(0o644)
    block = {"type": "door", "key_file": str(secret)}
    loaded = config.understand({"targets": {"a": block}}, PLUGINS)
    secret.unlink()
    assert config.advice(loaded) == ()


def test_variable_has_no_mode(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEY", "hunter2")
    block = {"type": "door", "key_env": "KEY"}
    assert config.advice(config.understand({"targets": {"a": block}}, PLUGINS)) == ()
