"""Filing a report, and the one way in which one is changed: by compare-and-set on its version, and on the record."""

from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Connection, bindparam, select, update

from dialogs.words import OPEN_STATUSES, Status
from store.hot import Hot, entering
from store.lifecycle import next_status
from store.plans import Row
from store.report_cards import cards_changed
from store.report_record import SYSTEM, Actor, last_change, record
from store.report_words import forget_words
from store.tables.base import table
from store.tables.reports import Report

_report = table(Report)

STANDING = Hot(select(_report.c.status, _report.c.version, _report.c.agency_id).where(_report.c.id == bindparam("id")))


class TooLate(Exception):
    """Somebody else changed the report first."""

    def __init__(self, who: str, step: str, at: datetime) -> None:
        super().__init__(f"{who}: {step}")
        self.who, self.step, self.at = who, step, at


class NotAllowed(Exception):
    """The report's life does not allow this step from where it stands."""

    def __init__(self, status: Status, step: str) -> None:
        super().__init__(f"{step} from {status}")
        self.status, self.step = status, step


def insert_report(connection: Connection, values: dict[str, Any], actor: Actor, agency_id: str = "") -> int:
    """File a report with its first StatusChange (version 1, received); returns its id.

    With an agency the system has handed it on in the same moment (version 2, assigned).
    """
    now, received = values["created_at"], Status.RECEIVED
    status = next_status(received, "assign") if agency_id else received
    assert status is not None, "what has just been received can be handed on"
    row = {"agency_id": agency_id, **values, "status": status.value, "version": 2 if agency_id else 1}
    report_id = int(_filing(tuple(row)).value(connection, **row))
    filed = record(connection, report_id, 1, "file", "", received, actor, "", values.get("agency_id", ""), now, now)
    if agency_id:
        record(connection, report_id, 2, "assign", received.value, status, SYSTEM, "", agency_id, now, now, filed)
    return report_id


@cache
def _filing(names: tuple[str, ...]) -> Hot:
    return entering(_report, " ".join(names), returning="id")


def change_status(
    connection: Connection,
    report_id: int,
    version: int,
    step: str,
    actor: Actor,
    now: datetime,
    *,
    note: str = "",
    agency_id: str = "",
    push: bool = True,
    **values: Any,
) -> Status:
    """Take one step by compare-and-set on `version`; raise TooLate or NotAllowed, and then nothing has changed."""
    row = _standing(connection, report_id)
    status = Status(row["status"])
    if row["version"] != version:
        raise _too_late(connection, report_id, now)
    to = next_status(status, step)
    if to is None:
        raise NotAllowed(status, step)
    if agency_id:
        values["agency_id"] = agency_id
    _set(connection, report_id, version, now, status=to.value, **values)
    if to not in OPEN_STATUSES:
        forget_words(connection, report_id)  # what is over is none to join
    pushed_at = None if push else now
    agency = agency_id or row["agency_id"]
    record(connection, report_id, version + 1, step, status.value, to, actor, note, agency, now, pushed_at)
    cards_changed(connection, report_id)
    return to


def change_fields(
    connection: Connection, report_id: int, version: int, step: str, actor: Actor, now: datetime, **values: Any
) -> None:
    """Change something other than the status, under the same compare-and-set and in the same record."""
    row = _standing(connection, report_id)
    if row["version"] != version:
        raise _too_late(connection, report_id, now)
    _set(connection, report_id, version, now, **values)
    status = Status(row["status"])
    record(connection, report_id, version + 1, step, status.value, status, actor, "", row["agency_id"], now, now)
    cards_changed(connection, report_id)


def _standing(connection: Connection, report_id: int) -> Row:
    """What a step begins from."""
    row = STANDING.first(connection, id=report_id)
    assert row is not None, "reports are never deleted"
    return row


def _set(connection: Connection, report_id: int, version: int, now: datetime, **values: Any) -> None:
    values["version"] = version + 1
    if _setting(tuple(values)).change(connection, this=report_id, seen=version, **values) == 0:
        raise _too_late(connection, report_id, now)


@cache
def _setting(names: tuple[str, ...]) -> Hot:
    return Hot(
        update(_report)
        .where(_report.c.id == bindparam("this"), _report.c.version == bindparam("seen"))
        .values({name: bindparam(name) for name in names})
    )


def _too_late(connection: Connection, report_id: int, now: datetime) -> TooLate:
    last = last_change(connection, report_id)
    return TooLate(last["actor_name"], last["trigger"], last["created_at"]) if last else TooLate("", "", now)
