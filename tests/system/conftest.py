"""Real programs, each started for a test and ended after it: the daemon, a CRM, Prometheus."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import pytest
import yaml
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

T = TypeVar("T")

WITHIN = 60.0
"""Seconds that a program may take to do something, on a machine that is busy."""
STOP_WITHIN = 10.0
"""What the daemon promises after SIGTERM."""

ROOT = Path(__file__).parents[2]
SCRIPTS = Path(sys.executable).parent
PACKAGES = {"prometheus": "prometheus", "promtool": "prometheus", "chromium": "chromium"}
"""Programs, and the Debian packages that hold them."""

PASSWORD = "not a secret"


def wait_for(look: Callable[[], T | None], within: float = WITHIN) -> T:
    """What `look` returns, once that is true. Fails with what it returned or raised last."""
    until = time.monotonic() + within
    while True:
        try:
            last: object = look()
        except (OSError, LookupError, ValueError) as error:
            last = error
        else:
            if last:
                return last  # type: ignore[return-value]
        if time.monotonic() > until:
            raise AssertionError(f"not within {within} s; the last look gave {last!r}")
        time.sleep(0.05)


def fetch(url: str, headers: Mapping[str, str] = {}) -> str:
    """What `GET url` answers. Raises OSError where it can't be had."""
    with urllib.request.urlopen(
        urllib.request.Request(url, headers=dict(headers)), timeout=WITHIN
    ) as reply:
        return str(reply.read().decode())


@dataclass
class Program:
    """A program that runs: what it wrote, and the address that it told."""

    process: subprocess.Popen[bytes]
    output: Path
    url: str = ""
    ended: bool = field(default=False)

    def wrote(self) -> str:
        return self.output.read_text(encoding="utf-8", errors="replace")

    def get(self, path: str, headers: Mapping[str, str] = {}) -> str:
        return fetch(self.url + path, headers)

    def json(self, path: str) -> Any:
        return json.loads(self.get(path))

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """End it as an administrator would; its exit status."""
        self.process.send_signal(number)
        self.ended = True
        return self.process.wait(STOP_WITHIN)


@contextmanager
def program(
    command: Sequence[str | Path],
    folder: Path,
    announces: str,
    env: Mapping[str, str] = {},
) -> Iterator[Program]:
    """Runs `command` once it has written what `announces` matches; its first group is the URL."""
    output = folder / f"{Path(command[0]).name}.log"
    with (
        output.open("wb") as sink,
        subprocess.Popen(
            list(map(str, command)),
            stdout=sink,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            cwd=folder,
            env=os.environ | env,
        ) as process,
    ):
        running = Program(process, output)

        def announced() -> re.Match[str] | None:
            assert process.poll() is None, f"it ended at once: {running.wrote()}"
            return re.search(announces, running.wrote())

        try:
            running.url = wait_for(announced)[1]
            yield running
        finally:
            if process.poll() is None:
                try:
                    running.stop()
                except subprocess.TimeoutExpired:
                    process.kill()


def tool(name: str) -> str:
    """The path of a program that the machine may lack; skips where it does."""
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed: apt-get install {PACKAGES[name]}")
    return found


def write_certificate(file: Path, name: str, ends: datetime) -> None:
    """A self-signed certificate of `name` that ends at `ends`."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(17)
        .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
        .not_valid_after(ends)
        .sign(key, hashes.SHA256())
    )
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))


@contextmanager
def running_daemon(folder: Path, targets: str, env: Mapping[str, str] = {}) -> Iterator[Program]:
    """`syseventd run` with these target blocks, on a free port of loopback."""
    config = folder / "syseventd.toml"
    config.write_text(
        '[daemon]\nlisten = "127.0.0.1:0"\n'
        f"state_directory = {json.dumps(str(folder / 'state'))}\n"
        f'log_format = "json"\n[defaults]\ninterval = "1s"\n{targets}',
        encoding="utf-8",
    )
    (folder / "state").mkdir()
    command: list[str | Path] = [SCRIPTS / "syseventd", "run", "--config", config]
    with program(command, folder, r'"event": "started".*?"address": "(http://[^"]+/)"', env) as it:
        yield it


def certificates_block(folder: Path) -> str:
    """A target block that watches a folder of certificates."""
    return (
        f'[targets.host]\ntype = "certificates"\npaths = [{json.dumps(str(folder))}]\n'
        '[targets.host.sources.certificates]\ninterval = "1s"\n'
    )


@contextmanager
def running_crm(folder: Path) -> Iterator[str]:
    """A simulated CRM installation in a process of its own; a target block that watches it."""
    command = [sys.executable, "-m", "syseventd_superoffice.simulator", "--speed", "10"]
    environment = {"SYSEVENTD_DEMO_PASSWORD": PASSWORD, "PYTHONUNBUFFERED": "1"}
    with program(command, folder, r"answers at (http://\S+)/api", environment) as crm:
        yield (
            f'[targets.crm]\ntype = "superoffice"\nurl = "{crm.url}"\n'
            'auth = { method = "basic", user = "demo", password_env = "SYSEVENTD_DEMO_PASSWORD" }\n'
            '[targets.crm.sources.system-events]\ninterval = "1s"\n'
            '[targets.crm.sources.licences]\ninterval = "1s"\n'
        )


class Prometheus:
    """A Prometheus that runs."""

    def __init__(self, url: str) -> None:
        self._url = url

    def api(self, path: str, **query: str) -> Any:
        reply = json.loads(fetch(f"{self._url}/api/v1/{path}?{urllib.parse.urlencode(query)}"))
        assert reply["status"] == "success", reply
        return reply["data"]

    def series(self, query: str) -> dict[frozenset[tuple[str, str]], float]:
        """What a query answers now: each series' labels and its value."""
        return {
            frozenset(found["metric"].items()): float(found["value"][1])
            for found in self.api("query", query=query)["result"]
        }

    def value(self, query: str) -> float:
        """The one value of a query; waits until there is one."""
        [value] = wait_for(lambda: list(self.series(query).values()))
        return value


@contextmanager
def running_prometheus(folder: Path, config: Mapping[str, Any]) -> Iterator[Prometheus]:
    """A real Prometheus with this configuration."""
    file = folder / "prometheus.yml"
    file.write_text(yaml.safe_dump(dict(config)), encoding="utf-8")
    command = [
        tool("prometheus"),
        f"--config.file={file}",
        f"--storage.tsdb.path={folder / 'data'}",
        "--web.listen-address=127.0.0.1:0",
    ]
    with program(command, folder, r'msg="Listening on".* address=(127\.0\.0\.1:[1-9]\d*)') as it:
        yield Prometheus(f"http://{it.url}")


@dataclass(frozen=True)
class System:
    """What the tests of this folder start and ask."""

    root: Path = ROOT
    scripts: Path = SCRIPTS
    password: str = PASSWORD
    tool: Callable[[str], str] = tool
    wait_for: Callable[..., Any] = wait_for
    program: Callable[..., AbstractContextManager[Program]] = program
    daemon: Callable[..., AbstractContextManager[Program]] = running_daemon
    certificates: Callable[[Path], str] = certificates_block
    crm: Callable[[Path], AbstractContextManager[str]] = running_crm
    prometheus: Callable[..., AbstractContextManager[Prometheus]] = running_prometheus
    write_certificate: Callable[[Path, str, datetime], None] = write_certificate


@pytest.fixture(scope="session")
def system() -> System:
    """Starts real programs."""
    return System()
