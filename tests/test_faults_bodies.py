"""A body of 20 MB at every door, with its length or without: never held in memory; and a house closed unopened."""

import asyncio
import tracemalloc
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import pytest
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
MEMORY = 8_000_000  # buffers on the way, of both sides: the same for a body of any size
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


async def post_until_answered(
    port: int, head: str, piece: bytes = PIECE, size: int = BODY, tail: bytes = b""
) -> tuple[int, int]:
    """Send piece after piece until an answer comes; its status, and how much had been sent by then."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    answer = asyncio.create_task(reader.readline())
    writer.write(head.encode("latin-1"))
    sent = 0
    while not answer.done() and sent < size:
        writer.write(piece)
        sent += len(PIECE)
        await asyncio.wait([answer, asyncio.ensure_future(writer.drain())], return_when=asyncio.FIRST_COMPLETED)
    writer.write(tail)
    status = int((await answer).split()[1])
    writer.close()
    return status, sent


def in_chunks(*pieces: bytes) -> bytes:
    """As a body goes whose length nobody said."""
    return b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces)


def upload_of_no_length(begins: bytes) -> str:
    """The head of a request, and the body as far as the first bytes of the file."""
    session = b'--b\r\nContent-Disposition: form-data; name="session"\r\n\r\n' + b"s" * 43 + b"\r\n"
    file = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n' + begins
    head = f"POST /chat/media HTTP/1.1\r\nHost: town.example\r\nContent-Type: {UPLOAD}\r\nTransfer-Encoding: chunked"
    return f"{head}\r\n\r\n{in_chunks(session + file).decode('latin-1')}"


@contextmanager
def little_held() -> Iterator[None]:
    """What happens meanwhile needs little memory."""
    tracemalloc.start()
    try:
        yield
        assert tracemalloc.get_traced_memory()[1] < MEMORY
    finally:
        tracemalloc.stop()


async def test_twenty_megabytes_are_refused_before_they_are_read_and_never_held(tmp_path: Path) -> None:
    async with house(tmp_path) as (port, key), asyncio.timeout(PATIENCE):
        for door, (kind, header, purpose) in DOORS.items():
            given = {"Host": "town.example", "Content-Type": kind, header: signature(purpose, key)}
            lines = "".join(f"{name}: {value}\r\n" for name, value in (given | {"Content-Length": BODY}).items())
            with little_held():
                status, sent = await post_until_answered(port, f"POST {door} HTTP/1.1\r\n{lines}\r\n")
            assert (door, status) == (door, 413)
            assert sent < BUFFERS, door


@pytest.mark.parametrize(("size", "status"), [(19_000_000, 200), (BODY, 413)])
async def test_a_film_whose_length_nobody_said_goes_to_the_disk_as_it_comes(
    size: int, status: int, tmp_path: Path
) -> None:
    film = upload_of_no_length(b"\x00\x00\x00\x18ftypmp42")
    async with house(tmp_path) as (port, _), asyncio.timeout(PATIENCE):
        with little_held():
            found, _ = await post_until_answered(port, film, in_chunks(PIECE), size, in_chunks(b"\r\n--b--\r\n", b""))
    assert found == status
    kept = [path.stat().st_size for path in (tmp_path / "media").rglob("*") if path.is_file()]
    assert kept == ([] if status == 413 else [12 + -(-size // len(PIECE)) * len(PIECE)])


async def test_what_nobody_takes_is_refused_at_its_first_bytes_whatever_its_length(tmp_path: Path) -> None:
    async with house(tmp_path) as (port, _), asyncio.timeout(PATIENCE):
        with little_held():
            status, sent = await post_until_answered(port, upload_of_no_length(b"MZ"), in_chunks(PIECE))
    assert status == 415
    assert sent < BUFFERS


async def test_a_house_that_never_began_can_be_closed_with_every_channel(tmp_path: Path) -> None:
    async with house(tmp_path):
        pass
