"""The free-text index: its rebuild, whoever sees it, whether it is on, how old it is."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from syseventd import Malformed, NotAvailable, Observation, Snapshot, Target, Unreachable
from syseventd_superoffice import freetext
from syseventd_superoffice.access import Document
from syseventd_superoffice.connection import Connection
from syseventd_superoffice.freetext import (
    GAUGES,
    KINDS,
    WHILE_REBUILDING,
    Freetext,
    FreetextSettings,
)
from syseventd_superoffice.settings import SuperOfficeSettings

DAY = 86400.0
MADE = 1_790_000_000.0
"""2026-09-21 14:13:20 UTC."""
STATUS = {
    "FreeTextEnabled": True,
    "SingleWordOperator": "Contains",
    "MultiWordOperator": "Contains",
    "CountWords": 83000,
    "Occurrences": 520000,
    "LastGenerated": "2026-09-21T14:13:20Z",
    "AutoEnableTravelAreas": False,
}
MARK = "freetext:kSEFreetextRebuild"


class Watched:
    """The source at an installation that sets what it says."""

    def __init__(self, installation: Any) -> None:
        self.installation = installation
        self.witnesses = installation.connection.witnesses
        self.memory: dict[str, str] = {}
        self.now = MADE + DAY

    def source(
        self, oldest: float | None = None, older_than: str | None = None, **configured: Any
    ) -> Freetext:
        """The source; `oldest` is the default for its installation, `older_than` configured."""
        if older_than is not None:
            configured["oldest"] = older_than
        its = FreetextSettings.model_validate(configured)
        self.witnesses.switch_on("freetext", its.interval)
        return Freetext(self.installation.connection, its, oldest, clock=lambda: self.now)

    def probe(self, source: Freetext | None = None, **status: Any) -> Snapshot:
        """One probe; what it wants remembered is remembered."""
        self.installation.answers(freetext_status=STATUS | status)
        snapshot: Snapshot = self.installation.probe(source or self.source(), self.memory)
        self.memory = dict(self.memory if snapshot.memory is None else snapshot.memory)
        return snapshot


@pytest.fixture
def watched(installation: Any) -> Watched:
    installation.answers(is_event_active=False)
    return Watched(installation)


def kinds(snapshot: Snapshot) -> list[str]:
    return [observation.kind for observation in snapshot.observations]


def row(number: int = 342) -> Observation:
    return Observation(
        "kSEFreetextRebuild",
        "freetext-rebuild",
        "FreetextRebuild",
        status="Running",
        message="after the upgrade",
        activated_at=MADE,
        activated_by="Admin User",
        expected_end=MADE + 3600,
        scope="database",
        marks=frozenset({f"system-event:{number}"}),
    )


def test_a_healthy_index_is_measured_and_no_event(watched: Watched) -> None:
    """Words, occurrences and when it was made are numbers; whether it is on is a fact."""
    snapshot = watched.probe()
    assert snapshot.observations == ()
    assert snapshot.problems == ()
    assert {(m.name, m.value, m.part) for m in snapshot.measurements} == {
        ("freetext_words", 83000.0, ""),
        ("freetext_occurrences", 520000.0, ""),
        ("freetext_last_generated_timestamp_seconds", MADE, ""),
    }
    assert snapshot.facts == {"freetext": "enabled"}
    assert snapshot.ask_again is None


def test_a_rebuild_is_seen_without_the_list_of_system_events(watched: Watched) -> None:
    """Where that list can't be looked at, the row is asked for by its key."""
    watched.installation.answers(is_event_active=True)
    snapshot = watched.probe()
    [rebuild] = snapshot.observations
    assert (rebuild.key, rebuild.kind, rebuild.scope) == ("freetext-rebuild",) * 2 + ("database",)
    assert rebuild.marks == {MARK}
    assert snapshot.ask_again == WHILE_REBUILDING


def test_the_row_is_not_asked_for_where_the_list_is_seen(watched: Watched) -> None:
    """One question less a minute, as long as somebody else sees the rows."""
    watched.witnesses.switch_on("system-events", 60.0)
    watched.witnesses.report("system-events", ())
    assert watched.probe().observations == ()
    assert watched.installation.access.asked == {"freetext_status": 1}


def test_the_row_is_asked_for_where_the_list_is_seen_seldom(watched: Watched) -> None:
    """What was seen an hour ago does not say what runs now."""
    watched.witnesses.switch_on("system-events", 3600.0)
    watched.witnesses.report("system-events", ())
    watched.probe()
    assert watched.installation.access.asked["is_event_active"] == 1


def test_the_rebuild_is_joined_with_what_others_know(watched: Watched) -> None:
    """One event with the columns of the row and the progress of the task."""
    task = Observation(
        "task:9", "freetext-rebuild", "Regen", progress=0.4, marks=frozenset({"task:9"})
    )
    for name, seen in (("system-events", row()), ("imports", task)):
        watched.witnesses.switch_on(name, 60.0)
        watched.witnesses.report(name, (seen,))
    snapshot = watched.probe()
    [rebuild] = snapshot.observations
    assert rebuild == replace(
        row(),
        key="freetext-rebuild",
        progress=0.4,
        marks=frozenset({"system-event:342", "task:9"}),
    )
    assert snapshot.ask_again == WHILE_REBUILDING


def test_another_key_is_asked_for(watched: Watched) -> None:
    """The key is configuration: only one is publicly known."""
    watched.installation.answers(is_event_active=True)
    [rebuild] = watched.probe(watched.source(rebuild_key="kSEOther")).observations
    assert rebuild.marks == {"freetext:kSEOther"}


def test_a_rebuild_that_nobody_may_ask_for_does_not_end(watched: Watched) -> None:
    """Without the right to ask, what was seen of it may still be so."""
    watched.installation.answers(is_event_active=NotAvailable("no right"))
    snapshot = watched.probe()
    assert MARK in snapshot.unseen
    assert snapshot.complete


def test_a_failure_to_ask_for_the_row_is_a_failure(watched: Watched) -> None:
    """The others know that the source could not look."""
    source = watched.source()
    watched.installation.answers(is_event_active=Unreachable("crm", "refused"))
    with pytest.raises(Unreachable):
        watched.probe(source)
    assert not watched.witnesses.can_look("freetext")


@pytest.mark.parametrize(
    ("expected", "seen_before", "told"),
    [
        (None, False, []),
        (None, True, ["freetext-disabled"]),
        (True, False, ["freetext-disabled"]),
        (False, True, []),
    ],
)
def test_an_index_that_is_off(
    watched: Watched, expected: bool | None, seen_before: bool, told: list[str]
) -> None:
    """It is an event where it should be on: as configured, else as it was before."""
    source = watched.source(oldest=DAY / 2, expect_enabled=expected)
    if seen_before:
        watched.probe(source)
    snapshot = watched.probe(source, FreeTextEnabled=False)
    assert kinds(snapshot) == told
    assert snapshot.facts == {"freetext": "disabled"}


def test_that_it_was_on_is_remembered_over_restarts(watched: Watched) -> None:
    """A daemon that starts after it was switched off still says so."""
    watched.probe()
    assert kinds(watched.probe(FreeTextEnabled=False)) == ["freetext-disabled"]
    assert kinds(watched.probe(FreeTextEnabled=False)) == ["freetext-disabled"]


def test_what_is_remembered_is_stored_once(watched: Watched) -> None:
    """While nothing changes, nothing is written and the very same snapshot is returned."""
    source = watched.source()
    assert watched.probe(source).memory == {"was enabled": "yes"}
    second = watched.probe(source)
    assert second.memory is None
    assert watched.probe(source) is second


@pytest.mark.parametrize(("days", "told"), [(7.9, []), (8.1, ["freetext-old"])])
def test_an_old_index(watched: Watched, days: float, told: list[str]) -> None:
    """Older than the limit it is an event, since the moment at which it grew too old."""
    watched.now = MADE + days * DAY
    snapshot = watched.probe(watched.source(oldest=8 * DAY))
    assert kinds(snapshot) == told
    for old in snapshot.observations:
        assert old.activated_at == MADE + 8 * DAY
        assert old.message == "Last generated 2026-09-21 14:13 UTC; it may be 8d old."


def test_the_configured_age_wins(watched: Watched) -> None:
    """`oldest` in the configuration stands above the default."""
    watched.now = MADE + 3 * DAY
    assert kinds(watched.probe(watched.source(8 * DAY))) == []
    assert kinds(watched.probe(watched.source(8 * DAY, older_than="2d"))) == ["freetext-old"]


@pytest.mark.parametrize("never", [None, "", "0001-01-01T00:00:00"])
def test_an_index_that_was_never_made(watched: Watched, never: object) -> None:
    """An index that is on and has no date finds nothing, and is not measured as old."""
    snapshot = watched.probe(LastGenerated=never)
    assert kinds(snapshot) == ["freetext-never"]
    assert "freetext_last_generated_timestamp_seconds" not in {
        m.name for m in snapshot.measurements
    }


def test_an_index_without_a_date_is_not_called_never_made_while_it_is_rebuilt(
    watched: Watched,
) -> None:
    """A rebuild empties it first: whether it is old or was never made can't be said then."""
    watched.installation.answers(is_event_active=True)
    snapshot = watched.probe(LastGenerated=None)
    assert kinds(snapshot) == ["freetext-rebuild"]
    assert {"freetext-old", "freetext-never"} <= snapshot.unseen


def test_a_way_in_that_knows_no_date_claims_nothing(watched: Watched) -> None:
    """A database does not say when the index was made: neither old nor never made."""
    watched.installation.answers(freetext_status={"FreeTextEnabled": True})
    snapshot = watched.installation.probe(watched.source(oldest=1.0), {})
    assert snapshot.observations == ()
    assert snapshot.problems == ()
    assert {"freetext-old", "freetext-never"} <= snapshot.unseen


@pytest.mark.parametrize("value", ["banana", {}, [], 7, "x" * 10_000])
def test_a_state_that_can_not_be_read_ends_nothing(watched: Watched, value: object) -> None:
    """Whether it is on is unknown; the numbers beside it are read."""
    snapshot = watched.probe(watched.source(oldest=1.0), FreeTextEnabled=value)
    assert snapshot.observations == ()
    assert {"freetext-disabled", "freetext-old", "freetext-never"} <= snapshot.unseen
    assert [p.where for p in snapshot.problems] == ["free-text index"]
    assert len(snapshot.measurements) == 3


def test_a_date_that_can_not_be_read_ends_nothing(watched: Watched) -> None:
    """It is named, and whether the index is old stays as it was."""
    snapshot = watched.probe(watched.source(oldest=1.0), LastGenerated="yesterday")
    assert snapshot.observations == ()
    assert {"freetext-old", "freetext-never"} <= snapshot.unseen
    [problem] = snapshot.problems
    assert problem.reason == 'LastGenerated "yesterday" is not a date'


@pytest.mark.parametrize("reply", [[], {}, None, "text", {"Error": True}])
def test_a_reply_that_says_nothing_is_malformed(watched: Watched, reply: object) -> None:
    """What tells neither whether it is on nor how old it is, is another thing's state."""
    watched.installation.answers(freetext_status=Document(reply, "FreeText/GetStatus"))
    with pytest.raises(Malformed):
        watched.installation.probe(watched.source(), {})
    assert not watched.witnesses.can_look("freetext")


json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=80),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
)


@given(st.dictionaries(st.sampled_from([*STATUS, "x"]), json))
@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=50
)
def test_no_reply_brings_another_outcome(watched: Watched, reply: dict[str, object]) -> None:
    """Whatever comes is a snapshot, or malformed by name."""
    watched.installation.answers(freetext_status=reply)
    try:
        snapshot = watched.installation.probe(watched.source(oldest=1.0), {})
    except Malformed:
        return
    assert {o.kind for o in snapshot.observations} <= {kind.name for kind in KINDS}
    assert {m.name for m in snapshot.measurements} <= {gauge.name for gauge in GAUGES}


@pytest.mark.parametrize(("tenant", "told"), [(None, []), ("Cust12345", ["freetext-old"])])
def test_online_the_index_is_made_weekly(
    installation: Any, tenant: str | None, told: list[str]
) -> None:
    """Onsite an index may have any age unless the configuration says otherwise."""
    at = SuperOfficeSettings.model_construct(tenant=tenant)
    installation.answers(freetext_status=STATUS | {"LastGenerated": "2020-01-01"})
    installation.answers(is_event_active=False)
    source = freetext.create(
        Target("crm", "superoffice", at), installation.connection, FreetextSettings()
    )
    assert kinds(installation.probe(source, {})) == told


def test_a_target_of_another_kind_counts_as_onsite() -> None:
    """A stranger's target of our type brings settings of its own."""
    connection = Connection(SimpleNamespace())  # type: ignore[arg-type]
    target = Target("crm", "superoffice", object())
    assert isinstance(freetext.create(target, connection, FreetextSettings()), Freetext)
