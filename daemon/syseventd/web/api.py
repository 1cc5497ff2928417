"""The JSON API: events from the store, targets from the board. Both only read."""

from __future__ import annotations

from dataclasses import asdict

from aiohttp import web

from syseventd.model import Event
from syseventd.web.context import CONTEXT, Context
from syseventd.web.encoding import clean_text, json_response, long_json_response
from syseventd.web.json_views import (
    Json,
    event_json,
    target_detail_json,
    target_json,
    transition_json,
)
from syseventd.web.portraits import Portraits
from syseventd.web.queries import read_event_id, read_event_query, refuse_unknown
from syseventd.web.rows import all_dates, severity_of
from syseventd.web.summaries import did_you_mean


async def events(request: web.Request) -> web.Response:
    """Events, newest first; `next` is the cursor of the following page, or null."""
    asked = read_event_query(request.query)
    wanted = {**asdict(asked), "limit": asked.limit + 1}
    context = request.app[CONTEXT]
    found = await context.store.events(**wanted)
    page = found[: asked.limit]
    following = str(page[-1].id) if len(found) > asked.limit else None
    named = {e.source.target for e in page if e.observation.portrait}
    portraits = Portraits(r for target in named for r in context.board.records(target))
    listed = [_event_json(context, event, portraits) for event in page]
    shown = {"events": listed, "next": following}
    return await long_json_response(shown)


async def event(request: web.Request) -> web.Response:
    """One event with its transitions, oldest first."""
    refuse_unknown(request.query)
    text = request.match_info["id"]
    number = read_event_id(text)
    context = request.app[CONTEXT]
    found = None if number is None else await context.store.event(number)
    if found is None:
        raise web.HTTPNotFound(
            text=clean_text(f'there is no event "{text}"; /api/v1/events lists them')
        )
    tracked, transitions = found
    steps = [transition_json(transition) for transition in transitions]
    portraits = Portraits(context.board.records(tracked.source.target))
    return json_response({**_event_json(context, tracked, portraits), "transitions": steps})


def _event_json(context: Context, event: Event, portraits: Portraits) -> Json:
    """One event, and how bad it is by what plugins say of its kind."""
    severity = severity_of(event, context.kinds, context.now())
    return event_json(event, severity, portraits.path_of(event))


async def targets(request: web.Request) -> web.Response:
    """Every target with the state of each source, and those that can't be watched at all."""
    refuse_unknown(request.query)
    context = request.app[CONTEXT]
    lost = dict(context.unwatched())
    shown = [
        target_json(context.board, name, context.now(), unwatched=name in lost)
        for name in sorted(context.board.targets)
    ]
    unwatched = [{"name": name, "reason": reason} for name, reason in lost.items()]
    return json_response({"targets": shown, "unwatched": unwatched})


async def target(request: web.Request) -> web.Response:
    """All that is known of one target."""
    refuse_unknown(request.query)
    context = request.app[CONTEXT]
    name = request.match_info["name"]
    dates = await all_dates(context.board.records(name))
    if name not in context.board.targets:
        raise web.HTTPNotFound(text=clean_text(no_target(context, name)))
    shown = target_detail_json(
        context.board,
        name,
        dates,
        context.kinds,
        context.gauges,
        context.history,
        context.next_run,
        context.now(),
        unwatched=name in dict(context.unwatched()),
    )
    return await long_json_response(shown)


def no_target(context: Context, name: str) -> str:
    """Why there is nothing to show: it can't be watched, or the name is unknown."""
    reason = dict(context.unwatched()).get(name)
    if reason is not None:
        return f'the target "{name}" can\'t be watched: {reason}'
    return f'there is no target "{name}"; {did_you_mean(name, sorted(context.board.targets))}'
