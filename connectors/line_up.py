"""Who goes next: the most urgent first, of equals the first come."""

import asyncio
import itertools
from bisect import insort


class Place:
    """A place in the line, while one is inside; who leaves, having gone or given up, calls the next."""

    def __init__(self, line: "LineUp", rank: tuple[int, int]) -> None:
        self._line, self._rank = line, rank
        self.called = asyncio.Event()

    def __lt__(self, other: "Place") -> bool:
        return self._rank < other._rank

    def __enter__(self) -> "Place":
        insort(self._line.places, self)
        return self

    def __exit__(self, *_: object) -> None:
        self._line.places.remove(self)
        self._line.call()

    async def first(self) -> None:
        """Wait until nobody stands before us. Somebody more urgent may still come: ask again after every wait."""
        while self._line.places[0] is not self:
            self.called.clear()
            await self.called.wait()


class LineUp:
    """A line in which an urgent newcomer goes to the front of those who still wait."""

    def __init__(self) -> None:
        self.places: list[Place] = []
        self._numbers = itertools.count()

    def place(self, lane: int) -> Place:
        """A place to stand in."""
        return Place(self, (lane, next(self._numbers)))

    def call(self) -> None:
        """Tell whoever stands first to look up."""
        if self.places:
            self.places[0].called.set()
