"""A body of 20 MB at every door: refused before it is read, never held in memory; and a house closed unopened."""

import asyncio
import tracemalloc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from aiohttp import web

from bot.links import signature
from bot.serve import Server
from bot.service import Service
from bot.settings import Settings
from bot.web.pages import make_app
from store.database import utc_now
from tests.town import ScriptedUnderstanding, thanh_chuong

BODY = 22_000_000  # a little more than the web chat takes, twenty times what a webhook takes
PIECE = b"x" * 65_536
BUFFERS = 12_000_000  # what the kernel may take from a sender before anybody reads
MEMORY = 4_000_000
PATIENCE = 30.0  # seconds until a test gives up; nothing waits that long when all is well

UPLOAD = "multipart/form-data; boundary=b"
DOORS = {
    "/telegram/main": ("application/json", "X-Telegram-Bot-Api-Secret-Token", "telegram webhook"),
    "/zalo_bot/main": ("application/json", "X-Bot-Api-Secret-Token", "zalo_bot webhook"),
    "/zalo/oa/main": ("application/json", "X-ZEvent-Signature", "nobody's"),
    "/chat/media": (UPLOAD, "X-Nothing", "nothing"),
}


@asynccontextmanager
async def house(folder: Path) -> AsyncIterator[tuple[int, bytes]]:
    """All doors of the real application, with nothing behind them running; its port and key."""
    said: dict[str, Any] = {
        "database": {"url": f"sqlite:///{folder / 'town.db'}"},
        "files": {"media": str(folder / "media"), "spool": str(folder / "spool")},
        "telegram": {"mode": "webhook"},
        "zalo_bot": {"mode": "webhook"},
        "zalo_oa": {"app_id": "123"},
        "web": {"public_url": "https://town.example"},
        **dict.fromkeys(("telegram_token", "zalo_bot_token"), "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw"),
        **{"secret_key": "k", "zalo_oa_secret": "one", "zalo_app_secret": "other"},
    }
    understanding: Any = ScriptedUnderstanding()
    service = Service(Settings.model_validate(said), thanh_chuong(), understanding, utc_now)
    runner = web.AppRunner(make_app(service, Server(service)._routes), access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield runner.addresses[0][1], service.town.media_key
    finally:
        await runner.cleanup()
        await service.stop()


async def post_until_answered(port: int, head: str) -> tuple[int, int]:
    """Send piece after piece until an answer comes; its status, and how much had been sent by then."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    answer = asyncio.create_task(reader.readline())
    writer.write(head.encode())
    sent = 0
    while not answer.done() and sent < BODY:
        writer.write(PIECE)
        sent += len(PIECE)
        await asyncio.wait([answer, asyncio.ensure_future(writer.drain())], return_when=asyncio.FIRST_COMPLETED)
    status = int((await answer).split()[1])
    writer.close()
    return status, sent


async def test_twenty_megabytes_are_refused_before_they_are_read_and_never_held(tmp_path: Path) -> None:
    async with house(tmp_path) as (port, key), asyncio.timeout(PATIENCE):
        tracemalloc.start()
        try:
            for door, (kind, header, purpose) in DOORS.items():
                given = {"Host": "town.example", "Content-Type": kind, header: signature(purpose, key)}
                lines = "".join(f"{name}: {value}\r\n" for name, value in (given | {"Content-Length": BODY}).items())
                before, _ = tracemalloc.get_traced_memory()
                tracemalloc.reset_peak()
                status, sent = await post_until_answered(port, f"POST {door} HTTP/1.1\r\n{lines}\r\n")
                held = tracemalloc.get_traced_memory()[1] - before
                assert (door, status) == (door, 413)
                assert sent < BUFFERS, door
                assert held < MEMORY, door
        finally:
            tracemalloc.stop()


async def test_a_house_that_never_began_can_be_closed_with_every_channel(tmp_path: Path) -> None:
    async with house(tmp_path):
        pass
