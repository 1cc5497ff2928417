"""The fast writer: the board's families as Prometheus text, in pieces that never hold up the loop.

prometheus-client's own writer takes about 10 µs a series. This one takes 2, and of what is long it
keeps the text that did not change since the last scrape: that costs what changed plus a copy.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from operator import is_
from types import MappingProxyType

from prometheus_client import CollectorRegistry, Counter
from prometheus_client.exposition import generate_latest as text_of
from prometheus_client.openmetrics.exposition import generate_latest as openmetrics_of

from syseventd.board import Board, SourceRecord
from syseventd.event_durations import EventDurations
from syseventd.interface import Gauge
from syseventd.metrics import durations
from syseventd.metrics.budget import Budget
from syseventd.metrics.families import (
    FAMILIES,
    TARGET_INFO,
    Family,
    Row,
    Scrape,
    scrape_of,
    target_info,
)
from syseventd.metrics.measurements import Measurements
from syseventd.metrics.text import ESCAPES, Format, encode, header, in_pieces, sample_line
from syseventd.metrics.unwritable import Unwritable
from syseventd.model import Event, SourceId, Target

ROWS_A_PIECE = 2000
"""Rows that are made before others get their turn: some 3 ms of work."""

MANY = 50
"""Rows from which on the text of a source's family is kept, and beside it each event's line. To
write fewer anew costs some 0.1 ms, and to keep them for thousands of sources much memory."""

NO_LINES: Mapping[int, bytes] = MappingProxyType({})


@dataclass(slots=True)
class _Block:
    """The text of one family for one source or target, and what it was made of."""

    made_of: tuple[object, ...]
    rows: int
    text: bytes
    lines: Mapping[int, bytes]
    """The line of each event where there are many, by its identity in memory: `made_of` keeps the
    events alive."""

    def still_holds(self, made_of: tuple[object, ...]) -> bool:
        return len(made_of) == len(self.made_of) and all(map(is_, made_of, self.made_of))


class Exposition:
    """Writes scrapes of one board, with the kinds and gauges that plugins declared.

    `max_series` bounds the series of each target's items, dates first and plugins' gauges last,
    and apart from them the series that count its events by scope.
    """

    def __init__(
        self,
        board: Board,
        kinds: Iterable[str],
        max_series: int,
        dropped: Counter,
        gauges: Iterable[Gauge] = (),
        event_durations: EventDurations | None = None,
    ) -> None:
        self._board = board
        self._kinds = frozenset(kinds)
        self._max_series = max_series
        self._dropped = dropped
        self._blocks: dict[tuple[str, ...], _Block] = {}
        self._unwritable = Unwritable()
        self._measurements = Measurements(gauges, self._unwritable)
        self._durations = event_durations or EventDurations(())

    def pieces(self, form: Format) -> Iterator[bytes]:
        """The board's families, a piece at a time. Others may run between two pieces.

        Every source's part is what was true at one moment of the scrape. Some pieces are empty:
        they only mark a place to pause.
        """
        scrape = scrape_of(self._kinds)
        budget = Budget(self._max_series)
        targets = {name: self._board.records(name) for name in list(self._board.targets)}
        used: set[tuple[str, ...]] = set()
        for family in FAMILIES:
            yield header(family.name, family.type, family.help, form)
            yield from in_pieces(self._family(family, targets, scrape, budget, used))
        records = [record for of_target in targets.values() for record in of_target]
        yield from self._measurements.pieces(records, scrape.now, form, budget)
        yield from self._target_info(form, budget)
        yield from durations.pieces(self._durations, form)
        for gone in self._blocks.keys() - used:
            del self._blocks[gone]
        for target, count in budget.dropped.items():
            self._dropped.labels(target).inc(count)

    def prepare(self) -> Iterator[None]:
        """Renders what changed since the last scrape and is long, so that the next costs a copy.

        Others may run between two steps.
        """
        scrape = scrape_of(self._kinds)
        for family in FAMILIES:
            if family.row_of is None:
                continue  # these are few, or cost little
            for record in self._board.records():
                if len(record.known.events) < MANY:
                    continue
                # What can't be written is told by the scrape.
                with contextlib.suppress(Exception):
                    for _ in self._block((family.name, *record.source), family, [record], scrape):
                        yield
            yield
        yield from self._measurements.prepare(self._board.records(), scrape.now)

    def _family(
        self,
        family: Family,
        targets: dict[str, list[SourceRecord]],
        scrape: Scrape,
        budget: Budget,
        used: set[tuple[str, ...]],
    ) -> Iterator[bytes]:
        for target, records in targets.items():
            for unit in [[r] for r in records] if family.by_source else [records]:
                key = (family.name, *(unit[0].source if family.by_source else (target,)))
                used.add(key)
                try:
                    yield from self._unit(key, family, unit, scrape, budget)
                    self._unwritable.forget(key)
                except Exception as error:  # one source's data; the others' are still told
                    budget.drop(target)
                    self._unwritable.tell(key, error)

    def _unit(
        self,
        key: tuple[str, ...],
        family: Family,
        records: list[SourceRecord],
        scrape: Scrape,
        budget: Budget,
    ) -> Iterator[bytes]:
        """One family's lines for one source, or for one target with all its sources."""
        block = yield from self._block(key, family, records, scrape)
        if not (family.per_item or family.per_scope):
            yield block.text
            return
        granted = budget.grant(records[0].source.target, block.rows, family.per_scope)
        if granted == block.rows:
            yield block.text
        else:
            for part, _ in _render(family, records, scrape, granted):
                yield part
                yield b""

    def _block(
        self, key: tuple[str, ...], family: Family, records: list[SourceRecord], scrape: Scrape
    ) -> Generator[bytes, None, _Block]:
        """The kept text where it still holds, else a new one. What it yields marks pauses."""
        made_of = tuple(family.made_of(r, scrape) for r in records) if family.made_of else None
        block = self._blocks.get(key)
        if block is None or made_of is None or not block.still_holds(made_of):
            block = yield from _new_block(family, records, scrape, made_of or (), block)
            if made_of is not None and _is_work(block.rows, records):
                self._blocks[key] = block
            else:
                self._blocks.pop(key, None)
        return block

    def _target_info(self, form: Format, budget: Budget) -> Iterator[bytes]:
        name, text, labels = TARGET_INFO
        template = name + "{" + ",".join(f'{label}="%s"' for label in labels) + "} %s\n"
        yield header(name, "gauge", text, form)
        targets = iter(list(self._board.targets.values()))
        while looked_at := list(islice(targets, ROWS_A_PIECE)):
            lines = [self._target_line(template, target, budget) for target in looked_at]
            yield encode("".join(lines))

    def _target_line(self, template: str, target: Target, budget: Budget) -> str:
        key = (TARGET_INFO[0], target.name)
        try:
            line = sample_line(template, *target_info(self._board, target))
            self._unwritable.forget(key)
        except Exception as error:  # one target's facts; the others' are still told
            budget.drop(target.name)
            self._unwritable.tell(key, error)
            return ""
        return line


def instruments_text(registry: CollectorRegistry, form: Format) -> bytes:
    """The daemon's own measurements, by prometheus-client's writer, and the text's end."""
    writer: Callable[[CollectorRegistry], bytes] = (
        text_of if form is Format.TEXT else openmetrics_of
    )
    return writer(registry)


def _new_block(
    family: Family,
    records: list[SourceRecord],
    scrape: Scrape,
    made_of: tuple[object, ...],
    before: _Block | None,
) -> Generator[bytes, None, _Block]:
    """Renders what changed since `before`. What it yields only marks places to pause."""
    lines: dict[int, bytes] = {}
    if family.row_of is None:
        rendering = _render(family, records, scrape)
    else:
        template = _template(family, records[0].source)
        kept = NO_LINES if before is None else before.lines
        rendering = _render_events(template, family.row_of, records[0], scrape, kept, lines)
    parts: list[bytes] = []
    rows = 0
    for part, count in rendering:
        parts.append(part)
        rows += count
        yield b""
    return _Block(made_of, rows, b"".join(parts), lines if len(lines) >= MANY else NO_LINES)


def _is_work(rows: int, records: list[SourceRecord]) -> bool:
    """Whether so many rows, or the events that they count, are worth keeping what was written."""
    return max(rows, *(len(record.known.events) for record in records)) >= MANY


def _render(
    family: Family, records: list[SourceRecord], scrape: Scrape, limit: int | None = None
) -> Iterator[tuple[bytes, int]]:
    """Lines in parts of bounded work, each with how many there are, up to `limit` of them."""
    template = _template(family, records[0].source)
    rows = _unique_rows(family, records, scrape)
    left = limit
    while left != 0 and (looked_at := list(islice(rows, ROWS_A_PIECE))):
        lines = [sample_line(template, *row) for row in looked_at if row is not None][:left]
        if left is not None:
            left -= len(lines)
        yield encode("".join(lines)), len(lines)


def _render_events(
    template: str,
    row_of: Callable[[Event, Scrape], Row | None],
    record: SourceRecord,
    scrape: Scrape,
    before: Mapping[int, bytes],
    lines: dict[int, bytes],
) -> Iterator[tuple[bytes, int]]:
    """As `_render`, with the lines of `before` where the event is the same; fills `lines`."""
    events = iter(record.known.events.values())
    while looked_at := list(islice(events, ROWS_A_PIECE)):
        part = []
        for event in looked_at:
            line = before.get(id(event))
            if line is None:
                row = row_of(event, scrape)
                line = b"" if row is None else encode(sample_line(template, *row))
            lines[id(event)] = line
            part.append(line)
        yield b"".join(part), len(part) - part.count(b"")


def _template(family: Family, source: SourceId) -> str:
    """A line of one source's (or target's) rows, to be filled with a row's labels and value."""
    names = {"target": source.target} | ({"source": source.source} if family.by_source else {})
    fixed = ",".join(f'{name}="{value.translate(ESCAPES)}"' for name, value in names.items())
    rest = "".join(f',{label}="%s"' for label in family.labels)
    return f"{family.sample_name}{{{fixed.replace('%', '%%')}{rest}}} %s\n"


def _unique_rows(
    family: Family, records: list[SourceRecord], scrape: Scrape
) -> Iterator[Row | None]:
    """The rows of all records. What is told twice of one target is one series: the first."""
    if family.by_source:
        yield from family.rows(records[0], scrape)
        return
    seen: set[tuple[str, ...]] = set()
    for record in records:
        for row in family.rows(record, scrape):
            if row is not None and row[0] not in seen:
                seen.add(row[0])
                yield row
