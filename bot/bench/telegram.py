"""A Bot API for the bench: enforces Telegram's limits as they are, and lets simulated people write."""

import asyncio
import itertools
import json
import math
import time
from collections import defaultdict, deque
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from aiohttp import web

# https://core.telegram.org/bots/faq: messages, seconds; for the bot, for each chat, for each group besides
PER_BOT, PER_CHAT, PER_GROUP = (30, 1.0), (1, 1.0), (20, 60.0)
TOKEN = "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw"  # noqa: S105 - the example of Telegram's own documentation
BOT = {"id": 110201543, "is_bot": True, "first_name": "Lắng Nghe", "username": "langnghe_bot"}
POLL = 5.0  # seconds that a poll stays open
SENDS = ("sendmessage", "editmessagetext", "editmessagereplymarkup")

Heard = Callable[[int, float], None]  # the chat, and when


class BotApi:
    """The server: `url` is its address, `refused` how many requests were too many. `heard` is told of each message."""

    def __init__(self, heard: Heard) -> None:
        self.url = ""
        self.refused = 0
        self._heard = heard
        self._arrivals: dict[tuple[int, float], deque[float]] = defaultdict(deque)
        self._updates: dict[int, dict[str, Any]] = {}
        self._numbers = itertools.count(1)
        self._news = asyncio.Event()
        self._runner: web.AppRunner | None = None

    async def start(self) -> None:
        """Listen on a free port of the loopback."""
        app = web.Application()
        app.router.add_route("*", "/bot{token}/{method}", self._serve)
        self._runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def stop(self) -> None:
        """Close the port."""
        if self._runner:
            await self._runner.cleanup()

    def say(self, person: int, text: str) -> None:
        """Somebody writes to the bot."""
        user = {"id": person, "is_bot": False, "first_name": "Hoa"}
        chat = {"id": person, "type": "private", "first_name": "Hoa"}
        number = next(self._numbers)
        message = {"message_id": number, "from": user, "chat": chat, "date": int(time.time()), "text": text}
        self._updates[number] = {"update_id": number, "message": message}
        self._news.set()

    async def _serve(self, request: web.Request) -> web.Response:
        given = await request.json() if request.content_type == "application/json" else dict(await request.post())
        method = request.match_info["method"].lower()
        if method in SENDS:
            return self._send(int(str(given["chat_id"])))
        if method == "getupdates":
            return _well(await self._poll(int(str(given.get("offset", 0)))))
        return _well(BOT if method == "getme" else True)

    def _send(self, chat: int) -> web.Response:
        now = time.monotonic()
        if wait := self._too_many(chat, now):
            self.refused += 1
            body = {"ok": False, "error_code": 429, "description": f"Too Many Requests: retry after {wait}"}
            return web.json_response(body | {"parameters": {"retry_after": wait}}, status=429)
        self._heard(chat, now)
        kind = "supergroup" if chat < 0 else "private"
        return _well({"message_id": next(self._numbers), "date": int(time.time()), "chat": {"id": chat, "type": kind}})

    def _too_many(self, chat: int, now: float) -> int:
        """Count a message and return 0; or the seconds to wait, and do not count it."""
        rules = [(0, PER_BOT), (chat, PER_CHAT), *([(chat, PER_GROUP)] if chat < 0 else [])]
        windows = [(self._arrivals[key, seconds], most, seconds) for key, (most, seconds) in rules]
        for arrivals, most, seconds in windows:
            while arrivals and arrivals[0] <= now - seconds:
                arrivals.popleft()
            if len(arrivals) >= most:
                return math.ceil(arrivals[0] + seconds - now)
        for arrivals, _, _ in windows:
            arrivals.append(now)
        return 0

    async def _poll(self, offset: int) -> list[dict[str, Any]]:
        self._updates = {number: update for number, update in self._updates.items() if number >= offset}
        with suppress(TimeoutError):
            async with asyncio.timeout(POLL):
                while not self._updates:
                    self._news.clear()
                    await self._news.wait()
        return [*self._updates.values()][:100]


def _well(result: Any) -> web.Response:
    return web.json_response({"ok": True, "result": result}, dumps=json.dumps)
