"""What type checkers say to plugins' authors, who have only the installed package."""

from __future__ import annotations

import re
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import pytest

import syseventd
from syseventd import interface

HERE = Path(__file__).parent
STRANGER = HERE.parent / "stranger" / "printers" / "stranger_printers"

MARK = re.compile(r"# refused: (.+)$")
ERROR = re.compile(r"(\w+\.py):(\d+): error: .*\[([\w-]+)\]$")


@pytest.fixture(scope="module")
def said(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """What strict mypy says, run far from our own configuration."""
    assert pytestconfig.cache is not None
    cache = pytestconfig.cache.mkdir("mypy-of-strangers")
    mypy = [sys.executable, "-m", "mypy", "--strict", "--config-file=", f"--cache-dir={cache}"]
    done = subprocess.run(
        [*mypy, HERE / "plugin_code.py", HERE / "wrong_code.py", STRANGER],
        cwd=tmp_path_factory.mktemp("elsewhere"),
        capture_output=True,
        text=True,
        check=False,
    )
    assert "checked 11 source files" in done.stdout, done.stdout + done.stderr
    return done.stdout.splitlines()


def test_a_plugin_that_uses_every_public_name_passes(said: list[str]) -> None:
    """And the types of what it reads are the ones that it relies on."""
    assert not [line for line in said if "plugin_code.py" in line]


def test_the_stranger_passes(said: list[str]) -> None:
    """A whole project, as somebody else would write it."""
    assert not [line for line in said if "stranger_printers" in line]


def test_mistakes_are_found_where_they_are(said: list[str]) -> None:
    """Each marked line, for the marked reason, and no other line."""
    lines = HERE.joinpath("wrong_code.py").read_text().splitlines()
    expected = {
        number: set(mark[1].split(", "))
        for number, line in enumerate(lines, 1)
        if (mark := MARK.search(line))
    }
    found = defaultdict(set)
    for line in said:
        if (error := ERROR.search(line)) and error[1] == "wrong_code.py":
            found[int(error[2])].add(error[3])
    assert found == expected


def test_every_public_name_is_used() -> None:
    """A name that is added has its types read, too."""
    text = HERE.joinpath("plugin_code.py").read_text()
    offered = [
        n for n, v in vars(interface).items() if getattr(v, "__module__", "") == interface.__name__
    ]
    assert not [
        name for name in (*syseventd.__all__, *offered) if not re.search(rf"\b{name}\b", text)
    ]
