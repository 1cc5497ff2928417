"""The wheel, built from what git tracks and installed alone: it holds all that runs."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import sysconfig
import tarfile
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

PACKAGES = ("syseventd", "syseventd_certificates", "syseventd_superoffice")
SOURCES = ("daemon/", "plugins/syseventd_")
CLEAN = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "COVERAGE", "COV_"))}
"""The environment without what lets Python find our source."""


def run(*command: str | Path, cwd: Path) -> str:
    """What a command prints; fails with all of it where it fails."""
    done = subprocess.run(
        list(map(str, command)),
        cwd=cwd,
        env=CLEAN,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=300,
        check=False,
    )
    output = done.stdout.decode(errors="replace")
    assert done.returncode == 0, output
    return output


@dataclass(frozen=True)
class Built:
    """What was built, and the files that it was built from, relative to the root."""

    wheel: Path
    sdist: Path
    tracked: frozenset[str]

    @property
    def packaged(self) -> set[str]:
        """What of the tracked files belongs into the wheel, by its place there."""
        return {
            name.partition("/")[2]
            for name in self.tracked
            if name.startswith(SOURCES) and name.count("/") > 1
        }


@pytest.fixture(scope="session")
def built(system: Any, tmp_path_factory: pytest.TempPathFactory) -> Built:
    """sdist and wheel, from a copy of the tracked files (new ones that nothing ignores, too)."""
    git = shutil.which("git")
    if git is None or not (system.root / ".git").exists():
        pytest.skip("this is no git checkout, or git is not installed: apt-get install git")
    copy, out = tmp_path_factory.mktemp("copy"), tmp_path_factory.mktemp("dist")
    listed = run(
        *(git, "ls-files", "-z", "--cached", "--others", "--exclude-standard"), cwd=system.root
    )
    tracked = {name for name in listed.split("\0") if (system.root / name).is_file()}
    for name in tracked:
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(system.root / name, copy / name)
    run(sys.executable, "-m", "build", "--no-isolation", "--outdir", out, copy, cwd=out)
    [wheel], [sdist] = out.glob("*.whl"), out.glob("*.tar.gz")
    return Built(wheel, sdist, frozenset(tracked))


@pytest.fixture(scope="session")
def installed(built: Built, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The `bin` of an empty environment with the wheel; what it depends on is lent to it.

    The lent folder comes by a .pth, whose own .pth files Python does not read: our editable
    install stays behind, so that what runs can only come from the wheel.
    """
    home = tmp_path_factory.mktemp("venv")
    run(sys.executable, "-m", "venv", "--without-pip", home, cwd=home)
    python = home / "bin" / "python"
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", python)
    run(*pip, "install", "--quiet", "--no-index", "--no-deps", built.wheel, cwd=home)
    [site] = home.glob("lib/python*/site-packages")
    (site / "lent.pth").write_text(sysconfig.get_path("purelib"))
    return home / "bin"


def test_the_wheel_holds_every_file_of_every_package(built: Built) -> None:
    """Code, templates, styles, languages, migrations and type markers, and nothing else."""
    with zipfile.ZipFile(built.wheel) as wheel:
        names = {name for name in wheel.namelist() if ".dist-info/" not in name}
    assert names == built.packaged
    for kind in ("web/templates/", "web/static/", "web/locales/", "store/migrations/", "py.typed"):
        assert any(kind in name for name in names), kind


def test_the_sdist_holds_what_it_takes_to_test_it(built: Built) -> None:
    """All that is tracked but for the CI's own file."""
    with tarfile.open(built.sdist) as sdist:
        names = {member.name.partition("/")[2] for member in sdist if member.isfile()}
    assert {name for name in built.tracked if not name.startswith(".ci/")} <= names
    assert not any(name.startswith(".ci/") for name in names)


def test_the_code_that_runs_is_the_wheels(installed: Path) -> None:
    """Each package is imported from the new environment, and from nowhere else."""
    code = (
        f"import {', '.join(PACKAGES)}, sys; print(*(m.__file__ for m in ({', '.join(PACKAGES)})))"
    )
    files = run(installed / "python", "-c", code, cwd=installed).split()
    assert len(files) == len(PACKAGES)
    for file in files:
        assert Path(file).is_relative_to(installed.parent), file


def test_the_command_runs(installed: Path) -> None:
    """`syseventd` is on the path and knows its version."""
    assert run(installed / "syseventd", "--version", cwd=installed).split()[-1][0].isdigit()


def test_the_plugins_are_found(installed: Path) -> None:
    """First-party plugins come by the wheel's own entry points, and none is refused."""
    listed = run(installed / "syseventd", "plugins", cwd=installed)
    assert "certificates" in listed
    assert "superoffice" in listed
    assert "refused" not in listed


def test_the_demo_runs_from_the_wheel(system: Any, installed: Path, tmp_path: Path) -> None:
    """Its pages answer in both languages, with their style; Ctrl-C ends it in time."""
    command = [installed / "syseventd", "demo", "--listen", "127.0.0.1:0"]
    lent = {"PYTHONPATH": "", "COVERAGE_PROCESS_CONFIG": "", "COVERAGE_PROCESS_START": ""}
    with system.program(command, tmp_path, r"page +(http://\S+/)", lent) as demo:
        english = demo.get("")
        assert '<html lang="en"' in english
        assert '<html lang="sv"' in demo.get("?lang=sv")
        assert "{" in demo.get("static/style.css")
        system.wait_for(lambda: demo.json("api/v1/events")["events"])
        assert demo.stop(signal.SIGINT) in (0, 130)
    assert "Traceback" not in demo.wrote()
