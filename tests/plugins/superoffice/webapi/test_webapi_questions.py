"""Each question against the vendor's description: what is sent, and what comes back of it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from syseventd import Malformed, NotAvailable, ProbeFailed
from syseventd_superoffice.access import Document, Listing
from syseventd_superoffice.webapi import WebApi
from syseventd_superoffice.webapi.client import Client

AGENTS = "/api/v1/Agents/"
PRINCIPAL = ("GET", "/api/v1/User/currentPrincipal", None)
SLIM = {"odata.metadata": "m", "odata.nextLink": None, "value": []}

Ask = Callable[[WebApi], Awaitable[Any]]
Call = tuple[str, str, Any]


def agent(name: str, body: Any = None) -> Call:
    return ("POST", AGENTS + name, body)


async def licence_server(access: WebApi) -> Document:
    return await access.licence_server_status("SUPEROFFICE")


async def exists(access: WebApi) -> bool:
    return await access.is_event_active("kSEFreetextRebuild")


QUESTIONS: dict[str, tuple[Ask, list[Call]]] = {
    "system events": (WebApi.system_events, [("GET", "/api/v1/SystemEvent", None)]),
    "is event active": (
        exists,
        [agent("Configuration/ExistsSystemEvent", {"Key": "kSEFreetextRebuild"})],
    ),
    "system messages": (
        WebApi.system_messages,
        [PRINCIPAL, agent("Diagnostics/GetSystemMessages", {"AssociateId": 7})],
    ),
    "batch tasks": (WebApi.batch_tasks, [("GET", "/api/v1/BatchTask", None)]),
    "counters": (WebApi.saint_configurations, [agent("Saint/GetSaintConfigurations")]),
    "status monitors": (
        WebApi.status_monitors,
        [
            agent("Saint/GetStatusMonitors", {"Id": 0, "Type": name})
            for name in ("contact", "person", "project")
        ],
    ),
    "freetext": (WebApi.freetext_status, [agent("FreeText/GetStatus")]),
    "licences": (WebApi.licences, [("GET", "/api/v1/License", None)]),
    "licence status": (
        WebApi.licence_status,
        [PRINCIPAL, agent("License/GetUserAndInstallationLicenceStatus", {"AssociateId": 7})],
    ),
    "plan limit": (WebApi.plan_limit, [agent("License/GetFencingInfo")]),
    "licence server": (
        licence_server,
        [agent("License/GetLicenseStatusFromLicenseServer", {"OwnerName": "SUPEROFFICE"})],
    ),
    "principal": (WebApi.principal, [PRINCIPAL]),
    "versions": (WebApi.versions, [("GET", "/api", None)]),
    "upgrade steps": (
        WebApi.upgrade_steps,
        [agent("Database/GetStepsFromNetServerCode"), agent("Database/GetStepsInDatabase")],
    ),
    "base time zone": (WebApi.base_time_zone, [("GET", "/api/v1/TimeZone/base", None)]),
}


@pytest.mark.parametrize(("ask", "calls"), QUESTIONS.values(), ids=QUESTIONS)
def test_what_is_asked_and_what_is_answered(
    crm: Any, vendor: Any, ask: Ask, calls: list[Call]
) -> None:
    """Path, parameters, headers and body are described; a described reply is an answer."""

    async def use(client: Client) -> Any:
        return await ask(WebApi(client))

    answer = crm.ask(vendor.answer, use)
    assert vendor.calls == calls
    if isinstance(answer, Document):
        assert answer.where.endswith(calls[-1 if "currentPrincipal" in calls[0][1] else 0][1])
        assert answer.value
    elif isinstance(answer, Listing):
        assert (len(answer.rows), answer.complete) == (1, False)
        assert answer.where.endswith(calls[0][1])
    else:
        assert answer is True


@pytest.mark.parametrize(("ask", "calls"), QUESTIONS.values(), ids=QUESTIONS)
def test_an_unchanged_answer_says_the_same(
    crm: Any, vendor: Any, ask: Ask, calls: list[Call]
) -> None:
    """It is decoded anew each time, or it is a list that was remembered."""
    vendor.changed = {"ExistsSystemEvent": True, "Event": SLIM, "BatchTask": SLIM}
    first, second = read(crm, vendor, ask, times=2)
    assert first == second


@pytest.mark.parametrize("ask", [WebApi.system_events, WebApi.batch_tasks])
def test_a_short_list_that_is_unchanged_is_the_same_object(crm: Any, vendor: Any, ask: Ask) -> None:
    """Their readers tell by identity that nothing changed."""
    vendor.changed = {"Event": SLIM, "BatchTask": SLIM}
    first, second = read(crm, vendor, ask, times=2)
    assert first is second


@pytest.mark.parametrize(
    ("ask", "changes"),
    [
        (WebApi.system_events, [{"Event": {"value": rows}} for rows in ([], [7])]),
        (WebApi.plan_limit, [{"GetFencingInfo": {"ActiveCount": n}} for n in (1, 2)]),
        (WebApi.upgrade_steps, [{"StepsInDatabase": rows} for rows in ([], [7])]),
        (WebApi.upgrade_steps, [{"StepsFromNetServerCode": rows} for rows in ([], [7])]),
        (WebApi.status_monitors, [{"GetStatusMonitors": rows} for rows in ([], [{"Name": "n"}])]),
        (exists, [{"ExistsSystemEvent": answer} for answer in (True, False)]),
    ],
)
def test_a_changed_answer_is_another(
    crm: Any, vendor: Any, ask: Ask, changes: list[dict[str, Any]]
) -> None:
    """What changed is read again, whichever part of the answer it is."""

    async def use(client: Client) -> list[Any]:
        access, answers = WebApi(client), []
        for vendor.changed in changes:
            answers.append(await ask(access))
        return answers

    first, second = crm.ask(vendor.answer, use)
    assert first != second


def read(crm: Any, vendor: Any, ask: Ask, times: int = 1) -> list[Any]:
    async def use(client: Client) -> list[Any]:
        access = WebApi(client)
        return [await ask(access) for _ in range(times)]

    return crm.ask(vendor.answer, use)  # type: ignore[no-any-return]


def columns(crm: Any, vendor: Any, ask: Ask) -> tuple[set[str], str]:
    """Which columns are asked for, and by which the rows are sorted."""
    vendor.changed = {"Event": SLIM, "BatchTask": SLIM}
    read(crm, vendor, ask)
    query = crm.requests[0].query
    return set(query["$select"].split(",")), query["$orderBy"]


def test_columns_of_system_events(crm: Any, vendor: Any) -> None:
    """All that the screen shows, and what tells one event from another."""
    asked, order = columns(crm, vendor, WebApi.system_events)
    assert order == "SystemEvent_id"
    assert asked >= {"extrainfo", "updatedCount", "registered_associate_id/associateDbId"}
    assert asked >= {"eventname", "status", "eventmess", "registered", "eta", "type"}


def test_columns_of_batch_tasks(crm: Any, vendor: Any) -> None:
    """What a task is, how far it is, and when its row was last written."""
    asked, order = columns(crm, vendor, WebApi.batch_tasks)
    assert order == "registeredDate"
    assert asked >= {"DefinitionName", "State", "ProgressPercent", "updatedDate", "registeredBy"}
    assert asked.isdisjoint({"Request", "getAllRows"})


def test_versions_are_asked_without_a_login(crm: Any, vendor: Any) -> None:
    """They are told to everybody, in JSON where that is asked for."""
    read(crm, vendor, WebApi.versions)
    [request] = crm.requests
    assert "Authorization" not in request.headers
    assert request.headers["Accept"] == "application/json"


def test_each_status_monitor_says_its_type(crm: Any, vendor: Any) -> None:
    """The replies name a table's number alone. What is no object stays as it is."""
    vendor.changed = {"GetStatusMonitors": [{"Name": "n"}, 7]}
    [document] = read(crm, vendor, WebApi.status_monitors)
    assert document.value == [
        row for name in ("contact", "person", "project") for row in ({"Name": "n", "Type": name}, 7)
    ]


def test_which_status_monitors_are_asked_for_is_configuration(crm: Any, vendor: Any) -> None:
    """Their names are not documented. One that is named twice is asked for once."""

    async def use(client: Client) -> Document:
        return await WebApi(client, ("Sale", "Sale")).status_monitors()

    [monitor] = crm.ask(vendor.answer, use).value
    assert monitor["Type"] == "Sale"
    assert vendor.calls == [agent("Saint/GetStatusMonitors", {"Id": 0, "Type": "Sale"})]


def test_without_any_type_there_are_no_status_monitors(crm: Any, vendor: Any) -> None:
    """An empty list asks for nothing."""

    async def use(client: Client) -> Document:
        return await WebApi(client, ()).status_monitors()

    assert crm.ask(vendor.answer, use).value == []


def test_a_type_of_status_monitor_that_fails_is_named(crm: Any, vendor: Any) -> None:
    """Then people can take it out of the configuration."""
    vendor.changed = {"GetStatusMonitors": 500}
    with pytest.raises(ProbeFailed, match='for the type "contact"; see `status_monitor_types`'):
        read(crm, vendor, WebApi.status_monitors)


@pytest.mark.parametrize("status", [403, 404])
def test_licences_come_from_the_agent_where_the_resource_is_closed(
    crm: Any, vendor: Any, status: int
) -> None:
    """It is asked first, once; the agent's licences have the same shape."""
    vendor.changed = {"/api/v1/License": status}
    first, second = read(crm, vendor, WebApi.licences, times=2)
    assert first == second
    by_agent = agent("License/GetLicenseForAllOwnersFromDB")
    assert [call for call in vendor.calls if call[1] != "/api"] == [
        ("GET", "/api/v1/License", None),
        by_agent,
        by_agent,
    ]


def test_licences_that_nobody_may_see(crm: Any, vendor: Any) -> None:
    """Neither of the two ways is open, which is no failure; tomorrow both are tried again."""
    vendor.changed = {"/api/v1/License": 403, "FromDB": 403}
    with pytest.raises(NotAvailable, match="no right to read"):
        read(crm, vendor, WebApi.licences)


def test_a_failure_of_the_resource_is_told(crm: Any, vendor: Any) -> None:
    """Only a closed one leads to the agent."""
    vendor.changed = {"/api/v1/License": 500}
    with pytest.raises(ProbeFailed):
        read(crm, vendor, WebApi.licences)


@pytest.mark.parametrize(
    ("principal", "associate"),
    [
        ({"AssociateId": 42}, 42),
        ({"associateid": "42"}, 42),
        ({"AssociateId": None}, 0),
        ({"AssociateId": -3}, 0),
        ({"AssociateId": 2**31}, 0),
        ({"AssociateId": []}, 0),
        ({}, 0),
        (403, 0),
        (404, 0),
    ],
)
def test_whose_messages_are_asked_for(
    crm: Any, vendor: Any, principal: Any, associate: int
) -> None:
    """Ours; where nobody says who we are, nobody's in particular."""
    vendor.changed = {"currentPrincipal": principal}
    read(crm, vendor, WebApi.system_messages)
    assert vendor.calls[-1][2] == {"AssociateId": associate}


def test_who_we_are_is_asked_once(crm: Any, vendor: Any) -> None:
    """A login stays the same user's."""
    read(crm, vendor, WebApi.system_messages, times=3)
    assert vendor.calls.count(PRINCIPAL) == 1


@pytest.mark.parametrize(
    "ask",
    [
        WebApi.database,
        WebApi.server_processes,
        WebApi.prototypes,
        WebApi.schedules,
        lambda access: access.usage(0.0, 1.0),
        WebApi.tenant,
    ],
)
def test_what_the_webapi_does_not_tell(crm: Any, vendor: Any, ask: Ask) -> None:
    """It is not asked in vain."""
    with pytest.raises(NotAvailable):
        read(crm, vendor, ask)
    assert vendor.calls == []


@pytest.mark.parametrize(("ask", "calls"), QUESTIONS.values(), ids=QUESTIONS)
def test_an_answer_of_another_shape(crm: Any, vendor: Any, ask: Ask, calls: list[Call]) -> None:
    """A text in place of what was asked for is told as such, with its place."""
    vendor.changed = {calls[-1][1]: "text"}
    with pytest.raises(Malformed, match=calls[-1][1]):
        read(crm, vendor, ask)


MOCKED = {name: question for name, question in QUESTIONS.items() if name != "versions"}
"""`/api` stands in the vendor's prose only: there is nothing to mock."""


@pytest.mark.parametrize(("ask", "calls"), MOCKED.values(), ids=MOCKED)
def test_a_mock_that_nobody_here_wrote(
    crm: Any, static_prism: str, ask: Ask, calls: list[Call]
) -> None:
    """A mock made from the description refuses what is not described, and answers the rest."""

    async def use(client: Client) -> Any:
        return await ask(WebApi(client))

    assert asyncio.run(crm.visit(static_prism, use)) is not None


@pytest.mark.parametrize(("ask", "calls"), MOCKED.values(), ids=MOCKED)
def test_random_replies_of_that_mock(
    crm: Any, dynamic_prism: str, ask: Ask, calls: list[Call]
) -> None:
    """Random but valid replies are answers, or it is said what is wrong with them."""

    async def use(client: Client) -> list[object]:
        said: list[object] = []
        for _ in range(5):
            try:
                said.append(await ask(WebApi(client)))
            except Malformed as fault:
                said.append(fault.reason)
        return said

    said = asyncio.run(crm.visit(dynamic_prism, use))
    assert len(said) == 5
    assert all(isinstance(one, Document | Listing | bool) or one for one in said)
