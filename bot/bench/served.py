"""What is measured: a service in a process of its own, started as an operator would start it."""

import asyncio
import socket
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from dialogs.words import Expected

HOUSE = Path(__file__).parent.parent.parent
PEERS = HOUSE / "tests" / "bench"
TOKEN = "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw"  # noqa: S105 - the example of Telegram's own documentation
STARTS_WITHIN = 120.0  # seconds
MEGABYTE = 1024 * 1024


class DidNotStart(Expected):
    """What was to be measured did not start."""


@dataclass(frozen=True, slots=True)
class Subject:
    """How something to be measured is started. `answers`: it talks back, which the floor does not."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    answers: bool = True


def langnghe(config: Path, name: str = "langnghe", workers: int = 1) -> Subject:
    """`langnghe run`, as it is."""
    command = [sys.executable, "-m", "bot", "run", "--config", str(config), "--workers", str(workers)]
    return Subject(name, command, {"LANGNGHE_TELEGRAM_TOKEN": TOKEN})


def peer(script: str, name: str, port: int, api: str, *, answers: bool = True) -> Subject:
    """One of the scripts under tests/bench."""
    return Subject(name, [sys.executable, str(PEERS / script), str(port), api, TOKEN], answers=answers)


def free_port() -> int:
    """A port nobody listens on at the moment."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


class Served:
    """A subject that runs; its processor time and memory include its children's."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self.pid = process.pid

    @classmethod
    async def start(cls, subject: Subject, folder: Path, environment: Mapping[str, str]) -> "Served":
        """Start it; what it prints goes to a file in `folder`."""
        with (folder / f"{subject.name.replace(' ', '_')}.log").open("wb") as log:
            process = await asyncio.create_subprocess_exec(
                *subject.command, env={**environment, **subject.environment}, stdout=log, stderr=log, cwd=HOUSE
            )
        return cls(process)

    async def until_ready(self, ready: "asyncio.Future[tuple[str, str]]") -> tuple[str, str]:
        """Wait until it has named its webhook. Raises DidNotStart."""
        ended = asyncio.ensure_future(self._process.wait())
        ended.add_done_callback(lambda _: ready.done() or ready.cancel())
        with suppress(asyncio.CancelledError, TimeoutError):
            await asyncio.wait_for(asyncio.shield(ready), STARTS_WITHIN)
        if not ready.done() or ready.cancelled():
            raise DidNotStart("it ended, or never named its webhook; its log stands in the bench's folder")
        return ready.result()

    def cpu(self) -> float:
        """Seconds of processor time so far."""
        times = [one.cpu_times() for one in self._family()]
        return float(sum(time.user + time.system for time in times))

    def memory(self) -> float:
        """Resident megabytes."""
        return float(sum(one.memory_info().rss for one in self._family())) / MEGABYTE

    def _family(self) -> list[psutil.Process]:
        parent = psutil.Process(self.pid)
        return [parent, *parent.children(recursive=True)]

    async def stop(self) -> None:
        """End it as an operator would; one that does not end is killed."""
        with suppress(ProcessLookupError):
            self._process.terminate()
        try:
            async with asyncio.timeout(20):
                await self._process.wait()
        except TimeoutError:
            self._process.kill()
            await self._process.wait()
