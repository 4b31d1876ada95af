"""How much of a channel has been used: people, and messages in both directions; for a channel whose plan has an end."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, func, select

from dialogs.words import Part
from store.conversations import part_from
from store.tables.base import table
from store.tables.people import Identity
from store.tables.talk import Message

_identity, _message = table(Identity), table(Message)

WHOSE = (_identity.c.channel == bindparam("channel"), _identity.c.account == bindparam("account"))
PEOPLE = select(func.count()).select_from(_identity).where(*WHOSE)
MESSAGES = select(_message.c.direction, _message.c.seq, _message.c.part).where(
    _message.c.conversation_key.in_(select(_identity.c.address_key).where(*WHOSE)),
    _message.c.created_at >= bindparam("since"),
)
OUR_OWN = ("media_ready", "media_refused")  # turns of our fetcher's, which nobody has sent


@dataclass(frozen=True, slots=True)
class Use:
    """Who has ever written on a channel, and what has gone over it since a moment."""

    people: int
    heard: int
    said: tuple[Part, ...]  # what was tried to be sent; it may have arrived


def use_since(connection: Connection, channel: str, account: str, since: datetime) -> Use:
    """Count what a channel account has carried."""
    whose = {"channel": channel, "account": account}
    rows = connection.execute(MESSAGES, {**whose, "since": since}).all()
    heard = sum(row.direction == "in" and row.part.get("kind") not in OUR_OWN for row in rows)
    said = tuple(part_from(row.part) for row in rows if row.direction == "out" and row.seq is not None)
    return Use(int(connection.execute(PEOPLE, whose).scalar_one()), heard, said)
