"""One occurrence, one event: which source reports what several of them see. Pure.

The vendor may show the same rebuild as a system event, as a batch task, and in the state of what
is being rebuilt. Each source that sees something of it is a witness. The most specific one that
can look reports it, joined with what the others know; nobody ends what any of them still shows,
nor what one that can't look saw last.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum, auto

from syseventd import Observation, Snapshot
from syseventd_superoffice.joining import ITS_SCOPE, joined
from syseventd_superoffice.occurrences import Occurrence, Sighting, gather
from syseventd_superoffice.values import known_marks

CLAIMS: Mapping[str, tuple[str, ...]] = {
    "freetext-rebuild": ("freetext", "imports", "system-events"),
    "saint-rebuild": ("saint", "imports", "system-events"),
    "import": ("imports", "system-events"),
    "udef-rebuild": ("system-events", "imports"),
}
"""For each kind that several sources may see, who reports it: the most specific one first."""

ONE_AT_A_TIME = frozenset({"freetext-rebuild", "saint-rebuild"})
"""Kinds of which an installation has one at a time: all that is seen of them is one occurrence.

Of two that follow each other at once, another row or task tells them apart where only one source
sees them, or where any look came between. Where row and task both change from one look to the
next, they count as one: the lists are asked at different times, and what SAINT does in a night
has several tasks.
"""

MARKED = {
    "system-events": "system-event:",
    "imports": "task:",
    "saint": "saint:",
    "freetext": "freetext:",
}
"""How the names begin that each witness gives to what it sees."""

OF_ONE_KIND = frozenset(
    name for name in MARKED if sum(name in claimants for claimants in CLAIMS.values()) == 1
)
"""Sources that give names to one kind alone: what has such a name is of that kind."""


class Sight(Enum):
    """Whether a source can look."""

    NEW = auto()
    """Not yet asked since the daemon started; it will be, at any moment."""
    CLEAR = auto()
    """Its last probe succeeded."""
    FAILING = auto()
    """Its last probe failed: what it saw before may still be so."""
    UNAVAILABLE = auto()
    """This installation lets it see nothing."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What one source that is switched on knows, each sighting as it would report it by itself.

    `seen` is what it sees now; every observation has marks. `hidden` is what it saw when it last
    could look, and can't look at now; None where it has not looked since the daemon started, so
    that it may be anything. `unseen` names, by key or mark, what it knows to be there and can't
    read. `prompt` says whether it is asked often enough to report what others see: a source
    that looks once an hour would be late.
    """

    sight: Sight = Sight.NEW
    seen: tuple[Observation, ...] = ()
    hidden: tuple[Observation, ...] | None = None
    unseen: frozenset[str] = frozenset()
    prompt: bool = True


@dataclass(frozen=True, slots=True)
class Share:
    """What one source reports: its events, and the marks of what it must not end.

    `unseen_under` is how the marks begin of those witnesses of which not even that is known, or
    which may have named what others leave to somebody else.
    `ask_again` is how many seconds from now it may be another one, if that is soon.
    """

    observations: tuple[Observation, ...]
    unseen: frozenset[str]
    unseen_under: tuple[str, ...] = ()
    ask_again: float | None = None

    def instead_of(self, seen: Snapshot, *others: Observation) -> Snapshot:
        """The snapshot of all that a source sees, with its share, and `others`, in place of that.

        `others` are the events that nobody else may see.
        """
        wishes = [wish for wish in (seen.ask_again, self.ask_again) if wish is not None]
        return replace(
            seen,
            observations=(*self.observations, *others),
            unseen=known_marks(seen.unseen | self.unseen),
            unseen_under=(*seen.unseen_under, *self.unseen_under),
            ask_again=min(wishes, default=None),
        )


def occurrences(
    evidence: Mapping[str, Evidence], before: Sequence[Occurrence] = ()
) -> tuple[Occurrence, ...]:
    """All that is seen, or was by those that can't look; `before` is what this returned last."""
    return gather(_sightings(evidence), before, CLAIMS, ONE_AT_A_TIME)


def share(
    evidence: Mapping[str, Evidence],
    source: str,
    found: Sequence[Occurrence] | None = None,
) -> Share:
    """What `source` reports now, of all that is seen by those that are switched on.

    `evidence` holds every source that is switched on and may be a witness, `source` among them.
    `found` are the occurrences in it, where they were gathered already. Together, the shares of
    all that can look hold every occurrence that is seen, once; it is only left out while a
    source that may know of it will be asked at any moment.
    """
    mine: list[Observation] = []
    unseen = {name for witness in evidence.values() for name in witness.unseen}
    blind = (name for name, witness in evidence.items() if witness.hidden is None)
    under = {_beginning(name) for name in blind if name != source}
    for occurrence in occurrences(evidence) if found is None else found:
        if occurrence.seen and _claimant(occurrence, evidence) == source:
            mine.append(_report(occurrence))
        else:
            unseen |= occurrence.marks
            keys, beginnings = _other_names(occurrence)
            unseen |= keys
            under |= beginnings
    told = {mark for observation in mine for mark in observation.marks}
    return Share(tuple(mine), known_marks(frozenset(unseen - told)), tuple(sorted(under)))


def is_awaiting(evidence: Mapping[str, Evidence], source: str) -> bool:
    """Whether a source that may see the same as `source` will be asked at any moment.

    What `source` sees may be left out until then; and what that one sees may be for it to report.
    """
    rivals = {name for names in CLAIMS.values() if source in names for name in names}
    return any(evidence[name].sight is Sight.NEW for name in rivals & evidence.keys())


def _sightings(evidence: Mapping[str, Evidence]) -> Iterator[Sighting]:
    for source, witness in evidence.items():
        yield from (Sighting(source, o) for o in witness.seen)
        yield from (Sighting(source, o, now=False) for o in witness.hidden or ())


def _claimant(occurrence: Occurrence, evidence: Mapping[str, Evidence]) -> str:
    """Who reports an occurrence: the most specific source that can look, and looks often.

    "" while one that may know of it was not asked yet. What it will show may be the same as an
    event of before the restart; and so an event does not change hands twice at each restart.
    """
    claimants = CLAIMS.get(occurrence.kind, tuple(occurrence.seen))
    witnesses = {name: evidence[name] for name in claimants if name in evidence}
    if any(witness.sight is Sight.NEW for witness in witnesses.values()):
        return ""
    for name, witness in witnesses.items():
        if witness.prompt and witness.sight is Sight.CLEAR:
            return name
    return next((n for n in claimants if n in occurrence.seen), next(iter(occurrence.seen)))


def _other_names(occurrence: Occurrence) -> tuple[set[str], set[str]]:
    """What an event of an occurrence may be known by, if by none of its marks: key, or beginning.

    Where there is one at a time, its event may be known from names that nobody sees now; it then
    goes on by its key, unless a witness calls the two by different names. Once all of them have
    a name for this occurrence, an event that has none of these is of an earlier one, and may
    end; and so it may if only a source of this kind alone has none, but the names by that one.
    This hangs on nothing that was told before: nobody here knows whether that could be stored.
    """
    if occurrence.kind not in ONE_AT_A_TIME:
        return set(), set()
    nameless = {
        name
        for name in CLAIMS[occurrence.kind]
        if not any(mark.startswith(MARKED[name]) for mark in occurrence.marks)
    }
    if nameless <= OF_ONE_KIND:
        return set(), {MARKED[name] for name in nameless}
    return {occurrence.kind}, set()


def _beginning(source: str) -> str:
    return MARKED.get(source, f"{source}:")


def _report(occurrence: Occurrence) -> Observation:
    """The report of an occurrence, under a key that does not hang on who can look."""
    if occurrence.kind in ONE_AT_A_TIME:
        return joined(occurrence, occurrence.kind, ITS_SCOPE)
    claimants = (*CLAIMS.get(occurrence.kind, ()), *occurrence.seen)
    first = next(name for name in claimants if name in occurrence.seen)
    return joined(occurrence, occurrence.seen[first][0].key)
