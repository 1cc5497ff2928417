"""What the plugin's README says of the code is so."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import syseventd_superoffice
from syseventd_superoffice.kinds import KINDS, NAMES

HERE = Path(syseventd_superoffice.__file__).parent
README = (HERE / "README.md").read_text(encoding="utf-8")


def _rows(heading: str) -> list[list[str]]:
    """The cells of the table below a heading, without its own heading."""
    below = README.partition(f"\n{heading}\n")[2].partition("\n#")[0]
    lines = [line for line in below.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def test_table_of_kinds_is_what_a_pattern_may_mean() -> None:
    """Every name that `kinds` takes, with the words that its events bear."""
    rows = _rows("### What `kind` can be")
    assert rows == [[f"`{kind.name}`", kind.title, kind.effect] for kind in KINDS]
    assert {row[0].strip("`") for row in rows} == NAMES


def test_every_secret_of_the_first_login_has_its_origin() -> None:
    """Who has the example in hand is told whom to ask for each of its secrets."""
    told = [row[0] for row in _rows("### Where the secrets come from")]
    assert told == ["`tenant`", "client secret", "private key", "system token"]


NAMED = sorted(
    {*re.findall(r"`(\w[\w/]*(?:\.py|/))`", README), *re.findall(r"\]\((\w[\w/]*\.md)", README)}
)


@pytest.mark.parametrize("name", NAMED)
def test_every_file_that_is_named_is_there(name: str) -> None:
    """Whoever looks for what the README says finds it."""
    assert (HERE / name).exists()


def test_files_and_folders_are_named() -> None:
    """The test above tests something."""
    assert {"access.py", "webapi/questions.py", "installation/", "webapi/README.md"} <= set(NAMED)


def test_every_file_of_the_plugin_has_its_place() -> None:
    """In the table of what is where."""
    table = README.partition("\n## Where what is\n")[2]
    files = {path.name for path in HERE.glob("*.py")} - {"__init__.py"}
    assert files == {name for name in files if f"`{name}`" in table}
