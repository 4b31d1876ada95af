"""The web chat: JSON frames over one WebSocket, uploads by POST; what a person is sent is read from the store."""

import asyncio
import hashlib
import json
import logging
import re
import secrets
import unicodedata
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Literal
from urllib.parse import urlsplit

from aiohttp import BodyPartReader, ClientPayloadError, MultipartReader, WSCloseCode, WSMsgType, web
from aiohttp.http_exceptions import HttpProcessingError

from dialogs.words import Address, Capabilities, Incoming, Media, Part, Receive, Sender

# why a frame or an upload is refused -> the HTTP status when it is an upload; the words for it are `webchat.CODE`
REFUSALS = {
    "bad_frame": 400,  # not in the protocol; sending it again is useless
    "upload_gone": 410,  # an upload token of another session, or of before a restart; upload again
    "too_large": 413,
    "bad_type": 415,
    "too_fast": 429,
    "too_many": 429,  # open pages of one client address
    "too_many_uploads": 429,
    "broken": 503,  # ours to mend; nothing was kept, send it again
}
REASONS = {"type": "bad_type", "size": "too_large"}

SESSION = re.compile(r"[A-Za-z0-9_-]{43}")  # as secrets.token_urlsafe(32) makes it
FRAME_ID = re.compile(r"[A-Za-z0-9._:-]{1,64}")
START = re.compile(r"/start(?:\s+(?P<payload>.*))?", re.DOTALL)
LAST_POSSIBLE = 2**53
# a form that is no form, was broken off, or came too slowly (TimeoutError is an OSError)
BROKEN_FORM = (ValueError, OSError, ClientPayloadError, HttpProcessingError, web.RequestPayloadError)
KINDS = frozenset({"image", "video", "audio", "file"})

log = logging.getLogger(__name__)

Frame = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Sent:
    """A message as it stands in the store: its number in that chat, what it says, and when it was said."""

    seq: int
    part: Part
    at: datetime | None = None


class UploadRefused(Exception):
    """What was uploaded is not kept: of a type nobody takes, or too large."""

    def __init__(self, reason: Literal["type", "size"]) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Rate:
    """`burst` at once, then one more every `seconds`."""

    burst: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Limits:
    """What one visitor may use. A whole village can share one client address (CGNAT), so those are wide."""

    session_messages: Rate = Rate(20, 1.0)
    address_messages: Rate = Rate(400, 0.05)
    session_uploads: Rate = Rate(60, 60.0)  # 60 an hour
    address_uploads: Rate = Rate(600, 6.0)
    sockets_per_address: int = 200
    upload_bytes: int = 20 * 1024 * 1024
    uploads_per_message: int = 10
    uploads_at_once: int = 16  # each is held in memory while it arrives
    upload_seconds: float = 300.0
    upload_ttl: timedelta = timedelta(hours=2)
    frame_bytes: int = 64 * 1024
    text_chars: int = 20_000
    refused_frames: int = 100  # then the socket is closed
    hello_seconds: float = 10.0
    poll_seconds: float = 15.0
    heartbeat_seconds: float = 30.0


class Refused(Exception):
    """A frame or an upload that is not taken, by its code."""

    def __init__(self, code: str, retry_after: float = 0.0) -> None:
        super().__init__(code)
        self.code = code
        self.retry_after = retry_after


@dataclass(eq=False, slots=True)
class Socket:
    """One open page: `last` is the number of the last message it was given."""

    ws: web.WebSocketResponse
    remote: str
    address: Address
    last: int
    wake: asyncio.Event = field(default_factory=asyncio.Event)


class WebChat:
    """The web chat connector.

    `receive` returns after the commit, `sent_after(address key, seq)` tells what the person was sent since, in order;
    `keep_upload` stores the bytes and raises UploadRefused. `origins` may open a chat besides our own pages.
    """

    name = "webchat"
    account = "main"
    capabilities = Capabilities(
        max_text=8000,
        max_caption=8000,
        buttons=30,
        label_len=80,
        ask_location=True,
        edit=True,
        media_in=KINDS,
        media_out=KINDS,
        max_media_bytes=20 * 1024 * 1024,
        repeats_safely=True,
    )

    def __init__(
        self,
        *,
        receive: Receive,
        sent_after: Callable[[str, int], Awaitable[Sequence[Sent]]],
        keep_upload: Callable[[bytes], Awaitable[Media]],
        clock: Callable[[], datetime],
        words: Callable[[str], str],
        limits: Limits | None = None,
        origins: Iterable[str] = (),
    ) -> None:
        self._receive, self._sent_after, self._keep_upload = receive, sent_after, keep_upload
        self._clock, self._words = clock, words
        self._limits = limits = limits or Limits()
        self._origins = frozenset(origins)
        self._messages = (Buckets(limits.session_messages, clock), Buckets(limits.address_messages, clock))
        self._upload_rates = (Buckets(limits.session_uploads, clock), Buckets(limits.address_uploads, clock))
        self._upload_slots = asyncio.Semaphore(limits.uploads_at_once)
        self._uploads = Uploads(limits.upload_ttl, clock)
        self._pages: dict[str, set[Socket]] = defaultdict(set)  # by address key
        self._open: dict[str, set[web.WebSocketResponse]] = defaultdict(set)  # by client address, greeted or not
        self._stopped = False

    def routes(self) -> list[web.AbstractRouteDef]:
        """The two doors: the socket, and the uploads."""
        return [web.get("/chat/ws", self._serve_page), web.post("/chat/media", self._serve_upload)]

    async def send(self, address: Address, part: Part, message_id: int) -> str:
        """Wake the open pages of that chat; they read the message from the store. With none open it waits there."""
        for socket in self._pages.get(address.key, ()):
            socket.wake.set()
        return str(message_id)

    async def start(self) -> None:
        """Take visitors."""
        self._stopped = False

    async def stop(self) -> None:
        """Close every page; each comes back by itself when we do."""
        self._stopped = True
        sockets = [ws for group in self._open.values() for ws in group]
        await asyncio.gather(*(ws.close(code=WSCloseCode.GOING_AWAY) for ws in sockets), return_exceptions=True)

    # ------------------------------------------------------------ the socket

    async def _serve_page(self, request: web.Request) -> web.StreamResponse:
        if not self._welcomes_origin(request):
            raise web.HTTPForbidden
        limits = self._limits
        ws = web.WebSocketResponse(
            timeout=1.0, heartbeat=limits.heartbeat_seconds, compress=False, max_msg_size=limits.frame_bytes + 1
        )
        await ws.prepare(request)
        remote = request.remote or ""
        if self._stopped or len(self._open.get(remote, ())) >= limits.sockets_per_address:
            await self._turn_away(ws, Refused("too_many", 30.0), WSCloseCode.TRY_AGAIN_LATER)
            return ws
        self._open[remote].add(ws)
        try:
            socket = await self._greet(ws, remote)
            if socket:
                async with self._pushing_to(socket):
                    await self._listen(socket)
        finally:
            _drop(self._open, remote, ws)
        return ws

    async def _greet(self, ws: web.WebSocketResponse, remote: str) -> Socket | None:
        """Answer a hello with the welcome; None when there was no hello, or the store does not answer."""
        try:
            async with asyncio.timeout(self._limits.hello_seconds):
                hello = read_frame((await ws.receive()).data)
        except TimeoutError:
            hello = {}
        if hello.get("type") != "hello":
            await self._turn_away(ws, Refused("bad_frame"), WSCloseCode.PROTOCOL_ERROR)
            return None
        session, last = _session_of(hello), _whole(hello.get("last"))
        address = Address(self.name, self.account, chat_of(session))
        try:
            start = await self._starting_point(address.key, last)
        except Exception as error:
            _complain("a page could not be greeted", error)
            await self._turn_away(ws, Refused("broken"), WSCloseCode.TRY_AGAIN_LATER)
            return None
        await _say(ws, {"type": "welcome", "session": session} | ({"last": start} if start != last else {}))
        return Socket(ws, remote, address, start)

    async def _starting_point(self, key: str, last: int) -> int:
        """`last`, or 0 when the store does not know that message (it was erased, or the store is a new one)."""
        if last == 0:
            return 0
        since = await self._sent_after(key, last - 1)
        return last if any(sent.seq == last for sent in since[:1]) else 0

    @asynccontextmanager
    async def _pushing_to(self, socket: Socket) -> AsyncIterator[None]:
        self._pages[socket.address.key].add(socket)
        pump = asyncio.create_task(self._push(socket))
        try:
            yield
        finally:
            _drop(self._pages, socket.address.key, socket)
            pump.cancel()
            with suppress(asyncio.CancelledError):
                await pump

    async def _push(self, socket: Socket) -> None:
        """Give the page what it has not seen, each number once and in order, until it goes."""
        while not socket.ws.closed:
            socket.wake.clear()
            for sent in await self._unseen(socket):
                if sent.seq > socket.last:
                    await _say(socket.ws, frame_of(sent))
                    socket.last = sent.seq
            with suppress(TimeoutError):
                async with asyncio.timeout(self._limits.poll_seconds):
                    await socket.wake.wait()

    async def _unseen(self, socket: Socket) -> Sequence[Sent]:
        try:
            return await self._sent_after(socket.address.key, socket.last)
        except Exception as error:  # the next poll tries again
            _complain("what to send could not be read", error)
            return []

    async def _listen(self, socket: Socket) -> None:
        refused = 0
        async for message in socket.ws:
            if message.type is WSMsgType.ERROR:
                return
            refused += not await self._take(socket, message.data)
            if refused > self._limits.refused_frames:
                await socket.ws.close(code=WSCloseCode.POLICY_VIOLATION)
                return

    async def _take(self, socket: Socket, raw: str | bytes) -> bool:
        """Take one frame; True when it was ours to take. Nothing is acknowledged before `receive` returned."""
        frame = read_frame(raw)
        frame_id = id_of(frame)
        try:
            _spend(self._messages, (socket.address.chat, socket.remote), "too_fast")
            if frame.get("type") == "ping":
                await _say(socket.ws, {"type": "pong"})
                return True
            await self._receive(self._read(socket.address, frame_id, frame))
        except Refused as refusal:
            await self._say_refused(socket.ws, refusal, frame_id)
            return False
        except Exception as error:
            _complain("a message could not be taken", error)
            await self._say_refused(socket.ws, Refused("broken"), frame_id)
            return True
        await _say(socket.ws, {"type": "ack", "id": frame_id})
        return True

    # ------------------------------------------------------------ from a frame to an Incoming

    def _read(self, address: Address, frame_id: str, frame: Frame) -> Incoming:
        blank = Incoming(address, Sender(address.chat), "unsupported", frame_id, self._clock())
        if not frame_id:
            raise Refused("bad_frame")
        match frame:
            case {"type": "message", "text": str(text)}:
                return _spoken(blank, self._clean(text))
            case {"type": "choice", "choice": str(pressed)} if 0 < len(pressed) <= 200:
                return replace(blank, kind="choice", choice=self._clean(pressed))
            case {"type": "location", "lat": lat, "lon": lon} if _is_degrees(lat, 90) and _is_degrees(lon, 180):
                return replace(blank, kind="location", lat=float(lat), lon=float(lon))
            case {"type": "media"}:
                return self._read_media(blank, frame)
        raise Refused("bad_frame")

    def _read_media(self, blank: Incoming, frame: Frame) -> Incoming:
        tokens, caption = frame.get("uploads", [frame.get("upload")]), frame.get("text") or ""
        if not (isinstance(tokens, list) and all(isinstance(token, str) for token in tokens)):
            raise Refused("bad_frame")
        if not (isinstance(caption, str) and 0 < len(tokens) <= self._limits.uploads_per_message):
            raise Refused("bad_frame")
        media = tuple(self._uploads.of(blank.address.chat, token) for token in dict.fromkeys(tokens))
        return replace(blank, kind="media", media=media, text=self._clean(caption))

    def _clean(self, text: str) -> str:
        """NFC, no longer than the door is wide, and nothing in it that a database refuses."""
        return unicodedata.normalize("NFC", _printable(text))[: self._limits.text_chars]

    # ------------------------------------------------------------ uploads

    async def _serve_upload(self, request: web.Request) -> web.Response:
        """Answer a form with the fields `session` and `file`, in this order, with the upload's token."""
        if not self._welcomes_origin(request):
            raise web.HTTPForbidden
        try:
            media = await self._upload(request)
        except Refused as refusal:
            return self._refuse_upload(refusal)
        except UploadRefused as refusal:
            return self._refuse_upload(Refused(REASONS[refusal.reason]))
        except Exception as error:
            _complain("an upload could not be kept", error)
            return self._refuse_upload(Refused("broken"))
        return web.json_response({"upload": media.ref, "kind": media.kind, "mime": media.mime, "size": media.size})

    async def _upload(self, request: web.Request) -> Media:
        if request.content_type != "multipart/form-data":
            raise Refused("bad_frame")
        if (request.content_length or 0) > self._limits.upload_bytes + self._limits.frame_bytes:
            raise Refused("too_large")
        if self._upload_slots.locked():
            raise Refused("too_many_uploads", 5.0)
        async with self._upload_slots:
            try:
                async with asyncio.timeout(self._limits.upload_seconds):
                    chat, raw = await self._read_form(request)
            except BROKEN_FORM:
                raise Refused("bad_frame") from None
            media = await self._keep_upload(raw)
        self._uploads.remember(chat, media)
        return media

    async def _read_form(self, request: web.Request) -> tuple[str, bytes]:
        form = await request.multipart()
        session = (await _form_field(form, "session", 200)).decode("ascii", "replace")
        if not SESSION.fullmatch(session):
            raise Refused("bad_frame")
        chat = chat_of(session)
        _spend(self._upload_rates, (chat, request.remote or ""), "too_many_uploads")
        return chat, await _form_field(form, "file", self._limits.upload_bytes)

    # ------------------------------------------------------------ small things

    def _welcomes_origin(self, request: web.Request) -> bool:
        origin = request.headers.get("Origin")
        if origin is None or origin in self._origins:  # only browsers send one
            return True
        try:
            return urlsplit(origin).netloc.lower() == request.host.lower()
        except ValueError:
            return False

    def _refusal(self, refusal: Refused) -> Frame:
        frame: Frame = {"type": "error", "code": refusal.code, "text": self._words(f"webchat.{refusal.code}")}
        return frame | ({"retry_after": round(refusal.retry_after, 1)} if refusal.retry_after else {})

    async def _say_refused(self, ws: web.WebSocketResponse, refusal: Refused, frame_id: str = "") -> None:
        await _say(ws, self._refusal(refusal) | ({"id": frame_id} if frame_id else {}))

    async def _turn_away(self, ws: web.WebSocketResponse, refusal: Refused, code: WSCloseCode) -> None:
        await self._say_refused(ws, refusal)
        await ws.close(code=code)

    def _refuse_upload(self, refusal: Refused) -> web.Response:
        return web.json_response(self._refusal(refusal), status=REFUSALS[refusal.code])


class Uploads:
    """Which session uploaded what, for a while; a token is good for its own session only."""

    def __init__(self, ttl: timedelta, clock: Callable[[], datetime]) -> None:
        self._ttl, self._clock = ttl, clock
        self._kept: dict[tuple[str, str], tuple[datetime, Media]] = {}  # oldest first

    def remember(self, chat: str, media: Media) -> None:
        """Bind the upload to the session."""
        self._forget_old()
        self._kept.pop((chat, media.ref), None)
        self._kept[chat, media.ref] = (self._clock() + self._ttl, media)

    def of(self, chat: str, token: str) -> Media:
        """That upload of that session; it stays, because a frame may come twice."""
        self._forget_old()
        kept = self._kept.get((chat, token))
        if kept is None:
            raise Refused("upload_gone")
        return kept[1]

    def _forget_old(self) -> None:
        now = self._clock()
        while self._kept and next(iter(self._kept.values()))[0] <= now:
            del self._kept[next(iter(self._kept))]


class Buckets:
    """A token bucket for every key; those that are full again are forgotten now and then."""

    def __init__(self, rate: Rate, clock: Callable[[], datetime]) -> None:
        self._rate, self._clock = rate, clock
        self._levels: dict[str, tuple[float, datetime]] = {}
        self._sweep_at = 1000

    def wait(self, key: str) -> float:
        """Seconds until this key may act; 0.0 means now."""
        return max(0.0, round(1.0 - self._level(key), 6)) * self._rate.seconds

    def take(self, key: str) -> None:
        """Count one act of this key."""
        self._levels[key] = (self._level(key) - 1.0, self._clock())
        if len(self._levels) > self._sweep_at:
            self._levels = {key: level for key, level in self._levels.items() if self._level(key) < self._rate.burst}
            self._sweep_at = max(1000, 2 * len(self._levels))

    def _level(self, key: str) -> float:
        now = self._clock()
        level, since = self._levels.get(key, (float(self._rate.burst), now))
        return min(float(self._rate.burst), level + max(0.0, (now - since).total_seconds()) / self._rate.seconds)


def chat_of(session: str) -> str:
    """The chat id of a session: the secret itself is kept by the page alone."""
    return hashlib.sha256(session.encode()).hexdigest()[:32]


def read_frame(raw: object) -> Frame:
    """The JSON object in a text frame; empty for anything else."""
    if not isinstance(raw, str):
        return {}
    try:
        frame = json.loads(raw)
    except (ValueError, RecursionError):
        return {}
    return frame if isinstance(frame, dict) else {}


def id_of(frame: Frame) -> str:
    """The client's own id of the frame; empty when it has none that can be used."""
    frame_id = frame.get("id")
    return frame_id if isinstance(frame_id, str) and FRAME_ID.fullmatch(frame_id) else ""


def frame_of(sent: Sent) -> Frame:
    """A message as the page gets it."""
    part = sent.part
    frame: Frame = {
        "type": "message",
        "seq": sent.seq,
        "text": part.text,
        "choices": [
            {"id": choice.id, "label": choice.label} | ({"url": choice.url} if choice.url else {})
            for choice in part.choices
        ],
        "media": [
            {"kind": media.kind, "url": media.url, "mime": media.mime, "size": media.size, "name": media.name}
            for media in part.media
        ],
        "edit_of": int(part.edit_of) if part.edit_of.isdecimal() else None,
    }
    return frame | ({"ask": part.ask} if part.ask else {}) | ({"at": sent.at.isoformat()} if sent.at else {})


def _session_of(hello: Frame) -> str:
    """The session it names, or a fresh one."""
    token = hello.get("session")
    return token if isinstance(token, str) and SESSION.fullmatch(token) else secrets.token_urlsafe(32)


def _spoken(blank: Incoming, text: str) -> Incoming:
    start = START.fullmatch(text.strip())
    if start:
        return replace(blank, kind="start", text=(start["payload"] or "").strip())
    return replace(blank, kind="text", text=text)


def _spend(rates: tuple[Buckets, Buckets], keys: tuple[str, str], code: str) -> None:
    """Count one act for the session and for its client address; both must allow it."""
    pairs = tuple(zip(rates, keys, strict=True))
    wait = max(buckets.wait(key) for buckets, key in pairs)
    if wait:
        raise Refused(code, max(wait, 0.1))
    for buckets, key in pairs:
        buckets.take(key)


async def _form_field(form: MultipartReader, name: str, limit: int) -> bytes:
    part = await form.next()
    if not isinstance(part, BodyPartReader) or part.name != name:
        raise Refused("bad_frame")
    raw = bytearray()
    while chunk := await part.read_chunk(64 * 1024):
        raw += chunk
        if len(raw) > limit:
            raise Refused("too_large")
    return bytes(raw)


async def _say(ws: web.WebSocketResponse, frame: Frame) -> None:
    with suppress(ConnectionError):  # gone; it reads what it missed when it comes back
        await ws.send_str(_printable(json.dumps(frame, ensure_ascii=False)))


def _printable(text: str) -> str:
    """Without lone surrogates and NUL, which JSON allows and neither UTF-8 nor PostgreSQL does."""
    return text.encode("utf-8", "replace").decode("utf-8").replace("\x00", "")


def _is_degrees(value: object, limit: int) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and -limit <= value <= limit


def _whole(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= LAST_POSSIBLE else 0


def _drop(groups: dict[str, set[Any]], key: str, member: object) -> None:
    groups[key].discard(member)
    if not groups[key]:
        del groups[key]


def _complain(what: str, error: Exception) -> None:
    log.error("webchat: %s (%s)", what, type(error).__name__)  # the error's own words may hold a person's text
