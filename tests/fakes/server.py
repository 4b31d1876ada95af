"""What the platforms' stand-ins share: a server on a free port, and time that passes when somebody sleeps."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TypeVar

from aiohttp import web

MEGABYTE = 1024 * 1024


async def let_in() -> None:
    """Before a server closes: let it get to know connections that have just come in, or they would stay open."""
    for _ in range(5):  # rounds of the event loop; asyncio needs three
        await asyncio.sleep(0)


class FakeServer:
    """A platform's server in the test. `url` once it is started."""

    def __init__(self) -> None:
        self.url = ""
        self._posts: set[asyncio.Task[None]] = set()  # webhook calls under way
        self._runner: web.AppRunner | None = None

    def routes(self) -> list[web.AbstractRouteDef]:
        """What it answers."""
        raise NotImplementedError

    async def start(self, port: int = 0) -> None:
        app = web.Application(client_max_size=60 * MEGABYTE)
        app.add_routes(self.routes())
        self._runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", port).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def stop(self) -> None:
        for task in self._posts:
            task.cancel()
        await asyncio.gather(*self._posts, return_exceptions=True)
        await let_in()
        if self._runner:
            await self._runner.cleanup()


S = TypeVar("S", bound=FakeServer)


@asynccontextmanager
async def running(server: S) -> AsyncIterator[S]:
    """The server, started, and stopped at the end."""
    await server.start()
    try:
        yield server
    finally:
        await server.stop()


class Time:
    """Passes only while somebody sleeps."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []

    def monotonic(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds
        await asyncio.sleep(0)
