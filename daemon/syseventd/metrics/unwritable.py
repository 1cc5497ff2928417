"""What can't be written into a scrape: told in the log once, until it can be written again."""

from __future__ import annotations

import structlog

log = structlog.get_logger("syseventd.metrics")

NAMED = 10
"""How many undeclared gauges of one source are named."""


class Unwritable:
    """What the log was told of. A key is a family, and whose part of it: target, or source too."""

    def __init__(self) -> None:
        self._told: set[tuple[str, ...]] = set()

    def tell(self, key: tuple[str, ...], error: Exception) -> None:
        """Something of one source, or target, can't be written."""
        if key not in self._told:
            self._told.add(key)
            log.error("metrics_unwritable", family=key[0], of=" ".join(key[1:]), error=repr(error))

    def tell_undeclared(self, key: tuple[str, ...], gauges: list[str]) -> None:
        """A source measures what no plugin declared."""
        if key not in self._told:
            self._told.add(key)
            told = {"gauges": gauges[:NAMED], "count": len(gauges)}
            log.error("gauges_undeclared", of=" ".join(key[1:]), **told)

    def forget(self, key: tuple[str, ...]) -> None:
        """All of it can be written now."""
        self._told.discard(key)
