"""One worker delivers for a channel account: who takes over settles first, who was asleep writes nothing any more."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

import pytest
from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

import bot.mandate
from bot.outbox import Deliverer
from bot.tenure import Tenure
from dialogs.words import Address
from store.leases import LIFE
from store.outbox import NOTICE
from store.tables.base import table
from store.tables.delivery import Outbox
from tests.stored import a_queued_part, row_of
from tests.test_bot_outbox import FakeConnector
from tests.town import TestTown

HOA = Address("telegram", "main", "hoa")


@dataclass
class Worker:
    """A deliverer with its lease, and a stopwatch that moves only when told to."""

    town: TestTown
    name: str
    seconds: float = 100.0
    connector: FakeConnector = field(default_factory=FakeConnector)

    def __post_init__(self) -> None:
        self.tenure = Tenure("telegram:main", self.name, self.town.writer, self._now, lambda: self.seconds)
        self.deliverer = Deliverer(self.connector, self.town.writer, self._read, self.town.clock, self.tenure)

    def _now(self, _connection: Connection) -> datetime:
        return self.town.clock()

    async def _read(self, work: Callable[[Connection], Any]) -> Any:
        return await asyncio.to_thread(self.town.read, work)

    async def go(self) -> list[str]:
        """Try for the lease, deliver what is due; what was sent in this call."""
        before = len(self.connector.sent)
        await self.tenure.step()
        while await self.deliverer.step():
            pass
        return [text for _, text in self.connector.sent[before:]]


@pytest.fixture
def workers(town: TestTown) -> list[Worker]:
    return [Worker(town, "A"), Worker(town, "B")]


def queue(town: TestTown, text: str, **what: Any) -> int:
    return town.write(partial(a_queued_part, text=text, address=HOA, now=town.clock(), **what))


def state_of(town: TestTown, message_id: int) -> str:
    return str(town.read(lambda connection: row_of(connection, table(Outbox), message_id=message_id))["state"])


async def test_only_who_has_the_lease_delivers(town: TestTown, workers: list[Worker]) -> None:
    queue(town, "một")
    ours, other = workers
    await ours.tenure.step()
    assert await other.go() == []
    assert await ours.go() == ["một"]


async def test_who_takes_over_settles_what_was_in_flight(town: TestTown, workers: list[Worker]) -> None:
    """A reply may have arrived and is not sent again; a notice is better twice than never."""
    ours, other = workers
    in_flight = [queue(town, "đáp"), queue(town, "tin", lane=NOTICE)]
    begun = asyncio.Event()
    ours.connector.while_sending = lambda text: hang(begun)
    await ours.tenure.step()
    await ours.deliverer.begin()
    await begun.wait()
    town.clock.forward(2 * LIFE)
    assert await other.go() == ["tin"]
    assert [state_of(town, message) for message in in_flight] == ["unknown", "sent"]
    await ours.deliverer.stop()


async def hang(begun: asyncio.Event) -> None:
    begun.set()
    await asyncio.Event().wait()


async def test_what_a_worker_sent_before_it_fell_asleep_is_not_written_down_over_what_was_settled(
    town: TestTown, workers: list[Worker]
) -> None:
    ours, other = workers
    message = queue(town, "đáp")
    begun, wakes = asyncio.Event(), asyncio.Event()

    async def sleep() -> None:
        begun.set()
        await wakes.wait()

    ours.connector.while_sending = lambda text: sleep()
    await ours.tenure.step()
    sending = asyncio.create_task(ours.deliverer.step())
    await begun.wait()
    town.clock.forward(2 * LIFE)
    await other.go()
    wakes.set()
    await sending
    assert state_of(town, message) == "unknown"


def falls_asleep_after_the_claim(worker: Worker) -> None:
    claim = worker.deliverer._claim

    def run(connection: Connection, **what: Any) -> Any:
        worker.seconds += 60
        return claim(connection, **what)

    worker.deliverer._claim = run  # type: ignore[method-assign,assignment]


async def test_who_slept_between_claim_and_sending_does_not_send(town: TestTown, workers: list[Worker]) -> None:
    """Nobody has replaced it meanwhile: the message waits again, and goes out once the lease is renewed."""
    ours, _ = workers
    message = queue(town, "đáp")
    await ours.tenure.step()
    falls_asleep_after_the_claim(ours)
    await ours.deliverer.step()
    assert ours.connector.sent == []
    assert state_of(town, message) == "queued"


async def test_who_was_replaced_between_claim_and_sending_leaves_it_to_the_other(
    town: TestTown, workers: list[Worker]
) -> None:
    ours, other = workers
    message = queue(town, "đáp")
    await ours.tenure.step()
    claim = ours.deliverer._claim

    def run(connection: Connection, **what: Any) -> Any:
        ours.seconds += 60
        part = claim(connection, **what)
        taken.append(town.writer.submit(lambda later: other.tenure._take(later)))  # after this transaction
        town.clock.forward(2 * LIFE)
        return part

    taken: list[Any] = []
    ours.deliverer._claim = run  # type: ignore[method-assign,assignment]
    await ours.deliverer.step()
    assert taken[0].result(10) == 2
    assert ours.connector.sent == []
    assert state_of(town, message) == "sending", "the other one settles it"


async def test_an_outcome_waits_for_a_database_that_is_away(
    town: TestTown, workers: list[Worker], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bot.mandate, "POLL", 0.0)
    ours, _ = workers
    message = queue(town, "đáp")
    note_sent, away = ours.deliverer._note_sent, [True, True]

    def note(connection: Connection, **what: Any) -> bool:
        if away:
            away.pop()
            raise OperationalError("", {}, Exception("the server closed the connection"))
        return note_sent(connection, **what)

    ours.deliverer._note_sent = note  # type: ignore[method-assign,assignment]
    assert await ours.go() == ["đáp"]
    assert (away, state_of(town, message)) == ([], "sent")
