"""The simulated installation as a web application: the WebAPI's addresses, and its Basic login."""

from __future__ import annotations

import asyncio
import base64
import binascii
import hmac
import json
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from syseventd_superoffice.simulator import agents, pages, rest
from syseventd_superoffice.simulator.ask import Ask, Route
from syseventd_superoffice.simulator.errors import (
    RequestError,
    bad_request,
    not_found,
    not_played,
)
from syseventd_superoffice.simulator.faults import Faults
from syseventd_superoffice.simulator.installation import Installation

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

API = "/api/v1"

HEADER = ("Syseventd-Simulated", "yes")
"""What every reply carries, so that no reader takes one for a real installation's."""

INSTALLATION = web.AppKey("installation", Installation)


def create_app(installation: Installation, faults: Faults | None = None) -> web.Application:
    """The application that answers as `installation`, but for what `faults` says is wrong."""
    faults = faults or Faults()
    app = web.Application(middlewares=[_answer_for_vendor, faults.middleware])
    app[INSTALLATION] = installation
    app.on_response_prepare.append(label)
    app.router.add_get("/api", _versions)
    for route in (*rest.ROUTES, *agents.ROUTES):
        app.router.add_route(route.method, API + route.path, _handler(route))
    return app


async def label(request: web.Request, response: web.StreamResponse) -> None:
    """Says in every reply that it is simulated."""
    name, value = HEADER
    response.headers[name] = value


@web.middleware
async def _answer_for_vendor(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Lets nobody in without a login, and turns refusals into the vendor's error JSON."""
    try:
        if request.path.startswith(API):
            _check_login(request)
        return await handler(request)
    except web.HTTPMethodNotAllowed as error:
        refusal = not_played(f"{request.method} {request.path}")
        refusal.headers["Allow"] = error.headers["Allow"]
    except web.HTTPNotFound:
        refusal = not_found(f"resource {request.path}")
    except RequestError as error:
        refusal = error
    return web.json_response(refusal.as_json(), status=refusal.status, headers=refusal.headers)


def _check_login(request: web.Request) -> None:
    installation = request.app[INSTALLATION]
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    try:
        given = base64.b64decode(token.strip(), validate=True)
    except (binascii.Error, ValueError):
        given = b""
    wanted = f"{installation.user}:{installation.password}".encode()
    if scheme.lower() != "basic" or not hmac.compare_digest(given, wanted):
        challenge = {"WWW-Authenticate": 'Basic realm="simulated installation", charset="UTF-8"'}
        raise RequestError(401, "Unauthorized", "The user name or password is wrong", challenge)


async def _versions(request: web.Request) -> web.Response:
    """What answers here. Needs no login; HTML unless JSON is asked for."""
    installation = request.app[INSTALLATION]
    reading = installation.reading(request.headers)
    versions = pages.versions(f"{request.url.origin()}{API}", installation.state().product, reading)
    if "application/json" in request.headers.get("Accept", ""):
        return web.json_response(versions)
    return web.Response(text=pages.as_html(versions), content_type="text/html")


def _handler(route: Route) -> Handler:
    async def answer(request: web.Request) -> web.Response:
        installation = request.app[INSTALLATION]
        ask = await read(request, installation, str(request.url.origin()))
        if route.slow:
            await asyncio.sleep(installation.licence_server_takes)
        return web.json_response(installation.variations.apply(route.answer(ask)))

    return answer


async def read(request: web.Request, installation: Installation, origin: str) -> Ask:
    """What is asked of an installation whose addresses begin with `origin`.

    Refuses a body that is no JSON object, and what the simulator doesn't play.
    """
    if request.method == "POST" and "$select" in request.query:
        raise not_played("$select of an agent's answer")
    return Ask(
        installation,
        installation.state(),
        installation.reading(request.headers),
        base=f"{origin}{API}",
        url=f"{origin}{request.path}",
        parts=request.match_info,
        query=request.query,
        body=_object(await request.read()),
    )


def _object(body: bytes) -> dict[str, Any]:
    if not body.strip():
        return {}
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise bad_request("The body is no JSON object")
    return value
