"""What every command does with what is wrong: an exit code and words, never a traceback."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import pytest

from syseventd.cli import commands
from syseventd.instruments import own_version

READING = [
    ("check-config", "{}"),
    ("check-config", "--config", "{}"),
    ("run", "--config", "{}"),
    ("probe", "host", "--config", "{}"),
    ("events", "--config", "{}"),
]


def _on(path: Path, command: tuple[str, ...]) -> list[str]:
    return [argument.format(path) for argument in command]


@pytest.mark.parametrize("command", READING, ids=lambda command: command[0])
def test_missing_configuration(command: tuple[str, ...], syseventd: Any, tmp_path: Path) -> None:
    path = tmp_path / "syseventd.toml"
    done = syseventd(*_on(path, command))
    assert done == (1, "", f"{path}: can't be read: No such file or directory\n")


@pytest.mark.parametrize("command", READING, ids=lambda command: command[0])
def test_folder_for_a_configuration(
    command: tuple[str, ...], syseventd: Any, tmp_path: Path
) -> None:
    done = syseventd(*_on(tmp_path, command))
    assert done == (1, "", f"{tmp_path}: can't be read: Is a directory\n")


@pytest.mark.parametrize("command", READING, ids=lambda command: command[0])
def test_wrong_configuration_prints_every_fault(
    command: tuple[str, ...], syseventd: Any, write: Callable[..., Path]
) -> None:
    path = write('max_probes = "many"\nlanguage = "de"\n')
    done = syseventd(*_on(path, command))
    assert (done.code, done.out) == (1, "")
    assert done.err.splitlines() == [
        'daemon.language: "de" is not one of: "en" or "sv"',
        "daemon.max_probes: should be a whole number, without quotes",
    ]


@pytest.mark.parametrize(
    "arguments",
    [
        ("frobnicate",),
        ("probe",),
        ("run", "--frobnicate"),
        ("events", "--state", "gone"),
        ("events", "--limit", "0"),
        ("events", "--json", "--csv"),
        ("demo", "--speed", "0"),
        ("demo", "--language", "de"),
        ("check-config", "a", "b"),
        ("check-config", "a", "--config", "b"),
        ("events", "--limit", "99999999999999999999"),
    ],
)
def test_wrong_usage(arguments: tuple[str, ...], syseventd: Any) -> None:
    done = syseventd(*arguments)
    assert (done.code, done.out) == (2, "")
    assert "Error: " in done.err


def test_no_command_at_all_shows_which_there_are(syseventd: Any) -> None:
    done = syseventd()
    assert done.code == 2
    assert "check-config" in done.out + done.err


@pytest.mark.parametrize("option", ["-h", "--help"])
def test_help(option: str, syseventd: Any) -> None:
    done = syseventd(option)
    assert done.code == 0
    assert all(name in done.out for name in ("run", "demo", "probe", "events", "plugins"))


def test_help_cuts_no_command_s_words_short(syseventd: Any) -> None:
    """On a terminal of 80 columns."""
    assert "..." not in syseventd("--help").out.partition("Commands:")[2]


@pytest.mark.parametrize("name", sorted(commands.cli.commands))
def test_every_command_explains_itself(name: str, syseventd: Any) -> None:
    done = syseventd(name, "--help")
    assert done.code == 0
    assert f"Usage: syseventd {name}" in done.out


def test_version(syseventd: Any) -> None:
    assert syseventd("--version") == (0, f"syseventd, version {own_version()}\n", "")


def test_fault_of_ours_is_one_line(syseventd: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the place, so that whoever reports it reports enough."""

    def fail(ctx: click.Context) -> None:
        raise LookupError("gone")

    monkeypatch.setattr(commands.cli, "invoke", fail)
    done = syseventd("plugins")
    assert done.code == 70
    assert done.err.startswith(
        "syseventd: this is a bug, please report it: LookupError: gone (test"
    )
    assert done.err.count("\n") == 1


def test_interrupt(syseventd: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(ctx: click.Context) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(commands.cli, "invoke", interrupt)
    assert syseventd("plugins").code == 130


COMMAND = [sys.executable, "-c", "from syseventd.cli import main; main()"]


def test_reader_that_goes_is_no_fault() -> None:
    """`syseventd config-schema | head -c 1`."""
    reading, writing = os.pipe()
    os.close(reading)
    command = [*COMMAND, "config-schema"]
    done = subprocess.run(command, stdout=writing, stderr=subprocess.PIPE, text=True, check=False)
    os.close(writing)
    assert (done.returncode, done.stderr) == (141, "")


def test_address_that_nobody_can_have(write: Callable[..., Path]) -> None:
    """192.0.2.1 is kept for documentation: no machine has it."""
    command = [*COMMAND, "run", "--config", str(write(listen="192.0.2.1:80"))]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    reason = "Cannot assign requested address; choose another in [daemon] listen"
    words = f"can't listen on 192.0.2.1:80: {reason}"
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == f"syseventd: {words}"


def _run(path: Path) -> list[dict[str, Any]]:
    """What `syseventd run` logs until the port that it can't have ends it."""
    command = [*COMMAND, "run", "--config", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    return [json.loads(line) for line in done.stderr.splitlines() if line.startswith("{")]


def test_port_for_everybody_is_logged_at_the_start(write: Callable[..., Path]) -> None:
    (logged,) = _run(write(listen="192.0.2.1:80"))
    assert (logged["event"], logged["level"]) == ("listens_openly", "warning")
    assert logged["place"] == "daemon.listen"
    assert "put a proxy with a login before it" in logged["reason"]


def test_password_over_an_open_line_is_logged_at_the_start(
    write: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CRM_PASSWORD", "hunter2")
    text = (
        '[targets.crm]\ntype = "superoffice"\nurl = "http://crm.example.com"\n'
        'auth = { method = "basic", user = "monitor", password_env = "CRM_PASSWORD" }\n'
    )
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        (logged,) = _run(write(text, listen=address))
    assert (logged["event"], logged["place"]) == ("secret_in_the_clear", "targets.crm.url")


def test_demo_whose_port_is_taken_names_the_way_out(syseventd: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        done = syseventd("demo", "--listen", address)
    words = f"can't listen on {address}: Address already in use; choose another with --listen"
    assert (done.code, done.err.splitlines()[-1]) == (1, f"syseventd: {words}")


def test_daemon_whose_port_is_taken_names_the_way_out(write: Callable[..., Path]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        command = [*COMMAND, "run", "--config", str(write(listen=address))]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    words = "Address already in use; choose another in [daemon] listen"
    expected = f"syseventd: can't listen on {address}: {words}"
    assert (done.returncode, done.stderr.splitlines()[-1]) == (1, expected)


def test_missing_state_directory_is_logged_at_the_start(tmp_path: Path) -> None:
    path = tmp_path / "syseventd.toml"
    path.write_text(f'[daemon]\nstate_directory = "{tmp_path}/gone"\n')
    (logged, *_) = _run(path)
    assert (logged["event"], logged["level"]) == ("state_directory_not_there", "warning")
    assert logged["place"] == "daemon.state_directory"


def test_letters_that_the_terminal_lacks_are_shown_by_number(write: Callable[..., Path]) -> None:
    path = write('[targets.host]\ntype = "certificates"\npaths = ["/nowhere/žurnál.pem"]\n')
    done = subprocess.run(
        [*COMMAND, "probe", "host", "--config", str(path)],
        env={**os.environ, "PYTHONIOENCODING": "iso8859-1"},
        capture_output=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (3, b"")
    assert rb"/nowhere/\u017eurn\xe1l.pem" in done.stdout.replace(b"\xe1", rb"\xe1")


def test_demo_that_can_not_listen(syseventd: Any) -> None:
    done = syseventd("demo", "--listen", "nonsense")
    assert done.code == 1
    assert done.err.startswith('daemon.listen: "nonsense" is not an address to listen on')
