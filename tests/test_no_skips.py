"""Where nothing may be skipped, every way to skip is a failure that tells the reason."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

CONFTEST = Path(__file__).with_name("conftest.py")

SKIPS = {
    "in_test": "import pytest\ndef test_it(): pytest.skip('in the test')\n",
    "in_fixture": (
        "import pytest\n@pytest.fixture\ndef tool(): pytest.skip('in the fixture')\n"
        "def test_it(tool): pass\n"
    ),
    "by_mark": "import pytest\n@pytest.mark.skip(reason='by its mark')\ndef test_it(): pass\n",
    "by_condition": (
        "import pytest\n@pytest.mark.skipif(True, reason='by a condition')\ndef test_it(): pass\n"
    ),
    "whole_file": (
        "import pytest\npytest.skip('the whole file', allow_module_level=True)\n"
        "def test_it(): pass\n"
    ),
    "by_import": (
        "import pytest\npytest.importorskip('no_such_module', reason='by an import')\n"
        "def test_it(): pass\n"
    ),
}
REASONS = [
    *("in the test", "in the fixture", "by its mark", "by a condition"),
    *("the whole file", "by an import"),
]
PASSES = "def test_it(): pass\n"
XFAILS = "import pytest\n@pytest.mark.xfail(reason='known')\ndef test_it(): assert False\n"

Run = Callable[..., tuple[int, str]]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Runs pytest over some files beside a copy of our rules: its exit status and its output."""

    def run(files: dict[str, str], *options: str, ci: str = "") -> tuple[int, str]:
        shutil.copy(CONFTEST, tmp_path)
        for name, text in files.items():
            (tmp_path / f"test_{name}.py").write_text(text)
        outside = {k: v for k, v in os.environ.items() if not k.startswith(("PYTEST", "CI"))}
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-ra", "-p", "no:cacheprovider", *options],
            cwd=tmp_path,
            env=outside | ({"CI": ci} if ci else {}),
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        return done.returncode, done.stdout + done.stderr

    return run


def counts(output: str) -> dict[str, int]:
    """`{"failed": 4, …}`, as pytest's last line counts."""
    last = output.strip().splitlines()[-1]
    return {word.rstrip("s"): int(number) for number, word in re.findall(r"(\d+) ([a-z]+)", last)}


@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["alone", "xdist"])
def test_skips_are_failures_with_their_reasons(run: Run, workers: tuple[str, ...]) -> None:
    """However a test is skipped, it fails and says why; what passes still runs and passes."""
    status, output = run(SKIPS | {"fine": PASSES}, "--no-skips", *workers)
    assert status == 1
    for reason in REASONS:
        assert re.search(f"nothing may be skipped here; it was because: .*{reason}", output), reason
    found = counts(output)
    assert "skipped" not in found
    assert found["passed"] == 1
    assert found["failed"] + found["error"] == len(SKIPS)


@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["alone", "xdist"])
def test_elsewhere_skips_are_skips_with_their_reasons(run: Run, workers: tuple[str, ...]) -> None:
    """A machine that lacks something passes, and each reason is named."""
    status, output = run(SKIPS | {"fine": PASSES}, *workers)
    assert status == 0
    assert all(reason in output for reason in REASONS)
    assert counts(output) == counts(output) | {"passed": 1, "skipped": len(SKIPS)}
    assert "failed" not in counts(output)


@pytest.mark.parametrize(("ci", "status"), [("true", 1), ("", 0), ("false", 0)])
def test_ci_says_so_itself(run: Run, ci: str, status: int) -> None:
    """`CI=true` is enough; no option needs to be remembered."""
    assert run({"in_test": SKIPS["in_test"]}, ci=ci)[0] == status


def test_expected_failures_are_no_skips(run: Run) -> None:
    """A failure that is expected stays what it is."""
    status, output = run({"known": XFAILS}, "--no-skips")
    assert status == 0
    assert "1 xfailed" in output
