"""Sending a Part over Telegram: piece by piece, each once, in the topic if it is still there."""

import mimetypes
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, suppress
from typing import TypeVar

from telegram.error import BadRequest, TelegramError

from connectors.telegram_paced import Chat, File, PacedLine, chat_at
from connectors.telegram_plan import NO_KEYBOARD, Keyboard, Piece, asking_keyboard, inline_keyboard, is_group, plan
from connectors.telegram_wire import is_captioned, is_removed, is_threadless, is_unmodified, send_error
from dialogs.words import Address, Media, Part, SendError

K = TypeVar("K")
V = TypeVar("V")
ReadMedia = Callable[[str], Awaitable[tuple[bytes, str]]]

MAX_PHOTO = 10 * 1024 * 1024  # a larger one goes as a file
ASKING = {"location": "telegram.ask_location", "contact": "telegram.ask_contact"}  # on the key that shares it
MOST_REMEMBERED = 2000  # of each of the little things that make the next call a better one


class Post:
    """Sends parts. The parts of one chat are given to it one after another, chats side by side."""

    def __init__(self, line: PacedLine, read_media: ReadMedia, words: Callable[[str], str]) -> None:
        self._line, self._read_media, self._words = line, read_media, words
        self._asking: dict[int, None] = {}  # chats in which our reply keyboard is open
        self._captioned: dict[tuple[int, str], None] = {}  # messages whose words are a caption
        self._half_sent: dict[tuple[str, int], int] = {}  # how many pieces of a part have arrived

    def turn(self, address: Address, part: Part, lane: int) -> AbstractAsyncContextManager[None]:
        """A turn to send this part. Raises SendError (`throttled`) when that would be a long wait."""
        return self._line.turn(chat_at(address), plan(part)[0].cost, lane)

    async def send(self, address: Address, part: Part, message_id: int) -> str:
        """Send what has not arrived yet of this part; the id of its last message, or of the one edited.

        Raises SendError only; `throttled` also when our own pace would wait for long.
        """
        chat, pieces, key = chat_at(address), plan(part), (address.key, message_id)
        sent = ""
        arrived = self._half_sent.pop(key, 0)
        for piece in pieces[arrived:]:
            try:
                sent = await self._send(chat, piece, part, is_last=piece is pieces[-1]) or sent
            except (TelegramError, SendError) as error:
                if arrived:  # a later try goes on from here, so that no photo comes twice
                    _remember(self._half_sent, key, arrived)
                raise self._failure(address, error) from None
            arrived += 1
        if not sent:
            raise SendError("bad_request", "nothing of it can be sent")
        return part.edit_of or sent

    def _failure(self, address: Address, error: TelegramError | SendError) -> SendError:
        if isinstance(error, SendError):
            return error
        failure = send_error(error)
        if failure.kind == "throttled":
            self._line.pace.hold(address.chat, failure.retry_after or 1.0)
        return failure

    async def _send(self, chat: Chat, piece: Piece, part: Part, *, is_last: bool) -> str:
        """Send one piece; its id, or "" when its media are no more and it says nothing."""
        files = [file for media in piece.media if (file := await self._file(media))]
        if piece.edits:
            if not (part.removes and await self._is_removed(chat, part)):
                await self._edit(chat, piece.text, files, part)
            return part.edit_of
        if not (files or piece.text):
            return ""
        keyboard = await self._keyboard(chat, part, is_album=len(files) > 1) if is_last and not part.edit_of else None
        message = str(await self._send_new(chat, piece.text, files, keyboard))
        if keyboard and "keyboard" in keyboard:
            _remember(self._asking, chat.id, None)
        elif keyboard == NO_KEYBOARD:
            self._asking.pop(chat.id, None)
        if files:
            _remember(self._captioned, (chat.id, message), None)
        return message

    async def _send_new(self, chat: Chat, text: str, files: list[File], keyboard: Keyboard | None) -> int:
        try:
            return await self._line.send(chat, text, files, keyboard)
        except BadRequest as error:
            if chat.thread is None or not is_threadless(error):
                raise
        chat.thread = None
        return await self._line.send(chat, text, files, keyboard)

    async def _edit(self, chat: Chat, text: str, files: list[File], part: Part) -> None:
        if not part.edit_of.isdecimal():
            raise SendError("bad_request", "gone")
        message = (chat.id, part.edit_of)
        try:
            await self._change(chat, text, files, part, captioned=message in self._captioned)
        except BadRequest as error:
            if not is_captioned(error):
                raise
            _remember(self._captioned, message, None)
            await self._change(chat, text, files, part, captioned=True)
        if files:
            _remember(self._captioned, message, None)

    async def _is_removed(self, chat: Chat, part: Part) -> bool:
        """Take a message of ours away; False if Telegram refuses, as it does after 48 hours where we are no admin."""
        try:
            await self._line.remove(chat, int(part.edit_of))
        except BadRequest as error:
            return is_removed(error)
        return True

    async def _change(self, chat: Chat, text: str, files: list[File], part: Part, *, captioned: bool) -> None:
        """One edit; one that changes nothing has succeeded."""
        number, file, keyboard = int(part.edit_of), next(iter(files), None), inline_keyboard(part.choices)
        try:
            await self._line.edit(chat, number, text, file, keyboard, captioned=captioned)
        except BadRequest as error:
            if not is_unmodified(error):
                raise

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

    async def _keyboard(self, chat: Chat, part: Part, *, is_album: bool) -> Keyboard | None:
        """The buttons of a new message; an open reply keyboard is taken away with it, or before it."""
        if part.ask and not is_group(str(chat.id)):
            return asking_keyboard(part, self._words(ASKING[part.ask]))
        if chat.id in self._asking:
            if not (part.choices or is_album):
                return NO_KEYBOARD
            with suppress(TelegramError):
                await self._line.close_keyboard(chat)
                self._asking.pop(chat.id, None)
        return inline_keyboard(part.choices)


def _remember(known: dict[K, V], key: K, value: V) -> None:
    """Put it last, and forget the oldest when there are many."""
    known.pop(key, None)
    known[key] = value
    if len(known) > MOST_REMEMBERED:
        del known[next(iter(known))]
