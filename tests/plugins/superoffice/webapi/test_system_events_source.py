"""Rows of system events become observations, and bad rows hide no good ones."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

from syseventd import Malformed, Observation, Problem, Snapshot
from syseventd_superoffice.access import Listing
from syseventd_superoffice.connection import Connection
from syseventd_superoffice.system_events import (
    WHILE_ACTIVE,
    SystemEvents,
    read_listing,
    read_scope,
)
from syseventd_superoffice.webapi import WebApi
from syseventd_superoffice.webapi.client import Client
from syseventd_superoffice.webapi.questions import SYSTEM_EVENTS

ROW = {
    "PrimaryKey": "342",
    "EntityName": "systemevent",
    "SystemEvent_id": 342,
    "scope": 2,
    "type": "Database",
    "owner": 0,
    "eventkey": "kSEFreetextRebuild",
    "eventname": "Free-text rebuild",
    "status": "Running",
    "eventmess": "Büro\nsecond line",
    "eta": "2026-08-01T18:00:00+00:00",
    "registered": "2026-08-01T14:02:11.1234567",
    "registered_associate_id/assocName": "AU",
    "registered_associate_id/fullName": "Admin User",
}


def read(*rows: object, complete: bool = True) -> Snapshot:
    listing = Listing(rows, complete=complete)
    return asyncio.run(read_listing(listing))


def one(**changes: object) -> Observation:
    snapshot = read(ROW | changes)
    assert snapshot.problems == ()
    [observation] = snapshot.observations
    return observation


def without(*names: str) -> dict[str, object]:
    return {name: value for name, value in ROW.items() if name not in names}


def test_every_field_arrives() -> None:
    """A whole row fills a whole observation; text keeps its lines."""
    assert one() == Observation(
        key="kSEFreetextRebuild",
        kind="freetext-rebuild",
        name="Free-text rebuild",
        status="Running",
        message="Büro\nsecond line",
        scope="database",
        activated_at=datetime(2026, 8, 1, 14, 2, 11, 123456, UTC).timestamp(),
        activated_by="Admin User",
        expected_end=datetime(2026, 8, 1, 18, 0, tzinfo=UTC).timestamp(),
        details=(("Type", "Database"), ("User ID", "AU")),
        marks=frozenset({"system-event:342"}),
    )


def test_only_the_key_is_needed() -> None:
    """Whatever else is missing or null is empty."""
    bare = Observation("kSEFreetextRebuild", "freetext-rebuild", "kSEFreetextRebuild")
    assert read({"eventkey": "kSEFreetextRebuild"}).observations == (bare,)
    nothing = dict.fromkeys(ROW) | {"eventkey": "kSEFreetextRebuild"}
    assert read(nothing) == Snapshot((bare,), ask_again=WHILE_ACTIVE)


@pytest.mark.parametrize(
    ("row", "key"),
    [
        (ROW | {"owner": 7, "scope": 3}, "kSEFreetextRebuild/7"),
        (ROW | {"owner": "7", "scope": "4"}, "kSEFreetextRebuild/7"),
        (without("owner"), "kSEFreetextRebuild"),
        (ROW | {"eventkey": ""}, "Free-text rebuild"),
        (without("eventkey", "eventname"), "#342"),
        (without("eventkey", "eventname") | {"PrimaryKey": 342}, "#342"),
        (without("eventkey", "eventname", "PrimaryKey"), "#342"),
    ],
)
def test_what_identifies_an_event(row: dict[str, object], key: str) -> None:
    """Its key and owner; else its name; else the number of its row."""
    [observation] = read(row).observations
    assert observation.key == key


def test_typed_text_is_the_message_alone() -> None:
    """What an administrator typed becomes no key and no kind."""
    observation = one(eventkey="x", eventname="y", type="", eventmess="No Login kSEFreetextRebuild")
    assert (observation.key, observation.kind) == ("x", "system-event")


def test_the_user_id_stands_in_for_the_name() -> None:
    """Without a full name, the user ID says who it was."""
    assert one(**{"registered_associate_id/fullName": ""}).activated_by == "AU"


@pytest.mark.parametrize(
    ("changes", "detail"),
    [
        ({"type": "Applies to all"}, ("Type", "Applies to all")),
        ({"eventkey": "PrototypeRebuild", "extrainfo": 12}, ("Travel area", "12")),
        ({"extrainfo": "12"}, ("Extra info", "12")),
        ({"scope": 3, "owner": 7}, ("For group", "7")),
        ({"scope": "User", "owner": 7}, ("For user", "7")),
    ],
)
def test_what_else_a_row_says_is_shown(changes: dict[str, object], detail: tuple[str, str]) -> None:
    """The type in the vendor's own words, and the numbers of whom and what it concerns."""
    assert detail in one(**changes).details


@pytest.mark.parametrize("changes", [{"type": "", "extrainfo": 0}, {"type": None, "owner": 7}])
def test_what_a_row_does_not_say_is_not_shown(changes: dict[str, object]) -> None:
    """No heading without a text; the owner of what concerns everybody is nobody."""
    assert one(**changes).details == (("User ID", "AU"),)


@pytest.mark.parametrize(
    ("value", "word"),
    [
        (1, "system-wide"),
        ("2", "database"),
        ("Group", "group"),
        ("SystemWide", "system-wide"),
        (4, "user"),
        (0, ""),
        (None, ""),
        ("Undefined", ""),
    ],
)
def test_scopes(value: object, word: str) -> None:
    """A scope is a number, a number as text, or a name."""
    assert read_scope(value) == word


@pytest.mark.parametrize("scope", ["banana", 9, {}, True])
def test_a_row_of_unknown_scope_ends_nothing(scope: object) -> None:
    """Scope is part of what an event is: without it, the event is unseen, and the rest goes on."""
    snapshot = read(ROW | {"scope": scope}, ROW | {"eventkey": "other"})
    assert [o.key for o in snapshot.observations] == ["other"]
    assert snapshot.unseen == {"kSEFreetextRebuild", "system-event:342"}
    assert snapshot.complete
    [problem] = snapshot.problems
    assert problem.where == "row 1 (PrimaryKey 342)"
    assert problem.reason.startswith("scope ")


def test_a_bad_field_leaves_its_row() -> None:
    """A row whose expected end can't be read is there, without one."""
    snapshot = read(ROW | {"eta": "banana", "status": {}})
    [observation] = snapshot.observations
    assert observation.expected_end is None
    assert observation.activated_by == "Admin User"
    assert set(snapshot.problems) == {
        Problem("row 1 (PrimaryKey 342)", 'eta "banana" is not a date'),
        Problem("row 1 (PrimaryKey 342)", "status {} is not a text"),
    }


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (7, "row 2: is no object"),
        ({f"k{n}": n for n in range(257)}, "row 2: has more than 256 fields"),
        ({"eventmess": "x"}, "row 2: has neither eventkey, eventname nor PrimaryKey"),
        (ROW | {"owner": "me"}, 'row 2 (PrimaryKey 342): owner "me" is not a whole number'),
        (ROW | {"eventkey": {}}, "row 2 (PrimaryKey 342): eventkey {} is not a text"),
    ],
)
def test_a_row_that_nobody_knows_makes_the_list_incomplete(row: object, said: str) -> None:
    """It may be any event, so none may end."""
    snapshot = read(ROW, row)
    assert len(snapshot.observations) == 1
    assert not snapshot.complete
    assert snapshot.unseen == frozenset()
    assert [str(p) for p in snapshot.problems] == [said]


def test_a_list_of_nothing_but_bad_rows_is_malformed() -> None:
    """Where no row can be read, the source fails instead of seeming to work."""
    with pytest.raises(Malformed, match="none of 2 rows can be read; row 2"):
        read({"property1": {}}, {"property2": {}})


def test_what_the_list_could_not_ask_for_is_passed_on() -> None:
    """An incomplete list makes an incomplete snapshot."""
    assert not read(ROW, complete=False).complete


def test_problems_beyond_a_hundred_are_counted() -> None:
    """Rows of unknown keys make the list incomplete, also where their problems are not named."""
    snapshot = read(ROW, *[ROW | {"eventkey": f"k{n}", "eta": "x"} for n in range(150)], 7)
    assert len(snapshot.observations) == 151
    assert len(snapshot.problems) == 101
    assert str(snapshot.problems[-1]) == "other problems: and 51 more"
    assert not snapshot.complete


def test_rows_of_known_events_stay_unseen_beyond_a_hundred_problems() -> None:
    """Every event that could not be read is kept, whether its problem is named or not."""
    snapshot = read(ROW, *[ROW | {"eventkey": f"k{n}", "scope": 9} for n in range(150)])
    assert snapshot.unseen == {f"k{n}" for n in range(150)} | {"system-event:342"}
    assert snapshot.complete


def test_long_texts_are_cut() -> None:
    """Names are short, messages may be longer; a key that is cut stays one of its own."""
    long = "x" * 5000
    first, second = (
        one(eventkey=f"{long}{end}", eventname=long, status=long, eventmess=long) for end in "ab"
    )
    assert len(first.name) == len(first.status) == 256
    assert len(first.message) == 4000
    assert first.message.endswith("…")
    assert len(first.key) == len(second.key) == 200
    assert first.key != second.key


@pytest.mark.parametrize("owner", [2**63, 1e300, 10**400])
def test_an_owner_beyond_all_numbers_is_nobody_known(owner: object) -> None:
    """The event is not known, so none ends."""
    snapshot = read(ROW, ROW | {"owner": owner})
    assert len(snapshot.observations) == 1
    assert not snapshot.complete
    assert "is too large a number" in str(snapshot.problems[0])


def test_we_ask_again_soon_while_anything_is_active() -> None:
    """Active events are followed closely, an idle installation is not."""
    assert read(ROW).ask_again == WHILE_ACTIVE
    assert read().ask_again is None
    lazy = asyncio.run(read_listing(Listing((ROW,)), while_active=None))
    assert lazy.ask_again is None


JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=4,
)
ROWS = st.lists(
    st.fixed_dictionaries({}, optional=dict.fromkeys((*SYSTEM_EVENTS, "PrimaryKey"), JSON)) | JSON,
    max_size=4,
)


@given(ROWS)
def test_no_reply_breaks_the_source(rows: list[Any]) -> None:
    """Any JSON at all becomes a snapshot or Malformed; no row vanishes without a word."""
    try:
        snapshot = read(*rows)
    except Malformed:
        return
    assert len(snapshot.observations) + len(snapshot.problems) >= len(rows)


def test_the_same_reply_is_the_same_snapshot(crm: Any) -> None:
    """While the bytes stay the same nothing is decoded again."""
    replies = iter([[ROW], [ROW], [ROW | {"status": "Done"}]])

    async def handler(request: web.Request) -> web.StreamResponse:
        if not request.path.endswith("/SystemEvent"):
            return web.json_response([] if request.path.endswith("GetSystemMessages") else {})
        assert request.query["$select"].split(",") == list(SYSTEM_EVENTS)
        return web.json_response({"odata.nextLink": None, "value": next(replies)})

    async def use(client: Client) -> list[Snapshot]:
        source = SystemEvents(Connection(WebApi(client)))
        return [await source.probe() for _ in range(3)]

    first, second, third = crm.ask(handler, use)
    assert first is second
    assert first.problems == ()
    assert third.observations[0].status == "Done"
