"""`syseventd events`: from the running daemon, or from the store where none runs."""

from __future__ import annotations

import asyncio
import csv
import http.server
import io
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from syseventd import lifecycle
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


def _listed(done: Any) -> list[tuple[str, str]]:
    assert (done.code, done.err) == (0, "")
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
        (("--target", "nobody"), []),
    ],
)
def test_store_is_read_where_no_daemon_runs(
    options: tuple[str, ...], expected: list[tuple[str, str]], syseventd: Any, write: Write
) -> None:
    done = syseventd("events", "--json", "--config", write(), *options)
    assert _listed(done) == expected


@pytest.mark.usefixtures("stored")
def test_text_is_a_line_an_event(syseventd: Any, write: Write) -> None:
    """Line breaks in what a target says don't break the table."""
    done = syseventd("events", "--config", write())
    heading, line = done.out.splitlines()
    assert heading.split()[:5] == ["ID", "STATE", "TARGET", "SOURCE", "KIND"]
    assert "Prices" in line
    assert line.endswith("two lines")


@pytest.mark.usefixtures("stored")
def test_csv_runs_nothing_in_a_spreadsheet(syseventd: Any, write: Write) -> None:
    done = syseventd("events", "--csv", "--state", "ended", "--config", write())
    (row,) = csv.DictReader(io.StringIO(done.out))
    assert row["name"] == "'=cmd|'/c calc'!A1"
    assert row["message"] == "two\nlines"


@pytest.mark.usefixtures("stored")
def test_nothing_to_list(syseventd: Any, write: Write) -> None:
    done = syseventd("events", "--target", "nobody", "--config", write())
    assert done == (0, "no events\n", "")


@pytest.mark.usefixtures("stored")
def test_reading_needs_no_plugin_and_no_secret(syseventd: Any, write: Write) -> None:
    """Whoever may read the store may list it, also where the rest is not theirs."""
    path = write('[targets.x]\ntype = "strange"\npassword_file = "/root/secret"\n')
    assert _listed(syseventd("events", "--json", "--config", path)) == [("erp", "active")]


def test_no_store_is_told_in_words(syseventd: Any, write: Write, tmp_path: Path) -> None:
    done = syseventd("events", "--config", write())
    words = f"the store sqlite:///{tmp_path}/events.db can't be used: No such file or directory"
    assert done == (1, "", f"syseventd: {words}\n")


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
        (b"{", 200, "application/json"),
        (b"{}", 503, "application/json"),
    ],
)
def test_something_else_at_the_address_is_no_daemon(
    body: bytes, status: int, content_type: str, syseventd: Any, write: Write
) -> None:
    with _serving(body, status, content_type) as address:
        done = syseventd("events", "--json", "--config", write(listen=address))
    assert _listed(done) == [("erp", "active")]


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
    monkeypatch.setattr("syseventd.cli.asking.PAGE", 2)
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
