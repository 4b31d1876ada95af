"""`langnghe bench faults`: kill -9 at any moment while people report; then the books are checked."""

import asyncio
import itertools
import os
import random
import signal
import socket
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import Connection, Engine, func, select

from bot.bench.faults_books import Books, audit
from bot.bench.faults_people import Citizen, Late, Officer, World
from bot.pack import the_locality
from bot.settings import Settings
from dialogs.words import Address, Expected
from store import staff_chat
from store.database import migrate, open_reader, open_writer, sqlite_path, utc_now
from store.staff import add_officer, sync_pack
from store.tables.base import table
from store.tables.delivery import Outbox
from store.tables.staff import StaffRoom
from store.tables.workers import Lease

HOUSE = Path(__file__).parent.parent.parent
TOKEN = "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw"  # noqa: S105 - the example of Telegram's own documentation
QUIET = (0.1, 3.0)  # seconds of ordinary life between an answer and the next kill
STARTS_WITHIN = DRAINS_WITHIN = 120.0  # seconds
LOOK = 0.1
OFFICERS_FROM = 5_000_001  # ids of people; a citizen's chat has the citizen's own
GROUPS_FROM = -1_000_000_000_001

_outbox, _room, _lease = table(Outbox), table(StaffRoom), table(Lease)


class CannotBreak(Expected):
    """The service cannot be put under fire here."""


@dataclass(frozen=True, slots=True)
class Fire:
    """How often it is killed, how many processes there are, how many people write meanwhile."""

    kills: int
    workers: int = 1
    citizens: int = 30
    seed: int = 4


@dataclass(slots=True)
class Found:
    """What was seen. `recoveries`: seconds from each kill to the next message that reached a chat."""

    books: Books
    kills: int = 0
    in_flight: int = 0  # messages that were being sent at the kills, all together
    recoveries: list[float] = field(default_factory=list)
    seconds: float = 0.0
    refused: int = 0


async def run(
    settings: Settings, url: str, folder: Path, texts: Sequence[str], fire: Fire, say: Callable[[str], None]
) -> Found:
    """All of it, on an empty database."""
    world = World(chance=random.Random(fire.seed))  # noqa: S311 - a kill must come again as it came
    groups = _prepared(settings, url)
    server = await asyncio.get_running_loop().create_server(lambda: Late(world.answer), "127.0.0.1", 0)
    config = _config(settings, url, folder, _port_of(server))
    storm = Storm(world, Under(config, folder, fire.workers), url, fire, say)
    try:
        return await storm.blow(texts, groups)
    finally:
        await storm.under.end()
        server.close()
        storm.engine.dispose()


def _prepared(settings: Settings, url: str) -> list[int]:
    """A migrated database in which every commune's room is a group with one officer; returns the groups."""
    migrate(url)
    engine, locality = open_writer(url), the_locality(settings)
    try:
        with engine.begin() as connection:
            sync_pack(connection, locality)
            rooms = connection.execute(select(_room.c.id).order_by(_room.c.id)).scalars().all()
            groups = [GROUPS_FROM - number for number in range(len(rooms))]
            for number, (room, group) in enumerate(zip(rooms, groups, strict=True)):
                officer = add_officer(connection, locality.id, f"Cán bộ {number}", "", [room], utc_now())
                staff_chat.bind_person(connection, officer, f"telegram:main:{OFFICERS_FROM + number}", utc_now())
                staff_chat.bind_room(connection, room, Address("telegram", "main", str(group)))
    finally:
        engine.dispose()
    return groups


def _config(settings: Settings, url: str, folder: Path, api_port: int) -> Path:
    """The operator's own settings, but for where messages come from and go to."""
    port = free_port()
    lines = [
        f'database.url = "{url}"',
        f'web = {{host = "127.0.0.1", port = {port}, public_url = "http://127.0.0.1:{port}"}}',
        f'locality.folder = "{settings.locality.folder}"',
        f'files = {{media = "{folder / "media"}", model = "{Path(settings.files.model).absolute()}"}}',
        f'telegram = {{mode = "webhook", api_base_url = "http://127.0.0.1:{api_port}", limits = false}}',
        'push = {quiet_from = "6:00", quiet_until = "6:00"}',
        'log.level = "WARNING"',
    ]
    path = folder / "config.toml"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


class Under:
    """The service under fire: `langnghe run` in processes of its own."""

    def __init__(self, config: Path, folder: Path, workers: int) -> None:
        self._config, self._folder, self._workers = config, folder, workers
        self._process: asyncio.subprocess.Process | None = None

    async def begin(self) -> None:
        """Start it; what it prints goes to a file."""
        several = ["--workers", str(self._workers)] if self._workers > 1 else []
        command = [sys.executable, "-m", "bot", "run", "--config", str(self._config), *several]
        environment = {**os.environ, "LANGNGHE_TELEGRAM_TOKEN": TOKEN, "LANGNGHE_SECRET_KEY": "under fire"}
        with (self._folder / "service.log").open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *command, env=environment, stdout=log, stderr=log, cwd=HOUSE
            )

    def alive(self) -> list[int]:
        """The processes that serve."""
        if self._process is None or self._process.returncode is not None:
            return []
        if self._workers == 1:
            return [self._process.pid]
        children = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children").read_text(encoding="ascii")
        return [int(pid) for pid in children.split()]

    async def kill(self, pid: int) -> None:
        """kill -9; returns when it is dead. A worker is begun again by its parent, the only process by us."""
        gone = os.pidfd_open(pid)
        dead = asyncio.Event()
        asyncio.get_running_loop().add_reader(gone, dead.set)
        os.kill(pid, signal.SIGKILL)
        await dead.wait()
        asyncio.get_running_loop().remove_reader(gone)
        os.close(gone)

    async def begin_again(self) -> None:
        """After the only process was killed."""
        if self._workers == 1 and self._process:
            await self._process.wait()
            await self.begin()

    async def end(self) -> None:
        """As an operator ends it; one that does not end is killed."""
        if self._process is None or self._process.returncode is not None:
            return
        self._process.terminate()
        try:
            async with asyncio.timeout(40):
                await self._process.wait()
        except TimeoutError:
            self._process.kill()
            await self._process.wait()


class Storm:
    """People live, processes die, the books are closed."""

    def __init__(self, world: World, under: Under, url: str, fire: Fire, say: Callable[[str], None]) -> None:
        self._world, self.under, self._fire, self._say = world, under, fire, say
        self.engine: Engine = open_reader(url)
        self._several = sqlite_path(url) is None
        self._stopped = asyncio.Event()
        self._found = Found(Books())

    async def blow(self, texts: Sequence[str], groups: Sequence[int]) -> Found:
        """All of it."""
        began = time.monotonic()
        await self.under.begin()
        async with asyncio.timeout(STARTS_WITHIN):
            await asyncio.shield(self._world.webhook)
        said = _numbered(texts)
        citizens = [Citizen(self._world, number, number) for number in range(1001, 1001 + self._fire.citizens)]
        officers = [Officer(self._world, OFFICERS_FROM + number, group) for number, group in enumerate(groups)]
        lives = [citizen.live(lambda: next(said), self._stopped) for citizen in citizens]
        lives += [officer.live(self._stopped) for officer in officers]
        async with asyncio.TaskGroup() as group:
            for life in lives:
                group.create_task(life)
            group.create_task(self._strike())
        await self._drained()
        for person in (*citizens, *officers):
            person.close()
        with self.engine.connect() as connection:
            self._found.books = audit(connection, self._world)
        self._found.seconds, self._found.refused = time.monotonic() - began, self._world.refused
        return self._found

    async def _strike(self) -> None:
        for number in range(self._fire.kills):
            await self._answered()
            await asyncio.sleep(self._world.chance.uniform(*QUIET))
            await self._kill()
            self._say(f"{number + 1}/{self._fire.kills} killed, answered again after {self._last()}")
        await self._answered()
        self._stopped.set()

    async def _kill(self) -> None:
        victims = self.under.alive()
        if not victims:
            raise CannotBreak("the service has ended by itself; see service.log")
        victim = self._world.chance.choice(victims)
        at = time.monotonic()
        await self.under.kill(victim)
        self._found.kills += 1
        self._found.in_flight += self._in_flight(victim)
        self._world.first_answer.clear()
        await self.under.begin_again()
        await self._answered()
        self._found.recoveries.append(time.monotonic() - at)

    async def _answered(self) -> None:
        async with asyncio.timeout(STARTS_WITHIN):
            await self._world.first_answer.wait()

    def _last(self) -> str:
        return f"{self._found.recoveries[-1]:.1f} s"

    def _in_flight(self, victim: int) -> int:
        """What the dead process was sending; of several only who has the lease sends."""
        sending = select(func.count()).select_from(_outbox).where(_outbox.c.state == "sending")
        with self.engine.connect() as connection:
            if self._several and victim != _deliverer(connection):
                return 0
            return int(connection.execute(sending).scalar_one())

    async def _drained(self) -> None:
        """Wait until nothing is on its way."""
        waiting = select(func.count()).select_from(_outbox).where(_outbox.c.state.in_(("queued", "sending")))
        with suppress(TimeoutError):
            async with asyncio.timeout(DRAINS_WITHIN):
                while self._count(waiting):
                    await asyncio.sleep(LOOK)

    def _count(self, statement: object) -> int:
        with self.engine.connect() as connection:
            return int(connection.execute(statement).scalar_one())  # type: ignore[call-overload]


def _deliverer(connection: Connection) -> int:
    holder = connection.execute(select(_lease.c.holder).where(_lease.c.name == "telegram:main")).scalar_one_or_none()
    return int(holder.split(":")[1]) if holder else 0


def _numbered(texts: Sequence[str]) -> Iterator[str]:
    return (f"{text} ({number})" for number, text in enumerate(itertools.cycle(texts)))


def free_port() -> int:
    """A port nobody listens on at the moment."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def _port_of(server: asyncio.Server) -> int:
    return int(server.sockets[0].getsockname()[1])


def as_text(found: Found) -> str:
    """What was done, then what was found."""
    books, waits = found.books, sorted(found.recoveries)
    lines = [
        f"{found.kills} kills in {found.seconds:.0f} s; {books.acknowledged} messages sent and acknowledged, "
        f"{books.reports} reports, {books.accepted} accepted, {books.delivered} messages delivered",
        f"lost {books.lost} · taken twice {books.taken_twice} · turns that raised {books.failed} · "
        f"wrong steps {books.wrong_steps} · said twice {books.said_twice}",
        f"in flight at the kills {found.in_flight} · unknown {books.unknown} · shown twice {books.shown_twice}, "
        f"unexplained {books.unexplained} · marked sent and never shown {books.never_shown} · "
        f"undelivered {books.undelivered}",
    ]
    if waits:
        p95 = waits[min(len(waits) - 1, int(0.95 * len(waits)))]
        lines.append(
            f"kill to the next answer: median {statistics.median(waits):.1f} s, p95 {p95:.1f} s, {waits[-1]:.1f} s"
        )
    return "\n".join([*lines, *books.examples])
