"""The pages in a real browser: events are shown, and text of others does nothing."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
)
HOSTILE = "<script>document.title='taken'</script><img src=x onerror=document.title=1>"

Dump = Callable[[str], str]


class Document(HTMLParser):
    """What a dumped page holds: its elements, and its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[str] = []
        self.handlers: list[str] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(tag)
        self.handlers += [name for name, _ in attrs if name.startswith("on")]

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.fixture(scope="module")
def dump(system: Any, tmp_path_factory: pytest.TempPathFactory) -> Dump:
    """Opens an address in Chromium and returns the document as it stands once it is loaded."""
    chromium = system.tool("chromium")

    def dump(url: str) -> str:
        profile = tmp_path_factory.mktemp("profile")
        done = subprocess.run(
            [chromium, *FLAGS, f"--user-data-dir={profile}", "--dump-dom", url],
            capture_output=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stderr.decode(errors="replace")
        return done.stdout.decode()

    return dump


@pytest.fixture(scope="module")
def demo(system: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """`syseventd demo`, once its story has shown something."""
    command = [system.scripts / "syseventd", "demo", "--listen", "127.0.0.1:0", "--speed", "30"]
    folder = tmp_path_factory.mktemp("demo")
    with system.program(command, folder, r"page +(http://\S+/)") as running:
        system.wait_for(lambda: running.json("api/v1/events")["events"])
        yield running


@pytest.mark.parametrize("path", ["", "targets/demo"])
def test_pages_show_what_runs(dump: Dump, demo: Any, path: str) -> None:
    """An event that lasts is on the page, and the page says that all of it is simulated."""
    before = {event["name"] for event in demo.json("api/v1/events")["events"]}
    document = Document(dump(demo.url + path))
    after = {event["name"] for event in demo.json("api/v1/events")["events"]}
    shown = {name for name in before & after if name in document.text}
    assert shown
    assert "imulated" in document.text
    assert "script" not in document.elements


@pytest.mark.parametrize("path", ["", "targets/host"])
def test_hostile_text_is_only_text(system: Any, dump: Dump, tmp_path: Path, path: str) -> None:
    """A file whose name is a script is shown by its name, and the script does not run."""
    folder = tmp_path / "certificates"
    soon = datetime.now(UTC) + timedelta(days=3)
    system.write_certificate(folder / f"{HOSTILE}.pem", HOSTILE[:40], soon)
    with system.daemon(tmp_path, system.certificates(folder)) as daemon:
        system.wait_for(lambda: daemon.json("api/v1/events")["events"])
        page = dump(daemon.url + path)
    document = Document(page)
    assert HOSTILE in document.text
    assert "<title>taken" not in page
    assert "<title>1" not in page
    assert {"script", "img"}.isdisjoint(document.elements)
    assert document.handlers == []
