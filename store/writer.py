"""The writer thread: everything that writes runs here, many pieces of work to one commit."""

import asyncio
import queue
import threading
from collections import OrderedDict, deque
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from store.hot import savepoint
from store.locks import held_elsewhere

T = TypeVar("T")
BATCH = 50  # pieces of work in one transaction; what is waiting is taken, company is never waited for
PAUSES = (0.005, 0.01, 0.02, 0.05)  # seconds before we ask again for what another worker has or was in the way of
MOST_TRIES = 5
# PostgreSQL could not let two transactions go on side by side (deadlock, serialization, lock): ours is tried again
COLLISIONS = frozenset({"40P01", "40001", "55P03"})
# not the work's fault: no memory, read-only, cannot be read or written, damaged, full, cannot be opened
SQLITE_TROUBLE = frozenset({7, 8, 10, 11, 13, 14})  # https://sqlite.org/rescode.html, the low byte
POSTGRES_TROUBLE = ("08", "25006", "53", "57", "58")  # beginnings of SQLSTATEs: connection, read-only, disk full …


@dataclass(slots=True, eq=False)
class Work:
    """A function of the connection, what to do instead if it raises, who waits for the outcome, whose chat it is."""

    run: Callable[[Connection], Any]
    rescue: Callable[[Connection, Exception], Any] | None
    future: Future[Any] | asyncio.Future[Any]
    chat: str
    line: Hashable
    at_once: bool = False
    tries: int = 0


class PutBack(Exception):
    """Work that collided with another worker's, or stands behind one that did."""


class Lines:
    """What waits, in lines: one line a chat, kept in its order; one of its own for work that is of no chat."""

    def __init__(self) -> None:
        self._lines: OrderedDict[Hashable, deque[Work]] = OrderedDict()

    def __bool__(self) -> bool:
        return bool(self._lines)

    def add(self, work: Work) -> None:
        """Stand at the end of its line; a line that begins with what cannot wait is the first."""
        self._lines.setdefault(work.line, deque()).append(work)
        if work.at_once:
            self._lines.move_to_end(work.line, last=False)

    def chats(self) -> set[str]:
        """The chats of the next batch."""
        heads = (line[0] for line, _ in zip(self._lines.values(), range(BATCH), strict=False))
        return {work.chat for work in heads if work.chat}

    def take(self, refused: set[str]) -> list[Work]:
        """The next batch: one of each line in turn, so that a flood holds up no other chat. Those refused stay."""
        foremost = [key for key, _ in zip(self._lines, range(BATCH), strict=False)]
        for key in foremost:
            self._lines.move_to_end(key)
        open_lines = [key for key in foremost if self._lines[key][0].chat not in refused]
        batch: list[Work] = []
        while open_lines and len(batch) < BATCH:
            batch += [self._lines[key].popleft() for key in open_lines[: BATCH - len(batch)]]
            open_lines = [key for key in open_lines if self._lines[key]]
        for key in foremost:
            if not self._lines[key]:
                del self._lines[key]
        return batch

    def put_back(self, works: list[Work]) -> None:
        """Stand at the head of their lines again, in the same order."""
        for work in reversed(works):
            self._lines.setdefault(work.line, deque()).appendleft(work)


class Writer:
    """Owns the only connection that writes. A future is resolved only after the commit of its work.

    Work that raises is rolled back alone; its `rescue`, if any, runs in its place. A batch is tried whole under one
    SAVEPOINT, and again with one each if anything in it raised: work may run twice before it counts once.
    If the commit itself fails, or the database is in trouble (full, read-only …), every future of the batch carries
    that error: nothing of it happened.
    Work of one chat is done in the order of its submission, by one worker at a time.
    """

    def __init__(self, engine: Engine, after_commit: Callable[[], None] = lambda: None) -> None:
        self._engine = engine
        self._after_commit = after_commit
        self._arriving: queue.SimpleQueue[Work | None] = queue.SimpleQueue()
        self._lines = Lines()
        self._idle = 0  # batches in a row of which nothing came to its end: another worker goes first
        self._thread = threading.Thread(target=self._loop, name="writer", daemon=True)
        self._closed = self._ending = False
        self._thread.start()

    def submit(
        self,
        run: Callable[[Connection], T],
        rescue: Callable[[Connection, Exception], T] | None = None,
        *,
        chat: str = "",
        aside: bool = False,
        at_once: bool = False,
    ) -> "Future[T]":
        """Queue work, of this chat if it is named.

        `aside`: it need not stand behind the chat's other work; `at_once`: it goes into the very next batch.
        """
        future: Future[T] = Future()
        future.set_running_or_notify_cancel()  # what is queued will happen, even if nobody waits for it any more
        self._queue(Work(run, rescue, future, chat, chat if chat and not aside else future, at_once))
        return future

    async def write(
        self,
        run: Callable[[Connection], T],
        rescue: Callable[[Connection, Exception], T] | None = None,
        *,
        chat: str = "",
        aside: bool = False,
        at_once: bool = False,
    ) -> T:
        """Run work and wait for its commit."""
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._queue(Work(run, rescue, future, chat, chat if chat and not aside else future, at_once))
        return await future

    def _queue(self, work: Work) -> None:
        if self._closed:
            work.future.set_exception(RuntimeError("the writer is closed"))
        else:
            self._arriving.put(work)

    def close(self) -> None:
        """Finish what is queued, then stop."""
        if not self._closed:
            self._closed = True
            self._arriving.put(None)
            self._thread.join()

    def _loop(self) -> None:
        while not self._ending or self._lines:
            self._let_in()
            if self._lines:
                self._commit()

    def _let_in(self) -> None:
        """Take what has arrived; wait for it if there is nothing else to do."""
        patience: float | None = None
        if self._lines:
            patience = PAUSES[min(self._idle, len(PAUSES)) - 1] if self._idle else 0.0
        try:
            work = self._arriving.get(timeout=patience) if patience != 0.0 else self._arriving.get_nowait()
            while work is not None:
                self._lines.add(work)
                work = self._arriving.get_nowait()
            self._ending = True
        except queue.Empty:
            pass

    def _commit(self) -> None:
        works: list[Work] = []
        try:
            with self._engine.begin() as connection:
                works = self._lines.take(held_elsewhere(connection, self._lines.chats()))
                outcomes = _attempt_all(connection, works)
        except Exception as error:
            # without a connection nothing has been taken yet
            _settle([(work, None, error) for work in works or self._lines.take(set())])
            return
        done = [outcome for outcome in outcomes if not isinstance(outcome[2], PutBack)]
        self._idle = 0 if done else self._idle + 1
        self._lines.put_back([work for work, _, failure in outcomes if isinstance(failure, PutBack)])
        _settle(done)
        if done:
            self._after_commit()


Attempt = tuple[Any, Exception | None]
Outcome = tuple[Work, Any, Exception | None]


def _settle(outcomes: list[Outcome]) -> None:
    """Tell who waits; an event loop is woken once for all that wait there: each wake-up is a write to a socket."""
    of_loop: dict[asyncio.AbstractEventLoop, list[Outcome]] = {}
    for outcome in outcomes:
        future = outcome[0].future
        if isinstance(future, Future):
            _tell([outcome])
        else:
            of_loop.setdefault(future.get_loop(), []).append(outcome)
    for loop, those in of_loop.items():
        with suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(_tell, those)


def _tell(outcomes: list[Outcome]) -> None:
    for work, value, failure in outcomes:
        if work.future.done():  # whoever waited has gone
            continue
        if failure is None:
            work.future.set_result(value)
        else:
            work.future.set_exception(failure)


def _attempt_all(connection: Connection, works: list[Work]) -> list[Outcome]:
    """A SAVEPOINT each would make SQLite copy pages again and again, and cost two round trips a turn to PostgreSQL."""
    if len(works) > 1:
        values, failure = _run(connection, lambda connection: [work.run(connection) for work in works])
        if failure is None:
            return [(work, value, None) for work, value in zip(works, values, strict=True)]
    return _attempt_each(connection, works)


def _attempt_each(connection: Connection, works: list[Work]) -> list[Outcome]:
    outcomes: list[Outcome] = []
    behind: set[Hashable] = set()  # lines whose head has collided: the others stay behind it
    for work in works:
        value, failure = (None, PutBack()) if work.line in behind else _attempt(connection, work)
        if isinstance(failure, PutBack):
            behind.add(work.line)
        outcomes.append((work, value, failure))
    return outcomes


def _attempt(connection: Connection, work: Work) -> Attempt:
    value, failure = _run(connection, work.run)
    if failure is not None and _collided(failure) and work.tries < MOST_TRIES:
        work.tries += 1
        return None, PutBack()
    if failure is None or work.rescue is None:
        return value, failure
    rescue, cause = work.rescue, failure
    return _run(connection, lambda connection: rescue(connection, cause))


def _run(connection: Connection, run: Callable[[Connection], Any]) -> Attempt:
    try:
        with savepoint(connection):
            return run(connection), None
    except Exception as error:
        if connection.invalidated or _is_trouble(error):  # nothing of this transaction will be; no rescue either
            raise
        return None, error


def _collided(error: Exception) -> bool:
    return isinstance(error, DBAPIError) and getattr(error.orig, "sqlstate", None) in COLLISIONS


def _is_trouble(error: Exception) -> bool:
    """Whether the database itself is in trouble: whatever is tried now would fail, and count later."""
    origin = getattr(error, "orig", error)
    if (code := getattr(origin, "sqlite_errorcode", None)) is not None:
        return code & 0xFF in SQLITE_TROUBLE
    return (getattr(origin, "sqlstate", None) or "").startswith(POSTGRES_TROUBLE)
