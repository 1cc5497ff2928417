"""Each part of an installation is asked by itself, and a failure of one is its own."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from syseventd import (
    Malformed,
    NotAvailable,
    Observation,
    Paused,
    Snapshot,
    Throttled,
    Unauthorized,
    Unreachable,
)
from syseventd_superoffice.access import Document
from syseventd_superoffice.connection import Connection
from syseventd_superoffice.installation import InstallationSettings, create
from syseventd_superoffice.installation.source import SOON, Installation

NOW = 1_790_000_000.0

DAY = 86400.0

VERSIONS = {"NetServerVersion": "11.10.721.0", "NetServerLabel": "Stable", "Version": "v1"}

STATUS = {"CompanyName": "Example Ltd", "SerialNr": "1010000006"}

PRINCIPAL = {
    "FullName": "Mona Toring",
    "UserName": "monitor",
    "RoleName": "User level 0",
    "DatabaseContextIdentifier": "Cust12345",
    "Licenses": [
        {"Name": "growth", "Description": "Growth", "ExtraFlags": 1},
        {"Name": "web", "Description": "Web", "ExtraFlags": 0},
    ],
}

DATABASE = {
    "company": {
        "version": 1012,
        "revision": 3,
        "ownerContactName": "Example Ltd",
        "dbContactName": "Example Sales",
        "serialNo": "1010000006",
    },
    "travelcurrent": {"systemlevel": 10, "current_id": 0},
    "satellite": [{"satellite_id": 16777216}],
    "productversion": [{"version": "11.9"}, {"version": "11.10"}],
    "databaseType": "Microsoft SQL Server 2022",
}

STEPS = {"code": [{"Name": "A", "StepNumber": 2}], "database": [{"Name": "a", "StepNumber": 1}]}

SILENT = {
    "MessageHandler_id": 7,
    "machine": "WEB01",
    "updated": NOW - 600,
    "registered": NOW - 5 * DAY,
}


def source(installation: Any, now: float = NOW, **settings: object) -> Installation:
    written = InstallationSettings.model_validate(settings)
    return Installation(installation.connection, written, clock=lambda: now)


def probe(installation: Any, now: float = NOW, memory: Any = None) -> Snapshot:
    snapshot = installation.probe(source(installation, now), memory or {})
    assert isinstance(snapshot, Snapshot)
    return snapshot


def kinds(snapshot: Snapshot) -> list[str]:
    return [observation.kind for observation in snapshot.observations]


def test_a_part_that_fails_is_a_problem_of_its_own(installation: Any) -> None:
    """The others are told, and what the failing one's events are does not end."""
    installation.answers(
        versions=VERSIONS, upgrade_steps=STEPS, server_processes=Unreachable("crm", "no route")
    )
    snapshot = probe(installation)
    assert kinds(snapshot) == ["upgrade-pending"]
    assert [str(p) for p in snapshot.problems] == [
        "server processes: crm can't be reached: no route"
    ]
    assert snapshot.hides("server-process-stopped:7")
    assert not snapshot.hides("upgrade-pending")


def test_a_part_that_fails_keeps_its_facts(installation: Any) -> None:
    """A label does not vanish and come back because one question went unanswered once."""
    one = source(installation)
    installation.answers(versions=VERSIONS, database=DATABASE)
    installation.probe(one, {})
    installation.answers(database=Unreachable("crm", "no route"))
    assert installation.probe(one, {}).facts["database_type"] == "Microsoft SQL Server 2022"


def test_what_answers_not_at_all_is_a_failed_probe(installation: Any) -> None:
    """Where no part is answered, the probe fails with the first reason."""
    installation.answers(versions=Unreachable("crm", "no route"))
    with pytest.raises(Unreachable):
        probe(installation)


def test_where_nothing_is_available_it_is_not_available(installation: Any) -> None:
    """An installation that has no answer to anything lacks this source."""
    with pytest.raises(NotAvailable):
        probe(installation)


@pytest.mark.parametrize("error", [Paused("maintenance"), Throttled("crm", "429", 9.0)])
def test_who_asks_to_be_left_alone_is(installation: Any, error: Exception) -> None:
    """A pause concerns the whole installation, whichever part was told of it."""
    installation.answers(versions=VERSIONS, principal=error)
    with pytest.raises(type(error)):
        probe(installation)


def test_one_that_was_answered_long_ago_hides_no_failure(installation: Any) -> None:
    """What is asked seldom was not asked: where all that was asked fails, the probe fails."""
    one = source(installation)
    installation.answers(principal=PRINCIPAL, versions=VERSIONS)
    installation.probe(one, {})
    installation.answers(
        versions=Unreachable("crm", "no route"), licence_status=Unreachable("crm", "no route")
    )
    with pytest.raises(Unreachable):
        installation.probe(one, {})


def test_an_answer_of_the_last_probe_hides_no_failure(installation: Any) -> None:
    """Owner and serial number are not asked for once they are known: that is no success."""
    one = at_times(installation, NOW, NOW + 7_200, NOW + 14_400)
    installation.answers(versions=VERSIONS, licence_status=STATUS)
    installation.probe(one, {})
    installation.answers(versions=VERSIONS, database=DATABASE)
    installation.probe(one, {})
    gone = Unreachable("crm", "no route")
    installation.answers(versions=gone, database=gone)
    with pytest.raises(Unreachable):
        installation.probe(one, {})


class Hanging:
    """An Access of which one question never comes to an end."""

    def __init__(self, access: Any, question: str) -> None:
        self._access = access
        self._question = question

    def __getattr__(self, question: str) -> Callable[[], Any]:
        if question == self._question:
            return asyncio.Event().wait
        answer: Callable[[], Any] = getattr(self._access, question)
        return answer


@pytest.mark.parametrize(("question", "given"), [("schedules", 0.06), ("licence_status", 0.03)])
def test_a_part_that_hangs_leaves_the_others_their_time(
    installation: Any, question: str, given: float
) -> None:
    """It is given up before the probe's own deadline, and named."""
    installation.answers(versions=VERSIONS)
    connection = Connection(Hanging(installation.access, question))  # type: ignore[arg-type]
    settings = InstallationSettings.model_validate({"timeout": "100ms"})
    snapshot = asyncio.run(Installation(connection, settings).probe())
    assert snapshot.facts["version"] == "11.10.721.0"
    assert snapshot.problems[0].reason == f"no answer within {given:g} s"


def at_times(installation: Any, *times: float) -> Installation:
    """A source that is asked at one time after the other."""
    clock = iter(times)
    one = source(installation)
    one._clock = lambda: next(clock)
    return one


UP_TO_DATE = {"code": STEPS["database"], "database": STEPS["database"]}


def test_what_changes_seldom_is_asked_seldom(installation: Any) -> None:
    """Upgrade steps cost the installation seconds: they are asked for once an hour."""
    one = at_times(installation, NOW, NOW + 300, NOW + 3_700, NOW + 3_800)
    installation.answers(versions=VERSIONS, upgrade_steps=UP_TO_DATE)
    asked = []
    for _ in range(4):
        installation.probe(one, {})
        asked.append(installation.access.asked["upgrade_steps"])
    assert asked == [1, 1, 2, 2]


def test_a_pending_upgrade_is_followed_to_its_end(installation: Any) -> None:
    """While steps are missing they are asked for each time."""
    one = at_times(installation, NOW, NOW + 300)
    installation.answers(versions=VERSIONS, upgrade_steps=STEPS)
    assert kinds(installation.probe(one, {})) == ["upgrade-pending"]
    installation.answers(upgrade_steps=UP_TO_DATE)
    ended = installation.probe(one, {})
    assert ended.observations == ()
    assert not ended.hides("upgrade-pending")


def test_a_new_version_has_its_steps_asked_for_soon(installation: Any) -> None:
    """New code comes first, and its steps after it: within the minute they are looked for."""
    one = at_times(installation, NOW, NOW + 300, NOW + 330, NOW + 360)
    installation.answers(versions=VERSIONS, upgrade_steps=UP_TO_DATE)
    assert installation.probe(one, {}).ask_again is None
    installation.answers(versions=VERSIONS | {"NetServerVersion": "12"}, upgrade_steps=STEPS)
    changed = installation.probe(one, {})
    assert changed.ask_again == SOON
    installation.answers(versions=Unreachable("crm", "no route"))
    pending = installation.probe(one, {})
    assert kinds(pending) == ["upgrade-pending"]
    assert pending.ask_again is None


def test_a_version_that_is_not_told_is_no_change(installation: Any) -> None:
    """Nothing is asked for sooner because nobody said which version it is."""
    one = at_times(installation, NOW, NOW + 300, NOW + 600)
    installation.answers(versions=VERSIONS)
    installation.probe(one, {})
    for version in (None, VERSIONS["NetServerVersion"]):
        installation.answers(versions={"NetServerVersion": version})
        assert installation.probe(one, {}).ask_again is None


def test_what_is_not_available_is_asked_for_again_within_the_hour(installation: Any) -> None:
    """A right that was given meanwhile is noticed; the refusal is not asked for all the time."""
    one = at_times(installation, NOW, NOW + 300, NOW + 3_700)
    installation.answers(versions=VERSIONS)
    installation.probe(one, {})
    installation.answers(upgrade_steps=STEPS)
    assert kinds(installation.probe(one, {})) == []
    assert kinds(installation.probe(one, {})) == ["upgrade-pending"]


def test_events_of_what_is_no_longer_available_are_given_up_in_a_day(installation: Any) -> None:
    """A right that was taken by mistake ends nothing; a database that was unconfigured does."""
    installation.answers(versions=VERSIONS, server_processes=[SILENT])
    first = probe(installation)
    installation.answers(server_processes=NotAvailable("no right"))
    lost = probe(installation, NOW + 60, first.memory)
    assert lost.hides("server-process-stopped:7")
    later = probe(installation, NOW + 60 + 0.9 * DAY, lost.memory)
    assert later.hides("server-process-stopped:7")
    given_up = probe(installation, NOW + 60 + 1.1 * DAY, later.memory)
    assert not given_up.hides("server-process-stopped:7")
    installation.answers(server_processes=[SILENT])
    back = probe(installation, NOW + 60 + 1.2 * DAY, given_up.memory)
    assert "lost:server processes" not in (back.memory or {})


def changed(installation: Any, before: dict[str, Any], after: dict[str, Any]) -> list[Observation]:
    """What is told when an installation that answered `before` answers `after`."""
    installation.answers(**before)
    first = probe(installation)
    assert first.observations == ()
    installation.answers(**after)
    return list(probe(installation, NOW + 300, first.memory).observations)


def test_machinery_that_stands_still(installation: Any) -> None:
    """Processes, prototypes and schedules that the database lists, with the settings' limits."""
    prototype = {"travelgenerateddatabase_id": 4, "state": 65535}
    failed = {"id": 5, "retries": 1, "error_message": "Mailbox is full"}
    installation.answers(
        server_processes=[SILENT], prototypes=[prototype], schedules=[failed], upgrade_steps=STEPS
    )
    first = probe(installation)
    assert kinds(first) == ["upgrade-pending", "server-process-stopped", "schedule-failing"]
    later = probe(installation, NOW + 4 * 3600, first.memory)
    assert "prototype-slow" in kinds(later)
    patient = source(installation, process_silent_for="11m")
    assert "server-process-stopped" not in kinds(installation.probe(patient, {}))


def test_a_part_of_another_shape_is_malformed(installation: Any) -> None:
    """It is a problem of that part; if it is all there is, the probe fails."""
    installation.answers(versions=[])
    with pytest.raises(Malformed):
        probe(installation)
    installation.answers(principal=PRINCIPAL)
    assert probe(installation).problems[0].where == "versions"


def test_a_refused_login_shows_as_a_problem(installation: Any) -> None:
    """`/api` answers without a login; what refuses one is named."""
    installation.answers(versions=VERSIONS, principal=Unauthorized("crm", "password"))
    assert "refused the login" in probe(installation).problems[0].reason


def test_the_source_that_the_daemon_makes(installation: Any) -> None:
    """It asks with its settings, now."""
    installation.answers(versions=VERSIONS)
    target: Any = None
    settings = InstallationSettings.model_validate({})
    made = create(target, installation.connection, settings)
    assert installation.probe(made).facts["version"] == "11.10.721.0"


def test_a_leftover_is_older_than_a_silence() -> None:
    """Settings by which nothing would ever be told are a fault."""
    with pytest.raises(ValidationError, match="must be longer than process_silent_for"):
        InstallationSettings.model_validate(
            {"process_silent_for": "5m", "process_left_over_after": "5m"}
        )


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=300),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=6,
)


def mutated(whole: dict[str, Any]) -> st.SearchStrategy[Any]:
    return ANYTHING | st.builds(
        lambda changes: whole | changes,
        st.dictionaries(st.sampled_from(sorted(whole)), ANYTHING, max_size=3),
    )


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    versions=mutated(VERSIONS),
    licence_status=mutated(STATUS),
    principal=mutated(PRINCIPAL),
    database=mutated(DATABASE),
    upgrade_steps=mutated(STEPS),
    memory=st.dictionaries(
        st.sampled_from(["last:satellites", "prototypes", "lost:prototypes", "last:serial:x"]),
        st.text(max_size=9) | ANYTHING.map(json.dumps),
    ),
)
def test_hostile_answers_end_in_a_snapshot_or_by_name(
    memory: dict[str, str], **answers: object
) -> None:
    """Whatever is sent and remembered: one bad part leaves the others, texts stay short."""

    class Access:
        def __getattr__(self, question: str) -> Any:
            async def answer() -> Document:
                if question not in answers:
                    raise NotAvailable(question)
                return Document(answers[question], question)

            return answer

    access: Any = Access()
    settings = InstallationSettings.model_validate({})
    one = Installation(Connection(access), settings, clock=lambda: NOW)
    one.recall(memory)
    try:
        snapshot = asyncio.run(one.probe())
    except Malformed:
        return
    assert all(len(text) <= 1024 for name, text in snapshot.facts.items() if name != "plan")
    assert all(len(o.message) <= 4096 and len(o.key) <= 512 for o in snapshot.observations)
