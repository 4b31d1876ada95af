"""What is due, read from the rows: running clocks, silent citizens, forgotten drafts; and who wins a slot."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from sqlalchemy import Connection, bindparam, delete, func, insert, select
from sqlalchemy.exc import IntegrityError

from dialogs.words import OPEN_STATUSES, ReportView, Status
from store.report_cards import rooms_showing
from store.report_record import Change, change_of
from store.report_views import views_of
from store.tables.base import table
from store.tables.people import Identity
from store.tables.reports import Note, Report, StatusChange
from store.tables.staff import Officer, OfficerRoom
from store.tables.talk import Conversation
from store.tables.workers import JobRun

_run, _report, _change, _note = table(JobRun), table(Report), table(StatusChange), table(Note)
_conversation, _officer, _officer_room = table(Conversation), table(Officer), table(OfficerRoom)
_identity = table(Identity)

WIN = insert(_run).values(job=bindparam("job"), slot=bindparam("slot"), at=bindparam("at"))
WON = select(_run.c.slot).where(_run.c.job == bindparam("job"), _run.c.slot.in_(bindparam("slots", expanding=True)))
RUNNING = (
    _report.c.locality_id == bindparam("locality"),
    _report.c.status.in_([status.value for status in OPEN_STATUSES]),
    _report.c.paused_at.is_(None),
    _report.c.due_at.is_not(None),
)
CLOCKS = select(_report).where(*RUNNING).order_by(_report.c.id)
CLOCK_CHANGES = (
    select(_change)
    .join(_report, _report.c.id == _change.c.report_id)
    .where(*RUNNING)
    .order_by(_change.c.report_id, _change.c.version)
)
last_resolve = (
    select(func.max(_change.c.version))
    .where(_change.c.report_id == _report.c.id, _change.c.trigger == "resolve")
    .scalar_subquery()
)
RESOLVED = (
    select(_report.c.id, _report.c.code, last_resolve.label("version"))
    .where(
        _report.c.locality_id == bindparam("locality"),
        _report.c.status == Status.RESOLVED.value,
        _report.c.satisfaction.is_(None),
        _report.c.resolved_at <= bindparam("before"),
        _report.c.resolved_at > bindparam("after"),
    )
    .order_by(_report.c.id)
)
last_step = select(func.max(_change.c.created_at)).where(_change.c.report_id == _report.c.id).scalar_subquery()
last_word = (
    select(func.max(_note.c.created_at))
    .where(_note.c.report_id == _report.c.id, _note.c.kind != "internal")
    .scalar_subquery()
)
SILENT = (
    select(_report.c.id, _report.c.code, _report.c.version)
    .where(
        _report.c.locality_id == bindparam("locality"),
        _report.c.status == Status.RESOLVED.value,
        last_step <= bindparam("before"),
        func.coalesce(last_word, last_step) <= bindparam("before"),
    )
    .order_by(_report.c.id)
)
DRAFTS = (
    select(_conversation.c.key, _conversation.c.updated_at, _identity.c.citizen_id)
    .join(_identity, _identity.c.address_key == _conversation.c.key)
    .where(
        _conversation.c.locality_id == bindparam("locality"),
        _conversation.c.dialog == "report",
        _conversation.c.state != "",
        _conversation.c.updated_at < bindparam("before"),
    )
    .order_by(_conversation.c.updated_at)
)
HEADS = (
    select(_officer.c.name)
    .join(_officer_room, _officer_room.c.officer_id == _officer.c.id)
    .where(_officer_room.c.room_id == bindparam("room"), _officer_room.c.head, _officer.c.active)
    .order_by(_officer.c.id)
)


def claim(connection: Connection, job: str, slot: str, now: datetime) -> bool:
    """Win a slot in the transaction of its effect; False if it has been won before, by whomever."""
    try:
        with connection.begin_nested():
            connection.execute(WIN, {"job": job, "slot": slot, "at": now})
    except IntegrityError:
        return False
    return True


def claimed(connection: Connection, job: str, slots: Iterable[str]) -> set[str]:
    """Those of the slots that have been won; a read, `claim` decides."""
    wanted = list(slots)
    return set(connection.execute(WON, {"job": job, "slots": wanted}).scalars()) if wanted else set()


def forget_slots(connection: Connection, jobs: Iterable[str], before: datetime) -> int:
    """Delete the marks of jobs whose slots cannot come again; returns how many."""
    return connection.execute(delete(_run).where(_run.c.job.in_(list(jobs)), _run.c.at < before)).rowcount


@dataclass(frozen=True, slots=True)
class Running:
    """An open report whose clock runs, with its life so far and the rooms in which it has a card."""

    report: ReportView
    changes: list[Change]
    rooms: list[str]


def running_clocks(connection: Connection, locality_id: str, *, urgent_only: bool = False) -> list[Running]:
    """Open reports with a deadline whose clock does not stand still."""
    here = {"locality": locality_id}
    rows = connection.execute(CLOCKS, here).mappings().all()
    wanted = [row for row in rows if row["urgent"] or not urgent_only]
    if not wanted:
        return []
    by_report = groupby(connection.execute(CLOCK_CHANGES, here).mappings().all(), key=lambda row: row["report_id"])
    changes = {report_id: [change_of(row) for row in rows] for report_id, rows in by_report}
    views = views_of(connection, wanted)
    return [Running(report, changes[report.id], rooms_showing(connection, report.id)) for report in views]


@dataclass(frozen=True, slots=True)
class Waiting:
    """A resolved report that waits for its citizen; `version` tells one resolving, or one moment, from another."""

    id: int
    code: str
    version: int


def unrated(connection: Connection, locality_id: str, before: datetime, after: datetime) -> list[Waiting]:
    """Reports resolved between `after` and `before` and never rated; `version` is that of the resolving."""
    rows = connection.execute(RESOLVED, {"locality": locality_id, "before": before, "after": after})
    return [Waiting(row.id, row.code, row.version) for row in rows]


def silent(connection: Connection, locality_id: str, before: datetime) -> list[Waiting]:
    """Resolved reports about which nobody has said or done anything since `before`; `version` is the present one."""
    rows = connection.execute(SILENT, {"locality": locality_id, "before": before})
    return [Waiting(row.id, row.code, row.version) for row in rows]


@dataclass(frozen=True, slots=True)
class DraftLeft:
    """A report that was begun and not sent, and when its writer was last heard."""

    key: str
    updated_at: datetime
    citizen_id: int

    @property
    def slot(self) -> str:
        """One reminder for each time it was left."""
        return f"{self.key}@{int(self.updated_at.timestamp())}"


def drafts_left(connection: Connection, locality_id: str, before: datetime) -> list[DraftLeft]:
    """Drafts untouched since `before`, oldest first; emptied ones are over."""
    rows = connection.execute(DRAFTS, {"locality": locality_id, "before": before})
    return [DraftLeft(row.key, row.updated_at, row.citizen_id) for row in rows]


def heads_of(connection: Connection, room_id: str) -> list[str]:
    """The names of a room's heads."""
    return list(connection.execute(HEADS, {"room": room_id}).scalars())
