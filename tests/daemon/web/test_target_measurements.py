"""What a target's page shows of licences, meters and measurements: their use, unit and age."""

from __future__ import annotations

import re

from syseventd.interface import Gauge
from syseventd.model import (
    LATEST,
    Expiry,
    Measurement,
    Meter,
    Seats,
)


def test_licences_show_use_and_limit(world):
    """Seats by owner: used, limit, and in words when they are all in use or exceeded."""
    world.see(
        world.watch("crm", "licences"),
        seats=(
            Seats("Vendor", "user", 45, 100, "User plan"),
            Seats("Vendor", "web", 5, None),
            Seats("Vendor", "sales", 25, 25),
            Seats("Add-on", "mailer", 31, 30),
            Seats("Add-on", "unknown", None, 30),
        ),
    )
    text = world.get("/targets/crm").section("licences-1")
    assert text.count("<table") == 2
    assert "User plan" in text
    assert "</meter> 45%" in text
    assert "unrestricted" in text
    assert "all in use" in text
    assert "over the limit" in text
    assert "measured just now" in text
    assert text.headings[:5] == ["Licence", "In use", "Available", "Limit", "Use"]
    assert text.numbers[:3] == ["45", "55", "100"]
    assert text.numbers[9:12] == ["31", "0", "30"]


def test_old_measurements_are_stale_and_dates_stay(world):
    """Measurements older than their limit are marked with their age; a date is a fact."""
    world.see(
        world.watch("crm", "licences"),
        seats=(Seats("Vendor", "user", 45, 100),),
        meters=(Meter("storage", 10.0),),
        expiries=(Expiry("licence", "Vendor", world.now + 86400 * 40),),
    )
    world.now += 3600 * 5
    reply = world.get("/targets/crm")
    assert reply.section("licences-1").count("stale: measured 5 hours ago") == 1
    assert "stale: measured 5 hours ago" in reply.section("meters-1")
    assert "in 40 days" in reply.section("expiries")


def test_meters_show_threshold(world):
    """A meter above its threshold says so."""
    world.see(
        world.watch("crm", "metered"),
        meters=(Meter("mails", 51.5, 50, "E-mails"), Meter("chat", float("nan"))),
    )
    text = world.get("/targets/crm").section("meters-1")
    assert "E-mails" in text
    assert "above the threshold" in text


def test_an_estimated_meter_says_so(world):
    """It is not what will be invoiced."""
    meters = (Meter("mails", 1, 50, estimated=True), Meter("chat", 1))
    world.see(world.watch("crm", "metered"), meters=meters)
    text = world.get("/targets/crm").section("meters-1")
    assert text.count("<small>estimated</small>") == 1
    assert text.index("estimated") < text.index("chat")


def test_measurements_have_the_words_of_their_gauge(world):
    """What is measured, of what, and the name of its metric; their age leads."""
    measured = (Measurement("index_words", 12345.0, "person"), Measurement("index_words", 7))
    world.see(world.watch("crm", "freetext"), measurements=measured)
    text = world.get("/targets/crm").section("measurements")
    assert text.headings == ["What", "Part", "Value"]
    assert text.count('Words in an index<small class="key">syseventd_index_words</small>') == 2
    assert ">person<" in text
    assert ">12,345<" in text
    assert "freetext, measured" in text


def cells_of(text: str) -> list[str]:
    return [re.sub("<[^>]*>", "", cell) for cell in re.findall(r'class="number">(.*?)</td>', text)]


def test_a_measurement_is_said_in_its_unit(world):
    """As its gauge's name ends: times as dates, shares in percent; what is none as a number."""
    values = {
        "last_timestamp_seconds": world.now - 7200,
        "no_timestamp_seconds": LATEST * 2,
        "full_ratio": 0.25,
        "odd_ratio": 1e300,
        "longest_seconds": 12.5,
        "rows": 1000,
    }
    gauges = {name: Gauge(name, "x") for name in values}
    measurements = tuple(Measurement(name, value) for name, value in values.items())
    world.see(world.watch("crm", "saint"), measurements=measurements)
    cells = cells_of(world.get("/targets/crm", gauges=gauges).section("measurements"))
    assert cells[0] == "24 Nov 2026 04:33 +00:002 hours ago"
    assert cells[1] == "500,000,000,000 s"
    assert cells[2] == "25%"
    assert cells[3] == "1E300"
    assert cells[4:] == ["12.5 s", "1,000"]


def test_what_no_plugin_declared_is_shown_and_said_to_be_no_metric(world):
    """By its name; whoever writes the plugin sees why there is no series."""
    world.see(world.watch("crm", "saint"), measurements=(Measurement("index_rows", 3),))
    text = world.get("/targets/crm").section("measurements")
    assert "index rows<small" in text
    assert "no plugin declares it, so it is no metric" in text


def test_old_measurements_of_gauges_are_stale_and_many_are_cut(world):
    """As licences and meters are."""
    many = tuple(Measurement("index_words", n, str(n)) for n in range(205))
    world.see(world.watch("crm", "saint"), measurements=many)
    world.now += 3600 * 5
    text = world.get("/targets/crm").section("measurements")
    assert '<table class="stack measured stale">' in text
    assert "stale: measured 5 hours ago" in text
    assert "and 5 more" in text


def test_more_licences_and_meters_than_fit_are_counted(world):
    """Long lists of measurements are cut, and the rest is counted."""
    world.see(
        world.watch("crm", "licences"),
        seats=tuple(Seats("Vendor", f"l{n}", 1, 2) for n in range(230)),
        meters=tuple(Meter(f"m{n}", 1) for n in range(210)),
    )
    reply = world.get("/targets/crm")
    assert "and 30 more" in reply.section("licences-1")
    assert "and 10 more" in reply.section("meters-1")
