"""Daemons to try: in this process with a plugin that can be told what to do, and as processes."""

from __future__ import annotations

import importlib.util
import json
import os
import queue
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from itertools import count, islice
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from syseventd.plugins import Catalogue
from syseventd.scheduling.pace import phase_of
from syseventd.testing import catalogue_of

TOY = Path(__file__).parent / "toy"
PATIENCE = 20.0


@pytest.fixture
def toy() -> Iterator[ModuleType]:
    """The plugin `toy`, as good as new."""
    spec = importlib.util.spec_from_file_location("syseventd_toy", TOY / "syseventd_toy.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules[spec.name]


@pytest.fixture
def catalogue(toy: ModuleType) -> Catalogue:
    """What the plugin `toy` offers."""
    return catalogue_of(toy)


@pytest.fixture(scope="session")
def quick_names() -> list[str]:
    """Targets' names by which their source `jobs` is asked at once, however long its interval."""
    names = (f"target{n}" for n in count())
    return list(islice((n for n in names if phase_of(n, "jobs") < 0.001), 2))


@pytest.fixture(scope="session")
def quick_name(quick_names: list[str]) -> str:
    """One of them."""
    return quick_names[0]


@pytest.fixture(scope="session")
def series() -> Callable[[str, str], dict[str, float]]:
    """Reads a page of metrics: the values of one family, by their labels as they are written."""

    def read(page: str, family: str) -> dict[str, float]:
        found = {}
        for line in page.splitlines():
            name, _, value = line.rpartition(" ")
            if name == family or name.startswith(family + "{"):
                found[name.removeprefix(family)] = float(value)
        return found

    return read


class DaemonProcess:
    """`syseventd run` in a process of its own, with its log."""

    def __init__(self, config: Path, environment: Mapping[str, str]) -> None:
        self.log: list[dict[str, Any]] = []
        self.plain: list[str] = []
        self._news: queue.SimpleQueue[None] = queue.SimpleQueue()
        command = "from syseventd.cli import main; main()"
        self._process = subprocess.Popen(
            [sys.executable, "-c", command, "run", "--config", str(config)],
            env={**os.environ, "PYTHONPATH": str(TOY), **environment},
            stderr=subprocess.PIPE,
            text=True,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self._process.stderr is not None
        with self._process.stderr as lines:
            for line in lines:
                try:
                    self.log.append(json.loads(line))
                except ValueError:
                    self.plain.append(line.rstrip("\n"))
                self._news.put(None)
        self._news.put(None)

    def logged(self, event: str, count: int = 1) -> dict[str, Any]:
        """The last of `count` lines that tell of an event, once they are there."""
        deadline = time.monotonic() + PATIENCE
        while True:
            found = [line for line in self.log if line["event"] == event]
            if len(found) >= count:
                return found[count - 1]
            try:
                self._news.get(timeout=max(0.0, deadline - time.monotonic()))
            except queue.Empty:
                raise AssertionError(f"no {event} in {self.log} {self.plain}") from None
            if self._process.poll() is not None and not self._reader.is_alive():
                raise AssertionError(f"ended before {event}: {self.log} {self.plain}")

    @property
    def address(self) -> str:
        """Where it serves, once it does. Ends in a slash."""
        return str(self.logged("started")["address"])

    def get(self, path: str, method: str = "GET") -> tuple[int, str]:
        """Status and text of a reply."""
        request = urllib.request.Request(self.address + path, method=method)
        try:
            with urllib.request.urlopen(request, timeout=5) as reply:
                return reply.status, reply.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()

    def until(self, look: Callable[[], Any]) -> Any:
        """What `look` returns once that is true."""
        deadline = time.monotonic() + PATIENCE
        while not (found := look()):
            assert time.monotonic() < deadline, f"waited in vain: {self.log} {self.plain}"
            time.sleep(0.02)  # only a look from outside can tell
        return found

    def send(self, number: int) -> None:
        self._process.send_signal(number)

    def ended(self, within: float = PATIENCE) -> int:
        """The exit code, once the process has ended; its whole log is read then."""
        code = self._process.wait(within)
        self._reader.join(PATIENCE)
        return code

    def stop(self) -> int:
        """SIGTERM, and the exit code."""
        self.send(signal.SIGTERM)
        return self.ended()

    def kill(self) -> None:
        """SIGKILL: the process can do nothing about it."""
        self.send(signal.SIGKILL)
        self.ended()

    def close(self) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self.ended()


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Callable[..., DaemonProcess]]:
    """Starts daemons with a configuration, their state in one folder; kills what is left.

    Without `text` the file stays as it is.
    """
    started: list[DaemonProcess] = []

    def start(text: str | None = None, **environment: str) -> DaemonProcess:
        path = tmp_path / "syseventd.toml"
        if text is not None:
            path.write_text(text)
        state = {"STATE_DIRECTORY": str(tmp_path)}
        process = DaemonProcess(path, {**state, **environment})
        started.append(process)
        return process

    yield start
    for process in started:
        process.close()


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str], Path]:
    """Changes the configuration that `run` started daemons with."""

    def write(text: str) -> Path:
        path = tmp_path / "syseventd.toml"
        path.write_text(text)
        return path

    return write


class Notifications:
    """What a service tells systemd."""

    def __init__(self, folder: Path) -> None:
        self.address = str(folder / "notify")
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(self.address)
        self._socket.settimeout(PATIENCE)

    def next(self) -> dict[str, str]:
        """The next message, as its assignments."""
        lines = self._socket.recv(4096).decode().splitlines()
        return dict(line.split("=", 1) for line in lines)

    def next_of(self, name: str) -> dict[str, str]:
        """The next message that assigns `name`."""
        while name not in (message := self.next()):
            pass
        return message

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def systemd(tmp_path: Path) -> Iterator[Notifications]:
    """Stands in for systemd's notification socket."""
    notifications = Notifications(tmp_path)
    yield notifications
    notifications.close()
