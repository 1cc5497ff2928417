"""The story as a pure function of time: what holds of it at any second, in any lap."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syseventd_superoffice.simulator import cast
from syseventd_superoffice.simulator.scenes import FIRST_ID, LAP, EventScene
from syseventd_superoffice.simulator.story import EVENTS, state_at
from syseventd_superoffice.simulator.vocabulary import LANGUAGES, MARK, Scope
from syseventd_superoffice.simulator.world import SystemEvent

FREETEXT, NO_LOGIN, MESSAGE = cast.FREETEXT.key, cast.NO_LOGIN.key, cast.MESSAGE.key
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
    states = [state_at(seconds + wait) for wait in range(0, 61, 5)]
    later = [{row.id for row in (*state.events, *state.tasks)} for state in states]
    assert any(ids != later[0] for ids in later)


@pytest.mark.parametrize("lap", range(3))
def test_something_new_starts_every_minute_or_so(lap: int) -> None:
    """From one start to the next, over the end of a lap too, it is never a minute and a half."""
    starts = [*(scene.start for scene in EVENTS if lap in scene.laps), LAP + EVENTS[0].start]
    assert max(later - sooner for sooner, later in pairwise(starts)) < 90


def test_something_moves_in_the_first_seconds() -> None:
    """Whoever has just started the demo sees an import go on."""
    before, after = events_at(1), events_at(4)
    moved = [number for number in before if before[number].message != after[number].message]
    assert [before[number].key for number in moved] == ["SimulatedImport"]


@pytest.mark.parametrize("scene", EVENTS, ids=lambda scene: f"{scene.type.key}-{scene.start:g}")
def test_a_scene_lasts_from_its_start_to_its_end(scene: EventScene) -> None:
    """Each scene of the table stands exactly while it says so, on a later day as well."""
    for lap in range(3, 6):
        number = FIRST_ID + lap * len(EVENTS) + EVENTS.index(scene)
        begins, ends = lap * LAP + scene.start, lap * LAP + scene.end
        if lap % 3 in scene.laps:
            assert events_at(begins)[number].registered == begins
            assert events_at(begins)[number].key == scene.type.key
            assert number in events_at(ends - 0.001)
        assert number not in events_at(begins - 0.001)
        assert number not in events_at(ends)
        assert (number in events_at(begins)) == (lap % 3 in scene.laps)


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


def test_no_login_is_forgotten_in_the_morning() -> None:
    """Five minutes after the expected end nobody has opened again."""
    closed = next(e for e in state_at(LAP + 495).events if e.key == NO_LOGIN)
    assert closed.eta == LAP + 190


def test_a_prototype_says_which_area_it_is_for() -> None:
    """Its event and Travel's table name the same area, and both say that it is being made."""
    state = state_at(2 * LAP + 100)
    event = next(e for e in state.events if e.key == cast.PROTOTYPE.key)
    made = [prototype.area_id for prototype in state.prototypes if prototype.state == 65_535]
    assert made == [event.extra_info]


def test_fields_of_several_owners_are_published_at_once() -> None:
    """An event of its own for each, at the same time."""
    keys = {event.key for event in state_at(260).events}
    assert keys >= {cast.COMPANY_FIELDS.key, cast.PERSON_FIELDS.key}


def test_a_publication_is_cancelled_too_early_in_the_morning() -> None:
    """The event is gone while the task that publishes still runs."""
    state = state_at(LAP + 300)
    assert cast.PERSON_FIELDS.key not in {event.key for event in state.events}
    published = [task.description for task in state.tasks if task.definition is cast.PUBLISHING]
    assert published == [cast.PERSONS_PUBLISHED]


def test_the_same_key_stands_for_everybody_and_for_a_group() -> None:
    """Two messages of the day at a time are told apart by scope and owner."""
    messages = [e for e in state_at(100).events if e.key == MESSAGE]
    assert {(e.scope, e.owner) for e in messages} == {(Scope.SystemWide, 0), (Scope.Group, 3)}


def test_events_concern_all_that_there_is_to_concern() -> None:
    """The whole system, the database, a group, and one user."""
    assert {scene.scope for scene in EVENTS} == set(Scope)


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


def test_every_key_says_that_it_is_simulated() -> None:
    """Keys become labels of metrics, so each says so itself, whatever stands around it."""
    assert all("simulated" in scene.type.key.lower() for scene in EVENTS)


def test_scenes_are_in_the_order_of_their_starts() -> None:
    """So that ids grow with time."""
    assert [scene.start for scene in EVENTS] == sorted(scene.start for scene in EVENTS)


def test_the_same_second_is_told_once() -> None:
    """Many tenants at the same second of the story share one state."""
    assert state_at(77.0) is state_at(77.0)
