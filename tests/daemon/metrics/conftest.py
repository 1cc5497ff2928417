"""Boards with something on them, and what prometheus-client's own writer says of them."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from itertools import count
from typing import Any

import prometheus_client
import pytest
from prometheus_client import CollectorRegistry, Metric
from prometheus_client.core import HistogramMetricFamily
from prometheus_client.exposition import generate_latest as text_of
from prometheus_client.openmetrics.exposition import generate_latest as openmetrics_of
from prometheus_client.openmetrics.parser import text_string_to_metric_families as from_openmetrics
from prometheus_client.parser import text_string_to_metric_families as from_text
from prometheus_client.registry import Collector
from prometheus_client.utils import floatToGoString

from syseventd import lifecycle
from syseventd.board import Board, SourceRecord
from syseventd.event_durations import EventDurations
from syseventd.interface import Gauge
from syseventd.metrics import Exposition, Format, durations
from syseventd.metrics.exposition import instruments_text
from syseventd.metrics.families import (
    FAMILIES,
    OBSERVED,
    TARGET_INFO,
    Family,
    scrape_of,
    target_info,
)
from syseventd.model import Observation, Outcome, ProbeResult, Snapshot, SourceId, Target

ENDS = (0.5, 60.0, 3600.0)
"""Seconds of the buckets that events' durations are counted in."""

KINDS = frozenset({"import", "freetext"})
GAUGES = (Gauge("index_words", "Words in an index."), Gauge("queue_seconds", 'How "long" \\ it is'))
MEASURED = ("target", "source", "part")
UNLIMITED = 10**9


class World:
    """A board, and an exposition of it that lives as long. Probes end now unless told otherwise."""

    def __init__(self, max_series: int = UNLIMITED) -> None:
        self.board = Board()
        self.durations = EventDurations(ENDS)
        self.kinds = KINDS
        self.max_series = max_series
        self.dropped = _dropped()
        self.exposition = self._exposition(self.dropped)
        self._ids = count(1)

    def watch(self, target: str, source: str = "events", type: str = "crm") -> SourceId:  # noqa: A002
        self.board.watch(Target(target, type, None), source, stale_after=300.0)
        return SourceId(target, source)

    def see(
        self, source: SourceId, *observations: Observation, ago: float = 0.0, **seen: Any
    ) -> None:
        """Let a probe of `source` have seen this, `ago` seconds ago."""
        snapshot = Snapshot(observations=observations, **seen)
        self.publish(source, snapshot, ago)

    def publish(self, source: SourceId, snapshot: Snapshot, ago: float = 0.0) -> None:
        now = time.time() - ago
        record = self.board.record_of(source)
        advance = lifecycle.advance(record.known, snapshot, now, self._ids)
        result = ProbeResult(Outcome.OK, now - 0.25, 0.25, snapshot)
        self.board.publish(advance, snapshot, result, now)

    def end(self, source: SourceId, outcome: Outcome) -> None:
        """Let a probe of `source` have ended without a snapshot."""
        result = ProbeResult(outcome, time.time(), 1.0, reason="told so")
        self.board.record(source, result, time.time())

    def age(self, source: SourceId, seconds: float) -> None:
        """Let time pass since `source` last answered."""
        record = self.board.record_of(source)
        if record.last_success is not None:
            record.last_success -= seconds

    def text(self, form: Format = Format.TEXT) -> str:
        return b"".join(self.exposition.pieces(form)).decode()

    def fresh_text(self, form: Format) -> tuple[str, dict[str, float]]:
        """What an exposition that remembers nothing says, and what it dropped, by target."""
        dropped = _dropped()
        text = b"".join(self._exposition(dropped).pieces(form)).decode()
        return text, dropped_series(dropped)

    def dropped_series(self) -> dict[str, float]:
        return dropped_series(self.dropped)

    def samples(self, family: str, form: Format = Format.TEXT) -> dict[tuple[str, ...], float]:
        """One family's samples: the values of its labels, as they are ordered, and the value."""
        declared = {f"syseventd_{gauge.name}": MEASURED for gauge in GAUGES}
        order = next((f.label_names for f in FAMILIES if f.name == family), None)
        return {
            tuple(sample.labels[name] for name in order or declared[family]): sample.value
            for metric in parse(self.text(form), form)
            if metric.name == family
            for sample in metric.samples
        }

    def _exposition(self, dropped: prometheus_client.Counter) -> Exposition:
        return Exposition(self.board, self.kinds, self.max_series, dropped, GAUGES, self.durations)


class Reference(Collector):
    """The same families as a collector, for prometheus-client's own writer."""

    def __init__(self, world: World) -> None:
        self._board = world.board
        self._durations = world.durations
        self._kinds = world.kinds
        self._limit = world.max_series
        self._used: Counter[tuple[str, bool]] = Counter()

    def collect(self) -> Iterator[Metric]:
        for family in FAMILIES:
            metric = Metric(family.name, family.help, family.type)
            for target in self._board.targets:
                rows = self._rows_of(family, self._board.records(target))
                kept = self._grant(family, target, len(rows))
                for labels, value in list(rows.items())[:kept]:
                    named = dict(zip(family.label_names, map(readable, labels), strict=True))
                    metric.add_sample(family.sample_name, named, value)
            yield metric
        yield from map(self._measured, GAUGES)
        name, text, order = TARGET_INFO
        metric = Metric(name, text, "gauge")
        for one in self._board.targets.values():
            labels, value = target_info(self._board, one)
            metric.add_sample(name, dict(zip(order, map(readable, labels), strict=True)), value)
        yield metric
        yield self._of_durations()

    def _of_durations(self) -> Metric:
        metric = HistogramMetricFamily(durations.NAME, durations.HELP, labels=["target", "kind"])
        for row in self._durations.rows():
            upto = zip((*map(floatToGoString, ENDS), "+Inf"), row.upto, strict=True)
            metric.add_metric([readable(row.target), readable(row.kind)], list(upto), row.total)
        return metric

    def _measured(self, gauge: Gauge) -> Metric:
        metric = Metric(f"syseventd_{gauge.name}", help_of(gauge), "gauge")
        now = scrape_of(self._kinds).now
        for target in self._board.targets:
            for record in self._board.records(target):
                seen = record.snapshot.measurements if record.snapshot and record.fresh(now) else ()
                of_gauge = [one for one in seen if one.name == gauge.name]
                rows = {one.part: one.value for one in reversed(of_gauge)}
                parts = list(dict.fromkeys(one.part for one in of_gauge))
                for part in parts[: self._take(target, False, len(parts))]:
                    values = (*record.source, part)
                    named = dict(zip(MEASURED, map(readable, values), strict=True))
                    metric.add_sample(metric.name, named, rows[part])
        return metric

    def _grant(self, family: Family, target: str, wanted: int) -> int:
        if not (family.per_item or family.per_scope):
            return wanted
        return self._take(target, family.per_scope, wanted)

    def _take(self, target: str, of_scopes: bool, wanted: int) -> int:
        before = self._used[target, of_scopes]
        self._used[target, of_scopes] += wanted
        return max(0, min(wanted, self._limit - before))

    def _rows_of(
        self, family: Family, records: Iterable[SourceRecord]
    ) -> dict[tuple[str, ...], float]:
        """What is told twice of one series counts once, as it was told first."""
        rows: dict[tuple[str, ...], float] = {}
        for record in records:
            names = record.source if family.by_source else record.source[:1]
            for row in family.rows(record, scrape_of(self._kinds)):
                if row is not None:
                    rows.setdefault((*names, *row[0]), row[1])
        return rows


def help_of(gauge: Gauge) -> str:
    """As the plugin words it, and how old it may be."""
    return f"{gauge.help.rstrip('.')}. {OBSERVED}"


def readable(text: str) -> str:
    """The text as UTF-8 can hold it."""
    return text.encode("utf-8", "backslashreplace").decode()


def parse(text: str, form: Format) -> list[Metric]:
    if form is Format.TEXT:
        return list(from_text(text))
    end = "" if text.endswith("# EOF\n") else "# EOF\n"
    return list(from_openmetrics(text + end))  # type: ignore[no-untyped-call]


def contents(metrics: Iterable[Metric]) -> Counter[tuple[object, ...]]:
    """Each sample and each heading of some families, comparable; NaN is equal to itself."""
    said: Counter[tuple[object, ...]] = Counter()
    for metric in metrics:
        said[metric.name, metric.type, metric.documentation] += 1
        for sample in metric.samples:
            said[sample.name, frozenset(sample.labels.items()), repr(float(sample.value))] += 1
    return said


def peer_text(world: World, form: Format) -> str:
    """What prometheus-client's own writer says of the same board."""
    registry = CollectorRegistry()
    registry.register(Reference(world))
    return (text_of if form is Format.TEXT else openmetrics_of)(registry).decode()


def dropped_series(counter: prometheus_client.Counter) -> dict[str, float]:
    return {
        sample.labels["target"]: sample.value
        for metric in counter.collect()
        for sample in metric.samples
        if sample.name.endswith("_total")
    }


def _dropped() -> prometheus_client.Counter:
    return prometheus_client.Counter(
        "syseventd_series_dropped", "Left out.", ["target"], registry=CollectorRegistry()
    )


@pytest.fixture
def world() -> World:
    """A board with nothing on it, and an exposition of it."""
    return World()


@pytest.fixture(scope="session")
def new_world() -> Callable[..., World]:
    """Makes further worlds: one for each example, or with a limit (`max_series`)."""
    return World


@pytest.fixture(scope="session")
def said_by_us() -> Callable[[World, Format], Counter[tuple[object, ...]]]:
    """What the fast writer says of a world, as prometheus-client's parser reads it."""

    def said(world: World, form: Format) -> Counter[tuple[object, ...]]:
        end = instruments_text(CollectorRegistry(), form).decode()
        return contents(parse(world.text(form) + end, form))

    return said


@pytest.fixture(scope="session")
def said_by_peer() -> Callable[[World, Format], Counter[tuple[object, ...]]]:
    """What prometheus-client's own writer says of the same world, read by the same parser."""
    return lambda world, form: contents(parse(peer_text(world, form), form))


@pytest.fixture(scope="session")
def meant() -> Callable[[World], Counter[tuple[object, ...]]]:
    """What the families hold, neither written nor read by anybody."""
    return lambda world: contents(Reference(world).collect())
