"""The officers' side: agencies, rooms, the officers and their ways in, what a room is shown."""

from datetime import datetime

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field

from store.columns import BigKey
from store.tables.base import Base, at, key, partial_index, ref


class Agency(Base, table=True):
    """A unit of the locality pack, kept so that old reports stay readable when the pack changes."""

    id: str = Field(primary_key=True)
    locality_id: str
    name: str
    room_id: str = ""


class StaffRoom(Base, table=True):
    """A room where officers see and work reports; `address_key` when a chat group is bound to it."""

    id: str = Field(primary_key=True)
    locality_id: str
    name: str
    kind: str
    address_key: str = ""

    __tablename__ = "staff_room"


class Officer(Base, table=True):
    """A person who works reports."""

    id: int | None = key()
    locality_id: str
    name: str
    title: str = ""
    active: bool = True
    created_at: datetime = at()


class OfficerRoom(Base, table=True):
    """Which rooms an officer may work in; `head` is the named head of the unit."""

    officer_id: int = Field(foreign_key="officer.id", primary_key=True, sa_type=BigKey)
    room_id: str = Field(foreign_key="staff_room.id", primary_key=True)
    head: bool = False

    __tablename__ = "officer_room"


class StaffCard(Base, table=True):
    """Which chat message shows which report in which room. In the browser a card has no message of its own."""

    id: int | None = key()
    report_id: int = ref("report.id", index=False)
    room_id: str = Field(foreign_key="staff_room.id")
    message_id: int | None = ref("message.id", nullable=True)  # the message that shows it in a chat group
    stale: bool = True  # the report has changed since the message was written
    photos: int = 0  # how many of the citizen's pictures the group has been shown
    additions: int = 0  # how many of the citizen's later words
    created_at: datetime = at()

    __tablename__ = "staff_card"
    __table_args__ = (
        UniqueConstraint("report_id", "room_id"),
        Index("ix_staff_card_room_id_report_id", "room_id", "report_id"),
        partial_index("ix_staff_card_stale", "room_id", where="stale"),
    )


class RoomNotice(Base, table=True):
    """What the clock tells a room: a reminder, what is overdue, the morning digest. Never a citizen's words."""

    id: int | None = key()
    locality_id: str
    room_id: str = Field(foreign_key="staff_room.id")
    kind: str  # reminder | overdue | digest | alarm
    text: str
    media_id: int | None = ref("media.id", nullable=True, index=False)
    created_at: datetime = at()
    seen_at: datetime | None = at(nullable=True)

    __tablename__ = "room_notice"
    __table_args__ = (Index("ix_room_notice_room_id_id", "room_id", "id"),)


class OfficerIdentity(Base, table=True):
    """A chat account of an officer, known by a code that they fetched from their own room."""

    id: int | None = key()
    officer_id: int = ref("officer.id")
    account_key: str = Field(unique=True)  # channel:account:person
    created_at: datetime = at()

    __tablename__ = "officer_identity"


class StaffCode(Base, table=True):
    """A code typed once into a chat: makes the group a room (`room_id`) and the person known. Only its hash is kept."""

    code_hash: str = Field(primary_key=True)
    officer_id: int = ref("officer.id")
    room_id: str = ""
    expires_at: datetime = at()
    used_at: datetime | None = at(nullable=True)

    __tablename__ = "staff_code"


class LoginLink(Base, table=True):
    """A one-time way into the officers' room; only the hash of its token is kept."""

    token_hash: str = Field(primary_key=True)
    officer_id: int = ref("officer.id")
    expires_at: datetime = at()
    used_at: datetime | None = at(nullable=True)

    __tablename__ = "login_link"


class StaffSession(Base, table=True):
    """A logged-in browser; only the hash of its token is kept."""

    token_hash: str = Field(primary_key=True)
    officer_id: int = ref("officer.id")
    csrf: str
    created_at: datetime = at()
    expires_at: datetime = at()

    __tablename__ = "staff_session"


class Access(Base, table=True):
    """Who looked at a reporter's name and phone, and when."""

    id: int | None = key()
    report_id: int = ref("report.id")
    officer_id: int = ref("officer.id", index=False)
    created_at: datetime = at()
