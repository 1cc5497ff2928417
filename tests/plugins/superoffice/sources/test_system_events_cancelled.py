"""An event that must never be cancelled and vanishes too early is said so, for a day."""

from __future__ import annotations

from typing import Any

import pytest

from syseventd import NotAvailable, Observation, Snapshot, Unreachable
from syseventd_superoffice.access import Listing
from syseventd_superoffice.cancellations import GIVEN_UP, recalled
from syseventd_superoffice.news import KEPT
from syseventd_superoffice.system_events import (
    CANCELLED,
    KINDS,
    WHILE_ACTIVE,
    SystemEvents,
    SystemEventsSettings,
)
from syseventd_superoffice.witnesses import REMEMBERED

NOW = 1785592800.0
GRACE = 120.0


def row(key: str = "kSEPublishContact", number: int = 1, **more: object) -> dict[str, object]:
    return {"PrimaryKey": number, "eventkey": key, "scope": 2, "registered": NOW - 100, **more}


class Watch:
    """Both sources' evidence on an installation, by a clock that a test sets."""

    def __init__(self, installation: Any, **settings: object) -> None:
        self.now = NOW
        self.installation = installation
        self.memory: dict[str, str] = {}
        self.settings = SystemEventsSettings.model_validate(settings)
        self.witnesses = installation.connection.witnesses
        self.witnesses.switch_on("imports", None)
        self.restart()

    def restart(self) -> None:
        """A new source, which has nothing but what was stored."""
        self.witnesses.switch_on("system-events", None)
        self.source = SystemEvents(
            self.installation.connection, self.settings, clock=lambda: self.now
        )

    def tasks(self, *tasks: Observation) -> None:
        """What the batch tasks show now."""
        self.witnesses.report("imports", tasks)

    def running(self, **changes: Any) -> None:
        """One task that publishes, and was alive a moment ago."""
        self.tasks(task(**{"heartbeat": self.now - 5, **changes}))

    def probe(self, *rows: object, complete: bool = True, stored: bool = True) -> Snapshot:
        self.installation.answers(system_events=Listing(rows, complete=complete))
        snapshot: Snapshot = self.installation.probe(self.source, self.memory)
        if stored and snapshot.memory is not None:
            self.memory = dict(snapshot.memory)
        return snapshot

    def told(self, *rows: object, **options: bool) -> list[Observation]:
        """The events which say that another went too early."""
        return [o for o in self.probe(*rows, **options).observations if o.kind == CANCELLED]

    def after(self, seconds: float, *rows: object) -> list[Observation]:
        """The same some seconds later, while the task runs on."""
        self.now += seconds
        self.running()
        return self.told(*rows)


def task(**changes: Any) -> Observation:
    number = changes.pop("number", 628)
    told = {"activated_at": NOW - 90, **changes}
    return Observation(
        f"task-{number}", "udef-rebuild", "Publish", marks=frozenset({f"task:{number}"}), **told
    )


@pytest.fixture
def watch(installation: Any) -> Watch:
    watch = Watch(installation)
    watch.running()
    return watch


def test_an_event_that_vanishes_while_its_task_runs_went_too_early(watch: Watch) -> None:
    """It is said once the task has run on for a while, with the task that shows it."""
    watch.probe(row())
    assert watch.told() == []
    assert watch.after(GRACE - 1) == []
    [told] = watch.after(1)
    assert told == Observation(
        key=f"{CANCELLED}/kSEPublishContact",
        kind=CANCELLED,
        name="kSEPublishContact went too early",
        message="kSEPublishContact must never be cancelled, and was gone by 2026-08-01 14:00 UTC: "
        "Publish (task-628) was still running at 2026-08-01 14:02 UTC.",
        activated_at=NOW + GRACE,
    )
    assert CANCELLED in {kind.name for kind in KINDS}


def test_it_is_shown_for_a_day(watch: Watch) -> None:
    """Over restarts too, and whatever becomes of the task; then it is over."""
    watch.probe(row())
    watch.told()
    first = watch.after(GRACE)
    watch.tasks()
    watch.restart()
    watch.now += KEPT - 1
    assert watch.told() == first
    watch.now += 1
    assert watch.told() == []
    assert watch.memory == {}


def test_it_is_told_again_where_it_was_not_stored(watch: Watch) -> None:
    """What the store does not have was told to nobody."""
    watch.probe(row())
    watch.told()
    watch.now += GRACE
    watch.running()
    assert len(watch.told(stored=False)) == len(watch.told()) == 1


def test_one_that_vanished_while_nobody_looked_is_told(watch: Watch) -> None:
    """A restart does not forget which events were there."""
    watch.probe(row())
    watch.restart()
    watch.told()
    assert len(watch.after(GRACE)) == 1


def test_the_usual_end_is_no_news(watch: Watch) -> None:
    """The task is written off a little after its event."""
    watch.probe(row())
    assert watch.told() == []
    watch.tasks()
    watch.now += GRACE
    assert watch.told() == []
    assert watch.memory == {}


def test_we_ask_again_soon_until_it_is_clear(watch: Watch) -> None:
    """The list may be empty, and the question is open."""
    watch.probe(row())
    assert watch.probe().ask_again == WHILE_ACTIVE
    watch.now += GRACE
    watch.tasks()
    assert watch.probe().ask_again is None


@pytest.mark.parametrize(
    "changes",
    [
        {"activated_at": NOW + 1},
        {"stalled": True},
        {"heartbeat": NOW - 1},
    ],
)
def test_a_task_that_does_not_do_its_work_is_no_evidence(
    watch: Watch, changes: dict[str, object]
) -> None:
    """It began later, stands still, or has given no sign of life since."""
    watch.probe(row())
    watch.probe()
    watch.now += GRACE
    watch.running(**changes)
    assert watch.told() == []
    watch.now += GIVEN_UP
    watch.running(**changes)
    assert watch.told() == []
    assert watch.memory == {}


def test_a_task_of_another_kind_is_no_evidence(watch: Watch) -> None:
    """An import may run on."""
    watch.probe(row())
    watch.probe()
    watch.now += GRACE
    watch.tasks(Observation("task-1", "import", "Import", marks=frozenset({"task:1"})))
    assert watch.told() == []


def test_a_task_without_a_heartbeat_is_believed(watch: Watch) -> None:
    """Where none is told, that it is listed as running must do."""
    watch.probe(row())
    watch.probe()
    watch.now += GRACE
    watch.running(heartbeat=None, activated_at=None)
    assert len(watch.told()) == 1


def test_the_end_of_one_of_several_is_no_news(watch: Watch) -> None:
    """There is one event for each kind of record: as many as tasks are left."""
    watch.probe(row(), row("kSEPublishSale", 2))
    watch.told(row("kSEPublishSale", 2))
    assert watch.after(GRACE, row("kSEPublishSale", 2)) == []


def test_one_of_several_that_went_too_early_is_told(watch: Watch) -> None:
    """Two tasks run, and one event is left."""
    watch.probe(row(), row("kSEPublishSale", 2))
    watch.probe(row("kSEPublishSale", 2))
    watch.now += GRACE
    watch.tasks(*(task(number=n, heartbeat=watch.now) for n in (1, 2)))
    [told] = watch.told(row("kSEPublishSale", 2))
    assert "kSEPublishContact" in told.name


def test_one_that_came_back_was_not_gone(watch: Watch) -> None:
    """Somebody put it right, or another began."""
    watch.probe(row())
    watch.told()
    assert watch.after(GRACE, row(number=2)) == []
    assert watch.told() == []


@pytest.mark.parametrize(
    ("rows", "complete"), [([], False), ([row(scope=9)], True), ([{}, {"eventkey": "x"}], True)]
)
def test_one_that_could_not_be_read_is_not_gone(
    watch: Watch, rows: list[object], complete: bool
) -> None:
    """Nothing is said because we could not look."""
    watch.probe(row())
    watch.probe(*rows, complete=complete)
    watch.now += GRACE
    watch.running()
    assert watch.told(*rows, complete=complete) == []
    assert watch.told(row()) == []


@pytest.mark.parametrize("failure", [Unreachable("crm", "it is down"), NotAvailable("no right")])
def test_while_nobody_sees_the_tasks_nothing_is_said(
    watch: Watch, installation: Any, failure: Exception
) -> None:
    """We wait for them to be seen again, and not for ever."""

    async def fail() -> None:
        raise failure

    watch.probe(row())
    with pytest.raises(type(failure)):
        installation.probe(
            type("Look", (), {"probe": lambda _: watch.witnesses.look("imports", fail())})()
        )
    watch.probe()
    watch.now += GRACE
    assert watch.told() == []
    assert watch.memory
    watch.now += GIVEN_UP
    assert watch.told() == []
    assert watch.memory == {}


def test_where_tasks_are_seen_again_it_is_told(watch: Watch) -> None:
    """The evidence may come late."""
    watch.witnesses.switch_on("imports", None)
    watch.probe(row())
    watch.probe()
    watch.now += 3 * GRACE
    assert watch.told() == []
    watch.running()
    assert len(watch.told()) == 1


def test_the_grace_is_configured(installation: Any) -> None:
    """An installation may take longer to write off its tasks, also longer than we are patient."""
    watch = Watch(installation, publish_grace="2h")
    watch.running()
    watch.probe(row())
    watch.probe()
    assert watch.after(7199) == []
    assert len(watch.after(1)) == 1


def test_other_events_may_go(watch: Watch) -> None:
    """Only what must never be cancelled is followed."""
    watch.probe(row("kSEFreetextRebuild"))
    assert watch.memory == {}
    assert watch.after(GRACE) == []


def test_a_shortest_time_is_believed_without_tasks(installation: Any) -> None:
    """Where the configuration names one, an event that lasted less went too early."""
    watch = Watch(installation, shortest_publish="2m")
    watch.probe(row(), row("b", 2, registered=None), row("kSEPublishSale", 3, registered=NOW - 120))
    [told] = watch.told()
    assert told.key == f"{CANCELLED}/kSEPublishContact"
    assert told.message.endswith(": it lasted 100 s, and takes at least 120 s here.")


@pytest.mark.parametrize("year", [1900, 1969, 8999])
def test_a_date_far_off_makes_no_event_forgotten(watch: Watch, year: int) -> None:
    """Whatever date a row tells, it is remembered as it was told."""
    watch.probe(row(registered=f"{year}-01-01T00:00:00Z"), row("kSEPublishSale", 2))
    assert len(recalled(watch.memory)) == 2


def test_the_longest_of_lists_is_followed_in_part(watch: Watch) -> None:
    """The memory is bounded, whatever a list holds."""
    watch.probe(*(row(f"kSEPublish{n}", n) for n in range(1, 500)))
    assert len(watch.memory["never cancelled"]) < 20_000


# --- rows of which a part can't be read --------------------------------------------------------

NAMED = row("kSE-77", eventname="UDefRebuild", type="")
LACKING = {
    "its name": row("kSE-77", eventname=None, type=""),
    "its key": row("kSE-77", eventkey=None, eventname="Rebuild"),
    "its scope": row("kSE-77", eventname="UDefRebuild", scope=None),
    "all but its number": {"PrimaryKey": 1},
}


@pytest.mark.parametrize("lacking", LACKING.values(), ids=LACKING)
@pytest.mark.parametrize("restarts", [False, True])
def test_one_that_is_listed_is_not_gone(
    watch: Watch, lacking: dict[str, object], restarts: bool
) -> None:
    """Whatever of its row can't be read, also where nobody remembers what it was."""
    watch.probe(NAMED)
    if restarts:
        watch.restart()
    watch.told(lacking)
    assert watch.after(GRACE, lacking) == []
    assert watch.memory
    watch.told()
    assert len(watch.after(GRACE)) == 1


def test_one_that_is_listed_without_its_name_is_left(watch: Watch) -> None:
    """Another one's end is the usual one: as many are left as tasks."""
    watch.probe(NAMED, row("kSEPublishSale", 2))
    watch.restart()
    lacking = LACKING["its name"]
    watch.told(lacking)
    assert watch.after(GRACE, lacking) == []


@pytest.mark.parametrize("more", [{"type": "x"}, {"type": ""}])
def test_a_kind_stays_while_the_name_can_not_be_read(watch: Watch, more: dict[str, object]) -> None:
    """The event does not become another one for the users."""
    named, nameless = ({**row("kSE-77", eventname=n), **more} for n in ("UDefRebuild", None))
    for listed in (named, nameless, nameless, named):
        [told] = watch.probe(listed).observations
        assert (told.kind, told.name) == ("udef-rebuild", "UDefRebuild")


def test_a_kind_stays_while_the_key_can_not_be_read(watch: Watch) -> None:
    """The key is what tells it first, and the event is known by its row's number."""
    for key in ("kSEPublish", None):
        [told] = watch.probe(row("k", eventkey=key)).observations
        assert told.kind == "udef-rebuild"


def test_one_that_is_known_by_its_number_alone_is_not_gone(watch: Watch) -> None:
    """Neither its key nor its scope can be read."""
    watch.probe(NAMED)
    lacking = row(eventkey=None, scope=9)
    watch.told(lacking)
    assert watch.after(GRACE, lacking) == []
    watch.tasks()
    watch.now += GIVEN_UP
    watch.told(lacking)
    assert watch.memory


def test_a_kind_stays_while_the_type_can_not_be_read(watch: Watch) -> None:
    """The type may be all that tells it."""
    for type_ in ("udef", None):
        [told] = watch.probe(row("k", eventname="Name", type=type_)).observations
        assert told.kind == "udef-rebuild"


@pytest.mark.parametrize("complete", [True, False])
def test_a_kind_is_remembered_while_the_row_may_be_there(watch: Watch, complete: bool) -> None:
    """What was not seen of a list that is not complete may come back without its name."""
    watch.tasks()
    watch.probe(NAMED)
    watch.probe(complete=complete)
    expected = "system-event" if complete else "udef-rebuild"
    [told] = watch.probe(LACKING["its name"]).observations
    assert told.kind == expected


def test_a_kind_is_remembered_while_the_row_can_not_be_read(watch: Watch) -> None:
    """It is known to be there."""
    watch.probe(NAMED)
    watch.probe(row("kSE-77", scope=9))
    [told] = watch.probe(LACKING["its name"]).observations
    assert told.kind == "udef-rebuild"


@pytest.mark.parametrize(
    "later", [row("k", eventname="Other", type=""), row("k", 2, eventname=None, type="")]
)
def test_a_kind_does_not_outlast_what_told_it(watch: Watch, later: dict[str, object]) -> None:
    """A row with another name, or another row."""
    watch.tasks()
    watch.probe(row("k", eventname="UDefRebuild", type=""))
    [told] = watch.probe(later).observations
    assert told.kind == "system-event"


# --- rows that nobody can read -----------------------------------------------------------------


def test_a_row_that_can_not_be_read_keeps_the_others_for_a_day(watch: Watch) -> None:
    """Over restarts too; then what is not listed is gone, as it is once the row can be read."""
    watch.probe(row("a"), {})
    watch.restart()
    watch.now += REMEMBERED
    assert not watch.probe({}, row("b", 2)).complete
    watch.now += 1
    assert watch.probe({}, row("b", 2)).complete
    assert watch.probe(row("b", 2)).complete
    assert not watch.probe({}, row("b", 2)).complete


def test_a_list_that_did_not_come_as_a_whole_is_never_complete(watch: Watch) -> None:
    """However long: nobody has seen the rest of it."""
    watch.probe(row("a"), complete=False)
    watch.now += 2 * REMEMBERED
    assert not watch.probe(row("a"), complete=False).complete
