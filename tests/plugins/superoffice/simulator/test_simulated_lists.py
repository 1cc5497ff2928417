"""The simulated installation's lists and single things over HTTP, but for events and licences."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta, timezone
from typing import Any

EVENTS = "/api/v1/SystemEvent"


def test_a_list_is_the_archive_of_the_same_name(crm: Any) -> None:
    """By its own address and by the archive's, in any case, the same rows come."""
    crm.clock.move(140)
    for own, archive in (("SystemEvent", "systemevents"), ("BatchTask", "BATCHTASKS")):
        rows = crm.ask(f"/api/v1/{own}").json["value"]
        assert len(rows) > 3
        assert crm.ask(f"/api/v1/archive/{archive}").json["value"] == rows
        assert crm.ask(f"/api/v1/Archive/{archive}").json["value"] == rows


def test_a_batch_task_can_be_read_by_its_id(crm: Any) -> None:
    """The entity says the same as its row."""
    crm.clock.move(310)
    row = next(r for r in crm.ask("/api/v1/BatchTask").json["value"] if r["State"] == 5)
    task = crm.ask(f"/api/v1/BatchTask/{row['PrimaryKey']}").json
    assert (task["State"], task["Response"]) == ("Failed", row["Response"])
    assert task["Name"] == row["DefinitionName"]
    assert (task["AssociateId"], task["IsSystemTask"]) == (7, False)
    assert crm.ask("/api/v1/BatchTask/1").status == 404


def test_by_state_only_tasks_of_users_come(crm: Any) -> None:
    """The index is made by the system, and so isn't among those that have started."""
    crm.clock.move(120)
    names = {task["Name"] for task in crm.ask("/api/v1/BatchTask/started").json}
    assert names == {"SimulatedImport", "SimulatedBulkUpdate", "SimulatedExportArchive"}
    everything = crm.ask("/api/v1/BatchTask/All").json
    assert {task["Name"] for task in everything} == names | {"SimulatedMailMerge"}
    assert crm.ask("/api/v1/BatchTask/Unknown").json == []
    assert crm.ask("/api/v1/BatchTask/Sleeping").status == 400


def test_the_archives_that_there_are(crm: Any) -> None:
    """Each with its address; any other is not found."""
    archives = crm.ask("/api/v1/Archive").json
    assert set(archives) == {"SystemEvents", "BatchTasks", "ModuleLicense"}
    assert all(address.endswith(f"/api/v1/Archive/{name}") for name, address in archives.items())
    assert crm.ask("/api/v1/Archive/Contact").status == 404


def test_modules_are_an_archive_as_well(crm: Any) -> None:
    """Their entity tells to what they are given; graces that never end have no date."""
    rows = crm.ask("/api/v1/archive/ModuleLicense").json["value"]
    found = {row["moduleName"]: (row["EntityName"], row["graceTo"]) for row in rows}
    assert found["server (simulated)"] == ("siteLicense", "2026-07-25T00:00:00")
    assert found["map-server (simulated)"] == ("systemLicense", "0001-01-01T00:00:00")
    assert found["web (simulated)"][0] == "userLicense"


def test_the_time_zones(crm_in_norway: Any) -> None:
    """The list tells how far each is ahead now; the base zone is one of it."""
    rows = {row["timeZone"]: row for row in crm_in_norway.ask("/api/v1/TimeZone").json["value"]}
    assert (rows["NO"]["id"], rows["NO"]["offset"], rows["NO"]["daylight"]) == (261, 120, True)
    assert (rows["UTC"]["offset"], rows["UTC"]["daylight"]) == (0, False)
    base = crm_in_norway.ask("/api/v1/TimeZone/base").json
    assert (base["TZLocationID"], base["TZLocationCode"]) == (261, "NO")
    assert (base["Name"], base["IsoNumber"]) == ("Norway", 578)


def test_a_base_zone_that_the_vendor_lacks_is_not_told(new_crm: Any) -> None:
    """Rather than telling another one."""
    crm = new_crm()
    strange = replace(crm.installation, base_zone=timezone(timedelta(minutes=7)))
    crm.installation = strange
    assert crm.ask("/api/v1/TimeZone/base").status == 501
    assert crm.ask(EVENTS).status == 200


def test_the_kinds_of_event_that_can_be_added(crm_in_norway: Any) -> None:
    """By the vendor's numbers, in the language that was asked for."""
    items = crm_in_norway.ask("/api/v1/MDOList/systemeventtype").json
    assert [item["Id"] for item in items] == [1, 2, 3, 4]
    assert items[0]["Name"] == "Utan inloggning (simulerat)"
    assert "systemeventtype" in crm_in_norway.ask("/api/v1/MDOList").json
    assert crm_in_norway.ask("/api/v1/MDOList/colour").status == 404


def test_satellites_are_a_list(crm: Any) -> None:
    """One is there from the start, and another from the morning on."""
    before = crm.ask("/api/v1/MDOList/satellites").json
    crm.clock.move(660)
    after = crm.ask("/api/v1/MDOList/Satellites").json
    assert [item["Name"] for item in before] == ["Copenhagen (simulated)"]
    assert [item["Name"] for item in after][1:] == ["Bergen (simulated)"]


def test_who_is_logged_in(crm: Any) -> None:
    """The one that watches, who is no user of the story."""
    principal = crm.ask("/api/v1/User/currentPrincipal").json
    assert (principal["AssociateId"], principal["Associate"]) == (20, "DEMO")
    assert principal["FullName"] == "Demo Watcher (simulated)"
    assert crm.ask("/api/v1/User/currentAssociate").json["AssociateId"] == 20


def test_an_empty_event_to_begin_with(crm: Any) -> None:
    """No id, no key, no scope, no dates."""
    event = crm.ask(f"{EVENTS}/default").json
    assert (event["SystemEventId"], event["Eventkey"], event["Scope"]) == (0, "", "Undefined")
    assert event["Eta"] == event["Registered"] == "0001-01-01T00:00:00"
