"""The web chat: JSON frames over one WebSocket; what a person is sent is read from the store."""

import asyncio
import logging
import secrets
from collections import defaultdict
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from aiohttp import WSCloseCode, WSMsgType, web

from connectors.webchat_frames import (
    Frame,
    FrameReader,
    Sent,
    chat_of,
    frame_of,
    frame_text,
    id_of,
    last_of,
    read_frame,
    refusal_frame,
    session_of,
)
from connectors.webchat_limits import Buckets, Limits, Refused, check_origin, spend
from connectors.webchat_uploads import UploadDoor, Uploads
from dialogs.words import Address, Capabilities, Media, Part, Receive

KINDS = frozenset({"image", "video", "audio", "file"})

log = logging.getLogger(__name__)


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
    `keep_upload` stores the bytes as they come and raises UploadRefused. `origins` may open a chat besides our own
    pages.
    Several workers share the visitors: `tell_others` tells them that a chat has new messages, `wake` is what they do
    then, and `key` makes the token of an upload good for a page that another worker serves.
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
        keep_upload: Callable[[AsyncIterable[bytes]], Awaitable[Media]],
        clock: Callable[[], datetime],
        words: Callable[[str], str],
        limits: Limits | None = None,
        origins: Iterable[str] = (),
        tell_others: Callable[[str], None] = lambda key: None,
        key: bytes = b"",
    ) -> None:
        self._receive, self._sent_after, self._words = receive, sent_after, words
        self._tell_others = tell_others
        self._limits = limits = limits or Limits()
        self._origins = frozenset(origins)
        self._messages = (Buckets(limits.session_messages, clock), Buckets(limits.address_messages, clock))
        uploads = Uploads(key or secrets.token_bytes(32), limits.upload_ttl, clock)
        self._upload_door = UploadDoor(uploads, keep_upload, limits, clock, words, self._origins)
        self._frames = FrameReader(limits, clock, uploads.of)
        self._pages: dict[str, set[Socket]] = defaultdict(set)  # by address key
        self._open: dict[str, set[web.WebSocketResponse]] = defaultdict(set)  # by client address, greeted or not
        self._stopped = False

    def routes(self) -> list[web.AbstractRouteDef]:
        """The two doors: the socket, and the uploads."""
        return [web.get("/chat/ws", self._serve_page), web.post("/chat/media", self._upload_door.serve)]

    async def send(self, address: Address, part: Part, message_id: int) -> str:
        """Wake the open pages of that chat; they read the message from the store. With none open it waits there."""
        self.wake(address.key)
        self._tell_others(address.key)
        return str(message_id)

    def wake(self, key: str) -> None:
        """That chat has new messages; its pages that are open here read them from the store."""
        for socket in self._pages.get(key, ()):
            socket.wake.set()

    def open_chats(self) -> list[str]:
        """The chats of which a page is open here."""
        return list(self._pages)

    def wake_behind(self, numbers: Mapping[str, int]) -> None:
        """Wake the pages that have not been given the last number of their chat."""
        for key, number in numbers.items():
            for socket in self._pages.get(key, ()):
                if socket.last < number:
                    socket.wake.set()

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
        check_origin(request, self._origins)
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
        session, last = session_of(hello), last_of(hello)
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
            spend(self._messages, (socket.address.chat, socket.remote), "too_fast")
            if frame.get("type") == "ping":
                await _say(socket.ws, {"type": "pong"})
                return True
            await self._receive(self._frames.read(socket.address, frame_id, frame))
        except Refused as refusal:
            await self._say_refused(socket.ws, refusal, frame_id)
            return False
        except Exception as error:
            _complain("a message could not be taken", error)
            await self._say_refused(socket.ws, Refused("broken"), frame_id)
            return True
        await _say(socket.ws, {"type": "ack", "id": frame_id})
        return True

    async def _say_refused(self, ws: web.WebSocketResponse, refusal: Refused, frame_id: str = "") -> None:
        await _say(ws, refusal_frame(refusal, self._words) | ({"id": frame_id} if frame_id else {}))

    async def _turn_away(self, ws: web.WebSocketResponse, refusal: Refused, code: WSCloseCode) -> None:
        await self._say_refused(ws, refusal)
        await ws.close(code=code)


async def _say(ws: web.WebSocketResponse, frame: Frame) -> None:
    with suppress(ConnectionError):  # gone; it reads what it missed when it comes back
        await ws.send_str(frame_text(frame))


def _drop(groups: dict[str, set[Any]], key: str, member: object) -> None:
    groups[key].discard(member)
    if not groups[key]:
        del groups[key]


def _complain(what: str, error: Exception) -> None:
    log.error("webchat: %s (%s)", what, type(error).__name__)  # the error's own words may hold a person's text
