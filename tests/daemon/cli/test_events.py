"""`syseventd events`: from the running daemon, or from the store where none runs."""

from __future__ import annotations

import asyncio
import csv
import http.server
import io
import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from syseventd import lifecycle
from syseventd.cli import listing
from syseventd.model import Known, Observation, Snapshot, SourceId
from syseventd.store import open_store
from syseventd.testing import running_daemon, wait_until

Write = Callable[..., Path]
SOURCE = SourceId("crm", "imports")


@pytest.fixture
def stored(tmp_path: Path) -> None:
    """A store with an event that runs and one that ended, of a target each."""

    async def store() -> None:
        database = await open_store(f"sqlite:///{tmp_path / 'events.db'}")
        ids = count(1)
        for target, names in (("crm", ("=cmd|'/c calc'!A1", "")), ("erp", ("Prices", "Prices"))):
            known = Known(SourceId(target, "imports"))
            for name in names:
                seen = (Observation("7", "import", name, message="two\nlines"),) if name else ()
                advance = lifecycle.advance(known, Snapshot(observations=seen), 1795502000.0, ids)
                await database.commit(advance)
                known = advance.known
        await database.close()

    asyncio.run(store())


FROM_STORE = (
    "read from the store, which may be old: "
    "no daemon answers at http://127.0.0.1:0: Connection refused\n"
)


def _listed(done: Any, err: str = "") -> list[tuple[str, str]]:
    """What is listed, while standard error holds exactly this."""
    assert (done.code, done.err) == (0, err)
    return [(event["target"], event["state"]) for event in json.loads(done.out)]


@pytest.mark.usefixtures("stored")
@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ((), [("erp", "active")]),
        (("--state", "ended"), [("crm", "ended")]),
        (("--state", "all"), [("erp", "active"), ("crm", "ended")]),
        (("--state", "all", "--target", "crm"), [("crm", "ended")]),
        (("--state", "all", "--limit", "1"), [("erp", "active")]),
        (("--target", "erp"), [("erp", "active")]),
    ],
)
def test_store_is_read_where_no_daemon_runs(
    options: tuple[str, ...], expected: list[tuple[str, str]], syseventd: Any, write: Write
) -> None:
    path = write("[targets.crm]\n[targets.erp]\n")
    done = syseventd("events", "--json", "--config", path, *options)
    assert _listed(done, FROM_STORE) == expected


@pytest.mark.usefixtures("stored")
def test_text_is_a_line_an_event(syseventd: Any, write: Write) -> None:
    """Line breaks in what a target says don't break the table."""
    done = syseventd("events", "--config", write())
    heading, line = done.out.splitlines()
    assert heading.split()[:6] == ["ID", "SEVERITY", "STATE", "TARGET", "SOURCE", "KIND"]
    assert "Prices" in line
    assert line.endswith("two lines")


@pytest.mark.usefixtures("stored")
def test_text_says_since_when_though_the_source_does_not(syseventd: Any, write: Write) -> None:
    """What has no beginning of its own, as a certificate, began when it was first seen."""
    heading, line = syseventd("events", "--config", write()).out.splitlines()
    assert line[heading.index("SINCE") :].startswith("2026-11-24T06:33:20")


@pytest.mark.usefixtures("stored")
def test_csv_tells_both_beginnings_apart(syseventd: Any, write: Write) -> None:
    done = syseventd("events", "--csv", "--config", write())
    (row,) = csv.DictReader(io.StringIO(done.out))
    assert row["activated_at"] == ""
    assert row["started_at"].startswith("2026-11-24T06:33:20")


def test_event_began_when_its_source_says() -> None:
    event = dict.fromkeys(listing.EVENT_COLUMNS, "x")
    event |= {"activated_at": "2026-01-01T00:00:00Z", "started_at": "2026-02-02T00:00:00Z"}
    text = listing.events([event])
    assert "2026-01-01T00:00:00Z" in text
    assert "2026-02-02T00:00:00Z" not in text


def _event(**known: Any) -> dict[str, Any]:
    return {**dict.fromkeys(listing.EVENT_COLUMNS, "x"), **known}


def test_csv_has_the_details_of_an_event() -> None:
    """In one cell, which a spreadsheet runs as little as any other."""
    details = [{"name": "=Rows", "text": "7"}, {"name": "Stage", "text": "reading"}]
    (row,) = csv.DictReader(io.StringIO(listing.events_csv([_event(details=details)])))
    assert row["details"] == "'=Rows: 7; Stage: reading"


def test_csv_of_a_daemon_that_tells_no_details_has_none() -> None:
    """It may be older than the command that asks it."""
    (row,) = csv.DictReader(io.StringIO(listing.events_csv([_event()])))
    assert (row["details"], row["name"]) == ("", "x")


def test_an_event_that_stands_still_says_so() -> None:
    """As its state."""
    heading, line = listing.events([_event(state="stalled")]).splitlines()
    assert line[heading.index("STATE") :].startswith("stalled")


def test_worst_events_come_first_then_the_oldest() -> None:
    """As on the page; what a daemon does not say comes last."""
    early, late = "2026-11-24T06:00:00Z", "2026-11-24T07:00:00Z"
    found = [
        _event(id=1, started_at=early, activated_at=None),
        _event(id=2, severity="info", started_at=early, activated_at=None),
        _event(id=3, severity="warning", started_at=early, activated_at=late),
        _event(id=4, severity="critical", started_at=late, activated_at=None),
        _event(id=5, severity="warning", started_at=late, activated_at=early),
    ]
    assert [event["id"] for event in listing.worst_first(found)] == [4, 5, 3, 2, 1]


def test_severity_stands_beside_an_event() -> None:
    """A daemon from before it told any leaves the cell empty."""
    heading, told, untold = listing.events([_event(severity="critical"), _event()]).splitlines()
    place = heading.index("SEVERITY")
    assert told[place:].startswith("critical")
    assert untold[place:].startswith(" ")
    told_row, row = csv.DictReader(
        io.StringIO(listing.events_csv([_event(severity="info"), _event()]))
    )
    assert (told_row["severity"], row["severity"]) == ("info", "")


@pytest.fixture
def many(tmp_path: Path) -> None:
    """A store with events that run: a mere import, one that is overdue, and one more import."""

    async def store() -> None:
        database = await open_store(f"sqlite:///{tmp_path / 'events.db'}")
        seen = (
            Observation("1", "import", "Old", activated_at=1795000000.0),
            Observation("2", "import", "Late", expected_end=1795000001.0),
            Observation("3", "import", "New", activated_at=1795400000.0),
        )
        known = Known(SOURCE)
        advance = lifecycle.advance(known, Snapshot(observations=seen), 1795502000.0, count(1))
        await database.commit(advance)
        await database.close()

    asyncio.run(store())


@pytest.mark.usefixtures("many")
def test_text_begins_with_the_worst_however_few_are_shown(syseventd: Any, write: Write) -> None:
    """The limit cuts what is less urgent, and that it does is told."""
    path = write("[targets.crm]\n")
    done = syseventd("events", "--limit", "2", "--config", path)
    _, first, second = done.out.splitlines()
    assert ("Late" in first, "Old" in second) == (True, True)
    assert done.err == FROM_STORE + "and 1 more, less urgent; --limit shows more than 2\n"
    assert syseventd("events", "--limit", "3", "--config", path).err == FROM_STORE


@pytest.mark.usefixtures("many")
def test_machines_get_the_newest_first(syseventd: Any, write: Write) -> None:
    """With the severity that the installed plugins give: an overdue event is a degree worse."""
    done = syseventd("events", "--json", "--limit", "2", "--config", write("[targets.crm]\n"))
    assert [e["name"] for e in json.loads(done.out)] == ["New", "Late"]
    severities = [event["severity"] for event in json.loads(done.out)]
    assert severities[0] != severities[1]
    assert done.err == FROM_STORE


@pytest.mark.usefixtures("stored")
def test_csv_runs_nothing_in_a_spreadsheet(syseventd: Any, write: Write) -> None:
    done = syseventd("events", "--csv", "--state", "ended", "--config", write())
    (row,) = csv.DictReader(io.StringIO(done.out))
    assert row["name"] == "'=cmd|'/c calc'!A1"
    assert row["message"] == "two\nlines"


@pytest.mark.usefixtures("stored")
def test_nothing_to_list(syseventd: Any, write: Write) -> None:
    path = write("[targets.other]\n")
    done = syseventd("events", "--target", "other", "--config", path)
    assert done == (0, "no events\n", FROM_STORE)


@pytest.mark.usefixtures("stored")
@pytest.mark.parametrize(
    ("name", "known", "told"),
    [
        ("crmm", "[targets.crm]\n", 'no target "crmm"; there are: crm; did you mean "crm"?'),
        ("nope", "", 'no target "nope"; there are: none'),
        ("", "[targets.crm]\n", 'no target ""; there are: crm'),
        ("x", '[targets."a\\u001b[2J"]\n', 'no target "x"; there are: a [2J'),
        ("a\udcffb", "", 'no target "a b"; there are: none'),
    ],
)
def test_unknown_target_is_an_error(
    name: str, known: str, told: str, syseventd: Any, write: Write
) -> None:
    """As for `probe`; "" is what a script passes whose variable is empty."""
    done = syseventd("events", "--target", name, "--config", write(known))
    assert (done.code, done.out) == (1, "")
    assert done.err.splitlines()[-1] == f"syseventd: there is {told}"


@pytest.mark.usefixtures("stored")
@pytest.mark.parametrize(("state", "events"), [("active", []), ("ended", [("crm", "ended")])])
def test_target_that_was_taken_out_is_still_listed(
    state: str, events: list[Any], syseventd: Any, write: Write
) -> None:
    """The store knows it, whichever of its events are asked for."""
    arguments = ("events", "--json", "--target", "crm", "--state", state, "--config", write())
    told = "crm is not configured any more: these are its events from before\n"
    assert _listed(syseventd(*arguments), FROM_STORE + told) == events


@pytest.mark.usefixtures("stored")
def test_reading_needs_no_plugin_and_no_secret(syseventd: Any, write: Write) -> None:
    """Whoever may read the store may list it, also where the rest is not theirs."""
    path = write('[targets.x]\ntype = "strange"\npassword_file = "/root/secret"\n')
    assert _listed(syseventd("events", "--json", "--config", path), FROM_STORE) == [
        ("erp", "active")
    ]


def test_no_store_is_told_in_words(syseventd: Any, write: Write, tmp_path: Path) -> None:
    done = syseventd("events", "--config", write())
    words = f"the store sqlite:///{tmp_path}/events.db can't be used: No such file or directory"
    first = "no daemon answers at http://127.0.0.1:0: Connection refused\n"
    assert done == (1, "", f"{first}syseventd: {words}\n")


@contextmanager
def _serving(body: bytes, status: int, content_type: str) -> Iterator[str]:
    """Some other server at the daemon's address."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.send_header("Content-Type", content_type)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *arguments: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield f"127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


@pytest.mark.usefixtures("stored")
@pytest.mark.parametrize(
    ("body", "status", "content_type"),
    [
        (b"<html>", 200, "text/html"),
        (b"{}", 200, "application/json"),
        (b"[]", 200, "application/json"),
        (b'{"events": 5, "next": null}', 200, "application/json"),
        (b'{"events": [5], "next": null}', 200, "application/json"),
        (b'{"events": [{}], "next": null}', 200, "application/json"),
        (b'{"events": [], "next": "1"}', 200, "application/json"),
        (b'{"events": [], "next": null}', 200, "application/json"),
        (b'{"events": [], "next": null, "targets": [5], "unwatched": []}', 200, "application/json"),
        (b"{", 200, "application/json"),
        (b"\xff", 200, "application/json"),
        (b"", 302, "text/html"),
    ],
)
def test_something_else_at_the_address_is_no_daemon(
    body: bytes, status: int, content_type: str, syseventd: Any, write: Write
) -> None:
    with _serving(body, status, content_type) as address:
        done = syseventd("events", "--json", "--config", write(listen=address))
    words = FROM_STORE.replace("127.0.0.1:0", address).replace(
        "Connection refused", "something else answers there"
    )
    assert _listed(done, words) == [("erp", "active")]


@pytest.mark.usefixtures("stored")
@pytest.mark.parametrize(
    ("body", "told"), [(b'{"error": "starting\\u001b"}', "503, starting "), (b"{}", "503")]
)
def test_daemon_that_is_not_there_yet_says_why(
    body: bytes, told: str, syseventd: Any, write: Write
) -> None:
    with _serving(body, 503, "application/json") as address:
        done = syseventd("events", "--json", "--config", write(listen=address))
    assert _listed(done, done.err) == [("erp", "active")]
    assert done.err.endswith(f"no daemon answers at http://{address}: {told}\n")


@pytest.mark.usefixtures("stored")
def test_daemon_that_hangs_is_not_waited_for(
    syseventd: Any, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("syseventd.cli.client.PATIENCE", aiohttp.ClientTimeout(total=0.2))
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"127.0.0.1:{server.getsockname()[1]}"
        done = syseventd("events", "--json", "--config", write(listen=address))
    assert _listed(done, done.err) == [("erp", "active")]
    assert done.err.endswith(f"http://{address}: no reply in 0.2 s\n")


@pytest.mark.usefixtures("stored")
def test_name_that_nobody_has_is_no_daemon(syseventd: Any, write: Write) -> None:
    done = syseventd("events", "--json", "--config", write(listen="no-such-host.invalid:1"))
    assert _listed(done, done.err) == [("erp", "active")]
    assert done.err.startswith("read from the store, which may be old: no daemon answers at ")


@pytest.mark.parametrize("wildcard", [False, True])
def test_running_daemon_is_asked(
    wildcard: bool, syseventd: Any, write: Write, tmp_path: Path, certificate: Any
) -> None:
    """It is asked on this machine where it listens on every address."""
    for number in range(3):
        ended = certificate(datetime(2021, 1, 1 + number, tzinfo=UTC))
        (tmp_path / f"{number}.pem").write_bytes(ended)
    state = tmp_path / "state"
    target = {"type": "certificates", "paths": [str(tmp_path / f"{n}.pem") for n in range(3)]}

    async def live() -> Any:
        tables = {"targets": {"host": {**target, "interval": "100ms"}}}
        async with running_daemon(tables, state) as daemon:

            async def seen() -> Any:
                return (await daemon.json("api/v1/events"))["events"]

            await wait_until(seen)
            port = daemon.url.rstrip("/").rpartition(":")[2]
            path = write(listen=f"{'0.0.0.0' if wildcard else '127.0.0.1'}:{port}")
            return await asyncio.to_thread(syseventd, "events", "--json", "--config", path)

    assert _listed(asyncio.run(live())) == [("host", "active")] * 3


def test_pages_of_the_daemon_are_put_together(
    syseventd: Any,
    write: Write,
    tmp_path: Path,
    certificate: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Up to the limit, which cuts the last of them."""
    monkeypatch.setattr("syseventd.cli.client.PAGE", 2)
    folder = tmp_path / "certs"
    folder.mkdir()
    for number in range(5):
        (folder / f"{number}.pem").write_bytes(certificate(datetime(2021, 1, 1, tzinfo=UTC)))
    target = {"type": "certificates", "paths": [str(folder)], "interval": "100ms"}

    async def live() -> list[Any]:
        async with running_daemon({"targets": {"host": target}}, tmp_path / "state") as daemon:

            async def seen() -> bool:
                return len((await daemon.json("api/v1/events"))["events"]) == 5

            await wait_until(seen)
            path = write(listen=daemon.url.removeprefix("http://").rstrip("/"))
            command = ("events", "--json", "--config", path)
            return [
                await asyncio.to_thread(syseventd, *command, "--limit", limit)
                for limit in ("3", "100")
            ]

    assert [len(_listed(done)) for done in asyncio.run(live())] == [3, 5]
