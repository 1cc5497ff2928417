"""A tenant's state is asked first: while it is closed nobody else is asked, and it is followed."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

from syseventd import Malformed, NotAvailable, Paused, ProbeEnded, Throttled, Unreachable
from syseventd_superoffice.access import Document
from syseventd_superoffice.values import shown
from syseventd_superoffice.webapi import WebApi, endpoint
from syseventd_superoffice.webapi.client import Client
from syseventd_superoffice.webapi.endpoint import LONGEST_LIFETIME, SHORTEST_LIFETIME, read_state
from syseventd_superoffice.webapi.login_host import Said

STATE = "/api/state/Cust12345"
EVENTS = "/Cust12345/api/v1/SystemEvent"
SECRET = "canary-client-secret-4711"
TICKET = "7T:canary-ticket-0"
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC).timestamp()


async def probe(client: Client) -> None:
    await WebApi(client).system_events()


async def state(client: Client) -> Document:
    return await WebApi(client).tenant()


def ended(online: Any, use: Any = probe) -> ProbeEnded:
    with pytest.raises(ProbeEnded) as caught:
        online.ask(use, "ticket")
    return caught.value


def test_the_state_is_asked_first_and_without_a_login(online: Any) -> None:
    """Then the tenant is asked, where the state says that it is."""
    online.ask(probe, "ticket")
    assert online.paths == [STATE, EVENTS]
    assert "Authorization" not in online.requests[0].headers
    assert "SO-AppToken" not in online.requests[0].headers


def test_the_state_is_asked_once_while_it_is_valid(online: Any) -> None:
    """Ten questions at once, and one more, are told by one state."""

    async def use(client: Client) -> None:
        await asyncio.gather(*(client.ask(f"/api/v1/Q{n}") for n in range(10)))
        await state(client)

    online.ask(use, "ticket")
    assert online.paths.count(STATE) == 1


def test_the_answer_is_what_was_told(online: Any) -> None:
    """Nothing is added and nothing is left out, also where it is known already."""
    online.state = {"State": "OnlineMaintenance", "Version": "R", "Further": [1]}

    async def use(client: Client) -> tuple[Document, Document]:
        access = WebApi(client)
        return await access.tenant(), await access.tenant()

    first, second = online.ask(use, "ticket")
    assert first == second
    assert first.value["Version"] == "R"
    assert first.value["Further"] == [1]
    assert first.where.endswith(STATE)


def test_a_simulated_state_says_so(online: Any) -> None:
    """As every answer of a simulator does."""

    async def simulated(request: web.Request) -> web.StreamResponse:
        reply = await online.tell_state(request)
        reply.headers["Syseventd-Simulated"] = "yes"
        return reply

    online.on_state = simulated
    assert online.ask(state, "ticket").facts == {"simulated": "yes"}


def test_onsite_there_is_no_tenant(crm: Any) -> None:
    """An installation of one's own has no such state."""

    async def nothing(request: web.Request) -> web.StreamResponse:
        return web.Response(status=500)

    with pytest.raises(NotAvailable, match="an installation onsite is no tenant"):
        crm.ask(nothing, state)
    assert crm.requests == []


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ("OfflineMaintenance", "tenant in maintenance (OfflineMaintenance)"),
        ("offlinemaintenance", "tenant in maintenance (offlinemaintenance)"),
        (6, "tenant in maintenance (OfflineMaintenance)"),
        ("6", "tenant in maintenance (OfflineMaintenance)"),
        ("Suspended", "tenant suspended (Suspended)"),
        ("Provisioning", "tenant being set up (Provisioning)"),
        ("ProvisioningFailed", "tenant not set up (ProvisioningFailed)"),
        ("MigrationPending", "tenant not migrated yet (MigrationPending)"),
        ("Deleted", "tenant deleted (Deleted)"),
        ("Deleting", "tenant being deleted (Deleting)"),
        ("DeleteFailed", "tenant being deleted (DeleteFailed)"),
        ("Unknown", "tenant in an unknown state (Unknown)"),
        ("Asleep", "tenant not running (Asleep)"),
        (99, "tenant not running (99)"),
        ("", "tenant not running"),
    ],
)
def test_a_closed_tenant_pauses_every_question_but_one(
    online: Any, told: object, words: str
) -> None:
    """Nobody asks a tenant whose API does not answer; the state itself is still told."""
    online.state = {"State": told, "IsRunning": False}

    async def use(client: Client) -> tuple[Document, str]:
        document = await state(client)
        with pytest.raises(Paused) as caught:
            await probe(client)
        with pytest.raises(Paused):
            await WebApi(client).versions()
        return document, str(caught.value)

    document, said = online.ask(use, "system-user")
    assert document.value["State"] == told
    assert said == f"paused: {words}"
    assert set(online.paths) == {STATE}


def busy(online: Any) -> None:
    """Makes the tenant answer that it can't."""

    async def answer(request: web.Request) -> web.StreamResponse:
        return web.Response(status=503)

    online.on_api = answer


def test_a_maintenance_that_has_just_begun_is_a_pause_at_once(online: Any) -> None:
    """The state that we know is a minute old; the tenant's refusal makes us ask for it again."""

    async def use(client: Client) -> None:
        await probe(client)
        busy(online)
        online.state = {"State": "OfflineMaintenance"}
        await probe(client)

    with pytest.raises(Paused, match="tenant in maintenance"):
        online.ask(use, "ticket")


@pytest.mark.parametrize("known", [True, False])
def test_a_tenant_that_is_merely_busy_is_throttled(online: Any, known: bool) -> None:
    """Also where nobody can say more, because the login host is out of order as well."""

    async def fail(request: web.Request) -> web.StreamResponse:
        return web.Response(status=500)

    async def use(client: Client) -> None:
        await probe(client)
        busy(online)
        if not known:
            online.on_state = fail
        await probe(client)

    with pytest.raises(Throttled, match="HTTP 503"):
        online.ask(use, "ticket")


@pytest.mark.parametrize(
    "told",
    [
        {"State": "Running"},
        {"State": "OnlineMaintenance"},
        {"State": 2},
        {"State": "Running", "IsRunning": None},
        {"State": "OnlineMaintenance", "IsRunning": False},
        {"State": None, "IsRunning": True},
        {"State": "Splendid", "IsRunning": "true"},
        {"State": "Splendid", "IsRunning": None},
    ],
)
def test_an_open_tenant_is_asked(online: Any, told: dict[str, object]) -> None:
    """Also in a state of next year's that does not say that it is closed."""
    online.state = told
    online.ask(probe, "ticket")
    assert EVENTS in online.paths


def test_a_pause_lasts_until_the_state_is_asked_again(online: Any) -> None:
    """That is when it is worth a try."""
    until = datetime.fromtimestamp(NOW + 120, UTC).strftime("%Y-%m-%dT%H:%M:%S.0000000Z")
    online.state = {"State": "OfflineMaintenance", "ValidUntil": until}
    with pytest.raises(Paused) as caught:
        online.ask(probe, "ticket", clock=lambda: NOW)
    assert caught.value.retry_after == 120.0


def lifetime(until: object) -> float:
    said = Said({"State": "Running", "ValidUntil": until}, {})
    return read_state(said, "C", "", "here", NOW, shown).seconds


@pytest.mark.parametrize(
    ("until", "seconds"),
    [
        ("2026-11-24T12:05:00.9342965Z", 300.934296),
        ("2026-11-24T13:05:00+01:00", 300.0),
        ("2026-11-24T12:00:01Z", SHORTEST_LIFETIME),
        ("2020-01-01T00:00:00Z", SHORTEST_LIFETIME),
        ("2099-01-01T00:00:00Z", LONGEST_LIFETIME),
        ("0001-01-01T00:00:00", 60.0),
        (None, 60.0),
        ("soon", 60.0),
        ({}, 60.0),
    ],
)
def test_how_long_a_state_is_believed(until: object, seconds: float) -> None:
    """Until it says, within bounds; a minute where it doesn't say."""
    assert lifetime(until) == pytest.approx(seconds, abs=1e-5)


def test_an_old_state_counts_while_there_is_no_new_one(
    online: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The tenant is asked on, and only the question for the state fails."""
    monkeypatch.setattr(endpoint, "SHORTEST_LIFETIME", 0.0)
    monkeypatch.setattr(endpoint, "DEFAULT_LIFETIME", 0.0)

    async def fail(request: web.Request) -> web.StreamResponse:
        return web.Response(status=500)

    async def use(client: Client) -> None:
        await probe(client)
        online.on_state = fail
        await probe(client)
        with pytest.raises(ProbeEnded, match="HTTP 500"):
            await state(client)

    online.ask(use, "ticket")
    assert online.paths.count(EVENTS) == 2
    assert online.paths.count(STATE) == 2


def test_a_closed_state_is_not_believed_for_ever(
    online: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While there is no new one it counts for a while; then what is wrong with the state shows."""
    monkeypatch.setattr(endpoint, "SHORTEST_LIFETIME", 0.0)
    monkeypatch.setattr(endpoint, "DEFAULT_LIFETIME", 0.0)
    online.state = {"State": "OfflineMaintenance", "IsRunning": False}

    async def fail(request: web.Request) -> web.StreamResponse:
        return web.Response(status=500)

    async def use(client: Client) -> None:
        with pytest.raises(Paused):
            await probe(client)
        online.on_state = fail
        with pytest.raises(Paused):
            await probe(client)
        monkeypatch.setattr(endpoint, "LONGEST_LIFETIME", 0.0)
        with pytest.raises(ProbeEnded, match="HTTP 500"):
            await probe(client)

    online.ask(use, "ticket")


def test_a_state_that_never_comes(online: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is given up before a probe's own deadline, so that there is time left."""
    monkeypatch.setattr(endpoint, "PATIENCE", 0.02)

    async def hang(request: web.Request) -> web.StreamResponse:
        await asyncio.Event().wait()
        return web.Response()

    online.on_state = hang
    error = ended(online)
    assert type(error) is Unreachable
    assert "no answer within 0.02 s" in str(error)


@pytest.mark.parametrize(
    ("reply", "expected", "words"),
    [
        ({"text": "<html>"}, Malformed, "web page instead of JSON"),
        ({"text": "[]"}, Malformed, "should be an object"),
        ({"text": "{}"}, Malformed, "State is missing"),
        ({"text": '{"State": {}}'}, Malformed, "State: {} is not a text"),
        (
            {"text": '{"State": "X", "IsRunning": []}'},
            Malformed,
            "IsRunning: [] is neither true nor false",
        ),
        ({"text": '{"State": "Running", "ContextIdentifier": "Cust9"}'}, Malformed, '"Cust9"'),
        ({"text": '{"State": "Running", "ContextIdentifier": 7}'}, Malformed, "state of 7"),
        ({"body": b" " * 5_000_000}, Malformed, "longer than 4 MiB"),
        ({"status": 404}, Unreachable, "knows no tenant Cust12345"),
        ({"status": 302, "headers": {"Location": "https://evil.example"}}, Unreachable, "evil"),
    ],
)
def test_replies_that_tell_no_state(
    online: Any, reply: dict[str, Any], expected: type[ProbeEnded], words: str
) -> None:
    """Nobody is asked anything while it is not known where to ask."""

    async def answer(request: web.Request) -> web.StreamResponse:
        return web.Response(**reply)

    online.on_state = answer
    for use in (probe, state):
        error = ended(online, use)
        assert type(error) is expected
        assert words in str(error)
    assert EVENTS not in online.paths


@pytest.mark.parametrize(
    "link",
    [
        "https://evil.example/Cust12345",
        "https://app.superoffice.com/Cust12345",
        "http://192.0.2.1/Cust12345",
        "http://127.0.0.1:1/Cust99999",
        7,
    ],
)
def test_our_login_goes_nowhere_that_a_reply_made_up(online: Any, link: object) -> None:
    """The state is still told, for people to see what it says."""
    online.state = {"Endpoint": link}

    async def use(client: Client) -> Document:
        with pytest.raises(Malformed, match="our login does not go there"):
            await probe(client)
        return await state(client)

    assert online.ask(use, "system-user").value["Endpoint"] == link
    assert set(online.paths) == {STATE}


def test_a_busy_login_host_is_left_alone_as_long_as_it_asks(online: Any) -> None:
    """The state of a tenant is asked by all of its sources."""

    async def busy(request: web.Request) -> web.StreamResponse:
        return web.Response(status=429, headers={"Retry-After": "60"})

    async def use(client: Client) -> list[ProbeEnded | Any]:
        access = WebApi(client)
        asked = (access.system_events(), access.tenant(), access.licences())
        heard = await asyncio.gather(*asked, return_exceptions=True)
        with pytest.raises(Throttled):
            await access.tenant()
        return heard

    online.on_state = busy
    heard = online.ask(use, "ticket")
    assert [type(error) for error in heard] == [Throttled] * 3
    assert [error.retry_after for error in heard] == [60.0] * 3
    assert len(online.paths) == 1


@pytest.mark.parametrize(
    "told",
    [
        {"ContextIdentifier": "{}"},
        {"Endpoint": "https://{}.example"},
        {"State": "{}", "IsRunning": False},
        {"State": "Splendid", "IsRunning": "{}"},
    ],
)
@pytest.mark.parametrize(("method", "secret"), [("system-user", SECRET), ("ticket", TICKET)])
def test_no_secret_of_ours_is_shown_that_a_login_host_repeats(
    online: Any, told: dict[str, Any], method: str, secret: str
) -> None:
    """Not even half of one, where what it said is cut."""
    for before in ("", "x" * 45):
        online.state = {
            name: text.format(before + secret) if isinstance(text, str) else text
            for name, text in told.items()
        }

        async def use(client: Client) -> str:
            with pytest.raises(ProbeEnded) as caught:
                await probe(client)
            return str(caught.value)

        said = online.ask(use, method)
        assert "…" in said
        assert "canary" not in said


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)
FIELDS = st.sampled_from(
    ["ContextIdentifier", "Endpoint", "State", "IsRunning", "ValidUntil", "state", "Api"]
)


@given(st.dictionaries(FIELDS, JSON))
def test_any_state_is_read_or_malformed(told: dict[str, Any]) -> None:
    """Whatever a login host tells, there is no other outcome; and no endpoint but a believable."""
    try:
        host = "https://online.superoffice.com"
        read = read_state(Said(told, {}), "Cust1", host, "here", NOW, shown)
    except Malformed as error:
        message = str(error)
    else:
        message = read.paused
        assert SHORTEST_LIFETIME <= read.seconds <= LONGEST_LIFETIME
        assert read.endpoint == "" or ".superoffice.com/" in read.endpoint
    assert len(message) < 400
