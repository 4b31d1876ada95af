"""The door out: delivers queued parts, in order per chat, and writes down what became of each."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import Connection

from bot.background import Background, Reads
from dialogs.words import Connector, Part, SendError
from store import conversations, outbox
from store.outbox import NOTICE, OutboxMessage
from store.staff_chat import card_lost, external_id, move_room
from store.writer import Writer

log = logging.getLogger("langnghe.outbox")

BATCH = 500
BACKOFF = (1, 5, 30, 120, 600, 1800, 3600)  # seconds before the next try
MOST_ATTEMPTS = 30


class Deliverer(Background):
    """Delivers for one connector. One chat's parts go one after another; chats go side by side."""

    def __init__(self, connector: Connector, writer: Writer, read: Reads, clock: Callable[[], datetime]) -> None:
        super().__init__()
        self._connector, self._writer, self._read, self._clock = connector, writer, read, clock
        self._under_way: dict[str, asyncio.Task[None]] = {}  # by chat
        self.name = f"outbox {connector.name}"

    async def start(self) -> None:
        """Settle what was in flight when we last stopped, then go on delivering."""
        await self._writer.write(self._settle)
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
        await asyncio.gather(*self._under_way.values())
        return begun

    async def begin(self) -> int:
        """Begin to deliver where nothing is under way, so that no chat waits for another; how many parts that is."""
        name, account = self._connector.name, self._connector.account
        busy = set(self._under_way)  # as it was before the read: what ends meanwhile is not what was read
        rows = await self._read(partial(outbox.waiting, channel=name, account=account, now=self._clock(), most=BATCH))
        chats: dict[str, list[OutboxMessage]] = {}
        for row in rows:
            if row.address.key not in busy:
                chats.setdefault(row.address.key, []).append(row)
        for chat, parts in chats.items():
            self._under_way[chat] = task = asyncio.create_task(self._deliver_chat(parts), name=self.name)
            task.add_done_callback(partial(self._chat_done, chat))
        return sum(len(parts) for parts in chats.values())

    def _chat_done(self, chat: str, task: asyncio.Task[None]) -> None:
        del self._under_way[chat]
        self.wake()
        if not task.cancelled() and (error := task.exception()):
            log.error("%s failed: %s", self.name, type(error).__name__)

    async def stop(self) -> None:
        """Break off what is under way; it is settled at the next start."""
        await super().stop()
        under_way = [*self._under_way.values()]
        for task in under_way:
            task.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)

    async def _deliver_chat(self, parts: list[OutboxMessage]) -> None:
        for part in parts:
            if not await self._deliver(part):
                return

    async def _deliver(self, message: OutboxMessage) -> bool:
        """Claim, send, mark. False if the rest of this chat must wait."""
        if not await self._writer.write(partial(outbox.claim, message=message)):
            return False
        try:
            part = await self._as_sent(message)
            sent_id = await self._connector.send(message.address, part, message.message_id)
        except SendError as error:
            return await self._writer.write(partial(self._note_failure, message=message, error=error))
        except Exception as error:  # a connector's bug: nobody knows whether the request left
            log.error("sending on %s failed: %s", self._connector.name, type(error).__name__)
            unknown = SendError("unknown", type(error).__name__)
            return await self._writer.write(partial(self._note_failure, message=message, error=unknown))
        await self._writer.write(partial(self._note_sent, message=message, external_id=sent_id))
        return True

    async def _as_sent(self, message: OutboxMessage) -> Part:
        """An edit names our message; the channel wants its own id. One that was never delivered is sent anew."""
        if not message.part.edit_of:
            return message.part
        edited = int(message.part.edit_of)
        return replace(message.part, edit_of=await self._read(partial(external_id, message_id=edited)))

    def _note_sent(self, connection: Connection, message: OutboxMessage, external_id: str) -> None:
        outbox.mark(connection, message.id, "sent", self._clock())
        if external_id:
            outbox.mark_external(connection, message.message_id, external_id)

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
