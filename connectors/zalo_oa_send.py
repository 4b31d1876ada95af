"""Sending a Part over a Zalo Official Account: message by message, each once, pictures made to fit."""

import asyncio
import logging
import mimetypes
from collections.abc import Awaitable, Callable

from connectors.shrink import CannotShrink, as_jpeg_within
from connectors.zalo_oa_plan import (
    Asking,
    ButtonStyle,
    Json,
    Piece,
    file_message,
    image_message,
    numbered_messages,
    plan,
    recipient,
    request_message,
    text_message,
)
from connectors.zalo_oa_wire import MONEY, TEMPLATE, Line, ZaloError
from dialogs.words import Address, Media, Part, SendError

log = logging.getLogger("langnghe.zalo_oa")

ReadMedia = Callable[[str], Awaitable[tuple[bytes, str]]]

PATH = "/v3.0/oa/message/cs"
MAX_IMAGE = 1_000_000  # bytes; Zalo's "1 MB", read narrowly
MAX_FILE = 5_000_000
REFUSED_BUTTONS = (
    "buttons are refused, so choices go out as numbers: set zalo_oa.buttons to another of "
    '"plain", "list", "button", or to "numbers" (now "{style}")'
)
MOST_REMEMBERED = 2000  # parts that went out in part


class Post:
    """Sends parts. The parts of one chat are given to it one after another, chats side by side."""

    def __init__(self, line: Line, read_media: ReadMedia, style: ButtonStyle, asking: Asking | None) -> None:
        self._line, self._read_media = line, read_media
        self._style, self._asking = style, asking
        self._half_sent: dict[tuple[str, int], int] = {}  # how many messages of a part have arrived
        self._said: set[int] = set()  # what has been complained of since the last success

    async def send(self, address: Address, part: Part, message_id: int) -> str:
        """Send what has not arrived yet of this part; the id of its last message. Raises SendError only."""
        key, pieces, sent = (address.key, message_id), plan(part, self._asking), ""
        arrived = before = self._half_sent.pop(key, 0)
        for piece in pieces[arrived:]:
            try:
                sent = await self._send(address, piece) or sent
            except SendError as error:
                self._remember(key, arrived)
                self._complain(error)
                raise
            arrived += 1
        if not (sent or before):
            raise SendError("bad_request", "nothing of it can be sent")
        self._said.clear()
        return sent

    async def _send(self, address: Address, piece: Piece) -> str:
        """Send one piece; its id, or "" when its picture is no more."""
        to = recipient(address)
        if piece.choices:
            return await self._send_choices(to, piece)
        if piece.media:
            message = await self._media_message(piece.media)
            return await self._deliver(to, message) if message else ""
        if piece.asks and self._asking:
            return await self._deliver(to, request_message(self._asking))
        return await self._deliver(to, {"text": piece.text})

    async def _send_choices(self, to: Json, piece: Piece) -> str:
        """With buttons; as a numbered list if Zalo does not take them from this account, and the log says so."""
        try:
            return await self._deliver(to, text_message(piece, self._style))
        except ZaloError as error:
            if error.code not in TEMPLATE:
                raise
            self._complain(error, REFUSED_BUTTONS.format(style=self._style))
        sent = ""
        for message in numbered_messages(piece):
            sent = await self._deliver(to, message)
        return sent

    async def _deliver(self, to: Json, message: Json) -> str:
        answer = await self._line.post(PATH, {"recipient": to, "message": message})
        return str(answer.get("message_id", ""))

    # ------------------------------------------------------------ pictures

    async def _media_message(self, media: Media) -> Json | None:
        """Upload our stored media; a link if it cannot go; None if it is not there (yet, or any more)."""
        try:
            content, mime = await self._read_media(media.ref)
        except LookupError:
            return None
        except Exception as error:
            raise SendError("retry", f"media: {type(error).__name__}") from None
        name = media.name or f"{media.ref}{mimetypes.guess_extension(mime) or ''}"
        if media.kind == "image":
            try:
                content = await asyncio.to_thread(as_jpeg_within, content, MAX_IMAGE)
            except CannotShrink:
                return _link(media)
            uploaded = await self._line.upload("image", f"{media.ref}.jpg", content, "image/jpeg")
            return image_message(str(uploaded.get("attachment_id", "")))
        if len(content) > MAX_FILE:
            return _link(media)
        return file_message(str((await self._line.upload("file", name, content, mime)).get("token", "")))

    # ------------------------------------------------------------ what goes wrong

    def _remember(self, key: tuple[str, int], arrived: int) -> None:
        """A later try goes on from here, so that nothing comes twice."""
        if arrived:
            self._half_sent[key] = arrived
            if len(self._half_sent) > MOST_REMEMBERED:
                del self._half_sent[next(iter(self._half_sent))]

    def _complain(self, error: SendError, what: str = "") -> None:
        """Say once what only the operator can mend: money, package, rights, templates."""
        code = error.code if isinstance(error, ZaloError) else 0
        if code not in self._said and (what or error.kind == "config" or code in MONEY):
            self._said.add(code)
            log.error("zalo_oa: %s", what or str(error))


def _link(media: Media) -> Json | None:
    return {"text": media.url} if media.url else None
