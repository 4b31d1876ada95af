"""The door in: a message is understood, then takes its turn; it is acknowledged only after the commit."""

import logging
from collections.abc import Callable
from datetime import datetime
from functools import partial

from sqlalchemy import Connection

from bot.outcome import ROOM, Outcome
from bot.town import Town
from bot.turn import fail_turn, take_turn
from dialogs.words import Incoming, Prediction
from store.writer import Writer

log = logging.getLogger("langnghe.inbox")

READ_KINDS = ("text", "edited", "media", "too_large")  # their words are given to nlp


class Inbox:
    """Every channel's messages pass here, in the order in which they are received."""

    def __init__(self, writer: Writer, town: Town, clock: Callable[[], datetime]) -> None:
        self._writer, self.town, self._clock = writer, town, clock

    async def receive(self, incoming: Incoming) -> Outcome:
        """Take one message's turn; returns after its commit. Raises only if nothing of it was kept."""
        now = self._clock()
        try:
            prediction = self._understand(incoming)
        except Exception as error:  # words that nlp stumbles over: kept and answered like any turn that raises
            failed = partial(self._rescue, error=error, incoming=incoming, now=now)
            return await self._writer.write(failed, chat=_line_of(incoming))
        turn = partial(take_turn, incoming=incoming, prediction=prediction, town=self.town, now=now)
        rescue = partial(self._rescue, incoming=incoming, now=now)
        return await self._writer.write(turn, rescue, chat=_line_of(incoming))

    def _rescue(self, connection: Connection, error: Exception, incoming: Incoming, now: datetime) -> Outcome:
        log.error("a turn on %s failed: %s", incoming.address.channel, type(error).__name__)
        return fail_turn(connection, error, incoming, self.town, now)

    def _understand(self, incoming: Incoming) -> Prediction | None:
        if incoming.kind not in READ_KINDS or not incoming.text.strip() or incoming.text.startswith("/"):
            return None
        return self.town.understanding.understand(incoming.text)


def _line_of(incoming: Incoming) -> str:
    """Whose messages are taken one after another: a chat's; in the browser room an officer's own."""
    key = incoming.address.key
    return f"{key}|{incoming.sender.id}" if incoming.address.channel == ROOM else key
