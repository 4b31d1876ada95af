"""Taking Zalo's events: each is committed, or safe in the spool, before Zalo's two seconds are over."""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from datetime import datetime
from typing import Any

from connectors.spool import Spool
from connectors.zalo_oa_parse import Reader, parse
from dialogs.words import Receive

log = logging.getLogger("langnghe.zalo_oa")

COMMIT_WITHIN = 1.5  # seconds; Zalo waits two, and does not repeat what it got an error for
MOST_TRIES = 5  # then an event that cannot be taken is kept for the operator and passed over
MOST_BACKOFF = 60.0
LAST_TURNS = 5.0  # seconds that turns under way get when we stop


class Intake:
    """Hands events to `receive` in their order. While anything is in the spool, new ones queue up behind it."""

    def __init__(
        self,
        receive: Receive,
        keep_unread: Callable[[str, str], Awaitable[None]],
        spool: Spool,
        clock: Callable[[], datetime],
        sleep: Callable[[float], Awaitable[None]],
        account: str,
        oa_id: str,
        commit_within: float = COMMIT_WITHIN,
    ) -> None:
        self._receive, self._keep_unread, self._spool = receive, keep_unread, spool
        self._clock, self._sleep, self._within = clock, sleep, commit_within
        self._account, self._oa_id = account, oa_id
        self._turns: set[asyncio.Task[None]] = set()
        self._behind = True  # until we have looked whether anything was left
        self._keeping = 0
        self._woken = asyncio.Event()
        self._replaying: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Go on with what was left in the spool."""
        self._behind = bool(await asyncio.to_thread(self._spool.names))
        self._replaying = asyncio.create_task(self._replay(), name="zalo_oa spool")

    async def stop(self) -> None:
        """Let turns under way end; what is in the spool stays there."""
        if self._replaying:
            self._replaying.cancel()
            with suppress(asyncio.CancelledError):
                await self._replaying
            self._replaying = None
        if self._turns:
            _, late = await asyncio.wait(self._turns, timeout=LAST_TURNS)
            for turn in late:  # it is in the spool
                turn.cancel()

    async def take(self, raw: bytes) -> None:
        """Return when the event is committed or on the disk. Raises OSError if it could be neither."""
        if not self._behind:
            turn = self._go(self._take(raw))
            await asyncio.wait({turn}, timeout=self._within)
            if turn.done() and not turn.cancelled() and turn.exception() is None:
                return
        await self._keep(raw)

    async def _keep(self, raw: bytes) -> None:
        self._behind, name = True, self._spool.new_name()
        self._keeping += 1
        try:
            await asyncio.to_thread(self._spool.keep, name, raw)
        finally:
            self._keeping -= 1
            self._woken.set()

    async def _take(self, raw: bytes) -> None:
        """Take one event; returns after the commit. What cannot be read is kept for the operator."""
        event = json.loads(raw)
        incoming, why = parse(event, Reader(self._account, self._oa_id, self._clock()))
        if incoming:
            await self._receive(incoming)
        if why:
            await self._keep_unread(raw.decode("utf-8", "replace"), why)
            log.error("zalo_oa: an event could not be read (%s) and is kept", why)

    def _go(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._turns.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._turns.discard(task)
        if not task.cancelled() and (error := task.exception()):
            log.error("zalo_oa: an event was not taken (%s) and waits in the spool", type(error).__name__)

    # ------------------------------------------------------------ the spool

    async def _replay(self) -> None:
        """Take what waits, oldest first, again and again."""
        while True:
            self._woken.clear()
            try:
                names = await asyncio.to_thread(self._spool.names)
                for name in names:
                    await self._retake(name)
            except Exception as error:  # the door: a full or lost disk must not end this for good
                log.error("zalo_oa: the spool cannot be read (%s)", type(error).__name__)
                await self._sleep(MOST_BACKOFF)
                continue
            if not (names or self._keeping):
                self._behind = False
                await self._woken.wait()

    async def _retake(self, name: str) -> None:
        """Until it is taken; one that is refused for long is kept for the operator and passed over.

        Keeping it needs the database too: while that is down, nothing is passed over.
        """
        raw, tries = await asyncio.to_thread(self._spool.read, name), 0
        while True:
            try:
                await (self._take(raw) if tries < MOST_TRIES else self._pass_over(raw))
                break
            except Exception as error:
                tries += 1
                log.error("zalo_oa: a spooled event was not taken (%s)", type(error).__name__)
                await self._sleep(min(MOST_BACKOFF, 2.0**tries))
        await asyncio.to_thread(self._spool.drop, name)

    async def _pass_over(self, raw: bytes) -> None:
        await self._keep_unread(raw.decode("utf-8", "replace"), "could not be taken")
