"""The line before a limit: answers go first, nobody who gives up stops the others."""

import asyncio

from connectors.line_up import LineUp


class Counter:
    """Lets one through at a time, when told to."""

    def __init__(self) -> None:
        self.line, self.served = LineUp(), list[str]()
        self.open = asyncio.Event()

    def arrive(self, name: str, lane: int) -> asyncio.Task[None]:
        return asyncio.create_task(self._stand(name, lane))

    async def _stand(self, name: str, lane: int) -> None:
        with self.line.place(lane) as place:
            await place.first()
            while not self.open.is_set():
                await self.open.wait()
                await place.first()
            self.served.append(name)


async def settle() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


async def test_an_answer_goes_before_those_who_stood_there_first() -> None:
    counter = Counter()
    everybody = [counter.arrive(f"loa {number}", 2) for number in range(3)]
    await settle()
    everybody += [counter.arrive("tin", 1), counter.arrive("đáp 1", 0), counter.arrive("đáp 2", 0)]
    await settle()
    counter.open.set()
    await asyncio.gather(*everybody)
    assert counter.served == ["đáp 1", "đáp 2", "tin", "loa 0", "loa 1", "loa 2"]


async def test_who_gives_up_stops_nobody_wherever_they_stood() -> None:
    counter = Counter()
    first, second, third = (counter.arrive(name, 2) for name in ("một", "hai", "ba"))
    await settle()
    first.cancel()
    second.cancel()
    await settle()
    counter.open.set()
    await third
    assert counter.served == ["ba"]
