"""The state of an online tenant: every state but Running is an event, and a move is news."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from syseventd import Malformed, Measurement, NotAvailable, Snapshot
from syseventd.settings import SourceSettings
from syseventd_superoffice.access import Document
from syseventd_superoffice.news import News
from syseventd_superoffice.tenant import (
    GAUGES,
    MEANINGS,
    NUMBERS,
    WHILE_PASSING,
    Tenant,
    create,
    read_tenant,
)

NOW = 1_790_000_000.0
RUNNING = {
    "ContextIdentifier": "Cust12345",
    "Endpoint": "https://online2.superoffice.com/Cust12345",
    "State": "Running",
    "IsRunning": True,
    "ValidUntil": "2026-02-23T09:52:01.9342965Z",
    "Api": "https://online2.superoffice.com/Cust12345/api",
    "Version": "Release_11.10_2026.02.24-02",
}


def tenant(installation: Any, now: float = NOW) -> Tenant:
    return Tenant(installation.connection, clock=lambda: now)


def read(value: object) -> Snapshot:
    return read_tenant(Document(value, "state"), News({}, NOW), "")


def test_a_running_tenant(installation: Any) -> None:
    """Nothing is told as an event; where it is and what runs are facts."""
    installation.answers(tenant=RUNNING)
    snapshot = installation.probe(tenant(installation))
    assert snapshot.observations == snapshot.problems == ()
    assert dict(snapshot.facts) == {
        "tenant_state": "Running",
        "endpoint": "https://online2.superoffice.com/Cust12345",
        "tenant_version": "Release_11.10_2026.02.24-02",
    }
    assert snapshot.ask_again is None


@pytest.mark.parametrize(
    ("told", "part"), [("Suspended", "Suspended"), ("4", "Suspended"), ("Sleeping", "other")]
)
def test_its_state_is_measured(told: str, part: str) -> None:
    """For alerts; a state that nobody described makes up no label."""
    snapshot = read(RUNNING | {"State": told})
    assert snapshot.measurements == (Measurement("tenant_state", 1.0, part),)
    assert {gauge.name for gauge in GAUGES} == {"tenant_state"}


@pytest.mark.parametrize("state", [name for name in NUMBERS.values() if name != "Running"])
def test_each_other_state_is_an_event_with_its_meaning(state: str) -> None:
    """One event, whose name and message say what the state means; its key never changes."""
    [event] = read(RUNNING | {"State": state}).observations
    assert (event.key, event.kind, event.status) == ("tenant-state", "tenant-state", state)
    assert MEANINGS[state][0] in event.name
    assert event.message == MEANINGS[state][1]


@pytest.mark.parametrize(("told", "state"), [(4, "Suspended"), ("12", "MigrationPending")])
def test_a_state_by_its_number(told: object, state: str) -> None:
    """A number means the state that has it."""
    assert read(RUNNING | {"State": told}).facts["tenant_state"] == state


def test_a_state_in_other_letters() -> None:
    """Capital letters do not matter."""
    assert read(RUNNING | {"State": "RUNNING"}).observations == ()


def test_an_unknown_state_is_shown_as_it_is() -> None:
    """What the vendor adds tomorrow is an event under its own name."""
    [event] = read(RUNNING | {"State": "Hibernating"}).observations
    assert (event.name, event.status) == ("Tenant state: Hibernating", "Hibernating")


@pytest.mark.parametrize(("running", "events"), [(True, 0), (False, 1)])
def test_a_reply_without_state(running: bool, events: int) -> None:
    """Where State is missing, IsRunning says as much as it can."""
    assert len(read({"IsRunning": running}).observations) == events


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ([], "is no object"),
        (None, "is no object"),
        ({}, "State is missing"),
        ({"State": []}, "State [] is not a text"),
        ({"State": None, "IsRunning": "maybe"}, "IsRunning"),
    ],
)
def test_a_reply_that_says_nothing_is_malformed(value: object, reason: str) -> None:
    """Nobody guesses whether it runs: the probe fails and says which field is wrong."""
    with pytest.raises(Malformed) as caught:
        read(value)
    assert reason in str(caught.value)


def test_what_should_pass_soon_is_asked_about_soon() -> None:
    """A maintenance is asked about sooner than a suspension, which may take weeks."""
    assert read(RUNNING | {"State": "OfflineMaintenance"}).ask_again == WHILE_PASSING
    assert read(RUNNING | {"State": "Suspended"}).ask_again is None


def test_a_move_is_told_for_a_day(installation: Any) -> None:
    """The old and the new address are told once, and stay told for a day."""
    installation.answers(tenant=RUNNING)
    memory = installation.probe(tenant(installation)).memory
    installation.answers(tenant=RUNNING | {"Endpoint": "https://app.superoffice.com/Cust12345/"})
    moved = installation.probe(tenant(installation, NOW + 60), memory)
    [event] = moved.observations
    assert (event.kind, event.activated_at) == ("tenant-moved", NOW + 60)
    assert event.message == (
        "from https://online2.superoffice.com/Cust12345 to https://app.superoffice.com/Cust12345"
    )
    still = installation.probe(tenant(installation, NOW + 120), moved.memory)
    assert still.observations == moved.observations
    later = installation.probe(tenant(installation, NOW + 90_000), still.memory)
    assert later.observations == ()


def test_the_first_address_is_no_move(installation: Any) -> None:
    """An address that is seen for the first time has moved from nowhere."""
    installation.answers(tenant=RUNNING)
    assert installation.probe(tenant(installation), {}).observations == ()


@pytest.mark.parametrize("endpoint", [None, "", [], "HTTPS://ONLINE2.superoffice.com/Cust12345/"])
def test_an_address_that_says_nothing_new_is_no_move(installation: Any, endpoint: object) -> None:
    """What is missing or can't be read leaves the last address standing."""
    installation.answers(tenant=RUNNING)
    memory = installation.probe(tenant(installation)).memory
    installation.answers(tenant=RUNNING | {"Endpoint": endpoint})
    snapshot = installation.probe(tenant(installation), memory)
    assert snapshot.observations == ()
    assert snapshot.memory["endpoint"].lower() == memory["endpoint"].lower()


def test_it_is_not_available_onsite(installation: Any) -> None:
    """An installation that is no tenant has no state to ask for."""
    with pytest.raises(NotAvailable):
        installation.probe(tenant(installation))


def test_a_short_interval_needs_no_sooner_asking(installation: Any) -> None:
    """Where the configuration asks often anyway, nothing is asked for sooner."""
    target: Any = None
    settings = SourceSettings.model_validate({"interval": "10s"})
    installation.answers(tenant=RUNNING | {"State": "OfflineMaintenance"})
    assert installation.probe(create(target, installation.connection, settings)).ask_again is None


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=300),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=6,
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.fixed_dictionaries({}, optional=dict.fromkeys(RUNNING, ANYTHING)) | ANYTHING)
def test_hostile_replies_end_in_a_snapshot_or_malformed(value: object) -> None:
    """Whatever is sent, the probe ends by name, and its texts stay short."""
    try:
        snapshot = read(value)
    except Malformed:
        return
    assert all(len(text) <= 512 for text in snapshot.facts.values())
    assert all(len(o.name) <= 512 for o in snapshot.observations)
