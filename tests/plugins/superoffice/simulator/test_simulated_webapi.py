"""The simulated installation over HTTP: login, versions, events, licences, refusals."""

from __future__ import annotations

from typing import Any

import pytest
from yarl import URL

EVENTS = "/api/v1/SystemEvent"
FREETEXT = "kSEFreetextRebuild (simulated)"


@pytest.mark.parametrize(
    "login",
    [
        {"login": False},
        {"user": "else"},
        {"password": "wrong"},
        {"Authorization": "SOTicket 7T:abc"},
        {"Authorization": "Basic ?"},
        {"Authorization": "Basic ÿ"},
    ],
    ids=["none", "user", "password", "scheme", "no base64", "no ASCII"],
)
@pytest.mark.parametrize("path", [EVENTS, f"{EVENTS}/101", "/api/v1/License", "/api/v1/Else"])
def test_nobody_gets_in_without_the_login(crm: Any, path: str, login: dict[str, Any]) -> None:
    """A wrong login, or none, is 401 everywhere, with the vendor's error and a challenge."""
    answer = crm.ask(path, **login)
    assert answer.status == 401
    assert answer.json["Error"] is True
    assert answer.headers["WWW-Authenticate"].startswith("Basic ")


@pytest.mark.parametrize(
    ("path", "status", "asked"),
    [
        (EVENTS, 200, {}),
        ("/api/v1/License", 200, {}),
        ("/api", 200, {"login": False}),
        (EVENTS, 401, {"login": False}),
        (f"{EVENTS}/1", 404, {}),
        (EVENTS, 501, {"method": "DELETE"}),
    ],
)
def test_every_reply_says_that_it_is_simulated(
    crm: Any, path: str, status: int, asked: dict[str, Any]
) -> None:
    """Whatever it answers, a header tells readers what it is."""
    answer = crm.ask(path, **asked)
    assert answer.status == status
    assert answer.headers["Syseventd-Simulated"] == "yes"


def test_the_scheme_may_be_written_in_any_case(crm: Any) -> None:
    """The name of the scheme is case-insensitive (RFC 7235)."""
    answer = crm.ask(EVENTS, Authorization="basic ZGVtbzpwYXNzOnfDtnJk")
    assert answer.status == 200


def test_versions_need_no_login(crm: Any) -> None:
    """Anybody may ask what answers here, and learns that it is simulated."""
    answer = crm.ask("/api", login=False, Accept="application/json")
    assert answer.status == 200
    assert answer.json["v1"].endswith("/api/v1")
    assert "(simulated)" in answer.json["NetServer"]


def test_versions_are_html_unless_json_is_asked_for(crm: Any) -> None:
    """A browser is shown a page, which says the same."""
    answer = crm.ask("/api", login=False, Accept="text/html")
    assert answer.headers["Content-Type"].startswith("text/html")
    assert "A simulated CRM installation" in answer.text


def test_events_come_as_a_slim_list(crm: Any) -> None:
    """The list holds what the story tells at that second."""
    answer = crm.ask(EVENTS)
    assert [row["eventname"] for row in answer.json["value"]] == [
        "Import (simulated)",
        "Message of the day (simulated)",
    ]
    assert answer.json["odata.nextLink"] is None
    assert answer.json["odata.metadata"].endswith("/api/v1/Archive/$metadata")


def test_held_still_it_answers_the_same(crm: Any) -> None:
    """While the clock is held, nothing moves."""
    crm.clock.move(33)
    assert crm.rows() == crm.rows()


def test_moved_on_it_answers_anew(crm: Any) -> None:
    """After its last second an event is gone, and a new one has its own id."""
    crm.clock.move(100)
    first = {row["eventkey"]: row["SystemEvent_id"] for row in crm.rows()}
    crm.clock.move(150)
    assert FREETEXT not in {row["eventkey"] for row in crm.rows()}
    crm.clock.move(180)
    again = {row["eventkey"]: row["SystemEvent_id"] for row in crm.rows()}
    assert again[FREETEXT] > first[FREETEXT]


@pytest.mark.parametrize("top", [1, 2, 3])
def test_next_links_lead_through_all_rows(crm: Any, top: int) -> None:
    """Following the links shows each row once, with the columns and the order of the first."""
    crm.clock.move(140)
    query = {"$select": "SystemEvent_id,eventname", "$orderBy": "SystemEvent_id desc"}
    everything = crm.rows(query)
    answer = crm.ask(EVENTS, {**query, "$top": str(top)})
    rows = answer.json["value"]
    while link := answer.json["odata.nextLink"]:
        answer = crm.ask(str(URL(link).relative()))
        rows += answer.json["value"]
    assert rows == everything
    assert len(rows) == 5


@pytest.mark.parametrize(
    ("query", "status", "word"),
    [
        ({"$select": "colour"}, 400, "colour"),
        ({"$orderBy": "colour"}, 400, "colour"),
        ({"$top": "x"}, 400, "$top"),
        ({"$filter": "scope eq 1"}, 501, "$filter"),
    ],
)
def test_a_wrong_query_gets_the_vendors_error(
    crm: Any, query: dict[str, str], status: int, word: str
) -> None:
    """The error names what is wrong."""
    answer = crm.ask(EVENTS, query)
    assert answer.status == status
    assert word in answer.json["ErrorMessage"]


def test_an_event_can_be_read_by_its_id(crm: Any) -> None:
    """The entity says the same as its row."""
    row = crm.rows()[1]
    event = crm.ask(f"{EVENTS}/{row['PrimaryKey']}").json
    assert event["SystemEventId"] == row["SystemEvent_id"]
    assert event["Eventmess"] == row["eventmess"]
    assert (event["Scope"], row["scope"]) == ("SystemWide", 1)
    assert event["Registered"] == row["registered"]
    assert event["_Links"]["Self"].endswith(f"{EVENTS}/{row['PrimaryKey']}")


@pytest.mark.parametrize("number", ["999999", "0", "seven", "99999999999"])
def test_there_is_no_such_event(crm: Any, number: str) -> None:
    """An id that does not stand now is 404, and so is what can't be one."""
    answer = crm.ask(f"{EVENTS}/{number}")
    assert answer.status == 404
    assert answer.json["ErrorType"] == "NotFound"


def test_an_entity_is_not_cut(crm: Any) -> None:
    """A part of an entity is not played, and that is said."""
    assert crm.ask(f"{EVENTS}/101", {"$select": "Eta"}).status == 501


@pytest.mark.parametrize("method", ["POST", "DELETE"])
def test_nothing_can_be_changed(crm: Any, method: str) -> None:
    """The simulator is read only, and says so."""
    answer = crm.ask(EVENTS, method=method)
    assert answer.status == 501
    assert "GET" in answer.headers["Allow"]
    assert "does not play" in answer.json["ErrorMessage"]


def test_versions_change_with_the_upgrade(crm: Any) -> None:
    """What `/api` tells is what is installed now."""
    before = crm.ask("/api", login=False, Accept="application/json").json
    crm.clock.move(460)
    after = crm.ask("/api", login=False, Accept="application/json").json
    assert before["NetServerVersion"] == "11.10.721.0"
    assert after["NetServerVersion"] == "11.10.722.0"
    assert after["NetServerDate"] == "2026-07-01T12:07:40"


def test_dates_come_in_the_base_zone(crm_in_norway: Any) -> None:
    """Without the header: the expected end by Norway's clocks, the start in UTC, no offsets."""
    row = crm_in_norway.rows()[0]
    assert row["registered"] == "2026-07-01T12:00:00"
    assert row["eta"] == "2026-07-01T14:03:00"


def test_dates_come_with_offsets_when_asked_for(crm_in_norway: Any) -> None:
    """With the header all dates say where they stand."""
    row = crm_in_norway.rows(SO_TimeZone="UTC, includeTZOffset")[0]
    assert row["registered"] == "2026-07-01T12:00:00+00:00"
    assert row["eta"] == "2026-07-01T12:03:00+00:00"


def test_an_unknown_time_zone_is_refused(crm: Any) -> None:
    """A zone that is not known gets the vendor's error, for events and licences alike."""
    for path in (EVENTS, "/api/v1/License"):
        assert crm.ask(path, SO_TimeZone="Mars").status == 400


@pytest.mark.parametrize(
    ("headers", "name"),
    [
        ({}, "Dagens meddelande (simulerat)"),
        ({"SO_Language": "en"}, "Message of the day (simulated)"),
        ({"SO_Language": "nl"}, "Dagens meddelande (simulerat)"),
        ({"Accept_Language": "en-GB,en;q=0.9"}, "Message of the day (simulated)"),
        ({"SO_Language": "sv", "Accept_Language": "en"}, "Dagens meddelande (simulerat)"),
    ],
)
def test_names_come_in_the_language_asked_for(
    crm_in_norway: Any, headers: dict[str, str], name: str
) -> None:
    """SO-Language wins over Accept-Language; what isn't spoken gets the installation's own."""
    assert crm_in_norway.rows(**headers)[1]["eventname"] == name
