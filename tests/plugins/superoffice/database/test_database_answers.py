"""What a database answers: the WebAPI's names and shapes, and the vendor's rules of counting."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from syseventd import Malformed, NotAvailable, ProbeFailed, Unreachable
from syseventd_superoffice.database.engine import open_engine
from syseventd_superoffice.database.questions import Database

ANSWERED = (
    "system_events",
    "system_messages",
    "batch_tasks",
    "saint_configurations",
    "status_monitors",
    "freetext_status",
    "licences",
    "licence_status",
    "database",
    "server_processes",
    "prototypes",
    "schedules",
)


@pytest.mark.parametrize("question", ANSWERED)
def test_same_answer_is_the_same_object(database: Any, question: str) -> None:
    """Sources tell by that that nothing changed, and read it no second time."""

    async def ask() -> bool:
        opened = Database.of(database.settings)
        try:
            first, second = [await getattr(opened, question)() for _ in range(2)]
        finally:
            await opened.aclose()
        return first is second

    assert asyncio.run(ask())


@pytest.mark.parametrize("question", ANSWERED)
def test_simulated_database_says_so(database: Any, question: str) -> None:
    """Whoever reads it shows a banner: no reader takes one for a real installation's."""
    assert database.ask(question).facts == {"simulated": "yes"}


def test_real_database_is_not_taken_for_a_simulated_one(database: Any) -> None:
    """Its serial number is of digits."""
    database.run("UPDATE company SET serialno = '1234567890'")
    assert database.ask("system_events").facts == {}


def test_changed_answer_is_another_object(database: Any) -> None:
    """And holds what changed."""

    async def ask() -> tuple[Any, Any]:
        opened = Database.of(database.settings)
        try:
            before = await opened.system_events()
            database.run("UPDATE systemevent SET eventmess = 'new' WHERE systemevent_id = 101")
            return before, await opened.system_events()
        finally:
            await opened.aclose()

    before, after = asyncio.run(ask())
    assert before.rows[0]["eventmess"] != "new"
    assert after.rows[0]["eventmess"] == "new"


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


def modules(database: Any, **settings: Any) -> dict[str, Any]:
    """The modules of all owners by name."""
    return {
        module["Current"]["ModuleName"].removesuffix(" (simulated)"): module
        for entry in database.rows("licences", **settings)
        for module in entry["ExtendedModuleLicenses"]
    }


def test_licences_in_use_are_those_of_users_who_are_there(database: Any) -> None:
    """The story also has a link of somebody who left, and one that is empty."""
    assert modules(database)["web"]["NumberOfLicensesInUse"] == 49
    database.run("UPDATE associate SET deleted = 0")
    assert modules(database)["web"]["NumberOfLicensesInUse"] == 50


def test_user_who_may_or_may_not_be_deleted_is_there(database: Any) -> None:
    """The column may be empty: nobody has deleted him."""
    database.run("UPDATE associate SET deleted = NULL WHERE associate_id = 31")
    assert modules(database)["web"]["NumberOfLicensesInUse"] == 50


def test_free_licences_are_what_is_left(database: Any) -> None:
    """Never less than none, whatever is in use."""
    assert modules(database)["web"]["NumberOfLicensesFree"] == 1
    database.run("UPDATE modulelicense SET licensenumber = 3")
    assert modules(database)["web"]["NumberOfLicensesFree"] == 0


def test_satellites_use_licences_of_their_own(database: Any) -> None:
    """They are linked in a table of their own."""
    assert modules(database)["map-server"]["NumberOfLicensesInUse"] == 1


def test_satellites_that_may_not_be_read_count_for_nothing_known(database: Any) -> None:
    """That none is in use would be a lie."""
    database.run("DROP TABLE licensesatllink")
    assert modules(database)["map-server"]["NumberOfLicensesInUse"] is None
    assert modules(database)["web"]["NumberOfLicensesInUse"] == 49


def test_licence_of_the_site_is_given_to_nobody(database: Any) -> None:
    """Without a link nothing tells whether it is used."""
    database.run("DELETE FROM licenseassoclink")
    found = modules(database)
    assert found["server"]["NumberOfLicensesInUse"] is None
    assert found["web"]["NumberOfLicensesInUse"] == 0


def test_licence_that_never_ends_has_no_date(database: Any) -> None:
    """The database has the year 1760 where a date must be."""
    addon = database.rows("licences")[1]["Current"]
    assert addon["OwnerName"] == "EXAMPLEADDON (simulated)"
    assert addon["ExpiryDate"] is None
    assert addon["MaintenanceDate"] == "2026-08-09T22:00:00+00:00"


def test_what_waits_to_be_activated_is_not_told(database: Any) -> None:
    """That nothing waits would be a lie: no table knows."""
    for entry in database.rows("licences"):
        assert not {"New", "CanBeActivated", "Reason"} & set(entry)


def test_kind_of_licence_is_told_in_the_vendors_word(database: Any) -> None:
    """A number that has none stays one."""
    assert modules(database)["web"]["Current"]["LicenseType"] == "UserLicense"
    database.run("UPDATE modulelicense SET licensetype = 9 WHERE modulename LIKE 'web%'")
    assert modules(database)["web"]["Current"]["LicenseType"] == 9


def test_flags_are_true_or_false(database: Any) -> None:
    """Kept as numbers; a number that is neither stays one."""
    current = modules(database)["visible-for"]["Current"]
    assert (current["Unrestricted"], current["IsHidden"]) == (True, False)
    assert isinstance(current["Unrestricted"], bool)
    database.run("UPDATE modulelicense SET unrestricted = 7 WHERE modulename LIKE 'visible-for%'")
    assert modules(database)["visible-for"]["Current"]["Unrestricted"] == 7


def test_status_of_the_licence_is_the_vendors(database: Any) -> None:
    """Although an add-on's owner may be called after the vendor, and come first."""
    database.run(
        "UPDATE moduleowner SET moduleowner_id = 0, ownername = 'SUPEROFFICEROUTES OF SOMEBODY'"
        " WHERE ownername LIKE 'EXAMPLEROUTES%'"
    )
    status = database.ask("licence_status").value
    assert status["ExpiryDate"] == "2026-07-12T22:00:00+00:00"
    assert status["SerialNr"] == "1010000006 (simulated)"


def test_installation_without_the_vendors_licence_has_no_status(database: Any) -> None:
    """Nobody else's dates stand for it."""
    database.run("UPDATE moduleowner SET ownername = 'X' || moduleowner_id")
    with pytest.raises(NotAvailable, match="no licence of SuperOffice's own"):
        database.ask("licence_status")


def test_database_describes_itself(database: Any) -> None:
    """One row where there is one, else rows."""
    told = database.ask("database").value
    assert told["databaseType"].startswith("SQLite 3.")
    assert told["company"]["serialNo"] == "1010000006 (simulated)"
    assert told["travelcurrent"]["systemlevel"] == 10
    assert [row["satellite_id"] for row in told["satellite"]] == [0x0100_0000]
    assert told["productversion"][0]["version"].startswith("11.10.")


def test_description_leaves_out_what_may_not_be_read(database: Any) -> None:
    """The rest is told."""
    database.run("DROP TABLE travelcurrent")
    database.run("DROP TABLE satellite")
    told = database.ask("database").value
    assert set(told) == {"databaseType", "company", "productversion"}


def test_company_without_a_row_is_left_out(database: Any) -> None:
    """As it should never be."""
    database.run("DELETE FROM company")
    assert "company" not in database.ask("database").value
    assert "CompanyName" not in database.rows("licences")[0]["Current"]


def test_prototype_that_is_made_is_known_by_its_state(database: Any) -> None:
    """65535, which SQL Server keeps with a sign."""
    database.run("UPDATE travelgenerateddatabase SET state = -1 WHERE area_id = 2")
    assert [row["state"] for row in database.rows("prototypes")] == [65_535, 2]


def test_schedule_tells_its_error_and_no_book(database: Any) -> None:
    """The column is unbounded: it may hold a whole trace."""
    database.run("UPDATE schedule SET error_message = :long", long="x" * 100_000)
    assert len(database.rows("schedules")[0]["error_message"]) == 4_000


def test_usage_is_counted_between_two_times(database: Any) -> None:
    """The first belongs to it, the second does not."""
    at = 1_782_907_200.0  # the story's first second, at which somebody logs in
    counts = database.ask("usage", at, at + 60).value
    assert (counts["logins"], counts["chats"], counts["forms"]) == (1, 2, 1)


def test_sessions_of_other_kinds_are_no_logins(database: Any) -> None:
    """Only those of the customer centre's pages are invoiced."""
    at = 1_782_907_200.0
    database.run("UPDATE login_customer SET origin = 1")
    assert database.ask("usage", at, at + 60).value["logins"] == 0


@pytest.mark.parametrize(("status", "counted"), [(1, 0), (2, 0), (3, 1), (4, 1), (5, 1)])
def test_form_counts_once_it_is_submitted(database: Any, status: int, counted: int) -> None:
    """Not while it is filled in, nor before its address is confirmed."""
    at = 1_782_907_200.0
    database.run("UPDATE form_submission SET status = :status", status=status)
    assert database.ask("usage", at, at + 60).value["forms"] == counted


def test_usage_of_a_very_old_database_is_counted(database: Any) -> None:
    """Its times are seconds, by the clock on the wall."""
    at = 1_782_907_200
    before = database.ask("usage", at, at + 60).value
    # Seconds of the wall's clock are those of UTC, reckoned from the text without its zone.
    database.run("UPDATE chat_session SET when_started = strftime('%s', when_started)")
    database.run("ALTER TABLE chat_session RENAME TO old_chats")
    database.run("CREATE TABLE chat_session (id INTEGER PRIMARY KEY, when_started INTEGER)")
    database.run("INSERT INTO chat_session SELECT id, when_started FROM old_chats")
    assert database.ask("usage", at, at + 60).value["chats"] == before["chats"] == 2


def test_usage_leaves_out_what_can_not_be_counted(database: Any) -> None:
    """Not every installation has Service."""
    database.run("DROP TABLE chat_session")
    database.run("DROP TABLE form_submission")
    assert set(database.ask("usage", 0.0, 1.0).value) == {"mailings", "logins", "storage"}


def test_index_that_is_missing_leaves_its_words(database: Any) -> None:
    """The two are counted apart."""
    database.run("DROP TABLE freetextindex")
    status = database.ask("freetext_status").value
    assert status["CountWords"] > 1000
    assert status["Occurrences"] is None


def test_other_database_is_said_to_be_one_by_every_question(database: Any) -> None:
    """Also by those that ask for one value."""
    database.run("DROP TABLE company")
    database.run("DROP TABLE systemevent")
    with pytest.raises(Unreachable, match="it has no company; check `url`"):
        database.ask("is_event_active", "SimulatedImport")


def test_usage_of_nothing_at_all_is_not_available(database: Any) -> None:
    """It names every table that is missing."""
    for table in ("s_shipment", "login_customer", "chat_session", "form_submission"):
        database.run(f"DROP TABLE {table}")
    with pytest.raises(NotAvailable, match=r"s_shipment.*login_customer.*chat_.*form_submission"):
        database.ask("usage", 0.0, 1.0)


def test_mailing_that_sent_nothing_yet_counts_none(database: Any) -> None:
    """The column may be empty."""
    database.run("UPDATE s_shipment SET sent_num = NULL")
    assert database.ask("usage", 0.0, 2e9).value["mailings"] == 0


@pytest.mark.parametrize(
    ("question", "details"),
    [
        ("plan_limit", ()),
        ("licence_server_status", ("SUPEROFFICE",)),
        ("versions", ()),
        ("upgrade_steps", ()),
        ("base_time_zone", ()),
        ("tenant", ()),
        ("principal", ()),
        ("portraits", ((7,),)),
    ],
)
def test_what_no_table_tells_is_not_available(
    database: Any, question: str, details: tuple[object, ...]
) -> None:
    """Rather than an answer that is made up."""
    with pytest.raises(NotAvailable):
        database.ask(question, *details)


def test_table_that_is_missing_is_not_available(database: Any) -> None:
    """This version may not have it."""
    database.run("DROP TABLE message")
    with pytest.raises(NotAvailable, match="this database lacks message"):
        database.ask("system_messages")


def test_column_that_is_missing_is_not_available(database: Any) -> None:
    """An older version may not have it."""
    database.run("ALTER TABLE statusdef DROP COLUMN generationstart")
    with pytest.raises(NotAvailable, match="this database lacks statusdef, or a column of it"):
        database.ask("status_monitors")


def test_other_database_is_said_to_be_one(database: Any) -> None:
    """A file of SQLite, but none of SuperOffice's."""
    database.run("DROP TABLE company")
    database.run("DROP TABLE message")
    with pytest.raises(Unreachable, match="it has no company; check `url`"):
        database.ask("system_messages")


def test_file_that_is_missing_is_not_made(database: Any, tmp_path: Any) -> None:
    """As SQLite would by itself."""
    with pytest.raises(Unreachable, match="no such database"):
        database.ask("system_messages", url=f"sqlite:///{tmp_path}/missing.db")
    assert not (tmp_path / "missing.db").exists()


def test_file_of_something_else_is_said_to_be_one(database: Any, tmp_path: Any) -> None:
    """As a path that is mistaken leads to."""
    (tmp_path / "notes.txt").write_text("not a database at all, but long enough to be one" * 9)
    with pytest.raises(Unreachable, match="no such database"):
        database.ask("system_messages", url=f"sqlite:///{tmp_path}/notes.txt")


def test_text_that_is_no_text_fails_by_name(database: Any) -> None:
    """Whoever wrote it, the probe fails and says why."""
    database.run("UPDATE message SET markdownmessage = CAST(x'ff' AS TEXT)")
    with pytest.raises(ProbeFailed, match="decode"):
        database.ask("system_messages")


def test_more_rows_than_anybody_has_are_malformed(
    database: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The list is not taken to be whole."""
    monkeypatch.setattr("syseventd_superoffice.database.reading.MOST_ROWS", 2)
    with pytest.raises(Malformed, match=r"systemevent.* there are more than 2 rows"):
        database.ask("system_events")


def test_columns_may_come_in_another_case(database: Any) -> None:
    """As the vendor's own scripts make them."""
    database.run("ALTER TABLE systemevent RENAME COLUMN eventkey TO EventKey")
    database.run("ALTER TABLE systemevent RENAME COLUMN systemevent_id TO SystemEvent_id")
    row = database.rows("system_events")[0]
    assert (row["SystemEvent_id"], row["eventkey"]) == (101, "SimulatedImport")


def test_nothing_can_be_written(database: Any) -> None:
    """Not even by a statement of ours, were there one that wrote."""
    engine = open_engine(database.settings)
    try:
        with engine.connect() as connection, pytest.raises(Exception, match="readonly"):
            connection.exec_driver_sql("DELETE FROM company")
    finally:
        engine.dispose()
