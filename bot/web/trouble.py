"""A request that fails: one line in the log that holds nobody's words, and a plain answer."""

import logging
from traceback import extract_tb

from aiohttp import web
from aiohttp.typedefs import Handler
from sqlalchemy.exc import OperationalError

from dialogs.texts import say
from store.database import DatabaseUnusable, log_words

log = logging.getLogger("langnghe.web")

NO_DATABASE = (OperationalError, DatabaseUnusable)  # away, locked, full, not ours to read


@web.middleware
async def say_trouble(request: web.Request, handler: Handler) -> web.StreamResponse:
    """503 without a database, 500 for a fault of ours. aiohttp would log the error's words, a person's among them."""
    try:
        return await handler(request)
    except (web.HTTPException, ConnectionError):
        raise
    except Exception as error:
        place = extract_tb(error.__traceback__)[-1]
        where = request.match_info.route.resource
        shown = where.canonical if where else "a page"
        log.error("%s failed: %s (%s:%s)", shown, log_words(error), place.filename, place.lineno)
        return web.Response(text=say("room.page.broken"), status=503 if isinstance(error, NO_DATABASE) else 500)
