"""A histogram of how long events lasted, by target and kind, in little memory."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from itertools import accumulate
from typing import NamedTuple


class Row(NamedTuple):
    """What is counted of one kind at one target.

    `upto` is how many were no longer than each of the buckets' ends, and last how many in all;
    `total` is the sum of their seconds.
    """

    target: str
    kind: str
    upto: tuple[float, ...]
    total: float


class EventDurations:
    """Counts lengths of time in buckets, whose upper ends are `ends`, in seconds.

    Of each kind at each target it keeps one array of numbers. prometheus-client's own histogram
    keeps an object with a lock for each bucket: some 4 KiB, and at a scrape as much again.
    """

    def __init__(self, ends: Iterable[float]) -> None:
        self.ends = tuple(map(float, ends))
        self._counts: dict[str, dict[str, array[float]]] = {}
        """By target and kind: how many fell into each bucket, beyond all of them, and their sum."""

    def observe(self, target: str, kind: str, seconds: float) -> None:
        """Counts one length."""
        kinds = self._counts.setdefault(target, {})
        counts = kinds.get(kind)
        if counts is None:
            counts = kinds[kind] = array("d", bytes(8 * (len(self.ends) + 2)))
        counts[bisect_left(self.ends, seconds)] += 1
        counts[-1] += seconds

    def forget(self, target: str) -> None:
        """Drops what is known of a target."""
        self._counts.pop(target, None)

    def rows(self) -> Iterator[Row]:
        """All that is counted. Between two rows more may be."""
        for target in list(self._counts):
            for kind, counts in list(self._counts.get(target, {}).items()):
                yield Row(target, kind, tuple(accumulate(counts[:-1])), counts[-1])
