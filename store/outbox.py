"""The outbox table: queueing a message, taking it up for delivery, writing down what became of it."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, bindparam, not_, select, text, update

from dialogs.words import Address, Part
from store.conversations import TELL, part_from, part_json
from store.errands import leave, outbox_of
from store.hot import Hot, entering
from store.listed import among
from store.tables.base import table
from store.tables.delivery import Outbox
from store.tables.talk import Conversation, Message

_outbox, _message, _conversation = table(Outbox), table(Message), table(Conversation)

REPLY, NOTICE, BROADCAST = 0, 1, 2  # lanes, most urgent first
AT_ONCE = datetime(2000, 1, 1, tzinfo=UTC)  # not the time of queueing: a clock that is set back would hold it up

QUEUE = entering(
    _outbox,
    "message_id channel account chat thread address_key lane state attempts error collapse_key not_before created_at "
    "broadcast_id",
)
# said as ix_outbox_waiting says it: without this SQLite reads everything that was ever sent
UNDER_WAY = text("outbox.state IN ('queued','sending')")
# a part that waits for its next try holds its chat; one that waits for its hour (quiet hours) holds nobody up
RETRIED = text("outbox.state = 'queued' AND outbox.attempts > 0")  # as ix_outbox_retried says it
HELD = select(_outbox.c.address_key).where(
    _outbox.c.channel == bindparam("channel"),
    _outbox.c.account == bindparam("account"),
    RETRIED,
    _outbox.c.not_before > bindparam("now"),
)
WAITING = Hot(
    select(_outbox, _message.c.part, _message.c.conversation_key, _message.c.seq)
    .join(_message, _message.c.id == _outbox.c.message_id)
    .where(
        _outbox.c.channel == bindparam("channel"),
        _outbox.c.account == bindparam("account"),
        _outbox.c.state == "queued",
        UNDER_WAY,
        _outbox.c.lane.between(bindparam("first"), bindparam("last")),
        _outbox.c.not_before <= bindparam("now"),
        _outbox.c.address_key.not_in(HELD),
        not_(among(_outbox.c.address_key, "without")),
    )
    .order_by(_outbox.c.lane, _outbox.c.id)
    .limit(bindparam("most"))
)
CLAIM = Hot(
    update(_outbox)
    .where(_outbox.c.id == bindparam("row"), _outbox.c.state == "queued", _outbox.c.attempts == bindparam("tried"))
    .values(state="sending", attempts=_outbox.c.attempts + 1)
)
COUNT = Hot(update(_conversation).where(_conversation.c.key == bindparam("this")).values(seq=_conversation.c.seq + 1))
NUMBER = Hot(
    update(_message)
    .where(_message.c.id == bindparam("row"))
    .values(seq=select(_conversation.c.seq).where(_conversation.c.key == bindparam("this")).scalar_subquery())
)
SET_EXTERNAL = Hot(update(_message).where(_message.c.id == bindparam("row")).values(external_id=bindparam("external")))
MARK = Hot(
    update(_outbox)
    .where(_outbox.c.id == bindparam("row"))
    .values(state=bindparam("to"), error=bindparam("why"), not_before=bindparam("due"), done_at=bindparam("done"))
)


WAITS = text("outbox.state = 'pending'")  # said as ix_outbox_pending says it
# the person has written: what waited goes first, so that the answer to their words is the last thing they read
OPENED = (
    update(_outbox)
    .where(_outbox.c.address_key == bindparam("whose"), WAITS)
    .values(state="queued", lane=REPLY, attempts=0, error="", not_before=bindparam("now"), done_at=None)
)
HELD_BACK = (
    select(_outbox.c.error)
    .where(_outbox.c.address_key == bindparam("whose"), WAITS)
    .order_by(_outbox.c.id.desc())
    .limit(1)
)


@dataclass(frozen=True, slots=True)
class OutboxMessage:
    """One part waiting for delivery."""

    id: int
    message_id: int
    address: Address
    conversation_key: str
    part: Part
    lane: int
    attempts: int
    not_before: datetime
    error: str
    seq: int | None  # its number in the chat; None before the first try


def queue_part(
    connection: Connection,
    address: Address,
    part: Part,
    now: datetime,
    *,
    lane: int = REPLY,
    report_id: int | None = None,
    not_before: datetime | None = None,
    collapse_key: str = "",
    broadcast_id: int | None = None,
) -> int:
    """Queue one native part; an unsent older one with the same collapse key is replaced. Returns the message's id."""
    if collapse_key:
        connection.execute(
            update(_outbox)
            .where(_outbox.c.collapse_key == collapse_key, _outbox.c.state == "queued", UNDER_WAY)
            .values(state="failed", error="replaced by a newer one", done_at=now)
        )
    told = {"conversation_key": address.key, "direction": "out", "part": part_json(part), "created_at": now}
    message_id = int(TELL.value(connection, **told, report_id=report_id, external_id=""))
    QUEUE.tell(
        connection,
        message_id=message_id,
        channel=address.channel,
        account=address.account,
        chat=address.chat,
        thread=address.thread,
        address_key=address.key,
        lane=lane,
        state="queued",
        attempts=0,
        error="",
        collapse_key=collapse_key,
        not_before=not_before or AT_ONCE,
        created_at=now,
        broadcast_id=broadcast_id,
    )
    leave(connection, outbox_of(address.channel))
    return message_id


def waiting(
    connection: Connection,
    channel: str,
    account: str,
    now: datetime,
    most: int,
    *,
    lanes: tuple[int, int] = (REPLY, BROADCAST),
    without: Iterable[str] = (),
) -> list[OutboxMessage]:
    """What one channel account can deliver now, most urgent lane first, oldest first; `without` some chats."""
    whose = {"channel": channel, "account": account, "now": now, "most": most}
    which = {"first": lanes[0], "last": lanes[1], "without": sorted(without)}
    return list(map(_message_of, WAITING.all(connection, **whose, **which)))


def _message_of(row: Any) -> OutboxMessage:
    address = Address(row["channel"], row["account"], row["chat"], row["thread"])
    return OutboxMessage(
        row["id"],
        row["message_id"],
        address,
        row["conversation_key"],
        part_from(row["part"]),
        row["lane"],
        row["attempts"],
        row["not_before"],
        row["error"],
        row["seq"],
    )


def claim(connection: Connection, message: OutboxMessage) -> bool:
    """Take a part up for delivery and give it its number in the chat; False if another has it, or had it since."""
    if CLAIM.change(connection, row=message.id, tried=message.attempts) == 0:
        return False
    if message.seq is None:
        COUNT.tell(connection, this=message.conversation_key)
        NUMBER.tell(connection, this=message.conversation_key, row=message.message_id)
    return True


def mark(
    connection: Connection, row_id: int, state: str, now: datetime, why: str = "", due: datetime | None = None
) -> None:
    """Write down what became of a part: sent, failed, unknown, pending, or queued again until `due`."""
    done = None if state == "queued" else now
    MARK.tell(connection, row=row_id, to=state, why=why, due=due or now, done=done)


def mark_external(connection: Connection, message_id: int, external_id: str) -> None:
    """Keep the channel's own id of a delivered message."""
    SET_EXTERNAL.tell(connection, row=message_id, external=external_id)


def say_anew(connection: Connection, message: OutboxMessage, now: datetime) -> None:
    """The message to be edited is no more: the same part is queued as a message of its own, in its old place."""
    anew = part_json(replace(message.part, edit_of=""))
    connection.execute(update(_message).where(_message.c.id == message.message_id).values(part=anew))
    mark(connection, message.id, "queued", now, "the message to be edited is gone")


def window_opened(connection: Connection, address_key: str, now: datetime) -> int:
    """Queue what waited for this person's next word; returns how much it was."""
    return connection.execute(OPENED, {"whose": address_key, "now": now}).rowcount


def held_back(connection: Connection, address_key: str) -> str | None:
    """Why something waits for this person's next word, in the connector's words; None if nothing does."""
    return connection.execute(HELD_BACK, {"whose": address_key}).scalar()


def left_in_flight(connection: Connection, channel: str, account: str) -> list[OutboxMessage]:
    """Parts that were being sent when we last stopped: nobody knows whether they arrived."""
    found = (
        select(_outbox, _message.c.part, _message.c.conversation_key, _message.c.seq)
        .join(_message, _message.c.id == _outbox.c.message_id)
        .where(_outbox.c.channel == channel, _outbox.c.account == account, _outbox.c.state == "sending", UNDER_WAY)
    )
    return [_message_of(row) for row in connection.execute(found).mappings()]
