"""The licence server: asked once a day, at each installation's own time, and never waited for."""

from __future__ import annotations

import asyncio
from itertools import pairwise
from typing import Any

import pytest

from syseventd import Measurement, NotAvailable, Step, Unreachable
from syseventd_superoffice.licences import Licences
from syseventd_superoffice.licences.asking import Asking
from syseventd_superoffice.licences.server import (
    Answer,
    due,
    next_time,
    read_answer,
    recalled,
    written,
)

KIND = "licence-server"
DAY = 86400.0
OK = {"LicenseStatus": "Ok", "Message": None, "Url": None}
NEW = {"LicenseStatus": "NewLicenseAvailable", "Message": "Activate it", "Url": "https://x.example"}


def hours(watch: Any, first: int, last: int, *entries: Any) -> None:
    """A probe each hour, from the first to before the last since the month began."""
    for hour in range(first, last):
        watch.probe(f"2026-11-{1 + hour // 24:02}T{hour % 24:02}:00:00", *entries)


def asked(watch: Any) -> int:
    return watch.installation.access.asked["licence_server_status"]  # type: ignore[no-any-return]


def test_it_is_asked_at_once_and_then_daily(watch: Any, entry: Any) -> None:
    """For each owner; one question a probe, and the next owner's soon after."""
    watch.installation.answers(licence_server_status=OK)
    hours(watch, 0, 1, entry(), entry("B"))
    assert (asked(watch), watch.snapshot.ask_again) == (1, 15.0)
    hours(watch, 1, 2)
    assert (asked(watch), watch.snapshot.ask_again) == (2, None)
    hours(watch, 2, 12)
    assert asked(watch) == 2
    hours(watch, 12, 24 * 10)
    assert asked(watch) in (19, 20, 21)  # the first day is half a day long, or longer


def test_what_it_said_is_told_until_it_says_otherwise(watch: Any, entry: Any) -> None:
    """It is remembered: an event, with its message and address, from one day to the next."""
    watch.installation.answers(licence_server_status=NEW)
    hours(watch, 0, 10, entry())
    [seen] = watch.open(KIND)
    assert (seen.key, seen.name) == (
        "licence-server:SUPEROFFICE",
        "Licence server about SUPEROFFICE",
    )
    assert (seen.status, seen.message) == ("a new licence is available", "Activate it")
    assert seen.details == (("Address", "https://x.example"),)
    watch.installation.answers(licence_server_status=OK)
    hours(watch, 10, 54)
    assert [step for step, _ in watch.told(KIND)] == [Step.STARTED, Step.ENDED]


def test_what_it_said_is_a_fact_and_a_measurement(watch: Any, entry: Any) -> None:
    """With the time at which it said so."""
    watch.installation.answers(licence_server_status=OK)
    hours(watch, 0, 1, entry(), entry("B"))
    assert watch.snapshot.facts["licence server"] == "on 2026-11-01 at 00:00 UTC: up to date"
    assert watch.snapshot.facts["licence server (B)"] == "not asked yet"
    hours(watch, 1, 2)
    gauge = "licence_server_answered_timestamp_seconds"
    assert set(watch.snapshot.measurements) == {
        Measurement(gauge, 1793491200.0, "SUPEROFFICE"),
        Measurement(gauge, 1793494800.0, "B"),
    }


def test_where_it_fails_the_probe_does_not(watch: Any, entry: Any) -> None:
    """What it said before holds, the failure is said, and it is asked again in six hours."""
    watch.installation.answers(licence_server_status=NEW)
    hours(watch, 0, 12, entry())
    assert asked(watch) == 1
    watch.installation.answers(licence_server_status=Unreachable("licence.example", "no route"))
    hours(watch, 12, 60)
    assert 4 <= asked(watch) <= 9
    assert watch.open(KIND)
    [problem] = watch.problems
    assert problem.startswith("licence server: licence.example can't be reached: no route; it is")
    watch.installation.answers(licence_server_status=NEW)
    hours(watch, 60, 72)
    assert not watch.problems
    assert len(watch.told(KIND)) == 1


def test_where_it_can_not_be_asked_that_is_no_problem(watch: Any, entry: Any) -> None:
    """An installation without that question says so, and is asked daily."""
    watch.installation.answers(licence_server_status=NotAvailable("no such path"))
    hours(watch, 0, 72, entry())
    assert asked(watch) in (3, 4)
    assert watch.snapshot.facts["licence server"] == "can't be asked here"
    assert not watch.problems
    assert not watch.steps


def test_what_can_not_be_asked_can_not_be_asked_for_anybody(watch: Any, entry: Any) -> None:
    """With the database alone, all owners are told so at once, and no others are asked about."""
    watch.installation.answers(licence_server_status=NotAvailable("no such table"))
    hours(watch, 0, 1, entry(), entry("B"), entry("C"))
    told = [text for name, text in watch.snapshot.facts.items() if name.startswith("licence s")]
    assert told == ["can't be asked here"] * 3
    assert (asked(watch), watch.snapshot.ask_again) == (1, None)


def test_who_did_not_answer_was_asked(watch: Any, entry: Any) -> None:
    """A failure at the first question is told otherwise than a question that is still to come."""
    watch.installation.answers(licence_server_status=Unreachable("licence.example", "no route"))
    hours(watch, 0, 1, entry(), entry("B"))
    assert watch.snapshot.facts["licence server"] == "has not answered yet"
    assert watch.snapshot.facts["licence server (B)"] == "not asked yet"


def test_it_can_be_switched_off(watch: Any, entry: Any) -> None:
    """Then nobody asks it, and what it said is forgotten."""
    watch.installation.answers(licence_server_status=NEW)
    hours(watch, 0, 1, entry())
    assert watch.open(KIND)
    watch.probe("2026-11-03", licence_server=False)
    assert not watch.open(KIND)
    assert "licence server" not in watch.snapshot.facts
    assert asked(watch) == 1


def test_an_owner_that_went_is_asked_about_no_more(watch: Any, entry: Any) -> None:
    """One that can't be read is not gone."""
    watch.installation.answers(licence_server_status=NEW)
    hours(watch, 0, 2, entry(), entry("B"))
    hours(watch, 2, 3, entry(), {"Current": None, "New": {"OwnerName": "B"}})
    assert len(watch.open(KIND)) == 2
    hours(watch, 3, 4, entry())
    assert len(watch.open(KIND)) == 1


@pytest.mark.parametrize(
    ("status", "words"),
    [
        ("Ok", None),
        (0, None),
        ("NewLicenseActivated", None),
        (1, "a new licence is available"),
        ("2", "a new company name is available"),
        ("NewSerialAvailable", "a new serial number is available"),
        ("UseCustomMessage", "it has a message"),
        (5, "it has a message"),
        (100, "there is a problem with the licence"),
        ("SomethingNew", "SomethingNew"),
    ],
)
def test_every_status(watch: Any, entry: Any, status: object, words: str | None) -> None:
    """As a word or a number; one that we don't know is shown as it is."""
    watch.installation.answers(licence_server_status={"LicenseStatus": status})
    hours(watch, 0, 1, entry())
    assert [seen.status for seen in watch.open(KIND)] == ([] if words is None else [words])
    assert not watch.problems


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        ({"LicenseStatus": "UnknownError", "Message": "later"}, "it could not tell: later; it is"),
        ({"LicenseStatus": 5000}, "it could not tell; it is asked again"),
        ({}, "it could not tell"),
        (7, "its answer is no object"),
    ],
)
def test_an_answer_that_tells_nothing(watch: Any, entry: Any, reply: object, said: str) -> None:
    """It counts as a failure: nothing that was known changes."""
    watch.installation.answers(licence_server_status=reply)
    hours(watch, 0, 1, entry())
    assert not watch.steps
    [problem] = watch.problems
    assert said in problem


def test_a_status_that_cant_be_read_is_named(watch: Any, entry: Any) -> None:
    """The field that is wrong is said when it was read."""
    watch.installation.answers(licence_server_status={"LicenseStatus": [1]})
    hours(watch, 0, 1, entry())
    assert "licence_server_status: LicenseStatus […] is not a text" in watch.problems


def test_installations_ask_at_different_times() -> None:
    """A thousand of them are spread over the whole day, each always at its own time."""
    times = sorted(next_time(Answer(DAY), f"crm{n}", "SUPEROFFICE") for n in range(1000))
    assert times[0] >= 1.5 * DAY
    assert times[-1] <= 2.5 * DAY
    assert max(b - a for a, b in pairwise(times)) < 0.02 * DAY
    first = next_time(Answer(DAY), "crm", "A")
    assert next_time(Answer(first), "crm", "a") == pytest.approx(first + DAY)
    assert next_time(Answer(first + 100.0), "crm", "A") == pytest.approx(first + DAY)


def test_the_one_that_waits_longest_is_asked_first() -> None:
    """And an owner that is new before all others."""
    answers = {"A": Answer(2 * DAY), "B": Answer(DAY), "new": Answer()}
    assert due(answers, "crm", 5 * DAY) == ["new", "B", "A"]
    assert due(answers, "crm", 2 * DAY) in (["new"], ["new", "B"])


def test_nobody_waits_for_a_slow_server(installation: Any, entry: Any) -> None:
    """The probe goes on, is made again soon, and takes the answer when it has come."""
    asked_until_stored, asked_after_two_days = asyncio.run(_slow(installation, entry))
    assert (asked_until_stored, asked_after_two_days) == (1, 2)


async def _slow(installation: Any, entry: Any) -> tuple[int, int]:
    """Probes beside a server that is slow: how often it was asked before, and after a while."""
    come = asyncio.Event()

    async def slowly(*_: object) -> Any:
        installation.access.asked["licence_server_status"] += 1
        await come.wait()
        return type(installation.access)(set={"x": NEW}).x()

    async def answer(*owner: object) -> Any:
        return await (await slowly(*owner))

    installation.answers(licences=[entry()])
    installation.access.licence_server_status = answer
    now = [0.0]
    source = Licences(installation.connection, target="crm", clock=lambda: now[0], patience=0.01)
    now[0] = DAY
    for _ in range(3):
        waiting = await source.probe()
        assert waiting.ask_again == 15.0
        assert not waiting.observations
    come.set()
    while not (snapshot := await source.probe()).observations:
        pass
    assert snapshot.ask_again is None
    again = await source.probe()  # it was not stored yet
    assert again == snapshot
    asked = installation.access.asked["licence_server_status"]
    assert snapshot.memory is not None
    source.recall(snapshot.memory)
    now[0] += 2 * DAY
    await source.probe()
    await source.aclose()
    return asked, installation.access.asked["licence_server_status"]


def test_a_question_is_given_up(installation: Any) -> None:
    """After two minutes, or when the source is closed; then it is no longer under way."""
    assert asyncio.run(_give_up(installation)) == {"given up": 0, "asking": 1, "closed": 0}


async def _give_up(installation: Any) -> dict[str, int]:
    """How many questions are under way, at each stage."""
    under_way = 0
    found = {}

    async def for_ever(*_: object) -> Any:
        nonlocal under_way
        under_way += 1
        try:
            await asyncio.Event().wait()
        finally:
            under_way -= 1

    installation.access.licence_server_status = for_ever
    asking = Asking(installation.access, patience=5.0, longest=0.01)
    reply = await asking.look("A", Answer(0.0))
    assert "no answer within 0.01 s" in str(reply)
    assert read_answer(reply, Answer(0.0), 7.0, []).failure.startswith("the licence server failed")
    await asking.aclose()
    found["given up"] = under_way
    asking = Asking(installation.access, patience=0.01)
    assert await asking.look("A", Answer(0.0)) is None
    assert await asking.look("B", Answer(0.0)) is None
    found["asking"] = under_way
    await asking.aclose()
    return {**found, "closed": under_way}


def test_answers_are_remembered() -> None:
    """As they were; and what we did not write is nothing."""
    answers = {"A": Answer(1.0, 2.0, "Ok", "m", "u", "f"), "B\ud800": Answer(3.0)}
    assert recalled(written(answers)) == answers
    assert written({}) == recalled({}) == {}
    for odd in ("{", "7", "[]", '{"A": 7}', '{"A": {"asked": 1}}', '{"A": []}'):
        assert recalled({"licence-server": odd}) == {}
