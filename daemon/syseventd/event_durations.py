"""A histogram of how long things lasted by target and kind, in little memory."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator

from prometheus_client.core import HistogramMetricFamily
from prometheus_client.registry import Collector
from prometheus_client.utils import floatToGoString


class Durations(Collector):
    """Counts lengths of time in buckets, whose upper ends are `ends`, in seconds.

    Of each pair of labels it keeps one array of numbers. prometheus-client's own histogram keeps
    an object with a lock for each bucket: some 4 KiB, for each kind of each of 1,000 targets.
    """

    def __init__(self, name: str, text: str, ends: Iterable[float]) -> None:
        self._name = name
        self._text = text
        self._ends = tuple(map(float, ends))
        self._names = (*map(floatToGoString, self._ends), "+Inf")
        self._counts: dict[str, dict[str, array[float]]] = {}
        """By target and kind: how many fell into each bucket, beyond all of them, and their sum."""

    def observe(self, target: str, kind: str, seconds: float) -> None:
        """Counts one length."""
        kinds = self._counts.setdefault(target, {})
        counts = kinds.get(kind)
        if counts is None:
            counts = kinds[kind] = array("d", bytes(8 * (len(self._ends) + 2)))
        counts[bisect_left(self._ends, seconds)] += 1
        counts[-1] += seconds

    def forget(self, target: str) -> None:
        """Drops what is known of a target."""
        self._counts.pop(target, None)

    def collect(self) -> Iterator[HistogramMetricFamily]:
        """What prometheus-client asks for at a scrape, in a thread of its own."""
        family = HistogramMetricFamily(self._name, self._text, labels=["target", "kind"])
        for target, kinds in list(self._counts.items()):
            for kind, counts in list(kinds.items()):
                *each, total = counts
                family.add_metric([target, kind], list(self._cumulative(each)), total)
        yield family

    def _cumulative(self, each: Iterable[float]) -> Iterator[tuple[str, float]]:
        so_far = 0.0
        for end, count in zip(self._names, each, strict=True):
            so_far += count
            yield end, so_far
