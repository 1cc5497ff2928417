"""A canary among the secrets sings nowhere: searched in all that the daemon shows or writes."""

from __future__ import annotations

import asyncio
import base64
import io
import json
import logging
import urllib.parse
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import structlog
from aiohttp import web

from syseventd import cli, config, log
from syseventd.errors import ConfigInvalid
from syseventd.plugins import load_plugins
from syseventd.service import offered_by
from syseventd.testing import RunningDaemon, running_daemon, wait_until
from syseventd_superoffice import source_types

Series = Callable[[str, str], dict[str, float]]

USER = "monitor"
CANARY = "k4n4rien/v0gel+pfeift"
"""Holds what quoting changes."""

PAGES = (
    *("", "metrics", "api/v1/events?state=all", "api/v1/targets", "-/ready", "-/healthy"),
    *("nowhere", "api/v1/nowhere", "-/reload"),
)


def _forms() -> set[str]:
    """The canary as it may be written: plain, quoted, and in base64 wherever it begins there."""
    forms = {CANARY, CANARY[3:], urllib.parse.quote(CANARY, safe=""), json.dumps(CANARY)[1:-1]}
    for before in ("", "a", "ab", f"{USER}:", f"x{USER}:", f"xx{USER}:"):
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            whole = encode(f"{before}{CANARY}".encode()).decode()
            # Without the characters that also depend on what stands before and after it.
            forms.add(whole[(len(before) + 2) // 3 * 4 : len(whole) // 4 * 4 - 4])
    forms.add(CANARY.encode().hex())
    forms.add(CANARY[::-1])
    return forms


FORMS = _forms()


def _songs(text: str) -> list[str]:
    return [form for form in FORMS if form in text]


# --- an installation that repeats what it is told ---------------------------------------------


def _error(said: str, status: int, **headers: str) -> web.Response:
    body = {"Error": True, "ErrorType": "Error", "ErrorMessage": said}
    return web.json_response(body, status=status, headers=headers)


def _page(said: str) -> web.Response:
    text = f"<html><pre>System.Exception: {said}</pre>"
    return web.Response(status=500, text=text, content_type="text/html")


def _moved(said: str) -> web.Response:
    return web.Response(status=302, headers={"Location": f"https://{USER}.example.com/{said}"})


def _quoted_move(said: str) -> web.Response:
    return _moved(urllib.parse.quote(said, safe=""))


def _garbage(said: str) -> web.Response:
    return web.Response(text=f'{{"value": [ {said} ', content_type="application/json")


def _rows(said: str) -> web.Response:
    rows = [{said: said, "PrimaryKey": said, "systemEventId": said, "eventName": 5}]
    return web.json_response({"value": rows, "odata.nextLink": said, said: said})


REPLIES: dict[str, Callable[[str], web.Response]] = {
    "refused": lambda said: _error(said, 401, **{"WWW-Authenticate": f'Basic realm="{said}"'}),
    "other-scheme": lambda said: _error(said, 401, **{"WWW-Authenticate": said.split()[-1]}),
    "forbidden": lambda said: _error(said, 403),
    "broken": lambda said: _error(said, 500),
    "page": _page,
    "unavailable": lambda said: _error(said, 503, **{"Retry-After": said}),
    "throttled": lambda said: _error(said, 429, **{"Retry-After": said}),
    "moved": _moved,
    "quoted-move": _quoted_move,
    "garbage": _garbage,
    "rows": _rows,
    "type": lambda said: web.Response(text=said, headers={"Content-Type": f"text/{said[-5:]}"}),
}


@asynccontextmanager
async def _installations() -> AsyncIterator[str]:
    """Below /NAME, answers as that reply does with what its caller sent, plain and as it came."""

    async def answer(request: web.Request) -> web.Response:
        header = request.headers.get("Authorization", "")
        if not header and request.path.endswith("/api"):
            return web.Response(status=404)  # what needs no login is asked without one
        plain = base64.b64decode(header.removeprefix("Basic ")).decode()
        assert plain == f"{USER}:{CANARY}"
        return REPLIES[request.match_info["name"]](f"{header} {plain} {CANARY}")

    app = web.Application()
    app.router.add_route("*", "/{name}/{path:.*}", answer)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


# --- where the canary is planted -----------------------------------------------------------------


@pytest.fixture(params=["file", "credential", "variable"])
def planted(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> dict[str, str]:
    """The part of `auth` that names the secret."""
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    folder = tmp_path / "credentials"
    folder.mkdir()
    if request.param == "variable":
        monkeypatch.setenv("CRM_PASSWORD", CANARY)
        return {"password_env": "CRM_PASSWORD"}
    (folder / "syseventd_crm-password").write_text(CANARY + "\n")
    if request.param == "credential":
        monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(folder))
        return {"password_file": "crm-password"}
    return {"password_file": str(folder / "syseventd_crm-password")}


@pytest.fixture
def written(request: pytest.FixtureRequest) -> Iterator[io.StringIO]:
    """All that is logged, at the most talkative level."""
    stream = io.StringIO()
    root = logging.getLogger()
    before = root.handlers[:], root.level
    log.configure(getattr(request, "param", "json"), "debug", stream)
    yield stream
    root.handlers[:], root.level = before
    structlog.reset_defaults()


def _target(url: str, planted: dict[str, str]) -> dict[str, Any]:
    return {
        "type": "superoffice",
        "url": url,
        "auth": {"method": "basic", "user": USER, **planted},
        "interval": "100ms",
    }


async def _all_pages(daemon: RunningDaemon) -> str:
    text = ""
    targets = [f"{place}/{name}" for place in ("targets", "api/v1/targets") for name in REPLIES]
    for page in (*PAGES, *targets):
        for accept in ("*/*", "application/openmetrics-text", "text/html"):
            headers = {"Accept": accept}
            async with daemon.session.get(daemon.url + page, headers=headers) as reply:
                text += f"{reply.headers} {await reply.text()}\n"
    return text


async def _asked(daemon: RunningDaemon, series: Series) -> bool:
    """Whether each source has been asked."""
    probes = series(await daemon.text("metrics"), "syseventd_probes_total").values()
    # Onsite there is no tenant to ask about, and nothing is metered without the database.
    made = {source.name for source in source_types()} - {"tenant", "metered"}
    return len(probes) == len(made) * len(REPLIES) and all(probes)


@pytest.mark.parametrize("written", ["json", "console"], indirect=True)
def test_nothing_that_is_shown_or_logged_holds_the_secret(
    planted: dict[str, str], written: io.StringIO, tmp_path: Path, series: Series
) -> None:
    """While targets repeat it in every reply, and after a reload that names it wrongly."""

    async def live() -> str:
        async with _installations() as url:
            targets = {name: _target(f"{url}/{name}", planted) for name in REPLIES}
            async with running_daemon({"targets": targets}, tmp_path, load_plugins()) as daemon:
                await wait_until(lambda: _asked(daemon, series))
                shown = await _all_pages(daemon)
                wrong = {**targets["rows"], "auth": {"user": USER, "password": CANARY}}
                shown += str(await daemon.reload({"targets": {"rows": wrong}}))
                shown += repr(daemon.service.__dict__)
                return shown

    shown = asyncio.run(live())
    logged = written.getvalue()
    assert "probe_failed" in logged
    assert "reload_refused" in logged
    assert 'syseventd_probe_success{target="broken"' in shown
    assert _songs(shown) == []
    assert _songs(logged) == []
    stored = b"".join(path.read_bytes() for path in tmp_path.glob("events.db*"))
    assert _songs(stored.decode("latin-1")) == []


@pytest.mark.parametrize("written", ["json", "console"], indirect=True)
def test_traceback_on_a_terminal_shows_no_variables(written: io.StringIO) -> None:
    """Some formatters print each frame's variables, where secrets are."""
    secret = CANARY
    try:
        raise LookupError(len(secret))
    except LookupError:
        structlog.get_logger("test").exception("it_broke")
    assert "LookupError" in written.getvalue()
    assert _songs(written.getvalue()) == []


# --- commands ------------------------------------------------------------------------------------


class Commands:
    """Runs commands, and gives exit code and all that is printed."""

    def __init__(self, captured: pytest.CaptureFixture[str]) -> None:
        self._captured = captured

    def __call__(self, *arguments: str) -> tuple[int, str]:
        code = cli.run(arguments)
        printed = self._captured.readouterr()
        return code, printed.out + printed.err


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str], written: io.StringIO) -> Commands:
    return Commands(capsys)


def _written(folder: Path, url: str, planted: dict[str, str], *more: str) -> Path:
    ((key, name),) = planted.items()
    path = folder / "syseventd.toml"
    auth = f'{{ method = "basic", user = "{USER}", {key} = "{name}" }}'
    lines = ["[targets.crm]", 'type = "superoffice"', f'url = "{url}"', f"auth = {auth}", *more]
    path.write_text("\n".join(lines))
    return path


@pytest.mark.parametrize("name", ["refused", "broken", "garbage", "moved"])
@pytest.mark.parametrize("form", [(), ("--json",)], ids=["text", "json"])
def test_probe_command_does_not_print_it(
    name: str,
    form: tuple[str, ...],
    planted: dict[str, str],
    command: Commands,
    tmp_path: Path,
) -> None:
    async def ask() -> tuple[int, str]:
        async with _installations() as url:
            path = _written(tmp_path, f"{url}/{name}", planted)
            return await asyncio.to_thread(command, "probe", "crm", "--config", str(path), *form)

    code, printed = asyncio.run(ask())
    assert code == 3
    assert "crm/system-events" in printed
    assert _songs(printed) == []


def test_check_config_does_not_print_it(
    planted: dict[str, str], command: Commands, tmp_path: Path
) -> None:
    """Neither where all is well, nor where something beside it is wrong."""
    path = _written(tmp_path, "https://crm.example.com", planted)
    code, printed = command("check-config", str(path))
    assert (code, _songs(printed)) == (0, [])
    path = _written(tmp_path, "https://crm.example.com", planted, 'langage = "sv"', "interval = 5")
    code, printed = command("check-config", str(path))
    assert (code, _songs(printed)) == (1, [])
    assert "targets.crm.langage" in printed


SECRETIVE = [
    f'auth = {{ method = "basic", user = "monitor", password = "{CANARY}" }}',
    f'auth = {{ method = "{CANARY}", user = "monitor", password_env = "HOME" }}',
    f'auth = {{ method = "basic", user = "monitor", password_env = ["{CANARY}"] }}',
    f'auth = "{CANARY}"',
    f'auth = {{ method = "basic", user = "monitor", password_env = {CANARY} }}',
    f'auth = {{ method = "basic", user = "a:{CANARY}", password_env = "HOME" }}',
    f'auth = ["basic", "{CANARY}"]',
    f'password = "{CANARY}"',
    f'language = "{CANARY}"',
]


@pytest.mark.parametrize("line", SECRETIVE)
def test_secret_in_the_wrong_place_is_not_repeated(line: str, tmp_path: Path) -> None:
    """Who writes it there hears what is wrong, and the log does not keep it."""
    path = tmp_path / "syseventd.toml"
    path.write_text(
        f'[targets.crm]\ntype = "superoffice"\nurl = "https://crm.example.com"\n{line}\n'
    )
    with pytest.raises(ConfigInvalid) as caught:
        config.load(path, offered_by(load_plugins()))
    assert _songs(str(caught.value)) == []
    assert _songs(repr(caught.value)) == []


def test_secret_in_the_address_is_not_repeated(tmp_path: Path) -> None:
    path = tmp_path / "syseventd.toml"
    path.write_text(
        f'[targets.crm]\ntype = "superoffice"\nurl = "https://monitor:{CANARY}@crm.example.com"\n'
    )
    with pytest.raises(ConfigInvalid) as caught:
        config.load(path, offered_by(load_plugins()))
    assert _songs(str(caught.value)) == []


def test_schema_does_not_hold_it(planted: dict[str, str], command: Commands) -> None:
    code, printed = command("config-schema")
    assert (code, _songs(printed)) == (0, [])


def test_understood_configuration_does_not_show_it(planted: dict[str, str]) -> None:
    """However it is printed: in a traceback, or by a debugger."""
    tables = {"targets": {"crm": _target("https://crm.example.com", planted)}}
    loaded = config.understand(tables, offered_by(load_plugins()))
    assert "password_" in repr(loaded)
    assert _songs(repr(loaded)) == []


@pytest.mark.parametrize("form", ["{}", "x{}", "{}x", "monitor:{}", "Basic a:{}"])
def test_search_finds_it_in_base64(form: str) -> None:
    """The search itself is no use unless it finds the canary wherever it begins."""
    text = form.format(CANARY)
    assert _songs(base64.b64encode(text.encode()).decode())
    assert _songs(text)
