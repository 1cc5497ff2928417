"""Every hook: documented with its signature, tested under its name, and put to its use."""

from __future__ import annotations

import asyncio
import dataclasses
import inspect
import re
from collections.abc import Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from syseventd import (
    Measurement,
    Observation,
    ProbeEnded,
    Snapshot,
    Transition,
    config,
    hookimpl,
    hookspecs,
    interface,
    testing,
)
from syseventd.config import Config
from syseventd.interface import (
    Demo,
    EventKind,
    Gauge,
    SinkType,
    SourceType,
    Tab,
    Table,
    TargetType,
    TargetView,
)
from syseventd.plugins import MARK, Catalogue
from syseventd.service import offered_by
from syseventd.settings import Settings
from syseventd.testing import catalogue_of, running_daemon, wait_until

README = Path(__file__).parents[2] / "plugins" / "README.md"

HOOKS = {name: f for name, f in vars(hookspecs).items() if hasattr(f, MARK)}


# --- the walk ---------------------------------------------------------------------------------


def test_there_are_hooks_to_walk() -> None:
    """Else the tests below would look at nothing."""
    assert {"target_types", "demos"} <= HOOKS.keys()


@pytest.mark.parametrize("name", HOOKS)
def test_a_hook_is_documented_with_its_exact_signature(name: str) -> None:
    """In a section of its own, that says when it is called."""
    signature = f"{name}{inspect.signature(HOOKS[name])}".replace("'", "")
    sections = README.read_text().split("\n### ")
    described = [text for text in sections if text.startswith(f"`{signature}`\n")]
    assert len(described) == 1
    assert re.search(r"\bCalled once,", described[0])


@pytest.mark.parametrize("name", HOOKS)
def test_a_hook_says_in_its_docstring_when_it_is_called(name: str) -> None:
    """For those who read the code."""
    assert (HOOKS[name].__doc__ or "").startswith("Called once ")


@pytest.mark.parametrize("name", HOOKS)
def test_a_hook_has_a_test_of_its_own(name: str) -> None:
    """Below, under its name."""
    assert callable(globals().get(f"test_hook_{name}"))


@pytest.mark.parametrize("name", HOOKS)
def test_what_a_hook_yields_is_explained(name: str) -> None:
    """Its section names the class that it yields."""
    (offered,) = re.findall(r"Iterable\[(\w+)\]", str(inspect.signature(HOOKS[name])))
    assert hasattr(interface, offered)
    section = README.read_text().split(f"\n### `{name}(")[1].split("\n### ")[0]
    assert f"`{offered}`" in section


def test_the_documentation_describes_no_hook_that_is_gone() -> None:
    """A plugin that implements it would be refused."""
    described = re.findall(r"^### `(\w+)\(", README.read_text(), re.MULTILINE)
    assert sorted(described) == sorted(HOOKS)


@pytest.mark.parametrize("error", ProbeEnded.__subclasses__())
def test_what_a_source_may_raise_is_documented_with_its_fields(error: type[ProbeEnded]) -> None:
    """In the order in which they are given."""
    named = ", ".join(field.name for field in dataclasses.fields(error))
    assert f"| `{error.__name__}({named})` |" in README.read_text()


@pytest.mark.parametrize("name", testing.__all__)
def test_what_authors_test_with_is_documented(name: str) -> None:
    """Each name in the table of its section."""
    section = README.read_text().split("\n## Testing\n")[1]
    assert re.search(rf"^\| `{name}\b", section, re.MULTILINE)


# --- each hook, put to its use ----------------------------------------------------------------


class Boxes:
    """A source that sees one open box, and counts the boxes by colour."""

    async def probe(self) -> Snapshot:
        boxes = Observation("1", "opened", "Box one"), Observation("2", "lost", "Two")
        counts = Measurement("boxes", 3, "red"), Measurement("boxes", 4, "blue")
        return Snapshot(boxes, measurements=counts)


def create(target: object, connection: object, settings: object) -> Boxes:
    return Boxes()


class BoxSettings(Settings):
    """What a target, or a sink, is told."""

    colour: str


BOXES = TargetType("boxes", BoxSettings)
LIDS = SourceType("lids", "boxes", create, interval=0.05)
TABLES = {"targets": {"attic": {"type": "boxes", "colour": "red"}}}


def offering(**hooks: Iterable[Any]) -> Catalogue:
    """The catalogue of a plugin that answers each of these hooks."""
    module = ModuleType("offering")
    for name, offers in hooks.items():
        setattr(module, name, hookimpl(specname=name)(_constant(offers)))
    catalogue = catalogue_of(module)
    assert not catalogue.refused
    return catalogue


def _constant(value: Iterable[Any]) -> Callable[[], Iterable[Any]]:
    return lambda: value


def understood(tables: dict[str, Any], catalogue: Catalogue) -> Config:
    return config.understand(tables, offered_by(catalogue))


def seen(path: str, folder: Path, catalogue: Catalogue) -> str:
    """What a daemon with a target of type `boxes` answers, once it was asked."""

    async def story() -> str:
        async with running_daemon(TABLES, folder, catalogue) as daemon:

            async def any_events() -> list[Any]:
                found: list[Any] = (await daemon.json("/api/v1/events"))["events"]
                return found

            await wait_until(any_events)
            return await daemon.text(path)

    return asyncio.run(story())


def test_hook_target_types() -> None:
    """The configuration may name the type, and its class checks the block."""
    found = understood(TABLES, offering(target_types=[BOXES]))
    assert found.targets["attic"].target.settings == BoxSettings(colour="red")


def test_hook_source_types() -> None:
    """What is offered for a type is watched on each of its targets."""
    catalogue = offering(target_types=[BOXES], source_types=[LIDS])
    (source,) = understood(TABLES, catalogue).targets["attic"].sources
    assert (source.type, source.interval) == (LIDS, 0.05)


def test_hook_sink_types() -> None:
    """The configuration may name the type; it makes the sink of that name."""

    class Shelf:
        def __init__(self, name: str, settings: BoxSettings) -> None:
            self.label = f"{settings.colour} {name}"

        async def deliver(self, transitions: Sequence[Transition]) -> None:
            raise NotImplementedError

    catalogue = offering(sink_types=[SinkType("shelf", BoxSettings, Shelf)])
    sink = understood({"sinks": {"top": {"type": "shelf", "colour": "red"}}}, catalogue)
    made = sink.sinks["top"].type.create("top", sink.sinks["top"].settings)
    assert isinstance(made, Shelf)
    assert made.label == "red top"


def test_hook_event_kinds(tmp_path: Path) -> None:
    """A declared kind is a label; any other counts as "other"."""
    kinds = [EventKind("opened", "Opened")]
    catalogue = offering(target_types=[BOXES], source_types=[LIDS], event_kinds=kinds)
    lines = seen("/metrics", tmp_path, catalogue).splitlines()
    counts = [line for line in lines if line.startswith("syseventd_events{")]
    labels = {re.findall(r'kind="([^"]+)"', line)[0] for line in counts}
    assert labels == {"opened", "other"}


def test_hook_gauges(tmp_path: Path) -> None:
    """A declared gauge is a metric, and its help the words for it on the page."""
    gauges = [Gauge("boxes", "Boxes by colour.")]
    catalogue = offering(target_types=[BOXES], source_types=[LIDS], gauges=gauges)
    lines = seen("/metrics", tmp_path / "a", catalogue).splitlines()
    labels = '{target="attic",source="lids",part="%s"}'
    assert f"syseventd_boxes{labels % 'red'} 3.0" in lines
    assert f"syseventd_boxes{labels % 'blue'} 4.0" in lines
    assert "Boxes by colour" in seen("/targets/attic", tmp_path / "b", catalogue)


def test_hook_tabs(tmp_path: Path) -> None:
    """A further part of the page of each target of the type."""

    def table(view: TargetView) -> Table:
        return Table(("Lid",), tuple((f"lid of {e.observation.name}",) for e in view.events))

    tabs = [Tab("lids", "All the lids", "boxes", table)]
    catalogue = offering(target_types=[BOXES], source_types=[LIDS], tabs=tabs)
    page = seen("/targets/attic", tmp_path, catalogue)
    assert "All the lids" in page
    assert "lid of Box one" in page


def test_hook_demos() -> None:
    """A simulated system, whose block the configuration understands."""

    @asynccontextmanager
    async def start(speed: float, language: str) -> Any:
        yield {"type": "boxes", "colour": f"{language} at {speed:g}"}

    catalogue = offering(target_types=[BOXES], demos=[Demo("boxes", start)])
    (plugin,) = catalogue.plugins
    (demo,) = plugin.demos()

    async def block() -> dict[str, Any]:
        async with demo.start(2.0, "sv") as block:
            return block

    found = understood({"targets": {"demo": asyncio.run(block())}}, catalogue)
    assert found.targets["demo"].target.settings == BoxSettings(colour="sv at 2")
