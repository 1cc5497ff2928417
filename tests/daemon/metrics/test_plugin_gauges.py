"""What sources measure, as families of the gauges that their plugins declared."""

from __future__ import annotations

import gc
import weakref
from dataclasses import replace
from typing import Any

import pytest
from structlog.testing import capture_logs

from syseventd.metrics import Format, measurements, text
from syseventd.metrics.budget import Budget
from syseventd.metrics.unwritable import Unwritable
from syseventd.model import Expiry, Measurement, Observation, Outcome, Snapshot

FAMILY = "syseventd_index_words"
STARTED = "syseventd_event_started_timestamp_seconds"
MANY = 5 * measurements.ROWS_A_PIECE + 7


def words(value: float = 7.0, part: str = "") -> Measurement:
    return Measurement("index_words", value, part)


@pytest.fixture
def spelt(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Every number that was spelt out for a measurement, in the order of that."""
    numbers: list[float] = []

    def number_text(value: float) -> str:
        numbers.append(value)
        return text.number_text(value)

    monkeypatch.setattr(measurements, "number_text", number_text)
    return numbers


def test_a_measurement_is_a_sample_with_its_part(world: Any) -> None:
    """Of its target and its source; a gauge that has no parts has an empty one."""
    source = world.watch("crm", "freetext")
    world.see(source, measurements=(words(3.0), words(4.5, "person"), words(2, "sale")))
    assert world.samples(FAMILY) == {
        (*source, ""): 3.0,
        (*source, "person"): 4.5,
        (*source, "sale"): 2.0,
    }


@pytest.mark.parametrize("form", Format, ids=lambda form: form.name.lower())
def test_every_declared_gauge_has_its_heading(world: Any, form: Format) -> None:
    """Before anything was measured, and says how old its samples may be."""
    shown = world.text(form)
    help_text = f"# HELP {FAMILY} Words in an index. As observed by probes"
    assert shown.count(help_text) == 1
    assert shown.count(f"# TYPE {FAMILY} gauge\n") == 1


def test_quotes_and_backslashes_of_a_help_text_are_escaped_as_each_format_wants(world: Any) -> None:
    """OpenMetrics escapes quotes there too."""
    assert r'How "long" \\ it is. As' in world.text()
    assert r"How \"long\" \\ it is. As" in world.text(Format.OPENMETRICS)


def test_a_part_may_hold_anything(world: Any) -> None:
    """It is a text of the watched system's."""
    source = world.watch("crm")
    hostile = ('a"b\\c\nd', '"} 1\nx 2', "\ud800", "{}%s")
    world.see(source, measurements=tuple(words(1.0, part) for part in hostile))
    shown = {part for _, _, part in world.samples(FAMILY, Format.OPENMETRICS)}
    assert shown == {'a"b\\c\nd', '"} 1\nx 2', "\\ud800", "{}%s"}


def test_what_is_measured_twice_is_one_series(world: Any) -> None:
    """The first that is told; Prometheus would refuse both."""
    source = world.watch("crm")
    world.see(source, measurements=(words(1.0, "a"), words(2.0, "a")))
    assert world.samples(FAMILY) == {(*source, "a"): 1.0}


def test_two_sources_may_measure_the_same(world: Any) -> None:
    """Their label tells them apart."""
    sources = [world.watch("crm", name) for name in ("a", "b")]
    for value, source in enumerate(sources):
        world.see(source, measurements=(words(value),))
    assert world.samples(FAMILY) == {(*s, ""): float(n) for n, s in enumerate(sources)}


def test_measurements_are_gone_when_they_are_too_old_and_come_back(world: Any) -> None:
    """As seats and meters are; one failed probe takes none away."""
    source = world.watch("crm")
    world.see(source, measurements=(words(),))
    world.end(source, Outcome.TIMEOUT)
    assert len(world.samples(FAMILY)) == 1
    world.age(source, 301.0)
    assert world.samples(FAMILY) == {}
    world.see(source, measurements=(words(),))
    assert len(world.samples(FAMILY)) == 1


def test_what_is_not_measured_any_more_is_gone(world: Any) -> None:
    """The newest snapshot holds, and a source that is watched no more leaves nothing."""
    source = world.watch("crm")
    world.see(source, measurements=(words(part="a"), words(part="b")))
    world.see(source, measurements=(words(part="b"),))
    assert set(world.samples(FAMILY)) == {(*source, "b")}
    world.board.unwatch(source)
    assert world.samples(FAMILY) == {}


def test_a_gauge_that_nobody_declared_is_dropped_counted_and_told_once(world: Any) -> None:
    """What a source invents makes no family; the log names it, until it is declared."""
    source = world.watch("crm", "freetext")
    invented = tuple(Measurement("invented", 1.0, part) for part in "ab")
    with capture_logs() as logs:
        for _ in range(2):
            world.see(source, measurements=(*invented, words()))
            assert "invented" not in world.text()
    assert len(world.samples(FAMILY)) == 1
    assert world.dropped_series() == {"crm": 2.0 * 3}
    told = {"gauges": ["invented"], "count": 1, "of": "crm freetext", "log_level": "error"}
    assert logs == [{"event": "gauges_undeclared", **told}]


def test_what_is_undeclared_again_is_told_again(world: Any) -> None:
    """After it had been right."""
    source = world.watch("crm")
    with capture_logs() as logs:
        for name in ("invented", "index_words", "invented"):
            world.see(source, measurements=(Measurement(name, 1.0),))
            world.text()
    assert [entry["event"] for entry in logs] == ["gauges_undeclared"] * 2


def test_they_count_against_the_limit_after_dates_and_events(new_world: Any) -> None:
    """What is over it is left out: a flood of parts costs no date and no event."""
    world = new_world(max_series=4)
    source = world.watch("crm")
    dates = (Expiry("licence", "l", 1.0),)
    many = tuple(words(part=str(n)) for n in range(50))
    world.see(source, Observation("k", "import", "n"), expiries=dates, measurements=many)
    assert len(world.samples("syseventd_expiry_timestamp_seconds")) == 1
    assert world.dropped_series() == {"crm": 48.0}
    assert len(world.samples(STARTED)) == 1
    assert set(world.samples(FAMILY)) == {(*source, "0"), (*source, "1")}


def test_the_flood_of_one_target_leaves_others_theirs(new_world: Any) -> None:
    """The limit is each target's own."""
    world = new_world(max_series=2)
    greedy, modest = world.watch("greedy"), world.watch("modest")
    world.see(greedy, measurements=tuple(words(part=str(n)) for n in range(9)))
    world.see(modest, measurements=(words(part="a\nb"), words(part="c")))
    assert len(world.samples(FAMILY)) == 4


@pytest.mark.parametrize("prepared", [False, True])
def test_nothing_is_written_anew_while_the_same_is_measured(
    world: Any, spelt: list[float], prepared: bool
) -> None:
    """A probe that measured as much again costs the next scrape nothing; so does preparing it."""
    source = world.watch("crm")
    for value in (1.0, 2.0):
        many = tuple(words(value, part=str(n)) for n in range(measurements.MANY))
        world.see(source, measurements=many)
        if prepared:
            list(world.exposition.prepare())
        else:
            world.text()
        assert spelt == [value] * len(many)
        world.see(source, measurements=tuple(replace(one) for one in many))
        assert len(world.samples(FAMILY)) == len(many)
        assert spelt == [value] * len(many)
        spelt.clear()


def test_few_measurements_are_not_kept(world: Any, spelt: list[float]) -> None:
    """They are written anew by each scrape, as they are now, and prepared for none."""
    source = world.watch("crm")
    world.see(source, measurements=(words(1.0),))
    list(world.exposition.prepare())
    assert spelt == []
    for _ in range(2):
        world.text()
    assert spelt == [1.0, 1.0]


def test_what_became_few_is_no_longer_kept(world: Any) -> None:
    """Nothing of the many that were is shown."""
    source = world.watch("crm")
    world.see(source, measurements=tuple(words(part=str(n)) for n in range(measurements.MANY)))
    world.text()
    world.see(source, measurements=(words(3.0, part="0"),))
    assert list(world.samples(FAMILY).values()) == [3.0]


def test_very_many_are_written_in_pieces(world: Any, spelt: list[float]) -> None:
    """Others get their turn after a bounded number of lines; in the end all are there."""
    source = world.watch("crm")
    world.see(source, measurements=tuple(words(part=str(n)) for n in range(MANY)))
    most = before = 0
    for _ in world.exposition.pieces(Format.TEXT):
        most, before = max(most, len(spelt) - before), len(spelt)
    assert most == measurements.ROWS_A_PIECE
    assert len(world.samples(FAMILY)) == MANY == len(spelt)


def test_very_many_are_written_anew_with_each_probe(world: Any, spelt: list[float]) -> None:
    """To compare them would hold up others as long."""
    source = world.watch("crm")
    for _ in range(2):
        world.see(source, measurements=tuple(words(part=str(n)) for n in range(MANY)))
        world.text()
        world.text()
    assert len(spelt) == 2 * MANY


class Part(str):
    """A part of which one can tell whether anything still holds it."""


@pytest.mark.parametrize("measures_on", [False, True])
def test_what_was_measured_before_is_let_go(world: Any, measures_on: bool) -> None:
    """By a source that is watched no more, and by one that measured the same again."""
    source = world.watch("crm")
    part = Part("a")
    world.see(source, measurements=(words(part=part),))
    world.text()
    gone = weakref.ref(part)
    del part
    if measures_on:
        world.see(source, measurements=(words(part="a"),))
    else:
        world.board.unwatch(source)
    assert len(world.samples(FAMILY)) == measures_on
    gc.collect()
    assert gone() is None


def test_what_one_source_measures_wrongly_costs_nobody_else(world: Any) -> None:
    """It is dropped, counted, and told once; preparing passes over it."""
    wrong = Measurement("index_words", 1.0, part=None)  # type: ignore[arg-type]
    world.publish(world.watch("bad"), Snapshot(measurements=(wrong,)))
    world.see(world.watch("good"), measurements=(words(),))
    with capture_logs() as logs:
        list(world.exposition.prepare())
        for _ in range(2):
            assert set(world.samples(FAMILY)) == {("good", "events", "")}
    assert world.dropped_series() == {"bad": 2.0}
    assert [(entry["event"], entry["of"]) for entry in logs] == [
        ("metrics_unwritable", "bad events")
    ]


def test_pauses_come_while_many_sources_are_looked_at(world: Any) -> None:
    """Also where none of them measures anything."""
    for number in range(measurements.ROWS_A_PIECE + 1):
        world.watch(f"t{number}")
    writer = measurements.Measurements((), Unwritable())
    pieces = writer.pieces(world.board.records(), 0.0, Format.TEXT, Budget(1))
    assert list(pieces) == [b"", b""]
