"""`langnghe bench crowd`: ten thousand people write at the same moment; then one of them will not stop."""

import asyncio
import os
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import func, select

from bot.bench.people import Pacer, Person, Tally, Town
from bot.bench.served import Served, free_port, langnghe
from bot.bench.turns import at, connect, drained, service_config
from bot.bench.wire import Answering, Poster
from bot.settings import Settings
from store.database import open_reader
from store.tables.base import table
from store.tables.talk import Message

FLOODER = 999
SETTLES = 3.0  # seconds before the others are watched
WATCHED, MOST_WATCHED = 10.0, 30.0  # seconds of ordinary life before the flood, and during it
ANSWERED_WITHIN = 300.0  # seconds until an answer that has not come is a fault
PATIENCE = 1200.0  # seconds until we give up

_message = table(Message)


@dataclass(frozen=True, slots=True)
class Load:
    """How many write at once; how much one of them writes; who talks meanwhile, and how fast, all together."""

    chats: int = 10_000
    flood: int = 4_000
    others: int = 100
    turns_per_second: float = 50.0
    lines: int = 100  # connections to the webhook: Telegram's own most


@dataclass(frozen=True, slots=True)
class Found:
    """What was seen. `lost`: acknowledged, and not in the database."""

    at_once: Tally
    before: Tally
    during: Tally
    flood: Tally
    lost: int
    faults: int
    memory: float


async def run(
    settings: Settings, url: str, folder: Path, texts: Sequence[str], load: Load, say: Callable[[str], None]
) -> Found:
    """All of it, against a real `langnghe run` on an empty database."""
    town = Town(texts)
    server = await asyncio.get_running_loop().create_server(lambda: Answering(town.answer), "127.0.0.1", 0)
    api = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    config = service_config(settings, url, folder, free_port(), api)
    served = await Served.start(langnghe(config), folder, dict(os.environ))
    try:
        async with asyncio.timeout(PATIENCE):
            webhook = await served.until_ready(town.webhook)
            return await _come(Street(town, webhook, load), served, url, say)
    finally:
        await served.stop()
        server.close()


async def _come(street: "Street", served: Served, url: str, say: Callable[[str], None]) -> Found:
    say(f"{street.load.chats} people at once …")
    at_once = await street.all_at_once()
    await drained(url)
    say(f"one with {street.load.flood} messages, {street.load.others} others …")
    before, during, flood = await street.one_who_does_not_stop()
    memory = served.memory()
    await drained(url)
    faults = sum(len(tally.faults) for tally in (at_once, before, during, flood))
    return Found(at_once, before, during, flood, street.said() - _heard(url), faults, memory)


class Street:
    """Everybody who writes."""

    def __init__(self, town: Town, webhook: tuple[str, str], load: Load) -> None:
        self.load = load
        self._town, self._webhook = town, webhook

    def said(self) -> int:
        """How many messages and presses have been posted until now, all of them acknowledged."""
        return next(self._town.update_ids) - 1

    async def all_at_once(self) -> Tally:
        """Everybody's first words at the same moment; until the last has its answer."""
        people = self._town.settle(self.load.chats, answers=True)
        return await self._post_all(people, awaits_answer=True)

    async def one_who_does_not_stop(self) -> tuple[Tally, Tally, Tally]:
        """What the others see before and during the flood, and what the one sees."""
        people, town, stopped = self._town.settle(self.load.others, answers=True), self._town, asyncio.Event()
        town.pacer = Pacer(self.load.turns_per_second)
        lines = [await connect(*self._webhook) for _ in people]
        lives = [asyncio.create_task(one.live(line, stopped)) for one, line in zip(people, lines, strict=True)]
        await asyncio.sleep(SETTLES)
        town.tally = before = Tally()
        await asyncio.sleep(WATCHED)
        town.tally = during = Tally()
        one = Person(town, FLOODER, answers=False)
        flood = asyncio.create_task(self._post_all([one] * self.load.flood, awaits_answer=False))
        await asyncio.wait({flood}, timeout=MOST_WATCHED)
        town.tally = Tally()
        stopped.set()
        await asyncio.gather(*lives)
        _hang_up(lines)
        return before, during, await flood

    async def _post_all(self, people: Sequence[Person], *, awaits_answer: bool) -> Tally:
        """One message of each, over as many lines as there are; all times count from the same moment."""
        lines: asyncio.Queue[Poster] = asyncio.Queue()
        for _ in range(self.load.lines):
            lines.put_nowait(await connect(*self._webhook))
        tally, began = Tally(), time.perf_counter()

        async def post(person: Person) -> None:
            line = await lines.get()
            try:
                answer = await line.post(person.writes())
            finally:
                lines.put_nowait(line)
            tally.acknowledged.append(time.perf_counter() - began)
            if b" 200 " not in answer.first:
                tally.faults.append(answer.first.decode())
            elif awaits_answer:
                await person.inbox.get()
                tally.answered.append(time.perf_counter() - began)

        posted = [asyncio.create_task(post(person)) for person in people]
        await asyncio.wait(posted, timeout=ANSWERED_WITHIN)
        for one in posted:
            one.cancel()  # who is still waiting
        ends = await asyncio.gather(*posted, return_exceptions=True)
        tally.faults += [type(end).__name__ for end in ends if end is not None]
        _hang_up(lines.get_nowait() for _ in range(self.load.lines))
        return tally


def _hang_up(lines: Iterable[Poster]) -> None:
    for line in lines:
        assert line.transport
        line.transport.close()


def _heard(url: str) -> int:
    """How many messages and presses the store has heard."""
    engine = open_reader(url)
    try:
        with engine.connect() as connection:
            return int(connection.execute(select(func.count()).where(_message.c.direction == "in")).scalar_one())
    finally:
        engine.dispose()


def as_text(found: Found) -> str:
    """What was seen, in sentences."""
    once, flood = found.at_once, found.flood
    rate = len(once.acknowledged) / max(once.acknowledged)
    return "\n".join(
        [
            f"{len(once.acknowledged)} chats at once: acknowledged {_spread(once.acknowledged)} ({rate:.0f}/s), "
            f"answered {_spread(once.answered)}",
            f"one chat with {len(flood.acknowledged)} messages at once: acknowledged {_spread(flood.acknowledged)}",
            f"the others before, {len(found.before.acknowledged)} turns: "
            f"acknowledged {_spread(found.before.acknowledged)}, answered {_spread(found.before.answered)}",
            f"the others meanwhile, {len(found.during.acknowledged)} turns: "
            f"acknowledged {_spread(found.during.acknowledged)}, answered {_spread(found.during.answered)}",
            f"lost {found.lost} · faults {found.faults} · memory {found.memory:.0f} MB",
        ]
    )


def _spread(seconds: Sequence[float]) -> str:
    median, p99, most = at(seconds, 0.5), at(seconds, 0.99), max(seconds, default=0.0)
    return f"p50 {1000 * median:.0f} ms, p99 {1000 * p99:.0f} ms, last {1000 * most:.0f} ms"
