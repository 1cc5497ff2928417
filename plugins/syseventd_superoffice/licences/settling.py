"""An installation that tells less than before: for some days nothing is taken to be gone. Pure."""

from __future__ import annotations

from dataclasses import replace

from syseventd import Problem, Timestamp
from syseventd_superoffice.licences.dates import DAY, day_of
from syseventd_superoffice.licences.memory import Memory
from syseventd_superoffice.licences.reading import ALL, Reply

STANDS = 7 * DAY
"""Seconds for which what was known stands. A right that was lost is given back within days."""


def settle(before: Memory, reply: Reply, now: Timestamp) -> tuple[Memory, Reply]:
    """What holds of the memory beside this reply, and how much of the reply is to be believed."""
    if before.data == ALL and reply.data != ALL:
        since = now if before.lost_at is None else before.lost_at
        if now - since < STANDS:
            return replace(before, lost_at=since), _less(reply, since + STANDS)
    if before.data == reply.data:
        return replace(before, lost_at=None), reply
    # Numbers of another kind of answer can't be compared, nor do its seats go on.
    owners = {
        key: replace(held, modules=None, hidden=frozenset(), seats=frozenset())
        for key, held in before.owners.items()
    }
    return Memory(owners, reply.data), reply


def _less(reply: Reply, until: Timestamp) -> Reply:
    reason = (
        f"the list of all licences can no longer be read, only {reply.data}; "
        f"what was known of it stands until {day_of(until)}"
    )
    licences = (replace(one, modules=(), modules_unseen=True) for one in reply.licences)
    return replace(
        reply,
        licences=tuple(licences),
        problems=(Problem("licences", reason), *reply.problems),
        complete=False,
    )
