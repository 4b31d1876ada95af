"""What the forked processes of the fault tests do (tests/faults/forked.py); each may die at a named point."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from multiprocessing.connection import Connection as Line
from pathlib import Path
from typing import Any

from bot.serve import Server
from bot.service import Service
from bot.settings import Settings
from dialogs.words import Address, Incoming, Sender
from store.database import utc_now
from tests.faults.points import lay
from tests.faults.several import NAME, Pen
from tests.town import Clock, ScriptedUnderstanding, TestTown, report_prediction, thanh_chuong

TEXT = "đèn đường xóm 5 Thanh Lĩnh hỏng"


def service_on(url: str, folder: Path) -> Service:
    """A service without channels, on a free port, without quiet hours."""
    said: dict[str, Any] = {"database": {"url": url}, "web": {"port": 0}, "secret_key": "k"}
    said |= {"files": {"media": str(folder / "media")}, "push": {"quiet_from": "6:00", "quiet_until": "6:00"}}
    understanding: Any = ScriptedUnderstanding()
    understanding.scripted[TEXT] = report_prediction("lighting_greenery", place="xóm 5", commune="17713")
    return Service(Settings.model_validate(said), thanh_chuong(), understanding, utc_now)


def with_pen(service: Service, folder: Path) -> Service:
    """Its channel writes down what it sends."""
    service.add(Pen(folder / "sent"))
    return service


def serve(line: Line, url: str, folder: Path, point: str = "", count: int = 1) -> None:
    """Serve, with the web chat, until killed; say the address."""
    lay(point, count)
    asyncio.run(_serve(line, url, folder))


async def _serve(line: Line, url: str, folder: Path) -> None:
    server = Server(service_on(url, folder))
    await server.start()
    line.send(server.address)
    await asyncio.Event().wait()


def hear(line: Line, url: str, folder: Path, point: str, messages: Sequence[tuple[str, str]]) -> None:
    """Take all these (chat, text) at once, say each text when it is acknowledged, deliver, stop."""
    lay(point)
    asyncio.run(_hear(line, url, folder, messages))


async def _hear(line: Line, url: str, folder: Path, messages: Sequence[tuple[str, str]]) -> None:
    service = with_pen(service_on(url, folder), folder)

    async def take(chat: str, text: str) -> None:
        address = Address(NAME, "main", chat)
        await service.receive(Incoming(address, Sender(chat), "text", text, utc_now(), text=text))
        line.send(text)

    await asyncio.gather(*(take(*message) for message in messages))
    await service.settle()
    await service.stop()


def tick(line: Line, url: str, folder: Path, point: str, now: datetime) -> None:
    """When it is told to begin: ask every job, then tell citizens what has changed; say how much was done."""
    lay(point)
    town = TestTown(folder, Clock(now), url)
    line.send("ready")
    line.recv()
    line.send((asyncio.run(town.tick()), town.push()))
    town.close()


def announce(line: Line, url: str, folder: Path, point: str, count: int) -> None:
    """Work on what is being announced until nothing is left."""
    lay(point, count)
    asyncio.run(_announce(url, folder))


async def _announce(url: str, folder: Path) -> None:
    service = with_pen(service_on(url, folder), folder)
    await service.settle()  # what was left in flight may be all that waits
    await service.settle()
    await service.stop()
