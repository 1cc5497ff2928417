"""What was seen at the configured places, and the snapshot that it adds up to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from operator import attrgetter

from syseventd import NEVER, Observation, Problem, Snapshot, Timestamp
from syseventd_certificates.certificates import Chain

CLOSE = 86400.0
"""Within its last day a certificate is looked at often: then it is being renewed, or is not."""
ASK_AGAIN_WHEN_CLOSE = 300.0

UNREADABLE = "unreadable:"


@dataclass(frozen=True, slots=True)
class Sighting:
    """What was seen at one configured place: the chains, and what could not be read, where.

    `failed` says that nothing could be seen there at all.
    """

    chains: tuple[Chain, ...] = ()
    faults: tuple[Problem, ...] = ()
    failed: bool = False


def failure(where: str, reason: str) -> Sighting:
    """The sighting of a place at which nothing could be seen."""
    return Sighting(faults=(Problem(where, reason),), failed=True)


def merge_faults(sightings: Iterable[Sighting]) -> dict[str, Problem]:
    """What could not be read, each under its place: one that was seen by two ways is one."""
    return {fault.where: fault for sighting in sightings for fault in sighting.faults}


def to_snapshot(
    sightings: Sequence[Sighting], now: Timestamp, warn_before: float, retry_in: float | None
) -> Snapshot:
    """One snapshot of all places at `now`. Nothing ends because a place could not be read.

    `retry_in` is how many seconds the places that could not be read would like to wait.
    """
    chains, clashes = _merge_chains(sightings)
    faults = merge_faults(sightings)
    soonest = min((c.expiry.at for c in chains if c.expiry.at >= now), default=NEVER)
    waits = [retry_in, ASK_AGAIN_WHEN_CLOSE if soonest - now <= CLOSE else None]
    return Snapshot(
        observations=(
            *(_expiring(c, now) for c in chains if c.expiry.at - now < warn_before),
            *(_unreadable(fault) for fault in faults.values()),
        ),
        expiries=tuple(chain.expiry for chain in chains),
        problems=(*faults.values(), *clashes),
        unseen=frozenset(faults),
        unseen_under=tuple(hidden for where in faults for hidden in _hidden_under(where)),
        ask_again=min((wait for wait in waits if wait is not None), default=None),
    )


def _merge_chains(sightings: Iterable[Sighting]) -> tuple[list[Chain], list[Problem]]:
    """All chains by their names: a file that was found by two ways is one file."""
    chains: dict[str, Chain] = {}
    clashes = []
    for sighting in sightings:
        for chain in sighting.chains:
            if chains.setdefault(chain.name, chain) != chain:
                clashes.append(Problem(chain.name, "names two certificates; the first is shown"))
    return sorted(chains.values(), key=attrgetter("name")), clashes


def _hidden_under(where: str) -> Iterator[str]:
    """How the names begin that nobody can know while `where` can't be read.

    Further certificates of a file; the files of a folder, and what was unreadable among them.
    """
    yield f"{where}#"
    yield f"{where.rstrip('/')}/"
    yield f"{UNREADABLE}{where.rstrip('/')}/"


def _expiring(chain: Chain, now: Timestamp) -> Observation:
    """The event of a chain that is near its end, named by its place: many may share a subject.

    It has no `activated_at`: when it came near is our own reckoning, by `warn_before`, and each
    change of that would end every open event and begin another.
    """
    expired = chain.expiry.at <= now
    who = f"{chain.title}: its issuer {chain.culprit}" if chain.culprit else chain.title
    at = datetime.fromtimestamp(chain.expiry.at, UTC)
    return Observation(
        key=chain.name,
        kind="certificate-expiring",
        name=chain.name,
        status="expired" if expired else "expiring",
        message=f"{who} {'expired' if expired else 'expires'} {at:%Y-%m-%d %H:%M} UTC",
    )


def _unreadable(fault: Problem) -> Observation:
    return Observation(
        key=UNREADABLE + fault.where,
        kind="certificate-unreadable",
        name=fault.where,
        status="unreadable",
        message=fault.reason,
    )
