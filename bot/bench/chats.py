"""`langnghe bench chats`: many open web chats in one process, what each costs, and how soon a push is on the page."""

import asyncio
import json
import resource
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from statistics import quantiles

from sqlalchemy import Connection, select

from bot.open_files import raise_limit
from bot.serve import Announce, Server, build
from bot.settings import Settings
from dialogs.words import Address, Expected, Part
from store.outbox import NOTICE, queue_part
from store.tables.base import table
from store.tables.people import Identity

PAGE_BYTES = resource.getpagesize()
OTHER_FILES = 200  # open besides the chats: the database, the threads' connections, the port


class CannotMeasure(Expected):
    """The bench cannot be run here."""


@dataclass(frozen=True, slots=True)
class Load:
    """How many chats are open, how many pushes one after the other, how many seconds nobody writes."""

    chats: int
    pushes: int
    idle: float


@dataclass(frozen=True, slots=True)
class Push:
    """How long pushes took from their commit to the page, in milliseconds; `all` until the last page had it."""

    count: int
    p50: float
    p95: float
    p99: float
    all: float


@dataclass(frozen=True, slots=True)
class ChatFigures:
    """What was measured. `steady`: one chat after the other; `storm`: one message to everybody in one commit."""

    chats: int
    kilobytes: float  # each chat, in the service's process
    megabytes: float  # that process with all of them open
    idle_cpu: float  # share of one core while nobody writes
    steady: Push
    storm: Push

    def lines(self) -> list[str]:
        """For people."""
        return [
            f"{self.chats} open chats: {self.kilobytes:.1f} KB each, {self.megabytes:.0f} MB in all, "
            f"{self.idle_cpu:.0%} of a core while nobody writes",
            *(
                f"{name}: {push.count} pushes, commit to page p50 {push.p50:.0f} ms, p95 {push.p95:.0f} ms, "
                f"p99 {push.p99:.0f} ms; the last after {push.all:.0f} ms"
                for name, push in (("one chat at a time", self.steady), ("everybody at once", self.storm))
            ),
        ]


def measure(load: Load, announce: Announce) -> ChatFigures:
    """Measure on a new database in a temporary folder."""
    if (most := raise_limit()) < load.chats + OTHER_FILES:
        raise CannotMeasure(f"only {most} files may be open here (ulimit -n); {load.chats + OTHER_FILES} are needed")
    with tempfile.TemporaryDirectory(prefix="langnghe-bench-") as name:
        return asyncio.run(_measure(_settings(Path(name)), load, announce))


def _settings(folder: Path) -> Settings:
    return Settings.model_validate(
        {
            "database": {"url": f"sqlite:///{folder / 'bench.db'}"},
            "web": {"port": 0},
            "files": {"media": str(folder / "media"), "model": Settings().files.model},
        }
    )


async def _measure(settings: Settings, load: Load, announce: Announce) -> ChatFigures:
    server = Server(build(settings, announce))
    await server.start()
    try:
        before = memory()
        async with people_in(server.address, load.chats) as people:
            announce(f"{load.chats} chats are open")
            after, idle_cpu = memory(), await _cpu_share(load.idle)
            chats = await server.service.read(_addresses)
            steady = await _steady(server, people, chats, load.pushes)
            storm = await _storm(server, people, chats)
    finally:
        await server.stop()
    return ChatFigures(load.chats, (after - before) / load.chats / 1024, after / 1024**2, idle_cpu, steady, storm)


def memory() -> int:
    """Bytes that this process holds in memory now (Linux)."""
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * PAGE_BYTES


async def _cpu_share(seconds: float) -> float:
    start, busy = time.monotonic(), time.process_time()
    await asyncio.sleep(seconds)
    return (time.process_time() - busy) / (time.monotonic() - start)


def _addresses(connection: Connection) -> list[Address]:
    here = table(Identity)
    found = connection.execute(select(here.c.channel, here.c.account, here.c.chat).where(here.c.channel == "webchat"))
    return [Address(*row) for row in found]


# ---------------------------------------------------------------- the people


class People:
    """The other process: tells when each text was heard, and how often."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout
        self._said = process.stdout

    async def next(self) -> tuple[str, float]:
        """The next text that anybody heard, and when."""
        async with asyncio.timeout(60):
            line = json.loads(await self._said.readline())
        return str(line["heard"]), float(line["at"])

    async def are_there(self, count: int) -> None:
        """Wait until all have been greeted."""
        async with asyncio.timeout(300):
            line = await self._said.readline()
        if json.loads(line or "{}").get("open") != count:
            raise CannotMeasure("the people did not all get in")


@asynccontextmanager
async def people_in(url: str, count: int) -> AsyncIterator[People]:
    """`count` open chats, greeted; they go at the end."""
    command = [sys.executable, "-m", "bot.bench.chats_people", url, str(count)]
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe)
    people = People(process)
    try:
        await people.are_there(count)
        yield people
    finally:
        if process.stdin:
            process.stdin.close()
        await process.wait()


# ---------------------------------------------------------------- the pushes


async def _commit(server: Server, told: Sequence[tuple[Address, str]]) -> float:
    """Queue these texts in one commit; returns when it was done, noted by the thread that did it."""
    now = server.service.clock()
    done: list[float] = []
    future = server.service.writer.submit(partial(_queue, told=told, now=now))
    future.add_done_callback(lambda _: done.append(time.monotonic()))
    await asyncio.wrap_future(future)
    return done[0]


def _queue(connection: Connection, told: Sequence[tuple[Address, str]], now: datetime) -> None:
    for address, text in told:
        queue_part(connection, address, Part(text), now, lane=NOTICE)


async def _steady(server: Server, people: People, chats: Sequence[Address], pushes: int) -> Push:
    """One push after the other, each to another chat, each when the last has arrived."""
    took = []
    for number in range(pushes):
        text = f"{number}: Đèn đường xóm 5 đã được thay bóng, mời bà con xem giúp."
        committed = await _commit(server, [(chats[number % len(chats)], text)])
        heard, at = await people.next()
        if heard != text:
            raise CannotMeasure("another message came between")
        took.append(at - committed)
    return _push(took)


async def _storm(server: Server, people: People, chats: Sequence[Address]) -> Push:
    """One message to everybody."""
    committed = await _commit(server, [(chat, "Bão số 9: bà con vùng thấp sơ tán trước 18 giờ.") for chat in chats])
    return _push([(await people.next())[1] - committed for _ in chats])


def _push(seconds: list[float]) -> Push:
    at = quantiles(seconds, n=100, method="inclusive")
    p50, p95, p99 = (1000 * at[part - 1] for part in (50, 95, 99))
    return Push(len(seconds), p50, p95, p99, 1000 * max(seconds))
