"""The simulated cloud as a command, and a daemon that needs no more than what it hands over."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import stat
import subprocess
import sys
import time
import tomllib
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from syseventd_superoffice.simulator.__main__ import main
from syseventd_superoffice.simulator.clock import Clock
from syseventd_superoffice.simulator.cloud import Cloud
from syseventd_superoffice.simulator.handing_over import hand_over
from syseventd_superoffice.simulator.installation import Installation

WITHIN = 30.0


@pytest.fixture(scope="module")
def make_cloud() -> Callable[..., Cloud]:
    """A cloud of tenants with these names, which nobody serves."""
    return lambda *names: Cloud({name: Installation(Clock(1.0), "pw") for name in names})


@contextmanager
def _running(*command: str, stderr: int | None = None) -> Iterator[subprocess.Popen[str]]:
    """A process that is told to end, and does so by itself."""
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(
        [sys.executable, *command],
        stdout=subprocess.PIPE if stderr is None else None,
        stderr=stderr,
        text=True,
        env=environment,
    ) as process:
        try:
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            assert process.wait(timeout=10) == 0


@contextmanager
def _simulator(*options: str) -> Iterator[str]:
    """What the simulated cloud says of itself, while it runs."""
    with _running("-m", "syseventd_superoffice.simulator", *options) as process:
        assert process.stdout is not None
        yield "".join(process.stdout.readline() for _ in range(5))


def _refused(*options: str) -> str:
    """What the simulator says where it does not even start. One that does is ended."""
    command = [sys.executable, "-m", "syseventd_superoffice.simulator", *options]
    done = subprocess.run(command, capture_output=True, text=True, timeout=WITHIN, check=False)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    return done.stderr


@contextmanager
def _daemon(configuration: Path) -> Iterator[str]:
    """The address of a daemon with this configuration, on a port that is free."""
    (configuration.parent / "conf.d").mkdir()
    drop_in = configuration.parent / "conf.d" / "port.toml"
    drop_in.write_text('[daemon]\nlisten = "127.0.0.1:0"\nlog_format = "json"\n')
    program = "from syseventd.cli import main; main()"
    command = ("-c", program, "run", "--config", str(configuration))
    with _running(*command, stderr=subprocess.PIPE) as process:
        assert process.stderr is not None
        started = next(
            line for line in map(json.loads, process.stderr) if line["event"] == "started"
        )
        yield str(started["address"])


def _wait_for(look: Callable[[], bool]) -> None:
    ends = time.monotonic() + WITHIN
    while not look():
        assert time.monotonic() < ends, "it did not come to that"
        time.sleep(0.1)


def _json(url: str) -> Any:
    with urllib.request.urlopen(url, timeout=10) as reply:
        return json.load(reply)


def _states(address: str) -> set[tuple[str, str, str]]:
    """Of each source its target, its name and how it is."""
    return {
        (target["name"], name, source["state"])
        for target in _json(f"{address}api/v1/targets")["targets"]
        for name, source in _json(f"{address}api/v1/targets/{target['name']}")["sources"].items()
    }


def test_daemon_watches_what_the_command_plays(tmp_path: Path) -> None:
    """The configuration that it writes is all that it takes: every source is asked, and ok."""
    folder = tmp_path / "cloud"
    with _simulator("--online", "2", "--folder", str(folder)) as told:
        assert "tenants        Simulated1 to Simulated2" in told
        configuration = folder / "syseventd.toml"
        assert f"syseventd run --config {configuration}" in told
        watched = {
            (tenant, source, "ok")
            for tenant in ("Simulated1", "Simulated2")
            for source in (
                *("system-events", "imports", "saint", "freetext"),
                *("licences", "installation", "tenant"),
            )
        }
        with _daemon(configuration) as address:
            _wait_for(lambda: _states(address) == watched)


def test_secrets_are_for_who_started_it_alone(tmp_path: Path) -> None:
    """Also where the umask would let others read them."""
    before = os.umask(0)
    try:
        with _simulator("--online", "1", "--folder", str(tmp_path / "cloud")):
            files = list((tmp_path / "cloud").rglob("*"))
    finally:
        os.umask(before)
    assert {file.name for file in files} == {
        *("Simulated1-system-token", "client-secret", "private-key.pem"),
        *("state", "syseventd.toml"),
    }
    assert not any(stat.S_IMODE(file.stat().st_mode) & 0o077 for file in files)


def test_many_tenants_are_asked_less_often(tmp_path: Path) -> None:
    """Daemon and simulator share a machine."""
    with _simulator("--online", "200", "--folder", str(tmp_path)):
        tables = tomllib.loads((tmp_path / "syseventd.toml").read_text())
    assert len(tables["targets"]) == 200
    assert {target["interval"] for target in tables["targets"].values()} == {"20s"}


def test_without_a_folder_nothing_is_left_behind() -> None:
    with _simulator("--online", "1") as told:
        found = re.search(r"configuration  (.+)", told)
        assert found is not None, told
        configuration = Path(found[1])
        assert configuration.exists()
    assert not configuration.parent.exists()


def test_folder_is_written_anew_at_the_next_start(tmp_path: Path) -> None:
    """What it wrote itself it may replace: keys and port are others each time."""
    keys = set()
    for _ in range(2):
        with _simulator("--online", "1", "--folder", str(tmp_path)):
            keys.add((tmp_path / "client-secret").read_text())
    assert len(keys) == 2


def test_configuration_of_somebody_else_is_left_alone(tmp_path: Path) -> None:
    """Who names the folder of his own daemon does not lose its configuration."""
    (tmp_path / "syseventd.toml").write_text("[daemon]\n")
    said = _refused("--online", "1", "--folder", str(tmp_path))
    assert f"can't write {tmp_path}/syseventd.toml: it is there already" in said
    assert "name an empty folder, or a new one" in said
    assert (tmp_path / "syseventd.toml").read_text() == "[daemon]\n"
    assert [file.name for file in tmp_path.iterdir()] == ["syseventd.toml"]


@pytest.mark.parametrize(
    "name", ["private-key.pem", "client-secret", "Simulated2-system-token", "state"]
)
def test_secrets_of_somebody_else_are_left_alone(
    make_cloud: Callable[..., Cloud], tmp_path: Path, name: str
) -> None:
    """No name is taken from whoever has real ones there, and nothing is written beside them."""
    (tmp_path / name).write_text("the real one")
    with pytest.raises(FileExistsError, match="it is there already") as refused:
        hand_over(make_cloud("Simulated1", "Simulated2"), "http://127.0.0.1:1", tmp_path)
    assert refused.value.filename == str(tmp_path / name)
    assert (tmp_path / name).read_text() == "the real one"
    assert [file.name for file in tmp_path.iterdir()] == [name]


def test_name_that_leads_nowhere_is_somebodys_too(
    make_cloud: Callable[..., Cloud], tmp_path: Path
) -> None:
    """A link to a secret that is not mounted just now is not replaced."""
    (tmp_path / "client-secret").symlink_to(tmp_path / "unmounted")
    with pytest.raises(FileExistsError):
        hand_over(make_cloud("Simulated1"), "http://127.0.0.1:1", tmp_path)


def test_what_was_half_written_is_still_its_own(
    make_cloud: Callable[..., Cloud], tmp_path: Path
) -> None:
    """Whoever ended it at once can start it again: the configuration is written first."""
    with pytest.raises(OSError, match="too long"):
        hand_over(make_cloud("x" * 300), "http://127.0.0.1:1", tmp_path)
    hand_over(make_cloud("Simulated1"), "http://127.0.0.1:1", tmp_path)
    assert (tmp_path / "Simulated1-system-token").exists()


def test_port_that_is_taken_is_said_so() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert f"can't listen on port {port}" in _refused("--online", "1", "--port", str(port))


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--folder", "x"], "--folder is for --online alone"),
        (["--online", "1", "--database", "x"], "--online and --database exclude each other"),
        (["--online", "0"], "--online"),
        (["--online", "1", "--speed", "0"], "--speed"),
    ],
)
def test_options_that_do_not_fit(options: list[str], said: str) -> None:
    result = CliRunner().invoke(main, options)
    assert result.exit_code == 2
    assert said in result.output
