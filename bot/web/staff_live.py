"""Keeping a page of the officers' room live: one request waits until something that it shows has changed."""

import asyncio
import json
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from functools import partial
from typing import Any

from aiohttp import web
from sqlalchemy import Connection

from bot.service import SERVICE
from bot.town import Town
from bot.web.rendering import TEMPLATES
from bot.web.staff_list import Wanted, view_room, wanted_from
from bot.web.staff_view import card_of
from store.rooms import pulse, touches
from store.staff import Session

HOLD = 20.0  # seconds that a request may wait
TICK = 1.0  # seconds between two looks at the store

STOPPING = web.AppKey("staff_stopping", asyncio.Event)


def keep_watch(app: web.Application) -> None:
    """Let waiting requests go as soon as the app begins to stop. Without this they never wait at all."""
    app[STOPPING] = asyncio.Event()
    app.on_shutdown.append(_release)


async def _release(app: web.Application) -> None:
    app[STOPPING].set()


async def tell_changes(request: web.Request, session: Session) -> web.Response:
    """What the page should show now, as soon as that is not `since`; 204 if nothing changed for a while."""
    service, since = request.app[SERVICE], request.query.get("since", "")
    stopping, loop = request.app.get(STOPPING), asyncio.get_running_loop()
    until = loop.time() + HOLD
    felt = await service.read(pulse)
    found = await _look(request, session)
    while found["mark"] == since and stopping and not stopping.is_set() and loop.time() < until:
        with suppress(TimeoutError):
            async with asyncio.timeout(TICK):
                await stopping.wait()
        feels, before = await service.read(pulse), felt
        if feels != before and await service.read(partial(touches, since=before, rooms=session.officer.rooms)):
            found = await _look(request, session)
        felt = feels
    if found["mark"] == since:
        return web.Response(status=204)
    return web.json_response(found, dumps=partial(json.dumps, ensure_ascii=False))


async def _look(request: web.Request, session: Session) -> dict[str, Any]:
    service, code = request.app[SERVICE], request.query.get("card", "")
    now = service.clock()
    if code:
        read = partial(card_of, town=service.town, code=code, officer=session.officer, now=now, whole=True)
        card = await service.read(read)
        return {"mark": card.stamp if card else "gone", "cards": [[card.code, card.stamp]] if card else []}
    wanted = wanted_from(request.query, session.officer)
    head: Callable[..., str] = request.app[TEMPLATES].get_template("staff_head.html").render
    return await service.read(partial(_list, service.town, session, wanted, now, head))


def _list(
    town: Town, session: Session, wanted: Wanted, now: datetime, head: Callable[..., str], connection: Connection
) -> dict[str, Any]:
    view = view_room(connection, town, session.officer, wanted, now)
    cards = [[card.code, card.stamp] for card in view.cards]
    return {"mark": view.mark, "title": view.title, "head": head(view=view, wanted=wanted), "cards": cards}
