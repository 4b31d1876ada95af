"""Four workers under load while their PostgreSQL crashes twice; then the books are checked.

    python -m tests.faults.restart [CHATS [MESSAGES]]

on a PostgreSQL of its own, with its durable defaults.
"""

import asyncio
import sys
import time
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.cluster import OwnServer, own_server
from tests.faults.storm import FLOOD, Storm


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


def faults(storm: Storm) -> list[str]:
    """What is wrong in the books."""
    heard, outcomes, sent = storm.heard(), storm.outcomes(), storm.sent()
    flood = sorted(heard.pop(FLOOD))
    said = {f"c{chat}": [f"c{chat}-{number}" for number in range(storm.messages)] for chat in range(storm.chats)}
    delivered = list(chain.from_iterable(sent.values()))
    marked = {number for number, state in outcomes.items() if state == "sent"}
    checks = {
        "a message of a chat is lost, doubled or out of order": heard == said,
        "a message of the flood is lost or doubled": flood == sorted(f"{FLOOD}-{n}" for n in range(storm.flood)),
        "an answer is neither sent nor unknown": set(outcomes.values()) <= {"sent", "unknown"},
        "an answer was sent twice": len(delivered) == len(set(delivered)),
        "an answer is marked sent and was not": marked <= set(delivered),
        "answers are out of order": all(messages == sorted(messages) for messages in sent.values()),
    }
    return [fault for fault, well in checks.items() if not well]


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
