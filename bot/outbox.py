"""The door out: delivers queued parts, in order per chat, and writes down what became of each."""

import asyncio
import logging
from collections.abc import Callable, Set
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import NamedTuple

from sqlalchemy import Connection

from bot.background import POLL, Background, Reads
from bot.mandate import Mandate
from bot.tenure import Tenure
from dialogs.words import Connector, Paced, Part, SendError
from store import conversations, outbox
from store.errands import outbox_of
from store.outbox import BROADCAST, NOTICE, REPLY, OutboxMessage
from store.staff_chat import card_lost, card_stands_as, external_id, move_room
from store.writer import Writer

log = logging.getLogger("langnghe.outbox")

BATCH = 500
AHEAD = 100  # chats that stand in line with something that is no answer
BACKOFF = (1, 5, 30, 120, 600, 1800, 3600)  # seconds before the next try
MOST_ATTEMPTS = 180  # a week: a network that is blocked, a server that moves


class Held(NamedTuple):
    """Until when a chat waits, and from which lane on."""

    until: datetime
    lane: int


class Deliverer(Background):
    """Delivers for one connector. One chat's parts go one after another; chats go side by side."""

    def __init__(
        self,
        connector: Connector,
        writer: Writer,
        read: Reads,
        clock: Callable[[], datetime],
        tenure: Tenure | None = None,
    ) -> None:
        super().__init__()
        self._connector, self._read, self._clock = connector, read, clock
        self._mandate = Mandate(writer, tenure, self._settle)
        self._under_way: dict[str, asyncio.Task[None]] = {}  # by chat
        self._in_line: set[str] = set()  # those of them that wait for the channel's leave
        self._held: dict[str, Held] = {}  # chats whose turn is a long way off
        self._paced = connector if isinstance(connector, Paced) else None  # a slow question, asked once
        # whether all that waits would be on its way at once, to be unknown if we died
        self._crowds = not (self._paced or connector.capabilities.repeats_safely)
        self.name = self.errand = outbox_of(connector.name)

    async def start(self) -> None:
        """Settle what was in flight when we last stopped, then go on delivering."""
        await self._mandate.token()
        await super().start()

    def _settle(self, connection: Connection) -> None:
        """What was being sent may have arrived: sent again only where twice is harmless, or better than never."""
        for message in outbox.left_in_flight(connection, self._connector.name, self._connector.account):
            again = self._connector.capabilities.repeats_safely or _bears_twice(message)
            state = "queued" if again else "unknown"
            outbox.mark(connection, message.id, state, self._clock(), "stopped while sending")

    async def step(self) -> int:
        """Deliver what is due now; returns how many parts were tried."""
        begun = await self.begin()
        await asyncio.gather(*self._under_way.values(), return_exceptions=True)
        return begun

    async def begin(self) -> int:
        """Begin to deliver where nothing is under way, so that no chat waits for another; how many parts that is.

        Answers always, unless nothing else bounds them; of the rest only some chats at a time, so that what waits its
        turn stays a row in the table.
        """
        if (token := await self._mandate.token()) is None:
            return 0
        busy, room = set(self._under_way), AHEAD - len(self._under_way)
        looks = [self._waiting(REPLY, REPLY, max(0, room) if self._crowds else BATCH, busy - self._in_line)]
        if room >= AHEAD // 2:
            looks.append(self._waiting(NOTICE, BROADCAST, room, busy))
        found = await self._read(lambda connection: [look(connection) for look in looks])
        return sum(self._begin_chats(rows, token) for rows in found)

    def _waiting(self, first: int, last: int, most: int, busy: Set[str]) -> Callable[[Connection], list[OutboxMessage]]:
        now = self._clock()
        self._held = {chat: held for chat, held in self._held.items() if held.until > now}
        held = {chat for chat, held in self._held.items() if held.lane <= first}
        mine = partial(outbox.waiting, channel=self._connector.name, account=self._connector.account, now=now)
        return partial(mine, most=most, lanes=(first, last), without=busy | held)

    def _begin_chats(self, rows: list[OutboxMessage], token: int) -> int:
        chats: dict[str, list[OutboxMessage]] = {}
        for row in rows:
            chats.setdefault(row.address.key, []).append(row)
        free = {chat: parts for chat, parts in chats.items() if chat not in self._under_way or chat in self._in_line}
        for chat, parts in free.items():
            if overtaken := self._under_way.get(chat):
                overtaken.cancel()  # it only stood in line; an answer goes first
            self._under_way[chat] = task = asyncio.create_task(self._deliver_chat(parts, token), name=self.name)
            task.add_done_callback(partial(self._chat_done, chat))
        return sum(map(len, free.values()))

    def _chat_done(self, chat: str, task: asyncio.Task[None]) -> None:
        if self._under_way.get(chat) is task:
            del self._under_way[chat]
        if not task.cancelled() and isinstance(error := task.exception(), Exception):
            self._held[chat] = Held(self._clock() + timedelta(seconds=POLL), REPLY)  # else we would try without a pause
            self._trouble.goes_on(self.name, error)
        self.wake()

    async def stop(self) -> None:
        """Break off what is under way; it is settled at the next start."""
        await super().stop()
        under_way = [*self._under_way.values()]
        for task in under_way:
            task.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)

    async def _deliver_chat(self, parts: list[OutboxMessage], token: int) -> None:
        for part in parts:
            if not await self._deliver(part, token):
                return

    async def _deliver(self, message: OutboxMessage, token: int) -> bool:
        """Wait for a turn and use it. False if the rest of this chat must wait."""
        if self._paced is None:
            return await self._send(message, token)
        try:
            self._in_line.add(message.address.key)  # not `sending` yet: a crash leaves nothing unknown
            async with self._paced.turn(message.address, message.part, message.lane):
                self._in_line.discard(message.address.key)
                return await self._send(message, token)
        except SendError as error:  # of the turn; sending raises none
            return await self._refused(message, error, token)
        finally:
            self._in_line.discard(message.address.key)

    async def _refused(self, message: OutboxMessage, error: SendError, token: int) -> bool:
        """The channel gives no leave: it holds the chat for a while, or wants none of it."""
        if error.kind != "throttled":
            refused = partial(self._note_failure, message=message, error=error)
            return bool(await self._mandate.write_down(refused, token))
        until = self._clock() + timedelta(seconds=error.retry_after or BACKOFF[0])
        self._held[message.address.key] = Held(until, message.lane)
        return False

    async def _send(self, message: OutboxMessage, token: int) -> bool:
        """Claim, send, mark. False if the rest of this chat must wait."""
        part = await self._mandate.write(partial(self._claim, message=message), token, chat=message.address.key)
        if part is None:
            return False
        return bool(await self._mandate.write_down(await self._outcome(message, part, token), token))

    async def _outcome(self, message: OutboxMessage, part: Part, token: int) -> Callable[[Connection], bool]:
        """Send; returns what is to be written down about it."""
        if not self._mandate.holds(token):  # we were asleep; whoever has replaced us settles it, else it waits again
            return partial(self._note_failure, message=message, error=SendError("retry", "asleep"))
        try:
            sent_id = await self._connector.send(message.address, part, message.message_id)
        except SendError as error:
            return partial(self._note_failure, message=message, error=error)
        except Exception as error:  # a connector's bug: nobody knows whether the request left
            log.error("sending on %s failed: %s", self._connector.name, type(error).__name__)
            unknown = SendError("unknown", type(error).__name__)
            return partial(self._note_failure, message=message, error=unknown)
        return partial(self._note_sent, message=message, external_id=sent_id)

    def _claim(self, connection: Connection, message: OutboxMessage) -> Part | None:
        """Take it up; None if another has it. An edit names our message, the channel wants its own id of it.

        Without one that message was never seen to arrive: the edit is sent as a message of its own, in its place.
        """
        if not outbox.claim(connection, message):
            return None
        if not message.part.edit_of:
            return message.part
        edited = external_id(connection, int(message.part.edit_of))
        if not edited:
            card_stands_as(connection, int(message.part.edit_of), message.message_id)
        return replace(message.part, edit_of=edited)

    def _note_sent(self, connection: Connection, message: OutboxMessage, external_id: str) -> bool:
        outbox.mark(connection, message.id, "sent", self._clock())
        if external_id:
            outbox.mark_external(connection, message.message_id, external_id)
        return True

    def _note_failure(self, connection: Connection, message: OutboxMessage, error: SendError) -> bool:
        now = self._clock()
        if error.kind == "throttled" or (error.kind in ("retry", "config") and message.attempts < MOST_ATTEMPTS):
            wait = error.retry_after or BACKOFF[min(message.attempts, len(BACKOFF) - 1)]
            outbox.mark(connection, message.id, "queued", now, str(error), now + timedelta(seconds=wait))
            return False
        edited = int(message.part.edit_of or 0)
        if error.kind == "bad_request" and edited and not card_lost(connection, edited):
            outbox.say_anew(connection, message, now)
            return False
        if error.new_chat:
            move_room(connection, message.address, replace(message.address, chat=error.new_chat))
        if error.kind == "recipient_gone":
            conversations.mark_gone(connection, message.address.key, now)
        if error.kind == "window_closed":
            conversations.cards_of_chat_changed(connection, message.address.key)
        state = {"window_closed": "pending", "unknown": "unknown"}.get(error.kind, "failed")
        resend = state == "unknown" and _bears_twice(message) and "unknown" not in message.error
        if resend:
            outbox.mark(connection, message.id, "queued", now, str(error), now + timedelta(seconds=BACKOFF[1]))
            return False
        outbox.mark(connection, message.id, state, now, str(error))
        return True


def _bears_twice(message: OutboxMessage) -> bool:
    """A notice is better twice than never; an edit made twice shows once."""
    return message.lane == NOTICE or bool(message.part.edit_of)
