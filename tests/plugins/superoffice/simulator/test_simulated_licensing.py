"""The licences of the story: dates, seats, what waits, and the renewal."""

from __future__ import annotations

from collections.abc import Iterator

from hypothesis import given
from hypothesis import strategies as st

from syseventd_superoffice.simulator import licensing
from syseventd_superoffice.simulator.licensing import ADDON, LICENCES, ROUTES, SUPEROFFICE
from syseventd_superoffice.simulator.scenes import LAP
from syseventd_superoffice.simulator.story import state_at
from syseventd_superoffice.simulator.vocabulary import LicenceStatus
from syseventd_superoffice.simulator.world import Holding, Licence

SECONDS = st.floats(0, 200 * LAP)
RENEWED = LAP + 300


def holding(seconds: float, licence: Licence) -> Holding:
    return next(h for h in state_at(seconds).holdings if h.current.owner == licence.owner)


def issued() -> Iterator[Licence]:
    for seconds in (0.0, 300.0, RENEWED):
        for each in state_at(seconds).holdings:
            yield each.current
            if each.waiting is not None:
                yield each.waiting


def test_every_licence_says_that_it_is_simulated() -> None:
    """Company, serial numbers, owners and modules carry the mark, under each of their names."""
    for licence in issued():
        texts = (licence.owner, licence.description, licence.serial, licence.company)
        names = (t for module in licence.modules for t in (module.name, module.description))
        assert all(text.endswith("(simulated)") for text in (*texts, *names))


def test_licences_are_of_every_kind() -> None:
    """One near its end, one that never ends, and one that is in its grace."""
    assert (SUPEROFFICE.admin_warning, SUPEROFFICE.expires, SUPEROFFICE.grace) == (-18, 12, 24)
    assert (ADDON.expires, ADDON.grace) == (None, None)
    assert ROUTES.expires is not None
    assert ROUTES.grace is not None
    assert ROUTES.expires < 0 < ROUTES.grace
    modules = [module for licence in LICENCES for module in licence.modules]
    assert any(module.hidden for module in modules)
    assert any(module.unrestricted for module in modules)
    assert {module.type.name for module in modules} == {
        *("SiteLicense", "SatelliteLicense"),
        "UserLicense",
    }


def test_the_check_of_one_licence_was_missed() -> None:
    """Its next check lies days back."""
    assert ROUTES.next_check == -4


@given(SECONDS)
def test_only_one_module_is_ever_overused(seconds: float) -> None:
    """Everywhere else no more seats are in use than there are, but where it is unrestricted."""
    for each in state_at(seconds).holdings:
        for module in each.current.modules:
            used = each.in_use[module.name]
            over = not module.unrestricted and used > module.seats
            assert not over or module.name == "route-drive (simulated)"


def test_seats_are_nearly_wholly_and_more_than_used() -> None:
    """85 % and more, 100 %, and one more than there are."""
    shares = {
        round(each.in_use[module.name] / module.seats, 2)
        for seconds in range(0, 300, 45)
        for each in state_at(seconds).holdings
        for module in each.current.modules
        if not module.unrestricted
    }
    assert shares >= {0.85, 1.0, 1.2}


def test_seats_move() -> None:
    """The seats of the web client are nearly used up, and their number changes."""
    counts = [holding(s, SUPEROFFICE).in_use["web (simulated)"] for s in range(0, 250, 45)]
    assert len(set(counts)) > 2
    assert max(counts) == 49


def test_a_new_licence_waits_and_is_activated_by_itself() -> None:
    """It is offered at night and holds in the morning; then its server says so for a lap."""
    seen = [
        (found.waiting is not None, found.status.name)
        for found in (
            holding(seconds, SUPEROFFICE) for seconds in (239, 240, RENEWED, RENEWED + LAP)
        )
    ]
    assert seen == [
        (False, "Ok"),
        (True, "NewLicenseAvailable"),
        (False, "NewLicenseActivated"),
        (False, "Ok"),
    ]


def test_the_renewal_changes_dates_and_seats() -> None:
    """A year more, ten users more, two quotes fewer."""
    before, after = (holding(s, SUPEROFFICE).current for s in (RENEWED - 1, RENEWED))
    assert (before.expires, after.expires) == (12, 377)
    changed = {m.name: (before.seats(m.name), m.seats) for m in after.modules}
    assert {name: seats for name, seats in changed.items() if seats[0] != seats[1]} == {
        "web (simulated)": (50, 60),
        "quote-cal (simulated)": (12, 10),
    }


def test_the_renewal_brings_a_new_name() -> None:
    """The installation belongs to a company of another name from then on."""
    names = [state_at(s).company for s in (RENEWED - 1, RENEWED)]
    assert names == ["Example Company (simulated)", "Example Company Group (simulated)"]
    assert holding(RENEWED, SUPEROFFICE).current.company == names[1]


def test_the_next_check_moves_on() -> None:
    """After the renewal each day of the story brings the next check a day later."""
    checks = [holding(RENEWED + day * 3 * LAP, SUPEROFFICE).current.next_check for day in range(3)]
    assert checks == [2, 3, 4]


def test_one_waiting_licence_can_be_activated_and_one_can_not() -> None:
    """The second has fewer seats than are in use, and its server says why."""
    addon, routes = holding(100, ADDON), holding(100, ROUTES)
    assert addon.waiting is not None
    assert routes.waiting is not None
    assert addon.overused == ()
    assert "route-plan (simulated)" in routes.overused
    assert routes.status is LicenceStatus.ProblemWithLicense
    assert "More licences are in use" in routes.answer["en"]


def test_what_can_be_activated_brings_a_new_module() -> None:
    """A module that did not exist before comes with the waiting licence."""
    addon = holding(100, ADDON)
    assert addon.waiting is not None
    assert addon.waiting.seats("map-3d (simulated)") == 1
    assert addon.current.seats("map-3d (simulated)") == 0


def test_activated_the_waiting_licence_holds() -> None:
    """Of the owner that a person chose alone, with all of its modules."""
    owners = {ADDON.owner, SUPEROFFICE.owner}
    before = state_at(100).holdings
    vendor, addon, routes = licensing.with_activated(before, owners)
    assert vendor == before[0]  # nothing waits
    assert addon.current == before[1].waiting
    assert addon.waiting is None
    assert addon.in_use["map-3d (simulated)"] == 0
    assert routes == before[2]
