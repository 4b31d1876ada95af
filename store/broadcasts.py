"""Announcements to subscribers: begun, held, ended by people; put into the outbox slice by slice."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, func, insert, select, update

from dialogs.words import Address
from store.subscriptions import count_subscribers, wants
from store.tables.base import table
from store.tables.delivery import Broadcast, Outbox
from store.tables.people import Identity

_broadcast, _identity, _outbox = table(Broadcast), table(Identity), table(Outbox)

RUNNING, PAUSED, STOPPED, DONE = "running", "paused", "stopped", "done"
# what a person may do: from which states, to which
STEPS: Mapping[str, tuple[tuple[str, ...], str]] = {
    "pause": ((RUNNING,), PAUSED),
    "resume": ((PAUSED,), RUNNING),
    "stop": ((RUNNING, PAUSED), STOPPED),
}
# and what becomes of those of its messages that have not left
UNSENT: Mapping[str, tuple[tuple[str, ...], str]] = {
    "pause": (("queued",), "paused"),
    "resume": (("paused",), "queued"),
    "stop": (("queued", "paused"), "failed"),
}
ENDED_AS = {"sent": "sent", "failed": "failed", "unknown": "failed", "pending": "failed"}

ONE = select(_broadcast).where(_broadcast.c.id == bindparam("id"))
OURS = select(_broadcast).where(_broadcast.c.state == RUNNING, _broadcast.c.locality_id == bindparam("locality"))
COUNTS = select(_outbox.c.state, func.count()).where(_outbox.c.broadcast_id == bindparam("id")).group_by("state")
UNDER_WAY = (
    select(func.count())
    .select_from(_outbox)
    .where(_outbox.c.broadcast_id == bindparam("id"), _outbox.c.state.in_(("queued", "sending")))
)
ADVANCE = (
    update(_broadcast)
    .where(
        _broadcast.c.id == bindparam("this"),
        _broadcast.c.state == RUNNING,
        _broadcast.c.last_identity_id == bindparam("before"),
    )
    .values(last_identity_id=bindparam("last"), reached=_broadcast.c.reached + bindparam("more"))
)
HOLD = (
    update(_outbox)
    .where(
        _outbox.c.broadcast_id == bindparam("this"),
        _outbox.c.state == "queued",
        _outbox.c.not_before < bindparam("until"),
    )
    .values(not_before=bindparam("until"))
)


@dataclass(frozen=True, slots=True)
class BroadcastView:
    """An announcement as it stands. `reached` of `total` chats have their messages in the outbox."""

    id: int
    locality_id: str
    text: str
    commune: str
    category: str
    urgent: bool
    state: str
    total: int
    reached: int
    last_identity_id: int
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Progress:
    """How many messages have been sent, wait, or failed."""

    sent: int = 0
    waiting: int = 0
    failed: int = 0


def begin(
    connection: Connection, locality_id: str, text: str, commune: str, category: str, now: datetime, *, urgent: bool
) -> int:
    """Enter an announcement; a running service takes it up within a second. Returns its number."""
    values = {"text": text, "commune": commune, "category": category, "urgent": urgent, "created_at": now}
    total = count_subscribers(connection, locality_id, commune, category)
    begun = {"locality_id": locality_id, "state": RUNNING, "total": total, "reached": 0, "last_identity_id": 0}
    created = connection.execute(insert(_broadcast), values | begun).inserted_primary_key
    assert created is not None
    return int(created[0])


def change(connection: Connection, number: int, step: str, now: datetime) -> bool:
    """Pause, resume or stop it with all its messages that have not left; False if it cannot be, as it stands."""
    before, after = STEPS[step]
    ended = {"finished_at": now} if after == STOPPED else {}
    here = (_broadcast.c.id == number, _broadcast.c.state.in_(before))
    if connection.execute(update(_broadcast).where(*here).values(state=after, **ended)).rowcount == 0:
        return False
    unsent, become = UNSENT[step]
    theirs = (_outbox.c.broadcast_id == number, _outbox.c.state.in_(unsent))
    why = {"error": "the broadcast was stopped", "done_at": now} if after == STOPPED else {}
    connection.execute(update(_outbox).where(*theirs).values(state=become, **why))
    return True


def broadcasts(connection: Connection, most: int) -> list[BroadcastView]:
    """The announcements, newest first."""
    found = select(_broadcast).order_by(_broadcast.c.id.desc()).limit(most)
    return [_view(row) for row in connection.execute(found).mappings()]


def broadcast(connection: Connection, number: int) -> BroadcastView | None:
    """One announcement."""
    row = connection.execute(ONE, {"id": number}).mappings().first()
    return _view(row) if row else None


def running(connection: Connection, locality_id: str) -> list[BroadcastView]:
    """Those to be worked on, oldest first."""
    rows = connection.execute(OURS.order_by(_broadcast.c.id), {"locality": locality_id}).mappings()
    return [_view(row) for row in rows]


def _view(row: Any) -> BroadcastView:
    return BroadcastView(**{name: row[name] for name in BroadcastView.__dataclass_fields__})


def progress(connection: Connection, number: int) -> Progress:
    """What became of its messages."""
    counts = {"sent": 0, "waiting": 0, "failed": 0}
    for state, count in connection.execute(COUNTS, {"id": number}):
        counts[ENDED_AS.get(state, "waiting")] += count
    return Progress(**counts)


def under_way(connection: Connection, number: int) -> int:
    """How many of its messages wait or are being sent."""
    return int(connection.execute(UNDER_WAY, {"id": number}).scalar_one())


def next_recipients(
    connection: Connection, one: BroadcastView, channels: Iterable[str], most: int
) -> list[tuple[int, Address]]:
    """(identity, address) of those whose turn is next, in the order of their identities."""
    found = (
        select(_identity.c.id, _identity.c.channel, _identity.c.account, _identity.c.chat, _identity.c.thread)
        .where(
            _identity.c.id > one.last_identity_id,
            _identity.c.channel.in_(sorted(channels)),
            wants(one.locality_id, one.commune, one.category),
        )
        .order_by(_identity.c.id)
        .limit(most)
    )
    return [(row.id, Address(row.channel, row.account, row.chat, row.thread)) for row in connection.execute(found)]


def advance(connection: Connection, one: BroadcastView, last: int, more: int) -> bool:
    """Note that all up to the identity `last` have been reached; False if another was first, or it was halted."""
    step = {"this": one.id, "before": one.last_identity_id, "last": last, "more": more}
    return connection.execute(ADVANCE, step).rowcount == 1


def finish(connection: Connection, number: int, now: datetime) -> bool:
    """Everybody has been told."""
    here = (_broadcast.c.id == number, _broadcast.c.state == RUNNING)
    done = update(_broadcast).where(*here).values(state=DONE, finished_at=now)
    return connection.execute(done).rowcount == 1


def hold(connection: Connection, number: int, until: datetime) -> int:
    """What waits is not sent before then; returns how many messages that changes."""
    return connection.execute(HOLD, {"this": number, "until": until}).rowcount
