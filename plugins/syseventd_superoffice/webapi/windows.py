"""SuperOffice Online's own maintenance windows: when a tenant may well be out of reach. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta, timezone

from syseventd import Timestamp
from syseventd_superoffice.settings import WindowName

ZONE = timezone(timedelta(hours=1))
"""The vendor announces its windows in UTC+1, without a word about summer."""

MON, TUE, WED, THU, FRI, SAT, SUN = range(7)
_WEEK = 7 * 24

HOURS: Mapping[WindowName, tuple[tuple[int, int, int], ...]] = {
    "nightly": tuple((day, 1, 2) for day in range(7)),
    "weekend": ((SAT, 20, 10),),
    "patching": ((THU, 22, 8),),
    "upgrade": ((TUE, 20, 9), (FRI, 20, 9)),
}
"""Each as weekday, hour and length in hours. Upgrades come every third week; in which ones, the
vendor tells its customers alone, so all of them count."""


def window_at(names: Iterable[WindowName], now: Timestamp) -> WindowName | None:
    """The first of these windows that is open, if any is."""
    local = datetime.fromtimestamp(now, UTC).astimezone(ZONE)
    hour = local.weekday() * 24 + local.hour
    for name in names:
        for day, start, length in HOURS[name]:
            if (hour - day * 24 - start) % _WEEK < length:
                return name
    return None
