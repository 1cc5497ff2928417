"""Of which kind a row of a system event is while its name or type can't be read. Pure.

What it is does not change while it is there. A reply without the name, or a way in that does not
tell it, would else end one event for the users and begin another.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from syseventd import Observation, Snapshot
from syseventd_superoffice.kinds import OTHER

Rows = Mapping[str, Observation]
"""What tells most of each row that is there, by the row's number; by its key where it has none."""


def as_known(read: Snapshot, before: Rows) -> tuple[Snapshot, Rows]:
    """The list with its rows as they were known, and what is known of them from now on."""
    told, known = list[Observation](), dict[str, Observation]()
    for row in read.observations:
        name = _row(row)
        earlier = before.get(name)
        if earlier is not None and _tells_less(row, earlier):
            known[name] = earlier
            told.append(replace(row, kind=earlier.kind, name=earlier.name))
        else:
            known[name] = row
            told.append(row)
    unread = {
        name: row
        for name, row in before.items()
        if name not in known and (name in read.unseen or row.key in read.unseen)
    }
    missed = {} if read.complete else before
    return replace(read, observations=tuple(told)), {**missed, **unread, **known}


def _row(row: Observation) -> str:
    return min(row.marks, default=row.key)


def _tells_less(row: Observation, earlier: Observation) -> bool:
    """Whether a row seems to be of another kind because a part that it had is missing."""
    if earlier.kind in (OTHER, row.kind):
        return False
    parts = zip(_parts(earlier), _parts(row), strict=True)
    return row.key != earlier.key or any(had and not has for had, has in parts)


def _parts(row: Observation) -> tuple[str, str]:
    """Its name and its type; "" for what it does not tell: an event without a name has its key."""
    return (row.name if row.name != row.key else "", dict(row.details).get("Type", ""))
