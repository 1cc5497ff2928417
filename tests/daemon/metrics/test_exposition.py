"""The fast writer says what prometheus-client's own writer says of the same families."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from syseventd.metrics import Format
from syseventd.model import (
    EARLIEST,
    LATEST,
    NEVER,
    Expiry,
    Measurement,
    Meter,
    Observation,
    Outcome,
    Seats,
    Snapshot,
)

HOSTILE = [
    *("", " ", "\\", "\\\\", '"', '\\"', "\n", "\\n", "\r\n", "\t", "\0", "\x1b[31m", "\x85"),
    *("\u2028", "\ufeff", "\ud800", "\udfff x", "\U0010ffff", "ÅÄÖ", "日本語", "e\u0301", "🧾"),
    *("%s", "%(key)s %", '{a="b"} 1', '"} 1\nsyseventd_events{kind="x', "# EOF", "# HELP a b"),
    *("}", "{", ",", "=", " # {} 1", "x" * 5000),
]
texts = st.one_of(
    st.sampled_from(HOSTILE), st.text(st.characters(exclude_categories=()), max_size=8)
)
kinds = st.one_of(st.sampled_from(["import", "freetext", "other"]), texts)
times = st.floats(EARLIEST, LATEST)
maybe = st.none()

observations = st.builds(
    Observation,
    key=texts.filter(bool),
    kind=kinds,
    name=texts,
    scope=texts,
    activated_at=maybe | times,
    expected_end=maybe | times,
    progress=maybe | st.floats(0, 1),
)
expiries = st.builds(
    Expiry,
    kind=st.sampled_from(["licence", "grace", "certificate"]) | texts,
    name=texts,
    at=st.just(NEVER) | times,
    not_before=maybe | times,
    subject=texts,
    issuer=texts,
    serial=texts,
)
numbers = st.integers(-(2**70), 2**70)
seats = st.builds(
    Seats, owner=texts, licence=texts, used=maybe | numbers, limit=maybe | numbers, title=texts
)
meters = st.builds(Meter, name=texts, used=st.floats(), threshold=maybe | st.floats(), title=texts)
measurements = st.builds(
    Measurement,
    name=st.sampled_from(["index_words", "queue_seconds", "undeclared"]) | texts,
    value=st.floats() | numbers,
    part=texts,
)


def few(of: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(of, max_size=5).map(tuple)


snapshots = st.builds(
    Snapshot,
    observations=few(observations),
    expiries=few(expiries),
    seats=few(seats),
    meters=few(meters),
    measurements=few(measurements),
    facts=st.dictionaries(st.sampled_from(["version", "serial", "database_type", "x"]), texts),
    complete=st.booleans(),
)
outcomes = st.sampled_from([o for o in Outcome if o is not Outcome.OK])
lives = st.lists(st.one_of(snapshots, outcomes), max_size=3)
boards = st.dictionaries(
    st.tuples(st.sampled_from(["crm", "host"]) | texts.filter(bool), st.sampled_from("abc")),
    lives,
    max_size=5,
)
"""By target and source: how each probe of it ended."""

quickly = settings(
    deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


def fill(world: Any, board: dict[tuple[str, str], list[Any]]) -> Any:
    for (target, source), life in board.items():
        name = world.watch(target, source)
        for seen in life:
            if isinstance(seen, Snapshot):
                world.publish(name, seen)
            else:
                world.end(name, seen)
    return world


@pytest.mark.parametrize("form", Format, ids=lambda form: form.name.lower())
@quickly
@given(board=boards)
def test_says_what_the_peer_says(
    new_world: Any, said_by_us: Any, said_by_peer: Any, form: Format, board: Any
) -> None:
    """Any board: parsed by prometheus-client's parser, both texts hold the same samples."""
    world = fill(new_world(), board)
    assert said_by_us(world, form) == said_by_peer(world, form)


@pytest.mark.parametrize("form", Format, ids=lambda form: form.name.lower())
@quickly
@given(board=boards)
def test_nothing_is_lost_between_writing_and_reading(
    new_world: Any, said_by_us: Any, meant: Any, form: Format, board: Any
) -> None:
    """Any board: what a reader gets is what the families hold, label by label."""
    world = fill(new_world(), board)
    assert said_by_us(world, form) == meant(world)


@quickly
@given(board=boards, limit=st.integers(0, 12))
def test_a_limit_keeps_the_first_series(
    new_world: Any, said_by_us: Any, meant: Any, board: Any, limit: int
) -> None:
    """Any board and limit: what is kept are the first series of each target."""
    world = fill(new_world(max_series=limit), board)
    assert said_by_us(world, Format.TEXT) == meant(world)


def test_what_two_sources_tell_of_one_target_is_one_series(world: Any) -> None:
    """An expiry that two sources tell has one series, with the first one's date."""
    world.see(world.watch("crm", "a"), expiries=(Expiry("licence", "x", 1.0),))
    world.see(world.watch("crm", "b"), expiries=(Expiry("licence", "x", 2.0),))
    assert world.samples("syseventd_expiry_timestamp_seconds") == {("crm", "licence", "x"): 1.0}


def test_two_targets_may_have_the_same_names(world: Any) -> None:
    """The same expiry of two targets has two series."""
    for target in ("a", "b"):
        world.see(world.watch(target), expiries=(Expiry("licence", "x", 1.0),))
    assert len(world.samples("syseventd_expiry_timestamp_seconds")) == 2


def test_what_never_expires_is_infinite(world: Any) -> None:
    """`NEVER` is written as both formats spell infinity."""
    world.see(world.watch("crm"), expiries=(Expiry("licence", "x", NEVER),))
    line = 'syseventd_expiry_timestamp_seconds{target="crm",kind="licence",name="x"} +Inf\n'
    assert line in world.text()


@pytest.mark.parametrize(
    ("number", "text"), [(math.nan, "NaN"), (math.inf, "+Inf"), (-math.inf, "-Inf"), (1, "1.0")]
)
def test_numbers_are_spelt_as_the_formats_want_them(world: Any, number: float, text: str) -> None:
    """Whatever a meter says is a number that both formats know."""
    world.see(world.watch("crm"), meters=(Meter("m", number),))
    assert f'syseventd_meter_used{{target="crm",meter="m"}} {text}\n' in world.text()


def test_a_number_beyond_all_floats_is_infinite(world: Any) -> None:
    """A source that counts to 10^400 does not cost everybody their scrape."""
    world.see(world.watch("crm"), seats=(Seats("o", "l", 10**400, -(10**400)),))
    assert world.samples("syseventd_licence_seats_used") == {("crm", "o", "l"): math.inf}
    assert world.samples("syseventd_licence_seats_limit") == {("crm", "o", "l"): -math.inf}


@pytest.mark.parametrize("form", Format, ids=lambda form: form.name.lower())
def test_kinds_that_nobody_declared_are_one_label(world: Any, form: Format) -> None:
    """Events of undeclared kinds count together as "other", so that labels stay bounded."""
    seen = [Observation(f"k{i}", f"invented {i}", "n") for i in range(3)]
    world.see(world.watch("crm"), *seen, Observation("k", "import", "n"))
    assert world.samples("syseventd_events", form) == {
        ("crm", "events", "other", "", "active"): 3.0,
        ("crm", "events", "import", "", "active"): 1.0,
    }
    assert world.samples("syseventd_event_transitions", form) == {
        ("crm", "events", "other", "started"): 3.0,
        ("crm", "events", "import", "started"): 1.0,
    }


def test_halves_of_surrogate_pairs_stay_apart(world: Any) -> None:
    """Two keys that UTF-8 can't hold are two series, not one that is there twice."""
    world.see(world.watch("crm"), *(Observation(key, "import", "n") for key in "\ud800\ud801"))
    keys = {labels[-1] for labels in world.samples("syseventd_event_started_timestamp_seconds")}
    assert keys == {r"\ud800", r"\ud801"}


def test_an_empty_board_still_names_every_family(world: Any, meant: Any, said_by_us: Any) -> None:
    """HELP and TYPE are there from the first scrape, before anything was seen."""
    assert said_by_us(world, Format.OPENMETRICS) == meant(world)
    assert "# TYPE syseventd_probe_failures_total counter\n" in world.text()
    assert "# TYPE syseventd_probe_failures counter\n" in world.text(Format.OPENMETRICS)
