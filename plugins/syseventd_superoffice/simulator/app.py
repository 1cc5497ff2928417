"""The simulated installation as a web application: the WebAPI's addresses, and its Basic login."""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, tzinfo
from urllib.parse import quote, urlencode

from aiohttp import web

from syseventd_superoffice.simulator import carriers, pages
from syseventd_superoffice.simulator.archive import Query, Reading, page, parse_query
from syseventd_superoffice.simulator.clock import Clock
from syseventd_superoffice.simulator.dates import Dates, dates_for, midnight
from syseventd_superoffice.simulator.errors import RequestError, not_found, not_played
from syseventd_superoffice.simulator.story import LICENCES, state_at
from syseventd_superoffice.simulator.world import DEFAULT_LANGUAGE, LANGUAGES, State

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

USER = "demo"

HEADER = ("Syseventd-Simulated", "yes")
"""What every reply carries, so that no reader takes one for a real installation's."""


@dataclass(frozen=True, slots=True)
class Installation:
    """One simulated installation: its clock, who may log in, and how it tells dates and names."""

    clock: Clock
    password: str = field(repr=False)
    user: str = USER
    base_zone: tzinfo = UTC
    language: str = DEFAULT_LANGUAGE

    def state(self) -> State:
        return state_at(self.clock.elapsed())


INSTALLATION = web.AppKey("installation", Installation)


def create_app(installation: Installation) -> web.Application:
    """The application that answers as `installation`."""
    app = web.Application(middlewares=[_answer_for_vendor])
    app[INSTALLATION] = installation
    app.on_response_prepare.append(_label)
    app.add_routes(
        [
            web.get("/api", _versions),
            web.get("/api/v1/SystemEvent", _list_events),
            web.get("/api/v1/SystemEvent/{id:[0-9]{1,10}}", _get_event),
            web.get("/api/v1/License", _list_licences),
            web.get("/api/v1/License/{owner}", _get_licence),
        ]
    )
    return app


async def _label(request: web.Request, response: web.StreamResponse) -> None:
    name, value = HEADER
    response.headers[name] = value


@web.middleware
async def _answer_for_vendor(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Lets nobody in without a login, and turns refusals into the vendor's error JSON."""
    try:
        if request.path.startswith("/api/v1"):
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
    versions = pages.versions(f"{request.url.origin()}/api/v1")
    if "application/json" in request.headers.get("Accept", ""):
        return web.json_response(versions)
    return web.Response(text=pages.as_html(versions), content_type="text/html")


async def _list_events(request: web.Request) -> web.Response:
    query = parse_query(request.query)
    events = request.app[INSTALLATION].state().events
    rows, more = page(events, query, _reading(request))
    return web.json_response(
        {
            "odata.metadata": f"{request.url.origin()}/api/v1/Archive/$metadata",
            "odata.nextLink": _next_link(request, query) if more else None,
            "value": rows,
        }
    )


def _next_link(request: web.Request, query: Query) -> str:
    """The same request from where this page ends."""
    kept = {name: v for name, v in request.query.items() if name.lower() not in ("$top", "$skip")}
    following = {**kept, "$top": query.top, "$skip": query.skip + query.top}
    text = urlencode(following, safe="$,/", quote_via=quote)
    return f"{request.url.origin()}{request.path}?{text}"


async def _get_event(request: web.Request) -> web.Response:
    if "$select" in request.query:
        raise not_played("$select of one entity")
    wanted = int(request.match_info["id"])
    for event in request.app[INSTALLATION].state().events:
        if event.id == wanted:
            archive = f"{request.url.origin()}/api/v1/SystemEvent"
            links = {"Self": f"{archive}/{event.id}", "Archive": archive}
            return web.json_response(carriers.system_event(event, _reading(request), links))
    raise not_found(f"system event {wanted}")


async def _list_licences(request: web.Request) -> web.Response:
    in_use, day = request.app[INSTALLATION].state().in_use, _day(request)
    return web.json_response(
        [carriers.extended_licence(licence, in_use, day) for licence in LICENCES]
    )


async def _get_licence(request: web.Request) -> web.Response:
    owner = request.match_info["owner"]
    for licence in LICENCES:
        if licence.owner.casefold() == owner.casefold():
            in_use = request.app[INSTALLATION].state().in_use
            return web.json_response(carriers.extended_licence(licence, in_use, _day(request)))
    raise not_found(f"licence owner {owner!r}")


def _dates(request: web.Request) -> Dates:
    installation = request.app[INSTALLATION]
    return dates_for(request.headers.get("SO-TimeZone"), installation.base_zone)


def _day(request: web.Request) -> carriers.Day:
    """How this request wants the dates of licences written."""
    installation, dates = request.app[INSTALLATION], _dates(request)

    def day(days: int | None) -> str:
        if days is None:
            return dates.local(None)
        return dates.local(midnight(installation.clock.epoch, days, installation.base_zone))

    return day


def _reading(request: web.Request) -> Reading:
    installation = request.app[INSTALLATION]
    return Reading(_language(request), _dates(request), installation.clock.timestamp)


def _language(request: web.Request) -> str:
    """The language that the request asks for, where the simulator speaks it, else its own."""
    headers = request.headers
    asked = headers.get("SO-Language", "") or headers.get("Accept-Language", "")
    language = asked.strip()[:2].lower()
    return language if language in LANGUAGES else request.app[INSTALLATION].language
