"""The unit file: systemd takes it without a word, its sandbox is tight, and it tells no lies."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
UNIT = ROOT / "systemd" / "syseventd.service"
README = ROOT / "systemd" / "README.md"
EXPOSURE = 2.0
STOPS_WITHIN = 10
"""Seconds within which the daemon promises to be gone after SIGTERM."""


def directives(text: str) -> list[tuple[str, str]]:
    """Every `Key=value` of a unit file in order; a key may come again."""
    lines = (line.strip() for line in text.splitlines())
    pairs = (line.partition("=") for line in lines if line and line[0] not in "#;[")
    return [(key, value) for key, _, value in pairs]


def values(key: str) -> list[str]:
    """What the unit gives for `key`, in order."""
    return [value for name, value in directives(UNIT.read_text()) if name == key]


def value(key: str) -> str:
    """What the unit gives for `key`, which it gives once."""
    (only,) = values(key)
    return only


def seconds(text: str) -> int:
    """The seconds of a time span such as `15s`."""
    return int(text.removesuffix("s"))


def analyze(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run systemd-analyze, or skip where it is missing."""
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("systemd-analyze is missing; install the package systemd")
    return subprocess.run(
        [program, *arguments], capture_output=True, text=True, timeout=60, check=False
    )


@pytest.fixture
def installed_unit(tmp_path: Path) -> Path:
    """A copy of the unit whose program exists here: `verify` wants that of every program."""
    program = value("ExecStart").split()[0]
    copy = tmp_path / UNIT.name
    copy.write_text(UNIT.read_text().replace(program, sys.executable))
    return copy


def test_verify_is_silent(installed_unit: Path) -> None:
    """systemd finds nothing to say about the unit."""
    done = analyze("verify", str(installed_unit))
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_verify_speaks_of_a_misspelt_directive(installed_unit: Path) -> None:
    """The silence above means something: a directive that systemd doesn't know is named."""
    text = installed_unit.read_text().replace("ProtectClock=", "ProtectClocks=")
    installed_unit.write_text(text)
    assert "ProtectClocks" in analyze("verify", str(installed_unit)).stderr


def test_sandbox_is_tight() -> None:
    """systemd rates the unit's exposure at no more than 2.0 of 10."""
    done = analyze("security", "--offline=true", f"--threshold={EXPOSURE * 10:.0f}", str(UNIT))
    assert done.returncode == 0, done.stdout
    found = re.search(r"Overall exposure level for \S+: (\d+\.\d+)", done.stdout)
    assert found is not None, done.stdout
    assert float(found[1]) <= EXPOSURE


def test_configuration_is_the_commands_default() -> None:
    """The unit names the file that the command reads where none is named."""
    command = [sys.executable, "-c", "from syseventd.cli import main; main()", "run", "--help"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    default = re.search(r"\[default:\s*([^\]\s]+)\s*\]", done.stdout)
    assert default is not None, done.stdout
    assert value("ExecStart").endswith(f"/syseventd run --config {default[1]}")


def test_stop_has_the_time_that_was_promised() -> None:
    """systemd kills the daemon only after the 10 s in which it promises to stop."""
    assert seconds(value("TimeoutStopSec")) > STOPS_WITHIN


def test_watchdog_needs_no_more_than_the_main_process() -> None:
    """The daemon, and no process that it started, says that it is ready and alive."""
    assert (value("Type"), value("NotifyAccess")) == ("notify", "main")
    assert seconds(value("WatchdogSec")) > 0


def test_missing_credentials_folder_is_no_failed_start() -> None:
    """A default stands in for every folder of credentials; without one a start would fail."""
    loaded = {line.partition(":")[0] for line in values("LoadCredential")}
    defaults = {line.partition(":")[0] for line in values("SetCredential")}
    assert loaded
    assert loaded == defaults


def test_network_is_left_open() -> None:
    """It watches remote systems, so nothing in the sandbox cuts it off from them."""
    assert not values("PrivateNetwork")
    assert not values("IPAddressDeny")
    assert {"AF_INET", "AF_INET6", "AF_UNIX"} == set(value("RestrictAddressFamilies").split())


def test_readme_installs_what_the_unit_starts() -> None:
    """Program, configuration and credentials are where the README puts them."""
    readme = README.read_text()
    program, _, _, configuration = value("ExecStart").split()
    environment = str(Path(program).parents[1])
    credentials = value("LoadCredential").partition(":")[2]
    assert f"python3 -m venv {environment}\n" in readme
    assert f"install -m 0644 config/syseventd.toml {configuration}\n" in readme
    assert f"install -d -m 0700 {credentials}\n" in readme


def test_readme_names_credentials_as_systemd_does() -> None:
    """A file NAME of the credentials folder is called FOLDERS-ID_NAME in the configuration."""
    identifier, _, folder = value("LoadCredential").partition(":")
    readme = README.read_text()
    secret = re.search(rf"cat > {folder}/(\S+)'", readme)
    assert secret is not None
    assert f'password_file = "{identifier}_{secret[1]}"' in readme
