"""A system event of whose row a part can't be read is not gone, and stays of its kind."""

from __future__ import annotations

from typing import Any

import pytest

from syseventd_superoffice.cancellations import GIVEN_UP
from syseventd_superoffice.witnesses import REMEMBERED

NOW = 1785592800.0

GRACE = 120.0


def row(key: str = "kSEPublishContact", number: int = 1, **more: object) -> dict[str, object]:
    return {"PrimaryKey": number, "eventkey": key, "scope": 2, "registered": NOW - 100, **more}


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
    watch: Any, lacking: dict[str, object], restarts: bool
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


def test_one_that_is_listed_without_its_name_is_left(watch: Any) -> None:
    """Another one's end is the usual one: as many are left as tasks."""
    watch.probe(NAMED, row("kSEPublishSale", 2))
    watch.restart()
    lacking = LACKING["its name"]
    watch.told(lacking)
    assert watch.after(GRACE, lacking) == []


@pytest.mark.parametrize("more", [{"type": "x"}, {"type": ""}])
def test_a_kind_stays_while_the_name_can_not_be_read(watch: Any, more: dict[str, object]) -> None:
    """The event does not become another one for the users."""
    named, nameless = ({**row("kSE-77", eventname=n), **more} for n in ("UDefRebuild", None))
    for listed in (named, nameless, nameless, named):
        [told] = watch.probe(listed).observations
        assert (told.kind, told.name) == ("udef-rebuild", "UDefRebuild")


def test_a_kind_stays_while_the_key_can_not_be_read(watch: Any) -> None:
    """The key is what tells it first, and the event is known by its row's number."""
    for key in ("kSEPublish", None):
        [told] = watch.probe(row("k", eventkey=key)).observations
        assert told.kind == "udef-rebuild"


def test_one_that_is_known_by_its_number_alone_is_not_gone(watch: Any) -> None:
    """Neither its key nor its scope can be read."""
    watch.probe(NAMED)
    lacking = row(eventkey=None, scope=9)
    watch.told(lacking)
    assert watch.after(GRACE, lacking) == []
    watch.tasks()
    watch.now += GIVEN_UP
    watch.told(lacking)
    assert watch.memory


def test_a_kind_stays_while_the_type_can_not_be_read(watch: Any) -> None:
    """The type may be all that tells it."""
    for type_ in ("udef", None):
        [told] = watch.probe(row("k", eventname="Name", type=type_)).observations
        assert told.kind == "udef-rebuild"


@pytest.mark.parametrize("complete", [True, False])
def test_a_kind_is_remembered_while_the_row_may_be_there(watch: Any, complete: bool) -> None:
    """What was not seen of a list that is not complete may come back without its name."""
    watch.tasks()
    watch.probe(NAMED)
    watch.probe(complete=complete)
    expected = "system-event" if complete else "udef-rebuild"
    [told] = watch.probe(LACKING["its name"]).observations
    assert told.kind == expected


def test_a_kind_is_remembered_while_the_row_can_not_be_read(watch: Any) -> None:
    """It is known to be there."""
    watch.probe(NAMED)
    watch.probe(row("kSE-77", scope=9))
    [told] = watch.probe(LACKING["its name"]).observations
    assert told.kind == "udef-rebuild"


@pytest.mark.parametrize(
    "later", [row("k", eventname="Other", type=""), row("k", 2, eventname=None, type="")]
)
def test_a_kind_does_not_outlast_what_told_it(watch: Any, later: dict[str, object]) -> None:
    """A row with another name, or another row."""
    watch.tasks()
    watch.probe(row("k", eventname="UDefRebuild", type=""))
    [told] = watch.probe(later).observations
    assert told.kind == "system-event"


def test_a_row_that_can_not_be_read_keeps_the_others_for_a_day(watch: Any) -> None:
    """Over restarts too; then what is not listed is gone, as it is once the row can be read."""
    watch.probe(row("a"), {})
    watch.restart()
    watch.now += REMEMBERED
    assert not watch.probe({}, row("b", 2)).complete
    watch.now += 1
    assert watch.probe({}, row("b", 2)).complete
    assert watch.probe(row("b", 2)).complete
    assert not watch.probe({}, row("b", 2)).complete


def test_a_list_that_did_not_come_as_a_whole_is_never_complete(watch: Any) -> None:
    """However long: nobody has seen the rest of it."""
    watch.probe(row("a"), complete=False)
    watch.now += 2 * REMEMBERED
    assert not watch.probe(row("a"), complete=False).complete
