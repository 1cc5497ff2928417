"""The web room's README.md names every path, parameter, key and status, and none that is not."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any, get_args

import pytest
from aiohttp.test_utils import make_mocked_request

import syseventd.web
from syseventd.board import SourceState
from syseventd.model import (
    EndReason,
    Expiry,
    Measurement,
    Meter,
    Observation,
    Outcome,
    Seats,
    Step,
)
from syseventd.store import State
from syseventd.web import pages
from syseventd.web.language import load_languages
from syseventd.web.queries import MOST, EventQuery
from syseventd.web.summaries import UNWATCHED

README = Path(syseventd.web.__file__).with_name("README.md").read_text(encoding="utf-8")


def rows(section: str) -> Iterator[list[str]]:
    """The cells of each line of the table below a heading."""
    _, found, below = README.partition(f" {section}\n")
    assert found, section
    for line in re.split(r"^#", below, maxsplit=1, flags=re.MULTILINE)[0].splitlines():
        if line.startswith("|") and not line.startswith("|--"):
            yield [cell.strip() for cell in line.strip("|").split("|")]


def keys(section: str) -> set[str]:
    """What stands in backticks in the first column of a section's table."""
    return {name for row in rows(section) for name in re.findall(r"`(\w+)`", row[0])}


@pytest.fixture
def crm(world: Any) -> Any:
    """A world in which there is one of everything, and the event has changed once."""
    source = world.watch("crm", "a")
    for progress in (None, 0.5):
        world.see(
            source,
            Observation("k", "import", "n", progress=progress),
            expiries=(Expiry("licence", "l", world.now + 60),),
            seats=(Seats("o", "l", 1, 2),),
            meters=(Meter("m", 1.0, 2.0),),
            measurements=(Measurement("index_words", 7.0),),
        )
    return world


def test_every_path_stands_there(world: Any) -> None:
    """With its method; and nothing that is not served."""
    served = {
        (route.method, route.resource.canonical)
        for route in world.app(None).router.routes()
        if route.method != "HEAD" and route.resource is not None
    }
    assert {(m, path.strip("`")) for m, path, _ in rows("Endpoints") if path != "path"} == served


def test_every_parameter_stands_there() -> None:
    """And none that is refused."""
    read = {field.name for field in fields(EventQuery)} - {"before"} | {"cursor"}
    assert keys("Parameters of `/api/v1/events`") == read


def test_values_and_defaults_of_parameters_are_as_told(world: Any) -> None:
    """States, the limit's bounds and its default."""
    told = {row[0].strip("`"): row[1:] for row in rows("Parameters of `/api/v1/events`")}
    assert set(re.findall(r"`(\w+)`", told["state"][0])) == set(get_args(State))
    assert told["state"][1] == f"`{EventQuery().state}`"
    assert f"1 to {MOST}" in told["limit"][0]
    assert told["limit"][1] == f"`{EventQuery().limit}`"
    [since] = re.findall(r"`([^`]+)`", told["since"][0])
    assert world.get(f"/api/v1/events?since={since}").status == 200


def test_every_parameter_of_the_pages_stands_there() -> None:
    """The language, which may be one of those that we have, and the pages of long lists."""
    _, _, told = README.partition("\nPages take ")
    told, _, _ = told.partition("\n\n")
    lists = pages._pages(make_mocked_request("GET", "/"))
    assert set(re.findall(r"`(\w+)`", told)) == {"lang", *load_languages(), *lists}


def shapes(world: Any) -> Mapping[str, set[str]]:
    """The keys of every kind of object that the API gives, by the heading that lists them."""
    events, event, targets, target = (
        reply.json
        for reply in world.get(
            "/api/v1/events", "/api/v1/events/1", "/api/v1/targets", "/api/v1/targets/crm"
        )
    )
    steps = event.pop("transitions")
    assert event.keys() == events["events"][0].keys() == target["events"][0].keys()
    return {
        "event": set(event),
        "transition": set(steps[0]),
        "target in the list": set(targets["targets"][0]),
        "target": set(target),
        "source": set(target["sources"]["a"]),
        "probe": set(target["probes"][0]),
        "expiry": set(target["expiries"][0]),
        "licence": set(target["licences"][0]),
        "meter": set(target["meters"][0]),
        "measurement": set(target["measurements"][0]),
    }


@pytest.mark.parametrize(
    "heading",
    [
        *("event", "transition", "target in the list", "target", "source", "probe"),
        *("expiry", "licence", "meter", "measurement"),
    ],
)
def test_every_key_stands_there(crm: Any, heading: str) -> None:
    """And none that is not given."""
    assert keys(heading) == shapes(crm)[heading]


def test_the_next_expiry_is_one_without_its_source(crm: Any) -> None:
    """As the table says."""
    shown = crm.get("/api/v1/targets").json["targets"][0]["next_expiry"]
    assert set(shown) == keys("expiry") - {"source"}


@pytest.mark.parametrize(
    ("heading", "key", "words"),
    [
        ("event", "end_reason", EndReason),
        ("event", "state", ["active", "stalled", "ended"]),
        ("transition", "step", Step),
        ("target in the list", "state", [*SourceState, UNWATCHED]),
        ("probe", "outcome", Outcome),
    ],
)
def test_every_word_of_a_fixed_set_stands_there(heading: str, key: str, words: Any) -> None:
    """What a key may say is told beside it."""
    [meaning] = [row[1] for row in rows(heading) if f"`{key}`" in row[0]]
    assert {str(word) for word in words} <= set(re.findall(r"`(\w+)`", meaning))


def test_every_status_of_an_error_is_one_that_happens(crm: Any) -> None:
    """Each of the table, from a request or a state that it tells of."""

    async def broken(*_: Any, **__: Any) -> Any:
        raise RuntimeError("broken")

    class NoStore:
        events = broken

    foreign = {"Origin": "http://elsewhere.example"}
    happened = {
        crm.get("/api/v1/events?colour=red").status,
        crm.send("POST", "/-/reload", headers=foreign).status,
        crm.get("/api/v1/events/9").status,
        crm.send("DELETE", "/api/v1/events").status,
        crm.get("/", headers={"Host": "x"}, allowed_hosts=frozenset({"y"})).status,
        crm.get("/api/v1/events", store=NoStore()).status,
        crm.get("/-/ready", ready=lambda: "stopping").status,
    }
    assert {int(row[0]) for row in rows("Errors") if row[0] != "status"} == happened
