"""The messages of the yellow banner: read, asked for seldom, and never in the events' way."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syseventd import (
    Malformed,
    NotAvailable,
    Observation,
    Paused,
    Problem,
    Snapshot,
    Throttled,
    Unreachable,
)
from syseventd_superoffice.access import Document, Listing
from syseventd_superoffice.system_events import KINDS, SystemEvents, SystemEventsSettings
from syseventd_superoffice.system_messages import (
    EVERY,
    MOST,
    PREFIX,
    WHERE_MISSING,
    SystemMessages,
    read_messages,
    read_type,
)

NOW = datetime(2026, 8, 1, 14, tzinfo=UTC).timestamp()

MESSAGE = {
    "MessageId": 31,
    "AssociateId": 0,
    "OnlineappId": 0,
    "SystemMessageId": "maintenance-2026-08",
    "MarkdownMessage": "**Maintenance** tonight\n<b>at ten</b>",
    "Expire": "2026-08-01T22:00:00",
    "Type": "Warning",
}
EVENT = {"PrimaryKey": "1", "eventkey": "kSEFreetextRebuild"}


def read(*messages: object) -> tuple[Observation, ...]:
    return read_messages(Document(list(messages), where="messages")).observations


class Watch:
    """The source `system-events` on an installation, by a clock that a test sets."""

    def __init__(self, installation: Any) -> None:
        self.now = NOW
        self.installation = installation
        installation.answers(system_events=[EVENT], system_messages=[MESSAGE])
        installation.connection.witnesses.switch_on("system-events", None)
        messages = SystemMessages(installation.access, patience=0.01, clock=lambda: self.now)
        self.source = SystemEvents(
            installation.connection, clock=lambda: self.now, messages=messages
        )

    def probe(self, **answers: Any) -> Snapshot:
        self.installation.answers(**answers)
        snapshot: Snapshot = self.installation.probe(self.source)
        return snapshot

    @property
    def asked(self) -> int:
        return int(self.installation.access.asked["system_messages"])


@pytest.fixture
def watch(installation: Any) -> Watch:
    return Watch(installation)


def test_a_message_is_an_event() -> None:
    """Its text is text, whatever it would be as Markdown or HTML."""
    assert read(MESSAGE) == (
        Observation(
            key="system-message-31",
            kind="system-message",
            name="System message",
            status="Warning",
            message="**Maintenance** tonight\n<b>at ten</b>",
            expected_end=datetime(2026, 8, 1, 22, tzinfo=UTC).timestamp(),
            details=(("Message ID", "maintenance-2026-08"),),
        ),
    )


def test_whom_a_message_is_for() -> None:
    """One for a single user says whose number it has."""
    assert ("For user", "7") in read(MESSAGE | {"AssociateId": 7})[0].details


def test_only_an_id_is_needed() -> None:
    """Its own number, or else the name that it was given."""
    assert read({"MessageId": "31"}) == (
        Observation("system-message-31", "system-message", "System message"),
    )
    assert read({"MessageId": None, "SystemMessageId": "x"})[0].key == "system-message-x"


@pytest.mark.parametrize(
    ("value", "word"),
    [
        (None, ""),
        (0, ""),
        ("Unspecified", ""),
        (1, "Info"),
        ("info", "Info"),
        ("2", "Warning"),
        ("Error", "Error"),
    ],
)
def test_types(value: object, word: str) -> None:
    """A type is a number, a number as text, or a name."""
    assert read_type(value) == word


@pytest.mark.parametrize("value", [4, -1, "banana", {}])
def test_an_unknown_type_is_a_problem(value: object) -> None:
    """The message is there without it."""
    messages = read_messages(Document([MESSAGE | {"Type": value}]))
    assert messages.observations[0].status == ""
    [problem] = messages.problems
    assert problem.where == "system message 1"
    assert problem.reason.startswith("Type ")


def test_a_bad_message_hides_no_good_one() -> None:
    """It is named, and what was known of it goes on."""
    messages = read_messages(Document([7, {"Type": 1}, MESSAGE]))
    assert len(messages.observations) == 1
    assert not messages.complete
    assert [str(p) for p in messages.problems] == [
        "system message 1: is no object",
        "system message 2: has neither MessageId nor SystemMessageId",
    ]


@pytest.mark.parametrize("value", [{}, "x", None, [7], [{}, []]])
def test_what_is_no_list_of_messages_is_malformed(value: object) -> None:
    """Where nothing can be read, there is nothing to show."""
    with pytest.raises(Malformed):
        read_messages(Document(value, where="messages"))


def test_there_is_a_limit() -> None:
    """Beyond it the others are said to be there."""
    messages = read_messages(Document([{"MessageId": n} for n in range(MOST + 1)]))
    assert len(messages.observations) == MOST
    assert not messages.complete
    assert messages.problems == (
        Problem("system messages", f"there are more than {MOST}; the first are read"),
    )


JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=4,
)
ENTRY = st.fixed_dictionaries({}, optional=dict.fromkeys(MESSAGE, JSON)) | JSON


@given(st.lists(ENTRY, max_size=4) | JSON)
def test_no_reply_breaks_the_reading(value: Any) -> None:
    """Any JSON at all becomes messages or Malformed; none vanishes without a word."""
    try:
        messages = read_messages(Document(value))
    except Malformed:
        return
    assert len(messages.observations) + len(messages.problems) >= len(value)


def test_messages_stand_beside_the_events(watch: Watch) -> None:
    """Both are told in one snapshot."""
    assert [o.kind for o in watch.probe().observations] == ["freetext-rebuild", "system-message"]
    assert "system-message" in {kind.name for kind in KINDS}


def test_they_are_asked_for_seldom(watch: Watch) -> None:
    """The list is asked for each time, the messages every five minutes."""
    first = watch.probe()
    watch.now += EVERY - 1
    assert watch.probe(system_messages=[]) is first
    watch.now += 1
    assert [o.kind for o in watch.probe().observations] == ["freetext-rebuild"]
    assert watch.asked == 2


def test_how_often_is_configured(installation: Any) -> None:
    """In the source's own settings."""
    installation.answers(system_events=[EVENT], system_messages=[])
    settings = SystemEventsSettings.model_validate({"messages_interval": "30s"})
    now = iter([NOW, NOW, NOW, NOW + 29, NOW + 29, NOW + 30, NOW + 30, NOW + 30])
    source = SystemEvents(installation.connection, settings, clock=lambda: next(now))
    for asked in (1, 1, 2):
        installation.probe(source)
        assert installation.access.asked["system_messages"] == asked


def test_a_clock_that_is_put_back_delays_nothing(watch: Watch) -> None:
    """We ask anew instead of waiting until it is as late again."""
    watch.probe()
    watch.now -= 3600
    watch.probe()
    assert watch.asked == 2


def test_a_message_ends_when_it_expires(watch: Watch) -> None:
    """It is shown to nobody from then on, whether we have asked again or not."""
    expires = MESSAGE | {"Expire": "2026-08-01T14:01:00"}
    assert len(watch.probe(system_messages=[expires]).observations) == 2
    watch.now += 60
    assert [o.kind for o in watch.probe().observations] == ["freetext-rebuild"]
    assert watch.asked == 1


@pytest.mark.parametrize(
    ("failure", "said"),
    [
        (Unreachable("crm", "it is down"), "crm can't be reached: it is down"),
        (Malformed("crm", "it is HTML"), "crm sent what can't be read: it is HTML"),
        (Throttled("crm", "too much"), "crm asked to be left alone: too much"),
        (Paused("at night", 30.0), "paused: at night"),
    ],
)
def test_a_failure_hides_no_event(watch: Watch, failure: Exception, said: str) -> None:
    """It is a problem of the messages; none of them ends, and the events are there."""
    watch.probe()
    watch.now += EVERY
    snapshot = watch.probe(system_messages=failure)
    assert [o.kind for o in snapshot.observations] == ["freetext-rebuild"]
    assert snapshot.problems == (Problem("system messages", said),)
    assert snapshot.hides(f"{PREFIX}31")
    assert not snapshot.hides("kSEFreetextRebuild")
    watch.now += EVERY
    after = watch.probe(system_messages=[MESSAGE])
    assert len(after.observations) == 2
    assert after.problems == ()
    assert not after.hides(f"{PREFIX}31")


def test_being_throttled_we_come_no_sooner_than_asked(watch: Watch) -> None:
    """A longer wait than ours is kept."""
    watch.probe(system_messages=Throttled("crm", "too much", EVERY + 100))
    watch.now += EVERY + 99
    watch.probe()
    assert watch.asked == 1
    watch.now += 1
    watch.probe()
    assert watch.asked == 2


def test_an_installation_without_messages_is_no_fault(watch: Watch) -> None:
    """The events alone count; nothing is said, and we ask once a day whether that changed."""
    snapshot = watch.probe(system_messages=NotAvailable("no such method"))
    assert snapshot.problems == ()
    assert len(snapshot.observations) == 1
    assert snapshot.hides(f"{PREFIX}31")
    watch.now += WHERE_MISSING - 1
    assert watch.probe(system_messages=[MESSAGE]) is snapshot
    watch.now += 1
    watch.now = min(watch.now, NOW + WHERE_MISSING)
    watch.probe()
    assert watch.asked == 2


def test_the_events_do_not_wait_long(watch: Watch) -> None:
    """An answer that does not come in time is a failure of the messages alone."""

    async def never() -> Document:
        await asyncio.Event().wait()
        raise AssertionError

    watch.installation.access.__dict__["system_messages"] = never
    snapshot = watch.probe()
    assert len(snapshot.observations) == 1
    assert snapshot.problems == (Problem("system messages", "no answer within 0.01 s"),)


def test_events_and_messages_are_asked_at_the_same_time(installation: Any) -> None:
    """Together they may take longer than a probe may."""
    both = {"system_events": asyncio.Event(), "system_messages": asyncio.Event()}

    async def meet(question: str, answer: Any) -> Any:
        both[question].set()
        await asyncio.gather(*(event.wait() for event in both.values()))
        return answer

    questions = installation.access.__dict__
    questions["system_events"] = lambda: meet("system_events", Listing((EVENT,)))
    questions["system_messages"] = lambda: meet("system_messages", Document([MESSAGE]))
    source = SystemEvents(installation.connection, clock=lambda: NOW)
    assert len(installation.probe(source).observations) == 2


def test_a_failure_of_the_list_ends_the_asking(watch: Watch) -> None:
    """Nobody waits for messages any more; they are asked for with the next probe."""
    cancelled = []

    async def never() -> Document:
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.append(True)
        raise AssertionError

    async def fail() -> Listing:
        await asyncio.sleep(0)
        raise Unreachable("crm", "it is down")

    async def probe() -> None:
        with pytest.raises(Unreachable):
            await watch.source.probe()
        await asyncio.sleep(0)
        assert cancelled

    questions = watch.installation.access.__dict__
    questions["system_messages"], questions["system_events"] = never, fail
    asyncio.run(probe())
    del questions["system_messages"], questions["system_events"]
    assert len(watch.probe().observations) == 2


def test_a_short_deadline_leaves_the_messages_half(installation: Any) -> None:
    """The events are there before the probe's time is up."""

    async def never() -> Document:
        await asyncio.Event().wait()
        raise AssertionError

    installation.answers(system_events=[EVENT])
    installation.access.__dict__["system_messages"] = never
    settings = SystemEventsSettings.model_validate({"timeout": "20ms"})
    snapshot = installation.probe(SystemEvents(installation.connection, settings))
    assert snapshot.problems == (Problem("system messages", "no answer within 0.01 s"),)


def test_a_bad_message_is_told_beside_the_events(watch: Watch) -> None:
    """What is wrong with it is a problem of the source."""
    snapshot = watch.probe(system_messages=[{}, MESSAGE])
    assert [p.where for p in snapshot.problems] == ["system message 1"]
    assert snapshot.hides(f"{PREFIX}9")
