"""The running service: opens the store, understands, takes turns, pushes, delivers; knows all rooms."""

import asyncio
import hashlib
import secrets
from collections.abc import AsyncIterable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TypeVar

from aiohttp import web
from sqlalchemy import Connection, event

from bot.background import Background
from bot.broadcast import Broadcaster
from bot.clock import Clock
from bot.fetcher import Fetch, Fetcher
from bot.inbox import Inbox
from bot.learning import challenge
from bot.media_store import open_media
from bot.neighbours import Neighbours
from bot.outbox import Deliverer
from bot.pusher import Pusher
from bot.quiet import QuietHours
from bot.room_cards import CardPoster
from bot.settings import Settings
from bot.tenure import Tenure
from bot.town import Town
from bot.uploads import keep_upload
from connectors.webchat_frames import Sent
from dialogs.words import Connector, Gone, Incoming, Locality, Media
from nlp.faq import FaqIndex
from nlp.understand import Understanding
from store import errands
from store.conversations import record_unread, sent_after
from store.database import OnlyOne, migrate, open_reader, open_writer, sqlite_path
from store.media import UPLOAD, stored
from store.staff import sync_pack
from store.writer import Writer

T = TypeVar("T")

READERS = 4  # threads for pages and look-ups


class Service:
    """Everything that runs behind the doors. `start` and `stop` once each."""

    def __init__(
        self, settings: Settings, locality: Locality, understanding: Understanding, clock: Callable[[], datetime]
    ) -> None:
        self.settings, self.clock = settings, clock
        url = settings.database.url
        self._only_one = OnlyOne(url)
        migrate(url)
        key = hashlib.sha256(secret_key(settings).encode()).digest()
        quiet = QuietHours.between(settings.push.quiet_from, settings.push.quiet_until)
        self.town = Town(locality, understanding, FaqIndex(locality.faq), {}, settings.web.public_url, key, quiet)
        self.media = open_media(settings.files)
        self.challenge = partial(challenge, folder=Path(settings.files.model))
        self._loop: asyncio.AbstractEventLoop | None = None
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="reader")
        self._reading, self._writing = open_reader(url), open_writer(url)
        self._errands: set[str] = set()  # of the transaction that is being committed; the writer thread's own
        event.listen(self._writing, "commit", lambda connection: self._errands.update(errands.take(connection)))
        self.writer = Writer(self._writing, self._after_commit)
        self.neighbours = Neighbours(self._writing, self.writer, self.read)
        self.inbox = Inbox(self.writer, self.town, clock)
        self._deliverers: list[Deliverer] = []
        self._connectors: list[Connector] = []
        self._sources: dict[str, Fetch] = {"room": self._own_upload, "webchat": self._own_upload}
        self._fetcher = Fetcher(
            self._sources, self.media, self.writer, self.read, self.inbox, clock, self.neighbours.tenure("media")
        )
        self.neighbours.alone.append(self._fetcher)
        self._pusher = Pusher(self.town, self.writer, clock)
        self._cards = CardPoster(self.town, self.writer, clock)
        self._broadcaster = Broadcaster(self.town, self.writer, self.read, clock)
        self._timer = Clock(self)

    def add(self, connector: Connector, fetch: Fetch | None = None) -> None:
        """Serve one more channel. Before `start`."""
        self._connectors.append(connector)
        capabilities = {**self.town.capabilities, connector.name: connector.capabilities}
        self.town = replace(self.town, capabilities=capabilities)
        self.inbox.town = self._pusher.town = self._cards.town = self._broadcaster.town = self.town
        # what may be sent twice may be sent by any worker: the web chat by whichever holds the page
        alone = None if connector.capabilities.repeats_safely else self.tenure(connector.name, connector.account)
        deliverer = Deliverer(connector, self.writer, self.look, self.clock, alone)
        self._deliverers.append(deliverer)
        if alone:
            self.neighbours.alone.append(deliverer)
        if fetch:
            self._sources[connector.name] = fetch

    def tenure(self, channel: str, account: str) -> Tenure | None:
        """The right to deliver and to poll for a channel account; None where there can be no other worker."""
        return self.neighbours.tenure(f"{channel}:{account}")

    def username(self, channel: str) -> str:
        """The bot's own name on a channel, once the platform has told it; "" until then, and where there is none."""
        found = next((connector for connector in self._connectors if connector.name == channel), None)
        return str(getattr(found, "username", ""))

    async def start(self) -> None:
        """Enter the pack, then open the doors, the outgoing ones first."""
        self._loop = asyncio.get_running_loop()
        locality = self.town.locality
        await self.writer.write(lambda connection: sync_pack(connection, locality))
        await self.neighbours.start()
        for work in self._background:
            await work.start()
        for connector in self._connectors:
            await connector.start()
        await self._timer.start()

    async def stop(self) -> None:
        """Close the doors, the incoming ones first; nothing acknowledged is lost."""
        await self._timer.stop()
        for connector in self._connectors:
            await connector.stop()
        for work in reversed(self._background):
            await work.stop()
        await self.neighbours.stop()
        self._loop = None
        await asyncio.to_thread(self.writer.close)
        self._readers.shutdown()
        self._reading.dispose()
        self._writing.dispose()
        self._only_one.release()

    async def settle(self) -> None:
        """Fetch, push and deliver until nothing is left; instead of `start` for the console and tests."""
        await self.neighbours.try_leases()
        while (
            await self._fetcher.step()
            or await self._pusher.step()
            or await self._cards.step()
            or await self._broadcaster.step()
            or sum([await deliverer.step() for deliverer in self._deliverers])
        ):
            pass

    async def read(self, work: Callable[[Connection], T]) -> T:
        """Run a read on a connection that cannot write."""
        return await asyncio.get_running_loop().run_in_executor(self._readers, self._read, work)

    async def look(self, work: Callable[[Connection], T]) -> T:
        """Run a short read that comes with every commit on the writer's own thread.

        A reader would contend with it for the interpreter's lock, row by row: under load that took a tenth of a turn.
        """
        return await self.writer.write(work, at_once=True)

    def _read(self, work: Callable[[Connection], T]) -> T:
        with self._reading.connect() as connection:
            return work(connection)

    async def receive(self, incoming: Incoming) -> str:
        """A channel's door, see words.Receive."""
        return (await self.inbox.receive(incoming)).on_button

    async def sent_after(self, address_key: str, seq: int) -> Sequence[Sent]:
        """What a web chat has been sent since `seq`."""
        rows = await self.read(lambda connection: sent_after(connection, address_key, seq))
        return [Sent(number, part, at) for number, at, part in rows]

    async def read_media(self, blob: str) -> bytes:
        """Stored bytes. Raises KeyError."""
        return await asyncio.to_thread(self.media.get, blob)

    async def stored_media(self, ref: str) -> tuple[bytes, str]:
        """Bytes and type of stored media by our id. Raises KeyError while there are none (yet)."""
        found = await self.read(lambda connection: stored(connection, int(ref)))
        if found is None:
            raise KeyError(ref)
        return await self.read_media(found[0]), found[1]

    async def keep_unread(self, update: str, why: str) -> None:
        """Keep a channel's update that could not be read, with the reason, for the operator."""
        now = self.clock()
        await self.writer.write(lambda connection: record_unread(connection, update, why, now))

    async def keep_upload(self, chunks: AsyncIterable[bytes]) -> Media:
        """Check bytes by their content as they come and keep them. Raises UploadRefused."""
        return await keep_upload(chunks, self.media)

    async def _own_upload(self, item: Media) -> bytes:
        try:
            return await asyncio.to_thread(self.media.get, item.ref.removeprefix(UPLOAD))
        except KeyError:
            raise Gone("the upload is gone") from None

    def _after_commit(self) -> None:
        left, self._errands = self._errands, set()
        if not left:  # a look, a mark: nobody has anything to do
            return
        loop = self._loop  # the other thread may take it away between the question and the call
        if loop is not None:
            loop.call_soon_threadsafe(self._wake, left)
        self.neighbours.tell()

    def _wake(self, errands: set[str]) -> None:
        for work in self._background:
            if not work.errand or work.errand in errands:
                work.wake()

    @property
    def _background(self) -> list[Background]:
        return [*self._deliverers, self._pusher, self._cards, self._broadcaster, self._fetcher]


SERVICE = web.AppKey("service", Service)


def secret_key(settings: Settings) -> str:
    """The key from the environment, or one made once and kept beside the data, readable by us alone."""
    if settings.secret_key:
        return settings.secret_key
    path = sqlite_path(settings.database.url)
    file = (path.parent if path else Path("var")) / "secret.key"
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        part = file.with_suffix(".part")  # a key that is half written would be no secret
        part.touch(mode=0o600)
        part.write_text(secrets.token_urlsafe(48), encoding="ascii")
        part.replace(file)
    return file.read_text(encoding="ascii")
