"""Holding a lease: who has it knows until when for certain, who loses it stops, who stops gives it back."""

import asyncio
from datetime import datetime

from sqlalchemy import Connection

from bot.tenure import MARGIN, Tenure
from store.leases import LIFE
from tests.town import TestTown


class Watch:
    """The seconds of a stopwatch that moves only when told to."""

    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


def tenures(town: TestTown, watch: Watch) -> list[Tenure]:
    def now(_connection: Connection) -> datetime:
        return town.clock()

    return [Tenure("telegram:main", holder, town.writer, now, watch) for holder in ("A", "B")]


async def test_of_two_workers_one_holds_it(town: TestTown) -> None:
    ours, other = tenures(town, Watch())
    assert (ours.token, other.token) == (None, None)
    await ours.step()
    await other.step()
    assert (ours.token, other.token) == (1, None)


async def test_it_is_not_relied_on_past_its_end_even_if_nobody_has_taken_it(town: TestTown) -> None:
    watch = Watch()
    ours, _ = tenures(town, watch)
    await ours.step()
    watch.seconds += LIFE.total_seconds() - MARGIN
    assert ours.token is None


async def test_a_worker_that_slept_loses_it_and_what_it_began_does_not_count(town: TestTown) -> None:
    watch = Watch()
    ours, other = tenures(town, watch)
    await ours.step()
    watch.seconds += 60
    town.clock.forward(10 * LIFE)
    await other.step()
    await ours.step()
    assert (ours.token, other.token) == (None, 2)
    assert not town.write(lambda connection: ours.stands(connection, 1))
    assert town.write(lambda connection: other.stands(connection, 2))


async def test_stopping_gives_it_back_at_once(town: TestTown) -> None:
    ours, other = tenures(town, Watch())
    await ours.step()
    await ours.stop()
    await other.step()
    assert (ours.token, other.token) == (None, 2)


async def test_who_waits_for_it_goes_on_when_it_is_theirs(town: TestTown) -> None:
    ours, other = tenures(town, Watch())
    await ours.step()
    await ours.ours()
    waits = asyncio.create_task(other.ours())
    await other.step()
    await asyncio.sleep(0)
    assert not waits.done()
    await ours.stop()
    await other.step()
    async with asyncio.timeout(5):
        await waits
    assert other.token == 2
