"""`langnghe run --workers N`: several processes behind one port; one that dies is begun again."""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from bot.model import ready_model
from bot.pack import the_locality
from bot.serve import Announce, CannotServe, Server, announce_addresses, build, serve, shown_address, why_no_port
from bot.service import secret_key
from bot.settings import Settings, WebSection
from store.database import migrate, sqlite_path

READY = b"ready"
FIRST_WAIT, LONGEST_WAIT = 0.5, 10.0  # seconds before a worker that died is begun again
LONG_LIFE = 10.0  # seconds; who served for longer does not die of its beginning, and is begun again at once
LAST_WORDS = 30.0  # seconds that workers get to finish when we stop


async def run(settings: Settings, config: Path | None, count: int, announce: Announce) -> None:
    """Serve with so many workers until a signal. Raises CannotServe."""
    if sqlite_path(settings.database.url) is not None:
        raise CannotServe("--workers needs PostgreSQL (database.url): only one process may write an SQLite file")
    _prepare(settings, announce)
    with _reserved(settings.web) as port:
        number = port.getsockname()[1]
        workers = Workers(config, number, announce)
        await workers.run(count, lambda: announce_addresses(shown_address(settings.web, number), announce))


async def run_worker(settings: Settings, number: int) -> None:
    """Serve as one of several, until a signal or until the parent is gone; `number` is the file of the line to it."""
    line = Line(number)
    await serve(Server(build(settings, lambda _: None), shares_port=True), line.ready, line.when_gone)


def _prepare(settings: Settings, announce: Announce) -> None:
    """What all workers need is made once, before them."""
    the_locality(settings)
    migrate(settings.database.url)
    ready_model(Path(settings.files.model), announce)
    secret_key(settings)


def _reserved(web: WebSection) -> socket.socket:
    """Our port, bound and not listened on: it stays ours (also if it was 0) while workers come and go."""
    family, kind, protocol, _, address = socket.getaddrinfo(
        web.host or None, web.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )[0]
    try:
        with socket.socket(family, kind, protocol) as alone:  # another langnghe would share its port with us
            alone.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            alone.bind(address)
        shared = socket.socket(family, kind, protocol)
        shared.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        shared.bind(address)
    except OSError as error:
        raise CannotServe(why_no_port(error, web)) from error
    return shared


class Workers:
    """Begins the workers, begins again those that die, ends them all. Each ends by itself when we are gone."""

    def __init__(self, config: Path | None, port: int, announce: Announce) -> None:
        self._command = [sys.executable, "-m", "bot", "run", *(["--config", str(config)] if config else [])]
        self._environment = {**os.environ, "LANGNGHE_WEB__PORT": str(port)}
        self._announce = announce
        self._stopping = asyncio.Event()
        self._waiting_for: set[int] = set()  # numbers of workers that have not served yet
        self._failed = False

    async def run(self, count: int, when_ready: Callable[[], None]) -> None:
        """Until a signal, or until it is clear that they cannot even start. Raises CannotServe."""
        loop = asyncio.get_running_loop()
        for name in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(name, self._stopping.set)
        self._waiting_for = set(range(1, count + 1))
        async with asyncio.TaskGroup() as group:
            for number in range(1, count + 1):
                group.create_task(self._keep(number, when_ready))
        if self._failed:
            raise CannotServe("a worker could not start")

    async def _keep(self, number: int, when_ready: Callable[[], None]) -> None:
        """Begin this worker again and again until we stop."""
        wait = 0.0
        while not self._stopping.is_set():
            code, served = await self._live(number, when_ready)
            if self._stopping.is_set():
                return
            if number in self._waiting_for:  # it has said why
                self._failed = True
                self._stopping.set()
                return
            wait = wait_after(served, wait)
            self._announce(f"worker {number} ended ({code}) and is begun again")
            await self._stopped_within(wait)

    async def _live(self, number: int, when_ready: Callable[[], None]) -> tuple[int, float]:
        """One life of a worker; its exit code, and for how many seconds it served."""
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        with ours:
            with theirs:  # it reads the end of this line when we are gone, and then ends too
                process = await asyncio.create_subprocess_exec(
                    *self._command, "--worker", str(theirs.fileno()), env=self._environment, pass_fds=[theirs.fileno()]
                )
            ends = asyncio.create_task(self._end_in_time(process))
            await self._until_ready(number, ours, when_ready)
            began = asyncio.get_running_loop().time()
            code = await process.wait()
            ends.cancel()
        return code, asyncio.get_running_loop().time() - began

    async def _until_ready(self, number: int, line: socket.socket, when_ready: Callable[[], None]) -> None:
        with suppress(ConnectionError):
            said = await asyncio.get_running_loop().sock_recv(line, len(READY))
            if said == READY and number in self._waiting_for:
                self._waiting_for.discard(number)
                if not self._waiting_for:
                    when_ready()

    async def _end_in_time(self, process: asyncio.subprocess.Process) -> None:
        """When we stop: ask it to end, and do not wait for ever."""
        await self._stopping.wait()
        with suppress(ProcessLookupError):
            process.send_signal(signal.SIGTERM)
        await asyncio.sleep(LAST_WORDS)
        with suppress(ProcessLookupError):
            process.kill()

    async def _stopped_within(self, seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._stopping.wait()


def wait_after(served: float, waited: float) -> float:
    """Seconds before a worker that served for so long is begun again, by how long that was the last time."""
    return FIRST_WAIT if served > LONG_LIFE else min(LONGEST_WAIT, max(FIRST_WAIT, 2 * waited))


class Line:
    """A worker's line to its parent: says that it serves, and tells when the parent is gone."""

    def __init__(self, number: int) -> None:
        self._socket = socket.socket(fileno=number)
        self._socket.setblocking(False)

    async def ready(self) -> None:
        """We serve."""
        await asyncio.get_running_loop().sock_sendall(self._socket, READY)

    def when_gone(self, stop: Callable[[], None]) -> None:
        """Call this when the parent is gone: it never says anything, so what can be read is the end of the line."""
        asyncio.get_running_loop().add_reader(self._socket, stop)
