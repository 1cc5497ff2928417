"""The unit: systemd takes it without a word, its sandbox is tight, its README tells no lies."""

from __future__ import annotations

import contextlib
import re
import shutil
import sqlite3
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from pydantic import SecretStr, TypeAdapter

from syseventd.settings import CREDENTIALS, SecretFile

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


def readme_commands() -> list[str]:
    """Every line of the README's indented blocks, what goes on in the next line joined."""
    text = re.sub(r"(\\|\|\|)\n +", r"\1 ", README.read_text()).replace("\\ ", "")
    return [line.strip() for line in text.splitlines() if line.startswith("    ")]


def test_documentation_is_where_the_readme_puts_it() -> None:
    """`systemctl status` shows a file that is there."""
    file = value("Documentation").removeprefix("file:")
    folder = file.removesuffix(f"systemd/{README.name}")
    assert folder != file
    assert f"sudo cp -R README.md config systemd {folder}" in readme_commands()


def test_readme_installs_what_the_unit_starts() -> None:
    """Program, configuration and credentials are where the README puts them."""
    program, _, _, configuration = value("ExecStart").split()
    environment = str(Path(program).parents[1])
    credentials = value("LoadCredential").partition(":")[2]
    commands = readme_commands()
    assert f"sudo python3 -m venv {environment}-$version" in commands
    assert f"sudo ln -sfnT {Path(environment).name}-$version {environment}" in commands
    assert f"sudo ln -sfnT {program} /usr/local/bin/{Path(program).name}" in commands
    assert f"sudo install -d -m 0700 {credentials}" in commands
    install = f"sudo install -m 0644 config/syseventd.toml {configuration}"
    assert f"sudo test -e {configuration} || {install}" in commands


def test_readme_takes_syseventd_from_the_checkout_alone() -> None:
    """Its name may be anybody's on the public index, and what is installed runs as root."""
    installing = [line for line in readme_commands() if "pip install" in line]
    assert installing
    assert all("--no-index" in line and "dist/syseventd-" in line for line in installing)


def test_readme_installs_the_version_that_this_is() -> None:
    """So that its block can be copied as it stands."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert f"version={project['version']}" in readme_commands()


def test_readme_probes_what_is_there() -> None:
    """Each target of its commands is one of ours, or the one that its secret is for."""
    shipped = tomllib.loads((ROOT / "config" / "syseventd.toml").read_text())
    probed = re.findall(r"syseventd probe (\S+)", "\n".join(readme_commands()))
    assert probed
    assert set(probed) <= {*shipped["targets"], "crm"}


def test_readme_backs_up_the_store() -> None:
    """The database is where the unit's state directory puts it."""
    commands = "\n".join(readme_commands())
    store = f"/var/lib/{value('StateDirectory')}/events.db"
    assert set(re.findall(r"/var/lib/\S+?\.db\b", commands)) == {store}


def test_backup_of_the_readme_is_whole_while_the_store_is_open(tmp_path: Path) -> None:
    """Its statement, run beside a writer, gives a database with all that was committed."""
    [command] = [line for line in readme_commands() if "VACUUM INTO" in line]
    statement = command.partition('"')[2].rstrip('"')
    statement = re.sub("/var/backups/syseventd/[^']+", str(tmp_path / "copy.db"), statement)
    with contextlib.closing(sqlite3.connect(tmp_path / "events.db")) as writer:
        writer.execute("PRAGMA journal_mode = WAL")
        writer.execute("CREATE TABLE event (id)")
        writer.execute("INSERT INTO event VALUES (1)")
        writer.commit()
        with contextlib.closing(sqlite3.connect(tmp_path / "events.db")) as other:
            other.execute(statement)
    with contextlib.closing(sqlite3.connect(tmp_path / "copy.db")) as copy:
        assert copy.execute("SELECT id FROM event").fetchall() == [(1,)]


def credential() -> str:
    """The name of the secret that the README writes into the credentials folder."""
    folder = value("LoadCredential").partition(":")[2]
    secret = re.search(rf"cat > {folder}/(\S+)'", README.read_text())
    assert secret is not None
    return secret[1]


@pytest.mark.parametrize("page", ["systemd/README.md", "config/README.md", "config/syseventd.toml"])
def test_every_page_calls_a_secret_by_its_plain_name(page: str) -> None:
    """As its file is called, without what systemd puts before it."""
    names = re.findall(r'password_file = "([^/"]+)"', (ROOT / page).read_text())
    assert credential() in names
    assert not [name for name in names if name.startswith("syseventd_")]


def test_the_daemon_finds_a_secret_by_its_plain_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """systemd calls a file NAME of the credentials folder FOLDERS-ID_NAME."""
    identifier = value("LoadCredential").partition(":")[0]
    (tmp_path / f"{identifier}_{credential()}").write_text("secret\n")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    read = TypeAdapter[SecretStr](SecretFile).validate_python(credential())
    assert read.get_secret_value() == "secret"


def test_commands_of_root_look_where_the_unit_does() -> None:
    """Both read one folder, so that a probe by hand has the service's secrets."""
    assert str(CREDENTIALS) == value("LoadCredential").partition(":")[2]
