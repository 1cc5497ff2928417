"""Running counts of rows that the vendor removes: added up from short windows. Pure.

Rows are gone within a day or so, hence what a table holds of a month is too little. We count
each stretch of time once, while its rows are there, and remember the sum. Each count stops a
little before now: rows come late, and the database's clock may be behind ours.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace

from syseventd import Timestamp
from syseventd_superoffice.metered.months import Month
from syseventd_superoffice.remembered import NOT_OURS, read_number

LAG = 600.0
"""Seconds before now at which a count stops, so that no row is written into what was counted."""


@dataclass(frozen=True, slots=True)
class Tally:
    """What was counted of one service in a month, up to a time in Unix seconds.

    `shown` is what was told last: it never falls within a month. `lost` is for how many seconds
    of the month rows may have been removed before anybody counted them; `surely` is what was
    counted in `surely_for` seconds of which nothing is lost.
    """

    month: str
    until: Timestamp
    counted: int = 0
    shown: int = 0
    lost: float = 0.0
    surely: int = 0
    surely_for: float = 0.0

    @classmethod
    def read(cls, text: str, month: Month, now: Timestamp) -> Tally:
        """The tally of `month` that was remembered as `text`; a new one where there is none."""
        new = cls(month.name, month.start)
        try:
            known = _read(**json.loads(text))
            # A clock that was ahead of time must not stop the counting until that time.
            until = min(known.until, max(now - LAG, month.start))
        except NOT_OURS:
            return new
        return replace(known, until=until) if known.month == month.name else new

    @property
    def written(self) -> str:
        """As it is to be remembered."""
        return json.dumps(asdict(self))


def _read(
    month: str,
    until: float,
    counted: int,
    shown: int,
    lost: float,
    surely: int,
    surely_for: float,
) -> Tally:
    """A tally as it was written. Raises one of NOT_OURS."""
    return Tally(
        str(month),
        read_number(until),
        int(counted),
        int(shown),
        read_number(lost),
        int(surely),
        read_number(surely_for),
    )


def window(tally: Tally, now: Timestamp) -> tuple[Timestamp, Timestamp] | None:
    """From when until when is to be counted now; None where that is too little."""
    until = now - LAG
    return (tally.until, until) if until > tally.until else None


def add(tally: Tally, counted: int, until: Timestamp, now: Timestamp, kept_for: float) -> Tally:
    """The tally with a further window, asked for at `now`, while rows are kept for `kept_for` s."""
    gap = max(0.0, now - kept_for - tally.until)
    tally = replace(
        tally,
        counted=tally.counted + counted,
        surely=tally.surely + (0 if gap else counted),
        surely_for=tally.surely_for + (0.0 if gap else until - tally.until),
        until=until,
        lost=tally.lost + gap,
    )
    return show(tally, tally.counted)


def show(tally: Tally, listed: int) -> Tally:
    """The tally where there are known to be `listed` rows of the month: at least that many."""
    return replace(tally, shown=max(tally.shown, listed))
