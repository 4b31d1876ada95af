"""The Zalo Bot channel in the running service: its wiring, and short-lived addresses where Zalo fetches photos."""

import asyncio
import hashlib
from datetime import UTC, datetime, timedelta
from functools import partial

from aiohttp import web
from sqlalchemy import Connection

from bot.links import is_signed, signature
from bot.service import SERVICE, Service
from bot.spool import open_spool
from connectors.shrink import CannotShrink, as_jpeg_within
from connectors.zalo_bot import ZaloBot
from dialogs.texts import say
from dialogs.words import Media
from store.conversations import first_time, record_unread
from store.media import stored

PHOTO_LIFE = timedelta(minutes=10)  # Zalo fetches a photo when it is sent
PHOTO_BYTES = 1024 * 1024  # Zalo names no limit for a bot's photos; this is the one of its Official Accounts
PHOTO_PATH = "/photo/{ref:\\d{1,18}}/{until:\\d{10}}/{signature}"


def with_zalo_bot(service: Service) -> list[web.AbstractRouteDef]:
    """Add the Zalo Bot channel if there is a token; returns the routes of its webhook and its photos."""
    settings = service.settings
    if not settings.zalo_bot_token:
        return []
    tenure = service.tenure(ZaloBot.name, "main")
    connector = ZaloBot(
        token=settings.zalo_bot_token,
        receive=service.receive,
        keep_unread=partial(keep_once, service),
        photo_url=partial(photo_url, service),
        spool=open_spool(settings, ZaloBot.name),
        clock=service.clock,
        words=say,
        mode=settings.zalo_bot.mode,
        api_base_url=settings.zalo_bot.api_base_url,
        public_url=settings.web.public_url,
        webhook_secret=signature("zalo_bot webhook", service.town.media_key),
        may_poll=tenure.ours if tenure else None,
    )
    service.add(connector, connector.fetch)
    return [*connector.routes(), web.get(PHOTO_PATH, serve_photo)]


async def keep_once(service: Service, update: str, why: str) -> None:
    """Keep an update that could not be read; polling brings the same one again and again."""
    now, number = service.clock(), hashlib.sha256(update.encode()).hexdigest()

    def keep(connection: Connection) -> None:
        if first_time(connection, f"zalo_bot|unread|{number}", now):
            record_unread(connection, update, why, now)

    await service.writer.write(keep)


def photo_url(service: Service, photo: Media) -> str:
    """Where anybody who is told may fetch a stored photo for the next minutes; "" without a public address."""
    town = service.town
    if not (town.public_url and photo.ref.isdecimal()):
        return ""
    until = int((service.clock() + PHOTO_LIFE).timestamp())
    return f"{town.public_url}/photo/{photo.ref}/{until}/{signature(f'{photo.ref}:{until}', town.media_key)}"


async def serve_photo(request: web.Request) -> web.Response:
    """A stored photo of a size that Zalo takes, until its address expires."""
    service = request.app[SERVICE]
    ref, until, given = (request.match_info[name] for name in ("ref", "until", "signature"))
    alive = service.clock() < datetime.fromtimestamp(int(until), UTC)
    if not (alive and is_signed(f"{ref}:{until}", given, service.town.media_key)):
        raise web.HTTPNotFound
    found = await service.read(lambda connection: stored(connection, int(ref)))
    if found is None or not found[1].startswith("image/"):
        raise web.HTTPNotFound
    try:
        content = await service.read_media(found[0])
    except KeyError:
        raise web.HTTPNotFound from None
    if len(content) > PHOTO_BYTES:
        try:
            content = await asyncio.to_thread(as_jpeg_within, content, PHOTO_BYTES)
        except CannotShrink:
            raise web.HTTPNotFound from None
        return web.Response(body=content, content_type="image/jpeg")
    return web.Response(body=content, content_type=found[1])
