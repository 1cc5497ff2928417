"""Whether the daemon lives and is ready, and the request to read its configuration anew."""

from __future__ import annotations

from aiohttp import web

from syseventd.web.context import CONTEXT
from syseventd.web.encoding import clean_text, json_response

RELOAD_OFF = (
    "reloading over HTTP is off; set reload_enabled = true under [web] and restart, "
    "or send SIGHUP to the daemon"
)


async def healthy(request: web.Request) -> web.Response:
    """200 while the event loop answers at all."""
    return json_response({"status": "healthy"})


async def ready(request: web.Request) -> web.Response:
    """200 once everything is watched; 503 with the reason before that and while stopping."""
    reason = request.app[CONTEXT].ready()
    if reason is not None:
        raise web.HTTPServiceUnavailable(text=clean_text(reason))
    return json_response({"status": "ready"})


async def reload(request: web.Request) -> web.Response:
    """As SIGHUP: 200 once the new configuration holds, 500 with the reason if nothing changed."""
    act = request.app[CONTEXT].reload
    if act is None:
        raise web.HTTPNotFound(text=RELOAD_OFF)
    reason = await act()
    if reason is not None:
        raise web.HTTPInternalServerError(text=clean_text(reason))
    return json_response({"status": "reloaded"})
