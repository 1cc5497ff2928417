"""The story as a pure function of time: what holds of it at any second, in any lap."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syseventd_superoffice.simulator.story import (
    COMPANY,
    FREETEXT,
    LAP,
    LICENCES,
    NO_LOGIN,
    SCENES,
    state_at,
)
from syseventd_superoffice.simulator.world import LANGUAGES, MARK, Scope, SystemEvent

SECONDS = st.floats(0, 200 * LAP)
MOMENTS = st.lists(st.floats(0, 3 * LAP), min_size=2, max_size=6).map(sorted)


def events_at(seconds: float) -> dict[int, SystemEvent]:
    return {event.id: event for event in state_at(seconds).events}


@given(SECONDS)
def test_ids_and_keys_are_unique(seconds: float) -> None:
    """At any moment an id stands once, and so do key, scope and owner: the database's index."""
    events = state_at(seconds).events
    assert len({event.id for event in events}) == len(events)
    assert len({(event.key, event.scope, event.owner) for event in events}) == len(events)


@given(SECONDS)
def test_times_are_sane(seconds: float) -> None:
    """What stands has started, and was expected to end after its start."""
    for event in state_at(seconds).events:
        assert seconds - LAP < event.registered <= seconds
        assert event.eta is None or event.eta > event.registered


@given(SECONDS)
def test_ids_grow_with_time(seconds: float) -> None:
    """Sorted by id is sorted by start, as in a database."""
    events = sorted(state_at(seconds).events, key=lambda event: event.id)
    starts = [event.registered for event in events]
    assert starts == sorted(starts)


@given(SECONDS)
def test_texts_fit_the_database(seconds: float) -> None:
    """Keys and messages are no longer than their columns."""
    for event in state_at(seconds).events:
        assert len(event.key) <= 254
        assert all(len(text) <= 254 for text in event.message.values())


@given(SECONDS)
def test_a_scope_has_its_owner(seconds: float) -> None:
    """An event of the whole system or database belongs to nobody; one of a group to a group."""
    for event in state_at(seconds).events:
        assert (event.owner > 0) == (event.scope in (Scope.Group, Scope.User))


@given(MOMENTS)
def test_an_occurrence_stays_itself(moments: list[float]) -> None:
    """The same id is the same event: key, scope, owner, start and expected end never change."""
    seen: dict[int, tuple[object, ...]] = {}
    for moment in moments:
        for number, event in events_at(moment).items():
            what = (event.key, event.scope, event.owner, event.registered, event.eta, event.by)
            assert seen.setdefault(number, what) == what


@given(MOMENTS)
def test_what_is_over_never_comes_back(moments: list[float]) -> None:
    """An id that has vanished stays away: what comes again is a new occurrence."""
    gone: set[int] = set()
    before: set[int] = set()
    for moment in moments:
        now = set(events_at(moment))
        assert not now & gone
        gone |= before - now
        before = now


@given(MOMENTS)
def test_progress_goes_forward(moments: list[float]) -> None:
    """An event is updated more and more often, never less."""
    counts: dict[int, int] = {}
    for moment in moments:
        for number, event in events_at(moment).items():
            assert event.updated_count >= counts.get(number, 0)
            counts[number] = event.updated_count


@given(SECONDS)
def test_nothing_stands_still_for_long(seconds: float) -> None:
    """Within 25 seconds something has moved, and within 60 something has come or gone."""
    assert state_at(seconds) != state_at(seconds + 25)
    later = [events_at(seconds + wait).keys() for wait in range(0, 61, 5)]
    assert any(ids != later[0] for ids in later)


def test_something_new_starts_every_minute_or_so() -> None:
    """From one start to the next, over the end of a lap too, it is never a minute and a half."""
    starts = [*(scene.start for scene in SCENES), LAP + SCENES[0].start]
    assert max(later - sooner for sooner, later in pairwise(starts)) < 90


def test_something_moves_in_the_first_seconds() -> None:
    """Whoever has just started the demo sees an import go on."""
    before, after = events_at(1), events_at(4)
    moved = [number for number in before if before[number].message != after[number].message]
    assert [before[number].key for number in moved] == ["SimulatedImport"]


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: f"{scene.key}-{scene.start:g}")
def test_a_scene_lasts_from_its_start_to_its_end(scene: object) -> None:
    """Each scene of the table stands exactly while it says so, in a later lap as well."""
    begins, ends = 3 * LAP + scene.start, 3 * LAP + scene.end  # type: ignore[attr-defined]

    def stands(seconds: float) -> bool:
        return any(event.registered == begins for event in state_at(seconds).events)

    assert stands(begins)
    assert stands(ends - 0.001)
    assert not any(
        event.registered == begins and event.key == scene.key  # type: ignore[attr-defined]
        for event in state_at(ends).events
    )


def test_the_index_overruns_its_expected_end_within_two_minutes() -> None:
    """The first rebuild is overdue when the demo is two minutes old, and stays so for a while."""
    for seconds in (90, 120, 239):
        rebuild = next(e for e in state_at(seconds).events if e.key == FREETEXT)
        assert rebuild.eta is not None
        assert rebuild.eta < seconds


def test_the_index_vanishes_and_comes_again() -> None:
    """Once it is over it is gone; the next rebuild is another occurrence."""
    first = next(e for e in state_at(100).events if e.key == FREETEXT)
    assert not any(e.key == FREETEXT for e in state_at(241).events)
    second = next(e for e in state_at(430).events if e.key == FREETEXT)
    assert second.id > first.id
    assert second.registered > first.registered


def test_no_login_comes_and_goes() -> None:
    """Logging in is closed for a minute, then open again."""
    keys = [{e.key for e in state_at(seconds).events} for seconds in (129, 131, 191)]
    assert [NO_LOGIN in at for at in keys] == [False, True, False]


def test_the_same_key_stands_for_everybody_and_for_a_group() -> None:
    """Two messages of the day at a time are told apart by scope and owner."""
    messages = [e for e in state_at(100).events if e.key == "SimulatedMessageOfTheDay"]
    assert {(e.scope, e.owner) for e in messages} == {(Scope.SystemWide, 0), (Scope.Group, 3)}


def test_a_message_is_hostile() -> None:
    """Someone's text has several lines, letters beyond ASCII, and what looks like markup."""
    message = next(e for e in state_at(0).events if e.scope is Scope.SystemWide).message["en"]
    assert "\n" in message
    assert not message.isascii()
    assert "<script>" in message


def test_nothing_stands_before_the_start() -> None:
    """Before its first second the story is empty."""
    assert state_at(-1).events == ()


@given(SECONDS)
def test_every_text_says_that_it_is_simulated(seconds: float) -> None:
    """Names, statuses, messages and people carry the mark, in each language."""
    for event in state_at(seconds).events:
        assert "(simulated)" in event.by.full_name
        for language in LANGUAGES:
            assert event.name[language].endswith(MARK[language])
            assert event.status[language].endswith(MARK[language])
            assert "(simul" in event.message[language]


def test_every_licence_says_that_it_is_simulated() -> None:
    """Company, serial numbers, owners and modules carry the mark, under each of their names."""
    modules = [module for licence in LICENCES for module in licence.modules]
    owners = [text for each in LICENCES for text in (each.owner, each.description, each.serial)]
    names = [text for module in modules for text in (module.name, module.description)]
    assert all(text.endswith("(simulated)") for text in (COMPANY, *owners, *names))


def test_every_key_says_that_it_is_simulated() -> None:
    """Keys become labels of metrics, so each says so itself, whatever stands around it."""
    assert all("simulated" in scene.key.lower() for scene in SCENES)


@given(SECONDS)
def test_seats_in_use_are_within_their_limit(seconds: float) -> None:
    """No more seats are in use than there are, but where the use is unrestricted."""
    in_use = state_at(seconds).in_use
    for licence in LICENCES:
        for module in licence.modules:
            used = in_use[licence.owner, module.name]
            assert module.unrestricted or 0 <= used <= module.seats


def test_seats_move() -> None:
    """The seats of the web client are nearly used up, and their number changes."""
    counts = {
        state_at(second).in_use["SUPEROFFICE (simulated)", "web (simulated)"]
        for second in range(0, 250, 45)
    }
    assert len(counts) > 2
    assert max(counts) == 49


def test_licences_are_of_every_kind() -> None:
    """A licence near its end and one that never ends; hidden and unrestricted modules."""
    superoffice, addon = LICENCES
    assert (superoffice.admin_warning, superoffice.expires, superoffice.grace) == (-18, 12, 24)
    assert (addon.expires, addon.grace) == (None, None)
    modules = [module for licence in LICENCES for module in licence.modules]
    assert any(module.hidden for module in modules)
    assert any(module.unrestricted for module in modules)
