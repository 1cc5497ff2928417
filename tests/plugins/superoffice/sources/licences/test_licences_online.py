"""Where the list of all licences is not offered: dates and granted modules, and no more."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from syseventd import NEVER, EndReason, NotAvailable, Step, Unreachable
from syseventd_superoffice.access import Document

ONSITE_ONLY = NotAvailable("this installation has no /api/v1/License")
STATUS = {
    "AdminWarningDate": "2027-02-27T00:00:00",
    "ExpiryDate": "2027-03-27T00:00:00",
    "GraceDate": "2027-04-08T00:00:00",
    "CompanyName": "Example AB",
    "SerialNr": "1010000006",
    "UserLicenses": ["user", "web"],
}
DAY = "2026-11-01"


def grant(name: str, owner: str = "SUPEROFFICE", **more: object) -> dict[str, object]:
    return {
        "OwnerName": owner,
        "Name": name,
        "Description": name.title(),
        "LicenseType": "UserLicense",
        "ExpiryDate": "2027-03-27T00:00:00",
        "IsHidden": False,
        **more,
    }


def principal(*grants: object) -> dict[str, object]:
    return {"UserName": "monitor", "Licenses": list(grants)}


@pytest.fixture
def online(watch: Any) -> Any:
    """A watch on an installation that offers both replacements."""
    watch.installation.answers(
        licences=ONSITE_ONLY,
        licence_status=STATUS,
        principal=principal(grant("web"), grant("saint", LicenseType=1)),
    )
    return watch


def dates(watch: Any) -> dict[tuple[str, str], float]:
    return {(e.name, e.kind): e.at for e in watch.snapshot.expiries}


def test_dates_and_what_is_granted(online: Any) -> None:
    """One owner with its dates, company and serial; and which answers these are."""
    online.probe(DAY)
    assert dates(online).keys() == {
        ("SUPEROFFICE", "licence"),
        ("SUPEROFFICE", "grace"),
        ("SUPEROFFICE", "admin_warning"),
    }
    assert online.snapshot.facts == {
        "company": "Example AB",
        "serial": "1010000006",
        "licences granted": "Saint, Web",
        "licence data": "dates of the installation, without seats; "
        "what is granted to monitor, without seats",
    }
    assert online.snapshot.seats == ()
    assert online.snapshot.complete
    assert not online.problems


def test_the_ladder_works_without_the_list(online: Any) -> None:
    """Rungs and renewals as onsite."""
    online.probe("2027-03-01")
    online.installation.answers(licence_status={**STATUS, "ExpiryDate": "2028-03-27"})
    online.probe("2027-03-02")
    assert online.endings("licence-expiry") == [EndReason.RENEWED]


def test_add_ons_end_when_their_first_module_does(online: Any) -> None:
    """Their dates are told with what is granted; one that is unset never comes."""
    online.installation.answers(
        principal=principal(
            grant("a", "ADDON", ExpiryDate="2028-01-02"),
            grant("b", "addon", ExpiryDate="2028-01-01"),
            grant("c", "FREE", ExpiryDate="0001-01-01T00:00:00"),
            grant("d", "FREE", ExpiryDate=None),
        )
    )
    online.probe(DAY)
    assert dates(online)["ADDON", "licence"] == 1830297600.0
    assert dates(online)["FREE", "licence"] == NEVER
    assert ("SUPEROFFICE", "grace") in dates(online)


def test_the_vendors_own_licence_goes_by_the_name_that_it_has(online: Any) -> None:
    """A simulated one is one owner, not two."""
    name = "SUPEROFFICE (simulated)"
    online.installation.answers(
        principal=Document(principal(grant("a", name)), "p", {"simulated": "yes"})
    )
    online.probe(DAY)
    assert {owner for owner, _ in dates(online)} == {name}
    assert online.snapshot.facts["simulated"] == "yes"


@pytest.mark.parametrize("lacking", ["licence_status", "principal"])
def test_one_of_both_is_enough(online: Any, lacking: str) -> None:
    """What is not offered is no problem."""
    online.installation.answers(**{lacking: NotAvailable("no such path")})
    online.probe(DAY)
    assert ("SUPEROFFICE", "licence") in dates(online)
    assert not online.problems
    assert online.snapshot.complete


def test_without_both_nothing_is_available(online: Any) -> None:
    """The reason is that of the list itself."""
    online.installation.answers(licence_status=NotAvailable("a"), principal=NotAvailable("b"))
    with pytest.raises(NotAvailable, match="no /api/v1/License"):
        online.probe(DAY)


def test_a_replacement_that_fails_is_a_failure(online: Any) -> None:
    """An installation that can't be reached is not one that lacks something."""
    online.installation.answers(licence_status=NotAvailable("a"), principal=Unreachable("x", "y"))
    with pytest.raises(Unreachable):
        online.probe(DAY)


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        ({"principal": Unreachable("crm", "no route")}, "licences: crm can't be reached"),
        ({"licence_status": Unreachable("crm", "no route")}, "licences: crm can't be reached"),
        ({"principal": 7}, "principal: Licenses is no list"),
        ({"principal": {}}, "principal: Licenses is no list"),
        ({"principal": principal(7)}, "principal, module 1: names no owner"),
        ({"principal": principal(grant(""))}, "principal, module 1: names no module"),
        (
            {"principal": principal(grant("a"), grant("b", "ADDON", ExpiryDate="banana"))},
            'principal, module 2: ExpiryDate "banana" is not a date',
        ),
        ({"principal": principal(*[grant("a")] * 2001)}, "more than 2,000 modules"),
        ({"licence_status": 7}, "licence_status: is no object"),
        ({"licence_status": {"ExpiryDate": None}}, "tells nothing of any licence"),
    ],
)
def test_what_cant_be_read_ends_nothing(online: Any, answers: dict[str, Any], said: str) -> None:
    """It is said, and what is known stays until it can be read again."""
    both = principal(grant("a"), grant("b", "ADDON"))
    online.installation.answers(principal=both)
    online.probe("2027-03-01")
    online.installation.answers(**answers)
    online.probe("2027-03-01")
    assert said in "; ".join(online.problems)
    online.installation.answers(principal=both, licence_status=STATUS)
    online.probe("2027-03-01")
    assert online.told("licence-expiry") == [(Step.STARTED, "expires within 30 days")] * 2
    assert len(online.steps) == 2


def test_modules_of_the_installation_are_compared(online: Any) -> None:
    """Those of users are only ours: what we are given or lose is no news."""
    online.probe(DAY)
    online.installation.answers(principal=principal(grant("new"), grant("tt", LicenseType=1)))
    online.probe(DAY)
    [news] = online.open("licence-changed")
    assert news.message == "Tt: added; saint: removed"


def test_modules_that_cant_be_read_are_not_removed(online: Any) -> None:
    """One that names nobody may be any of those that are missing."""
    online.probe(DAY)
    online.installation.answers(principal=principal(7, grant("web")))
    online.probe(DAY)
    assert not online.open("licence-changed")


def test_hidden_modules_are_not_listed(online: Any) -> None:
    """They belong to others."""
    online.installation.answers(principal=principal(grant("a"), grant("b", IsHidden=True)))
    online.probe(DAY)
    assert online.snapshot.facts["licences granted"] == "A"


def test_the_licence_server_is_not_asked_online(online: Any) -> None:
    """Nobody but the vendor has to do with it there."""
    for day in range(1, 5):
        online.probe(f"2026-11-0{day}")
    assert online.installation.access.asked["licence_server_status"] == 0


JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=4,
)
GRANTS = st.lists(st.fixed_dictionaries({}, optional=dict.fromkeys(grant(""), JSON)) | JSON)


@given(st.fixed_dictionaries({}, optional=dict.fromkeys(STATUS, JSON)) | JSON, GRANTS | JSON)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_answers_break_the_source(online: Any, status: Any, grants: Any) -> None:
    """Any JSON at all becomes a snapshot, and what is not read is said."""
    online.installation.answers(licence_status=status, principal={"Licenses": grants})
    online.probe(DAY)
    assert online.snapshot.expiries or online.problems


def test_a_right_that_is_lost_ends_nothing_at_once(online: Any, entry: Any, module: Any) -> None:
    """For a week what was known stands, and it is said why; given back, it all goes on."""
    full = entry("SUPEROFFICE", module("web", 10, 10)), entry("ADDON")
    online.probe("2027-03-01", *full)
    before = set(online.known.events)
    for day in ("2027-03-02", "2027-03-08"):
        online.installation.answers(licences=NotAvailable("the user has no right"))
        online.probe(day)
        assert set(online.known.events) >= before
        assert "stands until 2027-03-09" in online.problems[0]
        assert not online.open("licence-changed")
    online.probe("2027-03-08T12:00:00", *full)
    assert not online.problems
    assert not online.open("licence-changed")
    assert online.endings("seats-used-up") == []


def test_a_right_that_stays_lost_is_believed_after_a_week(
    online: Any, entry: Any, module: Any
) -> None:
    """Then the installation is taken for one that tells no more."""
    online.probe("2027-03-01", entry("SUPEROFFICE", module("web", 10, 10)), entry("ADDON"))
    online.installation.answers(licences=ONSITE_ONLY)
    for day in range(2, 12):
        online.probe(f"2027-03-{day:02}")
    assert not online.problems
    assert not online.open("seats-used-up")
    assert {o.name for o in online.open("licence-expiry")} == {"Licence of SUPEROFFICE"}
    online.probe("2027-03-12", entry("SUPEROFFICE", module("web", 1, 99)))
    assert not online.told("licence-changed")
    assert online.snapshot.facts["licence data"] == "every owner, with seats"
