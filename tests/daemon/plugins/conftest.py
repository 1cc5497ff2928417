"""A folder to install plugins into, as distributions, from which the daemon loads them."""

from __future__ import annotations

import importlib
import sys
import textwrap
from collections.abc import Callable, Iterator
from importlib.metadata import EntryPoint, distributions
from itertools import count
from pathlib import Path

import pytest

from syseventd.plugins import Catalogue, load_plugins

HEAD = """
from syseventd import Snapshot, hookimpl
from syseventd.interface import Demo, EventKind, Gauge, SinkType, SourceType, Tab, TargetType
from syseventd.settings import Settings, SourceSettings

def nothing(*given): ...

"""

HEALTHY = """
@hookimpl
def target_types(): return [TargetType("{name}s", Settings)]
@hookimpl
def event_kinds():
    yield EventKind("{name}-jam", "Jam")
"""

_numbers = count(1)


class Folder:
    """A folder on Python's path into which plugins are installed, as distributions."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.modules: list[str] = []

    def install(
        self, name: str, code: str, distribution: str | None = None, version: str = "1.0"
    ) -> str:
        """Install a plugin `name`, whose module holds `code`. Returns the module's name."""
        module = f"an_installed_plugin_{next(_numbers)}"
        self.modules.append(module)
        self._path.joinpath(f"{module}.py").write_text(HEAD + textwrap.dedent(code))
        importlib.invalidate_caches()
        self.point(name, module, distribution or f"dist-{name}", version)
        return module

    def point(self, name: str, module: str, distribution: str, version: str = "1.0") -> None:
        """Install a distribution whose entry point `name` names a module."""
        info = self._path / f"{distribution}-{version}.dist-info"
        info.mkdir()
        info.joinpath("METADATA").write_text(
            f"Metadata-Version: 2.1\nName: {distribution}\nVersion: {version}\n"
        )
        info.joinpath("entry_points.txt").write_text(f"[syseventd]\n{name} = {module}\n")

    def healthy(self, name: str) -> str:
        """The code of a plugin that offers a type of target and a kind of event."""
        return HEALTHY.format(name=name)

    def points(self) -> list[EntryPoint]:
        """Every entry point in the folder, in no particular order."""
        found = distributions(path=[str(self._path)])
        return [p for d in found for p in d.entry_points.select(group="syseventd")]

    def load(self) -> Catalogue:
        return load_plugins(self.points())


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Folder]:
    """An empty folder to install plugins into."""
    monkeypatch.syspath_prepend(tmp_path)
    folder = Folder(tmp_path)
    yield folder
    for module in folder.modules:
        sys.modules.pop(module, None)


@pytest.fixture
def refuse(folder: Folder) -> Callable[[str], str]:
    """Load a plugin `broken` with some code beside a healthy one: the reason of its refusal."""

    def reason(code: str) -> str:
        folder.install("healthy", folder.healthy("printer"))
        folder.install("broken", code, "a-broken-one", "0.3")
        catalogue = folder.load()
        assert [plugin.name for plugin in catalogue.plugins] == ["healthy"]
        assert set(catalogue.target_types) == {"printers"}
        assert set(catalogue.event_kinds) == {"printer-jam"}
        (refused,) = catalogue.refused
        assert (refused.name, refused.origin, refused.version) == ("broken", "a-broken-one", "0.3")
        return refused.reason

    return reason
