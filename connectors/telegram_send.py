"""Sending a Part over Telegram: paced, each message once, in the topic if it is still there."""

import asyncio
import mimetypes
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any, NamedTuple

from telegram import (
    InlineKeyboardMarkup,
    InputMediaAudio,
    InputMediaDocument,
    InputMediaPhoto,
    InputMediaVideo,
    LinkPreviewOptions,
    Message,
    ReplyKeyboardMarkup,
    ReplyKeyboardRemove,
)
from telegram.error import BadRequest, TelegramError

from connectors.pace import Pace
from connectors.telegram_plan import (
    BOT_LIMIT,
    Piece,
    asking_keyboard,
    inline_keyboard,
    is_group,
    limits_of,
    plan,
)
from connectors.telegram_wire import Line, is_threadless, is_unmodified, send_error
from dialogs.words import Address, Media, Part, SendError

Keyboard = InlineKeyboardMarkup | ReplyKeyboardMarkup | ReplyKeyboardRemove

PATIENCE = 2.0  # seconds to wait here; for longer the outbox shall wait, where a newer edit replaces an older one
MAX_PHOTO = 10 * 1024 * 1024  # a larger one goes as a file
MOST_HALF_SENT = 1000
ASKING = {"location": "telegram.ask_location", "contact": "telegram.ask_contact"}  # on the key that shares it
PLACEHOLDER = "⌨️"  # stands for a moment while the reply keyboard is taken away
NO_PREVIEW = LinkPreviewOptions(is_disabled=True)
IN_ALBUM = {"image": InputMediaPhoto, "video": InputMediaVideo, "audio": InputMediaAudio, "file": InputMediaDocument}


class File(NamedTuple):
    """Bytes on their way up."""

    kind: str
    name: str
    content: bytes


class Chat:
    """Where a part goes. `thread` is given up when the topic turns out to be gone."""

    def __init__(self, address: Address) -> None:
        try:
            self.key, self.id = address.chat, int(address.chat)
            self.thread = int(address.thread) if address.thread else None
        except ValueError:
            raise SendError("recipient_gone", "not a chat of Telegram's") from None

    @property
    def where(self) -> dict[str, Any]:
        """As the Bot API wants it."""
        return {"chat_id": self.id, "message_thread_id": self.thread}


class Post:
    """Sends parts. The parts of one chat are given to it one after another, chats side by side."""

    def __init__(
        self,
        line: Line,
        read_media: Callable[[str], Awaitable[tuple[bytes, str]]],
        words: Callable[[str], str],
        monotonic: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        self._line, self._read_media, self._words, self._sleep = line, read_media, words, sleep
        self._pace = Pace(monotonic, BOT_LIMIT, limits_of)
        self._gate = asyncio.Lock()  # before the bot's own limit: first come, first served
        self._asking: set[str] = set()  # chats in which our reply keyboard is open
        self._half_sent: dict[tuple[str, int], int] = {}  # how many pieces of a part have arrived

    def wait_for(self, address: Address, part: Part) -> float:
        """Seconds until this chat may get this part; 0.0 means now."""
        return self._pace.chat_wait(address.chat, plan(part)[0].cost)

    async def send(self, address: Address, part: Part, message_id: int) -> str:
        """Send what has not arrived yet of this part; the id of its last message, or of the one edited.

        Raises SendError only; `throttled` also when our own pace would wait for long.
        """
        chat, pieces, key = Chat(address), plan(part), (address.key, message_id)
        sent = ""
        arrived = self._half_sent.pop(key, 0)
        for piece in pieces[arrived:]:
            try:
                sent = await self._send(chat, piece, part, is_last=piece is pieces[-1]) or sent
            except TelegramError as error:
                self._remember(key, arrived)
                raise self._failure(chat, error) from None
            except SendError:
                self._remember(key, arrived)
                raise
            arrived += 1
        if not (part.edit_of or sent):
            raise SendError("bad_request", "nothing of it can be sent")
        return part.edit_of or sent

    def _remember(self, key: tuple[str, int], arrived: int) -> None:
        """A later try goes on where this one stopped, so that no photo comes twice."""
        if arrived:
            self._half_sent[key] = arrived
        while len(self._half_sent) > MOST_HALF_SENT:
            del self._half_sent[next(iter(self._half_sent))]

    def _failure(self, chat: Chat, error: TelegramError) -> SendError:
        failure = send_error(error)
        if failure.kind == "throttled":
            self._pace.hold(chat.key, failure.retry_after or 1.0)
        return failure

    # ------------------------------------------------------------ one message

    async def _send(self, chat: Chat, piece: Piece, part: Part, *, is_last: bool) -> str:
        """Send one piece; its id, or "" when its media are no more and it says nothing."""
        files = [file for media in piece.media if (file := await self._file(media))]
        if piece.edits:
            await self._edit(chat, piece, files, part)
            return part.edit_of
        if not (files or piece.text):
            return ""
        keyboard = await self._keyboard(chat, part, is_album=len(files) > 1) if is_last and not part.edit_of else None
        async with self._paced(chat, piece.cost):
            sent = await self._in_thread(chat, lambda: self._send_new(chat, piece.text, files, keyboard))
        if isinstance(keyboard, ReplyKeyboardMarkup):
            self._asking.add(chat.key)
        elif isinstance(keyboard, ReplyKeyboardRemove):
            self._asking.discard(chat.key)
        return str(sent.message_id)

    async def _send_new(self, chat: Chat, text: str, files: list[File], keyboard: Keyboard | None) -> Message:
        if not files:
            return await self._line.send_message(
                text=text, reply_markup=keyboard, link_preview_options=NO_PREVIEW, **chat.where
            )
        if len(files) > 1:
            album = [IN_ALBUM[file.kind](file.content, filename=file.name) for file in files]
            return (await self._line.send_media_group(media=album, caption=text or None, **chat.where))[-1]
        ways: dict[str, Callable[..., Awaitable[Message]]] = {
            "image": self._line.send_photo,
            "video": self._line.send_video,
            "audio": self._line.send_audio,
            "file": self._line.send_document,
        }
        [file] = files
        field = {"image": "photo", "file": "document"}.get(file.kind, file.kind)
        return await ways[file.kind](
            **{field: file.content}, filename=file.name, caption=text or None, reply_markup=keyboard, **chat.where
        )

    async def _edit(self, chat: Chat, piece: Piece, files: list[File], part: Part) -> None:
        if not part.edit_of.isdecimal():
            raise SendError("bad_request", "gone")
        which = {"chat_id": chat.id, "message_id": int(part.edit_of), "reply_markup": inline_keyboard(part.choices)}
        async with self._paced(chat, piece.cost):
            try:
                await self._change(piece.text, files, which)
            except BadRequest as error:
                if not is_unmodified(error):
                    raise

    async def _change(self, text: str, files: list[File], which: dict[str, Any]) -> None:
        if files:
            [file] = files
            media = IN_ALBUM[file.kind](file.content, filename=file.name, caption=text or None)
            await self._line.edit_message_media(media, **which)
        elif not text:
            await self._line.edit_message_reply_markup(**which)
        else:
            try:
                await self._line.edit_message_text(text, link_preview_options=NO_PREVIEW, **which)
            except BadRequest as error:
                if "no text in the message" not in error.message.lower():
                    raise
                await self._line.edit_message_caption(caption=text, **which)

    async def _file(self, media: Media) -> File | None:
        """The bytes of our stored media; None if it is not there (yet, or any more)."""
        try:
            content, mime = await self._read_media(media.ref)
        except LookupError:
            return None
        except Exception as error:
            raise SendError("retry", f"media: {type(error).__name__}") from None
        kind = "file" if media.kind == "image" and len(content) > MAX_PHOTO else media.kind
        return File(kind, media.name or f"{media.ref}{mimetypes.guess_extension(mime) or ''}", content)

    # ------------------------------------------------------------ keyboards

    async def _keyboard(self, chat: Chat, part: Part, *, is_album: bool) -> Keyboard | None:
        if part.ask and not is_group(chat.key):
            return asking_keyboard(part, self._words(ASKING[part.ask]))
        if chat.key in self._asking:
            if not (part.choices or is_album):
                return ReplyKeyboardRemove()
            await self._take_away(chat)
        return inline_keyboard(part.choices)

    async def _take_away(self, chat: Chat) -> None:
        """Only a message without other buttons can close the reply keyboard, and it cannot be edited afterwards."""
        with suppress(TelegramError):
            async with self._paced(chat, 1):
                placeholder = await self._line.send_message(
                    text=PLACEHOLDER, reply_markup=ReplyKeyboardRemove(), disable_notification=True, **chat.where
                )
            self._asking.discard(chat.key)
            await self._line.delete_message(chat.id, placeholder.message_id)

    # ------------------------------------------------------------ pace and topics

    async def _in_thread(self, chat: Chat, send: Callable[[], Awaitable[Message]]) -> Message:
        try:
            return await send()
        except BadRequest as error:
            if chat.thread is None or not is_threadless(error):
                raise
            chat.thread = None
            return await send()

    @asynccontextmanager
    async def _paced(self, chat: Chat, cost: int) -> AsyncIterator[None]:
        await self._begin(chat.key, cost)
        try:
            yield
        finally:
            self._pace.end(chat.key, cost)

    async def _begin(self, chat: str, cost: int) -> None:
        """Wait for our turn and take it. Raises SendError when that is far off."""
        while True:
            wait = self._pace.chat_wait(chat, cost)
            if wait > PATIENCE:
                raise SendError("throttled", "our own pace", wait)
            if wait:
                await self._sleep(wait)
                continue
            async with self._gate:
                while wait := self._pace.bot_wait(cost):
                    await self._sleep(wait)
                if not self._pace.chat_wait(chat, cost):
                    self._pace.begin(chat, cost)
                    return
