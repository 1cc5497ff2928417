"""What the installed plugins offer, and a machine without any credentials of its own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from syseventd import config
from syseventd.config import Config, Offered
from syseventd.errors import ConfigInvalid
from syseventd.plugins import load_plugins
from syseventd.service import offered_by

ROOT = Path(__file__).parents[3]


@pytest.fixture(autouse=True)
def no_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    monkeypatch.delenv("STATE_DIRECTORY", raising=False)


@pytest.fixture(scope="session")
def shipped() -> Path:
    """The folder of the configuration that we ship."""
    return ROOT / "config"


@pytest.fixture(scope="session")
def offered() -> Offered:
    """What the installed plugins offer."""
    return offered_by(load_plugins())


@pytest.fixture
def faults_of(offered: Offered) -> Callable[[dict[str, Any]], list[str]]:
    """The faults of tables, as lines."""

    def faults(tables: dict[str, Any], plugins: Offered = offered) -> list[str]:
        with pytest.raises(ConfigInvalid) as caught:
            config.understand(tables, plugins)
        return str(caught.value).splitlines()

    return faults


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Writes a main file and drop-ins by name; returns the main file's path."""

    def write(main: str, **drop_ins: str) -> Path:
        path = tmp_path / "syseventd.toml"
        path.write_text(main)
        for name, text in drop_ins.items():
            (tmp_path / "conf.d").mkdir(exist_ok=True)
            (tmp_path / "conf.d" / f"{name}.toml").write_text(text)
        return path

    return write


@pytest.fixture
def load(offered: Offered) -> Callable[[Path], Config]:
    """Loads a file with what the installed plugins offer."""
    return lambda path: config.load(path, offered)


@pytest.fixture
def module() -> Callable[..., ModuleType]:
    """Makes a plugin's module from its members."""

    def make(name: str, **members: Any) -> ModuleType:
        made = ModuleType(name)
        vars(made).update(members)
        return made

    return make
