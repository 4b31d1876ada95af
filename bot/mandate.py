"""Delivering for a channel account, if it is ours to do: what is written under a lease counts only while it holds."""

import asyncio
import logging
from collections.abc import Callable
from typing import TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from bot.background import POLL
from bot.tenure import Tenure
from store.database import log_words
from store.writer import Writer

log = logging.getLogger("langnghe.outbox")
T = TypeVar("T")

NOBODY_ELSE = 0  # the token where there can be no other worker, or where all may deliver


class Mandate:
    """Writes for a deliverer. `settle` runs first under every new token: it sees to what the last holder left."""

    def __init__(self, writer: Writer, tenure: Tenure | None, settle: Callable[[Connection], None]) -> None:
        self._writer, self._tenure, self._settle = writer, tenure, settle
        self._settled_under: int | None = None

    async def token(self) -> int | None:
        """What we may deliver by; None while another worker delivers."""
        token = self._tenure.token if self._tenure else NOBODY_ELSE
        if token is not None and token != self._settled_under:
            await self.write(self._settle, token)
            self._settled_under = token
        return token

    def holds(self, token: int) -> bool:
        """Whether we may still send: who was asleep may have been replaced."""
        return self._tenure is None or self._tenure.token == token

    async def write(self, work: Callable[[Connection], T], token: int, chat: str = "") -> T | None:
        """Write under a token; None, and nothing is written, if another worker has taken over."""

        def run(connection: Connection) -> T | None:
            return work(connection) if self._tenure is None or self._tenure.stands(connection, token) else None

        return await self._writer.write(run, chat=chat, aside=True)

    async def write_down(self, outcome: Callable[[Connection], T], token: int) -> T | None:
        """Write down what became of a message; a database that is away for a while is waited for."""
        while True:
            try:
                return await self.write(outcome, token)
            except DBAPIError as error:
                log.error("an outcome is not written down yet: %s", log_words(error))
                await asyncio.sleep(POLL)
