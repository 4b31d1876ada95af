"""A whole town in a test: real store, real turns, a clock that stands still until it is moved, scripted nlp."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from marisa_trie import Trie
from sqlalchemy import Connection, event, update

from bot.inbox import Inbox
from bot.jobs import JOBS, run_job
from bot.jobs_task import Challenge, Desk
from bot.outcome import Outcome
from bot.push import push_changes
from bot.town import Town
from connectors.console import Console
from connectors.telegram import Telegram
from connectors.webchat import WebChat
from connectors.zalo_bot import ZaloBot
from connectors.zalo_oa import ZaloOa
from dialogs.words import Address, Capabilities, Incoming, Locality, Media, Place, Prediction, Sender
from nlp.concepts import parsed
from nlp.duplicates import Matter
from nlp.faq import FaqIndex
from nlp.normalise import fold
from nlp.places import Places
from nlp.senses import Senses
from store import outbox, staff
from store.database import migrated_writer, open_reader, open_writer, sqlite_path
from store.locality import bundled, load_locality
from store.media import FolderStore
from store.staff_chat import external_id
from store.tables.base import table
from store.tables.reports import Media as MediaRow
from store.writer import Writer

T = TypeVar("T")

NO_SENSES = Senses(Trie(), b"", parsed(""))
MONDAY_NINE = datetime(2026, 11, 23, 9, 0, tzinfo=ZoneInfo("Asia/Ho_Chi_Minh")).astimezone(UTC)
CAPABILITIES: dict[str, Capabilities] = {
    connector.name: connector.capabilities for connector in (Console, Telegram, WebChat, ZaloOa, ZaloBot)
}


@cache
def thanh_chuong() -> Locality:
    """The bundled pack, loaded once for all tests."""
    return load_locality(bundled())


@cache
def places() -> Places:
    """The real gazetteer, made once."""
    return Places(thanh_chuong())


@cache
def fresh_database() -> bytes:
    """A migrated database with the pack in it, made once; each town begins with a copy: making takes a second."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "fresh.db"
        with migrated_writer(f"sqlite:///{file}") as connection:
            staff.sync_pack(connection, thanh_chuong())
        return file.read_bytes()


async def run_due(desk: Desk, now: datetime) -> int:
    """Run every job whose time it is; returns how many pieces of work were done."""
    hours = desk.town.office_hours
    return sum([len(await run_job(job, desk, now)) for job in JOBS if job.schedule.is_due(now, hours)])


class Clock:
    """Time that moves only when told to."""

    def __init__(self, now: datetime = MONDAY_NINE) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def forward(self, by: timedelta) -> None:
        self.now += by


class ScriptedUnderstanding:
    """Says of each text what the test scripted, else that it is chatter. Places are looked up for real."""

    def __init__(self) -> None:
        self.scripted: dict[str, Prediction] = {}

    def understand(self, text: str) -> Prediction:
        return self.scripted.get(text, Prediction("chatter", public_text=text))

    def matter(self, text: str, place: Place | None = None) -> Matter:
        """Found by its words; the same as all of its scripted field."""
        seen = self.understand(text)
        words = fold(text.lower()).split()
        fields = {seen.category: 1.0} if seen.category else {}
        return Matter(dict.fromkeys(words, 1.0), frozenset(fields), fields, place, frozenset(), frozenset(), NO_SENSES)

    def commune_at(self, lat: float, lon: float) -> str:
        return places().commune_at(lat, lon)

    def place_in(self, text: str) -> Place | None:
        return places().place_in(text)


class TestTown:
    """Citizens and officers of one town, over the real turn and the real store."""

    __test__ = False

    def __init__(self, folder: Path, clock: Clock | None = None, url: str = "") -> None:
        file = folder / "town.db"
        self.url = url or f"sqlite:///{file}"
        self.clock = clock or Clock()
        self.understanding = ScriptedUnderstanding()
        self.media = FolderStore(folder / "media")
        self.count = 0
        self.challenge: Challenge | None = None
        if not (url or file.exists()):
            file.write_bytes(fresh_database())
        self.open()

    def open(self) -> None:
        """Start (again) on the same file."""
        locality = thanh_chuong()
        understanding: Any = self.understanding
        self.town = Town(locality, understanding, FaqIndex(locality.faq), CAPABILITIES, "", b"key")
        self.engine, self.reader = open_writer(self.url), open_reader(self.url)
        for engine in (self.engine, self.reader) if sqlite_path(self.url) else ():
            event.listen(engine, "connect", _without_waiting_for_the_disk)
        self.writer = Writer(self.engine)
        self.inbox = Inbox(self.writer, self.town, self.clock)

    def close(self) -> None:
        """Stop; the file stays."""
        self.writer.close()
        self.engine.dispose()
        self.reader.dispose()

    def write(self, work: Callable[[Connection], T]) -> T:
        """Write in a transaction of its own."""
        return self.writer.submit(work).result(timeout=10)

    def read(self, work: Callable[[Connection], T]) -> T:
        """Read what is committed."""
        with self.reader.connect() as connection:
            return work(connection)

    async def hear(self, incoming: Incoming) -> Outcome:
        """One message in."""
        return await self.inbox.receive(incoming)

    @property
    def desk(self) -> Desk:
        """What jobs work with."""

        async def read(work: Callable[[Connection], T]) -> T:
            return self.read(work)

        return Desk(self.town, self.media, read, self.writer.write, self.challenge)

    async def tick(self) -> int:
        """The clock asks every job."""
        return await run_due(self.desk, self.clock())

    def fetch(self) -> None:
        """Take every picture that has arrived for fetched and clean."""
        rows = table(MediaRow)
        clean = update(rows).where(rows.c.state == "pending").values(state="stored", blob="x")
        self.write(lambda connection: connection.execute(clean))

    def deliver(self, channel: str) -> None:
        """Take everything that is due for shown; an edit keeps the message's id."""
        whose = {"channel": channel, "account": "main", "now": self.clock(), "most": 500}
        for row in self.read(lambda connection: outbox.waiting(connection, **whose)):
            self.write(lambda connection, row=row: _deliver(connection, row, self.clock()))  # type: ignore[misc]

    def push(self) -> int:
        """Sweep the status changes into the outbox."""
        return self.write(lambda connection: push_changes(connection, self.town, self.clock()))

    def incoming(self, text: str = "", *, chat: str = "hoa", channel: str = "webchat", **what: Any) -> Incoming:
        """A citizen's message with a fresh id."""
        self.count += 1
        what = {"kind": "text", "dedupe_key": f"m{self.count}", **what}
        return Incoming(Address(channel, "main", chat), Sender(chat), at=self.clock(), text=text, **what)

    def officer(self, name: str, *rooms: str) -> int:
        """A new officer of these rooms; returns the id."""
        now = self.clock()
        return self.write(lambda connection: staff.add_officer(connection, thanh_chuong().id, name, "", rooms, now))

    def staff_incoming(self, officer_id: int, room: str, code: str, **what: Any) -> Incoming:
        """Something an officer does on a card in the browser."""
        self.count += 1
        what = {"kind": "choice", "dedupe_key": f"s{self.count}", **what}
        return Incoming(Address("room", "web", room), Sender(str(officer_id)), at=self.clock(), reply_to=code, **what)


def _without_waiting_for_the_disk(connection: sqlite3.Connection, _record: Any) -> None:
    """Nobody pulls the plug of a test town. That a real one waits is tested in test_store_database.py."""
    connection.execute("PRAGMA synchronous=OFF")


def _deliver(connection: Connection, row: outbox.OutboxMessage, now: datetime) -> None:
    shown = external_id(connection, int(row.part.edit_of)) if row.part.edit_of else f"x{row.message_id}"
    outbox.mark(connection, row.id, "sent", now)
    outbox.mark_external(connection, row.message_id, shown)


@contextmanager
def test_town(folder: Path, clock: Clock | None = None, url: str = "") -> Iterator[TestTown]:
    """A town that is closed at the end; over a new SQLite file if no database is given."""
    town = TestTown(folder, clock, url)
    try:
        yield town
    finally:
        town.close()


test_town.__test__ = False  # type: ignore[attr-defined]


def report_prediction(category: str, confidence: float = 0.93, **what: Any) -> Prediction:
    """What nlp says of a clear report."""
    place = what.pop("place", None)
    if isinstance(place, str):
        place = Place(place, what.pop("commune", ""))
    others = what.pop("alternatives", ((category, confidence),))
    return Prediction("report", category, confidence, others, place=place, **what)


def photo(name: str = "anh.jpg") -> Media:
    """A photo as a connector hands it over."""
    return Media("image", f"upload:{name}", "image/jpeg", 1000)
