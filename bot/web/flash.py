"""One line of answer carried over a redirect, in a short cookie signed with the session's own key."""

import hashlib
import hmac
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import asdict, dataclass, replace

from aiohttp import web

from bot.web.security import ROOM, is_https
from store.staff import Session, same

COOKIE = "ln_said"
SECONDS = 60
LONGEST = 2000  # bytes of text; a browser keeps cookies up to 4096


@dataclass(frozen=True, slots=True)
class Flash:
    """What came of a press. `code` is the card it belongs to; `ok` False: it was not done."""

    text: str
    code: str = ""
    ok: bool = True


def put_flash(request: web.Request, answer: web.StreamResponse, session: Session, flash: Flash) -> None:
    """Send it along with a redirect."""
    short = replace(flash, text=flash.text.encode()[:LONGEST].decode(errors="ignore"))
    body = urlsafe_b64encode(json.dumps(asdict(short), ensure_ascii=False).encode()).decode()
    value = f"{body}.{_seal(session, body)}"
    secure = is_https(request)
    answer.set_cookie(COOKIE, value, max_age=SECONDS, path=ROOM, httponly=True, samesite="Lax", secure=secure)


def read_flash(request: web.Request, session: Session) -> Flash | None:
    """The line that came with this request, if it is ours."""
    body, _, seal = request.cookies.get(COOKIE, "").partition(".")
    if not body or not seal.isascii() or not same(seal, _seal(session, body)):
        return None
    return Flash(**json.loads(urlsafe_b64decode(body)))


def drop_flash(answer: web.StreamResponse) -> None:
    """It has been read."""
    answer.del_cookie(COOKIE, path=ROOM)


def _seal(session: Session, body: str) -> str:
    return hmac.new(session.csrf.encode(), f"said:{body}".encode(), hashlib.sha256).hexdigest()
