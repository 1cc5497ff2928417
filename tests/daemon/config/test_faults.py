"""One fault a file in faults/, named after it, with its exact message beside it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
from pydantic import Field, field_validator

from syseventd import config
from syseventd.config import Config, Offered
from syseventd.errors import ConfigInvalid
from syseventd.interface import TargetType
from syseventd.settings import Settings

FAULTS = Path(__file__).parent / "faults"
EXPECTED = sorted(FAULTS.glob("*.txt"))

Load = Callable[[Path], Config]


def _configuration(expected: Path) -> Path:
    single = expected.with_suffix(".toml")
    return single if single.exists() else expected.with_suffix("") / "syseventd.toml"


def _message(load: Load, path: Path) -> str:
    with pytest.raises(ConfigInvalid) as caught:
        load(path)
    return str(caught.value)


@pytest.mark.parametrize("expected", EXPECTED, ids=lambda path: path.stem)
def test_each_fault_is_told_in_these_words(expected: Path, load: Load) -> None:
    """The message names the place, what is wrong there, and what to write."""
    assert _message(load, _configuration(expected)) + "\n" == expected.read_text()


def test_every_faulty_file_has_its_message() -> None:
    """No file in faults/ goes untested."""
    names = {p.stem for p in FAULTS.glob("*.toml")} | {
        p.name for p in FAULTS.iterdir() if p.is_dir()
    }
    assert names == {p.stem for p in EXPECTED}


def test_secret_written_into_the_file_is_not_shown() -> None:
    """Whoever writes a password in the wrong place does not find it in the log."""
    told = "".join(path.read_text() for path in EXPECTED)
    planted = "".join(path.read_text(errors="replace") for path in FAULTS.glob("*.toml"))
    assert "hunter2-of-the-cat" in planted
    assert "hunter2" not in told


def test_missing_file_is_named(load: Load, tmp_path: Path) -> None:
    path = tmp_path / "syseventd.toml"
    assert _message(load, path) == f"{path}: can't be read: No such file or directory"


def test_folder_in_place_of_the_file_is_named(load: Load, tmp_path: Path) -> None:
    assert _message(load, tmp_path) == f"{tmp_path}: can't be read: Is a directory"


def test_file_in_place_of_the_drop_ins_is_named(load: Load, write: Callable[..., Path]) -> None:
    """Drop-ins that can't be read are not drop-ins that aren't there."""
    path = write("")
    (path.parent / "conf.d").write_text("")
    assert _message(load, path) == f"{path.parent / 'conf.d'}: can't be read: Not a directory"


def test_drop_in_that_hangs_in_the_air_is_named(load: Load, write: Callable[..., Path]) -> None:
    path = write("", a="")
    (path.parent / "conf.d" / "gone.toml").symlink_to("/nowhere/gone.toml")
    shown = path.parent / "conf.d" / "gone.toml"
    assert _message(load, path) == f"{shown}: can't be read: No such file or directory"


@pytest.mark.parametrize("text", ["a = " + "[" * 5000, "a" + ".a" * 5000 + " = 1"])
def test_endless_nesting_is_a_fault(text: str, load: Load, write: Callable[..., Path]) -> None:
    assert _message(load, write(text)) == "syseventd.toml: is nested too deeply"


def test_endless_number_is_a_fault(load: Load, write: Callable[..., Path]) -> None:
    """Python refuses to read numbers of more than 4,300 digits."""
    told = _message(load, write("[daemon]\nmax_probes = " + "9" * 5000))
    assert told.startswith("syseventd.toml: is not valid TOML: Exceeds the limit")


def test_curly_quote_elsewhere_is_not_blamed(load: Load, write: Callable[..., Path]) -> None:
    """Neither that of a comment on the last line, nor that of a line that is right."""
    number = _message(load, write("[daemon]\nmax_probes = " + "9" * 5000 + "\n# “"))
    text = _message(load, write("[daemon]\n# “\nlisten"))
    assert "quotes" not in number + text


@pytest.mark.parametrize("key", ["store", "state_directory"])
def test_control_characters_are_refused(key: str, faults_of: Any) -> None:
    (fault,) = faults_of({"daemon": {key: "sqlite:///\0"}})
    assert fault.startswith(f"daemon.{key}: is not a ")


def test_check_that_breaks_is_its_plugins_fault_alone(offered: Offered) -> None:
    """A plugin's own validator may raise anything; what it says could hold the value."""

    class Brittle(Settings):
        pin: str

        @field_validator("pin")
        @classmethod
        def _check(cls, value: str) -> str:
            raise LookupError(value)

    plugins = Offered({"brittle": TargetType("brittle", Brittle)}, {}, {})
    tables = {"targets": {"a": {"type": "brittle", "pin": "hunter2"}}, "web": {"x": 1}}
    with pytest.raises(ConfigInvalid) as caught:
        config.understand(tables, plugins)
    assert str(caught.value).splitlines() == [
        "web.x: is no known key; there are allowed_hosts, reload_enabled",
        "targets.a: can't be checked: Brittle failed (LookupError)",
    ]


class One(Settings):
    """A way to log in."""

    method: Literal["one"]


class Other(Settings):
    """Another."""

    method: Literal["other"]
    name: str = Field(description="whose it is")


class Ways(Settings):
    """Settings as a plugin with several ways has them."""

    auth: Annotated[One | Other, Field(discriminator="method")]
    hosts: tuple[Other, ...] = ()


@pytest.mark.parametrize(
    ("auth", "fault"),
    [
        ({}, 'targets.a.auth.method: is missing; write method = "one" or "other"'),
        (
            {"method": "quite"},
            'targets.a.auth.method: is not one of: "one", "other"',
        ),
        ({"method": "otter"}, 'targets.a.auth.method: "otter" is not one of: "one", "other"'),
        ({"method": 5}, 'targets.a.auth.method: is not one of: "one", "other"'),
        ({"method": "other"}, "targets.a.auth.name: is missing: whose it is"),
        (
            {"method": "other", "name": "x", "nam": "y"},
            'targets.a.auth.nam: is no known key; the nearest is "name"',
        ),
    ],
)
def test_settings_with_several_ways(auth: dict[str, str], fault: str, faults_of: Any) -> None:
    """The place is what the user wrote; names that tell the ways apart are not part of it."""
    plugins = Offered({"ways": TargetType("ways", Ways)}, {}, {})
    assert faults_of({"targets": {"a": {"type": "ways", "auth": auth}}}, plugins) == [fault]


def test_place_in_a_list_is_numbered(faults_of: Any) -> None:
    """From 0, as programs count, and as the error names it."""
    plugins = Offered({"ways": TargetType("ways", Ways)}, {}, {})
    hosts = [{"method": "other", "name": "x"}, {"method": "other", "nam": "x"}]
    block = {"type": "ways", "auth": {"method": "one"}, "hosts": hosts}
    assert faults_of({"targets": {"a": block}}, plugins) == [
        "targets.a.hosts[1].name: is missing: whose it is",
        'targets.a.hosts[1].nam: is no known key; the nearest is "name"',
    ]


class Key(Settings):
    """A choice whose name says that it may be a secret, and what else could be missing."""

    api_key: Literal["red", "blue"] = Field(description="which of the two")
    hours: int = Field(description="how long")
    inner: One = Field(description="how")
    listed: list[str] = Field(examples=[["a", "b c"]])
    deep: Other = Field(examples=[{"method": "other", "full name": "x"}])


@pytest.fixture
def keyed(faults_of: Any) -> Callable[[dict[str, Any]], list[str]]:
    """The faults of a block with the settings above."""
    plugins = Offered({"key": TargetType("key", Key)}, {}, {})
    return lambda block: faults_of({"targets": {"a": {"type": "key", **block}}}, plugins)


def test_missing_key_says_what_to_write(
    keyed: Callable[[dict[str, Any]], list[str]],
) -> None:
    """Its choices, its own example, or what its table must hold; nothing where nothing is known."""
    assert keyed({}) == [
        'targets.a.api_key: is missing: which of the two; write api_key = "red" or "blue"',
        "targets.a.hours: is missing: how long",
        'targets.a.inner: is missing: how; write for example inner = { method = "one" }',
        'targets.a.listed: is missing; write for example listed = ["a", "b c"]',
        "targets.a.deep: is missing; write for example "
        'deep = { method = "other", "full name" = "x" }',
    ]


@pytest.mark.parametrize(
    ("value", "shown"), [("hunter2", ""), ("blu", '"blu" '), ("x" * 61, ""), (5, "")]
)
def test_choice_that_may_be_a_secret_is_not_shown(
    value: object, shown: str, keyed: Callable[[dict[str, Any]], list[str]]
) -> None:
    """What is nearly a choice is none."""
    faults = keyed({"api_key": value})
    assert faults[0] == f'targets.a.api_key: {shown}is not one of: "red" or "blue"'


def test_key_beside_a_file_of_no_secret_is_only_misspelt(faults_of: Any) -> None:
    """A ca_file holds no secret: whoever writes `ca` is told its name alone."""
    block = {"type": "superoffice", "url": "http://127.0.0.1", "cafile": "/x"}
    assert 'targets.a.cafile: is no known key; the nearest is "ca_file"' in faults_of(
        {"targets": {"a": block}}
    )
