"""The body of a webhook's request, as it came: a signature is made over these very bytes."""

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
