"""Portraits: served as they are at present, shown beside who activated an event, never needed."""

from __future__ import annotations

import re
from typing import Any

import pytest
from aiohttp.test_utils import TestClient
from yarl import URL

from syseventd.model import Observation, Outcome, Picture, SourceId

PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01 \xff\xfe"
OTHER = PNG + b"!"
PATH = "/targets/crm/pictures/system-events/person-7"


def event(key: str = "7", portrait: str = "person-7", **fields: Any) -> Observation:
    return Observation(
        key, "import", "Nightly", activated_by="Åsa <b>", portrait=portrait, **fields
    )


@pytest.fixture
def events(world: Any) -> SourceId:
    """A source with one event and the portrait of who activated it."""
    source: SourceId = world.watch("crm", "system-events")
    world.see(source, event(), pictures=(Picture("person-7", PNG),))
    return source


def fetch(world: Any, path: str, method: str = "GET", **headers: str) -> Any:
    """Status, headers and bytes of a reply."""

    async def visit(client: TestClient) -> Any:  # type: ignore[type-arg]
        url = URL(path, encoded=True)
        async with client.request(method, url, headers=headers) as response:
            return response.status, response.headers, await response.read()

    return world.visit(visit)


def images(reply: Any) -> list[str]:
    return re.findall(r"<img [^>]*>", reply.text)


def test_a_picture_is_served_as_png(world: Any, events: SourceId) -> None:
    """For its reader's browser alone, which does not guess what it is."""
    status, headers, body = fetch(world, PATH)
    assert (status, body) == (200, PNG)
    assert headers["Content-Type"] == "image/png"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "private, max-age=3600"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "default-src 'none'" in headers["Content-Security-Policy"]


def test_head_tells_without_sending(world: Any, events: SourceId) -> None:
    """As everywhere."""
    status, headers, body = fetch(world, PATH, "HEAD")
    assert (status, headers["Content-Length"], body) == (200, str(len(PNG)), b"")


def test_who_has_it_is_not_sent_it_again(world: Any, events: SourceId) -> None:
    """Until it changes."""
    etag = fetch(world, PATH)[1]["ETag"]
    status, headers, body = fetch(world, PATH, **{"If-None-Match": etag})
    assert (status, headers["ETag"], body) == (304, etag, b"")
    assert headers["Cache-Control"] == "private, max-age=3600"
    assert fetch(world, PATH, **{"If-None-Match": f'W/{etag}, "x"'})[0] == 304
    assert fetch(world, PATH, **{"If-None-Match": "*"})[0] == 304
    world.see(events, event(), pictures=(Picture("person-7", OTHER),))
    status, headers, body = fetch(world, PATH, **{"If-None-Match": etag})
    assert (status, body) == (200, OTHER)
    assert headers["ETag"] != etag


@pytest.mark.parametrize(
    "path",
    [
        "/targets/crm/pictures/system-events/person-8",
        "/targets/crm/pictures/imports/person-7",
        "/targets/crm/pictures/none/person-7",
        "/targets/none/pictures/system-events/person-7",
        "/targets/crm/pictures/system-events/",
        "/targets/crm/pictures/system-events/person-7/x",
        "/targets/crm/pictures/system-events/..%2F..%2Fperson-7",
        "/targets/crm/pictures/system-events/%00",
        "/targets/crm/pictures/system-events/%FF%ED%A0%80",
        "/targets/crm/pictures/system-events/%3Cscript%3Ealert(1)%3C%2Fscript%3E",
        "/targets/crm/pictures/%2e%2e/person-7",
        "/targets/crm/pictures/system-events/" + "x" * 5000,
    ],
)
def test_what_is_not_there_is_told(world: Any, events: SourceId, path: str) -> None:
    """As a page, whatever the name is; and none of it stands there."""
    world.watch("crm", "imports")
    status, headers, body = fetch(world, path)
    assert status == 404
    assert headers["Content-Type"].startswith("text/html")
    assert headers["Cache-Control"] == "no-store"
    assert b"<script>" not in body
    assert PNG not in body


def test_nothing_is_changed_there(world: Any, events: SourceId) -> None:
    """It is read alone."""
    assert fetch(world, PATH, "PUT")[0] == 405


@pytest.mark.parametrize("page", ["/targets/crm", "/events/1"])
def test_it_stands_beside_who_activated_the_event(world: Any, events: SourceId, page: str) -> None:
    """With its size and in words; the address is relative, as all of them."""
    [image] = images(world.get(page))
    assert f'src="..{PATH}"' in image
    assert 'alt="Portrait of Åsa &lt;b&gt;"' in image
    assert 'width="32" height="32"' in image


def test_its_words_are_in_the_readers_language(world: Any, events: SourceId) -> None:
    """As all of ours."""
    [image] = images(world.get("/events/1?lang=sv"))
    assert 'alt="Porträtt av Åsa &lt;b&gt;"' in image


@pytest.mark.parametrize("page", ["/", "/targets/crm", "/events/1"])
@pytest.mark.parametrize("portrait", ["", "person-8", "../../metrics", '"><script>', "\ud800"])
def test_pages_work_without_it(world: Any, page: str, portrait: str) -> None:
    """Nobody's portrait, or one that no source has: then there is no picture."""
    source = world.watch("crm", "system-events")
    world.see(source, event(portrait=portrait), pictures=(Picture("person-7", PNG),))
    reply = world.get(page)
    assert reply.status == 200
    assert not images(reply)
    assert "<script>" not in reply.text
    if page != "/":
        assert "Åsa &lt;b&gt;" in reply.text


def test_the_api_tells_where_it_is(world: Any, events: SourceId) -> None:
    """Everywhere the event is told; what it tells is served."""
    listed, one, target = world.get("/api/v1/events", "/api/v1/events/1", "/api/v1/targets/crm")
    paths = [
        listed.json["events"][0]["portrait"],
        one.json["portrait"],
        target.json["events"][0]["portrait"],
    ]
    assert paths == [PATH] * 3
    assert fetch(world, paths[0])[0] == 200


def test_the_api_tells_null_where_there_is_none(world: Any) -> None:
    """Also while its source was not asked since the start."""
    source = world.watch("crm", "system-events")
    world.see(source, event())
    listed, one, target = world.get("/api/v1/events", "/api/v1/events/1", "/api/v1/targets/crm")
    assert listed.json["events"][0]["portrait"] is None
    assert one.json["portrait"] is None
    assert target.json["events"][0]["portrait"] is None


def test_another_source_of_the_target_may_have_it(world: Any, events: SourceId) -> None:
    """Events go from source to source, and pictures stay where they are."""
    world.see(world.watch("crm", "freetext"), event("8"))
    world.see(world.watch("other", "freetext"), event("9"))
    told = {e["key"]: e["portrait"] for e in world.get("/api/v1/events").json["events"]}
    assert told == {"7": PATH, "8": PATH, "9": None}


def test_its_own_source_comes_first(world: Any, events: SourceId) -> None:
    """Where several have a picture of that name."""
    own = world.watch("crm", "freetext")
    world.see(own, event("8"), pictures=(Picture("person-7", OTHER),))
    told = {e["key"]: e["portrait"] for e in world.get("/api/v1/events").json["events"]}
    assert told == {"7": PATH, "8": "/targets/crm/pictures/freetext/person-7"}
    assert fetch(world, told["8"])[2] == OTHER


def test_names_of_targets_are_quoted(world: Any) -> None:
    """Whatever they are called, the address leads there."""
    source = world.watch("å/b ?#%", "system-events")
    world.see(source, event(), pictures=(Picture("person-7", PNG),))
    [told] = world.get("/api/v1/events").json["events"]
    assert told["portrait"] == ("/targets/%C3%A5%2Fb%20%3F%23%25/pictures/system-events/person-7")
    assert fetch(world, told["portrait"])[2] == PNG


def test_it_outlives_a_failure_of_its_source(world: Any, events: SourceId) -> None:
    """What was seen last is shown, as all of that."""
    world.fail(events, Outcome.TIMEOUT)
    assert fetch(world, PATH)[0] == 200
    assert images(world.get("/events/1"))


def test_a_missing_or_new_picture_is_no_step(world: Any, events: SourceId) -> None:
    """In the life of an event it comes and goes unnoticed."""
    world.see(events, event())
    world.see(events, event(), pictures=(Picture("person-7", OTHER),))
    assert len(world.get("/api/v1/events/1").json["transitions"]) == 1


def test_who_it_is_of_may_change(world: Any, events: SourceId) -> None:
    """With the person: that is a step, told by the picture's name."""
    world.see(events, event(portrait="person-8"))
    change = world.get("/api/v1/events/1").json["transitions"][1]["changes"]
    assert change == {"portrait": {"from": "person-7", "to": "person-8"}}
    assert "Portrait</b>" in world.get("/events/1").text
