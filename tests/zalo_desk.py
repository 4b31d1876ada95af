"""A Zalo OA connector in a small world of its own: the fake of Zalo on one side, what stands behind it on the other."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.spool import FolderSpool
from connectors.zalo_oa import ZaloOa
from dialogs.words import Address, Incoming
from tests.fakes.zalo_oa import APP_ID, APP_SECRET, NOW, OA_ID, OA_SECRET, FakeZaloOa, TokensOfToday

HOA = "4572947693969771653"
CHAT = Address("zalo_oa", "main", HOA)


@dataclass
class Behind:
    """What stands behind the connector. It may be slow, or refuse."""

    taken: list[Incoming] = field(default_factory=list)
    unread: list[tuple[str, str]] = field(default_factory=list)
    media: dict[str, tuple[bytes, str]] = field(default_factory=dict)
    open: asyncio.Event = field(default_factory=asyncio.Event)
    refuses: int = 0
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    async def receive(self, incoming: Incoming) -> bool:
        await self.open.wait()
        if self.refuses:
            self.refuses -= 1
            raise RuntimeError("the database is away")
        seen = any(one.dedupe_key == incoming.dedupe_key for one in self.taken)
        if not seen:
            self.taken.append(incoming)
        self.changed.set()
        return not seen

    async def keep_unread(self, raw: str, why: str) -> None:
        self.unread.append((raw, why))
        self.changed.set()

    async def read_media(self, ref: str) -> tuple[bytes, str]:
        return self.media[ref]

    @property
    def texts(self) -> list[str]:
        return [one.text for one in self.taken]

    async def until(self, what: Callable[[], Any]) -> None:
        """Wait until it is so."""
        async with asyncio.timeout(10):
            while not what():
                self.changed.clear()
                await self.changed.wait()


class Naps:
    """Sleeping that takes no time, except for the long pauses of a connector that tends itself."""

    def __init__(self) -> None:
        self.taken: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.taken.append(seconds)
        if seconds >= 300:
            await asyncio.Event().wait()
        await asyncio.sleep(0)


@dataclass
class Desk:
    """All of it."""

    api: FakeZaloOa
    behind: Behind
    tokens: TokensOfToday
    spool: FolderSpool
    connector: ZaloOa
    naps: Naps
    url: str

    @property
    def errors(self) -> list[int]:
        return [refusal.code for refusal in self.api.refused]


@asynccontextmanager
async def zalo_desk(folder: Path, **settings: Any) -> AsyncIterator[Desk]:
    """A desk between `start` and `stop`; Hoa has just written."""
    api, behind, naps = FakeZaloOa(), Behind(), Naps()
    behind.open.set()
    api.seen[HOA] = NOW
    tokens, spool = TokensOfToday(api), FolderSpool(folder / "spool")
    plain: dict[str, Any] = {
        "app_id": APP_ID,
        "oa_secret": OA_SECRET,
        "app_secret": APP_SECRET,
        "oa_id": OA_ID,
        "tokens": tokens,
        "spool": spool,
        "receive": behind.receive,
        "read_media": behind.read_media,
        "keep_unread": behind.keep_unread,
        "clock": lambda: NOW,
        "sleep": naps,
    }
    async with AsyncExitStack() as stack:
        await api.start()
        stack.push_async_callback(api.stop)
        connector = ZaloOa(**{**plain, "api_url": api.url, **settings})
        app = web.Application()
        app.add_routes(connector.routes())
        server = await stack.enter_async_context(TestServer(app))
        api.webhook = str(server.make_url(f"/zalo/oa/{connector.account}"))
        await connector.start()
        stack.push_async_callback(connector.stop)
        yield Desk(api, behind, tokens, spool, connector, naps, api.webhook)
