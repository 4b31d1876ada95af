"""The citizens: their addresses, what they agreed to, what they want to be told of."""

from datetime import datetime

from sqlalchemy import UniqueConstraint
from sqlmodel import Field

from store.tables.base import Base, at, key, ref


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
