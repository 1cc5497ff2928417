"""Batch tasks become events: what runs, what stands still, what nothing takes."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from syseventd import Malformed, Measurement, NotAvailable, Observation, Snapshot, Unreachable
from syseventd_superoffice.access import Listing
from syseventd_superoffice.batch_tasks import ENDED, RUNNING, State
from syseventd_superoffice.claims import CLAIMS
from syseventd_superoffice.imports import GAUGES, KINDS, Imports, ImportsSettings, create
from syseventd_superoffice.task_events import WAITING, WORDS

NOW = datetime(2026, 8, 1, 14, 2, 30, tzinfo=UTC).timestamp()

ROW = {
    "PrimaryKey": "628",
    "DefinitionName": "ImportBatchPlugin",
    "DefinitionDescription": "Imports contacts",
    "Description": "contacts.xlsx",
    "State": 3,
    "Response": "Half of it",
    "StartCount": 1,
    "LastStarted": "2026-08-01T14:00:00",
    "ProgressPercent": 42,
    "ProgressDescription": "Reading rows",
    "updatedDate": "2026-08-01T14:02:00Z",
    "registeredBy": "AU",
    "registeredDate": "2026-08-01T13:59:58Z",
}


def row(number: int = 628, **changes: object) -> dict[str, object]:
    return ROW | {"PrimaryKey": str(number)} | changes


def waiting(number: int, since: str, **changes: object) -> dict[str, object]:
    new = {"State": "New", "StartCount": 0, "LastStarted": None, "ProgressPercent": 0}
    return row(number, registeredDate=since, **new) | changes


class Watch:
    """The source on an installation, by a clock that a test sets."""

    def __init__(self, installation: Any, **settings: object) -> None:
        self.now = NOW
        self.installation = installation
        self.memory: dict[str, str] = {}
        read = ImportsSettings.model_validate(settings)
        installation.connection.witnesses.switch_on("imports", None)
        self.source = Imports(installation.connection, read, clock=lambda: self.now)

    def probe(self, *rows: object, **listing: Any) -> Snapshot:
        """One probe of these rows. What it wants to remember is stored."""
        self.installation.answers(batch_tasks=Listing(rows, where="tasks", **listing))
        return self.again()

    def again(self) -> Snapshot:
        snapshot: Snapshot = self.installation.probe(self.source, self.memory)
        self.memory = self.memory if snapshot.memory is None else dict(snapshot.memory)
        return snapshot

    def one(self, **changes: object) -> Observation:
        [observation] = self.probe(row(**changes)).observations
        return observation


@pytest.fixture
def watch(installation: Any) -> Watch:
    return Watch(installation)


def test_a_running_task_is_an_event_with_all_that_is_known(watch: Watch) -> None:
    """Stage, progress, heartbeat and who began it are told; it is known by its number."""
    assert watch.one() == Observation(
        key="task-628",
        kind="import",
        name="ImportBatchPlugin",
        status="Started: Reading rows",
        message="contacts.xlsx",
        activated_at=datetime(2026, 8, 1, 14, tzinfo=UTC).timestamp(),
        activated_by="AU",
        progress=0.42,
        heartbeat=NOW - 30,
        details=(
            ("Task", "628"),
            ("Definition", "Imports contacts"),
            ("Starts", "1"),
            ("Stage", "Reading rows"),
            ("Response", "Half of it"),
        ),
        marks=frozenset({"task:628"}),
    )


def test_what_is_not_known_is_left_out(watch: Watch) -> None:
    """A row with a number and a state is an event."""
    [observation] = watch.probe({"Id": 7, "State": "Aquired"}).observations
    assert observation == Observation(
        "task-7",
        "batch-task",
        "Task 7",
        status="Acquired",
        details=(("Task", "7"),),
        marks=frozenset({"task:7"}),
    )


def test_a_task_of_the_system_says_so(watch: Watch) -> None:
    """Nobody began it."""
    observation = watch.one(IsSystemTask=True, registeredBy="0")
    assert ("System task", "yes") in observation.details
    assert observation.activated_by == ""


def test_it_began_when_it_was_ordered_until_it_is_started(watch: Watch) -> None:
    """A task that was acquired has no start of its own yet."""
    observation = watch.one(State=2, LastStarted=None)
    assert observation.activated_at == NOW - 152


def test_each_further_start_is_shown(watch: Watch) -> None:
    """A task that is started again and again is seen to be."""
    assert watch.one(StartCount=2).status == "Started, start 2: Reading rows"
    again = watch.one(StartCount=3)
    assert again.status == "Started, start 3: Reading rows"
    assert ("Starts", "3") in again.details
    waits = watch.one(StartCount=3, State=1, ProgressDescription="")
    assert waits.status == "Waiting to be started again, start 3"


@pytest.mark.parametrize("state", sorted(RUNNING))
def test_a_task_without_a_sign_of_life_is_stalled(watch: Watch, state: State) -> None:
    """Its row is written once a minute while it runs; after five it is said to stand still."""
    watch.now = NOW + 270
    assert not watch.one(State=state).stalled
    watch.now = NOW + 271
    stalled = watch.one(State=state)
    assert stalled.stalled
    assert stalled.status.endswith("; no sign of life since 2026-08-01 14:02 UTC")
    watch.now += 60
    assert watch.one(State=state) == stalled


@pytest.mark.parametrize("changes", [{"updatedDate": None}, {"State": "New"}])
def test_what_gives_no_sign_of_life_is_not_stalled(
    watch: Watch, changes: dict[str, object]
) -> None:
    """Neither where none is told, nor where none is due."""
    watch.now = NOW + 9999
    assert not watch.one(**changes).stalled


def test_limits_are_configured(installation: Any) -> None:
    """Each installation has its own idea of slow."""
    watch = Watch(installation, heartbeat_limit="29s", waiting_limit="151s")
    assert watch.one().stalled
    snapshot = watch.probe(waiting(1, "2026-08-01T13:59:58Z"))
    assert [o.key for o in snapshot.observations] == [WAITING]


def test_a_task_that_waits_is_no_event(watch: Watch) -> None:
    """It is counted, and since when the oldest waits."""
    since = "2026-08-01T13:59:58Z"
    snapshot = watch.probe(waiting(1, "2026-08-01T14:02:00Z"), waiting(2, since))
    assert snapshot.observations == ()
    assert snapshot.ask_again is None
    oldest = Measurement("batch_tasks_oldest_waiting_timestamp_seconds", NOW - 152)
    assert oldest in snapshot.measurements


def test_one_that_waits_too_long_says_that_nothing_takes_tasks(watch: Watch) -> None:
    """The event says how many wait and since when, and has a key of its own."""
    rows = waiting(1, "2026-08-01T13:52:29Z"), waiting(2, "2026-08-01T14:00:00Z")
    [observation] = watch.probe(*rows).observations
    assert observation == Observation(
        WAITING,
        WAITING,
        "Batch tasks wait too long",
        status="2 wait",
        message="2 wait, none runs; the oldest is ImportBatchPlugin (task-1), "
        "since 2026-08-01 13:52 UTC",
        activated_at=NOW - 601,
    )


def test_one_that_has_waited_just_as_long_as_it_may_is_no_event(watch: Watch) -> None:
    """The limit is what is allowed."""
    assert watch.probe(waiting(1, "2026-08-01T13:52:30Z")).observations == ()


def test_where_others_run_the_queue_is_too_long(watch: Watch) -> None:
    """Something takes tasks then, and it is not enough."""
    snapshot = watch.probe(waiting(1, "2026-08-01T13:52:29Z"), row())
    event = snapshot.observations[-1]
    assert event.status == "1 waits"
    assert event.message.startswith("1 waits, 1 runs; the oldest is ")


def test_the_wait_is_one_event_while_the_oldest_changes(watch: Watch) -> None:
    """It began when it was first too long, restarts included, until nothing waits too long."""
    watch.probe(waiting(1, "2026-08-01T13:52:29Z"))
    later = waiting(2, "2026-08-01T13:52:00Z")
    [observation] = watch.probe(later).observations
    assert observation.activated_at == NOW - 601
    assert watch.probe(7, row(), complete=False).unseen == frozenset()
    assert watch.probe(later).observations[0].activated_at == NOW - 601
    assert watch.probe().observations == ()
    assert watch.probe(later).observations[0].activated_at == NOW - 630


def test_nobody_knows_how_long_a_task_without_a_date_waits(watch: Watch) -> None:
    """It is counted, and no event."""
    snapshot = watch.probe(waiting(1, ""))
    assert snapshot.observations == ()
    assert {m.name for m in snapshot.measurements} == {"batch_tasks"}


def test_tasks_are_counted_by_their_state(watch: Watch) -> None:
    """Every state has a number, also where it is nought."""
    rows = [row(n, State=state) for n, state in enumerate([0, 2, 3, 3, 4, 5, 6], 1)]
    snapshot = watch.probe(*rows, waiting(9, "2026-08-01T14:02:00Z"))
    counts = {m.part: m.value for m in snapshot.measurements if m.name == "batch_tasks"}
    assert counts == dict.fromkeys(map(str, State), 1) | {"started": 2}
    zeros = watch.probe().measurements
    assert [m.value for m in zeros] == [0] * len(State)


def test_everything_measured_is_declared(watch: Watch) -> None:
    """What nobody declared would be dropped."""
    watch.probe(row())
    watch.probe(row(State="Failed"), waiting(2, "2026-08-01T14:02:00Z"))
    snapshot = watch.probe(waiting(2, "2026-08-01T14:02:00Z"))
    assert {m.name for m in snapshot.measurements} == {gauge.name for gauge in GAUGES}
    assert WAITING in {kind.name for kind in KINDS}
    assert set(WORDS) == RUNNING | ENDED | {State.NEW}


def test_we_ask_again_soon_while_anything_runs(watch: Watch, installation: Any) -> None:
    """Neither for one that stands still, nor where we ask often anyway."""
    assert watch.probe(row()).ask_again == 15.0
    assert watch.probe().ask_again is None
    watch.now += 301
    assert watch.probe(row()).ask_again is None
    watch.now -= 301
    assert Watch(installation, interval="10s").probe(row()).ask_again is None


def test_a_row_that_cannot_be_read_ends_nothing(watch: Watch) -> None:
    """A task in no state is unseen; a row that is no task makes the list incomplete."""
    snapshot = watch.probe(row(State="banana"), row(7))
    assert [o.key for o in snapshot.observations] == ["task-7"]
    assert {"task-628", "task:628"} <= snapshot.unseen
    assert snapshot.complete
    assert not watch.probe(row(7), 7).complete


def test_what_runs_unseen_for_others_goes_on(watch: Watch, installation: Any) -> None:
    """While a rebuild's task can't be read, no other source may take it to have ended."""
    witnesses = installation.connection.witnesses
    witnesses.switch_on("freetext", None)
    witnesses.report("freetext", ())
    watch.probe(row(DefinitionName="FreetextRegen"))
    watch.probe(row(DefinitionName="FreetextRegen", State="banana"))
    assert "task:628" in witnesses.report("freetext", ()).unseen


@pytest.mark.parametrize("kind", ["freetext-rebuild", "saint-rebuild"])
def test_a_more_specific_source_reports_what_it_sees_too(installation: Any, kind: str) -> None:
    """Its own event it is then, with what the task tells; here it is only kept from ending."""
    claimant = CLAIMS[kind][0]
    witnesses = installation.connection.witnesses
    witnesses.switch_on(claimant, None)
    witnesses.report(claimant, ())
    watch = Watch(installation)
    name = {"freetext-rebuild": "FreetextRegen", "saint-rebuild": "SaintRegen"}[kind]
    snapshot = watch.probe(row(DefinitionName=name))
    assert snapshot.observations == ()
    assert "task:628" in snapshot.unseen
    [theirs] = witnesses.report(claimant, ()).observations
    assert (theirs.kind, theirs.progress) == (kind, 0.42)


@pytest.mark.parametrize("failure", [Unreachable("crm", "it is down"), NotAvailable("no right")])
def test_a_failure_is_a_failure(watch: Watch, installation: Any, failure: Exception) -> None:
    """The probe ends as the question does, and the others know that we can't look."""
    watch.probe(row())
    installation.answers(batch_tasks=failure)
    with pytest.raises(type(failure)):
        watch.again()
    assert not installation.connection.witnesses.can_look("imports")


def test_a_list_of_nothing_but_bad_rows_is_a_failure(watch: Watch, installation: Any) -> None:
    """It is no look at all: what was seen before may still be so."""
    watch.probe(row())
    with pytest.raises(Malformed):
        watch.probe({})
    assert not installation.connection.witnesses.can_look("imports")


def test_while_nothing_changes_the_snapshot_stays_the_same(watch: Watch) -> None:
    """Readers keep what they made of it, though the clock goes on."""
    watch.probe(row())
    second = watch.again()
    watch.now += 1
    assert watch.again() is second
    assert second.memory is None
    watch.now += 1000
    assert watch.again() is not second


def test_what_the_reply_tells_of_the_installation_is_kept(watch: Watch) -> None:
    """Such as that it is simulated."""
    assert watch.probe(facts={"simulated": "yes"}).facts == {"simulated": "yes"}


def test_the_source_is_made_for_a_target(installation: Any) -> None:
    """Its witnesses count on it from the start."""
    settings = ImportsSettings(interval=None)
    source = create(None, installation.connection, settings)  # type: ignore[arg-type]
    installation.answers(batch_tasks=[row()])
    assert installation.probe(source, {}).observations[0].key == "task-628"
    assert installation.connection.witnesses.can_look("imports")
