"""Feeds hostile replies to every way to log in, and to whoever asks for a tenant's state."""

from __future__ import annotations

import contextlib
import functools
import os
import time
from collections.abc import Iterator, Mapping
from random import Random
from typing import Any

from tests.fuzz.hostile import Maker
from tests.fuzz.login_host import (
    BASE,
    DISCOVERY,
    KEYS,
    LOGIN,
    SECRETS,
    STATE,
    TENANT,
    TOKENS,
    PlayedWire,
    environment,
)
from tests.fuzz.tally import FuzzError, Tally, check

from syseventd import Outcome, Snapshot
from syseventd.probing.answers import Answer, raised, returned
from syseventd_superoffice.connection import Connection
from syseventd_superoffice.redaction import Secrets
from syseventd_superoffice.settings import SuperOfficeSettings
from syseventd_superoffice.tenant import Tenant as TenantSource
from syseventd_superoffice.webapi import WebApi
from syseventd_superoffice.webapi.auth import login_for
from syseventd_superoffice.webapi.client import Client
from syseventd_superoffice.webapi.endpoint import FixedEndpoint, Tenant
from syseventd_superoffice.webapi.login_host import LoginHost

ASKED = "/api/v1/SystemEvent"

LOGIN_ENDS = frozenset({Outcome.OK, Outcome.MALFORMED, Outcome.UNAUTHORIZED})
"""How a probe may end whatever a login's replies hold: it is let in, refused, or not understood."""
STATE_ENDS = frozenset({Outcome.OK, Outcome.MALFORMED})
"""How asking for a tenant's state may end."""
CLOSED_ENDS = STATE_ENDS | {Outcome.PAUSED}
"""How it may end to be asked for anything else then: a tenant may be closed."""

WAYS: Mapping[str, tuple[str, ...]] = {
    "basic": (ASKED,),
    "ticket": (ASKED,),
    "system-user": (LOGIN, DISCOVERY, KEYS, ASKED),
    "bearer": (TOKENS, ASKED),
    "state": (STATE,),
}
"""Each way to log in, with the paths whose replies are hostile, together or one of them."""

_ENV: Mapping[str, tuple[str, ...]] = {
    "basic": ("password",),
    "ticket": ("ticket", "client_secret"),
    "system-user": ("system_token", "private_key", "client_secret"),
    "bearer": ("client_secret", "refresh_token"),
}


async def one_login(definitions: Mapping[str, Any], seed: int, tally: Tally) -> None:
    """One installation that is asked by whoever has not logged in yet.

    Raises FuzzError for an outcome that none may bring, and for a reason that shows a secret.
    """
    rng = Random(seed)
    way = rng.choice(list(WAYS))
    spoilt = WAYS[way] if rng.random() < 0.5 else (rng.choice(WAYS[way]),)
    maker = Maker(rng, definitions, rng.choice((0.0, 0.02, 0.1, 0.4)))
    wire = PlayedWire(maker, rng, spoilt, _secrets(way))
    client = _client(way, wire)
    if way == "state":
        source = TenantSource(Connection(WebApi(client)))
        source.recall({"endpoint": f"{BASE}/old"} if rng.random() < 0.5 else {})
        answer = await _answer(source.probe())
        check("tenant state", answer, STATE_ENDS)
        _note(tally, "state", answer)
    asked = await _answer(_ask(client))
    check(f"{way}, asked for anything", asked, CLOSED_ENDS if way == "state" else LOGIN_ENDS)
    _note(tally, "closed or open" if way == "state" else way, asked)
    tally.replies += wire.replies


async def _ask(client: Client) -> Snapshot:
    await client.ask(ASKED)
    return Snapshot()


async def _answer(asking: Any) -> Answer:
    try:
        return returned(await asking)
    except BaseException as error:  # its outcome is judged
        return raised(error)


def _note(tally: Tally, way: str, answer: Answer) -> None:
    if any(secret in answer.reason for secret in SECRETS.values()):
        raise FuzzError(f"{way}: a secret is shown: {answer.reason}")
    tally.logins[way, answer.outcome] += 1


def _secrets(way: str) -> tuple[str, ...]:
    """What this way to log in sends, as far as nobody may see it."""
    names = _ENV["ticket" if way == "state" else way]
    return tuple(SECRETS[n.upper()] for n in names if n.upper() in SECRETS)


def _client(way: str, wire: Any) -> Client:
    """A client as it is made for a target, but for its wire."""
    settings = _settings("ticket" if way == "state" else way, way != "basic")
    host = LoginHost(wire, settings.login_host, Secrets(), settings.issuer)
    endpoint = Tenant(host, TENANT) if settings.tenant else FixedEndpoint(BASE)
    return Client(wire, endpoint, login_for(settings, host, time.time), settings.language, 0.0)


@functools.cache
def _settings(method: str, online: bool) -> SuperOfficeSettings:
    auth = {f"{name}_env": f"FUZZ_{name.upper()}" for name in _ENV[method]} | {"method": method}
    if method == "basic":
        auth["user"] = "monitor"
    if method == "bearer":
        auth["client_id"] = "client-1"
    where = {"tenant": TENANT, "login_url": BASE} if online else {"url": BASE}
    with _environment():
        return SuperOfficeSettings.model_validate({**where, "auth": auth})


@contextlib.contextmanager
def _environment() -> Iterator[None]:
    before = dict(os.environ)
    os.environ.update(environment())
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
