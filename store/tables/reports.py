"""The reports: what they say, their record, their pictures. What may happen to one: store/lifecycle.py."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field

from store.columns import BigKey, Json
from store.tables.base import Base, at, key, partial_index, ref


class Report(Base, table=True):
    """A report (phản ánh). Only store.reports.change_status touches `status` and `version`."""

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
    phone_verified: bool = False  # the channel says that it is the sender's own
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
        partial_index("ix_status_change_to_push", "id", where="pushed_at IS NULL"),
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
        partial_index("ix_media_album", "conversation_key", "album", where="album <> ''"),
        partial_index("ix_media_blob", "blob", where="blob <> ''"),
        partial_index("ix_media_pending", "id", where="state = 'pending'"),
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
