"""The simulated installation's licences over HTTP: dates, seats, and what waits."""

from __future__ import annotations

from typing import Any

OWNER, ADDON = "SUPEROFFICE (simulated)", "EXAMPLEADDON (simulated)"
ROUTES = "EXAMPLEROUTES (simulated)"


def test_licences_of_all_owners(crm: Any) -> None:
    """The vendor's own licence and those of two add-ons."""
    licences = crm.ask("/api/v1/License").json
    assert [x["Current"]["OwnerName"] for x in licences] == [OWNER, ADDON, ROUTES]
    assert {x["Current"]["CompanyName"] for x in licences} == {"Example Company (simulated)"}


def test_the_licence_has_twelve_days_left(crm: Any) -> None:
    """Warned since 18 days, expiring in 12, stopping for good 12 days later."""
    current = crm.ask("/api/v1/License/superoffice (simulated)").json["Current"]
    assert current["AdminWarningDate"] == "2026-06-13T00:00:00"
    assert current["ExpiryDate"] == "2026-07-13T00:00:00"
    assert current["GraceDate"] == "2026-07-25T00:00:00"


def test_an_addon_never_expires(crm: Any) -> None:
    """No date is the least date, and null where the column may be empty."""
    current = crm.ask("/api/v1/License/EXAMPLEADDON (simulated)").json["Current"]
    assert current["ExpiryDate"] == current["GraceDate"] == "0001-01-01T00:00:00"
    assert current["AdminWarningDate"] is None
    assert current["NextCheckDate"] is None


def test_seats_add_up(crm: Any) -> None:
    """Free and in use is the total, but where the use is unrestricted or there are too few."""
    for licence in crm.ask("/api/v1/License").json:
        for module in licence["ExtendedModuleLicenses"]:
            used, free = module["NumberOfLicensesInUse"], module["NumberOfLicensesFree"]
            if not module["Current"]["Unrestricted"]:
                assert free == max(0, module["NumberOfLicensesTotal"] - used)


def test_a_waiting_licence_stands_beside_the_one_that_holds(crm: Any) -> None:
    """Each module with its old and its new number; one that comes has no old licence."""
    crm.clock.move(60)
    licence = crm.ask(f"/api/v1/License/{ADDON}").json
    assert (licence["CanBeActivated"], licence["Reason"]) == (True, "")
    assert licence["New"]["MaintenanceDate"] > licence["Current"]["MaintenanceDate"]
    view, *_, new = licence["ExtendedModuleLicenses"]
    numbers = ("Total", "NewTotal", "Added", "NewFree")
    assert [view[f"NumberOfLicenses{name}"] for name in numbers] == [5, 8, 3, 4]
    assert (new["Current"], new["New"]["ModuleName"]) == (None, "map-3d (simulated)")


def test_where_nothing_waits_nothing_is_added(crm: Any) -> None:
    """The new numbers are nought, and none is below it."""
    licence = crm.ask(f"/api/v1/License/{OWNER}").json
    assert licence["New"] is None
    for module in licence["ExtendedModuleLicenses"]:
        assert module["New"] is None
        for name in ("Added", "NewTotal", "NewFree"):
            assert module[f"NumberOfLicenses{name}"] == 0


def test_a_licence_that_can_not_be_activated_says_why(crm: Any) -> None:
    """More seats are in use than it has."""
    licence = crm.ask(f"/api/v1/License/{ROUTES}").json
    assert licence["CanBeActivated"] is False
    assert licence["Reason"].startswith("More licences are in use")
    module = licence["ExtendedModuleLicenses"][0]
    assert module["NumberOfLicensesInUse"] > module["NumberOfLicensesNewTotal"]


def test_a_renewal_shows_everywhere(crm: Any) -> None:
    """In the licence, in the installation's status, and in what the user is granted."""
    crm.clock.move(900)
    licence = crm.ask(f"/api/v1/License/{OWNER}").json["Current"]
    status = crm.call("License/GetUserAndInstallationLicenceStatus", {"AssociateId": 0})
    principal = crm.ask("/api/v1/User/currentPrincipal").json
    dates = {licence["ExpiryDate"], status["ExpiryDate"], principal["Licenses"][0]["ExpiryDate"]}
    assert dates == {"2027-07-13T00:00:00"}
    assert licence["CompanyName"] == status["CompanyName"] == "Example Company Group (simulated)"


def test_seats_move_with_the_story(crm: Any) -> None:
    """The number in use changes while one watches."""

    def web() -> int:
        modules = crm.ask("/api/v1/License/SUPEROFFICE (simulated)").json["ExtendedModuleLicenses"]
        return next(
            m["NumberOfLicensesInUse"]
            for m in modules
            if m["Current"]["ModuleName"] == "web (simulated)"
        )

    before = web()
    crm.clock.move(45)
    assert web() == before + 1


def test_there_is_no_such_licence_owner(crm: Any) -> None:
    """An unknown owner is 404."""
    assert crm.ask("/api/v1/License/NOBODY").status == 404


def test_licences_expire_at_the_base_zones_midnight(crm_in_norway: Any) -> None:
    """Midnight in Norway is told in the zone that was asked for."""
    path = "/api/v1/License/SUPEROFFICE (simulated)"
    here = crm_in_norway.ask(path).json["Current"]
    there = crm_in_norway.ask(path, SO_TimeZone="UTC, includeTZOffset").json["Current"]
    assert here["ExpiryDate"] == "2026-07-13T00:00:00"
    assert there["ExpiryDate"] == "2026-07-12T22:00:00+00:00"
