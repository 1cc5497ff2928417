"""The API's events: filters, pages, single events, and what is refused in words."""

from __future__ import annotations

import pytest

from syseventd.errors import StoreUnusable
from syseventd.interface import EventKind, Severity
from syseventd.model import Observation


@pytest.fixture
def full(world):
    """Five events of two targets; the oldest has ended."""
    imports, saint = world.watch("crm", "imports"), world.watch("host", "saint")
    world.see(imports, Observation("1", "import", "First"))
    world.now += 100
    world.see(imports, *(Observation(str(n), "import", f"Job {n}") for n in (2, 3, 4)))
    world.see(saint, Observation("5", "saint", "Counters"))
    return world


def keys(reply) -> list[str]:
    return [event["key"] for event in reply.json["events"]]


EVENT = {
    "id": 1,
    "target": "crm",
    "source": "imports",
    "key": "7",
    "kind": "import",
    "name": "Nightly",
    "status": "Started",
    "message": "50 rows",
    "scope": "database",
    "state": "active",
    "severity": "warning",
    "activated_at": "2026-11-24T06:32:19.500000Z",
    "activated_by": "ANNA",
    "portrait": None,
    "expected_end": "2026-11-24T06:33:20Z",
    "started_at": "2026-11-24T06:33:20Z",
    "ended_at": None,
    "end_reason": None,
    "progress": 0.5,
    "stalled": False,
    "details": [{"name": "Rows", "text": "7"}, {"name": "Rows", "text": "8"}],
    "also_known_as": ["system-event:3", "task:7"],
}


def test_how_bad_an_event_is_stands_wherever_it_is_shown(world):
    """Its kind's, a degree worse once it is overdue: in the list, alone, and with its target."""
    world.kinds["backup"] = EventKind("backup", "Backup", severity=Severity.INFO)
    world.see(
        world.watch("crm", "imports"),
        Observation("1", "backup", "On time"),
        Observation("2", "backup", "Late", expected_end=world.now - 1),
    )
    listed, alone, target = world.get("/api/v1/events", "/api/v1/events/2", "/api/v1/targets/crm")
    for events in (listed.json["events"], target.json["events"]):
        severities = {event["name"]: event["severity"] for event in events}
        assert severities == {"On time": "info", "Late": "warning"}
    assert alone.json["severity"] == "warning"


def test_an_event_has_the_contracts_fields(world):
    """Names and forms are the contract's: ISO times in UTC, never is null."""
    event = Observation(
        *("7", "import", "Nightly", "Started", "50 rows", "database", world.now - 60.5, "ANNA"),
        *(world.now, 0.5),
        details=(("Rows", "7"), ("Rows", "8")),
        marks=frozenset({"task:7", "system-event:3"}),
    )
    world.see(world.watch("crm", "imports"), event)
    assert world.get("/api/v1/events").json["events"] == [EVENT]


def test_an_event_that_stands_still_is_active_all_the_same(world):
    """It is shown as stalled, and whoever asks for what is active gets it; once ended, it ended."""
    source = world.watch("crm", "imports")
    stalled = Observation("1", "import", "First", stalled=True)
    world.see(source, stalled, Observation("2", "import", "Second"))
    shown = world.get("/api/v1/events?state=active").json["events"]
    assert {event["key"]: event["state"] for event in shown} == {"1": "stalled", "2": "active"}
    assert world.get("/api/v1/events?state=ended").json["events"] == []
    world.see(source)
    ended = world.get("/api/v1/events/1").json
    assert (ended["state"], ended["stalled"]) == ("ended", True)


def test_what_changed_has_the_names_and_forms_of_the_event(world):
    """Details, marks and standing still as the event itself shows them."""
    source = world.watch("crm", "imports")
    first = Observation("7", "import", "N", details=(("Rows", "7"),), marks=frozenset({"task:7"}))
    marks = frozenset({"task:7", "event:3"})
    world.see(source, first)
    world.see(source, Observation("7", "import", "N", stalled=True, marks=marks))
    _, changed = world.get("/api/v1/events/1").json["transitions"]
    assert changed["changes"] == {
        "stalled": {"from": False, "to": True},
        "details": {"from": [{"name": "Rows", "text": "7"}], "to": []},
        "also_known_as": {"from": ["task:7"], "to": ["event:3", "task:7"]},
    }


def test_all_events_come_newest_first(full):
    """Without filters everything is listed."""
    reply = full.get("/api/v1/events")
    assert keys(reply)[0] == "5"
    assert keys(reply)[-1] == "1"
    assert reply.json["next"] is None


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("state=active", {"2", "3", "4", "5"}),
        ("state=ended", {"1"}),
        ("state=all", {"1", "2", "3", "4", "5"}),
        ("target=host", {"5"}),
        ("source=imports", {"1", "2", "3", "4"}),
        ("kind=saint", {"5"}),
        ("target=nobody", set()),
        ("since=2026-11-24T06:40:00Z", {"2", "3", "4", "5"}),
        ("since=2026-11-24T07:00:00+01:00", {"1", "2", "3", "4", "5"}),
        ("since=2026-11-24T07:00:00%2B01:00", {"1", "2", "3", "4", "5"}),
        ("since=2026-11-24", {"1", "2", "3", "4", "5"}),
        ("since=1795503000", {"2", "3", "4", "5"}),
    ],
)
def test_filters(full, query, expected):
    """Each filter leaves what it names; times may be ISO 8601 or Unix seconds."""
    assert set(keys(full.get(f"/api/v1/events?{query}"))) == expected


def test_the_cursor_leads_through_all_pages(full):
    """Following `next` yields every event once."""
    seen, cursor = [], ""
    for _ in range(4):
        reply = full.get(f"/api/v1/events?limit=2{cursor}")
        seen += keys(reply)
        if reply.json["next"] is None:
            break
        cursor = f"&cursor={reply.json['next']}"
    assert sorted(seen) == ["1", "2", "3", "4", "5"]


@pytest.mark.parametrize(
    ("query", "problem"),
    [
        ("limit=x", 'limit: "x" is not a whole number from 1 to 1000'),
        ("limit=0", 'limit: "0" is not a whole number from 1 to 1000'),
        ("limit=1001", 'limit: "1001" is not a whole number from 1 to 1000'),
        ("limit=%D9%A3", 'limit: "\u0663" is not a whole number from 1 to 1000'),
        ("state=open", 'state: "open" is not a state; write active, ended or all'),
        ("target=", 'target: "" is empty; leave it out to get all'),
        ("since=inf", 'since: "inf" is not a time; write 2026-11-24T06:31:27Z or Unix seconds'),
        ("since=nan", 'since: "nan" is not a time; write 2026-11-24T06:31:27Z or Unix seconds'),
        ("since=1e300", 'since: "1e300" is not a time; write 2026-11-24T06:31:27Z or Unix seconds'),
        ("since=soon", 'since: "soon" is not a time; write 2026-11-24T06:31:27Z or Unix seconds'),
        ("cursor=9" + "9" * 30, None),
        ("cursor=-1", 'cursor: "-1" is not a cursor; pass on what an earlier reply gave as next'),
        ("stat=active", '"stat" is no parameter here; did you mean state or target?'),
        ("limit=1&limit=2", "limit: is given more than once"),
    ],
)
def test_a_wrong_parameter_is_refused_in_words(world, query, problem):
    """Nothing that can't be understood is ignored."""
    reply = world.get(f"/api/v1/events?{query}")
    assert reply.status == 400
    assert problem is None or reply.json == {"error": problem}


def test_an_unlike_parameter_is_answered_with_all_that_there_are(world):
    """Where nothing is near, the known names are listed."""
    problem = world.get("/api/v1/events?zzzzzz=1").json["error"]
    assert problem == (
        '"zzzzzz" is no parameter here; there are state, target, source, kind, since, limit, cursor'
    )


def test_one_event_has_its_transitions(world):
    """Steps oldest first, with what changed from what to what; times in changes are ISO too."""
    source = world.watch("crm", "imports")
    world.see(source, Observation("7", "import", "Nightly", "New"))
    world.see(source, Observation("7", "import", "Nightly", "Started", expected_end=world.now + 60))
    world.see(source)
    reply = world.get("/api/v1/events/1").json
    assert [step["step"] for step in reply["transitions"]] == ["started", "changed", "ended"]
    assert reply["transitions"][1]["changes"] == {
        "status": {"from": "New", "to": "Started"},
        "expected_end": {"from": None, "to": "2026-11-24T06:34:20Z"},
    }
    assert reply["end_reason"] == "gone"
    assert reply["ended_at"] == "2026-11-24T06:33:20Z"


@pytest.mark.parametrize("number", ["7", "x", "0", "-1", "9" * 19, "9" * 40, "%00", "1.0"])
def test_an_unknown_event_is_not_found(world, number):
    """Whatever is no event's id is answered with 404 in words."""
    reply = world.get(f"/api/v1/events/{number}")
    assert reply.status == 404
    assert "/api/v1/events lists them" in reply.json["error"]


class BrokenStore:
    async def events(self, **query):
        raise StoreUnusable("events.db", "the disk is gone")

    async def event(self, number):
        raise ZeroDivisionError("a secret of ours")


def test_a_broken_store_is_told_in_words(world):
    """A store that can't be read is 503 with its reason."""
    reply = world.get("/api/v1/events", store=BrokenStore())
    assert reply.status == 503
    assert reply.json["error"] == "the store events.db can't be used: the disk is gone"


def test_a_fault_of_ours_shows_no_traceback(world):
    """What went wrong inside is in the log, not in the reply."""
    reply = world.get("/api/v1/events/1", store=BrokenStore())
    assert reply.status == 500
    assert reply.json == {"error": "this failed inside the daemon; its log says why"}


def test_an_end_that_never_comes_is_null(world):
    """`expected_end` is null where it is unknown."""
    world.see(world.watch("crm", "imports"), Observation("7", "import", "Nightly"))
    assert world.get("/api/v1/events").json["events"][0]["expected_end"] is None
