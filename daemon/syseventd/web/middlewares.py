"""What holds for every request: who may ask, and how errors and headers look."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import structlog
from aiohttp import web

from syseventd.errors import StoreUnusable
from syseventd.web.context import CONTEXT
from syseventd.web.encoding import clean_text, json_response
from syseventd.web.hosts import host_name
from syseventd.web.pages import error_page

log = structlog.get_logger("syseventd.web")

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; img-src 'self'; style-src 'self'; form-action 'none'; "
        "frame-ancestors 'none'; base-uri 'none'"
    ),
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "Server": "syseventd",
    "X-Content-Type-Options": "nosniff",
}

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
BEGUN = web.RequestKey("begun", bool)
"""Set once a reply's headers are on their way: then no other reply can be given."""


async def add_headers(request: web.Request, response: web.StreamResponse) -> None:
    """A signal, not a middleware: it also sees replies that are streamed."""
    request[BEGUN] = True
    response.headers.update(HEADERS)
    response.headers.setdefault("Cache-Control", "no-store")


@web.middleware
async def answer_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Every error is told in words: as JSON to tools, as a page to people, never a traceback."""
    try:
        return await handler(request)
    except web.HTTPException as error:
        if error.status < 400:
            raise
        return _error(request, error)
    except StoreUnusable as error:
        return _error(request, web.HTTPServiceUnavailable(text=clean_text(str(error))))
    except Exception:
        if request.get(BEGUN):
            raise
        log.exception("request_failed", method=request.method, path=request.path)
        return _error(request, web.HTTPInternalServerError())


def _error(request: web.Request, error: web.HTTPException) -> web.Response:
    given = error.text if error.text != f"{error.status}: {error.reason}" else None
    headers = {"Allow": error.headers["Allow"]} if "Allow" in error.headers else {}
    if request.path.startswith(("/api/", "/-/")):
        problem = given or _problem(request, error)
        return json_response({"error": problem}, error.status, headers)
    return error_page(request, error.status, given, headers)


def _problem(request: web.Request, error: web.HTTPException) -> str:
    """What tools are told where the handler gave no words of its own."""
    if isinstance(error, web.HTTPMethodNotAllowed):
        allowed = ", ".join(sorted(error.allowed_methods))
        return f"{request.method} is not possible here; {allowed} is"
    if error.status == 404:
        return f"there is nothing at {request.path}"
    if error.status == 500:
        return "this failed inside the daemon; its log says why"
    return error.reason


@web.middleware
async def check_host(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse to be called by a foreign name: a rebound DNS name makes browsers do that."""
    allowed = request.app[CONTEXT].allowed_hosts
    header = request.headers.get("Host")
    if allowed is not None and header is not None:
        name = host_name(header)
        if name not in {host_name(host) for host in allowed}:
            known = " or ".join(sorted(allowed))
            problem = (
                f'this daemon is not called "{name}"; call it {known}. '
                "A proxy before it must send one of these as Host"
            )
            raise web.HTTPMisdirectedRequest(text=clean_text(problem))
    return await handler(request)


@web.middleware
async def refuse_foreign_writes(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse what another site makes a browser send: such requests carry the user's network."""
    if request.method not in SAFE_METHODS and _is_foreign(request):
        raise web.HTTPForbidden(text="requests that change something are refused from other sites")
    return await handler(request)


def _is_foreign(request: web.Request) -> bool:
    if request.headers.get("Sec-Fetch-Site", "none") not in ("none", "same-origin"):
        return True
    origin = request.headers.get("Origin")
    return origin is not None and origin.lower().partition("://")[2] != request.host.lower()
