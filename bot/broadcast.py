"""Hands an announcement over to the outbox slice by slice, so that 20,000 recipients never fill it."""

from collections.abc import Callable
from datetime import datetime
from functools import partial

from sqlalchemy import Connection

from bot.background import Background, Reads
from bot.town import Town
from dialogs.render import render
from dialogs.texts import say
from dialogs.words import Locality, Outgoing, Part
from store import broadcasts, outbox
from store.broadcasts import BroadcastView
from store.writer import Writer

SLICE = 100  # chats in one transaction: a few milliseconds of the writer's time
ENOUGH = 100  # messages that wait in the outbox are enough for some seconds


class Broadcaster(Background):
    """Works on whatever is running: after a restart it goes on where it was."""

    name = "broadcaster"

    def __init__(self, town: Town, writer: Writer, read: Reads, clock: Callable[[], datetime]) -> None:
        super().__init__()
        self.town, self._writer, self._read, self._clock = town, writer, read, clock

    def wake(self) -> None:
        """Not after each commit: what it has handed over lasts for longer than its own sleep."""

    async def step(self) -> int:
        """Fill the outbox up; returns how many chats were handed over."""
        now, done = self._clock(), 0
        for one in await self._read(partial(broadcasts.running, locality_id=self.town.locality.id)):
            waiting = await self._read(partial(broadcasts.under_way, number=one.id))
            if not one.urgent and self.town.quiet.at(now):
                if waiting:
                    await self._writer.write(partial(self._hold, number=one.id, now=now))
            elif waiting < ENOUGH:
                done += await self._writer.write(partial(hand_over, town=self.town, one=one, now=now))
        return done

    def _hold(self, connection: Connection, number: int, now: datetime) -> int:
        return broadcasts.hold(connection, number, self.town.quiet.until(now))


def hand_over(connection: Connection, town: Town, one: BroadcastView, now: datetime) -> int:
    """Queue the next slice, or finish when nobody is left and nothing waits; returns how many chats it was."""
    people = broadcasts.next_recipients(connection, one, town.capabilities, SLICE)
    if not people:
        if not broadcasts.under_way(connection, one.id):
            broadcasts.finish(connection, one.id, now)
        return 0
    if not broadcasts.advance(connection, one, people[-1][0], len(people)):
        return 0
    parts = {channel: parts_of(town, one, channel) for channel in {address.channel for _, address in people}}
    for _, address in people:
        for part in parts[address.channel]:
            outbox.queue_part(connection, address, part, now, lane=outbox.BROADCAST, broadcast_id=one.id)
    return len(people)


def parts_of(town: Town, one: BroadcastView, channel: str) -> list[Part]:
    """What one channel's people get."""
    return render(Outgoing(message_of(town.locality, one.text, one.commune)), town.capabilities[channel], 0)


def message_of(locality: Locality, text: str, commune: str) -> str:
    """The announcement as people read it. The officials' words stay as they are: nothing in them is markup."""
    known = locality.communes
    where = known[commune].name if commune in known else locality.name
    return say("broadcast.message", where=where, text=text.strip())
