"""The writer thread: everything that writes runs here, many pieces of work to one commit."""

import asyncio
import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine

from store.hot import savepoint

T = TypeVar("T")
BATCH = 50  # pieces of work in one transaction; what is waiting is taken, company is never waited for


@dataclass(slots=True)
class Work:
    """A function of the connection, what to do instead if it raises, and who waits for the outcome."""

    run: Callable[[Connection], Any]
    rescue: Callable[[Connection, Exception], Any] | None
    future: Future[Any]


class Writer:
    """Owns the only connection that writes. A future is resolved only after the commit of its work.

    Work that raises is rolled back alone (a SAVEPOINT each); its `rescue`, if any, runs in its place.
    If the commit itself fails, every future of the batch carries that error: nothing of it happened.
    """

    def __init__(self, engine: Engine, after_commit: Callable[[], None] = lambda: None) -> None:
        self._engine = engine
        self._after_commit = after_commit
        self._waiting: queue.SimpleQueue[Work | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._loop, name="writer", daemon=True)
        self._closed = False
        self._thread.start()

    def submit(
        self, run: Callable[[Connection], T], rescue: Callable[[Connection, Exception], T] | None = None
    ) -> "Future[T]":
        """Queue work. The order of submission is the order of execution."""
        future: Future[T] = Future()
        future.set_running_or_notify_cancel()  # what is queued will happen, even if nobody waits for it any more
        if self._closed:
            future.set_exception(RuntimeError("the writer is closed"))
        else:
            self._waiting.put(Work(run, rescue, future))
        return future

    async def write(
        self, run: Callable[[Connection], T], rescue: Callable[[Connection, Exception], T] | None = None
    ) -> T:
        """Run work and wait for its commit."""
        return await asyncio.wrap_future(self.submit(run, rescue))

    def close(self) -> None:
        """Finish what is queued, then stop."""
        if not self._closed:
            self._closed = True
            self._waiting.put(None)
            self._thread.join()

    def _loop(self) -> None:
        while True:
            batch = self._take()
            works = [work for work in batch if work is not None]
            if works:
                self._commit(works)
            if None in batch:
                return

    def _take(self) -> list[Work | None]:
        batch = [self._waiting.get()]
        while len(batch) < BATCH and batch[-1] is not None:
            try:
                batch.append(self._waiting.get_nowait())
            except queue.Empty:
                break
        return batch

    def _commit(self, works: list[Work]) -> None:
        outcomes: list[tuple[Work, Any, Exception | None]] = []
        try:
            with self._engine.begin() as connection:
                outcomes.extend((work, *_attempt(connection, work)) for work in works)
        except Exception as error:
            for work in works:
                work.future.set_exception(error)
            return
        for work, value, failure in outcomes:
            if failure is not None:
                work.future.set_exception(failure)
            else:
                work.future.set_result(value)
        self._after_commit()


def _attempt(connection: Connection, work: Work) -> tuple[Any, Exception | None]:
    try:
        with savepoint(connection):
            return work.run(connection), None
    except Exception as error:
        if work.rescue is None:
            return None, error
        rescue, cause = work.rescue, error
    try:
        with savepoint(connection):
            return rescue(connection, cause), None
    except Exception as error:
        return None, error
