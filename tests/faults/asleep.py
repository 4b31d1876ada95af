"""A worker that delivers is stopped (SIGSTOP) for a minute under load and woken; then the books are checked.

    python -m tests.faults.asleep [SECONDS [CHATS [MESSAGES]]]

on a PostgreSQL of its own. Who brings a message and hears nothing for five seconds brings it to another worker; the
sleeper finds the first one in its hands when it wakes.
"""

import asyncio
import signal
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.cluster import own_server
from tests.faults.audit import faults
from tests.faults.storm import Refused, Storm

BRINGS_AGAIN = 5.0  # seconds


@dataclass
class Nap(Storm):
    """One of the workers sleeps instead of dying."""

    seconds: float = 60.0
    taken_over_after: float = 0.0
    taken_meanwhile: int = 0

    async def hand_over(self, chat: str, message: str) -> None:
        try:
            async with asyncio.timeout(BRINGS_AGAIN):
                await super().hand_over(chat, message)
        except TimeoutError:
            raise Refused from None

    async def _strike(self) -> None:
        await self.reached[0.3].wait()
        sleeper = next(worker for worker in self.workers if worker.process.pid == self.deliverer())
        before, began = self.acknowledged, time.monotonic()
        sleeper.process.send_signal(signal.SIGSTOP)
        while self.deliverer() == sleeper.process.pid:
            await asyncio.sleep(0.1)
        self.taken_over_after = time.monotonic() - began
        await asyncio.sleep(self.seconds - self.taken_over_after)
        self.taken_meanwhile = self.acknowledged - before
        sleeper.process.send_signal(signal.SIGCONT)


async def main(seconds: int, chats: int, messages: int) -> int:
    with own_server() as server, TemporaryDirectory() as folder:
        storm = Nap(server.url, Path(folder), chats, messages, seconds=seconds)
        took = await storm.run(4)
        states = list(storm.outcomes().values())
        print(f"{storm.total} messages, {chats} chats and a flood, 4 workers, one asleep for {seconds} s: {took:.1f} s")
        print(f"taken over after {storm.taken_over_after:.1f} s; {storm.taken_meanwhile} messages taken meanwhile")
        print(f"answers: {states.count('sent')} sent, {states.count('unknown')} unknown")
        found = faults(storm)
        print("\n".join(found) or "nothing lost, nothing twice, in order")
        return len(found)


if __name__ == "__main__":
    sys.exit(asyncio.run(main(*map(int, [*sys.argv[1:], *("60", "300", "5")[len(sys.argv) - 1 :]]))))
