"""The metered services of a month: five meters, and counts of what is removed meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from syseventd import Malformed, NotAvailable, Snapshot, Unreachable
from syseventd_superoffice.access import Document
from syseventd_superoffice.connection import Connection
from syseventd_superoffice.metered.settings import MeteredSettings
from syseventd_superoffice.metered.source import GAUGES, Metered, create

HOUR = 3600.0
DAY = 86400.0
START = datetime(2026, 11, 1, tzinfo=UTC).timestamp()
WHOLE = {"storage": 40e9, "mailings": 3_000, "logins": 20, "chats": 10, "forms": 5}


@dataclass
class Usage:
    """An Access that counts; `answer` is what it says of any stretch of time, or raises."""

    answer: Any
    stretches: list[tuple[float, float]] = field(default_factory=list)

    async def usage(self, since: float, until: float) -> Document:
        self.stretches.append((since, until))
        answer = self.answer(since, until) if callable(self.answer) else self.answer
        if isinstance(answer, BaseException):
            raise answer
        return Document(answer, "usage", {"simulated": "yes"})


def probe(
    answer: Any, days: float = 10, memory: Mapping[str, str] | None = None, **settings: object
) -> Snapshot:
    """One probe so many days into November, with 40 users."""
    access: Any = answer if isinstance(answer, Usage) else Usage(answer)
    written = MeteredSettings.model_validate({"users": 40, **settings})
    source = Metered(Connection(access), written, clock=lambda: START + days * DAY)
    source.recall(memory or {})
    return asyncio.run(source.probe())


def used(snapshot: Snapshot) -> dict[str, float]:
    return {meter.name: meter.used for meter in snapshot.meters}


def test_the_five_meters() -> None:
    """They have the titles of the Status tab, thresholds, and say that they are estimated."""
    snapshot = probe(WHOLE, days=0.5)
    assert [(m.name, m.title, m.used, m.threshold) for m in snapshot.meters] == [
        ("storage_bytes", "Storage space used", 40e9, 50e9),
        ("mailings", "Emails sent via Mailings", 3_000, 15_000),
        ("logins", "Customer center logins", 20, 1_000),
        ("chats", "Chat sessions started", 10, 1_500),
        ("forms", "Form submissions", 5, 1_000),
    ]
    assert all(meter.estimated for meter in snapshot.meters)
    assert snapshot.facts == {"simulated": "yes"}
    assert snapshot.problems == snapshot.observations == ()


def test_the_month_is_asked_for_from_its_first_moment() -> None:
    """Numbers are those of the calendar month on the installation's clocks."""
    usage = Usage(WHOLE)
    probe(usage, days=10, time_zone="Europe/Stockholm")
    assert usage.stretches[0] == (START - HOUR, START + 10 * DAY)


def test_logins_and_chats_are_counted_on_from_where_the_count_stopped() -> None:
    """The second probe asks for the hour since, once for both, and adds it."""
    first = probe(WHOLE, days=0.5)
    usage = Usage({"logins": 3, "chats": 2})
    second = probe(usage, days=0.5 + 1 / 24, memory=first.memory)
    begun = START + 0.5 * DAY - 600
    assert usage.stretches[1:] == [(begun, begun + HOUR)]
    assert used(second) == {"logins": 23, "chats": 12}


def test_rows_that_were_removed_still_count() -> None:
    """A table that is empty again leaves the number as it was."""
    first = probe(WHOLE, days=0.5)
    second = probe({"logins": 0, "chats": 0}, days=1, memory=first.memory)
    assert (used(second)["logins"], used(second)["chats"]) == (20, 10)


def test_a_count_with_a_gap_is_told_as_incomplete() -> None:
    """A fact says so for as long as the month lasts; there is nothing to mend, so no problem."""
    first = probe(WHOLE, days=0.5)
    late = probe({"chats": 1}, days=4, memory=first.memory)
    assert [m.title for m in late.meters] == ["Chat sessions started"]
    assert late.facts["chats counted"].startswith("incomplete: 3 days of this month ")
    assert late.problems == ()
    after = probe({"chats": 0}, days=4.1, memory=late.memory)
    assert after.facts == late.facts


@pytest.mark.parametrize(
    ("hours", "words"),
    [(25, "1 h"), (54, "30 h"), (71.4, "47 h"), (72, "2 days"), (571, "23 days")],
)
def test_how_much_went_uncounted(hours: float, words: str) -> None:
    """In hours for a day or so, and in days for what people would have to divide."""
    late = probe({"chats": 1}, days=hours / 24)
    assert late.facts["chats counted"].startswith(f"incomplete: {words} of this month")


def test_the_time_that_rows_are_kept_is_configured() -> None:
    """Where they are kept for a week, a gap of three days loses nothing."""
    first = probe(WHOLE, days=0.5)
    assert probe({"chats": 1}, days=4, memory=first.memory, kept_for="7d").problems == ()


def test_a_new_month_begins_at_what_it_has() -> None:
    """Counts and events of the month before are over."""
    november = probe({"chats": 1_600}, days=29.9)
    assert [o.kind for o in november.observations] == ["metered-over"]
    december = probe({"chats": 4}, days=30 + 1 / 24, memory=november.memory)
    assert used(december) == {"chats": 4}
    assert december.observations == ()


def test_nothing_is_forecast_without_evidence() -> None:
    """In the month's first three days a busy hour proves nothing."""
    busy = {"forms": 900}
    assert [o.kind for o in probe(busy, days=2.9).observations] == ["metered-near"]
    assert "metered-forecast" in [o.kind for o in probe(busy, days=3.1).observations]
    early = probe(busy, days=2, forecast_after=0.05)
    assert "metered-forecast" in [o.kind for o in early.observations]


def test_what_the_month_comes_to_is_measured() -> None:
    """Half of the threshold in a third of the month comes to half as much again."""
    [measured] = probe({"forms": 500}).measurements
    assert (measured.name, measured.part, measured.value) == (GAUGES[0].name, "forms", 1.5)


def test_the_rate_is_that_of_the_days_that_were_counted() -> None:
    """What a table lists of days that nobody counted says nothing of how many a day there are."""
    whole = probe({"chats": 500}, days=10, kept_for="40d")
    assert whole.measurements[0].value == pytest.approx(1.0, rel=0.01)
    late = probe({"chats": 500}, days=10)
    assert late.measurements == ()
    memory = late.memory
    for day in (10.9, 11.8, 12.7, 13.6):
        late = probe({"chats": 90}, days=day, memory=memory)
        memory = late.memory
    assert used(late)["chats"] == 860
    [measured] = late.measurements
    assert measured.value == pytest.approx((860 + 100 * 16.4) / 1_500, rel=0.01)


def test_storage_does_not_begin_at_nothing() -> None:
    """40 GB that grow by 1 GB in five days pass 50 GB after fifty, not tomorrow."""
    first = probe({"storage": 40e9}, days=5)
    assert first.measurements == ()
    slow = probe({"storage": 41e9}, days=10, memory=first.memory)
    assert slow.observations == ()
    assert slow.measurements[0].value == pytest.approx(45e9 / 50e9)
    fast = probe({"storage": 42.4e9}, days=10, memory=first.memory)
    assert dict(fast.observations[0].details)["Over its threshold on"] == "2026-11-26"


def test_storage_that_shrinks_is_no_growth() -> None:
    """After a clean-up nothing is forecast."""
    first = probe({"storage": 40e9}, days=5)
    assert probe({"storage": 30e9}, days=10, memory=first.memory).measurements == ()


def test_storage_is_compared_with_its_own_month() -> None:
    """The first number of a month is remembered until the next one begins."""
    november = probe({"storage": 40e9}, days=5)
    december = probe({"storage": 41e9}, days=31, memory=november.memory)
    assert '"2026-12"' in december.memory["first:storage"]
    assert "41000000000" in december.memory["first:storage"]


def test_without_users_there_are_numbers_and_no_events() -> None:
    """Meters show what was used; nobody knows what is included."""
    snapshot = probe({"forms": 10**6}, users=None)
    assert [m.threshold for m in snapshot.meters] == [None]
    assert snapshot.observations == ()


def test_what_can_not_be_counted_now_keeps_its_events_and_its_count() -> None:
    """A service that is missing once ends no event, and is counted on afterwards."""
    first = probe({"chats": 1_600, "forms": 1}, days=0.5)
    without = probe({"chats": None, "forms": 1}, days=0.6, memory=first.memory)
    assert "metered-over:chats" in without.unseen
    again = probe({"chats": 2, "forms": 1}, days=0.7, memory=without.memory)
    assert used(again)["chats"] == 1_602
    assert [o.key for o in again.observations] == ["metered-over:chats"]


def test_a_window_that_says_nothing_is_counted_the_next_time() -> None:
    """Where only the month can be counted and not the hour, the hour is asked for again."""
    first = probe({"chats": 10}, days=0.5)
    silent = Usage(lambda since, until: {"chats": 10} if since == START else {})
    second = probe(silent, days=0.6, memory=first.memory)
    usage = Usage({"chats": 1})
    probe(usage, days=0.7, memory=second.memory)
    assert usage.stretches[1][0] == START + 0.5 * DAY - 600


@pytest.mark.parametrize("value", ["many", -1, 1.5, [], {}, True])
def test_one_bad_number_hides_no_other(value: object) -> None:
    """It is named as a problem, and its events stay as they are."""
    snapshot = probe({"forms": value, "mailings": 7})
    assert used(snapshot) == {"mailings": 7}
    [problem] = snapshot.problems
    assert problem.reason.startswith("forms ")
    assert "metered-near:forms" in snapshot.unseen


def test_where_nothing_is_counted_it_is_not_available() -> None:
    """An answer without any number means that nothing can be counted here."""
    with pytest.raises(NotAvailable):
        probe({})


@pytest.mark.parametrize("value", [[], None, "x", 7, {"chats": "many"}])
def test_an_answer_that_can_not_be_read_is_malformed(value: object) -> None:
    """The probe fails by name."""
    with pytest.raises(Malformed):
        probe(value)


def test_a_failure_is_passed_on() -> None:
    """What can't be asked leaves everything as it was: the probe fails."""
    with pytest.raises(Unreachable):
        probe(Unreachable("crm", "no route"))


def test_the_source_that_the_daemon_makes(installation: Any) -> None:
    """It asks the installation with its settings, now."""
    installation.answers(usage=WHOLE)
    settings = MeteredSettings.model_validate({})
    target: Any = None
    snapshot = installation.probe(create(target, installation.connection, settings), {})
    assert len(snapshot.meters) == 5


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=6,
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.fixed_dictionaries({}, optional=dict.fromkeys(WHOLE, ANYTHING)),
    st.dictionaries(
        st.sampled_from(
            ["tally:chats", "first:storage", "level:chats", "metered-forecast:storage_bytes"]
        ),
        st.text(max_size=20) | st.just("[]") | st.just("NaN"),
    ),
    st.floats(0, 29),
)
def test_hostile_numbers_end_in_a_snapshot_or_by_name(
    value: object, memory: dict[str, str], days: float
) -> None:
    """Whatever is sent and remembered: meters are sound, or the probe says what is wrong."""
    try:
        snapshot = probe(value, days, memory)
    except (Malformed, NotAvailable):
        return
    assert all(0 <= meter.used < 2**63 * 2 for meter in snapshot.meters)
