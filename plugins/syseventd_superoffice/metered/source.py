"""The source `metered`: what was used this month of the services that are invoiced by use.

Nothing but the vendor's own dashboard knows what will be invoiced. These numbers are counted in
the installation's database, and are estimates.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType

from syseventd import (
    Malformed,
    Measurement,
    Meter,
    NotAvailable,
    Observation,
    Snapshot,
    Target,
    Timestamp,
)
from syseventd.interface import Gauge
from syseventd_superoffice.access import Access, Document
from syseventd_superoffice.connection import Connection
from syseventd_superoffice.metered.allowances import SERVICES, Service
from syseventd_superoffice.metered.events import Reading, keys_of, tell
from syseventd_superoffice.metered.forecasts import Growth, forecast
from syseventd_superoffice.metered.months import Month, month_of
from syseventd_superoffice.metered.settings import MeteredSettings
from syseventd_superoffice.metered.tallies import Tally, add, show, window
from syseventd_superoffice.remembered import NOT_OURS, read_number
from syseventd_superoffice.values import Fields, Problems, is_object, read_count, why_no_object

GAUGES = (
    Gauge(
        "metered_expected_ratio",
        "Share of its threshold that a metered service comes to by the month's end, estimated.",
    ),
)

KEYS = tuple(service.key for service in SERVICES)

REMOVED = frozenset({"chats", "logins"})
"""Services whose rows the vendor removes, so that we keep a count of our own."""

NO_MEMORY: Mapping[str, str] = MappingProxyType({})


class Metered:
    """Counts the month so far, and adds up what the vendor removes meanwhile."""

    def __init__(
        self,
        connection: Connection,
        settings: MeteredSettings,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._access = connection.access
        self._settings = settings
        self._clock = clock
        self._memory = NO_MEMORY

    def recall(self, memory: Mapping[str, str]) -> None:
        """Is told the running counts, and which events stand."""
        self._memory = memory

    async def probe(self) -> Snapshot:
        now = self._clock()
        month = month_of(now, self._settings.zone)
        whole = await self._access.usage(month.start, now)
        reading = MonthReading(self._settings, self._memory, month, now)
        counts = reading.read(whole)
        tallies = {
            key: Tally.read(self._memory.get(f"tally:{key}", ""), month, now)
            for key in REMOVED & counts.keys()
        }
        added = await _count_windows(self._access, tallies, now, reading.problems)
        for service in SERVICES:
            count = counts.get(service.key)
            if count is None:
                reading.lose(service)
            elif service.key in tallies:
                tally = show(tallies[service.key], count)
                if service.key in added:
                    until, number = added[service.key]
                    tally = add(tally, number, until, now, self._settings.kept_for)
                reading.add_tally(service, tally)
            else:
                reading.add(service, count)
        return reading.snapshot(whole.facts)


def create(target: Target, connection: Connection, settings: MeteredSettings) -> Metered:
    """The source for one installation."""
    return Metered(connection, settings)


def remark_name(meter: str) -> str:
    """The fact that says what to know of a meter's number."""
    return f"{meter} counted"


def _how_long(seconds: float) -> str:
    """`"547 h"` is nothing that people see through: `"23 days"`; less than two of them in hours."""
    hours = round(seconds / 3600)
    return f"{hours} h" if hours < 48 else f"{round(seconds / 86400)} days"


async def _count_windows(
    access: Access, tallies: Mapping[str, Tally], now: Timestamp, problems: Problems
) -> dict[str, tuple[Timestamp, int]]:
    """For each tally the time up to which it was counted on, and how many were added.

    What can't be counted now is counted the next time, with what comes until then.
    """
    asked: dict[tuple[Timestamp, Timestamp], Document] = {}
    added: dict[str, tuple[Timestamp, int]] = {}
    for key, tally in tallies.items():
        stretch = window(tally, now)
        if stretch is None:
            continue
        if stretch not in asked:
            asked[stretch] = await access.usage(*stretch)
        count = _read(asked[stretch], problems, (key,)).get(key)
        if count is not None:
            added[key] = (stretch[1], count)
    return added


def _read(document: Document, problems: Problems, keys: Iterable[str] = KEYS) -> dict[str, int]:
    """What an answer counts, by the services' keys. Raises Malformed for what is no object."""
    if not is_object(document.value):
        raise Malformed(document.where, why_no_object(document.value))
    fields = Fields(document.where or "metered services", document.value, problems)
    counts = {key: fields.read(key, read_count, None) for key in keys}
    return {key: count for key, count in counts.items() if count is not None}


class MonthReading:
    """The meters of one month as they are read, and what follows from them."""

    def __init__(
        self, settings: MeteredSettings, memory: Mapping[str, str], month: Month, now: Timestamp
    ) -> None:
        self.problems = Problems()
        self._settings = settings
        self._zone = settings.zone
        self._before = memory
        self._month = month
        self._now = now
        self._meters: list[Meter] = []
        self._events: list[Observation] = []
        self._measurements: list[Measurement] = []
        self._unseen: set[str] = set()
        self._memory: dict[str, str] = {}
        self._remarks: dict[str, str] = {}

    def read(self, document: Document) -> dict[str, int]:
        """The month's counts. Raises NotAvailable where none can be had, Malformed."""
        counts = _read(document, self.problems)
        if not counts and self.problems:
            raise Malformed(document.where, f"no number can be read; {self.problems[0]}")
        if not counts:
            raise NotAvailable("none of the metered services can be counted here")
        return counts

    def add(self, service: Service, count: int) -> None:
        """A service that is counted anew each time."""
        if service.key == "storage":
            self._add(service, count, self._storage_growth(service, count))
        else:
            self._add(service, count, Growth(count, self._now - self._month.start))

    def add_tally(self, service: Service, tally: Tally) -> None:
        """A service of which we keep the count."""
        self._memory[f"tally:{service.key}"] = tally.written
        note = ""
        if tally.lost > 0:
            note = (
                f"incomplete: {_how_long(tally.lost)} of this month went by uncounted, "
                "and SuperOffice may have removed what they had"
            )
        self._add(service, tally.shown, Growth(tally.surely, tally.surely_for), note)

    def lose(self, service: Service) -> None:
        """A service that can't be counted now: its events and its memory stay as they are."""
        self._unseen |= keys_of(service.name)
        ends = (f":{service.name}", f":{service.key}")
        self._memory |= {n: text for n, text in self._before.items() if n.endswith(ends)}

    def snapshot(self, facts: Mapping[str, str]) -> Snapshot:
        return Snapshot(
            observations=tuple(self._events),
            meters=tuple(self._meters),
            measurements=tuple(self._measurements),
            facts={**facts, **self._remarks},
            problems=self.problems.told(),
            unseen=frozenset(self._unseen),
            memory=self._memory,
        )

    def _add(self, service: Service, used: int, growth: Growth, note: str = "") -> None:
        threshold = self._settings.allowance.threshold(service)
        if note:  # no problem of the probe's: nothing is to be mended until the month ends
            self._remarks[remark_name(service.name)] = note
        meter = Meter(service.name, used, threshold, service.title, estimated=True)
        self._meters.append(meter)
        coming = None
        if threshold and growth.seconds >= self._settings.forecast_after * self._month.length:
            coming = forecast(used, threshold, growth, self._now, self._month.end)
        if threshold and coming:
            ratio = coming.month_end / threshold
            self._measurements.append(Measurement("metered_expected_ratio", ratio, service.name))
        reading = Reading(meter, self._month, self._now, coming, note)
        told = tell(reading, self._settings.near, self._zone, self._before)
        self._events += told.observations
        self._memory |= told.memory

    def _storage_growth(self, service: Service, used: int) -> Growth:
        """How storage grew since it was first seen this month: it does not begin at nothing."""
        name = f"first:{service.key}"
        try:
            month, at, first = json.loads(self._before.get(name, ""))
            at, first = read_number(at), int(first)
        except NOT_OURS:
            month, at, first = "", self._now, used
        if month != self._month.name:
            at, first = self._now, used
        self._memory[name] = json.dumps([self._month.name, at, first])
        return Growth(used - first, self._now - at)
