"""A source that sees nothing by its target's settings is not made, unless the user names it."""

from __future__ import annotations

from typing import Any

import pytest

from syseventd import config
from syseventd.config import Config, LeftOut, Offered
from syseventd.interface import SourceType, TargetType
from syseventd.settings import Settings


class Printer(Settings):
    """A target that may have a counter."""

    counter: str = ""
    pin: str = ""


def _needs_counter(settings: Printer) -> str:
    return "" if settings.counter else "`counter`: the printer tells nothing itself"


def _source(name: str, needs: Any = None) -> SourceType:
    return SourceType(name, "printer", lambda *_: pytest.fail("no"), needs=needs)


PLUGINS = Offered(
    {"printer": TargetType("printer", Printer)},
    {("printer", "jobs"): _source("jobs"), ("printer", "pages"): _source("pages", _needs_counter)},
    {},
)


def _loaded(sources: dict[str, Any] | None = None, **block: Any) -> Config:
    tables = {"targets": {"a": {"type": "printer", "sources": sources or {}, **block}}}
    return config.understand(tables, PLUGINS)


def _watched(loaded: Config) -> list[str]:
    return [source.type.name for source in loaded.targets["a"].sources]


def test_source_that_nobody_asked_for_is_left_out() -> None:
    """It is not watched, hence never "not available"; what it needs is known."""
    loaded = _loaded()
    assert _watched(loaded) == ["jobs"]
    assert loaded.left_out == (
        LeftOut("a", "pages", "`counter`: the printer tells nothing itself"),
    )
    assert config.advice(loaded) == ()


@pytest.mark.parametrize("block", [{}, {"enabled": True}, {"interval": "1h"}])
def test_source_that_the_user_names_is_made_and_warned_of(block: dict[str, Any]) -> None:
    """Who writes its block wants it: the page then says that it is not available."""
    loaded = _loaded({"pages": block})
    assert _watched(loaded) == ["jobs", "pages"]
    assert loaded.left_out == ()
    [warning] = config.advice(loaded)
    assert (warning.place, warning.event) == ("targets.a.sources.pages", "source_sees_nothing")
    assert warning.problem == (
        "can see nothing there: it needs `counter`: the printer tells nothing itself; "
        "without that, leave this block out, or write enabled = false"
    )


def test_source_that_is_switched_off_is_not_spoken_of() -> None:
    loaded = _loaded({"pages": {"enabled": False}})
    assert (_watched(loaded), loaded.left_out) == (["jobs"], ())
    assert config.advice(loaded) == ()


def test_source_that_has_what_it_needs_is_made() -> None:
    loaded = _loaded({"pages": {}}, counter="x")
    assert _watched(loaded) == ["jobs", "pages"]
    assert (loaded.left_out, config.advice(loaded)) == ((), ())


def test_faulty_target_is_told_alone(faults_of: Any) -> None:
    """What it lacks is not asked of settings that are wrong."""
    block = {"type": "printer", "counter": 5}
    assert faults_of({"targets": {"a": block}}, PLUGINS) == [
        "targets.a.counter: 5 should be text, in quotes"
    ]


def test_plugin_whose_check_breaks_is_a_fault_that_shows_no_value(faults_of: Any) -> None:
    """Its words may quote what it was asked about."""

    def broken(settings: Printer) -> str:
        raise LookupError(settings.pin)

    plugins = Offered(PLUGINS.target_types, {("printer", "jobs"): _source("jobs", broken)}, {})
    assert faults_of({"targets": {"a": {"type": "printer", "pin": "hunter2"}}}, plugins) == [
        "targets.a.sources.jobs: can't be checked: its `needs` failed (LookupError)"
    ]
