"""Every reply of the simulator beside the vendor's own description of the WebAPI."""

from __future__ import annotations

from typing import Any

import pytest

from syseventd_superoffice.simulator.archive import COLUMNS
from syseventd_superoffice.simulator.story import LAP, SCENES

EVENTS = "/api/v1/SystemEvent"
MIDDLES = sorted({(scene.start + scene.end) / 2 for scene in SCENES})

REQUESTS: list[tuple[str, dict[str, str], dict[str, str]]] = [
    (EVENTS, {}, {}),
    (EVENTS, {"$select": ",".join(COLUMNS), "$orderBy": "SystemEvent_id"}, {}),
    (EVENTS, {"$top": "1", "$skip": "1"}, {"SO_TimeZone": "NO, includeTZOffset"}),
    (EVENTS, {"$select": "eventname"}, {"SO_Language": "sv", "SO_TimeZone": "US-NY"}),
    ("/api/v1/License", {}, {}),
    ("/api/v1/License", {}, {"SO_TimeZone": "UTC, includeTZOffset"}),
    ("/api/v1/License/SUPEROFFICE (simulated)", {}, {"SO_Language": "en"}),
    ("/api/v1/License/EXAMPLEADDON (simulated)", {}, {}),
    # and what is refused
    (EVENTS, {"$select": "colour"}, {}),
    (EVENTS, {"$filter": "scope eq 1"}, {}),
    (EVENTS, {}, {"Authorization": "Basic x"}),
    (EVENTS, {}, {"SO_TimeZone": "Mars"}),
    (f"{EVENTS}/1", {}, {}),
    ("/api/v1/License/NOBODY", {}, {}),
]


@pytest.mark.parametrize(
    ("path", "query", "headers"),
    REQUESTS,
    ids=[f"{path}-{number}" for number, (path, _, _) in enumerate(REQUESTS)],
)
def test_a_reply_is_as_described(
    crm: Any, description: Any, path: str, query: dict[str, str], headers: dict[str, str]
) -> None:
    """Request and reply are what the vendor describes, over the story's first minutes."""
    description.check_request("GET", path, query, [name.replace("_", "-") for name in headers])
    for _ in range(4):
        answer = crm.ask(path, query, **headers)
        description.check_reply("GET", path, answer.status, answer.json)
        crm.clock.move(97)


def test_every_scene_is_as_described(crm: Any, description: Any) -> None:
    """Each event of the story, as a row and as an entity, in the story's second lap."""
    crm.clock.move(LAP)
    for middle in MIDDLES:
        crm.clock.move(LAP + middle - crm.clock.elapsed())
        answer = crm.ask(EVENTS)
        description.check_reply("GET", EVENTS, answer.status, answer.json)
        for row in answer.json["value"]:
            path = f"{EVENTS}/{row['PrimaryKey']}"
            entity = crm.ask(path)
            assert entity.status == 200
            description.check_reply("GET", path, entity.status, entity.json)


def test_carriers_are_whole(crm: Any, description: Any) -> None:
    """No field that the vendor describes is missing: readers find all that a real reply has."""
    event = crm.ask(f"{EVENTS}/101").json
    licence = crm.ask("/api/v1/License/SUPEROFFICE (simulated)").json
    module = licence["ExtendedModuleLicenses"][0]
    for definition, carrier in {
        "SystemEventEntityWithLinks": event,
        "Services.Associate": event["ActivatedBy"],
        "ExtendedLicenseInfo": licence,
        "License.LicenseInfo": licence["Current"],
        "SignedPublicKey": licence["Current"]["PublicKey"],
        "DSAParameters": licence["Current"]["PublicKey"]["Key"],
        "ExtendedModuleLicense": module,
        "License.ModuleLicense": module["Current"],
    }.items():
        assert set(carrier) == description.field_names(definition), definition
