"""What a database answers has the WebAPI's names and shapes."""

from __future__ import annotations

from typing import Any

import pytest


def test_system_event_has_the_archives_columns(database: Any) -> None:
    """Those that the database keeps; the computed ones are missing."""
    row = database.rows("system_events")[0]
    known = {"PrimaryKey", "SystemEvent_id", "scope", "owner", "eventkey", "eventmess", "extrainfo",
             "eta", "registered", "updatedCount"}  # fmt: skip
    names = ("assocName", "personId", "firstName", "middleName", "lastName", "fullName")
    people = {f"registered_associate_id/{name}" for name in names}
    assert set(row) == known | people


@pytest.mark.parametrize(
    ("question", "definition"),
    [
        ("system_messages", "SystemMessage"),
        ("saint_configurations", "SaintConfiguration"),
        ("status_monitors", "StatusMonitor"),
        ("licences", "ExtendedLicenseInfo"),
    ],
)
def test_entry_has_fields_of_the_vendors_description(
    database: Any, description: Any, question: str, definition: str
) -> None:
    """No field is called anything else."""
    for entry in database.rows(question):
        assert set(entry) <= description.field_names(definition)


def test_parts_of_a_licence_have_fields_of_the_vendors_description(
    database: Any, description: Any
) -> None:
    """Down to its modules."""
    for entry in database.rows("licences"):
        assert set(entry["Current"]) <= description.field_names("LicenseInfo")
        for module in entry["ExtendedModuleLicenses"]:
            assert set(module) <= description.field_names("ExtendedModuleLicense")
            assert set(module["Current"]) <= description.field_names("ModuleLicense")


@pytest.mark.parametrize(
    ("question", "definition"),
    [
        ("freetext_status", "FreeText"),
        ("licence_status", "UserAndInstallationLicenceStatus"),
    ],
)
def test_object_has_fields_of_the_vendors_description(
    database: Any, description: Any, question: str, definition: str
) -> None:
    """No field is called anything else."""
    assert set(database.ask(question).value) <= description.field_names(definition)


def test_full_name_leaves_out_what_is_empty(database: Any) -> None:
    """Most people have no middle name."""
    database.run("UPDATE person SET middlename = 'von', lastname = NULL WHERE person_id = 7")
    row = database.rows("system_events")[0]
    assert row["registered_associate_id/fullName"] == "Kim von"


def test_event_of_nobody_known_is_told(database: Any) -> None:
    """Its user may be gone from the table."""
    database.run("DELETE FROM associate WHERE associate_id = 7")
    row = database.rows("system_events")[0]
    assert row["eventkey"] == "SimulatedImport"
    assert row["registered_associate_id/assocName"] is None


def test_active_event_is_known_by_its_key(database: Any) -> None:
    """The cheapest of all questions."""
    assert database.ask("is_event_active", "SimulatedImport") is True
    assert database.ask("is_event_active", "kSENothing' OR '1'='1") is False


def test_batch_task_has_its_definitions_name(database: Any) -> None:
    """And its own number, by which it is known again."""
    row = database.rows("batch_tasks")[0]
    assert (row["PrimaryKey"], row["DefinitionName"], row["State"]) == (101, "SimulatedImport", 3)


def test_batch_task_without_a_definition_is_told(database: Any) -> None:
    """The column may be empty."""
    database.run("UPDATE batchtask SET batchtaskdefinition_id = NULL WHERE batchtask_id = 101")
    assert database.rows("batch_tasks")[0]["DefinitionName"] is None


def test_status_monitor_has_its_name(database: Any) -> None:
    """In no language first, else in the first there is; and no other thing's."""
    # Without its keys, a table's rows come in the order in which they were written.
    database.run("DROP TABLE localetext")
    database.run("CREATE TABLE localetext (languageid INT, typeid INT, resourceid INT, text TEXT)")
    database.run(
        "INSERT INTO localetext VALUES (1053, 16, 1, 'Försummad'), (0, 12, 1, 'of something else'),"
        " (0, 16, 1, 'Neglected'), (1053, 16, 2, 'Många ärenden')"
    )
    names = [monitor.get("Name") for monitor in database.rows("status_monitors")]
    assert names == ["Neglected", "Många ärenden", None, None]


def test_status_monitor_without_a_name_is_told(database: Any) -> None:
    """Its number is enough to know it again."""
    database.run("DROP TABLE localetext")
    monitor = database.rows("status_monitors")[0]
    assert monitor["StatusMonitorId"] == 1
    assert "Name" not in monitor


def test_database_describes_itself(database: Any) -> None:
    """One row where there is one, else rows."""
    told = database.ask("database").value
    assert told["databaseType"].startswith("SQLite 3.")
    assert told["company"]["serialNo"] == "1010000006 (simulated)"
    assert told["travelcurrent"]["systemlevel"] == 10
    assert [row["satellite_id"] for row in told["satellite"]] == [0x0100_0000]
    assert told["productversion"][0]["version"].startswith("11.10.")


def test_prototype_that_is_made_is_known_by_its_state(database: Any) -> None:
    """65535, which SQL Server keeps with a sign."""
    database.run("UPDATE travelgenerateddatabase SET state = -1 WHERE area_id = 2")
    assert [row["state"] for row in database.rows("prototypes")] == [65_535, 2]


def test_schedule_tells_its_error_and_no_book(database: Any) -> None:
    """The column is unbounded: it may hold a whole trace."""
    database.run("UPDATE schedule SET error_message = :long", long="x" * 100_000)
    assert len(database.rows("schedules")[0]["error_message"]) == 4_000


def test_columns_may_come_in_another_case(database: Any) -> None:
    """As the vendor's own scripts make them."""
    database.run("ALTER TABLE systemevent RENAME COLUMN eventkey TO EventKey")
    database.run("ALTER TABLE systemevent RENAME COLUMN systemevent_id TO SystemEvent_id")
    row = database.rows("system_events")[0]
    assert (row["SystemEvent_id"], row["eventkey"]) == (101, "SimulatedImport")
