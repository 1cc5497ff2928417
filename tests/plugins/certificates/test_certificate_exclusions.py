"""What `exclude` leaves out of folders, and what is said of patterns that can't be meant."""

from __future__ import annotations

import asyncio
import os
import re
import time
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from syseventd import ProbeFailed, Snapshot
from syseventd_certificates.settings import CertificatesSettings


@pytest.fixture
def folder(tmp_path: Path, mint: Any) -> Path:
    """Holds `a.pem`, `old/a.pem` and `old/deep/b.pem`."""
    for file in (tmp_path / "a.pem", tmp_path / "old" / "a.pem", tmp_path / "old/deep/b.pem"):
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(mint().pem)
    return tmp_path


def found(watch: Any, folder: Path, *patterns: str) -> set[str]:
    source = watch(paths=[folder], exclude=[str(pattern) for pattern in patterns])
    snapshot: Snapshot = asyncio.run(source.probe())
    assert snapshot.problems == ()
    return {expiry.name.removeprefix(f"{folder}/") for expiry in snapshot.expiries}


@pytest.mark.parametrize(
    ("patterns", "left"),
    [
        ([], {"a.pem", "old/a.pem", "old/deep/b.pem"}),
        (["{}/a.pem"], {"old/a.pem", "old/deep/b.pem"}),
        (["*/a.pem"], {"old/deep/b.pem"}),
        (["*/old"], {"a.pem"}),
        (["{}/old/"], {"a.pem"}),
        (["{}//./old"], {"a.pem"}),
        (["*/old/*.pem"], {"a.pem"}),
        (["*/old/?.pem"], {"a.pem", "old/deep/b.pem"}),
        (["*/[!b].pem"], {"old/deep/b.pem"}),
        (["*/A.pem", "*/ol", "/old", "*pem/"], set()),
        (["*/A.pem", "*/ol", "/old"], {"a.pem", "old/a.pem", "old/deep/b.pem"}),
        (["*/deep", "{}/*a.pem"], set()),
        (["*/deep", "{}/a.pem"], {"old/a.pem"}),
    ],
)
def test_a_pattern_is_matched_against_the_whole_path(
    watch: Any, folder: Path, patterns: list[str], left: set[str]
) -> None:
    """A star goes over slashes; a folder that matches is left out with all below it."""
    patterns = [pattern.format(folder) for pattern in patterns]
    if left:
        assert found(watch, folder, *patterns) == left
        return
    with pytest.raises(ProbeFailed, match="holds no certificate beside what exclude matches"):
        found(watch, folder, *patterns)


def test_what_is_excluded_is_not_looked_at(
    watch: Any, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So a folder that only root may list is no fault any more, nor is a damaged file."""
    (folder / "damaged.pem").write_bytes(b"damaged")
    scandir = os.scandir

    def refuse(path: str) -> Any:
        if path == f"{folder}/old":
            raise PermissionError(13, "Permission denied", path)
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)
    assert found(watch, folder, "*/old", "*/damaged.pem") == {"a.pem"}


def test_odd_bytes_are_matched_as_they_are_shown(watch: Any, tmp_path: Path, mint: Any) -> None:
    """What stands in an alert can be copied into the configuration."""
    for name in (b"\xff.pem", b"a.pem"):
        Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + name)).write_bytes(mint().pem)
    assert found(watch, tmp_path, rf"{tmp_path}/\xff.pem") == {"a.pem"}


@pytest.mark.parametrize(
    ("pattern", "problem"),
    [
        ("", "'' is not a pattern"),
        ("a\0b", "is not a pattern"),
        (7, "7 is not a pattern"),
        ("old", '"old" is relative and matches no path; write "*/old"'),
        ("old/*.pem", 'write "*/old/*.pem"'),
        ("?etc/old", "is relative"),
        ("[/]etc/old", "is relative"),
    ],
)
def test_a_pattern_that_can_match_nothing_is_a_fault(pattern: object, problem: str) -> None:
    """The fault names it and says what to write."""
    with pytest.raises(ValidationError) as caught:
        CertificatesSettings.model_validate({"paths": ["/etc"], "exclude": [pattern]})
    (fault,) = caught.value.errors()
    assert problem in fault["msg"]
    assert fault["loc"] == ("exclude", 0)


@pytest.mark.parametrize("pattern", ["/etc/ssl/certs", "/etc/ssl/certs/", "*/certs"])
def test_a_path_that_is_named_and_excluded_is_a_fault(pattern: str) -> None:
    """One of the two could only be forgotten."""
    expected = re.escape('"/etc/ssl/certs" is in paths, and exclude matches it; keep one of them')
    block = {"paths": ["/etc/hosts", "/etc/ssl/certs"], "exclude": ["/x", pattern]}
    with pytest.raises(ValidationError, match=expected):
        CertificatesSettings.model_validate(block)


def test_a_folder_may_be_watched_inside_of_an_excluded_one(watch: Any, folder: Path) -> None:
    """A pattern leaves out what is found below a path, not the path."""
    assert found(watch, folder / "old" / "deep", f"{folder}/old") == {"b.pem"}


def test_a_pattern_of_many_stars_holds_nobody_up(watch: Any, tmp_path: Path, mint: Any) -> None:
    """However much there is to try."""
    (tmp_path / f"{'a' * 200}.pem").write_bytes(mint().pem)
    started = time.process_time()
    assert len(found(watch, tmp_path, "*a" * 50 + "*b", "*/*a*" * 20 + "c")) == 1
    assert time.process_time() - started < 5


def test_the_schema_tells_editors_what_a_pattern_looks_like() -> None:
    """It is a list of text, with examples."""
    schema = CertificatesSettings.model_json_schema()["properties"]["exclude"]
    assert schema["items"]["type"] == "string"
    assert all(re.match(schema["items"]["pattern"], text) for text in schema["items"]["examples"])
