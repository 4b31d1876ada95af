"""PostgreSQL itself crashes under load: what was acknowledged is there, the rest comes again and counts once."""

import asyncio
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from store.tables.base import table
from store.tables.talk import Message
from tests import cluster
from tests.town import TestTown, test_town

_message = table(Message)
EACH = 100
PATIENCE = 60.0  # seconds until the test gives up; nothing waits that long when all is well


@dataclass
class Crowd:
    """People who say one thing after the other, each until it is taken."""

    town: TestTown
    taken: int = 0
    refused: int = 0
    in_full_swing: asyncio.Event = field(default_factory=asyncio.Event)

    async def talk(self, chat: str) -> None:
        for number in range(EACH):
            said = self.town.incoming(f"{chat}-{number}", chat=chat, dedupe_key=f"{number}")
            while True:
                try:
                    await self.town.hear(said)
                    break
                except OperationalError:
                    self.refused += 1
            self.taken += 1
            if self.taken == EACH:
                self.in_full_swing.set()


async def test_postgresql_crashes_under_load_and_nothing_is_lost_or_taken_twice(tmp_path: Path) -> None:
    with cluster.own_server() as server, test_town(tmp_path, url=server.url) as town:
        crowd = Crowd(town)
        async with asyncio.timeout(PATIENCE), asyncio.TaskGroup() as group:
            for number in range(5):
                group.create_task(crowd.talk(f"c{number}"))
            await crowd.in_full_swing.wait()
            await asyncio.to_thread(server.crash_and_start)
        assert crowd.refused, "it was noticed"
        assert heard(town) == {f"c{chat}": [f"c{chat}-{number}" for number in range(EACH)] for chat in range(5)}


def heard(town: TestTown) -> dict[str, list[str]]:
    """What each chat has said, in the store's order."""
    found: dict[str, list[str]] = defaultdict(list)
    said = select(_message.c.conversation_key, _message.c.part).where(_message.c.direction == "in")
    for key, part in town.read(lambda connection: list(connection.execute(said.order_by(_message.c.id)))):
        found[key.split(":")[2]].append(part["text"])
    return found
