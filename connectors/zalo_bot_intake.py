"""Taking what a Zalo bot is told, whichever way it came: committed before its taking returns."""

import json
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from connectors.zalo_bot_parse import Reader, parse
from dialogs.words import Incoming, Receive

log = logging.getLogger("langnghe.zalo_bot")

MOST_TRIES = 5  # then an update that cannot be taken is kept and passed over
MOST_WAIT = 60.0  # seconds
BURST = timedelta(seconds=2)  # photos picked together come one by one within it, each an event of its own
MOST_REMEMBERED = 2000  # chats


class Burst(NamedTuple):
    """Photos that came close together: the name we give them, and when the last one was sent."""

    album: str
    last: datetime


class Intake:
    """Reads updates and hands them to `receive`."""

    def __init__(
        self,
        account: str,
        receive: Receive,
        keep_unread: Callable[[str, str], Awaitable[None]],
        clock: Callable[[], datetime],
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        self._account, self._clock, self._sleep = account, clock, sleep
        self._receive, self._keep_unread = receive, keep_unread
        self._bursts: dict[str, Burst] = {}  # by chat

    async def take(self, update: Any) -> None:
        """Take one update; returns after the commit. Raises if it was not taken."""
        incoming, trouble = parse(update, Reader(self._account, self._clock()))
        if trouble:
            await self._keep(update, trouble)
        if incoming:
            await self._receive(self._joined(incoming))

    async def take_surely(self, update: Any) -> None:
        """Take one that Zalo may never send again: tried until it is taken, or kept.

        Keeping it needs the database too: while that is down, nothing is passed over.
        """
        tries, wait = 0, 1.0
        while True:
            try:
                return await self.take(update)
            except Exception as error:
                tries += 1
                log.error("zalo_bot %s: an update was not taken (%s)", self._account, type(error).__name__)
                if tries >= MOST_TRIES:
                    with suppress(Exception):
                        return await self._keep(update, type(error).__name__)
            await self._sleep(wait)
            wait = min(MOST_WAIT, 2 * wait)

    async def _keep(self, update: Any, why: str) -> None:
        await self._keep_unread(json.dumps(update, ensure_ascii=False, sort_keys=True), why)

    def _joined(self, incoming: Incoming) -> Incoming:
        """Zalo has no albums: photos picked together get one name, so that they are one thing and get one answer."""
        if not any(item.kind == "image" for item in incoming.media):
            return incoming
        chat = incoming.address.chat
        burst = self._bursts.pop(chat, None)
        goes_on = burst is not None and abs(incoming.at - burst.last) <= BURST
        album = burst.album if burst and goes_on else incoming.dedupe_key
        self._bursts[chat] = Burst(album, incoming.at)  # put last: the first is the one longest unused
        if len(self._bursts) > MOST_REMEMBERED:
            del self._bursts[next(iter(self._bursts))]
        return replace(incoming, album=album)
