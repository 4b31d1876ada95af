"""kill -9 at the four points of a message's life: nothing acknowledged is lost, nothing happens twice."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from sqlmodel import SQLModel

from store.database import migrated_reader
from store.tables.base import table
from store.tables.reports import Report, StatusChange
from store.tables.talk import InboxFailure
from tests.faults.doing import TEXT, serve
from tests.faults.forked import forked
from tests.faults.points import OF_A_TURN
from tests.stored import count

PATIENCE = 60.0  # seconds until a test gives up; nothing waits that long when all is well


class Citizen:
    """A page that reconnects with what it has, and sends again what was not acknowledged."""

    def __init__(self) -> None:
        self.session: str | None = None
        self.last = 0
        self.seen: list[dict[str, Any]] = []
        self.acked: list[str] = []
        self.address = ""

    @contextlib.asynccontextmanager
    async def page(self) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
        async with aiohttp.ClientSession() as client, client.ws_connect(f"{self.address}/chat/ws") as ws:
            await ws.send_json({"type": "hello", "session": self.session, "last": self.last})
            self.session = (await ws.receive_json())["session"]
            yield ws

    async def say(self, ws: aiohttp.ClientWebSocketResponse, frame: dict[str, Any], answers: int) -> bool:
        """Send one frame and wait for its ack and so many messages; False if the line breaks first."""
        await ws.send_json(frame)
        try:
            async with asyncio.timeout(PATIENCE):
                while frame["id"] not in self.acked or len(self.seen) < answers:
                    await self._take(ws)
        except (TypeError, ConnectionError, aiohttp.ClientError):
            return False
        return True

    async def _take(self, ws: aiohttp.ClientWebSocketResponse) -> None:
        got = await ws.receive_json()
        if got["type"] == "ack":
            self.acked.append(got["id"])
        elif got["type"] == "message":
            assert got["seq"] == self.last + 1, "each number once, in order"
            self.last = got["seq"]
            self.seen.append(got)


@contextlib.asynccontextmanager
async def worker(*what: Any) -> AsyncIterator[str]:
    """A serving process; its address."""
    async with forked(serve, *what) as process:
        yield await process.said()


SECOND_TIME = 2  # every point is passed once by the first turn, then while the report is being filed


@pytest.mark.parametrize("point", sorted(OF_A_TURN))
async def test_a_kill_loses_nothing_acknowledged_and_does_nothing_twice(
    point: str, database: str, tmp_path: Path
) -> None:
    citizen = Citizen()
    report = {"type": "message", "id": "m1", "text": TEXT}
    async with worker(database, tmp_path, point, SECOND_TIME) as citizen.address, citizen.page() as ws:
        assert await citizen.say(ws, report, answers=1)
        send = {"type": "choice", "id": "m2", "choice": citizen.seen[0]["choices"][0]["id"]}
        died = not await citizen.say(ws, send, answers=3)
    assert died, "the worker was to die while the report was being filed"
    async with worker(database, tmp_path) as citizen.address, citizen.page() as ws:
        assert await citizen.say(ws, send, answers=2), "sent again with the same id"
        assert await citizen.say(ws, {"type": "message", "id": "m3", "text": "phản ánh của tôi"}, answers=3)
    assert "Mã phản ánh" in citizen.seen[1]["text"]
    assert len(citizen.seen) == 3, "no answer came twice"
    assert [how_many(database, rows) for rows in (Report, StatusChange, InboxFailure)] == [1, 2, 0]


def how_many(url: str, rows: type[SQLModel]) -> int:
    """What the store has of a kind."""
    with migrated_reader(url) as connection:
        return count(connection, table(rows))
