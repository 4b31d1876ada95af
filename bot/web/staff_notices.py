"""What the clock told the officer's rooms: reminders, overdue reports, the morning digest. Newest first."""

from functools import partial

from aiohttp import web

from bot.service import SERVICE
from bot.web.rendering import page, split_at_codes
from bot.web.security import officer_only
from bot.web.staff_form import read_form
from dialogs.cards import moment
from store.notices import mark_seen, notices_of
from store.report_cards import codes_shown
from store.staff import Session


def routes() -> list[web.RouteDef]:
    """The page and its button."""
    return [
        web.get("/staff/notices", officer_only(show_notices)),
        web.post("/staff/notices", officer_only(read_all)),
    ]


async def show_notices(request: web.Request, session: Session) -> web.Response:
    """The last notices, those that nobody has read marked."""
    service = request.app[SERVICE]
    notices = await service.read(partial(notices_of, rooms=session.officer.rooms))
    codes = {code for notice in notices for code in split_at_codes(notice.text)[1::2]}
    ours = await service.read(partial(codes_shown, rooms=session.officer.rooms, codes=codes))
    rooms = service.town.locality.rooms
    names = {room: rooms[room].name if room in rooms else room for room in session.officer.rooms}
    return await page(
        request, "staff_notices.html", session=session, notices=notices, rooms=names, moment=moment, ours=ours,
        newest=max((notice.id for notice in notices), default=0),
    )  # fmt: skip


async def read_all(request: web.Request, session: Session) -> web.Response:
    """Everything that was on the page has been read; what came since has not."""
    service = request.app[SERVICE]
    form = await read_form(request, session, service.keep_upload)
    up_to = form.said("newest")
    if up_to.isdecimal() and len(up_to) <= 18:
        seen = partial(mark_seen, rooms=session.officer.rooms, up_to=int(up_to), now=service.clock())
        await service.writer.write(seen)
    raise web.HTTPSeeOther("/staff/notices")
