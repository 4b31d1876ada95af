"""Officers in chat groups: which group is a room, who an account is, which message shows which report."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, exists, insert, select, text, update

from dialogs.words import OPEN_STATUSES, Address
from store.conversations import message_shown
from store.errands import CARDS, leave
from store.hot import Hot
from store.staff import OfficerView, hashed, officer
from store.tables.base import table
from store.tables.people import Identity
from store.tables.reports import Media, Report, StatusChange
from store.tables.staff import OfficerIdentity, StaffCard, StaffCode, StaffRoom
from store.tables.talk import Message

_room, _identity, _code, _card = table(StaffRoom), table(OfficerIdentity), table(StaffCode), table(StaffCard)
_message, _report, _media, _change = table(Message), table(Report), table(Media), table(StatusChange)
_person = table(Identity)

# Cards are stale for ever in a room that officers work in the browser alone: only the rooms of groups are looked into.
STALE = Hot(
    select(_card, _room.c.address_key)
    .join(_room, _room.c.id == _card.c.room_id)
    .join(_report, _report.c.id == _card.c.report_id)
    .where(text("staff_card.stale"))  # said as ix_staff_card_stale says it
    .where(_card.c.room_id.in_(select(_room.c.id).where(_room.c.address_key != "")))
    .order_by(_report.c.urgent.desc(), _card.c.id)
    .limit(bindparam("most"))
    .with_for_update(of=_card, skip_locked=True)
)
EXTERNAL = Hot(select(_message.c.external_id).where(_message.c.id == bindparam("row")))

CODE_LIFE = timedelta(hours=24)
CODE_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
CODE_LENGTH = 8  # 30^8 = 6.6e11: nobody guesses one within its day


@dataclass(frozen=True, slots=True)
class RoomView:
    """A room and the chat bound to it, if any."""

    id: str
    name: str
    kind: str
    address_key: str


@dataclass(frozen=True, slots=True)
class CardRow:
    """A card in a chat group whose message is out of date."""

    id: int
    report_id: int
    room_id: str
    address_key: str
    message_id: int | None
    photos: int
    additions: int


# ---------------------------------------------------------------- codes and who is who


def new_code(connection: Connection, officer_id: int, room_id: str, now: datetime) -> str:
    """A code for `/ketnoi`, good once within 24 hours; with a room it binds the group it is typed in."""
    code = "".join(secrets.choice(CODE_ALPHABET) for _ in range(CODE_LENGTH))
    values = {"code_hash": hashed(code), "officer_id": officer_id, "room_id": room_id}
    connection.execute(insert(_code), {**values, "expires_at": now + CODE_LIFE})
    return code


def spend_code(connection: Connection, code: str, now: datetime) -> tuple[int, str] | None:
    """(officer id, room id or ""), or None if the code is unknown, spent or too old."""
    spent = connection.execute(
        update(_code)
        .where(_code.c.code_hash == hashed(code.upper()), _code.c.used_at.is_(None), _code.c.expires_at > now)
        .values(used_at=now)
        .returning(_code.c.officer_id, _code.c.room_id)
    ).first()
    return (spent.officer_id, spent.room_id) if spent else None


def bind_person(connection: Connection, officer_id: int, account_key: str, now: datetime) -> None:
    """This chat account is that officer from now on."""
    done = connection.execute(
        update(_identity).where(_identity.c.account_key == account_key).values(officer_id=officer_id)
    )
    if done.rowcount == 0:
        values = {"officer_id": officer_id, "account_key": account_key, "created_at": now}
        connection.execute(insert(_identity), values)


def officer_behind(connection: Connection, account_key: str) -> OfficerView | None:
    """The active officer of a chat account."""
    found = connection.execute(
        select(_identity.c.officer_id).where(_identity.c.account_key == account_key)
    ).scalar_one_or_none()
    return officer(connection, found) if found is not None else None


# ---------------------------------------------------------------- rooms


def room_at(connection: Connection, address_key: str) -> RoomView | None:
    """The room that this chat group is."""
    row = connection.execute(select(_room).where(_room.c.address_key == address_key)).mappings().first()
    return _view(row) if row else None


def bound_rooms(connection: Connection) -> list[RoomView]:
    """The rooms that live in a chat group."""
    rows = connection.execute(select(_room).where(_room.c.address_key != "").order_by(_room.c.id)).mappings()
    return [_view(row) for row in rows]


def bind_room(connection: Connection, room_id: str, address: Address) -> RoomView | None:
    """Make the group this room; its open reports will be shown there. A group is one room at most."""
    connection.execute(update(_room).where(_room.c.address_key == address.key).values(address_key=""))
    connection.execute(update(_room).where(_room.c.id == room_id).values(address_key=address.key))
    still_open = select(_report.c.id).where(_report.c.status.in_([status.value for status in OPEN_STATUSES]))
    connection.execute(
        update(_card)
        .where(_card.c.room_id == room_id)
        .values(message_id=None, photos=0, additions=0, stale=_card.c.report_id.in_(still_open))
    )
    leave(connection, CARDS)
    return room_at(connection, address.key)


def move_room(connection: Connection, old: Address, new: Address) -> None:
    """The group lives on under another id (it became a supergroup); message ids of the old one are void."""
    connection.execute(update(_room).where(_room.c.address_key == old.key).values(address_key=new.key))
    rooms = select(_room.c.id).where(_room.c.address_key == new.key)
    connection.execute(update(_card).where(_card.c.room_id.in_(rooms)).values(message_id=None, stale=True))
    leave(connection, CARDS)


def _view(row: Any) -> RoomView:
    return RoomView(row["id"], row["name"], row["kind"], row["address_key"])


# ---------------------------------------------------------------- cards


def stale_cards(connection: Connection, most: int) -> list[CardRow]:
    """Cards in chat groups to be written or written anew, urgent ones first.

    None that another worker writes at the moment, and none that changes before our transaction ends.
    """
    rows = STALE.all(connection, most=most)
    names = ("id", "report_id", "room_id", "address_key", "message_id", "photos", "additions")
    return [CardRow(**{name: row[name] for name in names}) for row in rows]


def card_shown(connection: Connection, card_id: int, message_id: int, photos: int, additions: int) -> None:
    """The group's message says what is true now."""
    values = {"message_id": message_id, "photos": photos, "additions": additions, "stale": False}
    connection.execute(update(_card).where(_card.c.id == card_id).values(**values))


def card_lost(connection: Connection, message_id: int) -> bool:
    """Somebody deleted the message: if it was a card, it will be posted again."""
    lost = update(_card).where(_card.c.message_id == message_id).values(message_id=None, stale=True)
    leave(connection, CARDS)
    return connection.execute(lost).rowcount > 0


def card_stands_as(connection: Connection, before: int, message_id: int) -> None:
    """A card has another message from now on; nothing happens if the one before was no card."""
    connection.execute(update(_card).where(_card.c.message_id == before).values(message_id=message_id))


def report_of_message(connection: Connection, address_key: str, external_id: str) -> int | None:
    """The report that a message in this chat is about."""
    shown = message_shown(connection, address_key, external_id)
    found = select(_message.c.report_id).where(_message.c.id == shown)
    return connection.execute(found).scalar_one_or_none() if shown else None


def external_id(connection: Connection, message_id: int) -> str:
    """The channel's id of one of our messages; "" before it is delivered."""
    return EXTERNAL.value(connection, row=message_id) or ""


def stored_photos(connection: Connection, report_id: int) -> list[int]:
    """Ids of the citizen's media that may be shown, oldest first."""
    found = select(_media.c.id).where(
        _media.c.report_id == report_id, _media.c.state == "stored", _media.c.side != "after"
    )
    return list(connection.execute(found.order_by(_media.c.id)).scalars())


def citizen_gone(connection: Connection, address_key: str) -> bool:
    """Whether the person has blocked us."""
    blocked = exists().where(_person.c.address_key == address_key, _person.c.gone_at.is_not(None))
    return bool(connection.execute(select(blocked)).scalar())
