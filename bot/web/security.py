"""Who may have a page and what the browser may do with it: headers, sessions, forged requests, the officers' door."""

import logging
from collections.abc import Awaitable, Callable
from functools import partial, wraps
from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from bot.service import SERVICE
from bot.web.rendering import page
from bot.web.trouble import say_trouble
from store.staff import SESSION_LIFE, Session, same, session_of

log = logging.getLogger("langnghe.web")

COOKIE = "ln_staff"
ROOM = "/staff"
POLICY = "default-src 'self'; img-src 'self' data: blob:; object-src 'none'; base-uri 'none'; form-action 'self'"
ALONE = f"{POLICY}; frame-ancestors 'none'"  # but for the widget's page, nobody puts us in a frame
HEADERS = {
    "Content-Security-Policy": ALONE,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
ROOM_HEADERS = {
    **HEADERS,
    "X-Frame-Options": "DENY",
    "Cache-Control": "no-store",
    # With no-referrer browsers send `Origin: null` with a form, and we could not tell our own pages from strangers'
    # (https://fetch.spec.whatwg.org/#append-a-request-origin-header). Other hosts are told nothing either way.
    "Referrer-Policy": "same-origin",
}

OfficerHandler = Callable[[web.Request, Session], Awaitable[web.StreamResponse]]


def middlewares() -> list[Middleware]:
    """For the whole app, outermost first."""
    return [harden, say_trouble, guard_room]


@web.middleware
async def harden(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Put the protecting headers on every answer, also on a refusal."""
    try:
        answer = await handler(request)
    except web.HTTPException as refusal:
        _protect(request, refusal)
        raise
    if not answer.prepared:  # a WebSocket has sent its head already
        _protect(request, answer)
    return answer


def _protect(request: web.Request, answer: web.StreamResponse) -> None:
    for name, value in (ROOM_HEADERS if in_room(request) else HEADERS).items():
        answer.headers.setdefault(name, value)
    if is_https(request):
        answer.headers.setdefault("Strict-Transport-Security", "max-age=31536000")


@web.middleware
async def guard_room(request: web.Request, handler: Handler) -> web.StreamResponse:
    """In the officers' room: refuse forms of strangers' pages, and say every refusal on a page of ours."""
    if not in_room(request):
        return await handler(request)
    try:
        if request.method not in ("GET", "HEAD") and not is_from_our_page(request):
            raise web.HTTPForbidden
        return await handler(request)
    except web.HTTPRedirection:
        raise
    except web.HTTPException as refusal:
        return await _refusal(request, refusal.status)
    except Exception as error:  # the door: its words may hold a person's text, so only its name is logged
        log.error("a page of the officers' room failed: %s", type(error).__name__)
        return await _refusal(request, 500)


async def _refusal(request: web.Request, status: int) -> web.Response:
    if wants_fragment(request):
        return web.Response(status=status)
    known = {403: "forbidden", 404: "not_found", 413: "too_large", 500: "broken"}
    return await page(request, "staff_refusal.html", status=status, why=known.get(status, "bad_request"))


def in_room(request: web.Request) -> bool:
    """Whether the address belongs to the officers' room."""
    return request.path == ROOM or request.path.startswith(f"{ROOM}/")


def wants_fragment(request: web.Request) -> bool:
    """Whether our script asks, which wants a card and not a page."""
    return "fragment" in request.query


def is_https(request: web.Request) -> bool:
    """Whether the person's browser speaks https, also when a proxy before us ends it."""
    ours = urlsplit(request.app[SERVICE].town.public_url)
    return request.secure or (ours.scheme == "https" and ours.netloc.lower() == request.host.lower())


def is_from_our_page(request: web.Request) -> bool:
    """Whether the browser says that a page of ours sent this; one that says nothing has the form's key to show."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site in ("same-origin", "none")
    origin = request.headers.get("Origin")
    if origin is None:
        return True
    try:
        host = urlsplit(origin).netloc.lower()
    except ValueError:
        return False
    ours = urlsplit(request.app[SERVICE].town.public_url).netloc.lower()
    return bool(host) and host in (request.host.lower(), ours)


# ---------------------------------------------------------------- the session


def officer_only(handler: OfficerHandler) -> Handler:
    """Let only a logged-in officer in; others go to the entrance."""

    @wraps(handler)
    async def guarded(request: web.Request) -> web.StreamResponse:
        session = await session_behind(request)
        if session is None:
            ended = "?ended=1" if COOKIE in request.cookies else ""
            raise web.HTTPUnauthorized if wants_fragment(request) else web.HTTPSeeOther(f"{ROOM}/enter{ended}")
        return await handler(request, session)

    return guarded


async def session_behind(request: web.Request) -> Session | None:
    """The session of the request's cookie, if it is alive."""
    service, token = request.app[SERVICE], request.cookies.get(COOKIE, "")
    if not token or not token.isascii():
        return None
    return await service.read(partial(session_of, token=token, now=service.clock()))


def check_form_key(session: Session, given: str) -> None:
    """Refuse a form that does not carry this session's key."""
    if not given or not same(given, session.csrf):
        raise web.HTTPForbidden


def open_session(request: web.Request, answer: web.StreamResponse, token: str) -> None:
    """Give the browser its session; the script of a page cannot read it, another site cannot post with it."""
    life = int(SESSION_LIFE.total_seconds())  # without it a closed browser would cost a new link from the operator
    answer.set_cookie(COOKIE, token, max_age=life, path=ROOM, httponly=True, samesite="Lax", secure=is_https(request))


def close_session(request: web.Request, answer: web.StreamResponse) -> None:
    """Take it back."""
    answer.del_cookie(COOKIE, path=ROOM, httponly=True, samesite="Lax", secure=is_https(request))
