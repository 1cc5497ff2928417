"""After a start all that runs is told within seconds: once each witness was asked, and again."""

from __future__ import annotations

from collections import Counter
from itertools import permutations, product

import pytest

from syseventd import Observation, Snapshot
from syseventd_superoffice.claims import CLAIMS, Share
from syseventd_superoffice.witnesses import PATIENCE, SOON, Witnesses

SEEN = {
    "freetext-rebuild": ("system-event:1", "task:1", "freetext:k"),
    "saint-rebuild": ("system-event:2", "task:2", "saint:contact:9"),
    "import": ("system-event:3", "task:3"),
    "udef-rebuild": ("system-event:4", "task:4"),
}
"""What may be seen of each kind, at the same time by all who can see it."""

WHO = {
    "system-event": "system-events",
    "task": "imports",
    "freetext": "freetext",
    "saint": "saint",
}


class Start:
    """A daemon that has just started, with these sources switched on."""

    def __init__(self, *sources: str) -> None:
        self.now = 0.0
        self.witnesses = Witnesses(lambda: self.now)
        self.seen: dict[str, tuple[Observation, ...]] = {}
        for source in sources:
            self.witnesses.switch_on(source, 60.0)

    def shows(self, kind: str, *marks: str) -> None:
        for mark in marks:
            source = WHO[mark.partition(":")[0]]
            one = Observation(mark, kind, mark, activated_at=1000.0, marks=frozenset({mark}))
            self.seen[source] = (*self.seen.get(source, ()), one)

    def ask(self, source: str) -> Share:
        return self.witnesses.report(source, self.seen.get(source, ()))


@pytest.mark.parametrize("kind", SEEN)
def test_the_second_asking_tells_all(kind: str) -> None:
    """In whichever order they are asked first, and whoever of them sees something."""
    for order, marks in product(permutations(CLAIMS[kind]), _some(SEEN[kind])):
        start = Start(*order)
        start.shows(kind, *marks)
        shares = {source: start.ask(source) for source in order}
        told = Counter(m for share in shares.values() for o in share.observations for m in o.marks)
        assert set(told.values()) <= {1}
        again = {s: start.ask(s) for s, share in shares.items() if share.ask_again is not None}
        assert not any(share.ask_again for share in again.values())
        told = Counter(
            m for share in (shares | again).values() for o in share.observations for m in o.marks
        )
        assert told == Counter(dict.fromkeys(marks, 1)), (order, marks)


def _some(marks: tuple[str, ...]) -> list[tuple[str, ...]]:
    chosen = product((True, False), repeat=len(marks))
    return [
        tuple(m for m, is_there in zip(marks, each, strict=True) if is_there) for each in chosen
    ]


def test_who_waits_for_nobody_asks_no_sooner() -> None:
    """SAINT's source needs not know what the index is doing."""
    start = Start("saint", "freetext")
    assert start.ask("saint").ask_again is None


def test_who_is_asked_often_anyway_asks_no_later() -> None:
    """An interval of a second is not stretched to three."""
    start = Start("imports", "system-events")
    start.witnesses.switch_on("imports", SOON)
    assert start.ask("imports").ask_again is None
    assert start.ask("system-events").ask_again is None


def test_one_that_is_never_asked_is_not_waited_for_without_end() -> None:
    """Its place in the queue may never come: the others go back to their usual pace."""
    start = Start("imports", "system-events")
    assert start.ask("imports").ask_again == SOON
    start.now = PATIENCE + 1
    assert start.ask("imports").ask_again is None


@pytest.mark.parametrize(
    ("own", "ours", "asked"), [(None, 3.0, 3.0), (15.0, 3.0, 3.0), (15.0, None, 15.0)]
)
def test_the_sooner_wish_counts(own: float | None, ours: float | None, asked: float) -> None:
    """A source may have a reason of its own to ask again."""
    share = Share((), frozenset(), ask_again=ours)
    assert share.instead_of(Snapshot(ask_again=own)).ask_again == asked
