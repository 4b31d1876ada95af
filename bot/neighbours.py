"""The other workers on the same PostgreSQL: what one does alone, and telling each other. A file has no others."""

import asyncio
import os
import secrets
import socket
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import Protocol

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from bot.background import Background, Reads
from bot.tenure import Tenure
from store.bell import Bell
from store.conversations import numbers_of
from store.locks import is_shared
from store.writer import Writer

PAGES = 500  # chats looked at in one query


class Pages(Protocol):
    """The web chat, as far as another worker's messages may be for a page that is open here."""

    def wake(self, key: str) -> None: ...

    def open_chats(self) -> list[str]: ...

    def wake_behind(self, numbers: Mapping[str, int]) -> None: ...


class Neighbours:
    """Our leases and our bell. `alone`: the work that waits for a lease; `pages`: see Pages."""

    def __init__(self, engine: Engine, writer: Writer, read: Reads) -> None:
        self._writer, self._read = writer, read
        self._name = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"
        self._bell = Bell(engine, self._name, self._hear) if is_shared(engine.dialect) else None
        self._tenures: dict[str, Tenure] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._looking: asyncio.Task[None] | None = None
        self.alone: list[Background] = []
        self.pages: Pages | None = None

    def tenure(self, what: str) -> Tenure | None:
        """The right to do this alone; None where there can be no other worker."""
        if self._bell is None:
            return None
        return self._tenures.setdefault(what, Tenure(what, self._name, self._writer))

    async def try_leases(self) -> None:
        """Try for every lease now; `start` keeps trying."""
        for tenure in self._tenures.values():
            await tenure.step()

    async def start(self) -> None:
        """Hold what we may hold, listen, tell."""
        self._loop = asyncio.get_running_loop()
        for tenure in self._tenures.values():
            await tenure.start()
        if self._bell:
            self._bell.start()

    async def stop(self) -> None:
        """Give back what we hold, after what is done under it has stopped."""
        if self._bell and self._loop:
            await asyncio.to_thread(self._bell.stop)
        self._loop = None
        for tenure in self._tenures.values():
            await tenure.stop()

    def tell(self, *chats: str) -> None:
        """Something has been committed; these web chats have new messages. From any thread."""
        if self._bell:
            self._bell.ring(chats)

    def _hear(self, chats: Sequence[str] | None) -> None:
        loop = self._loop  # the other thread may take it away between the question and the call
        if loop is not None:
            loop.call_soon_threadsafe(self._look_about, chats)

    def _look_about(self, chats: Sequence[str] | None) -> None:
        for work in self.alone:
            work.wake()
        if chats is None:  # the bell may have rung unheard
            self._looking = asyncio.create_task(self._look_at_pages())
        for chat in chats or ():
            if self.pages:
                self.pages.wake(chat)

    async def _look_at_pages(self) -> None:
        """Which of our pages are behind what has been sent in their chats?"""
        chats = self.pages.open_chats() if self.pages else []
        with suppress(DBAPIError):  # asked again in a second
            for start in range(0, len(chats), PAGES):
                numbers = await self._read(partial(numbers_of, keys=chats[start : start + PAGES]))
                if self.pages:
                    self.pages.wake_behind(numbers)
