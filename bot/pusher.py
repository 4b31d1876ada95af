"""Wakes after each commit and turns new StatusChange rows into messages to their citizens."""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime

from bot.outbox import Reads
from bot.push import push_changes
from bot.town import Town
from store.reports import changes_to_push
from store.writer import Writer

log = logging.getLogger("langnghe.push")

POLL = 1.0  # seconds


class Pusher:
    """Runs the sweep of bot/push.py when there is something to sweep."""

    def __init__(self, town: Town, writer: Writer, read: Reads, clock: Callable[[], datetime]) -> None:
        self.town, self._writer, self._read, self._clock = town, writer, read, clock
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def wake(self) -> None:
        """A commit has happened."""
        self._wake.set()

    async def start(self) -> None:
        """Begin with whatever was left."""
        self._task = asyncio.create_task(self._run(), name="pusher")

    async def stop(self) -> None:
        """What is not pushed stays a row."""
        if self._task:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def _run(self) -> None:
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), POLL)
            self._wake.clear()
            try:
                await self.push_waiting()
            except Exception as error:  # the door: a database hiccup must not end pushing
                log.error("pushing failed: %s", type(error).__name__)

    async def push_waiting(self) -> int:
        """Push what can be pushed now; returns how many changes were dealt with."""
        if not await self._read(lambda connection: changes_to_push(connection, 1)):
            return 0
        done = await self._writer.write(lambda connection: push_changes(connection, self.town, self._clock()))
        if not done:
            self._wake.clear()  # our own commit woke us; those that wait for a free chat are tried at the next one
        return done
