"""Fetching what citizens sent: after the acknowledgement, durably, cleaned before anybody sees it."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from bot.background import Background, Reads
from bot.inbox import Inbox
from bot.pictures import CleanMedia, NotAllowedType, clean
from bot.tenure import Tenure
from dialogs.words import Gone, Incoming, IncomingKind, Media, Sender
from store import media
from store.errands import PICTURES
from store.media import UPLOAD, MediaStore, Pending
from store.writer import Writer

log = logging.getLogger("langnghe.media")

BATCH = 20
BACKOFF = (2, 10, 60, 300, 1800)  # seconds
MOST_ATTEMPTS = 12

Fetch = Callable[[Media], Awaitable[bytes]]


class Fetcher(Background):
    """Takes pending media, fetches, cleans and stores them, then tells the conversation with a `media_ready` turn."""

    name = "fetcher"
    errand = PICTURES

    def __init__(
        self,
        sources: Mapping[str, Fetch],
        store: MediaStore,
        writer: Writer,
        read: Reads,
        inbox: Inbox,
        clock: Callable[[], datetime],
        tenure: Tenure | None = None,
    ) -> None:
        super().__init__()
        self._sources, self._store, self._writer, self._read = sources, store, writer, read
        self._inbox, self._clock, self._tenure = inbox, clock, tenure

    async def step(self) -> int:
        """Fetch what is due now; returns how many were tried."""
        if self._tenure and self._tenure.token is None:  # another worker does it
            return 0
        now = self._clock()
        rows = await self._read(partial(media.pending, now=now, most=BATCH))
        for row in rows:
            await self._fetch(row)
        return len(rows)

    async def _fetch(self, row: Pending) -> None:
        fetch = self._sources.get(row.address.channel)
        if fetch is None:  # a channel that is no more: nobody can be told either
            await self._writer.write(partial(media.mark_refused, media_id=row.id, why="nobody serves this channel"))
            return
        try:
            content = await fetch(row.media)
            cleaned = await asyncio.to_thread(clean, content)
            blob = await asyncio.to_thread(self._store.put, cleaned.content)
        except (NotAllowedType, Gone) as refused:
            await self._turn(row, "media_refused", row.media)
            await self._writer.write(partial(media.mark_refused, media_id=row.id, why=str(refused)))
        except Exception as error:  # slow or failing source: later
            await self._later(row, type(error).__name__)
        else:
            await self._keep(row, blob, cleaned)

    async def _later(self, row: Pending, why: str) -> None:
        if row.attempts >= MOST_ATTEMPTS:
            await self._writer.write(partial(media.mark_refused, media_id=row.id, why=why))
            return
        due = self._clock() + timedelta(seconds=BACKOFF[min(row.attempts, len(BACKOFF) - 1)])
        await self._writer.write(partial(media.mark_later, media_id=row.id, why=why, due=due))

    async def _keep(self, row: Pending, blob: str, cleaned: CleanMedia) -> None:
        await self._turn(row, "media_ready", replace(row.media, mime=cleaned.mime), cleaned.point)
        keep = partial(media.mark_stored, media_id=row.id, blob=blob, mime=cleaned.mime, size=len(cleaned.content))
        await self._writer.write(partial(keep, point=cleaned.point))
        await self._forget_raw(row.media.ref, blob)

    async def _turn(
        self, row: Pending, kind: IncomingKind, item: Media, point: tuple[float, float] | None = None
    ) -> None:
        """Tell the conversation, before the row is marked: if we die in between, this is done again and known already.

        An officer's after-photo needs no turn, the card shows it by itself.
        """
        if "|" in row.conversation_key:
            return
        (lat, lon), key = point or (None, None), f"media:{row.id}"
        shown = Media(item.kind, str(row.id), item.mime)
        await self._inbox.receive(
            Incoming(row.address, Sender(""), kind, key, self._clock(), media=(shown,), lat=lat, lon=lon)
        )

    async def _forget_raw(self, source: str, blob: str) -> None:
        """The upload as it came still says where the photo was taken: gone, once nothing waits to be made from it."""
        raw = source.removeprefix(UPLOAD)
        if raw in (source, blob) or await self._read(partial(media.is_awaited, source=source)):
            return
        await asyncio.to_thread(self._store.drop, raw)
