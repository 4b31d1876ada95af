"""Processes of our own for tests: forked from one that has imported everything, so that they begin in no time."""

import asyncio
import multiprocessing
import os
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection as Line
from multiprocessing.context import ForkServerProcess
from typing import Any

FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(["tests.faults.doing"])
PATIENCE = 60.0  # seconds until a test gives up; nothing waits that long when all is well


@dataclass
class Fork:
    """A process and the line to it; it hears and says Python values."""

    process: ForkServerProcess
    line: Line

    async def said(self) -> Any:
        """The next thing it says. Raises EOFError when it has died."""
        async with asyncio.timeout(PATIENCE):
            while not self.line.poll():
                await _readable(self.line.fileno())
        return self.line.recv()

    async def all_said(self) -> list[Any]:
        """Everything until its end."""
        found = []
        try:
            while True:
                found.append(await self.said())
        except (EOFError, ConnectionError):
            return found

    async def ended(self) -> int:
        """Its exit code, when it has ended."""
        async with asyncio.timeout(PATIENCE):
            await _readable(self.process.sentinel)
        self.process.join()
        assert self.process.exitcode is not None
        return self.process.exitcode

    async def was_killed(self) -> bool:
        """Whether it died as by kill -9."""
        return await self.ended() == -signal.SIGKILL


@asynccontextmanager
async def forked(do: Callable[..., None], *what: Any) -> AsyncIterator[Fork]:
    """`do(line, *what)` in a process of its own, which is gone at the end."""
    ours, theirs = FORKS.Pipe()
    process = FORKS.Process(target=do, args=(theirs, *what), daemon=True)
    process.start()
    theirs.close()
    try:
        yield Fork(process, ours)
    finally:
        process.kill()
        process.join()
        process.close()
        ours.close()


async def _readable(number: int) -> None:
    """Return when there is something to read, or the end."""
    mine = os.dup(number)  # the loop's own: another waiter may watch the same line
    seen = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_reader(mine, seen.set)
    try:
        await seen.wait()
    finally:
        loop.remove_reader(mine)
        os.close(mine)
