"""The API's targets: the list, one target whole, and names that are unknown."""

from __future__ import annotations

import pytest

from syseventd.model import (
    NEVER,
    Expiry,
    Measurement,
    Meter,
    Observation,
    Outcome,
    Problem,
    Seats,
)


def test_the_list_has_each_targets_state(world):
    """Name, type, worst state, sources, number of events and what expires first."""
    source = world.watch("crm", "imports")
    world.see(
        source,
        Observation("1", "import", "Job"),
        expiries=(Expiry("licence", "B", world.now + 60), Expiry("grace", "A", NEVER)),
    )
    world.fail(world.watch("crm", "saint"), Outcome.TIMEOUT)
    world.watch("a", "imports", "other")
    reply = world.get("/api/v1/targets", unwatched=lambda: [("legacy", "no plugin")]).json
    first, second = reply["targets"]
    assert first == {
        "name": "a",
        "type": "other",
        "state": "new",
        "sources": {"imports": "new"},
        "events": 0,
        "next_expiry": None,
    }
    assert second["state"] == "failing"
    assert second["sources"] == {"imports": "ok", "saint": "failing"}
    assert second["events"] == 1
    assert second["next_expiry"]["name"] == "B"
    assert second["next_expiry"]["at"] == "2026-11-24T06:34:20Z"
    assert second["next_expiry"]["days_left"] == 0
    assert reply["unwatched"] == [{"name": "legacy", "reason": "no plugin"}]


@pytest.mark.parametrize(
    ("outcomes", "state"),
    [
        ([Outcome.OK, Outcome.OK], "ok"),
        ([Outcome.OK, Outcome.NOT_AVAILABLE], "ok"),
        ([Outcome.NOT_AVAILABLE], "unavailable"),
        ([Outcome.OK, Outcome.PAUSED], "paused"),
        ([Outcome.PAUSED, Outcome.ERROR], "failing"),
        ([Outcome.OK, None], "new"),
    ],
)
def test_a_targets_state_is_its_worst_sources(world, outcomes, state):
    """What troubles one source troubles the target; what is not available troubles nobody."""
    for number, outcome in enumerate(outcomes):
        source = world.watch("crm", f"s{number}")
        if outcome is not None:
            world.fail(source, outcome)
    assert world.get("/api/v1/targets").json["targets"][0]["state"] == state


@pytest.fixture
def told(world):
    """A target with something of everything, of which one source fails, as the API tells it."""
    good, bad = world.watch("crm", "licences"), world.watch("crm", "saint")
    world.see(
        good,
        Observation("1", "import", "Job"),
        facts={"version": "11"},
        seats=(Seats("Vendor", "user", 4, 5, "Users"),),
        meters=(Meter("mails", float("nan"), float("inf"), estimated=True),),
        measurements=(Measurement("index_words", 7.0, "person"), Measurement("invented", 1)),
        expiries=(Expiry("licence", "Vendor", NEVER), Expiry("grace", "Vendor", world.now)),
        problems=(Problem("row 3", "has no name"),),
    )
    world.now += 5
    world.fail(bad, Outcome.THROTTLED, "slow down")
    world.next_runs[bad] = world.now + 60
    return world.get("/api/v1/targets/crm").json


def test_what_goes_on_and_expires_is_told_with_totals(told):
    """Facts, events and dates; what never expires comes last, as null."""
    assert told["facts"] == {"version": "11"}
    assert [expiry["at"] for expiry in told["expiries"]] == ["2026-11-24T06:33:20Z", None]
    assert [event["key"] for event in told["events"]] == ["1"]
    assert told["totals"] == {"events": 1, "expiries": 2, "measurements": 2}


def test_licences_and_meters_are_told(told):
    """Each with its source and when that was measured; what is no number is null."""
    assert told["licences"] == [
        {
            "owner": "Vendor",
            "licence": "user",
            "title": "Users",
            "used": 4,
            "limit": 5,
            "available": 1,
            "source": "licences",
            "measured_at": "2026-11-24T06:33:20Z",
        }
    ]
    assert told["meters"][0]["used"] is None
    assert told["meters"][0]["threshold"] is None
    assert told["meters"][0]["estimated"] is True


def test_measurements_are_told_with_what_they_measure(told):
    """Of what no plugin declared nobody knows what it measures."""
    words, invented = told["measurements"]
    assert words == {
        "name": "index_words",
        "part": "person",
        "value": 7.0,
        "help": "Words in an index.",
        "source": "licences",
        "measured_at": "2026-11-24T06:33:20Z",
    }
    assert (invented["name"], invented["help"]) == ("invented", "")


def test_each_sources_health_is_told(told):
    """What it could not read, since when it fails and why, when it is asked next."""
    assert told["sources"]["licences"]["problems"] == [{"where": "row 3", "reason": "has no name"}]
    assert told["sources"]["saint"] == {
        "state": "failing",
        "since": "2026-11-24T06:33:25Z",
        "outcome": "throttled",
        "reason": "slow down",
        "last_success": None,
        "next_run": "2026-11-24T06:34:25Z",
        "stale": True,
        "probes": 1,
        "failures": {"throttled": 1},
        "problems": [],
        "problems_total": 0,
    }


def test_the_last_probes_are_told_newest_first(told):
    """Of all sources together."""
    assert [probe["outcome"] for probe in told["probes"]] == ["throttled", "ok"]
    assert told["probes"][1]["duration_seconds"] == 0.25


def test_long_lists_are_cut_and_counted(world):
    """A thousand of each are given, newest and soonest first, with the totals."""
    world.see(
        world.watch("crm", "imports"),
        *(Observation(str(n), "import", "Job") for n in range(1001)),
        expiries=tuple(Expiry("certificate", str(n), world.now + n) for n in range(1002)),
        measurements=tuple(Measurement("index_words", n, str(n)) for n in range(1003)),
    )
    target = world.get("/api/v1/targets/crm").json
    assert len(target["events"]) == len(target["expiries"]) == 1000
    assert len(target["measurements"]) == 1000
    assert target["totals"] == {"events": 1001, "expiries": 1002, "measurements": 1003}
    assert target["events"][0]["key"] == "1000"
    assert target["expiries"][0]["name"] == "0"


def test_an_unknown_target_names_the_nearest(world):
    """A mistyped name is answered with what was meant."""
    world.watch("crm-east", "imports")
    reply = world.get("/api/v1/targets/crm-eest")
    assert reply.status == 404
    assert reply.json["error"] == 'there is no target "crm-eest"; did you mean crm-east?'


def test_an_unlike_name_is_answered_with_those_that_there_are(world):
    """Where nothing is near, the first ten are listed and the rest counted."""
    for number in range(12):
        world.watch(f"crm{number:02}", "imports")
    problem = world.get("/api/v1/targets/zzz").json["error"]
    assert problem.endswith(
        "there are " + ", ".join(f"crm{n:02}" for n in range(10)) + " and 2 more"
    )


def test_where_nothing_is_watched_an_unknown_target_says_so(world):
    """No list of nothing."""
    assert "there is none at all" in world.get("/api/v1/targets/crm").json["error"]


def test_an_unwatched_target_says_why(world):
    """A target that is configured but can't be watched is told with the reason."""
    reply = world.get("/api/v1/targets/old", unwatched=lambda: [("old", "no plugin")])
    assert (reply.status, reply.json["error"]) == (
        404,
        'the target "old" can\'t be watched: no plugin',
    )


def test_an_unwatched_target_that_is_known_has_a_state_of_its_own(world):
    """What is on the board from before a plugin was refused is not called new: none asks it."""
    world.watch("old", "imports")
    paths = "/api/v1/targets", "/api/v1/targets/old"
    listed, detail = world.get(*paths, unwatched=lambda: [("old", "no plugin")])
    assert listed.json["targets"][0]["state"] == "unwatched"
    assert listed.json["targets"][0]["sources"] == {"imports": "unwatched"}
    assert detail.json["state"] == "unwatched"
    assert detail.json["sources"]["imports"]["state"] == "unwatched"


@pytest.mark.parametrize("path", ["/api/v1/targets", "/api/v1/targets/crm", "/api/v1/events/1"])
def test_parameters_where_there_are_none_are_refused(world, path):
    """A filter that would do nothing is an error, not a silence."""
    world.watch("crm", "imports")
    reply = world.get(f"{path}?limit=3")
    assert (reply.status, reply.json["error"]) == (
        400,
        '"limit" is no parameter here; there is none at all',
    )


def test_what_is_left_is_what_the_page_says(world):
    """Days by the calendar to a licence's date; seats that nobody has, at least none."""
    end = 1796515200.0  # 2026-12-06T00:00:00Z, eleven and a half days after now
    world.see(
        world.watch("crm", "licences"),
        expiries=(
            Expiry("licence", "Vendor", end),
            Expiry("certificate", "Web", end),
            Expiry("licence", "Add-on", world.now - 86400),
            Expiry("grace", "Vendor", NEVER),
        ),
        seats=(
            Seats("Vendor", "user", 4, 5),
            Seats("Vendor", "web", 7, 5),
            Seats("Vendor", "any", 4, None),
            Seats("Vendor", "unknown", None, 5),
        ),
    )
    target = world.get("/api/v1/targets/crm").json
    left = {(e["kind"], e["name"]): e["days_left"] for e in target["expiries"]}
    assert left == {
        ("licence", "Vendor"): 12,
        ("certificate", "Web"): 11,
        ("licence", "Add-on"): -1,
        ("grace", "Vendor"): None,
    }
    assert [licence["available"] for licence in target["licences"]] == [1, 0, None, None]
