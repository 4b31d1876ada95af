"""Citizens, officers and a Bot API for a service that is being killed: they know what was taken and what came."""

import asyncio
import itertools
import json
import random
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlsplit

from bot.bench.people import BOT, wanted
from bot.bench.wire import Answering, Frame, Poster

ANSWERS_AFTER = 0.02  # seconds: what is under way when the service is killed is what was sent in them
FIRST_WAIT, LONGEST_WAIT = (
    0.05,
    1.0,
)  # Telegram's own go from seconds to two minutes; here the service shall suffer more
GIVES_UP = 20.0  # seconds until a person who got no answer begins again
TWICE = 0.1  # of all updates come once more although they were acknowledged
SENDS = ("sendmessage", "editmessagetext")


class Shown(NamedTuple):
    """A message as its chat shows it."""

    chat: str
    message_id: int
    text: str
    buttons: list[str]
    is_edit: bool


@dataclass
class World:
    """The Bot API, and what everybody outside the service knows."""

    acknowledged: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))  # chat → update ids, in order
    shown: list[Shown] = field(default_factory=list)
    refused: int = 0  # posts that were neither taken nor cut off: 4xx
    chance: random.Random = field(default_factory=lambda: random.Random(4))  # noqa: S311 - a run shall come again
    first_answer: asyncio.Event = field(default_factory=asyncio.Event)
    webhook: asyncio.Future[tuple[str, str]] = field(default_factory=lambda: asyncio.get_running_loop().create_future())
    chats: dict[str, "asyncio.Queue[Shown]"] = field(default_factory=lambda: defaultdict(asyncio.Queue))
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def answer(self, request: Frame) -> bytes:
        """The Bot API."""
        method = request.first.split(b" ")[1].rpartition(b"/")[2].decode().lower()
        given = _given(request.body)
        if method in SENDS:
            return self._show(given, is_edit=method != SENDS[0])
        if method == "setwebhook" and not self.webhook.done():
            self.webhook.set_result((str(given["url"]), str(given.get("secret_token", ""))))
        return _well(BOT if method == "getme" else True)

    def _show(self, given: dict[str, Any], *, is_edit: bool) -> bytes:
        number = int(given["message_id"]) if is_edit else next(self.numbers)
        markup = given.get("reply_markup") or {}
        keyboard = (json.loads(markup) if isinstance(markup, str) else markup).get("inline_keyboard", [])
        buttons = [button["callback_data"] for row in keyboard for button in row if "callback_data" in button]
        message = Shown(str(given["chat_id"]), number, str(given.get("text", "")), buttons, is_edit)
        self.shown.append(message)
        self.chats[message.chat].put_nowait(message)
        self.first_answer.set()
        kind = "supergroup" if message.chat.startswith("-") else "private"
        chat = {"id": int(message.chat), "type": kind}
        return _well({"message_id": number, "date": int(time.time()), "chat": chat, "text": message.text})


def _given(body: bytes) -> dict[str, Any]:
    if body[:1] == b"{":
        return dict(json.loads(body))
    return dict(parse_qsl(body.decode(), keep_blank_values=True))


def _well(result: Any) -> bytes:
    return json.dumps({"ok": True, "result": result}).encode()


class Late(Answering):
    """Does at once what is asked, and says so a little later."""

    def take(self, frame: Frame) -> None:
        """So that something is always on its way."""
        asyncio.get_running_loop().call_later(ANSWERS_AFTER, self._say, self._answer(frame))

    def _say(self, body: bytes) -> None:
        with suppress(OSError):
            assert self.transport
            self.transport.write(
                b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)
            )


class Mail:
    """Telegram's queue of one chat: one update at a time, again and again until it is acknowledged."""

    def __init__(self, world: World, chat: str) -> None:
        self._world, self._chat = world, chat
        self._line: Poster | None = None
        self._turn = asyncio.Lock()

    async def bring(self, update: dict[str, Any]) -> None:
        """Returns when it is acknowledged; sometimes it is brought once more all the same."""
        body = json.dumps(update, ensure_ascii=False).encode()
        async with self._turn:
            await self._until_taken(body)
            self._world.acknowledged[self._chat].append(update["update_id"])
            if self._world.chance.random() < TWICE:
                await self._until_taken(body)

    async def _until_taken(self, body: bytes) -> None:
        wait = FIRST_WAIT
        while not await self._post(body):
            await asyncio.sleep(wait)
            wait = min(LONGEST_WAIT, 2 * wait)

    async def _post(self, body: bytes) -> bool:
        try:
            line = await self._connected()
            answer = await line.post(body)
        except OSError:
            self._line = None
            return False
        status = int(answer.first.split(b" ")[1])
        self._world.refused += 400 <= status < 500
        return 200 <= status < 300

    async def _connected(self) -> Poster:
        if self._line is None or not self._line.transport or self._line.transport.is_closing():
            url, secret = await self._world.webhook
            where = urlsplit(url)
            assert where.hostname and where.port
            loop = asyncio.get_running_loop()
            make = lambda: Poster(where.path, secret)  # noqa: E731
            _, self._line = await loop.create_connection(make, where.hostname, where.port)
        return self._line

    def close(self) -> None:
        """Hang up."""
        if self._line and self._line.transport:
            self._line.transport.close()


class Somebody:
    """Who writes to the bot: messages in one queue of Telegram's, presses in another."""

    def __init__(self, world: World, number: int, chat: int) -> None:
        self._world, self.chat = world, str(chat)
        self._user = {"id": number, "is_bot": False, "first_name": f"Hoa {number}"}
        self._place = {"id": chat, "type": "private" if chat > 0 else "supergroup", "title": "Tổ", "first_name": "Hoa"}
        self._messages, self._presses = Mail(world, self.chat), Mail(world, self.chat)

    async def say(self, text: str) -> None:
        """Write; returns when it is acknowledged."""
        number = next(self._world.numbers)
        message = {"message_id": number, "date": int(time.time()), "chat": self._place, "from": self._user}
        await self._messages.bring({"update_id": number, "message": {**message, "text": text}})

    async def press(self, button: str, shown: Shown) -> None:
        """Press a button; returns when it is acknowledged. Now and then a finger is too quick."""
        times = 2 if self._world.chance.random() < TWICE else 1
        await asyncio.gather(*(self._presses.bring(self._press(button, shown)) for _ in range(times)))

    def _press(self, button: str, shown: Shown) -> dict[str, Any]:
        number = next(self._world.numbers)
        under = {"message_id": shown.message_id, "date": int(time.time()), "chat": self._place, "from": BOT}
        under["text"] = shown.text or "…"
        query = {"id": str(number), "from": self._user, "chat_instance": "1", "data": button, "message": under}
        return {"update_id": number, "callback_query": query}

    async def sees(self) -> Shown | None:
        """What the chat shows last when something new has come; None if nothing comes in time."""
        news = self._world.chats[self.chat]
        with suppress(TimeoutError):
            async with asyncio.timeout(GIVES_UP):
                newest = await news.get()
                while not news.empty():
                    newest = news.get_nowait()
                return newest
        return None

    def close(self) -> None:
        """Go."""
        self._messages.close()
        self._presses.close()


class Citizen(Somebody):
    """Reports one thing after another: a free text, then the buttons to the end."""

    async def live(self, next_text: Callable[[], str], stopped: asyncio.Event) -> None:
        """Until it is over. What is begun is acknowledged, however long that takes."""
        while not stopped.is_set():
            await self.say(next_text())
            shown = await self.sees()
            while shown and not stopped.is_set():
                if shown.buttons and not shown.buttons[0].startswith("/"):
                    await self.press(wanted(shown.buttons), shown)
                elif "Mã phản ánh" in shown.text:
                    break
                shown = await self.sees()


class Officer(Somebody):
    """Accepts what is shown in the room."""

    async def live(self, stopped: asyncio.Event) -> None:
        """Until it is over."""
        while not stopped.is_set():
            shown = await self.next_card()
            accept = next((button for button in shown.buttons if " accept" in button), "") if shown else ""
            if shown and accept:
                await self.press(accept, shown)

    async def next_card(self) -> Shown | None:
        """Cards are looked at one after another."""
        with suppress(TimeoutError):
            async with asyncio.timeout(GIVES_UP):
                return await self._world.chats[self.chat].get()
        return None
