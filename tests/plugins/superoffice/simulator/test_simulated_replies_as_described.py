"""Every reply of the simulator beside the vendor's own description of the WebAPI."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

import pytest

from syseventd_superoffice.simulator import agents, rest
from syseventd_superoffice.simulator.archives import BATCH_TASKS, SYSTEM_EVENTS
from syseventd_superoffice.simulator.scenes import LAP
from syseventd_superoffice.simulator.story import EVENTS as EVENT_SCENES
from syseventd_superoffice.simulator.story import TASKS as TASK_SCENES

EVENTS, TASKS, ARCHIVE = "/SystemEvent", "/BatchTask", "/Archive/"
OWNER, ADDON = "SUPEROFFICE (simulated)", "EXAMPLEADDON (simulated)"
ROUTES = "EXAMPLEROUTES (simulated)"
SECONDS = sorted(
    {(scene.start + scene.end) / 2 for scene in (*EVENT_SCENES, *TASK_SCENES)} | {265, 459, 500}
)


@dataclass(frozen=True)
class Request:
    """What is asked; `path` stands behind `/api/v1`. With a body, or as an agent, it is a POST."""

    path: str
    query: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    body: object = None
    status: int = 200

    @property
    def method(self) -> str:
        return "POST" if self.path.startswith("/Agents/") else "GET"

    def __str__(self) -> str:
        return f"{self.path}{self.query or ''}{self.headers or ''}{self.body or ''}"


def agent(name: str, status: int = 200, **body: object) -> Request:
    return Request(f"/Agents/{name}", body=body or None, status=status)


REQUESTS = [
    Request(EVENTS),
    Request(EVENTS, {"$select": ",".join(SYSTEM_EVENTS.columns), "$orderBy": "SystemEvent_id"}),
    Request(EVENTS, {"$top": "1", "$skip": "1"}, {"SO_TimeZone": "NO, includeTZOffset"}),
    Request(EVENTS, {"$select": "eventname"}, {"SO_Language": "sv", "SO_TimeZone": "US-NY"}),
    Request(f"{EVENTS}/default"),
    Request(f"{EVENTS}/101"),
    Request(TASKS),
    Request(TASKS, {"$orderBy": "registeredDate desc", "$top": "2"}, {"SO_Language": "sv"}),
    Request(f"{TASKS}/101"),
    Request(f"{TASKS}/Started"),
    Request(f"{TASKS}/All"),
    Request("/Archive"),
    Request(f"{ARCHIVE}SystemEvents"),
    Request(f"{ARCHIVE}BatchTasks", {"$select": ",".join(BATCH_TASKS.columns)}),
    Request(f"{ARCHIVE}ModuleLicense", {"$orderBy": "moduleName"}),
    Request("/License"),
    Request("/License", {}, {"SO_TimeZone": "UTC, includeTZOffset"}),
    Request(f"/License/{OWNER}", {}, {"SO_Language": "en"}),
    Request(f"/License/{ADDON}"),
    Request("/User/currentPrincipal"),
    Request("/User/currentAssociate"),
    Request("/TimeZone"),
    Request("/TimeZone/base"),
    Request("/TimeZone/current"),
    Request("/MDOList"),
    Request("/MDOList/systemeventtype", {"flat": "true"}),
    Request("/MDOList/satellites"),
    agent("Configuration/ExistsSystemEvent", Key="kSEFreetextRebuild (simulated)"),
    agent("Diagnostics/GetSystemMessages", AssociateId=7),
    agent("Batch/GetBatchTaskInfo", Id=101),
    agent("Batch/GetBatchTaskInfosByState", State="Started"),
    agent("Batch/GetBatchTaskInfosByAssociates", AssociateIds=[7, 12]),
    agent("Batch/GetBatchTaskInfosByAssociatesAndState", AssociateIds=[0], State="All"),
    agent("Batch/GetBatchTaskInfosByNameAndAssociates", Name="SimulatedImport", AssociateIds=[7]),
    agent("Batch/GetBatchTaskInfosByNameAndState", Name="SimulatedImport", State="Failed"),
    agent("Batch/GetAllBatchTaskInfosByName", TaskName="SimulatedImport"),
    agent("Batch/GetAllBatchTaskInfosByNameAndState", TaskName="SimulatedImport", State="All"),
    agent("Batch/GetSystemBatchTaskInfosByName", TaskName="SimulatedSaintRegen"),
    agent("Batch/GetSystemBatchTaskInfosByNameAndState", TaskName="x", State="New"),
    agent("Saint/GetSaintConfigurations"),
    agent("Saint/GetStatusMonitorPeriods"),
    agent("Saint/GetStatusMonitors", Id=0, Type="contact"),
    agent("Saint/GetStatusMonitors", Id=0, Type="project"),
    agent("Saint/GetStatusMonitor", Id=1),
    agent("FreeText/GetStatus"),
    agent("License/GetLicenseForAllOwnersFromDB"),
    agent("License/GetLicenseFromDB", OwnerName=ROUTES),
    agent("License/GetLicenseFromLicenseServer", OwnerName=ADDON),
    agent("License/GetLicenseStatusFromLicenseServer", OwnerName=OWNER),
    agent("License/GetUserAndInstallationLicenceStatus", AssociateId=0),
    agent("License/GetFencingInfo"),
    agent("License/ValidateLicenseInfo", LicenseInfo={"New": {"OwnerName": ADDON}}),
    agent("License/ActivateLicenseInfo", NewLicense={"New": {"OwnerName": ADDON}}),
    agent("Database/GetStepsFromNetServerCode"),
    agent("Database/GetStepsInDatabase"),
    agent("Person/GetPersonImages", PersonIds=[7, 12]),
    # and what is refused
    Request(EVENTS, {"$select": "colour"}, status=400),
    Request(EVENTS, {"$filter": "scope eq 1"}, status=501),
    Request(EVENTS, {}, {"Authorization": "Basic x"}, status=401),
    Request(EVENTS, {}, {"SO_TimeZone": "Mars"}, status=400),
    Request(f"{EVENTS}/1", status=404),
    Request(f"{TASKS}/1", status=404),
    Request(f"{ARCHIVE}Contact", status=404),
    Request("/License/NOBODY", status=404),
    Request("/MDOList/colour", status=404),
    agent("Configuration/ExistsSystemEvent", status=400, Key=7),
    agent("License/GetLicenseFromDB", status=404, OwnerName="NOBODY"),
]


@pytest.mark.parametrize("request_", REQUESTS, ids=str)
def test_a_reply_is_as_described(crm: Any, description: Any, request_: Request) -> None:
    """Request and reply are what the vendor describes, over the story's first minutes."""
    path = f"/api/v1{request_.path}"
    headers = [name.replace("_", "-") for name in request_.headers]
    description.check_request(request_.method, path, request_.query, headers)
    for _ in range(3):
        answer = crm.ask(
            path, request_.query, method=request_.method, body=request_.body, **request_.headers
        )
        assert answer.status == request_.status
        description.check_reply(request_.method, path, answer.status, answer.json)
        crm.clock.move(54)


def test_every_call_that_is_played_is_asked() -> None:
    """Nothing answers that was not held against the description."""
    asked = {(request.method, request.path) for request in REQUESTS if request.status == 200}
    for route in (*rest.ROUTES, *agents.ROUTES):
        path = re.compile(re.sub(r"\{(\w+)(?::([^{}]*(?:\{[^}]*\})?))?\}", _part, route.path))
        assert any(m == route.method and path.fullmatch(p) for m, p in asked), route


def _part(found: re.Match[str]) -> str:
    return found[2] or "[^/]+"


@pytest.mark.parametrize("lap", range(3))
def test_every_scene_is_as_described(crm: Any, description: Any, lap: int) -> None:
    """Each event and task of the story, as a row and as an entity, on the story's second day."""
    for second in SECONDS:
        crm.clock.move((3 + lap) * LAP + second - crm.clock.elapsed())
        for path in (f"/api/v1{EVENTS}", f"/api/v1{TASKS}"):
            answer = crm.ask(path)
            description.check_reply("GET", path, answer.status, answer.json)
            for row in answer.json["value"][:2]:
                single = f"{path}/{row['PrimaryKey']}"
                entity = crm.ask(single)
                assert entity.status == 200
                description.check_reply("GET", single, entity.status, entity.json)


def test_carriers_are_whole(crm: Any, description: Any) -> None:
    """No field that the vendor describes is missing: readers find all that a real reply has."""
    crm.clock.move(100)
    event = crm.ask(f"/api/v1{EVENTS}/101").json
    licence = crm.ask(f"/api/v1/License/{ADDON}").json
    module = licence["ExtendedModuleLicenses"][0]
    principal = crm.ask("/api/v1/User/currentPrincipal").json
    for definition, carrier in {
        "SystemEventEntityWithLinks": event,
        "Services.SystemEventEntity": crm.ask(f"/api/v1{EVENTS}/default").json,
        "Services.Associate": event["ActivatedBy"],
        "BatchTaskInfo": crm.ask(f"/api/v1{TASKS}/101").json,
        "ExtendedLicenseInfo": licence,
        "License.LicenseInfo": licence["New"],
        "SignedPublicKey": licence["Current"]["PublicKey"],
        "DSAParameters": licence["Current"]["PublicKey"]["Key"],
        "ExtendedModuleLicense": module,
        "License.ModuleLicense": module["Current"],
        "SoPrincipalCarrier": principal,
        "GrantedModuleLicense": principal["Licenses"][0],
        "ProvidedCredential": principal["ProvidedCredentials"][0],
        "TimeZoneData": crm.ask("/api/v1/TimeZone/base").json,
        "Services.MDOListItem": crm.ask("/api/v1/MDOList/satellites").json[0],
        "SystemMessage": crm.call("Diagnostics/GetSystemMessages", {"AssociateId": 0})[0],
        "SaintConfiguration": crm.call("Saint/GetSaintConfigurations")[0],
        "Services.StatusMonitor": crm.call("Saint/GetStatusMonitor", {"Id": 1}),
        "StatusMonitorPeriods": crm.call("Saint/GetStatusMonitorPeriods"),
        "Services.FreeText": crm.call("FreeText/GetStatus"),
        "CheckLicenseStatusResult": crm.call(
            "License/GetLicenseStatusFromLicenseServer", {"OwnerName": OWNER}
        ),
        "LicenseResult": crm.call("License/ValidateLicenseInfo", {"LicenseInfo": licence}),
        "Services.UserAndInstallationLicenceStatus": crm.call(
            "License/GetUserAndInstallationLicenceStatus"
        ),
        "FencingInfo": crm.call("License/GetFencingInfo"),
        "DictionaryStepInformation": crm.call("Database/GetStepsInDatabase")[0],
        "PersonImage": crm.call("Person/GetPersonImages", {"PersonIds": [7]})[0],
    }.items():
        assert set(carrier) == description.field_names(definition), definition
