"""Linking a chat group, or an officer's own chat account, to the room: one-time codes for `/ketnoi`."""

from dataclasses import dataclass
from functools import partial

from aiohttp import web

from bot.room_turn import CONNECT
from bot.service import SERVICE, Service
from bot.web.rendering import page
from bot.web.security import officer_only
from bot.web.staff_form import read_form
from store.staff import Session
from store.staff_chat import new_code

CHANNEL = "telegram"  # the one channel with groups


@dataclass(frozen=True, slots=True)
class Made:
    """A fresh code: the line to type, the room that the group becomes (none: only the person is linked)."""

    line: str
    room: str


def routes() -> list[web.RouteDef]:
    """The page and its form."""
    return [
        web.get("/staff/connect", officer_only(show_connect)),
        web.post("/staff/connect", officer_only(make_code)),
    ]


def has_groups(service: Service) -> bool:
    """Whether there is a channel in which a code can be typed."""
    return CHANNEL in service.town.capabilities


async def show_connect(request: web.Request, session: Session) -> web.Response:
    """What can be linked, a button each."""
    return await _page(request, session, None)


async def make_code(request: web.Request, session: Session) -> web.Response:
    """Make a code for the officer, or for one of their rooms, and show it this once: only its hash is kept."""
    service = request.app[SERVICE]
    form = await read_form(request, session, service.keep_upload)
    room = form.said("room")
    if room and room not in session.officer.rooms:
        raise web.HTTPForbidden
    make = partial(new_code, officer_id=session.officer.id, room_id=room, now=service.clock())
    code = await service.writer.write(make)
    # with other bots in a group, Telegram gives a bot only commands that name it (https://core.telegram.org/bots/features#privacy-mode)
    named = f"@{bot}" if room and (bot := service.username(CHANNEL)) else ""
    return await _page(request, session, Made(f"{CONNECT}{named} {code}", _rooms(service, session).get(room, "")))


async def _page(request: web.Request, session: Session, made: Made | None) -> web.Response:
    service = request.app[SERVICE]
    rooms, bot = _rooms(service, session), service.username(CHANNEL)
    return await page(request, "staff_connect.html", session=session, rooms=rooms, made=made, bot=bot)


def _rooms(service: Service, session: Session) -> dict[str, str]:
    """The officer's rooms by id, with their names; one that has left the pack keeps its id for a name."""
    known = service.town.locality.rooms
    return {room: known[room].name if room in known else room for room in session.officer.rooms}
