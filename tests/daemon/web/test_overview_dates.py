"""What expires, on the overview: in which order, and how its days are said."""

from __future__ import annotations

import pytest

from syseventd.model import NEVER, Expiry, Observation

DAY = 86400.0


@pytest.mark.parametrize(("language", "words"), [("en", "next check"), ("sv", "nästa kontroll")])
def test_the_next_check_need_not_be_of_a_licence(world, language, words):
    """The kinds of dates are every plugin's: their words name no plugin's trade."""
    dates = (Expiry("next_check", "backup", world.now + 60),)
    world.see(world.watch("nas", "backups"), expiries=dates)
    assert f">{words}<" in world.get(f"/?lang={language}").text


def test_what_expires_next_starts_with_what_has_expired(world):
    """Dates by date, in words: passed ones first, and what never expires not at all."""
    world.see(
        world.watch("host", "certificates"),
        expiries=(
            Expiry("certificate", "later", world.now + 12.9 * DAY, subject="CN=later"),
            Expiry("licence", "forever", NEVER),
            Expiry("grace", "gone", world.now - 3.2 * DAY),
            Expiry("contract_end", "other", world.now + 400 * DAY),
        ),
    )
    text = world.get("/").section("expiries")
    assert text.index("gone") < text.index("later") < text.index("other")
    assert "forever" not in text
    assert "<strong>expired</strong> 3 days ago" in text
    assert "in 12 days" in text
    assert "contract end" in text
    assert "CN=later" in text


def test_dates_after_which_nothing_stops_come_last_and_are_not_called_expired(world):
    """A passed date of a reminder wakes nobody."""
    world.see(
        world.watch("crm", "licences"),
        expiries=(
            Expiry("admin_warning", "call-the-vendor", world.now - 9 * DAY),
            Expiry("licence", "licence-owner", world.now + 12.9 * DAY),
        ),
    )
    text = world.get("/").section("expiries")
    assert text.index("licence-owner") < text.index("call-the-vendor")
    assert text.count("<small>reminder</small>") == 1
    assert "expired" not in text


def test_the_days_of_a_licence_are_those_of_the_calendar(world):
    """In the list, beside the event that is about the date, and among the targets."""
    end = 1796515200.0  # 2026-12-06T00:00:00Z, twelve days after today
    world.see(
        world.watch("crm", "licences"),
        Observation("expiry", "import", "Licence", expected_end=end),
        expiries=(
            Expiry("certificate", "Vendor", end),  # told first, and no day
            Expiry("licence", "Vendor", end),
            Expiry("grace", "Vendor", world.now + 60),
        ),
    )
    reply = world.get("/")
    for heading in ("events", "expiries"):
        text = reply.section(heading)
        assert '<time datetime="2026-12-06">6 Dec 2026</time>' in text
        assert "in 12 days" in text
    assert "grace period Vendor<small>today</small>" in reply.section("targets")


def test_a_date_that_is_a_moment_keeps_its_time(world):
    """Of a certificate whole days of 24 hours remain, and on its last day hours."""
    world.see(
        world.watch("host", "certificates"),
        Observation("expiry", "import", "Certificate", expected_end=world.now + 9000),
        expiries=(
            Expiry("certificate", "soon", world.now + 9000),
            Expiry("certificate", "later", world.now + 11.8 * DAY),
        ),
    )
    text = world.get("/").section("expiries")
    assert "in 2 hours" in text
    assert "in 11 days" in text
    assert "09:03" in world.get("/").section("events")


def test_what_expires_next_may_have_expired(world):
    """Then the list of targets does not make it look as if it were still to come."""
    source = world.watch("crm", "licences")
    world.see(source, expiries=(Expiry("licence", "Vendor", world.now + 3 * DAY),))
    assert "expired" not in world.get("/").section("targets")
    world.see(source, expiries=(Expiry("licence", "Vendor", world.now - 3 * DAY),))
    assert "<strong>expired</strong> 3 days ago" in world.get("/").section("targets")


def test_nothing_has_expired_that_is_still_to_come(world):
    """Between the licence's midnight, an hour before ours, and ours it is today that it expired."""
    world.now = 1796599800.0  # 2026-12-06T23:30:00Z
    end = world.now - 1800  # midnight in Stockholm: the seventh is meant
    world.see(world.watch("crm", "licences"), expiries=(Expiry("licence", "Vendor", end),))
    reply, listed = world.get("/", "/api/v1/targets")
    for heading in ("expiries", "targets"):
        text = reply.section(heading)
        assert "<strong>expired</strong> today" in text
    assert "7 Dec 2026" in reply.section("expiries")
    assert listed.json["targets"][0]["next_expiry"]["days_left"] == 0
