"""Background work stops when it is told to, whatever happens at the same moment."""

import asyncio

import pytest

from bot.background import Background


class Idle(Background):
    """Never finds anything to do."""

    name = "idle"

    def __init__(self) -> None:
        super().__init__()
        self.looks = 0

    async def step(self) -> int:
        self.looks += 1
        return 0


class Stumbling(Idle):
    """Fails every time."""

    async def step(self) -> int:
        await super().step()
        raise OSError("disk full")


async def until(idle: Idle, looks: int) -> None:
    """Let it look so many times."""
    async with asyncio.timeout(10):
        while idle.looks < looks:
            await asyncio.sleep(0)


@pytest.mark.parametrize("rounds", range(4))
async def test_a_wake_up_in_the_moment_of_stopping_does_not_keep_it_alive(rounds: int) -> None:
    idle = Idle()
    await idle.start()
    await until(idle, 1)
    await asyncio.sleep(0)  # it sleeps now
    idle.wake()
    for _ in range(rounds):  # of the loop, between the wake-up and the end
        await asyncio.sleep(0)
    async with asyncio.timeout(5) as patience:
        await idle.stop()  # takes a cancellation for its own: only the clock tells that it hung
    assert not patience.expired()


async def test_one_failure_does_not_end_the_work() -> None:
    stumbling = Stumbling()
    await stumbling.start()
    await until(stumbling, 1)
    for looks in (2, 3):
        stumbling.wake()
        await until(stumbling, looks)
    assert stumbling.looks >= 3
    await stumbling.stop()


async def test_stopping_twice_and_before_the_start_is_fine() -> None:
    idle = Idle()
    await idle.stop()
    await idle.start()
    await idle.stop()
    seen = idle.looks
    await idle.stop()
    idle.wake()
    await asyncio.sleep(0)
    assert idle.looks == seen, "it is over"
