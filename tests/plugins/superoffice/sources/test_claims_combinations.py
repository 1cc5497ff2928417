"""Every combination of sources and of what they see: never twice, never lost, never ended."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from syseventd import Observation
from syseventd_superoffice.claims import CLAIMS, MARKED, OF_ONE_KIND, Evidence, Share, Sight, share

SOURCES = tuple(MARKED)
SEEN = {
    Sight.CLEAR: lambda seen, prompt: Evidence(Sight.CLEAR, seen, (), prompt=prompt),
    Sight.FAILING: lambda seen, prompt: Evidence(Sight.FAILING, (), seen, prompt=prompt),
    Sight.UNAVAILABLE: lambda seen, prompt: Evidence(Sight.UNAVAILABLE, (), seen, prompt=prompt),
    Sight.NEW: lambda _, prompt: Evidence(Sight.NEW, prompt=prompt),
}
WAYS = [None, *product(Sight, (True, False))]
"""What a source can be: switched off; else whether it can look, and whether it looks often."""


def sighting(kind: str, mark: str, at: float | None = 1000.0) -> Observation:
    return Observation(f"key of {mark}", kind, mark, activated_at=at, marks=frozenset({mark}))


def sets_of(**several: list[list[Observation]]) -> Iterator[dict[str, tuple[Observation, ...]]]:
    names = [name.replace("_", "-") for name in several]
    for chosen in product(*several.values()):
        yield {name: tuple(seen) for name, seen in zip(names, chosen, strict=True)}


def some(kind: str, *marks: str) -> list[list[Observation]]:
    """None of these, each alone, all together."""
    each = [sighting(kind, mark, 1000.0 + 5 * i) for i, mark in enumerate(marks)]
    return [[], *([one] for one in each), *([each] if len(each) > 1 else [])]


FREETEXT, SAINT, IMPORT, UDEF = CLAIMS
STORIES: dict[str, list[dict[str, tuple[Observation, ...]]]] = {
    "freetext": list(
        sets_of(
            system_events=some(FREETEXT, "system-event:1", "system-event:2"),
            imports=some(FREETEXT, "task:1"),
            freetext=some(FREETEXT, "freetext:k"),
        )
    ),
    "saint": list(
        sets_of(
            system_events=some(SAINT, "system-event:1"),
            imports=some(SAINT, "task:counters", "task:monitors"),
            saint=some(SAINT, "saint:contact:9"),
        )
    ),
    "imports": list(
        sets_of(
            system_events=some(IMPORT, "system-event:1", "system-event:2"),
            imports=some(IMPORT, "task:1", "task:2"),
        )
    ),
    "udefs": list(
        sets_of(
            system_events=some(UDEF, "system-event:1", "system-event:2"),
            imports=some(UDEF, "task:1"),
        )
    ),
    "unshared": list(
        sets_of(
            system_events=some("no-login", "system-event:1", "system-event:2"),
            imports=some("batch-task", "task:1"),
        )
    ),
}


def is_awaited(kind: str, evidence: Mapping[str, Evidence]) -> bool:
    """Whether a source that may know of it will be asked at any moment."""
    witnesses = (evidence.get(name) for name in CLAIMS.get(kind, ()))
    return any(witness is not None and witness.sight is Sight.NEW for witness in witnesses)


def shares_of(evidence: Mapping[str, Evidence]) -> dict[str, Share]:
    """What each of those that can look reports."""
    clear = [name for name, witness in evidence.items() if witness.sight is Sight.CLEAR]
    return {name: share(evidence, name) for name in clear}


def told_by(shares: Mapping[str, Share]) -> Counter[str]:
    """How often each name is told."""
    return Counter(m for its in shares.values() for o in its.observations for m in o.marks)


def times_to_tell(evidence: Mapping[str, Evidence]) -> dict[str, int]:
    """How often to tell what those see that can look: once, or not while somebody is awaited."""
    seen = (o for w in evidence.values() if w.sight is Sight.CLEAR for o in w.seen)
    return {m: int(not is_awaited(o.kind, evidence)) for o in seen for m in o.marks}


def spares_the_others(name: str, its: Share, evidence: Mapping[str, Evidence]) -> bool:
    """Whether it ends nothing that anybody else shows, nor what one that can't look saw last."""
    mine = {mark for o in its.observations for mark in o.marks}
    shown = {m for w in evidence.values() for o in (*w.seen, *(w.hidden or ())) for m in o.marks}
    blind = {MARKED[n] for n, w in evidence.items() if w.hidden is None and n != name}
    # Names of one kind alone are spared as well, while one is seen that has none of these.
    under = set(its.unseen_under)
    too_many = under - blind - {MARKED[n] for n in OF_ONE_KIND}
    return shown <= mine | its.unseen and not mine & its.unseen and blind <= under and not too_many


@pytest.mark.parametrize("story", STORIES)
def test_every_combination(story: str) -> None:
    """Each source on or off, looking or not, prompt or slow, with every set of sightings."""
    sights = STORIES[story]
    names = list(sights[0])
    for ways, seen in product(product(WAYS, repeat=len(names)), sights):
        chosen = zip(names, ways, strict=True)
        evidence = {name: SEEN[way[0]](seen[name], way[1]) for name, way in chosen if way}
        shares = shares_of(evidence)
        told, times = told_by(shares), times_to_tell(evidence)
        assert {mark: told[mark] for mark in times} == times, "lost, or not waited for"
        assert max(told.values(), default=0) <= 1, "the same is reported twice"
        assert all(spares_the_others(name, its, evidence) for name, its in shares.items())


@st.composite
def evidences(draw: st.DrawFn) -> dict[str, Evidence]:
    """Any sources, each with any sightings of any kinds."""
    kinds = st.sampled_from([*CLAIMS, "no-login", "batch-task"])
    starts = st.none() | st.floats(0, 5000)
    evidence = {}
    for name in draw(st.lists(st.sampled_from(SOURCES), unique=True)):
        numbers = draw(st.lists(st.integers(1, 9), max_size=6, unique=True))
        seen = tuple(sighting(draw(kinds), f"{MARKED[name]}{n}", draw(starts)) for n in numbers)
        made: Any = SEEN[draw(st.sampled_from(Sight))](seen, draw(st.booleans()))
        if made.sight is Sight.CLEAR and seen and draw(st.booleans()):
            made = Evidence(Sight.CLEAR, seen[1:], seen[:1], frozenset({"key"}), made.prompt)
        evidence[name] = made
    return evidence


@given(evidences())
@settings(max_examples=300, deadline=None)
def test_any_number_of_sightings_of_any_kinds(evidence: dict[str, Evidence]) -> None:
    """The same holds where several kinds and many sightings come together."""
    shares = shares_of(evidence)
    told, times = told_by(shares), times_to_tell(evidence)
    assert {mark: told[mark] for mark in times} == times
    assert max(told.values(), default=0) <= 1
    assert all(spares_the_others(name, its, evidence) for name, its in shares.items())
