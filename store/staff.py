"""Officers, their rooms, and their ways in."""

import hashlib
import hmac
import secrets
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, Table, delete, insert, select, update

from dialogs.words import Locality
from store.locks import wait_for
from store.tables.base import table
from store.tables.staff import Access, Agency, LoginLink, Officer, OfficerRoom, StaffCode, StaffRoom, StaffSession

_officer, _rooms, _room = table(Officer), table(OfficerRoom), table(StaffRoom)
_link, _session, _agency = table(LoginLink), table(StaffSession), table(Agency)
_access, _code = table(Access), table(StaffCode)

LINK_LIFE = timedelta(hours=24)
SESSION_LIFE = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class OfficerView:
    """An officer and the rooms they may work in."""

    id: int
    name: str
    title: str
    rooms: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Session:
    """A logged-in officer; `csrf` must come back with every form."""

    officer: OfficerView
    csrf: str


def sync_pack(connection: Connection, locality: Locality) -> None:
    """Enter the pack's rooms and agencies, keeping those that are no longer in it."""
    wait_for(connection, "pack")  # several workers start together
    for room in locality.rooms.values():
        _put(connection, _room, room.id, {"locality_id": locality.id, "name": room.name, "kind": room.kind})
    for agency in locality.agencies.values():
        _put(connection, _agency, agency.id, {"locality_id": locality.id, "name": agency.name, "room_id": agency.room})


def _put(connection: Connection, rows: Table, key: str, values: dict[str, str]) -> None:
    if connection.execute(update(rows).where(rows.c.id == key).values(**values)).rowcount == 0:
        connection.execute(insert(rows).values(id=key, **values))


def add_officer(
    connection: Connection,
    locality_id: str,
    name: str,
    title: str,
    rooms: Iterable[str],
    now: datetime,
    heads: Collection[str] = (),
) -> int:
    """Enter an officer with their rooms; of `heads` they are the named head. Returns the officer's id."""
    values = {"locality_id": locality_id, "name": name, "title": title, "active": True, "created_at": now}
    created = connection.execute(insert(_officer), values).inserted_primary_key
    assert created is not None
    for room in rooms:
        connection.execute(insert(_rooms), {"officer_id": created[0], "room_id": room, "head": room in heads})
    return int(created[0])


def change_officer(
    connection: Connection,
    officer_id: int,
    *,
    title: str | None = None,
    rooms: Iterable[str] | None = None,
    heads: Collection[str] | None = None,
) -> None:
    """Another title, other rooms, head of other ones; None: as it was. Of a room that they leave they are no head."""
    if title is not None:
        connection.execute(update(_officer).where(_officer.c.id == officer_id).values(title=title))
    theirs = select(_rooms.c.room_id, _rooms.c.head).where(_rooms.c.officer_id == officer_id)
    before = {row.room_id: row.head for row in connection.execute(theirs)}
    heads = [room for room, head in before.items() if head] if heads is None else heads
    connection.execute(delete(_rooms).where(_rooms.c.officer_id == officer_id))
    for room in dict.fromkeys(before if rooms is None else rooms):
        connection.execute(insert(_rooms), {"officer_id": officer_id, "room_id": room, "head": room in heads})


def officer(connection: Connection, officer_id: int) -> OfficerView | None:
    """An active officer."""
    row = connection.execute(select(_officer).where(_officer.c.id == officer_id, _officer.c.active)).mappings().first()
    if row is None:
        return None
    rooms = connection.execute(select(_rooms.c.room_id).where(_rooms.c.officer_id == officer_id)).scalars()
    return OfficerView(row["id"], row["name"], row["title"], tuple(sorted(rooms)))


def officers(connection: Connection) -> list[OfficerView]:
    """All active officers."""
    ids = connection.execute(select(_officer.c.id).where(_officer.c.active).order_by(_officer.c.id)).scalars().all()
    return [found for found in (officer(connection, officer_id) for officer_id in ids) if found]


def remove_officer(connection: Connection, officer_id: int) -> str | None:
    """They have left the office: no session, link, code or chat account of theirs works from now on; what they did
    keeps their name. Returns it, or None if there is no such officer."""
    lock_out(connection, officer_id)
    left = update(_officer).where(_officer.c.id == officer_id, _officer.c.active).values(active=False)
    return connection.execute(left.returning(_officer.c.name)).scalar_one_or_none()


# ---------------------------------------------------------------- one-time links and sessions


def new_login_link(connection: Connection, officer_id: int, now: datetime) -> str:
    """A token that opens the room once, within 24 hours. Only its hash is kept."""
    token = secrets.token_urlsafe(32)
    values = {"token_hash": hashed(token), "officer_id": officer_id, "expires_at": now + LINK_LIFE}
    connection.execute(insert(_link), values)
    return token


def use_login_link(connection: Connection, token: str, now: datetime) -> str | None:
    """Spend a link: returns a session token, or None if the link is unknown, spent or expired."""
    spent = connection.execute(
        update(_link)
        .where(_link.c.token_hash == hashed(token), _link.c.used_at.is_(None), _link.c.expires_at > now)
        .values(used_at=now)
        .returning(_link.c.officer_id)
    ).first()
    if spent is None or officer(connection, spent[0]) is None:
        return None
    session = secrets.token_urlsafe(32)
    values = {"token_hash": hashed(session), "officer_id": spent[0], "csrf": secrets.token_urlsafe(24)}
    connection.execute(insert(_session), {**values, "created_at": now, "expires_at": now + SESSION_LIFE})
    return session


def session_of(connection: Connection, token: str, now: datetime) -> Session | None:
    """Who is behind a session cookie."""
    row = (
        connection.execute(select(_session).where(_session.c.token_hash == hashed(token), _session.c.expires_at > now))
        .mappings()
        .first()
    )
    found = officer(connection, row["officer_id"]) if row else None
    return Session(found, row["csrf"]) if row and found else None


def end_session(connection: Connection, token: str) -> None:
    """Log out."""
    connection.execute(delete(_session).where(_session.c.token_hash == hashed(token)))


def lock_out(connection: Connection, officer_id: int) -> int:
    """End an officer's sessions, and every link and code that nobody has used yet. Returns how many sessions."""
    for unused in (_link, _code):
        connection.execute(delete(unused).where(unused.c.officer_id == officer_id, unused.c.used_at.is_(None)))
    return connection.execute(delete(_session).where(_session.c.officer_id == officer_id)).rowcount


def hashed(token: str) -> str:
    """What is kept of a secret token."""
    return hashlib.sha256(token.encode()).hexdigest()


def same(one: str, other: str) -> bool:
    """Compare two secrets in constant time."""
    return hmac.compare_digest(one.encode(), other.encode())


def log_access(connection: Connection, report_id: int, officer_id: int, now: datetime) -> None:
    """Write down who looked at a reporter's name and phone."""
    connection.execute(insert(_access), {"report_id": report_id, "officer_id": officer_id, "created_at": now})
