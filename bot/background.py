"""Work that goes on behind the doors: woken after a commit, never ended by one failure."""

import asyncio
import logging
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import suppress
from typing import Protocol, TypeVar

from sqlalchemy import Connection

from store.database import log_words

log = logging.getLogger("langnghe.background")
T = TypeVar("T")

POLL = 1.0  # seconds; the wake-up after each commit makes it rarely needed
TELL_AGAIN = 60.0  # seconds
GATHER = 0.005  # seconds between two looks, so that under load one look finds more


class Reads(Protocol):
    """A read on the pool of query_only connections."""

    async def __call__(self, work: Callable[[Connection], T]) -> T: ...


class Trouble:
    """What goes wrong at every look is told at first, then once a minute, and once when it is over."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._told_at = -TELL_AGAIN
        self._lasts = False

    def goes_on(self, name: str, error: Exception) -> None:
        """It has failed, perhaps not for the first time."""
        now = self._monotonic()
        if now - self._told_at >= TELL_AGAIN:
            self._told_at, self._lasts = now, True
            log.error("%s failed: %s", name, log_words(error))

    def is_over(self, name: str) -> None:
        """It has not failed; nothing is said if nothing was told."""
        if self._lasts:
            self._lasts = False
            log.warning("%s works again", name)


class Background(ABC):
    """Repeats `step` while it finds something to do, then sleeps until it is woken."""

    name = "background"
    errand = ""  # what a transaction leaves for it (store/errands.py); empty: it looks after every commit

    def __init__(self) -> None:
        self._woken = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._trouble = Trouble()

    @abstractmethod
    async def step(self) -> int:
        """Do what is waiting; returns how much it was."""

    async def begin(self) -> int:
        """What is repeated; a subclass whose pieces need not wait for each other returns before they are done."""
        return await self.step()

    def wake(self) -> None:
        """There may be something to do. Call on the event loop."""
        self._woken.set()

    async def start(self) -> None:
        """Begin with whatever was left."""
        self._task = asyncio.create_task(self._run(), name=self.name)

    async def stop(self) -> None:
        """Finish nothing, lose nothing: what waits is a row and stays one."""
        if self._task:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
            self._task = None

    async def _run(self) -> None:
        while True:
            self._woken.clear()
            try:
                done = await self.begin()
            except Exception as error:  # the door: a hiccup of database or disk must not end the work for good
                self._trouble.goes_on(self.name, error)
                done = 0
            else:
                self._trouble.is_over(self.name)
            if done:
                await asyncio.sleep(GATHER)
            else:
                await self._sleep()

    async def _sleep(self) -> None:
        # Not asyncio.wait_for: before Python 3.12 it loses a cancellation that comes together with the wake-up, and
        # stop() would wait for ever (https://github.com/python/cpython/issues/86296).
        with suppress(TimeoutError):
            async with asyncio.timeout(POLL):
                await self._woken.wait()
