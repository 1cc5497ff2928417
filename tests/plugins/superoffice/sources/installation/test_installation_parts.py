"""An installation has many parts: each is asked, and one that fails or hangs leaves the others."""

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
    Paused,
    Snapshot,
    Throttled,
    Unauthorized,
    Unreachable,
)
from syseventd_superoffice.access import Document
from syseventd_superoffice.connection import Connection
from syseventd_superoffice.installation import InstallationSettings, create
from syseventd_superoffice.installation.source import Installation

NOW = 1_790_000_000.0


def kinds(snapshot: Snapshot) -> list[str]:
    return [observation.kind for observation in snapshot.observations]


def test_a_part_that_fails_is_a_problem_of_its_own(steps: Any, versions: Any, watch: Any) -> None:
    """The others are told, and what the failing one's events are does not end."""
    watch.answers(
        versions=versions, upgrade_steps=steps, server_processes=Unreachable("crm", "no route")
    )
    snapshot = watch.probe()
    assert kinds(snapshot) == ["upgrade-pending"]
    assert [str(p) for p in snapshot.problems] == [
        "server processes: crm can't be reached: no route"
    ]
    assert snapshot.hides("server-process-stopped:7")
    assert not snapshot.hides("upgrade-pending")


def test_a_part_that_fails_keeps_its_facts(database: Any, versions: Any, watch: Any) -> None:
    """A label does not vanish and come back because one question went unanswered once."""
    one = watch.source()
    watch.answers(versions=versions, database=database)
    watch.installation.probe(one, {})
    watch.answers(database=Unreachable("crm", "no route"))
    assert watch.installation.probe(one, {}).facts["database_type"] == "Microsoft SQL Server 2022"


def test_what_answers_not_at_all_is_a_failed_probe(watch: Any) -> None:
    """Where no part is answered, the probe fails with the first reason."""
    watch.answers(versions=Unreachable("crm", "no route"))
    with pytest.raises(Unreachable):
        watch.probe()


def test_where_nothing_is_available_it_is_not_available(watch: Any) -> None:
    """An installation that has no answer to anything lacks this source."""
    with pytest.raises(NotAvailable):
        watch.probe()


@pytest.mark.parametrize("error", [Paused("maintenance"), Throttled("crm", "429", 9.0)])
def test_who_asks_to_be_left_alone_is(versions: Any, watch: Any, error: Exception) -> None:
    """A pause concerns the whole installation, whichever part was told of it."""
    watch.answers(versions=versions, principal=error)
    with pytest.raises(type(error)):
        watch.probe()


def test_one_that_was_answered_long_ago_hides_no_failure(
    principal: Any, versions: Any, watch: Any
) -> None:
    """What is asked seldom was not asked: where all that was asked fails, the probe fails."""
    one = watch.source()
    watch.answers(principal=principal, versions=versions)
    watch.installation.probe(one, {})
    watch.answers(
        versions=Unreachable("crm", "no route"), licence_status=Unreachable("crm", "no route")
    )
    with pytest.raises(Unreachable):
        watch.installation.probe(one, {})


def test_an_answer_of_the_last_probe_hides_no_failure(
    database: Any, licence_status: Any, versions: Any, watch: Any
) -> None:
    """Owner and serial number are not asked for once they are known: that is no success."""
    one = watch.at_times(NOW, NOW + 7_200, NOW + 14_400)
    watch.answers(versions=versions, licence_status=licence_status)
    watch.installation.probe(one, {})
    watch.answers(versions=versions, database=database)
    watch.installation.probe(one, {})
    gone = Unreachable("crm", "no route")
    watch.answers(versions=gone, database=gone)
    with pytest.raises(Unreachable):
        watch.installation.probe(one, {})


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
    versions: Any, watch: Any, question: str, given: float
) -> None:
    """It is given up before the probe's own deadline, and named."""
    watch.answers(versions=versions)
    connection = Connection(Hanging(watch.installation.access, question))  # type: ignore[arg-type]
    settings = InstallationSettings.model_validate({"timeout": "100ms"})
    snapshot = asyncio.run(Installation(connection, settings).probe())
    assert snapshot.facts["version"] == "11.10.721.0"
    assert snapshot.problems[0].reason == f"no answer within {given:g} s"


def test_machinery_that_stands_still(silent: Any, steps: Any, watch: Any) -> None:
    """Processes, prototypes and schedules that the database lists, with the settings' limits."""
    prototype = {"travelgenerateddatabase_id": 4, "state": 65535}
    failed = {"id": 5, "retries": 1, "error_message": "Mailbox is full"}
    watch.answers(
        server_processes=[silent], prototypes=[prototype], schedules=[failed], upgrade_steps=steps
    )
    first = watch.probe()
    assert kinds(first) == ["upgrade-pending", "server-process-stopped", "schedule-failing"]
    later = watch.probe(NOW + 4 * 3600, first.memory)
    assert "prototype-slow" in kinds(later)
    patient = watch.source(process_silent_for="11m")
    assert "server-process-stopped" not in kinds(watch.installation.probe(patient, {}))


def test_a_part_of_another_shape_is_malformed(principal: Any, watch: Any) -> None:
    """It is a problem of that part; if it is all there is, the probe fails."""
    watch.answers(versions=[])
    with pytest.raises(Malformed):
        watch.probe()
    watch.answers(principal=principal)
    assert watch.probe().problems[0].where == "versions"


def test_a_refused_login_shows_as_a_problem(versions: Any, watch: Any) -> None:
    """`/api` answers without a login; what refuses one is named."""
    watch.answers(versions=versions, principal=Unauthorized("crm", "password"))
    assert "refused the login" in watch.probe().problems[0].reason


def test_the_source_that_the_daemon_makes(versions: Any, watch: Any) -> None:
    """It asks with its settings, now."""
    watch.answers(versions=versions)
    target: Any = None
    settings = InstallationSettings.model_validate({})
    made = create(target, watch.installation.connection, settings)
    assert watch.installation.probe(made).facts["version"] == "11.10.721.0"


def test_a_leftover_is_older_than_a_silence() -> None:
    """Settings by which nothing would ever be told are a fault."""
    with pytest.raises(ValidationError, match="must be longer than process_silent_for"):
        InstallationSettings.model_validate(
            {"process_silent_for": "5m", "process_left_over_after": "5m"}
        )


REMEMBERED = ["last:satellites", "prototypes", "lost:prototypes", "last:serial:x"]


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_hostile_answers_end_in_a_snapshot_or_by_name(
    database: Any,
    licence_status: Any,
    principal: Any,
    spoilt: Any,
    steps: Any,
    versions: Any,
    data: Any,
) -> None:
    """Whatever is sent and remembered: one bad part leaves the others, texts stay short."""
    remembered = st.text(max_size=9) | spoilt({"prototype-slow:4": 0}).map(json.dumps)
    memory = data.draw(st.dictionaries(st.sampled_from(REMEMBERED), remembered))
    answers = {
        "versions": data.draw(spoilt(versions)),
        "licence_status": data.draw(spoilt(licence_status)),
        "principal": data.draw(spoilt(principal)),
        "database": data.draw(spoilt(database)),
        "upgrade_steps": data.draw(spoilt(steps)),
    }

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
