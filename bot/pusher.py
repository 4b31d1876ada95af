"""Wakes after each commit and turns new StatusChange rows into messages to their citizens."""

from collections.abc import Callable
from datetime import datetime

from bot.background import Background
from bot.push import push_changes
from bot.town import Town
from store.errands import CHANGES
from store.writer import Writer


class Pusher(Background):
    """Runs the sweep of bot/push.py when there is something to sweep."""

    name = "pusher"
    errand = CHANGES

    def __init__(self, town: Town, writer: Writer, clock: Callable[[], datetime]) -> None:
        super().__init__()
        self.town, self._writer, self._clock = town, writer, clock

    async def step(self) -> int:
        """Push what can be pushed now; returns how many changes were dealt with."""
        now = self._clock()
        done = await self._writer.write(lambda connection: push_changes(connection, self.town, now))
        if not done:
            self._woken.clear()  # our own commit woke us; those that wait for a free chat are tried at the next one
        return done
