"""Four workers under load while their PostgreSQL crashes twice; then the books are checked.

    python -m tests.faults.restart [CHATS [MESSAGES]]

on a PostgreSQL of its own, with its durable defaults.
"""

import asyncio
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.cluster import OwnServer, own_server
from tests.faults.audit import faults
from tests.faults.storm import Storm


@dataclass
class Crashes(Storm):
    """The database dies instead of the workers."""

    server: OwnServer | None = None
    away: list[float] = field(default_factory=list)  # seconds from each crash to the next acknowledged message

    async def _strike(self) -> None:
        assert self.server
        for reached in self.reached.values():
            await reached.wait()
            began = time.monotonic()
            await asyncio.to_thread(self.server.crash_and_start)
            self.next_taken.clear()
            await self.next_taken.wait()
            self.away.append(time.monotonic() - began)


async def main(chats: int, messages: int) -> int:
    with own_server() as server, TemporaryDirectory() as folder:
        storm = Crashes(server.url, Path(folder), chats, messages, server=server)
        took = await storm.run(4)
        states = list(storm.outcomes().values())
        print(f"{storm.total} messages, {chats} chats and a flood, 4 workers, 2 crashes of PostgreSQL: {took:.1f} s")
        print(f"crash to the next acknowledged message: {', '.join(f'{seconds:.1f} s' for seconds in storm.away)}")
        print(f"answers: {states.count('sent')} sent, {states.count('unknown')} unknown; refused {storm.refused} times")
        found = faults(storm)
        print("\n".join(found) or "nothing lost, nothing twice, in order")
        return len(found)


if __name__ == "__main__":
    sys.exit(asyncio.run(main(*map(int, [*sys.argv[1:], "300", "5"][:2]))))
