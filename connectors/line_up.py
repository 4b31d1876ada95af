"""Who goes next: the most urgent first, of equals the first come."""

import asyncio
import itertools
from bisect import insort
from collections.abc import Iterator
from contextlib import contextmanager


class Place:
    """A place in the line."""

    def __init__(self, line: list["Place"], lane: int, number: int) -> None:
        self._line, self._rank = line, (lane, number)
        self.called = asyncio.Event()

    def __lt__(self, other: "Place") -> bool:
        return self._rank < other._rank

    async def first(self) -> None:
        """Wait until nobody stands before us. Somebody more urgent may still come: ask again after every wait."""
        while self._line[0] is not self:
            self.called.clear()
            await self.called.wait()


class LineUp:
    """A line in which an urgent newcomer goes to the front of those who still wait."""

    def __init__(self) -> None:
        self._line: list[Place] = []
        self._numbers = itertools.count()

    @contextmanager
    def place(self, lane: int) -> Iterator[Place]:
        """Stand in the line; who leaves, having gone or given up, calls the next."""
        mine = Place(self._line, lane, next(self._numbers))
        insort(self._line, mine)
        try:
            yield mine
        finally:
            self._line.remove(mine)
            self.call()

    def call(self) -> None:
        """Tell whoever stands first to look up."""
        if self._line:
            self._line[0].called.set()
