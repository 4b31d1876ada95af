"""A report's record: every step with who and when, chained by hashes; and which of them to tell the citizen."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, Connection, bindparam, or_, select, update

from dialogs.words import Status
from store.errands import CHANGES, leave
from store.hot import Hot, entering
from store.tables.base import table
from store.tables.people import Identity
from store.tables.reports import Report, StatusChange

_report, _change, _identity = table(Report), table(StatusChange), table(Identity)

RECORD = entering(
    _change,
    "report_id version trigger from_status to_status actor_kind actor_id actor_name note agency_id created_at"
    " previous_hash pushed_at hash",
)
LAST_CHANGE = Hot(
    select(_change).where(_change.c.report_id == bindparam("report")).order_by(_change.c.version.desc()).limit(1)
)
HASH = Hot(
    select(_change.c.hash).where(_change.c.report_id == bindparam("report"), _change.c.version == bindparam("version"))
)
LIFE = select(_change).where(_change.c.report_id == bindparam("report")).order_by(_change.c.version)
LIVES = select(_change).order_by(_change.c.report_id, _change.c.version).execution_options(yield_per=1_000)
TO_PUSH = (
    select(_change)
    .join(_report, _report.c.id == _change.c.report_id)
    .where(_change.c.pushed_at.is_(None), _change.c.id > bindparam("after"))
    .where(or_(_report.c.urgent, bindparam("calm", type_=Boolean)))
    .order_by(_change.c.id)
    .limit(bindparam("most"))
)
# what is for a channel that nobody serves at the moment is not looked at again and again
SERVED_TO_PUSH = TO_PUSH.outerjoin(_identity, _identity.c.address_key == _report.c.address_key).where(
    or_(_identity.c.id.is_(None), _identity.c.channel.in_(bindparam("channels", expanding=True)))
)
PUSHED = (
    update(_change)
    .where(_change.c.id == bindparam("row"), _change.c.pushed_at.is_(None))
    .values(pushed_at=bindparam("at"))
)

TAKES_ON, HANDS_ON = ("accept", "ask"), ("forward", "reopen")


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does something to a report."""

    kind: str  # citizen | officer | system
    id: str = ""
    name: str = ""


SYSTEM = Actor("system", "", "Lắng Nghe")


@dataclass(frozen=True, slots=True)
class Change:
    """A step taken, as the record keeps it."""

    id: int
    report_id: int
    version: int
    trigger: str
    to_status: Status
    actor_kind: str
    actor_id: str
    actor_name: str
    note: str
    agency_id: str
    created_at: datetime


def taker(changes: Iterable[Change]) -> str:
    """The officer who took the report on, by accepting it or by asking about it, since it last changed hands."""
    name = ""
    for change in changes:
        if change.trigger in HANDS_ON:
            name = ""
        elif change.trigger in TAKES_ON and not name:
            name = change.actor_name
    return name


def record(
    connection: Connection,
    report_id: int,
    version: int,
    trigger: str,
    from_status: str,
    to_status: Status,
    actor: Actor,
    note: str,
    agency_id: str,
    now: datetime,
    pushed_at: datetime | None,
    previous: str | None = None,
) -> str:
    """Write a step down; `pushed_at` None: the citizen is still to be told. `previous` is the last one's hash, if it is
    at hand; returns this one's."""
    if previous is None:
        previous = HASH.value(connection, report=report_id, version=version - 1) if version > 1 else ""
    row = {
        "report_id": report_id,
        "version": version,
        "trigger": trigger,
        "from_status": from_status,
        "to_status": to_status.value,
        "actor_kind": actor.kind,
        "actor_id": actor.id,
        "actor_name": actor.name,
        "note": note,
        "agency_id": agency_id,
        "created_at": now,
        "previous_hash": previous,
        "pushed_at": pushed_at,
    }
    hashed = link(row)
    RECORD.tell(connection, **row, hash=hashed)
    if pushed_at is None:
        leave(connection, CHANGES)
    return hashed


def last_change(connection: Connection, report_id: int) -> Any:
    """The newest step on a report's record."""
    return LAST_CHANGE.first(connection, report=report_id)


def link(row: dict[str, Any]) -> str:
    """The hash of one StatusChange, which covers the hash of the one before."""
    covered = {key: value for key, value in row.items() if key not in ("id", "hash", "pushed_at")}
    covered["created_at"] = row["created_at"].timestamp()
    return hashlib.sha256(json.dumps(covered, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def broken_links(connection: Connection, report_id: int) -> list[int]:
    """Versions of a report whose record was altered after it was written; empty if the chain holds."""
    return broken(connection.execute(LIFE, {"report": report_id}).mappings())


def broken(life: Iterable[Any]) -> list[int]:
    """The same of a report's rows, oldest first."""
    found, previous = [], ""
    for row in life:
        if row["previous_hash"] != previous or row["hash"] != link(dict(row)):
            found.append(row["version"])
        previous = row["hash"]
    return found


def changes_of(connection: Connection, report_id: int) -> list[Change]:
    """A report's life so far, oldest first."""
    return [change_of(row) for row in connection.execute(LIFE, {"report": report_id}).mappings()]


def change_of(row: Any) -> Change:
    """A StatusChange row as a value."""
    return Change(
        row["id"],
        row["report_id"],
        row["version"],
        row["trigger"],
        Status(row["to_status"]),
        row["actor_kind"],
        row["actor_id"],
        row["actor_name"],
        row["note"],
        row["agency_id"],
        row["created_at"],
    )


def changes_to_push(
    connection: Connection,
    most: int,
    after: int = 0,
    *,
    urgent_only: bool = False,
    channels: Iterable[str] | None = None,
) -> list[Change]:
    """Changes that the citizen has not been told of yet, oldest first, past the change `after`; on these channels."""
    asked: dict[str, Any] = {"most": most, "after": after, "calm": not urgent_only}
    if channels is None:
        return [change_of(row) for row in connection.execute(TO_PUSH, asked).mappings()]
    asked["channels"] = list(channels)
    return [change_of(row) for row in connection.execute(SERVED_TO_PUSH, asked).mappings()]


def mark_pushed(connection: Connection, change_id: int, now: datetime) -> bool:
    """The citizen's copy goes into the outbox now, or there is nothing to tell. False if another worker was first."""
    return connection.execute(PUSHED, {"row": change_id, "at": now}).rowcount == 1
