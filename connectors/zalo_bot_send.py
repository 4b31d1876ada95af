"""Sending a Part through a Zalo bot: words and photos by their address, each piece once, at our own pace."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from connectors.line_up import LineUp
from connectors.pace import Limit, Pace
from connectors.zalo_bot_wire import Failed, Line
from dialogs.words import Address, Media, Part, SendError

# Zalo publishes no rates and no retry_after: these are our own
BOT_LIMIT = Limit(10, 1.0)
CHAT_LIMIT = Limit(1, 1.0)
FIRST_HOLD, MOST_HOLD = 1.0, 60.0  # seconds that the whole bot rests after a 429, doubled with each further one
PATIENCE = 2.0  # seconds to wait here; for longer the outbox shall wait
MOST_REMEMBERED = 2000

PhotoUrl = Callable[[Media], str]  # where Zalo may fetch our stored photo for a while; "" if it can reach us nowhere
Words = Callable[..., str]


@dataclass(frozen=True, slots=True)
class Piece:
    """One message of Zalo's: words, or a photo with words under it."""

    text: str = ""
    photo: Media | None = None


def plan(part: Part) -> list[Piece]:
    """The messages of a part. The words stand under the last photo, so that the numbers to answer with come last."""
    photos = [item for item in part.media if item.kind == "image"]
    if not photos:
        return [Piece(part.text)]
    return [*(Piece(photo=photo) for photo in photos[:-1]), Piece(part.text, photos[-1])]


class Post:
    """Sends parts. The parts of one chat are given to it one after another, chats side by side."""

    def __init__(
        self,
        line: Line,
        photo_url: PhotoUrl,
        words: Words,
        monotonic: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        self._line, self._photo_url, self._words = line, photo_url, words
        self._monotonic, self._sleep = monotonic, sleep
        self._pace = Pace(monotonic, BOT_LIMIT, lambda chat: (CHAT_LIMIT,))
        self._line_up = LineUp()  # before the bot's own limit
        self._taken: set[str] = set()  # chats whose turn has come and is not used yet
        self._half_sent: dict[tuple[str, int], int] = {}  # how many pieces of a part have arrived
        self._held_until, self._hold = 0.0, FIRST_HOLD

    async def send(self, address: Address, part: Part, message_id: int) -> str:
        """Send what has not arrived yet of this part; Zalo's id of its last message. Raises SendError only."""
        pieces, key = plan(part), (address.key, message_id)
        arrived, sent = self._half_sent.pop(key, 0), ""
        for piece in pieces[arrived:]:
            try:
                sent = await self._send(address.chat, piece)
            except (Failed, SendError) as error:
                if arrived:  # a later try goes on from here, so that no photo comes twice
                    self._remember(key, arrived)
                raise self._failure(error) from None
            arrived += 1
        return sent

    async def _send(self, chat: str, piece: Piece) -> str:
        photo, text = piece.photo, piece.text
        if photo is None:
            return await self._say(chat, text)
        if url := self._photo_url(photo):
            try:
                return await self._call("sendPhoto", chat, photo=url, **({"caption": text} if text else {}))
            except Failed as error:
                if error.kind != "bad_request":
                    raise
        # Zalo has nowhere to fetch the photo from, or did not like it: the words must arrive all the same
        sent = await self._say(chat, self._in_its_place(photo))
        return await self._say(chat, text) if text else sent

    def _in_its_place(self, photo: Media) -> str:
        if photo.url.startswith("http"):
            return self._words("render.link.image", url=photo.url)
        return self._words("render.media_unseen", count=1)

    async def _say(self, chat: str, text: str) -> str:
        if not text.strip():
            raise SendError("bad_request", "nothing of it can be sent")
        return await self._call("sendMessage", chat, text=text)

    async def _call(self, method: str, chat: str, **params: Any) -> str:
        async with self._turn(chat):
            result = await self._line.call(method, chat_id=chat, **params)
        self._hold = FIRST_HOLD
        return str(result.get("message_id", "")) if isinstance(result, dict) else ""

    def _failure(self, error: Failed | SendError) -> SendError:
        if isinstance(error, SendError):
            return error
        if error.kind != "throttled":
            return error.as_send_error()
        hold, self._hold = self._hold, min(MOST_HOLD, 2 * self._hold)
        self._held_until = max(self._held_until, self._monotonic() + hold)
        return SendError("throttled", error.why, hold)

    def _remember(self, key: tuple[str, int], arrived: int) -> None:
        self._half_sent[key] = arrived
        if len(self._half_sent) > MOST_REMEMBERED:
            del self._half_sent[next(iter(self._half_sent))]

    # ------------------------------------------------------------ our own pace

    @asynccontextmanager
    async def turn(self, address: Address, lane: int) -> AsyncIterator[None]:
        """Wait for our turn, the most urgent lane first; the first thing sent into this chat inside uses it."""
        await self._begin(address.chat, lane)
        self._taken.add(address.chat)
        try:
            yield
        finally:
            if address.chat in self._taken:
                self._taken.remove(address.chat)
                self._pace.end(address.chat)

    @asynccontextmanager
    async def _turn(self, chat: str) -> AsyncIterator[None]:
        if chat in self._taken:
            self._taken.remove(chat)
        else:
            await self._begin(chat, lane=0)
        try:
            yield
        finally:
            self._pace.end(chat)

    async def _begin(self, chat: str, lane: int) -> None:
        """Take our turn when it comes."""
        while True:
            wait = max(self._held_until - self._monotonic(), self._pace.chat_wait(chat, lane=lane))
            if wait > PATIENCE:
                raise SendError("throttled", "our own pace", wait)
            if wait > 0:
                await self._sleep(wait)
                continue
            with self._line_up.place(lane) as place:
                await place.first()
                while wait := self._pace.bot_wait(lane=lane):
                    await self._sleep(wait)
                    await place.first()
                if not self._pace.chat_wait(chat, lane=lane):
                    self._pace.begin(chat, lane=lane)
                    return
