"""The pages for people: the overview, one target, and what is shown where there is no page."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from aiohttp import web

from syseventd.web import words
from syseventd.web.context import CONTEXT
from syseventd.web.encoding import clean_text
from syseventd.web.event_page import page_of_event
from syseventd.web.overview import overview as make_overview
from syseventd.web.paging import read_page
from syseventd.web.queries import read_event_id
from syseventd.web.rendering import RENDERER
from syseventd.web.summaries import nearest
from syseventd.web.tabs import DRAWER
from syseventd.web.target_page import target_page

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


async def overview(request: web.Request) -> web.Response:
    """Everything that is watched."""
    page = await make_overview(request.app[CONTEXT], _pages(request))
    await asyncio.sleep(0)  # with much to show both halves take a while; others get their turn
    return _page(request, "overview.html", page=page)


async def target(request: web.Request) -> web.Response:
    """All that is known of one target."""
    context = request.app[CONTEXT]
    name = request.match_info["name"]
    if name not in context.board.targets:
        return _no_target(request, name)
    watched = {record.source.source for record in context.board.records(name)}
    view = context.board.view(name)
    tabs = await request.app[DRAWER].draw(context.tabs, view, watched)
    if name not in context.board.targets:  # a reload took it out meanwhile
        return _no_target(request, name)
    page = await target_page(context, name, tabs, _pages(request))
    return _page(request, "target.html", page=page)


async def event(request: web.Request) -> web.Response:
    """One event, as it stands, with its steps."""
    context = request.app[CONTEXT]
    text = request.match_info["id"]
    number = read_event_id(text)
    found = None if number is None else await context.store.event(number)
    if found is None:
        raise web.HTTPNotFound(text=clean_text(f'there is no event "{text}"'))
    page = page_of_event(context, *found)
    return _page(request, "event.html", refresh=page.open, page=page)


def error_page(
    request: web.Request, status: int, given: str | None, headers: Mapping[str, str]
) -> web.Response:
    """A plain page that says what is wrong; `given` are words of the handler's own."""
    title = words.ERRORS.get(status, words.OTHER_ERROR)
    response = _page(request, "error.html", status=status, title=title, given=given)
    response.headers.update(headers)
    return response


def _no_target(request: web.Request, name: str) -> web.Response:
    context = request.app[CONTEXT]
    reason = dict(context.unwatched()).get(name)
    close = nearest(name, context.board.targets)
    return _page(request, "no_target.html", status=404, name=name, reason=reason, close=close)


def _pages(request: web.Request) -> Mapping[str, int]:
    """Which page of each list is wanted."""
    return {
        name: read_page(request.query.get(name, "")) for name in ("events", "expiries", "targets")
    }


def _page(
    request: web.Request, template: str, status: int = 200, *, refresh: bool = True, **view: object
) -> web.Response:
    """`refresh`: whether it may look otherwise a little later."""
    renderer = request.app[RENDERER]
    reader = renderer.reader(request)
    now = request.app[CONTEXT].now()
    html = renderer.render(template, reader, now, refresh=refresh and status == 200, **view)
    headers = {"Content-Language": reader.language.code, "Vary": "Accept-Language"}
    return web.Response(text=html, status=status, content_type="text/html", headers=headers)
