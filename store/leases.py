"""Leases: what one worker alone may do at a time. Who dies or is stopped loses it; who wakes too late can tell."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, select, text, update

from store.columns import UtcTime
from store.hot import Hot
from store.tables.base import table
from store.tables.workers import Lease

_lease = table(Lease)

LIFE = timedelta(seconds=6)  # without being renewed, which happens every second: a takeover takes less than ten

OPEN = text("INSERT INTO lease (name, holder, token, until) VALUES (:name, '', 0, :now) ON CONFLICT DO NOTHING")
OPEN = OPEN.bindparams(bindparam("now", type_=UtcTime()))
# Who only looks must lock nothing: the holder could not tell that from a takeover
LOOK = select(_lease).where(_lease.c.name == bindparam("this"))
# not waited for: whoever has the row is writing under it, or taking it over
SEIZE = LOOK.with_for_update(skip_locked=True)
GIVE = (
    update(_lease)
    .where(_lease.c.name == bindparam("this"))
    .values(holder=bindparam("to"), token=bindparam("number"), until=bindparam("end"))
)
# A share of the row until the transaction ends: nobody can take over in the middle of what is done under the lease.
# Waited for: who has the row to itself is taking over, and is through in a moment
STANDS = Hot(
    select(_lease.c.token)
    .where(_lease.c.name == bindparam("this"), _lease.c.token == bindparam("number"))
    .with_for_update(read=True)
)
RETURN = update(_lease).where(_lease.c.name == bindparam("this"), _lease.c.token == bindparam("number"))


def take_lease(connection: Connection, name: str, holder: str, now: datetime) -> int | None:
    """Take a lease that is free or has run out, or renew our own; returns its token, None if another has it."""
    row = connection.execute(LOOK, {"this": name}).first()
    if row is None:
        connection.execute(OPEN, {"name": name, "now": now})
    elif row.holder != holder and row.until > now:
        return None
    row = connection.execute(SEIZE, {"this": name}).first()
    if row is None or (row.holder != holder and row.until > now):
        return None
    ours = row.holder == holder and row.until > now
    token: int = row.token if ours else row.token + 1
    connection.execute(GIVE, {"this": name, "to": holder, "number": token, "end": now + LIFE})
    return token


def stands(connection: Connection, name: str, token: int) -> bool:
    """Whether the lease is still in the hands that got this token, and stays there until this transaction ends."""
    return STANDS.value(connection, this=name, number=token) is not None


def return_lease(connection: Connection, name: str, token: int, now: datetime) -> None:
    """Let the next one have it at once."""
    connection.execute(RETURN.values(until=now), {"this": name, "number": token})
