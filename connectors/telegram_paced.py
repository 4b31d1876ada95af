"""The calls that put something into a chat, one request each, at the pace that Telegram allows."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, NamedTuple

from telegram import (
    InputMediaAudio,
    InputMediaDocument,
    InputMediaPhoto,
    InputMediaVideo,
    Message,
)

from connectors.line_up import LineUp
from connectors.pace import Pace
from connectors.telegram_plan import BOT_LIMIT, NO_KEYBOARD, NO_LIMIT, Keyboard, limits_of
from connectors.telegram_wire import Line
from dialogs.words import Address, SendError

PATIENCE = 2.0  # seconds to wait here; for longer the outbox shall wait, where a newer edit replaces an older one
NEXT = 4  # sends that are made ready (taken up in the database) while others are still before them
MANY = 1_000  # of them, where there are no limits
PLACEHOLDER = "⌨️"  # stands for a moment while the reply keyboard is taken away
AS_MEDIA = {"image": InputMediaPhoto, "video": InputMediaVideo, "audio": InputMediaAudio, "file": InputMediaDocument}


class File(NamedTuple):
    """Bytes on their way up."""

    kind: str
    name: str
    content: bytes


@dataclass(slots=True)
class Chat:
    """Where a part goes. `thread` is given up when the topic turns out to be gone."""

    id: int
    thread: int | None = None

    @property
    def where(self) -> dict[str, Any]:
        """As the Bot API wants it."""
        return {"chat_id": self.id, "message_thread_id": self.thread}


def chat_at(address: Address) -> Chat:
    """The chat of an address. Raises SendError if it cannot be one."""
    try:
        return Chat(int(address.chat), int(address.thread) if address.thread else None)
    except ValueError:
        raise SendError("recipient_gone", "not a chat of Telegram's") from None


class PacedLine:
    """Sends and edits. Raises what the line raises, and SendError when our own pace would wait for long."""

    def __init__(
        self,
        line: Line,
        monotonic: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]],
        *,
        limits: bool = True,
    ) -> None:
        self._line, self._sleep = line, sleep
        self._far, self._near = LineUp(), LineUp()  # before the bot's own limit; near are the next few
        self._next = 0  # how many are near
        self._lanes: dict[tuple[int, int | None], int] = {}  # of those who are
        self._room = NEXT if limits else MANY
        self.pace = Pace(monotonic, BOT_LIMIT, limits_of) if limits else Pace(monotonic, NO_LIMIT, lambda chat: ())

    async def send(self, chat: Chat, text: str, files: list[File], keyboard: Keyboard | None) -> int:
        """A new message, or an album; returns the id of the last one."""
        async with self._turn(chat, max(1, len(files))):
            if not files:
                return await self._line.say(
                    text=text, link_preview_options=_preview(text), **_keys(keyboard), **chat.where
                )
            if len(files) > 1:
                album = [AS_MEDIA[file.kind](file.content, filename=file.name) for file in files]
                return (await self._line.send_media_group(media=album, caption=text or None, **chat.where))[
                    -1
                ].message_id
            return (
                await self._send_file(files[0], caption=text or None, api_kwargs=_keys(keyboard), **chat.where)
            ).message_id

    async def _send_file(self, file: File, **how: Any) -> Message:
        match file.kind:
            case "image":
                return await self._line.send_photo(photo=file.content, filename=file.name, **how)
            case "video":
                return await self._line.send_video(video=file.content, filename=file.name, **how)
            case "audio":
                return await self._line.send_audio(audio=file.content, filename=file.name, **how)
        return await self._line.send_document(document=file.content, filename=file.name, **how)

    async def edit(
        self, chat: Chat, message: int, text: str, file: File | None, keyboard: Keyboard | None, *, captioned: bool
    ) -> None:
        """Change a message of ours: its photo and words, its caption, its words, or its buttons alone."""
        which: dict[str, Any] = {"chat_id": chat.id, "message_id": message}
        keys = _keys(keyboard)
        async with self._turn(chat, 1):
            if file:
                media = AS_MEDIA[file.kind](file.content, filename=file.name, caption=text or None)
                await self._line.edit_message_media(media, api_kwargs=keys, **which)
            elif not text:
                await self._line.edit_message_reply_markup(api_kwargs=keys, **which)
            elif captioned:
                await self._line.edit_message_caption(caption=text, api_kwargs=keys, **which)
            else:
                await self._line.say_anew(text=text, link_preview_options=_preview(text), **keys, **which)

    async def remove(self, chat: Chat, message: int) -> None:
        """Take a message of ours away."""
        async with self._turn(chat, 1):
            await self._line.delete_message(chat.id, message)

    async def close_keyboard(self, chat: Chat) -> None:
        """Take the reply keyboard away. Only a message without other buttons can, and it cannot be edited after."""
        async with self._turn(chat, 1):
            placeholder = await self._line.send_message(
                text=PLACEHOLDER, api_kwargs=_keys(NO_KEYBOARD), disable_notification=True, **chat.where
            )
        await self._line.delete_message(chat.id, placeholder.message_id)

    @asynccontextmanager
    async def turn(self, chat: Chat, cost: int, lane: int) -> AsyncIterator[None]:
        """Stand in line, the most urgent lane first, until we are among the next few; sending waits for the rest.

        Raises SendError when this chat's own turn is a long way off.
        """
        await self._wait_for_chat(str(chat.id), cost, lane)
        with self._far.place(lane) as place:
            await place.first()
            while self._next >= self._room:
                await place.called.wait()
                place.called.clear()
                await place.first()
            self._next += 1
        self._lanes[chat.id, chat.thread] = lane
        try:
            yield
        finally:
            if self._lanes.pop((chat.id, chat.thread), None) is not None:
                self._step_up()

    def _step_up(self) -> None:
        self._next -= 1
        self._far.call()

    @asynccontextmanager
    async def _turn(self, chat: Chat, cost: int) -> AsyncIterator[None]:
        """Wait for our turn and take it."""
        lane = self._lanes.get((chat.id, chat.thread), 0)
        await self._begin(str(chat.id), cost, lane)
        if self._lanes.pop((chat.id, chat.thread), None) is not None:
            self._step_up()
        try:
            yield
        finally:
            self.pace.end(str(chat.id), cost)

    async def _begin(self, chat: str, cost: int, lane: int) -> None:
        while True:
            await self._wait_for_chat(chat, cost, lane)
            with self._near.place(lane) as place:
                await place.first()
                while wait := self.pace.bot_wait(cost, lane):
                    await self._sleep(wait)
                    await place.first()
                if not self.pace.chat_wait(chat, cost, lane):
                    self.pace.begin(chat, cost, lane)
                    return

    async def _wait_for_chat(self, chat: str, cost: int, lane: int) -> None:
        while wait := self.pace.chat_wait(chat, cost, lane):
            if wait > PATIENCE:
                raise SendError("throttled", "our own pace", wait)
            await self._sleep(wait)


def _keys(keyboard: Keyboard | None) -> dict[str, Any]:
    return {"reply_markup": keyboard} if keyboard else {}


def _preview(text: str) -> dict[str, bool] | None:
    """No picture of the map under every place."""
    return {"is_disabled": True} if "://" in text else None
