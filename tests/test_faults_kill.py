"""kill -9 at the four points of a message's life: nothing acknowledged is lost, nothing happens twice."""

import asyncio
import contextlib
import sqlite3
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.faults.worker import POINTS, TEXT

ROOT = Path(__file__).parent.parent
PATIENCE = 20.0  # seconds until a test gives up; nothing waits that long when all is well


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
async def worker(folder: Path, *point: str) -> AsyncIterator[str]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.faults.worker", str(folder), *point, cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout
    try:
        line = await asyncio.wait_for(process.stdout.readline(), PATIENCE)
        yield line.decode().strip()
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


SECOND_TIME = "2"  # every point is passed once by the first turn, then while the report is being filed


@pytest.mark.parametrize("point", sorted(POINTS))
async def test_a_kill_loses_nothing_acknowledged_and_does_nothing_twice(point: str, tmp_path: Path) -> None:
    citizen = Citizen()
    report = {"type": "message", "id": "m1", "text": TEXT}
    async with worker(tmp_path, point, SECOND_TIME) as citizen.address, citizen.page() as ws:
        assert await citizen.say(ws, report, answers=1)
        send = {"type": "choice", "id": "m2", "choice": citizen.seen[0]["choices"][0]["id"]}
        died = not await citizen.say(ws, send, answers=3)
    assert died, "the worker was to die while the report was being filed"
    async with worker(tmp_path) as citizen.address, citizen.page() as ws:
        assert await citizen.say(ws, send, answers=2), "sent again with the same id"
        assert await citizen.say(ws, {"type": "message", "id": "m3", "text": "phản ánh của tôi"}, answers=3)
    assert "Mã phản ánh" in citizen.seen[1]["text"]
    assert len(citizen.seen) == 3, "no answer came twice"
    with contextlib.closing(sqlite3.connect(tmp_path / "town.db")) as database:
        count_of = lambda query: database.execute(query).fetchone()[0]  # noqa: E731
        assert count_of("SELECT count(*) FROM report") == 1
        assert count_of("SELECT count(*) FROM status_change") == 2
        assert count_of("SELECT count(*) FROM inbox_failure") == 0
