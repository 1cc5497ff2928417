"""plugins/README.md: every block of it runs, and prints what it says that it prints."""

from __future__ import annotations

import asyncio
import importlib
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from syseventd import Measurement
from syseventd.testing import catalogue_of, running_daemon, wait_until

README = Path(__file__).parents[2] / "plugins" / "README.md"

BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", README.read_text(), re.DOTALL | re.MULTILINE)
FILES = {
    named[1]: text for _, text in BLOCKS if (named := re.match(r"# (\S+\.(?:py|toml))\n", text))
}
MORE_HOOKS = [text for kind, text in BLOCKS if kind == "python" and text not in FILES.values()]

MEASURED = re.compile(r"\d+\.\d+ ?s\b|\d{4}-\d\d-\d\dT[\d:.]+Z")
"""Lengths and times: they differ with every run."""

COMMANDS = {
    "syseventd": (sys.executable, "-c", "from syseventd.cli import main; main()"),
    "pytest": (sys.executable, "-m", "pytest", "-p", "no:cacheprovider"),
    "mkdir": ("mkdir",),
    "touch": ("touch",),
}
ELSEWHERE = ("pip install --editable .", "syseventd run --config syseventd.toml")
"""What these do is done by the fixture below, and by the daemon in test_backups.py."""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that a reader has made."""
    folder = tmp_path_factory.mktemp("syseventd-backups")
    for name, text in FILES.items():
        folder.joinpath(name).write_text(text)
    return folder


def shape(text: str) -> str:
    """A line without what differs with every run."""
    return MEASURED.sub("…", text).rstrip()


def test_the_commands_print_what_is_shown(
    project: Path, install: Callable[..., dict[str, str]]
) -> None:
    """In the order in which a reader types them; other plugins may be listed besides."""
    environment = install(project)
    sessions = "".join(text for kind, text in BLOCKS if kind == "console")
    for session in filter(None, sessions.split("$ ")):
        command, *shown = session.splitlines()
        if command in ELSEWHERE:
            continue
        words = shlex.split(command)
        done = subprocess.run(
            [*COMMANDS[words[0]], *words[1:]],
            cwd=project,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        printed = [shape(line) for line in done.stdout.splitlines()]
        missing = [line for line in map(shape, shown) if line not in printed]
        assert not missing, f"$ {command}\n{done.stdout}{done.stderr}"


def test_the_whole_example_passes_a_strict_type_checker(
    project: Path, pytestconfig: pytest.Config
) -> None:
    """With all the hooks that the page adds to it."""
    whole = project / "whole" / "syseventd_backups.py"
    whole.parent.mkdir()
    whole.write_text(FILES["syseventd_backups.py"] + "\n".join(MORE_HOOKS))
    assert pytestconfig.cache is not None
    cache = pytestconfig.cache.mkdir("mypy-of-the-readme")
    mypy = [sys.executable, "-m", "mypy", "--strict", "--config-file=", f"--cache-dir={cache}"]
    done = subprocess.run(
        [*mypy, "syseventd_backups.py", "../test_backups.py"],
        cwd=whole.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.startswith("Success"), done.stdout + done.stderr


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """The example's module, with all the hooks that the page adds to it."""
    name = "backups_with_all_hooks"
    text = "\n".join((FILES["syseventd_backups.py"], *MORE_HOOKS))
    tmp_path.joinpath(f"{name}.py").write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    yield importlib.import_module(name)
    del sys.modules[name]


def test_every_hook_of_the_page_is_accepted(module: ModuleType) -> None:
    """Nothing is refused, and each offers something."""
    catalogue = catalogue_of(module)
    assert not catalogue.refused
    assert {"backups"} == set(catalogue.target_types)
    assert set(catalogue.sink_types) == {"diary"}
    assert set(catalogue.tabs) == {("backups", "running")}
    assert set(catalogue.gauges) == {"backup_bytes"}


def test_what_the_page_measures_is_of_its_gauge(module: ModuleType, tmp_path: Path) -> None:
    """By part, those of which there is none too."""
    for name in ("a.tar", "b.tar", "notes.txt"):
        tmp_path.joinpath(name).write_bytes(b"12345")
    measured = module.sizes((path, path.stat()) for path in tmp_path.iterdir())
    assert measured == (
        Measurement("backup_bytes", 10, "done"),
        Measurement("backup_bytes", 0, "running"),
    )


def test_the_demo_the_sink_and_the_tab_work_in_a_daemon(module: ModuleType, tmp_path: Path) -> None:
    """The demo's target is watched, the sink writes it down, the tab shows it."""
    diary = tmp_path / "diary.txt"
    catalogue = catalogue_of(module)
    (plugin,) = catalogue.plugins
    (demo,) = plugin.demos()

    async def story() -> str:
        block: AbstractAsyncContextManager[dict[str, Any]] = demo.start(1.0, "en")
        async with block as target:
            later = str(target["folder"]) + "/later.part"
            tables = {
                "targets": {"demo": {**target, "interval": "100ms"}},
                "sinks": {"diary": {"type": "diary", "file": str(diary)}},
            }
            async with running_daemon(tables, tmp_path, catalogue) as daemon:

                async def written() -> bool:
                    os.close(os.open(later, os.O_CREAT))
                    return diary.exists() and "started Backup of later" in diary.read_text()

                await wait_until(written)
                return await daemon.text("/targets/demo")

    page = asyncio.run(story())
    assert "Running backups" in page
    assert "Being written" in page
