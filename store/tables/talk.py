"""What is said in a chat: its dialog, its messages, and the updates that brought them."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index
from sqlmodel import Field

from store.columns import Json
from store.tables.base import Base, at, key, partial_index, ref


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
        partial_index("ix_message_external_id", "conversation_key", "external_id", where="external_id <> ''"),
    )


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
