"""Plugins' gauges: each source's measurements as lines; long ones are kept while they stay."""

from __future__ import annotations

import contextlib
from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple

from syseventd.board import SourceRecord
from syseventd.interface import Gauge
from syseventd.metrics.budget import Budget
from syseventd.metrics.families import OBSERVED
from syseventd.metrics.text import ESCAPES, Format, encode, header, in_pieces, number_text
from syseventd.metrics.unwritable import Unwritable
from syseventd.model import Measurement, SourceId, Timestamp

ROWS_A_PIECE = 2000
"""Measurements, or sources, that are looked at before others get their turn."""

MANY = 50
"""Measurements of a source from which on their lines are kept. See the same of the exposition."""


class _Part(NamedTuple):
    """The lines of one gauge that one source measures: how many series, and their text."""

    rows: int
    text: bytes

    def first(self, rows: int) -> bytes:
        """The text of the first `rows` series."""
        lines = self.text.split(b"\n", rows)[:rows]  # no value of a label holds a line break
        return b"".join(line + b"\n" for line in lines)


@dataclass(slots=True)
class _Lines:
    """What one source measures, by gauge, and what it was made of."""

    made_of: tuple[Measurement, ...]
    parts: dict[str, _Part]
    undeclared: dict[str, int]
    """How many measurements are of gauges that no plugin declared, by their names."""

    def still_hold(self, measurements: tuple[Measurement, ...]) -> bool:
        """Whether these are the same measurements, as those of most probes are."""
        if measurements is self.made_of:
            return True
        if len(measurements) > ROWS_A_PIECE or measurements != self.made_of:
            return False  # to compare very many would take as long as to write them
        self.made_of = measurements
        return True


class Measurements:
    """Writes the families of declared gauges. What is measured besides is dropped and told."""

    def __init__(self, gauges: Iterable[Gauge], unwritable: Unwritable) -> None:
        self._gauges = {gauge.name: gauge for gauge in gauges}
        self._unwritable = unwritable
        self._kept: dict[SourceId, _Lines] = {}

    def prepare(self, records: Iterable[SourceRecord], now: Timestamp) -> Iterator[None]:
        """Renders what changed. Others may run between two steps."""
        for record in records:
            if record.snapshot is None or len(record.snapshot.measurements) < MANY:
                continue
            # What can't be written is told by the scrape.
            with contextlib.suppress(Exception):
                for _ in self._lines_of(record, now):
                    yield

    def pieces(
        self, records: Iterable[SourceRecord], now: Timestamp, form: Format, budget: Budget
    ) -> Iterator[bytes]:
        """Every gauge's heading and lines. Some pieces are empty: they mark a place to pause."""
        found: dict[str, list[tuple[str, _Part]]] = {name: [] for name in self._gauges}
        measuring: set[SourceId] = set()
        for number, record in enumerate(records):
            if number % ROWS_A_PIECE == 0:
                yield b""
            lines = yield from self._told_lines_of(record, now, budget)
            if lines is not None:
                measuring.add(record.source)
                for name, part in lines.parts.items():
                    found[name].append((record.source.target, part))
        for gauge in self._gauges.values():
            yield header(f"syseventd_{gauge.name}", "gauge", _help(gauge), form)
            yield from in_pieces(_granted(found[gauge.name], budget))
        for gone in self._kept.keys() - measuring:
            del self._kept[gone]

    def _told_lines_of(
        self, record: SourceRecord, now: Timestamp, budget: Budget
    ) -> Generator[bytes, None, _Lines | None]:
        """A source's lines; what is left out is counted, and told in the log."""
        key = ("measurements", *record.source)
        try:
            lines = yield from self._lines_of(record, now)
        except Exception as error:  # one source's data; the others' are still told
            budget.drop(record.source.target)
            self._unwritable.tell(key, error)
            return None
        if lines is not None and lines.undeclared:
            budget.drop(record.source.target, sum(lines.undeclared.values()))
            self._unwritable.tell_undeclared(key, list(lines.undeclared))
        else:
            self._unwritable.forget(key)
        return lines

    def _lines_of(
        self, record: SourceRecord, now: Timestamp
    ) -> Generator[bytes, None, _Lines | None]:
        """A source's lines, the kept ones where they still hold; None where it measures nothing."""
        snapshot = record.snapshot
        if snapshot is None or not snapshot.measurements or not record.fresh(now):
            return None
        lines = self._kept.get(record.source)
        if lines is None or not lines.still_hold(snapshot.measurements):
            lines = yield from self._render(record.source, snapshot.measurements)
            if len(snapshot.measurements) >= MANY:
                self._kept[record.source] = lines
            else:
                self._kept.pop(record.source, None)
        return lines

    def _render(
        self, source: SourceId, measurements: tuple[Measurement, ...]
    ) -> Generator[bytes, None, _Lines]:
        """All lines of one source. What is measured twice is one series: the first."""
        target, name = (text.translate(ESCAPES) for text in source)
        labels = f'{{target="{target}",source="{name}",part="'
        seen: set[tuple[str, str]] = set()
        texts: dict[str, list[str]] = {}
        undeclared: dict[str, int] = {}
        rows = iter(measurements)
        while looked_at := list(islice(rows, ROWS_A_PIECE)):
            for one in looked_at:
                if one.name not in self._gauges:
                    undeclared[one.name] = undeclared.get(one.name, 0) + 1
                elif (one.name, one.part) not in seen:
                    seen.add((one.name, one.part))
                    part = one.part.translate(ESCAPES)
                    line = f'syseventd_{one.name}{labels}{part}"}} {number_text(one.value)}\n'
                    texts.setdefault(one.name, []).append(line)
            yield b""
        parts = {name: _Part(len(lines), encode("".join(lines))) for name, lines in texts.items()}
        return _Lines(measurements, parts, undeclared)


def _help(gauge: Gauge) -> str:
    return f"{gauge.help.rstrip('. ')}. {OBSERVED}"


def _granted(parts: list[tuple[str, _Part]], budget: Budget) -> Iterator[bytes]:
    """The text of each target's part, as far as its limit allows."""
    for target, part in parts:
        granted = budget.grant(target, part.rows)
        yield part.text if granted == part.rows else part.first(granted)
