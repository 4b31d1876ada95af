"""The bell between workers of one PostgreSQL: rung after a commit, outside of its transaction, heard by the others."""

import logging
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, Engine, bindparam, text
from sqlalchemy.exc import DBAPIError

log = logging.getLogger("langnghe.bell")

CHANNEL = "langnghe"
PAUSE = 0.01  # seconds; what is rung meanwhile goes out as one: NOTIFY takes a lock that all share
HEARKEN = 1.0  # seconds between two looks at whether we stop; for as long we wait before we listen again
MOST_BYTES = 7000  # in one NOTIFY; PostgreSQL takes 8000
RING = text(f"SELECT pg_notify('{CHANNEL}', :payload)").bindparams(bindparam("payload"))

Heard = Callable[[Sequence[str] | None], None]


class Bell:
    """Two threads, one that rings and one that listens.

    `heard` gets the chats that another worker named; None when something may have gone unheard. Called on our thread.
    """

    def __init__(self, engine: Engine, who: str, heard: Heard) -> None:
        self._engine, self._who, self._heard = engine, who, heard
        self._chats: set[str] = set()
        self._lock = threading.Lock()
        self._wanted, self._stopping = threading.Event(), threading.Event()
        self._threads = [
            threading.Thread(target=run, daemon=True) for run in (self._keep_ringing, self._keep_listening)
        ]

    def start(self) -> None:
        """Ring and listen from now on."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Fall silent. Blocks for a second at most."""
        self._stopping.set()
        self._wanted.set()
        for thread in self._threads:
            thread.join()

    def ring(self, chats: Iterable[str] = ()) -> None:
        """Something has been committed; these chats have new messages. Never blocks."""
        with self._lock:
            self._chats.update(chats)
        self._wanted.set()

    def _keep_ringing(self) -> None:
        while not self._stopping.is_set():
            try:
                with self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                    self._ring_on(connection)
            except DBAPIError as error:
                log.warning("could not ring: %s", type(error).__name__)
                self._stopping.wait(HEARKEN)

    def _ring_on(self, connection: Connection) -> None:
        while self._wanted.wait() and not self._stopping.is_set():
            self._wanted.clear()
            with self._lock:
                chats, self._chats = sorted(self._chats), set()
            try:
                for payload in payloads(self._who, chats):
                    connection.execute(RING, {"payload": payload})
            except DBAPIError:
                self.ring(chats)  # on the next connection
                raise
            self._stopping.wait(PAUSE)

    def _keep_listening(self) -> None:
        while not self._stopping.is_set():
            try:
                self._listen()
            except DBAPIError as error:
                log.warning("cannot hear the other workers: %s", type(error).__name__)
            if not self._stopping.is_set():
                self._heard(None)
                self._stopping.wait(HEARKEN)

    def _listen(self) -> None:
        with self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text(f"LISTEN {CHANNEL}"))
            self._heard(None)  # what was rung before we listened
            driver: Any = connection.connection.driver_connection
            try:
                while not self._stopping.is_set():
                    for notify in driver.notifies(timeout=HEARKEN):
                        self._hear(notify.payload)
            except Exception as error:  # psycopg's own, whose name we do not import: it is an extra
                log.warning("stopped hearing the other workers: %s", type(error).__name__)
                connection.invalidate()

    def _hear(self, payload: str) -> None:
        who, *chats = payload.split("\n")
        if who != self._who:
            self._heard(chats)


def payloads(who: str, chats: Sequence[str]) -> Iterator[str]:
    """The chats in as few notifications as PostgreSQL takes; one even if there are none."""
    said, size = [who], len(who)
    for chat in chats:
        if size + len(chat.encode()) + 1 > MOST_BYTES:
            yield "\n".join(said)
            said, size = [who], len(who)
        said.append(chat)
        size += len(chat.encode()) + 1
    yield "\n".join(said)
