"""Many chats and one flood on several workers that are killed and begun again; then the books are checked.

    python -m tests.faults.storm [CHATS [MESSAGES]]

on a PostgreSQL of its own; prints what it measured.
"""

import asyncio
import random
import signal
import statistics
import sys
import time
from collections import defaultdict
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
from sqlalchemy import create_engine, make_url, select

from store.tables.base import table
from store.tables.delivery import Outbox
from store.tables.talk import Message
from store.tables.workers import Lease
from tests import cluster

ROOT = Path(__file__).parent.parent.parent
PATIENCE = 300.0  # seconds until we give up; nothing waits that long when all is well
FLOOD = "lũ"
_message, _outbox, _lease = table(Message), table(Outbox), table(Lease)


class Dead(Exception):
    """The worker is gone; what it had not acknowledged must be sent again."""


class Refused(Exception):
    """The worker could not take it."""


class Worker:
    """One process of tests/faults/several.py."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self._waiting: dict[str, set[asyncio.Future[None]]] = defaultdict(set)
        self.listening = asyncio.create_task(self._listen())
        self.ready = asyncio.Event()

    @classmethod
    async def begun(cls, url: str, folder: Path) -> "Worker":
        worker = cls(
            await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "tests.faults.several", url, str(folder)),
                cwd=ROOT,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
            )
        )
        await worker.ready.wait()
        return worker

    async def take(self, chat: str, message: str) -> None:
        """Hand over a message; returns when it is acknowledged. Raises Dead."""
        assert self.process.stdin
        if self.listening.done():
            raise Dead
        acknowledged = asyncio.get_running_loop().create_future()
        self._waiting[message].add(acknowledged)
        self.process.stdin.write(b'{"chat": "%s", "id": "%s"}\n' % (chat.encode(), message.encode()))
        await acknowledged

    async def _listen(self) -> None:
        assert self.process.stdout
        while line := (await self.process.stdout.readline()).decode().strip():
            if line == "ready":
                self.ready.set()
            message, _, refusal = line.partition(" ")
            for future in self._waiting.pop(message, ()):
                if future.done():  # who waited for it has gone to another worker
                    continue
                if refusal:
                    future.set_exception(Refused(refusal))
                else:
                    future.set_result(None)
        for future in chain.from_iterable(self._waiting.values()):
            if not future.done():
                future.set_exception(Dead())

    async def end(self) -> None:
        """Let it finish."""
        assert self.process.stdin
        self.process.stdin.close()
        await asyncio.wait_for(self.process.wait(), PATIENCE)
        await self.listening


@dataclass
class Storm:
    """What is sent, by whom it is taken, and how long that takes."""

    url: str
    folder: Path
    chats: int
    messages: int
    workers: list[Worker] = field(default_factory=list)
    acknowledged: int = 0
    refused: int = 0
    next_taken: asyncio.Event = field(default_factory=asyncio.Event)
    waits: list[float] = field(default_factory=list)  # seconds of messages of ordinary chats
    kills: list[int] = field(default_factory=list)
    reached: dict[float, asyncio.Event] = field(default_factory=lambda: {0.3: asyncio.Event(), 0.6: asyncio.Event()})
    chance: random.Random = field(default_factory=lambda: random.Random(1))

    async def run(self, workers: int) -> float:
        """All of it; returns its seconds, without the workers' start."""
        self.workers = list(await asyncio.gather(*(Worker.begun(self.url, self.folder) for _ in range(workers))))
        began = time.monotonic()
        async with asyncio.timeout(PATIENCE), asyncio.TaskGroup() as group:
            for number in range(self.chats):
                group.create_task(self._citizen(f"c{number}"))
            for number in range(self.flood):
                group.create_task(self._say(FLOOD, f"{FLOOD}-{number}"))
            group.create_task(self._strike())
        took = time.monotonic() - began
        await self.all_delivered()
        await asyncio.gather(*(worker.end() for worker in self.workers))
        return took

    @property
    def flood(self) -> int:
        return self.chats

    @property
    def total(self) -> int:
        return self.chats * self.messages + self.flood

    async def _citizen(self, chat: str) -> None:
        """Says one thing after another; now and then the channel hands a message over twice."""
        for number in range(self.messages):
            said = time.monotonic()
            twice = 2 if self.chance.random() < 0.2 else 1
            await asyncio.gather(*(self._say(chat, f"{chat}-{number}") for _ in range(twice)))
            self.waits.append(time.monotonic() - said)

    async def hand_over(self, chat: str, message: str) -> None:
        """Bring it to any worker; returns when it is acknowledged. Raises Dead, Refused."""
        await self.chance.choice(self.workers).take(chat, message)

    async def _say(self, chat: str, message: str) -> None:
        while True:
            try:
                await self.hand_over(chat, message)
            except (Dead, ConnectionError):
                await asyncio.sleep(0)
            except Refused:
                self.refused += 1
            else:
                self.acknowledged += 1
                self.next_taken.set()
                for share, reached in self.reached.items():
                    if self.acknowledged >= share * self.total:
                        reached.set()
                return

    async def _strike(self) -> None:
        """kill -9: any worker, then whichever delivers; each time another begins in its place."""
        for share in self.reached:
            await self.reached[share].wait()
            deliverer = self.deliverer()
            victims = [worker for worker in self.workers if (worker.process.pid == deliverer) == (share > 0.5)]
            victim = self.chance.choice(victims or self.workers)
            victim.process.send_signal(signal.SIGKILL)
            await victim.process.wait()
            await victim.listening
            self.kills.append(victim.process.pid)
            self.workers.remove(victim)
            self.workers.append(await Worker.begun(self.url, self.folder))

    def deliverer(self) -> int:
        """The process that has the lease."""
        rows = self._ask(select(_lease.c.holder).where(_lease.c.name == "telegram:main"))
        return int(rows[0].holder.split(":")[1]) if rows else 0

    async def all_delivered(self) -> None:
        """Return when nothing is on its way any more; looked at whenever a worker rings."""
        plain = make_url(self.url).set(drivername="postgresql").render_as_string(hide_password=False)
        waiting = select(_outbox.c.id).where(_outbox.c.state.in_(["queued", "sending"]))
        async with asyncio.timeout(PATIENCE), await psycopg.AsyncConnection.connect(plain, autocommit=True) as bell:
            await bell.execute("LISTEN langnghe")
            while self._ask(waiting):
                async for _ in bell.notifies(timeout=1.0, stop_after=1):
                    pass

    def _ask(self, statement: object) -> list[object]:
        engine = create_engine(self.url)
        try:
            with engine.connect() as connection:
                return list(connection.execute(statement))  # type: ignore[call-overload]
        finally:
            engine.dispose()

    # ------------------------------------------------------------ the books

    def heard(self) -> dict[str, list[str]]:
        """What the store has heard, by chat, in its order."""
        found: dict[str, list[str]] = defaultdict(list)
        rows = select(_message).where(_message.c.direction == "in").order_by(_message.c.id)
        for row in self._ask(rows):
            found[row.conversation_key.split(":")[2]].append(row.part["text"])
        return found

    def numbers(self) -> dict[str, list[int]]:
        """The numbers of what each chat was sent, in the order in which it was said."""
        found: dict[str, list[int]] = defaultdict(list)
        rows = select(_message).where(_message.c.direction == "out").order_by(_message.c.id)
        for row in self._ask(rows):
            found[row.conversation_key.split(":")[2]].append(row.seq)
        return found

    def sent(self) -> dict[str, list[int]]:
        """What the channel was given, by chat, in its order: our ids."""
        found: dict[str, list[int]] = defaultdict(list)
        for line in (self.folder / "sent").read_text().splitlines():
            chat, message, _pid = line.split()
            found[chat].append(int(message))
        return found

    def outcomes(self) -> dict[int, str]:
        """What became of each message, by our id."""
        return {row.message_id: row.state for row in self._ask(select(_outbox))}


async def main(chats: int, messages: int) -> None:
    cluster.prepare()
    try:
        with cluster.fresh_postgres() as url, TemporaryDirectory() as folder:
            storm = Storm(url, Path(folder), chats, messages)
            took = await storm.run(4)
            p95 = statistics.quantiles(storm.waits, n=20)[-1]
            states = list(storm.outcomes().values())
            p50 = statistics.median(storm.waits)
            print(
                f"{storm.total} messages, {chats} chats and a flood, 4 workers, {len(storm.kills)} killed: {took:.1f} s"
            )
            print(f"{storm.total / took:.0f} turns/s; a message of a chat waits p50 {p50:.3f} s, p95 {p95:.3f} s")
            print(f"answers: {states.count('sent')} sent, {states.count('unknown')} unknown")
    finally:
        cluster.clear()


if __name__ == "__main__":
    asyncio.run(main(*map(int, [*sys.argv[1:], "1000", "5"][:2])))
