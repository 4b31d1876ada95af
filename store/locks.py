"""Whose turn it is with a chat when several workers share a PostgreSQL: locks that are tried, never waited for."""

from collections.abc import Iterable
from hashlib import blake2b

from sqlalchemy import ARRAY, BigInteger, Connection, Dialect, bindparam, text

from store.hot import Hot

# A new chat has no row that could be locked, hence advisory locks; they end with the transaction, after its commit
# can be seen by all.
TRY = Hot(
    text("SELECT wanted FROM unnest(:wanted) AS wanted WHERE NOT pg_try_advisory_xact_lock(wanted)").bindparams(
        bindparam("wanted", type_=ARRAY(BigInteger))
    )
)
WAIT = text("SELECT pg_advisory_xact_lock(:wanted)").bindparams(bindparam("wanted", type_=BigInteger))
WAIT_SESSION = text("SELECT pg_advisory_lock(:wanted)").bindparams(bindparam("wanted", type_=BigInteger))


def is_shared(dialect: Dialect) -> bool:
    """Whether other workers may write to this database. An SQLite file has one service only."""
    return dialect.name == "postgresql"


def held_elsewhere(connection: Connection, keys: Iterable[str]) -> set[str]:
    """Take these for as long as the transaction lasts; returns those that another transaction has."""
    wanted = {number_of(key): key for key in keys}
    if not (wanted and is_shared(connection.dialect)):
        return set()
    return {wanted[number] for number in TRY.column(connection, wanted=sorted(wanted))}


def take(connection: Connection, key: str) -> bool:
    """Take one for as long as the transaction lasts; False if another transaction has it."""
    return not held_elsewhere(connection, [key])


def wait_for(connection: Connection, key: str, *, session: bool = False) -> None:
    """Take one, waiting if need be: for the transaction, or for as long as the connection lives. Only at a start."""
    if is_shared(connection.dialect):
        connection.execute(WAIT_SESSION if session else WAIT, {"wanted": number_of(key)})


def number_of(key: str) -> int:
    """A key as PostgreSQL's locks want it."""
    return int.from_bytes(blake2b(key.encode(), digest_size=8).digest(), "big", signed=True)
