"""What is on its way to people."""

from datetime import datetime

from sqlmodel import Field

from store.columns import BigKey
from store.tables.base import Base, at, key, partial_index, ref


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
        partial_index("ix_outbox_broadcast", "broadcast_id", "state", where="broadcast_id IS NOT NULL"),
        partial_index("ix_outbox_waiting", "channel", "account", "lane", "id", where="state IN ('queued','sending')"),
        partial_index(
            "ix_outbox_retried", "channel", "account", "not_before", where="state = 'queued' AND attempts > 0"
        ),
        partial_index("ix_outbox_pending", "address_key", where="state = 'pending'"),
    )


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
