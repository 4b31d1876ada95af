"""Zalo's access tokens: kept in the store, renewed by one process at a time, written down before they are used."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import Connection

from bot.background import Reads
from connectors.zalo_oa_token import Login, NotReached, Pair, Refused
from dialogs.words import SendError
from store import zalo
from store.zalo import TokenRow

log = logging.getLogger("langnghe.zalo_oa")

LAST_HOUR = timedelta(hours=1)
LOOK_AGAIN = 0.5  # seconds, while another process is at it
WRITE_AGAIN = 1.0
NO_CONSENT = "no consent yet, run `langnghe zalo connect`"
SPENT = "the consent has expired, run `langnghe zalo connect`"


class TokenKeeper:
    """connectors.zalo_oa_token.Tokens over the store. `alarm` is called with what went wrong: the name of a text."""

    def __init__(
        self,
        login: Login,
        account: str,
        read: Reads,
        write: Callable[[Callable[[Connection], object]], Awaitable[object]],
        alarm: Callable[[str], Awaitable[None]],
        clock: Callable[[], datetime],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._login, self._account, self._alarm = login, account, alarm
        self._read, self._write, self._clock, self._sleep = read, write, clock, sleep
        self._known: TokenRow | None = None
        self._one = asyncio.Lock()

    async def current(self) -> str:
        """A token that is good for now; renewed first if its last hour has begun. Raises SendError."""
        row = self._known or await self._load()
        if self._clock() < row.expires_at - LAST_HOUR:
            return row.access
        try:
            return await self.renew(row.access)
        except SendError:
            if self._clock() < row.expires_at:
                return row.access
            raise

    async def renew(self, stale: str) -> str:
        """Another token than this one, which Zalo no longer takes. Raises SendError."""
        async with self._one:
            while True:
                row = await self._load()
                if row.access != stale:  # somebody else has been here
                    return row.access
                if await self._begin(row.refresh):
                    return await self._spend(row.refresh)
                await self._sleep(LOOK_AGAIN)

    async def tend(self) -> None:
        """Renew in time although nobody writes; what goes wrong is told once a day, not raised."""
        try:
            await self.current()
        except SendError as error:
            log.error("zalo_oa: no access token (%s)", error)

    async def _load(self) -> TokenRow:
        row = await self._read(partial(zalo.tokens_of, account=self._account))
        self._known = row if row and not row.spent else None
        if self._known:
            return self._known
        await self._alarm("zalo_oa.alarm_consent")
        raise SendError("config", SPENT if row else NO_CONSENT)

    async def _begin(self, refresh: str) -> bool:
        now = self._clock()
        return bool(await self._write(partial(zalo.begin_renewal, account=self._account, refresh=refresh, now=now)))

    async def _spend(self, refresh: str) -> str:
        """Spend the refresh token, which we alone may do now. Cancelled in the middle, the pair would be lost."""
        return await asyncio.shield(asyncio.create_task(self._exchange(refresh)))

    async def _exchange(self, refresh: str) -> str:
        try:
            pair = await self._login.with_refresh(refresh, self._clock())
        except Refused as refused:
            await self._end(refresh, spent=refused.spent)
            self._known = None
            await self._alarm("zalo_oa.alarm_consent" if refused.spent else "zalo_oa.alarm_config")
            raise SendError("config", SPENT if refused.spent else f"Zalo's login says: {refused}") from None
        except NotReached as error:
            await self._end(refresh, spent=False)
            raise SendError("retry", f"Zalo's login: {error}") from None
        await self._keep(pair)
        log.info("zalo_oa: a new access token, good until %s", pair.expires_at.isoformat(timespec="minutes"))
        return pair.access

    async def _end(self, refresh: str, *, spent: bool) -> None:
        await self._write(partial(zalo.end_renewal, account=self._account, refresh=refresh, spent=spent))

    async def _keep(self, pair: Pair) -> None:
        """Write the pair, whatever it takes: the one before is dead at Zalo's, and without this one so are we."""
        row = TokenRow(pair.access, pair.refresh, pair.expires_at, spent=False)
        keep = partial(
            zalo.keep_tokens, account=self._account, access=row.access, refresh=row.refresh, expires_at=row.expires_at
        )
        while True:
            try:
                await self._write(keep)
                break
            except Exception as error:  # a full disk, a database that is away
                log.error("zalo_oa: the new tokens cannot be written (%s), trying on", type(error).__name__)
                await self._sleep(WRITE_AGAIN)
        self._known = row
