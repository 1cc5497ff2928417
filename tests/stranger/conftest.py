"""Builds plugin projects as their authors would, and installs them into a folder."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

BUILD = """
import os, sys
from hatchling.build import build_wheel
for project in sys.argv[2:]:
    os.chdir(project)
    build_wheel(sys.argv[1])
"""


@pytest.fixture(scope="session")
def install(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., dict[str, str]]:
    """Build some projects and install them, without a network: an environment that has them."""

    def install(*projects: Path) -> dict[str, str]:
        pytest.importorskip("hatchling", reason="hatchling is not installed: pip install hatchling")
        wheels, site = tmp_path_factory.mktemp("wheels"), tmp_path_factory.mktemp("site")
        subprocess.run([sys.executable, "-c", BUILD, wheels, *projects], check=True)
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index"]
        subprocess.run([*pip, "--target", site, *wheels.glob("*.whl")], check=True)
        path = os.pathsep.join(filter(None, (str(site), os.environ.get("PYTHONPATH"))))
        return {**os.environ, "PYTHONPATH": path}

    return install
