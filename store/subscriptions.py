"""Who wants to be told of what the town announces."""

from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, exists, func, insert, select
from sqlalchemy.sql.elements import ColumnElement

from dialogs.words import Address
from store.tables.base import table
from store.tables.people import Identity, Subscription

_subscription, _identity = table(Subscription), table(Identity)

SUBSCRIBE = insert(_subscription)
KNOWN = select(_subscription.c.id).where(
    _subscription.c.address_key == bindparam("key"),
    _subscription.c.commune == bindparam("commune"),
    _subscription.c.category == bindparam("category"),
)
MINE = (
    select(_subscription.c.commune, _subscription.c.category)
    .where(_subscription.c.citizen_id == bindparam("citizen"))
    .distinct()
    .order_by(_subscription.c.commune, _subscription.c.category)
)


def subscribe(
    connection: Connection,
    citizen_id: int,
    address: Address,
    locality_id: str,
    commune: str,
    category: str,
    now: datetime,
) -> None:
    """Remember what a person wants to be told of, once."""
    what = {"commune": commune, "category": category}
    if connection.execute(KNOWN, {"key": address.key, **what}).first() is None:
        who = {"locality_id": locality_id, "citizen_id": citizen_id, "address_key": address.key}
        connection.execute(SUBSCRIBE, {**who, **what, "created_at": now})


def unsubscribe(connection: Connection, citizen_id: int) -> None:
    """Forget all that a person wanted to be told of."""
    connection.execute(delete(_subscription).where(_subscription.c.citizen_id == citizen_id))


def subscriptions_of(connection: Connection, citizen_id: int) -> list[tuple[str, str]]:
    """(commune, category) of each, "" meaning all."""
    return [(row.commune, row.category) for row in connection.execute(MINE, {"citizen": citizen_id})]


def wants(locality_id: str, commune: str, category: str) -> ColumnElement[bool]:
    """True of an identity that is to be told and has not left.

    News of the whole town concerns every commune. News of no field in particular is for those who asked for all fields:
    who has asked for one field gets that field alone.
    """
    here = [_subscription.c.commune.in_(("", commune))] if commune else []
    return _identity.c.gone_at.is_(None) & exists().where(
        _subscription.c.address_key == _identity.c.address_key,
        _subscription.c.locality_id == locality_id,
        _subscription.c.category.in_({"", category}),
        *here,
    )


def count_subscribers(connection: Connection, locality_id: str, commune: str, category: str) -> int:
    """How many chats would be told."""
    found = select(func.count()).select_from(_identity).where(wants(locality_id, commune, category))
    return int(connection.execute(found).scalar_one())
