"""Taking Telegram's updates, whichever way they came: each is received and committed before its taking returns."""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any, TypeVar

from telegram.error import TelegramError

from connectors.telegram_content import Json
from connectors.telegram_parse import Reader, callback_of, chat_of, parse
from connectors.telegram_wire import Line
from dialogs.words import Incoming, Receive

T = TypeVar("T")

log = logging.getLogger("langnghe.telegram")

ANSWER_WITHIN = 1.0  # seconds; a pressed button shows that it was heard, even if its turn takes longer
MOST_TRIES = 5  # then an update that cannot be taken is kept and passed over
LAST_TURNS = 5.0  # seconds that turns under way get when we stop
MOST_SHOWN = 200  # characters on a pressed button


class Intake:
    """Reads updates and hands them to `receive`, those of one chat in their order."""

    def __init__(
        self,
        line: Line,
        account: str,
        receive: Receive,
        keep_unread: Callable[[str, str], Awaitable[None]],
        clock: Callable[[], datetime],
    ) -> None:
        self._line, self._account, self._clock = line, account, clock
        self._receive, self._keep_unread = receive, keep_unread
        self.bot = ""  # our user name, once Telegram has told it
        self._tries: dict[int, int] = {}  # by update id
        self._turns: set[asyncio.Task[Any]] = set()
        self._answers: set[asyncio.Task[Any]] = set()

    async def take_batch(self, updates: Iterable[Json]) -> None:
        """Take a batch, chats side by side; returns when all of it is committed. Raises if something was not taken."""
        chats: dict[str, list[Json]] = {}
        for update in updates:
            chats.setdefault(chat_of(update), []).append(update)
        outcomes = await asyncio.gather(*map(self._take_in_order, chats.values()), return_exceptions=True)
        for outcome in outcomes:
            if outcome is not None:
                raise outcome

    async def _take_in_order(self, updates: list[Json]) -> None:
        for update in updates:
            # whoever polls may leave, the turn is taken to its end
            if answer := await asyncio.shield(_go(self._turns, self.take(update))):
                _go(self._answers, self._answer(answer))

    async def take(self, update: Json) -> Json | None:
        """Take one update; returns after the commit. One that fails for long is kept and passed over.

        What is returned is a call that is still to be made: the answer to a pressed button. A webhook makes it in its
        own response (https://core.telegram.org/bots/api#making-requests-when-getting-updates).
        Keeping it needs the database too: while that is down, nothing is passed over. Who calls is a task of its own,
        and lets it come to its end: a request of Telegram's is one, and is not broken off when the other side leaves.
        """
        update_id, answer = update["update_id"], None
        try:
            answer = await self._take_once(update)
        except Exception as error:
            self._tries[update_id] = self._tries.get(update_id, 0) + 1
            if self._tries[update_id] < MOST_TRIES:
                raise
            await self._keep(update, type(error).__name__)
        self._tries.pop(update_id, None)
        return answer

    async def finish(self) -> None:
        """Let the turns under way come to their end; buttons that are not answered by then go out by themselves."""
        for task in self._answers:
            task.cancel()
        if self._turns:
            await asyncio.wait(self._turns, timeout=LAST_TURNS)

    async def _take_once(self, update: Json) -> Json | None:
        incomings, trouble = parse(update, Reader(self._account, self.bot, self._clock()))
        answer = None
        if callback := callback_of(update):
            answer = await self._take_press(callback, incomings)
        else:
            await self._receive_all(incomings)
        if trouble:
            await self._keep(update, trouble)
        return answer

    async def _receive_all(self, incomings: Sequence[Incoming]) -> str:
        shown = ""
        for incoming in incomings:
            shown = await self._receive(incoming)
        return shown

    async def _keep(self, update: Json, why: str) -> None:
        await self._keep_unread(json.dumps(update, ensure_ascii=False), why)
        log.error("telegram %s: update %s was not taken (%s) and is kept", self._account, update["update_id"], why)

    # ------------------------------------------------------------ buttons

    async def _take_press(self, callback: str, incomings: Sequence[Incoming]) -> Json | None:
        """The answer when its turn is over, sent before if that takes long: Telegram forgets the button after 150 s."""
        early = False

        def answer_early() -> None:
            nonlocal early
            early = True
            _go(self._answers, self._answer(_answering(callback, "")))

        patience = asyncio.get_running_loop().call_later(ANSWER_WITHIN, answer_early)
        try:
            shown = await self._receive_all(incomings)
        finally:
            patience.cancel()
        return None if early else _answering(callback, shown)

    async def _answer(self, call: Json) -> None:
        with suppress(TelegramError):  # too late, or out of reach: the turn counts, not the little clock on the button
            await self._line.answer_callback_query(call["callback_query_id"], call.get("text"))


def _answering(callback: str, shown: str) -> Json:
    call = {"method": "answerCallbackQuery", "callback_query_id": callback}
    return {**call, "text": shown[:MOST_SHOWN]} if shown else call


def _go(tasks: set[asyncio.Task[Any]], work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
    """Start work and hold on to it until it is done."""
    task = asyncio.create_task(work)
    tasks.add(task)
    task.add_done_callback(tasks.discard)
    task.add_done_callback(_see)
    return task


def _see(task: asyncio.Task[Any]) -> None:
    """Look at the error of work that nobody waits for any more."""
    if not task.cancelled():
        task.exception()
