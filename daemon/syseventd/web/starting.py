"""What is answered before there is anything to show: the daemon lives, and is not ready."""

from __future__ import annotations

from aiohttp import web

from syseventd.web.encoding import json_response
from syseventd.web.health import healthy
from syseventd.web.middlewares import Handler, add_headers

WHY = "starting: the store is being opened, and what it knows is read"
SOON = "2"
"""Seconds after which browsers and other clients should ask again."""


def make_starting_app() -> web.Application:
    """Answers 200 to whether the daemon lives, and 503 with the reason to everything else.

    To a scrape too: metrics without the dates that the store knows would resolve alerts.
    """
    app = web.Application(middlewares=[_close_after])
    app.on_response_prepare.append(add_headers)
    app.router.add_get("/-/healthy", healthy)
    app.router.add_route("*", "/{anything:.*}", _not_yet)
    return app


@web.middleware
async def _close_after(request: web.Request, handler: Handler) -> web.StreamResponse:
    """The next request of this client needs a connection to what is served by then."""
    response = await handler(request)
    response.force_close()
    return response


async def _not_yet(request: web.Request) -> web.Response:
    headers = {"Retry-After": SOON, "Refresh": SOON}
    if request.path.startswith(("/api/", "/-/")):
        return json_response({"error": WHY}, 503, headers)
    return web.Response(text=WHY + "\n", status=503, headers=headers)
