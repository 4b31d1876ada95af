"""The aiohttp app: the chat, pictures and health, and the officers' room beside them."""

from collections.abc import Iterable
from functools import partial
from pathlib import Path

import jinja2
from aiohttp import web

from bot.links import is_signed
from bot.service import SERVICE, Service
from bot.web import assets, chat, staff, staff_connect, staff_live
from bot.web.rendering import TEMPLATES, split_at_codes
from bot.web.security import middlewares
from bot.web.trouble import NO_DATABASE
from bot.web.visitors import seen_through
from dialogs.texts import say
from store import media
from store.database import schema_is_current

HERE = Path(__file__).parent


def make_app(service: Service, extra: Iterable[web.AbstractRouteDef] = ()) -> web.Application:
    """The app over a running service; `extra` are the routes of connectors (web chat, webhooks)."""
    app = web.Application(
        middlewares=[seen_through(service.settings.web.proxies), *middlewares()], client_max_size=25 * 1024 * 1024
    )
    app[SERVICE] = service
    staff_live.keep_watch(app)
    app[TEMPLATES] = jinja2.Environment(
        loader=jinja2.FileSystemLoader(HERE / "templates"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    app[TEMPLATES].globals["texts"] = say
    app[TEMPLATES].filters["split_at_codes"] = split_at_codes
    app[TEMPLATES].globals["has_groups"] = partial(staff_connect.has_groups, service)
    app.add_routes([web.get("/health", health), web.get("/media/{ref}/{signature}", picture)])
    app.add_routes([*assets.keep_assets(app, HERE / "static"), *chat.routes(), *staff.routes(), *extra])
    return app


async def health(request: web.Request) -> web.Response:
    """Whether the service can do its work: reads, writes, and how much waits."""
    service = request.app[SERVICE]
    town = {"locality": service.town.locality.id}
    try:
        waiting = await service.read(media.waiting_count)
        await service.writer.write(lambda connection: connection.exec_driver_sql("SELECT 1"))
        current = schema_is_current(service.settings.database.url)
    except NO_DATABASE:
        return web.json_response({"status": "database_unusable", **town}, status=503)
    state = {"status": "ok" if current else "schema_outdated", **town, **waiting}
    return web.json_response(state, status=200 if current else 503)


async def picture(request: web.Request) -> web.Response:
    """A stored picture or file, for whoever holds its signed address."""
    service = request.app[SERVICE]
    ref, signature = request.match_info["ref"], request.match_info["signature"]
    if not ref.isdigit() or len(ref) > 18 or not is_signed(ref, signature, service.town.media_key):
        raise web.HTTPNotFound
    found = await service.read(lambda connection: media.stored(connection, int(ref)))
    if found is None:
        raise web.HTTPNotFound
    blob, mime = found
    try:
        content = await service.read_media(blob)
    except KeyError:
        raise web.HTTPNotFound from None
    inline = mime.startswith(("image/", "video/", "audio/"))
    headers = {
        "Cache-Control": "private, max-age=604800, immutable",
        "Content-Disposition": "inline" if inline else "attachment",
    }
    return web.Response(body=content, content_type=mime, headers=headers)
