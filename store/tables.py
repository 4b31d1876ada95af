"""The tables. What a row means stands here; what may happen to a report stands in lifecycle.py."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, MetaData, Table, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from store.columns import BigKey, Json, UtcTime

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(SQLModel):
    """The common root: one metadata with named constraints, so that migrations can name what they change."""

    metadata = MetaData(naming_convention=NAMING)


def key() -> Any:
    return Field(default=None, primary_key=True, sa_type=BigKey)


def ref(target: str, *, index: bool = True, nullable: bool = False) -> Any:
    if nullable:
        return Field(default=None, foreign_key=target, sa_type=BigKey, index=index, nullable=True)
    return Field(foreign_key=target, sa_type=BigKey, index=index)


def at(*, nullable: bool = False, index: bool = False) -> Any:
    if nullable:
        return Field(default=None, sa_type=UtcTime, nullable=True, index=index)
    return Field(sa_type=UtcTime, index=index)


# ---------------------------------------------------------------- people


class Citizen(Base, table=True):
    """A person who writes to us. Name and phone are there only with a consent."""

    id: int | None = key()
    locality_id: str
    name: str = ""
    phone: str = ""
    created_at: datetime = at()
    erased_at: datetime | None = at(nullable=True)


class Identity(Base, table=True):
    """An address of a citizen. `gone_at`: the person blocked us; cleared when they write again."""

    id: int | None = key()
    citizen_id: int = ref("citizen.id")
    address_key: str = Field(unique=True)
    channel: str
    account: str
    chat: str
    thread: str = ""
    display_name: str = ""
    gone_at: datetime | None = at(nullable=True)
    created_at: datetime = at()


class Consent(Base, table=True):
    """What a person agreed to, when, and in which words (Law 91/2025/QH15: specific, informed, revocable)."""

    id: int | None = key()
    citizen_id: int = ref("citizen.id")
    purpose: str
    wording: str
    given_at: datetime = at()
    withdrawn_at: datetime | None = at(nullable=True)


# ---------------------------------------------------------------- talk


class Conversation(Base, table=True):
    """What a dialog remembers between two turns. Key: the address; in a staff room address|officer|report code."""

    key: str = Field(primary_key=True)
    locality_id: str
    dialog: str = ""
    state: str = ""
    memory: Any = Field(sa_type=Json, nullable=False)
    prompt_no: int = 0
    prompt: Any = Field(default=None, sa_type=Json, nullable=True)
    seq: int = 0  # the last number given to a message of this chat
    updated_at: datetime = at()

    __table_args__ = (Index("ix_conversation_dialog_updated_at", "dialog", "updated_at"),)


class Message(Base, table=True):
    """One message in either direction. `seq` numbers what the person has been sent, in their order."""

    id: int | None = key()
    conversation_key: str
    direction: str  # in | out
    seq: int | None = Field(default=None, nullable=True)
    part: Any = Field(sa_type=Json, nullable=False)  # as words.Part or words.Incoming
    report_id: int | None = ref("report.id", nullable=True)
    external_id: str = ""
    created_at: datetime = at()

    __table_args__ = (
        Index("ix_message_conversation_key_seq", "conversation_key", "seq"),
        Index(
            "ix_message_external_id",
            "conversation_key",
            "external_id",
            sqlite_where=text("external_id <> ''"),
            postgresql_where=text("external_id <> ''"),
        ),
    )


class Outbox(Base, table=True):
    """A message part on its way to one address. Lanes: 0 reply, 1 notice, 2 broadcast."""

    id: int | None = key()
    message_id: int = ref("message.id", index=False)
    channel: str
    account: str
    chat: str
    thread: str = ""
    address_key: str
    lane: int = 0
    state: str = "queued"  # queued | sending | sent | failed | unknown | pending (window closed) | paused
    not_before: datetime = at()
    collapse_key: str = ""
    attempts: int = 0
    error: str = ""
    created_at: datetime = at()
    done_at: datetime | None = at(nullable=True)
    broadcast_id: int | None = Field(default=None, sa_type=BigKey, nullable=True)

    __table_args__ = (
        Index(
            "ix_outbox_broadcast",
            "broadcast_id",
            "state",
            sqlite_where=text("broadcast_id IS NOT NULL"),
            postgresql_where=text("broadcast_id IS NOT NULL"),
        ),
        Index(
            "ix_outbox_waiting",
            "channel",
            "account",
            "lane",
            "id",
            sqlite_where=text("state IN ('queued','sending')"),
            postgresql_where=text("state IN ('queued','sending')"),
        ),
        Index(
            "ix_outbox_retried",
            "channel",
            "account",
            "not_before",
            sqlite_where=text("state = 'queued' AND attempts > 0"),
            postgresql_where=text("state = 'queued' AND attempts > 0"),
        ),
        Index(
            "ix_outbox_pending",
            "address_key",
            sqlite_where=text("state = 'pending'"),
            postgresql_where=text("state = 'pending'"),
        ),
    )


class Subscription(Base, table=True):
    """What a person wants to be told of in this chat: one commune ("": the whole town) and one field ("": all)."""

    id: int | None = key()
    locality_id: str
    citizen_id: int = ref("citizen.id")
    address_key: str
    commune: str = ""
    category: str = ""
    created_at: datetime = at()

    __table_args__ = (UniqueConstraint("address_key", "commune", "category"),)


class Broadcast(Base, table=True):
    """One announcement to subscribers. Its recipients go into the outbox in slices, by their identities."""

    id: int | None = key()
    locality_id: str
    text: str
    commune: str = ""
    category: str = ""
    urgent: bool = False  # not held back in quiet hours
    state: str = "running"  # running | paused | stopped | done
    total: int  # recipients when it was begun
    reached: int = 0  # recipients whose messages are in the outbox
    last_identity_id: int = Field(default=0, sa_type=BigKey)  # the last of them
    created_at: datetime = at()
    finished_at: datetime | None = at(nullable=True)


class InboxKey(Base, table=True):
    """An update that has been dealt with. Inserted first in its turn; seen again, the turn stops."""

    key: str = Field(primary_key=True)
    at: datetime = at(index=True)

    __tablename__ = "inbox_key"


class InboxFailure(Base, table=True):
    """An update whose turn raised: kept with its error, acknowledged, never in the way of the next."""

    id: int | None = key()
    address_key: str
    dedupe_key: str
    incoming: Any = Field(sa_type=Json, nullable=False)
    error: str
    created_at: datetime = at()

    __tablename__ = "inbox_failure"


class ByHand(Base, table=True):
    """A chat in which an officer is talking in the channel's own app: until then the bot steps back."""

    conversation_key: str = Field(primary_key=True)
    until: datetime = at()
    report_id: int | None = ref("report.id", nullable=True, index=False)  # what the talk is about, if we know

    __tablename__ = "by_hand"


class ZaloToken(Base, table=True):
    """Zalo's pair of tokens. A refresh token is good once: who spends it takes `renewing_until` first."""

    account: str = Field(primary_key=True)
    access: str
    refresh: str
    expires_at: datetime = at()
    renewing_until: datetime | None = at(nullable=True)
    spent: bool = False  # the refresh token is good no more: an administrator must consent again

    __tablename__ = "zalo_token"


# ---------------------------------------------------------------- reports


class Report(Base, table=True):
    """A report (phản ánh). Only lifecycle.change_status touches `status` and `version`."""

    id: int | None = key()
    locality_id: str
    code: str = Field(unique=True)
    citizen_id: int = ref("citizen.id")
    address_key: str  # the chat in which it was reported: answers go there
    status: str
    version: int = 1
    text: str
    public_text: str = ""
    category: str
    predicted_category: str = ""
    confidence: float = 0.0
    why: Any = Field(default_factory=list, sa_type=Json, nullable=False)
    place_text: str = ""
    commune: str = ""
    old_name: str = ""
    lat: float | None = None
    lon: float | None = None
    agency_id: str = ""
    urgent: bool = False
    sensitive: bool = False
    anonymous: bool = True
    published: bool = False
    reporter_name: str = ""
    reporter_phone: str = ""
    question: str = ""
    outcome: str = ""
    no_photo_reason: str = ""
    merged_into: int | None = ref("report.id", nullable=True, index=False)
    solved_rating: int | None = None
    satisfaction: int | None = None
    created_at: datetime = at()
    accepted_at: datetime | None = at(nullable=True)
    resolved_at: datetime | None = at(nullable=True)
    closed_at: datetime | None = at(nullable=True)
    paused_at: datetime | None = at(nullable=True)
    due_at: datetime | None = at(nullable=True)

    __table_args__ = (
        Index("ix_report_citizen_id_created_at", "citizen_id", "created_at"),
        Index("ix_report_locality_id_status_due_at", "locality_id", "status", "due_at"),
        Index("ix_report_status_due_at", "status", "due_at"),
    )


class ReportWord(Base, table=True):
    """A rare word of an open report: by these a new report finds those that may be about the same thing.

    `term` is its field and the folded word, "road_infrastructure cong".
    """

    term: str = Field(primary_key=True)
    report_id: int = Field(foreign_key="report.id", primary_key=True, sa_type=BigKey)

    __tablename__ = "report_word"
    __table_args__ = (Index("ix_report_word_report_id", "report_id"), {"sqlite_with_rowid": False})


class Lookalike(Base, table=True):
    """Two reports that are likely about the same thing, found when the newer one was filed; an officer decides."""

    report_id: int = Field(foreign_key="report.id", primary_key=True, sa_type=BigKey)
    other_id: int = Field(foreign_key="report.id", primary_key=True, sa_type=BigKey)

    __table_args__ = (Index("ix_lookalike_other_id", "other_id"),)


class Follower(Base, table=True):
    """A citizen who reported what somebody else had reported already: told of every step, and counted."""

    id: int | None = key()
    report_id: int = ref("report.id", index=False)
    citizen_id: int = ref("citizen.id")
    address_key: str
    created_at: datetime = at()

    __table_args__ = (UniqueConstraint("report_id", "citizen_id"),)


class StatusChange(Base, table=True):
    """One step in a report's life. Each row carries the hash of the one before: the record cannot be edited unseen."""

    id: int | None = key()
    report_id: int = ref("report.id", index=False)
    version: int
    trigger: str
    from_status: str
    to_status: str
    actor_kind: str  # citizen | officer | system
    actor_id: str = ""
    actor_name: str = ""
    note: str = ""  # what the citizen may read: outcome, question, reason
    agency_id: str = ""
    created_at: datetime = at()
    previous_hash: str = ""
    hash: str = ""
    pushed_at: datetime | None = at(nullable=True)

    __tablename__ = "status_change"
    __table_args__ = (
        UniqueConstraint("report_id", "version"),
        Index(
            "ix_status_change_to_push",
            "id",
            sqlite_where=text("pushed_at IS NULL"),
            postgresql_where=text("pushed_at IS NULL"),
        ),
    )


class Note(Base, table=True):
    """A word on a report that changes no status: an answer to the citizen, the citizen's addition, an internal note."""

    id: int | None = key()
    report_id: int = ref("report.id")
    kind: str  # answer | addition | internal
    text: str
    author: str = ""
    officer_id: int | None = ref("officer.id", nullable=True, index=False)
    created_at: datetime = at()


class Media(Base, table=True):
    """A photo, film, voice or file. Nobody sees it before it is `stored`: checked by content and re-encoded."""

    id: int | None = key()
    locality_id: str
    conversation_key: str = ""
    report_id: int | None = ref("report.id", nullable=True)
    side: str = "before"  # before (from the citizen) | after (outcome) | answer
    kind: str
    mime: str = ""
    size: int = 0
    name: str = ""
    channel: str = ""
    account: str = ""
    source: str = ""  # the channel's ref, to fetch from
    album: str = ""  # parts of one album come one by one, without an end mark
    state: str = "pending"  # pending | stored | refused
    error: str = ""
    attempts: int = 0
    not_before: datetime | None = at(nullable=True)
    blob: str = ""  # the MediaStore's key
    lat: float | None = None
    lon: float | None = None
    created_at: datetime = at()

    __table_args__ = (
        Index(
            "ix_media_album",
            "conversation_key",
            "album",
            sqlite_where=text("album <> ''"),
            postgresql_where=text("album <> ''"),
        ),
        Index("ix_media_blob", "blob", sqlite_where=text("blob <> ''"), postgresql_where=text("blob <> ''")),
        Index(
            "ix_media_pending",
            "id",
            sqlite_where=text("state = 'pending'"),
            postgresql_where=text("state = 'pending'"),
        ),
    )


class Correction(Base, table=True):
    """What an officer put right: another category, not urgent. The classifier learns from these rows."""

    id: int | None = key()
    report_id: int = ref("report.id")
    officer_id: int | None = ref("officer.id", nullable=True, index=False)
    field: str
    was: str
    now: str
    created_at: datetime = at()


# ---------------------------------------------------------------- the officers' side


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
        Index("ix_staff_card_stale", "room_id", sqlite_where=text("stale"), postgresql_where=text("stale")),
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


class LoginLink(Base, table=True):
    """A one-time way into the officers' room; only the hash of its token is kept."""

    token_hash: str = Field(primary_key=True)
    officer_id: int = ref("officer.id")
    expires_at: datetime = at()
    used_at: datetime | None = at(nullable=True)

    __tablename__ = "login_link"


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


class JobRun(Base, table=True):
    """A scheduled job's slot that some worker has won; inserted in the transaction of the job's effect."""

    job: str = Field(primary_key=True)
    slot: str = Field(primary_key=True)
    at: datetime = at()

    __tablename__ = "job_run"


class Lease(Base, table=True):
    """What one worker alone may do at a time, such as delivering for a channel account, and until when.

    `token` grows with every change of hands: who wakes up with an old one has lost it.
    """

    name: str = Field(primary_key=True)
    holder: str
    token: int
    until: datetime = at()


def table(model: type[SQLModel]) -> Table:
    """The Core table behind a model class."""
    found = Base.metadata.tables[str(model.__tablename__)]
    return found
