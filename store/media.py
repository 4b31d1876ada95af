"""Pictures and files: their rows, and the one store for their bytes."""

import hashlib
import os
import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any, BinaryIO, Protocol, cast
from uuid import uuid4

from sqlalchemy import Connection, bindparam, delete, func, insert, or_, select, text, update

from dialogs.words import Address, Media
from store.errands import CARDS, PICTURES, leave
from store.tables.base import table
from store.tables.delivery import Outbox
from store.tables.reports import Media as MediaRow
from store.tables.staff import StaffCard
from store.tables.talk import InboxFailure

_media, _outbox, _failure = table(MediaRow), table(Outbox), table(InboxFailure)
_card = table(StaffCard)

DUE = (
    select(_media)
    .where(_media.c.state == "pending", or_(_media.c.not_before.is_(None), _media.c.not_before <= bindparam("now")))
    .order_by(_media.c.id)
    .limit(bindparam("most"))
)


UPLOAD = "upload:"  # a source that is raw bytes of our own store


class MediaStore(Protocol):
    """Where bytes live; a folder by default, S3-compatible when several hosts share it. Never blocks for long."""

    def put(self, content: bytes) -> str:
        """Keep bytes; returns their key, the same for the same bytes."""

    def new_file(self) -> BinaryIO:
        """An empty file on the disk for what is still arriving. It has no name: gone when closed, or when we die."""

    def put_file(self, file: BinaryIO) -> str:
        """Keep what a file holds, from its beginning; returns its key."""

    def get(self, key: str) -> bytes:
        """The bytes behind a key. Raises KeyError."""

    def drop(self, key: str) -> None:
        """Forget bytes; unknown keys are fine."""

    def older_than(self, moment: datetime) -> Iterable[str]:
        """The keys of bytes that were last put before that moment."""


class FolderStore:
    """Bytes as files named by their SHA-256, two levels deep."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, content: bytes) -> str:
        """Keep bytes."""
        return self.put_file(BytesIO(content))

    def new_file(self) -> BinaryIO:
        """On the same disk: a system's folder for temporary files is often held in memory."""
        self._folder.mkdir(parents=True, exist_ok=True)
        return cast(BinaryIO, TemporaryFile(dir=self._folder))

    def put_file(self, file: BinaryIO) -> str:
        """Write to a temporary name, then rename: a reader never sees half a file."""
        key = key_of(file)
        path = self._path(key)
        if path.exists():
            os.utime(path)  # put again: not old any more, see older_than
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            part = path.with_suffix(f".{uuid4().hex}.part")  # our own: the same photo may be on its way twice
            with part.open("wb") as kept:
                shutil.copyfileobj(file, kept)
                kept.flush()
                os.fsync(kept.fileno())
            part.replace(path)
        return key

    def get(self, key: str) -> bytes:
        """The bytes, or KeyError."""
        try:
            return self._path(key).read_bytes()
        except FileNotFoundError:
            raise KeyError(key) from None

    def drop(self, key: str) -> None:
        """Delete the file if it is there."""
        with suppress(KeyError):
            self._path(key).unlink(missing_ok=True)

    def older_than(self, moment: datetime) -> Iterator[str]:
        """By the file's time."""
        for path in self._folder.glob("??/*"):
            with suppress(FileNotFoundError):
                if _is_key(path.name) and path.stat().st_mtime < moment.timestamp():
                    yield path.name

    def _path(self, key: str) -> Path:
        if not _is_key(key):
            raise KeyError(key)
        return self._folder / key[:2] / key


def key_of(file: BinaryIO) -> str:
    """The key of what a file holds; it stands at its beginning again."""
    file.seek(0)
    key = hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]  # any BinaryIO has what it wants
    file.seek(0)
    return key


def _is_key(key: str) -> bool:
    return len(key) == 64 and key.isalnum()


@dataclass(frozen=True, slots=True)
class Pending:
    """Media that has arrived and is still to be fetched and cleaned."""

    id: int
    media: Media
    address: Address
    conversation_key: str
    attempts: int


def insert_pending(
    connection: Connection,
    item: Media,
    address: Address,
    conversation_key: str,
    locality_id: str,
    now: datetime,
    album: str = "",
) -> Media:
    """Enter media as pending; returns it with our id as its `ref`."""
    leave(connection, PICTURES)
    row = {
        "locality_id": locality_id,
        "conversation_key": conversation_key,
        "side": "before",
        "kind": item.kind,
        "mime": item.mime,
        "size": item.size,
        "name": item.name,
        "channel": address.channel,
        "account": address.account,
        "source": item.ref,
        "album": album,
        "state": "pending",
        "error": "",
        "attempts": 0,
        "blob": "",
        "created_at": now,
    }
    created = connection.execute(insert(_media), row).inserted_primary_key
    assert created is not None
    return replace(item, ref=str(created[0]))


def album_so_far(connection: Connection, conversation_key: str, album: str) -> list[int | None]:
    """The report ids of the parts of an album that have come already; None where they are in a draft."""
    found = select(_media.c.report_id).where(_media.c.conversation_key == conversation_key, _media.c.album == album)
    return list(connection.execute(found).scalars())


def pending(connection: Connection, now: datetime, most: int) -> list[Pending]:
    """Media to fetch now, oldest first."""
    rows = connection.execute(DUE, {"now": now, "most": most}).mappings()
    return [_pending_of(row) for row in rows]


def _pending_of(row: Any) -> Pending:
    item = Media(row["kind"], row["source"], row["mime"], row["size"], row["name"])
    chat = row["conversation_key"].split("|")[0].split(":")
    address = Address(row["channel"], row["account"], chat[2] if len(chat) > 2 else "", ":".join(chat[3:]))
    return Pending(row["id"], item, address, row["conversation_key"], row["attempts"])


def is_awaited(connection: Connection, source: str) -> bool:
    """Whether anything is still to be made from these raw bytes."""
    waits = select(_media.c.id).where(_media.c.state == "pending", _media.c.source == source).limit(1)
    return connection.execute(waits).first() is not None


def mark_stored(
    connection: Connection, media_id: int, blob: str, mime: str, size: int, point: tuple[float, float] | None
) -> None:
    """The bytes are clean and kept."""
    lat, lon = point or (None, None)
    values = {"state": "stored", "blob": blob, "mime": mime, "size": size, "lat": lat, "lon": lon}
    connection.execute(update(_media).where(_media.c.id == media_id).values(**values))
    shown = select(_media.c.report_id).where(_media.c.id == media_id).scalar_subquery()
    connection.execute(update(_card).where(_card.c.report_id == shown).values(stale=True))
    leave(connection, CARDS)


def mark_later(connection: Connection, media_id: int, why: str, due: datetime) -> None:
    """Fetching failed for now."""
    values = {"attempts": _media.c.attempts + 1, "error": why, "not_before": due}
    connection.execute(update(_media).where(_media.c.id == media_id).values(**values))


def mark_refused(connection: Connection, media_id: int, why: str) -> None:
    """Not what it claims to be, or gone for good."""
    connection.execute(update(_media).where(_media.c.id == media_id).values(state="refused", error=why))


def states_of(connection: Connection, report_id: int) -> dict[str, str]:
    """How far each picture of a report has come, by our id: pending, stored or refused."""
    found = select(_media.c.id, _media.c.state).where(_media.c.report_id == report_id)
    return {str(row.id): row.state for row in connection.execute(found)}


def stored(connection: Connection, media_id: int) -> tuple[str, str] | None:
    """(blob key, mime) of media that may be shown."""
    row = connection.execute(
        select(_media.c.blob, _media.c.mime).where(_media.c.id == media_id, _media.c.state == "stored")
    ).first()
    return (row.blob, row.mime) if row else None


def needed(connection: Connection, keys: Sequence[str]) -> set[str]:
    """Which of these bytes some row still shows, or is still to be made from."""
    shown = select(_media.c.blob).where(_media.c.blob.in_(keys), text("blob <> ''"))
    sources = [f"{UPLOAD}{key}" for key in keys]
    raw = select(_media.c.source).where(_media.c.state == "pending", _media.c.source.in_(sources))
    waited = {source.removeprefix(UPLOAD) for source in connection.execute(raw).scalars()}
    return set(connection.execute(shown).scalars()) | waited


def forget_unattached(connection: Connection, before: datetime) -> int:
    """Forget media of before that moment which belong to no report: of drafts that were given up. Returns how many."""
    mine = (_media.c.report_id.is_(None), _media.c.side != "digest", _media.c.created_at < before)
    return connection.execute(delete(_media).where(*mine)).rowcount


def waiting_count(connection: Connection) -> dict[str, int]:
    """How much waits: messages to deliver, media to fetch, updates that failed."""
    counts = {
        "outbox_waiting": select(func.count()).where(_outbox.c.state.in_(["queued", "sending"])),
        "media_waiting": select(func.count()).where(_media.c.state == "pending"),
        "inbox_failures": select(func.count()).select_from(_failure),
    }
    return {name: int(connection.execute(count).scalar_one()) for name, count in counts.items()}
