"""What the clock tells a staff room, kept so that the browser can show it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, insert, select, update

from dialogs.words import Address
from store.tables.base import table
from store.tables.reports import Media
from store.tables.staff import RoomNotice, StaffRoom

_notice, _room, _media = table(RoomNotice), table(StaffRoom), table(Media)

MOST = 50


@dataclass(frozen=True, slots=True)
class Notice:
    """One notice; `media` is our id of its picture, or ""."""

    id: int
    room: str
    kind: str  # reminder | overdue | digest | alarm
    text: str
    media: str
    created_at: datetime
    seen: bool


def add_notice(
    connection: Connection, locality_id: str, room_id: str, kind: str, text: str, now: datetime, media: str = ""
) -> None:
    """Keep a notice for a room."""
    values = {"locality_id": locality_id, "room_id": room_id, "kind": kind, "text": text, "created_at": now}
    connection.execute(insert(_notice), {**values, "media_id": int(media) if media else None})


def notices_of(
    connection: Connection, rooms: Iterable[str], *, unseen_only: bool = False, most: int = MOST
) -> list[Notice]:
    """The notices of these rooms, newest first."""
    found = select(_notice).where(_notice.c.room_id.in_(list(rooms)))
    if unseen_only:
        found = found.where(_notice.c.seen_at.is_(None))
    rows = connection.execute(found.order_by(_notice.c.id.desc()).limit(most))
    return [
        Notice(row.id, row.room_id, row.kind, row.text, str(row.media_id or ""), row.created_at, bool(row.seen_at))
        for row in rows
    ]


def unseen_count(connection: Connection, rooms: Iterable[str]) -> int:
    """How many notices of these rooms nobody has read yet."""
    unseen = select(func.count()).where(_notice.c.room_id.in_(list(rooms)), _notice.c.seen_at.is_(None))
    return int(connection.execute(unseen).scalar_one())


def room_of_picture(connection: Connection, media_id: int) -> str | None:
    """The room to which a notice with this picture was told."""
    found = select(_notice.c.room_id).where(_notice.c.media_id == media_id)
    return connection.execute(found).scalars().first()


def mark_seen(connection: Connection, rooms: Iterable[str], up_to: int, now: datetime) -> None:
    """Somebody in these rooms has read their notices up to that one."""
    unseen = (_notice.c.room_id.in_(list(rooms)), _notice.c.id <= up_to, _notice.c.seen_at.is_(None))
    connection.execute(update(_notice).where(*unseen).values(seen_at=now))


def group_of(connection: Connection, room_id: str) -> Address | None:
    """The chat group bound to a room, or None."""
    key = connection.execute(select(_room.c.address_key).where(_room.c.id == room_id)).scalar_one_or_none()
    if not key:
        return None
    channel, account, chat, *thread = key.split(":")
    return Address(channel, account, chat, ":".join(thread))


def add_picture(connection: Connection, locality_id: str, blob: str, size: int, now: datetime) -> str:
    """Enter a picture of our own making, ready to be shown; returns its id."""
    row = {"locality_id": locality_id, "kind": "image", "side": "digest", "mime": "image/png", "size": size}
    empty = dict.fromkeys(("conversation_key", "name", "channel", "account", "source", "error"), "")
    ready = {"state": "stored", "attempts": 0, "blob": blob, "created_at": now}
    created = connection.execute(insert(_media), {**row, **empty, **ready}).inserted_primary_key
    assert created is not None
    return str(created[0])
