"""The expiries that hold after a snapshot: those seen, and those that could not be looked at."""

from __future__ import annotations

from syseventd.model import Expiry, Problem, Snapshot


def current_expiries(
    known: tuple[Expiry, ...], snapshot: Snapshot
) -> tuple[tuple[Expiry, ...], tuple[Problem, ...]]:
    """The expiries that hold, sorted, and the clashes between them that the snapshot has."""
    if snapshot.expiries == known:
        return known, ()
    seen: dict[tuple[str, str], Expiry] = {}
    clashes: list[Problem] = []
    for expiry in snapshot.expiries:
        first = seen.setdefault((expiry.kind, expiry.name), expiry)
        if expiry != first:
            seen[expiry.kind, expiry.name] = min(first, expiry, key=lambda e: e.at)
            clashes.append(
                Problem(expiry.name, f"has several dates of kind {expiry.kind}; took the earliest")
            )
    kept = (e for e in known if (e.kind, e.name) not in seen and snapshot.hides(e.name))
    current = tuple(sorted((*seen.values(), *kept), key=lambda e: (e.kind, e.name)))
    return current, tuple(dict.fromkeys(clashes))
