"""The simulated installation's agents: what each method answers, and the one that changes it."""

from __future__ import annotations

import base64
import time
import zlib
from typing import Any

import pytest

FREETEXT = "kSEFreetextRebuild (simulated)"
OWNER, ADDON = "SUPEROFFICE (simulated)", "EXAMPLEADDON (simulated)"
ROUTES = "EXAMPLEROUTES (simulated)"


def names(tasks: list[dict[str, Any]]) -> list[str]:
    return [task["Name"].removeprefix("Simulated") for task in tasks]


@pytest.mark.parametrize(
    ("seconds", "active"), [(19, False), (20, True), (239, True), (240, False)]
)
def test_whether_an_event_exists(crm: Any, seconds: int, active: bool) -> None:
    """By its key, in any case, while it stands."""
    crm.clock.move(seconds)
    assert crm.call("Configuration/ExistsSystemEvent", {"Key": FREETEXT.upper()}) is active


def test_messages_are_for_everybody_or_for_one(crm: Any) -> None:
    """Whoever asks sees what is for all, and what is for him."""
    crm.clock.move(460)
    for reader, expected in ((0, {"Warning"}), (7, {"Warning", "Error"})):
        messages = crm.call("Diagnostics/GetSystemMessages", {"AssociateId": reader})
        assert {message["Type"] for message in messages} == expected


@pytest.mark.parametrize(
    ("method", "body", "expected"),
    [
        ("GetBatchTaskInfosByState", {"State": "New"}, ["MailMerge"]),
        ("GetBatchTaskInfosByState", {"State": 3}, ["Import", "BulkUpdate", "ExportArchive"]),
        ("GetBatchTaskInfosByAssociates", {"AssociateIds": [12]}, ["MailMerge", "BulkUpdate"]),
        ("GetBatchTaskInfosByAssociates", {"AssociateIds": [0]}, ["FreetextRegen"]),
        (
            "GetBatchTaskInfosByAssociatesAndState",
            {"AssociateIds": [12, 7], "State": "Started"},
            ["Import", "BulkUpdate", "ExportArchive"],
        ),
        (
            "GetBatchTaskInfosByNameAndAssociates",
            {"Name": "SimulatedMailMerge", "AssociateIds": [7]},
            [],
        ),
        (
            "GetBatchTaskInfosByNameAndState",
            {"Name": "simulatedimport", "State": "All"},
            ["Import"],
        ),
        (
            "GetBatchTaskInfosByNameAndState",
            {"Name": "SimulatedFreetextRegen", "State": "All"},
            [],
        ),
        ("GetAllBatchTaskInfosByName", {"TaskName": "SimulatedImport"}, ["Import"]),
        (
            "GetAllBatchTaskInfosByNameAndState",
            {"TaskName": "SimulatedImport", "State": "New"},
            [],
        ),
        (
            "GetSystemBatchTaskInfosByName",
            {"TaskName": "SimulatedFreetextRegen"},
            ["FreetextRegen"],
        ),
        ("GetSystemBatchTaskInfosByName", {"TaskName": "SimulatedImport"}, []),
        (
            "GetSystemBatchTaskInfosByNameAndState",
            {"TaskName": "SimulatedFreetextRegen", "State": "Started"},
            ["FreetextRegen"],
        ),
    ],
)
def test_batch_tasks_are_chosen(
    crm: Any, method: str, body: dict[str, Any], expected: list[str]
) -> None:
    """By state, owner and name, of users and of the system."""
    crm.clock.move(120)
    assert names(crm.call(f"Batch/{method}", body)) == expected


def test_one_batch_task(crm: Any) -> None:
    """By its id; an unknown one is not found."""
    crm.clock.move(120)
    row = crm.ask("/api/v1/BatchTask").json["value"][1]
    task = crm.call("Batch/GetBatchTaskInfo", {"Id": int(row["PrimaryKey"])})
    assert (task["Name"], task["IsSystemTask"]) == ("SimulatedFreetextRegen", True)
    assert (task["ProgressPercent"], task["StartCount"]) == (row["ProgressPercent"], 1)
    answer = crm.ask("/api/v1/Agents/Batch/GetBatchTaskInfo", method="POST", body={"Id": 1})
    assert answer.status == 404


def test_counters(crm: Any) -> None:
    """While they are made their start lies after their end."""
    crm.clock.move(330)
    rows = crm.call("Saint/GetSaintConfigurations")
    assert [row["OwnerTable"] for row in rows] == [5, 6, 11]
    assert rows[0]["GenerationStart"] == "2026-07-01T12:05:13"
    assert rows[0]["GenerationStart"] > rows[0]["GenerationEnd"]
    assert rows[2]["GenerationStart"] == rows[2]["GenerationEnd"] == "0001-01-01T00:00:00"
    periods = crm.call("Saint/GetStatusMonitorPeriods")
    assert [periods[f"Period{number}"] for number in (1, 2, 3)] == [30, 60, 90]


@pytest.mark.parametrize(
    ("kind", "ids"),
    [("contact", [1, 2]), ("Person", [3]), ("project", [4]), ("sale", []), ("", [])],
)
def test_status_monitors_of_a_kind(crm: Any, kind: str, ids: list[int]) -> None:
    """Each kind has its own."""
    monitors = crm.call("Saint/GetStatusMonitors", {"Id": 0, "Type": kind})
    assert [monitor["StatusMonitorId"] for monitor in monitors] == ids


def test_one_status_monitor(crm: Any) -> None:
    """By its id; an unknown one is not found."""
    monitor = crm.call("Saint/GetStatusMonitor", {"Id": 4})
    assert (monitor["NeedsUpdate"], monitor["LastGenerated"]) == (True, "0001-01-01T00:00:00")
    answer = crm.ask("/api/v1/Agents/Saint/GetStatusMonitor", method="POST", body={"Id": 99})
    assert answer.status == 404


def test_the_index_is_new_when_its_rebuild_is_done(crm: Any) -> None:
    """Its numbers and its date change together."""
    crm.clock.move(239)
    before = crm.call("FreeText/GetStatus")
    crm.clock.move(1)
    after = crm.call("FreeText/GetStatus")
    assert (before["CountWords"], before["LastGenerated"]) == (8_300, "2026-06-30T10:00:00")
    assert (after["CountWords"], after["LastGenerated"]) == (8_313, "2026-07-01T12:04:00")


def test_licences_come_from_the_database_and_from_the_server(crm: Any) -> None:
    """Each way says the same."""
    licences = crm.ask("/api/v1/License").json
    assert crm.call("License/GetLicenseForAllOwnersFromDB") == licences
    body = {"OwnerName": ADDON.lower()}
    assert crm.call("License/GetLicenseFromDB", body) == licences[1]
    assert crm.call("License/GetLicenseFromLicenseServer", body) == licences[1]


@pytest.mark.parametrize(
    ("owner", "seconds", "status"),
    [
        (OWNER, 0, "Ok"),
        (OWNER, 240, "NewLicenseAvailable"),
        (OWNER, 900, "NewLicenseActivated"),
        (ADDON, 60, "NewLicenseAvailable"),
        (ROUTES, 0, "ProblemWithLicense"),
    ],
)
def test_what_the_licence_server_says(crm: Any, owner: str, seconds: int, status: str) -> None:
    """It knows whether something is new, and what is wrong."""
    crm.clock.move(seconds)
    answer = crm.call("License/GetLicenseStatusFromLicenseServer", {"OwnerName": owner})
    assert answer["LicenseStatus"] == status
    assert bool(answer["Message"]) == (status != "Ok")


def test_an_unknown_owner_is_not_found(crm: Any) -> None:
    """By whichever method one asks."""
    for method in ("GetLicenseFromDB", "GetLicenseStatusFromLicenseServer"):
        path = f"/api/v1/Agents/License/{method}"
        assert crm.ask(path, method="POST", body={"OwnerName": "NOBODY"}).status == 404
        assert crm.ask(path, method="POST").status == 404


def test_the_licence_server_takes_its_time(new_crm: Any) -> None:
    """Where that is wanted, and for what it is asked alone."""
    crm = new_crm(licence_server_takes=0.2)
    began = time.monotonic()
    crm.call("License/GetLicenseFromDB", {"OwnerName": OWNER})
    between = time.monotonic()
    crm.call("License/GetLicenseStatusFromLicenseServer", {"OwnerName": OWNER})
    assert time.monotonic() - between >= 0.2 > between - began


@pytest.mark.parametrize(
    ("seconds", "count", "near", "reached"),
    [(0, 0, False, False), (60, 86, True, False), (420, 100, True, True)],
)
def test_the_plans_limit(crm: Any, seconds: int, count: int, near: bool, reached: bool) -> None:
    """It is told when it is near or reached, and is empty otherwise."""
    crm.clock.move(seconds)
    limit = crm.call("License/GetFencingInfo")
    assert (limit["ActiveCount"], limit["IsNearingMaximum"]) == (count, near)
    assert limit["HasReachedMaximum"] is reached
    assert bool(limit["WarningMessage"]) is near


def test_a_waiting_licence_is_activated(crm: Any) -> None:
    """From then on it holds, and nothing waits; a second time there is nothing to activate."""
    crm.clock.move(60)
    licence = crm.call("License/GetLicenseFromLicenseServer", {"OwnerName": ADDON})
    assert crm.call("License/ValidateLicenseInfo", {"LicenseInfo": licence})["Succeeded"] is True
    assert crm.call("License/ActivateLicenseInfo", {"NewLicense": licence})["Succeeded"] is True
    holds = crm.call("License/GetLicenseFromDB", {"OwnerName": ADDON})
    assert (holds["Current"]["LicenseVersion"], holds["New"]) == ("2.4", None)
    again = crm.call("License/ActivateLicenseInfo", {"NewLicense": licence})
    assert (again["Succeeded"], again["Reason"]) == (
        False,
        "No new licence is waiting (simulated)",
    )


def test_a_licence_with_too_few_seats_is_not_activated(crm: Any) -> None:
    """The reason is told, and the old one goes on."""
    licence = crm.call("License/GetLicenseFromLicenseServer", {"OwnerName": ROUTES})
    result = crm.call("License/ActivateLicenseInfo", {"NewLicense": licence})
    assert result["Succeeded"] is False
    assert result["Reason"].startswith("More licences are in use")
    assert crm.call("License/GetLicenseFromDB", {"OwnerName": ROUTES}) == licence


@pytest.mark.parametrize(
    "body",
    [None, {}, {"NewLicense": None}, {"NewLicense": {"New": None}}, {"NewLicense": {"New": {}}}],
)
def test_nothing_is_activated_without_a_licence(crm: Any, body: object) -> None:
    """A body that names no owner is the request's fault."""
    path = "/api/v1/Agents/License/ActivateLicenseInfo"
    assert crm.ask(path, method="POST", body=body).status == 400


def test_upgrade_steps(crm: Any) -> None:
    """Between the upgrade and the database's own the code knows one more."""
    crm.clock.move(500)
    code = crm.call("Database/GetStepsFromNetServerCode")
    database = crm.call("Database/GetStepsInDatabase")
    pending = [step for step in code if step not in database]
    assert [(s["Name"], s["StepNumber"]) for s in pending] == [("SimulatedUpgrade", 42)]


def test_portraits(crm: Any) -> None:
    """Those who are known have a picture in PNG, each of another colour."""
    images = crm.call("Person/GetPersonImages", {"PersonIds": [7, 12, 999]})
    assert [image["PersonId"] for image in images] == [7, 12]
    pictures = [base64.b64decode(image["ImageData"]) for image in images]
    assert all(picture.startswith(b"\x89PNG\r\n\x1a\n") for picture in pictures)
    assert pictures[0] != pictures[1]
    # Every chunk carries the checksum of its kind and data (RFC 2083).
    start = 8
    while start < len(pictures[0]):
        size = int.from_bytes(pictures[0][start : start + 4])
        end = start + 8 + size
        check = int.from_bytes(pictures[0][end : end + 4])
        assert check == zlib.crc32(pictures[0][start + 4 : end])
        start = end + 4


@pytest.mark.parametrize(
    ("asked", "drawn"),
    [((), (8, 8)), ((0, -5), (8, 8)), ((64, 32), (64, 32)), ((10**9, 1), (256, 1))],
)
def test_portraits_have_the_size_that_is_asked_for(
    crm: Any, asked: tuple[int, ...], drawn: tuple[int, int]
) -> None:
    """Up to a size that is drawn in no time; the header says it."""
    names = ("ScaledWidth", "ScaledHeight")
    body = {"PersonIds": [7], **dict(zip(names, asked, strict=False))}
    [image] = crm.call("Person/GetPersonImages", body)
    picture = base64.b64decode(image["ImageData"])
    assert (int.from_bytes(picture[16:20]), int.from_bytes(picture[20:24])) == drawn


@pytest.mark.parametrize(
    ("method", "body"),
    [
        ("Configuration/ExistsSystemEvent", {"Key": 7}),
        ("Diagnostics/GetSystemMessages", {"AssociateId": "7"}),
        ("Diagnostics/GetSystemMessages", {"AssociateId": True}),
        ("Person/GetPersonImages", {"PersonIds": 7}),
        ("Person/GetPersonImages", {"PersonIds": ["7"]}),
        ("Configuration/ExistsSystemEvent", [7]),
        ("Configuration/ExistsSystemEvent", b"{"),
        ("Configuration/ExistsSystemEvent", b"\xff"),
    ],
)
def test_a_wrong_body_is_the_requests_fault(crm: Any, method: str, body: object) -> None:
    """What is no object, or has fields of another type, is refused."""
    answer = crm.ask(f"/api/v1/Agents/{method}", method="POST", body=body)
    assert answer.status == 400
    assert answer.json["ErrorType"] == "BadRequest"


def test_a_body_may_be_missing(crm: Any) -> None:
    """Methods without parameters are called with nothing; others take their defaults."""
    assert crm.call("Configuration/ExistsSystemEvent") is False
    assert crm.call("Person/GetPersonImages") == []


def test_a_part_of_an_answer_is_not_played(crm: Any) -> None:
    """That is said, instead of answering more than was asked for."""
    path = "/api/v1/Agents/FreeText/GetStatus"
    assert crm.ask(path, {"$select": "CountWords"}, method="POST").status == 501


def test_an_agent_is_not_asked_by_get(crm: Any) -> None:
    """The vendor's agents take POST alone."""
    answer = crm.ask("/api/v1/Agents/FreeText/GetStatus")
    assert answer.status == 501
    assert answer.headers["Allow"] == "POST"


def test_nobody_asks_an_agent_without_the_login(crm: Any) -> None:
    """As with every other call."""
    answer = crm.ask("/api/v1/Agents/FreeText/GetStatus", method="POST", login=False)
    assert answer.status == 401
