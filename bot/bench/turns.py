"""`langnghe bench turns`: whole dialogs over HTTP against a real service, and against others of its kind."""

import asyncio
import os
import platform
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from sqlalchemy import func, select

from bot.bench.people import Pacer, Tally, Town
from bot.bench.profile import shares
from bot.bench.served import PEERS, DidNotStart, Served, Subject, free_port, langnghe, peer
from bot.bench.wire import Answering, Poster
from bot.pack import the_locality
from bot.settings import Settings
from store.database import open_reader, open_writer, sqlite_path
from store.tables.base import table
from store.tables.delivery import Outbox

LOOK = 0.02  # seconds between two looks at what is still to be delivered
SLOWEST_BACKLOG = 30.0
TRIES = 500
SYNCHRONOUS = {0: "OFF", 1: "NORMAL", 2: "FULL", 3: "EXTRA"}
_outbox = table(Outbox)


@dataclass(frozen=True, slots=True)
class Options:
    """How to measure."""

    chats: int = 100
    seconds: float = 10.0
    warm_up: float = 3.0
    peers: bool = True
    profile: bool = True
    workers: int = 1


@dataclass(frozen=True, slots=True)
class Window:
    """What was seen in some seconds under one load. Times in milliseconds."""

    turns_per_second: float
    p50: float
    p95: float
    p99: float
    answered_p95: float  # until the answer has come, too
    cpu_per_turn: float
    faults: int


@dataclass(slots=True)
class Figures:
    """One subject's measurements."""

    name: str
    full: Window
    half: Window | None = None  # at half the rate of `full`
    memory: float = 0.0  # megabytes
    backlog: float | None = None  # seconds until everything was delivered after the last turn
    time_goes: dict[str, float] = field(default_factory=dict)  # share of the processor time by what it is spent on


@dataclass(frozen=True, slots=True)
class Bench:
    """All figures, and what they were measured on."""

    machine: str
    durability: str
    chats: int
    figures: list[Figures]


def run(
    settings: Settings, url: str, folder: Path, texts: Sequence[str], options: Options, say: Callable[[str], None]
) -> Bench:
    """Measure us, then the others, one after another, each in its own process."""
    figures = []
    for script, name in (("", "langnghe"), *(OTHERS if options.peers and PEERS.is_dir() else ())):
        say(f"{name} …")
        figures.append(asyncio.run(_measure(script, name, settings, url, folder, texts, options)))
    return Bench(_machine(), durability(url), options.chats, figures)


# script under tests/bench → how it is called in the table; the floor only takes the POST
FLOOR = "bare aiohttp POST"
OTHERS = (
    ("peer_ptb.py", "python-telegram-bot + PicklePersistence"),
    ("peer_aiogram.py", "aiogram 3 + MemoryStorage"),
    ("floor.py", FLOOR),
)


async def _measure(
    script: str, name: str, settings: Settings, url: str, folder: Path, texts: Sequence[str], options: Options
) -> Figures:
    loop = asyncio.get_running_loop()
    town = Town(texts)
    server = await loop.create_server(lambda: Answering(town.answer), "127.0.0.1", 0)
    api = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    port = free_port()
    if script:
        subject = peer(script, name, port, api, answers=name != FLOOR)
    else:
        subject = langnghe(service_config(settings, url, folder, port, api), workers=options.workers)
    served = await Served.start(subject, folder, dict(os.environ))
    try:
        return await _under_load(subject, served, town, url, options)
    finally:
        await served.stop()
        server.close()


async def _under_load(subject: Subject, served: Served, town: Town, url: str, options: Options) -> Figures:
    address, secret = await served.until_ready(town.webhook)
    stopped = asyncio.Event()
    people = town.settle(options.chats, subject.answers)
    lines = [await connect(address, secret) for _ in people]
    lives = [asyncio.create_task(person.live(line, stopped)) for person, line in zip(people, lines, strict=True)]
    await asyncio.sleep(options.warm_up)
    full = await _window(served, town, options.seconds)
    figures = Figures(subject.name, full)
    if subject.answers:
        if options.profile and not subject.command[1].endswith(".py"):
            figures.time_goes = await shares(served.pid, options.seconds)
        town.pacer = Pacer(full.turns_per_second / 2)
        await asyncio.sleep(1.0)
        figures.half = await _window(served, town, options.seconds)
    stopped.set()
    await asyncio.gather(*lives)
    figures.memory = served.memory()
    if subject.name == "langnghe":
        figures.backlog = await drained(url)
    for line in lines:
        assert line.transport
        line.transport.close()
    return figures


async def connect(address: str, secret: str) -> Poster:
    """A line to a webhook, as soon as somebody listens there. Raises DidNotStart."""
    where = urlsplit(address)
    assert where.hostname and where.port
    loop = asyncio.get_running_loop()
    for _ in range(TRIES):
        with suppress(ConnectionRefusedError):  # some name their webhook before they listen
            _, line = await loop.create_connection(lambda: Poster(where.path, secret), where.hostname, where.port)
            return line
        await asyncio.sleep(LOOK)
    raise DidNotStart(f"{address}: nobody listens there")


async def _window(served: Served, town: Town, seconds: float) -> Window:
    town.tally, began, cpu = Tally(), time.perf_counter(), served.cpu()
    await asyncio.sleep(seconds)
    tally, cpu, took = town.tally, served.cpu() - cpu, time.perf_counter() - began
    turns = max(1, len(tally.acknowledged))
    return Window(
        turns_per_second=len(tally.acknowledged) / took,
        p50=1000 * at(tally.acknowledged, 0.5),
        p95=1000 * at(tally.acknowledged, 0.95),
        p99=1000 * at(tally.acknowledged, 0.99),
        answered_p95=1000 * at(tally.answered, 0.95),
        cpu_per_turn=1000 * cpu / turns,
        faults=len(tally.faults),
    )


def at(values: Sequence[float], share: float) -> float:
    """The value below which that share of all lies; 0 for none."""
    return sorted(values)[min(len(values) - 1, int(share * len(values)))] if values else 0.0


async def drained(url: str) -> float:
    """Seconds until nothing waits for delivery."""
    began, engine = time.perf_counter(), open_reader(url)
    waiting = select(func.count()).where(_outbox.c.state.in_(("queued", "sending")))
    try:
        while time.perf_counter() - began < SLOWEST_BACKLOG:
            with engine.connect() as connection:
                if connection.execute(waiting).scalar_one() == 0:
                    break
            await asyncio.sleep(LOOK)
    finally:
        engine.dispose()
    return time.perf_counter() - began


def service_config(settings: Settings, url: str, folder: Path, port: int, api: str) -> Path:
    """The operator's own settings, but for where messages come from and go to."""
    locality = the_locality(settings)
    assert locality
    lines = [
        f'database.url = "{url}"',
        f'web = {{host = "127.0.0.1", port = {port}, public_url = "http://127.0.0.1:{port}"}}',
        f'locality.folder = "{settings.locality.folder}"',
        f'files = {{media = "{folder / "media"}", model = "{Path(settings.files.model).absolute()}"}}',
        f'telegram = {{mode = "webhook", api_base_url = "{api}", limits = false}}',
        'log.level = "WARNING"',
    ]
    path = folder / "config.toml"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def durability(url: str) -> str:
    """How a commit of the service reaches the disk, as the database itself says."""
    engine = open_writer(url)
    try:
        with engine.connect() as connection:
            if sqlite_path(url) is None:
                setting = connection.exec_driver_sql("SHOW synchronous_commit").scalar_one()
                return f"PostgreSQL, synchronous_commit={setting}"
            mode = connection.exec_driver_sql("PRAGMA journal_mode").scalar_one()
            level = connection.exec_driver_sql("PRAGMA synchronous").scalar_one()
            return f"SQLite, journal_mode={mode}, synchronous={SYNCHRONOUS[level]}"
    finally:
        engine.dispose()


def _machine() -> str:
    models = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    name = models[0].partition(":")[2].strip() if models else platform.processor()
    return f"{os.cpu_count()} × {name}, Python {platform.python_version()}"
