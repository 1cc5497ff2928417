"""What a database tells of licences: the vendor's rules of counting seats, and its words."""

from __future__ import annotations

from typing import Any

import pytest

from syseventd import NotAvailable


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
