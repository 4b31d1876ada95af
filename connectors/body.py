"""The body of a webhook's request, as it came: a signature is made over these very bytes."""

import json
from typing import Any

from aiohttp import web

BODY_LIMIT = 1024 * 1024


async def read_body(request: web.Request) -> bytes:
    """Read it to its end; what is too large is refused as soon as it is."""
    raw = bytearray()
    async for chunk in request.content.iter_any():
        raw += chunk
        if len(raw) > BODY_LIMIT:
            raise web.HTTPRequestEntityTooLarge(BODY_LIMIT, len(raw))
    return bytes(raw)


async def read_json(request: web.Request) -> Any:
    """What it says in JSON; anything else is a bad request."""
    try:
        return json.loads(await read_body(request))
    except (ValueError, RecursionError):
        raise web.HTTPBadRequest from None
