"""Being the only worker that does a thing: keeps its lease renewed, and knows at any moment whether it still holds."""

import asyncio
import time
from collections.abc import Callable
from datetime import datetime
from functools import partial

from sqlalchemy import Connection

from bot.background import Background
from store.database import database_now
from store.leases import LIFE, return_lease, stands, take_lease
from store.writer import Writer

MARGIN = 0.5  # seconds before its end from which we do not rely on a lease any more


class Tenure(Background):
    """Tries for the lease again and again; once we have it that renews it. Stopping gives it back."""

    def __init__(
        self,
        what: str,
        holder: str,
        writer: Writer,
        now: Callable[[Connection], datetime] = database_now,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__()
        self.name = f"lease {what}"
        self._what, self._holder, self._writer, self._now, self._monotonic = what, holder, writer, now, monotonic
        self._token: int | None = None
        self._sure_until = 0.0
        self._taken = asyncio.Event()

    @property
    def token(self) -> int | None:
        """What we hold the lease by; None while another has it, or when ours may have run out."""
        return self._token if self._monotonic() < self._sure_until else None

    def stands(self, connection: Connection, token: int) -> bool:
        """Whether what was begun under this token may still be written down, in the transaction at hand."""
        return stands(connection, self._what, token)

    async def ours(self) -> None:
        """Return when we hold it."""
        while self.token is None:
            self._taken.clear()
            await self._taken.wait()

    async def step(self) -> int:
        """Try for it, or renew it."""
        asked = self._monotonic()  # the lease begins later than this, so it ends later than we think
        self._token = await self._writer.write(self._take, at_once=True)  # a long queue must not cost us the lease
        self._sure_until = asked + LIFE.total_seconds() - MARGIN
        if self._token is not None:
            self._taken.set()
        return 0

    def _take(self, connection: Connection) -> int | None:
        return take_lease(connection, self._what, self._holder, self._now(connection))

    async def stop(self) -> None:
        """Let another worker have it at once."""
        await super().stop()
        token, self._token = self._token, None
        if token is not None:
            await self._writer.write(partial(self._return, token=token))

    def _return(self, connection: Connection, token: int) -> None:
        return_lease(connection, self._what, token, self._now(connection))
