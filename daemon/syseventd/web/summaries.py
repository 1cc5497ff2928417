"""What several sources say of one target, taken together: pages and API tell the same."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches

from syseventd.board import SourceRecord, SourceState
from syseventd.model import NEVER, Expiry, Seats

_WORST_FIRST = (SourceState.FAILING, SourceState.PAUSED, SourceState.NEW, SourceState.OK)

UNWATCHED = "unwatched"
"""The state of what the configuration names and can't be watched: its plugin was refused."""

"""The state of an open event that stands still, as its source says."""

REMINDERS = frozenset({"admin_warning", "next_check"})
"""Kinds of expiry after which nothing stops: dates to know of, and not to be woken for."""

SIMULATED = "simulated"
"""The fact by which a source says that nothing it shows is real."""


def source_state(record: SourceRecord, *, unwatched: bool) -> str:
    """A source's own state, unless its target can't be watched: then nothing will ask it."""
    return UNWATCHED if unwatched else record.state


def target_state(records: Iterable[SourceRecord], *, unwatched: bool) -> str:
    """The worst state among a target's sources; unavailable where that is true of all."""
    if unwatched:
        return UNWATCHED
    states = {record.state for record in records}
    return next((state for state in _WORST_FIRST if state in states), SourceState.UNAVAILABLE)


def facts_of(records: Iterable[SourceRecord]) -> dict[str, str]:
    """All that is known of a target; of two sources that tell the same fact the later wins."""
    facts: dict[str, str] = {}
    for record in records:
        if record.snapshot is not None:
            facts.update(record.snapshot.facts)
    return facts


def simulated(records: Iterable[SourceRecord]) -> bool:
    """Whether any source says that its data is simulated."""
    return any(r.snapshot is not None and SIMULATED in r.snapshot.facts for r in records)


def next_expiry(records: Iterable[SourceRecord]) -> Expiry | None:
    """What stops first, or has stopped already; None where nothing ever does."""
    ending = (
        expiry
        for record in records
        for expiry in record.known.expiries
        if expiry.at != NEVER and expiry.kind not in REMINDERS
    )
    return min(ending, key=lambda expiry: expiry.at, default=None)


def seats_by_owner(seats: Iterable[Seats]) -> Mapping[str, list[Seats]]:
    """Licences under their owners, in the order in which they are told."""
    owners: dict[str, list[Seats]] = {}
    for licence in seats:
        owners.setdefault(licence.owner, []).append(licence)
    return owners


def nearest(name: str, known: Iterable[str]) -> Sequence[str]:
    """The known names that someone who wrote `name` most likely meant, best first."""
    return get_close_matches(name, list(known), n=3, cutoff=0.5)


def did_you_mean(name: str, known: Sequence[str]) -> str:
    """The end of a sentence that says that `name` is unknown."""
    if close := nearest(name, known):
        return f"did you mean {' or '.join(close)}?"
    if not known:
        return "there is none at all"
    shown = ", ".join(known[:10])
    return f"there are {shown}" + (f" and {len(known) - 10} more" if len(known) > 10 else "")
