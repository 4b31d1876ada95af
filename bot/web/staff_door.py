"""The officers' door: a one-time link opened by a press, never by looking at it, and the way out."""

import re
from functools import partial

from aiohttp import web

from bot.service import SERVICE
from bot.web.rendering import page
from bot.web.security import COOKIE, ROOM, check_form_key, close_session, open_session, session_behind
from store.staff import end_session, use_login_link

TOKEN = re.compile(r"[A-Za-z0-9_-]{20,100}")


def routes() -> list[web.RouteDef]:
    """The entrance, with and without a link in hand, and the exit."""
    return [
        web.get("/staff/enter", show_entrance),
        web.get("/staff/enter/{token}", show_door),
        web.post("/staff/enter", enter),
        web.post("/staff/leave", leave),
    ]


async def show_entrance(request: web.Request) -> web.Response:
    """How to get in, for somebody without a link; `?ended` says that there was a session until now."""
    if await session_behind(request):
        raise web.HTTPSeeOther(ROOM)
    return await page(request, "staff_enter.html", token="", spent=False, ended="ended" in request.query)


async def show_door(request: web.Request) -> web.Response:
    """One button. Looking spends nothing: chat programs open links by themselves to preview them."""
    return await page(request, "staff_enter.html", token=request.match_info["token"], spent=False, ended=False)


async def enter(request: web.Request) -> web.StreamResponse:
    """Spend the link and begin a session; a link that is spent, expired or unknown gets a page that says what to do."""
    service, posted = request.app[SERVICE], await request.post()
    token = str(posted.get("token", ""))
    if not TOKEN.fullmatch(token):
        return await page(request, "staff_enter.html", status=410, token="", spent=True, ended=False)
    now = service.clock()
    session = await service.writer.write(partial(use_login_link, token=token, now=now))
    if session is None:
        if await session_behind(request):  # the button was pressed twice
            raise web.HTTPSeeOther(ROOM)
        return await page(request, "staff_enter.html", status=410, token="", spent=True, ended=False)
    answer = web.HTTPSeeOther(ROOM)
    open_session(request, answer, session)
    raise answer


async def leave(request: web.Request) -> web.StreamResponse:
    """End the session, in the store and in the browser."""
    session, service = await session_behind(request), request.app[SERVICE]
    if session:
        check_form_key(session, str((await request.post()).get("csrf", "")))
        await service.writer.write(partial(end_session, token=request.cookies[COOKIE]))
    answer = web.HTTPSeeOther(f"{ROOM}/enter")
    close_session(request, answer)
    raise answer
