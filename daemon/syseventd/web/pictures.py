"""Serves the pictures that sources have at present: PNGs that were checked when they came."""

from __future__ import annotations

from hashlib import sha256

from aiohttp import web

from syseventd.model import Picture
from syseventd.web.context import CONTEXT, Context

FRESH = 3600
"""Seconds for which a browser need not ask again; pages load themselves anew all the time."""


async def picture(request: web.Request) -> web.Response:
    """One picture of one source; nothing where that is known no more."""
    found = _find(request.app[CONTEXT], **request.match_info)
    if found is None:
        raise web.HTTPNotFound(text="there is no such picture at present")
    etag = sha256(found.content).hexdigest()[:32]
    known = request.if_none_match or ()
    response = (
        web.Response(status=304)
        if any(tag.value in (etag, "*") for tag in known)
        else web.Response(body=found.content, content_type="image/png")
    )
    response.etag = etag
    # Faces are nothing for a proxy that others use as well.
    response.headers["Cache-Control"] = f"private, max-age={FRESH}"
    return response


def _find(context: Context, name: str, source: str, picture: str) -> Picture | None:
    for record in context.board.records(name):
        if record.source.source == source and record.snapshot is not None:
            return next((p for p in record.snapshot.pictures if p.name == picture), None)
    return None
