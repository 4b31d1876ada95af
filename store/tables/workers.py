"""What several processes settle among themselves: who does a job, who holds a lease, who renews a token."""

from datetime import datetime

from sqlmodel import Field

from store.tables.base import Base, at


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


class ZaloToken(Base, table=True):
    """Zalo's pair of tokens. A refresh token is good once: who spends it takes `renewing_until` first."""

    account: str = Field(primary_key=True)
    access: str
    refresh: str
    expires_at: datetime = at()
    renewing_until: datetime | None = at(nullable=True)
    spent: bool = False  # the refresh token is good no more: an administrator must consent again

    __tablename__ = "zalo_token"
