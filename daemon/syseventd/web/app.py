"""The web application: which path is answered by whom, and what holds for all of them."""

from __future__ import annotations

from hashlib import sha256
from importlib.resources import files

from aiohttp import web

from syseventd.web import api, health, pages, pictures
from syseventd.web.context import CONTEXT, Context
from syseventd.web.language import load_languages
from syseventd.web.middlewares import (
    add_headers,
    answer_errors,
    check_host,
    refuse_foreign_writes,
)
from syseventd.web.rendering import RENDERER, Renderer
from syseventd.web.tabs import DRAWER, Drawer

LARGEST_BODY = 65536
"""Bytes of a request's body. Nothing here needs many."""


def make_app(context: Context) -> web.Application:
    """Everything that is served, over what `context` holds."""
    app = web.Application(
        middlewares=[answer_errors, check_host, refuse_foreign_writes],
        client_max_size=LARGEST_BODY,
    )
    style = files("syseventd.web").joinpath("static", "style.css").read_bytes()
    style_url = f"static/style.css?v={sha256(style).hexdigest()[:12]}"
    app[CONTEXT] = context
    app[RENDERER] = Renderer(load_languages(), context.language, style_url, context.version)
    app[DRAWER] = Drawer()
    app.on_response_prepare.append(add_headers)
    app.add_routes(
        [
            web.get("/", pages.overview),
            web.get("/targets/{name}", pages.target),
            web.get("/targets/{name}/pictures/{source}/{picture}", pictures.picture),
            web.get("/events/{id}", pages.event),
            web.get("/static/style.css", _serve(style, "text/css")),
            web.get("/metrics", _metrics),
            web.get("/-/healthy", health.healthy),
            web.get("/-/ready", health.ready),
            web.post("/-/reload", health.reload),
            web.get("/api/v1/events", api.events),
            web.get("/api/v1/events/{id}", api.event),
            web.get("/api/v1/targets", api.targets),
            web.get("/api/v1/targets/{name}", api.target),
        ]
    )
    return app


async def _metrics(request: web.Request) -> web.StreamResponse:
    return await request.app[CONTEXT].metrics(request)


def _serve(body: bytes, content_type: str) -> pages.Handler:
    async def serve(request: web.Request) -> web.Response:
        return web.Response(
            body=body,
            content_type=content_type,
            charset="utf-8",
            headers={"Cache-Control": "public, max-age=86400"},
        )

    return serve
