"""The peer of our scrapes: the board's families through prometheus-client's own writer."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import Metric
from prometheus_client.registry import Collector

from syseventd.board import Board
from syseventd.metrics.families import FAMILIES, Scrape, scrape_of


class _BoardCollector(Collector):
    """Tells prometheus-client the very rows that our own writer writes."""

    def __init__(self, board: Board, kinds: frozenset[str]) -> None:
        self._board = board
        self._kinds = kinds

    def collect(self) -> Iterator[Metric]:
        scrape: Scrape = scrape_of(self._kinds)
        for family in FAMILIES:
            metric = Metric(family.name, family.help, family.type)
            for record in self._board.records():
                names = record.source if family.by_source else record.source[:1]
                for values, number in filter(None, family.rows(record, scrape)):
                    labels = dict(zip(family.label_names, (*names, *values), strict=True))
                    metric.add_sample(family.sample_name, labels, number)
            yield metric


def write(board: Board, kinds: frozenset[str]) -> bytes:
    """The board's families as text."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_BoardCollector(board, kinds))
    return generate_latest(registry)
