"""A licence on its way to its end: one event, told anew at each rung, ended by a renewal."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from syseventd import EndReason, Step

KIND = "licence-expiry"
RUNGS = [f"expires within {n}" for n in ("90 days", "60 days", "30 days", "14 days", "7 days")]
STATUSES = [*RUNGS, "expires within 1 day", "expired, in grace", "expired"]


def days(first: str, last: str) -> list[str]:
    begin, end = date.fromisoformat(first), date.fromisoformat(last)
    return [str(begin + timedelta(n)) for n in range((end - begin).days + 1)]


def test_each_rung_is_told_once(watch: Any, entry: Any) -> None:
    """From long before to long after: one event, that changes exactly at each rung.

    Every probe is a process of its own, so restarts are included.
    """
    for day in days("2026-12-01", "2027-05-01"):
        watch.probe(day, entry())
    first, *others = watch.told(KIND)
    assert first == (Step.STARTED, STATUSES[0])
    assert others == [(Step.CHANGED, status) for status in STATUSES[1:]]
    when = [step.at for step in watch.steps if step.event.observation.kind == KIND]
    assert [round((when[-2] - at) / 86400) for at in when] == [90, 60, 30, 14, 7, 1, 0, -12]


def test_what_is_told_of_a_licence_that_ends(watch: Any, entry: Any) -> None:
    """Whose it is, when it ends, and until when its grace lasts."""
    watch.probe("2027-03-01", entry())
    [seen] = watch.open(KIND)
    assert (seen.key, seen.name) == ("expiry:SUPEROFFICE", "Licence of SUPEROFFICE")
    assert seen.message == "end: 2027-03-27; end of its grace: 2027-04-08"
    assert seen.expected_end == 1806105600.0
    assert seen.details == (("Company", "Example AB"), ("Serial number", "1010000006"))


def test_a_clock_that_is_put_back_takes_no_rung_back(watch: Any, entry: Any) -> None:
    """It was told already that there are less than 30 days."""
    for day in ("2027-03-01", "2027-02-01", "2026-06-01", "2027-03-02"):
        watch.probe(day, entry())
    assert watch.told(KIND) == [(Step.STARTED, "expires within 30 days")]


def test_a_date_told_in_another_zone_is_no_renewal(watch: Any, entry: Any) -> None:
    """Some hours more bring no rung back."""
    watch.probe("2027-03-26", entry())
    watch.probe("2027-03-26", entry(ExpiryDate="2027-03-27T12:00:00"))
    assert [status for _, status in watch.told(KIND)] == ["expires within 1 day"] * 2
    assert watch.endings(KIND) == []


@pytest.mark.parametrize("day", ["2027-03-26", "2027-04-01", "2027-05-01"])
def test_a_renewal_ends_the_event(watch: Any, entry: Any, day: str) -> None:
    """It says from when to when, with the old date as its end; and is no news besides."""
    watch.probe(day, entry())
    watch.probe(day, entry(ExpiryDate="2028-03-27", GraceDate="2028-04-08"))
    last = watch.last(KIND)
    assert (last.step, last.event.end_reason) == (Step.ENDED, EndReason.RENEWED)
    assert last.event.observation.message == "renewed from 2027-03-27 to 2028-03-27"
    assert last.event.observation.expected_end == 1806105600.0
    watch.probe(day)
    assert not watch.known.events


def test_a_renewal_without_an_end(watch: Any, entry: Any) -> None:
    """What never ends any more is renewed too."""
    watch.probe("2027-03-01", entry())
    watch.probe("2027-03-02", entry(ExpiryDate="0001-01-01T00:00:00"))
    last = watch.last(KIND).event.observation
    assert last.message == "renewed from 2027-03-27 to never"


def test_a_renewal_that_is_not_stored_is_told_again(watch: Any, entry: Any) -> None:
    """What the store did not take is not lost: the next probe says the same."""
    watch.probe("2027-03-01", entry())
    renewed = entry(ExpiryDate="2028-03-27")
    lost = watch.probe("2027-03-02", renewed, store=False)
    watch.probe("2027-03-02", renewed)
    assert watch.snapshot == lost
    assert watch.endings(KIND) == [EndReason.RENEWED]


def test_a_renewal_for_a_few_days(watch: Any, entry: Any) -> None:
    """The event ends, we ask again soon, and another event begins at its own rung."""
    watch.probe("2027-03-26", entry())
    watch.probe("2027-03-26", entry(ExpiryDate="2027-04-05"))
    assert watch.snapshot.ask_again == 60.0
    watch.probe("2027-03-26")
    watch.probe("2027-03-26")
    assert watch.told(KIND) == [
        (Step.STARTED, "expires within 1 day"),
        (Step.ENDED, "renewed"),
        (Step.STARTED, "expires within 14 days"),
    ]


def test_a_grace_that_is_put_off(watch: Any, entry: Any) -> None:
    """Modules work again: the event of the end is over, and that of the grace begins."""
    watch.probe("2027-04-09", entry())
    watch.probe("2027-04-09", entry(GraceDate="2027-04-20"))
    watch.probe("2027-04-09")
    assert watch.told(KIND) == [
        (Step.STARTED, "expired"),
        (Step.ENDED, "renewed"),
        (Step.STARTED, "expired, in grace"),
    ]
    assert "put off until 2027-04-20" in watch.steps[1].event.observation.message


def test_a_renewal_in_time_is_news(watch: Any, entry: Any) -> None:
    """Where no event was open, it is shown for a day."""
    watch.probe("2026-11-01", entry())
    watch.probe("2026-11-02", entry(ExpiryDate="2028-03-27", MaintenanceDate="2028-03-01"))
    [news] = watch.open("licence-renewed")
    assert news.message == "Licence of SUPEROFFICE: renewed from 2027-03-27 to 2028-03-27"
    watch.probe("2026-11-02T23:00:00")
    assert watch.open("licence-renewed")
    watch.probe("2026-11-03")
    assert not watch.known.events


def test_an_earlier_date_is_no_renewal(watch: Any, entry: Any) -> None:
    """It is taken as it is."""
    watch.probe("2026-11-01", entry())
    watch.probe("2026-11-02", entry(ExpiryDate="2026-11-20"))
    assert watch.told(KIND) == [(Step.STARTED, "expires within 30 days")]
    assert len(watch.known.events) == 1


def test_rungs_of_the_target_and_of_one_owner(watch: Any, entry: Any) -> None:
    """Those of an owner, in whatever case it is written, go before those of the target."""
    settings = {"rungs": ["20d"], "owners": {"AddOn": {"rungs": ["40d", "400d"]}}}
    both = (entry(), entry("ADDON"))
    watch.probe("2027-02-20", *both, **settings)
    assert {seen.name: seen.status for seen in watch.open(KIND)} == {
        "Licence of ADDON": "expires within 40 days"
    }
    watch.probe("2027-03-10", *both, **settings)
    assert len(watch.open(KIND)) == 2


def test_an_owner_without_events(watch: Any, entry: Any) -> None:
    """Its dates are shown all the same, and nothing is told of it: not even that it went."""
    quiet = {"owners": {"addon": {"events": False}}}
    watch.installation.answers(licence_server_status={"LicenseStatus": "ProblemWithLicense"})
    watch.probe("2026-11-20", entry("ADDON", ExpiryDate="2026-01-01"), **quiet)
    assert {e.name for e in watch.snapshot.expiries} == {"ADDON"}
    watch.probe("2026-11-20", entry(), **quiet)
    watch.probe("2026-11-20", entry(), entry("ADDON"), **quiet)
    assert {step.event.observation.key for step in watch.steps} == {
        "changed:SUPEROFFICE",
        "licence-server:SUPEROFFICE",
    }


def test_maintenance_has_a_ladder_of_its_own(watch: Any, entry: Any) -> None:
    """It ends without grace, as another kind of event."""
    for day in ("2026-11-01", "2026-12-20", "2027-02-27", "2027-02-28"):
        watch.probe(
            day, entry(MaintenanceDate="2027-02-28"), maintenance_rungs=["30d", "90d"], rungs=[]
        )
    assert watch.told("licence-maintenance") == [
        (Step.STARTED, "ends within 90 days"),
        (Step.CHANGED, "ends within 30 days"),
        (Step.CHANGED, "over"),
    ]
    assert watch.open("licence-maintenance")[0].key == "maintenance:SUPEROFFICE"


def test_renewals_of_licence_and_maintenance_are_told_once(watch: Any, entry: Any) -> None:
    """Where one of them ends an event, the other is no news."""
    watch.probe("2027-03-01", entry(MaintenanceDate="2027-12-01"))
    watch.probe("2027-03-02", entry(ExpiryDate="2028-03-27", MaintenanceDate="2028-12-01"))
    assert watch.endings(KIND) == [EndReason.RENEWED]
    assert not watch.known.events


def test_a_date_that_cant_be_read_changes_nothing(watch: Any, entry: Any) -> None:
    """Nor does a grace that can't be read make a licence expired."""
    watch.probe("2027-04-01", entry())
    whose = {"CompanyName": "Example AB", "SerialNr": "1010000006"}
    for unread in (
        entry(GraceDate="banana"),
        entry(ExpiryDate="banana"),
        {"Current": {"OwnerName": "SUPEROFFICE", **whose}},
        {"Current": None, "New": {"OwnerName": "SUPEROFFICE"}},
        7,
    ):
        watch.probe("2027-04-02", entry("B", ExpiryDate="2030-01-01"), unread)
    watch.probe("2027-04-02", entry())
    assert watch.told(KIND) == [(Step.STARTED, "expired, in grace")]


def test_a_date_that_cant_be_read_ends_nothing_without_memory(watch: Any, entry: Any) -> None:
    """Even if what was remembered is lost."""
    watch.probe("2027-04-01", entry())
    watch.known = replace(watch.known, memory={})
    watch.probe("2027-04-01", entry(ExpiryDate="banana"))
    assert watch.told(KIND) == [(Step.STARTED, "expired, in grace")]


def test_a_licence_that_is_gone_has_no_event(watch: Any, entry: Any) -> None:
    """An add-on that was removed runs out no more, and that is news."""
    watch.probe("2027-03-20", entry(ExpiryDate="2029-01-01"), entry("ADDON"))
    watch.probe("2027-03-21", entry(ExpiryDate="2029-01-01"))
    assert watch.endings(KIND) == [EndReason.GONE]
    assert [n.name for n in watch.open("licence-changed")] == ["Licence of ADDON was removed"]


def test_the_spelling_of_an_owner_does_not_restart_its_event(watch: Any, entry: Any) -> None:
    """Owners compare case-insensitively, from one probe to the next as well."""
    watch.probe("2027-03-01", entry("AddOn"))
    watch.probe("2027-03-02", entry("ADDON"))
    assert watch.told(KIND) == [(Step.STARTED, "expires within 30 days")]
    assert {e.name for e in watch.snapshot.expiries} == {"AddOn"}


def test_a_check_that_was_missed(watch: Any, entry: Any) -> None:
    """Two days are allowed; once it was made, that ends it."""
    kind = "licence-check-missed"
    due = entry(NextCheckDate="2026-11-10")
    watch.probe("2026-11-12", due)
    assert not watch.steps
    watch.probe("2026-11-12T01:00:00", due)
    assert watch.open(kind)[0].message == "it was due on 2026-11-10"
    watch.probe("2026-11-13", entry(NextCheckDate="2026-11-14"))
    assert watch.endings(kind) == [EndReason.SUCCEEDED]
    assert watch.last(kind).event.observation.message == "the next one is on 2026-11-14"


def test_how_late_a_check_may_be_is_configured(watch: Any, entry: Any) -> None:
    """The licence's own date counts where there is no accumulated one."""
    watch.probe("2026-11-12", entry(NextCheckDate="2026-11-10"), check_missed_after="1d")
    assert watch.told("licence-check-missed") == [(Step.STARTED, "missed")]


def test_nothing_is_told_of_what_is_far_off(watch: Any, entry: Any) -> None:
    """The first probe of a licence in order says nothing."""
    watch.probe("2026-11-01", entry())
    assert watch.snapshot.observations == watch.snapshot.endings == ()
