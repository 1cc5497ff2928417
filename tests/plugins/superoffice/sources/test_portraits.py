"""Portraits of who activated events: asked for seldom, told once where they can't be had."""

from __future__ import annotations

import asyncio
import base64
import struct
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syseventd import Malformed, NotAvailable, Picture, Problem, Throttled, Unreachable
from syseventd_superoffice.access import Document
from syseventd_superoffice.connection import Connection
from syseventd_superoffice.portraits import (
    AFTER_FAILURE,
    AT_A_TIME,
    EVERY,
    MOST,
    Portraits,
    portrait_name,
    read_portraits,
)
from syseventd_superoffice.system_events import SystemEvents, SystemEventsSettings

PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + struct.pack(">II", 64, 64) + bytes(9)


def image(person: object, content: bytes = PNG) -> dict[str, Any]:
    """PersonImage."""
    return {"PersonId": person, "ImageData": base64.b64encode(content).decode()}


class People:
    """An Access that is asked for portraits alone. `answer` makes its answers; it may raise."""

    def __init__(self) -> None:
        self.now = 1e9
        self.asked: list[list[int]] = []
        self.answer: Callable[[list[int]], Any] = lambda ids: [image(number) for number in ids]
        access: Any = self
        self.portraits_of = Portraits(access, lambda: self.now)

    async def portraits(self, person_ids: list[int]) -> Document:
        self.asked.append(person_ids)
        answer = self.answer(person_ids)
        if isinstance(answer, BaseException):
            raise answer
        return Document(answer, "portraits of the installation")

    def look(self, *persons: int, patience: float = 5.0) -> list[str]:
        """What is told when these persons' events are seen."""
        names = [f"person-{number}" for number in persons]
        told = asyncio.run(self.portraits_of.look(names, patience))
        assert all(problem.where == "portraits" for problem in told)
        return [problem.reason for problem in told]

    @property
    def shown(self) -> list[str]:
        return [picture.name for picture in self.portraits_of.pictures]


@pytest.fixture
def people() -> People:
    return People()


def test_each_is_asked_for_once(people: People) -> None:
    """Those who are known are left alone; the pictures stay the very same."""
    assert people.look(7, 7, 12) == []
    pictures = people.portraits_of.pictures
    people.look(12, 7)
    assert people.asked == [[7, 12]]
    assert people.portraits_of.pictures is pictures
    people.look(7, 8)
    assert people.asked == [[7, 12], [8]]
    assert people.shown == ["person-7", "person-12", "person-8"]


def test_nobody_is_asked_for_where_nobody_is_named(people: People) -> None:
    """An event that the system activated has no person."""
    asyncio.run(people.portraits_of.look(["", ""]))
    assert people.asked == []


def test_who_has_none_is_asked_for_again_the_next_day(people: People) -> None:
    """It may have come."""
    people.answer = lambda ids: [{"PersonId": 7, "ImageData": None}]
    people.look(7, 8)
    people.now += EVERY - 1
    people.look(7, 8)
    assert people.asked == [[7, 8]]
    people.now += 1
    people.answer = lambda ids: [image(7)]
    people.look(7, 8)
    assert people.asked == [[7, 8]] * 2
    assert people.shown == ["person-7"]


def test_who_took_it_out_is_not_shown_for_ever(people: People) -> None:
    """A portrait holds for a day as well."""
    people.look(7)
    people.now += EVERY
    people.answer = lambda ids: []
    people.look(7)
    assert people.shown == []


def test_no_more_than_some_are_asked_for_at_a_time(people: People) -> None:
    """The others' turn comes with the next probes."""
    everybody = range(1, AT_A_TIME + 6)
    people.look(*everybody)
    people.look(*everybody)
    people.look(*everybody)
    assert [len(asked) for asked in people.asked] == [AT_A_TIME, 5]
    assert len(people.shown) == AT_A_TIME + 5


def test_those_of_past_events_are_kept_while_there_is_room(people: People) -> None:
    """Those who are wanted, and then the last ones."""
    people.look(1)
    for first in range(10, 10 + MOST + AT_A_TIME, AT_A_TIME):
        people.look(1, *range(first, first + AT_A_TIME))
    assert len(people.shown) == MOST
    assert "person-1" in people.shown
    assert "person-10" not in people.shown
    assert f"person-{10 + MOST + AT_A_TIME - 1}" in people.shown


def test_more_persons_than_there_is_room_for_are_no_fault(people: People) -> None:
    """A hundred are enough for any page."""
    everybody = range(1, MOST + 50)
    for _ in range(20):
        people.look(*everybody)
    assert len(people.shown) == MOST
    assert len(people.asked) < 20


@pytest.mark.parametrize(
    ("failure", "reason", "wait"),
    [
        (NotAvailable("no such agent"), "no such agent", EVERY),
        (Unreachable("https://crm.example", "refused"), "refused", AFTER_FAILURE),
        (Throttled("https://crm.example", "busy", 7200.0), "busy", 7200.0),
        ({"a": 1}, "is no list of portraits", AFTER_FAILURE),
    ],
)
def test_failure_is_told_once(people: People, failure: Any, reason: str, wait: float) -> None:
    """It is asked again later, and not told again; what is known stays."""
    people.look(7)
    people.answer = lambda ids: failure
    [told] = people.look(7, 8)
    assert reason in told
    assert people.shown == ["person-7"]
    people.now += wait - 1
    assert people.look(7, 8) == []
    assert len(people.asked) == 2
    people.now += 1
    assert people.look(7, 8) == []
    assert len(people.asked) == 3


def test_failure_is_told_anew_after_a_success(people: People) -> None:
    """And so is another failure."""
    people.answer = lambda ids: NotAvailable("a")
    assert people.look(7) != []
    people.now += EVERY
    people.answer = lambda ids: NotAvailable("b")
    assert people.look(7) != []
    people.now += EVERY
    people.answer = lambda ids: [image(7)]
    assert people.look(7) == []
    people.answer = lambda ids: NotAvailable("b")
    assert people.look(8) != []


def test_slow_answer_is_not_waited_for(people: People) -> None:
    """The events can't wait."""

    async def never(person_ids: list[int]) -> Document:
        await asyncio.Event().wait()
        raise AssertionError

    people.portraits = never  # type: ignore[method-assign]
    assert people.look(7, patience=0.01) == ["no answer within 0.01 s"]
    assert people.look(7, patience=0.01) == []


def test_deadline_of_a_probe_cuts_it_off_once(people: People) -> None:
    """Else a slow answer would fail every probe."""

    async def never(person_ids: list[int]) -> Document:
        people.asked.append(person_ids)
        await asyncio.Event().wait()
        raise AssertionError

    async def probe() -> None:
        async with asyncio.timeout(0.01):
            await people.portraits_of.look(["person-7"])

    people.portraits = never  # type: ignore[method-assign]
    with pytest.raises(TimeoutError):
        asyncio.run(probe())
    asyncio.run(probe())
    assert people.asked == [[7]]


def test_without_time_nobody_is_asked_for(people: People) -> None:
    """The next probe may have some."""
    assert people.look(7, patience=0) == []
    assert people.asked == []
    people.look(7)
    assert people.shown == ["person-7"]


def test_clock_that_is_put_back_keeps_nobody_waiting(people: People) -> None:
    """An hour back is not an hour of waiting twice."""
    people.answer = lambda ids: NotAvailable("a")
    people.look(7)
    people.now -= 10 * EVERY
    people.look(7)
    assert len(people.asked) == 2


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        (7, "is no object"),
        (image("x"), "not a whole number"),
        ({"PersonId": 7, "ImageData": [5]}, "is not a text"),
        ({"PersonId": 7, "ImageData": 5}, "is not base64"),
        ({"PersonId": 7, "ImageData": "é"}, "is not base64"),
        ({"PersonId": 7, "ImageData": "abc"}, "is not base64"),
        ({"PersonId": 7, "ImageData": "A" * 90_001}, "90001 characters"),
        (image(7, b"<svg/>"), "no PNG"),
        (image(7, PNG + bytes(65536)), "are the most"),
        (image(7, PNG[:16] + bytes(8)), "0 by 0 pixels"),
    ],
)
def test_one_bad_portrait_hides_no_good_one(entry: Any, reason: str) -> None:
    """And what is wrong is told."""
    document = Document([entry, image(12)], "w")
    found, fault = read_portraits(document, ["person-7", "person-12"])
    assert found == {"person-12": Picture("person-12", PNG)}
    assert reason in fault
    assert fault.startswith("portrait 1 ")


@pytest.mark.parametrize("nothing", [None, ""])
def test_no_portrait_is_no_fault(nothing: Any) -> None:
    """Many have none."""
    entry = {"personid": "7", "imagedata": nothing}
    assert read_portraits(Document([entry, {}]), ["person-7"]) == ({}, "")


def test_only_who_was_asked_for_is_taken() -> None:
    """Of one person the first."""
    entries = [image(8), image(7), image(7, PNG + b"!")]
    found, fault = read_portraits(Document(entries), ["person-7"])
    assert (found, fault) == ({"person-7": Picture("person-7", PNG)}, "")


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from(["PersonId", "ImageData", "x"]), inner, max_size=3)
        ),
        max_leaves=9,
    )
)
def test_any_answer_is_pictures_or_a_fault(value: Any) -> None:
    """Nothing else comes of it."""
    try:
        found, fault = read_portraits(Document(value, "w"), ["person-1"])
    except Malformed:
        assert not isinstance(value, list)
    else:
        assert all(not picture.fault for picture in found.values())
        assert isinstance(fault, str)


@pytest.mark.parametrize(
    ("number", "name"),
    [(7, "person-7"), ("7", "person-7"), (None, ""), ("", ""), (0, ""), (-1, ""), (2**31, "")],
)
def test_whose_portrait_it_is(number: Any, name: str) -> None:
    """Numbers that the vendor's 32 bits hold; 0 is nobody."""
    assert portrait_name(number) == name


# --- in the source -------------------------------------------------------------------------------


def row(number: int, person: object) -> dict[str, Any]:
    return {
        "PrimaryKey": str(number),
        "eventkey": f"k{number}",
        "registered_associate_id/personId": person,
    }


def test_source_shows_who_activated_its_events(installation: Any) -> None:
    """Asked for once."""
    installation.answers(system_events=[row(1, 7), row(2, None)], portraits=[image(7)])
    source = SystemEvents(installation.connection)
    first = installation.probe(source, {})
    assert [o.portrait for o in first.observations] == ["person-7", ""]
    assert first.pictures == (Picture("person-7", PNG),)
    assert installation.probe(source, {}) is first
    assert installation.access.asked["portraits"] == 1


@pytest.mark.parametrize(
    "failure", [NotAvailable("no"), Unreachable("https://crm.example", "refused"), {"a": 1}]
)
def test_events_are_seen_without_portraits(installation: Any, failure: Any) -> None:
    """The events name them all the same, so that none changes when they come."""
    installation.answers(system_events=[row(1, 7)], portraits=failure)
    source = SystemEvents(installation.connection)
    first, second = installation.probe(source, {}), installation.probe(source, {})
    assert [problem.where for problem in first.problems] == ["portraits"]
    assert second.problems == ()
    assert [o.portrait for o in second.observations] == ["person-7"]
    assert first.complete
    assert second.complete


@pytest.mark.parametrize("person", ["x", [7], {}, 1.5, True])
def test_bad_number_of_a_person_hides_no_event(installation: Any, person: Any) -> None:
    """It is told, as with any column."""
    installation.answers(system_events=[row(1, person)], portraits=[])
    snapshot = installation.probe(SystemEvents(installation.connection), {})
    assert [o.portrait for o in snapshot.observations] == [""]
    [problem] = snapshot.problems
    assert isinstance(problem, Problem)
    assert "personId" in problem.reason


def test_slow_list_leaves_no_time_for_portraits(installation: Any) -> None:
    """The deadline of the probe is for the events."""
    installation.answers(system_events=[row(1, 7)], portraits=[image(7)])
    access = installation.access

    class Slow:
        def __getattr__(self, question: str) -> Any:
            return getattr(access, question)

        async def system_events(self) -> Any:
            await asyncio.sleep(0.05)  # longer than half the source's timeout
            return await access.system_events()

    slow: Any = Slow()
    source = SystemEvents(Connection(slow), SystemEventsSettings(timeout="0.05s"))
    snapshot = installation.probe(source, {})
    assert len(snapshot.observations) == 1
    assert access.asked["portraits"] == 0
