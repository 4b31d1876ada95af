"""Background work stops when it is told to, whatever happens at the same moment."""

import asyncio

import pytest

from bot.background import Background, Trouble


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


async def test_lasting_trouble_is_told_once_then_once_a_minute_and_when_it_is_over(
    caplog: pytest.LogCaptureFixture,
) -> None:
    now = [100.0]
    trouble = Trouble(lambda: now[0])

    def seconds(count: int) -> list[str]:
        caplog.clear()
        for _ in range(count):
            trouble.goes_on("cards", OSError("disk full"))
            now[0] += 1
        return caplog.messages

    assert seconds(1) == ["cards failed: OSError"]
    assert seconds(59) == []
    assert seconds(60) == ["cards failed: OSError"]
    for _ in range(2):
        trouble.is_over("cards")
    assert caplog.messages == ["cards failed: OSError", "cards works again"]


async def test_trouble_that_comes_and_goes_is_not_told_each_time(caplog: pytest.LogCaptureFixture) -> None:
    trouble = Trouble(lambda: 100.0)
    for _ in range(5):
        trouble.goes_on("cards", OSError("disk full"))
        trouble.is_over("cards")
    assert caplog.messages == ["cards failed: OSError", "cards works again"]


async def test_work_that_fails_at_every_look_fills_no_log(caplog: pytest.LogCaptureFixture) -> None:
    stumbling = Stumbling()
    await stumbling.start()
    for looks in (1, 2, 3):
        await until(stumbling, looks)
        stumbling.wake()
    await stumbling.stop()
    assert caplog.messages == ["idle failed: OSError"]


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
