"""The named points at which a process under test kills itself (SIGKILL)."""

import os
import signal
from collections.abc import Callable
from typing import Any

import bot.broadcast
import bot.inbox
import bot.jobs
import bot.push
from bot.inbox import Inbox
from bot.outbox import Deliverer
from bot.service import Service


class Fuse:
    """Kills this process at the n-th time it is lit."""

    def __init__(self, count: int) -> None:
        self.left = count

    def burn(self) -> None:
        self.left -= 1
        if self.left == 0:
            os.kill(os.getpid(), signal.SIGKILL)


def lay(point: str, count: int = 1) -> None:
    """From now on this process dies at the n-th time it passes that point; never if no point is named."""
    if point:
        {**OF_A_TURN, **OF_OTHERS}[point](Fuse(count))


def after_parse(fuse: Fuse) -> None:
    """The frame is read; nothing has been written."""
    understand = Inbox._understand

    def wrapped(inbox: Inbox, incoming: Any) -> Any:
        fuse.burn()
        return understand(inbox, incoming)

    Inbox._understand = wrapped  # type: ignore[method-assign]


def before_commit(fuse: Fuse) -> None:
    """The turn has run; its transaction is still open."""
    bot.inbox.take_turn = after(bot.inbox.take_turn, fuse)


def after_commit(fuse: Fuse) -> None:
    """Committed; the acknowledgement has not left."""
    receive = Service.receive

    async def wrapped(service: Service, incoming: Any) -> str:
        button = await receive(service, incoming)
        fuse.burn()
        return button

    Service.receive = wrapped  # type: ignore[method-assign]


def before_mark(fuse: Fuse) -> None:
    """The answer is with the person; the row still says `sending`."""
    note_sent = Deliverer._note_sent

    def wrapped(deliverer: Deliverer, *args: Any, **named: Any) -> Any:
        fuse.burn()
        return note_sent(deliverer, *args, **named)

    Deliverer._note_sent = wrapped  # type: ignore[method-assign]


def inside_batch(fuse: Fuse) -> None:
    """Between two turns of one transaction: the first has run, the second has not."""
    take_turn = bot.inbox.take_turn
    last: list[Any] = []

    def wrapped(connection: Any, *args: Any, **named: Any) -> Any:
        transaction = connection.get_transaction()
        if last == [transaction]:
            fuse.burn()
        last[:] = [transaction]
        return take_turn(connection, *args, **named)

    bot.inbox.take_turn = wrapped


def in_job(fuse: Fuse) -> None:
    """A job's slot is won; what it is won for has not been done."""
    bot.jobs.claim = after(bot.jobs.claim, fuse)


def in_push(fuse: Fuse) -> None:
    """A change is marked as told; its message is not in the outbox yet."""
    bot.push.mark_pushed = after(bot.push.mark_pushed, fuse)


def in_slice(fuse: Fuse) -> None:
    """A broadcast has moved on; the messages of this slice are not in the outbox yet."""
    bot.broadcast.broadcasts.advance = after(bot.broadcast.broadcasts.advance, fuse)


def after(done: Callable[..., Any], fuse: Fuse) -> Callable[..., Any]:
    """The same, and then the fuse is lit."""

    def wrapped(*args: Any, **named: Any) -> Any:
        value = done(*args, **named)
        fuse.burn()
        return value

    return wrapped


OF_A_TURN: dict[str, Callable[[Fuse], None]] = {
    "after_parse": after_parse,
    "before_commit": before_commit,
    "after_commit": after_commit,
    "before_mark": before_mark,
}
OF_OTHERS: dict[str, Callable[[Fuse], None]] = {
    "inside_batch": inside_batch,
    "in_job": in_job,
    "in_push": in_push,
    "in_slice": in_slice,
}
