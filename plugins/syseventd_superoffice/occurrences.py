"""Which sightings are of one occurrence: told by its names, its kind, and when it began. Pure."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import combinations

from syseventd import Observation
from syseventd_superoffice.values import known_marks

PAIRED_WITHIN = 900.0
"""Seconds between the starts that two witnesses tell of one occurrence: a task waits in a queue."""

MOST_PAIRED = 100
"""Sightings of a kind that are compared with each other; the newest. No installation has more."""

UNKNOWN = float("inf")
"""The start of what does not say when it began: it comes last."""

MOST_MARKS = 50
"""Names of an occurrence that are remembered, beyond those that it has now."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """What one source saw. `now` False: it saw it before, and can't look at it now."""

    source: str
    observation: Observation
    now: bool = True


@dataclass(frozen=True, slots=True)
class Occurrence:
    """All that is seen of one thing that happens.

    `seen` is what its witnesses see now, by their sources; empty where those that saw it can't
    look. `marks` are all its names, also those that it had before.
    """

    kind: str
    seen: Mapping[str, tuple[Observation, ...]]
    marks: frozenset[str]


def gather(
    sightings: Iterable[Sighting],
    before: Iterable[Occurrence],
    shared: Container[str],
    one_at_a_time: Container[str],
) -> tuple[Occurrence, ...]:
    """The occurrences that the sightings are of.

    `before` is what was gathered last: what was one occurrence then stays one. Of kinds in
    `shared` several witnesses may see the same under names of their own; of those in
    `one_at_a_time` all sightings are of one occurrence.
    """
    names = {mark: occurrence.marks for occurrence in before for mark in occurrence.marks}
    by_kind: dict[str, list[Sighting]] = {}
    for sighting in sightings:
        by_kind.setdefault(sighting.observation.kind, []).append(sighting)
    gathered: list[Occurrence] = []
    for kind, of_kind in by_kind.items():
        groups = list(_named_alike(of_kind, names))
        if kind in one_at_a_time:
            groups = [_all_of(groups)]
        elif kind in shared:
            groups = list(_paired(groups))
        gathered += (group.occurrence(kind) for group in groups)
    return tuple(gathered)


@dataclass(slots=True, eq=False)
class _Group:
    """Sightings that are of one occurrence, as far as is known yet, and its names."""

    sightings: list[Sighting] = field(default_factory=list)
    names: set[str] = field(default_factory=set)

    @property
    def witnesses(self) -> frozenset[str]:
        """Who calls it by a name of their own, or did: whoever did has no other name for it."""
        return frozenset(name.partition(":")[0] for name in self.names)

    @property
    def began_at(self) -> float:
        """The earliest start that is told; infinite where none is."""
        told = (s.observation.activated_at for s in self.sightings)
        return min((at for at in told if at is not None), default=UNKNOWN)

    def take(self, other: _Group) -> None:
        self.sightings += other.sightings
        self.names |= other.names

    def occurrence(self, kind: str) -> Occurrence:
        seen: dict[str, list[Observation]] = {}
        for sighting in self.sightings:
            if sighting.now:
                seen.setdefault(sighting.source, []).append(sighting.observation)
        return Occurrence(
            kind, {s: tuple(sorted(several, key=_age)) for s, several in seen.items()}, self._marks
        )

    @property
    def _marks(self) -> frozenset[str]:
        now = frozenset[str]().union(*(s.observation.marks for s in self.sightings))
        return known_marks(now.union(sorted(self.names - now)[-MOST_MARKS:]))


def _age(observation: Observation) -> tuple[float, str]:
    at = observation.activated_at
    return (UNKNOWN if at is None else at, observation.key)


def _named_alike(
    sightings: Iterable[Sighting], names: Mapping[str, frozenset[str]]
) -> Iterator[_Group]:
    """Groups of sightings that share a name, or belonged together before."""
    by_name: dict[str, _Group] = {}
    groups: dict[_Group, None] = {}
    for sighting in sightings:
        marks = sighting.observation.marks
        group = _Group([sighting], set(marks.union(*(names.get(mark, ()) for mark in marks))))
        for known in dict.fromkeys(by_name[name] for name in group.names if name in by_name):
            group.take(known)
            del groups[known]
        groups[group] = None
        by_name |= dict.fromkeys(group.names, group)
    yield from groups


def _all_of(groups: Iterable[_Group]) -> _Group:
    together = _Group()
    for group in groups:
        together.take(group)
    return together


def _paired(groups: list[_Group]) -> Iterator[_Group]:
    """Joins what different witnesses see, by when it began: no list names the others' ids.

    What one of them no longer sees is not joined anew: it may be that the other is only late.
    """
    partners: dict[_Group, _Group] = {}
    for first, second in _uncrossed(_chosen(groups)):
        partners[first], partners[second] = second, first
    joined: set[_Group] = set()
    for group in groups:
        if group in joined:
            continue
        if partner := partners.get(group):
            group.take(partner)
            joined.add(partner)
        yield group


def _chosen(groups: Iterable[_Group]) -> Iterator[tuple[_Group, _Group]]:
    """Of all that may be pairs, the closest, each group once: what is left over is alone."""
    taken: set[_Group] = set()
    for first, second in _closest(groups):
        if first not in taken and second not in taken:
            taken |= {first, second}
            yield first, second


def _uncrossed(pairs: Iterable[tuple[_Group, _Group]]) -> Iterator[tuple[_Group, _Group]]:
    """The same groups, those of the same two witnesses paired in the order of their numbers.

    What waits in a queue comes out in the order in which it was put there: of two that began
    soon after one another, the second row may be closer to the first task than its own is. Nor
    do starts tell that order: a task that waits has only the time at which it was ordered. A
    start that is not told may be of anything, and its pair stays as it is.
    """
    between: dict[tuple[str, ...], list[tuple[_Group, _Group]]] = {}
    for pair in pairs:
        one, other = sorted(pair, key=lambda group: min(group.witnesses))
        if UNKNOWN in (one.began_at, other.began_at):
            yield pair
        else:
            by = (min(one.witnesses), min(other.witnesses))
            between.setdefault(by, []).append((one, other))
    for chosen in between.values():
        sides = (sorted(side, key=_number) for side in zip(*chosen, strict=True))
        ordered = list(zip(*sides, strict=True))
        close = all(abs(one.began_at - other.began_at) <= PAIRED_WITHIN for one, other in ordered)
        yield from ordered if close else chosen


def _number(group: _Group) -> tuple[float, float]:
    """What a list counts its entries by, as they are put there; else when it began."""
    numbers = (name.partition(":")[2] for name in group.names)
    known = (int(number) for number in numbers if number.isdecimal() and len(number) < 20)
    return (min(known, default=UNKNOWN), group.began_at)


def _closest(groups: Iterable[_Group]) -> Iterator[tuple[_Group, _Group]]:
    """All that may be pairs, the closest starts first.

    A start that is not told may be as far off as is allowed.
    """
    alone = [(group.began_at, group.witnesses, group) for group in groups]
    alone = sorted((one for one in alone if len(one[1]) == 1), key=lambda one: one[0])
    close: list[tuple[float, int, _Group, _Group]] = []
    for (at, by, first), (later, by_other, second) in combinations(alone[-MOST_PAIRED:], 2):
        gap = PAIRED_WITHIN if later == UNKNOWN else later - at
        if by != by_other and gap <= PAIRED_WITHIN:
            close.append((gap, len(close), first, second))
    return ((first, second) for _, _, first, second in sorted(close))
